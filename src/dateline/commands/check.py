"""What an editor would want to know before publishing. Writes nothing."""

import os
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.build.attachments import LASTING
from dateline.build.entries import MOST_ERRORS, Changed, Desk, make_entry, renderings
from dateline.build.index import Progress
from dateline.build.links import Resolved
from dateline.cache.connection import CatalogueError
from dateline.cache.database import Catalogue, open_catalogue, open_copy
from dateline.cache.entries import Made
from dateline.cache.posts import Numbered
from dateline.content.config import KEYS as SETTINGS_KEYS
from dateline.content.config import SETTINGS_FILE, read_settings
from dateline.content.dates import read_now
from dateline.content.fields import Fields, Value
from dateline.content.front_matter import split
from dateline.content.ids import fold, is_uri, slugify, split_date, stem_of
from dateline.content.media import OF_EPISODES
from dateline.content.media_files import MAX_HEIGHT, MAX_WIDTH, image_size, rss_image_size
from dateline.content.other_tools import SEARCH
from dateline.content.podcast import MAX_COVER, MIN_COVER, is_cover
from dateline.content.posts import AUTHORS, KEYS, OF_OTHERS, SUMMARY
from dateline.content.scan import Scan, scan
from dateline.content.source import line_in, odd_characters, read, read_settings_file
from dateline.content.urls import has_host
from dateline.errors import DatelineError, PostError, Refused, one_line, openable, quoted
from dateline.model import Post, Publication, Rendering, Source
from dateline.parallel import Jobs, at_work, cores
from dateline.paths import OLD_CACHE
from dateline.pipeline import Request, cache_for, rehearse
from dateline.render.placeholders import fill
from dateline.render.text import plain
from dateline.text import odd, unescape
from dateline.versions import versions

_IMAGE = re.compile(r"<img ([^>]*)>")
_BARE_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_FRAME_WITHOUT_TITLE = re.compile(r"<iframe\b(?![^>]{0,2000}\stitle\s*=\s*(?:[\"']\s*)?[^\s\"'>])", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z]\w*[ >]|&#?\w+;")
# The endings of the files that Apple takes for episodes.
_OF_APPLE = (".m4a", ".mp3", ".mov", ".mp4", ".m4v", ".pdf", ".epub")
# A title that holds the number of the episode, as such.
_NUMBERED = r"(?i)(?:#|\b(?:ep|episode|no|nr)\b\.?)\s*0*{0}\b|^0*{0}\s*[.:)|–—-](?:\s|$)"
_READER_LIMIT = 1_000_000


class Remark(NamedTuple):
    """Something that a build lets pass."""

    path: str
    line: int | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        return one_line(self.path, self.line, self.problem, self.remedy)


class Findings(NamedTuple):
    """All that a build would refuse, and all that it would let pass; each in the order of paths and lines."""

    errors: tuple[DatelineError, ...]
    remarks: tuple[Remark, ...]
    posts: int

    def below(self, folder: Path) -> "Findings":
        """The same, all paths as they can be opened."""
        remarks = (remark._replace(path=openable(folder, remark.path)) for remark in self.remarks)
        return Findings(tuple(error.below(folder) for error in self.errors), tuple(remarks), self.posts)


def check(request: Request, progress: Progress) -> Findings:
    """Build without writing, and read and render besides what a build passes over: drafts and posts that are held.

    What is wrong with those is a remark. Raises SettingsError and OutputError.
    """
    read_settings_file(request.posts)  # what is wrong with the folder comes before any look for its cache
    cache = cache_for(request)
    with at_work(request.jobs or cores()) as jobs:
        try:
            with open_copy(cache, versions()) as catalogue:
                return _check(request, catalogue, jobs, progress)
        except CatalogueError:  # it is damaged where that shows late, and what it would have saved is done again
            with open_catalogue(None, versions()) as catalogue:
                return _check(request, catalogue, jobs, progress)


def _check(request: Request, catalogue: Catalogue, jobs: Jobs, progress: Progress) -> Findings:
    publication, fields = read_settings(read_settings_file(request.posts))
    now = read_now(request.now, publication.timezone, publication.default_time)
    errors, notes = rehearse(request, catalogue, jobs, progress)
    found = scan(request.posts)
    on_settings = [*_on_settings(request.posts, publication, fields), *_on_characters(request.posts, fields)]
    remarks = [*on_settings, *_on_files(request.posts, found), *map(_noted, notes)]
    desk = Desk(catalogue, request.posts, publication, now, jobs, frozenset(error.path for error in errors))
    everything = catalogue.posts.all()
    try:
        for done, (numbered, rendering, _) in enumerate(renderings(desk, [post.number for post in everything])):
            progress("checking", done, len(everything))
            told, wrong = _on_post(desk, numbered, rendering)
            remarks += told
            errors += wrong
    except Changed as changed:
        errors.append(changed.error())
    if jobs.note:
        remarks.append(_noted(jobs.note))
    remarks += _on_all(request.posts, [found.post for found in everything], now)
    apart = Refused({str(error): error for error in errors}.values()).errors
    return Findings(apart, tuple(sorted(remarks, key=_place)), len(found.posts)).below(request.posts)


