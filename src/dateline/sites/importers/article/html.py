"""Read a press article in HTML: its metadata, its byline, and its text without the rest of the page. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from dateline.errors import InputError, quoted
from dateline.importer.html_tree import tree_of
from dateline.model import Author, Publication
from dateline.render.limits import time_limit
from dateline.render.sanitise import uniform_page
from dateline.sites.importers.article.evidence import Article, authors_of, date_of, read_tail
from dateline.sites.importers.article.head import MAX_HEAD
from dateline.sites.importers.article.lines import (
    Byline,
    FoundDate,
    find_dates,
    is_date_line,
    is_prose,
    read_byline,
    split_names,
)
from dateline.sites.importers.article.page_metadata import absolute, first, plain, read_metadata, without_scripts
from dateline.sites.importers.article.page_text import (
    BLOCKS,
    SIGNED,
    before_text,
    clean,
    clutter_in,
    container_in,
    is_signed,
    leaves_in,
    tokens_of,
)
from dateline.sites.model import Doubt

_MAX_LISTED = 200


def read_html(html: str, publication: Publication) -> Article:
    """Read an article in a page. Raises InputError if that has no text, or cannot be read."""
    try:
        with time_limit():
            return _Page(html, publication).article()
    except TimeoutError:
        problem = "takes too long to read"
    except RecursionError:
        problem = "its tags are nested too deeply"
    except InputError as error:
        problem = error.problem
    raise InputError(problem, "save the text of the article in a file .txt, and import that")


class _Page:
    """A page, of which parts are removed as they are read."""

    def __init__(self, html: str, publication: Publication) -> None:
        rest, linked_data = without_scripts(html)
        self.soup = tree_of(uniform_page(rest))
        self.publication = publication
        self.metadata = read_metadata(html, self.soup, linked_data)
        self.left_out: list[str] = []
        self.read: list[str] = []
        self.dates = [FoundDate(text, "published") for text in self.metadata.dates(publication)]
        self.bylines: list[Byline] = []
        self.urls: dict[str, str] = {}

    def article(self) -> Article:
        """Return the article."""
        clutter = clutter_in(self.soup)
        container = container_in(self.soup, clutter)
        title, title_doubts = self._title(container)
        self._read_signs(container, clutter)
        for el in container.find_all(lambda el: id(el) in clutter):
            self._remove(el, self.left_out)
        leaves = leaves_in(container)
        self._read_head(leaves[:MAX_HEAD], title)
        authors, author_doubts = self._authors()
        known = [*(author.name for author in authors), *(name for doubt in author_doubts for name in doubt.choices)]
        self._read_tail([el for el in leaves if not el.decomposed], known)
        date, time, date_doubts = date_of(self.dates, (), self.publication)
        self.left_out += clean(container, self.metadata.address)
        if not container.get_text().strip():
            raise InputError("no text of an article found", "")
        return Article(
            title=title,
            authors=tuple(author._replace(url=author.url or self.urls.get(author.name)) for author in authors),
            date=date,
            time=time,
            body=container.decode_contents(),
            doubts=(*title_doubts, *author_doubts, *date_doubts),
            left_out=tuple(self.left_out),
            read=tuple(self.read),
            summary=self.metadata.summary,
            image=self.metadata.image,
            language=self.metadata.language,
            address=self.metadata.address,
        )

    def _title(self, container: Any) -> tuple[str, tuple[Doubt, ...]]:
        """Return the title by JSON-LD, by the heading of the article, or by other metadata; and any doubt about it."""
        heading, is_certain = self._heading(container)
        marked = self.soup.find(itemprop="headline")
        written = first(
            self.metadata.headline,
            marked and marked.get_text(" "),
            heading if is_certain else "",
            *self.metadata.titles,
        )
        of_page = first(self.soup.title and self.soup.title.string)
        # Metadata may have more than the heading: the name of the site, or of the author.
        if heading in (written or of_page) and len(heading) * 2 > len(written or of_page):
            return heading, ()
        return (self._without_site(written), ()) if written else self._title_of_page(heading, of_page)

    def _title_of_page(self, heading: str, of_page: str) -> tuple[str, tuple[Doubt, ...]]:
        """Return the heading or the title of a page whose metadata has none."""
        choices = tuple(dict.fromkeys(filter(None, (heading, self._without_site(of_page)))))
        title = choices[0] if choices else ""
        if len(choices) == 1 and (heading or not re.search(r"\s[|•·–—-]\s", title)):
            return title, ()
        return title, (Doubt("title", f"{quoted(title)} may not be the title" if title else "no title", choices),)

    def _heading(self, container: Any) -> tuple[str, bool]:
        """Return the only heading of the first level in the article, or else the page; and whether it is certain."""
        inside, outside = (
            {text for el in scope.find_all("h1") if (text := plain(el.get_text(" ")))}
            for scope in (container, self.soup)
        )
        found = inside if len(inside) == 1 else outside
        is_article = container.name in ("article", "main") or container.has_attr("itemprop")
        return "".join(found) if len(found) == 1 else "", bool(inside) and is_article

    def _without_site(self, title: str) -> str:
        site = self.metadata.site or self.publication.title
        return re.sub(rf"\s+[|•·–—-]\s+{re.escape(site)}$", "", title)

    def _remove(self, el: Any, listed: list[str]) -> None:
        """Remove an element that is still there, and list its text."""
        if el.decomposed:
            return
        if text := plain(el.get_text(" ")):
            listed.append(text if len(text) <= _MAX_LISTED else text[: _MAX_LISTED - 1] + "…")
        el.decompose()

    def _read_signs(self, container: Any, clutter: set[int]) -> None:
        """Read bylines and times that are marked as such, in the article and around it."""
        scope = container.find_parent(["article", "main"]) or self.soup
        head = {id(el) for el in before_text(scope)}
        elements = scope.find_all(lambda el: id(el) not in clutter)
        for el in elements:
            self.dates += _published(el, is_in_head=id(el) in head)
        signed = list(filter(is_signed, elements))
        above = [el for el in signed if id(el) in head]
        found = [(el, byline) for el in above or signed if (byline := _names_in(el))]
        for el, byline in found if above else found[:1]:
            self.bylines.append(byline)
            self._keep_links(el)
        self._remove_signs(container)

    def _remove_signs(self, container: Any) -> None:
        """Remove names and times that stand between blocks; those in a block are removed with it."""
        for el in list(before_text(container)):
            is_sign = el.name == "time" or (el.name in ("span", "a") and tokens_of(el) & SIGNED)
            if is_sign and not el.decomposed and el.parent is not None and el.parent.find([*BLOCKS]) is not None:
                self._remove(el, self.read)

    def _keep_links(self, el: Any) -> None:
        for link in [el, *el.find_all("a")]:
            if link.name == "a" and (address := absolute(self.metadata.address, link.get("href", ""))):
                self.urls.setdefault(plain(link.get_text(" ")), address)

    def _read_head(self, leaves: Sequence[Any], title: str) -> None:
        """Remove what comes before the text: the title, bylines, dates, and boilerplate."""
        for el in leaves:
            text = plain(el.get_text(" "))
            dates = find_dates(text)
            byline = read_byline(text)
            if byline:
                self.bylines.insert(0, byline)
                self.dates += byline.dates
                self.left_out += byline.others
                self._keep_links(el)
            elif is_date_line(text, dates):
                self.dates += dates
            elif is_prose(text):
                return
            is_read = byline or is_date_line(text, dates) or text.casefold() == title.casefold()
            if is_read or (tokens_of(el) & SIGNED and split_names(text).names):
                self._remove(el, self.read)

    def _read_tail(self, leaves: Sequence[Any], names: Sequence[str]) -> None:
        """Remove boilerplate, and at the end lines that say where to follow an author, or when this was published."""
        tail = read_tail([plain(el.get_text(" ")) for el in leaves], names)
        self.urls |= tail.urls
        self.dates += tail.dates
        for numbers, listed in ((tail.read, self.read), (tail.left_out - tail.read, self.left_out)):
            for number in sorted(numbers):
                self._remove(leaves[number], listed)

    def _authors(self) -> tuple[tuple[Author, ...], tuple[Doubt, ...]]:
        """Return the authors by metadata if there are any, else by the byline; if these disagree, there is a doubt."""
        authors = tuple(self.metadata.authors())
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


def _names_in(el: Any) -> Byline | None:
    """Return the names in an element that is marked as a byline; None if there are none, or more than names."""
    text = plain(el.get_text(" "))
    byline = read_byline(text) or split_names(text)
    return byline if len(text) <= 100 and (byline.names or byline.doubtful) else None


def _published(el: Any, *, is_in_head: bool) -> list[FoundDate]:
    """Return the time of publication if this is one: marked so, or below a heading; and not that of a change."""
    is_marked = "published" in str(el.get("itemprop")).lower()
    if el.name != "time" or not (is_marked or (is_in_head and el.find_previous("h1") is not None)):
        return []
    before = "".join(map(str, reversed(el.find_all_previous(string=True, limit=3))))
    marks = f"{el.get('itemprop', '')} {el.get('class', '')} {before[-40:]}"
    is_change = re.search("(?i)modified|updated", marks)
    return [] if is_change else find_dates(str(el.get("datetime") or el.get_text(" ")))[:1]
