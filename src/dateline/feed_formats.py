"""The feed formats: one row each. To add one, write a module like formats/json_feed.py and add its row here.

The rows are plain data, so that settings and pages can use them without loading what writes or reads a format.
"""

from typing import NamedTuple

STYLE_FILE = "feed.css"  # styles feeds in XML for browsers
FEED_FOLDERS = ("archive", "tags", "authors", "corrections")  # of all feeds but the main one


class Format(NamedTuple):
    """A feed format: what people call it, and the media type of its files and their name, unless feed.toml has another.

    `module` defines write(), read(), texts() and is_feed(); see formats/__init__.py. The rest is what the format can
    carry: `keeps_ids` if an entry's id may be any text, `has_one_enclosure` if an entry has one at most.
    """

    label: str
    filename: str
    media_type: str
    module: str
    keeps_ids: bool = True
    has_one_enclosure: bool = False
    has_podcast: bool = False
    has_tombstones: bool = False

    @property
    def is_xml(self) -> bool:
        """Whether its documents are XML, which browsers can show with a stylesheet."""
        return self.media_type.endswith("+xml")

    @property
    def served_as(self) -> str:
        """The media type with which static hosts serve its files; that of plain XML makes browsers show them."""
        return "application/xml" if self.is_xml else self.media_type


# By the names used in feed.toml, in the order in which they are recommended. RSS comes first: its items have one byline
# each, which every reader shows in full; many readers show only one of an Atom entry's authors.
FORMATS = {
    "rss": Format(
        "RSS", "rss.xml", "application/rss+xml", "dateline.formats.rss", has_one_enclosure=True, has_podcast=True
    ),
    "atom": Format(
        "Atom", "atom.xml", "application/atom+xml", "dateline.formats.atom", keeps_ids=False, has_tombstones=True
    ),
    "json": Format("JSON", "feed.json", "application/feed+json", "dateline.formats.json_feed"),
}
# The paths of each format in the folder of a feed, unless feed.toml has others.
FEED_FILES = tuple((name, (format.filename,)) for name, format in FORMATS.items())
