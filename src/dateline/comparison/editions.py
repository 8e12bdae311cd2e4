"""Find out what subscribers will see in the feeds of all editions, and which posts move from one to another."""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path

from dateline.comparison.changes import Change, ChangeReport
from dateline.comparison.compare_feeds import compare_with, compare_with_output, known_id, new_items
from dateline.comparison.compare_items import same_posts
from dateline.comparison.context import DiffContext
from dateline.comparison.published import published_at
from dateline.content.languages import listed
from dateline.errors import FeedError, reason_of
from dateline.feeds import Edition
from dateline.formats.items import Document, Item
from dateline.output import Plan

_ADDED = ("new", "older", "archived")


def contexts_of(posts: Path, folder: Path, plan: Plan, editions: Sequence[Edition], now: datetime) -> list[DiffContext]:
    """Return what is compared for each edition, given the plan for the output folder of all."""
    files = {planned.output.path: planned for planned in plan.files}
    main, *others = editions
    folders = tuple(edition.publication.folder for edition in others)
    return [
        DiffContext(posts, folder, plan, files, main, folders, now),
        *(DiffContext(posts, folder, plan, files, edition, (), now) for edition in others),
    ]


def detect_changes(contexts: Sequence[DiffContext], against: str | None) -> ChangeReport:
    """Return what subscribers will see when the plan is applied.

    The feeds of each edition are compared with those in the output; or, if there is one to compare `against`, at an
    address or in a file, those of the edition in its language. Raises FeedError.
    """
    try:
        if against is None:
            return merged(contexts, list(map(compare_with_output, contexts)))
        documents = list(published_at(against))
        return compare_with(_in_language(contexts, documents[0]), against, documents)
    except OSError as error:  # of a feed that was there a moment before
        path = os.fsdecode(error.filename or contexts[0].folder)
        remedy = "try again when no other program writes there"
        raise FeedError(path, None, f"cannot be read: {reason_of(error)}", remedy) from None


def _in_language(contexts: Sequence[DiffContext], feed: Document) -> DiffContext:
    """Return the edition in the language that a feed states; the main one if there is none."""
    stated = feed.details.get((feed.format, "language"), "")
    languages = [context.publication.language for context in contexts]
    language = listed(stated, languages) or listed(stated.partition("-")[0], languages) or languages[0]
    return contexts[languages.index(language)]


def merged(contexts: Sequence[DiffContext], reports: Sequence[ChangeReport]) -> ChangeReport:
    """Return the reports on all editions as one. A post that moves to another edition is neither gone nor new."""
    changes = chain.from_iterable(report.changes for report in reports)
    notes = [report.unchecked for report in reports if report is reports[0] or report.compared_with]
    abandoned = [
        context.publication.folder + path
        for context, report in zip(contexts, reports, strict=True)
        for path in report.abandoned
    ]
    return reports[0]._replace(
        changes=tuple(_with_moves(changes, _moves(contexts, reports))),
        unchecked=" ".join(filter(None, dict.fromkeys(notes))),
        abandoned=tuple(abandoned),
    )


def _with_moves(changes: Iterable[Change], moves: Iterable[Change]) -> Iterator[Change]:
    """Yield changes, with each move in place of the item that is gone, and without the one that is new."""
    by_id = {move.was.id: move for move in moves if isinstance(move.was, Item)}
    arrived = {move.now.id for move in by_id.values() if isinstance(move.now, Item)}
    for change in changes:
        id = change.item.id if change.item else ""
        if change.kind == "gone":
            yield by_id.get(id, change)
        elif change.kind not in _ADDED or id not in arrived:
            yield change


def _moves(contexts: Sequence[DiffContext], reports: Sequence[ChangeReport]) -> Iterator[Change]:
    """Yield the posts that leave the feeds of one edition, and are in those of another, perhaps under another id."""
    gone = [change for report in reports for change in report.of("gone")]
    if not gone or len(contexts) == 1:
        return
    main = contexts[0]
    added = {item.id: item for pair in zip(contexts, reports, strict=True) for item in _added(*pair)}
    for change in gone:
        post = change.item and main.post(change.item.id)
        if post and any(context.is_published(post) for context in contexts):
            yield change._replace(kind="moves", now=added.pop(post.id, None))
    yield from _moves_under_another_id(main, gone, added.values())


def _moves_under_another_id(main: DiffContext, gone: Iterable[Change], added: Iterable[Item]) -> Iterator[Change]:
    unknown = [change.was for change in gone if change.post is None and isinstance(change.was, Item)]
    for was, now, because in same_posts(unknown, added):
        if post := main.post(now.id):
            known_as = known_id(main, was, post)
            yield Change("moves", now.name, was, now, because, post=post.below(main.posts), known_as=known_as)


def _added(context: DiffContext, report: ChangeReport) -> Iterator[Item]:
    """Yield the items that are new to the feeds of an edition."""
    if report.compared_with is None:
        items = new_items(context, context.publication.formats[-1])
        yield from (*items.main, *items.archived)
    else:
        yield from (change.item for change in report.of(*_ADDED) if change.item)
