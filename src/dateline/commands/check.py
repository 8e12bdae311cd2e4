"""Report what to fix before publishing, and what an editor would want to know. Writes nothing."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.build import BuildContext, Progress
from dateline.build.entries import MOST_ERRORS, PostChangedError, build_entry, render_posts
from dateline.build.link_resolver import TIMED_MEDIA, ResolvedLink
from dateline.cache.database import Cache, open_cache, open_copy
from dateline.cache.entry_tables import RenderedEntry
from dateline.cache.post_tables import PostRow
from dateline.cache.sqlite import CacheError
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
from dateline.model import Podcast, Post, Publication, Rendering, Source
from dateline.options import BuildOptions
from dateline.parallel import Jobs, cores, open_jobs
from dateline.paths import OLD_CACHE
from dateline.pipeline import cache_for, rehearse
from dateline.render.html import fill_slots, html_to_text
from dateline.text import odd, unescape
from dateline.versions import versions

_IMAGE = re.compile(r"<img ([^>]*)>")
_BARE_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_FRAME_WITHOUT_TITLE = re.compile(r"<iframe\b(?![^>]{0,2000}\stitle\s*=\s*(?:[\"']\s*)?[^\s\"'>])", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z]\w*[ >]|&#?\w+;")
# In YAML, a space and # begin a comment, where the writer may have meant it.
_COMMENT = re.compile(r"[^:]*:\s+[^\s'\"\[{#|>].*?\s#")
# The endings of the files that Apple accepts as episodes.
_OF_APPLE = (".m4a", ".mp3", ".mov", ".mp4", ".m4v", ".pdf", ".epub")
# A title that contains the number of the episode.
_NUMBERED = r"(?i)(?:#|\b(?:ep|episode|no|nr)\b\.?)\s*0*{0}\b|^0*{0}\s*[.:)|–—-](?:\s|$)"
_READER_LIMIT = 1_000_000  # bytes of HTML


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
        """Return findings with paths that can be opened."""
        remarks = (remark._replace(path=openable(folder, remark.path)) for remark in self.remarks)
        return Findings(tuple(error.below(folder) for error in self.errors), tuple(remarks), self.posts)


class _Checked(NamedTuple):
    """A post that is checked: its file, its front matter, and where the references of its text lead."""

    context: BuildContext
    post: Post
    source: Source
    fields: Fields
    dropped: tuple[str, ...]
    links: Sequence[ResolvedLink] = ()

    @property
    def publication(self) -> Publication:
        """The settings of the publication."""
        return self.context.publication


def check(options: BuildOptions, progress: Progress) -> Findings:
    """Do everything but write that a build does, and check what it leaves out: drafts and scheduled posts.

    What is wrong with those is a remark. Raises SettingsError and OutputError.
    """
    read_settings_file(Path(options.posts))  # an error in the folder comes before any error of its cache
    paths = cache_for(options)
    with open_jobs(options.jobs or cores()) as jobs:
        try:
            with open_copy(paths, versions()) as cache:
                return _check(options, cache, jobs, progress)
        except CacheError:  # damaged in a place that is verified late
            with open_cache(None, versions()) as cache:
                return _check(options, cache, jobs, progress)


def _check(options: BuildOptions, cache: Cache, jobs: Jobs, progress: Progress) -> Findings:
    folder = Path(options.posts)
    publication, fields = read_settings(read_settings_file(folder))
    now = read_now(options.now, publication.timezone, publication.default_time)
    errors, notes = rehearse(options, cache, jobs, progress)
    found = scan(folder)
    broken = frozenset(error.path for error in errors)
    context = BuildContext(cache, folder, publication, now, jobs, progress, broken)
    remarks = [*_settings(folder, publication, fields), *_files(folder, found), *map(_remark_of, notes)]
    rows = cache.posts.all()
    try:
        for done, (row, rendering, _) in enumerate(render_posts(context, [row.number for row in rows])):
            progress("checking", done, len(rows))
            more_remarks, more_errors = _check_post(context, row, rendering)
            remarks += more_remarks
            errors += more_errors
    except PostChangedError as error:
        errors.append(error)
    if jobs.note:
        remarks.append(_remark_of(jobs.note))
    remarks += _shared_values(folder, [row.post for row in rows], now)
    distinct = {str(error): error for error in errors}.values()
    return _findings(distinct, remarks, len(found.posts), folder)


def check_one(context: BuildContext, path: str) -> Findings:
    """Check one post of a cache that is up to date."""
    everything = context.cache.posts.all()
    rows = [row for row in everything if row.post.path == path]
    shared = _shared_values(context.folder, [row.post for row in everything], context.now)
    remarks = [remark for remark in shared if remark.path == path]
    errors: list[DatelineError] = []
    for row, rendering, _ in render_posts(context, [row.number for row in rows]):
        more_remarks, errors = _check_post(context, row, rendering)
        remarks += more_remarks
    return _findings(errors, remarks, len(rows), context.folder)


def _findings(errors: Iterable[DatelineError], remarks: Iterable[Remark], posts: int, folder: Path) -> Findings:
    map_in_order = sorted(remarks, key=lambda remark: (remark.path, remark.line or 0, remark.problem))
    return Findings(Refused(errors).errors, tuple(map_in_order), posts).below(folder)


def _check_post(
    context: BuildContext, row: PostRow, rendering: Rendering | PostError
) -> tuple[list[Remark], list[DatelineError]]:
    post = row.post
    source = read(context.folder, post.path)[0]
    fields, _ = split(source)
    dropped = () if isinstance(rendering, PostError) else rendering.dropped
    checked = _Checked(context, post, source, fields, dropped)
    remarks = [remark for check in _POST_CHECKS for remark in check(checked)]
    try:
        entry, links = build_entry(context, row, rendering, is_new=True)
    except Refused as refused:
        if not post.kept_out and post.due <= context.now:
            return remarks, list(refused.errors)
        return [*remarks, *map(_remark_of, refused.errors)], []
    checked = checked._replace(links=links)
    for check_entry in _ENTRY_CHECKS:
        remarks += _first_few(check_entry(checked, entry))
    return remarks, []


def _first_few(remarks: Iterator[Remark]) -> Iterator[Remark]:
    """Yield the first few remarks of one kind, since finding the line of each takes time."""
    yield from islice(remarks, MOST_ERRORS)
    if more := next(remarks, None):
        yield Remark(more.path, None, "text: more remarks than are listed", "fix the listed ones first")


def _remark_of(error: DatelineError) -> Remark:
    return Remark(error.path, error.line, error.problem, error.remedy)


def _remark(fields: Fields, key: str, problem: str, remedy: str) -> Remark:
    return Remark(fields.path, fields.lines.get(key, 1), f"{key}: {problem}", remedy)


def _settings(folder: Path, publication: Publication, fields: Fields) -> Iterator[Remark]:
    yield from _unknown_keys(fields, SETTINGS_KEYS)
    yield from _characters(folder, fields)
    for key, default in (("description", "the title"), ("language", "en")):
        if fields.get(key) is None:
            yield _remark(fields, key, f"none, so {default} is used", f'add {key} = "…"')
    logo, podcast, formats = publication.logo, publication.podcast, publication.formats
    if publication.tombstones and "atom" not in formats:
        yield _remark(fields, "tombstones", "only Atom carries them, and it is not built", 'add "atom" to formats')
    if podcast and "rss" not in formats:
        yield _remark(fields, "podcast", "only RSS carries it, and it is not built", 'add "rss" to formats')
    if podcast and not has_host(podcast.image):
        size = image_size(folder / podcast.image) or (None, None)
        if not is_cover(podcast.image, *size):
            remedy = f"make it a JPEG or PNG, square, of {MIN_COVER} to {MAX_COVER} pixels a side"
            yield _remark(fields, "podcast", "image: Apple does not accept this picture", remedy)
    if logo and (has_host(logo) or not rss_image_size(folder / logo)):
        remedy = f"put a GIF, JPEG or PNG of at most {MAX_WIDTH} by {MAX_HEIGHT} pixels among the posts and name it"
        yield _remark(fields, "logo", "left out of RSS", remedy)


def _files(folder: Path, found: Scan) -> Iterator[Remark]:
    yield from (Remark(path, None, what, remedy) for path, what, remedy in found.passed_over)
    if os.path.lexists(folder / OLD_CACHE):
        yield Remark(OLD_CACHE, None, "the cache of an older version, no longer used", "delete it")


def _shared_values(folder: Path, posts: Iterable[Post], now: datetime) -> Iterator[Remark]:
    """Report tags with two spellings, and posts of the same second, among published posts."""
    spelling: dict[str, tuple[str, str]] = {}
    moments: dict[datetime, str] = {}
    for post in posts:
        if post.kept_out or post.due > now:
            continue
        for tag in post.tags:
            first, path = spelling.setdefault(fold(tag), (tag, post.path))
            if first != tag:
                problem = f"tags: {quoted(tag)} is spelled {quoted(first)} in {openable(folder, path)}"
                yield Remark(post.path, None, problem, "choose one spelling")
        other = moments.setdefault(post.updated, post.path)
        if other != post.path:
            problem = f"date: the same second as {openable(folder, other)}, so the W3C validator warns"
            yield Remark(post.path, None, problem, "change one a little")


def _unknown_keys(fields: Fields, known: Collection[str], meant_otherwise: Collection[str] = ()) -> Iterator[Remark]:
    for key in fields.unknown(known, meant_otherwise):
        if key in SEARCH:
            problem = "hides a post from search in other tools, but Dateline publishes it"
            yield _remark(fields, key, problem, "to hide the post, write draft: true")
        else:
            yield _remark(fields, key, "unknown key, ignored", "remove it or check its spelling")


def _characters(folder: Path, fields: Fields, codes: Iterable[str] = ()) -> Iterator[Remark]:
    """Report what no editor shows: characters of a file, escapes in front matter, and `codes` of references in text."""
    found: list[tuple[str, int | None, str]] = [
        (_code(character), line, "") for line, character in odd_characters(folder, fields.path)
    ]
    escaped = {key: map(_code, odd("".join(_texts(value)))) for key, value in fields.values.items()}
    others = [(code, fields.lines.get(key, 1), f"{key}: ") for key in escaped for code in escaped[key]]
    known = {code for code, *_ in found}
    for code, line, where in [*others, *((code, None, "text: ") for code in codes)]:
        if code not in known:
            known.add(code)
            found.append((code, line, where))
    for code, line, where in found:
        if code == "U+FFFD":
            problem, remedy = "U+FFFD, which stands for a lost character", "write the right character"
        else:
            problem, remedy = f"control character {code}, ignored", "remove it"
        yield Remark(fields.path, line, where + problem, remedy)


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    else:
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _needs_number(post: Post, podcast: Podcast | None) -> bool:
    if podcast is None or podcast.kind != "serial" or post.episode is None:
        return False
    return post.episode.number is None and post.episode.kind in (None, "full")


def _numbers_title(post: Post, podcast: Podcast | None) -> bool:
    """Whether the title contains the number of the episode, which Apple shows by itself."""
    if podcast is None or post.episode is None or not post.episode.number or post.episode.title:
        return False
    return re.search(_NUMBERED.format(post.episode.number), post.title) is not None


# What is reported of a post, and when.
_POST_REMARKS: dict[str, Callable[[_Checked], object]] = {
    "summary: none, so the first paragraph is used; add summary: with a sentence": lambda c: (
        not (c.post.kept_out or c.post.retraction or any(c.fields.get(key) is not None for key in SUMMARY))
    ),
    "title: some readers will show parts of it as HTML; write it without tags and entities": lambda c: _MARKUP.search(
        c.post.title
    ),
    "title: Apple wants titles without the episode number; remove it, or add episode_title: without it": lambda c: (
        _numbers_title(c.post, c.publication.podcast)
    ),
    "episode: none, but Apple wants a number for each episode of a serial podcast; add episode: 1, 2, …": lambda c: (
        _needs_number(c.post, c.publication.podcast)
    ),
    "id: not a URI, so the W3C validator may warn; keep it if the post was published with it": lambda c: (
        not is_uri(c.post.id)
    ),
    "withdrawn: also a draft, so no feed says that it was withdrawn; remove draft: true": lambda c: (
        c.post.draft and c.post.withdrawn
    ),
    "retracted: most readers will keep showing the old text; add announce: true for an item of its own": lambda c: (
        c.post.retraction and not c.post.kept_out and not c.post.retraction.announced
    ),
    "image: no alt text; describe the picture in image_alt:": lambda c: c.post.image and not c.post.image_alt,
    "enclosure: RSS carries only the first one; put the most important one first": lambda c: (
        len(c.post.enclosures) > 1 and "rss" in c.publication.formats
    ),
}


def _front_matter(c: _Checked) -> Iterator[Remark]:
    post, fields = c.post, c.fields
    yield from _unknown_keys(fields, KEYS, OF_OTHERS)
    for message, applies in _POST_REMARKS.items():
        if applies(c):
            problem, _, remedy = message.partition("; ")
            key, _, problem = problem.partition(": ")
            yield _remark(fields, key, problem, remedy)
    for key in ("title", *AUTHORS):
        value = fields.get(key)
        if value in ("~", "null", "Null", "NULL", "None", "nil"):
            yield _remark(fields, key, f"{quoted(value)} is read as text", "leave it empty for no value")
        elif key in AUTHORS and isinstance(value, str) and "," in value:
            yield _remark(fields, key, f"{quoted(value)} is read as one name", "write [A, B] for two authors")
    in_name, day = split_date(stem_of(post.path))[0], f"{post.published:%Y-%m-%d}"
    if in_name and in_name != day:
        remedy = "correct date:, or rename the file before the post is published"
        yield _remark(fields, "date", f"{day}, but the file name says {in_name}", remedy)
    slug = fields.get("slug")
    if slug is not None and slugify(str(slug)) != slug:
        yield _remark(fields, "slug", f"{quoted(slug)} becomes {quoted(slugify(str(slug)))}", "write it like that")


def _episode_keys(c: _Checked) -> Iterator[Remark]:
    missing = "an enclosure" if c.publication.podcast else f"[podcast] in {SETTINGS_FILE}"
    for key in OF_EPISODES:
        if c.fields.get(key) is not None and c.post.episode is None:
            yield _remark(c.fields, key, f"ignored without {missing}", "add that, or remove the key")


def _comments(c: _Checked) -> Iterator[Remark]:
    lines = c.source.text.split("\n")
    for key, number in c.fields.lines.items():
        if lines[0].startswith("---") and _COMMENT.match(lines[number - 1]):
            problem = "everything after # is ignored as a comment"
            yield _remark(c.fields, key, problem, "put quotation marks around the whole value")


def _odd_characters(c: _Checked) -> Iterator[Remark]:
    return _characters(c.context.folder, c.fields, [name for name in c.dropped if name.startswith("U+")])


_POST_CHECKS = (_front_matter, _episode_keys, _comments, _odd_characters)


def _text(c: _Checked, entry: RenderedEntry) -> Iterator[Remark]:
    html = entry.rendering.html
    if not html and not c.post.kept_out:
        yield Remark(c.post.path, None, "text: there is none", "write some, or hide the post with draft: true")
    if c.publication.content == "full" and len(fill_slots(html, entry.urls).encode()) > _READER_LIMIT:
        remedy = 'split it, or set content = "summary"'
        yield Remark(c.post.path, None, "text: so long that readers may refuse the feed", remedy)


def _dropped_tags(c: _Checked, _entry: RenderedEntry) -> Iterator[Remark]:
    source = c.source
    for tag in (name for name in c.dropped if not name.startswith("U+")):
        line = line_in(source.text, f"<{tag}", f"<{tag.upper()}")
        if tag == "iframe":
            frame = _FRAME_WITHOUT_TITLE.search(source.text)
            line = source.text.count("\n", 0, frame.start()) + 1 if frame else line
            yield Remark(source.path, line, "iframe: becomes a link to what it shows", "name the link in its title")
        else:
            yield Remark(source.path, line, f"{tag}: feed readers do not show this tag, so it is removed", "remove it")


def _alt_texts(c: _Checked, entry: RenderedEntry) -> Iterator[Remark]:
    rendering, source = entry.rendering, c.source
    as_written = fill_slots(rendering.html, [reference.target for reference in rendering.references])
    for match in _IMAGE.finditer(as_written):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if not attributes.get("alt", "").strip():
            name = unescape(attributes.get("src", ""))
            line = line_in(source.text, name, "<img", "![")
            yield Remark(source.path, line, f"image: {quoted(name)} has no alt text", "describe it: ![…](…)")


def _links(c: _Checked, entry: RenderedEntry) -> Iterator[Remark]:
    rendering, source = entry.rendering, c.source
    for match in _BARE_LINK.finditer(rendering.html):
        text = html_to_text(match[1])
        line = line_in(source.text, f"[{text}]", f">{text}<", "<a")
        problem = f"link: {quoted(text)} is not a link, as its address was removed"
        yield Remark(source.path, line, problem, "correct the address")
    for reference, link in zip(rendering.references, c.links, strict=True):
        if link.taken_for_address:
            problem = f"link: {quoted(reference.target)} is not a file here, so it is read as a URL"
            remedy = "correct the path, or write the full URL"
            yield Remark(source.path, line_in(source.text, reference.target), problem, remedy)


def _episode(c: _Checked, entry: RenderedEntry) -> Iterator[Remark]:
    if c.post.episode is None:
        return
    enclosure = entry.attached.enclosures[0]
    if not urlsplit(enclosure.url).path.lower().endswith(_OF_APPLE):
        endings = ", ".join(_OF_APPLE)
        yield _remark(c.fields, "enclosure", f"Apple accepts only files that end in {endings}", "convert the file")
    if enclosure.media_type.startswith(TIMED_MEDIA) and enclosure.duration is None:
        yield _remark(c.fields, "enclosure", "unknown duration", "add duration:, for example 42:30")


_ENTRY_CHECKS = (_text, _dropped_tags, _alt_texts, _links, _episode)
