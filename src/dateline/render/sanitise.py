"""Sanitises HTML with nh3: keeps what is listed here, and drops everything else that could harm a reader.

References that are not absolute come out as slots (`html.SLOT`). Most HTML that engines make of Markdown is so plain
that `plain_html` sanitises it in less time; tests compare both.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import nh3

from dateline.errors import InputError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.model import Reference
from dateline.render.html import SLOT, Cleaned
from dateline.render.limits import check_tags
from dateline.render.marks import marks_in, without_marks
from dateline.text import CONTROL, LOST, controls, forbidden_character, is_unusual, odd, unescape, without_controls

MAX_SRCSET = 10_000  # characters

TAGS = set(
    "a abbr address article aside audio b bdi blockquote br caption cite code col colgroup data dd del details "
    "dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p picture "
    "pre q rp rt ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr "
    "track u ul var video wbr".split()
)
# Presentational MathML (MathML Core, and what older renderers know), without links and actions.
MATHML_TAGS = set(
    "math menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace "
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics".split()
)
MATHML_ATTRIBUTES = set(
    "accent accentunder align bevelled close columnalign columnlines columnspacing columnspan depth display "
    "displaystyle fence form frame framespacing height largeop linethickness lspace mathbackground mathcolor mathsize "
    "mathvariant maxsize minsize movablelimits notation open rowalign rowlines rowspacing rowspan rspace scriptlevel "
    "separator separators stretchy symmetric voffset width".split()
)
TAGS |= MATHML_TAGS
ATTRIBUTES = {
    "*": {"dir", "id", "lang", "title"},
    **dict.fromkeys(MATHML_TAGS, MATHML_ATTRIBUTES),
    "math": MATHML_ATTRIBUTES | {"alttext"},
    "a": {"href", "hreflang"},
    "audio": {"controls", "loop", "muted", "src"},
    "blockquote": {"cite"},
    "code": {"class"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "height", "src", "srcset", "sizes", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"height", "media", "sizes", "src", "srcset", "type", "width"},
    "td": {"align", "colspan", "headers", "rowspan"},
    "th": {"abbr", "align", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"default", "kind", "label", "src", "srclang"},
    "video": {"controls", "height", "loop", "muted", "poster", "src", "width"},
}
# Dropped with everything in them; of other tags that are not kept, the text inside stays.
DROPPED_WHOLE = set(
    "annotation annotation-xml applet button embed form maction mglyph noscript object script select style svg "
    "template textarea".split()
)
# Elements that have an end tag, and without it would take the rest of a post with them.
CLOSED = DROPPED_WHOLE - {"embed"} | set("iframe math noembed noframes title xmp".split())
SCHEMES = set("data feed geo http https irc ircs magnet mailto matrix sip sms tel webcal xmpp".split())
_NIKOLA = "link"  # the scheme of its links to pages of the same site
REFERENCES = {"cite", "href", "poster", "src"}
# Tags that show what they refer to.
EMBEDDING = {"audio", "img", "source", "track", "video"}

# What even the simplest readers show.
BARE_TAGS = set(
    "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q s strong sub sup table tbody "
    "td tfoot th thead tr u ul".split()
)
BARE_ATTRIBUTES = {"a": {"href"}, "img": {"alt", "src"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}

_RASTER = lazy_pattern(r"data:image/(?:avif|gif|jpeg|png|webp)[;,]", re.IGNORECASE)
_IFRAME = lazy_pattern(r"<iframe([^>]*)>.*?</iframe>", re.DOTALL)
_ATTRIBUTE = lazy_pattern(r'([a-z-]+)="([^"]*)"')
# Pages load pictures lazily: a script copies data-src and the like when an element comes into view.
_LAZY = lazy_pattern(r"<(audio|iframe|img|source|video)((?: [^>]*)? data-(?:src|srcset|poster)=[^>]*)>")
_LAZY_TAGS = ("audio", "img", "source", "video")
_LAZY_WRITTEN = lazy_pattern(
    r"<(?:audio|img|source|video)\b[^>]{0,1000}\bdata-(?:src|srcset|poster)\s*=", re.IGNORECASE
)
_PLACEHOLDER = lazy_pattern(
    r"(?:[\w-]*[_.-])?(?:1x1|1px|blank|lazy|loader|loading|pixel|placeholder|spacer|trans|transparent)(?:[_.-][\w-]*)?"
    r"\.(?:gif|png|svg)",
    re.IGNORECASE,
)
_PLAIN_ADDRESS = lazy_pattern(r"https?://([A-Za-z0-9.-]+)(?:[/?#][A-Za-z0-9/?#._~!$&'()*+,;=:@-]*)?")
_ENCODED_CONTROL = quote(CONTROL)  # as comrak writes one in an address
_LINE_ENDS = lazy_pattern(r"[\t\n\r]")  # which browsers remove from addresses
_CHARACTER = lazy_pattern(r"&#(?:[xX][0-9A-Fa-f]+|[0-9]+);?")
# Put at the end, to see whether it comes out; nobody writes it, since no id has a space in it.
_END = '<hr id="the end">'
_LONG_HOST = lazy_pattern(r"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?//[^/?#]{1000}")
# In these, and in what is in them, a slash at the end of a tag closes the element; in HTML it means nothing.
_FOREIGN = ("math", "svg")
# HTML sees no other tags until one of these is closed.
_RAW = ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")
_SLOT = lazy_pattern(SLOT.format(r"\d+"))
_UNIFORM_ATTRIBUTES = {
    tag: names | {f"data-{name}" for name in names & {"src", "srcset", "poster"}}
    for tag, names in {**ATTRIBUTES, "iframe": {"src", "title"}, "pre": {"class"}}.items()
}
# What a page has around its text, and the attributes that say what is what.
_PAGE_TAGS = TAGS | set("dialog form iframe link meta nav title".split())
_PAGE_ATTRIBUTES = {
    **_UNIFORM_ATTRIBUTES,
    "*": ATTRIBUTES["*"] | set("class hidden itemprop role style".split()),
    "a": {"href", "rel"},
    "link": {"href", "rel"},
    "meta": {"content", "name", "property"},
}
# The options of nh3 that are the same for every set of tags.
_OPTIONS: Mapping[str, Any] = {
    "clean_content_tags": DROPPED_WHOLE,
    "link_rel": None,
    "url_schemes": SCHEMES | {_NIKOLA},
}


class _Cleaner(threading.local):
    """An nh3 cleaner with our settings, kept for each thread, since reading them takes a third of its time.

    It filters the values of allowed attributes, and numbers the references among them.
    """

    def __init__(self) -> None:
        self._nh3 = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, attribute_filter=self._filtered, **_OPTIONS)

    def clean(self, html: str, host: str) -> str:
        """Return the HTML that stays. The attributes of the cleaner say what was found in it."""
        self.slots: dict[Reference, int] = {}
        self.issued = 0  # slots in the HTML
        # References that are errors; nh3 lets no exception through its filter.
        self.unreadable: list[str] = []
        self.controlled: list[str] = []
        self.host = host
        self.marks: set[int] = set()
        return self._nh3.clean(html).replace("\r", "\n")

    def _filtered(self, tag: str, name: str, value: str) -> str | None:
        """Return the value of an attribute that stays, or None."""
        if tag not in TAGS:  # nh3 asks about tags that it drops, too
            return None
        if name in REFERENCES and (plain := _PLAIN_ADDRESS.fullmatch(value)):
            return self._slot(tag, value) if plain[1].lower() == self.host else value
        return self._looked_at(tag, name, value)

    def _looked_at(self, tag: str, name: str, value: str) -> str | None:
        """Return the value of an attribute that stays, if it is not a plain address, or None."""
        if marks := marks_in(value):
            self.marks.update(marks)
            if name in REFERENCES or name == "srcset":
                return None
            value = without_marks(value).strip()
        if name == "class":
            return " ".join(word for word in value.split() if word.startswith("language-")) or None
        if name in REFERENCES:
            return self._reference(tag, value)
        if name == "srcset":
            return ", ".join(self._candidates(value))
        return value

    def _candidates(self, srcset: str) -> Iterator[str]:
        """Yield the pictures of a srcset, each an address and its width or density."""
        rest = srcset[:MAX_SRCSET]
        while rest := rest.lstrip(" \t\n\r\f,"):
            address, *after = rest.split(None, 1)
            size, _, rest = after[0].partition(",") if after and not address.endswith(",") else ("", "", "".join(after))
            if url := self._reference("img", address.rstrip(",")):
                yield f"{url} {size.strip()}".strip()

    def _reference(self, tag: str, value: str) -> str | None:
        """Return an address of another host and of an allowed scheme, a slot for a reference, or None for others."""
        reference = _LINE_ENDS.sub("", value)
        if controls(reference) or _ENCODED_CONTROL in reference:
            self.controlled.append(reference.replace(_ENCODED_CONTROL, CONTROL))
            return None
        reference = reference.strip()
        parts = _split(reference)
        if not parts:
            self.unreadable.append(reference)
            return None
        scheme, netloc, *_ = parts
        if scheme in ("", _NIKOLA) or (scheme in ("http", "https") and netloc.lower() == self.host):
            return self._slot(tag, reference)
        if scheme == "data":
            return reference if tag == "img" and _RASTER.match(reference) else None
        return reference if scheme in SCHEMES else None

    def _slot(self, tag: str, reference: str) -> str:
        self.issued += 1
        return SLOT.format(self.slots.setdefault(Reference(reference, tag in EMBEDDING), len(self.slots)))


def _split(url: str) -> SplitResult | None:
    """Return the parts of a URL that can be read, and whose host takes no quadratic time to normalise."""
    if _LONG_HOST.match(url) and not url.isascii():
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None


_cleaner = _Cleaner()


def clean(html: str, host: str = "-") -> Cleaned:
    """Sanitise HTML. Addresses on `host`, that of the publication, are references, too.

    Raises InputError for tags nested too deep, for an element or comment without an end that would take the rest of
    the text with it, for an address that cannot be read, and for a character that XML forbids.
    """
    names = check_tags(html)
    if not names.isdisjoint(CLOSED):
        check_closed(html)
    raw = html + _END
    if "iframe" in names or (not names.isdisjoint(_LAZY_TAGS) and _LAZY_WRITTEN.search(html)):
        raw, all_named = _link_iframes(uniform(raw))
        names -= {"iframe"} if all_named else set()
    cleaned = _cleaner.clean(raw, host)
    before, *after = cleaned.split(_END)
    if not after:
        problem = "text: a comment or a tag has no end, so what follows would be left out"
        raise InputError(problem, "write --> after a comment, and > after a tag", "<!--")
    cleaned = before + "".join(after)
    _check_references(html)
    dropped = names - TAGS
    if _has_unusual(cleaned):
        dropped |= {f"U+{ord(c):04X}" for c in odd(cleaned)}
        cleaned = without_controls(cleaned)
        _check_characters(cleaned, html)
    return Cleaned(cleaned.strip(), tuple(_cleaner.slots), tuple(sorted(dropped)), frozenset(_cleaner.marks))


def _check_references(html: str) -> None:
    """Raise InputError for references of the HTML cleaned last that are errors."""
    for reference in _cleaner.controlled:
        problem = f"link: {quoted(without_controls(reference))} contains a control character"
        written = (ref for ref in _CHARACTER.findall(html) if controls(unescape(ref) or "\x01"))
        raise InputError(problem, "remove it", reference if CONTROL in reference else next(written, reference))
    for reference in _cleaner.unreadable:
        raise InputError(f"link: cannot read {quoted(reference)}", "correct the address", reference)


def _has_unusual(cleaned: str) -> bool:
    """Return whether there is anything but slots that should be looked at, in the HTML or in its references."""
    text, found = _SLOT.subn("", cleaned) if _cleaner.issued else (cleaned, 0)
    targets = "".join([reference.target for reference in _cleaner.slots])
    return found != _cleaner.issued or LOST in text or is_unusual(text) or is_unusual(targets)


def _check_characters(cleaned: str, html: str) -> None:
    """Raise InputError for forbidden characters, which `html` may have had as references such as ``&#1;``."""
    text, found = _SLOT.subn("", without_marks(cleaned)) if _cleaner.issued else (without_marks(cleaned), 0)
    bad = forbidden_character(text) or forbidden_character("".join(reference.target for reference in _cleaner.slots))
    if bad or found != _cleaner.issued:
        code = f"U+{ord(bad[0]):04X}" if bad else "U+FDD0"
        written = (ref for ref in _CHARACTER.findall(html) if forbidden_character(unescape(ref) or "\0"))
        problem = f"text: a character reference stands for {code}, which feeds cannot contain"
        raise InputError(problem, "remove it", next(written, ""))


