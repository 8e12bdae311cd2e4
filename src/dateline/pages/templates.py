"""Values ─▶ HTML by templates: ours, or files of the same names among the posts. The one fence around Jinja2."""

import os
from collections.abc import Generator, Iterable
from functools import lru_cache
from types import CodeType
from typing import Any, cast

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_environment,
)
from jinja2.filters import do_sum
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dateline.content.scan import TEMPLATES_FOLDER
from dateline.errors import PostError
from dateline.pages.site import Templates
from dateline.render import time_limit

_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
_PARTS = "parts.html"
# What an expression in a template can come to. Anything else is a fault of ours.
_FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    MemoryError,
    TimeoutError,
)
_OPTIONS: dict[str, Any] = {
    "autoescape": True,
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "auto_reload": False,
}
MAX_OUTPUT = 50_000_000  # characters of a page
MAX_RESULT = 1_000_000  # bits of a number, or items of a list or text, that an operator may make


class _Sandbox(ImmutableSandboxedEnvironment):
    """For templates that came with the posts, from whomever: they compute with what they get, and get at nothing else.

    Ours are in it too where they are used together, since either may extend the other. They run under a limit of time
    and memory, which can't end one long operation on numbers or lists: those are refused.
    """

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["sum"] = _sum

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if _size(operator, left, right) > MAX_RESULT:
            raise OverflowError(f"the result of {operator} is too large")
        return super().call_binop(context, operator, left, right)

    # The overloads that it has say no more than this.
    def compile(self, source: Any, name: str | None = None, filename: str | None = None, *rest: Any) -> CodeType:  # type: ignore[override]
        try:
            return super().compile(source, name, filename, *rest)  # type: ignore[no-any-return]
        except (RecursionError, MemoryError, TimeoutError, SyntaxError) as error:
            raise TemplateSyntaxError(_problem(error), 1, name, filename) from None

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What templates are given has fields, which are all meant for them: to prove it each time takes longer than
        # all else about a page.
        if attribute in getattr(type(obj), "_fields", ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def _size(operator: str, left: Any, right: Any) -> int:
    """The size of the result of * or **, at most: in bits for a number, in items for anything else."""
    if isinstance(left, int) and isinstance(right, int):
        one, other = left.bit_length(), right.bit_length()
        return one * abs(right) if operator == "**" else one + other
    items, times = (right, left) if isinstance(left, int) else (left, right)
    return len(items) * times if isinstance(times, int) and hasattr(items, "__len__") else 0


@pass_environment
def _sum(environment: Environment, values: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    """Jinja's filter, for numbers only: to add up lists takes quadratic time."""
    if not isinstance(start, (int, float)):
        raise TypeError("sum adds up numbers, and nothing else")
    return do_sum(environment, values, attribute, start)


def render(where: Templates, name: str, values: dict[str, Any]) -> bytes:
    """A page by the template of this name. Raises PostError, with file and line, for one that the user wrote."""
    try:
        if not where.theirs:
            return _environment(where).get_template(name).render(values).encode()
        with time_limit.last_resort(), time_limit.memory_limit(), time_limit.time_limit():
            return _bounded(_environment(where).get_template(name), values).encode()
    except UnicodeEncodeError:
        problem = "template: it writes half a character, which no page can hold"
        raise PostError(f"{TEMPLATES_FOLDER}/{name}", None, problem, "write the whole character") from None
    except _FAULTS as error:
        told = _told(error, where)
        if told is None:
            raise
        raise told from None


def _bounded(template: Template, values: dict[str, Any]) -> str:
    """What a template writes. Raises ValueError, inside the template, once that is more than MAX_OUTPUT."""
    parts: list[str] = []
    size = 0
    stream = cast("Generator[str]", template.generate(values))
    for part in stream:
        parts.append(part)
        size += len(part)
        if size > MAX_OUTPUT:
            stream.throw(ValueError(f"it writes more than {MAX_OUTPUT:,} characters"))
    return "".join(parts)


@lru_cache(maxsize=2)
def _environment(where: Templates) -> Environment:
    ours = FileSystemLoader(_OURS)
    # With its prefix one of ours can be extended by a file of the same name.
    loaders = [ours, PrefixLoader({"dateline": ours})]
    if where.theirs:
        loaders.insert(0, FileSystemLoader(where.theirs))
    kind = _Sandbox if where.theirs else Environment
    return kind(loader=ChoiceLoader(loaders), **_OPTIONS)


def packaged_templates(folder: str) -> Environment:
    """Return the environment of templates of our own in another folder, which users cannot override."""
    return Environment(loader=FileSystemLoader(folder), **_OPTIONS)  # noqa: S701 - _OPTIONS turn autoescape on


def _told(error: Exception, where: Templates) -> PostError | None:
    """The error as the user can mend it: in which of their templates, on which line; None where in none of them."""
    if not where.theirs:
        return None
    places = [(str(error.filename), error.lineno)] if isinstance(error, TemplateSyntaxError) else []
    trace = error.__traceback__
    while trace:
        places.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    inside = [(file, line) for file, line in places if file.startswith(where.theirs + os.sep)]
    if not inside and isinstance(error, (TimeoutError, MemoryError)):
        # One of our templates ran out, which is under the same limits where it is used with theirs.
        remedy = "take the files away to have the page as it was"
        return PostError(TEMPLATES_FOLDER, None, f"template: {_problem(error)}", remedy)
    if not inside:
        return _told_of_parts(error, where)
    file, line = inside[0] if isinstance(error, TemplateSyntaxError) else inside[-1]
    path = f"{TEMPLATES_FOLDER}/{os.path.relpath(file, where.theirs)}"
    if isinstance(error, TemplateNotFound):
        return PostError(path, line, f"template: there is no '{error}'", "correct the name, or put the file there")
    remedy = "correct it, or take the file away to have the page as it was"
    return PostError(path, line, f"template: {_problem(error)}", remedy)


def _problem(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"it takes longer than {time_limit.TIME_LIMIT:.0f} seconds"
    if isinstance(error, MemoryError):
        return "it needs too much memory"
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end, or is nested too deeply"
    # What is said of syntax ends with the whole path of the file, as text.
    text = error.message if isinstance(error, TemplateSyntaxError) else None
    return " ".join((text or str(error)).split()).removesuffix(".")


def _told_of_parts(error: Exception, where: Templates) -> PostError | None:
    """The error of one of our templates that uses the user's common parts, where these are to blame."""
    if not where.theirs or not os.path.exists(os.path.join(where.theirs, _PARTS)):
        return None
    with time_limit.last_resort(), time_limit.memory_limit(), time_limit.time_limit():
        ours, theirs = (vars(_environment(where).get_template(name).module) for name in (f"dateline/{_PARTS}", _PARTS))
    missing = sorted(name for name in ours.keys() - theirs.keys() if not name.startswith("_"))
    if not missing and not isinstance(error, TypeError):
        return None
    problem = f"there is no macro {', '.join(missing)} in it" if missing else str(error)
    remedy = "write it as ours is, or take the file away to have the pages as they were"
    return PostError(f"{TEMPLATES_FOLDER}/{_PARTS}", None, f"template: {problem}", remedy)
