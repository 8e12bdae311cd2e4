"""What feeds alone carry in the HTML of an entry: a link to what it is about, its lead picture, and the footer."""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from html import escape
from urllib.parse import quote, urljoin

from dateline.content.config import FOOTER_PLACEHOLDERS
from dateline.content.urls import host_name
from dateline.errors import InputError, SettingsError
from dateline.formats.items import FOOTER, FOOTER_END
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Entry, Picture, Post, Publication
from dateline.paths import SETTINGS_FILE
from dateline.render import host_of, render
from dateline.render.html import fill_slots

# What stands for placeholders while Markdown is rendered, which leaves all of it as it is.
_TOKENS = {name: f"xdateline{name}placeholderx" for name in FOOTER_PLACEHOLDERS}
_TOKENS["url"] = "https://placeholder.invalid/dateline"
_PLACEHOLDER = lazy_pattern(r"\0(\w+) (\w+)\0")
_ESCAPES: dict[str, Callable[[str], str]] = {
    "text": partial(escape, quote=False),
    "attribute": escape,
    "target": partial(quote, safe=""),
}
_TAG = lazy_pattern(r"(<[^<>]*>)")
_TARGET = lazy_pattern(r'(?<= )((?:href|src|cite|poster)=")([^"]*)(?=")')


def feed_html(entry: Entry) -> str:
    """Return the HTML of an entry in feeds that carry the whole text, without the footer; empty if it has none."""
    html, related = _with_picture(entry), entry.post.related
    if html and related and f'href="{escape(related)}"' not in html:
        return f'<p><a href="{escape(related)}">{escape(host_name(related))} ↗</a></p>\n{html}'
    return html


def _with_picture(entry: Entry) -> str:
    """Return the HTML of an entry, beginning with its picture unless apps show that by themselves, as in an episode."""
    post, picture = entry.post, entry.attached.image
    if picture is None or not post.image_in_feed or post.episode or shows(entry.html, addresses_of(picture)):
        return entry.html
    return "\n".join(filter(None, (_figure(post, picture), entry.html)))


def shows(html: str, addresses: Iterable[str]) -> bool:
    """Return whether HTML shows a picture that is at one of these addresses."""
    return any(f'src="{escape(address)}"' in html for address in addresses)


def addresses_of(picture: Picture) -> set[str]:
    """Return the addresses of all sizes of a picture."""
    return {picture.url, *(url for url, _ in picture.sizes)}


def _figure(post: Post, picture: Picture) -> str:
    attributes = {"src": picture.url, "alt": picture.alt or "", "width": picture.width, "height": picture.height}
    shown = (f'{name}="{escape(str(value))}"' for name, value in attributes.items() if value or name == "alt")
    credit = post.image_credit and f"<small>{escape(post.image_credit, quote=False)}</small>"
    caption = " ".join(filter(None, (escape(post.image_caption or "", quote=False), credit)))
    return f"<figure><img {' '.join(shown)}>{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def footer_of(post: Post, publication: Publication) -> str:
    """Return the footer of an entry as HTML, empty if there is none. Raises SettingsError."""
    if not publication.feed_footer:
        return ""
    values = {
        "title": post.name,
        "url": post.canonical_url,
        "author": ", ".join(author.name for author in post.authors),
    }
    first, *rest = _footer(publication)
    slots = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    filled = [_ESCAPES[how](values[name]) + text for name, how, text in slots]
    return f"\n{FOOTER}\n{first}{''.join(filled)}\n{FOOTER_END}"


@lru_cache(maxsize=4)
def _footer(publication: Publication) -> list[str]:
    """Return pieces of the footer: HTML, the name of a placeholder, how to escape its value, HTML, and so on.

    In the targets of links, values are percent-encoded, but an address that is the whole target stays as it is.
    """

    def marked(text: str, how: str) -> str:
        for name, token in _TOKENS.items():
            text = text.replace(token, f"\0{name} {how}\0")
        return text

    def marked_target(found: re.Match[str]) -> str:
        return found[1] + marked(found[2], "attribute" if found[2] == _TOKENS["url"] else "target")

    parts = _TAG.split(_rendered(publication))  # text and tags in turn
    parts[::2] = [marked(text, "text") for text in parts[::2]]
    parts[1::2] = [marked(_TARGET.sub(marked_target, tag), "attribute") for tag in parts[1::2]]
    return _PLACEHOLDER.split("".join(parts))


def _rendered(publication: Publication) -> str:
    """Return the footer with tokens for placeholders. Addresses in it are relative to the publication's."""
    text = publication.feed_footer or ""
    for name, token in _TOKENS.items():
        text = text.replace(f"{{{name}}}", token)
    smart_quotes = publication.has_smart_quotes(publication.language)
    try:
        rendering = render(text, publication.markdown, "footer", smart_quotes, host=host_of(publication))
        urls = [urljoin(publication.url, reference.target) for reference in rendering.references]
    except InputError as error:
        raise SettingsError(SETTINGS_FILE, None, f"feed_footer: {error.problem}", error.remedy) from None
    except ValueError:
        raise SettingsError(SETTINGS_FILE, None, "feed_footer: an address in it is malformed", "correct it") from None
    return fill_slots(rendering.html, urls)
