"""A publication in several languages: which feeds a post is in, what links translations, and what the brake says."""

import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import NOW, PAGES, SETTINGS, Site, cold
from readers.conftest import serving
from readers.subscribed import Reader, Seen

from dateline.content.ids import id_stem, stem_of
from dateline.content.languages import edition_of, language_name
from dateline.options import BuildOptions
from dateline.pipeline import build

SAMPLE = Path(__file__).parent / "golden" / "translations" / "posts"
NAMES = ["rss.xml", "atom.xml", "feed.json"]
ID = "tag:example.org,2025-01-01:daily"
LANGUAGES = ("en", "es", "zh-CN")
IN_TWO = SETTINGS + 'languages = ["en", "es"]\n'


@pytest.fixture
def sample(site: Site) -> Site:
    """Two translations of six posts, with pages."""
    shutil.rmtree(site.posts)
    shutil.copytree(SAMPLE, site.posts)
    return site


@pytest.fixture
def two(site: Site) -> Site:
    """A publication in two languages, built."""
    site.write("feed.toml", IN_TWO)
    titles = [("The boat", "El barco"), ("The port", "El puerto"), ("The sea", "El mar")]
    for number, (title, other) in enumerate(titles):
        stem = f"2025-04-1{number}-{number}"
        site.post(f"{stem}.md", f"{title} has a text that is long enough to be known.\n", title=title)
        site.post(f"{stem}.es.md", f"{other} tiene un texto largo para reconocerlo.\n", title=other)
    assert site.build().code == 0
    return site


def changes(site: Site, *options: object) -> dict[str, list[str]]:
    """Titles or addresses by kind of change, as diff has them."""
    told = json.loads(site.run("diff", "--json", *options).out)
    return {
        kind: sorted(change["title"] if "title" in change else change["was"] for change in found)
        for kind, found in told.items()
        if isinstance(found, list) and found
    }


@pytest.mark.parametrize(
    ("path", "written", "edition", "stem", "own_stem"),
    [
        ("boat.md", None, "", "boat", "boat"),
        ("boat.es.md", None, "es", "boat", "boat.es"),
        ("boat/index.es.md", None, "es", "boat", "boat.es"),
        ("boat/index.md", "es", "es", "boat", "boat.es"),
        ("es/boat.md", None, "es", "boat", "boat.es"),
        ("es/2025/boat.md", None, "es", "boat", "boat.es"),
        ("2025/es/boat.md", None, "", "boat", "boat"),
        ("es.md", None, "", "es", "es"),
        ("boat.md", "es", "es", "boat", "boat.es"),
        ("boat.en.md", None, "", "boat", "boat.en"),
        ("boat/index.en.md", None, "", "boat", "boat.en"),
        ("boat.es.md", "en", "", "boat", "boat.es"),
        ("es/boat.zh_cn.md", None, "zh-CN", "boat", "boat.zh-CN"),
        ("zh_CN/boat.md", None, "zh-CN", "boat", "boat.zh-CN"),
        ("boat.ES.md", None, "es", "boat", "boat.es"),
        ("cs/boat.md", None, "", "boat", "boat"),
        ("node.js.md", None, "", "node.js", "node.js"),
        ("node.js.es.md", None, "es", "node.js", "node.js.es"),
        ("boat.md", "pt", "", "boat", "boat"),
        ("boat.es.md", "pt", "es", "boat", "boat.es"),
        ("boat.zh.md", None, "", "boat.zh", "boat.zh"),
        ("boat.md", "es-MX", "", "boat", "boat"),
    ],
)
def test_a_post_is_in_the_language_that_says_so_first(
    path: str, written: str | None, edition: str, stem: str, own_stem: str
) -> None:
    assert edition_of(path, written, LANGUAGES) == edition
    assert (stem_of(path, LANGUAGES), id_stem(path, edition, LANGUAGES)) == (stem, own_stem)


@pytest.mark.parametrize("path", ["boat.es.md", "es/boat.md", "boat/index.es.md", "zh_CN/boat.md"])
def test_without_languages_names_mean_nothing(path: str) -> None:
    assert edition_of(path, "es", ()) == ""
    assert id_stem(path, "", ()) == stem_of(path)


