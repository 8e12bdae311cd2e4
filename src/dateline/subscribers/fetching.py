"""Fetches what is published, within limits. The one fence around requests."""

from threading import Thread

import requests

from dateline import __version__
from dateline.errors import FeedError

TIME_LIMIT = 30.0  # seconds for one document, from beginning to end
PATIENCE = 10.0  # seconds without a byte
SIZE_LIMIT = 20 * 1024 * 1024  # bytes, unpacked
REDIRECTS = 5
_MIB = SIZE_LIMIT // 1024 // 1024
_PART = 64 * 1024
_GONE = (404, 410)


class Client:
    """Fetches documents, one after the other, over connections that stay open."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.max_redirects = REDIRECTS
        self._session.headers["User-Agent"] = f"Dateline/{__version__}"

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


def _whole(response: requests.Response, address: str) -> bytes:
    """The body. Raises FeedError where it is larger than SIZE_LIMIT."""
    found = bytearray()
    for part in response.iter_content(_PART):
        found += part
        if len(found) > SIZE_LIMIT:
            raise _failed(address, f"larger than {_MIB} MiB")
    return bytes(found)


def _told(error: Exception) -> str:
    """What went wrong, as far as a person can make something of it."""
    inner = _innermost(error)
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
