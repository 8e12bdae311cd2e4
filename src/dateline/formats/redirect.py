"""A page at an old address, which leads to the new one."""

from html import escape

_PAGE = """\
<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{url}</title>
<link rel="canonical" href="{url}">
<meta http-equiv="refresh" content="0; url={url}">
</head>
<body><a href="{url}">{url}</a></body>
</html>
"""


def redirect(url: str, language: str) -> bytes:
    """The page that leads to `url`, which it gives as the canonical address."""
    return _PAGE.format(url=escape(url), language=escape(language)).encode()
