"""Read literals in JavaScript and TypeScript: text, numbers, truth values, and objects and lists of these.

Nothing is executed. Names of constants stand for their literals, those imported from files of the source, too, and so
does a function that is exported for the literal that it returns. `a || b` is `b` if `a` is no literal, as where a
variable of the environment may be set.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from dateline.content.key_values import MAX_DEPTH, Value
from dateline.errors import Problem
from dateline.sites.files import first_file, inside, read_table, read_text
from dateline.text import without_controls

ENDINGS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_MAX_VALUES = 100_000  # that names stand for, all together: objects may name others many times
_DEFAULT = "export default"
# Functions that return what they are given, or whose options are of interest; and classes of texts.
_TRANSPARENT = ("defineConfig", "defineCollection", "glob", "file", "Date", "URL")
_SPACE = r"\s++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/)?+"
_TOKEN = re.compile(
    rf"(?P<space>{_SPACE})"
    r"""|(?P<text>"(?:[^"\\\n]|\\[\s\S])*+"?+|'(?:[^'\\\n]|\\[\s\S])*+'?+)"""
    r"|(?P<number>\.?\d[\w.]*+)"
    r"|(?P<name>[^\W\d][\w$]*+|\$[\w$]*+)"
    r"|(?P<sign>=>|\.\.\.|\|\||\?\?|\?\.|&&|[\s\S])"
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*+\]?+)*+/?+\w*+")
_CHUNK = re.compile(r"(?:[^`\\$]|\\[\s\S]|\$(?!\{))*+")
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\n)|([\s\S]))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CLOSES = {"(": ")", "[": "]", "{": "}", "${": "}"}
_BEFORE_REGEX = ("return", "typeof", "case", "in", "of", "=>")
_WORDS = {"true": "true", "false": "false", "null": "", "undefined": ""}


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


Load = Callable[[str], "Script | Value | None"]


