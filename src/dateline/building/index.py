"""Index the post files: read what has changed since the last build, and nothing else."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from dateline.building import BuildContext
from dateline.building.texts import render_task
from dateline.cache.database import Cache
from dateline.cache.entry_tables import entry_key, rendering_row
from dateline.cache.serialize import Label, PostFile, PostRow, post_values
from dateline.content.corrections import items_of
from dateline.content.dates import zone_file
from dateline.content.front_matter import head_of
from dateline.content.ids import atom_id, label_key, label_slug
from dateline.content.link_keys import link_keys
from dateline.content.posts import parse_post
from dateline.content.scan import Scan, scan, settled, stamp_of
from dateline.content.source import read
from dateline.errors import InputError, PostError, Problem, openable
from dateline.hashing import digest, digest_bytes
from dateline.model import Post, Publication, Source
from dateline.parallel import map_in_order
from dateline.render import beginning, host_of, render_all, render_key
from dateline.render.limits import time_limits
from dateline.render.template_code import constructs
from dateline.text import names

CHUNK = 100  # posts that are read at a time, or fewer if there are not many
WORTHWHILE = 1000  # posts; reading fewer takes less time than starting processes
WORTHWHILE_TO_RENDER = 60  # posts
_READING_SETTINGS = """
    id url language languages default_time authors named_authors permalink tag_feeds author_feeds slugs markdown drafts
    url_on_the_web template_code pages notes own_words
