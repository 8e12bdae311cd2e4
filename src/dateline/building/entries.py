"""Build entries: render posts that the cache has no rendering of, and resolve what they refer to.

Entries are stored in the cache chunk by chunk as they are built; feeds and pages read them from there.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from dateline import formats
from dateline.building import BuildContext
from dateline.building.attachments import attach
from dateline.building.index import post_key
from dateline.building.link_resolver import LinkResolver, ResolvedLink
from dateline.building.lookup import current_stamps
from dateline.cache.entry_tables import RenderedEntry
from dateline.cache.post_tables import PostRow
from dateline.cldr import date_text
from dateline.content.posts import body_of
from dateline.content.source import line_in, line_of, read
from dateline.errors import BuildError, InputError, PostError, Problem
from dateline.hashing import digest, digest_bytes
from dateline.model import Note, Post, Publication, Reference, Rendering
from dateline.parallel import Jobs
from dateline.render import Aside, RenderTask, host_of, render_all, render_key
from dateline.render.link_constructs import as_written, kind_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

CHUNK = 25  # posts rendered at a time
MOST_ERRORS = 100  # links and files that are listed for one post; finding the line of each takes time
WORTHWHILE = 60  # posts; rendering fewer takes less time than starting processes


class PostChangedError(PostError):
    """A post was edited between being read and being rendered: the build has to start again."""


def invalidate_entries(context: BuildContext) -> None:
    """Have entries built again if the settings or the files that they depend on have changed."""
    cache, publication = context.cache, context.publication
    key = f"{render_key(publication)} {digest((publication.assets, publication.old_permalinks))}"
    with cache.transaction():
        before = cache.metadata("entry_settings")
        if before != key:
            cache.set_metadata("entry_settings", key)
            if before is not None:
                cache.entries.forget()
        cache.dependencies.forget_changed(context.now, current_stamps(context, cache.dependencies.files()))


def build_entries(context: BuildContext, numbers: Collection[int] | None) -> list[Problem]:
    """Build the entries, of `numbers` or of all published posts, that the cache does not have.

    Returns what is wrong with posts. Raises PostChangedError.
    """
    wanted = context.cache.entries.unbuilt(context.now, numbers)
    errors: list[Problem] = []
    entries: list[RenderedEntry] = []

    def keep() -> None:
        with context.cache.transaction():
            context.cache.entries.keep(entries)
        entries.clear()

    if wanted:
        context.progress("rendering", 0, len(wanted))
    for done, (row, rendering, is_new) in enumerate(render_posts(context, wanted)):
        context.progress("rendering", done, len(wanted))
        try:
            entries.append(build_entry(context, row, rendering, is_new=is_new)[0])
        except BuildError as refused:
            errors += refused.problems
        if len(entries) >= CHUNK:
            keep()
    keep()
    # An error in a note is found in its post, and again in the item that the note makes.
    return list(dict.fromkeys(errors))


def check_texts(context: BuildContext, paths: Collection[str]) -> list[Problem]:
    """Return what is wrong with the texts of invalid posts, so that all their faults are found in one run."""
    errors: list[Problem] = []
    numbers = [row.number for row in context.cache.posts.by_paths(paths).values()]
    for row, rendering, is_new in render_posts(context, numbers, to_serialise=False):
        try:
            build_entry(context, row, rendering, is_new=is_new)
        except BuildError as refused:
            errors += refused.problems
    return errors


def build_entry(
    context: BuildContext, row: PostRow, rendering: Rendering | PostError, *, is_new: bool
) -> tuple[RenderedEntry, list[ResolvedLink]]:
    """Return the entry of a post, and the links of its text. Raises BuildError."""
    if isinstance(rendering, PostError):
        raise BuildError([rendering.problem])
    post = row.post
    resolver = LinkResolver(context, post)
    links: list[ResolvedLink] = []
    wrong: list[tuple[InputError, Sequence[str]]] = []
    for reference in rendering.references:
        try:
            links.append(resolver.resolve(reference))
        except InputError as error:
            wrong.append((error, spellings(reference)))
    attached, attached_links, wrong_media = attach(post, resolver)
    wrong += [(error, (medium.target, f"{medium.key}:")) for medium, error in wrong_media]
    if wrong:
        raise BuildError(_located(context.folder, post.path, wrong))
    files = [(link.media, link.published_at or link.media) for link in (*links, *attached_links) if link.media]
    entry = RenderedEntry(
        post=row,
        key=row.text_key + render_key(context.publication),
        rendering=rendering,
        is_new=is_new,
        urls=[link.url for link in links],
        media=list(dict.fromkeys(files)),
        attached=attached,
        unanswered=[] if post.template_code == "ok" else list(_unanswered(rendering.references, links)),
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
    context: BuildContext,
    numbers: Sequence[int],
    *,
    to_serialise: bool = True,
    executor: "Executor | Jobs | None" = None,
) -> Iterator[tuple[PostRow, Rendering | PostError, bool]]:
    """Yield posts in the order of `numbers`, each with its rendering and whether that is new.

    `to_serialise`: feeds will be written afterwards. `executor` renders in place of the jobs of this build. Raises
    PostChangedError.
    """
    cache, key_end = context.cache, render_key(context.publication)
    executor = executor or context.jobs.executor(worthwhile=len(numbers) >= WORTHWHILE) or context.jobs.small_executor()
    settings = cache.metadata("settings") or ""
    waiting: deque[list[tuple[PostRow, Rendering | None]]] = deque()

    def texts() -> Iterator[list[RenderTask]]:
        for start in range(0, len(numbers), CHUNK):
            posts = cache.posts.get(numbers[start : start + CHUNK])
            rows = [(row, cache.renderings.get(row.number, row.text_key + key_end)) for row in posts]
            waiting.append(rows)
            yield [_text(context, row, settings) for row, rendering in rows if rendering is None]
        if executor and numbers and to_serialise:
            formats.preload()  # while other processes render

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


def _text(context: BuildContext, row: PostRow, settings: str) -> RenderTask:
    """Return what to render of a post. Raises PostChangedError if its file is not the one that the cache knows."""
    post, publication = row.post, context.publication
    text = RenderTask(
        body="",
        engine=publication.markdown,
        footnote_prefix=digest_bytes(post.id.encode(), 4),
        smart_quotes=publication.has_smart_quotes(post.language),
        math=publication.math,
        host=host_of(publication),
        accepts_template_code=post.template_code == "ok",
    )
    if post.part:
        return text._replace(body=post.notes[0].text)
    source, _, bytes_digest = read(context.folder, post.path)
    if row.key != post_key(bytes_digest, settings):
        raise PostChangedError(post.path, None, "file changed while being read", "try again when it is saved")
    if post.retraction:
        return text._replace(notes=(_passage(post.retraction, post, publication),))
    notes = tuple(_passage(note, post, publication) for note in post.notes)
    return text._replace(body=body_of(source, post), notes=notes)


def _passage(note: Note, post: Post, publication: Publication) -> Aside:
    """Return a note as it is shown in its post, whose language has perhaps no words but English ones."""
    words = publication.words(post.language)
    lead = words.text(f"{note.kind}_lead", date=date_text(note.published, words.language))
    language = ' lang="en"' if words.is_instead else ""
    return Aside(note.anchor, f"<strong{language}>{escape(lead)}</strong>", note.text)


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
