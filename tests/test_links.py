"""Where links lead: to the post that is surely meant, and otherwise nowhere, with a remark."""

import json
import re
import time
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import pytest
from conftest import PAGES, SETTINGS, Site, dateline
from test_cost import settled

from dateline.render.link_constructs import read_link, with_links
from dateline.render.template_code import constructs

HERE = Path(__file__).parent
LINES = [line for line in (HERE / "links/destinations.txt").read_text().splitlines() if not line.startswith("#")]
ROWS = [(written, to) for written, _, to in (line.partition("\t") for line in LINES)]
HOME = "https://ferry.example/"
SOURCE = "notes/2021-01-01-links.md"
PICTURE = (HERE / "golden/hub-rights-icon-logo/posts/pictures/logo.png").read_bytes()
OLD = 'old_permalinks = ["/blog/{slug}/", "/archives/{year}/{slug}.html"]\n'


@pytest.fixture
def harbour(site: Site) -> Site:
    """Posts to link to, two of which share a slug; a draft; and a folder of media beside the posts."""
    site.write("feed.toml", SETTINGS.replace("https://example.org/", HOME) + OLD + 'assets = ["../static"]\n')
    site.post("2018-04-04-boat.md", title="Boat", date="2018-04-04", tags="[boat]")
    site.post("2019-05-06-ferry.md", title="Ferry", date="2019-05-06")
    site.post("later/2020-06-06-ferry.md", title="Ferry", date="2020-06-06")
    site.post("thoughts/deep.md", title="Deep", date="2020-02-02")
    site.post("trip/index.md", title="Trip", date="2020-03-03")
    site.post("2020-05-05-moved.md", title="Moved", date="2020-05-05", slug="short", aliases="[/old/place/]")
    site.post("2021-02-03-swift-6.4.md", title="Swift", date="2021-02-03")
    site.post("2021-02-04-own.md", title="Own", date="2021-02-04", url="/pages/own.html")
    site.post("notes/sibling.md", title="Sibling", date="2021-01-02")
    for path, content in {
        "img/boat.png": PICTURE,
        "times.pdf": b"times",
        "boat.js": b"js",
        ".secret.png": b"s",
    }.items():
        file = site.root / "static" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return site


def html(site: Site, stem: str = "2021-01-01-links") -> str:
    """Build, and return the text of a post."""
    result = site.build("--accept")
    assert result.code == 0, result
    items = json.loads((site.public / "feed.json").read_text())["items"]
    return next(str(item["content_html"]) for item in items if item["id"].endswith(f"/{stem}"))


def links(site: Site, *targets: str) -> list[str]:
    """Return where links to these targets lead, each from a paragraph of a post; an empty text for no link."""
    site.post(SOURCE, "".join(f"[x]({target})\n\n" for target in targets), title="Links", date="2021-01-01")
    found = re.findall(r"<p>(?:<a href=\"([^\"]*)\">)?x(?:</a>)?</p>", html(site))
    assert len(found) == len(targets)
    return [unescape(address) for address in found]


def remarks(site: Site) -> str:
    return "\n".join(line for line in dateline("check", site.posts).out.splitlines() if ": link: " in line)


def expected(written: str, to: str) -> str:
    if to == "none":
        return ""
    if to.startswith("="):
        return urljoin(f"{HOME}2021/01/links/", to[1:] or written)
    return HOME + to


def test_the_table_has_as_many_links_that_are_not_resolved() -> None:
    resolved = [written for written, to in ROWS if to != "none" and not to.startswith("=")]
    assert len(resolved) >= 30
    assert len(ROWS) - len(resolved) >= 30


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_links_lead_where_the_table_says(harbour: Site, engine: str) -> None:
    harbour.write("feed.toml", (harbour.posts / "feed.toml").read_text() + f'markdown = "{engine}"\n')
    found = links(harbour, *(written for written, _ in ROWS))
    wrong = [
        (written, is_at) for (written, to), is_at in zip(ROWS, found, strict=True) if is_at != expected(written, to)
    ]
    assert wrong == []


