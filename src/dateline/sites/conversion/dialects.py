"""Convert what other programs read as Markdown, but Dateline's engines do not. Pure.

GitHub's and Obsidian's alerts, Python-Markdown's admonitions, marked text, comments of Obsidian, MDX and Nunjucks,
tables as kramdown reads them, and the imports of MDX.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from dateline.content.assets import is_media
from dateline.render.template_code import Construct, constructs, tokens
from dateline.sites.conversion.calls import evaluated
from dateline.sites.conversion.markup import folded, quoted, title_of
from dateline.sites.conversion.places import is_within
from dateline.text import edited

Replace = Callable[[re.Match[str]], str | None]

_ALERT = re.compile(
    r"^(?P<quote>[ \t>]*>)[ \t]*\[!(?P<kind>[\w-]+)(?:\|[^\]\n]*)?\][+-]?[ \t]*(?P<title>[^\n]*)", re.MULTILINE
)
_MORE_OF_QUOTE = re.compile(r"\n[ \t>]*>[ \t]*[^\s>]")
_ADMONITION = re.compile(
    r"^(?P<lead>[ \t>]*)(?P<mark>!!!|\?\?\?\+?)[ \t]+(?P<kind>[A-Za-z][\w-]*)(?:[ \t]+[\w-]+)*+"
    r"(?:[ \t]+\"(?P<title>[^\"\n]*)\")?[ \t]*\n"
    r"(?P<text>(?:(?:[ \t>]*\n)*+(?P=lead)(?:[ ]{4}|\t)[ \t]*[^\s>][^\n]*(?:\n|\Z))++)",
    re.MULTILINE,
)
_MARKED = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]+)(?<=[^\s=])==(?![=\w])")
_PERCENT = re.compile(
    r"^%%[ \t]*\n(?:(?!%%)[^\n]*\n)*+%%[ \t]*(?:\n|\Z)|(?<!\S)%%(?!%)(?:[^%\n]|%(?!%)|\n(?![ \t]*\n))++%%(?![\w%])",
    re.MULTILINE,
)
_MDX_COMMENT = r"\{/\*(?:[^*{]|\*(?!/\})|\{(?!/\*))*+\*/\}"
_BRACED = re.compile(rf"^{_MDX_COMMENT}[ \t]*\n|{_MDX_COMMENT}|\{{#(?:[^{{}}#]|#(?!\}}))*+#\}}", re.MULTILINE)
_TRUNCATE = re.compile(r"\{/\*[ \t]*truncate[ \t]*\*/\}\n?")
_TABLE = re.compile(r"(?:^[ ]{0,3}\|[^\n]*(?:\n|\Z))++", re.MULTILINE)
_DIVIDER = re.compile(r"[ ]{0,3}\|(?=[^\n]*[-=])[-=+:| \t]*")
_BAR = re.compile(r"(?<!\\)\|")
_IMPORT = re.compile(r"import[ \t]+(?P<names>[^\"';]*?)\s+from\s*[\"'](?P<path>[^\"'\n]+)[\"']")
_LOCAL_IMPORT = re.compile(r"import[ \t]+[\"'](?:[.~][^\"'\n]*|[^\"'\n]*\.(?:css|scss))[\"'];?\s*")
_EXPORT = re.compile(r"export[ \t]+(?:default\b|(?:const|let|var|function|class)[ \t]+(?P<names>\w+))")
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_USED = re.compile(r"</?([A-Za-z_][\w]*)|\{([^{}]*)\}")
_SOURCE = re.compile(r"(<(?:img|video|audio|source|a)\b[^<>]*?\b(?:src|href)=)(\{[^{}]*\})")


def convert_dialects(markdown: str, counts: Counter[str]) -> str:
    """Return Markdown as Dateline's engines read it, and count what was converted."""
    text = markdown
    for sign, name, pattern, replace in _DIALECTS:
        if sign in text:
            text = outside_code(text, name, pattern, replace, counts)
    return text


def outside_code(markdown: str, name: str, pattern: re.Pattern[str], replace: Replace, counts: Counter[str]) -> str:
    """Replace what a pattern matches, unless it begins or ends in code or in template code."""
    if not pattern.search(markdown):
        return markdown
    covered = _covered(markdown)
    edits = []
    for match in pattern.finditer(markdown):
        is_covered = is_within(covered, match.start() + 1) or is_within(covered, match.end())
        if not is_covered and (new := replace(match)) is not None:
            edits.append((*match.span(), new))
    counts.update({name: len(edits)} if edits else {})
    return edited(markdown, edits)


@lru_cache(maxsize=2)  # most texts are asked for several times
def _covered(markdown: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in tokens(markdown)]


