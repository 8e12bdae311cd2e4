"""Find template code in Markdown: what a generator would have replaced, but Dateline publishes as it is.

This is the only place that knows its forms: Hugo's and WordPress's shortcodes, Liquid, wiki links, kramdown's attribute
lists, containers, MDX, emoji by name. Nothing in code, formulas and comments is one of them, nor is what follows a
backslash.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

from dateline.lazy_patterns import lazy_pattern
from dateline.render import formulas
from dateline.render.emoji import NAMES
from dateline.render.python_markdown_blocks import longest_closings, match_fence


class Construct(NamedTuple):
    """A piece of template code: its kind, which is a key of KINDS, what was written, and where in the Markdown."""

    kind: str
    text: str
    start: int
    end: int


class Form(NamedTuple):
    """How template code of one kind is written, as a pattern, and what to do about it."""

    pattern: str
    remedy: str


def _until(end: str) -> str:
    """Return a pattern of text up to `end`: no empty line, and nothing that begins anew, so that it is linear."""
    return rf"(?:(?!{end}|\{{[{{%])(?:[^\n]|\n(?![ \t>]*\n)))*+{end}"


ATTRIBUTES, COMPONENT, EMOJI = "{: .class}", "<Component>", ":emoji:"
_REWRITE = "write Markdown or HTML instead"
_PLUGINS = "audio|caption|code|embed|gallery|playlist|sourcecode|video"  # of WordPress
_EMBEDS = "dailymotion|gist|instagram|soundcloud|spotify|tweet|vimeo|youtube"
# The forms, by kind, of which the first that fits counts. None takes more than linear time, and each begins with its
# sign, for which a search is fast; what may not come before that follows it.
KINDS = {
    "{{< >}}": Form(r"\{\{<" + _until(r">\}\}"), _REWRITE),
    "{{% %}}": Form(r"\{\{%" + _until(r"%\}\}"), _REWRITE),
    "{{ }}": Form(r"\{\{\{?(?:[^\n{}]|\n(?![ \t>]*\n))++\}\}\}?", "write what it stands for"),
    "{% %}": Form(r"\{%(?!%)" + _until(r"%\}"), _REWRITE),
    ATTRIBUTES: Form(
        r"\{:(?:[ \t]*[.#][\w-]|[ \t]*[\w-]+=|[ \t]*toc\b|[\w-]+:|[:/])(?:[^{}\n]|\{\{[^{}\n]*\}\})*+\}", "remove it"
    ),
    "[TOC]": Form(r"\[(?<![^\n]\[)(?:(?i:toc)\]|\[_?(?i:toc)_?\]\])(?![^\n])", "remove it"),
    # Not a citation such as [[1]], nor a link in brackets.
    "![[x]]": Form(r"!\[\[(?!\s)[^\[\]<>\n]+\]\](?![(\[])", "write ![what it shows](boat.png)"),
    "[[x]]": Form(
        r"\[(?<!\[\[)\[(?![\s^]|[\d\s,;–-]*\])[^\[\]<>|\n]+(?:\|[^\[\]<\n]*)?\]\](?![(\[\]])", "write [text](file.md)"
    ),
    "[gallery]": Form(
        r"\[(?:(?<![^\n]\[)(?:audio|more|video)\](?![^\n])"
        rf"|(?:/(?:{_PLUGINS})|gallery|playlist|embed|[a-z][\w-]*[ \t]+[\w-]+=[^\[\]\n]*"
        rf"|(?:{_EMBEDS})(?:[ \t]+https?:|=)[^\[\]\s]+)\](?!\(|:|\[(?!/)))",
        _REWRITE,
    ),
    ":::": Form(r":(?:(?<![^\n]:)|(?<=[\n >] :)):{2,}(?:[ \t]*\{?[\w.-][^\n]*)?(?![^\n])", "write > before each line"),
    EMOJI: Form(r":(?<![\w:/]:)(?P<emoji>[a-z0-9_+-]{1,30}):(?![\w:])", "write the emoji itself"),
    "import": Form(
        r"(?<![^\n])(?:"
        r"import[ \t]++(?:(?:(?!\n\s*\n|\nimport\b)[\w*{},$\s])*?\bfrom[ \t]*)?(?:\"[^\"\n]+\"|'[^'\n]+');?"
        r"|export[ \t]++(?:default\b|(?:const|let|var|function|class|async)[ \t]+\w|[{*])"
        r"(?:[^\n]|\n(?![ \t]*\n|import\b|export\b))*+)[ \t]*(?![^\n])",
        "remove it",
    ),
    COMPONENT: Form(
        r"<(?:(?<!\w<)|/)(?=[\w.]*[a-z])[A-Z][\w.]*(?:\s(?:[^<>{}]|\{(?:[^{}]|\{[^{}]*\})*+\})*+)?>", _REWRITE
    ),
}
_NUMBERED = list(KINDS)
# The forms by the sign with which they begin, to see whether a text has any, as most have none.
_FORMS = {
    sign: lazy_pattern(
        "|".join(
            f"{form.pattern}(?P<_{number}>)" for number, form in enumerate(KINDS.values()) if sign in form.pattern[:2]
        )
    )
    for sign in "{[!:<"
}
_IMPORT = lazy_pattern(r"\n(?:import|export)\b")


def _element(begins: str, ends: str) -> str:
    """Return a pattern of what an element or a comment encloses, none of which begins inside another."""
    return rf"{begins}(?:(?!{ends}|{begins})[\s\S])*+{ends}"


# Text in which there is no template code. A run of more than eight backticks begins no code span here.
_TEXTUAL = "|".join(
    (
        r"(?<!`)(?P<ticks>`{1,8})(?!`)(?:[^`\n]|\n(?![ \t>]*\n)|(?!(?P=ticks)(?!`))`+)*+(?P=ticks)|`+",
        _element("<!--", "-->"),
        *(_element(rf"(?i:<{tag}\b)", f"(?i:</{tag}>)") for tag in ("code", "pre", "script", "style", "textarea")),
        formulas.PATTERN,
    )
)
# A token begins with one of these, the second in texts in which a line begins with a word of the kind "import".
_SIGN, _SIGN_OR_IMPORT = lazy_pattern(r"[\\$`<{\[:!]"), lazy_pattern(r"[\\$`<{\[:!]|(?<![^\n])(?:import|export)\b")
_TOKEN = lazy_pattern(
    "|".join((*(f"{form.pattern}(?P<_{number}>)" for number, form in enumerate(KINDS.values())), _TEXTUAL))
)
_TOKENS = {sign: _FORMS[sign] for sign in "{[!:"}  # no text without template code begins like these
# Constructs that begin text for another program, and its end.
_RAW = lazy_pattern(r"\{(?:%-?|\{[<%])\s*(raw|highlight|comment|verbatim|codeblock|code)\b")
_RAW_END = r"\{{(?:%-?\s*end{0}\b[^\n{{}}]*%\}}|\{{[<%]-?\s*/\s*{0}\b[^\n{{}}]*\}}\}})"
_LABEL = lazy_pattern(r"^ {0,3}\[([^\[\]\n]+)\]:", re.MULTILINE)

_FENCE = lazy_pattern(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}(?=[^`]*$)|~{3,})")
_CLOSING_FENCE = lazy_pattern(r"[ \t>]*(`{3,}|~{3,})[ \t]*$")
_ITEM = lazy_pattern(r"[ \t>]*(?:[-+*]|\d{1,9}[.)]|\[\^[^\]]*\]:)(?:[ \t]|$)")


def constructs(markdown: str) -> Iterator[Construct]:
    """Yield the template code of a text, in order, without what raw and highlighted blocks enclose."""
    return (token for token in tokens(markdown) if token.kind) if _has_any(markdown) else iter(())


def _has_any(markdown: str) -> bool:
    """Return whether a text has anything in the form of template code, even in code."""
    if any(sign in markdown and form.search(markdown) for sign, form in _FORMS.items()):
        return True
    return _may_import(markdown)


def _may_import(markdown: str) -> bool:
    return markdown.startswith(("import", "export")) or _IMPORT.search(markdown) is not None


def tokens(markdown: str) -> Iterator[Construct]:
    """Yield template code and, with an empty kind, text in which there is none: code, formulas, comments; in order."""
    labels = _labels(markdown)
    signs = _SIGN_OR_IMPORT if _may_import(markdown) else _SIGN
    unclosed: set[str] = set()
    position = 0
    for code, end in (*_code_blocks(markdown), (len(markdown), len(markdown))):
        while position < code and (sign := signs.search(markdown, position, code)):
            match = _TOKENS.get(sign[0], _TOKEN).match(markdown, sign.start(), code)
            position = match.end() if match else sign.end()
            if match and (kind := _kind(match, labels)) is not None:
                yield Construct(kind, match[0], *match.span())
                if kind and (closing := _closing_of_raw(match, unclosed)):
                    yield Construct(kind, closing[0], *closing.span())
                    position = closing.end()
        if (begin := max(position, code)) < end:
            yield Construct("", markdown[begin:end], begin, end)
        position = max(position, end)


def _labels(markdown: str) -> set[str]:
    return {label.casefold() for label in _LABEL.findall(markdown)} if "]:" in markdown else set()


def _kind(match: re.Match[str], labels: Collection[str]) -> str | None:
    """Return the kind of a token, which is empty for code and the like, or None if it is ordinary text."""
    group = match.lastgroup or ""
    if not group.startswith("_"):
        return ""
    kind = _NUMBERED[int(group[1:])]
    is_link = match[0].endswith("]") and match[0].strip("![]").casefold() in labels
    return None if is_link or (kind == EMOJI and match["emoji"] not in NAMES) else kind


def _closing_of_raw(match: re.Match[str], unclosed: set[str]) -> re.Match[str] | None:
    """Return what closes a construct that encloses raw text, if that is what it does; note names without an end."""
    opening = _RAW.match(match[0])
    if opening and opening[1] not in unclosed:
        if closing := re.compile(_RAW_END.format(opening[1])).search(match.string, match.end()):
            return closing
        unclosed.add(opening[1])
    return None


def _code_blocks(markdown: str) -> Iterator[tuple[int, int]]:
    """Yield where code is, in fences that are closed or indented. In a list, text may be indented, too."""
    lines = markdown.split("\n")
    longest = longest_closings(lines, _CLOSING_FENCE)
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    numbered = enumerate(lines)
    is_below_blank, in_list = True, False
    for number, line in numbered:
        if (fence := match_fence(_FENCE, line)) and longest[fence[1][0]][number + 1] >= len(fence[1]):
            yield starts[number], starts[_closing_fence(fence[1], numbered) + 1]
        elif not line.strip(" \t>"):
            is_below_blank = True
        elif is_below_blank and _indent(line) >= (8 if in_list else 4):
            yield starts[number], starts[number + 1]
        else:
            in_list = bool(_ITEM.match(line)) or (in_list and (_indent(line) > 0 or not is_below_blank))
            is_below_blank = False


def _closing_fence(fence: str, numbered: Iterable[tuple[int, str]]) -> int:
    """Return the number of the line that closes a fence, which has to be among those that follow it."""
    return next(
        number for number, line in numbered if (m := match_fence(_CLOSING_FENCE, line)) and m[1].startswith(fence)
    )


def _indent(line: str) -> int:
    if line[:1] not in (" ", "\t"):
        return 0
    text = line.expandtabs(4)
    return len(text) - len(text.lstrip(" "))