def test_check_remarks_on_every_link_that_leads_nowhere(harbour: Site) -> None:
    links(harbour, *(written for written, _ in ROWS))
    found = remarks(harbour)
    lines = (harbour.posts / SOURCE).read_text().splitlines()
    other_sites = ("https://www.", "https://other.", f"{HOME}blog/nothing")
    for number, line in enumerate(lines, 1):
        written = line.removeprefix("[x](").removesuffix(")")
        if to := dict(ROWS).get(written):
            is_dead = (to == "none" or to.startswith("=")) and not written.startswith(other_sites)
            assert (f"{SOURCE}:{number}: link: " in found) == is_dead, line


def test_links_to_pages_of_the_site_that_are_no_posts_need_no_remark(harbour: Site) -> None:
    harbour.write("feed.toml", PAGES.replace("https://example.org/", HOME))
    harbour.write("_static/robots.txt", "x")
    known = ["/", "/index.html", "/tags/boat/", "/authors/ana-díaz/", "/archive/2020/02/", "/archive/", "/subscribe/"]
    links(harbour, *known, "/rss.xml", "/tags/boat/feed.json", "/feeds.opml", "/robots.txt", "/archive/2017/01/")
    harbour.post("notes/more.md", '[x]({{ "/" | url }}) [x]({{ "/gone/" | url }})\n', date="2021-01-03")
    assert sorted(re.findall(r"link: '([^']*)'", remarks(harbour))) == ["/archive/2017/01/", "/gone/"]


@pytest.mark.parametrize(
    ("target", "remark"),
    [
        (
            "/2018/04/04/boats/",
            "'/2018/04/04/boats/' leads to nothing on this site; correct the address; the nearest post is {}",
        ),
        ("/posts/boat/", "; link to {}, or add the pattern of such addresses to old_permalinks in feed.toml"),
        ("/posts/zebra/", "'/posts/zebra/' leads to nothing on this site; correct the address"),
        ('{{< ref "2018-04-04-boot" >}}', "leads to no post here; correct the name; the nearest post is {}"),
        (
            "browserstack.com",
            "is not a file here, so it is read as a URL; for a web address write https://browserstack.com",
        ),
        ("www.example.org/a.pdf", "for a web address write https://www.example.org/a.pdf"),
    ],
)
def test_a_remark_names_what_may_be_meant(harbour: Site, target: str, remark: str) -> None:
    links(harbour, target)
    (line,) = remarks(harbour).splitlines()
    assert line.endswith(remark.format(harbour.posts / "2018-04-04-boat.md"))


def test_a_remark_names_the_page_of_a_tag_and_a_post_with_errors(harbour: Site) -> None:
    harbour.write("feed.toml", PAGES.replace("https://example.org/", HOME))
    harbour.post("2022-02-02-wrong.md", title="Wrong", date="soon")
    for target in ("/2022/02/02/wrong/", '{{< ref "wrong" >}}', "../2022-02-02-wrong.md"):
        harbour.post(SOURCE, f"[x]({target})\n", title="Links", date="2021-01-01")
        assert remarks(harbour).endswith("leads to a post with errors; fix those, or take the link out"), target
    harbour.post(SOURCE, "[x](/categories/boat/)\n", title="Links", date="2021-01-01")
    assert remarks(harbour).endswith("; link to /tags/boat/, if the page of that tag is meant")


def test_a_place_on_the_own_page_is_at_its_address(harbour: Site) -> None:
    targets = ("#place", "#a.b:c_d-1", "#%C3%A9", "#a/b?c")
    text = "".join(f"[x]({target})\n" for target in targets)
    harbour.post("notes/own.md", text, date="2021-05-05", canonical="https://b.example/")
    harbour.post("notes/other.md", text, date="2021-05-06", url="/pages/o;x.html")
    for stem, path in (("own", "2021/05/own/"), ("other", "pages/o%3Bx.html")):
        found = re.findall(r'href="([^"]*)"', html(harbour, stem))
        assert found == [f"{HOME}{path}{target}" for target in targets]


