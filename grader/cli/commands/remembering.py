"""remembering: the learner's session, as the commands of a terminal have it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.commands.shared import ROOT
from grader.document import catalog

if TYPE_CHECKING:
    from grader.report import Report
    from grader.session import LearnerSession


def session_for(lesson: catalog.Lesson, path: Path) -> LearnerSession:
    """Return the session for a file: only the learner's own working copy counts."""
    from grader.gradebook import LEARNER, NOBODY, gradebook_path
    from grader.session import LearnerSession

    is_own = catalog.is_working_copy(path, lesson, ROOT)
    book = gradebook_path(catalog.attempts_folder(ROOT))
    return LearnerSession(book, LEARNER if is_own else NOBODY)


def remember(report: Report, lesson: catalog.Lesson, path: Path) -> None:
    """Record a grading; a room that the learner has joined hears of it then."""
    from grader.gradebook import NOBODY

    session = session_for(lesson, path)
    is_own = session.learner != NOBODY
    content = path.read_bytes() if is_own and path.is_file() else b""
    session.record(report, content, path.suffix)
    if is_own:
        from grader import room_client

        room_client.tell(report, lesson, catalog.attempts_folder(ROOT))
