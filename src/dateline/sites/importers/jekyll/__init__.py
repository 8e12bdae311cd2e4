"""Import a Jekyll site: the posts and drafts of all its folders, as Jekyll 4 reads them."""

from dateline.sites.importers.jekyll.posts import posts
from dateline.sites.importers.jekyll.settings import detect, settings

__all__ = ["detect", "posts", "settings"]
