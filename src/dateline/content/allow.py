"""Read what the table ``[allow]`` of feed.toml adds to the Content-Security-Policy of pages."""

from functools import partial

from dateline.content import validators as read
from dateline.content.key_values import Fields, Value
from dateline.content.schema import TEXT, one_or_list, table_of, written_as
from dateline.content.urls import web_url
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern

KEYS = ("script", "style", "font", "connect", "frame", "form", "media")
_WITH_HASHES = ("script", "style")
_EXAMPLE = "write self or an origin like https://example.org, several as a list"
# A hash has 32 bytes, in Base64.
_HASH = lazy_pattern(r"sha256-[A-Za-z0-9+/]{43}=")
# What would begin another source or directive, stands for many, or is not part of a source.
_UNSAFE = {
    ";": "a semicolon",
    ",": "a comma",
    " ": "a space",
    "*": "an asterisk",
    "'": "a quotation mark",
    '"': "a quotation mark",
    "?": "a question mark",
    "#": "a number sign",
}
_ORIGIN = lazy_pattern(r"https://[a-z0-9_.-]+(?::\d+)?/[A-Za-z0-9._~/%:@!$()+=-]*")


@written_as(table_of(dict.fromkeys(KEYS, one_or_list(TEXT))))
def read_allow(fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each key with the sources that it allows. What is wrong is added to the problems, each at its line."""
    table = fields.take("allow", _table) or {}
    found = {key: fields.read(f"allow.{key}", partial(_sources, key), value) for key, value in table.items()}
    return tuple((key, sources) for key, sources in found.items() if sources)


def _table(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise InputError("not a table", 'write [allow], and lines like script = "https://example.org" below it')
    read.check_keys(value, *KEYS)
    return value


def _sources(key: str, value: Value) -> tuple[str, ...]:
    """Return sources as the policy names them (CSP 3, section 2.3.1). Raises InputError."""
    sources = tuple(dict.fromkeys(_source(key, read.verbatim(source)) for source in read.as_list(value)))
    if "'unsafe-inline'" in sources and any(source.startswith("'sha256-") for source in sources):
        raise InputError("browsers ignore inline beside a hash", "keep one of the two")
    return sources


def _source(key: str, text: str) -> str:
    if text == "self":
        return "'self'"
    if text == "inline":
        if key != "style":
            raise InputError("inline is for style only", f'put it into a file in _static, and write {key} = "self"')
        return "'unsafe-inline'"
    if not text.startswith("sha256-"):
        return _origin(text)
    if key not in _WITH_HASHES:
        raise InputError(f"a hash is for {' and '.join(_WITH_HASHES)} only", _EXAMPLE)
    if not _HASH.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a SHA-256 hash", "copy it from the browser's console")
    return f"'{text}'"


def _origin(text: str) -> str:
    """Return an https origin in ASCII, or the address of a file there, or of a folder if that ends in a slash."""
    if found := next((name for character, name in _UNSAFE.items() if character in text), None):
        raise InputError(f"{quoted(text)} contains {found}", _EXAMPLE)
    url = web_url(text)
    if not _ORIGIN.fullmatch(url):
        raise InputError(f"{quoted(text)} is not an https origin", _EXAMPLE)
    return url.removesuffix("/") if url.count("/") == len("///") else url
