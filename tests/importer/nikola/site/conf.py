import time

BLOG_AUTHOR = "Rosa Mar"
BLOG_TITLE = "Port papers"
SITE_URL = "https://port.example.org/"
BLOG_DESCRIPTION = "Papers of a small port"
DEFAULT_LANG = "en"
TRANSLATIONS = {DEFAULT_LANG: "", "es": "./es"}
TIMEZONE = "Europe/Lisbon"
POSTS = (
    ("posts/*.md", "posts", "post.tmpl"),
    ("posts/*.rst", "posts", "post.tmpl"),
    ("posts/*.html", "posts", "post.tmpl"),
) + (("news/*.md", "news", "post.tmpl"),)
PAGES = (("pages/*.md", "", "page.tmpl"),)
COMPILERS = {"markdown": (".md",), "rest": (".rst",), "html": (".html",)}
FILES_FOLDERS = {"files": ""}
IMAGE_FOLDERS = {"images": "images"}
FEED_LENGTH = 30
INDEX_PATH = ""
THEME = "bootblog4"
CONTENT_FOOTER = "© {}".format(time.gmtime().tm_year)
