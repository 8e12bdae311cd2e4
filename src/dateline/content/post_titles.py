"""The title of a post, or what to call a note, which has none: its first words."""

import re
from collections.abc import Callable
from contextlib import suppress

from dateline.cldr import date_text
from dateline.content import validators as read
from dateline.content.front_matter import leading_heading, opening
from dateline.content.ids import split_date, stem_of
from dateline.content.key_values import Fields, Plain
from dateline.content.scan import path_among_pages
from dateline.errors import InputError, PostError
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Body, Post, Publication
from dateline.text import LINE_END, first_words, without_controls

# Given Markdown and the name of an engine, returns its text if it is a heading, else None, and its first words.
Beginning = Callable[[str, str], tuple[str | None, str]]

# A heading for every engine, of plain text; and a first paragraph.
_PLAIN = rf"[^#*_`\[\]<>&\\{{}}!~|\n{LINE_END}]*"
_OBVIOUS = lazy_pattern(rf"#{{1,6}}[ \t]+({_PLAIN})|([^\W\d_]{_PLAIN})\n(?:=+|-+) *")
_OBVIOUS_WORDS = lazy_pattern(rf"\s*([^\W\d_]{_PLAIN})(?:\n[ \t]*\n|\s*\Z)")


def read_title(
    fields: Fields, body: Body, stem: str, publication: Publication, beginning: Beginning
) -> tuple[str, Body]:
    """Return the title, empty for a note, and the body without a heading that repeats it."""
    heading, rest = _leading_heading(body, fields.path, lambda block: beginning(block, publication.markdown)[0])
    if fields.get("title") is not None:
        title = fields.take("title", read.line_of_text) or ""
        return title, rest if heading == title else body
    if heading:
        return fields.read("title", read.line_of_text, heading, "in the heading, ") or "", rest
    if _is_note(fields, publication):
        return "", body
    day, name = split_date(stem)
    # As in Obsidian, where notes are called by their names.
    if " " in name or (day is None and name[:1].isupper()):
        fields.remark("title", "none, so the name of the file is used", 'add title: "…"')
        return fields.read("title", read.line_of_text, name, "in the file name, ") or "", body
    remedy = 'add title: "…", or start the text with a heading'
    if path_among_pages(fields.path) is None:
        remedy += '; title: "" makes it a note'
    fields.wrong("title", "missing", remedy)
    return "", body


def _is_note(fields: Fields, publication: Publication) -> bool:
    """Return whether a post is meant to have no title: it says so in quotation marks, or the settings do."""
    written = fields.values.get("title")
    is_empty = written == "" and not isinstance(written, Plain)
    return (publication.notes or is_empty) and path_among_pages(fields.path) is None


def _leading_heading(body: Body, path: str, heading_text: Callable[[str], str | None]) -> tuple[str | None, Body]:
    """Return the plain text of a heading that is the first block, and the body without it."""
    block = leading_heading(body.text, 0)
    if block is None:
        return None, body
    obvious = _OBVIOUS.fullmatch(block[0])
    try:
        text = obvious[1] or obvious[2] if obvious else heading_text(block[0])
    except InputError as error:
        raise error.at(PostError, path, body.line + body.text.count("\n", 0, block.start())) from None
    rest = Body(body.text[block.end() + 1 :], body.line + body.text.count("\n", 0, block.end()) + 1)
    return text and " ".join(without_controls(text).split()), rest


def with_first_words(post: Post, body: Body, publication: Publication, beginning: Beginning) -> Post:
    """Return a post with its first words if it is a note: else what its picture shows, its file's name or its date."""
    if post.title:
        return post
    words, text = "", opening(body.text)
    if obvious := _OBVIOUS_WORDS.match(text):
        words = first_words(" ".join(without_controls(obvious[1]).split()))
    else:
        with suppress(InputError):  # the same is found when the whole text is rendered
            words = beginning(text, publication.markdown)[1]
    name = " ".join(re.findall(r"[^\W_]+", split_date(stem_of(post.path, publication.languages))[1]))
    day = date_text(post.published, post.language)
    words = words or first_words(post.image_alt or "") or ("" if name.replace(" ", "").isdigit() else name) or day
    return post._replace(first_words=words)
