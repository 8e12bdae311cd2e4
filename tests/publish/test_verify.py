"""Checking a live site: each fault is found, and a site that is in order has none."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from conftest import SETTINGS, Site

from dateline import http_client
from dateline.messages.verify import verified_lines
from dateline.verify import visits
from dateline.verify.findings import Verified, finding
from dateline.verify.remedies import host_of, remedy
from publish.web import Answered, Quirk, Reply, Request, Web, as_it_is, serving

BOMB = gzip.compress(b"\0" * 30_000_000)
MP3 = b"\xff\xfb" + b"\0" * 5000


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Web]]:
    """A small publication that is online, with a tag, an episode and a post that had another address."""
    root = tmp_path_factory.mktemp("verify")
    with serving() as web, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATELINE_CACHE", str(root / "cache"))
        site = Site(root)
        settings = SETTINGS.replace("https://example.org/", web.url).replace("pages = false\n", "")
        site.write("feed.toml", settings.replace("tag_feeds = false", 'formats = ["rss", "json"]'))
        site.write("media/one.mp3", MP3)
        site.post(tags="ferry", aliases="/old/", enclosure="media/one.mp3", body="Añada. " * 800)
        assert site.build().code == 0
        web.folder = site.public
        yield site, web


def verified(site: Site, where: object = None) -> dict[str, Any]:
    """What `verify --json` says, with the exit code."""
    result = site.run("verify", *([where] if where else []), "--json")
    found: dict[str, Any] = json.loads(result.out)
    assert result.code == (1 if found["faults"] else 0), result
    assert not result.err
    return found


def checks(found: dict[str, Any], kind: str = "faults") -> set[str]:
    return {finding["check"] for finding in found[kind]}


# Quirks, each made from what it changes.


def on_feeds(change: Callable[[Reply], Answered]) -> Quirk:
    """Change the answer for feeds that are there."""
    return lambda request, reply: change(reply) if request.is_for_feed and reply.status < 400 else reply


def having(**headers: str) -> Quirk:
    """Send other headers with feeds."""
    return on_feeds(lambda reply: reply.having(**headers))


def at(ending: str, *replies: Reply) -> Quirk:
    """Answer something else at paths with an ending."""
    return lambda request, reply: replies[0] if request.path.endswith(ending) else reply


def xml_as(media_type: str) -> Quirk:
    return lambda request, reply: reply.having(Content_Type=media_type) if request.path.endswith(".xml") else reply


def json_as(media_type: str) -> Quirk:
    return lambda request, reply: reply.having(Content_Type=media_type) if request.path.endswith(".json") else reply


def without_header(name: str) -> Callable[[Request], Request]:
    return lambda request: request._replace(
        headers={key: request.headers[key] for key in request.headers if key != name}
    )


def ignoring(*names: str) -> Quirk:
    """Answer in full whatever the conditions are."""

    def quirk(request: Request, reply: Reply) -> Reply:
        if reply.status == 304 and any(name in request.headers for name in names):
            return Reply(200, reply.headers, b"<rss/>")
        return reply

    return quirk


def unpacked(reply: Reply) -> Reply:
    if reply.headers.get("Content-Encoding"):
        return reply.having(Content_Encoding="")._replace(body=gzip.decompress(reply.body))
    return reply


def packed(**headers: str) -> Quirk:
    """Send other headers with what is compressed."""
    return on_feeds(lambda reply: reply.having(**headers) if reply.headers.get("Content-Encoding") else reply)


def to_head(reply: Reply | None) -> Quirk:
    return lambda request, right: reply if request.method == "HEAD" else right


def everything_is_there(request: Request, reply: Reply) -> Reply:
    return Reply(200, {"Content-Type": "text/html"}, b"<h1>Home</h1>") if reply.status == 404 else reply


def everything_leads_home(request: Request, reply: Reply) -> Reply:
    return Reply(302, {"Location": "/"}) if reply.status == 404 else reply


def no_ranges(request: Request, reply: Reply) -> Reply:
    return Reply(200, reply.headers, MP3) if "Range" in request.headers else reply


def media(**headers: str) -> Quirk:
    return lambda request, reply: reply.having(**headers) if request.path.endswith(".mp3") else reply


def without_links(request: Request, reply: Reply) -> Reply:
    is_home = request.path == "/" and reply.status == 200
    return Reply(200, {"Content-Type": "text/html"}, b"<title>Home</title>") if is_home else reply


def cut_off(reply: Reply) -> Reply:
    return reply.having(Content_Length="999999")


def moved(status: int, ending: str) -> Quirk:
    """Redirect feeds to their addresses with another ending."""
    return lambda request, reply: (
        Reply(status, {"Location": request.path + ending}) if request.is_for_feed and reply.status < 400 else reply
    )


def together(*quirks: Quirk) -> Quirk:
    """Have one quirk after the other."""

    def quirk(request: Request, reply: Reply) -> Answered:
        for one in quirks:
            changed = one(request, reply)
            if not isinstance(changed, Reply):
                return changed
            reply = changed
        return reply

    return quirk


def github(request: Request, reply: Reply) -> Reply:
    """GitHub Pages: types by the endings of names, with the charset of HTML only."""
    types = {"xml": "application/xml", "json": "application/json; charset=utf-8"}
    known = (
        {"Content_Type": types[request.path.rpartition(".")[2]]} if request.is_for_feed and reply.status == 200 else {}
    )
    return reply.having(Server="GitHub.com", X_GitHub_Request_Id="1", Cache_Control="max-age=600", **known)


def netlify(request: Request, reply: Reply) -> Reply:
    """Netlify: only ETags, which end in -df where compressed."""
    known = {"Content_Type": "application/xml"} if request.path.endswith(".xml") else {}
    cache = "public,max-age=0,must-revalidate"
    return reply.having(Server="Netlify", Last_Modified="", Cache_Control=cache, X_Nf_Request_Id="1", **known)


def cloudflare(request: Request, reply: Reply) -> Reply:
    """Cloudflare: weak ETags once compressed, and no length in answers to HEAD."""
    tag = reply.headers.get("ETag", "")
    if request.headers.get("If-None-Match", "").startswith("W/"):
        return Reply(304, {"Server": "cloudflare", "CF-RAY": "1", "ETag": f"W/{tag}"})
    if reply.headers.get("Content-Encoding"):
        reply = reply.having(ETag=f"W/{tag}", Last_Modified="")
    return reply.having(Server="cloudflare", CF_RAY="1", Last_Modified="", Cache_Control="public, max-age=14400")


def bucket(request: Request, reply: Reply) -> Reply:
    """S3, with objects that are stored compressed: whoever may not list gets 403 for what is missing."""
    if reply.status == 404:
        return Reply(403, {"Server": "AmazonS3", "Content-Type": "application/xml"}, b"<Error/>")
    if request.is_for_feed and reply.status == 200 and not reply.headers.get("Content-Encoding"):
        reply = reply.having(Content_Encoding="gzip")._replace(body=gzip.compress(reply.body, mtime=0))
    return reply.having(Server="AmazonS3", x_amz_request_id="1")


A_YEAR = "public, max-age=31536000"
# What the server does, then the faults, and the notes, that are found: exactly these.
SERVERS: dict[str, tuple[Quirk, str, str]] = {
    "right": (having(), "", ""),
    "RSS as RSS": (xml_as("application/rss+xml"), "", ""),
    "RSS as Atom": (xml_as("application/atom+xml"), "type", ""),
    "XML without a charset": (xml_as("application/xml"), "", ""),
    "XML as text with a charset": (xml_as('text/xml; charset="UTF-8"'), "", ""),
    "XML as text": (xml_as("text/xml"), "charset", ""),
    "XML in another charset": (xml_as("application/xml; charset=iso-8859-1"), "charset", ""),
    "JSON as JSON": (json_as("application/json"), "", ""),
    "JSON in another charset": (json_as("application/json; charset=windows-1252"), "charset", ""),
    "JSON as JavaScript": (json_as("text/javascript"), "type", ""),
    "as HTML": (having(Content_Type="text/html; charset=utf-8"), "type", ""),
    "as text": (having(Content_Type="text/plain"), "type", ""),
    "as bytes": (having(Content_Type="application/octet-stream"), "type", ""),
    "without a type": (having(Content_Type=""), "type", ""),
    "with a senseless type": (having(Content_Type=";;=/" * 900), "type", ""),
    "as bytes by a host that cannot be changed": (
        having(Content_Type="application/octet-stream", Server="GitHub.com"),
        "",
        "type",
    ),
    "no ETag": (having(ETag=""), "", ""),
    "no date": (having(Last_Modified=""), "", ""),
    "neither": (having(Last_Modified="", ETag=""), "validators", ""),
    "ETags not known again": (ignoring("If-None-Match"), "not-modified compressed-etag", ""),
    "dates not known again": (ignoring("If-Modified-Since"), "not-modified", ""),
    "no compression": (on_feeds(unpacked), "compression", ""),
    "no ETag once compressed": (packed(ETag="", Last_Modified=""), "compressed-etag", ""),
    "another ETag once compressed": (packed(ETag='"x-gzip"'), "compressed-etag", ""),
    "a bomb": (
        on_feeds(lambda reply: Reply(200, reply.headers, BOMB) if "Content-Encoding" in reply.headers else reply),
        "compression",
        "",
    ),
    "no HEAD": (to_head(Reply(405)), "head", ""),
    "silence on HEAD": (to_head(None), "head", ""),
    "another length on HEAD": (
        lambda request, reply: reply.having(Content_Length="7") if request.method == "HEAD" else reply,
        "head",
        "",
    ),
    "no length on HEAD": (lambda request, reply: reply.having(ETag="") if request.method == "HEAD" else reply, "", ""),
    "200 for all": (everything_is_there, "missing-page", ""),
    "home for all": (everything_leads_home, "missing-page", ""),
    "no feed": (on_feeds(lambda _: Reply(404)), "answer", ""),
    "a forbidden feed": (on_feeds(lambda _: Reply(403)), "answer", ""),
    "a page for a feed": (on_feeds(lambda _: Reply(200, {"Content-Type": "text/html"}, b"<h1>Home</h1>")), "feed", ""),
    "other bytes": (
        on_feeds(
            lambda reply: unpacked(reply)._replace(body=unpacked(reply).body + b"\n").having(ETag="", Last_Modified="")
        ),
        "content validators compression",
        "",
    ),
    "other bytes once compressed": (
        on_feeds(
            lambda reply: (
                reply._replace(body=gzip.compress(b"<rss/>")) if "Content-Encoding" in reply.headers else reply
            )
        ),
        "content",
        "",
    ),
    "an old address gone": (at("/old/", Reply(404)), "old-address", ""),
    "an old address that leads home": (at("/old/", Reply(301, {"Location": "/"})), "old-address", ""),
    "an old address that is redirected": (at("/old/", Reply(301, {"Location": "/2025/04/first/"})), "", ""),
    "no episode": (at(".mp3", Reply(404)), "enclosure", ""),
    "no ranges": (no_ranges, "ranges", ""),
    "odd ranges": (media(Content_Range="bytes */*"), "ranges", ""),
    "a shorter episode": (media(Content_Range="bytes 0-0/17"), "enclosure-length", ""),
    "an episode of unknown length": (media(Content_Range="bytes 0-0/*"), "", ""),
    "an episode as bytes": (media(Content_Type="application/octet-stream"), "enclosure-type", ""),
    "an episode as other sound": (media(Content_Type="audio/mp3"), "", ""),
    "pages without feeds": (without_links, "discovery", ""),
    "no home page": (lambda request, reply: Reply(404) if request.path == "/" else reply, "answer", ""),
    "a post without feeds": (at("/first/", Reply(200, {"Content-Type": "text/html"}, b"<h1>First")), "discovery", ""),
    "no post": (at("/first/", Reply(404)), "answer", ""),
    "feeds elsewhere": (moved(301, "?new"), "self", ""),
    "feeds elsewhere today": (moved(302, "?new"), "self redirect", ""),
    "feeds in circles": (moved(301, ""), "answer", ""),
    "feeds for a year": (having(Cache_Control=A_YEAR), "caching", ""),
    "feeds for ever": (having(Cache_Control="max-age=60, immutable"), "caching", ""),
    "feeds for a while": (having(Cache_Control="max-age=3600, s-maxage=31536000"), "", ""),
    "feeds cut off": (on_feeds(cut_off), "answer", ""),
    "no answers": (on_feeds(lambda _: None), "answer", ""),
    "noise": (on_feeds(lambda _: b"\0\xff" * 500), "answer", ""),
    "many headers": (on_feeds(lambda _: b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 5000), "answer", ""),
    "a long header": (on_feeds(lambda _: b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * 200_000), "answer", ""),
    "wrong with feeds": (
        together(having(Content_Type="text/plain", Cache_Control=A_YEAR), on_feeds(unpacked), to_head(Reply(405))),
        "type caching compression head",
        "",
    ),
    "wrong with changes": (
        together(ignoring("If-None-Match"), moved(302, "?new")),
        "not-modified compressed-etag self redirect",
        "",
    ),
    "wrong with pages": (
        together(
            having(ETag="", Last_Modified=""),
            media(Content_Range="bytes 0-0/17", Content_Type="text/html"),
            everything_is_there,
            at("/old/", Reply(404)),
            without_links,
        ),
        "validators enclosure-length enclosure-type missing-page old-address discovery",
        "",
    ),
    "GitHub Pages": (github, "", ""),
    "Netlify": (netlify, "", ""),
    "Cloudflare": (cloudflare, "", ""),
    "S3": (bucket, "", ""),
}


# Every check is made to fail once in the plain suite; the rest takes longer.
QUICK = """right|GitHub Pages|Cloudflare|XML as text|no feed|a page for a feed|other bytes|feeds cut off|no ranges
wrong with feeds|wrong with changes|wrong with pages""".replace("\n", "|").split("|")
assert SERVERS.keys() >= set(QUICK)


@pytest.mark.parametrize(
    "server", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in SERVERS]
)
def test_what_a_server_does_wrong_is_found_and_nothing_else(published: tuple[Site, Web], server: str) -> None:
    site, web = published
    web.quirk, faults, notes = SERVERS[server]
    found = verified(site)
    assert (checks(found), checks(found, "notes")) == (set(faults.split()), set(notes.split())), found


def test_each_fault_is_one_line_with_what_to_do_on_that_host(published: tuple[Site, Web]) -> None:
    site, web = published
    web.quirk = having(Content_Type="text/plain", Server="nginx/1.26.0")
    result = site.run("verify")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0] == (
        f"fault: {web.url}rss.xml, {web.url}tags/ferry/rss.xml: sent as 'text/plain', and it is RSS; "
        r"location ~ \.xml$ { types { } default_type application/xml; charset utf-8; charset_types application/xml; }"
    )
    assert lines[1].startswith(f"fault: {web.url}feed.json, {web.url}tags/ferry/feed.json: sent as 'text/plain', and")
    assert lines[2:] == ["Online as it was built: 4 feeds.", "2 faults found."]
    web.quirk = having(Content_Type="text/plain", Server="Caddy")
    assert "send it as application/xml (nginx: location ~ " in site.run("verify").out
    web.quirk = as_it_is
    assert site.run("verify").out == "Online as it was built: 4 feeds.\nNothing is wrong with the site.\n"


def test_one_redirect_for_all_feeds_is_one_line() -> None:
    to = "a temporary redirect (302) to 'https://example.net/{}', which readers follow anew each time"
    names = ("a.xml", "b.xml", "c.xml", "d.xml")
    found = [finding("redirect", f"https://example.org/{name}", to.format(name), {}) for name in names]
    line, last = verified_lines(Verified(tuple(found)), "the site")
    assert line.startswith(
        "fault: https://example.org/a.xml, https://example.org/b.xml, https://example.org/c.xml and "
    )
    assert "and 1 more: a temporary redirect (302) to 'https://example.net/a.xml'" in line
    assert last == "1 fault found."


def test_what_to_do_is_short_where_the_host_is_not_known() -> None:
    text = remedy("compression", host_of({}), "https://example.org/rss.xml")
    assert text == (
        "compress XML and JSON with gzip (nginx: gzip on; gzip_vary on; gzip_proxied any; gzip_types …) "
        "(Apache: AddOutputFilterByType DEFLATE …); in full: dateline help verify"
    )


@pytest.mark.parametrize(("size", "is_fault"), [(4096, False), (4097, True)])
def test_only_feeds_over_four_kilobytes_must_be_compressed(site: Site, size: int, is_fault: bool) -> None:
    with serving() as web:
        web.folder, web.quirk = site.public, on_feeds(unpacked)
        feed = "<rss version='2.0'><channel><title>T</title><link>{}</link><description/></channel></rss>"
        text = feed.format(web.url)
        site.write("../public/rss.xml", text + " " * (size - len(text)))
        found = verified(site, f"{web.url}rss.xml")
        assert ("compression" in checks(found)) == is_fault, found


def test_what_is_said_of_a_feed_that_is_named_like_a_page_leaves_pages_alone() -> None:
    host, address = host_of({"server": "nginx"}), "https://example.org/feed/"
    assert remedy("caching", host, address) == "location = /feed/index.html { expires 5m; }"
    assert remedy("caching", host, f"{address}index.html") == "location = /feed/index.html { expires 5m; }"
    assert remedy("caching", host, f"{address}index.xml") == r"location ~ \.xml$ { expires 5m; }"
    assert "<Files index.html>" in remedy("type", host_of({"server": "Apache/2.4"}), address, "application/xml")


@pytest.mark.slow
def test_a_host_that_still_sends_old_bytes_is_waited_for(published: tuple[Site, Web]) -> None:
    site, web = published
    stale, left = on_feeds(lambda reply: reply._replace(body=b"<rss/>").having(Content_Encoding="")), [3]

    def until_asked_often(request: Request, reply: Reply) -> Answered:
        if request.path == "/rss.xml" and left[0]:
            left[0] -= 1
            return stale(request, reply)
        return reply

    web.quirk = until_asked_often
    with mock.patch("dateline.verify.site.FIRST_PAUSE", 0.01):
        result = site.run("verify", "--wait", 60)
    assert (result.code, left) == (0, [0]), result
    web.quirk = stale
    with mock.patch("dateline.verify.site.FIRST_PAUSE", 0.01):
        result = site.run("verify", "--wait", 1)
    assert "the server answers with other bytes than those that were sent" in result.out
    assert result.code == 1


@pytest.mark.parametrize("path", ["", "2025/04/first/", "rss.xml", "feed.json", "tags/ferry/rss.xml"])
def test_any_site_is_checked_by_the_address_of_a_page_or_a_feed(published: tuple[Site, Web], path: str) -> None:
    site, web = published
    web.quirk = as_it_is
    assert verified(site, web.url + path) == {"faults": [], "notes": [], "live": []}
    web.quirk = having(ETag="", Last_Modified="")
    assert checks(verified(site, web.url + path)) == {"validators"}


def test_what_is_no_feed_and_names_none_is_said(published: tuple[Site, Web]) -> None:
    site, web = published
    web.quirk = as_it_is
    assert checks(verified(site, f"{web.url}nothing")) == {"answer"}
    assert checks(verified(site, f"{web.url}media/one.mp3")) == {"feed"}
    assert checks(verified(site, f"{web.url}old/")) == {"discovery"}
    assert checks(verified(site, "ftp://example.org/")) == {"answer"}
    assert checks(verified(site, "http://127.0.0.1:1/")) == {"answer"}


def test_a_folder_without_posts_is_an_error_and_wrong_usage_is_told(site: Site) -> None:
    assert site.run("verify", "nowhere").code == 1
    assert site.run("verify", "--wait", "-1").code == 2


def test_a_publication_that_is_not_online_is_one_fault_for_each_feed(site: Site) -> None:
    site.settings()
    site.write("feed.toml", SETTINGS.replace("https://example.org/", "http://127.0.0.1:1/"))
    assert [found["check"] for found in verified(site)["faults"]] == ["answer"] * 3


def forever(beginning: bytes, piece: bytes, pause: float = 0) -> Iterator[bytes]:
    yield beginning
    while True:
        yield piece
        time.sleep(pause)


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
ENDLESS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a byte at a time": lambda: forever(OK + b"\r\n", b" ", 0.02),
    "nothing more": lambda: forever(OK + b"Content-Length: 9\r\n\r\n", b"", 0.05),
    "nothing": lambda: forever(b"", b"", 0.05),
    "continue": lambda: forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a header at a time": lambda: forever(OK, b"X-A: b\r\n", 0.02),
    "more than fits": lambda: forever(OK + b"\r\n", b" " * 1_000_000),
    "a redirect with more than fits": lambda: forever(
        b"HTTP/1.1 301 Moved\r\nLocation: /rss.xml\r\n\r\n", b" " * 1_000_000
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("answer", ENDLESS)
def test_a_server_that_never_comes_to_an_end_is_left(
    published: tuple[Site, Web], answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, web = published
    monkeypatch.setattr(http_client, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(visits, "ONE_ANSWER", 1.0)
    web.quirk = lambda request, reply: ENDLESS[answer]() if request.is_for_feed else reply
    assert checks(verified(site)) == {"answer"}
    assert checks(verified(site, f"{web.url}rss.xml")) == {"answer"}
    # Everything but the feeds: what is asked of a page ends where enough of it is known.
    web.quirk = lambda request, reply: reply if request.is_for_feed else ENDLESS[answer]()
    assert checks(verified(site)) >= {"enclosure"} or "fits" in answer


@pytest.mark.slow
def test_after_a_time_nothing_more_is_asked(published: tuple[Site, Web], monkeypatch: pytest.MonkeyPatch) -> None:
    site, web = published
    web.quirk = as_it_is
    monkeypatch.setattr(visits, "ALL_ANSWERS", -1.0)
    assert checks(verified(site)) == {"answer", "old-address"}
