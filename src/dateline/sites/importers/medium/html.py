"""Rewrite what Medium's editor writes as elements that readers show. Pure."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from dateline.sites.html.editors import code_block, link_inside, simplified, words
from dateline.sites.html.elements import New, Rewrite, drop


def for_readers(title: str, html: str) -> str:
    """Return the HTML of a story without its title and subtitle, which are above it. Raises InputError."""
    return simplified(html, {**_RULES, **dict.fromkeys(("h2", "h3", "h4"), partial(_heading, words(title)))})


def _heading(title: str, heading: Any, _new: New) -> None:
    """Drop a heading that repeats the title, if nothing but pictures is above it."""
    if words(heading.get_text()) == title and heading.find_previous(["p", "h2", "h3", "h4"]) is None:
        heading.extract()


def _divider(divider: Any, _new: New) -> None:
    """Drop the line above the first section."""
    if divider.find_previous(class_=re.compile(r"\bgraf\b")) is None:
        divider.extract()


def _card(card: Any, new: New) -> None:
    """Link to a page that is shown with a part of its text."""
    title = card.find(["strong", "span"])
    link_inside(card, new, " ".join((title or card).get_text().split()))


def _code(pre: Any, new: New) -> None:
    """Make one block of what Medium writes as several, one for each part between empty lines."""
    language, before = pre.get("data-code-block-lang", ""), pre.find_previous_sibling()
    code_block(pre, language, new)
    if before is not None and before.name == "pre" and not (language or before.code.attrs):
        pre.code.insert(0, f"{before.get_text()}\n\n")
        before.extract()


def _quote(quote: Any, new: New) -> None:
    """Make one quotation of what Medium writes as several, one for each paragraph."""
    before = quote.find_previous_sibling()
    quote.name = "p"
    if before is None or before.name != "blockquote":
        quote.wrap(new("blockquote"))
    else:
        before.append(quote.extract())


_RULES: Mapping[str, Rewrite] = {
    "section-divider": _divider,
    "graf--subtitle": drop,
    "graf--mixtapeEmbed": _card,
    "twitter-tweet": link_inside,
    "pre": _code,
    "blockquote": _quote,
}
