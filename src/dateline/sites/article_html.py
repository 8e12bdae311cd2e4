"""Read a press article in HTML: its metadata, its byline, and its text without the rest of the page. Pure."""

import json
import re
from collections import Counter, deque
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urljoin

from dateline.content.urls import web_url
from dateline.errors import InputError, quoted
from dateline.importer.html_to_markdown import parse_html
from dateline.model import Author, Publication
from dateline.render.limits import time_limit
from dateline.render.sanitise import uniform_page
from dateline.sites.article_lines import (
    Byline,
    FoundDate,
    find_dates,
    handles,
    is_boilerplate,
    is_date_line,
    possible_days,
    read_byline,
    read_day,
    split_names,
)
from dateline.sites.article_text import MAX_HEAD, MAX_TAIL, Article, authors_of, date_of, is_prose
from dateline.sites.model import Doubt
from dateline.text import unescape, without_controls, without_forbidden

_ARTICLES = re.compile(r"(?:\w*Article|\w*Posting|Report|Review)")
_DATES = "article:published_time og:published_time datepublished parsely-pub-date pubdate publish-date date".split()
_DATES += "dc.date dc.date.issued dcterms.created sailthru.date cxenseparse:recs:publishtime".split()
_NAMES = "author parsely-author dc.creator byl sailthru.author article:author".split()
_REMOVED = frozenset("nav aside form dialog iframe footer".split())
_REMOVED_ROLES = frozenset("navigation complementary search dialog alert banner contentinfo".split())
_CLUTTER = frozenset(
    "related share sharing social newsletter promo advert advertisement advertising ads ad comments cookie cookies"
    " consent breadcrumb breadcrumbs recommended recommendations recirc outbrain taboola sponsored sponsor paywall"
    " subscribe subscription signup popup modal toolbar navigation nav menu sidebar tags".split()
)
_BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 li div section header figure blockquote pre table dl address".split())
_SIGNED = frozenset("byline author authors".split())
_ATTRIBUTES = frozenset("id href src alt title colspan rowspan start datetime lang dir".split())
SAVED_FROM = re.compile(
    r"[^<]{0,100}(?:<!doctype[^>]{0,200}>\s*)?<!--\s*saved from url=\(\d{4}\)(https?://[^\s>]{1,2000})", re.IGNORECASE
)
_NOT_IN_ADDRESSES = re.compile(r"[\s<>\"\\^`{|}]")
_UNWRAPPED = frozenset("picture time".split())
_LANGUAGE = re.compile(r"<html\b[^>]{0,1000}?\blang=[\"']?([\w-]{1,35})", re.IGNORECASE)
_END_OF_SCRIPT = re.compile(r"</script[^>]{0,100}>", re.IGNORECASE)
_MAX_LISTED = 200


def read_html(html: str, publication: Publication) -> Article:
    """Read an article in a page. Raises InputError if that has no text, or cannot be read."""
    problem = "takes too long to read"
    try:
        with time_limit():
            return _Page(html, publication).article()
    except TimeoutError:
        pass
    except RecursionError:
        problem = "its tags are nested too deeply"
    raise InputError(problem, "save the text of the article in a file .txt, and import that")


