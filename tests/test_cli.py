"""The command line as a writer sees it."""

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from conftest import PAGES, Site, dateline, started
from test_output import as_nobody_special

from dateline import __version__
from dateline.cli.main import main
from dateline.messages.progress import progress_line, show_progress


@pytest.mark.parametrize(
    "command",
    [[], ["build"], ["diff"], ["pin"], ["check"], ["preview"], ["due"], ["new"], ["adopt"], ["init"]],
    ids=str,
)
def test_every_help_has_an_example(command: list[str]) -> None:
    result = started(*command, "--help")
    assert result.code == 0
    assert re.search(r"Example:\n    dateline " + "".join(command), result.out)


def test_the_version_is_told() -> None:
    assert started("--version").out == f"dateline, version {__version__}\n"


WRONG_USAGE = {
    "--nope": "no option --nope; for the options: dateline --help",
    "build --nope": "no option --nope; did you mean --now or --no-cache?",
    "build --cahe x": "no option --cahe; did you mean --cache or --no-cache?",
    "build --jobs many": "--jobs: 'many' is not a valid integer range; for the options: dateline build --help",
    "build a b": "got unexpected extra argument (b); for the options: dateline build --help",
    "build --cache x --no-cache": "--cache and --no-cache exclude each other; leave one out",
    "build --output": "option '--output' requires an argument; for the options: dateline build --help",
    "new": 'TITLE is missing; for instance: dateline new "The ferry is back"',
    "adopt": "FEED is missing; for instance: dateline adopt https://example.org/feed/ --dry-run",
    "init": "--title and --url are missing; for instance: "
    'dateline init posts --title "Harbour Notes" --url https://harbour.example/',
    "feeds": "no command 'feeds'; for the list: dateline --help",
    "biuld": "no command 'biuld'; did you mean build?",
    "/": "no command '/'; to build that folder: dateline build /",
}


@pytest.mark.parametrize("arguments", WRONG_USAGE)
def test_wrong_usage_exits_with_2_and_says_how_to_fix_it(tmp_path: Path, arguments: str) -> None:
    result = dateline(*arguments.split(), cwd=tmp_path)
    assert (result.code, result.out, result.err) == (2, "", f"error: {WRONG_USAGE[arguments]}\n")


def test_other_names_of_commands_are_understood(site: Site) -> None:
    assert dateline("version").out == dateline("--version").out
    assert dateline("serve", "--help").out == dateline("preview", "--help").out


def test_without_a_command_one_learns_where_one_is_and_what_to_do_next(site: Site) -> None:
    site.post()
    site.post("2025-04-15-b.md", title="B", draft="true")
    site.post("2099-04-15-c.md", title="C")
    result = dateline(cwd=site.root)
    assert (result.code, result.err) == (0, "")
    told, _, steps = result.out.partition("\n\n")
    assert told == "“The Daily Example” in posts/: 3 posts, 1 draft, 1 scheduled.\nNot built yet."
    assert [line.partition("  ")[0] for line in steps.splitlines()] == [
        "dateline preview",
        'dateline new "Title"',
        "dateline build",
        "dateline --help",
        "dateline help",
    ]
    assert site.build().code == 0
    site.post("2025-04-16-d.md", title="D", date="soon")
    told = dateline(cwd=site.posts).out
    assert "in this folder: 4 posts, 1 draft, 1 scheduled, 1 with errors.\nThe output is in ../public/.\n" in told
    assert "dateline check        see what to fix\n" in told
    assert "no feed.toml in this folder" in dateline(cwd=site.public).out


