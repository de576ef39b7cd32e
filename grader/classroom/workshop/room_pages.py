"""room_pages: the pages of a room for joining, the projector and the instructor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from grader.classroom.class_files import CsvValue, csv_bytes
from grader.classroom.comments import CommentRow
from grader.classroom.workshop.addresses import make_qr
from grader.classroom.workshop.board import Board
from grader.classroom.workshop.membership import Membership
from grader.classroom.workshop.progress import ExerciseProgress, WrittenCode
from grader.classroom.workshop.room_state import (
    LONGEST_COMMENT,
    LONGEST_MESSAGE,
    Member,
    RoomState,
)
from grader.common.sanitize import comparable_name
from grader.course.document import typeset
from grader.course.document.catalog import Lesson
from grader.course.document.markup import Html
from grader.course.document.templates import render
from grader.judge import ExerciseInfo
from grader.report import Outcome, Report
from grader.web import drawing
from grader.web.class_state import ClassState, seconds_left
from grader.web.pages import draw_page

_SCRIPTS = ("board",)
# With so many, the board has no room for a large invitation.
_MANY_MISTAKES = 3
_TYPED = ("code", "listed", "name", "number", "partner", "to")
# By `ExerciseProgress.state`, in the order of the board's columns.
WORDS = {
    "right": "right",
    "wrong": "wrong",
    "working": "in progress",
    "open": "nothing yet",
}
# The instructor's page shows a limited amount of code, so that it is always quick.
_MOST_SHOWN = typeset.LONGEST_CODE
_SIGNS = {"right": "✓", "wrong": "✗", "working": "…", "open": "·"}
# The columns of `class_csv` before those of the exercises, each with its meaning.
CLASS_COLUMNS = {
    "learner": "the name of their folder",
    "name": "the name that they chose",
    "partner": "who works with them at the same machine",
    "wants help with": "the exercise with which they have pressed *I need help*",
    "at": "the exercise that they are working on",
    "minutes": "how long they have been at it",
    "minutes since last active": "since they last wrote, graded or took a hint, or "
    "since they joined",
    "tries": "how many versions of it they have had graded",
    "hints": "how many of its hints they opened",
    "last feedback": "the sentence that they read last about it",
}


def join_page(
    membership: Membership,
    typed: Mapping[str, str],
    problem: str = "",
    *,
    knows_code: bool = False,
    asks_number: bool = False,
) -> bytes:
    """Return the page for joining.

    It asks for the code first. The names on the roster are only for those who know it.

    Args:
        membership: the members of the room.
        typed: the earlier input.
        problem: what was wrong with it, or "".
        knows_code: whether it had the room's code.
        asks_number: whether a name isn't enough, because several people have it.
    """
    free = [one for one in membership.members if one.is_listed and not one.has_joined]
    names = list(dict.fromkeys(one.name for one in free)) if knows_code else []
    return draw_page(
        "web/join.html",
        "Join the room",
        problem=problem,
        names=names,
        typed={name: typed.get(name, "") for name in _TYPED},
        knows_code=knows_code,
        asks_number=asks_number,
    )


def wait_page(action: str, typed: Mapping[str, str], why: str) -> bytes:
    """Return the page for people who have to wait; its script tries again.

    Args:
        action: the action of the form that was filled in.
        typed: its fields.
        why: the reason for the wait.
    """
    title = "You will be in soon"
    return draw_page(
        "web/wait.html", title, ("wait",), why=why, action=action, fields=typed
    )


def board_page(
    lesson: Lesson, board: Board, state: RoomState, address: str, is_small: bool
) -> bytes:
    """Return the whole page; its script fetches `draw_board` again after changes."""
    now = draw_board(lesson, board, state, address, is_small)
    return draw_page("web/board.html", "The room", _SCRIPTS, now=now)


def draw_board(
    lesson: Lesson, board: Board, state: RoomState, address: str, is_small: bool
) -> Html:
    """Return what changes on the page.

    Args:
        lesson: the class's current lesson.
        board: how it is counted.
        state: the room.
        address: where learners find it.
        is_small: whether the invitation is drawn small.
    """
    return render(
        "web/board_now.html",
        room=state,
        address=address,
        is_small=is_small or len(board.mistakes) >= _MANY_MISTAKES,
        left=seconds_left(state.clock_ends_at),
        qr=_qr_fields(f"{address}/join?code={state.code}") if state.is_open else None,
        lesson=lesson,
        people=_people(board),
        words=WORDS,
        exercises=[
            (one, _bar_parts(one.counts, board.people)) for one in board.exercises
        ],
        mistakes=board.mistakes,
    )


def _people(board: Board) -> str:
    joined = "1 person has" if board.people == 1 else f"{board.people} people have"
    pairs = f", on {board.screens} pages" if board.screens < board.people else ""
    sentences = [f"{joined} joined{pairs}."]
    if board.earlier:
        are = "is" if board.earlier == 1 else "are"
        sentences.append(f"{board.earlier} {are} still at an earlier lesson.")
    if board.stuck:
        have = "has" if board.stuck == 1 else "have"
        sentences.append(
            f"{board.stuck} {have} tried three times or more where they are."
        )
    return " ".join(sentences)


def _bar_parts(counts: tuple[int, ...], people: int) -> list[tuple[str, float, float]]:
    """Return the counts as parts of one bar: the state, its start and its width."""
    at, parts = 0.0, []
    for state, number in zip(("right", "wrong", "working"), counts, strict=False):
        width = 100 * number / max(1, people)
        if number:
            parts.append((state, at, width))
        at += width
    return parts


def _qr_fields(text: str) -> dict[str, Any]:
    """Return a text as a QR code that is dark on white in every colour scheme."""
    rows = make_qr(text)
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return {"text": text, "size": len(rows), "path": path}


def label_all(members: Iterable[Member]) -> dict[str, str]:
    """Return names for the instructor, by id; namesakes get their id added."""
    people = list(members)
    often = Counter(comparable_name(one.name) for one in people)
    return {
        one.id: one.display_name
        if often[comparable_name(one.name)] == 1
        else f"{one.display_name} ({one.id})"
        for one in people
    }


class LearnerRow(msgspec.Struct, frozen=True):
    """A learner, as the instructor sees them.

    Attributes:
        member: who.
        exercise: the exercise that they are at, with its lesson's number in it, or "".
        minutes: since when.
        idle: minutes since they last wrote, graded or took a hint, or since they
            joined.
        is_stuck: whether they were wrong there three times or more.
        is_away: whether no page of theirs has been open for some minutes.
        help_minutes: since when they have wanted help.
        said: the sentence that they read last about that exercise, or "".
        here: their progress with that exercise; None before their first action.
        states: the state of each exercise of the current lesson, by tag.
    """

    member: Member
    exercise: str
    minutes: int
    idle: int
    is_stuck: bool
    is_away: bool
    help_minutes: int
    said: str
    here: ExerciseProgress | None
    states: Mapping[str, str]

    @property
    def urgency(self) -> tuple[int, int]:
        """The key to sort by: first those who want help, then those who are stuck.

        Those who are away come last. In each group the longest time comes first.
        """
        if self.member.help_with:
            return 0, -self.help_minutes
        if self.is_stuck:
            return 1, -self.minutes
        return 3 if self.is_away else 2, -max(self.minutes, self.idle)

    @property
    def last_active(self) -> str:
        """When they last did something, in words."""
        return f"{self.idle} min ago" if self.idle else "now"


class RoomView(msgspec.Struct, frozen=True):
    """A room as the instructor sees it.

    Attributes:
        lesson: the class's current lesson.
        tags: its exercises.
        rows: who is where.
        people: how many that are.
        kept: the room.
        class_state: what the learners' pages show of the class.
        labels: everybody's name for the instructor, by id.
        problem: what is wrong with the room, or "".
    """

    lesson: Lesson
    tags: tuple[str, ...]
    rows: tuple[LearnerRow, ...]
    people: int
    kept: RoomState
    class_state: ClassState
    labels: Mapping[str, str]
    problem: str = ""

    @property
    def ordered(self) -> list[LearnerRow]:
        """The rows, with the most urgent first."""
        return sorted(self.rows, key=lambda row: row.urgency)


def instructor_page(lessons: Sequence[Lesson], view: RoomView) -> bytes:
    """Return the whole page; its script fetches `draw_rows` again after changes."""
    return draw_page(
        "web/instructor.html",
        "Who is where",
        _SCRIPTS,
        now=draw_rows(view),
        lessons=lessons,
        lesson=view.lesson,
        tags=view.tags,
        longest_message=LONGEST_MESSAGE,
    )


def draw_rows(view: RoomView) -> Html:
    """Draw all that changes on the page."""
    return render(
        "web/instructor_now.html",
        shown=view,
        left=seconds_left(view.kept.clock_ends_at),
        signs=_SIGNS,
        words=WORDS,
    )


def class_csv(view: RoomView) -> bytes:
    """Return a CSV table of the learners, with their exercises and states."""
    rows: list[list[CsvValue]] = [[*CLASS_COLUMNS, *view.tags]]
    for row in view.ordered:
        one, here = row.member, row.here
        counts: list[CsvValue] = [here.tries, here.hints] if here else ["", ""]
        states: list[CsvValue] = [WORDS[row.states[tag]] for tag in view.tags]
        times: list[CsvValue] = [row.exercise, row.minutes, row.idle]
        who: list[CsvValue] = [one.id, one.name, one.partner, one.help_with]
        rows.append([*who, *times, *counts, row.said, *states])
    return csv_bytes(rows, for_spreadsheet=True)


def member_page(
    member: Member,
    others: Mapping[str, str],
    lesson: Lesson,
    infos: Sequence[ExerciseInfo],
    standings: Sequence[ExerciseProgress],
    written: WrittenCode,
    report: Report | None,
    comments: Sequence[CommentRow] = (),
    problem: str = "",
) -> bytes:
    """Return a learner's page: their progress, the last grading, and their code.

    Args:
        member: the learner.
        others: the names of the other people in the room, by id.
        lesson: the lesson that they are working on.
        infos: its exercises.
        standings: their progress with each of them.
        written: the code in their file for it.
        report: the last grading, or None.
        comments: the comments written for them by hand.
        problem: why the comments can't be read, or "".
    """
    progress = [
        (info, now, _describe_progress(now))
        for info, now in zip(infos, standings, strict=True)
    ]
    return draw_page(
        "web/member.html",
        member.display_name,
        _SCRIPTS,
        member=member,
        others=others,
        lesson=lesson,
        progress=progress,
        feedback=list(_feedback(report)),
        written=written,
        comments=comments,
        problem=problem,
        longest_comment=LONGEST_COMMENT,
        code=list(_set_code(written)),
        most_shown=f"{_MOST_SHOWN:,}",
    )


def merge_page(shown: Sequence[tuple[Member, str, Sequence[str]]]) -> bytes:
    """Return the page that asks whether two members are one person.

    Args:
        shown: both members, each with their name and their files; the second one stays.
    """
    title = "Are they one person?"
    return draw_page("web/merge.html", title, _SCRIPTS, shown=shown)


def _describe_progress(now: ExerciseProgress) -> str:
    # The outcome says how it isn't right; the board's words are for the rest.
    outcome = now.outcome
    has_failed = outcome is not None and (outcome.is_wrong or outcome.is_broken)
    return outcome.word if outcome and has_failed else WORDS[now.state]


def _set_code(written: WrittenCode) -> Iterator[tuple[str, Html, bool]]:
    """Yield each exercise's highlighted code, and whether it was cut."""
    left = _MOST_SHOWN
    for exercise, source in (("", written.whole),) if written.whole else written.code:
        is_cut = len(source) > left
        yield exercise, typeset.code(source[:left]), is_cut
        if is_cut:
            return
        left -= len(source)


def _feedback(report: Report | None) -> Iterator[tuple[str, Html]]:
    if report is None:
        return
    yield "", drawing.draw_report(report)
    for exercise in report.exercises if report.problem is None else ():
        # Exercises that they didn't attempt are in the table of their progress.
        if not exercise.is_right and exercise.outcome is not Outcome.NOT_ATTEMPTED:
            yield exercise.tag, drawing.draw_exercise(exercise)
