"""What goes with pages and feeds: stylesheets, the favicon, and the script of the page to subscribe from."""

import os
import re
from collections.abc import Collection, Iterator
from functools import partial
from html import escape
from pathlib import Path

from dateline.content.languages import direction
from dateline.content.scan import stamp_of
from dateline.feed_formats import FORMATS
from dateline.feed_formats import STYLE_FILE as FEED_STYLE_FILE
from dateline.hashing import digest
from dateline.model import Publication
from dateline.output import Output
from dateline.pages import MISSING_PAGE, MISSING_PAGE_ORIGIN
from dateline.pages.theme import STYLE_FILE, favicon, stylesheet
from dateline.words import words

EXTRA_STYLE = "extra.css"
FAVICONS = ("favicon.svg", "favicon.ico", "favicon.png")  # the first is made if the user has none of them
_HERE = os.path.dirname(os.path.abspath(__file__))
_MISSING = """\
<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>{title}</title>
</head>
<body><h1>{title}</h1><p>{text}</p></body>
</html>
"""


def feed_assets(publication: Publication) -> Iterator[Output]:
    """Yield the stylesheet of feeds, if any of them has one."""
    if publication.stylesheet and any(FORMATS[name].is_xml for name in publication.formats):
        yield _feed_style(publication)


def page_assets(publication: Publication, own: Collection[str]) -> Iterator[Output]:
    """Yield the stylesheet, which has the theme in it, the script, and a favicon if the user has none."""
    key = digest((stamp_of(STYLE_FILE), publication.theme))
    yield Output("style.css", "the stylesheet", key, lambda: publication.theme, partial(map, stylesheet), is_page=True)
    if not publication.icon and not any(name in own for name in FAVICONS):
        title, accent = publication.title, publication.theme.accent
        work = partial(map, partial(favicon, accent=accent))
        yield Output(FAVICONS[0], "the favicon", digest((title, accent)), lambda: title, work, is_page=True)
    yield _packaged("copy.js")


def bare_missing_page(publication: Publication) -> Output:
    """Return the page for what is not there, of a publication without pages.

    Some hosts answer every request with the home page and status 200 as long as there is none.
    """
    language, words = publication.language, publication.words()
    shown = (language, direction(language), words.text("missing"), words.text("missing_text"))
    return Output(
        MISSING_PAGE, MISSING_PAGE_ORIGIN, digest(shown), lambda: shown, partial(map, _write_missing), stage="pages"
    )


def _write_missing(shown: tuple[str, str, str, str]) -> bytes:
    names = ("language", "direction", "title", "text")
    return _MISSING.format(**{name: escape(value) for name, value in zip(names, shown, strict=True)}).encode()


def _feed_style(publication: Publication) -> Output:
    """Return the stylesheet of feeds, with its sentence in the publication's language."""
    style = _packaged(FEED_STYLE_FILE)._replace(is_page=False)
    notice, english = publication.words().text("feed_notice"), words("en").text("feed_notice")
    if notice == english:
        return style
    shown = (english, notice, direction(publication.language))
    return style._replace(key=digest((style.key, shown)), content=lambda: shown, work=partial(map, _write_feed_style))


def _write_feed_style(shown: tuple[str, str, str]) -> bytes:
    english, notice, way = shown
    # A string of CSS ends at a quotation mark or the end of the line.
    notice = re.sub(r'["\\\n]', lambda match: f"\\{ord(match[0]):x} ", notice)
    css = Path(_HERE, FEED_STYLE_FILE).read_text("utf-8").replace(english, notice)
    return css.replace("  display: block;\n", f"  direction: {way};\n  display: block;\n", 1).encode()


def _packaged(name: str) -> Output:
    path = os.path.join(_HERE, name)
    return Output(name, f"Dateline's {name}", stamp_of(path), partial(Path, path), is_page=True)
