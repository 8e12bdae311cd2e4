"""The menu of all pages of an edition: pages by their ``menu:``, what feed.toml lists, the archive and subscribing."""

from collections.abc import Iterator, Sequence

from dateline.content.urls import has_host
from dateline.pages import MenuEntry, Site


def site_menu(site: Site, pages: Sequence[tuple[str, str, str]]) -> tuple[MenuEntry, ...]:
    """Return the entries for `Site.menu`. An entry of feed.toml takes the place of any other with its address."""
    listed = {entry.url: entry for entry in _listed(site)}
    first = [MenuEntry(site.shown(title, language), site.local(url), False) for title, url, language in pages]
    before, after = ([entry for entry in entries if entry.url not in listed] for entries in (first, _built_in(site)))
    return (*before, *listed.values(), *after)


def _listed(site: Site) -> Iterator[MenuEntry]:
    """Yield what feed.toml lists for this edition."""
    for edition, name, address in site.publication.menu:
        if edition == site.publication.edition and address is not None:
            yield MenuEntry(name, site.local(address) if has_host(address) else site.root + address, False)


def _built_in(site: Site) -> Iterator[MenuEntry]:
    """Yield the archive and the page to subscribe from, unless feed.toml hides them."""
    publication = site.publication
    for name in ("archive", "subscribe"):
        if (publication.edition, name, None) not in publication.menu:
            yield MenuEntry(publication.words().text(name), site.home + publication.folder_of(name), True)
