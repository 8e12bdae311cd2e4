"""Dateline publishes a folder of dated Markdown posts as feeds that people subscribe to.

`dateline.api` has what is promised to programs; it is loaded when something of it is used.
"""

import sys
from types import ModuleType

__version__ = "0.1.0"
__all__ = [
    "BuildError",
    "Change",
    "Changes",
    "DatelineError",
    "Due",
    "File",
    "Findings",
    "Problem",
    "Report",
    "SurpriseError",
    "build",
    "check",
    "diff",
]


class _Package(ModuleType):
    """A package with names that it loads late. Those of folders are not replaced when these are imported."""

    def __getattr__(self, name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module("dateline.api"), name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in __all__ or not isinstance(value, ModuleType):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
