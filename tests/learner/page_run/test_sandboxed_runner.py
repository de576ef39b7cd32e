"""Cells of a page run in a worker: what the asked one shows, and how it may end."""

from __future__ import annotations

import base64
import functools
import os
import random
import re
import signal
import threading
import time
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
from tests.support.waiting import waited


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
        ("import os; os.write(3, b'x' * 100)", "could not be run to the end"),
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


TOP = """import random

import numpy as np

a = np.arange(6.0)
rows = [[1, 2], [3, 4]]
found = {"n": 0}
it = iter(range(100))
rng = np.random.default_rng(3)
np.random.seed(4)
random.seed(5)


class Counter:
    made = 0


def count(step=[0]):
    step[0] += 1
    found["n"] += step[0]
    return step[0]
"""
# Each changes something that others see, in a way of its own.
CHANGES = (
    *("a[1] = 7", "a.sort()", "a = a + 1", "b = a[2:]\nb += 1", "np.add.at(a, [0], 1)"),
    *("rows[0].append(5)", "rows = rows[:1]", "found['x'] = 1", "del found", "count()"),
    *("next(it)", "rng.random()", "np.random.rand()", "random.random()", "1 / 0"),
    *("Counter.made += 1", "class Counter: made = 9", "count.calls = 3", "b = count"),
    *(
        "np.log = np.exp",
        "setattr(np, 'log', np.exp)",
        "import math as np",
        "a = (",
        "",
    ),
    *("np.set_printoptions(precision=2)", "import os\nos.environ['A'] = 'b'", "_ = 3"),
    *("def f():\n    global a\n    a = 3\nf()", "globals()['a'] = 0", "x = a, it", "3"),
    *(
        "f = open('new.txt', 'w')",
        "raise SystemExit",
        "raise NotImplementedError('1b')",
    ),
    *("import keras_that_is_not_there", "def late():\n    return a", "late()"),
)
SEEN = """import os, builtins
g = globals()
print([g.get(name, "none") for name in ("a", "rows", "found", "b", "f", "x", "late", "_")])
print(g["count"].__defaults__, vars(g["count"]), vars(g["Counter"]).get("made"))
print(next(g["it"]), g["rng"].random(), np.random.rand(), g["random"].random())
print(np.log(2.0), np.get_printoptions()["precision"], os.environ.get("A"))
print(sorted(os.listdir()), hasattr(builtins, "_"))"""


@pytest.mark.parametrize("seed", range(6))
def test_what_is_shown_is_what_a_run_from_the_top_shows(
    pool: WorkerPool, seed: int
) -> None:
    """A page is edited at random, and its cells are run in any order."""
    lesson, limits = catalog.find("lesson3", ROOT), Limits(cpu_s=3)
    kept = SandboxedRunner(lesson, limits, pool)
    draw = random.Random(seed)
    sources = [TOP, *draw.choices(CHANGES, k=3), SEEN]
    for _ in range(12):
        text = "".join(f"# %%\n{source or '# nothing'}\n" for source in sources)
        cells = code_cells(text)
        line = cells[draw.choice((-1, -1, draw.randrange(len(cells))))].first_line
        shown = kept.run(text.encode(), line)
        new = SandboxedRunner(lesson, limits, pool)
        expected = new.run(text.encode(), line)
        assert without_addresses(shown) == without_addresses(expected), text
        new.forget()
        match draw.randrange(4):
            case 0:
                sources[draw.randrange(1, len(sources) - 1)] = draw.choice(CHANGES)
            case 1:
                sources.insert(draw.randrange(1, len(sources)), draw.choice(CHANGES))
            case 2:
                sources[-1] = draw.choice((SEEN, *CHANGES))
            case 3:
                pass
    kept.forget()


def without_addresses(run: CellRun) -> CellRun:
    return replace(run, printed=re.sub(r"0x\w+", "0x", run.printed))


def cells_that_run(
    cells: SandboxedRunner, *sources: str, place: int = -1
) -> tuple[list[int], str]:
    """Run a cell; return the numbers of the cells that ran for it, and its output."""
    text, ran = "".join(f"# %%\n{source}\n" for source in sources), list[int]()
    line = code_cells(text)[place].first_line
    shown = cells.run(text.encode(), line, on_cell=lambda cell, *_: ran.append(cell))
    return ran, shown.printed


def test_unchanged_cells_are_not_run_again(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)
    run = functools.partial(cells_that_run, cells)
    top = "import numpy as np\na = np.ones(3)\nfor _ in range(3_000_000): pass"
    count, more = "n = 0", "n += 1\nn"
    assert run(top, count, more) == ([1, 2, 3], "1\n")
    assert run(top, count, more) == ([3], "1\n")
    assert run(top, count, "n + 5") == ([3], "5\n")
    assert run(top, count, more, more) == ([3, 4], "2\n")
    assert run(top, "n = 10", more, more) == ([2, 3, 4], "12\n")
    assert run(top, "n = 10", more, "int(a.sum())") == ([4], "3\n")
    assert run(top, "n = 10", more, "a[:] = 5") == ([4], "")
    assert run(top, "n = 10", more, "int(a.sum())") == ([1, 2, 3, 4], "3\n")
    assert run(top, "n = 10", more, place=1) == ([2], "")
    cells.forget()


