"""Posts ─▶ entries: renders what the catalogue has no rendering of, and resolves what posts refer to.

What is made is kept in the catalogue, in whole chunks, as it comes; feeds take their entries from there.
"""

import os
import time
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline import formats
from dateline.build.attachments import Measures, attach
from dateline.build.index import Progress, post_key
from dateline.build.links import Resolved, resolve
from dateline.cache.database import Catalogue
from dateline.cache.dependencies import Consulted
from dateline.cache.entries import Made
from dateline.cache.posts import Numbered
from dateline.cache.renderings import Measured
from dateline.content.dates import day_in_words
from dateline.content.posts import body_of
from dateline.content.scan import UNSETTLED, settled, stamp_of
from dateline.content.source import file_kind, line_in, line_of, read
from dateline.errors import DatelineError, PostError, Refused, Unreadable
from dateline.hashing import digest_bytes
from dateline.model import Attached, Note, Post, Publication, Reference, Rendering
from dateline.parallel import Jobs
from dateline.render import Aside, RenderTask, render_all, render_key

CHUNK = 25  # posts that are rendered in one go
MOST_ERRORS = 100  # of links and files, that are listed for one post; to find the line of each takes time
WORTHWHILE = 60  # posts; to render fewer takes less time than to start processes


class Changed(Exception):  # noqa: N818 - no fault: the build begins again
    """A post, at the path that it holds, was edited between being read and being rendered."""

    def error(self) -> PostError:
        """What to tell where it happens again and again."""
        return PostError(str(self), None, "it changes while it is being read", "try again when it is saved")


class Desk(NamedTuple):
    """What is at hand for making entries. Posts at `broken` paths have been reported already."""

    catalogue: Catalogue
    folder: Path
    publication: Publication
    now: datetime
    jobs: Jobs
    broken: frozenset[str] = frozenset()


class Shelf:
    """What `post` may refer to when it comes out, and a record of what was looked up."""

    def __init__(self, desk: Desk, post: Post) -> None:
        self.desk = desk
        self.post = post
        self.consulted: dict[str, Consulted] = {}
        self.measured: list[Measured] = []
        self.found_broken = False

    @property
    def base(self) -> str:
        """The address under which files are published."""
        return self.desk.publication.url

    @property
    def now(self) -> datetime:
        """The moment at which what is referred to has to be out."""
        return max(self.desk.now, self.post.due)

    def look(self, path: str) -> Post | str:
        """The post at a path, or what else is there: ``file``, ``folder``, ``missing``, ``outside``, ``broken``."""
        desk = self.desk
        post = desk.catalogue.posts.at(path)
        if post is not None:
            self.consulted[path] = Consulted(path, desk.catalogue.consulted.answer(path, desk.now), "")
            return post
        if path in desk.broken:
            self.found_broken = True
            return "broken"
        stamp = stamp_of(os.path.join(desk.folder, path))
        # One that could not tell of a later change is kept as one that no file has.
        self.consulted[path] = Consulted(path, None, stamp if settled(stamp, time.time_ns()) else UNSETTLED)
        return file_kind(desk.folder, path)

    def size(self, path: str) -> int:
        """The size in bytes of a file."""
        return int(stamp_of(os.path.join(self.desk.folder, path)).partition(" ")[0] or 0)

    def measures(self, path: str, kind: str) -> Measures:
        """What can be read of a file, which is a ``picture`` or a ``recording``; it is read once."""
        stamp = self.consulted[path].stamp
        known = self.desk.catalogue.measured.get(path, kind, stamp)
        found = Measures(*known) if known else _READERS[kind](self.desk.folder / path)
        if not known and stamp != UNSETTLED:
            self.measured.append(Measured(path, kind, stamp, found))
        return found


def _of_picture(file: Path) -> Measures:
    from dateline.content.image_size import image_size

    width, height = image_size(file) or (None, None)
    return Measures(width=width, height=height)


def _of_recording(file: Path) -> Measures:
    from dateline.content.audio_duration import duration

    return Measures(duration=duration(file))


_READERS = {"picture": _of_picture, "recording": _of_recording}


def stale(desk: Desk) -> None:
    """Have the catalogue forget which entries were made, where what they depend on is not what it was."""
    catalogue, key_end = desk.catalogue, render_key(desk.publication)
    with catalogue.transaction():
        before = catalogue.about("render_key")
        if before != key_end:
            catalogue.note("render_key", key_end)
            if before is not None:
                catalogue.entries.forget()
        stamps = {path: stamp_of(os.path.join(desk.folder, path)) for path in catalogue.consulted.files()}
        catalogue.consulted.forget_changed(desk.now, stamps)


def make_entries(desk: Desk, numbers: Collection[int] | None, progress: Progress) -> list[DatelineError]:
    """Make the entries, of `numbers` or of all posts that are out, that are not made yet.

    Gives what is wrong with posts. Raises Changed.
    """
    catalogue = desk.catalogue
    wanted = catalogue.entries.unmade(desk.now, numbers)
    errors: list[DatelineError] = []
    made: list[Made] = []
    if wanted:
        progress("rendering", 0, len(wanted))
    for done, (post, rendering, is_new) in enumerate(renderings(desk, wanted)):
        progress("rendering", done, len(wanted))
        try:
            if isinstance(rendering, PostError):
                raise Refused([rendering])
            made.append(make_entry(desk, post, rendering, is_new=is_new)[0])
        except Refused as refused:
            errors += refused.errors
        if len(made) >= CHUNK:
            _keep(catalogue, made)
    _keep(catalogue, made)
    # What is wrong in a note may be found in its post and in the item that it makes.
    return list({str(error): error for error in errors}.values())


