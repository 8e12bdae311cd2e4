"""Feed ─▶ bytes. The table of formats, by the name that feed.toml knows them by."""

from dateline.formats import atom, json_feed, rss
from dateline.formats._feedgen import ENGINE
from dateline.model import Format

ENGINES = ENGINE
FORMATS = {
    "rss": Format("RSS", rss.FILENAME, rss.MEDIA_TYPE, rss.serialise),
    "atom": Format("Atom", atom.FILENAME, atom.MEDIA_TYPE, atom.serialise),
    "json": Format("JSON", json_feed.FILENAME, json_feed.MEDIA_TYPE, json_feed.serialise),
}
