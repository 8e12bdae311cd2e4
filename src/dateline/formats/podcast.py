"""What RSS says of a podcast and its episodes: the tags that Apple reads, and those of Podcasting 2.0."""

from collections.abc import Iterator

from dateline.content.podcast import is_cover
from dateline.formats._feedgen import Tag
from dateline.formats.table import FORMATS
from dateline.model import Entry, Feed


def podcast_tags(feed: Feed) -> Iterator[Tag]:
    """What stands in the channel, where the feed is a podcast."""
    podcast = feed.podcast
    if podcast is None:
        return
    yield Tag("itunes:author", podcast.author)
    for name, within in podcast.categories:
        inner = (Tag("itunes:category", None, {"text": within}),) if within else ()
        yield Tag("itunes:category", None, {"text": name}, inner)
    yield Tag("itunes:explicit", _truth(podcast.explicit))
    yield Tag("itunes:image", None, {"href": podcast.image})
    owner = (Tag("itunes:name", podcast.owner.name), Tag("itunes:email", podcast.owner.email))
    yield Tag("itunes:owner", None, {}, owner)
    if podcast.kind:
        yield Tag("itunes:type", podcast.kind)
    if feed.moved:
        url = feed.moved.url
        yield Tag("itunes:new-feed-url", url + FORMATS["rss"].filename if url.endswith("/") else url)
    yield Tag("podcast:guid", podcast.guid)


def episode_tags(entry: Entry, language: str) -> Iterator[Tag]:
    """What stands in an item that has an enclosure. Other languages than that of the feed are told."""
    attached, episode = entry.attached, entry.post.episode
    duration, image = attached.enclosures[0].duration, attached.image
    if duration:
        yield Tag("itunes:duration", str(duration))
    if image and is_cover(image.url, image.width, image.height):
        yield Tag("itunes:image", None, {"href": image.url})
    if episode:
        written = {
            "title": episode.title,
            "explicit": None if episode.explicit is None else _truth(episode.explicit),
            "season": episode.season and str(episode.season),
            "episode": episode.number and str(episode.number),
            "episodeType": episode.kind,
        }
        yield from (Tag(f"itunes:{name}", text) for name, text in written.items() if text)
    own = {"language": entry.post.language} if entry.post.language != language else {}
    for transcript in attached.transcripts:
        yield Tag("podcast:transcript", None, {"url": transcript.url, "type": transcript.media_type, **own})


def _truth(value: bool) -> str:
    return "true" if value else "false"
