"""Regular expressions that are compiled when they are first used.

There are hundreds, and a command that compiled them all would spend a quarter of its start on that. Most builds need
less than half of those in the modules that they load.
"""

import re
from typing import Any, AnyStr, cast


class _Pattern:
    """Stands for a pattern. Its attributes are those of the compiled one, each looked up there once."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what does the same as `re.compile(pattern, flags)`, apart from errors, which come with its first use."""
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))
