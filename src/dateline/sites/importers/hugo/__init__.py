"""Import Hugo sites: their configuration (`settings`) and their content (`posts`)."""

from dateline.sites.importers.hugo.posts import posts as posts
from dateline.sites.importers.hugo.settings import detect as detect
from dateline.sites.importers.hugo.settings import settings as settings
