"""Parse XML from anybody: within limits, and decoded only by encodings of text."""

import codecs
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser, fromstring
from xml.parsers.expat import ExpatError, ParserCreate

from dateline.errors import InputError
from dateline.formats.items import not_a_feed
from dateline.lazy_patterns import lazy_pattern

MAX_DEPTH = 256  # XHTML in feeds is nested about ten deep
MAX_ATTRIBUTES = 256  # of one element, including namespace declarations
_PROLOGUE = 128 * 1024  # bytes within which the first element ends; expat takes quadratic time for a long DTD
_ENTITIES = 64 * 1024  # characters that entities may add to a document, on top of its own length
_HEAD = 64 * 1024  # bytes searched for the first element
_CHUNK = 4 * 1024

_CONTROLS = bytes({*range(32)} - {9, 10, 13})

_DECLARATION = lazy_pattern(r"\s{0,50}<\?xml\s[^>]{0,200}\?>")  # some programs write an empty line before it
_ENCODING = lazy_pattern(r"""encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# Python's names of encodings that feeds use. Its other codecs do more than decode text, some in quadratic time.
_TEXT = lazy_pattern(
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


def in_utf8(content: bytes) -> bytes:
    """Encode a document in UTF-8, and declare it as such.

    Decode it by its byte order mark or as it declares, if that names an encoding of text; else as UTF-8, and if it is
    not that either, as windows-1252.
    """
    text = _decode(content)
    declaration = _DECLARATION.match(text)
    rest = text[declaration.end() :] if declaration else text
    return f'<?xml version="1.0" encoding="utf-8"?>{rest}'.encode(errors="replace")


def _decode(content: bytes) -> str:
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    declaration = _DECLARATION.match(content[:256].decode("latin-1"))
    declared = _ENCODING.search(declaration[0]) if declaration else None
    for name in filter(None, (marked, declared and _text_encoding(declared[1]), "utf-8")):
        with suppress(UnicodeError):
            return content.decode(name)
    return content.decode("cp1252", "replace")


def _text_encoding(name: str) -> str | None:
    """Look up an encoding of text. (On the web, ISO-8859-1 means windows-1252.)"""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return None
    return "cp1252" if found == "iso8859-1" else found if _TEXT.fullmatch(found) else None


def parse(content: bytes) -> Element | None:
    """Parse a document in UTF-8; None if it is not well-formed. Raises InputError if it exceeds the limits."""
    try:
        return _parse(content)
    except (ExpatError, ParseError):
        return None


def parse_large(content: bytes) -> Element:
    """Parse a document in any encoding, without the control characters that some programs write.

    Raises InputError, with the line, if it is not well-formed, or if it exceeds the limits.
    """
    try:
        return _parse(in_utf8(content).translate(None, _CONTROLS))
    except (ExpatError, ParseError) as error:  # the second for an entity that is not known
        line = error.position[0] if isinstance(error, ParseError) else error.lineno
        problem, remedy = f"not well-formed XML in line {line}", "correct that line, or export it again"
        raise InputError(problem, remedy) from None


def _parse(content: bytes) -> Element:
    """Parse a document twice, because building the tree with handlers in Python would take ten times as long."""
    _check_limits(content)
    root: Element = fromstring(content)  # noqa: S314 - its depth, width and growth are checked
    return root


def _check_limits(content: bytes) -> None:
    """Parse a document without building a tree. Raises InputError if it is deeper, wider or larger than any feed."""
    depth, characters_left, has_begun = 0, 2 * len(content) + _ENTITIES, False

    def start(_name: str, attributes: list[str]) -> None:
        nonlocal depth, has_begun
        has_begun = True
        depth += 1
        if depth > MAX_DEPTH:
            raise not_a_feed(f"XML with elements nested more than {MAX_DEPTH} deep")
        if len(attributes) > 2 * MAX_ATTRIBUTES:  # names and values in turn
            raise not_a_feed(f"XML with more than {MAX_ATTRIBUTES} attributes in one element")
        count("".join(attributes))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def count(text: str) -> None:
        nonlocal characters_left
        characters_left -= len(text)
        if characters_left < 0:
            raise not_a_feed("XML whose entities make it many times as long")

    parser = ParserCreate("utf-8")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    if b"<!DOCTYPE" in content:  # only entities make a document grow
        parser.buffer_text = True
        parser.CharacterDataHandler = count
    parser.Parse(content[:_PROLOGUE], False)
    if not has_begun and len(content) > _PROLOGUE:
        raise not_a_feed(f"XML without an element in its first {_PROLOGUE // 1024} KiB")
    parser.Parse(content[_PROLOGUE:], True)


def parse_root(content: bytes, tag: str) -> Element:
    """Parse a well-formed document whose root element has the given tag. Raises InputError if it is anything else."""
    root = parse(in_utf8(content))
    if root is None:
        raise not_a_feed("XML that is not well-formed")
    if root.tag != tag:
        raise not_a_feed(f"XML with the root element {root.tag}")
    return root


def root_of(content: bytes) -> str:
    """Return the tag of the first element of a document or of its beginning; empty if that is not XML."""
    head = in_utf8(content[:_HEAD])
    parser: Any = XMLPullParser(["start"])
    with suppress(ParseError, ValueError):
        for start in range(0, len(head), _CHUNK):
            parser.feed(head[start : start + _CHUNK])
            for _, element in parser.read_events():
                return str(element.tag)
    return ""


def texts(content: bytes) -> Iterator[str]:
    """Yield the text in and after every element of an XML document of ours, and every attribute's value."""
    for element in fromstring(content).iter():  # noqa: S314 - Dateline wrote it
        yield from filter(None, (element.text, *element.attrib.values(), element.tail))