class Script:
    """The literals of a file.

    `load` returns another file of the source, by the text with which it is imported; `path` is that of this one, and
    `problem` why it cannot be read. `unknown` has the keys of objects whose values are no literals, each with its
    position; such values are left out.
    """

    def __init__(self, text: str, load: Load = lambda _: None, path: str = "", problem: Problem | None = None) -> None:
        self.text = text
        self.path = path
        self.problem = problem
        self.unknown: dict[str, int] = {}
        self._load = load
        self._tokens = [*_tokens(text), _Token("end", "", len(text))]
        self._ends = _ends(self._tokens)
        self._imports = _imports(self._tokens)
        self._declared = _declared(self._tokens)
        self._known: dict[str, Value | None] = {}
        self._left = _MAX_VALUES

    @property
    def words(self) -> set[str]:
        """All names in the file."""
        return {token.text for token in self._tokens if token.kind == "name"}

    @property
    def constants(self) -> dict[str, Value]:
        """The literals that are declared, by name."""
        found = {name: self.named(name) for name in self._declared}
        return {name: value for name, value in found.items() if value is not None}

    def line(self, key: str) -> int:
        """Return the line of a key in `unknown`."""
        return self.text.count("\n", 0, self.unknown[key]) + 1

    def default(self, depth: int = 1) -> Value | None:
        """Return what the file exports, or what the function returns that it exports; None if it is no literal."""
        if _DEFAULT not in self._known:
            self._known[_DEFAULT] = None  # until it is known, in case it imports itself
            texts = [self._text(at) for at in range(len(self._tokens))]
            signs = (["export", "default"], ["module", ".", "exports", "="])
            found = (at + len(sign) for sign in signs for at in range(len(texts)) if texts[at : at + len(sign)] == sign)
            start = next(found, None)
            self._known[_DEFAULT] = self._argument(start, depth) if start else None
        return self._charged(self._known[_DEFAULT])

    def calls(self, name: str) -> Iterator[list[Value]]:
        """Yield the arguments of each call of a function or method; those that are no literals are empty."""
        for at, token in enumerate(self._tokens):
            if token.kind == "name" and token.text == name and self._text(at + 1) == "(":
                yield [self._argument(item, 1) or "" for item in self._items(at + 1)]

    def named(self, name: str, depth: int = 1) -> Value | None:
        """Return the literal that a name stands for."""
        if name not in self._known:
            self._known[name] = None  # until it is known, in case it is made of itself
            if name in self._declared:
                self._known[name] = self._expression(self._declared[name], depth + 1)[0]
            elif name in self._imports:
                self._known[name] = self._imported(*self._imports[name], depth + 1)
        return self._charged(self._known[name])

    def _charged(self, value: Value | None) -> Value | None:
        self._left -= _size(value, self._left)
        return value if self._left > 0 else None

    def _imported(self, file: str, name: str, depth: int) -> Value | None:
        found = self._load(file) if depth < MAX_DEPTH else None
        if isinstance(found, Script):
            return found.default(depth) if name == "default" else found.named(name, depth)
        return found

    def _token(self, at: int) -> _Token:
        return self._tokens[min(at, len(self._tokens) - 1)]

    def _text(self, at: int) -> str:
        """Return a token as written; empty for literal text, which may look like a sign."""
        token = self._token(at)
        return "" if token.kind == "text" else token.text

    def _after(self, at: int) -> int:
        """Return the position after a token, or after the bracket that closes it."""
        return self._ends.get(at, at) + 1

    def _next(self, at: int, end: int) -> int:
        """Return the position after the next comma, or the end of the brackets."""
        while at < end and self._text(at) != ",":
            at = self._after(at)
        return at + 1

    def _items(self, opening: int) -> Iterator[int]:
        """Yield where the items in brackets begin."""
        at, end = opening + 1, self._ends[opening]
        while at < end:
            if self._text(at) != ",":
                yield at
            at = self._next(at, end)

    def _argument(self, at: int, depth: int) -> Value | None:
        """Return an expression, or what a function returns in its last line."""
        start = at + (self._text(at) == "async")
        if self._text(start) == "function":
            while self._text(start) not in ("(", ""):
                start += 1
            body = self._after(start)
            while self._text(body) not in ("{", ""):
                body = self._after(body)
        else:
            body = self._after(start)
            if self._text(body) != "=>":
                return self._expression(at, depth)[0]
            body += 1
        if self._text(body) != "{":
            return self._expression(body, depth)[0]
        return self._returned(body, depth)

    def _returned(self, body: int, depth: int) -> Value | None:
        at, last, end = body + 1, None, self._ends[body]
        while at < end:
            last = at if self._text(at) == "return" else last
            at = self._after(at)
        return self._expression(last + 1, depth)[0] if last else None

    def _expression(self, at: int, depth: int) -> tuple[Value | None, int]:
        """Return an expression, None if it is no literal, and the position of what ends it."""
        value, at = self._operand(at, depth)
        while self._token(at).kind == "sign":
            sign = self._text(at)
            if sign not in ("||", "??", "+"):
                return value if sign in ",;)]}" else None, at
            other, at = self._operand(at + 1, depth)
            if sign == "+":
                value = self._joined([value, other])
            else:
                value = value if value not in (None, "", "false", "0") else other
        return value, at

    def _joined(self, parts: list[Value | None]) -> str | None:
        texts = [part for part in parts if isinstance(part, str)]
        self._left -= sum(map(len, texts))
        return "".join(texts) if len(texts) == len(parts) and self._left > 0 else None

    def _operand(self, at: int, depth: int) -> tuple[Value | None, int]:
        token, text = self._token(at), self._text(at)
        if depth > MAX_DEPTH:
            return None, self._after(at)
        if token.kind == "name":
            return self._reference(at, depth)
        if text in "+-" and self._token(at + 1).kind == "number":
            return text.removeprefix("+") + self._text(at + 1), at + 2
        return token.text if token.kind in ("text", "number") else self._in_brackets(at, depth + 1), self._after(at)

    def _in_brackets(self, at: int, depth: int) -> Value | None:
        match self._text(at):
            case "(":
                return self._expression(at + 1, depth)[0]
            case "[":
                items = (self._expression(item, depth)[0] for item in self._items(at))
                return [item for item in items if item is not None]
            case "{":
                return self._object(at, depth)
            case "`":
                return self._template(at, depth)
        return None

    def _template(self, at: int, depth: int) -> str | None:
        parts: list[Value | None] = []
        position = at + 1
        while position < self._ends[at]:
            token = self._token(position)
            parts.append(token.text if token.kind == "text" else self._expression(position + 1, depth)[0])
            position = self._after(position)
        return self._joined(parts) if len(parts) > 1 else self._token(at + 1).text

    def _reference(self, at: int, depth: int) -> tuple[Value | None, int]:
        """Return what a name stands for, or its member, or what a transparent function is given."""
        at += self._text(at) == "new"
        name = self._text(at)
        if name in _WORDS:
            return _WORDS[name], at + 1
        if name == "require" and self._text(at + 1) == "(" and self._token(at + 2).kind == "text":
            return self._imported(self._token(at + 2).text, "default", depth + 1), self._after(at + 1)
        if name in _TRANSPARENT and self._text(at + 1) == "(":
            item = next(self._items(at + 1), None)
            return self._argument(item, depth + 1) if item else None, self._after(at + 1)
        value, at = self.named(name, depth), at + 1
        while self._text(at) in (".", "?.") and self._token(at + 1).kind == "name":
            value = value.get(self._text(at + 1)) if isinstance(value, dict) else None
            at += 2
        return value, at

    def _object(self, opening: int, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for at in self._items(opening):
            token, after = self._token(at), self._text(at + 1)
            if self._text(at) == "...":
                value = self._expression(at + 1, depth)[0]
                found |= value if isinstance(value, dict) else {}
                continue
            if token.kind not in ("name", "text", "number"):
                continue
            if after == ":":
                value = self._expression(at + 2, depth)[0]
            else:
                value = self.named(token.text, depth) if after in (",", "}") else None
            if value is None:
                self.unknown.setdefault(token.text, token.at)
            else:
                found[token.text] = value
        return found


def read_script(source: Path, path: str, known: dict[str, "Script | Value | None"] | None = None) -> Script:
    """Return the literals of a file of a source, and of the files that it imports; none if it cannot be read."""
    files = {} if known is None else known
    found = read_text(source, path)
    if isinstance(found, Problem):
        return Script("", path=path, problem=found)
    return Script(found.text, lambda name: _file(source, posixpath.dirname(path), name, files), path)


def _file(source: Path, folder: str, name: str, known: dict[str, "Script | Value | None"]) -> "Script | Value | None":
    """Return a file that a script in a folder imports, as scripts write it: some leave out the ending."""
    folder, name = ("src", name[2:]) if name.startswith(("@/", "~/")) else (folder, name)
    path = inside(posixpath.join(folder, name))
    endings = ("", *ENDINGS, ".json", *(f"/index{ending}" for ending in ENDINGS))
    file = first_file(source, (path + ending for ending in endings)) if path else ""
    if file and file not in known:
        known[file] = None  # until it is read, in case it imports itself
        known[file] = read_table(source, file) if file.endswith(".json") else read_script(source, file, known)
    return known.get(file)


def _tokens(text: str) -> Iterator[_Token]:
    """Yield the tokens of a script without comments; one of kind ``text`` has the text that it stands for."""
    braces: list[bool] = []  # of those that are open, whether each is in a template
    at, before = 0, _Token("sign", "", 0)
    while found := _token_at(text, at, before):
        token, at = found
        if token.kind == "space":
            continue
        yield token
        before = token
        if token.kind != "sign":
            continue
        if token.text == "{":
            braces.append(False)
        if token.text == "`" or (token.text == "}" and braces and braces.pop()):
            chunk = _CHUNK.match(text, at)
            end = chunk.end() if chunk else at
            yield _Token("text", _unescaped(text[at:end]), at)
            before = _Token("sign", "${" if text.startswith("${", end) else "`", end)
            yield before
            braces += [True] * (before.text == "${")
            at = end + len(before.text)


def _token_at(text: str, at: int, before: _Token) -> tuple[_Token, int] | None:
    """Return a token and the position after it; None at the end."""
    match = _TOKEN.match(text, at)
    if match is None:
        return None
    kind, written = match.lastgroup or "", match[0]
    if kind == "text":
        return _Token(kind, _unescaped(written[1:].removesuffix(written[0])), at), match.end()
    if written == "/" and _may_begin_regex(before) and (regex := _REGEX.match(text, at)):
        return _Token("regex", written, at), regex.end()
    return _Token(kind, written, at), match.end()


def _may_begin_regex(before: _Token) -> bool:
    if before.kind == "name":
        return before.text in _BEFORE_REGEX
    return before.kind == "sign" and before.text not in (")", "]", "}", "`")


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code:
            return chr(int(code, 16)) if int(code, 16) < 0x110000 else ""
        return "" if match[4] else _ESCAPED.get(match[5], match[5])

    found = _ESCAPE.sub(character, text) if "\\" in text else text
    # Two escapes may stand for one character; no text or path has control characters.
    return without_controls(found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")).replace("\0", "")


def _ends(tokens: list[_Token]) -> dict[int, int]:
    """Return where the bracket is that closes each that opens; a template is in brackets, too."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, (kind, text, _) in enumerate(tokens):
        if kind != "sign":
            continue
        if opened and text == "`" and tokens[opened[-1]].text == "`":
            found[opened.pop()] = at
        elif text in _CLOSES or text == "`":
            opened.append(at)
        elif opened and text == _CLOSES.get(tokens[opened[-1]].text):
            found[opened.pop()] = at
    return found | dict.fromkeys(opened, len(tokens) - 1)


def _imports(tokens: list[_Token]) -> dict[str, tuple[str, str]]:
    """Return the names that are imported, each with a file and the name there."""
    found: dict[str, tuple[str, str]] = {}
    names: dict[str, str] | None = None  # of the import that is being read
    for at, (kind, text, _) in enumerate(tokens[:-1]):
        if (kind, text) == ("name", "import") and tokens[at + 1].text not in (".", "("):
            names = {}
        elif names is None:
            continue
        elif kind == "text":
            found |= {name: (text, original) for name, original in names.items()}
            names = None
        elif kind == "name" and text not in ("from", "as", "type"):
            before = tokens[at - 1].text
            original = tokens[at - 2].text if before == "as" else text
            names.pop(original, None)
            names[text] = "default" if before in ("import", "type") or original == "*" else original
    return found


def _declared(tokens: list[_Token]) -> dict[str, int]:
    """Return the names that are declared, and where their values are, perhaps after a type."""
    found: dict[str, int] = {}
    for at, (kind, text, _) in enumerate(tokens[:-1]):
        name = tokens[at + 1]
        if kind == "name" and text in ("const", "let", "var") and name.kind == "name":
            value = next((i for i in range(at + 2, min(at + 40, len(tokens))) if tokens[i].text in ("=", ";")), None)
            if value and tokens[value].text == "=":
                found.setdefault(name.text, value + 1)
    return found


def _size(value: Value | None, limit: int) -> int:
    """Return how many texts and lists and tables a value is made of; or a number over a limit."""
    pending, size = [value], 0
    while pending and size <= limit:
        item = pending.pop()
        size += 1
        if isinstance(item, dict | list):
            pending += item.values() if isinstance(item, dict) else item
    return size
