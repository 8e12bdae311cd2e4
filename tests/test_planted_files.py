"""What somebody else may have put into the folders: links, pipes and devices where Dateline writes and removes files.

Nothing outside is ever written, truncated, removed or waited for, whichever name is planted and whichever command runs.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import NOW, PAGES, Site, cold, dateline

from dateline import paths
from dateline.options import BuildOptions
from dateline.output import lock
from dateline.pipeline import build

# Every file that the output holds beside what is published, from the module that names them.
OWN_NAMES = sorted(
    value
    for name, value in vars(paths).items()
    if name.isupper() and isinstance(value, str) and value.startswith(".dateline.")
)
SECRET = b"export PATH\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is nobody's business, with a file in it."""
    folder = tmp_path / "home"
    (folder / ".ssh").mkdir(parents=True)
    (folder / ".bashrc").write_bytes(SECRET)
    (folder / ".ssh/id_rsa").write_bytes(SECRET)
    return folder


def is_untouched(outside: Path) -> bool:
    files = {file.relative_to(outside).as_posix(): file.read_bytes() for file in outside.rglob("*") if file.is_file()}
    return files == {".bashrc": SECRET, ".ssh/id_rsa": SECRET}


def link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / ".bashrc")


def dangling_link(place: Path, outside: Path) -> None:
    place.symlink_to(outside / "new")


def link_to_folder(place: Path, outside: Path) -> None:
    place.symlink_to(outside)


def hard_link(place: Path, outside: Path) -> None:
    os.link(outside / ".bashrc", place)


def pipe(place: Path, outside: Path) -> None:
    os.mkfifo(place)


