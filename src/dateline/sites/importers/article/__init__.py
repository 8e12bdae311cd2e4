"""Import a press article, a file of plain text or HTML, as one post."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from dateline.content.authors import authors as read_authors
from dateline.content.ids import label_slug, post_file_name, post_slug, shorten
from dateline.content.key_values import Value
from dateline.content.urls import is_below, redirect_path
from dateline.content.validators import is_visible, language
from dateline.errors import InputError, Problem, SiteError, quoted, reason_of
from dateline.fileio import read_regular
from dateline.importer.html_to_markdown import html_to_markdown
from dateline.model import Author, Publication
from dateline.sites.importers.article.evidence import Article
from dateline.sites.importers.article.html import read_html
from dateline.sites.importers.article.lines import read_day
from dateline.sites.importers.article.page_metadata import SAVED_FROM
from dateline.sites.importers.article.text import read_text
from dateline.sites.model import Ask, Doubt, Site, SitePost
from dateline.text import without_controls, without_forbidden

MAX_SIZE = 8 * 1024 * 1024
_TEXTS = (".txt", ".text")
_PAGES = (".html", ".htm", ".xhtml")
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHARSET = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([\w-]{1,40})""", re.IGNORECASE)
_CHARSETS = re.compile(r"utf-?8|windows-\d+|iso-8859-\d+|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5")
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html|!--)", re.IGNORECASE)
# Stands where the date is not known: a post with it is never published by mistake.
_NO_DATE = "2100-01-01"
_EXAMPLES = {
    "title": "the title, like title: The ferry returns",
    "date": "the day, like date: 2025-04-14",
    "author": "the name, like author: Ana Díaz",
}


def detect(source: Path) -> bool:
    """Return whether this is a file of text or HTML, by its ending."""
    return source.suffix.lower() in (*_TEXTS, *_PAGES) and source.is_file()


def settings(source: Path) -> Site:  # noqa: ARG001 - the signature of importers
    """Return nothing: an article says too little about a publication."""
    return Site({})


def posts(source: Path, site: Site, publication: Publication) -> Iterator[SitePost | Problem]:
    """Yield the article as a post, which is a draft if anything is in doubt."""
    try:
        text = decoded(read_regular(source, MAX_SIZE))
    except OSError as error:
        raise SiteError(
            str(source), None, f"cannot be read: {reason_of(error)}", "save its text in a file .txt"
        ) from None
    saved = SAVED_FROM.match(text)
    where = saved[1] if saved else str(source)
    is_page = source.suffix.lower() in _PAGES or _PAGE.match(text) is not None
    try:
        article = _decided((read_html if is_page else read_text)(text, publication), site.ask, publication)
        body = html_to_markdown(article.body, article.address, publication.markdown)
    except InputError as error:
        raise error.at(SiteError, where) from None
    yield _post(source.name, where, article, body, publication)


def decoded(raw: bytes, charset: str = "") -> str:
    """Return text in a `charset`, or the one that its first bytes declare, else in UTF-8 or Windows-1252."""
    marked = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "")
    declared = _CHARSET.search(raw, 0, 4096)
    names = [charset.lower(), declared[1].decode().lower() if declared else ""]
    names = ["cp1252" if name == "iso-8859-1" else name for name in names if _CHARSETS.fullmatch(name)]
    text = _decoded(raw, (marked, *names, "utf-8"))
    return without_forbidden(without_controls(text.replace("\r\n", "\n").replace("\r", "\n")))


def _decoded(raw: bytes, encodings: Iterable[str]) -> str:
    for encoding in filter(None, encodings):
        with suppress(UnicodeDecodeError, LookupError):
            return raw.decode(encoding)
    return raw.decode("cp1252", "replace")


