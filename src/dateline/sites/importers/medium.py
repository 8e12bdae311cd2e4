"""Import an export of Medium: the stories in its folder of HTML files."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from dateline.content.dates import read_date
from dateline.errors import InputError, Problem
from dateline.importer.html_to_markdown import parsed_html
from dateline.model import Publication, Source
from dateline.sites.files import read_text, walk
from dateline.sites.html_posts import HtmlPost, site_post
from dateline.sites.html_tree import as_code, html_of, paragraph, replace_embeds, text_in, with_class
from dateline.sites.model import Site, SitePost, remark
from dateline.text import counted

_LOOKED_AT = 5  # files that show whether this is an export
_LONGEST_RESPONSE = 300  # words
_HASH = re.compile(r"(?:^|[-/_])([0-9a-f]{9,12})(?:\.html)?$")
_LINK_TO_STORY = re.compile(
    r"""(\]\(|href=")https?://[^\s()"?#]*?[-/]([0-9a-f]{9,12})(?:\?[^\s()"#]*)?(?:#[^\s()"]*)?(?=[)" ])"""
)
_EXPORTED = re.compile(r"Exported from Medium on (\w+ \d+, \d+)")
_PICTURE = re.compile(r"https?://(?:cdn-images-\d|miro)\.medium\.com/")
_COLOURED = "\ufe0f"  # follows an emoji
_MEDIUM = "medium.com"


class _Story(NamedTuple):
    """What is around the text of a story: the `body` is a part of the `tree` of the page."""

    path: str
    tree: Any
    body: Any
    title: str
    author: str
    address: str
    hash: str
    date: datetime | None
    exported: datetime | None


def detect(source: Path) -> bool:
    """Return whether there are pages in the form of Medium's among the first few."""
    files = list(_files(source))[:_LOOKED_AT] if source.is_dir() else []
    texts = (read_text(source, path) for path in files)
    return any(not isinstance(page, Problem) and 'data-field="body"' in page.text for page in texts)


def settings(source: Path) -> Site:
    """Return the author's name as title and author, and the address of a site whose own host most stories are on."""
    footers = [_footer(page.text) for path in _files(source) if isinstance(page := read_text(source, path), Source)]
    names = Counter(text_in(next(with_class(footer, "p-author"), None)) for footer in footers)
    name = _profile_name(source) or next((name for name, _ in names.most_common() if name), "")
    hosts = Counter(host for footer in footers if (host := _own_host(_href(footer, "p-canonical"))))
    host, number = next(iter(hosts.most_common(1)), ("", 0))
    if number * 2 > len(footers):
        return Site({"title": name, "author": name, "url": f"https://{host}/"})
    problem = "the addresses of these posts are Medium's, so they cannot be kept"
    remedy = "give the new address with --url, and publish a last story on Medium that names it"
    return Site({"title": name, "author": name}, problems=(remark(source, "", None, problem, remedy),))


