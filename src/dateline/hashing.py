"""How the cache knows that something has changed: digests, and the versions of all that it depends on.

Digests are short BLAKE2 ones in the cache, and SHA-256 in the manifest. A build that has nothing to do runs through
here, so this imports next to nothing.
"""

import os
import sys
from collections.abc import Iterator
from io import BufferedReader

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL, which takes longer than everything else in such a build
except ImportError:
    from hashlib import blake2b

# Libraries whose next release may give other posts, other HTML or other feeds.
ENGINES = frozenset(
    "babel comrak_ext feedgen imagesize jinja2 lxml markdown nh3 pygments python_dateutil pyyaml tinytag tzdata".split()
)


def digest(value: object) -> str:
    """Return a key, 32 hexadecimal digits, that is equal for values of the same repr."""
    return digest_bytes(repr(value).encode(errors="surrogatepass"))


def digest_bytes(content: bytes, size: int = 16) -> str:
    """Return a digest of `size` bytes in hexadecimal digits."""
    return blake2b(content, digest_size=size).hexdigest()


def checksum(*parts: object) -> int:
    """Return a number of 63 bits, which SQLite can hold, for values as `str` shows them."""
    return checksum_bytes("\0".join(map(str, parts)).encode(errors="surrogatepass"))


def checksum_bytes(content: bytes) -> int:
    """Return a number of 63 bits, which SQLite can hold."""
    return int.from_bytes(blake2b(content, digest_size=8).digest()) >> 1


def sha256(content: bytes | BufferedReader) -> str:
    """Return the SHA-256 of bytes, or of the rest of an open file, in hexadecimal digits."""
    import hashlib

    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    return hashlib.file_digest(content, "sha256").hexdigest()


def versions() -> str:
    """Return one text that changes with every release of Python, of a library, and with every edit of this program.

    Releases are read from the names of the folders that installers create beside the libraries: importlib.metadata
    takes longer than a build that has nothing to do.
    """
    code = _code(os.path.dirname(os.path.abspath(__file__)))
    return "\n".join([sys.version, *sorted(set(_releases())), *sorted(code)])


def versions_by_name() -> dict[str, str]:
    """Return the versions of Python, of ENGINES and of this program, which are equal on machines that have the same.

    The version of this program has a digest of its code, since a checkout changes without a release.
    """
    from dateline import __version__

    folder = os.path.dirname(os.path.abspath(__file__))
    code = []
    for line in sorted(_code(folder)):
        path = line.rsplit(" ", 2)[0]
        with open(os.path.join(folder, path), "rb") as file:
            code.append((path, digest_bytes(file.read())))
    found = {"Python": sys.version.split()[0], "Dateline": f"{__version__} (code {digest(code)[:8]})"}
    for name in _releases():
        found.setdefault(_project(name), name.rpartition(".")[0].partition("-")[2])
    return found


def is_installed(project: str) -> bool:
    """Return whether one of ENGINES is installed. (The module of another project may have the same name.)"""
    return any(_project(name) == project for name in _releases())


def _project(name: str) -> str:
    return name.partition("-")[0].lower().replace(".", "_")


def _releases() -> Iterator[str]:
    """Yield the names of folders that name a release of one of ENGINES."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")) and _project(name) in ENGINES:
                yield name


def _code(folder: str) -> Iterator[str]:
    """Yield the files of this program, with size and time of change: a checkout changes without a release."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".py", ".html", ".css", ".js", ".toml")):
                status = entry.stat()
                yield f"{entry.name} {status.st_size} {status.st_mtime_ns}"
            elif entry.is_dir() and entry.name != "__pycache__":
                for line in _code(entry.path):
                    yield f"{entry.name}/{line}"
