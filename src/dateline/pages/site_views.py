"""The publication, its feeds, and where to subscribe to them, as templates see them."""

from functools import lru_cache
from urllib.parse import quote

from dateline.content.languages import language_name
from dateline.content.urls import picture_url
from dateline.feed_formats import FORMATS
from dateline.model import Publication
from dateline.pages import Site, Versions
from dateline.pages.post_views import author_view, own_keys
from dateline.pages.views import FeedLink, Named, PublicationView, VersionView


def publication_view(site: Site) -> PublicationView:
    """Return what every page shows of the settings."""
    publication = site.publication
    return PublicationView(
        title=publication.title,
        url=publication.url,
        description=publication.description,
        language=publication.language,
        authors=tuple(author_view(site, author) for author in publication.authors),
        rights=publication.rights,
        generator=publication.generator,
        moved_to=publication.moved.url if publication.moved else None,
        extra=own_keys(publication.extra),
        cover=picture_url(publication.podcast.image, site.root) if publication.podcast else None,
    )


@lru_cache(maxsize=256)
def feed_links(site: Site, title: str, folder: str = "") -> tuple[FeedLink, ...]:
    """Return the feeds in a folder, one for each format; by default the main ones."""
    publication = site.publication
    base = publication.url + folder
    rows = [(FORMATS[name], publication.feed_url(base, name)) for name in publication.formats]
    return tuple(FeedLink(title, format.label, format.media_type, url) for format, url in rows)


def version_views(site: Site, versions: Versions, current: str) -> tuple[VersionView, ...]:
    """Return the versions of the page whose URL is `current`."""
    main = site.publication.languages[:1]
    return tuple(
        VersionView(language, language_name(language), site.local(url), url, (language,) == main, url == current)
        for language, url in versions
    )


def readers(feed: str, publication: Publication) -> list[Named]:
    """Return where to subscribe to a feed: a URL that opens a reader on this machine, and readers on the web."""
    quoted = quote(feed, safe="")
    return [
        Named(publication.words().text("your_reader"), f"feed:{feed}"),
        Named("Feedly", f"https://feedly.com/i/subscription/feed/{quoted}"),
        Named("Inoreader", f"https://www.inoreader.com/feed/{quoted}"),
        Named("NewsBlur", f"https://www.newsblur.com/?url={quoted}"),
        Named("The Old Reader", f"https://theoldreader.com/feeds/subscribe?url={quoted}"),
    ]


def podcast_apps(feed: str, title: str) -> list[Named]:
    """Return URLs that open a podcast's feed in apps for podcasts, which need not know it."""
    quoted, bare = quote(feed, safe=""), feed.partition("://")[2]
    return [
        Named("Apple Podcasts", f"podcast://{bare}"),
        Named("Overcast", f"overcast://x-callback-url/add?url={quoted}"),
        Named("Pocket Casts", f"pktc://subscribe/{bare}"),
        Named("AntennaPod", f"https://antennapod.org/deeplink/subscribe?url={quoted}&title={quote(title, safe='')}"),
    ]
