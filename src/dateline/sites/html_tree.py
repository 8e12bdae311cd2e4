"""Change the tree of a text that a web editor made, so that Markdown and readers can show what is in it.

A tree is what `parsed_html` returns; nothing here needs to know whose library that is.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

# Attributes that say more than how a page looks.
_KEPT = {"alt", "colspan", "controls", "datetime", "href", "id", "poster", "rowspan", "src", "start", "title"}
# Pages that only frame what is on another: how their address begins, and that of the other page.
_FRAMES = (
    (re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+)"), "https://www.youtube.com/watch?v={}"),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/{}"),
    (re.compile(r"https?://open\.spotify\.com/embed/([\w/-]+)"), "https://open.spotify.com/{}"),
    (re.compile(r"https?://gist\.github\.com/([\w/-]+)\.js"), "https://gist.github.com/{}"),
)
_SHOWN = {
    "gist.github.com": "Code on GitHub",
    "instagram.com": "Post on Instagram",
    "open.spotify.com": "Sound on Spotify",
    "soundcloud.com": "Sound on SoundCloud",
    "twitter.com": "Post on X",
    "vimeo.com": "Video on Vimeo",
    "x.com": "Post on X",
    "youtu.be": "Video on YouTube",
    "youtube.com": "Video on YouTube",
}


def with_class(tree: Any, name: str) -> Iterator[Any]:
    """Yield the elements of a class that are in the tree when this is called."""
    yield from [el for el in tree.find_all(class_=True) if name in el["class"].split() and not el.decomposed]


def text_in(element: Any) -> str:
    """Return the text in an element on one line; empty for None."""
    return " ".join(element.get_text().split()) if element is not None else ""


def embed(address: str) -> tuple[str, str]:
    """Return the text and the address of a link to what a frame shows. The address is empty if it cannot be read."""
    try:
        asked = parse_qs(urlsplit(address).query)
        if "embedly" in address:
            address = (asked.get("url") or asked.get("src") or [address])[0]
        for pattern, page in _FRAMES:
            if match := pattern.match(address):
                address = page.format(match[1])
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    return (_SHOWN.get(host, f"See {host}"), address) if host else ("", "")


def paragraph(tree: Any, text: str, address: str = "") -> Any:
    """Return a new paragraph with a text, which is a link if there is an address."""
    found = tree.new_tag("p")
    line = found
    if address:
        line = tree.new_tag("a", href=address)
        found.append(line)
    line.append(text)
    return found


def replace_embeds(tree: Any, part: Any) -> None:
    """Write links in place of frames and scripts, which readers and Markdown do not show, in a part of a tree."""
    for element in part.find_all(["iframe", "script"]):
        text, address = embed(element.get("src", ""))
        shows = address and (element.name == "iframe" or address != element["src"])
        element.replace_with(paragraph(tree, text, address)) if shows else element.decompose()


def as_code(tree: Any, pre: Any, language: str) -> None:
    """Write a block of code in its simplest form: with line feeds, and the language where Markdown looks for it."""
    for line_break in pre.find_all("br"):
        line_break.replace_with("\n")
    code = tree.new_tag("code")
    code.append("\n".join(line.rstrip() for line in pre.get_text().strip("\n").split("\n")))
    pre.clear()
    pre.append(code)
    pre.attrs = {}
    if re.fullmatch(r"[\w+#-]+", language):
        code["class"] = f"language-{language}"


def html_of(part: Any) -> str:
    """Return the HTML in an element, without attributes and elements that only a style sheet needs."""
    for element in part.find_all(["source", "button", "svg", "style"]):
        element.decompose()
    for element in part.find_all(True):
        if not (element.name == "code" and element.parent.name == "pre"):
            element.attrs = {name: value for name, value in element.attrs.items() if name in _KEPT}
        _simplify(element)
    for text in part.find_all(string=re.compile("\n")):
        if text.find_parent("pre") is None:
            text.replace_with(" ".join(re.split(r"\s*\n\s*", text)))
    return "".join(map(str, part.children))


def _simplify(element: Any) -> None:
    """Change an element into one that Markdown has syntax for, where that shows the same."""
    if element.name == "img":
        element.attrs.setdefault("alt", "")
    elif element.name in ("span", "picture"):
        element.unwrap()
    elif element.name == "code" and element.parent.name != "pre":
        link = element.find("a", href=True)
        text = element.get_text()
        element.clear()
        element.append(text)
        if link and link.get_text() == text:
            link.clear()
            element.wrap(link)
    elif element.name == "figure" and element.find("figcaption") is None:
        # No more than its pictures, or than what an editor put in a frame.
        only_text = element.find(["p", "blockquote", "pre", "table", "ul", "ol"]) is None
        element.name = "p"
        if not only_text:
            element.unwrap()
