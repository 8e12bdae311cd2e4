"""What the template code of generators and their themes means, by the name that is called, whatever its syntax.

A converter returns Markdown, or HTML that readers show: text for a line, or a Block. It returns None for a call whose
meaning it does not know, which then stays as it is. What other sites show is in `sites.embeds`; the
shortcodes of WordPress, which hold HTML, have a module of their own among the importers.
"""

import re
from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import NamedTuple

from dateline.content.assets import is_media
from dateline.render.emoji import NAMES
from dateline.sites.addresses import path_of
from dateline.sites.conversion.calls import Call
from dateline.sites.conversion.markup import (
    TITLES,
    as_text,
    captioned,
    fenced,
    figure,
    folded,
    inline_html,
    label,
    picture,
    quoted,
    target_of,
    title_of,
)
from dateline.sites.embeds import EMBEDS, address_of


class Block(NamedTuple):
    """Markdown that needs an empty line before it and after it."""

    text: str


Result = str | Block | None
Converter = Callable[[Call], Result]

_OWNERS = ("user", "username", "type")
_IDS = ("id", "code", "video", "video_id", "videoid", "youtubeid", "tweetid", "tweet_id", "url", "src", "pen", "repo")
_SOURCES = ("src", "image_path", "image", "file", "path", "url", "filename", "img", "light_src", "default_src")
_SOUNDS_AND_FILMS = ("src", "source", "file", "path", "url", "mp3", "mp4", "m4a", "ogg", "webm")
_NO_TITLES = {*TITLES, "true", "false", "no-icon"}
_TEXTS = ("text", "content", "body", "message")

_URL = re.compile(r"https?://[^\s<>\"'()]+")
_PROSE = re.compile(r"\s|[^a-z\d_:./-]")  # is in titles, but not in names such as those of icons
_LANGUAGE = re.compile(r"[\w+#.-]+")
_LINE_ENDS = re.compile(r"\A[ \t]*\n|\n[ \t]*\Z")  # of tags that are on lines of their own
_RAW_TAG = re.compile(r"\{%-?\s*(?:end)?raw\s*-?%\}")
_STILL = re.compile(r"\.(?:avif|gif|jpe?g|png|webp)$", re.IGNORECASE)
_PICTURE = re.compile(
    r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?|\[?!\[[^\]]*\]\([^()]*\)(?:\]\([^()]*\))?)(.*)", re.DOTALL
)


def converted(call: Call) -> Result:
    """Return what a call stands for; None if that is not known."""
    converter = _CONVERTERS.get(call.name)
    if converter is None and call.group == ":::":
        converter = _quoted
    return converter(call) if converter else None


def _code(call: Call) -> Result:
    if call.inner is None:
        return None
    words = [] if call.name == "codeblock" else [word for word in call.args if not word.startswith("lineno")]
    language = call.value("lang", "language", "lexer") or next(iter(words), "")
    code = call.source
    if call.group.startswith("liquid"):
        code = _RAW_TAG.sub("", code)
    elif call.group.startswith("<"):
        code = code.strip().removeprefix("{`").removesuffix("`}")
    return Block(fenced(code, language.lower() if _LANGUAGE.fullmatch(language) else ""))


def _figure(call: Call) -> Result:
    """Convert a picture, with its caption if it has one."""
    source = call.value(*_SOURCES) or next(filter(_is_file, call.args), "")
    if not source or (call.name == "caption" and call.inner is not None):
        return _captioned(call)
    others = call.args[call.args.index(source) + 1 :] if source in call.args else call.args
    sizes, (text, below) = _sizes(call, others), _texts_of_picture(call, others)
    alt, link = call.value("alt") or text, call.value("link", "href")
    below = call.value("caption") or (call.inner or "").strip() or below
    if caption := " — ".join(filter(None, dict.fromkeys((call.value("title", "heading"), below)))):
        return Block(figure(source, alt, sizes, caption, link))
    shown = picture(source, alt, sizes)
    return f"[{shown}]({target_of(link)})" if link else shown


def _is_file(address: str) -> bool:
    return is_media(path_of(address))


def _sizes(call: Call, args: Sequence[str]) -> dict[str, str]:
    """Return width and height, by their names or in this order."""
    sizes = dict(zip(("width", "height"), filter(str.isdecimal, args), strict=False))
    named = {name: call.value(name).removesuffix("px") for name in ("width", "height")}
    return sizes | {name: size for name, size in named.items() if size.isdecimal()}


