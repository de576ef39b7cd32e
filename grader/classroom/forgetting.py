"""forgetting: erase one learner from the folder of a class or of a room."""

from __future__ import annotations

import contextlib
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from grader.classroom import comments, overrides
from grader.classroom.class_files import read_class_file, without_rows
from grader.classroom.hand_rows import HandRow, NameIndex, match_rows
from grader.classroom.records import REPORT, Learner
from grader.classroom.roster import read_rows
from grader.classroom.submissions import ROSTER, FolderContents
from grader.classroom.submissions.file_tree import UNREADABLE
from grader.common import files
from grader.common.errors import Misuse
from grader.course.document.no_links import describe_unread
from grader.learner.gradebook import Gradebook
from grader.learner.gradebook.database import lock_file

_ROOM = ".room"
_SHORTEST = 4  # bytes of a name or an address that is looked for in other files
_LARGEST = 50_000_000


class Belongings(msgspec.Struct, frozen=True):
    """The data in the folder of a class about one learner.

    Attributes:
        learner: whom the data is about.
        files: the files and folders that belong only to them, and pages about them.
        rows: files that have rows about them, and the lines in which these begin.
        gradings: how many gradings there are.
        left: other files that name them.
        partner_of: the id of the learner in whose files they worked, or "".
    """

    learner: Learner
    files: tuple[Path, ...]
    rows: tuple[tuple[Path, tuple[int, ...]], ...]
    gradings: int
    left: tuple[Path, ...]
    partner_of: str = ""


@contextlib.contextmanager
def keep_room_closed(folder: Path) -> Iterator[None]:
    """Keep a room closed, if the folder is one.

    Raises:
        Misuse: if a terminal serves it.
    """
    with contextlib.ExitStack() as held:
        if (folder / _ROOM).is_dir():
            message = f"The room {folder} is open. End it first, with Ctrl-C."
            held.enter_context(lock_file(folder / _ROOM / "lock", message))
        yield


def find_belongings(
    folder: Path, contents: FolderContents, book: Gradebook, word: str
) -> Belongings:
    """Return the data about a learner in the folder of a class.

    Args:
        folder: the class's folder.
        contents: its contents.
        book: its gradebook.
        word: an id, or else a name, a login or an address.

    Raises:
        Misuse: if it could be several people or nobody, or their files count for
            somebody else, too.
    """
    # Namesakes have their id in their name.
    people = [
        replace(x, name=x.name.removesuffix(f" ({x.id})")) for x in contents.learners
    ]
    others = book.learners() - {one.id for one in people} - {""}
    everybody = (*people, *map(Learner, sorted(others)), *_taken_out(folder))
    meant = NameIndex(everybody).find(word, "class.forget")
    learner = next((x for x in everybody if x.id == meant), None)
    if learner is None:
        raise Misuse(f"Nobody in {folder} is called {word!r}. Nothing was changed.")
    partner = next((x for x in people if x.pair_of == learner.id), None)
    if partner:
        raise Misuse(
            f"The files of {learner.display_name} count for {partner.display_name} "
            f"too, who worked with them. Forget {partner.id} first; then nobody else "
            "needs them."
        )
    ids = book.ids_of(learner.id)
    files_of_learner = (
        () if learner.pair_of else _own_places(folder, contents, learner, ids)
    )
    rows = tuple(_rows_about(folder, everybody, learner))
    pattern = _pattern_of(learner, ids)
    naming = [x for x in _files_in(folder) if x.parent != folder or x.suffix != ".csv"]
    about = [
        x
        for x in naming
        if not _is_below(x, files_of_learner) and _mentions(x, pattern)
    ]
    pages = [x for x in about if x.is_relative_to(folder / REPORT)]
    paths = {path for path, _ in rows}
    sheets = [
        x for x in folder.glob("*.csv") if x not in paths and _mentions(x, pattern)
    ]
    left = [x for x in (*about, *sheets) if x not in pages and not _is_data(x, folder)]
    count = 0 if learner.pair_of else sum(who in ids for who, _ in book.gradings())
    return Belongings(
        learner,
        (*files_of_learner, *pages),
        rows,
        count,
        tuple(sorted(left)),
        learner.pair_of,
    )


