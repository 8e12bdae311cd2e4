"""Import exports of WordPress: one file (WXR), or the folder that it is in, with ``wp-content/uploads`` beside it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from dateline.content.key_values import Value
from dateline.errors import Problem
from dateline.formats.items import Item, ItemEnclosure, mail_datetime
from dateline.importer.drafts import media_keys
from dateline.importer.matching import plain_title
from dateline.model import Publication
from dateline.sites.html.posts import HtmlPost, label_slugs, plain_text, site_post
from dateline.sites.importers.wordpress.html import for_readers, html_of_post
from dateline.sites.importers.wordpress.shortcodes import Library, MediaFile
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
_DURATION = re.compile(r'"duration";s:\d+:"([\d:]+)"')
_LONGEST_OFFSET = timedelta(hours=14)


def detect(source: Path) -> bool:
    """Return whether this is an export, or a folder with some: large sites are exported in several files."""
    return bool(export_files(source))


def settings(source: Path) -> Site:
    """Read the site, and its items for `posts`. Raises SiteError."""
    export = read_export(source)
    url = export.fields.get("link") or export.fields.get("base_blog_url", "")
    posts = [item for item in export.items if item.get("post_type") == "post"]
    authors = {name for item in posts for name in _authors(item, export)}
    found: dict[str, Any] = {
        "title": plain_title(export.fields.get("title", "")),
        "url": url,
        "description": plain_title(export.fields.get("description", "")),
        **_languages(posts, export.fields.get("language", "")),
        "author": authors.pop() if len(authors) == 1 else "",
        "tags": label_slugs((plain_title(term.name), unquote(term.slug)) for item in posts for term in _terms(item)),
    }
    uploads = source / _UPLOADS
    home = urlsplit(url).path.rstrip("/")
    media = (MediaFolder(uploads, f"{home}/{_UPLOADS}/"),) if uploads.is_dir() else ()
    problems = tuple(remark(source, "", None, *said) for said in _left_out(export, has_media=bool(media)))
    return Site(found, media, problems=problems, config={"export": export})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts and pages, except those in the trash, in the order of the export."""
    export: Export = site.config["export"]
    items = {item.get("post_id") or f"item {number}": item for number, item in enumerate(export.items)}
    blocks = {id: item.html for id, item in items.items() if item.get("post_type") == "wp_block"}
    files = {id: _file(item) for id, item in items.items() if item.get("post_type") == "attachment"}
    own: dict[str, list[str]] = {}
    for id in files:
        own.setdefault(items[id].get("post_parent"), []).append(id)
    addresses = {id: files[id].url if id in files else item.get("link") for id, item in items.items()}
    addresses |= {items[id].get("link"): file.url for id, file in files.items()}
    link = partial(_followed, addresses)
    known: set[str] = set()
    for item in items.values():
        if item.get("post_type") in ("post", "page") and item.get("status") != "trash":
            library = Library(files, own.get(item.get("post_id"), ()))
            post = _post(item, export, library, blocks, publication)
            id = "" if post.id in known else post.id
            known.add(id)
            yield site_post(source, post._replace(id=id), publication, lambda html: for_readers(html, link))


