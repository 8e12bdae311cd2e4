"""The text of a post as what to render: its body, or that of a note, with the notes below it."""

from html import escape

from dateline.cldr import date_text
from dateline.content.posts import body_of
from dateline.hashing import digest_bytes
from dateline.model import Note, Post, Publication, Source
from dateline.render import Aside, RenderTask, host_of


def render_task(post: Post, source: Source | None, publication: Publication) -> RenderTask:
    """Return what to render of a post; the item that a note makes needs no `source`."""
    task = RenderTask(
        body="",
        engine=publication.markdown,
        footnote_prefix=digest_bytes(post.id.encode(), 4),
        smart_quotes=publication.has_smart_quotes(post.language),
        math=publication.math,
        host=host_of(publication),
        accepts_template_code=post.template_code == "ok",
    )
    if source is None:
        return task._replace(body=post.notes[0].text)
    if post.retraction:
        return task._replace(notes=(_passage(post.retraction, post, publication),))
    notes = tuple(_passage(note, post, publication) for note in post.notes)
    return task._replace(body=body_of(source, post), notes=notes)


def _passage(note: Note, post: Post, publication: Publication) -> Aside:
    """Return a note as it is shown in its post, whose language has perhaps no words but English ones."""
    words = publication.words(post.language)
    lead = words.text(f"{note.kind}_lead", date=date_text(note.published, words.language))
    language = ' lang="en"' if words.is_instead else ""
    return Aside(note.anchor, f"<strong{language}>{escape(lead)}</strong>", note.text)
