"""Where Dateline keeps its own files, and what they are called: nothing else in the program spells these names."""

import re
import secrets

LOCK = ".dateline.lock"
MANIFEST = ".dateline.json"
# What version control keeps there can name programs to run, so no output is ever written or removed below these.
REPOSITORIES = frozenset({".git", ".hg", ".svn"})
_TEMPORARY = re.compile(r"\.dateline-[0-9a-f]{16}", re.ASCII)


def temporary_name() -> str:
    """A new name for a temporary file or folder, which nobody can have put a link at beforehand."""
    return f".dateline-{secrets.token_hex(8)}"


def is_temporary(name: str) -> bool:
    """Whether a file or folder has a name of the form that `temporary_name` gives."""
    return _TEMPORARY.fullmatch(name) is not None
