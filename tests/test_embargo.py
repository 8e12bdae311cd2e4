"""No output gives a hidden post away: what stops a build, what does not, and that neither depends on the cache."""

import contextlib
import json
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from conftest import EVERYTHING, NOW, PAGES, SETTINGS, Site, few_and_many, settling, started
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_cost import a_hundred_posts

from dateline.building import BuildContext
from dateline.commands.check import check
from dateline.embargo.comparable import Comparable, addresses, comparable_page
from dateline.embargo.hidden_posts import HiddenPost, read_hidden
from dateline.embargo.search import OFTEN, Hit, Run, Search
from dateline.errors import BuildError
from dateline.feed_formats import FORMATS as FORMAT_NAMES
from dateline.model import Post
from dateline.options import BuildOptions
from dateline.pipeline import build

ADDRESS = "https://example.org/2025/04/secret/"
ID = "tag:example.org,2025-01-01:daily/2025-04-20-secret"
SECRET = "The minister will resign on Friday over the contract for the dam, three people who know of it said."
FIRST = SECRET[:60]
FORMATS = ("rss", "atom", "json")


def hide(site: Site, body: str = SECRET, **front_matter: str) -> Path:
    """Write the draft that must not be given away."""
    return site.post("2025-04-20-secret.md", f"{body}\n", **{"title": "Secret", "draft": "true", **front_matter})


def errors(site: Site, *, cache: bool = True, dry_run: bool = False) -> list[str]:
    """The errors of a build, which must not have changed the output."""
    before = site.tree() if site.public.exists() else {}
    try:
        build(BuildOptions(site.posts, site.public, NOW, cache, dry_run, jobs=1, accept=True))
    except BuildError as refused:
        assert (site.tree() if site.public.exists() else {}) == before
        return site.problem_lines(refused.problems)
    return []


def refusal(site: Site) -> str:
    """The one error of a build: with a cache, without, in a dry run, and of `check`."""
    (error,) = errors(site)
    assert errors(site) == [error]
    assert errors(site, cache=False) == [error]
    assert errors(site, dry_run=True) == [error]
    found = check(BuildOptions(site.posts, site.public, NOW), lambda *_: None)
    assert site.problem_lines(found.errors) == [error]
    return error


LINK, TEXT = "2025-04-14-first.md:4: link: ", "2025-04-14-first.md:4: text: "
LEAKS: dict[str, tuple[Callable[[Site], object], str]] = {
    "a link": (
        lambda site: site.post(body=f"Text.\n\nSee [this]({ADDRESS}).\n"),
        r"2025-04-14-first.md:6: link: ",
    ),
    "a link with a fragment": (
        lambda site: site.post(body=f"[This]({ADDRESS}#map)\n"),
        LINK,
    ),
    "a link with a query": (
        lambda site: site.post(body=f"[This]({ADDRESS}?a=b&c=d)\n"),
        LINK,
    ),
    "a link from the root": (lambda site: site.post(body="[This](/2025/04/secret/)\n"), LINK),
    "a host in capitals": (lambda site: site.post(body="<https://Example.ORG/2025/04/secret/>\n"), LINK),
    "a port that is the usual one": (
        lambda site: site.post(body="[x](https://example.org:443/2025/04/secret)\n"),
        LINK,
    ),
    "another scheme": (lambda site: site.post(body="[x](HTTP://example.org:80/2025/04/secret/)\n"), LINK),
    "a host with its root": (lambda site: site.post(body="[x](https://example.org./2025/04/secret/)\n"), LINK),
    "a name before the host": (lambda site: site.post(body="`https://me@example.org/2025/04/secret/`\n"), LINK),
    "a link without its slash": (
        lambda site: site.post(body=f"[This]({ADDRESS[:-1]})\n"),
        LINK,
    ),
    "an address in a sentence": (
        lambda site: site.post(body=f"It is at {ADDRESS}, soon.\n"),
        LINK,
    ),
    "an address in code": (lambda site: site.post(body=f"`{ADDRESS}`\n"), LINK),
    "a citation": (lambda site: site.post(body=f'<q cite="{ADDRESS}">So</q>\n'), LINK),
    "the page of another post": (lambda site: site.post(link=ADDRESS), "2025-04-14-first.md:3: link: "),
    "an address as a summary": (lambda site: site.post(summary=ADDRESS), "2025-04-14-first.md:3: link: "),
    "an id in an attribute": (lambda site: site.post(body=f'<p title="{ID}">x</p>\n'), TEXT),
    "an id in text": (lambda site: site.post(body=f"Text.\n\n<b>{ID}</b>\n"), "2025-04-14-first.md:6: text: "),
    "a title that is an id": (lambda site: site.post(title=f"'{ID}'"), "2025-04-14-first.md:2: text: "),
    "a run in a body": (lambda site: site.post(body=f"We hear:\n{FIRST}\n"), "2025-04-14-first.md:5: text: "),
    "a run with an invisible character": (
        lambda site: site.post(body=f"{FIRST.replace('sign', 'si&shy;gn')}\n"),
        TEXT,
    ),
    "a run in a quotation": (lambda site: site.post(body=f"> {FIRST}\n"), TEXT),
    "a run in a table": (lambda site: site.post(body=f"|A|\n|-|\n|{FIRST}|\n"), "2025-04-14-first.md:6: text: "),
    "a run across markup": (
        lambda site: site.post(
            body="The *minister* will **resign** on Friday<br>over\nthe contract for [the](b.html) dam, thr"
        ),
        TEXT,
    ),
    "a run in a summary": (lambda site: site.post(summary=FIRST), "2025-04-14-first.md:3: text: "),
    "a run in a title": (lambda site: site.post(title=FIRST), "2025-04-14-first.md:2: text: "),
    "a run in the description of a picture": (
        lambda site: site.post(body=f"![{FIRST}](https://example.com/a.png)\n"),
        TEXT,
    ),
    "the description of the publication": (
        lambda site: (site.post(), site.write("feed.toml", f'{SETTINGS}description = "{FIRST}"\n')),
        "feed.toml:10: text: ",
    ),
    "the rights": (
        lambda site: (site.post(), site.write("feed.toml", f'{SETTINGS}rights = "See {ADDRESS}"\n')),
        "feed.toml:10: link: ",
    ),
    "the hub": (
        lambda site: (site.post(), site.write("feed.toml", f'{SETTINGS}hub = "{ADDRESS}"\n')),
        "feed.toml:10: link: ",
    ),
    "the page of an author": (
        lambda site: site.post(author=f"{{name: Jo, url: '{ADDRESS}'}}"),
        "2025-04-14-first.md:3: link: ",
    ),
    "a file that only it uses": (
        lambda site: (site.post(), hide(site, "![Plan](_static/plan.png)"), site.write("_static/plan.png", b"x")),
        "_static/plan.png: would be published, but is used only by a draft (2025-04-20-secret.md); ",
    ),
    "a file that only it links to": (
        lambda site: (site.post(), hide(site, "[Plan](/a/plan.pdf)"), site.write("_static/a/plan.pdf", b"x")),
        "_static/a/plan.pdf: would be published, but is used only by",
    ),
    "a file in its place": (
        lambda site: (site.post(), site.write("_static/2025/04/secret/index.html", b"x")),
        "_static/2025/04/secret/index.html: would be published at the address of a draft (2025-04-20-secret.md); ",
    ),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_stops_the_build(site: Site, name: str) -> None:
    plant, expected = LEAKS[name]
    hide(site)
    plant(site)
    error = refusal(site)
    assert error.startswith(expected), error
    assert "2025-04-20-secret.md" in error
    assert "a draft" in error


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["a link", "an id in an attribute", "a run across markup", "a run in a summary"])
def test_a_leak_stops_the_build_in_every_format(site: Site, name: str, format: str) -> None:
    hide(site)
    LEAKS[name][0](site)
    site.settings(f'formats = ["{format}"]\n')
    assert len(errors(site)) == 1


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_stops_a_later_build(site: Site, name: str) -> None:
    """With the draft there before, and with the draft added last."""
    plant, expected = LEAKS[name]
    site.post("2025-04-13-other.md", title="Other")
    if "only it" not in name:
        draft = hide(site)
    assert errors(site) == []
    plant(site)
    (error,) = errors(site)
    assert error.startswith(expected), error
    if "only it" not in name:
        content = draft.read_bytes()
        draft.unlink()
        assert errors(site) == []
        draft.write_bytes(content)
        assert errors(site) == [error]


