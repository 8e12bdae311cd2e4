"""Eleventy sites: addresses, data that holds for posts, feeds of templates, and code that is never run."""

import re
import shutil
import time
from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.sites import site

SITE = '{"title": "Harbour", "url": "https://harbour.example/"}'
POST = "---\ntitle: Tides\ndate: 2025-01-09\n{}---\nThe water rises.\n"


def imported(tmp_path: Path, files: dict[str, str]) -> Result:
    source = site(tmp_path / "site", {"eleventy.config.js": "", "_data/site.json": SITE, **files})
    result = dateline("import", source, tmp_path / "posts")
    assert result.code == 0, result
    return result


def front_matter(tmp_path: Path, path: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+): (.*)$", (tmp_path / "posts" / path).read_text(), re.MULTILINE))


def address(tmp_path: Path) -> str:
    """Return the path of the only post in the old site."""
    (post,) = (tmp_path / "posts").rglob("*.md")
    keys = front_matter(tmp_path, post.relative_to(tmp_path / "posts").as_posix())
    return keys["id"].removeprefix("https://harbour.example")


ADDRESSES = [
    ("blog/tides.md", "", "/blog/tides/"),
    ("blog/2025-01-09-tides.md", "", "/blog/2025-01-09-tides/"),
    ("blog/tides/index.md", "", "/blog/tides/"),
    ("blog/tides/tides.md", "", "/blog/tides/"),
    ("blog/tides.md", "permalink: /a/index.html\n", "/a/"),
    ("blog/tides.md", "permalink: a/b.html\n", "/a/b.html"),
    ("blog/2025-01-09-tides.md", "permalink: '/x/{{ page.fileSlug }}/'\n", "/x/tides/"),
    ("blog/2025-01-09-tides/index.md", "permalink: '/x/{{page.fileSlug}}/'\n", "/x/tides/"),
    ("blog/2025-01-09-tides.md", "permalink: '{{ page.filePathStem }}.html'\n", "/blog/tides.html"),
    ("blog/tides.md", "permalink: \"{{ page.date | date: '%Y/%m' }}/{{ title | slugify }}/\"\n", "/2025/01/tides/"),
    ("blog/tides.md", "permalink: '{{ date | dateFormat(\"yyyy/LL\") }}/{{ key | slug }}/'\nkey: Ebb & flow\n",
     "/2025/01/ebb-and-flow/"),
    ("blog/tides.md", "permalink: {build: '/b/'}\n", "/b/"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "keys", "expected"), ADDRESSES)
def test_addresses(path: str, keys: str, expected: str, tmp_path: Path) -> None:
    imported(tmp_path, {path: POST.format(keys)})
    assert address(tmp_path) == expected


def test_dates_in_addresses_are_in_utc(tmp_path: Path) -> None:
    keys = "title: Tides\ndate: 2025-01-09T23:30:00-05:00\npermalink: \"/{{ page.date | date: '%d' }}/\""
    imported(tmp_path, {"tides.md": f"---\n{keys}\n---\n"})
    assert address(tmp_path) == "/10/"


@pytest.mark.parametrize(
    "permalink",
    ["{{ page.date | own }}/", "{% if a %}x{% endif %}", "/{{ unknown }}/", "/{{ title", "/{{ page.date }}/"],
)
def test_addresses_that_cannot_be_worked_out(permalink: str, tmp_path: Path) -> None:
    result = imported(tmp_path, {"blog/tides.md": POST.format(f"permalink: '{permalink}'\n")})
    assert "tides.md: permalink: " in result.out
    assert "cannot be worked out" in result.out
    assert "id" not in front_matter(tmp_path, "blog/tides.md")


def test_data_of_files_folders_and_layouts_holds_for_posts(tmp_path: Path) -> None:
    imported(
        tmp_path,
        {
            ".eleventy.js": "module.exports = (config) => { config.addLayoutAlias('post', 'layouts/post.njk');"
            " config.setDataFileBaseName('index'); return { dir: { input: 'src', includes: '_parts' } } }",
            "src/_data/site.json": SITE,
            "src/_parts/layouts/post.njk": "---\nlayout: layouts/base\npermalink: '/p/{{ page.fileSlug }}/'\n---\n",
            "src/_parts/layouts/base.html": "---\nlang: en\nauthor: Of the layout\npermalink: /never/\n---\n",
            "src/blog/index.json": '{"layout": "post", "tags": ["posts", "sea"], "description": "A {{ title }}"}',
            "src/blog/old/index.11tydata.js": "module.exports = { author: 'Of the folder', tags: 'archive' }",
            "src/blog/old/tides.11tydata.json": '{"author": "Of the file"}',
            "src/blog/old/tides.md": POST.format("tags: [moon]\n"),
            "src/blog/old/ebb.md": POST.format("author: Its own\n"),
            "src/blog/old/flow.md": POST.format(""),
            "src/blog/spring.md": POST.format(""),
        },
    )
    found = {path: front_matter(tmp_path, f"blog/{path}.md") for path in ("old/tides", "old/ebb", "old/flow", "spring")}
    assert [keys["author"] for keys in found.values()] == ["Of the file", "Its own", "Of the folder", "Of the layout"]
    assert found["old/tides"]["tags"] == '["moon", "sea", "archive"]'
    assert found["spring"]["tags"] == '["sea"]'
    assert {keys["id"] for keys in found.values()} == {
        f"https://harbour.example/p/{name}/" for name in ("tides", "ebb", "flow", "spring")
    }
    assert all("description" not in keys for keys in found.values())


