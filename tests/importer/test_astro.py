"""Astro sites: the addresses of entries by routes, what a site is called, and code that is never run."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.sites import site

CONFIG = "export default defineConfig({{ site: 'https://harbour.example', {} }})"
CONSTANTS = {"src/consts.ts": "export const SITE_TITLE = 'Harbour';"}
POST = "---\ntitle: Tides\npubDate: 2025-01-09\n{}---\nThe water rises.\n"
SHOWN = "---\nconst posts = await getCollection('{}');\nconst {{ Content }} = await render(posts[0]);\n---\n<Content />"


def imported(tmp_path: Path, files: dict[str, str], config: str = "") -> Result:
    source = site(tmp_path / "site", {"astro.config.mjs": CONFIG.format(config), **CONSTANTS, **files})
    result = dateline("import", source, tmp_path / "posts")
    assert result.code == 0, result
    return result


def front_matter(tmp_path: Path, path: str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+): (.*)$", (tmp_path / "posts" / path).read_text(), re.MULTILINE))


def ids(tmp_path: Path) -> list[str]:
    """Return the addresses of all posts that are shown, which are their ids, without the host."""
    found = [path.relative_to(tmp_path / "posts").as_posix() for path in (tmp_path / "posts").rglob("*.md")]
    known = [front_matter(tmp_path, path).get("id", "") for path in found]
    return sorted(id.removeprefix("https://harbour.example") for id in known)


ROUTES = [
    ("blog/[...slug]", "blog", "tides.md", "/blog/tides/"),
    ("[slug]/index", "blog", "tides.md", "/tides/"),
    ("[...id]", "blog", "Of the, Sea/index.md", "/of-the-sea/"),
    ("blog/[...slug]", "blog", "v2.5 & ünder_score.md", "/blog/v25--%C3%BCnder_score/"),
    ("writing/[...slug]", "other", "tides.md", "/blog/tides/"),  # guessed
    ("posts/[page]", "blog", "tides.md", "/blog/tides/"),  # a list is no page of a post
]


@pytest.mark.parametrize(("route", "collection", "file", "expected"), ROUTES)
def test_addresses(route: str, collection: str, file: str, expected: str, tmp_path: Path) -> None:
    files = {f"src/pages/{route}.astro": SHOWN.format(collection), f"src/content/blog/{file}": POST.format("")}
    result = imported(tmp_path, files)
    assert ids(tmp_path) == [expected]
    assert ("no page was found that shows the collection blog" in result.out) == (route[:4] in ("writ", "post"))


@pytest.mark.parametrize(
    ("loader", "path", "expected"),
    [
        ("loader: glob({ base: './notes', pattern: '**/*.md' })", "notes/sea/Tides.md", "/blog/sea/tides/"),
        ("loader: glob({ pattern: 'notes/sea/*.md' })", "notes/sea/tides.md", "/blog/notes/sea/tides/"),
        ("loader: glob({ base: `${WHERE}/sea`, pattern: ['*.md'] })", "notes/sea/tides.md", "/blog/tides/"),
        ("type: 'content'", "src/content/blog/tides.md", "/blog/tides/"),
    ],
)
def test_folders_of_collections(loader: str, path: str, expected: str, tmp_path: Path) -> None:
    declared = f"const WHERE = './notes'; const blog = defineCollection({{ {loader}, schema: z.object({{}}) }});"
    files = {
        "src/content.config.ts": f"{declared} export const collections = {{ blog }}",
        "src/pages/blog/[...slug].astro": SHOWN.format("blog"),
        path: POST.format(""),
    }
    imported(tmp_path, files)
    assert ids(tmp_path) == [expected]


def test_slashes_of_pages_and_of_the_feed(tmp_path: Path) -> None:
    files = {
        "src/pages/blog/[...slug].astro": SHOWN.format("blog"),
        "src/pages/feed.xml.ts": "import rss from '@astrojs/rss'; export const GET = (context) => rss({ title: 'Log',"
        "description: 'All', site: context.site, trailingSlash: false, items: (await getCollection('blog')).slice(0, 7)"
        ".map((post) => ({ link: `/blog/${post.id}`, content: post.body })) })",
        "src/content/blog/tides.md": POST.format(""),
        "src/content/blog/sea.md": POST.format("slug: of/the/sea\n"),
    }
    imported(tmp_path, files, "trailingSlash: 'never', base: '/log', build: { format: 'file' }")
    settings = (tmp_path / "posts/feed.toml").read_text()
    assert 'title = "Log"\nurl = "https://harbour.example/log/"' in settings
    assert "limit = 7" in settings
    assert 'rss = "feed.xml"' in settings
    assert "content" not in settings
    # The feed links to addresses without the base.
    assert ids(tmp_path) == ["/blog/of/the/sea", "/blog/tides"]
    assert front_matter(tmp_path, "tides.md")["url"] == "/blog/tides"


def test_the_feed_in_the_output_folder_is_adopted(tmp_path: Path) -> None:
    source = tmp_path / "site"
    shutil.copytree(Path(__file__).parent / "astro/site", source)
    (source / "dist").mkdir()
    shutil.copy(Path(__file__).parent / "astro/feed.xml", source / "dist/rss.xml")
    result = dateline("import", source, tmp_path / "posts")
    assert f"Ids of posts: 10 as in {source}/dist/rss.xml, 3 as Astro writes them." in result.out


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (["[lang]/blog/[...slug]"], ["/en/blog/tides/", "/es/blog/tides/"]),
        (["blog/[slug]", "es/blog/[slug]"], ["/blog/tides/", "/es/blog/tides/"]),
        (["blog/[...slug]"], ["/blog/en/tides/", "/blog/es/tides/"]),
    ],
)
def test_languages(routes: list[str], expected: list[str], tmp_path: Path) -> None:
    pages = {f"src/pages/{route}.astro": SHOWN.format("blog") for route in routes}
    posts = {f"src/content/blog/{language}/tides.md": POST.format("") for language in ("en", "es")}
    imported(tmp_path, pages | posts, "i18n: { defaultLocale: 'en', locales: ['en', 'es'] }")
    assert ids(tmp_path) == expected
    assert front_matter(tmp_path, "es/tides.md")["lang"] == "es"
    assert 'languages = ["en", "es"]' in (tmp_path / "posts/feed.toml").read_text()


def test_hidden_entries_pages_and_authors(tmp_path: Path) -> None:
    files = {
        "src/pages/[...slug].astro": SHOWN.format("blog"),
        "src/pages/about.md": "---\ntitle: About\n---\n",
        "src/pages/old/High Tides.md": POST.format(""),
        "src/pages/_draft.md": POST.format(""),
        "src/content/blog/a.md": POST.format("hide: true\nauthor: mara\n"),
        "src/content/blog/b.mdx": POST.format("isPublished: false\n"),
        "src/content/blog/_c/d.md": POST.format(""),
        "src/content/blog/e.md": POST.format("isDraft: false\n"),
        "src/content/blog/f.md": "No front matter\n",
        "src/content/authors/mara.md": "---\nname: Mara Lind\nwebsite: https://mara.example/\n---\n",
        "src/content/authors/jonas.yaml": "name: Jonas Berg\n",
    }
    result = imported(tmp_path, files)
    assert ids(tmp_path) == ["", "", "", "/e/", "/old/High%20Tides/"]
    assert [front_matter(tmp_path, path)["draft"] for path in ("blog/a.md", "blog/b.md", "blog/c/d.md")] == ["true"] * 3
    others = "src/content/authors/mara.md, src/content/blog/f.md, src/pages/about.md"
    assert f"Pages that are not imported, such as home pages and lists: {others}" in result.out
    authors = 'jonas = { name = "Jonas Berg" }\nmara = { name = "Mara Lind", url = "https://mara.example/" }'
    assert authors in (tmp_path / "posts/feed.toml").read_text()
    assert dateline("build", tmp_path / "posts", "--output", tmp_path / "public").code == 0


def test_no_file_is_executed_and_none_outside_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.ts").write_text("export const SECRET = 'secret';")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/post.md").write_text(POST.format(""))
    code = f"import fs from 'node:fs'; fs.writeFileSync({str(tmp_path / 'executed')!r}, '');\n"
    files = {
        "src/consts.ts": f"{code}import {{ SECRET }} from '../../secret';\n"
        "export const SITE_TITLE = SECRET || 'Harbour'; export const SITE_AUTHOR = SECRET;",
        "src/content.config.ts": f"{code}export const collections = {{ secret: defineCollection({{ loader:"
        " glob({ base: '../secret', pattern: '*.md' }) }), other: load() }",
        "src/pages/tides.md": POST.format(""),
    }
    imported(tmp_path, files, f"srcDir: './src', x: (() => {{ {code} }})()")
    assert ids(tmp_path) == ["/tides/"]
    assert "secret" not in (tmp_path / "posts/feed.toml").read_text()
    assert not (tmp_path / "executed").exists()


ODD = ["a\\0b", "x" * 5000, "*" * 300, "/", "\\ud800", "..", "a/../../b", "[", "a\\n", "${"]


@pytest.mark.parametrize("more", ["", "srcDir: n,"])
@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_odd_names_in_the_configuration_stop_nothing(name: str, more: str, tmp_path: Path) -> None:
    files = {
        "astro.config.mjs": f"import n from './n'; export default {{ site: 'https://harbour.example', {more} base: n,"
        "outDir: n, publicDir: n, i18n: { defaultLocale: n, locales: [n, { path: n }] } }",
        "n.ts": f"export default '{name}'",
        "src/content.config.ts": "import n from '../n';"
        "const a = defineCollection({ loader: glob({ base: n, pattern: n }) });"
        "const b = defineCollection({ loader: glob({ pattern: [n] }) }); export const collections = { a, b, [n]: a };",
        "src/pages/a.md": POST.format(""),
        "src/pages/blog/[...slug].astro": SHOWN.format("a"),
        "tsconfig.json": f'{{ "compilerOptions": {{ "baseUrl": "{name}", "paths": {{ "@/*": ["{name}/*"] }} }} }}',
    }
    result = dateline("import", site(tmp_path / "site", files), tmp_path / "posts", "--title", "Harbour")
    assert result.code in (0, 1)


def test_the_source_may_be_the_folder_of_the_site(tmp_path: Path) -> None:
    files = {"pages/notes/[...slug].astro": SHOWN.format("blog"), "content/blog/tides.md": POST.format("")}
    imported(tmp_path, {**files, "consts.ts": "export const SITE_TITLE = 'Harbour';"}, "srcDir: '.'")
    assert ids(tmp_path) == ["/notes/tides/"]
