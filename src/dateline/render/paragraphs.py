"""Make paragraphs of what blank lines separate, as WordPress and other programs do when they show a post. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from dateline.lazy_patterns import lazy_pattern

_COMMENT = lazy_pattern(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = lazy_pattern(r"(<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*+>)")
_BLOCKS = set(
    "address article aside blockquote caption center col colgroup dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main nav ol p pre section summary table tbody td tfoot "
    "th thead tr ul".split()
)
_EMPTY = {"col", "hr"}
# In these, white space means nothing; the first are blocks, the others stand in a line.
_RAW = set("pre script style textarea audio iframe math object svg video".split())
_WITHOUT_TEXT = set("colgroup dl ol table tbody tfoot thead tr ul".split())
# These hold no paragraphs.
_LINES = set("caption dt figcaption h1 h2 h3 h4 h5 h6 legend p summary".split())
_ENDED_BY_NEXT = set("dd dt li p td th tr".split())

_FORMATTING = set("a b big cite code del em font i ins mark q s small span strike strong sub sup tt u".split())
_MAX_OPENED = 20  # that begin again in each paragraph

_PARAGRAPH_END, _LINE_END = "\x02", "\x03"  # XML has no such characters
_BLANK_LINE = lazy_pattern(r"\n[^\S\n]*\n\s*")
_TWO_BREAKS = lazy_pattern(rf"<br ?/?>[\s{_LINE_END}]*+<br ?/?>")
_BREAK = lazy_pattern(rf"(<br ?/?>)\s*+{_LINE_END}|{_LINE_END}\s*+(?=<br ?/?>)")


def with_paragraphs(html: str) -> str:
    """Return HTML in which blank lines have become paragraphs, and other line ends line breaks.

    Blocks and preformatted text stay as they are; comments are removed.
    """
    writer = _Writer()
    for text, tag, name, is_end in _tokens(_COMMENT.sub("", html.replace("\r\n", "\n"))):
        writer.add_text(text)
        writer.add_tag(tag, name, is_end=is_end)
    writer.end_run()
    return "".join(writer.parts).strip()


def _tokens(html: str) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each text with the tag after it, which is empty at the end."""
    parts = [*_TAG.split(html), "", "", ""]
    for text, tag, slash, name in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True):
        yield text, tag, name.lower(), bool(slash)


def _balanced(paragraphs: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs, each with ends of the formatting that is open then, which begins again in the next."""
    opened: list[tuple[str, str]] = []
    for paragraph in paragraphs:
        starts = "".join(tag for _, tag in opened)
        for tag, slash, name in _TAG.findall(paragraph):
            if slash:
                last = next((n for n in range(len(opened) - 1, -1, -1) if opened[n][0] == name), None)
                del opened[len(opened) if last is None else last :]
            elif name in _FORMATTING and len(opened) < _MAX_OPENED:
                opened.append((name, tag))
        yield starts + paragraph + "".join(f"</{name}>" for name, _ in reversed(opened))


class _Writer:
    """Collects what stands between the tags of blocks, and makes paragraphs of it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._run: list[str] = []
        self._open: list[str] = []  # blocks
        self._opened = Counter[str]()
        self._raw = ""

    def add_text(self, text: str) -> None:
        if not self._raw:
            text = _BLANK_LINE.sub(_PARAGRAPH_END, text).replace("\n", _LINE_END)
        self._run.append(text)

    def add_tag(self, tag: str, name: str, *, is_end: bool) -> None:
        if name == "pre" and not self._raw and not is_end:
            self.end_run()
        if self._raw or name in _RAW or name not in _BLOCKS:
            self._run.append(tag)
            self._begin_or_end_raw(name, is_end=is_end)
            return
        self.end_run()
        if is_end:
            self._close(name)
        elif name not in _EMPTY:
            self._close_before(name)
            self._open.append(name)
            self._opened[name] += 1
        self.parts.append(f"{tag}\n" if is_end or name in _EMPTY else tag)

    def _begin_or_end_raw(self, name: str, *, is_end: bool) -> None:
        """Take note of an element whose text stays; if it is preformatted, it is a block, too."""
        if name == self._raw and is_end:
            self._raw = ""
            if name == "pre":
                self.parts.append(f"{''.join(self._run)}\n")
                self._run.clear()
        elif name in _RAW and not self._raw and not is_end:
            self._raw = name

    def _close(self, name: str) -> None:
        while self._opened[name]:
            last = self._open.pop()
            self._opened[last] -= 1
            if last == name:
                return

    def _close_before(self, name: str) -> None:
        if self._open and (self._open[-1] == "p" or (self._open[-1] == name and name in _ENDED_BY_NEXT)):
            self._close(self._open[-1])

    def end_run(self) -> None:
        """Write what was collected as paragraphs, or as lines where there can be none."""
        text = "".join(self._run)
        self._run.clear()
        around = self._open[-1] if self._open else ""
        if around in _WITHOUT_TEXT:
            text = text.replace(_PARAGRAPH_END, "\n").replace(_LINE_END, "\n")
        found = _TWO_BREAKS.sub(_PARAGRAPH_END, text).split(_PARAGRAPH_END)
        stripped = (_BREAK.sub(r"\1", part).strip(f" \t\n{_LINE_END}") for part in found)
        paragraphs = [part.replace(_LINE_END, "<br>\n") for part in _balanced(filter(None, stripped))]
        if around in _LINES:
            joint = "</p>\n<p>" if around == "p" else "<br>\n"
            paragraphs = [joint.join(paragraphs)] if paragraphs else []
        elif around in ("", "blockquote") or len(paragraphs) > 1:
            paragraphs = [f"<p>{part}</p>\n" for part in paragraphs]
        self.parts += paragraphs
