"""3d: find the bug in the loss of each image."""

import math

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import A_P, PAPER_P, PAPER_Y, SIZES, moved_by, random_batch, sizes

image = exercise(
    "losses",
    hints=(
        "Which p does np.log get for Dan? Print p just before the return.",
        "np.clip returns a clipped copy, and leaves p unchanged. What happens to the copy?",
        "p = np.clip(p, 1e-7, 1 - 1e-7)",
    ),
    alternative=Alternative(
        code="""
            def losses(y, p):
                return -np.einsum("ij,ij->i", y, np.log(np.clip(p, 1e-7, 1 - 1e-7)))
        """,
        why=(
            "einsum names the axis that remains, i, and needs no array for the "
            "products. The price: you have to learn its small language."
        ),
    ),
)
image.slips(
    slip(
        "label inside the log",
        "You took the logarithm of the label times p.\nKeep the label outside the log.",
        "y * np.log(p) -> np.log(np.clip(y * p, 1e-7, 1 - 1e-7))",
    ),
    slip(
        "label of the photo above",
        "Each loss uses the label one row higher.\nUse the label of the same row.",
        "y * np.log(p) -> np.roll(y, 1, axis=0) * np.log(p)",
    ),
    slip(
        "coarse clip",
        "You clip p to a narrower range than [1e-7, 1-1e-7].\n"
        "Clip p to [1e-7, 1-1e-7], as Keras does.",
        *(
            f"np.clip(p, 1e-7, 1 - 1e-7) -> np.clip(p, {eps}, 1 - {eps})"
            for eps in ("1e-1", "1e-2", "1e-3", "1e-4")
        ),
    ),
    sentences={"bits": said.BITS, "log10": said.LOG10, "log1p": said.LOG1P},
)


@image.check
def losses_of_the_paper_batch(attempt):
    """The paper batch costs 0.356675, 1.609438, 2.079442 and 0.693147 nats."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5])
    expect(attempt.losses(PAPER_Y, PAPER_P)).close_to(truth)


@image.check
def losses_of_example_a(attempt):
    """Example A costs 0.356675, 1.609438 or 2.302585, depending on the true class."""
    p = np.repeat(A_P, 3, axis=0)
    expect(attempt.losses(np.eye(3), p)).close_to(-np.log(A_P[0]))
    expect(attempt.losses(np.eye(3, dtype=int)[[2]], A_P)).close_to([math.log(10)])


@image.check
def a_certain_mistake_is_finite(attempt):
    """Certain and wrong costs 16.118096 nats, which is -ln 1e-7."""
    y, p = np.eye(3)[[1, 2]], np.eye(3)[[0, 1]]
    expect(attempt.losses(y, p)).close_to([-math.log(1e-7)] * 2)


@image.check
def a_certain_success_costs_next_to_nothing(attempt):
    """Certain and right costs 1e-7 nats, which is -ln(1 - 1e-7)."""
    y = np.eye(3)[[0, 2]]
    # 1e-9 is a hundredth of it, and what -ln loses here in float64 is below 1e-16.
    expect(attempt.losses(y, y)).close_to([-math.log(1 - 1e-7)] * 2, tolerance=1e-9)


@image.check
def losses_on_random_batches(attempt, reference, rng):
    """It is right for random batches of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        expect(attempt.losses(y, p)).close_to(reference.losses(y, p))


@image.wrong_answer(said.MISSING_MINUS)
def missing_minus(y, p):
    return (y * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@image.wrong_answer(
    "You took the mean over the classes: each loss is exactly {k} times too small.\n"
    "Add up the terms of an image.",
    fill=sizes,
    slip="mean for sum",
)
def mean_over_classes(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).mean(axis=1)


@image.wrong_answer(
    "You summed over the whole batch.\nSum along each row, axis 1: one loss per image."
)
def summed_altogether(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum()


@image.wrong_answer(
    "You clipped the labels, so a 0 became 1e-7 and counts a little.\nClip only p."
)
def with_clipped_labels(y, p):
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)


@image.wrong_answer(said.SOFTMAX_TWICE)
def softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1)


@image.wrong_answer(
    "You summed down the columns, which gives one number per class.\n"
    "Each image has one loss, so sum along the row, axis 1."
)
def sum_over_photos(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=0)


@image.wrong_answer(
    "You returned a whole table, mostly zeros.\n"
    "Add up each row to get one loss per image."
)
def not_summed(y, p):
    return -(y * np.log(np.maximum(p, 1e-7)))


@image.wrong_answer(
    "You returned the mean.\nReturn one loss per image. The mean comes in 3e."
)
def already_averaged(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@image.wrong_answer(said.EVERY_CLASS)
def every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1)


@image.wrong_answer(said.SWAPPED)
def swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1)


@image.wrong_answer(said.LABEL_INSIDE, raises=("FloatingPointError",))
def swapped_without_clip(y, p):
    with np.errstate(divide="ignore", invalid="raise"):  # never nan
        return -(p * np.log(y)).sum(axis=1)


@image.wrong_answer(said.PREDICTED_CLASS)
def predicted_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).max(axis=1)


