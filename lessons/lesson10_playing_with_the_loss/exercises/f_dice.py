"""10f: dice loss."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import GUESS, OUTLINE, reference

NOTHING_COSTS_1 = (
    "Two empty outlines agree, so they cost 0, but yours cost 1.\n"
    "Return 0 when both totals are 0. If you add a tiny constant, add it to "
    "numerator and denominator."
)

dice = exercise(
    "dice_loss",
    hints=(
        "Twice the overlap, because it is in both totals, over the sum of the totals.",
        "The numerator is 2 * np.sum(y * p), the denominator np.sum(y) + np.sum(p); then 1 minus that.",
        "If np.sum(y) + np.sum(p) is 0, return 0.0 before you divide.",
    ),
    alternative=Alternative(
        code="""
            def dice_loss(y, p):
                y, p = (np.ravel(v).astype(float) for v in (y, p))
                total = y.sum() + p.sum()
                return float((total - 2 * (y @ p)) / total) if total else 0.0
        """,
        why=(
            "The numerator is what does NOT overlap, and in flat rows the overlap is "
            "one product, y @ p. The price: a copy of both arrays."
        ),
    ),
)
dice.slips(
    slip(
        "IoU",
        "1 - IoU is not dice: IoU .5 is dice .667. You divided the overlap by the "
        "union.\n"
        "Divide twice the overlap by the sum of both totals.",
        "2 * overlap / total -> overlap / (total - overlap)",
    ),
    slip(
        "dice itself",
        "You returned dice itself.\n"
        "Dice is 1 when everything overlaps; the loss is 1 minus dice.",
        "1 - _a -> _a",
        "return 0.0 if _c else float(1 - _a) -> return 1.0 if _c else float(_a)",
    ),
    slip(
        "two left out",
        "Your answer counts the overlap once, but it is part of both totals.\nMultiply it by 2.",
        "2 * overlap -> overlap",
    ),
    slip(
        "brackets forgotten",
        "You divide only by sum(y), because / comes before +.\n"
        "Put parentheses around both totals.",
        "1 - _a / total -> 1 - _a / np.sum(y) + np.sum(p)",
    ),
    slip(
        "product of totals",
        "You multiplied the two totals.\nThe overlap is the sum of the products.",
        "np.sum(np.multiply(y, p)) -> np.sum(y) * np.sum(p)",
    ),
    slip(
        "equal cells",
        "You counted the entries in which y and p are equal.\n"
        "The overlap is the sum of their products.",
        "np.sum(np.multiply(y, p)) -> np.sum(np.equal(y, p))",
    ),
    slip(
        "squares below",
        "Your denominator has the squares of p. That is a variant (V-Net's).\n"
        "Here it is sum(p).",
        "np.sum(y) + np.sum(p) -> np.sum(y) + np.sum(np.square(p))",
    ),
    slip(
        "nothing costs 1",
        NOTHING_COSTS_1,
        "_a if total == 0 else _b -> 1.0 if total == 0 else _b",
    ),
    slip(
        "constant of 1",
        "A constant of 1 in the fraction is too large for small images: it changes "
        "the loss.\n"
        "Treat 0/0 as a separate case, or use a tiny constant such as 1e-7.",
        "0.0 if _c else float(1 - _a / total) "
        "-> float(1 - (2 * overlap + 1) / (total + 1))",
    ),
    without=("nothing taken away", "factor left out"),
)


@dice.check
def is_a_third_on_the_example(attempt):
    """The example of the text gives 1/3."""
    # A constant of up to 1e-5 in the fraction is fine.
    expect(attempt.dice_loss(OUTLINE, GUESS)).close_to(1 / 3, tolerance=1e-5)


@dice.check
def counts_all_cells_of_any_shape(attempt, reference, rng):
    """All entries count together, in two and in three dimensions."""
    for shape in ((4, 6), (2, 5, 3)):
        y = (rng.random(shape) < 0.4) * 1.0
        y.flat[0] = 1.0
        p = rng.random(shape)
        answer = attempt.dice_loss(y, p)
        expect(answer).close_to(reference.dice_loss(y, p), tolerance=1e-5)


@dice.check
def knows_both_ends(attempt):
    """The same outline costs 0, and one that misses it costs 1."""
    expect(attempt.dice_loss(OUTLINE, OUTLINE)).close_to(0.0, tolerance=1e-5)
    expect(attempt.dice_loss(OUTLINE, 1 - OUTLINE)).close_to(1.0, tolerance=1e-5)


@dice.check
def takes_calls(attempt, reference, rng):
    """True counts as 1 and False as 0, in y as well as in p."""
    for shape in ((20,), (4, 6)):
        y, p = rng.random((2, *shape)) < 0.5
        y.flat[0] = p.flat[0] = True
        answer = attempt.dice_loss(y, p)
        expect(answer).close_to(reference.dice_loss(y, p), tolerance=1e-5)


@dice.check
def nothing_and_nothing_agree(attempt):
    """If both are all 0 they agree: the loss is 0, not nan."""
    expect(attempt.dice_loss(np.zeros((3, 4)), np.zeros((3, 4)))).close_to(0.0, 1e-5)


@dice.check
def a_guess_at_nothing_costs_1(attempt):
    """If y is all 0 and p is not, nothing overlaps: the loss is 1."""
    for p in (np.full((3, 4), 0.4), np.eye(3)):
        answer = attempt.dice_loss(np.zeros(p.shape), p)
        expect(answer).close_to(1.0, tolerance=1e-5)


@dice.wrong_answer(
    "You took the loss of each column, and then the mean.\n"
    "Here all entries count together."
)
def column_by_column(y, p):
    total = y.sum(axis=0) + p.sum(axis=0)
    overlap = (y * p).sum(axis=0)
    losses = np.where(total == 0, 0, 1 - 2 * overlap / np.maximum(total, 1e-9))
    return float(losses.mean())


@dice.wrong_answer(
    "You rounded p to 0 or 1 first. Then the derivative is 0 everywhere, and "
    "training learns nothing.\n"
    "Use p as it is."
)
def rounded_first(y, p):
    return reference.dice_loss(y, (p > 0.5) * 1.0)


@dice.wrong_answer(
    "You took the loss of each row, and then the mean.\n"
    "Here all entries count together."
)
def row_by_row(y, p):
    if y.ndim == 1:
        return reference.dice_loss(y, p)
    return float(
        np.mean([reference.dice_loss(a, b) for a, b in zip(y, p, strict=True)])
    )


@dice.wrong_answer(
    "0/0 is nan, and here both totals are 0.\nReturn 0 then, before you divide."
)
def nothing_is_nan(y, p):  # in the solution's words: a slip is looked for in it, too
    overlap = np.sum(np.multiply(y, p))
    total = np.sum(y) + np.sum(p)
    return float(1 - 2 * overlap / total)


@dice.wrong_answer(
    "You return 0 as soon as y is all 0. A guess where there is nothing costs 1.\n"
    "Return 0 only when both totals are 0."
)
def nothing_in_y_is_enough(y, p):
    return reference.dice_loss(y, p) if np.sum(y) else 0.0


@dice.wrong_answer(
    "True + True is True in NumPy, so an entry that is in both outlines counts once.\n"
    "Add the two totals: np.sum(y) + np.sum(p)."
)
def bools_added(y, p):
    total = np.sum(y + p)
    return 0.0 if total == 0 else float(1 - 2 * np.sum(y * p) / total)


# Also a slip, beside others. On its own it shows in a single 1: too little for a slip.
@dice.wrong_answer(NOTHING_COSTS_1)
def nothing_costs_1(y, p):
    total = np.sum(y) + np.sum(p)
    return float(1 - 2 * np.sum(y * p) / (total + 1e-7))


@dice.symptom(
    "Your answer has one number for each column. Did you use Python's own sum? It "
    "adds along the first axis only.\n"
    "np.sum adds all entries.",
    function="dice_loss",
    edit=(
        "overlap = np.sum(np.multiply(y, p))\n"
        "    total = np.sum(y) + np.sum(p)\n"
        "    return 0.0 if total == 0 else float(1 - 2 * overlap / total)",
        "return 1 - 2 * sum(y * p) / (sum(y) + sum(p))",
    ),
)
def one_number_a_column(answer):
    y = np.asarray(answer.args[0])
    return y.ndim > 1 and np.shape(answer.value) == y.shape[1:]
