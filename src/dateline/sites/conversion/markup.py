"""Write the Markdown that template code is converted to, which every engine of Dateline reads alike. Pure."""

import re
from collections.abc import Mapping
from html import escape

from dateline.errors import InputError
from dateline.render import render
from dateline.render.html import fill_slots
from dateline.render.template_code import Construct, constructs
from dateline.text import edited

# Kinds of admonitions, and the titles of those without one of their own.
TITLES = dict(
    pair.split("=")
    for pair in """
    abstract=Abstract alert=Note attention=Attention bug=Bug caution=Caution check=Success cite= danger=Danger
    default=Note error=Error example=Example fail=Failure failure=Failure faq=Question help=Help hint=Hint
    important=Important info=Info information=Info memo=Note missing=Failure note=Note primary=Note question=Question
    quote= seealso=See_also success=Success summary=Summary tip=Tip tldr=Summary todo=To_do warn=Warning
    warning=Warning
    """.split()
)
_FENCE = re.compile(r"`{3,}")
_UNSAFE_IN_TARGET = re.compile(r"[\s()<>\"'\\`]")


def fenced(code: str, language: str) -> str:
    """Return code in a fence that is longer than any inside, without empty lines at its ends."""
    fence = max((f"{run}`" for run in _FENCE.findall(code)), key=len, default="```")
    lines = code.rstrip().split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    return "\n".join([fence + language, *lines, fence])


def quoted(title: str, text: str) -> str:
    """Return a quotation that begins with a bold title, if there is one."""
    bold = f"**{title.strip().replace('**', '')}**" if title.strip() else ""
    lines = "\n\n".join(filter(None, (bold, text.strip("\n").rstrip()))).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines)


def folded(title: str, text: str) -> str:
    """Return text that readers show when asked to. The attribute makes Python-Markdown read Markdown in it."""
    return f'<details markdown="1">\n<summary>{escape(title, quote=False)}</summary>\n\n{text.strip()}\n\n</details>'


def title_of(kind: str) -> str:
    """Return the title of an admonition of a kind, which is empty for quotations."""
    return TITLES.get(kind.lower(), kind.replace("-", " ").replace("_", " ").capitalize()).replace("_", " ")


def label(text: str) -> str:
    """Return text in one line, for the brackets of a link or a picture."""
    return re.sub(r"[\[\]]", r"\\\g<0>", " ".join(text.split()))


def target_of(address: str) -> str:
    """Return an address as the target of a link or a picture in Markdown."""
    return _UNSAFE_IN_TARGET.sub(lambda match: f"%{ord(match[0]):02X}", address)


def inline_html(markdown: str) -> str:
    """Return the HTML of a line of Markdown."""
    line = " ".join(markdown.split())
    html = as_html(line)
    return html.removeprefix("<p>").removesuffix("</p>") if html.count("<p>") == 1 else escape(line, quote=False)


def as_html(markdown: str) -> str:
    """Return the HTML of Markdown, without empty lines, so that it can be part of a block of HTML."""
    try:
        rendering = render(markdown, "python-markdown", "", smart_quotes=False, accepts_template_code=True)
    except InputError:
        return escape(markdown, quote=False)
    html = fill_slots(rendering.html, [reference.target for reference in rendering.references])
    return re.sub(r"\n(?=[ \t]*\n)", "&#10;", html)


def picture(source: str, alt: str, sizes: Mapping[str, str]) -> str:
    """Return a picture of a size, if that is known, by names of HTML's attributes."""
    size = " ".join(f"{name}={value}" for name, value in sizes.items() if value)
    return f"![{label(alt)}]({target_of(source)})" + (f"{{{size}}}" if size else "")


def figure(source: str, alt: str, sizes: Mapping[str, str], caption: str, link: str = "") -> str:
    """Return a picture with a caption, which is Markdown."""
    size = "".join(f' {name}="{value}"' for name, value in sizes.items() if value)
    image = f'<img src="{escape(source)}" alt="{escape(" ".join(alt.split()))}"{size}>'
    return captioned(f'<a href="{escape(link)}">{image}</a>' if link else image, caption)


def captioned(html: str, caption: str) -> str:
    """Return HTML with a caption, which is Markdown."""
    return f"<figure>{html}<figcaption>{inline_html(caption)}</figcaption></figure>"


def as_text(markdown: str) -> str:
    """Return Markdown that shows template code as it is written."""
    return edited(markdown, ((found.start, found.end, _escaped(found)) for found in constructs(markdown)))


def _escaped(found: Construct) -> str:
    return re.sub(r"[{\[]|^[^{\[!]", lambda match: f"&#{ord(match[0])};", found.text)
