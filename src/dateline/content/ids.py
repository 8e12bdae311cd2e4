"""Ids and slugs, by rules that never change, since feed readers identify posts and feeds by them."""

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from unicodedata import category, normalize
from urllib.parse import quote

from dateline.content.languages import suffix_of
from dateline.content.scan import POST_ENDINGS, bare
from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Post, Profile, Publication

MAX_SLUG = 200  # bytes; file systems take names of up to 255

URI_CHARACTER = r"(?:[0-9A-Za-z;/?:@&=+$._!~*'(),-]|%[0-9A-Fa-f]{2})"
_TAG_URI = (
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?,\d{4}(?:-\d\d(?:-\d\d)?)?"
    rf":[0-9A-Za-z;/?:@&=+$._!~*'()%,-]+(?:#{URI_CHARACTER}*)?"
)
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_WEB_URL = rf"[A-Za-z]+://[0-9A-Za-z._~%-]+(?::\d+)?(?:[/?#]{URI_CHARACTER}*(?:#{URI_CHARACTER}*)?)?"
_URI = lazy_pattern(rf"[A-Za-z][A-Za-z0-9+.-]*:{URI_CHARACTER}+(?:#{URI_CHARACTER}*)?")
_URI_OF_SCHEME = {
    "http": lazy_pattern(_WEB_URL),
    "https": lazy_pattern(_WEB_URL),
    "tag": lazy_pattern(_TAG_URI),
    # Ids that are derived from a UUID follow it after a slash.
    "urn": lazy_pattern(
        rf"[Uu][Rr][Nn]:(?:[Uu][Uu][Ii][Dd]:{_UUID}(?:/{URI_CHARACTER}*)?|(?!uuid:)[a-z0-9][a-z0-9-]+:{URI_CHARACTER}+)"
    ),
}
_DATED_STEM = lazy_pattern(r"(\d{4}-\d{2}-\d{2})(?:[-_ ]+|$)")
_UNRESERVED = lazy_pattern(r"[\w.~-]*", re.ASCII)
_WORDS_OF_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_SEPARATORS = lazy_pattern(r"[\s-]+")
_SLUG_OF_EMOJI = lazy_pattern(r"u(?:_[0-9a-f]+)+(?:-\d+)?")
_COLOURED = "\ufe0f"  # asks for an emoji in colours, and makes no other of it


def publication_id(text: str) -> str:
    """Check an absolute URI without a fragment, from which other ids are derived. Raises InputError."""
    if not is_uri(text) or "#" in text:
        problem = "has a fragment" if is_uri(text) else "is not an absolute URI"
        remedy = "write one like tag:example.org,2025-01-01:news, with your own domain, and never change it"
        raise InputError(f"{quoted(text)} {problem}", remedy)
    return text


def derived_id(publication: str, path: str) -> str:
    """Return an id below the publication's, with or without a slash at its end. `path` is percent-encoded."""
    return f"{publication.removesuffix('/')}/{path}"


def post_id(publication: str, stem: str) -> str:
    """Return the id of a post without ``id:``, made from its file's name alone, so that folders may change."""
    return derived_id(publication, percent_encoded(normalize("NFC", stem)))


@lru_cache(maxsize=8)
def corrections_id(publication: str) -> str:
    """Return the id of the feed of corrections, which a post named corrections.md would have too."""
    return post_id(publication, "corrections")


def atom_id(publication: str, id: str) -> str:
    """Return an id as the absolute URI that Atom requires (RFC 4287, 4.2.6); an old guid gets a prefix if needed."""
    return id if is_uri(id) else derived_id(publication, percent_encoded(id))


