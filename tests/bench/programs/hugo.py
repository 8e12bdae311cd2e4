"""Hugo, in two sites: one makes the main feed only, one all that a site has, by a small theme of ours."""

from collections.abc import Iterator
from pathlib import Path

from cases import COLD, EDITED, HOME, LIMIT, SAME, TITLE, Case, Program, expect_entries, expect_files
from corpus import Corpus

FEED_ONLY, FULL = "Hugo, feed only", "Hugo, full site"

_TOP = f"""\
baseURL = "{HOME}"
title = "{TITLE}"
languageCode = "en"
disableHugoGeneratorInject = true
"""
# Highlighting is off because Dateline has none, which only makes Hugo faster.
_TABLES = f"""
[markup.highlight]
codeFences = false
[services.rss]
limit = {LIMIT}
"""
# Posts are read, and of those in the feed the content is rendered; no other page is.
_FEED_ONLY = """
disableKinds = ["section", "taxonomy", "term", "sitemap", "robotsTXT", "404"]
[outputs]
home = ["RSS"]
page = []
"""
_FULL = """
disableKinds = ["sitemap", "robotsTXT", "404"]
[taxonomies]
tag = "tags"
author = "author"
"""
# As the built-in one, with the whole content as our feeds have it.
_RSS = """\
{{ printf "<?xml version=\\"1.0\\" encoding=\\"utf-8\\"?>" | safeHTML }}
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>{{ .Title }}</title>
<link>{{ .Permalink }}</link>
<description>{{ site.Title }}</description>
{{ with .OutputFormats.Get "RSS" }}<atom:link href="{{ .Permalink }}" rel="self" type="application/rss+xml" />{{ end }}
{{ $pages := .RegularPages }}{{ if .IsHome }}{{ $pages = site.RegularPages }}{{ end }}
{{ range first site.Config.Services.RSS.Limit $pages }}<item>
<title>{{ .Title }}</title>
<link>{{ .Permalink }}</link>
<guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
<description>{{ .Summary | html }}</description>
<content:encoded>{{ .Content | html }}</content:encoded>
</item>
{{ end }}</channel>
</rss>
"""
_PAGE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
{{ with .OutputFormats.Get "RSS" }}<link rel="alternate" type="application/rss+xml" href="{{ .Permalink }}">{{ end }}
</head><body>{{ block "main" . }}{{ end }}</body></html>
"""
_SINGLE = """\
{{ define "main" }}<article><h1>{{ .Title }}</h1>
<p>{{ .Params.author }}, <time datetime="{{ .Date.Format "2006-01-02T15:04:05-07:00" }}">{{ .Date }}</time></p>
{{ .Content }}
<ul>{{ range .GetTerms "tags" }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>
</article>{{ end }}
"""
_LIST = """\
{{ define "main" }}<h1>{{ .Title }}</h1>
<ul>{{ range .Pages }}<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>{{ end }}</ul>{{ end }}
"""


def _cases(program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """The sites, made in a folder of Hugo's own, and how they are built."""
    items = min(LIMIT, corpus.posts)
    feed_only = _site(folder / "feed-only", _FEED_ONLY, {"index.rss.xml": _RSS})
    layouts = {"_default/rss.xml": _RSS, "_default/baseof.html": _PAGE, "_default/single.html": _SINGLE}
    full = _site(folder / "full", _FULL, {**layouts, "_default/list.html": _LIST})

    def check_feed(sentence: str | None) -> None:
        expect_entries(feed_only / "public" / "index.xml", items, sentence)

    def check_full(sentence: str | None) -> None:
        expect_entries(full / "public" / "index.xml", items, sentence)
        for pattern, expected in (("*/index.html", corpus.posts), ("author/*/index.xml", 1), ("tags/*/index.xml", 1)):
            expect_files(full / "public", pattern, expected)

    for state in (COLD, SAME, EDITED):
        fresh = _left_by(feed_only) if state == COLD else ()
        yield Case(FEED_ONLY, state, _command(program, feed_only, corpus), feed_only, fresh, check_feed)
    yield Case(FULL, COLD, _command(program, full, corpus), full, _left_by(full), check_full)


def _site(folder: Path, settings: str, layouts: dict[str, str]) -> Path:
    (folder / "layouts" / "_default").mkdir(parents=True)
    (folder / "config.toml").write_text(_TOP + settings + _TABLES, "utf-8")
    for name, layout in layouts.items():
        (folder / "layouts" / name).write_text(layout, "utf-8")
    return folder


def _command(program: str, site: Path, corpus: Corpus) -> tuple[str, ...]:
    places = (
        "--contentDir",
        str(corpus.folder),
        "--destination",
        str(site / "public"),
        "--cacheDir",
        str(site / "cache"),
    )
    return (program, "--quiet", "--noBuildLock", *places)


def _left_by(site: Path) -> tuple[Path, ...]:
    return (site / "public", site / "cache", site / "resources")


HUGO = Program("Hugo", "hugo", "apt-get install hugo", ("version",), _cases)
