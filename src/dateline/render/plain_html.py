"""Sanitises HTML so plain that little of it changes, in less than half of the time that nh3 takes.

It is what engines make of Markdown without HTML and the like. Its tags are of a few forms, and each element ends where
HTML would end it, so that every parser finds the tree that is written; its addresses are those that no two programs
read differently. Nothing else is sanitised here, and what is, comes out as from `sanitise`.
"""

import re

from dateline.lazy_patterns import lazy_pattern
from dateline.model import Reference
from dateline.render.html import SLOT, Cleaned
from dateline.text import LOST, is_unusual, unescape

# Too few characters, and different tags with attributes, for the limits of `check_tags`. Besides, each of the tags may
# take a search of the HTML.
MAX_LENGTH = 50_000
MAX_OTHER = 100

_TAG = lazy_pattern("<[^>]*>")
# How character references that engines write come out, by what follows the ampersand: those of HTML stay.
_REFERENCES = {
    "amp;": "&amp;",
    "gt;": "&gt;",
    "lt;": "&lt;",
    "quot;": '"',
    "#160;": "&nbsp;",
    "#8617;": "\u21a9",
    **{f"{name};": unescape(f"&{name};") for name in "hellip ldquo lsquo mdash ndash rdquo rsquo".split()},
}
_REFERENCE_NAMES = tuple(_REFERENCES)
_REWRITTEN = lazy_pattern(f"&({'|'.join(name for name, written in _REFERENCES.items() if written != f'&{name}')})")
# No number as the last part of a host, which would make it an IP address, and no encoded host (``xn--``).
_HOST = r"(?:[a-z0-9]++(?:-[a-z0-9]++)*+\.)*+[a-z]++"
_ADDRESS = rf"https?://(?P<host>{_HOST})(?:[/?#](?:[A-Za-z0-9/?#._~!$'()*+,;=:@-]|&amp;)*+)?+"
_RELATIVE = r"(?=[^\"])[A-Za-z0-9/._~-]*+(?:\?(?:[A-Za-z0-9/._~=-]|&amp;)*+)?+(?:#[A-Za-z0-9/._~:-]*+)?+"
_TARGET, _VALUE = rf"(?P<target>{_ADDRESS}|{_RELATIVE})", '[^"<&%]*+'
_LINK = lazy_pattern(rf'<a(?P<class> class="footnote-(?:back)?ref")?+ href="{_TARGET}"(?P<title> title="{_VALUE}")?+>')
_PICTURE = lazy_pattern(
    rf'<img(?P<alt> alt="{_VALUE}")?+ src="{_TARGET}"(?(alt)| alt="{_VALUE}")(?: title="{_VALUE}")?+ />'
)
_OTHER = lazy_pattern(
    r'<(h[1-6]|li|sup|code|t[dh]|div)(?:(?<=[1-6ip]) id="[^"<&%\s]++"|(?<=code) class="language-[A-Za-z0-9_+#.-]++"'
    r'|(?<=t[dh]) align="(?:left|center|right)"|(?<=div) class="[a-z -]*+")>'
)
# The outline of a text is its tags, without attributes, and without those of elements that are closed.
_INLINE = ("em", "strong", "del", "sup")
_LEAF = lazy_pattern(r"<(p|h[1-6]|pre)></\1>|<hr />")
_CELL = lazy_pattern(r"<(t[dh])></\1>")
_ROW = r"<tr>\.*+</tr>"
_TABLE = lazy_pattern(rf"<table>(?:<thead>{_ROW}</thead>)?(?:<tbody>(?:{_ROW})++</tbody>)?</table>")
_CONTAINER = lazy_pattern(r"<(ul|ol)>(?:<li></li>)*+</\1>|<(blockquote|div)></\2>")
# HTML moves what is in a table, but in no cell, before it.
_IN_NO_CELL = lazy_pattern(
    r"(?:<(?:table|/?thead|/?tbody|/?tr)>|</t[dh]>)(?![ \t\n]*+(?:</?t(?:[dhr]|body|head)[ >]|</table>))"
)
_MAX_NESTED = 10

