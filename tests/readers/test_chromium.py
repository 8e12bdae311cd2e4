"""Pages in Chromium: what a person sees, hears read out, and reaches by the keyboard."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from dateline.feed_formats import FORMATS
from readers.browser import chromium, going_wrong, served
from readers.conftest import npm_package

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parent.parent.parent
GOLDEN = REPOSITORY / "tests" / "golden"
CECOT = "El Salvador’s CECOT Mega-Prison: A Bold Experiment in Crime Control"
TYPES = {
    "home": "",
    "post": "2025/04/cecot-mega-prison/",
    "post with everything": "2025/03/writing-markdown/",
    "tag": "tags/field-guide/",
    "author": "authors/dateline-sample-desk/",
    "month": "archive/2025/04/",
    "archive": "archive/",
    "subscribe": "subscribe/",
    "missing": "404.html",
}
HREFS = "links => links.map(link => link.getAttribute('href'))"
GROUNDS = {"light": "rgb(255, 254, 251)", "dark": "rgb(23, 24, 26)"}
FEEDS = ["rss.xml", "atom.xml", "authors/mike-connors/atom.xml", "tags/field-guide/rss.xml"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The posts of this repository, served."""
    with served(REPOSITORY / "posts", tmp_path_factory.mktemp("sample")) as url:
        yield url


