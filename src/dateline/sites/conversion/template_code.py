"""Convert template code of generators to Markdown, or to HTML that readers show. Pure.

`calls` reads it, `shortcodes` says what it means, and `dialects` converts what else Dateline's engines do not read.
This module puts the results in the place of what was written.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from dateline.content.assets import is_media
from dateline.errors import InputError
from dateline.render import render
from dateline.render.emoji import NAMES
from dateline.render.html import html_to_text
from dateline.render.link_constructs import (
    WrittenLink,
    is_destination,
    is_in_attribute,
    is_site_address,
    read_construct,
    read_link,
)
from dateline.render.template_code import ATTRIBUTES, EMOJI, Construct, constructs, tokens
from dateline.sites.conversion.calls import Call, read_call
from dateline.sites.conversion.dialects import (
    convert_dialects,
    imported_paths,
    outside_code,
    with_imported,
    without_imports,
)
from dateline.sites.conversion.kramdown import apply_attributes
from dateline.sites.conversion.links import Target
from dateline.sites.conversion.markup import as_html, as_text, inline_html, label, target_of
from dateline.sites.conversion.places import html_blocks, is_within, place, remove, unindented
from dateline.sites.conversion.shortcodes import Block, Result, converted
from dateline.text import edited

# Returns where a link leads, given the name of a post as a generator writes it; None if no post has this name.
FindPost = Callable[[str], Target | None]


class Converted(NamedTuple):
    """Markdown after template code in it was converted; how many constructs of which name were; and its summary.

    The summary is plain text: what comes before a mark like ``<!-- more -->``. It is empty if there is none.
    """

    text: str
    counts: Counter[str]
    summary: str = ""


_MAX_PASSES = 6  # since what is converted may enclose what only then is found
_MAX_DEPTH = 50  # of calls in one another
_RAW = r"\{%-?[ \t]*(?:end)?raw[ \t]*-?%\}"
# What some generators read in code, too, since they run templates first: by their names, a pattern and what it becomes.
_RAW_TAGS = (re.compile(rf"^[ \t]*{_RAW}[ \t]*(?:\n|\Z)|{_RAW}", re.MULTILINE), "")
_IN_CODE = {
    "eleventy": _RAW_TAGS,
    "hugo": (re.compile(r"(\{\{[<%])/\*((?:[^*\n]|\*(?!/))*+)\*/([>%]\}\})"), r"\1\2\3"),
    "jekyll": _RAW_TAGS,
}
_MORE = re.compile(
    r"<!--[ \t]*(?:more\b[^<>]*?|read[ _-]?more|truncate|excerpt|end[ _-]?excerpt|excerpt[ _-]?(?:end|separator)"
    r"|teaser[ _-]?end|pelican_end_summary|(?P<begin>pelican_begin_summary))[ \t]*-->",
    re.IGNORECASE,
)
_ESCAPED_CALL = re.compile(r"(\{\{[<%])\s*/\*(.*)\*/\s*([>%]\}\})", re.DOTALL)
_TEMPLATE_COMMENT = re.compile(r"\{\{-?\s*/\*.*\*/\s*-?\}\}|\{\{!.*\}\}", re.DOTALL)
# Targets of links with a prefix that stands for the folder of posts, or for the site.
_PREFIXED_TARGET = re.compile(
    r"(?P<post>(?:@/|link:|(?P<any>[{|]filename[}|]))[^\s()<>\"']+)|[{|](?:static|attach)[}|](?P<file>[^\s()<>\"']+)"
)
_ARTICLE = re.compile(r"\.(?:md|markdown|mkd|mdown|rst|html?|ipynb)(?:[?#]|\Z)", re.IGNORECASE)


def convert(markdown: str, find: FindPost, kind: str = "") -> Converted:
    """Return Markdown without the template code whose meaning is known; what is not known stays.

    `kind` is that of the site, since some generators read templates in code, too.
    """
    counts: Counter[str] = Counter()
    text = _settled(markdown, find, counts)
    if kind in _IN_CODE:
        text = _with_code(text, *_IN_CODE[kind])
    without_marks, summary = _without_marks(text, counts)
    return Converted(without_marks if without_marks == text else _settled(without_marks, find, counts), counts, summary)


def _settled(text: str, find: FindPost, counts: Counter[str]) -> str:
    """Return Markdown in which another pass would convert nothing, unless it takes too many."""
    for _ in range(_MAX_PASSES):
        before = text
        imported = imported_paths(text)
        text = _with_targets(with_imported(text, imported), find, counts)
        text = _Conversion(text, find, imported, counts).run()
        text = convert_dialects(without_imports(text, counts), counts)
        if text == before:
            break
    return text


def _with_code(markdown: str, pattern: re.Pattern[str], new: str) -> str:
    """Return Markdown with something replaced in its code alone."""
    return edited(
        markdown, ((one.start, one.end, pattern.sub(new, one.text)) for one in tokens(markdown) if not one.kind)
    )


def _without_marks(markdown: str, counts: Counter[str]) -> tuple[str, str]:
    """Return Markdown without the marks that end its summary, and that."""
    marks = [(one, mark) for one in tokens(markdown) if not one.kind and (mark := _MORE.fullmatch(one.text))]
    parts, position, begin = [""], 0, 0
    summary: str | None = None
    for one, mark in marks:
        parts.append(markdown[position : one.start])
        position = remove(markdown, parts, one.start, one.end)
        if mark["begin"]:
            begin = position
        elif summary is None:
            summary = _plain(markdown[begin : one.start])
    counts.update({"more": len(marks)} if marks else {})
    return "".join((*parts, markdown[position:])), summary or ""


def _plain(markdown: str) -> str:
    """Return the text of Markdown without the template code that is left in it; empty if it cannot be rendered."""
    text = edited(markdown, ((one.start, one.end, "") for one in constructs(markdown)))
    try:
        return html_to_text(render(text, "python-markdown", "", smart_quotes=False).html)
    except InputError:
        return ""


def _with_targets(markdown: str, find: FindPost, counts: Counter[str]) -> str:
    """Return Markdown with paths in place of targets such as ``@/about.md`` and ``{static}/boat.png``."""

    def target(match: re.Match[str]) -> str | None:
        if not is_destination(match.string, match.start()):
            return None
        if match["file"]:
            return target_of(match["file"])
        written = read_link(match["post"])
        found = find(written.target) if written else None
        if found and written:
            return found.path + written.suffix
        # Pelican takes other files, too; what is left of articles and pages is reported.
        file = match["post"].removeprefix(match["any"] or "")
        return target_of(file) if match["any"] and not _ARTICLE.search(file) else None

    return outside_code(markdown, "link", _PREFIXED_TARGET, target, counts)


def _pairs(calls: Sequence[Call | None]) -> dict[int, int]:
    """Return the number of the end of each call that has one."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    groups: Counter[str] = Counter()
    for number, call in enumerate(calls):
        if call is None or call.is_single:
            continue
        if not call.is_end:
            opened.append(number)
            groups[call.group] += 1
        while call.is_end and groups[call.group]:
            last = opened.pop()
            group = calls[last].group  # type: ignore[union-attr]
            groups[group] -= 1
            if group == call.group:
                pairs[last] = number
                break
    return pairs