def template(site: Site, content: str, name: str = "post.html") -> None:
    site.write("feed.toml", PAGES)
    site.write(f"_templates/{name}", content)
    site.post()


PAGE = "2025/04/first/index.html"
# What is published outside the full text of posts in feeds.
ASIDE: dict[str, tuple[Callable[[Site], object], str]] = {
    "the page of a post whose feeds have its summary": (
        lambda site: (site.write("feed.toml", PAGES + 'content = "summary"\n'), site.post(body=f"A.\n\n{SECRET}\n")),
        "2025-04-14-first.md:6: text: ",
    ),
    "a correction of a post that was retracted": (
        lambda site: site.post(
            corrections=f"[{{date: 2025-05-01, text: {FIRST}}}]", retracted="{date: 2025-05-02, reason: Wrong}"
        ),
        "2025-04-14-first.md:3: text: ",
    ),
    "why a post was withdrawn": (
        lambda site: (
            site.write("feed.toml", SETTINGS + "tombstones = true\n"),
            site.post(withdrawn=f'{{date: 2025-05-02, reason: "{FIRST}"}}'),
            site.post("2025-04-13-other.md", title="Other"),
        ),
        "{public}/atom.xml: the Atom feed quotes a draft (2025-04-20-secret.md): ",
    ),
    "a template": (lambda site: template(site, f"<p>x</p><p>{SECRET}</p>"), PAGE),
    "a template that says it in pieces": (
        lambda site: template(site, f'{{{{ "{FIRST[:30]}" }}}}{{{{ "{FIRST[30:]}" }}}}', "home.html"),
        "{public}/index.html: the home page quotes a draft (2025-04-20-secret.md): ",
    ),
    "a template that ends where the post goes on": (
        lambda site: (
            site.write("feed.toml", PAGES),
            site.write("_templates/post.html", f"<p>{SECRET[:42]}{{{{ post.html|safe }}}}</p>"),
            site.post(body=f"{SECRET[42:]} {'A text that is long enough. ' * 9}\n"),
        ),
        PAGE,
    ),
    "a template that looks like XML": (
        lambda site: template(site, f'<?xml version="1.0"?><html><body>&nbsp;<br/>{SECRET}</body></html>'),
        PAGE,
    ),
    "a template that looks like JSON": (lambda site: template(site, f"{{ {SECRET} }}"), PAGE),
    "a template with a smaller sign": (lambda site: template(site, f"<p>1 < 2. {SECRET} 2 > 1.</p>"), PAGE),
    "a template that says it in an attribute": (lambda site: template(site, f"<b data-x = '{SECRET}'>x</b>"), PAGE),
    "a template that says it in a comment": (lambda site: template(site, f"<p>x</p><!-- {SECRET} -->"), PAGE),
    "a template that says it in a comment without an end": (lambda site: template(site, f"<!-- <!-- {SECRET}"), PAGE),
    "a template that says it in an attribute in a comment": (
        lambda site: template(site, f'<!-- <b data-x="{SECRET}">x</b> -->'),
        PAGE,
    ),
    "a template with a link from the root": (
        lambda site: template(site, "<a href='/2025/04/secret/'>x</a>"),
        PAGE,
    ),
    "a template with a relative link to it": (lambda site: template(site, "<a href=../secret/#a>x</a>"), PAGE),
    "a template with its address": (lambda site: template(site, f'<meta content="{ADDRESS}">'), PAGE),
}


