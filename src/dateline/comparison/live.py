"""Compare with what subscribers have: the feeds on the web or, where none answers, those that a publish replaces."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import quote, unquote

from dateline.comparison.changes import ChangeReport
from dateline.comparison.compare_feeds import compare_with, compare_with_output, nothing_published
from dateline.comparison.context import DiffContext
from dateline.comparison.editions import detect_changes, merged
from dateline.comparison.published import document, walk
from dateline.errors import FeedError
from dateline.feeds import Selection
from dateline.formats.items import Document
from dateline.hashing import sha256
from dateline.options import BuildOptions, PublishTarget


def changes_of_live(contexts: Sequence[DiffContext], options: BuildOptions) -> ChangeReport:
    """Return what subscribers of the live feeds of all editions will see.

    Raises FeedError if there is none, or none that can be read, unless the options say to go on; a publish goes on if
    neither the web nor its target has one.
    """
    compare = _compare_for_publish if options.target else _compare
    return merged(contexts, [compare(context, options) for context in contexts])


def _compare(context: DiffContext, options: BuildOptions) -> ChangeReport:
    try:
        return _with_the_web(context, _paths(context))
    except FeedError as error:
        path, _, problem, *_ = error.problem
        if not (options.first if error.gone else options.unguarded):
            option = "--first, if none is published yet" if error.gone else "--unguarded, to build without comparing"
            raise FeedError(path, None, problem, f"see why, or build with {option}") from None
        unchecked = f"The feed on the web was not looked at ({path}: {problem})."
        return detect_changes([context], None)._replace(unchecked=unchecked)


def _compare_for_publish(context: DiffContext, options: BuildOptions) -> ChangeReport:
    assert options.target
    try:
        return _with_the_web(context, _paths(context))
    except FeedError as error:
        path, _, problem, *_ = error.problem
        if found := _with_target(context, options.target):
            return found._replace(unchecked=f"The feed on the web was not looked at ({path}: {problem}).")
        may_be_first = error.gone or not (context.publication.live or options.target.is_ours)
        if not (may_be_first or options.first):
            remedy = "see why, or publish with --first, if no feed is published yet"
            raise FeedError(path, None, problem, remedy) from None
        return nothing_published(context, "First publication: nothing to compare with yet.")


def _paths(context: DiffContext) -> Sequence[str]:
    return context.publication.feed_paths(context.publication.formats[0])


def _with_the_web(context: DiffContext, paths: Sequence[str]) -> ChangeReport:
    """Compare with the feed on the web, at the first of its paths where there is one. Raises FeedError."""
    from dateline.http_client import Client

    path, *others = paths
    address, client = context.publication.url + quote(path), Client()
    try:
        content, found_at = client.fetch(address)
    except FeedError as error:
        if not (error.gone and others):
            raise
        return _with_the_web(context, others)
    if _is_in_output(context, path, content):
        return compare_with_output(context)._replace(compared_with=address)
    fetched = {address: (content, found_at)}
    archives = _Archives(context)
    documents = list(walk(address, lambda url: fetched.pop(url, None) or client.fetch(url), archives.read))
    return compare_with(context, address, documents, archives.staying)


class _Archives:
    """The archives of the plan in the format that is compared, and those that are `staying`: on the web as they are.

    To read all items of ten years takes ten times as long as the rest of a build.
    """

    def __init__(self, context: DiffContext) -> None:
        publication = context.publication
        self._files = context.files
        self._format = publication.formats[0]
        self._url = partial(publication.feed_url, format=self._format)
        self._name = publication.feed_path(self._format)
        self._planned = {self._url(archive.heading.base): archive for archive in context.main_and_archives[1:]}
        self.staying: list[Selection] = []

    def read(self, content: bytes, address: str) -> Document:
        """Read a document, but of an archive that stays only where the next one is. Raises FeedError."""
        archive = self._planned.get(address)
        file = self._files.get(archive.folder + self._name) if archive else None
        if archive is None or file is None or file.digest != sha256(content):
            return document(content, address)
        self.staying.append(archive)
        previous = archive.heading.previous
        return Document(address, self._format, None, address, previous and self._url(previous), (), is_ours=True)


def _is_in_output(context: DiffContext, path: str, content: bytes) -> bool:
    """Return whether the main feed in the output folder is the live one.

    Then no archive has to be fetched: the build that wrote them was compared with what was live before.
    """
    with suppress(OSError):
        return path in context.plan.manifest and (context.folder / path).read_bytes() == content
    return False


def _with_target(context: DiffContext, target: PublishTarget) -> ChangeReport | None:
    """Compare with the feed that a target holds; None if it has none, or something else in its place."""
    home, folder = context.publication.url, context.publication.folder

    def get(address: str) -> tuple[bytes, str] | None:
        content = target.read(folder + unquote(address.removeprefix(home))) if address.startswith(home) else None
        return None if content is None else (content, address)

    for path in _paths(context):
        documents: list[Document] = []
        with suppress(FeedError):
            documents += walk(home + quote(path), get)
        if documents:
            return compare_with(context, home + quote(path), documents)._replace(
                compared_with=f"{folder}{path} in {target.name}"
            )
    return None
