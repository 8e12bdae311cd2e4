"""Report links that lead to nothing on the site, and suggest posts that the writer may have meant."""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import cached_property
from urllib.parse import unquote, urlsplit

from dateline.building import BuildContext
from dateline.building.link_resolver import ResolvedLink, is_host, remedy
from dateline.commands.file_checks import Found
from dateline.content.assets import is_media
from dateline.content.ids import MAX_SLUG, slugify, split_date
from dateline.content.link_keys import path_key
from dateline.content.scan import STATIC_FOLDER
from dateline.content.source import file_kind
from dateline.content.urls import has_host, page_paths
from dateline.errors import openable, quoted
from dateline.feed_formats import STYLE_FILE
from dateline.feeds import Edition, archive_folder, editions, labels_on_site
from dateline.formats.opml import OPML_FILE
from dateline.model import Reference
from dateline.pages import MISSING_PAGE, SITEMAP_FILE
from dateline.paths import SETTINGS_FILE
from dateline.render.link_constructs import as_written, read_link

_ALIKE = 0.6  # as difflib measures it, from 0 to 1
_COMPARED = 20  # posts at most: those with the most words in common
_FREQUENT = 2000  # posts; a word that more of them have says nothing


class DeadLinks:
    """Distinguishes dead links from links to pages of the site that are not posts."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context

    def remark(self, reference: Reference, link: ResolvedLink) -> tuple[str, str] | None:
        """Return what is wrong with an unresolved link, and the remedy; None if there is nothing to report."""
        if link.is_invalid:
            problem = f"link: {quoted(as_written(reference.target))} leads to a post with errors"
            return problem, "fix those, or take the link out"
        written = read_link(reference.target)
        if written and not written.is_path:
            return self._unknown_name(reference.target, written.target)
        target = written.target + written.suffix if written else reference.target
        return self._dead_path(reference._replace(target=target), unquote(urlsplit(link.url).path))

    def in_menu(self) -> Found:
        """Yield what is wrong with the addresses on this site that the menu in feed.toml has."""
        menu = [(name, address) for _, name, address in self._context.publication.menu if address is not None]
        for name, address in menu:
            path = unquote(urlsplit(address).path)
            if not (has_host(address) or path_key(path) in self._published or self._is_static(path)):
                problem = f"{quoted(name)} leads to {quoted(f'/{address}')}, where nothing is on this site"
                yield "menu", problem, self._advice(path)

    def _is_static(self, path: str) -> bool:
        files = (f"{STATIC_FOLDER}/{file}" for file in page_paths(path))
        return any(file_kind(self._context.folder, file) == "file" for file in files)

    def _unknown_name(self, target: str, name: str) -> tuple[str, str]:
        """Return what is wrong with another generator's link by name, to a post or a file, and the remedy."""
        problem = f"link: {quoted(as_written(target))} leads to no "
        if is_media(name):
            return f"{problem}file here", "write its path from the folder of posts, or put it there"
        nearest = self._nearest(name)
        return f"{problem}post here", "correct the name" + (f"; the nearest post is {nearest}" if nearest else "")

    def _dead_path(self, reference: Reference, path: str) -> tuple[str, str] | None:
        """Return what is wrong with a path, or with a full address on this site, and the remedy."""
        target = reference.target
        if urlsplit(target).netloc and not self._is_named(path):
            return None  # a full address may lead to anything on the host
        is_file = reference.embeds or is_media(path)
        if is_file or not urlsplit(target).path.startswith("/"):
            usual = "correct the path, or write the full URL"
            advice = remedy(reference) if is_file or is_host(target) else usual
            return f"link: {quoted(target)} is not a file here, so it is read as a URL", advice
        if path_key(path.removeprefix(urlsplit(self._context.publication.url).path)) in self._own:
            return None
        return f"link: {quoted(target)} leads to nothing on this site", self._advice(path)

    def _advice(self, path: str) -> str:
        slug = _slug_at_end(path)
        if f"/tags/{slug}" in self._own:
            return f"link to /tags/{slug}/, if the page of that tag is meant"
        nearest = self._nearest(path)
        if nearest is None:
            return "correct the address"
        if not self._is_named(path):
            return f"correct the address; the nearest post is {nearest}"
        return f"link to {nearest}, or add the pattern of such addresses to old_permalinks in {SETTINGS_FILE}"

    def _is_named(self, path: str) -> bool:
        """Return whether a post is named like the end of a path."""
        return _slug_at_end(path) in self._names

    @cached_property
    def _names(self) -> dict[str, str]:
        """The paths of posts by their slugs, with and without a date."""
        return {name: path for slug, path in self._slugs for name in (slug, split_date(slug)[1])}

    @cached_property
    def _published(self) -> set[str]:
        """The keys of all posts, pages, feeds and media files."""
        cache, home, now = self._context.cache, self._context.publication.url, self._context.now
        posts = [unquote(url.removeprefix(home)) for url in cache.published.addresses(now)]
        files = [path for _, path in cache.entries.media(now, None)]
        return {*map(path_key, posts), *map(path_key, files), *self._own}

    @cached_property
    def _own(self) -> set[str]:
        """The keys of all pages and feeds that are not posts."""
        publication = self._context.publication
        files = [path for format in publication.formats for path in publication.feed_paths(format)]
        found = [OPML_FILE, STYLE_FILE, *([MISSING_PAGE, SITEMAP_FILE] if publication.pages else [])]
        for edition in editions(self._context.cache, publication, self._context.now, None):
            own = [feed.folder + file for feed in edition.feeds for file in files]
            own += self._folders(edition) if publication.pages else ()
            found += [edition.publication.folder + path for path in own]
        return set(map(path_key, found))

    def _folders(self, edition: Edition) -> Iterator[str]:
        """Yield the folders of an edition that have a page which is no post."""
        now, publication = self._context.now, edition.publication
        yield from ("", publication.folder_of("archive"), publication.folder_of("subscribe"))
        yield from (feed.folder for feed in edition.feeds)
        yield from (label.folder for label in labels_on_site(edition.feeds, edition.cache, now))
        days = [post.day for post in edition.cache.published.all(now)]
        units = {day[:length] for day in days for length in (len("2025"), len("2025-04"))}
        yield from (archive_folder(unit, publication) for unit in units)

    @cached_property
    def _slugs(self) -> list[tuple[str, str]]:
        rows = self._context.cache.posts.all()
        return [(_slug_at_end(row.post.path), row.post.path) for row in rows]

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, (slug, _) in enumerate(self._slugs):
            for word in dict.fromkeys(_words(slug)):
                found.setdefault(word, []).append(number)
        return found

    def _nearest(self, name: str) -> str | None:
        """Return the path of the post whose name is most similar to the end of a path."""
        wanted = _slug_at_end(name)[:MAX_SLUG]  # comparing a longer one takes long, and no post has it
        if exact := self._names.get(wanted):
            return openable(self._context.folder, exact)
        shared: Counter[int] = Counter()
        for word in dict.fromkeys(_words(wanted)):
            if len(numbers := self._by_word.get(word, ())) <= _FREQUENT:
                shared.update(numbers)
        best, path = _ALIKE, None
        for number, _ in shared.most_common(_COMPARED):
            slug, candidate = self._slugs[number]
            alike = max(SequenceMatcher(None, wanted, other).ratio() for other in (slug, split_date(slug)[1]))
            if alike > best:
                best, path = alike, openable(self._context.folder, candidate)
        return path


def _slug_at_end(path: str) -> str:
    return slugify(path_key(path).rpartition("/")[2])


def _words(slug: str) -> list[str]:
    """Return the first two letters of each word of a slug, which misspellings rarely change; leave out dates."""
    return [word[:2] for word in slug.split("-") if not word.isdigit()]
