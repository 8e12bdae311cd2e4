"""Import Pelican sites: ``pelicanconf.py``, with ``publishconf.py`` over it, and the content that they name."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from dateline.content.dates import EPOCH
from dateline.content.edit import source_with_keys
from dateline.content.front_matter_keys import MENU
from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Post, Publication, Source
from dateline.sites.addresses import format_fields
from dateline.sites.files import feeds_in, first_file, inside, limit_of, parsed, read_front_matter, text_of
from dateline.sites.importers.pelican.articles import HTML, Article, read_article, rewritten_date, slug_of
from dateline.sites.importers.pelican.config import (
    CONFIGS,
    content_files,
    feed_files,
    media_folders,
    menu_addresses,
    read_config,
    text_in,
)
from dateline.sites.model import Site, SitePost, remark

# Other kinds of articles.
_UNREAD = {".rst": "reStructuredText", ".ipynb": "a notebook", ".adoc": "AsciiDoc", ".asc": "AsciiDoc", ".org": "Org"}
_FEED = "give the old feed with --feed"
_NO_KEYS = "---\n---\n"
_TO_FILE = re.compile(r"\{(?:static|attach)\}(?=/)")


def detect(source: Path) -> bool:
    """Return whether there is a configuration of Pelican."""
    return bool(first_file(source, CONFIGS))


def settings(source: Path) -> Site:
    """Read what the configuration assigns literals to, and report what else matters."""
    config, problems = read_config(source)
    feeds, has_one_language = feed_files(config)
    languages = [text_in(config, "DEFAULT_LANG").lower(), *_languages(source, config)]
    if len(languages) > 1 and not has_one_language:
        problems.append(_remark_on_languages(source, languages))
    url = text_in(config, "SITEURL").rstrip("/")
    has_summaries = config["RSS_FEED_SUMMARY_ONLY"] and list(feeds) == ["rss"]
    found = {
        "title": text_in(config, "SITENAME"),
        "url": url and f"{url}/",
        "id": url and f"{url}/",
        "description": text_in(config, "SITESUBTITLE"),
        "language": languages[0],
        "languages": languages if has_one_language else [],
        "timezone": text_in(config, "TIMEZONE"),
        "default_time": "00:00",
        "author": text_in(config, "AUTHOR"),
        "limit": limit_of(config["FEED_MAX_ITEMS"]),
        "content": "summary" if has_summaries else None,
        "feed_files": feeds,
    }
    return Site(
        found,
        media=tuple(media_folders(source, config)),
        feeds=feeds_in(source, inside(config["OUTPUT_PATH"]) or "output", filter(inside, feeds.values())),
        menu={address: str(place) for place, address in enumerate(menu_addresses(config), 1)},
        problems=tuple(problems),
        config={**config, "has_translations": len(languages) > 1 and has_one_language},
    )


def _remark_on_languages(source: Path, languages: list[str]) -> Problem:
    others, listed = ", ".join(languages[1:]), ", ".join(f'"{code}"' for code in languages)
    problem = f"there are posts in {others}, which stay in one feed with all others, as in Pelican's"
    return remark(source, "", None, problem, f"for a feed of each, set languages = [{listed}] in feed.toml")


def _languages(source: Path, config: Mapping[str, Any]) -> list[str]:
    """Return the languages of articles other than the main one."""
    fields = (read_front_matter(source, path) for path in content_files(source, config) if is_post_file(path))
    found = {text_of(field.get("lang")).lower() for field in fields}
    return sorted(found - {"", text_in(config, "DEFAULT_LANG").lower()})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the articles and the pages; what is neither Markdown nor HTML is left out."""
    found = [_article(source, path, site.config) for path in content_files(source, site.config)]
    slugs = Counter(article.slug for article in found if isinstance(article, Article))
    for item in found:
        if isinstance(item, Article):
            yield _post(source, item, site.config, publication, has_translation=slugs[item.slug] > 1)
        elif item:
            yield item
    for path in content_files(source, site.config, "PAGE"):
        if is_post_file(path) or path.lower().endswith((*HTML, *_UNREAD)):
            page = read_article(source, path, site.config, is_page=True)
            if isinstance(page, Article):
                yield _page(page, site.config, publication)
            else:
                yield SitePost(path, path, "", is_page=True)


def _article(source: Path, path: str, config: Mapping[str, Any]) -> Article | Problem | None:
    ending = os.path.splitext(path)[1].lower()
    if ending in _UNREAD:
        problem = f"left out: it is {_UNREAD[ending]}, which is not read"
        return remark(source, path, None, problem, "convert it to Markdown, with pandoc, say")
    return read_article(source, path, config) if is_post_file(path) or ending in HTML else None