@pytest.mark.parametrize("name", ASIDE)
@pytest.mark.parametrize("order", ["the draft first", "the draft last", "the draft after another"])
@pytest.mark.slow
def test_a_leak_outside_the_posts_stops_the_build_in_any_order(site: Site, name: str, order: str) -> None:
    plant, expected = ASIDE[name]
    first, last = (hide, plant) if order == "the draft first" else (plant, hide)
    site.post()
    first(site)
    if order == "the draft after another":
        site.post("2025-04-22-z.md", "Nothing.\n", title="Z", draft="true")
    assert errors(site) == []
    last(site)
    error = refusal(site)
    expected = f"{{public}}/{PAGE}: the page of 2025-04-14-first.md " if expected == PAGE else expected
    assert error.startswith(expected.format(public=site.public)), error
    assert "a draft (2025-04-20-secret.md): " in error
    (site.posts / "2025-04-20-secret.md").unlink()
    assert errors(site) == []


@pytest.mark.parametrize("content", ['<?xml version="1.0"?>&nbsp;<br>', "{ x }", "<a href='//[x'>x</a><", ""])
def test_a_template_without_a_leak_may_write_anything(site: Site, content: str) -> None:
    template(site, content)
    hide(site)
    assert errors(site) == []
    assert (site.public / PAGE).read_text() == content


