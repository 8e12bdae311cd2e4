"""Rewrite what Substack's editor writes as elements that readers show. Pure."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from dateline.sites.embeds import address_of
from dateline.sites.files import table_of
from dateline.sites.html.editors import link_inside, link_to, simplified
from dateline.sites.html.elements import New, Rewrite, drop, json_of, text_in, unwrap

# By the class of an element that shows what is on another site: that, and its ids there, if no address is written.
_EMBEDS = {
    "bluesky-wrap": ("bluesky", "authorDid", "postId"),
    "instagram": ("instagram", "instagram_id"),
    "vimeo-wrap": ("vimeo", "videoId"),
    "youtube-wrap": ("youtube", "videoId"),
}
_LINKS = (
    "apple-podcast-container bandcamp-wrap datawrapper-wrap digest-post-embed embedded-post-wrap "
    "embedded-publication-wrap github-gist soundcloud-wrap spotify-wrap tiktok-wrap tweet twitter-embed"
).split()
_UPLOADS = {
    "native-audio-embed": ("Sound recording", "https://api.substack.com/api/v1/audio/upload/{}/src"),
    "native-video-embed": ("Video", "https://api.substack.com/api/v1/video/upload/{}/src"),
}
_DROPPED = (
    "captioned-button-wrap footnote-number header-anchor-parent hide-text "
    "image-link-expand install-substack-app-embed paywall-jump subscription-widget-wrap subscription-widget-wrap-editor"
).split()
# What is more than a call to subscribe, and the words for it.
_LOST = {"community-chat": "chats", "poll-embed": "polls", "directMessage": "messages"}
_OWN_BUTTON = re.compile(r"%%|[?&]action=share|[?&]gift=|/(?:subscribe|comments|leave_comment|survey)\b|substack\.com/")
# Characters that no text has: around the number of a footnote, around the number above its text, and below that.
_NOTE, _TEXT, _END = "\ue000", "\ue001", "\ue002"
_NOTE_IN_TEXT = re.compile(f"{_NOTE}([0-9]+){_NOTE}")
_TEXT_OF_NOTE = re.compile(f"{_TEXT}([0-9]+){_TEXT}([^{_TEXT}{_END}]*){_END}\\s*")


def for_readers(html: str) -> str:
    """Return the HTML of a post with ordinary elements in place of Substack's own. Raises InputError."""
    return simplified(html, _RULES)


def left_out(html: str) -> str:
    """Return what of a post is left out and missed, in words; empty if there is nothing."""
    return " and ".join(what for name, what in _LOST.items() if f'class="{name}' in html)


def with_footnotes(markdown: str) -> str:
    """Return the Markdown of what `for_readers` returned with its footnotes in the syntax for them."""

    def text_of_note(found: re.Match[str]) -> str:
        return f"[^{found[1]}]: " + re.sub(r"\n(?=[^\n])", "\n    ", found[2].strip()) + "\n\n"

    return _NOTE_IN_TEXT.sub(r"[^\1]", _TEXT_OF_NOTE.sub(text_of_note, markdown)).rstrip("\n") + "\n"


def _details(element: Any) -> dict[str, Any]:
    """Return what Substack's scripts know about an element."""
    return table_of(json_of(element.get("data-attrs", "")))


def _picture(image: Any, _new: New) -> None:
    """Show a picture itself, without a link to it; but in place of one in a format of phones, what the server makes."""
    details = _details(image)
    link = image.find_parent("a")
    source, wanted = str(details.get("src") or image.get("src", "")), details.get("href")
    converted = link.get("href", "") if link is not None else ""
    image["src"] = converted if source.endswith(".heic") and "f_auto" in converted else source
    image["alt"], image["title"] = (str(details.get(name) or image.get(name, "")) for name in ("alt", "title"))
    if not image["title"]:
        del image["title"]
    if link is not None and wanted:
        link["href"] = wanted
    elif link is not None and "image-link" in link.get("class", ""):
        link.unwrap()


def _gallery(gallery: Any, new: New) -> None:
    details = table_of(_details(gallery).get("gallery"))
    images = details.get("images")
    figure = new("figure")
    for image in map(table_of, images if isinstance(images, list) else ()):
        if image.get("src"):
            figure.append(new("img", src=str(image["src"]), alt=""))
    if details.get("caption"):
        caption = new("figcaption")
        caption.string = str(details["caption"])
        figure.append(caption)
    gallery.replace_with(figure)


def _embed(name: str, element: Any, new: New) -> None:
    """Link to what an element shows."""
    details = _details(element)
    address = details.get("url") or details.get("canonical_url") or ""
    if not address and name in _EMBEDS:
        site, *keys = _EMBEDS[name]
        address = address_of(site, [str(details.get(key, "")) for key in keys])
    frame = element.find(["iframe", "a"])
    address = address or (frame and (frame.get("src") or frame.get("href"))) or ""
    link_to(element, str(address), new, str(details.get("title") or "") if "post" in name else "")


def _file(card: Any, new: New) -> None:
    link_inside(card, new, text_in(card, "file-embed-details-h1"))


def _upload(name: str, element: Any, new: New) -> None:
    text, address = _UPLOADS[name]
    upload = str(_details(element).get("mediaUploadId", ""))
    link_to(element, address.format(upload) if re.fullmatch(r"[\w-]+", upload) else "", new, text)


def _button(button: Any, new: New) -> None:
    """Leave a link where a button leads elsewhere; others need Substack."""
    details = _details(button)
    address = str(details.get("url") or "")
    link_to(button, "" if _OWN_BUTTON.search(address) else address, new, str(details.get("text") or ""))


def _mention(mention: Any, _new: New) -> None:
    mention.replace_with(str(_details(mention).get("name") or mention.get_text()))


def _note(anchor: Any, _new: New) -> None:
    anchor.replace_with(f"{_NOTE}{_number(anchor.get('href'), anchor.get_text())}{_NOTE}")


def _text_of_note(note: Any, new: New) -> None:
    """Mark the beginning and the end of the text of a footnote."""
    link = note.find("a", class_="footnote-number")
    number = _number(note.get("id"), *((link.get("id"), link.get_text()) if link is not None else ()))
    first, last = new("p"), new("p")
    first.string, last.string = f"{_TEXT}{number}{_TEXT}", _END
    note.insert(0, first)
    note.append(last)


def _number(*texts: str | None) -> str:
    """Return the first number in a name, or a text, of a footnote: numbers that are shown may be others."""
    found = (re.search("[0-9]+", text) for text in texts if text)
    return next((match[0] for match in found if match), "1")


def _pullquote(quote: Any, _new: New) -> None:
    quote.name = "blockquote"


def _formula(formula: Any, new: New) -> None:
    code = new("code")
    code.string = str(_details(formula).get("persistentExpression") or formula.get_text())
    formula.replace_with(code)


_RULES: Mapping[str, Rewrite] = {
    "img": _picture,
    "image-gallery-embed": _gallery,
    "file-embed-wrapper": _file,
    "button-wrapper": _button,
    "mention-wrap": _mention,
    "footnote-anchor": _note,
    "footnote": _text_of_note,
    "pullquote": _pullquote,
    "latex-rendered": _formula,
    **{name: partial(_embed, name) for name in (*_EMBEDS, *_LINKS)},
    **{name: partial(_upload, name) for name in _UPLOADS},
    "image2-inset": unwrap,
    **dict.fromkeys((*_DROPPED, *_LOST), drop),
}
