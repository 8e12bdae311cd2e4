"""RSS 2.0, following the RSS Advisory Board's profile, with the podcast tags of Apple and Podcasting 2.0."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

from dateline.content.dates import EPOCH, in_utc
from dateline.content.podcast import is_cover
from dateline.feed_formats import FORMATS
from dateline.formats import xml_feed
from dateline.formats.items import Document, Item, ItemEpisode, details, iso_datetime, mail_datetime, split_footer
from dateline.formats.templates import SAMPLE_TAG, Group, Layout, Templates, write_document
from dateline.formats.xml import parse_root, root_of
from dateline.formats.xml import texts as texts
from dateline.formats.xml_feed import ATOM, ITUNES, PODCAST, Tag, all_text, in_title, text_of
from dateline.model import Entry, Feed

_RSS = FORMATS["rss"]
_DC = "{http://purl.org/dc/elements/1.1/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
_PODCAST_BEFORE = "{https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md}"
# Apple's tags of an item, and their keys in front matter.
_EPISODE = {
    "episode": "episode",
    "season": "season",
    "title": "episode_title",
    "explicit": "explicit",
    "duration": "duration",
    "episodeType": "episode_type",
}
_SHOW = ("author", "category", "explicit", "image", "owner", "type")  # Apple's tags of a channel


class _Channel(NamedTuple):
    """What feedgen is given of a feed. The flags before the tags say which namespaces are needed."""

    title: str
    description: str
    language: str
    updated: datetime
    own_url: str
    home: str
    rights: str | None = None
    generator: str | None = None
    hub: str | None = None
    current: str | None = None
    previous: str | None = None
    next: str | None = None
    complete: bool = False
    image: str | None = None
    image_width: str | None = None
    image_height: str | None = None
    itunes: bool = False
    media: bool = False
    podcast: bool = False
    tags: tuple[Tag, ...] = ()
    entries: "tuple[_Item, ...]" = ()


class _Category(NamedTuple):
    """A tag of an entry."""

    term: str


class _Item(NamedTuple):
    """What feedgen is given of an entry."""

    title: str
    link: str
    guid: str
    is_permalink: bool
    published: datetime
    description: str
    content: str
    creator: str
    language: str | None = None
    enclosure: str | None = None
    enclosure_length: str | None = None
    enclosure_type: str | None = None
    categories: tuple[_Category, ...] = ()
    tags: tuple[Tag, ...] = ()


def write(feed: Feed, known: Templates | None, *, slow: bool) -> Iterator[bytes]:
    """Yield the feed as RSS 2.0 in UTF-8, each item with one dc:creator and a pubDate."""
    return write_document(_LAYOUT, feed, known, slow=slow)


def _channel(feed: Feed) -> _Channel:
    publication, image = feed.publication, feed.image
    current, previous, next = xml_feed.related_documents(feed, "rss")
    return _Channel(
        title=feed.title,
        description=publication.description,
        language=publication.language,
        updated=_in_usual_zone(feed.updated),
        own_url=publication.feed_url(feed.base, "rss"),
        home=feed.home,
        rights=publication.rights,
        generator=" ".join(filter(None, feed.generator or ())),
        hub=publication.hub,
        current=current,
        previous=previous,
        next=next,
        complete=feed.complete,
        image=image and image.url,
        image_width=image and str(image.width),
        image_height=image and str(image.height),
        tags=tuple(_podcast_tags(feed)),
    )


def _item_of(entry: Entry, feed: Feed) -> _Item:
    post, enclosures = entry.post, entry.attached.enclosures
    authors = [author.name for author in post.authors]
    url, language = post.canonical_url, post.language
    tags: list[Tag] = []
    if enclosures and feed.podcast:
        tags += _episode_tags(entry, feed.publication.language)
    if entry.attached.image:
        tags += xml_feed.picture_tags(entry, has_title=not post.is_note)
    updated = post.updated.replace(microsecond=0)
    if updated > post.published:
        tags.append(Tag("atom:updated", in_utc(updated)))
    if post.related:
        tags.append(Tag("atom:link", None, {"href": post.related, "rel": "related"}))
    item = _Item(
        post.title,
        url,
        post.id,
        post.id == url,
        _in_usual_zone(post.published),
        entry.summary,
        entry.html,
        # As newspapers do: "A, B and C".
        authors[0] if len(authors) == 1 else f"{', '.join(authors[:-1])} and {authors[-1]}",
        None if language == feed.publication.language else language,
        categories=tuple(map(_Category, post.tags)),
        tags=tuple(tags),
    )
    if not enclosures:
        return item
    first = enclosures[0]  # readers know of one only
    return item._replace(enclosure=first.url, enclosure_length=str(first.size), enclosure_type=first.media_type)


def _by_feedgen(channel: _Channel) -> bytes:
    from dateline.formats._feedgen import new_rss

    rss = new_rss()
    rss.title(in_title(channel.title))
    rss.description(in_title(channel.description))
    rss.language(channel.language)
    rss.updated(channel.updated)
    rss.copyright(channel.rights and in_title(channel.rights))
    rss.docs("")
    rss.generator(channel.generator or "")
    # The channel's <link> is the last one added.
    rss.link(href=channel.own_url, rel="self", type=_RSS.media_type)
    rss.link(href=channel.home, rel="alternate")
    own = rss.dateline
    if channel.hub:
        own.links.append({"href": channel.hub, "rel": "hub"})
    around = zip(xml_feed.RELATIONS, (channel.current, channel.previous, channel.next), strict=True)
    own.links += [{"href": href, "rel": relation, "type": _RSS.media_type} for relation, href in around if href]
    own.history = xml_feed.history_mark(channel.current, complete=channel.complete)
    if channel.image:
        size = {"width": channel.image_width, "height": channel.image_height}
        rss.image(url=channel.image, title=in_title(channel.title), link=channel.home, **size)
    own.prefixes = {prefix for prefix in ("itunes", "media", "podcast") if getattr(channel, prefix)}
    own.tags = channel.tags
    for item in channel.entries:
        _add_item(rss, item)
    return xml_feed.numeric_references(rss.rss_str(pretty=True))


def _add_item(rss: Any, item: _Item) -> None:
    element = rss.add_entry(order="append")
    element.title(in_title(item.title))
    element.link(href=item.link)
    element.guid(item.guid, permalink=item.is_permalink)
    element.published(item.published)
    element.description(escape(item.description, quote=False))
    if item.content:
        # In HTML "]]&gt;" means the same, and does not end the CDATA section.
        element.content(item.content.replace("]]>", "]]&gt;"), type="CDATA")
    for category in item.categories:
        element.category(term=in_title(category.term))
    element.dc.dc_creator(item.creator)
    if item.language:
        element.dc.dc_language(item.language)
    if item.enclosure:
        element.enclosure(item.enclosure, item.enclosure_length, item.enclosure_type)
    element.dateline.tags = item.tags


_SAMPLE = _Item("", "-", "-", False, EPOCH, "-", "", "-")
_IN_ITEM = {"categories": Group(_Category("-"), {}), "tags": Group(SAMPLE_TAG, {})}
_LAYOUT = Layout(
    "rss",
    _channel,
    _item_of,
    _by_feedgen,
    Group(
        _Channel("-", "-", "-", EPOCH, "-", "-", itunes=True, media=True, podcast=True),
        {"tags": Group(SAMPLE_TAG, {}), "entries": Group(_SAMPLE, _IN_ITEM)},
    ),
)


def _in_usual_zone(moment: datetime) -> datetime:
    """Keep the offset if it is a multiple of half an hour, as readers expect; else convert to UTC."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    return moment if minutes % 30 == 0 else moment.astimezone(UTC)


