"""What queries have in common: which posts they ask for, and in which order."""

import json
from collections.abc import Collection

from dateline.cache.schema import DRAFT, MAIN

# In the main feed; in that or in the feed of corrections.
OUT = f"place = {MAIN} AND due_at <= :now"
OUT_SOMEWHERE = f"place < {DRAFT} AND due_at <= :now"
NEWEST_FIRST = "ORDER BY published_at DESC, id"
AMONG = "number IN (SELECT value FROM json_each(:numbers))"


def listed(values: Collection[int | str]) -> str:
    """Values for json_each."""
    return json.dumps(list(values))


def out_among(numbers: Collection[int] | None) -> tuple[str, dict[str, str]]:
    """Posts that are out somewhere, those among `numbers` or all: the condition, and the values for it beside `now`."""
    if numbers is None:
        return OUT_SOMEWHERE, {}
    return f"{OUT_SOMEWHERE} AND posts.{AMONG}", {"numbers": listed(numbers)}
