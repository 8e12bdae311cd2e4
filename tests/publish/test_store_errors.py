"""What goes wrong with a server is said in plain words, with how to fix it, and nothing is sent."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from readers.conftest import program

from dateline.errors import TargetError

from .store_servers import Sshd, free_port, make_bucket, make_key, s3_server, webdav_server
from .test_stores import opened

pytestmark = pytest.mark.slow


@pytest.fixture
def sshd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    """A server to start, with the home folder of one of its users as ours."""
    server = Sshd(tmp_path)
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield server
    server.stop()


def error_of(to: str, endpoint: str = "") -> TargetError:
    """Return the error that publishing there ends with."""
    with closing(opened(to, endpoint)) as store, pytest.raises(TargetError) as raised:
        store.write("index.html", b"new")
    return raised.value


def fingerprint(key: Path) -> str:
    """Return the fingerprint of a key as OpenSSH shows it."""
    command = [program("ssh-keygen"), "-lf", str(key)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[1]


def test_a_known_host_is_trusted(sshd: Sshd) -> None:
    sshd.start()
    with closing(opened(sshd.address)) as store:
        store.write("a/index.html", b"<p>")
    assert (sshd.folder / "site/a/index.html").read_bytes() == b"<p>"


def test_a_path_may_be_in_the_home_folder_there(sshd: Sshd) -> None:
    sshd.options = [f"ForceCommand internal-sftp -d {sshd.folder}"]
    sshd.start()
    with closing(opened(f"sftp://{sshd.user}@127.0.0.1:{sshd.port}/~/site")) as store:
        store.write("a/index.html", b"<p>")
        assert [*store.listing()] == ["a/index.html"]
    assert (sshd.folder / "site/a/index.html").read_bytes() == b"<p>"


def test_an_unknown_host_shows_its_fingerprint_and_how_to_accept_it(sshd: Sshd) -> None:
    (sshd.home / ".ssh/known_hosts").unlink()
    sshd.start()
    error = str(error_of(sshd.address))
    shown = fingerprint(sshd.folder / "host_key.pub")
    assert f"[127.0.0.1]:{sshd.port} is not in known_hosts; its key is {shown}" in error
    assert f"accept it once with ssh -p {sshd.port} {sshd.user}@127.0.0.1" in error
    assert not (sshd.folder / "site").exists()


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_a_host_with_another_key_is_not_trusted(sshd: Sshd, kind: str) -> None:
    sshd.new_host_key(kind)
    sshd.start()
    error = str(error_of(sshd.address))
    assert f"shows another key than the one in known_hosts: {fingerprint(sshd.folder / 'host_key.pub')}" in error
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}'" in error
    assert not (sshd.folder / "site").exists()


def test_a_key_that_the_host_does_not_accept(sshd: Sshd) -> None:
    make_key(sshd.home / ".ssh/id_ed25519")
    sshd.start()
    assert "the host does not accept your key" in str(error_of(sshd.address))


def test_ssh_config_names_the_host_its_port_user_and_key(sshd: Sshd) -> None:
    ssh = sshd.home / ".ssh"
    (ssh / "id_ed25519").rename(ssh / "other")
    lines = ("Host web", "HostName 127.0.0.1", f"Port {sshd.port}", f"User {sshd.user}", f"IdentityFile {ssh}/other")
    (ssh / "config").write_text("\n".join(lines))
    sshd.start()
    with closing(opened(f"sftp://web{sshd.folder}/site")) as store:
        store.write("index.html", b"<p>")
    assert (sshd.folder / "site/index.html").read_bytes() == b"<p>"


def test_a_key_may_be_only_in_the_agent(sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    socket, key = sshd.folder / "agent", sshd.home / ".ssh/id_ed25519"
    with subprocess.Popen([program("ssh-agent"), "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as agent:
        try:
            monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
            for _ in range(100):
                added = subprocess.run([program("ssh-add"), "-q", str(key)], capture_output=True)
                if added.returncode == 0:
                    break
            key.unlink()
            sshd.start()
            with closing(opened(sshd.address)) as store:
                store.write("index.html", b"<p>")
        finally:
            agent.terminate()


def test_a_host_where_the_user_may_not_write(sshd: Sshd) -> None:
    sshd.options = ["ForceCommand internal-sftp -R"]
    sshd.start()
    error = error_of(sshd.address)
    assert "no permission" in str(error)
    assert not error.temporary


def test_a_lost_connection_is_temporary_and_made_again(sshd: Sshd) -> None:
    sshd.start()
    with closing(opened(sshd.address)) as store:
        store.write("a.txt", b"1")
        sshd.stop()
        with pytest.raises(TargetError) as lost:
            store.write("a.txt", b"2")
        assert lost.value.temporary
        sshd.start()
        store.write("a.txt", b"3")
    assert (sshd.folder / "site/a.txt").read_bytes() == b"3"


@pytest.mark.parametrize("scheme", ["sftp", "webdav+http"])
def test_a_host_that_nobody_listens_at(scheme: str, sshd: Sshd) -> None:
    assert "cannot be reached" in str(error_of(f"{scheme}://127.0.0.1:{free_port()}/site"))


@pytest.fixture
def s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The endpoint of a server with an empty bucket."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with s3_server() as endpoint:
        make_bucket(endpoint)
        yield endpoint


def test_no_such_bucket(s3: str) -> None:
    assert "there is no such bucket" in str(error_of("s3://other/site", s3))


def test_wrong_credentials_for_s3(s3: str) -> None:
    requests.post(f"{s3}/moto-api/reset-auth", data=b"0", timeout=10)
    try:
        assert "does not accept the credentials" in str(error_of("s3://bucket/site", s3))
    finally:
        requests.post(f"{s3}/moto-api/reset-auth", data=b"inf", timeout=10)


def test_no_credentials_for_s3(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert "no credentials" in str(error_of("s3://bucket/site", s3))


def test_credentials_for_s3_may_be_in_a_profile(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/credentials").write_text("[web]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_PROFILE", "web")
    with closing(opened("s3://bucket/site", s3)) as store:
        store.write("index.html", b"<p>")
    assert requests.get(f"{s3}/bucket/site/index.html", timeout=10).content == b"<p>"


def test_an_endpoint_that_nobody_listens_at(s3: str) -> None:
    assert "cannot be reached" in str(error_of("s3://bucket/site", f"http://127.0.0.1:{free_port()}"))


def test_objects_in_s3_have_the_headers_to_serve_them_with(s3: str) -> None:
    contents = {
        "rss.xml": (b'<?xml version="1.0"?>\n<rss version="2.0"/>', "application/xml; charset=utf-8", "no-cache"),
        "feed.json": (b'{"version": "https://jsonfeed.org/version/1.1"}', "application/feed+json", "no-cache"),
        "a/index.html": ("<p>ä".encode(), "text/html; charset=utf-8", "no-cache"),
        "a/talk.mp3": (b"ID3" + bytes(2000), "audio/mpeg", "max-age=86400"),
        "unknown": (b"\x00\x01", "application/octet-stream", "max-age=86400"),
    }
    for gzip in (False, True):
        with closing(opened("s3://bucket/site", s3, gzip=gzip)) as store:
            for path, (content, media_type, caching) in contents.items():
                first = store.write(path, content)
                assert store.write(path, content) == first
                answer = requests.get(f"{s3}/bucket/site/{path}", timeout=10)
                assert answer.content == content == store.read(path, 10_000)
                assert (answer.headers["content-type"], answer.headers["cache-control"]) == (media_type, caching)
                is_compressed = answer.headers.get("content-encoding") == "gzip"
                assert is_compressed == (gzip and caching == "no-cache")


def test_a_large_file_in_s3_is_sent_in_parts_with_its_headers(s3: str, tmp_path: Path) -> None:
    talk = tmp_path / "talk.mp3"
    talk.write_bytes(b"ID3" + bytes(70_000_000))
    with closing(opened("s3://bucket/site", s3)) as store:
        held = store.write("talk.mp3", talk)
        assert held.size == talk.stat().st_size
        assert store.stat("talk.mp3") == held
    answer = requests.get(f"{s3}/bucket/site/talk.mp3", headers={"Range": "bytes=0-2"}, timeout=30)
    assert answer.content == b"ID3"
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("audio/mpeg", "max-age=86400")


@pytest.fixture
def webdav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "www").mkdir()
    with webdav_server(tmp_path / "www") as address:
        yield f"webdav+{address}/site"


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_for_webdav(webdav: str, password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if password:
        monkeypatch.setenv("DATELINE_WEBDAV_USER", "ana")
        monkeypatch.setenv("DATELINE_WEBDAV_PASSWORD", password)
    error = str(error_of(webdav))
    assert "does not accept" in error
    assert "set DATELINE_WEBDAV_USER and DATELINE_WEBDAV_PASSWORD, or use ~/.netrc" in error


def test_a_password_for_webdav_may_be_in_netrc(webdav: str, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ana password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    with closing(opened(webdav)) as store:
        store.write("index.html", b"<p>")
    assert (tmp_path / "www/site/index.html").read_bytes() == b"<p>"


def test_a_server_without_webdav(tmp_path: Path, sshd: Sshd) -> None:
    from .web import serving

    with serving() as web:
        web.folder = tmp_path
        assert "check that WebDAV is switched on" in str(error_of(f"webdav+{web.url}site"))


@pytest.mark.parametrize(
    "to", ["sftp://", "sftp:///srv", "sftp://host:x/", "s3://", "s3://user@bucket/x", "webdav+https://", "s3://b/x?a=b"]
)
def test_addresses_that_are_none(to: str) -> None:
    with pytest.raises(TargetError, match="write it like"):
        opened(to)


@pytest.mark.parametrize("to", ["simplecache::memory://x", "github://a:b@/", "dropbox://x", "http://example.org/"])
def test_other_file_systems_are_not_opened(to: str) -> None:
    with pytest.raises(TargetError, match="cannot publish to"):
        opened(to)


@pytest.mark.parametrize(
    ("to", "library", "extra"),
    [
        ("sftp://host/x", "sshfs", "sftp"),
        ("sftp://host/x", "fsspec", "sftp"),
        ("s3://bucket", "s3fs", "s3"),
        ("webdav+https://host/x", "webdav4", "webdav"),
        ("memory://x", "fsspec", "fsspec"),
    ],
)
def test_a_missing_library_says_what_to_install(
    to: str, library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith(("dateline.publish.stores.", library))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(TargetError, match=rf"needs libraries that are not installed; run .*\[{extra}\]"):
        opened(to)
