"""database: one SQLite file that many processes write to.

It is opened, updated to the newest schema, and written to in short transactions.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from grader.common import files
from grader.common.errors import GraderError, Misuse

# No report and no saved version of a file is larger.
LARGEST_VALUE = 100_000_000
# One of our writes takes a moment, so a longer lock is that of another program.
_BUSY_S = 30.0
_AGAIN_S = 0.02
_NOT_WRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
)
_HELD = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
# SQLite opens no longer path on Linux and macOS, and adds "-journal" to it.
_LONGEST_PATH = 504
TOO_LONG = "Its path is too long. Move the project to a folder with a shorter path"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class Database:
    """An open SQLite file with a schema version.

    Args:
        path: the file; it is made, with its folder, if it doesn't exist.
        migrations: one script for each schema version: the first n scripts turn an
            empty file into version n.
        or_else: what the user can do if the file can't be written, as the end of a
            sentence: ", or name another file with --gradebook".

    Raises:
        GraderError: if the file can't be opened, isn't a gradebook, or was written by a
            newer version.
    """

    def __init__(
        self, path: Path, migrations: tuple[str, ...], or_else: str = ""
    ) -> None:
        self.path = path
        self._or_else = or_else
        with self._explain_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            # With None, only `writing` begins transactions, and takes the lock at the
            # same time.
            self._db = connect(path)
        try:
            with self._explain_errors(), decode_damage():
                self._choose_journal()
                self._migrate(migrations)
        except GraderError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._db.close()

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        """Return all rows of a query."""
        with self._explain_errors():
            return self._db.execute(query, values).fetchall()

    def iterate(self, query: str, values: tuple[object, ...] = ()) -> Iterator[Any]:
        """Yield the rows of a query one at a time, because they may be many."""
        with self._explain_errors():
            yield from self._db.execute(query, values)

    def insert(self, table: str, row: Mapping[str, object]) -> int:
        """Add one row, inside `writing`, and return its number."""
        # The names of tables and columns are our own, and values aren't in the text.
        marks = ", ".join("?" * len(row))
        query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"
        return self._db.execute(query, tuple(row.values())).lastrowid or 0

    def replace_rows(self, table: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Replace all rows of a table, inside `writing`."""
        self._db.execute(f"DELETE FROM {table}")
        for row in rows:
            self.insert(table, row)

    def rewrite(self) -> None:
        """Rewrite the file, so that nothing that was deleted is left in it."""
        with self._explain_errors():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the write lock for one transaction, from its start to its end."""
        with self._explain_errors(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Claim the file for long work, until the end.

        The claim is a lock on a file beside it. It ends with its process in any case,
        and is visible to other machines if the folder is on a network.

        Raises:
            Misuse: if another process has claimed it.
        """
        problem = (
            "This class is already being graded: another command is using the "
            f"gradebook {self.path}. Wait until it's done, or stop it; what it has "
            f"graded is kept."
        )
        with contextlib.ExitStack() as held:
            with self._explain_errors():
                held.enter_context(lock_file(Path(f"{self.path}.lock"), problem))
            yield

    def _choose_journal(self) -> None:
        """Let readers and one writer work at the same time, if the folder allows it.

        SQLite doesn't wait for the lock that this takes when several processes open a
        file at the same moment, so this tries again.
        """
        until = time.monotonic() + _BUSY_S
        while True:
            try:
                if is_on_network(self.path.parent):
                    self._roll_back()
                else:
                    self._db.execute("PRAGMA journal_mode = WAL")
                    self._db.execute("PRAGMA synchronous = NORMAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_S)

    def _roll_back(self) -> None:
        """Use the journal mode that needs no shared memory."""
        # A file that was written elsewhere has the other journal mode. With an
        # exclusive lock, SQLite reads that without shared memory; the last line
        # releases the file.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            self._db.execute("PRAGMA journal_mode = DELETE")
        finally:
            self._db.execute("PRAGMA locking_mode = NORMAL")
            self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _migrate(self, migrations: tuple[str, ...]) -> None:
        # Usually there is nothing to do, and then no lock is needed.
        if self._version() == len(migrations):
            return
        with self.writing():
            # Check again with the lock: another process may have made the change in
            # between.
            version = self._version()
            if version > len(migrations):
                raise GraderError(
                    f"{self.path} was written by a newer version of this project. "
                    "Update the project, or move the file away to begin a new one."
                )
            # Not with `executescript`, which ends the current transaction.
            for script in migrations[version:]:
                for statement in filter(str.strip, script.split(";")):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(migrations)}")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def _explain_errors(self) -> Iterator[None]:
        """Convert SQLite's errors to a sentence that says what to do."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise explain(self.path, error, self._or_else) from error


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection to a file that somebody else may have made."""
    # With None, only `Database.writing` begins transactions, and so takes the lock.
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
    # A damaged character must not end the command.
    db.text_factory = lambda text: text.decode("utf-8", "replace")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    # Expressions in a schema may only call functions without side effects.
    db.execute("PRAGMA trusted_schema = OFF")
    # Deleted content is overwritten.
    db.execute("PRAGMA secure_delete = ON")
    return db


def explain(
    path: Path, error: sqlite3.Error | OSError, or_else: str = ""
) -> GraderError:
    """Convert an error of SQLite to one whose sentence says what to do."""
    kind, sentence = _classify(path, error, or_else)
    why = error.strerror if isinstance(error, OSError) else str(error)
    for_others = (
        f"The machine that serves the lessons can't use its gradebook ({why}). Tell "
        "the person who started it; your files are unchanged."
    )
    return kind(sentence, for_others)


