"""Corrections, retractions and withdrawals of a post, and the feed items that announce them."""

from datetime import UTC
from urllib.parse import quote, unquote, urldefrag

from dateline.cldr import date_text
from dateline.content.dates import Date, ReadDate, with_fraction
from dateline.content.ids import derived_id
from dateline.content.key_values import Fields, Value
from dateline.content.schema import DATE, TEXT, YES_OR_NO, Schema, any_of, one_or_list, table_of
from dateline.content.validators import as_list, check_keys, each, line_of_text, markdown, yes_or_no
from dateline.errors import InputError, quoted
from dateline.model import Note, Post, Publication, Withdrawal
from dateline.post_roles import emptied

NOTES: dict[str, Schema] = {
    "corrections": one_or_list(table_of({"date": DATE, "text": TEXT, "announce": YES_OR_NO}, ("date", "text"))),
    "retracted": table_of({"date": DATE, "reason": TEXT, "announce": YES_OR_NO}, ("date", "reason")),
    "withdrawn": any_of(DATE, table_of({"date": DATE, "reason": TEXT}, ("date",))),
}


def read_notes(fields: Fields, published: Date, read_date: ReadDate) -> tuple[tuple[Note, ...], Withdrawal | None]:
    """Read ``corrections:``, ``retracted:`` and ``withdrawn:``, which may not be earlier than the post.

    Notes are sorted by date.
    """
    if not fields.among(NOTES):
        return (), None

    def after(value: Value) -> Date:
        return not_before(read_date(value), published)

    def corrections(value: Value) -> list[Note]:
        return each(lambda item: _note("correction", "text", item, after), as_list(value))

    retraction = fields.take("retracted", lambda value: _note("retraction", "reason", value, after))
    notes: dict[str, Note] = {}  # by their dates, which their ids are made from
    for note in [*(fields.take("corrections", corrections) or ()), *([retraction] if retraction else ())]:
        if note.date in notes:
            remedy = f"add the time of the newer one, like date: {note.date} 14:30, or merge the two"
            if "T" in note.date:
                remedy = "merge the two, or change the time of the newer one"
            key = "retracted" if note is retraction else "corrections"
            fields.wrong(key, f"another note has the date {note.date}", remedy)
        notes[note.date] = note
    withdrawn = fields.take("withdrawn", lambda value: _withdrawal(value, after))
    return tuple(sorted(notes.values(), key=lambda note: note.published)), withdrawn


def not_before(date: Date, published: Date) -> Date:
    """Return the date of a change. The day of publication without a time counts as later.

    Raises InputError for an earlier one.
    """
    if not date.timed and date.moment.date() == published.moment.date():
        return Date(max(date.moment, published.moment), timed=False)
    if date.moment < published.moment:
        raise InputError(f"{date.moment:%Y-%m-%d} is earlier than the post's date", "correct one of them")
    return date


def _note(kind: str, key: str, value: Value, after: ReadDate) -> Note:
    """Read a table with a date, an optional ``announce``, and the text under `key`."""
    if not isinstance(value, dict):
        raise InputError(f"{quoted(value)} is not a date with its {key}", f"write date: and below it {key}:")
    check_keys(value, "date", key, "announce")

    def require(name: str) -> None:
        if not value.get(name):
            example = "2025-05-14" if name == "date" else "and what readers should know"
            raise InputError(f"{kind} without {name}", f"add {name}: {example}")

    each(require, ("date", key))
    date = after(value["date"])
    announced = bool(value.get("announce")) and yes_or_no(value["announce"])
    # In UTC, since it is part of an id, which must not change with a setting.
    written = f"{date.moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if date.timed else f"{date.moment:%Y-%m-%d}"
    return Note(kind, written, date.moment, markdown(value[key]), announced)


def _withdrawal(value: Value, after: ReadDate) -> Withdrawal:
    """Read a date, or a table with that and a reason."""
    if not isinstance(value, dict):
        return Withdrawal(after(value).moment, None)
    check_keys(value, "date", "reason")
    if not value.get("date"):
        raise InputError("withdrawal without date", "add date: 2025-05-14")
    reason = line_of_text(value["reason"]) if value.get("reason") else None
    return Withdrawal(after(value["date"]).moment, reason)


def corrected_id(id: str, note: Note, publication_id: str) -> str | None:
    """Return the id of the post that an item with this `id` is about; None if it is not the id of a note's item."""
    found = unquote(id.removeprefix(_id(note, publication_id, "")))
    return found if found and id == _id(note, publication_id, found) else None


def _id(note: Note, publication_id: str, post_id: str) -> str:
    return derived_id(publication_id, f"corrections/{note.date}/{quote(post_id, safe='')}")


def items_of(post: Post, publication: Publication) -> tuple[Post, ...]:
    """Return the items of a post's notes, each with an id of its own and a link to the note in the post."""
    if not post.notes or post.kept_out or not post.in_feeds:
        return ()
    return tuple(_item(post, note, publication) for note in post.notes)


def retracted(post: Post, publication: Publication) -> Post:
    """Return a post as it is after its retraction: with its title and address, but without what it said."""
    title = post.title or date_text(post.published, post.language)  # a note has neither title nor text then
    return emptied(post)._replace(title=publication.words(post.language).text("retracted_title", title=title))


def _item(post: Post, note: Note, publication: Publication) -> Post:
    id = _id(note, publication.id, post.id)
    words, title = publication.words(post.language), post.name
    if post.retraction:
        before, after = words.text("retracted_title", title="\0").split("\0")
        title = title.removeprefix(before).removesuffix(after)
    return emptied(post)._replace(
        id=id,
        url=f"{post.url}#{note.anchor}",
        title=words.text(f"{note.kind}_title", title=title),
        published=note.published,
        # Even for a time with seconds, since the post has the same.
        updated=with_fraction(note.published, id),
        due=max(post.due, note.published),
        timed="T" in note.date,
        # The reason is the only text of a retracted post.
        link=f"{urldefrag(post.canonical_url).url}#{(post.retraction or note).anchor}",
        related=None,
        canonical=None,
        aliases=(),
        part=note.anchor,
        notes=(note,),
    )
