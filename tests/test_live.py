"""Before a publication is online, its builds go on where subscribers would see something unexpected."""

import json
import shutil
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from conftest import PAGES, Site, dateline
from readers.conftest import serving
from test_guard import OLD_BLOG, answering, body, slowly, status

from dateline.comparison import online

NOBODY = "http://127.0.0.1:9/"  # where nothing listens
NOT_LIVE = "Not live yet, says feed.toml. Once it is online: dateline live\n"
GONE = "“Second” would be gone from the feed and its archives (no post has its id)."


def start(site: Site, url: str = NOBODY, more: str = "") -> None:
    """Build a publication of two posts that says that it is not live."""
    site.write("feed.toml", PAGES.replace("https://example.org/", url) + f"live = false  # yet\n{more}")
    site.post()
    site.post("2025-04-15-second.md", "Another text.\n", title="Second")
    first = site.build()
    assert first.code == 0
    assert first.out.endswith(NOT_LIVE)


def lose_a_post(site: Site) -> None:
    (site.posts / "2025-04-15-second.md").unlink()


@pytest.fixture
def web(site: Site) -> Iterator[str]:
    """The address of a server that shows a folder `web`, to which the output is copied."""
    (site.root / "web").mkdir()
    with serving(site.root / "web") as server:
        yield server.url


def deploy(site: Site) -> None:
    shutil.copytree(site.public, site.root / "web", dirs_exist_ok=True)


def test_a_build_goes_on_as_long_as_nothing_is_online(site: Site) -> None:
    start(site)
    lose_a_post(site)
    diff = site.run("diff")
    assert diff.code == 0
    assert diff.out.endswith("public/feed.json. Not live yet, says feed.toml, so a build goes on.\n")
    assert json.loads(site.run("diff", "--json").out)["live"] is False
    built = site.build()
    assert (built.code, built.err) == (0, "")
    assert f"\nIf it were live: {GONE}\n" in built.out
    assert built.out.endswith(NOT_LIVE)
    assert site.build().out.endswith(f"Nothing is new, changed or gone in the feed.\n{NOT_LIVE}")


@pytest.mark.parametrize("formats", ['["json"]', '["rss"]', '["atom"]', '["rss", "atom", "json"]'])
def test_a_feed_that_was_only_copied_to_the_web_holds_the_brake(site: Site, web: str, formats: str) -> None:
    start(site, web, f"formats = {formats}\n")
    deploy(site)
    lose_a_post(site)
    before = site.tree()
    stopped = site.build()
    assert stopped.code == 3
    assert stopped.err.startswith(f"surprise: {GONE} To prevent that, put its file back; ")
    *_, live, nothing = stopped.err.splitlines()
    assert (live.startswith(web), live.endswith(" is online already; run dateline live.")) == (True, True)
    assert nothing == "Nothing was written. If that is meant, build with --accept."
    assert site.tree() == before
    diff = site.run("diff")
    assert (diff.code, diff.out.endswith(" is online already; run dateline live.\n")) == (3, True)
    assert site.run("live").code == 0
    assert site.build().code == 3
    assert site.build("--accept").code == 0


def test_a_feed_is_found_at_the_old_address_after_a_change_of_url_or_id(site: Site, web: str) -> None:
    start(site, web)
    deploy(site)
    settings = (site.posts / "feed.toml").read_text()
    for old, new in ((web, f"{web}blog/"), ("tag:example.org,2025-01-01:daily", "tag:example.org,2025-01-01:weekly")):
        site.write("feed.toml", settings.replace(old, new))
        stopped = site.build()
        assert (stopped.code, f"\n{web}feed.json is online already" in stopped.err) == (3, True)


def test_a_wrong_url_can_be_corrected_before_anything_is_online(site: Site, web: str) -> None:
    start(site, "https://exmaple.invalid/")
    site.write("feed.toml", (site.posts / "feed.toml").read_text().replace("https://exmaple.invalid/", web))
    built = site.build()
    assert built.code == 0
    assert "If it were live: 3 feeds would move: https://exmaple.invalid/feed.json to" in built.out
    deploy(site)
    lose_a_post(site)
    assert site.build().code == 3


