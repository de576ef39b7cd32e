"""The value of a cell's last line: a DataFrame is a table, all else is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.page_run import CellRaised, HeldBack, Tabled, hold_back
from grader.learner.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.sandbox import Limits, WorkerPool
from grader.web.drawing import draw_run
from tests.support.project import ROOT

pytest.importorskip("pandas")

RunCell = Callable[[str], CellRun]
FRAME = "import numpy as np\nimport pandas as pd\n"


@pytest.fixture(scope="module")
def runner(pool: WorkerPool) -> Iterator[SandboxedRunner]:
    one = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(cpu_s=60), pool)
    yield one
    one.forget()


@pytest.fixture(scope="module")
def run_cell(runner: SandboxedRunner) -> RunCell:
    return lambda source: runner.run(f"# %%\n{FRAME}{source}\n".encode(), 2)


def table_of(run: CellRun) -> Tabled:
    (tabled,) = run.events
    assert isinstance(tabled, Tabled), tabled
    return tabled


def draw(run: CellRun) -> str:
    return str(draw_run(run, Document.from_python(b"# %%\n")))


def test_a_data_frame_is_a_table(run_cell: RunCell) -> None:
    run = run_cell(
        "pd.DataFrame({'loss': [0.25, 1, np.nan], 'n': [3, 4, 5],"
        " 'name': ['a', 'two\\nlines', '<b>']}, index=['x', 'y', 'z'])"
    )
    assert run.printed == ""
    assert table_of(run) == Tabled(
        ("", "loss", "n", "name"),
        (
            ("x", "0.25", "3", "a"),
            ("y", "1.0", "4", "two\nlines"),
            ("z", "NaN", "5", "<b>"),
        ),
        index_count=1,
        row_count=3,
        column_count=3,
    )


def test_of_a_large_data_frame_both_ends_are_shown(run_cell: RunCell) -> None:
    tabled = table_of(run_cell("pd.DataFrame(np.arange(100_000).reshape(1000, 100))"))
    assert (tabled.row_count, tabled.column_count) == (1000, 100)
    first, last = [str(n) for n in range(6)], [str(n) for n in range(94, 100)]
    assert tabled.head == ("", *first, "...", *last)
    labels = [row[0] for row in tabled.rows]
    ends = [[str(n) for n in part] for part in (range(10), range(990, 1000))]
    assert labels == [*ends[0], "...", *ends[1]]
    assert tabled.rows[10] == ("...",) * 14
    assert tabled.rows[-1][-1] == "99999"


def test_a_long_text_is_cut(run_cell: RunCell) -> None:
    tabled = table_of(run_cell("pd.DataFrame({'y' * 300: ['x' * 100_000]})"))
    assert tabled.head == ("", "y" * 97 + "...")
    assert tabled.rows == (("0", "x" * 97 + "..."),)


def test_labels_of_several_levels_are_all_there(run_cell: RunCell) -> None:
    tabled = table_of(
        run_cell(
            "frame = pd.DataFrame({'digit': [1, 1], 'right': [True, False], 'n': 1})\n"
            "frame.pivot_table(index=['digit', 'right'], aggfunc=['sum', 'max'])"
        )
    )
    assert tabled.head == ("digit", "right", "sum, n", "max, n")
    assert tabled.rows == (("1", "False", "1", "1"), ("1", "True", "1", "1"))
    assert tabled.index_count == 2


def test_an_empty_data_frame_is_a_table_too(run_cell: RunCell) -> None:
    run = run_cell("pd.DataFrame()")
    assert table_of(run) == Tabled(("",), (), 1, 0, 0)
    assert "0 rows, 0 columns" in draw(run)


def test_a_table_in_a_page_has_headers_and_no_markup_of_its_cells(
    run_cell: RunCell,
) -> None:
    html = draw(run_cell("pd.DataFrame({'<i>': ['<b>'], 'n': [1]})"))
    assert "<caption>1 row, 2 columns</caption>" in html
    assert '<th scope="col">&lt;i&gt;</th>' in html
    assert '<th scope="row">0</th>' in html
    assert "<td>&lt;b&gt;</td>" in html


def test_the_last_value_has_the_name_that_python_gives_it(run_cell: RunCell) -> None:
    run = run_cell(
        "import sys\nsys.displayhook(pd.DataFrame([1, 2]))\nprint(len(_))\nlen(_) + 5"
    )
    assert run.printed == "2\n7\n"


def test_a_data_frame_that_is_not_the_last_value_is_not_shown(
    run_cell: RunCell,
) -> None:
    run = run_cell("pd.DataFrame([1])\nprint(pd.DataFrame([5]))")
    assert run.events == ()
    assert run.printed == "   0\n0  5\n"


def test_display_shows_values_as_a_last_line_does(run_cell: RunCell) -> None:
    run = run_cell("display(3, None, 'b')\ndisplay(pd.DataFrame([5]))\nx = 1")
    assert run.printed == "3\n'b'\n"
    assert table_of(run) == Tabled(("", "0"), (("0", "5"),), 1, 1, 1)


def test_a_display_of_the_learners_own_comes_first(run_cell: RunCell) -> None:
    run = run_cell("def display(x): print('own', x)\ndisplay(3)")
    assert (run.printed, run.events) == ("own 3\n", ())


def test_a_module_of_the_learners_with_that_name_is_none(run_cell: RunCell) -> None:
    run = run_cell(
        "import sys, types\nsys.modules['pandas'] = types.ModuleType('pandas')\n"
        "sys.modules['pandas'].DataFrame = 5\n7"
    )
    assert (run.printed, run.events) == ("7\n", ())


def test_a_table_whose_texts_fail_is_an_error_of_the_cell(run_cell: RunCell) -> None:
    run = run_cell(
        "class Odd:\n    def __str__(self):\n        raise ValueError('odd')\n"
        "pd.DataFrame([[Odd()]])"
    )
    (raised,) = run.events
    assert isinstance(raised, CellRaised)
    assert (raised.kind, raised.message) == ("ValueError", "odd")


def test_a_table_that_would_answer_a_prediction_is_held_back() -> None:
    table = Tabled(("", "a"), (("0", "1"),), 1, 1, 1)
    assert list(hold_back([table], (), (3,))) == [HeldBack((3,))]


def test_the_history_of_a_training_is_one_line(run_cell: RunCell) -> None:
    run = run_cell(
        "import sys, types\nmade = types.ModuleType('keras.callbacks')\n"
        "class History:\n    epoch = [0, 1]\n    history = {'loss': [2, 1], 'acc': []}\n"
        "made.History = History\nsys.modules['keras.callbacks'] = made\nHistory()"
    )
    assert run.printed == "History of 2 epochs: loss, acc\n"
