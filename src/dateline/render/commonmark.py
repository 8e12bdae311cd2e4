"""Markdown ─▶ raw HTML, by comrak: CommonMark with what GitHub adds. The one fence around it."""

from functools import cache

import comrak

from dateline.content.config import SETTINGS_FILE
from dateline.errors import SettingsError, Unreadable
from dateline.render.comrak_html import HEADING_MARK, finish
from dateline.render.formulas import marked

_SAMPLE = "# A {#b}\n\n- [x] c[^d] e[^d]\n\n> [!NOTE]\n> f\n\n| g |\n|-:|\n\n[^d]: h\n"
_FINISHED = """\
<h1 id="b">A</h1>
<ul>
<li>☑ c<sup id="fnref:d"><a class="footnote-ref" href="#fn:d">1</a></sup> \
e<sup id="fnref2:d"><a class="footnote-ref" href="#fn:d">1</a></sup></li>
</ul>
<div class="markdown-alert markdown-alert-note">
<div><strong>Note</strong></div>
<p>f</p>
</div>
<table>
<thead>
<tr>
<th align="right">g</th>
</tr>
</thead>
</table>
<div class="footnote">
<hr />
<ol>
<li id="fn:d">
<p>h&#160;<a class="footnote-backref" href="#fnref:d" title="Jump back to footnote 1 in the text">&#8617;</a>\
<a class="footnote-backref" href="#fnref2:d" title="Jump back to footnote 1 in the text">&#8617;</a></p>
</li>
</ol>
</div>
"""


def convert(body: str, footnote_prefix: str, smart_quotes: bool, math: bool) -> str:
    r"""Raw HTML, with ids on headings, and footnote ids that carry `footnote_prefix`.

    `math` says whether ``\(…\)`` and ``\[…\]`` are formulas.
    Raises Unreadable where the library gives up, and SettingsError where it is not the one that is known here.
    """
    _check_release()
    return _convert(body, footnote_prefix, smart_quotes, math)


@cache
def _check_release() -> None:
    """Raise SettingsError for a release, or another library of the same name, whose HTML is not what is finished here.

    It would pass unnoticed otherwise, and change ids that subscribers link to.
    """
    try:
        known = _convert(_SAMPLE, "", smart_quotes=False, math=False) == _FINISHED
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
        if type(error).__name__ != "PanicException":  # which cannot be imported
            raise
        problem = "text: the library for Markdown gives up on it"
        raise Unreadable(problem, "take parts of the text out to find what is to blame") from None
    return finish(html, footnote_prefix, body)


@cache
def _options(smart: bool) -> tuple[comrak.ExtensionOptions, comrak.ParseOptions, comrak.RenderOptions]:
    extensions = comrak.ExtensionOptions(
        alerts=True,
        autolink=True,
        cjk_friendly_emphasis=True,
        description_lists=True,
        footnotes=True,
        header_id_prefix=HEADING_MARK,
        math_dollars=True,
        strikethrough=True,
        table=True,
        tasklist=True,
    )
    return extensions, comrak.ParseOptions(smart=smart), comrak.RenderOptions(unsafe_=True, full_info_string=True)
