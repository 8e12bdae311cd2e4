"""Render templates: ours, or the user's of the same names. The only module that imports Jinja2."""

import os
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from functools import cache, lru_cache, partial
from importlib.util import cache_from_source
from traceback import walk_tb
from types import CodeType
from typing import Any, cast

import jinja2
from jinja2.bccache import Bucket
from jinja2.filters import do_forceescape, do_mark_safe, do_sum
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dateline.cldr import separators
from dateline.content.scan import TEMPLATES_FOLDER
from dateline.errors import PostError
from dateline.fileio import replace_whole
from dateline.hashing import digest_bytes
from dateline.lazy_patterns import lazy_pattern
from dateline.pages import Templates
from dateline.pages.byte_templates import ByteTemplate, CannotCutError, Placeholder, cut
from dateline.render import limits
from dateline.words import words

_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
_PARTS = "parts.html"
_OF_PODCASTS = "podcast_"  # what the names of words of podcasts begin with
# What evaluating a template can raise. Anything else is our bug.
_LIMITS = (RecursionError, MemoryError, TimeoutError)
_ERRORS = (*_LIMITS, jinja2.TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError)
_OPTIONS: dict[str, Any] = {
    "autoescape": True,
    "undefined": jinja2.StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
    "auto_reload": False,
}
_KEPT = lazy_pattern(r"((?<=[:.!?;–—] )\w{1,3} [\w’]{1,12}(?![\w’&-])|(?<![\w’;-])\w{2,9}-\w{2,9}(?![\w’&-]))")
# Without one of these, _KEPT finds nothing, and that takes long.
_MAY_BE_KEPT = lazy_pattern(r"-|[:.!?;–—] ")
MAX_OUTPUT = 50_000_000  # characters of a page
MAX_RESULT = 1_000_000  # bits of a number, or items of a list or text, that an operator may make


class _Environment(jinja2.Environment):
    def make_globals(self, d: Any) -> Any:
        # No template of ours or of the user has globals of its own, and looking them up in two places takes time.
        return super().make_globals(d) if d else self.globals


class _Compiled(jinja2.BytecodeCache):
    """Keeps our templates compiled, where Python keeps our modules: next to their sources, in the installed program.

    Compiling all of them takes as long as loading half of Dateline. Those of users are never kept: code that comes with
    a folder of posts must not run.
    """

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), open(_compiled_path(bucket), "rb") as file:
            if file.read(len(_compiler())) == _compiler():
                bucket.load_bytecode(file)  # unless the template has changed, or Python

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            path = _compiled_path(bucket)
            with suppress(OSError):  # only whoever may change the program can add to it
                os.makedirs(os.path.dirname(path), exist_ok=True)
                replace_whole(path, _compiler() + bucket.bytecode_to_string())

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002 - there is one folder
        return name


