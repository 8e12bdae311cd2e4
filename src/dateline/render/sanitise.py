"""HTML ─▶ HTML that readers show and that can harm nobody, by nh3. The one fence around it.

What is kept is written down here; all else goes. References that are not absolute come out as slots.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import nh3

from dateline.errors import Unreadable, quoted
from dateline.render.placeholders import SLOT
from dateline.text import CONTROL, controls, forbidden_character, odd, unescape, without_controls

MAX_DEPTH = 400
MAX_SRCSET = 10_000  # characters
MAX_REOPENED = 2_000_000  # formatting elements that HTML may open anew, once for each element that follows

TAGS = set(
    "a abbr address article aside audio b bdi blockquote br caption cite code col colgroup data dd del details "
    "dfn div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p picture "
    "pre q rp rt ruby s samp section small source span strong sub summary sup table tbody td tfoot th thead time tr "
    "track u ul var video wbr".split()
)
# Presentational MathML (MathML Core, and what older renderers know): what is neither a link nor acts on anything.
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
# Dropped with all that is in them; the text inside other tags that are not kept stays.
DROPPED_WHOLE = set(
    "annotation annotation-xml applet button embed form maction mglyph noscript object script select style svg "
    "template textarea".split()
)
# Of these, and of what else HTML takes for text up to its end, what has one.
CLOSED = DROPPED_WHOLE - {"embed"} | set("iframe math noembed noframes title xmp".split())
SCHEMES = set("data feed geo http https irc ircs magnet mailto matrix sip sms tel webcal xmpp".split())
REFERENCES = {"cite", "href", "poster", "src"}
# Tags that show what they refer to in its place.
EMBEDDING = {"audio", "img", "source", "track", "video"}

# What even the plainest readers show.
BARE_TAGS = set(
    "a b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q s strong sub sup table tbody "
    "td tfoot th thead tr u ul".split()
)
BARE_ATTRIBUTES = {"a": {"href"}, "img": {"alt", "src"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}

_RASTER = re.compile(r"data:image/(?:avif|gif|jpeg|png|webp)[;,]", re.IGNORECASE)
_IFRAME = re.compile(r"<iframe([^>]*)>.*?</iframe>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
# A script fills attributes from others, called like data-src, when an element comes into view.
_LAZY = re.compile(r"<(audio|iframe|img|source|video)((?: [^>]*)? data-(?:src|srcset|poster)=[^>]*)>")
_LAZY_WRITTEN = re.compile(r"<(?:audio|img|source|video)\b[^>]{0,1000}\bdata-(?:src|srcset|poster)\s*=", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"(?:[\w-]*[_.-])?(?:1x1|1px|blank|lazy|loader|loading|pixel|placeholder|spacer|trans|transparent)(?:[_.-][\w-]*)?"
    r"\.(?:gif|png|svg)",
    re.IGNORECASE,
)
_ENCODED_CONTROL = quote(CONTROL)  # as comrak writes one in an address
_CHARACTER = re.compile(r"&#(?:[xX][0-9A-Fa-f]+|[0-9]+);?")
# Put after all, to see whether it comes out: what nobody writes, for no id has a space in it.
_END = '<hr id="the end">'
_LONG_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?//[^/?#]{1000}")
_SLOT = re.compile(SLOT.format(r"\d+"))
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
# HTML opens these anew in each element that follows until they are closed: of those that are alike at most three.
_FORMATTING = re.compile(r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"""(?:[^>=]|=\s*+(?:"[^"]*+"|'[^']*+')?+)*+""")
_ALIKE = 300  # characters; longer ones are never taken for alike
# Tags whose end may be left out, or that have none: they do not count towards the depth.
_UNNESTED = set(
    "area base br col colgroup dd dt embed hr img input li link meta optgroup option p param rp rt source tbody td "
    "tfoot th thead tr track wbr".split()
)
_IN_RUBY = {"rp", "rt"}  # elsewhere their ends may not be left out


_UNIFORM_ATTRIBUTES = {
    tag: names | {f"data-{name}" for name in names & {"src", "srcset", "poster"}}
    for tag, names in {**ATTRIBUTES, "iframe": {"src", "title"}, "pre": {"class"}}.items()
}


class Cleaned(NamedTuple):
    """Sanitised HTML; for each slot in it, the reference and whether it embeds; and what was dropped.

    That is tags, and codes of odd characters, which may be written as references: ``U+0007``, dropped, and ``U+FFFD``,
    which is kept.
    """

    html: str
    references: tuple[tuple[str, bool], ...]
    dropped: tuple[str, ...]


