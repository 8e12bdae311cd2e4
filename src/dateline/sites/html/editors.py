"""Make HTML of editors on the web, which scripts and style sheets complete, as simple as it is meant. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from dateline.importer.html_tree import changed_html
from dateline.sites.embeds import embedded
from dateline.sites.html.elements import New, Rewrite, drop, only_link, rewrite

# Attributes that say more than how a page looks.
_KEPT = {"alt", "colspan", "controls", "datetime", "href", "id", "poster", "rowspan", "src", "start", "title"}


def simplified(html: str, rules: Mapping[str, Rewrite]) -> str:
    """Return HTML with elements that readers and Markdown have. Raises InputError.

    `rules` are those of `elements.rewrite`.
    """

    def change(tree: Any) -> None:
        rewrite(tree, {**_RULES, **rules})
        for element in tree.find_all(True):
            _simplify(element)
        for text in tree.find_all(string=re.compile("\n")):
            if text.find_parent("pre") is None:
                text.replace_with(" ".join(re.split(r"\s*\n\s*", text)))

    return changed_html(html, change)


def _simplify(element: Any) -> None:
    """Change an element into one that Markdown has syntax for, where that shows the same."""
    parent = element.parent
    if parent is None:  # it was in an element of which only the text stays
        return
    if not (element.name == "code" and parent.name == "pre"):
        element.attrs = {name: value for name, value in element.attrs.items() if name in _KEPT}
    if element.name == "img":
        element.attrs.setdefault("alt", "")
    elif element.name in ("span", "picture"):
        element.unwrap()
    elif element.name == "code" and parent.name != "pre":
        link, text = element.find("a", href=True), element.get_text()
        element.string = text
        if link and link.get_text() == text:
            link.clear()
            element.wrap(link)


def code_block(pre: Any, language: str, new: New) -> None:
    """Write a block of code in its simplest form: with line feeds, and the language where Markdown looks for it."""
    for line_break in pre.find_all("br"):
        line_break.replace_with("\n")
    code = new("code")
    code.string = "\n".join(line.rstrip() for line in pre.get_text().strip("\n").split("\n"))
    pre.clear()
    pre.append(code)
    if re.fullmatch(r"[\w+#-]+", language):
        code["class"] = f"language-{language}"


def link_to(element: Any, address: str, new: New, text: str = "") -> None:
    """Put a link in place of an element that shows what is at an address, or nothing if that cannot be read."""
    shown, address = embedded(address)
    if address:
        only_link(element, address, text or shown, "", new)
    else:
        element.extract()


def words(text: str) -> str:
    """Return the letters and digits of a text, by which its copies are recognised."""
    return "".join(filter(str.isalnum, text.casefold()))


def link_frame(frame: Any, new: New) -> None:
    """Put a link in place of a frame, with its title if it has one."""
    link_to(frame, frame.get("src", ""), new, frame.get("title", ""))


def link_inside(element: Any, new: New, text: str = "") -> None:
    """Put the first link in an element in place of that."""
    link = element.find("a", href=True)
    link_to(element, link["href"] if link else "", new, text)


def link_object(element: Any, new: New) -> None:
    """Put a link in place of what a plugin of browsers showed, as for Flash; they no longer have any."""
    parts = {part.get("name", "").lower(): part.get("value", "") for part in element.find_all("param")}
    inner = element.find("embed")
    own, named = map(element.get, ("data", "src")), map(parts.get, ("movie", "src"))
    link_to(element, next(filter(None, (*own, *named, inner and inner.get("src"))), ""), new)


def _script(script: Any, new: New) -> None:
    address = script.get("src", "")
    link_to(script, address if embedded(address)[1] != address else "", new)


FRAMES: Mapping[str, Rewrite] = {"iframe": link_frame, **dict.fromkeys(("object", "embed"), link_object)}
_RULES = {**FRAMES, "script": _script, **dict.fromkeys(("button", "form", "source", "style", "svg"), drop)}
