"""Import exports of WordPress: one file (WXR), or the folder that it is in, with ``wp-content/uploads`` beside it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from dateline.content.key_values import Value
from dateline.errors import Problem
from dateline.formats.items import mail_datetime
from dateline.importer.matching import plain_title
from dateline.model import Publication
from dateline.sites.addresses import path_of
from dateline.sites.html.posts import HtmlPost, label_slugs, moment_of, plain_text, site_post
from dateline.sites.importers.wordpress.html import PostHtml, for_readers, html_of_post
from dateline.sites.importers.wordpress.media import Library, MediaFile, addresses_of, enclosures_of, followed, uploads
from dateline.sites.importers.wordpress.wxr import Export, Term, WxrItem, export_files, read_export
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.text import counted

_UPLOADS = "wp-content/uploads"
_OWN = ("post", "page", "attachment", "wp_block")  # what is imported, or needed for that
# What belongs to the appearance of a site, or to its editor.
_UNSEEN = set(
    "custom_css customize_changeset nav_menu_item oembed_cache revision user_request wp_font_face wp_font_family "
    "wp_global_styles wp_navigation wp_template wp_template_part".split()
)
_PUBLISHED = ("publish", "future")
_LONGEST_OFFSET = timedelta(hours=14)


def detect(source: Path) -> bool:
    """Return whether this is an export, or a folder with some: large sites are exported in several files."""
    return bool(export_files(source))


def settings(source: Path) -> Site:
    """Read the site, and its items for `posts`. Raises SiteError."""
    export = read_export(source)
    url = export.fields.get("link") or export.fields.get("base_blog_url", "")
    posts = [item for item in export.items if item.kind == "post"]
    authors = {name for item in posts for name in _authors(item, export)}
    found: dict[str, Any] = {
        "title": plain_title(export.fields.get("title", "")),
        "url": url,
        "description": plain_title(export.fields.get("description", "")),
        **_languages(posts, export.fields.get("language", "")),
        "author": authors.pop() if len(authors) == 1 else "",
        "tags": label_slugs((plain_title(term.name), unquote(term.slug)) for item in posts for term in _terms(item)),
    }
    folder = source / _UPLOADS
    home = path_of(url).rstrip("/")
    media = (MediaFolder(folder, f"{home}/{_UPLOADS}/"),) if folder.is_dir() else ()
    said = (*_left_out(export), *_lost(export, has_media=bool(media)))
    problems = tuple(remark(source, "", None, *what) for what in said)
    return Site(found, media, problems=problems, config={"export": export})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts and pages, except those in the trash, in the order of the export."""
    export: Export = site.config["export"]
    items = {item.get("post_id") or f"item {number}": item for number, item in enumerate(export.items)}
    blocks = {id: item.html for id, item in items.items() if item.kind == "wp_block"}
    files, own = uploads(items)
    link = partial(followed, addresses_of(items, files))
    known: set[str] = set()
    for item in items.values():
        if item.kind in ("post", "page") and item.get("status") != "trash":
            library = Library(files, own.get(item.get("post_id"), ()))
            text = html_of_post(item.html, library, blocks, item.get("footnotes"))
            post = _post(item, text, export, library, publication)
            id = "" if post.id in known else post.id
            known.add(id)
            yield site_post(source, post._replace(id=id), publication, lambda html: for_readers(html, link))


def _post(item: WxrItem, text: PostHtml, export: Export, library: Library, publication: Publication) -> HtmlPost:
    picture = library.files.get(item.get("_thumbnail_id"), MediaFile(""))
    enclosures, left_out = enclosures_of(item, publication)
    status, address = item.get("status"), item.get("link")
    return HtmlPost(
        source=item.file,
        title=plain_title(item.get("title")),
        html=text.html,
        date=_moment(item, publication) or mail_datetime(export.fields.get("pubDate", "")),
        slug=item.get("post_name"),
        address=address if status in (*_PUBLISHED, "private") and "?" not in address else "",
        id=item.get("guid") if status in _PUBLISHED else "",
        authors=_authors(item, export),
        tags=[plain_title(term.name) for term in _terms(item)],
        summary=plain_text(item.excerpt) or plain_text(text.teaser),
        draft=bool(item.get("post_password")) or status not in _PUBLISHED,
        is_page=item.kind == "page",
        keys={"image": picture.url, "image_alt": picture.alt if picture.url else "", **enclosures}
        | _translation(item, publication),
        remarks=[*left_out, *_remarks(item, text)],
    )


