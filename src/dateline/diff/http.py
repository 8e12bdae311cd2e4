"""Fetches what is published, within limits. The one fence around requests, and urllib3 below it.

The address that the user names may be on a private network. But no redirect or archive link of a public server is
followed to a private address: neither to this machine nor to one on its network.
"""

import ipaddress
import socket
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from dateline import __version__
from dateline.errors import FeedError
from dateline.formats.items import MAX_SIZE

TIME_LIMIT = 30.0  # seconds for one document, from beginning to end
PATIENCE = 10.0  # seconds without a byte
REDIRECTS = 5
_PART = 64 * 1024
_GONE = (404, 410)
_UNICAST = ipaddress.IPv6Network("2000::/3")  # what IPv6 routes between networks (RFC 4291, section 2.4)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # an address of IPv4 in its last 32 bits (RFC 6052)


class Client:
    """Fetches documents, one after the other, over connections that stay open.

    A client is for one feed and its archives: once it has reached a public address, it connects to no private one.
    """

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.max_redirects = REDIRECTS
        self._session.headers["User-Agent"] = f"Dateline/{__version__}"
        adapter = _Adapter()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def fetch(self, address: str) -> tuple[bytes, str]:
        """What is at an address, and the address at which it was in the end. Only http and https, redirects included.

        Raises FeedError, which says whether there is nothing there (404 or 410).
        """
        found: list[tuple[bytes, str] | Exception] = []

        def fetch() -> None:
            try:
                found.append(self._fetch(address))
            except Exception as error:  # noqa: BLE001 - raised again where somebody can catch it
                found.append(error)

        # In a thread that can be left behind: a server that sends header after header has no end of its own.
        thread = Thread(target=fetch, daemon=True)
        thread.start()
        thread.join(TIME_LIMIT)
        if not found:
            raise _failed(address, f"not there in whole after {TIME_LIMIT:g} seconds")
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def _fetch(self, address: str) -> tuple[bytes, str]:
        try:
            with self._session.get(address, stream=True, timeout=PATIENCE) as response:
                if response.status_code != 200:
                    told = f"the server answers {response.status_code} {response.reason or ''}".strip()
                    raise _failed(address, told, gone=response.status_code in _GONE)
                return _whole(response, address), response.url
        except (requests.RequestException, OSError, ValueError) as error:
            raise _failed(address, _told(error)) from None


def is_public(address: str) -> bool:
    """Return whether an IP address, or that of IPv4 which it holds (mapped, 6to4, NAT64), is public."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    held = found.ipv4_mapped or found.sixtofour
    if found in _NAT64:
        held = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return is_public(str(held)) if held else found in _UNICAST and found.is_global


class _PrivateAddressError(OSError):
    """A public address leads to a private one."""


class _Trail:
    """Where a client has been. It may go anywhere until it reaches a public address, and then to public ones only."""

    def __init__(self) -> None:
        self.was_public = self.was_private = False

    def allowed(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host to connect to. Raises OSError where there are none, or only forbidden ones."""
        answers = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
        found = [str(place[0]) for *_, place in answers]
        public = [address for address in found if is_public(address)]
        self._follow(host, is_public=bool(public))
        return public or found

    def pass_on(self, host: str) -> None:
        """Leave it to a proxy to connect: only the proxy can resolve names, except those of this machine."""
        address = _literal(host)
        self._follow(host, is_public=is_public(address) if address else not _is_local(host))

    def _follow(self, host: str, *, is_public: bool) -> None:
        if self.was_public and not is_public:
            raise _PrivateAddressError(host)
        self.was_public |= is_public
        self.was_private |= not is_public


def _literal(host: str) -> str | None:
    """The address that a host is, in any of the ways in which IPv4 can be written (``127.1``, ``0x7f000001``)."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def _is_local(host: str) -> bool:
    return f".{host.rstrip('.').lower()}".endswith(".localhost")


class _Adapter(HTTPAdapter):
    """Connects to exactly the addresses that were checked, and still verifies the certificate by name."""

    def __init__(self) -> None:
        self._trail = _Trail()
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Have connections check their addresses first; those to a proxy are made by other pools."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._trail)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request, which may be one after a redirect."""
        trail = self._trail
        if trail.was_public and trail.was_private:
            trail.was_private = False
            self.poolmanager.clear()  # of connections that are no longer allowed
        if select_proxy(request.url or "", options.get("proxies")):
            trail.pass_on(urlsplit(request.url or "").hostname or "")
        return super().send(request, *arguments, **options)


def _pools(trail: _Trail) -> dict[str, type[HTTPConnectionPool]]:
    class Connection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            name = self._dns_host
            failed: Exception | None = None
            for address in trail.allowed(name, self.port):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failed = error
                finally:
                    self._dns_host = name  # by which the certificate is checked
            assert failed
            raise failed

    class SecureConnection(HTTPSConnection, Connection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}


def _whole(response: requests.Response, address: str) -> bytes:
    """The body. Raises FeedError where it is larger than MAX_SIZE, unpacked."""
    found = bytearray()
    for part in response.iter_content(_PART):
        found += part
        if len(found) > MAX_SIZE:
            raise _failed(address, f"larger than {MAX_SIZE // 1024 // 1024} MiB")
    return bytes(found)


def _told(error: Exception) -> str:
    """What went wrong, as far as a person can make something of it."""
    inner = _innermost(error)
    if isinstance(inner, _PrivateAddressError):
        return f"leads from a public address to a private one ({inner})"
    if isinstance(error, requests.TooManyRedirects):
        return f"more than {REDIRECTS} redirects"
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return "the server sent what cannot be unpacked"
    if isinstance(error, requests.Timeout) or isinstance(inner, TimeoutError):
        return f"the server sent nothing for {PATIENCE:g} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, ValueError):  # of addresses, which requests leaves to others to look at
        return "leads to what is no http or https address"
    return f"cannot be fetched: {getattr(inner, 'strerror', None) or inner}".lower()


def _innermost(error: BaseException) -> BaseException:
    """The first reason of all."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return error


def _failed(address: str, problem: str, *, gone: bool = False) -> FeedError:
    return FeedError(address, None, problem, "see that the address is right and that it can be reached", gone=gone)