def _keep(catalogue: Catalogue, made: list[Made]) -> None:
    with catalogue.transaction():
        catalogue.entries.keep(made)
    made.clear()


def make_entry(desk: Desk, numbered: Numbered, rendering: Rendering, *, is_new: bool) -> tuple[Made, list[Resolved]]:
    """The entry of a post, and where its references lead. Raises Refused."""
    post = numbered.post
    shelf = Shelf(desk, post)
    found: list[Resolved] = []
    wrong: list[tuple[Unreadable, Sequence[str]]] = []
    for reference in rendering.references:
        try:
            found.append(resolve(reference, post, shelf))
        except Unreadable as error:
            wrong.append((error, _spellings(reference)))
    attached, beside, faults = attach(post, shelf) if post.media else (Attached(), [], [])
    wrong += [(fault, (medium.target, f"{medium.key}:")) for medium, fault in faults]
    if wrong:
        raise Refused(_located(desk.folder, post.path, wrong))
    files = [resolved.media for resolved in (*found, *beside) if resolved.media]
    made = Made(
        post=numbered,
        key=numbered.text_key + render_key(desk.publication),
        rendering=rendering,
        is_new=is_new,
        urls=[resolved.url for resolved in found],
        media=list(dict.fromkeys(files)),
        attached=attached,
        consulted=list(shelf.consulted.values()),
        measured=shelf.measured,
        is_provisional=shelf.found_broken,
    )
    return made, found


def renderings(
    desk: Desk, numbers: Sequence[int], *, to_serialise: bool = True
) -> Iterator[tuple[Numbered, Rendering | PostError, bool]]:
    """Posts, in the order of `numbers`, each with its rendering and whether that was made now. Raises Changed.

    `to_serialise` says that documents will be made of them.
    """
    catalogue, key_end = desk.catalogue, render_key(desk.publication)
    executor = desk.jobs.executor(worthwhile=len(numbers) >= WORTHWHILE) or desk.jobs.small_executor()
    settings = catalogue.about("settings") or ""
    waiting: deque[list[tuple[Numbered, Rendering | None]]] = deque()

    def texts() -> Iterator[list[RenderTask]]:
        rest = iter(numbers)
        while chunk := list(islice(rest, CHUNK)):
            posts = [
                (post, catalogue.renderings.get(post.number, post.text_key + key_end))
                for post in catalogue.posts.get(chunk)
            ]
            waiting.append(posts)
            yield [_text(desk, post, settings) for post, rendering in posts if rendering is None]
        if executor and numbers and to_serialise:
            formats.load()  # what comes next, while others render

    for rendered in render_all(texts(), executor):
        fresh = iter(rendered)
        for post, known in waiting.popleft():
            rendering = known or next(fresh)
            if isinstance(rendering, Unreadable):
                yield post, _error(desk, post.post, rendering), True
            else:
                yield post, rendering, known is None


def _text(desk: Desk, numbered: Numbered, settings: str) -> RenderTask:
    """What there is to render of a post, which has to be what the catalogue says that it is."""
    post, publication = numbered.post, desk.publication
    prefix = digest_bytes(post.id.encode(), 4)
    smart = publication.smart_quotes
    if smart is None:
        smart = post.language.split("-")[0] == "en"
    if post.part:
        return RenderTask(post.notes[0].text, publication.markdown, prefix, smart, publication.math)
    source, _, bytes_digest = read(desk.folder, post.path)
    if numbered.key != post_key(bytes_digest, settings):
        raise Changed(post.path)
    if post.retraction:
        return RenderTask("", publication.markdown, prefix, smart, publication.math, (_passage(post.retraction, post),))
    notes = tuple(_passage(note, post) for note in post.notes)
    return RenderTask(body_of(source, post), publication.markdown, prefix, smart, publication.math, notes)


def _passage(note: Note, post: Post) -> Aside:
    """How a note stands in the content of its post. The words that it begins with are English in every language."""
    language = "" if post.language.split("-")[0] == "en" else ' lang="en"'
    lead = f"<strong{language}>{note.kind.capitalize()}, {day_in_words(note.published)}:</strong>"
    return Aside(note.anchor, lead, note.text)


def _error(desk: Desk, post: Post, error: Unreadable) -> PostError:
    line = line_of(desk.folder, post.path, error.culprit) or post.body_line
    return PostError(post.path, line, error.problem, error.remedy)


def _located(folder: Path, path: str, wrong: Sequence[tuple[Unreadable, Sequence[str]]]) -> Iterator[DatelineError]:
    """Make errors, at most MOST_ERRORS, of what is wrong in a post, each on the line with one of its spellings."""
    try:
        text = read(folder, path)[0].text
    except PostError:
        text = ""
    for error, spellings in wrong[:MOST_ERRORS]:
        yield PostError(path, line_in(text, *spellings), error.problem, error.remedy)
    if len(wrong) > MOST_ERRORS:
        problem = f"text: {len(wrong)} links and files are wrong, and only {MOST_ERRORS} of them are listed"
        yield PostError(path, None, problem, "correct those first")


def _spellings(reference: Reference) -> Sequence[str]:
    """How a reference may stand in the Markdown that it came from."""
    target = reference.target
    if not target:
        return 'src=""', "src=''", 'poster=""', "poster=''", "]()", "](<>)", "![", "<img"
    return target, escape(target), unquote(target), target.rpartition("/")[2]