@pytest.mark.parametrize(
    ("top", "change", "seen"),
    [
        pytest.param(
            "import numpy as np\ny = np.array([0, 1, 1, 0])",
            "y[:] = 1 - y",
            "y",
            id="labels turned round",
        ),
        pytest.param(
            "import numpy as np\na = np.ones(2)",
            "a.setflags(write=False)",
            "a[0] = 5\na",
            id="an array that is closed",
        ),
        pytest.param(
            "class Named: pass\nclass Rows(list, Named): pass\nrows = Rows()",
            "rows.append(1)",
            "rows",
            id="a list with a second base",
        ),
        pytest.param(
            "import random\ndraw = random.Random(3).random",
            "draw()",
            "draw()",
            id="a method of a generator",
        ),
        pytest.param(
            "step = iter(range(9)).__next__", "step()", "step()", id="a bound step"
        ),
        pytest.param(
            "import decimal\none = decimal.Decimal(1)",
            "decimal.setcontext(decimal.Context(prec=3))",
            "one / 3",
            id="a setting of a library",
        ),
        pytest.param(
            "import numpy as np",
            "object.__setattr__(np, 'log', np.exp)",
            "np.log(1.0)",
            id="an attribute of a library",
        ),
    ],
)
def test_a_change_that_is_hard_to_see_is_not_kept(
    pool: WorkerPool, top: str, change: str, seen: str
) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)
    expected = cells_that_run(cells, top, seen)[1]
    cells.forget()
    cells_that_run(cells, top, change)
    assert cells_that_run(cells, top, seen)[1] == expected
    cells.forget()


@pytest.mark.slow
@pytest.mark.tensorflow
def test_a_network_that_is_compiled_again_is_not_kept(pool: WorkerPool) -> None:
    cells = SandboxedRunner(catalog.find("lesson7", ROOT), Limits(cpu_s=60), pool)
    top = (
        "import keras\nm = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])"
        "\nm.compile(optimizer='sgd', loss='mse')"
    )
    cells_that_run(cells, top, "m.compile(optimizer=m.optimizer, loss='mae')")
    assert cells_that_run(cells, top, "m.loss") == ([1, 2], "'mse'\n")
    cells.forget()


def test_a_worker_is_kept_only_if_it_is_alone_and_wanted(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)
    run = functools.partial(cells_that_run, cells)
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
    assert run("n = 1", thread) == ([1, 2], "")
    assert run("n = 1", "n") == ([1, 2], "1\n")
    assert run("n = 1", "n") == ([2], "1\n")
    assert cells.memory_mb > 0
    cells.forget()
    assert waited(lambda: cells.memory_mb == 0)
    assert run("n = 1", "n") == ([1, 2], "1\n")
    cells.forget()


@pytest.mark.promise("confined-cells")
def test_a_kept_worker_uses_no_processor_until_the_next_run(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=3), pool)
    later = (
        "import signal\ndef spin(*_):\n    while True: pass\n"
        "signal.signal(signal.SIGALRM, spin)\nsignal.setitimer(signal.ITIMER_REAL, {})"
    )
    cells_that_run(cells, "n = 1", later.format(2))
    with cells._turn:  # what it left behind is noted
        worker = cells._worker
        assert worker is not None
        used_s = worker.cpu_s
        time.sleep(4)
        assert worker.cpu_s - used_s < 0.1
    # What waits for it happens in the next run, under that run's limits.
    assert cells_that_run(cells, "n = 1", "n")[1] in ("", "1\n")
    cells.forget()


def test_a_kept_worker_that_was_killed_is_replaced(pool: WorkerPool) -> None:
    cells = SandboxedRunner(catalog.find("lesson3", ROOT), Limits(cpu_s=3), pool)
    assert cells_that_run(cells, "n = 1", "n") == ([1, 2], "1\n")
    with cells._turn:  # what it left behind is noted
        worker = cells._worker
        assert worker is not None
        os.kill(worker._monitor._pid, signal.SIGKILL)
        assert waited(lambda: worker.has_gone)
    assert cells_that_run(cells, "n = 1", "n") == ([1, 2], "1\n")
    cells.forget()


def test_a_cell_that_comes_later_can_import_the_course(pool: WorkerPool) -> None:
    cells = SandboxedRunner(catalog.find("lesson3", ROOT), Limits(cpu_s=3), pool)
    later = "from lessons.data import load_data\nload_data.__name__"
    assert cells_that_run(cells, "n = 1", "n") == ([1, 2], "1\n")
    assert cells_that_run(cells, "n = 1", later) == ([1, 2], "'load_data'\n")
    assert cells_that_run(cells, "n = 1", later) == ([2], "'load_data'\n")
    cells.forget()


def test_a_run_without_a_thread_to_follow_it_blocks_no_later_run(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = SandboxedRunner(catalog.find("lesson3", ROOT), Limits(cpu_s=3), pool)

    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        assert cells_that_run(cells, "n = 1", "n") == ([1, 2], "1\n")
    assert not cells._turn.locked()
    assert cells_that_run(cells, "n = 1", "n") == ([1, 2], "1\n")
    cells.forget()


def test_after_lack_of_memory_a_kept_page_begins_anew(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(lesson, Limits(cpu_s=9, memory_mb=400), pool)
    run = functools.partial(cells_that_run, cells)
    page = ["import numpy as np\na = np.ones(35_000_000)", "a = None"]
    assert run(*page) == ([1, 2], "")
    # The way back to the first cell needs its array.
    page.append("b = np.ones(35_000_000)\nlen(b)")
    assert run(*page) == ([3, 1, 2, 3], "35000000\n")
    cells.forget()


def test_a_run_of_a_line_where_no_cell_begins_is_refused(pool: WorkerPool) -> None:
    lesson = catalog.find("lesson3", ROOT)
    cells = SandboxedRunner(replace(lesson), Limits(cpu_s=3), pool)
    with pytest.raises(NotFound):
        cells.run(b"# %%\nx = 1\n", 1)
    cells.forget()
