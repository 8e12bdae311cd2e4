"""The table of findings: what gives a hidden post away, and how to fix it."""

from itertools import pairwise
from urllib.parse import quote

from dateline.building import BuildContext
from dateline.content.source import line_of, read
from dateline.content.urls import page_key
from dateline.embargo.hidden_posts import HiddenPost, urls_of
from dateline.errors import OutputError, PostError, Problem, SettingsError, quoted
from dateline.lazy_patterns import lazy_pattern
from dateline.paths import SETTINGS_FILE

# The key to look at, the problem, and the remedy.
_FINDINGS = {
    "text": ("text: ", "quotes {hidden}", "remove the quotation, or allow it with embargo: false in {path}"),
    "title": ("text: ", "contains the title of {hidden}", "check that it may be public"),
    "id": ("text: ", "contains the id of {hidden}", "remove it, or publish that post first"),
    "address": ("link: ", "contains the address of {hidden}", "remove it, or publish that post first"),
    "link": ("link: ", "contains the link of {hidden}", "remove it, or allow it with embargo: false in {path}"),
    "file": (
        "",
        "would be published, but is used only by {hidden}",
        "move it next to that post, or allow it with embargo: false in {path}",
    ),
    "page": ("", "would be published at the address of {hidden}", "remove it until that post is published"),
}
_PAIRS = 8  # pairs of words by which a quotation is found
_WORD = lazy_pattern(r"\w+")


def in_post(context: BuildContext, path: str, hidden: HiddenPost, kind: str, found: str) -> Problem:
    """Return what is wrong with a post or feed.toml; `found` is a quotation, a title or a name of a hidden post."""
    key, problem, remedy = _FINDINGS[kind]
    if kind == "text":
        found = found.strip(" .,;:!?)")
    line = (
        _line_of_words(context, path, found)
        if kind in ("text", "title")
        else _line_of_name(context, path, hidden, found)
    )
    error = SettingsError if path == SETTINGS_FILE else PostError
    problem = f"{key}{problem.format(hidden=hidden)}: {quoted(found)}"
    return error(path, line, problem, remedy.format(path=hidden.post.path)).problem


def in_document(path: str, origin: str, hidden: HiddenPost, kind: str, found: str) -> Problem:
    """Return what is wrong with a document where nothing is wrong with a post."""
    problem = f"{origin} {_FINDINGS[kind][1].format(hidden=hidden)}: {quoted(found)}"
    return OutputError(path, None, problem, "remove it from the template or setting that it comes from").problem


def in_file(path: str, hidden: HiddenPost, kind: str) -> Problem:
    """Return what is wrong with a file that would be published."""
    _, problem, remedy = _FINDINGS[kind]
    return PostError(path, None, problem.format(hidden=hidden), remedy.format(path=hidden.post.path)).problem


def kind_of_name(context: BuildContext, hidden: HiddenPost, name: str) -> str:
    """Return whether a name of a hidden post is its ``address``, its ``link`` or its ``id``."""
    if name in map(page_key, urls_of(hidden.post, context.publication)):
        return "address"
    elsewhere = filter(None, (hidden.post.link, hidden.post.canonical))
    return "link" if name in map(page_key, elsewhere) else "id"


def _line_of_name(context: BuildContext, path: str, hidden: HiddenPost, name: str) -> int | None:
    post = hidden.post
    host, _, below = name.partition("//")[2].partition("/")
    written = (quote(name, safe=":/,@"), f"{host}/{below}", f"/{below}" if below else name)
    return line_of(
        context.folder, path, *urls_of(post, context.publication), post.canonical_url, post.id, name, *written
    )


def _line_of_words(context: BuildContext, path: str, text: str) -> int | None:
    """Return the line with most of the pairs of words with which a text begins, whatever markup is between them."""
    wanted = set(pairwise(_WORD.findall(text)[: _PAIRS + 1]))
    try:
        lines = read(context.folder, path)[0].text.split("\n")
    except PostError:
        return None
    counts = [len(wanted.intersection(pairwise(_WORD.findall(line)))) for line in lines]
    most = max(counts)
    return counts.index(most) + 1 if most else line_of(context.folder, path, text[:20], text[:10])
