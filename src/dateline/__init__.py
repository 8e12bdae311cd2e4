"""Dateline publishes a folder of dated Markdown posts as feeds that people subscribe to.

`dateline.api` has what is promised to programs; it is loaded when something of it is used.
"""

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


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("dateline.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
