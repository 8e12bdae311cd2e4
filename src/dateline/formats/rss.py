"""RSS 2.0, after the RSS Advisory Board's profile."""

from datetime import UTC, datetime, timedelta
from html import escape

from dateline.formats._feedgen import (
    RssItem,
    Whole,
    history_mark,
    in_title,
    new_rss,
    picture_tags,
    tag_entry,
    tag_feed,
    write_rss,
)
from dateline.formats.podcast import episode_tags, podcast_tags
from dateline.formats.table import FORMATS, history, stylesheet
from dateline.model import Author, Entry, Feed

_RSS = FORMATS["rss"]


def serialise(feed: Feed) -> bytes:
    """The feed as an RSS 2.0 document in UTF-8, each item with one dc:creator and a pubDate."""
    publication = feed.publication
    rss, channel = new_rss()
    rss.title(in_title(feed.title))
    rss.description(in_title(publication.description))
    rss.language(publication.language)
    rss.updated(_in_usual_zone(feed.updated))
    rss.copyright(publication.rights and in_title(publication.rights))
    rss.docs("")
    rss.generator(" ".join(filter(None, feed.generator)) if feed.generator else "")
    # The channel's <link> is the last one added.
    rss.link(href=feed.base + _RSS.filename, rel="self", type=_RSS.media_type)
    rss.link(href=feed.home, rel="alternate")
    if publication.hub:
        channel.links.append({"href": publication.hub, "rel": "hub"})
    for relation, href in history(feed, _RSS).items():
        channel.links.append({"href": href, "rel": relation, "type": _RSS.media_type})
    channel.history = history_mark(feed)
    if feed.image:
        rss.image(
            url=feed.image.url,
            title=in_title(feed.title),
            link=feed.home,
            width=str(feed.image.width),
            height=str(feed.image.height),
        )
    tag_feed(channel, podcast_tags(feed))
    for entry in feed.entries:
        _add_item(rss.add_entry(order="append"), entry, feed, channel)
    return write_rss(rss, stylesheet(publication))


def _add_item(item: RssItem, entry: Entry, feed: Feed, channel: Whole) -> None:
    post, attached = entry.post, entry.attached
    item.title(in_title(post.title))
    item.link(href=post.canonical_url)
    item.guid(post.id, permalink=post.id == post.canonical_url)
    item.published(_in_usual_zone(post.published))
    item.description(escape(entry.summary, quote=False))
    if entry.html:
        # In HTML "]]&gt;" says the same, and does not end the CDATA section.
        item.content(entry.html.replace("]]>", "]]&gt;"), type="CDATA")
    for tag in post.tags:
        item.category(term=in_title(tag))
    item.dc.dc_creator(byline(post.authors))
    if post.language != feed.publication.language:
        item.dc.dc_language(post.language)
    if post.updated.replace(microsecond=0) > post.published:
        item.dateline.updated = post.updated.replace(microsecond=0)
    if attached.enclosures:
        first = attached.enclosures[0]  # readers know of one
        item.enclosure(first.url, str(first.size), first.media_type)
        if feed.podcast:
            tag_entry(channel, item, episode_tags(entry, feed.publication.language))
    tag_entry(channel, item, picture_tags(entry))


def _in_usual_zone(moment: datetime) -> datetime:
    """The moment with its offset, or in UTC where that is no whole or half hour, which readers may not know."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    return moment if minutes % 30 == 0 else moment.astimezone(UTC)


def byline(authors: tuple[Author, ...]) -> str:
    """The names as a newspaper joins them: "A", "A and B", "A, B and C"."""
    *others, last = (author.name for author in authors)
    return f"{', '.join(others)} and {last}" if others else last
