"""Files that no repository keeps well: made here as real ones, and refused in one line each.

What can be kept as a file is in tests/invalid/.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from conftest import NOW, Site, started
from conftest import SETTINGS as SETTINGS_OF_ALL

from dateline import render
from dateline.building.report import Report
from dateline.errors import BuildError
from dateline.options import BuildOptions
from dateline.pipeline import build

POST = "2025-04-14-post.md"
HEAD = b"---\ntitle: A title\n---\n"
MEBIBYTE = 1024 * 1024

# The content of a post or feed.toml, and the error after "error: posts/".
POSTS = {
    "NUL bytes": (HEAD + b"One\n\nt\0wo\n", ":6: contains the character U+0000, which feeds cannot contain; remove it"),
    "a control in an id": (b"---\ntitle: A\nid: a\x08b\n---\n", ":3: id: contains a control character; remove it"),
    "a noncharacter": (
        HEAD + "\n\ufffe".encode(),
        ":5: contains the character U+FFFE, which feeds cannot contain; remove it",
    ),
    "the noncharacter that marks a control": (
        HEAD + "\ufdd2".encode(),
        ":4: contains the character U+FDD2, which feeds cannot contain; remove it",
    ),
    "Latin-1": (HEAD + "One\nDíaz\n".encode("latin-1"), ":5: not UTF-8 (byte 0xed); save the file as UTF-8"),
    "UTF-16": ("---\ntitle: A\n---\n".encode("utf-16"), ":1: not UTF-8 (byte 0xff); save the file as UTF-8"),
    "a lone surrogate": (HEAD + b"\xed\xa0\x80\n", ":4: not UTF-8 (byte 0xed); save the file as UTF-8"),
    "half a character at its end": (HEAD + "é".encode()[:1], ":4: not UTF-8 (byte 0xc3); save the file as UTF-8"),
    "one byte more than 2 MiB": (
        HEAD + b"x" * (2 * MEBIBYTE + 1 - len(HEAD)),
        ": larger than 2 MiB; split it, or move data out of it",
    ),
    "70,000 brackets in YAML": (
        b"---\ntitle: " + b"[" * 70_000 + b"\n---\n",
        ":1: front matter: more than 64 KiB; move text below it",
    ),
    "60,000 brackets in YAML": (
        b"---\ntitle: " + b"[" * 60_000 + b"\n---\n",
        ":2: front matter: nested more than 50 levels deep; flatten it",
    ),
    "4,000 braces in YAML": (
        b"---\ntitle: " + b"{a: " * 4_000 + b"\n---\n",
        ":2: front matter: nested more than 50 levels deep; flatten it",
    ),
    "15,000 brackets in TOML": (
        b"+++\ntitle = " + b"[" * 15_000 + b"\n+++\n",
        ":2: TOML: nested more than 50 levels deep; flatten it",
    ),
    "7,000 brackets in JSON": (
        b'{"title": ' + b"[" * 7_000 + b"]" * 7_000 + b"}\n",
        ":1: JSON: nested more than 50 levels deep; flatten it",
    ),
    "65 KiB of JSON": (
        b'{"title": "' + b"y" * 66_000 + b'"}\n',
        ":1: front matter: more than 64 KiB; move text below it",
    ),
    "front matter of 2 MiB in lines": (
        b"Title: A\n" + b"a: b\n" * 400_000,
        ":1: front matter: more than 64 KiB; move text below it",
    ),
    "a comment of 1 MiB that never ends": (
        b"<!--" + b" " * MEBIBYTE,
        ":1: front matter: missing; start the file with a line ---, title:, date: and a line ---",
    ),
    "front matter that never ends": (
        b"---\ntitle: A\n" + b"x: y\n" * 100_000,
        ":1: front matter: not closed; add a line --- after the last key",
    ),
    "65 KiB of front matter": (
        b"---\ntitle: A\nx: " + b"y" * 66_000 + b"\n---\n",
        ":1: front matter: more than 64 KiB; move text below it",
    ),
    "a date of 10,000 digits": (
        b"---\ntitle: A\ndate: " + b"9" * 10_000 + b"\n---\n",
        f":3: date: cannot read '{'9' * 59}…'; write it like 2025-04-14, 2025-04-14 09:30 or 14 April 2025",
    ),
    "300 nested lists": (
        HEAD + b"".join(b"    " * depth + b"- item\n" for depth in range(300)),
        ":4: text: lists, quotations or tags are nested too deep; use fewer levels",
    ),
    "a character reference of 5,000 digits": (
        HEAD + b"One\n\n&#" + b"9" * 5_000 + b";\n",
        ":6: text: a character reference of more than 100 digits; remove it",
    ),
    "one in an attribute": (
        HEAD + b'<a href="?&#' + b"9" * 5_000 + b'">a</a>\n',
        ":4: text: a character reference of more than 100 digits; remove it",
    ),
    "a TOML number of 5,000 digits": (
        b"+++\ntitle = 'A'\nx = [1, [2, -" + b"9" * 5_000 + b"]]\n+++\n",
        ":3: TOML: number of more than 4,300 digits; shorten it",
    ),
    "1,000 open tags": (
        HEAD + b"<div>" * 1_000,
        ":4: text: tags are nested more than 400 deep; close them, or use fewer levels",
    ),
    "a host of 100,000 marks": (
        HEAD + "[x](//a{})".format("\u0301\u0316" * 50_000).encode(),
        ":4: link: cannot read '//a{}…'; correct the address".format("\u0301\u0316" * 28),
    ),
    "1,000 pronunciations of nothing": (
        HEAD + b"<rt>" * 1_000,
        ":4: text: tags are nested more than 400 deep; close them, or use fewer levels",
    ),
    "380 kinds of bold that are opened again in each paragraph": (
        HEAD + b"<p>" + b"".join(b"<b id=a%d>" % number for number in range(380)) + b"<p>" * 6_000,
        ":4: text: 380 different tags such as <b> in 6381 elements; write <span> for those with attributes",
    ),
}
SETTINGS = {
    "NUL bytes": (
        b'title = "A"\n\n# \0\n',
        ":3: contains the character U+0000, which feeds cannot contain; remove it",
    ),
    "Latin-1": ('title = "Díaz"\n'.encode("latin-1"), ":1: not UTF-8 (byte 0xed); save the file as UTF-8"),
    "more than 2 MiB": (b"#" * (2 * MEBIBYTE + 1), ": larger than 2 MiB; split it, or move data out of it"),
    "a key of 100,000 parts": (b"a." * 100_000 + b"b = 1", ":1: TOML: key of more than 1000 parts; shorten it"),
    "15,000 brackets": (b"x = " + b"[" * 15_000, ":1: TOML: nested more than 50 levels deep; flatten it"),
}
NUMBERS = {
    "digits": "9" * 5_000,
    "hexadecimal digits": "0x" + "f" * 5_000,
    "binary digits": "0b" + "1" * 20_000,
    "digits and underscores": "9_" * 4_300 + "9",
}
# What the system says of a file that is none.
CANNOT = "check that it exists and that you may read it"


def refused(site: Site) -> list[str]:
    """What a build says; it has to end with 1 and leave no output."""
    result = site.build()
    assert (result.code, result.out) == (1, "")
    assert not site.public.exists()
    return result.err.splitlines()


def unprivileged() -> list[str]:
    """What to put before a command so that permissions count, which the superuser passes over."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("the superuser may read everything, and there is no setpriv (util-linux) to change that")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def build_unprivileged(site: Site) -> "subprocess.CompletedProcess[str]":
    command = [*unprivileged(), sys.executable, "-m", "dateline", "build", "--now", NOW]
    return subprocess.run(command, cwd=site.root, capture_output=True, text=True, encoding="utf-8", timeout=60)


