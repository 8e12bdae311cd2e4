"""The servers that stores are tested with: OpenSSH's, one that speaks the protocol of S3, and one for WebDAV."""

import json
import logging
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import requests
from readers.conftest import program


def free_port() -> int:
    """Return a port of this machine that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_key(file: Path, kind: str = "ed25519") -> str:
    """Make a key for SSH without a passphrase, and return its public half."""
    keygen = program("ssh-keygen")
    file.unlink(missing_ok=True)
    subprocess.run([keygen, "-q", "-t", kind, "-N", "", "-C", "test", "-f", file], check=True)
    return file.with_suffix(".pub").read_text()


class Sshd:
    """OpenSSH's server on a port of its own. `home` is the home folder of a user with a key that it accepts."""

    def __init__(self, folder: Path) -> None:
        self.program = program("sshd", "/usr/sbin")
        self.folder = folder
        self.port = free_port()
        self.home = folder / "home"
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True)
        (folder / "authorized_keys").write_text(make_key(ssh / "id_ed25519"))
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.options: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.new_host_key()
        self.trust()

    @property
    def address(self) -> str:
        """The address of a folder that is empty at first."""
        return f"sftp://{self.user}@127.0.0.1:{self.port}{self.folder}/site"

    def new_host_key(self, kind: str = "ed25519") -> None:
        """Give the host another key than it had."""
        self.host_key = make_key(self.folder / "host_key", kind)

    def trust(self, key: str | None = None) -> None:
        """Write the host's key, or another one, to the user's known hosts."""
        known = f"[127.0.0.1]:{self.port} {key or self.host_key}"
        (self.home / ".ssh/known_hosts").write_text(known)

    def start(self) -> None:
        """Start the server, and wait until it listens."""
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # which sshd asks for when it runs as root
        settings = {
            "Port": self.port,
            "ListenAddress": "127.0.0.1",
            "HostKey": self.folder / "host_key",
            "AuthorizedKeysFile": self.folder / "authorized_keys",
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PasswordAuthentication": "no",
            "PermitRootLogin": "prohibit-password",
            "MaxStartups": 100,
        }
        lines = [f"{key} {value}" for key, value in settings.items()]
        subsystem = (
            [] if any(line.startswith("Subsystem") for line in self.options) else ["Subsystem sftp internal-sftp"]
        )
        (self.folder / "sshd_config").write_text("\n".join([*lines, *subsystem, *self.options, ""]))
        command = [self.program, "-D", "-e", "-f", str(self.folder / "sshd_config")]
        log = (self.folder / "sshd.log").open("wb")
        self.process = subprocess.Popen(command, stderr=log, start_new_session=True)
        wait_for(self.port)

    def stop(self) -> None:
        """Stop the server, and break all connections to it."""
        if self.process:
            # The processes of its sessions are in sessions of their own, but are children of it.
            for child in _children(self.process.pid):
                with suppress(ProcessLookupError):
                    os.kill(child, 9)
            self.process.kill()
            self.process.wait()
            self.process = None


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            child = int(status.parent.name)
            found += [*_children(child), child]
    return found


def wait_for(port: int) -> None:
    """Wait until something listens at a port."""
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}")


@contextmanager
def s3_server() -> Iterator[str]:
    """Serve S3 from memory; the address is its endpoint."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        endpoint = "http://{}:{}".format(*server.get_host_and_port())
        requests.post(f"{endpoint}/moto-api/reset", timeout=10)  # all servers of a process share their memory
        yield endpoint
    finally:
        server.stop()


def make_bucket(endpoint: str) -> None:
    """Make the bucket `bucket`, in which everybody may read."""
    import boto3

    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="bucket")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    client.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [everybody]}))


@contextmanager
def webdav_server(folder: Path, *, digest: bool = False, **options: Any) -> Iterator[str]:
    """Serve a folder over WebDAV, to the user ana with the password secret."""
    from cheroot.wsgi import Server
    from wsgidav.wsgidav_app import WsgiDAVApp

    ways = {"accept_basic": not digest, "accept_digest": digest, "default_to_digest": digest}
    application = WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {"ana": {"password": "secret"}}}},
            "http_authenticator": ways,
            "verbose": 0,
            **options,
        }
    )
    server = Server(("127.0.0.1", 0), application, numthreads=8)
    server.prepare()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()
        thread.join(10)
