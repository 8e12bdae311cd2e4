"""Import Pelican sites: ``pelicanconf.py``, with ``publishconf.py`` over it, and the content that they name."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urljoin, urlsplit

from dateline.content.dates import EPOCH
from dateline.content.edit import source_with_keys
from dateline.content.front_matter import split
from dateline.content.ids import split_date
from dateline.content.key_values import Value
from dateline.content.scan import bare, is_post_file
from dateline.errors import InputError, PostError, Problem
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Post, Publication, Source
from dateline.sites.addresses import format_fields
from dateline.sites.files import front_matter, parsed, read_text, text_of
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.sites.pelican_config import CONFIGS, below_content, content_files, inside, read_config, text_in
from dateline.sites.pelican_metadata import html_article, inherited, rewritten_date, slug_of

_HTML = (".html", ".htm")
# Other kinds of articles.
_UNREAD = {".rst": "reStructuredText", ".ipynb": "a notebook", ".adoc": "AsciiDoc", ".asc": "AsciiDoc", ".org": "Org"}
# What is written into posts if it holds for them; a slug makes only an address.
_WRITTEN = "author authors category date lang modified status summary tags title".split()
_TO_FILE = re.compile(r"\{(?:static|attach)\}(?=/)")


class _Article(NamedTuple):
    """An article: where it is, its text, what holds for it, what of that is to be written, and its slug if known."""

    source: str
    path: str
    text: str
    metadata: Mapping[str, Value]
    keys: Mapping[str, Value | None]
    slug: str | None


def detect(source: Path) -> bool:
    """Return whether there is a configuration of Pelican."""
    return any((source / name).is_file() for name in CONFIGS)


def settings(source: Path) -> Site:
    """Read what the configuration assigns literals to, and report what else matters."""
    config, problems = read_config(source)
    feeds, has_one_language = _feeds(config)
    language = text_in(config, "DEFAULT_LANG").lower()
    languages = _languages(source, config)
    if languages and not has_one_language:
        problem = f"there are posts in {', '.join(languages)}, which stay in one feed with all others, as in Pelican's"
        listed = ", ".join(f'"{code}"' for code in (language, *languages))
        problems.append(
            remark(source, "", None, problem, f"for a feed of each, set languages = [{listed}] in feed.toml")
        )
    url = text_in(config, "SITEURL").rstrip("/")
    limit = config["FEED_MAX_ITEMS"]
    has_summaries = config["RSS_FEED_SUMMARY_ONLY"] and list(feeds) == ["rss"]
    found = {
        "title": text_in(config, "SITENAME"),
        "url": url and f"{url}/",
        "id": url and f"{url}/",
        "description": text_in(config, "SITESUBTITLE"),
        "language": language,
        "languages": [language, *languages] if languages and has_one_language else [],
        "timezone": text_in(config, "TIMEZONE"),
        "default_time": "00:00",
        "author": text_in(config, "AUTHOR"),
        "limit": limit if isinstance(limit, int) and limit > 0 else None,
        "content": "summary" if has_summaries else None,
        "feed_files": feeds,
    }
    output = source / inside(config["OUTPUT_PATH"])
    files = (output / file for file in feeds.values() if isinstance(file, str))
    return Site(
        found,
        media=tuple(_media(source, config)),
        feeds=tuple(file for file in files if file.is_file()),
        problems=tuple(problems),
        config={**config, "languages": found["languages"]},
    )


def _feeds(config: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return the files of the feed, and whether it is in one language, as FEED_ATOM is, but FEED_ALL_ATOM is not."""
    of_all, of_main = (
        {kind: file for kind in ("atom", "rss") if (file := text_in(config, f"{name}_{kind.upper()}"))}
        for name in ("FEED_ALL", "FEED")
    )
    others = {kind: [file] for kind, file in of_all.items() if of_main.get(kind, file) != file}
    return {**of_all, **of_main, **({"also": others} if others else {})}, bool(of_main or not of_all)


def _media(source: Path, config: Mapping[str, Any]) -> Iterator[MediaFolder]:
    """Yield the folders of content that have another path on the site, and that of all, whose files keep theirs."""
    content = source / config["PATH"]
    moved = config.get("EXTRA_PATH_METADATA")
    for folder, metadata in moved.items() if isinstance(moved, dict) else ():
        path = metadata.get("path") if isinstance(metadata, dict) else None
        if isinstance(path, str) and inside(folder) and (content / folder).is_dir():
            yield MediaFolder(content / folder, f"/{path.strip('/')}/")
    yield MediaFolder(content)