@pytest.mark.parametrize("what", POSTS)
def test_a_post_is_refused_that_holds(what: str, site: Site) -> None:
    content, said = POSTS[what]
    site.post("2025-04-13-good.md")
    site.write(POST, content)
    assert refused(site) == [f"error: posts/{POST}{said}"]


def test_an_endless_number_is_found_in_little_time_after_many_long_ones(site: Site) -> None:
    site.post()
    site.settings(f"x = [{', '.join(['1' * 4_299] * 100)}, {'9' * 4_400}]\n")
    started = time.process_time()
    (line,) = refused(site)
    assert line.endswith("TOML: number of more than 4,300 digits; shorten it")
    assert time.process_time() - started < 5


@pytest.mark.parametrize("what", SETTINGS)
def test_settings_are_refused_that_hold(what: str, site: Site) -> None:
    content, said = SETTINGS[what]
    site.post()
    site.write("feed.toml", content)
    assert refused(site) == [f"error: posts/feed.toml{said}"]


@pytest.mark.parametrize("number", NUMBERS)
def test_settings_are_refused_that_hold_a_number_of_endless(number: str, site: Site) -> None:
    site.post()
    site.settings(f'# {"9" * 5_000}\nrights = "{"9" * 5_000}"\nx = {NUMBERS[number]}\n')
    line = SETTINGS_OF_ALL.count("\n") + 3
    assert refused(site) == [f"error: posts/feed.toml:{line}: TOML: number of more than 4,300 digits; shorten it"]


