"""What was written in the posts of two publications, spelled out by hand: what a reader has to show.

`posts/` of this repository, and `messy/`, whose posts are hard to carry. Newest first, as the feeds have them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^]^]+)\]\([^)]*\)")
_MARKS = re.compile(r"^#+ |[*`]", re.MULTILINE)


class Person(NamedTuple):
    """Who signs a post."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Post:
    """A post as its author wrote it. `text` is all that a reader of it sees, its white space put right.

    `byline` is how RSS names more than one author; `atom_id` is there where `id` is no URI.
    """

    title: str
    authors: tuple[Person, ...]
    published: str
    link: str
    id: str
    text: str
    summary: str
    updated: str | None = None
    byline: str = ""
    atom_id: str = ""

    def signed(self) -> str:
        """The names, joined."""
        return self.byline or self.authors[0].name


@dataclass(frozen=True)
class Written:
    """A publication as it was written."""

    folder: Path
    title: str
    home: str
    posts: tuple[Post, ...]


def moment(text: str | None) -> datetime:
    """A date of the tables below, in UTC."""
    assert text
    return datetime.fromisoformat(text).astimezone(UTC)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.names: set[str] = set()
        self.links: list[str] = []
        self.pictures: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.names.add(value)
            elif name == "href" and value:
                self.links.append(value)
            elif name == "src" and value:
                self.pictures.append(value)


def _parsed(html: str) -> _Text:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return parser


def text_of(html: str) -> str:
    """What a reader of `html` sees, its white space put right."""
    return " ".join("".join(_parsed(html).found).split())


def links_of(html: str) -> tuple[list[str], set[str]]:
    """The links of `html`, and the names that links may lead to."""
    parser = _parsed(html)
    return parser.links, parser.names


def pictures_of(html: str) -> list[str]:
    """The addresses of the pictures in `html`."""
    return _parsed(html).pictures


def paragraphs(markdown: str) -> list[str]:
    """The headings and paragraphs of `markdown` as a reader sees them; what needs a parser to be read is left out."""
    _, _, body = markdown.split(markdown[:4], 2)
    blocks = (_MARKS.sub("", _LINK.sub(r"\1", block)) for block in _CODE.sub("", body).split("\n\n"))
    plain = (block for block in blocks if block[:1].isalpha() and "\n:" not in block)
    return [straight(block) for block in plain if not set("<>[]{}|&").intersection(block)]


def straight(text: str) -> str:
    """`text` with its white space put right, and its quotation marks and apostrophes made straight."""
    return " ".join(text.translate(str.maketrans("‘’“”", "''\"\"")).split())


_DESK = Person("Dateline Sample Desk", url="https://news.example/desk/")
_OMNI = "tag:news.example,2025-01-01:omni/"

# Their texts are compared paragraph by paragraph with the files that `text` names: see `missing`.
SAMPLE = Written(
    folder=HERE.parents[1] / "posts",
    title="Omni News Journal: sample edition",
    home="https://news.example/",
    posts=(
        Post(
            title="El Salvador’s CECOT Mega-Prison: A Bold Experiment in Crime Control",
            authors=(Person("Mike Connors", url="https://x.com/OmniNewsJournal"),),
            published="2025-04-14T12:00:00-06:00",
            link="https://news.example/2025/04/cecot-mega-prison/",
            id=_OMNI + "2025-04-14-cecot-mega-prison",
            text="2025-04-14-cecot-mega-prison.md",
            summary="El Salvador built CECOT to hold 40,000 inmates. Supporters credit it with restoring order, critics "
            "report torture and few convictions, and the United States now sends people there.",
        ),
        Post(
            title="What subscribers see when a post changes",
            authors=(Person("Dateline Sample Desk", email="desk@news.example"),),
            published="2025-04-02T08:15:00-06:00",
            link="https://news.example/2025/04/what-subscribers-see/",
            id=_OMNI + "2025-04-02-what-subscribers-see",
            text="2025-04-02-what-subscribers-see.md",
            summary="A feed reader knows a post by its id and often keeps its first text for good. What thirteen "
            "readers did when a post changed, and what follows for corrections.",
            updated="2025-05-28T12:00:00-06:00",
        ),
        Post(
            title="Writing Markdown for feeds",
            authors=(_DESK,),
            published="2025-03-03T12:00:00-06:00",
            link="https://news.example/2025/03/writing-markdown/",
            id=_OMNI + "2025-03-03-writing-markdown-for-feeds",
            text="2025-03-03-writing-markdown-for-feeds.md",
            summary="Tables, footnotes, figures, code, definition lists and other scripts: what a post's body may "
            "hold, and what is left out on the way to a reader.",
        ),
        Post(
            title="Dates and authors",
            authors=(_DESK, Person("Sample Editor Ana Díaz", email="ana@news.example")),
            byline="Dateline Sample Desk and Sample Editor Ana Díaz",
            published="2025-02-17T09:30:00-06:00",
            updated="2025-03-10T12:00:00-06:00",
            link="https://news.example/2025/02/dates-and-authors/",
            id=_OMNI + "2025-02-17-dates-and-authors",
            text="2025-02-17-dates-and-authors/index.md",
            summary="Every entry in a feed carries a date and an author. How to write them, what Dateline refuses "
            "to guess, and why a day begins at noon.",
        ),
        Post(
            title="What a post is",
            authors=(_DESK,),
            published="2025-01-20T12:00:00-06:00",
            link="https://news.example/2025/01/what-a-post-is/",
            id=_OMNI + "2025-01-20-what-a-post-is",
            text="2025-01-20-what-a-post-is.md",
            summary="The field guide begins. A post is a dated Markdown file in a folder; here is what it holds "
            "and how it becomes three feeds.",
        ),
    ),
)

