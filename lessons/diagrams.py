"""diagrams: networks, matrices and probabilities, drawn from the numbers they show.

Each function draws one figure with pyplot, with a title and an alt text, and returns
it; `plt.show()` then shows it. Fills are translucent and lines are grey or coloured, so
that a diagram is as readable on a dark page as on a light one. Functions that call
themselves a diagram have no axes. matplotlib is imported only for drawing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "draw_backpropagation",
    "draw_bowl",
    "draw_clip",
    "draw_cross_entropy",
    "draw_layers",
    "draw_product",
    "draw_sets",
    "draw_triangle",
]

_GREY = "0.5"
_MOST_UNITS = 10  # drawn in a column; of more, the first and the last few are
_ENDS = 3
_BACKWARD = "tab:red"
_MINUS = "\u2212"
_LIT: dict[str, Any] = {"facecolor": "tab:orange", "alpha": 0.45}
# Behind text, in the colour of the page: no line runs through the letters.
_PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}

_Array = npt.NDArray[np.float64]


def draw_layers(sizes: Sequence[int], names: Sequence[str], title: str) -> Figure:
    """Draw the layers of a dense network as columns of units that are joined.

    Args:
        sizes: how many units each column has, from the inputs to the outputs.
        names: what the units of each column are.
        title: the title of the diagram.
    """
    fig, ax = _start_diagram((7, 4), title)
    columns = [_unit_heights(size) for size in sizes]
    for x, (left, right) in enumerate(itertools.pairwise(columns)):
        for low, high in itertools.product(left, right):
            ax.plot([x, x + 1], [low, high], color=_GREY, lw=0.6, alpha=0.6, zorder=1)
    for x, (size, name, heights) in enumerate(zip(sizes, names, columns, strict=True)):
        for height in heights:
            _draw_node(ax, (x, height), 90)
        if size > len(heights):
            ax.text(x, 0, "⋮", ha="center", va="center", fontsize=18)
        ax.text(x, -1.25, f"{size}\n{name}", ha="center", va="top", fontsize=11)
    ax.set_xlim(-0.4, len(sizes) - 0.6)
    ax.set_ylim(-1.75, 1.15)
    layers = ", ".join(f"{n} {name}" for n, name in zip(sizes, names, strict=True))
    fig.set_label(
        f"A network as {len(sizes)} columns, from left to right: {_flat(layers)}. A "
        "line joins each unit to every unit of the next column."
    )
    return fig


def draw_backpropagation(
    x: Any, y: Any, params: Mapping[str, npt.NDArray[np.floating[Any]]]
) -> Figure:
    """Draw a tiny network with its numbers: values forward, gradients backward.

    The network is relu(x W1 + b1), then softmax(a W2 + b2). Next to each unit are its
    value and, in red, the derivative of the cross-entropy, and so at each weight.

    Args:
        x: (n_in,), one input.
        y: (n_out,), its one-hot label.
        params: W1 (n_in, n_hidden), b1 (n_hidden,), W2 (n_hidden, n_out), b2 (n_out,).
    """
    values, grads = _go_forward_and_backward(np.asarray(x), np.asarray(y), params)
    fig, ax = _start_diagram(
        (7.5, 4.4), "Values go forward, gradients (red) go backward"
    )
    names = ("x", "z1", "a", "z2", "p")
    places = {
        name: [(2.0 * i, row) for row in _rows(len(values[name]))]
        for i, name in enumerate(names)
    }
    for left, right, weight in (("x", "z1", "W1"), ("a", "z2", "W2")):
        _join_all(ax, places[left], places[right], params[weight], grads[weight])
    for left, right, label in (("z1", "a", "relu"), ("z2", "p", "softmax")):
        for start, end in zip(places[left], places[right], strict=True):
            _draw_arrow(ax, start, end)
            middle = (start[0] + end[0]) / 2
            ax.text(middle, start[1] + 0.06, label, ha="center", fontsize=9)
    for name in names:
        for i, place in enumerate(places[name]):
            _draw_node(ax, place, 420)
            ax.text(*place, f"{name}$_{i + 1}$", ha="center", va="center", fontsize=9)
            # Outside, where no arrows cross.
            side = 1 if place[1] > 0 else -1
            _write(ax, place, 0.2 * side, values[name][i])
            if name in grads:
                _write(ax, place, 0.36 * side, grads[name][i], _BACKWARD)
    for target, (left_end, height) in zip(y, places["p"], strict=True):
        ax.text(left_end + 0.35, height, f"y = {_short(target)}", va="center")
    ax.set_xlim(-0.4, 9.2)
    ax.set_ylim(-1.45, 1.25)
    loss = float(values["loss"][0])
    ax.text(9.2, -1.43, f"loss = {_short(loss)}", ha="right", fontsize=11)
    parts = [f"{name} = {_row(values[name])}" for name in names]
    back = [f"d{name} = {_row(grads[name])}" for name in ("z2", "a", "z1")]
    fig.set_label(
        f"A tiny network as a graph. Forward: {', '.join(parts)}, loss "
        f"{_short(loss)}. Backward: {', '.join(back)}; dW2 has the rows "
        f"{_matrix(grads['W2'])}, and dW1 the rows {_matrix(grads['W1'])}."
    )
    return fig


def draw_bowl(
    rates: Sequence[float],
    curvatures: tuple[float, float] = (1.0, 4.0),
    start: tuple[float, float] = (-4.0, 1.5),
    steps: int = 12,
) -> Figure:
    """Draw gradient descent in a bowl, seen from above, once for each learning rate.

    The loss is (c_1 w_1^2 + c_2 w_2^2) / 2.

    Args:
        rates: the learning rates.
        curvatures: c_1 and c_2.
        start: the two weights before the first step.
        steps: how many steps are drawn.
    """
    import matplotlib.pyplot as plt

    bends = np.asarray(curvatures)
    fig, axes = plt.subplots(
        1, len(rates), figsize=(3.2 * len(rates), 3.4), sharey=True, squeeze=False
    )
    grid = np.meshgrid(np.linspace(-5, 5, 101), np.linspace(-4, 4, 81))
    heights = (bends[0] * grid[0] ** 2 + bends[1] * grid[1] ** 2) / 2
    told = []
    for ax, rate in zip(axes[0], rates, strict=True):
        path = np.asarray(start) * (1 - rate * bends) ** np.arange(steps + 1)[:, None]
        losses = (bends * path**2).sum(axis=1) / 2
        ax.contour(*grid, heights, levels=8, colors=_GREY, linewidths=0.6)
        ax.plot(*path.T, "o-", markersize=4, lw=1.2)
        ax.plot(0, 0, "k+", markersize=10)
        ax.set_xlim(-5, 5)
        ax.set_ylim(-4, 4)
        ax.set_title(f"lr = {rate:g}: loss {losses[-1]:.3g}")
        ax.set_xlabel("weight $w_1$")
        told.append(f"with lr = {rate:g} it goes from {losses[0]:.3g} to "
                    f"{losses[-1]:.3g}")  # fmt: skip
    axes[0, 0].set_ylabel("weight $w_2$")
    fig.suptitle(f"{steps} steps in a bowl, seen from above")
    fig.set_label(
        f"Paths of {steps} steps on the contours of a bowl, one for each learning "
        f"rate. The loss: {'; '.join(told)}."
    )
    fig.tight_layout()
    return fig


def draw_sets(sets: Sequence[tuple[str, int, str]], title: str) -> Figure:
    """Draw the sets that data are divided into as one bar, in proportion.

    Args:
        sets: for each set its name, its size, and a line that says what it is for.
        title: the title of the diagram.
    """
    from matplotlib.patches import Rectangle

    fig, ax = _start_diagram((7.5, 2.2), title)
    total, left = sum(size for _, size, _ in sets), 0.0
    for i, (name, size, purpose) in enumerate(sets):
        width = size / total
        ax.add_patch(Rectangle((left, 0), width, 1, fc=f"C{i}", alpha=0.35, ec="none"))
        ax.add_patch(Rectangle((left, 0), width, 1, fill=False, ec=_GREY))
        middle = left + width / 2
        ax.text(middle, 0.5, f"{name}\n{size:,}", ha="center", va="center")
        ax.text(middle, -0.12, purpose, ha="center", va="top", fontsize=9)
        left += width
    ax.set_xlim(-0.01, 1.01)
    ax.set_ylim(-0.75, 1.05)
    told = "; ".join(f"{name}, {size:,}: {why}" for name, size, why in sets)
    fig.set_label(f"A bar of {total:,} in {len(sets)} parts. {_flat(told)}.")
    return fig


def draw_cross_entropy(y: Any, p: Any, names: Sequence[str]) -> Figure:
    """Draw entropy, divergence and cross-entropy as areas.

    Class k is a column as wide as y_k. Up to -ln y_k it belongs to the entropy of y, up
    to -ln p_k to the cross-entropy. So the divergence of p from y is the area between,
    counted as negative where -ln p_k is the lower one.

    Args:
        y: (K,), how often each class occurs. All above 0.
        p: (K,), what is believed of it. All above 0.
        names: what the classes are called.
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    fig, ax = plt.subplots(figsize=(6, 4))
    edges = np.concatenate([[0.0], np.cumsum(y)])
    for k, (left, share) in enumerate(zip(edges, y, strict=False)):
        true, believed = -np.log(y[k]), -np.log(p[k])
        low, high = sorted((true, believed))
        style: dict[str, Any] = {"fc": "C1", "alpha": 0.5}
        if believed < true:
            style = {"fc": "none", "ec": "C0", "hatch": "///", "lw": 0}
        ax.add_patch(Rectangle((left, 0), share, low, fc="C0", alpha=0.4))
        ax.add_patch(Rectangle((left, low), share, high - low, **style))
        extra = share * (believed - true)
        label = f"{extra:+.3f}".replace("-", _MINUS)
        place = (left + share / 2, (low + high) / 2)
        ax.text(*place, label, ha="center", va="center", bbox=_PAPER)
        ax.text(left + share / 2, low / 2, names[k], ha="center", va="center")
    for name, q, dash in (("-ln y", y, "-"), ("-ln p", p, "--")):
        heights = -np.log(np.concatenate([q, q[-1:]]))
        ax.step(edges, heights, f"k{dash}", where="post", label=name)
    entropy, cross = float(-(y * np.log(y)).sum()), float(-(y * np.log(p)).sum())
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.15 * float(-np.log(np.minimum(y, p).min())))
    ax.set_xlabel("share of the class, y")
    ax.set_ylabel("surprise (nats)")
    ax.legend()
    sum_ = f"{entropy:.3f} + {cross - entropy:.3f} = {cross:.3f}"
    ax.set_title(f"entropy + divergence = cross-entropy\n{sum_}")
    fig.set_label(
        f"Columns as wide as y = {_row(y)}, and as high as the surprise, -ln y or "
        f"-ln p with p = {_row(p)}. The area up to -ln y is the entropy, "
        f"{entropy:.3f}; up to -ln p it is the cross-entropy, {cross:.3f}."
    )
    return fig