def _podcast_tags(feed: Feed) -> Iterator[Tag]:
    """Yield the channel's tags if the feed is a podcast."""
    podcast = feed.podcast
    if podcast is None:
        return
    yield Tag("itunes:author", podcast.author)
    for name, within in podcast.categories:
        inner = (Tag("itunes:category", None, {"text": within}),) if within else ()
        yield Tag("itunes:category", None, {"text": name}, inner)
    yield Tag("itunes:explicit", str(podcast.explicit).lower())
    yield Tag("itunes:image", None, {"href": podcast.image})
    owner = (Tag("itunes:name", podcast.owner.name), Tag("itunes:email", podcast.owner.email))
    yield Tag("itunes:owner", None, {}, owner)
    if podcast.kind:
        yield Tag("itunes:type", podcast.kind)
    if feed.moved:
        url = feed.moved.url
        yield Tag("itunes:new-feed-url", feed.publication.feed_url(url, "rss") if url.endswith("/") else url)
    yield Tag("podcast:guid", podcast.guid)


def _episode_tags(entry: Entry, language: str) -> Iterator[Tag]:
    """Yield the tags of an item that has an enclosure, in a feed of the given language."""
    attached, episode = entry.attached, entry.post.episode
    duration, image = attached.enclosures[0].duration, attached.image
    if duration:
        yield Tag("itunes:duration", str(duration))
    if image and is_cover(image.url, image.width, image.height):
        yield Tag("itunes:image", None, {"href": image.url})
    if episode:
        fields = {
            "title": episode.title,
            "explicit": None if episode.explicit is None else str(episode.explicit).lower(),
            "season": episode.season and str(episode.season),
            "episode": episode.number and str(episode.number),
            "episodeType": episode.kind,
        }
        yield from (Tag(f"itunes:{name}", text) for name, text in fields.items() if text)
    own = {"language": entry.post.language} if entry.post.language != language else {}
    for transcript in attached.transcripts:
        yield Tag("podcast:transcript", None, {"url": transcript.url, "type": transcript.media_type, **own})


