"""Dateline from Python: what is promised, and that it leaves the process of its user alone."""

import inspect
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import NOW, Site

import dateline
from dateline import BuildError, DatelineError, SurpriseError, build, check, diff
from dateline import api as promised
from dateline.building import entries

HERE = Path(__file__).parent
MOMENT = datetime(2025, 6, 1, 12, tzinfo=UTC)


def test_the_package_lists_what_the_api_promises() -> None:
    assert vars(dateline)["__all__"] == vars(promised)["__all__"]
    assert {*promised.__all__} <= {*dir(dateline)}
    assert all(value.__doc__ for value in map(promised.__dict__.get, promised.__all__))


def test_importing_the_package_loads_nothing_else() -> None:
    program = "import sys, types; before = {*sys.modules}; import dateline; print(sorted({*sys.modules} - before))"
    assert python(program).stdout == "['dateline']\n"


def python(program: str, cwd: Path | None = None, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of a user's in a process of its own."""
    return subprocess.run(
        [sys.executable, *options, "-c", program], cwd=cwd, capture_output=True, text=True, check=True, timeout=60
    )


def test_a_name_is_the_function_even_after_the_folder_of_that_name_was_imported() -> None:
    import dateline.building.report
    import dateline.comparison.changes

    assert inspect.isfunction(dateline.build)
    assert inspect.isfunction(dateline.diff)
    with pytest.raises(AttributeError, match="no attribute 'biuld'"):
        dateline.biuld  # type: ignore[attr-defined]  # noqa: B018


def test_a_build_reports_what_it_did_and_the_next_one_has_nothing_to_do(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    site.post()
    site.post("2025-07-01-later.md", title="Later")
    site.post("draft.md", date="2025-04-01", draft="true")
    report = build(site.posts, now=NOW)
    assert report.output == site.public
    assert [(file.path, file.status, file.kind, file.items) for file in report.files] == [
        *((name, "written", "feed", 1) for name in ("rss.xml", "atom.xml", "feed.json")),
        ("feeds.opml", "written", "other file", None),
    ]
    assert all(file.size == (site.public / file.path).stat().st_size for file in report.files)
    (new,) = report.changes.changes
    assert (new.kind, new.is_surprise, new.subject) == ("new", False, "First")
    assert (new.id, new.path) == (
        "tag:example.org,2025-01-01:daily/2025-04-14-first",
        f"{site.posts}/2025-04-14-first.md",
    )
    assert new.explanation == "“First” would appear, as unread."
    assert report.changes.compared_with is None
    assert report.next_due == (f"{site.posts}/2025-07-01-later.md", "Later", datetime(2025, 7, 1, 12, tzinfo=UTC))
    assert (report.drafts, report.left_out, report.notes) == (1, (), ())
    again = build(site.posts, now=MOMENT)
    assert {file.status for file in again.files} == {"unchanged"}
    assert again.changes.changes == ()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "now", [datetime(2025, 4, 14, 13), datetime(2025, 4, 14, 13, 0, 1, 5, UTC), "2025-04-14 13:00"]
)
def test_the_present_may_be_a_datetime_or_a_text_and_without_an_offset_it_is_local(
    site: Site, now: datetime | str
) -> None:
    site.settings('timezone = "Asia/Tokyo"\n')
    site.post(date="2025-04-14 12:30")
    site.post("second.md", title="Second", date="2025-04-14 21:30")
    assert build(site.posts, now=now).files[0].items == (2 if isinstance(now, datetime) and now.tzinfo else 1)


def test_errors_have_every_problem_with_a_path_that_can_be_opened(site: Site) -> None:
    site.post("one.md", date="soon")
    site.post("two.md", date="later")
    for call in (build, diff):
        with pytest.raises(BuildError) as raised:
            call(site.posts, now=NOW)
        assert [problem.path for problem in raised.value.problems] == [f"{site.posts}/one.md", f"{site.posts}/two.md"]
        assert "cannot read 'soon'" in str(raised.value)
    assert not site.public.exists()
    assert [problem.path for problem in check(site.posts, now=NOW).errors] == [
        f"{site.posts}/{name}.md" for name in ("one", "two")
    ]
    site.post("three.md", title="Third", date="2025-04-14")
    report = build(site.posts, now=NOW, skip_invalid=True)
    assert (report.files[0].items, len(report.left_out)) == (1, 2)
    site.write("feed.toml", "")
    for refused in (build, check, diff):
        with pytest.raises(DatelineError) as failed:
            refused(str(site.posts), now=NOW)
        assert {problem.path for problem in failed.value.problems} == {f"{site.posts}/feed.toml"}


def test_a_surprise_stops_a_build_and_says_what_it_would_change(site: Site) -> None:
    site.post()
    build(site.posts, now=NOW)
    site.post(date="2025-05-20")
    before = site.tree()
    with pytest.raises(SurpriseError) as raised:
        build(site.posts, now=NOW)
    assert [change.kind for change in raised.value.changes.surprises] == ["redated"]
    assert "The date of “First” would move from 2025-04-14 to 2025-05-20." in str(raised.value)
    assert "accept=True" in str(raised.value)
    assert site.tree() == before
    found = diff(site.posts, now=NOW)
    assert found == raised.value.changes
    assert found.compared_with == str(site.public / "feed.json")
    assert diff(site.posts, now=NOW, against=str(site.public / "rss.xml")).surprises
    assert build(site.posts, now=NOW, dry_run=True, accept=True).changes.surprises
    assert site.tree() == before
    assert build(site.posts, now=NOW, accept=True).changes.surprises == found.surprises


def test_a_check_finds_remarks_too(site: Site) -> None:
    site.post()
    found = check(site.posts, now=NOW)
    assert (found.errors, found.posts) == ((), 1)
    assert "summary: none" in str(found.remarks[0])
    assert not site.public.exists()


def test_the_cache_is_where_the_caller_wants_it_or_nowhere(site: Site) -> None:
    site.post()
    build(site.posts, now=NOW, cache=False)
    assert not os.path.exists(site.cache.root)
    build(site.posts, now=NOW, cache=site.root / "mine")
    assert list((site.root / "mine").iterdir())


def enough(site: Site) -> None:
    for number in range(entries.WORTHWHILE + 5):
        site.post(f"{number}.md", title=f"Post {number}", date=f"2025-01-01 {number // 60:02}:{number % 60:02}")


def test_a_plain_script_without_a_main_guard_builds_in_several_processes(site: Site) -> None:
    enough(site)
    script = site.root / "publish.py"
    script.write_text(
        "import os, signal\n"
        "from dateline import build, parallel\n"
        "before = signal.getsignal(signal.SIGINT)\n"
        "started = []\n"
        "real = parallel._Worker.__init__\n"
        "parallel._Worker.__init__ = lambda worker: started.append(1) or real(worker)\n"
        f"report = build('posts', now={NOW!r}, jobs=2)\n"
        "assert signal.getsignal(signal.SIGINT) is before\n"
        "print(len(started), sum(file.kind == 'feed' for file in report.files), report.notes)\n"
    )
    done = subprocess.run([sys.executable, script], cwd=site.root, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 3 ()\n", "")


@pytest.mark.slow
def test_threads_build_one_after_the_other_and_touch_no_signals(tmp_path: Path) -> None:
    sites = [Site(tmp_path / name) for name in ("one", "two")]
    for site in sites:
        site.settings()
        enough(site)
    handler, found = signal.getsignal(signal.SIGINT), {}

    def run(site: Site) -> None:
        found[site.root.name] = build(site.posts, now=NOW, jobs=2)

    threads = [threading.Thread(target=run, args=[site]) for site in sites]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {name: (len(report.files), report.notes) for name, report in found.items()} == {
        "one": (4, ()),
        "two": (4, ()),
    }
    assert sites[0].tree()["rss.xml"] == sites[1].tree()["rss.xml"]
    assert signal.getsignal(signal.SIGINT) is handler


@pytest.mark.slow
def test_it_works_where_warnings_are_errors_and_an_event_loop_runs(site: Site) -> None:
    enough(site)
    program = (
        "import asyncio, threading\n"
        "from dateline import build, check\n"
        "async def cell():\n"
        "    threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        f"    return build('posts', now={NOW!r}, jobs=2), check('posts', now={NOW!r})\n"
        "report, found = asyncio.run(cell())\n"
        "print(len(report.files), found.posts)\n"
    )
    done = python(program, site.root, "-W", "error::DeprecationWarning:dateline")
    assert done.stdout == f"4 {entries.WORTHWHILE + 5}\n"


def test_results_and_errors_can_be_pickled(site: Site) -> None:
    import pickle

    site.post()
    report = build(site.posts, now=NOW)
    assert pickle.loads(pickle.dumps(report)) == report
    error = SurpriseError(report.changes, "feed.json", "All is new.")
    assert pickle.loads(pickle.dumps(error)).changes == report.changes
