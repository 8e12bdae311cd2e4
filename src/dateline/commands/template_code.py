"""Report template code in a post, which makes no sense to readers."""

from collections.abc import Iterator

from dateline.content.front_matter_keys import SUMMARY
from dateline.content.key_values import Fields, texts
from dateline.content.media import IMAGES
from dateline.content.source import line_in
from dateline.errors import quoted
from dateline.model import Post, Rendering, Source, TemplateCode
from dateline.render.template_code import KINDS, Construct, constructs

_ACCEPT = "accept it with template_code: ok"


def template_code_remarks(
    source: Source, fields: Fields, post: Post, rendering: Rendering
) -> Iterator[tuple[str | int | None, str, str]]:
    """Yield a remark for each piece: its line or key, the problem, and the remedy."""
    if post.template_code == "ok":
        return
    for key in ("title", *SUMMARY, *IMAGES, "image_alt"):
        ignored = "" if key == "title" else ", so it is ignored"
        for found in (one for text in texts(fields.get(key) or "") for one in constructs(text)):
            yield key, f"{_problem(found)}{ignored}", f"write it out, or {_ACCEPT}"
    if fields.get("title") is None:
        yield from _in_heading(source, fields, post)
    for one in rendering.template_code:
        line = post.body_line + one.line - 1 if one.line else line_in(source.text, one.text)
        yield line, f"text: {_problem(one)}", f"{KINDS[one.kind].remedy}, or {_ACCEPT}"


def _in_heading(source: Source, fields: Fields, post: Post) -> Iterator[tuple[int, str, str]]:
    """Yield a remark for each piece in the heading that is the title, between front matter and text."""
    above = "\n".join(source.text.split("\n")[: post.body_line - 1])
    for found in constructs(above):
        line = above.count("\n", 0, found.start) + 1
        if line > max(fields.lines.values(), default=0):
            yield line, f"title: {_problem(found)}", f"write it out, or {_ACCEPT}"


def _problem(found: Construct | TemplateCode) -> str:
    return f"{quoted(found.text)} is template code ({found.kind}), which Dateline does not run"