def draw_triangle(
    points: Mapping[str, Sequence[float]], path: Any = (), title: str = ""
) -> Figure:
    """Draw probabilities of three classes as points of a triangle.

    Each corner is a class that is certain; the nearer a point is to it, the more likely
    is that class.

    Args:
        points: names, and the three probabilities of each.
        path: (m, 3), probabilities that a line joins.
        title: the title of the diagram.
    """
    fig, ax = _start_diagram((5.5, 4.6), title)
    corners = np.array([[0.5, np.sqrt(3) / 2], [0.0, 0.0], [1.0, 0.0]])
    ax.plot(*corners[[0, 1, 2, 0]].T, color=_GREY, lw=1)
    for k, (x, y) in enumerate(corners):
        one = ", ".join(map(str, np.eye(3, dtype=int)[k]))
        y += 0.03 if k == 0 else -0.03
        up = "bottom" if k == 0 else "top"
        ax.text(x, y, f"class {k}\n({one})", ha="center", va=up, fontsize=10)
    if len(path):
        ax.plot(*(np.asarray(path) @ corners).T, color="C0", lw=2)
    for name, p in points.items():
        x, y = np.asarray(p) @ corners
        ax.plot(x, y, "o", color="C1")
        ax.text(x + 0.05, y, name, va="center")
    ax.set_aspect("equal")
    ax.set_xlim(-0.15, 1.15)
    ax.set_ylim(-0.17, 1.03)
    told = "; ".join(f"{_flat(name)} at {_row(p)}" for name, p in points.items())
    line = "A line joins them. " if len(path) else ""
    fig.set_label(
        f"A triangle, in each of its corners one of three classes is certain. {line}"
        f"Points: {told}."
    )
    return fig


