"""Keys are written into front matter, and nothing else of a file changes."""

import os
import resource
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.edit import with_keys, write_keys
from dateline.content.front_matter import split
from dateline.content.key_values import Value
from dateline.content.source import decode
from dateline.errors import PostError
from dateline.model import Source

ID = "tag:example.org,2020:7"


def values(raw: bytes) -> dict[str, Value]:
    return split(Source("a.md", decode("a.md", raw, PostError)))[0].values


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\ntitle: A\n---\n", f"---\ntitle: A\nid: {ID}\n---\n"),
        ("---\n---\nText.", f"---\nid: {ID}\n---\nText."),
        ("---\r\ntitle: A\r\n---\r\nB\r\n", f"---\r\ntitle: A\r\nid: {ID}\r\n---\r\nB\r\n"),
        ("\ufeff---\ntitle: A\n---\n", f"\ufeff---\ntitle: A\nid: {ID}\n---\n"),
        ("---\r\ntitle: A\ndate: x\r\n---\n", f"---\r\ntitle: A\ndate: x\r\nid: {ID}\r\n---\n"),
        ("---\nid:\ntitle: A\n---\n", f"---\nid: {ID}\ntitle: A\n---\n"),
        ("---\nID:  # the old one\ntitle: A\n---\n", f"---\nID: {ID}  # the old one\ntitle: A\n---\n"),
        ("---\nid: 'a''b' # old\n---\n", f"---\nid: {ID} # old\n---\n"),
        ('---\n"Id" : x\n---\n', f'---\n"Id" : {ID}\n---\n'),
        ("---\nid: >-\n  a\n\n  b\n\n# Next\ntitle: A\n---\n", f"---\nid: {ID}\n\n# Next\ntitle: A\n---\n"),
        ("---\nid:\n- a\n- b\n# Next\ntitle: A\n---\n", f"---\nid: {ID}\n# Next\ntitle: A\n---\n"),
        ("---\nid: [a,\n  b] # two\ntitle: A\n---\n", f"---\nid: {ID} # two\ntitle: A\n---\n"),
        ('---\nid: "a\n\n  b"\ntitle: A\n---\n', f"---\nid: {ID}\ntitle: A\n---\n"),
        ("---\n title: A\n id: x\n---\n", f"---\n title: A\n id: {ID}\n---\n"),
        ("---\n title: A\n---\n", f"---\n title: A\n id: {ID}\n---\n"),
        ("---\nsummary: |\n  End\n---\n", f"---\nid: {ID}\nsummary: |\n  End\n---\n"),
        ('---\ntitle: "É 😀\u2028x"\nid: a\n---\n', f'---\ntitle: "É 😀\u2028x"\nid: {ID}\n---\n'),
        (f"---\nid: '{ID}'\n---\n", f"---\nid: '{ID}'\n---\n"),
        ("+++\n+++", f'+++\nid = "{ID}"\n+++'),
        ('+++\ntitle = "A"\n\n# Ours\n[params]\nid = 1\n+++\n', f'+++\ntitle = "A"\nid = "{ID}"\n\n# Ours\n[params]\nid = 1\n+++\n'),  # noqa: E501
        ("+++\n[params]\nid = 1\n+++\n", f'+++\nid = "{ID}"\n[params]\nid = 1\n+++\n'),
        ("+++\nID = 7 # old\nx.id = 1\n+++\n", f'+++\nID = "{ID}" # old\nx.id = 1\n+++\n'),
        ("+++\r\nid = '''\r\na = 1'''''\r\n+++\r\n", f'+++\r\nid = "{ID}"\r\n+++\r\n'),
        ('+++\na = """\nid = 3\\"""" # x\nid = [\n "]", # ]\n] # y\n+++\n', f'+++\na = """\nid = 3\\"""" # x\nid = "{ID}" # y\n+++\n'),  # noqa: E501
        ("+++\n# id = 1\n'id' = {a = [1]}\n+++\n", f"+++\n# id = 1\n'id' = \"{ID}\"\n+++\n"),
    ],
)  # fmt: skip
def test_a_key_is_written_in_its_place(before: str, after: str) -> None:
    written = with_keys(before.encode(), {"id": ID}, "a.md")
    assert written.decode() == after
    assert values(written)["id"] == ID
    assert with_keys(written, {"id": ID}, "a.md") == written


@pytest.mark.parametrize(
    ("value", "in_yaml"),
    [
        ("https://example.org/?p=1", "https://example.org/?p=1"),
        ("https://example.org/#a", '"https://example.org/#a"'),
        ("123", '"123"'),
        ("Yes", '"Yes"'),
        ("null", '"null"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("", '""'),
        (" a ", '" a "'),
        ('"', '"\\""'),
        ("Ana Díaz", "Ana Díaz"),
        ("2025-04-14T09:30:00+02:00", "2025-04-14T09:30:00+02:00"),
        ("a\nb\u2028\x00\x7f\ufeff", '"a\\nb\\u2028\\u0000\\u007f\\ufeff"'),
    ],
)
def test_a_value_is_quoted_where_it_could_be_taken_for_something_else(value: str, in_yaml: str) -> None:
    assert with_keys(b"---\n---\n", {"id": value}, "a.md").decode() == f"---\nid: {in_yaml}\n---\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\n---\n", '---\nenclosure: [{url: "a: \\"b\\"", length: "1"}, "c"]\n---\n'),
        ("+++\n+++\n", '+++\nenclosure = [{url = "a: \\"b\\"", length = "1"}, "c"]\n+++\n'),
    ],
)
def test_a_table_in_a_list_is_written_on_one_line(before: str, after: str) -> None:
    value: Value = [{"url": 'a: "b"', "length": "1"}, "c"]
    written = with_keys(before.encode(), {"enclosure": value}, "a.md")
    assert written.decode() == after
    assert values(written)["enclosure"] == value


