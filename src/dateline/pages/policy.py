"""The Content-Security-Policy of pages: what a browser may load and run on them, and where a form may send to."""

from collections.abc import Iterable

_NONE = "'none'"
_SOURCES = {
    "default-src": _NONE,
    "style-src": "'self'",
    "script-src": _NONE,
    "img-src": "http: https: data:",
    "media-src": "http: https:",
    "base-uri": _NONE,
    "form-action": _NONE,
}


def page_policy(allow: Iterable[tuple[str, tuple[str, ...]]], *, with_script: bool = False) -> str:
    """Return the policy of a page that may load what `allow` says, too; `with_script`: it has a script of ours."""
    sources = {**_SOURCES}
    for kind, allowed in (("script", ("'self'",)), *allow) if with_script else allow:
        directive = "form-action" if kind == "form" else f"{kind}-src"
        before = sources.get(directive, _NONE)
        sources[directive] = " ".join(dict.fromkeys([*(before.split() if before != _NONE else ()), *allowed]))
    return "; ".join(f"{directive} {allowed}" for directive, allowed in sources.items())
