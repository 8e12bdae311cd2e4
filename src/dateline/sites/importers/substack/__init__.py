"""Import an export of Substack: `posts.csv` and a folder of HTML files."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from dateline.content.key_values import Value
from dateline.content.media import media_type_of
from dateline.content.urls import is_address
from dateline.errors import Problem, SiteError, quoted
from dateline.model import Publication, Source
from dateline.sites.files import read_large, read_text, walk
from dateline.sites.html.posts import HtmlPost, linked, moment_of, remote_pictures, site_post
from dateline.sites.importers.substack.html import for_readers, left_out, with_footnotes
from dateline.sites.model import Site, SitePost, remark
from dateline.text import LOST, unescape

_TABLE = "posts.csv"
_COLUMNS = {"post_id", "post_date", "is_published", "type", "audience", "title"}
# Where pages name the publication that they are on.
_HOME = re.compile(r"(?:internalRedirect|url)(?:&quot;|\"):(?:&quot;|\")(https?://[\w.-]+)/(?:i/\d|subscribe\?)")
_LIST = re.compile(r"email_list\.([\w-]+)\.csv")
_PICTURE = re.compile(r"https?://(?:substack-post-media\.|bucketeer-|substackcdn\.com/|cdn\.substack\.com/)")
_LINE = "line"  # of a row, as a further column
_PUBLIC = ("", "everyone")
# Rows that are no posts: each kind, and why.
_NO_POSTS = {
    "thread": "is a thread for comments",
    "restack": "is another's post",
    "note": "is a note",
    "chat": "is a chat",
}
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
    """Return the address of the publication, if it has a host of its own. Raises SiteError."""
    rows, problems = _rows(source)
    home = _home(source)
    host = urlsplit(home).hostname or ""
    url = "" if host.endswith("substack.com") else home
    return Site({"url": url and f"{url}/"}, problems=problems, config={"home": home, "rows": rows})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the posts that the table names, with their texts; those that are not for everyone are drafts."""
    home, rows = site.config["home"], site.config["rows"]
    files = [path for path in walk(source) if path.endswith(".html")]
    pages = _by_id(files)
    newest = max(filter(None, (moment_of(row["post_date"]) for row in rows)), default=None)
    found = linked(
        ((_slug(row), _post(source, row, pages.get(row["post_id"], ""), newest, publication, home)) for row in rows),
        _link_pattern(home),
    )
    yield from found
    for path in sorted({*files} - {pages.get(row["post_id"]) for row in rows}):
        yield remark(source, path, None, f"not in {_TABLE}, so it is left out", "copy its text by hand")
    if home and not publication.url.startswith(home):
        problem = f"these posts were at {home}, an address that cannot be kept"
        yield remark(source, "", None, problem, "publish a last post there that names the new one")
    yield from remote_pictures(source, found, _PICTURE, "Substack")


def _by_id(files: Sequence[str]) -> dict[str, str]:
    """Return files by their names without the ending, and by the numbers in these, as some tables have them."""
    names = {path: path.rpartition("/")[2].removesuffix(".html") for path in files}
    return {name.partition(".")[0]: path for path, name in names.items()} | {name: path for path, name in names.items()}


def _rows(source: Path) -> tuple[list[Row], tuple[Problem, ...]]:
    """Return the rows of the table, none if it is another, and a remark if it is in an old encoding."""
    problems: tuple[Problem, ...] = ()
    raw = read_large(source, _TABLE)
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


def _slug(row: Row) -> str:
    """Return the name of a post in its address; rows have it after a number."""
    return row["post_id"].partition(".")[2]


def _post(
    source: Path, row: Row, path: str, newest: datetime | None, publication: Publication, home: str
) -> SitePost | Problem:
    if why := _NO_POSTS.get(row["type"], "" if path else "has no file with its text"):
        name = quoted(row["title"] or row["post_id"])
        return remark(source, _TABLE, int(row[_LINE]), f"{name} {why}, so it is left out", "copy it by hand")
    page = read_text(source, path)
    if isinstance(page, Problem):
        return page
    date, slug, remarks = moment_of(row["post_date"]), _slug(row), [*_withheld(row)]
    is_published = row["is_published"].lower() == "true"
    address = f"/p/{slug}" if slug and is_published else ""
    post = HtmlPost(
        source=path,
        title=unescape(row["title"]),
        html=page.text,
        date=date or newest,
        slug=slug,
        address=address,
        id=f"{home or publication.url.rstrip('/')}{address}" if address else "",
        summary=unescape(row.get("subtitle", "")),
        draft=bool(remarks) or not is_published,
        is_page=row["type"] == "page",
        keys=_recording(row),
        remarks=[*remarks, *_lost(page.text)],
    )
    found = site_post(source, post, publication, for_readers)
    return found if isinstance(found, Problem) else found._replace(text=with_footnotes(found.text))


def _withheld(row: Row) -> Iterator[tuple[str, str]]:
    """Yield why a post has to be a draft, and what to do about it."""
    if not moment_of(row["post_date"]):
        yield "without a date, so it has that of the newest post", "correct it"
    if row["audience"] not in _PUBLIC:
        problem = f"not for everyone ({row['audience']}), so it is a draft"
        yield problem, "remove draft: to publish it for everyone"
    elif row["type"] in _EMAILS:
        yield "sent by e-mail alone, so it is a draft", "remove draft: to publish it"


def _lost(html: str) -> Iterator[tuple[str, str]]:
    if lost := left_out(html):
        yield f"has {lost}, which need Substack and are left out", "see whether the text makes sense"


def _recording(row: Row) -> dict[str, Value]:
    address = row.get("podcast_url", "").strip()
    if not is_address(address):
        return {}
    media_type = media_type_of(urlsplit(address).path) or "audio/mpeg"
    return {"enclosure": {"url": address, "type": media_type, "length": "0"}}
