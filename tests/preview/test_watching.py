"""What happens after a save, and what the preview survives."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from html import unescape
from pathlib import Path

import pytest
from conftest import NOW, Site, dateline, settling, started
from test_cost import is_running
from test_output import as_nobody_special

from dateline.errors import OutputError
from dateline.preview.server import FIRST_PORT, listen
from preview.conftest import Running, children, free_port, previewing, tree, until

pytestmark = pytest.mark.slow

POST = "2025-04-14-first.md"


def shows(running: Running, text: str) -> bool:
    return text in running.get("/atom.xml").text


def test_every_edit_is_served(running: Running) -> None:
    running.settle()
    took = []
    for number in range(7):
        running.site.post(POST, f"Edit {number}.\n", title="First")
        took.append(until(lambda number=number: shows(running, f"Edit {number}.")))  # type: ignore[misc]
        time.sleep(0.3)
    print("edit to new bytes, in ms:", [round(each * 1000) for each in took])


def test_an_edit_reloads_pages_and_nothing_else_does(running: Running) -> None:
    running.settle()
    with running.events() as following:
        first = following()
        assert first["errors"] == []
        assert running.get("/.dateline/events", "HEAD").status == 200
        assert first["build"] in running.get("/").text
        running.site.post(POST, "Other.\n", title="First")
        second = following()
        assert (second["build"] != first["build"], second["errors"]) == (True, [])
        assert second["build"] in running.get("/").text
        # What changes no file of the output reloads only the pages of the preview itself.
        running.site.post("2025-05-01-draft.md", draft="true", title="Not yet")
        third = following()
        assert (third["build"], third["attempt"] > second["attempt"]) == (second["build"], True)
        running.site.post(POST, "Third.\n", title="First")
        assert following()["build"] not in (first["build"], second["build"])


def test_a_broken_post_is_reported_and_the_last_good_build_stays(running: Running) -> None:
    running.settle()
    before = running.get("/atom.xml").body
    with running.events() as following:
        first = following()
        running.site.post(POST, title="First", date="<soon>")
        broken = following()
        assert broken["build"] == first["build"]
        assert broken["errors"] == [
            f"posts/{POST}:3: date: cannot read '<soon>'; write it like 2025-04-14, 2025-04-14 09:30 or 14 April 2025"
        ]
        assert running.get("/atom.xml").body == before
        overview = running.get("/.dateline/").text
        assert f"posts/{POST}:3: date: cannot read &#39;&lt;soon&gt;&#39;" in overview
        running.site.post(POST, "Fixed.\n", title="First")
        fixed = following()
        assert (fixed["errors"], shows(running, "Fixed.")) == ([], True)
    _, _, err = running.end()
    assert err.count(f"error: posts/{POST}:3: date: ") == 1


def test_the_overview_shows_what_diff_says(running: Running) -> None:
    assert "What subscribers would see" not in running.get("/.dateline/").text, "nothing is published yet"
    running.settle()
    running.site.build()
    with running.events() as following:
        following()
        running.site.post(POST, title="First & last")
        following()
    rows, summary = running.site.run("diff").out.strip().splitlines()
    overview = " ".join(unescape(re.sub("<[^>]*>", " ", running.get("/.dateline/").text)).split())
    assert " ".join(rows.split()) in overview
    assert summary in overview


def test_broken_settings_are_reported_and_the_last_good_build_stays(running: Running) -> None:
    running.settle()
    settings = (running.site.posts / "feed.toml").read_text()
    with running.events() as following:
        following()
        running.site.write("feed.toml", settings + "tittle = 1\n")
        assert following()["errors"] == [
            f"posts/feed.toml:{settings.count(chr(10)) + 1}: tittle: unknown key; did you mean title?"
        ]
        assert running.get("/rss.xml").status == 200
        running.site.write("feed.toml", settings.replace("The Daily Example", "Another"))
        assert following()["errors"] == []
        assert shows(running, "Another")


def test_posts_that_are_broken_from_the_start_can_be_fixed(home: Site) -> None:
    home.post(POST, title="First", date="soon")
    with previewing(home) as running:
        answer = running.get("/")
        assert (answer.status, f"posts/{POST}:3: date:" in answer.text) == (503, True)
        assert "reload.js" in answer.text
        home.post(POST, "Fixed.\n", title="First")
        until(lambda: running.get("/rss.xml").status == 200)
        assert running.get("/").status == 200


def test_requests_before_the_first_good_build_do_not_build_again(home: Site) -> None:
    """An open page reloads after each build, so it would reload for ever."""
    home.post(POST, title="First", date="soon")
    with previewing(home) as running:
        running.settle()
        before = running.attempts()
        assert [running.get("/").status for _ in range(3)] == [503] * 3
        time.sleep(0.5)  # in which it would build again
        assert running.attempts() == before


def test_a_file_saved_by_renaming_is_noticed(running: Running) -> None:
    file = running.site.posts / POST
    for text in ("By rename.", "By rename again."):
        beside = file.with_name(f".{POST}.swp")
        beside.write_text(f"---\ntitle: First\n---\n{text}\n")
        beside.replace(file)
        until(lambda text=text: shows(running, text))  # type: ignore[misc]


def test_many_files_at_once_and_new_folders_are_noticed(running: Running) -> None:
    for number in range(150):
        running.site.post(f"year/{number % 7}/2025-03-{number % 28 + 1:02}-x{number}.md", f"Text {number}.\n")
    running.site.post("year/last/index.md", "The last one.\n", date="2025-05-30")
    until(lambda: shows(running, "The last one."))
    assert running.get("/.dateline/").text.count("reader view") == 152
    running.site.post("year/3/2025-05-31-late.md", "Later in a new folder.\n")
    until(lambda: shows(running, "Later in a new folder."))


def test_a_folder_that_is_deleted_and_restored_is_noticed(running: Running) -> None:
    posts, kept = running.site.posts, running.site.root / "kept"
    shutil.copytree(posts, kept)
    running.settle()
    told = "posts: no such folder; give the folder"
    for _ in range(2):
        shutil.rmtree(posts)
        until(lambda: told in running.get("/.dateline/").text)
        assert not posts.exists()
        assert running.get("/rss.xml").status == 200, "the last good build stays"
        shutil.copytree(kept, posts)
        until(lambda: told not in running.get("/.dateline/").text)
    running.site.post(POST, "After its return.\n", title="First")
    until(lambda: shows(running, "After its return."))


def test_a_cache_that_is_deleted_is_built_again(running: Running) -> None:
    running.site.forget()
    until(lambda: running.get("/rss.xml").status == 200)


def test_what_a_build_writes_causes_no_other_build(running: Running) -> None:
    running.settle()
    before = running.attempts()
    running.site.post(POST, "Other.\n", title="First")
    until(lambda: running.attempts() > before)
    time.sleep(0.5)  # in which it would build again
    assert running.attempts() == before + 1


def test_a_scheduled_post_is_published_when_it_is_due(home: Site) -> None:
    with previewing(home, now="") as running:
        running.settle()
        with running.events() as following:
            following()
            seconds = 1.0
            while True:
                due = time.time() + seconds
                date = time.strftime("%Y-%m-%d %H:%M:%S Z", time.gmtime(due))
                home.post("soon.md", "At last.\n", title="Soon", date=date)
                following()
                if not shows(running, "At last."):
                    break
                seconds *= 2  # it was due before the preview noticed it
        until(lambda: shows(running, "At last."))


def test_drafts_and_scheduled_posts_are_shown_on_request(home: Site) -> None:
    home.post("2025-05-01-draft.md", "A draft. [Held](2030-01-01-held.md)\n", title="Draft", draft="true")
    home.post("2030-01-01-held.md", "A held one.\n", title="Held")
    with previewing(home) as running:
        assert "Not published yet: 2 posts. To see drafts and scheduled posts, run with --drafts." in running.printed
        assert not shows(running, "A draft.")
        assert not shows(running, "A held one.")
        overview = running.get("/.dateline/").text
        assert "Draft (draft)" in overview
        assert "Held (scheduled for 2030-01-01 at 12:00 (UTC+00:00))" in overview
        assert (
            "This post is in no feed. Not published yet (draft); dateline preview --drafts"
            in running.get("/.dateline/reader/2025-05-01-draft.md").text
        )
        with previewing(home, "--drafts") as other:
            assert shows(other, "A draft.")
            assert shows(other, "A held one.")
            assert "A draft." in other.get("/.dateline/reader/2025-05-01-draft.md").text
        assert not shows(running, "A draft.")
    assert home.build().code == 0
    assert "A draft." not in (home.public / "atom.xml").read_text()
    assert "A held one." not in (home.public / "atom.xml").read_text()


def test_published_urls_are_recognised_as_the_publications_own(home: Site) -> None:
    home.post(POST, "Text.\n", title="First", aliases="[https://example.org/old/, /older/]")
    home.post("2025-05-01-draft.md", "A draft.\n", title="Draft", draft="true")
    with previewing(home) as running:
        for path in ("/old/", "/older/"):
            assert f"{running.origin}/2025/04/first/" in running.get(path).text
        # A post that reveals a draft is reported, as by a build.
        with running.events() as following:
            following()
            home.post(POST, "See https://example.org/2025/05/draft/ soon.\n", title="First")
            while not (errors := following()["errors"]):
                pass
    assert errors[0].startswith(f"posts/{POST}:4: ")
    assert errors[0] in home.build("--accept").err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_it_at_once_with_connections_open(running: Running, number: int) -> None:
    idle = socket.create_connection(("127.0.0.1", running.port))
    idle.sendall(f"GET /rss.xml HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
    idle.recv(100)
    slow = socket.create_connection(("127.0.0.1", running.port))
    slow.sendall(f"GET /talk.mp3 HTTP/1.1\r\nHost: 127.0.0.1:{running.port}\r\n\r\n".encode())
    with running.events() as following:
        following()
        processes = children(running.process.pid)
        assert running.end(number) == (0, "", "")
    assert processes
    until(lambda: not any(map(is_running, processes)))
    idle.close()
    slow.close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", running.port))


@pytest.mark.parametrize("after", [0.0, 0.15, 0.3, 0.6])
def test_an_interruption_of_the_first_build_ends_it_too(home: Site, after: float) -> None:
    for number in range(400):
        home.post(f"2025-03-{number % 28 + 1:02}-x{number}.md", f"Text {number}. " * 300)
    process = subprocess.Popen(
        [sys.executable, "-m", "dateline", "preview", "--port", str(free_port())],
        cwd=home.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until(lambda: Path(home.cache.root, "preview").exists())
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (err, process.returncode) == ("", 0)


def test_a_killed_builder_is_restarted(running: Running) -> None:
    running.settle()
    with running.events() as following:
        following()
        for child in children(running.process.pid):
            os.kill(child, signal.SIGKILL)
        running.site.post(POST, "Other.\n", title="First")
        assert "the build process ended unexpectedly" in following()["errors"][0]
        running.site.post(POST, "Another.\n", title="First")
        assert following()["errors"] == []
        assert shows(running, "Another.")


def test_a_preview_whose_cache_cannot_be_written_uses_a_temporary_folder(
    home: Site, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    (home.root / "cache").mkdir(0o555)
    try:
        with previewing(home, by=as_nobody_special) as running:
            assert running.get("/rss.xml").status == 200
            assert [file.name.partition("-preview")[0] for file in temporary.iterdir()] == ["dateline"]
            running.site.post(POST, "Other.\n", title="First")
            until(lambda: shows(running, "Other."))
            assert running.end()[0] == 0
    finally:
        (home.root / "cache").chmod(0o755)
    assert not any((home.root / "cache").iterdir())
    assert list(temporary.iterdir()) == []


def test_nothing_of_a_preview_gets_into_what_is_published(home: Site) -> None:
    with settling() as settle:
        settle()
        assert dateline("build", cwd=home.root, now="").code == 0
        said = dateline("build", cwd=home.root, now="").out
    cache = Path(home.cache.root)
    published, kept = tree(home.public), tree(cache)
    assert "receipt.json" in kept
    with previewing(home, now="") as running:
        feed = running.get("/feed.json").text
        assert running.origin in feed
    assert tree(home.public) == published
    assert {path: found for path, found in tree(cache).items() if not path.startswith("preview/")} == kept
    assert not any(running.origin.encode() in content for content, _ in published.values())
    # The ids are those of what is published, and so are the addresses, but for the host.
    assert feed.replace(running.origin, "https://example.org") == (home.public / "feed.json").read_text()
    again = dateline("build", cwd=home.root, now="")
    assert (again.out, again.code) == (said, 0)
    assert tree(home.public) == published
    assert tree(cache)["receipt.json"] == kept["receipt.json"]


def test_the_next_free_port_is_used_if_none_is_given() -> None:
    with closing(listen("127.0.0.1", None).socket) as first:
        following = listen("127.0.0.1", None)
        following.socket.close()
        assert FIRST_PORT <= first.getsockname()[1] < following.port


def test_a_port_that_is_taken_is_an_error(home: Site) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = started("preview", "--port", port, cwd=home.root)
        expected = f"error: --port: {port} is taken; name another one, or leave it out\n"
        assert (result.code, result.out, result.err) == (1, "", expected)


def test_a_host_that_is_not_this_machine_is_an_error(home: Site) -> None:
    result = started("preview", "--host", "192.0.2.1", cwd=home.root)
    expected = "--host: '192.0.2.1' is not an address of this machine; leave it out"
    assert (result.code, result.err) == (1, f"error: {expected}\n")
    for host in ("no such host", "nowhere.invalid", ""):
        with pytest.raises(OutputError) as raised:
            listen(host, None)
        assert str(raised.value) == expected.replace("192.0.2.1", host)


def test_settings_that_are_wrong_from_the_start_are_an_error(home: Site) -> None:
    home.write("feed.toml", "title = 1\n")
    result = started("preview", "--port", free_port(), cwd=home.root)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: posts/feed.toml")
    result = started("preview", "nowhere", "--port", free_port(), cwd=home.root)
    assert (result.code, result.out) == (1, "")
    assert not (home.root / "nowhere").exists()


def test_a_build_into_a_folder_among_the_posts_is_not_taken_for_a_change(home: Site) -> None:
    home.settings('output = "public"\n')
    home.post(POST)
    assert home.build().code == 0
    with previewing(home) as running:
        running.settle()
        home.post(POST, "Other.\n", title="First")
        until(lambda: shows(running, "Other."))
        with running.events() as following:
            first = following()
            assert home.build().code == 0
            time.sleep(1)
            home.post(POST, "Third.\n", title="First")
            assert following()["attempt"] == first["attempt"] + 1


def test_the_libraries_are_loaded_by_no_other_command(home: Site) -> None:
    code = (
        "import sys; from dateline.cli.main import main\n"
        "try: main(['check'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('starlette', 'uvicorn', 'watchfiles')])"
    )
    process = subprocess.run([sys.executable, "-c", code], cwd=home.root, capture_output=True, text=True)
    assert process.stdout.splitlines()[-1] == "[]"