def test_languages_have_the_names_that_their_speakers_give_them() -> None:
    assert [language_name(code) for code in ("es", "es-MX", "pt-BR", "zh-CN", "tlh")] == [
        *("Español", "Español", "Português (Brasil)", "简体中文", "tlh")
    ]


def links(site: Site, path: str) -> dict[str, str]:
    """The hreflang links of a page."""
    html = (site.public / path).read_text("utf-8")
    return dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', html))


def test_pages_of_translations_link_to_one_another_and_feeds_do_not(sample: Site) -> None:
    assert sample.build().code == 0
    home = "https://harbour.example/notes/"
    for name, urls in {
        "the home page": ["", "es/", "zh-CN/"],
        "by suffix": ["2025/04/boat/", "es/2025/04/boat/", "zh-CN/2025/04/boat/"],
        "by index": ["2025/04/harbour/", "es/2025/04/harbour/", "zh-CN/2025/04/harbour/"],
        "by folder": ["2025/04/island/", "es/2025/04/island/", "zh-CN/2025/04/island/"],
        "by key": ["2025/04/storm/", "es/2025/04/tormenta/", "zh-CN/2025/04/%E9%A3%8E%E6%9A%B4/"],
        "by both suffixes": ["2025/04/sea/", "es/2025/04/sea/", "zh-CN/2025/04/sea/"],
        "at addresses of their own": ["ferry/", "es/transbordador/", "zh-CN/ferry/"],
    }.items():
        versions = dict(zip(LANGUAGES, (home + url for url in urls), strict=True))
        for url in urls:
            path = url.replace("%E9%A3%8E%E6%9A%B4", "风暴") + "index.html"
            assert links(sample, path) == {**versions, "x-default": home + urls[0]}, name
    assert links(sample, "2025/04/porto/index.html") == links(sample, "es/archive/index.html") == {}
    tree = sample.tree()
    assert [path for path in tree if path.endswith(tuple(NAMES)) and b"hreflang" in tree[path]] == []
    for path in tree:
        if path.endswith("atom.xml"):
            for entry in ElementTree.fromstring(tree[path]).iter("{http://www.w3.org/2005/Atom}entry"):
                assert len(entry.findall("{http://www.w3.org/2005/Atom}link[@rel='alternate']")) == 1


def test_the_sitemap_names_all_versions_of_a_page(sample: Site) -> None:
    assert sample.build().code == 0
    sitemap = ElementTree.fromstring((sample.public / "sitemap.xml").read_bytes())
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {
        str(url.findtext(f"{space}loc")): {link.get("href") for link in url if link.tag.endswith("}link")}
        for url in sitemap
    }
    pages = {path.removesuffix("index.html") for path in sample.tree() if path.endswith("/index.html")}
    assert len(found) == len(pages) + 1 - len({"antiguo/", "old-ferry/"})
    for url, others in found.items():
        assert all(found[str(other)] == others for other in others), url
    assert len([url for url, others in found.items() if others]) == 3 * 7


def test_pages_are_in_the_words_and_lead_to_the_pages_of_their_language(sample: Site) -> None:
    assert sample.build().code == 0
    html = (sample.public / "es/2025/04/boat/index.html").read_text("utf-8")
    assert '<html lang="es">' in html
    assert 'href="/notes/style.css"' in html
    assert '<a href="/notes/es/subscribe/">Suscribirse</a>' in html
    local = set(re.findall(r'<a [^>]*href="/notes/([^"]*)"', html))
    assert local == {
        *("es/", "es/archive/", "es/subscribe/", "es/tags/mar/", "es/corrections/"),
        *("2025/04/boat/", "es/2025/04/boat/", "zh-CN/2025/04/boat/", "es/2025/04/harbour/"),
    }
    assert set(re.findall(r'<link rel="alternate" type="[^"]+" title="[^"]+" href="([^"]+)"', html)) == {
        f"https://harbour.example/notes/es/{name}" for name in NAMES
    }
    assert '<a href="/notes/es/" hreflang="es" lang="es" dir="auto">Español</a>' in (
        sample.public / "index.html"
    ).read_text("utf-8")


