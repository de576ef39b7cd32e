"""hand_in: take a file that a learner wrote in their own editor."""

from __future__ import annotations

from typing import Any

from grader.common.errors import Misuse, NotFound
from grader.course.document.attempt_file import is_notebook, parse_attempt, parse_python
from grader.course.document.catalog import Lesson
from grader.web.learner_context import LearnerContext
from grader.web.page_store import describe_size


def hand_in(
    context: LearnerContext, lesson: Lesson, name: str, content: bytes, replaces: bool
) -> dict[str, Any]:
    """Take a file, or return what to ask first, because it replaces another one.

    A notebook is kept as a Python file, which the page can go on with.

    Args:
        context: the learner's.
        lesson: the lesson whose page the file was given to.
        name: the file's name; only its suffix counts.
        content: the file.
        replaces: whether the learner has agreed that it replaces their file.

    Raises:
        Misuse: if the file can't be read, is too large, has no cell of an exercise of
            the lesson, or can't be taken now.
        Unreadable: if it should be a notebook, but can't be read as one.
    """
    if context.receive is None:
        raise NotFound("hand-in")
    document = (
        parse_attempt(content, name) if is_notebook(name) else parse_python(content)
    )
    most = context.attempts.largest
    if len(document.content) > most:
        raise Misuse(f"{name} has more than {describe_size(most)} of code and text.")
    tags = [info.tag for info in context.exercises(lesson)]
    new = document.code_by_exercise()
    if new.keys().isdisjoint(tags):
        raise Misuse(
            f"{name} has no cell of an exercise of lesson {lesson.number}, such as "
            f"{tags[0]}, so it isn't taken. Is it the file of another lesson?"
        )
    page = context.attempts.page(lesson)
    if page.has_begun and page.document.content != document.content:
        code_by_exercise = page.document.code_by_exercise()
        # Without its cell, no earlier text of an exercise could be put back.
        if lost := [tag for tag in tags if tag in code_by_exercise and tag not in new]:
            raise Misuse(
                f"{name} has no cell of {', '.join(lost)}, and your file here has one. "
                "Copy that cell into your file first."
            )
        if not replaces:
            return {
                "asks": f"{name} differs from your file here. Replace your file? What "
                "you have here stays among the versions of each exercise."
            }
    context.receive(lesson, document.content)
    return {}
