"""What subscribers will see, in words and as JSON. Nothing here prints."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dateline.content.dates import date_and_time, with_offset
from dateline.diff.changes import KINDS, SURPRISING, Forecast, Sight
from dateline.errors import printable, quoted
from dateline.formats.items import Item
from dateline.text import counted, joined, titles

if TYPE_CHECKING:
    from dateline.commands.pin import Pinned

_ROWS = 20  # of one kind, which a table shows; nobody reads a thousand


def surprises_told(forecast: Forecast, posts: Path) -> Iterator[str]:
    """What each kind of surprise would be to whom, and how to keep it from happening: one line a kind."""
    for kind, tell in _SURPRISES.items():
        if sights := forecast.of(kind):
            told = list(tell(sights, posts))
            # Where the publication's own id changed, that is to be put back, and not an id written into every post.
            yield printable(" ".join(told[:-1] if kind == "shown_again" and forecast.of("publication") else told))


def _again(sights: Sequence[Sight], posts: Path) -> Iterator[str]:
    seen = [sight for sight in sights if not sight.in_archive]
    archived = [sight for sight in sights if sight.in_archive]
    if len(seen) == 1:
        yield f"Every subscriber would see {_titles(seen)} again, as unread, since its id would change"
        yield f"from {_id(seen[0].was)} to {_id(seen[0].now)} (it is the same post by its {seen[0].because})."
    elif seen:
        yield f"Every subscriber would see {counted(len(seen), 'post')} again, as unread, since their ids would"
        yield f"change: {_titles(seen)}."
    if archived:
        yield f"In the archive, which few readers look at, the id of {_titles(archived)} would change."
    named = [sight.post.path for sight in sights if sight.post and not sight.post.part and not sight.known_as]
    remedies = []
    if any(sight.post is None or sight.post.path not in named for sight in sights):
        remedies.append(f"To keep the old id{'' if len(sights) == 1 else 's'}, run dateline pin{_named(posts)}.")
    if named:
        remedies.append(f"An id: is written in {joined(named)}, and stays; put the old one there to keep that.")
    yield " ".join(remedies)


def _redated(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    for sight in sights[:3]:
        told = _day if _day(sight.was) != _day(sight.now) else _moment
        yield f"The date of “{sight.subject}” would move from {told(sight.was)} to {told(sight.now)}."
    if len(sights) > 3:
        yield f"So would the dates of {len(sights) - 3} more."
    yield "Some readers mark such a post as unread, and one shows it twice."
    yield f"To say that it was changed, leave date: as it was and write updated:{_in(sights)}."


def _gone(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    yield f"{_titles(sights)} would be gone from the feed and its archives"
    if len(sights) == 1:
        yield f"({_because(sights[0])}):"
    else:
        yield "(deleted, drafts, or held back):"
    yield "who has it keeps it, and nobody else ever gets it."
    yield "To take back what it says, write retracted: with a date and a reason; readers are then told."


def _older(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    seen = [sight for sight in sights if not sight.in_archive]
    archived = [sight for sight in sights if sight.in_archive]
    if seen:
        yield f"{_titles(seen)}, older than all that the feed shows, would appear in it for the first time:"
        yield "as unread where a reader goes by ids, far down where it goes by dates."
        yield "It comes of a higher limit, of a date that lies back, or of others that are gone."
    if archived:
        yield f"{_titles(archived)}, older than all that the feed shows, would appear in the archive alone,"
        yield "where hardly any reader looks."
    yield "To keep that from happening, leave limit as it was, and give a post that is new a date of today."


def _feed_gone(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    yield f"{_addresses(sights)} would be gone: who is subscribed there gets an error, and nothing more ever."
    yield "To keep that from happening, leave the feed in place, or have the server redirect (301) to another one."


def _feed_moved(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    for sight in sights:
        yield f"The feed {sight.was} would be at {sight.now}."
    yield "Every subscriber would have to subscribe anew, unless the server redirects (301) from the old address."


def _publication(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    for sight in sights[:1]:
        yield f"The id of the publication would change from {sight.was} to {sight.now}: to readers it is another feed."
    yield "To keep that from happening, put the old id back into feed.toml."


def _podcast(sights: Sequence[Sight], _posts: Path) -> Iterator[str]:
    for sight in sights[:1]:
        what = f"would change from {sight.was} to {sight.now}" if sight.now else f"({sight.was}) would be gone"
        yield f"The guid of the podcast {what}: to directories it is another show."
    yield "To keep that from happening, put the old guid back below [podcast] in feed.toml."


_SURPRISES: dict[str, Callable[[Sequence[Sight], Path], Iterator[str]]] = {
    "publication": _publication,
    "podcast": _podcast,
    "feed_moved": _feed_moved,
    "feed_gone": _feed_gone,
    "shown_again": _again,
    "redated": _redated,
    "gone": _gone,
    "older": _older,
}


def forecast_rows(forecast: Forecast) -> Iterator[tuple[str, str, str]]:
    """What subscribers would see, in the order of KINDS: the kind, a colour for it, and what it is about."""
    for kind, label in KINDS.items():
        sights, colour = forecast.of(kind), "yellow" if kind in SURPRISING else "green"
        for sight in sights[:_ROWS]:
            where = sight.post.path if sight.post and kind != "gone" else ""
            about = f"“{sight.subject}”" if sight.item else sight.subject
            told = "; ".join(filter(None, (_detail(sight), _archive(sight), where)))
            yield label, colour, printable(f"{about}: {told}" if told else about)
        if len(sights) > _ROWS:
            yield label, colour, f"and {len(sights) - _ROWS:,} more, which --json lists"


def _detail(sight: Sight) -> str:
    match sight.kind:
        case "shown_again":
            return f"id {_id(sight.was)}, now {_id(sight.now)} (same {sight.because})"
        case "redated":
            return "; ".join(filter(None, (f"{_moment(sight.was)}, now {_moment(sight.now)}", sight.because)))
        case "updated":
            return _updated(sight)
        case "new" | "older" | "archived":
            return ", ".join(filter(None, (_day(sight.now), sight.because)))
        case "feed_moved" | "publication" | "podcast":
            return f"now {sight.now or 'none'}"
        case "feed_updated":
            return f"{quoted(sight.was or 'nothing')}, now {quoted(sight.now or 'nothing')}"
        case "arrives" | "leaves":
            return f"the feed of the {sight.because}"
        case _:
            return _because(sight)


def _because(sight: Sight) -> str:
    """How a sight is known; of an item that is gone, why it is."""
    post = sight.post
    if sight.kind != "gone":
        return sight.because
    if post is None:
        return "no post has its id"
    if post.kept_out:
        return f"{post.path} is {'withdrawn' if post.withdrawn else 'a draft'}"
    return f"{post.path} is held until {date_and_time(post.due)}"


def _archive(sight: Sight) -> str:
    """What is to be said of archives, where few readers look."""
    if not sight.in_archive or sight.kind == "archived":
        return ""
    return "no archive holds it any more" if sight.kind in ("gone", "past_limit") else "in the archive"


def _updated(sight: Sight) -> str:
    """Which fields differ, and what of it will not be seen."""
    told = " and ".join(sight.fields)
    if "title" in sight.fields and isinstance(sight.was, Item):
        told += f" (the title was “{sight.was.title}”)"
    if "text" in sight.fields:
        told += "; 7 of 13 readers go on showing the old text"
        told += "" if "date" in sight.fields else ", and updated does not move"
    return told


def _id(side: Item | str | None) -> str:
    return side.id if isinstance(side, Item) else ""


def _moment(side: Item | str | None) -> str:
    found = _published(side)
    return with_offset(found) if found else "no date"


def _day(side: Item | str | None) -> str:
    found = _published(side)
    return f"{found:%Y-%m-%d}" if found else "no date"


def _published(side: Item | str | None) -> datetime | None:
    return side.published if isinstance(side, Item) else datetime.fromisoformat(side or "")


def _titles(sights: Sequence[Sight]) -> str:
    return titles(sight.subject for sight in sights)


def _addresses(sights: Sequence[Sight]) -> str:
    return joined([sight.subject for sight in sights])


def _in(sights: Sequence[Sight]) -> str:
    return f" in {sights[0].post.path}" if len(sights) == 1 and sights[0].post else ""


def _named(posts: Path) -> str:
    import shlex

    return "" if posts == Path("posts") else f" {shlex.quote(str(posts))}"


def summary(forecast: Forecast) -> str:
    """One sentence for all."""
    if forecast.compared_with is None:
        return printable(forecast.unchecked)
    number = len(forecast.surprises)
    told = f"{counted(number, 'surprise')} for subscribers" if number else "Nothing that would surprise subscribers"
    return printable(" ".join(filter(None, (f"{told}, compared with {forecast.compared_with}.", forecast.unchecked))))


def forecast_as_json(forecast: Forecast) -> dict[str, Any]:
    """What subscribers would see, for programs: a list for each kind of sight, empty where there is none."""
    found: dict[str, Any] = {kind: [_as_json(sight) for sight in forecast.of(kind)] for kind in KINDS}
    return {"compared_with": forecast.compared_with, "surprises": len(forecast.surprises), **found}


def _as_json(sight: Sight) -> dict[str, Any]:
    item = sight.item
    if item is None:
        return {
            **({"field": sight.subject} if sight.kind == "feed_updated" else {}),
            "was": sight.was,
            "now": sight.now,
        }
    told = {
        "id": item.id,
        "title": item.title,
        "url": item.url,
        "published": sight.now if isinstance(sight.now, str) else _iso(item),
        "was_id": sight.was.id if sight.kind == "shown_again" and isinstance(sight.was, Item) else None,
        "was_published": _iso(sight.was) if sight.kind == "redated" else None,
        "fields": list(sight.fields) or None,
        "because": _because(sight) or None,
        "in_archive": sight.in_archive or None,
        "path": sight.post and sight.post.path,
    }
    return {key: value for key, value in told.items() if value is not None}


def _iso(side: Item | str | None) -> str | None:
    found = side.published if isinstance(side, Item) else None
    return found.isoformat() if found else None


def pinned_lines(pinned: "Pinned", *, is_rehearsal: bool) -> Iterator[str]:
    """What was written into a post, or would be, and what cannot be kept by that."""
    written = ", ".join(f"{key}: {value}" for key, value in pinned.keys.items())
    yield printable(f"{pinned.path}: {'would get ' if is_rehearsal else ''}{written}")
    if pinned.address:
        yield printable(f"{pinned.path}: no slug leads back to {pinned.address}; keep it under aliases:")