def draw_product(x: Any, weights: Any, row: int, column: int) -> Figure:
    """Draw a matrix product, with one row, one column and their entry lit.

    The other entries of the product stay empty.

    Args:
        x: (n, D).
        weights: (D, K), which is called W.
        row: the row of x that is lit, from 0.
        column: the column of W that is lit, from 0.
    """
    x, weights = np.asarray(x), np.asarray(weights)
    fig, ax = _start_diagram((7, 2.9), "x @ W, one entry")
    entry = _short(float(x[row] @ weights[:, column]))
    product = np.full((len(x), weights.shape[1]), "", dtype=object)
    product[row, column] = entry
    in_row, in_column = np.zeros(x.shape, bool), np.zeros(weights.shape, bool)
    in_row[row], in_column[:, column] = True, True
    parts = (
        ("x", x, in_row), ("@", None, None), ("W", weights, in_column),
        ("=", None, None), ("x @ W", product, product == entry),
    )  # fmt: skip
    left = 0.0
    for name, numbers, lit in parts:
        if numbers is None or lit is None:
            ax.text(left + 0.5, 0, name, ha="center", va="center", fontsize=16)
            left += 1
            continue
        _draw_grid(ax, left, numbers, lit)
        shape = "({}, {})".format(*numbers.shape)
        height = len(numbers) / 2
        middle = left + numbers.shape[1] / 2
        ax.text(middle, height + 0.15, f"{name}  {shape}", ha="center", fontsize=10)
        left += numbers.shape[1]
    terms = [_term(a, b) for a, b in zip(x[row], weights[:, column], strict=True)]
    sum_ = f"{' + '.join(terms)} = {entry}"
    tallest = max(len(x), len(weights)) / 2
    ax.text(left / 2, -tallest - 0.75, sum_, ha="center", fontsize=12)
    ax.set_xlim(-0.2, left + 0.2)
    ax.set_ylim(-tallest - 0.9, tallest + 0.6)
    ax.set_aspect("equal")
    fig.set_label(
        f"The matrices x and W. Row {row + 1} of x, {_row(x[row])}, and column "
        f"{column + 1} of W, {_row(weights[:, column])}, are lit, and so is the entry "
        f"of x @ W that they give: {sum_}."
    )
    return fig


