"""Pictures that a script would load, pictures without an address, and what `check` says of pictures and frames."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import SETTINGS, Site

from dateline.content.config import MARKDOWNS
from dateline.errors import InputError
from dateline.render import render
from dateline.render.html import fill_slots
from dateline.render.sanitise import clean

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
A = "https://example.org/a.png"


@pytest.fixture(params=MARKDOWNS)
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    site = Site(tmp_path)
    site.write("feed.toml", f'{SETTINGS}markdown = "{request.param}"\n')
    return site


def rendered(body: str, engine: str) -> str:
    rendering = render(body, engine=engine, footnote_prefix="", smart_quotes=False)
    return fill_slots(rendering.html, [reference.target for reference in rendering.references])


@pytest.mark.parametrize("engine", MARKDOWNS)
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f'<img alt="A" src="{PIXEL}" data-src="{A}">', f'<img alt="A" src="{A}">'),
        (f'<img alt="A" data-src="{A}">', f'<img alt="A" src="{A}">'),
        (f'<img alt="A" src="" data-src="{A}">', f'<img alt="A" src="{A}">'),
        (f'<IMG alt="A" src="#" DATA-SRC="{A}">', f'<img alt="A" src="{A}">'),
        (f'<img alt="A" src="about:blank" data-src="{A}">', f'<img alt="A" src="{A}">'),
        (f'<img alt="A" src="/lazy/1x1.trans.gif?v=1" data-src="{A}">', f'<img alt="A" src="{A}">'),
        ('<img alt="A" src="/blank.gif" data-src="a.png?b=1&amp;c">', '<img alt="A" src="a.png?b=1&amp;c">'),
        (f'<img alt="A" src="b.png" data-src="{A}">', '<img alt="A" src="b.png">'),
        (f'<img alt="A" src="transport.png" data-src="{A}">', '<img alt="A" src="transport.png">'),
        (f'<img alt="A" src="{PIXEL}">', f'<img alt="A" src="{PIXEL}">'),
        (
            f'<img alt="A" src="{PIXEL}" data-srcset="{A} 1x, b.png 2x">',
            f'<img alt="A" src="{A}" srcset="{A} 1x, b.png 2x">',
        ),
        (
            f'<picture><source srcset="{PIXEL}" data-srcset="b.png"><img alt="A" src="{A}"></picture>',
            f'<picture><source srcset="b.png"><img alt="A" src="{A}"></picture>',
        ),
        (
            '<video controls data-src="a.mp4" poster="" data-poster="a.png"></video>',
            '<video controls="" poster="a.png" src="a.mp4"></video>',
        ),
        (
            '<iframe title="A" src="about:blank" data-src="https://a.example/"></iframe>',
            '<a href="https://a.example/">A</a>',
        ),
        (f'<img alt="A" src="{PIXEL}" data-src="javascript:x">', '<img alt="A">'),
        ('`<img data-src="a.png">`', '<code>&lt;img data-src="a.png"&gt;</code>'),
    ],
)
def test_a_picture_that_a_script_would_load_is_the_picture(engine: str, written: str, kept: str) -> None:
    assert rendered(f"B {written}", engine) == f"<p>B {kept}</p>"


@pytest.mark.parametrize(
    "written",
    [
        '<img alt="A" src="">',
        "![A]()",
        '<img alt="A" src="#">',
        "<video poster='' src='https://example.org/a.mp4'></video>",
        '<picture><source src=""><img alt="A" src="https://example.org/a.png"></picture>',
        '<audio src=""></audio>',
    ],
)
def test_an_empty_address_of_a_picture_is_an_error(site: Site, written: str) -> None:
    site.post(body=f"One\n\nB {written}\n")
    target = "#" if "#" in written else ""
    result = site.build()
    assert result.code == 1
    assert result.err == (
        f"error: posts/2025-04-14-first.md:6: media: '{target}' leads to no file; "
        "write the path of one, or take it out\n"
    )


@pytest.mark.parametrize("base", ["https://example.org/", "https://example.org/blog/"])
def test_a_picture_in_static_needs_no_remark(site: Site, base: str) -> None:
    site.write("feed.toml", SETTINGS.replace("https://example.org/", base))
    site.write("_static/images/a b.png", b"")
    path = base.removeprefix("https://example.org")
    site.post(body=f"![A]({path}images/a%20b.png) ![B]({path}images/b.png)\n", summary="A")
    remarks = [line for line in site.run("check").out.splitlines() if "not a file here" in line]
    problem = f"link: '{path}images/b.png' is not a file here, so it is read as a URL"
    remedy = "correct the path, put the file there, or add its folder to assets in feed.toml"
    assert remarks == [f"posts/2025-04-14-first.md:5: {problem}; {remedy}"]
    site.write("_static/images/b.png", b"")
    assert "not a file here" not in site.run("check").out


def test_only_a_frame_without_a_title_is_to_get_one(site: Site) -> None:
    site.post(
        body='<iframe src="https://a.example/" title="The map"></iframe>\n\n'
        '<iframe\n title="The film" src="https://b.example/"></iframe>\n'
    )
    assert "iframe" not in site.run("check").out
    site.post(
        body='<iframe src="https://a.example/" title="The map"></iframe>\n\n'
        '<iframe src="https://b.example/" title=" "></iframe>\n'
    )
    assert (
        "posts/2025-04-14-first.md:6: iframe: becomes a link to what it shows; name the link in its title"
        in site.run("check").out
    )


@pytest.mark.slow
def test_it_takes_linear_time() -> None:
    started = time.process_time()
    for part in ("<img ", 'data-src="lazy" ', "lazy", "a/", "<img alt='"):
        with suppress(InputError):
            clean(f'<img src="{part * 20_000}" data-src="a.png">\n\n{part * 20_000}')
    assert time.process_time() - started < 20
