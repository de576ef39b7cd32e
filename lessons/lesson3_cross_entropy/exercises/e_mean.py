"""3e: the mean."""

import math

import numpy as np
from msgspec.structs import replace

from grader.checks import Alternative, Stopped, Wrong, exercise, expect, slip

from .. import said
from . import A_P, B_Z, PAPER_P, PAPER_Y, SIZES, moved_by, random_batch, sizes

mean = exercise(
    "cross_entropy",
    hints=(
        "What do you divide by to get a loss per image?",
        "losses(y, p).mean(), after you have checked that y and p have the same shape "
        "and at least one row. For soft labels, losses has to add up y times ln p.",
        "if y.shape != p.shape: raise ValueError(...), and at the end "
        "float(losses(y, p).mean())",
    ),
    alternative=Alternative(
        code="""
            def cross_entropy(y, p):
                y, p = np.asarray(y), np.asarray(p)
                if y.shape != p.shape or len(p) == 0:
                    raise ValueError("y and p must be rows of one shape, at least one")
                ln_p = np.log(np.clip(p, 1e-7, 1 - 1e-7))
                return float(-np.vdot(y, ln_p) / len(p))
        """,
        why=(
            "vdot multiplies and adds all entries at once, and you can see the "
            "division by n. The price: you can't look at the losses of single "
            "images."
        ),
    ),
)
mean.slips(
    slip(
        "divided twice",
        "You divided by the number of images twice.",
        "_.mean() -> _.mean() / len(p)",
    ),
    slip(
        "one photo fewer",
        "You divided by n - 1.\nDivide by the number of images, n.",
        "_.mean() -> _.sum() / (len(p) - 1)",
        "_.mean() -> _.sum() / max(len(p) - 1, 1)",
    ),
    slip(
        "median",
        "You took the median of the losses.\nTake the mean.",
        "_.mean() -> np.median(_)",
    ),
    slip("last one alone", "Only the last image counts.", "_.mean() -> _[-1]"),
    slip("first one alone", "Only the first image counts.", "_.mean() -> _[0]"),
    slip("halved", "The loss is halved.", "_.mean() -> _.mean() / 2"),
    sentences={
        "bits": said.BITS,
        "log10": said.LOG10,
        "log1p": said.LOG1P,
        "mean for sum": "You averaged over the classes as well.\n"
        "Sum over the classes, and take the mean over the images "
        "only.",
        "no clip": (
            "You didn't clip p before the log.\n"
            "Clip p to [1e-7, 1-1e-7], as Keras does."
        ),
        # Both give the same number.
        "other axis": "You added up down the columns, or you divided by the number of "
        "classes instead of the number of images.",
    },
)


@mean.check
def is_the_mean_over_the_batch(attempt):
    """The loss of the paper batch is 1.184675 nats."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    expect(attempt.cross_entropy(PAPER_Y, PAPER_P)).close_to(truth)


@mean.check
def loss_of_example_b(attempt):
    """The loss of example B, one image and ten classes, is 0.427639 nats."""
    e = np.exp(B_Z)
    answer = attempt.cross_entropy(np.eye(10)[[7]], e / e.sum())
    expect(answer).close_to(math.log(math.e**3 + math.e + 8) - 3)


@mean.check
def agrees_on_random_batches(attempt, reference, rng):
    """It is right for random batches of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        expect(attempt.cross_entropy(y, p)).close_to(reference.cross_entropy(y, p))


@mean.check
def soft_labels_share_the_cost(attempt):
    """Soft labels are weights: (0.9, 0.1, 0) on example A costs 0.481951."""
    soft, p = np.array([[0.2, 0.8, 0.0], [0.9, 0.1, 0.0]]), np.repeat(A_P, 2, axis=0)
    # The first label disagrees with the prediction, so that mistakes differ.
    cost = -(soft * np.log(p)).sum() / 2
    try:
        expect(attempt.cross_entropy(soft, p)).close_to(cost)
    except Wrong as wrong:
        wrong.answer = with_losses(attempt, wrong.answer)
        raise
    cost = -0.9 * math.log(0.7) - 0.1 * math.log(0.2)
    expect(attempt.cross_entropy(soft[1:], A_P)).close_to(cost)
    # As floats 0.7, 0.2 and 0.1 do not add up to 1 exactly.
    expect(attempt.cross_entropy(A_P, A_P)).close_to(-(A_P * np.log(A_P)).sum())


@mean.check
def is_finite_when_certain(attempt):
    """Certain and wrong costs 16.118096 nats, certain and right at most 1.2e-7."""
    y = np.eye(4)[[0, 1, 3]]
    wrong = attempt.cross_entropy(y, np.eye(4)[[1, 2, 0]])
    expect(wrong).close_to(-math.log(1e-7))
    expect(attempt.cross_entropy(y, y)).is_between(0, 1.2e-7)


