"""Describe what adopting a feed cannot keep, and what is left to do by hand."""

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import chain

from dateline.content.ids import atom_id, is_uri
from dateline.content.media import OF_EPISODES
from dateline.content.podcast import podcast_guid
from dateline.formats.items import Document
from dateline.importer.existing_posts import Posts
from dateline.importer.matching import KNOWN, moment_of
from dateline.importer.settings import feed_address, feed_file_of
from dateline.importer.steps import Step, is_moved
from dateline.model import Post, Publication
from dateline.text import joined


def notes_on(steps: Sequence[Step], feeds: list[Document], posts: Posts, publication: Publication) -> Iterator[str]:
    """Yield notes on ids that are not URIs, URLs that change, posts that will look new, and files to copy."""
    ours = [step for step in steps if step.status in ("written", "there already", "created")]
    yield from _notes_on_addresses(ours, publication)
    yield from _notes_on_feeds(feeds, publication)
    if others := _other_posts(steps, feeds, posts, publication):
        them = "it" if len(others) == 1 else "them"
        leaves_out = f"the old feed leaves out {joined(others)}, so subscribers will see {them} as new"
        yield f"{leaves_out}; to hide {them}, write draft: true"
    if files := _own_files(ours, publication):
        yield f"drafts refer to files on your own site, such as {files[0]}; copy them into _static, to keep them there"
    yield from _notes_on_podcast(ours, feeds, publication)
    for feed in feeds:
        if feed.left_out:
            kinds = ", ".join(f"{kind} ({number:,})" for kind, number in sorted(feed.left_out.items()))
            yield f"only published posts of the export are read; left out by type or status: {kinds}"


def _notes_on_addresses(steps: Sequence[Step], publication: Publication) -> Iterator[str]:
    odd_ids = [step.item.id for step in steps if not is_uri(step.item.id)]
    if odd_ids:
        form = atom_id(publication.id, odd_ids[0])
        yield f"ids that are not URIs, like {odd_ids[0]}, are kept in RSS and JSON; in Atom this one becomes {form}"
    moved = [(step.item.url, step.post) for step in steps if step.post and is_moved(step.item, step.post, publication)]
    if moved:
        url, post = moved[0]
        changes = "1 address changes," if len(moved) == 1 else f"{len(moved):,} addresses change, the first"
        yield f"{changes} from {url} to {post.canonical_url}; only the server at the old address can redirect"


def _notes_on_feeds(feeds: Iterable[Document], publication: Publication) -> Iterator[str]:
    """Yield a note on each feed that will no longer be at its address."""
    for feed in feeds:
        address = feed_address(feed)
        if not address or feed.left_out is not None:
            continue
        if feed.format not in publication.formats:
            yield f'the feed {address} would no longer exist; add "{feed.format}" to formats in feed.toml'
        elif feed_file_of(feed, publication) not in publication.feed_paths(feed.format):
            new = publication.feed_url(publication.url, feed.format)
            yield f"the feed {address} would move to {new}; only the server at the old address can redirect"


def _other_posts(steps: Iterable[Step], feeds: Iterable[Document], posts: Posts, publication: Publication) -> list[str]:
    """Return the posts that our feed would show, and the old one leaves out although it has newer and older ones."""
    items = chain.from_iterable(feed.items for feed in feeds if feed.left_out is None)
    moments = list(filter(None, map(moment_of, items)))
    if not moments:
        return []
    known = {pair.path for step in steps for pair in step.pairs if pair.reasons != (KNOWN,)}
    newest = _newest(posts, known)[: publication.limit]
    others = [post for post in newest if post.path not in known]
    return [post.path for post in others if min(moments) < post.published and post.due < max(moments)]


def _newest(posts: Posts, known: Container[str]) -> list[Post]:
    """Return the posts in the languages of those that are known, since a feed of one language lacks the others."""
    editions = {existing.post.edition for path, existing in posts.items() if path in known}
    shown = [existing.post for existing in posts.values() if not existing.post.draft]
    return sorted((post for post in shown if post.edition in editions), key=lambda post: post.published, reverse=True)


def _own_files(steps: Iterable[Step], publication: Publication) -> list[str]:
    """Return the URLs, on the publication's own site, of files that drafts refer to."""
    drafts = [step.post for step in steps if step.draft and step.post]
    return [file.target for draft in drafts for file in draft.media if file.target.startswith(publication.url)]


def _notes_on_podcast(steps: Iterable[Step], feeds: list[Document], publication: Publication) -> Iterator[str]:
    if publication.podcast:
        return
    for guid in dict.fromkeys(feed.guid for feed in feeds if feed.guid):
        yield f'directories know the old feed by its podcast:guid; set guid = "{guid}" under [podcast] in feed.toml'
    if any(key in step.written for step in steps for key in OF_EPISODES):
        yield "the episode keys in the drafts are ignored until feed.toml has a table [podcast]"
        addresses = filter(None, (feed_address(feed) for feed in feeds if not feed.guid))
        for guid in dict.fromkeys(map(podcast_guid, addresses)):
            yield f'directories know the old feed by its address; set guid = "{guid}" under [podcast]'
