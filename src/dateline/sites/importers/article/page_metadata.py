"""Read what a page says of the article in it: JSON-LD, meta elements, and where it was published. Pure."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin

from dateline.content.urls import web_url
from dateline.errors import InputError
from dateline.model import Author, Publication
from dateline.sites.importers.article.lines import possible_days, read_byline, split_names
from dateline.text import unescape, without_controls, without_forbidden

SAVED_FROM = re.compile(
    r"[^<]{0,100}(?:<!doctype[^>]{0,200}>\s*)?<!--\s*saved from url=\(\d{4}\)(https?://[^\s>]{1,2000})", re.IGNORECASE
)
_ARTICLES = re.compile(r"(?:\w*Article|\w*Posting|Report|Review)")
_TITLES = "og:title parsely-title twitter:title dc.title".split()
_DATES = (
    "article:published_time og:published_time datepublished parsely-pub-date pubdate publish-date date dc.date"
    " dc.date.issued dcterms.created sailthru.date cxenseparse:recs:publishtime"
).split()
_NAMES = "author parsely-author dc.creator byl sailthru.author article:author".split()
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\"\\^`{|}]")
_LANGUAGE = re.compile(r"<html\b[^>]{0,1000}?\blang=[\"']?([\w-]{1,35})", re.IGNORECASE)
_END_OF_SCRIPT = re.compile(r"</script[^>]{0,100}>", re.IGNORECASE)


class Metadata(NamedTuple):
    """The first article in JSON-LD, empty if there is none; meta elements by name; the address, and the language."""

    data: Mapping[str, Any]
    metas: Mapping[str, str]
    address: str
    language: str

    @property
    def site(self) -> str:
        """The name of the site."""
        return first(*self.meta("og:site_name"), json_text(self.data.get("publisher")))

    @property
    def headline(self) -> str:
        """The title by JSON-LD."""
        return first(json_text(self.data.get("headline")))

    @property
    def titles(self) -> list[str]:
        """The titles by meta elements, which may have more than that of the article."""
        return self.meta(*_TITLES)

    @property
    def summary(self) -> str:
        """The description of the article."""
        return first(json_text(self.data.get("description")), *self.meta("og:description", "description"))

    @property
    def image(self) -> str:
        """The address of the first picture."""
        images = self.data.get("image")
        found = (json_text(images[0] if isinstance(images, list) and images else images), *self.meta("og:image"))
        return next(filter(None, (absolute(self.address, plain(text)) for text in found)), "")

    def meta(self, *names: str) -> list[str]:
        """Return the contents of the meta elements with these names, in this order."""
        return [self.metas[name] for name in names if name in self.metas]

    def dates(self, publication: Publication) -> Iterator[str]:
        """Yield dates of publication: the first of JSON-LD, and of meta elements, that can be read."""
        for texts in ([plain(json_text(self.data.get("datePublished")))], self.meta(*_DATES)):
            yield from [text for text in texts if text and possible_days(text, publication)][:1]

    def authors(self) -> Iterator[Author]:
        """Yield the authors; the site itself is none."""
        listed = self.data.get("author") or self.meta(*_NAMES)[:1]
        for item in listed if isinstance(listed, list) else [listed]:
            yield from self._named(item if isinstance(item, dict) else {"name": item})

    def _named(self, item: Mapping[str, Any]) -> Iterator[Author]:
        text = plain(json_text(item.get("name")))
        is_site = text.casefold() == self.site.casefold() or item.get("@type") == "Organization"
        if not text or is_site or absolute("", text):  # some name an address instead
            return
        byline = read_byline(text) or split_names(text)
        names = (*byline.names, *byline.doubtful) or (text,)
        url = absolute(self.address, first(json_text(item.get("url")), json_text(item.get("sameAs"))))
        yield from (Author(name, None, url if len(names) == 1 and url else None) for name in names)


def read_metadata(html: str, soup: Any, linked_data: Iterable[str]) -> Metadata:
    """Return the metadata of a page, given its text, its tree, and its scripts of JSON-LD."""
    data = next(_articles(linked_data), {})
    metas = _metas(soup)
    canonical = soup.find("link", rel=re.compile(r"^canonical$", re.IGNORECASE))
    saved = SAVED_FROM.match(html)
    base = saved[1] if saved else ""
    addresses = (
        *(json_text(data.get(key)) for key in ("url", "mainEntityOfPage")),
        canonical.get("href") if canonical else "",
        metas.get("og:url", ""),
        base,
    )
    language = _LANGUAGE.search(html, 0, 10_000)
    return Metadata(
        data,
        metas,
        next(filter(None, (absolute(base, plain(text)) for text in addresses)), ""),
        first(json_text(data.get("inLanguage")), language[1] if language else ""),
    )


def without_scripts(html: str) -> tuple[str, list[str]]:
    """Return a page without its scripts, and the texts of those that are JSON-LD."""
    before, *scripts = re.split(r"<script\b", html, flags=re.IGNORECASE)
    parts, data = [before], []
    for script in scripts:
        inside, *rest = _END_OF_SCRIPT.split(script, maxsplit=1)
        parts += rest
        tag, _, text = inside.partition(">")
        if "ld+json" in tag.lower():
            data.append(text)
    return "".join(parts), data


def _articles(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the articles in JSON-LD."""
    for text in texts:
        try:
            queue = deque([json.loads(text, strict=False)])
        except (ValueError, RecursionError):
            continue
        while queue:
            item = queue.popleft()
            if isinstance(item, list):
                queue.extend(item)
            elif isinstance(item, dict):
                kinds = item.get("@type")
                if any(_ARTICLES.fullmatch(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                    yield item
                queue.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item)


def _metas(soup: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for el in soup.find_all("meta"):
        for name in str(el.get("property") or el.get("name") or el.get("itemprop") or "").lower().split():
            if text := plain(el.get("content")):
                found.setdefault(name, text)
    return found


def first(*values: Any) -> str:
    """Return the first value that is text."""
    return next((text for value in values if (text := plain(value))), "")


def json_text(value: Any) -> str:
    """Return the text of a value of JSON-LD, which may be an object or a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = next((value[key] for key in ("url", "@id", "name", "alternateName") if value.get(key)), "")
    return unescape(value) if isinstance(value, str) else ""


def plain(value: Any) -> str:
    """Return a value that is text as one line, without characters that a post cannot have."""
    return " ".join(without_forbidden(without_controls(value)).split()) if isinstance(value, str) else ""


def absolute(base: str, link: str) -> str:
    """Return the absolute address that a link leads to from a base; empty if it is none."""
    try:
        address = _NOT_IN_ADDRESSES.sub(lambda found: quote(found[0]), urljoin(base, link.strip()))
        return address if link.strip() and web_url(address) else ""
    except (ValueError, InputError):
        return ""
