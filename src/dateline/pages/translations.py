"""The words of pages, by language: texts, names of months, forms of dates and sizes. Pages have no others.

To add a language, add a table with the keys of the English one to `TABLES`. A publication in a language without a table
gets English, marked as such.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from dateline.content.dates import MONTHS

# Text in braces is filled in. Texts are plain; where the name ends in `_html`, HTML.
_ENGLISH = {
    # Every page
    "skip": "Skip to the text",
    "site": "Site",
    "languages": "Languages",
    "archive": "Archive",
    "subscribe": "Subscribe",
    "moved_html": '{title} has moved, and nothing more will come here. It goes on at <a href="{url}">{url}</a>',
    "follow": "Follow this site in a feed reader",
    "made_with": "Made with Dateline",
    "invitation_html": '<strong>New posts can come to you.</strong> <a href="{url}">Subscribe in a feed reader</a>: '
    "it is free, and nobody asks for your address.",
    # Lists of posts
    "all_posts": "All posts, by month",
    "archive_description": "{title} · all posts by month",
    "tag_lead": "Posts on this subject. Follow it by feed:",
    "author_lead": "Posts by this author. Follow them by feed:",
    "corrections": "Corrections",
    "corrections_lead": "What was wrong in a post, and is now right. Follow them by feed:",
    "newest": "These are the newest {count}.",
    "around": "Older and newer",
    "older": "Older",
    "newer": "Newer",
    # A post
    "updated": "Updated",
    "table": "Table",
    "transcript": "Transcript ({format})",
    "audio": "audio",
    "video": "video",
    "picture": "picture",
    "text": "text",
    "file": "file",
    # How to subscribe
    "subscribe_description": "How to follow {title} in a feed reader",
    "subscribe_lead": "A feed is a list of the newest posts, kept at one address for programs to read. Give that "
    "address to a feed reader, an app or a site that looks there for you, and new posts come to you: without an "
    "account here, and in the order in which they were written.",
    "addresses": "The feed’s address",
    "copy_address": "Copy",
    "copy_label": "Copy the address of the {format} feed",
    "formats": "All carry the same posts; where you can choose, take the first that your reader knows. Most readers "
    "also take the address of this site’s home page, and find the feed by themselves.",
    "readers": "With a reader that you have",
    "open_in": "Open in {reader}",
    "your_reader": "your own reader",
    "only_tags": "Only one subject",
    "only_authors": "Only one author",
    "only_corrections": "Only corrections",
    "feed_of": "{format} feed of {name}",
    # No such page
    "missing": "Page not found",
    "missing_description": "There is no page at this address",
    "missing_text": "There is no page at this address. It may have moved, or the link may be misspelt.",
    "missing_links_html": '<a href="{home}">The newest posts</a>, or <a href="{archive}">all posts, by month</a>',
    # Dates and sizes
    "months": " ".join(MONTHS),
    "date": "{day} {month} {year}",
    "month": "{month} {year}",
    "one_byte": "1 byte",
    "bytes": "{number} bytes",
    "decimal_sign": ".",
    "units": "kB MB GB TB",
}
_SPANISH = {
    # Every page
    "skip": "Saltar al texto",
    "site": "Sitio",
    "languages": "Idiomas",
    "archive": "Archivo",
    "subscribe": "Suscribirse",
    "moved_html": '{title} se ha mudado, y aquí no se publicará nada más. Continúa en <a href="{url}">{url}</a>',
    "follow": "Seguir este sitio con un lector de feeds",
    "made_with": "Hecho con Dateline",
    "invitation_html": "<strong>Los artículos nuevos pueden llegarle a usted.</strong> "
    '<a href="{url}">Suscríbase con un lector de feeds</a>: es gratis y nadie le pide su dirección.',
    # Lists of posts
    "all_posts": "Todos los artículos, por mes",
    "archive_description": "{title} · todos los artículos por mes",
    "tag_lead": "Artículos sobre este tema. Para seguirlo por feed:",
    "author_lead": "Artículos de esta autoría. Para seguirla por feed:",
    "corrections": "Correcciones",
    "corrections_lead": "Lo que era incorrecto en un artículo y ya se ha corregido. Para seguirlo por feed:",
    "newest": "Estos son los {count} más recientes.",
    "around": "Anteriores y siguientes",
    "older": "Anterior",
    "newer": "Siguiente",
    # A post
    "updated": "Actualizado",
    "table": "Tabla",
    "transcript": "Transcripción ({format})",
    "audio": "audio",
    "video": "vídeo",
    "picture": "imagen",
    "text": "texto",
    "file": "archivo",
    # How to subscribe
    "subscribe_description": "Cómo seguir {title} con un lector de feeds",
    "subscribe_lead": "Un feed es una lista de los artículos más recientes, en una dirección fija, para que la lean "
    "los programas. Dé esa dirección a un lector de feeds, una aplicación o un sitio que la consulta por usted, y los "
    "artículos nuevos le llegarán: sin crear una cuenta aquí y en el orden en que se escribieron.",
    "addresses": "La dirección del feed",
    "copy_address": "Copiar",
    "copy_label": "Copiar la dirección del feed {format}",
    "formats": "Todos llevan los mismos artículos; si puede elegir, tome el primero que su lector conozca. La mayoría "
    "de los lectores aceptan también la dirección de la portada y encuentran el feed por sí mismos.",
    "readers": "Con un lector que ya tiene",
    "open_in": "Abrir en {reader}",
    "your_reader": "su propio lector",
    "only_tags": "Solo un tema",
    "only_authors": "Solo un autor o una autora",
    "only_corrections": "Solo las correcciones",
    "feed_of": "Feed {format} de {name}",
    # No such page
    "missing": "Página no encontrada",
    "missing_description": "No hay ninguna página en esta dirección",
    "missing_text": "No hay ninguna página en esta dirección. Puede que se haya mudado o que el enlace tenga un error.",
    "missing_links_html": '<a href="{home}">Los artículos más recientes</a>, o '
    '<a href="{archive}">todos los artículos, por mes</a>',
    # Dates and sizes
    "months": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "date": "{day} de {month} de {year}",
    "month": "{month} de {year}",
    "one_byte": "1 byte",
    "bytes": "{number} bytes",
    "decimal_sign": ",",
    "units": "kB MB GB TB",
}
TABLES: dict[str, Mapping[str, str]] = {"en": _ENGLISH, "es": _SPANISH}

_RIGHT_TO_LEFT = frozenset("ae ar arc ckb dv fa he khw ks lrc mzn nqo ps sd syr ug ur yi".split())
_SCRIPTS = frozenset("adlm arab aran hebr mand nkoo rohg samr syrc thaa".split())


def words(language: str) -> Mapping[str, str]:
    """Return the texts for pages in a language, by their names; English ones if it has no table."""
    return _table(language) or _ENGLISH


def has_words(language: str) -> bool:
    """Return whether a language, or the one that it is a variant of, has a table."""
    return _table(language) is not None


def _table(language: str) -> Mapping[str, str] | None:
    return TABLES.get(language) or TABLES.get(language.partition("-")[0])


@lru_cache
def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr``, by the script that a language tag names, else by the usual script of the language."""
    first, *others = language.lower().split("-")
    scripts = [part for part in others if len(part) == 4 and part.isalpha()]
    return "rtl" if (scripts[0] in _SCRIPTS if scripts else first in _RIGHT_TO_LEFT) else "ltr"