_NAMES = "a blockquote code del div em h1 h2 h3 h4 h5 h6 li ol p pre strong sup table tbody td th thead tr ul".split()
_OUTLINES = {f"<{end}{name}>": f"<{end}{name}>" for name in _NAMES for end in ("", "/")}
_VOID = {"<br />": "", "<hr />": "<hr />"}


class _Tags(dict[str, str]):
    """The outlines of tags as they are written; that of a tag that is not plain is ``!``, which nothing closes."""

    def __init__(self, host: str) -> None:
        super().__init__(_OUTLINES)
        self._host = host
        self.slots: dict[Reference, int] = {}
        self.written: dict[str, str] = {}  # tags that are written in another way

    def __missing__(self, tag: str) -> str:
        self[tag] = outline = self._outline(tag)
        return outline

    def _outline(self, tag: str) -> str:
        if match := _OTHER.fullmatch(tag):
            outline = f"<{match[1]}>"
            if outline == "<div>":
                self.written[tag] = outline
            return outline
        if match := _LINK.fullmatch(tag):
            if match["class"] or not self._is_elsewhere(match):
                self.written[tag] = f'<a href="{self._target(match)}"{match["title"] or ""}>'
            return "<a>"
        if match := _PICTURE.fullmatch(tag):
            start, end = match.span("target")
            self.written[tag] = f"{tag[:start]}{self._target(match)}{tag[end:-3]}>"
            return ""
        if tag in _VOID:
            self.written[tag] = tag.replace(" /", "")
            return _VOID[tag]
        return "!"

    def _is_elsewhere(self, match: re.Match[str]) -> bool:
        return bool(match["host"]) and match["host"] != self._host

    def _target(self, match: re.Match[str]) -> str:
        """Return an address of another host, or a slot for a reference."""
        if self._is_elsewhere(match):
            return match["target"]
        reference = Reference(match["target"].replace("&amp;", "&"), match[0].startswith("<img"))
        return SLOT.format(self.slots.setdefault(reference, len(self.slots)))


def clean_plain(html: str, host: str) -> Cleaned | None:
    """Sanitise plain HTML as `sanitise.clean` does; return None for any other."""
    if not html.startswith("<") or len(html) > MAX_LENGTH or html.rfind("<") > html.rfind(">"):
        return None
    found = _TAG.findall(html)
    if html.count(">") != len(found):
        return None
    tags = _Tags(host)
    outline = "".join(map(tags.__getitem__, found))
    if not _nests(outline) or len(tags) > len(_OUTLINES) + MAX_OTHER or not _has_plain_text(html, outline):
        return None
    for tag, written in tags.written.items():
        html = html.replace(tag, written)
    if "\xa0" in html:
        html = html.replace("\xa0", "&nbsp;")
    if "&" in html:
        html = _REWRITTEN.sub(lambda match: _REFERENCES[match[1]], html)
    return Cleaned(html.strip(), tuple(tags.slots), dropped=(), marks=frozenset())


def _nests(outline: str) -> bool:
    """Return whether elements, of which this is the outline, are closed where HTML would close them."""
    if "!" in outline:
        return False
    outline = outline.replace("<code></code>", "")
    for tags in (_INLINE, ("a",), _INLINE):
        for tag in tags:
            outline = outline.replace(f"<{tag}></{tag}>", "")
    outline = _LEAF.sub("", outline)
    for _ in range(_MAX_NESTED):
        if not outline:
            return True
        if "<table>" in outline:
            outline = _TABLE.sub("", _CELL.sub(".", outline))
        outline = _CONTAINER.sub("", outline)
    return False


def _has_plain_text(html: str, outline: str) -> bool:
    """Return whether what is between the tags is text that every parser reads alike."""
    # A line feed is dropped there, and text moves out of tables.
    if ("<pre>" in outline and "<pre>\n" in html) or ("<table>" in outline and _IN_NO_CELL.search(html)):
        return False
    if "&" in html and not all(after.startswith(_REFERENCE_NAMES) for after in html.split("&")[1:]):
        return False
    return not ("\r" in html or LOST in html or is_unusual(html))
