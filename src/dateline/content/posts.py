"""Source to Post: the types, defaults and checks of front matter."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from unicodedata import normalize

from dateline.content import validators as read
from dateline.content.authors import authors, has_name
from dateline.content.corrections import read_notes, retracted
from dateline.content.dates import Date, ReadDate, read_date, with_fraction
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import (
    AUTHORS,
    KEYS,
    LANGUAGE,
    MENU,
    SIMPLE_FIELDS,
    UNRELATED,
    Kinds,
    is_out_of_feeds,
    kinds_of,
    lift_nested,
    refuse_withheld,
)
from dateline.content.ids import label_key, label_slug, stem_of
from dateline.content.key_values import Fields, Value
from dateline.content.languages import edition_of, listed
from dateline.content.media import images_shown, read_enclosures, read_episode, read_image
from dateline.content.post_addresses import Place, home_of, read_aliases, read_place
from dateline.content.post_dates import is_switch, read_dates, read_updated
from dateline.content.post_titles import Beginning, read_title, with_first_words
from dateline.content.scan import path_among_pages
from dateline.errors import InputError, PostError, quoted
from dateline.model import Author, Body, Post, Publication, Source


def read_post(source: Source, publication: Publication, beginning: Beginning) -> Post:
    """Make a post from a file's text. Raises PostError for everything missing, malformed or ambiguous in it."""
    post, fields = parse_post(source, publication, beginning)
    fields.raise_errors()
    return post


def parse_post(source: Source, publication: Publication, beginning: Beginning) -> tuple[Post, Fields]:
    """Make a post like `read_post`, with anything in place of what is wrong, and return its fields with all problems.

    Raises PostError only if the front matter cannot be read, or the file cannot be a post.
    """
    fields, body = split(source)
    return make_post(fields, body, publication, beginning), fields


def make_post(fields: Fields, body: Body, publication: Publication, beginning: Beginning) -> Post:
    """Make a post like `parse_post`, which adds its problems to the fields."""
    kinds = _checked(fields)
    path_of_page = path_among_pages(fields.path)
    is_page = path_of_page is not None
    stem = _stem(fields.path, publication.languages)
    title, body = read_title(fields, body, stem, publication, beginning)
    language = _language(fields, publication.languages) if kinds.language else None
    edition = edition_of(path_of_page or fields.path, language, publication.languages)
    date = _reader_of_dates(publication, language, edition)
    published, due = read_dates(fields, kinds, stem, date, is_page=is_page)
    place = read_place(fields, stem, edition, published, publication, is_note=not title)
    simple = _simple(fields, place, publication, kinds)
    changes = _changes(fields, kinds, published, date)
    updated = changes.pop("updated")
    post = Post(
        path=fields.path,
        id=place.id,
        url=publication.url + place.address,
        title=title,
        published=published.moment,
        updated=updated if updated.second else with_fraction(updated, place.id),
        due=due,
        timed=published.timed,
        authors=_authors(fields, publication, kinds, is_page=is_page),
        draft=bool(kinds.draft) and _is_draft(fields) and not publication.drafts,
        body_line=body.line,
        language=language or edition or publication.language,
        edition=edition,
        enclosures=read_enclosures(fields),
        **changes,
        **(_only_of_pages(fields) if is_page else _only_of_posts(fields, publication, kinds)),
        **(_links(fields, body, publication, place) if kinds.links else {"link": None, "aliases": ()}),
        **(read_image(fields, publication) if kinds.media else images_shown(publication)),
        **simple,
    )
    if post.retraction:
        return retracted(post, publication)  # the reason replaces the text
    return with_first_words(post, body, publication, beginning)


def body_of(source: Source, post: Post) -> str:
    """Return the Markdown of the post that was made from `source`."""
    lines = source.text.split("\n", post.body_line - 1)
    return lines[post.body_line - 1] if len(lines) >= post.body_line else ""


def _checked(fields: Fields) -> Kinds:
    """Return the kinds of keys of a post, with those in tables of other generators; add errors for unusual keys."""
    kinds = kinds_of(tuple(fields.values))
    if kinds.unusual:
        fields.unknown(KEYS, UNRELATED)
        lift_nested(fields)
        refuse_withheld(fields)
        kinds = kinds_of(tuple(fields.values))
    return kinds


def _stem(path: str, languages: tuple[str, ...]) -> str:
    try:
        return stem_of(path, languages)
    except InputError as error:
        raise error.at(PostError, path) from None


