"""The text of a post file becomes fields with line numbers, and a body."""

from dateline.errors import PostError
from dateline.model import Body, Source
from dateline.reading.fields import Fields

MAX_FRONT_MATTER = 16 * 1024

_FENCES = ("---", "+++")


def split(source: Source) -> tuple[Fields, Body]:
    """Take a post file apart. Raises PostError where its front matter is missing or malformed."""
    lines = source.text.split("\n")
    fence = lines[0].rstrip()
    if fence not in _FENCES:
        raise PostError(
            source.path, 1, "front matter: missing", "begin the file with a line ---, then title: and date:, then ---"
        )
    end = next((n for n, line in enumerate(lines) if n and line.rstrip() == fence), None)
    if end is None:
        raise PostError(source.path, 1, "front matter: never closed", f"put a line {fence} after the last key")
    text = "\n".join(lines[1:end])
    if len(text) > MAX_FRONT_MATTER:
        raise PostError(
            source.path, 1, f"front matter: more than {MAX_FRONT_MATTER // 1024} KiB", "move the text below it"
        )
    return _read(fence, source.path, text), Body("\n".join(lines[end + 1 :]), end + 2)


def _read(fence: str, path: str, text: str) -> Fields:
    """Each language has a module of its own, loaded where it is read."""
    if fence == "+++":
        from dateline.reading.toml_fields import read_toml

        return read_toml(path, text, PostError, 2)
    from dateline.reading.yaml_fields import read_yaml

    return read_yaml(path, text, PostError, 2)
