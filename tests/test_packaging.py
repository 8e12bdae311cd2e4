"""What is built of this repository, and installed by the programs that people use."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest
from test_docs import REPOSITORY

pytestmark = pytest.mark.slow

PROGRAMS = Path(sys.executable).parent
TOP = ("src", "posts/guide", "README.md", "LICENSE", "pyproject.toml", ".gitignore")
EXTRA = "commonmark"
HAS_EXTRA = "import comrak"


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def checkout(folder: Path) -> Path:
    """A copy of what this repository has to build from."""
    for path in TOP:
        source, target = REPOSITORY / path, folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return folder


def built(folder: Path, *options: str, umask: int = 0o022, **env: str) -> dict[str, bytes]:
    """What `build` makes in a folder, by name."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", *options],
        cwd=folder,
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        umask=umask,
        timeout=300,
    )
    return {file.name: file.read_bytes() for file in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sdist and the wheel, which `build` makes of the sdist."""
    return built(checkout(tmp_path_factory.mktemp("dist") / "dateline"))


def wheel_of(dist: dict[str, bytes], folder: Path) -> Path:
    ((name, content),) = ((name, content) for name, content in dist.items() if name.endswith(".whl"))
    file = folder / name
    file.write_bytes(content)
    return file


def test_the_same_sources_give_the_same_bytes(dist: dict[str, bytes], tmp_path: Path) -> None:
    other = checkout(tmp_path / "somewhere else")
    for number, file in enumerate(sorted(other.rglob("*"))):
        os.chmod(file, 0o700 if file.is_dir() else 0o600)
        os.utime(file, (10**9 + number * 86399, 10**9 + number * 86399))
    again = built(other, umask=0o077, TZ="Asia/Kathmandu", LC_ALL="C", PYTHONHASHSEED="7")
    assert {name: hashlib.sha256(content).hexdigest() for name, content in again.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in dist.items()
    }


def test_the_wheel_of_a_checkout_is_that_of_the_sdist(dist: dict[str, bytes], tmp_path: Path) -> None:
    direct = built(checkout(tmp_path / "dateline"), "--wheel")
    assert direct == {name: content for name, content in dist.items() if name in direct}
    assert len(direct) == 1


def test_the_sdist_has_the_program_and_the_guide_and_no_more(dist: dict[str, bytes], tmp_path: Path) -> None:
    (name,) = (name for name in dist if name.endswith(".tar.gz"))
    (tmp_path / name).write_bytes(dist[name])
    with tarfile.open(tmp_path / name) as archive:
        listed = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *TOP, cwd=REPOSITORY).splitlines()
    assert listed == {*tracked, "PKG-INFO"}


def test_the_wheel_has_the_program_the_guide_and_types(dist: dict[str, bytes], tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel_of(dist, tmp_path)) as archive:
        listed = {name for name in archive.namelist() if ".dist-info/" not in name}
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        about = message_from_bytes(archive.read(metadata))
    tracked = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", "src", "posts/guide", cwd=REPOSITORY
    ).splitlines()
    assert listed == {
        path.removeprefix("src/").replace("posts/guide/", "dateline/guide/", 1)
        if path.startswith("posts")
        else path[4:]
        for path in tracked
    }
    assert "dateline/py.typed" in listed
    versions = {f"Programming Language :: Python :: 3.{minor}" for minor in range(11, 15)}
    assert versions <= set(about.get_all("Classifier", []))
    assert EXTRA in about.get_all("Provides-Extra", [])
    assert about.get_all("Project-URL") is None  # there is no address yet that is sure to stay


class Home:
    """A user's own folder, with the programs that people install others with."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root, self.programs = root, root / ".local/bin"
        own = ("HOME", "PIPX_", "UV_TOOL", "VIRTUAL_ENV", "XDG_")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
            "PATH": f"{self.programs}:{PROGRAMS}:/usr/bin:/bin",
            "HOME": str(root),
            "UV_CACHE_DIR": str(cache / "uv"),
            "UV_PYTHON": sys.executable,
            "PIPX_DEFAULT_PYTHON": sys.executable,
            "PIP_CACHE_DIR": str(cache / "pip"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_COMPILE": "1",  # which is most of the time that it takes
        }

    def run(self, *command: object) -> str:
        return run(*command, cwd=self.root, env=self.env)

    def add_extra(self, python: Path) -> None:
        """Do what Dateline says to do for an extra."""
        how = self.run(
            python, "-c", f"from dateline.installation import how_to_install; print(how_to_install({EXTRA!r}))"
        )
        assert how.startswith("run ")
        self.run("sh", "-c", how.removeprefix("run "))
        self.run(python, "-c", HAS_EXTRA)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What has been downloaded for one test is there for the next."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def home(tmp_path: Path, cache: Path) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home", cache)