class _Sandbox(ImmutableSandboxedEnvironment, _Environment):
    """For templates that come with the posts and may be anyone's: they reach only the values that they get.

    If there are any, ours run in it too, since either may extend the other. They run under limits of time and memory,
    which cannot interrupt one long operation on numbers or lists: those are refused.
    """

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.filters["sum"] = _sum

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if _result_size(operator, left, right) > MAX_RESULT:
            raise OverflowError(f"the result of {operator} is too large")
        return super().call_binop(context, operator, left, right)

    # This signature takes all that the overloads of the original do.
    def compile(self, source: Any, name: str | None = None, filename: str | None = None, *rest: Any) -> CodeType:  # type: ignore[override]
        try:
            return super().compile(source, name, filename, *rest)  # type: ignore[no-any-return]
        except (*_LIMITS, SyntaxError) as error:
            raise jinja2.TemplateSyntaxError(_problem(error), 1, name, filename) from None

    def getattr(self, obj: Any, attribute: str) -> Any:
        # Everything in our named tuples is meant for templates. Checking each access would take most of the time.
        if attribute in getattr(type(obj), "_fields", ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def _compiled_path(bucket: Bucket) -> str:
    return cache_from_source(os.path.join(_OURS, f"{bucket.key}.py"))


@cache
def _compiler() -> bytes:
    """Return a digest of what determines how templates are compiled, apart from the version of Python."""
    with open(__file__, "rb") as file:
        return digest_bytes(jinja2.__version__.encode() + file.read()).encode()


def _result_size(operator: str, left: Any, right: Any) -> int:
    """Return an upper bound for the size of the result of * or **: in bits for a number, else in items."""
    if isinstance(left, int) and isinstance(right, int):
        one, other = left.bit_length(), right.bit_length()
        return one * abs(right) if operator == "**" else one + other
    items, times = (right, left) if isinstance(left, int) else (left, right)
    return len(items) * times if isinstance(times, int) and hasattr(items, "__len__") else 0


@jinja2.pass_environment
def _sum(environment: Any, values: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    """Add up numbers like Jinja's filter, but refuse lists, which takes quadratic time."""
    if not isinstance(start, (int, float)):
        raise TypeError("sum adds up numbers only")
    return do_sum(environment, values, attribute, start)


def render(templates: Templates, name: str, values: dict[str, Any]) -> bytes:
    """Render a page. Raises PostError, with file and line, for a template of the user that fails."""
    if not templates.theirs:
        return _environment(templates).get_template(name).render(values).encode()
    try:
        with limits.last_resort(), limits.memory_limit(), limits.time_limit():
            return _render_bounded(_environment(templates).get_template(name), values).encode()
    except UnicodeEncodeError:
        problem = "template: it writes half a character, which no page can hold"
        raise PostError(f"{TEMPLATES_FOLDER}/{name}", None, problem, "write the whole character") from None
    except _ERRORS as error:
        located = _located(error, templates.theirs) or _located_in_parts(error, templates)
        if located is None:
            raise
        raise located from None


def cut_template(templates: Templates, name: str, values: dict[str, Any]) -> ByteTemplate | None:
    """Return the byte template that one of our templates makes of placeholders; None if there is none."""
    try:
        return cut(_environment(templates).get_template(name).render(values))
    except (CannotCutError, TypeError, jinja2.TemplateError):
        return None


def _render_bounded(template: jinja2.Template, values: dict[str, Any]) -> str:
    """Render a template. Raises ValueError, inside the template, if that is more than MAX_OUTPUT."""
    parts: list[str] = []
    size = 0
    stream = cast("Generator[str]", template.generate(values))
    for part in stream:
        parts.append(part)
        size += len(part)
        if size > MAX_OUTPUT:
            stream.throw(ValueError(f"it writes more than {MAX_OUTPUT:,} characters"))
    return "".join(parts)


def _headline(title: str) -> str:
    """Return a headline as HTML. In ``Mega-Prison: A Bold Experiment``, no line ends after the hyphen or the A."""
    html = do_forceescape(title)
    return do_mark_safe(_KEPT.sub(r'<span class="keep">\1</span>', str(html))) if _MAY_BE_KEPT.search(html) else html


# What becomes of a text that our templates print, by the names of filters.
PRINTED: dict[str, Callable[[str], str]] = {
    "": lambda text: str(do_forceescape(text)),
    "safe": str,
    "headline": lru_cache(maxsize=256)(_headline),  # pages near to each other list the same posts
}


def _filter(name: str, work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: value.filtered(name) if isinstance(value, Placeholder) else work(value)


# The filters of templates that may be written with placeholders: any other might do to one what it should do to a text.
FILTERS: dict[str, Callable[[Any], Any]] = {
    "length": len,
    "safe": _filter("safe", do_mark_safe),
    "headline": _filter("headline", _headline),
}


@lru_cache(maxsize=2)
def _environment(templates: Templates) -> jinja2.Environment:
    ours = jinja2.FileSystemLoader(_OURS)
    # The prefix lets a user's template extend ours of the same name.
    loaders = [ours, jinja2.PrefixLoader({"dateline": ours})]
    if templates.theirs:
        loaders.insert(0, jinja2.FileSystemLoader(templates.theirs))
    loader = jinja2.ChoiceLoader(loaders)
    if templates.theirs:
        environment: jinja2.Environment = _Sandbox(loader=loader, **_OPTIONS)
    else:
        environment = _Environment(loader=loader, bytecode_cache=_Compiled(), **_OPTIONS)
    environment.filters = {**environment.filters, "headline": _headline} if templates.theirs else FILTERS
    # Globals, so that macros have them too, which users' templates import without the context.
    texts = words(templates.language, templates.own_words).by_name
    if templates.is_podcast:
        texts = {
            **texts,
            **{name.removeprefix(_OF_PODCASTS): texts[name] for name in texts if name.startswith(_OF_PODCASTS)},
        }
    environment.globals["words"] = {
        name: do_mark_safe(text) if isinstance(text, str) and name.endswith("_html") else text
        for name, text in texts.items()
    }
    environment.globals["separators"] = partial(separators, language=templates.language)
    return environment


def packaged_templates(folder: str) -> jinja2.Environment:
    """Return the environment for templates of ours in another folder, which users cannot override."""
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), **_OPTIONS)  # noqa: S701 - _OPTIONS turn autoescape on


def _located(error: Exception, theirs: str) -> PostError | None:
    """Return the error with the file and line of the user's template that caused it; None if none of them did."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if isinstance(error, jinja2.TemplateSyntaxError):
        frames.append((str(error.filename), error.lineno))
    inside = [(file, line) for file, line in frames if file.startswith(theirs + os.sep)]
    problem = f"template: {_problem(error)}"
    if inside:
        path, line = f"{TEMPLATES_FOLDER}/{os.path.relpath(inside[-1][0], theirs)}", inside[-1][1]
        if isinstance(error, jinja2.TemplateNotFound):
            return PostError(path, line, f"template: there is no '{error}'", "correct the name, or add the file")
        return PostError(path, line, problem, "fix it, or delete the file to get the default page back")
    if isinstance(error, (TimeoutError, MemoryError)):
        # In one of our templates, which have the same limits if they are used together with theirs.
        return PostError(TEMPLATES_FOLDER, None, problem, "delete the files to get the default pages back")
    return None


def _problem(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"it takes longer than {limits.TIME_LIMIT:.0f} seconds"
    if isinstance(error, MemoryError):
        return "it needs too much memory"
    if isinstance(error, RecursionError):
        return "it includes or calls itself without end, or is nested too deeply"
    # The text of a syntax error ends with the whole path of the file; its message does not.
    text = error.message if isinstance(error, jinja2.TemplateSyntaxError) else None
    return " ".join((text or str(error)).split()).removesuffix(".")


def _located_in_parts(error: Exception, templates: Templates) -> PostError | None:
    """Return the error of one of our templates if the user's parts.html, which it imports, is to blame."""
    if not os.path.exists(f"{templates.theirs}/{_PARTS}"):
        return None
    with limits.last_resort(), limits.memory_limit(), limits.time_limit():
        files = (_environment(templates).get_template(name) for name in (f"dateline/{_PARTS}", _PARTS))
        ours, theirs = (vars(file.module) for file in files)
    missing = sorted(name for name in ours.keys() - theirs.keys() if not name.startswith("_"))
    if not missing and not isinstance(error, TypeError):
        return None
    problem = f"there is no macro {', '.join(missing)} in it" if missing else str(error)
    remedy = "write it like ours, or delete the file to get the default pages back"
    return PostError(f"{TEMPLATES_FOLDER}/{_PARTS}", None, f"template: {problem}", remedy)
