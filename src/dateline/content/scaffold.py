"""Write the first files of a publication, and new posts."""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from dateline.content.authors import authors
from dateline.content.config import home, read_settings
from dateline.content.dates import read_now, read_zone, with_offset
from dateline.content.edit import create
from dateline.content.ids import post_file_name, post_slug, publication_id, shorten, slugify
from dateline.content.key_values import between_quotes
from dateline.content.scan import PAGES_FOLDER, scan
from dateline.content.urls import BUILT_IN_PAGES
from dateline.content.validators import language, line_of_text, markdown
from dateline.errors import InputError, OutputError, SettingsError
from dateline.model import Publication, Source
from dateline.paths import SETTINGS_FILE
from dateline.words import words

_SETTINGS = """\
# A folder of posts with this file in it is a publication. dateline help settings lists all that can be set here.
title = {title}
# Where the output will be served.
url = {url}
# Readers know the publication and its posts by this. Never change it, not even with a new address.
id = {id}
description = {title}
language = {language}
timezone = {timezone}
author = {author}
live = false  # Nobody is subscribed yet. When it is online, run: dateline live
"""
# For a publication in the folder where one is.
_OUTPUT = """\
# Where the output goes, relative to this file.
output = "public"
"""
# In one line, since a key that is added below a table would be in it.
_ADDRESSES = """\
# The addresses of these pages, in the language of the publication. Keep them, since people link there.
addresses = {{ {} }}
"""
_FIRST_POST = """\
---
title: Hello
date: {date}
summary: This publication has begun.
---
This is a sample: change it or delete it. Between the lines `---` is what feeds and pages show about a post. It needs a
title and a date. The text is Markdown, with **bold** and *italic* words and [links](https://example.org/).

`dateline new "Title"` starts the next post, as a draft: it is out when you delete its line `draft: true` and build.
"""
_ABOUT = """\
---
title: {title}
menu: 1
---
Fill this page in, or delete it: who writes here, about what, and how to reach you. It is in no feed, and in the menu at
the place that `menu` gives it. Other pages go into the same folder.
"""
_POST = """\
---
title: {title}
date: {date}
summary:
tags: []
draft: true
---
"""
_PAGE = """\
---
title: {title}
menu: 1
draft: true
---
"""
_NOTE = """\
---
title: ""
date: {date}
{slug}{draft}---
{text}
"""

# What reads a value, by key.
READERS: dict[str, Callable[[str], object]] = {
    "title": line_of_text,
    "url": home,
    "author": partial(authors, named=()),
    "timezone": read_zone,
    "language": language,
}


def begin_publication(folder: Path, given: Mapping[str, str | None], now: str | None) -> list[Path]:
    """Write feed.toml with a newly minted id, a page, and a first post unless there is one; return the files.

    `given` has a value for each key of READERS, or None for the default, which all have but ``title`` and ``url``.
    Raises SettingsError for a value that cannot be used, OutputError if there is a feed.toml, and PostError if a
    file cannot be written.
    """
    if os.path.exists(folder / SETTINGS_FILE):
        raise OutputError(str(folder), None, "contains a publication already", "choose another folder")
    defaults = {"timezone": "UTC", "language": "en", "author": given["title"]}
    values = {key: str(given[key] or defaults.get(key)) for key in READERS}
    values["url"] = with_scheme(values["url"])
    try:
        moment = read_now(now, read_zone(values["timezone"]), time(12))
    except InputError as error:
        raise error.at(SettingsError, "--timezone") from None
    values["id"] = mint_id(values["url"], moment.date())
    text = _SETTINGS.format_map({key: between_quotes(value) for key, value in values.items()})
    with suppress(OSError):
        if os.path.samefile(folder, os.curdir):
            text += _OUTPUT
    text += _addresses(values["language"])
    publication = _publication(text, given)
    written = [create(folder, Source(SETTINGS_FILE, text))]
    if not scan(folder).posts:
        local = moment.astimezone(publication.timezone)
        post = Source(post_file_name(local, "hello"), _FIRST_POST.format(date=_date(local)))
        written.append(create(folder, post))
    if not os.path.lexists(folder / PAGES_FOLDER):
        written.append(create(folder / PAGES_FOLDER, _about(publication.language)))
    return written