def test_a_hidden_translation_is_not_linked(sample: Site) -> None:
    post = sample.posts / "2025-04-01-boat.es.md"
    post.write_text(post.read_text("utf-8").replace("---\n", "---\ndraft: true\n", 1), "utf-8")
    assert sample.build().code == 0
    assert {*links(sample, "2025/04/boat/index.html")} == {"en", "zh-CN", "x-default"}


@pytest.mark.parametrize("suffix", ["", ".es"])
def test_what_is_hidden_in_one_language_is_not_quoted_in_another(site: Site, suffix: str) -> None:
    text = "A sentence of a post that is not out yet, and that no other may quote before the day on which it is.\n"
    site.write("feed.toml", IN_TWO)
    site.post("2025-04-10-boat.md", title="The boat")
    site.post("2025-04-10-boat.es.md", title="El barco")
    site.post(f"2025-04-11-port{suffix}.md", text, title="The port", draft="true")
    site.post(f"2025-04-12-sea{'' if suffix else '.es'}.md", text, title="The sea")
    refused = site.build()
    assert refused.code == 1
    assert "draft" in refused.err


def test_two_posts_of_one_language_are_no_translations_of_a_third(site: Site) -> None:
    site.write("feed.toml", PAGES + 'languages = ["en", "es"]\n')
    site.post("a/2025-04-14-boat.md", title="One")
    site.post("b/2025-04-14-boat.md", title="Two", id="tag:example.org,2025:two", slug="two")
    site.post("2025-04-14-boat.es.md", title="Uno")
    assert site.build().code == 0
    assert links(site, "2025/04/boat/index.html") == links(site, "es/2025/04/boat/index.html") == {}


def test_a_language_without_posts_has_no_feeds(site: Site) -> None:
    site.write("feed.toml", IN_TWO)
    site.post()
    site.post("2025-04-14-first.es.md", draft="true")
    assert site.build().code == 0
    assert {path.partition("/")[0] for path in site.tree()} == {".dateline.json", "feeds.opml", *NAMES}


def test_a_reader_of_one_language_sees_nothing_of_another(two: Site) -> None:
    with serving(two.public) as server:
        main, spanish = (Reader(server, [f"{folder}{name}" for name in NAMES]) for folder in ("", "es/"))
        server.conditional = False
        for reader, suffix in ((main, ""), (spanish, ".es")):
            ids = {f"{ID}/2025-04-1{number}-{number}{suffix}" for number in range(3)}
            for name, seen in reader.update().items():
                assert seen == Seen(ids, set(), set()), name
        two.post("2025-05-01-new.es.md", title="Nuevo")
        two.post("2025-04-10-0.es.md", "Otro texto.\n", title="El barco")
        two.post("2025-04-11-1.es.md", title="El puerto", draft="true")
        assert two.build("--accept").code == 0
        assert main.update() == dict.fromkeys((f"{name}" for name in NAMES), Seen(set(), set(), set()))
        seen = Seen({f"{ID}/2025-05-01-new.es"}, {f"{ID}/2025-04-10-0.es"}, {f"{ID}/2025-04-11-1.es"})
        assert spanish.update() == dict.fromkeys((f"es/{name}" for name in NAMES), seen)
        main.close()
        spanish.close()


def test_each_language_is_guarded_like_the_main_one(two: Site) -> None:
    before = two.tree()
    (two.posts / "2025-04-10-0.es.md").rename(two.posts / "2025-04-10-renamed.es.md")
    two.post("2025-04-11-1.es.md", title="El puerto", date="2025-04-09")
    (two.posts / "2025-04-12-2.es.md").unlink()
    assert changes(two) == {
        "shown_again": ["El barco"],
        "redated": ["El puerto"],
        "gone": ["El mar"],
        "updated": ["El puerto"],
        "dead_address": [f"https://example.org/es/2025/04/{name}/" for name in ("0", "2")],
    }
    assert two.build().code == 3
    assert two.tree() == before
    assert two.run("pin").out.startswith(f"posts/2025-04-10-renamed.es.md: id: {ID}/2025-04-10-0.es, slug: 0\n")
    assert "shown_again" not in changes(two)
    assert two.build("--accept").code == 0
    assert two.tree() == cold(two)
    assert changes(two) == {}


