"""Import an export of Substack: `posts.csv` and a folder of HTML files."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

from dateline.content.dates import read_date
from dateline.content.key_values import Value
from dateline.content.media import media_type_of
from dateline.content.urls import is_address
from dateline.errors import InputError, Problem, SiteError, quoted, reason_of
from dateline.fileio import read_regular
from dateline.model import Publication, Source
from dateline.sites.files import read_text, walk
from dateline.sites.html.editors import remote_pictures, with_local_links
from dateline.sites.html.posts import HtmlPost, site_post
from dateline.sites.importers.substack.html import for_readers, left_out, with_footnotes
from dateline.sites.model import Site, SitePost, remark
from dateline.text import LOST, unescape

_TABLE = "posts.csv"
_MAX_TABLE = 64 * 2**20
_COLUMNS = {"post_id", "post_date", "is_published", "type", "audience", "title"}
# Where pages name the publication that they are on.
_HOME = re.compile(r"(?:internalRedirect|url)(?:&quot;|\"):(?:&quot;|\")(https?://[\w.-]+)/(?:i/\d|subscribe\?)")
_LIST = re.compile(r"email_list\.([\w-]+)\.csv")
_PICTURE = re.compile(r"https?://(?:substack-post-media\.|bucketeer-|substackcdn\.com/|cdn\.substack\.com/)")
_LINE = "line"  # of a row, as a further column
_PUBLIC = ("", "everyone")
# Rows that are no posts: each kind, and why.
_NO_POSTS = {"thread": "a thread for comments", "restack": "another's post", "note": "a note", "chat": "a chat"}

_EMAILS = ("adhoc_email", "email")

Row = Mapping[str, str]


def detect(source: Path) -> bool:
    """Return whether there is the table of posts."""
    if not (source / _TABLE).is_file():
        return False
    with suppress(SiteError):
        return bool(_rows(source)[0])
    return False


def settings(source: Path) -> Site:
    """Return the address of the publication, if it has a host of its own."""
    home, problems = _home(source), _rows(source)[1]
    host = urlsplit(home).hostname or ""
    url = "" if host.endswith("substack.com") else home
    return Site({"url": url and f"{url}/"}, problems=problems, config={"home": home})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the posts that the table names, with their texts; those that are not for everyone are drafts."""
    rows, _ = _rows(source)
    files = {path.rpartition("/")[2]: path for path in walk(source) if path.endswith(".html")}
    by_number = {name.partition(".")[0]: name for name in files}
    newest = max((moment for row in rows if (moment := _date(row))), default=None)
    home = site.config["home"]
    found: list[SitePost] = []
    paths: dict[str, str] = {}
    for row in rows:
        id = row["post_id"]
        name = f"{id}.html" if f"{id}.html" in files else by_number.get(id, "")
        path = files.pop(name, "")
        post = _post(source, row, path, newest, publication, home)
        if isinstance(post, Problem):
            yield post
        else:
            found.append(post._replace(text=with_footnotes(post.text)))
            paths[id.partition(".")[2]] = post.path
    yield from (with_local_links(post, _link_pattern(home), paths) for post in found)
    for path in files.values():
        yield remark(source, path, None, f"not in {_TABLE}, so it is left out", "copy its text by hand")
    if home and not publication.url.startswith(home):
        problem = f"these posts were at {home}, an address that cannot be kept"
        yield remark(source, "", None, problem, "publish a last post there that names the new one")
    yield from remote_pictures(source, found, _PICTURE, "Substack")