class _Page:
    """A page, of which parts are removed as they are read."""

    def __init__(self, html: str, publication: Publication) -> None:
        rest, data = _without_scripts(html)
        self.soup = parse_html(uniform_page(rest))
        self.publication = publication
        self.data = next(_articles(data), {})
        self.metas = _metas(self.soup)
        self.address = self._address(html)
        language = _LANGUAGE.search(html, 0, 10_000)
        self.language = language[1] if language else ""
        self.left_out: list[str] = []
        self.read: list[str] = []
        self.dates = [FoundDate(text, "published", 0, 0, False) for text in self._metadata_dates()]
        self.bylines: list[Byline] = []
        self.urls: dict[str, str] = {}

    def article(self) -> Article:
        """Return the article."""
        clutter = _clutter(self.soup)
        container = _container(self.soup, clutter)
        title, title_doubts = self._title(container)
        self._read_signs(container, clutter)
        for el in [el for el in container.find_all(True) if id(el) in clutter]:
            if not el.decomposed:
                self._remove(el, self.left_out)
        leaves = _leaves(container)
        self._read_head(leaves[:MAX_HEAD], title)
        authors, author_doubts = self._authors()
        known = [*(author.name for author in authors), *(name for doubt in author_doubts for name in doubt.choices)]
        self._read_tail([el for el in leaves if not el.decomposed], known)
        date, time, date_doubts = date_of(self._dates(), (), self.publication)
        self._clean(container)
        if not container.get_text().strip():
            raise InputError("no text of an article found", "save its text in a file .txt, and import that")
        return Article(
            title=title,
            authors=tuple(author._replace(url=author.url or self.urls.get(author.name)) for author in authors),
            date=date,
            time=time,
            body=container.decode_contents(),
            doubts=(*title_doubts, *author_doubts, *date_doubts),
            left_out=tuple(self.left_out),
            read=tuple(self.read),
            summary=self._first(_text(self.data.get("description")), *self._meta("og:description", "description")),
            image=self._image(),
            language=self._first(_text(self.data.get("inLanguage")), self.language),
            address=self.address,
        )

    def _meta(self, *names: str) -> list[str]:
        return [self.metas[name] for name in names if name in self.metas]

    @staticmethod
    def _first(*values: Any) -> str:
        return next((text for value in values if (text := _plain(value))), "")

    def _address(self, html: str) -> str:
        canonical = self.soup.find("link", rel=re.compile(r"^canonical$", re.IGNORECASE))
        saved = SAVED_FROM.match(html)
        found = (
            *(_text(self.data.get(key)) for key in ("url", "mainEntityOfPage")),
            canonical.get("href") if canonical else "",
            *self._meta("og:url"),
            saved[1] if saved else "",
        )
        base = saved[1] if saved else ""
        return next(filter(None, (_joined(base, _plain(text)) for text in found)), "")

    def _image(self) -> str:
        images = self.data.get("image")
        found = (_text(images[0] if isinstance(images, list) and images else images), *self._meta("og:image"))
        return next(filter(None, (_joined(self.address, _plain(text)) for text in found)), "")

    def _metadata_dates(self) -> Iterator[str]:
        """Yield dates of publication in metadata: the first of each kind that can be read."""
        for texts in ([_plain(_text(self.data.get("datePublished")))], self._meta(*_DATES)):
            for text in filter(None, texts):
                with suppress(InputError):
                    if not possible_days(text, self.publication):
                        read_day(text, self.publication)
                    yield text
                    break

    def _title(self, container: Any) -> tuple[str, tuple[Doubt, ...]]:
        """Return the title by JSON-LD, by the heading of the article, or by other metadata; and any doubt about it."""
        site = self._first(*self._meta("og:site_name"), _text(self.data.get("publisher")), self.publication.title)

        def without_site(title: str) -> str:
            return re.sub(rf"\s+[|•·–—-]\s+{re.escape(site)}$", "", title)

        marked = self.soup.find(itemprop="headline")
        inside, outside = (
            {text for el in scope.find_all("h1") if (text := _plain(el.get_text(" ")))}
            for scope in (container, self.soup)
        )
        headings = inside if len(inside) == 1 else outside
        heading = next(iter(headings)) if len(headings) == 1 else ""
        is_marked = bool(inside) and (container.name in ("article", "main") or container.has_attr("itemprop"))
        of_page = self._first(self.soup.title and self.soup.title.string)
        written = self._first(
            _text(self.data.get("headline")),
            marked and marked.get_text(" "),
            heading if is_marked else "",
            *self._meta("og:title", "parsely-title", "twitter:title", "dc.title"),
        )
        # Metadata may have more than the heading: the name of the site, or of the author.
        if heading in (written or of_page) and len(heading) * 2 > len(written or of_page):
            return heading, ()
        if written:
            return without_site(written), ()
        choices = tuple(dict.fromkeys(filter(None, (heading, without_site(of_page)))))
        title = choices[0] if choices else ""
        if len(choices) == 1 and (heading or not re.search(r"\s[|•·–—-]\s", title)):
            return title, ()
        return title, (Doubt("title", f"{quoted(title)} may not be the title" if title else "no title", choices),)

    def _remove(self, el: Any, listed: list[str]) -> None:
        """Remove an element, and list its text."""
        if text := _plain(el.get_text(" ")):
            listed.append(text if len(text) <= _MAX_LISTED else text[: _MAX_LISTED - 1] + "…")
        el.decompose()

    def _read_signs(self, container: Any, clutter: set[int]) -> None:
        """Read bylines and times that are marked as such, in the article and around it."""
        scope = container.find_parent(["article", "main"]) or self.soup
        head = {id(el) for el in _before_text(scope)}
        for el in scope.find_all("time"):
            is_marked = "published" in str(el.get("itemprop")).lower()
            if id(el) in clutter or not (is_marked or (id(el) in head and el.find_previous("h1") is not None)):
                continue
            before = "".join(map(str, reversed(el.find_all_previous(string=True, limit=3))))
            marks = f"{el.get('itemprop', '')} {el.get('class', '')} {before[-40:]}"
            if not re.search("(?i)modified|updated", marks):
                self.dates += find_dates(str(el.get("datetime") or el.get_text(" ")))[:1]
        signed = [el for el in scope.find_all(True) if id(el) not in clutter and _is_signed(el)]
        above = [el for el in signed if id(el) in head]
        for el in above or signed:
            text = _plain(el.get_text(" "))
            byline = read_byline(text) or split_names(text)
            if len(text) <= 100 and (byline.names or byline.doubtful):
                self.bylines.append(byline)
                self._keep_links(el)
                if not above:
                    break
        self._remove_signs(container)

    def _remove_signs(self, container: Any) -> None:
        """Remove names and times that stand between blocks; those in a block are removed with it."""
        for el in list(_before_text(container)):
            is_sign = el.name == "time" or (el.name in ("span", "a") and _tokens(el) & _SIGNED)
            if is_sign and not el.decomposed and el.parent is not None and el.parent.find([*_BLOCKS]) is not None:
                self._remove(el, self.read)

    def _keep_links(self, el: Any) -> None:
        for link in [el, *el.find_all("a")]:
            if link.name == "a" and (address := _joined(self.address, link.get("href", ""))):
                self.urls.setdefault(_plain(link.get_text(" ")), address)

    def _read_head(self, leaves: Sequence[Any], title: str) -> None:
        """Remove what comes before the text: the title, bylines, dates, and boilerplate."""
        for el in leaves:
            text = _plain(el.get_text(" "))
            dates = find_dates(text)
            byline = read_byline(text)
            if byline:
                self.bylines.insert(0, byline)
                self.dates += byline.dates
                self._keep_links(el)
            elif is_date_line(text, dates):
                self.dates += dates
            elif is_prose(text):
                return
            is_read = byline or is_date_line(text, dates) or text.casefold() == title.casefold()
            if is_read or (_tokens(el) & _SIGNED and split_names(text).names):
                self._remove(el, self.read)

    def _read_tail(self, leaves: Sequence[Any], names: Sequence[str]) -> None:
        """Remove boilerplate, and at the end lines that say where to follow an author, or when this was published."""
        for el in reversed(leaves[-MAX_TAIL:]):
            text = _plain(el.get_text(" "))
            dates = find_dates(text)
            if found := handles(text, names):
                self.urls |= found
                self._remove(el, self.left_out)
            elif is_date_line(text, dates) and dates[0].kind != "plain":
                self.dates += dates
                self._remove(el, self.read)
            elif text and not is_boilerplate(text):
                break
        for el in leaves:
            if not el.decomposed and is_boilerplate(_plain(el.get_text(" "))):
                self._remove(el, self.left_out)

    def _dates(self) -> list[FoundDate]:
        return list(dict.fromkeys(date._replace(start=0, end=0) for date in self.dates))

    def _authors(self) -> tuple[tuple[Author, ...], tuple[Doubt, ...]]:
        """Return the authors by metadata if there are any, else by the byline; if these disagree, there is a doubt."""
        authors = tuple(self._metadata_authors())
        names = [author.name for author in authors]
        byline = next(iter(self.bylines), None)
        signed = list(dict.fromkeys(name for byline in self.bylines for name in byline.names))
        if not authors:
            found, doubts = authors_of(byline, ())
            if byline and not doubts and len(signed) > len(byline.names):
                choices = ", ".join(byline.names), ", ".join(signed)
                doubts = (Doubt("author", f"bylines name {choices[1]}", choices),)
            return found, doubts
        if signed and not any(name.casefold() in other.casefold() for name in names for other in signed):
            choices = ", ".join(names), ", ".join(signed)
            return (), (Doubt("author", f"metadata names {choices[0]}, and the byline {choices[1]}", choices),)
        return authors, ()

    def _metadata_authors(self) -> Iterator[Author]:
        listed = self.data.get("author")
        site = self._first(*self._meta("og:site_name"), _text(self.data.get("publisher"))).casefold()
        for item in listed if isinstance(listed, list) else [listed]:
            table = item if isinstance(item, dict) else {"name": item}
            url = _joined(self.address, self._first(_text(table.get("url")), _text(table.get("sameAs"))))
            text = _plain(_text(table.get("name")))
            byline = read_byline(text) or split_names(text)
            names = (*byline.names, *byline.doubtful) or ((text,) if text else ())
            if text.casefold() == site or table.get("@type") == "Organization":
                continue
            for name in names:
                yield Author(name, None, url if url and len(names) == 1 else self.urls.get(name))
        if not listed:
            for text in self._meta(*_NAMES)[:1]:
                byline = read_byline(text) or split_names(text)
                names = (*byline.names, *byline.doubtful)
                yield from (Author(name, None, self.urls.get(name)) for name in names if name.casefold() != site)

    def _clean(self, container: Any) -> None:
        """Leave only what a post needs: no attributes for looks, no links or pictures to nowhere."""
        ids = {el["id"] for el in container.find_all(id=True)}
        for el in container.find_all(True):
            if el.name == "img":
                self._clean_image(el)
            elif el.name == "a":
                el["href"] = self._link(el.get("href", "").strip(), ids)
                el.name = "a" if el["href"] else "span"
            elif el.name in ("source", "meta", "link"):
                el.decompose()
            if el.decomposed:
                continue
            el.attrs = {key: value for key, value in el.attrs.items() if key in _ATTRIBUTES and value}
            if el.name in _UNWRAPPED or (el.name == "span" and not el.attrs):
                el.unwrap()
            elif el.name == "h1":
                el.name = "h2"

    def _link(self, link: str, ids: Container[str]) -> str:
        """Return where a link leads to; empty if it cannot be followed from a post."""
        if link.startswith("#"):
            return link if link[1:] in ids else ""
        return link if link.startswith(("mailto:", "tel:")) else _joined(self.address, link)

    def _clean_image(self, el: Any) -> None:
        source = el.get("src", "")
        address = _joined(self.address, source)
        if address and "1" not in (el.get("width"), el.get("height")):
            el["src"] = address
            return
        if source and not address and not source.startswith("data:"):
            self.left_out.append(f"the picture {source}")
        el.decompose()


