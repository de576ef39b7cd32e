"""application: one course, with all that its commands and pages share.

Commands, notebooks and grader processes make one for the course around the current
folder. Code that is given only the folder of a course makes one for that.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from grader.course import settings
from grader.course.course_folder import find_nearest
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.settings import CourseSettings

if TYPE_CHECKING:
    from grader.learner.gradebook import Gradebook
    from grader.sandbox import WorkerPool


class Application:
    """A course and its learner.

    Args:
        root: the folder of the course.
        lowers_priority: whether a worker that takes long lets others go first, because
            many gradings run at the same time.
    """

    def __init__(self, root: Path, *, lowers_priority: bool = False) -> None:
        self.root = root
        self._lowers_priority = lowers_priority

    @cached_property
    def pool(self) -> WorkerPool:
        """The processes that workers come from. It is made here and nowhere else.

        Close it after use; it can then be used again.
        """
        # Many commands need no worker.
        from grader.sandbox import WorkerPool

        return WorkerPool(lowers_priority=self._lowers_priority)

    @classmethod
    def here(cls, *, lowers_priority: bool = False) -> Self:
        """Return the application for the course around the current folder."""
        return cls(find_nearest(Path.cwd()), lowers_priority=lowers_priority)

    @property
    def settings(self) -> CourseSettings:
        """The settings of the course, as they are in its file now.

        Raises:
            Misuse: its ``course.toml`` can't be read, or contains something invalid.
        """
        return settings.read_settings(self.root)

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
        from grader.learner.gradebook import open_learners

        return open_learners(self.root)
