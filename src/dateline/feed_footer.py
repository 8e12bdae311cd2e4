"""The footer that feed.toml gives to each entry of a feed: Markdown with placeholders, rendered once."""

import re
from functools import lru_cache
from html import escape
from urllib.parse import quote, urljoin

from dateline.content.config import FOOTER_PLACEHOLDERS
from dateline.errors import InputError, SettingsError
from dateline.formats.items import FOOTER, FOOTER_END
from dateline.model import Post, Publication
from dateline.paths import SETTINGS_FILE
from dateline.render import host_of, render
from dateline.render.html import fill_slots

# What stands for placeholders while Markdown is rendered, which leaves all of it as it is.
_TOKENS = {name: f"xdateline{name}placeholderx" for name in FOOTER_PLACEHOLDERS}
_TOKENS["url"] = "https://placeholder.invalid/dateline"
_TAG = re.compile(r"(<[^<>]*>)")
_TARGET = re.compile(r'(?<= )((?:href|src|cite|poster)=")([^"]*)(?=")')


def footer_of(post: Post, publication: Publication) -> str:
    """Return the footer of an entry as HTML, empty if there is none. Raises SettingsError.

    In the targets of links, values are percent-encoded, but an address that is the whole target stays as it is.
    """
    if not publication.feed_footer:
        return ""
    values = {
        "title": post.name,
        "url": post.canonical_url,
        "author": ", ".join(author.name for author in post.authors),
    }

    def fill_target(found: re.Match[str]) -> str:
        target = found[2]
        if target == _TOKENS["url"]:
            return found[1] + escape(values["url"])
        for name, token in _TOKENS.items():
            target = target.replace(token, quote(values[name], safe=""))
        return found[1] + target

    parts = _TAG.split(_rendered(publication))  # text and tags in turn
    for at, part in enumerate(parts):
        is_tag = at % 2 == 1
        parts[at] = _TARGET.sub(fill_target, part) if is_tag else part
        for name, token in _TOKENS.items():
            parts[at] = parts[at].replace(token, escape(values[name], quote=is_tag))
    return f"\n{FOOTER}\n{''.join(parts)}\n{FOOTER_END}"


@lru_cache(maxsize=4)
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
