import os
from datetime import date

OWNER = "Rosa Mar"
AUTHOR = OWNER
SITENAME = "The tide " "log"
SITESUBTITLE = "What a small port " + "writes down"
SITEURL = ""
PATH = "content"
TIMEZONE = "Europe/Lisbon"
DEFAULT_LANG = "en"
DEFAULT_DATE_FORMAT = "%d %B %Y"
DEFAULT_CATEGORY = "Harbour"
ARTICLE_PATHS = ["ferry", "council", "tide-tables", "drafts", "letters"]
STATIC_PATHS = ["images", "tide-tables", "extra"]
EXTRA_PATH_METADATA = {
    "extra/robots.txt": {"path": "robots.txt"},
    "council": {"summary": "A note of the council."},
}
DEFAULT_METADATA = {"tags": "Port"}
ARTICLE_URL = "{date:%Y}/{date:%b}/{slug}/"
ARTICLE_SAVE_AS = ARTICLE_URL + "index.html"
ARTICLE_LANG_URL = "{lang}/" + ARTICLE_URL
ARTICLE_LANG_SAVE_AS = "{lang}/" + ARTICLE_SAVE_AS
FILENAME_METADATA = r"(?P<date>\d{4}-\d{2}-\d{2})_(?P<slug>.*)"
FEED_ALL_ATOM = None
CATEGORY_FEED_ATOM = None
TRANSLATION_FEED_ATOM = None
AUTHOR_FEED_ATOM = None
AUTHOR_FEED_RSS = None
DEFAULT_PAGINATION = 10
YEAR = date.today().year

if os.environ.get("TIDE_THEME"):
    THEME = os.environ["TIDE_THEME"]
