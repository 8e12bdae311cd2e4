"""Markdown laid out by CommonMark's rules ─▶ Markdown laid out as Python-Markdown wants it.

Python-Markdown nests what is indented by four columns, starts no list in the middle of a paragraph and knows fences
only at the left margin. CommonMark (chapters 4 and 5) nests what is indented as far as the text of a list item. A line
that both read alike is left as it is.
"""

import re
from collections.abc import Callable
from itertools import takewhile
from typing import NamedTuple

_TAB = 4
_MAX_DEPTH = 64  # of containers; what is nested deeper is left as it is
# A text without one of these is left as it is.
_STRUCTURE = re.compile(r"^[ >]*(?:(?:[-+*:]|\d{1,9}\.)[ ]|`{3}|~{3})", re.MULTILINE)

_QUOTE = re.compile(r" {0,3}> ?")
_MARKER = re.compile(r"(?:[-+*]|(\d{1,9})\.)(?:( +)(?=\S)|( *)$)")
_DEFINITION = re.compile(r":( {1,3})(?=\S)")
_NOTE = re.compile(r"\[\^[^\]]*\]:")
_TASK = re.compile(r"\[([ xX])\](?= +\S)")
_HEADING = re.compile("#{1,6}(?: |$)")
_RULE = re.compile(r"(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$")
_UNDERLINE = re.compile(r"(?:=+|-+) *$")
_FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
_CLOSING = re.compile(r" {0,3}(`{3,}|~{3,}) *$")

