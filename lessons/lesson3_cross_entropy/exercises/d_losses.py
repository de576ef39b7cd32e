"""3d: each photo."""

import math

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import A_P, PAPER_P, PAPER_Y, SIZES, moved_by, random_batch, sizes

photo = exercise(
    "3d",
    "The loss of each photo",
    points=10,
    writes="losses",
    hints=(
        "In each row only one term survives. Which one?",
        "Multiply ln p by y, then sum over the classes.",
        "-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)",
    ),
    alternative=Alternative(
        code="""
            def losses(y, p):
                return -np.einsum("ij,ij->i", y, np.log(np.clip(p, 1e-7, 1 - 1e-7)))
        """,
        why=(
            "einsum says which axis stays, i, and makes no array of the "
            "products. What it costs: a small language of its own to learn."
        ),
    ),
)
photo.slips(
    slip(
        "label inside the log",
        "The logarithm is taken of the label times p. The label belongs outside of it.",
        "y * np.log(p) -> np.log(np.clip(y * p, 1e-7, 1 - 1e-7))",
    ),
    slip(
        "label of the photo above",
        "Each loss is that of the label one row higher. A photo has a label of its own.",
        "y * np.log(p) -> np.roll(y, 1, axis=0) * np.log(p)",
    ),
    slip(
        "coarse clip",
        "p is clipped, and to a narrower range than [1e-7, 1-1e-7].",
        *(
            f"np.clip(p, 1e-7, 1 - 1e-7) -> np.clip(p, {eps}, 1 - {eps})"
            for eps in ("1e-1", "1e-2", "1e-3", "1e-4")
        ),
    ),
    sentences={"bits": said.BITS, "log10": said.LOG10, "log1p": said.LOG1P},
)


