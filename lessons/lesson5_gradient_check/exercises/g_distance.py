"""5g: relative error."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import PAPER_P, PAPER_Y, SIZES

NOT_GUARDED = "0/0 gave nan where both are 0.\nDivide by np.maximum(1e-8, ...) instead."

distance = exercise(
    "5g",
    "How far apart is far?",
    points=10,
    writes="relative_error",
    hints=(
        "A difference means little until it is divided by the size of the numbers.",
        "The size is np.abs(a) + np.abs(b).",
        "np.maximum(1e-8, np.abs(a) + np.abs(b)) guards 0/0; take the largest ratio.",
    ),
    alternative=Alternative(
        code="""
            def relative_error(a, b):
                a, b = np.asarray(a), np.asarray(b)
                size = np.clip(np.abs(a) + np.abs(b), 1e-8, None)
                return float(np.max(np.abs(a - b) / size))
        """,
        why=(
            "np.clip with no upper bound reads as what it is, a floor under the "
            "size. What it costs: a None that has to be explained."
        ),
    ),
)
distance.slips(
    slip(
        "signs left in the sizes",
        "The denominator keeps the signs of a and b, so they can cancel or go below 0. "
        "Use absolute values.",
        "np.abs(a) + np.abs(b) -> a + b",
    ),
    slip(
        "mean of all",
        "You report the mean. One wrong entry among many would go unseen: "
        "report the largest.",
        "(_a / size).max() -> (_a / size).mean()",
    ),
    slip(
        "sum of all",
        "You report the sum of all ratios, which grows with the number of entries: "
        "report the largest.",
        "(_a / size).max() -> (_a / size).sum()",
    ),
    slip(
        "not guarded",
        NOT_GUARDED,
        "np.maximum(1e-8, _) -> _",
    ),
    slip(
        "minimum for maximum",
        "You took the smaller of 1e-8 and the sizes. Take the larger, so that 1e-8 is a "
        "minimum.",
        "np.maximum(1e-8, _) -> np.minimum(1e-8, _)",
    ),
    slip(
        "place of the largest",
        "You report the place of the largest ratio. Report the ratio itself.",
        "(_a / size).max() -> (_a / size).argmax()",
    ),
    slip(
        "per cent",
        "Your answers hold a factor of 100, as for per cent. Return the ratio.",
        "float(_) -> 100 * float(_)",
    ),
    slip(
        "another floor",
        "The minimum of the denominator is not the page's 1e-8.",
        *(
            f"np.maximum(1e-8, _) -> np.maximum({floor}, _)"
            for floor in ("1.0", "1e-3", "1e-4", "1e-5", "1e-6", "1e-10", "1e-12")
        ),
    ),
)


@distance.check
def compares_numbers(attempt):
    """For two numbers it is their difference over the sum of their sizes."""
    expect(attempt.relative_error(3.0, 5.0)).close_to(0.25)
    expect(attempt.relative_error(-2.0, -1.0)).close_to(1 / 3)


@distance.check
def reports_the_largest(attempt):
    """Of two arrays it reports the largest one, whichever is the larger array."""
    a = np.array([[1.0, -4.0, 100.0], [2.0, 0.5, -3.0]])
    b = np.array([[1.0, -1.0, 101.0], [2.5, 0.5, -3.1]])
    expect(attempt.relative_error(a, b)).close_to(0.6)
    expect(attempt.relative_error(b, a)).close_to(0.6)


@distance.check
def opposite_signs_are_far_apart(attempt):
    """A gradient with the wrong sign is as far away as can be: 1."""
    g = PAPER_P - PAPER_Y
    expect(attempt.relative_error(g, -g)).close_to(1.0)


@distance.check
def equals_are_at_zero(attempt):
    """Equal arrays are at 0, zeros too: 0/0 is guarded."""
    expect(attempt.relative_error(np.zeros((2, 3)), np.zeros((2, 3)))).close_to(0.0)
    expect(attempt.relative_error(PAPER_P, PAPER_P)).close_to(0.0)
    expect(attempt.relative_error(1e-12, 2e-12)).close_to(1e-4, tolerance=1e-7)


@distance.check
def agrees_on_random_pairs(attempt, reference, rng):
    """It agrees with the reference on random arrays."""
    for n, k in SIZES:
        a = rng.normal(size=(n, k))
        b = a + 1e-3 * rng.normal(size=(n, k))
        answer = attempt.relative_error(a, b)
        expect(answer).close_to(reference.relative_error(a, b))


@distance.wrong_answer(NOT_GUARDED)
def not_guarded(a, b):
    with np.errstate(all="ignore"):
        return (np.abs(a - b) / (np.abs(a) + np.abs(b))).max()


@distance.wrong_answer(
    "That is the absolute difference. Divide by the size of the two numbers."
)
def not_divided(a, b):
    return np.abs(a - b).max()


@distance.wrong_answer(
    "You divide by the larger size, as some books do. "
    "Here the two sizes are added, so that opposite signs give 1."
)
def over_the_larger(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b)))).max()


@distance.wrong_answer(
    "You divide by the size of the first one alone. Add both sizes: "
    "then it does not matter which of the two comes first."
)
def over_the_first(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(a))).max()


@distance.wrong_answer(
    "Only the size of the second one is below. Add both sizes: then it does not matter "
    "which of the two comes first."
)
def over_the_second(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(b))).max()


@distance.wrong_answer(
    "You divide by the mean of the two sizes, so opposite signs give 2. "
    "Here the two sizes are added, and not halved."
)
def over_the_mean_size(a, b):
    size = np.maximum(1e-8, (np.abs(a) + np.abs(b)) / 2)
    return (np.abs(a - b) / size).max()


@distance.wrong_answer(
    "You divide the largest difference by the largest size, and they may belong to "
    "different entries. Divide entry by entry first, and then take the largest ratio."
)
def largest_over_largest(a, b):
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))


@distance.wrong_answer(
    "A norm of all differences is divided by the norms of a and b, so one wrong entry "
    "goes unseen among many. Divide entry by entry, and take the largest ratio."
)
def norm_over_norms(a, b):
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return np.linalg.norm(np.asarray(a) - b) / np.maximum(1e-8, size)


@distance.wrong_answer(
    "The norm of all differences is divided by the norm of one of the two alone. Divide "
    "entry by entry, by both sizes, and take the largest ratio."
)
def norm_over_the_first(a, b):
    return np.linalg.norm(np.asarray(a) - b) / np.maximum(1e-8, np.linalg.norm(a))


@distance.wrong_answer(
    "The differences have a norm of this size, and b's norm alone divides it. Divide "
    "entry by entry, by both sizes, and take the largest ratio."
)
def norm_over_the_second(a, b):
    return np.linalg.norm(np.asarray(a) - b) / np.maximum(1e-8, np.linalg.norm(b))


@distance.wrong_answer(
    "All differences are added up, and divided by all sizes, so one wrong entry goes "
    "unseen among many. Divide entry by entry, and take the largest ratio."
)
def total_over_total(a, b):
    return np.abs(a - b).sum() / np.maximum(1e-8, np.sum(np.abs(a) + np.abs(b)))


@distance.wrong_answer(
    "That is the norm of the difference, and nothing is divided. Divide entry by entry, "
    "by the size of the two numbers, and take the largest ratio."
)
def norm_not_divided(a, b):
    return np.linalg.norm(np.asarray(a) - b)


@distance.wrong_answer(
    "You divide the square of the difference by a sum of squares. Nothing is squared "
    "here: the difference is divided by the two sizes."
)
def squares_over_squares(a, b):
    return ((a - b) ** 2 / np.maximum(1e-8, np.square(a) + np.square(b))).max()


@distance.wrong_answer(
    "That is the root of the mean square of the differences, and nothing is divided by a "
    "size. Divide entry by entry, and take the largest ratio."
)
def root_mean_square(a, b):
    return np.sqrt(np.mean((a - b) ** 2))


@distance.symptom(
    "Your answer is {got}: whether the two are close. Return how far apart they are, a "
    "number.",
    function="relative_error",
    edit=("return float((np.abs(a - b) / size).max())", "return np.allclose(a, b)"),
)
def whether_they_are_close(answer):
    return isinstance(answer.value, (bool, np.bool_))


@distance.wrong_answer(
    "Your answer is the sum of all differences, and nothing is divided. Divide entry by "
    "entry, by the size of the two numbers, and take the largest ratio."
)
def total_not_divided(a, b):
    return np.abs(a - b).sum()


@distance.wrong_answer(
    "The sign of a - b is left in, so large differences can hide below 0.\n"
    "Take np.abs(a - b)."
)
def sign_left_in(a, b):
    return ((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))).max()


@distance.wrong_answer(
    "You took the size of the sum. Numbers of opposite sign cancel there. Add the "
    "sizes.\n"
    "Write np.abs(a) + np.abs(b)."
)
def size_of_the_sum(a, b):
    return (np.abs(a - b) / np.maximum(1e-8, np.abs(a + b))).max()


@distance.wrong_answer("You return one number an entry. Report the largest of them.")
def one_for_each(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
