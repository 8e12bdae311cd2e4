"""Finds elements that are never closed: a sanitiser drops the rest of the post with them, and says nothing.

A module of its own, since html.parser takes long to load and few posts need it.
"""

from collections.abc import Collection
from html.parser import HTMLParser

from dateline.errors import InputError

# In these, and in what is in them, a slash at the end of a tag closes the element; in HTML it means nothing.
_FOREIGN = ("math", "svg")
# HTML sees no other tags until one of these is closed.
_RAW = ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")


def check_closed(html: str, tags: Collection[str]) -> None:
    """Raise InputError for an element among `tags` that is never closed."""
    elements = _Elements(tags)
    # Without a > after it, a < begins no tag, and the parser would try each one to the end.
    elements.feed(html[: html.rfind(">") + 1])
    elements.close()
    for tag, written in elements.open:
        problem = f"text: <{tag}> is never closed, so what follows would be left out"
        raise InputError(problem, f"write </{tag}>", written.partition("\n")[0])


class _Elements(HTMLParser):
    """Elements of some names: `open` has the name, and the tag as written, of each that is not closed."""

    def __init__(self, tags: Collection[str]) -> None:
        super().__init__()
        self.tags = tags
        self.open: list[tuple[str, str]] = []

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:  # an unknown section, which HTML reads as a comment but older Pythons refuse
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the signature of HTMLParser
        if tag in self.tags:
            self.open.append((tag, self.get_starttag_text() or ""))
        if tag in _RAW:
            self.set_cdata_mode(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag not in _FOREIGN and not any(outer in _FOREIGN for outer, _ in self.open):
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        last = max((number for number, (opened, _) in enumerate(self.open) if opened == tag), default=None)
        if last is not None:
            del self.open[last]
