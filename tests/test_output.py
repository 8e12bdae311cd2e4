"""What a build does to the output folder, and what it leaves alone."""

import errno
import fcntl
import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from conftest import NOW, SETTINGS, Site, dateline

from dateline import output
from dateline.errors import BuildError
from dateline.options import BuildOptions
from dateline.output import lock
from dateline.pipeline import build


def test_the_manifest_names_our_files_and_nothing_else(site: Site) -> None:
    site.post(body="![A](pic.png)\n")
    site.write("pic.png", b"picture")
    site.write("_static/CNAME", "example.org")
    assert site.build().code == 0
    manifest = json.loads((site.public / ".dateline.json").read_text())
    assert list(manifest) == ["CNAME", "atom.xml", "feed.json", "feeds.opml", "pic.png", "rss.xml"]


def test_files_have_the_usual_mode(site: Site) -> None:
    site.post()
    before = os.umask(0o027)
    try:
        assert site.build().code == 0
    finally:
        os.umask(before)
    assert {stat.S_IMODE(file.stat().st_mode) for file in site.public.iterdir()} == {0o640}


def test_what_is_not_ours_is_neither_removed_nor_overwritten(site: Site) -> None:
    site.public.mkdir()
    (site.public / "index.html").write_text("mine")
    (site.public / "CNAME").write_text("mine")
    site.post()
    assert site.build().code == 0
    site.write("_static/CNAME", "ours")
    result = site.build()
    assert result.code == 1
    assert "public/CNAME: a file that Dateline did not write is where _static/CNAME goes; move it away" in result.err
    assert (site.public / "index.html").read_text() == "mine"
    assert (site.public / "CNAME").read_text() == "mine"


def test_a_list_of_feeds_by_another_program_stays(site: Site) -> None:
    site.public.mkdir()
    (site.public / "feeds.opml").write_text("my blogroll")
    site.post()
    result = site.build()
    assert result.code == 1
    assert "public/feeds.opml: a file that Dateline did not write is where the list of feeds goes" in result.err
    assert (site.public / "feeds.opml").read_text() == "my blogroll"


def test_a_feed_by_another_program_is_replaced(site: Site) -> None:
    site.public.mkdir()
    (site.public / "rss.xml").write_text("<rss><channel><item><guid>1</guid><title>Old</title></item></channel></rss>")
    site.settings('formats = ["rss"]\n')
    site.post()
    assert site.build().code == 3
    result = site.build("--accept")
    assert result.code == 0
    assert "New: “First”; gone: “Old”." in result.out


def test_stale_files_of_ours_and_folders_left_empty_are_removed(site: Site) -> None:
    site.post(body="![A](a/b/pic.png)\n")
    site.write("a/b/pic.png", b"picture")
    assert site.build().code == 0
    site.post()
    result = site.build()
    assert "removed" in result.out
    assert sorted(site.tree()) == [".dateline.json", "atom.xml", "feed.json", "feeds.opml", "rss.xml"]
    assert not (site.public / "a").exists()


