"""Write what publishes scheduled posts at their minute: units for systemd, lines for cron, workflows for forges.

`SCHEDULERS` has a row for each. All of them name the minutes of the posts that are scheduled now, and a minute of every
hour for those that are scheduled later.
"""

import json
import os
import re
import shlex
import string
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import NamedTuple

from dateline.building.report import scheduled
from dateline.content.ids import shorten, slugify
from dateline.content.source import load_settings
from dateline.errors import OutputError, SettingsError, quoted, reason_of
from dateline.fileio import read_regular, replace_whole
from dateline.hashing import digest
from dateline.installation import installed_from
from dateline.model import Publication, PublishTo
from dateline.options import Progress, command_line
from dateline.paths import SETTINGS_FILE, config_home
from dateline.publish.targets import FOLDER, kind_of
from dateline.publish.trust import is_allowed, question_of

MOST = 50  # posts whose minutes are named; the rest follow when the file is written again
_REGULAR = 23  # the minute of every hour; forges are overloaded at the full hour
_PYTHON = "3.13"


class Work(NamedTuple):
    """What to do, and when: publish the posts in a folder, an absolute path, at these minutes, in UTC.

    `program` runs this Dateline on this machine, and `install` is what pip installs on another; empty if unknown.
    `config` is the user's folder for configuration.
    """

    posts: str
    publication: Publication
    minutes: Sequence[datetime]
    program: Sequence[str]
    install: str
    config: str


class ScheduledFile(NamedTuple):
    """A file that schedules: the folder it belongs to, its path there, and its text. Its first line says it is ours.

    Below the folder, no link is followed.
    """

    folder: str
    path: str
    text: str


class Schedule(NamedTuple):
    """The files of a schedule, and what the user has to do to make them work."""

    files: Sequence[ScheduledFile]
    steps: Sequence[str]


def _minutes(moments: Iterable[datetime]) -> list[datetime]:
    """Return the first full minutes, in UTC, at which something that is due at these moments is due."""
    late = (moment.astimezone(UTC) + timedelta(seconds=59, microseconds=999_999) for moment in moments)
    return sorted({moment.replace(second=0, microsecond=0) for moment in late})


class _Template(string.Template):
    delimiter = "%"  # since the others are in workflows


_OURS = "# Written by dateline schedule, for {}. Without this line, the file is never replaced."

_SERVICE = _Template("""\
%ours
[Unit]
Description=Publish what is due (%name)

[Service]
Type=oneshot
ExecStart=%command
# Posts may have been scheduled since.
ExecStartPost=%again
ExecStartPost=systemctl --user daemon-reload
""")

_TIMER = _Template("""\
%ours
[Unit]
Description=When to publish what is due (%name)

[Timer]
%times
AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
""")


def _systemd(work: Work) -> Schedule:
    slug = slugify(work.publication.title)
    name = f"dateline-{shorten(slug) if slug.isascii() and slug else digest(work.publication.id)[:8]}"
    folder = os.path.join(work.config, "systemd", "user")
    moments = [*(f"{minute:%Y-%m-%d %H:%M}" for minute in work.minutes), f"*-*-* *:{_REGULAR}"]
    values = {
        "ours": _OURS.format(work.posts),
        "name": name,
        "command": _systemd_line(_command(work)),
        "again": _systemd_line([*work.program, "schedule", "--for", "systemd", "--write", work.posts]),
        "times": "\n".join(f"OnCalendar={moment}:00 UTC" for moment in moments),
    }
    files = [
        ScheduledFile(folder, f"{name}.service", _SERVICE.substitute(values)),
        ScheduledFile(folder, f"{name}.timer", _TIMER.substitute(values)),
    ]
    steps = [
        *_allowing(work),
        f"systemctl --user daemon-reload && systemctl --user enable --now {name}.timer",
        "loginctl enable-linger  # so that it works while you are logged out, too",
    ]
    return Schedule(files, steps)