def _publication(text: str, given: Mapping[str, str | None]) -> Publication:
    """Return what settings that were made of options say. Raises SettingsError, naming the option."""
    try:
        return read_settings(text)[0]
    except SettingsError as error:
        option, _, problem = error.problem.problem.partition(": ")
        if option == "author" and given["author"] is None:
            raise SettingsError("--title", None, "not usable as the author's name", 'add --author "…"') from None
        raise SettingsError(f"--{option}", None, problem, error.problem.remedy) from None


def _about(language: str) -> Source:
    """Return a page about the publication, with a file name in its language if that is in plain letters."""
    title = words(language).text("about")
    slug = slugify(title)
    return Source(f"{slug if slug.isascii() else 'about'}.md", _ABOUT.format(title=between_quotes(title)))


def _addresses(language: str) -> str:
    """Return what feed.toml says about addresses in a language: nothing if they are not in plain letters."""
    names = {page: slugify(words(language).text(page)) for page in BUILT_IN_PAGES}
    written = [f'{page} = "{name}"' for page, name in names.items() if name.isascii() and name != page]
    return _ADDRESSES.format(", ".join(written)) if written else ""


def begin_post(folder: Path, title: str, publication: Publication, now: datetime) -> Path:
    """Write a draft, dated now, and named after its date and title.

    Raises OutputError for a title that cannot be used, and PostError if the file exists.
    """
    local = now.astimezone(publication.timezone)
    title, slug = _title_and_slug(title)
    text = _POST.format(title=between_quotes(title), date=_date(local))
    return create(folder, Source(post_file_name(local, slug), text))


def begin_page(folder: Path, title: str) -> Path:
    """Write the draft of a page of the menu, named after its title. Raises like `begin_post`."""
    title, slug = _title_and_slug(title)
    if os.path.islink(folder / PAGES_FOLDER):
        raise OutputError(str(folder / PAGES_FOLDER), None, "is a link", "replace the link by a folder")
    return create(folder / PAGES_FOLDER, Source(f"{slug}.md", _PAGE.format(title=between_quotes(title))))


def _title_and_slug(title: str) -> tuple[str, str]:
    """Return a title as a post has it, and the name of its file. Raises OutputError."""
    try:
        title = line_of_text(title)
    except InputError as error:
        raise OutputError("TITLE", None, error.problem, "write one in quotation marks") from None
    slug = post_slug(title)
    if not slug:
        raise OutputError("TITLE", None, "no letter or digit to name a file by", "write a longer one")
    return title, shorten(slug)


def begin_note(folder: Path, text: str, publication: Publication, now: datetime) -> Path:
    """Write a note, dated now and named after that: a draft unless it has a text.

    Raises OutputError for a text that cannot be used, and PostError if the file cannot be written.
    """
    local = now.astimezone(publication.timezone)
    try:
        text = markdown(text) if text.strip() else ""
    except InputError as error:
        raise OutputError("TITLE", None, error.problem, "write the text in quotation marks") from None
    time = f"{local:%H%M}"
    if os.path.lexists(folder / post_file_name(local, time)):
        time = f"{local:%H%M%S}"
    # Two notes of a month may have one time.
    slug = "" if "{day}" in publication.permalink else f"slug: {local:%d}-{time}\n"
    note = _NOTE.format(date=_date(local), slug=slug, draft="" if text else "draft: true\n", text=text)
    return create(folder, Source(post_file_name(local, time), note))


def with_scheme(address: str) -> str:
    """Return a web address that may have been written without ``https://``."""
    return f"https://{address}" if "." in address and "://" not in address else address


def mint_id(url: str, today: date) -> str:
    """Return a new tag: URI (RFC 4151) of the host, today, and random digits. Raises SettingsError."""
    host = urlsplit(url).hostname or ""
    try:
        return publication_id(f"tag:{host.encode('idna').decode()},{today:%Y-%m-%d}:{secrets.token_hex(4)}")
    except (InputError, UnicodeError):
        remedy = "write it like https://example.org/"
        raise SettingsError("--url", None, f"'{url}' is not a web address", remedy) from None


def _date(moment: datetime) -> str:
    # The offset makes it unambiguous when clocks change.
    return with_offset(moment) if moment.utcoffset() else f"{moment:%Y-%m-%d %H:%M} Z"