def test_everyday_work_in_one_language_stops_no_build(two: Site) -> None:
    two.post("2025-05-01-new.es.md", title="Nuevo")
    two.post("2025-04-10-0.es.md", "Otro texto.\n", title="El barco")
    assert changes(two) == {"new": ["Nuevo"], "updated": ["El barco"]}
    assert two.build().code == 0


def live(site: Site) -> Site:
    """A publication that has posts in several languages, but not yet `languages`, built."""
    site.write("feed.toml", SETTINGS)
    site.post("2025-04-10-boat.md", "The boat has a text that is long enough to be known again.\n", title="The boat")
    site.post("2025-04-10-boat.es.md", "El barco tiene un texto largo para reconocerlo después.\n", title="El barco")
    site.post("es/2025-04-11-puerto.md", "El puerto tiene un texto largo para reconocerlo.\n", title="El puerto")
    site.post("2025-04-12-mar.md", "El mar tiene un texto largo para reconocerlo.\n", title="El mar", language="es")
    site.post("2025-04-13-porto.md", title="O porto", language="pt")
    assert site.build().code == 0
    return site


def test_setting_languages_stops_a_build_that_moves_posts_and_pin_keeps_their_ids(site: Site) -> None:
    main = live(site).json()["items"]
    site.write("feed.toml", IN_TWO)
    stopped = site.build()
    assert stopped.code == 3
    assert "would move to the feed of another language (es)" in stopped.err
    assert "run dateline pin" in stopped.err
    moving = ["El barco", "El mar", "El puerto"]
    assert changes(site) == {
        "moves": moving,
        "dead_address": [f"https://example.org/2025/04/{name}/" for name in ("boat.es", "mar", "puerto")],
    }
    assert [line for line in site.run("pin").out.splitlines() if ": id: " in line] == [
        f"posts/2025-04-12-mar.md: id: {ID}/2025-04-12-mar",
        f"posts/es/2025-04-11-puerto.md: id: {ID}/2025-04-11-puerto",
    ]
    assert changes(site)["moves"] == moving
    assert site.build("--accept").code == 0
    assert site.tree() == cold(site)
    spanish = json.loads((site.public / "es/feed.json").read_text("utf-8"))["items"]
    assert {item["id"] for item in main} == {item["id"] for item in (*site.json()["items"], *spanish)}
    assert {item["title"] for item in spanish} == {*moving}
    assert changes(site) == {}


def test_adding_translations_to_a_live_publication_surprises_nobody(site: Site) -> None:
    site.post("2025-04-10-boat.md", title="The boat")
    site.post("2025-04-11-port.md", title="The port")
    assert site.build().code == 0
    main = {name: (site.public / name).read_bytes() for name in NAMES}
    site.write("feed.toml", IN_TWO)
    site.post("2025-04-10-boat.es.md", title="El barco")
    site.post("2025-04-11-port.es.md", title="El puerto")
    assert changes(site) == {"new": ["El barco", "El puerto"]}
    assert site.build().code == 0
    assert {name: (site.public / name).read_bytes() for name in NAMES} == main


def test_taking_a_language_out_stops_a_build(two: Site) -> None:
    two.write("feed.toml", SETTINGS)
    found = changes(two)
    assert found["feed_gone"] == [f"https://example.org/es/{name}" for name in sorted(NAMES)]
    assert two.build().code == 3
    assert two.build("--accept").code == 0
    assert two.tree() == cold(two)


def test_a_post_that_changes_its_language_moves(two: Site) -> None:
    (two.posts / "2025-04-12-2.es.md").rename(two.posts / "2025-04-12-3.md")
    found = changes(two)
    assert found["moves"] == ["El mar"]
    assert not found.keys() & {"gone", "new", "older"}
    assert two.run("pin").out.startswith(f"posts/2025-04-12-3.md: id: {ID}/2025-04-12-2.es\n")


def test_with_guard_live_each_language_is_compared_with_its_feed_on_the_web(site: Site, tmp_path: Path) -> None:
    web = tmp_path / "web"
    web.mkdir()
    with serving(web) as server:
        guarded = SETTINGS.replace("https://example.org/", server.url) + 'guard = "live"\n'
        site.write("feed.toml", guarded)
        site.post("2025-04-10-boat.md", title="The boat")
        assert site.build("--output", web, "--first").code == 0
        site.write("feed.toml", guarded + 'languages = ["en", "es"]\n')
        site.post("2025-04-10-boat.es.md", title="El barco")
        refused = site.build("--output", web)
        assert refused.code == 1
        assert refused.err.startswith(f"error: {server.url}es/rss.xml: the server answers 404 ")
        assert site.build("--output", web, "--first").code == 0
        site.post("2025-04-10-boat.es.md", title="El barco", date="2025-04-09")
        stopped = site.build()
        assert stopped.code == 3
        assert "The date of “El barco” would move" in stopped.err


