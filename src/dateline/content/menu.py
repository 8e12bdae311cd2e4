"""Read the table ``menu`` of feed.toml: what the menu of each page has besides the pages that ask for it."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from dateline.content.key_values import Value
from dateline.content.languages import listed
from dateline.content.schema import TEXT, any_of, table_of, written_as
from dateline.content.urls import BUILT_IN_PAGES, has_host, web_url
from dateline.content.validators import NO, line_of_text, stripped, table
from dateline.errors import InputError, quoted

# The edition that an entry is for, its name, and its address; None leaves the built-in entry of that name out.
MenuEntry = tuple[str, str, str | None]

_EXAMPLE = 'write a line like About = "/about/", or the address of another site'


@written_as(table_of({}, others=any_of(TEXT, table_of({}, others=TEXT))))
def read_menu(value: Value, languages: Sequence[str]) -> tuple[MenuEntry, ...]:
    """Return the entries of the menu of the main language, and of tables in it for other languages."""
    found: list[MenuEntry] = []
    for name, item in table(value, f"{_EXAMPLE}, below [menu]").items():
        if isinstance(item, dict):
            language = listed(name, languages)
            if language is None:
                raise InputError(f"{quoted(name)} is not one of the languages", f"{_EXAMPLE}, or name a language")
            found += _entries("" if language == languages[0] else language, item)
        else:
            found += _entries("", {name: item})
    return tuple(found)


def _entries(edition: str, written: dict[str, Value]) -> Iterator[MenuEntry]:
    for name, item in written.items():
        text = stripped(item)
        if name in BUILT_IN_PAGES and text.lower() == "true":
            continue  # as without the line
        if text.lower() in NO:
            if name not in BUILT_IN_PAGES:
                remedy = f"remove it, or set {' or '.join(BUILT_IN_PAGES)}"
                raise InputError(f"{quoted(name)} is in no menu anyway", remedy)
            yield edition, name, None
        else:
            yield edition, line_of_text(name), _address(text)


def _address(text: str) -> str:
    """Return a web address, or a percent-encoded one relative to the publication's."""
    if has_host(text):
        return web_url(text)
    path = text.removeprefix("/")
    if ":" in path.partition("/")[0] or "\\" in path or not path.isprintable() or ".." in path.split("/"):
        raise InputError(f"{quoted(text)} is not an address", _EXAMPLE)
    return quote(path, safe="/%:@!$&'()*+,;=~?#")
