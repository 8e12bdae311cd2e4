"""Requests to the preview over real sockets."""

import gzip
import http.client
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from email.utils import formatdate
from pathlib import Path

import pytest
from conftest import EVERYTHING, Site
from test_docs import table

from preview.conftest import Running, furnish, previewing, until

POST = "/.dateline/reader/2025-04-14-first.md"


def output_of(running: Running) -> Path:
    """The folder that is served."""
    (found,) = Path(running.site.cache.root).glob("preview/*/public")
    return found


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/rss.xml", "application/xml; charset=utf-8"),
        ("/atom.xml", "application/xml; charset=utf-8"),
        ("/feed.json", "application/feed+json"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/about/", "text/html; charset=utf-8"),
        ("/media/boat.png", "image/png"),
        ("/talk.mp3", "audio/mpeg"),
        ("/.dateline/", "text/html; charset=utf-8"),
        (POST, "text/html; charset=utf-8"),
        ("/.dateline/reload.js", "text/javascript; charset=utf-8"),
        ("/.dateline/preview.css", "text/css; charset=utf-8"),
    ],
)
def test_each_file_has_its_media_type(served: Running, path: str, media_type: str) -> None:
    answer = served.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "options"),
    [
        ("/", 200, {}),
        ("/atom.xml", 200, {"method": "HEAD"}),
        ("/atom.xml", 304, {"If_None_Match": "*"}),
        ("/talk.mp3", 206, {"Range": "bytes=0-2"}),
        ("/talk.mp3", 416, {"Range": "bytes=99999999-"}),
        ("/nowhere", 404, {}),
        ("/.dateline/", 200, {}),
        ("/.dateline/nowhere", 404, {}),
        ("/.dateline/reader/nowhere.md", 404, {}),
        ("/.dateline/reload.js", 200, {}),
        ("/.dateline/events", 200, {}),
        ("/.dateline/events", 200, {"method": "HEAD"}),
        ("/.dateline", 302, {}),
        ("/about", 302, {}),
        ("/", 405, {"method": "POST"}),
        ("/", 421, {"Host": "other.example"}),
    ],
)
def test_no_other_site_may_frame_or_load_any_response(
    served: Running, path: str, status: int, options: dict[str, str]
) -> None:
    method = options.get("method", "GET")
    headers = {name.replace("_", "-"): value for name, value in options.items() if name != "method"}
    connection = http.client.HTTPConnection(served.host, served.port, timeout=60)
    with closing(connection):
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        assert response.status == status
        policies = "; ".join(response.headers.get_all("Content-Security-Policy", [])).split("; ")
        assert [policy for policy in policies if policy.startswith("frame-ancestors")] == ["frame-ancestors 'self'"]
        assert response.headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"]
        assert response.headers.get_all("X-Content-Type-Options") == ["nosniff"]


