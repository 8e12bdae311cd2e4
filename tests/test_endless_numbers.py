"""Character references and numbers of 5,000 digits, which Python refuses to read, wherever others may write them.

Those in texts and settings, which are errors, are in test_bad_files.py.
"""

import json

import pytest
from conftest import PAGES, Site, dateline

from dateline.text import unescape

DIGITS = "9" * 5_000
REFERENCE = f"&#{DIGITS};"
RSS = """<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>A</title>
<link>https://example.org/</link><description>A</description><item><guid>1</guid><link>https://example.org/a</link>
<pubDate>Mon, 14 Apr 2025 12:00:00 +0000</pubDate>{}</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>urn:a</id><updated>2025-04-14T12:00:00Z</updated>
<entry><id>urn:b</id><link href="https://example.org/a"/><updated>2025-04-14T12:00:00Z</updated>{}</entry></feed>"""
ITEM = {"id": "1", "title": "First", "date_published": "2025-04-14T12:00:00Z", "content_html": "Text"}


def json_feed(**item: object) -> str:
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "A", "items": [{**ITEM, **item}]}
    return json.dumps(feed).replace(f'"{DIGITS}"', DIGITS)


# Feeds that can be read, and those that cannot.
READABLE = {
    "title": RSS.format(f"<title>First {REFERENCE}</title>"),
    "escaped title": RSS.format(f"<title>First &amp;#{DIGITS};</title>"),
    "escaped text": RSS.format(
        f"<title>First</title><description><![CDATA[<p {REFERENCE}>{REFERENCE}]]></description>"
    ),
    "duration": RSS.format(f"<title>First</title><itunes:duration>{DIGITS}:1</itunes:duration>"),
    "length": RSS.format(f'<title>First</title><enclosure url="http://[x" length="{DIGITS}" type="audio/mpeg"/>'),
    "Atom": ATOM.format(f'<title type="html">First &amp;#{DIGITS};</title><category term="{DIGITS}"/>'),
    "attribute": ATOM.format(f'<title>First</title><category term="{REFERENCE}"/>'),
    "JSON": json_feed(title=f"First {REFERENCE}", summary=REFERENCE, url="http://[x"),
}
UNREADABLE = {
    "JSON": json_feed(attachments=[{"url": "https://example.org/a.mp3", "size_in_bytes": DIGITS}]),
}


@pytest.mark.parametrize("command", [["adopt", "old.xml", "posts", "--create"], ["diff", "--against", "old.xml"]])
@pytest.mark.parametrize("feed", READABLE)
def test_an_old_feed_is_read_that_holds_one_in_its(feed: str, command: list[str], site: Site) -> None:
    site.post()
    (site.root / "old.xml").write_text(READABLE[feed])
    result = dateline(*command, cwd=site.root)
    assert result.code in (0, 3), result
    assert "First" in result.out


@pytest.mark.parametrize("feed", UNREADABLE)
def test_an_old_feed_is_refused_in_a_line_that_holds_one_in_its(feed: str, site: Site) -> None:
    site.post()
    (site.root / "old.xml").write_text(UNREADABLE[feed])
    result = site.run("adopt", "old.xml", "posts")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("error: old.xml: not a feed (")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_titles_summaries_and_drafts_may_hold_one(site: Site, engine: str) -> None:
    site.write("feed.toml", PAGES + f'markdown = "{engine}"\ndescription = "{REFERENCE}"\n')
    site.post(title=f'"First {REFERENCE}"', summary=f'"Of {REFERENCE}"', weight=DIGITS)
    site.post("2025-04-15-b.md", "Hidden.\n", title=f'"B &#{"8" * 5_000};"', draft="true")
    for command in ("build", "check", "build"):
        assert site.run(command).code == 0
    assert site.json()["items"][0]["title"] == f"First {REFERENCE}"


def test_commonmark_refuses_one_in_a_text_too(site: Site) -> None:
    site.settings('markdown = "commonmark"\n')
    site.post(body=f"One\n\n![{REFERENCE}](a.png)\n")
    problem = "text: a character reference of more than 100 digits; remove it"
    assert site.build().err == f"error: posts/2025-04-14-first.md:6: {problem}\n"


def test_an_endless_reference_stands_for_no_character() -> None:
    assert unescape(f"a{REFERENCE}b&amp;{REFERENCE[:-1]} &#xe9;") == "a\ufffdb&\ufffd é"
