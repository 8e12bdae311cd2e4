"""Every format in the registry is written, read back, compared, guarded and served."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from random import Random

import pytest
from conftest import NOW, SETTINGS, Site
from preview.conftest import previewing

from dateline import formats
from dateline.comparison.changes import KINDS
from dateline.comparison.published import other_feeds
from dateline.errors import BuildError
from dateline.feed_formats import FORMATS
from dateline.formats import is_feed, read, texts
from dateline.formats.byte_template import mail_date
from dateline.formats.items import aware_or_none, mail_datetime
from dateline.model import Feed
from dateline.options import BuildOptions
from dateline.pipeline import build

SECRET = "The harbour master will resign on Friday, and nobody is to know before"


@pytest.fixture(params=FORMATS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def alone(site: Site, name: str) -> Site:
    """A publication with one post and feeds in one format."""
    site.write("feed.toml", SETTINGS + f'formats = ["{name}"]\n')
    site.post("first.md", "Some words.\n", title="First", tags="[sea]", author="Ana Díaz", date="2025-04-14")
    return site


def main_feed(site: Site, name: str) -> Path:
    return site.public / FORMATS[name].filename


def test_a_format_is_read_back_as_it_was_written(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    file = main_feed(alone, name)
    document = read(file.read_bytes(), str(file), ours=True)
    assert (document.format, document.own_address) == (name, f"https://example.org/{FORMATS[name].filename}")
    (item,) = document.items
    assert (item.title, item.url) == ("First", "https://example.org/2025/04/first/")
    assert (item.html.strip(), item.tags, item.authors) == ("<p>Some words.</p>", ("sea",), ("Ana Díaz",))
    assert item.published is not None
    assert document == read(file.read_bytes(), str(file), ours=False)._replace(address=str(file))


def test_a_document_is_recognised_as_a_feed(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    content = main_feed(alone, name).read_bytes()
    assert is_feed(content)
    assert not is_feed(b"<html></html>")
    assert not is_feed(b'{"items": []}')
    copy = FORMATS[name].filename.replace(".", "-copy.")
    (alone.public / copy).write_bytes(content)
    assert other_feeds(alone.public, [FORMATS[name].filename]) == [copy]


def test_a_change_of_a_title_is_seen_in_every_format(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    alone.post("first.md", "Some words.\n", title="Second", tags="[sea]", author="Ana Díaz", date="2025-04-14")
    report = build(BuildOptions(alone.posts, alone.public, NOW, dry_run=True)).changes
    assert report.compared_with == str(main_feed(alone, name))
    assert [(change.kind, change.subject, change.fields) for change in report.changes] == [
        ("updated", "Second", ("title",))
    ]


def test_a_change_of_the_feed_itself_is_seen_in_every_format(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    settings = (alone.posts / "feed.toml").read_text("utf-8")
    alone.write("feed.toml", settings + 'description = "Another description"\n')
    changes = build(BuildOptions(alone.posts, alone.public, NOW, dry_run=True)).changes.changes
    assert [(change.kind, change.subject) for change in changes] == [("feed_updated", "description")]


def test_all_that_a_format_carries_is_searched_for_hidden_posts(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    file = main_feed(alone, name)
    found = "\n".join(texts(name, file.read_bytes()))
    for text in ("First", "<p>Some words.</p>", "sea", "Ana Díaz", "https://example.org/2025/04/first/"):
        assert text in found


def test_a_hidden_text_in_a_feed_is_found_in_every_format(
    alone: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = formats.write

    def leak(format: str, feed: Feed, *known: object, slow: bool = False) -> Iterator[bytes]:
        yield b"".join(write(format, feed, slow=slow)).replace(b"Some words.", SECRET.encode())

    alone.post("draft.md", f"{SECRET}.\n", title="Draft", date="2025-04-14", draft="true")
    monkeypatch.setattr(formats, "write", leak)
    with pytest.raises(BuildError) as refused:
        build(BuildOptions(alone.posts, alone.public, NOW, jobs=1))
    (error,) = map(str, refused.value.problems)
    assert f"the {FORMATS[name].label} feed" in error
    assert "draft.md" in error
    assert not main_feed(alone, name).exists()


def test_the_preview_serves_every_format_with_its_media_type(site: Site) -> None:
    site.write("feed.toml", SETTINGS + f"formats = {[*FORMATS]}\n")
    site.post()
    with previewing(site) as preview:
        for format in FORMATS.values():
            answer = preview.get(f"/{format.filename}")
            served = "application/xml" if format.is_xml else format.media_type
            assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, served)
            assert is_feed(answer.body)


def test_pages_link_to_a_format_with_its_media_type(alone: Site, name: str) -> None:
    settings = (alone.posts / "feed.toml").read_text("utf-8")
    alone.write("feed.toml", settings.replace("pages = false\n", "pages = true\n"))
    assert alone.build().code == 0
    page = (alone.public / "index.html").read_text("utf-8")
    assert f'type="{FORMATS[name].media_type}"' in page
    assert f"/{FORMATS[name].filename}" in page


def test_formats_have_names_of_their_own() -> None:
    for field in ("label", "filename", "media_type", "module"):
        assert len({getattr(format, field) for format in FORMATS.values()}) == len(FORMATS)
    assert len({kind.label for kind in KINDS.values()}) == len(KINDS)


def test_reading_our_own_feeds_loads_neither_feedgen_nor_feedparser(alone: Site, name: str) -> None:
    assert alone.build().code == 0
    code = """\
import sys
from dateline.formats import is_feed, read, texts
path = sys.argv[1]
content = open(path, "rb").read()
assert is_feed(content) and read(content, path, ours=True).items and list(texts(sys.argv[2], content))
print(sorted({"feedgen", "feedparser", "lxml"} & {name.partition(".")[0] for name in sys.modules}))
"""
    command = [sys.executable, "-c", code, str(main_feed(alone, name)), name]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_dates_of_rss_are_read_as_the_library_for_mail_reads_them() -> None:
    random = Random(1)
    for _ in range(3000):
        zone = timezone(timedelta(minutes=random.randint(-1439, 1439)))
        moment = datetime(random.randint(1000, 9998), 1, 2, tzinfo=zone) + timedelta(
            seconds=random.randrange(31_000_000)
        )
        written = mail_date(moment)
        assert mail_datetime(written) == moment
        position = random.randrange(len(written))
        changed = written[:position] + random.choice("0123459 :,+-TAMeb") + written[position + random.choice((0, 1)) :]
        assert in_full(mail_datetime(changed)) == in_full(by_library(changed)), changed


def by_library(text: str) -> datetime | None:
    try:
        return aware_or_none(parsedate_to_datetime(text))
    except (ValueError, IndexError, OverflowError):
        return None


def in_full(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
