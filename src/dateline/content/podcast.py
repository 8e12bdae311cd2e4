"""Read the table ``[podcast]`` of feed.toml: what Apple requires, and the guid of Podcasting 2.0."""

from collections.abc import Callable
from typing import Any

from dateline.content import validators as read
from dateline.content.authors import author_table
from dateline.content.key_values import Fields, Value
from dateline.content.schema import TEXT, one_or_list, table_of, written_as
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Author, Podcast

# Apple's categories, with their subcategories.
_CATEGORIES = """\
Arts: Books, Design, Fashion & Beauty, Food, Performing Arts, Visual Arts
Business: Careers, Entrepreneurship, Investing, Management, Marketing, Non-Profit
Comedy: Comedy Interviews, Improv, Stand-Up
Education: Courses, How To, Language Learning, Self-Improvement
Fiction: Comedy Fiction, Drama, Science Fiction
Government
Health & Fitness: Alternative Health, Fitness, Medicine, Mental Health, Nutrition, Sexuality
History
Kids & Family: Education for Kids, Parenting, Pets & Animals, Stories for Kids
Leisure: Animation & Manga, Automotive, Aviation, Crafts, Games, Hobbies, Home & Garden, Video Games
Music: Music Commentary, Music History, Music Interviews
News: Business News, Daily News, Entertainment News, News Commentary, Politics, Sports News, Tech News
Religion & Spirituality: Buddhism, Christianity, Hinduism, Islam, Judaism, Religion, Spirituality
Science: Astronomy, Chemistry, Earth Sciences, Life Sciences, Mathematics, Natural Sciences, Nature, Physics, \
Social Sciences
Society & Culture: Documentary, Personal Journals, Philosophy, Places & Travel, Relationships
Sports: Baseball, Basketball, Cricket, Fantasy Sports, Football, Golf, Hockey, Rugby, Running, Soccer, \
Swimming, Tennis, Volleyball, Wilderness, Wrestling
TV & Film: After Shows, Film History, Film Interviews, Film Reviews, TV Reviews
Technology
True Crime
"""
CATEGORIES = {
    name: tuple(filter(None, within.split(", ")))
    for name, _, within in (line.partition(": ") for line in _CATEGORIES.splitlines())
}
# Apple accepts a square as the cover of a podcast or an episode, with sides of this many pixels.
MIN_COVER, MAX_COVER = 1400, 3000
_COVERS = (".jpeg", ".jpg", ".png")

_NAMESPACE = "ead4c236-bf58-58c6-a2c6-a6b28d128cb6"  # of podcasts
_UUID = lazy_pattern(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# Keys that are required, in this order, and what to add.
_EXAMPLES = {
    "category": 'category = "News > Daily News" below [podcast]',
    "explicit": "explicit = false below [podcast]",
    "image": 'image = "cover.jpg" below [podcast]',
    "owner": 'owner = {{name = "Ana Díaz", email = "ana@example.org"}} below [podcast]',
    "guid": 'guid = "{guid}" below [podcast], and never change it',
}


def podcast_guid(address: str) -> str:
    """Return the guid that Podcasting 2.0 defines for a podcast, given the address of its first feed."""
    from uuid import UUID, uuid5

    return str(uuid5(UUID(_NAMESPACE), address.partition("://")[2].rstrip("/")))


def read_podcast(fields: Fields, title: str, address: str) -> Podcast | None:
    """Read the table; None if there is none, or it has errors, which are added to those of `fields`.

    The author is the publication's `title` unless the table names one. `address` is that of the RSS feed.
    """
    table = fields.get("podcast")
    if table is None:
        return None
    if not isinstance(table, dict):
        fields.wrong("podcast", "not a table", "write [podcast], and its keys below")
        return None
    fields.read("podcast", lambda value: read.check_keys(value, *KEYS), table)
    for key, example in _EXAMPLES.items():
        if not table.get(key):
            # Written once, the guid stays what it is when the address changes.
            remedy = f"add {example.format(guid=podcast_guid(address))}"
            fields.wrong("podcast", f"{key} is missing", remedy)
    found: dict[str, Any] = {"author": title} | fields.read_table("podcast", table, KEYS)
    if fields.errors:
        return None
    return Podcast(categories=found.pop("category"), kind=found.pop("type", None), **found)


def is_cover(name: str, width: int | None, height: int | None) -> bool:
    """Return whether Apple accepts a picture as a cover, by its name and its size."""
    is_square = width is not None and width == height and MIN_COVER <= width <= MAX_COVER
    return is_square and name.lower().endswith(_COVERS)


@written_as(TEXT)
def _guid(value: Value) -> str:
    text = read.single(value).strip().lower()
    if not _UUID.fullmatch(text):
        remedy = "write the one by which directories know the podcast, or remove the line, and a build proposes one"
        raise InputError(f"{quoted(text)} is not a UUID", remedy)
    return text


@written_as(one_or_list(TEXT))
def _categories(value: Value) -> tuple[tuple[str, str | None], ...]:
    return tuple(dict.fromkeys(read.each(_category, read.as_list(value))))


def _category(value: Value) -> tuple[str, str | None]:
    name, _, within = (part.strip() for part in read.line_of_text(value).partition(">"))
    if name not in CATEGORIES:
        raise InputError(f"{quoted(name)} is not one of Apple's categories", f"write one of {', '.join(CATEGORIES)}")
    if within and within not in CATEGORIES[name]:
        others = ", ".join(CATEGORIES[name])
        remedy = f"write one of {others}" if others else "remove it"
        raise InputError(f"{quoted(within)} is not a subcategory of {name}", remedy)
    return name, within or None


@written_as(table_of({"name": TEXT, "email": TEXT}, ("name", "email"), others=True))
def _owner(value: Value) -> Author:
    owner = author_table(value)
    if not owner.email:
        raise InputError("e-mail address is missing", 'write owner = {name = "…", email = "…"}')
    return owner


# What reads the value of each key.
KEYS: dict[str, Callable[[Value], Any]] = {
    "guid": _guid,
    "author": read.line_of_text,
    "category": _categories,
    "explicit": read.yes_or_no,
    "image": read.file_or_url,
    "owner": _owner,
    "type": read.one_of("episodic", "serial"),
}
PODCAST = table_of(KEYS, _EXAMPLES)
