"""Markdown ─▶ raw HTML, by Python-Markdown. The one fence around it."""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from threading import get_ident
from typing import Any
from xml.etree import ElementTree as ET

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.fenced_code import FencedBlockPreprocessor
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.smarty import SmartyExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, slugify_unicode
from markdown.inlinepatterns import InlineProcessor as InlinePattern
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import InlineProcessor, Treeprocessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

from dateline.errors import Unreadable
from dateline.render import autolinks, formulas
from dateline.render.blocks import rewritten
from dateline.render.limits import check_length
from dateline.render.links import without_links_in_links

# In text without one of these, no inline pattern of Python-Markdown, or none of its smart quotes, finds anything.
_MARKS = re.compile(r"[\\`\[\]<&*_!~$@\x02]"), ("  \n", "://", "www.")
_ESCAPED = re.compile("\x02[0-9]+\x03")  # a character, as Python-Markdown stashes it
_SMART_MARKS = re.compile(r"[\"'\x02]"), ("--", "...")


def convert(body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
    r"""Raw HTML, with ids on headings, and footnote ids that carry `footnote_prefix`.

    `math` says whether ``\(…\)`` and ``\[…\]`` are formulas.
    Raises Unreadable where the text nests too deep, or becomes too long.
    """
    converter, footnotes = _converter(smart_quotes, math, get_ident())
    footnotes.setConfig("SEPARATOR", f":{footnote_prefix}-" if footnote_prefix else ":")
    try:
        html = str(converter.reset().convert(body))
    except BaseException as error:
        _converter.cache_clear()  # whatever state it was left in
        if isinstance(error, RecursionError):
            raise Unreadable("text: lists, quotations or tags are nested too deep", "write it flatter") from None
        if isinstance(error, ValueError) and "integer string conversion" in str(error):
            raise Unreadable("text: headings that end in the same endless number", "shorten it") from None
        raise
    return without_links_in_links(html, body)


@cache
def _converter(smart_quotes: bool, math: bool, thread: int) -> tuple[Markdown, FootnoteExtension]:  # noqa: ARG001 - a key
    """A converter of one thread, to be used again.

    Extensions are objects: names are looked up among installed packages.
    """
    footnotes = FootnoteExtension(USE_DEFINITION_ORDER=False)
    extensions: list[Any] = [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        footnotes,
        MarkdownInHtmlExtension(),
        SaneListExtension(),
        TableExtension(use_align_attribute=True),
        TocExtension(marker="", slugify=slugify_unicode),
    ]
    converter = Markdown(extensions=[*extensions, SmartyExtension()] if smart_quotes else extensions)
    converter.ESCAPED_CHARS = [*converter.ESCAPED_CHARS, "$", "~"]
    converter.preprocessors.register(_Blocks(converter), "blocks", 25)
    converter.parser.blockprocessors.register(_Heading(converter.parser), "hashheader", 70)
    # Before escapes; after tags and before emphasis; with emphasis.
    converter.inlinePatterns.register(_Formula(formulas.pattern(math), converter), "formula", 185)
    converter.inlinePatterns.register(_Address(autolinks.ADDRESS, converter), "address", 85)
    converter.inlinePatterns.register(_Deleted(_Deleted.OPENING, converter), "deleted", 65)
    # After the marks are there, and before the notes are put into their order.
    converter.treeprocessors.register(_FootnoteOrder(converter, footnotes), "footnote-order", 19.5)
    converter.treeprocessors.register(_Size(converter), "size", 1)
    _spare(converter, "inline", 20, _MARKS)
    if smart_quotes:
        converter.treeprocessors.register(_ClosingQuotes(converter), "closing-quotes", 7)
        _spare(converter, "smarty", 6, _SMART_MARKS)
    return converter, footnotes


class _SparingProcessor(InlineProcessor):
    """Skips text in which there is nothing to find: most of it, and most of the time that rendering took."""

    marks: tuple[re.Pattern[str], tuple[str, ...]]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803 - as it is there
        # If the library ever renames it, this is not called, and rendering is slower but the same.
        pattern, signs = self.marks
        if pattern.search(data) is None and not any(sign in data for sign in signs):
            return data
        return str(super()._InlineProcessor__handleInline(data, patternIndex))  # type: ignore[misc]


def _spare(converter: Markdown, name: str, priority: int, marks: tuple[re.Pattern[str], tuple[str, ...]]) -> None:
    """Put a sparing processor in the place of one that goes through all text."""
    processor = _SparingProcessor(converter)
    processor.marks = marks
    replaced = converter.treeprocessors[name]
    assert isinstance(replaced, InlineProcessor)
    processor.inlinePatterns = replaced.inlinePatterns
    converter.treeprocessors.register(processor, name, priority)


class _Blocks(Preprocessor):
    """Lays out blocks as Python-Markdown wants them, and stashes the code of fences."""

    def __init__(self, converter: Markdown) -> None:
        super().__init__(converter)
        self.fenced = FencedBlockPreprocessor(converter, {"lang_prefix": "language-"})

    def run(self, lines: list[str]) -> list[str]:
        return rewritten(lines, self._stash_code, self.md.htmlStash.store)

    def _stash_code(self, info: str, code: str) -> str:
        """Return a placeholder for code. If Python-Markdown cannot read `info`, its first word is the language."""
        stash = self.md.htmlStash
        number = stash.html_counter
        self.fenced.run([f"~~~ {info}", "~~~"])
        if stash.html_counter == number:
            language = "" if info.startswith("{") else f' class="language-{escape(info.split()[0])}"'
            stash.store(f"<pre><code{language}></code></pre>")
        html = str(stash.rawHtmlBlocks[number])
        stash.rawHtmlBlocks[number] = html.replace("></code>", f">{escape(code, quote=False)}</code>")
        return stash.get_placeholder(number)


class _Heading(HashHeaderProcessor):
    """Removes ``#`` at the end of a heading only after a space (CommonMark 4.2)."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})(?P<header>[^\n]*)(?:\n|$)")

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        super().run(parent, blocks)
        heading = parent[-1]
        written = heading.text or ""
        text = written.rstrip("#")
        if not text or text[-1].isspace():
            heading.text = text.rstrip()


class _Rule(InlinePattern):
    """An inline rule whose pattern is only searched for in text with one of its signs."""

    signs: tuple[str, ...]

    def __init__(self, pattern: re.Pattern[str], converter: Markdown) -> None:
        super().__init__("", converter)
        self.searched = pattern

    def getCompiledRegExp(self) -> "_Rule":  # type: ignore[override]  # noqa: N802 - so called
        return self

    def finditer(self, data: str, start: int) -> Iterator[re.Match[str]]:
        """Find the pattern, as Python-Markdown expects of a compiled one."""
        return self.searched.finditer(data, start) if any(sign in data for sign in self.signs) else iter(())


_Found = tuple[ET.Element | str | None, int | None, int | None]
_NOTHING = (None, None, None)


class _Formula(_Rule):
    """Stashes formulas, so that no other rule sees them, except for the characters beside quotation marks."""

    signs = ("$", "<math", "\\(", "\\[")

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: ARG002, N802 - so called
        if m.lastgroup is None:
            return _NOTHING
        store = self.md.htmlStash.store
        if m.lastgroup == "mathml":
            return store(m[0]), m.start(), m.end()
        begin = 2 if m[0][1].isalnum() else 1
        return f"{m[0][:begin]}{store(formulas.as_html(m[0][begin:-1]))}{m[0][-1]}", m.start(), m.end()


class _Address(_Rule):
    """Links bare addresses. Tags are stashed before, so their attributes are not seen."""

    ANCESTOR_EXCLUDES = ("a",)
    signs = ("://", "www.", "@")

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: ARG002, N802
        found = autolinks.link(self._address(m[0]))
        if found is None:
            return _NOTHING
        element = ET.Element("a", href=self.unescape(found[1]))
        element.text = AtomicString(self.unescape(found[0]))
        return element, m.start(), m.start() + len(found[0])

    def _address(self, found: str) -> str:
        """Cut what was found before the first placeholder that is not for an escaped character."""
        inline: Any = self.md.treeprocessors["inline"]
        for placeholder in INLINE_PLACEHOLDER_RE.finditer(found):
            if not _ESCAPED.fullmatch(str(inline.stashed_nodes.get(placeholder[1]))):
                return found[: placeholder.start()]
        return found


class _Deleted(_Rule):
    """Marks ``~~deleted~~`` text, by CommonMark's rules for where emphasis begins and ends."""

    OPENING = re.compile(r"(?<!~)~~(?!~)(?:(?=\w)|(?<!\w~~)(?=\S))")
    CLOSING = re.compile(r"(?<=[^\s~])~~(?!~)(?:(?<=\w~~)|(?!\w))")
    signs = ("~~",)
    without = ""  # text in which nothing more is closed, so that it is not searched again

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: N802
        closing = None if data is self.without else self.CLOSING.search(data, m.end())
        if closing is None:
            self.without = data
            return _NOTHING
        element = ET.Element("del")
        element.text = data[m.end() : closing.start()]
        return element, m.start(), closing.end()


class _ClosingQuotes(Treeprocessor):
    """Closes quotation marks after something stashed, or after an element at the end, which would be opening ones."""

    AFTER_STASHED = re.compile("(?<=\x03)[\"'](?!\\w)")

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            if element.text and "\x03" in element.text:
                element.text = self.AFTER_STASHED.sub(self._closed, element.text)
            if element.tail and "\x03" in element.tail:
                element.tail = self.AFTER_STASHED.sub(self._closed, element.tail)
            last = element[-1] if len(element) else None
            if last is not None and last.tail in ('"', "'"):
                last.tail = self._closed(last.tail)

    def _closed(self, mark: re.Match[str] | str) -> str:
        return "”" if mark[0] == '"' else "’"


class _FootnoteOrder(Treeprocessor):
    """Numbers footnotes in the order in which they are read, not in which Python-Markdown visits nested lists."""

    def __init__(self, converter: Markdown, footnotes: FootnoteExtension) -> None:
        super().__init__(converter)
        self.footnotes = footnotes

    def run(self, root: ET.Element) -> None:
        marks = [
            (mark, mark.get("href", "").partition(self.footnotes.get_separator())[2])
            for mark in root.iter("a")
            if mark.get("class") == "footnote-ref"
        ]
        numbers: dict[str, int] = {}
        for mark, id in marks:
            mark.text = str(numbers.setdefault(id, len(numbers) + 1))
        self.footnotes.footnote_order = list(numbers)


class _Size(Treeprocessor):
    """Ends a rendering before one long address or title is written a thousand times."""

    def run(self, root: ET.Element) -> None:
        check_length(sum(len(value or "") for element in root.iter() for value in element.attrib.values()))
