"""Report what to fix before publishing, and what an editor would want to know, without writing anything."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.build import BuildContext, Progress
from dateline.build.entries import MOST_ERRORS, PostChangedError, build_entry, render_posts, spellings
from dateline.build.folders import cache_for
from dateline.build.labels import free_slugs, read_labels
from dateline.build.link_resolver import TIMED_MEDIA, ResolvedLink
from dateline.cache.database import Cache, open_cache, open_copy
from dateline.cache.entry_tables import RenderedEntry
from dateline.cache.post_tables import PostRow
from dateline.cache.sqlite import CacheError
from dateline.commands.dead_links import DeadLinks
from dateline.commands.template_code import template_code_remarks
from dateline.content.config import KEYS as SETTINGS_KEYS
from dateline.content.config import SETTINGS_FILE
from dateline.content.dates import AFTER_ALL_POSTS, read_now
from dateline.content.front_matter import load_yaml, locate
from dateline.content.front_matter_keys import AUTHORS, KEYS, SEARCH, SUMMARY, UNRELATED
from dateline.content.ids import is_uri, label_key, post_slug, split_date, stem_of
from dateline.content.key_values import Fields, texts
from dateline.content.media import MAX_HEIGHT, MAX_WIDTH, OF_EPISODES, image_size, rss_image_size
from dateline.content.podcast import MAX_COVER, MIN_COVER, is_cover
from dateline.content.posts import parse_post
from dateline.content.scan import scan
from dateline.content.source import line_in, load_settings, odd_characters, read, read_settings_file
from dateline.content.urls import has_host
from dateline.errors import BuildError, PostError, Problem, openable, quoted
from dateline.feed_formats import FORMATS
from dateline.model import Podcast, Post, Publication, Rendering, Source
from dateline.options import BuildOptions
from dateline.parallel import Jobs, cores, open_jobs
from dateline.paths import OLD_CACHE
from dateline.pipeline import rehearse
from dateline.render import heading_text
from dateline.render.html import fill_slots, html_to_text
from dateline.render.link_constructs import as_written, kind_of
from dateline.text import odd, unescape

_IMAGE = re.compile(r"<img ([^>]*)>")
_BARE_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_FRAME_WITHOUT_TITLE = re.compile(r"<iframe\b(?![^>]{0,2000}\stitle\s*=\s*(?:[\"']\s*)?[^\s\"'>])", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z]\w*[ >]|&#?\w+;")
# In YAML, # after a space begins a comment, perhaps against the writer's will.
_COMMENT = re.compile(r"[^:]*:\s+[^\s'\"\[{#|>].*?\s#")
# The endings of the files that Apple accepts as episodes.
_OF_APPLE = (".m4a", ".mp3", ".mov", ".mp4", ".m4v", ".pdf", ".epub")
# A title that contains the number of the episode.
_NUMBERED = r"(?i)(?:#|\b(?:ep|episode|no|nr)\b\.?)\s*0*{0}\b|^0*{0}\s*[.:)|–—-](?:\s|$)"
_READER_LIMIT = 1_000_000  # bytes of HTML

_NOTHING = Rendering("", (), "", ())

# Remarks of a check: where, which is a key of the front matter, a line or None, then the problem and the remedy.
_Found = Iterator[tuple[str | int | None, str, str]]


class Findings(NamedTuple):
    """Errors, for which a build would write nothing, and remarks, which are warnings, of a number of posts.

    They are in the order of paths and lines, and their paths can be opened. `slugs` are those with which no two tags,
    and no two authors, would share a feed.
    """

    errors: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    posts: int
    slugs: tuple[tuple[str, str, str], ...] = ()


class _Checked(NamedTuple):
    """A post to check: its file, its front matter, and the links of its text."""

    post: Post
    source: Source
    fields: Fields
    publication: Publication
    rendering: Rendering
    dead_links: DeadLinks
    links: Sequence[ResolvedLink] = ()


def check(options: BuildOptions, progress: Progress) -> Findings:
    """Do all that a build does except writing, and check drafts and scheduled posts too.

    What is wrong with those is a remark. Raises SettingsError and OutputError.
    """
    read_settings_file(Path(options.posts))  # an error in the folder comes before any error of its cache
    paths = cache_for(options)
    with open_jobs(options.jobs or cores()) as jobs:
        with suppress(CacheError):  # there is none, or it is damaged
            if paths:
                with open_copy(paths) as cache:
                    return _check(options, cache, jobs, progress)
        with open_cache(None) as cache:
            return _check(options, cache, jobs, progress)


def _check(options: BuildOptions, cache: Cache, jobs: Jobs, progress: Progress) -> Findings:
    folder = Path(options.posts)
    publication, fields = load_settings(folder)
    now = read_now(options.now, publication.timezone, publication.default_time)
    errors, notes = rehearse(options, cache, jobs, progress)
    found = scan(folder)
    context = BuildContext(cache, folder, publication, now, jobs, broken=frozenset(error.path for error in errors))
    problems = [*errors, *_warnings(notes), *found.ignored]
    problems += _remarks(fields, chain(_settings(folder, publication, fields), _characters(folder, fields)))
    if os.path.lexists(folder / OLD_CACHE):
        problems.append(Problem(OLD_CACHE, None, "the cache of an older version, no longer used", "delete it"))
    rows, dead_links = cache.posts.all(), DeadLinks(context)
    try:
        for done, (row, rendering, _) in enumerate(render_posts(context, [row.number for row in rows])):
            progress("checking", done, len(rows))
            problems += _check_post(context, row, rendering, dead_links)
    except PostChangedError as error:
        problems.append(error.problem)
    if jobs.note:
        problems.append(jobs.note)
    problems += _shared_values(folder, [row.post for row in rows], now)
    at_last, output = context._replace(now=AFTER_ALL_POSTS), Path(options.output)
    problems += _warnings(problem for problem in read_labels(at_last, output)[1] if problem not in errors)
    return _findings(problems, len(found.posts), folder)._replace(slugs=tuple(free_slugs(at_last, output)))


def check_one(context: BuildContext, path: str) -> Findings:
    """Check one post of a cache that is up to date."""
    everything = context.cache.posts.all()
    rows = [row for row in everything if row.post.path == path]
    shared = _shared_values(context.folder, [row.post for row in everything], context.now)
    problems = [problem for problem in shared if problem.path == path]
    for row, rendering, _ in render_posts(context, [row.number for row in rows]):
        problems += _check_post(context, row, rendering, DeadLinks(context))
    return _findings(problems, len(rows), context.folder)


def _findings(problems: Iterable[Problem], posts: int, folder: Path) -> Findings:
    shown = [problem.below(folder) for problem in sorted(problems, key=lambda problem: problem.sort_key)]
    # The rehearsal of a build reports some errors that the check of a post finds again.
    errors = dict.fromkeys(problem for problem in shown if problem.severity == "error")
    return Findings(tuple(errors), tuple(problem for problem in shown if problem.severity == "warning"), posts)


def _warnings(problems: Iterable[Problem]) -> list[Problem]:
    return [problem._replace(severity="warning") for problem in problems]


def _check_post(
    context: BuildContext, row: PostRow, rendering: Rendering | PostError, dead_links: DeadLinks
) -> list[Problem]:
    post = row.post
    source = read(context.folder, post.path)[0]
    _, fields = parse_post(source, context.publication, heading_text)
    if fields.errors:  # something else is in place of what is wrong, and would cause odd remarks
        return []
    rendered = _NOTHING if isinstance(rendering, PostError) else rendering
    checked = _Checked(post, source, fields, context.publication, rendered, dead_links)
    codes = [name for name in rendered.dropped if name.startswith("U+")]
    found = chain.from_iterable(_first_few(check(checked)) for check in _POST_CHECKS)
    remarks = [problem for problem in fields.problems if problem.severity == "warning"]
    remarks += _remarks(fields, chain(_characters(context.folder, fields, codes), found))
    try:
        entry, links = build_entry(context, row, rendering, is_new=True)
    except BuildError as refused:
        is_published = not post.kept_out and post.due <= context.now
        return [*remarks, *(refused.problems if is_published else _warnings(refused.problems))]
    for check_entry in _ENTRY_CHECKS:
        remarks += _remarks(fields, _first_few(check_entry(checked._replace(links=links), entry)))
    return remarks


def _remarks(fields: Fields, found: _Found) -> list[Problem]:
    remarks = []
    for where, problem, remedy in found:
        if isinstance(where, str):
            where, problem = fields.lines.get(where, 1), f"{where}: {problem}"
        remarks.append(Problem(fields.path, where, problem, remedy))
    return remarks


def _first_few(found: _Found) -> _Found:
    """Yield the first few remarks of one kind, since finding the line of each takes time."""
    yield from islice(found, MOST_ERRORS)
    if next(found, None):
        yield None, "text: more remarks than are listed", "fix the listed ones first"


def _shared_values(folder: Path, posts: Iterable[Post], now: datetime) -> Iterator[Problem]:
    """Report tags that differ only in a space or hyphen, and posts of the same second, among published posts."""
    spelling: dict[str, tuple[str, str]] = {}
    moments: dict[datetime, str] = {}
    published = [post for post in posts if not post.kept_out and post.due <= now]
    for post in sorted(published, key=lambda post: (post.published, post.path)):
        for tag in post.tags:
            first, path = spelling.setdefault(label_key(tag).replace("-", ""), (tag, post.path))
            if label_key(first) != label_key(tag):
                problem = f"tags: {quoted(tag)} is not the same tag as {quoted(first)} in {openable(folder, path)}"
                yield Problem(post.path, None, problem, "choose one spelling")
    for post in published:
        other = moments.setdefault(post.updated, post.path)
        if other != post.path:
            problem = f"date: the same second as {openable(folder, other)}, so the W3C validator warns"
            yield Problem(post.path, None, problem, "change one a little")


def _settings(folder: Path, publication: Publication, fields: Fields) -> _Found:
    yield from _unknown_keys(fields, SETTINGS_KEYS)
    for key, default in (("description", "the title"), ("language", "en")):
        if fields.get(key) is None:
            yield key, f"none, so {default} is used", f'add {key} = "…"'
    if publication.tombstones:
        able = [name for name, format in FORMATS.items() if format.has_tombstones]
        yield from _missing_format("tombstones", "them", able, publication.formats)
    if publication.podcast:
        able = [name for name, format in FORMATS.items() if format.has_podcast]
        yield from _missing_format("podcast", "it", able, publication.formats)
        yield from _podcast(folder, publication.podcast)
    logo = publication.logo
    if logo and (has_host(logo) or not rss_image_size(folder / logo)):
        remedy = f"put a GIF, JPEG or PNG of at most {MAX_WIDTH} by {MAX_HEIGHT} pixels among the posts and name it"
        yield "logo", "left out of RSS", remedy


def _missing_format(key: str, them: str, able: Sequence[str], formats: Sequence[str]) -> _Found:
    """Report a setting that only the formats in `able` carry, if none of these is built."""
    if not {*able} & {*formats}:
        labels = " or ".join(FORMATS[name].label for name in able)
        yield key, f"only {labels} carries {them}, and it is not built", f'add "{able[0]}" to formats'


def _podcast(folder: Path, podcast: Podcast) -> _Found:
    if not has_host(podcast.image):
        width, height = image_size(folder / podcast.image) or (None, None)
        if not is_cover(podcast.image, width, height):
            remedy = f"make it a JPEG or PNG, square, of {MIN_COVER} to {MAX_COVER} pixels a side"
            yield "podcast", "image: Apple does not accept this picture", remedy


def _unknown_keys(fields: Fields, known: Collection[str], meant_otherwise: Collection[str] = ()) -> _Found:
    for key in fields.unknown(known, meant_otherwise):
        if key in SEARCH:
            problem = "hides a post from search in other tools, but Dateline publishes it"
            yield key, problem, "to hide the post, write draft: true"
        else:
            yield key, "unknown key, ignored", "remove it or check its spelling"


def _characters(folder: Path, fields: Fields, codes: Iterable[str] = ()) -> _Found:
    """Report what no editor shows: characters of a file, escapes in front matter, and `codes` of references in text."""
    known: set[str] = set()
    for line, character in odd_characters(folder, fields.path):
        known.add(code := f"U+{ord(character):04X}")
        yield line, *_odd_character(code)
    for key, value in fields.values.items():
        for code in (f"U+{ord(character):04X}" for character in odd("".join(texts(value)))):
            if code not in known:
                known.add(code)
                yield key, *_odd_character(code)
    for code in codes:
        if code not in known:
            problem, remedy = _odd_character(code)
            yield None, f"text: {problem}", remedy


def _odd_character(code: str) -> tuple[str, str]:
    if code == "U+FFFD":
        return "U+FFFD, which stands for a lost character", "write the right character"
    return f"control character {code}, ignored", "remove it"


# Checks of the front matter of a post.


def _keys(c: _Checked) -> _Found:
    yield from _unknown_keys(c.fields, KEYS, UNRELATED)
    missing = "an enclosure" if c.publication.podcast else f"[podcast] in {SETTINGS_FILE}"
    for key in OF_EPISODES:
        if c.fields.get(key) is not None and c.post.episode is None:
            yield key, f"ignored without {missing}", "add that, or remove the key"


def _values(c: _Checked) -> _Found:
    if not c.post.kept_out and not c.post.retraction and all(c.fields.get(key) is None for key in SUMMARY):
        yield "summary", "none, so the first paragraph is used", "add summary: with a sentence"
    if _MARKUP.search(c.post.title):
        yield "title", "some readers will show parts of it as HTML", "write it without tags and entities"
    for key in ("title", *AUTHORS):
        value = c.fields.get(key)
        if value in ("~", "null", "Null", "NULL", "None", "nil"):
            yield key, f"{quoted(value)} is read as text", "leave it empty for no value"
        elif key in AUTHORS and isinstance(value, str) and "," in value:
            yield key, f"{quoted(value)} is read as one name", "write [A, B] for two authors"


def _template_code(c: _Checked) -> _Found:
    yield from template_code_remarks(c.source, c.fields, c.post, c.rendering)


def _comments(c: _Checked) -> _Found:
    lines = c.source.text.split("\n")
    for key, number in c.fields.lines.items() if locate(c.source)[1] is load_yaml else ():
        if _COMMENT.match(lines[number - 1]):
            yield key, "everything after # is ignored as a comment", "put quotation marks around the whole value"


def _permanent(c: _Checked) -> _Found:
    in_name, day = split_date(stem_of(c.post.path, c.publication.languages))[0], f"{c.post.published:%Y-%m-%d}"
    if in_name and in_name != day:
        remedy = "correct date:, or rename the file before the post is published"
        yield "date", f"{day}, but the file name says {in_name}", remedy
    slug = c.fields.get("slug")
    if slug is not None and post_slug(str(slug)) != slug:
        yield "slug", f"{quoted(slug)} becomes {quoted(post_slug(str(slug)))}", "write it like that"
    if not is_uri(c.post.id):
        yield "id", "not a URI, so the W3C validator may warn", "keep it if the post was published with it"


def _notes(c: _Checked) -> _Found:
    retraction = c.post.retraction
    if c.post.draft and c.post.withdrawn:
        yield "withdrawn", "also a draft, so no feed says that it was withdrawn", "remove draft: true"
    if retraction and not c.post.kept_out and not retraction.announced:
        remedy = "add announce: true to publish it as its own item"
        yield "retracted", "most readers will keep showing the old text", remedy


def _media(c: _Checked) -> _Found:
    if c.post.image and not c.post.image_alt:
        yield c.post.image.key, "no alt text", "describe the picture in image_alt:"
    limited = [format.label for format in map(FORMATS.__getitem__, c.publication.formats) if format.has_one_enclosure]
    if len(c.post.enclosures) > 1 and limited:
        yield "enclosure", f"{' and '.join(limited)} carries only the first one", "put the most important one first"


def _episode_number(c: _Checked) -> _Found:
    """Apple shows the number of an episode by itself."""
    episode, podcast = c.post.episode, c.publication.podcast
    if episode is None or podcast is None:
        return
    if podcast.kind == "serial" and episode.number is None and episode.kind in (None, "full"):
        problem = "none, but Apple wants a number for each episode of a serial podcast"
        yield "episode", problem, "add episode: with a number from 1"
    if episode.number and not episode.title and re.search(_NUMBERED.format(episode.number), c.post.title):
        remedy = "remove it, or add episode_title: with the title alone"
        yield "title", "Apple wants titles without the episode number", remedy


_POST_CHECKS = (_keys, _values, _template_code, _comments, _permanent, _notes, _media, _episode_number)

# Checks of the entry that is built from a post.


def _text(c: _Checked, entry: RenderedEntry) -> _Found:
    html = entry.rendering.html
    if not html and not c.post.kept_out:
        yield None, "text: there is none", "write some, or hide the post with draft: true"
    if c.publication.content == "full" and len(fill_slots(html, entry.urls).encode()) > _READER_LIMIT:
        yield None, "text: so long that readers may refuse the feed", 'split it, or set content = "summary"'


def _picture(c: _Checked, entry: RenderedEntry) -> _Found:
    if c.post.image and entry.attached.image is None:
        problem = f"{quoted(c.post.image.target)} is not a file here, so the post has no picture"
        yield c.post.image.key, problem, "correct the path, or write image: and the path of a picture"


def _dropped_tags(c: _Checked, _entry: RenderedEntry) -> _Found:
    text = c.source.text
    for tag in (name for name in c.rendering.dropped if not name.startswith("U+")):
        line = line_in(text, f"<{tag}", f"<{tag.upper()}")
        if tag == "iframe":
            frame = _FRAME_WITHOUT_TITLE.search(text)
            line = text.count("\n", 0, frame.start()) + 1 if frame else line
            yield line, "iframe: becomes a link to what it shows", "name the link in its title"
        else:
            yield line, f"{tag}: feed readers do not show this tag, so it is removed", "remove it"


def _alt_texts(c: _Checked, entry: RenderedEntry) -> _Found:
    html = fill_slots(entry.rendering.html, [as_written(one.target) for one in entry.rendering.references])
    for match in _IMAGE.finditer(html):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if not attributes.get("alt", "").strip():
            name = unescape(attributes.get("src", ""))
            line = line_in(c.source.text, name, "<img", "![")
            yield line, f"image: {quoted(name)} has no alt text", "describe it: ![…](…)"


def _links(c: _Checked, entry: RenderedEntry) -> _Found:
    with_template_code = {c.post.body_line + one.line - 1 for one in c.rendering.template_code}
    for match in _BARE_LINK.finditer(entry.rendering.html):
        text = html_to_text(match[1])
        line = line_in(c.source.text, f"[{text}]", f">{text}<", "<a")
        if line not in with_template_code:
            yield line, f"link: {quoted(text)} is not a link, as its address was removed", "correct the address"
    for reference, link in zip(entry.rendering.references, c.links, strict=True):
        is_accepted = c.post.template_code == "ok" and kind_of(reference.target)
        if link.taken_for_address and not is_accepted and (remark := c.dead_links.remark(reference, link)):
            yield line_in(c.source.text, *spellings(reference)), *remark


def _episode(c: _Checked, entry: RenderedEntry) -> _Found:
    if c.post.episode is None:
        return
    enclosure = entry.attached.enclosures[0]
    if not urlsplit(enclosure.url).path.lower().endswith(_OF_APPLE):
        yield "enclosure", f"Apple accepts only files that end in {', '.join(_OF_APPLE)}", "convert the file"
    if enclosure.media_type.startswith(TIMED_MEDIA) and enclosure.duration is None:
        yield "enclosure", "unknown duration", "add duration:, for example 42:30"


_ENTRY_CHECKS = (_text, _picture, _dropped_tags, _alt_texts, _links, _episode)
