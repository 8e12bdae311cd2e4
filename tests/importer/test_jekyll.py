"""Jekyll's rules for addresses, ids, defaults and folders. The expected values are those of Jekyll 4.3."""

from pathlib import Path
from typing import Any

import pytest
from conftest import dateline, few_and_many
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.sites.importers import jekyll
from dateline.sites.importers.jekyll.liquid import html_with_liquid
from importer.sites import feed, site

CONFIG = "title: Pier\nurl: https://pier.example\ntimezone: Europe/Berlin\n"
POST = "---\ntitle: The pier\ndate: 2021-01-03 07:08:09 +0000\ncategories: [Tide Tables, Häfen]\n---\nText\n"
NAME = "_posts/2021-01-03-Über_the 1.Pier v2.md"


def imported(folder: Path, files: dict[str, str]) -> dict[str, Any]:
    return feed(site(folder / "site", {"_config.yml": CONFIG, **files}), "jekyll")


@pytest.mark.parametrize(
    ("permalink", "path"),
    [
        ("", "/tide%20tables/h%C3%A4fen/2021/01/03/%C3%9Cber_the-1.Pier-v2.html"),
        ("date", "/tide%20tables/h%C3%A4fen/2021/01/03/%C3%9Cber_the-1.Pier-v2.html"),
        ("pretty", "/tide%20tables/h%C3%A4fen/2021/01/03/%C3%9Cber_the-1.Pier-v2/"),
        ("ordinal", "/tide%20tables/h%C3%A4fen/2021/003/%C3%9Cber_the-1.Pier-v2.html"),
        ("weekdate", "/tide%20tables/h%C3%A4fen/2021/W53/Sun/%C3%9Cber_the-1.Pier-v2.html"),
        ("none", "/tide%20tables/h%C3%A4fen/%C3%9Cber_the-1.Pier-v2.html"),
        ("/:slugified_categories/:title/", "/tide-tables/h%C3%A4fen/%C3%9Cber_the-1.Pier-v2/"),
        ("/:short_year/:i_month/:i_day/:slug/", "/21/1/3/%C3%BCber-the-1-pier-v2/"),
        ("/:year-:month-:day_:title.html", "/2021-01-03_%C3%9Cber_the-1.Pier-v2.html"),
        ("/:long_month/:short_month/:long_day/:w_day/:w_year/:name/",
         "/January/Jan/Sunday/7/2020/2021-01-03-%C3%BCber-the-1-pier-v2/"),
        ("/:hour:minute:second/:title/", "/080809/%C3%9Cber_the-1.Pier-v2/"),
        ("/:collection/:path/", "/posts/2021-01-03-%C3%9Cber_the%201.Pier%20v2/"),
        ("//odd/../:title/./", "/odd/%C3%9Cber_the-1.Pier-v2/"),
    ],
)  # fmt: skip
def test_addresses_stay(permalink: str, path: str, tmp_path: Path) -> None:
    config = CONFIG + (f"permalink: {permalink}\n" if permalink else "")
    items = imported(tmp_path, {"_config.yml": config, NAME: POST})
    assert items["The pier"]["url"] == f"https://pier.example{path}"


@pytest.mark.parametrize(
    ("template", "id"),
    [
        ("<guid>{{ post.url | prepend: site.baseurl | prepend: site.url }}</guid>", "https://pier.example/n/a/b.html"),
        ("<link>{{ site.url }}{{ post.url }}</link>", "https://pier.example/a/b.html"),
        ('<guid isPermaLink="false">{{ post.id | xml_escape }}</guid>', "/a/b"),
        ("<link>/</link><guid>{{ post.id | absolute_url }}</guid>", "https://pier.example/n/a/b"),
        ("<guid>{{ page.host }}{{ post.url | relative_url }}</guid>", "http://old.example/n/a/b.html"),
        ("<guid>tag:pier.example,2020:{{post.id|append:'#1'}}</guid>", "tag:pier.example,2020:/a/b#1"),
    ],
)
def test_ids_are_those_of_the_sites_own_template(template: str, id: str, tmp_path: Path) -> None:
    feed = f"---\nhost: http://old.example\n---\n<rss>{{% for post in site.posts limit: 3 %}}{template}{{% endfor %}}"
    config = CONFIG + "permalink: /a/:title.html\nbaseurl: /n\n"
    files = {"_config.yml": config, "blog.xml": feed, "_posts/2021-01-03-b.md": POST}
    assert imported(tmp_path, files)["The pier"]["id"] == id
    assert 'rss = "blog.xml"' in (tmp_path / "posts/feed.toml").read_text()


