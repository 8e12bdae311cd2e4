"""Import Astro sites: their configuration (`settings`), and the entries of their collections and pages (`posts`).

`content` finds the collections, and the routes that give their entries addresses.
"""

from dateline.sites.importers.astro.posts import posts as posts
from dateline.sites.importers.astro.settings import detect as detect
from dateline.sites.importers.astro.settings import settings as settings
