"""gradebook: remember every grading, in one SQLite file.

What `progress`, the hint ladder and the solution gate know, they know from here. Many
processes may write to one gradebook at once; each write is one short transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from grader.document import catalog
from grader.document.catalog import Lesson
from grader.document.cells import Document
from grader.gradebook.database import Database
from grader.gradebook.hint_policy import (
    HintKey,
    HintStep,
    count_attempts_left,
    next_hint,
)
from grader.gradebook.history import (
    NamedMistake,
    combine,
    find_named,
    iterate_standings,
)
from grader.gradebook.queries import (
    RecordedGrading,
    find_gradings,
    find_hints,
    find_latest,
    find_learners,
    find_recorded,
    find_usual_seed,
    transfer,
)
from grader.gradebook.rows import (
    COLUMNS,
    MIGRATIONS,
    VALID_ROW,
    Grading,
    LessonStanding,
    first_unfinished,
    grading_of,
    parse_report_of,
    row_of,
    standing_of,
)
from grader.gradebook.saved_versions import Version, find_version, save_version
from grader.judge.provenance import are_same
from grader.report import Report
from grader.report.feedback_policy import hold_back, tags_in

__all__ = [
    "Gradebook",
    "Grading",
    "HintStep",
    "LessonStanding",
    "NamedMistake",
    "RecordedGrading",
    "Version",
    "first_unfinished",
    "gradebook_path",
]

FILE_NAME = "gradebook.sqlite"
LEARNER = "me"
# So many gradings are searched for the latest verdict of each exercise.
_LATELY = 100
NOBODY = ""


class Gradebook:
    """An open gradebook; a context manager.

    Args:
        path: the SQLite file; it is made, with its folder, when it is not there.
        or_else: what else can be done where it cannot be written; see `Database`.

    Raises:
        GraderError: the file cannot be opened, is not a gradebook, or was written by
            a newer version.
    """

    def __init__(self, path: Path, or_else: str = "") -> None:
        self._database = Database(path, MIGRATIONS, or_else)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._database.close()

    @contextmanager
    def claim(self) -> Iterator[None]:
        """Be the only one who grades a class into this gradebook, until the end.

        Raises:
            Misuse: somebody else does.
        """
        with self._database.claim():
            yield

    def record(self, report: Report, learner: str = LEARNER) -> int:
        """Remember a grading and return its number.

        `NOBODY` as the learner keeps the report and counts for nothing.
        """
        return self.record_all([(learner, report)])[-1]

    def record_all(self, gradings: Iterable[tuple[str, Report]]) -> list[int]:
        """Remember many gradings, of (learner, report), in one transaction.

        Raises:
            GraderError: a report has no exercises, so it is no result.
        """
        rows = [row_of(learner, report) for learner, report in gradings]
        with self._database.writing():
            return [self._database.insert("grading", row) for row in rows]

    def find_reusable(
        self,
        attempt_sha256: str,
        versions: Mapping[str, str],
        seed: int | None = None,
    ) -> RecordedGrading | None:
        """Return an equal whole grading made before, of any learner; any seed when
        None.
        """
        return find_recorded(self._database, attempt_sha256, versions, seed)

    def usual_seed(self, lesson: str, versions: Mapping[str, str]) -> int | None:
        """Return the seed of most whole gradings of a lesson as it is now; None before
        any.

        Who is asked the same questions can be compared with the others of a class.
        """
        return find_usual_seed(self._database, lesson, versions)

    def credit(self, known: RecordedGrading, learner: str, attempt: str) -> None:
        """Let a known grading count for a learner, if their latest one is another.

        Args:
            known: the grading, of whomever.
            learner: whom it is to count for.
            attempt: where their own file is; the report says so.
        """
        report, theirs = known.report, self.latest(known.report.lesson, learner)
        is_theirs = (
            theirs is not None
            and not theirs.is_broken
            # What counts in a class rests on no verdict that was kept.
            and not any(exercise.is_kept for exercise in theirs.exercises)
            and theirs.attempt_sha256 == report.attempt_sha256
            and are_same(theirs.versions, report.versions)
        )
        if not is_theirs:
            self.record(replace(report, attempt=attempt), learner)

    def latest(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the learner's last whole grading of a lesson; None if it cannot be
        read.
        """
        # LIMIT 1: where it cannot be read, an older one would not be the last.
        last = "AND partial = '' ORDER BY id DESC LIMIT 1"
        return next(self._reports(lesson, learner, last), None)

    def latest_right(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the learner's last whole grading in which all was right; None without
        one.
        """
        last = "AND partial = '' AND has_passed ORDER BY id DESC LIMIT 1"
        return next(self._reports(lesson, learner, last), None)

    def latest_verdicts(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the latest verdict of each exercise, as one report.

        It is the last whole grading, with later gradings of single exercises put in.
        """
        return combine(self._newest(lesson, learner))

    def earlier(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the latest verdicts that a new grading may keep, as one report.

        They come from files that could be loaded, under the same versions.
        """
        loaded = [x for x in self._newest(lesson, learner) if x.problem is None]
        now = loaded[0].versions if loaded else {}
        return combine(
            report
            for report in loaded
            if are_same(report.versions, now)
            and report.versions.get("python") == now.get("python")
        )

    def history(self, lesson: str, learner: str = LEARNER) -> tuple[Grading, ...]:
        """Return all of a learner's gradings of a lesson, the first one first."""
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM grading WHERE learner = ? AND lesson = ? "
            f"AND {VALID_ROW} ORDER BY id",
            (learner, lesson),
        )
        return tuple(grading_of(row) for row in rows)

    def save_version(
        self, lesson: str, content: bytes, suffix: str, attempt_sha256: str = ""
    ) -> None:
        """Keep the learner's own file as it was graded, to be brought back.

        Args:
            lesson: the lesson's full name.
            content: the file.
            suffix: how its name ends.
            attempt_sha256: the hash in its report, where that is not the file's own.
        """
        save_version(self._database, lesson, content, suffix, attempt_sha256)

    def find_version(
        self, lesson: str, until: str, learner: str = LEARNER
    ) -> Version | None:
        """Return the version graded last until a moment (UTC, ISO 8601); the best for
        "".
        """
        return find_version(self._database, learner, lesson, until)

    def named_mistakes(
        self, lesson: str, learner: str = LEARNER
    ) -> tuple[NamedMistake, ...]:
        """Return the mistakes of a lesson that were named to a learner, by exercise."""
        return find_named(self._reports(lesson, learner, "ORDER BY id"))

    def latest_of_all(self, lesson: str) -> tuple[Grading, ...]:
        """Return each learner's last whole grading of a lesson, by learner's name."""
        return find_latest(self._database, lesson)

    def gradings(
        self, lesson: str = "", learner: str = ""
    ) -> Iterator[tuple[str, Report]]:
        """Yield each whole grading and its learner, the first one first; of all lessons
        and learners for "".
        """
        return find_gradings(self._database, lesson, learner)

    def hints(self, lesson: str) -> tuple[tuple[str, str], ...]:
        """Return the hints of a lesson that were opened: by whom, of which exercise."""
        return find_hints(self._database, lesson)

    def learners(self) -> frozenset[str]:
        """Return everybody of whom something is recorded."""
        return find_learners(self._database)

    def transfer(self, learner: str, to: str) -> None:
        """Let all that a learner did count for another one, or for `NOBODY`."""
        transfer(self._database, learner, to)

    def count_damaged(self) -> int:
        """Count the rows that are spoilt, and passed over by everything else."""
        rows = self._database.rows(
            f"SELECT count(*) FROM grading WHERE NOT ({VALID_ROW})"
        )
        return int(rows[0][0])

    def standings(
        self, learner: str = LEARNER, lessons: Iterable[Lesson] = ()
    ) -> dict[str, LessonStanding]:
        """Return where a learner stands, by the lesson's name.

        Args:
            learner: whose gradings are meant.
            lessons: they say what a lesson is worth of which only single exercises
                were graded.
        """
        # SQLite gives the bare columns of the row that holds max(id).
        rows = self._database.rows(
            "SELECT lesson, count(*), max(score), score, points, max(has_passed), "
            "started_at, sum(partial != ''), max(id) FROM grading WHERE learner = ? "
            f"AND {VALID_ROW} GROUP BY lesson",
            (learner,),
        )
        found = {row[0]: standing_of(row) for row in rows}
        known = {lesson.name: lesson for lesson in lessons}
        for name in [row[0] for row in rows if row[-2]]:  # single exercises as well
            points = Document.read(known[name].page).points if name in known else {}
            reports = self._reports(name, learner, "ORDER BY id")
            del found[name]
            found |= {x.lesson: x for x in iterate_standings(reports, points)}
        return found

    def first_right(
        self, lesson: Lesson, learner: str = LEARNER
    ) -> LessonStanding | None:
        """Return where a learner stood when all of a lesson was right for the first
        time.
        """
        reports = self._reports(lesson.name, learner, "ORDER BY id")
        found = iterate_standings(reports, Document.read(lesson.page).points)
        return next((one for one in found if one.has_passed), None)

    def next_hint(
        self, lesson: str, exercise: str, hints: int, learner: str = LEARNER
    ) -> HintStep:
        """Go one step up the hint ladder where that is allowed, and remember it.

        The first of its `hints` hints is free, the second needs one graded attempt at
        the exercise, the third two. What is an attempt is the same for the solution.
        """
        return next_hint(self._database, HintKey(learner, lesson, exercise), hints)

    def redact(self, report: Report, learner: str = LEARNER) -> Report:
        """Return a report as it is told now: what fixes a mistake comes the second
        time.

        The same file graded again is the same attempt.
        """
        lesson, others = report.lesson, "AND attempt_sha256 != ?"
        reports = self._reports(lesson, learner, others, report.attempt_sha256)
        hinted = self._database.rows(
            "SELECT DISTINCT exercise FROM hint WHERE learner = ? AND lesson = ?",
            (learner, lesson),
        )
        named = frozenset[str]().union(*map(tags_in, reports))
        return hold_back(report, named, [row[0] for row in hinted])

    def attempts_to_solution(
        self, lesson: str, exercise: str, learner: str = LEARNER
    ) -> int:
        """Count the graded attempts that its solution still needs; 0: it is open.

        It opens at once when the exercise is right. A grading in which nothing was
        written for it isn't an attempt at it, nor is the same file graded again.
        """
        return count_attempts_left(self._database, HintKey(learner, lesson, exercise))

    def _newest(self, lesson: str, learner: str) -> Iterator[Report]:
        """Return a learner's last reports of a lesson, the newest first."""
        return self._reports(lesson, learner, f"ORDER BY id DESC LIMIT {_LATELY}")

    def _reports(
        self, lesson: str, learner: str, which: str, *values: object
    ) -> Iterator[Report]:
        """Return a learner's reports of a lesson that can be read, those that SQL
        picks.
        """
        rows = self._database.rows(
            "SELECT report FROM grading WHERE learner = ? AND lesson = ? "
            f"AND {VALID_ROW} {which}",
            (learner, lesson, *values),
        )
        return filter(None, (parse_report_of(lesson, text) for (text,) in rows))


def gradebook_path(attempts: Path) -> Path:
    """Return where the gradebook is: beside the attempts."""
    return attempts / FILE_NAME


def open_learners(root: Path) -> Gradebook:
    """Open the gradebook of whoever learns in a course."""
    return Gradebook(gradebook_path(catalog.attempts_folder(root)))
