"""Markdown to raw HTML by comrak: CommonMark with what GitHub adds. The only module that imports comrak.

What comrak writes is finished by patterns, so that ids, footnotes and the like are those of the default engine. Raw
HTML in a post could at most imitate what they look for; headings, which must not be imitated, carry a character that no
post can hold.
"""

import re
from collections import Counter
from functools import cache
from html import escape
from urllib.parse import unquote

import comrak

from dateline.errors import InputError, SettingsError
from dateline.hashing import digest_bytes
from dateline.lazy_patterns import lazy_pattern
from dateline.paths import SETTINGS_FILE
from dateline.render.autolinks import without_nested_links
from dateline.render.formulas import marked, unmarked
from dateline.render.html import heading_id
from dateline.text import unescape

# Refused in posts; comrak may make it of a character reference in text, but never in a tag.
_HEADING_MARK = "\ufdd0"

_HEADING = lazy_pattern(
    rf'<h([1-6]) id="{_HEADING_MARK}[^"]*">(.*?)<a href="#[^"]*" aria-label="[^>]*" class="anchor"></a></h\1>',
    re.DOTALL,
)
_IMAGE = lazy_pattern(r'(<img src="[^<>]*) />\{([^{}<>]*)\}')
_ID = lazy_pattern(r"#([^\s<>]+)")
_KEY_AND_VALUE = lazy_pattern(r"([A-Za-z][\w:-]*)=(?:&quot;|“|”)?([^\s<>&“”]+?)(?:&quot;|“|”)?")
_FOOTNOTE_MARK = lazy_pattern(r"<sup id=[^>]*><a [^>]*>\d+</a></sup>")
_TAG = lazy_pattern(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_COUNTED = lazy_pattern(r"(.*)_([0-9]{1,99})")

_FOOTNOTES = '<section class="footnotes" data-footnotes>\n<ol>\n'
_END_OF_FOOTNOTES = "</ol>\n</section>\n"
_REFERENCE = lazy_pattern(
    r'<sup class="footnote-ref"><a href="#fn-([^"]*)" id="fnref-[^"]*" data-footnote-ref>(\d+)</a></sup>'
)
_NOTE = lazy_pattern(r'^(</li>\n)?<li id="fn-([^"]*)">(\n?)', re.MULTILINE)
_BACK_LINK = lazy_pattern(
    r' ?<a href="#fnref-([^"]*)" class="footnote-backref" data-footnote-backref'
    r' data-footnote-backref-idx="\d+(?:-(\d+))?" aria-label="[^"]*">↩(?:<sup class="footnote-ref">\d+</sup>)?</a>'
)
_LONE_BACK_LINKS = lazy_pattern(r'^(?:&#160;)?(<a class="footnote-backref" .*</a>)$', re.MULTILINE)

_TASK = lazy_pattern(r'<input type="checkbox"( checked="")? disabled="" /> (\n<p>)?')
_ALERT_TITLE = lazy_pattern(r'<p class="markdown-alert-title">(.*?)</p>')
# comrak writes these two in any order, another one each time.
_INFO = lazy_pattern(
    r'<code (?:data-meta="([^"]*)" class="language-([^"]*)"|class="language-([^"]*)" data-meta="([^"]*)")'
)
_BRACED = lazy_pattern(r'<code class="language-(\{[^"]*)"')

# Markdown with everything that is finished here, and a digest of the HTML that comes out.
_SAMPLE = "# A {#b}\n\n- [x] c[^d] e[^d]\n\n> [!NOTE]\n> f\n\n| g |\n|-:|\n\n[^d]: h\n"
_FINISHED = "1c77eabba6a646d1ba8eee2d80c2217b"


def convert(body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
    r"""Return raw HTML, with ids on headings, and with `footnote_prefix` in the ids of footnotes.

    `math` says whether ``\(…\)`` and ``\[…\]`` are formulas.
    Raises InputError if the library panics, and SettingsError for a release that writes other HTML than expected.
    """
    _check_release()
    return _convert(body, footnote_prefix, smart_quotes, math)


@cache
def _check_release() -> None:
    """Raise SettingsError for a release, or another library called comrak, whose HTML the patterns don't fit.

    Otherwise nobody would notice, and ids would change that people link to.
    """
    try:
        known = digest_bytes(_convert(_SAMPLE, "", smart_quotes=False, math=False).encode()) == _FINISHED
    except (AttributeError, TypeError):
        known = False
    if not known:
        problem = "markdown: the comrak-ext that is installed writes HTML in a form that Dateline does not know"
        remedy = "pip uninstall comrak, then pip install --force-reinstall comrak-ext==0.2.8"
        raise SettingsError(SETTINGS_FILE, None, problem, remedy)


def _convert(body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
    try:
        html = comrak.markdown_to_html(marked(body, math), *_options(smart_quotes))
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # it cannot be imported
            raise
        problem = "text: the Markdown library crashed on it"
        raise InputError(problem, "remove parts of the text to find the cause") from None
    html = unmarked(html)
    if html.endswith(_END_OF_FOOTNOTES) and _FOOTNOTES in html:
        html = _footnotes(html, footnote_prefix)
    if _HEADING_MARK in html:
        html = _headings(html)
    for sign, pattern, replacement in (*_REPLACEMENTS, *(_BRACED_REPLACEMENTS if "{" in html else ())):
        if sign in html:
            html = pattern.sub(replacement, html)
    return without_nested_links(html, body)


@cache
def _options(smart: bool) -> tuple[comrak.ExtensionOptions, comrak.ParseOptions, comrak.RenderOptions]:
    extensions = comrak.ExtensionOptions(
        alerts=True,
        autolink=True,
        cjk_friendly_emphasis=True,
        description_lists=True,
        footnotes=True,
        header_id_prefix=_HEADING_MARK,
        math_dollars=True,
        strikethrough=True,
        table=True,
        tasklist=True,
    )
    return extensions, comrak.ParseOptions(smart=smart), comrak.RenderOptions(unsafe_=True, full_info_string=True)


def _headings(html: str) -> str:
    """Give headings the ids of the default engine: the one in braces, or one made from the text."""
    before, *found = _HEADING.split(html)
    texts = [_braces(text) for text in found[1::3]]
    taken = {id for _, id, _ in texts}
    runs: Counter[str] = Counter()  # up to these numbers, all ids that begin with the key are taken

    def unique(id: str) -> str:
        """Take an id, with a number after it if it is taken or empty."""
        if id in taken or not id:
            counted = _COUNTED.fullmatch(id)
            base, count = (counted[1], int(counted[2])) if counted else (id, 0)
            run = runs[base]
            number = max(count, run) + 1
            while (id := f"{base}_{number}") in taken:
                number += 1
            runs[base] = number if count <= run else run
        taken.add(id)
        return id

    made = (
        f'<h{level} id="{id or unique(_slug(text))}"{others}>{text}</h{level}>{after}'
        for level, (text, id, others), after in zip(found[::3], texts, found[2::3], strict=True)
    )
    return before + "".join(made)


def _slug(text: str) -> str:
    """Return the id of a heading whose text is HTML."""
    return heading_id(unescape(" ".join(_TAG.sub("", _FOOTNOTE_MARK.sub("", text)).split())))


def _braces(heading: str) -> tuple[str, str, str]:
    """Split a heading's HTML into that without its ``{#id lang=fr}``, the id, and the other attributes as HTML."""
    if heading.endswith("}"):
        text, brace, written = heading[:-1].rpartition("{")
        read = _attributes(written) if brace and not text[-1:].strip() else None
        if read:
            return text.rstrip(), *read
    return heading, "", ""


def _attributes(written: str) -> tuple[str, str] | None:
    """Return the id in the text between braces, and the other attributes as HTML; None for any other text."""
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
    if (read := _attributes(match[2])) is None:
        return match[0]
    id, others = read
    return match[1] + (f' id="{id}"' if id else "") + others + " />"


def _footnotes(html: str, prefix: str) -> str:
    """Give footnotes the ids of the default engine, like ``fn:PREFIX-name`` and, for a second mark, ``fnref2:…``."""
    separator = f":{prefix}-" if prefix else ":"
    marks: Counter[str] = Counter()
    numbers: dict[str, str] = {}
    noted: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        name, number = _name(match[1]), match[2]
        marks[name] += 1
        numbers[name] = number
        again = marks[name] if marks[name] > 1 else ""
        id, note = f"fnref{again}{separator}{name}", f"fn{separator}{name}"
        return f'<sup id="{id}"><a class="footnote-ref" href="#{note}">{number}</a></sup>'

    def note(match: re.Match[str]) -> str:
        name = _name(match[2])
        if name in noted:  # written twice: another item would shift all numbers after it
            return ""
        noted.add(name)
        return f'{match[1] or ""}<li id="fn{separator}{name}">{match[3]}'

    def back_link(match: re.Match[str]) -> str:
        again = match[2] or ""  # 2 and more, for other marks of the same note
        name = _name(match[1].removesuffix(f"-{again}" if again else ""))
        space, href = "" if again else "&#160;", f"#fnref{again}{separator}{name}"
        title = f"Jump back to footnote {numbers.get(name, 0)} in the text"
        return f'{space}<a class="footnote-backref" href="{href}" title="{title}">&#8617;</a>'

    text, _, notes = _REFERENCE.sub(mark, html).rpartition(_FOOTNOTES)
    notes = _BACK_LINK.sub(back_link, _NOTE.sub(note, notes.removesuffix(_END_OF_FOOTNOTES)))
    notes = _LONE_BACK_LINKS.sub(r"<p>\1</p>", notes)
    return f'{text}<div class="footnote">\n<hr />\n<ol>\n{notes}</ol>\n</div>\n'


def _name(encoded: str) -> str:
    """Return a footnote's name as it was written, escaped for an attribute."""
    return escape(unquote(unescape(encoded), errors="ignore"))


def _info(match: re.Match[str]) -> str:
    """Begin a code block with its first word as the language, or with all words if they are in braces."""
    language, more = match[2] or match[3], match[1] or match[4]
    words = f"{language} {more}" if language.startswith("{") else language
    return f'<code class="language-{words}"'


def _language(match: re.Match[str]) -> str:
    """Begin a code block whose language is written like ``{#id .python}``."""
    language = re.search(r"\.([^\s}]+)", match[1])
    return f'<code class="language-{language[1]}"' if language else "<code"


# In HTML with the sign, the pattern is replaced. The sanitiser drops checkboxes, so those of tasks become text. The
# title of an alert must not be a paragraph, which could be taken for the summary.
_REPLACEMENTS = (
    ('<input type="checkbox"', _TASK, lambda match: (match[2] or "") + ("☑ " if match[1] else "☐ ")),
    ("markdown-alert-title", _ALERT_TITLE, r"<div><strong>\1</strong></div>"),
    (' data-meta="', _INFO, _info),
)
_BRACED_REPLACEMENTS = (
    ('"language-{', _BRACED, _language),
    (" />{", _IMAGE, _image),
)
