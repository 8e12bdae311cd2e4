"""Convert entries of a feed to new posts, which are drafts until the author has read them."""

import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from dateline.content.authors import authors
from dateline.content.edit import with_keys
from dateline.content.ids import label_slug, post_file_name, slugify
from dateline.content.key_values import Fields, Value
from dateline.content.media import media_type_of, read_enclosures, read_episode
from dateline.content.urls import is_address, page_url, permalink, redirect_path
from dateline.content.validators import line_of_text
from dateline.errors import InputError, PostError, Problem, quoted
from dateline.formats.items import Item, ItemEnclosure
from dateline.importer.matching import link_keys, moment_of, plain_title, slugs_of
from dateline.model import Podcast, Publication, Source
from dateline.render.html import html_to_text
from dateline.text import clock, first_words

_MAX_SLUG = 80  # bytes
# Types that say nothing: some programs write them, and feedparser does for a link of Atom without a type.
_VAGUE_TYPES = ("", "application/octet-stream", "text/html")
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\"\\^`{|}]")
_BOOLEANS = {"yes": "true", "explicit": "true", "true": "true", "no": "false", "clean": "false", "false": "false"}


class Taken(NamedTuple):
    """Paths and URLs that posts have already, and the `last` number that was appended to each name."""

    paths: set[str]
    urls: set[str]
    last: dict[str, int]


def draft_of(
    item: Item, publication: Publication, folder: Path, taken: Taken
) -> tuple[Source, dict[str, Value], list[str]]:
    """Return a new post of an item, the keys of its front matter, and notes on what is left out of that.

    Its path and URL are not `taken`, and no file in `folder` has that path. If the item has another URL, that becomes
    an alias if it can be one. Raises PostError, or InputError for a text that cannot be converted.
    """
    moment = moment_of(item)
    if moment is None:
        raise InputError("no date in the feed that a post can have", "write the post by hand")
    date = written_moment(moment, publication, None)
    day = datetime.fromisoformat(date)
    title = plain_title(item.title)
    if not (title or item.html.strip() or item.enclosures):
        raise InputError("neither a title nor a text in the feed", "write the post by hand")
    wanted = _slug(item, title or first_words(html_to_text(item.html)), publication)
    slug, path, url = _free(wanted, day, publication, folder, taken)
    keys: dict[str, Value | None] = {
        "date": date,
        "author": one_or_list(author_names(item.authors, publication)),
        "tags": [*tag_names(item.tags, publication)],
        "id": item.id,
        "slug": slug,
        "aliases": _alias(item, publication, url),
    }
    enclosed, left_out = media_keys(item, publication.podcast)
    written = {"title": title} | {key: value for key, value in keys.items() if value} | enclosed
    front_matter = with_keys(b"---\ndraft: true\n---\n", written, path).decode()
    return Source(path, f"{front_matter}{_body(item, publication.markdown)}\n"), written, left_out


def _free(wanted: str, day: datetime, publication: Publication, folder: Path, taken: Taken) -> tuple[str, str, str]:
    """Return a slug with a path and a URL that no post has: the one that is wanted, if need be with a number."""
    name = f"{day:%Y-%m-%d}-{wanted}"
    for number in count(taken.last.get(name, 0) + 1):
        slug = wanted if number == 1 else f"{wanted}-{number}"
        path = post_file_name(day, slug)
        url = publication.url + permalink(publication.permalink, day, slug)
        if path not in taken.paths and url not in taken.urls and not os.path.lexists(folder / path):
            break
    taken.last[name] = number
    return slug, path, url


def written_moment(moment: datetime, publication: Publication, day: str | None) -> str:
    """Return a moment in the publication's time zone, or in one in which it is a `day`, as that of a file's name."""
    hours = (timezone(timedelta(hours=number)) for number in sorted(range(-12, 15), key=abs))
    zones = (publication.timezone, moment.tzinfo, UTC, *hours)
    texts = [moment.astimezone(zone).replace(microsecond=0).isoformat() for zone in zones]
    of_that_day = [text for text in texts if day and text.startswith(day)]
    # Some offsets of long ago have seconds.
    return next((text for text in (*of_that_day, *texts) if text[-3] == ":" and text[-6] in "+-"), texts[-1])


def author_names(names: Iterable[str], publication: Publication) -> list[str]:
    """Return those names of authors that a post can have, each once."""

    def read(name: str) -> str:
        return authors(name, publication.named_authors)[0].name

    return _valid(names, read, publication, "authors")


def tag_names(names: Iterable[str], publication: Publication) -> list[str]:
    """Return those names of tags that a post can have, each once."""
    return _valid(names, line_of_text, publication, "tags")


def one_or_list(values: Sequence[Value]) -> Value:
    """Return values as they are written in front matter: one alone, several as a list."""
    return values[0] if len(values) == 1 else [*values]


def _valid(names: Iterable[str], read: Callable[[str], str], publication: Publication, kind: str) -> list[str]:
    """Return the names of a kind, `tags` or `authors`, that `read` takes for valid and that have a slug, each once."""
    found = []
    for name in names:
        with suppress(InputError):
            valid = read(plain_title(name))
            label_slug(publication, kind, valid)
            found.append(valid)
    return list(dict.fromkeys(found))