def _reader_of_dates(publication: Publication, *languages: str | None) -> ReadDate:
    """Return a reader of dates in English, the main language of a publication, or other languages of a post."""
    known = [language for language in (publication.language, *languages) if language]

    def date(value: Value) -> Date:
        return read_date(read.single(value), publication.timezone, publication.default_time, known)

    return date


def _changes(fields: Fields, kinds: Kinds, published: Date, date: ReadDate) -> dict[str, Any]:
    """Return the fields that say when and how a post changed."""
    if not (kinds.notes or kinds.updated):
        return {"updated": published.moment}
    notes, withdrawn = read_notes(fields, published, date)
    updated = withdrawn.moment if withdrawn else read_updated(fields, published, date, notes)
    return {"updated": updated, "notes": notes, "withdrawn": withdrawn}


def _only_of_posts(fields: Fields, publication: Publication, kinds: Kinds) -> dict[str, Any]:
    """Return the fields that pages do not have, since they are in no feed and no list."""
    return {
        "tags": _tags(fields, publication, kinds),
        "episode": read_episode(fields) if publication.podcast else None,
        "in_feeds": not (kinds.off_feeds and is_out_of_feeds(fields)),
    }


def _only_of_pages(fields: Fields) -> dict[str, Any]:
    return {"tags": (), "in_feeds": False, "is_page": True, "menu": fields.take(MENU, read.position)}


def _simple(fields: Fields, place: Place, publication: Publication, kinds: Kinds) -> dict[str, Any]:
    """Return the fields of SIMPLE_FIELDS that are set, or whose defaults the model does not have."""
    found: dict[str, Any] = {
        "translation_key": normalize("NFC", place.versions) if publication.languages else "",
        "template_code": publication.template_code,
    }
    for name in kinds.fields:
        keys, reader = SIMPLE_FIELDS[name]
        if (value := fields.take(fields.first(*keys) or "", reader)) is not None:
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


def _links(fields: Fields, body: Body, publication: Publication, place: Place) -> dict[str, Any]:
    """Return the fields for the page elsewhere that a post is about, or that it is if it has none here, and aliases.

    A post without a text has no page here, nor has any in a publication without pages.
    """
    link, home = fields.take("link", read.url), home_of(publication)
    if link and not (publication.pages and body.text.strip()):
        return {"link": link, "aliases": read_aliases(fields, home, link)}
    return {"link": None, "related": link, "aliases": read_aliases(fields, home, home + place.address)}


def _tags(fields: Fields, publication: Publication, kinds: Kinds) -> tuple[str, ...]:
    def read_tags(value: Value) -> tuple[str, ...]:
        tags = read.list_of_text(value)
        if publication.tag_feeds:
            read.each(partial(label_slug, publication, "tags"), tags)
        return tags

    found: dict[str, str] = {}
    for key in fields.among(kinds.tags):
        for tag in fields.take(key, read_tags) or ():
            found.setdefault(label_key(tag), tag)
        if len(found) > read.MAX_LABELS:
            problem = f"{len(found)} tags, more than the limit of {read.MAX_LABELS}"
            fields.wrong(key, problem, "remove some")
            break
    return tuple(found.values())


def _authors(fields: Fields, publication: Publication, kinds: Kinds, *, is_page: bool) -> tuple[Author, ...]:
    """Return the authors; a page has only those that are written in it."""
    keys = fields.among(kinds.authors)
    if len(keys) == len(AUTHORS):
        fields.wrong("author", "authors is set too", "keep one of the two")
    key = keys[0] if keys else "author"
    named = _named(fields, key)
    found = () if is_page else publication.authors
    if named:
        found = fields.read(key, partial(authors, named=publication.named_authors), named) or ()
    elif not found and not is_page:
        fields.wrong("author", "missing", 'add author: "…" here, or author = "…" to feed.toml')
    for author in found if publication.author_feeds else ():
        fields.read("author", partial(label_slug, publication, "authors"), author.name)
    return found


def _named(fields: Fields, key: str) -> Value:
    """Return the authors that have names, if there are any. Other programs write ``-`` for nobody."""
    value = fields.get(key) or []
    if isinstance(value, str) and has_name(value):
        return value
    written = read.as_list(value)
    named = [item for item in written if has_name(item)]
    if len(named) < len(written):
        fields.remark(key, f"{quoted(fields.get(key))} has no name, so it is ignored", "write a name, or remove it")
    return named
