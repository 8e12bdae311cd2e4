"""Make HTML of what the editors of WordPress save: blocks, blank lines between paragraphs, and shortcodes. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from dateline.content.source import MAX_SIZE
from dateline.render.paragraphs import with_paragraphs
from dateline.sites.files import table_of
from dateline.sites.html.editors import FRAMES
from dateline.sites.html.elements import New, Rewrite, drop, json_of, only_link, rewritten, with_alt
from dateline.sites.importers.wordpress.media import Library
from dateline.sites.importers.wordpress.shortcodes import left_in, replace_shortcodes

_BLOCK = re.compile(r"<!--\s*(/?)wp:([a-z][\w/-]*)([^<>]*?)(/?)-->")
_MORE = re.compile(r"<!--more\b")
_IN_BLOCK = re.compile(r"""(<!--\s*wp:[\w/-]+\s[^<>]*?"language":"([\w+#-]+)"[^<>]*-->\s*<pre)\b""")
_CODE = re.compile(r"<pre\b([^<>]*)>(.*?)(?:</pre>|\Z)", re.DOTALL | re.IGNORECASE)
_LANGUAGE = re.compile(r"""(?:\blang\s*=\s*["']?|brush:\s*)([\w+#-]+)""")
_IS_HTML = re.compile(r"""<(?:code|span|br)\b""")


class PostHtml(NamedTuple):
    """The HTML of a post; that before its mark ``more``; its unknown shortcodes, and the blocks that are left out."""

    html: str
    teaser: str
    shortcodes: list[str]
    blocks: list[str]


def html_of_post(text: str, library: Library, blocks: Mapping[str, str], footnotes: str) -> PostHtml:
    """Return the HTML that WordPress would make of a text, still with its own classes (see `for_readers`).

    `blocks` are those that several posts share, by their ids; `footnotes` is JSON.
    """
    if len(text) > MAX_SIZE:  # more than a post can have
        return PostHtml(text, "", [], [])
    left_out: set[str] = set()
    filled = "".join(_filled(text.replace("\r\n", "\n"), blocks, footnotes, left_out))
    more = _MORE.search(filled)
    html = _html(filled, library)
    teaser = _html(filled[: more.start()], library) if more else ""
    return PostHtml(html, teaser, left_in(html), sorted(left_out))


def _filled(text: str, blocks: Mapping[str, str], footnotes: str, left_out: set[str]) -> Iterator[str]:
    """Yield a text with what its empty blocks stand for; the names of others are added to `left_out`."""
    position, size_left = 0, MAX_SIZE
    for block in _BLOCK.finditer(text):
        _, name, attributes, is_empty = block.groups()
        if not is_empty:
            continue
        yield text[position : block.start()]
        position = block.end()
        shared = blocks.get(str(table_of(json_of(attributes)).get("ref")), "") if name == "block" else ""
        shared = shared or ("".join(_list_of(footnotes)) if name == "footnotes" else "")
        size_left -= len(shared)
        if shared and size_left > 0:
            yield shared
        elif name not in ("footnotes", "more", "nextpage", "spacer"):
            left_out.add(name)
    yield text[position:]


def _list_of(footnotes: str) -> Iterator[str]:
    notes = json_of(footnotes)
    notes = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
    for number, note in enumerate(notes):
        id = escape(str(note.get("id")))
        opening, closing = "<ol>" * (number == 0), "</ol>" * (number == len(notes) - 1)
        yield f'{opening}<li id="{id}">{note.get("content")} <a href="#{id}-link">↩</a></li>{closing}'


def _html(text: str, library: Library) -> str:
    """Return the HTML of a text; what stands between blocks has paragraphs as of the classic editor."""
    code = _CODE.sub(_preformatted, _IN_BLOCK.sub(r'\1 lang="\2"', text))
    text = replace_shortcodes(code, library)
    parts, depth, position = [], 0, 0
    for block in _BLOCK.finditer(text):
        between = text[position : block.start()]
        parts.append(between if depth else with_paragraphs(between))
        depth = max(0, depth + (-1 if block[1] else 1))
        position = block.end()
    parts.append(with_paragraphs(text[position:]))
    return "\n".join(parts)


def _preformatted(code: re.Match[str]) -> str:
    """Return code with the class of its language; some plugins take it without escapes."""
    language = _LANGUAGE.search(code[1])
    if not language:
        return code[0]
    text = code[2] if _IS_HTML.search(code[2]) else code[2].replace("<", "&lt;").replace(">", "&gt;")
    return f'<pre class="language-{language[1]}">{text}</pre>'


def for_readers(html: str, link: Callable[[str], str]) -> str:
    """Return HTML with elements that readers show; `link` returns the address for another. Raises InputError."""
    return rewritten(html, _RULES, link)


def _embed(figure: Any, new: New) -> None:
    """Link to what is embedded, of which only the address is saved."""
    words = " ".join(text for text in figure.find_all(string=True) if text.find_parent("figcaption") is None).split()
    if len(words) == 1 and words[0].startswith(("http://", "https://")):
        only_link(figure, words[0], "", "", new)


def _with_controls(element: Any, _new: New) -> None:
    element["controls"] = ""


def _no_list(element: Any, _new: New) -> None:
    if element.name in ("ul", "li"):
        element.name, element.attrs = "div", {}


_RULES: Mapping[str, Rewrite] = {
    "wp-block-embed": _embed,
    **FRAMES,
    "img": with_alt,
    **dict.fromkeys(("audio", "video"), _with_controls),
    **dict.fromkeys(("wp-block-gallery", "blocks-gallery-grid", "blocks-gallery-item"), _no_list),
    **dict.fromkeys(("wp-block-spacer", "wp-block-file__button", "wp-block-file__embed", "sharedaddy"), drop),
}
