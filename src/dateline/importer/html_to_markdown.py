"""HTML as feeds carry it ─▶ Markdown that an author can go on with. The one fence around markdownify.

What Markdown has no syntax for stays HTML; so does a block that would say something else when rendered.
"""

import re
import time
import warnings
from collections.abc import Callable, Iterator
from html import escape
from typing import Any
from urllib.parse import unquote, urljoin

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup
from markdownify import MarkdownConverter

from dateline.content.source import MAX_SIZE
from dateline.errors import Unreadable
from dateline.importer.outline import outline
from dateline.render import render
from dateline.render.html import fill_slots
from dateline.render.limits import time_limit
from dateline.render.sanitise import CLOSED, MAX_SRCSET, clean, uniform
from dateline.render.unclosed import check_closed
from dateline.text import ENDLESS, forbidden_character, without_controls

_MARKUP = re.compile(r"&(?=#?\w+;)|<")
# What makes more of a paragraph than one, where it stands first; a backslash takes that from some, a number from all.
_AT_BEGINNING = re.compile(r"^([^\S\n]*)(?:([#>]|[+-](?=\s|$|-))|([:~=|])|(\d+)([.)])(?=\s|$))", re.MULTILINE)
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight)-([\w+#-]+)")
_TIME_LIMIT = 60.0  # seconds of work on one text; what is not compared by then stays HTML
_BULLET_WIDTH = 4  # by which Python-Markdown tells what belongs to an item of a list
_FENCE = re.compile(r"[ >]*(?:\d+\. +|- +)*(`{3,})")
# Elements that stay HTML within a line, with Markdown in them.
_IN_LINE = "abbr bdi cite data del dfn ins mark q rp rt ruby s small span strike sub sup time u var".split()
# Elements that Markdown has syntax for, unless they have other attributes.
_WITH_SIGNS = "a b code em i strong".split()
# Elements that only hold blocks, unless they have attributes.
_HOLDERS = set("article div footer header main section".split())
_BLOCKS = _HOLDERS | set(
    "address aside blockquote details dl figcaption figure h1 h2 h3 h4 h5 h6 hr iframe ol p pre table ul".split()
)
_SIGNS = re.compile(r"""[\\`*_\[\]{}<>&|~!$#"]""")
_ADDRESS = re.compile(r"(\bhttps?://[\w.~:/?#@!$&'()+,;=%-]+)")
_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])(?:\s+([^,]*))?")  # of a srcset: an address, and its size
_PRE = re.compile(r"(<pre[ >].*?</pre>)", re.DOTALL)


def markdown_of(html: str, address: str, engine: str) -> str:
    """Convert a text published at `address`, to which its links are relative, for an engine. Raises Unreadable."""
    if len(html) > MAX_SIZE:
        raise Unreadable("it is larger than 2 MiB", "copy its text by hand")
    try:
        with time_limit():
            text = _Text(html, address)
        return text.markdown(engine)
    except TimeoutError:
        raise Unreadable("it takes too long to convert", "copy its text by hand") from None
    except ParserRejectedMarkup:
        raise Unreadable("its HTML cannot be read", "copy its text by hand") from None
    except (Unreadable, RecursionError) as error:
        if isinstance(error, Unreadable) and "nested" not in error.problem:
            raise
        raise Unreadable("its tags are nested too deep", "copy its text by hand") from None


class _Text:
    """HTML in one form, with whole addresses, and without ids that no link leads to."""

    def __init__(self, html: str, address: str) -> None:
        html = ENDLESS.sub("\ufffd", html)
        try:
            check_closed(html, CLOSED)
        except Unreadable:
            html = str(_parsed(html))
        html = without_controls(uniform(html))
        while match := forbidden_character(html):
            html = html.replace(match[0], "")
        soup = _parsed(html)
        links = (str(el["href"]) for el in soup.find_all("a", href=True))
        self.ids = {unquote(link[1:]) for link in links if link.startswith("#")}
        for el in soup.find_all(True):
            _make_whole(el, address)
            if el.get("id") not in self.ids:
                del el["id"]
            if el.name == "img" and not el.get("src"):
                el.replace_with(str(el.get("alt", "")))
        self.soup = soup
        self._until = time.process_time() + _TIME_LIMIT

    def markdown(self, engine: str) -> str:
        """Convert all of it; a block that would then say something else stays HTML."""
        whole = _converted(str(self.soup), self.ids)
        if self._says(whole, str(self.soup), engine):
            return whole
        pieces = [
            md if self._says(md := _converted(html, self.ids), html, engine) else _as_block(html)
            for html in _blocks(self.soup)
        ]
        found = "\n\n".join(filter(None, pieces))
        return found if self._says(found, str(self.soup), engine) else "\n\n".join(map(_as_block, _blocks(self.soup)))

    def _says(self, markdown: str, html: str, engine: str) -> bool:
        """Whether Markdown, once rendered, says the same as HTML."""
        try:
            cleaned = clean(html)
        except Unreadable:  # an address with a fault, which a build reports in full
            return True
        if time.process_time() > self._until:
            return False
        try:
            rendering = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False)
        except Unreadable:
            return False
        found = fill_slots(rendering.html, [reference.target for reference in rendering.references])
        wanted = fill_slots(cleaned.html, [target for target, _ in cleaned.references])
        return outline(found, self.ids) == outline(wanted, self.ids)


