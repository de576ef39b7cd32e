"""3a: on paper."""

import math

import numpy as np

from grader.checks import exercise, expect

from .. import said
from . import PAPER_EXPS, PAPER_P, PAPER_Y

WITHIN = 0.005 + 1e-9  # 0.13 for 0.125 is within it, in binary as well

paper = exercise(
    'PAPER["mean"]',
    hints=(
        "Each row takes four steps: exponentiate, add, divide, -ln of the true class.",
        "Row 2: the exponentials are 3, 1, 1. The true class has 1 of 5.",
        "Row 2: -ln 0.2 = 1.609. Do the same for rows 3 and 4, with 1 of 8 and 4 of 8.",
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
    """The mean loss of the four images is right to within 0.005 nats."""
    expect(attempt.entry("PAPER", "mean")).close_to(1.184675, tolerance=WITHIN)


@paper.check
def the_parts_fit_together(attempt):
    """Each row sums to 1, and the mean is the mean of the four losses you wrote."""
    for row in (1, 2, 3, 4):
        entry = expect(attempt.entry("PAPER", f"p row {row}"))
        total = entry.its("sum", lambda p: np.sum(np.asarray(p, float))).number()
        entry.holds(
            abs(total - 1) <= 0.011,
            "A row of probabilities sums to 1. Yours sums to {total}.",
            total=total,
        )
    own = [
        expect(attempt.entry("PAPER", f"loss row {r}")).number() for r in range(1, 5)
    ]
    mean = expect(attempt.entry("PAPER", "mean"))
    mean.holds(
        abs(mean.number() - sum(own) / 4) <= 0.01,
        "The mean of the four losses you wrote is {own}.",
        own=sum(own) / 4,
    )


# The numbers that the mistakes give on the paper batch.
P_TRUE = (PAPER_Y * PAPER_P).sum(axis=1)
COSTS, LN_P = -np.log(P_TRUE), np.log(PAPER_P)
MEAN = float(COSTS.mean())
BINARY = -(PAPER_Y * LN_P + (1 - PAPER_Y) * np.log(1 - PAPER_P))
SQUARES = (PAPER_Y - PAPER_P) ** 2


def at_truth(p):
    """Return the mean loss with these probabilities."""
    return -np.log((PAPER_Y * p).sum(axis=1)).mean()


paper.wrong_values(
    'PAPER["p row 2"]',
    {
        "paper_row_of_columns": ([3 / 12, 1 / 12, 1 / 7], said.PAPER_COLUMNS),
        "paper_row_of_everything": ([3 / 31, 1 / 31, 1 / 31], said.PAPER_WHOLE),
        "paper_row_not_divided": (
            [3, 1, 1],
            "These are the exponentials, and they don't sum to 1.\n"
            "Divide each by their sum, 5.",
        ),
        "paper_row_in_percent": (
            [60, 20, 20],
            "These are percentages.\nWrite fractions, so that the row sums to 1.",
        ),
    },
)

paper.wrong_values(
    'PAPER["loss row 2"]',
    {
        "paper_loss_without_minus": (math.log(0.2), said.MISSING_MINUS),
        "paper_loss_in_bits": (-math.log2(0.2), said.PAPER_BITS),
        "paper_loss_by_log10": (-math.log10(0.2), said.PAPER_LOG10),
        "paper_loss_of_predicted_class": (-math.log(0.6), said.PAPER_PREDICTED),
        "paper_loss_one_minus_p": (0.8, said.ONE_MINUS_P),
    },
)

for row, loss in ((3, math.log(8)), (4, math.log(2))):
    paper.wrong_values(
        f'PAPER["loss row {row}"]',
        {
            f"paper_loss_{row}_without_minus": (-loss, said.MISSING_MINUS),
            f"paper_loss_{row}_in_bits": (loss / math.log(2), said.PAPER_BITS),
            f"paper_loss_{row}_by_log10": (loss / math.log(10), said.PAPER_LOG10),
        },
    )

paper.wrong_values(
    'PAPER["loss row 3"]',
    {"paper_loss_3_of_predicted_class": (-math.log(0.75), said.PAPER_PREDICTED)},
)

IN_BITS = "Two mistakes together give your number. First, it counts in bits. Second,"
IN_BITS_AND = (
    ("no_mean", 4 * MEAN, "it is a sum.\nDivide by the number of images."),
    (
        "over_k",
        4 * MEAN / 3,
        "you divided by the number of classes.\nDivide by the number of images.",
    ),
    (
        "over_everything",
        MEAN / 3,
        "you averaged over the classes as well.\n"
        "Sum over the classes, and average over the images.",
    ),
    (
        "without_row_one",
        float(COSTS[1:].mean()),
        "row 1 is missing.\nIts loss is given, and it counts too.",
    ),
)
paper.wrong_values(
    'PAPER["mean"]',
    {
        "paper_missing_minus": (-MEAN, said.MISSING_MINUS),
        "paper_mean_over_everything": (
            MEAN / 3,
            "Your mean is 3 times too small, as if you had averaged over the "
            "classes as well.\n"
            "Sum over the classes, and average over the images.",
        ),
        "paper_sum_no_mean": (
            4 * MEAN,
            "That is the sum of the four losses.\nDivide by the number of images.",
        ),
        "paper_sum_over_k": (
            4 * MEAN / 3,
            "That is the sum divided by the number of classes (3).\n"
            "Divide by the number of images (4).",
        ),
        "paper_without_row_one": (
            float(COSTS[1:].mean()),
            "That is the mean of rows 2, 3 and 4.\n"
            "The loss of row 1 is given, and it counts too.",
        ),
        "paper_bits": (MEAN / math.log(2), said.PAPER_BITS),
        **{
            f"paper_bits_and_{name}": (value / math.log(2), f"{IN_BITS} {also}")
            for name, value, also in IN_BITS_AND
        },
        "paper_by_log10": (MEAN / math.log(10), said.PAPER_LOG10),
        "paper_softmax_over_columns": (
            float(at_truth(PAPER_EXPS / PAPER_EXPS.sum(axis=0))),
            said.PAPER_COLUMNS,
        ),
        "paper_softmax_over_everything": (
            float(at_truth(PAPER_EXPS / PAPER_EXPS.sum())),
            said.PAPER_WHOLE,
        ),
        "paper_softmax_twice": (
            float(at_truth(np.exp(PAPER_P) / np.exp(PAPER_P).sum(axis=1)[:, None])),
            said.PAPER_TWICE,
        ),
        "paper_every_class": (float(-LN_P.sum() / 4), said.PAPER_EVERY_CLASS),
        "paper_swapped": (
            float(-(PAPER_P * np.log(np.clip(PAPER_Y, 1e-7, 1))).sum() / 4),
            said.PAPER_SWAPPED,
        ),
        "paper_ln_of_mean": (-math.log(P_TRUE.mean()), said.PAPER_LN_OF_MEAN),
        "paper_predicted_class": (
            float(-LN_P.max(axis=1).mean()),
            said.PAPER_PREDICTED,
        ),
        "paper_entropy": (float(-(PAPER_P * LN_P).sum() / 4), said.ENTROPY),
        "paper_binary_sum": (float(BINARY.sum() / 4), said.PAPER_BINARY),
        "paper_binary_mean": (float(BINARY.mean()), said.PAPER_BINARY_MEAN),
        "paper_squared_sum": (float(SQUARES.sum() / 4), said.SQUARED),
        "paper_squared_mean": (float(SQUARES.mean()), said.SQUARED_MEAN),
        "paper_one_minus_p": (float(1 - P_TRUE.mean()), said.ONE_MINUS_P),
        "paper_raw_score": (
            float(-(PAPER_Y * np.log(PAPER_EXPS)).sum() / 4),
            said.PAPER_RAW_SCORE,
        ),
        "paper_class_after": (
            float(at_truth(np.roll(PAPER_P, -1, axis=1))),
            said.PAPER_CLASS_AFTER,
        ),
        "paper_perplexity": (math.exp(MEAN), said.PERPLEXITY),
        "paper_log1p": (float(-np.log1p(P_TRUE).mean()), said.PAPER_LOG1P),
        "paper_geometric_mean": (
            math.exp(-MEAN),
            "That is exp(-loss), the geometric mean of the four p_true.\n"
            "The loss is the mean of the four surprises themselves.",
        ),
    },
)
