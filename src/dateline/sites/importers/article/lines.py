"""Recognise what single lines of a press article say: who wrote it, when, and what is no part of its text. Pure."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple

from dateline.content.dates import Date, read_date, with_offset
from dateline.errors import InputError
from dateline.model import Publication

MAX_LINE = 300  # characters; a longer line is prose
SENTENCE = 60  # characters of a line that may be prose, if it has a full stop
_MAX_TITLE = 200

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_CLOCK = r"\d{1,2}(?:[:.]\d\d(?::\d\d)?(?:\ ?[ap]\.?m\b\.?)?|\ ?[ap]\.?m\b\.?)"
_ZONE = r"[+-]\d\d:?\d\d|Z\b|(?-i:[A-Z]{2,5}\b)"
_DATE = re.compile(
    rf"""
    \b(?:(?P<weekday>{_WEEKDAY}),?\ +)?
    (?P<day>{_DAY}\ +(?:of\ +)?{_MONTH},?\ +\d{{4}}\b|{_MONTH}\ +{_DAY},?\ +\d{{4}}\b
        |\d{{4}}(?P<dash>[-/])\d\d(?P=dash)\d\d(?!\d)|\d{{1,2}}(?P<sign>[/.-])\d{{1,2}}(?P=sign)\d{{4}}\b)
    (?:T|,?\ +(?:at\ +|-\ +|–\ +)?)?
    (?:(?P<clock>{_CLOCK})(?:\.\d{{1,6}})?(?:\ ?(?P<zone>{_ZONE}))?)?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_KNOWN_ZONE = re.compile(r"[+-]\d\d:?\d\d|Z|UTC|GMT")
_UPDATED = re.compile(r"\b(?:updated|modified|edited|corrected|revised|reviewed|accessed|retrieved)\b", re.IGNORECASE)
_PUBLISHED = re.compile(r"\b(?:published|posted|issued|publication date|date of publication)\b", re.IGNORECASE)
_AROUND_DATES = re.compile(
    r"\b(?:first|originally|last|publication|published|posted|issued|updated|modified|edited|corrected|revised|reviewed"
    r"|accessed|retrieved|date|of|on|at|\d+[- ]min(?:ute)?s?(?: read)?)\b|[\W_]",
    re.IGNORECASE,
)

_BY = re.compile(
    r"(?:(?:words|text|story|report|reporting|written|article|posted)\s+)?by:?\s+(?=\w)|(?:authors?|writers?):\s*",
    re.IGNORECASE,
)
_WORD = r"[^\W\d_](?:[^\W\d_]|[’'.-])*+"
_PARTICLES = frozenset("al bin da de del der di dos du el la le ten ter van vom von y zu".split())
_SUFFIX = re.compile(r",\s+((?:Jr|Sr)\b\.?|I{2,3}\b|IV\b)")
# Where the names of a byline end.
_END_OF_NAMES = re.compile(
    r"\s*[|•·;–—\t]\s*|\s+-{1,2}\s+|(?<=\w\w)(?<!\b[DMJS][rst])(?<!\bMrs)\.(?:\s+|$)|\s+(?:in|for|at|from)\s+(?=[^\W\d_])"
    rf"|\s+(?={_WEEKDAY})",
    re.IGNORECASE,
)
_AND = re.compile(r",?\s+(?:and|&|with)\s+")
_ROLE = re.compile(
    r"\b(?:editor|correspondent|reporters?|writers?|staff|chief|columnist|contributor|bureau|analyst|producer"
    r"|journalist|critic|photographer|freelance|reuters|associated press|afp|ap|bbc|cnn|bloomberg|press association"
    r"|news|agenc(?:y|ies))\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    rf"{_MONTH}|{_WEEKDAY}|the|a|an|this|that|now|then|today|tomorrow|by|written|posted|published|updated|share|follow",
    re.IGNORECASE,
)

