"""Ask servers, within limits. The only module that uses requests, and urllib3 below it.

The address that the user gives may be on a private network. But no redirect or archive link of a public server is
followed to a private address: neither to this machine nor to one on its network.
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import requote_uri, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from dateline import __version__
from dateline.errors import FeedError
from dateline.formats.items import MAX_SIZE

TIME_LIMIT = 30.0  # seconds for one document, from beginning to end
READ_TIMEOUT = 10.0  # seconds without a byte
MAX_REDIRECTS = 5
_CHECK = "check that the address is right and can be reached"
_RENEW = "renew it on the server, for this very host, and send all certificates between it and the authority"
_CHUNK = 64 * 1024
_REASON = 40  # characters that are kept of a reason phrase
_UNICAST = ipaddress.IPv6Network("2000::/3")  # what IPv6 routes between networks (RFC 4291, section 2.4)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # an address of IPv4 in its last 32 bits (RFC 6052)


class Answer(NamedTuple):
    """What a server answered: `headers` by their names in small letters, and the content, decompressed.

    `address` is the one that was asked last, after `redirects`, each a status and the address it led to.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    address: str
    redirects: tuple[tuple[int, str], ...] = ()


class Certificate(NamedTuple):
    """From when to when a certificate is valid, in seconds since 1970."""

    begins: float
    ends: float


class Client:
    """Fetch the documents of one feed, one after the other, over connections that stay open.

    `content_type` is what the server said of the last one. Once a client has reached a public address, it connects to
    no private one; with `only_public`, it never does. It waits `time_limit` seconds for a document, if that is given.
    """

    def __init__(self, *, only_public: bool = False, time_limit: float | None = None) -> None:
        self.content_type = ""
        self._time_limit = time_limit or TIME_LIMIT
        self._session = _Session()
        self._session.headers["User-Agent"] = f"Dateline/{__version__}"
        self._adapter = _Adapter()
        self._adapter.policy.was_public = only_public
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)

    @property
    def reached_public(self) -> bool:
        """Whether it has reached a public address."""
        return self._adapter.policy.was_public

    @property
    def certificates(self) -> Mapping[str, Certificate]:
        """The certificates of the hosts that were reached with https."""
        return self._adapter.certificates

    def fetch(self, address: str) -> tuple[bytes, str]:
        """Return the content at an http(s) address, and the address after redirects, which are http(s) too.

        Raises FeedError, whose `gone` is true for the status 404 or 410.
        """
        answer = self.request("GET", address, follow=True)
        if answer.status != 200:
            problem = f"the server answers {answer.status} {answer.reason}".strip()
            raise _error(address, problem, gone=answer.status in (404, 410))
        self.content_type = answer.headers.get("content-type", "")
        return answer.body, answer.address

    def request(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str | None] | None = None,
        body: bytes | None = None,
        *,
        follow: bool = False,
        limit: int | None = None,
    ) -> Answer:
        """Send one request, and return the answer, whatever its status; with `follow`, the one after redirects.

        A header that is None is left out where it would be sent by itself. With a `limit`, the content is cut off after
        about so many bytes. Raises FeedError if there is no answer.
        """
        answered: Future[Answer] = Future()

        def send() -> None:
            try:
                answered.set_result(self._request(method, address, headers, body, follow=follow, limit=limit))
            except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
                answered.set_exception(error)

        # In a thread that can be abandoned: a server that sends header after header never ends by itself.
        Thread(target=send, daemon=True).start()
        try:
            return answered.result(self._time_limit)
        except TimeoutError:
            raise _error(address, f"not complete after {self._time_limit:g} seconds") from None

    def _request(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str | None] | None,
        body: bytes | None,
        *,
        follow: bool,
        limit: int | None,
    ) -> Answer:
        redirects: list[tuple[int, str]] = []
        options: dict[str, Any] = {"stream": True, "timeout": READ_TIMEOUT, "allow_redirects": False}
        asked = address
        try:
            while True:
                with self._session.request(method, asked, headers=headers, data=body, **options) as response:
                    target = self._session.get_redirect_target(response) if follow else None
                    if target is None:
                        content = _content(response, address, limit)
                        known = {name.lower(): value for name, value in response.headers.items()}
                        reason = (response.reason or "")[:_REASON]
                        return Answer(response.status_code, reason, known, content, response.url, tuple(redirects))
                    if len(redirects) == MAX_REDIRECTS:
                        raise requests.TooManyRedirects
                    asked = urljoin(response.url, requote_uri(target))
                    redirects.append((response.status_code, asked))
        except (requests.RequestException, OSError, ValueError) as error:
            raise _error(address, *_problem_of(error)) from None


def _content(response: requests.Response, address: str, limit: int | None) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(_CHUNK):
        content += chunk
        if limit is not None and len(content) >= limit:
            break
        if len(content) > MAX_SIZE:
            raise _error(address, f"larger than {MAX_SIZE // 1024 // 1024} MiB")
    return bytes(content)


