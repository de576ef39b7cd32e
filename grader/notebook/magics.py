"""magics: the words typed in a cell, each of which makes one call."""

from __future__ import annotations

import functools
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from grader import judge
from grader.checks import Alternative
from grader.common.errors import GraderError, Misuse
from grader.course.document import attempt_file, catalog
from grader.course.document.cells import Cell, Document
from grader.course.document.notebook_reader import read_cells, to_document
from grader.course.document.notebook_writer import update_notebook, write_notebook
from grader.course.document.source import Unreadable
from grader.judge.request import GradingRequest
from grader.learner.application import Application
from grader.learner.grading_service import GraderCrash
from grader.learner.grading_service.process_pool import GraderPool
from grader.notebook.executions import ExecutionListener, merge_executions
from grader.notebook.feedback import (
    Shown,
    frame,
    show,
    show_code,
    show_report,
)
from grader.notebook.figures import show_figures
from grader.notebook.live_progress import LiveProgress
from grader.notebook.prediction_guard import PredictionGuard
from grader.report.view import NextCommands
from grader.sandbox.cell_run.false_warnings import ignore_false_warnings

if TYPE_CHECKING:
    from grader.learner.session import Conclusion, LearnerSession

_TAG = re.compile(r"(\d+)[a-z]")


class _Kernel(msgspec.Struct):
    """A kernel in which the words are typed.

    Attributes:
        app: the course around its folder.
        ipython: its shell.
        listener: records what it runs.
        graders: the process that grades for it, which starts with the first request.
        graded: for everything that was graded, the content at its last grading.
    """

    app: Application
    ipython: Any
    listener: ExecutionListener
    graders: GraderPool
    graded: dict[str, bytes] = msgspec.field(default_factory=dict)


def load(ipython: Any) -> None:
    """Register the words as magics in a notebook, once."""
    ignore_false_warnings()
    _kernel_of(ipython)
    for word in (grade, hint, solution, draw):
        ipython.register_magic_function(word, "line", word.__name__)


def _show_errors(word: Callable[[str], None]) -> Callable[[str], None]:
    """Wrap a word so that it reports errors as a sentence, without a traceback."""

    @functools.wraps(word)
    def run(line: str = "") -> None:
        try:
            word(line.strip().strip("\"'"))
        except GraderError as error:
            _display(show(str(error)))
        except KeyboardInterrupt:
            _display(show("Stopped. Nothing was graded, and nothing is still running."))

    return run


@_show_errors
def grade(line: str = "") -> None:
    """Grade exercises, 3b 3c, or the lesson, as its cells were last run or saved."""
    kernel = _kernel()
    targets = [_parse_target(word, kernel) for word in line.lower().split() or [""]]
    for lesson, tag in targets:
        if not _grade(kernel, lesson, tag):
            break


def _grade(kernel: _Kernel, lesson: catalog.Lesson, tag: str) -> bool:
    """Grade an exercise, or a lesson for ""; return whether that was possible."""
    open_now = _read_notebook(lesson, kernel)
    working_copy = catalog.attempt_path(lesson, kernel.app.root).with_suffix(".ipynb")
    shown = open_now.path or working_copy
    session, page = _session(), open_now.to_document()
    request = GradingRequest.of(
        lesson,
        shown,
        page.content,
        document=page,
        exercise=tag,
    )
    request = session.complete(request, lesson)
    handle = _OutputSlot()
    live = LiveProgress(handle.show)
    what = tag or lesson.short_name
    handle.show(show(f"Grading {what} ..."))
    try:
        report = kernel.graders.grade(
            request,
            on_progress=live.update,
            on_check=lambda exercise: live.show_status(
                f"Grading {what} ... {exercise}"
            ),
        )
    except ChildProcessError:
        handle.show(show("The process that grades has ended. Grade again."))
        return False
    except GraderCrash as crash:
        # Print it where the kernel was started; in the cell it wouldn't help anybody.
        print(crash.trace, file=sys.__stderr__)
        handle.show(show("The grader itself failed. Please report this."))
        return False
    except GraderError as error:
        handle.show(show(str(error)))
        return False
    notebook = update_notebook(open_now.content, open_now.cells)
    course = kernel.app.lessons() if report.has_passed else ()
    done = session.conclude(report, lesson, notebook, ".ipynb", course)
    file = report.attempt if open_now.path else ""
    commands = replace(_next_commands(session, lesson, course, done), notebook=file)
    way = _alternative(lesson, tag)
    handle.show(show_report(done.report, commands, live.curve, way, done.focus))
    if done.unrecorded:
        _display(show(done.unrecorded))
    if kernel.graded.get(what) == page.content:
        _display(
            show(
                f"Your cells are the same as when {what} was graded last. If you have "
                "changed one since, run it or save the notebook."
            )
        )
    kernel.graded[what] = page.content
    return True


