"""progress: how far each learner of a room is with each exercise."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from grader.common.errors import Misuse
from grader.course.document import attempt_file
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.source import Unreadable, decode_source
from grader.report import ExerciseResult, Outcome, Report
from grader.web.page_store import Attempts, NotRegular, describe_size

STUCK_AFTER = 3


@dataclass
class ExerciseProgress:
    """How far one learner is with one exercise.

    Attributes:
        outcome: the last known outcome.
        mistake: the tag of the mistake that was named last, or "".
        tries: how many different answers were graded.
        wrong: how many wrong ones there were since the last right one.
        hints: how many hints were opened.
        is_written: whether something was written for it.
        made: the tags of all mistakes that were named.
        last_id: the id of the last grading that counted as a try, or "".
        said: the sentence that the learner read last, or "".
    """

    outcome: Outcome | None = None
    mistake: str = ""
    tries: int = 0
    wrong: int = 0
    hints: int = 0
    is_written: bool = False
    made: set[str] = field(default_factory=set)
    last_id: str = ""
    said: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it was right when it was last graded."""
        return self.outcome is not None and self.outcome.is_right

    @property
    def state(self) -> str:
        """The state in one word: right, wrong, working or open.

        A wrong prediction is a guess, which its learner is still working on.
        """
        match self.outcome:
            case Outcome.PASSED:
                return "right"
            case Outcome.GUESSED:
                return "working"
            case None | Outcome.NOT_ATTEMPTED | Outcome.SKIPPED:
                return "working" if self.is_written else "open"
            case Outcome.WRONG | Outcome.RAISED | Outcome.BROKEN:
                return "wrong"
            case Outcome.TIMED_OUT | Outcome.OUT_OF_MEMORY:
                return "wrong"
            case _:
                assert_never(self.outcome)

    def take(self, outcome: Outcome, mistake: str, grading: str) -> None:
        """Add the outcome of a grading, which the id `grading` identifies."""
        self.outcome, self.mistake = outcome, mistake
        if mistake:
            self.made.add(mistake)
        # Grading the same text again isn't another try.
        if not outcome.is_tried or grading == self.last_id:
            return
        self.last_id, self.is_written = grading, True
        self.tries += 1
        self.wrong = self.wrong + 1 if self.state == "wrong" else 0


class Seat(msgspec.Struct, frozen=True):
    """A learner's current exercise, with the times when they began it and last acted.

    Times are seconds since 1970.
    """

    lesson: str
    exercise: str
    since: float
    last_at: float


class RoomProgress:
    """The progress of everybody in a room; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._of: dict[tuple[str, str, str], ExerciseProgress] = {}
        self._seats: dict[str, Seat] = {}

    def at(self, learner: str, lesson: str, exercise: str) -> ExerciseProgress:
        """Return a learner's progress with an exercise."""
        with self._lock:
            return self._of.setdefault((learner, lesson, exercise), ExerciseProgress())

    def seat(self, learner: str) -> Seat | None:
        """Return a learner's current exercise, or None before their first action."""
        return self._seats.get(learner)

    def workers(self) -> set[str]:
        """Return the learners who have written something."""
        with self._lock:
            return {who for (who, _, _), now in self._of.items() if now.is_written}

    def is_stuck(self, learner: str, lesson: str) -> bool:
        """Return whether a learner is stuck at their current exercise in a lesson."""
        seat = self._seats.get(learner)
        if seat is None or seat.lesson != lesson:
            return False
        now = self.at(learner, lesson, seat.exercise)
        return now.wrong >= STUCK_AFTER and not now.is_right

    def note_report(
        self, learner: str, lesson: str, report: Report, at: float, focus: str = ""
    ) -> None:
        """Add a grading, of a whole lesson or of one exercise.

        It is a try at the exercise that was graded, or else at the one in focus. It is
        a try at another exercise only if that has a new outcome.

        Args:
            learner: the learner's id.
            lesson: the lesson's short name.
            report: the grading.
            at: when it was made, in seconds since 1970.
            focus: the tag of the learner's current exercise from now on; "" if that
                stays as it is.
        """
        with self._lock:
            pressed = report.partial
            tried = pressed or focus
            for exercise in report.exercises:
                now = self.at(learner, lesson, exercise.tag)
                # A page that doesn't load says nothing about exercises that aren't
                # begun.
                is_begun = now.is_written or exercise.tag == pressed
                outcome, mistake = exercise.outcome, _mistake_of(exercise)
                is_new = (outcome, mistake) != (now.outcome, now.mistake)
                if (report.problem is None or is_begun) and (
                    is_new or exercise.tag == tried
                ):
                    now.take(outcome, mistake, report.attempt_sha256)
                    now.said = _first_sentence(exercise, report)
            if focus:
                self.sit(learner, lesson, focus, at)

    def note_written(self, learner: str, lesson: str, exercises: Iterable[str]) -> None:
        """Mark exercises as begun."""
        for exercise in exercises:
            self.at(learner, lesson, exercise).is_written = True

    def note_hint(self, learner: str, lesson: str, exercise: str) -> None:
        """Count a hint that was opened."""
        with self._lock:
            self.at(learner, lesson, exercise).hints += 1

    def sit(self, learner: str, lesson: str, exercise: str, at: float) -> None:
        """Set a learner's current exercise."""
        with self._lock:
            before = self._seats.get(learner)
            is_same = before and (before.lesson, before.exercise) == (
                lesson,
                exercise,
            )
            since = before.since if before and is_same else at
            self._seats[learner] = Seat(lesson, exercise, since, at)

    def forget(self, learner: str) -> None:
        """Forget a learner."""
        with self._lock:
            self._seats.pop(learner, None)
            for key in [key for key in self._of if key[0] == learner]:
                del self._of[key]