@pytest.mark.slow
def test_a_process_of_its_own_survives_all_of_them_in_one_run(site: Site) -> None:
    expected = []
    for number, (content, said) in enumerate(POSTS.values()):
        site.write(f"2025-04-14-{number:02}.md", content)
        expected.append(f"error: posts/2025-04-14-{number:02}.md{said}")
    result = started("build", "--verbose", cwd=site.root)
    assert (result.code, result.out) == (1, "")
    assert result.err.splitlines() == expected
    assert not site.public.exists()


def test_exactly_2_mib_is_taken(site: Site) -> None:
    # An indented block of code is cheap to render.
    line = b"    " + b"x" * 1019 + b"\n"
    content = HEAD + line * (2 * MEBIBYTE // len(line))
    site.write(POST, content[: 2 * MEBIBYTE].ljust(2 * MEBIBYTE, b"\n"))
    assert build(BuildOptions(site.posts, site.public, now=NOW)).files


@pytest.mark.parametrize(
    "text",
    [
        b"".join(b"    " * depth + b"- item\n" for depth in range(60)),
        b">" * 5_000 + b" quoted\n",
        b"<b>" * 300,
        b"*" * 10_000,
        b"![" * 200 + b"](" * 200,
    ],
    ids=["60 nested lists", "5,000 quotations", "300 open tags", "10,000 asterisks", "400 brackets"],
)
def test_what_can_be_rendered_is_rendered(text: bytes, site: Site) -> None:
    site.write(POST, HEAD + text)
    assert build(BuildOptions(site.posts, site.public, now=NOW)).files


@pytest.mark.slow
def test_a_rendering_that_does_not_end_in_time_is_refused(site: Site) -> None:
    site.write(POST, HEAD + b"[" * 40_000)
    result = started("build", cwd=site.root)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"error: posts/{POST}:4: text: rendering takes longer than 30 seconds;"
        " look for long runs of brackets or marks, and put code into a fenced block\n"
    )
    assert not site.public.exists()


def folder(place: Path) -> None:
    place.mkdir()


def folder_with_a_post(place: Path) -> None:
    place.mkdir()
    (place / "2025-04-13-inside.md").write_bytes(HEAD)


def pipe(place: Path) -> None:
    os.mkfifo(place)


def unix_socket(place: Path) -> None:
    before = Path.cwd()
    os.chdir(place.parent)  # the address of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(place.name)
    finally:
        os.chdir(before)


def link_to_nothing(place: Path) -> None:
    place.symlink_to("nothing.md")


def link_to_folder(place: Path) -> None:
    place.symlink_to(".")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (folder, "named like a post, but a folder; rename it, or put _ before its name"),
        (folder_with_a_post, "named like a post, but a folder; rename it, or put _ before its name"),
        (link_to_folder, "named like a post, but a folder; rename it, or put _ before its name"),
        (pipe, "named like a post, but not a regular file; rename it, or put _ before its name"),
        (unix_socket, "named like a post, but not a regular file; rename it, or put _ before its name"),
        (link_to_nothing, f"cannot be read: no such file or directory; {CANNOT}"),
    ],
)
def test_what_has_the_name_of_a_post_and_is_no_file_is_refused(
    make: Callable[[Path], None], said: str, site: Site
) -> None:
    site.post("2025-04-13-good.md")
    make(site.posts / "x.md")
    assert refused(site) == [f"error: posts/x.md: {said}"]


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take no such name")
def test_a_name_that_is_not_utf_8_is_refused(site: Site) -> None:
    site.post("2025-04-13-good.md")
    for name in (b"2025-04-14-\xff.md", b"folder-\xff"):
        os.symlink(b"2025-04-13-good.md", os.path.join(os.fsencode(site.posts), name))
    assert refused(site) == [
        r"error: posts/2025-04-14-\udcff.md: the file name is not UTF-8; rename it",
        r"error: posts/folder-\udcff: the file name is not UTF-8; rename it",
    ]


def test_a_link_that_leads_outside_the_posts_is_no_post(site: Site) -> None:
    outside = site.root / "outside.md"
    outside.write_bytes(HEAD + b"Outside.\n")
    site.post()
    (site.posts / "2025-04-13-link.md").symlink_to(outside)
    (site.posts / "2025-04-12-nowhere.md").symlink_to(site.root / "nowhere.md")
    assert site.build().code == 0
    assert [item["title"] for item in site.json()["items"]] == ["First"]


