"""What a build costs, as far as that does not depend on the clock: a build costs what changed, not what there is."""

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import EVERYTHING, NOW, PAGES, SETTINGS, TICK_NS, Site, dateline, few_and_many, settling
from hypothesis import given, settings
from hypothesis import strategies as st
from test_same_bytes import EDITS, NOBODYS, begun

from dateline import parallel, render
from dateline.cli.fastpath import plain_options
from dateline.errors import BuildError
from dateline.options import BuildOptions
from dateline.pipeline import build

# Prints what the program, called with the arguments that follow, imports and opens.
WATCH = f"""\
import json, os, sys
from dateline.content import scan
scan.CLOCK_TICK_NS = {TICK_NS}
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from dateline.cli.fastpath import run
sys.argv[0] = "dateline"
try:
    run()
finally:
    here = os.getcwd()
    inside = [os.path.relpath(path) for path in opened if os.path.abspath(path).startswith(here + os.sep)]
    print(json.dumps([sorted(sys.modules), inside]))
"""
# Every library that is not part of Python.
LIBRARIES = frozenset(
    (
        "babel bs4 click comrak dateutil feedgen feedparser imagesize jinja2 lxml markdown markdownify nh3 pygments "
        "requests starlette tinytag urllib3 uvicorn watchfiles yaml"
    ).split()
)


