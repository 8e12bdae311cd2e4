"""A publication with everything, in four languages: how each kind of its pages stands in Chromium, and its HTML.

Posts are in the language of the publication, and one of them in a second one too, so that pages lead to each other.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from readers.browser import chromium, going_wrong, served
from readers.conftest import npm_package, program

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent.parent / "golden"
PICTURES = GOLDEN.parent.parent / "posts" / "media"
GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
WIDTHS = (360, 768, 1280)
SCHEMES: tuple[Any, ...] = ("light", "dark")


class Texts(NamedTuple):
    """What the posts of a language say: names, a sentence, and a word that no line can hold."""

    title: str
    headline: str
    sentence: str
    tag: str
    author: str
    other: str


TEXTS = {
    "en": Texts(
        "Harbour Notes",
        "The evening boat is “full” again, and what the harbour office says about that",
        "The boats stay in the harbour until the wind turns to the north.",
        "Harbour and tides",
        "Ana Díaz",
        "es",
    ),
    "es": Texts(
        "Notas del puerto",
        "La barca de la tarde vuelve a ir llena, y lo que dice de ello la oficina del puerto",
        "Las barcas se quedan en el puerto hasta que el viento gire al norte.",
        "Puerto y mareas",
        "Ana Díaz",
        "en",
    ),
    "ar": Texts(
        "أخبار الميناء",
        "قارب المساء ممتلئ من جديد، وهذا ما تقوله إدارة الميناء عن ذلك",
        "تبقى القوارب في الميناء حتى تتحول الريح إلى الشمال.",
        "الميناء والمد",
        "ليلى حداد",
        "en",
    ),
    "ja": Texts(
        "港だより",
        "夕方の船はまた満員、港湾事務所はこれについて何と言っているか",
        "風が北に変わるまで、船は港にとどまる。",
        "港と潮",
        "山田花子",
        "en",
    ),
}
EVERYTHING = """\
{sentence} [Link](https://elsewhere.example/a)[^1] `code`

## {headline}

> {sentence}

| Boat | Leaves | {tag} |
|------|-------:|-------|
| 1    |  21:30 | {sentence} |

```python
def leaves(boat: str = "a very long default value that no narrow window can hold") -> None: ...
```

1. {sentence}
2. Donaudampfschifffahrtsgesellschaftskapitänswitwenrente

![{tag}](boat.png)

[^1]: {sentence}
"""
KINDS = {
    "home": "",
    "post": "2025/04/everything/",
    "note": "2025/04/note/",
    "post about another page": "2025/04/about-another/",
    "post with media": "2025/04/media/",
    "page": "about/",
    "translation": "{other}/2025/03/both/",
    "home in the other language": "{other}/",
    "tag": "tags/",
    "author": "authors/",
    "month": "archive/2025/04/",
    "year": "archive/2025/",
    "archive": "archive/",
    "corrections": "corrections/",
    "subscribe": "subscribe/",
    "missing": "404.html",
}


def furnish(posts: Path, language: str) -> None:
    """Write a publication in a language."""
    texts = TEXTS[language]
    posts.mkdir(parents=True)
    shutil.copytree(GOLDEN / "pages-media" / "posts" / "media", posts / "media")
    shutil.copy(PICTURES / "home.png", posts / "boat.png")
    shutil.copy(PICTURES / "logo.png", posts / "logo.png")
    (posts / "feed.toml").write_text(
        f'title = "{texts.title}"\nurl = "https://harbour.example/"\nid = "tag:harbour.example,2025-01-01:{language}"\n'
        f'description = "{texts.sentence}"\nlanguage = "{language}"\nlanguages = ["{language}", "{texts.other}"]\n'
        f'author = "desk"\nlogo = "logo.png"\nrights = "© {texts.title}"\n'
        f'[authors.desk]\nname = "{texts.author}"\npicture = "boat.png"\nbio = "{texts.sentence}"\n'
        f'links = {{Mastodon = "https://social.example/@ana"}}\n'
        f'[podcast]\ncategory = "News"\nexplicit = false\nimage = "boat.png"\nguid = "{GUID}"\n'
        f'owner = {{name = "{texts.author}", email = "ana@example.org"}}\n',
        "utf-8",
    )
    write(posts, "_pages/about.md", texts, texts.sentence, title=texts.title, menu="1")
    lead = {"image": "boat.png", "image_alt": texts.tag, "image_caption": texts.sentence, "image_credit": texts.author}
    correction = f"[{{date: 2025-04-20, text: {json.dumps(texts.sentence, ensure_ascii=False)}}}]"
    body = EVERYTHING.format(**texts._asdict())
    write(posts, "2025-04-10-everything.md", texts, body, updated="2025-04-19", corrections=correction, **lead)
    write(posts, "2025-04-11-note.md", texts, texts.sentence, title='""')
    write(posts, "2025-04-12-about-another.md", texts, texts.sentence, link="https://elsewhere.example/b")
    media = sorted(
        file for file in (posts / "media").iterdir() if file.suffix in (".mp3", ".mp4", ".ogg", ".webm", ".m4a")
    )
    assert media
    enclosures = f"[{', '.join(f'media/{file.name}' for file in media)}]"
    write(posts, "2025-04-13-media.md", texts, texts.sentence, enclosure=enclosures)
    write(posts, "2025-03-01-both.md", texts, texts.sentence)
    write(posts, f"2025-03-01-both.{texts.other}.md", TEXTS[texts.other], texts.sentence)
    for number in range(1, 7):
        write(posts, f"2024-0{number}-01-earlier-{number}.md", texts, f"{texts.sentence} {number}")


def write(posts: Path, path: str, texts: Texts, body: str, **keys: str) -> None:
    """Write a post or a page."""
    values = {"title": json.dumps(texts.headline, ensure_ascii=False), "tags": f"[{texts.tag}, {texts.title}]", **keys}
    (posts / path).parent.mkdir(exist_ok=True)
    front_matter = "".join(f"{key}: {value}\n" for key, value in values.items())
    (posts / path).write_text(f"---\n{front_matter}---\n{body}\n", "utf-8")


class Built(NamedTuple):
    """The address of a publication, and the folder of its pages."""

    url: str
    public: Path

    def address(self, kind: str, language: str) -> str:
        """The address of a page of a kind; of tags and authors, that of the first."""
        path = KINDS[kind].format(other=TEXTS[language].other)
        if kind in ("tag", "author"):
            path += quote(min(folder.name for folder in (self.public / path).iterdir())) + "/"
        return self.url + path


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Built]]:
    """The publication in each language, served."""
    with ExitStack() as stack:
        found = {}
        for language in TEXTS:
            folder = tmp_path_factory.mktemp(language)
            furnish(folder / "source", language)
            url = stack.enter_context(served(folder / "source", folder))
            found[language] = Built(url, folder / "public")
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.parametrize("language", TEXTS)
def test_every_page_fits_every_window_and_has_no_barrier(
    browser: Browser, everything: dict[str, Built], language: str
) -> None:
    context = browser.new_context()
    context.add_init_script(path=npm_package("axe-core") / "axe.min.js")
    wrong = going_wrong(context)
    page = context.new_page()
    found = []
    for kind in KINDS:
        response = page.goto(everything[language].address(kind, language))
        assert response
        if not response.ok:
            found.append(f"{kind}: {response.status} {response.url}")
        found += [f"{kind}: {problem}" for problem in (*too_wide(page), *barriers(page), *wrong)]
        wrong.clear()
    context.close()
    assert found == []


def too_wide(page: Page) -> Iterator[str]:
    """Say in which windows what is on a page is wider than they are."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
                yield f"{needed} pixels wide in a window of {width} ({scheme})"


def barriers(page: Page) -> Iterator[str]:
    """Say what axe-core has against a page; in the dark, only colours are others."""
    page.emulate_media(color_scheme="light")
    violations = page.evaluate("axe.run().then(result => result.violations)")
    page.emulate_media(color_scheme="dark")
    colours = "axe.run({runOnly: ['color-contrast', 'link-in-text-block']}).then(result => result.violations)"
    for violation in violations + page.evaluate(colours):
        for node in violation["nodes"]:
            yield f"{violation['id']}: {node['html']}: {node['failureSummary']}"


def test_the_nu_html_checker_finds_no_error(everything: dict[str, Built]) -> None:
    jar = npm_package("vnu-jar") / "build" / "dist" / "vnu.jar"
    command = [program("java"), "-jar", str(jar), "--errors-only", "--skip-non-html", "--format", "json", "--stdout"]
    folders = [str(built.public) for built in everything.values()]
    result = subprocess.run([*command, *folders], capture_output=True, text=True, timeout=300)
    found = [
        f"{message['url']}:{message.get('lastLine')}: {message['message']}"
        for message in json.loads(result.stdout)["messages"]
    ]
    # It knows no scheme but those that are registered.
    assert [message for message in found if not re.search(r"Bad value “feed:\S+” for attribute “href”", message)] == []