@pytest.fixture(params=["checkout", "wheel"])
def source(request: pytest.FixtureRequest, dist: dict[str, bytes], tmp_path: Path) -> Path:
    """What to install: a checkout or a wheel."""
    return checkout(tmp_path / "dateline") if request.param == "checkout" else wheel_of(dist, tmp_path)


def works(home: Home, *dateline: object) -> None:
    """A new publication is built, and the guide is there."""
    home.run(*dateline, "init", "posts", "--title", "T", "--url", "https://example.org/", "--author", "A")
    home.run(*dateline, "build")
    assert (home.root / "public/rss.xml").is_file()
    assert "`timezone`" in home.run(*dateline, "help", "settings")


def test_pip_installs_a_checkout_and_what_it_needs_fits_together(home: Home, tmp_path: Path) -> None:
    # `.ci/run` has it install the wheel.
    env = home.root / "env"
    home.run(sys.executable, "-m", "venv", env)
    home.run(env / "bin/pip", "install", "--quiet", "-e", checkout(tmp_path / "dateline"))
    home.run(env / "bin/pip", "check")
    works(home, env / "bin/dateline")
    home.add_extra(env / "bin/python")


def test_pipx_installs_it(home: Home, source: Path) -> None:
    home.run("pipx", "install", source)
    works(home, home.programs / "dateline")
    home.add_extra(home.root / ".local/share/pipx/venvs/dateline/bin/python")


def test_uv_tool_installs_it(home: Home, source: Path) -> None:
    home.run("uv", "tool", "install", source)
    works(home, home.programs / "dateline")
    home.add_extra(home.root / ".local/share/uv/tools/dateline/bin/python")


def test_uvx_runs_it(home: Home, source: Path) -> None:
    works(home, "uvx", "--from", source, "dateline")
    say = f"from dateline.installation import how_to_install; print(how_to_install({EXTRA!r}))"
    how = home.run("uvx", "--from", source, "python", "-c", say)
    assert how.startswith("run uvx --from ")
    home.run("sh", "-c", how.removeprefix("run ").replace("dateline\n", f"python -c {HAS_EXTRA!r}"))


def test_pre_commit_runs_the_check(home: Home, tmp_path: Path) -> None:
    repository = tmp_path / "dateline"
    run("git", "clone", "--quiet", REPOSITORY, repository)
    shutil.copy(REPOSITORY / ".pre-commit-hooks.yaml", repository)
    site = home.root / "site"
    home.run(sys.executable, "-m", "dateline", "init", site / "news", "--title", "T", "--url", "https://example.org/")
    git = ["git", "-C", site, "-c", "user.name=A", "-c", "user.email=a@example.org"]
    run(*git[:3], "init", "--quiet")
    (site / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {repository}, rev: {run('git', '-C', repository, 'rev-parse', 'HEAD').strip()}, "
        "hooks: [{id: dateline-check, args: [news]}]}]\n"
    )
    run("pre-commit", "install", cwd=site, env=home.env)
    run(*git, "add", "-A")
    run(*git, "commit", "-qm", "Right", cwd=site, env=home.env)
    (post,) = (site / "news").glob("2*.md")
    post.write_text(post.read_text("utf-8").replace("date:", "date: soon #"), "utf-8")
    refused = subprocess.run(
        [*map(str, git), "commit", "-aqm", "Wrong"], cwd=site, env=home.env, capture_output=True, text=True
    )
    assert refused.returncode == 1
    assert f"error: news/{post.name}:" in refused.stderr + refused.stdout
    assert "date: cannot read 'soon'" in refused.stderr + refused.stdout
