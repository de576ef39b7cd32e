"""take_home: files that a learner can download."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.common.errors import Misuse, NotFound
from grader.course import settings
from grader.course.document import catalog
from grader.course.document.attempt_file import size_limit
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.notebook_writer import to_notebook
from grader.learner.gradebook import LEARNER, course_page
from grader.web.jobs import Jobs
from grader.web.page_store import MOST_CELLS, Attempts

ALL = "attempts.zip"
KEEPSAKE = course_page.FILE_NAME
# The address of the page with the same content.
CAN_DO = "what-you-can-do"
_ROOM_GRADEBOOK = "the gradebook of the room that you worked in"


def make(name: str, root: Path, attempts: Attempts, jobs: Jobs) -> bytes:
    """Return an attempt, a notebook of it, a zip file of all, or a page, by its name.

    Args:
        name: the file's name.
        root: the course.
        attempts: the learner's files.
        jobs: has the learner's gradebook, which the page summarises.

    Raises:
        NotFound: if there is no such file.
        Unreadable: if the attempt isn't UTF-8.
        Misuse: if it has too many cells for a notebook.
    """
    if name == KEEPSAKE:
        return _keepsake(root, jobs)
    if name == ALL:
        return _zip(root, attempts)
    stem, _, kind = name.rpartition(".")
    for lesson in catalog.lessons(root):
        if lesson.name == stem and kind in ("py", "ipynb"):
            document = attempts.page(lesson).document
            return document.content if kind == "py" else _notebook(document, lesson)
    raise NotFound(name)


def _collect(root: Path, jobs: Jobs) -> tuple[course_page.LessonRecord, ...]:
    session = jobs.session
    with session.gradebook() as book:
        lessons = catalog.require_lessons(root)
        records = course_page.collect(lessons, book, session.learner)
    if not records:
        raise NotFound(KEEPSAKE)
    return records


def collect_abilities(root: Path, jobs: Jobs) -> dict[str, Any]:
    """Return what a page needs to show what the learner can do now.

    Raises:
        NotFound: if no lesson was right yet.
    """
    records = _collect(root, jobs)
    return course_page.fields_of(catalog.require_lessons(root), records)


def _keepsake(root: Path, jobs: Jobs) -> bytes:
    """Return the page that shows what the learner can do now, as one file."""
    lessons, records = catalog.require_lessons(root), _collect(root, jobs)
    is_own = jobs.session.learner == LEARNER
    source = course_page.OWN_GRADEBOOK if is_own else _ROOM_GRADEBOOK
    now = datetime.now().astimezone()
    return course_page.course_page(
        settings.read_title(root), lessons, records, now, source
    )


def _notebook(document: Document, lesson: Lesson) -> bytes:
    if len(document.cells) > MOST_CELLS:
        raise Misuse(
            f"Your file of lesson {lesson.number} has more than {MOST_CELLS} cells. No "
            "notebook is made of so many: take the .py file."
        )
    return to_notebook(document, lesson.folder)


def _zip(root: Path, attempts: Attempts) -> bytes:
    """Return a zip file of all lessons that were begun."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for lesson in catalog.lessons(root):
            path = attempts.path(lesson)
            if attempts.has_file(path):
                # With its original time, because a member's time shows which of two
                # files is newer.
                info = zipfile.ZipInfo.from_file(path, path.name)
                content = attempts.read(path, size_limit(path.name))
                packed.writestr(info, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
