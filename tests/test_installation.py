"""What to run for an extra, by how Dateline was installed. (test_packaging has real environments.)"""

import re
import sys
from pathlib import Path

import pytest
from test_docs import DOCS, REPOSITORY

import dateline
from dateline.installation import how_to_install, installed_from

REQUIRES = """\
Requires-Dist: click>=8.1.7
Requires-Dist: comrak-ext>=0.2.8; extra == 'commonmark'
Requires-Dist: ruff>=0.9; extra == 'dev'
Requires-Dist: boats>=2; (python_version >= '3.11') and extra == 'sea'
Requires-Dist: buoys~=1.0; extra == "sea"
"""


def without_libraries() -> list[str]:
    """Where Python finds its own modules."""
    return [folder for folder in sys.path if not folder.endswith("-packages")]


class Installed:
    """An environment as an installer leaves it, in which this process seems to run."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.prefix, self.monkeypatch = root / "env", monkeypatch
        self.libraries = self.prefix / "lib"
        self.file("bin/pip")
        self.add("dateline", REQUIRES)
        monkeypatch.setattr(sys, "path", [str(self.libraries), *without_libraries()])
        monkeypatch.setattr(sys, "executable", str(self.prefix / "bin/python"))
        self.at(self.prefix)
        monkeypatch.chdir(root)

    def at(self, prefix: Path) -> None:
        self.monkeypatch.setattr(sys, "prefix", str(prefix))

    def file(self, path: str, content: str = "") -> Path:
        file = self.prefix / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")
        return file

    def add(self, project: str, requires: str = "") -> None:
        self.file(f"lib/{project}-1.0.dist-info/METADATA", f"Name: {project}\nVersion: 1.0\n{requires}")

    def origin(self, direct_url: str) -> None:
        self.file("lib/dateline-1.0.dist-info/direct_url.json", direct_url)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    return Installed(tmp_path, monkeypatch)


def test_an_editable_checkout_is_installed_again_with_the_extra(installed: Installed, tmp_path: Path) -> None:
    (tmp_path / "check out").mkdir()
    installed.origin(f'{{"url": "{(tmp_path / "check out").as_uri()}", "dir_info": {{"editable": true}}}}')
    assert how_to_install("commonmark") == "run env/bin/pip install -e 'check out[commonmark]'"


def test_paths_are_absolute_from_anywhere_else(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed.origin(f'{{"url": "{tmp_path.as_uri()}", "dir_info": {{"editable": true}}}}')
    (tmp_path / "posts").mkdir()
    monkeypatch.chdir(tmp_path / "posts")
    assert how_to_install("commonmark") == f"run {tmp_path}/env/bin/pip install -e '{tmp_path}[commonmark]'"
    monkeypatch.chdir(tmp_path)
    assert how_to_install("commonmark") == "run env/bin/pip install -e '.[commonmark]'"


def test_a_wheel_is_installed_again_with_the_extra(installed: Installed, tmp_path: Path) -> None:
    wheel = tmp_path / "dateline-1.0-py3-none-any.whl"
    wheel.touch()
    installed.origin(f'{{"url": "{wheel.as_uri()}", "archive_info": {{}}}}')
    assert how_to_install("sea") == "run env/bin/pip install 'dateline-1.0-py3-none-any.whl[sea]'"


@pytest.mark.parametrize("direct_url", [None, '{"url": "file:///gone/dateline.whl", "archive_info": {}}'])
def test_without_what_was_installed_the_libraries_are_named(installed: Installed, direct_url: str | None) -> None:
    if direct_url:
        installed.origin(direct_url)
    assert how_to_install("sea") == "run env/bin/pip install 'boats>=2' 'buoys~=1.0'"


def test_a_repository_is_named_with_its_revision(installed: Installed) -> None:
    installed.origin('{"url": "https://git.example/d.git", "vcs_info": {"vcs": "git", "commit_id": "0f1e"}}')
    assert how_to_install("sea") == "run env/bin/pip install 'dateline[sea] @ git+https://git.example/d.git@0f1e'"


def test_pipx_and_uv_have_commands_of_their_own(installed: Installed, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    installed.origin(f'{{"url": "{checkout.as_uri()}", "dir_info": {{}}}}')
    receipt = installed.file("uv-receipt.toml")
    assert how_to_install("sea") == "run uv tool install 'checkout[sea]'"
    receipt.unlink()
    cached = tmp_path / "archive-v0/VLkPoB"
    installed.at(cached)
    assert how_to_install("sea") == "run uvx --from 'checkout[sea]' dateline"
    installed.at(installed.prefix)
    installed.file("pipx_metadata.json")
    assert how_to_install("sea") == "run pipx inject dateline 'boats>=2' 'buoys~=1.0'"


def test_uv_tool_keeps_the_extras_that_are_there(installed: Installed, tmp_path: Path) -> None:
    installed.origin(f'{{"url": "{tmp_path.as_uri()}", "dir_info": {{}}}}')
    installed.file("uv-receipt.toml")
    installed.add("comrak_ext")
    installed.add("boats")  # but not buoys
    assert how_to_install("dev") == "run uv tool install '.[commonmark,dev]'"


def test_an_environment_without_pip_is_for_uv(installed: Installed) -> None:
    (installed.prefix / "bin/pip").unlink()
    assert how_to_install("sea") == "run uv pip install --python env/bin/python 'boats>=2' 'buoys~=1.0'"


def test_outside_of_environments_pip_is_that_of_this_python(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    installed.add("pip")
    assert how_to_install("sea") == f"run {sys.executable} -m pip install 'boats>=2' 'buoys~=1.0'"


def test_a_folder_of_code_that_nobody_installed_has_only_the_readme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "path", without_libraries())
    assert how_to_install("sea") == "install Dateline as its README says, with the extra sea"


@pytest.mark.parametrize(
    ("direct_url", "expected"),
    [
        (
            '{"url": "https://git.example/d.git", "vcs_info": {"vcs": "git", "commit_id": "0f1e"}}',
            "git+https://git.example/d.git@0f1e",
        ),
        ('{"url": "https://files.example/d.whl", "archive_info": {}}', "https://files.example/d.whl"),
        ('{"url": "https://ana:secret@git.example/d.git", "vcs_info": {"vcs": "git", "commit_id": "0f1e"}}', ""),
        ('{"url": "file:///home/ana/d", "dir_info": {"editable": true}}', ""),
        ("{}", ""),
        ("{", ""),
    ],
)
def test_only_what_other_machines_can_reach_is_named_to_them(
    installed: Installed, direct_url: str, expected: str
) -> None:
    installed.origin(direct_url)
    assert installed_from() == expected


def test_nothing_claims_that_an_index_has_it() -> None:
    claim = re.compile(
        r"""(?:pip|pipx|tool) install (?:-\S+ )*['"]?dateline(?!/)|(?:uvx|--from) ['"]?dateline\b(?!/)"""
    )
    source = [*Path(dateline.__file__).parent.rglob("*.py")]
    for file in [*source, REPOSITORY / "posts/feed.toml", REPOSITORY / ".github/CONTRIBUTING.md", *DOCS]:
        assert not claim.search(file.read_text("utf-8")), file
