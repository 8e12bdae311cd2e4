"""What tells of a hidden post, said so that it can be mended."""

import re
from collections.abc import Iterable
from itertools import pairwise
from urllib.parse import quote

from dateline.build import BuildContext
from dateline.content.config import SETTINGS_FILE
from dateline.content.source import line_of, read
from dateline.content.urls import page_key
from dateline.embargo.hidden_posts import Secret, own_urls
from dateline.embargo.runs import Run
from dateline.embargo.search import SETTINGS, Case
from dateline.errors import OutputError, PostError, Problem, SettingsError, quoted

_SHOWN = 60  # characters of a text that a message quotes
_PAIRS = 8  # pairs of words that tell a line
_WORD = re.compile(r"\w+")


def leaks(desk: BuildContext, case: Case) -> list[Problem]:
    """What published posts tell of a secret, each with what tells it first."""
    paths = _paths(desk, {*case.named, *case.runs})
    found = [_named(desk, paths[number], case.secret, uri) for number, uri in case.named.items()]
    found += [_told(desk, paths[number], case.secret, run) for number, run in case.leaks()]
    return _apart(found)


def mentioned(desk: BuildContext, secret: Secret, numbers: Iterable[int]) -> list[Problem]:
    """The title of a secret in published posts, which can be chance."""
    problem = f"text: {quoted(secret.post.title)} is the title of {secret.post.path}, {secret.state}"
    return _apart(
        _error(path, _line_of_words(desk, path, secret.post.title), problem, "see that it may be known")
        for path in _paths(desk, numbers).values()
    )


def in_document(document: str, origin: str, secret: Secret, what: str) -> Problem:
    """A document that tells of a secret, where no post is known that does."""
    problem = f"{origin} tells of {secret.post.path}, {secret.state}: {quoted(what)}"
    return OutputError(
        document, None, problem, "take that out of what it is made of, or publish the post first"
    ).problem


def file_of(source: str, secret: Secret) -> Problem:
    """A file that would be published though nothing but a secret names it."""
    problem = f"would be published, and only {secret.post.path} names it, {secret.state}"
    return PostError(
        source, None, problem, f"move it beside the post, or write embargo: false into {secret.post.path}"
    ).problem


def at_address(source: str, secret: Secret) -> Problem:
    """A file that would be published where a secret will be."""
    problem = f"would be published at the address of {secret.post.path}, {secret.state}"
    return PostError(source, None, problem, "take it away until then").problem


def _apart(errors: Iterable[Problem]) -> list[Problem]:
    """Each once: a note on a post stands in the post too."""
    return [*{str(error): error for error in errors}.values()]


def _paths(desk: BuildContext, numbers: Iterable[int]) -> dict[int, str]:
    found = {post.number: post.post.path for post in desk.cache.posts.get([*numbers])}
    return {SETTINGS: SETTINGS_FILE, **found} if SETTINGS in numbers else found


def _named(desk: BuildContext, path: str, secret: Secret, uri: str) -> Problem:
    post = secret.post
    urls = (*own_urls(post, desk.publication), post.canonical_url)
    key, what = ("link", "address") if uri in map(page_key, urls) else ("text", "id")
    host, _, below = uri.partition("//")[2].partition("/")
    written = (*urls, post.id, uri, quote(uri, safe=":/,@"), f"{host}/{below}", f"/{below}" if below else uri)
    line = line_of(desk.folder, path, *written)
    problem = f"{key}: {quoted(uri)} is the {what} of {post.path}, {secret.state}"
    is_elsewhere = post.link and uri == page_key(post.link) != page_key(post.url)
    known = f"if it may be known write embargo: false into {post.path}" if is_elsewhere else "publish that first"
    return _error(path, line, problem, f"take it out, or {known}")


def _told(desk: BuildContext, path: str, secret: Secret, run: Run) -> Problem:
    start, end = run
    words = secret.text[start:end].strip(" .,;:!?)")
    told = quoted(words[: _SHOWN - 1] + "…")
    problem = f"text: {told} stands in {secret.post.path} too, {secret.state}"
    remedy = f"take it out of one of them, or if it may be known write embargo: false into {secret.post.path}"
    return _error(path, _line_of_words(desk, path, words), problem, remedy)


def _line_of_words(desk: BuildContext, path: str, text: str) -> int | None:
    """The line of a file that has most of how a text begins, pair of words by pair, whatever marks stand between."""
    wanted = set(_pairs(text)[:_PAIRS])
    try:
        lines = read(desk.folder, path)[0].text.split("\n")
    except PostError:
        return None
    counts = [len(wanted.intersection(_pairs(line))) for line in lines]
    most = max(counts)
    return counts.index(most) + 1 if most else line_of(desk.folder, path, text[:20], text[:10])


def _pairs(text: str) -> list[tuple[str, str]]:
    words = _WORD.findall(text)
    return list(pairwise(words))


def _error(path: str, line: int | None, problem: str, remedy: str) -> Problem:
    return (SettingsError if path == SETTINGS_FILE else PostError)(path, line, problem, remedy).problem