def check_one(desk: Desk, path: str) -> Findings:
    """What `check` has to say of one post of a catalogue that is up to date."""
    everything = desk.catalogue.posts.all()
    found = [post for post in everything if post.post.path == path]
    remarks: list[Remark] = []
    errors: list[DatelineError] = []
    for numbered, rendering, _ in renderings(desk, [post.number for post in found]):
        told, errors = _on_post(desk, numbered, rendering)
        remarks += told
    on_all = _on_all(desk.folder, [post.post for post in everything], desk.now)
    remarks += [remark for remark in on_all if remark.path == path]
    return Findings(tuple(errors), tuple(sorted(remarks, key=_place)), len(found)).below(desk.folder)


def _on_post(
    desk: Desk, numbered: Numbered, rendering: Rendering | PostError
) -> tuple[list[Remark], list[DatelineError]]:
    post = numbered.post
    source = read(desk.folder, post.path)[0]
    written, _ = split(source)
    remarks = [
        *_on_front_matter(post, written, desk.publication),
        *_on_comments(source.text, written),
        *_on_characters(desk.folder, written, _codes(rendering)),
    ]
    try:
        if isinstance(rendering, PostError):
            raise Refused([rendering])
        made, resolved = make_entry(desk, numbered, rendering, is_new=True)
    except Refused as refused:
        if not post.kept_out and post.due <= desk.now:
            return remarks, list(refused.errors)
        return [*remarks, *map(_noted, refused.errors)], []
    return [
        *remarks,
        *_on_entry(desk, post, rendering, [found.url for found in resolved]),
        *_few(_on_dropped(source, rendering)),
        *_few(_on_images(source, rendering)),
        *_few(_on_links(source, rendering, resolved)),
        *_on_episode(post, written, made),
    ], []


def _few(remarks: Iterator[Remark]) -> Iterator[Remark]:
    """Pass on the first few remarks of one kind, since it takes time to find the line of each."""
    yield from islice(remarks, MOST_ERRORS)
    if more := next(remarks, None):
        yield Remark(more.path, None, "text: more could be said of it than is listed", "correct what is listed first")


def _noted(note: DatelineError) -> Remark:
    return Remark(note.path, note.line, note.problem, note.remedy)


def _place(found: DatelineError | Remark) -> tuple[str, int, str]:
    return found.path, found.line or 0, found.problem


def _on_settings(folder: Path, publication: Publication, fields: Fields) -> Iterator[Remark]:
    yield from _on_keys(fields, SETTINGS_KEYS)
    for key, default in (("description", "the title stands for it"), ("language", "it is taken to be en")):
        if fields.get(key) is None:
            yield _remark(fields, key, f"none, so {default}", f'add {key} = "…"')
    if publication.tombstones and "atom" not in publication.formats:
        yield _remark(fields, "tombstones", "only Atom has them, and there is no such feed", 'add "atom" to formats')
    yield from _on_podcast(folder, publication, fields)
    logo = publication.logo
    if logo and (has_host(logo) or not rss_image_size(folder / logo)):
        remedy = f"put a GIF, JPEG or PNG of at most {MAX_WIDTH} by {MAX_HEIGHT} pixels among the posts and name it"
        yield _remark(fields, "logo", "RSS leaves it out", remedy)


def _on_keys(fields: Fields, known: Collection[str], meant_otherwise: Collection[str] = ()) -> Iterator[Remark]:
    for key in fields.unknown(known, meant_otherwise):
        if key in SEARCH:
            problem = "another tool would keep the post out of its search, and Dateline publishes it"
            yield _remark(fields, key, problem, "to hold the post back write draft: true")
        else:
            yield _remark(fields, key, "unknown key, ignored", "remove it or check its spelling")


def _on_podcast(folder: Path, publication: Publication, fields: Fields) -> Iterator[Remark]:
    podcast = publication.podcast
    if podcast is None:
        return
    if "rss" not in publication.formats:
        yield _remark(fields, "podcast", "only RSS carries it, and there is no such feed", 'add "rss" to formats')
    width, height = image_size(folder / podcast.image) or (None, None)
    if not has_host(podcast.image) and not is_cover(podcast.image, width, height):
        remedy = f"make it a JPEG or PNG, square, of {MIN_COVER} to {MAX_COVER} pixels a side"
        yield _remark(fields, "podcast", "image: Apple does not take a picture like this", remedy)