def test_a_first_build_lists_files_and_titles(site: Site) -> None:
    site.post(title="Hello")
    result = started("build", cwd=site.root)
    assert (result.code, result.err) == (0, "")
    *files, sentence, unchecked, see, publish = result.out.splitlines()
    assert [re.sub(r"[\d,]+ bytes", "N bytes", re.sub(" +", " ", line)) for line in files] == [
        "public/rss.xml, atom.xml, feed.json: 1 item N bytes written",
        "public/feeds.opml N bytes written",
    ]
    assert sentence == "The feed is new, with 1 item: “Hello”."
    hint = 'If you have published before, guard = "live" in feed.toml compares with the feed on the web.'
    assert unchecked == f"First build: nothing to compare with yet. {hint}"
    assert see == "To see the feeds: dateline preview"
    assert publish == "To publish: dateline publish; for how: dateline help publishing"


def test_a_build_has_a_line_for_each_kind_of_file_and_counts_what_is_a_page(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.write("_static/robots.txt", "User-agent: *\n")
    site.post(tags="[sea]", aliases="old/")
    site.post("2025-04-15-second.md", title="Second")
    first = site.build()
    shape = [re.sub(r"[\d,]+ bytes", "N bytes", re.sub(" +", " ", line)) for line in first.out.splitlines()[:4]]
    pages = [path for path in site.tree() if path.endswith(".html") and path != "old/index.html"]
    others = [path for path in site.tree() if not path.endswith((".html", "rss.xml", "atom.xml", "feed.json"))]
    assert shape == [
        "public/rss.xml, atom.xml, feed.json: 2 items N bytes written",
        "6 more feeds N bytes written",
        f"{len(pages)} pages N bytes written",
        f"{len(others)} other files N bytes written",  # the list of files is one of them, and the redirect is not
    ]
    assert "\nThe home page is public/index.html; to see all pages: dateline preview\n" in first.out
    (site.posts / "2025-04-15-second.md").unlink()
    assert re.search(r"\npublic/2025/04/second/index.html +removed\n", site.build("--accept").out)


def test_a_later_build_says_in_a_sentence_what_changed(site: Site) -> None:
    site.settings('limit = 3\narchives = "off"\n')
    for day in (1, 2, 3):
        site.post(f"2025-04-0{day}-x{day}.md", title=f"X{day}")
    assert site.build().code == 0
    site.post("2025-04-02-x2.md", title="X2, corrected")
    (site.posts / "2025-04-03-x3.md").unlink()
    site.post("2025-04-04-x4.md", title="X4")
    site.post("2025-04-05-x5.md", title="X5")
    sentence = site.build("--accept").out.splitlines()[-1]
    assert sentence == "New: “X5”, “X4”; changed: “X2, corrected” (was “X2”); past the feed's limit: “X1”; gone: “X3”."
    assert site.build().out.splitlines()[-1] == "Nothing is new, changed or gone in the feed."


def test_an_edit_rewrites_only_what_it_changed(site: Site) -> None:
    site.post(body="![A](pic.png)\n")
    site.write("pic.png", b"picture")
    assert site.build().code == 0
    before = {path: os.stat(site.public / path).st_mtime_ns for path in site.tree()}
    site.post(title="Other", body="![A](pic.png)\n")
    assert site.build().code == 0
    after = {path: os.stat(site.public / path).st_mtime_ns for path in site.tree()}
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {"atom.xml", "feed.json", "rss.xml", ".dateline.json"}


def test_the_next_post_that_falls_due_is_told(site: Site) -> None:
    site.settings('timezone = "America/El_Salvador"\n')
    site.post()
    site.post("2025-06-03-later.md", title="Later")
    site.post("2025-06-02-next.md", title="Next", date="2025-06-02 08:30")
    result = site.build()
    assert result.out.splitlines()[-3] == "Next falls due “Next”, on 2025-06-02 at 08:30 (UTC-06:00)."


def test_a_post_dated_today_without_a_time_is_explained(site: Site) -> None:
    site.post()
    site.post("2025-06-02-today.md", title="Today")
    result = site.build("--now", "2025-06-02 09:15")
    assert result.out.splitlines()[-3] == (
        "Next falls due “Today”, on 2025-06-02 at 12:00 (UTC+00:00). Its date has no time, so it counts from 12:00 on;"
        " to publish sooner, write a time: date: 2025-06-02 09:15"
    )


def test_due_says_when_the_next_post_comes_out(site: Site) -> None:
    site.settings('timezone = "America/El_Salvador"\n')
    site.post()
    site.post("2025-06-03-later.md", title="Later")
    site.post("2025-06-02-next.md", title="Next", date="2025-06-02 08:30")
    site.post("2025-06-01-draft.md", title="Draft", date="2025-06-02 07:30", draft="true")
    result = started("due", cwd=site.root)
    assert (result.code, result.err) == (0, "")
    assert result.out == ("2025-06-02T14:30:00Z posts/2025-06-02-next.md: “Next”, on 2025-06-02 at 08:30 (UTC-06:00)\n")
    later = json.loads(site.run("due", "--json", "--now", "2025-06-02 08:30").out)
    assert later == {
        "path": "posts/2025-06-03-later.md",
        "title": "Later",
        "due": "2025-06-03T12:00:00-06:00",
        "utc": "2025-06-03T18:00:00Z",
    }
    assert not (site.root / "cache").exists()


def test_due_exits_with_4_where_no_post_is_held_and_with_1_where_one_cannot_be_read(site: Site) -> None:
    site.post()
    site.post("2025-06-03-draft.md", draft="true")
    result = started("due", cwd=site.root)
    assert (result.code, result.out, result.err) == (4, "No post is scheduled.\n", "")
    result = site.run("due", "--json")
    assert (result.code, json.loads(result.out)) == (4, dict.fromkeys(["path", "title", "due", "utc"]))
    site.post("2025-06-03-soon.md", date="soon")
    result = site.run("due")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: posts/2025-06-03-soon.md:3: date: cannot read 'soon'; ")


def test_no_post_that_is_due_exits_with_1_and_says_when_the_first_is(site: Site) -> None:
    result = site.build()
    assert (result.code, result.err) == (1, 'error: posts: no posts here; write one with dateline new "Title"\n')
    site.post(draft="true")
    assert site.build().err == "error: posts: every post is a draft; remove draft: true from one\n"
    site.post(date="2025-07-01 09:00")
    assert site.build().err == (
        "error: posts/2025-04-14-first.md: no post is out yet, and this is the first, on 2025-07-01 at 09:00"
        " (UTC+00:00); wait, or give it an earlier date\n"
    )


def test_quiet_prints_nothing_but_errors(site: Site) -> None:
    site.post()
    result = started("build", "--quiet", cwd=site.root)
    assert (result.code, result.out, result.err) == (0, "", "")
    site.post(date="soon")
    result = site.build("--quiet")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: posts/2025-04-14-first.md:3: date: ")


def test_a_report_for_programs_says_the_same(site: Site) -> None:
    site.post()
    report = json.loads(site.build("--json").out)
    assert [(file["path"], file["status"], file["items"]) for file in report["files"]] == [
        ("rss.xml", "written", 1),
        ("atom.xml", "written", 1),
        ("feed.json", "written", 1),
        ("feeds.opml", "written", None),
    ]
    subscribers = report["subscribers"]
    (new,) = subscribers["new"]
    assert new == {
        "id": "tag:example.org,2025-01-01:daily/2025-04-14-first",
        "title": "First",
        "url": "https://example.org/2025/04/first/",
        "published": "2025-04-14T12:00:00+00:00",
        "path": "posts/2025-04-14-first.md",
    }
    assert [subscribers[key] for key in ("updated", "gone", "past_limit")] == [[], [], []]
    assert (subscribers["compared_with"], subscribers["surprises"]) == (None, 0)
    assert (report["next_due"], report["notes"]) == (None, [])
    assert [file["bytes"] for file in report["files"]] == [
        os.stat(site.public / name).st_size for name in ("rss.xml", "atom.xml", "feed.json", "feeds.opml")
    ]
    site.post(date="soon")
    result = site.build("--json")
    assert result.code == 1
    (error,) = json.loads(result.out)["errors"]
    assert (error["path"], error["line"]) == ("posts/2025-04-14-first.md", 3)
    assert error["problem"] == "date: cannot read 'soon'"


def test_now_is_an_option_or_a_variable_and_no_other_one(site: Site) -> None:
    site.post("2025-04-14-a.md")
    site.post("2025-05-14-b.md")

    def items(*options: str, **env: str) -> int:
        assert started("build", "--accept", *options, cwd=site.root, **env).code == 0
        return len(site.json()["items"])

    assert items("--now", "2025-05-01") == 1
    assert items("--now", "2025-05-15") == 2
    assert items(DATELINE_NOW="1 May 2025") == 1
    assert items(SOURCE_DATE_EPOCH="0") == 2


def test_check_tells_all_that_an_editor_wants_to_know(site: Site) -> None:
    site.settings('langauge_note = "x"\nlogo = "big.svg"\n')
    site.write("big.svg", "<svg/>")
    site.write(
        "2025-04-14-a.md",
        "---\ntitle: A\ndate: 2025-04-15\nmood: sober\nslug: My Post\nid: 17\n---\n"
        "![](pic.png) [a](missing.html) [b](htps://x.example) [c](LICENSE) [d](/about) [e](other/)\n\n"
        "<script>x</script>\n<iframe src='https://video.example/1'></iframe>\n",
    )
    site.write("pic.png", b"x")
    site.post("2025-04-16-b.md", summary="S", tags="[Top News]", date="2025-04-16 09:00:01")
    site.post(
        "2025-04-17-c.md",
        summary="S",
        tags="[topnews]",
        date="2025-04-16 09:00:01 Z",
        author="A, B",
        title="A &amp; #1",
    )
    site.write("notes.rst", "x")
    (site.posts / "out.md").symlink_to(site.root / "elsewhere.md")
    result = site.run("check")
    assert (result.code, result.err) == (0, "")
    told = result.out
    for expected in (
        "posts/feed.toml:10: langauge_note: unknown key, ignored; ",
        "posts/feed.toml:1: description: none, so the title is used",
        "posts/feed.toml:1: language: none, so",
        "posts/feed.toml:11: logo: left out of RSS; ",
        "posts/2025-04-14-a.md:1: summary: none, so the first paragraph is used; ",
        "posts/2025-04-14-a.md:3: date: 2025-04-15, but the file name says 2025-04-14; ",
        "posts/2025-04-14-a.md:4: mood: unknown key, ignored; ",
        "posts/2025-04-14-a.md:5: slug: 'My Post' becomes 'my-post'; ",
        "posts/2025-04-14-a.md:6: id: not a URI, so the W3C",
        "posts/2025-04-14-a.md:8: image: 'pic.png' has no alt text; ",
        "posts/2025-04-14-a.md:8: link: 'missing.html' is not a file here, so it is read as a URL; ",
        "posts/2025-04-14-a.md:8: link: 'LICENSE' is not a file here, so it is read as a URL; ",
        "posts/2025-04-14-a.md:8: link: 'b' is not a link, as its address was removed; ",
        "posts/2025-04-14-a.md:10: script: feed readers do not show this tag, so it is removed; ",
        "posts/2025-04-14-a.md:11: iframe: becomes a link to what it shows; ",
        "tags: 'topnews' is not the same tag as 'Top News' in ",
        "date: the same second as ",
        "posts/2025-04-17-c.md:2: title: some readers will show parts of it as HTML; ",
        "posts/2025-04-17-c.md:2: title: everything after # is ignored as a comment; ",
        "posts/2025-04-17-c.md:6: author: 'A, B' is read as one name; ",
        "posts/notes.rst: passed over: its name does not end in .md, ",
        "posts/out.md: links outside the folder of posts; ",
    ):
        assert expected in told, expected
    assert told.splitlines()[-1].startswith("3 posts, 0 errors, ")


def test_check_finds_what_a_build_would_refuse_and_what_it_would_not_look_at(site: Site) -> None:
    site.settings('limit = 1\narchives = "off"\n')
    site.post("2025-04-16-newest.md", summary="S")
    site.post("2025-04-15-old.md", summary="S", body="[x](missing.pdf)\n")
    site.post("2025-04-14-draft.md", summary="S", draft="true", body="[x](missing.pdf)\n")
    assert site.build().code == 0
    result = site.run("check")
    assert result.code == 1
    assert "error: posts/2025-04-15-old.md:5: link: 'missing.pdf' leads to a file that is not there" in result.err
    assert "posts/2025-04-14-draft.md:6: link: 'missing.pdf' leads to a file that is not there" in result.out
    site.write("_static/rss.xml", "x")
    assert "both _static/rss.xml and the RSS feed" in site.run("check").err


def test_check_looks_at_the_output_folder_that_it_is_told(site: Site) -> None:
    site.post()
    (site.root / "public").mkdir()
    (site.root / "public/feeds.opml").write_text("mine")
    assert site.build("--output", "elsewhere").code == 0
    assert site.run("check", "--output", "elsewhere").code == 0
    refused = site.run("check")
    assert refused.code == 1
    assert "public/feeds.opml: a file that Dateline did not write" in refused.err


def test_check_reports_as_json(site: Site) -> None:
    site.post(date="soon")
    result = site.run("check", "--json")
    report = json.loads(result.out)
    assert result.code == 1
    assert [error["line"] for error in report["errors"]] == [3]
    assert {remark["path"] for remark in report["remarks"]} == {"posts/feed.toml"}


def test_a_new_post_is_a_dated_draft_that_builds_when_it_is_let_go(site: Site) -> None:
    site.settings('timezone = "America/El_Salvador"\n')
    site.post()
    result = site.run("new", 'What "it" means: a #note')
    assert (result.code, result.out) == (0, "posts/2025-06-01-what-it-means-a-note.md\n")
    file = site.root / result.out.strip()
    text = file.read_text("utf-8")
    assert "date: 2025-06-01 06:00 -06:00\n" in text
    assert "draft: true\n" in text
    assert site.build().code == 0
    assert len(site.json()["items"]) == 1
    file.write_text(text.replace("draft: true\n", ""))
    assert site.build().code == 0
    assert site.json()["items"][0]["title"] == 'What "it" means: a #note'
    assert site.json()["items"][0]["date_published"] == "2025-06-01T06:00:00-06:00"


def test_new_never_overwrites(site: Site) -> None:
    file = site.post("2025-06-01-first.md")
    before = file.read_text()
    result = site.run("new", "First")
    assert result.code == 1
    assert result.err.startswith("error: posts/2025-06-01-first.md: exists, and is not overwritten; ")
    assert file.read_text() == before


def test_a_title_that_no_file_can_be_named_by_is_refused(site: Site) -> None:
    for title in ("!?", "  ", "\u200b"):
        result = site.run("new", title)
        assert result.code == 1
        assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize("title", ["word " * 80, "漢" * 300, "a" * 300], ids=["words", "no spaces", "one word"])
def test_a_new_post_may_have_a_title_too_long_for_the_name_of_a_file(site: Site, title: str) -> None:
    result = site.run("new", title)
    assert result.code == 0, result
    file = site.root / result.out.strip()
    assert len(file.name.encode()) < 220
    file.write_text(file.read_text("utf-8").replace("draft: true\n", ""), "utf-8")
    assert site.build("--now", "2025-06-02").code == 0
    assert site.json()["items"][0]["title"] == title.strip()


def test_a_new_publication_builds_at_once(tmp_path: Path) -> None:
    arguments = ("--title", 'The "Daily"', "--url", "https://example.org/news", "--timezone", "Asia/Tokyo")
    result = started("init", "my blog", *arguments, "--author", "Ana Díaz <ana@example.org>", cwd=tmp_path)
    assert result.code == 0
    site = Site(tmp_path)
    settings = (tmp_path / "my blog/feed.toml").read_text("utf-8")
    assert re.search(r'^id = "tag:example\.org,\d{4}-\d\d-\d\d:[0-9a-f]{8}"$', settings, re.MULTILINE)
    built = started("build", "my blog", cwd=tmp_path, now="")
    assert built.code == 0, built
    assert site.json()["home_page_url"] == "https://example.org/news/"
    assert site.json()["authors"] == [{"name": "Ana Díaz", "url": "mailto:ana@example.org"}]
    assert [item["title"] for item in site.json()["items"]] == ["Hello"]
    again = dateline("init", "my blog", *arguments, cwd=tmp_path)
    assert again.code == 1
    assert (tmp_path / "my blog/feed.toml").read_text("utf-8") == settings


def test_every_publication_gets_an_id_of_its_own(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        assert dateline("init", name, "--title", "T", "--url", "https://example.org", cwd=tmp_path).code == 0
        ids.update(re.findall(r"tag:\S+", (tmp_path / name / "feed.toml").read_text()))
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--url", "nowhere"),
        ("--url", "ftp://example.org"),
        ("--timezone", "Mars"),
        ("--title", " "),
        ("--author", "<>"),
    ],
)
def test_values_that_will_not_do_begin_nothing(tmp_path: Path, option: str, value: str) -> None:
    values = {"--title": "T", "--url": "https://example.org", option: value}
    result = dateline("init", "posts", *(word for pair in values.items() for word in pair), cwd=tmp_path)
    assert result.code == 1
    assert result.err.startswith(f"error: {option}: ")
    assert not (tmp_path / "posts").exists()


