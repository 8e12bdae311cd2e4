"""Find the text of an article in a page, and leave out all that is around it and in between."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from dateline.sites.importers.article.lines import is_prose
from dateline.sites.importers.article.page_metadata import absolute, plain

_REMOVED = frozenset("nav aside form dialog iframe footer".split())
_REMOVED_ROLES = frozenset("navigation complementary search dialog alert banner contentinfo".split())
_CLUTTER = frozenset(
    "related share sharing social newsletter promo advert advertisement advertising ads ad comments cookie cookies"
    " consent breadcrumb breadcrumbs recommended recommendations recirc outbrain taboola sponsored sponsor paywall"
    " subscribe subscription signup popup modal toolbar navigation nav menu sidebar tags".split()
)
BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 li div section header figure blockquote pre table dl address".split())
SIGNED = frozenset("byline author authors".split())
_ATTRIBUTES = frozenset("id href src alt title colspan rowspan start datetime lang dir".split())
_WITHOUT_TEXT = frozenset("source meta link".split())
_UNWRAPPED = frozenset("picture time".split())


def tokens_of(el: Any) -> set[str]:
    """Return the words in the class of an element, and in its id unless that is made of a heading, in lower case."""
    words, of_id = (re.findall("[A-Z]?[a-z]+|[A-Z]+", str(el.get(key) or "")[:300]) for key in ("class", "id"))
    return set(map(str.lower, words + (of_id if len(of_id) < 3 else [])))


def _lengths(soup: Any, clutter: Container[int] = ()) -> tuple[Counter[int], list[Any]]:
    """Return how much text there is in the paragraphs of each element, except clutter, and what holds paragraphs."""
    lengths: Counter[int] = Counter()
    holders: dict[int, Any] = {}
    for el in soup.find_all(["p", "li", "blockquote"]):
        if id(el) not in clutter:
            length = len(el.get_text())
            holders[id(el.parent)] = el.parent
            for holder in el.parents:
                lengths[id(holder)] += length
    return lengths, list(holders.values())


def clutter_in(soup: Any) -> set[int]:
    """Return the elements that are not part of an article, each with all that is in it; none has most of the text."""
    found: set[int] = set()
    lengths, _ = _lengths(soup)
    for el in soup.find_all(True):
        is_whole = lengths[id(el)] * 2 > lengths[id(soup)] or el.name in ("main", "article")
        if id(el.parent) in found or (_is_clutter(el) and (not is_whole or "comments" in tokens_of(el))):
            found.add(id(el))
    return found


def _is_clutter(el: Any) -> bool:
    """Return whether an element is hidden, or says that it is not part of an article."""
    is_hidden = el.has_attr("hidden") or re.search(r"display:\s*none", el.get("style") or "") is not None
    is_other = el.name in _REMOVED or (el.get("role") or "").lower() in _REMOVED_ROLES
    return is_hidden or is_other or not tokens_of(el).isdisjoint(_CLUTTER)


def container_in(soup: Any, clutter: set[int]) -> Any:
    """Return the element with the text of the article: one that is marked so, else the one with most paragraphs."""
    lengths, holders = _lengths(soup, clutter)
    marked = (
        soup.find_all(itemprop=re.compile("articleBody", re.IGNORECASE)),
        soup.find_all("article"),
        soup.find_all(lambda el: el.name == "main" or el.get("role") == "main"),
    )
    most = _with_most_text(holders, lengths)
    for elements in marked:
        best = max(elements, key=lambda el: lengths[id(el)], default=None)
        # A page of comments has more text than the article; one of teasers has an article for each.
        if best is not None and lengths[id(best)] and (most is None or lengths[id(best)] * 5 > lengths[id(most)]):
            return best
    return most or soup


def _with_most_text(holders: Iterable[Any], lengths: Mapping[int, int]) -> Any:
    """Return the element that holds most paragraphs, with its siblings of the same class that hold some, too."""
    most = found = max(holders, key=lambda el: lengths[id(el)], default=None)
    while most is not None and most.parent is not None:
        parent = most.parent
        if lengths[id(parent)] > lengths[id(most)]:
            others = [el for el in parent.find_all(True, recursive=False) if el is not most and lengths[id(el)]]
            if not any(el.name == most.name and el.get("class") == most.get("class") for el in others):
                break
            found = parent
        most = parent
    return found


def leaves_in(container: Any) -> list[Any]:
    """Return the blocks that contain no other."""
    blocks = [el for el in container.find_all(True) if el.name in BLOCKS]
    holders: set[int] = set()
    for el in blocks:
        for holder in el.parents:
            if id(holder) in holders:
                break
            holders.add(id(holder))
    return [el for el in blocks if id(el) not in holders]


def is_signed(el: Any) -> bool:
    """Return whether an element is marked as the name of an author."""
    return bool(tokens_of(el) & SIGNED) or el.get("itemprop") == "author" or "author" in str(el.get("rel"))


def before_text(scope: Any) -> Iterator[Any]:
    """Yield the elements before the first paragraph that is text."""
    for el in scope.find_all(True):
        if el.name == "p" and is_prose(plain(el.get_text(" "))):
            return
        yield el


def clean(container: Any, base: str) -> list[str]:
    """Leave only what a post needs: no attributes for looks, no links to nowhere; return the pictures that are lost.

    Links that are not absolute start from `base`, if it is known.
    """
    ids = {el["id"] for el in container.find_all(id=True)}
    lost: list[str] = []
    for el in container.find_all(True):
        if el.name == "img":
            written = el.get("src", "")
            el["src"] = absolute(base, written)
            if not el["src"] and written and not written.startswith("data:"):
                lost.append(f"the picture {written}")
        elif el.name == "a":
            el["href"] = _link(el.get("href", "").strip(), ids, base)
            el.name = "a" if el["href"] else "span"
        if _shows_nothing(el):
            el.decompose()
        else:
            _simplify(el)
    return lost


def _shows_nothing(el: Any) -> bool:
    is_pixel = "1" in (el.get("width"), el.get("height"))
    return el.name in _WITHOUT_TEXT or (el.name == "img" and (is_pixel or not el["src"]))


def _simplify(el: Any) -> None:
    el.attrs = {key: value for key, value in el.attrs.items() if key in _ATTRIBUTES and value}
    if el.name in _UNWRAPPED or (el.name == "span" and not el.attrs):
        el.unwrap()
    elif el.name == "h1":
        el.name = "h2"


def _link(link: str, ids: Container[str], base: str) -> str:
    """Return where a link leads to; empty if it cannot be followed from a post."""
    if link.startswith("#"):
        return link if link[1:] in ids else ""
    return link if link.startswith(("mailto:", "tel:")) else absolute(base, link)
