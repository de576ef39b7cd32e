"""catalog: find lessons and attempts. It reads files and names, and runs nothing.

A lesson is a folder ``lessons/lesson3_gradients``; nothing is registered anywhere.
Learners write in ``attempts/``, never in ``lessons/``.
"""

from grader.document.catalog.attempts import (
    attempt_path,
    attempts_folder,
    bring_back,
    file_in,
    fresh_copy,
    is_working_copy,
    older_twin,
    resolve_attempt,
    working_copy,
)
from grader.document.catalog.lessons import Lesson, after, course, find, lessons

__all__ = [
    "Lesson",
    "after",
    "attempt_path",
    "attempts_folder",
    "bring_back",
    "course",
    "file_in",
    "find",
    "fresh_copy",
    "is_working_copy",
    "lessons",
    "older_twin",
    "resolve_attempt",
    "working_copy",
]
