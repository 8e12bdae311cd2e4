"""Import exports of Ghost: one file (JSON), or its folder, with ``content`` and ``routes.yaml`` beside it."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from dateline.content.urls import is_address, web_url
from dateline.errors import InputError, Problem, SiteError
from dateline.model import Publication
from dateline.render.paragraphs import with_paragraphs
from dateline.sites.addresses import date_parts
from dateline.sites.files import read_config, table_of, text_of
from dateline.sites.html.posts import HtmlPost, label_slugs, site_post
from dateline.sites.importers.ghost.export import Export, Post, Row, export_files, read_export
from dateline.sites.importers.ghost.html import for_readers
from dateline.sites.model import MediaFolder, Site, SitePost, remark
from dateline.text import counted

_URL = "__GHOST_URL__"  # stands for the address of the site
_FILE = re.compile(r"/content/(?:images|media|files)/[^\s\"'<>()\\?#,]+")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PERMALINK = "/{slug}/"
_SHORTEST_ID = 24  # characters; in versions before, which number posts, feeds have other ids
_ROUTES = "routes.yaml"


def detect(source: Path) -> bool:
    """Return whether this is an export, or a folder with one."""
    return bool(export_files(source))


def settings(source: Path) -> Site:
    """Read the site, and its posts for `posts`. Raises SiteError."""
    export = read_export(source)
    found = export.settings
    shown = [post for post in export.posts if not post.is_page]
    users = {user["slug"]: user for post in shown for user in post.authors}
    authors = {slug: _author(user) for slug, user in users.items()}
    permalink, problems = _permalink(source)
    return Site(
        {
            "title": found["title"],
            "description": found["description"],
            "language": found.first("locale", "lang", "default_locale"),
            "timezone": found.first("timezone", "activeTimezone", "active_timezone"),
            **({"authors": authors} if len(authors) > 1 else {"author": [*authors.values()]}),
            "tags": label_slugs((tag["name"], tag["slug"]) for post in shown for tag in post.public_tags),
            "author_slugs": label_slugs((user["name"], slug) for slug, user in users.items()),
        },
        tuple(MediaFolder(source / "content" / name, f"/content/{name}/") for name in ("images", "media", "files")),
        problems=tuple(remark(source, export.file, None, *said) for said in (*_left_out(source, export), *problems)),
        config={"export": export, "permalink": permalink},
    )


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts and pages in the order of the export."""
    export: Export = site.config["export"]
    for post in export.posts:
        found = _post(post, export.file, site.config["permalink"], publication)
        yield site_post(source, found, publication, for_readers)


def _post(post: Post, file: str, permalink: str, publication: Publication) -> HtmlPost:
    row, metadata = post.row, post.metadata
    home = publication.url.removesuffix("/")
    picture = row.first("feature_image", "image").replace(_URL, home)
    is_numbered = len(row["id"]) < _SHORTEST_ID
    return HtmlPost(
        source=file,
        title=row["title"],
        html=_html(post, has_picture=bool(picture)).replace(_URL, home),
        date=next(filter(None, map(row.date, ("published_at", "updated_at", "created_at"))), None),
        slug=row["slug"],
        address=home + _address(post, permalink, publication) if post.is_published else "",
        id=row["uuid" if is_numbered else "id"] if post.is_published else "",
        authors=[user["name"] for user in post.authors],
        tags=[tag["name"] for tag in post.public_tags],
        summary=row["custom_excerpt"] or metadata["meta_description"],
        draft=not (post.is_published and post.is_public),
        is_page=post.is_page,
        keys={
            "image": picture,
            "image_alt": metadata["feature_image_alt"] if picture else "",
            "canonical": row["canonical_url"] if is_address(row["canonical_url"]) else "",
        },
        remarks=[*_remarks(post)],
    )


def _html(post: Post, *, has_picture: bool) -> str:
    """Return the text of a post, with the caption of its picture, which says who took it, as a rule."""
    caption = post.metadata["feature_image_caption"] if has_picture else ""
    html = post.row["html"] or with_paragraphs(escape(post.row["plaintext"], quote=False))
    return f"{html}<p><small>{caption}</small></p>" if caption else html


def _address(post: Post, permalink: str, publication: Publication) -> str:
    """Return the path that the routes give to a post, or its own to a page."""
    pattern = _PERMALINK if post.is_page else permalink
    return _PLACEHOLDER.sub(lambda match: _part(match[1], post, publication), pattern)


def _part(name: str, post: Post, publication: Publication) -> str:
    """Return what a placeholder in an address stands for."""
    date = post.row.date("published_at")
    first = {"primary_tag": post.tags, "primary_author": post.authors, "author": post.authors}
    if name in first:
        return next((row["slug"] for row in first[name]), "all")
    parts = date_parts(date.astimezone(publication.timezone)) if date else {}
    return {**parts, "id": post.row["id"]}.get(name, post.row["slug"])


def _remarks(post: Post) -> Iterator[tuple[str, str]]:
    """Yield what of a post is not imported, and what to do about it."""
    row = post.row
    if post.is_emailed:
        yield "was only sent as a newsletter, so it is a draft", "remove draft: true to publish it"
    if not post.is_public:
        yield f"is not for everybody ({row['visibility']}), so it is a draft", "remove draft: true to publish it"
    if not row["html"] and (row["lexical"] or row["mobiledoc"]):
        yield "has no HTML in the export, so only its text is imported", "save it in Ghost, and export it again"
    if row["codeinjection_head"] or row["codeinjection_foot"]:
        yield "code that it injects is left out", "add what it needs by hand"
    if row["canonical_url"] and not is_address(row["canonical_url"]):
        yield "its canonical address is left out", f"add canonical: {row['canonical_url']} if it belongs there"


def _author(user: Row) -> dict[str, str]:
    try:
        return {"name": user["name"], "url": web_url(user["website"])}
    except InputError:
        return {"name": user["name"]}


def _permalink(source: Path) -> tuple[str, list[tuple[str, str]]]:
    """Return the pattern for the addresses of posts, and what is to be reported about it."""
    try:
        collections = table_of(read_config(source, _ROUTES).get("collections"))
    except SiteError as error:
        return _PERMALINK, [(f"{_ROUTES}: {error.problem.problem}", error.problem.remedy)]
    patterns = [text for table in collections.values() if (text := text_of(table_of(table).get("permalink")))]
    said = (f"{_ROUTES} has several collections", "check the addresses of posts: all have those of the last")
    return [_PERMALINK, *patterns][-1], [said] if len(patterns) > 1 else []


def _left_out(source: Path, export: Export) -> Iterator[tuple[str, str]]:
    """Yield what of a site is not imported, and what to do about it."""
    if any(export.settings[f"codeinjection_{place}"] for place in ("head", "foot")):
        yield "code that the site injects is left out", "add what you need of it to templates"
    texts = (text for post in export.posts for text in (post.row["html"], post.row["feature_image"], post.row["image"]))
    files = {file for text in texts for file in _FILE.findall(text)}
    if files and not (source / "content").is_dir():
        problem = f"the export comes without {counted(len(files), 'file')} that posts name"
        yield problem, "copy the folder content of the site beside it, and import the folder of both"
