"""What values look like to an editor: parts of a JSON Schema (draft 7), which the readers of values carry with them.

A schema may accept what a reader refuses, since much depends on other values, but it accepts all that a reader accepts.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Schema = dict[str, Any]
Reader = Callable[..., Any]
F = TypeVar("F", bound=Reader)

# Everything is read as text, so these are as good as what stands in quotation marks.
TEXT: Schema = {"type": ["string", "number", "boolean"]}
DATE: Schema = {"type": ["string", "number"]}
URL: Schema = {"type": "string", "pattern": r"^\s*[Hh][Tt][Tt][Pp][Ss]?:"}
NUMBER: Schema = {
    "anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^[\s_]*[1-9][\d_]*\s*$"}]
}
ANYTHING: Schema = {}
# What counts as if the key were not there; in tables, that is also an empty list or table. As limits of length, since
# editors would propose a word of an enumeration.
_NOTHING: Schema = {"type": ["string", "null"], "maxLength": 0}
_NOTHING_IN_TABLE: Schema = {
    "type": ["string", "null", "array", "object"],
    "maxLength": 0,
    "maxItems": 0,
    "maxProperties": 0,
}


def written_as(schema: Schema) -> Callable[[F], F]:
    """Make a function the reader of values with this schema."""

    def mark(reader: F) -> F:
        vars(reader)["schema"] = schema
        return reader

    return mark


def schema_of(reader: Reader) -> Schema:
    """Return the schema of what a reader reads."""
    schema: Schema | None = vars(reader).get("schema")
    assert schema is not None, f"{reader} has no schema: mark it with @written_as"
    return schema


def optional(schema: Schema, nothing: Schema = _NOTHING) -> Schema:
    """Return the schema of a value that may also be nothing, as if its key were not there."""
    if "type" in schema and nothing is _NOTHING:  # in one schema, about which editors have better messages
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if "string" not in types:
            return schema | {"type": [*types, "string", "null"], "maxLength": 0}
        pattern = {"pattern": f"^$|{schema['pattern']}"} if "pattern" in schema else {}
        return schema | {"type": [*types, "null"]} | pattern
    return any_of(*(schema["anyOf"] if schema.keys() == {"anyOf"} else [schema]), nothing) if schema else {}


def any_of(*schemas: Schema) -> Schema:
    """Return the schema of a value of one of several kinds."""
    return {"anyOf": [*schemas]}


def one_or_list(schema: Schema) -> Schema:
    """Return the schema of one value, or a list of such values."""
    return any_of(schema, {"type": "array", "items": schema})


def list_of_words(schema: Schema) -> Schema:
    """Return the schema of a list, which may have lists in it, or text with commas between."""
    return any_of({"type": "array", "items": any_of(schema, {"type": "array"}, _NOTHING)}, TEXT)


def table_of(
    keys: Mapping[str, Schema | Reader], required: Iterable[str] = (), *, others: Schema | bool = False
) -> Schema:
    """Return the schema of a table, given the schemas or the readers of its keys.

    `others` is the schema of all other keys, or whether they are permitted.
    """
    found = {key: value if isinstance(value, dict) else schema_of(value) for key, value in keys.items()}
    schema: Schema = {
        "type": "object",
        "properties": {
            key: value if key in required else optional(value, _NOTHING_IN_TABLE) for key, value in found.items()
        },
        "additionalProperties": others,
    }
    return schema | ({"required": [*required]} if required else {})


def words(values: Iterable[str], around: str = "") -> Schema:
    """Return the schema of some words in small letters or capitals, and of the truth values among them.

    `around` is a pattern of what may stand before and after them.
    """
    known = sorted(values)
    typed = [word == "true" for word in known if word in ("true", "false")]
    text = f"^{around}({'|'.join(map(_in_any_case, known))}){around}$"
    return any_of(*([{"enum": typed}] if typed else []), {"type": "string", "pattern": text})


def _in_any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.upper() != c else c for c in word)


YES_OR_NO = words(("true", "yes", "on", "false", "no", "off"), r"\s*")
