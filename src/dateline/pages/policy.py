"""The Content-Security-Policy of pages: what a browser may load and run on them, and where a form may send to."""

_SOURCES = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'none'",
    "img-src": "http: https: data:",
    "media-src": "http: https:",
    "base-uri": "'none'",
    "form-action": "'none'",
}


def page_policy(*, with_script: bool = False) -> str:
    """Return the policy of a page; `with_script`: one that has a script of ours."""
    sources = {**_SOURCES, "script-src": "'self'"} if with_script else _SOURCES
    return "; ".join(f"{directive} {allowed}" for directive, allowed in sources.items())