@contextlib.contextmanager
def decode_damage() -> Iterator[None]:
    """Convert Python's error for an undecodable message of SQLite to a damage error.

    SQLite quotes the schema. If that isn't UTF-8, Python fails to decode the message,
    and raises an exception that isn't SQLite's.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        damage = sqlite3.DatabaseError(error.object.decode("utf-8", "replace"))
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage from error


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether an error means that a file is damaged, or isn't a database."""
    return _kind_of(error) in _DAMAGED


def _kind_of(error: sqlite3.Error | OSError) -> int:
    # The low byte is the type of error; the rest gives details.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _classify(
    path: Path, error: sqlite3.Error | OSError, or_else: str
) -> tuple[type[GraderError], str]:
    code = _kind_of(error)
    if code in _HELD:
        return Misuse, (
            f"Another program is using the gradebook {path}. "
            "Wait until it is done, or end it; nothing is lost."
        )
    if code in _DAMAGED:
        return GraderError, (
            f"The gradebook {path} cannot be used ({error}). Move the file away, but "
            f"keep it; a new one will be created. No attempt is lost."
        )
    # If no room is left, say that, whatever SQLite's error is.
    left = room_left(path.parent)
    if code == sqlite3.SQLITE_FULL or left is not None or _is_disk_full(error):
        return Misuse, (
            f"The gradebook {path} cannot be written: its disk is full ({error}). Free "
            "some space, and run the command again; what was recorded before is kept."
        )
    if isinstance(error, OSError) or code in _NOT_WRITABLE:
        step = _find_step(path, error)
        return Misuse, (
            f"The gradebook {path} cannot be written ({error}). {step}{or_else}."
        )
    return GraderError, (
        f"The gradebook {path} cannot be used ({error}). Run the command again; what "
        "was recorded before is kept."
    )


def _find_step(path: Path, error: sqlite3.Error | OSError) -> str:
    """Return what to do if a file can't be written, without a full stop."""
    number = error.errno if isinstance(error, OSError) else None
    if is_too_long(path) or number == errno.ENAMETOOLONG:
        return TOO_LONG
    if number == errno.EROFS or files.is_on_read_only_disk(path.parent):
        return "Its disk can only be read. Copy the project to one that you can write"
    return "Give yourself the right to write in its folder"


def is_too_long(path: Path) -> bool:
    """Return whether SQLite can't open this path, whatever is there."""
    return len(os.fsencode(path.absolute())) > _LONGEST_PATH


@contextlib.contextmanager
def lock_file(path: Path, problem: str) -> Iterator[None]:
    """Lock a file for this process, until the end.

    The lock ends with its process in any case, and is visible to other machines if the
    folder is on a network.

    Raises:
        Misuse: if another process has locked it, with `problem` as the sentence.
        sqlite3.Error: if it can't be locked at all, which has nothing to do with
            others.
    """
    with contextlib.closing(
        sqlite3.connect(path, timeout=0, isolation_level=None)
    ) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _HELD:
                raise
            raise Misuse(problem) from error
        yield


def _is_disk_full(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _NO_ROOM


_MOUNTS = Path("/proc/self/mountinfo")
# The names in Linux and macOS; shared folders of virtual machines behave alike.
_OF_A_NETWORK = frozenset(
    (
        *("9p", "drvfs", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"),
        *("afpfs", "afs", "cifs", "davfs", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"),
        *("beegfs", "ceph", "gfs2", "glusterfs", "gpfs", "lustre", "ocfs2"),
        *("fuse", "webdav"),
    )
)
_WINDOWS_REMOTE_DRIVE = 4  # DRIVE_REMOTE of GetDriveTypeW
_ROOM = 1_000_000


def is_on_network(folder: Path) -> bool:
    """Return whether other machines may write to this folder at the same time."""
    if sys.platform == "win32":
        import ctypes

        drive = folder.resolve().anchor
        kind: int = ctypes.windll.kernel32.GetDriveTypeW(drive)
        return kind == _WINDOWS_REMOTE_DRIVE
    kind_of_system = _kind_on_linux(folder) if _MOUNTS.exists() else _kind(folder)
    # A mount by a program is named after it: fuse.sshfs.
    return kind_of_system.partition(".")[0] in _OF_A_NETWORK


def room_left(folder: Path) -> int | None:
    """Return the bytes left on a disk that is almost full, otherwise None."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return free if free < _ROOM else None


def _kind_on_linux(folder: Path) -> str:
    """Return the type of file system, or "" if the device's mount isn't listed."""
    device = folder.stat().st_dev
    device_number = f"{os.major(device)}:{os.minor(device)}"
    for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines():
        # By proc(5), the third field is the device, and the type comes after a dash.
        mount, _, system = line.partition(" - ")
        if mount.split()[2] == device_number:
            return system.split()[0]
    return ""


def _kind(folder: Path) -> str:
    import psutil

    here = folder.resolve()
    # All of them, because otherwise psutil leaves out disks of other machines.
    holding = [
        disk
        for disk in psutil.disk_partitions(all=True)
        if here.is_relative_to(disk.mountpoint)
    ]
    nearest = max(holding, key=lambda disk: len(disk.mountpoint), default=None)
    return nearest.fstype if nearest else ""
