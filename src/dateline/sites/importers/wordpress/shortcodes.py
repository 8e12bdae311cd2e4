"""Replace shortcodes of WordPress by HTML: words in brackets that a plugin would replace when a post is shown. Pure.

What other sites show is in `sites.embeds`, for these and for the template code of generators. Everything else has only
names in common with that: shortcodes hold HTML, call files by their ids, have commas in their values, and stay HTML
until the whole post becomes Markdown.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import NamedTuple

from dateline.sites.embeds import address_of
from dateline.sites.importers.wordpress.media import Library

_TAG = re.compile(r"(\[?)\[(/?)([a-zA-Z][\w-]*)((?:=[^\[\]]*|[\s/][^\[\]]*)?)\](\]?)")
_END = re.compile(r"\[/([a-zA-Z][\w-]*)\]")
_ATTRIBUTE = re.compile(r"""([a-zA-Z][\w-]*)\s*+=\s*+(?:"([^"]*)"|'([^']*)'|([^\s"']+))|(?:"([^"]*)"|([^\s"']+))""")
_PREFORMATTED = re.compile(r"(<pre\b.*?(?:</pre>|\Z))", re.DOTALL | re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s\[\]<>\"'|]+")
_CAPTIONED = re.compile(r"\s*((?:<a\s[^<>]*>\s*)?<img\s[^<>]*>(?:\s*</a>)?)(.*)", re.DOTALL)
_ALONE = re.compile(r"^(?:<p>)?\[([a-z]+[-_][a-z_-]+)\](?:</p>)?$", re.MULTILINE)
_COLOURED = re.compile(r"cc[a-z]*(?:_(\w+))?", re.IGNORECASE)  # of the plugin CodeColorer, with options as letters
_BREAK = re.compile(r"<br ?/?>|</?p>")


class _Shortcode(NamedTuple):
    """A shortcode: its attributes, of which those without names have numbers, and what is in it."""

    name: str
    attributes: Mapping[str, str]
    content: str

    def get(self, *names: str) -> str:
        return next((self.attributes[name] for name in names if self.attributes.get(name)), "")

    @property
    def text(self) -> str:
        """All values of its attributes, and its content."""
        return " ".join((*self.attributes.values(), self.content))


def replace_shortcodes(html: str, library: Library) -> str:
    """Return HTML with all shortcodes replaced whose meaning is known; those in preformatted text stay."""
    parts = _PREFORMATTED.split(html)
    parts[::2] = ["".join(_replaced(part, library)) for part in parts[::2]]
    return "".join(parts)


def left_in(html: str) -> list[str]:
    """Return the names of what certainly are shortcodes: they have attributes or an end, or stand alone."""
    texts = _PREFORMATTED.split(html)[::2]
    found = {match[3] for text in texts for match in _TAG.finditer(text) if match[2] or "=" in match[4]}
    return sorted(found.union(*map(_ALONE.findall, texts)))


def _replaced(html: str, library: Library) -> Iterator[str]:
    position = 0
    ended = {*_END.findall(html)}
    for match in _TAG.finditer(html):
        opened, end, name, attributes, closed = match.groups()
        function = _function(name)
        if function is None or match.start() < position or (end and not opened):
            continue
        if opened and closed:  # [[name]] shows [name]
            yield html[position : match.start()] + match[0][1:-1]
            position = match.end()
            continue
        start, after = match.start() + len(opened), match.end() - len(closed)
        has_end = name in ended and not attributes.endswith("/")
        content, after = _content(html, name, after) if has_end else ("", after)
        if new := function(_Shortcode(name.lower(), _attributes(attributes), content), library):
            yield html[position:start] + new
            position = after
    yield html[position:]


def _function(name: str) -> Callable[[_Shortcode, Library], str] | None:
    return _FUNCTIONS.get(name.lower()) or (_code if _COLOURED.fullmatch(name) else None)


def _content(html: str, name: str, start: int) -> tuple[str, int]:
    """Return what is in a shortcode, and where it ends: it has no end if another of its name begins before that."""
    following = re.compile(rf"\[(/?){re.escape(name)}\b").search(html, start)
    if following is None or not following[1] or not html.startswith("]", following.end()):
        return "", start
    return html[start : following.start()], following.end() + 1


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    # [youtube=https://…] has the value of its own name.
    for match in _ATTRIBUTE.finditer(text.removeprefix("=")):
        name, *values = match.groups()
        found[name.lower() if name else str(len(found))] = next(filter(None, values), "")
    return found


def _caption(code: _Shortcode, _library: Library) -> str:
    match = _CAPTIONED.fullmatch(code.content)
    picture, text = match.groups() if match else (code.content, "")
    caption = _BREAK.sub(" ", code.get("caption") or text).strip()
    return f"\n\n<figure>{picture}<figcaption>{caption}</figcaption></figure>\n\n" if picture.strip() else ""


def _gallery(code: _Shortcode, library: Library) -> str:
    return "".join(
        f'\n\n<figure><img src="{escape(file.url)}" alt="{escape(file.alt)}">'
        f"<figcaption>{file.caption}</figcaption></figure>\n\n"
        for file in library.wanted(code.get("ids", "include"))
    )


def _medium(code: _Shortcode, _library: Library) -> str:
    """Show a file of sound or a film; the older form of the shortcode has titles after the address."""
    kind = "video" if "video" in code.name else "audio"
    address = code.get("src", "mp3", "m4a", "ogg", "wav", "flac", "mp4", "m4v", "webm", "ogv", "url", "0")
    if not address.partition("|")[0].startswith(("http", "/")):
        return ""
    poster = f' poster="{escape(code.get("poster"))}"' if code.get("poster") else ""
    return f'\n\n<{kind} controls src="{escape(address.partition("|")[0])}"{poster}></{kind}>\n\n'


def _playlist(code: _Shortcode, library: Library) -> str:
    kind = "video" if code.get("type") == "video" else "audio"
    files = library.wanted(code.get("ids", "include"))
    return "".join(f'\n\n<{kind} controls src="{escape(file.url)}"></{kind}>\n\n' for file in files)


def _link(code: _Shortcode, _library: Library) -> str:
    """Link to what is embedded, by its address, or by an id where its site makes the address of it."""
    address = _ADDRESS.search(code.text)
    page = address_of(code.name, [code.get("id", "0")]) if code.name in _WITH_ID else ""
    found = escape(address[0].replace("&amp;", "&") if address else page)
    return f'\n\n<p><a href="{found}">{found}</a></p>\n\n' if found else ""


def _code(code: _Shortcode, _library: Library) -> str:
    """Show source code, which may be written with or without escapes."""
    if not code.content.strip():
        return ""
    coloured = _COLOURED.fullmatch(code.name)
    named = (coloured[1] or "") if coloured else code.name if code.name in _LANGUAGES else ""
    language = re.sub(r"[^\w+#-]", "", code.get("lang", "language") or named)
    text = _BREAK.sub("", code.content) if "<br" in code.content else code.content
    text = text.strip("\n").replace("<", "&lt;").replace(">", "&gt;")
    return f'\n\n<pre class="language-{language}"><code>{text}</code></pre>\n\n'


_WITH_ID = ("youtube", "vimeo", "dailymotion", "gist", "tweet", "ted")
_LANGUAGES = set(
    "bash c cpp csharp css diff html java javascript js lua perl php plain powershell python ruby scala shell sql text "
    "vb xml yaml".split()
)
_FUNCTIONS: Mapping[str, Callable[[_Shortcode, Library], str]] = {
    **dict.fromkeys(("caption", "wp_caption"), _caption),
    "gallery": _gallery,
    "playlist": _playlist,
    **dict.fromkeys(("audio", "video"), _medium),
    **dict.fromkeys((*_WITH_ID, "embed", "instagram", "slideshare", "soundcloud", "spotify", "twitter"), _link),
    **dict.fromkeys(("code", "source", "sourcecode", *_LANGUAGES), _code),
}