def clean(html: str) -> Cleaned:
    """Sanitise HTML.

    Raises Unreadable where tags nest too deep, where what is never closed would take the rest of the text with it, or
    where a character comes out that XML forbids.
    """
    tags = _TAG.findall(html)
    if len(tags) > MAX_DEPTH:
        _check_depth(tags)
        _check_formatting(html, sum(not end for end, _ in tags))
    names = {tag.lower() for _, tag in set(tags)}
    if not names.isdisjoint(CLOSED):
        from dateline.render.unclosed import check_closed

        check_closed(html, CLOSED)
    whole = html + _END
    if "iframe" in names or _LAZY_WRITTEN.search(whole):
        whole, all_named = _link_iframes(uniform(whole))
        names -= {"iframe"} if all_named else set()
    cleaned, attributes = _cleaner.clean(whole)
    if _END not in cleaned:
        problem = "text: a comment or a tag has no end, so what follows would be left out"
        raise Unreadable(problem, "write --> after a comment, and > after a tag", "<!--")
    cleaned = cleaned.replace(_END, "")
    # nh3 lets no exception through its filter.
    if attributes.controlled:
        reference = attributes.controlled[0]
        problem = f"link: {quoted(without_controls(reference))} contains a control character"
        written = (ref for ref in _CHARACTER.findall(html) if controls(unescape(ref) or "\x01"))
        raise Unreadable(problem, "remove it", reference if CONTROL in reference else next(written, reference))
    if attributes.unreadable:
        reference = attributes.unreadable[0]
        raise Unreadable(f"link: cannot read {quoted(reference)}", "correct the address", reference)
    dropped = (names - TAGS) | {f"U+{ord(c):04X}" for c in odd(cleaned)}
    cleaned = without_controls(cleaned)
    _check_characters(cleaned, attributes, html)
    return Cleaned(cleaned.strip(), tuple(attributes.slots), tuple(sorted(dropped)))


def bare(html: str) -> str:
    """What the plainest readers leave of sanitised HTML: text, links, lists, tables, and pictures by their address."""
    return nh3.clean(
        html,
        tags=BARE_TAGS,
        clean_content_tags=DROPPED_WHOLE,
        attributes=BARE_ATTRIBUTES,
        link_rel=None,
        url_schemes=SCHEMES,
    )


class _Attributes:
    """Decides what is left of each attribute that is allowed, and numbers the references among them."""

    def __init__(self) -> None:
        self.slots: dict[tuple[str, bool], int] = {}
        self.issued = 0
        self.unreadable: list[str] = []
        self.controlled: list[str] = []

    def keep(self, tag: str, name: str, value: str) -> str | None:
        """The value to keep, or None."""
        if tag not in TAGS:  # it is asked about these too, though they go
            return None
        if name == "class":
            return " ".join(word for word in value.split() if word.startswith("language-")) or None
        if name in REFERENCES:
            return self._reference(tag, value)
        if name == "srcset":
            return ", ".join(self._candidates(value))
        return value

    def _candidates(self, srcset: str) -> Iterator[str]:
        """The pictures of a srcset, each an address and its width or density."""
        rest = srcset[:MAX_SRCSET]
        while rest := rest.lstrip(" \t\n\r\f,"):
            address, *after = rest.split(None, 1)
            size, _, rest = after[0].partition(",") if after and not address.endswith(",") else ("", "", "".join(after))
            if url := self._reference("img", address.rstrip(",")):
                yield f"{url} {size.strip()}".strip()

    def _reference(self, tag: str, value: str) -> str | None:
        """An absolute address of a kind that is allowed, or a slot for a relative one."""
        reference = re.sub(r"[\t\n\r]", "", value)
        if controls(reference) or _ENCODED_CONTROL in reference:
            self.controlled.append(reference.replace(_ENCODED_CONTROL, CONTROL))
            return None
        reference = reference.strip()
        try:
            if _LONG_HOST.match(reference) and not reference.isascii():
                raise ValueError  # to normalise it takes time in the square of its length
            scheme = urlsplit(reference).scheme
        except ValueError:
            self.unreadable.append(reference)
            return None
        if not scheme:
            self.issued += 1
            return SLOT.format(self.slots.setdefault((reference, tag in EMBEDDING), len(self.slots)))
        if scheme == "data":
            return reference if tag == "img" and _RASTER.match(reference) else None
        return reference if scheme in SCHEMES else None