# How a kind of HTML block begins and how it ends (CommonMark 4.6); None is an empty line.
_HtmlKind = tuple[re.Pattern[str], re.Pattern[str] | None]
_HTML: tuple[_HtmlKind, ...] = (
    (
        re.compile(r"<(?:pre|script|style|textarea)(?:[ >]|$)", re.IGNORECASE),
        re.compile("</(?:pre|script|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile("<!--"), re.compile("-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile("]]>")),
    (re.compile("<![A-Za-z]"), re.compile(">")),
    (
        re.compile(
            "</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|"
            "dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|"
            "legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|"
            "tbody|td|tfoot|th|thead|title|tr|track|ul)(?:[ >]|/>|$)",
            re.IGNORECASE,
        ),
        None,
    ),
    (
        re.compile(
            r"(?:<[A-Za-z][\w-]*(?: +[A-Za-z_:][\w.:-]*(?: *= *(?:[^ \"'=<>`]+|'[^']*'|\"[^\"]*\"))?)* */?>"
            r"|</[A-Za-z][\w-]* *>) *$"
        ),
        None,
    ),
)
_TEXTUAL, _BLOCK_TAG = _HTML[0], _HTML[-2]
_OPENING = re.compile("<(?!base|col[ >]|frame[ >]|hr|link|param|track)([a-z][a-z0-9]*)", re.IGNORECASE)


class _Container(NamedTuple):
    """A quotation (``>``), or what holds all that is indented by `width`: an item of a list, a note, a definition."""

    kind: str
    width: int
    line: int  # where it begins


class _Fence(NamedTuple):
    """A fence that is open."""

    run: str
    info: str
    indent: int
    lead: str
    code: list[str]


class _Html(NamedTuple):
    """HTML that is open. In a list item it is stashed, and `lead` goes before its placeholder; elsewhere it is None."""

    end: re.Pattern[str] | None
    lead: str | None
    lines: list[str]


def lay_out(lines: list[str], stash_code: Callable[[str, str], str], stash_html: Callable[[str], str]) -> list[str]:
    """Rewrite lines, which have no tabs, for Python-Markdown.

    `stash_code`, for the info string and the code of a fence, and `stash_html`, for HTML inside a list item, return a
    placeholder, which takes their place on a line of its own.
    """
    if not _STRUCTURE.search("\n".join(lines)):
        return lines
    reader = _Reader(lines, stash_code, stash_html)
    for number, line in enumerate(lines):
        reader.read(number, line)
    reader.close_leaf()
    return reader.out


class _Raw:
    """HTML at the left margin, which to Python-Markdown ends with its first element, whatever lines are empty."""

    def __init__(self, tag: str) -> None:
        self.tags = re.compile(f"<(/?){tag}(?![\\w-])", re.IGNORECASE)
        self.depth = 0

    def goes_on_after(self, line: str) -> bool:
        for end in self.tags.findall(line):
            self.depth += -1 if end else 1
        return self.depth > 0


class _Reader:
    """Reads line by line; `path` holds the containers that are open."""

    def __init__(
        self, lines: list[str], stash_code: Callable[[str, str], str], stash_html: Callable[[str], str]
    ) -> None:
        self.lines = lines
        self.stash_code = stash_code
        self.stash_html = stash_html
        self.out: list[str] = []
        self.path: list[_Container] = []
        self.leaf: _Fence | _Html | None = None
        self.raw: _Raw | None = None
        self.paragraph = False  # whether one is open
        self.begun = -1  # the line on which the last paragraph begins
        self.apart = False  # whether an empty line has to follow the last one
        self.code_shift: int | None = None  # of indented code that is open
        self.formula_until = -1
        self.last_path: list[_Container] = []  # of the last line of `out`
        self.chunk: int | None = None  # where in `path` the item is that begins the lines since the last empty one
        self.longest = _longest_closings(lines)

    def read(self, number: int, line: str) -> None:
        """Read one line."""
        if line[:1].isalpha() and not (self.path or self.last_path or self.leaf or self.apart) and "$$" not in line:
            self.paragraph = True  # as most lines are
            self.code_shift = None
            self.out.append(line)
            return
        if self.raw and not self.leaf:
            # Python-Markdown has always found fences in HTML.
            if fence := self._fence_at(number, line, []):
                self.out.append("")
                self.leaf = _Fence(*fence, 0, "", [])
                return
            self.out += ["", line] if self.apart and line.strip() else [line]
            self.apart = False
            if not self.raw.goes_on_after(line):
                self.raw = None
            return
        matched, at, margin = self._match(line)
        if self.leaf and matched == len(self.path) and self._in_leaf(number, line, at):
            return
        self.close_leaf()
        if not line[at:].strip():
            self._empty(line, matched)
        elif number <= self.formula_until:
            self.out.append(line)
        else:
            self._start(number, line, matched, at, margin)

    def _match(self, line: str) -> tuple[int, int, int]:
        """Return how many containers go on, where their text begins, and where that of the last quotation does."""
        at = margin = 0
        for count, container in enumerate(self.path):
            if container.kind == ">":
                quote = _QUOTE.match(line, at)
                if not quote:
                    return count, at, margin
                at = margin = quote.end()
            elif line.startswith(" " * container.width, at):
                at += container.width
            elif line[at:].strip():
                return count, at, margin
            else:
                at = len(line)
        return len(self.path), at, margin

    def _in_leaf(self, number: int, line: str, at: int) -> bool:
        """Read a line as a part of the fence or the HTML that is open; return whether it is one."""
        text = line[at:]
        if isinstance(self.leaf, _Fence):
            closing = _CLOSING.match(text)
            if closing and closing[1].startswith(self.leaf.run):
                self.close_leaf()
            else:
                self.leaf.code.append(text[min(self.leaf.indent, _width(text)) :])
            return True
        assert isinstance(self.leaf, _Html)
        if self.leaf.end is None:
            if not text.strip():
                return False
            if self.leaf.lead is None and self._fence_at(number, text, []):
                return False
        if self.leaf.lead is None:
            self.out.append(line)
        self.leaf.lines.append(text)
        if self.leaf.end and self.leaf.end.search(text):
            self.close_leaf()
        return True

    def close_leaf(self) -> None:
        """Write a placeholder for the fence or the HTML that is open, if it has to be stashed."""
        leaf, self.leaf = self.leaf, None
        if leaf is None or leaf.lead is None:
            return
        if isinstance(leaf, _Fence):
            placeholder = self.stash_code(leaf.info, "".join(f"{line}\n" for line in leaf.code))
        else:
            placeholder = self.stash_html("\n".join(leaf.lines))
        self.out.append(leaf.lead + placeholder)
        self.apart = True

    def _empty(self, line: str, matched: int) -> None:
        path = self.path[:matched]
        if any(container.kind == ">" for container in self.path[matched:]):
            self.path = path  # an empty line ends a quotation
        self.paragraph = False
        quotes = _after_last_quote(path)
        self.out.append(_prefix(path[:quotes]).rstrip() if _has_item(path[:quotes]) else line)

    def _start(self, number: int, line: str, matched: int, at: int, margin: int) -> None:  # noqa: C901 - CommonMark
        """Read a line that is not empty and not a part of a fence or of HTML."""
        path = self.path[:matched]
        continues = self.paragraph and matched == len(self.path)
        text_at, inner = at + _width(line[at:]), len(path)
        place, out = text_at, line
        while True:  # containers that begin on this line
            begins = self._container_at(
                number, line, at, text_at, path, margin if inner == len(path) else at, continues
            )
            if begins is None:
                break
            container, at = begins
            if len(path) == inner:
                place = text_at
            path.append(container)
            continues = False
            text_at = at + _width(line[at:])
        new = len(path) - inner
        task = _TASK.match(line, text_at) if new and path[-1].kind in "-." else None
        if task:
            out = f"{line[:text_at]}{'☐' if task[1] == ' ' else '☑'}{line[task.end() :]}"
        text = line[text_at:]
        if new and not text and path[-1].kind in "-.":
            out = re.sub(" *$", " ", out) if path[-1].kind == "." else re.sub(". *$", "* ", out)  # "-" underlines
        deep = text_at - at >= _TAB
        fence = None
        if not deep or self._lenient(path, text_at, at if new else margin):
            fence = self._fence_at(number, text, path)
        html = None if deep or fence or new else self._html_at(text)
        other = bool(fence or html) or (
            not deep and (bool(_HEADING.match(text) or _RULE.match(text)) or (line[0] == "#" and not path))
        )
        if continues and not deep and _UNDERLINE.match(text):
            self.out.append(line)
            self.paragraph = False
        elif self.paragraph and not new and not other:
            self.out.append(line)  # of the paragraph, even if it is indented too little
            self._formula(number, line)
        else:
            if self._needs_gap(path, inner, new, apart=bool(fence) or self.apart):
                self.out.append(_common_prefix(self.last_path, path[:inner]))
            if not self.out or not self.out[-1].strip(" >"):
                self.chunk = inner if new and path[inner].kind in "-." else None
            was_code = self.code_shift if path == self.last_path else None
            self.code_shift = None
            self.apart = False
            self.path = self.last_path = path
            self.paragraph = False
            parents = path[:inner]
            if fence:
                lead = _placed(out, margin, parents, place, text_at)
                self.leaf = _Fence(*fence, text_at - at, lead, [])
            elif html:
                self._begin_html(line, parents, margin, text_at, html)
            elif deep and not new:
                self._indented(out, parents, at, margin, text_at, was_code)
            else:
                self.out.append(_placed(out, margin, parents, place))
                if not other and text:
                    self.paragraph, self.begun = True, number
                    self._formula(number, line)

    def _container_at(
        self, number: int, line: str, at: int, text_at: int, path: list[_Container], margin: int, continues: bool
    ) -> tuple[_Container, int] | None:
        """Return the container that begins at `text_at`, if any, and where its text begins."""
        indent = text_at - at
        if len(path) >= _MAX_DEPTH or (indent >= _TAB and not self._lenient(path, text_at, margin)):
            return None
        first = line[text_at : text_at + 1]
        if first == ">":
            if indent >= _TAB:
                return None
            end = text_at + (2 if line.startswith("> ", text_at) else 1)
            return _Container(">", 0, number), end
        if first in "-+*0123456789" and (marker := _MARKER.match(line, text_at)):
            kind, spaces = "." if marker[1] else "-", len(marker[2] or " ")
            if _RULE.match(line, text_at) or (continues and marker[1] and int(marker[1]) != 1):
                return None
            # An empty item begins no list unless there is a space, as Python-Markdown has it.
            if marker[2] is None and (continues or not (marker[3] or self._goes_on(path, kind))):
                return None
            end = text_at + len(marker[0].rstrip()) + (spaces if spaces <= _TAB else 1)
            # What Python-Markdown takes for a part of the item stays one.
            return _Container(kind, min(end - at, indent + _TAB), number), end
        is_below = first == ":" and (continues or self._goes_on(path, ":"))
        if is_below and (definition := _DEFINITION.match(line, text_at)):
            return _Container(":", min(definition.end() - at, _TAB), number), definition.end()
        if first == "[" and not _has_item(path) and (note := _NOTE.match(line, text_at)):
            return _Container("[", _TAB, number), note.end()
        return None

    def _goes_on(self, path: list[_Container], kind: str) -> bool:
        """Return whether a sibling of that kind would follow here."""
        return len(path) < len(self.path) and self.path[len(path)].kind == kind

    def _lenient(self, path: list[_Container], text_at: int, margin: int) -> bool:
        """Return whether Python-Markdown nests in an item what is indented too far for CommonMark."""
        depth = len(path) - _after_last_quote(path)
        return depth > 0 and text_at - margin < _TAB * depth + _TAB

    def _fence_at(self, number: int, text: str, path: list[_Container]) -> tuple[str, str] | None:
        """Return the marks of a fence that begins here, and its info string."""
        match = _FENCE.match(text) if text[:3] in ("```", "~~~") else None
        if not match:
            return None
        run = match[1] or match[3]
        # A fence that is never closed is text, unless its container ends it.
        if not path and self.longest[run[0]][number + 1] < len(run):
            return None
        return run, (match[2] or match[4] or "").strip()

    def _html_at(self, text: str) -> _HtmlKind | None:
        """Return the kind of the HTML block that begins here."""
        kinds = _HTML[:-1] if self.paragraph else _HTML  # a single tag does not end a paragraph
        return next((kind for kind in kinds if kind[0].match(text)), None) if text.startswith("<") else None

    def _begin_html(self, line: str, path: list[_Container], margin: int, text_at: int, html: _HtmlKind) -> None:
        text = line[text_at:]
        if not _has_item(path):
            self.out.append(line)
            # What asks for Markdown inside of it is that, from the next line on.
            if "markdown=" in text:
                return
            if html is _BLOCK_TAG and not path and (tag := _OPENING.match(text)):
                raw = _Raw(tag[1])
                if raw.goes_on_after(text):
                    self.raw = raw
                    return
            lead = None
        elif "markdown=" in text or (text_at - margin >= _TAB and html is not _TEXTUAL):
            # Python-Markdown reads this as text with tags.
            self.out.append(_placed(line, margin, path, text_at))
            self.paragraph = True
            return
        else:
            lead = _placed(line, margin, path, text_at, text_at)
        self.leaf = _Html(html[1], lead, [text])
        if html[1] and html[1].search(text):
            self.close_leaf()

    def _indented(
        self, line: str, path: list[_Container], at: int, margin: int, text_at: int, shift: int | None
    ) -> None:
        """Write a line of indented code, moved as far as the first one was."""
        depth = len(path) - _after_last_quote(path)
        indent = text_at - margin
        if shift is None:
            shift = 0 if indent >= _TAB * depth + _TAB else _TAB * depth + text_at - at - indent
        self.code_shift = shift
        self.out.append(_head(line, margin, path) + " " * max(indent + shift, _TAB * depth + _TAB) + line[text_at:])

    def _needs_gap(self, path: list[_Container], inner: int, new: int, *, apart: bool) -> bool:
        """Return whether Python-Markdown needs an empty line to see that another block begins."""
        if not self.out or not self.out[-1].strip(" >"):
            return False
        last, first = self.last_path, path[inner] if new else None
        if first and first.kind in "-.":
            if len(last) > inner and last[inner].kind == first.kind:
                return self.chunk is None or self.chunk > inner  # the next item
            # A list right below the text of an item needs none.
            below = last == path[:inner] and bool(last) and last[-1].kind in "-." and last[-1].line == self.begun
            return not (below and self.paragraph)
        definition = first and first.kind in ":["
        return not definition and (apart or _has_item(last) or _has_item(path))

    def _formula(self, number: int, line: str) -> None:
        """Let no block begin inside a formula of several lines between ``$$``."""
        if line.count("$$") % 2 == 0:
            return
        for ahead in range(number + 1, len(self.lines)):
            if not self.lines[ahead].strip(" >"):
                return
            if "$$" in self.lines[ahead]:
                self.formula_until = ahead
                return


def _longest_closings(lines: list[str]) -> dict[str, list[int]]:
    """Return, by mark and then by line, the length of the longest closing fence at or after it."""
    found = {mark: [0] * (len(lines) + 1) for mark in "`~"}
    for number in range(len(lines) - 1, -1, -1):
        for longest in found.values():
            longest[number] = longest[number + 1]
        if closing := _CLOSING.match(lines[number]):
            longest = found[closing[1][0]]
            longest[number] = max(longest[number], len(closing[1]))
    return found


def _width(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _after_last_quote(path: list[_Container]) -> int:
    return max((place for place, container in enumerate(path, 1) if container.kind == ">"), default=0)


def _has_item(path: list[_Container]) -> bool:
    return any(container.kind != ">" for container in path)


def _prefix(path: list[_Container]) -> str:
    return "".join("> " if container.kind == ">" else " " * _TAB for container in path)


def _common_prefix(one: list[_Container], other: list[_Container]) -> str:
    """Return the marks of an empty line inside the quotations that hold both."""
    common = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))]
    return _prefix(common[: _after_last_quote(common)]).rstrip()


def _head(line: str, margin: int, path: list[_Container]) -> str:
    """Return the marks of quotations that a line begins with."""
    quotes = _after_last_quote(path)
    if _has_item(path[:quotes]):
        return _prefix(path[:quotes])
    head = line[:margin]
    return f"{head} " if head.endswith(">") else head


def _placed(line: str, margin: int, path: list[_Container], text_at: int, end: int | None = None) -> str:
    """Return a line, up to `end`, with its text indented as far as Python-Markdown wants it in `path`."""
    quotes = _after_last_quote(path)
    wanted, indent = _TAB * (len(path) - quotes), text_at - margin
    if not wanted <= indent < wanted + _TAB:
        indent = wanted
    elif not _has_item(path[:quotes]):
        return line[:end]
    return _head(line, margin, path) + " " * indent + line[text_at:end]
