"""Write many pages without running a template for each: byte templates, cut out of a page that Jinja wrote.

What a page shows is taken apart into its texts and the rest, its shape: how many tags there are, say, and that there is
no picture. For each shape, Jinja writes one page with a placeholder for each text. Split there, it is the byte template
of all pages of that shape: their texts only have to be escaped, or put through the filter that the template names.

A placeholder can only be printed. It is true, since it stands for a text that is not empty; whatever else a template
does with it raises an error. Then Jinja writes every page of that shape. The texts that templates of ours do compare
are part of the shape (_KEPT). What these never show, like the user's own keys, can't even be printed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, NoReturn

from dateline.lazy_patterns import lazy_pattern
from dateline.pages.views import EnclosureView, ListedView, PageView, PostView, TranscriptView, VersionView

# What a page shows except for its texts, without nesting: names, each with a value; of a tuple its type and length and
# what is in it.
Shape = tuple[Any, ...]
# What is done to a text before it is printed, by the names of filters; the empty one is how any other is escaped.
Filters = Mapping[str, Callable[[str], str]]

# Noncharacters, which no text has: a text in a shape, the beginning and end of a slot, what separates texts.
_TEXT, _BEGIN, _END, _BETWEEN = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"
_SLOT = lazy_pattern(f"{_BEGIN}([0-9]+)([a-z]*){_END}")
_UNSEEN = object()  # in a shape
# Values and fields that are part of the shape as they are.
_KEPT_VALUES = ("menu",)
_KEPT: dict[type[Any], tuple[str, ...]] = {
    PageView: ("language", "direction", "feeds"),
    PostView: ("language", "direction"),
    ListedView: ("language", "direction"),
    VersionView: ("language",),
    EnclosureView: ("kind", "player", "preload"),
    TranscriptView: ("format",),
}
_KEPT_AT = {view: frozenset(map(view._fields.index, names)) for view, names in _KEPT.items()}
_NONE, _ALL = frozenset[int](), frozenset([0])


class ByteTemplate(NamedTuple):
    """The pieces of a page that all pages of a shape have in common, and what stands between each two of them.

    That is a place in a list of texts: first `filtered`, each with a filter, then `escaped`.
    """

    pieces: Sequence[bytes]
    between: Sequence[int]
    filtered: Sequence[tuple[int, str]]
    escaped: Sequence[int]

    def fill(self, texts: Sequence[str], filters: Filters) -> bytes:
        """Return the page that shows these texts."""
        shown = [filters[name](texts[number]).encode() for number, name in self.filtered]
        # All at once, which takes much less time than one after the other.
        together = filters[""](_BETWEEN.join([texts[number] for number in self.escaped])).encode()
        shown += together.split(_BETWEEN.encode())
        pieces = [self.pieces[0]] * (2 * len(self.pieces) - 1)
        pieces[::2] = self.pieces
        pieces[1::2] = [shown[place] for place in self.between]
        return b"".join(pieces)


def take_apart(values: Mapping[str, Any]) -> tuple[Shape, list[str]]:
    """Return the shape of what a page shows, and its texts.

    The values are texts, numbers, truth values, None, views, and tuples of these.
    """
    shape: list[Any] = []
    texts: list[str] = []
    for name, value in values.items():
        shape.append(name)
        _take_apart((value,), _ALL if name in _KEPT_VALUES else _NONE, shape, texts)
    return tuple(shape), texts


def _take_apart(values: Sequence[Any], kept: frozenset[int], shape: list[Any], texts: list[str]) -> None:
    for at, value in enumerate(values):
        kind = type(value)
        if at in kept or value is None or kind is bool:
            shape.append(value)
        elif kind is str or kind is int:
            if value:
                texts.append(value if kind is str else str(value))
                shape.append(_TEXT)
            else:
                shape.append(value)
        elif isinstance(value, tuple):
            shape += (kind, len(value))
            _take_apart(value, _KEPT_AT.get(kind, _NONE), shape, texts)
        else:
            shape.append(_UNSEEN)


def with_placeholders(shape: Shape) -> dict[str, Any]:
    """Return values of this shape with a placeholder for each text."""
    parts, numbers = iter(shape), count()
    return {name: _restored(parts, numbers) for name in parts}


def _restored(parts: Iterator[Any], numbers: Iterator[int]) -> Any:
    part = next(parts)
    if part is _TEXT:
        return Placeholder(next(numbers))
    if part is _UNSEEN:
        return Unseen()
    if isinstance(part, type):
        return tuple.__new__(part, [_restored(parts, numbers) for _ in range(next(parts))])
    return part


def cut(page: str) -> ByteTemplate:
    """Return the byte template that was written with placeholders."""
    parts = _SLOT.split(page)
    slots = [(int(number), name) for number, name in zip(parts[1::3], parts[2::3], strict=True)]
    filtered = list(dict.fromkeys(slot for slot in slots if slot[1]))
    escaped = list(dict.fromkeys(slot for slot in slots if not slot[1]))
    places = {slot: place for place, slot in enumerate([*filtered, *escaped])}
    pieces = [piece.encode() for piece in parts[::3]]
    return ByteTemplate(pieces, [places[slot] for slot in slots], filtered, [number for number, _ in escaped])


class CannotCutError(Exception):
    """A template looks at a text that may be another one on the next page."""


def _refuse(*_: object) -> NoReturn:
    raise CannotCutError


class Unseen:
    """Stands for something that pages don't show."""

    # All that can be done with any object.
    __bool__ = __eq__ = __hash__ = __str__ = __repr__ = __format__ = _refuse


class Placeholder:
    """Stands for a text that is not empty: the one with this number, perhaps put through a filter."""

    __eq__ = __hash__ = __str__ = __repr__ = _refuse

    def __init__(self, number: int, filter_name: str = "") -> None:
        self._number, self._filter = number, filter_name

    def filtered(self, name: str) -> "Placeholder":
        """Return what a filter makes of the text."""
        return _refuse() if self._filter else Placeholder(self._number, name)

    def __html__(self) -> str:
        return f"{_BEGIN}{self._number}{self._filter}{_END}"

    def __format__(self, spec: str) -> str:
        # Into a text that is escaped only then, as a whole.
        return _refuse() if spec or self._filter else self.__html__()