def _on_files(folder: Path, found: Scan) -> Iterator[Remark]:
    yield from (Remark(path, None, what, remedy) for path, what, remedy in found.passed_over)
    if os.path.lexists(folder / OLD_CACHE):
        yield Remark(OLD_CACHE, None, "the cache of an older version, which is no longer used", "delete it")


def _on_front_matter(post: Post, fields: Fields, publication: Publication) -> Iterator[Remark]:
    yield from _on_keys(fields, KEYS, OF_OTHERS)
    if not post.kept_out and not post.retraction and all(fields.get(key) is None for key in SUMMARY):
        yield _remark(fields, "summary", "none, so the first paragraph stands for it", "add summary: and a sentence")
    yield from _on_notes(post, fields)
    yield from _on_media(post, fields, publication)
    if _MARKUP.search(post.title):
        yield _remark(fields, "title", "some readers take what is in it for HTML", "write it without tags and entities")
    for key in ("title", *AUTHORS):
        value = fields.get(key)
        if value in ("~", "null", "Null", "NULL", "None", "nil"):
            yield _remark(fields, key, f"{quoted(value)} is taken as text", "leave the value out if nothing is meant")
        elif key in AUTHORS and isinstance(value, str) and "," in value:
            yield _remark(fields, key, f"{quoted(value)} counts as one name", "write [A, B] for two authors")
    in_name = split_date(stem_of(post.path))[0]
    if in_name and in_name != f"{post.published:%Y-%m-%d}":
        problem = f"{post.published:%Y-%m-%d}, and the file's name says {in_name}"
        yield _remark(fields, "date", problem, "correct date:, or rename the file before anyone knows the post by it")
    slug = fields.get("slug")
    if slug is not None and slugify(str(slug)) != slug:
        yield _remark(fields, "slug", f"{quoted(slug)} becomes {quoted(slugify(str(slug)))}", "write it like that")
    if not is_uri(post.id):
        problem = "not a URI, of which the W3C validator may warn"
        yield _remark(fields, "id", problem, "keep it if the post was published under it")


def _on_notes(post: Post, fields: Fields) -> Iterator[Remark]:
    if post.draft and post.withdrawn:
        problem = "it is a draft too, so no feed says that it was withdrawn"
        yield _remark(fields, "withdrawn", problem, "remove draft: true")
    if post.retraction and not post.kept_out and not post.retraction.announced:
        problem = "most readers keep showing the old text to those who have it"
        yield _remark(fields, "retracted", problem, "add announce: true, and it becomes an item of its own")


def _on_media(post: Post, fields: Fields, publication: Publication) -> Iterator[Remark]:
    if post.image and not post.image_alt:
        yield _remark(fields, "image", "nothing says what it shows", "add image_alt: and a sentence")
    if len(post.enclosures) > 1 and "rss" in publication.formats:
        problem = "RSS carries the first of them alone"
        yield _remark(fields, "enclosure", problem, "put first what everybody should get")
    for key in OF_EPISODES:
        if fields.get(key) is not None and post.episode is None:
            missing = "enclosure here" if publication.podcast else f"[podcast] in {SETTINGS_FILE}"
            yield _remark(fields, key, f"ignored, since there is no {missing}", "add that, or remove it")
    yield from _on_number(post, fields, publication)


def _on_number(post: Post, fields: Fields, publication: Publication) -> Iterator[Remark]:
    """Apple shows the number of an episode by itself."""
    episode, podcast = post.episode, publication.podcast
    if episode is None or podcast is None:
        return
    if podcast.kind == "serial" and episode.number is None and episode.kind in (None, "full"):
        problem = "none, and of a serial podcast Apple wants the number of each"
        yield _remark(fields, "episode", problem, "add episode: and a number from 1")
    if episode.number and not episode.title and re.search(_NUMBERED.format(episode.number), post.title):
        problem = "Apple wants it without the number of the episode"
        yield _remark(fields, "title", problem, "take that out, or add episode_title: and the title without it")


def _on_episode(post: Post, fields: Fields, made: Made) -> Iterator[Remark]:
    if post.episode is None:
        return
    enclosure = made.attached.enclosures[0]
    if not urlsplit(enclosure.url).path.lower().endswith(_OF_APPLE):
        told = ", ".join(ending.removeprefix(".") for ending in _OF_APPLE)
        yield _remark(fields, "enclosure", f"Apple takes {told} only, by the end of the name", "convert the file")
    if enclosure.media_type.startswith(LASTING) and enclosure.duration is None:
        yield _remark(fields, "enclosure", "it is not known how long it plays", "add duration: and write it like 42:30")