def _parsed(html: str) -> BeautifulSoup:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a text that is nothing but an address is taken for a mistake
        return BeautifulSoup(html, "html.parser")


def _blocks(soup: Any) -> Iterator[str]:
    """The HTML of each block; what is between blocks becomes paragraphs."""
    line: list[str] = []
    waiting = [None, *reversed(list(soup.children))]  # None ends a holder
    while waiting:
        node = waiting.pop()
        if node is None or node.name in _BLOCKS:
            if text := "".join(line).strip():
                yield f"<p>{text}</p>"
            line = []
        if node is None:
            continue
        if node.name in _HOLDERS and not node.attrs:
            waiting += [None, *reversed(list(node.children))]
        elif node.name in _BLOCKS:
            yield str(node)
        else:
            line.append(str(node) if node.name else escape(node, quote=False))


def _converted(html: str, ids: set[str]) -> str:
    """The Markdown of HTML; empty where that takes too long."""
    soup = _parsed(html)
    # Markdown has no tables with two rows in the head; and for each such row the library counts them all.
    if any(len(head.find_all("tr", limit=2)) > 1 for head in soup.find_all("thead")):
        return ""
    try:
        with time_limit():
            return _tidy(str(_Converter(ids).convert_soup(soup)))
    except TimeoutError:
        return ""


