"""gradebook: remember every grading, in one SQLite file.

`overview`, the hint ladder and the solution gate get their knowledge from here. Many
processes may write to one gradebook at once; each write is one short transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge.provenance import are_same
from grader.learner.gradebook.database import Database
from grader.learner.gradebook.hint_policy import (
    HintKey,
    HintStep,
    count_attempts_left,
    next_hint,
)
from grader.learner.gradebook.history import (
    NamedMistake,
    combine,
    find_first_guesses,
    find_named,
    first_unfinished,
    iterate_standings,
)
from grader.learner.gradebook.queries import (
    RecordedGrading,
    find_gradings,
    find_hints,
    find_ids,
    find_latest,
    find_learners,
    find_recorded,
    find_usual_seed,
    forget,
    leave_pair,
    transfer,
)
from grader.learner.gradebook.recording import record
from grader.learner.gradebook.rows import (
    COLUMNS,
    FIRST_AT,
    FIRST_ID,
    GRADINGS,
    MIGRATIONS,
    TIMES,
    VALID_ROW,
    GradingRow,
    LessonStanding,
    grading_of,
    parse_lesson_report,
    row_of,
    shorten,
    standing_of,
)
from grader.learner.gradebook.saved_versions import (
    Version,
    find_version,
    find_versions,
    save_version,
)
from grader.report import Report
from grader.report.feedback_policy import find_changed, find_named_before, hold_back
from grader.report.sentences import first_guesses_line

__all__ = [
    "Gradebook",
    "GradingRow",
    "HintStep",
    "LessonStanding",
    "NamedMistake",
    "RecordedGrading",
    "Version",
    "combine",
    "first_unfinished",
    "gradebook_path",
]

FILE_NAME = "gradebook.sqlite"
LEARNER = "me"
# How many gradings are searched for the latest verdict of each exercise, and for what
# was changed last.
MOST_RECENT = 100
NOBODY = ""


class Gradebook:
    """An open gradebook; a context manager.

    Args:
        path: the SQLite file; it is made, with its folder, if it doesn't exist.
        or_else: what else the user can do if it can't be written; see `Database`.

    Raises:
        GraderError: if the file can't be opened, isn't a gradebook, or was written by a
            newer version.
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
        """Prevent others from grading a class into this gradebook, until the end.

        Raises:
            Misuse: if somebody else is grading already.
        """
        with self._database.claim():
            yield

    def record(self, report: Report, learner: str = LEARNER) -> int:
        """Record a grading and return its number.

        With `NOBODY` as the learner, the report is kept but doesn't count for anybody.
        """
        return self.record_all([(learner, report)])[-1]

    def record_all(self, gradings: Iterable[tuple[str, Report]]) -> list[int]:
        """Record many gradings, as pairs (learner, report), in one transaction.

        A grading replaces an earlier one of the same text with the same result. A
        learner's old gradings keep only their outcomes and the named mistakes.

        Raises:
            GraderError: if a report has no exercises, so that it isn't a result.
        """
        rows = [row_of(learner, report) for learner, report in gradings]
        with self._database.writing():
            return [record(self._database, row) for row in rows]

    def find_reusable(
        self,
        attempt_sha256: str,
        versions: Mapping[str, str],
        seed: int | None = None,
    ) -> RecordedGrading | None:
        """Return an equal whole grading of any learner; with None, of any seed."""
        return find_recorded(self._database, attempt_sha256, versions, seed)

    def usual_seed(self, lesson: str, versions: Mapping[str, str]) -> int | None:
        """Return the seed of most whole gradings, or None if there are none.

        Those with these versions count first. If there are none, the others count.
        Learners who get the same questions can be compared with the others of a class.
        """
        return find_usual_seed(self._database, lesson, versions)

    def credit(self, earlier: RecordedGrading, learner: str, attempt: str) -> None:
        """Count a known grading for a learner, if their latest one is another.

        Args:
            earlier: the grading, which may be anybody's.
            learner: the learner to count it for.
            attempt: the path of their own file, which the report gives.
        """
        report, theirs = earlier.report, self.latest(earlier.report.lesson, learner)
        is_theirs = (
            theirs is not None
            and not theirs.is_broken
            # A verdict that was kept from an earlier grading doesn't count in a class.
            and not any(exercise.is_kept for exercise in theirs.exercises)
            and theirs.attempt_sha256 == report.attempt_sha256
            and are_same(theirs.versions, report.versions)
        )
        if not is_theirs:
            self.record(replace(report, attempt=attempt, is_of_class=True), learner)

    def latest(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the learner's last whole grading of a lesson, if it can be read."""
        # LIMIT 1, because if the last one can't be read, an older one isn't the last.
        last = "AND partial = '' ORDER BY id DESC LIMIT 1"
        return next(self._reports(lesson, learner, last), None)

    def latest_right(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the learner's last whole grading in which all was right, or None."""
        last = "AND partial = '' AND has_passed ORDER BY id DESC LIMIT 1"
        return next(self._reports(lesson, learner, last), None)

    def latest_verdicts(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the latest verdict of each exercise, as one report.

        It combines the last whole grading with later gradings of single exercises.
        """
        return combine(self._newest(lesson, learner))

    def recent(self, lesson: str, learner: str = LEARNER) -> tuple[Report, ...]:
        """Return a learner's last gradings of a lesson, newest first.

        They are at most `MOST_RECENT`.
        """
        return tuple(self._newest(lesson, learner))

    def earlier(self, lesson: str, learner: str = LEARNER) -> Report | None:
        """Return the latest verdicts that a new grading may keep, as one report.

        They come from files that could be loaded, with the same versions.
        """
        loaded = [x for x in self._newest(lesson, learner) if x.problem is None]
        now = loaded[0].versions if loaded else {}
        return combine(
            report
            for report in loaded
            if are_same(report.versions, now)
            and report.versions.get("python") == now.get("python")
        )

    def history(self, lesson: str, learner: str = LEARNER) -> tuple[GradingRow, ...]:
        """Return all of a learner's gradings of a lesson, oldest first."""
        rows = self._database.rows(
            f"SELECT {COLUMNS} FROM {GRADINGS} WHERE learner = ? AND lesson = ? "
            f"AND {VALID_ROW} ORDER BY id",
            (learner, lesson),
        )
        return tuple(grading_of(row) for row in rows)

    def save_version(
        self, lesson: str, content: bytes, suffix: str, attempt_sha256: str = ""
    ) -> None:
        """Keep the learner's own file as it is, so that it can be restored.

        Args:
            lesson: the lesson's full name.
            content: the file.
            suffix: the suffix of its name.
            attempt_sha256: the hash in its report, if it isn't the hash of `content`.
        """
        save_version(self._database, lesson, content, suffix, attempt_sha256)

    def find_version(
        self, lesson: str, until: str, learner: str = LEARNER
    ) -> Version | None:
        """Return the version last graded until a time (UTC, ISO 8601), or the best one.

        Args:
            lesson: the lesson's full name.
            until: the time; "" for the version with the highest score.
            learner: whose versions are searched.
        """
        return find_version(self._database, learner, lesson, until)

    def find_versions(
        self, lesson: str, learner: str = LEARNER
    ) -> Iterator[tuple[bytes, Report | None]]:
        """Yield the kept Python files, last first, with their reports if graded."""
        return find_versions(self._database, learner, lesson)

    def named_mistakes(
        self, lesson: str, learner: str = LEARNER
    ) -> tuple[NamedMistake, ...]:
        """Return the mistakes of a lesson that were named to a learner, by exercise."""
        return find_named(self._reports(lesson, learner, "ORDER BY id"))

    def latest_of_all(self, lesson: str) -> tuple[GradingRow, ...]:
        """Return each learner's last whole grading of a lesson, by learner's name."""
        return find_latest(self._database, lesson)

    def gradings(
        self, lesson: str = "", learner: str = ""
    ) -> Iterator[tuple[str, Report]]:
        """Yield each grading and its learner, the first one first; of all lessons and
        learners for "".
        """
        return find_gradings(self._database, lesson, learner)

    def hints(self, lesson: str) -> tuple[tuple[str, str], ...]:
        """Return the opened hints of a lesson, as pairs of learner and exercise."""
        return find_hints(self._database, lesson)

    def learners(self) -> frozenset[str]:
        """Return the ids of all learners with a grading or a hint."""
        return find_learners(self._database)

    def transfer(self, learner: str, to: str) -> None:
        """Transfer all records of a learner to another one, or to `NOBODY`."""
        transfer(self._database, learner, to)

    def ids_of(self, learner: str) -> frozenset[str]:
        """Return the ids that a learner has, or had before others were merged in."""
        return find_ids(self._database, learner)

    def forget(self, learner: str) -> None:
        """Erase all records of a learner, and all gradings that count for nobody."""
        forget(self._database, learner)

    def leave_pair(self, learner: str) -> None:
        """Erase the name of the partner who works with a learner of a room."""
        leave_pair(self._database, learner)

    def count_damaged(self) -> int:
        """Count the damaged rows, which everything else skips."""
        rows = self._database.rows(
            f"SELECT count(*) FROM grading WHERE NOT ({VALID_ROW})"
        )
        return int(rows[0][0])

    def standings(
        self, learner: str = LEARNER, lessons: Iterable[Lesson] = ()
    ) -> dict[str, LessonStanding]:
        """Return a learner's state in each lesson, by the lesson's name.

        Args:
            learner: the learner whose gradings are used.
            lessons: the lessons, which say what a lesson is worth if only single
                exercises were graded.
        """
        # SQLite takes the bare columns from the row that contains max(id).
        rows = self._database.rows(
            f"SELECT lesson, sum({TIMES}), max(score), score, points, "
            "max(has_passed), started_at, sum(partial != ''), max(id) "
            f"FROM {GRADINGS} WHERE learner = ? "
            f"AND {VALID_ROW} GROUP BY lesson",
            (learner,),
        )
        by_lesson = {row[0]: standing_of(row) for row in rows}
        lessons_by_name = {lesson.name: lesson for lesson in lessons}
        for name in [row[0] for row in rows if row[-2]]:  # also single exercises
            points = (
                Document.read(lessons_by_name[name].page).points
                if name in lessons_by_name
                else {}
            )
            gradings = self._in_order(name, learner)
            del by_lesson[name]
            by_lesson |= {x.lesson: x for x in iterate_standings(gradings, points)}
        return by_lesson

    def first_right(
        self, lesson: Lesson, learner: str = LEARNER
    ) -> LessonStanding | None:
        """Return a learner's state when a lesson was first completely right."""
        gradings = self._in_order(lesson.name, learner)
        all_standings = iterate_standings(gradings, Document.read(lesson.page).points)
        return next((one for one in all_standings if one.has_passed), None)

    def next_hint(
        self, lesson: str, exercise: str, hints: int, learner: str = LEARNER
    ) -> HintStep:
        """Open the next hint if that is allowed, and record it.

        The first of its `hints` hints is free, the second needs one graded attempt at
        the exercise, the third two. Attempts are counted as for the solution.
        """
        return next_hint(self._database, HintKey(learner, lesson, exercise), hints)

    def redact(self, report: Report, learner: str = LEARNER) -> Report:
        """Return a report as its learner sees it, without what may only be shown later.

        A fix is shown the second time that a mistake is made, in a changed text of its
        exercise: the same text again is the same attempt. If the lesson is done, the
        report says how many of the first guesses were right.
        """
        lesson = report.lesson
        if report.has_passed and not report.partial and learner != NOBODY:
            in_order = (one for one, _ in self._in_order(lesson, learner))
            if claims := find_first_guesses((*in_order, report)):
                words = first_guesses_line(claims)
                report = replace(report, when_complete=(words,))
        reports = tuple(self._reports(lesson, learner, ""))
        hinted = self._database.rows(
            "SELECT DISTINCT exercise FROM hint WHERE learner = ? AND lesson = ?",
            (learner, lesson),
        )
        tags = find_named_before(report, reports)
        changed = find_changed((report, *reports))
        return hold_back(report, tags, [row[0] for row in hinted], changed)

    def attempts_to_solution(
        self, lesson: str, exercise: str, learner: str = LEARNER
    ) -> int:
        """Count the graded attempts still needed to open the solution; 0 if it is open.

        It opens at once when the exercise is right. A grading isn't an attempt at the
        exercise if nothing was written for it, or if it is of the same file as before.
        """
        return count_attempts_left(self._database, HintKey(learner, lesson, exercise))

    def _in_order(self, lesson: str, learner: str) -> list[tuple[Report, int]]:
        """Return the outcomes of all gradings, oldest first, each with how many agree.

        If the same text got the same result several times, the first and the last time
        are known.
        """
        rows = self._database.iterate(
            f"SELECT id, {FIRST_ID}, {FIRST_AT}, {TIMES}, report FROM {GRADINGS} "
            f"WHERE learner = ? AND lesson = ? AND {VALID_ROW} ORDER BY id",
            (learner, lesson),
        )
        gradings: list[tuple[int, Report, int]] = []
        for number, first_id, first_at, times, text in rows:
            if (report := parse_lesson_report(lesson, text)) is None:
                continue
            last = shorten(report)
            if times > 1:
                gradings.append((first_id, replace(last, started_at=first_at), 1))
            gradings.append((number, last, max(1, times - 1)))
        gradings.sort(key=itemgetter(0))
        return [(report, times) for _, report, times in gradings]

    def _newest(self, lesson: str, learner: str) -> Iterator[Report]:
        """Return a learner's last reports of a lesson, newest first."""
        return self._reports(lesson, learner, f"ORDER BY id DESC LIMIT {MOST_RECENT}")

    def _reports(
        self, lesson: str, learner: str, which: str, *values: object
    ) -> Iterator[Report]:
        """Return a learner's readable reports of a lesson, selected by SQL."""
        rows = self._database.rows(
            "SELECT report FROM grading WHERE learner = ? AND lesson = ? "
            f"AND {VALID_ROW} {which}",
            (learner, lesson, *values),
        )
        return filter(None, (parse_lesson_report(lesson, text) for (text,) in rows))


def gradebook_path(attempts: Path) -> Path:
    """Return the path of the gradebook inside the folder of attempts."""
    return attempts / FILE_NAME


def open_learners(root: Path) -> Gradebook:
    """Open the gradebook of a course's learner."""
    return Gradebook(gradebook_path(catalog.attempts_folder(root)))
