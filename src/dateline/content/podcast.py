"""The table ``[podcast]`` of feed.toml: what Apple wants to know of a podcast, and the guid of Podcasting 2.0."""

import re
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from dateline.content.fields import Value
from dateline.content.validators import author_table, line_of_text, one_of, picture, plain, yes_or_no
from dateline.errors import Unreadable, quoted
from dateline.model import Author, Podcast

T = TypeVar("T")

KEYS = ("guid", "author", "category", "explicit", "image", "owner", "type")
KINDS = ("episodic", "serial")
# Apple's, with their subcategories.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": ("Alternative Health", "Fitness", "Medicine", "Mental Health", "Nutrition", "Sexuality"),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        *("Animation & Manga", "Automotive", "Aviation", "Crafts", "Games", "Hobbies", "Home & Garden"),
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        *("Business News", "Daily News", "Entertainment News", "News Commentary", "Politics", "Sports News"),
        "Tech News",
    ),
    "Religion & Spirituality": (
        *("Buddhism", "Christianity", "Hinduism", "Islam", "Judaism", "Religion", "Spirituality"),
    ),
    "Science": (
        *("Astronomy", "Chemistry", "Earth Sciences", "Life Sciences", "Mathematics", "Natural Sciences", "Nature"),
        *("Physics", "Social Sciences"),
    ),
    "Society & Culture": ("Documentary", "Personal Journals", "Philosophy", "Places & Travel", "Relationships"),
    "Sports": (
        *("Baseball", "Basketball", "Cricket", "Fantasy Sports", "Football", "Golf", "Hockey", "Rugby", "Running"),
        *("Soccer", "Swimming", "Tennis", "Volleyball", "Wilderness", "Wrestling"),
    ),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
    "Technology": (),
    "True Crime": (),
}
# What Apple takes for the cover of a podcast, or of an episode: a square, in pixels of its sides.
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
    """All of the table. The author is the publication's `title` where none is written."""
    if not isinstance(value, dict):
        raise Unreadable("not a table", "write [podcast] and below it category and the like")
    unknown = value.keys() - set(KEYS)
    if unknown:
        raise Unreadable(f"it has no {quoted(min(unknown))}", f"write {', '.join(KEYS)}")
    for key, example in _EXAMPLES.items():
        if not value.get(key):
            raise Unreadable(f"there is no {key}", f"add {example} below [podcast]")
    if not value.get("guid"):
        # Chance and nothing else, once: made from the address, it would change with that.
        raise Unreadable("there is no guid", f'add guid = "{uuid4()}" below [podcast], and never change it')
    return Podcast(
        guid=_taken(value, "guid", _guid),
        author=_taken(value, "author", line_of_text) if value.get("author") else title,
        categories=_taken(value, "category", _categories),
        explicit=_taken(value, "explicit", yes_or_no),
        image=_taken(value, "image", picture),
        owner=_taken(value, "owner", _owner),
        kind=_taken(value, "type", one_of(KINDS)) if value.get("type") else None,
    )


def _taken(table: dict[str, Value], key: str, read: Callable[[Value], T]) -> T:
    try:
        return read(table[key])
    except Unreadable as error:
        raise Unreadable(f"{key}: {error.problem}", error.remedy) from None


def is_cover(name: str, width: int | None, height: int | None) -> bool:
    """Whether Apple takes a picture for a cover, by its name and its size."""
    is_square = width is not None and width == height and MIN_COVER <= width <= MAX_COVER
    return is_square and name.lower().endswith(_COVERS)


def _guid(value: Value) -> str:
    text = plain(value).strip().lower()
    if not _UUID.fullmatch(text):
        raise Unreadable(f"{quoted(text)} is no UUID", "write the one that directories know the podcast by")
    return text


def _categories(value: Value) -> tuple[tuple[str, str | None], ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(_category(line_of_text(item)) for item in items))


def _category(text: str) -> tuple[str, str | None]:
    name, _, within = (part.strip() for part in text.partition(">"))
    if name not in CATEGORIES:
        raise Unreadable(f"{quoted(name)} is none of Apple's", f"write one of {', '.join(CATEGORIES)}")
    if within and within not in CATEGORIES[name]:
        others = ", ".join(CATEGORIES[name]) or "nothing"
        raise Unreadable(f"{quoted(within)} is not within {name}", f"write {others} after the >")
    return name, within or None


def _owner(value: Value) -> Author:
    owner = author_table(value)
    if not owner.email:
        raise Unreadable("no e-mail address", 'write owner = {name = "…", email = "…"}')
    return owner
