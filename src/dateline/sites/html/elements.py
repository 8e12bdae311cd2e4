"""Rewrite elements of HTML that only the style sheets and scripts of a site would show as they are meant. Pure."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from dateline.importer.html_tree import changed_html

New = Callable[..., Any]  # makes an element of a name, and of its attributes
Rewrite = Callable[[Any, New], None]  # changes an element in place, or replaces it

_LINKING = ["a", "img", "audio", "video", "source", "iframe"]


def rewritten(html: str, rules: Mapping[str, Rewrite], link: Callable[[str], str] = str) -> str:
    """Return HTML with its elements rewritten like those of a tree. Raises InputError."""
    return changed_html(html, lambda tree: rewrite(tree, rules, link))


def rewrite(tree: Any, rules: Mapping[str, Rewrite], link: Callable[[str], str] = str) -> None:
    """Rewrite the elements of a tree by the rules for their classes, or for their names.

    `link` returns the address to put in place of another. A figure without a caption becomes what is in it, and one
    with others in it becomes these.
    """
    for element in tree.find_all(True):
        for name in (*element.get("class", "").split(), element.name):
            if name in rules and element.parent is not None:
                rules[name](element, tree.new_tag)
    for element in tree.find_all(_LINKING):
        for key in ("href", "src", "poster"):
            if element.get(key):
                element[key] = link(element[key])
    for figure in tree.find_all("figure"):
        _simplify(figure)


def _simplify(figure: Any) -> None:
    caption = figure.find("figcaption", recursive=False)
    if caption is not None and not caption.get_text(strip=True):
        caption.decompose()
        caption = None
    if caption is not None and caption.p is not None and len(caption.find_all("p")) == 1:
        caption.p.unwrap()
    has_others = figure.find("figure") is not None
    if has_others and caption is not None:
        caption.name = "div"
    if has_others or caption is None:
        figure.name, figure.attrs = "div", {}


def by_class(element: Any, name: str) -> Any:
    """Return the first element of a class in another; None if there is none."""
    return element.find(class_=lambda value: value is not None and name in value.split())


def text_in(element: Any, name: str) -> str:
    """Return the text of the first element of a class in another, on one line; empty if there is none."""
    found = by_class(element, name)
    return " ".join(found.get_text().split()) if found is not None else ""


def json_of(text: str) -> Any:
    """Return the value of JSON that scripts read, in an attribute or a comment; None if it is none."""
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def drop(element: Any, _new: Any) -> None:
    """Remove an element with everything in it."""
    element.extract()


def with_alt(image: Any, _new: Any) -> None:
    """Give a picture an alternative text, if only an empty one, as every picture in Markdown has."""
    image["alt"] = image.get("alt", "")


def unwrap(element: Any, _new: Any) -> None:
    """Leave only what is in an element."""
    element.unwrap()


def only_link(element: Any, address: str, text: str, more: str, new: New) -> None:
    """Replace an element by a paragraph with a link, and more text in a line below it; a caption follows it.

    Line breaks around the element go with it.
    """
    paragraph, anchor = new("p"), new("a", href=address)
    anchor.string = text or address
    paragraph.append(anchor)
    if more:
        paragraph.append(new("br"))
        paragraph.append(more)
    _drop_breaks_around(element)
    caption = element.find("figcaption")
    element.insert_before(paragraph)
    if caption is not None and caption.get_text(strip=True):
        caption.name = "div"
        paragraph.insert_after(caption.extract())
    element.extract()


def _drop_breaks_around(element: Any) -> None:
    for siblings in (element.previous_siblings, element.next_siblings):
        nearest = next((node for node in siblings if node.name or node.strip()), None)
        if nearest is not None and nearest.name == "br":
            nearest.extract()