def watched(site: Site, *arguments: str) -> tuple[list[str], list[str], set[str]]:
    """The lines that a run of the program prints, the files of the site that it opens, and the modules it imports."""
    environment = {name: value for name, value in os.environ.items() if name != "DATELINE_NOW"}
    result = subprocess.run(
        [sys.executable, "-c", WATCH, *arguments], cwd=site.root, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    *lines, told = result.stdout.splitlines()
    modules, opened = json.loads(told)
    return lines, opened, {name.partition(".")[0] for name in modules}


def a_hundred_posts(site: Site) -> Site:
    """Posts of ten months, with tags, and a picture."""
    site.write("feed.toml", EVERYTHING)
    site.write("pic.png", b"picture")
    for number in range(100):
        body = f"Text {number}. ![Pic](pic.png)\n"
        path = f"2024-{number // 10 + 1:02}-{number % 10 + 10}-post-{number}.md"
        site.post(path, body, title=f"Post {number}", tags=f"[tag {number % 7}, all]")
    return site


@pytest.fixture
def many(site: Site) -> Site:
    """A hundred posts, built, with a receipt."""
    return settled(a_hundred_posts(site))


def settled(site: Site) -> Site:
    """The same, built and built again when its files are old enough to be known by their stamps."""
    with settling() as settle:
        dateline("build", cwd=site.root, now="")
        settle()
        dateline("build", cwd=site.root, now="")
    return site


def test_a_build_with_nothing_to_do_opens_nothing_and_imports_no_library(many: Site) -> None:
    before = {path: os.stat(many.public / path) for path in many.tree()}
    lines, opened, modules = watched(many, "build")
    assert lines[-1] == "Nothing is new, changed or gone in the feed."
    assert not [line for line in lines if "written" in line or "removed" in line]
    assert opened == [os.path.relpath(many.cache.receipt, many.root)]
    assert not modules & {*LIBRARIES, "hashlib", "shutil", "sqlite3", "tomllib"}
    assert {path: os.stat(many.public / path) for path in many.tree()} == before


@pytest.mark.parametrize("argument", ["--version", "version", "--help", "-h"])
def test_help_and_version_import_next_to_nothing(tmp_path: Path, argument: str) -> None:
    code = "from dateline.cli.fastpath import run; run()"
    command = [sys.executable, "-X", "importtime", "-c", code, argument]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    modules = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    ours = {name for name in modules if name.startswith("dateline.")}
    parts = ("cli", "cli.fastpath", "cli.help", "messages", "messages.streams", "system")
    assert ours == {f"dateline.{part}" for part in parts}
    assert not modules & {*LIBRARIES, "json", "pathlib"}


def test_a_build_imports_only_the_libraries_that_it_needs(site: Site) -> None:
    site.write("feed.toml", PAGES)
    site.post("2025-04-14-a.md", title="A")
    site.post("2025-04-15-b.md", title="B")
    _, _, modules = watched(site, "build", "--jobs", "1")
    assert modules & LIBRARIES == {"dateutil", "feedgen", "jinja2", "lxml", "markdown"}
    settled(site)
    site.post("2025-04-14-a.md", "Edited.\n", title="A")
    _, _, modules = watched(site, "build", "--jobs", "1")
    assert modules & LIBRARIES == {"jinja2", "markdown"}


# Prints the templates that a build compiles. What it finds compiled is in the folder that is its first argument.
COMPILING = """\
import sys
sys.pycache_prefix = sys.argv.pop(1)
from dateline.cli.fastpath import run
sys.addaudithook(lambda event, given: print("compiled", given[1]) if event == "compile" else None)
run()
"""


def test_our_templates_are_compiled_once_and_those_that_come_with_posts_each_time(site: Site, tmp_path: Path) -> None:
    def compiled() -> set[str]:
        command = [sys.executable, "-c", COMPILING, str(kept), "build", "--jobs", "1", "--no-cache"]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
        ran = subprocess.run(command, cwd=site.root, env=environment, capture_output=True, text=True, check=True)
        lines = (line.split() for line in ran.stdout.splitlines())
        return {Path(line[1]).name for line in lines if line[0] == "compiled" and line[1].endswith(".html")}

    kept = tmp_path / "kept"
    site.write("feed.toml", PAGES)
    site.post()
    assert compiled() > {"base.html", "post.html", "parts.html"}
    tree = site.tree()
    assert not compiled()
    for file in kept.rglob("*.html.*.pyc"):
        file.write_bytes(file.read_bytes()[:-1])
    assert compiled() > {"base.html", "post.html", "parts.html"}
    assert not compiled()
    assert site.tree() == tree
    site.write("_templates/post.html", "{% extends 'dateline/post.html' %}")
    assert compiled() == compiled() > {"base.html", "post.html", "parts.html"}
    site.write("_templates/post.html", "{% extends 'dateline/post.html' %}{% block title %}Mine{% endblock %}")
    assert "post.html" in compiled()


def test_a_build_with_nothing_to_do_counts_what_it_passes_over(site: Site) -> None:
    site.post()
    site.write("a.rst", "text")
    lines, _, modules = watched(settled(site), "build")
    assert lines[-1] == "Passed over: 1 .rst file."
    assert "sqlite3" not in modules
    site.write("b.rst", "text")
    lines, _, modules = watched(site, "build")
    assert lines[-1] == "Passed over: 2 .rst files."
    assert "sqlite3" in modules


def test_loading_the_program_compiles_few_patterns() -> None:
    code = """\
import re, sys
compiled, real = [], re.compile
def spy(*pattern, **flags):
    compiled.append(sys._getframe(1).f_globals["__name__"])
    return real(*pattern, **flags)
re.compile = spy
import dateline.cli.fastpath, dateline.cli.build
print(*sorted(name for name in compiled if name.startswith("dateline.")))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(ran.stdout.split()) < 10


def test_plain_front_matter_is_read_without_pyyaml(site: Site) -> None:
    site.post()
    assert "yaml" not in watched(site, "build", "--jobs", "1")[2]
    folded = {"summary": ">-\n  Folded."}
    site.post(**folded)
    assert "yaml" in watched(site, "build", "--jobs", "1")[2]
    site.post(body="Edited.\n", **folded)
    modules = watched(site, "build", "--jobs", "1")[2]
    assert "yaml" not in modules, "the front matter has not changed, so it is not read again"


def test_a_build_after_an_edit_opens_that_post_and_writes_its_feeds(many: Site) -> None:
    before = many.tree()
    many.post("2024-03-15-post-25.md", "Edited.\n", title="Post 25", tags="[tag 4, all]")
    lines, opened, modules = watched(many, "build")
    assert {path for path in opened if path.startswith("posts/")} == {
        "posts/feed.toml",
        "posts/2024-03-15-post-25.md",
    }
    assert modules & {*LIBRARIES, "email"} == {"markdown"}
    changed = {path for path, content in many.tree().items() if before.get(path) != content}
    names = ("atom.xml", "feed.json", "rss.xml")
    # It is too old for the feeds of "all" and of the author, which hold the newest twenty.
    expected = {f"{folder}/{name}" for folder in ("archive/2024/03", "tags/tag-4") for name in names}
    assert changed == {*expected, ".dateline.json"}
    assert sum(" more feeds " in line and " 6 written, " in line for line in lines) == 1


def test_a_picture_that_was_just_put_there_keeps_no_receipt(many: Site) -> None:
    picture = many.write("new.png", b"new")
    later = time.time() + 600
    os.utime(picture, (later, later))  # just put there whenever somebody builds
    many.post("2024-03-15-post-25.md", "![New](new.png)\n", title="Post 25", tags="[tag 4, all]")
    for _ in range(2):
        _, _, modules = watched(many, "build")
        assert "sqlite3" in modules
    assert "new.png" in many.tree()
    os.utime(picture, (1, 1))
    watched(many, "build")
    _, _, modules = watched(many, "build")
    assert "sqlite3" not in modules


def test_a_cold_build_opens_each_post_once(site: Site) -> None:
    _, opened, _ = watched(a_hundred_posts(site), "build", "--jobs", "1")
    assert sorted(path for path in opened if path.endswith(".md")) == [
        f"posts/{path.name}" for path in sorted(site.posts.glob("*.md"))
    ]


def test_a_text_passes_from_one_process_to_another_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", PAGES)
    sent: list[str] = []
    received: list[str] = []

    class Recorded:
        UnpicklingError = pickle.UnpicklingError

        @staticmethod
        def dumps(value: object) -> bytes:
            sent.append(repr(value))
            return pickle.dumps(value)

        @staticmethod
        def load(file: Any) -> object:
            received.append(repr(value := pickle.load(file)))
            return value

    monkeypatch.setattr(parallel, "pickle", Recorded)
    build(BuildOptions(site.posts, site.public, NOW, jobs=2))
    assert len(sent) == len(received) > 10
    assert ("".join(sent).count("Text 25. "), "".join(received).count("Text 25. ")) == (0, 1)


def test_an_edit_renders_one_post_and_a_new_setting_none(site: Site) -> None:
    a_hundred_posts(site)
    rendered: list[str] = []
    with mock.patch.object(render, "render", told(rendered, render.render)):
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        assert len(rendered) == 100
        site.post("2024-03-15-post-25.md", "Edited.\n", title="Post 25", tags="[tag 4, all]")
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        assert rendered[100:] == ["Edited.\n"]
        site.write("feed.toml", EVERYTHING + 'title = "Other"\n'.replace("title", "rights"))
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
        site.write("feed.toml", EVERYTHING.replace("https://example.org/", "https://other.example/"))
        build(BuildOptions(site.posts, site.public, NOW, jobs=1, accept=True))
        assert len(rendered) == 101


def told(record: list[str], function: Callable[..., object]) -> Callable[..., object]:
    """A function that puts its first argument on record."""

    def record_and_call(first: str, *rest: object) -> object:
        record.append(first)
        return function(first, *rest)

    return record_and_call


def test_a_post_that_no_feed_shows_is_not_rendered(site: Site) -> None:
    a_hundred_posts(site)
    site.write("feed.toml", SETTINGS + 'archives = "off"\nlimit = 3\n')
    rendered: list[str] = []
    with mock.patch.object(render, "render", told(rendered, render.render)):
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
    assert [body.split(".")[0] for body in rendered] == ["Text 99", "Text 98", "Text 97"]


@pytest.mark.slow
def test_several_processes_render_and_serialise(site: Site, tmp_path: Path) -> None:
    a_hundred_posts(site)
    build(BuildOptions(site.posts, site.public, NOW, cache=False, jobs=1))
    expected = site.tree()
    record = tmp_path / "pids"

    def recording(*arguments: object) -> object:
        with open(record, "a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.005)  # so that neither process is done before the other has begun
        return real(*arguments)  # type: ignore[arg-type]

    real = render.render
    # Whatever threads other tests have left: a new interpreter would have the real function.
    with mock.patch.object(render, "render", recording), mock.patch.object(parallel, "_can_fork", return_value=True):
        build(BuildOptions(site.posts, site.public, NOW, cache=False, jobs=2))
    pids = set(record.read_text().split())
    assert len(pids) == 2
    assert str(os.getpid()) not in pids
    assert site.tree() == expected
    record.unlink()
    with mock.patch.object(render, "render", recording):
        build(BuildOptions(site.posts, site.public, NOW, cache=False, jobs=1))
    assert set(record.read_text().split()) == {str(os.getpid())}


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")
def test_processes_end_with_a_build_that_was_killed(site: Site) -> None:
    a_hundred_posts(site)
    for number in range(400):
        site.post(f"2023-01-10-more-{number}.md", "Text, *more* of it. " * 300, title=str(number))
    command = [sys.executable, "-m", "dateline", "build", "--quiet", "--jobs", "2"]
    process = subprocess.Popen(command, cwd=site.root, env={**os.environ, "DATELINE_NOW": NOW})
    children: list[int] = []
    while process.poll() is None and len(children) < 2:
        children = children_of(process.pid)
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert len(children) == 2
    until = time.monotonic() + 30
    while any(is_running(child) for child in children):
        assert time.monotonic() < until, "the processes outlive the build that began them"
        time.sleep(0.02)


def states() -> dict[int, tuple[str, int]]:
    """The state and the parent of every process."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, *_ = file.read_text().rpartition(")")[2].split()
            found[int(file.parent.name)] = (state, int(parent))
    return found


