"""session: what every medium does before and after a learner's grading.

Before it, the session looks up the verdicts that may be kept. After it, the gradebook
stores the report and the version of the file, and the learner sees the fixes that are
due. Only this module opens hints and solutions.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import msgspec
from msgspec.structs import replace

from grader import judge
from grader.common.errors import GraderError
from grader.course.document import catalog, page_builder
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.source import Unreadable
from grader.judge.request import GradingRequest
from grader.learner.gradebook import (
    LEARNER,
    NOBODY,
    Gradebook,
    HintStep,
    LessonStanding,
    combine,
    first_unfinished,
    gradebook_path,
)
from grader.report import ExerciseResult, Outcome, Report
from grader.report.feedback_policy import cures_of, depends_on_earlier, hold_back
from grader.report.focus import Focus, find_focus
from grader.report.sentences import count_of, moment_in_seconds
from grader.report.view import NextCommands

CURES_HEADING = "The mistake named at the last grading:"
_MOST_VERSIONS = 20
_MOST_OUTPUT = 20_000  # characters that a room records of what an attempt printed
_NEXT_HINT = (
    "The next hint opens after one more graded attempt at this exercise; the same text "
    "again is the same attempt."
)
_LAST_HINT = (
    "That was the last hint. The solution opens when the exercise is right, or after "
    "three graded attempts at it."
)


class Conclusion(msgspec.Struct, frozen=True):
    """A grading as the learner sees it.

    Attributes:
        report: the grading.
        focus: the exercise that is shown first.
        overall: of a grading of one exercise, with the latest outcomes of the others;
            otherwise the grading itself. Only for the score and the outcomes: fixes
            that aren't due are not held back.
        standings: if all was right, the learner's state in each lesson before.
        error: why it couldn't be recorded, or None.
        unrecorded: this as a sentence for the learner, or "".
    """

    report: Report
    focus: Focus
    overall: Report
    standings: Mapping[str, LessonStanding] = {}
    error: GraderError | None = None
    unrecorded: str = ""

    def require_recorded(self) -> None:
        """Raise the error if the grading couldn't be recorded."""
        if self.error is not None:
            raise self.error


class OpenHints(msgspec.Struct, frozen=True):
    """The hints of an exercise that are open, and what opens next.

    Attributes:
        exercise: the tag of the exercise.
        hints: the hints that are open, in order.
        total: how many hints the exercise has.
        is_new: whether the last of them is shown for the first time.
        cures: how to fix the mistakes that the last grading named.
        outlook: what opens next, and when, as a sentence, or "".
        command: the command that `outlook` leads to: "grade", "solution" or "".
    """

    exercise: str
    hints: tuple[str, ...]
    total: int
    is_new: bool = False
    cures: tuple[str, ...] = ()
    outlook: str = ""
    command: str = ""


class OpenSolutions(msgspec.Struct, frozen=True):
    """The open solutions of the requested exercises, and what is still closed.

    Attributes:
        code: the solutions that are open, or "".
        gate: when the others open, in sentences, or "".
        closed: the tags of the exercises without an open solution.
    """

    code: str
    gate: str = ""
    closed: tuple[str, ...] = ()


class CellVersion(msgspec.Struct, frozen=True):
    """A text of an exercise's cell that was graded, or thrown away by a reset.

    Attributes:
        text: the cell's text.
        graded_at: when it was graded last, UTC, ISO 8601; "" if it wasn't.
        outcome: what came of it then, or None.
    """

    text: str
    graded_at: str = ""
    outcome: Outcome | None = None