def _remarks(item: WxrItem, text: PostHtml) -> Iterator[tuple[str, str]]:
    """Yield what of a post is not as it was, and what to do about it."""
    is_protected = bool(item.get("post_password"))
    if is_protected or item.get("status") == "private":
        what = "has a password" if is_protected else "is private"
        yield f"{what} in WordPress, so it is a draft", "remove draft: true to publish it for everybody"
    for name in text.shortcodes:
        yield f"[{name}] is a shortcode that cannot be replaced", "write what it showed, or remove it"
    for name in text.blocks:
        yield f"the block {name} has no text of its own", "write what it showed"


def _authors(item: WxrItem, export: Export) -> Sequence[str]:
    """Return the names of those that a plugin for several authors has, else of the one that WordPress has."""
    several = [term.name for term in item.terms if term.taxonomy == "author"]
    login = item.get("creator")
    return [export.authors.get(name, name) for name in several or [login] if name]


def _languages(posts: Sequence[WxrItem], language: str) -> dict[str, Any]:
    """Return the languages of a site, of which it has several with the plugin Polylang; the main one comes first."""
    found = dict.fromkeys(term.slug for item in posts for term in item.terms if term.taxonomy == "language")
    main = next((slug for slug in found if language.lower().startswith(slug.lower())), "")
    if not main or len(found) < 2:
        return {"language": language}
    return {"language": main, "languages": [main, *(slug for slug in found if slug != main)]}


def _translation(item: WxrItem, publication: Publication) -> dict[str, Value]:
    """Return the keys that say in which language a post is, and which others are translations of it."""
    slugs = {term.taxonomy: term.slug for term in item.terms}
    language = next((name for name in publication.languages if name.lower() == slugs.get("language", "").lower()), "")
    return {"language": language, "translation_key": slugs.get("post_translations", "") if language else ""}


def _terms(item: WxrItem) -> list[Term]:
    return [term for term in item.terms if term.taxonomy in ("category", "post_tag")]


def _moment(item: WxrItem, publication: Publication) -> datetime | None:
    """Return the date of an item, with the time zone of the site at that moment; drafts have none in UTC."""
    local, utc = (moment_of(item.get(name)) for name in ("post_date", "post_date_gmt"))
    if utc is None:
        return local and local.replace(tzinfo=publication.timezone)
    offset = local - utc if local else timedelta(0)
    is_offset = abs(offset) <= _LONGEST_OFFSET and not offset % timedelta(minutes=15)
    return utc.astimezone(timezone(offset) if is_offset else UTC)


def _left_out(export: Export) -> Iterator[tuple[str, str]]:
    """Yield what of a site is not imported, and what to do about it."""
    kinds = Counter(item.kind for item in export.items)
    others = ", ".join(f"{kinds[kind]:,} {kind}" for kind in kinds if kind not in {*_OWN, *_UNSEEN})
    if others:
        yield f"not imported, as neither posts nor pages: {others}", "write as posts what you need of them"
    if trash := sum(item.kind == "post" and item.get("status") == "trash" for item in export.items):
        problem = f"left out: {counted(trash, 'post')} in the trash"
        yield problem, "restore in WordPress what you need, and export it again"
    if comments := sum(item.comments for item in export.items):
        yield f"not imported: {counted(comments, 'comment')}", "keep the export, which has them"


def _lost(export: Export, *, has_media: bool) -> Iterator[tuple[str, str]]:
    """Yield what posts refer to and an export does not have, and what to do about it."""
    files = sum(item.kind == "attachment" for item in export.items)
    if any("?" in item.get("link") and item.get("status") == "publish" for item in export.items):
        yield "addresses like /?p=12 are not kept, which no file can have", "choose a permalink"
    if not has_media and files:
        problem = f"the export comes without {counted(files, 'uploaded file')}"
        yield problem, f"copy {_UPLOADS} of the site beside it, and import the folder of both"