def _alert(match: re.Match[str]) -> str:
    title = match["title"].strip().replace("**", "") or title_of(match["kind"]) or match["kind"].capitalize()
    gap = f"\n{match['quote']}" if _MORE_OF_QUOTE.match(match.string, match.end()) else ""
    return f"{match['quote']} **{title}**{gap}"


def _admonition(match: re.Match[str]) -> str:
    lead, title = match["lead"], match["title"]
    indented = (line.removeprefix(lead) for line in match["text"].rstrip("\n").split("\n"))
    text = "\n".join(line[1:] if line.startswith("\t") else line[4:] for line in indented)
    shown = title_of(match["kind"]) if title is None else title
    block = quoted(shown, text) if match["mark"] == "!!!" else folded(shown or "Details", text)
    return "".join(f"{lead}{line}\n" for line in block.split("\n"))


def _table(match: re.Match[str]) -> str | None:
    """Return a table with one head and one divider below it, which may be empty: kramdown needs neither."""
    above = match.string[max(0, match.start() - 2) : match.start()]
    lines = match[0].rstrip("\n").split("\n")
    rows = [line for line in lines if not _is_divider(line)]
    dividers = list(filter(_is_divider, lines))
    if above not in ("", "\n", "\n\n") or not rows or not (dividers or _is_grid(rows)):
        return None
    width = _width(rows[0])
    divider = dividers[0].replace("+", "|").replace("=", "-") if dividers else ""
    if _width(divider) != width:
        divider = "|" + "---|" * width
    has_head = any(map(_is_divider, lines[lines.index(rows[0]) + 1 :][:1]))
    head = rows.pop(0) if has_head else "|" + "  |" * width
    table = "\n".join([head, divider, *rows]) + "\n" * match[0].endswith("\n")
    return None if table == match[0] else table


def _is_divider(line: str) -> bool:
    return _DIVIDER.fullmatch(line.rstrip()) is not None


def _is_grid(rows: Sequence[str]) -> bool:
    """Return whether rows that nothing divides are a table, and not text with bars in it."""
    width = _width(rows[0])
    return len(rows) > 1 < width and all(row.rstrip().endswith("|") and _width(row) == width for row in rows)


def _width(row: str) -> int:
    return len(_BAR.findall(f"|{row.strip().strip('|')}"))


def imported_paths(markdown: str) -> dict[str, str]:
    """Return the paths of media that a text of MDX imports, by their names in it."""
    found = (_IMPORT.match(one.text) for one in _imports(markdown))
    return {match["names"].strip(): match["path"] for match in found if match and is_media(match["path"])}


def with_imported(markdown: str, imported: Mapping[str, str]) -> str:
    """Return MDX with addresses in place of the expressions in tags of HTML that stand for them."""

    def source(match: re.Match[str]) -> str | None:
        path = evaluated(match[2], imported)
        return f'{match[1]}"{path}"' if path else None

    return outside_code(markdown, "import", _SOURCE, source, Counter()) if "={" in markdown else markdown


def without_imports(markdown: str, counts: Counter[str]) -> str:
    """Return MDX without the imports and exports that nothing else in it uses."""
    found = _imports(markdown)
    rest = edited(markdown, ((one.start, one.end, "") for one in found))
    used = {name for tag, braces in _USED.findall(rest) for name in _NAME.findall(tag or braces)}
    unused = [one for one in found if _is_unused(one.text, used)]
    counts.update({"import": len(unused)} if unused else {})
    return edited(markdown, ((one.start, one.end + markdown.startswith("\n", one.end), "") for one in unused))


def _imports(markdown: str) -> list[Construct]:
    """Return the imports and exports of MDX."""
    return [one for one in constructs(markdown) if one.kind == "import"] if "port" in markdown else []


def _is_unused(text: str, used: set[str]) -> bool:
    match = _IMPORT.match(text) or _EXPORT.match(text)
    if match is None:
        return _LOCAL_IMPORT.fullmatch(text) is not None
    return used.isdisjoint(_NAME.findall(match["names"] or ""))


# What a text has to contain for it to be worth a look, a name, a pattern, and what replaces what it finds.
_DIALECTS: tuple[tuple[str, str, re.Pattern[str], Replace], ...] = (
    ("[!", "alert", _ALERT, _alert),
    ("!!! ", "admonition", _ADMONITION, _admonition),
    ("???", "admonition", _ADMONITION, _admonition),
    ("==", "mark", _MARKED, lambda match: f"<mark>{match[1]}</mark>"),
    ("%%", "comment", _PERCENT, lambda _: ""),
    ("{/*", "truncate", _TRUNCATE, lambda _: "<!-- truncate -->\n"),
    ("{/*", "comment", _BRACED, lambda _: ""),
    ("{#", "comment", _BRACED, lambda _: ""),
    ("|", "table", _TABLE, _table),
)
