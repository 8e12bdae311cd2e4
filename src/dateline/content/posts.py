"""Source to Post: the types, defaults and checks of front matter."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from unicodedata import normalize
from urllib.parse import quote

from dateline.cldr import date_text
from dateline.content import validators as read
from dateline.content.corrections import read_notes, retracted
from dateline.content.dates import Date, date_and_time, read_date, with_fraction
from dateline.content.front_matter import leading_heading, opening, split
from dateline.content.front_matter_keys import (
    ADDRESSES,
    ALIASES,
    AUTHORS,
    KEYS,
    LANGUAGE,
    MENU,
    SIMPLE_FIELDS,
    TAGS,
    UNRELATED,
    UPDATED,
    is_out_of_feeds,
    lift_nested,
    refuse_withheld,
)
from dateline.content.ids import (
    corrections_id,
    derived_id,
    id_stem,
    label_key,
    label_slug,
    post_id,
    post_slug,
    split_date,
    stem_of,
)
from dateline.content.key_values import Fields, Plain, Value
from dateline.content.languages import edition_of, listed
from dateline.content.media import read_enclosures, read_episode, read_image
from dateline.content.post_dates import is_switch, read_dates, read_updated
from dateline.content.scan import PAGES_FOLDER, bare, path_among_pages
from dateline.content.urls import has_host, is_below, output_path, page_url, permalink, redirect_path
from dateline.errors import DatelineError, InputError, PostError, Problem, quoted
from dateline.model import Author, Body, Post, Publication, Source
from dateline.text import LINE_END, first_words, forbidden_character, without_controls

Beginning = Callable[[str, str], tuple[str | None, str]]
ReadDate = Callable[[Value], Date]

# Patterns for addresses: placeholders of Jekyll, Hugo and Hexo, templates, and Jekyll's names of patterns.
_PATTERN = re.compile(r"(?:^|/):\w|[{}<>*\[\]]")
_NAMED_PATTERNS = {"date", "none", "ordinal", "pretty", "weekdate"}
# A heading for every engine, of plain text; and a first paragraph.
_PLAIN = rf"[^#*_`\[\]<>&\\{{}}!~|\n{LINE_END}]*"
_OBVIOUS = re.compile(rf"#{{1,6}}[ \t]+({_PLAIN})|([^\W\d_]{_PLAIN})\n(?:=+|-+) *")
_OBVIOUS_WORDS = re.compile(rf"\s*([^\W\d_]{_PLAIN})(?:\n[ \t]*\n|\s*\Z)")


def read_post(source: Source, publication: Publication, beginning: Beginning) -> Post:
    """Make a post from a file's text.

    Given Markdown and the name of an engine, `beginning` returns its text if it is a heading, else None, and its first
    words.

    Raises PostError for everything missing, malformed or ambiguous in the file.
    """
    post, fields = parse_post(source, publication, beginning)
    fields.raise_errors()
    return post


def parse_post(source: Source, publication: Publication, beginning: Beginning) -> tuple[Post, Fields]:
    """Make a post like `read_post`, with anything in place of what is wrong, and return its fields with all problems.

    Raises PostError only if the front matter cannot be read, or the file cannot be a post.
    """
    fields, body = split(source)
    fields.unknown(KEYS, UNRELATED)
    lift_nested(fields)
    refuse_withheld(fields)

    languages = publication.languages
    page_path = path_among_pages(fields.path)
    is_page = page_path is not None
    stem = _stem(fields.path, languages)
    title, body = _title(fields, body, stem, publication, beginning)
    language = _language(fields, languages)
    edition = edition_of(page_path or fields.path, language, languages)
    of_dates = [*filter(None, (publication.language, language, edition))]

    def date(value: Value) -> Date:
        return read_date(read.single(value), publication.timezone, publication.default_time, of_dates)

    published, due = read_dates(fields, stem, date, is_page=is_page)
    home = publication.url_on_the_web or publication.url  # where old addresses are
    slug = _slug(fields, stem, "" if title else _time_in_month(published))
    names = _names(fields, stem, slug, edition, published, publication)
    id = _id(fields, names.id, publication)
    path = _in_folder(edition, _address(fields, home) or names.address)
    simple = _simple(fields, names.key, publication)
    notes, withdrawn = read_notes(fields, published, date)
    updated = withdrawn.moment if withdrawn else read_updated(fields, published, date, notes)
    post = Post(
        path=fields.path,
        id=id,
        url=publication.url + path,
        title=title,
        published=published.moment,
        updated=updated if updated.second else with_fraction(updated, id),
        due=due,
        timed=published.timed,
        authors=_authors(fields, publication, is_page=is_page),
        draft=_is_draft(fields) and not publication.drafts,
        body_line=body.line,
        language=language or edition or publication.language,
        edition=edition,
        notes=notes,
        withdrawn=withdrawn,
        enclosures=read_enclosures(fields),
        **(_of_page(fields) if is_page else _of_post(fields, publication)),
        **_links(fields, body, home, path),
        **read_image(fields, publication),
        **simple,
    )
    # The reason replaces the text of a retracted post.
    return (
        retracted(post, publication) if post.retraction else _with_first_words(post, body, publication, beginning)
    ), fields


def _stem(path: str, languages: Sequence[str]) -> str:
    try:
        return stem_of(path, languages)
    except InputError as error:
        raise error.at(PostError, path) from None


def _of_page(fields: Fields) -> dict[str, Any]:
    """Return the fields of a page in which it differs from posts: it has no tags, and is in the menu instead."""
    return {"is_page": True, "in_feeds": False, "tags": (), "menu": fields.take(MENU, read.position)}


def _of_post(fields: Fields, publication: Publication) -> dict[str, Any]:
    return {
        "in_feeds": not is_out_of_feeds(fields),
        "tags": _tags(fields, publication),
        "episode": read_episode(fields) if publication.podcast else None,
    }


class _Names(NamedTuple):
    """What a post has unless its front matter says otherwise: its id, its address, and the key of its versions."""

    id: str
    address: str
    key: str


def _names(fields: Fields, stem: str, slug: str, edition: str, published: Date, publication: Publication) -> _Names:
    page_path = path_among_pages(fields.path)
    if page_path is None:
        id = post_id(publication.id, id_stem(fields.path, edition, publication.languages))
        return _Names(id, permalink(publication.permalink, published.moment, slug), stem)
    id = derived_id(publication.id, f"pages/{quote(normalize('NFC', page_path))}")
    folders = _folders_of_page(page_path, edition)
    return _Names(id, _address_of_page(fields, folders, slug), "/".join(["", *folders, stem]))


def body_of(source: Source, post: Post) -> str:
    """Return the Markdown of the post that was made from `source`."""
    lines = source.text.split("\n", post.body_line - 1)
    return lines[post.body_line - 1] if len(lines) >= post.body_line else ""


def _simple(fields: Fields, key_of_versions: str, publication: Publication) -> dict[str, Any]:
    """Return the fields of SIMPLE_FIELDS that are set, or whose defaults the model does not have."""
    found: dict[str, Any] = {
        "translation_key": normalize("NFC", key_of_versions) if publication.languages else "",
        "template_code": publication.template_code,
    }
    for name, (keys, reader) in SIMPLE_FIELDS.items():
        key = fields.first(*keys)
        if key and (value := fields.take(key, reader)) is not None:
            found[name] = value
    return found


def _is_draft(fields: Fields) -> bool:
    is_published = not is_switch(fields) or fields.take("published", read.yes_or_no)
    return (
        not is_published or str(fields.get("status")).lower() == "draft" or bool(fields.take("draft", read.yes_or_no))
    )


def _language(fields: Fields, languages: Sequence[str]) -> str | None:
    """Return the language that front matter names: one of the publication's as feed.toml writes it, or another."""

    def read_language(value: Value) -> str:
        return listed(read.single(value), languages) or read.language(value)

    return fields.take(fields.first(*LANGUAGE) or "", read_language)


