"""All stores keep what the class Store promises, each with its real server."""

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dateline.errors import TargetError
from dateline.model import PublishTo
from dateline.publish.model import Store
from dateline.publish.targets import open_target
from dateline.publish.upload import StoreTarget

from .conftest import PublishedSite
from .kills import survive_kills
from .store_servers import Sshd, make_bucket, s3_server, webdav_server
from .web import serving

pytestmark = pytest.mark.slow

ODD_NAMES = [
    "a b.txt",
    "ä ö/日本.txt",
    "c#d?e=1&f.txt",
    "100%25.txt",
    "quote'\"$(x).txt",
    "-x.txt",
    "~/y.txt",
    "a+b;c,d@e:f",
]


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    server = Sshd(tmp_path_factory.mktemp("sshd"))
    server.start()
    yield server
    server.stop()


@contextlib.contextmanager
def memory(folder: Path, patch: pytest.MonkeyPatch, sshd: Sshd) -> Iterator[PublishTo]:
    yield PublishTo(f"memory://{folder}")


@contextlib.contextmanager
def sftp(folder: Path, patch: pytest.MonkeyPatch, sshd: Sshd) -> Iterator[PublishTo]:
    patch.setenv("HOME", str(sshd.home))
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    yield PublishTo(f"sftp://{sshd.user}@127.0.0.1:{sshd.port}{folder}/site")


def s3(compress: bool) -> Callable[[Path, pytest.MonkeyPatch, Sshd], contextlib.AbstractContextManager[PublishTo]]:
    @contextlib.contextmanager
    def open_one(folder: Path, patch: pytest.MonkeyPatch, sshd: Sshd) -> Iterator[PublishTo]:
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        with s3_server() as endpoint:
            make_bucket(endpoint)
            yield PublishTo("s3://bucket/site", f"{endpoint}/", gzip=compress)

    return open_one


def webdav(digest: bool) -> Callable[[Path, pytest.MonkeyPatch, Sshd], contextlib.AbstractContextManager[PublishTo]]:
    @contextlib.contextmanager
    def open_one(folder: Path, patch: pytest.MonkeyPatch, sshd: Sshd) -> Iterator[PublishTo]:
        patch.setenv("DATELINE_WEBDAV_USER", "ana")
        patch.setenv("DATELINE_WEBDAV_PASSWORD", "secret")
        with webdav_server(folder, digest=digest) as address:
            yield PublishTo(f"webdav+{address}/site")

    return open_one


def opened(to: str, endpoint: str = "", gzip: bool = False) -> Store:
    """Return the store that feed.toml would name like this."""
    target: Any = open_target(PublishTo(to, endpoint, gzip), Path("posts"))
    store: Store = target._store
    return store


STORES = {
    "memory": memory,
    "sftp": sftp,
    "s3": s3(compress=False),
    "s3-gzip": s3(compress=True),
    "webdav": webdav(digest=False),
    "webdav-digest": webdav(digest=True),
}


@pytest.fixture(params=STORES)
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sshd: Sshd
) -> Iterator[Store]:
    with STORES[request.param](tmp_path, monkeypatch, sshd) as to, contextlib.closing(opened(*to)) as store:
        yield store


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert store.listing() == {}
    assert store.stat("rss.xml") is None
    assert store.read("rss.xml", 10) is None
    assert store.stat("posts/a/index.html") is None
    store.remove("rss.xml")
    store.remove("posts/a/index.html")


