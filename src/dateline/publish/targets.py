"""All kinds of targets: how the key `to` begins for each, and what opens it.

A kind is one row. Its libraries are loaded only when a target of it is opened.
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from dateline.errors import TargetError, quoted
from dateline.installation import how_to_install
from dateline.model import PublishTo
from dateline.paths import SETTINGS_FILE
from dateline.publish.model import Target

_KNOWN = "dateline help publishing lists what can be written here"


class Kind(NamedTuple):
    """A kind of target: how `to` begins, what publishing there does, and what opens it.

    `does` is for the question whether that may happen; ``{}`` stands for the target. `opens` is a module of this
    package and a function there, which takes what feed.toml says and the folder of posts, and returns a Target. `extra`
    is the extra of Dateline whose libraries it needs.
    """

    begins: tuple[str, ...]
    does: str
    opens: str
    extra: str = ""


FOLDER = Kind(("file://",), "write files to the folder {}", "stores.folder:open_folder")
UNKNOWN = Kind((), "", "")
TARGETS: tuple[Kind, ...] = (
    FOLDER,
    Kind(("command:",), "run this program: {}", "command_target:open_command"),
    Kind(("sftp://",), "write files to {}", "stores.sftp:open_sftp", "sftp"),
    Kind(("s3://",), "write files to {}", "stores.s3:open_s3", "s3"),
    Kind(("webdav+https://", "webdav+http://"), "write files to {}", "stores.webdav:open_webdav", "webdav"),
    Kind(("git:", "git+"), "push commits to {}", "git_target:open_git"),
)
# File systems of fsspec that need no code of ours: a row for each that was tried, since an address must not choose
# among all code that happens to be installed. The first is the one in memory, for tests.
OTHERS: tuple[Kind, ...] = (Kind(("memory://",), "write files to {}", "stores.fsspec:open_fsspec", "fsspec"),)


def kind_of(to: str) -> Kind:
    """Return the kind of target that `to` names."""
    found = next((kind for kind in (*TARGETS, *OTHERS) if to.startswith(kind.begins)), None)
    return found or (UNKNOWN if "://" in to else FOLDER)


def check_kind(publish: PublishTo, posts: Path) -> Kind:
    """Return the kind of a target. Raises TargetError for what is none."""
    kind = kind_of(publish.to)
    if kind is UNKNOWN:
        file = str(posts / SETTINGS_FILE)
        raise TargetError(file, None, f"publish: cannot publish to {quoted(publish.to)}", _KNOWN)
    return kind


def open_target(publish: PublishTo, posts: Path) -> Target:
    """Open a target. Raises TargetError, also where its libraries are not installed."""
    kind = check_kind(publish, posts)
    module, _, function = kind.opens.partition(":")
    try:
        opens: Callable[[PublishTo, Path], Target] = getattr(import_module(f"dateline.publish.{module}"), function)
        return opens(publish, posts)
    except ModuleNotFoundError as error:
        if not kind.extra or (error.name or "").startswith("dateline"):
            raise
        problem = f"publish: {quoted(publish.to)} needs libraries that are not installed"
        raise TargetError(str(posts / SETTINGS_FILE), None, problem, how_to_install(kind.extra)) from None


def folder_of(to: str, posts: Path) -> Path:
    """Return the folder that `to` names: a path, relative to the folder of posts, or a URL with ``file://``."""
    path = unquote(to[7:].removeprefix("localhost")) if to.startswith("file://") else os.path.expanduser(to)
    return Path(os.path.normpath(os.path.join(posts, path)))