def test_a_feed_has_an_entity_tag_and_a_date_for_conditional_requests(served: Running) -> None:
    first = served.get("/atom.xml")
    tag, date = first.headers["etag"], first.headers["last-modified"]
    assert not tag.startswith("W/")
    again = served.get("/atom.xml", If_None_Match=f'"other", W/{tag}')
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert "content-type" not in again.headers
    assert served.get("/atom.xml", If_Modified_Since=date).status == 304
    assert served.get("/atom.xml", If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT").status == 304
    assert served.get("/atom.xml", If_Modified_Since="Thu, 01 Jan 2015 00:00:00 GMT").status == 200
    assert served.get("/atom.xml", If_Modified_Since="yesterday").status == 200
    # A tag counts for more than a date (RFC 9110, 13.2.2).
    later = "Fri, 01 Jan 2100 00:00:00 GMT"
    assert served.get("/atom.xml", If_None_Match='"other"', If_Modified_Since=later).status == 200
    assert served.get("/atom.xml", If_None_Match="*").status == 304


@pytest.mark.slow
def test_a_file_that_may_change_again_within_its_second_is_dated_one_earlier(served: Running) -> None:
    file = output_of(served) / "media/boat.png"
    written = int(time.time()) + 2
    os.utime(file, (written + 0.7, written + 0.7))
    early, date = (formatdate(moment, usegmt=True) for moment in (written - 1, written))
    assert served.get("/media/boat.png").headers["last-modified"] == early
    until(lambda: time.time() >= written + 1)
    assert served.get("/media/boat.png").headers["last-modified"] == date
    assert served.get("/media/boat.png", If_Modified_Since=early).status == 200
    assert served.get("/media/boat.png", If_Modified_Since=date).status == 304


@pytest.mark.parametrize("path", ["/atom.xml", "/", "/talk.mp3", "/.dateline/", "/nowhere"])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_gives_the_headers_of_get_and_no_body(served: Running, path: str, coding: str) -> None:
    whole, head = served.get(path, Accept_Encoding=coding), served.get(path, "HEAD", Accept_Encoding=coding)
    assert (head.status, head.body) == (whole.status, b"")
    assert {k: v for k, v in head.headers.items() if k != "date"} == {
        k: v for k, v in whole.headers.items() if k != "date"
    }
    assert int(whole.headers["content-length"]) == len(whole.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/rss.xml", "/.dateline/events", "/nowhere"])
def test_other_methods_are_refused(served: Running, method: str, path: str) -> None:
    answer = served.get(path, method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_text_is_compressed_on_request(served: Running) -> None:
    plain = served.get("/rss.xml")
    zipped = served.get("/rss.xml", Accept_Encoding="deflate, gzip;q=0.5")
    assert gzip.decompress(zipped.body) == plain.body
    assert (zipped.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert plain.headers["vary"] == zipped.headers["vary"] == "Accept-Encoding"
    # A tag is that of one representation (RFC 9110, 8.8.3.3).
    assert plain.headers["etag"] != zipped.headers["etag"]
    again = served.get("/rss.xml", Accept_Encoding="gzip", If_None_Match=zipped.headers["etag"])
    assert (again.status, again.headers["etag"], again.headers["vary"]) == (
        304,
        zipped.headers["etag"],
        "Accept-Encoding",
    )
    assert served.get("/rss.xml", If_None_Match=zipped.headers["etag"]).status == 200
    for refusal in ("gzip;q=0", "*;q=0", "br", "gzip;q=0.000, *"):
        assert "content-encoding" not in served.get("/rss.xml", Accept_Encoding=refusal).headers
    for path in ("/talk.mp3", "/media/boat.png"):
        answer = served.get(path, Accept_Encoding="gzip")
        assert "content-encoding" not in answer.headers
        assert "vary" not in answer.headers


SOUND = bytes(range(256)) * 20_000


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-199", 100, 200),
        ("bytes=5119999-", 5_119_999, 5_120_000),
        ("bytes=-500", 5_119_500, 5_120_000),
        ("bytes=-99999999", 0, 5_120_000),
        ("bytes=10-99999999", 10, 5_120_000),
        ("bytes=1000-4000000", 1000, 4_000_001),
    ],
)
def test_a_range_of_a_recording_is_sent(served: Running, asked: str, start: int, end: int) -> None:
    answer = served.get("/talk.mp3", Range=asked)
    assert (answer.status, answer.headers["content-range"]) == (206, f"bytes {start}-{end - 1}/{len(SOUND)}")
    assert answer.body == SOUND[start:end]


@pytest.mark.parametrize("asked", ["bytes=5120000-", "bytes=9999999-99999999", "bytes=-0"])
def test_a_range_outside_the_file_is_refused(served: Running, asked: str) -> None:
    answer = served.get("/talk.mp3", Range=asked)
    assert (answer.status, answer.headers["content-range"], answer.body) == (416, f"bytes */{len(SOUND)}", b"")


@pytest.mark.parametrize(
    "asked", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=-", "bytes=0-1,5-9", "", f"bytes=0-{5_000 * '9'}"]
)
def test_anything_but_a_single_range_gets_the_whole_file(served: Running, asked: str) -> None:
    answer = served.get("/talk.mp3", Range=asked)
    assert (answer.status, answer.body == SOUND) == (200, True)


def test_a_range_is_sent_only_of_the_version_that_the_client_has(served: Running) -> None:
    tag = served.get("/talk.mp3").headers["etag"]
    assert served.get("/talk.mp3", Range="bytes=0-9", If_Range=tag).status == 206
    assert served.get("/talk.mp3", Range="bytes=0-9", If_Range=f"W/{tag}").status == 200
    assert served.get("/talk.mp3", Range="bytes=0-9", If_Range='"other"').status == 200
    assert served.get("/talk.mp3", Range="bytes=0-9", If_Range="Thu, 01 Jan 2015 00:00:00 GMT").status == 200
    assert served.get("/talk.mp3", "HEAD", Range="bytes=0-9").status == 200
    # Of text the part is one of the bytes as they are, compressed or not.
    part = served.get("/rss.xml", Range="bytes=0-4", Accept_Encoding="gzip")
    assert (part.status, part.body, "content-encoding" in part.headers) == (206, b"<?xml", False)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [("/about", "/about/"), ("/media", "/media/"), ("/about?a=b", "/about/?a=b"), ("/.dateline", "/.dateline/")],
)
def test_a_folder_without_its_slash_redirects_to_it(served: Running, path: str, leads_to: str) -> None:
    answer = served.get(path)
    assert (answer.status, answer.headers["location"]) == (302, leads_to)


@pytest.mark.parametrize("path", ["/media/", "/nowhere", "/rss.xml/", "/.dateline/nothing", "/.dateline/app.py"])
def test_there_are_no_listings_and_missing_files_are_not_found(served: Running, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 404
    assert "boat.png" not in answer.text


ATTACKS = """
/../feed.toml /../../feed.toml /./rss.xml /media/../rss.xml /media/..%2Frss.xml /%2e%2e/catalogue.sqlite
/%2e%2e%2fcatalogue.sqlite /%2E%2E/%2E%2E/%2E%2E/%2E%2E/feed.toml /%252e%252e/catalogue.sqlite
/%252e%252e%252fcatalogue.sqlite /..%252fcatalogue.sqlite /..%5ccatalogue.sqlite /..\\catalogue.sqlite
/%5c..%5ccatalogue.sqlite //etc/passwd /%2Fetc%2Fpasswd /%2fetc/passwd ///etc/passwd /rss.xml%00 /%00 /rss.xml%00.html
/media/%00/../../feed.toml /.dateline.json /.dateline.lock /.dateline-tmp /.dateline-tmp/0 /out.txt /outside/secret.txt
/outside /pipe /%c0%ae%c0%ae/catalogue.sqlite /%uff0e%uff0e/catalogue.sqlite
/.dateline/../catalogue.sqlite /.dateline/%2e%2e/builder.py /.dateline/..%2fbuilder.py
/.dateline/reader/../../feed.toml /.dateline/reader/feed.toml /.dateline/reader/%2e%2e%2fsecret.md
/.dateline/reader//etc/passwd /.dateline/reader/%00 /file:///etc/passwd http://example.org/rss.xml
/..;/catalogue.sqlite /.%2e/catalogue.sqlite
""".split()


@pytest.mark.parametrize("path", [*ATTACKS, "/" + "a" * 5000, "/" + "a/" * 2000])
def test_nothing_outside_the_output_is_served_whatever_the_path_says(served: Running, path: str) -> None:
    host = f"127.0.0.1:{served.port}"
    got = served.raw(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    status = int(got.split(b" ", 2)[1])
    assert status in (302, 400, 404), got[:200]
    assert b"secret" not in got.partition(b"\r\n\r\n")[2] or b"/secret" in got
    assert b"root:" not in got
    assert b"SQLite" not in got
    if status == 302:
        assert b"location: /" in got
        assert b"location: //" not in got


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:{}", "localhost:{}", "LocalHost:{}", "[::1]:{}"],
)
def test_names_of_this_machine_are_accepted(served: Running, host: str) -> None:
    assert served.get("/rss.xml", Host=host.format(served.port)).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "example.org:{}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.example.org:{}",
        "127.0.0.1.example.org:{}",
        "",
        "127.0.0.1:{}@example.org",
        "example.org:{}:{}",
        "::1:{}",
        "[127.0.0.1]:{}",
        "192.0.2.1:{}",
        "user@127.0.0.1:{}",
    ],
)
@pytest.mark.parametrize("path", ["/rss.xml", "/.dateline/events"])
def test_a_request_for_another_host_is_refused(served: Running, host: str, path: str) -> None:
    answer = served.get(path, Host=host.format(served.port, served.port))
    assert answer.status == 421
    assert "First" not in answer.text


