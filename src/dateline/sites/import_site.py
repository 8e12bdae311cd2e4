"""The way from a site of another generator to a folder of posts that builds."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from urllib.parse import urljoin

from dateline.content.config import read_settings
from dateline.content.edit import read_bytes, source_with_keys
from dateline.content.edit_settings import write_settings
from dateline.content.front_matter import locate, split
from dateline.content.front_matter_keys import SUMMARY, withheld
from dateline.content.key_values import Value
from dateline.content.source import read_settings_file
from dateline.errors import OutputError, PostError, Problem, SiteError, quoted
from dateline.fileio import write_new
from dateline.formats.items import Item
from dateline.importer.adopt import Adoption, adopt
from dateline.model import Post, Publication, Source
from dateline.options import Progress, no_progress
from dateline.paths import SETTINGS_FILE
from dateline.render.template_code import KINDS, constructs
from dateline.sites.archives import in_archive, unpacked
from dateline.sites.conversion.links import LinkIndex
from dateline.sites.conversion.template_code import convert
from dateline.sites.feed_toml import feed_toml
from dateline.sites.files import parsed, text_of
from dateline.sites.label_slugs import label_slugs
from dateline.sites.model import NO_KEYS, Ask, Site, SitePost
from dateline.sites.pages import own_pages
from dateline.sites.placing import apart, placed
from dateline.sites.references import follow
from dateline.sites.registry import ADDED, IMPORTERS, detect, importer
from dateline.sites.target import Content, FileChanges, add, apply, check_target
from dateline.text import counted

_NO_POSTS = "name the whole site's folder, or say with --from what it is"
# Template code that stands for a link to a post or a note, and is only left if there is none.
_LINK = re.compile(r"\[\[(?!\w+://)|\{\{[<%]\s*(?:rel)?ref\b|\{%-?\s*(?:post_url|post_link|post_path)\b")
_NO_POST = "write [text](file.md) with the right file, or only the text"


class ImportOptions(NamedTuple):
    """What the user asked for: a source, the folder of posts to write, and what the source does not say.

    `kind` is a name in the registry, empty for whatever the source is. `settings` are keys of feed.toml. `feeds` are
    files and addresses of the site's old feeds. `ask` decides what the source leaves in doubt.
    """

    source: Path
    posts: Path
    kind: str = ""
    settings: Mapping[str, str] = NO_KEYS
    feeds: Sequence[str] = ()
    dry_run: bool = False
    ask: Ask = lambda _: None


class Report(NamedTuple):
    """What was imported, or would be.

    - `posts`: the paths of the posts in their folder, some of which are `drafts`.
    - `pages`: the paths of pages there; `other_pages`: files of pages that are not imported.
    - `feeds`: the old feeds that were read.
    - `slugs`: those of tags and authors that would have shared one, by table and key of feed.toml.
    - `media`: the paths of copied media.
    - `adoption`: which ids, dates and addresses posts got; the errors of posts that a build refuses are there, too.
    - `converted`: how many constructs of template code, by name; `left`: what is still in posts.
    - `problems`: what could not be read, is not imported, or needs a decision.
    """

    kind: str
    posts: list[str]
    drafts: int
    pages: list[str]
    other_pages: list[str]
    media: list[str]
    adoption: Adoption
    converted: Counter[str]
    left: list[Problem]
    problems: list[Problem]
    feeds: Sequence[str]
    slugs: Mapping[tuple[str, str], str]
    files: FileChanges

    @property
    def label(self) -> str:
        """What the source is, with an article."""
        return IMPORTERS[self.kind]


class _Found(NamedTuple):
    """The posts and the pages of a source, and the files that are left out."""

    posts: list[SitePost]
    pages: list[SitePost]
    left_out: list[Problem]


class _Staged(NamedTuple):
    """The texts of posts by path, the media that they name, and what is to be reported."""

    texts: dict[str, str]
    media: dict[str, Path]
    converted: Counter[str]
    problems: list[Problem]


class _Adopted(NamedTuple):
    """What `adopt` did, how many posts are drafts after it, the slugs that tags and authors got, and all files."""

    adoption: Adoption
    drafts: int
    slugs: Mapping[tuple[str, str], str]
    files: dict[str, Content]


def import_site(options: ImportOptions, progress: Progress = no_progress) -> Report:
    """Write a site as a publication, or add an article to one. Raises DatelineError, before anything is written."""
    if not os.path.exists(options.source):
        raise SiteError(str(options.source), None, "no such file or folder", "name a site's folder, or an export")
    with unpacked(options.source) as source:
        report = _imported(source, options, progress)
    return report._replace(
        problems=[in_archive(problem, source, options.source) for problem in report.problems],
        feeds=[feed.replace(str(source), str(options.source)) for feed in report.feeds],
    )


def _imported(source: Path, options: ImportOptions, progress: Progress) -> Report:
    """Import a source that is no archive."""
    folder = options.posts
    kind = options.kind or detect(source)
    is_added = kind in ADDED and os.path.lexists(folder / SETTINGS_FILE)
    if not is_added:
        check_target(folder, options.source)
    site = importer(kind).settings(source)
    settings, publication, problems = (
        _existing(options) if is_added else feed_toml(str(source), site.settings, options.settings)
    )
    found = _found(source, importer(kind).posts(source, site._replace(ask=options.ask), publication))
    posts = apart(placed(found.posts, publication.languages))
    pages, other_pages = own_pages(found.pages, posts, publication, site.menu)
    converter = partial(_converted, LinkIndex([*posts, *pages, *other_pages]), kind, publication)
    staged = _staged(source, site, [*posts, *pages], converter, publication, progress)
    problems += (*site.problems, *found.left_out, *staged.problems)
    feeds = options.feeds or [str(feed) for feed in site.feeds]
    known = dict(_known(posts, publication))
    done = _adopted({SETTINGS_FILE: settings} | staged.texts, feeds, known, publication, is_added=is_added)
    changes = (add if is_added else apply)(folder, done.files | staged.media, dry_run=options.dry_run)
    return Report(
        kind=kind,
        posts=_paths(posts),
        drafts=done.drafts,
        pages=_paths(pages),
        other_pages=[page.source for page in other_pages],
        media=sorted(staged.media),
        adoption=done.adoption,
        converted=staged.converted,
        left=list(_template_code(done.files)),
        problems=[problem for problem in problems if problem not in done.adoption.refused],
        feeds=feeds,
        slugs=done.slugs,
        files=changes,
    )


def _paths(posts: Iterable[SitePost]) -> list[str]:
    return sorted(post.path for post in posts)


def _found(source: Path, items: Iterable[SitePost | Problem]) -> _Found:
    """Sort what an importer found. Raises SiteError if there is no post."""
    found = _Found([], [], [])
    for item in items:
        if isinstance(item, Problem):
            found.left_out.append(item)
        else:
            (found.pages if item.is_page else found.posts).append(item)
    if not found.posts:
        but = f", but {counted(len(found.pages), 'page')}" if found.pages else ""
        problem = SiteError(str(source), None, f"holds no posts that can be imported{but}", _NO_POSTS).problem
        raise SiteError.of([problem, *found.left_out])
    return found


def _adopted(
    texts: Mapping[str, str],
    feeds: Sequence[str],
    known: Mapping[str, Item],
    publication: Publication,
    *,
    is_added: bool,
) -> _Adopted:
    """Give posts the ids and addresses that subscribers know, in a temporary folder; return what it holds then."""
    with TemporaryDirectory(prefix="dateline-") as temporary:
        stage = Path(temporary)
        _write(stage, texts)
        adoption = adopt(stage, feeds, accept=lambda _: not is_added, known=known)
        _keep_ids(stage, adoption, known)
        posts = [post for path in texts if path != SETTINGS_FILE and (post := _parsed(stage, path, publication))]
        slugs = {} if is_added else label_slugs(posts, publication)
        write_settings(stage, slugs)
        files: dict[str, Content] = {path: read_bytes(stage, path) for path in texts}
    if is_added:
        del files[SETTINGS_FILE]
    drafts = sum(post.draft for post in posts if not post.is_page)
    return _Adopted(adoption, drafts, slugs, files)


def _existing(options: ImportOptions) -> tuple[str, Publication, list[Problem]]:
    """Return the text of the feed.toml that is there, what it says, and no problems. Raises SettingsError."""
    text = read_settings_file(options.posts)
    publication, fields = read_settings(text)
    for key, value in options.settings.items():
        if fields.get(key) != value:
            problem = f"{quoted(value)} is not what {SETTINGS_FILE} in {options.posts} says"
            raise OutputError(f"--{key}", None, problem, f"leave --{key} out")
    return text, publication, []


def _parsed(folder: Path, path: str, publication: Publication) -> Post | None:
    found = parsed(Source(path, read_bytes(folder, path).decode()), publication)
    return found and found[0]


def _staged(
    source: Path,
    site: Site,
    posts: Sequence[SitePost],
    converter: Callable[[SitePost, _Staged], str],
    publication: Publication,
    progress: Progress,
) -> _Staged:
    """Convert posts: their template code, what holds for them, and what they refer to."""
    staged = _Staged({}, {}, Counter(), [])
    for number, post in enumerate(posts, 1):
        progress("importing", number, len(posts))
        text = converter(post, staged)
        followed = follow(source, site, post, text, publication)
        staged.texts[post.path] = followed.text
        staged.media.update(followed.media)
        staged.problems.extend(post.problems)
    return staged


def _converted(index: LinkIndex, kind: str, publication: Publication, post: SitePost, staged: _Staged) -> str:
    """Return the text of a post, with template code converted and its keys in its front matter."""
    written = Source(post.path, post.text)
    try:
        (*_, start), _ = locate(written)
        fields, _ = split(written)
    except PostError as error:
        staged.problems.extend(error.problems)
        return post.text
    body = index.relink(post, post.text[start:])
    converted = convert(body, partial(index.find, post), kind)
    staged.converted.update(converted.counts)
    keys: dict[str, Value | None] = dict(post.keys)
    held = {key: value for key, value in {**fields.values, **keys}.items() if value is not None}
    for name, value, _ in withheld(held):
        keys |= {name: None, "draft": "true"}
        problem = f"{name}: {quoted(value)} hid this post, so it is a draft"
        staged.problems.append(Problem(post.path, None, problem, "to publish it, remove draft: true"))
    if converted.summary and fields.first(*SUMMARY) is None:
        keys.setdefault("summary", converted.summary)
    source = written._replace(text=post.text[:start] + converted.text)
    try:
        source = source_with_keys(source, keys)
        return (source if post.is_page or text_of(held.get("title")) else _note(source, publication)).text
    except PostError as error:
        staged.problems.extend(error.problems)
        return source.text


def _note(post: Source, publication: Publication) -> Source:
    """Return a post with an empty title, which makes it a note, if nothing in it is a title."""
    found = parsed(post, publication)
    is_untitled = found and any(error.problem.startswith("title: missing") for error in found[1].errors)
    return source_with_keys(post, {"title": ""}) if is_untitled else post


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    for path, text in texts.items():
        file = folder / path
        os.makedirs(file.parent, exist_ok=True)
        write_new(file, text.encode())


def _known(posts: Iterable[SitePost], publication: Publication) -> Iterator[tuple[str, Item]]:
    """Yield the entry that each post is in the generator's own feed, without a date, since the post has one."""
    for post in posts:
        if post.address or post.id:
            address = urljoin(publication.url, post.address) if post.address else ""
            yield post.path, Item(post.id, address, "", None, None, (), "", "", ())


