"""Fill in templates of addresses as Liquid and Nunjucks do, like ``/blog/{{ page.fileSlug }}/``. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime

from dateline.sites.addresses import ascii_slug, date_parts

_OUTPUT = re.compile(r"\{\{-?([^{}]*)\}\}")
_FILTER = re.compile(r"\s*(\w+)\s*(?:[:(]\s*([\"'])(.*?)\2\s*\)?|\(\s*\))?\s*-?")
# Places of Liquid and Luxon in forms of dates, as `date_parts` calls them.
_PLACES = dict(
    place.split("=")
    for place in (
        "Y=year y=short_year m=month d=day e=i_day H=hour M=minute S=second j=y_day yyyy=year yy=short_year MM=month"
        " LL=month L=i_month dd=day HH=hour mm=minute ss=second"
    ).split()
)
_PLACE = re.compile(r"%([YymdeHMSj])|(yyyy|yy|MM|LL?|dd|HH|mm|ss)|%?[A-Za-z]+")
_SLUGS = ("slugify", "slug")
_LOWER = ("lower", "downcase")
_NOTHING = ("url", "safe", "string", "trim", "strip")


def fill(template: str, values: Mapping[str, str], dates: Mapping[str, datetime]) -> str | None:
    """Return a template with the values of its variables; None if it has tags, variables or filters not known here."""
    found: list[str] = []
    end = 0
    for match in _OUTPUT.finditer(template):
        value = _filled(match[1], values, dates)
        if value is None:
            return None
        found += [template[end : match.start()], value]
        end = match.end()
    text = "".join(found) + template[end:]
    return None if re.search(r"\{[{%]", text) else text


def _filled(output: str, values: Mapping[str, str], dates: Mapping[str, datetime]) -> str | None:
    name, *filters = output.split("|")
    name = name.strip().removesuffix("-").strip()
    value = name[1:-1] if re.fullmatch(r"\"[^\"]*\"|'[^']*'", name) else values.get(name)
    moment = dates.get(name)
    for written in filters:
        found = _FILTER.fullmatch(written)
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
    """Return a date in a form of Liquid, like ``%Y/%m``, or of Luxon, like ``yyyy/MM``; None if that is not numbers."""
    places = [match[1] or match[2] for match in _PLACE.finditer(form)]
    parts = date_parts(moment)
    return _PLACE.sub(lambda match: parts[_PLACES[match[1] or match[2]]], form) if all(places) else None