class LearnerSession:
    """One learner's gradings in a gradebook.

    Args:
        gradebook: the file of the gradebook.
        learner: the learner's name there; `NOBODY` for a file that isn't a working
            copy. Gradings of such a file are recorded, but don't count.
        attempts: the folder of the learner's own files. Their graded versions can be
            restored. None in a room.
    """

    def __init__(
        self, gradebook: Path, learner: str = LEARNER, attempts: Path | None = None
    ) -> None:
        self._path, self.learner, self._attempts = gradebook, learner, attempts

    @classmethod
    def at(cls, attempts: Path, learner: str = LEARNER) -> Self:
        """Return the session of the learner on this machine, in their own files."""
        folder = attempts if learner != NOBODY else None
        return cls(gradebook_path(attempts), learner, folder)

    def gradebook(self) -> Gradebook:
        """Open the gradebook."""
        return Gradebook(self._path)

    def earlier(self, lesson: Lesson) -> Report | None:
        """Return the earlier verdicts that the judge may keep, as one report."""
        if self.learner == NOBODY or not judge.requirements_of(lesson).trains:
            return None
        # A gradebook that can't be read is reported when the grading is recorded.
        with contextlib.suppress(GraderError), self.gradebook() as book:
            return book.earlier(lesson.name, self.learner)
        return None

    def weights(self, lesson: Lesson) -> Path:
        """Return the file for the network of a lesson's graded training."""
        from grader.learner.drawn_digits.weights import weights_path

        return weights_path(self._path, lesson.name, self.learner)

    def weights_to_keep(self, lesson: Lesson) -> str:
        """Return the file in which a grading stores its network; "" for none."""
        keeps = self.learner != NOBODY and judge.classifies_drawings(lesson)
        return str(self.weights(lesson)) if keeps else ""

    def complete(
        self, request: GradingRequest, lesson: Lesson, runs_everything: bool = False
    ) -> GradingRequest:
        """Return a request with the last grading, and with its file for a network.

        Args:
            request: what to grade, and how.
            lesson: its lesson.
            runs_everything: whether everything is run again, so no verdict is kept.
        """
        earlier = None if runs_everything else self.earlier(lesson)
        weights = self.weights_to_keep(lesson)
        return replace(request, earlier=earlier, weights=weights)

    def conclude(
        self,
        report: Report,
        lesson: Lesson,
        content: bytes,
        suffix: str,
        course: Sequence[Lesson] = (),
    ) -> Conclusion:
        """Record a grading, and return it as the learner sees it, recorded or not.

        The order is the same in every medium: what the learner sees depends on what was
        recorded before, so it is decided first. Then the grading is recorded, and drawn
        last.

        Args:
            report: the grading.
            lesson: its lesson.
            content: the file that was graded.
            suffix: the suffix of its name.
            course: all lessons, if what follows a right grading is shown.
        """
        due = hold_back(report) if depends_on_earlier(report) else report
        recent = tuple[Report, ...]()
        standings, why = dict[str, LessonStanding](), None
        try:
            with self.gradebook() as book:
                # A gradebook that can't be read can't be written, which is reported.
                with contextlib.suppress(GraderError):
                    due = self._redact(book, report)
                    if self.learner != NOBODY:
                        recent = book.recent(lesson.name, self.learner)
                    if course and report.has_passed:
                        standings = book.standings(lessons=course)
                self._record(book, report, content, suffix)
        except GraderError as error:
            why = error
        gradings = (report, *recent)
        if self.learner == NOBODY:
            focus = find_focus(report.exercises)
        else:
            focus = focus_after(lesson, gradings)
        overall = _overall(lesson, gradings)
        unrecorded = self._describe_unrecorded(why) if why else ""
        return Conclusion(due, focus, overall, standings, why, unrecorded)

    def _redact(self, book: Gradebook, report: Report) -> Report:
        """Return the report as the learner sees it after their earlier gradings.

        A fix is shown the second time, and wrong choices between two are named the
        third time. When the lesson is done, it has what became of the first guesses.
        """
        is_same = not depends_on_earlier(report)
        return report if is_same else book.redact(report, self.learner)

    def _record(
        self, book: Gradebook, report: Report, content: bytes, suffix: str
    ) -> None:
        """Record a grading, and store the version of the file.

        Raises:
            GraderError: the gradebook can't be written.
        """
        # A room's disk is for everybody.
        if self._attempts is None and len(report.output) > _MOST_OUTPUT:
            output = report.output[:_MOST_OUTPUT]
            report = replace(report, output=output, output_was_cut=True)
        book.record(report, self.learner)
        if self._attempts is not None:
            book.save_version(report.lesson, content, suffix, report.attempt_sha256)

    def _describe_unrecorded(self, error: GraderError) -> str:
        # Learners in a room can't fix the machine that serves it.
        why = error.for_others if self._attempts is None else f"{error}"
        return f"This grading was not recorded. {why}"

    def latest(self, lesson: Lesson) -> Report | None:
        """Return the latest verdict of each exercise, as the learner sees them."""
        with self.gradebook() as book:
            report = book.latest_verdicts(lesson.name, self.learner)
            return self._redact(book, report) if report else None

    def focus(self, lesson: Lesson) -> Focus:
        """Return the exercise that the learner is working on after the last grading."""
        # A gradebook that can't be read is reported when a grading is recorded.
        with contextlib.suppress(GraderError), self.gradebook() as book:
            return focus_after(lesson, book.recent(lesson.name, self.learner))
        return focus_after(lesson, ())

    def current_exercise(self, lesson: Lesson) -> str:
        """Return the tag of the exercise to work on; of the first if all are right."""
        return self.focus(lesson).tag or judge.exercises(lesson)[0].tag

    def next_commands(
        self,
        lesson: Lesson,
        course: Sequence[Lesson],
        standings: Mapping[str, LessonStanding],
        again: str = "",
        *,
        is_watching: bool = False,
        is_notebook: bool = False,
    ) -> NextCommands:
        """Return the commands that come after a grading.

        Args:
            lesson: the lesson that was graded.
            course: all lessons, in their order.
            standings: the learner's state in each lesson, by its name.
            again: the command that grades the same attempt again; "" for the usual one.
            is_watching: whether each save is graded.
            is_notebook: whether they are typed in a notebook.
        """
        following = catalog.lesson_after(lesson, course)
        # A grading of a file that isn't a working copy completes no lesson.
        also_done = {lesson.name} if self.learner != NOBODY else set()
        left = first_unfinished(course, standings, also_done)
        onward = (following or left) if left else None
        command = ""
        if onward:
            path = catalog.attempt_path(onward, onward.folder.parents[1])
            has_begun = onward is not following and path.exists()
            command = f"{'grade' if has_begun else 'start'} {onward.short_name}"
            command += " --notebook" if is_notebook and not has_begun else ""
        return NextCommands(
            again or f"grade {lesson.short_name}",
            lesson.short_name,
            command,
            is_watching,
            is_last=following is None,
            title=f"lesson {onward.number}, {onward.title}" if onward else "",
            can_do=judge.abilities_of(lesson),
            is_notebook=is_notebook,
        )

    def standings(self, course: Sequence[Lesson]) -> Mapping[str, LessonStanding]:
        """Return the learner's state in each lesson, by its name."""
        # A gradebook that can't be read is reported when a grading is recorded.
        with contextlib.suppress(GraderError), self.gradebook() as book:
            return book.standings(lessons=course)
        return {}

    def next_hint(self, lesson: Lesson, exercise: judge.ExerciseInfo) -> OpenHints:
        """Open the next hint of an exercise if that is allowed.

        Without solutions nothing can be graded, so only the first hint can open.
        """
        tag, hints = exercise.tag, exercise.hints
        with self.gradebook() as book:
            step = book.next_hint(lesson.name, tag, len(hints), self.learner)
            last = book.latest_verdicts(lesson.name, self.learner)
        opened = open_hints(tag, hints, step, cures_of(last, tag) if last else ())
        if opened.outlook and (why := catalog.explain_ungraded(lesson)):
            return replace(opened, outlook=why, command="")
        return opened

    @property
    def keeps_versions(self) -> bool:
        """Whether versions of a file are kept."""
        return self._attempts is not None

    def keep_version(self, lesson: Lesson, content: bytes) -> None:
        """Keep a Python file before a part of it is thrown away, if versions are kept.

        Raises:
            GraderError: the gradebook can't be written.
        """
        if self.keeps_versions:
            with self.gradebook() as book:
                book.save_version(lesson.name, content, ".py")

    def cell_versions(
        self, lesson: Lesson, exercise: str, replaced: Iterable[bytes] = ()
    ) -> tuple[CellVersion, ...]:
        """Return the kept texts of an exercise's last cell, each once, newest first.

        A version that can't be read any more is left out.

        Args:
            lesson: the lesson that contains the exercise.
            exercise: the tag of the exercise.
            replaced: files that others replaced, newest first; they count as newer.
        """
        versions: dict[str, CellVersion] = {}
        given = Document.read(lesson.page).answer_to(exercise)
        with self.gradebook() as book:
            graded = book.find_versions(lesson.name, self.learner)
            for content, report in itertools.chain(
                ((content, None) for content in replaced), graded
            ):
                with contextlib.suppress(Unreadable):
                    text = Document.from_python(content).answer_to(exercise)
                    if version := _version_of(text, report, exercise, given):
                        earlier = versions.get(version.text)
                        if earlier is None or earlier.outcome is None:
                            versions[version.text] = version
                if len(versions) == _MOST_VERSIONS:
                    break
        return tuple(versions.values())

    def solutions(
        self, lesson: Lesson, exercise: str = "", is_revealed: bool = False
    ) -> OpenSolutions:
        """Return the solution of an exercise, or of the whole lesson, as far as it is
        open.

        Args:
            lesson: the lesson that contains the exercise.
            exercise: the tag of the exercise; "" for all.
            is_revealed: whether an instructor has opened it to everybody.

        Raises:
            Misuse: the course came without its solutions.
        """
        catalog.require_solution(lesson)
        tags = [exercise] if exercise else [x.tag for x in judge.exercises(lesson)]
        with self.gradebook() as book:
            left = {
                tag: book.attempts_to_solution(lesson.name, tag, self.learner)
                for tag in tags
            }
        closed = {tag: n for tag, n in left.items() if n and not is_revealed}
        opened = [tag for tag in tags if tag not in closed]
        parts = opened if exercise or closed else [""]  # "" means the whole file
        code = "\n\n".join(
            page_builder.solution_code(lesson.solution, tag) for tag in parts
        )
        return OpenSolutions(
            code, describe_gate(closed) if closed else "", tuple(closed)
        )


