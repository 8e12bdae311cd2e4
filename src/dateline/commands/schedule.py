"""Write what publishes scheduled posts at their minute: units for systemd, lines for cron, workflows for forges.

`SCHEDULERS` has a row for each. All of them name the minutes of the posts that are scheduled now, and a minute of every
hour for those that are scheduled later.
"""

import json
import os
import re
import shlex
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


def minutes(moments: Iterable[datetime]) -> list[datetime]:
    """Return the first full minutes, in UTC, at which something that is due at these moments is due."""
    late = (moment.astimezone(UTC) + timedelta(seconds=59, microseconds=999_999) for moment in moments)
    return sorted({moment.replace(second=0, microsecond=0) for moment in late})


def _systemd(work: Work) -> Schedule:
    slug = slugify(work.publication.title)
    name = f"dateline-{shorten(slug) if slug.isascii() and slug else digest(work.publication.id)[:8]}"
    command, again = _command(work), [*work.program, "schedule", "--for", "systemd", "--write", work.posts]
    folder = os.path.join(work.config, "systemd", "user")
    service = [
        _ours(work.posts),
        "[Unit]",
        f"Description=Publish what is due ({name})",
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={_systemd_line(command)}",
        "# Posts may have been scheduled since.",
        f"ExecStartPost={_systemd_line(again)}",
        "ExecStartPost=systemctl --user daemon-reload",
    ]
    timer = [
        _ours(work.posts),
        "[Unit]",
        f"Description=When to publish what is due ({name})",
        "",
        "[Timer]",
        *(f"OnCalendar={minute:%Y-%m-%d %H:%M}:00 UTC" for minute in work.minutes),
        f"OnCalendar=*-*-* *:{_REGULAR}:00 UTC",
        "AccuracySec=1s",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    files = [
        ScheduledFile(folder, f"{name}.service", _text(service)),
        ScheduledFile(folder, f"{name}.timer", _text(timer)),
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
    lines = [f"{time} {command}" for time in _cron_times(work, None)]
    first = f"# Written by dateline schedule for {work.posts}, in the time zone of this machine."
    steps = [*_allowing(work), "crontab -e  # and put these lines there"]
    return Schedule([ScheduledFile("", "", _text([first, *lines]))], steps)


def _cron_times(work: Work, zone: tzinfo | None) -> list[str]:
    """Return the first five fields of lines for cron, in a time zone; None is that of this machine."""
    local = [minute.astimezone(zone) for minute in work.minutes]
    return [f"{_REGULAR} * * * *", *(f"{at.minute} {at.hour} {at.day} {at.month} *" for at in local)]


# The variables that a target's libraries read credentials from, by its extra.
_SECRETS = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    "webdav": ("DATELINE_WEBDAV_USER", "DATELINE_WEBDAV_PASSWORD"),
}
_SSH = ("sftp://", "git+ssh://")
# A private key and the line of the server in known_hosts are in variables of these names.
_SSH_SECRETS = ("SSH_KEY", "SSH_KNOWN_HOSTS")
_SSH_STEP = (
    "install -d -m 700 ~/.ssh",
    'printf "%s\\n" "$SSH_KNOWN_HOSTS" > ~/.ssh/known_hosts',
    'install -m 600 /dev/null ~/.ssh/id_ed25519 && printf "%s\\n" "$SSH_KEY" > ~/.ssh/id_ed25519',
)


def _github(work: Work) -> Schedule:
    root, posts = _in_repository(work.posts)
    to, secrets = _target(work).to, _secrets(work)
    writes = "write" if to.startswith("git:") else "read"
    times = _cron_times(work, UTC)
    ssh = [f"      - run: {_yaml(' && '.join(_SSH_STEP))}", *_github_env(_SSH_SECRETS)] if to.startswith(_SSH) else []
    lines = [
        _ours(posts),
        "name: publish",
        "on:",
        f"  push: {{branches: [{_yaml(_branch(root))}]}}",
        "  workflow_dispatch:",
        "  schedule: # in UTC",
        *(f'    - cron: "{time}"' for time in times),
        f"permissions: {{contents: {writes}}}",
        "concurrency: {group: publish}",
        "jobs:",
        "  publish:",
        "    runs-on: ubuntu-latest",
        "    timeout-minutes: 30",
        "    steps:",
        "      - uses: actions/checkout@v4",
        "      - uses: actions/setup-python@v5",
        f'        with: {{python-version: "{_PYTHON}"}}',
        "      - uses: actions/cache@v4",
        "        with:",
        "          path: ~/.cache/dateline",
        "          key: dateline-${{ github.run_id }}",
        "          restore-keys: dateline-",
        f"      - run: {_yaml(_install(work))}",
        *ssh,
        f"      - run: {_yaml(_publish(work, posts))}",
        *_github_env(secrets),
    ]
    file = ScheduledFile(root, ".github/workflows/dateline.yml", _text(lines))
    return Schedule([file], _forge_steps(work, "add these secrets to the repository"))


def _github_env(names: Sequence[str]) -> list[str]:
    return ["        env:", *(f"          {name}: ${{{{ secrets.{name} }}}}" for name in names)] if names else []


def _gitlab(work: Work) -> Schedule:
    root, posts = _in_repository(work.posts)
    # Files of a cache have to be in the repository, but Dateline keeps none among the posts.
    cache = [
        '  variables: {DATELINE_CACHE: "$CI_PROJECT_DIR/.dateline-cache"}',
        "  cache: {key: dateline, paths: [.dateline-cache/]}",
    ]
    lines = [
        _ours(posts),
        "publish:",
        f'  image: "python:{_PYTHON}"',
        "  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]",
        "  resource_group: publish",
        *(cache if posts != "." else []),
        "  script:",
        f"    - {_yaml(_install(work))}",
        *(f"    - {_yaml(line)}" for line in _SSH_STEP if _target(work).to.startswith(_SSH)),
        f"    - {_yaml(_publish(work, posts))}",
    ]
    times = [
        f"glab schedule create --ref {shlex.quote(_branch(root))} --description publish --cron {shlex.quote(time)}"
        for time in _cron_times(work, UTC)
    ]
    file = ScheduledFile(root, ".gitlab-ci.yml", _text(lines))
    return Schedule([file], [*_forge_steps(work, "add these variables to the project"), *times])


def _forge_steps(work: Work, adding: str) -> list[str]:
    """Return what the user has to do at a forge, where `adding` says how to make credentials known."""
    names = [*(_SSH_SECRETS if _target(work).to.startswith(_SSH) else ()), *_secrets(work)]
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

    Raises SettingsError, OutputError, and BuildError if a post cannot be read.
    """
    publication, _ = load_settings(posts)
    moments = [post.due for post in scheduled(posts, now, MOST, progress)]
    config = config_home() or ""
    if kind == "systemd" and not config:
        raise OutputError("HOME", None, "names no folder, so there is none for units of systemd", "set it to yours")
    install = install or installed_from()
    return schedule(kind, Work(os.path.abspath(posts), publication, minutes(moments), this_program(), install, config))


def schedule(kind: str, work: Work) -> Schedule:
    """Return what schedules the work. Raises OutputError where a path cannot be written into such a file."""
    publish = work.publication.publish
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


def _ours(posts: str) -> str:
    return f"# Written by dateline schedule, for {posts}. Without this line, the file is never replaced."


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


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
