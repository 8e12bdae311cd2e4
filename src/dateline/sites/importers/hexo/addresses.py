"""Make the addresses that Hexo gives to posts, from the names of their files and front matter."""

import hashlib
import os
import posixpath
import re
from collections.abc import Mapping
from datetime import datetime
from unicodedata import normalize
from urllib.parse import quote, unquote

from dateline.content.key_values import Fields, Value
from dateline.model import Publication
from dateline.sites.addresses import date_parts, expand
from dateline.sites.files import is_on, table_of, text_of, texts_of

# What names of files may begin with, for a date in them.
_PARTS = {
    "year": r"\d{4}",
    "month": r"\d\d",
    "day": r"\d\d",
    "i_month": r"\d\d?",
    "i_day": r"\d\d?",
    "hash": r"[0-9a-f]{12}",
}
_SPECIAL = re.compile(r"""[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:"'<>,.?/]+""")
_LETTERS = str.maketrans({"Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "ß": "s"})


def named_parts(pattern: str, below: str) -> dict[str, str]:
    """Return what the path of a post says: its title, which is in its address, and perhaps parts of its date."""
    stem = os.path.splitext(below)[0]
    parts = re.split(r":(\w*[^_\W])", os.path.splitext(pattern)[0])
    names = parts[1::2]
    parts[1::2] = [f"({_PARTS.get(name, '.+?')})" for name in names]
    parts[::2] = map(re.escape, parts[::2])
    is_simple = len(set(names)) == len(names) and len({*names} - _PARTS.keys()) < 3
    found = re.fullmatch("".join(parts), stem) if is_simple else None
    named = dict(zip(names, found.groups(), strict=True)) if found else {}
    return {"title": _slugize(stem), **named}


def address_path(
    fields: Fields, slug: str, moment: datetime, config: Mapping[str, Value], publication: Publication
) -> str:
    """Return the path of the page of a post; empty if it depends on what is not known."""
    has_assets = is_on(config.get("post_asset_folder"))
    path = text_of(fields.get("permalink"))
    if not path:
        local = moment.astimezone(publication.timezone)
        stamp = f"{slug}{int(moment.timestamp())}".encode()
        values = {
            key: text_of(value)
            for key, value in (*table_of(config.get("permalink_defaults")).items(), *fields.values.items())
        }
        values |= date_parts(local) | {
            "title": slug,
            "name": posixpath.basename(slug),
            "post_title": _slugize(text_of(fields.get("title"))).lower(),
            "timestamp": str(int(moment.timestamp())),
            "hash": hashlib.sha1(stamp, usedforsecurity=False).hexdigest()[:12],
            "category": _category(fields, config),
        }
        path = expand(text_of(config.get("permalink")) or ":year/:month/:day/:title/", values)
        if re.search(r":[a-z]", path):
            return ""
    if has_assets and not path.endswith(("/", ".html")):
        path += "/"
    pretty = table_of(config.get("pretty_urls"))
    if not is_on(pretty.get("trailing_index"), default=True):
        path = re.sub(r"(^|/)index\.html$", r"\1", path)
    if not is_on(pretty.get("trailing_html"), default=True) and not path.endswith("/index.html"):
        path = path.removesuffix(".html")
    return "/" + quote(unquote(re.sub("/{2,}", "/", path)).lstrip("/"), safe=";,/?:@&=+$-_.!~*'()#")


def _category(fields: Fields, config: Mapping[str, Value]) -> str:
    """Return the last category in addresses; those in one list are each below the one before it."""
    found = fields.get("categories") or fields.get("category") or []
    last = found[-1] if isinstance(found, list) and found and isinstance(found[-1], list) else found
    mapped = table_of(config.get("category_map"))
    slugs = [_slugize(text_of(mapped.get(name)) or name) for name in texts_of(last)]
    path = "/".join(slugs) or text_of(config.get("default_category")) or "uncategorized"
    return path.lower() if text_of(config.get("filename_case")) == "1" else path


def _slugize(text: str) -> str:
    """Return a text for an address: Latin letters without marks, and a hyphen for each run of signs and spaces."""
    plain = "".join(base if (base := normalize("NFD", c)[0]).isascii() else c for c in text.translate(_LETTERS))
    return _SPECIAL.sub("-", plain).strip("-")