def test_forms_of_front_matter(tmp_path: Path) -> None:
    body = "\n---\nThe water rises.\n"
    result = imported(
        tmp_path,
        {
            "a.md": f"---toml\ntitle = 'A'\ndate = 2025-01-09{body}",
            "b.md": f"---json\n{{ \"title\": \"B\", \"date\": \"2025-01-09\" }}{body}",
            "c.md": f"---js\n{{ title: `C`, date: new Date('2025-01-09'), tags: ['x'], author: who() }}{body}",
            "d.md": f"---javascript\nconst title = 'D';\nconst date = '2025-01-09';{body}",
        },
    )  # fmt: skip
    assert "Imported an Eleventy site" in result.out
    assert "c.md: author: no literal" in result.out
    for name in "abcd":
        text = (tmp_path / f"posts/{name}.md").read_text()
        assert f'"{name.upper()}"' in text or f"title: {name.upper()}" in text or f"'{name.upper()}'" in text
    assert dateline("build", tmp_path / "posts", "--output", tmp_path / "public").code == 0


def test_feeds_of_templates(tmp_path: Path) -> None:
    imported(
        tmp_path,
        {
            "eleventy.config.js": "export default (c) => {}; export const config = { pathPrefix: 'log' }",
            "feed.njk": "---\npermalink: rss.xml\nmetadata:\n  title: The log\n---\n<feed>{{ collections.sea }}",
            "index.json": "{}",
            "log/log.json": '{"tags": ["sea", "moon"]}',
            "log/b.md": POST.format(""),
            "tags.njk": "---\npermalink: /tags/{{ tag }}.xml\n---\n<feed>",
            "sitemap.xml.njk": "---\npermalink: /sitemap.xml\n---\n<urlset>",
            "a.md": POST.format(""),
        },
    )
    settings = (tmp_path / "posts/feed.toml").read_text()
    assert 'title = "The log"\nurl = "https://harbour.example/log/"' in settings
    assert '[feed_files]\natom = "rss.xml"' in settings
    assert 'formats = ["atom"]' in settings  # since rss.xml is not that of RSS
    assert front_matter(tmp_path, "log/b.md")["tags"] == '["moon"]'  # the other is the collection of the feed


def test_the_feed_in_the_output_folder_is_adopted(tmp_path: Path) -> None:
    source = tmp_path / "site"
    shutil.copytree(Path(__file__).parent / "eleventy/site", source)
    (source / "_site/feed").mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "eleventy/feed.xml", source / "_site/feed/harbour.xml")
    result = dateline("import", source, tmp_path / "posts")
    assert f"Ids of posts: 10 as in {source}/_site/feed/harbour.xml, 2 as Eleventy writes them." in result.out


def test_a_feed_outside_the_site_is_not_read(tmp_path: Path) -> None:
    shutil.copy(Path(__file__).parent / "eleventy/feed.xml", tmp_path / "feed.xml")
    config = "export default (c) => { c.addPlugin(feed, { outputPath: '/../../feed.xml', metadata: { title: 'A' } }) }"
    result = imported(tmp_path, {"eleventy.config.js": config, "_site/a.txt": "", "posts/a.md": POST.format("")})
    assert "entries of the old feed" not in result.out


def test_long_templates_take_little_time(tmp_path: Path) -> None:
    patterns = [
        "{{ title " + "| x " * 10_000 + "}}",
        "{{ title | date(" + '" ' * 10_000 + "}}",
        "{{" * 20_000,
        "{{ a" + " " * 20_000,
    ]
    files = {f"{number}.md": POST.format(f"permalink: '{text}'\n") for number, text in enumerate(patterns)}
    started = time.perf_counter()
    imported(tmp_path, files)
    assert time.perf_counter() - started < 10


def test_what_is_ignored_hidden_or_no_post(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        {
            "eleventy.config.js": "export default (c) => { c.ignores.add('drafts/'); }",
            ".eleventyignore": "# not these\nREADME.md\n*.old.md\n",
            "README.md": POST.format(""), "a.old.md": POST.format(""), "drafts/b.md": POST.format(""),
            "_includes/c.md": POST.format(""), "_site/d.md": POST.format(""), "node_modules/e/e.md": POST.format(""),
            "about.md": "---\ntitle: About\n---\n", "license.md": "Free.\n",
            "log.md": "---\ntitle: Log\ndate: Last Modified\n---\n",
            "secret.md": POST.format("eleventyExcludeFromCollections: true\n"),
            "shown.md": POST.format("eleventyExcludeFromCollections: [nowhere]\nredirectFrom: [/old/]\n"),
            "no-page.md": POST.format("permalink: false\n"),
        },
    )  # fmt: skip
    names = sorted(path.name for path in (tmp_path / "posts").glob("**/*.md"))
    assert names == ["no-page.md", "secret.md", "shown.md"]
    assert [front_matter(tmp_path, name).get("draft") for name in names] == ["true", "true", None]
    assert "Pages that are not imported, such as home pages and lists: about.md, license.md, log.md." in result.out
    assert dateline("build", tmp_path / "posts", "--output", tmp_path / "public").code == 0
    assert (tmp_path / "public/old/index.html").exists()


