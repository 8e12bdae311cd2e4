"""Rendering on the workers of a Dask cluster: real schedulers and workers, which their own commands start."""

import gc
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import psutil
import pytest
from conftest import NOW, PAGES, Site, cold, dateline, started
from test_docs import DOCS, REPOSITORY, blocks

from dateline.building import cluster, entries
from dateline.building.report import Report
from dateline.errors import BuildError
from dateline.hashing import versions_by_name
from dateline.options import BuildOptions
from dateline.pipeline import build
from dateline.render import render

DASK = Path(sys.executable).parent / "dask"
POSTS = 120
BODIES = [
    "# Heading\n\nText with a [link](2025-01-01-0.md), a *word*, `code` and a footnote.[^1]\n\n[^1]: Here it is.\n",
    '| a | b |\n|--:|---|\n| 1 | "two" |\n\n```python\nx = 1\n```\n\n![Alt](https://pictures.example/a.png)\n',
    '- [x] one\n- [ ] two\n    1. three\n\n> A quotation -- with {{< ref "x" >}} in it.\n\n<script>no()</script>\n',
    "Grüße, 日本語 & <b>HTML</b> <https://example.org/>\n\nTerm\n: Definition\n\nhttps://example.org/post/\n",
]


@pytest.fixture
def full(site: Site) -> Site:
    """A publication with enough posts for a cluster, and one that has notes."""
    site.write("feed.toml", PAGES)
    for number in range(POSTS):
        body = f"Post number {number}.\n\n{BODIES[number % len(BODIES)]}"
        site.post(
            f"2025-01-01-{number}.md",
            body,
            title=f"Post {number}",
            date=f"2025-01-01 {number % 24:02}:{number % 60:02}",
        )
    site.post("2025-01-01-1.md", BODIES[0], title="Corrected", corrections="[{date: 2025-05-14, text: 'It is *so*.'}]")
    return site


class Dask:
    """A scheduler, and workers, each a process with a log."""

    def __init__(self, folder: Path, stack: ExitStack, *options: object, **env: str) -> None:
        self.folder, self._stack = folder, stack
        file = folder / "scheduler.json"
        self.scheduler, log = self._start("scheduler", "--port", 0, "--scheduler-file", file, *options, **env)
        wait(lambda: file.exists() and file.read_text().endswith("}"), log)
        self.address: str = json.loads(file.read_text())["address"]
        self.workers: list[subprocess.Popen[bytes]] = []

    def worker(self, *options: object, **env: str) -> Path:
        """Start a worker; return its log."""
        more = options or ("--nthreads", 1)
        process, log = self._start("worker", self.address, "--no-nanny", *more, **env)
        self.workers.append(process)
        wait(lambda: "Registered to" in log.read_text(), log)
        return log

    def _start(self, name: str, *options: object, **env: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self.folder / f"{name}-{len(list(self.folder.iterdir()))}.log"
        command = [DASK, name, "--host", "127.0.0.1", "--no-dashboard", *options]
        with log.open("wb") as stream:
            environment = {**os.environ, **env}
            process = subprocess.Popen([*map(str, command)], stdout=stream, stderr=stream, env=environment)
        self._stack.callback(end, process)
        return process, log


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def wait(condition: Callable[[], object], log: Path | None = None) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until, log and log.read_text()
        time.sleep(0.05)


@contextmanager
def dask(folder: Path, *options: object, **env: str) -> Iterator[Dask]:
    folder.mkdir()
    with ExitStack() as stack:
        yield Dask(folder, stack, *options, **env)


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Dask]:
    """A scheduler with two workers, one of several threads."""
    with dask(tmp_path / "dask") as started:
        started.worker()
        started.worker("--nthreads", 3)
        yield started


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Dask]:
    """A scheduler with a worker."""
    with dask(tmp_path / "dask") as started:
        started.worker()
        yield started


