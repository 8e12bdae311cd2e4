"""What the reader of plain front matter accepts, PyYAML reads in the same way, on random documents full of traps."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from dateline.content.key_values import Fields, Value
from dateline.content.plain_yaml import read_plain
from dateline.content.yaml import read_yaml
from dateline.errors import PostError

KEYS = "title date tags author a A-b c_d _x key draft".split()
WORDS = """
sea ferry 1984 1e3 .5 null no Yes 2025-04-14 09:30 2025-04-14T09:30:00Z https://example.org/a?b=c#d C# c++ R&D it's a=
say:"so" a:b é 漢 😀 <a> << ^a ;a /a +1 a''b a""b (a) a! $a ~ = \\ \\n a-b a. a* a@b a|b a>b a{b} a[b]
""".split()
# What may mean something else, or nothing: keys, words, lines, what comes before and after a value, characters.
ODD_KEYS = """
title Title true null 1984 x.y og:title é << "quoted" 'quoted' [a] *a ?a {a
""".split()
ODD_KEYS += ["two words", "? a", "- a", "&b a", "!!str a", "k" * 101, "k" * 1100]
ODD_WORDS = """
- -- --- ... -a -1 ?a ? , , a,b [a] [ ] {a} { } [] {} [a, #a # & &a *a * ! !a !!str !<x> | |- |+2 > >- % %a @a ` "so"
\\" '' "" : :a a: "a\\" "a" 'a' "a 'a a" a' k: <<: " '
""".split()
LINES = [
    "",
    " ",
    "---",
    "...",
    "--- a",
    "# note",
    " # note",
    "#note",
    "%YAML 1.1",
    "text",
    "  text",
    "\ttext",
    "- a",
    "-",
]
GAPS = ["  ", "", "\t", " \t", "   "]
ENDS = [" ", "  ", " # note", " #", "#", ":", " :", ",", "\t", "\r"]
SIGNS = [*"-?:,[]{}#&*!|>'\"%@`~= \n"]
ODD = [*"\t\r\x00\x07\x0b\x0c\x1b\x7f\x80\x85\x9f\xa0\xad\u0378\u061c\u200b\u200d\u2028\u2029\u3000\ud800\ue000\ufdd2"]
ODD += [*"\ufdd3\ufeff\ufffd\ufffe\uffff\U0001f600\U000e0001\U0010ffff"]


def document(random: Random) -> str:
    text = "\n".join(line for _ in range(random.choice((1, 2, 3, 5))) for line in _entry(random))
    if random.random() < 0.25:
        at, length = random.randint(0, len(text)), random.choice((0, 0, 1, 3))
        text = text[:at] + random.choice((*SIGNS, *ODD, *LINES)) + text[at + length :]
    return text


def _either(random: Random, usual: Sequence[str], odd: Sequence[str]) -> str:
    return random.choice(odd if random.random() < 0.06 else usual)


def _entry(random: Random) -> Iterator[str]:
    draw = random.random()
    key = _either(random, KEYS, ODD_KEYS)
    if draw < 0.1:
        yield _either(random, ("", "# note"), LINES)
    elif draw < 0.75:
        yield f"{key}:{_either(random, ' ', GAPS)}{_value(random)}{_either(random, ('',), ENDS)}"
    else:
        yield f"{key}:{_either(random, ('', ' '), (' |', ' >-', ' a', ' # note'))}"
        indent = random.choice(("", "  ", "    "))
        for _ in range(random.randint(0, 4)):
            mark = _either(random, ("-",), ("", "--", "\n-", "# note\n-", "?"))
            before = _either(random, (indent,), ("", " ", "   "))
            yield f"{before}{mark}{_either(random, ' ', GAPS)}{_value(random)}{_either(random, ('',), ENDS)}"


def _value(random: Random) -> str:
    draw = random.random()
    if draw < 0.5:
        return _text(random)
    if draw < 0.65:
        mark = random.choice("\"'")
        return mark + _text(random).replace(mark, _either(random, ("",), (mark, mark * 2, f"\\{mark}"))) + mark
    if draw < 0.9:
        between = _either(random, (", ", ",", " , "), (",,", ", ,", "; "))
        items = between.join(_item(random) for _ in range(random.randint(0, 4)))
        return _either(random, ("[{}]", "[ {} ]"), ("[{},]", "[{}", "{{{}}}", "[{}]]", "[{}]: a")).format(items)
    return _either(random, ("a", '""', "''", "[]", "[ ]"), ("", "{}", "k: v", "- a", "a " * 600, "a" * 1200))


def _item(random: Random) -> str:
    word = _text(random)
    return _either(random, (word, word, f'"{word}"', f"'{word}'"), ("", f"[{word}]", f"{word}: a", f"{word}:a"))


def _text(random: Random) -> str:
    return " ".join(_either(random, WORDS, ODD_WORDS) for _ in range(random.choice((1, 1, 2, 3))))


def _typed(value: Value) -> object:
    if isinstance(value, dict):
        return [(key, _typed(item)) for key, item in value.items()]
    return [_typed(item) for item in value] if isinstance(value, list) else (type(value), str(value))


def _all_of(fields: Fields) -> object:
    return _typed(fields.values), [*fields.lines.items()], [*fields.names.items()]


def differences(seed: int, number: int) -> tuple[int, list[str]]:
    """Return how many of some random documents have been accepted, and those that PyYAML does not read so."""
    random, accepted, different = Random(seed), 0, []
    for text in (document(random) for _ in range(number)):
        if plain := read_plain("a.md", text, PostError, 2):
            accepted += 1
            try:
                same = _all_of(plain) == _all_of(read_yaml("a.md", text, PostError, 2))
            except PostError:
                same = False
            different += [] if same else [text]
    return accepted, different


@pytest.mark.parametrize("number", [5_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_what_is_plain_is_read_as_pyyaml_reads_it(number: int) -> None:
    accepted, different = differences(number, number)
    assert different == []
    assert accepted > number / 5


PLAIN = """\
title: It's 12:30, and C# is not C++
Date: 2025-04-14 09:30

# Who, and about what
author: "Ana: Díaz"
tags: [sea, 'it''s: a', "b", 1984]
categories:
- a
- 'b: c'
aliases:
    - /a/
    - [b, c]
draft:
list: [ ]
url: https://example.org/a?b=c#d\
"""


def test_plain_front_matter_needs_no_pyyaml() -> None:
    plain = read_plain("a.md", PLAIN, PostError, 2)
    assert plain is not None
    assert _all_of(plain) == _all_of(read_yaml("a.md", PLAIN, PostError, 2))


@pytest.mark.parametrize(
    "text",
    [
        *("a: b: c", "a: |\n  b", "a: b\n  c", "a: &b c", "a: !b c", "a: *b", "a:\tb", "a:\n  b: c", "a: 'it's'"),
        *('a: "\\n"', "a: b\nA: c", "a: {b: c}", "a: b\x85", "a: b\u2028c: d", "a: [b: c]", "a: [b, , c]", "a: b # c"),
    ],
)
def test_anything_else_is_left_to_pyyaml(text: str) -> None:
    assert read_plain("a.md", text, PostError, 2) is None
