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


def values(raw: bytes, path: str = "a.md") -> dict[str, Value]:
    return split(Source(path, decode(path, raw, PostError)))[0].values


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
    ("before", "after"),
    [
        ('{"title": "A"}\n', f'{{"title": "A", "id": "{ID}"}}\n'),
        ('{\n  "title": "A",\n  "n": [1]\n}\nText.', f'{{\n  "title": "A",\n  "n": [1],\n  "id": "{ID}"\n}}\nText.'),
        ('{"Id" :7, "title": "A"}', f'{{"Id" : "{ID}", "title": "A"}}'),
        ("---json\n{}\n---\n", f'---json\n{{"id": "{ID}"}}\n---\n'),
        ('---json\r\n{\r\n\t"title": "A"\r\n}\r\n---\r\n', f'---json\r\n{{\r\n\t"title": "A",\r\n\t"id": "{ID}"\r\n}}\r\n---\r\n'),  # noqa: E501
        (';;;\n"title": "A",\n"n": 1\n;;;\n', f';;;\n"title": "A",\n"n": 1,\n"id": "{ID}"\n;;;\n'),
        ('"title": "A",\n"n": 1\n;;;\n', f'"title": "A",\n"n": 1,\n"id": "{ID}"\n;;;\n'),
        ("title: A\ntags:\n- b\n---\nText.", f"title: A\ntags:\n- b\nid: {ID}\n---\nText."),
        ("Title: A: b\nDate: x\n\nText.", f"Title: A: b\nDate: x\nid: {ID}\n\nText."),
        ("Title: A", f"Title: A\nid: {ID}"),
        ("Title: A\r\nID:  x \r\n  y\r\nDate: z\r\n\r\nText.", f"Title: A\r\nID: {ID}\r\nDate: z\r\n\r\nText."),
        (".. title: A\n.. id:\n.. tags: b\n\nText.", f".. title: A\n.. id: {ID}\n.. tags: b\n\nText."),
        ("<!--\n.. title: A\n.. slug: b\n-->\nText.", f"<!--\n.. title: A\n.. slug: b\n.. id: {ID}\n-->\nText."),
        ("<!-- .. title: A -->\nText.", f"<!-- .. title: A\n.. id: {ID} -->\nText."),
        ("---\ntags:\n\t- a\n\t- b\nid:\tx\nn:\n\tm: 1\n---\n", f"---\ntags:\n\t- a\n\t- b\nid: {ID}\nn:\n\tm: 1\n---\n"),  # noqa: E501
        ("---\n\ttitle: A\n\tn:\n\t\t- b\n---\n", f"---\n\ttitle: A\n\tn:\n\t\t- b\n  id: {ID}\n---\n"),
    ],
)  # fmt: skip
def test_a_key_is_written_in_the_form_of_the_front_matter(before: str, after: str) -> None:
    written = with_keys(before.encode(), {"id": ID}, "a.md")
    assert written.decode() == after
    assert values(written) == {**values(before.encode()), "id": ID}
    assert with_keys(written, {"id": ID}, "a.md") == written


@pytest.mark.parametrize("text", ["# A title\n\nText.\n", "\n\nTitle\n==\n", "# A\r\n"])
def test_a_file_without_front_matter_gets_some(text: str) -> None:
    path = "2025-04-14-a.md"
    newline = "\r\n" if "\r" in text else "\n"
    written = with_keys(text.encode(), {"id": ID, "tags": ["a", "b"]}, path)
    assert written.decode() == newline.join(["---", f"id: {ID}", 'tags: ["a", "b"]', "---", text])
    assert values(written, path) == {"id": ID, "tags": ["a", "b"]}


@pytest.mark.parametrize(
    ("tags", "line"),
    [(["a", "b"], "tags: a, b"), (["a, b", "c"], "tags: a, b; c;"), (["a, b"], "tags: a, b;")],
)
def test_a_list_of_text_is_written_into_plain_lines(tags: list[Value], line: str) -> None:
    written = with_keys(b"Title: A\n\nText.", {"tags": tags}, "a.md")
    assert written.decode() == f"Title: A\n{line}\n\nText."
    assert values(written)["tags"] == tags


@pytest.mark.parametrize("form", ["Title: A\n\n", ".. title: A\n", "<!-- .. title: A -->\n"])
@pytest.mark.parametrize(
    "value", [[], ["a; b", "c"], [{"url": "x"}], {"url": "x"}, "-->\n", " a", "a\n\nb", "a\x85b\r"]
)
def test_what_plain_lines_cannot_say_is_an_error(form: str, value: Value) -> None:
    for key in ("tags", "enclosure"):
        with pytest.raises(PostError, match=f"a.md:1: front matter: cannot write {key}; "):
            with_keys(form.encode(), {key: value}, "a.md")


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