class _Cleaner(threading.local):
    """nh3 with our settings, which take a third of its time to read: one for each thread, to be used again."""

    def __init__(self) -> None:
        self._attributes = _Attributes()
        self._nh3 = nh3.Cleaner(
            tags=TAGS,
            clean_content_tags=DROPPED_WHOLE,
            attributes=ATTRIBUTES,
            attribute_filter=lambda tag, name, value: self._attributes.keep(tag, name, value),
            link_rel=None,
            url_schemes=SCHEMES,
        )

    def clean(self, html: str) -> tuple[str, _Attributes]:
        """The HTML that is kept, and what was found in attributes."""
        self._attributes = _Attributes()
        return self._nh3.clean(html).replace("\r", "\n"), self._attributes


_cleaner = _Cleaner()


def uniform(html: str) -> str:
    """Return HTML in one form that patterns can read, not sanitised yet: it has iframes, and what a script would load.

    Raises Unreadable where tags nest too deep.
    """
    tags = _TAG.findall(html)
    if len(tags) > MAX_DEPTH:
        _check_depth(tags)
    cleaned = nh3.clean(
        html,
        tags=TAGS | {"iframe"},
        clean_content_tags=DROPPED_WHOLE,
        attributes=_UNIFORM_ATTRIBUTES,
        link_rel=None,
        url_schemes=SCHEMES,
    )
    return _LAZY.sub(_loaded, cleaned)


def _loaded(element: re.Match[str]) -> str:
    """Give an element what a script would load, if it has no address or that of a placeholder."""
    tag, found = element[1], dict(_ATTRIBUTE.findall(element[2]))
    later = {name: found.pop(f"data-{name}", "").strip() for name in ("src", "srcset", "poster")}
    if tag == "img":
        later["src"] = later["src"] or later["srcset"].partition(" ")[0].rstrip(",")
    found |= {name: value for name, value in later.items() if value and _is_placeholder(found.get(name, ""))}
    attributes = "".join(f' {name}="{value}"' for name, value in found.items())
    return f"<{tag}{attributes}>"


def _is_placeholder(written: str) -> bool:
    address = written.strip().lower()
    if address in ("", "#") or address.startswith(("about:", "data:", "javascript:")):
        return True
    return _PLACEHOLDER.fullmatch(address.rpartition("/")[2].partition("?")[0][:100]) is not None


def _link_iframes(html: str) -> tuple[str, bool]:
    """Replace each iframe by a link to what it shows; return also whether all have a title to call it by."""
    all_named = True

    def link(match: re.Match[str]) -> str:
        nonlocal all_named
        found = dict(_ATTRIBUTE.findall(match[1]))
        source, title = found.get("src", ""), found.get("title", "").strip()
        all_named = all_named and bool(source and title)
        return f'<a href="{source}">{title or source}</a>' if source else ""

    return _IFRAME.sub(link, html), all_named


def _check_depth(tags: Iterable[tuple[str, str]]) -> None:
    """Bound the depth, since nh3 takes time in its square. Each tag comes with the slash of an end tag, if any."""
    opened: Counter[str] = Counter()
    depth = 0
    for end, tag in tags:
        name = tag.lower()
        if not end and (name not in _UNNESTED or (name in _IN_RUBY and not opened["ruby"])):
            opened[name] += 1
            depth += 1
        elif end and opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"text: tags are nested more than {MAX_DEPTH} deep", "close them, or write it flatter")


def _check_formatting(html: str, tags: int) -> None:
    """Bound formatting that is never closed: in nh3, a few kilobytes of it become gigabytes."""
    alike: Counter[object] = Counter()
    for match in _FORMATTING.finditer(html):
        attributes = _ATTRIBUTES.match(html, match.end(), match.end() + _ALIKE)
        is_whole = attributes and attributes.end() < match.end() + _ALIKE
        alike[(match[0].lower(), attributes[0]) if attributes and is_whole else match.start()] += 1
    if sum(min(count, 3) for count in alike.values()) * tags > MAX_REOPENED:
        problem = f"text: {len(alike)} different tags such as <b> in {tags} elements"
        raise Unreadable(problem, "write <span> for those with attributes")


def _check_characters(html: str, attributes: _Attributes, raw: str) -> None:
    """What character references such as ``&#1;``, of which there are in `raw`, stood for is only known now."""
    without, found = _SLOT.subn("", html) if attributes.issued else (html, 0)
    bad = forbidden_character(without) or forbidden_character("".join(reference for reference, _ in attributes.slots))
    if bad or found != attributes.issued:
        code = f"U+{ord(bad[0]):04X}" if bad else "U+FDD0"
        to_blame = (ref for ref in _CHARACTER.findall(raw) if forbidden_character(unescape(ref) or "\0"))
        problem = f"text: a character reference stands for {code}, which feeds cannot contain"
        raise Unreadable(problem, "remove it", next(to_blame, ""))