@_show_errors
def hint(line: str) -> None:
    """Show the next hint of an exercise, by default of the one you are working on.

    Each hint but the first needs a graded attempt.
    """
    from grader.learner.session import CURES_HEADING

    session = _session()
    if line:
        lesson, info = _exercise(line)
    else:
        lesson = _find_lesson(_kernel(), "hint")
        info = judge.find_exercise(lesson, session.current_exercise(lesson))
    opened = session.next_hint(lesson, info)
    lines = [
        f"{info.tag}, hint {number} of {opened.total}: {words}"
        for number, words in enumerate(opened.hints, 1)
    ]
    if opened.cures:
        lines += [CURES_HEADING, *opened.cures]
    command = f"  %{opened.command} {info.tag}" if opened.command else ""
    if opened.outlook:
        lines.append(f"{opened.outlook}{command}")
    _display(show(*lines))


@_show_errors
def solution(line: str) -> None:
    """Show the solution of an exercise that is right, or had three attempts graded."""
    lesson, info = _exercise(line)
    opened = _session().solutions(lesson, info.tag)
    gate = f"{opened.gate}  %hint {info.tag}"
    _display(show(gate) if opened.gate else show_code(opened.code))


@_show_errors
def draw(line: str) -> None:
    """Classify a digit that you drew, a PNG file, with the network that you trained."""
    from grader.learner import drawn_digits
    from grader.learner.drawn_digits.digit_html import draw_answer
    from grader.learner.drawn_digits.image_file import read_drawing

    if not line:
        raise Misuse("Which PNG file has your digit? Type it, as in  %draw digit.png")
    lesson = drawn_digits.find_lesson(_kernel().app.root)
    png = read_drawing(Path(line))
    weights = _session().weights(lesson)
    with _kernel().app.pool as pool:
        digit = drawn_digits.classify_drawing(png, lesson, weights, pool)
    plain = "\n".join((digit.sentence, *digit.remarks))
    _display(Shown(frame(draw_answer(digit)), plain))


def _next_commands(
    session: LearnerSession,
    lesson: catalog.Lesson,
    course: Sequence[catalog.Lesson],
    done: Conclusion,
) -> NextCommands:
    """Return the commands that come next; another lesson follows only a right one."""
    if course:
        return session.next_commands(lesson, course, done.standings, is_notebook=True)
    again = f"grade {lesson.short_name}"
    return NextCommands(again, lesson.short_name, is_notebook=True)


def _session() -> LearnerSession:
    from grader.learner.session import LearnerSession

    return LearnerSession.at(_kernel().app.attempts)


def _exercise(line: str) -> tuple[catalog.Lesson, judge.ExerciseInfo]:
    """Return the exercise with a name that somebody typed.

    Raises:
        Misuse: if there is none with this name.
    """
    match = _TAG.fullmatch(line.lower())
    if match is None:
        raise Misuse("Which exercise? Type its tag, as in  %hint 3e")
    lesson = _kernel().app.find(match[1])
    return lesson, judge.find_exercise(lesson, line)


def _alternative(lesson: catalog.Lesson, tag: str) -> Alternative | None:
    infos = judge.exercises(lesson) if tag else ()
    return next((info.alternative for info in infos if info.tag == tag), None)