class _Frame(NamedTuple):
    """A call that is open, the number of its end, and what came after it so far, converted."""

    call: Call
    start: int
    after: int
    end: int
    parts: list[str]


class _Conversion:
    """Converts a text once. `frames` has the text itself, and the calls that are open."""

    def __init__(self, markdown: str, find: FindPost, imported: Mapping[str, str], counts: Counter[str]) -> None:
        self.markdown = markdown
        self.find = find
        self.counts = counts
        found = list(tokens(markdown))
        self.found = [one for one in found if one.kind]
        self.html = html_blocks(markdown, [(one.start, one.end) for one in found if not one.kind])
        self.calls = [read_call(one, imported) for one in self.found]
        self.frames = [_Frame(Call("", ""), 0, 0, -1, [""])]
        self.position = 0
        self.target_until = -1  # of what stands where the target of a link is expected

    def run(self) -> str:
        pairs = _pairs(self.calls)
        for number, (one, call) in enumerate(zip(self.found, self.calls, strict=True)):
            self._parts.append(self.markdown[self.position : one.start])
            self.position = one.end
            if number == self.frames[-1].end:
                self._close(one)
            elif call and number in pairs and len(self.frames) < _MAX_DEPTH:
                self.frames.append(_Frame(call, one.start, one.end, pairs[number], [""]))
            else:
                name = (call and call.name) or one.kind
                self._put(one.start, one.end, self._single(number, one, call), name, one.text)
        return "".join((*self._parts, self.markdown[self.position :]))

    @property
    def _parts(self) -> list[str]:
        return self.frames[-1].parts

    def _close(self, end: Construct) -> None:
        call, start, after, _, parts = self.frames.pop()
        inner = "".join(parts)
        source = unindented(self.markdown, start, self.markdown[after : end.start])
        result = converted(call._replace(inner=unindented(self.markdown, start, inner), source=source))
        self._put(start, end.end, result, call.name, f"{self.markdown[start:after]}{inner}{end.text}")

    def _put(self, start: int, end: int, result: Result, name: str, written: str) -> None:
        """Put a result, or without one what was written, in the place of a construct."""
        if result is None:
            self._parts.append(written)
            return
        self.counts[name] += 1
        if is_within(self.html, start) and self.target_until != end and _is_markdown(name, result):
            self._parts.append(as_html(result.text) if isinstance(result, Block) else inline_html(result))
        elif isinstance(result, Block):
            self.position = place(self.markdown, self._parts, start, end, result.text)
        elif result:
            self._parts.append(result)
        else:
            self.position = remove(self.markdown, self._parts, start, end)

    def _single(self, number: int, one: Construct, call: Call | None) -> Result:
        """Return what a construct without an end stands for."""
        if one.kind == EMOJI:
            return NAMES[one.text.strip(":")]
        if one.kind == "[TOC]" or _TEMPLATE_COMMENT.fullmatch(one.text):
            return ""
        if escaped := _ESCAPED_CALL.fullmatch(one.text):
            return as_text("".join(escaped.groups()))
        return self._named(number, one, call)

    def _named(self, number: int, one: Construct, call: Call | None) -> Result:
        """Return what a construct stands for that names the site, a post or a shortcode."""
        is_target = one.start == self.target_until or is_destination(self.markdown, one.start)
        self.target_until = one.end if is_target else -1
        if is_site_address(one.text):
            return self._site_address(number, one, is_target=is_target)
        if (written := read_construct(one.text)) and (link := self._link(one, written, is_target=is_target)):
            return link
        if one.kind == ATTRIBUTES and call is None:
            return apply_attributes(self.markdown, self._parts, one)
        return converted(call) if call and not call.is_end else None

    def _site_address(self, number: int, one: Construct, *, is_target: bool) -> str | None:
        """Return nothing before a path, and what begins one elsewhere in the target of a link."""
        following = self.found[number + 1] if number + 1 < len(self.found) else one
        is_before_link = following.start == one.end and (
            is_site_address(following.text) or read_construct(following.text)
        )
        if is_before_link or self.markdown.startswith("/", one.end):
            return ""
        return "/" if is_target else None

    def _link(self, one: Construct, written: WrittenLink, *, is_target: bool) -> str | None:
        """Return the target that a construct names or, in text, a link or a picture; None if nothing has its name."""
        if written.is_path:
            return target_of(written.target + written.suffix)
        if one.text.startswith("![[") and is_media(written.target):
            return None  # a file that is not there; those that are, the importer of vaults has found
        target = self.find(written.target) if written.target else Target("")
        if target is None:
            return _file(one, written) if is_target else None
        path = target.path + written.suffix
        if is_target or is_in_attribute(self.markdown, one.start):
            return path if is_target else None
        return f"[{label(_text_of_link(one, written, target.title))}]({path})"


def _text_of_link(one: Construct, written: WrittenLink, title: str) -> str:
    """Return the text of a link: its own, the title of the post, or the name by which a wiki link calls it."""
    shown = "" if one.kind.endswith("[[x]]") else title
    return written.label or shown or written.target or one.text.strip("[#]!")


def _is_markdown(name: str, result: Block | str) -> bool:
    """Return whether a result has to become HTML, to be shown as part of HTML."""
    text = result.text if isinstance(result, Block) else result
    is_known = isinstance(result, Block) or name in ("markdown", "md") or text.startswith(("[", "!["))
    return is_known and not text.startswith("<")


def _file(one: Construct, written: WrittenLink) -> str | None:
    """Return the target that names a file of the site and no post."""
    if "get_url" not in one.text or "@/" in one.text:
        return None
    return f"/{target_of(written.target.lstrip('/'))}{written.suffix}"
