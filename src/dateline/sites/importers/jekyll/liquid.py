"""Read Liquid, the language of Jekyll's templates, as far as that needs no program; and keep it where HTML is read."""

import re
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import normalize
from urllib.parse import quote, urljoin

from dateline.importer.html_to_markdown import html_to_markdown

_TAG = re.compile(r"\{%[^{}]*%\}|\{\{[^{}]*\}\}")
_NAME = re.compile(r"\{%-?\s*(\w+)")
_OUTPUT = re.compile(r"\{\{-?([^{}]*?)-?\}\}")
_VERBATIM = ("highlight", "raw", "comment")  # what these enclose is no HTML
# Filters that change nothing in an address, once it is read from XML.
_WITHOUT_EFFECT = "cgi_escape escape escape_once strip strip_newlines uri_escape xml_escape".split()


def evaluate(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with its outputs, like ``{{ post.url | prepend: site.url }}``; empty if one is not known."""
    values = [_value(match[1], variables) for match in _OUTPUT.finditer(text)]
    if None in values or "{%" in text:
        return ""
    found = iter(values)
    return _OUTPUT.sub(lambda _: next(found) or "", text).strip()


def _value(expression: str, variables: Mapping[str, str]) -> str | None:
    operand, *filters = expression.split("|")
    value = _operand(operand, variables)
    for written in filters:
        name, _, argument = map(str.strip, written.partition(":"))
        other = _operand(argument, variables) if argument else ""
        if value is None or other is None:
            return None
        if name in ("absolute_url", "relative_url"):
            url = variables.get("site.url", "") if name == "absolute_url" else ""
            value = url + _normal(variables.get("site.baseurl", "").rstrip("/") + f"/{value.removeprefix('/')}")
        elif name in ("prepend", "append"):
            value = other + value if name == "prepend" else value + other
        elif name not in _WITHOUT_EFFECT:
            return None
    return value


def _operand(written: str, variables: Mapping[str, str]) -> str | None:
    text = written.strip()
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else variables.get(text)


def _normal(path: str) -> str:
    return quote(normalize("NFC", path), safe="/%:?#[]@!$&'()*+,;=~")


def with_values(text: str, variables: Mapping[str, str]) -> str:
    """Return a text in which outputs of variables with a value, like ``{{ page.title }}``, are replaced by that."""
    if "{{" not in text:
        return text
    parts: list[str] = []
    end = 0
    for start, after in _codes(text, ("raw", "comment")):
        found = _OUTPUT.fullmatch(text, start, after)
        value = variables.get(found[1].strip()) if found else None
        parts += [text[end:start], value or text[start:after]]
        end = after
    return "".join([*parts, text[end:]])


def html_with_liquid(html: str, address: str, engine: str) -> str:
    """Return the Markdown of HTML in which there is Liquid, which stays as it is. Raises InputError.

    `address` and `engine` are those of `html_to_markdown`.
    """
    mark = "liquid"
    while mark in html:
        mark += "x"
    parts: list[str] = []
    codes: list[str] = []
    end = 0
    for start, after in _codes(html):
        parts += [html[end:start], f"{mark}{len(codes)}z"]
        codes.append(html[start:after])
        end = after
    markdown = html_to_markdown("".join([*parts, html[end:]]), address, engine)
    # A link that begins with Liquid was taken for a relative one.
    before = re.escape(urljoin(address, mark).removesuffix(mark))
    return re.sub(rf"(?:{before})?{mark}(\d+)z", lambda match: codes[int(match[1])], markdown)


def _codes(html: str, verbatim: Sequence[str] = _VERBATIM) -> Iterator[tuple[int, int]]:
    """Yield where tags begin and end, those called one of `verbatim` together with what they enclose."""
    tags = [(found[1] if (found := _NAME.match(tag[0])) else "", tag.span()) for tag in _TAG.finditer(html)]
    last = {name: start for name, (start, _) in tags}
    opened: tuple[str, int] | None = None
    for name, (start, end) in tags:
        if opened:
            if name == f"end{opened[0]}":
                yield opened[1], end
                opened = None
        elif name in verbatim and last.get(f"end{name}", 0) > start:
            opened = name, start
        else:
            yield start, end