def _id(fields: Fields, own: str, publication: Publication) -> str:
    """Return the id that is written, or else the post's `own`."""

    def written(value: Value) -> str:
        text = read.verbatim(value)
        if text != text.strip() or "\n" in text or forbidden_character(text):
            raise InputError(f"{quoted(text)} contains a control character, or white space at its ends", "remove it")
        return text

    id = fields.take("id", written) or own
    if id == publication.id:
        fields.wrong("id", "same as the publication's", "give the post its own")
    if id == corrections_id(publication.id):
        fields.wrong("id", "same as the feed of corrections", "rename the file, or give the post its own id:")
    return id


def _title(fields: Fields, body: Body, stem: str, publication: Publication, beginning: Beginning) -> tuple[str, Body]:
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


def _links(fields: Fields, body: Body, home: str, path: str) -> dict[str, Any]:
    """Return the fields for the page elsewhere that a post is about, or that it is if it has no text, and aliases."""
    link = fields.take("link", read.url)
    if link and not body.text.strip():
        return {"link": link, "aliases": _aliases(fields, home, link)}
    return {"link": None, "related": link, "aliases": _aliases(fields, home, home + path)}


def _with_first_words(post: Post, body: Body, publication: Publication, beginning: Beginning) -> Post:
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


def _time_in_month(published: Date) -> str:
    """Return the slug of a note whose file has no name but a date: the day and the time, if one was written."""
    return f"{published.moment:%d-%H%M}" if published.timed else f"{published.moment:%d}"