def build_on(address: str, site: Site, then: Callable[[], object] = lambda: None, after: int = 12) -> Report:
    """Build in small tasks of which few are under way, and call `then` when a few posts have been rendered."""
    events = [then]

    def progress(phase: str, done: int, _total: int) -> None:
        if phase == "rendering on the cluster" and done >= after and events:
            events.pop()()

    options = BuildOptions(site.posts, site.public, NOW, jobs=1, cluster=address)
    with mock.patch.object(entries, "CHUNK", 2), mock.patch.object(cluster._Workers, "ahead", 6):
        report = build(options, progress)
    assert not events
    return report


def nothing_rendered_here() -> "mock._patch[mock.Mock]":
    return mock.patch("dateline.render.render", side_effect=AssertionError)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--cluster", "10.0.0.1:8786"],
            "'10.0.0.1:8786' is another machine, and whoever answers in its place could run",
        ),
        (["--cluster", "tcp://[fd00::1]:8786"], "is another machine"),
        (["--cluster", "localhost.example:1"], "is another machine"),
        (["--cluster", "http://127.0.0.1:8786"], "is no address of a scheduler; write it like tls://"),
        (["--cluster", "127.0.0.1"], "'127.0.0.1' is no address of a scheduler; write it like tls://"),
        (["--cluster", "127.0.0.1:0"], "is no address"),
        (["--cluster", "127.0.0.1:99999"], "is no address"),
        (["--cluster", "tcp://a@127.0.0.1:1"], "is no address"),
        (["--cluster", "tcp://127.0.0.1:1/x"], "is no address"),
        (["--cluster", "tcp://[::1:1"], "is no address"),
        (["--cluster", ""], "is no address"),
        (["--insecure-cluster"], "--insecure-cluster needs --cluster"),
    ],
)
def test_what_is_no_address_to_connect_to_is_refused(site: Site, options: list[str], problem: str) -> None:
    site.post()
    result = site.build(*options)
    assert (result.code, result.out) == (2, "")
    assert problem in result.err
    assert not site.public.exists()


@pytest.mark.parametrize(
    "options", [["tcp://10.0.0.1:1", "--insecure-cluster"], ["tls://10.0.0.1:1"], ["[::1]:1"], ["localhost:1"]]
)
def test_few_posts_are_rendered_without_the_cluster(site: Site, options: list[str]) -> None:
    site.post(date="2025-04-14")
    result = site.build("--cluster", *options)
    assert (result.code, result.err) == (0, "")


def test_without_the_extra_an_error_says_what_to_install(site: Site) -> None:
    site.post(date="2025-04-14")
    with mock.patch.object(cluster, "WORTHWHILE", 1), mock.patch.dict(sys.modules, distributed=None):
        result = site.build("--cluster", "127.0.0.1:1")
    assert result.code == 1
    assert re.search(r"error: --cluster: needs libraries that are not installed; run .*\[cluster\]", result.err)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_the_output_is_the_same_and_all_is_rendered_on_the_cluster(full: Site, two: Dask, engine: str) -> None:
    full.write("feed.toml", f'{PAGES}markdown = "{engine}"\n')
    expected = cold(full)
    with nothing_rendered_here():
        result = dateline("build", full.posts, "--cluster", two.address)
    assert (result.code, result.err) == (0, "")
    assert full.tree() == expected
    assert "Nothing is new" in dateline("build", full.posts, "--cluster", "127.0.0.1:1").out


