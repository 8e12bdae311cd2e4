"""Elements that are never closed, and would take the rest of a post with them, while nobody knows."""

from collections.abc import Collection
from html.parser import HTMLParser

from dateline.errors import Unreadable

# In these, and in what is in them, a slash at the end of a tag closes the element; in HTML it means nothing.
_FOREIGN = ("math", "svg")
# Up to the tag that closes one of these, HTML sees no others.
_RAW = ("iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp")


def check_closed(html: str, tags: Collection[str]) -> None:
    """Raise Unreadable where an element called by one of `tags` is never closed."""
    elements = _Elements(tags)
    # What has no > after it is no tag, and each < of it would be tried to the end.
    elements.feed(html[: html.rfind(">") + 1])
    elements.close()
    for tag, written in elements.open:
        problem = f"text: <{tag}> is never closed, so what follows would be left out"
        raise Unreadable(problem, f"write </{tag}>", written.partition("\n")[0])


class _Elements(HTMLParser):
    """Finds elements by their names: `open` are those that are not closed, each with its tag as it was written."""

    def __init__(self, tags: Collection[str]) -> None:
        super().__init__()
        self.tags = tags
        self.open: list[tuple[str, str]] = []

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:  # HTML has comments where older Pythons have no section of this name
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - it is called so
        if tag in self.tags:
            self.open.append((tag, self.get_starttag_text() or ""))
        if tag in _RAW:
            self.set_cdata_mode(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag not in _FOREIGN and not any(outer in _FOREIGN for outer, _ in self.open):
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        of_this = [place for place, (opened, _) in enumerate(self.open) if opened == tag]
        if of_this:
            del self.open[of_this[-1]]