def _tidy(text: str) -> str:
    """Remove spaces at the ends of lines, but for line breaks, and repeated blank lines; code stays as it is."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            fence = "" if match and line.strip(" >") == fence else fence
        elif match:
            fence = match[1]
        elif not (line.endswith("  ") and line.strip()):
            line = line.rstrip()
            if not line and lines[-1:] == [""]:
                continue
        lines.append(line)
    return "\n".join(lines).strip("\n")


def _as_block(html: str) -> str:
    """HTML as a block that both engines leave alone: without blank lines and code fences."""
    parts = _PRE.split(html)
    for place, part in enumerate(parts):
        if place % 2:
            parts[place] = re.sub(r"\n(?=[ \t]*\n)", "&#10;", part).replace("\t", "&#9;")
        else:
            parts[place] = re.sub(r"\s*\n\s*", "\n", part)
    found = "".join(parts).strip()
    return found.replace("```", "&#96;``").replace("~~~", "&#126;~~")


class _Converter(MarkdownConverter):
    """markdownify, with HTML for what Markdown has no syntax for. `ids` are those of headings to be kept."""

    def __init__(self, ids: set[str]) -> None:
        super().__init__(bullets="-", heading_style="atx", code_language_callback=_language)
        self._ids = ids
        self._numbers: dict[int, int] = {}  # of the last item in each list

    def convert_soup(self, soup: Any) -> Any:
        # Two tildes would strike out the text between them.
        self._strikes = sum(text.count("~") for text in soup.strings) > 1
        usual: Any = super()
        return usual.convert_soup(soup)

    def get_conv_fn(self, tag_name: str) -> Callable[..., str] | None:
        """How to convert a tag."""
        usual: Any = super()
        convert = usual.get_conv_fn(tag_name)
        if tag_name in _IN_LINE:
            return _in_line
        if tag_name in _WITH_SIGNS:
            return lambda el, text, parent_tags: (
                _in_line(el, text, parent_tags)
                if el.attrs.keys() - {"href", "title", "class"}
                else str(convert(el, text, parent_tags))
            )
        return convert  # type: ignore[no-any-return]

    def escape(self, text: str, parent_tags: Any) -> str:
        """Text without what Markdown, or HTML in it, would take for a sign."""
        usual: Any = super()  # the library's types leave most of its methods out
        parts = _ADDRESS.split(text)
        for place in range(0, len(parts), 2):  # between addresses, which engines make links of as they are
            part = usual.escape(parts[place].replace("\\", "\\\\"), parent_tags)
            parts[place] = part.replace("`", "\\`").replace("[", "\\[").replace("]", "\\]")
        text = "".join(parts)
        text = _MARKUP.sub(lambda match: {"&": "&amp;", "<": "&lt;"}[match[0]], text)
        text = _AT_BEGINNING.sub(_as_text, text)
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "&#124;")
        return text.replace("~", "&#126;") if self._strikes else text  # which no backslash keeps for both engines

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002 - called by these names
        src, alt = el.get("src", ""), " ".join(el.get("alt", "").split())
        if not src:
            return self.escape(alt, parent_tags)
        sizes = [f"{name}={el[name]}" for name in ("width", "height") if el.get(name, "").isdecimal()]
        if len(sizes) < len(el.attrs.keys() - {"src", "alt", "title"}):
            return _tag(el)
        title = f' "{_as_entities(el["title"])}"' if el.get("title") else ""
        attributes = f"{{{' '.join(sizes)}}}" if sizes else ""
        alt = re.sub(r"([\\`*_\[\]])", r"\\\1", alt).replace("&", "&amp;").replace("<", "&lt;")
        return f"![{alt}]({src}{title}){attributes}"

    def convert_br(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        """Only between two lines of text can a break be written as the end of a line."""
        is_between = all(node is not None and node.name != "br" for node in (_beside(el, -1), _beside(el, 1)))
        return "  \n" if is_between and "_inline" not in parent_tags else "<br>"

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.get("title"):
            el["title"] = _as_entities(el["title"])
        usual: Any = super()
        return str(usual.convert_a(el, text, parent_tags))

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: Any) -> str:  # noqa: N802 - as it is there
        usual: Any = super()
        heading = str(usual.convert_hN(n, el, text, parent_tags))
        return f"{heading.rstrip()} {{#{el['id']}}}\n\n" if el.get("id") in self._ids else heading

    def convert_pre(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        code = el.get_text().strip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        return f"\n\n{fence}{_language(el) or ''}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_kbd(self, el: Any, text: str, parent_tags: Any) -> str:
        """The library does not escape the text of these, as in code."""
        return _in_line(el, _as_entities(text), parent_tags)

    convert_samp = convert_kbd

    def convert_iframe(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        """What has no text of its own stays HTML, a block to itself."""
        return f"\n\n{_as_block(str(el))}\n\n"

    convert_audio = convert_video = convert_picture = convert_iframe

    def convert_wbr(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        return "<wbr>"

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        lines = text.strip().split("\n")
        sign = "-"
        if el.parent is not None and el.parent.name == "ol":
            start = el.parent.get("start", "")
            first = int(start) if start.isdecimal() and len(start) < 10 else 1
            number = self._numbers[id(el.parent)] = self._numbers.get(id(el.parent), first - 1) + 1
            sign = f"{number}."
        if lines == [""]:
            return f"{sign}\n"
        width = max(_BULLET_WIDTH, len(sign) + 1)
        first_line, *more = lines
        indented = (f"{'':{width}}{line}" if line else line for line in more)
        return "\n".join([f"{sign:<{width}}{first_line}", *indented, ""])


def _beside(el: Any, step: int) -> Any:
    """The node before or after an element, other than white space."""
    node = el
    while True:
        node = node.next_sibling if step > 0 else node.previous_sibling
        if node is None or node.name or node.strip():
            return node


def _in_line(el: Any, text: str, parent_tags: Any) -> str:
    """An element as HTML, with Markdown in it."""
    if "_noformat" in parent_tags or (el.name == "span" and not el.attrs):
        return text
    return f"{_tag(el)}{text}</{el.name}>" if text or el.attrs else ""


def _tag(el: Any) -> str:
    """The start tag of an element, with nothing in it that an engine takes for Markdown."""
    attributes = (f' {name}="{_as_entities(value)}"' for name, value in el.attrs.items() if name != "class")
    return f"<{el.name}{''.join(attributes)}>"


def _as_entities(text: str) -> str:
    return _SIGNS.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))


def _make_whole(el: Any, address: str) -> None:
    """Make the addresses in attributes absolute."""
    for name in ("href", "src", "poster"):
        if written := el.get(name, "").strip():
            el[name] = _whole(written, address)
        elif name != "href":
            del el[name]
    if el.get("srcset"):
        found = _CANDIDATE.findall(el["srcset"][:MAX_SRCSET])
        el["srcset"] = ", ".join(f"{_whole(url, address)} {size}".strip() for url, size in found)


def _whole(written: str, address: str) -> str:
    if written.startswith("#"):
        return written
    try:
        written = urljoin(address, written)
    except ValueError:  # what is no address stays what it is
        return written
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", written)


def _as_text(found: re.Match[str]) -> str:
    space, sign, other, number, dot = found.groups()
    if sign:
        return f"{space}\\{sign}"
    return f"{space}&#{ord(other)};" if other else f"{space}{number}\\{dot}"


def _language(pre: Any) -> str | None:
    """The language of code, as most highlighters write it into a class."""
    for el in (pre, pre.find("code")):
        found = _LANGUAGE.search(" ".join(el.get("class") or []) if el else "")
        if found:
            return found[1]
    return None
