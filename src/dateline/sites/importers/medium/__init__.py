"""Import an export of Medium: the stories in its folder of HTML files."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dateline.errors import InputError, Problem
from dateline.importer.html_tree import parsed_html
from dateline.model import Publication, Source
from dateline.sites.addresses import path_of
from dateline.sites.files import read_text, walk
from dateline.sites.html.editors import words
from dateline.sites.html.elements import by_class, text_in
from dateline.sites.html.posts import HtmlPost, linked, moment_of, remote_pictures, site_post
from dateline.sites.importers.medium.html import for_readers
from dateline.sites.model import Site, SitePost, remark
from dateline.text import counted

_LOOKED_AT = 5  # files that show whether this is an export
_LONGEST_RESPONSE = 300  # words
_HASH = re.compile(r"(?:^|[-/_])([0-9a-f]{9,12})(?:\.html)?$")
_LINK_TO_STORY = r"""https?://[^\s()"?#]*?[-/]([0-9a-f]{9,12})"""
_EXPORTED = re.compile(r"Exported from Medium on (\w+ \d+, \d+)")
_PICTURE = re.compile(r"https?://(?:cdn-images-\d|miro)\.medium\.com/")
_COLOURED = "\ufe0f"  # follows an emoji


def detect(source: Path) -> bool:
    """Return whether there are pages in the form of Medium's among the first few."""
    files = islice(_files(source), _LOOKED_AT) if source.is_dir() else ()
    texts = (read_text(source, path) for path in files)
    return any(not isinstance(page, Problem) and 'data-field="body"' in page.text for page in texts)


def settings(source: Path) -> Site:
    """Return the author's name as title and author, and the address of a site whose own host most stories are on."""
    footers = [_footer(page.text) for path in _files(source) if isinstance(page := read_text(source, path), Source)]
    names = Counter(filter(None, (text_in(footer, "p-author") for footer in footers)))
    name = _profile_name(source) or next((name for name, _ in names.most_common(1)), "")
    addresses = [address for footer in footers if (address := _href(footer, "p-canonical"))]
    hosts = Counter(filter(None, map(_own_host, addresses)))
    host, number = next(iter(hosts.most_common(1)), ("", 0))
    url = f"https://{host}/" if number * 2 > len(footers) else ""
    left = len(addresses) - hosts.total()
    return Site({"title": name, "author": name, "url": url}, config={"left": left})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield all stories; drafts and what seem to be responses are drafts."""
    found = linked((_post(source, path, publication) for path in _files(source)), _LINK_TO_STORY)
    yield from found
    if left := site.config["left"]:
        problem = f"{counted(left, 'post')} had an address of Medium's, which cannot be kept"
        yield remark(source, "", None, problem, "publish a last story there that names the new address")
    yield from remote_pictures(source, found, _PICTURE, "Medium")


def _files(source: Path) -> Iterator[str]:
    folder = "posts" if (source / "posts").is_dir() else ""
    return (path for path in walk(source, folder) if path.endswith(".html"))


def _footer(page: str) -> Any:
    """Return the tree of the end of a page, which is read faster than the page; an empty one if it cannot be read."""
    with suppress(InputError):
        return parsed_html(page[max(page.rfind("<footer"), 0) :])
    return parsed_html("")


def _post(source: Path, path: str, publication: Publication) -> tuple[str, SitePost | Problem]:
    """Return the end of a story's address, by which Medium knows it, and the story."""
    page = read_text(source, path)
    if isinstance(page, Problem):
        return "", page
    try:
        tree = parsed_html(page.text)
    except InputError as error:
        return "", remark(source, path, None, error.problem, error.remedy)
    body = tree.find(attrs={"data-field": "body"})
    if body is None:
        return "", remark(source, path, None, "no story of Medium, so it is left out", "copy its text by hand")
    hash, title = _hash(path, tree), text_in(tree, "p-name")
    story = _story(path, title, hash, tree, body, publication)
    return hash, site_post(source, story, publication, partial(for_readers, title))


def _story(path: str, title: str, hash: str, tree: Any, body: Any, publication: Publication) -> HtmlPost:
    published, address = by_class(tree, "dt-published"), _href(tree, "p-canonical")
    date = moment_of(published.get("datetime", "")) if published else None
    is_response = _is_response(title, body)
    remarks = []
    if date is None:  # its file is called draft_ something, too
        remarks.append(("a draft without a date has that of the export", "set its date when you publish it"))
    if is_response:
        remarks.append(("seems to be a response to another story, so it is a draft", "remove draft:, or the file"))
    last = path_of(address).rpartition("/")[2].replace(_COLOURED, "")
    return HtmlPost(
        source=path,
        title=title,
        html=body.decode_contents(),
        date=date or _exported(tree),
        slug=last.removesuffix(hash).rstrip("-") if date else "",
        address=address if address.startswith(publication.url) else "",
        id=f"https://medium.com/p/{hash}" if hash and date else "",
        authors=[text_in(tree, "p-author")],
        summary=_summary(tree, body),
        draft=date is None or is_response,
        remarks=remarks,
    )


def _hash(path: str, tree: Any) -> str:
    published = by_class(tree, "dt-published")
    names = (path, _href(tree, "p-canonical"), published.parent.get("href", "") if published else "")
    hashes = (_HASH.search(re.split("[?#]", name)[0]) for name in names)
    return next((match[1] for match in hashes if match), "")


def _exported(tree: Any) -> datetime | None:
    match = _EXPORTED.search(" ".join(tree.get_text().split()))
    return moment_of(match[1]) if match else None


def _summary(tree: Any, body: Any) -> str:
    """Return the subtitle; or the summary, unless that is how the text begins."""
    begins = text_in(tree, "p-summary")
    is_own = words(begins.rstrip("…")) not in words(body.get_text())
    return text_in(body, "graf--subtitle") or (begins if is_own else "")


def _is_response(title: str, body: Any) -> bool:
    """Return whether a story is short and has its beginning as its title, as responses do."""
    text = " ".join(body.get_text().split())
    is_short = text.startswith(title.rstrip("….").strip()) and len(text.split()) <= _LONGEST_RESPONSE
    return is_short and body.find(["h2", "h3", "h4", "figure"]) is None


def _profile_name(source: Path) -> str:
    page = read_text(source, "profile/profile.html")
    with suppress(InputError):
        return "" if isinstance(page, Problem) else text_in(parsed_html(page.text), "p-name")
    return ""


def _own_host(address: str) -> str:
    """Return the host of an address; empty if it is one of Medium's."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return "" if host == "medium.com" or host.endswith(".medium.com") else host


def _href(tree: Any, name: str) -> str:
    """Return the address of the first link of a class; empty if there is none."""
    link = by_class(tree, name)
    return str(link.get("href", "")) if link is not None else ""