def _texts_of_picture(call: Call, args: Sequence[str]) -> tuple[str, str]:
    """Return the alternative text and the caption, of which Octopress has the second first."""
    texts = [arg for arg in args if not arg.isdecimal()]
    if call.name == "img" and not re.search("[\"']", call.written):
        texts = [" ".join(texts)]
    first, second = (*texts, "", "")[:2]
    return (second, first) if call.name == "img" and len(texts) > 1 else (first, second)


def _captioned(call: Call) -> Result:
    """Convert a picture in HTML or Markdown, and its caption, which comes after it or is an argument."""
    found = _PICTURE.fullmatch(call.inner or "")
    if found is None:
        return None
    image, caption = found[1], call.value("caption") or found[2].strip()
    if not caption:
        return image
    return Block(captioned(image if image.startswith("<") else inline_html(image), caption))


def _embed(site: str, call: Call) -> Result:
    """Convert what only another site can show to a link: to the address that is given, or to one made of ids."""
    title = call.value("title")
    if url := _url(call):
        return _link(EMBEDS[site].text, url, title)
    id = call.value(*_IDS)
    address = address_of(site, [id] if id else call.args, call.value(*_OWNERS))
    return _link(EMBEDS[site].text, address, title) if address else None


def _address(call: Call) -> Result:
    """Convert what shows a page of any other site to a link."""
    url = _url(call)
    return f"<{url}>" if url else None


def _url(call: Call) -> str:
    """Return the first address in a call."""
    url = _URL.search(call.written) or _URL.search(call.inner or "")
    return url[0] if url else ""


def _link(text: str, address: str, title: str) -> str:
    return f"[{label(f'{text}: {title}' if title else text)}]({target_of(address)})"


def _medium(tag: str, call: Call) -> Result:
    """Convert sound or a film: a file is played, anything else linked."""
    source = call.value(*_SOUNDS_AND_FILMS) or call.first
    if not _is_file(source):
        if source.startswith(("http://", "https://")):
            return _link(tag.capitalize(), source, call.value("title"))
        return _embed("youtube", call) if tag == "video" and call.value("id", "youtube") else None
    still = call.value("poster") or next(filter(_STILL.search, call.args), "")
    poster = f' poster="{escape(still)}"' if still and tag == "video" else ""
    return f'<{tag} controls src="{escape(source)}"{poster}></{tag}>'


def _quoted(call: Call) -> Result:
    """Convert an admonition, whose kind is its name or an argument."""
    written = (call.value("type", "style", "kind", "level", "severity"), *call.args[:2], call.name)
    kind = next(filter(TITLES.__contains__, map(str.lower, written)), "")
    others = [arg for arg in call.args if arg.lower() not in _NO_TITLES]
    text = call.inner
    if text is None:
        text, others = call.value(*_TEXTS) or " ".join(others), []
    if not text.strip():
        return None
    is_hexo = call.group.startswith("liquid") and kind  # where titles have no quotation marks
    title = call.value("title", "header", "heading", "summary") or (" ".join(others) if is_hexo else "")
    title = title or next(filter(_PROSE.search, others), "")
    return Block(quoted(title or title_of(kind or call.name), text))


def _attributed(call: Call) -> Result:
    """Convert a quotation with its author and source."""
    text = call.inner if call.inner is not None else call.value("text", "content", "quote")
    if not text.strip():
        return None
    by = ", ".join(filter(None, _credit(call)))
    return Block(quoted("", text.strip() + (f"\n\n— {by}" if by else "")))


def _credit(call: Call) -> tuple[str, str]:
    """Return the author and the source of a quotation, one of which is a link if an address is given."""
    author, source = call.value("author", "name", "by", "cite"), call.value("source", "title", "work")
    url = call.value("link", "url", "href", "sourceurl") or (_URL.search(call.written) or [""])[0]
    if not call.named:
        before, _, after = call.written.partition(url) if url else (call.written, "", "")
        author, _, source = (part.strip(" \"'") for part in before.partition(","))
        source = source or after.strip(" \"'")
    if not url:
        return author, source
    if source:
        return author, f"[{label(source)}]({target_of(url)})"
    return f"[{label(author or url)}]({target_of(url)})", ""


def _folded(call: Call) -> Result:
    if call.inner is None:
        return None
    title = call.value("summary", "title", "label", "header") or call.first or "Details"
    return Block(folded(title, call.inner))


