"""Parse HTML that others wrote, within limits of time and depth. The only module that imports bs4."""

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urljoin

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup

from dateline.content.source import MAX_SIZE
from dateline.errors import InputError
from dateline.render.limits import check_tags, time_limit
from dateline.render.sanitise import MAX_SRCSET, check_closed, uniform
from dateline.text import ENDLESS, LOST, forbidden_character, without_controls

_MAX_UNCLOSED = 1000
# For the end of each of these, parsers search all the rest of the text.
_UNCLOSED = re.compile(r"<(?![^<>]*>)|<!--(?!.{0,1000}?-->)", re.DOTALL)
_SRCSET_CANDIDATE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])(?:\s+([^,]*))?")


def tree_of(html: str) -> Any:
    """Return HTML as a tree, each attribute of which is one text. Sets no limits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a text that is nothing but an address is taken for a mistake
        return BeautifulSoup(html, "html.parser", multi_valued_attributes=None)


def parsed_html(html: str) -> Any:
    """Return the tree of a document, or of a part of one, from which `str` makes HTML again. Raises InputError."""
    with limited(html), time_limit():
        return tree_of(ENDLESS.sub(LOST, html))


def changed_html(html: str, change: Callable[[Any], None]) -> str:
    """Return HTML whose tree was changed, which must not take long for each element. Raises InputError."""
    with limited(html), time_limit():
        check_tags(html, formatting=False)
        tree = tree_of(ENDLESS.sub(LOST, html))
        change(tree)
        return str(tree)


@contextmanager
def limited(html: str) -> Iterator[None]:
    """Raise InputError for HTML that would take too long, and in place of what parsers raise."""
    if len(html) > MAX_SIZE:
        problem = "it is larger than 2 MiB"
    elif sum(1 for _ in _UNCLOSED.finditer(html)) > _MAX_UNCLOSED:
        problem = f"more than {_MAX_UNCLOSED:,} of its tags never end"
    else:
        try:
            yield
            return
        except TimeoutError:
            problem = "it takes too long to convert"
        except ParserRejectedMarkup:
            problem = "its HTML cannot be read"
        except (InputError, RecursionError):
            problem = "its tags are nested too deeply"
    raise InputError(problem, "copy its text by hand")


def prepared(html: str, address: str) -> tuple[Any, set[str]]:
    """Return HTML in one form, with absolute addresses, and only those ids that links lead to; and these ids."""
    html = ENDLESS.sub(LOST, html)
    try:
        check_closed(html)
    except InputError:
        html = str(tree_of(html))
    html = without_controls(uniform(html))
    while match := forbidden_character(html):
        html = html.replace(match[0], "")
    soup = tree_of(html)
    ids = {unquote(str(el["href"])[1:]) for el in soup.find_all("a", href=re.compile("^#"))}
    for el in soup.find_all(True):
        _make_absolute(el, address)
        if el.get("id") not in ids:
            del el["id"]
        if el.name == "img" and not el.get("src"):
            el.replace_with(str(el.get("alt", "")))
    return soup, ids


def _make_absolute(el: Any, address: str) -> None:
    for name in ("href", "src", "poster"):
        if link := el.get(name, "").strip():
            el[name] = _absolute(link, address)
        elif name != "href":
            del el[name]
    if el.get("srcset"):
        found = _SRCSET_CANDIDATE.findall(el["srcset"][:MAX_SRCSET])
        el["srcset"] = ", ".join(f"{_absolute(link, address)} {size}".strip() for link, size in found)


def _absolute(link: str, address: str) -> str:
    if link.startswith("#"):
        return link
    try:
        link = urljoin(address, link)
    except ValueError:  # it is no address
        return link
    return re.sub(r"[\s()<>]", lambda match: f"%{ord(match[0]):02X}", link)