def test_a_link_below_another_folder_of_the_host_is_not_ours(harbour: Site) -> None:
    harbour.write("feed.toml", SETTINGS.replace("https://example.org/", f"{HOME}blog/"))
    found = links(harbour, "/2018/04/04/boat/", "/blog/2018/04/boat", "/2018/04/04/gone/", "/about/", "/blog/about/")
    assert found == [f"{HOME}blog/2018/04/boat/"] * 2 + [
        f"{HOME}{path}" for path in ("2018/04/04/gone/", "about/", "blog/about/")
    ]
    assert re.findall(r"link: '([^']*)'", remarks(harbour)) == ["/blog/about/"]


def test_a_file_of_the_site_is_not_taken_for_an_old_address(harbour: Site) -> None:
    harbour.write("_static/2018/04/04/boat/index.html", "an old page")
    harbour.write("_static/blog/boat", "a file")
    assert links(harbour, "/2018/04/04/boat/index.html", "/blog/boat", "/2018/04/boat") == [
        f"{HOME}2018/04/04/boat/index.html",
        f"{HOME}blog/boat",
        f"{HOME}2018/04/boat/",
    ]


def test_a_link_in_front_of_a_hidden_post_is_an_error_by_whatever_name(harbour: Site) -> None:
    harbour.post("2021-02-02-secret.md", title="Secret", date="2021-02-02", draft="true")
    for target in ("/2021/02/02/secret/", '{{< ref "secret" >}}', "/2021-02-02-secret.md", "/2021/02/secret/"):
        harbour.post(SOURCE, f"[x]({target})\n", title="Links", date="2021-01-01")
        result = harbour.build()
        assert result.code == 1, target
        assert f"{SOURCE}:5: link: " in result.err
        assert "draft" in result.err


WIKI = """\
[[2018-04-04-boat]] and [[Boat]], [[deep|the *deep*]] and [[thoughts/deep#Low & high]].

| [[deep\\|a_b_c]] | [[#Here]] |
|---|---|
| [[ferry]] | [[1]] [[Gone]] |

<div>

![[img/boat.png]] ![[times.pdf|the times]] ![[deep]] ![[gone.png]]

</div>

`[[deep]]` [[deep]](https://other.example/) {% post_link deep "the deep" %} {% post_url deep %}

<p>[[Deep]] <a href="{% post_url deep %}">x</a> <a href="{{< ref "gone" >}}">y</a></p>
"""


@pytest.mark.parametrize("engine", ["python-markdown", "commonmark"])
def test_links_in_the_text_become_links_or_stay_as_they_are(harbour: Site, engine: str) -> None:
    harbour.write("feed.toml", (harbour.posts / "feed.toml").read_text() + f'markdown = "{engine}"\n')
    harbour.post(SOURCE, WIKI, title="Links", date="2021-01-01")
    boat, deep = f"{HOME}2018/04/boat/", f"{HOME}2020/02/deep/"
    found = re.sub(r"\s+", " ", html(harbour))
    for part in (
        f'<a href="{boat}">2018-04-04-boat</a> and <a href="{boat}">Boat</a>, <a href="{deep}">the *deep*</a>',
        f'and <a href="{deep}#low-high">thoughts/deep</a>.',
        f'<a href="{deep}">a_b_c</a>',
        f'<a href="{HOME}2021/01/links/#here">Here</a>',
        "[[ferry]]",
        "[[1]] [[Gone]]",
        f'<img src="{HOME}img/boat.png" alt="">',
        f'<a href="{deep}">deep</a> ![[gone.png]]',
        f'<code>[[deep]]</code> <a href="https://other.example/">[deep]</a> <a href="{deep}">the deep</a>',
        f'<p><a href="{deep}">Deep</a> <a href="{deep}">x</a> y</p>',
    ):
        assert part in found, part
    assert (harbour.public / "img/boat.png").read_bytes() == PICTURE
    built = dateline("build", harbour.posts, "--output", harbour.public).out
    assert "Template code is not run: [[x]] in 1 post, ![[x]] in 1 post" in built or "![[x]] in 1 post" in built


# Media