@pytest.fixture(scope="module")
def right_to_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A publication in Arabic, with a post in Japanese, served."""
    with served(GOLDEN / "pages-right-to-left" / "posts", tmp_path_factory.mktemp("right-to-left")) as url:
        yield url


@pytest.fixture(scope="module")
def window(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page for many tests, since it takes longer to open one than to look at what is in it."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    wrong = going_wrong(context)
    yield context.new_page(), wrong
    context.close()


@pytest.fixture
def page(window: tuple[Page, list[str]]) -> Iterator[Page]:
    """A page as if it were new; nothing may go wrong on what is shown in it."""
    page, wrong = window
    page.set_viewport_size({"width": 1280, "height": 720})
    page.emulate_media(color_scheme="light")
    yield page
    page.unroute_all()
    page.goto("about:blank")  # what is still to go wrong goes wrong now
    found = [*wrong]
    wrong.clear()
    assert found == []


WINDOWS = [(320, "light"), (360, "dark"), (1280, "light")]


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_a_page_fits_its_window_and_asks_for_nothing_elsewhere(
    page: Page, sample: str, type: str, width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    response = page.goto(sample + TYPES[type])
    assert response
    assert response.status == 200
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == GROUNDS[scheme], "the stylesheet was not applied"


def test_a_word_that_is_wider_than_the_window_is_broken(browser: Browser, tmp_path: Path) -> None:
    word = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente"
    posts = Path(shutil.copytree(GOLDEN / "pages" / "posts", tmp_path / "source"))
    post = f"---\ntitle: {word}\nauthor: {word}\ntags: [{word}]\nsummary: {word}\n---\n# {word}\n\n> {word} `{word}`\n"
    (posts / "2025-04-14-a.md").write_text(post, "utf-8")
    (posts / "2025-04-15-b.md").write_text(post, "utf-8")
    with served(posts, tmp_path) as url:
        page = browser.new_page(viewport={"width": 320, "height": 800})
        pages = sorted((tmp_path / "public").rglob("*.html"))
        assert len(pages) > 12
        for file in pages:
            page.goto(url + file.relative_to(tmp_path / "public").as_posix())
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, file
        page.close()


def test_the_home_page_shows_the_newest_post_first_with_byline_and_date(page: Page, sample: str) -> None:
    page.goto(sample)
    first = page.locator("article").first
    assert first.locator("h2").inner_text() == CECOT
    assert first.locator(".p-author").inner_text() == "Mike Connors"
    assert first.locator("time").inner_text() == "14 April 2025"
    first.locator("a").first.click()
    assert page.locator("h1").inner_text() == CECOT


@pytest.mark.parametrize(("type", "own"), [("home", ""), ("post", ""), ("tag", "tags/field-guide/")])
def test_the_feeds_are_found_from_a_page_and_are_there(page: Page, sample: str, type: str, own: str) -> None:
    page.goto(sample + TYPES[type])
    links = page.locator('link[rel="alternate"]').evaluate_all("links => links.map(link => [link.type, link.href])")
    assert links[:3] == [[format.media_type, sample + own + format.filename] for format in FORMATS.values()]
    for _, href in links:
        answer = page.request.get(href)
        assert answer.ok
        assert CECOT in answer.text() or own in href


def test_the_button_copies_the_address_of_the_feed(page: Page, sample: str) -> None:
    page.goto(sample + TYPES["subscribe"])
    page.get_by_role("button", name="Copy the address of the Atom feed").click()
    assert page.get_by_role("status").inner_text() == f"Copied: {sample}atom.xml"
    assert page.evaluate("navigator.clipboard.readText()") == f"{sample}atom.xml"


def test_where_the_clipboard_is_forbidden_the_address_is_marked(page: Page, sample: str) -> None:
    page.goto(sample + TYPES["subscribe"])
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.get_by_role("button", name="Copy the address of the RSS feed").click()
    assert page.evaluate("String(getSelection())") == f"{sample}rss.xml"


def test_without_a_script_there_is_no_button_and_the_address_is_there_to_read(browser: Browser, sample: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(sample + TYPES["subscribe"])
    assert not page.get_by_role("button").is_visible()
    assert page.get_by_text(f"{sample}atom.xml", exact=True).first.is_visible()
    context.close()


@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_feed_that_is_opened_in_the_browser_can_be_read(page: Page, sample: str, feed: str, scheme: Any) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.emulate_media(color_scheme=scheme)
    page.goto(sample + feed)
    said = page.evaluate("getComputedStyle(document.documentElement, '::before').content")
    assert "This is a web feed" in said
    item = page.locator("item, entry").first
    title = item.locator("title")
    assert title.is_visible()
    assert item.locator("description, summary").first.is_visible()
    assert item.locator("pubDate, published").is_visible()
    for hidden in page.locator("id, guid, category, content, generator, updated, lastBuildDate").all():
        assert not hidden.is_visible(), "the fraction of a second in Atom's updated, say, is for programs"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == GROUNDS[scheme]


@pytest.mark.parametrize("type", TYPES)
def test_the_keyboard_alone_reaches_everything(page: Page, sample: str, type: str) -> None:
    page.goto(sample + TYPES[type])
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, summary, [tabindex=\"0\"]')]"
        ".filter(element => element.checkVisibility()).length"
    )
    reached: list[tuple[str, bool]] = []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement; if (e === document.body) return null;"
            " e.dataset.seen ??= Math.random(); const s = getComputedStyle(e);"
            " return [e.dataset.seen, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2] }"
        )
        if found is None or found[0] in [number for number, _ in reached]:
            break
        reached.append(found)
    assert len(reached) == wanted
    assert all(is_shown for _, is_shown in reached)


def test_the_first_key_offers_to_skip_to_the_text(page: Page, sample: str) -> None:
    page.goto(sample)
    page.keyboard.press("Tab")
    place = page.get_by_role("link", name="Skip to the text").bounding_box()
    assert place
    assert place["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == CECOT


@pytest.fixture(scope="module")
def axe(browser: Browser) -> Iterator[Page]:
    """A page in which axe-core is at hand, whatever is shown."""
    context = browser.new_context()
    context.add_init_script(path=npm_package("axe-core") / "axe.min.js")
    yield context.new_page()
    context.close()


def violations(axe: Page, url: str) -> list[str]:
    """What axe-core has against a page, in words. In the dark, only colours are others."""
    axe.emulate_media(color_scheme="light")
    axe.goto(url)
    found = axe.evaluate("axe.run().then(result => result.violations)")
    axe.emulate_media(color_scheme="dark")
    found += axe.evaluate("axe.run({runOnly: ['color-contrast', 'link-in-text-block']}).then(dark => dark.violations)")
    return [
        f"{violation['id']}: {node['html']}: {node['failureSummary']}"
        for violation in found
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("type", TYPES)
def test_axe_finds_no_barrier(axe: Page, sample: str, type: str) -> None:
    assert violations(axe, sample + TYPES[type]) == []


@pytest.mark.parametrize("case", ["pages", "pages-media", "pages-right-to-left"])
def test_axe_finds_no_barrier_in_other_languages_and_in_code(axe: Page, tmp_path: Path, case: str) -> None:
    with served(GOLDEN / case / "posts", tmp_path) as url:
        pages = sorted((tmp_path / "public").rglob("*.html"))
        found = [violations(axe, url + page.relative_to(tmp_path / "public").as_posix()) for page in pages]
    assert len(found) >= 8
    assert [violation for page in found for violation in page] == []


def test_a_text_from_right_to_left_stands_at_the_right(page: Page, right_to_left: str) -> None:
    page.goto(f"{right_to_left}المد.html")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    page.goto(f"{right_to_left}kanji.html")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "ltr"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Posts with sound and film, served."""
    with served(GOLDEN / "pages-media" / "posts", tmp_path_factory.mktemp("media")) as url:
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_sound_and_film_play_and_ask_for_nothing_elsewhere(page: Page, media: str, width: int, scheme: Any) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    for post, playing in (("boat", "audio"), ("film", "video")):
        page.goto(f"{media}2025/04/{post}/")
        player = page.locator(playing).first
        before = player.bounding_box()
        player.evaluate("player => { player.muted = true; return player.play() }")
        assert player.evaluate("player => Math.round(player.duration)") == 3
        assert before
        assert before["width"] <= width
        assert player.bounding_box() == before, "what is below it has moved"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    track = page.locator("track")
    track.evaluate("track => new Promise(done => { track.onload = done; track.track.mode = 'showing' })")