def test_what_was_written_is_read(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "source"
    file.write_bytes(b"from a file" * 100_000)
    contents: dict[str, bytes | Path] = {
        "rss.xml": b"<rss version='2.0'/>",
        "posts/2025/a/index.html": b"<!doctype html>",
        "empty.txt": b"",
        "media/talk.mp3": file,
        "robots": bytes(range(256)),
    }
    held = {path: store.write(path, content) for path, content in contents.items()}
    for path, content in contents.items():
        expected = content.read_bytes() if isinstance(content, Path) else content
        assert store.read(path, 10_000_000) == expected
        assert store.stat(path) == held[path]
    assert store.listing() == held


def test_names_may_have_any_characters(store: Store, request: pytest.FixtureRequest) -> None:
    # WsgiDAV cuts off the name to move a file to at these.
    paths = [path for path in ODD_NAMES if not ({*"#;"} & {*path} and "webdav" in request.node.name)]
    held = {path: store.write(path, path.encode()) for path in paths}
    assert store.listing() == held
    for path in paths:
        assert store.stat(path) == held[path]
        assert store.read(path, 1000) == path.encode()
        store.remove(path)
    assert store.listing() == {}


def test_a_file_is_replaced_whole(store: Store, request: pytest.FixtureRequest) -> None:
    old, new = b"<p>old" * 200_000, b"<p>new" * 200_000
    store.write("index.html", old)
    # Told to give a file the name of another, this server removes that first, and stumbles over it while it reads.
    is_webdav = "webdav" in request.node.name
    with ThreadPoolExecutor(2) as threads:
        writing = threads.submit(lambda: [store.write("index.html", content) for content in (new, old) * 5])
        while not writing.done():
            with contextlib.suppress(*([TargetError] if is_webdav else [])):
                assert store.read("index.html", 10_000_000) in ((old, new, None) if is_webdav else (old, new))
    writing.result()


def test_a_version_changes_with_the_content(store: Store) -> None:
    first = store.write("rss.xml", b"<rss>one</rss>")
    second = store.write("rss.xml", b"<rss>three</rss>")
    assert first != second == store.stat("rss.xml")


def test_more_than_the_limit_is_not_read(store: Store) -> None:
    store.write("rss.xml", b"<rss/>" * 100)
    assert store.read("rss.xml", 600) == b"<rss/>" * 100
    with pytest.raises(TargetError, match="more than 599 bytes"):
        store.read("rss.xml", 599)


def test_removing_leaves_no_empty_folders_and_everything_else(store: Store) -> None:
    for path in ("a/b/c/1.txt", "a/b/c/2.txt", "a/3.txt", "top.txt"):
        store.write(path, b"x")
    store.remove("a/b/c/1.txt")
    assert set(store.listing()) == {"a/b/c/2.txt", "a/3.txt", "top.txt"}
    store.remove("a/b/c/2.txt")
    assert set(store.listing()) == {"a/3.txt", "top.txt"}
    store.write("a/b", b"a file where there was a folder")
    assert store.read("a/b", 100) == b"a file where there was a folder"


def test_no_folder_is_replaced_by_a_file(store: Store, request: pytest.FixtureRequest) -> None:
    store.write("about/mine.txt", b"x")
    assert store.stat("about") is None
    if any(name in request.node.name for name in ("memory", "s3")):
        return  # these have no folders
    with pytest.raises(TargetError, match="about"):
        store.write("about", b"y")
    assert store.read("about/mine.txt", 10) == b"x"
    with pytest.raises(TargetError, match=r"mine\.txt"):
        store.write("about/mine.txt/below.txt", b"y")
    assert set(store.listing()) == {"about/mine.txt"}


def test_many_threads_may_use_a_store(store: Store) -> None:
    paths = [f"{number % 7}/{number}.txt" for number in range(60)]
    with ThreadPoolExecutor(store.parallel) as threads:
        held = dict(zip(paths, threads.map(lambda path: store.write(path, path.encode()), paths), strict=True))
        assert store.listing() == held
        assert list(threads.map(lambda path: store.read(path, 100), paths)) == [path.encode() for path in paths]
        list(threads.map(store.remove, paths))
    assert store.listing() == {}


@pytest.mark.parametrize("name", ["sftp", "s3", "webdav"])
def test_killed_anywhere(
    name: str, published: PublishedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sshd: Sshd
) -> None:
    with STORES[name](tmp_path, monkeypatch, sshd) as to, contextlib.closing(opened(*to)) as store:
        publish_to(to, published)
        survive_kills(published, lambda: tree(store), pause=0.02)
        assert not [path for path in store.listing() if path.startswith(".dateline-")]


def publish_to(to: PublishTo, site: PublishedSite, url: str = "https://example.org/") -> str:
    """Write the table [publish], and return how to allow it."""
    more = {"endpoint": to.endpoint, "gzip": to.gzip} if to.endpoint else {}
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"to": to.to, **more}.items()]
    site.publish_to("\n".join(lines))
    site.write("feed.toml", (site.posts / "feed.toml").read_text().replace("https://example.org/", url))
    return " ".join([to.to, *([f"endpoint={to.endpoint}"] if to.endpoint else [])])


def tree(store: Store) -> dict[str, bytes]:
    """Return the files in a store, by path, without ``.dateline.json``, and what killed uploads were writing."""
    paths = [path for path in store.listing() if not path.startswith(".dateline")]
    return {path: store.read(path, 10_000_000) or b"" for path in paths}


@pytest.mark.parametrize("name", STORES)
def test_an_edit_is_published_from_the_command_line(
    name: str, published: PublishedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sshd: Sshd
) -> None:
    monkeypatch.setattr(StoreTarget, "wait", 1.0)
    # This server of S3 has no index pages, and does not know that HEAD is a way of reading.
    not_served = {"memory": {"answer"}, "s3": {"answer", "head", "compression"}, "s3-gzip": {"answer", "head"}}
    with STORES[name](tmp_path, monkeypatch, sshd) as to, contextlib.closing(opened(*to)) as store, serving() as web:
        web.folder = tmp_path / "site"
        answer = publish_to(to, published, f"{to.endpoint}bucket/site/" if to.endpoint else web.url)
        for number, text in enumerate(("One", "Two")):
            published.post("2025-04-20-new.md", f"{text}.\n", title="New")
            result = published.run("publish", "--yes", answer, "--json")
            done = json.loads(result.out)
            assert tree(store) == published.output
            assert len(done["sent"]) < len(published.output) or not number
            faults = {fault["check"] for fault in done["site"]["faults"]}
            assert faults <= not_served.get(name, set()), result
