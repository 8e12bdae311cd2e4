"""Import exports of Ghost: one file (JSON), or its folder, with ``content`` and ``routes.yaml`` beside it."""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from dateline.content.urls import web_url
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
    shown = [post for post in export.posts if not _is_page(post)]
    users = {user["slug"]: user for post in shown for user in post.authors}
    authors = {slug: _author(user) for slug, user in users.items()}
    tags = ((tag["name"], tag["slug"]) for post in shown for tag in _tags(post))
    permalink, problem = _permalink(source)
    problems = [*_left_out(source, export), *([problem] if problem else [])]
    return Site(
        {
            "title": found["title"],
            "description": found["description"],
            "language": found["locale"] or found["lang"] or found["default_locale"],
            "timezone": found["timezone"] or found["activeTimezone"] or found["active_timezone"],
            **({"authors": authors} if len(authors) > 1 else {"author": [*authors.values()]}),
            "tags": label_slugs(tags),
            "author_slugs": label_slugs((user["name"], slug) for slug, user in users.items()),
        },
        tuple(MediaFolder(source / "content" / name, f"/content/{name}/") for name in ("images", "media", "files")),
        problems=tuple(remark(source, export.file, None, *said) for said in problems),
        config={"export": export, "permalink": permalink},
    )


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield posts and pages in the order of the export."""
    export: Export = site.config["export"]
    for post in export.posts:
        yield site_post(
            source, _post(post, export.file, site.config["permalink"], publication), publication, for_readers
        )


def _post(post: Post, file: str, permalink: str, publication: Publication) -> HtmlPost:
    row, metadata = post.row, post.metadata
    home = publication.url.removesuffix("/")
    is_shown = row["status"] in ("published", "scheduled") and not metadata.is_on("email_only")
    is_public = row["visibility"] in ("", "public")
    date = row.date("published_at") or row.date("updated_at") or row.date("created_at")
    address = _PLACEHOLDER.sub(
        lambda match: _part(match[1], post, publication), _PERMALINK if _is_page(post) else permalink
    )
    picture = (row["feature_image"] or row["image"]).replace(_URL, home)
    html = row["html"] or with_paragraphs(escape(row["plaintext"], quote=False))
    if picture and metadata["feature_image_caption"]:  # says who took it, as a rule
        html += f"<p><small>{metadata['feature_image_caption']}</small></p>"
    return HtmlPost(
        source=file,
        title=row["title"],
        html=html.replace(_URL, home),
        date=date,
        slug=row["slug"],
        address=home + address if is_shown else "",
        id=(row["uuid"] if len(row["id"]) < _SHORTEST_ID else row["id"]) if is_shown else "",
        authors=[user["name"] for user in post.authors],
        tags=[tag["name"] for tag in _tags(post)],
        summary=row["custom_excerpt"] or metadata["meta_description"],
        draft=not (is_shown and is_public),
        is_page=_is_page(post),
        keys={"image": picture, "image_alt": metadata["feature_image_alt"] if picture else ""},
        remarks=[*_remarks(post, is_public=is_public)],
    )


def _is_page(post: Post) -> bool:
    return post.row["type"] == "page" or post.row.is_on("page")


def _tags(post: Post) -> list[Row]:
    """Return the tags that readers see."""
    return [tag for tag in post.tags if tag["visibility"] != "internal" and not tag["name"].startswith("#")]


def _part(name: str, post: Post, publication: Publication) -> str:
    """Return what a placeholder in an address stands for."""
    date = post.row.date("published_at")
    first = {"primary_tag": post.tags, "primary_author": post.authors, "author": post.authors}
    if name in first:
        return next((row["slug"] for row in first[name]), "all")
    return {**(date_parts(date.astimezone(publication.timezone)) if date else {}), "id": post.row["id"]}.get(
        name, post.row["slug"]
    )


def _remarks(post: Post, *, is_public: bool) -> Iterator[tuple[str, str]]:
    """Yield what of a post is not imported, and what to do about it."""
    row, metadata = post.row, post.metadata
    if row["status"] == "sent" or metadata.is_on("email_only"):
        yield "was only sent as a newsletter, so it is a draft", "remove draft: true to publish it"
    if not is_public:
        yield f"is not for everybody ({row['visibility']}), so it is a draft", "remove draft: true to publish it"
    if not row["html"] and (row["lexical"] or row["mobiledoc"]):
        yield "has no HTML in the export, so only its text is imported", "save it in Ghost, and export it again"
    if row["codeinjection_head"] or row["codeinjection_foot"]:
        yield "code that it injects is left out", "add what it needs by hand"
    if row["canonical_url"]:
        yield "its canonical address is left out", f"add link: {row['canonical_url']} if it belongs there"


def _author(user: Row) -> dict[str, str]:
    try:
        return {"name": user["name"], "url": web_url(user["website"])}
    except InputError:
        return {"name": user["name"]}


def _permalink(source: Path) -> tuple[str, tuple[str, str] | None]:
    """Return the pattern for the addresses of posts, and what is to be reported about it."""
    if not source.is_dir():
        return _PERMALINK, None
    try:
        collections = table_of(read_config(source, _ROUTES).get("collections"))
    except SiteError as error:
        return _PERMALINK, (f"{_ROUTES}: {error.problem.problem}", error.problem.remedy)
    patterns = [text for table in collections.values() if (text := text_of(table_of(table).get("permalink")))]
    if len(patterns) < 2:
        return (patterns or [_PERMALINK])[0], None
    return patterns[-1], (
        f"{_ROUTES} has several collections",
        "check the addresses of posts: all have those of the last",
    )


def _left_out(source: Path, export: Export) -> Iterator[tuple[str, str]]:
    """Yield what of a site is not imported, and what to do about it."""
    if any(export.settings[f"codeinjection_{place}"] for place in ("head", "foot")):
        yield "code that the site injects is left out", "add what you need of it to templates"
    texts = (text for post in export.posts for text in (post.row["html"], post.row["feature_image"], post.row["image"]))
    files = {file for text in texts for file in _FILE.findall(text)}
    if files and not (source / "content").is_dir():
        problem = f"{counted(len(files), 'file')} that posts name are not beside the export"
        yield problem, "copy the folder content of the site beside it, and import the folder of both"
