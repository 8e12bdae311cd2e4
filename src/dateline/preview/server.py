"""The server: the socket, the Host headers to accept, and the loop. The only module that imports uvicorn."""

import errno
import ipaddress
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import uvicorn

from dateline.content.urls import web_url
from dateline.errors import InputError, OutputError

FIRST_PORT = 8000
_PORTS = 100  # how many to try if none is given
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Sent with every response: no other site may frame, load or embed what is not published yet.
_HEADERS = (
    ("content-security-policy", "frame-ancestors 'self'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
)


class Listener(NamedTuple):
    """A socket that accepts connections; `host` is the address as the user wrote it."""

    socket: socket.socket
    host: str
    port: int

    @property
    def origin(self) -> str:
        """The start of every URL in the preview, like ``http://127.0.0.1:8000``."""
        return _origin("127.0.0.1" if _is_any(self.host) else self.host, self.port)


def listen(host: str, port: int | None) -> Listener:
    """Listen on `port`; if that is None, on the first free one from FIRST_PORT on. Raises OutputError."""
    not_here = OutputError("--host", None, f"'{host}' is not an address of this machine", "leave it out")
    ports = [port] if port else range(FIRST_PORT, FIRST_PORT + _PORTS)
    try:
        web_url(_origin(host, ports[0]))
        family, *_, address = socket.getaddrinfo(host, ports[0], type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, InputError):
        raise not_here from None
    is_dual = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
    for candidate in ports:
        try:
            made = socket.create_server((address[0], candidate), family=family, backlog=128, dualstack_ipv6=is_dual)
            return Listener(made, host, candidate)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise not_here from None
            if port or error.errno != errno.EADDRINUSE:
                reason = os.strerror(error.errno).lower() if error.errno else str(error)
                problem = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {reason}"
                remedy = "name another one, or leave it out"
                raise OutputError("--port", None, f"{candidate} {problem}", remedy) from None
    raise OutputError("--port", None, f"all ports from {ports[0]} to {ports[-1]} are taken", "name another one")


def _origin(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(text)
    return None


def _is_any(host: str) -> bool:
    """Return whether this stands for all addresses of the machine."""
    address = _ip_address(host)
    return address is not None and address.is_unspecified


def is_own_host(header: str, host: str, port: int) -> bool:
    """Return whether a Host header names the preview, rather than a site whose name was pointed at it (DNS rebinding).

    If it listens on all addresses, any IP address is accepted, since those cannot be rebound, but no name except
    localhost.
    """
    name, colon, written = header.strip().lower().rpartition(":")
    if not colon or written.endswith("]"):
        name, written = header.strip().lower(), "80"
    if written != str(port):
        return False
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if (":" in bare) != (bare != name):  # brackets are for IPv6 and nothing else
        return False
    return bare in _LOOPBACK or bare == host.lower() or (_is_any(host) and _ip_address(bare) is not None)


async def serve(application: Callable[..., Any], listener: socket.socket) -> None:
    """Serve until this process is interrupted or terminated, then raise that signal again.

    Responses in progress are cut off: an open page or a slow download does not keep the program running.
    """
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=0,
        headers=list(_HEADERS),
    )
    await uvicorn.Server(config).serve(sockets=[listener])