def _address(fields: Fields, home: str) -> str | None:
    """Return the URL of the post's page, relative to the publication's, that front matter asks for.

    Patterns, which are for other tools, and addresses on other sites are ignored with a remark.
    """

    def read_address(value: Value) -> str:
        return page_url(redirect_path(read.stripped(value), home))

    for key in ADDRESSES:
        text = fields.get(key)
        if not isinstance(text, str) or text.lower() in read.NO:
            continue
        if _PATTERN.search(text) or text in _NAMED_PATTERNS:
            fields.remark(
                key, f"{quoted(text)} is a pattern, so it is ignored", "write the address itself, or remove it"
            )
        elif has_host(text) and not is_below(text, home):
            fields.remark(
                key, f"{quoted(text)} is not under {home}, so it is ignored", "write link: for it, or remove it"
            )
        elif address := fields.take(key, read_address):
            return address
    return None


def _folders_of_page(path: str, edition: str) -> list[str]:
    """Return the folders of a page, given its path below that of pages, in its address; not that of an edition."""
    folders = path.split("/")[:-1]
    if bare(path).rpartition("/")[2].partition(".")[0] == "index":
        folders = folders[:-1]  # its own name is that of its folder
    return folders[1:] if edition and folders and listed(folders[0], [edition]) else folders


def _address_of_page(fields: Fields, folders: Sequence[str], slug: str) -> str:
    """Return the URL of a page, relative to the publication's: the path of its file."""
    if stem_of(fields.path) == PAGES_FOLDER and fields.first(*ADDRESSES) is None:
        fields.wrong("slug", "the home page is made from the posts", "rename the file, like about.md")
    return quote("/".join([*(post_slug(name) or name for name in folders), slug, ""]))


def _in_folder(edition: str, path: str) -> str:
    """Return the path of a page in the folder of an edition, which may be written in it already."""
    return path if not edition or path.startswith(f"{edition}/") else f"{edition}/{path}"


def _slug(fields: Fields, stem: str, default: str) -> str:
    def read_slug(value: Value) -> str:
        text = read.verbatim(value)
        if re.search(r"[/\\\x00-\x1f]", text):
            raise InputError(f"{quoted(text)} is not a slug", "use letters, digits and hyphens, like cecot-prison")
        return text

    written = fields.take("slug", read_slug)
    slug = post_slug((split_date(stem)[1] or default) if written is None else written)
    if not slug and (written is not None or fields.get("slug") is None):
        name = "the file name" if written is None else quoted(written)
        fields.wrong("slug", f"{name} has no letter or digit", "add slug: and a short name")
    return slug


