"""Cells of a page run in a worker: what the asked one shows, and how it may end."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace

from grader.common.errors import NotFound
from grader.course.document import catalog
from grader.course.document.cells import Cell, Document
from grader.learner.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.sandbox import Limits, WorkerPool
from grader.sandbox.cell_run.events import (
    Caller,
    CellRaised,
    Drew,
    HeldBack,
    RunEnded,
    Unwritten,
    Waiting,
    from_line,
)
from tests.support.project import ROOT


def code_cells(page: str) -> tuple[Cell, ...]:
    return Document.from_python(page).code_cells


Run = Callable[..., CellRun]


@pytest.fixture(scope="module")
def run(pool: WorkerPool) -> Iterator[Run]:
    """Runs the last cell of a page: `run(cell, cell, ...)`."""
    lesson = catalog.find("lesson1", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=2, memory_mb=500), pool)

    def run_last(*sources: str, cancel: threading.Event | None = None) -> CellRun:
        text = "".join(f"# %%\n{source}\n" for source in sources)
        return cells.run(text.encode(), code_cells(text)[-1].first_line, cancel=cancel)

    yield run_last
    cells.forget()


def test_a_cell_shows_what_it_prints_and_the_value_of_its_last_line(run: Run) -> None:
    shown = run("x = 2\nprint('above')", "print('here')\nx + 1")
    assert shown == CellRun("here\n3\n", False, ())


def test_nothing_is_shown_of_a_last_line_that_is_no_value(run: Run) -> None:
    assert run("x = 1").printed == ""
    assert run("None").printed == ""


def test_a_page_is_run_as_the_program_that_was_started(run: Run) -> None:
    assert run("print(__name__)").printed == "__main__\n"


def test_a_cell_means_what_it_means_to_python(run: Run) -> None:
    assert (
        run("def f(x: int): pass", "f.__annotations__['x'] is int").printed == "True\n"
    )
    point = "import pickle\nclass Point: pass"
    again = "type(pickle.loads(pickle.dumps(Point()))) is Point"
    assert run(point, again).printed == "True\n"


def test_an_exercise_above_that_is_not_written_ends_nothing(run: Run) -> None:
    stub = 'def f():\n    raise NotImplementedError("1b")'
    shown = run(stub, "f()", "print('on')")
    assert shown == CellRun("on\n", False, (), (Unwritten("1b", 3),))
    assert run(stub, "f()").events == (Unwritten("1b", 3),)
    needs = run("y = 1 / 0", "y")
    assert needs.events == (Waiting("y", 2),)
    assert [type(event) for event in needs.above] == [CellRaised]


def test_an_exception_is_told_with_the_line_of_the_page(run: Run) -> None:
    (raised,) = run("a = 1", "def f():\n    return a / 0\n\nf()").events
    assert raised == CellRaised(
        "ZeroDivisionError",
        "division by zero",
        5,
        "return a / 0",
        "f",
        (Caller(7, "f()"),),
    )
    (deep,) = run("def f(n):\n    return f(n - 1) if n else 1 / n", "f(40)").events
    assert isinstance(deep, CellRaised)
    assert (len(deep.callers), deep.is_cut) == (10, True)
    assert [deep.callers[at].source for at in (0, -1)] == [deep.source, "f(40)"]
    (unread,) = run("a = 1", "a = (").events
    assert (unread.kind, unread.line) == ("SyntaxError", 4)


def test_figures_come_as_pictures_with_the_titles_of_their_frames(run: Run) -> None:
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('a <b>')\nplt.show()"
    (drew,) = run(draw).events
    assert isinstance(drew, Drew)
    assert base64.b64decode(drew.png).startswith(b"\x89PNG")
    assert [panel.title for panel in drew.panels] == ["a <b>"]
    assert run(draw, "print('no figure')").events == ()


def test_the_photos_can_be_seen_and_each_run_has_its_own(run: Run) -> None:
    load = "from lessons.data import load_data\n(x, _), _ = load_data()\n"
    assert run(load + "x[:] = 7\nx.max()").printed == "np.uint8(7)\n"
    assert run(load + "x.shape, int(x.max())").printed == "((60000, 28, 28), 255)\n"


def test_what_is_printed_is_bounded(run: Run) -> None:
    shown = run("for _ in range(200_000):\n    print('x' * 1000)")
    assert shown.was_cut
    assert len(shown.printed) <= 256 << 10


def test_a_run_is_stopped_from_outside_at_once(run: Run) -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    shown = run("print('begun')\nwhile True: pass", cancel=cancel)
    assert (shown.printed, shown.events) == ("begun\n", (RunEnded("It was stopped."),))
    assert run("1").printed == "1\n"


@pytest.mark.promise("confined-cells")
@pytest.mark.hostile
@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("while True: pass", "stopped after 2 seconds of computing, and was at line 2"),
        ("x = bytearray(4 << 30)", "MemoryError"),
        ("import os; os._exit(0)", "ended itself with exit code 0"),
        ("import sys; sys.exit()", "asked Python to end"),
        ("import os\nfor _ in range(9): os.fork()", "PermissionError"),
        (f"open({str(ROOT / 'tasks.py')!r})", "PermissionError"),
        ("open('/etc/passwd')", "PermissionError"),
        (
            "import socket; socket.create_connection(('127.0.0.1', 80))",
            "PermissionError",
        ),
        ("import os; os.kill(os.getppid(), 9)", "PermissionError"),
        ("import sys; sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", ""),
        ("import os; os.write(3, b'x' * 100)", "could not be run to its end"),
    ],
)
def test_what_a_cell_may_not_do_ends_the_cell_alone(
    run: Run, cell: str, words: str
) -> None:
    shown = run(cell)
    assert words in " ".join(map(str, shown.events))
    assert shown.events
    assert run("print('alive')").printed == "alive\n"


@pytest.mark.promise("confined-cells")
@pytest.mark.parametrize(
    "line",
    [
        *("", "[]", "{}", '{"event": "Drew"}', '{"event": "exec", "a": 1}', "\x00"),
        '{"event": "CellRaised", "kind": [], "message": "", "line": 1, "source": ""}',
        '{"event": "Drew", "png": 1, "panels": []}',
        '{"event": ["Drew"], "png": "", "panels": []}',
    ],
)
def test_an_account_that_is_forged_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        from_line(line)


def test_what_would_answer_a_prediction_is_held_back(run: Run) -> None:
    cells = "PREDICT = {'a': ...}", "if __name__ == '__main__':\n    print(42)"
    assert run(*cells) == CellRun("", False, (HeldBack((2,)),))
    assert run(cells[0].replace("...", "41"), cells[1]).printed == "42\n"


def test_lines_are_handed_on_while_a_cell_runs_but_no_answer_to_a_prediction(
    pool: WorkerPool,
) -> None:
    lesson = catalog.find("lesson1", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)

    def handed_on(*sources: str) -> tuple[list[str], CellRun]:
        text = "".join(f"# %%\n{source}\n" for source in sources)
        line, lines = code_cells(text)[-1].first_line, list[str]()
        return lines, cells.run(text.encode(), line, on_print=lines.append)

    slow = "import time\nprint('one', 'é')\ntime.sleep(1)\nprint('two', end='')"
    lines, shown = handed_on("print('above')", slow)
    assert "".join(lines) == "one é\n"
    assert shown.printed == "one é\ntwo"
    guarded = (
        "if __name__ == '__main__':\n    print(42)\n    import time; time.sleep(1)"
    )
    assert handed_on("PREDICT = {'a': ...}", guarded)[0] == []
    cells.forget()


def test_a_slow_page_goes_on_below_what_has_run_and_begins_anew_after_an_edit(
    pool: WorkerPool,
) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)
    cells._is_slow = True

    def run(*sources: str, place: int = -1) -> str:
        text = "".join(f"# %%\n{source}\n" for source in sources)
        return cells.run(text.encode(), code_cells(text)[place].first_line).printed

    count, more = "n = 0", "n += 1\nn"
    assert run(count, more) == "1\n"
    assert run(count, more) == "2\n"
    assert run(count, more, more) == "3\n"
    assert run(count, more, more, place=1) == "1\n"  # no cell below has run
    assert run("n = 10", more, more) == "12\n"
    cells.forget()


def test_a_run_of_a_line_where_no_cell_begins_is_refused(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(replace(lesson), Limits(cpu_s=3), pool)
    with pytest.raises(NotFound):
        cells.run(b"# %%\nx = 1\n", 1)
    cells.forget()
