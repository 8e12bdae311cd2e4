"""Read the articles of a Pelican site: what they say themselves, and what their paths and the settings say of them."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from os.path import splitext
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

from dateline.content.front_matter import split
from dateline.content.ids import split_date
from dateline.content.key_values import Value
from dateline.content.scan import bare
from dateline.errors import PostError, Problem
from dateline.sites.addresses import in_ascii
from dateline.sites.files import read_text, text_of
from dateline.sites.importers.pelican.config import DEFAULTS, below_content, is_quick
from dateline.sites.model import remark
from dateline.text import unescape

# What is written into posts if it holds for them; a slug makes only an address.
_WRITTEN = "author authors category date lang modified status summary tags title".split()
_KEY_OF_TITLE = re.compile(r"^title:", re.MULTILINE | re.IGNORECASE)
HTML = (".html", ".htm")
_SLUG_RULES = ((r"[^\w\s-]", ""), (r"\A\s*", ""), (r"\s*\Z", ""), (r"[-\s]+", "-"))
# Emoji and the like, which slugs in ASCII leave out.
_NO_LETTERS = re.compile(
    "[\u200d\u2600-\u2653\u2668-\u266e\u2670-\u2730\u2732-\u2757\u2763-\u27bf\ufe0f\U0001f300-\U0001faff]"
)
_TAG = re.compile(r"<[^<>]*>")
_LONGEST_PATH = 200
_NUMBERS = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_META = re.compile(r"<meta\b([^<>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([\w-]++)\s*+=\s*+(?:"([^"]*)"|'([^']*)')""")
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)", re.IGNORECASE)
_LISTS = ("tags", "authors")


def _html_article(text: str) -> tuple[dict[str, Value], str]:
    """Return the title and the ``meta`` elements of a page of HTML by name in lower case, and what is in its body."""
    start = re.search(r"<body\b[^<>]*>", text, re.IGNORECASE)
    head = text[: start.start()] if start else text
    end = text.lower().rfind("</body>")
    title = _TITLE.search(head)
    found: dict[str, Value] = {"title": unescape(" ".join(title[1].split()))} if title else {}
    for element in _META.finditer(head):
        name, value = _meta(element[1])
        if name and value:
            found[name] = [*_items(value)] if name in _LISTS else value
    return found, text[start.end() if start else 0 : end if end >= 0 else len(text)]


def _meta(written: str) -> tuple[str, str]:
    """Return the name and the value of a ``meta`` element, by its attributes."""
    found = {match[1].lower(): unescape(match[2] or match[3] or "") for match in _ATTRIBUTE.finditer(written)}
    name = found.get("name", "").lower()
    return "tags" if name == "keywords" else name, found.get("content") or found.get("contents") or ""


def _items(text: str) -> Iterator[str]:
    yield from filter(None, map(str.strip, text.split(";" if ";" in text else ",")))


def _inherited(path: str, config: Mapping[str, Any]) -> dict[str, Value]:
    """Return what holds for the file at a path below the content, unless its own metadata says something else."""
    found = _table(config.get("DEFAULT_METADATA"))
    has_categories = bool(config["CATEGORY_SAVE_AS"])
    if has_categories:
        found["category"] = config["DEFAULT_CATEGORY"]
    found["date"] = _date(config.get("DEFAULT_DATE"))
    extra = _table(config.get("EXTRA_PATH_METADATA"))
    for folder, metadata in sorted(extra.items(), key=itemgetter(0)):
        if path == folder or path.startswith(f"{folder.rstrip('/')}/"):
            found |= _table(metadata)
    *folders, name = path.split("/")
    from_path: dict[str, str] = {}
    for pattern, text in ((config["FILENAME_METADATA"], splitext(name)[0]), (config.get("PATH_METADATA"), path)):
        from_path = {**_matched(pattern, text), **from_path}
    if config["USE_FOLDER_AS_CATEGORY"] and has_categories and folders:
        from_path.setdefault("category", folders[-1])
    return {
        key: value for name, item in {**found, **from_path}.items() if (value := _as_value(key := name.lower(), item))
    }


def _as_value(key: str, item: object) -> Value:
    """Return a value of Python as one of front matter; an empty one if it cannot be one."""
    if isinstance(item, list | tuple):
        return [str(member) for member in item if isinstance(member, str | int)]
    text = str(item) if isinstance(item, str | int) else ""
    return [*_items(text)] if key in _LISTS else text


def _table(value: Any) -> dict[str, Any]:
    """Return a table with text as its keys, which may be written as pairs; an empty one for anything else."""
    with suppress(TypeError, ValueError):
        return {key: item for key, item in dict(value).items() if isinstance(key, str)}
    return {}


def _date(value: object) -> str:
    """Return DEFAULT_DATE, which may be numbers, as text; ``fs`` is that of the file, which no copy keeps."""
    if isinstance(value, list | tuple) and 3 <= len(value) <= 6 and all(isinstance(part, int) for part in value):
        year, month, day, *time = (*map(str, value), *["0"] * (5 - len(value)))
        return f"{year}-{month:>02}-{day:>02} {':'.join(f'{part:>02}' for part in time)}"
    return value if isinstance(value, str) and value != "fs" else ""


