"""Diagrams show the numbers that they are given, or that follow from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest

from grader.sandbox.cell_run.figures import figure_event
from lessons import diagrams

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TINY = {
    "W1": np.array([[1.0, 1.0], [0.0, -1.0]]),
    "b1": np.zeros(2),
    "W2": np.array([[np.log(3), 0.0], [2.0, 5.0]]),
    "b2": np.zeros(2),
}
COIN = ((0.5, 0.5), (0.25, 0.75), ("heads", "tails"))
SETS = (("training", 30, "learn"), ("test", 10, "look\nonce"))
MATRICES = ([[1, 2, 0], [0, 1, 2]], [[1, 0], [2, -1], [0, 3]])


@pytest.fixture(autouse=True)
def _without_a_window() -> Iterator[None]:
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    yield
    pyplot.close("all")


def texts(figure: Figure) -> list[str]:
    """Return what is written in a diagram, in plain signs."""
    return [
        text.get_text().replace("\u2212", "-")
        for axes in figure.axes
        for text in axes.texts
    ]


def draw_all() -> dict[str, Figure]:
    return {
        "layers": diagrams.draw_layers((784, 5, 3), ("in", "hidden", "out"), "Net"),
        "backpropagation": diagrams.draw_backpropagation([1, 2], [0, 1], TINY),
        "bowl": diagrams.draw_bowl((0.1, 0.3)),
        "sets": diagrams.draw_sets(SETS, "Sets"),
        "cross_entropy": diagrams.draw_cross_entropy(*COIN),
        "triangle": diagrams.draw_triangle({"$z_0$": (0.2, 0.3, 0.5)}, title="Three"),
        "product": diagrams.draw_product(*MATRICES, row=0, column=1),
        "clip": diagrams.draw_clip(),
    }


def test_each_has_a_title_an_alt_text_and_a_dark_version() -> None:
    drawn = draw_all()
    assert {f"draw_{name}" for name in drawn} == set(diagrams.__all__)
    for name, figure in drawn.items():
        event = figure_event(figure)
        assert event.has_own_alt, name
        assert event.title or all(panel.title for panel in event.panels), name
        assert event.dark, name
        assert not set(event.alt) & {"$", "\n"}, name
        for panel in event.panels:
            assert not panel.has_axes or (panel.x_label and panel.y_label), name


def test_layers_have_all_units_up_to_ten_and_a_gap_for_more() -> None:
    figure = diagrams.draw_layers((784, 5, 3), ("in", "hidden", "out"), "Net")
    nodes = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    edges = [line for line in figure.axes[0].lines if line.get_marker() != "o"]
    assert (len(nodes), len(edges)) == (6 + 5 + 3, 6 * 5 + 5 * 3)
    assert texts(figure) == ["⋮", "784\nin", "5\nhidden", "3\nout"]


def test_a_tiny_network_shows_its_values_and_its_gradients() -> None:
    figure = diagrams.draw_backpropagation([1, 2], [0, 1], TINY)
    red = [t for t in figure.axes[0].texts if t.get_color() == "tab:red"]
    gradients = sorted(t.get_text().replace("\u2212", "-") for t in red)
    # dW1, dW2, dz1, da and dz2 of lesson 9
    expected = "0.824 0 1.648 0  0.75 -0.75 0 0  0.824 0  0.824 -2.25  0.75 -0.75"
    assert gradients == sorted(expected.split())
    assert {"0.75", "0.25", "1.099", "loss = 1.386", "y = 1"} <= set(texts(figure))


def test_gradients_of_a_tiny_network_are_slopes_of_its_loss() -> None:
    rng = np.random.default_rng(0)
    params = {
        name: rng.normal(size=shape)
        for name, shape in {"W1": (2, 3), "b1": 3, "W2": (3, 2), "b2": 2}.items()
    }

    def label() -> str:
        figure = diagrams.draw_backpropagation([1, 2], [0, 1], params)
        return str(figure.get_label()).replace("\u2212", "-")

    def loss() -> float:
        x = np.maximum(np.array([1, 2]) @ params["W1"] + params["b1"], 0)
        z = x @ params["W2"] + params["b2"]
        return float(np.log(np.exp(z).sum()) - z[1])

    rows = re.findall(r"\(([^)]*)\)", label().split("dW1")[1])
    drawn = np.array([[float(x) for x in row.split(", ")] for row in rows])
    for at in np.ndindex(2, 3):
        params["W1"][at] += 1e-5
        above = loss()
        params["W1"][at] -= 2e-5
        slope = (above - loss()) / 2e-5
        params["W1"][at] += 1e-5
        assert drawn[at] == pytest.approx(slope, abs=6e-4)


def test_paths_in_a_bowl_take_the_steps_of_gradient_descent() -> None:
    figure = diagrams.draw_bowl((0.1,), curvatures=(1, 4), start=(-4, 1), steps=2)
    path = np.array(figure.axes[0].lines[0].get_xydata())
    # each step subtracts 0.1 (w1, 4 w2)
    assert path == pytest.approx(np.array([[-4, 1], [-3.6, 0.6], [-3.24, 0.36]]))
    loss = (3.24**2 + 4 * 0.36**2) / 2
    assert figure.axes[0].get_title() == f"lr = 0.1: loss {loss:.3g}"


def test_sets_are_as_wide_as_they_are_large() -> None:
    figure = diagrams.draw_sets(SETS, "Sets")
    filled = [one for one in figure.axes[0].patches if one.get_fill()]
    widths = [one.get_extents().width for one in filled]
    assert widths[0] == pytest.approx(3 * widths[1])
    assert texts(figure) == ["training\n30", "learn", "test\n10", "look\nonce"]


def test_areas_are_entropy_and_divergence() -> None:
    figure = diagrams.draw_cross_entropy(*COIN)
    title = figure.axes[0].get_title()
    assert title.endswith("\n0.693 + 0.144 = 0.837")
    assert texts(figure) == ["+0.347", "heads", "-0.203", "tails"]


def test_corners_of_the_triangle_are_the_certain_classes() -> None:
    corners = {str(k): row for k, row in enumerate(np.eye(3))}
    figure = diagrams.draw_triangle(corners, path=np.eye(3))
    edge, path, *points = figure.axes[0].lines
    assert path.get_xydata() == pytest.approx(edge.get_xydata()[:3])
    for point, corner in zip(points, edge.get_xydata(), strict=False):
        assert point.get_xydata()[0] == pytest.approx(corner)


def test_a_product_shows_one_entry_and_how_it_comes_about() -> None:
    written = texts(diagrams.draw_product(*MATRICES, row=0, column=1))
    assert written[-1] == "1 · 0 + 2 · (-1) + 0 · 3 = -2"
    entries = written[written.index("=") + 1 : -1]
    assert entries == ["", "-2", "", "", "x @ W  (2, 2)"]


def test_the_clip_ends_the_slope_where_it_holds_the_loss() -> None:
    figure = diagrams.draw_clip(floor=1e-7, gap=40)
    loss, slope = (axes.lines[1].get_ydata() for axes in figure.axes)
    whole = figure.axes[0].lines[0].get_ydata()
    assert (whole[-1], loss[-1]) == pytest.approx((40, -np.log(1e-7)))
    assert np.array_equal(np.asarray(slope) == 0, np.asarray(loss) < np.asarray(whole))