def _tags(fields: Fields, publication: Publication) -> tuple[str, ...]:
    def read_tags(value: Value) -> tuple[str, ...]:
        tags = read.list_of_text(value)
        read.each(partial(label_slug, publication, "tags"), tags if publication.tag_feeds else ())
        return tags

    found: dict[str, str] = {}
    for key in TAGS:
        for tag in fields.take(key, read_tags) or ():
            found.setdefault(label_key(tag), tag)
        if len(found) > read.MAX_LABELS:
            problem = f"{len(found)} tags, more than the limit of {read.MAX_LABELS}"
            fields.wrong(key, problem, "remove some")
            break
    return tuple(found.values())


def _authors(fields: Fields, publication: Publication, *, is_page: bool) -> tuple[Author, ...]:
    """Return the authors; a page has only those that are written in it."""
    if all(fields.get(key) is not None for key in AUTHORS):
        fields.wrong("author", "authors is set too", "keep one of the two")
    key = fields.first(*AUTHORS) or "author"
    named = _named(fields, key)
    found = () if is_page else publication.authors
    if named:
        found = fields.read(key, partial(read.authors, named=publication.named_authors), named) or ()
    elif not found and not is_page:
        fields.wrong("author", "missing", 'add author: "…" here, or author = "…" to feed.toml')
    for author in found if publication.author_feeds else ():
        fields.read("author", partial(label_slug, publication, "authors"), author.name)
    return found


def _named(fields: Fields, key: str) -> list[Value]:
    """Return the authors that have names. Other programs write ``-`` for nobody."""
    written = read.as_list(fields.get(key) or [])
    named = [item for item in written if read.has_name(item)]
    if len(named) < len(written):
        fields.remark(key, f"{quoted(fields.get(key))} has no name, so it is ignored", "write a name, or remove it")
    return named


def _aliases(fields: Fields, home: str, own: str) -> tuple[str, ...]:
    """Return the paths of pages at old addresses, which redirect to `own`."""
    of_own = output_path(own.removeprefix(home)) if own.startswith(home) else None

    def read_aliases(value: Value) -> list[str]:
        items = list(map(read.stripped, read.as_list(value)))
        if tags := [item for item in items if item.startswith("#")]:
            fields.remark("aliases", f"{quoted(tags[0])} is a tag and no address, so it is ignored", "remove it")
        paths = read.each(lambda item: redirect_path(item, home), (item for item in items if item not in tags))
        if of_own in paths:
            raise InputError(f"{quoted(own)} is the post's current address", "list only old ones")
        return paths

    return tuple(dict.fromkeys(path for key in ALIASES for path in fields.take(key, read_aliases) or ()))


def alias_errors(source: Source, problems: Iterable[str]) -> list[Problem]:
    """Return the errors for old addresses that another post claims too."""
    fields, _ = split(source)
    key = fields.first(*ALIASES) or ALIASES[0]
    return [fields.error(key, problem, "keep it in one of the two").problem for problem in problems]


def future_change_error(source: Source, post: Post, now: datetime) -> DatelineError:
    """Return the error for a post with an update, a note or a withdrawal in the future."""
    fields, _ = split(source)
    late = post.updated.replace(microsecond=0)
    key = fields.first(*UPDATED) or UPDATED[0]
    if post.withdrawn:
        key = "withdrawn"
    elif note := next((note for note in post.notes if note.published == late), None):
        key = "retracted" if note.kind == "retraction" else "corrections"
    return fields.error(key, f"{date_and_time(late)} is in the future", earlier(late, now, "the change"))


def earlier(late: datetime, now: datetime, what: str) -> str:
    """Return the remedy for a date in the future. Today without a time may mean a later hour."""
    here = now.astimezone(late.tzinfo)
    like = f", like {here:%Y-%m-%d %H:%M}" if here.date() == late.date() else ""
    return f"write the time of {what}{like}, or correct the date"