def _slug(item: Item, title: str, publication: Publication) -> str:
    """Return the last part of the item's address, if that is a name, else a slug of its title."""
    is_ours = item.url.startswith(publication.url)
    found = sorted((slug for slug in slugs_of(item.url) if not slug.isdecimal()), key=len)
    slug = found[-1 if is_ours else 0] if found else slugify(title)
    if len(slug.encode()) > _MAX_SLUG and not is_ours:
        slug = slug[: _MAX_SLUG // 4].rpartition("-")[0] or slug[: _MAX_SLUG // 4]
    return slug or "post"


def _alias(item: Item, publication: Publication, url: str) -> str | None:
    """Return the path of the item's address, if a page there can and has to redirect to `url`."""
    if link_keys([item.url]) & link_keys([url]):
        return None
    try:
        path = redirect_path(urlsplit(item.url)._replace(fragment="").geturl(), publication.url)
    except (InputError, ValueError):
        return None
    return "/" + page_url(path)


def _body(item: Item, engine: str) -> str:
    from dateline.importer.html_to_markdown import html_to_markdown

    text = html_to_markdown(item.html, item.url, engine)
    if item.only_summary and item.html.strip():
        address = item.url.replace("--", "%2D%2D")  # which would end the comment
        compare = f" Compare it with {address}." if address else ""
        text += f"\n\n<!-- The old feed has only a summary of this post, or calls it one.{compare} -->"
    return text


def media_keys(item: Item, podcast: Podcast | None) -> tuple[dict[str, Value], list[str]]:
    """Return keys for the enclosures of an item, and for an episode; and why some enclosures are left out."""
    enclosures: list[Value] = []
    durations: list[str] = []
    left_out: list[str] = []
    for enclosed in item.enclosures:
        enclosure = _enclosure(enclosed)
        url = str(enclosure.get("url", ""))
        if not is_address(url):
            left_out.append(f"enclosure: {quoted(url)} is not a URL, so it is left out")
        elif error := _error_in({"enclosure": enclosure}):
            left_out.append(f"{error.problem} in the feed, so it is left out; {error.remedy}")
        elif enclosure not in enclosures:
            enclosures.append(enclosure)
            durations.append(enclosed.duration)
    if not enclosures:
        return {}, left_out
    return {"enclosure": one_or_list(enclosures), **_episode_keys(item, durations[0], podcast)}, left_out


def _enclosure(enclosed: ItemEnclosure) -> dict[str, Value]:
    url = _address(enclosed.url)
    media_type = enclosed.media_type.partition(";")[0].strip().lower()
    by_name = media_type_of(re.split("[?#]", url)[0])
    size = enclosed.size.strip().removesuffix(".0")
    found = {
        "url": url,
        "type": by_name if by_name and media_type in _VAGUE_TYPES else media_type,
        "length": (size.lstrip("0") or "0") if size.isdecimal() else "",
        "title": plain_title(enclosed.title),
    }
    return {key: text for key, text in found.items() if text}


def _episode_keys(item: Item, duration: str, podcast: Podcast | None) -> dict[str, Value]:
    """Return the keys of an episode, except defaults and values that front matter does not take."""
    found = dict(item.episode.fields)
    if podcast:
        found.setdefault("duration", duration)
    defaults = {
        "explicit": "true" if podcast and podcast.explicit else "false",
        "episode_type": "full",
        "episode_title": plain_title(item.title),
    }
    keys: dict[str, Value] = {key: _IN_FRONT_MATTER[key](text) for key, text in found.items()}
    keys["transcript"] = _transcripts(item)
    written = {key: value for key, value in keys.items() if value and value != defaults.get(key)}
    return {key: value for key, value in written.items() if not _error_in({key: value})}


def _transcripts(item: Item) -> Value:
    found = [(_address(url), type) for url, type in item.episode.transcripts]
    return one_or_list([{"url": url, "type": type} for url, type in found if is_address(url)])


def _error_in(keys: dict[str, Value]) -> Problem | None:
    """Return the error in these keys of a post with an enclosure, if there is one."""
    fields = Fields("", PostError, {"enclosure": "a.mp3", **keys}, {}, {})
    read_enclosures(fields)
    read_episode(fields)
    return next(iter(fields.problems), None)


def _address(url: str) -> str:
    """Return an address with the characters percent-encoded that cannot be in one."""
    return _NOT_IN_ADDRESSES.sub(lambda found: quote(found[0]), url.strip())


def _duration(text: str) -> str:
    """Return a duration like 42:30; programs write 00:42:30, 62:30, 2550 and 2550.4."""
    parts = text.partition(".")[0].split(":")
    if len(parts) > 3 or not all(part.isdecimal() and len(part) < 10 for part in parts):
        return ""
    return clock(sum(int(part) * 60**power for power, part in enumerate(reversed(parts))))


_IN_FRONT_MATTER: dict[str, Callable[[str], str]] = {
    "episode": lambda text: text.lstrip("0"),
    "season": lambda text: text.lstrip("0"),
    "episode_title": plain_title,
    "explicit": lambda text: _BOOLEANS.get(text.lower(), ""),
    "duration": _duration,
    "episode_type": str.lower,
}
