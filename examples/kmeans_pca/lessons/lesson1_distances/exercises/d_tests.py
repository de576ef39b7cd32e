"""1d: tests that catch a wrong assignment."""

import numpy as np

from grader.checks import own_tests


def all_squares(x, centres):
    """Return the table of squared distances."""
    return ((x[:, None, :] - centres) ** 2).sum(axis=-1)


def point_by_point(x, centres):
    """Assign with two loops: right, and not in NumPy's way."""
    labels = []
    for point in x:
        squares = [float(((point - centre) ** 2).sum()) for centre in centres]
        labels.append(squares.index(min(squares)))
    return np.array(labels)


def last_of_the_nearest(x, centres):
    """Let the last centre win a tie."""
    table = all_squares(x, centres)[:, ::-1]
    return len(centres) - 1 - table.argmin(axis=1)


def refuse_other_shapes(x, centres):
    """Raise for arguments that no assignment can use."""
    squares = all_squares(x, centres)
    if squares.ndim != 2 or squares.shape[1] == 0:
        raise ValueError("x is (n, d) and centres is (k, d), with k at least 1")


ALWAYS_FIRST = "always the first centre"

tests = own_tests(
    "check_assign",
    hints=(
        "Every wrong function is right somewhere. Where does it differ from yours?",
        "Try a tie, a point nearest to a centre that isn't the first, and centres that "
        "differ in only one measurement.",
        "Far by one measurement or by two: compare the centres (0, 5) and (3, 3), from "
        "the point (0, 0).",
    ),
    right={"one in numpy": "assign", "one with two loops": point_by_point},
    wrong={
        "the farthest centre": lambda x, c: all_squares(x, c).argmax(axis=1),
        "counted from 1": lambda x, c: all_squares(x, c).argmin(axis=1) + 1,
        "the last of two that are equally near": last_of_the_nearest,
        ALWAYS_FIRST: lambda x, c: np.zeros(len(x), dtype=int),
        "only the first measurement": lambda x, c: all_squares(
            x[:, :1], c[:, :1]
        ).argmin(axis=1),
        "the way along streets": lambda x, c: (
            np.abs(x[:, None, :] - c).sum(axis=-1).argmin(axis=1)
        ),
    },
    enough=6,
    noun=("assignment", "assignments"),
    refuses=refuse_other_shapes,
    also_right={"from_1": lambda fn: lambda x, centres: fn(x, centres) + 1},
)


@tests.symptom(
    "Your tests count the centres from 1. Positions in Python start at 0.",
    example="""
def check_assign(fn):
    assert list(fn(PAPER_X, PAPER_CENTRES)) == [1, 1]
""",
)
def counts_from_1(answer):
    return answer.facts.get("from_1") == "accepted"


@tests.symptom(
    "In all your tests, the first centre is the nearest one. Then a function that always "
    "returns 0 passes them.",
    example="""
def check_assign(fn):
    assert list(fn(PAPER_X, PAPER_CENTRES)) == [0, 0]
""",
)
def only_the_first_centre(answer):
    caught = answer.facts.get("caught_names", [ALWAYS_FIRST])
    return bool(caught) and ALWAYS_FIRST not in caught
