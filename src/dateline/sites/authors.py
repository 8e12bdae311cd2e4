"""Read authors, whose keys generators and themes call by different names. Pure."""

from collections.abc import Mapping
from contextlib import suppress

from dateline.content.authors import author_table
from dateline.content.key_values import Value
from dateline.errors import InputError
from dateline.sites.files import text_of

_KEYS = {
    "name": ("name", "display_name", "displayname", "fullname", "title"),
    "email": ("email", "mail"),
    "url": ("url", "uri", "website", "web", "homepage", "profile", "link"),
}


def author_of(value: Value | None) -> Value:
    """Return an author, or a list of them, as feed.toml has it: text, or a table; empty if there is none."""
    if isinstance(value, list):
        return [author for item in value if (author := author_of(item))]
    if not isinstance(value, dict):
        return text_of(value)
    table = author_table_of(value)
    return table if len(table) > 1 else table.get("name", "")


def author_table_of(table: Mapping[str, Value]) -> dict[str, Value]:
    """Return the table of an author as feed.toml has one, without what cannot be used; empty without a name."""
    plain = {key.lower(): value for key, value in table.items()}
    found: dict[str, Value] = {}
    for key, names in _KEYS.items():
        for text in filter(None, (text_of(plain.get(one)) for one in names)):
            with suppress(InputError):
                author_table(found | {key: text})
                found.setdefault(key, text)
    return found
