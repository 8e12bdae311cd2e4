"""Publish over SFTP. The only module that imports sshfs, and asyncssh below it.

Hosts are known by the user's own files of known hosts, always: sshfs itself would trust any host. Keys come from the
agent, and from the files that ``~/.ssh/config`` names or that have the usual names. There are no passwords.
"""

import asyncio
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

import asyncssh
from sshfs import SSHFileSystem

from dateline.errors import TargetError
from dateline.model import PublishTo
from dateline.publish.stores.fsspec import (
    DISCONNECTED,
    DISK_FULL,
    NO_PERMISSION,
    Fault,
    FileSystemStore,
    Kinds,
    run_async,
    split_address,
)
from dateline.publish.upload import StoreTarget

_KNOWN_HOSTS = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2", "/etc/ssh/ssh_known_hosts")
_PORT = 22
_TIMEOUT = 20  # seconds to connect, and to log in
_KEEPALIVE = 15  # seconds without a byte after which the host is asked whether it is there; and three times that
_FAULTS: tuple[tuple[Kinds, Fault], ...] = (
    (asyncssh.SFTPPermissionDenied, NO_PERMISSION),
    ((asyncssh.SFTPNoSpaceOnFilesystem, asyncssh.SFTPQuotaExceeded), DISK_FULL),
    # This is all that version 3 of the protocol says of most faults.
    (asyncssh.SFTPFailure, Fault("{path}: the host refuses ({error})", "check that its disk is not full")),
    (
        asyncssh.HostKeyNotVerifiable,
        Fault(
            "a key of the host, or of one on the way, is not trusted ({error})", "connect once with ssh, which says why"
        ),
    ),
    (asyncssh.KeyExchangeFailed, Fault("no way to encrypt that both sides know ({error})", "update the SSH server")),
    (asyncssh.ConfigParseError, Fault("~/.ssh/config: {error}", "correct that line")),
    ((asyncssh.DisconnectError, asyncssh.ChannelOpenError), DISCONNECTED),
    (
        (asyncssh.KeyImportError, asyncssh.KeyEncryptionError),
        Fault("your key cannot be read ({error})", "if it has a passphrase, load it with ssh-add first"),
    ),
    (
        PermissionError,
        Fault(
            "the host does not accept your key ({error})",
            "check that ssh logs in there without a password: load the key with ssh-add, or name it in ~/.ssh/config",
        ),
    ),
)


def open_sftp(publish: PublishTo, _posts: Path) -> StoreTarget:
    """Open the folder at ``sftp://user@host:port/path``; a path that begins with ``/~/`` is in the user's home."""
    return StoreTarget(SftpStore(publish.to, split_address(publish.to, "sftp://user@host/path")))


class SftpStore(FileSystemStore):
    """Keep files on a host, and connect again when the connection was lost."""

    _faults = _FAULTS
    _renaming_keeps_version = True  # the time

    def __init__(self, name: str, address: SplitResult) -> None:
        path = unquote(address.path).rstrip("/")
        super().__init__(name, "." + path[2:] if path == "/~" or path.startswith("/~/") else path)
        self._address = address
        self._channel: Any = None

    def close(self) -> None:
        """End the connection."""
        if self._connected is not None:
            self._connected.loop.call_soon_threadsafe(self._connected.client.close)

    def _connect(self) -> Any:
        host, port, user = self._address.hostname or "", self._address.port, unquote(self._address.username or "")
        known = _known_hosts()
        client = _Client()
        # What is left out is in ~/.ssh/config, or has its usual value.
        options: dict[str, Any] = {"port": port, "username": user}
        options = {name: value for name, value in options.items() if value}
        try:
            files = SSHFileSystem(
                host,
                **options,
                known_hosts=known,
                client_factory=lambda: client,
                password_auth=False,
                kbdint_auth=False,
                connect_timeout=_TIMEOUT,
                login_timeout=_TIMEOUT,
                keepalive_interval=_KEEPALIVE,
                sftp_client_kwargs={"path_errors": "surrogateescape"},
                skip_instance_cache=True,
            )
        except asyncssh.HostKeyNotVerifiable:
            if not client.shown:
                raise
            raise self._not_known(known, *client.shown) from None
        except (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost, ConnectionResetError):
            # So it ends, too, if the host has only keys of other kinds than the known ones.
            shown = asyncio.run(asyncssh.get_server_host_key(host, port or ()))
            trusted = known.match(host, "", port)[0]
            if shown is None or not trusted or shown in trusted:
                raise
            raise self._not_known(known, host, "", port or _PORT, shown) from None
        self._channel = run_async(files, _start_channel, files)
        return files

    def _not_known(
        self, known: asyncssh.SSHKnownHosts, host: str, addr: str, port: int, key: asyncssh.SSHKey
    ) -> TargetError:
        """Return the error to raise for a host that is not known, or whose key is another one than the known one."""
        user = unquote(self._address.username or "")
        login = shlex.join(["ssh", *([] if port == _PORT else ["-p", str(port)]), f"{user}@{host}" if user else host])
        where = host if port == _PORT else f"[{host}]:{port}"
        shown = key.get_fingerprint()
        if known.match(host, addr, None if port == _PORT else port)[0]:
            problem = f"{where} shows another key than the one in known_hosts: {shown}"
            forget = shlex.join(["ssh-keygen", "-R", where])
            remedy = (
                f"ask its owner: if the key was not changed, somebody intercepts; if it was, run {forget}, then {login}"
            )
        else:
            problem = f"{where} is not in known_hosts; its key is {shown}"
            remedy = f"if its owner confirms the key, accept it once with {login}"
        return TargetError(self.name, None, problem, remedy)

    def _is_closed(self) -> bool:
        return bool(self._connected.client.is_closed())

    def _replace(self, temporary: str, place: str) -> None:
        try:
            run_async(self._files, self._channel.posix_rename, temporary, place)
        except asyncssh.SFTPNoSuchFile as error:
            raise FileNotFoundError(error.reason) from error
        except asyncssh.SFTPOpUnsupported:
            # Without this extension no file can take the place of another. For a moment there is none, which is better
            # than half of one.
            with suppress(asyncssh.SFTPNoSuchFile):
                run_async(self._files, self._channel.remove, place)
            run_async(self._files, self._channel.rename, temporary, place)

    def _remove_folder(self, folder: str) -> None:
        run_async(self._files, self._channel.rmdir, folder)

    def _fault(self, error: Exception) -> Fault | None:
        if self._connected is not None and self._is_closed():
            return DISCONNECTED
        return super()._fault(error)


async def _start_channel(files: Any) -> Any:
    return await files.client.start_sftp_client(path_errors="surrogateescape")


class _Client(asyncssh.SSHClient):
    """Trust no other key than the known ones, and remember the one that a host showed."""

    shown: tuple[str, str, int, asyncssh.SSHKey] | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Return whether to trust a key that is not known."""
        self.shown = host, addr, port, key
        return False


def _known_hosts() -> asyncssh.SSHKnownHosts:
    found = [os.path.expanduser(file) for file in _KNOWN_HOSTS]
    return asyncssh.read_known_hosts([file for file in found if os.access(file, os.R_OK)])
