"""dev.figures: the figures of a course on one sheet, and what they lack."""

from __future__ import annotations

import pytest

from tests.support.commands import run_command
from tests.support.toy_lesson import Toy

GOOD = """
# %%
if __name__ == "__main__":
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    ax.plot([1, 2])
    ax.set(title="A line", xlabel="step", ylabel="value")
    fig.set_label("A line that rises.")
    plt.show()
    fig, ax = plt.subplots()
    ax.imshow([[1, 2], [3, 4]])
    ax.set_title("An image")
    fig.set_label("Four pixels.")
    plt.show()
"""


def drawn(toy: Toy, cells: str) -> tuple[int, str]:
    solution = toy.root / "solutions" / "lesson1_toy.py"
    solution.write_text(solution.read_text() + cells)
    return run_command(toy.root, "dev.figures", "--out", "sheet")


@pytest.mark.slow
def test_all_figures_are_written_with_one_sheet(toy: Toy) -> None:
    code, text = drawn(toy, GOOD)
    assert (code, "2 figures" in text) == (0, True), text
    names = sorted(path.name for path in (toy.root / "sheet").iterdir())
    assert names == [
        "contact-sheet.png",
        "lesson1-1-dark.png",
        "lesson1-1.png",
        "lesson1-2-dark.png",
        "lesson1-2.png",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('xlabel="step", ', "", "lesson1-1: frame 1 has no label at x"),
        (', ylabel="value"', "", "lesson1-1: frame 1 has no label at y"),
        ('fig.set_label("A line that rises.")', "pass", "lesson1-1: no alt text"),
        ('ax.set_title("An image")', "pass", "lesson1-2: no title"),
        ("ax.imshow", "1 / 0; ax.imshow", "ends in ZeroDivisionError"),
    ],
)
def test_what_a_figure_lacks_is_said(toy: Toy, old: str, new: str, said: str) -> None:
    assert old in GOOD
    code, text = drawn(toy, GOOD.replace(old, new))
    assert (code, said in text) == (1, True), text


@pytest.mark.slow
def test_a_lesson_needs_two_figures(toy: Toy) -> None:
    code, text = drawn(
        toy, GOOD.partition("    fig, ax = plt.subplots()\n    ax.im")[0]
    )
    assert (code, "lesson1: 1 figures; a lesson has 2" in text) == (1, True), text