def _systemd_line(words: Iterable[str]) -> str:
    """Return a command line for systemd, in which no variable is replaced (systemd.service, "Command lines")."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") for word in words)
    return ":" + " ".join(f'"{word}"' if re.search(r"[^\w./%+-]", word) else word for word in quoted)


def _cron(work: Work) -> Schedule:
    command = shlex.join(_command(work)).replace("%", r"\%")
    first = f"# Written by dateline schedule for {work.posts}, in the time zone of this machine.\n"
    text = first + "".join(f"{time} {command}\n" for time in _cron_times(work, None))
    return Schedule([ScheduledFile("", "", text)], [*_allowing(work), "crontab -e  # and put these lines there"])


def _cron_times(work: Work, zone: tzinfo | None) -> list[str]:
    """Return the first five fields of lines for cron, in a time zone; None is that of this machine."""
    local = [minute.astimezone(zone) for minute in work.minutes]
    return [f"{_REGULAR} * * * *", *(f"{at.minute} {at.hour} {at.day} {at.month} *" for at in local)]


# The variables that a target's libraries read credentials from, by its extra.
_SECRETS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "webdav": ("DATELINE_WEBDAV_USER", "DATELINE_WEBDAV_PASSWORD"),
}
# A private key and the line of the server in known_hosts are in variables of these names.
_SSH_SECRETS = ("SSH_KEY", "SSH_KNOWN_HOSTS")
_SSH_STEP = (
    "install -d -m 700 ~/.ssh",
    'printf "%s\\n" "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts',
    'install -m 600 /dev/null ~/.ssh/id_ed25519 && printf "%s\\n" "$SSH_KEY" > ~/.ssh/id_ed25519',
)


_GITHUB = _Template("""\
%ours
name: publish
on:
  push: {branches: [%branch]}
  workflow_dispatch:
  schedule: # in UTC
%times
permissions: {contents: %permission}
concurrency: {group: publish}
jobs:
  publish:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {python-version: "%python"}
      - uses: actions/cache@v4
        with:
          path: ~/.cache/dateline
          key: dateline-${{ github.run_id }}
          restore-keys: dateline-
%steps
""")


def _github(work: Work) -> Schedule:
    root, posts = _in_repository(work.posts)
    steps = [(_install(work), ()), (_publish(work, posts), _secrets(work))]
    if _uses_ssh(work):
        steps.insert(1, (" && ".join(_SSH_STEP), _SSH_SECRETS))
    text = _GITHUB.substitute(
        ours=_OURS.format(posts),
        branch=_yaml(_branch(root)),
        times="\n".join(f'    - cron: "{time}"' for time in _cron_times(work, UTC)),
        permission="write" if _target(work).to.startswith("git:") else "read",
        python=_PYTHON,
        steps="\n".join(_github_step(*step) for step in steps),
    )
    file = ScheduledFile(root, ".github/workflows/dateline.yml", text)
    return Schedule([file], _forge_steps(work, "add these secrets to the repository"))


def _github_step(command: str, secrets: Sequence[str]) -> str:
    env = ["        env:", *(f"          {name}: ${{{{ secrets.{name} }}}}" for name in secrets)] if secrets else []
    return "\n".join([f"      - run: {_yaml(command)}", *env])


_GITLAB = _Template("""\
%ours
publish:
  image: "python:%python"
  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]
  resource_group: publish
%cache  script:
%script
""")
# Files of a cache have to be in the repository.
_GITLAB_CACHE = """\
  variables: {DATELINE_CACHE: "$CI_PROJECT_DIR/.dateline-cache"}
  cache: {key: dateline, paths: [.dateline-cache/]}