# Files in the other forms, each as what comes before a value of ``id``, that value, and what comes after.
OTHER_FORMS = [
    ('{"title": "A", "id":', ' "x"', ', "n": [{"id": 1}, 1.50, null]}\nText.\n'),
    ('{\n  "ID":', " {}", ',\n  "title": "A"\n}\n'),
    ('---json\n{\n  "a": "}",\n  "Id" :', ' [\n"]"\n]', " \n}\n---\n{}\n"),
    (';;;\n"id":', " 1984", ',\n"title": "id"\n;;;\n;;;'),
    ('"title": "A",\n"id":', " true", "\n;;;\nText."),
    ("title: A\nid:", " >\n  x", "\ntags:\n- é\n---\n---\n"),
    ("Title: A: b\nDate: x\n  y\nId:", " x\n    y\n  z", "\nTags: a\n\nid: x\n"),
    ("TITLE: É\nid:", "", ""),
    ('@def title = "A"\n@def id =', ' "x"', "\n@def hascode = true\n\n@def\n"),
    (".. title: A\n.. id:", " x", "\n.. tags: a, b\nid: x\n"),
    ("<!--\n.. title: A\n .. ID:", " x", "\n\n  .. tags: a\n-->\n.. id: y\n"),
    ("---\ntags:\n\t- a\n\t-\n\t\tb: c\nid:", "\t\n\t- x\n\t- y", "\nn:\n\tm: [1,\n\t2]\n---\n\tid: 1\n"),
]


@st.composite
def other_files(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    mark = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    first, value, last = (part.replace("\n", ends).encode() for part in draw(st.sampled_from(OTHER_FORMS)))
    return mark + first, value, last


def is_within(part: bytes, whole: bytes) -> bool:
    """Whether one is the other, but for what is in one place of it."""
    both = zip(part, whole, strict=False)
    same = next((at for at, (one, other) in enumerate(both) if one != other), len(part))
    return whole.endswith(part[same:])


VALUES = ANY | st.lists(ANY, max_size=3) | st.dictionaries(st.sampled_from("ab"), ANY, max_size=2)


@given(other_files(), VALUES)
def test_in_every_form_a_value_takes_the_place_of_another_or_is_refused(
    file: tuple[bytes, bytes, bytes], new: Value
) -> None:
    before, _, after = file
    raw = b"".join(file)
    try:
        written = with_keys(raw, {"id": new}, "a.md")
    except PostError:
        return
    assert written.startswith(before)
    assert written.endswith(after)
    assert values(written) == {**values(raw), "id": new}


@given(other_files(), st.dictionaries(st.sampled_from(["slug", "tags", "date", "author"]), VALUES))
def test_in_every_form_new_keys_are_added_in_one_place_or_refused(
    file: tuple[bytes, bytes, bytes], new: dict[str, Value]
) -> None:
    raw = b"".join(file)
    new = {key: value for key, value in new.items() if key not in values(raw)}
    try:
        written = with_keys(raw, new, "a.md")
    except PostError:
        return
    assert values(written) == {**values(raw), **new}
    assert is_within(raw, written)


@given(other_files())
def test_in_every_form_a_key_is_removed_and_nothing_else_changes(file: tuple[bytes, bytes, bytes]) -> None:
    raw = b"".join(file)
    written = with_keys(raw, {"id": None}, "a.md")
    assert values(written) == {key: value for key, value in values(raw).items() if key != "id"}
    assert is_within(written, raw)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"id": 1}', "{}"),
        ('{"id": 1, "title": "A"}', '{"title": "A"}'),
        ('{\n"a": 1,\n"id": 1\n}', '{\n"a": 1\n}'),
        ("Title: A\nID: x\n y\nDate: z\n\n", "Title: A\nDate: z\n\n"),
        ("<!-- .. title: A\n.. id: x -->", "<!-- .. title: A\n-->"),
    ],
)
def test_a_key_is_removed_with_its_lines_or_its_comma(before: str, after: str) -> None:
    assert with_keys(before.encode(), {"id": None, "no": None}, "a.md").decode() == after


def test_a_form_does_not_lose_the_title_that_makes_it_one() -> None:
    with pytest.raises(PostError, match=r"a.md:1: front matter: cannot write title, slug; "):
        with_keys(b"Title: A\n\n", {"title": None, "slug": "a"}, "a.md")


@given(other_files(), st.text(st.sampled_from("ab é"), min_size=1).filter(str.strip))
def test_in_every_form_a_line_of_words_can_be_written(file: tuple[bytes, bytes, bytes], text: str) -> None:
    raw = b"".join(file)
    assert values(with_keys(raw, {"slug": text.strip(), "id": text.strip()}, "a.md"))["slug"] == text.strip()


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
