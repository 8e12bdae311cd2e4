"""Rules of Markdown are not tried on text that they cannot match, and nothing else becomes of it."""

import re
from pathlib import Path
from random import Random
from unittest import mock

import pytest

from dateline.errors import InputError
from dateline.model import Rendering
from dateline.render import needed_texts as needed
from dateline.render import python_markdown, render
from dateline.render.needed_texts import SparingPattern, needed_texts
from dateline.render.template_code import constructs, tokens

ROOT = Path(__file__).parents[1]
TEXTS = [path.read_text("utf-8") for path in sorted((*ROOT.glob("posts/**/*.md"), *ROOT.glob("tests/golden/**/*.md")))]
MARKUP = r"""
\ ` ``` $ $$ [ ![ [^1] [^1]: [a]: ](b) [[ {{ {% {: }} %} #} < > </ & &amp; * ** _ ~~ # " ' -- --- ... : :: | - + 1.
www.a.example https://a.example a@b.example <b> <A> <math> *[a]: ( ) ! = 's é ſ {{<x>}} {{%x%}} {{x}} {%x%} {:.x} [TOC]
[[x]] ![[x]] [gallery] [more] ::: :smile: import"x" export*from"x" <Foo> </Foo> <code> </code>
""".split()


def mixed(seed: int) -> str:
    """Pieces of real texts with markup between them."""
    random = Random(seed)
    parts = []
    for _ in range(random.randint(1, 12)):
        text = random.choice(TEXTS)
        start = random.randrange(len(text) + 1)
        parts += [
            text[start : start + random.choice((0, 3, 40))],
            random.choice(MARKUP),
            random.choice(("", " ", "\n")),
        ]
    return "".join(parts)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"\[\^([^\]]*)\]", ("[^",)),
        (r"(?<!-)---(?!-)", ("---",)),
        (r"(?<!\.)\.{3}(?!\.)", ("...",)),
        (r"\*|_", ("*", "_")),
        (r"(a|b)?<(x|y)>", ("<",)),
        (r"(?:=+|-+)[ ]*\n", ("\n",)),
        (r"(?=(?P<run>-{3,}|_{3,}))(?P=run)", ("---", "___")),
        (r"(?:\$\$|#)x", ("$$", "#")),
        (r"(#)?x+[^<]*", ("",)),
        (r"[#-&]|a", ("",)),
        (r"(?i)www", ("",)),
    ],
)
def test_what_a_pattern_needs_is_found(pattern: str, wanted: tuple[str, ...]) -> None:
    assert needed_texts(re.compile(pattern)) == wanted


def test_without_a_parser_of_patterns_nothing_is_skipped() -> None:
    with mock.patch.object(needed, "import_module", side_effect=ImportError):
        assert SparingPattern(re.compile("#")).search("a#")
        assert needed_texts(re.compile("#")) == ("",)


def test_text_is_rendered_as_if_every_rule_were_tried_on_it() -> None:
    samples = [*map(mixed, range(120))]
    sparing = [outcome(text) for text in samples]
    python_markdown._converter.cache_clear()
    with (
        mock.patch.object(needed, "_needed", return_value=("",)),
        mock.patch.multiple(python_markdown, _signs=lambda _: frozenset([""])),
    ):
        assert sparing == [outcome(text) for text in samples]
    python_markdown._converter.cache_clear()


def outcome(text: str) -> Rendering | str:
    try:
        return render(text, "python-markdown", "x", smart_quotes=True, math=True)
    except InputError as error:
        return str(error)


def test_template_code_is_found_as_if_every_text_were_searched() -> None:
    for text in (*TEXTS, *map(mixed, range(1500))):
        assert list(constructs(text)) == [token for token in tokens(text) if token.kind]
