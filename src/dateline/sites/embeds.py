"""Link to what only another site can show: a film, a post or code that is embedded in a page. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Embed(NamedTuple):
    """The text of a link to what a site shows, and its address, with ``{}`` for ids; empty if no id leads there."""

    text: str
    address: str = ""


EMBEDS = {
    "asciinema": Embed("Recording on asciinema", "https://asciinema.org/a/{}"),
    "bilibili": Embed("Video on Bilibili", "https://www.bilibili.com/video/{}"),
    "bluesky": Embed("Post on Bluesky", "https://bsky.app/profile/{}/post/{}"),
    "codepen": Embed("Code on CodePen", "https://codepen.io/{}/pen/{}"),
    "codesandbox": Embed("Code on CodeSandbox", "https://codesandbox.io/s/{}"),
    "dailymotion": Embed("Video on Dailymotion", "https://www.dailymotion.com/video/{}"),
    "facebook": Embed("Post on Facebook"),
    "flickr": Embed("Picture on Flickr"),
    "giphy": Embed("Animation on Giphy", "https://giphy.com/gifs/{}"),
    "gist": Embed("Code on GitHub", "https://gist.github.com/{}/{}"),
    "github": Embed("Code on GitHub", "https://github.com/{}"),
    "instagram": Embed("Post on Instagram", "https://www.instagram.com/p/{}/"),
    "jsfiddle": Embed("Code on JSFiddle", "https://jsfiddle.net/{}/"),
    "mastodon": Embed("Post on Mastodon"),
    "reddit": Embed("Post on Reddit"),
    "slideshare": Embed("Slides on SlideShare"),
    "soundcloud": Embed("Sound on SoundCloud", "https://soundcloud.com/{}"),
    "speakerdeck": Embed("Slides on Speaker Deck", "https://speakerdeck.com/player/{}"),
    "spotify": Embed("Sound on Spotify", "https://open.spotify.com/{}/{}"),
    "stackblitz": Embed("Code on StackBlitz", "https://stackblitz.com/edit/{}"),
    "ted": Embed("Talk on TED", "https://www.ted.com/talks/{}"),
    "tiktok": Embed("Video on TikTok"),
    "tweet": Embed("Post on X", "https://x.com/{}/status/{}"),
    "twitch": Embed("Video on Twitch", "https://www.twitch.tv/videos/{}"),
    "vimeo": Embed("Video on Vimeo", "https://vimeo.com/{}"),
    "youtube": Embed("Video on YouTube", "https://www.youtube.com/watch?v={}"),
}
# The first of two ids, where only the second is given.
_FIRST_IDS = {"codepen": "pen", "gist": "-", "spotify": "track", "tweet": "i"}
_ID = re.compile(r"[\w./:@?=&%+#~-]+")
# The addresses of pages that only frame what a site shows; those of others, by their hosts.
_FRAMES = {
    "dailymotion": re.compile(r"https?://(?:www\.)?dailymotion\.com/(?:swf|embed/video)/(\w+)"),
    "gist": re.compile(r"https?://gist\.github\.com/([\w/-]+)\.js"),
    "spotify": re.compile(r"https?://open\.spotify\.com/embed/([\w/-]+)"),
    "vimeo": re.compile(r"https?://player\.vimeo\.com/video/(\d+)"),
    "youtube": re.compile(r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/(?:embed|v)/(?!videoseries)([\w-]+)"),
}
_HOSTS = {
    **{(urlsplit(embed.address).hostname or "").removeprefix("www."): embed.text for embed in EMBEDS.values()},
    "tiktok.com": EMBEDS["tiktok"].text,
    "twitter.com": EMBEDS["tweet"].text,
    "youtu.be": EMBEDS["youtube"].text,
}


def address_of(site: str, ids: Sequence[str], owner: str = "") -> str:
    """Return the address of what a site shows by its ids, or by its owner and its id; empty if they make none."""
    address = EMBEDS[site].address
    wanted = address.count("{}")
    if ids and wanted == 2:
        ids = _two_ids(site, ids, owner)
    if not (wanted and ids and all(map(_ID.fullmatch, ids[:wanted]))):
        return ""
    return address.format(*ids).replace("/-/", "/")


def _two_ids(site: str, ids: Sequence[str], owner: str) -> Sequence[str]:
    if "/" in ids[0]:
        return ids[0].split("/", 1)
    lacks_first = owner or len(ids) == 1 or ids[0].isdecimal()
    return [owner or _FIRST_IDS.get(site, ""), *ids] if lacks_first else ids


def embedded(address: str) -> tuple[str, str]:
    """Return the text and the address of a link to what a frame shows; both are empty if that cannot be read."""
    try:
        asked = parse_qs(urlsplit(address).query)
        if "embedly" in address:
            address = (asked.get("url") or asked.get("src") or [address])[0]
        for site, pattern in _FRAMES.items():
            if match := pattern.match(address):
                address = address_of(site, [match[1]])
        host = (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return "", ""
    return (_HOSTS.get(host, f"See {host}"), address) if host else ("", "")
