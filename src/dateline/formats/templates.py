"""Templates of RSS and Atom: what feedgen writes, cut into constant pieces and slots, and filled from then on.

feedgen alone knows the formats. `rss` and `atom` say what it is given of a feed or an entry: named tuples of values,
with groups of parts (entries, authors, tags) at their end. What feedgen writes of two that have the same shape, which
is a matter of which values are there, differs in nothing but texts. So for each shape it writes a probe with marks for
texts, which is cut at the marks. How a text is escaped in a slot is learned from a second probe, with every special
character in every slot. Then the template is proven: if to fill it gives other bytes than feedgen, this shape is left
to feedgen for good.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary, proxy

from dateline.content.dates import EPOCH
from dateline.formats.byte_template import DATES, ByteTemplate, References, Slot, decode, encode
from dateline.formats.xml_feed import Head, Tag, with_stylesheet
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Entry, Feed

# A named tuple of texts, dates, flags and None, then its groups of parts, which are such tuples or Tags.
Values = Any
Shape = tuple[Any, ...]

_SPECIAL = ("&", "]]>", "<", ">", '"', "'", "\t", "\r", "\n")
_PROOF = "]]>&lt; é\U0001f600 \n<![CDATA[\t'\"'>&&amp;]]\r<> "
_BETWEEN = "qsq"
_MARK = lazy_pattern(r"qz(\d+)(text|utc|mail)zq")
_LEARNED = lazy_pattern(rf"qz(\d+)textzq{_BETWEEN}(.*?){_BETWEEN}qz\1endzq", re.DOTALL)
_EARLY = datetime(1971, 3, 4, 5, 6, 7, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
_LATE = datetime(2025, 12, 29, 23, 5, 59, 1000, tzinfo=UTC)
# What lxml refuses, and the marks of `in_title`; and the bytes that these begin with.
_UNUSUAL = lazy_pattern("[\0-\x08\x0b\x0c\x0e-\x1f\ufdd0\ufdd1\ufffe\uffff]")
_SUSPECT = bytes({*range(32), 0xEF} - {9, 10, 13})
_MOST_PARTS = 10_000
# Bytes of entries; more of them wait in a file until the beginning of the document is known.
_IN_MEMORY = 8 * 1024 * 1024
_PIECE = 1024 * 1024


class Templates(Protocol):
    """Where templates are kept from one build to the next: an object that can be hashed and referred to weakly."""

    def get(self, key: str, /) -> bytes | None:
        """Return what was put under a key, if it is still there. It may be damaged."""

    def put(self, key: str, value: bytes, /) -> None:
        """Keep a value under a key. An empty one says that there can be no template."""


class InMemory:
    """Templates that are kept as long as the process lives."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.get, self.put = self.values.get, self.values.__setitem__


class Group(NamedTuple):
    """A group of parts: one of them that has nothing but what must be there, and the groups of such a part."""

    sample: Values
    groups: "Mapping[str, Group]" = MappingProxyType({})


class Layout(NamedTuple):
    """What feedgen is given to write a format: heads and entries, made of a feed and an entry of it.

    `write` has feedgen write a document. `entries` are the group of entries in a head.
    """

    name: str
    head: Callable[[Feed], Head]
    entry: Callable[[Entry, Feed], Values]
    write: Callable[[Head], bytes]
    entries: Group


SAMPLE_TAG = Tag(":sample", "-")  # of no namespace, so that it needs no declaration
_SAMPLE_HEAD = Head("-", "-", "-", "-", EPOCH, "-", "-", at=True, itunes=True, media=True, podcast=True)


def write_document(layout: Layout, feed: Feed, known: Templates | None, *, slow: bool) -> Iterator[bytes]:
    """Yield a feed as a document, piece by piece. `slow` has feedgen write all of it."""
    entries = (layout.entry(entry, feed) for entry in feed.entries)
    head = layout.head(feed)
    if slow:
        head = head._replace(entries=tuple(entries))
        yield with_stylesheet(layout.write(_with_namespaces(head, _prefixes(head, *head.entries))), feed.publication)
        return
    document = _document(layout, _IN_PROCESS if known is None else known)
    place = document.places["entries"]
    prefixes = _prefixes(head)
    pile = _Pile()
    for entry in entries:
        if entry.tags:
            prefixes |= _prefixes(entry)
        pile.add(place.text(entry))
    head = _with_namespaces(head, prefixes)
    before, _, after = document.text(head._replace(entries=(place.sample,))).partition(place.text(place.sample))
    yield with_stylesheet(before, feed.publication)
    yield from pile.pieces()
    yield after