def test_a_file_in_a_folder_of_assets_is_published_where_the_link_means(harbour: Site) -> None:
    paths = (
        "/img/boat.png",
        "../../static/img/boat.png",
        "/static/img/boat.png",
        "img/boat.png",
        f"{HOME}img/boat.png",
    )
    found = links(harbour, *paths, "/times.pdf#page=2")
    at = f"{HOME}img/boat.png"
    assert found == [at, at, f"{HOME}static/img/boat.png", at, at, f"{HOME}times.pdf#page=2"]
    files = {path.relative_to(harbour.public).as_posix() for path in harbour.public.rglob("*") if path.is_file()}
    assert files >= {"img/boat.png", "static/img/boat.png", "times.pdf"}
    assert not any("boat.js" in path or "secret" in path for path in files)
    harbour.post(
        SOURCE, "x", title="Links", date="2021-01-01", image="/img/boat.png", enclosure="../../static/times.pdf"
    )
    html(harbour)
    item = next(item for item in harbour.json()["items"] if item["id"].endswith("links"))
    assert item["image"] == at
    assert item["attachments"][0]["size_in_bytes"] == 5


@pytest.mark.parametrize(
    "target",
    ["/boat.js", "/.secret.png", "/outside.png", "/img/../../secret.png", "/img/%00.png", "/folder.png", "/_img/a.png"],
)
def test_only_media_inside_a_folder_of_assets_are_published(harbour: Site, target: str) -> None:
    (harbour.root / "secret.png").write_bytes(b"secret")
    (harbour.root / "static/outside.png").symlink_to(harbour.root / "secret.png")
    (harbour.root / "static/folder.png").mkdir()
    before = {path for path in harbour.public.rglob("*.*") if path.suffix in (".png", ".js")}
    links(harbour, target)
    assert {path for path in harbour.public.rglob("*.*") if path.suffix in (".png", ".js")} == before
    assert target in remarks(harbour)


@pytest.mark.parametrize(
    ("assets", "problem"),
    [
        ("/static", "'/static' is not a relative folder that is shown; write it like \"../static\""),
        ("../.git", "'../.git' is not a relative folder that is shown; "),
        ("../nothing", "there is no folder '../nothing' here; correct the path, which is relative to feed.toml"),
        ("../../outside", "'../../outside' is outside "),
        ("../link", "'../link' is outside "),
    ],
)
def test_folders_of_assets_are_inside_the_work_tree(site: Site, assets: str, problem: str) -> None:
    site.settings(f'assets = ["{assets}"]\n')
    site.post()
    (site.root.parent / "outside").mkdir(exist_ok=True)
    (site.root / "link").symlink_to(site.root.parent / "outside")
    result = site.build()
    assert result.code == 1
    assert f"posts/feed.toml:10: assets: {problem}" in result.err


def test_the_work_tree_may_be_above_the_folder_that_holds_the_posts(site: Site) -> None:
    inner = Site(site.root / "site")
    (site.root / "media").mkdir(parents=True)
    (site.root / "media/a.png").write_bytes(PICTURE)
    inner.write("feed.toml", SETTINGS + 'assets = ["../../media"]\n')
    inner.post(body="![x](/a.png)\n")
    assert inner.build().code == 1
    (site.root / ".git").write_text("gitdir: elsewhere\n")
    assert inner.build().code == 0
    assert (inner.public / "a.png").read_bytes() == PICTURE


# What a change does