def bare(html: str) -> str:
    """Return what the simplest readers show of sanitised HTML: text, links, lists, tables and pictures."""
    return nh3.clean(html, tags=BARE_TAGS, attributes=BARE_ATTRIBUTES, **_OPTIONS)


def uniform(html: str) -> str:
    """Return HTML in one form that patterns can read, still with iframes, and with what a script would load lazily.

    Raises InputError for tags nested too deep.
    """
    check_tags(html, formatting=False)
    cleaned = nh3.clean(html, tags=TAGS | {"iframe"}, attributes=_UNIFORM_ATTRIBUTES, **_OPTIONS)
    return _LAZY.sub(_with_lazy_attributes, cleaned)


def uniform_page(html: str) -> str:
    """Return a page, without its scripts, in one form like `uniform`, with its metadata, classes and roles.

    Raises InputError for tags nested too deep, and for formatting that is never closed.
    """
    check_tags(html)
    options = {**_OPTIONS, "clean_content_tags": DROPPED_WHOLE - _PAGE_TAGS}
    return _LAZY.sub(_with_lazy_attributes, nh3.clean(html, tags=_PAGE_TAGS, attributes=_PAGE_ATTRIBUTES, **options))


def _with_lazy_attributes(element: re.Match[str]) -> str:
    """Give an element the address that a script would load, if it has none or that of a placeholder."""
    tag, found = element[1], dict(_ATTRIBUTE.findall(element[2]))
    later = {name: found.pop(f"data-{name}", "").strip() for name in ("src", "srcset", "poster")}
    if tag == "img":
        later["src"] = later["src"] or later["srcset"].partition(" ")[0].rstrip(",")
    found |= {name: value for name, value in later.items() if value and _is_placeholder(found.get(name, ""))}
    attributes = "".join(f' {name}="{value}"' for name, value in found.items())
    return f"<{tag}{attributes}>"


