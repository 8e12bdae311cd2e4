"""Import Hugo sites: their configuration (`settings`), and the posts among their files of content (`posts`).

`languages` reads where the content in each language is, `content` finds its files and what their sections say of them,
and `feeds` the feed that holds the posts.
"""

from dateline.sites.importers.hugo.posts import posts as posts
from dateline.sites.importers.hugo.settings import detect as detect
from dateline.sites.importers.hugo.settings import settings as settings
