"""Feeds under other names: [feed_files] in feed.toml."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import EVERYTHING, PAGES, SETTINGS, Site, cold
from preview.conftest import previewing
from readers.conftest import serving
from test_guard import diff

from dateline.comparison.published import published_at
from dateline.formats import is_feed

OLD = """<rss version="2.0"><channel><title>Old</title><link>https://example.org/</link><description>Old</description>
<item><title>First</title><link>https://example.org/2025/04/first/</link><guid>old-1</guid>
<pubDate>Mon, 14 Apr 2025 12:00:00 GMT</pubDate><description>Text.</description></item></channel></rss>"""
IN_FOLDERS = 'rss = "feed/index.html"\natom = "blog/feed/atom.xml"\njson = "index.json"\n'


def publish(site: Site, names: str = "", settings: str = EVERYTHING) -> None:
    """Write a publication with archives and a tag, and `names` for its feeds."""
    site.write("feed.toml", f"{settings}limit = 1\n" + (f"[feed_files]\n{names}" if names else ""))
    for month in range(1, 5):
        site.post(f"post-{month}.md", title=f"Post {month}", tags="[sea]", date=f"2025-0{month}-14")


def built(site: Site, *options: str) -> None:
    result = site.build(*options)
    assert result.code == 0, result


def feeds(site: Site) -> set[str]:
    """The paths of all feeds in the output."""
    return {path for path, content in site.tree().items() if is_feed(content)}


def addresses(*paths: str) -> list[str]:
    return [f"https://example.org/{path}" for path in paths]


def test_pages_name_the_first_path_of_each_feed(site: Site) -> None:
    publish(site, IN_FOLDERS + 'also = {rss = ["ä b.xml"], json = "feed.json"}\n', PAGES)
    built(site)
    for folder in ("", "tags/sea/"):
        page = (site.public / folder / "index.html").read_text("utf-8")
        found = re.findall(r'<link rel="alternate" type="application/[\w+]+" title="[^"]*" href="([^"]+)">', page)
        expected = addresses(*(f"{folder}{path}" for path in ("feed/index.html", "blog/feed/atom.xml", "index.json")))
        assert found[:3] == expected
    assert "https://example.org/feed/index.html" in (site.public / "subscribe" / "index.html").read_text("utf-8")
    assert (site.public / "ä b.xml").read_bytes() == (site.public / "feed" / "index.html").read_bytes()


def test_feeds_in_folders_are_read_back_with_their_archives(site: Site) -> None:
    publish(site, IN_FOLDERS)
    built(site)
    for path in ("feed/index.html", "blog/feed/atom.xml", "index.json"):
        documents = list(published_at(str(site.public / path), site.public))
        assert [item.title for found in documents for item in found.items] == ["Post 4", "Post 3", "Post 2", "Post 1"]
    assert diff(site) == (0, {})
    (site.posts / "post-1.md").unlink()
    assert diff(site)[1]["gone"] == ["Post 1"]


def test_a_build_with_a_cache_writes_what_one_without_writes(site: Site) -> None:
    publish(site)
    built(site)
    publish(site, IN_FOLDERS + 'also = {rss = "rss.xml", atom = "atom.xml", json = "feed.json"}\n')
    built(site)
    assert site.tree() == cold(site)


def test_a_renamed_feed_stops_the_build_until_its_old_path_is_kept(site: Site) -> None:
    publish(site)
    built(site)
    before = site.tree()
    publish(site, 'rss = "feed/index.xml"\n')
    code, told = diff(site)
    old = ["authors/ana-díaz/rss.xml", "tags/sea/rss.xml"]
    gone = addresses("authors/ana-d%C3%ADaz/rss.xml", "tags/sea/rss.xml")
    assert (code, told) == (3, {"feed_moved": addresses("rss.xml"), "feed_gone": gone})
    refused = site.build()
    assert refused.code == 3
    assert "To keep the old address, list its path under also, below [feed_files] in feed.toml" in refused.err
    assert site.tree() == before
    publish(site, 'rss = "feed/index.xml"\nalso = {rss = ["rss.xml"]}\n')
    assert diff(site) == (0, {})
    built(site)
    assert {"rss.xml", "feed/index.xml", "tags/sea/feed/index.xml", *old} <= feeds(site)
    assert not any(path.startswith("archive/") and path.endswith("rss.xml") for path in site.tree())
    publish(site, 'rss = "feed/index.xml"\n')
    assert diff(site) == (3, {"feed_gone": [gone[0], *addresses("rss.xml"), gone[1]]})
    built(site, "--accept")
    assert diff(site) == (0, {})
    assert site.build().err == ""


def test_what_changes_together_with_the_names_is_seen(site: Site) -> None:
    publish(site)
    built(site)
    publish(site, IN_FOLDERS + 'also = {rss = "rss.xml", atom = "atom.xml", json = "feed.json"}\n')
    site.post("post-4.md", title="Post 4, again", tags="[sea]", date="2025-04-14")
    (site.posts / "post-1.md").unlink()
    page = addresses("2025/01/post-1/")
    assert diff(site) == (3, {"updated": ["Post 4, again"], "gone": ["Post 1"], "dead_address": page})


@pytest.mark.parametrize("formats", ["rss", "json"])
def test_a_publication_with_one_format_may_rename_it(site: Site, formats: str) -> None:
    publish(site, settings=f'{SETTINGS}formats = ["{formats}"]\n')
    built(site)
    old = {"rss": "rss.xml", "json": "feed.json"}[formats]
    publish(site, f'{formats} = "atom.xml"\n', f'{SETTINGS}formats = ["{formats}"]\n')
    assert diff(site) == (3, {"feed_moved": addresses(old)})


def test_a_format_that_is_dropped_while_another_takes_its_name_is_gone_at_its_other_addresses(site: Site) -> None:
    publish(site)
    built(site)
    publish(site, 'rss = "atom.xml"\n', f'{EVERYTHING}formats = ["rss"]\n')
    code, told = diff(site)
    assert code == 3
    assert {*addresses("rss.xml", "feed.json", "tags/sea/feed.json")} <= {*told["feed_gone"]}
    assert not {*addresses("atom.xml", "tags/sea/atom.xml")} & {*told["feed_gone"]}
    assert "shown_again" not in told


@pytest.mark.parametrize(("path", "address"), [("feed.xml", "feed.xml"), ("feed/index.html", "feed/")])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_feed_of_another_program_is_taken_over_at_its_address(
    site: Site, path: str, address: str, is_first: bool
) -> None:
    publish(site, f'rss = "{path}"\n' if is_first else f'also = {{rss = "{path}"}}\n')
    place = site.public / path
    place.parent.mkdir(parents=True)
    self = f'<link xmlns="http://www.w3.org/2005/Atom" rel="self" href="https://example.org/{address}"/>'
    place.write_text(OLD.replace("<item>", f"{self}<item>"))
    code, told = diff(site)
    assert (code, told["gone"]) == (3, ["First"])
    assert not {"feed_moved", "feed_gone"} & told.keys()
    built(site, "--accept")
    assert place.read_bytes() == (site.public / ("rss.xml" if not is_first else path)).read_bytes()
    assert b"Post 4" in place.read_bytes()


def test_a_page_of_somebody_else_is_not_overwritten(site: Site) -> None:
    publish(site, 'also = {rss = "feed/index.html"}\n')
    page = site.public / "feed" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html><title>Mine</title>")
    refused = site.build()
    assert refused.code == 1
    assert "feed/index.html: a file that Dateline did not write is where the RSS feed goes; move it" in refused.err
    assert page.read_text() == "<!doctype html><title>Mine</title>"


def test_an_old_path_changed_by_another_program_is_not_forgotten(site: Site) -> None:
    publish(site)
    built(site)
    old = site.public / "rss.xml"
    old.write_text(old.read_text("utf-8").replace("\n", ""))
    site.forget()
    publish(site, 'rss = "feed.xml"\n')
    assert addresses("rss.xml")[0] in diff(site)[1]["feed_moved"]
    built(site, "--accept")
    assert "rss.xml in public is a feed that Dateline does not write" in site.build().err


def test_a_build_compares_with_the_web_at_the_address_that_is_there(site: Site, tmp_path: Path) -> None:
    web = tmp_path / "web"
    with serving(web) as server:
        live = SETTINGS.replace("https://example.org/", server.url) + 'guard = "live"\n'
        publish(site, settings=live)
        built(site, "--first")
        site.public.rename(web)
        names = 'rss = "feed.xml"\nalso = {rss = ["missing.xml", "rss.xml"]}\n'
        publish(site, names, live)
        built(site)
        publish(site, names, live.replace(":daily", ":weekly"))
        assert "would see “Post 4” again" in site.build().err
        publish(site, 'rss = "feed.xml"\n', live)
        (site.posts / "post-1.md").unlink()
        refused = site.build()
    assert refused.err.startswith(f"error: {server.url}feed.xml: the server answers 404 ")


def test_a_publication_that_has_moved_names_the_new_feed_below_a_folder(site: Site) -> None:
    table = """\