def _rows(source: Path) -> tuple[list[Row], tuple[Problem, ...]]:
    """Return the rows of the table, none if it is another, and a remark if it is in an old encoding."""
    problems: tuple[Problem, ...] = ()
    try:
        raw = read_regular(source / _TABLE, _MAX_TABLE)
    except OSError as error:
        raise SiteError(f"{source / _TABLE}", None, f"cannot be read: {reason_of(error)}", "unpack it again") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = raw.decode("cp1252", "replace")
        line = raw.count(b"\n", 0, error.start) + 1
        problem = "not UTF-8, so it is read as Windows-1252"
        problems = (remark(source, _TABLE, line, problem, "see whether titles are right"),)
    reader = csv.DictReader(text.replace("\0", LOST).splitlines(keepends=True), restval="")
    try:
        rows: list[Row] = [
            {key: value or "" for key, value in row.items() if isinstance(key, str)} | {_LINE: str(reader.line_num)}
            for row in reader
        ]
    except csv.Error as error:
        raise SiteError(f"{source / _TABLE}", reader.line_num + 1, str(error), "export it again") from None
    return (rows if set(reader.fieldnames or ()) >= _COLUMNS else []), problems


def _home(source: Path) -> str:
    """Return where the publication was, as most pages have it, or by the name of the list of subscribers."""
    homes: Counter[str] = Counter()
    for path in walk(source):
        if match := _LIST.fullmatch(path):
            homes[f"https://{match[1]}.substack.com"] += 1
        elif path.endswith(".html") and isinstance(page := read_text(source, path), Source):
            homes.update(set(_HOME.findall(page.text)))
    return next((home for home, _ in homes.most_common(1)), "")


def _link_pattern(home: str) -> str:
    """Return a pattern of the addresses of posts, on the publication's host and in Substack's app."""
    name = (urlsplit(home).hostname or "").removesuffix(".substack.com")
    return rf"(?:{re.escape(home)}|https://open\.substack\.com/pub/{re.escape(name)})/p/([\w%-]+)"


def _post(
    source: Path, row: Row, path: str, newest: datetime | None, publication: Publication, home: str
) -> SitePost | Problem:
    name, line = quoted(row["title"] or row["post_id"]), int(row[_LINE])
    kind = row["type"]
    if kind in _NO_POSTS:
        return remark(source, _TABLE, line, f"{name} is {_NO_POSTS[kind]}, so it is left out", "copy it by hand")
    if not path:
        return remark(source, _TABLE, line, f"{name} has no file with its text, so it is left out", "copy it by hand")
    page = read_text(source, path)
    if isinstance(page, Problem):
        return page
    is_draft = row["is_published"].lower() != "true"
    remarks = []
    if not (date := _date(row)):
        remarks.append(("without a date, so it has that of the newest post", "correct it"))
    if row["audience"] not in _PUBLIC:
        problem = f"not for everyone ({row['audience']}), so it is a draft"
        remarks.append((problem, "remove draft: to publish it for everyone"))
    elif kind in _EMAILS:
        remarks.append(("sent by e-mail alone, so it is a draft", "remove draft: to publish it"))
    if lost := left_out(page.text):
        remarks.append((f"has {lost}, which need Substack and are left out", "see whether the text makes sense"))
    slug = row["post_id"].partition(".")[2]
    address = f"/p/{slug}" if slug and not is_draft else ""
    post = HtmlPost(
        source=path,
        title=unescape(row["title"]),
        html=page.text,
        date=date or newest,
        slug=slug,
        address=address,
        id=f"{home or publication.url.rstrip('/')}{address}" if address else "",
        summary=unescape(row.get("subtitle", "")),
        draft=is_draft or not date or row["audience"] not in _PUBLIC or kind in _EMAILS,
        is_page=kind == "page",
        keys=_recording(row),
        remarks=remarks,
    )
    return site_post(source, post, publication, for_readers)


def _recording(row: Row) -> dict[str, Value]:
    address = row.get("podcast_url", "").strip()
    if not is_address(address):
        return {}
    media_type = media_type_of(urlsplit(address).path) or "audio/mpeg"
    return {"enclosure": {"url": address, "type": media_type, "length": "0"}}


def _date(row: Row) -> datetime | None:
    with suppress(InputError):
        return read_date(re.sub(r"\.\d+Z$", "Z", row["post_date"]), UTC, time(12)).moment
    return None