def _error(address: str, problem: str, remedy: str = _CHECK, *, gone: bool = False) -> FeedError:
    return FeedError(address, None, problem, remedy, gone=gone)


def _problem_of(error: Exception) -> tuple[str, str]:
    """Return what went wrong, and what can be done."""
    cause: BaseException = error
    while cause.__cause__ or cause.__context__:
        cause = cause.__cause__ or cause.__context__ or cause
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({cause.verify_message.lower()})", _RENEW
    for kinds, problem in _PROBLEMS.items():
        if isinstance(error, kinds) or type(cause) in kinds:
            return problem.format(cause=cause, timeout=READ_TIMEOUT), _CHECK
    return f"cannot be fetched: {getattr(cause, 'strerror', None) or cause}".lower(), _CHECK


def is_public(address: str) -> bool:
    """Return whether an IP address, or the IPv4 address in it (mapped, 6to4, NAT64), is public."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not found.is_multicast
    held = found.ipv4_mapped or found.sixtofour
    if found in _NAT64:
        held = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return is_public(str(held)) if held else found in _UNICAST and found.is_global


class _PrivateAddressError(OSError):
    """A public address leads to a private one."""


# Errors, and what went wrong, as far as a user can do something about it. The first that fits counts.
_PROBLEMS: dict[tuple[type[Exception], ...], str] = {
    (_PrivateAddressError,): "leads from a public address to a private one ({cause})",
    (requests.TooManyRedirects,): f"more than {MAX_REDIRECTS} redirects",
    (requests.exceptions.ContentDecodingError,): "the server sent what cannot be decompressed",
    (requests.Timeout, TimeoutError): "the server sent nothing for {timeout:g} seconds",
    (requests.exceptions.ChunkedEncodingError,): "the connection was interrupted",
    (ValueError,): "leads to an address that is not http or https",  # requests leaves addresses to others to parse
}


class _AddressPolicy:
    """Allow any address until a public one was reached, and then only public ones."""

    def __init__(self) -> None:
        self.was_public = self.was_private = False

    def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host to connect to. Raises OSError if there are none, or only forbidden ones."""
        answers = socket.getaddrinfo(host, port, allowed_gai_family(), socket.SOCK_STREAM)
        found = [str(address[0]) for *_, address in answers]
        public = [address for address in found if is_public(address)]
        self._check(host, is_public=bool(public))
        return public or found

    def check_proxied(self, host: str) -> None:
        """Check a host that a proxy will connect to: only the proxy can resolve names, except those of this machine."""
        address = _ip_address(host)
        is_local = f".{host.rstrip('.').lower()}".endswith(".localhost")
        self._check(host, is_public=is_public(address) if address else not is_local)

    def _check(self, host: str, *, is_public: bool) -> None:
        if self.was_public and not is_public:
            raise _PrivateAddressError(host)
        self.was_public |= is_public
        self.was_private |= not is_public


def _ip_address(host: str) -> str | None:
    """Return a host as an IP address, if it is one, in any spelling of IPv4 (``127.1``, ``0x7f000001``)."""
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with suppress(OSError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


class _Session(requests.Session):
    """A session that prepares no redirect: for that, it would read all that comes with one, however much it is."""

    def resolve_redirects(self, *_arguments: Any, **_options: Any) -> Any:
        """Yield nothing."""
        yield from ()


class _Adapter(HTTPAdapter):
    """Connect to exactly the addresses that were checked, and still verify the certificate by name."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Have connections check their addresses first; those to a proxy are made by other pools."""
        self.policy = _AddressPolicy()
        self.certificates: dict[str, Certificate] = {}
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self.policy, self.certificates)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Have connections through a proxy note certificates, too."""
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _pools(None, self.certificates)
        return manager

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request, which may follow a redirect."""
        policy = self.policy
        if policy.was_public and policy.was_private:
            policy.was_private = False
            self.poolmanager.clear()  # drops connections that are no longer allowed
        if select_proxy(request.url or "", options.get("proxies")):
            policy.check_proxied(urlsplit(request.url or "").hostname or "")
        return super().send(request, *arguments, **options)


def _pools(policy: _AddressPolicy | None, certificates: dict[str, Certificate]) -> dict[str, type[HTTPConnectionPool]]:
    """Return pools whose connections follow a policy, if there is one: behind a proxy, that connects."""

    class Connection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            if policy is None:
                return super()._new_conn()
            name = self._dns_host
            failed: Exception | None = None
            for address in policy.resolve(name, self.port):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (ConnectTimeoutError, NewConnectionError) as error:
                    failed = error
                finally:
                    self._dns_host = name  # the certificate is checked by name
            assert failed
            raise failed

    class SecureConnection(HTTPSConnection, Connection):
        def connect(self) -> None:
            super().connect()
            found: Any = self.sock.getpeercert() if isinstance(self.sock, ssl.SSLSocket) else None
            if found:
                ends = (ssl.cert_time_to_seconds(found[key]) for key in ("notBefore", "notAfter"))
                certificates[self._tunnel_host or self.host] = Certificate(*ends)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": Pool, "https": SecurePool}
