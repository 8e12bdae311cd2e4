"""The address on which the preview is served, and which requests are meant for it."""

import errno
import ipaddress
import os
import socket
from typing import NamedTuple

from dateline.content.urls import web_url
from dateline.errors import OutputError, Unreadable

FIRST_PORT = 8000
_PORTS = 100  # that are tried where none is asked for
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Listening(NamedTuple):
    """A socket that accepts connections; `host` is its address as the user named it."""

    socket: socket.socket
    host: str
    port: int

    @property
    def origin(self) -> str:
        """The first part of every address in the preview, like ``http://127.0.0.1:8000``."""
        return origin_of("127.0.0.1" if is_any(self.host) else self.host, self.port)


def listen(host: str, port: int | None) -> Listening:
    """Listen on `port`; where that is None, on the first from FIRST_PORT on that is free. Raises OutputError."""
    address, family = _resolved(host, port or FIRST_PORT)
    for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + _PORTS):
        try:
            return Listening(_listening(address, family, candidate), host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port:
                raise _refused(host, candidate, error) from None
    last = FIRST_PORT + _PORTS - 1
    raise OutputError("--port", None, f"all from {FIRST_PORT} to {last} are taken", "name another one")


def _resolved(host: str, port: int) -> tuple[str, socket.AddressFamily]:
    try:
        web_url(origin_of(host, port))
        family, *_, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, Unreadable):
        raise OutputError("--host", None, f"'{host}' is no address of this machine", "leave it out") from None
    return str(place[0]), family


def _listening(address: str, family: socket.AddressFamily, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made


def _refused(host: str, port: int, error: OSError) -> OutputError:
    if error.errno == errno.EADDRINUSE:
        return OutputError("--port", None, f"{port} is taken", "name another one, or leave it out")
    if error.errno == errno.EADDRNOTAVAIL:
        return OutputError("--host", None, f"'{host}' is no address of this machine", "leave it out")
    reason = os.strerror(error.errno).lower() if error.errno else str(error)
    return OutputError("--port", None, f"{port} cannot be used: {reason}", "name another one, or leave it out")


def origin_of(host: str, port: int) -> str:
    """Scheme, host and port, without a slash."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_any(host: str) -> bool:
    """Whether this stands for all addresses of the machine."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_meant(header: str, host: str, port: int) -> bool:
    """Whether a Host header names the preview, and not a site whose name was made to lead here (DNS rebinding).

    Where it listens on all addresses, any of them will do, but no name save localhost: an address cannot be rebound.
    """
    name, colon, written = header.strip().lower().rpartition(":")
    if not colon or written.endswith("]"):
        name, written = header.strip().lower(), "80"
    if written != str(port):
        return False
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if (":" in bare) != (bare != name):  # brackets are for IPv6, and only for that
        return False
    return bare in _LOOPBACK or bare == host.lower() or (is_any(host) and _is_address(bare))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
