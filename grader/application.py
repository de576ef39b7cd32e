"""application: one course, with all that its commands and pages share.

A program makes one at its start, and hands it to whatever needs the course.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from grader import course
from grader.course import CourseSettings
from grader.course_folder import find_nearest
from grader.document import catalog
from grader.document.catalog import Lesson

if TYPE_CHECKING:
    from grader.gradebook import Gradebook


class Application:
    """A course and its learner.

    Args:
        root: the folder of the course.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @classmethod
    def here(cls) -> Self:
        """Return the application for the course around the current folder."""
        return cls(find_nearest(Path.cwd()))

    @property
    def settings(self) -> CourseSettings:
        """The settings of the course, as they are in its file now.

        Raises:
            Misuse: its ``course.toml`` can't be read, or contains something invalid.
        """
        return course.read_settings(self.root)

    @property
    def attempts(self) -> Path:
        """The folder that the learner writes in."""
        return catalog.attempts_folder(self.root)

    def lessons(self) -> tuple[Lesson, ...]:
        """Return all lessons, in the order of the course."""
        return catalog.lessons(self.root)

    def require_lessons(self) -> tuple[Lesson, ...]:
        """Return the lessons of a course that has some.

        Raises:
            Misuse: if it has none.
        """
        return catalog.require_lessons(self.root)

    def find(self, name: str) -> Lesson:
        """Return the lesson that ``3``, ``lesson3`` or ``lesson3_gradients`` names.

        Raises:
            Misuse: if no lesson or more than one has this name.
        """
        return catalog.find(name, self.root)

    def open_gradebook(self) -> Gradebook:
        """Open the learner's own gradebook."""
        from grader.gradebook import open_learners

        return open_learners(self.root)
