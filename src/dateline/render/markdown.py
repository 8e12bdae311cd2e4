"""Markdown ─▶ raw HTML, by Python-Markdown. The one fence around it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from markdown import Markdown, __version__
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

ENGINE = f"Python-Markdown {__version__}"
TIME_LIMIT = 30.0  # seconds of work, however busy the machine; an ordinary post takes milliseconds


def convert(body: str, footnote_prefix: str, smart_quotes: bool) -> str:
    """Raw HTML, with ids on headings, and footnote ids that carry `footnote_prefix`.

    Raises Unreadable where the text nests too deep or does not end within TIME_LIMIT.
    """
    converter, footnotes = _converter(smart_quotes)
    footnotes.setConfig("SEPARATOR", f":{footnote_prefix}-" if footnote_prefix else ":")
    try:
        with _time_limit():
            return str(converter.reset().convert(body))
    except RecursionError:
        _converter.cache_clear()
        raise Unreadable("text: lists, quotations or tags are nested too deep", "write it flatter") from None
    except TimeoutError:
        _converter.cache_clear()
        raise Unreadable(
            f"text: rendering takes longer than {TIME_LIMIT:.0f} seconds",
            "look for long runs of brackets or marks, and put code into a fenced block",
        ) from None


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


@contextmanager
def _time_limit() -> Iterator[None]:
    """Raise TimeoutError after TIME_LIMIT, where the platform and the thread can take an alarm."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, TIME_LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