def test_posts_without_a_title_become_notes(tmp_path: Path) -> None:
    untitled = "---\ndate: 2025-01-09\n---\n{}\n"
    texts = {
        "a.md": "{% note %} The *water* rises.\n\nAnd falls.",
        "b.md": "![](x.png)",
        "c.md": "{{ x }}",
        "d.md": "# Ebb\n",
    }
    imported(tmp_path, {path: untitled.format(text) for path, text in texts.items()})
    assert [front_matter(tmp_path, path).get("title") for path in texts] == [
        '""', '""', '""', None,
    ]  # fmt: skip


def test_links_out_of_the_site_are_not_followed(tmp_path: Path) -> None:
    site(tmp_path / "elsewhere", {"data.json": '{"title": "Elsewhere"}', "posts/secret.md": POST.format("")})
    site(
        tmp_path / "site",
        {
            "eleventy.config.js": "",
            "package.json": '{"title": "Harbour"}',
            "_data/x.json": "{}",
            "a.md": POST.format(""),
        },
    )
    (tmp_path / "site/_data/site.json").symlink_to(tmp_path / "elsewhere/data.json")
    (tmp_path / "site/posts").symlink_to(tmp_path / "elsewhere/posts")
    result = dateline("import", tmp_path / "site", tmp_path / "posts", "--url", "https://harbour.example/")
    assert "Imported an Eleventy site to" in result.out
    assert "Elsewhere" not in (tmp_path / "posts/feed.toml").read_text()
    assert not list((tmp_path / "posts").rglob("secret.md"))


def test_no_file_is_executed(tmp_path: Path) -> None:
    code = f"require('fs').writeFileSync({str(tmp_path / 'executed')!r}, '');\n"
    site(
        tmp_path / "site",
        {
            "eleventy.config.js": f"{code}module.exports = function (config) {{ {code} return {{}} }};",
            "_data/site.json": SITE,
            "_data/metadata.js": f"{code}module.exports = () => {{ {code} return {{ title: 'From code' }} }};",
            "posts/posts.11tydata.js": f"{code}module.exports = {{ author: (() => {{ {code} }})() }};",
            "posts/a.md": POST.format(""),
        },
    )
    result = dateline("import", tmp_path / "site", tmp_path / "posts")
    assert result.code == 0, result
    assert 'title = "From code"' in (tmp_path / "posts/feed.toml").read_text()
    assert "posts.11tydata.js:2: author: no literal, so it is not known; write author: into the posts" in result.out
    assert not (tmp_path / "executed").exists()


def test_chains_without_end_and_paths_out_of_the_source_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.json").write_text('{"title": "Outside"}')
    imported(
        tmp_path,
        {
            "eleventy.config.js": "import config from './eleventy.config.js'; import out from '../outside.json';"
            "export default () => ({ dir: { input: '../', data: '../../..', output: '/etc' }, ...config, ...out })",
            "_includes/a.njk": "---\nlayout: b.njk\n---\n",
            "_includes/b.njk": "---\nlayout: a.njk\n---\n",
            "posts/a.md": POST.format("layout: a.njk\n"),
            "posts/b.md": POST.format("layout: ../../outside.json\n"),
            "/".join(["deep"] * 100) + "/c.md": POST.format(""),
        },
    )
    assert front_matter(tmp_path, "posts/a.md")["id"] == "https://harbour.example/posts/a/"


ODD = ["a\\0b", "x" * 5000, "*" * 300, "/", "\\ud800", "..", "a/../../b", "[", "a\\n"]


@pytest.mark.parametrize("more", ["", "input: n,"])
@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_odd_names_in_the_configuration_stop_nothing(name: str, more: str, tmp_path: Path) -> None:
    config = (
        f"const n = '{name}'; import x from '{name}'; export default (c) => {{ c.addPassthroughCopy(n);"
        "c.addPassthroughCopy({ a: n }); c.addLayoutAlias('post', n); c.ignores.add(n); c.setDataFileBaseName(n);"
        "c.addPlugin(feed, { outputPath: n, collection: { name: n, limit: n }, metadata: { title: n, language: n } });"
        f"return {{ dir: {{ {more} includes: n, data: n, output: n, layouts: n }}, pathPrefix: n }} }}"
    )
    site(tmp_path / "site", {"eleventy.config.js": config, "posts/a.md": POST.format("layout: post\n")})
    options = ("--title", "Harbour", "--url", "https://harbour.example/")
    assert dateline("import", tmp_path / "site", tmp_path / "posts", *options).code in (0, 1)
