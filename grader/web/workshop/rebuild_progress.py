"""rebuild_progress: where everybody is, when a room is opened again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from typing import TYPE_CHECKING

import msgspec

from grader.document import attempt_file, build
from grader.document.catalog import Lesson
from grader.document.source import Unreadable, text_of
from grader.errors import Misuse
from grader.web.page_store import Attempts
from grader.web.workshop.progress import moment_of

if TYPE_CHECKING:
    from grader.web.workshop.room import Room


def rebuild(room: Room) -> None:
    """Take in all gradings and hints of the gradebook, what was told, and the files.

    What is kept of people who are not in the room any more is nobody's: their ids are
    never given to others.
    """
    strangers = _recall(room, {one.id for one in room.membership.members})
    room.membership.set_strangers(strangers)


def rebuild_one(room: Room, learner: str) -> None:
    """Take in all that is kept of somebody anew."""
    room.standings.forget(learner)
    _recall(room, {learner})


def _recall(room: Room, known: Container[str]) -> set[str]:
    """Take in what is kept of some; return who else something is kept of."""
    others = set()
    # First what is written: a grading that did not load counts for that alone.
    for one in room.membership.members:
        if one.id in known:
            room.note_files(one.id)
    with room.gradebook() as book:
        for name, lesson in room.lessons.items():
            for learner, report in book.gradings(lesson.name):
                if learner in known:
                    at = moment_of(report)
                    room.standings.note_report(learner, name, report, at)
                else:
                    others.add(learner)
            for learner, exercise in book.hints(lesson.name):
                if learner in known:
                    room.standings.note_hint(learner, name, exercise)
                else:
                    others.add(learner)
    for line in room.journal.lines:
        if room.membership.now_called(line.learner) in known:
            room.note_line(line)
        else:
            others.add(line.learner)
    return others


class WrittenCode(msgspec.Struct, frozen=True):
    """What somebody wrote in a lesson, in a Python file or in a notebook.

    Attributes:
        name: the file's name, or "" where there is none.
        code: of each exercise that they began, its tag and what they wrote.
        whole: all of it, where no cell says which exercise it is of.
        notes: what somebody should know of the file, as sentences.
    """

    name: str = ""
    code: tuple[tuple[str, str], ...] = ()
    whole: str = ""
    notes: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        """The exercises that they began."""
        return tuple(tag for tag, _ in self.code)


def find_written(attempts: Attempts, lesson: Lesson) -> WrittenCode:
    """Return what somebody wrote that is not the page's."""
    path = attempts.path(lesson)
    if not path.is_file():
        return WrittenCode()
    try:
        content = attempt_file.read(path, attempts.folder)
        attempt = attempt_file.as_python(content, path.name)
        text = text_of(attempt.source)
        stubs = _code_by_exercise(lesson.page.read_text(encoding="utf-8"))
    except (Misuse, Unreadable) as error:
        return WrittenCode(path.name, notes=(str(error),))
    theirs = _code_by_exercise(text)
    whole = "" if theirs else text
    code = tuple(one for one in theirs.items() if one[1] != stubs.get(*one))
    return WrittenCode(path.name, code, whole, attempt.notes)


def _code_by_exercise(text: str) -> dict[str, str]:
    found: dict[str, list[str]] = defaultdict(list)
    for cell in build.cells(text):
        if cell.tag and not cell.is_text:
            found[cell.tag].append(cell.source)
    return {tag: "\n\n".join(sources) for tag, sources in found.items()}
