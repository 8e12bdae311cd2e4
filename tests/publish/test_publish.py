"""``dateline publish``: what is sent, what that is compared with, and what the site says, which a real server shows."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import PAGES, SETTINGS, Result, Site

from dateline.commands import publish as command
from dateline.publish.command_target import CommandTarget
from dateline.publish.upload import StoreTarget
from publish.hubs import Quiet, scripted
from publish.web import Reply, Web, serving

TO = '\n[publish]\nto = "../www"\n'
YES = ("--yes", "../www")
GONE = "“Second” would be gone from the feed and its archives (no post has its id)."


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a site that is not there."""
    for target in (StoreTarget, CommandTarget):
        monkeypatch.setattr(target, "wait", 0.1)


@pytest.fixture
def web(site: Site) -> Iterator[Web]:
    """A server of the folder `www`, which is where `site` is published."""
    with serving() as web:
        web.folder = site.root / "www"
        yield web


def start(site: Site, web: Web, settings: str = PAGES, more: str = "") -> None:
    """Write a publication of two posts, which is published to the folder that is served."""
    site.write("feed.toml", settings.replace("https://example.org/", web.url) + more + TO)
    site.post()
    site.post("2025-04-15-second.md", "Another text.\n", title="Second")


def published(site: Site, *options: object) -> dict[str, Any]:
    """Publish, and return what that reports."""
    result = site.run("publish", *YES, "--json", *options)
    assert result.code == 0, result
    found: dict[str, Any] = json.loads(result.out)
    return found


def tree(folder: Path) -> dict[str, bytes]:
    """The files in a folder, without the list that is kept there."""
    found = (file for file in folder.rglob("*") if file.is_file() and file.name != ".dateline.json")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def take_off(web: Web) -> None:
    web.quirk = lambda _request, _reply: None


def lose_a_post(site: Site) -> None:
    (site.posts / "2025-04-15-second.md").unlink()


def test_a_publication_goes_online_and_each_edit_sends_what_it_changed(site: Site, web: Web) -> None:
    start(site, web, more="live = false  # yet\n")
    first = site.run("publish", *YES)
    assert (first.code, first.err) == (0, "")
    lines = first.out.splitlines()
    assert lines[0] == "The feed is new, with 2 items: “Second”, “First”."
    assert lines[1] == "First publication: nothing to compare with yet."
    assert f"Removed live = false from {site.posts.name}/feed.toml" in first.out
    assert "live" not in (site.posts / "feed.toml").read_text("utf-8")
    assert tree(web.folder) == tree(site.public)
    site.post(body="Another word.\n")
    second = published(site)
    assert "2025/04/first/index.html" in second["sent"]
    assert second["sent"][-1] in ("rss.xml", "atom.xml", "feed.json", "feeds.opml")
    assert len(second["sent"]) < second["unchanged"]
    assert second["build"]["subscribers"]["compared_with"] == f"{web.url}rss.xml"
    assert [item["title"] for item in second["build"]["subscribers"]["updated"]] == ["First"]
    assert f"{web.url}rss.xml" in second["site"]["live"]
    assert tree(web.folder) == tree(site.public)
    third = published(site)
    assert (third["sent"], third["removed"], third["bytes"]) == ([], [], 0)