"""


def _gitlab(work: Work) -> Schedule:
    root, posts = _in_repository(work.posts)
    script = [_install(work), *(_SSH_STEP if _uses_ssh(work) else ()), _publish(work, posts)]
    text = _GITLAB.substitute(
        ours=_OURS.format(posts),
        python=_PYTHON,
        cache=_GITLAB_CACHE if posts != "." else "",  # Dateline keeps none among the posts
        script="\n".join(f"    - {_yaml(line)}" for line in script),
    )
    times = [
        f"glab schedule create --ref {shlex.quote(_branch(root))} --description publish --cron {shlex.quote(time)}"
        for time in _cron_times(work, UTC)
    ]
    file = ScheduledFile(root, ".gitlab-ci.yml", text)
    return Schedule([file], [*_forge_steps(work, "add these variables to the project"), *times])


def _forge_steps(work: Work, adding: str) -> list[str]:
    """Return what the user has to do at a forge, where `adding` says how to make credentials known."""
    names = [*(_SSH_SECRETS if _uses_ssh(work) else ()), *_secrets(work)]
    keys = [f"{adding}: {', '.join(names)}"] if names else []
    return [*keys, "commit this file to the default branch, and push it"]


SCHEDULERS: dict[str, Callable[[Work], Schedule]] = {
    "systemd": _systemd,
    "cron": _cron,
    "github": _github,
    "gitlab": _gitlab,
}


def plan(kind: str, posts: Path, now: str | None, install: str, progress: Progress) -> Schedule:
    """Return the schedule of the posts in a folder, on this machine.

    Raises SettingsError, OutputError if there is no such schedule, and BuildError if a post cannot be read.
    """
    publication, _ = load_settings(posts)
    moments = [post.due for post in scheduled(posts, now, MOST, progress)]
    config = config_home() or ""
    if kind == "systemd" and not config:
        raise OutputError("HOME", None, "names no folder, so there is none for units of systemd", "set it to yours")
    work = Work(
        os.path.abspath(posts),
        publication,
        _minutes(moments),
        this_program(),
        install or installed_from(),
        config,
    )
    publish = publication.publish
    answer = question_of(publish, Path(work.posts)).answer if publish else ""
    for word in (work.posts, *work.program, work.install, answer):
        if not word.isprintable() or "${{" in word:
            raise OutputError(quoted(word), None, "has characters that a schedule cannot have", "choose another name")
    return SCHEDULERS[kind](work)


def _command(work: Work) -> list[str]:
    """Return what publishes on this machine; where feed.toml names no target, the output folder is all there is."""
    return [*work.program, "publish" if work.publication.publish else "build", "--quiet", work.posts]


def _allowing(work: Work) -> list[str]:
    """Return what the user has to run first, so that Dateline may publish to the target without asking."""
    if work.publication.publish is None or is_allowed(question_of(work.publication.publish, Path(work.posts))):
        return []
    return [f"{command_line('publish', work.posts)}  # once, to answer whether the target is right"]


def _publish(work: Work, posts: str) -> str:
    """Return what publishes the posts of a repository on a machine on which nobody can be asked."""
    answer = question_of(_target(work), Path(work.posts)).answer
    return shlex.join(["dateline", "publish", posts, "--yes", answer])


def _target(work: Work) -> PublishTo:
    """Return where a machine that is gone afterwards publishes to. Raises SettingsError."""
    publish = work.publication.publish
    if publish is None or kind_of(publish.to) is FOLDER:
        problem = f"publish: {'a folder' if publish else 'missing'}, and the machine that publishes is gone afterwards"
        raise SettingsError(SETTINGS_FILE, None, problem, "write where the site is: dateline help publishing")
    return publish


def _uses_ssh(work: Work) -> bool:
    return _target(work).to.startswith(("sftp://", "git+ssh://"))


def _secrets(work: Work) -> Sequence[str]:
    return _SECRETS.get(kind_of(_target(work).to).extra, ())


def _install(work: Work) -> str:
    """Return the command that installs Dateline, with the libraries for the target. Raises OutputError."""
    what, extra = work.install, kind_of(_target(work).to).extra
    if not what:
        problem = "missing, since this Dateline was installed from a place that only this machine can reach"
        remedy = "name what pip can install elsewhere, like --install git+https://git.example/dateline.git"
        raise OutputError("--install", None, problem, remedy)
    if extra and "[" not in what:
        what = f"dateline[{extra}] @ {what}" if "://" in what else f"{what}[{extra}]"
    return shlex.join(["pip", "install", what])


def _in_repository(posts: str) -> tuple[str, str]:
    """Return the folder of the repository that posts are in, and the path from there to them. Raises OutputError."""
    folder = Path(posts)
    for above in (folder, *folder.parents):
        if os.path.lexists(above / ".git"):
            return str(above), os.path.relpath(folder, above)
    raise OutputError(posts, None, "not in a git repository", "make one: git init")


def _branch(root: str) -> str:
    """Return the branch that is checked out, as the most likely one to publish."""
    with suppress(OSError, UnicodeError):
        head = read_regular(os.path.join(root, ".git", "HEAD"), 4096).decode().strip()
        if head.startswith("ref: refs/heads/") and head.isprintable():
            return head.removeprefix("ref: refs/heads/")
    return "main"


def _yaml(text: str) -> str:
    """Return text as a value in YAML, in quotation marks where it needs any."""
    is_plain = re.fullmatch(r"[A-Za-z~][\w~ ./:=+@$'\"&>|%\\-]*", text) and ": " not in text and text[-1] != ":"
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def write(file: ScheduledFile) -> bool:
    """Write a file of a schedule; return whether that changed it. Raises OutputError if another's is there."""
    path = os.path.join(file.folder, file.path)
    content = file.text.encode()
    first = content.partition(b"\n")[0]
    below = os.path.dirname(path)
    if os.path.realpath(below) != os.path.join(os.path.realpath(file.folder), os.path.dirname(file.path)).rstrip("/"):
        raise OutputError(below, None, "a link, or below one", "replace the link by a folder")
    try:
        os.makedirs(below, exist_ok=True)
        before = read_regular(path, follow=False) if os.path.lexists(path) else None
        if before is not None and before.partition(b"\n")[0] != first:
            problem = "there already, and not written by dateline schedule for these posts"
            raise OutputError(path, None, problem, "move it; or print the new one, without --write, and copy from that")
        if before != content:
            replace_whole(path, content)
    except OSError as error:
        problem = f"cannot be written: {reason_of(error)}"
        raise OutputError(path, None, problem, "check that you may write there") from None
    return before != content


def this_program() -> list[str]:
    """Return the words that run this Dateline wherever they are run."""
    script = os.path.join(os.path.dirname(sys.executable), "dateline")
    return [script] if os.access(script, os.X_OK) else [sys.executable, "-m", "dateline"]
