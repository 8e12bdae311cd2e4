"""rss2email with its default settings, save that the letters with the posts go into a maildir."""

import os
import subprocess
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from mailbox import Maildir
from pathlib import Path

import pytest

from readers.conftest import Published, program
from readers.written import missing_in_plain_text

CONFIGURATION = """\
[DEFAULT]
from = feeds@reader.example
to = subscriber@reader.example
email-protocol = maildir
maildir-path = {mail}
maildir-mailbox = feeds
"""


def letters(url: str, folder: Path) -> dict[str, "Message[str, str]"]:
    """What rss2email writes on subscribing to a feed, by the id of the item."""
    mail = folder / "mail"
    mail.mkdir()
    (folder / "configuration").write_text(CONFIGURATION.format(mail=mail), "utf-8")
    environment = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LC_ALL": "C.UTF-8"}
    for command in (["add", "feed", url], ["run"]):
        ran = subprocess.run(
            [program("r2e"), "-c", "configuration", "-d", "data.json", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert ran.returncode == 0, ran
        assert "Traceback" not in ran.stderr, ran
    return {letter["X-RSS-ID"]: letter for letter in Maildir(mail / "feeds")}


def decoded(header: str) -> str:
    return str(make_header(decode_header(header)))


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
def test_rss2email_sends_every_post_as_it_was_written(published: Published, name: str, tmp_path: Path) -> None:
    found = letters(published.server.url + name, tmp_path)
    posts = {(p.atom_id or p.id if name == "atom.xml" else p.id): p for p in published.written.posts}
    assert found.keys() == posts.keys()
    for id, post in posts.items():
        letter = found[id]
        # A title of RSS may be HTML, and rss2email takes it so where there is a tag in it.
        assert decoded(letter["Subject"]) == post.title or (name == "rss.xml" and "<b>" in post.title)
        assert letter["X-RSS-URL"] == post.link
        # Of several authors in Atom it shows the last.
        author = post.signed() if name == "rss.xml" else post.authors[-1].name
        sender = decoded(parseaddr(letter["From"])[0])
        assert sender.endswith(f": {author}"), sender
        assert letter.get_content_type() == "text/plain"
        body = letter.get_payload(decode=True)
        assert isinstance(body, bytes)
        text = body.decode(letter.get_content_charset("utf-8"))
        assert missing_in_plain_text(text, post, published.written.folder) == []
