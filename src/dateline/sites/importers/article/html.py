"""Read a press article in HTML: its metadata, its byline, and its text without the rest of the page. Pure."""

import re
from collections.abc import Sequence
from typing import Any

from dateline.errors import InputError, quoted
from dateline.importer.html_tree import tree_of
from dateline.model import Author, Publication
from dateline.render.limits import time_limit
from dateline.render.sanitise import uniform_page
from dateline.sites.importers.article.lines import (
    Byline,
    FoundDate,
    find_dates,
    handles,
    is_boilerplate,
    is_date_line,
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
from dateline.sites.importers.article.text import MAX_HEAD, MAX_TAIL, Article, authors_of, date_of, is_prose
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
        self.dates = [FoundDate(text, "published", 0, 0, False) for text in self.metadata.dates(publication)]
        self.bylines: list[Byline] = []
        self.urls: dict[str, str] = {}

    def article(self) -> Article:
        """Return the article."""
        clutter = clutter_in(self.soup)
        container = container_in(self.soup, clutter)
        title, title_doubts = self._title(container)
        self._read_signs(container, clutter)
        for el in [el for el in container.find_all(True) if id(el) in clutter]:
            if not el.decomposed:
                self._remove(el, self.left_out)
        leaves = leaves_in(container)
        self._read_head(leaves[:MAX_HEAD], title)
        authors, author_doubts = self._authors()
        known = [*(author.name for author in authors), *(name for doubt in author_doubts for name in doubt.choices)]
        self._read_tail([el for el in leaves if not el.decomposed], known)
        date, time, date_doubts = date_of(self._dates(), (), self.publication)
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
        site = self.metadata.site or self.publication.title

        def without_site(title: str) -> str:
            return re.sub(rf"\s+[|•·–—-]\s+{re.escape(site)}$", "", title)

        marked = self.soup.find(itemprop="headline")
        inside, outside = (
            {text for el in scope.find_all("h1") if (text := plain(el.get_text(" ")))}
            for scope in (container, self.soup)
        )
        headings = inside if len(inside) == 1 else outside
        heading = next(iter(headings)) if len(headings) == 1 else ""
        is_marked = bool(inside) and (container.name in ("article", "main") or container.has_attr("itemprop"))
        of_page = first(self.soup.title and self.soup.title.string)
        written = first(
            self.metadata.headline,
            marked and marked.get_text(" "),
            heading if is_marked else "",
            *self.metadata.titles,
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
        if text := plain(el.get_text(" ")):
            listed.append(text if len(text) <= _MAX_LISTED else text[: _MAX_LISTED - 1] + "…")
        el.decompose()

    def _read_signs(self, container: Any, clutter: set[int]) -> None:
        """Read bylines and times that are marked as such, in the article and around it."""
        scope = container.find_parent(["article", "main"]) or self.soup
        head = {id(el) for el in before_text(scope)}
        for el in scope.find_all("time"):
            is_marked = "published" in str(el.get("itemprop")).lower()
            if id(el) in clutter or not (is_marked or (id(el) in head and el.find_previous("h1") is not None)):
                continue
            before = "".join(map(str, reversed(el.find_all_previous(string=True, limit=3))))
            marks = f"{el.get('itemprop', '')} {el.get('class', '')} {before[-40:]}"
            if not re.search("(?i)modified|updated", marks):
                self.dates += find_dates(str(el.get("datetime") or el.get_text(" ")))[:1]
        signed = [el for el in scope.find_all(True) if id(el) not in clutter and is_signed(el)]
        above = [el for el in signed if id(el) in head]
        for el in above or signed:
            text = plain(el.get_text(" "))
            byline = read_byline(text) or split_names(text)
            if len(text) <= 100 and (byline.names or byline.doubtful):
                self.bylines.append(byline)
                self._keep_links(el)
                if not above:
                    break
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
        for el in reversed(leaves[-MAX_TAIL:]):
            text = plain(el.get_text(" "))
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
            if not el.decomposed and is_boilerplate(plain(el.get_text(" "))):
                self._remove(el, self.left_out)

    def _dates(self) -> list[FoundDate]:
        return list(dict.fromkeys(date._replace(start=0, end=0) for date in self.dates))

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