def _prefixes(*owners: Values) -> set[str]:
    return {tag.name.partition(":")[0] for owner in owners for tag in owner.tags}


def _with_namespaces(head: Head, prefixes: Iterable[str]) -> Head:
    """Set the flags of namespaces; Atom's, which feedgen declares, has none."""
    flags: dict[str, Any] = {prefix: True for prefix in prefixes if prefix != "atom"}
    return head._replace(**flags)


class _Pile:
    """Entries that wait, in a file if they are many."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._size = 0
        self._file: Any = None

    def add(self, entry: bytes) -> None:
        self._waiting.append(entry)
        self._size += len(entry)
        if self._size > _IN_MEMORY:
            if self._file is None:
                from tempfile import TemporaryFile  # slow to import

                self._file = TemporaryFile()  # noqa: SIM115 - closed in `pieces`, or with this object
            self._file.writelines(self._waiting)
            self._waiting, self._size = [], 0

    def pieces(self) -> Iterator[bytes]:
        if self._file:
            with self._file as file:
                file.seek(0)
                yield from iter(partial(file.read, _PIECE), b"")
        yield from self._waiting


_IN_PROCESS = InMemory()
_DOCUMENTS: "WeakKeyDictionary[Templates, dict[str, _Place]]" = WeakKeyDictionary()


def _document(layout: Layout, known: Templates) -> "_Place":
    """Return the place of whole documents in a layout."""
    documents = _DOCUMENTS.setdefault(known, {})
    if layout.name not in documents:

        def written(heads: Sequence[Head]) -> bytes:
            return b"".join(map(layout.write, heads))

        heads = Group(_SAMPLE_HEAD, {"tags": Group(SAMPLE_TAG), "entries": layout.entries})
        documents[layout.name] = _Place(layout.name, heads, written, proxy(known))
    return documents[layout.name]


class _Place:
    """A place in documents where parts of one kind stand, with the templates of all their shapes.

    `written` has feedgen write a document with some such parts in that place. `places` are those within a part.
    """

    def __init__(self, name: str, group: Group, written: Callable[[Sequence[Values]], bytes], known: Templates) -> None:
        self._name, self._written, self._known = name, written, known
        self.sample = sample = group.sample
        self._end = len(sample) - len(group.groups)
        self._templates: dict[Shape, ByteTemplate | None] = {}

        def within(name: str, inner: Group) -> _Place:
            return _Place(
                f"{self._name} {name}", inner, lambda parts: written([sample._replace(**{name: parts})]), known
            )

        self.places = {name: within(name, inner) for name, inner in group.groups.items()}
        self._fillers = [place.fill for place in self.places.values()]
        if not group.groups and sample.__class__ is not Tag:  # many entries have the same authors and categories
            self.fill = lru_cache(_MOST_PARTS)(self.fill)  # type: ignore[method-assign]

    def text(self, values: Values) -> bytes:
        """Return a part as it stands in a document. Raises ValueError, by feedgen, for what XML forbids."""
        try:
            text = self.fill(values)
        except (_UncutError, UnicodeEncodeError):
            return self._by_feedgen(values)
        if len(text.translate(None, _SUSPECT)) < len(text) and _UNUSUAL.search(text.decode()):
            return self._by_feedgen(values)
        return text

    def fill(self, values: Values) -> bytes:
        """Return a part by its template. Raises _UncutError if there is none."""
        shape, texts = self._shape(values)
        try:
            template = self._templates[shape]
        except KeyError:
            template = self._templates[shape] = self._template(shape, texts, values)
        if template is None:
            raise _UncutError
        return template.fill(texts)

    def _shape(self, values: Values) -> tuple[Shape, Sequence[Any]]:
        """Return the shape of a part, and what fills its template, with its groups as bytes."""
        if values.__class__ is Tag:
            return values.shape(), values.texts()
        texts = values[: self._end]
        shape = tuple([value.__class__ if value else None for value in texts])
        if not self._fillers:
            return shape, texts
        groups = zip(self._fillers, values[self._end :], strict=True)
        return shape, [*texts, *[b"".join([fill(part) for part in parts]) for fill, parts in groups]]

    def _template(self, shape: Shape, texts: Sequence[Any], values: Values) -> ByteTemplate | None:
        """Look up the template of a shape, or cut it and keep it. None if it can't be cut."""
        key = " ".join([self._name, *(getattr(kind, "__name__", str(kind)) for kind in shape)])
        stored = self._known.get(key)
        template = decode(stored, len(texts))
        if template is None and stored != b"":
            try:
                template = self._cut(values)
            except (_UncutError, ValueError):  # feedgen may refuse a mark
                template = None
            self._known.put(key, encode(template) if template else b"")
        return template

    def _cut(self, values: Values) -> ByteTemplate:
        """Have a template cut, and prove it. Raises _UncutError."""
        marked = self._probe(values, "qz{}textzq".format)
        text = self._by_feedgen(marked).decode()
        for number, value in enumerate(marked):
            for form, write in DATES.items() if isinstance(value, datetime) else ():
                text = text.replace(write(value), f"qz{number}{form}zq")
        groups = range(len(marked) - len(self.places), len(marked))
        for number, place in zip(groups, self.places.values(), strict=True):
            before, sample, after = text.partition(place.fill(place.sample).decode())
            if not sample:
                raise _UncutError
            text = f"{before}qz{number}textzq{after}"
        constant, *rest = _MARK.split(text)  # a constant piece, then a number, a form, a piece, and so on
        pieces = [constant]
        texts: list[Slot] = []
        parts: list[Slot] = []
        dates: list[tuple[Slot, str]] = []
        for number, form, piece in zip(map(int, rest[::3]), rest[1::3], rest[2::3], strict=True):
            slot = len(pieces), number
            if form != "text":
                dates.append((slot, form))
            else:
                (parts if number in groups else texts).append(slot)
            pieces += ["", piece]
        template = ByteTemplate([piece.encode() for piece in pieces], self._learn(values, texts), dates, parts)
        self._prove(values, template)
        return template

    def _learn(self, values: Values, slots: Sequence[Slot]) -> list[tuple[Slot, References]]:
        """Return how slots for texts, in the order of the document, escape special characters."""
        special = _BETWEEN.join(["", *_SPECIAL, ""])
        probe = self._probe(values, lambda number: f"qz{number}textzq{special}qz{number}endzq")
        learned = _LEARNED.findall(self._by_feedgen(probe).decode())
        if [int(number) for number, _ in learned] != [number for _, number in slots]:
            raise _UncutError
        return [(slot, _references(written.split(_BETWEEN))) for slot, (_, written) in zip(slots, learned, strict=True)]

    def _prove(self, values: Values, template: ByteTemplate) -> None:
        """Raise _UncutError unless feedgen writes what the template gives, with special characters and without."""
        plain = "" if values.__class__ is Tag else "-"  # other tuples have another shape if a text is empty
        for probe in (
            self._probe(values, lambda number: f"{_PROOF}{number}{_PROOF}", _LATE, 2),
            self._probe(values, lambda _: plain, _EARLY, 0),
        ):
            if template.fill(self._shape(probe)[1]) != self._by_feedgen(probe):
                raise _UncutError

    def _probe(self, values: Values, text: Callable[[int], str], moment: datetime = _EARLY, parts: int = 1) -> Values:
        """Return values of the same shape, with other texts and dates, and this number of parts in each group."""
        if isinstance(values, Tag):
            return values.with_texts(map(text, range(len(values.texts()))))
        probe: list[Any] = list(values[: self._end])
        for number, value in enumerate(probe):
            if isinstance(value, datetime):
                probe[number] = moment + timedelta(days=number)
            elif isinstance(value, str) and value:
                probe[number] = text(number)
        return values.__class__(*probe, *[(place.sample,) * parts for place in self.places.values()])

    def _by_feedgen(self, values: Values) -> bytes:
        """Return a part as feedgen writes it."""
        start, others = self._around
        whole = self._written([values])
        return whole[start : start + len(whole) - others]

    @cached_property
    def _around(self) -> tuple[int, int]:
        """Where, in bytes, the line of a part begins in a document with nothing else, and how long that is without it.

        With a part, it is longer by the lines of that.
        """
        whole, without = self._written([self.sample]), self._written([])
        same = next((at for at, pair in enumerate(zip(whole, without, strict=False)) if pair[0] != pair[1]), 0)
        return whole.rfind(b"\n", 0, same) + 1, len(without)


class _UncutError(Exception):
    """There is no template, since filling it would not give what feedgen writes."""


def _references(written: Sequence[str]) -> References:
    """Return the special characters that are not written as they are, and how they are written."""
    if len(written) != len(_SPECIAL):
        raise _UncutError
    references = dict(zip(_SPECIAL, written, strict=True))
    if references["]]>"] == f"]]{references['>']}":
        del references["]]>"]
    changed = {special.encode(): by.encode() for special, by in references.items() if special != by}
    return [(special[:1], special, by) for special, by in changed.items()]
