"""Chromium, without its screen, on a preview."""

import time
from collections.abc import Iterator

import pytest
from conftest import Site
from playwright.sync_api import Browser, Page
from readers.browser import chromium, going_wrong

from preview.conftest import Running, previewing

pytestmark = pytest.mark.slow

PANEL = "#dateline-preview-errors"
READER = "/.dateline/reader/2025-04-14-first.md"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page, and at its end the proof that nothing went wrong in it and nothing left this machine."""
    context = browser.new_context()
    wrong = going_wrong(context)
    yield context.new_page()
    context.close()
    assert wrong == []


def edit(running: Running, text: str) -> None:
    running.site.write("_static/index.html", (running.site.posts / "_static/index.html").read_text() + text)


def test_a_page_reloads_after_an_edit_under_its_own_strict_policy(standing: Running, page: Page) -> None:
    page.goto(f"{standing.origin}/")
    for text in ("Edited.", "And again.", "And once more."):
        edit(standing, f"<p>{text}")
        started = time.monotonic()
        page.get_by_text(text).wait_for()
        print(f"saved to shown in {(time.monotonic() - started) * 1000:.0f} ms")
    assert page.locator("script").count() == 1


def test_an_error_covers_the_page_until_it_is_fixed(standing: Running, page: Page) -> None:
    page.goto(f"{standing.origin}/about/")
    standing.site.post("2025-05-01-broken.md", title="Broken", date="<b>soon")
    panel = page.locator(PANEL)
    panel.wait_for()
    assert "posts/2025-05-01-broken.md:3: date: cannot read '<b>soon'" in panel.inner_text()
    assert panel.locator("b").count() == 0
    assert panel.bounding_box()
    assert page.get_by_role("alert").count() == 1
    assert page.get_by_role("heading", name="About").is_visible()
    # A page that is opened meanwhile has it too.
    page.goto(f"{standing.origin}/")
    panel.wait_for()
    page.get_by_role("button", name="Hide").press("Enter")
    panel.wait_for(state="detached")
    page.goto(f"{standing.origin}/about/")
    panel.wait_for()
    standing.site.post("2025-05-01-broken.md", title="Broken", date="2025-05-01")
    panel.wait_for(state="detached")


def test_a_page_appears_by_itself_when_the_first_build_is_fixed(home: Site, page: Page) -> None:
    home.post(title="First", date="soon")
    with previewing(home) as running:
        page.goto(f"{running.origin}/.dateline/")
        assert "posts/2025-04-14-first.md:3: date:" in page.locator("main").inner_text()
        home.post(title="First")
        page.get_by_text("The site as it will be published").wait_for()
        page.goto("about:blank")


def test_a_restarted_preview_reloads_open_pages(home: Site, browser: Browser) -> None:
    page = browser.new_page()
    with previewing(home) as running:
        page.goto(f"{running.origin}/")
    home.write("_static/index.html", (home.posts / "_static/index.html").read_text() + "<p>Meanwhile.")
    with previewing(home, port=running.port):
        page.get_by_text("Meanwhile.").wait_for()
    page.close()


def test_the_reader_view_has_no_style_no_class_and_no_script_and_follows_edits(standing: Running, page: Page) -> None:
    page.goto(standing.origin + READER)
    article = page.locator("article")
    assert article.locator("[class], [style], [id], script, style, link").count() == 0
    assert article.locator("img").get_attribute("src") == f"{standing.origin}/media/boat.png"
    assert "Ana Díaz · 2025-04-14 12:00 +00:00" in article.inner_text()
    assert page.locator("aside").inner_text().count("summary: none") == 1
    standing.site.post(body="Quite another text.\n", title="First", summary="What it is about.")
    page.get_by_text("Quite another text.").wait_for()
    assert "No problems." in page.locator("aside").inner_text()


def test_the_overview_works_with_the_keyboard_and_on_a_narrow_screen(standing: Running, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/.dateline/", READER):
        page.goto(standing.origin + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("h1").count() == 1
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "A"