def test_init_leaves_posts_that_are_there_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.post()
    assert dateline("init", "posts", "--title", "T", "--url", "https://example.org", cwd=tmp_path).code == 0
    assert sorted(path.name for path in site.posts.iterdir()) == ["2025-04-14-first.md", "_pages", "feed.toml"]


def test_where_no_folder_can_be_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / "posts").write_text("no folder")
    result = dateline("init", "posts", "--title", "T", "--url", "https://example.org", cwd=tmp_path)
    problem = "cannot be written: not a directory; check that you may write there"
    assert (result.code, result.err) == (1, f"error: posts/feed.toml: {problem}\n")


def test_where_one_may_not_write_nothing_is_begun(tmp_path: Path) -> None:
    (tmp_path / "posts").mkdir(mode=0o400)
    arguments = ("init", "posts", "--title", "T", "--url", "https://example.org")
    result = subprocess.run(
        as_nobody_special(sys.executable, "-m", "dateline", *arguments),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    problem = "cannot be written: permission denied; check that you may write there"
    assert (result.returncode, result.stderr) == (1, f"error: posts/feed.toml: {problem}\n")


# However fast the machine is, no work is too short to be shown.
AT_ONCE = """
from dateline.cli.fastpath import run
from dateline.messages import progress
progress._PATIENCE = progress._REDRAWN = -1
"""
STOPPED = """
import os, signal
show = progress._Bar.show
def stop(bar, phase, *numbers):
    show(bar, phase, *numbers)
    if phase == "writing":
        os.kill(os.getpid(), signal.SIGINT)
progress._Bar.show = stop
"""


def on_a_terminal(site: Site, *program: str, code: int = 0, columns: int = 80, **env: str) -> str:
    """What ``dateline build`` shows on a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, *(program or ("-m", "dateline")), "build"],
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": "2025-06-01", "TERM": "xterm", "COLUMNS": "", **env},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    os.close(leader)
    assert process.wait(60) == code
    return shown.decode()


def left_on_screen(shown: str) -> list[str]:
    """The lines on a terminal at the end, given what was written to it."""
    lines, column = [""], 0
    for part in re.findall(r"\n|\r|\x1b\[K|\x1b\[\d*m|[^\r\n\x1b]+", shown):
        if part == "\n":
            lines.append("")
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        elif not part.startswith("\x1b"):
            lines[-1] = lines[-1][:column] + part + lines[-1][column + len(part) :]
            column += len(part)
    return lines


def test_colour_is_for_terminals_that_want_it(site: Site) -> None:
    # A dumb terminal has colours, but no progress bar, which would appear on a slow machine.
    site.post()
    assert "\x1b[32mwritten\x1b[0m" in on_a_terminal(site, TERM="dumb")
    site.post(title="Other")
    assert "\x1b" not in on_a_terminal(site, TERM="dumb", NO_COLOR="1")
    site.post(title="Third")
    assert "\x1b" not in started("build", cwd=site.root).out


@pytest.mark.slow
def test_long_work_shows_its_progress_on_a_terminal_and_nowhere_else(site: Site) -> None:
    for number in range(200):
        site.post(f"2025-01-{number % 28 + 1:02}-post-{number}.md", body="Text, *more* of it. " * 60)
    assert re.search(r"Rendering  \[#*-*\] \d+ of 200", on_a_terminal(site, "-c", f"{AT_ONCE}run()"))
    site.forget()
    assert "Rendering" not in on_a_terminal(site, "-c", f"{AT_ONCE}run()", TERM="dumb")
    result = started("build", "--no-cache", cwd=site.root)
    assert (result.code, result.err) == (0, "")
    assert "Reading" not in result.out


def test_the_progress_bar_fits_a_narrow_terminal_and_is_gone_at_the_end(site: Site) -> None:
    for number in range(1, 10):
        site.post(f"2025-01-0{number}-post-{number}.md", title=f"Post {number}")
    shown = on_a_terminal(site, "-c", f"{AT_ONCE}run()", columns=40)
    bars = re.findall(r"\r([^\r\x1b]+)\x1b\[K", shown)
    assert any(bar.startswith("Writing  [###") for bar in bars)
    assert max(map(len, bars)) < 40
    assert left_on_screen(shown)[0].startswith("public/rss.xml, ")


@pytest.mark.parametrize("reason", ["an error", "the brake", "Ctrl-C"])
def test_a_build_that_was_stopped_leaves_no_bar(site: Site, reason: str) -> None:
    site.post()
    assert site.build().code == 0
    fields = {"an error": {"date": "soon"}, "the brake": {"id": "other"}, "Ctrl-C": {"title": "Other"}}
    site.post(**fields[reason])
    code, first = {"an error": (1, "error: "), "the brake": (3, "surprise: "), "Ctrl-C": (130, "Stopped: ")}[reason]
    program = f"{AT_ONCE}{STOPPED if reason == 'Ctrl-C' else ''}run()"
    shown = on_a_terminal(site, "-c", program, code=code)
    assert re.search(r"\r\w+", shown)
    assert left_on_screen(shown)[0].startswith(first)


@pytest.mark.parametrize(
    ("done", "total", "left", "width", "line"),
    [
        (0, 200, None, 79, "Rendering  [------------------------------] 0 of 200"),
        (50, 200, 61.2, 79, "Rendering  [#######-----------------------] 50 of 200, 1:02 left"),
        (12_000, 20_000, 1505, 39, "Rendering  [#########------] 25:05 left"),
        (12_000, 20_000, None, 39, "Rendering  [#####----] 12,000 of 20,000"),
        (3, 8, None, 39, "Rendering  [#######------------] 3 of 8"),
        (9, 0, None, 20, "Rendering"),
        (0, 1, None, 5, "Rende"),
    ],
)
def test_a_progress_line_never_needs_more_room_than_there_is(
    done: int, total: int, left: float | None, width: int, line: str
) -> None:
    assert progress_line("rendering", done, total, left, width) == line


def test_the_time_left_is_shown_when_it_is_worth_something(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work of a minute begins slowly: nothing is done for three seconds."""
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    monkeypatch.setattr("sys.stderr", terminal := io.StringIO())
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with show_progress(hidden=False) as show:
        for second in range(60):
            clock[0] = second
            show("rendering", max(0, 1000 * (second - 3) // 57), 1000)
    drawn = terminal.getvalue().split("\r")[2:-1]  # one each second, from the first on
    left = [int(found[1]) if (found := re.search(r"0:(\d\d) left", line)) else None for line in drawn]
    assert left[:5] == [None] * 5
    assert all(seconds and abs(seconds - (60 - second)) <= 3 for second, seconds in enumerate(left[5:], 6))


def test_two_names_for_the_same_day_of_change_agree(site: Site) -> None:
    site.post(date="2025-04-14 15:00", updated="2025-04-14", lastmod="2025-04-14")
    assert site.build().code == 0
    assert site.json()["items"][0]["date_modified"] == "2025-04-14T15:00:00Z"


def test_a_build_says_how_many_drafts_it_left_out(site: Site) -> None:
    site.post()
    assert "Left out" not in site.build().out
    site.post("2025-04-15-b.md", title="B", draft="true")
    site.post("2025-04-16-c.md", title="C", published="false")
    assert site.build().out.endswith("Nothing is new, changed or gone in the feed.\nLeft out: 2 drafts.\n")
    assert json.loads(site.build("--json").out)["drafts"] == 2


def test_the_help_lists_each_command_on_a_line() -> None:
    lines = started("--help").out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == sorted(main.commands)
    assert max(map(len, lines)) < 80
    assert dateline("-h").out == dateline("--help").out == started("--help", "build").out


def paths_in(value: object) -> set[str]:
    """All paths of posts and settings in what was printed for programs."""
    if isinstance(value, dict):
        own = {value["path"]} if "path" in value and "bytes" not in value else set()
        return own.union(*map(paths_in, value.values()))
    return set().union(*map(paths_in, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("posts", ["posts", "../posts"])
def test_every_path_that_is_told_can_be_opened(site: Site, posts: str) -> None:
    here = site.root / "here" if posts.startswith("..") else site.root
    here.mkdir(exist_ok=True)

    def opened(command: str, code: int = 0) -> set[str]:
        result = dateline(command, posts, "--json", cwd=here)
        assert result.code == code, result
        found = paths_in(json.loads(result.out))
        assert all((here / path).is_file() for path in found)
        return {path.removeprefix(f"{posts}/") for path in found}

    def told(command: str) -> str:
        result = dateline(command, posts, cwd=here)
        return result.out + result.err

    site.post("out.md", date="2025-04-14", tags="[Sea View]")
    site.post("kept.md", date="2025-04-15", tags="[seaview]")
    site.post("held.md", date="2099-04-14")
    assert opened("build") == {"out.md", "kept.md", "held.md"}
    assert opened("due") == {"held.md"}
    assert opened("check") == {"feed.toml", "out.md", "kept.md", "held.md"}
    assert f"{posts}/kept.md: tags: 'seaview' is not the same tag as 'Sea View' in {posts}/out.md" in told("check")
    site.post("out.md", date="2025-04-13")
    site.post("kept.md", date="2025-04-15", draft="true")
    assert opened("diff", 3) == {"out.md", "kept.md"}
    assert f"write updated: in {posts}/out.md." in told("build")
    assert f"({posts}/kept.md is a draft)" in told("build")
    site.post("out.md", date="2025-04-13", id="same")
    site.post("kept.md", date="2025-04-15", id="same")
    assert opened("build", 1) == opened("check", 1) - {"feed.toml", "out.md", "held.md"} == {"kept.md"}
    assert f"error: {posts}/kept.md: id: same is also that of {posts}/out.md; " in told("build")