def draw_clip(floor: float = 1e-7, gap: float = 40.0) -> Figure:
    """Draw what a clip of the probabilities does to a loss and to its slope.

    Three classes have the logits (0, z, 0), and the first one is true. Its probability
    is clipped to at least `floor`.

    Args:
        floor: the smallest probability that the clip leaves.
        gap: the largest z that is drawn.
    """
    import matplotlib.pyplot as plt

    z = np.linspace(0, gap, 401)
    losses = np.log(2 + np.exp(z))
    is_clipped = losses > -np.log(floor)
    slopes = 1 / (2 + np.exp(z)) - 1
    curves = (
        (losses, np.minimum(losses, -np.log(floor)), "loss (nats)", "The loss"),
        (slopes, np.where(is_clipped, 0, slopes), "slope at the true logit",
         "Its slope"),
    )  # fmt: skip
    fig, axes = plt.subplots(1, 2, figsize=(8, 3.4))
    for ax, (whole, clipped, label, title) in zip(axes, curves, strict=True):
        ax.plot(z, whole, "--", label="from the logits")
        ax.plot(z, clipped, label="from p, clipped")
        ax.set_xlabel("z, the wrong logit")
        ax.set_ylabel(label)
        ax.set_title(title)
        ax.legend()
    begins = float(z[is_clipped][0])
    fig.suptitle("What the clip does to the logits (0, z, 0), true class 0")
    fig.set_label(
        f"Two plots over z from 0 to {gap:g}. From the logits, the loss rises to "
        f"{losses[-1]:.3g} and the slope stays near -1. With the clip, the loss stays "
        f"at {-np.log(floor):.3f} from about z = {begins:.0f} on, and the slope is 0."
    )
    fig.tight_layout()
    return fig


def _start_diagram(size: tuple[float, float], title: str) -> tuple[Figure, Axes]:
    """Return a figure and its only frame, which has no axes."""
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots(figsize=size)
    ax.set_axis_off()
    ax.set_title(title)
    return fig, ax