def _linked(call: Call) -> Result:
    """Convert a link or a button: its address is one of the arguments."""
    args = call.written.split(",")[:2] if "," in call.written and not call.named else call.args
    address = call.value("href", "url", "link", "to", "relref") or next((arg for arg in args if "/" in arg), "")
    texts = ((call.inner or "").strip(), call.value("title", *_TEXTS), " ".join(arg for arg in args if arg != address))
    text = " ".join(next(filter(None, texts), "").split())
    return f"[{text}]({target_of(address.strip())})" if address and text else None


def _arranged(call: Call) -> Result:
    """Convert what only arranges its text, with a title above it, if it has one."""
    if call.inner is None:
        return None
    title = call.value("title", "label", "name", "header")
    if call.name in ("tab", "tabitem", "tab_item", "codetab", "step"):
        title = title or call.first
    bold = f"**{title.strip()}**\n\n" if title else ""
    return Block(bold + call.inner.strip("\n")) if "\n" in call.inner or title else call.inner


def _element(tag: str, call: Call) -> Result:
    text = call.inner if call.inner is not None else call.value("text") or " ".join(call.args)
    return f"<{tag}>{text}</{tag}>" if text else None


def _raw(call: Call) -> Result:
    return None if call.inner is None else as_text(_LINE_ENDS.sub("", call.source))


def _inner(call: Call) -> Result:
    return call.inner


def _formula(call: Call) -> Result:
    formula = call.source.strip().strip("$")
    if call.inner is None or not formula:
        return None
    return Block(f"$$\n{formula}\n$$") if "\n" in call.source else f"${formula}$"


def _diagram(call: Call) -> Result:
    return None if call.inner is None else Block(fenced(call.source, "mermaid"))


def _emoji(call: Call) -> Result:
    return NAMES.get("".join(call.args).strip(":"))


def _nothing(_call: Call) -> Result:
    return ""


# By converter, the names that it is for: those of generators, and those of widely used themes and plugins.
_NAMES: tuple[tuple[Converter, str], ...] = (
    (_quoted, "admonition admon alert aside attention box bug callout caution danger error example faq hint important"),
    (_quoted, "info infobox memo msg note notice notification question seealso success tip tldr todo warn warning"),
    (_code, "code code_block codeblock highlight highlightblock prettify sourcecode"),
    (_figure, "asset_img caption fig figure image image_figure image_with_class img img_figure imgcap imgproc"),
    (_figure, "dimmable_image dual_theme_image full_width_image image_toggler invertible_image"),
    (_figure, "lazyimage lazyload lightbox linked_figure nextimage picture responsive_image staticimage zoom"),
    (_attributed, "blockquote bquote centerquote cq epigraph pullquote quote"),
    (_address, "embed oembed"),
    (_folded, "accordion collapse collapsible detail details expand fold folding spoiler toggle"),
    (_linked, "a anchor btn button externallink link linkcard linkwitharrow navlink nextlink"),
    (_arranged, "block cards center codetab codetabs col column columns container div gallery grid group html lead"),
    (_arranged, "markdown md rawhtml row rows section span step steps tab tab_item tabitem tabpane tabs"),
    (_arranged, "wide_container wrap"),
    (_inner, "big color font nomarkdown small unsafe"),
    (_raw, "raw verbatim"),
    (_formula, "katex math mathjax"),
    (_diagram, "mermaid"),
    (_emoji, "emoji"),
    (_nothing, "clear clearfix comment fa fab far fas fontawesome fontawesomeicon icon load_photoswipe options"),
    (_nothing, "tableofcontents toc"),
    (partial(_embed, "gist"), "gist_it githubgist"),
    (partial(_embed, "instagram"), "instagram_simple"),
    (partial(_embed, "tweet"), "embedtweet tweet_simple twitter twitter_simple x x_simple"),
    (partial(_embed, "vimeo"), "vimeo_simple vimeoembed"),
    (partial(_embed, "youtube"), "lite_youtube youtube_enhanced youtube_lite youtubeembed youtubelite yt"),
    (partial(_medium, "audio"), "aplayer audio audioplayer"),
    (partial(_medium, "video"), "dplayer html5video mp4 video videoplayer"),
)
_CONVERTERS = {name: converter for converter, names in _NAMES for name in names.split()}
_CONVERTERS |= {site: partial(_embed, site) for site in EMBEDS}
_CONVERTERS |= {tag: partial(_element, tag) for tag in ("abbr", "del", "ins", "kbd", "mark", "sub", "sup")}
