"""What a post names in its front matter: a picture, enclosures, and what makes it an episode of a podcast."""

import re
from urllib.parse import urlsplit

from dateline.content.fields import Fields, Value
from dateline.content.media_files import media_type_of
from dateline.content.urls import has_host, is_address, web_url
from dateline.content.validators import as_list, check_keys, line_of_text, one_of, single, stripped, yes_or_no
from dateline.errors import InputError, quoted
from dateline.model import Episode, Medium

MEDIA = ("image", "image_alt", "enclosure")
# Read only if feed.toml has a [podcast]: elsewhere they may mean anything.
OF_EPISODES = ("episode", "season", "episode_title", "explicit", "duration", "episode_type", "transcript")
EPISODE_TYPES = ("full", "trailer", "bonus")

# RFC 6838, section 4.2, and RFC 2045, section 5.1: two names, and parameters after them.
_NAME = r"[a-z0-9][a-z0-9!#$&^_.+-]*"
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_MEDIA_TYPE = re.compile(rf"{_NAME}/{_NAME}(?: *; *{_WORD}=(?:{_WORD}|{_QUOTED}))*")
_DURATION = re.compile(r"(?:(?:(\d{1,3}):)?([0-5]?\d):)?([0-5]?\d)")
_EXAMPLE = "{url: https://example.org/talk.mp3, type: audio/mpeg, length: 12216320}"


def read_image(fields: Fields) -> tuple[Medium | None, str | None]:
    """Read ``image:`` and ``image_alt:``."""
    image = fields.take("image", lambda value: Medium("image", _target(value)))
    alt = fields.take("image_alt", line_of_text)
    if alt and not image:
        raise fields.error("image_alt", "set without an image", "add image: and the path of a picture, or remove it")
    return image, alt


def read_enclosures(fields: Fields) -> tuple[Medium, ...]:
    """Read ``enclosure:``, one or a list, each a path or a table; that of a URL has to say its type and length."""
    return fields.take("enclosure", lambda value: tuple(map(_enclosure, as_list(value)))) or ()


def read_episode(fields: Fields) -> Episode | None:
    """Read what makes a post an episode; None if it has no enclosure."""
    if fields.get("enclosure") is None:
        return None
    take = fields.take
    return Episode(
        title=take("episode_title", line_of_text),
        number=take("episode", _number),
        season=take("season", _number),
        explicit=take("explicit", yes_or_no),
        duration=take("duration", _seconds),
        kind=take("episode_type", one_of(EPISODE_TYPES)),
        transcripts=take("transcript", lambda value: tuple(map(_transcript, as_list(value)))) or (),
    )


def _target(value: Value) -> str:
    text = line_of_text(stripped(value))
    return web_url(text) if has_host(text) else text


def _table(value: Value, *known: str) -> tuple[str, dict[str, Value]]:
    """Return the file or URL that a value names, and what else it says of it."""
    if not isinstance(value, dict):
        return _target(value), {}
    check_keys(value, "file", "url", *known)
    named = [value[key] for key in ("file", "url") if value.get(key)]
    if len(named) != 1:
        raise InputError("both file and url" if named else "neither file nor url", "write one of them")
    return _target(named[0]), {key: value[key] for key in known if value.get(key)}


def _enclosure(value: Value) -> Medium:
    target, more = _table(value, "type", "length", "title")
    media_type = _media_type(more["type"]) if "type" in more else None
    title = line_of_text(more["title"]) if "title" in more else None
    if not is_address(target):
        if "length" in more:
            raise InputError(f"length given for the file {quoted(target)}", "remove it: it is read from the file")
        return Medium("enclosure", target, media_type or _type_by_name(target, "enclosure"), None, title)
    if media_type is None or "length" not in more:
        missing = " and ".join(key for key in ("type", "length") if key not in more)
        raise InputError(f"{quoted(target)} is a URL without {missing}", f"write it like {_EXAMPLE}")
    size = 0 if more["length"] == "0" else _number(more["length"])  # in RSS, 0 is for one that nobody knows
    return Medium("enclosure", target, media_type, size, title)


def _transcript(value: Value) -> Medium:
    target, more = _table(value, "type")
    media_type = _media_type(more["type"]) if "type" in more else _type_by_name(target, "transcript")
    return Medium("transcript", target, media_type)


def _type_by_name(target: str, key: str) -> str:
    found = media_type_of(target) or media_type_of(urlsplit(target).path)
    if found is None:
        kind = "url" if is_address(target) else "file"
        remedy = f"write {key}: {{{kind}: {target}, type: …}} with a media type like audio/mpeg"
        raise InputError(f"{quoted(target)} has an unknown ending", remedy)
    return found


def _media_type(value: Value) -> str:
    name, semicolon, parameters = line_of_text(value).partition(";")
    text = name.lower() + semicolon + parameters
    if not _MEDIA_TYPE.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a media type", "write it like audio/mpeg")
    return text


def _number(value: Value) -> int:
    text = single(value).strip().replace("_", "")
    if not re.fullmatch(r"[1-9]\d{0,14}", text):
        raise InputError(f"{quoted(value)} is not a number", "write a whole number from 1")
    return int(text)


def _seconds(value: Value) -> int:
    text = single(value).strip()
    if re.fullmatch(r"[1-9]\d{0,5}", text):
        return int(text)
    match = _DURATION.fullmatch(text)
    if not match or not any(part and int(part) for part in match.groups()):
        raise InputError(f"{quoted(text)} is not a duration", "write it like 1:02:30, 42:30, or in seconds")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
