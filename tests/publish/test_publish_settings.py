"""The table ``[publish]`` of feed.toml."""

import pytest
from conftest import SETTINGS, Site

from dateline.content.config import read_settings
from dateline.model import PublishTo

SECRET = "hunter2hunter2"
WITH_SECRETS = [
    f'to = "sftp://ana:{SECRET}@host.example/www"',
    f'to = "sftp://:{SECRET}@host.example/www"',
    f'to = "s3://key:{SECRET}/{SECRET}@bucket"',
    f'to = "git+https://ghp_{SECRET}@host.example/site.git"',
    f'to = "git+https://{SECRET * 3}@host.example/site.git"',
    f'to = "webdav+https://dav.example/?access_key={SECRET}"',
    f'to = "webdav+https://dav.example/?sig=1&X-Amz-Signature={SECRET}"',
    f'to = "command: deploy --token {SECRET} {{output}}"',
    f'to = "command: deploy --auth-token={SECRET} {{output}}"',
    f'to = "command: env NETLIFY_AUTH_TOKEN={SECRET} netlify deploy"',
    f'to = "command: curl -T {{output}} https://ana:{SECRET}@host.example/"',
    f'to = "s3://bucket"\npassword = "{SECRET}"',
    f'to = "s3://bucket"\nsecret = "{SECRET}"',
    f'to = "s3://bucket"\naws_secret_access_key = "{SECRET}"',
    f'to = "s3://bucket"\ntoken = "{SECRET}"',
    f'to = "s3://bucket"\nkey = "{SECRET}"',
    f'to = "s3://bucket"\nendpoint = "https://key:{SECRET}@s3.example/"',
]
WITHOUT_SECRETS = [
    "/srv/www/site",
    "../site",
    "file:///srv/www",
    "sftp://ana@host.example:2222/srv/www",
    "sftp://host.example/~/www",
    "s3://bucket/prefix",
    "webdav+https://dav.example:8443/@ana/",
    "git+ssh://git@host.example/ana/site.git#gh-pages",
    "git:.#gh-pages",
    "command: netlify deploy --prod --dir {output}",
    "command: deploy --token-file ~/.token {output}",
    "command: rsync -rc {output}/ passwords.example:/srv/",
]


@pytest.mark.parametrize("lines", WITH_SECRETS)
def test_something_secret_in_feed_toml_is_an_error_that_does_not_repeat_it(site: Site, lines: str) -> None:
    site.settings(f"[publish]\n{lines}\n")
    site.post()
    result = site.build()
    assert result.code == 1
    assert "something secret" in result.err
    assert "~/.ssh" in result.err
    assert "feed.toml:1" in result.err
    assert SECRET not in result.err + result.out + site.build("--json").out


@pytest.mark.parametrize("to", WITHOUT_SECRETS)
def test_a_target_is_read_as_it_is_written(to: str) -> None:
    publication, _ = read_settings(f'{SETTINGS}[publish]\nto = "{to}"\n')
    assert publication.publish == PublishTo(to)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("gzip = true", "to is missing"),
        ('to = ""', "to is missing"),
        ('to = "command: "', "to: empty"),
        ('to = "/srv/www"\nqzip = true', "unknown key 'qzip'; use to, endpoint, gzip"),
        ('to = "/srv/www"\ngzip = "perhaps"', "gzip: 'perhaps' is neither true nor false"),
        ('to = "s3://bucket"\nendpoint = "s3.example"', "endpoint: 's3.example' is not a web address"),
        ('to = "git:--upload-pack=touch x#pages"', "begins with a hyphen"),
        ('to = "git+ssh://-oProxyCommand=touch/x#pages"', "begins with a hyphen"),
        ('to = "sftp://ana@-oProxyCommand=touch/x"', "begins with a hyphen"),
        ('to = "-rf"', "begins with a hyphen"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error(site: Site, lines: str, says: str) -> None:
    site.settings(f"[publish]\n{lines}\n")
    site.post()
    result = site.build()
    assert result.code == 1
    assert says in result.err


def test_publish_must_be_a_table(site: Site) -> None:
    site.write("feed.toml", f'publish = "/srv/www"\n{SETTINGS}')
    site.post()
    assert "publish: '/srv/www' is not a table; write [publish]" in site.build().err
