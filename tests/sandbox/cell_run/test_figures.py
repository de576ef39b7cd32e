"""Figures that cells draw, and what each medium makes of them."""

from __future__ import annotations

import base64
import html.parser
import io
import math
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib.image
import numpy as np
import pytest
from rich.console import Console

from grader.cli.render.page_view import RunBoard
from grader.cli.render.screen import Screen
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.page_run import CellRaised, Drew, Panel, Series
from grader.learner.page_run.sandboxed_runner import CellRun, SandboxedRunner
from grader.report import Picture
from grader.report.report_html import draw_picture
from grader.sandbox import Limits, WorkerPool
from grader.sandbox.cell_run.events import Pictured
from grader.web.drawing import draw_run
from tests.support.project import ROOT

Draw = Callable[..., Drew]
IMPORTS = "import matplotlib.pyplot as plt\nimport numpy as np\n"
CURVES = """
figure, axes = plt.subplots()
axes.plot([1, 2, 3], [2.0, 1.0, 0.5], label="training")
axes.plot([1, 2, 3], [2.0, 1.5, 1.25], "k--", label="validation")
axes.set(title="How it learns", xlabel="epoch", ylabel="loss (nats)")
axes.legend()
plt.show()
"""
BARS = """
axes = plt.subplots()[1]
axes.bar(["cat", "dog"], [0.25, 0.75])
axes.set(title="What it says", xlabel="class", ylabel="probability")
plt.show()
"""
SIDE_BY_SIDE = """
axes = plt.subplots()[1]
axes.bar([-0.2, 0.8], [3, 1], width=0.4, label="training")
axes.bar([0.2, 1.2], [2, 4], width=0.4, label="test")
axes.set_xticks([0, 1])
axes.set_xlabel("digit")
axes.legend()
plt.show()
"""
DIGITS = """
frames = plt.subplots(1, 2)[1]
for n, axes in enumerate(frames):
    axes.imshow(np.full((28, 28), 255 * n), cmap="gray", vmin=0, vmax=255)
    axes.set_title(f"digit {n}")
plt.show()
"""
VALLEY = """
figure, axes = plt.subplots()
axes.contourf(np.arange(100).reshape(10, 10), cmap="viridis")
axes.plot([1, 8], [1, 8], "k")
figure.set_label("A valley, and a path down.")
plt.show()
"""


@pytest.fixture(scope="module")
def cells(pool: WorkerPool) -> Iterator[SandboxedRunner]:
    runner = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(cpu_s=60), pool)
    yield runner
    runner.forget()


@pytest.fixture(scope="module")
def run(cells: SandboxedRunner) -> Callable[[str], CellRun]:
    def run_one(source: str) -> CellRun:
        page = f"# %%\n{IMPORTS}{source}"
        first = Document.from_python(page).code_cells[0].first_line
        return cells.run(page.encode(), first)

    return run_one


@pytest.fixture(scope="module")
def draw(run: Callable[[str], CellRun]) -> Draw:
    def draw_one(source: str) -> Drew:
        (drew,) = run(source).events
        assert isinstance(drew, Drew)
        return drew

    return draw_one


def pixels(png: str) -> Any:
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(png)), format="png")


def in_terminal(drew: Drew, encoding: str = "utf-8", **options: Any) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(
        file=file, width=80, color_system=None, highlight=False, **options
    )
    RunBoard((), Document(b""), Screen(console=console)).draw([drew])
    file.seek(0)
    return file.read()


