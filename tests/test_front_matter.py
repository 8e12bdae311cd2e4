"""Whatever a file begins with, it is front matter and a body, or an error, and soon found.

Each form has an example in tests/golden/forms-of-front-matter, and what is refused in tests/invalid.
"""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.content.front_matter import head_of, locate, split
from dateline.errors import PostError
from dateline.model import Source

DATED = "2025-04-14-a.md"
BEGINNINGS = [
    "---",
    "---json",
    "+++",
    ";;;",
    '{"title": "A"',
    "title: A",
    ".. title: A",
    "<!--",
    '"title": "A"',
    "# A",
    "A",
]
PIECES = """
--- ---json +++ ;;; { } {} "title":"A", "a":1 title: title = .. <!-- --> date:2025-04-14 : , [ ] # A == - |
""".split()
LINES = st.lists(
    st.sampled_from([*PIECES, "title: A", 'title = "A"', ".. title: A", "\t- a", "  ", '"\\ud800"']), max_size=3
)
TEXTS = st.tuples(st.sampled_from(BEGINNINGS), st.lists(LINES.map(" ".join), max_size=8).map("\n".join)).map("\n".join)


@given(TEXTS)
def test_any_text_is_split_or_refused(text: str) -> None:
    try:
        fields, body = split(Source(DATED, text))
    except PostError as error:
        assert error.problem.line is not None
        assert error.problem.line <= text.count("\n") + 1
        return
    assert text.endswith(body.text)
    assert body.text in ("", "\n".join(text.split("\n")[body.line - 1 :]))
    source = Source(DATED, text)
    (*_, start), _ = locate(source)
    assert text.startswith(head_of(source, start, is_note=True))
    assert all(
        text.split("\n")[line - 1].lower().find(key) >= 0 for key, line in fields.lines.items() if key != "\ud800"
    )


@pytest.mark.parametrize(
    "text",
    [
        "<!-- " + " " * 1_000_000,
        "<!-- .. title: " + "--" * 500_000,
        "title: a\n" + "  \n" * 300_000,
        "title: a\n" + "- \n" * 300_000,
        "title: a: " + "a: " * 300_000,
        '"title": ' * 100_000,
        '{"a": ' * 200_000,
        "\n" * 1_000_000 + "#",
        "---\na:\n\tb: c\nx: " + ": !a " * 3_000 + "\n---\n",
        "---\na: |\n" + "\t\n" * 8_000 + "---\n",
    ],
    ids=lambda text: text[:12],
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    for path in ("a.md", DATED):
        with suppress(PostError):
            split(Source(path, text))
    assert time.process_time() - started < 3
