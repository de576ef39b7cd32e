"""integrity: read a database that somebody else may have made.

SQL in a schema (triggers, views, expressions of an index or a column) runs with the
first query, and a journal may name files elsewhere. So no query runs before the schema
is known to be exactly the one that the migrations make.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from grader.learner.gradebook.database import (
    connect,
    decode_damage,
    explain,
    is_damage,
    is_on_network,
)

# A journal that ends with this names another journal, which SQLite may delete.
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")


class ForeignDatabase(Exception):
    """Raised for a database that this program didn't make; the message says why."""


@contextlib.contextmanager
def open_untrusted(
    path: Path, migrations: tuple[str, ...]
) -> Iterator[sqlite3.Connection]:
    """Provide a read-only database, after checking that it is sound.

    Raises:
        ForeignDatabase: if it is damaged, or this program didn't make it.
        GraderError: if it can't be read now.
    """
    _check_journal(Path(f"{path}-journal"))
    try:
        with decode_damage(), contextlib.closing(connect(path)) as db:
            if is_on_network(path.parent):  # see `Database`
                db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA query_only = ON")
            db.execute("PRAGMA cell_size_check = ON")
            _check_schema(db, migrations)
            (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise ForeignDatabase(f"it is damaged: {' '.join(str(found).split())}")
            yield db
    except (sqlite3.DataError, sqlite3.InterfaceError) as error:  # a value is too large
        raise ForeignDatabase(str(error)) from error
    except sqlite3.Error as error:
        if is_damage(error):
            raise ForeignDatabase(str(error)) from error
        raise explain(path, error) from error


def _check_journal(journal: Path) -> None:
    try:
        with journal.open("rb") as file:
            file.seek(-len(_SUPER_JOURNAL), os.SEEK_END)
            is_one_of_several = file.read() == _SUPER_JOURNAL
    except OSError:  # there is none, or it is empty
        return
    if is_one_of_several:
        raise ForeignDatabase(f"{journal.name} names another file")


def _check_schema(db: sqlite3.Connection, migrations: tuple[str, ...]) -> None:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if not 0 <= version <= len(migrations):
        raise ForeignDatabase("a newer version of this project wrote it")
    with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
        for script in migrations[:version]:
            fresh.executescript(script)
        expected = _schema_of(fresh)
    schema = _schema_of(db)
    for kind, name in schema.keys() - expected.keys():
        raise ForeignDatabase(f"it has a {kind} {name[:80]!r} that no gradebook has")
    for kind, name in expected.keys() - schema.keys():
        raise ForeignDatabase(f"it has no {kind} {name!r}")
    for key, (kind, name) in ((key, key) for key in expected):
        if schema[key] != expected[key]:
            raise ForeignDatabase(f"its {kind} {name!r} is not that of a gradebook")


def _schema_of(db: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the parts of a database, by type and name: their table and their SQL."""
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
    return {
        (str(kind), str(name)): (str(table), " ".join(str(sql).split()))
        for kind, name, table, sql in rows
    }
