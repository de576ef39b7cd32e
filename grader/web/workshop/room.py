"""room: a class that works, as the server has it: who has which desk."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from grader import judge
from grader.document import catalog
from grader.gradebook import Gradebook, gradebook_path
from grader.judge import ExerciseInfo
from grader.report import Outcome
from grader.session import LearnerSession
from grader.web.desk import Desk, Done
from grader.web.jobs import Jobs
from grader.web.page_store import Attempts
from grader.web.server_sent_events import Events
from grader.web.workshop import folders
from grader.web.workshop.board import Board, count
from grader.web.workshop.members import Member
from grader.web.workshop.membership import Membership, Refused
from grader.web.workshop.outcome_log import LogEntry, OutcomeLog, ReportedOutcome
from grader.web.workshop.progress import RoomProgress
from grader.web.workshop.public_sentences import Sentences
from grader.web.workshop.rebuild_progress import find_written, rebuild
from grader.web.workshop.resources import LearnerQuota, RoomResources
from grader.web.workshop.room_state import PRIVATE

MOST_STREAMS = 3
MOST_BOARDS = 20
_PAUSE_S = 1.0
_JOURNAL = "told.jsonl"
# With less on the disk, only what learners do on their pages is taken.
LEAST_FREE = 500_000_000


class Room:
    """A room.

    Args:
        root: the course.
        membership: who is in it.
        require_sandbox: run nothing of a learner's unless every part of the isolation
            stands.
    """

    def __init__(
        self, root: Path, membership: Membership, require_sandbox: bool = False
    ) -> None:
        self.root, self.membership = root, membership
        self.shared = RoomResources(root, require_sandbox)
        self.journal = OutcomeLog(membership.folder / PRIVATE / _JOURNAL)
        self.lessons = {one.short_name: one for one in catalog.lessons(root)}
        self._exercises: dict[str, tuple[ExerciseInfo, ...]] = {}
        self.standings, self.sentences = RoomProgress(), Sentences(self.lessons)
        self.boards = Events(MOST_BOARDS)
        self._changed = threading.Event()
        self._lock = threading.Lock()
        self._desks: dict[str, Desk] = {}
        rebuild(self)  # last: it asks all that stands above

    def desk(self, member: Member) -> Desk:
        """Return the desk of somebody."""
        # One desk each, for it holds the lock that keeps two saves apart.
        with self._lock:
            if member.id not in self._desks:
                self._desks[member.id] = self._make_desk(member.id)
            return self._desks[member.id]

    def desks(self) -> Iterable[Desk]:
        """Return the desks of all who are or were here."""
        with self._lock:
            return tuple(self._desks.values())

    def hear(self, member: Member, told: ReportedOutcome, came_at: float) -> None:
        """Note what somebody's own editor tells.

        Raises:
            Refused: there is no such exercise, too much was told, or the disk is nearly
                full.
        """
        self._check_disk()
        if told.exercise not in self.tags(told.lesson):
            raise Refused("There is no such exercise in this course.", 400)
        if line := self.journal.add(member.id, told, came_at):
            self.note_line(line)
            self.change()

    def note_line(self, line: LogEntry) -> None:
        """Take in where somebody is who told it."""
        told, who = line.told, self.membership.now_called(line.learner)
        self.standings.note_outcome(
            who, told.lesson, told.exercise, Outcome(told.outcome), told.mistake,
            line.came_at, told.id,
        )  # fmt: skip

    def take_in(self, member: Member, name: str, content: bytes) -> None:
        """Put a file into somebody's folder; what stood there is kept.

        Raises:
            Refused: the disk is nearly full.
            Misuse: it cannot be written.
        """
        self._check_disk()
        folders.put(self.folder_of(member.id) / name, content, self.earlier(member.id))
        self.note_files(member.id)
        self.change()

    def find_idle(self) -> list[Member]:
        """Return those who joined and never wrote anything, the likeliest gone first.

        Whoever has a page open is last, and of the others whoever asked for something
        last.
        """
        busy = self.standings.workers()
        idle = [
            one
            for one in self.membership.joined
            if one.id not in busy and not _holds_files(self.folder_of(one.id))
        ]
        return sorted(idle, key=self._presence)

    def _presence(self, member: Member) -> tuple[bool, float]:
        with self._lock:
            desk = self._desks.get(member.id)
        is_here = desk is not None and desk.events.is_heard
        return is_here, self.membership.seen_at(member.id)

    @property
    def disk_problem(self) -> str:
        """What the instructor is shown while the disk is nearly full; else ""."""
        free = shutil.disk_usage(self.membership.folder).free
        if free >= LEAST_FREE:
            return ""
        return (
            f"Only {free // 10**6:,} MB are free on the disk of this machine. What "
            "learners write on their pages is still saved. Files that they hand in "
            "with their own editors, and what those report, are not taken until there "
            f"are {LEAST_FREE // 10**6} MB. Free some space."
        )

    def _check_disk(self) -> None:
        if self.disk_problem:
            raise Refused(
                "The disk of the machine that serves this room is nearly full, and it "
                "takes nothing from your editor now. Your file stays where it is: tell "
                "your instructor, and try again later.",
                507,
            )

    def note_files(self, learner: str) -> None:
        """Take in what is written in somebody's files."""
        attempts = Attempts(self.folder_of(learner), is_own=False)
        for name, lesson in self.lessons.items():
            written = find_written(attempts, lesson)
            self.standings.note_written(learner, name, written.tags)

    def exercises(self, lesson: str) -> tuple[ExerciseInfo, ...]:
        """Return the exercises of a lesson; none where there is no such lesson."""
        if lesson in self.lessons and lesson not in self._exercises:
            self._exercises[lesson] = judge.exercises(self.lessons[lesson])
        return self._exercises.get(lesson, ())

    def tags(self, lesson: str) -> tuple[str, ...]:
        """Return the tags of a lesson's exercises."""
        return tuple(info.tag for info in self.exercises(lesson))

    def count(self) -> Board:
        """Return the lesson of the hour, counted."""
        lesson = self.now_at
        learners = [one.id for one in self.membership.joined]
        infos = self.exercises(lesson)
        return count(lesson, infos, learners, self.standings, self.sentences)

    @property
    def now_at(self) -> str:
        """The short name of the lesson of the hour; the first before one is set."""
        lesson = self.membership.now.lesson
        return lesson if lesson in self.lessons else next(iter(self.lessons))

    def change(self) -> None:
        """Let the boards know, soon, that something is new."""
        self._changed.set()

    def tell_boards(self, over: threading.Event) -> None:
        """Tell the boards of what is new, once a second at most, until it is over."""
        while not over.wait(_PAUSE_S):
            if self._changed.is_set():
                # Before they are told: what is new meanwhile is told the next time.
                self._changed.clear()
                self.boards.tell("board", {})

    def go_on_to(self, lesson: str) -> None:
        """Set the lesson of the hour, and show it to the learners.

        Raises:
            LookupError: there is no such lesson.
        """
        self.membership.set_lesson(self.lessons[lesson].short_name)
        for desk in self.desks():
            desk.events.tell("next", {"lesson": lesson})
        self.shared.graders.prepare(self.lessons[lesson])
        self.change()

    def folder_of(self, learner: str) -> Path:
        """Return where somebody's files are."""
        return self.membership.folder / learner

    def earlier(self, learner: str) -> Path:
        """Return where it is kept what stood in somebody's files before."""
        return self.membership.folder / PRIVATE / folders.EARLIER / learner

    def gradebook(self) -> Gradebook:
        """Return the gradebook of the class."""
        return Gradebook(gradebook_path(self.membership.folder))

    def leave(self, learner: str) -> None:
        """Let nobody sit at somebody's desk any more."""
        self.standings.forget(learner)
        with self._lock:
            desk = self._desks.pop(learner, None)
        if desk is not None:
            desk.jobs.stop()

    def close(self) -> None:
        """End every process."""
        for desk in self.desks():
            desk.jobs.stop()
        self.shared.close()

    def _make_desk(self, name: str) -> Desk:
        folder, events = self.membership.folder, Events(MOST_STREAMS)
        session = LearnerSession(gradebook_path(folder), name)
        jobs = Jobs(LearnerQuota(self.shared), session, events.tell)
        return Desk(
            Attempts(folder / name, is_own=False),
            jobs,
            events,
            note=lambda done: self._note(name, done),
            greeting=lambda: self._greet(name),
            next_lesson=lambda: self.membership.now.lesson,
            exercises=lambda lesson: self.exercises(lesson.short_name),
            is_of=lambda learner: (
                name in (learner, self.membership.now_called(learner))
            ),
        )

    def _greet(self, name: str) -> str:
        one = self.membership.member(name)
        return (
            f"You are here as {one.shown}. Your return code is {one.return_code}: with "
            "it you come back from another browser or device. Write it down."
        )

    def _note(self, learner: str, done: Done) -> None:
        """Take in what somebody did on a page."""
        lesson, now = done.lesson.short_name, time.time()
        if done.kind == "saved" and done.exercise:
            self.standings.note_written(learner, lesson, [done.exercise])
            self.standings.sit(learner, lesson, done.exercise, now)
        elif done.kind == "hinted":
            self.standings.note_hint(learner, lesson, done.exercise)
        elif done.report is not None:
            self.standings.note_report(learner, lesson, done.report, now, done.exercise)
        self.change()


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