def test_a_link_is_resolved_again_when_its_answer_changes(harbour: Site) -> None:
    targets = ("/2022/02/02/new/", '{{< ref "new" >}}', "/blog/new/", "/img/new.png", "sibling.html")
    now = [f"{HOME}2022/02/02/new/", "", f"{HOME}blog/new/", f"{HOME}img/new.png", f"{HOME}2021/01/sibling/"]
    there = [f"{HOME}2022/02/new/"] * 3 + [f"{HOME}img/new.png", f"{HOME}2021/01/sibling/"]
    assert links(harbour, *targets) == now
    source = (harbour.posts / SOURCE).stat().st_mtime_ns

    def built() -> list[str]:
        settled(harbour)
        found = re.findall(r"<p>(?:<a href=\"([^\"]*)\">)?x(?:</a>)?</p>", html(harbour))
        assert (harbour.posts / SOURCE).stat().st_mtime_ns == source
        return found

    assert built() == now
    harbour.post("2022-02-02-new.md", title="New", date="2022-02-02")
    (harbour.root / "static/img/new.png").write_bytes(PICTURE)
    assert built() == there
    assert (harbour.public / "img/new.png").exists()
    harbour.post("other/new.md", title="Another", date="2022-02-02", slug="new-too")  # two of that name
    assert built()[:3] == now[:3]
    (harbour.posts / "other/new.md").unlink()
    harbour.post("2022-02-02-new.md", title="New", date="2022-02-02", slug="newer")
    assert built()[:3] == [f"{HOME}2022/02/newer/"] * 3
    (harbour.posts / "2022-02-02-new.md").unlink()
    (harbour.root / "static/img/new.png").unlink()
    assert built() == now
    assert not (harbour.public / "img/new.png").exists()


def test_old_permalinks_and_assets_decide_again_when_they_change(harbour: Site) -> None:
    assert links(harbour, "/blog/boat/", "/img/boat.png") == [f"{HOME}2018/04/boat/", f"{HOME}img/boat.png"]
    assert (harbour.public / "img/boat.png").exists()
    harbour.write("feed.toml", SETTINGS.replace("https://example.org/", HOME))
    assert f'"{HOME}blog/boat/"' in html(harbour)
    assert not (harbour.public / "img/boat.png").exists()


def test_a_host_that_changes_is_ours_at_once(harbour: Site) -> None:
    assert links(harbour, "https://new.example/blog/boat/") == ["https://new.example/blog/boat/"]
    harbour.write("feed.toml", (harbour.posts / "feed.toml").read_text().replace(HOME, "https://new.example/"))
    assert "https://new.example/2018/04/boat/" in html(harbour)


@pytest.mark.parametrize(
    "written",
    [
        '{{ "javascript:alert(1)" | url }}',
        '{{ "//[x" | relative_url }}',
        "{{ '//evil.example/' | url }}",
        "{% link  %}",
        '{{< ref "" >}}',
        '{{< ref "javascript:alert(1)" >}}',
        "link:javascript:alert(1)",
        "link://[x",
        "@/%00",
        '{{< ref "../../../etc/passwd" >}}',
        "{static}/../secret.png",
        "{{ site.url }}javascript:alert(1)",
    ],
)
def test_what_a_construct_names_is_never_an_address_of_its_own(harbour: Site, written: str) -> None:
    (harbour.root / "secret.png").write_bytes(b"secret")
    harbour.post(SOURCE, f'[x]({written}) <a href="{written}">x</a>\n', title="Links", date="2021-01-01")
    assert set(re.findall(r'href="(?:(?!%7B)[^"])*"', html(harbour))) <= {f'href="{HOME}2021/01/links/"'}


def test_attributes_keep_their_form(harbour: Site) -> None:
    harbour.post(SOURCE, '<b title="see [[deep]]">x</b> ![see [[deep]]](/img/boat.png)\n', date="2021-01-01")
    assert '<b title="see">x</b> <img' in html(harbour)


@pytest.mark.slow
def test_looking_for_links_takes_linear_time() -> None:
    parts = '[[ [[a| [[a]] {% {{ ]( {{< " {{%'.split()
    started = time.process_time()
    for part in [*parts, " ", "{% link x %}", "{{ site.url }}", "{{ get_url(path='"]:
        text = part * (200_000 // len(part))
        with_links(text, constructs(text))
        for start in ("[[", "{% link", "{{< ref ", "{{ '"):
            read_link(start + text)
            read_link(f"{start}{text}]]%}}>}}}}")
    assert time.process_time() - started < 20


def test_the_path_of_a_picture_is_no_e_mail_address(site: Site) -> None:
    site.post(body="![A](img/a@2x.png)\n")
    assert "mailto:" not in site.build().err
    site.post(body="[Ana](ana@example.org)\n")
    assert "write mailto:ana@example.org" in site.run("check").out + site.build().err