@image.wrong_answer(said.ENTROPY)
def entropy(y, p):
    return -(p * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@image.wrong_answer(said.BINARY)
def binary(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)


@image.wrong_answer(said.SQUARED, in_company=said.DIFFERENCE)
def squared(y, p):
    return ((y - p) ** 2).sum(axis=1)


@image.wrong_answer(
    "You took absolute values of the differences of y and p. Their sum never exceeds 2, so "
    "a confident mistake costs hardly more than a cautious one.\nUse -ln p.",
    in_company="You took absolute values of the differences of y and p.\nUse -ln p.",
)
def absolute_differences(y, p):
    return np.abs(y - p).sum(axis=1)


@image.wrong_answer(said.ONE_MINUS_P)
def one_minus_p(y, p):
    return 1 - (y * p).sum(axis=1)


@image.wrong_answer(said.CLASS_AFTER)
def class_after(y, p):
    return -(np.roll(y, 1, axis=1) * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@image.wrong_answer(said.NO_CLIP)
def no_clip(y, p):
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1)


@image.wrong_answer(said.INFINITE)
def infinite(y, p):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(p), 0).sum(axis=1)


@image.symptom(
    said.CLIPPED_IN_PLACE,
    edit=("p = np.clip(p, 1e-7, 1 - 1e-7)", "np.clip(p, 1e-7, 1 - 1e-7, out=p)"),
)
def clipped_in_place(answer):
    return answer.modified in ((1,), ("p",))


@image.symptom(
    "With your function a certain success costs exactly 0: you didn't clip the p of "
    "1.\n"
    "Keras clips at both ends, from 1e-7 to 1 - 1e-7.",
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "np.maximum(p, 1e-7)"),
)
def clipped_from_below(answer):
    y, p = answer.args
    is_success = np.array_equal(y, p)
    return is_success and np.array_equal(np.asarray(answer.value), np.zeros(len(p)))


@image.symptom(
    said.OTHER_BOUND,
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "np.clip(p, 1e-15, 1)"),
)
def other_bound(answer):
    return bool(np.any(answer.args[1] == 0)) and moved_by(answer, np.maximum)


@image.symptom(
    said.ADDED,
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "p + 1e-7"),
)
def added(answer):
    return moved_by(answer, np.add)


@image.symptom(
    "Your losses have only about 7 digits: something became float32 on the way.\n"
    "Remove float32 from your code.",
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", 'np.clip(p, 1e-7, 1 - 1e-7).astype("float32")'),
)
def in_float32(answer):
    y, p = answer.args
    p, value = np.clip(p, 1e-7, 1 - 1e-7), answer.value
    right = -(y * np.log(p)).sum(axis=1)
    if value.shape != right.shape or np.max(np.abs(value - right)) > 2e-6:
        return False
    # float32 shows in p or in its logarithm.
    logs = np.log(p.astype(np.float32)), np.log(p).astype(np.float32)
    seen = (np.allclose(value, -(y * ln_p).sum(axis=1), 0, 1e-12) for ln_p in logs)
    return value.dtype == np.float32 or any(seen)


@image.symptom(
    "One of your losses is 1.8e308, the largest float64. Does np.nan_to_num replace an "
    "infinite loss?\n"
    "Clip p before the log, and nothing becomes infinite.",
    edit=(
        "p = np.clip(p, 1e-7, 1 - 1e-7)\n    return -(y * np.log(p))",
        "return -np.nan_to_num(y * np.log(p))",
    ),
)
def largest_number(answer):
    return bool(np.any(np.abs(answer.value) == np.finfo(np.float64).max))


@image.wrong_answer(
    "You combined every label with every prediction: your table has a row and a "
    "column for each image.\n"
    "@ multiplies matrices, and * multiplies entry by entry. Write y * np.log(p), "
    "and add up each row.",
    in_company="@ multiplies matrices, rows by columns. * multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
)
def label_with_every_photo(y, p):
    return -(y @ np.log(np.maximum(p, 1e-7)).T)


@image.wrong_answer(
    "You looked up the true classes of all images in every row.\n"
    "Look up one per row: p[np.arange(len(p)), classes] takes one entry from each "
    "row."
)
def classes_of_all_photos(y, p):
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)[:, y.argmax(axis=1)])


@image.symptom(
    "A matrix product such as @ multiplies rows by columns, and these two shapes "
    "don't fit.\n"
    "* multiplies entry by entry. Write y * np.log(p), and add up each row.",
    edit=("y * np.log(p)", "y @ np.log(p)"),
)
def tables_that_do_not_fit(answer):
    message = answer.raised.message
    return message.startswith("matmul: Input") or message.endswith("(dim 0)")


@image.symptom(
    "You clipped the logarithm of p, which is never above 0, so it became 1e-7.\n"
    "Clip p itself, before the logarithm.",
    edit=(
        "p = np.clip(p, 1e-7, 1 - 1e-7)\n    return -(y * np.log(p)).sum(axis=1)",
        "return -(y * np.clip(np.log(p), 1e-7, 1 - 1e-7)).sum(axis=1)",
    ),
)
def with_a_clipped_logarithm(answer):
    # Unfinished code returns zeros, which are as close to -1e-7 as rounding errors are.
    clipped = -1e-7 * np.sum(answer.args[0], axis=1)
    value = np.asarray(answer.value)
    return value.shape == clipped.shape and np.allclose(value, clipped, 1e-3, 0)


@image.wrong_answer(
    "Your losses end at 1. Do you clip the loss?\nClip p instead, before the logarithm."
)
def with_clipped_losses(y, p):
    with np.errstate(divide="ignore"):
        return np.clip(-np.log((y * p).sum(axis=1)), 1e-7, 1 - 1e-7)


@image.wrong_answer(
    "Every image costs 16.118096, as if each p were 1e-7. Are the bounds of np.clip "
    "swapped?\n"
    "The lower one comes first: write np.clip(p, 1e-7, 1 - 1e-7)."
)
def bounds_swapped(y, p):
    return -(y * np.log(np.clip(p, 1 - 1e-7, 1e-7))).sum(axis=1)
