"""A page of the output ─▶ the same with the preview's script in it, and leave for that in its policy."""

import re
from html import escape

from dateline.text import unescape

SCRIPT = "/.dateline/reload.js"

_HEAD = re.compile(rb"<head(?:\s[^>]*)?>|<html(?:\s[^>]*)?>|<!doctype[^>]*>", re.IGNORECASE)
_META = re.compile(rb"<meta\s[^<>]*+>", re.IGNORECASE)
_POLICY = re.compile(rb"""http-equiv\s*=\s*["']?content-security-policy["'\s/>]""", re.IGNORECASE)
_CONTENT = re.compile(rb"""(\scontent\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)


def with_script(page: bytes, build: str, look: int | None = None) -> bytes:
    """The page with the script that reloads it when there is another build than this one, and with leave to run it.

    With `look`, it is reloaded after each look at the posts.
    """
    after = f' data-look="{look}"' if look is not None else ""
    script = f'<script src="{SCRIPT}" data-build="{escape(build)}"{after} defer></script>'.encode()
    page = _META.sub(lambda found: _permitted(found[0]), page)
    # After the policy, so that what runs here runs under it; before anything that could be text.
    places = [match.end() for match in _META.finditer(page) if _POLICY.search(match[0])]
    places = places or [match.end() for match in _HEAD.finditer(page[:10_000])]
    place = max(places, default=0)
    return page[:place] + script + page[place:]


def _permitted(meta: bytes) -> bytes:
    """A meta tag; where it is a policy, one that lets the script run and listen."""
    if not _POLICY.search(meta):
        return meta

    def replace(found: re.Match[bytes]) -> bytes:
        policy = unescape(found[2][1:-1].decode("utf-8", "replace"))
        return found[1] + f'"{escape(permissive(policy))}"'.encode()

    return _CONTENT.sub(replace, meta, count=1)


def permissive(policy: str) -> str:
    """A Content-Security-Policy that, besides what it allows, allows scripts and connections of the page's origin."""
    directives: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.split() or [""]
        if name:
            directives.setdefault(name.lower(), sources)
    default = directives.get("default-src")
    for name in ("script-src", "script-src-elem", "connect-src"):
        allowed = directives.get(name, default if name != "script-src-elem" else None)
        if allowed is not None:
            directives[name] = [*(source for source in allowed if source not in ("'none'", "'self'")), "'self'"]
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
