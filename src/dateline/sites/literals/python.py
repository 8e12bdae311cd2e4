"""Read the settings in a file of Python without executing it: names that literals are assigned to, and nothing else."""

import ast
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dateline.content.scan import is_text
from dateline.errors import Problem, SiteError

Literal = str | int | float | bool | None | list[Any] | tuple[Any, ...] | dict[Any, Any]

_MAX_LENGTH = 10_000  # of text or a list that is put together, which could double on every line
_MAX_NUMBER = 10**15
_SCALARS = (str, int, float, bool, type(None))


class Literals(NamedTuple):
    """The values of names, as they are at the end of a file, and the files and lines that make others unknown."""

    values: Mapping[str, Literal]
    unknown: Mapping[str, tuple[str, int]]


_NOTHING = Literals({}, {})


def remarks_on(unknown: Mapping[str, tuple[str, int]], remedies: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a remark for each setting that matters, and is not known, with what to do about it."""
    for name in sorted(remedies.keys() & unknown.keys()):
        problem = f"{name} is not a literal, so it is not known"
        yield Problem(*unknown[name], problem, remedies[name], is_relative=False)


class _UnknownError(Exception):
    """An expression that is not a literal, or not made of values that are known."""


def read_literals(path: str, text: str, known: Literals = _NOTHING) -> Literals:
    """Return what a file assigns to names, over what is `known` of another that it imports. Raises SiteError.

    A value is a literal, a name whose value is known, or a sum of these. What is assigned elsewhere than at the top,
    as in conditions and loops, is unknown.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        problem = f"is not Python that can be read: {error.msg}"
        raise SiteError(path, error.lineno, problem, "correct it, or rewrite it for Python 3") from None
    except (ValueError, RecursionError, MemoryError):
        raise SiteError(path, None, "is not Python that can be read", "correct it") from None
    values, unknown = dict(known.values), dict(known.unknown)
    for statement in tree.body:
        for name, expression in _assigned(statement, values):
            try:
                if expression is None:
                    raise _UnknownError
                values[name] = _value(expression, values)
                unknown.pop(name, None)
            except (_UnknownError, RecursionError):
                values.pop(name, None)
                unknown[name] = path, statement.lineno
    return Literals(values, unknown)


def _assigned(statement: ast.stmt, values: Mapping[str, Literal]) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a statement assigns to, and the expressions; None for one that cannot be read."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
            pass
        case ast.Assign(targets, value) if all(isinstance(target, ast.Name) for target in targets):
            yield from ((target.id, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
            yield name, value
        case ast.AugAssign(ast.Name(name), operator, value):
            yield name, ast.BinOp(ast.Name(name, ast.Load()), operator, value)
        case ast.Expr():
            yield from ((name, None) for name in sorted(_names_called(statement) & values.keys()))
        case _:
            yield from ((name, None) for name in sorted(_names_changed(statement)))


def _names_called(statement: ast.Expr) -> set[str]:
    """Return the names of which a statement calls a method, which may change them."""
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    methods = (function.value for function in calls if isinstance(function, ast.Attribute))
    return {value.id for value in methods if isinstance(value, ast.Name)}


def _names_changed(statement: ast.stmt) -> set[str]:
    """Return the names that a statement may change in some way: assign to, delete, or assign to a part of."""
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name | ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            target: ast.expr = node
            while isinstance(target, ast.Subscript | ast.Attribute):
                target = target.value
            if isinstance(target, ast.Name):
                found.add(target.id)
    return found


def _value(node: ast.expr, known: Mapping[str, Literal]) -> Literal:
    """Return the value of an expression. Raises _UnknownError."""
    match node:
        case ast.Name(name) if name in known:
            return known[name]
        case ast.BinOp(left, ast.Add(), right):
            return _sum(_value(left, known), _value(right, known))
        case ast.Constant(value) if isinstance(value, _SCALARS) and _is_plain(value):
            return value
        case ast.UnaryOp(ast.USub(), operand) if isinstance(number := _value(operand, known), int | float):
            return -number
        case ast.List(items):
            return [_member(item, known) for item in items]
        case ast.Tuple(items):
            return tuple(_member(item, known) for item in items)
        case ast.Dict():
            return _table(node, known)
    raise _UnknownError


def _table(node: ast.Dict, known: Mapping[str, Literal]) -> dict[Any, Any]:
    keys = [_member(key, known) if key else () for key in node.keys]  # no key: another table is put in
    if not all(isinstance(key, _SCALARS) for key in keys):
        raise _UnknownError
    return dict(zip(keys, (_member(value, known) for value in node.values), strict=True))


def _is_plain(value: object) -> bool:
    """Return whether a value can be written to a file: it is no half of a character, and no endless number."""
    return is_text(value) if isinstance(value, str) else not isinstance(value, int) or abs(value) < _MAX_NUMBER


def _member(node: ast.expr, known: Mapping[str, Literal]) -> Literal:
    """Return the value of a member of a list or table; a list or table in it has to be written there."""
    value = _value(node, known)
    if not isinstance(node, ast.List | ast.Tuple | ast.Dict) and not isinstance(value, _SCALARS):
        raise _UnknownError
    return value


def _sum(left: Literal, right: Literal) -> Literal:
    for kind in (str, list, tuple):
        if isinstance(left, kind) and isinstance(right, kind):
            if len(left) + len(right) > _MAX_LENGTH:
                raise _UnknownError
            return left + right  # type: ignore[operator]
    raise _UnknownError