def children_of(pid: int) -> list[int]:
    """The processes that a process began."""
    return [child for child, (_, parent) in states().items() if parent == pid]


def is_running(pid: int) -> bool:
    """Whether a process is there and not only its entry in the table."""
    return states().get(pid, ("Z", 0))[0] != "Z"


SEQUENCES = st.lists(st.sampled_from(sorted(EDITS.keys() - NOBODYS)), min_size=1, max_size=4)


@few_and_many(2, 50)
def test_no_receipt_hides_a_change(drawn: settings) -> None:
    """Builds that find nothing to do come between changes, in any order."""

    @drawn
    @given(SEQUENCES, st.lists(st.booleans(), min_size=4, max_size=4))
    def holds(names: list[str], again: list[bool]) -> None:
        with tempfile.TemporaryDirectory() as folder, settling() as settle:
            site, fresh = Site(Path(folder)), Site(Path(folder))
            site.settings()
            fresh.public = site.root / "cold"
            begun(site)
            for name, once_more in zip(names, again, strict=False):
                for _ in range(2 if once_more else 0):
                    settle()
                    dateline("build", cwd=site.root, now="")
                with contextlib.suppress(OSError):
                    EDITS[name](site)
                settle()
                for _ in range(2):
                    said = dateline("build", cwd=site.root, now="").err
                    if said.startswith("surprise: "):  # a receipt answers the plainest call alone
                        build(BuildOptions(site.posts, site.public, accept=True))
                    try:
                        build(BuildOptions(site.posts, fresh.public, cache=False, accept=True))
                    except BuildError:
                        assert said.startswith("error: ")
                    else:
                        assert "error: " not in said
                        assert site.tree() == fresh.tree()

    holds()


