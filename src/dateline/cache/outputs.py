"""What output folders hold."""

from collections.abc import Mapping

from dateline.cache.connection import Drawer


class Outputs(Drawer):
    """The files of each output folder: under which key each was written, and its stamp since."""

    def of(self, folder: str) -> dict[str, tuple[str, str]]:
        """Key and stamp of the files of a folder, by path."""
        rows = self._connection.rows("SELECT path, key, stamp FROM outputs WHERE folder = :folder", folder=folder)
        return {path: (key, stamp) for path, key, stamp in rows}

    def keep(self, folder: str, outputs: Mapping[str, tuple[str, str]]) -> None:
        """Keep what a folder holds now."""
        before = self.of(folder)
        with self._connection.transaction():
            self._connection.executemany(
                "DELETE FROM outputs WHERE folder = ? AND path = ?",
                [(folder, path) for path in before.keys() - outputs],
            )
            self._connection.executemany(
                "INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)",
                [(folder, path, *output) for path, output in outputs.items() if before.get(path) != output],
            )
