"""ledger: keep one SQLite file that many processes write to.

It is opened, brought up to the newest schema, and written to in short transactions.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.errors import GraderError, Misuse

_BUSY_S = 30.0
_AGAIN_S = 0.02
_NOT_WRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_FULL,
)


class Ledger:
    """An open SQLite file with a schema version.

    Args:
        path: the file; it is made, with its folder, when it is not there.
        migrations: one script a schema version: version n is what the first n scripts
            make of an empty file.

    Raises:
        GraderError: the file cannot be opened, is not a gradebook, or was written by
            a newer version.
    """

    def __init__(self, path: Path, migrations: tuple[str, ...]) -> None:
        self.path = path
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        try:
            with self._told():
                self._write_ahead()
                self._db.execute("PRAGMA synchronous = NORMAL")
                self._migrate(migrations)
        except GraderError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._db.close()

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a query."""
        with self._told():
            return self._db.execute(query, values).fetchall()

    def insert(self, table: str, row: dict[str, object]) -> int:
        """Add one row, inside `writing`, and return its number."""
        marks = ", ".join("?" * len(row))
        query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
        return self._db.execute(query, tuple(row.values())).lastrowid or 0

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that holds the write lock from its start to its end."""
        with self._told(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    def _write_ahead(self) -> None:
        """Let readers and one writer go on side by side.

        SQLite does not wait for the lock that this takes when several processes open
        a file at the same moment, so it is asked again.
        """
        until = time.monotonic() + _BUSY_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_S)

    def _migrate(self, migrations: tuple[str, ...]) -> None:
        if self._version() == len(migrations):
            return
        with self.writing():
            version = self._version()
            if version > len(migrations):
                raise GraderError(
                    f"{self.path} was written by a newer version of this project. "
                    "Update the project, or move the file away to begin a new one."
                )
            for script in migrations[version:]:
                for statement in filter(str.strip, script.split(";")):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(migrations)}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors into a sentence that says what to do."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise Misuse(
                    f"Another program is using the gradebook {self.path}. "
                    "Wait until it is done, or end it; nothing is lost."
                ) from error
            if isinstance(error, OSError) or code in _NOT_WRITABLE:
                raise Misuse(
                    f"The gradebook {self.path} cannot be written ({error}). Give "
                    "yourself the right to write in its folder, or name another file "
                    "with --gradebook."
                ) from error
            raise GraderError(
                f"The gradebook {self.path} cannot be used ({error}). "
                "Move the file away to begin a new one; no attempt is lost by that."
            ) from error
