"""The addresses of a post: its id, its page, and old addresses that redirect to that."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote

from dateline.content import validators as read
from dateline.content.dates import Date
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import ADDRESSES, ALIASES
from dateline.content.ids import corrections_id, derived_id, id_suffix, post_id, post_slug, split_date, stem_of
from dateline.content.key_values import Fields, Value
from dateline.content.languages import listed
from dateline.content.scan import PAGES_FOLDER, bare, path_among_pages
from dateline.content.urls import has_host, is_below, output_path, page_url, permalink, redirect_path
from dateline.errors import InputError, Problem, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Publication, Source
from dateline.text import forbidden_character

# Patterns for addresses: placeholders of Jekyll, Hugo and Hexo, templates, and Jekyll's names of patterns.
_PATTERN = lazy_pattern(r"(?:^|/):\w|[{}<>*\[\]]")
_NAMED_PATTERNS = {"date", "none", "ordinal", "pretty", "weekdate"}


class Place(NamedTuple):
    """What a post is known by: its id, and the URL of its page, relative to the publication's.

    All versions of a post in several languages have the same key, `versions`.
    """

    id: str
    address: str
    versions: str


def read_place(
    fields: Fields, stem: str, edition: str, published: Date, publication: Publication, *, is_note: bool
) -> Place:
    """Return what front matter asks for, and else what follows from the path and date of a post.

    `stem` is its file's name.
    """
    slug = _slug(fields, stem, _time_in_month(published) if is_note else "")
    address = _address(fields, home_of(publication))
    path = path_among_pages(fields.path)
    if path is None:
        own_id = post_id(publication.id, stem + id_suffix(fields.path, edition, publication.languages))
        versions = stem
        address = address or permalink(publication.permalink, published.moment, slug)
    else:
        folders = _folders_of_page(path, edition)
        own_id = derived_id(publication.id, f"pages/{quote(normalize('NFC', path))}")
        versions = "/".join(["", *folders, stem])
        address = address or _address_of_page(fields, folders, slug)
    return Place(_id(fields, own_id, publication), _in_folder(edition, address), versions)


def home_of(publication: Publication) -> str:
    """Return the URL under which old addresses are: that of the publication on the web, in a preview too."""
    return publication.url_on_the_web or publication.url


def _id(fields: Fields, own: str, publication: Publication) -> str:
    """Return the id that is written, or else the post's `own`."""

    def written(value: Value) -> str:
        text = read.verbatim(value)
        if text != text.strip() or "\n" in text or forbidden_character(text):
            raise InputError(f"{quoted(text)} contains a control character, or white space at its ends", "remove it")
        return text

    id = fields.take("id", written) or own
    if id == publication.id:
        fields.wrong("id", "same as the publication's", "give the post its own")
    if id == corrections_id(publication.id):
        fields.wrong("id", "same as the feed of corrections", "rename the file, or give the post its own id:")
    return id


def _slug(fields: Fields, stem: str, default: str) -> str:
    def read_slug(value: Value) -> str:
        text = read.verbatim(value)
        if re.search(r"[/\\\x00-\x1f]", text):
            raise InputError(f"{quoted(text)} is not a slug", "use letters, digits and hyphens, like cecot-prison")
        return text

    written = fields.take("slug", read_slug)
    slug = post_slug((split_date(stem)[1] or default) if written is None else written)
    if not slug and (written is not None or fields.get("slug") is None):
        name = "the file name" if written is None else quoted(written)
        fields.wrong("slug", f"{name} has no letter or digit", "add slug: and a short name")
    return slug


def _time_in_month(published: Date) -> str:
    """Return the slug of a note whose file has no name but a date: the day and the time, if one was written."""
    return f"{published.moment:%d-%H%M}" if published.timed else f"{published.moment:%d}"


def _address(fields: Fields, home: str) -> str | None:
    """Return the URL of the post's page, relative to the publication's, that front matter asks for.

    Patterns, which are for other tools, and addresses on other sites are ignored with a remark.
    """

    def read_address(value: Value) -> str:
        return page_url(redirect_path(read.stripped(value), home))

    for key in ADDRESSES:
        text = fields.get(key)
        if not isinstance(text, str) or text.lower() in read.NO:
            continue
        if _PATTERN.search(text) or text in _NAMED_PATTERNS:
            fields.remark(
                key, f"{quoted(text)} is a pattern, so it is ignored", "write the address itself, or remove it"
            )
        elif has_host(text) and not is_below(text, home):
            fields.remark(
                key, f"{quoted(text)} is not under {home}, so it is ignored", "write link: for it, or remove it"
            )
        elif address := fields.take(key, read_address):
            return address
    return None


def _folders_of_page(path: str, edition: str) -> list[str]:
    """Return the folders in the address of a page, without that of its edition. `path` is below that of pages."""
    folders = path.split("/")[:-1]
    if bare(path).rpartition("/")[2].partition(".")[0] == "index":
        folders = folders[:-1]  # its own name is that of its folder
    return folders[1:] if edition and folders and listed(folders[0], [edition]) else folders


def _address_of_page(fields: Fields, folders: Sequence[str], slug: str) -> str:
    """Return the URL of a page, relative to the publication's: the path of its file."""
    if stem_of(fields.path) == PAGES_FOLDER:
        fields.wrong("slug", "the home page is made from the posts", "rename the file, like about.md")
    return quote("/".join([*(post_slug(name) or name for name in folders), slug, ""]))


def _in_folder(edition: str, path: str) -> str:
    """Return the path of a page in the folder of an edition, which may be written in it already."""
    return path if not edition or path.startswith(f"{edition}/") else f"{edition}/{path}"


def read_aliases(fields: Fields, home: str, own: str) -> tuple[str, ...]:
    """Return the paths of pages at old addresses, which redirect to `own`."""
    if not (keys := fields.among(ALIASES)):
        return ()
    of_own = output_path(own.removeprefix(home)) if own.startswith(home) else None

    def paths_of(value: Value) -> list[str]:
        items = list(map(read.stripped, read.as_list(value)))
        if tags := [item for item in items if item.startswith("#")]:
            fields.remark("aliases", f"{quoted(tags[0])} is a tag and no address, so it is ignored", "remove it")
        paths = read.each(lambda item: redirect_path(item, home), (item for item in items if item not in tags))
        if of_own in paths:
            raise InputError(f"{quoted(own)} is the post's current address", "list only old ones")
        return paths

    return tuple(dict.fromkeys(path for key in keys for path in fields.take(key, paths_of) or ()))


def alias_errors(source: Source, problems: Iterable[str]) -> list[Problem]:
    """Return the errors for old addresses that another post claims too."""
    fields, _ = split(source)
    key = fields.first(*ALIASES) or ALIASES[0]
    return [fields.error(key, problem, "keep it in one of the two").problem for problem in problems]
