"""3a: on paper."""

import math

import numpy as np

from grader.checks import exercise, expect

from . import (
    ENTROPY,
    MISSING_MINUS,
    ONE_MINUS_P,
    PAPER_BINARY,
    PAPER_BITS,
    PAPER_CLASS_AFTER,
    PAPER_COLUMNS,
    PAPER_EVERY_CLASS,
    PAPER_LN_OF_MEAN,
    PAPER_LOG1P,
    PAPER_LOG10,
    PAPER_P,
    PAPER_PREDICTED,
    PAPER_RAW_SCORE,
    PAPER_SWAPPED,
    PAPER_TWICE,
    PAPER_WHOLE,
    PERPLEXITY,
    SQUARED,
)

WITHIN = 0.005 + 1e-9  # whoever writes 0.13 for 0.125 is within it, in binary too

paper = exercise(
    "3a",
    "The paper batch",
    points=15,
    name='PAPER["mean"]',
    hints=(
        "Four steps for every row: exponentials, add, divide, -ln of the true class.",
        "Row 2: the exponentials are 3, 1, 1. The true class has 1 of 5.",
        "Row 2: -ln 0.2 = 1.609. Rows 3 and 4 go the same way, with 1 of 8 and 4 of 8.",
    ),
)


@paper.check
def rows_are_probabilities(attempt):
    """The probabilities of rows 2, 3 and 4 are right to within 0.005."""
    for row in (2, 3, 4):
        entry = attempt.entry("PAPER", f"p row {row}")
        expect(entry).close_to(PAPER_P[row - 1], tolerance=WITHIN)


@paper.check
def losses_are_surprises(attempt):
    """The losses of rows 2, 3 and 4 are right to within 0.005 nats."""
    for row, loss in ((2, math.log(5)), (3, math.log(8)), (4, math.log(2))):
        entry = attempt.entry("PAPER", f"loss row {row}")
        expect(entry).close_to(loss, tolerance=WITHIN)


@paper.check
def mean_is_right(attempt):
    """The mean loss of the four photos is right to within 0.005 nats."""
    expect(attempt.entry("PAPER", "mean")).close_to(1.184675, tolerance=WITHIN)


@paper.check
def the_parts_fit_together(attempt):
    """Each row sums to 1, and the mean is the mean of your own four losses."""
    for row in (1, 2, 3, 4):
        entry = expect(attempt.entry("PAPER", f"p row {row}"))
        total = entry.its("sum", lambda p: np.sum(np.asarray(p, float))).number()
        entry.holds(
            abs(total - 1) <= 0.011,
            "A row of probabilities sums to 1; yours sums to {total}.",
            total=total,
        )
    own = [
        expect(attempt.entry("PAPER", f"loss row {r}")).number() for r in range(1, 5)
    ]
    mean = expect(attempt.entry("PAPER", "mean"))
    mean.holds(
        abs(mean.number() - sum(own) / 4) <= 0.01,
        "Your own four losses have another mean: {own}.",
        own=sum(own) / 4,
    )


@paper.mistake(PAPER_COLUMNS, of='PAPER["p row 2"]')
def paper_row_of_columns():
    return [3 / 12, 1 / 12, 1 / 7]


@paper.mistake(PAPER_WHOLE, of='PAPER["p row 2"]')
def paper_row_of_everything():
    return [3 / 31, 1 / 31, 1 / 31]


@paper.mistake(
    "These are the exponentials. Divide each by their sum, 5.", of='PAPER["p row 2"]'
)
def paper_row_not_divided():
    return [3, 1, 1]


@paper.mistake(MISSING_MINUS, of='PAPER["loss row 2"]')
def paper_loss_without_minus():
    return math.log(0.2)


@paper.mistake(PAPER_BITS, of='PAPER["loss row 2"]')
def paper_loss_in_bits():
    return -math.log2(0.2)


@paper.mistake(PAPER_LOG10, of='PAPER["loss row 2"]')
def paper_loss_by_log10():
    return -math.log10(0.2)


@paper.mistake(PAPER_PREDICTED, of='PAPER["loss row 2"]')
def paper_loss_of_predicted_class():
    return -math.log(0.6)


@paper.mistake(ONE_MINUS_P, of='PAPER["loss row 2"]')
def paper_loss_one_minus_p():
    return 0.8


@paper.mistake(MISSING_MINUS)
def paper_missing_minus():
    return -1.184675


@paper.mistake(
    "Your mean is 3 times too small, as if the classes were averaged too. "
    "Sum over classes, mean over photos."
)
def paper_mean_over_everything():
    return 0.394892


@paper.mistake("That is the sum of the four losses. Divide by the number of photos.")
def paper_sum_no_mean():
    return 4.738702


@paper.mistake(
    "That is the sum divided by the number of classes (3). "
    "Divide by the number of photos (4)."
)
def paper_sum_over_k():
    return 1.579567


@paper.mistake(
    "That is the mean of rows 2, 3 and 4. Row 1, whose loss is given, counts too."
)
def paper_without_row_one():
    return 1.460673


@paper.mistake(PAPER_BITS)
def paper_bits():
    return 1.709125


@paper.mistake(PAPER_LOG10)
def paper_by_log10():
    return 0.514498


@paper.mistake(PAPER_COLUMNS)
def paper_softmax_over_columns():
    return 1.382357


@paper.mistake(PAPER_WHOLE)
def paper_softmax_over_everything():
    return 2.600936


@paper.mistake(PAPER_TWICE)
def paper_softmax_twice():
    return 1.078749


@paper.mistake(PAPER_EVERY_CLASS)
def paper_every_class():
    return 4.049596


@paper.mistake(PAPER_SWAPPED)
def paper_swapped():
    return 9.973072


@paper.mistake(PAPER_LN_OF_MEAN)
def paper_ln_of_mean():
    return 0.964300


@paper.mistake(PAPER_PREDICTED)
def paper_predicted_class():
    return 0.462082


@paper.mistake(ENTROPY)
def paper_entropy():
    return 0.865506


@paper.mistake(PAPER_BINARY)
def paper_binary_sum():
    return 2.082500


@paper.mistake(PAPER_BINARY)
def paper_binary_mean():
    return 0.694167


@paper.mistake(SQUARED)
def paper_squared_sum():
    return 0.732500


@paper.mistake(SQUARED)
def paper_squared_mean():
    return 0.244167


@paper.mistake(ONE_MINUS_P)
def paper_one_minus_p():
    return 0.618750


@paper.mistake(PAPER_RAW_SCORE)
def paper_raw_score():
    return -0.833051


@paper.mistake(PAPER_CLASS_AFTER)
def paper_class_after():
    return 1.844440


@paper.mistake(PERPLEXITY)
def paper_perplexity():
    return 3.269625


@paper.mistake(PAPER_LOG1P)
def paper_log1p():
    return -0.309049


@paper.mistake(
    "That is exp(-loss), the geometric mean of the four p_true. "
    "The loss is the mean of the four surprises themselves."
)
def paper_geometric_mean():
    return 0.305845
