"""Ids, slugs and addresses: rules that never change, since people subscribe to what they make."""

import re
from datetime import datetime
from functools import lru_cache
from unicodedata import category, normalize
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from dateline.errors import Unreadable, quoted

_CHARACTER = r"(?:[0-9A-Za-z;/?:@&=+$._!~*'(),-]|%[0-9A-Fa-f]{2})"
_TAG_URI = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?"
    r":[0-9A-Za-z;/?:@&=+$._!~*'()%,-]+"
)
_ABSOLUTE_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTER}+(?:#{_CHARACTER}*)?")
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_WEB_ADDRESS = re.compile(rf"[A-Za-z]+://[0-9A-Za-z._~%-]+(?::\d+)?(?:[/?#]{_CHARACTER}*(?:#{_CHARACTER}*)?)?")
_BY_SCHEME = {
    "http": _WEB_ADDRESS,
    "https": _WEB_ADDRESS,
    "tag": re.compile(rf"{_TAG_URI.pattern}(?:#{_CHARACTER}*)?"),
    "urn": re.compile(rf"[Uu][Rr][Nn]:(?:[Uu][Uu][Ii][Dd]:{_UUID}|(?!uuid:)[a-z0-9][a-z0-9-]+:{_CHARACTER}+)"),
}
_DATED_STEM = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[-_ ]+|$)")
_WHOLE = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
# More than host names may be (RFC 1123): these are on the web, with underscores and with hyphens at the end of a part.
_NAME = re.compile(r"(?=.{1,253}\.?$)(?:(?!-)[a-z0-9_-]{1,63}(?:\.|$))+")
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
MAX_SLUG = 200  # bytes; file systems take names of up to 255
PLACEHOLDERS = ("year", "month", "day", "slug")


def publication_id(text: str) -> str:
    """A tag: URI (RFC 4151), fit to have ``/`` and more put after it."""
    if not _TAG_URI.fullmatch(text) or text.endswith("/"):
        raise Unreadable(
            f"{quoted(text)} is not a tag: URI without a / at its end",
            "write one like tag:example.org,2025-01-01:news, with a domain that is yours, and never change it",
        )
    return text


def post_id(publication: str, stem: str) -> str:
    """The id of a post that names none: made from the file's name alone, so that folders may change."""
    return f"{publication}/{quote(normalize('NFC', stem), safe='')}"


def corrections_id(publication: str) -> str:
    """The id of the feed of corrections, which a file called corrections.md would have by its name."""
    return post_id(publication, "corrections")


def atom_id(publication: str, id: str) -> str:
    """The id as Atom wants it, an absolute URI (RFC 4287, 4.2.6); an old guid that is none gets a prefix."""
    return id if is_uri(id) else f"{publication}/{quote(id, safe='')}"


def is_uri(text: str) -> bool:
    """Whether `text` is an absolute URI (RFC 3986), and keeps the rules of its scheme where we know them."""
    scheme = text.partition(":")[0].lower()
    return (_BY_SCHEME.get(scheme) or _ABSOLUTE_URI).fullmatch(text) is not None


def stem_of(path: str) -> str:
    """The name by which a post file is known: its own, or its folder's for ``x/index.md``."""
    *folders, name = path.split("/")
    stem = name.removesuffix(".md")
    if stem != "index":
        return stem
    if not folders:
        raise Unreadable("index.md beside feed.toml has no name of its own", "rename it, like 2025-04-14-title.md")
    return folders[-1]


def dated(stem: str) -> tuple[str | None, str]:
    """Split a stem into the date before it, if there is one, and the rest."""
    match = _DATED_STEM.match(stem)
    return (match[1], stem[match.end() :]) if match else (None, stem)


