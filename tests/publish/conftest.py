"""What the tests of publishing share."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from conftest import NOW, PAGES, Site

from dateline.hashing import sha256
from dateline.options import BuildOptions, no_progress
from dateline.pipeline import build
from dateline.publish.model import LocalFile, SendOptions, Sent, Store
from dateline.publish.upload import StoreTarget, local_files

ID = "tag:example.org,2025-01-01:daily"


def send(store: Store, files: list[LocalFile], **options: Any) -> Sent:
    """Publish files to a store."""
    return StoreTarget(store).send(files, SendOptions(ID, **options), no_progress)


@pytest.fixture
def folder(tmp_path: Path) -> "Files":
    """An output folder with nothing in it."""
    return Files(tmp_path / "output")


class Files:
    """An output folder, without a build."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = itertools.count()
        self._files: dict[str, LocalFile] = {}

    def put(self, **contents: bytes | None) -> list[LocalFile]:
        """Have these files, and those from before; ``a_html`` is ``a.html``."""
        return self.have({name.replace("_", "."): content for name, content in contents.items()})

    def have(self, contents: dict[str, bytes | None]) -> list[LocalFile]:
        """Have files with these contents, and those from before; None removes one. Feeds are XML, pages HTML."""
        self.folder.mkdir(exist_ok=True)
        for path, content in contents.items():
            self._files.pop(path, None)
            if content is not None:
                source = self.folder / str(next(self._names))
                source.write_bytes(content)
                stage = {"html": 1, "xml": 4}.get(path.rpartition(".")[2], 0)
                self._files[path] = LocalFile(path, source, sha256(content), len(content), stage)
        return [*self._files.values()]

    @property
    def tree(self) -> dict[str, bytes]:
        """What a target must have."""
        return {path: file.source.read_bytes() for path, file in self._files.items()}


class PublishedSite(Site):
    """A publication with archives, pages, tags, and a file that a feed names."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.write("feed.toml", PAGES + "limit = 2\n")
        for month in (1, 2, 3):
            self.post(f"2025-0{month}-10-post.md", f"Text of {month}.\n", title=f"Post {month}", tags="[news]")
        self.write("media/talk.mp3", b"ID3" + bytes(1000))
        self.post("2025-04-10-talk.md", "Listen.\n", title="Talk", enclosure="media/talk.mp3", tags="[audio]")

    def publish_to(self, target: str) -> None:
        """Write the table [publish], with this in it."""
        self.write("feed.toml", f"{PAGES}limit = 2\n\n[publish]\n{target}\n")

    def built(self) -> list[LocalFile]:
        """Build, and return what is to be published."""
        report = build(BuildOptions(self.posts, self.public, NOW, jobs=1, accept=True))
        return local_files(self.public, report)

    @property
    def output(self) -> dict[str, bytes]:
        """What a target must have."""
        tree = self.tree()
        del tree[".dateline.json"]
        return tree


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedSite:
    """A publication to be published, with its cache beside its posts."""
    monkeypatch.setenv("DATELINE_CACHE", str(tmp_path / "cache"))
    return PublishedSite(tmp_path)
