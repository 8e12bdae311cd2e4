"""Markdown to raw HTML by Python-Markdown. The only module that imports it."""

import re
from functools import cache, cached_property
from html import escape
from threading import get_ident
from typing import Any
from xml.etree import ElementTree as ET

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FN_BACKLINK_TEXT, FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.smarty import SmartyExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, slugify_unicode
from markdown.inlinepatterns import InlineProcessor as InlinePattern
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import InlineProcessor, Treeprocessor
from markdown.util import INLINE_PLACEHOLDER_RE, AtomicString

from dateline.errors import InputError
from dateline.lazy_patterns import lazy_pattern
from dateline.render import autolinks, formulas
from dateline.render.limits import check_length
from dateline.render.needed_texts import SparingPattern, has_any, needed_texts
from dateline.render.python_markdown_blocks import lay_out

_ESCAPED = lazy_pattern("\x02[0-9]+\x03")  # a character, as Python-Markdown stashes it


def convert(body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
    r"""Return raw HTML, with ids on headings, and with `footnote_prefix` in the ids of footnotes.

    `math` says whether ``\(…\)`` and ``\[…\]`` are formulas.
    Raises InputError for text that nests too deep or becomes too long.
    """
    converter, footnotes = _converter(smart_quotes, math, get_ident())
    footnotes.setConfig("SEPARATOR", f":{footnote_prefix}-" if footnote_prefix else ":")
    try:
        html = str(converter.reset().convert(body))
    except BaseException as error:
        _converter.cache_clear()  # its state is unknown
        if isinstance(error, RecursionError):
            raise InputError("text: lists, quotations or tags are nested too deep", "use fewer levels") from None
        if isinstance(error, ValueError) and "integer string conversion" in str(error):
            raise InputError("text: headings that end in the same endless number", "shorten it") from None
        if isinstance(error, (AssertionError, AttributeError, LookupError, TypeError)):
            problem = f"text: Python-Markdown fails on it ({type(error).__name__})"
            remedy = 'remove a part after another to find the cause, or set markdown = "commonmark" in feed.toml'
            raise InputError(problem, remedy) from None
        raise
    return autolinks.without_nested_links(html, body)


@cache
def _converter(smart_quotes: bool, math: bool, thread: int) -> tuple[Markdown, FootnoteExtension]:  # noqa: ARG001 - a key
    # Extensions are objects, since names would be looked up among all installed packages.
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
    for block in converter.parser.blockprocessors:
        for name in ("RE", "SEARCH_RE"):
            if isinstance(pattern := getattr(block, name, None), re.Pattern):
                setattr(block, name, SparingPattern(pattern))
    # The priorities: before escapes; after tags and before emphasis; with emphasis.
    converter.inlinePatterns.register(_Formula(formulas.pattern(math), converter), "formula", 185)
    converter.inlinePatterns.register(_Address(autolinks.ADDRESS, converter), "address", 85)
    converter.inlinePatterns.register(_Deleted(_Deleted.OPENING, converter), "deleted", 65)
    processors = converter.treeprocessors
    # After footnote marks are made, and before the notes are sorted.
    processors.register(_FootnoteOrder(converter, footnotes), "footnote-order", 19.5)
    processors.register(_Size(converter), "size", 1)
    processors.register(_SparingProcessor(processors["inline"]), "inline", 20)
    if smart_quotes:
        processors.register(_ClosingQuotes(converter), "closing-quotes", 7)
        processors.register(_SparingProcessor(processors["smarty"]), "smarty", 6)
    return converter, footnotes


class _SparingProcessor(InlineProcessor):
    """Replaces a processor, and tries no rule on text that has none of its signs, which would take most of the time."""

    def __init__(self, replaced: Any) -> None:
        super().__init__(replaced.md)
        self.inlinePatterns = replaced.inlinePatterns
        self.rules = [(number, rule, _signs(rule)) for number, rule in enumerate(replaced.inlinePatterns)]
        self.signs = set[str]().union(*(signs for _, _, signs in self.rules))

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803 - the library's
        # If the library renames it, this is not called: rendering gets slower, but stays the same.
        if isinstance(data, AtomicString):
            return data
        present = [sign for sign in self.signs if sign in data]
        for number, rule, signs in self.rules[patternIndex:] if present else ():
            matched, start = not signs.isdisjoint(present), 0
            while matched and has_any(signs, data):  # others may be replaced by now
                data, matched, start = self._InlineProcessor__applyPattern(rule, data, number, start)  # type: ignore[attr-defined]
        return data


def _signs(rule: InlinePattern) -> frozenset[str]:
    return frozenset(rule.signs if isinstance(rule, _Rule) else needed_texts(rule.getCompiledRegExp()))


class _Blocks(Preprocessor):
    """Lays out blocks as Python-Markdown needs them, and stashes the code of fences."""

    @cached_property
    def _fenced(self) -> Preprocessor:
        from markdown.extensions.fenced_code import FencedBlockPreprocessor  # it loads Pygments

        return FencedBlockPreprocessor(self.md, {"lang_prefix": "language-"})

    def run(self, lines: list[str]) -> list[str]:
        return lay_out(lines, self._stash_code, self.md.htmlStash.store)

    def _stash_code(self, info: str, code: str) -> str:
        """Return a placeholder for code. The language is the first word of `info` if Python-Markdown cannot read it."""
        stash = self.md.htmlStash
        number = stash.html_counter
        self._fenced.run([f"~~~ {info}", "~~~"])
        if stash.html_counter == number:
            language = "" if info.startswith("{") else f' class="language-{escape(info.split()[0])}"'
            stash.store(f"<pre><code{language}></code></pre>")
        html = str(stash.rawHtmlBlocks[number])
        stash.rawHtmlBlocks[number] = html.replace("></code>", f">{escape(code, quote=False)}</code>")
        return stash.get_placeholder(number)


class _Heading(HashHeaderProcessor):
    """Removes ``#`` at the end of a heading only after a space (CommonMark 4.2)."""

    RE = lazy_pattern(r"(?:^|\n)(?P<level>#{1,6})(?P<header>[^\n]*)(?:\n|$)")

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        super().run(parent, blocks)
        heading = parent[-1]
        written = heading.text or ""
        text = written.rstrip("#")
        if not text or text[-1].isspace():
            heading.text = text.rstrip()


class _Rule(InlinePattern):
    """An inline rule whose pattern is only tried on text with one of its signs."""

    signs: tuple[str, ...]

    def __init__(self, pattern: re.Pattern[str], converter: Markdown) -> None:
        super().__init__("", converter)
        self.compiled_re = pattern


_Found = tuple[ET.Element | str | None, int | None, int | None]
_NOTHING = (None, None, None)


class _Formula(_Rule):
    """Stashes formulas, so that no other rule sees them, but leaves their outer characters for smart quotes."""

    signs = ("$", "<math", "\\(", "\\[")

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: ARG002, N802
        if m.lastgroup is None:
            return _NOTHING
        store = self.md.htmlStash.store
        if m.lastgroup == "mathml":
            return store(m[0]), m.start(), m.end()
        begin = 2 if m[0][1].isalnum() else 1
        return f"{m[0][:begin]}{store(formulas.as_html(m[0][begin:-1]))}{m[0][-1]}", m.start(), m.end()


class _Address(_Rule):
    """Links bare addresses. Attributes are safe, since tags are stashed before."""

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
        """Cut an address off before the first placeholder that is not for an escaped character."""
        inline: Any = self.md.treeprocessors["inline"]
        for placeholder in INLINE_PLACEHOLDER_RE.finditer(found):
            if not _ESCAPED.fullmatch(str(inline.stashed_nodes.get(placeholder[1]))):
                return found[: placeholder.start()]
        return found


class _Deleted(_Rule):
    """Marks ``~~deleted~~`` text, by CommonMark's rules for where emphasis begins and ends."""

    OPENING = lazy_pattern(r"(?<!~)~~(?!~)(?:(?=\w)|(?<!\w~~)(?=\S))")
    CLOSING = lazy_pattern(r"(?<=[^\s~])~~(?!~)(?:(?<=\w~~)|(?!\w))")
    signs = ("~~",)
    without = ""  # text without another closing mark, not to be searched again

    def handleMatch(self, m: re.Match[str], data: str) -> _Found:  # type: ignore[override]  # noqa: N802
        closing = None if data is self.without else self.CLOSING.search(data, m.end())
        if closing is None:
            self.without = data
            return _NOTHING
        element = ET.Element("del")
        element.text = data[m.end() : closing.start()]
        return element, m.start(), closing.end()


class _ClosingQuotes(Treeprocessor):
    """Makes closing quotation marks after stashed text and after a last element, where they would be opening ones."""

    AFTER_STASHED = lazy_pattern("(?<=\x03)[\"'](?!\\w)")

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
    """Numbers footnotes in reading order, which is not the order in which Python-Markdown visits nested lists."""

    def __init__(self, converter: Markdown, footnotes: FootnoteExtension) -> None:
        super().__init__(converter)
        self.footnotes = footnotes

    def run(self, root: ET.Element) -> None:
        numbers: dict[str, int] = {}
        for mark in root.iter("a"):
            if mark.get("class") == "footnote-ref":
                id = mark.get("href", "").partition(self.footnotes.get_separator())[2]
                mark.text = str(numbers.setdefault(id, len(numbers) + 1))
        self.footnotes.footnote_order = list(numbers)
        self._link_back(root)

    def _link_back(self, root: ET.Element) -> None:
        """Add a link to empty footnotes, without which Python-Markdown fails when it sorts them."""
        for note in root.iterfind(".//div[@class='footnote']/ol/li"):
            if note.find(".//a[@class='footnote-backref']") is None:
                id = note.get("id", "").partition(self.footnotes.get_separator())[2]
                href = f"#{self.footnotes.makeFootnoteRefId(id)}"
                link = ET.SubElement(ET.SubElement(note, "p"), "a", {"class": "footnote-backref", "href": href})
                link.text = FN_BACKLINK_TEXT


class _Size(Treeprocessor):
    """Stops a rendering before one long address or title is written a thousand times."""

    def run(self, root: ET.Element) -> None:
        check_length(sum(len(value or "") for element in root.iter() for value in element.attrib.values()))
