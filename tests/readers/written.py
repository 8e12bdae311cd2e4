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


def _page(day: str, title: str, slug: str, topic: str, summary: str) -> Post:
    """A page of the guide, signed by the desk, dated by the name of its file and without a time."""
    return Post(
        title=title,
        authors=(_DESK,),
        published=f"{day}T12:00:00-06:00",
        link=f"https://news.example/{day[:4]}/{day[5:7]}/{slug}/",
        id=f"{_OMNI}{day}-{topic}",
        text=f"guide/{day}-{topic}.md",
        summary=summary,
    )


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
            summary="Supporters credit the prison with restoring order. Critics speak of torture and few convictions. "
            "Now the United States sends people there.",
        ),
        _page(
            "2025-04-09",
            "What you may rely on",
            "compatibility",
            "compatibility",
            "Which files, keys, exit codes, fields and ids later versions keep, what may change, and how you will hear "
            "of it.",
        ),
        _page(
            "2025-04-07",
            "Help from your editor",
            "editors",
            "editors",
            "JSON Schemas with which editors complete and check feed.toml and front matter while you type.",
        ),
        _page(
            "2025-04-04",
            "Dateline from Python",
            "python",
            "python",
            "Building, checking and comparing from a program, with what build, check and diff take and return.",
        ),
        Post(
            title="What subscribers see when a post changes",
            authors=(Person("Dateline Sample Desk", email="desk@news.example"),),
            published="2025-04-02T08:15:00-06:00",
            link="https://news.example/2025/04/what-subscribers-see/",
            id=_OMNI + "2025-04-02-what-subscribers-see",
            text="guide/2025-04-02-subscribers.md",
            summary="What thirteen feed readers did when a post changed, and how build, diff and pin spare your "
            "subscribers surprises.",
            updated="2025-05-28T12:00:00-06:00",
        ),
        _page(
            "2025-03-31",
            "Errors and remarks",
            "errors",
            "errors",
            "How to read an error, examples of the common ones, how to fix many posts at once, and what dateline check "
            "remarks on.",
        ),
        _page(
            "2025-03-29",
            "Speed",
            "speed",
            "speed",
            "How long builds take and how much memory they need, next to Hugo and Pelican, how to measure it "
            "yourself, and how to render on several machines.",
        ),
        _page(
            "2025-03-28",
            "Reports in JSON",
            "json",
            "json",
            "What build, publish, diff, check, adopt and due print with --json, field by field.",
        ),
        _page(
            "2025-03-27",
            "How a build works, and the cache",
            "cache",
            "cache",
            "What a build promises about the output folder, why the second one is fast, and where the cache is kept.",
        ),
        _page(
            "2025-03-26",
            "Preview",
            "preview",
            "preview",
            "Seeing pages and feeds as readers will show them, before anything is published.",
        ),
        _page(
            "2025-03-24",
            "Commands, options and exit codes",
            "commands",
            "commands",
            "Every command with its options, a day's work, exit codes, and completion in the shell.",
        ),
        _page(
            "2025-03-21",
            "Moving in and moving away",
            "moving",
            "moving",
            "Bringing a whole site and its subscribers from another program with dateline import and dateline adopt, "
            "and moving to another domain without losing anyone.",
        ),
        _page(
            "2025-03-20",
            "Checking the live site",
            "verify",
            "verify",
            "What dateline verify looks at on a web server, and how to fix each fault on nginx, Apache and the usual "
            "hosts.",
        ),
        _page(
            "2025-03-19",
            "Publishing",
            "publishing",
            "publishing",
            "Where dateline publish can send a site, how it does that, timers for posts with a future date, and CI.",
        ),
        _page(
            "2025-03-17",
            "Pages and templates",
            "pages",
            "pages",
            "The pages that a build writes, how to change their look, and everything that a template of your own gets.",
        ),
        _page(
            "2025-03-14",
            "What the feeds carry",
            "feeds",
            "feeds",
            "The three formats element by element, which feeds there are and where, and how the whole history "
            "stays within reach.",
        ),
        _page(
            "2025-03-12",
            "Drafts, scheduled posts and the embargo",
            "embargo",
            "embargo",
            "Nothing that is published may reveal a post that is not out yet. What a build looks for, and how "
            "to permit it.",
        ),
        _page(
            "2025-03-10",
            "Corrections and retractions",
            "corrections",
            "corrections",
            "How to correct, retract or withdraw a post so that readers find out, and what each of these "
            "changes in the feeds.",
        ),
        _page(
            "2025-03-07",
            "Podcasts",
            "podcasts",
            "podcasts",
            "The [podcast] table that makes a publication a podcast, and what directories such as Apple's "
            "want to know.",
        ),
        _page(
            "2025-03-05",
            "Links, pictures and sound",
            "links-and-media",
            "links",
            "Linking to posts and files, static files, the picture of a post, and files to play or to keep.",
        ),
        Post(
            title="Writing Markdown for feeds",
            authors=(_DESK,),
            published="2025-03-03T12:00:00-06:00",
            link="https://news.example/2025/03/writing-markdown/",
            id=_OMNI + "2025-03-03-writing-markdown-for-feeds",
            text="guide/2025-03-03-markdown.md",
            summary="Tables, footnotes, figures, code, formulas and other scripts: what the text of a post may hold, "
            "which engine reads it, and which HTML is kept.",
        ),
        _page(
            "2025-02-24",
            "Languages",
            "languages",
            "languages",
            "How to publish in several languages, with feeds and pages for each, and how translations of a post find "
            "one another.",
        ),
        _page(
            "2025-02-21",
            "Ids and addresses",
            "ids",
            "ids",
            "What ids and addresses are made from, what changes them, what is safe to change, and how old "
            "addresses keep working.",
        ),
        Post(
            title="Dates and authors",
            authors=(_DESK, Person("Sample Editor Ana Díaz", email="ana@news.example")),
            published="2025-02-17T09:30:00-06:00",
            link="https://news.example/2025/02/dates-and-authors/",
            id=_OMNI + "2025-02-17-dates-and-authors",
            text="guide/2025-02-17-dates/index.md",
            summary="How to write dates and authors, which dates Dateline refuses to guess, and why a day begins at "
            "noon.",
            byline="Dateline Sample Desk and Sample Editor Ana Díaz",
            updated="2025-03-10T12:00:00-06:00",
        ),
        _page(
            "2025-01-31",
            "Front matter",
            "front-matter",
            "front-matter",
            "Every key that a post may have, the names that other programs use for it, and the keys that "
            "Dateline refuses.",
        ),
        _page(
            "2025-01-24",
            "Settings: feed.toml",
            "settings",
            "settings",
            "Every key of feed.toml, what it means and what happens without it.",
        ),
        Post(
            title="What a post is",
            authors=(_DESK,),
            published="2025-01-20T12:00:00-06:00",
            link="https://news.example/2025/01/what-a-post-is/",
            id=_OMNI + "2025-01-20-what-a-post-is",
            text="guide/2025-01-20-posts.md",
            summary="A post is a dated Markdown file in a folder. What it holds, which files are posts, and how they "
            "become feeds and pages.",
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
            link="https://messy.example/blog/2025/04/same-day/",
            id="old guid #17 & more",
            atom_id=_SONS + "old%20guid%20%2317%20%26%20more",
            text="elsewhere.example ↗ Another post of one day.",
            summary="Another post of one day.",
        ),
        Post(
            title="Three authors and a footnote",
            authors=(_ANA, Person("O'Brien & Co", "office@messy.example"), _TARO),
            byline="Ana Díaz, O'Brien & Co and 山田 太郎",
            published="2025-04-09T12:00:00-04:00",
            link="https://messy.example/blog/2025/04/three-authors/",
            id=_SONS + "2025-04-09-three-authors",
            text="A square, as it is. Drawing: 山田 & sons Notes A claim.1 Its source. ↩",
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
    # Much of the guide is tables, in which there are no paragraphs.
    assert len(wanted) > (4 if post.text.startswith("guide/") else 9), "hardly anything to compare"
    return [paragraph for paragraph in wanted if paragraph != post.title]


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", text))