def erase(folder: Path, about: Belongings, book: Gradebook) -> None:
    """Erase a learner from a class; everybody else's data stays as it is.

    Raises:
        Misuse: if something can't be removed.
        GraderError: if the gradebook can't be written.
    """
    if about.partner_of:
        book.leave_pair(about.partner_of)
    else:
        book.forget(about.learner.id)
    for path, lines in about.rows:
        content = read_class_file(path) or b""
        files.write(path, without_rows(content, lines))
    for path in about.files:
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise Misuse(describe_unread(path, error)) from error


def _own_places(
    folder: Path, contents: FolderContents, one: Learner, ids: Iterable[str]
) -> tuple[Path, ...]:
    """Return the files and folders that belong only to a learner."""
    shared = {
        path
        for other, places in contents.belongings.items()
        if other != one.id
        for path in places
    }
    places = {*contents.belongings.get(one.id, ())} - shared
    for name in ids:
        room = folder / _ROOM
        places |= {x for x in _find_removed_folders(folder) if _former_id(x) == name}
        places.add(room / "earlier" / name)
        if (folder / _ROOM).is_dir():
            places.add(folder / name)
    places |= set(networks_of(folder, ids))
    return tuple(sorted(x for x in places if x.exists() and not x.is_symlink()))


def networks_of(folder: Path, ids: Iterable[str]) -> Iterator[Path]:
    """Yield the networks that were kept for a learner."""
    from grader.learner.drawn_digits.weights import weights_path

    for name in ids:
        weights = weights_path(folder / "gradebook.sqlite", "", name)
        yield from weights.parent.glob(f"*{weights.name}")


def _taken_out(folder: Path) -> Iterator[Learner]:
    """Yield the people who were taken out of a room, by their folders."""
    yield from (Learner(_former_id(path)) for path in _find_removed_folders(folder))


def _find_removed_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders of people who were taken out of a room, or merged."""
    yield from (folder / _ROOM / "removed").glob("*-*")


def _former_id(path: Path) -> str:
    """Return the id of a folder's former owner, without the number after it."""
    return path.name.rpartition("-")[0]


def _rows_about(
    folder: Path, people: Iterable[Learner], one: Learner
) -> Iterator[tuple[Path, tuple[int, ...]]]:
    """Yield the files with rows about a learner, and where these begin."""
    rosters = [folder / ROSTER, *(folder / _ROOM / "earlier").glob("roster-*.csv")]
    for path in rosters:
        content = read_class_file(path)
        rows = read_rows(content) if content is not None else ()
        if lines := tuple(x.line for x in rows if _is_same(x.learner, one)):
            yield path, lines
    tables: list[tuple[str, Iterable[HandRow]]] = [
        (comments.FILE_NAME, comments.read_comments(folder)),
        (overrides.FILE_NAME, overrides.read_overrides(folder)),
    ]
    for name, given in tables:
        by, _ = match_rows(given, people)
        theirs = (row for (who, _), some in by.items() if who == one.id for row in some)
        lines = tuple(int(row.place.rpartition(" ")[2]) for row in theirs)
        if lines:
            yield folder / name, lines


def _is_same(row: Learner, learner: Learner) -> bool:
    return row.id == learner.id or bool(row.email and row.email == learner.email)


def _pattern_of(learner: Learner, ids: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the words that name a learner in other files, casefolded."""
    words = {learner.name, learner.email, learner.login, *ids}
    long = [re.escape(x.casefold()) for x in words if len(x.encode()) >= _SHORTEST]
    # The id learner-1 isn't in learner-12.
    return re.compile(rf"({'|'.join(long)})(?!(?<=\d)\d)" if long else r"(?!)")


def _files_in(folder: Path) -> list[Path]:
    return [x for x in folder.rglob("*") if x.is_file() and not x.is_symlink()]


def _is_below(path: Path, places: Iterable[Path]) -> bool:
    return any(path.is_relative_to(place) for place in places)


def _is_data(path: Path, folder: Path) -> bool:
    """Return whether a file is the gradebook, or belongs to it."""
    return path.parent == folder and path.name.startswith("gradebook.sqlite")


def _mentions(path: Path, pattern: re.Pattern[str]) -> bool:
    """Return whether a pattern is in a file, or in a file in a zip file."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
        parts = [content]
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                parts += [x.encode() for x in archive.namelist()]
                small = (x for x in archive.infolist() if x.file_size < _LARGEST)
                parts += [archive.read(x) for x in small]
    except UNREADABLE:
        return False
    texts = (part.decode("utf-8", "replace").casefold() for part in parts)
    return any(pattern.search(text) for text in texts)
