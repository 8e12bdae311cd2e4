"""The report of an import is true, and says what to do next."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Result, dateline

from importer.test_target import post, write_site

FEED = """<rss version="2.0"><channel><title>Harbour Notes</title><link>https://harbour.example/</link>
<item><guid>urn:3</guid><title>tides</title><link>https://harbour.example/posts/tides/</link>
<pubDate>Wed, 01 May 2024 12:00:00 GMT</pubDate></item>
<item><guid>urn:1</guid><title>ferry</title><link>https://harbour.example/posts/ferry/</link>
<pubDate>Tue, 30 Apr 2024 12:00:00 GMT</pubDate></item>
<item><guid>urn:0</guid><title>Gone</title><link>https://harbour.example/posts/gone/</link>
<pubDate>Mon, 29 Apr 2024 12:00:00 GMT</pubDate></item></channel></rss>"""


def run(tmp_path: Path, source: Path, *options: object) -> Result:
    return dateline("import", source, "posts", *options, cwd=tmp_path)


def vault(tmp_path: Path, **notes: str) -> Path:
    """Write an Obsidian vault; a note in a folder is called ``folder__name``."""
    folder = tmp_path / "vault"
    (folder / ".obsidian").mkdir(parents=True)
    for name, text in notes.items():
        file = folder / f"{name.replace('__', '/')}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"---\ndate: 2024-05-01\n---\n{text}\n")
    return folder


def last_lines(result: Result, number: int) -> list[str]:
    return result.out.splitlines()[-number:]


def test_a_rehearsal_says_how_to_import(tmp_path: Path) -> None:
    result = run(tmp_path, write_site(tmp_path / "site"), "--dry-run")
    assert last_lines(result, 1) == ["Nothing was written. To import, run the same command without --dry-run."]


def test_with_an_old_feed_its_posts_are_named_and_compared(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    post(site, "tides", "High at noon.")
    (tmp_path / "old.xml").write_text(FEED)
    (site / "content/posts/nets.md").write_text("---\ntitle: nets\ndate: 2024-04-30T18:00:00Z\n---\nAsk Ana.\n")
    result = run(tmp_path, site, "--feed", "old.xml")
    assert "Ids of posts: 2 as in old.xml, 1 as Hugo writes them." in result.out
    assert "The old feed leaves out posts/nets.md, so subscribers will see it as new; to hide it" in result.out
    assert "1 entry of the old feed without a post: Gone." in result.out
    assert "dateline adopt old.xml --create" in result.out
    assert last_lines(result, 2) == [
        "See what subscribers would notice with: dateline diff --against old.xml",
        "Once check finds no errors, publish it with: dateline build",
    ]
    changes = dateline("diff", "posts", "--against", "old.xml", cwd=tmp_path)
    assert "nets" in changes.out


def test_a_translation_is_not_missed_in_a_feed_of_one_language(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    post(site, "tides", "High at noon.")
    (site / "content/posts/ferry.es.md").write_text("---\ntitle: El ferri\ndate: 2024-04-30T18:00:00Z\n---\nZarpa.\n")
    with (site / "hugo.toml").open("a") as file:
        file.write('defaultContentLanguage = "en"\n[languages.en]\n[languages.es]\n')
    (tmp_path / "old.xml").write_text(FEED)
    assert "The old feed leaves out posts/nets.md, so" in run(tmp_path, site, "--feed", "old.xml").out


def test_without_an_old_feed_it_says_how_to_give_one(tmp_path: Path) -> None:
    result = run(tmp_path, write_site(tmp_path / "site"))
    assert (
        "No old feed was found, so ids are those that Hugo writes in feeds (2 posts).\nIf yours has others,"
        in result.out
    )


def test_links_to_no_post_are_one_line(tmp_path: Path) -> None:
    notes = {f"note{number}": f"See [[Lost {number}]] and ![[lost{number}.png]]." for number in range(5)}
    result = run(tmp_path, vault(tmp_path, **notes), "--url", "https://harbour.example/")
    assert result.out.count("links to no post") == 1
    assert "  5 posts: … links to no post; write [text](file.md) with the right file, or only the text\n" in result.out


def test_a_publication_of_drafts_is_not_said_to_build(tmp_path: Path) -> None:
    article = tmp_path / "pier.txt"
    article.write_text("The pier reopens\n\n04/05/2025\n\nThe pier opened its gates again.\n")
    result = run(tmp_path, article, "--title", "Harbour Notes", "--url", "https://harbour.example/")
    assert result.out.startswith("Imported a press article to posts: 1 post, a draft.\n")
    assert last_lines(result, 2) == [
        "Look at it with: dateline preview --drafts",
        "Drafts are not published. Where all is well, remove draft: true, then publish: dateline build",
    ]


def jekyll(tmp_path: Path, **posts: str) -> Path:
    """Write a Jekyll site with drafts, which have neither an id nor an address."""
    folder = tmp_path / "site"
    for path, text in posts.items():
        file = folder / f"{path.replace('__', '/')}.md"
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)
    (folder / "_config.yml").write_text("title: Harbour Notes\nurl: https://harbour.example\n")
    return folder


def test_an_error_is_said_once(tmp_path: Path) -> None:
    result = run(tmp_path, jekyll(tmp_path, **{"_posts__2024-05-01-broken": "---\ntitle: [\n---\nText.\n"}))
    assert "Fix these first, since a build refuses them:\n  posts/2024-05-01-broken.md:3: front matter:" in result.out
    assert result.out.count("broken.md") == 1


def test_two_posts_with_one_name_get_two_ids(tmp_path: Path) -> None:
    note = "---\ndate: 2024-05-01\n---\nText.\n"
    drafts = {"_drafts__pier__news": note, "_drafts__quay__news": note, "_drafts__old__news": f"---\nid: a\n{note[4:]}"}
    source = jekyll(tmp_path, **{"_posts__2024-05-02-tides": note}, **drafts)
    assert run(tmp_path, source).code == 0
    posts = tmp_path / "posts"
    assert {path.relative_to(posts).as_posix() for path in posts.rglob("*.md")} == {
        "2024-05-02-tides.md",
        "drafts/old/news.md",
        "drafts/pier/news.md",
        "drafts/quay/news-2.md",
    }


def test_media_whose_names_hide_them_are_published(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site")
    post(site, "nets", "![a](_nets.png) ![b](/_pics/b.png)")
    (site / "static/_pics").mkdir()
    for path in ("content/posts/_nets.png", "static/_pics/b.png"):
        (site / path).write_bytes(b"\x89PNG")
    assert run(tmp_path, site).code == 0
    assert dateline("build", "posts", cwd=tmp_path).code == 0
    assert (tmp_path / "public/_pics/b.png").exists()


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (".", [], ".: not recognised as a site or an export that can be imported; perhaps you mean site, which is a"),
        ("site/content", [], "perhaps you mean …/site, which is a Hugo site\n"),
        ("empty", [], "; say what it is: --from hugo, hexo, jekyll"),
        ("articles", [], "; perhaps you mean articles/pier.html, which is a press article\n"),
        ("site", ["--url", "harbour"], "--url: 'harbour' is not a web address; write it like https://example.org/\n"),
        ("articles/pier.html", [], 'the title and the URL of the site; give them, like --title "Harbour Notes" and'),
        ("export.zip", [], "export.zip: not a ZIP file, or only a part of one; download or export it again\n"),
    ],
)
def test_an_error_says_what_to_do(source: str, options: list[str], message: str, tmp_path: Path) -> None:
    write_site(tmp_path / "site")
    for folder in ("empty", "articles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "articles/pier.html").write_text("<!doctype html><title>Pier</title><p>The pier reopens.")
    (tmp_path / "export.zip").write_text("sorry")
    result = run(tmp_path, Path(source), *options)
    assert result.code == 1
    assert message in result.err.replace(str(tmp_path), "…")
    assert not (tmp_path / "posts").exists()


def test_an_import_that_is_interrupted_says_so(tmp_path: Path) -> None:
    write_site(tmp_path / "site")
    with socket.create_server(("127.0.0.1", 0)) as server:
        feed = f"http://127.0.0.1:{server.getsockname()[1]}/"
        command = [sys.executable, "-m", "dateline", "import", "site", "posts", "--feed", feed]
        with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
            connection, _ = server.accept()
            with connection:  # which never answers
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "Stopped. To complete the import, run the same command again.\n"
    assert not (tmp_path / "posts").exists()
