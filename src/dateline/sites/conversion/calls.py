"""Read template code: the name that is called, and with which arguments. One reader for each syntax. Pure."""

import posixpath
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from dateline.render.template_code import ATTRIBUTES, COMPONENT, Construct

_NONE: Mapping[str, str] = {}


class Call(NamedTuple):
    """What a piece of template code says.

    - `name`: in lower case, with ``_`` for ``-``, and without folders.
    - `group`: an opening and its end have the same.
    - `written`: the arguments as they are written; `args` and `named` are their values.
    - `inner`: what comes between it and its end, converted; None if it has no end. `source`: the same as written.
    """

    name: str
    group: str
    written: str = ""
    args: tuple[str, ...] = ()
    named: Mapping[str, str] = _NONE
    is_end: bool = False
    is_single: bool = False
    inner: str | None = None
    source: str = ""

    @property
    def first(self) -> str:
        """The first argument without a name; empty if there is none."""
        return next(iter(self.args), "")

    def value(self, *keys: str) -> str:
        """Return the first argument with one of these names that is not empty."""
        return next(filter(None, (self.named.get(key, "") for key in keys)), "")


# White space is read whole, so that none of it is looked at twice.
_HUGO = re.compile(
    r"\{\{[<%]-?\s*(?P<end>/?)\s*(?P<name>[\w./:-]+)(?P<args>(?:\s*+\S)*?)\s*+(?P<single>/?)\s*-?[>%]\}\}"
)
_LIQUID = re.compile(r"\{%-?\s*(?P<name>/?[\w-]+)(?P<args>.*?)-?%\}", re.DOTALL)
_ZOLA = re.compile(r"\{[{%]-?\s*(?P<name>[\w:.-]+)\((?P<args>.*)\)\s*-?[%}]\}", re.DOTALL)
_BRACKETS = re.compile(r"\[(?P<end>/?)(?P<name>[a-z][\w-]*)=?(?P<args>[^\]]*?)(?P<single>/?)\]")
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[\w.]+)(?P<args>.*?)(?P<single>/?)>", re.DOTALL)
_CONTAINER = re.compile(r":{3,}[ \t]*(?:\{[ \t]*\.?)?(?P<name>[\w.-]*)(?P<args>.*)", re.DOTALL)
_KRAMDOWN = re.compile(r"\{:(?::|(?P<end>/))(?P<name>\w*)(?P<args>(?:\s*+[^\s{}])*?)\s*+(?P<single>/?)\s*\}")
# A quotation without an end reaches to the end, so that none is looked for twice.
_ARGUMENT = re.compile(
    r"""(?:(?P<key>[A-Za-z@:][\w:-]*+)\s*+=\s*+|(?P<word>[A-Za-z][\w-]*+):(?!//)\s*+)?"""
    r"""(?:"(?P<double>(?:[^"\\]|\\.)*+)(?:"|\Z)|'(?P<quoted>(?:[^'\\]|\\.)*+)(?:'|\Z)|`(?P<raw>[^`]*+)(?:`|\Z)"""
    r"""|(?P<braces>\{(?:[^{}]|\{[^{}]*+\})*+\})|(?P<bare>[^\s,"'`{][^\s,]*+))""",
    re.DOTALL,
)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'""")
_VARIABLE = re.compile(r"(?:\A|,)\s*+[A-Za-z_][\w.]*+\s*+(?:,|\Z)")  # an argument without a name, as macros have
_ESCAPED = re.compile(r"\\([\"'\\])")
_PATH_IN_CODE = re.compile(r"""["'`]([^"'`]+)["'`]""")


def read_call(found: Construct, imported: Mapping[str, str]) -> Call | None:
    """Return what a construct calls; None if it calls nothing. `imported` has the paths that MDX has names for."""
    reader = _READERS.get(found.kind)
    call = reader(found.text) if reader else None
    if call and found.kind == COMPONENT:
        call = call._replace(named={key: evaluated(value, imported) for key, value in call.named.items()})
    return call


def _call(pattern: re.Pattern[str], group: str, text: str) -> Call | None:
    """Read a call by a pattern, whose group has a name of its own if there is a gap for it."""
    match = pattern.fullmatch(text)
    if match is None:
        return None
    found = match.groupdict()
    name, written = _plain(found["name"]), found["args"].strip()
    args, named = _arguments(written)
    is_end, is_single = bool(found.get("end")), bool(found.get("single"))
    return Call(name, group.format(name), written, args, named, is_end, is_single)


def _liquid(text: str) -> Call | None:
    if zola := _call(_ZOLA, "zola", text):
        return zola
    call = _call(_LIQUID, "liquid {}", text)
    if call is None:
        return None
    if call.name == "end":
        return call._replace(group="zola", is_end=True)
    if call.name.startswith("end"):
        name = call.name[3:].removeprefix("_")
        return call._replace(name=name, group=f"liquid {name}", is_end=True)
    if call.name in ("include", "include_cached", "include_relative") and call.args:
        included = posixpath.splitext(posixpath.basename(call.args[0]))[0]
        name = call.value("provider") or included
        return call._replace(name=_plain(name), args=call.args[1:], is_single=True)
    return call


def _zola(text: str) -> Call | None:
    call = _call(_ZOLA, "zola", text)
    is_macro = call and _VARIABLE.search(_QUOTED.sub('""', call.written))
    return call._replace(is_single=True) if call and not is_macro else None


def _container(text: str) -> Call | None:
    """Read ``:::note Title``, ``:::note[Title]``, ``:::note{title="Title"}`` or ``::: {.callout-note}``."""
    match = _CONTAINER.fullmatch(text)
    if match is None:
        return None
    name = _plain(match["name"]).removeprefix("callout_")
    written = match["args"].strip()
    call = Call(name, ":::", written, is_end=not name)
    if "=" in written:
        return call._replace(named=_arguments(written.strip("{}"))[1])
    title = written.strip("{}")
    return call._replace(named={"title": title[1:-1] if title.startswith("[") and title.endswith("]") else title})


_READERS: Mapping[str, Callable[[str], Call | None]] = {
    "{{< >}}": partial(_call, _HUGO, "hugo {}"),
    "{{% %}}": partial(_call, _HUGO, "hugo {}"),
    "{% %}": _liquid,
    "{{ }}": _zola,
    "[gallery]": partial(_call, _BRACKETS, "[{}"),
    COMPONENT: partial(_call, _TAG, "<{}"),
    ":::": _container,
    ATTRIBUTES: partial(_call, _KRAMDOWN, "{{:"),  # ``{::comment}``; other lists of attributes call nothing
}


def _plain(name: str) -> str:
    return posixpath.basename(name.rstrip("/")).lower().replace("-", "_")


def _arguments(written: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the values of arguments without names, and those with one, by that in lower case."""
    args: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(written):
        quoted = match["double"] if match["double"] is not None else match["quoted"]
        plain = next((part for part in (match["raw"], match["braces"], match["bare"]) if part is not None), "")
        value = (plain if quoted is None else _ESCAPED.sub(r"\1", quoted)).strip()
        if key := match["key"] or match["word"]:
            named.setdefault(key.lower(), value)
        else:
            args.append(value)
    return tuple(args), named


def evaluated(value: str, imported: Mapping[str, str]) -> str:
    """Return the value of an expression of MDX, as far as it is a text, a number or an imported path; else nothing."""
    if not (value.startswith("{") and value.endswith("}")):
        return value
    inner = value[1:-1].strip()
    if path := _PATH_IN_CODE.search(inner):
        return path[1]
    return inner if inner.isdecimal() else imported.get(inner.removesuffix(".src"), "")
