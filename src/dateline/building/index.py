"""Index the post files: read what has changed since the last build, and nothing else."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dateline.building import BuildContext
from dateline.building.texts import render_task
from dateline.cache.database import Cache
from dateline.cache.entry_tables import entry_key, rendering_row
from dateline.cache.serialize import Label, PostFile, PostRow, post_values
from dateline.content.corrections import items_of
from dateline.content.dates import zone_file
from dateline.content.front_matter import head_of, locate, split
from dateline.content.ids import atom_id, label_key, label_slug
from dateline.content.key_values import Fields
from dateline.content.link_keys import link_keys
from dateline.content.posts import make_post
from dateline.content.scan import Scan, scan, settled, stamp_of
from dateline.content.source import read
from dateline.errors import InputError, PostError, Problem, openable
from dateline.hashing import digest, digest_bytes
from dateline.model import Body, Post, Publication, Rendering, Source
from dateline.parallel import map_in_order
from dateline.render import beginning, host_of, render_all, render_key
from dateline.render.limits import time_limits
from dateline.render.template_code import constructs
from dateline.text import names

CHUNK = 100  # posts that are read at a time, or fewer if there are not many
MOST_TEXT = 1_000_000  # characters of posts that are in memory at a time, or one post
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
        if stamp_of(f"{folder}/{path}") != stamp:
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


class _Opened(NamedTuple):
    """A post file as it was read: its text, its stamp, the digest of its bytes, and a host that its text may name.

    `before` and `rendered` are those of its task.
    """

    source: Source
    stamp: str
    digest: str
    host: str
    before: PostRow | None
    rendered: str | None


class _Split(NamedTuple):
    """A post file with its front matter, and the position of its text."""

    opened: _Opened
    fields: Fields
    body: Body
    start: int


class _Parsed(NamedTuple):
    """A post file with its post, the errors in that, and the key of the front matter."""

    opened: _Opened
    post: Post
    errors: Sequence[Problem]
    head_key: str


class _Shown(NamedTuple):
    """A post whose text is to be rendered, and the key of that rendering."""

    file: PostFile
    post: Post
    source: Source
    key: str


def _read_chunk(reader: _Reader, tasks: Sequence[_Task]) -> list[PostFile | PostError]:
    results: list[PostFile | PostError] = []
    with time_limits():
        for work in _opened(reader, tasks):
            # One step for many posts, then the next: the code of all steps does not fit into a processor's caches.
            for step in (_split, _parse, _file_of):
                work[:] = [_done(step, reader, item) for item in work]
            results += _with_texts(work, reader.publication)
    return results


def _opened(reader: _Reader, tasks: Iterable[_Task]) -> Iterator[list[Any]]:
    """Open post files; yield them in lists of a limited size."""
    work: list[Any] = []
    size = 0
    for task in tasks:
        item = _done(_open, reader, task)
        work.append(item)
        size += len(item.source.text) if isinstance(item, _Opened) else 0
        if size > MOST_TEXT:
            yield work
            work, size = [], 0
    yield work


def _done(step: Callable[[_Reader, Any], Any], reader: _Reader, item: Any) -> Any:
    """Return what a step makes of an item, or the error; what is finished already stays as it is."""
    if isinstance(item, PostFile | PostError):
        return item
    try:
        return step(reader, item)
    except PostError as error:
        return error


def _open(reader: _Reader, task: _Task) -> _Opened | PostFile:
    path, before, rendered = task
    source, stamp, raw = read(reader.folder, path)
    bytes_digest = digest_bytes(raw)
    if not settled(stamp, reader.started):
        stamp = ""  # the next build reads it again
    if before and not before.key.endswith(f" {reader.settings}"):  # a build that was interrupted did not get to it
        before = None
    if before and before.head_key and post_key(bytes_digest, reader.settings) == before.key:
        return PostFile(path, stamp)
    return _Opened(source, stamp, bytes_digest, _host_in(raw, reader.publication), before, rendered)


def _split(_reader: _Reader, opened: _Opened) -> _Split | _Parsed:
    """Read the front matter, unless it is what it was: most edits change the text alone, and so nothing in the post."""
    source, before = opened.source, opened.before
    located = locate(source)
    start = located[0].body
    if before and before.head_key == _head_key(source, start, before.post):
        return _Parsed(opened, before.post, [], before.head_key)
    return _Split(opened, *split(source, located), start)


def _parse(reader: _Reader, item: _Split | _Parsed) -> _Parsed:
    if isinstance(item, _Parsed):
        return item
    post = _without_template_code(make_post(item.fields, item.body, reader.publication, beginning))
    return _Parsed(item.opened, post, item.fields.errors, _head_key(item.opened.source, item.start, post))


def _file_of(reader: _Reader, parsed: _Parsed) -> PostFile | _Shown:
    publication = reader.publication
    opened, post, errors, head_key = parsed
    key, id_digest = post_key(opened.digest, reader.settings), digest_bytes(post.id.encode(), 4)
    text_key = f"{opened.digest} {post.body_line} {id_digest} {post.language} {post.template_code} {opened.host}"
    if errors:
        return _invalid_file(post, (key, text_key), publication, errors)
    labels = _labels(post, publication)
    keys = sorted(link_keys(post, publication))
    values = post_values((key, head_key, text_key), post, atom_id(publication.id, post.id), labels, keys)
    notes = [
        post_values(("", "", _note_key(item, opened.host)), item, atom_id(publication.id, item.id))
        for item in items_of(post, publication)
    ]
    file = PostFile(post.path, opened.stamp, values, labels, notes, keys)
    is_shown = reader.renders_until and post.due <= reader.renders_until and not post.kept_out
    if not is_shown or (rendering_key := text_key + render_key(publication)) == opened.rendered:
        return file
    return _Shown(file, post, opened.source, rendering_key)


def _with_texts(work: Sequence[PostFile | PostError | _Shown], publication: Publication) -> list[PostFile | PostError]:
    """Render the texts that are to be rendered, all in one go."""
    tasks = [render_task(item.post, item.source, publication) for item in work if isinstance(item, _Shown)]
    (found,) = render_all([tasks], None)
    renderings = iter(found)
    return [_with_text(item, next(renderings)) if isinstance(item, _Shown) else item for item in work]


def _with_text(shown: _Shown, rendering: Rendering | InputError) -> PostFile:
    """Return a post with its text, or with why that could not be rendered, which building its entry will report."""
    file, post, _, key = shown
    if isinstance(rendering, InputError):
        return file._replace(rendering=rendering)
    row = rendering_row(key, rendering)
    is_complete = not rendering.references and not post.media
    return file._replace(rendering=row, entry_key=entry_key(file.fields, row.shown) if is_complete else None)


def _head_key(source: Source, start: int, post: Post) -> str:
    return digest_bytes(head_of(source, start, is_note=post.is_note).encode())


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

    summary, image_alt = _plain(post.summary), _plain(post.image_alt)
    is_plain = summary == post.summary and image_alt == post.image_alt
    return post if is_plain else post._replace(summary=summary, image_alt=image_alt)


def _plain(text: str | None) -> str | None:
    return None if text and any(constructs(text)) else text


def _labels(post: Post, publication: Publication) -> list[Label]:
    """Return the tags and authors under which the post is listed; pages are not."""
    if post.is_page or not (publication.tag_feeds or publication.author_feeds):
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
