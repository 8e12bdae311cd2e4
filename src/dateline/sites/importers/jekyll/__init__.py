"""Import Jekyll sites: their configuration (`settings`), and the posts and drafts of all their folders (`posts`).

`layout` tells which files are what, `written` reads those of posts, `addresses` and `feeds` find their addresses and
ids, as Jekyll 4 makes them.
"""

from dateline.sites.importers.jekyll.posts import posts as posts
from dateline.sites.importers.jekyll.settings import detect as detect
from dateline.sites.importers.jekyll.settings import settings as settings