def test_a_receipt_is_no_answer_to_another_call(many: Site) -> None:
    receipts = Path(many.cache.receipt)
    assert json.loads(receipts.read_text())["call"][:2] == ["posts", ""]
    lines, _, modules = watched(many, "build", "--output", "other")
    assert "sqlite3" in modules
    assert any("written" in line for line in lines)
    assert many.tree() == {
        path.relative_to(many.root / "other").as_posix(): path.read_bytes()
        for path in (many.root / "other").rglob("*")
        if path.is_file()
    }


def test_a_receipt_that_nobody_can_read_is_no_answer(many: Site) -> None:
    for content in ("", "{", "[]", "{}", '{"call": 1, "look": [1, 2, 3, 4], "since": "x"}', "[" * 99999):
        Path(many.cache.receipt).write_text(content)
        lines, _, modules = watched(many, "build")
        assert "sqlite3" in modules, content
        assert lines[-1] == "Nothing is new, changed or gone in the feed.", content


def test_a_receipt_ends_with_the_day_before_a_post_falls_due(many: Site) -> None:
    day = (datetime.now(UTC) + timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
    many.post("later.md", title="Later", date=f"{day:%Y-%m-%d} 08:30 Z")
    settled(many)
    lines, _, modules = watched(many, "build")
    assert lines[-1].startswith("Next falls due “Later”, on ")
    assert "sqlite3" not in modules
    file = Path(many.cache.receipt)
    kept = json.loads(file.read_text("utf-8"))
    assert kept["until"] == day.timestamp()
    file.write_text(json.dumps({**kept, "until": time.time()}), "utf-8")
    _, _, modules = watched(many, "build")
    assert "sqlite3" in modules


@pytest.mark.slow
def test_a_post_that_falls_due_comes_out_though_nothing_else_has_changed(many: Site) -> None:
    with settling() as settle:
        for seconds in (2, 8, 32):  # so long this machine may take to build twice
            moment = int(time.time()) + seconds
            due = time.strftime("%Y-%m-%d %H:%M:%S Z", time.gmtime(moment))
            many.post(f"later-{seconds}.md", title=f"Later {seconds}", date=due)
            settle()
            dateline("build", cwd=many.root, now="")
            if "Next falls due" in dateline("build", cwd=many.root, now="").out:
                break
        time.sleep(max(0.0, moment - time.time()) + 0.1)
        assert f"New: “Later {seconds}”" in dateline("build", cwd=many.root, now="").out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("build", ("posts", None, False, None)),
        ("build a/b --quiet", ("a/b", None, True, None)),
        ("build --output x --jobs 3 p", ("p", "x", False, 3)),
        ("build p q", None),
        ("build --json", None),
        ("build --jobs 0", None),
        ("build --jobs many", None),
        ("build --output", None),
        ("build -- p", None),
        ("check", None),
        ("", None),
    ],
)
def test_the_plainest_calls_are_known_without_the_parser(arguments: str, expected: object) -> None:
    found = plain_options(arguments.split())
    assert (found and (found.posts, found.output, found.quiet, found.jobs)) == expected
