"""Where the cache is, who may use it, and what becomes of anything that somebody else has put there."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from conftest import NOW, Result, Site, cold, dateline, settling
from test_cost import watched
from test_output import as_nobody_special

from dateline.cache import maintenance, sqlite
from dateline.cache.entry_tables import Renderings, rendering_row
from dateline.cache.sqlite import CacheDamagedError
from dateline.errors import BuildError
from dateline.model import Rendering
from dateline.options import BuildOptions, Stage
from dateline.paths import CACHE_VARIABLE, CachePaths, cache_paths, database_files
from dateline.pipeline import build
from dateline.preview.command import preview_cache

COMMANDS = (("build",), ("build", "--dry-run"), ("diff",), ("pin",), ("check",))
ROOT_ONLY = pytest.mark.skipif(bool(os.geteuid()), reason="only root can give files away")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, in which the cache is kept by default."""
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def ours(site: Site, home: Path) -> Site:
    """A publication with a post, whose cache is in the home folder."""
    site.post()
    return site


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail where this takes longer, since it waits for something that never comes."""

    def fail(*_: object) -> None:
        pytest.fail("it waits for ever")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def tree(folder: Path) -> dict[str, object]:
    """All that is below a folder: kind, mode, and content."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    }


def assert_noted(result: Result, site: Site | None = None) -> None:
    """It was done, without the cache."""
    assert result.code == 0, result
    assert result.err.startswith("Note: "), result
    assert result.err.count("\n") == 1, result
    assert site is None or site.tree() == cold(site)


# Where it is


def test_the_cache_is_in_a_folder_of_the_users_own(ours: Site, home: Path) -> None:
    assert ours.build().err == ""
    (folder,) = (home / ".cache/dateline").iterdir()
    assert len(folder.name) == 32
    assert ours.cache.root == str(folder)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent, home / ".cache")] == [0o700] * 3
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    assert (folder / "posts").read_text() == f"{ours.posts.resolve()}\n"
    assert ours.database.is_file()
    assert sorted(path.name for path in ours.posts.iterdir()) == ["2025-04-14-first.md", "feed.toml"]


