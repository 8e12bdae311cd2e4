"""Fetches what is published, within limits. The one fence around requests."""

from threading import Thread

import requests

from dateline import HOME, __version__
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
        self._session.headers["User-Agent"] = f"Dateline/{__version__} (+{HOME})"

    def fetch(self, address: str) -> tuple[bytes, str]:
        """What is at an address, and the address at which it was in the end. Only http and https, redirects included.

        Raises FeedError, which says whether there is nothing there (404 or 410).
        """
        found: list[tuple[bytes, str] | FeedError] = []
        # In a thread that can be left behind: a server that sends header after header has no end of its own.
        thread = Thread(target=lambda: found.append(self._fetch(address)), daemon=True)
        thread.start()
        thread.join(TIME_LIMIT)
        if not found:
            raise _failed(address, f"not there in whole after {TIME_LIMIT:.0f} seconds")
        if isinstance(found[0], FeedError):
            raise found[0]
        return found[0]

    def _fetch(self, address: str) -> tuple[bytes, str] | FeedError:
        try:
            with self._session.get(address, stream=True, timeout=PATIENCE) as response:
                if response.status_code != 200:
                    told = f"the server answers {response.status_code} {response.reason or ''}".strip()
                    return _failed(address, told, gone=response.status_code in _GONE)
                found = _whole(response)
                return (found, response.url) if found is not None else _failed(address, f"larger than {_MIB} MiB")
        except requests.TooManyRedirects:
            return _failed(address, f"more than {REDIRECTS} redirects")
        except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            return _failed(address, "leads to what is no http or https address")
        except requests.Timeout:
            return _failed(address, f"the server sent nothing for {PATIENCE:.0f} seconds")
        except (requests.RequestException, OSError) as error:
            return _failed(address, _told(error))


def _whole(response: requests.Response) -> bytes | None:
    """The body, or None where it is larger than SIZE_LIMIT."""
    found = bytearray()
    while part := response.raw.read1(_PART, decode_content=True):
        found += part
        if len(found) > SIZE_LIMIT:
            return None
    return bytes(found)


def _told(error: Exception) -> str:
    """The innermost reason, which is the one that a person can make something of."""
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return f"cannot be fetched: {getattr(inner, 'strerror', None) or inner}".lower()


def _failed(address: str, problem: str, *, gone: bool = False) -> FeedError:
    return FeedError(address, None, problem, "see that the address is right and that it can be reached", gone=gone)
