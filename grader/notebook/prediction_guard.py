"""prediction_guard: hide output that would answer an open prediction."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.common.errors import GraderError
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document, split_guard
from grader.course.document.predictions import HELD_BACK

_MAGIC = "held_back"
Read = Callable[[Lesson], Document]


class PredictionGuard:
    """Run a cell without its output if that would answer an unwritten prediction.

    A cell is recognised by its original text. If the learner has changed it, it is
    theirs, and all its output is shown.

    Args:
        ipython: the shell.
        root: the folder of the course.
        read: returns the notebook with the current content of its cells.
        show: shows a sentence in the cell.
    """

    def __init__(
        self, ipython: Any, root: Path, read: Read, show: Callable[[str], None]
    ) -> None:
        self._root = root
        self._ipython, self._read, self._show = ipython, read, show
        self._is_running = False
        ipython.input_transformers_cleanup.append(self.transform)
        ipython.register_magic_function(self.run, "cell", _MAGIC)

    def transform(self, lines: list[str]) -> list[str]:
        """Return a cell unchanged, or a cell that runs it with its output hidden."""
        source = "".join(lines)
        lessons = {} if self._is_running else _lessons_by_cell(self._root)
        lesson = lessons.get(_shown_code(source))
        prediction = _find_unwritten(source, lesson, self._read) if lesson else ""
        if not prediction:
            return lines
        return [
            f"get_ipython().run_cell_magic({_MAGIC!r}, {prediction!r}, {source!r})\n"
        ]

    def run(self, line: str, cell: str) -> None:
        """Run a cell, and show instead of its output what must be written first."""
        from IPython.utils.capture import capture_output

        # `run_cell` also transforms its cell, so this would be called again.
        self._is_running = True
        try:
            with capture_output():
                ran = self._ipython.run_cell(cell, store_history=False)
        finally:
            self._is_running = False
        if not ran.success:  # the kernel shows the exception
            return
        self._show(
            f"{HELD_BACK}. Write it under {line}, run its cell, and run this one again."
        )


@functools.cache
def _lessons_by_cell(root: Path) -> dict[str, Lesson]:
    """Return the cells of all pages that answer a prediction, by their text."""
    lessons: dict[str, Lesson] = {}
    for lesson in catalog.lessons(root):
        with contextlib.suppress(OSError, ValueError):  # grading reports it
            cells = Document.from_python(lesson.page.read_text("utf-8")).code_cells
            lessons |= {_shown_code(x.source): lesson for x in cells if x.answers}
    return lessons


def _shown_code(source: str) -> str:
    """Return the code of a cell that shows something; pages used to guard it."""
    source = source.strip()
    return split_guard(source)[1] or source


def _find_unwritten(source: str, lesson: Lesson, read: Read) -> str:
    """Return the heading above a prediction that is still to be written, or ""."""
    try:
        cells = read(lesson).code_cells
    except GraderError:  # grading reports it
        return ""
    matching = (cell for cell in cells if cell.source.strip() == source.strip())
    answers = next((cell.answers for cell in matching), ())
    if not answers:
        return ""
    return [cell.heading for cell in cells if cell.first_line <= answers[0]][-1]
