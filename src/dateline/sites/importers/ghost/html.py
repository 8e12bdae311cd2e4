"""Rewrite the cards of Ghost, which its style sheet shows, as elements that readers show. Pure."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from dateline.sites.html.editors import FRAMES
from dateline.sites.html.elements import New, Rewrite, by_class, drop, only_link, rewritten, text_in, unwrap, with_alt

_DOUBLES = {"b": "strong", "i": "em"}
_NO_POSTER = "spacergif.org"  # pictures without anything on them


def for_readers(html: str) -> str:
    """Return the HTML of a post with ordinary elements in place of cards. Raises InputError."""
    return rewritten(html, _RULES)


def _link(classes: str, card: Any, new: New) -> None:
    """Leave the link of a card: of these classes, the first has it, the last more text, and others between its text."""
    link, *texts, more = (f"kg-{name}" for name in classes.split())
    anchor = by_class(card, link)
    if anchor is not None and anchor.get("href"):
        text = next(filter(None, (text_in(card, name) for name in texts)), "")
        only_link(card, anchor["href"], text, text_in(card, more), new)


def _callout(card: Any, new: New) -> None:
    """Quote what is set apart, with its emoji first."""
    text = by_class(card, "kg-callout-text")
    if text is None:
        return
    emoji = text_in(card, "kg-callout-emoji")
    text.name = "p"
    if emoji:
        text.insert(0, f"{emoji} ")
    quote = new("blockquote")
    card.replace_with(quote)
    quote.append(text.extract())


def _toggle(card: Any, new: New) -> None:
    """Fold a text away below its heading."""
    content = by_class(card, "kg-toggle-content")
    if content is None:
        return
    details, summary = new("details"), new("summary")
    summary.string = text_in(card, "kg-toggle-heading-text")
    details.append(summary)
    card.replace_with(details)
    details.append(content.extract())
    content.unwrap()


def _player(kind: str, card: Any, new: New) -> None:
    """Show a recording with the browser's own controls, and with its title or its caption."""
    medium = card.find(kind)
    if medium is None or not medium.get("src"):
        return
    caption = card.find("figcaption")
    figure = new("figure")
    kept = {key: medium[key] for key in ("src", "poster", "width", "height") if medium.get(key)}
    if _NO_POSTER in kept.get("poster", ""):
        del kept["poster"]
    figure.append(new(kind, attrs={"controls": "", **kept}))
    if caption is None and (title := text_in(card, "kg-audio-title")):
        caption = new("figcaption")
        caption.string = title
    card.replace_with(figure)
    if caption is not None:
        figure.append(caption.extract())


def _plain(element: Any, _new: New) -> None:
    """Leave only one of two elements for the same, and no element for the looks alone."""
    inner = element.find(recursive=False)
    is_double = inner is not None and inner.name == _DOUBLES.get(element.name) and len(element.contents) == 1
    if is_double or (element.name == "span" and not {"id", "lang", "title"} & element.attrs.keys()):
        element.unwrap()


def _picture(image: Any, _new: New) -> None:
    """Leave out smaller sizes, which Ghost makes when they are asked for, and are in no export."""
    with_alt(image, _new)
    for name in ("srcset", "sizes", "loading"):
        del image[name]


_RULES: Mapping[str, Rewrite] = {
    "kg-bookmark-card": partial(_link, "bookmark-container bookmark-title bookmark-description"),
    "kg-file-card": partial(_link, "file-card-container file-card-title file-card-filename file-card-caption"),
    "kg-callout-card": _callout,
    "kg-toggle-card": _toggle,
    "kg-audio-card": partial(_player, "audio"),
    "kg-video-card": partial(_player, "video"),
    "img": _picture,
    **FRAMES,
    **dict.fromkeys(("b", "i", "span"), _plain),
    **dict.fromkeys(("kg-gallery-container", "kg-gallery-row", "kg-gallery-image"), unwrap),
    **dict.fromkeys(("kg-product-card-rating", "kg-signup-card"), drop),
}