def test_a_title_for_directories_is_not_shown_beside_the_title(page: Page, media: str) -> None:
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{media}rss.xml")
    titles = page.locator("item > title")
    shown = [title.text_content() for title in titles.all() if title.is_visible()]
    assert shown == ["In its place", "The film", "1: The evening boat"]
    assert titles.count() == 4


def test_the_keyboard_plays_and_reaches_what_there_is_to_keep(page: Page, media: str) -> None:
    page.goto(f"{media}2025/04/boat/")
    page.locator("audio").first.evaluate("player => { player.muted = true; player.focus() }")
    page.keyboard.press("Space")
    page.wait_for_function("!document.querySelector('audio').paused")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href')"))
    assert set(page.locator(".enclosures a").evaluate_all(HREFS)) <= reached


def test_code_in_both_schemes_can_be_told_from_its_ground() -> None:
    """Every colour of code, by the formula of WCAG 2.2 (1.4.3), has at least 4.5 to 1."""
    styles = (REPOSITORY / "src/dateline/pages/style.css").read_text("utf-8")
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in styles.split("@media (prefers", 1))
    for colours in (light, dark):
        for name, colour in colours.items():
            if name.startswith("code") or name in ("text", "soft", "link"):
                for ground in ("page", "raised"):
                    assert contrast(colour, colours[ground]) >= 4.5, (name, ground)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_date_is_read_from_its_own_beginning(page: Page, right_to_left: str) -> None:
    page.goto(right_to_left)
    ends = """date => {
        const time = document.querySelector("time");
        time.textContent = date || time.textContent;
        return [0, time.textContent.length - 1].map(at => {
            const range = document.createRange();
            range.setStart(time.firstChild, at);
            range.setEnd(time.firstChild, at + 1);
            return range.getBoundingClientRect().x;
        });
    }"""
    first, last = page.evaluate(ends, "")
    assert first > last, "14 أبريل 2025, from the right"
    first, last = page.evaluate(ends, "2025-04-14")
    assert first < last


# What the guide has pages load from elsewhere