def test_a_request_without_a_host_is_refused(served: Running) -> None:
    assert b" 421 " in served.raw(b"GET /rss.xml HTTP/1.0\r\n\r\n")
    assert b" 400 " in served.raw(b"GET /rss.xml HTTP/1.1\r\n\r\n")
    host = f"127.0.0.1:{served.port}".encode()
    twice = b"GET /rss.xml HTTP/1.1\r\nHost: " + host + b"\r\nHost: example.org\r\nConnection: close\r\n\r\n"
    assert served.raw(twice).split(b" ", 2)[1] in (b"400", b"421")


def test_pages_get_the_script_and_a_policy_that_allows_it(served: Running) -> None:
    page = served.get("/").text
    assert page.count('<script src="/.dateline/reload.js"') == 1
    assert "default-src &#x27;none&#x27;; img-src &#x27;self&#x27;; script-src &#x27;self&#x27;; connect-src" in page
    assert page.index("Content-Security-Policy") < page.index("<script") < page.index("<title>")
    # The built file is unchanged.
    assert (output_of(served) / "index.html").read_bytes() == (served.site.posts / "_static/index.html").read_bytes()
    assert "reload.js" not in served.get("/rss.xml").text


def test_a_post_is_shown_as_basic_readers_show_it(served: Running) -> None:
    page = served.get(POST)
    article = page.text.partition("<article")[2].partition("</article>")[0]
    assert "First &amp; foremost" in article
    assert "Ana Díaz" in article
    assert 'datetime="2025-04-14T12:00:00+00:00"' in article
    assert f'src="{served.origin}/media/boat.png"' in article
    address = f"{served.origin}/talk.wav"
    assert f'Enclosure: <a href="{address}">{address}</a> (audio/wav, 2,500 bytes)' in article
    for absent in ("class=", "style=", "<script", "<style", " id="):
        assert absent not in article
    assert "summary: none, so the first paragraph is used" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_addresses_in_the_guide_are_there(served: Running) -> None:
    for address, _ in table("Address", "What is there"):
        (url,) = re.findall("`([^`]+)`", address)
        path = url.removeprefix("http://127.0.0.1:8000")
        assert path != url
        assert served.get(path + ("2025-04-14-first.md" if "file" in address else "")).status == 200