def test_of_two_defaults_the_longer_path_counts(tmp_path: Path) -> None:
    defaults = """defaults:
      - {scope: {path: news, type: posts}, values: {tags: [near], author: A}}
      - {scope: {path: ""}, values: {tags: [far], author: B, title: None}}
      - {scope: {path: "news/*/_posts"}, values: {author: C, description: Deep}}
      - {scope: {type: pages}, values: {tags: [never]}}
      - not a table
    """
    post = "---\ntitle: {}\n---\nText\n"
    items = imported(
        tmp_path,
        {
            "_config.yml": CONFIG + defaults,
            "_posts/2021-01-01-a.md": post.format("Top"),
            "news/_posts/2021-01-01-b.md": post.format("News"),
            "news/sea/_posts/2021-01-01-c.md": "---\ntitle: Sea\nauthors: [D, E]\n---\nText\n",
        },
    )
    found = {
        title: ([author["name"] for author in item["authors"]], item["tags"], item["summary"])
        for title, item in items.items()
    }
    assert found == {
        "Top": (["B"], ["far"], "Text"),
        "News": (["A"], ["near", "news"], "Text"),
        "Sea": (["D", "E"], ["near", "news", "sea"], "Deep"),
    }


def test_only_what_jekyll_publishes_becomes_a_post(tmp_path: Path) -> None:
    config = CONFIG + "exclude: [old, '*.bak.md']\ninclude: [_kept]\n"
    names = "_posts/2021-1-2-a.md _posts/x/2021-01-02-b.md deep/er/_posts/2021-01-02-c.md _kept/_posts/2021-01-02-d.md"
    others = "old/_posts/2021-01-02-e.md _posts/2021-01-02-f.bak.md _hidden/_posts/2021-01-02-g.md _posts/h.md"
    others += " _posts/_2021-01-02-i.md node_modules/_posts/2021-01-02-j.md _site/_posts/2021-01-02-k.md _posts/l.png"
    files = {path: f"---\ntitle: {path}\n---\nText\n" for path in f"{names} {others}".split()}
    assert sorted(imported(tmp_path, {"_config.yml": config, **files})) == sorted(names.split())


def test_posts_are_in_the_folder_of_collections(tmp_path: Path) -> None:
    config = CONFIG + "source: src\ncollections_dir: stuff\n"
    config += "defaults: [{scope: {path: stuff/a}, values: {tags: [deep]}}]\n"
    files = {
        path: f"---\ntitle: {path}\n---\nText\n" for path in ("_posts/2021-01-02-a.md", "src/_posts/2021-01-02-b.md")
    }
    files |= {"src/stuff/a/_posts/2021-01-02-c.md": "---\ntitle: C\n---\n![](/x.png)\n", "src/x.png": "not a picture"}
    items = imported(tmp_path, {"_config.yml": config, **files})
    assert {title: (item["url"], item["tags"]) for title, item in items.items()} == {
        "C": ("https://pier.example/a/2021/01/02/c.html", ["deep", "a"])
    }
    assert (tmp_path / "posts/x.png").is_file()


def test_what_jekyll_makes_of_templates_is_no_static_file(tmp_path: Path) -> None:
    files = {
        "atom.xml": "---\n---\n<feed>{% for post in site.posts %}{% endfor %}</feed>",
        "data.json": "---\r\n---\r\n[]",
    }
    files |= {"plain.json": "[]", NAME: POST + "[a](/atom.xml) [b](/data.json) [c](/plain.json)\n"}
    imported(tmp_path, files)
    assert [path.name for path in (tmp_path / "posts/_static").iterdir()] == ["plain.json"]


def test_names_of_folders_may_be_too_long(tmp_path: Path) -> None:
    config = CONFIG + "".join(f"{key}: {'x' * 5000}\n" for key in ("data_dir", "destination"))
    assert list(imported(tmp_path, {"_config.yml": config, "_posts/2021-01-01-a.md": POST})) == ["The pier"]


@pytest.mark.parametrize("folder", ["..", "../outside", "/"])
def test_folders_outside_are_not_read(folder: str, tmp_path: Path) -> None:
    keys = "source collections_dir data_dir destination source_dir".split()
    config = CONFIG + "".join(f"{key}: {folder}\n" for key in keys)
    site(
        tmp_path / "outside", {"authors.yml": "ana: {name: Ana}\n", "_posts/2021-01-01-b.md": POST, "feed.xml": "<rss>"}
    )
    found = jekyll.settings(site(tmp_path / "site", {"_config.yml": config, "_posts/2021-01-01-a.md": POST}))
    assert "authors" not in found.settings
    assert not found.feeds
    assert list(imported(tmp_path, {"_config.yml": config})) == ["The pier"]


