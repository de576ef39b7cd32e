"""Figures with a slider: their frames, what is refused, and the row of other media."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.page_run import CellRaised, Drew, HeldBack, Slid, Terminal, run
from grader.learner.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.sandbox import Limits, WorkerPool
from grader.sandbox.cell_run.events import Frame, Mark, Tick, Unwritten
from grader.web.drawing import draw_run
from grader.web.sliders import draw_slider
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

RunCell = Callable[[str], CellRun]
IMPORTS = "import numpy as np\nfrom grader.pictures import slider\n"
MOVES = """
def draw(ax, z):
    ax.plot([0, 1, 2], [0, z, 1], "o-", label="moves")
    ax.axhline(1, color="black", linestyle="--")
    ax.bar([0, 1], [z, 2 * z], width=0.5, color="C2")
    ax.set_title(f"z is {z:g}")
    ax.set(xlabel="across", ylabel="up")
"""


@pytest.fixture(scope="module")
def runner(pool: WorkerPool) -> Iterator[SandboxedRunner]:
    one = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(cpu_s=60), pool)
    yield one
    one.forget()


@pytest.fixture(scope="module")
def run_cell(runner: SandboxedRunner) -> RunCell:
    return lambda source: runner.run(f"# %%\n{IMPORTS}{source}\n".encode(), 2)


def slide(run_cell: RunCell, source: str) -> Slid:
    (slid,) = run_cell(source).events
    assert isinstance(slid, Slid), slid
    return slid


def test_all_frames_have_the_same_axes(run_cell: RunCell) -> None:
    slid = slide(run_cell, f"{MOVES}\nslider(draw, 'z', [1, 2, 4], 'A title', 'Words')")
    assert (slid.label, slid.title, slid.alt) == ("z", "A title", "Words")
    assert (slid.x_label, slid.y_label) == ("across", "up")
    assert [(one.value, one.title) for one in slid.frames] == [
        ("1", "z is 1"),
        ("2", "z is 2"),
        ("4", "z is 4"),
    ]
    tops = []
    for frame in slid.frames:
        line, points, mean, bars = frame.marks
        assert (points.kind, points.x, points.y) == ("points", line.x, line.y)
        assert (line.name, line.kind, line.colour) == ("moves", "line", 0)
        assert (mean.colour, mean.is_dashed, mean.x) == (-1, True, (0, 1))
        assert (bars.kind, bars.colour, bars.base) == ("bars", 2, line.y[0])
        tops.append((line.y[1] - bars.base, bars.y[1] - bars.base))
        assert mean == slid.frames[0].marks[2]
        assert line.x == slid.frames[0].marks[0].x
    # The limits are those of all frames: 8 is the highest bar, a margin below the top.
    assert tops[2][1] == pytest.approx(0.95, abs=0.01)
    assert [round(one / tops[0][0], 1) for one, _ in tops] == [1, 2, 4]
    assert all(0 <= tick.at <= 1 for tick in (*slid.x_ticks, *slid.y_ticks))
    assert {"0", "2", "4"} <= {tick.words for tick in slid.y_ticks}


def test_a_missing_number_leaves_a_gap_and_zero_is_below_a_logarithmic_axis(
    run_cell: RunCell,
) -> None:
    slid = slide(
        run_cell,
        "def draw(ax, z):\n"
        "    ax.semilogy([1, 2, 3, 4], [1, np.nan, 10, 100 * z])\n"
        "slider(draw, 'z', [0, 1])",
    )
    line = slid.frames[0].marks[0]
    assert not math.isfinite(line.y[1])
    assert line.y[3] < -1  # far below, as matplotlib draws the logarithm of 0
    assert "10" in [tick.words for tick in slid.y_ticks]
    drawn = draw_slider(slid)
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize(
    ("values", "draws", "told"),
    [
        (
            "[1]",
            "ax.plot([1], [z])",
            "A slider has 2 to 25 values, and this one has 1.",
        ),
        ("range(26)", "ax.plot([1], [z])", "this one has 26."),
        ("[1, np.nan]", "ax.plot([1], [z])", "neither infinite nor nan"),
        ("[1, 2]", "ax.imshow([[z]])", "shows lines, points or upright bars"),
        ("[1, 2]", "ax.barh([1], [z])", "shows lines, points or upright bars"),
        ("[1, 2]", "z", "shows lines, points or upright bars"),
        (
            "range(25)",
            "ax.plot(np.random.default_rng(int(z)).random((200, 8)))",
            "The frames of a slider have 400 kB at most",
        ),
    ],
)
def test_what_a_slider_cannot_show_is_an_error(
    run_cell: RunCell, values: str, draws: str, told: str
) -> None:
    source = f"def draw(ax, z):\n    {draws}\nslider(draw, 'z', {values})"
    (raised,) = run_cell(source).events
    assert isinstance(raised, CellRaised)
    assert raised.kind == "ValueError"
    assert told in raised.message


def test_nothing_is_shown_before_the_function_is_written(run_cell: RunCell) -> None:
    source = (
        "def softmax(z):\n    raise NotImplementedError('3c')\n"
        "slider(lambda ax, z: ax.plot([0], softmax([z])), 'z', [1, 2])"
    )
    shown = run_cell(source)
    assert shown.events == (Unwritten("3c", 5),)
    assert "Exercise 3c is not written yet" in draw_run(shown, Document(b""))


def test_what_answers_a_prediction_is_withheld(runner: SandboxedRunner) -> None:
    below = '\n# %% id="1a"\nPREDICT = {"a": ...}\n'
    source = f"{MOVES}\nslider(draw, 'z', [1, 2])"
    page = f'{below}# %% [figure] reveals="1a"\n{IMPORTS}{source}'
    document = Document.from_python(page)
    answers = document.code_cells[-1].answers
    assert answers
    shown = runner.run(page.encode(), document.code_cells[-1].first_line)
    assert shown.events == (HeldBack(answers),)


def test_other_media_show_some_of_the_frames_in_a_row(toy: Toy) -> None:
    page = toy.root / "attempts" / "lesson1_toy.py"
    page.parent.mkdir(exist_ok=True)
    source = f"{MOVES}\nslider(draw, 'z', range(1, 8), 'A title', 'Words')"
    page.write_text(f"# %% [figure]\n{IMPORTS}{source}\n")
    cells = Document.read(page).code_cells
    events = list(run(page, cells, toy.root, Terminal()))
    (drew,) = [event for event in events if isinstance(event, Drew)]
    assert (drew.title, drew.alt, drew.has_own_alt) == ("A title", "Words", True)
    assert [panel.title for panel in drew.panels] == [
        f"z = {z}\nz is {z}" for z in (1, 3, 5, 7)
    ]
    assert not any(isinstance(event, Slid | CellRaised) for event in events)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e300, 0.5])
def test_a_slider_of_odd_numbers_and_words_is_drawn(number: float) -> None:
    evil = '"><script>alert(1)</script>'
    row = (number,) * 3
    marks = tuple(
        Mark(evil, kind, row, row, width=number, base=number)
        for kind in ("line", "points", "bars")
    )
    tick = (Tick(number, evil),)
    frames = (Frame(evil, evil, marks), Frame("2", "", ()))
    drawn = draw_slider(Slid(evil, frames, evil, evil, evil, evil, tick, tick))
    assert "<script" not in drawn
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert drawn.count("data-words=") == 2
