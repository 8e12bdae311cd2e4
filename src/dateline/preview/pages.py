"""The pages of the preview itself, as HTML: the list of posts, a post as readers show it, and what is wrong."""

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from dateline.content.dates import with_offset
from dateline.formats.items import Item, ItemEnclosure
from dateline.preview.board import State
from dateline.preview.builder import Listed, Viewed
from dateline.text import counted

HOME = "/.dateline/"
READER = "/.dateline/reader/"
STYLE = "/.dateline/preview.css"
# Pictures come from wherever a post has them, as they do in a reader.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src http: https: data:;"
    " base-uri 'none'; form-action 'none'"
)
_SHOWN = 1000  # posts in the list


def listing(state: State, posts: Sequence[Listed], *, drafts: bool, has_pages: bool) -> str:
    """All posts, with links to their page, where there are pages, and to what readers make of it; and the feeds."""
    waiting = [post for post in posts if post.waits]
    out = [post for post in posts if not post.waits]
    if drafts:
        note = "Drafts and posts that are held are shown as if they were out."
    elif waiting:
        note = "What is not out yet is in no feed and has no page; dateline preview --drafts shows it as if it were."
    else:
        note = ""
    rows = "".join(_row(post, has_page=has_pages and not post.waits) for post in [*waiting, *out[:_SHOWN]])
    more = f"<p>And {len(out) - _SHOWN:,} older ones.</p>" if len(out) > _SHOWN else ""
    home = f'<p><a href="{escape(state.home)}">The publication as it will be</a></p>' if has_pages else ""
    return _page(
        "Preview",
        f"<h1>Preview</h1>{_errors(state.errors)}{home}<h2>Feeds to subscribe to</h2>{_feeds(state)}"
        f"<h2>{counted(len(posts), 'post')}</h2>{_paragraph(note)}"
        '<table><thead><tr><th scope="col">Post<th scope="col">Date<th scope="col">File</tr></thead>'
        f"<tbody>{rows}</tbody></table>{more}",
    )


def _feeds(state: State) -> str:
    main, others = state.main_feeds(), state.other_feeds()
    summary = f"<summary>{counted(len(others), 'more feed')}, of tags and authors</summary>"
    return _links(main) + (f"<details>{summary}{_links(others)}</details>" if others else "")


def _row(post: Listed, *, has_page: bool) -> str:
    reader = f'<a href="{escape(READER + quote(post.path))}">as a reader shows it</a>'
    title = f'<a href="{escape(post.url)}">{escape(post.title)}</a>' if has_page else escape(post.title)
    told = f"{title} ({escape(post.waits)})" if post.waits else title
    date = f'<time datetime="{post.published.isoformat()}">{post.published:%Y-%m-%d %H:%M}</time>'
    return f"<tr><td>{told}<br>{reader}<td>{date}<td>{escape(post.path)}</tr>"


def reader_view(state: State, viewed: Viewed, found: Sequence[str], remarks: Sequence[str], *, has_pages: bool) -> str:
    """A post from the feed, without all that plain readers leave out, beside what ``check`` says of it.

    `found` and `remarks` are lines.
    """
    post = viewed.listed
    if viewed.item:
        article = f'<article lang="{escape(viewed.language)}">{_article(viewed.item, viewed.html)}</article>'
        source = f'From <a href="{escape(viewed.feed)}">{escape(viewed.feed)}</a>, '
    else:
        waits = f"It waits ({post.waits}); dateline preview --drafts shows it as if it were out."
        reason = waits if post.waits else "The feed holds newer posts only, or was not built."
        article, source = f"<article><p>This post is in no feed. {escape(reason)}</p></article>", "From "
    page = f'<a href="{escape(post.url)}">its page</a> · ' if viewed.item and has_pages else ""
    return _page(
        f"{post.title} · as a reader shows it",
        f'<nav aria-label="Preview"><a href="{HOME}">All posts</a> · {page}{source}'
        f"<code>{escape(post.path)}</code></nav><h1>As the plainest readers show it</h1>{_errors(state.errors)}"
        f"{article}<aside><h2>What dateline check says of it</h2>{_findings(found, remarks)}</aside>",
    )


def _article(item: Item, html: str) -> str:
    date = item.published
    told = f'<time datetime="{date.isoformat()}">{with_offset(date)}</time>' if date else ""
    byline = " · ".join(filter(None, (escape(", ".join(item.authors)), told)))
    title = f'<a href="{escape(item.url)}">{escape(item.title)}</a>' if item.url else escape(item.title)
    return f"<h2>{title}</h2><p>{byline}</p>{html}{''.join(map(_enclosure, item.enclosures))}"


def _enclosure(enclosed: ItemEnclosure) -> str:
    """An enclosure, which readers play, or offer to keep."""
    url, size = escape(enclosed.url), int(enclosed.size or 0)
    told = [escape(enclosed.media_type), *([counted(size, "byte")] if size else [])]
    return f'<p>Enclosure: <a href="{url}">{url}</a> ({", ".join(told)})</p>'


def _findings(found: Sequence[str], remarks: Sequence[str]) -> str:
    if not found and not remarks:
        return "<p>Nothing to mend.</p>"
    wrong = f"<h3>Errors</h3>{_items(found)}" if found else ""
    told = f"<h3>Remarks</h3>{_items(remarks)}" if remarks else ""
    return wrong + told


def problem(title: str, lines: Sequence[str], what: str) -> str:
    """A page that says why there is nothing else to show."""
    return _page(title, f'<h1>{escape(title)}</h1>{_errors(lines)}<p>{escape(what)}</p><p><a href="{HOME}">Preview</a>')


def _errors(lines: Sequence[str]) -> str:
    told = "Not built: what you see is the last build that was good, if there was one."
    return f'<div role="alert"><h2>Errors</h2><p>{told}</p>{_items(lines)}</div>' if lines else ""


def _items(lines: Iterable[str]) -> str:
    items = (f"<li>{escape(line)}</li>" for line in lines)
    return f"<ul>{''.join(items)}</ul>"


def _links(addresses: Iterable[str]) -> str:
    items = (f'<li><a href="{escape(url)}">{escape(url)}</a></li>' for url in addresses)
    return f"<ul>{''.join(items)}</ul>"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _page(title: str, main: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{STYLE}">'
        '<link rel="icon" href="data:,"></head>\n<body>'
        "<header><p>Preview by Dateline: nothing of this is published.</p></header>\n"
        f"<main>{main}</main>\n</body></html>\n"
    )