def _keep_ids(folder: Path, adoption: Adoption, known: Mapping[str, Item]) -> None:
    """Write ids into posts that `adopt` left alone because of their errors; once these are fixed, readers know them."""
    for path in {problem.path for problem in adoption.refused} & known.keys():
        if known[path].id:
            with suppress(PostError):
                written = Source(path, read_bytes(folder, path).decode())
                if split(written)[0].get("id") is None:
                    text = source_with_keys(written, {"id": known[path].id}).text
                    (folder / path).write_text(text, encoding="utf-8", newline="")


def _template_code(files: Mapping[str, Content]) -> Iterator[Problem]:
    """Yield the template code that is left in posts."""
    for path, content in files.items():
        if not isinstance(content, bytes) or path == SETTINGS_FILE:
            continue
        text = content.decode()
        with suppress(PostError):
            (*_, start), _ = locate(Source(path, text))
            for construct in constructs(text[start:]):
                line = text.count("\n", 0, start + construct.start) + 1
                written = quoted(" ".join(construct.text.split()))
                problem, remedy = f"{written} links to no post", _NO_POST
                if not _LINK.match(construct.text):
                    problem = f"{written} is template code ({construct.kind}), which Dateline does not run"
                    remedy = KINDS[construct.kind].remedy
                yield Problem(path, line, problem, remedy)
