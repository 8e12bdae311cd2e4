"""The folders that a build uses: where its cache is, and whether the output folder can be used."""

import os
from pathlib import Path

from dateline.cache import maintenance
from dateline.content.scan import leads_inside
from dateline.errors import OutputError, reason_of
from dateline.options import BuildOptions
from dateline.paths import CACHE_VARIABLE, MANIFEST, CachePaths, cache_paths

_ANOTHER = "name another with --output"


def cache_for(options: BuildOptions) -> CachePaths | None:
    """Return where the cache of a build is; None if it has none.

    A cache holds the text of drafts, so it is never among the posts or in the output, where it could be published.
    Raises OutputError if the user named a folder there.
    """
    if options.stage:
        return options.stage.cache
    assert options.output
    paths = cache_paths(options.posts, options.cache_parent) if options.cache else None
    for what, folder in (("posts", options.posts), ("output", options.output)):
        if paths and leads_inside(paths.root, os.path.realpath(folder)):
            if not paths.option:
                return None
            problem = f"inside the {what} folder, and a cache holds the text of drafts"
            remedy = f"name another folder with --cache or {CACHE_VARIABLE}"
            raise OutputError(paths.option, None, problem, remedy)
    return paths


def with_output(options: BuildOptions, setting: str) -> BuildOptions:
    """Return options that name an output folder: their own, else that of feed.toml, else ``public/`` next to the posts.

    `setting` is the path in feed.toml, relative to the posts. It may come with a repository from the web, and links
    with it, so it must not make a build write elsewhere: OutputError.
    """
    if options.output:
        return options
    output = Path(os.path.normpath(os.path.join(options.posts, setting or "../public")))
    is_next_to_posts = setting.startswith("../")
    above = output.parent if is_next_to_posts else Path(options.posts)
    if setting and os.path.realpath(output) != os.path.join(os.path.realpath(above), os.path.relpath(output, above)):
        raise OutputError(str(output), None, "a link, or below one, and only feed.toml names it", _ANOTHER)
    is_of_posts = os.path.realpath(output) == os.path.realpath(options.posts)  # `check_output` says so
    if (
        is_next_to_posts
        and not is_of_posts
        and output.is_dir()
        and os.listdir(output)
        and not (output / MANIFEST).is_file()
    ):
        problem = f"has files but no {MANIFEST}, so it is not known to be for the output, and only feed.toml names it"
        raise OutputError(str(output), None, problem, f"if it is, build once with --output {output}")
    return options._replace(output=output)


def check_output(options: BuildOptions, setting: str) -> None:
    """Raise OutputError if the output folder cannot be read or created, or is among the posts.

    The one at `setting`, the path in feed.toml, may be below the folder of posts.
    """
    output = Path(options.output or "")
    folder, posts = Path(os.path.realpath(output)), Path(os.path.realpath(options.posts))
    if options.stage:
        try:
            maintenance.check(options.stage.cache)
        except OSError as error:
            raise OutputError(str(error.filename), None, reason_of(error), "remove it") from None
    _check_readable(output, folder)
    is_own = bool(setting) and folder != posts and folder == posts / setting
    if folder.is_relative_to(posts) and not is_own and not options.stage:
        remedy = 'name another with --output, or write output = "public" in feed.toml'
        raise OutputError(str(output), None, "inside the folder of posts", remedy)


def _check_readable(output: Path, folder: Path) -> None:
    """Raise OutputError if the output folder, whose real path is `folder`, is none, or cannot be read or created."""
    try:
        os.stat(os.path.join(folder, "."))
    except FileNotFoundError:
        _check_links(output)
    except NotADirectoryError:
        above = next((above for above in (folder, *folder.parents) if os.path.lexists(above)), folder)
        problem = "a file, and the output is a folder" if above == folder else f"{above} is a file, not a folder"
        raise OutputError(str(output), None, problem, _ANOTHER) from None
    except OSError as error:
        raise OutputError(str(output), None, f"cannot be read: {reason_of(error)}", _ANOTHER) from None


def _check_links(output: Path) -> None:
    """Raise OutputError for a broken link: a folder that is missing is created, but not at the end of a link."""
    for path in (output, *output.parents):
        if os.path.islink(path) and not os.path.exists(path):
            problem = f"a link to {os.path.realpath(path)}, which does not exist"
            remedy = "create that folder, or name another with --output"
            raise OutputError(str(path), None, problem, remedy)
