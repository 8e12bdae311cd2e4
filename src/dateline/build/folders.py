"""The folders that a build uses: where its cache is, and whether the output folder can be used."""

import os
from pathlib import Path

from dateline.cache import maintenance
from dateline.content.scan import leads_inside
from dateline.errors import OutputError, reason_of
from dateline.options import BuildOptions
from dateline.paths import CACHE_VARIABLE, CachePaths, cache_paths

_ANOTHER = "name another with --output"


def cache_for(options: BuildOptions) -> CachePaths | None:
    """Return where the cache of a build is; None if it has none.

    A cache holds the text of drafts, so it is never among the posts or in the output, where it could be published.
    Raises OutputError if the user named a folder there.
    """
    if options.stage:
        return options.stage.cache
    paths = cache_paths(options.posts, options.cache_parent) if options.cache else None
    for what, folder in (("posts", options.posts), ("output", options.output)):
        if paths and leads_inside(paths.root, os.path.realpath(folder)):
            if not paths.option:
                return None
            problem = f"inside the {what} folder, and a cache holds the text of drafts"
            remedy = f"name another folder with --cache or {CACHE_VARIABLE}"
            raise OutputError(paths.option, None, problem, remedy)
    return paths


def check_output(options: BuildOptions) -> None:
    """Raise OutputError if the output folder cannot be read or created, or is among the posts."""
    output = Path(options.output)
    folder, posts = Path(os.path.realpath(output)), Path(os.path.realpath(options.posts))
    if options.stage:
        try:
            maintenance.check(options.stage.cache)
        except OSError as error:
            raise OutputError(str(error.filename), None, reason_of(error), "remove it") from None
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
    if folder.is_relative_to(posts) and not options.stage:
        raise OutputError(str(output), None, "inside the folder of posts", _ANOTHER)


def _check_links(output: Path) -> None:
    """Raise OutputError for a broken link: a folder that is missing is created, but not at the end of a link."""
    for path in (output, *output.parents):
        if os.path.islink(path) and not os.path.exists(path):
            problem = f"a link to {os.path.realpath(path)}, which does not exist"
            remedy = "create that folder, or name another with --output"
            raise OutputError(str(path), None, problem, remedy)
