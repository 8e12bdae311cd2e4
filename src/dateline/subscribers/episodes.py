"""What RSS says of items as episodes of a podcast, which feedparser reads in part and partly otherwise.

It takes ``true`` for nothing where that says what is explicit, and of several transcripts keeps the last.
"""

from collections.abc import Iterator
from xml.etree import ElementTree

from dateline.subscribers.items import Episode

_ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
_PODCAST = (
    "{https://podcastindex.org/namespace/1.0}",
    "{https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md}",
)
# What Apple's tags are called in front matter.
_KEYS = {
    "episode": "episode",
    "season": "season",
    "title": "episode_title",
    "explicit": "explicit",
    "duration": "duration",
    "episodeType": "episode_type",
}


def episodes(content: bytes) -> tuple[str, list[Episode]]:
    """The guid of the podcast that a feed is, and what it says of each item; nothing where it is not well-formed."""
    if b"podcast" not in content:  # which is in the names of both namespaces
        return "", []
    try:
        channel = ElementTree.fromstring(content).find("channel")  # noqa: S314 - expat bounds the expansion of entities
    except (ElementTree.ParseError, LookupError, ValueError):  # an encoding that nobody knows, too
        return "", []
    if channel is None:
        return "", []
    guid = next((element.text or "" for element in _of_podcast(channel, "guid")), "")
    return guid.strip(), [_episode(item) for item in channel.iterfind("item")]


def _episode(item: ElementTree.Element) -> Episode:
    said = {key: " ".join(item.findtext(f"{_ITUNES}{name}", "").split()) for name, key in _KEYS.items()}
    transcripts = [(element.get("url", ""), element.get("type", "")) for element in _of_podcast(item, "transcript")]
    return Episode(tuple((key, text) for key, text in said.items() if text), tuple(transcripts))


def _of_podcast(parent: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The children of a name in the namespace of Podcasting 2.0, which goes by two."""
    return (element for space in _PODCAST for element in parent.iterfind(space + name))
