"""room: the state of a room that is being served, and the changes to it."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import shutil
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from grader import judge
from grader.classroom.workshop import folders
from grader.classroom.workshop.board import Board, Sentences, count
from grader.classroom.workshop.graders import LearnerQuota, RoomResources
from grader.classroom.workshop.membership import Membership, count_people
from grader.classroom.workshop.progress import RoomProgress, find_written
from grader.classroom.workshop.room_state import Member, Refused
from grader.classroom.workshop.room_store import PRIVATE
from grader.common import files
from grader.common.errors import GraderError, Misuse, NotFound
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.judge import ExerciseInfo
from grader.learner.gradebook import MOST_RECENT, NOBODY, Gradebook, gradebook_path
from grader.learner.session import LearnerSession, focus_after
from grader.report import Report
from grader.report.sentences import moment_in_seconds
from grader.web.class_state import ClassState
from grader.web.jobs import Jobs
from grader.web.learner_context import LearnerAction, LearnerContext
from grader.web.page_store import Attempts
from grader.web.responses import Events
from grader.web.work_queue import SharedWork, WorkQueue

MOST_STREAMS = 3
MOST_BOARDS = 20
_PAUSE_S = 1.0
_AWAY_AFTER_S = 300.0
_MOST_OF, _QUIET_S = 0.8, 180.0
# With less on the disk, only what learners do on their pages is taken.
LEAST_FREE = 500_000_000
_REMOVED = "removed"


class Room:
    """A room that is being served.

    Args:
        root: the course.
        membership: its members.
        require_sandbox: run no learner's code unless every part of the isolation works.
    """

    def __init__(
        self, root: Path, membership: Membership, require_sandbox: bool = False
    ) -> None:
        self.root, self.membership = root, membership
        self.resources = RoomResources(root, require_sandbox)
        self.lessons = {one.short_name: one for one in catalog.lessons(root)}
        self._exercises: dict[str, tuple[ExerciseInfo, ...]] = {}
        self.progress, self.sentences = RoomProgress(), Sentences(self.lessons)
        self.boards, self.shared_work = Events(MOST_BOARDS), SharedWork()
        self._opened_at = time.monotonic()
        self._changed = threading.Event()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._contexts: dict[str, LearnerContext] = {}
        self._quotas: dict[str, LearnerQuota] = {}
        self._not_regular: dict[tuple[str, str], str] = {}
        self._replay()

    def context(self, member: Member) -> LearnerContext:
        """Return the context that a learner's pages work with."""
        return self.context_of(member.id)

    def context_of(self, learner: str) -> LearnerContext:
        """Return the context of a learner, by their id."""
        # Only one for each, because its lock keeps two saves apart.
        with self._lock:
            if learner not in self._contexts:
                self._contexts[learner] = self._make_context(learner)
            return self._contexts[learner]

    def contexts(self) -> Iterable[LearnerContext]:
        """Return the contexts of all learners so far."""
        with self._lock:
            return tuple(self._contexts.values())

    def _replay(self, only: str = "") -> None:
        """Restore the progress of one learner, or of all, from the records.

        Records of former members are ignored.
        """
        ids = {only} if only else {one.id for one in self.membership.members}
        # Take the files first: a grading that didn't load counts only for exercises
        # begun there.
        for learner in ids:
            self.note_files(learner)
        merged = self.membership.state.merged
        with self.gradebook() as book:
            # The room may have been killed while two members were being merged.
            for former in book.learners() & merged.keys():
                book.transfer(former, merged[former])
            for learner in ids:
                self._replay_gradings(learner, book.gradings(learner=learner))
            for short, lesson in self.lessons.items():
                for learner, exercise in book.hints(lesson.name):
                    if learner in ids:
                        self.progress.note_hint(learner, short, exercise)

    def _replay_gradings(
        self, learner: str, gradings: Iterable[tuple[str, Report]]
    ) -> None:
        """Add what was graded for a learner."""
        names = {lesson.name: short for short, lesson in self.lessons.items()}
        recent: dict[str, deque[Report]] = defaultdict(
            lambda: deque(maxlen=MOST_RECENT)
        )
        for _, report in gradings:
            # A grading by the instructor is nobody's try.
            if (short := names.get(report.lesson)) and not report.is_of_class:
                focus = ""
                recent[short].appendleft(report)
                with contextlib.suppress(GraderError):  # the lesson may be broken
                    focus = focus_after(self.lessons[short], recent[short]).tag
                at = moment_in_seconds(report.started_at)
                focus = focus or report.partial
                self.progress.note_report(learner, short, report, at, focus)

    def _receive_file(self, learner: str, lesson: Lesson, content: bytes) -> None:
        """Put a file into a learner's folder, and keep what it replaces.

        Raises:
            Misuse: if the disk is nearly full, the file can't be written, or it
                replaces something else than a file.
        """
        if self.disk_problem:
            raise Misuse(
                "The disk of the machine that serves this room is nearly full, and it "
                "takes no file now. Yours stays where it is: tell your instructor, and "
                "try again later."
            )

        def write(path: Path, content: bytes) -> None:
            folders.write_with_backup(path, content, self.earlier(learner))

        self.context_of(learner).attempts.replace(lesson, content, write)
        self._note_file(learner, lesson.short_name)
        self.mark_changed()

    def find_idle(self) -> list[Member]:
        """Return the members who have never written anything, the longest absent first.

        Those with an open page come last.
        """
        busy = self.progress.workers()
        idle = [
            one
            for one in self.membership.joined
            if one.id not in busy and not _holds_files(self.folder_of(one.id))
        ]
        return sorted(idle, key=self._presence)

    def is_away(self, member: Member) -> bool:
        """Return whether no page of a member has been open for some minutes."""
        is_here, seen_at = self._presence(member)
        seen_at = max(seen_at, self._opened_at)
        return not is_here and time.monotonic() - seen_at >= _AWAY_AFTER_S

    def _presence(self, member: Member) -> tuple[bool, float]:
        """Return whether a member's page is open, and when one was open last."""
        with self._lock:
            context = self._contexts.get(member.id)
        if context is None:
            return False, self.membership.seen_at(member.id)
        seen_at = max(self.membership.seen_at(member.id), context.events.left_at)
        return context.events.has_listeners, seen_at

    @property
    def problem(self) -> str:
        """Sentences about the room's disk and files for the instructor, or ""."""
        problems = [self.disk_problem, *self._not_regular.values()]
        return " ".join(filter(None, problems))

    @property
    def disk_problem(self) -> str:
        """The message for the instructor if the disk is nearly full, otherwise ""."""
        free = shutil.disk_usage(self.membership.folder).free
        if free >= LEAST_FREE:
            return ""
        return (
            f"Only {free // 10**6:,} MB are free on the disk of this machine. The "
            f"learners' pages are still saved. Files that they hand in are not taken "
            f"until there are {LEAST_FREE // 10**6} MB. Free some space."
        )

    def note_files(self, learner: str) -> None:
        """Mark the exercises as begun that a learner's files contain answers to."""
        for name in self.lessons:
            self._note_file(learner, name)

    def _note_file(self, learner: str, name: str) -> None:
        attempts = Attempts(self.folder_of(learner), is_own=False)
        written = find_written(attempts, self.lessons[name])
        self.progress.note_written(learner, name, written.tags)
        self._not_regular.pop((learner, name), None)
        if not written.is_regular:
            self._not_regular[learner, name] = f"{learner}: {written.notes[0]}"

    def exercises(self, lesson: str) -> tuple[ExerciseInfo, ...]:
        """Return the exercises of a lesson, or () if there is no such lesson."""
        if lesson in self.lessons and lesson not in self._exercises:
            self._exercises[lesson] = judge.exercises(self.lessons[lesson])
        return self._exercises.get(lesson, ())

    def tags(self, lesson: str) -> tuple[str, ...]:
        """Return the tags of a lesson's exercises."""
        return tuple(info.tag for info in self.exercises(lesson))

    def count(self) -> Board:
        """Count the current lesson."""
        lesson = self.current_lesson
        learners = count_people(self.membership.members)
        infos = self.exercises(lesson)
        numbers = {short: one.number for short, one in self.lessons.items()}
        return count(lesson, infos, learners, self.progress, self.sentences, numbers)

    @property
    def current_lesson(self) -> str:
        """The short name of the class's current lesson; by default the first."""
        short_name = self.membership.state.lesson
        return short_name if short_name in self.lessons else next(iter(self.lessons))

    def mark_changed(self) -> None:
        """Notify the boards soon."""
        self._changed.set()

    def publish_changes(self, over: threading.Event) -> None:
        """Notify the boards of changes, at most once a second, until `over` is set."""
        while not over.wait(_PAUSE_S):
            if self._changed.is_set():
                # Clear it first, so that a later change is published the next time.
                self._changed.clear()
                self.boards.publish("board", {})

    def set_lesson(self, lesson: str) -> None:
        """Set the lesson that the class works on, and show it to the learners.

        Raises:
            NotFound: if there is no such lesson.
        """
        if lesson not in self.lessons:
            raise NotFound(lesson)
        self.membership.set_lesson(lesson)
        self._publish_class_state()
        self.resources.prepare(self.lessons[lesson])

    def class_state(self) -> ClassState:
        """Return the current message, clock, lesson and open solutions of the class."""
        number, state = next(self._numbers), self.membership.state  # in this order
        return ClassState(
            state.lesson,
            state.message,
            state.clock_ends_at,
            state.revealed,
            number=number,
        )

    def _state_for(self, learner: str) -> ClassState:
        """Return the state of the class as a learner's pages show it."""
        state = self.class_state()  # first, so that it has the lower number
        help_with = self.membership.help_wanted_by(learner)
        return msgspec.structs.replace(state, help_with=help_with)

    def set_message(self, words: str) -> None:
        """Show a message to everybody; "" takes it back."""
        self.membership.set_message(words)
        self._publish_class_state()

    def set_help(self, learner: str, exercise: str) -> None:
        """Note that a learner needs help with an exercise, or with none for "".

        Raises:
            NotFound: if nobody has this id.
        """
        self.membership.set_help(learner, exercise, time.time())
        context = self.context(self.membership.member(learner))
        context.events.publish("hour", context.class_state().to_fields())
        self.mark_changed()

    def set_clock(self, ends_at: float) -> None:
        """Set when the clock ends, in seconds since 1970; 0 for no clock."""
        self.membership.set_clock(ends_at)
        self._publish_class_state()

    def reveal(self, exercise: str) -> None:
        """Open the solution of an exercise to everybody.

        Raises:
            Refused: there is no such exercise.
            Misuse: the course came without its solutions.
        """
        for name, lesson in self.lessons.items():
            if exercise in self.tags(name):
                catalog.require_solution(lesson)
                revealed = self.membership.state.revealed
                self.membership.set_revealed((*revealed, exercise))
                self._publish_class_state()
                return
        raise Refused(f"There is no exercise {exercise} in this course.", 400)

    def conceal(self) -> None:
        """Close the solutions that were opened to everybody."""
        self.membership.set_revealed(())
        self._publish_class_state()

    def _publish_class_state(self) -> None:
        for context in self.contexts():
            context.events.publish("hour", context.class_state().to_fields())
        self.mark_changed()

    @property
    def are_most_in(self) -> bool:
        """Whether few are still expected: most of the list are in, or nobody new came
        for some minutes.
        """
        joined, members = self.membership.joined, self.membership.members
        if any(one.is_listed for one in members):
            return len(joined) >= _MOST_OF * len(members)
        last = max((moment_in_seconds(one.joined_at) for one in joined), default=0.0)
        return bool(joined) and time.time() - last > _QUIET_S

    def folder_of(self, learner: str) -> Path:
        """Return the folder of a learner's files."""
        return self.membership.folder / learner

    def earlier(self, learner: str) -> Path:
        """Return the folder of the earlier versions of a learner's files."""
        return self.membership.folder / PRIVATE / folders.EARLIER / learner

    def gradebook(self) -> Gradebook:
        """Return the gradebook of the class."""
        return Gradebook(gradebook_path(self.membership.folder))

    def end_work(self, learner: str) -> None:
        """End the running jobs of a former member, and forget their progress."""
        self.progress.forget(learner)
        with self._lock:
            context = self._contexts.pop(learner, None)
            quota = self._quotas.pop(learner, None)
        if context is not None:
            context.jobs.stop()
        if quota is not None:
            quota.forget()

    def describe_files(self, learner: str) -> list[str]:
        """Return the names of a learner's files, each with when it was written."""
        return [
            f"{path.name}, "
            f"{datetime.fromtimestamp(path.stat().st_mtime):%Y-%m-%d %H:%M}"
            for path in sorted(self.folder_of(learner).glob("*"))
            if _is_regular(path)
        ]

    def merge(self, learner: str, into: str) -> None:
        """Merge a learner into another one, with files and gradings.

        If both have a file, the newer one counts, and the other is kept.

        Raises:
            NotFound: if nobody has one of the ids.
            Refused: if they are one already.
        """
        self.membership.merge(learner, into)
        # Before a file is moved, end their running jobs.
        self.end_work(learner)
        old, new = self.folder_of(learner), self.folder_of(into)
        for path in sorted(old.glob("*")) if old.is_dir() else ():
            goal = new / path.name
            if _is_regular(path) and (_is_regular(goal) or not os.path.lexists(goal)):
                _move(path, goal, self.earlier(into))
        self._move_away(learner)
        with self.gradebook() as book:
            book.transfer(learner, into)
        self.progress.forget(into)
        self._replay(into)
        self.mark_changed()

    def remove(self, learner: str) -> None:
        """Remove a learner; their folder is kept, but isn't counted anywhere.

        Raises:
            NotFound: if nobody has this id.
        """
        self.membership.remove(learner)
        self.end_work(learner)
        self._move_away(learner)
        with self.gradebook() as book:
            book.transfer(learner, NOBODY)
        self.mark_changed()

    def remove_one_idle(self) -> bool:
        """Remove a member who has never written anything, if there is one.

        Returns:
            Whether there was one.
        """
        # People on the roster have a place, even if they haven't joined.
        idle = [one for one in self.find_idle() if not one.is_listed]
        self._take_out(idle[:1])
        return bool(idle)

    def remove_idle(self) -> None:
        """Remove all members who have never written anything."""
        self._take_out(self.find_idle())

    def close(self) -> None:
        """End every process."""
        for context in self.contexts():
            context.jobs.stop()
        self.resources.close()

    def _make_context(self, name: str) -> LearnerContext:
        folder, events = self.membership.folder, Events(MOST_STREAMS)
        session = LearnerSession(gradebook_path(folder), name)
        quota = self._quotas[name] = LearnerQuota(self.resources)
        jobs = Jobs(quota, session, events.publish)
        return LearnerContext(
            Attempts(folder / name, is_own=False),
            jobs,
            events,
            WorkQueue(self.shared_work),
            on_action=lambda action: self._note(name, action),
            greeting=lambda: self._greet(name),
            class_state=lambda: self._state_for(name),
            exercises=lambda lesson: self.exercises(lesson.short_name),
            belongs_to=lambda learner: (
                name in (learner, self.membership.current_id(learner))
            ),
            receive=functools.partial(self._receive_file, name),
            replaced=lambda lesson: folders.find_earlier(
                self.earlier(name), lesson.name
            ),
        )

    def _greet(self, name: str) -> str:
        member = self.membership.member(name)
        return (
            f"You are here as {member.display_name}. "
            f"Your return code is {member.return_code}. Write it down: it lets you "
            "come back from another browser or device, or after you closed this "
            "browser."
        )

    def _note(self, learner: str, action: LearnerAction) -> None:
        """Add a learner's action on a page to the progress."""
        lesson, now = action.lesson.short_name, time.time()
        if action.kind == "saved" and action.exercise:
            self.progress.note_written(learner, lesson, [action.exercise])
            self.progress.sit(learner, lesson, action.exercise, now)
        elif action.kind == "hinted":
            self.progress.note_hint(learner, lesson, action.exercise)
            self.progress.sit(learner, lesson, action.exercise, now)
        elif action.kind == "help":
            if action.exercise:
                self.progress.sit(learner, lesson, action.exercise, now)
            self.set_help(learner, action.exercise)
        elif action.report is not None:
            self.progress.note_report(
                learner, lesson, action.report, now, action.exercise
            )
            help_with = self.membership.help_wanted_by(learner)
            if help_with in {x.tag for x in action.report.exercises if x.is_right}:
                self.set_help(learner, "")
        self.mark_changed()

    def _take_out(self, several: Sequence[Member]) -> None:
        self.membership.remove_all({one.id for one in several})
        for member in several:
            self.end_work(member.id)
            self._move_away(member.id)
        with self.gradebook() as book:
            for member in several:
                book.transfer(member.id, NOBODY)
        self.mark_changed()

    def _move_away(self, learner: str) -> None:
        """Move a learner's folder to a place where it isn't counted."""
        old = self.folder_of(learner)
        if not old.is_dir():
            return
        removed = self.membership.folder / PRIVATE / _REMOVED
        with files.explain_write_error(removed):
            removed.mkdir(exist_ok=True)
            number = 1
            while (goal := removed / f"{learner}-{number}").exists():
                number += 1
            old.rename(goal)


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _move(path: Path, goal: Path, earlier: Path) -> None:
    """Move a file; if both differ, the older one becomes an earlier version."""
    content, written = path.read_bytes(), path.stat().st_mtime_ns
    if goal.is_file() and written < goal.stat().st_mtime_ns:
        folders.keep(path.name, content, earlier)
    else:
        folders.write_with_backup(goal, content, earlier)
        # Keep its time, which decides whether it is late, and newer than a notebook
        # beside it.
        os.utime(goal, ns=(written, written))