def test_an_old_feed_is_compared_with_the_feed_of_its_language(two: Site, tmp_path: Path) -> None:
    old = tmp_path / "index.xml"
    old.write_bytes((two.public / "es/rss.xml").read_bytes())
    assert changes(two, "--against", old) == {}
    (two.posts / "2025-04-12-2.es.md").unlink()
    assert changes(two, "--against", old)["gone"] == ["El mar"]


def test_feeds_of_another_program_in_the_folder_of_a_language_are_taken_over(site: Site) -> None:
    site.write("feed.toml", IN_TWO)
    site.post("2025-04-10-boat.md", title="The boat")
    site.post("2025-04-10-boat.es.md", "Un barco.\n", title="El barco")
    old = site.write("../public/es/rss.xml", "")
    old.write_text(
        '<rss version="2.0"><channel><title>Old</title><item><title>El barco</title><guid>7</guid>'
        "<link>https://example.org/es/2025/04/boat/</link><pubDate>Thu, 10 Apr 2025 12:00:00 GMT</pubDate>"
        "<description>Un barco.</description></item></channel></rss>",
        "utf-8",
    )
    assert changes(site)["shown_again"] == ["El barco"]
    assert site.run("pin").out.startswith("posts/2025-04-10-boat.es.md: id: 7\n")
    assert site.build().code == 0


def test_a_preview_shows_all_languages(two: Site) -> None:
    from dateline.options import Stage

    stage = Stage("http://127.0.0.1:8000", two.cache, drafts=True)
    build(BuildOptions(two.posts, two.root / "preview", NOW, stage=stage))
    feed = json.loads((two.root / "preview/es/feed.json").read_text("utf-8"))
    assert feed["home_page_url"] == "http://127.0.0.1:8000/es/"
    assert feed["items"][0]["url"] == "http://127.0.0.1:8000/es/2025/04/2/"


@pytest.mark.slow
def test_builds_after_changes_of_translations_equal_cold_ones(sample: Site) -> None:
    assert sample.build().code == 0
    storm, boat = sample.posts / "2025-04-04-tormenta.md", sample.posts / "2025-04-01-boat.es.md"
    settings = sample.posts / "feed.toml"
    for file, old, new in (
        (storm, "translationKey", "x_key"),
        (storm, "language: es", "language: en"),
        (storm, "x_key", "translationKey"),
        (boat, "---\n", "---\nlink: https://other.example/\n"),
        (boat, "link: https://other.example/\n", "draft: true\n"),
        (settings, '"es", "zh-CN"', '"zh-CN", "pt", "es"'),
        (settings, "languages", "pages = false\nlanguages"),
    ):
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), "utf-8")
        assert sample.build("--accept").code == 0, (old, new)
        assert sample.tree() == cold(sample), (old, new)


def test_feeds_of_a_language_have_the_names_of_the_main_ones(site: Site) -> None:
    site.write("feed.toml", f'{IN_TWO}[feed_files]\nrss = "feed/index.xml"\nalso = {{rss = ["index.xml"]}}\n')
    site.post("2025-04-10-boat.md", title="The boat")
    site.post("2025-04-10-boat.es.md", title="El barco")
    assert site.build().code == 0
    tree = site.tree()
    assert tree["es/feed/index.xml"] == tree["es/index.xml"]
    assert b'href="https://example.org/es/feed/index.xml" rel="self"' in tree["es/index.xml"]
    assert changes(site) == {}
    site.write("feed.toml", IN_TWO)
    assert sorted(changes(site)["feed_moved"]) == [
        f"https://example.org/{folder}feed/index.xml" for folder in ("es/", "")
    ]