@lru_cache(maxsize=10_000)  # of tags and names there are few, and each stands in many posts
def fold(text: str) -> str:
    """A form that is the same however a name is capitalised or encoded."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def slugify(text: str) -> str:
    """Letters, marks and digits of any script in lower case, all else as single hyphens between them."""
    if text.isascii():
        return "-".join(_NOT_ALPHANUMERIC.sub(" ", text.lower()).split())
    folded = fold(text)
    kept = "".join(c if category(c)[0] in "LM" or category(c) == "Nd" else " " for c in folded)
    return "-".join(kept.split())


def shortened(slug: str) -> str:
    """A slug that is fit for a name of a file, with a date before it and an ending: cut between words where it can."""
    cut = slug.encode()[:MAX_SLUG].decode(errors="ignore")
    return slug if cut == slug else cut.rpartition("-")[0] or cut


@lru_cache(maxsize=10_000)
def feed_slug(name: str) -> str:
    """Return the slug of the feed of a tag or an author, which is the name of a folder too.

    An emoji has no letter: its code points in hexadecimal name it, after ``u_``, which no other slug has in it.
    """
    slug = slugify(name)
    if not any(map(str.isalnum, slug)) and not name.isascii():
        # With or without the selector that asks for colours, it is the same emoji.
        slug = "_".join(["u", *(f"{ord(c):x}" for c in fold(name) if c != "\ufe0f")])
    if not slug:
        raise Unreadable(f"no letter or digit in {quoted(name)} to name its feed by", "write one with letters")
    if len(slug.encode()) > MAX_SLUG:
        raise Unreadable(f"{quoted(name)} is too long to name a feed by", "write it shorter")
    return slug


def permalink_pattern(text: str) -> str:
    """Read a pattern for the path of a post's page, from the root of the publication, and percent-encode it.

    Letters, marks and digits may be of any script, as in slugs.
    """
    text = normalize("NFC", text)
    names = _PLACEHOLDER.findall(text)
    rest = _PLACEHOLDER.sub("", text)
    wrong = [name for name in names if name not in PLACEHOLDERS]
    if wrong:
        raise Unreadable(f"unknown placeholder {quoted('{' + wrong[0] + '}')}", "use {year}, {month}, {day} and {slug}")
    if "slug" not in names:
        raise Unreadable(f"{quoted(text)} would give many posts one address", "add {slug}")
    is_path = all(c in "/._~-" or category(c)[0] in "LM" or category(c) == "Nd" for c in rest)
    if not text.startswith("/") or not is_path or "//" in text or ".." in rest:
        raise Unreadable(f"{quoted(text)} is not a path", "write it like /{year}/{month}/{slug}/")
    return quote(text, safe="/{}")


def permalink(pattern: str, published: datetime, slug: str) -> str:
    """The path of a post's page, relative to the publication, percent-encoded. Dates are as written."""
    year, month, day = published.date().isoformat().split("-")
    return pattern.format(year=year, month=month, day=day, slug=quote(slug)).removeprefix("/")


def slug_in(path: str, pattern: str, published: datetime) -> str | None:
    """The slug with which `permalink` gives this path; None where none does."""
    year, month, day = published.date().isoformat().split("-")
    first, *others = pattern.removeprefix("/").split("{slug}")
    dated = [re.escape(part.format(year=year, month=month, day=day)) for part in (first, *others)]
    match = re.fullmatch(dated[0] + "([^/]+)" + r"\1".join(dated[1:]), path)
    slug = unquote(match[1]) if match else ""
    return slug if slug and slugify(slug) == slug and permalink(pattern, published, slug) == path else None


def is_whole(target: str) -> bool:
    """Whether what was written is an address with a host, whole or without its scheme, and not a path."""
    return _WHOLE.match(target) is not None


def is_address(target: str) -> bool:
    """Whether what was written is an address, whole or on the publication's own site, and not the path of a file."""
    return target.startswith("/") or is_whole(target)


def web_url(text: str) -> str:
    """An absolute http(s) URL in ASCII: names in Punycode, paths percent-encoded (RFC 3986)."""
    try:
        parts = urlsplit(text)
        name, port = _host(parts.hostname or ""), parts.port
        place = (f"[{name}]" if ":" in name else name) + (f":{port}" if port else "")
    except ValueError:
        place = ""
    if not place or parts.scheme not in ("http", "https"):
        raise Unreadable(f"{quoted(text)} is not a web address", "write it like https://example.org/")
    if parts.username is not None:
        raise Unreadable(f"{quoted(text)} holds the name of a user", "take it out")
    if re.search(r"[\s<>\"\\^`{}|]", text):
        raise Unreadable(f"{quoted(text)} holds what an address cannot", "percent-encode it, like %20 for a space")
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Unreadable(f"{quoted(text)} holds a % that stands for nothing", "write %25 for a percent sign")
    path, query, fragment = (quote(part, safe="/%:@!$&'()*+,;=~?") for part in parts[2:])
    return urlunsplit((parts.scheme, place, path or "/", query, fragment))


def _host(host: str) -> str:
    """A host's name, in Punycode, or its number. Raises ValueError for what can be neither."""
    if ":" in host:
        from ipaddress import IPv6Address

        IPv6Address(host)
        return host
    return domain(host)


def domain(name: str) -> str:
    """Return the name of a host in Punycode (IDNA). Raises ValueError for what is none."""
    ascii = name if name.isascii() else name.encode("idna").decode()
    if not _NAME.fullmatch(ascii):
        raise ValueError(name)
    return ascii