def test_a_clean_machine_sends_only_what_differs(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    site.forget()
    shutil.rmtree(site.public)
    site.post(body="Another word.\n")
    again = published(site)
    assert 0 < len(again["sent"]) < again["unchanged"]
    assert [item["title"] for item in again["build"]["subscribers"]["updated"]] == ["First"]
    assert tree(web.folder) == tree(site.public)


@pytest.mark.slow
def test_a_file_that_is_no_longer_built_is_removed(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    lose_a_post(site)
    after = published(site, "--accept")
    assert "2025/04/second/index.html" in after["removed"]
    assert tree(web.folder) == tree(site.public)


@pytest.mark.parametrize("pages", [SETTINGS, PAGES])
def test_surprises_send_nothing(site: Site, web: Web, pages: str) -> None:
    start(site, web, pages)
    published(site)
    before = tree(web.folder)
    lose_a_post(site)
    stopped = site.run("publish")
    assert (stopped.code, stopped.out) == (3, "")
    assert stopped.err.startswith(f"surprise: {GONE}")
    assert stopped.err.endswith("\nNothing was published. If that is meant, publish with --accept.\n")
    assert tree(web.folder) == before
    assert json.loads(site.run("publish", "--json").out)["subscribers"]["surprises"] == 1


@pytest.mark.slow
def test_a_build_that_was_accepted_before_is_compared_with_what_is_live(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    lose_a_post(site)
    assert site.build("--accept").code == 0
    assert site.build().code == 0
    assert site.run("publish").code == 3
    assert site.run("publish", "--accept").code == 0


@pytest.mark.slow
def test_live_false_counts_for_nothing_once_something_is_published(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    start(site, web, more="live = false\n")
    lose_a_post(site)
    assert site.run("publish").code == 3
    take_off(web)
    assert site.run("publish").code == 3


def test_if_the_site_cannot_be_reached_the_feed_on_the_target_is_compared_with(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    take_off(web)
    lose_a_post(site)
    stopped = site.run("publish", "--json")
    assert stopped.code == 3
    compared_with = json.loads(stopped.out)["subscribers"]["compared_with"]
    assert compared_with.startswith("rss.xml in ")
    assert compared_with.endswith("www")


@pytest.mark.parametrize("live", ["", "live = false\n"])
def test_without_a_site_or_a_feed_only_a_publication_that_is_not_live_is_published(
    site: Site, web: Web, live: str
) -> None:
    start(site, web, more=live)
    take_off(web)
    result = site.run("publish", *YES)
    assert result.code == 1  # either way, the site cannot be reached
    assert web.folder.exists() == bool(live)
    if not live:
        assert result.err.endswith("see why, or publish with --first, if no feed is published yet\n")
        assert site.run("publish", "--first").code == 1
        assert tree(web.folder) == tree(site.public)


@pytest.mark.slow
def test_a_site_that_answers_404_has_no_feed_yet(site: Site, web: Web) -> None:
    start(site, web)
    assert published(site)["build"]["subscribers"]["compared_with"] is None


def test_a_feed_at_the_address_that_another_program_wrote_holds_the_brake(site: Site, web: Web) -> None:
    start(site, web, more="live = false\n")
    web.folder.mkdir()
    (web.folder / "rss.xml").write_text(
        '<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>O</description>'
        '<item><title>Second</title><guid isPermaLink="false">12</guid><description>Another text.</description></item>'
        "</channel></rss>"
    )
    stopped = site.run("publish", *YES)
    assert stopped.code == 3, stopped
    assert os.listdir(web.folder) == ["rss.xml"]


@pytest.mark.slow
def test_each_edition_is_compared_with_its_own_feed(site: Site, web: Web) -> None:
    start(site, web, more='languages = ["en", "es"]\n')
    site.post("2025-04-16-tercero.md", "Otro texto.\n", title="Tercero", language="es")
    published(site)
    (site.posts / "2025-04-16-tercero.md").unlink()
    site.post("2025-04-17-cuarto.md", "Y otro más.\n", title="Cuarto", language="es")
    stopped = site.run("publish")
    assert (stopped.code, "“Tercero” would be gone" in stopped.err) == (3, True)
    take_off(web)
    assert "“Tercero” would be gone" in site.run("publish").err


def test_a_dry_run_sends_nothing_and_lists_everything(site: Site, web: Web) -> None:
    start(site, web, more="live = false\n")
    result = site.run("publish", *YES, "--dry-run")
    assert result.code == 0
    assert "would be sent  2025/04/first/index.html\n" in result.out
    assert not web.folder.exists()
    assert "live = false" in (site.posts / "feed.toml").read_text("utf-8")
    report = published(site, "--dry-run")
    assert (report["dry_run"], report["site"], sorted(report["sent"])) == (True, None, sorted(tree(site.public)))


@pytest.mark.slow
def test_a_folder_of_posts_that_cannot_be_written_keeps_live_false(
    site: Site, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(site, web, more="live = false\n")
    monkeypatch.setattr(os, "replace", _failing_for("feed.toml", os.replace))
    result = site.run("publish", *YES)
    assert result.code == 0, result
    assert "Note: live = false had to stay in posts/feed.toml: " in result.out


def _failing_for(name: str, replace: Any) -> Any:
    def fail(source: Any, target: Any, **options: Any) -> None:
        if os.fspath(target).endswith(name):
            raise PermissionError(13, "Read-only file system", target)
        replace(source, target, **options)

    return fail


@pytest.mark.slow
def test_a_fault_of_the_live_site_is_told_and_exits_with_1(site: Site, web: Web) -> None:
    start(site, web)
    web.quirk = lambda request, reply: (
        reply.having(Content_Type="image/png") if request.is_for_feed and reply.status == 200 else reply
    )
    result = site.run("publish", *YES)
    assert result.code == 1
    assert "image/png" in result.out
    assert tree(web.folder) == tree(site.public)
    quiet = site.run("publish", "--quiet")
    assert (quiet.code, "image/png" in quiet.out + quiet.err) == (1, True)


@pytest.mark.slow
def test_bytes_that_are_not_those_that_were_sent_are_a_fault(site: Site, web: Web) -> None:
    start(site, web)
    published(site)
    old = tree(web.folder)["rss.xml"]
    web.quirk = lambda request, reply: (
        Reply(200, reply.having(Content_Encoding="").headers, old) if request.path == "/rss.xml" else reply
    )
    site.post(body="Another word.\n")
    assert site.run("publish").code == 1


def test_the_hub_is_told_about_the_feeds_that_changed(site: Site, web: Web) -> None:
    def thanks(request: Quiet) -> None:
        request.answer(204)

    with scripted(thanks) as (hub, asked):
        start(site, web, more=f'hub = "{hub}"\n')
        site.post("2025-04-16-third.md", "A text.\n", title="Third", tags="ferry")
        published(site)
        asked.clear()
        site.post("2025-04-15-second.md", "Another word.\n", title="Second")
        report = published(site)
        assert {form["hub.url"][0] for form in asked} == {told["topic"] for told in report["hub"]}
        assert f"{web.url}rss.xml" in {form["hub.url"][0] for form in asked}
        assert f"{web.url}tags/ferry/rss.xml" not in {form["hub.url"][0] for form in asked}
        asked.clear()
        published(site)
        assert asked == []


@pytest.mark.slow
def test_files_of_others_are_replaced_only_if_that_is_meant(site: Site, web: Web) -> None:
    start(site, web)
    web.folder.mkdir()
    (web.folder / "index.html").write_text("mine")
    refused = site.run("publish", *YES)
    assert refused.code == 1
    assert "index.html" in refused.err
    assert "--take-over" in refused.err
    assert tree(web.folder) == {"index.html": b"mine"}
    assert site.run("publish", "--take-over").code == 0
    assert tree(web.folder) == tree(site.public)


def test_feeds_alone_get_a_page_for_what_is_not_there(site: Site, web: Web) -> None:
    start(site, web, SETTINGS, 'language = "ar"\n')
    published(site)
    page = (web.folder / "404.html").read_text("utf-8")
    assert '<html lang="ar" dir="rtl">' in page
    assert "<title>الصفحة غير موجودة</title>" in page


@pytest.mark.slow
def test_feeds_alone_leave_the_page_of_the_site_that_they_belong_to(site: Site, web: Web) -> None:
    start(site, web, SETTINGS)
    web.folder.mkdir()
    (web.folder / "404.html").write_text("mine")
    for _ in range(2):
        published(site)
        assert (web.folder / "404.html").read_text("utf-8") == "mine"
        site.post(body="Another word.\n")


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("../public", "is the output folder"),
        ("../public/www", "is inside the output folder"),
        (".", "is the folder of posts"),
        ("_static", "is inside the folder of posts"),
    ],
)
def test_the_posts_and_the_output_are_no_targets(site: Site, to: str, says: str) -> None:
    site.settings(f'[publish]\nto = "{to}"\n')
    site.post()
    result = site.run("publish", "--yes", to)
    assert (result.code, says in result.err) == (1, True), result
    assert not (site.posts / "rss.xml").exists()


def test_without_a_target_an_error_says_what_to_write(site: Site) -> None:
    site.post()
    result = site.run("publish")
    assert result.code == 1
    assert result.err == (
        'error: posts/feed.toml: publish: missing; end the file with [publish], and to = "/srv/www/site" below;'
        " more: dateline help publishing\n"
    )
    assert not site.public.exists()


def test_nobody_is_asked_about_a_target_that_is_none(site: Site) -> None:
    site.settings('[publish]\nto = "ftp://harbour.example/www"\n')
    site.post()
    result = site.run("publish")
    assert result.code == 1
    assert result.err == (
        "error: posts/feed.toml: publish: cannot publish to 'ftp://harbour.example/www';"
        " dateline help publishing lists what can be written here\n"
    )


@pytest.mark.slow
def test_errors_in_posts_send_nothing(site: Site, web: Web) -> None:
    start(site, web)
    site.post(date="soon")
    result = site.run("publish", *YES, "--json")
    assert result.code == 1
    assert json.loads(result.out)["errors"]
    assert not web.folder.exists()
    left_out = site.run("publish", "--skip-invalid")
    assert left_out.code == 0, left_out
    assert "left out: posts/2025-04-14-first.md" in left_out.err


def test_an_interrupt_says_that_it_can_go_on(site: Site, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    start(site, web)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "local_files", interrupt)
    result: Result = site.run("publish", *YES)
    assert (result.code, result.err) == (130, "Stopped. What was sent is there; to go on: dateline publish\n")
