"""Bytes ─▶ Element, for XML from anybody: within limits, and decoded by encodings of text only."""

import codecs
import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

from dateline.errors import Unreadable

MAX_DEPTH = 256  # XHTML in feeds goes some ten deep
MAX_ATTRIBUTES = 256  # of one element, declarations of namespaces among them
_PROLOGUE = 128 * 1024  # bytes within which the first element ends; expat takes quadratic time for a long DTD
_ENTITIES = 64 * 1024  # characters by which they may lengthen a document, beside its own length

_DECLARATION = re.compile(r"\s{0,50}<\?xml\s[^>]{0,200}\?>")  # some programs write an empty line before it
_ENCODING = re.compile(r"""encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# Python's names of encodings that feeds use. Its other codecs do more than decode text, some in quadratic time.
_TEXT = re.compile(
    r"utf-8|ascii|iso8859-\d+|cp(?:437|8\d\d|9\d\d|125\d)|koi8-[rtu]|mac-\w+"
    r"|gb(?:k|2312|18030)|big5(?:hkscs)?|euc_(?:jp|kr)|shift_jis|iso2022_(?:jp|kr)"
)
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
}


def no_feed(problem: str) -> Unreadable:
    """Make the error for what is not a feed."""
    return Unreadable(f"not a feed ({problem})", "name one in RSS, Atom or JSON Feed")


def in_utf8(content: bytes) -> bytes:
    """Encode a document in UTF-8, and say so in its declaration.

    It is decoded by its byte order mark or as it declares, where that names an encoding of text; else as UTF-8, and as
    windows-1252 where it is not that either.
    """
    text = _decoded(content)
    declaration = _DECLARATION.match(text)
    rest = text[declaration.end() :] if declaration else text
    return f'<?xml version="1.0" encoding="utf-8"?>{rest}'.encode(errors="replace")


def _decoded(content: bytes) -> str:
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    declaration = _DECLARATION.match(content[:256].decode("latin-1"))
    declared = _ENCODING.search(declaration[0]) if declaration else None
    for name in (marked, declared and _known(declared[1]), "utf-8"):
        try:
            if name:
                return content.decode(name)
        except UnicodeError:
            continue
    return content.decode("cp1252", "replace")


def _known(name: str) -> str | None:
    """The encoding of text that goes by a name. (On the web, that of ISO-8859-1 is windows-1252.)"""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return "cp1252" if found == "iso8859-1" else found if _TEXT.fullmatch(found) else None


def parse(content: bytes) -> Element | None:
    """Parse a document in UTF-8; None where it is not well-formed. Raises Unreadable where it is past the limits.

    It is parsed twice, since to build the tree with handlers in Python would take ten times as long.
    """
    try:
        _Check(content)
        root: Element = fromstring(content)  # noqa: S314 - its depth, width and growth are checked
    except (ExpatError, ParseError):
        return None
    return root


class _Check:
    """Parses a document without a tree. Raises Unreadable where it is deeper, wider or larger than any feed."""

    def __init__(self, content: bytes) -> None:
        self._depth = 0
        self._has_begun = False
        self._left = 2 * len(content) + _ENTITIES
        parser = ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        if b"<!DOCTYPE" in content:  # without which no entity makes it grow
            parser.buffer_text = True
            parser.CharacterDataHandler = self._count
        parser.Parse(content[:_PROLOGUE], False)
        if not self._has_begun and len(content) > _PROLOGUE:
            raise no_feed(f"XML without an element in its first {_PROLOGUE // 1024} KiB")
        parser.Parse(content[_PROLOGUE:], True)

    def _start(self, _name: str, attributes: list[str]) -> None:
        self._has_begun = True
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise no_feed(f"XML with elements nested more than {MAX_DEPTH} deep")
        if len(attributes) > 2 * MAX_ATTRIBUTES:  # names and values in turn
            raise no_feed(f"XML with more than {MAX_ATTRIBUTES} attributes in one element")
        self._count("".join(attributes))

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _count(self, text: str) -> None:
        self._left -= len(text)
        if self._left < 0:
            raise no_feed("XML whose entities make it many times as long")


def root_of(head: bytes) -> str:
    """Return the name of the first element of a document, given its beginning; empty where that is not XML."""
    parser: Any = XMLPullParser(["start"])
    try:
        parser.feed(in_utf8(head))
        return next((str(element.tag) for _, element in parser.read_events()), "")
    except (ParseError, ValueError):
        return ""
