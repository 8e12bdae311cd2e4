"""Ask a server for what the checks need, within limits. What it answered is a value, and so is why it did not."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from dateline.errors import FeedError
from dateline.http_client import Answer, Certificate, Client

AT_ONCE = 4  # connections
ONE_ANSWER = 15.0  # seconds
ALL_ANSWERS = 120.0  # seconds, after which nothing more is asked
_SLOW = 5.0  # seconds for an answer, after which its server is asked for nothing more about the same thing
_IDENTITY = {"Accept-Encoding": "identity"}
Asked = Answer | FeedError
ItemT = TypeVar("ItemT")
FoundT = TypeVar("FoundT")


class Wanted(NamedTuple):
    """A feed to ask for, and the SHA-256 of the bytes that should be there, if known.

    If it is not `in_full`, only these are asked for.
    """

    address: str
    expected: str = ""
    in_full: bool = True


class FeedVisit(NamedTuple):
    """What a server answered about a feed: in `plain`, the feed itself, and to more requests as far as they made sense.

    `etag` and `since` are the answers to requests with If-None-Match and If-Modified-Since. `packed` is the answer
    where gzip is accepted, and `packed_again` the one to its ETag, or else its date.
    """

    wanted: Wanted
    plain: Asked
    etag: Asked | None = None
    since: Asked | None = None
    packed: Asked | None = None
    packed_again: Asked | None = None
    head: Asked | None = None


class Connection:
    """Asks one server. It does not ask again if the server is slow, and nothing after a deadline."""

    def __init__(self, client: Client, deadline: float) -> None:
        self._client, self._deadline = client, deadline
        self._is_slow = False

    def ask(
        self,
        address: str,
        headers: Mapping[str, str | None] | None = None,
        method: str = "GET",
        *,
        follow: bool = True,
        limit: int | None = None,
    ) -> Asked:
        """Return an answer, uncompressed unless the headers say otherwise, or why there is none."""
        began = time.monotonic()
        if began > self._deadline:
            return FeedError(address, None, f"not asked for: {ALL_ANSWERS:.0f} seconds are over", "try again later")
        try:
            return self._client.request(method, address, _IDENTITY | dict(headers or {}), follow=follow, limit=limit)
        except FeedError as error:
            return error
        finally:
            self._is_slow = time.monotonic() - began > _SLOW

    def ask_more(
        self, address: str, headers: Mapping[str, str | None] | None = None, method: str = "GET"
    ) -> Asked | None:
        """Return an answer without following redirects; None if the last one took too long."""
        return None if self._is_slow else self.ask(address, headers, method, follow=False)


class Visitor:
    """Asks for many things, a few at once. Nothing that a public site says leads to a private address."""

    def __init__(self, wait: float = 0) -> None:
        self.certificates: dict[str, Certificate] = {}
        self._deadline = time.monotonic() + wait + ALL_ANSWERS
        self.only_public = False

    def each(self, work: Callable[[Connection, ItemT], FoundT], items: Iterable[ItemT]) -> Iterator[FoundT]:
        """Do some work for each item, and yield the results in order."""
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            yield from pool.map(lambda item: self.one(work, item), items)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def one(self, work: Callable[[Connection, ItemT], FoundT], item: ItemT) -> FoundT:
        """Do some work for one item."""
        client = Client(only_public=self.only_public, time_limit=ONE_ANSWER)
        try:
            return work(Connection(client, self._deadline), item)
        finally:
            self.certificates |= client.certificates
            self.only_public |= client.reached_public


def visit_feed(connection: Connection, wanted: Wanted) -> FeedVisit:
    """Ask for a feed, as readers do, and as they could."""
    plain = connection.ask(wanted.address)
    if isinstance(plain, FeedError) or plain.status != 200 or not wanted.in_full:
        return FeedVisit(wanted, plain)
    address, gzip = plain.address, {"Accept-Encoding": "gzip"}

    def conditional(answer: Asked | None, *validators: str, **headers: str) -> Asked | None:
        known = {} if answer is None or isinstance(answer, FeedError) else answer.headers
        name = next((name for name in validators if name in known), "")
        return connection.ask_more(address, headers | {_CONDITIONS[name]: known[name]}) if name else None

    packed = connection.ask_more(address, gzip)
    return FeedVisit(
        wanted,
        plain,
        etag=conditional(plain, "etag"),
        since=conditional(plain, "last-modified"),
        packed=packed,
        packed_again=conditional(packed, "etag", "last-modified", **gzip),
        head=connection.ask_more(address, method="HEAD"),
    )


_CONDITIONS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
