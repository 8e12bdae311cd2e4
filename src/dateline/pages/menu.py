"""The menu of all pages of an edition: pages by their ``menu:``, what feed.toml lists, the archive and subscribing."""

from collections.abc import Sequence

from dateline.content.urls import has_host
from dateline.pages import Site


def site_menu(site: Site, pages: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, str, bool], ...]:
    """Return the entries for `Site.menu`. An entry of feed.toml takes the place of any other with its address."""
    publication = site.publication
    built_in = {name: publication.folder_of(name) for name in ("archive", "subscribe")}
    listed: dict[str, str] = {}
    for edition, name, address in publication.menu:
        if edition == publication.edition and address is None:
            built_in.pop(name, None)
        elif edition == publication.edition and address is not None:
            listed[site.local(address) if has_host(address) else site.root + address] = name
    first = {site.local(url): site.shown(title, language) for title, url, language in pages}
    last = {site.home + folder: publication.words().text(name) for name, folder in built_in.items()}
    found = [(name, url, False) for url, name in first.items() if url not in listed]
    found += [(name, url, False) for url, name in listed.items()]
    found += [(name, url, True) for url, name in last.items() if url not in listed]
    return tuple(found)
