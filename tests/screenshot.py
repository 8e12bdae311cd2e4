"""Makes the picture of the home page that the README shows, from the sample posts:

    .venv/bin/python tests/screenshot.py

The same browser and fonts make the same picture; it is made anew by whoever has changed how pages look.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from readers.browser import chromium, served

REPOSITORY = Path(__file__).parent.parent
PICTURE = REPOSITORY / "posts" / "media" / "home.png"
SIZE = {"width": 1080, "height": 655}
SCALE = 0.65
MOST = 60_000  # bytes


def main() -> int:
    """Take the picture, and say where it is. Returns the exit code."""
    with (
        tempfile.TemporaryDirectory() as folder,
        served(REPOSITORY / "posts", Path(folder)) as url,
        chromium() as browser,
    ):
        page = browser.new_context(viewport=SIZE, device_scale_factor=SCALE, color_scheme="light").new_page()  # type: ignore[arg-type]
        page.goto(url)
        page.screenshot(path=PICTURE)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.relative_to(REPOSITORY)}: {size:,} bytes")
    return 0 if size <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
