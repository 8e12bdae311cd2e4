"""The checks of posts, in two tables: those of the front matter, and those of the entry that is built from a post."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from dateline.building.attachments import TIMED_MEDIA
from dateline.building.entries import spellings
from dateline.building.link_resolver import ResolvedLink
from dateline.cache.entry_tables import ResolvedEntry
from dateline.commands.dead_links import DeadLinks
from dateline.commands.file_checks import Found, unknown_keys
from dateline.commands.template_code import template_code_remarks
from dateline.content.front_matter import load_yaml, locate
from dateline.content.front_matter_keys import AUTHORS, KEYS, MENU, SUMMARY, UNRELATED
from dateline.content.ids import is_uri, post_slug, split_date, stem_of
from dateline.content.key_values import Fields
from dateline.content.media import OF_EPISODES
from dateline.content.scan import PAGES_FOLDER
from dateline.content.source import line_in
from dateline.errors import quoted
from dateline.feed_formats import FORMATS
from dateline.model import Post, Publication, Rendering, Source
from dateline.paths import SETTINGS_FILE
from dateline.render.html import fill_slots, html_to_text
from dateline.render.link_constructs import as_written, kind_of
from dateline.text import unescape

_IMAGE = re.compile(r"<img ([^>]*)>")
_BARE_LINK = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_FRAME_WITHOUT_TITLE = re.compile(r"<iframe\b(?![^>]{0,2000}\stitle\s*=\s*(?:[\"']\s*)?[^\s\"'>])", re.IGNORECASE)
_MARKUP = re.compile(r"</?[A-Za-z]\w*[ >]|&#?\w+;")
# In YAML, # after a space begins a comment, perhaps against the writer's will.
_COMMENT = re.compile(r"[^:]*:\s+[^\s'\"\[{#|>].*?\s#")
# The endings of the files that Apple accepts as episodes.
_OF_APPLE = (".m4a", ".mp3", ".mov", ".mp4", ".m4v", ".pdf", ".epub")
# A title that contains the number of the episode.
_NUMBERED = r"(?i)(?:#|\b(?:ep|episode|no|nr)\b\.?)\s*0*{0}\b|^0*{0}\s*[.:)|–—-](?:\s|$)"
_READER_LIMIT = 1_000_000  # bytes of HTML


class CheckedPost(NamedTuple):
    """A post to check: its file, its front matter, and the links of its text."""

    post: Post
    source: Source
    fields: Fields
    publication: Publication
    rendering: Rendering
    dead_links: DeadLinks
    links: Sequence[ResolvedLink] = ()


def _keys(c: CheckedPost) -> Found:
    yield from unknown_keys(c.fields, KEYS, UNRELATED)
    if c.fields.get(MENU) is not None and not c.post.is_page:
        yield MENU, f"ignored in a post: only pages below {PAGES_FOLDER} are in the menu", "remove it"
    missing = "an enclosure" if c.publication.podcast else f"[podcast] in {SETTINGS_FILE}"
    for key in OF_EPISODES:
        if c.fields.get(key) is not None and c.post.episode is None:
            yield key, f"ignored without {missing}", "add that, or remove the key"


def _summary(c: CheckedPost) -> Found:
    needs_none = c.post.is_page or c.post.kept_out or c.post.retraction or c.post.is_note
    if not needs_none and all(c.fields.get(key) is None for key in SUMMARY):
        yield "summary", "none, so the first paragraph is used", "add summary: with a sentence"


def _values(c: CheckedPost) -> Found:
    if _MARKUP.search(c.post.title):
        yield "title", "some readers will show parts of it as HTML", "write it without tags and entities"
    for key in ("title", *AUTHORS):
        value = c.fields.get(key)
        if value in ("~", "null", "Null", "NULL", "None", "nil"):
            yield key, f"{quoted(value)} is read as text", "leave it empty for no value"
        elif key in AUTHORS and isinstance(value, str) and "," in value:
            yield key, f"{quoted(value)} is read as one name", "write [A, B] for two authors"


def _template_code(c: CheckedPost) -> Found:
    yield from template_code_remarks(c.source, c.fields, c.post, c.rendering)


def _comments(c: CheckedPost) -> Found:
    lines = c.source.text.split("\n")
    for key, number in c.fields.lines.items() if locate(c.source)[1] is load_yaml else ():
        if _COMMENT.match(lines[number - 1]):
            yield key, "everything after # is ignored as a comment", "put quotation marks around the whole value"


def _permanent(c: CheckedPost) -> Found:
    in_name, day = split_date(stem_of(c.post.path, c.publication.languages))[0], f"{c.post.published:%Y-%m-%d}"
    if in_name and in_name != day:
        remedy = "correct date:, or rename the file before the post is published"
        yield "date", f"{day}, but the file name says {in_name}", remedy
    slug = c.fields.get("slug")
    if slug is not None and post_slug(str(slug)) != slug:
        yield "slug", f"{quoted(slug)} becomes {quoted(post_slug(str(slug)))}", "write it like that"
    if not is_uri(c.post.id):
        yield "id", "not a URI, so the W3C validator may warn", "keep it if the post was published with it"


def _notes(c: CheckedPost) -> Found:
    retraction = c.post.retraction
    if c.post.draft and c.post.withdrawn:
        yield "withdrawn", "also a draft, so no feed says that it was withdrawn", "remove draft: true"
    if retraction and not c.post.kept_out and not retraction.announced:
        remedy = "add announce: true to publish it as its own item"
        yield "retracted", "most readers will keep showing the old text", remedy


def _media(c: CheckedPost) -> Found:
    if c.post.image and not c.post.image_alt:
        yield c.post.image.key, "no alt text", "describe the picture in image_alt:"
    limited = [FORMATS[name].label for name in c.publication.formats if FORMATS[name].has_one_enclosure]
    if len(c.post.enclosures) > 1 and limited:
        yield "enclosure", f"{' and '.join(limited)} carries only the first one", "put the most important one first"


def _episode_number(c: CheckedPost) -> Found:
    """Apple shows the number of an episode by itself."""
    episode, podcast = c.post.episode, c.publication.podcast
    if episode is None or podcast is None:
        return
    if podcast.kind == "serial" and episode.number is None and episode.kind in (None, "full"):
        problem = "none, but Apple wants a number for each episode of a serial podcast"
        yield "episode", problem, "add episode: with a number from 1"
    if episode.number and not episode.title and re.search(_NUMBERED.format(episode.number), c.post.title):
        remedy = "remove it, or add episode_title: with the title alone"
        yield "title", "Apple wants titles without the episode number", remedy


POST_CHECKS = (_keys, _summary, _values, _template_code, _comments, _permanent, _notes, _media, _episode_number)


def _text(c: CheckedPost, entry: ResolvedEntry) -> Found:
    html = c.rendering.html
    if not html and not c.post.kept_out and not c.post.link:
        yield None, "text: there is none", "write some, or hide the post with draft: true"
    if c.publication.content == "full" and len(fill_slots(html, entry.urls).encode()) > _READER_LIMIT:
        yield None, "text: so long that readers may refuse the feed", 'split it, or set content = "summary"'


def _picture(c: CheckedPost, entry: ResolvedEntry) -> Found:
    if c.post.image and entry.attached.image is None:
        problem = f"{quoted(c.post.image.target)} is not a file here, so the post has no picture"
        yield c.post.image.key, problem, "correct the path, or write image: and the path of a picture"


def _dropped_tags(c: CheckedPost, _entry: ResolvedEntry) -> Found:
    text = c.source.text
    for tag in (name for name in c.rendering.dropped if not name.startswith("U+")):
        line = line_in(text, f"<{tag}", f"<{tag.upper()}")
        if tag == "iframe":
            frame = _FRAME_WITHOUT_TITLE.search(text)
            line = text.count("\n", 0, frame.start()) + 1 if frame else line
            yield line, "iframe: becomes a link to what it shows", "name the link in its title"
        else:
            yield line, f"{tag}: feed readers do not show this tag, so it is removed", "remove it"


def _alt_texts(c: CheckedPost, _entry: ResolvedEntry) -> Found:
    html = fill_slots(c.rendering.html, [as_written(one.target) for one in c.rendering.references])
    for match in _IMAGE.finditer(html):
        attributes = dict(_ATTRIBUTE.findall(match[1]))
        if not attributes.get("alt", "").strip():
            name = unescape(attributes.get("src", ""))
            line = line_in(c.source.text, name, "<img", "![")
            yield line, f"image: {quoted(name)} has no alt text", "describe it: ![…](…)"


def _links(c: CheckedPost, _entry: ResolvedEntry) -> Found:
    with_template_code = {c.post.body_line + one.line - 1 for one in c.rendering.template_code}
    for match in _BARE_LINK.finditer(c.rendering.html):
        text = html_to_text(match[1])
        line = line_in(c.source.text, f"[{text}]", f">{text}<", "<a")
        if line not in with_template_code:
            yield line, f"link: {quoted(text)} is not a link, as its address was removed", "correct the address"
    for reference, link in zip(c.rendering.references, c.links, strict=True):
        is_accepted = c.post.template_code == "ok" and kind_of(reference.target)
        if link.taken_for_address and not is_accepted and (remark := c.dead_links.remark(reference, link)):
            yield line_in(c.source.text, *spellings(reference)), *remark


def _episode(c: CheckedPost, entry: ResolvedEntry) -> Found:
    if c.post.episode is None:
        return
    enclosure = entry.attached.enclosures[0]
    if not urlsplit(enclosure.url).path.lower().endswith(_OF_APPLE):
        yield "enclosure", f"Apple accepts only files that end in {', '.join(_OF_APPLE)}", "convert the file"
    if enclosure.media_type.startswith(TIMED_MEDIA) and enclosure.duration is None:
        yield "enclosure", "unknown duration", "add duration:, for example 42:30"


ENTRY_CHECKS = (_text, _picture, _dropped_tags, _alt_texts, _links, _episode)
