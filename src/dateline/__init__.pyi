# What type checkers see of the package, which loads these names only when they are used.
from dateline.api import *  # noqa: F403 - its __all__ is the list

__version__: str
