"""The tags and authors under which posts are collected."""

from datetime import datetime

from dateline.cache.connection import Drawer
from dateline.cache.sql import NEWEST_FIRST, OUT


class Labels(Drawer):
    """Labels, each a kind and a slug, and the posts under them."""

    def all(self, now: datetime) -> list[tuple[str, str, str, int, str]]:
        """Labels of posts that are out, in order: kind, slug, name, how many posts, and all that those show."""
        return self._connection.rows(
            f"""
            SELECT kind, slug, min(name), count(*), group_concat(ifnull(shown, ''))
            FROM labels JOIN posts INDEXED BY posts_number USING (number)
            WHERE {OUT} GROUP BY kind, slug ORDER BY kind, slug
            """,
            now=now.timestamp(),
        )

    def newest(self, kind: str, slug: str, now: datetime, limit: int) -> list[int]:
        """The numbers of the newest posts under a label."""
        return self._connection.numbers(
            f"""
            SELECT number FROM labels JOIN posts USING (number)
            WHERE kind = :kind AND slug = :slug AND {OUT} {NEWEST_FIRST} LIMIT :limit
            """,
            kind=kind,
            slug=slug,
            now=now.timestamp(),
            limit=limit,
        )

    def shared(self) -> list[tuple[str, str]]:
        """Kind and slug of labels that differ and yet share a slug, whether or not their posts are out."""
        return self._connection.rows(
            "SELECT kind, slug FROM labels GROUP BY kind, slug HAVING min(folded) < max(folded)"
        )

    def names(self, kind: str, slug: str, now: datetime) -> list[tuple[str, str]]:
        """The names, of published posts, that share a slug, each with the path of a post."""
        return self._connection.rows(
            f"""
            SELECT name, min(path) FROM labels JOIN posts USING (number)
            WHERE kind = :kind AND slug = :slug AND {OUT} GROUP BY folded ORDER BY 2, 1
            """,
            kind=kind,
            slug=slug,
            now=now.timestamp(),
        )
