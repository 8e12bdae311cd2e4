"""The HTML that comrak writes ─▶ HTML with ids, footnotes and the like as from the default engine.

Each finish looks for text that comrak writes, and a writer of raw HTML could at most imitate it; only a heading has to
be told for certain, and carries a character that no post can hold.
"""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from urllib.parse import unquote

from dateline.render.formulas import unmarked
from dateline.render.links import without_links_in_links
from dateline.text import unescape

# Refused in posts; of a character reference for it comrak makes it in text, but never in a tag.
HEADING_MARK = "\ufdd0"

_HEADING = re.compile(
    rf'<h([1-6]) id="{HEADING_MARK}[^"]*">(.*?)<a href="#[^"]*" aria-label="[^>]*" class="anchor"></a></h\1>', re.DOTALL
)
_IMAGE = re.compile(r'(<img src="[^<>]*) />\{([^{}<>]*)\}')
_ID = re.compile(r"#([^\s<>]+)")
_KEY_AND_VALUE = re.compile(r"([A-Za-z][\w:-]*)=(?:&quot;|“|”)?([^\s<>&“”]+?)(?:&quot;|“|”)?")
_FOOTNOTE_MARK = re.compile(r"<sup id=[^>]*><a [^>]*>\d+</a></sup>")
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_COUNTED = re.compile(r"(.*)_([0-9]{1,99})")

_FOOTNOTES = '<section class="footnotes" data-footnotes>\n<ol>\n'
_END_OF_FOOTNOTES = "</ol>\n</section>\n"
_REFERENCE = re.compile(
    r'<sup class="footnote-ref"><a href="#fn-([^"]*)" id="fnref-[^"]*" data-footnote-ref>(\d+)</a></sup>'
)
_NOTE = re.compile(r'^(</li>\n)?<li id="fn-([^"]*)">(\n?)', re.MULTILINE)
_BACK_LINK = re.compile(
    r' ?<a href="#fnref-([^"]*)" class="footnote-backref" data-footnote-backref'
    r' data-footnote-backref-idx="\d+(?:-(\d+))?" aria-label="[^"]*">↩(?:<sup class="footnote-ref">\d+</sup>)?</a>'
)
_LONE_BACK_LINKS = re.compile(r'^(?:&#160;)?(<a class="footnote-backref" .*</a>)$', re.MULTILINE)

_TASK = re.compile(r'<input type="checkbox"( checked="")? disabled="" /> (\n<p>)?')
_ALERT_TITLE = re.compile(r'<p class="markdown-alert-title">(.*?)</p>')
# comrak writes these two in any order, another one each time.
_INFO = re.compile(
    r'<code (?:data-meta="([^"]*)" class="language-([^"]*)"|class="language-([^"]*)" data-meta="([^"]*)")'
)
_BRACED = re.compile(r'<code class="language-(\{[^"]*)"')


def finish(html: str, footnote_prefix: str, body: str) -> str:
    """Finished HTML of the Markdown `body`."""
    html = unmarked(html)
    if html.endswith(_END_OF_FOOTNOTES) and _FOOTNOTES in html:
        html = _footnotes(html, footnote_prefix)
    if HEADING_MARK in html:
        html = _headings(html)
    for sign, pattern, replacement in _FINISHES:
        if sign in html:
            html = pattern.sub(replacement, html)
    return without_links_in_links(html, body)


def _headings(html: str) -> str:
    """Headings with the ids that the default engine gives them: that in braces, or one made from the text."""
    before, *found = _HEADING.split(html)
    texts = [_braces(text) for text in found[1::3]]
    ids = _Ids(id for _, id, _ in texts if id)
    made = (
        f'<h{level} id="{id or ids.unique(_slug(text))}"{others}>{text}</h{level}>{after}'
        for level, (text, id, others), after in zip(found[::3], texts, found[2::3], strict=True)
    )
    return before + "".join(made)


def _slug(text: str) -> str:
    """The text of a heading's HTML as Python-Markdown makes an id of it."""
    plain = unescape(" ".join(_TAG.sub("", _FOOTNOTE_MARK.sub("", text)).split()))
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