def _version_of(
    text: str | None, report: Report | None, exercise: str, given_code: str | None
) -> CellVersion | None:
    """Return what a kept file has of an exercise, or None for nothing to restore."""
    if text is None or (report is None and text == given_code):
        return None
    if report is None:
        return CellVersion(text)
    result = next((x for x in report.exercises if x.tag == exercise), None)
    return CellVersion(text, report.started_at, result.outcome) if result else None


def focus_after(lesson: Lesson, gradings: Sequence[Report]) -> Focus:
    """Return the exercise that a learner is working on after these gradings of a
    lesson, newest first.
    """
    return find_focus(_every_verdict(lesson, gradings), gradings)


def _overall(lesson: Lesson, gradings: Sequence[Report]) -> Report:
    """Return the newest grading, with the latest outcomes of what it left out."""
    report = gradings[0]
    if not report.partial or report.problem is not None:
        return report
    return replace(report, exercises=_every_verdict(lesson, gradings), partial="")


def _every_verdict(
    lesson: Lesson, gradings: Sequence[Report]
) -> tuple[ExerciseResult, ...]:
    """Return the latest result of each exercise of a lesson, in its order.

    Args:
        lesson: gives the order of its exercises.
        gradings: gradings of it, newest first. Those of a file that couldn't be loaded
            don't count.
    """
    loaded = [one for one in gradings if one.problem is None]
    if loaded and not loaded[0].partial:
        return loaded[0].exercises
    latest = combine(loaded)
    latest_by_tag = {one.tag: one for one in latest.exercises} if latest else {}
    return tuple(
        latest_by_tag.get(info.tag)
        or ExerciseResult(info.tag, info.title, info.points, Outcome.NOT_ATTEMPTED, ())
        for info in judge.exercises(lesson)
    )


