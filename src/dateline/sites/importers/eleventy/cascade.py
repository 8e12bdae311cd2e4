"""Read what holds for Eleventy's posts besides their own front matter: that of layouts, and data files (a cascade)."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dateline.content.edit import source_with_keys
from dateline.content.front_matter_keys import AUTHORS, DATES, KEYS, LANGUAGE, SUMMARY, spellings
from dateline.content.key_values import Fields, Value, texts
from dateline.errors import PostError, Problem
from dateline.model import Source
from dateline.sites.files import first_file, inside, read_front_matter, table_of, text_of, texts_of
from dateline.sites.literals.javascript import Script, read_script
from dateline.sites.site_data import read_data, unknown_options

ENDINGS = (".json", ".11tydata.json", ".11tydata.cjs", ".11tydata.mjs", ".11tydata.js")  # later ones count for more
_LAYOUTS = ("", ".njk", ".liquid", ".html", ".hbs", ".webc", ".md")
EXCLUDED = spellings("eleventy_exclude_from_collections")
_NOT_INHERITED = {"permalink", "id", "slug", "url", "path", *EXCLUDED}
_ONE_OF = (AUTHORS, DATES, LANGUAGE, SUMMARY)
_CODE = re.compile(r"---(?:js|javascript)[ \t]*\n([\s\S]*?)^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_TOML = re.compile(r"\A---toml[ \t]*\n([\s\S]*?)^---[ \t]*(\n|\Z)", re.MULTILINE)
# A function that returns a template of JavaScript, like ({page}) => `/blog/${page.fileSlug}/`.
_FUNCTION = re.compile(r"[^`;?]{0,200}`([^`]*)`")
_VALUE = re.compile(r"\$\{\s*(?:data\.)?([^{}]*)\}")


class Data(NamedTuple):
    """What holds for posts whose front matter says nothing else.

    `values` are by key in lower case, without tags; `topics` are the tags that do not only make collections.
    """

    values: dict[str, Value]
    topics: tuple[str, ...] = ()


class Cascade:
    """The data of a source.

    Its configuration has the folder of `layouts`, other names of these (`aliases`), tags that are no topics
    (`collections`), and the name of data files of folders, if they are not called like these (`base`).
    """

    def __init__(self, source: Path, config: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._config = config
        self._folders: dict[str, Data] = {"": Data({})}
        self._layouts: dict[str, dict[str, Value]] = {}

    def of(self, path: str, layout: str) -> Data:
        """Return the data for the post at a path, whose front matter may name a layout."""
        data = self._folders[""]
        folder = ""
        for name in path.split("/")[:-1]:
            folder = f"{folder}/{name}".lstrip("/")
            if folder not in self._folders:
                self._folders[folder] = self._with(f"{folder}/{self._config['base'] or name}", data)
            data = self._folders[folder]
        data = self._with(posixpath.splitext(path)[0], data)
        return data._replace(values=self._with_layouts(data.values, layout or text_of(data.values.get("layout"))))

    def _with_layouts(self, values: dict[str, Value], name: str) -> dict[str, Value]:
        """Return values with those of a layout, and of the layouts around it, for keys that they lack."""
        seen: set[str] = set()
        while name and name not in seen:
            seen.add(name)
            if name not in self._layouts:
                self._layouts[name] = self._layout(name)
            values = self._layouts[name] | values
            name = text_of(self._layouts[name].get("layout"))
        return values

    def _layout(self, name: str) -> dict[str, Value]:
        """Return the front matter of a layout without tags."""
        stem = inside(
            posixpath.join(self._config["folders"]["layouts"], self._config["aliases"].get(name, name).lstrip("/"))
        )
        paths = (stem + ending for ending in _LAYOUTS if stem)
        fields = read_front_matter(self._source, first_file(self._source, paths))
        return {key: value for key, value in fields.values.items() if key != "tags"}

    def _with(self, stem: str, above: Data) -> Data:
        """Return data with those of the files with one name; tags add up."""
        values, path = read_data(self._source, stem, *ENDINGS)
        if not path:
            return above
        values |= table_of(values.pop("eleventyComputed", {}))
        values |= {} if path.endswith(".json") else self._worked_out(path)
        tags = texts_of(values.pop("tags", ""))
        topics = (*above.topics, *(tag for tag in tags if tag not in self._config["collections"]))
        return Data(above.values | {key.lower(): value for key, value in values.items()}, topics)

    def _worked_out(self, path: str) -> dict[str, Value]:
        """Return the pattern of addresses that a function makes; report what else is worked out by code."""
        script = read_script(self._source, path)
        script.default()
        remedies = {key: f"write {key}: into the posts that it holds for" for key in sorted({*AUTHORS, *DATES})}
        self.problems += unknown_options(self._source, script, remedies)
        if "permalink" not in script.unknown:
            return {}
        function = _FUNCTION.match(script.text, script.unknown["permalink"])
        return {"permalink": _VALUE.sub(r"{{ \1 }}", function[1]) if function else f"{{% a function in {path} %}}"}


def without_code(found: Source) -> tuple[str, list[str]]:
    """Return the text of a post whose front matter is JavaScript with it in YAML, and the keys that are no literals.

    Lines around TOML become those by which others know it; any other text stays as it is.
    """
    code = _CODE.match(found.text)
    if not code:
        return _TOML.sub(r"+++\n\1+++\2", found.text, count=1), []
    is_object = code[1].lstrip()[:1] == "{"
    script = Script(f"export default {code[1]}" if is_object else code[1])
    values = table_of(script.default()) if is_object else script.constants
    try:
        keys = {key.lower(): value for key, value in values.items()}
        written = source_with_keys(Source(found.path, f"---\n---\n{found.text[code.end() :]}"), keys)
    except PostError:
        return found.text, []
    return written.text, sorted(script.unknown)


def inherited(fields: Fields, data: Data) -> Iterator[tuple[str, Value | None]]:
    """Yield what data files say, and front matter does not; tags add up."""
    for key, value in data.values.items():
        same = next((keys for keys in _ONE_OF if key in keys), (key,))
        is_template = any("{{" in text or "{%" in text for text in texts(value))
        if key in KEYS - _NOT_INHERITED and fields.first(*same) is None and not is_template:
            yield key, value
    if data.topics:
        own = fields.get("tags")
        yield "tags", list(dict.fromkeys([*(own.split(",") if isinstance(own, str) else texts_of(own)), *data.topics]))
