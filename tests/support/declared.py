"""Exercises that a test declares itself, outside of a lesson's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.checks import Exercise, lesson_facts
from grader.course.document.cells import Document


def declared(
    tag: str,
    title: str,
    points: int,
    writes: str,
    make: Callable[..., Exercise] = Exercise,
    **options: Any,
) -> Exercise:
    """Declare an exercise as on a page with this heading."""
    page = lesson_facts.DeclaredLesson(Path("lessons/lesson9_toy"))
    heading = f"# %% [markdown]\n# ## {tag}  {title}  ({points} points)\n"
    text = f'{heading}# %% id="{tag}"\n{writes} = None\n'
    page.__dict__["document"] = Document.from_python(text)
    token = lesson_facts._PAGE.set(page)
    try:
        return make(writes, **options)
    finally:
        lesson_facts._PAGE.reset(token)
