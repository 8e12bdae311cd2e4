"""Limits of time, memory and size: a few kilobytes of Markdown, HTML or template can ask for hours or gigabytes."""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from dateline.errors import InputError
from dateline.lazy_patterns import lazy_pattern
from dateline.system import answering_alarms, deadline, more_memory, set_alarm

TIME_LIMIT = 30.0  # seconds of work, however busy the machine; an ordinary post takes milliseconds
MEMORY_LIMIT = 512 * 1024 * 1024  # bytes, beyond what the process has when the work begins
MAX_HTML = 16 * 1024 * 1024  # characters; a post has at most 2 MiB
MAX_EMPTY_CELLS = 200_000
MAX_DEPTH = 400
MAX_REOPENED = 2_000_000  # formatting elements that HTML may open anew, once for each element that follows

_DELIMITERS = lazy_pattern(r"[ \t>]*[|:-][ \t|:-]*", re.ASCII)
_TAG = lazy_pattern(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NAME = lazy_pattern(r"</?([A-Za-z][A-Za-z0-9]*)")
# HTML opens these anew in each element that follows until they are closed: of equal ones at most three.
_FORMATTING = lazy_pattern(r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTES = lazy_pattern(r"""(?:[^>=]|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
_MAX_EQUAL = 300  # characters of attributes; longer ones count as different
# Tags whose end may be left out, or that have none: they do not count towards the depth.
_UNNESTED = set(
    "area base br col colgroup dd dt embed hr img input li link meta optgroup option p param rp rt source tbody td "
    "tfoot th thead tr track wbr".split()
)
_IN_RUBY = {"rp", "rt"}  # elsewhere their ends may not be left out

_has_limits = False  # whether an alarm raises TimeoutError


@contextmanager
def time_limits() -> Iterator[None]:
    """Set up what each `time_limit` needs once for many of them, which takes longer than they do."""
    global _has_limits
    if _has_limits or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring() -> None:
        raise TimeoutError  # again and again, in case a callback swallows the first

    with answering_alarms(ring):
        _has_limits = True
        try:
            yield
        finally:
            _has_limits = False


def time_limit() -> AbstractContextManager[None]:
    """Raise TimeoutError after TIME_LIMIT, except in threads, which get no signals. Does not nest."""
    if threading.current_thread() is not threading.main_thread():
        return nullcontext()
    return _Alarm() if _has_limits else _single_time_limit()


@contextmanager
def _single_time_limit() -> Iterator[None]:
    with time_limits(), _Alarm():
        yield


class _Alarm(AbstractContextManager[None]):
    """Sets the alarm; a class, since a generator takes longer than that."""

    def __enter__(self) -> None:
        set_alarm(TIME_LIMIT)

    def __exit__(self, *_: object) -> None:
        set_alarm(0)


def last_resort() -> AbstractContextManager[None]:
    """End the process after twice TIME_LIMIT, for a single operation so long that no exception can interrupt it."""
    return deadline(2 * TIME_LIMIT)


def memory_limit() -> AbstractContextManager[None]:
    """Raise MemoryError for work that needs more than MEMORY_LIMIT, where the system reports how much is in use."""
    return more_memory(MEMORY_LIMIT)


def check_tables(body: str) -> None:
    """Raise InputError for Markdown whose tables would make engines write too many empty cells.

    Counts them below every line that may divide the head of a table from its rows, up to an empty line.
    """
    columns = empty = 0
    for line in body.split("\n") if "|" in body else ():
        if not line.strip(" \t>"):
            columns = 0
        elif "-" in line and _DELIMITERS.fullmatch(line):
            columns = max(columns, line.count("|") + 1)
        elif columns:
            empty += max(0, columns - line.count("|") - 1)
    if empty > MAX_EMPTY_CELLS:
        problem = f"text: tables whose rows lack more than {MAX_EMPTY_CELLS:,} cells"
        raise InputError(problem, "write the cells of each row, or fewer columns")


def check_length(length: int) -> None:
    """Raise InputError for more characters of HTML than any post needs."""
    if length > MAX_HTML:
        problem = f"text: becomes more than {MAX_HTML // 1024**2} MiB of HTML"
        raise InputError(problem, "split it, or shorten what is used many times: addresses, titles, abbreviations")


def check_tags(html: str, *, formatting: bool = True) -> set[str]:
    """Return the names of the tags in HTML, in lower case.

    Raises InputError for tags nested too deep, which takes nh3 quadratic time, and for `formatting` that is never
    closed, of which it makes gigabytes.
    """
    names = _NAME.findall(html)
    if len(names) > MAX_DEPTH:
        tags = _TAG.findall(html)
        _check_depth(tags)
        if formatting:
            _check_formatting(html, sum(not end for end, _ in tags))
    return {name.lower() for name in set(names)}


def _check_depth(tags: Iterable[tuple[str, str]]) -> None:
    opened: Counter[str] = Counter()
    depth = 0
    for end, tag in tags:
        name = tag.lower()
        if not end and (name not in _UNNESTED or (name in _IN_RUBY and not opened["ruby"])):
            opened[name] += 1
            depth += 1
        elif end and opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MAX_DEPTH:
            raise InputError(f"text: tags are nested more than {MAX_DEPTH} deep", "close them, or use fewer levels")


def _check_formatting(html: str, tags: int) -> None:
    equal: Counter[object] = Counter()
    for match in _FORMATTING.finditer(html):
        attributes = _ATTRIBUTES.match(html, match.end(), match.end() + _MAX_EQUAL)
        is_whole = attributes and attributes.end() < match.end() + _MAX_EQUAL
        equal[(match[0].lower(), attributes[0]) if attributes and is_whole else match.start()] += 1
    if sum(min(count, 3) for count in equal.values()) * tags > MAX_REOPENED:
        problem = f"text: {len(equal)} different tags such as <b> in {tags} elements"
        raise InputError(problem, "write <span> for those with attributes")