def posts(source: Path, _site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield all stories; drafts and what seem to be responses are drafts."""
    found: list[SitePost] = []
    paths: dict[str, str] = {}
    for path in _files(source):
        story = _story(source, path)
        post = site_post(source, _post(story, publication), publication) if isinstance(story, _Story) else story
        if isinstance(post, SitePost) and isinstance(story, _Story):
            found.append(post)
            paths[story.hash] = post.path
        elif isinstance(post, Problem):
            yield post
    for post in found:
        yield post._replace(text=_LINK_TO_STORY.sub(lambda link: _link(link, paths), post.text))
    pictures = [len(_PICTURE.findall(post.text)) for post in found]
    if number := sum(pictures):
        problem = f"{counted(number, 'picture')} of {counted(sum(map(bool, pictures)), 'post')} stay on Medium's server"
        yield remark(source, "", None, problem, "save them beside the posts before you close your account there")


def _files(source: Path) -> Iterator[str]:
    folder = "posts" if (source / "posts").is_dir() else ""
    return (path for path in walk(source, folder) if path.endswith(".html"))


def _footer(page: str) -> Any:
    """Return the tree of the end of a page, which is read faster than the page; empty if it cannot be read."""
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
    address = _href(tree, "p-canonical")
    published = next(with_class(tree, "dt-published"), None)
    found = (
        _HASH.search(re.split("[?#]", text)[0])
        for text in (path, address, published.parent.get("href", "") if published else "")
    )
    exported = _EXPORTED.search(text_in(tree.find("footer")))
    return _Story(
        path=path,
        tree=tree,
        body=body,
        title=text_in(next(with_class(tree, "p-name"), None)),
        author=text_in(next(with_class(tree, "p-author"), None)),
        address=address,
        hash=next((match[1] for match in found if match), ""),
        date=_date(published.get("datetime", "")) if published else None,
        exported=_date(exported[1]) if exported else None,
    )


def _post(story: _Story, publication: Publication) -> HtmlPost:
    is_draft = story.path.rpartition("/")[2].startswith("draft_")
    remarks = []
    if is_draft and not story.date:
        remarks.append(("a draft without a date has that of the export", "set its date when you publish it"))
    is_response = _is_response(story)
    if is_response:
        remarks.append(("seems to be a response to another story, so it is a draft", "remove draft:, or the file"))
    summary = _tidy(story)
    last = unquote(urlsplit(story.address).path.rpartition("/")[2]).replace(_COLOURED, "")
    return HtmlPost(
        source=story.path,
        title=story.title,
        html=html_of(story.body),
        date=story.date or story.exported,
        slug="" if is_draft else last.removesuffix(story.hash).rstrip("-"),
        address=story.address if story.address.startswith(publication.url) else "",
        id=f"https://medium.com/p/{story.hash}" if story.hash and not is_draft else "",
        authors=[story.author] if story.author and story.author != publication.authors[0].name else [],
        summary=summary,
        draft=is_draft or is_response,
        remarks=remarks,
    )


def _is_response(story: _Story) -> bool:
    """Return whether a story has no title but its first words, and no more than a few paragraphs."""
    text = text_in(story.body)
    begins = text.startswith(story.title.rstrip("….").strip())
    return begins and len(text.split()) <= _LONGEST_RESPONSE and story.body.find(["h2", "h3", "h4", "figure"]) is None


def _tidy(story: _Story) -> str:
    """Leave in the body what belongs to the text, in a form that Markdown has, and return the subtitle."""
    tree, body = story.tree, story.body
    title = next(
        (el for el in body.find_all(["h2", "h3", "h4"], limit=2) if _words(text_in(el)) == _words(story.title)), None
    )
    subtitle = next(with_class(body, "graf--subtitle"), None)
    summary = text_in(subtitle)
    for element in (title, subtitle, body.find("hr")):  # a line is above each section, the first one included
        if element is not None:
            element.decompose()
    for card in with_class(body, "graf--mixtapeEmbed"):
        link = card.find("a")
        text = text_in(link and link.find(["strong", "span"])) or text_in(link)
        card.replace_with(paragraph(tree, text, link["href"])) if text and link.get("href") else card.decompose()
    for tweet in with_class(body, "twitter-tweet"):
        link = tweet.find("a", href=True)
        tweet.replace_with(paragraph(tree, "Post on X", link["href"])) if link else tweet.decompose()
    replace_embeds(tree, body)
    _join(tree, body)
    text = text_in(next(with_class(tree, "p-summary"), None))
    is_own = text and _words(text.rstrip("…")) not in _words(text_in(body))  # else it is how the text begins
    return summary or (text if is_own else "")


def _join(tree: Any, body: Any) -> None:
    """Make one block of code, and one quotation, of what Medium writes as several, one for each paragraph."""
    for pre in body.find_all("pre"):
        before = pre.find_previous_sibling()
        language = pre.get("data-code-block-lang", "")
        as_code(tree, pre, language)
        if before is not None and before.name == "pre" and not (language or before.code.attrs):
            pre.code.insert(0, f"{before.get_text()}\n\n")
            before.decompose()
    for quote in body.find_all("blockquote"):
        before = quote.find_previous_sibling()
        quote.name = "p"
        if before is None or before.name != "blockquote":
            quote.wrap(tree.new_tag("blockquote"))
        else:
            before.append(quote)


def _words(text: str) -> str:
    """Return the letters and digits of a text, by which its copies are recognised."""
    return "".join(filter(str.isalnum, text.casefold()))


def _link(link: re.Match[str], paths: dict[str, str]) -> str:
    """Return the beginning of a link to a story, which leads to the post that it is now."""
    return f"{link[1]}{paths[link[2]]}" if link[2] in paths else link[0]


def _profile_name(source: Path) -> str:
    page = read_text(source, "profile/profile.html")
    with suppress(InputError):
        return "" if isinstance(page, Problem) else text_in(next(with_class(parsed_html(page.text), "p-name"), None))
    return ""


def _own_host(address: str) -> str:
    """Return the host of an address; empty if it is one of Medium's."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    return "" if host == _MEDIUM or host.endswith(f".{_MEDIUM}") else host


def _href(tree: Any, name: str) -> str:
    """Return the address of the first link of a class; empty if there is none, or none that can be read."""
    link = next(with_class(tree, name), None)
    return str(link.get("href", "")) if link is not None else ""


def _date(text: str) -> datetime | None:
    with suppress(InputError):
        return read_date(re.sub(r"\.\d+Z$", "Z", text), UTC, time(12)).moment
    return None
