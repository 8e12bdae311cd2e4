"""Import an export of Medium: the stories in its folder of HTML files."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from dateline.content.dates import read_date
from dateline.errors import InputError, Problem
from dateline.importer.html_tree import parsed_html
from dateline.model import Publication, Source
from dateline.sites.files import read_text, walk
from dateline.sites.html.editors import remote_pictures, with_local_links, words
from dateline.sites.html.elements import by_class, text_in
from dateline.sites.html.posts import HtmlPost, site_post
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


class _Story(NamedTuple):
    """What a page says; `summary` is the subtitle, and `hash` the end of its address, by which Medium knows it."""

    path: str
    title: str
    summary: str
    html: str
    author: str
    address: str
    hash: str
    date: datetime | None
    exported: datetime | None
    is_response: bool


def detect(source: Path) -> bool:
    """Return whether there are pages in the form of Medium's among the first few."""
    files = islice(_files(source), _LOOKED_AT) if source.is_dir() else ()
    texts = (read_text(source, path) for path in files)
    return any(not isinstance(page, Problem) and 'data-field="body"' in page.text for page in texts)


def settings(source: Path) -> Site:
    """Return the author's name as title and author, and the address of a site whose own host most stories are on."""
    footers = [_footer(page.text) for path in _files(source) if isinstance(page := read_text(source, path), Source)]
    names = Counter(text_in(footer, "p-author") for footer in footers)
    name = _profile_name(source) or next((name for name, _ in names.most_common() if name), "")
    hosts = Counter(host for footer in footers if (host := _own_host(_href(footer, "p-canonical"))))
    host, number = next(iter(hosts.most_common(1)), ("", 0))
    url = f"https://{host}/" if number * 2 > len(footers) else ""
    return Site({"title": name, "author": name, "url": url})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:  # noqa: ARG001
    """Yield all stories; drafts and what seem to be responses are drafts."""
    found: list[SitePost] = []
    paths: dict[str, str] = {}
    left = 0
    for path in _files(source):
        story = _story(source, path)
        if isinstance(story, Problem):
            yield story
            continue
        post = site_post(source, _post(story, publication), publication, partial(for_readers, story.title))
        if isinstance(post, Problem):
            yield post
        else:
            found.append(post)
            paths[story.hash] = post.path
            left += bool(story.address) and not _own_host(story.address)
    yield from (with_local_links(post, _LINK_TO_STORY, paths) for post in found)
    if left:
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


def _story(source: Path, path: str) -> _Story | Problem:
    page = read_text(source, path)
    if isinstance(page, Problem):
        return page
    try:
        tree = parsed_html(page.text)
    except InputError as error:
        return remark(source, path, None, error.problem, error.remedy)
    body = tree.find(attrs={"data-field": "body"})
    if body is None:
        return remark(source, path, None, "no story of Medium, so it is left out", "copy its text by hand")
    title, text = text_in(tree, "p-name"), " ".join(body.get_text().split())
    is_short = text.startswith(title.rstrip("….").strip()) and len(text.split()) <= _LONGEST_RESPONSE
    address, published = _href(tree, "p-canonical"), by_class(tree, "dt-published")
    names = (path, address, published.parent.get("href", "") if published else "")
    hashes = (_HASH.search(re.split("[?#]", name)[0]) for name in names)
    exported = _EXPORTED.search(" ".join(tree.get_text().split()))
    begins = text_in(tree, "p-summary")
    is_own = words(begins.rstrip("…")) not in words(text)  # else it is how the text begins
    return _Story(
        path=path,
        title=title,
        summary=text_in(body, "graf--subtitle") or (begins if is_own else ""),
        html=body.decode_contents(),
        author=text_in(tree, "p-author"),
        address=address,
        hash=next((match[1] for match in hashes if match), ""),
        date=_date(published.get("datetime", "")) if published else None,
        exported=_date(exported[1]) if exported else None,
        is_response=is_short and body.find(["h2", "h3", "h4", "figure"]) is None,
    )


def _post(story: _Story, publication: Publication) -> HtmlPost:
    is_draft = story.date is None  # its file is called draft_ something, too
    remarks = []
    if is_draft:
        remarks.append(("a draft without a date has that of the export", "set its date when you publish it"))
    if story.is_response:
        remarks.append(("seems to be a response to another story, so it is a draft", "remove draft:, or the file"))
    last = unquote(urlsplit(story.address).path.rpartition("/")[2]).replace(_COLOURED, "")
    return HtmlPost(
        source=story.path,
        title=story.title,
        html=story.html,
        date=story.date or story.exported,
        slug="" if is_draft else last.removesuffix(story.hash).rstrip("-"),
        address=story.address if story.address.startswith(publication.url) else "",
        id=f"https://medium.com/p/{story.hash}" if story.hash and not is_draft else "",
        authors=[story.author],
        summary=story.summary,
        draft=is_draft or story.is_response,
        remarks=remarks,
    )


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


def _date(text: str) -> datetime | None:
    with suppress(InputError):
        return read_date(re.sub(r"\.\d+Z$", "Z", text), UTC, time(12)).moment
    return None
