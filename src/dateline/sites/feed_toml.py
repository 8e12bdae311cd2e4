"""Write the feed.toml of an imported site, of what its configuration says and what the user gave. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dateline.content.config import read_settings
from dateline.content.key_values import between_quotes
from dateline.errors import Problem, SettingsError, SiteError
from dateline.model import Publication
from dateline.paths import SETTINGS_FILE

_HEAD = "# dateline help settings lists all that can be set here. Never change the id, not even with a new address.\n"
# The keys that come first, in this order; any others follow.
_ORDER = "title url id description language languages timezone default_time author authors permalink".split()
_REQUIRED = {"title": '--title "Harbour Notes"', "url": "--url https://harbour.example/"}


def feed_toml(
    source: str, found: Mapping[str, Any], given: Mapping[str, str]
) -> tuple[str, Publication, list[Problem]]:
    """Return the text of feed.toml, what it says, and problems for what a site says that cannot be used.

    `given` are the settings that the user gave by options, which count for more. Without an id of its own, the
    publication is known by its address, and without an author, posts are by the publication. Raises SiteError if the
    title or the URL is missing, and SettingsError if the user gave what cannot be used.
    """
    settings = _with_values({**found, **given})
    if missing := [key for key in _REQUIRED if key not in settings]:
        raise _missing(source, missing)
    needed = {*given, *_REQUIRED}
    problems: list[Problem] = []
    while True:
        text = _text(settings)
        try:
            return text, read_settings(text)[0], problems
        except SettingsError as error:
            wrong = {problem.problem.partition(":")[0]: problem for problem in error.problems}
        for key, problem in wrong.items():
            if key in needed or settings.pop(key, None) is None:
                raise _unusable(f"--{key}" if key in needed else SETTINGS_FILE, problem)
            remedy = f"set {key} in {SETTINGS_FILE}"
            problems.append(Problem(source, None, f"not used: {problem.problem}", remedy, is_relative=False))


def _with_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out keys that have no value, and a single language, which needs no list."""
    found = {key: value for key, value in settings.items() if value not in (None, "", [], {}, ())}
    return {key: value for key, value in found.items() if key != "languages" or len(value) > 1}


def _unusable(where: str, problem: Problem) -> SettingsError:
    """Return the error of an option, or of feed.toml."""
    return SettingsError(where, None, problem.problem.removeprefix(f"{where.removeprefix('--')}: "), problem.remedy)


def _missing(source: str, keys: Sequence[str]) -> SiteError:
    options = " and ".join(map(_REQUIRED.__getitem__, keys))
    named = " and the ".join(keys).replace("url", "URL")
    them = "it" if len(keys) == 1 else "them"
    return SiteError(source, None, f"does not say the {named} of the site", f"give {them}, like {options}")


def _text(settings: Mapping[str, Any]) -> str:
    values = dict(settings)
    values.setdefault("id", _address_as_id(str(values["url"])))
    if not isinstance(values.get("authors"), list | tuple):  # a table of those that posts name by key
        values.setdefault("author", values["title"])
    ordered = {key: values[key] for key in (*_ORDER, *values) if key in values}
    lines = [f"{key} = {_value(value)}\n" for key, value in ordered.items() if not isinstance(value, Mapping)]
    tables = [_table(key, value) for key, value in ordered.items() if isinstance(value, Mapping)]
    return "".join([_HEAD, *lines, *tables])


def _address_as_id(url: str) -> str:
    """Return the address of a site as the id of its publication; one of a whole host ends in a slash."""
    return url if "/" in url.partition("//")[2] else f"{url}/"


def _table(name: str, values: Mapping[str, Any]) -> str:
    return f"\n[{name}]\n" + "".join(f"{_name(key)} = {_value(value)}\n" for key, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return f"{{ {', '.join(_members(value))} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return between_quotes(str(value))


def _members(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if value not in (None, ""):
            yield f"{_name(key)} = {_value(value)}"


def _name(key: str) -> str:
    is_bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if is_bare else between_quotes(key)