def test_a_draft_that_quotes_our_own_pages_stops_the_build(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post()
    assert errors(site) == []
    words = " ".join(re.sub("<[^>]*>", "", (site.public / "subscribe/index.html").read_text()).split())
    start = words.index("feed reader") - 40
    hide(site, words[start : start + 100])
    assert "subscribe" in refusal(site)


def test_a_correction_and_its_post_count_as_one(site: Site) -> None:
    """Otherwise two posts would be enough to make a text public."""
    note = f'[{{date: 2025-05-01, text: "{SECRET}", announce: true}}]'
    for day in (1, 2):
        site.post(f"2025-04-0{day}-{day}.md", title=str(day), corrections=note)
    assert errors(site) == []
    hide(site)
    assert [error.split(" ")[0] for error in errors(site)] == ["2025-04-01-1.md:3:", "2025-04-02-2.md:3:"]
    assert errors(site, cache=False) == errors(site)


def test_a_proof_for_one_output_folder_does_not_count_for_another(site: Site) -> None:
    template(site, f"<p>{SECRET}</p>")
    elsewhere = Site(site.root)
    elsewhere.public = site.root / "elsewhere"
    assert errors(site) == errors(elsewhere) == []
    template(site, "<p>x</p>")
    hide(site)
    assert errors(site) == []
    template(site, f"<p>{SECRET}</p>")
    assert len(errors(elsewhere)) == 1
    assert len(errors(site)) == 1


def test_published_files_are_not_read_again(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post()
    hide(site)
    assert errors(site) == []
    read: list[str] = []

    def read_and_tell(file: Path) -> bytes:
        read.append(file.name)
        return file.read_bytes()

    with mock.patch("dateline.output.plan.read_whole", read_and_tell):
        hide(site, f"More. {SECRET}")
        assert errors(site) == []
        assert read == []
        site.post(body="Edited.\n")
        assert errors(site) == []
        assert read == []
        hide(site, "Short.", id="post-42")
        assert errors(site) == []
        assert read == []


@pytest.mark.slow
def test_the_error_does_not_depend_on_the_hash_seed(site: Site) -> None:
    for name in ("a", "b", "c"):
        hide(site).rename(site.posts / f"2025-04-20-{name}.md")
    links = " ".join(f'<a href="https://example.org/2025/04/{name}/">x</a>' for name in "cab")
    template(site, f"<p>{links} {SECRET}</p>")
    told = {started("build", cwd=site.root, PYTHONHASHSEED=str(seed)).err for seed in range(8)}
    assert len(told) == 1
    assert told.pop().count("error: ") == 3


def test_a_draft_that_quotes_a_published_post_stops_the_build(site: Site) -> None:
    site.post(body=f"It is known.\n\n{SECRET}\n")
    hide(site, "Nothing yet.")
    assert errors(site) == []
    hide(site, f"He wrote it himself. {SECRET}")
    assert refusal(site).startswith(
        "2025-04-14-first.md:6: text: quotes a draft (2025-04-20-secret.md): 'The minister will resign on Friday over"
    )
    hide(site, "Nothing yet.", summary=SECRET)
    assert refusal(site).startswith("2025-04-14-first.md:6: text: ")
    hide(site, f"He wrote it himself. {SECRET}", embargo="false")
    assert errors(site) == []


def test_a_published_post_that_becomes_a_draft_may_not_be_linked_to(site: Site) -> None:
    hide(site, draft="false")
    site.post(body=f"[This]({ADDRESS}#x)\n")
    assert errors(site) == []
    hide(site)
    assert refusal(site).startswith(
        "2025-04-14-first.md:4: link: contains the address of a draft (2025-04-20-secret.md):"
        " 'https://example.org/2025/04/secret'; "
    )
    site.post(body="Text.\n")
    assert errors(site) == []
    assert not any(b"secret" in content for content in site.tree().values())


def test_a_scheduled_post_is_guarded_until_it_is_published(site: Site) -> None:
    site.post(body=f"[This]({ADDRESS})\n\n{SECRET}\n")
    hide(site, draft="false", publishDate="2025-06-02")
    found = errors(site)
    assert len(found) == 2
    assert all(" a post scheduled for 2025-06-02 12:00 (2025-04-20-secret.md): " in error for error in found)
    build(BuildOptions(site.posts, site.public, "2025-06-03", accept=True))
    assert "2025-04-20-secret" in site.tree()["atom.xml"].decode()
    assert len(errors(site)) == 2, "time may go back"


def test_a_link_to_a_published_post_stops_the_build_once_the_post_is_hidden_again(site: Site) -> None:
    site.post()
    hide(site, draft="false", publishDate="2025-06-02")
    assert errors(site) == []
    site.post(body=f"[This]({ADDRESS})\n")
    build(BuildOptions(site.posts, site.public, "2025-06-03", accept=True))
    assert len(errors(site)) == 1


@pytest.mark.parametrize(
    ("hidden", "published"),
    [
        ({"title": "Notes"}, {"body": "Notes on Notes, by Notes.\n", "tags": "[Notes]"}),
        ({"id": "notes"}, {"body": "<b>notes</b>\n", "tags": "[notes]"}),
        ({"slug": "fer"}, {"slug": "ferry", "body": "[x](https://example.org/2025/04/fer-2/)\n"}),
        ({"slug": "ferry-2"}, {"slug": "ferry", "body": "[x](https://example.org/2025/04/ferry/)\n"}),
        ({"id": "tag:example.org,2025-01-01:daily/2025-04-14-fir"}, {}),
        ({"id": "https://example.org/?p=12"}, {"body": "[x](https://example.org/?p=123)\n"}),
        ({"id": "https://example.org/?p=12"}, {"body": "[x](https://example.org/)\n"}),
        ({"link": "https://example.org/"}, {"body": "[x](https://example.org/)\n"}),
        ({}, {"body": SECRET[:59] + "\n"}),
        ({}, {"body": SECRET[20:79] + "\n", "summary": SECRET[:59], "title": SECRET[40:99]}),
        ({}, {"body": f"{SECRET[:50]}, {SECRET[50:]}\n"}),
        ({"link": "https://example.com/a", "embargo": "false"}, {"body": f"[x](https://example.com/a)\n{SECRET}\n"}),
    ],
    ids=str,
)
def test_harmless_similarities_do_not_stop_the_build(
    site: Site, hidden: dict[str, str], published: dict[str, str]
) -> None:
    site.write("feed.toml", EVERYTHING)
    hide(site, **hidden)
    site.post(**published)
    site.post("2025-03-14-other.md", title="Other")
    result = site.build()
    assert (result.code, result.err) == (0, "")
    assert errors(site, cache=False) == []


def test_address_and_id_are_guarded_even_without_an_embargo(site: Site) -> None:
    hide(site, embargo="false")
    site.post(body=f"[This]({ADDRESS}) {SECRET}\n")
    assert refusal(site).startswith("2025-04-14-first.md:4: link: ")
    site.post(body=f"{ID} {SECRET}\n")
    assert refusal(site).startswith("2025-04-14-first.md:4: text: ")


def test_where_a_text_was_published_first_is_guarded_only_under_an_embargo(site: Site) -> None:
    hide(site, canonical="https://example.com/report")
    site.post(body="[This](https://example.com/report#page-2)\n")
    assert refusal(site).endswith("; remove it, or allow it with embargo: false in 2025-04-20-secret.md")
    hide(site, canonical="https://example.com/report", embargo="false")
    assert errors(site) == []
    site.write("feed.toml", PAGES)
    hide(site, link="https://example.com/report")  # a page elsewhere, which everyone may link to
    assert errors(site) == []


def test_an_id_that_is_no_uri_counts_only_as_a_whole(site: Site) -> None:
    hide(site, id="post-42")
    site.post(body="See post-42 and post-421.\n")
    assert errors(site) == []
    for body in ('<b title="post-42">x</b>\n', "*post-42*\n"):
        site.post(body=body)
        assert refusal(site).startswith(
            "2025-04-14-first.md:4: text: contains the id of a draft (2025-04-20-secret.md): 'post-42'"
        )
    site.post(body="Text.\n", tags="[post-42]")
    assert refusal(site).startswith(
        "2025-04-14-first.md:3: text: contains the id of a draft (2025-04-20-secret.md): 'post-42'"
    )
    site.post(body=f"{ID.rpartition('/')[0]}/post-42\n")
    assert refusal(site).startswith(
        "2025-04-14-first.md:4: text: contains the id of a draft (2025-04-20-secret.md):"
        " 'tag:example.org,2025-01-01:daily/post-42'; "
    )


FOOT = "If you have information about this story, write to us at desk@example.org, or call us."


def test_a_footer_of_many_posts_is_public(site: Site) -> None:
    hide(site, f"Nothing yet.\n\n{FOOT}")
    for day in (1, 2):
        site.post(f"2025-04-0{day}-{day}.md", f"Text {day}.\n\n{FOOT}\n", title=str(day))
    assert len(errors(site)) == 2
    site.post("2025-04-03-3.md", f"Text 3.\n\n{FOOT}\n", title="3")
    assert errors(site) == errors(site, cache=False) == []
    site.post("2025-04-04-4.md", f"Text 4.\n\n{FOOT} {SECRET}\n", title="4")
    assert errors(site) == errors(site, cache=False) == []
    hide(site, f"{SECRET}\n\n{FOOT}")
    (error,) = errors(site)
    assert error.startswith("2025-04-04-4.md:6: text: quotes a draft (2025-04-20-secret.md): 'The minister")
    hide(site, f"Nothing yet.\n\n{FOOT}")
    assert errors(site) == []
    for day in (3, 4):
        (site.posts / f"2025-04-0{day}-{day}.md").unlink()
    assert len(errors(site)) == len(errors(site, cache=False)) == 2


def test_a_quotation_next_to_public_text_is_found(site: Site) -> None:
    hide(site, f"{SECRET} {FOOT}")
    for day in (1, 2, 3):
        site.post(f"2025-04-0{day}-{day}.md", f"Text {day}. {FOOT}\n", title=str(day))
    assert errors(site) == []
    site.post("2025-04-03-3.md", f"Text 3. {SECRET} {FOOT}\n", title="3")
    (error,) = errors(site)
    assert error.startswith("2025-04-03-3.md:4: text: quotes a draft (2025-04-20-secret.md): 'The minister will")
    assert errors(site, cache=False) == [error]


def test_a_static_file_that_a_published_post_uses_too_is_public(site: Site) -> None:
    site.write("_static/plan.png", b"x")
    site.write("_static/robots.txt", b"x")
    hide(site, "![Plan](_static/plan.png)")
    site.post(body="![Plan](https://example.org/plan.png)\n")
    assert errors(site) == errors(site, cache=False) == []
    site.post(body="Text.\n")
    assert len(errors(site)) == 1
    site.settings('icon = "_static/plan.png"\n')
    assert errors(site) == errors(site, cache=False) == []
    site.settings()
    (site.posts / "_static/plan.png").unlink()
    hide(site, "![Plan](/plan.png)")
    assert errors(site) == []
    site.write("_static/plan.png", b"x")
    assert len(errors(site)) == 1


def test_a_picture_that_only_a_draft_uses_is_not_published(site: Site) -> None:
    site.write("plan.png", b"x")
    hide(site, "![Plan](plan.png)")
    site.post()
    assert errors(site) == []
    assert "plan.png" not in site.tree()
    assert "plan.png" not in site.tree()[".dateline.json"].decode()


def test_a_distinctive_title_is_noted_and_does_not_stop_the_build(site: Site) -> None:
    hide(site, title="The minister’s *last* Friday")
    site.post(body='He says: "The minister\'s \\*last\\* Friday" is a novel.\n')
    result = site.build()
    assert result.code == 0
    note = (
        "posts/2025-04-14-first.md:4: text: contains the title of a draft (2025-04-20-secret.md):"
        " 'The minister’s *last* Friday'; check that it may be public"
    )
    assert result.err == f"Note: {note}.\n"
    assert json.loads(site.build("--no-cache", "--json").out)["notes"] == [note]
    assert note in site.run("check").out
    assert site.build().err == "", "it is said when one of the two changes"


def test_a_draft_that_cannot_be_rendered_is_guarded_by_its_address(site: Site) -> None:
    hide(site, "&#1;")
    site.post()
    assert errors(site) == []
    site.post(body=f"<{ADDRESS}>\n")
    assert refusal(site).startswith("2025-04-14-first.md:4: link: ")


def test_tags_and_authors_of_hidden_posts_alone_leave_no_trace(site: Site) -> None:
    site.write("feed.toml", EVERYTHING + "limit = 1\n")
    for month in (1, 2, 3):
        site.post(f"2025-0{month}-14-{month}.md", title=str(month), tags="[known]", author="Ana Díaz")
    hide(site, tags="[unknown]", author="Deep Throat")
    site.post("2025-06-02-held.md", title="Held", tags="[held-tag]", author="Held Person")
    assert errors(site) == []
    tree = site.tree()
    told = "\n".join([*tree, *(content.decode() for content in tree.values())]).casefold()
    assert "known" in told
    for word in ("unknown", "deep throat", "deep-throat", "secret", "held", "minister"):
        assert word not in told


def test_a_text_that_is_not_published_may_quote_a_draft(site: Site) -> None:
    site.settings('content = "summary"\n')
    hide(site)
    site.post(summary="S", body=f"{SECRET} {ADDRESS}\n")
    assert errors(site) == []
    site.settings()
    assert len(errors(site)) == 2
    site.settings('limit = 1\narchives = "off"\n')
    site.post("2025-04-15-newer.md", title="Newer")
    assert errors(site) == []
    (site.posts / "2025-04-15-newer.md").unlink()
    assert len(errors(site)) == 2


def test_a_quotation_is_found_with_either_markdown_engine(site: Site) -> None:
    said = 'He said: "The minister\'s contract for the dam is what everybody talks of here" -- again.'
    hide(site, said, language="es")
    site.post(body=f"{said}\n")
    assert len(errors(site)) == 1
    site.settings('markdown = "commonmark"\n')
    assert len(errors(site)) == 1


def loaded(site: Site) -> str:
    """The modules of the embargo that a build loads."""
    code = "import sys; from dateline.cli.fastpath import run; run(); print([m for m in sys.modules if 'embargo' in m])"
    command = [sys.executable, "-c", code, "build", "--quiet"]
    return subprocess.run(command, cwd=site.root, capture_output=True, text=True, check=True).stdout


def test_the_embargo_is_loaded_only_if_a_post_is_hidden(site: Site) -> None:
    site.post()
    assert loaded(site) == "[]\n"
    hide(site)
    assert "dateline.embargo.proof" in loaded(site)
    assert "dateline.embargo.comparable" in loaded(site)
    (site.posts / "2025-04-20-secret.md").unlink()
    site.post(body="Edited.\n")
    assert loaded(site) == "[]\n"


def test_an_id_that_is_an_address_is_guarded(site: Site) -> None:
    hide(site, id="https://example.org/?p=12")
    site.post(body="[x](https://example.org/?p=12#more)\n")
    assert refusal(site).startswith(
        "2025-04-14-first.md:4: text: contains the id of a draft (2025-04-20-secret.md): 'https://example.org/?p=12'; "
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["a link", "an id in text", "a run across markup", "a run in a title"])
def test_documents_are_searched_even_if_nothing_is_found_in_posts(site: Site, name: str, format: str) -> None:
    hide(site)
    LEAKS[name][0](site)
    site.settings(f'formats = ["{format}"]\n')

    nothing = Comparable("", frozenset())
    with (
        mock.patch("dateline.embargo.proof.comparable_entry", return_value=nothing),
        mock.patch("dateline.embargo.proof.checksum", return_value=0),
    ):
        (error,) = errors(site)
    assert error.startswith(f"{site.public}/")
    assert f": the {FORMAT_NAMES[format].label} feed " in error
    assert " a draft (2025-04-20-secret.md): '" in error


@pytest.mark.slow
def test_several_processes_find_the_same(site: Site) -> None:
    a_hundred_posts(site)
    for number in range(600):
        site.post(f"2023-01-10-more-{number}.md", f"Text {number}.\n", title=str(number))
    hide(site)
    site.post("2024-03-15-post-25.md", f"Text.\n\n{SECRET}\n", title="Post 25")
    found = []
    for jobs in (1, 3):
        with pytest.raises(BuildError) as refused:
            build(BuildOptions(site.posts, site.public, NOW, cache=False, jobs=jobs))
        found.append(site.problem_lines(refused.value.problems))
    assert found[0] == found[1]
    assert [error.split(" ")[0] for error in found[0]] == ["2024-03-15-post-25.md:6:"]


def test_a_cache_that_another_program_changed_proves_nothing(site: Site) -> None:
    hide(site)
    site.post()
    assert errors(site) == []
    site.post(body=f"{SECRET}\n")
    with closing(sqlite3.connect(site.database)) as connection:
        connection.execute("UPDATE hidden_posts SET details = '[\"\", [], []]'")
        connection.commit()
    assert len(errors(site)) == 1


def test_a_restored_post_is_searched_again(site: Site) -> None:
    """Although its documents are there already, and were proven before the draft came."""
    site.post(body=f"{SECRET}\n")
    site.post("2025-04-13-other.md", title="Other")
    assert errors(site) == []
    for away in ({"body": "Text.\n"}, {"body": f"{SECRET}\n", "draft": "true"}):
        site.post(**away)
        hide(site)
        build(BuildOptions(site.posts, site.root / "elsewhere", NOW, accept=True))
        site.post(body=f"{SECRET}\n")
        (error,) = errors(site)
        assert error.startswith("2025-04-14-first.md:4: text: ")
        assert errors(site) == [error]
        (site.posts / "2025-04-20-secret.md").unlink()
        assert errors(site) == []


def test_hidden_posts_are_not_searched_for_again(site: Site) -> None:
    a_hundred_posts(site)
    hide(site)
    searched: list[list[str]] = []

    def read_and_record(context: BuildContext, numbers: list[int]) -> list[HiddenPost]:
        found = read_hidden(context, numbers)
        searched.extend([[hidden.post.path for hidden in found]] if found else [])
        return found

    with mock.patch("dateline.embargo.proof.read_hidden", read_and_record):
        assert errors(site) == []
        assert searched.pop() == ["2025-04-20-secret.md"]
        assert errors(site) == []
        site.post("2024-03-15-post-25.md", "Edited.\n", title="Post 25", tags="[tag 4, all]")
        assert errors(site) == []
        assert searched == []
        site.post("2025-04-21-held.md", title="Held", publishDate="2026-01-01")
        assert errors(site) == []
        assert searched.pop() == ["2025-04-21-held.md"]
        site.write("feed.toml", EVERYTHING + 'rights = "None"\n')
        assert errors(site) == []
        assert sorted(searched.pop()) == ["2025-04-20-secret.md", "2025-04-21-held.md"]
        assert searched == []


def search_for(text: str) -> Search:
    """A search for one hidden post, number 1, of which only the text matters."""
    return Search([HiddenPost(1, mock.Mock(spec=Post), "", frozenset(), text, ())])


def shared_runs(hidden: str, published: str) -> list[Run]:
    """The runs of a hidden text in a published one, which are the same whichever text is indexed."""
    found = [hit.run for hit in search_for(hidden).find(published, ()) if hit.run]
    with mock.patch("dateline.embargo.search._MOST_BLOCKS", 0):
        assert [hit.run for hit in search_for(hidden).find(published, ())] == found
    return found


# Few letters, so that texts are alike by chance; each of another length in UTF-8.
WORDS = st.text("abé,漢𝔞", min_size=1, max_size=9)
TEXTS = st.lists(WORDS, min_size=25, max_size=60).map(" ".join)


@given(TEXTS, TEXTS, TEXTS, st.data())
@settings(max_examples=300)
@pytest.mark.slow
def test_every_run_of_60_characters_is_found_and_none_of_59(
    before: str, secret: str, after: str, data: st.DataObject
) -> None:
    length = data.draw(st.integers(60, len(secret)) if len(secret) >= 60 else st.just(len(secret)))
    start = data.draw(st.integers(0, len(secret) - length))
    planted = secret[start : start + length]
    text = f"{before}\x01{planted}\x02{after}"
    found = shared_runs(secret, text)
    if length >= 60:
        assert any(run[0] <= start and run[1] >= start + length for run in found)
    for first, last in found:
        assert last - first >= 60
        assert all(secret[at : at + 60] in text for at in range(first, last - 59))
    assert not shared_runs(secret, f"\x01{planted[:59]}\x02")


@pytest.mark.parametrize("length", [0, 29, 30, 59, 60, 61])
def test_a_text_shorter_than_60_characters_gives_nothing_away(length: int) -> None:
    text = FIRST[:length] if length < 61 else SECRET[:length]
    assert shared_runs(text, f"He said: {text}") == ([(0, length)] if length >= 60 else [])


@contextlib.contextmanager
def in_linear_time() -> Iterator[None]:
    """Fail if the work takes five seconds: in linear time it takes a tenth of one."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 5


@pytest.mark.parametrize("size", [60, 61, 200, 3000, 60_000])
def test_repetitive_text_is_compared_in_linear_time(size: int) -> None:
    text = "ab" * (size // 2) + "a" * (size % 2)
    with in_linear_time():
        assert shared_runs(text, text)[0][0] == 0


def test_a_long_post_and_a_draft_of_it_are_compared_in_linear_time() -> None:
    text = "".join(f"{number:x} " for number in range(100_000))
    with in_linear_time():
        assert shared_runs(text, text) == [(0, len(text))]


CODE = "".join(random.Random(1).choices("abcdef:;=(){}?,.x1", k=400_000))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CODE, id="code-without-a-space"),
        pytest.param("a:" * 45_000, id="colons"),
        pytest.param("a://?" * 45_000, id="addresses-in-addresses"),
        pytest.param("href=" * 20_000 + ":x", id="attributes"),
        pytest.param("<!--" * 80_000, id="comments-without-an-end"),
        pytest.param("<a " * 80_000, id="tags-without-an-end"),
        pytest.param("<rt>" * 80_000, id="pronunciations-without-an-end"),
        pytest.param("a" + "\u0301\u0316" * 100_000, id="marks"),
        pytest.param('<sup id="fnref' * 20_000, id="footnotes-without-an-end"),
    ],
)
def test_any_page_is_searched_in_linear_time(text: str) -> None:
    with in_linear_time():
        page = comparable_page(f"{text} {ADDRESS}".encode(), "https://example.org/")
        assert ADDRESS.rstrip("/") in page.names
        assert not search_for(SECRET).find(*page)


@pytest.mark.parametrize(
    "text",
    [
        f"(see {ADDRESS}).",
        f"{CODE[:3000]};{ADDRESS}",
        f"https://web.archive.org/web/{ADDRESS}?a=b:c#d",
        f"https://example.com/?{'a:' * 1000}#{ADDRESS}?x=y",
        f"{ADDRESS}?{'a:' * 1000}",
        f"{ADDRESS}#{'a:' * 1000}?b",
        f"{'a:' * 1000}{ADDRESS}",
    ],
)
def test_an_address_is_found_whatever_is_around_it(text: str) -> None:
    assert ADDRESS.rstrip("/") in addresses(text)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(60, 200)), max_size=6))
def test_what_three_posts_share_is_public(spans: list[tuple[int, int]]) -> None:
    text = "".join(f"{number:03}" for number in range(200))
    search = search_for(text)
    for start, length in spans:
        search.count([Hit(1, run=(start, start + length))])
    starts = [sum(start <= at <= start + length - 60 for start, length in spans) for at in range(541)]
    expected = {at + offset for at, number in enumerate(starts) if number >= OFTEN for offset in range(60)}
    assert {at for at in range(600) if search.texts[1][at] != text[at]} == expected


MARKS = st.sampled_from(
    ["*{}*", "**{}**", "{}\n", "{}<br>", "<span>{}</span>", "[{}](https://example.com/)", "{}", "{}", "{}"]
)
PLAIN = st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=30, max_size=40)


@given(PLAIN, st.data(), st.sampled_from(["python-markdown", "commonmark"]), st.sampled_from(FORMATS))
@settings(max_examples=15)
def test_a_quotation_is_found_however_it_is_marked_up(
    words: list[str], data: st.DataObject, engine: str, format: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder))
        site.settings(f'markdown = "{engine}"\nformats = ["{format}"]\n')
        hide(site, " ".join(words))
        marked = " ".join(data.draw(MARKS).format(word) for word in words)
        site.post(body=f"We hear that {marked}\n")
        assert len(" ".join(words)) < 60 or len(errors(site)) == 1


EDITS: dict[str, Callable[[Site], object]] = {
    "link": lambda site: site.post(body=f"[x]({ADDRESS})\n"),
    "quote": lambda site: site.post(body=f"{SECRET}\n"),
    "neither": lambda site: site.post(),
    "hide": lambda site: hide(site),
    "hide with a foot": lambda site: hide(site, f"{FOOT} {SECRET[:50]}"),
    "hide with a file": lambda site: hide(site, "![x](/plan.png)"),
    "hold": lambda site: hide(site, draft="false", publishDate="2026-01-01"),
    "publish": lambda site: hide(site, draft="false"),
    "let it be known": lambda site: hide(site, embargo="false"),
    "remove it": lambda site: (site.posts / "2025-04-20-secret.md").unlink(missing_ok=True),
    "feet": lambda site: [
        site.post(f"2025-03-0{day}-{day}.md", f"Text {day}.\n\n{FOOT}\n", title=str(day)) for day in (1, 2, 3)
    ],
    "one foot less": lambda site: site.post("2025-03-02-2.md", title="2"),
    "one foot goes": lambda site: (site.posts / "2025-03-03-3.md").unlink(missing_ok=True),
    "a file": lambda site: site.write("_static/plan.png", b"x"),
    "no file": lambda site: (site.posts / "_static/plan.png").unlink(missing_ok=True),
    "name the file": lambda site: site.post("2025-03-05-5.md", "![x](/plan.png)\n", title="5"),
    "summaries": lambda site: site.settings('content = "summary"\n'),
    "one post": lambda site: site.settings('limit = 1\narchives = "off"\n'),
    "all posts": lambda site: site.settings(),
    "pages": lambda site: site.write("feed.toml", PAGES),
    "pages and summaries": lambda site: site.write("feed.toml", PAGES + 'content = "summary"\n'),
    "a rumour": lambda site: site.settings(f'description = "{SECRET}"\n'),
    "a template": lambda site: site.write("_templates/post.html", f"<p>x</p>{SECRET}<p>{{{{ post.html|safe }}}}</p>"),
    "a template with a link": lambda site: site.write("_templates/404.html", '<a href="2025/04/secret/">x</a>'),
    "no template": lambda site: shutil.rmtree(site.posts / "_templates", ignore_errors=True),
    "correct": lambda site: site.post(corrections=f'[{{date: 2025-05-01, text: "{SECRET}", announce: true}}]'),
    "retract": lambda site: site.post(
        corrections=f'[{{date: 2025-05-01, text: "{SECRET}"}}]', retracted="{date: 2025-05-02, reason: Wrong}"
    ),
    "withdraw": lambda site: (
        site.post(withdrawn=f'{{date: 2025-05-02, reason: "{SECRET}"}}'),
        site.write("feed.toml", PAGES + "tombstones = true\n"),
    ),
    "hide a second": lambda site: site.post(
        "2025-04-21-more.md", f"x\n\n{SECRET[:-1]}\n", title="More", draft="true", id="more-42"
    ),
    "hide another": lambda site: site.post("2025-04-22-z.md", "Nothing.\n", title="Z", draft="true"),
    "name the second": lambda site: site.post("2025-03-06-6.md", "<b>more-42</b>\n", title="6"),
    "no second": lambda site: (site.posts / "2025-04-21-more.md").unlink(missing_ok=True),
    "no cache": Site.forget,
    "no output": lambda site: shutil.rmtree(site.public, ignore_errors=True),
}


@few_and_many(2, 100)
def test_a_warm_build_finds_what_a_cold_one_does(drawn: settings) -> None:
    @drawn
    @given(st.lists(st.sampled_from(sorted(EDITS)), min_size=2, max_size=8))
    @example(["hide with a foot", "feet", "one foot less", "one foot goes"])
    @example(["hide with a file", "name the file", "a file", "neither", "no file", "a file"])
    @example(["quote", "summaries", "hide", "all posts"])
    @example(["quote", "pages and summaries", "hide", "neither", "summaries"])
    @example(["pages", "a template", "hide", "no template", "hide a second", "a template", "remove it", "no second"])
    @example(["retract", "hide a second", "correct", "pages", "hide", "neither"])
    @example(["withdraw", "hide", "pages"])
    @example(["pages", "a template", "hide another", "hide"])
    @example(["pages", "a template with a link", "hide", "no template", "hide a second", "name the second"])
    def holds(names: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder, settling() as settle:
            site, fresh = Site(Path(folder)), Site(Path(folder))
            fresh.public = site.root / "cold"
            site.write("feed.toml", SETTINGS)
            site.post("2025-02-01-old.md", title="Old")
            site.post()
            for name in names:
                EDITS[name](site)
                settle()
                refused = errors(site)
                assert refused == [error.replace("/cold/", "/public/") for error in errors(fresh, cache=False)]
                if not refused:
                    assert site.tree() == fresh.tree()

    holds()


def test_a_draft_may_name_the_address_of_a_published_post(site: Site) -> None:
    slug = "a-slug-long-enough-to-fill-a-whole-run-of-characters-by-itself"
    site.post("2025-04-14-first.md", "Text.\n", slug=slug)
    address = f"https://example.org/2025/04/{slug}/"
    site.post("2025-04-15-draft.md", f"See <{address}>, which says it all.\n", title="Not yet", draft="true")
    site.write("feed.toml", PAGES)
    assert site.build().code == 0
