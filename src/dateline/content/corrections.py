"""What a post says of itself later on: that it is corrected, retracted, or withdrawn."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, unquote, urldefrag

from dateline.content.dates import Written, apart, told
from dateline.content.fields import Fields, Value
from dateline.content.validators import line_of_text, markdown, yes_or_no
from dateline.errors import DatelineError, Unreadable, quoted
from dateline.model import Note, Post, Publication, Withdrawal

NOTES = ("corrections", "retracted", "withdrawn")
RETRACTED = "Retracted: "

# What the title of an item begins with, by the kind of note that it is made of.
_TITLES = {"correction": "Correction: ", "retraction": "Retraction: "}

ReadDate = Callable[[Value], Written]


class Said(NamedTuple):
    """All that a post says of itself later on, notes in the order of their dates."""

    notes: tuple[Note, ...]
    withdrawn: Withdrawal | None


def read_notes(fields: Fields, published: Written, read_date: ReadDate) -> Said:
    """What stands under ``corrections:``, ``retracted:`` and ``withdrawn:``, none of it earlier than the post."""
    if fields.values.keys().isdisjoint(NOTES):
        return Said((), None)

    def after(value: Value) -> Written:
        return not_before(read_date(value), published)

    corrections = fields.take("corrections", lambda value: _corrections(value, after)) or ()
    retraction = fields.take("retracted", lambda value: _note("retraction", "reason", _mapping(value, "reason"), after))
    if retraction and any(note.date == retraction.date for note in corrections):
        raise fields.error("retracted", f"{retraction.date} is the date of a correction too", _remedy(retraction))
    withdrawn = fields.take("withdrawn", lambda value: _withdrawal(value, after))
    notes = [*corrections, retraction] if retraction else corrections
    return Said(tuple(sorted(notes, key=lambda note: note.published)), withdrawn)


def not_before(written: Written, published: Written) -> Written:
    """A date of a change: one without a time that is the day of publication counts as after that.

    Raises Unreadable for an earlier one.
    """
    if not written.timed and written.moment.date() == published.moment.date():
        return Written(max(written.moment, published.moment), timed=False)
    if written.moment < published.moment:
        raise Unreadable(f"{written.moment:%Y-%m-%d} is before the post's date", "correct one of them")
    return written


def _corrections(value: Value, after: ReadDate) -> tuple[Note, ...]:
    items = value if isinstance(value, list) else [value]
    found: dict[str, Note] = {}
    for item in items:
        note = _note("correction", "text", _mapping(item, "text"), after)
        if note.date in found:
            raise Unreadable(f"two are of {note.date}", _remedy(note))
        found[note.date] = note
    return tuple(found.values())


def _remedy(note: Note) -> str:
    """How to tell two notes of one post apart, whose ids are made from their dates."""
    if "T" in note.date:
        return "make one note of the two, or write another time for the newer one"
    return f"write the time of the newer one, like date: {note.date} 14:30, or make one note of the two"


def _mapping(value: Value, key: str) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Unreadable(f"{quoted(value)} is no date with its {key}", f"write date: and below it {key}:")
    return value


def _note(kind: str, key: str, value: dict[str, Value], after: ReadDate) -> Note:
    """A note that says what it has to say under `key`."""
    unknown = value.keys() - {"date", key, "announce"}
    if unknown:
        raise Unreadable(f"a {kind} has no {quoted(min(unknown))}", f"write date, {key} and, if you like, announce")
    for wanted, example in (("date", "2025-05-14"), (key, "and what readers should know")):
        if not value.get(wanted):
            raise Unreadable(f"a {kind} without {wanted}", f"add {wanted}: {example}")
    written = after(value["date"])
    announced = bool(value.get("announce")) and yes_or_no(value["announce"])
    return Note(kind, _date_of(written), written.moment, markdown(value[key]), announced)


def _date_of(written: Written) -> str:
    """The date of a note as its id has it. It never changes with a setting."""
    if not written.timed:
        return f"{written.moment:%Y-%m-%d}"
    return f"{written.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _withdrawal(value: Value, after: ReadDate) -> Withdrawal:
    """A date, or a mapping with that and a reason."""
    if isinstance(value, dict):
        unknown = value.keys() - {"date", "reason"}
        if unknown:
            raise Unreadable(f"a withdrawal has no {quoted(min(unknown))}", "write date and reason")
        if not value.get("date"):
            raise Unreadable("without date", "add date: 2025-05-14")
        reason = line_of_text(value["reason"]) if value.get("reason") else None
        return Withdrawal(after(value["date"]).moment, reason)
    return Withdrawal(after(value).moment, None)


def corrected_id(id: str, note: Note, publication_id: str) -> str | None:
    """The id of the post that has a note, by the id of the note's item; None where it is not that."""
    written = id.removeprefix(_id(note, publication_id, ""))
    found = unquote(written)
    return found if found and id == _id(note, publication_id, found) else None


def _id(note: Note, publication_id: str, post_id: str) -> str:
    return f"{publication_id}/corrections/{note.date}/{quote(post_id, safe='')}"


def items_of(post: Post, publication: Publication) -> tuple[Post, ...]:
    """The items that the notes of a post make, each with an id of its own and a link to its place in the post."""
    return () if post.kept_out else tuple(_item(post, note, publication.id) for note in post.notes)


def _item(post: Post, note: Note, publication_id: str) -> Post:
    title = post.title.removeprefix(RETRACTED) if post.retraction else post.title
    # Once a post is retracted, its reason is all that stands in it.
    place = f"{urldefrag(post.canonical_url).url}#{(post.retraction or note).anchor}"
    id = _id(note, publication_id, post.id)
    return post.emptied()._replace(
        id=id,
        url=f"{post.url}#{note.anchor}",
        title=_TITLES[note.kind] + title,
        published=note.published,
        # Even where a time was written to the second, which the post and the item would share.
        updated=apart(note.published, id),
        due=max(post.due, note.published),
        timed="T" in note.date,
        link=place,
        aliases=(),
        part=note.anchor,
        notes=(note,),
    )


def dated_later(fields: Fields, post: Post, keys: tuple[str, ...], now: datetime) -> DatelineError:
    """The error for a change that lies in the future, which only a clock can tell; `keys` say when it was updated."""
    late = post.updated.replace(microsecond=0)
    key = next((key for key in keys if fields.get(key) is not None), keys[0])
    if post.withdrawn:
        key = "withdrawn"
    elif note := next((note for note in post.notes if note.published == late), None):
        key = "retracted" if note.kind == "retraction" else "corrections"
    return fields.error(key, f"{told(late)} is later than now", in_time(late, now, "the change"))


def in_time(late: datetime, now: datetime, what: str) -> str:
    """How to date something that lies in the future: today's bare day stands for noon."""
    here = now.astimezone(late.tzinfo)
    like = f", like {here:%Y-%m-%d %H:%M}" if here.date() == late.date() else ""
    return f"write the time of {what}{like}, or correct the day"
