"""Fill in templates of addresses as Liquid and Nunjucks do, like ``/blog/{{ page.fileSlug }}/``. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime

from dateline.sites.addresses import ascii_slug, date_parts, format_fields

_OUTPUT = re.compile(r"\{\{-?([^{}]*)\}\}")
_FILTER = re.compile(r"(\w++)\s*+(?:[:(]\s*+([\"'])(.*?)\2\s*+\)?|\(\s*+\))?")
_LUXON = dict(
    place.split("=") for place in "yyyy=year yy=short_year MM=month LL=month L=i_month dd=day HH=hour mm=minute".split()
)
_PLACE = re.compile("[A-Za-z]+")
_SLUGS = ("slugify", "slug")
_LOWER = ("lower", "downcase")
_NOTHING = ("url", "safe", "string", "trim", "strip")


def fill(template: str, values: Mapping[str, str], date: datetime) -> str | None:
    """Return a template with the values of its variables; None if it has tags, variables or filters not known here."""
    found: list[str] = []
    end = 0
    for match in _OUTPUT.finditer(template):
        value = _filled(match[1], values, date)
        if value is None:
            return None
        found += [template[end : match.start()], value]
        end = match.end()
    text = "".join(found) + template[end:]
    return None if re.search(r"\{[{%]", text) else text


def _filled(output: str, values: Mapping[str, str], date: datetime) -> str | None:
    name, *filters = output.split("|")
    name = name.strip().removesuffix("-").strip()
    value = name[1:-1] if re.fullmatch(r"\"[^\"]*\"|'[^']*'", name) else values.get(name)
    moment = date if name in ("date", "page.date") else None
    for written in filters:
        found = _FILTER.fullmatch(written.strip(" \t\n-"))
        if found is None:
            return None
        if moment and found[3]:
            value, moment = _formatted(moment, found[3]), None
        else:
            value = _changed(found[1], value)
        if value is None:
            return None
    return None if moment else value


def _changed(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if name in _SLUGS:
        return ascii_slug(value) or None
    return value.lower() if name in _LOWER else value if name in _NOTHING else None


def _formatted(moment: datetime, form: str) -> str | None:
    """Return a date in a form of Liquid, like ``%Y/%m``, or in numbers of Luxon, like ``yyyy/MM``; None for others."""
    if "%" in form:
        return format_fields(f"{{date:{form}}}", {}, moment)
    places = _PLACE.findall(form)
    parts = date_parts(moment)
    is_known = places and all(place in _LUXON for place in places)
    return _PLACE.sub(lambda match: parts[_LUXON[match[0]]], form) if is_known else None