def percent_encoded(text: str) -> str:
    """Return text with all but letters and digits of ASCII, and ``-._~``, percent-encoded as UTF-8."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="")


def is_uri(text: str) -> bool:
    """Return whether `text` is an absolute URI (RFC 3986), by the rules of its scheme if we know them."""
    scheme = text.partition(":")[0].lower()
    return (_URI_OF_SCHEME.get(scheme) or _URI).fullmatch(text) is not None


def stem_of(path: str, languages: Sequence[str] = ()) -> str:
    """Return a post file's name without its ending and the suffix of a language, or its folder's name for ``index``.

    Raises InputError.
    """
    *folders, name = path.split("/")
    stem = bare(name).removesuffix(suffix_of(path, languages))
    if stem != "index":
        return stem
    if not folders:
        raise InputError(f"{name} next to feed.toml has no name for an id", "rename it, like 2025-04-14-title.md")
    return folders[-1]


def id_stem(path: str, edition: str, languages: Sequence[str]) -> str:
    """Return the stem for the id of a post."""
    return stem_of(path, languages) + id_suffix(path, edition, languages)


def id_suffix(path: str, edition: str, languages: Sequence[str]) -> str:
    """Return what the id of a post has after the stem: its language if that is not the main one, else its suffix."""
    return f".{edition}" if edition else suffix_of(path, languages)


def split_date(stem: str) -> tuple[str | None, str]:
    """Split a stem into its date prefix, if there is one, and the rest."""
    match = _DATED_STEM.match(stem)
    return (match[1], stem[match.end() :]) if match else (None, stem)


def post_file_name(day: datetime, slug: str) -> str:
    """Return the name of a new post file, like ``2025-04-14-title.md``."""
    return f"{day:%Y-%m-%d}-{slug}{POST_ENDINGS[0]}"


@lru_cache(maxsize=10_000)  # many posts share few tags and names
def fold(text: str) -> str:
    """Return a name in a form that ignores case and encoding."""
    return normalize("NFKC", normalize("NFKC", text).casefold())


def is_letter_or_digit(character: str) -> bool:
    """Return whether slugs keep a character: a letter, mark or digit of any script."""
    kind = category(character)
    return kind[0] in "LM" or kind == "Nd"


def slugify(text: str) -> str:
    """Return the letters, marks and digits of any script in lower case, with a hyphen for each run of others."""
    if text.isascii():
        return "-".join(text.translate(_WORDS_OF_ASCII).split())
    return "-".join("".join(c if is_letter_or_digit(c) else " " for c in fold(text)).split())


def post_slug(text: str) -> str:
    """Return a text as the slug of a post: like `slugify`, but a dot between letters or digits stays, as in 6.4."""
    if text.isascii() and "." not in text:
        return slugify(text)
    first, *others = fold(text).split(".")
    slug = first
    for part in others:
        is_inside = slug and part and is_letter_or_digit(slug[-1]) and is_letter_or_digit(part[0])
        slug += f"{'.' if is_inside else '-'}{part}"
    return ".".join(map(slugify, slug.split(".")))


def shorten(slug: str) -> str:
    """Cut a slug, between words if possible, to fit into a file name with a date and an ending."""
    cut = slug.encode()[:MAX_SLUG].decode(errors="ignore")
    return slug if cut == slug else cut.rpartition("-")[0] or cut


@lru_cache(maxsize=10_000)
def feed_slug(name: str) -> str:
    """Return the slug of the feed of a tag or an author, which is also a folder's name. Raises InputError.

    An emoji has no letters: its slug is ``u_`` and its hexadecimal code points, like no other slug.
    """
    slug = slugify(name)
    if not any(map(str.isalnum, slug)) and not name.isascii():
        slug = "_".join(["u", *(f"{ord(c):x}" for c in fold(name) if c != _COLOURED)])
    if not slug:
        raise InputError(f"{quoted(name)} has no letter or digit for the address of its feed", "use letters")
    if len(slug.encode()) > MAX_SLUG:
        raise InputError(f"{quoted(name)} is too long for the address of its feed", "shorten it")
    return slug


def numbered_slug(slug: str, number: int) -> str:
    """Return a slug with a number at its end, cut if it would be too long."""
    ending = f"-{number}"
    return slug.encode()[: MAX_SLUG - len(ending)].decode(errors="ignore").rstrip("-") + ending


def label_slug(publication: Publication, kind: str, name: str) -> str:
    """Return the slug of a tag's or an author's feed: the one in feed.toml, else `feed_slug`. Raises InputError."""
    own = _slugs_by_key(publication.slugs).get((kind, label_key(name))) if publication.slugs else None
    return own or feed_slug(name)


@lru_cache(maxsize=1)
def _slugs_by_key(slugs: tuple[tuple[str, str, str], ...]) -> dict[tuple[str, str], str]:
    return {(kind, label_key(name)): slug for kind, name, slug in slugs}


@lru_cache(maxsize=10_000)
def label_key(name: str) -> str:
    """Return what the spellings of one tag or author have in common: they differ in case, spaces and hyphens."""
    return _SEPARATORS.sub("-", fold(name)).strip("-").replace(_COLOURED, "") or name


def is_label_slug(text: str) -> bool:
    """Return whether a tag or an author can have this slug."""
    return slugify(text) == text or _SLUG_OF_EMOJI.fullmatch(text) is not None


def profile_of(publication: Publication, name: str) -> Profile:
    """Return what feed.toml says of an author, however the name is spelled."""
    return _profiles_by_key(publication.profiles).get(label_key(name), Profile())


@lru_cache(maxsize=1)
def _profiles_by_key(profiles: tuple[tuple[str, Profile], ...]) -> dict[str, Profile]:
    return {label_key(name): profile for name, profile in profiles}


def respelled(post: Post, publication: Publication) -> Post:
    """Return the post with its tags and authors as the publication spells them."""
    if not publication.spellings:
        return post
    shown = _spellings_by_name(publication.spellings)
    tags = tuple(shown.get(("tags", tag), tag) for tag in post.tags)
    authors = tuple(author._replace(name=shown.get(("authors", author.name), author.name)) for author in post.authors)
    return post._replace(tags=tags, authors=authors)


@lru_cache(maxsize=1)
def _spellings_by_name(spellings: tuple[tuple[str, str, str], ...]) -> dict[tuple[str, str], str]:
    return {(kind, name): spelling for kind, name, spelling in spellings}
