"""Find the posts that links of a site name. Pure."""

from collections.abc import Sequence

from dateline.sites.model import SitePost


class LinkIndex:
    """Posts by all names by which links of a site may call them."""

    def __init__(self, posts: Sequence[SitePost]) -> None:
        self._posts = posts

    def find(self, post: SitePost, name: str) -> str | None:
        """Return the path, from one post, of another that a link in it calls by this name; None if there is none."""
        return None
