"""Tags and authors: how the publication spells each, and which keeps a slug that several would have.

A slug never changes hands once it was published: it belongs to the name that has it in feed.toml, or else to the one in
the list of feeds in the output.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline.building import BuildContext
from dateline.content.config import SLUG_TABLES
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import AUTHORS, TAGS, lift_nested
from dateline.content.ids import label_key, numbered_slug
from dateline.content.key_values import between_quotes
from dateline.content.source import read
from dateline.errors import Problem, openable, quoted
from dateline.fileio import read_regular
from dateline.formats.items import MAX_SIZE
from dateline.formats.opml import OPML_FILE, feed_titles
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Publication
from dateline.paths import SETTINGS_FILE

_KEYS = {"tags": TAGS, "authors": AUTHORS}
_FOLDER = lazy_pattern(r".*/(tags|authors)/([^/]+)/")


class _Claim(NamedTuple):
    """A slug, and the name that keeps it, with a file in which that is. `is_old`: only the output has that name.

    `posts` has the paths of published posts by each spelling of a name that would have the slug, the earliest first.
    """

    kind: str
    slug: str
    holder: str
    file: str
    is_old: bool
    posts: Mapping[str, list[str]]

    @property
    def others(self) -> dict[str, list[str]]:
        """The posts that would have to give the slug up."""
        return {name: paths for name, paths in self.posts.items() if label_key(name) != label_key(self.holder)}


def read_labels(context: BuildContext, output: Path | None) -> tuple[Publication, list[Problem]]:
    """Return the publication with its spellings of tags and authors, and errors for those that would share a slug.

    Without an `output`, no slug counts as published.
    """
    claims = _claims(context, output)
    spellings = tuple(spelling for claim in claims for spelling in _spellings(claim))
    errors = [error for claim in claims for error in _errors(context, claim)]
    return context.publication._replace(spellings=spellings), errors


def free_slugs(context: BuildContext, output: Path) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and slug of tags and authors, with which no two of them share one."""
    given, published = _given(context.publication), _published(output)
    taken = {*given, *published, *(label[:2] for label in context.cache.labels.names())}
    for claim in _claims(context, output):
        others: dict[str, str] = {}
        for name in claim.others:
            others.setdefault(label_key(name), name)
        if others and (claim.kind, claim.slug) not in given:
            yield claim.kind, claim.holder, claim.slug
        for name in others.values():
            numbered = (numbered_slug(claim.slug, number) for number in count(2))
            slug = next(slug for slug in numbered if (claim.kind, slug) not in taken)
            taken.add((claim.kind, slug))
            yield claim.kind, name, slug


def _claims(context: BuildContext, output: Path | None) -> list[_Claim]:
    """Return the slugs that are claimed by several spellings or names, or by another name than has it already."""
    given, published = _given(context.publication), _published(output) if output else {}
    holders, labels = {**published, **given}, context.cache.labels
    slugs = [
        (kind, slug)
        for kind, slug, first, last in labels.names()
        if first != last or label_key(holders.get((kind, slug), first)) != label_key(first)
    ]
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for kind, slug, name, path in labels.spellings(slugs, context.now) if slugs else ():
        found.setdefault((kind, slug), {}).setdefault(name, []).append(path)
    claims = []
    for label, posts in sorted(found.items()):
        holder = holders.get(label, next(iter(posts)))
        files = [SETTINGS_FILE] * (label in given)
        files += [paths[0] for name, paths in posts.items() if label_key(name) == label_key(holder)]
        file = openable(context.folder, files[0]) if files else str(output)
        claims.append(_Claim(*label, holder, file, not files, posts))
    return claims


def _given(publication: Publication) -> dict[tuple[str, str], str]:
    return {(kind, slug): name for kind, name, slug in publication.slugs}


def _published(output: Path) -> dict[tuple[str, str], str]:
    """Return the names of the tags and authors that have feeds in an output folder, by kind and slug."""
    found: dict[tuple[str, str], str] = {}
    with suppress(OSError, ValueError):  # there is none, or not one of ours
        (_, main), *others = feed_titles(read_regular(output / OPML_FILE, MAX_SIZE, follow=False))
        for address, title in others:
            folder = _FOLDER.match(address)
            if folder and title.startswith(f"{main} · "):
                found[folder[1], unquote(folder[2])] = title.removeprefix(f"{main} · ")
    return found


def _spellings(claim: _Claim) -> Iterator[tuple[str, str, str]]:
    """Yield the names that are another spelling of an earlier one, with their kind and that one."""
    shown: dict[str, str] = {}
    for name in claim.posts:
        if (first := shown.setdefault(label_key(name), name)) != name:
            yield claim.kind, name, first


def _errors(context: BuildContext, claim: _Claim) -> Iterator[Problem]:
    kind, slug, holder, file, is_old, _ = claim
    for name, paths in claim.others.items():
        remedy = f"rename it, or run dateline check --fix tags, which gives it its own slug in {SETTINGS_FILE}"
        if is_old:
            line = f'{between_quotes(name)} = "{slug}"'
            remedy += f"; if {quoted(holder)} was only renamed, write {line} there under [{SLUG_TABLES[kind]}]"
        problem = f"{quoted(name)} would share one feed, {kind}/{slug}/, with {quoted(holder)} in {file}"
        for path in paths:
            fields, _ = split(read(context.folder, path)[0])
            lift_nested(fields)
            key = next((key for key in _KEYS[kind] if name in str(fields.get(key))), _KEYS[kind][0])
            yield fields.error(key, problem, remedy).problem