@pytest.mark.slow
def test_a_local_cluster_serves_as_well(full: Site, tmp_path: Path) -> None:
    program = tmp_path / "local.py"
    program.write_text(
        "from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started:\n"
        "        print(started.scheduler_address, flush=True)\n"
        "        input()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, str(program)], text=True, **pipes) as process:  # type: ignore[call-overload]
        with nothing_rendered_here():
            assert not build_on(process.stdout.readline().strip(), full).notes
        process.communicate("\n")
    assert full.tree() == cold(full)


@pytest.mark.slow
def test_errors_in_posts_are_those_of_a_build_without_a_cluster(full: Site, one: Dask) -> None:
    full.post("2025-02-01-bad.md", "[nowhere](nowhere.md)\n", title="Bad")
    full.post("2025-02-02-endless.md", f"&#{'1' * 101};\n", title="Endless")
    alone = dateline("build", full.posts, "--no-cache")
    assert alone.code == 1
    assert "a character reference of more than 100 digits" in alone.err
    assert dateline("build", full.posts, "--cluster", one.address) == alone


@pytest.mark.slow
def test_one_of_three_workers_is_killed_and_others_do_its_tasks(full: Site, one: Dask) -> None:
    one.worker()
    one.worker()
    first = one.workers[0]
    helpers: list[psutil.Process] = []

    def kill() -> None:
        helpers.extend(psutil.Process(first.pid).children())
        first.send_signal(signal.SIGSTOP)  # so that it has tasks when it is killed
        threading.Timer(1, first.kill).start()

    with nothing_rendered_here():
        assert not build_on(one.address, full, kill).notes
    assert first.wait(10) == -signal.SIGKILL
    assert full.tree() == cold(full)
    assert helpers
    assert not psutil.wait_procs(helpers, timeout=10)[1]


@pytest.mark.slow
def test_a_process_that_renders_for_a_worker_is_killed_and_its_task_is_done_again(full: Site, one: Dask) -> None:
    with nothing_rendered_here():
        assert not build_on(one.address, full, lambda: psutil.Process(one.workers[0].pid).children()[0].kill()).notes
    assert full.tree() == cold(full)


@pytest.mark.slow
def test_the_build_goes_on_alone_without_the_scheduler(full: Site, one: Dask) -> None:
    with mock.patch("dateline.render.render", wraps=render) as here:
        (note,) = build_on(one.address, full, one.scheduler.kill).notes
    assert f"the cluster at {one.address} failed (the connection to its scheduler was lost)" in note
    assert 0 < here.call_count < POSTS
    assert full.tree() == cold(full)


@pytest.mark.slow
@pytest.mark.parametrize("event", [signal.SIGSTOP, signal.SIGKILL])
def test_the_build_goes_on_alone_if_no_worker_answers(full: Site, one: Dask, event: signal.Signals) -> None:
    with mock.patch.object(cluster, "PATIENCE", 8):
        (note,) = build_on(one.address, full, lambda: one.workers[0].send_signal(event)).notes
    assert "failed (no answer for 8 seconds), so this machine rendered what was left" in note
    assert full.tree() == cold(full)


@pytest.mark.slow
def test_an_interrupt_is_heard_while_workers_are_silent_and_what_they_did_is_kept(
    full: Site, one: Dask, caplog: pytest.LogCaptureFixture
) -> None:
    def interrupt() -> None:
        one.workers[0].send_signal(signal.SIGSTOP)
        threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build_on(one.address, full, interrupt)
    assert time.monotonic() - begun < 15
    assert not full.public.exists()
    gc.collect()  # when asyncio reports what nobody has asked for
    assert not caplog.records
    with mock.patch("dateline.render.render", wraps=render) as here:
        build(BuildOptions(full.posts, full.public, NOW, jobs=1))
    assert 0 < here.call_count <= POSTS - 12
    assert full.tree() == cold(full)


@pytest.mark.slow
def test_what_is_no_scheduler_and_one_without_workers_are_errors(full: Site, tmp_path: Path) -> None:
    with (
        dask(tmp_path / "dask") as lonely,
        socket.create_server(("127.0.0.1", 0)) as silent,
        socket.create_server(("127.0.0.1", 0)) as closed,
        mock.patch.object(cluster, "WAIT", 2),
    ):
        port = closed.getsockname()[1]
        closed.close()
        for address, problem in {
            lonely.address: f"no worker has joined the scheduler at {lonely.address}; start one with `dask worker`",
            f"tcp://127.0.0.1:{silent.getsockname()[1]}": "; check the address, and that the same Dask is there, or",
            f"tcp://127.0.0.1:{port}": f"cannot connect to tcp://127.0.0.1:{port} (connection refused)",
        }.items():
            begun = time.monotonic()
            result = dateline("build", full.posts, "--cluster", address)
            assert (result.code, result.out, full.public.exists()) == (1, "", False)
            assert problem in result.err
            assert result.err.count("\n") == 1
            assert time.monotonic() - begun < 15


def other_dateline(folder: Path, path: str, more: str) -> dict[str, str]:
    """A copy of this program with something added; returns the environment of a worker that has it."""
    shutil.copytree(REPOSITORY / "src" / "dateline", folder / "dateline")
    with (folder / "dateline" / path).open("a", encoding="utf-8") as file:
        file.write(more)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.slow
def test_workers_with_other_versions_are_refused_by_name(full: Site, one: Dask, tmp_path: Path) -> None:
    ours = versions_by_name()
    theirs = {**ours, "markdown": "1.2.3"}
    del theirs["nh3"]
    env = other_dateline(tmp_path / "other", "hashing.py", f"def versions_by_name(): return {theirs}\n")
    (tmp_path / "none" / "dateline").mkdir(parents=True)
    (tmp_path / "none" / "dateline" / "__init__.py").touch()
    logs = one.worker(**env), one.worker(PYTHONPATH=str(tmp_path / "none"))
    names = [re.search(r"Start worker at: +(\S+)", log.read_text()) for log in logs]
    result = dateline("build", full.posts, "--cluster", one.address)
    assert (result.code, full.public.exists()) == (1, False)
    older, none = (name[1] for name in names if name)
    assert f"worker {older} has" in result.err
    assert f"markdown 1.2.3 (here {ours['markdown']})" in result.err
    assert f"nh3 missing (here {ours['nh3']})" in result.err
    assert re.search(rf"worker {none} has no such Dateline \(.*No module named 'dateline.building'", result.err)


@pytest.mark.slow
def test_a_worker_with_another_version_that_joins_later_is_refused(full: Site, one: Dask, tmp_path: Path) -> None:
    env = other_dateline(tmp_path / "other", "model.py", "# edited\n")

    def join() -> None:
        one.workers[0].send_signal(signal.SIGSTOP)
        one.worker(**env)
        one.workers[0].send_signal(signal.SIGCONT)

    with pytest.raises(BuildError, match=r"--cluster: the worker tcp://.* has .*Dateline .*\(code .*\(here .*\(code"):
        build_on(one.address, full, join)
    assert not full.public.exists()


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "notes"), [("['<p>Rubbish'] * len(tasks)", 0), ("[]", 1)])
def test_answers_that_are_no_renderings_are_not_used(full: Site, tmp_path: Path, answer: str, notes: int) -> None:
    more = f"_render_batch = lambda tasks: {answer}\n_render_batch.__qualname__ = '_render_batch'\n"
    env = other_dateline(tmp_path / "other", "render/__init__.py", more)
    with (tmp_path / "other" / "dateline" / "hashing.py").open("a", encoding="utf-8") as file:
        file.write(f"def versions_by_name(): return {versions_by_name()}\n")
    with dask(tmp_path / "dask") as other:
        other.worker(**env)
        result = dateline("build", full.posts, "--cluster", other.address)
    assert (result.code, result.err.count("else than renderings")) == (0, notes)
    assert full.tree() == cold(full)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("openssl") and "CI" not in os.environ, reason="needs openssl")
def test_the_certificate_of_the_guide_keeps_others_out(full: Site, tmp_path: Path) -> None:
    (config,) = blocks("yaml", "distributed:")
    (command,) = re.findall(r"`(openssl req [^`]+)`", DOCS[REPOSITORY / "posts/guide/2025-03-29-speed.md"])
    for name in ("ours", "other"):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
        (folder / "cluster.yaml").write_text(config.replace("/etc/dateline", str(folder)))
    ours = str(tmp_path / "ours")
    with dask(tmp_path / "dask", "--protocol", "tls", DASK_CONFIG=ours) as safe:
        assert safe.address.startswith("tls://")
        log = safe.worker(DASK_CONFIG=ours)
        for name, problem in {
            "other": f"cannot connect to {safe.address} (",
            "none": f"{safe.address} needs certificates, and the configuration of Dask names none",
        }.items():
            result = started("build", full.posts, "--cluster", safe.address, DASK_CONFIG=str(tmp_path / name))
            assert (result.code, full.public.exists()) == (1, False)
            assert problem in result.err
        result = started("build", full.posts, "--cluster", safe.address, DASK_CONFIG=ours)
        assert (result.code, result.err) == (0, "")
        assert "own_versions" in log.read_text()
    assert full.tree() == cold(full)
