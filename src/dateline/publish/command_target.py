"""Publish with a program of the user's, like ``command: netlify deploy --dir {output}``."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dateline.errors import TargetError, printable, reason_of
from dateline.model import PublishTo
from dateline.options import Progress
from dateline.publish.model import USUAL_WAIT, LocalFile, SendOptions, Sent

_OUTPUT = "{output}"
_STDERR = 2


class CommandTarget:
    """A place that only a program knows, which is run in the folder of posts, without a shell.

    Of what is there, the site on the web alone can tell.
    """

    wait = USUAL_WAIT

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.name = printable(shlex.join(words))
        self._words = words
        self._folder = folder

    def is_ours(self) -> bool:
        """Return False: nobody knows."""
        return False

    def read(self, path: str) -> bytes | None:  # noqa: ARG002
        """Return None: nothing can be read."""
        return None

    def send(self, files: Sequence[LocalFile], options: SendOptions, progress: Progress) -> Sent:
        """Run the program once all files are in the output folder. Raises TargetError if it fails."""
        sent = Sent(tuple(file.path for file in files), size=sum(file.size for file in files))
        if options.dry_run:
            return sent
        output = os.path.abspath(str(files[0].source).removesuffix(files[0].path))
        words = [word.replace(_OUTPUT, output.rstrip(os.sep) or os.sep) for word in self._words]
        progress(f"running {words[0]}", 0, 1)
        try:
            # What it prints goes to standard error: standard output is for the report, which may be JSON.
            code = subprocess.run(words, cwd=self._folder, stdout=_STDERR, check=False).returncode
        except (OSError, ValueError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            problem = f"cannot be run in {os.path.abspath(self._folder)}: {reason}"
            raise TargetError(words[0], None, problem, "check that it is installed, and its name") from None
        if code:
            ended = f"ended with exit code {code}" if code > 0 else f"was stopped by signal {-code}"
            raise TargetError(words[0], None, ended, "see what it printed; then publish again")
        return sent

    def close(self) -> None:
        """Do nothing."""


def open_command(publish: PublishTo, posts: Path) -> CommandTarget:
    """Return the program that feed.toml names. Raises TargetError if its words cannot be told apart."""
    text = publish.to.partition(":")[2]
    try:
        words = shlex.split(text)
    except ValueError as error:
        problem = f"cannot be read as a command: {str(error).lower()}"
        raise TargetError(publish.to, None, problem, "close each quotation mark") from None
    return CommandTarget(words, posts)