""".split()

_UNKNOWN = "unknown"  # whether posts clash, before all are read

# The path of a post, what it was at the last build, and the key of its rendering.
_Task = tuple[str, PostRow | None, str | None]


class PostChangedError(PostError):
    """A post was edited between being read and being rendered: the build has to start again."""


class _Reader(NamedTuple):
    """What reading a post file depends on. The texts of posts that are due by `renders_until` are rendered at once."""

    folder: Path
    publication: Publication
    settings: str
    started: int
    renders_until: datetime | None


def reading_key(publication: Publication) -> str:
    """Return a digest of the settings on which reading a post depends."""
    zone = publication.timezone
    values = [getattr(publication, name) for name in _READING_SETTINGS]
    return digest((*values, zone.key, Path(zone_file(zone)).read_bytes(), publication.podcast is not None))


def update_index(
    context: BuildContext, found: Scan | None = None, *, renders: bool = False
) -> tuple[Scan, list[Problem]]:
    """Bring the cache up to date. Returns the scan, made now unless it is given, and the errors in posts.

    With `renders`, the texts of published posts that have changed are rendered where they are read. What is read is
    kept bit by bit, so that a build that is interrupted has not read it in vain. Raises PostChangedError.
    """
    cache, folder = context.cache, context.folder
    found = found or scan(folder, context.publication.output)
    known = cache.files.stamps()
    settings = reading_key(context.publication)
    same_settings, clashed = cache.metadata("settings") == settings, cache.metadata("clashes")
    if same_settings and known == found.posts and clashed != _UNKNOWN:
        return found, found.errors + (clashes(context, None) if clashed != "none" else [])
    comparable = known if same_settings else {}
    changed = sorted(path for path, stamp in found.posts.items() if comparable.get(path) != stamp)
    _begin_reading(cache, known.keys() - found.posts.keys(), None if same_settings else settings)
    reader = _Reader(folder, context.publication, settings, found.started, context.now if renders else None)
    errors = _read_changed(context, reader, _tasks(cache, changed, comparable))
    shared = _new_clashes(context, changed if same_settings and clashed == "none" else None)
    if renders:
        _check_unchanged(folder, {path: found.posts[path] for path in changed})
    return found, found.errors + errors + shared


def _tasks(cache: Cache, paths: Sequence[str], comparable: Collection[str]) -> list[_Task]:
    """Return what to read; posts are compared with what they were at the last build if they are `comparable`."""
    before = cache.posts.by_paths([path for path in paths if path in comparable])
    rendered = cache.renderings.keys(paths)
    return [(path, before.get(path), rendered.get(path)) for path in paths]


def _begin_reading(cache: Cache, gone: Collection[str], settings: str | None) -> None:
    """Drop files that are gone, and note that others are to be read, all of them under new `settings`.

    A build that is interrupted then leaves an index that the next one completes.
    """
    with cache.transaction():
        cache.set_metadata("clashes", _UNKNOWN)
        if settings:
            cache.files.outdate()
            cache.set_metadata("settings", settings)
        for path in gone:
            cache.files.forget(path)


def _new_clashes(context: BuildContext, paths: Sequence[str] | None) -> list[Problem]:
    """Return what `clashes` does, and note whether there are any."""
    cache = context.cache
    with cache.transaction():
        cache.files.create_indexes()
        shared = clashes(context, paths)
        cache.set_metadata("clashes", "some" if shared else "none")
    return shared


def _check_unchanged(folder: Path, stamps: Mapping[str, str]) -> None:
    """Raise PostChangedError if a file is no longer as it was found."""
    for path, stamp in stamps.items():
        if stamp_of(folder / path) != stamp:
            raise PostChangedError(path, None, "file changed while being read", "try again when it is saved")


def _read_changed(context: BuildContext, reader: _Reader, tasks: Sequence[_Task]) -> list[Problem]:
    """Read post files into the cache; return their errors."""
    errors: list[Problem] = []
    size = min(CHUNK, len(tasks) // (4 * context.jobs.count) + 1)
    chunks = [tasks[start : start + size] for start in range(0, len(tasks), size)]
    work, worthwhile = ("rendering", WORTHWHILE_TO_RENDER) if reader.renders_until else ("reading", WORTHWHILE)
    executor = context.jobs.executor(worthwhile=len(tasks) >= worthwhile)
    for done, results in enumerate(map_in_order(executor, partial(_read_chunk, reader), chunks)):
        context.progress(work, done * size, len(tasks))
        _store(context, results)
        for result in results:
            errors += result.problems if isinstance(result, PostError) else result.errors
    return errors


def _store(context: BuildContext, results: Sequence[PostFile | PostError]) -> None:
    """Put what was read into the cache, and why texts could not be rendered into the context."""
    cache, key_end = context.cache, render_key(context.publication)
    files = [result for result in results if isinstance(result, PostFile)]
    with cache.transaction():
        cache.files.put(files)
        for result in results:
            if isinstance(result, PostError):
                cache.files.forget(result.problem.path)
    for file in files:
        if isinstance(file.rendering, InputError) and context.failures is not None:
            context.failures[file.text_key + key_end] = file.rendering


def leave_out(context: BuildContext, paths: Collection[str]) -> None:
    """Mark posts as invalid in the cache, for this build; the next one reads them again."""
    cache, publication = context.cache, context.publication
    with cache.transaction():
        rows = cache.posts.by_paths(paths).values()
        cache.files.put([_invalid_file(row.post, (row.key, row.text_key), publication) for row in rows])


def _invalid_file(
    post: Post, keys: tuple[str, str], publication: Publication, errors: Sequence[Problem] = ()
) -> PostFile:
    """Return the row of a post that is left out. Without the key of its front matter it is read again next time."""
    key, text_key = keys
    values = post_values((key, "", text_key), post, atom_id(publication.id, post.id), is_valid=False)
    return PostFile(post.path, "", values, errors=errors)


def _read_chunk(reader: _Reader, tasks: Sequence[_Task]) -> list[PostFile | PostError]:
    results: list[PostFile | PostError] = []
    with time_limits():
        for task in tasks:
            try:
                results.append(_read_file(reader, *task))
            except PostError as error:
                results.append(error)
    return results


def _read_file(reader: _Reader, path: str, before: PostRow | None, rendered: str | None) -> PostFile:
    publication = reader.publication
    source, stamp, raw = read(reader.folder, path)
    bytes_digest = digest_bytes(raw)
    if not settled(stamp, reader.started):
        stamp = ""  # the next build reads it again
    key = post_key(bytes_digest, reader.settings)
    if before and not before.key.endswith(f" {reader.settings}"):  # a build that was interrupted did not get to it
        before = None
    if before and before.head_key and key == before.key:
        return PostFile(path, stamp)
    post, errors, head_key = _post_of(source, publication, before)
    host = _host_in(raw, publication)
    text_key = f"{bytes_digest} {post.body_line} {digest(post.id)[:8]} {post.language} {post.template_code} {host}"
    if errors:
        return _invalid_file(post, (key, text_key), publication, errors)
    labels = _labels(post, publication)
    keys = sorted(link_keys(post, publication))
    values = post_values((key, head_key, text_key), post, atom_id(publication.id, post.id), labels, keys)
    notes = [
        post_values(("", "", _note_key(item, host)), item, atom_id(publication.id, item.id))
        for item in items_of(post, publication)
    ]
    file = PostFile(path, stamp, values, labels, notes, keys)
    is_shown = reader.renders_until and post.due <= reader.renders_until and not post.kept_out
    return _with_text(file, post, source, publication, rendered) if is_shown else file


def _post_of(source: Source, publication: Publication, before: PostRow | None) -> tuple[Post, list[Problem], str]:
    """Return the post of a file, the errors in it, and the key of the front matter.

    Most edits change the text alone, and so nothing that a post is made from.
    """
    if before and before.head_key == (head_key := _head_key(source, before.post)):
        return before.post, [], head_key
    post, fields = parse_post(source, publication, beginning)
    return _without_template_code(post), fields.errors, _head_key(source, post)


def _with_text(file: PostFile, post: Post, source: Source, publication: Publication, rendered: str | None) -> PostFile:
    """Render the text of a post, unless its rendering is known. Building its entry will report why it fails."""
    key = file.text_key + render_key(publication)
    if key == rendered:
        return file
    ((rendering,),) = render_all([[render_task(post, source, publication)]], None)
    if isinstance(rendering, InputError):
        return file._replace(rendering=rendering)
    row = rendering_row(key, rendering)
    is_complete = not rendering.references and not post.media
    return file._replace(rendering=row, entry_key=entry_key(file.fields, row.shown) if is_complete else None)


def _head_key(source: Source, post: Post) -> str:
    return digest_bytes(head_of(source, is_note=post.is_note).encode())


def post_key(bytes_digest: str, settings: str) -> str:
    """Return the key under which a post is read."""
    return f"{bytes_digest} {settings}"


def _host_in(raw: bytes, publication: Publication) -> str:
    """Return the host of the publication if a text may name it, which then is rendered again when that changes."""
    host = host_of(publication)
    is_named = names(raw, host) or b"\\" in raw or (b"&" in raw and b"&#" in raw)
    return host if is_named else ""


def _note_key(item: Post, host: str) -> str:
    """Return a key of the text of an item that a note makes, which depends on its fields, and on a host in it."""
    return digest((item.notes, item.language, item.id, item.template_code, host))


def _without_template_code(post: Post) -> Post:
    """Return a post whose summary and alt text have no template code, unless it accepts that."""
    if post.template_code == "ok":
        return post

    def plain(text: str | None) -> str | None:
        return None if text and any(constructs(text)) else text

    summary, image_alt = plain(post.summary), plain(post.image_alt)
    is_plain = summary == post.summary and image_alt == post.image_alt
    return post if is_plain else post._replace(summary=summary, image_alt=image_alt)


def _labels(post: Post, publication: Publication) -> list[Label]:
    """Return the tags and authors under which the post is listed; pages are not."""
    if post.is_page:
        return []
    names = [("tags", tag) for tag in post.tags if publication.tag_feeds]
    names += [("authors", author.name) for author in post.authors if publication.author_feeds]
    slug = partial(label_slug, publication)
    return [Label(kind, slug(kind, name), name, label_key(name)) for kind, name in dict.fromkeys(names)]


def clashes(context: BuildContext, paths: Sequence[str] | None) -> list[Problem]:
    """Return errors for posts that share an id, as Atom has it, or an address: all, or only those with `paths`.

    Posts that are broken already count for nothing.
    """

    def errors(column: Literal["atom_id", "url"], what: str, remedy: str) -> Iterator[Problem]:
        for posts in context.cache.posts.clashes(column, paths):
            first, *others = [post for post in posts if post.path not in context.broken] or posts[:1]
            if others:
                names = ", ".join(openable(context.folder, post.path) for post in others)
                value = first.id if column == "atom_id" else first.url
                yield PostError(first.path, None, f"{what}: {value} is also that of {names}", remedy).problem

    ids = errors("atom_id", "id", "rename one, or give it an id: of its own")
    return [*ids, *errors("url", "address", "give one a slug: of its own")]
