"""Lays out the blocks of Markdown for Python-Markdown, so that CommonMark's rules hold (chapters 4 and 5 of its spec).

CommonMark nests what is indented as far as the text of a list item. Python-Markdown nests what is indented by four
columns, starts no list inside a paragraph, and knows fences only at the left margin. Lines that both read alike, and
what Python-Markdown alone nests, stay as they are.
"""

import re
from collections.abc import Callable
from itertools import accumulate, takewhile
from typing import NamedTuple

from dateline.lazy_patterns import lazy_pattern

_TAB = 4
_ITEMS = ("-", ".")  # kinds of containers
_MAX_DEPTH = 64  # of containers; what is nested deeper stays as it is
# A text without one of these stays as it is.
_STRUCTURE = lazy_pattern(r"^[ >]*(?:(?:[-+*:]|\d{1,9}\.)[ ]|`{3}|~{3})", re.MULTILINE)

_QUOTE = lazy_pattern(r" {0,3}> ?")
_MARKER = lazy_pattern(r"(?:[-+*]|(\d{1,9})\.)(?:( +)(?=\S)|( *)$)")
_DEFINITION = lazy_pattern(r":( {1,3})(?=\S)")
_NOTE = lazy_pattern(r"\[\^[^\]]*\]:")
_TASK = lazy_pattern(r"\[([ xX])\](?= +\S)")
_HEADING = lazy_pattern("#{1,6}(?: |$)")
_RULE = lazy_pattern(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_UNDERLINE = lazy_pattern(r"(?:=+|-+) *$")
_FENCE = lazy_pattern(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_CLOSING = lazy_pattern(r" {0,3}(`{3,}|~{3,}) *$")

_BLOCK_TAGS = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|"
    "menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    "track|ul"
)
_ATTRIBUTE = r""" +[A-Za-z_:][\w.:-]*(?: *= *(?:[^ "'=<>`]+|'[^']*'|"[^"]*"))?"""
# How a kind of HTML block begins and how it ends (CommonMark 4.6); None is an empty line.
_HtmlKind = tuple[re.Pattern[str], re.Pattern[str] | None]
_HTML: list[_HtmlKind] = [
    (lazy_pattern(begins), lazy_pattern(ends) if ends else None)
    for begins, ends in (
        ("(?i)<(?:pre|script|style|textarea)(?:[ >]|$)", "(?i)</(?:pre|script|style|textarea)>"),
        ("<!--", "-->"),
        (r"<\?", r"\?>"),
        (r"<!\[CDATA\[", "]]>"),
        ("<![A-Za-z]", ">"),
        (f"(?i)</?(?:{_BLOCK_TAGS})(?:[ >]|/>|$)", ""),
        (rf"(?:<[A-Za-z][\w-]*(?:{_ATTRIBUTE})* */?>|</[A-Za-z][\w-]* *>) *$", ""),
    )
]
_TEXTUAL, _BLOCK_TAG = _HTML[0], _HTML[-2]
_OPENING = lazy_pattern("<(?!base|col[ >]|frame[ >]|hr|link|param|track)([a-z][a-z0-9]*)", re.IGNORECASE)


class _Container(NamedTuple):
    """A quotation (``>``), or what holds all that is indented by `width`: a list item, a note, a definition."""

    kind: str  # one of > - . [ :
    width: int
    line: int  # on which it begins


_Path = list[_Container]


class _Leaf(NamedTuple):
    """Code between fences, which has a `run` of marks, or an HTML block.

    It is stashed, and its placeholder written after `lead`; HTML without a lead is written line by line.
    """

    lead: str | None
    lines: list[str]
    run: str = ""
    info: str = ""
    indent: int = 0
    end: re.Pattern[str] | None = None


class _Line:
    """A line that is being read, at column `at`, inside `parents`, the containers that go on.

    `path` has the containers too that begin on it, and `begun` is the kind of the first of these, which begins at
    `start`. The `rest`, the text itself, begins at `text_at`; if that `is_deep`, it is indented code to CommonMark.
    `margin` is where the content of the last quotation among the parents begins.
    """

    def __init__(self, number: int, text: str, parents: _Path, at: int, margin: int) -> None:
        self.number, self.text, self.parents, self.margin = number, text, parents, margin
        self.path, self.begun = [*parents], ""
        self.move_to(at)
        self.start = self.text_at

    def move_to(self, at: int) -> None:
        self.at, self.text_at = at, at + _width(self.text[at:])
        self.rest = self.text[self.text_at :]
        self.is_deep = self.text_at - at >= _TAB

    def enter(self, container: _Container, at: int) -> None:
        self.path.append(container)
        self.begun = self.begun or container.kind
        self.move_to(at)

    @property
    def is_code(self) -> bool:
        """Whether it is code to Python-Markdown too, which nests in an item what is too deep for CommonMark."""
        if not self.is_deep:
            return False
        depth, margin = _depth(self.path), self.at if self.begun else self.margin
        return not depth or self.text_at - margin >= _TAB * depth + _TAB

    @property
    def is_heading_or_rule(self) -> bool:
        return not self.is_deep and bool(self.text[0] == "#" or _HEADING.match(self.rest) or _RULE.match(self.rest))

    def indented(self, end: int | None = None) -> str:
        """Return the line, up to `end`, indented as Python-Markdown needs it inside `parents`."""
        wanted, indent = _TAB * _depth(self.parents), self.start - self.margin
        if not wanted <= indent < wanted + _TAB:
            indent = wanted
        elif not _has_item(_to_last_quote(self.parents)):
            return self.text[:end]
        return f"{self.quotes()}{' ' * indent}{self.text[self.start : end]}"

    def quotes(self) -> str:
        """Return the marks of the quotations that the line begins with."""
        outer = _to_last_quote(self.parents)
        marks = _prefix(outer) if _has_item(outer) else self.text[: self.margin]
        return f"{marks} " if marks.endswith(">") else marks


def lay_out(lines: list[str], stash_code: Callable[[str, str], str], stash_html: Callable[[str], str]) -> list[str]:
    """Return lines for Python-Markdown, given lines without tabs.

    `stash_code`, for the info string and the code of a fence, and `stash_html`, for HTML inside a list item, return
    placeholders, which are put on lines of their own.
    """
    if not _STRUCTURE.search("\n".join(lines)):
        return lines
    layout = _Layout(lines, stash_code, stash_html)
    for number, line in enumerate(lines):
        layout.read(number, line)
    layout.close_leaf()
    return layout.out


class _Layout:
    """What was read so far: `path` holds the containers that are open, `out` the lines that were written."""

    def __init__(
        self, lines: list[str], stash_code: Callable[[str, str], str], stash_html: Callable[[str], str]
    ) -> None:
        self.lines = lines
        self.stash_code = stash_code
        self.stash_html = stash_html
        self.longest = longest_closings(lines)
        self.out: list[str] = []
        self.path: _Path = []
        self.last_path: _Path = []  # of the last line of `out`
        self.leaf: _Leaf | None = None
        self.raw, self.raw_depth = "", 0  # the tag of the HTML that is open at the left margin, and how deep it nests
        self.paragraph = False  # whether one is open
        self.paragraph_line = -1  # where the last one begins
        self.needs_blank = False  # whether an empty line must follow the last one
        self.moved_code: bool | None = None  # whether indented code that is open is moved
        self.formula_until = -1
        self.chunk: int | None = None  # where in `path` the item is that begins the lines since the last empty one

    def read(self, number: int, text: str) -> None:
        if self.raw_depth > 0 and not self.leaf:
            self._read_raw(number, text)
            return
        parents, at, margin = self._match(text)
        if self.leaf and len(parents) == len(self.path) and self._is_in_leaf(self.leaf, number, text, at):
            return
        self.close_leaf()
        if not text[at:].strip():
            self._read_empty(text, parents)
        elif number <= self.formula_until:
            self.out.append(text)
        else:
            self._read_text(_Line(number, text, parents, at, margin))

    def _read_raw(self, number: int, text: str) -> None:
        """Read a line of HTML that only in Python-Markdown ends with its first element, and has fences."""
        if fence := self._fence_at(number, text, []):
            self.out.append("")
            self.leaf = fence
        else:
            self.out += ["", text] if self.needs_blank and text.strip() else [text]
            self.needs_blank = False
            self.raw_depth += _nesting(self.raw, text)

    def _match(self, text: str) -> tuple[_Path, int, int]:
        """Return the containers that go on, where their content begins, and where that of the last quotation does."""
        at = margin = 0
        for count, container in enumerate(self.path):
            if container.kind == ">":
                if not (quote := _QUOTE.match(text, at)):
                    return self.path[:count], at, margin
                at = margin = quote.end()
            elif text.startswith(" " * container.width, at):
                at += container.width
            elif text[at:].strip():
                return self.path[:count], at, margin
            else:
                at = len(text)
        return self.path, at, margin

    def _is_in_leaf(self, leaf: _Leaf, number: int, line: str, at: int) -> bool:
        """Return whether a line was read as part of the leaf that is open."""
        text = line[at:]
        if leaf.run:
            if (closing := _CLOSING.match(text)) and closing[1].startswith(leaf.run):
                self.close_leaf()
            else:
                leaf.lines.append(text[min(leaf.indent, _width(text)) :])
            return True
        if leaf.end is None and (not text.strip() or (leaf.lead is None and self._fence_at(number, text, []))):
            return False
        if leaf.lead is None:
            self.out.append(line)
        leaf.lines.append(text)
        if leaf.end and leaf.end.search(text):
            self.close_leaf()
        return True

    def close_leaf(self) -> None:
        leaf, self.leaf = self.leaf, None
        if leaf and leaf.lead is not None:
            if leaf.run:
                placeholder = self.stash_code(leaf.info, "".join(f"{line}\n" for line in leaf.lines))
            else:
                placeholder = self.stash_html("\n".join(leaf.lines))
            self.out.append(leaf.lead + placeholder)
            self.needs_blank = True

    def _read_empty(self, text: str, parents: _Path) -> None:
        if any(container.kind == ">" for container in self.path[len(parents) :]):
            self.path = parents  # an empty line ends a quotation
        self.paragraph = False
        outer = _to_last_quote(parents)
        self.out.append(_prefix(outer).rstrip() if _has_item(outer) else text)

    def _read_text(self, line: _Line) -> None:
        while begins := self._container_at(line):
            line.enter(*begins)
        fence = None if line.is_code else self._fence_at(line.number, line.rest, line.path)
        html = None if fence else self._html_at(line)
        if self._continues(line) and not line.is_deep and _UNDERLINE.match(line.rest):
            self.out.append(line.text)
            self.paragraph = False
        elif self.paragraph and not (line.begun or fence or html or line.is_heading_or_rule):
            self.out.append(line.text)  # of the paragraph, even if it is indented too little
            self._find_formula(line)
        else:
            self._write_block(line, fence, html)

    def _write_block(self, line: _Line, fence: _Leaf | None, html: _HtmlKind | None) -> None:
        """Write the first line of a block, or a further one of indented code."""
        is_moved = self.moved_code if line.path == self.last_path else None
        self._begin_block(line, bool(fence) or self.needs_blank)
        if fence:
            self.leaf = fence._replace(lead=line.indented(line.text_at), indent=line.text_at - line.at)
        elif html:
            self._begin_html(line, html)
        elif line.is_deep and not line.begun:
            self._write_code(line, is_moved)
        else:
            if line.begun and line.path[-1].kind in _ITEMS:
                line.text = _item_text(line)
            self.out.append(line.indented())
            if line.rest and not line.is_heading_or_rule:
                self.paragraph, self.paragraph_line = True, line.number
                self._find_formula(line)

    def _continues(self, line: _Line) -> bool:
        """Return whether a paragraph goes on if nothing begins at the text."""
        return self.paragraph and not line.begun and len(line.parents) == len(self.path)

    def _container_at(self, line: _Line) -> tuple[_Container, int] | None:
        """Return the container that begins at the text, if any, and where its content begins."""
        if len(line.path) >= _MAX_DEPTH or line.is_code:
            return None
        text, at, text_at = line.text, line.at, line.text_at
        match text[text_at : text_at + 1]:
            case ">" if not line.is_deep:
                return _Container(">", 0, line.number), text_at + (2 if text.startswith("> ", text_at) else 1)
            case ":" if self._continues(line) or self._has_sibling(line, ":"):
                if definition := _DEFINITION.match(text, text_at):
                    return _Container(":", min(definition.end() - at, _TAB), line.number), definition.end()
            case "[" if not _has_item(line.path):
                if note := _NOTE.match(text, text_at):
                    return _Container("[", _TAB, line.number), note.end()
            case first if first in "-+*0123456789":
                if marker := _MARKER.match(text, text_at):
                    return self._item_at(line, marker)
        return None

    def _item_at(self, line: _Line, marker: re.Match[str]) -> tuple[_Container, int] | None:
        continues = self._continues(line)
        kind, spaces = "." if marker[1] else "-", len(marker[2] or " ")
        if _RULE.match(line.text, line.text_at) or (continues and marker[1] and int(marker[1]) != 1):
            return None
        # An empty item begins no list unless there is a space, as Python-Markdown has it.
        if marker[2] is None and (continues or not (marker[3] or self._has_sibling(line, kind))):
            return None
        end = line.text_at + len(marker[0].rstrip()) + (spaces if spaces <= _TAB else 1)
        # What Python-Markdown takes for a part of the item stays one.
        width = min(end - line.at, line.text_at - line.at + _TAB)
        return _Container(kind, width, line.number), end

    def _has_sibling(self, line: _Line, kind: str) -> bool:
        """Return whether a container of that kind would follow one of the same kind."""
        return len(line.path) < len(self.path) and self.path[len(line.path)].kind == kind

    def _fence_at(self, number: int, text: str, path: _Path) -> _Leaf | None:
        """Return the fence that begins here, if any."""
        fence = _FENCE.match(text) if text[:3] in ("```", "~~~") else None
        if not fence:
            return None
        run = fence[1] or fence[3]
        # A fence that is never closed is text, unless its container ends it.
        if not path and self.longest[run[0]][number + 1] < len(run):
            return None
        return _Leaf("", [], run, (fence[2] or fence[4] or "").strip())

    def _html_at(self, line: _Line) -> _HtmlKind | None:
        """Return the kind of the HTML block that begins at the text, if any."""
        if line.is_deep or line.begun or not line.text.startswith("<", line.text_at):
            return None
        kinds = _HTML[:-1] if self.paragraph else _HTML  # a single tag does not end a paragraph
        return next((kind for kind in kinds if kind[0].match(line.text, line.text_at)), None)

    def _begin_block(self, line: _Line, needs_blank: bool) -> None:
        """Open the containers of a block, below an empty line if Python-Markdown needs one to see that it begins."""
        depth = len(line.parents)
        if self._has_text_above() and self._needs_gap(line, needs_blank):
            self.out.append(_prefix(_to_last_quote(line.parents)).rstrip())
        if not self._has_text_above():
            self.chunk = depth if line.begun in _ITEMS else None
        self.path = self.last_path = line.path
        self.moved_code = None
        self.needs_blank = self.paragraph = False

    def _needs_gap(self, line: _Line, needs_blank: bool) -> bool:
        last, depth = self.last_path, len(line.parents)
        if line.begun in _ITEMS:
            if len(last) > depth and last[depth].kind == line.begun:
                return self.chunk is None or self.chunk > depth  # the next item
            # A list right below the text of an item needs none.
            is_below = bool(last) and last == line.parents and last[-1].kind in _ITEMS
            return not (is_below and last[-1].line == self.paragraph_line and self.paragraph)
        return line.begun not in (":", "[") and (needs_blank or _has_item(last) or _has_item(line.path))

    def _has_text_above(self) -> bool:
        return bool(self.out and self.out[-1].strip(" >"))

    def _begin_html(self, line: _Line, html: _HtmlKind) -> None:
        text = line.rest
        if not _has_item(line.parents):
            self.out.append(line.text)
            # Python-Markdown reads the next lines as Markdown, as this asks for.
            if "markdown=" in text:
                return
            if html is _BLOCK_TAG and not line.parents and (tag := _OPENING.match(text)):
                self.raw, self.raw_depth = tag[1], _nesting(tag[1], text)
                if self.raw_depth > 0:
                    return
            lead = None
        elif "markdown=" in text or (line.start - line.margin >= _TAB and html is not _TEXTUAL):
            # Python-Markdown reads this as text with tags.
            self.out.append(line.indented())
            self.paragraph = True
            return
        else:
            lead = line.indented(line.text_at)
        self.leaf = _Leaf(lead, [text], end=html[1])
        if html[1] and html[1].search(text):
            self.close_leaf()

    def _write_code(self, line: _Line, is_moved: bool | None) -> None:
        """Write a line of indented code, moved as the lines before it were; the first one only if it has to be."""
        wanted, indent = _TAB * _depth(line.parents) + _TAB, line.start - line.margin
        self.moved_code = indent < wanted if is_moved is None else is_moved
        spaces = wanted - _TAB + line.text_at - line.at if self.moved_code else max(indent, wanted)
        self.out.append(f"{line.quotes()}{' ' * spaces}{line.rest}")

    def _find_formula(self, line: _Line) -> None:
        """Let no block begin inside a formula of several lines between ``$$``."""
        if line.text.count("$$") % 2:
            ahead = takewhile(lambda number: self.lines[number].strip(" >"), range(line.number + 1, len(self.lines)))
            self.formula_until = next((number for number in ahead if "$$" in self.lines[number]), self.formula_until)


def _item_text(line: _Line) -> str:
    """Return the line of an item with its checkbox as a character, and with a marker that an empty item needs."""
    text = line.text
    if task := _TASK.match(text, line.text_at):
        return f"{text[: line.text_at]}{'☐' if task[1] == ' ' else '☑'}{text[task.end() :]}"
    if line.rest:
        return text
    return re.sub(" *$", " ", text) if line.path[-1].kind == "." else re.sub(". *$", "* ", text)  # "-" underlines


def longest_closings(lines: list[str], pattern: re.Pattern[str] = _CLOSING) -> dict[str, list[int]]:
    """Return, by mark and then by line, the length of the longest closing fence at or after it."""
    longest = {mark: [0] * (len(lines) + 1) for mark in "`~"}
    for number, line in enumerate(lines):
        if closing := match_fence(pattern, line):
            longest[closing[1][0]][number] = len(closing[1])
    return {
        mark: [*accumulate(reversed(lengths), max)][::-1] if any(lengths) else lengths
        for mark, lengths in longest.items()
    }


def match_fence(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    """Match a pattern of fences, which need not be tried on a line without the marks of one."""
    return pattern.match(line) if "```" in line or "~~~" in line else None


def _nesting(tag: str, text: str) -> int:
    """Return how many more elements a text opens than it closes."""
    return sum(-1 if end else 1 for end in re.findall(f"<(/?){tag}(?![\\w-])", text, re.IGNORECASE))


def _width(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _to_last_quote(path: _Path) -> _Path:
    return path[: len(path) - _depth(path)]


def _depth(path: _Path) -> int:
    """Return the number of containers inside the last quotation."""
    return next((depth for depth, container in enumerate(reversed(path)) if container.kind == ">"), len(path))


def _has_item(path: _Path) -> bool:
    return any(container.kind != ">" for container in path)


def _prefix(path: _Path) -> str:
    return "".join("> " if container.kind == ">" else " " * _TAB for container in path)
