"""The table ``[podcast]`` of feed.toml: what Apple requires of a podcast, and the guid of Podcasting 2.0."""

import re
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from dateline.content.fields import Value
from dateline.content.validators import (
    as_list,
    author_table,
    check_keys,
    file_or_url,
    line_of_text,
    one_of,
    single,
    yes_or_no,
)
from dateline.errors import InputError, quoted
from dateline.model import Author, Podcast

T = TypeVar("T")

KEYS = ("guid", "author", "category", "explicit", "image", "owner", "type")
# Apple's, with their subcategories.
_SUBCATEGORIES = {
    "Arts": "Books, Design, Fashion & Beauty, Food, Performing Arts, Visual Arts",
    "Business": "Careers, Entrepreneurship, Investing, Management, Marketing, Non-Profit",
    "Comedy": "Comedy Interviews, Improv, Stand-Up",
    "Education": "Courses, How To, Language Learning, Self-Improvement",
    "Fiction": "Comedy Fiction, Drama, Science Fiction",
    "Government": "",
    "Health & Fitness": "Alternative Health, Fitness, Medicine, Mental Health, Nutrition, Sexuality",
    "History": "",
    "Kids & Family": "Education for Kids, Parenting, Pets & Animals, Stories for Kids",
    "Leisure": "Animation & Manga, Automotive, Aviation, Crafts, Games, Hobbies, Home & Garden, Video Games",
    "Music": "Music Commentary, Music History, Music Interviews",
    "News": "Business News, Daily News, Entertainment News, News Commentary, Politics, Sports News, Tech News",
    "Religion & Spirituality": "Buddhism, Christianity, Hinduism, Islam, Judaism, Religion, Spirituality",
    "Science": (
        "Astronomy, Chemistry, Earth Sciences, Life Sciences, Mathematics, Natural Sciences, Nature, Physics, "
        "Social Sciences"
    ),
    "Society & Culture": "Documentary, Personal Journals, Philosophy, Places & Travel, Relationships",
    "Sports": (
        "Baseball, Basketball, Cricket, Fantasy Sports, Football, Golf, Hockey, Rugby, Running, Soccer, "
        "Swimming, Tennis, Volleyball, Wilderness, Wrestling"
    ),
    "TV & Film": "After Shows, Film History, Film Interviews, Film Reviews, TV Reviews",
    "Technology": "",
    "True Crime": "",
}
CATEGORIES = {name: tuple(within.split(", ")) if within else () for name, within in _SUBCATEGORIES.items()}
# What Apple takes for the cover of a podcast or an episode: a square, with sides of this many pixels.
MIN_COVER, MAX_COVER = 1400, 3000
_COVERS = (".jpeg", ".jpg", ".png")

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_EXAMPLES = {
    "category": 'category = "News > Daily News"',
    "explicit": "explicit = false",
    "image": 'image = "cover.jpg"',
    "owner": 'owner = {name = "Ana Díaz", email = "ana@example.org"}',
}


def read_podcast(value: Value, title: str) -> Podcast:
    """Read the table. The author is the publication's `title` unless it names one. Raises InputError."""
    if not isinstance(value, dict):
        raise InputError("not a table", "write [podcast], and its keys below")
    table = value
    check_keys(table, *KEYS)
    for key, example in _EXAMPLES.items():
        if not table.get(key):
            raise InputError(f"{key} is missing", f"add {example} below [podcast]")
    if not table.get("guid"):
        # Random, and only once: one made from the address would change with it.
        raise InputError("guid is missing", f'add guid = "{uuid4()}" below [podcast], and never change it')

    def take(key: str, read: Callable[[Value], T]) -> T:
        try:
            return read(table[key])
        except InputError as error:
            raise InputError(f"{key}: {error.problem}", error.remedy) from None

    return Podcast(
        guid=take("guid", _guid),
        author=take("author", line_of_text) if table.get("author") else title,
        categories=take("category", _categories),
        explicit=take("explicit", yes_or_no),
        image=take("image", file_or_url),
        owner=take("owner", _owner),
        kind=take("type", one_of("episodic", "serial")) if table.get("type") else None,
    )


def is_cover(name: str, width: int | None, height: int | None) -> bool:
    """Return whether Apple accepts a picture as a cover, by its name and its size."""
    is_square = width is not None and width == height and MIN_COVER <= width <= MAX_COVER
    return is_square and name.lower().endswith(_COVERS)


def _guid(value: Value) -> str:
    text = single(value).strip().lower()
    if not _UUID.fullmatch(text):
        raise InputError(f"{quoted(text)} is not a UUID", "write the one by which directories know the podcast")
    return text


def _categories(value: Value) -> tuple[tuple[str, str | None], ...]:
    return tuple(dict.fromkeys(_category(line_of_text(item)) for item in as_list(value)))


def _category(text: str) -> tuple[str, str | None]:
    name, _, within = (part.strip() for part in text.partition(">"))
    if name not in CATEGORIES:
        raise InputError(f"{quoted(name)} is not one of Apple's categories", f"write one of {', '.join(CATEGORIES)}")
    if within and within not in CATEGORIES[name]:
        others = ", ".join(CATEGORIES[name])
        remedy = f"write one of {others}" if others else "remove it"
        raise InputError(f"{quoted(within)} is not a subcategory of {name}", remedy)
    return name, within or None


def _owner(value: Value) -> Author:
    owner = author_table(value)
    if not owner.email:
        raise InputError("e-mail address is missing", 'write owner = {name = "…", email = "…"}')
    return owner
