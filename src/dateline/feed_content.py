"""The HTML that feeds carry for an entry: its lead picture, then its text."""

from collections.abc import Iterable
from html import escape

from dateline.model import Entry, Picture, Post


def feed_html(entry: Entry) -> str:
    """Return the HTML of an entry in feeds that carry the whole text, which begins with the picture if it has one.

    The picture of an episode is its cover, which apps show by themselves.
    """
    post, picture = entry.post, entry.attached.image
    if picture is None or not post.image_in_feed or post.episode or shows(entry.html, addresses_of(picture)):
        return entry.html
    return "\n".join(filter(None, (_figure(post, picture), entry.html)))


def shows(html: str, addresses: Iterable[str]) -> bool:
    """Return whether HTML shows a picture that is at one of these addresses."""
    return any(f'src="{escape(address)}"' in html for address in addresses)


def addresses_of(picture: Picture) -> set[str]:
    """Return the addresses of all sizes of a picture."""
    return {picture.url, *(url for url, _ in picture.sizes)}


def _figure(post: Post, picture: Picture) -> str:
    size = {"width": picture.width, "height": picture.height}
    attributes = {
        "src": picture.url,
        "alt": picture.alt or "",
        **{name: value for name, value in size.items() if value},
    }
    image = " ".join(["<img", *(f'{name}="{escape(str(value))}"' for name, value in attributes.items())])
    credit = post.image_credit and f"<small>{escape(post.image_credit, quote=False)}</small>"
    caption = " ".join(filter(None, (escape(post.image_caption or "", quote=False), credit)))
    return f"<figure>{image}>{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"
