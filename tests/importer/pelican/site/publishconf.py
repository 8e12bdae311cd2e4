import sys

sys.path.append(".")
from pelicanconf import *

SITEURL = "https://tides.example.org/log"
RELATIVE_URLS = False
FEED_ALL_ATOM = "feeds/all.atom.xml"
FEED_ALL_RSS = "feeds/all.rss.xml"
FEED_MAX_ITEMS = 50
DELETE_OUTPUT_DIRECTORY = True