def test_temporary_files_of_a_killed_build_are_removed(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    (site.public / ".dateline-0123456789abcdef").mkdir()
    (site.public / ".dateline-0123456789abcdef/1").write_text("<rss>")
    site.post(title="Other")
    assert site.build().code == 0
    assert not (site.public / ".dateline-0123456789abcdef").exists()


def test_an_error_names_both_outputs_of_one_path(site: Site) -> None:
    site.post()
    site.write("_static/rss.xml", "mine")
    result = site.build()
    assert result.code == 1
    assert (
        "public/rss.xml: both _static/rss.xml and the RSS feed would be this file; give one of them another name"
        in result.err
    )
    assert not site.public.exists() or not site.tree()


@pytest.mark.parametrize("parts", [["a" * 256], ["é" * 128], ["a" * 200] * 21])
def test_an_address_that_is_too_long_for_a_file_name_names_its_post(site: Site, parts: list[str]) -> None:
    *folders, slug = parts
    site.post(slug=slug)
    permalink = "/".join(["", *folders, "{slug}", ""])
    site.write("feed.toml", SETTINGS.replace("pages = false", f'permalink = "{permalink}"'))
    result = site.build()
    assert result.code == 1
    (line,) = result.err.splitlines()
    assert "is too long for a file name; write a shorter slug: in the post, or a shorter permalink" in line
    assert "2025-04-14-first.md" in line
    assert len(line) < 400
    assert not site.public.exists()


def test_an_output_folder_that_is_a_file_or_inside_the_posts_is_an_error(site: Site) -> None:
    site.post()
    (site.root / "file").write_text("mine")
    for place, problem in (
        ("file", "a file, and the output is a folder"),
        ("posts", "inside the folder of posts"),
        ("posts/public", "inside the folder of posts"),
    ):
        result = site.build("--output", place)
        or_set = ', or write output = "public" in feed.toml' if place != "file" else ""
        assert (result.code, result.out) == (1, "")
        assert result.err == f"error: {place}: {problem}; name another with --output{or_set}\n"
    assert (site.root / "file").read_text() == "mine"


def test_an_error_names_the_build_that_holds_the_lock(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    site.post()
    site.public.mkdir()
    with open(site.public / ".dateline.lock", "w") as file:
        file.write("process 4711\n")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)
        result = site.build()
    assert result.code == 1
    problem = "another build (process 4711) is using this folder and makes no progress"
    assert result.err == f"error: public: {problem}; wait for it to finish, or stop it\n"
    assert list(site.tree()) == [".dateline.lock"]


def test_the_lock_of_a_killed_build_is_free(site: Site) -> None:
    site.post()
    site.public.mkdir()
    (site.public / ".dateline.lock").write_text("process 4711\n")
    assert site.build().code == 0
    assert ".dateline.lock" not in site.tree()


def _limited(site: Site, size: int) -> "subprocess.CompletedProcess[str]":
    """A build in a process that may write files of `size` bytes at most, as on a disk that is full."""
    return subprocess.run(
        [sys.executable, "-m", "dateline", "build"],
        cwd=site.root,
        env={**os.environ, "DATELINE_NOW": "2025-06-01"},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        check=False,
    )


def test_a_full_disk_leaves_the_old_feeds_whole(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    before = site.tree()
    site.post(body="Text. " * 5000)
    result = _limited(site, 8192)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith(
        "error: public/atom.xml: cannot be written: file too large; check that there is space"
    )
    feeds = ("atom.xml", "feed.json", "rss.xml")
    assert {path: site.tree()[path] for path in feeds} == {path: before[path] for path in feeds}
    assert not [path for path in site.tree() if "tmp" in path]
    assert site.build().code == 0


def test_a_build_works_without_a_cache_that_cannot_be_written(site: Site) -> None:
    site.post()
    (site.root / "cache").write_text("a file, not a folder")
    result = site.build()
    assert result.code == 0
    assert result.err.startswith(f"Note: the cache in {site.cache.root} cannot be used ({site.root}/cache: ")
    assert len(result.err.splitlines()) == 1


def as_nobody_special(*command: str) -> list[str]:
    """A command that file modes bind, even where the tests run as root."""
    if os.geteuid():
        return list(command)
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]


def test_folders_without_permission_to_write_are_errors(site: Site) -> None:
    site.post()
    site.public.mkdir()
    site.public.chmod(0o555)
    site.posts.chmod(0o555)
    try:
        result = subprocess.run(
            as_nobody_special(sys.executable, "-m", "dateline", "build"),
            cwd=site.root,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        site.public.chmod(0o755)
        site.posts.chmod(0o755)
    assert result.returncode == 1
    assert result.stderr.startswith("error: public: cannot be written: permission denied; check that")
    assert site.tree() == {}


def test_a_dry_run_and_a_check_write_nothing(site: Site) -> None:
    site.post()
    before = sorted(site.root.rglob("*"))
    result = site.build("--dry-run")
    assert result.code == 0
    assert result.out.count("would be written") == 2
    assert site.run("check").code == 0
    assert sorted(site.root.rglob("*")) == before


def test_nothing_is_written_while_any_post_is_wrong(site: Site) -> None:
    site.post()
    assert site.build().code == 0
    before = site.tree()
    site.post("2025-05-01-new.md")
    site.post("2025-05-02-a.md", date="soon")
    site.post("2025-05-02-b.md", auther="B")
    result = site.build()
    assert result.code == 1
    first, second = result.err.splitlines()
    assert first.startswith("error: posts/2025-05-02-a.md:3: date: cannot read 'soon'; write it like 2025-04-14,")
    assert second == "error: posts/2025-05-02-b.md:3: auther: unknown key; did you mean author?"
    assert site.tree() == before


def test_an_error_names_a_picture_that_vanishes_during_the_build(site: Site) -> None:
    site.post(body="![A](pic.png)\n")
    picture = site.write("pic.png", b"picture")
    plan = output.plan

    def remove_and_plan(*arguments: Any, **options: Any) -> Any:
        picture.unlink()
        return plan(*arguments, **options)

    with mock.patch.object(output, "plan", remove_and_plan), pytest.raises(BuildError) as refused:
        build(BuildOptions(site.posts, site.public, NOW))
    assert str(refused.value).endswith("pic.png: broken link; put the file itself here")
    assert not site.public.exists()


@pytest.mark.parametrize(
    "manifest", ["[" * 100_000, '{"\\ud800": "x"}', '{"../feed.toml": "x", "/etc/x": "y"}', "[1]", "x"]
)
def test_a_damaged_manifest_claims_nothing(site: Site, manifest: str) -> None:
    site.post()
    site.public.mkdir()
    (site.public / ".dateline.json").write_text(manifest)
    assert site.build().code == 0
    assert list(json.loads((site.public / ".dateline.json").read_text())) == [
        "atom.xml",
        "feed.json",
        "feeds.opml",
        "rss.xml",
    ]
    assert (site.posts / "feed.toml").exists()


@pytest.mark.parametrize("name", ["posts", "my posts", "Beiträge", "-dash"])
def test_a_folder_of_posts_may_have_any_name(site: Site, name: str) -> None:
    site.post()
    site.posts.rename(site.root / name)
    assert site.run("build", "--", name).code == 0
    assert site.run("build", "--", f"{name}/").code == 0
    assert dateline("build", ".", cwd=site.root / name).code == 0
    assert sorted(path.name for path in Path(site.root).iterdir()) == sorted([name, "cache", "public"])


def test_a_folder_in_the_output_may_be_on_another_file_system(site: Site) -> None:
    media = site.public / "media"
    media.mkdir(parents=True)
    site.write("media/clip.mp4", b"film" * 300_000)
    site.post(body="![Clip](media/clip.mp4)\n")
    mounting = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(media)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        result = site.build()
        assert result.code == 1
        assert result.err.startswith("error: public/media/clip.mp4: cannot be written: no space left on device; ")
        assert os.listdir(media) == []
        subprocess.run(["mount", "-o", "remount,size=4m", str(media)], check=True)
        assert site.build().code == 0
        assert os.listdir(media) == ["clip.mp4"]
        assert (media / "clip.mp4").read_bytes() == b"film" * 300_000
    finally:
        subprocess.run(["umount", str(media)], check=True)


def test_a_copy_is_a_file_of_its_own_whichever_way_it_was_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.write("clip.mp4", b"film" * 300_000)
    site.post(body="![Clip](clip.mp4)\n")

    def refuse(*_: int) -> int:
        raise OSError(errno.EXDEV, "not here")

    for copies in (getattr(os, "copy_file_range", refuse), refuse, lambda *_: 0):
        monkeypatch.setattr(os, "copy_file_range", copies, raising=False)
        build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
        copy = site.public / "clip.mp4"
        assert copy.read_bytes() == b"film" * 300_000
        assert copy.stat().st_nlink == 1
        manifest = json.loads((site.public / ".dateline.json").read_text())
        assert manifest["clip.mp4"] == hashlib.sha256(copy.read_bytes()).hexdigest()
        copy.unlink()
    build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    copy.write_bytes(b"F" + copy.read_bytes()[1:])
    build(BuildOptions(site.posts, site.public, now=NOW, cache=False))
    assert copy.read_bytes() == b"film" * 300_000
