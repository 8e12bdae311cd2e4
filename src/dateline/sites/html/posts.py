"""Make posts of exports that keep texts as HTML, and everything else in fields."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline.content.dates import read_date
from dateline.content.ids import MAX_SLUG, is_label_slug, label_key, post_file_name, post_slug, shorten, slugify
from dateline.content.key_values import Value
from dateline.errors import InputError, Problem, quoted
from dateline.importer.drafts import author_names, one_or_list, tag_names, written_moment
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Publication
from dateline.render.html import html_to_text
from dateline.render.sanitise import uniform
from dateline.sites.model import NO_KEYS, SitePost, remark
from dateline.text import counted, first_words

_UNTITLED = "Untitled"
_NO_KEYS, _DRAFT = "---\n---\n", "---\ndraft: true\n---\n"


class HtmlPost(NamedTuple):
    """A post of an export; `title` and `summary` are plain text.

    - `source`: the file that it is in, relative to the source.
    - `date`: written in its time zone, but in the publication's if it is in UTC; None if it has none.
    - `slug`: the name in its address, percent-encoded or not; empty for one that its title makes.
    - `keys`: further ones, of which those that are empty are left out.
    - `remarks`: what a person has to know or do about it, each with what to do.

    `address`, `id` and `is_page` are those of a `SitePost`.
    """

    source: str
    title: str
    html: str
    date: datetime | None
    slug: str = ""
    address: str = ""
    id: str = ""
    authors: Sequence[str] = ()
    tags: Sequence[str] = ()
    summary: str = ""
    draft: bool = False
    is_page: bool = False
    keys: Mapping[str, Value] = NO_KEYS
    remarks: Sequence[tuple[str, str]] = ()


def site_post(
    source: Path, post: HtmlPost, publication: Publication, rewrite: Callable[[str], str] = str
) -> SitePost | Problem:
    """Return a post as Markdown, or why it cannot be converted. `source` is the file or the folder of the export.

    `rewrite` changes its HTML first, and may raise InputError.
    """
    title = " ".join(post.title.split())
    try:
        markdown = html_to_markdown(rewrite(post.html), post.address or publication.url, publication.markdown)
    except InputError as error:
        problem = f"the post {quoted(title)} is left out: {error.problem}"
        return remark(source, post.source, None, problem, error.remedy)
    name = title or first_words(plain_text(post.html)) or unquote(post.slug) or _UNTITLED
    date = _written(post.date, publication)
    return SitePost(
        path=_path(post, name, date),
        source=(post.address or name) if post.is_page else post.source,  # by which the report calls it
        text=f"{_DRAFT if post.draft else _NO_KEYS}{markdown}\n",
        keys={"title": title if post.html.strip() else name, **_keys(post, date, publication)},
        address=post.address,
        id=post.id,
        is_page=post.is_page,
        problems=tuple(remark(source, post.source, None, f"{quoted(name)}: {what}", how) for what, how in post.remarks),
    )


def _path(post: HtmlPost, title: str, date: str) -> str:
    slug = shorten(post_slug(unquote(post.slug)) or slugify(title) or "post")
    return post_file_name(datetime.fromisoformat(date), slug) if date and not post.is_page else f"{slug}.md"


def _written(moment: datetime | None, publication: Publication) -> str:
    if moment is None:
        return ""
    is_utc = not moment.utcoffset()
    return written_moment(moment, publication, None) if is_utc else moment.isoformat(timespec="seconds")


def _keys(post: HtmlPost, date: str, publication: Publication) -> dict[str, Value]:
    """Return the keys of a post that have a value, apart from its title."""
    names = author_names(post.authors, publication)
    is_usual = names == [author.name for author in publication.authors]
    keys: dict[str, Value] = {
        "date": date,
        "author": "" if is_usual else one_or_list(names),
        "tags": [*tag_names(post.tags, publication)],
        "summary": " ".join(post.summary.split()),
        **post.keys,
    }
    return {key: value for key, value in keys.items() if value}


def linked(posts: Iterable[tuple[str, SitePost | Problem]], address: str) -> list[SitePost | Problem]:
    """Return posts whose links to one another lead to their files; each comes with the name in its address.

    `address` is a pattern of addresses, with a group for that name.
    """
    named = [*posts]
    paths = {name: post.path for name, post in named if isinstance(post, SitePost)}
    link = re.compile(rf"""(\]\(|href=")(?:{address})(?:\?[^\s()"#]*)?(?:#[^\s()"]*)?(?=[)" ])""")

    def local(found: re.Match[str]) -> str:
        return f"{found[1]}{paths[found[2]]}" if found[2] in paths else found[0]

    return [post._replace(text=link.sub(local, post.text)) if isinstance(post, SitePost) else post for _, post in named]


def remote_pictures(
    source: Path, posts: Iterable[SitePost | Problem], address: re.Pattern[str], host: str
) -> Iterator[Problem]:
    """Yield a remark if posts show pictures that stay where they are, at addresses that begin like this."""
    texts = [post.text for post in posts if isinstance(post, SitePost)]
    numbers = [number for text in texts if (number := len(address.findall(text)))]
    if numbers:
        problem = f"{counted(sum(numbers), 'picture')} of {counted(len(numbers), 'post')} stay on the server of {host}"
        yield remark(source, "", None, problem, "save them beside the posts before you close your account there")


def moment_of(text: str) -> datetime | None:
    """Return a date of an export, which is in UTC unless it says otherwise; None if it cannot be read."""
    with suppress(InputError):
        return read_date(re.sub(r"\.\d+(?=Z$)", "", text), UTC, time(12)).moment
    return None


def label_slugs(found: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return those slugs of names, of tags or authors, that differ from the slugs that Dateline gives them."""
    slugs: dict[str, str] = {}
    known: set[str] = set()
    for name, slug in found:
        is_usable = name and is_label_slug(slug) and len(slug.encode()) <= MAX_SLUG
        if is_usable and known.isdisjoint({f"name {label_key(name)}", f"slug {slug}"}):
            known |= {f"name {label_key(name)}", f"slug {slug}"}
            slugs[name] = slug
    return {name: slug for name, slug in slugs.items() if slugify(name) != slug}


def plain_text(html: str) -> str:
    """Return what HTML says, as text on one line; empty if it cannot be read."""
    with suppress(InputError):
        return html_to_text(uniform(html))
    return ""
