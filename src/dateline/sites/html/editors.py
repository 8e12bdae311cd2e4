"""Make HTML of editors on the web, which scripts and style sheets complete, as simple as it is meant. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from dateline.errors import Problem
from dateline.importer.html_tree import changed_html
from dateline.sites.html.elements import Rewrite, drop, only_link, rewrite
from dateline.sites.model import SitePost, remark
from dateline.text import counted

# Attributes that say more than how a page looks.
_KEPT = {"alt", "colspan", "controls", "datetime", "href", "id", "poster", "rowspan", "src", "start", "title"}
# Pages that only frame what is on another: how their address begins, and that of the other page.
_FRAMES = (
    (re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]+)"), "https://www.youtube.com/watch?v={}"),
    (re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/v/([\w-]+)"), "https://www.youtube.com/watch?v={}"),
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/{}"),
    (
        re.compile(r"https?://(?:www\.)?dailymotion\.com/(?:swf|embed/video)/(\w+)"),
        "https://www.dailymotion.com/video/{}",
    ),
    (re.compile(r"https?://open\.spotify\.com/embed/([\w/-]+)"), "https://open.spotify.com/{}"),
    (re.compile(r"https?://gist\.github\.com/([\w/-]+)\.js"), "https://gist.github.com/{}"),
)
_SHOWN = {
    "dailymotion.com": "Video on Dailymotion",
    "gist.github.com": "Code on GitHub",
    "instagram.com": "Post on Instagram",
    "open.spotify.com": "Sound on Spotify",
    "soundcloud.com": "Sound on SoundCloud",
    "tiktok.com": "Video on TikTok",
    "twitter.com": "Post on X",
    "vimeo.com": "Video on Vimeo",
    "x.com": "Post on X",
    "youtu.be": "Video on YouTube",
    "youtube.com": "Video on YouTube",
}


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


def code_block(pre: Any, language: str, new: Callable[..., Any]) -> None:
    """Write a block of code in its simplest form: with line feeds, and the language where Markdown looks for it."""
    for line_break in pre.find_all("br"):
        line_break.replace_with("\n")
    code = new("code")
    code.string = "\n".join(line.rstrip() for line in pre.get_text().strip("\n").split("\n"))
    pre.clear()
    pre.append(code)
    if re.fullmatch(r"[\w+#-]+", language):
        code["class"] = f"language-{language}"


def link_to(element: Any, address: str, new: Callable[..., Any], text: str = "") -> None:
    """Put a link in place of an element that shows what is at an address, or nothing if that cannot be read."""
    shown, address = embedded(address)
    if address:
        only_link(element, address, text or shown, "", new)
    else:
        element.extract()


def embedded(address: str) -> tuple[str, str]:
    """Return the text and the address of a link to what a frame shows; both are empty if that cannot be read."""
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


def remote_pictures(source: Path, posts: Iterable[SitePost], address: re.Pattern[str], host: str) -> Iterator[Problem]:
    """Yield a remark if posts show pictures that stay where they are, at addresses that begin like this."""
    numbers = [number for post in posts if (number := len(address.findall(post.text)))]
    if numbers:
        problem = f"{counted(sum(numbers), 'picture')} of {counted(len(numbers), 'post')} stay on the server of {host}"
        yield remark(source, "", None, problem, "save them beside the posts before you close your account there")


def with_local_links(post: SitePost, address: str, paths: Mapping[str, str]) -> SitePost:
    """Return a post whose links to others lead to their files: their paths, by what a pattern of addresses finds."""
    link = re.compile(rf"""(\]\(|href=")(?:{address})(?:\?[^\s()"#]*)?(?:#[^\s()"]*)?(?=[)" ])""")

    def local(found: re.Match[str]) -> str:
        return f"{found[1]}{paths[found[2]]}" if found[2] in paths else found[0]

    return post._replace(text=link.sub(local, post.text))


def words(text: str) -> str:
    """Return the letters and digits of a text, by which its copies are recognised."""
    return "".join(filter(str.isalnum, text.casefold()))


def link_frame(frame: Any, new: Callable[..., Any]) -> None:
    """Put a link in place of a frame, with its title if it has one."""
    link_to(frame, frame.get("src", ""), new, frame.get("title", ""))


def link_object(element: Any, new: Callable[..., Any]) -> None:
    """Put a link in place of what a plugin of browsers showed, as for Flash; they no longer have any."""
    parts = {part.get("name", "").lower(): part.get("value", "") for part in element.find_all("param")}
    inner = element.find("embed")
    addresses = (
        element.get("data"),
        element.get("src"),
        parts.get("movie"),
        parts.get("src"),
        inner and inner.get("src"),
    )
    link_to(element, next(filter(None, addresses), ""), new)


def _script(script: Any, new: Callable[..., Any]) -> None:
    address = script.get("src", "")
    link_to(script, address if embedded(address)[1] != address else "", new)


_RULES: Mapping[str, Rewrite] = {
    "iframe": link_frame,
    **dict.fromkeys(("object", "embed"), link_object),
    "script": _script,
    **dict.fromkeys(("button", "form", "source", "style", "svg"), drop),
}
