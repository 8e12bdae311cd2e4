"""Read the table ``[podcast]`` of feed.toml: what Apple requires, and the guid of Podcasting 2.0."""

import re
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from dateline.content import validators as read
from dateline.content.key_values import Value
from dateline.errors import InputError, quoted
from dateline.model import Author, Podcast

T = TypeVar("T")

KEYS = ("guid", "author", "category", "explicit", "image", "owner", "type")
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

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# Keys that are required, in this order, and what to add.
_EXAMPLES = {
    "category": 'category = "News > Daily News" below [podcast]',
    "explicit": "explicit = false below [podcast]",
    "image": 'image = "cover.jpg" below [podcast]',
    "owner": 'owner = {{name = "Ana Díaz", email = "ana@example.org"}} below [podcast]',
    "guid": 'guid = "{guid}" below [podcast], and never change it',
}


def read_podcast(value: Value, title: str) -> Podcast:
    """Read the table. The author is the publication's `title` unless it names one. Raises InputError."""
    if not isinstance(value, dict):
        raise InputError("not a table", "write [podcast], and its keys below")
    read.check_keys(value, *KEYS)
    for key, example in _EXAMPLES.items():
        if not value.get(key):
            # The guid is random, and made only once: one made from the address would change with it.
            raise InputError(f"{key} is missing", f"add {example.format(guid=uuid4())}")

    def take(key: str, reader: Callable[[Value], T]) -> T:
        try:
            return reader(value[key])
        except InputError as error:
            raise InputError(f"{key}: {error.problem}", error.remedy) from None

    return Podcast(
        guid=take("guid", _guid),
        author=take("author", read.line_of_text) if value.get("author") else title,
        categories=take("category", lambda value: tuple(dict.fromkeys(map(_category, read.as_list(value))))),
        explicit=take("explicit", read.yes_or_no),
        image=take("image", read.file_or_url),
        owner=take("owner", _owner),
        kind=take("type", read.one_of("episodic", "serial")) if value.get("type") else None,
    )


def is_cover(name: str, width: int | None, height: int | None) -> bool:
    """Return whether Apple accepts a picture as a cover, by its name and its size."""
    is_square = width is not None and width == height and MIN_COVER <= width <= MAX_COVER
    return is_square and name.lower().endswith(_COVERS)


def _guid(value: Value) -> str:
    text = read.single(value).strip().lower()
    if not _UUID.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a UUID", "write the one by which directories know the podcast")
    return text


def _category(value: Value) -> tuple[str, str | None]:
    name, _, within = (part.strip() for part in read.line_of_text(value).partition(">"))
    if name not in CATEGORIES:
        raise InputError(f"{quoted(name)} is not one of Apple's categories", f"write one of {', '.join(CATEGORIES)}")
    if within and within not in CATEGORIES[name]:
        others = ", ".join(CATEGORIES[name])
        remedy = f"write one of {others}" if others else "remove it"
        raise InputError(f"{quoted(within)} is not a subcategory of {name}", remedy)
    return name, within or None


def _owner(value: Value) -> Author:
    owner = read.author_table(value)
    if not owner.email:
        raise InputError("e-mail address is missing", 'write owner = {name = "…", email = "…"}')
    return owner