def test_the_place_of_the_cache_can_be_chosen(ours: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def used(*options: str) -> str:
        before = set(ours.root.rglob("cache.current"))
        assert ours.build(*options).err == ""
        (made,) = set(ours.root.rglob("cache.current")) - before
        return made.parent.parent.relative_to(ours.root).as_posix()

    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert used() == "home/.cache/dateline"
    monkeypatch.setenv("XDG_CACHE_HOME", str(ours.root / "xdg"))
    assert used() == "xdg/dateline"
    monkeypatch.setenv(CACHE_VARIABLE, "variable/a")
    assert used() == "variable/a"
    monkeypatch.setenv(CACHE_VARIABLE, "~/variable")
    assert used() == "home/variable"
    assert used("--cache", "option") == "option"
    assert ours.build("--cache", "x", "--no-cache").code == 2


def test_on_macos_the_cache_is_in_the_library(ours: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert ours.cache.base == f"{home}/Library/Caches"


@pytest.mark.parametrize("value", [None, "", "~", "home", "/nowhere/at/all"])
def test_without_a_home_folder_no_cache_is_kept(
    ours: Site, home: Path, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("HOME")
    else:
        monkeypatch.setenv("HOME", value)
    before = tree(home)
    result = ours.build()
    assert_noted(result, ours)
    assert result.err.startswith("Note: no cache is kept, since HOME names no folder ")
    monkeypatch.setenv(CACHE_VARIABLE, "~/x")
    assert_noted(ours.build(), ours)
    for command in COMMANDS[1:]:
        assert ours.run(*command).code == 0
    with preview_cache(BuildOptions(ours.posts, ours.public), "here") as cache:
        assert Path(cache.base).is_dir()
    assert not Path(cache.base).exists()
    assert tree(home) == before
    assert sorted(path.name for path in ours.root.iterdir()) == ["home", "posts", "public"]
    assert not Path("/nowhere").exists()


def test_a_home_folder_that_cannot_be_written_is_done_without(ours: Site, home: Path) -> None:
    home.chmod(0o555)
    result = run_all(ours)
    assert result.code == 0, result
    assert result.err.startswith(f"Note: the cache in {ours.cache.root} cannot be used ({home}/.cache: permission ")
    assert result.err.count("\n") == 1


def test_a_cache_that_cannot_be_read_is_done_without(ours: Site) -> None:
    assert ours.build().err == ""
    ours.post(title="Other")
    folder = Path(ours.cache.root)
    folder.chmod(0)
    try:
        result = run_all(ours)
    finally:
        folder.chmod(0o700)
    assert result.code == 0, result
    assert result.err.startswith(f"Note: the cache in {ours.cache.root} cannot be used ({folder}")
    assert result.err.count("\n") == 1


ALL = f"""
import sys
from dateline.cli import fastpath
for arguments in {COMMANDS}:
    sys.argv = ["dateline", *arguments]
    try:
        fastpath.run()
    except SystemExit as ended:
        if ended.code:
            sys.exit(f"{{arguments}}: exit {{ended.code}}")
"""


def run_all(site: Site) -> Result:
    """Run all commands in a process that file modes bind."""
    done = subprocess.run(
        as_nobody_special(sys.executable, "-c", ALL),
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": NOW},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("named", ["posts", "posts/cache", "public/a/b", "to posts/x", "to public"])
@pytest.mark.parametrize("is_option", [True, False])
def test_a_cache_in_the_posts_or_the_output_is_an_error(
    ours: Site, monkeypatch: pytest.MonkeyPatch, named: str, is_option: bool
) -> None:
    for folder in ("posts", "public"):
        (ours.root / f"to {folder}").symlink_to(folder)
    if not is_option:
        monkeypatch.setenv(CACHE_VARIABLE, named)
    before = tree(ours.root)
    what = "output" if "public" in named else "posts"
    for command in (*COMMANDS, ("preview",)):
        result = ours.run(*command, *(("--cache", named) if is_option else ()))
        assert (result.code, result.out) == (1, "")
        assert result.err == (
            f"error: {named}: inside the {what} folder, and a cache holds the text of drafts; "
            "name another folder with --cache or DATELINE_CACHE\n"
        )
    assert tree(ours.root) == before


def test_no_cache_is_kept_in_a_home_folder_that_is_that_of_the_posts(
    ours: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(ours.posts))
    assert_noted(ours.build(), ours)
    assert not (ours.posts / ".cache").exists()


def test_a_build_with_nothing_to_do_knows_the_place_of_its_cache(ours: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with settling() as settle:
        dateline("build", cwd=ours.root, now="")
        settle()
        settle()
        dateline("build", cwd=ours.root, now="")
        assert "sqlite3" in watched(ours, "build", "--cache", "other")[2], "what another cache says is no answer"
        settle()
        dateline("build", "--cache", "other", cwd=ours.root, now="")
        _, opened, modules = watched(ours, "build", "--cache", "other")
        assert "sqlite3" not in modules
        assert [path.partition("/")[0] for path in opened] == ["other"]
        monkeypatch.setenv(CACHE_VARIABLE, "third")
        assert "sqlite3" in watched(ours, "build")[2]


# Who may use it


def test_links_to_the_users_own_folder_for_caches_are_followed(ours: Site, home: Path) -> None:
    (ours.root / "elsewhere").mkdir()
    (home / ".cache").symlink_to(ours.root / "elsewhere")
    assert ours.build().err == ""
    assert len([*(ours.root / "elsewhere/dateline").iterdir()]) == 1


@ROOT_ONLY
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_cache_of_somebody_else_is_not_used(ours: Site, depth: int) -> None:
    assert ours.build().err == ""
    ours.post(title="Other")
    place = [*ours.cache.folders, str(ours.database)][depth]
    os.chown(place, 12345, 12345)
    before = tree(ours.root / "home")
    for command in COMMANDS:
        assert ours.run(*command).code == 0
    assert tree(ours.root / "home") == before
    result = ours.build()
    assert_noted(result, ours)
    assert f"({place}: not a " in result.err
    assert "of this user), so this build did without it" in result.err
    with preview_cache(BuildOptions(ours.posts, ours.public), "here") as cache:
        assert cache.base.startswith("/tmp") or depth == 2


def link_to_file(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "file")


def link_to_database(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "database")


def link_to_folder(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "folder")


def link_to_nothing(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "new")


def fifo(place: Path, _outside: Path) -> None:
    os.mkfifo(place)


def device(place: Path, outside: Path) -> None:
    if os.geteuid():
        place.symlink_to("/dev/zero")
    else:
        os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5))


def folder(place: Path, _outside: Path) -> None:
    place.mkdir()
    (place / "in the way").write_text("x")


def file(place: Path, _outside: Path) -> None:
    place.write_text("in the way")


PLANTS: tuple[Callable[[Path, Path], None], ...] = (
    link_to_file,
    link_to_database,
    link_to_folder,
    link_to_nothing,
    fifo,
    device,
    folder,
    file,
)
SAMPLE = CachePaths("", ("dateline", "digest"), "")
FOLDERS = [place.lstrip("/") for place in SAMPLE.for_preview("here").folders]
DATABASE = [f"dateline/digest/{file}" for file in database_files("DATABASE")]
FILES = [*(place.lstrip("/") for place in SAMPLE.files), *DATABASE]
OF_PREVIEW = [place.lstrip("/") for place in SAMPLE.for_preview("here").files]


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: str(plant.__name__))
def test_what_is_planted_in_the_cache_leads_nowhere(ours: Site, plant: Callable[[Path, Path], None]) -> None:
    outside = ours.root / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "file").write_text("mine")
    with closing(sqlite3.connect(outside / "database")) as database:
        database.execute("CREATE TABLE mine (value)")
    before = tree(outside)
    ours.build()
    others = [*COMMANDS[1:], ("adopt", "public/feed.json")]
    good = shutil.copytree(ours.cache.root, ours.root / "good")
    for number, name in enumerate(dict.fromkeys([*FOLDERS, *FILES, *OF_PREVIEW])):
        if plant is (folder if name in FOLDERS else file):
            continue
        ours.forget()
        shutil.copytree(good, ours.cache.root)
        preview = ours.cache.for_preview("here")
        os.makedirs(preview.output)
        name_here = name.replace("digest", Path(ours.cache.root).name).replace("DATABASE", ours.database.name)
        place = Path(ours.cache.base, name_here)
        if place.is_dir():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        plant(place, outside)
        if name in (*FOLDERS[:2], *FILES):
            ours.post(title=f"Edit {number}")
            with within(20):
                assert ours.run(*others[number % len(others)]).code == 0
                assert_noted(ours.build())
        if name in (*FOLDERS, *OF_PREVIEW):
            stage = Stage("http://127.0.0.1:8000", preview)
            with within(20), preview_cache(BuildOptions(ours.posts, ours.public), "here") as used:
                assert used != preview, "a temporary folder"
                with pytest.raises(BuildError):
                    build(BuildOptions(ours.posts, Path(preview.output), NOW, jobs=1, accept=True, stage=stage))
        assert tree(outside) == before, name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink()


# What is in it


FOREIGN = {
    "a trigger": "CREATE TRIGGER t AFTER UPDATE ON posts BEGIN UPDATE renderings SET html = '<script>'; END",
    "a view": "CREATE VIEW v AS SELECT 1",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(x)",
    "a table": "CREATE TABLE more (x)",
    "an index": "CREATE INDEX more ON posts (fields)",
    "a unique index": "CREATE UNIQUE INDEX more ON posts (number)",
    "statistics": "ANALYZE",
    "a column": "ALTER TABLE post_texts ADD COLUMN more",
    "a table that is missing": "DROP TABLE post_texts",
    "a view in place of a table": "DROP TABLE about; CREATE VIEW about AS SELECT 'version' AS name, 'x' AS value",
}


@pytest.mark.parametrize("statements", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("version", ["this version", "another version"])
def test_a_database_that_we_did_not_make_is_not_used(ours: Site, statements: str, version: str) -> None:
    assert ours.build().err == ""
    with closing(sqlite3.connect(ours.database)) as database:
        if version == "another version":
            database.execute("UPDATE about SET value = 'x' WHERE name = 'version'")
        database.executescript(statements)
    ours.post(title="Other")
    assert ours.run("check").err == ""
    result = ours.build()
    assert result.code == 0
    if version == "another version" or "DROP TABLE about" in statements:
        assert result.err == "", "it isn't used, whatever is in it"
    else:
        assert "cannot be used (it is damaged)" in result.err
    assert ours.tree() == cold(ours)
    assert ours.build().err == ""
    with closing(sqlite3.connect(ours.database)) as database:
        found = {(kind, name) for kind, name in database.execute("SELECT type, name FROM sqlite_master")}
    assert ("table", "posts") in found
    assert {kind for kind, _ in found} == {"table", "index", "trigger"}
    assert not {name for _, name in found} & {"t", "v", "more", "sqlite_stat1"}


# The sanitiser has seen none of these.
DAMAGED_HTML = {
    "a text": "'<script>alert(1)</script>'",
    "bytes": "CAST('<script>alert(1)</script>' AS BLOB)",
    "bytes that are no UTF-8": "html || x'ff'",
    "nothing": "x''",
    "a number": "1",
    "a text that is the same but for its end": "CAST(html AS TEXT) || ' '",
}


@pytest.mark.parametrize("html", DAMAGED_HTML.values(), ids=DAMAGED_HTML)
def test_html_that_is_not_what_was_stored_is_not_published(ours: Site, html: str) -> None:
    assert ours.build().err == ""
    with closing(sqlite3.connect(ours.database)) as database:
        database.execute(f"UPDATE renderings SET html = {html}")
        database.commit()
    shutil.rmtree(ours.public)
    result = ours.build()
    assert_noted(result, ours)
    assert "(it is damaged)" in result.err
    assert ours.build().err == ""


@pytest.mark.parametrize("html", DAMAGED_HTML.values(), ids=DAMAGED_HTML)
def test_a_rendering_that_is_not_what_was_stored_is_damaged(html: str) -> None:
    with closing(sqlite.create(None)) as connection:
        renderings = Renderings(connection)
        rendering = Rendering("<p>Zoë</p>", (), "Zoë", (), "", ())
        renderings.keep([(1, rendering_row("key", rendering))])
        assert renderings.get(1, "key") == rendering
        connection.execute(f"UPDATE renderings SET html = {html}")
        with pytest.raises(CacheDamagedError):
            renderings.get(1, "key")


def test_a_value_that_is_too_large_is_not_read(ours: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "MAX_SIZE", 100_000)
    assert ours.build().err == ""
    with closing(sqlite3.connect(ours.database)) as other:
        other.execute("UPDATE about SET value = zeroblob(100001)")
        other.commit()
    result = ours.build()
    assert_noted(result, ours)
    assert "(string or blob too big)" in result.err
    assert ours.build().err == ""


def test_a_receipt_is_printed_like_everything_else_and_has_a_limit(ours: Site) -> None:
    with settling() as settle:
        for _ in range(3):
            settle()
            dateline("build", cwd=ours.root, now="")
        receipt = Path(ours.cache.receipt)
        told = "Nothing is new, changed or gone in the feed."
        assert told in receipt.read_text()
        receipt.write_text(receipt.read_text().replace(told, "\\u001b]0;title\\u0007 \\u202e\\ud800"))
        lines, _, modules = watched(ours, "build")
        assert "sqlite3" not in modules
        assert lines[-1] == "\\x1b]0;title\\x07 \\u202e\\ud800"
        os.truncate(receipt, maintenance.MAX_SIZE + 1)
        lines, _, modules = watched(ours, "build")
        assert (lines[-1], "sqlite3" in modules) == (told, True)


def test_an_old_cache_among_the_posts_is_not_read_and_can_be_deleted(ours: Site, home: Path) -> None:
    assert ours.build().err == ""
    old = Path(shutil.copytree(ours.cache.root, ours.posts / ".dateline_cache"))
    with closing(sqlite3.connect(old / ours.database.name)) as database:
        database.execute("UPDATE renderings SET html = '<script>alert(1)</script>'")
        database.commit()
    ours.forget()
    shutil.rmtree(ours.public)
    before = tree(old)
    assert ours.build().err == ""
    assert ours.tree() == cold(ours)
    result = ours.run("check")
    line = "posts/.dateline_cache: the cache of an older version, no longer used; delete it"
    assert line in result.out.splitlines()
    assert tree(old) == before
    shutil.rmtree(old)
    assert ".dateline_cache" not in ours.run("check").out


def test_what_killed_builds_leave_is_swept(ours: Site) -> None:
    ours.build()
    left, new = (Path(ours.cache.root, f".dateline-{digit * 16}") for digit in "01")
    for path in (left, new):
        path.write_text("half a receipt")
    os.utime(left, (0, 0))
    aged(ours.cache, 2)
    ours.build()
    assert not left.exists()
    assert new.exists(), "another build may be about to use it"


# How long it is kept


def aged(cache: CachePaths, days: float) -> None:
    """Have a cache not been used for some days."""
    then = time.time() - days * 86400
    os.utime(cache.tag, (then, then))


def test_caches_that_nobody_needs_are_removed(ours: Site, tmp_path: Path) -> None:
    def another(name: str) -> CachePaths:
        (tmp_path / name).mkdir()
        cache = cache_paths(tmp_path / name)
        assert cache
        maintenance.prepare(cache)
        return cache

    def gone(cache: CachePaths, days: float | None) -> None:
        os.rmdir(cache.posts)
        if days:
            missing(cache, days)

    def missing(cache: CachePaths, days: float) -> None:
        Path(cache.missing).touch()
        os.utime(cache.missing, (time.time() - days * 86400,) * 2)

    ours.build()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").touch()
    used, no_tag, other_tag, planted, foreign, newly, lately, back, unused, long = caches = [
        another(name) for name in ("used", "no tag", "other tag", "planted", "foreign", *"abcde")
    ]
    for cache in caches:
        aged(cache, 91 if cache in (no_tag, other_tag, planted, foreign, unused) else 89)
    os.unlink(no_tag.tag)
    Path(other_tag.tag).write_text("Signature: other")
    aged(other_tag, 91)
    os.mkfifo(planted.receipt)
    if os.geteuid():
        aged(foreign, 1)
    else:
        os.chown(foreign.root, 12345, 12345)
    gone(newly, None)
    gone(lately, 29)
    missing(back, 31)
    gone(long, 31)
    goes = (unused, long)
    parent = Path(ours.cache.root).parent
    (parent / "0123456789abcdef0123456789abcdef").symlink_to(used.root)
    (parent / "0123456789abcdef0123456789abcde").mkdir()
    for cache in goes:
        Path(cache.root, "link").symlink_to(tmp_path / "outside")
    before = {path.name for path in parent.iterdir()}
    ours.build()
    assert {path.name for path in parent.iterdir()} == before, "once a day is enough"
    aged(ours.cache, 1.1)
    assert ours.run("check").code == 0
    assert ours.build("--dry-run", "--no-cache").code == 0
    assert {path.name for path in parent.iterdir()} == before
    ours.post(title="Other")
    assert ours.build().err == ""
    assert before - {path.name for path in parent.iterdir()} == {Path(cache.root).name for cache in goes}
    assert (tmp_path / "outside" / "file").exists()
    assert time.time() - os.stat(ours.cache.tag).st_mtime < 60
    assert os.path.exists(newly.missing)
    assert not os.path.exists(back.missing)


# On file systems of other machines


MOUNTS = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 {local} / / rw,relatime - ext4 /dev/vda rw,discard
40 27 {other} / /home/a\\040b rw,relatime shared:1 - {kind} server:/home rw
"""


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs", "ext4", "fuseblk"])
def test_mounts_of_other_machines_are_known(tmp_path: Path, kind: str) -> None:
    device = os.stat(tmp_path).st_dev
    here, mounts = f"{os.major(device)}:{os.minor(device)}", tmp_path / "mountinfo"
    mounts.write_text(MOUNTS.format(local="0:99", other=here, kind=kind))
    assert maintenance.is_on_network(str(tmp_path), str(mounts)) == (kind not in ("ext4", "fuseblk"))
    mounts.write_text(MOUNTS.format(local=here, other="0:99", kind=kind))
    assert not maintenance.is_on_network(str(tmp_path), str(mounts))
    assert not maintenance.is_on_network(str(tmp_path), str(tmp_path / "none"))
    mounts.write_text("x\n\n")
    assert not maintenance.is_on_network(str(tmp_path), str(mounts))


def test_no_write_ahead_log_is_kept_on_a_network(ours: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def mode() -> str:
        with closing(sqlite3.connect(ours.database)) as database:
            return str(database.execute("PRAGMA journal_mode").fetchone()[0])

    device = os.stat(ours.root).st_dev
    mounts = ours.root / "mountinfo"
    mounts.write_text(MOUNTS.format(local="0:99", other=f"{os.major(device)}:{os.minor(device)}", kind="nfs4"))
    assert ours.build().err == ""
    assert mode() == "wal"
    monkeypatch.setattr(maintenance.is_on_network, "__defaults__", (str(mounts),))
    ours.post(title="Other")
    assert ours.build().err == ""
    assert mode() == "delete"
    assert ours.tree() == cold(ours)