def _decided(article: Article, ask: Ask, publication: Publication) -> Article:
    """Return an article with the answers to its doubts, and those that remain."""
    remaining = []
    for doubt in article.doubts:
        answer = _answer(doubt, ask, publication)
        if not answer:
            remaining.append(doubt)
        elif doubt.key == "author":
            urls = {author.name: author.url for author in article.authors}
            names = [name.strip() for name in answer.split(",")]
            article = article._replace(authors=tuple(Author(name, None, urls.get(name)) for name in names if name))
        elif doubt.key == "date":
            article = article._replace(date=answer)
        else:
            article = article.with_title(answer)
    return article._replace(doubts=tuple(remaining))


def _answer(doubt: Doubt, ask: Ask, publication: Publication) -> str:
    while answer := (ask(doubt) or "").strip():
        try:
            return read_day(answer, publication).written if doubt.key == "date" else answer
        except InputError as error:
            doubt = doubt._replace(problem=f"{error.problem}; {error.remedy}")
    return ""


def _post(source: str, where: str, article: Article, body: str, publication: Publication) -> SitePost:
    slug = shorten(post_slug(article.title)) or "article"
    path = post_file_name(datetime.fromisoformat(article.date[:10]), slug) if article.date else f"{slug}.md"
    address = _own_address(article.address, publication)
    keys = {
        "title": article.title if is_visible(article.title) else slug,
        "date": article.date or _NO_DATE,
        "author": _authors(article.authors, publication),
        "summary": article.summary,
        "image": article.image,
        "language": _language(article.language, publication),
        "permalink": address,
    }
    draft = "draft: true\n" if article.doubts else ""
    return SitePost(
        path=path,
        source=source,
        text=f"---\n{draft}---\n{body}\n",
        keys={key: value for key, value in keys.items() if value},
        problems=(
            *(_in_doubt(path, doubt) for doubt in article.doubts),
            *_notes(path, where, article, has_address=bool(address)),
        ),
    )


def _own_address(address: str, publication: Publication) -> str:
    """Return the address at which an article was published, if the publication can have a page there."""
    try:
        return address if is_below(address, publication.url) and redirect_path(address, publication.url) else ""
    except InputError:
        return ""


def _in_doubt(path: str, doubt: Doubt) -> Problem:
    written = (f"[{choice}]" if doubt.key == "author" and "," in choice else choice for choice in doubt.choices)
    what = " or ".join(f"{doubt.key}: {choice}" for choice in written) or _EXAMPLES[doubt.key]
    placeholder = f", so {_NO_DATE} holds its place" if doubt.key == "date" else ""
    return Problem(path, None, f"{doubt.key}: {doubt.problem}{placeholder}", f"write {what}, then remove draft: true")


def _notes(path: str, where: str, article: Article, *, has_address: bool) -> Iterator[Problem]:
    if article.time:
        remedy = "if the time counts, write it with its offset, like date: 2025-04-14 10:30 +01:00"
        yield Problem(path, None, f"date: without {article.time}, whose offset is not known", remedy)
    if article.left_out:
        listed = ", ".join(quoted(text, 200) for text in article.left_out)
        problem = f"left out, as no part of the text: {listed}"
        yield Problem(where, None, problem, "copy back what is part of it", is_relative=False)
    if article.address and not has_address:
        problem = f"published at {article.address}, and here at an address of its own"
        remedy = f"for feeds to link there, add link: {article.address}"
        yield Problem(where, None, problem, remedy, is_relative=False)


def _authors(authors: tuple[Author, ...], publication: Publication) -> Value:
    """Return authors as front matter has them; without any, the publication is the author."""
    known = {author.name.casefold() for _, author in publication.named_authors if author.url}
    found: list[Value] = []
    for author in authors:
        value: Value = author.name
        if author.url and author.name.casefold() not in known:
            value = {"name": author.name, "url": author.url}
        with suppress(InputError):  # for what no author can be called
            label_slug(publication, "authors", read_authors(value, publication.named_authors)[0].name)
            found.append(value)
    if not found:
        return "" if publication.authors else publication.title
    return found[0] if len(found) == 1 else found


def _language(written: str, publication: Publication) -> str:
    """Return the language of an article, unless it is that of the publication."""
    try:
        tag = language(written)
    except InputError:
        return ""
    return "" if tag.split("-")[0] == publication.language.split("-")[0] else tag