def _on_comments(text: str, fields: Fields) -> Iterator[Remark]:
    """YAML takes what stands behind a space and # for a comment, where the writer may have meant it."""
    lines = text.split("\n")
    for key, number in fields.lines.items():
        if lines[0].startswith("---") and re.match(r"[^:]*:\s+[^\s'\"\[{#|>].*?\s#", lines[number - 1]):
            yield _remark(fields, key, "what follows the # is left out", "put quotation marks around the whole value")


def _on_characters(folder: Path, fields: Fields, codes: Iterable[str] = ()) -> Iterator[Remark]:
    """Report what no editor shows: characters of a file, escapes in front matter, and `codes` of references in text."""
    known: set[str] = set()
    for line, character in odd_characters(folder, fields.path):
        known.add(code := _code(character))
        yield Remark(fields.path, line, *_odd(code))
    for key, value in fields.values.items():
        for code in map(_code, odd("".join(_texts(value)))):
            if code not in known:
                known.add(code)
                yield _remark(fields, key, *_odd(code))
    for code in codes:
        if code not in known:
            problem, remedy = _odd(code)
            yield Remark(fields.path, None, f"text: {problem}", remedy)


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _codes(rendering: Rendering | PostError) -> list[str]:
    return [] if isinstance(rendering, PostError) else [name for name in rendering.dropped if name.startswith("U+")]


def _odd(code: str) -> tuple[str, str]:
    if code == "U+FFFD":
        return "U+FFFD, the sign for a character that was lost", "write that character"
    return f"the control character {code} is left out", "remove it"


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _on_entry(desk: Desk, post: Post, rendering: Rendering, urls: list[str]) -> Iterator[Remark]:
    if not rendering.html and not post.kept_out:
        yield Remark(post.path, None, "text: there is none", "write some, or hold the post back with draft: true")
    if desk.publication.content == "full" and len(fill(rendering.html, urls).encode()) > _READER_LIMIT:
        problem = "text: so long that readers may refuse the feed"
        yield Remark(post.path, None, problem, 'split it, or set content = "summary"')


def _on_dropped(source: Source, rendering: Rendering) -> Iterator[Remark]:
    for tag in (name for name in rendering.dropped if not name.startswith("U+")):
        line = line_in(source.text, f"<{tag}", f"<{tag.upper()}")
        if tag == "iframe":
            frame = _FRAME_WITHOUT_TITLE.search(source.text)
            line = source.text.count("\n", 0, frame.start()) + 1 if frame else line
            yield Remark(source.path, line, "iframe: becomes a link to what it shows", "give it a title to call it by")
        else:
            yield Remark(source.path, line, f"{tag}: readers do not show this tag, so it is left out", "remove it")


def _on_images(source: Source, rendering: Rendering) -> Iterator[Remark]:
    as_written = fill(rendering.html, [reference.target for reference in rendering.references])
    for match in _IMAGE.finditer(as_written):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if not attributes.get("alt", "").strip():
            name = unescape(attributes.get("src", ""))
            line = line_in(source.text, name, "<img", "![")
            yield Remark(source.path, line, f"image: {quoted(name)} has no alt text", "say what it shows: ![…](…)")


def _on_links(source: Source, rendering: Rendering, resolved: list[Resolved]) -> Iterator[Remark]:
    for match in _BARE_LINK.finditer(rendering.html):
        words = plain(match[1])
        line = line_in(source.text, f"[{words}]", f">{words}<", "<a")
        problem = f"link: {quoted(words)} leads nowhere, for its address is left out"
        yield Remark(source.path, line, problem, "correct it")
    for reference, found in zip(rendering.references, resolved, strict=True):
        if found.taken_for_address:
            line = line_in(source.text, reference.target)
            problem = f"link: {quoted(reference.target)} is no file here, so it is taken for an address"
            yield Remark(source.path, line, problem, "correct the path, or write the whole address")


def _on_all(folder: Path, posts: Iterable[Post], now: datetime) -> Iterator[Remark]:
    spelling: dict[str, tuple[str, str]] = {}
    moments: dict[datetime, str] = {}
    for post in posts:
        if post.kept_out or post.due > now:
            continue
        for tag in post.tags:
            first, path = spelling.setdefault(fold(tag), (tag, post.path))
            if first != tag:
                problem = f"tags: {quoted(tag)} is {quoted(first)} in {openable(folder, path)}"
                yield Remark(post.path, None, problem, "choose one")
        other = moments.setdefault(post.updated, post.path)
        if other != post.path:
            problem = f"date: the same second as {openable(folder, other)}, of which the W3C validator warns"
            yield Remark(post.path, None, problem, "move one a little")


def _remark(fields: Fields, key: str, problem: str, remedy: str) -> Remark:
    return Remark(fields.path, fields.lines.get(key, 1), f"{key}: {problem}", remedy)
