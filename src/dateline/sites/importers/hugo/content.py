"""Find the files of content that Hugo makes pages of, and the front matter that sections and settings give them."""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from dateline.content.key_values import Value
from dateline.content.scan import is_post_file
from dateline.content.validators import as_list
from dateline.sites.files import lower_keys, read_front_matter, table_of, text_of, walk
from dateline.sites.importers.hugo.languages import Folder, Language

HTML = (".html", ".htm")
OTHERS = (".gotmpl", ".org", ".adoc", ".asciidoc", ".ad", ".rst", ".pandoc", ".pdc")  # that Hugo makes pages of
_CHOICE = re.compile(r"([^{}]*)\{([^{}]*)\}([^{}]*)")


class File(NamedTuple):
    """A file of content: its path in the source, its folder below that of content, and its name without endings.

    `place` is where it goes in the folder of posts.
    """

    path: str
    folder: str
    stem: str
    place: str
    language: Language

    @property
    def is_section(self) -> bool:
        """Whether it is the page of its folder, and says what holds for the pages below."""
        return self.stem == "_index"

    @property
    def page(self) -> tuple[str, str]:
        """The folder and the name of the page; that of a bundle has the name of its folder."""
        return posixpath.split(self.folder) if self.stem == "index" else (self.folder, self.stem)


class _Cascade(NamedTuple):
    """Front matter for the pages that a pattern for their paths, such as ``/posts/**``, matches; an empty one all."""

    pattern: str
    values: Mapping[str, Value]


# By the key of a language and a folder, which is a section of its own to Hugo.
Cascades = Mapping[tuple[str, str], Sequence[_Cascade]]


def files_of(source: Path, folders: Sequence[Folder], languages: Sequence[Language]) -> Iterator[File]:
    """Yield the files that Hugo makes pages of. Others in the folder of a bundle belong to it."""
    seen: set[str] = set()
    for folder in folders:
        paths = [path for path in walk(source, folder.path) if path not in seen]
        seen.update(paths)
        files = [_file(path, folder, languages) for path in paths if _is_content(path)]
        bundles = {file.folder for file in files if file.stem == "index" and file.folder}
        yield from (file for file in files if bundles.isdisjoint(_upwards(file.page[0])))


def _is_content(path: str) -> bool:
    return is_post_file(path) or path.endswith((*HTML, *OTHERS))


def _file(path: str, content: Folder, languages: Sequence[Language]) -> File:
    by_key = {language.key: language for language in languages}
    below = posixpath.join(content.below, path.removeprefix(f"{content.path}/"))
    (whole, ending), folder = posixpath.splitext(below), posixpath.dirname(below)
    ending = ".md" if ending in HTML else ending
    stem = posixpath.basename(whole)
    rest, _, suffix = stem.rpartition(".")
    if rest and len(languages) > 1 and (language := by_key.get(suffix.lower())):
        return File(path, folder, rest, posixpath.join(folder, f"{rest}.{language.code or suffix}{ending}"), language)
    language = by_key.get(content.language, languages[0])
    top = "" if language is languages[0] else language.code
    return File(path, folder, stem, posixpath.join(top, whole + ending), language)


def cascades_of(source: Path, files: Sequence[File]) -> Cascades:
    """Return what sections set for the pages below them."""
    sections = (file for file in files if file.is_section)
    return {
        (file.language.key, file.folder): _cascades(read_front_matter(source, file.path).get("cascade"))
        for file in sections
    }


def _upwards(folder: str) -> list[str]:
    """Return a folder and those above it, the nearest first; an empty text is the folder of content."""
    names = folder.split("/") if folder else []
    return ["/".join(names[:number]) for number in range(len(names), -1, -1)]


def _cascades(value: Value | None) -> list[_Cascade]:
    """Read a table, or a list of tables, that holds for pages, not for the pages of sections."""
    found = []
    for table in map(lower_keys, map(table_of, as_list(value or []))):
        target = table_of(table.get("_target") or table.get("target"))
        if _matches("page", text_of(target.get("kind")) or "page"):
            found.append(_Cascade(text_of(target.get("path")), {**table_of(table.get("params")), **table}))
    return found


def inherited(file: File, cascades: Cascades) -> dict[str, Value]:
    """Return what cascades set for a page: those of the nearest section count most, and of these, the first."""
    language, path = file.language, f"/{posixpath.join(file.folder, file.stem)}".removesuffix("/index")
    of_sections = (cascades.get((language.key, folder), ()) for folder in _upwards(file.folder))
    found: dict[str, Value] = {}
    for cascade in chain(*of_sections, _cascades(language.config.get("cascade"))):
        if not cascade.pattern or _matches(path, cascade.pattern):
            found = {**cascade.values, **found}
    return found


def _matches(path: str, pattern: str) -> bool:
    """Return whether a pattern matches, as in ``{/posts/**,/notes/*}``, where only two stars stand for slashes."""
    choice = _CHOICE.fullmatch(pattern.lower())
    patterns = [f"{choice[1]}{part}{choice[3]}" for part in choice[2].split(",")] if choice else [pattern.lower()]
    return any(
        fnmatchcase(path.lower(), one) and ("**" in one or path.count("/") == one.count("/")) for one in patterns
    )


def sections_of(folder: str, language: Language, cascades: Cascades) -> list[str]:
    """Return the names of the sections that a page is in: a folder below the top is one if it has a page of its own."""
    own = (above for above in _upwards(folder) if "/" not in above or (language.key, above) in cascades)
    return list(filter(None, next(own).split("/")))