def _unit_heights(size: int) -> list[float]:
    """Return the heights of the units that are drawn, from 1 down to -1."""
    if size <= _MOST_UNITS:
        return [float(y) for y in np.linspace(1, -1, size)]
    top = np.linspace(1, 0.4, _ENDS)
    return [float(y) for y in (*top, *-top[::-1])]


def _rows(count: int) -> list[float]:
    return [float(y) for y in np.linspace(0.8, -0.8, count)]


def _draw_node(ax: Axes, place: tuple[float, float], size: float) -> None:
    """Draw a unit, filled in the colour of the page so that it hides lines below."""
    ax.plot(*place, "o", ms=np.sqrt(size), mfc="white", mec=_GREY, zorder=2)


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": _GREY, "shrinkA": 11, "shrinkB": 11}
    ax.annotate("", end, start, arrowprops=style)


def _join_all(
    ax: Axes,
    left: Sequence[tuple[float, float]],
    right: Sequence[tuple[float, float]],
    weights: npt.NDArray[np.floating[Any]],
    grads: _Array,
) -> None:
    """Draw an arrow for each weight, with the weight and its gradient on it."""
    for (j, start), (k, end) in itertools.product(enumerate(left), enumerate(right)):
        _draw_arrow(ax, start, end)
        # A third of the way, where arrows that cross are apart.
        x, y = (0.68 * a + 0.32 * b for a, b in zip(start, end, strict=True))
        for up, number, color in (
            (0.08, weights[j, k], "black"),
            (-0.08, grads[j, k], _BACKWARD),
        ):
            ax.text(x, y + up, _short(float(number)), ha="center", va="center",
                    fontsize=9, color=color, bbox=_PAPER)  # fmt: skip


def _write(
    ax: Axes, place: tuple[float, float], up: float, number: float, color: str = "black"
) -> None:
    ax.text(place[0], place[1] + up, _short(number), ha="center", va="center",
            color=color, fontsize=11, fontweight="bold", bbox=_PAPER)  # fmt: skip


def _draw_grid(ax: Axes, left: float, numbers: Any, lit: npt.NDArray[np.bool_]) -> None:
    """Draw a matrix as cells whose side is 1, with its middle at height 0."""
    from matplotlib.patches import Rectangle

    top = len(numbers) / 2
    for (i, j), number in np.ndenumerate(numbers):
        corner = (left + j, top - i - 1)
        if lit[i, j]:
            ax.add_patch(Rectangle(corner, 1, 1, ec="none", **_LIT))
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec=_GREY))
        text = number if isinstance(number, str) else _short(float(number))
        place = (corner[0] + 0.5, corner[1] + 0.5)
        ax.text(*place, text, ha="center", va="center", fontsize=12)


def _go_forward_and_backward(
    x: _Array, y: _Array, params: Mapping[str, npt.NDArray[np.floating[Any]]]
) -> tuple[dict[str, _Array], dict[str, _Array]]:
    """Return the values of the units and the loss, and the gradients."""
    z1 = x @ params["W1"] + params["b1"]
    a = np.maximum(z1, 0)
    z2 = a @ params["W2"] + params["b2"]
    e = np.exp(z2 - z2.max())
    p = e / e.sum()
    loss = np.array([-(y * np.log(p)).sum()])
    dz2 = p - y
    da = params["W2"] @ dz2
    dz1 = da * (z1 > 0)
    grads = {"W1": np.outer(x, dz1), "z1": dz1, "a": da, "W2": np.outer(a, dz2)}
    values = {"x": x, "z1": z1, "a": a, "z2": z2, "p": p, "loss": loss}
    return values, {**grads, "z2": dz2}


def _short(number: float) -> str:
    """Return a number with three decimals at most, and with a real minus sign."""
    text = f"{number:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("0", "-0") else text.replace("-", _MINUS)


def _row(numbers: Any) -> str:
    return f"({', '.join(_short(float(x)) for x in numbers)})"


def _matrix(rows: Any) -> str:
    return " and ".join(map(_row, rows))


def _term(a: float, b: float) -> str:
    second = _short(float(b))
    return f"{_short(float(a))} · {f'({second})' if b < 0 else second}"


def _flat(text: str) -> str:
    """Return a text for an alt text: on one line, and without the $ of formulas."""
    return " ".join(text.replace("$", "").split())
