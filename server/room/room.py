"""room: a class that works, as the server has it: who has which desk."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from grader import catalog, judge
from grader.gradebook import gradebook_path
from server.attempts import Attempts
from server.desk import Desk
from server.events import Events
from server.jobs import Jobs
from server.room import folders
from server.room.kept import PRIVATE
from server.room.members import Member
from server.room.register import Refused, Register
from server.room.shared import OfOne, Shared
from server.room.told import Journal, Told

MOST_STREAMS = 3
_JOURNAL = "told.jsonl"


class Room:
    """A room.

    Args:
        root: the course.
        register: who is in it.
        require_sandbox: run nothing of a learner's unless every part of the isolation
            stands.
    """

    def __init__(
        self, root: Path, register: Register, require_sandbox: bool = False
    ) -> None:
        self.root, self.register = root, register
        self.shared = Shared(root, require_sandbox)
        self.journal = Journal(register.folder / PRIVATE / _JOURNAL)
        self._lock = threading.Lock()
        self._desks: dict[str, Desk] = {}
        self._tags = {
            lesson.short_name: [info.tag for info in judge.exercises(lesson)]
            for lesson in catalog.lessons(root)
        }

    def desk(self, member: Member) -> Desk:
        """The desk of somebody."""
        with self._lock:
            if member.id not in self._desks:
                self._desks[member.id] = self._make_desk(member.id)
            return self._desks[member.id]

    def desks(self) -> Iterable[Desk]:
        """The desks of all who are or were here."""
        with self._lock:
            return tuple(self._desks.values())

    def hear(self, member: Member, told: Told, came_at: float) -> None:
        """Note what somebody's own editor tells.

        Raises:
            Refused: there is no such exercise, or too much was told.
        """
        if told.exercise not in self._tags.get(told.lesson, ()):
            raise Refused("There is no such exercise in this course.", 400)
        self.journal.add(member.id, told, came_at)

    def take_in(self, member: Member, name: str, content: bytes) -> None:
        """Put a file into somebody's folder; what stood there is kept.

        Raises:
            Misuse: it cannot be written.
        """
        folder = self.register.folder
        folders.put(folder / member.id / name, content, self._earlier(member.id))

    def close(self) -> None:
        """End every process."""
        for desk in self.desks():
            desk.jobs.stop()
        self.shared.close()

    def _make_desk(self, name: str) -> Desk:
        folder, events = self.register.folder, Events(MOST_STREAMS)
        book = gradebook_path(folder)
        jobs = Jobs(OfOne(self.shared), book, events.tell, name)
        return Desk(
            Attempts(folder / name),
            jobs,
            events,
            greeting=lambda: self._greet(name),
            next_lesson=lambda: self.register.now.lesson,
        )

    def _greet(self, name: str) -> str:
        one = self.register.member(name)
        return (
            f"You are here as {one.shown}. Your return code is {one.return_code}: with "
            "it you come back from another browser or device. Write it down."
        )

    def _earlier(self, name: str) -> Path:
        return self.register.folder / PRIVATE / folders.EARLIER / name
