"""URLs: read and compare them, make permalinks, and find the file in the output for a URL."""

import re
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from dateline.content.ids import is_letter_or_digit, percent_encoded, post_slug
from dateline.errors import InputError, quoted
from dateline.feed_formats import FEED_FOLDERS
from dateline.lazy_patterns import lazy_pattern

INDEX_PAGE = "index.html"
PAGE_ENDINGS = (".html", ".htm")
# Pages with folders of their own. Every menu has them unless feed.toml leaves them out.
BUILT_IN_PAGES = ("archive", "subscribe")
PLACEHOLDERS = ("year", "month", "day", "slug")
MAIL_SAFE = "@!$'*+"  # in an e-mail address, these are not percent-encoded (RFC 6068, section 2)

_WITH_HOST = lazy_pattern(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
# Host names on the web break RFC 1123: some have underscores, or hyphens at the end of a label.
_HOST = lazy_pattern(r"(?=.{1,253}\.?$)(?:(?!-)[a-z0-9_-]{1,63}(?:\.|$))+")
_USUAL_PORT = lazy_pattern(r"\.?(?::(?:443|80)?)?$")
_PLACEHOLDER = lazy_pattern(r"\{([^{}]*)\}")
_MAX_NAME = 255  # bytes; the longest that file systems take
_MAX_PATH = 1000
_ALIAS_REMEDY = "write its path from the root of the publication, like /2019/ferry/"
# Query parameters that say where a reader came from; they don't change which page is meant.
_TRACKING = lazy_pattern(
    r"utm_.*|[a-z]*clid|mc_[ce]id|igshid|ref|ref_src|source|src|cmp|at_\w+|xtor|rss", re.IGNORECASE
)


def has_host(target: str) -> bool:
    """Return whether a link target names a host, with or without a scheme, and is not a path."""
    return _WITH_HOST.match(target) is not None


def is_address(target: str) -> bool:
    """Return whether a link target is a URL, or a path from the root of a site, and not the path of a file."""
    return target.startswith("/") or has_host(target)


def picture_url(picture: str | None, base: str) -> str | None:
    """Return the URL of a picture that feed.toml names by a path, relative to `base`, or by a URL."""
    return picture and (picture if has_host(picture) else base + quote(picture))


def web_url(text: str) -> str:
    """Return an http(s) URL in ASCII: host in Punycode, path percent-encoded (RFC 3986). Raises InputError."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        netloc = f"[{_ipv6(host)}]" if ":" in host else domain(host)
        netloc += f":{parts.port}" if parts.port else ""
    except ValueError:
        netloc = ""
    if not netloc or parts.scheme not in ("http", "https"):
        raise InputError(f"{quoted(text)} is not a web address", "write it like https://example.org/")
    if parts.username is not None:
        raise InputError(f"{quoted(text)} contains a user name", "remove it")
    if re.search(r"[\s<>\"\\^`{}|]", text):
        problem = f"{quoted(text)} contains characters that URLs cannot contain"
        raise InputError(problem, "percent-encode them, like %20 for a space")
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise InputError(f"{quoted(text)} contains a % that encodes nothing", "write %25 for a percent sign")
    path, query, fragment = (quote(part, safe="/%:@!$&'()*+,;=~?") for part in parts[2:])
    return urlunsplit((parts.scheme, netloc, path or "/", query, fragment))


def _ipv6(name: str) -> str:
    from ipaddress import IPv6Address  # slow to import

    IPv6Address(name)
    return name


def domain(name: str) -> str:
    """Return a host name in Punycode (IDNA). Raises ValueError if it is not one."""
    ascii = name if name.isascii() else name.encode("idna").decode()
    if not _HOST.fullmatch(ascii):
        raise ValueError(name)
    return ascii


@lru_cache(maxsize=4096)
def page_key(uri: str) -> str:
    """Return a form of a URI, for comparison only, that is the same for all URIs of one page.

    It ignores http or https, percent-encoding, case and encoding of the host, the usual port, a user name, and
    ``index.html`` or a slash at the end. Query and fragment stay.
    """
    if "%" in uri:
        uri = unquote(uri).replace("\n", "%0A")  # a key is one line
    scheme, mark, rest = uri.partition("://")
    if mark:
        netloc, slash, path = rest.partition("/")
        scheme = scheme.lower()
        uri = f"{'https' if scheme == 'http' else scheme}://{_host_key(netloc)}{slash}{path}"
    return uri.removesuffix(f"/{INDEX_PAGE}").rstrip("/")


@lru_cache(maxsize=1024)
def _host_key(netloc: str) -> str:
    host = _USUAL_PORT.sub("", netloc.rpartition("@")[2].lower())
    with suppress(UnicodeError):
        return host if host.isascii() else host.encode("idna").decode()
    return host


def without_tracking(address: str) -> str:
    """Return an address without the parameters that only say where a reader came from."""
    page, mark, rest = address.partition("?")
    if not mark:
        return address
    query, mark, fragment = rest.partition("#")
    kept = "&".join(part for part in query.split("&") if not _TRACKING.fullmatch(part.partition("=")[0]))
    return f"{page}?{kept}{mark}{fragment}" if kept else f"{page}{mark}{fragment}"


def page_path(url: str) -> str:
    """Return the file of the page at a percent-encoded URL relative to the publication's.

    As on static hosts, ``x/`` is ``x/index.html`` and ``x`` is ``x.html``.
    """
    path = _with_index(unquote(url))
    return path if path.endswith(PAGE_ENDINGS) else f"{path}.html"


def page_url(path: str) -> str:
    """Return the percent-encoded URL of a page file, relative to the publication's: ``x/`` for ``x/index.html``."""
    return quote(path if path.rpartition("/")[2] != INDEX_PAGE else path.removesuffix(INDEX_PAGE))


def page_urls(path: str) -> list[str]:
    """Return all URLs at which static hosts serve a page file, that of `page_url` first."""
    url = page_url(path)
    return [url, url.removesuffix("/"), quote(path)] if url.endswith("/") else [url]


def page_paths(url: str) -> list[str]:
    """Return the files that static hosts may serve at a URL relative to the publication's, the likeliest first."""
    path = unquote(url)
    if not path or path.endswith("/"):
        return [_with_index(path)]
    return [path, f"{path}.html", f"{path}/{INDEX_PAGE}"]


def _with_index(path: str) -> str:
    return path + INDEX_PAGE if not path or path.endswith("/") else path


def host_name(url: str) -> str:
    """Return the host of a web address as people write it."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def link_name(url: str) -> str:
    """Return what to call a link by its URL: its host or its e-mail address."""
    return unquote(url.removeprefix("mailto:")) if url.startswith("mailto:") else host_name(url)


def is_below(url: str, home: str) -> bool:
    """Return whether a URL is one of the publication whose `url` is `home`; either may begin with http or https."""
    address, prefix = (text.partition(":")[2].lower() for text in (url, home))
    return f"{address}/".startswith(prefix)


def redirect_path(text: str, home: str) -> str:
    """Return the path, in the output, of a page at an old URL of the publication whose `url` is `home`.

    `text` is a path from there, or a whole URL below it. An address that ends in neither a slash nor ``.html`` is
    a folder, whose page is ``index.html``. Raises InputError.
    """
    address = text.strip()
    if has_host(address):
        url = web_url(address)
        if not is_below(url, home):
            raise InputError(f"{quoted(url)} is not under {home}", _ALIAS_REMEDY)
        address = url.partition(":")[2][len(home.partition(":")[2]) :]
    if "?" in address or "#" in address:
        raise InputError(f"{quoted(text)} has a query or fragment, which no file can have", _ALIAS_REMEDY)
    path = output_path(address.removeprefix("/"))
    if path is None:
        raise InputError(f"{quoted(text)} is not the path of a page", _ALIAS_REMEDY)
    if path == INDEX_PAGE:
        raise InputError(f"{quoted(text)} is the home page", _ALIAS_REMEDY)
    return path


def output_path(address: str, *, is_page: bool = True) -> str | None:
    """Return the file for an address relative to the publication's; None if no file can have it.

    For the address of a page that ends in neither a slash nor ``.html``, that is the ``index.html`` of a folder.
    """
    try:
        path = unquote(address, errors="strict")
    except UnicodeDecodeError:
        return None
    if is_page:
        path = _with_index(path if not path or path.endswith(PAGE_ENDINGS) else path.removesuffix("/") + "/")
    # An encoded slash would split a name.
    if "%2f" in address.lower() or not all(map(_is_file_name, path.split("/"))) or len(path.encode()) > _MAX_PATH:
        return None
    return path


def _is_file_name(name: str) -> bool:
    """Return whether a file can have this name on any system: it leads nowhere else, and does not break a line."""
    return name not in ("", ".", "..") and name.isprintable() and "\\" not in name and len(name.encode()) <= _MAX_NAME


def feed_file(text: str) -> str:
    """Read the path of a file for feeds, in the folder of each feed. Raises InputError."""
    remedy = "write a path like feed.xml or feed/index.html"
    is_path = not has_host(text) and "?" not in text and "#" not in text
    path = output_path(text.removeprefix("/"), is_page=False) if is_path else None
    if path is None or any(name.startswith(".") for name in path.split("/")):
        raise InputError(f"{quoted(text)} is not the path of a file", remedy)
    if path.partition("/")[0] in FEED_FOLDERS:
        raise InputError(f"{quoted(text)} is in a folder of other feeds", remedy)
    return path


def permalink_pattern(text: str) -> str:
    """Read a pattern for the paths of posts, from the root of the publication, and percent-encode it.

    Letters, marks and digits may be of any script, as in slugs. Raises InputError.
    """
    text = normalize("NFC", text)
    names = _PLACEHOLDER.findall(text)
    rest = _PLACEHOLDER.sub("", text)
    wrong = [name for name in names if name not in PLACEHOLDERS]
    if wrong:
        raise InputError(f"unknown placeholder {quoted('{' + wrong[0] + '}')}", "use {year}, {month}, {day} and {slug}")
    if "slug" not in names:
        raise InputError(f"{quoted(text)} would give many posts the same address", "add {slug}")
    is_path = all(c in "/._~-" or is_letter_or_digit(c) for c in rest)
    if not text.startswith("/") or not is_path or "//" in text or ".." in rest:
        raise InputError(f"{quoted(text)} is not a path", "write it like /{year}/{month}/{slug}/")
    return quote(text, safe="/{}")


def permalink(pattern: str, published: datetime, slug: str) -> str:
    """Return the percent-encoded URL of a post's page, relative to the publication's. The date is used as written."""
    return percent_encoded(slug).join(_around_slug(pattern, published.date()))


@lru_cache(maxsize=128)
def _around_slug(pattern: str, day: date) -> tuple[str, ...]:
    """Return the parts of a permalink, relative to the publication's, with the slug between them."""
    year, month, day_of_month = day.isoformat().split("-")
    address = pattern.format(year=year, month=month, day=day_of_month, slug="\0")
    return tuple(address.removeprefix("/").split("\0"))


def slug_in(path: str, pattern: str, published: datetime) -> str | None:
    """Return the slug for which `permalink` returns this path; None if there is none."""
    around = _around_slug(pattern, published.date())
    number = len(around) - 1
    size = (len(path) - sum(map(len, around))) // number if number else 0
    slug = unquote(path[len(around[0]) :][: max(size, 0)])
    return slug if slug and post_slug(slug) == slug and percent_encoded(slug).join(around) == path else None