def test_a_date_is_one_in_toml_too() -> None:
    written = with_keys(b"+++\n+++\n", {"date": "2025-04-14T09:30:00+02:00"}, "a.md")
    assert written == b"+++\ndate = 2025-04-14T09:30:00+02:00\n+++\n"


@pytest.mark.parametrize("text", ["---\n{title: A}\n---\n", "---\n? title\n: A\n...\n---\n", "+++\nid.x = 1\n+++\n"])
def test_front_matter_that_leaves_no_room_is_an_error(text: str) -> None:
    with pytest.raises(PostError, match=r"a.md:1: front matter: cannot write id; "):
        with_keys(text.encode(), {"id": ID}, "a.md")


ANY = st.text() | st.text(st.sampled_from(" \n\t#-:'\"[]{}&*!|>%@`,?\\=_aé1"))
YAML_LINES = st.sampled_from(
    [
        "title: A",
        "# note",
        "",
        "tags: [a, b]",
        "tags2:\n- a\n# in it\n- b",
        "summary: |\n  x\n\n  y",
        "x: >+\n  a\n",
        "E: é",
    ]
)
TOML_LINES = st.sampled_from(
    ['title = "A"', "# note", "", "tags = [\n'a', # x\n]", "a = '''\n'id' = 1\n'''", '"É" = 1']
)
YAML_VALUES = st.sampled_from(
    [" x", "", " 'x y' # z", " |-\n  a\n   # b", "\n- a\n-\n  - b", " {a: b,\n c: [d]}", "\n  a: b"]
)
TOML_VALUES = st.sampled_from([' "x"', " 1 # z", " '''\n#a'''", " [\n1,\n[2], # x\n]", " {a = '}'}", ' """a"\\""""'])


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """A post file, in what comes before the value of its key ``id``, that value, and what comes after."""
    fence, sign, lines, old = draw(
        st.sampled_from([("---", ":", YAML_LINES, YAML_VALUES), ("+++", " =", TOML_LINES, TOML_VALUES)])
    )
    unique = st.lists(lines, unique=True, max_size=4)
    above, below = draw(unique), draw(unique)
    below = [line for line in below if line not in above or line in ("", "# note")]
    key = draw(st.sampled_from(["id", "ID", "iD"]))
    table = "[params]\nid = 'x'\n" if fence == "+++" and draw(st.booleans()) else ""
    before = "".join(f"{line}\n" for line in [fence, *above]) + key + sign
    after = (
        "\n" + "".join(f"{line}\n" for line in below) + f"{table}{fence}\n{draw(st.sampled_from(['', 'id: x', 'É']))}"
    )
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    mark = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    first, value, last = (part.replace("\n", ends).encode() for part in (before, draw(old), after))
    return mark + first, value, last


@given(files(), ANY)
def test_a_value_takes_the_place_of_another_and_nothing_else_changes(
    file: tuple[bytes, bytes, bytes], new: str
) -> None:
    before, value, after = file
    raw = before + value + after
    try:
        written = with_keys(raw, {"id": new}, "a.md")
    except PostError:
        assert any("\ud800" <= c <= "\udfff" for c in new)
        return
    assert written.startswith(before)
    assert written.endswith(after)
    assert values(written) == {**values(raw), "id": new}


@given(files(), st.dictionaries(st.sampled_from(["slug", "date", "author"]), st.text(st.characters(codec="utf-8"))))
def test_new_keys_are_lines_of_their_own_and_nothing_else_changes(
    file: tuple[bytes, bytes, bytes], new: dict[str, str]
) -> None:
    raw = b"".join(file)
    written = with_keys(raw, new, "a.md")
    assert values(written) == {**values(raw), **new}
    lines = written.splitlines(keepends=True)
    added = [line for line in lines if line.partition(b":")[0].partition(b" ")[0].decode() in new]
    assert len(added) == len(new)
    assert b"".join(line for line in lines if line not in added) == raw


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file = tmp_path / "there" / "a.md"
    file.write_text("---\ntitle: A\n---\n")
    file.chmod(0o640)
    (tmp_path / "a.md").symlink_to("there/a.md")
    assert write_keys(tmp_path, "a.md", {"id": "x"}) is True
    assert write_keys(tmp_path, "a.md", {"id": "x"}) is False
    assert file.read_text() == "---\ntitle: A\nid: x\n---\n"
    assert os.stat(file).st_mode & 0o777 == 0o640
    assert (tmp_path / "a.md").is_symlink()
    assert [entry.name for entry in (tmp_path / "there").iterdir()] == ["a.md"]


def test_a_file_that_is_not_there_or_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PostError, match=r"a.md: cannot be read: no such file"):
        write_keys(tmp_path, "a.md", {"id": "x"})
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, before[1]))
    try:
        with pytest.raises(PostError, match=r"a.md: cannot be written: file too large; check that you may write there"):
            write_keys(tmp_path, "a.md", {"id": "x"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == ["a.md"]
    assert (tmp_path / "a.md").read_text() == "---\ntitle: A\n---\n"