def _without_scripts(html: str) -> tuple[str, list[str]]:
    """Return a page without its scripts, and the texts of those that are JSON-LD."""
    first, *scripts = re.split(r"<script\b", html, flags=re.IGNORECASE)
    parts, data = [first], []
    for script in scripts:
        inside, *rest = _END_OF_SCRIPT.split(script, maxsplit=1)
        parts += rest
        tag, _, text = inside.partition(">")
        if "ld+json" in tag.lower():
            data.append(text)
    return "".join(parts), data


def _articles(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the articles in JSON-LD."""
    for text in texts:
        try:
            queue = deque([json.loads(text, strict=False)])
        except (ValueError, RecursionError):
            continue
        while queue:
            item = queue.popleft()
            if isinstance(item, list):
                queue.extend(item)
            elif isinstance(item, dict):
                kinds = item.get("@type")
                if any(_ARTICLES.fullmatch(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
                    yield item
                queue.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item)


def _text(value: Any) -> str:
    """Return the text of a value of JSON-LD, which may be an object or a list."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = next((value[key] for key in ("url", "@id", "name", "alternateName") if value.get(key)), "")
    return unescape(value) if isinstance(value, str) else ""


def _plain(value: Any) -> str:
    """Return a value that is text as one line, without characters that a post cannot have."""
    return " ".join(without_forbidden(without_controls(value)).split()) if isinstance(value, str) else ""


def _joined(base: str, link: str) -> str:
    """Return the absolute address that a link leads to from a base; empty if it is none."""
    try:
        address = _NOT_IN_ADDRESSES.sub(lambda found: quote(found[0]), urljoin(base, link.strip()))
        return address if link.strip() and web_url(address) else ""
    except (ValueError, InputError):
        return ""


def _metas(soup: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for el in soup.find_all("meta"):
        for name in str(el.get("property") or el.get("name") or el.get("itemprop") or "").lower().split():
            if text := _plain(el.get("content")):
                found.setdefault(name, text)
    return found


def _tokens(el: Any) -> set[str]:
    """Return the words in the class of an element, and in its id unless that is made of a heading, in lower case."""
    words, of_id = (re.findall("[A-Z]?[a-z]+|[A-Z]+", str(el.get(key) or "")[:300]) for key in ("class", "id"))
    return set(map(str.lower, words + (of_id if len(of_id) < 3 else [])))


def _lengths(soup: Any) -> Counter[int]:
    """Return how much text there is in the paragraphs of each element."""
    lengths: Counter[int] = Counter()
    for el in soup.find_all(["p", "li", "blockquote"]):
        length = len(el.get_text())
        for holder in el.parents:
            lengths[id(holder)] += length
    return lengths


def _clutter(soup: Any) -> set[int]:
    """Return the elements that are not part of an article, each with all that is in it; none has most of the text."""
    found: set[int] = set()
    lengths = _lengths(soup)
    for el in soup.find_all(True):
        tokens = _tokens(el)
        is_whole = lengths[id(el)] * 2 > lengths[id(soup)] or el.name in ("main", "article")
        is_hidden = el.has_attr("hidden") or re.search(r"display:\s*none", el.get("style") or "") is not None
        is_other = el.name in _REMOVED or (el.get("role") or "").lower() in _REMOVED_ROLES or bool(tokens & _CLUTTER)
        if id(el.parent) in found or ((is_hidden or is_other) and (not is_whole or "comments" in tokens)):
            found.add(id(el))
    return found


def _container(soup: Any, clutter: set[int]) -> Any:
    """Return the element with the text of the article: one that is marked so, else the one with most paragraphs."""
    lengths: Counter[int] = Counter()
    holders: dict[int, Any] = {}
    for el in soup.find_all(["p", "li", "blockquote"]):
        if id(el) not in clutter:
            length = len(el.get_text())
            holders[id(el.parent)] = el.parent
            for holder in el.parents:
                lengths[id(holder)] += length
    marked = (
        soup.find_all(itemprop=re.compile("articleBody", re.IGNORECASE)),
        soup.find_all("article"),
        soup.find_all(lambda el: el.name == "main" or el.get("role") == "main"),
    )
    most = _with_most_text(holders.values(), lengths)
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


def _leaves(container: Any) -> list[Any]:
    """Return the blocks that contain no other."""
    blocks = [el for el in container.find_all(True) if el.name in _BLOCKS]
    holders: set[int] = set()
    for el in blocks:
        for holder in el.parents:
            if id(holder) in holders:
                break
            holders.add(id(holder))
    return [el for el in blocks if id(el) not in holders]


def _is_signed(el: Any) -> bool:
    return bool(_tokens(el) & _SIGNED) or el.get("itemprop") == "author" or "author" in str(el.get("rel"))


def _before_text(scope: Any) -> Iterator[Any]:
    """Yield the elements before the first paragraph that is text."""
    for el in scope.find_all(True):
        if el.name == "p" and is_prose(_plain(el.get_text(" "))):
            return
        yield el