# Lines of these words, one of the first kind among them, are for sharing.
_SHARE = frozenset("share tweet whatsapp copy".split())
_AROUND_SHARE = frozenset(
    "a and article by email facebook link linkedin mail on page pinterest print reddit save story telegram this threads"
    " to twitter via with x bluesky".split()
)
_BOILERPLATE = re.compile(
    r"""
      (?:advertisement|advertising|sponsored|ad)
    | (?:story|article)\ continues\ below(?:\ (?:this\ )?ad(?:vertisement)?)?
    | (?:read|see|watch)\ (?:more|also|next):.*
    | related(?:\ (?:articles?|stories|content|topics|links|coverage|reading|posts))?:?
    | (?:more\ on\ this\ story|most\ (?:read|popular|viewed)|recommended(?:\ for\ you)?|you\ may\ also\ like|up\ next
        |trending(?:\ now)?|more\ stories|top\ stories):?
    | (?:sign\ up|subscribe|register)\ (?:to|for|here)\b.*\b(?:newsletters?|briefing|bulletin|inbox|alerts?)\b.*
    | (?:we|this\ (?:web)?site|our\ (?:web)?site)\ uses?\ cookies\b.*
    | (?:accept|reject|allow|manage)(?:\ all)?\ cookies
    | (?:(?:view|show|read)\ (?:all\ )?)?\d[\d,.]*\ comments?|comments\ ?\(\d+\)|(?:leave|post|write)\ a\ comment
    | (?:(?:copyright\ )?(?:©|\(c\)\ )|copyright\ (?=\d)).*
    | all\ rights\ reserved\W*
    | skip\ to\ (?:main\ )?content|back\ to\ top|jump\ to\ navigation
    | listen\ to\ this\ (?:article|story)(?:\W+\d+\ min(?:ute)?s?)?
    | \d+[- ]min(?:ute)?s?\ read
    """,
    re.VERBOSE | re.IGNORECASE,
)

_FOLLOW = re.compile(r"\bfollow\b|\bon\s+(?:x|twitter)\b|\bis\s+(?:a|an|the)\b", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@./])@(\w{1,30})\b(?![@.]\w)", re.ASCII)


class FoundDate(NamedTuple):
    """A date in a line as written; `kind` is what the words before it say, or ``plain``."""

    text: str
    kind: str
    start: int = 0
    end: int = 0
    has_weekday: bool = False


class Byline(NamedTuple):
    """What a byline says. `doubtful` are names that may be places; `others` are neither names nor dates."""

    names: tuple[str, ...]
    dates: tuple[FoundDate, ...] = ()
    doubtful: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def find_dates(line: str) -> list[FoundDate]:
    """Return all dates in a line, each with its day, and with a time if it is written."""
    found: list[FoundDate] = []
    for match in _DATE.finditer(line[:MAX_LINE]):
        before = line[found[-1].end if found else 0 : match.start()]
        kind = "updated" if _UPDATED.search(before) else "published" if _PUBLISHED.search(before) else "plain"
        text = match[0] if match["clock"] else match[0].rstrip(" ,-–T")
        found.append(FoundDate(text, kind, match.start(), match.start() + len(text), bool(match["weekday"])))
    return found


def is_date_line(line: str, dates: Sequence[FoundDate]) -> bool:
    """Return whether a line holds nothing but its dates, and words that say what they are."""
    return bool(dates) and not _AROUND_DATES.sub("", _without(line, dates))


def _without(line: str, dates: Sequence[FoundDate]) -> str:
    position, parts = 0, []
    for found in dates:
        parts.append(line[position : found.start])
        position = found.end
    return " | ".join([*parts, line[position:]])


class Day(NamedTuple):
    """A date as front matter has it, and as a moment; and the time that is left out since its zone is not known."""

    written: str
    date: Date
    time_left_out: str = ""


def read_day(text: str, publication: Publication) -> Day:
    """Read a date that `find_dates` found, or one of metadata. Raises InputError if it has not exactly one meaning."""

    def read(text: str) -> Date:
        return read_date(text, publication.timezone, publication.default_time)

    match = _DATE.fullmatch(text.strip())
    if match is None:
        date = read(text)
        return Day(with_offset(date.moment) if date.timed else f"{date.moment:%Y-%m-%d}", date)
    day = match["day"] if match["sign"] else match["day"].replace(".", "")
    day = f"{(match['weekday'] or '')[:3]} {day}".strip()
    clock, zone = match["clock"], match["zone"]
    if clock and zone and _KNOWN_ZONE.fullmatch(zone):
        time = re.sub(r"\.(?=\d)", ":", clock)
        date = read(f"{day} {re.sub(r'[.](?=[aApPmM ]|$)', '', time)} {zone}")
        return Day(with_offset(date.moment), date)
    date = read(day)
    return Day(f"{date.moment:%Y-%m-%d}", date, " ".join(filter(None, (clock, zone))))