class WrittenCode(msgspec.Struct, frozen=True):
    """A learner's code for a lesson, from a Python file or a notebook.

    Attributes:
        name: the file's name, or "" if there is none.
        code: the tag and the code of each exercise that they began.
        whole: all of the code, if no cell gives its exercise.
        notes: sentences with what somebody should know about the file.
        is_regular: whether it is a regular file, if there is one.
    """

    name: str = ""
    code: tuple[tuple[str, str], ...] = ()
    whole: str = ""
    notes: tuple[str, ...] = ()
    is_regular: bool = True

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags of the exercises that they began."""
        return tuple(tag for tag, _ in self.code)


def find_written(attempts: Attempts, lesson: Lesson) -> WrittenCode:
    """Return the parts of a learner's file that differ from the lesson's page."""
    path = attempts.path(lesson)
    try:
        if not attempts.has_file(path):
            return WrittenCode()
        attempt = attempt_file.parse_attempt(attempts.content(path), path.name)
        if len(attempt.content) > attempts.largest:
            most = describe_size(attempts.largest)
            raise Misuse(f"{path.name} has more than {most} of code and text.")
        text = decode_source(attempt.content)
        stubs = Document.read(lesson.page).code_by_exercise()
    except (Misuse, Unreadable) as error:
        is_regular = not isinstance(error, NotRegular)
        return WrittenCode(path.name, notes=(str(error),), is_regular=is_regular)
    except OSError as error:
        problem = f"{path.name} cannot be read: {error.strerror}."
        return WrittenCode(path.name, notes=(problem,))
    theirs = Document.from_python(text).code_by_exercise()
    whole = "" if theirs else text
    code = tuple(one for one in theirs.items() if one[1] != stubs.get(*one))
    return WrittenCode(path.name, code, whole, attempt.notes)


def _first_sentence(exercise: ExerciseResult, report: Report) -> str:
    """Return what the learner reads first about a wrong exercise, or ""."""
    finding = exercise.finding or report.problem
    if exercise.is_right or finding is None:
        return ""
    if len(finding.mistakes) == 1:
        return finding.mistakes[0].sentence.partition("\n")[0]
    values = finding.expected and finding.got
    more = f" Expected {finding.expected}, got {finding.got}." if values else ""
    return finding.sentence.partition("\n")[0] + more


def _mistake_of(exercise: ExerciseResult) -> str:
    """Return the mistake that was named, or "" if it may be one of several."""
    mistakes = exercise.finding.mistakes if exercise.finding else ()
    return mistakes[0].tag if len(mistakes) == 1 else ""
