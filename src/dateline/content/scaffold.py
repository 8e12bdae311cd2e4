"""Write the first files of a publication, and new posts."""

import os
import secrets
from datetime import date, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

from dateline.content.config import SETTINGS_FILE, read_settings
from dateline.content.dates import read_now, read_zone, with_offset
from dateline.content.edit import create
from dateline.content.ids import post_file_name, post_slug, publication_id, shorten
from dateline.content.key_values import between_quotes
from dateline.content.scan import scan
from dateline.content.validators import line_of_text
from dateline.errors import InputError, OutputError, SettingsError
from dateline.model import Publication, Source

_SETTINGS = """\
# A folder of posts with this file in it is a publication. dateline help settings lists all that can be set here.
title = {title}
# Where the output will be served.
url = {url}
# Readers know the publication and its posts by this. Never change it, not even with a new address.
id = {id}
description = {title}
language = "en"
timezone = {timezone}
author = {author}
live = false  # Nobody is subscribed yet. When it is online, run: dateline live
"""
_FIRST_POST = """\
---
title: Hello
date: {date}
summary: This publication has begun.
---
This is the first post. Write the next one with `dateline new "Title"`, and publish with `dateline build`.
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


def begin_publication(
    folder: Path, title: str, url: str, author: str | None, timezone: str, now: str | None
) -> list[Path]:
    """Write feed.toml with a newly minted id, and a first post unless there is one; return the new files.

    Raises SettingsError for a value that cannot be used, OutputError if there is a feed.toml, and PostError if a
    file cannot be written.
    """
    if os.path.exists(folder / SETTINGS_FILE):
        raise OutputError(str(folder), None, "contains a publication already", "choose another folder")
    try:
        moment = read_now(now, read_zone(timezone), time(12))
    except InputError as error:
        raise error.at(SettingsError, "--timezone") from None
    text = _SETTINGS.format(
        title=between_quotes(title),
        url=between_quotes(url),
        id=between_quotes(mint_id(url, moment.date())),
        timezone=between_quotes(timezone),
        author=between_quotes(author or title),
    )
    try:
        publication, _ = read_settings(text)
    except SettingsError as error:
        option, _, problem = error.problem.problem.partition(": ")
        if option == "author" and author is None:
            raise SettingsError("--title", None, "not usable as the author's name", 'add --author "…"') from None
        raise SettingsError(f"--{option}", None, problem, error.problem.remedy) from None
    written = [create(folder, Source(SETTINGS_FILE, text))]
    if not scan(folder).posts:
        local = moment.astimezone(publication.timezone)
        post = Source(post_file_name(local, "hello"), _FIRST_POST.format(date=_date(local)))
        written.append(create(folder, post))
    return written


def begin_post(folder: Path, title: str, publication: Publication, now: datetime) -> Path:
    """Write a draft, dated now, and named after its date and title.

    Raises OutputError for a title that cannot be used, and PostError if the file exists.
    """
    local = now.astimezone(publication.timezone)
    try:
        title = line_of_text(title)
    except InputError as error:
        raise OutputError("TITLE", None, error.problem, "write one in quotation marks") from None
    slug = post_slug(title)
    if not slug:
        raise OutputError("TITLE", None, "no letter or digit to name a file by", "write a longer one")
    text = _POST.format(title=between_quotes(title), date=_date(local))
    return create(folder, Source(post_file_name(local, shorten(slug)), text))


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
