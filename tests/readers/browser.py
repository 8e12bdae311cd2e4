"""Debian's Chromium, driven by Playwright, and publications served to it under their own address."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import NOW
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from dateline.options import BuildOptions
from dateline.pipeline import build
from readers.conftest import program, serving


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that this machine has; none is downloaded."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def going_wrong(context: BrowserContext) -> list[str]:
    """What goes wrong from now on: errors, what the policy forbids, and requests to anybody else."""
    wrong: list[str] = []
    context.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "request",
        lambda request: None if request.url.startswith(("http://127.0.0.1:", "data:")) else wrong.append(request.url),
    )
    return wrong


@contextmanager
def served(posts: Path, folder: Path, now: str = NOW) -> Iterator[str]:
    """The address at which the pages of `posts` are served, which is the one that they are built for."""
    public = folder / "public"
    public.mkdir(parents=True)
    with serving(public) as server:
        copy = Path(shutil.copytree(posts, folder / "posts"))
        settings = (copy / "feed.toml").read_text("utf-8")
        (copy / "feed.toml").write_text(
            re.sub(r'(?m)^url = ".*"$', f'url = "{server.url}"', settings, count=1), "utf-8"
        )
        build(BuildOptions(copy, public, now, cache=False))
        yield server.url
