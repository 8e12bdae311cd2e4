"""Make JSON Schemas of feed.toml and of front matter, for editors: from the keys and their readers, and from the guide.

They are of draft 7, which editors know best. They accept all that Dateline accepts.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from string import ascii_lowercase
from typing import NamedTuple

from dateline.commands.guide import topics
from dateline.content import config, front_matter_keys
from dateline.content.schema import Schema, optional

_MIN_LETTERS = 5  # of a key whose misspellings are recognised
_ROW = re.compile(r"\|(.*)\|")
_CODE = re.compile(r"`([^`]+)`")
_MARKS = re.compile(r"\[([^][]+)\]\(#[\w-]+\)| \(dateline help [\w-]+\)|`")  # links, of which the text stays, and code


class _File(NamedTuple):
    """What a schema is made from: its title, the schema of each key, the page of the guide with their meanings.

    `unrelated` keys are no misspellings.
    """

    title: str
    schemas: Mapping[str, Schema]
    topic: str
    required: Collection[str] = ()
    unrelated: Collection[str] = ()


FILES = {
    "feed.toml": _File("feed.toml", config.SCHEMAS, "settings", config.REQUIRED),
    "front-matter": _File(
        "Front matter", front_matter_keys.SCHEMAS, "front-matter", unrelated=front_matter_keys.UNRELATED
    ),
}


def schema(name: str) -> Schema:
    """Return the schema of one of FILES."""
    file = FILES[name]
    meanings = _meanings(topics()[file.topic].text)
    # As the guide spells them, for editors to propose; in small letters, as all may be written.
    spelled = {key: key.lower() for key in meanings if key.lower() in file.schemas}
    by_key = {_plain(key): meaning for key, meaning in meanings.items()}
    known = {*file.schemas, *file.unrelated}
    made: Schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"{file.title} of Dateline",
        "type": "object",
        "properties": {
            spelling: {"description": by_key.get(_plain(key), ""), **optional(file.schemas[key])}
            for spelling, key in (spelled | {key: key for key in file.schemas}).items()
        },
        "patternProperties": {
            pattern: {"not": {}, "description": f"Did you mean {key}?", "deprecationMessage": f"Did you mean {key}?"}
            for key in file.schemas
            if key in spelled and (pattern := _misspelt(key, known))
        },
    }
    if file.required:
        # A key may be written in capitals, too, which a list of required keys cannot say.
        in_small_letters = {"propertyNames": {"pattern": "^[^A-Z]*$"}}
        made |= {"if": in_small_letters, "then": {"required": [*file.required]}}
    return made


def _meanings(text: str) -> dict[str, str]:
    """Return what the tables of a page of the guide say about each key, as plain text."""
    found: dict[str, str] = {}
    for header, row in _rows(text):
        if header[0] != "Key":
            continue
        if header[-2:] == ["Meaning", "Default"]:
            default = "required" if row[-1] == "required" else f"default: {row[-1]}"
            meaning = f"{row[-2]} ({default})"
        else:  # one of the keys that hold a post back elsewhere
            meaning = f"{header[-1]} {row[-1]}"
        for key in _CODE.findall(" ".join(row[:-2] or row[:1])):
            found.setdefault(key, _MARKS.sub(r"\1", meaning))
    return found


def _rows(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the header and the cells of each row of the tables in a page."""
    header: list[str] = []
    for line in text.split("\n"):
        match = _ROW.fullmatch(line)
        cells = [cell.strip() for cell in match[1].split("|")] if match else []
        if header and cells and not set(cells[0]) <= set("-:"):
            yield header, cells
        header = header or cells if cells else []


def _plain(key: str) -> str:
    """Return a key without what differs between its spellings."""
    return re.sub("[-_]", "", key).lower()


def _misspelt(key: str, known: Collection[str]) -> str:
    """Return a pattern of what a key becomes by a letter too few, too many or wrong, or two in the wrong order.

    It is empty for a short key.
    """
    if len(key) < _MIN_LETTERS:
        return ""
    places = range(len(key))
    few = [key[:i] + key[i + 1 :] for i in places]
    swapped = [key[:i] + key[i + 1] + key[i] + key[i + 2 :] for i in places[:-1]]
    more = [f"{key[:i]}[a-z]{key[i:]}" for i in (*places, len(key))]
    wrong = [f"{key[:i]}[a-z]{key[i + 1 :]}" for i in places if key[i] in ascii_lowercase]
    pattern = "|".join(dict.fromkeys((*few, *swapped, *more, *wrong)))
    others = sorted(name for name in known if re.fullmatch(pattern, name))
    return f"^(?!({'|'.join(others)})$)({pattern})$"
