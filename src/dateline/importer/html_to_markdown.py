"""Convert HTML to Markdown that an author can edit. The only module that imports markdownify.

What Markdown has no syntax for stays HTML, and so does a block that would render differently.
"""

import re
import time
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from html import escape
from itertools import pairwise
from typing import Any

from markdownify import MarkdownConverter

from dateline.errors import InputError
from dateline.importer.html_tree import limited, prepared, tree_of
from dateline.render import render
from dateline.render.html import fill_slots
from dateline.render.limits import time_limit
from dateline.render.sanitise import clean

_TIME_LIMIT = 60.0  # seconds of CPU time for comparing one text; what isn't compared by then stays HTML
_ITEM_INDENT = 4  # columns by which Python-Markdown recognises what belongs to an item of a list

# Elements that stay HTML within a line, with Markdown in them.
_INLINE_HTML = "abbr bdi cite data del dfn ins mark q rp rt ruby s small span sub sup time u var".split()
# Elements that Markdown has syntax for, unless they have attributes other than those that it can write or does without.
_INLINE_MARKDOWN = "a b code em i strong".split()
_WRITABLE = {"href", "title", "class"}

# Elements that only hold blocks, unless they have attributes; those that don't fit in a paragraph; and all those that
# separate texts, of which some do nothing else.
_CONTAINERS = set("article div footer header main section".split())
_BLOCKS = _CONTAINERS | set(
    "address aside blockquote details dl figcaption figure h1 h2 h3 h4 h5 h6 hr iframe ol p pre table ul".split()
)
_SEPARATING = _BLOCKS | set("audio br caption dd dt li summary tbody td tfoot th thead tr video".split())
_ONLY_SEPARATING = _CONTAINERS | set("p tbody tfoot thead".split())
_INVISIBLE_IF_EMPTY = set("a b code del em i s span strong".split())
_INVISIBLE_ATTRIBUTES = {"cite", "class", "hreflang"}
_SYNONYMS = {"b": "strong", "i": "em", "s": "del"}

