"""Markdown ─▶ raw HTML, by Python-Markdown. The one fence around it."""

import re
from functools import cache
from threading import get_ident
from typing import Any

from markdown import Markdown
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.footnotes import FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.smarty import SmartyExtension
from markdown.extensions.tables import TableExtension
from markdown.extensions.toc import TocExtension, slugify_unicode
from markdown.treeprocessors import InlineProcessor

from dateline.errors import Unreadable

# Without one of these in it, no inline pattern of Python-Markdown, and none of its smart quotes, finds anything.
_MARKS = re.compile(r"[\\`\[\]<&*_!\x02]|  \n")
_SMART_MARKS = re.compile(r"[\"'\x02]|--|\.\.\.")


def convert(body: str, footnote_prefix: str, smart_quotes: bool) -> str:
    """Raw HTML, with ids on headings, and footnote ids that carry `footnote_prefix`.

    Raises Unreadable where the text nests too deep.
    """
    converter, footnotes = _converter(smart_quotes, get_ident())
    footnotes.setConfig("SEPARATOR", f":{footnote_prefix}-" if footnote_prefix else ":")
    try:
        return str(converter.reset().convert(body))
    except BaseException as error:
        _converter.cache_clear()  # whatever state it was left in
        if isinstance(error, RecursionError):
            raise Unreadable("text: lists, quotations or tags are nested too deep", "write it flatter") from None
        if isinstance(error, ValueError) and "integer string conversion" in str(error):
            raise Unreadable("text: headings that end in the same endless number", "shorten it") from None
        raise


@cache
def _converter(smart_quotes: bool, thread: int) -> tuple[Markdown, FootnoteExtension]:  # noqa: ARG001 - a key
    """A converter of one thread, to be used again.

    Extensions are objects: names are looked up among installed packages.
    """
    footnotes = FootnoteExtension(USE_DEFINITION_ORDER=False)
    extensions: list[Any] = [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        FencedCodeExtension(),
        footnotes,
        MarkdownInHtmlExtension(),
        SaneListExtension(),
        TableExtension(use_align_attribute=True),
        TocExtension(marker="", slugify=slugify_unicode),
    ]
    converter = Markdown(extensions=[*extensions, SmartyExtension()] if smart_quotes else extensions)
    _spare(converter, "inline", 20, _MARKS)
    if smart_quotes:
        _spare(converter, "smarty", 6, _SMART_MARKS)
    return converter, footnotes


class _SparingProcessor(InlineProcessor):
    """Leaves alone text in which there is nothing to find: most of it, and most of the time that rendering took."""

    marks: re.Pattern[str]

    def _InlineProcessor__handleInline(self, data: str, patternIndex: int = 0) -> str:  # noqa: N802, N803 - as it is there
        # Should it have another name one day, this is not called, and all is as it would be without it.
        if self.marks.search(data) is None:
            return data
        return str(super()._InlineProcessor__handleInline(data, patternIndex))  # type: ignore[misc]


def _spare(converter: Markdown, name: str, priority: int, marks: re.Pattern[str]) -> None:
    """Put a sparing processor in the place of one that goes through all text."""
    processor = _SparingProcessor(converter)
    processor.marks = marks
    replaced = converter.treeprocessors[name]
    assert isinstance(replaced, InlineProcessor)
    processor.inlinePatterns = replaced.inlinePatterns
    converter.treeprocessors.register(processor, name, priority)
