"""Eleventy: a page for each post and a feed, without plugins."""

from collections.abc import Iterator
from pathlib import Path

from cases import COLD, HOME, LIMIT, TITLE, Case, Program, expect_entries, expect_files
from corpus import Corpus, link_posts

# That posts are not templates saves Eleventy a pass over them. It makes collections of tags in any case.
_SETTINGS = """\
module.exports = (settings) => {
  settings.addGlobalData("layout", "page.njk");
  settings.addFilter("newest", (posts) => [...posts].sort((a, b) => b.date - a.date).slice(0, LIMIT));
  return { dir: { input: "content", output: "public" }, markdownTemplateEngine: false };
};
""".replace("LIMIT", str(LIMIT))
_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title></head>
<body><article><h1>{{ title }}</h1><p>{{ author }}, {{ page.date.toISOString() }}</p>
{{ content | safe }}</article></body>
</html>
"""
_FEED = f"""\
---
permalink: feed.xml
layout: false
eleventyExcludeFromCollections: true
---
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{TITLE}</title><id>{HOME}</id>
{{% for post in collections.all | newest %}}<entry><title>{{{{ post.data.title }}}}</title>
<id>{HOME.rstrip("/")}{{{{ post.url }}}}</id><updated>{{{{ post.date.toISOString() }}}}</updated>
<content type="html">{{{{ post.content | escape }}}}</content></entry>
{{% endfor %}}</feed>
"""


def _cases(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """The site, always cold: Eleventy keeps nothing for the next build."""
    content = link_posts(corpus, folder / "content")
    (content / "_includes").mkdir()
    (content / "_includes" / "page.njk").write_text(_PAGE, "utf-8")
    (content / "feed.njk").write_text(_FEED, "utf-8")
    (folder / "eleventy.config.js").write_text(_SETTINGS, "utf-8")
    public = folder / "public"

    def check(sentence: str | None) -> None:
        expect_entries(public / "feed.xml", min(LIMIT, corpus.posts), sentence)
        expect_files(public, "*/index.html", corpus.posts)

    yield Case("Eleventy", COLD, (program, "--quiet"), folder, check, fresh=(public,))


ELEVENTY = Program("Eleventy", "eleventy", "npm install --global @11ty/eleventy", ("--version",), _cases)