def device(place: Path, outside: Path) -> None:
    if os.geteuid():
        place.symlink_to("/dev/zero")
    else:
        os.mknod(place, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero


def link_to_device(place: Path, outside: Path) -> None:
    place.symlink_to("/dev/zero")


def foreign_file(place: Path, outside: Path) -> None:
    place.write_bytes(b"somebody else's")


def folder(place: Path, outside: Path) -> None:
    place.mkdir()


OFTEN = [link, link_to_folder, pipe]
SELDOM = [dangling_link, hard_link, device, link_to_device, foreign_file, folder]
PLANTS = [*OFTEN, *(pytest.param(plant, marks=pytest.mark.slow) for plant in SELDOM)]


def written_paths(site: Site) -> list[str]:
    """Every path in the output that a build writes, and every folder that it makes."""
    build(BuildOptions(site.posts, site.public, NOW))
    manifest = json.loads((site.public / paths.MANIFEST).read_text())
    folders = {parent.as_posix() for path in manifest for parent in Path(path).parents} - {"."}
    shutil.rmtree(site.public)
    return [*OWN_NAMES, *sorted({*manifest, *folders})]


@pytest.fixture
def full(site: Site) -> Site:
    """A publication with one output of each kind, and a file that the next build removes."""
    site.write("feed.toml", PAGES + 'formats = ["rss"]\n')
    site.post(body="![A](media/a.png)\n", tags="[harbour]", aliases="[/old/]")
    site.write("media/a.png", b"picture")
    site.write("_static/.well-known/x.txt", "x")
    return site


def empty(folder: Path) -> None:
    """Remove an output folder with everything that was planted in it."""
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_build_never_writes_outside_its_output_folder(
    full: Site, outside: Path, plant: Callable[[Path, Path], None]
) -> None:
    expected = None
    for path in written_paths(full):
        place = full.public / path
        place.parent.mkdir(parents=True)
        plant(place, outside)
        result = dateline("build", full.posts, "--accept", "--output", full.public)
        assert is_untouched(outside), (path, result)
        assert "Traceback" not in result.err, (path, result)
        assert result.code in (0, 1), (path, result)
        if result.code == 1:
            # The error names what has to be moved away, and nothing was written.
            assert f"error: {place}: " in result.err, (path, result)
            assert [file for file in full.tree() if file != path] == [], (path, result)
        else:
            expected = expected or cold(full)
            made = {name: content for name, content in full.tree().items() if name in expected}
            assert made == expected, path
        empty(full.public)


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("command", ["diff", "check", "due", "build --dry-run", "pin", "adopt"])
def test_no_command_follows_or_waits_for_a_planted_file(
    full: Site, outside: Path, command: str, plant: Callable[[Path, Path], None]
) -> None:
    names = [*OWN_NAMES, "rss.xml", "atom.xml", "feed.json", "feed.xml", "index.xml", "feed"]
    full.public.mkdir()
    for name in names:
        plant(full.public / name, outside)
    arguments = ["public/rss.xml"] if command == "adopt" else []
    result = full.run(command.split()[0], *command.split()[1:], *arguments)
    assert is_untouched(outside)
    assert "Traceback" not in result.err


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("name", ["feed.toml", "2025-05-01-second.md", "media/a.png", "_static/b", "_templates/a.html"])
def test_a_file_planted_among_the_posts_is_an_error_or_a_note(
    full: Site, outside: Path, name: str, plant: Callable[[Path, Path], None]
) -> None:
    place = full.posts / name
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    plant(place, outside)
    for command in ("build", "check", "diff", "pin"):
        result = full.run(command)
        assert is_untouched(outside)
        assert "Traceback" not in result.err, result
        assert result.code in (0, 1, 3), result
    # A hard link can't be told from a file.
    assert SECRET not in full.tree().values() or plant is hard_link


def test_a_planted_manifest_deletes_nothing(full: Site, outside: Path) -> None:
    build(BuildOptions(full.posts, full.public, NOW))
    (full.public / "x").symlink_to(outside)
    (full.public / ".git").mkdir()
    (full.public / ".git/config").write_bytes(SECRET)
    manifest = full.public / paths.MANIFEST
    claimed = ["x/.ssh/id_rsa", ".git/config", str(outside / ".bashrc"), "../home/.bashrc", "x/../../home/.bashrc"]
    manifest.write_text(json.dumps({path: sha256(SECRET).hexdigest() for path in claimed}))
    result = full.build("--accept")
    assert result.code == 0
    assert is_untouched(outside)
    assert (full.public / ".git/config").read_bytes() == SECRET
    assert "public/.dateline.json names 3 paths that no build writes, so it was written anew" in result.err
    assert list(json.loads(manifest.read_text())) == sorted(cold(full).keys() - {paths.MANIFEST})


@pytest.mark.parametrize("path", ["a" * 300, "a/" * 3000 + "a", "a\\u0000b", "\\ud800", "", "/", ".", "a//b", "a/"])
def test_paths_in_a_manifest_that_no_build_writes_are_ignored(site: Site, path: str) -> None:
    site.post()
    site.public.mkdir()
    (site.public / paths.MANIFEST).write_text(f'{{"{path}": "x"}}')
    result = site.build()
    assert result.code == 0
    assert "public/.dateline.json names 1 path that no build writes, so it was written anew" in result.err
    assert site.build().err == ""


def test_an_oversized_manifest_is_not_read(site: Site) -> None:
    site.post()
    site.public.mkdir()
    with open(site.public / paths.MANIFEST, "wb") as file:
        file.truncate(2**40)
    result = site.build()
    assert result.code == 0
    assert "public/.dateline.json is too large to be one that a build writes, so it was written anew" in result.err


def test_an_oversized_template_is_not_read(full: Site) -> None:
    place = full.write("_templates/post.html", "")
    os.truncate(place, 2**40)
    result = full.build()
    assert result.code == 1
    assert result.err.startswith("error: posts/_templates/post.html: larger than 2 MiB; ")


@pytest.mark.parametrize("entry", ["5", "null", '""', "[]", "{}"])
def test_a_broken_entry_does_not_stop_a_build(full: Site, entry: str) -> None:
    build(BuildOptions(full.posts, full.public, NOW, cache=False))
    expected = full.tree()
    manifest = full.public / paths.MANIFEST
    manifest.write_text(json.dumps({path: json.loads(entry) for path in json.loads(manifest.read_text())}))
    assert full.build("--no-cache").code == 0
    assert full.tree() == expected


@pytest.mark.parametrize("options", [(), ("--no-cache",)])
def test_stale_files_are_removed_unless_changed_and_known_from_the_manifest_alone(
    full: Site, options: tuple[str, ...]
) -> None:
    full.write("_static/plain.txt", "plain")
    full.write("_static/minified.css", "a  {}")
    assert full.build(*options).code == 0
    (full.public / "minified.css").write_text("a{}")
    shutil.rmtree(full.posts / "_static")
    result = full.build(*options)
    assert result.code == 0
    assert not (full.public / "plain.txt").exists()
    is_cached = not options
    assert (full.public / "minified.css").exists() != is_cached
    # A hidden file is removed only if this user's cache says that it is ours.
    assert (full.public / ".well-known/x.txt").exists() != is_cached
    note = "Note: public/.well-known/x.txt, public/minified.css: not removed, as "
    assert (note in result.err) != is_cached
    assert full.build(*options).err == ""


@pytest.mark.parametrize("key", ["draft: true", "publishDate: 2030-01-01", "withdrawn: 2025-05-05"])
def test_a_changed_page_of_a_post_that_is_hidden_now_is_an_error(full: Site, key: str) -> None:
    post = full.write("2025-05-01-secret.md", "---\ntitle: Secret\ndate: 2025-05-01\n---\nHush.\n")
    full.write("2025-05-02-other.md", "---\ntitle: Other\n---\nText.\n")
    assert full.build("--no-cache").code == 0
    page = next(full.public.glob("2025/05/secret/index.html"))
    page.write_bytes(page.read_bytes() + b"<!-- minified -->")
    before = full.tree()
    post.write_text(post.read_text().replace("date: ", f"{key}\ndate: "))
    result = full.build("--no-cache", "--accept")
    assert result.code == 1
    assert f"error: {page.relative_to(full.root)}: the page of a post that must not be seen now" in result.err
    assert result.err.endswith("changed by another program since it was written; delete it\n")
    assert full.tree() == before
    page.unlink()
    assert full.build("--no-cache", "--accept").code == 0


def test_files_of_version_control_are_never_written(site: Site) -> None:
    site.post()
    site.write("_static/.git/hooks/post-checkout", "#!/bin/sh\n")
    result = site.build()
    assert result.code == 1
    assert "would be written into the files of version control; give it another name or address" in result.err
    assert not site.public.exists()


@pytest.mark.parametrize("place", ["posts", "posts/a/b"])
def test_editing_a_linked_post_edits_the_file_it_links_to(site: Site, place: str) -> None:
    """But not where that is outside of the folder of posts."""
    site.post()
    assert site.build().code == 0
    target = site.root / place / "_renamed"
    target.parent.mkdir(parents=True, exist_ok=True)
    (site.posts / "2025-04-14-first.md").rename(target)
    (site.posts / "2025-04-14-second.md").symlink_to(os.path.relpath(target, site.posts))
    assert site.run("pin").code == 0
    assert "id: " in target.read_text()
    assert (site.posts / "2025-04-14-second.md").is_symlink()
    assert not list(site.posts.rglob(".dateline-*"))


def test_an_output_folder_may_be_a_link_unless_it_is_broken(site: Site) -> None:
    site.post()
    site.public.symlink_to("elsewhere")
    result = site.build()
    target = site.root / "elsewhere"
    assert result.code == 1
    assert result.err == (
        f"error: public: a link to {target}, which does not exist; create that folder, or name another with --output\n"
    )
    below = site.build("--output", "public/a/b")
    assert (below.code, below.err) == (1, result.err)
    target.mkdir()
    assert site.build().code == 0
    assert (target / "rss.xml").is_file()


def test_an_error_names_a_file_in_place_of_a_parent_folder(site: Site) -> None:
    site.post()
    (site.root / "file").write_text("mine")
    result = site.build("--output", "file/a/public")
    assert result.code == 1
    assert result.err == (
        f"error: file/a/public: {site.root}/file is a file, not a folder; name another with --output\n"
    )


@pytest.mark.slow
def test_of_five_builds_at_once_each_waits_while_another_makes_progress(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that is waited for takes longer than anybody waits for one that makes no progress."""
    monkeypatch.setattr(lock, "PATIENCE", 0.3)
    monkeypatch.setattr(lock, "_BEAT", 0.05)
    site.public.mkdir()
    waited = threading.Event()
    done: list[bool] = []

    def work() -> None:
        with lock.locked(site.public, waited.set) as beat:
            for _ in range(4):
                threading.Event().wait(0.1)
                beat()
            done.append(True)

    builders = [threading.Thread(target=work) for _ in range(5)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert done == [True] * 5
    assert waited.is_set()


@pytest.mark.slow
def test_five_builds_at_once_all_succeed(full: Site) -> None:
    command = [sys.executable, "-m", "dateline", "build", "posts", "--quiet", "--now", NOW]
    builds = [subprocess.Popen(command, cwd=full.root, stderr=subprocess.PIPE, text=True) for _ in range(5)]
    assert [process.communicate()[1] for process in builds] == [""] * 5
    assert [process.returncode for process in builds] == [0] * 5
    assert full.tree() == cold(full)