def date_text(moment: datetime, language: str) -> str:
    """Return the calendar date as written, like ``14 April 2025``; ``2025-04-14`` if the language has no table."""
    if not has_words(language):
        return f"{moment.year}-{moment.month:02}-{moment.day:02}"
    month = words(language)["months"].split()[moment.month - 1]
    return words(language)["date"].format(day=moment.day, month=month, year=moment.year)


def month_text(month: str, language: str) -> str:
    """Return a month like ``2025-04`` as ``April 2025``; unchanged if the language has no table."""
    if not has_words(language):
        return month
    year, _, number = month.partition("-")
    return words(language)["month"].format(month=words(language)["months"].split()[int(number) - 1], year=year)


def size_text(size: int, language: str) -> str:
    """Return a number of bytes like ``344 bytes``, ``1.2 MB`` or ``12 MB``; a MB is a million. Nothing for 0."""
    texts = words(language)
    if size < 1000:
        return "" if not size else texts["one_byte"] if size == 1 else texts["bytes"].format(number=size)
    power = next((power for power in (1, 2, 3) if size < 999.5 * 1000**power), 4)
    amount = size / 1000**power
    number = f"{amount:.{1 if amount < 9.95 else 0}f}".replace(".", texts["decimal_sign"])
    return f"{number} {texts['units'].split()[power - 1]}"
