"""Pages that are put together from byte templates are those that Jinja writes, to the byte."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import NOW, PAGES, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined, Template, TemplateError
from test_golden import CASES, posts_of, tree

from dateline.cache.entry_tables import CachedEntry, entry_key, shown_checksum
from dateline.cache.serialize import encode
from dateline.content.config import read_settings
from dateline.model import Attached, Author, Enclosure, Episode, Picture, Post, Transcript
from dateline.options import BuildOptions
from dateline.pages import EntryAround, EntryPage, ListedPost, MenuEntry, Templates, writers
from dateline.pages import Site as PageSite
from dateline.pages.byte_templates import CannotCutError, cut, take_apart, with_placeholders
from dateline.pages.templates import FILTERS, PRINTED, cut_template, render
from dateline.pages.views import AuthorView, EnclosureView, Named, TimeText
from dateline.pipeline import build
from dateline.text import controls, forbidden_character

IN_PLAIN_SUITE = ("pages-media", "podcast")

SETTINGS = {
    "default": "",
    "without labels": 'tag_feeds = false\nauthor_feeds = false\nlogo = "a&b.png"\n[extra]\nmotto = "Ä & <b>"\n',
    "right to left": 'language = "he"\n',
    "English instead": 'language = "is"\nrights = "All & none"\n',
    "own words": '[words]\nmore_on = "{name} & <more>"\nwith_size = "{size}: {kind}"\n',
    "languages": 'languages = ["en", "de", "ar"]\n',
}
CHARACTERS = st.sampled_from("&<>\"'-: .–%{}\\\u2028\xa0éA1") | st.characters(codec="utf-8")
TEXT = st.text(CHARACTERS.filter(lambda c: not forbidden_character(c) and not controls(c)), max_size=30)
LINE = TEXT.filter(str.strip)
URL = st.sampled_from(["https://example.org/", "https://example.com/?a="]).flatmap(
    lambda home: st.text("ab/&'é%", max_size=9).map(lambda path: home + path)
)
LANGUAGE = st.sampled_from(["en", "de", "ar", "he", "en-GB", "xx"])
TIME = st.builds(
    lambda seconds, hours: datetime.fromtimestamp(seconds, UTC).astimezone(timezone(timedelta(hours=hours))),
    st.sampled_from([0, 0.5]) | st.integers(-(10**9), 2 * 10**9),
    st.integers(-12, 12),
)
TYPE = st.sampled_from("audio/mpeg video/mp4 image/png application/pdf text/vtt text/html;a=b x/y".split())
PICTURE = st.builds(
    Picture,
    url=URL,
    alt=st.none() | TEXT,
    media_type=st.none() | TYPE,
    width=st.none() | st.integers(0, 3),
    height=st.none() | st.integers(0, 3),
    sizes=st.lists(st.tuples(URL, st.integers(1, 9)), max_size=2).map(tuple),
)
SECONDS = st.none() | st.integers(0, 10_000)
ENCLOSURE = st.builds(Enclosure, URL, TYPE, st.sampled_from([0, 1, 10**6]), st.none() | LINE, SECONDS)
ATTACHED = st.builds(
    Attached,
    st.none() | PICTURE,
    st.lists(ENCLOSURE, max_size=2).map(tuple),
    st.lists(st.builds(Transcript, URL, TYPE), max_size=2).map(tuple),
)
EPISODE = st.builds(
    Episode,
    title=st.none(),
    number=st.none() | st.integers(1, 9),
    season=st.none() | st.integers(1, 9),
    explicit=st.none(),
    duration=SECONDS,
    kind=st.sampled_from([None, "full", "trailer", "bonus"]),
    transcripts=st.just(()),
)
EXTRA = st.sampled_from(["", '{"a": "<b>", "c": [1, 2.5]}'])
LISTED = st.builds(ListedPost, LINE, LANGUAGE, URL, st.dates().map(lambda day: day.isoformat()))


@st.composite
def posts(draw: st.DrawFn) -> Post:
    published = draw(TIME)
    link = draw(st.none() | URL)
    return Post(
        path="a.md",
        id="tag:example.org,2025:a",
        url=draw(URL),
        title=draw(TEXT),
        published=published,
        updated=published + timedelta(seconds=draw(st.sampled_from([0, 0, 0.5, 1, 10**6]))),
        due=published,
        timed=True,
        authors=tuple(
            draw(st.lists(st.builds(Author, LINE.map("a{}".format), st.none(), st.none() | URL, EXTRA), max_size=3))
        ),
        tags=tuple(draw(st.lists(st.sampled_from(["A", "B & C", "<i>", "é"]), max_size=3))),
        language=draw(LANGUAGE),
        draft=False,
        link=link,
        aliases=(),
        body_line=1,
        summary=draw(st.none() | LINE),
        image_caption=draw(st.none() | TEXT),
        image_credit=draw(st.none() | TEXT),
        image_on_page=draw(st.booleans()),
        episode=draw(st.none() | EPISODE),
        first_words=draw(LINE),
        related=draw(st.none() | URL),
        canonical=draw(st.none() | URL),
        extra=draw(EXTRA),
    )


def cached(post: Post, html: str, summary: str, attached: Attached) -> CachedEntry:
    fields, media = encode(post), encode(attached) if any(attached) else ""
    key = entry_key(fields, shown_checksum(html.encode(), summary, ""), "[]", media)
    return CachedEntry(1, key, 0, int(post.due.timestamp()), fields, html.encode(), summary, "", "[]", media)


@pytest.fixture(scope="module", params=SETTINGS)
def site(request: pytest.FixtureRequest) -> PageSite:
    publication, _ = read_settings(PAGES + SETTINGS[request.param])
    menu = (MenuEntry("Über & <uns>", "/a", False), MenuEntry("Archive", "/archive/", True))
    words = Templates(None, "", publication.language, publication.words_replaced())
    return PageSite(publication, "/", words, "favicon.svg", True, True, menu)


@few_and_many(12, 1000)
def test_a_page_is_the_one_that_jinja_writes(drawn: settings, site: PageSite) -> None:
    slow_site = site._replace(templates=site.templates._replace(slow_path=True))

    @drawn
    @given(st.data())
    def check(data: st.DataObject) -> None:
        post, attached, html, summary = data.draw(posts()), data.draw(ATTACHED), data.draw(TEXT), data.draw(LINE)
        older, newer, related = (data.draw(st.lists(LISTED, max_size=size)) for size in (1, 1, 3))
        versions = data.draw(st.lists(st.tuples(LANGUAGE, URL), max_size=2).map(tuple))
        others = tuple(related) if post.tags else ()
        around = EntryAround(older[0] if older else None, newer[0] if newer else None, others)
        for page in (EntryPage(1, versions, around), EntryPage(1, versions)):
            entry = cached(post._replace(is_page=page.around is None), html, summary, attached)
            expected = writers.write_entry(slow_site, page, entry)
            with mock.patch.object(writers, "render", side_effect=AssertionError("written by Jinja")):
                assert writers.write_entry(site, page, entry) == expected

    check()


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if case in IN_PLAIN_SUITE else pytest.mark.slow) for case in CASES]
)
def test_jinja_writes_no_post_of_a_golden_folder_and_would_write_the_same(case: str, tmp_path: Path) -> None:
    posts = posts_of(case, tmp_path)
    written = (posts / "feed.toml").read_bytes()
    (posts / "feed.toml").write_bytes(written.replace(b"pages = false\nstylesheet = false\n", b""))
    by_jinja = []

    def noted(templates: Templates, name: str, values: dict[str, Any]) -> bytes:
        by_jinja.append(name)
        return render(templates, name, values)

    for output, is_slow in (("fast", False), ("slow", True)):
        by_jinja.clear()
        with mock.patch.object(writers, "render", noted):
            build(BuildOptions(posts, tmp_path / output, now=NOW, cache=False, jobs=1, slow_path=is_slow))
        assert "home.html" in by_jinja
        assert ("post.html" in by_jinja) == is_slow
    assert tree(tmp_path / "fast") == tree(tmp_path / "slow")


def test_pages_of_one_shape_need_one_run_of_jinja(site: PageSite) -> None:
    entries = [
        cached(post, f"<p>{post.title}</p>", post.title, Attached())
        for post in (simple_post(f"{number} & <{number}>") for number in range(1, 50))
    ]
    with mock.patch.object(writers, "cut_template", wraps=cut_template) as run:
        page = EntryPage(1, (), EntryAround(None, None, ()))
        pages = [writers.write_entry(site, page, entry) for entry in entries]
    assert run.call_count <= 1
    assert all(f"{number} &amp; &lt;{number}&gt;".encode() in page for number, page in enumerate(pages, 1))


def simple_post(title: str) -> Post:
    moment = datetime(2025, 4, 14, tzinfo=UTC)
    url = f"https://example.org/{title[:2].strip()}/"
    return Post("a.md", "tag:a", url, title, moment, moment, moment, True, (), ("A",), "en", False, None, (), 1)


@pytest.mark.parametrize(
    "template",
    [
        "{% if text == 'a' %}a{% endif %}",
        "{% if text != 'a' %}a{% endif %}",
        "{% if text in ('a', 'b') %}a{% endif %}",
        "{% if text < 'a' %}a{% endif %}",
        "{% if 'a' in text %}a{% endif %}",
        "{{ {'a': 1}[text] }}",
        "{{ {'a': 1}.get(text, 2) }}",
        "{{ text|length }}",
        "{{ text|upper }}",
        "{{ text|safe|headline }}",
        "{{ text[0] }}",
        "{{ text.upper() }}",
        "{{ text * 2 }}",
        "{{ '%s' % text }}",
        "{{ '{:>9}'.format(text) }}",
        "{{ '{!r}'.format(text) }}",
        "{{ '{}'.format(text|safe) }}",
        "{% for character in text %}{{ character }}{% endfor %}",
        "{{ unseen }}",
        "{% if unseen %}a{% endif %}",
        "{{ unseen.a }}",
        "{% for key in unseen %}{{ key }}{% endfor %}",
    ],
)
def test_a_template_that_looks_at_a_text_is_not_cut(template: str) -> None:
    shape, _ = take_apart({"text": "a", "unseen": {"a": "b"}})
    with pytest.raises((CannotCutError, TypeError, TemplateError)):
        environment(template).render(with_placeholders(shape))


def environment(template: str) -> Template:
    found = Environment(autoescape=True, undefined=StrictUndefined)
    found.filters = FILTERS
    return found.from_string(template)


def test_what_a_template_prints_is_put_between_its_pieces() -> None:
    template = """\
{% macro twice(text) %}{{ text }}, {{ text }}{% endmacro %}
{{ twice(text) }} {{ text|safe }} {{ text|headline }} {{ '{}!'.format(text) }} {{ number }} {{ nothing or no }}
{% for one in several %}{{ loop.index }} {{ one.name }} {{ one.url or 'none' }} {{ one.extra.colour if no }}{% endfor %}
{% if media.kind == 'audio' %}sound{% endif %}{% if text %}text{% endif %}{{ empty }}"""

    def values(text: str, number: int) -> dict[str, Any]:
        author, view = (
            AuthorView(text, None, {"colour": "red"}),
            EnclosureView(text, text, "a", "b", "audio", text, None),
        )
        return {
            "text": text,
            "number": number,
            "nothing": "",
            "no": False,
            "several": (author, author),
            "empty": 0,
            "media": view,
        }

    first, second = values("<a> & b-c", 5), values("One-two", 17)
    shape, _ = take_apart(first)
    assert shape == take_apart(second)[0]
    made = cut(environment(template).render(with_placeholders(shape)))
    for shown in (first, second):
        assert made.fill(take_apart(shown)[1], PRINTED).decode() == environment(template).render(shown)


def test_a_shape_has_all_but_the_texts() -> None:
    view = Named("a", "b")
    shape, texts = take_apart({"one": view, "two": (view, None, True, 0, "", 7)})
    assert texts == ["a", "b", "a", "b", "7"]
    assert hash(shape) == hash(take_apart({"one": Named("c", "d"), "two": (Named("e", "f"), None, True, 0, "", 8)})[0])
    for other in (Named("a", None), Named("a", ""), TimeText("a", "b"), ("a", "b"), None):
        assert take_apart({"one": other, "two": (view, None, True, 0, "", 7)})[0] != shape