def _matched(pattern: object, text: str) -> dict[str, str]:
    if not isinstance(pattern, str) or not pattern or not is_quick(pattern) or len(text) > _LONGEST_PATH:
        return {}
    try:
        match = re.match(pattern, text)
    except (re.error, OverflowError, RecursionError):
        return {}
    return {key: value for key, value in match.groupdict().items() if value is not None} if match else {}


def slug_of(text: str, config: Mapping[str, Any], kind: str = "SLUG") -> str | None:
    """Return the slug that Pelican makes of a title or a name; None if it cannot be known."""
    substitutions = config.get(f"{kind}_REGEX_SUBSTITUTIONS", config.get("SLUG_REGEX_SUBSTITUTIONS", _SLUG_RULES))
    longest = None if substitutions is _SLUG_RULES else _LONGEST_PATH
    value = normalize("NFKC", " ".join(unescape(_TAG.sub("", text)).split()))
    if not config.get("SLUGIFY_USE_UNICODE"):
        plain = in_ascii(_NO_LETTERS.sub("", value))
        if plain is None:
            return None
        value = plain
    for pair in substitutions if isinstance(substitutions, list | tuple) else ():
        if not isinstance(pair, Sequence) or len(pair) != 2 or not is_quick(pair[0]) or not isinstance(pair[1], str):
            return None
        try:
            value = re.sub(pair[0], pair[1], value[:longest], flags=re.IGNORECASE)
        except (re.error, IndexError, OverflowError, RecursionError):
            return None
    return (value if config.get("SLUGIFY_PRESERVE_CASE") else value.lower()).strip()


def rewritten_date(text: str) -> str:
    """Return a date in the form that has one meaning: in numbers, Pelican takes the first for the month if it can."""
    text = text.replace("_", " ")
    if match := _NUMBERS.match(text):
        month, day = (match[1], match[2]) if int(match[1]) <= 12 else (match[2], match[1])
        return f"{match[3]}-{month:>02}-{day:>02}{text[match.end() :]}"
    return text


class Article(NamedTuple):
    """An article: where it is, its text, what holds for it, what of that is to be written, and its slug if known."""

    source: str
    path: str
    text: str
    metadata: Mapping[str, Value]
    keys: Mapping[str, Value | None]
    slug: str | None

    @property
    def is_html(self) -> bool:
        """Whether it is no Markdown."""
        return self.source.lower().endswith(HTML)


def read_article(
    source: Path, path: str, config: Mapping[str, Any], *, is_page: bool = False
) -> Article | Problem | None:
    """Return an article or a page, or why it is left out; None for a file that is none, as Pelican ignores it, too."""
    file = read_text(source, path)
    if isinstance(file, Problem):
        return file
    found = Article(path, below_content(path, config), file.text, {}, {}, None)
    try:
        own, text = _html_article(file.text) if found.is_html else (split(file)[0].values, file.text)
    except PostError:  # which the report will show
        return found if _KEY_OF_TITLE.search(file.text[:1000]) else None
    known = {key: value for key, value in _inherited(found.path, config).items() if key not in own}
    found = found._replace(text=text, metadata={**own, **known})
    is_dated = _is_dated(found, config, is_page)
    if not text_of(found.metadata.get("title")) or (found.is_html and not is_dated):
        return None
    if not is_dated:
        return remark(source, path, None, "left out, as Pelican does: it has no date", "add one to import it")
    if _status(found.metadata) == "skip":
        return remark(source, path, None, "left out: its status is skip", "give it another to import it")
    return found._replace(keys=_keys(own, found), slug=_slug(found, config))


def _is_dated(article: Article, config: Mapping[str, Any], is_page: bool) -> bool:
    """Return whether an article has a date; a page needs none."""
    return is_page or bool(article.metadata.get("date")) or config.get("DEFAULT_DATE") == "fs"


def _status(metadata: Mapping[str, Value]) -> str:
    return text_of(metadata.get("status")).lower()


def _slug(article: Article, config: Mapping[str, Any]) -> str | None:
    is_title = config["SLUGIFY_SOURCE"] == "title"
    name = text_of(article.metadata.get("title")) if is_title else bare(posixpath.basename(article.path))
    return text_of(article.metadata.get("slug")) or slug_of(name, config)


def _keys(own: Mapping[str, Value], article: Article) -> dict[str, Value | None]:
    """Return what holds for an article and no text or name says, and what its own keys mean to Dateline."""
    kept = {} if article.is_html else own
    # The name says the date, and Pelican invents the category.
    said = {"date": split_date(posixpath.basename(article.path))[0], "category": DEFAULTS["DEFAULT_CATEGORY"]}
    known = {key: value for key, value in article.metadata.items() if key in _WRITTEN and key not in kept}
    keys: dict[str, Value | None] = {key: value for key, value in known.items() if value != said.get(key)}
    if own.get("author") and own.get("authors"):
        keys["author"] = None
    if _status(article.metadata) not in ("", "published", "draft"):
        keys |= {"status": None, "draft": "true"}
    return keys
