"""Comparing with a feed that is elsewhere: on the web, in a file, or written by another program."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from conftest import SETTINGS, Site, started
from readers.conftest import serving

from dateline import http_client

NAMES = ["rss.xml", "atom.xml", "feed.json"]
TEXT = "The ferry sails at seven, and whoever comes later than that goes home on foot.\n"
OLD_BLOG = """\
<?xml version="1.0"?>
<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>Old</description>
<item><title>The ferry</title><link>https://example.org/?p=12</link><guid isPermaLink="false">12</guid>
<pubDate>Mon, 14 Apr 2025 12:00:00 GMT</pubDate><description>&lt;p&gt;The ferry sails at seven, and whoever comes
later than that goes home on foot.&lt;/p&gt;</description></item>
<item><title>Gone</title><link>https://example.org/?p=11</link><guid isPermaLink="false">11</guid>
<pubDate>Sun, 13 Apr 2025 12:00:00 GMT</pubDate><description>Something else.</description></item>
</channel></rss>
"""


def diff(site: Site, *options: object) -> tuple[int, dict[str, list[str]]]:
    """Return the exit code of diff, and titles or addresses by kind."""
    result = site.run("diff", "--json", *options)
    told = json.loads(result.out)
    found = {
        kind: [change["title"] if "title" in change else change["was"] for change in changes]
        for kind, changes in told.items()
        if isinstance(changes, list) and changes
    }
    return result.code, found


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], object]) -> Iterator[str]:
    """Run a server that handles each request as given; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.block_on_close = False
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/"
        finally:
            http.shutdown()
            thread.join()


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], object]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def body(content: bytes) -> Callable[[BaseHTTPRequestHandler], object]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def slowly(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte at a time, for longer than anybody waits."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        try:
            handler.wfile.write(b" ")
        except OSError:
            return
        time.sleep(0.05)


def in_part(content: bytes, **headers: str) -> Callable[[BaseHTTPRequestHandler], object]:
    """Send a body that does not match the headers."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def and_no_more(handler: BaseHTTPRequestHandler) -> None:
    """Send some bytes, and then none for longer than anybody waits."""
    in_part(b"<rss", Content_Length="1000")(handler)
    handler.connection.recv(1)


def in_circles(handler: BaseHTTPRequestHandler) -> None:
    status(302, Location=handler.path)(handler)


def guarded(site: Site, url: str) -> None:
    """Set up a publication that compares with the feed at an address."""
    site.write("feed.toml", SETTINGS.replace("https://example.org/", url) + 'guard = "live"\n')
    site.post(body=TEXT)


@pytest.mark.parametrize("code", [404, 410])
def test_without_a_feed_on_the_web_a_build_needs_first(site: Site, code: int) -> None:
    with answering(status(code)) as url:
        guarded(site, url)
        refused = site.build()
        assert refused.code == site.build("--unguarded").code == 1
        assert refused.err.startswith(f"error: {url}rss.xml: the server answers {code} ")
        assert "--first" in refused.err
        assert "--unguarded" not in refused.err
        assert not (site.public / "rss.xml").exists()
        assert site.build("--first").code == 0


NO_URL = "leads to an address that is not http or https"
FAILURES: dict[str, tuple[Callable[[BaseHTTPRequestHandler], object], str]] = {
    "an error": (status(500), "the server answers 500 Internal Server Error"),
    "a redirect to a file": (
        status(302, Location="file:///etc/passwd"),
        "leads to an address that is not http or https",
    ),
    "a redirect to ftp": (
        status(302, Location="ftp://127.0.0.1/rss.xml"),
        "leads to an address that is not http or https",
    ),
    "a redirect to no host": (status(302, Location="http://[bad/"), NO_URL),
    "a redirect to an odd host": (status(302, Location="http://.x..example/"), NO_URL),
    "a redirect in odd bytes": (status(302, Location="/\xff"), NO_URL),
    "redirects in circles": (in_circles, "more than 5 redirects"),
    "too much": (body(b"<rss>" + b" " * 5000), "larger than"),
    "no feed": (body(b"<!doctype html><title>Hello</title><p>Hello."), "not a feed"),
    "nothing": (body(b""), "not a feed"),
    "JSON": (body(b'{"items": 3}'), "not a feed"),
    "a feed that ends early": (body(b"\x1f\x8b<rss"), "not a feed"),
    "no gzip": (in_part(b"<rss>", Content_Encoding="gzip"), "the server sent what cannot be decompressed"),
    "a part": (in_part(b"<rss", Content_Length="1000"), "the connection was interrupted"),
    "no chunks": (in_part(b"zz\r\n<rss", Transfer_Encoding="chunked"), "the connection was interrupted"),
    "nothing more": (and_no_more, "the server sent nothing for 0.2 seconds"),
    "a byte at a time": (slowly, "not complete after"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_if_the_feed_on_the_web_cannot_be_fetched_a_build_needs_unguarded(
    site: Site, failure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "MAX_SIZE", 4000)
    monkeypatch.setattr(http_client, "TIME_LIMIT", 0.5 if failure == "a byte at a time" else 30.0)
    monkeypatch.setattr(http_client, "READ_TIMEOUT", 0.2 if failure == "nothing more" else 10.0)
    answer, problem = FAILURES[failure]
    with answering(answer) as url:
        guarded(site, url)
        refused = site.build()
        assert refused.code == site.build("--first").code == 1
        assert refused.err.startswith(f"error: {url}rss.xml: {problem}")
        assert "--unguarded" in refused.err
        assert not (site.public / "rss.xml").exists()
        built = site.build("--unguarded")
        assert built.code == 0
        assert f"The feed on the web was not looked at ({url}rss.xml: {problem}" in built.out


@pytest.mark.parametrize("link", ["file://{}/secret.json", "ftp://127.0.0.1/secret.json", "gopher:x", "{}/secret.json"])
def test_archives_of_a_feed_on_the_web_are_fetched_from_the_web_only(site: Site, link: str) -> None:
    site.post()
    site.write("../secret.json", '{"items": [{"id": "1", "title": "Secret"}]}')
    content = json.dumps({"items": [], "next_url": link.format(site.root)})
    with answering(body(content.encode())) as url:
        result = site.run("diff", "--against", url)
    assert "Secret" not in result.out + result.err


def test_if_no_server_answers_a_build_needs_unguarded(site: Site) -> None:
    with answering(status(200)) as url:
        pass
    guarded(site, url)
    refused = site.build()
    assert refused.code == 1
    assert refused.err == (
        f"error: {url}rss.xml: cannot be fetched: connection refused; see why, or build with --unguarded,"
        " to build without comparing\n"
    )
    assert site.build("--unguarded").code == 0


def test_a_build_on_a_fresh_machine_compares_with_the_web(site: Site, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    with serving(web) as server:
        guarded(site, server.url)
        assert site.build("--output", web, "--first").code == 0
        (site.posts / "2025-04-14-first.md").rename(site.posts / "2025-04-14-1st.md")
        stopped = site.build()
        assert stopped.code == 3
        assert "would see “First” again" in stopped.err
        assert site.run("pin").out.endswith(f"compared with {server.url}rss.xml.\n")
        assert site.build().code == 0
        assert (site.public / "rss.xml").read_bytes() == (web / "rss.xml").read_bytes()


def history(site: Site, more: str = "") -> None:
    """Write posts of four months, the older ones in archives."""
    site.settings(f"limit = 2\n{more}")
    for month in (1, 2, 3, 4):
        site.post(f"2025-0{month}-01-post-{month}.md", f"{month}. {TEXT}", title=f"Post {month}", tags="[a, b & c]")
    odd = {
        "title": "'<b>Bold</b> & \"so\" &amp; on'",
        "author": "[Ana Díaz, Mike Connors, 'A & B']",
        "updated": "2025-05-01",
    }
    site.post("2025-04-02-größe.md", "*Some* text: 1 < 2 & `3 > 2`, “quoted”, 100&nbsp;km.\n", **odd)
    site.post("2025-04-03-old.md", "Old.\n", id="'12 é'", link="https://elsewhere.example/%C3%A9?a=b&c=d")
    site.post("2025-04-04-uri.md", "Old.\n", id="https://example.org/%c3%a9%20", date="2025-04-04T10:00:00.5+05:45")


@pytest.mark.parametrize("ours", [*NAMES, None])
@pytest.mark.parametrize("theirs", NAMES)
def test_one_format_is_compared_with_another_including_archives(site: Site, ours: str | None, theirs: str) -> None:
    history(site)
    kept = site.root / "kept"
    assert site.build("--output", kept).code == 0
    if ours:
        history(site, f'formats = ["{ours.split(".")[0].replace("feed", "json")}"]\n')
    gone = {} if ours in (theirs, None) else {"feed_gone": [f"https://example.org/{theirs}"]}
    assert diff(site, "--against", kept / theirs) == (3 if gone else 0, gone)
    (site.posts / "2025-02-01-post-2.md").rename(site.posts / "2025-02-01-renamed.md")
    (site.posts / "2025-01-01-post-1.md").unlink()
    code, told = diff(site, "--against", kept / theirs)
    assert (code, told["shown_again"], told["gone"]) == (3, ["Post 2"], ["Post 1"])


def test_a_feed_on_the_web_is_compared_with_all_its_archives(site: Site, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    with serving(web) as server:
        history(site)
        settings = (site.posts / "feed.toml").read_text("utf-8").replace("https://example.org/", server.url)
        site.write("feed.toml", settings)
        assert site.build("--output", web).code == 0
        for name in NAMES:
            assert diff(site, "--against", server.url + name) == (0, {})
        (site.posts / "2025-01-01-post-1.md").unlink()
        for name in NAMES:
            told = diff(site, "--against", server.url + name)
            assert told == (3, {"gone": ["Post 1"], "dead_address": [f"{server.url}2025/01/post-1/"]})


@pytest.mark.parametrize(("month", "name"), enumerate(NAMES, 1))
def test_a_change_is_found_in_an_archive_among_others_that_stay(
    site: Site, tmp_path: Path, month: int, name: str
) -> None:
    web = tmp_path / "web"
    web.mkdir()
    with serving(web) as server:
        history(site, f'guard = "live"\nformats = ["{name.split(".")[0].replace("feed", "json")}"]\n')
        settings = (site.posts / "feed.toml").read_text("utf-8").replace("https://example.org/", server.url)
        site.write("feed.toml", settings)
        assert site.build("--output", web, "--first").code == 0
        old = site.posts / f"2025-0{month}-01-post-{month}.md"
        old.write_text(old.read_text("utf-8").replace("ferry", "train"), "utf-8")
        code, found = diff(site)
        assert (code, found["updated"]) == (0, [f"Post {month}"])
        assert not found.keys() & {"gone", "new", "archived", "older", "shown_again"}
        old.unlink()
        code, found = diff(site)
        assert (code, found["gone"]) == (3, [f"Post {month}"])
        assert not found.keys() & {"new", "archived", "older", "shown_again"}


def test_an_error_names_the_place_that_cannot_be_read(site: Site) -> None:
    site.post()
    for command in ("diff", "pin"):
        result = site.run(command, "--against", site.root / "missing.xml")
        assert result.code == 1
        assert result.err == (
            f"error: {site.root}/missing.xml: cannot be read: no such file or directory;"
            " name a file, or an address with http:// or https://\n"
        )


def moving_in(site: Site) -> None:
    """Put the feed of an old blog at one of our names."""
    site.public.mkdir()
    (site.public / "rss.xml").write_text(OLD_BLOG, "utf-8")
    site.post("2025-04-14-ferry.md", TEXT, title="The ferry")


def test_the_feed_of_an_old_blog_is_compared_before_it_is_replaced(site: Site) -> None:
    moving_in(site)
    code, told = diff(site)
    assert (code, told["shown_again"], told["gone"]) == (3, ["The ferry"], ["Gone"])
    assert site.build().code == 3
    assert (site.public / "rss.xml").read_text("utf-8") == OLD_BLOG
    site.post("2025-04-13-gone.md", "Something else.\n", title="Gone", id="11")
    assert diff(site)[1]["shown_again"] == ["The ferry"]
    assert site.run("pin").code == 0
    assert "\nid: 12\n" in (site.posts / "2025-04-14-ferry.md").read_text("utf-8").replace("'", "").replace('"', "")
    assert site.build().code == 0


def test_a_file_does_not_show_where_the_feed_was(site: Site) -> None:
    moving_in(site)
    kept = site.write("../kept.xml", OLD_BLOG)
    assert "feed_moved" not in diff(site, "--against", kept)[1]
    with serving(site.root) as server:
        assert diff(site, "--against", f"{server.url}kept.xml")[1]["feed_moved"] == [f"{server.url}kept.xml"]


@pytest.mark.parametrize("content", [b"<html>", b"", b"\xff\xfe", b"{}"])
def test_a_file_that_is_no_feed_has_no_subscribers(site: Site, content: bytes) -> None:
    moving_in(site)
    (site.public / "rss.xml").write_bytes(content)
    assert site.build().code == 0


@pytest.mark.parametrize("path", ["archive/2025/01/feed.json", "feed.json", "tags/a/feed.json"])
@pytest.mark.parametrize("content", [b"<html>", b"", b'{"items": [{"id": 3}]}', b'{"items": ['])
def test_a_damaged_document_of_ours_is_replaced(site: Site, path: str, content: bytes) -> None:
    history(site)
    site.write("feed.toml", (site.posts / "feed.toml").read_text("utf-8").replace("tag_feeds = false\n", ""))
    assert site.build().code == 0
    before = site.tree()
    (site.public / path).write_bytes(content)
    site.build("--accept")
    assert site.tree() == before


def test_a_damaged_archive_of_a_dropped_format_does_not_stop_a_build(site: Site) -> None:
    history(site, 'formats = ["json"]\n')
    assert site.build().code == 0
    (site.public / "archive/2025/02/feed.json").write_bytes(b"")
    history(site, 'formats = ["rss"]\n')
    assert diff(site)[1]["feed_gone"] == ["https://example.org/feed.json"]
    assert site.build("--accept").code == 0


def test_dateline_diff_writes_nothing(site: Site) -> None:
    moving_in(site)
    before = {path: path.stat().st_mtime_ns for path in site.root.rglob("*")}
    assert started("diff", cwd=site.root).code == 3
    assert {path: path.stat().st_mtime_ns for path in site.root.rglob("*")} == before


ENTITY = '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{}">]>'


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "file://{}",
        f"{ENTITY}<rss version='2.0'><channel><title>&x;</title><item><title>&x;</title></item></channel></rss>",
        f"{ENTITY.replace('x SYS', '% x SYS').replace(']', '%x;]')}<rss version='2.0'><channel/></rss>",
    ],
)
def test_a_fetched_feed_opens_no_file_of_this_machine(site: Site, content: str) -> None:
    site.post()
    secret = site.write("../secret.xml", OLD_BLOG.replace("Gone", "Secret"))
    with answering(body(content.format(secret).encode())) as url:
        assert "Secret" not in str(site.run("diff", "--against", url))
        adopted = site.run("adopt", "--create", url)
    assert "Secret" not in adopted.out + adopted.err
    assert {file.name for file in site.posts.iterdir()} == {"feed.toml", "2025-04-14-first.md"}


ODD = [
    {"id": 3, "title": True, "authors": 5, "tags": 5, "date_published": "soon"},
    {"id": "odd", "url": "http://[", "author": "Ana", "tags": [5, None], "date_published": "9999-12-31T23:59:59-14:00"},
    {"id": "half", "title": "\ud83d", "content_html": ["x"], "date_modified": "0001-01-01T00:00:00+14:00"},
    {},
    "item",
]
ODD_RSS = OLD_BLOG.replace("https://example.org/?p=12", "http://[x/").replace(
    "Mon, 14 Apr 2025 12:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1400"
)


@pytest.mark.parametrize("content", [json.dumps({"items": ODD, "feed_url": 3, "next_url": "http://["}), ODD_RSS])
def test_an_odd_feed_is_read_as_far_as_possible(site: Site, content: str) -> None:
    site.post()
    name = "feed.json" if content.startswith("{") else "rss.xml"
    kept = site.write(f"../{name}", content)
    code, told = diff(site, "--against", kept)
    assert code == 3
    assert "Gone" in told["gone"] or len(told["gone"]) == 3
    assert site.run("diff", "--against", kept).code == 3
