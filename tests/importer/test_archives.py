"""Exports as a .zip: what they unpack to, and what hostile ones get."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from conftest import few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import Problem, SiteError
from dateline.sites import archives
from dateline.sites.archives import in_archive, unpacked

Change = Callable[[ZipInfo], None]


def zipped(file: Path, *entries: tuple[str, str], change: Change = lambda _: None) -> Path:
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = ZipInfo("x")
            info.filename = name
            info.compress_type = ZIP_DEFLATED
            change(info)
            archive.writestr(info, content)
    return file


def found(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def error_of(source: Path) -> str:
    with pytest.raises(SiteError) as caught, unpacked(source):
        pass
    return str(caught.value).removeprefix(f"{source}: ")


def test_an_archive_is_the_folder_that_it_unpacks_to(tmp_path: Path) -> None:
    source = zipped(tmp_path / "export.zip", ("posts.csv", "a"), ("posts/1.html", "b"), ("empty/", ""))
    with unpacked(source) as folder:
        assert folder.name == "export"
        assert found(folder) == {"posts.csv": "a", "posts/1.html": "b"}
    assert not folder.exists()
    assert os.listdir(tmp_path) == ["export.zip"]


def test_a_single_folder_at_the_top_is_the_export(tmp_path: Path) -> None:
    source = zipped(
        tmp_path / "Archive.ZIP", ("Harbour notes/a.md", "a"), ("Harbour notes/.obsidian/app.json", "{}"),
        ("__MACOSX/Harbour notes/._a.md", ""), ("Harbour notes/.DS_Store", ""),
    )  # fmt: skip
    with unpacked(source) as folder:
        assert folder.name == "Harbour notes"
        assert found(folder) == {"a.md": "a", ".obsidian/app.json": "{}"}


def test_a_folder_is_given_as_it_is(tmp_path: Path) -> None:
    with unpacked(tmp_path) as folder:
        assert folder == tmp_path


def test_names_that_other_programs_write_are_read(tmp_path: Path) -> None:
    utf_8_without_flag = "Fähre.md".encode().decode("cp437")

    def without_flag(info: ZipInfo) -> None:
        info.flag_bits = 0

    source = zipped(tmp_path / "a.zip", ("windows\\post.md", "a"))
    with unpacked(source) as folder:
        assert found(folder) == {"post.md": "a"}
    with mock.patch.object(ZipInfo, "_encodeFilenameFlags", lambda info: (info.filename.encode("cp437"), 0)):
        source = zipped(tmp_path / "b.zip", (utf_8_without_flag, "b"), change=without_flag)
    with unpacked(source) as folder:
        assert found(folder) == {"Fähre.md": "b"}


def test_problems_name_the_archive(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", ("posts/1.html", "b"), ("posts.csv", "a"))
    with unpacked(source) as folder:
        problem = Problem(f"{folder}/posts/1.html", 3, "no date", "add one")
        assert in_archive(problem, folder, source).where == f"{source}/posts/1.html:3"
        assert in_archive(Problem(str(folder), None, "", ""), folder, source).where == str(source)
        elsewhere = Problem(f"{folder}-2/a", None, "", "")
        assert in_archive(elsewhere, folder, source) == elsewhere
    with pytest.raises(SiteError, match=r"a\.zip/posts\.csv:2: wrong"), unpacked(source) as folder:
        raise SiteError(f"{folder}/posts.csv", 2, "wrong", "fix it")


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/x", "C:/x", "C:x", "..\\x", "\\x", "..", "a/.."], ids=lambda name: repr(name)
)
def test_a_path_that_leads_out_is_an_error(tmp_path: Path, name: str) -> None:
    assert "would be outside the folder; unpack it yourself" in error_of(zipped(tmp_path / "a.zip", (name, "x")))


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
def test_a_link_or_a_device_is_an_error(tmp_path: Path, kind: int) -> None:
    def change(info: ZipInfo) -> None:
        info.external_attr = kind << 16

    assert error_of(zipped(tmp_path / "a.zip", ("x", "/etc/passwd"), change=change)).startswith("'x' is a link or a")


@mock.patch.object(archives, "SMALL", 2**20)
def test_a_bomb_is_an_error_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", ("x", "0" * (archives.SMALL + 1)))
    assert "'x' is too large" in error_of(source)
    size = struct.pack("<L", archives.SMALL + 1)
    assert source.read_bytes().count(size) == 2
    source.write_bytes(source.read_bytes().replace(size, struct.pack("<L", 5)))
    assert error_of(source)


@mock.patch.object(archives, "SMALL", 2**20)
def test_many_large_files_are_an_error_together(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", *((f"{number}", "0" * (archives.SMALL // 8)) for number in range(9)))
    assert "'8' is too large" in error_of(source)


def test_too_many_files_are_an_error(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", *((f"{number}", "") for number in range(20)))
    with mock.patch.object(archives, "MAX_FILES", 19):
        assert "more than 19 files" in error_of(source)


def test_an_endless_list_of_files_is_not_read(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", ("x", "y"))
    with source.open("r+b") as file:
        end = source.read_bytes()[-22:]
        file.truncate(archives._MAX_LIST * 2)
        file.seek(0, os.SEEK_END)
        file.write(end[:12] + struct.pack("<LL", archives._MAX_LIST + 1, 0) + end[20:])
    assert "the list of its files is too long" in error_of(source)


def test_an_encrypted_archive_is_an_error(tmp_path: Path) -> None:
    source = zipped(tmp_path / "a.zip", ("x", "y"))
    raw = bytearray(source.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    source.write_bytes(raw)
    assert error_of(source).startswith("encrypted; unpack it yourself")


def test_two_files_of_one_name_are_an_error(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        source = zipped(tmp_path / "a.zip", ("x", "1"), ("x", "2"))
    assert "two files called 'x'" in error_of(source)
    assert error_of(zipped(tmp_path / "b.zip", ("x", "1"), ("x/y", "2")))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<rss/>", b"PK\x05\x06" + b"\xff" * 18])
def test_a_damaged_archive_is_an_error(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "a.zip"
    source.write_bytes(content)
    assert "not a ZIP file" in error_of(source) or "damaged archive" in error_of(source)


@few_and_many(40, 5000)
def test_any_change_of_bytes_gives_files_or_an_error(tmp_path_factory: pytest.TempPathFactory, drawn: settings) -> None:
    root = tmp_path_factory.mktemp("damaged")
    whole = zipped(root / "a.zip", ("posts/1.html", "text" * 50), ("posts.csv", "a,b\n")).read_bytes()
    source = root / "b.zip"

    @drawn
    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), min_size=1, max_size=6))
    def try_one(changes: list[tuple[int, int]]) -> None:
        raw = bytearray(whole)
        for position, byte in changes:
            raw[position] = byte
        source.write_bytes(raw)
        try:
            with unpacked(source) as folder:
                found(folder)
        except (SiteError, UnicodeDecodeError):  # the second from reading the files
            pass
        assert sorted(os.listdir(root)) == ["a.zip", "b.zip"]

    try_one()


_PARTS = st.sampled_from(["..", ".", "", "a", "b.html", "C:", "\\", "Fähre", "x" * 300, "\0", "\n", "~", "con"])
_NAMES = st.one_of(st.lists(_PARTS, min_size=1, max_size=4).map("/".join), st.text(min_size=1, max_size=30))


@few_and_many(20, 3000)
def test_nothing_is_written_outside_the_folder(tmp_path_factory: pytest.TempPathFactory, drawn: settings) -> None:
    root = tmp_path_factory.mktemp("names")
    source = root / "a.zip"
    temporary = root / "temporary"
    temporary.mkdir()

    @drawn
    @given(st.lists(_NAMES, min_size=1, max_size=4, unique=True))
    def try_one(names: list[str]) -> None:
        try:
            zipped(source, *((name, "x") for name in names))
        except UnicodeEncodeError:
            return
        with mock.patch("tempfile.tempdir", str(temporary)):
            try:
                with unpacked(source) as folder:
                    assert temporary in folder.parents
                    assert all(temporary in path.resolve().parents for path in folder.rglob("*"))
                    assert [path.name for path in temporary.iterdir()] == [folder.relative_to(temporary).parts[0]]
            except SiteError:
                pass
        assert sorted(os.listdir(root)) == ["a.zip", "temporary"]
        assert os.listdir(temporary) == []

    try_one()