def test_adopt_takes_over_the_feed_of_a_language(site: Site, tmp_path: Path) -> None:
    site.write("feed.toml", IN_TWO)
    for name, title in (("boat", "The boat"), ("port", "The port")):
        site.post(f"2025-04-10-{name}.md", f"{title}, in a text of some length, long enough.\n", title=title)
        site.post(f"2025-04-10-{name}.es.md", f"El texto de {name}, de cierta longitud.\n", title=f"{title} (es)")
    old = tmp_path / "index.xml"
    items = "".join(
        f"<item><title>The {name} (es)</title><link>https://example.org/es/posts/{name}/</link>"
        f"<guid>https://example.org/es/posts/{name}/</guid><pubDate>Thu, 10 Apr 2025 12:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;El texto de {name}, de cierta longitud.&lt;/p&gt;</description></item>"
        for name in ("port", "boat")
    )
    old.write_text(
        '<rss version="2.0"><channel><title>The Daily Example</title><link>https://example.org/es/</link>'
        f"<description>Old</description><language>es</language>{items}</channel></rss>",
        "utf-8",
    )
    adopted = site.run("adopt", old, "--settings")
    assert adopted.code == 0, adopted
    found = changes(site, "--against", old)
    assert not found.keys() & {"shown_again", "new", "older", "gone", "moves", "dead_address"}, found
    assert "id: https://example.org/es/posts/boat/" in (site.posts / "2025-04-10-boat.es.md").read_text("utf-8")
    assert site.build("--accept").code == 0
    items = json.loads((site.public / "es/feed.json").read_text("utf-8"))["items"]
    assert {item["url"] for item in items} == {f"https://example.org/es/posts/{name}/" for name in ("boat", "port")}


LINKS = """\
| written in | link | leads to |
| es | /2025/04/boat/ | /es/2025/04/boat/ |
| es | https://example.org/2025/04/boat/#deck | /es/2025/04/boat/#deck |
| es | /2025/04/storm/ | /es/2025/04/tormenta/ |
| es | /2025/04/10/boat | /es/2025/04/boat/ |
| es | /es/2025/04/boat/ | /es/2025/04/boat/ |
| es | /old-boat/ | /es/2025/04/boat/ |
| es | /2025/04/sea/ | /2025/04/sea/ |
| es | /2025/04/links/ | /2025/04/links/ |
| es | /2025/04/port/ | /2025/04/port/ |
| es | ../2025-04-10-boat.md | /2025/04/boat/ |
| en | /2025/04/boat/ | /2025/04/boat/ |
| en | /es/2025/04/boat/ | /es/2025/04/boat/ |
| en | /2025/04/tormenta/ | /es/2025/04/tormenta/ |
"""


def test_a_link_to_an_address_prefers_the_language_of_its_post(site: Site) -> None:
    site.write("feed.toml", IN_TWO)
    site.post("2025-04-10-boat.md", title="The boat", aliases="/old-boat/")
    site.post("2025-04-10-boat.es.md", title="El barco")
    site.post("2025-04-11-storm.md", title="The storm")
    site.post("2025-04-11-tormenta.md", title="La tormenta", language="es", translationKey="2025-04-11-storm")
    site.post("2025-04-12-sea.md", title="The sea")
    site.post("2025-04-13-port.md", title="The port")
    site.post("2025-04-13-port.es.md", title="El puerto", draft="true")
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in LINKS.splitlines()[1:]]
    for language in ("en", "es"):
        text = "\n".join(f"- [link]({link})" for written_in, link, _ in rows if written_in == language)
        site.post(f"{language}/2025-04-20-links.md", f"{text}\n", title="Links")
    assert site.build().code == 0
    found = []
    for language, folder in (("es", "es/"), ("en", "")):
        items = json.loads((site.public / f"{folder}feed.json").read_text("utf-8"))["items"]
        (html,) = (item["content_html"] for item in items if item["title"] == "Links")
        found += [(language, url) for url in re.findall(r'href="https://example.org([^"]*)"', html)]
    assert found == [(written_in, leads_to) for written_in, _, leads_to in rows]
    # A translation that comes out later is linked then.
    site.post("2025-04-13-port.es.md", title="El puerto")
    assert site.build().code == 0
    assert b'href="https://example.org/es/2025/04/port/"' in (site.public / "es/rss.xml").read_bytes()
    assert site.tree() == cold(site)
