"""Values ─▶ HTML by templates: ours, or files of the same names among the posts. The one fence around Jinja2."""

import os
from functools import lru_cache
from typing import Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dateline.errors import PostError
from dateline.pages.nouns import Templates
from dateline.reading.files import TEMPLATES_FOLDER

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
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """For templates that came with the posts, from whomever: they compute with what they get, and get at nothing else.

    Ours are in it too where they are used together, since either may extend the other.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        # What templates are given has fields, which are all meant for them: to prove it each time takes longer than
        # all else about a page.
        if attribute in getattr(type(obj), "_fields", ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


def render(where: Templates, name: str, values: dict[str, Any]) -> bytes:
    """A page by the template of this name. Raises PostError, with file and line, for one that the user wrote."""
    try:
        return _environment(where).get_template(name).render(values).encode()
    except UnicodeEncodeError:
        problem = "template: it writes half a character, which no page can hold"
        raise PostError(f"{TEMPLATES_FOLDER}/{name}", None, problem, "write the whole character") from None
    except _FAULTS as error:
        told = _told(error, where)
        if told is None:
            raise
        raise told from None


@lru_cache(maxsize=2)
def _environment(where: Templates) -> Environment:
    ours = FileSystemLoader(_OURS)
    # With its prefix one of ours can be extended by a file of the same name.
    loaders = [ours, PrefixLoader({"dateline": ours})]
    if where.theirs:
        loaders.insert(0, FileSystemLoader(where.theirs))
    kind = _Sandbox if where.theirs else Environment
    return kind(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


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
    if not inside:
        return _told_of_parts(error, where)
    file, line = inside[0] if isinstance(error, TemplateSyntaxError) else inside[-1]
    path = f"{TEMPLATES_FOLDER}/{os.path.relpath(file, where.theirs)}"
    if isinstance(error, TemplateNotFound):
        return PostError(path, line, f"template: there is no '{error}'", "correct the name, or put the file there")
    remedy = "correct it, or take the file away to have the page as it was"
    problem = " ".join(str(error).split()).removesuffix(".") or "it takes more memory than there is"
    return PostError(path, line, f"template: {problem}", remedy)


def _told_of_parts(error: Exception, where: Templates) -> PostError | None:
    """The error of one of our templates that uses the user's common parts, where these are to blame."""
    if not where.theirs or not os.path.exists(os.path.join(where.theirs, _PARTS)):
        return None
    ours, theirs = (vars(_environment(where).get_template(name).module) for name in (f"dateline/{_PARTS}", _PARTS))
    missing = sorted(name for name in ours.keys() - theirs.keys() if not name.startswith("_"))
    if not missing and not isinstance(error, TypeError):
        return None
    problem = f"there is no macro {', '.join(missing)} in it" if missing else str(error)
    remedy = "write it as ours is, or take the file away to have the pages as they were"
    return PostError(f"{TEMPLATES_FOLDER}/{_PARTS}", None, f"template: {problem}", remedy)
