"""submissions: find who handed in what, in a folder from an LMS or a workshop.

Files are only read: nothing is run or unpacked to disk. Unclear cases are reported in a
notice and never guessed: late, duplicate and empty submissions, and unknown names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from grader.classroom.due_dates import LateRule, load_due_dates, load_late_rule
from grader.classroom.records import Learner
from grader.classroom.submissions.file_tree import ArchiveLimits
from grader.classroom.submissions.search import (
    FolderContents,
    Submission,
    SubmissionSearch,
)
from grader.common.errors import Misuse
from grader.course.document.catalog import Lesson

__all__ = [
    "ROSTER",
    "ArchiveLimits",
    "FolderContents",
    "LateRule",
    "Learner",
    "Submission",
    "find",
    "find_own",
    "load_due_dates",
    "load_late_rule",
]

ROSTER = "roster.csv"
_LIMITS = ArchiveLimits()


def find(
    folder: Path,
    lessons: Iterable[Lesson],
    *,
    roster: Path | None = None,
    due: Mapping[str, datetime] | datetime | None = None,
    limits: ArchiveLimits = _LIMITS,
) -> FolderContents:
    """Find all submissions in a folder, the newest one for each learner and lesson.

    Args:
        folder: ``<learner>/lesson3_gradients.py``, ``<learner>/attempts/...``,
            ``lesson3_<learner>.py``, ``<learner>.py`` (only for a single lesson),
            notebooks with these names, clones, and zip files of these, as Moodle,
            Canvas and GitHub name them.
        lessons: the lessons to look for.
        roster: a CSV file with the people in the class; ``roster.csv`` in the folder if
            None.
        due: the deadline, for all lessons or by a lesson's name.
        limits: how much is read of zip files.

    Raises:
        Misuse: if there is no such folder, or the roster can't be read.
    """
    if folder.is_file():
        raise Misuse(
            f"{str(folder)!r} is a file. Put it into a folder, and name that folder."
        )
    if not folder.is_dir():
        raise Misuse(f"There is no folder {str(folder)!r} with submissions.")
    graded, path = tuple(lessons), roster or folder / ROSTER
    dues = due if isinstance(due, Mapping) else {}
    if isinstance(due, datetime):
        dues = {lesson.name: due for lesson in graded}
    must_exist = roster is not None
    return SubmissionSearch(
        folder, graded, path, must_exist=must_exist, dues=dues, limits=limits
    ).run()


def find_own(folder: Path, lesson: Lesson) -> tuple[Submission | None, tuple[str, ...]]:
    """Find the file that counts in the folder of one learner, as in that of a class.

    Args:
        folder: what the learner handed in, which may contain zip files.
        lesson: the only lesson to look for.

    Returns:
        The newest submission, or None; and sentences for the learner.
    """
    # A learner's own files say nothing about a class.
    roster = Path(os.devnull) / ROSTER
    search = SubmissionSearch(
        folder, (lesson,), roster, must_exist=False, dues={}, limits=_LIMITS
    )
    contents = search.run(only="You")
    notes = [
        sentence for sentences in contents.notes.values() for sentence in sentences
    ]
    return next(iter(contents.submissions), None), tuple(notes)