def _parse_target(line: str, kernel: _Kernel) -> tuple[catalog.Lesson, str]:
    """Return the lesson and the exercise to grade; "" for the whole lesson."""
    if _TAG.fullmatch(line):
        lesson, info = _exercise(line)
        return lesson, info.tag
    if line:
        return kernel.app.find(line), ""
    return _find_lesson(kernel, "grade"), ""


def _find_lesson(kernel: _Kernel, word: str) -> catalog.Lesson:
    """Return the lesson of the notebook in which a word was typed without a tag.

    Raises:
        Misuse: if nothing tells which it is.
    """
    path = _find_notebook_path(kernel.ipython)
    if path is not None and (number := re.search(r"lesson(\d+)", path.stem)):
        return kernel.app.find(number[1])
    tags: Counter[str] = Counter()
    for execution in kernel.listener.executions:
        tags.update(
            re.findall(r"%(?:grade|hint) +(?:lesson)?(\d+)[a-z]?\b", execution.source)
        )
    if not tags:
        raise Misuse(f"Which exercise? Type its tag, as in  %{word} 3e")
    return kernel.app.find(tags.most_common(1)[0][0])


class _OpenNotebook(msgspec.Struct, frozen=True):
    """A notebook that somebody is working in.

    Attributes:
        cells: its cells, each as it was last run or saved.
        content: its file as it was saved, or the lesson's page if there is none.
        path: the file, or None.
    """

    cells: tuple[Cell, ...]
    content: bytes
    path: Path | None

    def to_document(self) -> Document:
        """Return the page to grade."""
        return to_document(self.cells, are_counted=self.path is not None)


def _read_notebook(lesson: catalog.Lesson, kernel: _Kernel) -> _OpenNotebook:
    """Return the notebook with the current content of its cells."""
    path = _find_notebook_path(kernel.ipython)
    saved: tuple[Cell, ...] = ()
    if path is not None:
        saved_at, content = path.stat().st_mtime, attempt_file.read(path)
        try:
            saved = read_cells(content)
        except Unreadable as error:
            raise Misuse(f"{path}: {error}") from error
    if not any(cell.tag[:-1] == str(lesson.number) for cell in saved):
        # The notebook's file isn't available here, so use its original page.
        path, saved_at, content = None, 0.0, write_notebook(lesson)
        saved = read_cells(content)
    cells = merge_executions(saved, saved_at, kernel.listener.executions)
    return _OpenNotebook(cells, content, path)


def _find_notebook_path(ipython: Any) -> Path | None:
    """Return the notebook's file, if the program that started the kernel gives it."""
    # VS Code sets the first, Jupyter's server the second.
    given_path = ipython.user_ns.get("__vsc_ipynb_file__") or os.environ.get(
        "JPY_SESSION_NAME", ""
    )
    path = Path(str(given_path))
    return path if path.suffix == ".ipynb" and path.is_file() else None


class _OutputSlot:
    """A place in a cell's output that can be redrawn."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, shown: Shown) -> None:
        """Draw in it, replacing the earlier content."""
        if self._handle is None:
            self._handle = _display(shown)
        else:
            self._handle.update(_mime_bundle(shown), raw=True)


def _display(shown: Shown) -> Any:
    from IPython.display import display

    return display(  # type: ignore[no-untyped-call]
        _mime_bundle(shown), raw=True, display_id=True
    )


def _mime_bundle(shown: Shown) -> dict[str, str]:
    return {"text/html": shown.html, "text/plain": shown.plain}


def _kernel() -> _Kernel:
    from IPython import get_ipython

    return _kernel_of(get_ipython())


@functools.cache
def _kernel_of(ipython: Any) -> _Kernel:
    app = Application.here()
    kernel = _Kernel(
        app,
        ipython,
        ExecutionListener(ipython),
        GraderPool(folder=app.root, lowers_priority=False),
    )

    def read(lesson: catalog.Lesson) -> Document:
        return _read_notebook(lesson, kernel).to_document()

    PredictionGuard(
        ipython, app.root, read, lambda words: _display(show(words)) and None
    )
    show_figures(ipython, lambda shown: _display(shown) and None)
    return kernel
