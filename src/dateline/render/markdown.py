"""Markdown ─▶ raw HTML, by Python-Markdown. The one fence around it."""

from functools import cache
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

from dateline.errors import Unreadable


def convert(body: str, footnote_prefix: str, smart_quotes: bool) -> str:
    """Raw HTML, with ids on headings, and footnote ids that carry `footnote_prefix`.

    Raises Unreadable where the text nests too deep.
    """
    converter, footnotes = _converter(smart_quotes)
    footnotes.setConfig("SEPARATOR", f":{footnote_prefix}-" if footnote_prefix else ":")
    try:
        return str(converter.reset().convert(body))
    except BaseException as error:
        _converter.cache_clear()  # whatever state it was left in
        if isinstance(error, RecursionError):
            raise Unreadable("text: lists, quotations or tags are nested too deep", "write it flatter") from None
        raise


@cache
def _converter(smart_quotes: bool) -> tuple[Markdown, FootnoteExtension]:
    """A converter to be used again. Extensions are objects: names are looked up among installed packages."""
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
    return Markdown(extensions=[*extensions, SmartyExtension()] if smart_quotes else extensions), footnotes