def _is_placeholder(written: str) -> bool:
    address = written.strip().lower()
    name = address.rpartition("/")[2].partition("?")[0][:100]
    is_no_address = address in ("", "#") or address.startswith(("about:", "data:", "javascript:"))
    return is_no_address or bool(_PLACEHOLDER.fullmatch(name))


def _link_iframes(html: str) -> tuple[str, bool]:
    """Replace each iframe by a link to what it shows; return also whether all of them have a title and an address."""
    all_named = True

    def link(match: re.Match[str]) -> str:
        nonlocal all_named
        found = dict(_ATTRIBUTE.findall(match[1]))
        source, title = found.get("src", ""), found.get("title", "").strip()
        all_named = all_named and bool(source and title)
        return f'<a href="{source}">{title or source}</a>' if source else ""

    return _IFRAME.sub(link, html), all_named


def check_closed(html: str) -> None:
    """Raise InputError for an element of CLOSED that is never closed: nh3 would drop the rest of the post with it."""
    elements = _Elements()
    # Without a > after it, a < begins no tag, and the parser would try each one to the end.
    elements.feed(html[: html.rfind(">") + 1])
    elements.close()
    for tag, written in elements.open:
        problem = f"text: <{tag}> is never closed, so what follows would be left out"
        raise InputError(problem, f"write </{tag}>", written.partition("\n")[0])


class _Elements(HTMLParser):
    """Elements of CLOSED: `open` has the name, and the tag as written, of each that is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:  # an unknown section, which HTML reads as a comment but older Pythons refuse
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature of HTMLParser
        if tag in CLOSED:
            self.open.append((tag, self.get_starttag_text() or ""))
        if tag in _RAW:
            self.set_cdata_mode(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag not in _FOREIGN and not any(outer in _FOREIGN for outer, _ in self.open):
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        last = max((number for number, (opened, _) in enumerate(self.open) if opened == tag), default=None)
        if last is not None:
            del self.open[last]