def possible_days(text: str, publication: Publication) -> list[Day]:
    """Return the days that a date may mean: two if its month may come first or second, none if it cannot be read."""
    with suppress(InputError):
        return [read_day(text, publication)]
    found = set()
    if match := re.search(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII):
        one, other, year = match.groups()
        for month, day in ((one, other), (other, one)):
            with suppress(InputError):
                found.add(read_day(f"{year}-{int(month):02}-{int(day):02}", publication))
    return sorted(found)


def is_same_day(one: Day, other: Day) -> bool:
    """Return whether two dates differ by no more than time zones can explain."""
    return abs(one.date.moment.replace(tzinfo=None) - other.date.moment.replace(tzinfo=None)) <= timedelta(days=1)


def is_name(text: str) -> bool:
    """Return whether a text is written like the name of a person, or of an organisation."""
    words = text.split()
    if not 1 <= len(words) <= 6 or len(text) > 60 or _NO_NAME.fullmatch(words[0]):
        return False
    capitals = [not word[0].islower() for word in words]
    parts = zip(words, capitals, strict=True)
    return any(capitals) and all(re.fullmatch(_WORD, word) and (big or word in _PARTICLES) for word, big in parts)


def read_byline(line: str) -> Byline | None:
    """Read a line like ``By Ana Díaz and Tom Reed. 14th April 2025``; None if it is none."""
    line = line.strip()
    match = _BY.match(line) if len(line) <= MAX_LINE else None
    if match is None:
        return None
    dates = find_dates(line)
    head, *more = _END_OF_NAMES.split(_without(line, dates)[match.end() :].strip(" |,"))
    byline = split_names(head)
    others = [other.strip(" |,.—–-") for other in (*byline.others, *more)]
    others = [other for other in others if _AROUND_DATES.sub("", other)]
    names = (*byline.names, *byline.doubtful)
    # "By Christmas in the harbour" is prose.
    if not names or any(len(other) > 60 for other in others) or (others and names == (head.split()[0],)):
        return None
    return byline._replace(dates=tuple(dates), others=tuple(others))


def split_names(text: str) -> Byline:
    """Return the names in a text like ``A, B and C``; in ``A, B`` the second is in doubt, as all that is not usual."""
    text = _SUFFIX.sub(r" \1", text.strip(" ,"))
    *joined, last = _AND.split(text)
    head, *after = _pieces(last)
    first, *more = [*filter(None, (*_pieces(",".join(joined)), head)), ""]
    if not is_name(first):
        return Byline(())
    if " " not in first and any((*more, *after)):  # Díaz, Ana, or a name with a sign in it
        return Byline((), (), (" ".join(text.split()),))
    if len(first.split()) > 2 and _ROLE.search(first):
        return Byline((), (), (first,), tuple(filter(None, (*more, *after))))
    names = [first, *filter(_is_person, more)]
    # One word after a comma is a place, since people have two names.
    doubtful = [piece for piece in after if " " in piece and _is_person(piece)]
    others = [piece for piece in (*more, *after) if piece and piece not in (*names, *doubtful)]
    return Byline(tuple(dict.fromkeys(names)), (), tuple(doubtful), tuple(others))


def _pieces(text: str) -> list[str]:
    return [piece.strip() for piece in text.split(",")]


def _is_person(text: str) -> bool:
    return is_name(text) and not _ROLE.search(text)


def is_boilerplate(line: str) -> bool:
    """Return whether a line is unmistakably no part of an article, such as ``Share`` or ``12 comments``."""
    if len(line) > MAX_LINE:
        return False
    words = set(re.findall(r"\w+", line.lower()))
    return bool(words & _SHARE and words <= _SHARE | _AROUND_SHARE) or bool(_BOILERPLATE.fullmatch(line.strip()))


def is_prose(text: str) -> bool:
    """Return whether a paragraph is text, by its length and its full stops, rather than a line of a head."""
    if read_byline(text) or is_boilerplate(text):
        return False
    return len(text) > _MAX_TITLE or (len(text) >= SENTENCE and re.search(r"[.]\W*$|[.]\s", text) is not None)


def handles(line: str, names: Sequence[str]) -> dict[str, str]:
    """Return the addresses on X of authors whom a line asks to follow there; empty if it is no such line."""
    if len(line) > MAX_LINE or not _FOLLOW.search(line):
        return {}
    found = {}
    position = 0
    for match in _HANDLE.finditer(line):
        before = line[position : match.start()].casefold()
        position = match.end()
        if name := next((name for name in names if name.casefold() in before), ""):
            found[name] = f"https://x.com/{match[1]}"
    return found