GUIDE = (REPOSITORY / "posts" / "guide" / "2025-03-17-pages.md").read_text("utf-8")
EXAMPLES = {
    name: dict(re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    for name, text in re.findall(r"^\*\*(.+?)\*\*(.*?)(?=^\*\*|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
}
# What services send, and what is asked of them in the end.
SERVICES = {
    "https://comments.example/embed.js": """
        const link = document.createElement("link");
        link.rel = "stylesheet";
        link.href = "https://comments.example/embed.css";
        document.head.append(link);
        fetch("https://comments.example/newest").then(() => {
            const frame = document.createElement("iframe");
            frame.title = "Comments";
            frame.src = "https://comments.example/all";
            document.querySelector("#comments").append(frame);
        });
    """,
    "https://stats.example/count.js": 'fetch("https://stats.example/count", {method: "POST", keepalive: true})',
    "https://fonts.example/css?family=Harbour": """
        @font-face { font-family: "Harbour"; src: url("https://fonts.example/harbour.woff2") format("woff2") }
        html { font-family: "Harbour" }
    """,
}
ASKED = {
    "A form for a newsletter": "https://letters.example/harbour",
    "Comments": "https://comments.example/all",
    "Statistics": "https://stats.example/count",
    "Fonts of your own": "/fonts/harbour.woff2",
    "Fonts of a service": "https://fonts.example/harbour.woff2",
}
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", "css": "text/css", ".woff2": "font/woff2"}


def loaded(browser: Browser, folder: Path, example: str, *, allowed: bool) -> tuple[list[str], list[str]]:
    """What a post of a publication with an example of the guide asks of servers, and the errors in the console."""
    parts = EXAMPLES[example]
    posts = Path(shutil.copytree(GOLDEN / "pages" / "posts", folder / "source"))
    (posts / "_templates").mkdir()
    (template,) = re.findall(r"\{# posts/(\S+) #\}", parts["html"])
    (posts / template).write_text(parts["html"], "utf-8")
    if allowed:
        (posts / "feed.toml").write_text((posts / "feed.toml").read_text("utf-8") + parts["toml"], "utf-8")
    (posts / "_static" / "fonts").mkdir(parents=True)
    (posts / "_static" / "fonts" / "harbour.woff2").write_bytes(b"")
    (posts / "_static" / "fonts.css").write_text(parts.get("css", ""), "utf-8")
    asked: list[str] = []
    wrong: list[str] = []

    def serve(route: Route) -> None:
        path = route.request.url.partition("?")[0]
        media_type = MEDIA_TYPES.get(Path(path).suffix or Path(path).name, "text/html")
        headers = {"access-control-allow-origin": "*"}
        route.fulfill(body=SERVICES.get(route.request.url, ""), content_type=media_type, headers=headers)

    with served(posts, folder) as url:
        page = browser.new_page()
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("response", lambda response: asked.append(response.url.replace(url, "/")))
        page.route(re.compile("https://"), serve)
        page.goto(url + next((folder / "public").glob("20*/**/index.html")).relative_to(folder / "public").as_posix())
        if page.get_by_label("New posts by e-mail").count():
            page.get_by_label("New posts by e-mail").fill("ana@example.org")
            page.locator("form").evaluate("form => form.requestSubmit()")
            for _ in range(100):  # the page was idle before, so that waiting until it is would not wait for the form
                if wrong or ASKED[example] in asked:
                    break
                page.wait_for_timeout(100)
        page.wait_for_load_state("networkidle")
        page.close()
    return asked, wrong


def test_the_guide_has_an_example_of_each_thing_to_allow() -> None:
    assert [*EXAMPLES] == [*ASKED]


@pytest.mark.parametrize("example", ASKED)
def test_what_the_guide_says_to_allow_is_loaded_and_nothing_is_refused(
    browser: Browser, tmp_path: Path, example: str
) -> None:
    asked, wrong = loaded(browser, tmp_path, example, allowed=True)
    assert ASKED[example] in asked
    assert wrong == []


@pytest.mark.parametrize("example", ASKED)
def test_what_is_not_allowed_is_refused(browser: Browser, tmp_path: Path, example: str) -> None:
    asked, wrong = loaded(browser, tmp_path, example, allowed=False)
    assert ASKED[example] not in asked
    assert "Content Security Policy" in wrong[0]
