"""Feeds as documents, in every format of FORMATS. A format's module is loaded when it is first used.

Each module defines four functions. `write` yields a feed as a document in UTF-8, piece by piece; it is given templates
and whether to do without them, see `templates`. `read` takes a well-formed document and the address where it was found;
it raises InputError if the format is another. `texts` yields every text that a document of ours carries, in which
hidden posts must not appear. `is_feed` returns whether a file is a feed in this format; XML may be cut off after its
first element.
"""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from dateline.feed_formats import FORMATS
from dateline.formats.items import Document
from dateline.model import Feed

if TYPE_CHECKING:
    from dateline.formats.templates import Templates


def _module(name: str) -> ModuleType:
    return import_module(FORMATS[name].module)


def write(name: str, feed: Feed, known: "Templates | None" = None, *, slow: bool = False) -> Iterator[bytes]:
    """Yield a feed as a document in UTF-8, piece by piece, in the format that FORMATS has under `name`.

    Its entries are read once, one after the other. `known` has templates and keeps new ones; without it, this process
    does. With `slow`, none are used.
    """
    yield from _module(name).write(feed, known, slow=slow)


def texts(name: str, content: bytes) -> Iterator[str]:
    """Yield every text that a feed of ours carries, in the format that FORMATS has under `name`."""
    yield from _module(name).texts(content)


def is_json(content: bytes) -> bool:
    """Return whether a document, given at least its beginning, is an object of JSON rather than XML."""
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def is_feed(content: bytes) -> bool:
    """Return whether a file is a feed, in one of FORMATS or in another kind of XML that feedparser reads."""
    from dateline.formats.xml import root_of

    # RSS 1.0 has the root RDF; earlier versions of Atom have feed in another namespace.
    return format_of(content) is not None or root_of(content).endswith(("}RDF", "}feed"))


def format_of(content: bytes) -> str | None:
    """Return the name in FORMATS of the format that a file has, or None if it is not a feed in one of them."""
    return next((name for name in FORMATS if _module(name).is_feed(content)), None)


def read(content: bytes, address: str, *, ours: bool = False) -> Document:
    """Read a feed in any format. Raises InputError if it isn't one.

    XML that Dateline did not write (`ours` is false) may be of many kinds, and broken: feedparser helps to read it.
    """
    name = format_of(content)
    if not is_json(content) and not ours and (name is None or FORMATS[name].is_xml):
        from dateline.formats.foreign import read_foreign

        return read_foreign(content, address, partial(read, ours=True))
    # If no format knows the document, one of the same syntax reads it: it may lack a version, or is in error.
    name = name or next(name for name, format in FORMATS.items() if format.is_xml != is_json(content))
    document: Document = _module(name).read(content, address)
    return document
