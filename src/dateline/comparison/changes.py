"""What subscribers will see of a build: changes, and the table of all kinds of change.

What the explanations say about 13 readers was measured; the guide has it in a table.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from dateline.content.dates import date_and_time, with_offset
from dateline.errors import quoted
from dateline.formats.items import Item
from dateline.model import Post
from dateline.options import command_line
from dateline.text import MAX_LISTED, counted, joined, titles


class Change(NamedTuple):
    """One thing that subscribers will see, or that links will show. `kind` is a key of KINDS.

    `subject` is the title of the item, the address or the key of feed.toml that it is about; `was` and `now` are the
    items or texts before and after, None if there is none. `because` says how a pair of items was matched, or which
    feed an item enters or leaves. `fields` are those of an updated item that differ. `post` is what the item is made
    from now: a post or a note of one; None if there is none. `known_as` is the id by which readers know the post of an
    item that is shown again, if that is certain and the post has no id of its own. `in_archive`: the item is, or was,
    in the archive only.
    """

    kind: str
    subject: str
    was: Item | str | None = None
    now: Item | str | None = None
    because: str = ""
    fields: tuple[str, ...] = ()
    post: Post | None = None
    known_as: str | None = None
    in_archive: bool = False

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the item, before and after."""
        return frozenset(item.id for item in (self.was, self.now) if isinstance(item, Item))

    @property
    def item(self) -> Item | None:
        """The item as it will be, else as it was."""
        return next((item for item in (self.now, self.was) if isinstance(item, Item)), None)

    @property
    def reason(self) -> str:
        """How the change is known; for an item that is gone, why it is."""
        if self.kind != "gone":
            return self.because
        if self.post is None:
            return "no post has its id"
        if self.post.kept_out:
            return f"{self.post.path} is {'withdrawn' if self.post.withdrawn else 'a draft'}"
        if not self.post.in_feeds:
            return f"{self.post.path} {'is a page' if self.post.is_page else 'says feed: false'}"
        return f"{self.post.path} is scheduled for {date_and_time(self.post.due)}"