def test_an_image_that_leads_outside_the_posts_through_a_link_is_refused(site: Site) -> None:
    (site.root / "secret.png").write_bytes(b"secret")
    (site.posts / "picture.png").symlink_to(site.root / "secret.png")
    site.post(POST, "![A picture](picture.png)\n")
    problem = "media: 'picture.png' leads to a file that is outside the folder of posts"
    remedy = "correct the path, put the file there, or add its folder to assets in feed.toml"
    assert refused(site) == [f"error: posts/{POST}:4: {problem}; {remedy}"]


def test_a_file_and_a_folder_that_may_not_be_read_are_refused(site: Site) -> None:
    site.post("2025-04-13-good.md")
    site.post(POST).chmod(0)
    (site.posts / "closed").mkdir(mode=0)
    result = build_unprivileged(site)
    (site.posts / "closed").chmod(0o700)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        f"error: posts/{POST}: cannot be read: permission denied; {CANNOT}",
        f"error: posts/closed: cannot be read: permission denied; {CANNOT}",
    ]
    assert not site.public.exists()


def test_settings_that_may_not_be_read_are_refused(site: Site) -> None:
    site.post()
    (site.posts / "feed.toml").chmod(0)
    result = build_unprivileged(site)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"error: posts/feed.toml: cannot be read: permission denied; {CANNOT}\n"


def test_settings_that_are_a_folder_are_refused(site: Site) -> None:
    site.post()
    (site.posts / "feed.toml").unlink()
    (site.posts / "feed.toml").mkdir()
    assert refused(site) == [f"error: posts/feed.toml: cannot be read: is a directory; {CANNOT}"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "no such folder; give the folder of posts, or create one with dateline init"),
        ("a-file", "not a folder; give the folder that contains it"),
    ],
)
def test_posts_that_are_no_folder_are_refused(named: str, said: str, site: Site) -> None:
    (site.root / "a-file").write_text("text")
    result = site.build(named)
    assert (result.code, result.out) == (1, "")
    assert result.err == f"error: {named}: {said}\n"


def while_it_works(site: Site, phase: str, act: Callable[[], object]) -> Report:
    """Build, and at each step of a phase do something that a person might at that moment."""

    def progress(name: str, _done: int, _total: int) -> None:
        if name == phase:
            act()

    return build(BuildOptions(site.posts, site.public, now=NOW), progress)


def test_a_post_that_vanishes_while_the_build_works_is_not_published(site: Site) -> None:
    site.post()
    post = site.post("2025-04-15-second.md", title="Second")
    while_it_works(site, "rendering", lambda: post.unlink(missing_ok=True))
    assert [item["title"] for item in site.json()["items"]] == ["First"]


def test_a_post_that_vanishes_before_it_is_rendered_is_refused(site: Site) -> None:
    site.write("feed.toml", SETTINGS_OF_ALL.replace("pages = true", "pages = false") + 'archives = "off"\n')
    post = site.post()
    with pytest.raises(BuildError) as refusal:
        while_it_works(site, "reading", lambda: post.unlink(missing_ok=True))
    assert site.problem_lines(refusal.value.problems) == [
        f"2025-04-14-first.md: cannot be read: no such file or directory; {CANNOT}"
    ]
    assert not site.public.exists()


def test_a_post_that_is_saved_once_while_the_build_works_comes_out_as_saved(site: Site) -> None:
    site.post(title="Before")
    saved = iter([lambda: site.post(title="After")])
    while_it_works(site, "rendering", lambda: next(saved, lambda: None)())
    assert [item["title"] for item in site.json()["items"]] == ["After"]


def test_a_post_that_is_saved_over_and_over_is_refused(site: Site) -> None:
    site.post()
    bodies = (f"Body {number}.\n" for number in range(1_000))
    with pytest.raises(BuildError) as refusal:
        while_it_works(site, "rendering", lambda: site.post(body=next(bodies)))
    assert site.problem_lines(refusal.value.problems) == [
        "2025-04-14-first.md: file changed while being read; try again when it is saved"
    ]
    assert not site.public.exists()


def test_a_text_that_cannot_be_rendered_is_tried_once(site: Site) -> None:
    site.post("2025-04-14-good.md")
    site.post("2025-04-14-bad.md", "<div>" * 1_000)
    with mock.patch.object(render, "render", wraps=render.render) as rendered, pytest.raises(BuildError) as refused:
        build(BuildOptions(site.posts, site.public, NOW, jobs=1))
    assert "tags are nested more than 400 deep" in str(refused.value.problems[0])
    assert rendered.call_count == 2
