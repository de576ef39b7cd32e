"""hand_in_times: when something was handed in, and whether that was late.

Zip files and clones have the time of their download, which doesn't help. Canvas marks
late submissions in their names, Moodle's worksheet has the times, and git has the times
of commits.

A clone may come from a learner, so none of its settings are used. Git looks at its
objects from an empty repository of ours, in which nothing can be run.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import stat
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path

import msgspec

from grader.classroom.file_names import parse_platform_name
from grader.classroom.moodle_worksheet import Participant
from grader.classroom.roster import Roster
from grader.classroom.submissions.ownership import File
from grader.course.document import no_links
from grader.course.document.source import LARGEST_NOTEBOOK

_LONGEST_S = 5
# Some file systems keep times to two seconds.
_ONE_COPY = timedelta(seconds=2)
_MOST_COMMITS = 5_000
_LARGEST_LIST = 4_000_000
_SHA = re.compile(r"[0-9a-f]{40}")
# Links and folders have other modes, so they don't match.
_FILE = re.compile(r"100\d{3} blob ([0-9a-f]{40})\t")
_SETTINGS = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    # Otherwise a file called ":(exclude)x.py" would mean other files.
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}

# Asks git a question and returns its answer.
Ask = Callable[..., bytes]


class History(msgspec.Struct, frozen=True):
    """Git's record of a file, relative to a deadline.

    Attributes:
        at: the time of the last commit that changed it, in UTC.
        before: the time of the last such commit before the deadline, or None.
        blob: the file's content in that commit, or "".
    """

    at: datetime
    before: datetime | None = None
    blob: str = ""


def commit_history(clone: Path, path: Path, due: datetime) -> History | None:
    """Return when a file was committed, and its last version before a deadline.

    Return None if git doesn't know: it isn't installed, the file was never committed,
    or the clone doesn't reach back to the commit that last changed the file.
    """
    inside = path.relative_to(clone).as_posix()
    try:
        head, shallow = _head(clone / ".git"), _lines(clone / ".git", "shallow")
        with _looking_into(clone, shallow) as ask:
            form = ("--format=%ct %H", f"--max-count={_MOST_COMMITS}")
            lines = ask("log", *form, head, "--", inside).decode().split("\n")
            commits = [line.split() for line in lines if line]
            if not commits:
                return None
            at = _moment(commits[0][0])
            # The last commit of a shallow clone seems to change every file.
            if commits[0][1] in shallow and at > due:
                return None
            for second, commit in commits:
                if _moment(second) <= due:
                    tree = ask("ls-tree", commit, "--", inside).decode(
                        "utf-8", "replace"
                    )
                    file = _FILE.match(tree)
                    return (
                        History(at, _moment(second), file[1]) if file else History(at)
                    )
            return History(at)
    except (OSError, ValueError, OverflowError, subprocess.SubprocessError):
        return None


def read_blob(clone: Path, blob: str) -> bytes:
    """Return the content of a blob in a repository.

    Raises:
        OSError: if git can't read it, or it is too large for an attempt.
    """
    try:
        with _looking_into(clone, []) as ask:
            if int(ask("cat-file", "-s", blob)) > LARGEST_NOTEBOOK:
                raise OSError("too large for an attempt")
            return ask("cat-file", "blob", blob)
    except (ValueError, subprocess.SubprocessError) as error:
        raise OSError(f"git cannot read {blob}") from error


def _head(git: Path) -> str:
    """Return the commit that is checked out.

    Raises:
        ValueError: if it can't be found.
    """
    # Read it directly: git runs in a repository of ours, and would use that one's HEAD.
    words = " ".join(_lines(git, "HEAD"))
    if words.startswith("ref: refs/"):
        name = words.removeprefix("ref: ")
        lines = [line.partition(" ") for line in _lines(git, "packed-refs")]
        packed = {name: commit for commit, _, name in lines}
        # A name that a learner wrote may lead out of the folder.
        loose = _lines(git, name) if ".." not in name else []
        words = loose[0] if loose else packed.get(name, "")
    if not _SHA.fullmatch(words):
        raise ValueError(words)
    return words


def _lines(git: Path, name: str) -> list[str]:
    """Return the lines of a small file in a repository, or [] if it doesn't exist."""
    if no_links.look(git, git / name) is None:
        return []
    with no_links.open_file(git, git / name) as file:
        return file.read(_LARGEST_LIST).decode("utf-8", "replace").splitlines()


