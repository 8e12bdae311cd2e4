"""HTML as feeds carry it ─▶ Markdown that an author can go on with. The one fence around markdownify."""

import re
import warnings
from typing import Any
from urllib.parse import urljoin

from bs4.builder import ParserRejectedMarkup
from markdownify import MarkdownConverter

from dateline.errors import Unreadable

_MARKUP = re.compile(r"&(?=#?\w+;)|<")
# What makes more of a paragraph than one, where it stands first; a backslash takes that from some, a number from all.
_AT_BEGINNING = re.compile(r"^(\s*)(?:([#>]|[+-](?=\s|$|-))|([:~=|])|(\d+)([.)])(?=\s|$))")
_LANGUAGE = re.compile(r"(?:^|\s)(?:lang(?:uage)?|highlight)-([\w+#-]+)")
_BULLET_WIDTH = 4  # by which Python-Markdown tells what belongs to an item of a list


def markdown_of(html: str, address: str) -> str:
    """The Markdown of a text that stood at `address`, from which its links lead. Raises Unreadable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a text that is nothing but an address is taken for a mistake
            text = _Converter(address, strikes=html.count("~") > 1).convert(html)
    except RecursionError:
        raise Unreadable("its tags are nested too deep", "copy its text by hand") from None
    except ParserRejectedMarkup:
        raise Unreadable("its HTML cannot be read", "copy its text by hand") from None
    lines = [line if line.endswith("  ") and line.strip() else line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class _Converter(MarkdownConverter):
    """markdownify, with whole addresses, and HTML for what Markdown has no sign for."""

    def __init__(self, address: str, *, strikes: bool) -> None:
        super().__init__(
            bullets="-",
            heading_style="atx",
            sub_symbol="<sub>",
            sup_symbol="<sup>",
            code_language_callback=_language,
            keep_inline_images_in=["td", "th"],
        )
        self._address = address
        self._strikes = strikes  # a pair of tildes would strike out what is between them

    def escape(self, text: str, parent_tags: Any) -> str:
        """Text without what Markdown, or HTML in it, would take for a sign."""
        text = text.replace("\\", "\\\\")
        usual: Any = super()  # the library's types leave most of its methods out
        text = usual.escape(text, parent_tags).replace("`", "\\`").replace("[", "\\[").replace("]", "\\]")
        text = _MARKUP.sub(lambda match: {"&": "&amp;", "<": "&lt;"}[match[0]], text)
        text = _AT_BEGINNING.sub(_as_text, text)
        return text.replace("~", "&#126;") if self._strikes else text  # which no backslash keeps for both engines

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        self._make_whole(el, "href")
        usual: Any = super()
        return str(usual.convert_a(el, text, parent_tags))

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        self._make_whole(el, "src")
        if el.get("alt"):
            el["alt"] = re.sub(r"([\[\]\\])", r"\\\1", " ".join(el["alt"].split()))
        usual: Any = super()
        return str(usual.convert_img(el, text, parent_tags))

    def convert_del(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002 - called by these names
        return f"<del>{text}</del>" if text and "_noformat" not in parent_tags else text

    convert_s = convert_strike = convert_del

    def convert_iframe(self, el: Any, text: str, parent_tags: Any) -> str:  # noqa: ARG002
        """What has no text of its own stays HTML, a block to itself."""
        for part in (el, *el.find_all(src=True)):
            self._make_whole(part, "src")
        return f"\n\n{el}\n\n"

    convert_audio = convert_video = convert_iframe

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
        usual: Any = super()
        item = str(usual.convert_li(el, text, parent_tags))
        sign, _, rest = item.partition(" ")
        if not rest.strip():
            return item
        width = max(_BULLET_WIDTH, len(sign) + 1)
        more = " " * (width - len(sign) - 1)
        first, *lines = rest.split("\n")
        return "\n".join([f"{sign} {more}{first}", *(f"{more}{line}" if line else line for line in lines)])

    def _make_whole(self, el: Any, name: str) -> None:
        """Have the address in an attribute lead to the same place from anywhere."""
        written = (el.get(name) or "").strip()
        if written and not written.startswith("#"):
            try:
                written = urljoin(self._address, written)
            except ValueError:  # what is no address stays what it is
                return
            el[name] = re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", written)


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