class Images(html.parser.HTMLParser):
    """Reads the images of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.found.append(dict(attrs))


@pytest.mark.slow
def test_a_figure_brings_its_data_and_is_told_in_words(draw: Draw) -> None:
    drew = draw(CURVES)
    (panel,) = drew.panels
    assert (panel.title, panel.x_label, panel.y_label) == (
        "How it learns",
        "epoch",
        "loss (nats)",
    )
    assert panel.series == (
        Series("training", (1, 2, 3), (2.0, 1.0, 0.5)),
        Series("validation", (1, 2, 3), (2.0, 1.5, 1.25)),
    )
    assert drew.alt == (
        "A figure: How it learns (epoch across, loss (nats) up, training from 2 to "
        "0.5, validation from 2 to 1.25)"
    )
    assert draw(VALLEY).alt == "A valley, and a path down."


def test_frames_that_share_an_axis_share_its_name(draw: Draw) -> None:
    drew = draw(
        "figure, frames = plt.subplots(1, 2, sharey=True)\n"
        "frames[0].set_ylabel('loss')\nfigure.supxlabel('epoch')\nplt.show()"
    )
    assert [(one.x_label, one.y_label) for one in drew.panels] == [
        ("epoch", "loss")
    ] * 2


def test_a_figure_has_no_background_and_is_readable_on_a_dark_page(draw: Draw) -> None:
    drew = draw(CURVES)
    light, dark = pixels(drew.png), pixels(drew.dark)
    assert light.shape == dark.shape
    assert light.shape[1] > 1_000  # twice what a page shows
    assert light[0, 0, 3] == dark[0, 0, 3] == 0
    for image, sign in ((light, -1), (dark, 1)):
        colours = image[image[..., 3] == 1][:, :3]
        greys = colours[np.ptp(colours, axis=1) < 0.02][:, 0]
        assert (sign * (greys - 0.5) > 0.3).mean() > 0.9  # far from the page's own
        assert (np.ptp(colours, axis=1) > 0.3).sum() > 500  # the blue line is blue


def test_images_and_what_lies_on_them_are_the_same_on_a_dark_page(draw: Draw) -> None:
    drew = draw(VALLEY)
    light, dark = pixels(drew.png), pixels(drew.dark)
    middle = np.s_[400:600, 500:900]
    assert np.ptp(light[middle]) > 0.5
    np.testing.assert_array_equal(light[middle], dark[middle])


def test_a_figure_with_a_background_of_its_own_keeps_it(draw: Draw) -> None:
    drew = draw("plt.style.use('dark_background')\n" + CURVES)
    assert drew.dark == ""
    assert list(pixels(drew.png)[0, 0]) == [0, 0, 0, 1]


def test_a_page_has_both_images_with_the_alt_text(run: Any) -> None:
    found = Images(draw_run(run(CURVES.replace("How", "<b>How")), Document(b""))).found
    assert [one["class"] for one in found] == ["figure light", "figure dark"]
    assert all((one["alt"] or "").startswith("A figure: <b>How") for one in found)
    assert 500 < int(found[0]["width"] or 0) < 660


@pytest.mark.parametrize("inches", [0.01, 1e3, 1e5])
def test_a_figure_of_any_size_has_a_picture_of_some_size(
    draw: Draw, inches: float
) -> None:
    drew = draw(f"plt.figure(figsize=({inches}, {inches})).add_axes((0, 0, 1, 1))")
    assert 0 < len(drew.png) <= 660_000


def test_figures_are_shown_where_they_are_drawn(run: Any) -> None:
    shown = run("plt.plot([1, 2])\nplt.show()\nplt.plot([3, 4])\n1 / 0").events
    assert [type(event).__name__ for event in shown] == ["Drew", "CellRaised", "Drew"]
    assert [one.panels[0].series[0].y for one in (shown[0], shown[2])] == [
        (1, 2),
        (3, 4),
    ]


@pytest.mark.parametrize("ends", ["plt.show()", ""])
def test_what_cannot_be_drawn_is_told_as_the_cells_exception(
    run: Any, ends: str
) -> None:
    (raised,) = run("plt.title(r'$\\frac{1$')\n" + ends).events
    assert isinstance(raised, CellRaised)
    assert (raised.kind, bool(raised.line)) == ("ValueError", bool(ends))
    assert len(run(CURVES).events) == 1


def test_a_terminal_draws_lines_between_axes(draw: Draw) -> None:
    lines = in_terminal(draw(CURVES), force_terminal=True).splitlines()
    assert lines[0].rstrip() == "How it learns"
    assert lines[1].strip() == "loss (nats)"
    assert lines[2].startswith("    2│x")
    assert lines[11].startswith("  0.5│")
    assert lines[12].strip().startswith("└─")
    assert lines[13].split() == ["1", "epoch", "3"]
    assert lines[14].split() == ["o", "training", "x", "validation"]


def test_a_terminal_draws_bars_with_names_and_numbers(draw: Draw) -> None:
    lines = in_terminal(draw(BARS), force_terminal=True).splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["What", "it", "says"],
        ["class", "probability"],
    ]
    assert lines[2].split() == ["cat", "█" * 20, "0.25"]
    assert lines[3].split() == ["dog", "█" * 60, "0.75"]
    ascii_lines = in_terminal(draw(BARS), "ascii", force_terminal=True).splitlines()
    assert ascii_lines[2].split() == ["cat", "o" * 20, "0.25"]


def test_a_terminal_names_bars_side_by_side_once(draw: Draw) -> None:
    drawn = in_terminal(draw(SIDE_BY_SIDE), force_terminal=True)
    names = [line.split()[0] for line in drawn.splitlines()[1:5]]
    assert [name for name in names if name.isdigit()] == ["0", "1"]
    assert ".2" not in drawn


def test_a_terminal_draws_digits_and_tells_of_the_rest(draw: Draw) -> None:
    digits = in_terminal(draw(DIGITS), force_terminal=True)
    assert digits.count("█") == 28 * 14
    assert "digit 1" in digits
    valley = in_terminal(draw(VALLEY), force_terminal=True)
    assert valley == "A valley, and a path down.\n"


@pytest.mark.parametrize("source", [CURVES, BARS, DIGITS])
def test_a_pipe_gets_the_alt_text(draw: Draw, source: str) -> None:
    drew = draw(source)
    assert " ".join(in_terminal(drew).split()) == drew.alt


@pytest.mark.parametrize(
    "series",
    [
        Series("none", (), ()),
        Series("odd", (math.nan, 1.0, math.inf), (1.0, math.nan, -math.inf)),
        Series("one", (5.0,), (1e300,)),
        Series("far", (-1e308, 1e308), (-1e308, 1e308)),
        Series("long \x1b[31m", (0.0, 1.0), (1.0, 1.0)),
    ],
)
@pytest.mark.parametrize("kind", ["line", "points", "bars"])
def test_a_chart_of_odd_numbers_is_drawn(series: Series, kind: str) -> None:
    odd = Series(series.name, series.x, series.y, kind)  # type: ignore[arg-type]
    for is_log in (False, True):
        drew = Drew("", (Panel("t", series=(odd,), is_log=is_log),), "words")
        assert "\x1b" not in in_terminal(drew, force_terminal=True)


def test_our_own_pictures_are_real_ones_on_a_page(run: Any) -> None:
    shown = run(
        "import rich\nfrom grader.pictures import curve, digits, matrix\n"
        "rich.print(digits(np.eye(28)[None], ['a 7']))\n"
        "rich.print(matrix([[1, 2], [3, 4]], 'Counts'), 'and text')\n"
        "rich.print(curve({'loss': [2, 1]}, 'epoch by epoch'))"
    )
    assert [one.kind for one in shown.events if isinstance(one, Pictured)] == [
        "digits",
        "matrix",
        "curve",
    ]
    page = draw_run(shown, Document(b""))
    assert "█" not in page + shown.printed
    assert "▀" not in page + shown.printed
    assert "and text" in shown.printed
    (digit,) = Images(page).found
    assert digit["alt"] == "A digit. a 7"
    assert "<polyline" in page
    assert "<td" in page


def test_a_report_draws_loss_and_accuracy_apart_with_axes() -> None:
    names = ("loss", "accuracy", "val_loss", "val_accuracy")
    rows = ((2.0, 1.0, 0.5), (0.5, 0.7, 0.9), (2.1, 1.2, 0.8), (0.4, 0.6, 0.8))
    drawn = draw_picture(Picture("curve", "epoch by epoch", rows, names))
    loss, accuracy = drawn.split('class="chart"')[1:]
    for chart, measure in ((loss, "loss"), (accuracy, "accuracy")):
        image = chart.partition("</svg>")[0]
        assert f">{measure}</text>" in image
        assert ">epoch</text>" in image
        assert image.count("<polyline") == 2
        assert image.count("stroke-dasharray") == 1  # validation
    assert ">2.5</text>" in loss
    assert 'aria-label="loss from 2 to 0.5; val_loss from 2.1 to 0.8' in drawn