def _post(
    item: WxrItem, export: Export, library: Library, blocks: Mapping[str, str], publication: Publication
) -> HtmlPost:
    text = html_of_post(item.html, library, blocks, item.get("footnotes"))
    picture = library.files.get(item.get("_thumbnail_id"), MediaFile(""))
    enclosures, left_out = _enclosures(item, publication)
    status = item.get("status")
    is_protected = bool(item.get("post_password"))
    remarks = [(what, how) for what, _, how in (note.rpartition("; ") for note in left_out)]
    if is_protected or status == "private":
        what = "has a password" if is_protected else "is private"
        remarks.append((f"{what} in WordPress, so it is a draft", "remove draft: true to publish it for everybody"))
    remarks += [
        (f"[{name}] is a shortcode that cannot be replaced", "write what it showed, or remove it")
        for name in text.shortcodes
    ]
    remarks += [(f"the block {name} has no text of its own", "write what it showed") for name in text.blocks]
    address = item.get("link")
    return HtmlPost(
        source=item.file,
        title=plain_title(item.get("title")),
        html=text.html,
        date=_moment(item, publication) or mail_datetime(export.fields.get("pubDate", "")),
        slug=item.get("post_name"),
        address="" if "?" in address or status not in (*_PUBLISHED, "private") else address,
        id=item.get("guid") if status in _PUBLISHED else "",
        authors=_authors(item, export),
        tags=[plain_title(term.name) for term in _terms(item)],
        summary=plain_text(item.excerpt) or plain_text(text.teaser),
        draft=is_protected or status not in _PUBLISHED,
        is_page=item.get("post_type") == "page",
        keys={"image": picture.url, "image_alt": picture.alt if picture.url else "", **enclosures}
        | _translation(item, publication),
        remarks=remarks,
    )


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
    """Return the date of an item, with the time zone of the site at that moment."""
    local, utc = (_datetime(item.get(name)) for name in ("post_date", "post_date_gmt"))
    if utc is None:
        return local and local.replace(tzinfo=publication.timezone)
    offset = local - utc if local else timedelta(0)
    is_offset = abs(offset) <= _LONGEST_OFFSET and not offset % timedelta(minutes=15)
    return utc.replace(tzinfo=UTC).astimezone(timezone(offset) if is_offset else UTC)


def _datetime(text: str) -> datetime | None:
    with suppress(ValueError):  # drafts have zeros
        return datetime.fromisoformat(text).replace(tzinfo=None)
    return None


def _file(item: WxrItem) -> MediaFile:
    return MediaFile(item.get("attachment_url"), item.get("_wp_attachment_image_alt"), item.excerpt)


def _followed(addresses: Mapping[str, str], address: str) -> str:
    """Return the address of the page, or the file, that a link names by a number, or by the page of the file."""
    with suppress(ValueError):
        query = parse_qs(urlsplit(address).query)
        number = next((query[key][0] for key in ("p", "page_id", "attachment_id") if key in query), "")
        return addresses.get(number or (address if "/" in address else "")) or address
    return address


def _enclosures(item: WxrItem, publication: Publication) -> tuple[dict[str, Value], list[str]]:
    """Return the keys for the recordings of a post, as WordPress and plugins for podcasts keep them."""
    found = []
    for key, value in item.meta:
        if key == "enclosure":
            address, size, kind, *more = [*value.split("\n"), "", "", ""]
            duration = _DURATION.search("".join(more))
            found.append(
                ItemEnclosure(address.strip(), kind.strip(), size.strip(), "", duration[1] if duration else "")
            )
    if not found and item.get("audio_file"):
        found.append(ItemEnclosure(item.get("audio_file"), "", item.get("filesize_raw"), "", item.get("duration")))
    entry = Item("", "", item.get("title"), None, None, (), "", "", (), tuple(found))
    return media_keys(entry, publication.podcast)


def _left_out(export: Export, *, has_media: bool) -> Iterator[tuple[str, str]]:
    """Yield what of a site is not imported, and what to do about it."""
    kinds = Counter(item.get("post_type") for item in export.items)
    others = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items() if kind not in {*_OWN, *_UNSEEN})
    if others:
        yield f"not imported, as neither posts nor pages: {others}", "write as posts what you need of them"
    if trash := sum(item.get("status") == "trash" for item in export.items if item.get("post_type") == "post"):
        yield (
            f"left out: {counted(trash, 'post')} in the trash",
            "restore in WordPress what you need, and export it again",
        )
    if comments := sum(item.comments for item in export.items):
        yield f"not imported: {counted(comments, 'comment')}", "keep the export, which has them"
    if sum("?" in item.get("link") and item.get("status") == "publish" for item in export.items):
        yield "addresses like /?p=12 are not kept, which no file can have", "choose a permalink"
    if not has_media and kinds["attachment"]:
        problem = f"{counted(kinds['attachment'], 'file')} that were uploaded are not beside the export"
        yield problem, f"copy {_UPLOADS} of the site beside it, and import the folder of both"