@mean.check
def equal_guesses_cost_ln_k(attempt):
    """Equal guesses among k classes cost ln k, for k from 2 to 20."""
    for k in range(2, 21):
        y, p = np.eye(k)[[0, k - 1, k // 2]], np.full((3, k), 1 / k)
        expect(attempt.cross_entropy(y, p)).close_to(math.log(k))


@mean.check
def keeps_its_value(attempt, rng):
    """Doubling the batch, or shuffling the classes in y and p, changes nothing."""
    y, p = random_batch(rng, 6, 4)
    once = expect(attempt.cross_entropy(y, p)).number()
    twice = attempt.cross_entropy(np.concatenate([y, y]), np.concatenate([p, p]))
    expect(twice).close_to(once)
    order = [2, 0, 3, 1]
    expect(attempt.cross_entropy(y[:, order], p[:, order])).close_to(once)


@mean.check
def takes_other_dtypes(attempt):
    """It accepts whole-number labels and float32 probabilities."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    whole, small = PAPER_Y.astype(int), PAPER_P.astype(np.float32)
    # float32 against float64 over 200 random batches: at most 1.1e-6 off.
    expect(attempt.cross_entropy(whole, small)).close_to(truth, tolerance=1e-5)


@mean.check
def refuses_class_numbers(attempt):
    """Class numbers such as [0, 1, 2] raise a ValueError with a helpful message."""
    # Three images and three classes: NumPy would broadcast the shapes silently.
    # The 0 in p tells a forgotten clip from forgotten rows.
    labels, p = np.array([0, 1, 2]), np.array([[0.7, 0.2, 0.1], [0.6, 0.4, 0], A_P[0]])
    answer = expect.raises("ValueError", attempt.cross_entropy, labels, p)
    said = answer.raised.message.strip()
    expect(answer).holds(
        bool(said), "Your ValueError has no message. Tell the caller what to pass."
    )
    says_it_in_its_own_words(answer)
    four = np.array([0, 1, 2, 2])
    says_it_in_its_own_words(
        expect.raises("ValueError", attempt.cross_entropy, four, PAPER_P)
    )


def says_it_in_its_own_words(answer):
    """Expect the learner's own ValueError: NumPy's AxisError is one as well."""
    raised = answer.raised
    expect(answer).holds(
        "broadcast" not in raised.message and "AxisError" not in raised.bases,
        "NumPy raised that {kind}, and only by chance. "
        "Compare the shapes first, and raise a ValueError with your own message.",
        kind=raised.type_name,
    )


def with_losses(attempt, answer):
    """Return the answer with what the learner's own losses give for the same batch."""
    y, p = answer.args
    try:
        value = attempt.losses(y, p).value
    except Stopped:
        value = None
    return replace(answer, facts={**answer.facts, "losses": value})


@mean.check
def refuses_an_empty_batch(attempt):
    """A batch without images has no mean: it raises a ValueError."""
    empty = np.zeros((0, 3))
    expect.raises("ValueError", attempt.cross_entropy, empty, empty)


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
    "You always divide by 4.\nDivide by the number of images, {n} here.", fill=sizes
)
def always_by_four(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum() / 4


@mean.wrong_answer(said.SOFTMAX_TWICE)
def softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1).mean()


@mean.wrong_answer(said.COLUMNS, in_company=said.COLUMNS_TOO)
def columns_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum(axis=0))).sum(axis=1).mean()


@mean.wrong_answer(said.WHOLE_ARRAY, in_company=said.WHOLE_ARRAY_TOO)
def everything_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum())).sum(axis=1).mean()


@mean.wrong_answer(said.EVERY_CLASS)
def every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1).mean()


@mean.wrong_answer(said.SWAPPED)
def swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@mean.wrong_answer(said.LABEL_INSIDE, raises=("FloatingPointError",))
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


@mean.wrong_answer(said.SQUARED, in_company=said.DIFFERENCE)
def squared_sum(y, p):
    return ((y - p) ** 2).sum(axis=1).mean()


@mean.wrong_answer(said.SQUARED_MEAN, in_company=said.DIFFERENCE)
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
    "You returned one loss per image.\nThe loss of the batch is their mean."
)
def not_averaged(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1)


def at_largest_label(y, p):
    """Return what each image costs if only its largest label counts."""
    true = np.take_along_axis(p, y.argmax(axis=1)[:, None], axis=1)
    return -np.log(np.clip(true, 1e-7, 1 - 1e-7))[:, 0]


@mean.symptom(
    "The mistake is in your losses from 3d, which looks up the largest label of a "
    "row. That is enough for one-hot rows, but not for a soft label such as (0.9, "
    "0.1, 0).\n"
    "Multiply by y and sum, in losses.",
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
    "You used only the largest label of a row. A soft label such as (0.9, 0.1, 0) "
    "has two that count.\n"
    "Multiply by y and sum.",
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
    "You mixed the probabilities first and then took the log.\n"
    "For soft labels take the logs first: sum y times ln p."
)
def log_of_the_mixture(y, p):
    return -np.log(np.clip((y * p).sum(axis=1), 1e-7, 1 - 1e-7)).mean()


@mean.wrong_answer(
    "You accepted class numbers as if they were one-hot rows: NumPy multiplies (3,) "
    "by (3, 3) silently.\n"
    "Compare y.shape with p.shape, and raise a ValueError."
)
def takes_class_numbers(y, p):
    if len(p) == 0:
        raise ValueError("a batch without images has no mean loss")
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@mean.symptom(
    "A batch without images gave nan: its mean is 0/0.\n"
    "Raise a ValueError if there is no image.",
    edit=("len(p) == 0", "len(p) < 0"),
)
def takes_an_empty_batch(answer):
    return len(answer.args[1]) == 0 and bool(np.isnan(answer.value))


@mean.symptom(
    "You refused the row (0.7, 0.2, 0.1), which is a soft label. As floats its "
    "entries add up to {total}. Do you compare with == 1?\n"
    "Refuse a y whose shape differs from that of p, whatever numbers it contains.",
    edit=("len(p) == 0", "len(p) == 0 or np.any(y.sum(axis=1) != 1)"),
)
def asks_for_exactly_one(answer):
    is_own = answer.raised.is_own
    is_there = np.array_equal(answer.args[0], A_P)
    return is_own and is_there and {"total": repr(float(A_P.sum(axis=1)[0]))}


@mean.symptom(
    "You refused soft labels, which are allowed.\n"
    "Refuse a y whose shape differs from that of p, whatever numbers it contains.",
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
