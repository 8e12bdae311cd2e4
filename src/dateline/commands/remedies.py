"""The remedies that need no judgement, each a row of REMEDIES: what it answers, and a function of one file's text.

Each function reads its result: the front matter has to give exactly the values that were intended, and the text to
render as before but for what was fixed. Otherwise it returns the text as it was.
"""

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from dateline.commands.yaml_repairs import keep_whole, mapped, repair
from dateline.content.config import SLUG_TABLES, read_settings
from dateline.content.dates import read_date, read_zone
from dateline.content.edit import with_edits, with_keys
from dateline.content.edit_settings import with_settings
from dateline.content.front_matter import split
from dateline.content.front_matter_keys import AUTHORS, SUMMARY, UPDATED
from dateline.content.ids import label_key, post_slug
from dateline.content.source import decode
from dateline.content.validators import language
from dateline.errors import DatelineError, InputError, PostError, Problem
from dateline.model import Publication, Source
from dateline.paths import SETTINGS_FILE
from dateline.render import render
from dateline.render.html import fill_slots
from dateline.text import unescape, without_controls

# Those of C1 stay, since they tell of text in a wrong encoding. A colour on a terminal is several characters.
_DROPPED = re.compile("\x1b\\[[0-9;]{0,20}m|[\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
_MOST_PLACES = 5  # of one address, of which some are in code; each is tried alone
_LONGEST = 100_000  # characters of text, since it is rendered again and again
_ZONED = re.compile(r"(?P<date>.*\S)\s+(?P<zone>[A-Za-z]+/[A-Za-z_/]+)")
_INLINE = re.compile(r"<(em|strong|b|i|code|span)>([^<>]*)</\1>", re.IGNORECASE)
_MARKUP = re.compile(r"[<>]|&#?\w+;")
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+$"
_BEFORE_LINK = r"""(?:\]\([ ]?<?|\]:[ ]{0,9}<?|\bhref[ ]?=[ ]?["']?)"""
_ADDRESS = re.compile("(?P<scheme>https://|mailto:)(?P<target>.+)")


class Fault(NamedTuple):
    """A problem in a file of posts: its path, its text with control characters, the problem, and the publication.

    The publication has slugs with which no two tags and no two authors share a feed.
    """

    path: str
    text: str
    problem: Problem
    publication: Publication

    def source(self, text: str | None = None) -> Source:
        """Return the file, or other text in its place, as read. Raises PostError."""
        return Source(self.path, decode(self.path, (self.text if text is None else text).encode(), PostError))

    @property
    def key(self) -> str:
        """The key that the problem is about."""
        return self.problem.problem.partition(":")[0].lower()

    @property
    def value(self) -> str:
        """The value of that key; empty if it is not text."""
        value = split(self.source())[0].get(self.key)
        return value if isinstance(value, str) else ""

    def with_value(self, value: str | None) -> str:
        """Return the text with another value of the key, or without its lines. Raises PostError."""
        return with_keys(self.text.encode(), {self.key: value}, self.path).decode()


class Remedy(NamedTuple):
    """`fix` returns the text of a file without a problem that `answers`, a pattern, matches; the same if not sure.

    It may raise DatelineError or InputError instead. The file is the one with the problem, unless another is named.
    """

    answers: str
    fix: Callable[[Fault], str]
    file: str = ""


def _characters(fault: Fault) -> str:
    """Remove control characters, and others that feeds cannot contain."""
    after = _DROPPED.sub("", fault.text)
    values = split(fault.source(after))[0].values
    try:
        before = split(fault.source())[0].values
    except PostError:  # such a character made the file unreadable
        return after
    same = mapped(values, without_controls) == mapped(before, without_controls)
    return after if same else fault.text


def _author(fault: Fault) -> str:
    """Remove an author without a letter, like -."""
    value = fault.value
    return fault.with_value(None) if value and not re.search(r"\w", value) else fault.text


def _updated(fault: Fault) -> str:
    """Remove an update that is earlier than the post."""
    return fault.with_value(None)


def _date(fault: Fault) -> str:
    """Write the offset in place of the name of a time zone."""
    zoned = _ZONED.fullmatch(fault.value)
    if zoned is None:
        return fault.text
    moment = read_date(zoned["date"], read_zone(zoned["zone"]), fault.publication.default_time).moment
    return fault.with_value(f"{zoned['date']} {moment.isoformat()[-6:]}")


def _language(fault: Fault) -> str:
    """Write en-US for en_US."""
    return fault.with_value(language(fault.value.replace("_", "-")))


def _slug(fault: Fault) -> str:
    """Write a slug as it is in the address."""
    return fault.with_value(post_slug(fault.value))


def _title(fault: Fault) -> str:
    """Remove tags, and write the characters that entities stand for, unless they are marks of HTML."""
    title = unescape(_INLINE.sub(r"\2", fault.value))
    return fault.with_value(title) if title.isprintable() and not _MARKUP.search(title) else fault.text


def _link(fault: Fault) -> str:
    """Write https:// or mailto: before an address in the text."""
    named = _ADDRESS.search(fault.problem.remedy)
    if named is None:
        return fault.text
    scheme, target = named.groups()
    source = fault.source()
    body = split(source)[1].text
    start = len(source.text) - len(body)
    pattern = _BEFORE_LINK + re.escape(target) + r"""(?=[\s)>"'])"""
    places = [start + match.end() - len(target) for match in re.finditer(pattern, body)]
    if not places or len(body) > _LONGEST:
        return fault.text

    def written(places: list[int]) -> str:
        return with_edits(fault.text, [(place, place, scheme) for place in places])

    scheme_of_link = re.compile(f'(<[^<>]*="){re.escape(scheme)}(?={re.escape(escape(target))})')
    before = _rendered(fault, fault.text)

    def is_right(places: list[int]) -> bool:
        after = _rendered(fault, written(places))
        return after != before and scheme_of_link.sub(r"\1", after) == scheme_of_link.sub(r"\1", before)

    if not is_right(places):  # some are in code
        places = [place for place in places[:_MOST_PLACES] if is_right([place])]
    return written(places)


def _rendered(fault: Fault, text: str) -> str:
    """Return the HTML of a post with this text, and each link as written."""
    publication = fault.publication
    found = render(split(fault.source(text))[1].text, publication.markdown, "x", False, publication.math)
    return fill_slots(found.html, [reference.target for reference in found.references])


def _tags(fault: Fault) -> str:
    """Give tags, or authors, that would share a feed a slug each."""
    known = {(kind, label_key(name)) for kind, name, _ in read_settings(fault.source().text)[0].slugs}
    new = [slug for slug in fault.publication.slugs if (slug[0], label_key(slug[1])) not in known]
    slugs = {(table, name): slug for kind, table in SLUG_TABLES.items() for of, name, slug in new if of == kind}
    return with_settings(fault.text, slugs)


def _yaml(fault: Fault) -> str:
    """Make front matter readable, or keep what is taken for a comment in a title or summary."""
    if fault.key in ("title", *SUMMARY):
        return keep_whole(fault.path, fault.text, fault.key)
    return repair(fault.path, fault.text)


_NAMES_OF_AUTHORS, _NAMES_OF_UPDATES, _TEXTS = ("|".join(keys) for keys in (AUTHORS, UPDATED, ("title", *SUMMARY)))
# In the order in which they are applied, since what cannot be read has no other problems yet.
REMEDIES = {
    "characters": Remedy(r"control character U\+00(?:[01].|7F)|contains the character ", _characters),
    "yaml": Remedy(f"front matter: (?!missing|more than)|(?:{_TEXTS}): everything after # ", _yaml),
    "author": Remedy(f"(?:{_NAMES_OF_AUTHORS}): .* has no name, so ", _author),
    "date": Remedy(r"\w+: '[^']*' names a time zone", _date),
    "updated": Remedy(rf"(?:{_NAMES_OF_UPDATES}): \S+ is earlier than .* counts as not updated", _updated),
    "language": Remedy(r"lang(?:uage)?: '[a-z]+_\w+' is not ", _language),
    "slug": Remedy("slug: .* becomes ", _slug),
    "title": Remedy("title: some readers ", _title),
    "tags": Remedy(r"\w+: '.* would share one feed, ", _tags, SETTINGS_FILE),
    "links": Remedy(rf"link: .* address write (?:https://[\w.-]+(?:[/?#:]|$)|mailto:{_MAIL})", _link),
}
_ANSWERS = re.compile("|".join(f"(?P<{name}>{remedy.answers})" for name, remedy in REMEDIES.items()), re.IGNORECASE)


def remedy_for(problem: Problem) -> str:
    """Return the name of the remedy that may fix a problem; an empty one if there is none."""
    found = _ANSWERS.match(f"{problem.problem}; {problem.remedy}")
    return found.lastgroup or "" if found else ""


def fixed(fault: Fault, name: str) -> str:
    """Return the text of a file without a problem that a remedy answers, or the same if that needs judgement."""
    try:
        return REMEDIES[name].fix(fault)
    except (DatelineError, InputError):
        return fault.text