[podcast]
guid = "9b024349-ccf0-5f69-a609-6b82873eab3c"
author = "Ana Díaz"
category = "News"
explicit = false
image = "https://cdn.example/cover.png"
owner = {name = "Ana Díaz", email = "ana@harbour.example"}
"""
    publish(site, f'rss = "feed.xml"\n{table}', f'{SETTINGS}moved_to = "https://new.example/"\nmoved_on = 2025-05-01\n')
    built(site)
    feed = (site.public / "feed.xml").read_text("utf-8")
    assert "<itunes:new-feed-url>https://new.example/feed.xml</itunes:new-feed-url>" in feed


def test_a_preview_serves_each_feed_as_one_and_no_page(site: Site) -> None:
    publish(site, IN_FOLDERS + 'also = {atom = "feed.atom"}\n', PAGES)
    site.post("feed.md", title="Feed", date="2025-04-15")
    served: dict[str, Any] = {
        "/feed/": "application/xml; charset=utf-8",
        "/feed/index.html": "application/xml; charset=utf-8",
        "/tags/sea/feed/": "application/xml; charset=utf-8",
        "/archive/2025/01/feed/": "application/xml; charset=utf-8",
        "/blog/feed/atom.xml": "application/xml; charset=utf-8",
        "/feed.atom": "application/xml; charset=utf-8",
        "/index.json": "application/feed+json",
        "/2025/04/feed/": "text/html; charset=utf-8",
        "/": "text/html; charset=utf-8",
    }
    with previewing(site) as preview:
        found = {path: preview.get(path).headers["content-type"] for path in served}
        assert found == served
        assert f"{preview.origin}/feed/index.html" in preview.printed
        assert "<p>Text.</p>" in preview.get("/.dateline/reader/post-1.md").text
        assert "6 more feeds" in preview.get("/.dateline/").text


def test_the_report_lists_a_copy_like_a_feed(site: Site) -> None:
    publish(site, 'also = {rss = "index.xml"}\n')
    files = {file["path"]: file["items"] for file in json.loads(site.build("--json").out)["files"]}
    assert files["rss.xml"] == files["index.xml"] == 1


def test_a_publication_on_another_host_is_not_told_to_keep_a_path(site: Site) -> None:
    publish(site, 'rss = "feed/index.xml"\n')
    built(site)
    publish(site, 'rss = "feed/index.xml"\n', EVERYTHING.replace("https://example.org/", "https://new.example/"))
    refused = site.build()
    assert "https://example.org/feed/index.xml to https://new.example/feed/index.xml" in refused.err
    assert "[feed_files]" not in refused.err
    assert "dead_address" not in diff(site)[1]