def find_next_lesson(
    lessons: Sequence[Lesson],
    standings: Mapping[str, LessonStanding],
    path_of: Callable[[Lesson], Path],
) -> Lesson | None:
    """Return the lesson to go on with, or None if all are done.

    It is the one that the learner worked on last. If that is done, it is the next one
    that isn't.

    Args:
        lessons: the lessons, in the order of the course.
        standings: the learner's state in each lesson, by its name.
        path_of: returns the learner's file for a lesson, which needn't exist.
    """

    def worked_at(lesson: Lesson) -> float:
        graded = standings.get(lesson.name)
        graded_at = moment_in_seconds(graded.last_at) if graded else 0.0
        return max(graded_at, catalog.written_at(lesson, path_of(lesson)))

    # If several are equal, as when nothing was begun, this is the first.
    last = max(range(len(lessons)), key=lambda i: worked_at(lessons[i]), default=0)
    return first_unfinished([*lessons[last:], *lessons[:last]], standings)


def open_hints(
    exercise: str, hints: Sequence[str], step: HintStep, cures: tuple[str, ...] = ()
) -> OpenHints:
    """Return the hints that are open after a step up the hint ladder."""
    outlook, command = "", ""
    if step.shown >= len(hints):
        outlook, command = _LAST_HINT, "solution"
    elif step.needs_grading:
        outlook, command = _NEXT_HINT, "grade"
    opened = tuple(hints[: step.shown])
    return OpenHints(exercise, opened, len(hints), step.is_new, cures, outlook, command)


def describe_gate(closed: Mapping[str, int]) -> str:
    """Return when the solutions that are still closed will open.

    Args:
        closed: by exercise, the graded attempts that are still needed.

    >>> describe_gate({"3a": 1}).partition(". ")[0]
    'The solution of 3a opens when it is right, or after 1 more graded attempt'
    >>> describe_gate({"3a": 3, "3b": 3, "3c": 2}).partition(": ")[2].partition(". ")[0]
    '3a, 3b each after 3 more graded attempts; 3c after 2 more graded attempts'
    """
    alike: dict[int, list[str]] = {}
    for tag, more in closed.items():
        alike.setdefault(more, []).append(tag)
    waits = [
        (", ".join(tags), f"after {count_of(more, 'more graded attempt')}")
        for more, tags in alike.items()
    ]
    if len(closed) == 1:
        ((tag, wait),) = waits
        opens = f"The solution of {tag} opens when it is right, or {wait}."
    else:
        each = (
            f"{tags}{' each' if ',' in tags else ''} {wait}" for tags, wait in waits
        )
        opens = (
            "The solution of an exercise opens when it is right, or else: "
            f"{'; '.join(each)}."
        )
    return (
        f"{opens} The same text again is the same attempt. Until then there are hints."
    )