class _Ids:
    """Ids that are taken. Of each one, `runs` knows up to which number after it all are."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.runs: Counter[str] = Counter()

    def unique(self, id: str) -> str:
        """`id`, with a number after it where it is taken or empty; taken from now on."""
        if id in self.taken or not id:
            counted = _COUNTED.fullmatch(id)
            base, count = (counted[1], int(counted[2])) if counted else (id, 0)
            in_run = count <= self.runs[base]
            number = self.runs[base] + 1 if in_run else count + 1
            while (id := f"{base}_{number}") in self.taken:
                number += 1
            if in_run:
                self.runs[base] = number
        self.taken.add(id)
        return id


def _braces(heading: str) -> tuple[str, str, str]:
    """A heading's HTML without its ``{#id lang=fr}``, that id, and the other attributes as HTML."""
    if heading.endswith("}"):
        text, brace, written = heading[:-1].rpartition("{")
        read = _attributes(written) if brace and not text[-1:].strip() else None
        if read:
            return text.rstrip(), *read
    return heading, "", ""


def _attributes(written: str) -> tuple[str, str] | None:
    """The id among what stands in braces, and the other attributes as HTML; None where it is something else."""
    words = written.removeprefix(":").split()
    id = others = ""
    for word in words:
        if match := _ID.fullmatch(word):
            id = match[1]
        elif match := _KEY_AND_VALUE.fullmatch(word):
            others += f' {match[1]}="{match[2]}"'
        elif not word.startswith("."):
            return None
    return (id, others) if words else None


def _image(match: re.Match[str]) -> str:
    read = _attributes(match[2])
    if read is None:
        return match[0]
    id, others = read
    return match[1] + (f' id="{id}"' if id else "") + others + " />"


def _footnotes(html: str, prefix: str) -> str:
    """Footnotes with the ids of the default engine, like ``fn:PREFIX-name`` and, of a second mark, ``fnref2:…``."""
    separator = f":{prefix}-" if prefix else ":"
    marks: Counter[str] = Counter()
    numbers: dict[str, str] = {}
    noted: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        name, number = _name(match[1]), match[2]
        marks[name] += 1
        numbers[name] = number
        id, note = f"{_ref_id(marks[name])}{separator}{name}", f"fn{separator}{name}"
        return f'<sup id="{id}"><a class="footnote-ref" href="#{note}">{number}</a></sup>'

    def note(match: re.Match[str]) -> str:
        name = _name(match[2])
        if name in noted:  # written twice: one item, lest all numbers after it be wrong
            return ""
        noted.add(name)
        return f'{match[1] or ""}<li id="fn{separator}{name}">{match[3]}'

    def back_link(match: re.Match[str]) -> str:
        again = int(match[2] or 1)
        name = _name(match[1].removesuffix(f"-{again}") if again > 1 else match[1])
        space, href = "" if again > 1 else "&#160;", f"#{_ref_id(again)}{separator}{name}"
        title = f"Jump back to footnote {numbers.get(name, 0)} in the text"
        return f'{space}<a class="footnote-backref" href="{href}" title="{title}">&#8617;</a>'

    text, _, notes = _REFERENCE.sub(mark, html).rpartition(_FOOTNOTES)
    notes = _BACK_LINK.sub(back_link, _NOTE.sub(note, notes.removesuffix(_END_OF_FOOTNOTES)))
    notes = _LONE_BACK_LINKS.sub(r"<p>\1</p>", notes)
    return f'{text}<div class="footnote">\n<hr />\n<ol>\n{notes}</ol>\n</div>\n'


def _ref_id(count: int) -> str:
    return "fnref" if count == 1 else f"fnref{count}"


def _name(encoded: str) -> str:
    """A footnote's name as it was written, fit for an attribute."""
    return escape(unquote(unescape(encoded), errors="ignore"))


def _info(match: re.Match[str]) -> str:
    """The start of a code block with its first word as the language, or with all words that begin in braces."""
    language, more = match[2] or match[3], match[1] or match[4]
    words = f"{language} {more}" if language.startswith("{") else language
    return f'<code class="language-{words}"'


def _language(match: re.Match[str]) -> str:
    """The start of a code block whose language is written like ``{#id .python}``."""
    language = re.search(r"\.([^\s}]+)", match[1])
    return f'<code class="language-{language[1]}"' if language else "<code"


# Where the sign is in the HTML, the pattern is replaced. Check boxes and forms are dropped by the sanitiser, so tasks
# show theirs as text. The title of an alert is no paragraph, lest it be taken for the summary.
_FINISHES = (
    ('<input type="checkbox"', _TASK, lambda match: (match[2] or "") + ("☑ " if match[1] else "☐ ")),
    ("markdown-alert-title", _ALERT_TITLE, r"<div><strong>\1</strong></div>"),
    (' data-meta="', _INFO, _info),
    ('"language-{', _BRACED, _language),
    (" />{", _IMAGE, _image),
)
