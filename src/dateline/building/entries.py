"""Build entries: render posts that the cache has no rendering of, and resolve what they refer to.

Entries are stored in the cache chunk by chunk as they are built; feeds and pages read them from there.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dateline.building import BuildContext
from dateline.building.attachments import attach
from dateline.building.index import PostChangedError, post_key
from dateline.building.link_resolver import LinkResolver, ResolvedLink
from dateline.building.lookup import current_stamps
from dateline.building.texts import render_task
from dateline.cache.entry_tables import RenderingRow, ResolvedEntry, rendering_row
from dateline.cache.serialize import PostRow
from dateline.content.source import line_in, line_of, read
from dateline.errors import BuildError, InputError, PostError, Problem
from dateline.hashing import digest, digest_bytes
from dateline.model import Reference, Rendering
from dateline.parallel import Jobs
from dateline.render import RenderTask, render_all, render_key
from dateline.render.link_constructs import as_written, kind_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

CHUNK = 25  # posts rendered at a time
MOST_ERRORS = 100  # links and files that are listed for one post; finding the line of each takes time
WORTHWHILE = 60  # posts; rendering fewer takes less time than starting processes


def apply_settings(context: BuildContext) -> None:
    """Have all entries built again if the settings that they depend on have changed."""
    cache, publication = context.cache, context.publication
    key = f"{render_key(publication)} {digest((publication.assets, publication.old_permalinks))}"
    with cache.transaction():
        before = cache.metadata("entry_settings")
        if before != key:
            cache.set_metadata("entry_settings", key)
            if before is not None:
                cache.entries.forget()


def build_entries(context: BuildContext, numbers: Collection[int] | None) -> list[Problem]:
    """Build the entries, of `numbers` or of all published posts, that the cache does not have, or whose files changed.

    Returns what is wrong with posts. Raises PostChangedError.
    """
    cache, key_end = context.cache, render_key(context.publication)
    with cache.transaction():
        cache.dependencies.forget_changed(context.now, current_stamps(context, cache.dependencies.files()))
    wanted = cache.entries.unbuilt(context.now, numbers)
    errors = _render_missing(context, wanted)
    for start in range(0, len(wanted), CHUNK):
        entries: list[ResolvedEntry] = []
        for row, references, shown in cache.renderings.references(wanted[start : start + CHUNK], key_end):
            try:
                entries.append(resolve_entry(context, row, references, shown)[0])
            except BuildError as refused:
                errors += refused.problems
        with cache.transaction():
            cache.entries.keep(entries)
    # An error in a note is found in its post, and again in the item that the note makes.
    return list(dict.fromkeys(errors))


def _render_missing(context: BuildContext, numbers: Sequence[int]) -> list[Problem]:
    """Render the posts of which the cache has no rendering; return their errors. Raises PostChangedError."""
    cache, key_end = context.cache, render_key(context.publication)
    missing = cache.renderings.missing(numbers, key_end)
    errors: list[Problem] = []
    made: list[tuple[int, RenderingRow]] = []

    def keep() -> None:
        with cache.transaction():
            cache.renderings.keep(made)
        made.clear()

    for done, (row, rendering, _) in enumerate(render_posts(context, missing)):
        context.progress("rendering", done, len(missing))
        if isinstance(rendering, PostError):
            errors.append(rendering.problem)
        else:
            made.append((row.number, rendering_row(row.text_key + key_end, rendering)))
        if len(made) >= CHUNK:
            keep()
    keep()
    return errors


def check_texts(context: BuildContext, paths: Collection[str]) -> list[Problem]:
    """Return what is wrong with the texts of invalid posts, so that all their faults are found in one run."""
    errors: list[Problem] = []
    numbers = [row.number for row in context.cache.posts.by_paths(paths).values()]
    for row, rendering, _ in render_posts(context, numbers):
        try:
            resolve_rendering(context, row, rendering)
        except BuildError as refused:
            errors += refused.problems
    return errors


def resolve_rendering(
    context: BuildContext, row: PostRow, rendering: Rendering | PostError
) -> tuple[ResolvedEntry, list[ResolvedLink]]:
    """Return what `resolve_entry` does for a rendering. Raises BuildError, also if there is none."""
    if isinstance(rendering, PostError):
        raise BuildError([rendering.problem])
    return resolve_entry(context, row, rendering.references, 0)


def resolve_entry(
    context: BuildContext, row: PostRow, references: Sequence[Reference], shown: int
) -> tuple[ResolvedEntry, list[ResolvedLink]]:
    """Return where the references of a post and its media lead, and the links of its text. Raises BuildError.

    `shown` is the checksum of its rendering, as `RenderingRow` has it.
    """
    post = row.post
    resolver = LinkResolver(context, post)
    links: list[ResolvedLink] = []
    wrong: list[tuple[InputError, Sequence[str]]] = []
    for reference in references:
        try:
            links.append(resolver.resolve(reference))
        except InputError as error:
            wrong.append((error, spellings(reference)))
    attached, attached_links, wrong_media = attach(post, resolver)
    wrong += [(error, (medium.target, f"{medium.key}:")) for medium, error in wrong_media]
    if wrong:
        raise BuildError(_located(context.folder, post.path, wrong))
    files = [(link.media, link.published_at or link.media) for link in (*links, *attached_links) if link.media]
    entry = ResolvedEntry(
        number=row.number,
        fields=row.fields,
        shown=shown,
        urls=[link.url for link in links],
        media=list(dict.fromkeys(files)),
        attached=attached,
        unanswered=[] if post.template_code == "ok" else list(_unanswered(references, links)),
        dependencies=list(resolver.lookup.dependencies.values()),
        media_info=resolver.lookup.media_info,
    )
    return entry, links


def _unanswered(references: Iterable[Reference], links: Iterable[ResolvedLink]) -> Iterator[str]:
    """Yield the kind of each construct that should be a link but leads nowhere."""
    for reference, link in zip(references, links, strict=True):
        if not link.url[:1].strip() and (kind := kind_of(reference.target)):
            yield kind


def render_posts(
    context: BuildContext, numbers: Sequence[int], *, executor: "Executor | Jobs | None" = None
) -> Iterator[tuple[PostRow, Rendering | PostError, bool]]:
    """Yield posts in the order of `numbers`, each with its rendering and whether that is new.

    `executor` renders in place of the jobs of this build. Raises PostChangedError.
    """
    cache, key_end = context.cache, render_key(context.publication)
    size = CHUNK
    if executor is None:
        executor = context.jobs.executor(worthwhile=len(numbers) >= WORTHWHILE)
        size = min(CHUNK, len(numbers) // context.jobs.count + 1)  # a share for each process
    settings = cache.metadata("settings") or ""
    failures = context.failures or {}
    waiting: deque[list[tuple[PostRow, Rendering | InputError | None]]] = deque()

    def texts() -> Iterator[list[RenderTask]]:
        for start in range(0, len(numbers), size):
            posts = cache.posts.get(numbers[start : start + size])
            keys = [row.text_key + key_end for row in posts]
            rows = [
                (row, failures.get(key) or cache.renderings.get(row.number, key))
                for row, key in zip(posts, keys, strict=True)
            ]
            waiting.append(rows)
            yield [_task(context, row, settings) for row, rendering in rows if rendering is None]

    for rendered in render_all(texts(), executor):
        new = iter(rendered)
        for row, known in waiting.popleft():
            rendering = known or next(new)
            if isinstance(rendering, InputError):
                post = row.post
                line = line_of(context.folder, post.path, rendering.culprit) or post.body_line
                yield row, PostError(post.path, line, rendering.problem, rendering.remedy), True
            else:
                yield row, rendering, known is None


def _task(context: BuildContext, row: PostRow, settings: str) -> RenderTask:
    """Return what to render of a post. Raises PostChangedError if its file is not the one that the cache knows."""
    post, publication = row.post, context.publication
    if post.part:
        return render_task(post, None, publication)
    source, _, raw = read(context.folder, post.path)
    if row.key != post_key(digest_bytes(raw), settings):
        raise PostChangedError(post.path, None, "file changed while being read", "try again when it is saved")
    return render_task(post, source, publication)


def _located(folder: Path, path: str, wrong: Sequence[tuple[InputError, Sequence[str]]]) -> Iterator[Problem]:
    """Yield at most MOST_ERRORS errors of a post, each on the line that has one of its spellings."""
    try:
        text = read(folder, path)[0].text
    except PostError:
        text = ""
    for error, spellings in wrong[:MOST_ERRORS]:
        yield error.at(PostError, path, line_in(text, *spellings)).problem
    if len(wrong) > MOST_ERRORS:
        problem = f"text: {len(wrong)} links and files are wrong, and only {MOST_ERRORS} of them are listed"
        yield PostError(path, None, problem, "fix those first").problem


def spellings(reference: Reference) -> Sequence[str]:
    """Return the ways in which a reference may be written in Markdown."""
    target = as_written(reference.target)
    if not target:
        return 'src=""', "src=''", 'poster=""', "poster=''", "]()", "](<>)", "![", "<img"
    return f"({target})", f'"{target}"', target, escape(target), unquote(target), target.rpartition("/")[2]