def test_the_overview_links_to_each_post_and_each_feed(served: Running) -> None:
    page = served.get("/.dateline/").text
    assert f'href="{POST}"' in page
    for name in ("rss.xml", "atom.xml", "feed.json"):
        assert f'href="{served.origin}/{name}"' in page


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One preview for all tests that change nothing. Somebody has put links into its output that lead outside."""
    site = Site(tmp_path_factory.mktemp("a folder with spaces"))
    site.write("feed.toml", EVERYTHING)
    furnish(site)
    (site.root / "secret.txt").write_text("secret")
    (site.root / "secret.md").write_text("---\ntitle: secret\n---\n")
    with previewing(site) as running:
        output = output_of(running)
        (output / "out.txt").symlink_to(site.root / "secret.txt")
        (output / "outside").symlink_to(site.root)
        os.mkfifo(output / "pipe")
        running.settle()
        newest = max(file.stat().st_mtime for file in output.rglob("*.*"))
        until(lambda: time.time() > newest + 1)  # until then, files are dated one second earlier
        yield running


def test_it_listens_on_the_given_address_only(served: Running) -> None:
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [place.split(":") for _, place, _, state, *_ in sockets if state == "0A"]
    assert [address for address, port in listening if int(port, 16) == served.port] == ["0100007F"]
    assert served.printed.splitlines() == [
        f"Open       {served.origin}/",
        f"Overview   {served.origin}/.dateline/",
        f"Subscribe  {served.origin}/rss.xml",
        f"Subscribe  {served.origin}/atom.xml",
        f"Subscribe  {served.origin}/feed.json",
        "The overview lists 3 more feeds, of tags and authors.",
        "Nothing here is published. Press Ctrl-C to stop.",
    ]


def test_paths_in_other_scripts_are_found(served: Running) -> None:
    assert served.get("/authors/ana-d%C3%ADaz/rss.xml").status == 200
    assert served.get("/authors/ana-d%c3%adaz").headers["location"] == "/authors/ana-d%C3%ADaz/"
    assert "ana-d%C3%ADaz/rss.xml" in served.get("/.dateline/").text


def test_closed_connections_are_released(served: Running) -> None:
    files = Path(f"/proc/{served.process.pid}/fd")

    def ask(times: int) -> int:
        for _ in range(times):
            with served.events() as following:
                following()
            served.get("/talk.mp3", Range="bytes=0-2000000")
            served.get("/talk.mp3", If_None_Match="*")
        return len(list(files.iterdir()))

    before = ask(1)
    ask(30)
    until(lambda: len(list(files.iterdir())) <= before + 3)


def test_it_listens_on_a_host_on_request(home: Site) -> None:
    with previewing(home, "--host", "0.0.0.0") as running:
        assert running.get("/rss.xml", Host=f"192.0.2.7:{running.port}").status == 200
        assert running.get("/rss.xml", Host=f"example.org:{running.port}").status == 421
        assert f"{running.origin}/" in running.get("/rss.xml").text


def test_the_path_of_the_publication_and_its_own_404_page_are_kept(home: Site) -> None:
    settings = (home.posts / "feed.toml").read_text().replace("https://example.org/", "https://example.org/my%20blog")
    home.write("feed.toml", settings)
    home.write("_static/404.html", "<!doctype html><title>Lost</title><p>Lost at sea.")
    with previewing(home) as running:
        assert f"Open       {running.origin}/my%20blog/\n" in running.printed
        for path in ("/", "/my%20blog"):
            answer = running.get(path)
            assert (answer.status, answer.headers["location"]) == (302, "/my%20blog/")
        assert running.get("/my%20blog/rss.xml").status == 200
        assert running.get("/my%20blog/about").headers["location"] == "/my%20blog/about/"
        assert f"{running.origin}/my%20blog/2025/04/first/" in running.get("/my%20blog/rss.xml").text
        for path in ("/rss.xml", "/my%20blog/nowhere"):
            answer = running.get(path)
            assert (answer.status, "Lost at sea." in answer.text, "reload.js" in answer.text) == (404, True, True)


def test_an_address_of_ipv6_is_written_in_brackets(home: Site) -> None:
    with closing(socket.socket(socket.AF_INET6)) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("there is no IPv6 here")
    with previewing(home, "--host", "::1", at="::1") as running:
        assert f"Overview   http://[::1]:{running.port}/.dateline/\n" in running.printed
        answer = running.get("/rss.xml")
        assert (answer.status, f"http://[::1]:{running.port}/2025/04/first/" in answer.text) == (200, True)


def test_feeds_alone_are_served_too(home: Site) -> None:
    (home.posts / "_static/index.html").unlink()
    with previewing(home) as running:
        assert running.get("/").headers["location"] == "/.dateline/"
        assert running.get("/atom.xml").status == 200
        assert "Open " not in running.printed
