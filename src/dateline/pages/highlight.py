"""Code ─▶ HTML in which its parts have classes, by Pygments. The one fence around it."""

from functools import lru_cache

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

MAX_LENGTH = 50_000  # characters; more of it is data rather than something to read
_FORMATTER = HtmlFormatter(nowrap=True)


def highlighted(code: str, language: str) -> str | None:
    """The code as HTML, with spans that have classes; None where nobody knows the language, or it is too long."""
    lexer = _lexer(language)
    if lexer is None or len(code) > MAX_LENGTH:
        return None
    return str(highlight(code, lexer, _FORMATTER))


@lru_cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
