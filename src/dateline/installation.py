"""How this copy of Dateline was installed, and so how to add an extra to it.

A remedy for a library that is missing calls `how_to_install`: ``run .venv/bin/pip install -e '.[commonmark]'``.
Dateline is on no package index: its name alone would have pip find nothing, or a program of somebody else.
"""

import json
import os
import re
import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_PROJECT = "dateline"
_LIBRARY = re.compile(r"[\w.-]+")
_EXTRA = re.compile(r"""extra == ['"]([^'"]+)['"]""")


def how_to_install(extra: str) -> str:
    """Return how to add an extra of pyproject.toml: "run " and a command for any shell.

    The command suits the program that installed Dateline (pip, pipx or uv), and what it installed, as direct_url.json
    says (PEP 610): a checkout, a wheel or a repository. If that is gone, the command names the libraries of the extra.
    """
    installed = _find(_PROJECT)
    if installed is None:
        return f"install Dateline as its README says, with the extra {extra}"
    return f"run {shlex.join(_command(installed, extra))}"


def installed_from() -> str:
    """Return what pip has to install on another machine to get this Dateline; empty if that cannot reach it."""
    installed = _find(_PROJECT)
    if installed is None:
        return ""
    origin = _origin(installed)
    url, commit = str(origin["url"]), origin.get("vcs_info", {}).get("commit_id")
    if url.startswith("file:") or "@" in urlsplit(url).netloc or "dir_info" in origin:
        return ""
    return f"git+{url}@{commit}" if commit else url


def _find(project: str) -> "Distribution | None":
    from importlib.metadata import PackageNotFoundError, distribution  # it takes 20 ms to load

    try:
        return distribution(project)
    except PackageNotFoundError:
        return None


def _command(installed: "Distribution", extra: str) -> list[str]:
    libraries = _libraries(installed).get(extra, [])
    if os.path.isfile(os.path.join(sys.prefix, "pipx_metadata.json")):
        return ["pipx", "inject", _PROJECT, *libraries]
    # These two make the environment anew, so they are also told the extras that it has.
    if source := _source(installed, {*_extras_of(installed), extra}):
        if os.path.isfile(os.path.join(sys.prefix, "uv-receipt.toml")):
            return ["uv", "tool", "install", *source]
        if os.path.basename(os.path.dirname(sys.prefix)).startswith("archive-v"):  # in the cache of uvx
            return ["uvx", "--from", source[-1], _PROJECT]
    return [*_installer(), *(_source(installed, {extra}) or libraries)]


def _installer() -> list[str]:
    """Return the command that installs into this environment."""
    pip = os.path.join(sys.prefix, "bin", "pip")
    if sys.prefix != sys.base_prefix and os.path.isfile(pip):
        return [_short(pip), "install"]
    if _find("pip"):
        return [sys.executable, "-m", "pip", "install"]
    return ["uv", "pip", "install", "--python", _short(sys.executable)]


def _source(installed: "Distribution", extras: Iterable[str]) -> list[str]:
    """Return what to install for these extras, as arguments of pip or uv; none if it is not known, or gone."""
    origin = _origin(installed)
    url, repository, names = origin["url"], origin.get("vcs_info"), f"[{','.join(sorted(extras))}]"
    if repository:
        revision = repository.get("requested_revision") or repository["commit_id"]
        return [f"{_PROJECT}{names} @ {repository['vcs']}+{url}@{revision}"]
    if not url.startswith("file:"):
        return [f"{_PROJECT}{names} @ {url}"] if url else []
    path = unquote(urlsplit(url).path)
    editable = ["-e"] if origin.get("dir_info", {}).get("editable") else []
    return [*editable, _short(path) + names] if os.path.exists(path) else []


def _origin(installed: "Distribution") -> dict[str, Any]:
    """Return what direct_url.json says (PEP 610), with an empty `url` if there is none."""
    with suppress(ValueError):
        return {"url": "", **json.loads(installed.read_text("direct_url.json") or "{}")}
    return {"url": ""}


def _short(path: str) -> str:
    """Return a path relative to the working directory if it is below that."""
    with suppress(OSError):  # if that is gone
        short = os.path.relpath(path)
        return path if short.startswith(os.pardir) else short
    return path


def _libraries(installed: "Distribution") -> dict[str, list[str]]:
    """Return the libraries of each extra, with the versions that fit."""
    found: dict[str, list[str]] = {}
    for line in installed.requires or ():
        library, _, marker = line.partition(";")
        if match := _EXTRA.search(marker):
            found.setdefault(match[1], []).append(library.strip())
    return found


def _extras_of(installed: "Distribution") -> list[str]:
    """Return the extras whose libraries are all installed."""
    names = {extra: map(_LIBRARY.match, libraries) for extra, libraries in _libraries(installed).items()}
    return [extra for extra, matches in names.items() if all(match and _find(match[0]) for match in matches)]