def is_feed(content: bytes) -> bool:
    """Return whether a document is RSS, given at least its beginning."""
    return root_of(content) == "rss"


def read(content: bytes, address: str) -> Document:
    """Read RSS 2.0. Raises InputError if it is anything else."""
    root = parse_root(content, "rss")
    channel = root.find("channel")
    if channel is None:
        channel = root
    links = xml_feed.links_of(channel)
    return Document(
        address=address,
        format="rss",
        id=None,
        own_address=links.get("self"),
        previous=xml_feed.older_document(links),
        items=tuple(_item(item) for item in channel.iterfind("item")),
        guid=next((all_text(element) for element in _podcast_elements(channel, "guid")), ""),
        is_ours=text_of(channel, "generator").partition(" ")[0] == "Dateline",
        details=details("rss", _channel_fields(channel, links)),
    )


def _channel_fields(channel: Element, links: dict[str, str]) -> dict[str, str]:
    names = {"title": "title", "url": "link", "description": "description", "language": "language"}
    return {
        **{field: text_of(channel, name) for field, name in {**names, "rights": "copyright"}.items()},
        "hub": links.get("hub", ""),
        "moved_to": text_of(channel, f"{ITUNES}new-feed-url"),
        "logo": " ".join(filter(None, (text_of(channel, f"image/{name}") for name in ("url", "width", "height")))),
        **{f"podcast.{name}": "\n".join(map(xml_feed.all_values, channel.iterfind(ITUNES + name))) for name in _SHOW},
    }


def _item(item: Element) -> Item:
    url, summary, creator = text_of(item, "link"), text_of(item, "description"), text_of(item, f"{_DC}creator")
    (html, footer), (image, image_fields) = (
        split_footer(text_of(item, f"{_CONTENT}encoded")),
        xml_feed.read_picture(item),
    )
    episode = {key: " ".join(text_of(item, ITUNES + name).split()) for name, key in _EPISODE.items()}
    transcripts = list(_podcast_elements(item, "transcript"))
    enclosures = (xml_feed.enclosure_of(found, "url", "type", "length") for found in item.iterfind("enclosure"))
    cover = "".join(map(xml_feed.all_values, item.iterfind(f"{ITUNES}image")))
    fields = {
        "language": text_of(item, f"{_DC}language"),
        "related": xml_feed.links_of(item).get("related", ""),
        **episode,
        "transcript": "\n".join(map(xml_feed.all_values, transcripts)),
        **image_fields,
        "image": f"{cover}\n{image_fields['image']}",
    }
    return Item(
        id=text_of(item, "guid") or url,
        url=url,
        title=text_of(item, "title"),
        published=mail_datetime(text_of(item, "pubDate")),
        updated=iso_datetime(text_of(item, f"{ATOM}updated")),
        authors=(creator,) if creator else (),
        html=html or summary,
        summary=summary,
        tags=tuple(category.text or "" for category in item.iterfind("category")),
        enclosures=tuple(enclosures)[:1],
        has_one_enclosure=_RSS.has_one_enclosure,
        image=image,
        episode=ItemEpisode(
            tuple((key, text) for key, text in episode.items() if text),
            tuple((element.get("url", ""), element.get("type", "")) for element in transcripts),
        ),
        details=details("rss", fields),
        only_summary=not html,
        footer=footer,
    )


def _podcast_elements(parent: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name in Podcasting 2.0's namespace, which has had two addresses."""
    return (element for namespace in (PODCAST, _PODCAST_BEFORE) for element in parent.iterfind(namespace + name))
