"""Links to posts as other generators write them: ``{{< ref "x.md" >}}``, ``{% post_url x %}``, ``[[x]]`` and others.

Before a text is rendered, those that engines would not take for links are made links, whose target is the construct
itself, percent-encoded. Where that leads is decided later, as for all links, from what `read_link` finds in it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote

from dateline.content.assets import is_media
from dateline.lazy_patterns import lazy_pattern
from dateline.render.html import heading_id
from dateline.render.template_code import Construct, constructs
from dateline.text import edited


class WrittenLink(NamedTuple):
    """What a construct names: a `target` as in other links if it `is_path`, or else the name of a post or a file.

    `suffix` is the query and the fragment, to be added to where that leads.
    """

    target: str
    suffix: str = ""
    label: str = ""
    is_path: bool = False


# What comes before the address of a link or a picture in Markdown or HTML.
_DESTINATION = lazy_pattern(
    r"""(?:\]\([ \t]*<?|\]:[ \t]*<?|(?:href|src|srcset|poster)[ \t]*=[ \t]*["']?)\Z""", re.IGNORECASE
)
# In a tag, or in the text that stands for a picture.
_ATTRIBUTE = lazy_pattern(r"<[A-Za-z][^<>]*\Z|!\[[^\[\]\n]*\Z")
_WIKI = lazy_pattern(r"!?\[\[([^|\[\]\\]+)(?:\\?\|([^\[\]]*))?\]\]")
_SIZE = lazy_pattern(r"[\dx]*")  # of a picture, in place of a label
_CALL = lazy_pattern(
    r"\{(?:%-?|\{[<%])\s*+(?:relref|ref|post_url|post_path|post_link|link)\s++(.*?)(?:-?%\}|[%>]\}\})", re.DOTALL
)
_WORD = lazy_pattern(r"""(?:path=)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|(\S+))""")
_PATH = lazy_pattern(
    r"""\{\{-?\s*["'](/(?!/)[^"']*)["']\s*(?:\|\s*(?:(?:relative_|absolute_)?url|prepend:\s*[\w.]+)\s*)*-?\}\}"""
)
_GET_URL = lazy_pattern(r"""\{\{-?\s*get_url\(\s*path\s*=\s*["']([^"']*)["'][^()]*\)\s*-?\}\}""")
# Links of Zola, of Nikola (of which only those with slug or filename name a post) and of Pelican.
_PREFIXED = lazy_pattern(
    r"@/(.*)|link://(?:slug|filename)/(.*)|(link:.*)|[{|](?:filename|static|attach)[}|](.*)", re.DOTALL
)
_SITE = lazy_pattern(r"\{\{-?\s*(?:site\.(?:url|baseurl|production_url)|root_url|SITEURL|config\.root)\s*-?\}\}")
_SPECIAL = lazy_pattern(r"[\\`*_\[\]<>&!~$^|:\"']")


def read_link(target: str) -> WrittenLink | None:
    """Return what the target of a link names, if that is a construct or begins like one of a generator's own links."""
    construct, after = _decoded(target)
    written = read_construct(construct)
    return written and written._replace(suffix=written.suffix + after)


def _decoded(target: str) -> tuple[str, str]:
    """Return a target without query and fragment, decoded, and these as they are."""
    path = re.split("[#?]", target, maxsplit=1)[0]
    return unquote(path).strip(), target[len(path) :]


def read_construct(construct: str) -> WrittenLink | None:
    """Return what a construct, or a target that begins like one, names; None if it is no link."""
    if match := _WIKI.fullmatch(construct):
        name, mark, heading = match[1].partition("#")
        label = (match[2] or "").strip()
        return WrittenLink(name.strip(), mark + quote(heading_id(heading)), "" if _SIZE.fullmatch(label) else label)
    if match := _PATH.fullmatch(construct):
        return WrittenLink(match[1], is_path=True)
    if match := _CALL.fullmatch(construct):
        name, *others = [next(filter(None, word), "") for word in _WORD.findall(match[1])] or [""]
        return _named(name, " ".join(others) if "post_link" in construct else "")
    if match := _GET_URL.fullmatch(construct) or _PREFIXED.fullmatch(construct):
        return _named(match[match.lastindex or 0].removeprefix("@/"))
    return None


def _named(name: str, label: str = "") -> WrittenLink | None:
    """Return the link to what has this name, which may end in a fragment."""
    name, mark, fragment = name.partition("#")
    return WrittenLink(name, mark + quote(fragment, safe="%"), label) if name else None


def as_written(target: str) -> str:
    """Return the target of a link as it was written, if that is a construct or begins like one; others unchanged."""
    return "".join(_decoded(target)) if read_link(target) else target


def kind_of(target: str) -> str | None:
    """Return the kind of template code that is encoded in the target of a link."""
    return next((found.kind for found in constructs(as_written(target))), None)


def is_in_text(target: str) -> bool:
    """Return whether a construct was in the text, and not where Markdown expects the target of a link."""
    return target.startswith("%20")


def with_links(markdown: str, all_found: Iterable[Construct]) -> str:
    """Return Markdown with links in place of all constructs found in it that `read_link` can read."""
    return edited(markdown, _links(markdown, all_found))


def _links(markdown: str, all_found: Iterable[Construct]) -> Iterator[tuple[int, int, str]]:
    """Yield the start and the end of what is replaced, and the replacement."""
    site_start = site_end = -1  # of the address of the site, which begins the target of a link
    for found in all_found:
        if is_site_address(found.text):
            site_start, site_end = site_start if site_end == found.start else found.start, found.end
            if markdown.startswith("/", site_end) and is_destination(markdown, site_start):
                yield site_start, site_end, ""
            continue
        start = site_start if site_end == found.start else found.start
        if found.kind != "[TOC]" and (written := read_construct(found.text)):
            if is_destination(markdown, start):
                yield start, found.end, quote(found.text, safe="")
            elif not written.is_path and not is_in_attribute(markdown, start):
                yield start, found.end, _in_text(found, written)


def is_site_address(construct: str) -> bool:
    """Return whether a construct stands for the address of the site."""
    return _SITE.fullmatch(construct) is not None


def is_destination(markdown: str, at: int) -> bool:
    """Return whether Markdown or HTML expects an address here."""
    return _DESTINATION.search(markdown, max(0, at - 20), at) is not None


def is_in_attribute(markdown: str, at: int) -> bool:
    """Return whether this is inside a tag, or inside the text that stands for a picture."""
    return _ATTRIBUTE.search(markdown, max(0, at - 300), at) is not None


def _in_text(found: Construct, written: WrittenLink) -> str:
    """Return HTML, since the construct may be in an element in which there is no Markdown."""
    embeds = found.text.startswith("!") and is_media(written.target)
    label = written.label or ("" if embeds else written.target or found.text.strip("[#]"))
    escaped = _SPECIAL.sub(lambda special: f"&#{ord(special[0])};", " ".join(label.split()))
    target = quote(f" {found.text}", safe="")
    return f'<img src="{target}" alt="{escaped}">' if embeds else f'<a href="{target}">{escaped}</a>'
