"""Old addresses of posts become paths in the output, where pages stand that lead to the new ones."""

from urllib.parse import unquote, urlsplit

from dateline.content.urls import is_whole, web_url
from dateline.errors import Unreadable, quoted

_REMEDY = "write its path from the root of the publication, like /2019/ferry/"
_MAX_NAME = 255  # bytes; file systems take no longer ones
_MAX_PATH = 1000


def redirect_path(text: str, home: str) -> str:
    """The path, in the output, of a page at an old address of the publication whose `url` is `home`.

    `text` is a path from there, or a whole address below it. An address that ends in a slash, or in no ``.html``,
    is that of a folder, whose page is ``index.html``.
    """
    address = text.strip()
    if is_whole(address):
        address = _below(web_url(address), home)
    if "?" in address or "#" in address:
        raise Unreadable(f"{quoted(text)} has a query or a fragment, for which no file can stand", _REMEDY)
    path = output_path(address.removeprefix("/"))
    if path is None:
        raise Unreadable(f"{quoted(text)} is no path of a page", _REMEDY)
    if path == "index.html":
        raise Unreadable(f"{quoted(text)} is the publication's own page", _REMEDY)
    return path


def output_path(address: str) -> str | None:
    """The file that a web server shows at an address relative to the publication's; None where there can be none."""
    try:
        path = unquote(address, errors="strict")
    except UnicodeDecodeError:
        return None
    names = path.removesuffix("/").split("/") if path else []
    # An encoded slash would make two names of one; a name must not lead elsewhere, nor break a line.
    if len(names) != (len(address.removesuffix("/").split("/")) if address else 0):
        return None
    if any(not name or name in (".", "..") or not name.isprintable() or "\\" in name for name in names):
        return None
    if not path.endswith((".html", ".htm")) or not names:
        names.append("index.html")
    path = "/".join(names)
    return path if len(path.encode()) <= _MAX_PATH and all(len(name.encode()) <= _MAX_NAME for name in names) else None


def _below(address: str, home: str) -> str:
    """An address without that of the publication before it, which http:// or https:// may begin."""
    _, place, path, *_ = urlsplit(home)
    prefix = f"//{place}{path}".lower()
    rest = address.partition(":")[2]
    if not (rest.lower() + "/").startswith(prefix):
        raise Unreadable(f"{quoted(address)} is not below {home}", _REMEDY)
    return rest[len(prefix) :]