def _refuse_foreign_objects(objects: Path) -> None:
    """Require that a repository stores its objects itself.

    Raises:
        ValueError: if some of them may be somebody else's.
    """
    level = [objects]
    if no_links.describe(objects.lstat()):
        raise ValueError("its objects are kept somewhere else")
    while level:
        for path, found in no_links.entries_of(level.pop()):
            # Git reads alternates, wherever they are.
            if no_links.describe(found) or path.name == "alternates":
                raise ValueError("its objects are kept somewhere else")
            if stat.S_ISDIR(found.st_mode):
                level.append(path)


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


@contextmanager
def _looking_into(clone: Path, shallow: list[str]) -> Iterator[Ask]:
    """Provide a way to ask git about a clone's objects, from our own repository."""
    with tempfile.TemporaryDirectory() as made:
        ours = Path(made)
        for name in ("objects", "refs"):
            (ours / name).mkdir()
        (ours / "HEAD").write_text("ref: refs/heads/none\n")
        (ours / "config").write_text(
            "[core]\nrepositoryformatversion = 0\nbare = true\n"
        )
        # Without this list, git fails at the commits that a shallow clone lacks.
        commits = [line for line in shallow if _SHA.fullmatch(line)]
        if commits:
            (ours / "shallow").write_text("".join(f"{line}\n" for line in commits))
        theirs = clone / ".git" / "objects"
        _refuse_foreign_objects(theirs)
        objects_folder = str(theirs.resolve())
        where = {"GIT_DIR": made, "GIT_OBJECT_DIRECTORY": objects_folder, "HOME": made}
        settings = {"PATH": os.environ.get("PATH", os.defpath)} | _SETTINGS | where

        def ask(*words: str) -> bytes:
            return subprocess.run(
                ["git", "--no-pager", *words],
                env=settings,
                cwd=made,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=_LONGEST_S,
            ).stdout

        yield ask


class HandInTime(msgspec.Struct, frozen=True):
    """When something was handed in.

    Attributes:
        at: the time, or None if it isn't known.
        is_decidable: whether it is known if it was late, or there is no deadline.
        is_late: whether it was late.
        late_s: how many seconds it was late; None if it wasn't, or that isn't known.
        remark: a remark, to be added after the name of the place.
        sha256: the hash of the earlier version that is graded; "" for the file itself.
        blob: that version's name in the clone.
    """

    at: datetime | None = None
    is_decidable: bool = True
    is_late: bool = False
    late_s: int | None = None
    remark: str = ""
    sha256: str = ""
    blob: str = ""


