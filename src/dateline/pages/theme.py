"""The stylesheet with the user's theme, and the favicon of a publication that has no icon."""

import colorsys
import os
from html import escape
from unicodedata import category

from dateline.model import Theme

# The grounds in style.css on which links stand, by colour scheme: those of the page and of what is raised above it.
GROUNDS = {"light": ("#fffefb", "#f3f1ea"), "dark": ("#17181a", "#232528")}
ACCENT = "#0b4f94"  # if the theme has none: that of links in style.css
READABLE = 4.5  # the contrast that WCAG 2 (AA) demands of text
STYLE_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "style.css")
_REM = 0.5  # of a character: a line of 35 rem, as in style.css, has 70 characters on average
_STEPS = 200
_FONTS = {"sans": ("sans", "sans"), "mixed": ("serif", "sans")}


def stylesheet(theme: Theme) -> bytes:
    """Return style.css, and after it what the theme changes."""
    with open(STYLE_FILE, "rb") as file:
        return file.read() + theme_css(theme).encode()


def theme_css(theme: Theme) -> str:
    """Return what a theme changes, as custom properties; nothing for the default one."""
    default = Theme()
    lines = []
    if theme.font in _FONTS:
        head, body = _FONTS[theme.font]
        lines.append(f"--head: var(--{head}); --body: var(--{body});")
    if theme.width != default.width:
        lines.append(f"--measure: {theme.width * _REM:g}rem;")
    if theme.masthead != default.masthead:
        lines.append("--masthead: start;")
    if theme.logo_height != default.logo_height:
        lines.append(f"--logo-height: {theme.logo_height}px;")
    css = f":root {{ {' '.join(lines)} }}\n" if lines else ""
    if theme.accent:
        for scheme, grounds in GROUNDS.items():
            link = readable(theme.accent, grounds)
            css += f"@media screen and (prefers-color-scheme: {scheme}) {{ :root {{ --link: {link}; }} }}\n"
    return css and f"\n/* The theme in feed.toml */\n\n{css}"


def readable(colour: str, grounds: tuple[str, ...], contrast_needed: float = READABLE) -> str:
    """Return the colour, or the nearest lighter or darker one of its hue that can be read on all the grounds.

    The grounds are either all so light that black can be read on them, or all so dark that white can.
    """
    hue, lightness, saturation = colorsys.rgb_to_hls(*(part / 255 for part in _parts(colour)))
    goal = 0.0 if luminance(grounds[0]) > 0.5 else 1.0
    for step in range(_STEPS):
        if all(contrast(colour, ground) >= contrast_needed for ground in grounds):
            return colour
        changed = lightness + (goal - lightness) * (step + 1) / _STEPS
        colour = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, changed, saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour like ``#0b4f94``, from 0 to 1 (WCAG 2.2)."""
    red, green, blue = (
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def favicon(title: str, accent: str | None) -> bytes:
    """Return an SVG picture of the first letter of a title on the accent colour."""
    ground = accent or ACCENT
    letter = max(("#ffffff", "#1d1c19"), key=lambda colour: contrast(colour, ground))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">\n'
        f'<rect width="32" height="32" rx="5" fill="{ground}"/>\n'
        f'<text x="16" y="17" fill="{letter}" font-family="Georgia, serif" font-size="22" font-weight="700"'
        f' text-anchor="middle" dominant-baseline="central">{escape(initial(title))}</text>\n</svg>\n'
    ).encode()


def initial(title: str) -> str:
    """Return the first letter or digit of a title, as a capital if it has one, with the marks that belong to it."""
    start = next((index for index, sign in enumerate(title) if category(sign)[0] in "LN"), 0)
    end = start + 1
    while end < len(title) and category(title[end])[0] == "M":
        end += 1
    letter = title[start:end]
    capital = letter.upper()
    return capital if len(capital) == len(letter) else letter
