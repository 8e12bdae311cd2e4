"""Checking what a real nginx serves: rightly, wrongly, and after what the check says was done."""

import getpass
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import PAGES, Site
from readers.conftest import program

from publish.web import named

pytestmark = pytest.mark.slow

CERTIFICATE = Path(__file__).parent.parent / "certificates" / "feeds.example.pem"
HOST = "feeds.example"
RIGHT_TYPES = "types { text/html html; application/xml xml; application/feed+json json; audio/mpeg mp3; }"
COMPRESSED = "gzip on; gzip_vary on; gzip_types application/xml application/feed+json application/json text/xml;"
TO_HTTPS = "server { listen 127.0.0.1:HTTP; server_name feeds.example; return 301 https://$host$request_uri; }"
CONFIGURATION = """
daemon off; user USER; worker_processes 1; pid TEMP/pid; error_log TEMP/log;
events { worker_connections 128; }
http {
  access_log off; default_type application/octet-stream;
  client_body_temp_path TEMP/body; proxy_temp_path TEMP/proxy; fastcgi_temp_path TEMP/fastcgi;
  uwsgi_temp_path TEMP/uwsgi; scgi_temp_path TEMP/scgi;
  server {
    listen 127.0.0.1:HTTPS ssl; server_name feeds.example;
    ssl_certificate CERTIFICATE; ssl_certificate_key CERTIFICATE;
    root ROOT;
    INSIDE
  }
  OUTSIDE
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("nginx"))
    site.write("feed.toml", PAGES.replace("example.org/", f"{HOST}/"))
    site.write("media/one.mp3", b"\xff\xfb" + b"\0" * 5000)
    site.post(tags="ferry", aliases="/old/", enclosure="media/one.mp3", body="Añada. " * 800)
    assert site.build().code == 0
    return site


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def nginx(site: Site, inside: str, outside: str) -> Iterator[None]:
    """Run nginx on ports of its own, at which feeds.example is found meanwhile."""
    nginx, temp = program("nginx", "/usr/sbin"), site.root / "nginx"
    shutil.rmtree(temp, ignore_errors=True)
    temp.mkdir()
    secure, plain = free_port(), free_port()
    values = {"INSIDE": inside, "OUTSIDE": outside, "HTTPS": secure, "HTTP": plain}
    text = CONFIGURATION
    for word, value in {
        **values,
        "TEMP": temp,
        "CERTIFICATE": CERTIFICATE,
        "ROOT": site.public,
        "USER": getpass.getuser(),
    }.items():
        text = text.replace(word, str(value))
    (temp / "conf").write_text(text)
    command = [nginx, "-c", str(temp / "conf"), "-p", str(temp), "-e", str(temp / "log")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            for _ in range(200):
                with socket.socket() as connection:
                    if connection.connect_ex(("127.0.0.1", secure)) == 0:
                        break
                assert process.poll() is None, process.stderr and process.stderr.read()
                time.sleep(0.05)
            with named(HOST, {443: f"https://127.0.0.1:{secure}/", 80: f"http://127.0.0.1:{plain}/"}):
                yield
        finally:
            process.terminate()


def faults_of(site: Site) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(site.run("verify", "--json").out)["faults"]
    return found


def checks_of(site: Site) -> set[str]:
    return {fault["check"] for fault in faults_of(site)}


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(CERTIFICATE))


RIGHT = f"{RIGHT_TYPES} {COMPRESSED} charset utf-8; charset_types application/xml; error_page 404 /404.html;"
# What nginx is told, and what is wrong with that.
SERVERS = {
    "right": (RIGHT, TO_HTTPS, ""),
    "its own types": (f"include /etc/nginx/mime.types; {COMPRESSED} charset utf-8;", TO_HTTPS, ""),
    "its own types without charset": (f"include /etc/nginx/mime.types; {COMPRESSED}", TO_HTTPS, "charset"),
    "no types": ("types { text/html html; audio/mpeg mp3; } gzip on; gzip_types *;", TO_HTTPS, "type"),
    "everything is text": (
        "types { text/html html; } default_type text/plain; gzip on; gzip_types *;",
        TO_HTTPS,
        "type enclosure-type",
    ),
    "no ETag": (f"{RIGHT} etag off;", TO_HTTPS, ""),
    "neither ETag nor date": (f"{RIGHT} etag off; add_header Last-Modified '';", TO_HTTPS, "validators"),
    "no conditions": (f"{RIGHT} if_modified_since off; etag off;", TO_HTTPS, "not-modified compressed-etag"),
    "no compression": (RIGHT_TYPES, TO_HTTPS, "compression"),
    "no 404": (RIGHT.replace("404 /404", "404 =200 /index"), TO_HTTPS, "missing-page"),
    "home for all": (f"{RIGHT} try_files $uri $uri/ /index.html;", TO_HTTPS, "missing-page"),
    "another charset": (RIGHT.replace("utf-8", "windows-1252"), TO_HTTPS, "charset"),
    "http without redirect": (RIGHT, TO_HTTPS.replace("return 301 https://$host$request_uri", "root ROOT"), "https"),
    "http to itself": (RIGHT, TO_HTTPS.replace("return 301 https://$host$request_uri", "return 404"), "https"),
    "no HEAD": (f"{RIGHT} if ($request_method = HEAD) {{ return 405; }}", TO_HTTPS, "head"),
    "no ranges": (f"{RIGHT} max_ranges 0;", TO_HTTPS, "ranges"),
    "a year": (f"{RIGHT} expires 1y;", TO_HTTPS, "caching"),
    "old addresses gone": (f"{RIGHT} location /old/ {{ return 404; }}", TO_HTTPS, "old-address"),
}


@pytest.mark.parametrize("server", SERVERS)
def test_what_nginx_does_wrong_is_found_and_nothing_else(built: Site, server: str) -> None:
    inside, outside, faults = SERVERS[server]
    with nginx(built, inside, outside):
        assert checks_of(built) == set(faults.split())


@pytest.mark.parametrize(
    "inside",
    [
        "types { text/html html; audio/mpeg mp3; } gzip on; gzip_types *;",
        f"include /etc/nginx/mime.types; {COMPRESSED}",
        f"{RIGHT_TYPES} charset utf-8; charset_types application/xml;",
        RIGHT.replace("error_page 404 /404.html;", "location / { try_files $uri $uri/ /index.html; }"),
        f"{RIGHT} expires 1y;",
    ],
)
def test_what_it_says_for_nginx_helps(built: Site, inside: str) -> None:
    with nginx(built, inside, TO_HTTPS):
        found = faults_of(built)
    assert found
    if found[0]["check"] == "missing-page":
        inside = inside.replace("try_files $uri $uri/ /index.html;", found[0]["remedy"])
    else:
        inside += "".join(dict.fromkeys(fault["remedy"] for fault in found))
    with nginx(built, inside, TO_HTTPS):
        assert checks_of(built) == set()


def test_what_it_says_for_nginx_redirects_http(built: Site) -> None:
    with nginx(built, RIGHT, TO_HTTPS.replace("return 301 https://$host$request_uri", "return 200")):
        (fault,) = faults_of(built)
    with nginx(built, RIGHT, fault["remedy"].replace("listen 80", "listen 127.0.0.1:HTTP")):
        assert checks_of(built) == set()