_ADDRESS = re.compile(r"(\bhttps?://[\w.~:/?#@!$&'()+,;=%-]+)")
_MARKUP = re.compile(r"&(?=#?\w+;)|<")
_INLINE_SIGN = re.compile(r"[\\`*_\[\]]")
# What starts a block where a line begins with it. A backslash prevents that for some, for both engines, and only a
# character reference for the others.
_BLOCK_SIGN = re.compile(r"^[^\S\n]*(?:(?=[#>]|[+-](?:\s|$|-))|\d+(?=[.)](?:\s|$)))", re.MULTILINE)
_OTHER_BLOCK_SIGN = re.compile(r"^([^\S\n]*)([:~=|])", re.MULTILINE)
# What begins template code, which is published as it is written.
_TEMPLATE_SIGN = re.compile(r"\{(?=[{%:])|\[(?=\[)|:(?=::)|^[ei](?=(?:mport|xport)\b)", re.MULTILINE)
_ANY_SIGN = re.compile(r"""[\\`*_\[\]{}<>&|~!$#"]""")
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight)-([\w+#-]+)")
# The beginning of a block that is merged with another of its kind above it.
_MERGING = re.compile(r"(?P<quote>> )|(?P<bulleted>- )|(?P<numbered>\d+\. )")
_FENCE = re.compile(r"[ >]*(?:\d+\. +|- +)*(`{3,})")
_PRE_OR_BREAK = re.compile(r"(<pre[ >].*?</pre>)|\s*\n\s*", re.DOTALL)
_SPACE = re.compile(r"[ \t\n\r\f]+")
# These replace white space in preformatted text, where all of it is shown.
_PRE_SPACE = str.maketrans({" ": "\x1f", "\n": "\x1e"})


def html_to_markdown(html: str, address: str, engine: str) -> str:
    """Return the Markdown, for an engine, of a text whose links are relative to `address`. Raises InputError."""
    with limited(html):
        with time_limit():
            soup, ids = prepared(html, address)
        return _converted(soup, ids, engine)


def _converted(soup: Any, ids: set[str], engine: str) -> str:
    """Return the Markdown of a text; blocks that it would render differently stay HTML."""
    is_same = partial(_is_same, ids=ids, engine=engine, until=time.process_time() + _TIME_LIMIT)
    html = str(soup)
    markdown = _markdown_of(html, ids)
    if is_same(markdown, html):
        return markdown
    blocks = list(_blocks(soup))
    parts = [part if is_same(part := _markdown_of(block, ids), block) else _html_block(block) for block in blocks]
    markdown = _joined([part for part in parts if part])
    return markdown if is_same(markdown, html) else "\n\n".join(map(_html_block, blocks))


def _joined(blocks: Sequence[str]) -> str:
    """Return blocks one below the other, with a comment between those that would become one quotation or one list."""
    text = ""
    for before, block in pairwise(("", *blocks)):
        kind = _MERGING.match(block)
        text += "<!-- -->\n\n" if kind and kind.lastgroup == getattr(_MERGING.match(before), "lastgroup", "") else ""
        text += f"{block}\n\n"
    return text.rstrip("\n")


def _is_same(markdown: str, html: str, ids: set[str], engine: str, until: float) -> bool:
    """Return whether Markdown, once rendered, shows the same as HTML."""
    try:
        cleaned = clean(html)
    except InputError:  # for a broken link, which a build reports in full
        return True
    if time.process_time() > until:
        return False
    try:
        rendering = render(markdown, engine=engine, footnote_prefix="", smart_quotes=False)
    except InputError:
        return False
    found = fill_slots(rendering.html, [reference.target for reference in rendering.references])
    wanted = fill_slots(cleaned.html, [reference.target for reference in cleaned.references])
    return _outline(found, ids) == _outline(wanted, ids)


def _outline(html: str, ids: Collection[str]) -> tuple[str, list[tuple[str, int, int]]]:
    """Return the text of sanitised HTML, a line for each block, and its elements, with the letters before and after.

    HTML that looks the same has the same outline: it leaves out spaces at the ends of blocks, calls ``b`` ``strong``,
    and so on. `ids` are those of elements that links lead to.
    """
    outline = _Outline(ids)
    outline.add_children(tree_of(html), in_pre=False)
    lines = (_SPACE.sub(" ", line).strip(" \xa0\x1e") for line in "".join(outline.texts).split("\n"))
    return "\n".join(filter(None, lines)), list(filter(None, outline.elements))


class _Outline:
    """The outline of the nodes that were added."""

    def __init__(self, ids: Collection[str]) -> None:
        self.texts: list[str] = []
        self.elements: list[tuple[str, int, int] | None] = []
        self._ids = ids
        self._letters = 0

    def add_children(self, parent: Any, *, in_pre: bool) -> None:
        for node in parent.children:
            if node.name:
                self._add_element(node, in_pre=in_pre or node.name == "pre")
            else:
                text = (
                    _with_empty_lines(node).expandtabs(4).translate(_PRE_SPACE) if in_pre else node.replace("\n", " ")
                )
                self.texts.append(text)
                self._letters += len("".join(node.split()))

    def _add_element(self, el: Any, *, in_pre: bool) -> None:
        around = ["\n"] if el.name in _SEPARATING else []
        self.texts += around
        texts, elements, letters = len(self.texts), len(self.elements), self._letters
        shown = self._shown(el, in_pre=in_pre)
        if shown:
            self.elements.append(None)
        self.add_children(el, in_pre=in_pre)
        is_empty = letters == self._letters and elements == len(self.elements) - 1 and el.name in _INVISIBLE_IF_EMPTY
        if shown and not is_empty and not _is_autolink(shown, self.texts[texts:]):
            self.elements[elements] = (shown, letters, self._letters)
        self.texts += around

    def _shown(self, el: Any, *, in_pre: bool) -> str:
        """Return the name and the attributes of an element, as far as they make a difference."""
        found = {key: " ".join(value.split()) for key, value in el.attrs.items() if key not in _INVISIBLE_ATTRIBUTES}
        if found.get("id") not in self._ids:
            found.pop("id", None)
        if found.get("start") == "1":
            del found["start"]
        attributes = sorted(f"{key}={value}" for key, value in found.items())
        is_plain = el.name in _ONLY_SEPARATING or el.name in ("a", "span") or (el.name == "code" and in_pre)
        return " ".join([_SYNONYMS.get(el.name, el.name), *attributes]) if attributes or not is_plain else ""


def _with_empty_lines(code: str) -> str:
    """Return code without white space in lines that have nothing else; engines drop it."""
    first, *others = code.split("\n")
    last = others[-1:]
    return "\n".join((first, *("" if line.isspace() else line for line in others[:-1]), *last))


def _is_autolink(shown: str, texts: Sequence[str]) -> bool:
    """Return whether this is a link whose text is its address, which engines make by themselves."""
    text = "".join(texts).strip() if shown.startswith("a href=") else ""
    return shown in (f"a href={text}", f"a href=mailto:{text}", f"a href=http://{text}")


def _blocks(parent: Any) -> Iterator[str]:
    """Return the HTML of each block; what is between blocks becomes paragraphs."""
    line = ""
    for node in (*parent.children, None):
        if node is not None and node.name not in _BLOCKS:
            line += str(node) if node.name else escape(node, quote=False)
            continue
        if text := line.strip():
            yield f"<p>{text}</p>"
        line = ""
        if node is not None and node.name in _CONTAINERS and not node.attrs:
            yield from _blocks(node)
        elif node is not None:
            yield str(node)


def _html_block(html: str) -> str:
    """Return HTML as a block that both engines leave alone: without blank lines, code fences and template code."""

    def without_blank_lines(found: re.Match[str]) -> str:
        return re.sub(r"\n(?=[ \t]*\n)", "&#10;", found[1]).replace("\t", "&#9;") if found[1] else "\n"

    html = _without_template_signs(_PRE_OR_BREAK.sub(without_blank_lines, html).strip())
    return html.replace("```", "&#96;``").replace("~~~", "&#126;~~")


def _markdown_of(html: str, ids: set[str]) -> str:
    """Return the Markdown of HTML; empty if it takes too long."""
    soup = tree_of(html)
    # Markdown has no tables with two rows in the head; and for each such row the library counts them all.
    if any(len(head.find_all("tr", limit=2)) > 1 for head in soup.find_all("thead")):
        return ""
    try:
        with time_limit():
            return _tidy(str(_Converter(soup, ids).convert_soup(soup)))
    except TimeoutError:
        return ""


def _tidy(text: str) -> str:
    """Remove spaces at the ends of lines, except line breaks, and repeated blank lines; code stays as it is."""
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


_Base: Any = MarkdownConverter  # whose types leave out most of its methods


class _Converter(_Base):  # type: ignore[misc]
    """Convert elements, with methods that markdownify finds by their names. `ids` are those that headings keep."""

    def __init__(self, soup: Any, ids: set[str]) -> None:
        super().__init__(bullets="-", heading_style="atx")
        self._ids = ids
        self._numbers: dict[int, int] = {}  # of the last item in each list
        # Two tildes would strike out the text between them.
        self._escapes_tildes = sum(text.count("~") for text in soup.strings) > 1

    def get_conv_fn(self, tag_name: str) -> Any:
        """Return the function that converts elements of this name, if any."""
        convert = _inline_html if tag_name in _INLINE_HTML else super().get_conv_fn(tag_name)
        if tag_name not in _INLINE_MARKDOWN:
            return convert

        def convert_unless_attributes(el: Any, text: str, parent_tags: Any) -> str:
            return str((_inline_html if el.attrs.keys() - _WRITABLE else convert)(el, text, parent_tags))

        return convert_unless_attributes

    def escape(self, text: str, parent_tags: Any) -> str:
        """Return text with escapes for everything that would be Markdown or HTML syntax."""
        parts = _ADDRESS.split(text)  # engines make links of addresses, without any escapes
        parts[::2] = [_INLINE_SIGN.sub(r"\\\g<0>", part) for part in parts[::2]]
        text = _MARKUP.sub(lambda match: escape(match[0]), "".join(parts))
        text = _without_template_signs(text)
        text = _BLOCK_SIGN.sub(r"\g<0>\\", text)
        text = _OTHER_BLOCK_SIGN.sub(lambda match: f"{match[1]}&#{ord(match[2])};", text)
        if parent_tags & {"td", "th"}:
            text = text.replace("|", "&#124;")
        return text.replace("~", "&#126;") if self._escapes_tildes else text  # no backslash works in both engines

    def convert_img(self, el: Any, _text: str, **_: Any) -> str:
        sizes = [f"{name}={el[name]}" for name in ("width", "height") if el.get(name, "").isdecimal()]
        if len(sizes) < len(el.attrs.keys() - {"src", "alt", "title"}):
            return _start_tag(el)
        title = f' "{_without_signs(el["title"])}"' if el.get("title") else ""
        attributes = f"{{{' '.join(sizes)}}}" if sizes else ""
        alt = _INLINE_SIGN.sub(r"\\\g<0>", " ".join(el.get("alt", "").split()))
        return f"![{alt.replace('&', '&amp;').replace('<', '&lt;')}]({el['src']}{title}){attributes}"

    def convert_br(self, el: Any, _text: str, parent_tags: Any) -> str:
        """Write a break as the end of a line if there is text on both sides, else as HTML."""
        around = (
            next((node for node in nodes if node.name or node.strip()), None)
            for nodes in (el.previous_siblings, el.next_siblings)
        )
        is_between = all(node is not None and node.name != "br" for node in around)
        return "  \n" if is_between and "_inline" not in parent_tags else "<br>"

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        if el.get("title"):
            el["title"] = _without_signs(el["title"])
        return str(super().convert_a(el, text, parent_tags))

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: Any) -> str:  # noqa: N802 - the library's name
        heading = str(super().convert_hN(n, el, text, parent_tags))
        return f"{heading.rstrip()} {{#{el['id']}}}\n\n" if el.get("id") in self._ids else heading

    def convert_pre(self, el: Any, _text: str, **_: Any) -> str:
        code = _with_empty_lines(el.get_text().strip("\n"))
        fence = "`" * max(3, 1 + max(map(len, re.findall("`+", code)), default=0))
        language = _LANGUAGE.search(" ".join(block.get("class", "") for block in (el, *el.find_all("code", limit=1))))
        return f"\n\n{fence}{language[1] if language else ''}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_kbd(self, el: Any, text: str, parent_tags: Any) -> str:
        """Escape the text of keyboard and sample elements, which the library takes for code."""
        return _inline_html(el, _without_signs(text), parent_tags)

    convert_samp = convert_kbd

    def convert_iframe(self, el: Any, _text: str, **_: Any) -> str:
        """Write elements without text of their own as HTML, each in a block of its own."""
        return f"\n\n{_html_block(str(el))}\n\n"

    convert_audio = convert_video = convert_picture = convert_iframe

    def convert_wbr(self, _el: Any, _text: str, **_: Any) -> str:
        return "<wbr>"

    def convert_li(self, el: Any, text: str, **_: Any) -> str:
        text, sign = text.strip(), "-"
        if el.parent is not None and el.parent.name == "ol":
            start = el.parent.get("start", "")
            first = int(start) if start.isdecimal() and len(start) < 10 else 1
            number = self._numbers[id(el.parent)] = self._numbers.get(id(el.parent), first - 1) + 1
            sign = f"{number}."
        lead = f"{sign} ".ljust(_ITEM_INDENT)
        indented = re.sub(r"\n(?=[^\n])", "\n" + " " * len(lead), text)
        return f"{lead}{indented}\n" if text else f"{sign}\n"


def _inline_html(el: Any, text: str, parent_tags: Any) -> str:
    """Return an element as HTML, with Markdown in it."""
    if "_noformat" in parent_tags or (el.name == "span" and not el.attrs):
        return text
    return f"{_start_tag(el)}{text}</{el.name}>" if text or el.attrs else ""


def _start_tag(el: Any) -> str:
    """Return the start tag of an element, with nothing in it that an engine takes for Markdown."""
    attributes = (f' {name}="{_without_signs(value)}"' for name, value in el.attrs.items() if name != "class")
    return f"<{el.name}{''.join(attributes)}>"


def _without_template_signs(text: str) -> str:
    return _TEMPLATE_SIGN.sub(lambda match: f"&#{ord(match[0])};", text)


def _without_signs(text: str) -> str:
    return _ANY_SIGN.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))
