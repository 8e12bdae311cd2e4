"""Choose which pages of a site become pages of the publication, and give each a file for its address.

Left out are the home page, pages that Dateline makes itself or that list posts, what is no text in Markdown or has no
known address, and what a build would refuse. Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from dateline.content.edit import source_with_keys
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ADDRESSES, AUTHORS, DATES, LATE_DATES, MENU
from dateline.content.key_values import Fields, Value
from dateline.content.scan import PAGES_FOLDER, bare, is_post_file
from dateline.content.urls import PAGE_ENDINGS, is_below, page_key, page_url, redirect_path
from dateline.errors import InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.render.template_code import constructs
from dateline.sites.files import parsed, text_of
from dateline.sites.model import NO_KEYS, SitePost
from dateline.sites.placing import placed
from dateline.text import edited

# The files of pages that Dateline makes itself, and folders of such.
_MADE = ("index.html", "404.html", "archive/index.html", "subscribe/index.html", "corrections/index.html")
_FOLDERS_MADE = ("archive/", "tags/", "authors/")
# A page that lists posts, or shows something else that its generator makes.
_LIST = re.compile(
    r"\{%-?\s*(?:for|paginate)\b|\{\{-?\s*range\b|\b(?:site\.(?:posts|tags|categories|pages)|collections\.)"
)
_NO_TEXT = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_MENUS = (MENU, "eleventynavigation", "nav_order")  # where generators say that a page is in the menu


def own_pages(
    pages: Iterable[SitePost], posts: Sequence[SitePost], publication: Publication, menu: Mapping[str, str] = NO_KEYS
) -> tuple[list[SitePost], list[SitePost]]:
    """Return the pages to import, with paths and keys for the folder of posts, and the others.

    `menu` is that of a `Site`.
    """
    places = {page_key(urljoin(publication.url, address)): place for address, place in menu.items()}
    taken = {page_key(urljoin(publication.url, post.address)) for post in posts if post.address}
    found: list[SitePost] = []
    others: list[SitePost] = []
    for page in pages:
        page, address = _at_home(page, publication.url)
        if place := places.get(page_key(address), menu.get(page.source)):
            page = page._replace(keys={**page.keys, MENU: place})
        if page_key(address) in taken or not (prepared := _prepared(page, address, publication)):
            others.append(page)
        else:
            taken.add(page_key(address))
            found.append(prepared)
    finished: list[SitePost] = []
    for page in placed(found, publication.languages):
        done = _finished(page._replace(path=f"{PAGES_FOLDER}/{page.path}"), publication)
        (finished if done else others).append(done or page)
    return finished, others


def _at_home(page: SitePost, home: str) -> tuple[SitePost, str]:
    """Return a page and its full address, which is on this site even if that moves to another host."""
    address = urljoin(home, page.address)
    if not is_below(address, home):
        address = urljoin(home, urlsplit(address).path)
        page = page._replace(address=address if page.address else "")
    return page, address


def _prepared(page: SitePost, address: str, publication: Publication) -> SitePost | None:
    """Return a page with a path that follows from its address; None for one that is not imported."""
    home = publication.url
    if not (page.address and is_post_file(page.path) and is_below(address, home)):
        return None
    with suppress(InputError, PostError):
        file = redirect_path(address, home)
        fields, body = split(Source(page.path, page.text))
        homes = {f"{language}/index.html" for language in publication.languages}
        if file in {*_MADE, *homes} or file.startswith(_FOLDERS_MADE) or not _is_text(body.text):
            return None
        path = next(file.removesuffix(end) for end in ("/index.html", *PAGE_ENDINGS) if file.endswith(end))
        keys = {**page.keys, **_keys(fields, page.keys)}
        return page._replace(path=f"{path}.md", keys=keys, id="")
    return None


def _is_text(markdown: str) -> bool:
    """Return whether a page says something itself."""
    if _LIST.search(markdown):
        return False
    code = [(one.start, one.end, "") for one in constructs(markdown)]
    return re.search(r"\w", _NO_TEXT.sub("", edited(markdown, code))) is not None


def _keys(fields: Fields, known: Mapping[str, Value | None]) -> dict[str, Value | None]:
    """Return further keys of a page: no date and no author, which sites rarely show, and its position in the menu."""
    dropped = (*DATES, *LATE_DATES, *AUTHORS, *_MENUS)
    keys: dict[str, Value | None] = {key: None for key in dropped if key in fields.values or key in known}
    if place := next(filter(None, (_position(fields.get(key)) for key in _MENUS)), _position(known.get(MENU))):
        keys[MENU] = place
    return keys


def _position(value: Value | None) -> str:
    """Return the number that a page has in the menu of its generator; empty if it is not in one."""
    if isinstance(value, dict):
        tables = [item for item in value.values() if isinstance(item, dict)]
        table = next(iter(tables), value)
        return _position(next((table[key] for key in ("weight", "order") if key in table), "1"))
    text = text_of(value[0] if isinstance(value, list) and value else value)
    if re.fullmatch(r"\d{1,9}", text):
        return text
    return "1" if text.lower() in ("main", "true", "header", "top") else ""


def _finished(page: SitePost, publication: Publication) -> SitePost | None:
    """Return a page that says its title and, if that does not follow from the path of its file, its address.

    None for one that a build would refuse.
    """

    def read(keys: Mapping[str, Value | None]) -> tuple[str, list[Problem]]:
        with suppress(PostError):
            found = parsed(source_with_keys(Source(page.path, page.text), keys), publication)
            return (page_key(found[0].url), found[1].errors) if found else ("", [])
        return "", []

    address, name = urljoin(publication.url, page.address), bare(page.path.rpartition("/")[2])
    keys = {**page.keys, **dict.fromkeys((*ADDRESSES, "slug"))}
    if not keys.get("title"):
        keys.pop("title", None)
        if any(error.problem.startswith("title: missing") for error in read(keys)[1]):
            keys["title"] = " ".join(re.split(r"[-_\s]+", name)).strip().capitalize()
    if read(keys)[0] != page_key(address):
        keys["permalink"] = f"/{page_url(redirect_path(address, publication.url))}"
    return page._replace(keys=keys) if read(keys) == (page_key(address), []) else None