@photo.check
def losses_of_the_paper_batch(attempt):
    """The paper batch costs 0.356675, 1.609438, 2.079442 and 0.693147 nats."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5])
    expect(attempt.losses(PAPER_Y, PAPER_P)).close_to(truth)


@photo.check
def losses_of_example_a(attempt):
    """Example A costs 0.356675, 1.609438 or 2.302585, whichever class is true."""
    p = np.repeat(A_P, 3, axis=0)
    expect(attempt.losses(np.eye(3), p)).close_to(-np.log(A_P[0]))
    expect(attempt.losses(np.eye(3, dtype=int)[[2]], A_P)).close_to([math.log(10)])


@photo.check
def a_certain_mistake_is_finite(attempt):
    """Certain and wrong costs 16.118096 nats, which is -ln 1e-7."""
    y, p = np.eye(3)[[1, 2]], np.eye(3)[[0, 1]]
    expect(attempt.losses(y, p)).close_to([-math.log(1e-7)] * 2)


@photo.check
def a_certain_success_costs_next_to_nothing(attempt):
    """Certain and right costs 1e-7 nats, which is -ln(1 - 1e-7)."""
    y = np.eye(3)[[0, 2]]
    # 1e-9 is a hundredth of it, and what -ln loses here in float64 is below 1e-16.
    expect(attempt.losses(y, y)).close_to([-math.log(1 - 1e-7)] * 2, tolerance=1e-9)


@photo.check
def losses_on_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        expect(attempt.losses(y, p)).close_to(reference.losses(y, p))


@photo.wrong_answer(said.MISSING_MINUS)
def missing_minus(y, p):
    return (y * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.wrong_answer(
    "You took the mean over classes: each loss is exactly {k} times too small. "
    "The terms of one photo are added.",
    fill=sizes,
    slip="mean for sum",
)
def mean_over_classes(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).mean(axis=1)


@photo.wrong_answer(
    "You summed the whole batch. Sum along each row, axis 1, and keep a loss per photo."
)
def summed_altogether(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum()


@photo.wrong_answer(
    "You clipped the labels, so a 0 became 1e-7 and counts a little. Clip p alone."
)
def with_clipped_labels(y, p):
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)


@photo.wrong_answer(said.SOFTMAX_TWICE)
def softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1)


@photo.wrong_answer(
    "You summed down the columns: one number per class. "
    "A loss belongs to a photo, so sum along the row, axis 1."
)
def sum_over_photos(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=0)


@photo.wrong_answer(
    "You returned a whole table, mostly zeros. "
    "Add up each row, and one loss per photo is left."
)
def not_summed(y, p):
    return -(y * np.log(np.maximum(p, 1e-7)))


@photo.wrong_answer(
    "You returned the mean already. Here each photo keeps its own loss; "
    "the mean comes in 3e."
)
def already_averaged(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@photo.wrong_answer(said.EVERY_CLASS)
def every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1)


@photo.wrong_answer(said.SWAPPED)
def swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1)


@photo.wrong_answer(said.LABEL_INSIDE)
def swapped_without_clip(y, p):
    with np.errstate(divide="ignore", invalid="raise"):  # never nan
        return -(p * np.log(y)).sum(axis=1)


@photo.wrong_answer(said.PREDICTED_CLASS)
def predicted_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).max(axis=1)


@photo.wrong_answer(said.ENTROPY)
def entropy(y, p):
    return -(p * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.wrong_answer(said.BINARY)
def binary(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)


@photo.wrong_answer(said.SQUARED)
def squared(y, p):
    return ((y - p) ** 2).sum(axis=1)


@photo.wrong_answer(said.ONE_MINUS_P)
def one_minus_p(y, p):
    return 1 - (y * p).sum(axis=1)


@photo.wrong_answer(said.CLASS_AFTER)
def class_after(y, p):
    return -(np.roll(y, 1, axis=1) * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.wrong_answer(said.NO_CLIP)
def no_clip(y, p):
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1)


@photo.wrong_answer(said.INFINITE)
def infinite(y, p):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(p), 0).sum(axis=1)


@photo.symptom(
    said.CLIPPED_IN_PLACE,
    edit=("p = np.clip(p, 1e-7, 1 - 1e-7)", "np.clip(p, 1e-7, 1 - 1e-7, out=p)"),
)
def clipped_in_place(answer):
    return answer.modified in ((1,), ("p",))


@photo.symptom(
    "A certain success costs exactly 0 in yours: the p of 1 is not clipped. "
    "Keras clips at both ends, from 1e-7 to 1 - 1e-7.",
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "np.maximum(p, 1e-7)"),
)
def clipped_from_below(answer):
    y, p = answer.args
    is_success = np.array_equal(y, p)
    return is_success and np.array_equal(np.asarray(answer.value), np.zeros(len(p)))


@photo.symptom(
    said.OTHER_BOUND,
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "np.clip(p, 1e-15, 1)"),
)
def other_bound(answer):
    return bool(np.any(answer.args[1] == 0)) and moved_by(answer, np.maximum)


@photo.symptom(
    said.ADDED,
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", "p + 1e-7"),
)
def added(answer):
    return moved_by(answer, np.add)


@photo.symptom(
    "Your losses carry about 7 digits: something became float32 on the way. "
    "Look for float32 in your code, and leave it out.",
    edit=("np.clip(p, 1e-7, 1 - 1e-7)", 'np.clip(p, 1e-7, 1 - 1e-7).astype("float32")'),
)
def in_float32(answer):
    y, p = answer.args
    p, value = np.clip(p, 1e-7, 1 - 1e-7), answer.value
    right = -(y * np.log(p)).sum(axis=1)
    if value.shape != right.shape or np.max(np.abs(value - right)) > 2e-6:
        return False
    # The numbers that float32 gives for p, and for its logarithm, are seen again.
    logs = np.log(p.astype(np.float32)), np.log(p).astype(np.float32)
    seen = (np.allclose(value, -(y * ln_p).sum(axis=1), 0, 1e-12) for ln_p in logs)
    return value.dtype == np.float32 or any(seen)


@photo.symptom(
    "A loss of yours is 1.8e+308, the largest number that float64 has. Is it what "
    "np.nan_to_num makes of an infinite one?\n"
    "Clip p before the log, and nothing becomes infinite.",
    edit=(
        "p = np.clip(p, 1e-7, 1 - 1e-7)\n    return -(y * np.log(p))",
        "return -np.nan_to_num(y * np.log(p))",
    ),
)
def largest_number(answer):
    return bool(np.any(np.abs(answer.value) == np.finfo(np.float64).max))


@photo.wrong_answer(
    "Every label met every prediction: your table has a row and a column for each photo. "
    "@ multiplies tables; * multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
    in_company="@ multiplies tables, rows by columns; * multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
)
def label_with_every_photo(y, p):
    return -(y @ np.log(np.maximum(p, 1e-7)).T)


@photo.wrong_answer(
    "Every photo met the true classes of all photos. Each has one of its own.\n"
    "p[np.arange(len(p)), classes] takes one entry of each row."
)
def classes_of_all_photos(y, p):
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)[:, y.argmax(axis=1)])


@photo.symptom(
    "A matrix product such as @ goes rows by columns, and these two do not fit. "
    "* multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
    edit=("y * np.log(p)", "y @ np.log(p)"),
)
def tables_that_do_not_fit(answer):
    message = answer.raised.message
    return message.startswith("matmul: Input") or message.endswith("(dim 0)")
