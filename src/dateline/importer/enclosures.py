"""What an item carries beside its text ─▶ what the front matter of a post says of it."""

import re
from collections.abc import Callable
from urllib.parse import quote

from dateline.content.fields import Fields, Value
from dateline.content.media import read_enclosures, read_episode
from dateline.content.media_files import media_type_of
from dateline.content.urls import is_address
from dateline.errors import PostError, quoted
from dateline.formats.items import Item, ItemEnclosure
from dateline.importer.matching import plain_title
from dateline.model import Podcast
from dateline.text import clock

# What programs write that know nothing better; feedparser, too, where a link of Atom has no type.
_VAGUE = ("", "application/octet-stream", "text/html")
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\"\\^`{|}]")
_TRUTH = {"yes": "true", "explicit": "true", "true": "true", "no": "false", "clean": "false", "false": "false"}


def carried(item: Item, podcast: Podcast | None) -> tuple[dict[str, Value], list[str]]:
    """Keys of front matter, and what is left out because it would not do there: what it lacks, and how to mend it."""
    kept: list[ItemEnclosure] = []
    written: list[Value] = []
    left_out: list[str] = []
    for enclosed in item.enclosures:
        enclosure = _enclosure(enclosed)
        if problem := _problem_of(enclosure):
            left_out.append(problem)
        elif enclosure not in written:
            kept.append(enclosed)
            written.append(enclosure)
    if not written:
        return {}, left_out
    return {"enclosure": _one_or_more(written), **_episode(item, kept[0], podcast)}, left_out


def _enclosure(enclosed: ItemEnclosure) -> dict[str, Value]:
    """What a feed says of an enclosure, in the words of front matter."""
    url = _address(enclosed.url)
    told = enclosed.media_type.partition(";")[0].strip().lower()
    by_name = media_type_of(re.split("[?#]", url)[0])
    size = enclosed.size.strip().removesuffix(".0")
    found = {
        "url": url,
        "type": by_name if by_name and told in _VAGUE else told,
        "length": (size.lstrip("0") or "0") if size.isdecimal() else "",
        "title": plain_title(enclosed.title),
    }
    return {key: text for key, text in found.items() if text}


def _problem_of(enclosure: dict[str, Value]) -> str:
    """Why an enclosure cannot stand in front matter, and how it could."""
    url = str(enclosure.get("url", ""))
    if not is_address(url):
        return f"enclosure: {quoted(url)} is no address, so it is left out"
    try:
        read_enclosures(_fields({"enclosure": enclosure}))
    except PostError as error:
        return f"{error.problem} in the feed, so it is left out; {error.remedy}"
    return ""


def _episode(item: Item, first: ItemEnclosure, podcast: Podcast | None) -> dict[str, Value]:
    """What it says of itself as an episode, but for what goes without saying, and what nobody could read."""
    said = dict(item.episode.fields)
    if podcast and first.duration:
        said.setdefault("duration", first.duration)
    usual = {
        "explicit": "true" if podcast and podcast.explicit else "false",
        "episode_type": "full",
        "episode_title": plain_title(item.title),
    }
    keys: dict[str, Value] = {key: _AS_WRITTEN[key](text) for key, text in said.items()}
    keys = {key: value for key, value in keys.items() if value and value != usual.get(key)}
    told = [(_address(url), type) for url, type in item.episode.transcripts]
    transcripts: list[Value] = [{"url": url, "type": type} for url, type in told if is_address(url)]
    if transcripts:
        keys["transcript"] = _one_or_more(transcripts)
    return {key: value for key, value in keys.items() if _can_be(key, value)}


def _can_be(key: str, value: Value) -> bool:
    """Whether front matter takes a value for a key of an episode."""
    try:
        read_episode(_fields({"enclosure": "a.mp3", key: value}))
    except PostError:
        return False
    return True


def _fields(values: dict[str, Value]) -> Fields:
    return Fields("", PostError, values, {}, {})


def _one_or_more(values: list[Value]) -> Value:
    return values[0] if len(values) == 1 else values


def _address(url: str) -> str:
    """An address with what cannot stand in one percent-encoded."""
    return _NOT_IN_ADDRESSES.sub(lambda found: quote(found[0]), url.strip())


def _clock(text: str) -> str:
    """How long something plays, as people write it; programs write 00:42:30, 62:30, 2550 and 2550.4."""
    parts = text.partition(".")[0].split(":")
    if len(parts) > 3 or not all(part.isdecimal() and len(part) < 10 for part in parts):
        return ""
    return clock(sum(int(part) * 60**place for place, part in enumerate(reversed(parts))))


def _number(text: str) -> str:
    return text.lstrip("0")


def _truth(text: str) -> str:
    return _TRUTH.get(text.lower(), "")


# How front matter has what feeds say.
_AS_WRITTEN: dict[str, Callable[[str], str]] = {
    "episode": _number,
    "season": _number,
    "episode_title": plain_title,
    "explicit": _truth,
    "duration": _clock,
    "episode_type": str.lower,
}