class Deadlines:
    """The deadlines of all learners, and the sources for the times of submissions.

    Args:
        dues: the deadline of each lesson, by its name.
        class_list: the roster, which may give learners a later deadline.
        sheets: Moodle's participants, by number.
    """

    def __init__(
        self,
        dues: Mapping[str, datetime],
        class_list: Roster,
        sheets: Mapping[str, Participant],
    ) -> None:
        self._dues = dues
        self._extended = class_list.due
        self._sheets = sheets
        self._copied: dict[str, tuple[datetime, int]] = {}

    def note_copies(self, files: Iterable[File]) -> None:
        """Find places in which all learners' files have the same time.

        They were copied without their times, so these don't say when somebody handed
        something in.

        Args:
            files: the files that count.
        """
        places: dict[str, list[File]] = defaultdict(list)
        for file in files:
            if file.at is not None and file.owner:
                places[file.owner.home].append(file)
        for home, found in places.items():
            times = sorted(file.at for file in found if file.at)
            is_at_once = all(
                after - before <= _ONE_COPY
                for before, after in itertools.pairwise(times)
            )
            people = {file.owner.name for file in found if file.owner}
            if is_at_once and len(people) > 1:
                self._copied[home] = times[0], len(people)

    def describe_copies(self) -> Iterator[str]:
        """Yield a sentence about each place whose files all have the same time."""
        if not (self._dues or self._extended):
            return
        for home, (at, count) in sorted(self._copied.items()):
            where = f" in {home}" if home else ""
            yield (
                f"The files of all {count} learners{where} have the same time, "
                f"{format_utc(at)}. Were they copied then? Nobody is marked late "
                "because of it. Copy them with their times, such as cp -a does."
            )

    def when(self, file: File, sha256: str, lesson: str, learner: str) -> HandInTime:
        """Return when a file was handed in by somebody, and whether that is late.

        Args:
            file: provides its own time, its owner's name and, in a clone, its commits.
            sha256: hash of its bytes.
            lesson: the lesson's full name.
            learner: who handed it in, by id.
        """
        due = self._due(lesson, learner)
        if file.owner and file.owner.person:
            return _compare(file.owner.person.at, due, "by Gradescope's list")
        platform_name = parse_platform_name(file.owner.name) if file.owner else None
        # Canvas marks files as late by its own deadline, and doesn't give their time.
        if platform_name and platform_name.platform == "Canvas":
            remark = "handed in late, by its name." if platform_name.is_late else ""
            return HandInTime(is_late=platform_name.is_late, remark=remark)
        if platform_name:
            row = self._sheets.get(platform_name.number)
            return _compare(row.at if row else None, due, "by the worksheet")
        if file.clone and due:
            return _read_commit(file, sha256, due)
        if file.at and file.owner and file.owner.home in self._copied:
            return HandInTime()
        return _compare(file.at, due, "by the file's own time")

    def _due(self, lesson: str, learner: str) -> datetime | None:
        """Return the later of the class's deadline and this learner's extended one."""
        moments = (self._dues.get(lesson), self._extended.get(learner))
        return max((one for one in moments if one), default=None)


def format_utc(moment: datetime) -> str:
    """Return a time in UTC, as the class's pages show all times."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _compare(
    handed_in_at: datetime | None, due: datetime | None, told_by: str
) -> HandInTime:
    if handed_in_at is None:
        return HandInTime(is_decidable=due is None)
    if due is None or handed_in_at <= due:
        return HandInTime(handed_in_at)
    return HandInTime(
        handed_in_at,
        is_late=True,
        late_s=ceil((handed_in_at - due).total_seconds()),
        remark=f"handed in late: {format_utc(handed_in_at)}, {told_by}.",
    )


def _read_commit(file: File, sha256: str, due: datetime) -> HandInTime:
    """Return what git says of a file, and the version that it had before the
    deadline.

    Uncommitted changes have no time, so the last commit is graded instead.
    """
    history = commit_history(file.clone, file.path, due) if file.clone else None
    if history is None or file.clone is None:
        return HandInTime(is_decidable=False)
    if not history.blob or history.before is None:
        return _compare(history.at, due, "by its last commit")
    try:
        source = read_blob(file.clone, history.blob)
    except OSError:
        return HandInTime(is_decidable=False)
    then = f"it was changed after the deadline, on {format_utc(history.at)}"
    if history.at <= due:
        # A checkout on Windows may have different line endings.
        same = (source, source.replace(b"\n", b"\r\n"))
        if sha256 in {hashlib.sha256(text).hexdigest() for text in same}:
            return HandInTime(history.at)
        then = "the file has changes that were never committed"
    return HandInTime(
        history.before,
        remark=(
            f"graded as it was committed on {format_utc(history.before)}, in time; "
            f"{then}."
        ),
        sha256=hashlib.sha256(source).hexdigest(),
        blob=history.blob,
    )
