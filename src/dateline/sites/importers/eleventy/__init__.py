"""Import Eleventy sites: their configuration and data (`settings`), and their posts with the data that holds for them.

Posts have data of their own, of files beside them, of folders and of layouts (`cascade`), and addresses by templates
(`permalinks`).
"""

from dateline.sites.importers.eleventy.posts import posts as posts
from dateline.sites.importers.eleventy.settings import detect as detect
from dateline.sites.importers.eleventy.settings import settings as settings