ANSWERS = {
    "nothing": status(404),
    "an error": status(503),
    "a page": body(b"<!doctype html><title>Soon</title>"),
    "a feed of somebody else": body(OLD_BLOG.encode()),
    "a redirect to a file": status(302, Location="file:///etc/passwd"),
    "a byte at a time": slowly,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_any_other_answer_means_that_it_is_not_online(site: Site, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "TIME_LIMIT", 0.3)
    with answering(ANSWERS[answer]) as url:
        start(site, url)
        lose_a_post(site)
        started = time.monotonic()
        assert site.build().code == 0
        assert time.monotonic() - started < 5


def test_what_stands_in_the_output_sends_no_request_into_the_users_network(site: Site) -> None:
    asked: list[str] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        status(404)(handler)

    with answering(note) as inner:
        for link in (
            f"{inner}secret",
            inner.replace("127.0.0.1", "localhost"),
            "file:///etc/passwd",
            "http://[bad/",
            "x:",
        ):
            shutil.rmtree(site.public, ignore_errors=True)
            start(site)
            for name in ("feed.json", "rss.xml", "atom.xml"):
                file = site.public / name
                file.write_text(file.read_text("utf-8").replace(f"{NOBODY}{name}", link), "utf-8")
            lose_a_post(site)
            built = site.build()
            assert (built.code, "If it were live: " in built.out) == (0, True)
    assert asked == []


def test_nobody_is_asked_unless_a_build_would_stop(site: Site) -> None:
    asked: list[str] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        status(404)(handler)

    with answering(note) as url:
        start(site, url)
        site.post("2025-04-16-third.md", title="Third")
        assert site.build().code == 0
        lose_a_post(site)
        assert site.build("--accept").code == 0
        assert asked == []
        (site.posts / "2025-04-16-third.md").unlink()
        assert site.build().code == 0
    assert asked == ["/feed.json"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("live = false  # Not yet.\n", ""),
        ("\r\nLIVE=false\r\n\r\n", "\r\n\r\n"),
        ('# Quite so:\n"live" = false', "# Quite so:\n"),
    ],
)
def test_live_removes_the_line_and_nothing_else(site: Site, before: str, after: str) -> None:
    settings = PAGES.replace("\n", "\r\n") if "\r" in before else PAGES
    site.write("feed.toml", f"{settings}{before}")
    result = site.run("live")
    said = "Removed live = false from posts/feed.toml. From now on, a build stops at surprises.\n"
    assert (result.code, result.out) == (0, said)
    assert (site.posts / "feed.toml").read_bytes() == f"{settings}{after}".encode()
    again = site.run("live")
    assert (again.code, again.out[:46]) == (0, "posts/feed.toml has no line live = false, so b")
    assert dateline("live", site.root / "nowhere").code == 1


def test_live_and_a_guard_of_the_live_feed_exclude_each_other(site: Site) -> None:
    site.settings('guard = "live"\nlive = false\n')
    site.post()
    refused = site.build()
    assert refused.code == 1
    assert refused.err.startswith("error: posts/feed.toml:11: live: false, but guard = ")
    assert site.run("live").code == 0
    assert site.build("--first").code in (0, 1)
    site.settings("live = true\n")
    assert "Not live" not in site.build().out


def test_adopting_a_feed_says_that_people_are_subscribed(site: Site) -> None:
    site.settings("live = false\n")
    site.post(
        "2025-04-14-ferry.md", "The ferry sails at seven, and whoever comes later goes home.\n", title="The ferry"
    )
    feed = site.write("../old.xml", OLD_BLOG)
    rehearsed = site.run("adopt", feed, "posts", "--dry-run")
    assert "live = false would be removed from feed.toml, since people are subscribed.\n" in rehearsed.out
    assert "live = false" in (site.posts / "feed.toml").read_text()
    adopted = site.run("adopt", feed, "posts")
    assert "live = false was removed from feed.toml, since people are subscribed.\n" in adopted.out
    assert "live" not in (site.posts / "feed.toml").read_text()
    assert "live = false" not in site.run("adopt", feed, "posts").out
