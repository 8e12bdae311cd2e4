"""What a subscriber sees at any moment: everything that the feeds name is there."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

FEEDS = ("rss.xml", "atom.xml", "feed.json")


def dead_links(read: Callable[[str], bytes | None], url: str = "https://example.org/") -> list[str]:
    """Return the links of the main feeds, and of archives that they lead to, at which there is no file.

    `read` returns the content of a file of the site at `url`.
    """
    return list(_dead_links(read, url, [*FEEDS]))


def _dead_links(read: Callable[[str], bytes | None], url: str, left: list[str]) -> Iterator[str]:
    seen = set(left)
    pattern = re.compile(re.escape(url).encode() + rb"[^\s\"'<>\\?#]*")
    while left:
        feed = left.pop()
        content = read(feed) or b""
        for link in set(pattern.findall(content)):
            path = unquote(link.decode().removeprefix(url))
            file = next((one for one in (path, f"{path}index.html", f"{path}.html") if read(one) is not None), None)
            if file is None:
                yield f"{feed} -> {link.decode()}"
            elif file not in seen and "archive/" in file and file.endswith((".xml", ".json")):
                seen.add(file)
                left.append(file)