class ChangeReport(NamedTuple):
    """What subscribers will see, compared with the feed in the file or at the address `compared_with`, if any.

    `unchecked` is a sentence on what was not compared, and why. `abandoned` are the paths of feeds in the output that
    another program left there and nobody updates. It `is_live` unless feed.toml says that it is not, and no feed of the
    publication is `online_at` an address.
    """

    compared_with: str | None
    changes: tuple[Change, ...] = ()
    unchecked: str = ""
    abandoned: tuple[str, ...] = ()
    is_live: bool = True
    online_at: str = ""

    @property
    def surprises(self) -> tuple[Change, ...]:
        """The changes that stop a build, if the publication is live."""
        return tuple(change for change in self.changes if KINDS[change.kind].is_surprise)

    @property
    def stops_build(self) -> bool:
        """Whether subscribers would be surprised."""
        return self.is_live and bool(self.surprises)

    def of(self, *kinds: str) -> tuple[Change, ...]:
        """Return the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)


class UnexpectedChangesError(Exception):
    """Nothing was written, because subscribers would see changes that are probably not intended."""

    def __init__(self, report: ChangeReport) -> None:
        super().__init__(report)
        self.report = report


# A text about changes of one kind, at least one: a template with the {subjects} of all, in quotation marks as {titles},
# and {was} and {now} of the first; or a function that also gets the folder of posts.
_Text = str | Callable[[Sequence[Change], Path], str]


class Kind(NamedTuple):
    """A kind of change: its name in the table of `dateline diff`, what it means to subscribers, and what to do.

    `detail` completes a row of the table. `summary` introduces the changes in the last lines of a build; without it,
    those leave them out. A surprise stops a build, which then shows the explanation, a short sentence; the advice; and
    the `background`, what else is worth knowing.
    """

    label: str
    explanation: _Text
    advice: _Text
    detail: Callable[[Change], str] = lambda change: change.reason
    summary: str = ""
    is_surprise: bool = False
    background: _Text = ""


def fill(text: _Text, changes: Sequence[Change], posts: Path) -> str:
    """Return the explanation or advice of a kind for some changes of it. `posts` is the folder of posts."""
    if not isinstance(text, str):
        return text(changes, posts)
    subjects, first = [change.subject for change in changes], changes[0]
    return text.format(titles=titles(subjects), subjects=joined(subjects), was=first.was, now=first.now or "none")


def _ids(change: Change) -> list[str]:
    return [side.id for side in (change.was, change.now) if isinstance(side, Item)]


def _date(side: Item | str | None, *, with_time: bool = False) -> str:
    date = side.published if isinstance(side, Item) else datetime.fromisoformat(side or "")
    return "no date" if date is None else with_offset(date) if with_time else f"{date:%Y-%m-%d}"


def _feed_moved(changes: Sequence[Change], _posts: Path) -> str:
    if len(changes) == 1:
        return f"The feed {changes[0].was} would move to {changes[0].now}."
    return f"{len(changes)} feeds would move: {joined([f'{change.was} to {change.now}' for change in changes])}."


def _keep_address(changes: Sequence[Change], _posts: Path) -> str:
    redirect = "redirect (301) the old address to the new one on your server, and build with --accept"
    hosts = {tuple(str(address).split("/")[:3]) for change in changes for address in (change.was, change.now)}
    if len(hosts) > 1:
        return f"To keep your subscribers, {redirect}."
    return f"To keep the old address, list its path under also, below [feed_files] in feed.toml; or {redirect}."


def _feed_gone(changes: Sequence[Change], _posts: Path) -> str:
    subjects = joined([change.subject for change in changes])
    if len(changes) == 1:
        return f"The feed {subjects} would no longer be written."
    return f"{counted(len(changes), 'feed')} would no longer be written: {subjects}."


def _shown_again(changes: Sequence[Change], _posts: Path) -> str:
    named = titles(change.subject for change in changes)
    if len(changes) == 1:
        return f"Every subscriber would see {named} again, as unread."
    return f"Every subscriber would see {counted(len(changes), 'post')} again, as unread: {named}."


def _why_shown_again(changes: Sequence[Change], _posts: Path) -> str:
    if len(changes) > 1:
        return "Their ids would change."
    ids = " to ".join(_ids(changes[0]))
    return f"Its id would change from {ids}; it is the same post by its {changes[0].because}."


def _keep_ids(changes: Sequence[Change], posts: Path) -> str:
    with_id = [found.post.path for found in changes if found.post and not found.post.part and not found.known_as]
    advice = (
        f"An id: in a post is never replaced: to keep the old one, write it in {joined(with_id)}." if with_id else ""
    )
    if all(change.post and change.post.path in with_id for change in changes):
        return advice
    return f"To keep the old id{'' if len(changes) == 1 else 's'}, run {command_line('pin', posts)}. {advice}".rstrip()


def _moves(changes: Sequence[Change], _posts: Path) -> str:
    languages = joined(list(dict.fromkeys(change.post.edition for change in changes if change.post)))
    where = f"the feed of another language ({languages})" if languages else "the main feed"
    return f"{titles(change.subject for change in changes)} would move to {where}."


def _keep_language(changes: Sequence[Change], posts: Path) -> str:
    advice = "To prevent that, leave languages in feed.toml, language: and the names of files as they were."
    renamed = [change for change in changes if change.known_as]
    return f"{advice} {_keep_ids(renamed, posts)}" if renamed else advice


def _redated(changes: Sequence[Change], _posts: Path) -> str:
    text = ""
    for change in changes[:MAX_LISTED]:
        is_same_day = _date(change.was) == _date(change.now)
        was, now = (_date(side, with_time=is_same_day) for side in (change.was, change.now))
        text += f"The date of “{change.subject}” would move from {was} to {now}. "
    if len(changes) > MAX_LISTED:
        text += f"So would the dates of {len(changes) - MAX_LISTED:,} more."
    return text.rstrip()


def _keep_date(changes: Sequence[Change], _posts: Path) -> str:
    where = f"in {changes[0].post.path}" if len(changes) == 1 and changes[0].post else "instead"
    return f"To show that a post was changed, leave date: as it was and write updated: {where}."


def _gone(changes: Sequence[Change], _posts: Path) -> str:
    why = changes[0].reason if len(changes) == 1 else "deleted, drafts, scheduled or not for feeds"
    return f"{titles(change.subject for change in changes)} would be gone from the feed and its archives ({why})."


def _keep_posts(changes: Sequence[Change], _posts: Path) -> str:
    they, them = ("it", "it") if len(changes) == 1 else ("they", "them")
    back = _way_back(changes[0].post) if len(changes) == 1 else "publish them again"
    retract = f"to take back openly what {they} said, keep {them} and write retracted: with a date and a reason"
    return f"To prevent that, {back}; {retract}."


def _way_back(post: Post | None) -> str:
    """Return how a post gets back into the feed."""
    if post is None:
        return "put its file back"
    if post.is_page:
        return f"move {post.path} to the posts"
    key = "withdrawn:" if post.withdrawn else "draft:" if post.kept_out else "" if post.in_feeds else "feed: false"
    return f"remove {key} from {post.path}" if key else "leave its date as it was"


def _subscribers_keep(changes: Sequence[Change], _posts: Path) -> str:
    it = "it" if len(changes) == 1 else "them"
    return f"Subscribers who have {it} keep {it}; new ones never see {it}."


def _fields(change: Change) -> str:
    fields = " and ".join(change.fields)
    if "title" in change.fields and isinstance(change.was, Item):
        fields += f" (the title was “{change.was.title}”)" if change.was.title else " (there was no title)"
    if "text" in change.fields:
        fields += "; 7 of 13 readers keep showing the old text"
        fields += "" if "date" in change.fields else ", and updated does not change"
    return fields


def _dates(change: Change) -> str:
    moved = f"{_date(change.was, with_time=True)}, now {_date(change.now, with_time=True)}"
    return f"{moved}; {change.because}" if change.because else moved


def _date_and_reason(change: Change) -> str:
    return ", ".join(filter(None, (_date(change.now), change.because)))


def _was_and_now(change: Change) -> str:
    return f"{quoted(change.was or 'nothing')}, now {quoted(change.now or 'nothing')}"


def _now(change: Change) -> str:
    return f"now {change.now or 'none'}"


def _feed(change: Change) -> str:
    return f"the feed of the {change.because}"


_LABELS = "To prevent that, leave tags and authors as they were."
_LIMIT = "To show more posts in the feed itself, raise limit in feed.toml."
# In the order in which they are shown.
KINDS = {
    "publication": Kind(
        "another feed",
        "Readers would take this for another feed: the id of the publication would change from {was} to {now}.",
        'To prevent that, put id = "{was}" back into feed.toml.',
        _now,
        is_surprise=True,
    ),
    "podcast": Kind(
        "another podcast",
        "Directories would take this for another show: the guid of the podcast would change from {was} to {now}.",
        'To prevent that, put guid = "{was}" back below [podcast] in feed.toml.',
        _now,
        is_surprise=True,
    ),
    "feed_moved": Kind(
        "feed moved",
        _feed_moved,
        _keep_address,
        _now,
        is_surprise=True,
        background="Otherwise every subscriber has to subscribe again.",
    ),
    "feed_gone": Kind(
        "feed gone",
        _feed_gone,
        "To prevent that, bring back its format, name, tag or author; or redirect (301) its address to another feed on"
        " your server, and build with --accept.",
        is_surprise=True,
        background="Otherwise its subscribers get an error.",
    ),
    "shown_again": Kind(
        "shown again",
        _shown_again,
        _keep_ids,
        lambda change: f"id {', now '.join(_ids(change))} (same {change.because})",
        "shown again",
        is_surprise=True,
        background=_why_shown_again,
    ),
    "moves": Kind(
        "in another feed",
        _moves,
        _keep_language,
        lambda change: f"id {', now '.join(dict.fromkeys(_ids(change)))}",
        "in the feed of another language",
        is_surprise=True,
        background=_subscribers_keep,
    ),
    "redated": Kind(
        "date moved",
        _redated,
        _keep_date,
        _dates,
        "with another date",
        is_surprise=True,
        background="Some readers mark such a post as unread, and one shows it twice.",
    ),
    "gone": Kind(
        "gone",
        _gone,
        _keep_posts,
        summary="gone",
        is_surprise=True,
        background=_subscribers_keep,
    ),
    "older": Kind(
        "old, shown first",
        "{titles} would appear for the first time, but older than everything the feed shows.",
        "To prevent that, leave limit as it was, and give a new post a date of today.",
        _date_and_reason,
        "old, and shown for the first time",
        is_surprise=True,
        background="Such a post is unread in readers that go by ids, and far down in those that go by dates. The cause"
        " is a higher limit, a date in the past, or that other posts are gone.",
    ),
    "new": Kind(
        "new", "{titles} would appear, as unread.", "To hold a post back, make it a draft.", _date_and_reason, "new"
    ),
    "updated": Kind(
        "updated",
        "{titles} would change; 7 of 13 readers never show a new text to those who have the old one.",
        "To show that a post was changed, write updated: in it.",
        _fields,
        "changed",
    ),
    "archived": Kind(
        "archive only",
        "{titles} would appear only in the archive, which few readers read.",
        _LIMIT,
        _date_and_reason,
        "in the archive only",
    ),
    "past_limit": Kind(
        "off the end",
        "{titles} would drop off the end of the feed; subscribers who have them keep them.",
        _LIMIT,
        summary="past the feed's limit",
    ),
    "arrives": Kind("arrives", "{titles} would appear in feeds of other tags or authors.", _LABELS, _feed),
    "leaves": Kind("leaves", "{titles} would be gone from feeds of tags or authors.", _LABELS, _feed),
    "feed_updated": Kind(
        "feed updated",
        "The feed itself would change ({subjects}), which most readers show at once.",
        "To prevent that, put the old values back into feed.toml.",
        _was_and_now,
        "changed in the feed itself",
    ),
    "footer": Kind(
        "footer",
        "The footer of every entry would change, and with it archives that are closed, which programs read only once.",
        "To prevent that, put the old feed_footer back into feed.toml.",
        lambda change: f"{_was_and_now(change)}; archives that are closed change, too",
        "changed in every entry",
    ),
    "dead_address": Kind(
        "dead address",
        "{subjects} would stop working: links from elsewhere would break.",
        "To prevent that, add the old address to aliases: in its post.",
    ),
}