def _languages(source: Path, config: Mapping[str, Any]) -> list[str]:
    """Return the languages of articles other than the main one."""
    files = (read_text(source, path) for path in content_files(source, config) if is_post_file(path))
    found = {text_of(front_matter(file).get("lang")).lower() for file in files if isinstance(file, Source)}
    return sorted(found - {"", text_in(config, "DEFAULT_LANG").lower()})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the articles and the pages; what is neither Markdown nor HTML is left out."""
    articles = []
    for path in content_files(source, site.config):
        ending = os.path.splitext(path)[1].lower()
        if ending in _UNREAD:
            problem = f"left out: it is {_UNREAD[ending]}, which is not read"
            yield remark(source, path, None, problem, "convert it to Markdown, with pandoc, say")
        elif is_post_file(path) or ending in _HTML:
            article = _article(source, path, site.config)
            if isinstance(article, _Article):
                articles.append(article)
            elif article:
                yield article
    slugs = Counter(article.slug for article in articles)
    for article in articles:
        yield _post(source, article, site.config, publication, has_translation=slugs[article.slug] > 1)
    for path in content_files(source, site.config, "PAGE"):
        if is_post_file(path) or path.endswith((*_HTML, *_UNREAD)):
            yield SitePost(path, path, "", is_page=True)


def _article(source: Path, path: str, config: Mapping[str, Any]) -> _Article | Problem | None:
    """Return an article, or why it is left out; None for HTML that is none, but a file to be copied."""
    file = read_text(source, path)
    if isinstance(file, Problem):
        return file
    below = below_content(path, config)
    known = inherited(below, config)
    is_html = path.endswith(_HTML)
    try:
        own, text = html_article(file.text) if is_html else (split(file)[0].values, file.text)
    except PostError:  # which the author will see in the report
        return _Article(path, below, file.text, {}, {}, None)
    metadata = {**known, **own}
    title, status = text_of(metadata.get("title")), text_of(metadata.get("status")).lower()
    is_complete = title and (metadata.get("date") or config.get("DEFAULT_DATE") == "fs")
    if not is_complete or status == "skip":
        if is_html:
            return None
        problem = "its status is skip" if is_complete else "Pelican publishes nothing without a title and a date"
        return remark(source, path, None, f"left out: {problem}", "correct that to import it")
    keys = {key: value for key, value in (metadata if is_html else known).items() if key in _WRITTEN}
    written = {key: value for key, value in keys.items() if is_html or key not in own}
    name = below.rpartition("/")[2]
    if written.get("date") and split_date(name)[0] == written["date"]:
        del written["date"]
    if written.get("category") == "misc":  # which says nothing
        del written["category"]
    slug = text_of(metadata.get("slug")) or slug_of(
        title if config["SLUGIFY_SOURCE"] == "title" else bare(name), config
    )
    return _Article(path, below, text, metadata, {**written, **_corrections(own, status)}, slug)


def _corrections(own: Mapping[str, Value], status: str) -> dict[str, Value | None]:
    """Return the keys of an article that mean something else to Dateline."""
    keys: dict[str, Value | None] = {}
    if own.get("author") and own.get("authors"):
        keys["author"] = None
    if status not in ("", "published", "draft"):
        keys |= {"status": None, "draft": "true"}
    return keys


def _post(
    source: Path, article: _Article, config: Mapping[str, Any], publication: Publication, *, has_translation: bool
) -> SitePost:
    keys = dict(article.keys)
    if has_translation and config["languages"]:
        keys["translationkey"] = article.slug
    problems = []
    if "draft" in keys:
        problem = f"has the status {text_of(article.metadata.get('status'))}, and is imported as a draft"
        problems.append(remark(source, article.source, None, problem, "publish it, or leave it"))
    is_html = article.source.endswith(_HTML)
    text = "---\n---\n" if is_html else article.text
    post = _read(article.path, text, keys, publication)
    if post and post.published == EPOCH and (date := text_of(article.metadata.get("date"))):
        keys["date"] = rewritten_date(date)
        post = _read(article.path, text, keys, publication)
    address = id = ""
    if post and not post.draft:
        url = _url(article, post, config)
        if url is None:
            problem = "its address is not known, since Pelican transliterates its title, or has a pattern of its own"
            problems.append(
                remark(source, article.source, None, problem, "add slug:, or give the old feed with --feed")
            )
        else:
            address = urljoin(publication.url, url)
            parts = urlsplit(address)
            id = f"tag:{parts.hostname},{post.published:%Y-%m-%d}:{parts.path}{parts.fragment and '/' + parts.fragment}"
    if is_html:
        html = _TO_FILE.sub("", article.text)
        try:
            text += html_to_markdown(html, address or publication.url, publication.markdown) + "\n"
        except InputError as error:
            problems.append(
                remark(source, article.source, None, f"its text is left out: {error.problem}", error.remedy)
            )
    path = f"{os.path.splitext(article.path)[0]}.md" if is_html else article.path
    return SitePost(path, article.source, text, keys, quote(address, safe="/:%#?=&"), id, problems=tuple(problems))


def _read(path: str, text: str, keys: Mapping[str, Value | None], publication: Publication) -> Post | None:
    try:
        found = parsed(source_with_keys(Source(path, text), keys), publication)
    except PostError:
        return None
    return found[0] if found else None


def _url(article: _Article, post: Post, config: Mapping[str, Any]) -> str | None:
    """Return the address of an article relative to that of the site; None if it cannot be known."""
    if written := text_of(article.metadata.get("url")):
        return written
    main = text_in(config, "DEFAULT_LANG").lower()
    language = text_of(article.metadata.get("lang")).lower() or main
    slugs = {
        "slug": article.slug,
        "category": slug_of(text_of(article.metadata.get("category")), config, "CATEGORY"),
        "author": slug_of(post.authors[0].name if post.authors else "", config, "AUTHOR"),
    }
    values = {key: value for key, value in article.metadata.items() if isinstance(value, str)}
    values |= {"lang": language, "path": quote(article.path)}
    known = {key: value for key, value in {**values, **slugs}.items() if value is not None}
    pattern = text_in(config, "ARTICLE_URL" if language == main else "ARTICLE_LANG_URL")
    return format_fields(pattern, known, post.published)
