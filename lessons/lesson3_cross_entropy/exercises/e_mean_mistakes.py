"""3e: the mistakes that are known of the mean."""

import numpy as np

from .. import said
from . import A_P, moved_by, sizes
from .e_mean import mean


@mean.wrong_answer(said.MISSING_MINUS)
def missing_minus(y, p):
    return (y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.MEAN_OVER_EVERYTHING, fill=sizes, slip="mean for sum")
def mean_over_everything(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).mean()


@mean.wrong_answer(said.SUM_NO_MEAN, fill=sizes, slip="sum for mean")
def sum_no_mean(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum()


@mean.wrong_answer(said.SUM_OVER_K, fill=sizes)
def sum_over_k(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum() / y.shape[1]


@mean.wrong_answer(
    "You always divide by 4. Divide by the number of photos, {n} here.", fill=sizes
)
def always_by_four(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum() / 4


@mean.wrong_answer(said.SOFTMAX_TWICE)
def softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1).mean()


@mean.wrong_answer(said.COLUMNS)
def columns_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum(axis=0))).sum(axis=1).mean()


@mean.wrong_answer(said.WHOLE_ARRAY)
def everything_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum())).sum(axis=1).mean()


@mean.wrong_answer(said.EVERY_CLASS)
def every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1).mean()


@mean.wrong_answer(said.SWAPPED)
def swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.LABEL_INSIDE)
def swapped_without_clip(y, p):
    with np.errstate(divide="ignore", invalid="raise"):  # never nan
        return -(p * np.log(y)).sum(axis=1).mean()


@mean.wrong_answer(said.LN_OF_MEAN)
def ln_of_mean(y, p):
    return -np.log(np.maximum((y * p).sum(axis=1).mean(), 1e-7))


@mean.wrong_answer(said.PREDICTED_CLASS)
def predicted_class(y, p):
    predicted = np.eye(p.shape[1])[p.argmax(axis=1)]
    return -(predicted * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.ENTROPY)
def entropy(y, p):
    return -(p * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.BINARY)
def binary_sum(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1).mean()


@mean.wrong_answer(said.BINARY_MEAN)
def binary_mean(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


@mean.wrong_answer(said.SQUARED)
def squared_sum(y, p):
    return ((y - p) ** 2).sum(axis=1).mean()


@mean.wrong_answer(said.SQUARED_MEAN)
def squared_mean(y, p):
    return ((y - p) ** 2).mean()


@mean.wrong_answer(said.ONE_MINUS_P)
def one_minus_p(y, p):
    return (1 - (y * p).sum(axis=1)).mean()


@mean.wrong_answer(said.CLASS_AFTER)
def class_after(y, p):
    return -(np.roll(y, 1, axis=1) * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.PERPLEXITY)
def perplexity(y, p):
    return np.exp(-(y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean())


@mean.wrong_answer(said.NO_CLIP)
def no_clip(y, p):
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1).mean()


@mean.wrong_answer(said.INFINITE)
def infinite(y, p):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(p), 0).sum(axis=1).mean()


@mean.wrong_answer(
    "You returned one loss per photo. The loss of the batch is their mean."
)
def not_averaged(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1)


def at_largest_label(y, p):
    """What each photo costs when its largest label alone counts."""
    true = np.take_along_axis(p, y.argmax(axis=1)[:, None], axis=1)
    return -np.log(np.clip(true, 1e-7, 1 - 1e-7))[:, 0]


@mean.symptom(
    "The place is your losses of 3d: it looks up the largest label of a row. For "
    "one-hot rows that is enough. A soft label such as (0.9, 0.1, 0) shares the cost: "
    "multiply by y and sum, in losses.",
    function="cross_entropy",
    edit=(
        "-(y * np.log(p)).sum(axis=1)",
        "-np.log(p[np.arange(len(p)), y.argmax(axis=1)])",
    ),
)
def losses_look_up_one_label(answer):
    told = at_largest_label(*answer.args)
    is_there = np.allclose(answer.facts["losses"], told, rtol=0, atol=1e-9)
    return is_there and abs(answer.value - told.mean()) < 1e-9


@mean.symptom(
    "You counted only the largest label of a row. A soft label such as "
    "(0.9, 0.1, 0) shares the cost: multiply by y and sum.",
    function="cross_entropy",
    edit=(
        "losses(y, p).mean()",
        "losses(np.eye(len(y.T))[y.argmax(axis=1)], p).mean()",
    ),
)
def largest_label_only(answer):
    y, p = answer.args
    is_soft = bool(np.any((y > 0) & (y < 1)))
    return is_soft and abs(answer.value - at_largest_label(y, p).mean()) < 1e-9


@mean.wrong_answer(
    "You mixed the probabilities first and took the log of the mixture. "
    "For soft labels the logs come first: sum y times ln p."
)
def log_of_the_mixture(y, p):
    return -np.log(np.clip((y * p).sum(axis=1), 1e-7, 1 - 1e-7)).mean()


@mean.wrong_answer(
    "You took class numbers for one-hot rows: numpy multiplied (3,) with (3, 3) "
    "without a word. Compare y.shape with p.shape, and raise a ValueError."
)
def takes_class_numbers(y, p):
    if len(p) == 0:
        raise ValueError("a batch without photos has no mean loss")
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@mean.symptom(
    "A batch without photos gave nan: the mean of nothing is 0/0. "
    "Raise a ValueError when there is no photo.",
    edit=("len(p) == 0", "len(p) < 0"),
)
def takes_an_empty_batch(answer):
    return len(answer.args[1]) == 0 and bool(np.isnan(answer.value))


@mean.symptom(
    "You refused the row (0.7, 0.2, 0.1), which is a soft label. As floats its entries "
    "add up to {total}: do you ask for == 1? "
    "Refuse a y that has another shape than p, whatever numbers stand in it.",
    edit=("len(p) == 0", "len(p) == 0 or np.any(y.sum(axis=1) != 1)"),
)
def asks_for_exactly_one(answer):
    is_own = answer.raised.is_own
    is_there = np.array_equal(answer.args[0], A_P)
    return is_own and is_there and {"total": repr(float(A_P.sum(axis=1)[0]))}


@mean.symptom(
    "You refused soft labels. They are welcome: refuse a y that has another shape than "
    "p, whatever numbers stand in it.",
    edit=("len(p) == 0", "len(p) == 0 or np.any(y % 1)"),
)
def refuses_soft_labels(answer):
    y = np.asarray(answer.args[0])
    is_own = answer.raised.is_own
    return is_own and bool(np.any((y > 0) & (y < 1)))


@mean.symptom(
    said.CLIPPED_IN_PLACE,
    edit=(
        "float(losses(y, p).mean())",
        "float(losses(y, np.clip(p, 1e-7, 1, out=p)).mean())",
    ),
)
def clipped_in_place(answer):
    return answer.modified in ((1,), ("p",))


@mean.symptom(
    said.OTHER_BOUND,
    edit=(
        "losses(y, p).mean()",
        "-(y * np.log(np.clip(p, 1e-12, 1))).sum(axis=1).mean()",
    ),
)
def other_bound(answer):
    return bool(np.any(answer.args[1] == 0)) and moved_by(answer, np.maximum, mean=True)


@mean.symptom(
    said.ADDED,
    edit=("losses(y, p).mean()", "-(y * np.log(p + 1e-8)).sum(axis=1).mean()"),
)
def added(answer):
    return moved_by(answer, np.add, mean=True)