_THE_DESK = Person("The Desk")
_ANA = Person("Ana Díaz", url="https://ana.example/")
_TARO = Person("山田 太郎")
_SONS = "tag:messy.example,2025-01-01:sons/"
_KANJI = "%E6%BC%A2%E5%AD%97%E3%81%AE%E6%97%A5%E4%BB%98"

MESSY = Written(
    folder=HERE / "messy",
    title="Messy & <b>Sons</b>",
    home="https://messy.example/blog/",
    posts=(
        Post(
            title="Use <b> & </b>: AT&T, &amp; and a < b && c > d]]>",
            authors=(_THE_DESK,),
            published="2025-05-01T23:30:00-05:00",
            link="https://messy.example/blog/2025/05/markup/",
            id=_SONS + "2025-05-01-markup",
            text="AT&T wrote a < b && c > d]]> and meant it. So be it.",
            summary="AT&T says a < b & that <script> is a word, not a tag.",
        ),
        Post(
            title="「漢字」の日付 & 作者",
            authors=(_TARO,),
            published="2025-04-20T09:00:00+09:00",
            link=f"https://messy.example/blog/2025/04/{_KANJI}/",
            id=f"{_SONS}2025-04-20-{_KANJI}",
            text="記事には 日付 と作者があります。",
            summary="記事には日付と作者があります。",
        ),
        Post(
            title="مرحبا بالعالم",
            authors=(Person("ليلى حداد", "layla@messy.example", "https://layla.example/?a=1&b=2"),),
            published="2025-04-18T20:05:00-04:00",
            link="https://messy.example/blog/2025/04/arabic/",
            id=_SONS + "arabic",
            text="لكل مقال تاريخ وكاتب.",
            summary="لكل مقال تاريخ وكاتب.",
        ),
        Post(
            title='Two authors, "quoted", & an update',
            authors=(_ANA, Person("Mike Connors", "mike@messy.example")),
            byline="Ana Díaz and Mike Connors",
            published="2025-04-10T12:00:00-04:00",
            updated="2025-04-12T08:00:00-04:00",
            link="https://messy.example/blog/2025/04/two-authors/",
            id=_SONS + "2025-04-10-two-authors",
            text="First said, then said again.",
            summary="First said, then said again.",
        ),
        Post(
            title="The same day",
            authors=(_THE_DESK,),
            published="2025-04-09T12:00:00-04:00",
            link="https://elsewhere.example/canonical?x=1&y=2",
            id="old guid #17 & more",
            atom_id=_SONS + "old%20guid%20%2317%20%26%20more",
            text="Another post of one day.",
            summary="Another post of one day.",
        ),
        Post(
            title="Three authors and a footnote",
            authors=(_ANA, Person("O'Brien & Co", "office@messy.example"), _TARO),
            byline="Ana Díaz, O'Brien & Co and 山田 太郎",
            published="2025-04-09T12:00:00-04:00",
            link="https://messy.example/blog/2025/04/three-authors/",
            id=_SONS + "2025-04-09-three-authors",
            text="Notes A claim.1 Its source. ↩",
            summary="A claim.",
        ),
        Post(
            title="A heading as title",
            authors=(_THE_DESK,),
            published="2025-03-01T12:00:00-05:00",
            link="https://messy.example/blog/2025/03/picture-only/",
            id=_SONS + "2025-03-01-picture-only",
            text="",
            summary="A heading as title",
        ),
    ),
)


def missing(html: str, post: Post, folder: Path) -> list[str]:
    """What the post says and `html` does not."""
    if not post.text.endswith(".md"):
        return [] if text_of(html) == post.text else [post.text]
    seen = _MARKS.sub("", straight(text_of(html)))
    return [paragraph for paragraph in _wanted(post, folder) if paragraph not in seen]


def missing_in_plain_text(text: str, post: Post, folder: Path) -> list[str]:
    """What the post says and `text` does not, which a reader made of its HTML: with marks, and lines of its own."""
    seen = _letters(_LINK.sub(r"\1", text))
    wanted = _wanted(post, folder) if post.text.endswith(".md") else post.text.split()
    return [words for words in wanted if _letters(words) not in seen]


def _wanted(post: Post, folder: Path) -> list[str]:
    wanted = paragraphs((folder / post.text).read_text("utf-8"))
    assert len(wanted) > 9, "hardly anything to compare"
    return [paragraph for paragraph in wanted if paragraph != post.title]


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", text))
