"""What publishes scheduled posts at their minute is right for systemd, cron, GitHub and GitLab, and never clobbers."""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SETTINGS, Result, Site

from publish.web import serving

ODD = 'a folder\'s 100% "odd" \\ $HOME name'
FROM = "git+https://git.example/dateline.git"
PUBLISH = '[publish]\nto = "{}"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder for a person on the machine, in UTC."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


@pytest.fixture
def repository(site: Site, home: Path) -> Site:
    """A publication in a git repository, with two scheduled posts, that is published to a bucket."""
    (site.root / ".git").mkdir()
    (site.root / ".git" / "HEAD").write_text("ref: refs/heads/trunk\n")
    site.settings(PUBLISH.format("s3://notes/site"))
    site.post()
    site.post("later.md", title="Later", date="2098-06-02 08:30:10 -06:00")
    site.post("sooner.md", title="Sooner", date="2098-01-02 03:04 Z")
    return site


def schedule(site: Site, kind: str, *options: object) -> Result:
    return site.run("schedule", "--for", kind, *options)


def odd_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Move a publication, and this Dateline, to folders whose names have everything that shells read otherwise."""
    place = site.root / ODD
    place.mkdir()
    shutil.move(site.posts, place)
    environment = site.root / "the 100% $HOME environment"  # systemd runs nothing with a quotation mark
    environment.symlink_to(Path(sys.executable).parent.parent)
    monkeypatch.setattr(sys, "executable", str(environment / "bin" / "python"))
    return Site(place)


def as_cron(command: str, home: Path) -> Result:
    """Run a command as cron does."""
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "ana"}
    shell = ["/bin/sh", "-c", command.replace(r"\%", "%")]
    done = subprocess.run(shell, cwd=home, env=env, capture_output=True, text=True, timeout=60)
    return Result(done.returncode, done.stdout, done.stderr)


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_lines_for_cron_name_the_minutes_in_the_time_of_the_machine(repository: Site) -> None:
    result = schedule(repository, "cron")
    assert result.code == 0
    times = [" ".join(line.split(" ")[:5]) for line in lines(result.out)]
    assert times == ["23 * * * *", "4 3 2 1 *", "31 14 2 6 *"]


def test_cron_can_run_its_lines_from_any_folder(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.post()
    site = odd_place(site, monkeypatch)
    (line,) = lines(schedule(site, "cron").out)
    command = line.split(" ", 5)[5]
    # A percent sign without a backslash would end the command (crontab(5)).
    assert not re.search(r"(?<!\\)%", command)
    assert as_cron(command, home) == Result(0, "", "")
    assert (site.public / "rss.xml").is_file()


@pytest.mark.slow
def test_a_scheduled_post_goes_online_by_the_lines_for_cron(site: Site, home: Path) -> None:
    with serving() as web:
        web.folder = site.root / "www"
        site.write("feed.toml", SETTINGS.replace("https://example.org/", web.url) + PUBLISH.format("../www"))
        site.post()
        site.post("2025-07-01-later.md", title="Later")
        first = schedule(site, "cron")
        assert "dateline publish" in first.err
        *_, command = lines(first.out)[-1].split(" ", 5)
        refused = as_cron(command, home)
        assert refused.code == 1
        assert "which you have not allowed yet" in refused.err
        assert not web.folder.exists()
        assert site.run("publish", "--yes", "../www").code == 0  # in June, says the clock of tests
        assert b"Later" not in (web.folder / "rss.xml").read_bytes()
        assert "dateline publish" not in schedule(site, "cron").err
        assert as_cron(command, home) == Result(0, "", "")
        assert b"Later" in (web.folder / "rss.xml").read_bytes()


def test_the_units_for_systemd_are_written_where_it_reads_them(repository: Site, home: Path) -> None:
    result = schedule(repository, "systemd", "--write")
    units = home / ".config" / "systemd" / "user"
    files = [units / f"dateline-the-daily-example.{kind}" for kind in ("service", "timer")]
    assert result.code == 0
    assert result.out.splitlines() == [f"Wrote {file}" for file in files]
    assert "systemctl --user enable --now dateline-the-daily-example.timer" in result.err
    assert "dateline publish" in result.err
    times = re.findall(r"^OnCalendar=(.*)$", files[1].read_text(), re.MULTILINE)
    assert times == ["2098-01-02 03:04:00 UTC", "2098-06-02 14:31:00 UTC", "*-*-* *:23:00 UTC"]
    (repository.posts / "sooner.md").unlink()
    assert schedule(repository, "systemd", "--write").out.splitlines() == [
        f"Unchanged: {files[0]}",
        f"Wrote {files[1]}",
    ]
    assert "2098-01-02" not in files[1].read_text()


def test_the_units_for_systemd_are_printed_with_their_paths(repository: Site, home: Path) -> None:
    result = schedule(repository, "systemd")
    assert result.code == 0
    assert result.out.startswith(f"# {home}/.config/systemd/user/dateline-the-daily-example.service\n# Written by ")
    assert result.err == "To write this: dateline schedule --for systemd --write\n"
    assert not (home / ".config").exists()


@pytest.mark.slow
def test_systemd_finds_nothing_wrong_with_its_units(
    repository: Site, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not shutil.which("systemd-analyze") and "CI" not in os.environ:
        pytest.skip("systemd-analyze is not installed")
    site = odd_place(repository, monkeypatch)
    assert schedule(site, "systemd", "--write").code == 0
    units = sorted((home / ".config" / "systemd" / "user").iterdir())
    env = {**os.environ, "XDG_RUNTIME_DIR": str(home)}
    verify = ["systemd-analyze", "verify", "--user", "--man=no", *map(str, units)]
    done = subprocess.run(verify, env=env, capture_output=True, text=True, timeout=60)
    # It also loads what other programs have installed.
    about = [line for line in done.stderr.splitlines() if "dateline" in line]
    assert (done.returncode, about) == (0, [])
    times = re.findall(r"^OnCalendar=(.*)$", units[1].read_text(), re.MULTILINE)
    found = subprocess.run(["systemd-analyze", "calendar", *times], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"Normalized form: (.*)", found) == times


def workflow(site: Site) -> Any:
    result = schedule(site, "github", "--install", FROM)
    assert result.code == 0, result
    return yaml.load(result.out, yaml.BaseLoader)


def steps(text: Any) -> list[str]:
    return [step["run"] for step in text["jobs"]["publish"]["steps"] if "run" in step]


def test_the_workflow_for_github_runs_at_the_minutes_and_has_the_credentials(repository: Site) -> None:
    found = workflow(repository)
    assert found["on"]["push"] == {"branches": ["trunk"]}
    assert [entry["cron"] for entry in found["on"]["schedule"]] == ["23 * * * *", "4 3 2 1 *", "31 14 2 6 *"]
    assert found["permissions"] == {"contents": "read"}
    assert [shlex.split(step) for step in steps(found)] == [
        ["pip", "install", f"dateline[s3] @ {FROM}"],
        ["dateline", "publish", "posts", "--yes", "s3://notes/site"],
    ]
    env = found["jobs"]["publish"]["steps"][-1]["env"]
    assert {name: f"${{{{ secrets.{name} }}}}" for name in env} == env
    assert [*env] == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]


@pytest.mark.parametrize(
    "to",
    [
        "git:.#gh-pages",
        "command: rsync -rc {output}/ 'a: b' \\\"c\\\" # d % $HOME [e] {{f}}",
        "command: : ",
    ],
)
def test_a_workflow_means_the_target_as_it_is_written(repository: Site, to: str) -> None:
    repository.settings(PUBLISH.format(to))
    written = to.replace('\\"', '"').strip()
    for found in (steps(workflow(repository)), gitlab(repository)["publish"]["script"]):
        assert shlex.split(found[-1]) == ["dateline", "publish", "posts", "--yes", written]
    assert workflow(repository)["permissions"] == {"contents": "write" if to.startswith("git:") else "read"}


@pytest.mark.parametrize(
    ("url", "more", "spec"),
    [
        ("https://git.example/dateline.git", {"vcs_info": {"vcs": "git", "commit_id": "1f0c"}}, f"{FROM}@1f0c"),
        ("https://git.example/d.whl", {"archive_info": {}}, "https://git.example/d.whl"),
        ("https://ana:token@git.example/d.git", {"vcs_info": {"vcs": "git", "commit_id": "1f0c"}}, ""),
        ("file:///home/ana/dateline", {"dir_info": {"editable": True}}, ""),
    ],
)
def test_a_forge_installs_dateline_from_where_it_came(
    repository: Site, monkeypatch: pytest.MonkeyPatch, url: str, more: dict[str, Any], spec: str
) -> None:
    installed = repository.root / "installed" / "dateline-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: dateline\nVersion: 1\n")
    (installed / "direct_url.json").write_text(json.dumps({"url": url, **more}))
    monkeypatch.syspath_prepend(installed.parent)
    result = schedule(repository, "github")
    assert (result.code, f"dateline[s3] @ {spec}" in result.out) == ((0, True) if spec else (1, False))


def test_a_forge_lets_ssh_know_key_and_server(repository: Site, home: Path) -> None:
    repository.settings(PUBLISH.format("sftp://ana@host.example/www"))
    *_, ssh, publish = workflow(repository)["jobs"]["publish"]["steps"]
    assert "env" not in publish
    _, *lines, _ = gitlab(repository)["publish"]["script"]
    assert lines == ssh["run"].split(" && ", 2)
    known = {"SSH_KEY": "-----BEGIN\n%s \\n\n-----END", "SSH_KNOWN_HOSTS": "host.example ssh-ed25519 AAAA"}
    assert ssh["env"] == {name: f"${{{{ secrets.{name} }}}}" for name in known}
    for _ in range(2):
        subprocess.run(["bash", "-e", "-c", ssh["run"]], env={**os.environ, **known}, check=True)
    key = home / ".ssh" / "id_ed25519"
    assert key.read_text() == known["SSH_KEY"] + "\n"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (home / ".ssh" / "known_hosts").read_text() == known["SSH_KNOWN_HOSTS"] + "\n"


def gitlab(site: Site) -> Any:
    return yaml.load(schedule(site, "gitlab", "--install", FROM).out, yaml.BaseLoader)


def test_the_workflow_for_gitlab_is_followed_by_the_commands_that_schedule_it(repository: Site) -> None:
    result = schedule(repository, "gitlab", "--install", FROM, "--write")
    assert result.code == 0
    file = repository.root / ".gitlab-ci.yml"
    assert result.out == f"Wrote {file}\n"
    assert result.err.count("glab schedule create --ref trunk") == 3
    assert "--cron '31 14 2 6 *'" in result.err
    assert yaml.safe_load(file.read_text()) == gitlab(repository)


@pytest.mark.parametrize("path", [".github/workflows/dateline.yml", ".gitlab-ci.yml"])
def test_a_file_of_somebody_else_is_not_replaced(repository: Site, path: str) -> None:
    file = repository.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine\n")
    kind = "github" if "github" in path else "gitlab"
    result = schedule(repository, kind, "--install", FROM, "--write")
    assert result.code == 1
    assert f"{file}: there already, and not written by dateline schedule for these posts; " in result.err
    assert file.read_text() == "mine\n"


def test_our_own_file_is_replaced_while_its_first_line_says_so(repository: Site) -> None:
    write = ["github", "--install", FROM, "--write"]
    assert schedule(repository, *write).code == 0
    file = repository.root / ".github" / "workflows" / "dateline.yml"
    text = file.read_text()
    file.write_text(f"{text}# edited\n")
    assert schedule(repository, *write).code == 0
    assert file.read_text() == text
    file.write_text(text.partition("\n")[2])
    assert schedule(repository, *write).code == 1
    assert file.read_text() == text.partition("\n")[2]


@pytest.mark.parametrize("link", [".github", ".github/workflows", ".github/workflows/dateline.yml"])
def test_no_link_in_a_repository_leads_the_workflow_elsewhere(repository: Site, link: str) -> None:
    elsewhere = repository.root / "elsewhere"
    elsewhere.mkdir()
    place = repository.root / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere / "dateline.yml" if link.endswith("yml") else elsewhere)
    result = schedule(repository, "github", "--install", FROM, "--write")
    assert result.code == 1
    assert "link" in result.err or "not a regular file" in result.err
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "options", "code", "says"),
    [
        ("at", [], 2, "--for at is not known; choose from systemd, cron, github, gitlab"),
        ("cron", ["--write"], 2, "run crontab -e"),
        ("github", [], 1, "--install: missing"),
        ("github", ["--install", "$\x7b{ secrets.A }}"], 1, "has characters that a schedule cannot have"),
    ],
)
def test_wrong_usage_says_what_is_right(repository: Site, kind: str, options: list[str], code: int, says: str) -> None:
    result = schedule(repository, kind, *options)
    assert result.code == code
    assert says in result.err


@pytest.mark.parametrize(
    ("settings", "says"), [("", "publish: missing"), ('[publish]\nto = "../www"\n', "publish: a folder")]
)
def test_a_forge_cannot_publish_to_a_folder(repository: Site, settings: str, says: str) -> None:
    repository.settings(settings)
    result = schedule(repository, "github", "--install", FROM)
    assert result.code == 1
    assert f"feed.toml: {says}, and the machine that publishes is gone afterwards; " in result.err


def test_without_a_repository_there_is_no_workflow(site: Site, home: Path) -> None:
    site.settings(PUBLISH.format("s3://notes/site"))
    result = schedule(site, "github", "--install", FROM)
    assert result.code == 1
    assert "not in a git repository; make one: git init" in result.err


def test_schedule_needs_to_know_for_what(site: Site) -> None:
    result = site.run("schedule")
    assert result.code == 2
    assert result.err == "error: --for is missing; for instance: dateline schedule --for systemd --write\n"