def _page(page: Article, config: Mapping[str, Any], publication: Publication) -> SitePost:
    address = _address(page, "PAGE", None, config, publication)
    with suppress(InputError):
        text, path = _text(page, address, publication), _path(page)
        is_shown = config["DISPLAY_PAGES_ON_MENU"] and text_of(page.metadata.get("status")) != "hidden"
        menu = {MENU: str(len([*menu_addresses(config)]) + 1)} if is_shown else {}
        return SitePost(path, page.source, text, {**menu, **page.keys}, _quoted(address), is_page=True)
    return SitePost(page.path, page.source, "", address=_quoted(address), is_page=True)


def _path(article: Article) -> str:
    return f"{os.path.splitext(article.path)[0]}.md" if article.is_html else article.path


def _text(article: Article, address: str, publication: Publication) -> str:
    """Return the text of an article in Markdown. Raises InputError."""
    if not article.is_html:
        return article.text
    html = _TO_FILE.sub("", article.text)
    return _NO_KEYS + html_to_markdown(html, address or publication.url, publication.markdown) + "\n"


def _post(
    source: Path, article: Article, config: Mapping[str, Any], publication: Publication, *, has_translation: bool
) -> SitePost:
    keys = dict(article.keys)
    if has_translation and config["has_translations"]:
        keys["translationkey"] = article.slug
    text = _NO_KEYS if article.is_html else article.text
    post = _dated(article, text, keys, publication)
    is_shown = post and not post.draft and post.published != EPOCH
    address = _address(article, "ARTICLE", post, config, publication) if is_shown else ""
    remarks = [*_remarks(article, post, address)]
    try:
        text = _text(article, address, publication)
    except InputError as error:
        remarks.append((f"its text is left out: {error.problem}", error.remedy))
    return SitePost(
        _path(article),
        article.source,
        text,
        keys,
        _quoted(address),
        _tag_uri(address, post),
        problems=tuple(remark(source, article.source, None, *said) for said in remarks),
    )


def _dated(article: Article, text: str, keys: dict[str, Value | None], publication: Publication) -> Post | None:
    """Return an article as Dateline reads it; a date that it does not read is added to the keys in another form."""
    post = _read(article.path, text, keys, publication)
    date = text_of(article.metadata.get("date"))
    if not (post and date and post.published == EPOCH):
        return post
    keys["date"] = rewritten_date(date)
    return _read(article.path, text, keys, publication)


def _remarks(article: Article, post: Post | None, address: str) -> Iterator[tuple[str, str]]:
    """Yield remarks on an article, each with what to do."""
    if "draft" in article.keys:
        status = text_of(article.metadata.get("status"))
        yield f"its status is {status}, so it is imported as a draft", "remove draft: to publish it"
    if post and post.published == EPOCH:
        yield "its date is that of the file in Pelican, which no copy keeps", f"add a date, or {_FEED}"
    elif post and not (post.draft or address):
        yield "its address is not known, by its title or the settings of Pelican", f"add slug:, or {_FEED}"


def _tag_uri(address: str, post: Post | None) -> str:
    """Return the id that Pelican's feeds give to an article; an empty one without an address."""
    if post is None or not address:
        return ""
    parts = urlsplit(address)
    fragment = f"/{parts.fragment}" if parts.fragment else ""
    return f"tag:{parts.hostname},{post.published.date().isoformat()}:{parts.path}{fragment}"


def _read(path: str, text: str, keys: Mapping[str, Value | None], publication: Publication) -> Post | None:
    try:
        found = parsed(source_with_keys(Source(path, text), keys), publication)
    except PostError:
        return None
    return found[0] if found else None


def _quoted(address: str) -> str:
    return quote(address, safe="/:%#?=&+,;@!$'()*~")


def _address(
    article: Article, kind: str, post: Post | None, config: Mapping[str, Any], publication: Publication
) -> str:
    """Return the address of an article or a page, which `kind` says; an empty one if it cannot be known."""
    main = text_in(config, "DEFAULT_LANG").lower()
    language = text_of(article.metadata.get("lang")) or main
    author = post.authors[0].name if post and post.authors else ""
    pattern = text_in(config, f"{kind}_URL" if language == main else f"{kind}_LANG_URL")
    fields = _fields(article, language, author, config)
    url = text_of(article.metadata.get("url")) or format_fields(pattern, fields, post.published if post else EPOCH)
    try:
        return urljoin(publication.url, url) if url else ""
    except ValueError:
        return ""


def _fields(article: Article, language: str, author: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Return what addresses may be made of, apart from the date: metadata that are text, and slugs."""
    values = {key: value for key, value in article.metadata.items() if isinstance(value, str) and key != "date"}
    made = {
        "slug": article.slug,
        "category": slug_of(text_of(article.metadata.get("category")), config, "CATEGORY"),
        "author": slug_of(author, config, "AUTHOR"),
        "lang": language,
        "path": quote(article.path),
    }
    return {key: value for key, value in {**values, **made}.items() if value is not None}