def test_what_is_written_as_only_jekyll_reads_it_is_written_out(tmp_path: Path) -> None:
    items = imported(
        tmp_path,
        {
            "_posts/2021-07-01-utc.md": "---\ntitle: UTC\ndate: 2021-07-01 22:30:00\ntags: sea  tide\n---\nText\n",
            "_posts/2021-07-02-local.md": "---\ntitle: Local\ndate: '2021-07-02 22:30:00'\ntitle: Local\n---\nText\n",
            "_posts/21-7-3-no-front-matter.md": "Text\n",
            "_posts/2021-07-04-comma.md": "---\ntitle: Comma\ntags: big boats, sea\n---\nText\n",
            "_posts/2021-06-31-o.md": "---\ntitle: Odd\n---\n{{page.title}} {{site.title}} {% raw %}{{a}}{% endraw %}",
        },
    )
    dates = {title: item["date_published"] for title, item in items.items()}
    assert dates == {
        "UTC": "2021-07-02T00:30:00+02:00",
        "Local": "2021-07-02T22:30:00+02:00",
        "No Front Matter": "2021-07-03T00:00:00+02:00",
        "Comma": "2021-07-04T00:00:00+02:00",
        "Odd": "2021-07-01T00:00:00+02:00",
    }
    assert items["Odd"]["content_html"] == "<p>Odd Pier {{a}}</p>"
    assert items["UTC"]["tags"] == ["sea", "tide"]
    assert items["Comma"]["tags"] == ["big boats", "sea"]
    assert items["UTC"]["url"] == "https://pier.example/2021/07/02/utc.html"


def test_authors_are_named_by_key(tmp_path: Path) -> None:
    files = {
        "_data/authors.yml": "Ana: {name: Ana Díaz, email: no, web: https://ana.example}\nbo: Bo Berg\nx: {name: '?'}",
        "_authors/cy.md": "---\nshort_name: cy\nname: Cy Coe\n---\n",
        "_posts/2021-01-01-a.md": "---\ntitle: A\nauthor: Ana\n---\nText\n",
        "_posts/2021-01-02-b.md": "---\ntitle: B\nauthor: bo, cy\n---\nText\n",
    }
    items = imported(tmp_path, files)
    assert items["A"]["authors"] == [{"name": "Ana Díaz", "url": "https://ana.example/"}]
    assert items["B"]["authors"] == [{"name": "Bo Berg"}, {"name": "Cy Coe"}]


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ("baseurl: http://pier.example/notes/\n", "http://pier.example/notes"),
        ("url: pier.example\nbaseurl: notes\n", "https://pier.example/notes"),
        ("url: http://localhost:4000\n", ""),
        ("", "https://cname.example"),
    ],
)
def test_the_address_of_a_site(config: str, url: str, tmp_path: Path) -> None:
    folder = site(tmp_path, {"_config.yml": config, "CNAME": "cname.example\n", "_posts/2021-01-01-a.md": POST})
    assert jekyll.settings(folder).settings.get("url", "") == url


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["_config.yml", "_posts/a.md"], True),
        (["_config.toml", "docs/news/_posts/a.md"], True),
        (["Gemfile", "_posts/a.md"], True),
        (["_posts/a.md"], False),
        (["_config.yml", "posts/a.md"], False),
    ],
)
def test_a_site_is_recognised(files: list[str], found: bool, tmp_path: Path) -> None:
    folder = site(tmp_path, {path: 'gem "jekyll"\n' if path == "Gemfile" else "" for path in files})
    assert jekyll.detect(folder) == found


def test_a_broken_configuration_stops_the_import(tmp_path: Path) -> None:
    folder = site(tmp_path / "site", {"_config.yml": "title: Pier\nurl: [\n", "_posts/2021-01-01-a.md": POST})
    result = dateline("import", "--from", "jekyll", folder, tmp_path / "posts")
    assert result.code == 1
    assert "_config.yml:3: " in result.err
    assert not (tmp_path / "posts").exists()


def test_a_post_in_html_keeps_its_liquid(tmp_path: Path) -> None:
    html = (
        '<p>See <a href="{{ site.baseurl }}/x">it</a>, {{ page.title }} and <img src="a.png" alt="{{ b }}"></p>\n'
        "{% raw %}<b {{ c }}{% endraw %}\n<p>{% unknown 1 %}</p>{% highlight %}"
    )
    markdown = html_with_liquid(html, "https://pier.example/a/", "python-markdown")
    assert markdown == (
        "See [it]({{ site.baseurl }}/x), {{ page.title }} and ![{{ b }}](https://pier.example/a/a.png)\n\n"
        "{% raw %}<b {{ c }}{% endraw %}\n\n{% unknown 1 %}\n\n{% highlight %}"
    )


TAGS = (
    "{% raw %}",
    "{% endraw %}",
    "{% highlight a %}",
    "{% endhighlight %}",
    "{{ x }}",
    "{%",
    "%}",
    "{{",
    "<p>",
    "a ",
)


@few_and_many(15, 5000)
def test_any_mixture_of_tags_is_read(drawn: settings) -> None:
    @drawn
    @given(st.lists(st.sampled_from(TAGS), max_size=12).map("".join))
    def check(html: str) -> None:
        markdown = html_with_liquid(html, "https://pier.example/", "python-markdown")
        assert markdown.count("{{ x }}") == html.count("{{ x }}")

    check()


def test_endless_liquid_takes_little_time() -> None:
    for html in ("{% highlight x %}" * 5000, "{{ " * 5000, "{%" * 5000):
        assert html_with_liquid(html, "https://pier.example/", "python-markdown")
