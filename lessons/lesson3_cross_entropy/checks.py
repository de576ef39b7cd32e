"""What is asked of lesson 3, and which mistakes are known."""

import ast
import contextlib
import math
from dataclasses import replace

import numpy as np

from grader.checks import Stopped, Wrong, callback, exercise, expect, lesson
from grader.report import Outcome

LESSON = lesson(imports=("numpy",))

# The paper batch. It was searched for: every slip below gives a mean of its own, at
# least 0.106 from the right one and 0.038 from every other. Do not change it lightly.
PAPER_EXPS = np.array([[7.0, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
PAPER_Z = np.log(PAPER_EXPS)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]
PAPER_P = PAPER_EXPS / PAPER_EXPS.sum(axis=1, keepdims=True)

A_Z = [math.log(7), math.log(2), 0.0]
A_P = np.array([[0.7, 0.2, 0.1]])
C_Z = np.array([[1.0, 0, 0, 0, 0, 0, 0, 3, 0, 0]])

SIZES = ((3, 5), (7, 2), (1, 4))


def random_batch(rng, n, k):
    """One-hot labels and probabilities of n photos and k classes."""
    e = np.exp(2 * rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


# What is said of a slip, wherever it is seen.

MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0. "
    "The minus sign turns surprise into a cost."
)
MEAN_OVER_EVERYTHING = (
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Sum over classes, mean over photos."
)
SUM_NO_MEAN = (
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos."
)
SUM_OVER_K = (
    "You divided by the number of classes ({k}); divide by the number of photos ({n})."
)
BITS = (
    "That is the right answer in bits (log base 2). "
    "Keras and the derivation use nats: np.log."
)
LOG10 = "You used log10; np.log is the natural logarithm."
COLUMNS = (
    "Your COLUMNS sum to 1. Each row is one photo: normalise over axis 1 "
    "(keepdims=True)."
)
WHOLE_ARRAY = "The whole array sums to 1; every row should."
SOFTMAX_TWICE = (
    "You applied softmax to probabilities. "
    "With 10 classes such a loss can never fall below 1.4612."
)
EVERY_CLASS = (
    "You added -ln p of every class. Only the true class counts: multiply by y."
)
SWAPPED = (
    "You computed -sum p ln y: the label is inside the log. It must be the prediction."
)
LABEL_INSIDE = (
    "The label is inside your log, and ln 0 is -inf. Only the prediction belongs there: "
    "y * np.log(p)."
)
LN_OF_MEAN = (
    "You averaged the probabilities, then took the log. "
    "Take each log first, then average."
)
PREDICTED_CLASS = (
    "You used the predicted class, not the true one: "
    "this loss cannot tell right from wrong."
)
ENTROPY = "That is the entropy of the prediction: the labels are not used at all."
BINARY = (
    "You added (1-y) ln(1-p): that is binary cross-entropy. "
    "With softmax one term is enough."
)
SQUARED = (
    "That is a squared error. It is bounded by 2, so a confident mistake hardly costs "
    "more than a shy one."
)
ONE_MINUS_P = (
    "1 - p is the first-order part of -ln p; it never exceeds 1. Take -ln p itself."
)
CLASS_AFTER = "You looked up the class after the true one."
PERPLEXITY = "That is exp(loss), the perplexity. Nice number, but not the loss."
LOG1P = "log1p(p) is ln(1+p). Clip p instead of shifting it."
NO_CLIP = (
    "0 * log 0 is nan in numpy. Clip p to [1e-7, 1-1e-7] before the log, as Keras does, "
    "and take the log of what np.clip returns."
)
INFINITE = (
    "ln 0 is -inf: one certain mistake makes the whole batch cost infinitely much. "
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)
OTHER_BOUND = (
    "Your smallest p is {eps}, so a certain mistake costs -ln {eps}. "
    "The bounds here are those of Keras: clip p to [1e-7, 1-1e-7]."
)
ADDED = (
    "You added {eps} to every p, and so moved every loss a little. "
    "Clip p instead: np.clip changes only what is out of range."
)
CLIPPED_IN_PLACE = (
    "Did you clip the caller's own p? "
    "np.clip(p, 1e-7, 1 - 1e-7) gives you a clipped copy."
)


# On paper nobody sees how a number was found: these say what gives that number.
PAPER_BITS = (
    "That is the right answer in bits (log base 2). Here the unit is the nat: "
    "take the natural logarithm, ln on a calculator."
)
PAPER_LOG10 = (
    "That is what the logarithm to base 10 gives; many calculators call it log. "
    "The natural logarithm is asked for: ln."
)
PAPER_COLUMNS = (
    "That is what the columns give, each divided by its own sum. "
    "A row is one photo: divide by the sum of the row."
)
PAPER_WHOLE = (
    "That is what the sum of the whole table gives, 31. "
    "A row is one photo: divide by the sum of the row."
)
PAPER_TWICE = (
    "That is what softmax of the probabilities gives. "
    "Softmax is applied once, to the scores."
)
PAPER_EVERY_CLASS = (
    "That is what -ln p of every class gives, added up. Only the true class counts."
)
PAPER_SWAPPED = (
    "That is -sum p ln y: the label is inside the log. It must be the prediction."
)
PAPER_LN_OF_MEAN = (
    "That is -ln of the mean probability. Take each ln first, then average."
)
PAPER_PREDICTED = (
    "That is the surprise at the class with the largest p. "
    "The column of the truth says which class counts."
)
PAPER_BINARY = (
    "That is binary cross-entropy, with (1-y) ln(1-p) added. "
    "With softmax one term is enough."
)
PAPER_RAW_SCORE = (
    "That is what the scores give in place of the probabilities. "
    "Exponentiate and divide first."
)
PAPER_CLASS_AFTER = (
    "That is the loss at the class after the true one. "
    "The classes count from 0: class 0 is the first column."
)
PAPER_LOG1P = "That is what -ln(1 + p) gives. Take -ln p."


def sizes(y, p):
    """The n and the k that a sentence speaks of."""
    return {"n": p.shape[0], "k": p.shape[1]}


EPSILONS = tuple(10.0**-digits for digits in range(4, 17))


def moved_by(answer, change, mean=False):
    """The epsilon with which `change(p, eps)` gives just this wrong answer."""
    y, p = answer.args
    right = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)
    for eps in EPSILONS:
        with np.errstate(all="ignore"):
            wrong = -(y * np.log(change(p, eps))).sum(axis=1)
        told = wrong.mean() if mean else wrong
        is_told = np.allclose(answer.value, told, rtol=0, atol=1e-12)
        if is_told and not np.allclose(wrong, right, rtol=0, atol=1e-9):
            return {"eps": f"{eps:.0e}".replace("e-0", "e-")}
    return None


# 3a  on paper

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


# 3b  one row

row = exercise(
    "3b",
    "Softmax of one row",
    points=10,
    name="softmax_row",
    hints=(
        "There is one exponential for each score. What must they be divided by?",
        "Take the sum first: s = sum(es).",
        "p = [e / s for e in es]",
    ),
)
row.slips()


@row.check
def gives_example_a(attempt):
    """The scores ln 7, ln 2, 0 become 0.7, 0.2, 0.1."""
    expect(attempt.softmax_row(A_Z)).close_to(A_P[0])


@row.check
def shares_equally(attempt):
    """Five equal scores share the probability: one fifth each."""
    expect(attempt.softmax_row([-2.0] * 5)).close_to([0.2] * 5)


@row.check
def is_right_for_other_rows(attempt, reference, rng):
    """It is right for random rows of 2, 4 and 10 scores, negative ones among them."""
    for k in (2, 4, 10):
        z = rng.normal(scale=2, size=k).tolist()
        e = np.exp(z)
        expect(attempt.softmax_row(z)).close_to(e / e.sum())


@row.mistake("These are the exponentials. Divide each by their sum: a row sums to 1.")
def row_not_divided(z):
    return [math.exp(score) for score in z]


@row.mistake(
    "You divided by the number of scores. Divide by the sum of the exponentials."
)
def row_divided_by_length(z):
    return [math.exp(score) / len(z) for score in z]


@row.mistake(
    "You divided by the largest exponential, so the largest p is always 1. "
    "Divide by their sum."
)
def row_divided_by_largest(z):
    es = [math.exp(score) for score in z]
    return [e / max(es) for e in es]


@row.mistake("You added up the scores. Add up their exponentials, which are in es.")
def row_divided_by_sum_of_scores(z):
    return [math.exp(score) / sum(z) for score in z]


@row.mistake(
    "You divided the scores by the sum of the exponentials. "
    "Divide the exponentials, which are in es."
)
def row_of_scores_divided(z):
    s = sum(math.exp(score) for score in z)
    return [score / s for score in z]


@row.symptom(
    "A list cannot be divided as a whole. Divide its entries, one after the other: "
    "[... for e in es].",
    example="""
def softmax_row(z):
    es = [math.exp(score) for score in z]
    return es / sum(es)
""",
)
def row_divides_a_list(answer):
    return "for /: 'list'" in answer.raised.message


@row.mistake(
    "You divided the scores themselves. Take exponentials first: "
    "a score may be negative, a probability may not."
)
def row_without_exp(z):
    return [score / sum(z) for score in z]


# 3c  a batch

batch = exercise(
    "3c",
    "Softmax of a whole batch",
    points=15,
    name="softmax",
    hints=(
        "Which axis runs along one photo?",
        "z.sum(axis=-1) loses that axis, and then (n, k) / (n,) does not fit.",
        "e = np.exp(z), then e / e.sum(axis=-1, keepdims=True)",
    ),
)
batch.slips()


@batch.check
def rows_of_three_photos(attempt):
    """The first three photos of the paper batch get the probabilities of 3a."""
    expect(attempt.softmax(PAPER_Z[:3])).close_to(PAPER_P[:3])


@batch.check
def works_when_n_is_not_k(attempt):
    """The whole paper batch is right: four photos, three classes."""
    expect(attempt.softmax(PAPER_Z)).close_to(PAPER_P)


@batch.check
def works_on_one_row(attempt):
    """A single row of shape (k,) comes back with shape (k,)."""
    expect(attempt.softmax(np.array(A_Z))).close_to(A_P[0])
    e = np.exp(C_Z[0])
    expect(attempt.softmax(C_Z[0])).close_to(e / e.sum())


@batch.check
def agrees_on_random_scores(attempt, reference, rng):
    """It agrees with the reference on random batches, and every row sums to 1."""
    for n, k in SIZES:
        answer = attempt.softmax(z := 3 * rng.normal(size=(n, k)))
        expect(answer).close_to(reference.softmax(z))
        expect(answer).its("row sums", lambda p: np.sum(p, axis=1)).all_close_to(1.0)


@batch.check
def does_not_notice_a_shift(attempt, rng):
    """Adding 5 or -5 to all scores of a photo changes nothing, nor does their order."""
    z = rng.normal(size=(4, 6))
    p = expect(attempt.softmax(z)).array(shape=(4, 6))
    for shift in (5.0, -5.0):
        expect(attempt.softmax(z + shift)).close_to(p)
    expect(attempt.softmax(z[:, ::-1])).close_to(p[:, ::-1])


@batch.check
def is_float64(attempt):
    """Probabilities are float64, for whole scores too; float32 scores are welcome."""
    whole = np.array([[0, 1], [2, 0], [3, 3]])
    answer = attempt.softmax(whole)
    e = np.exp(whole)
    expect(answer).close_to(e / e.sum(axis=1, keepdims=True))
    expect(answer).its("numbers", np.asarray).has_dtype("float64")
    # float32 carries 7 digits; the error measured here is 3e-8.
    small = attempt.softmax(PAPER_Z.astype(np.float32))
    expect(small).close_to(PAPER_P, tolerance=1e-5)


@batch.mistake(COLUMNS)
def softmax_over_columns(z):
    e = np.exp(z)
    return e / e.sum(axis=0, keepdims=True)


@batch.mistake(WHOLE_ARRAY)
def softmax_over_everything(z):
    e = np.exp(z)
    return e / e.sum()


@batch.mistake(
    "The sum over an axis loses that axis, so row sums met columns. "
    "keepdims=True keeps them as one column."
)
def keepdims_forgotten(z):
    e = np.exp(z)
    return e / e.sum(axis=-1)


@batch.mistake("These are the exponentials. Divide each row by its sum.")
def batch_not_divided(z):
    return np.exp(z)


@batch.mistake(
    "You divided the scores themselves. Take exponentials first: "
    "a score may be negative, a probability may not."
)
def batch_without_exp(z):
    with np.errstate(all="ignore"):
        return z / z.sum(axis=-1, keepdims=True)


@batch.mistake(
    "You divided by the largest exponential, so the largest p of a row is always 1. "
    "Divide by the sum of the row."
)
def batch_divided_by_largest(z):
    e = np.exp(z)
    return e / e.max(axis=-1, keepdims=True)


@batch.mistake(
    "You divided the scores by the sum of the exponentials. Divide the exponentials."
)
def batch_of_scores_divided(z):
    return z / np.exp(z).sum(axis=-1, keepdims=True)


@batch.mistake(
    "That is the sigmoid of each score by itself. "
    "In a softmax the classes of a row compete: divide by the sum of the row."
)
def sigmoid_of_each_score(z):
    return 1 / (1 + np.exp(-z))


@batch.mistake(
    "A single row of shape (k,) has no axis 1. "
    "axis=-1 is the last axis, and there is always one."
)
def only_batches(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


@batch.symptom(
    "Your code stops at a single row of shape (k,), which has one axis alone. "
    "axis=-1 is the last axis, with one as with two.",
    example="""
def softmax(z):
    return np.array([softmax_row(scores) for scores in z])
""",
)
def stops_at_a_single_row(answer):
    return answer.raised is not None and np.ndim(answer.args[0]) == 1


@batch.symptom(
    "You changed the caller's array: z -= ..., z[...] = ... and out=z work in place. "
    "z = z - ... makes a new one.",
    example="""
def softmax(z):
    z -= z.max(axis=-1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
""",
)
def changed_in_place(answer):
    return bool(answer.modified)


@batch.symptom(
    "Your probabilities are float32, which carries about 7 digits, and 9 are compared. "
    "Look for float32 in your code, and leave it out.",
    example="""
def softmax(z):
    e = np.exp(np.asarray(z, dtype=np.float32))
    return e / e.sum(axis=-1, keepdims=True)
""",
)
def is_float32(answer):
    return getattr(answer.value, "dtype", None) == np.float32


# 3d  each photo

photo = exercise(
    "3d",
    "The loss of each photo",
    points=10,
    name="losses",
    hints=(
        "In each row only one term survives. Which one?",
        "Multiply ln p by y, then sum over the classes.",
        "-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)",
    ),
)
photo.slips()


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


@photo.mistake(MISSING_MINUS)
def each_missing_minus(y, p):
    return (y * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.mistake(
    "You took the mean over classes: each loss is exactly {k} times too small. "
    "The terms of one photo are added.",
    numbers=sizes,
)
def each_mean_over_classes(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).mean(axis=1)


@photo.mistake(
    "You summed the whole batch. Sum along each row, axis 1, and keep a loss per photo."
)
def each_summed_altogether(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum()


@photo.mistake(
    "You clipped the labels too, so a 0 became 1e-7 and counts a little. Clip p alone."
)
def each_with_clipped_labels(y, p):
    y = np.clip(y, 1e-7, 1 - 1e-7)
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)


@photo.mistake(SOFTMAX_TWICE)
def each_softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1)


@photo.mistake(
    "You summed down the columns: one number per class. "
    "A loss belongs to a photo, so sum along the row, axis 1."
)
def each_sum_over_photos(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=0)


@photo.mistake(
    "You returned a whole table, mostly zeros. "
    "Add up each row, and one loss per photo is left."
)
def each_not_summed(y, p):
    return -(y * np.log(np.maximum(p, 1e-7)))


@photo.mistake(
    "You returned the mean already. Here each photo keeps its own loss; "
    "the mean comes in 3e."
)
def each_already_averaged(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@photo.mistake(BITS)
def each_in_bits(y, p):
    return -(y * np.log2(np.maximum(p, 1e-7))).sum(axis=1)


@photo.mistake(LOG10)
def each_by_log10(y, p):
    return -(y * np.log10(np.maximum(p, 1e-7))).sum(axis=1)


@photo.mistake(EVERY_CLASS)
def each_every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1)


@photo.mistake(SWAPPED)
def each_swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1)


@photo.mistake(LABEL_INSIDE)
def each_swapped_without_clip(y, p):
    with np.errstate(divide="ignore", invalid="raise"):  # never nan
        return -(p * np.log(y)).sum(axis=1)


@photo.mistake(PREDICTED_CLASS)
def each_predicted_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).max(axis=1)


@photo.mistake(ENTROPY)
def each_entropy(y, p):
    return -(p * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.mistake(BINARY)
def each_binary(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1)


@photo.mistake(SQUARED)
def each_squared(y, p):
    return ((y - p) ** 2).sum(axis=1)


@photo.mistake(ONE_MINUS_P)
def each_one_minus_p(y, p):
    return 1 - (y * p).sum(axis=1)


@photo.mistake(CLASS_AFTER)
def each_class_after(y, p):
    return -(np.roll(y, 1, axis=1) * np.log(np.maximum(p, 1e-7))).sum(axis=1)


@photo.mistake(LOG1P)
def each_log1p(y, p):
    return -(y * np.log1p(p)).sum(axis=1)


@photo.mistake(NO_CLIP)
def each_no_clip(y, p):
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1)


@photo.mistake(INFINITE)
def each_infinite(y, p):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(p), 0).sum(axis=1)


@photo.symptom(
    CLIPPED_IN_PLACE,
    example="""
def losses(y, p):
    np.clip(p, 1e-7, 1 - 1e-7, out=p)
    return -(y * np.log(p)).sum(axis=1)
""",
)
def each_clipped_in_place(answer):
    return answer.modified in ((1,), ("p",))


@photo.symptom(
    "A certain success costs exactly 0 in yours: the p of 1 is not clipped. "
    "Keras clips at both ends, from 1e-7 to 1 - 1e-7.",
    example="""
def losses(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1)
""",
)
def each_clipped_from_below(answer):
    y, p = answer.args
    is_success = np.array_equal(y, p)
    return is_success and np.array_equal(np.asarray(answer.value), np.zeros(len(p)))


@photo.symptom(
    OTHER_BOUND,
    example="""
def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-15, 1))).sum(axis=1)
""",
)
def each_other_bound(answer):
    return bool(np.any(answer.args[1] == 0)) and moved_by(answer, np.maximum)


@photo.symptom(
    ADDED,
    example="""
def losses(y, p):
    return -(y * np.log(p + 1e-7)).sum(axis=1)
""",
)
def each_added(answer):
    return moved_by(answer, np.add)


@photo.symptom(
    "Your losses carry about 7 digits: something became float32 on the way. "
    "Look for float32 in your code, and leave it out.",
    example="""
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7).astype("float32")
    return -(y * np.log(p)).sum(axis=1)
""",
)
def each_in_float32(answer):
    y, p = answer.args
    p, value = np.clip(p, 1e-7, 1 - 1e-7), answer.value
    right = -(y * np.log(p)).sum(axis=1)
    if value.shape != right.shape or np.max(np.abs(value - right)) > 2e-6:
        return False
    # The numbers that float32 gives for p, and for its logarithm, are seen again.
    logs = np.log(p.astype(np.float32)), np.log(p).astype(np.float32)
    seen = (np.allclose(value, -(y * ln_p).sum(axis=1), 0, 1e-12) for ln_p in logs)
    return value.dtype == np.float32 or any(seen)


# 3e  the mean

mean = exercise(
    "3e",
    "The loss of a whole batch",
    points=20,
    name="cross_entropy",
    hints=(
        "What does 'per photo' divide by?",
        "losses(y, p).mean(), once y and p have the same shape and a row. "
        "For soft labels losses has to add up y times ln p.",
        "if y.shape != p.shape: raise ValueError(...), and at the end "
        "float(losses(y, p).mean())",
    ),
)
mean.slips()


@mean.check
def is_the_mean_over_the_batch(attempt):
    """The loss of the paper batch is 1.184675 nats."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    expect(attempt.cross_entropy(PAPER_Y, PAPER_P)).close_to(truth)


@mean.check
def loss_of_example_c(attempt):
    """The loss of example C, one photo and ten classes, is 0.427639 nats."""
    e = np.exp(C_Z)
    answer = attempt.cross_entropy(np.eye(10)[[7]], e / e.sum())
    expect(answer).close_to(math.log(math.e**3 + math.e + 8) - 3)


@mean.check
def agrees_on_random_batches(attempt, reference, rng):
    """It agrees with the reference on random batches of other sizes."""
    for n, k in SIZES:
        y, p = random_batch(rng, n, k)
        expect(attempt.cross_entropy(y, p)).close_to(reference.cross_entropy(y, p))


@mean.check
def soft_labels_share_the_cost(attempt):
    """Soft labels count by their share: (0.9, 0.1, 0) on example A costs 0.481951."""
    soft, p = np.array([[0.2, 0.8, 0.0], [0.9, 0.1, 0.0]]), np.repeat(A_P, 2, axis=0)
    # At first one label does not agree with the prediction, to keep slips apart.
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
    """Whole-number labels and float32 probabilities are welcome."""
    truth = -np.log([0.7, 0.2, 0.125, 0.5]).mean()
    whole, small = PAPER_Y.astype(int), PAPER_P.astype(np.float32)
    # float32 against float64 over 200 random batches: at most 1.1e-6 off.
    expect(attempt.cross_entropy(whole, small)).close_to(truth, tolerance=1e-5)


@mean.check
def refuses_class_numbers(attempt):
    """Class numbers such as [0, 1, 2] raise a ValueError that says what is wanted."""
    # Three photos and three classes: numpy would multiply the shapes without a word.
    # The 0 in p tells a forgotten clip from forgotten rows.
    labels, p = np.array([0, 1, 2]), np.array([[0.7, 0.2, 0.1], [0.6, 0.4, 0], A_P[0]])
    answer = expect.raises("ValueError", attempt.cross_entropy, labels, p)
    said = answer.raised.message.strip()
    expect(answer).holds(
        bool(said), "Your ValueError says nothing. Tell the caller what is wanted."
    )
    says_it_in_its_own_words(answer)
    four = np.array([0, 1, 2, 2])
    says_it_in_its_own_words(
        expect.raises("ValueError", attempt.cross_entropy, four, PAPER_P)
    )


def says_it_in_its_own_words(answer):
    """The ValueError is the learner's. numpy's AxisError is a ValueError as well."""
    raised = answer.raised
    expect(answer).holds(
        "broadcast" not in raised.message and "AxisError" not in raised.bases,
        "That {kind} is numpy's own, and it came by chance. "
        "Compare the shapes first, and say in your words what is wanted.",
        kind=raised.type_name,
    )


def with_losses(attempt, answer):
    """The answer, and what the learner's own losses give for the same batch."""
    y, p = answer.args
    try:
        value = attempt.losses(y, p).value
    except Stopped:
        value = None
    return replace(answer, facts={**answer.facts, "losses": value})


@mean.check
def refuses_an_empty_batch(attempt):
    """A batch without photos has no mean: it raises a ValueError."""
    empty = np.zeros((0, 3))
    expect.raises("ValueError", attempt.cross_entropy, empty, empty)


@mean.mistake(MISSING_MINUS)
def missing_minus(y, p):
    return (y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.mistake(MEAN_OVER_EVERYTHING, numbers=sizes)
def mean_over_everything(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).mean()


@mean.mistake(SUM_NO_MEAN, numbers=sizes)
def sum_no_mean(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum()


@mean.mistake(SUM_OVER_K, numbers=sizes)
def sum_over_k(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum() / y.shape[1]


@mean.mistake(
    "You always divide by 4. Divide by the number of photos, {n} here.", numbers=sizes
)
def always_by_four(y, p):
    return -(y * np.log(np.maximum(p, 1e-7))).sum() / 4


@mean.mistake(BITS)
def bits(y, p):
    return -(y * np.log2(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.mistake(LOG10)
def by_log10(y, p):
    return -(y * np.log10(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.mistake(SOFTMAX_TWICE)
def softmax_twice(y, p):
    e = np.exp(p)
    return -(y * np.log(e / e.sum(axis=1, keepdims=True))).sum(axis=1).mean()


@mean.mistake(COLUMNS)
def columns_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum(axis=0))).sum(axis=1).mean()


@mean.mistake(WHOLE_ARRAY)
def everything_normalised(y, p):
    p = np.maximum(p, 1e-7)
    return -(y * np.log(p / p.sum())).sum(axis=1).mean()


@mean.mistake(EVERY_CLASS)
def every_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).sum(axis=1).mean()


@mean.mistake(SWAPPED)
def swapped(y, p):
    return -(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(axis=1).mean()


@mean.mistake(LABEL_INSIDE)
def swapped_without_clip(y, p):
    with np.errstate(divide="ignore", invalid="raise"):  # never nan
        return -(p * np.log(y)).sum(axis=1).mean()


@mean.mistake(LN_OF_MEAN)
def ln_of_mean(y, p):
    return -np.log(np.maximum((y * p).sum(axis=1).mean(), 1e-7))


@mean.mistake(PREDICTED_CLASS)
def predicted_class(y, p):
    return -np.log(np.maximum(p, 1e-7)).max(axis=1).mean()


@mean.mistake(ENTROPY)
def entropy(y, p):
    return -(p * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.mistake(BINARY)
def binary_sum(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum(axis=1).mean()


@mean.mistake(BINARY)
def binary_mean(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


@mean.mistake(SQUARED)
def squared_sum(y, p):
    return ((y - p) ** 2).sum(axis=1).mean()


@mean.mistake(SQUARED)
def squared_mean(y, p):
    return ((y - p) ** 2).mean()


@mean.mistake(ONE_MINUS_P)
def one_minus_p(y, p):
    return (1 - (y * p).sum(axis=1)).mean()


@mean.mistake(CLASS_AFTER)
def class_after(y, p):
    return -(np.roll(y, 1, axis=1) * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean()


@mean.mistake(PERPLEXITY)
def perplexity(y, p):
    return np.exp(-(y * np.log(np.maximum(p, 1e-7))).sum(axis=1).mean())


@mean.mistake(LOG1P)
def log1p(y, p):
    return -(y * np.log1p(p)).sum(axis=1).mean()


@mean.mistake(NO_CLIP)
def no_clip(y, p):
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1).mean()


@mean.mistake(INFINITE)
def infinite(y, p):
    with np.errstate(all="ignore"):
        return -np.where(y > 0, y * np.log(p), 0).sum(axis=1).mean()


@mean.mistake("You returned one loss per photo. The loss of the batch is their mean.")
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
    of="cross_entropy",
    example="""
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.log(p[np.arange(len(p)), y.argmax(axis=1)])
""",
)
def losses_look_up_one_label(answer):
    told = at_largest_label(*answer.args)
    is_there = np.allclose(answer.facts["losses"], told, rtol=0, atol=1e-9)
    return is_there and abs(answer.value - told.mean()) < 1e-9


@mean.symptom(
    "You counted only the largest label of a row. A soft label such as "
    "(0.9, 0.1, 0) shares the cost: multiply by y and sum.",
    of="cross_entropy",
    example="""
def cross_entropy(y, p):
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("one row of y for each row of p, and one row at least")
    true = np.take_along_axis(p, y.argmax(axis=1)[:, None], axis=1)
    return float(-np.log(np.clip(true, 1e-7, 1 - 1e-7)).mean())
""",
)
def largest_label_only(answer):
    y, p = answer.args
    is_soft = bool(np.any((y > 0) & (y < 1)))
    return is_soft and abs(answer.value - at_largest_label(y, p).mean()) < 1e-9


@mean.mistake(
    "You mixed the probabilities first and took the log of the mixture. "
    "For soft labels the logs come first: sum y times ln p."
)
def log_of_the_mixture(y, p):
    return -np.log(np.clip((y * p).sum(axis=1), 1e-7, 1 - 1e-7)).mean()


@mean.mistake(
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
    example="""
def cross_entropy(y, p):
    if y.shape != p.shape:
        raise ValueError("y must be one-hot rows, shaped like p")
    return losses(y, p).mean()
""",
)
def takes_an_empty_batch(answer):
    return len(answer.args[1]) == 0 and bool(np.isnan(answer.value))


@mean.symptom(
    "You refused the row (0.7, 0.2, 0.1), which is a soft label. As floats its entries "
    "add up to {total}: do you ask for == 1? "
    "Refuse a y that has another shape than p, whatever numbers stand in it.",
    example="""
def cross_entropy(y, p):
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("one row of y for each row of p, and one row at least")
    if not np.all(y.sum(axis=1) == 1):
        raise ValueError("every row of y must sum to 1")
    return float(losses(y, p).mean())
""",
)
def asks_for_exactly_one(answer):
    is_own = "raise " in answer.raised.source_line
    is_there = np.array_equal(answer.args[0], A_P)
    return is_own and is_there and {"total": repr(float(A_P.sum(axis=1)[0]))}


@mean.symptom(
    "You refused soft labels. They are welcome: refuse a y that has another shape than "
    "p, whatever numbers stand in it.",
    example="""
def cross_entropy(y, p):
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("one row of y for each row of p, and one row at least")
    if not np.all((y == 0) | (y == 1)):
        raise ValueError("y must be one-hot")
    return float(losses(y, p).mean())
""",
)
def refuses_soft_labels(answer):
    y = np.asarray(answer.args[0])
    is_own = "raise " in answer.raised.source_line
    return is_own and bool(np.any((y > 0) & (y < 1)))


@mean.symptom(
    CLIPPED_IN_PLACE,
    example="""
def cross_entropy(y, p):
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("one row of y for each row of p, and one row at least")
    p[p < 1e-7] = 1e-7
    return float(losses(y, p).mean())
""",
)
def clipped_in_place(answer):
    return answer.modified in ((1,), ("p",))


@mean.symptom(
    OTHER_BOUND,
    example="""
def cross_entropy(y, p):
    return float(-(y * np.log(np.clip(p, 1e-12, 1))).sum(axis=1).mean())
""",
)
def other_bound(answer):
    return bool(np.any(answer.args[1] == 0)) and moved_by(answer, np.maximum, mean=True)


@mean.symptom(
    ADDED,
    example="""
def cross_entropy(y, p):
    return float(-(y * np.log(p + 1e-8)).sum(axis=1).mean())
""",
)
def added(answer):
    return moved_by(answer, np.add, mean=True)


# 3f  tests that catch a wrong loss


def one_by_one(y, p):
    """A right loss in plain loops, without the upper clip: certain and right costs 0."""
    y, p = np.asarray(y), np.asarray(p)
    if y.shape != p.shape or len(p) == 0:
        raise ValueError("y and p must be rows, one for each photo")
    total = 0.0
    for share, chance in zip(y.ravel().tolist(), p.ravel().tolist(), strict=True):
        total += share * -math.log(max(chance, 1e-7))
    return total / len(p)


def ln(p):
    """The logarithm of the wrong losses below, clipped from below."""
    return np.log(np.maximum(p, 1e-7))


def largest_label(y, p):
    """Wrong for soft labels."""
    return -np.take_along_axis(ln(p), np.argmax(y, axis=1)[:, None], axis=1).mean()


def unclipped(y, p):
    """Wrong for a certain answer: nan."""
    with np.errstate(all="ignore"):
        return -(y * np.log(p)).sum(axis=1).mean()


# Nine wrong losses by the name that a learner reads. The last four give the paper
# batch its right value: whoever tries no second batch lets them live.
WRONG_LOSSES = {
    "the minus sign is missing": lambda y, p: (y * ln(p)).sum(axis=1).mean(),
    "mean over classes too": lambda y, p: -(y * ln(p)).mean(),
    "sum over photos, no mean": lambda y, p: -(y * ln(p)).sum(),
    "bits instead of nats": lambda y, p: -(y * ln(p)).sum(axis=1).mean() / ln(2),
    "the predicted class": lambda y, p: -ln(p).max(axis=1).mean(),
    "always divides by 4": lambda y, p: -(y * ln(p)).sum() / 4,
    "sees three classes only": lambda y, p: -(y * ln(p))[:, :3].sum(axis=1).mean(),
    "sees the largest label only": largest_label,
    "no clip": unclipped,
}
ENOUGH = 7


def refusing(loss):
    """The same loss, which refuses what a right one refuses: that tells no two apart."""

    def refused(y, p):
        y, p = np.asarray(y), np.asarray(p)
        if y.ndim != 2 or y.shape != p.shape or len(p) == 0:
            raise ValueError("y and p must be rows, one for each photo")
        return loss(y, p)

    return refused


REFUSES_RIGHT = "Your tests refuse a right loss, in between the wrong ones."
# Whoever remembers the answers of a right loss catches the wrong ones without knowing
# why. So some that were caught are asked once more, as the first loss of a new worker.
ASKED_AGAIN = 3

own_tests = exercise(
    "3f",
    "Tests that catch a wrong loss",
    points=20,
    name="check_loss",
    hints=(
        "What is true of every right loss? There are five facts above.",
        "Try equal guesses, a certain answer, the same batch twice, shuffled classes, "
        "and the sign.",
        "Use a batch with n != k and k above 3. For k equal guesses: "
        "assert abs(fn(y, p) - math.log(k)) < 1e-6",
    ),
)


def verdict(attempt, loss, name):
    """The answer of the learner's tests to one loss, and whether they refused it."""
    try:
        return attempt.check_loss(callback(loss, name=name)), False
    except Stopped as stopped:
        answer = stopped.answer
        if stopped.outcome is not Outcome.RAISED or answer.raised is None:
            raise
        if "AssertionError" not in answer.raised.bases:
            raise
        return answer, True


def remembered(loss, seen):
    """The same loss as a float, which also notes what it answered."""

    def noted(y, p):
        value = float(loss(y, p))
        seen.append((np.shape(p), value))
        return value

    return noted


def zeroed(loss, seen):
    """The same loss, which answers exactly 0 when it is next to 0."""

    def noted(y, p):
        value = float(loss(y, p))
        seen.append(value)
        return 0.0 if abs(value) <= 1.2e-7 else value

    return noted


def asserted_tuple(attempt):
    """The first line that asserts a tuple, such as assert (x > 0, "text"), or None."""
    with contextlib.suppress(Stopped):  # the file cannot be looked into
        for node in ast.walk(attempt.tree):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple):
                return node.lineno
    return None


def rounded(loss):
    """The same loss to six decimals, as it is printed."""
    return lambda y, p: round(float(loss(y, p)), 6)


@own_tests.check
def right_losses_pass(attempt, reference):
    """Two right losses pass your tests: one in numpy, one in plain loops."""
    for loss, name in ((reference.cross_entropy, "loss"), (one_by_one, "other_loss")):
        seen = []
        answer, refused = verdict(attempt, remembered(loss, seen), name)
        if not refused:
            continue
        is_exact = not verdict(attempt, rounded(loss), "rounded_loss")[1]
        expect(answer).holds(
            bool(seen), "Your tests refuse a right loss before they call it. Call fn."
        )
        shape, value = seen[-1]
        with_zeros = []
        stays_refused = verdict(attempt, zeroed(loss, with_zeros), name)[1]
        gets_on = not stays_refused or len(with_zeros) > len(seen)
        expect(
            answer, shape=shape, last=value, is_exact=is_exact, wants_zero=gets_on
        ).holds(
            False,
            "Your tests refuse a right loss, just after it answered {last} "
            "for p of shape {shape}. Is that answer wrong?",
        )


@own_tests.check
def wrong_losses_are_caught(attempt, reference, rng):
    """At least seven of nine wrong losses are caught by your tests."""
    right = {"in numpy": reference.cross_entropy, "in loops": one_by_one}
    wrong = {name: refusing(loss) for name, loss in WRONG_LOSSES.items()}
    losses = {**wrong, **right}
    alive, escaped = [], None
    # In no fixed order, and right ones among them: counting the calls does not help.
    # Those are asked twice each: a guess gets through once in 47 gradings.
    for name in rng.permutation([*WRONG_LOSSES, *2 * list(right)]).tolist():
        answer, refused = verdict(attempt, remembered(losses[name], []), "loss")
        if name in right:
            expect(answer).holds(not refused, REFUSES_RIGHT)
        elif not refused:
            alive.append(name)
            escaped = answer
    caught = [name for name in WRONG_LOSSES if name not in alive]
    for name in rng.permutation(caught)[:ASKED_AGAIN].tolist():
        attempt.restart()
        answer, refused = verdict(attempt, remembered(losses[name], []), "loss")
        expect(answer).holds(
            refused,
            "Your tests caught this wrong loss, and let it pass when they met it first: "
            "{which}. Do they remember earlier answers, or draw random numbers? "
            "Every call of check_loss has to judge by itself.",
            which=name,
        )
    if escaped is None:
        return
    line = asserted_tuple(attempt)
    expect(escaped, caught_names=caught, tuple_line=line).holds(
        len(caught) >= ENOUGH,
        "Your tests catch {caught} of 9 wrong losses. These still pass: {alive}.",
        caught=str(len(caught)),
        alive="; ".join(name for name in WRONG_LOSSES if name in alive),
    )


@own_tests.symptom(
    "Your tests refuse {last} for a certain success, and accept 0 there. "
    "A clipped loss answers 1e-7, and it is right too: allow 1e-6.",
    example="""
def check_loss(fn):
    assert fn(np.eye(3), np.eye(3)) == 0
""",
)
def asks_for_exactly_zero(answer):
    last = answer.facts.get("last")
    is_next_to_0 = isinstance(last, float) and 0 < last <= 1.2e-7
    return is_next_to_0 and answer.facts["wants_zero"]


@own_tests.symptom(
    "Your tests refuse a right loss, and accept it when its answers are rounded to "
    "six decimals. Do you compare with ==? The numbers of the text are rounded. "
    "Allow a little: abs(value - 1.184675) < 1e-6.",
    example="""
def check_loss(fn):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert fn(PAPER_Y, p) == 1.184675
""",
)
def compares_exactly(answer):
    return answer.facts.get("is_exact", False)


@own_tests.symptom(
    "You raise a {type}. Where a loss is wrong an AssertionError is asked for: "
    "assert and a condition raises one.",
    example="""
def check_loss(fn):
    if abs(fn(np.eye(2), np.full((2, 2), 0.5)) - math.log(2)) > 1e-6:
        raise ValueError("wrong loss")
""",
)
def raises_another_error(answer):
    raised = answer.raised
    is_other = raised is not None and "AssertionError" not in raised.bases
    is_own = is_other and "raise " in raised.source_line
    return is_own and {"type": raised.type_name}


@own_tests.symptom(
    "A single row has no axis 1. Did you give one to fn? It takes a batch, even of "
    "one photo: y and p of shape (1, k).",
    example="""
def check_loss(fn):
    assert abs(fn(np.array([1, 0, 0]), np.array([0.7, 0.2, 0.1])) - 0.356675) < 1e-6
""",
)
def gives_a_single_row(answer):
    return "out of bounds for array of dimension 1" in answer.raised.message


@own_tests.symptom(
    "Line {line} asserts a tuple: with brackets around the condition and the text "
    'it is always true. Write assert condition, "text".',
    example="""
def check_loss(fn):
    assert (abs(fn(np.eye(2), np.full((2, 2), 0.5)) - math.log(2)) < 1e-6, "ln 2")
""",
)
def asserts_a_tuple(answer):
    line = answer.facts["tuple_line"]
    return line is not None and {"line": line}


@own_tests.symptom(
    "You return True or False, and nobody looks at it. "
    "Write assert, so that a wrong loss raises an AssertionError.",
    example="""
def check_loss(fn):
    return abs(fn(np.eye(2), np.full((2, 2), 0.5)) - math.log(2)) < 1e-6
""",
)
def returns_a_truth_value(answer):
    return isinstance(answer.value, (bool, np.bool))


def catches_just(*names):
    """A predicate: these wrong losses are caught, and no others."""
    return lambda answer: set(answer.facts["caught_names"]) == set(names)


@own_tests.symptom(
    "Your tests catch none of the nine wrong losses. Call fn, assert what its answer "
    "has to be, and catch no AssertionError yourself.",
    example="""
def check_loss(fn):
    fn(np.eye(3), np.eye(3))
""",
)
def asserts_nothing(answer):
    return catches_just()(answer)


@own_tests.symptom(
    "Your tests catch only the loss whose minus sign is missing. "
    "A loss can be positive and wrong: ask for known values.",
    example="""
def check_loss(fn):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2]])
    assert fn(np.eye(3)[[0, 1]], p) >= 0
""",
)
def tests_the_sign_alone(answer):
    return catches_just("the minus sign is missing")(answer)


@own_tests.symptom(
    "You catch the five that go wrong on the paper batch, and that is a good start. "
    "The others go wrong on another n, another k, a soft label or a certain mistake.",
    example="""
def check_loss(fn):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert abs(fn(PAPER_Y, p) - 1.184675) < 1e-6
""",
)
def tests_the_paper_batch_alone(answer):
    return catches_just(*list(WRONG_LOSSES)[:5])(answer)


@own_tests.symptom(
    "Your tests catch only the loss without a clip. "
    "Try a certain mistake: it must cost 16.118096.",
    example="""
def check_loss(fn):
    assert abs(fn(np.eye(3), np.eye(3))) < 1e-6
""",
)
def tests_certain_success_alone(answer):
    return catches_just("no clip")(answer)


# 3g  say why

why = exercise(
    "3g",
    "Say why",
    points=10,
    prediction=True,
    hints=(
        "Try each answer on the paper batch: is it true there? "
        "The sentence may use -ln p, or the chance that belongs to it.",
    ),
)


@why.check
def predicted_the_doubled_batch(attempt):
    """You predicted what a doubled batch does to the loss."""
    answer = attempt.entry("PREDICT", "loss of a doubled batch")
    expect(answer).one_of(["same", "double", "half"])
    expect(answer).equals("same")


@why.check
def knows_why_ln(attempt):
    """You know why the penalty is a logarithm."""
    answer = attempt.entry("EXPLAIN", "why ln")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("b")


@why.check
def knows_why_the_mean(attempt):
    """You know why the batch takes the mean."""
    answer = attempt.entry("EXPLAIN", "why the mean")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("a")


@why.check
def knows_why_not_accuracy(attempt):
    """You know why a network is not trained on accuracy."""
    answer = attempt.entry("EXPLAIN", "why not accuracy")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("c")


LONGEST_SHOWN = 300
MODEL = (
    "On average the truth surprises this network as much as something that it gives "
    "a chance of 31 %."
)


@why.check
def wrote_a_sentence(attempt, remark):
    """You wrote a sentence about 1.184675. Nobody judges it; compare it with ours."""
    answer = attempt.entry("EXPLAIN", "in one sentence")
    text = " ".join(expect(answer).text().split())
    expect(answer).holds(
        len(text.split()) >= 5,
        "Write a whole sentence: what does 1.184675 say to a friend?",
    )
    remark(
        "A sentence cannot be judged here; having written it counts. "
        f"Yours: {text[:LONGEST_SHOWN]} One that says it: {MODEL} Do both say the same?"
    )


@why.mistake(
    "A sum would double. The loss is a mean: twice the total over twice the photos.",
    of='PREDICT["loss of a doubled batch"]',
)
def predicted_double():
    return "double"


@why.mistake(
    "The number of photos doubles, and so does the total. Their ratio stays.",
    of='PREDICT["loss of a doubled batch"]',
)
def predicted_half():
    return "half"


@why.mistake(
    "A square root makes numbers smaller too. Ask which function turns the chance "
    "of two days, a product, into a sum of two penalties.",
    of='EXPLAIN["why ln"]',
)
def ln_for_small_numbers():
    return "a"


@why.mistake(
    "-ln p has no upper bound: the ladder goes up to 16 and on. "
    "Ask what becomes of a product.",
    of='EXPLAIN["why ln"]',
)
def ln_for_a_bound():
    return "c"


@why.mistake(
    "A sum has a derivative as well: it is n times the mean's.",
    of='EXPLAIN["why the mean"]',
)
def mean_for_the_derivative():
    return "b"


@why.mistake(
    "The paper batch has a mean of 1.184675, which is above 1.",
    of='EXPLAIN["why the mean"]',
)
def mean_for_a_bound():
    return "c"


@why.mistake(
    "Both need labels: the loss looks up p_true, and for that it needs the truth.",
    of='EXPLAIN["why not accuracy"]',
)
def accuracy_for_its_labels():
    return "a"


@why.mistake(
    "That could be mended with a minus sign, and minus accuracy still could not be "
    "trained on. Ask what a tiny change of a score does to it.",
    of='EXPLAIN["why not accuracy"]',
)
def accuracy_for_its_direction():
    return "b"


# Every number in the text, computed again.


def _text(value, digits=6):
    return lambda: f"{value:.{digits}f}"


def _surprise(p, digits=6):
    return _text(-math.log(p), digits)


_C_SUM = np.exp(C_Z).sum()

NUMBERS = {
    "0.001001": _surprise(0.999),
    "0.010050": _surprise(0.99),
    "0.105361": _surprise(0.9),
    "0.693147": _surprise(0.5),
    "1.386294": _surprise(0.25),
    "2.302585": _surprise(0.1),
    "16.118096": _surprise(1e-7),
    "0.7": _text(7 / 10, 1),
    "0.2": _text(2 / 10, 1),
    "0.1": _text(1 / 10, 1),
    "0.6": _text(3 / 5, 1),
    "0.356675": _surprise(0.7),
    "1.609438": _surprise(0.2),
    "0.357": _surprise(0.7, 3),
    "1.609": _surprise(0.2, 3),
    "0.983": _text((math.log(10 / 7) + math.log(5)) / 2, 3),
    "30.803819": _text(_C_SUM),
    "0.652047": _text(math.exp(3) / _C_SUM),
    "0.427639": _text(math.log(_C_SUM) - 3),
    "0.916291": _surprise(0.4),
    "0.020203": _surprise(0.98),
    "1.184675": _text(-np.log([0.7, 0.2, 0.125, 0.5]).mean()),
    "0.305845": _text(np.prod([0.7, 0.2, 0.125, 0.5]) ** 0.25),
}
QUOTED = {
    "0.999": "given: a probability on the ladder",
    "0.99": "given: a probability on the ladder",
    "0.9": "given: a probability on the ladder, and a soft label",
    "0.5": "given: a probability on the ladder",
    "0.25": "given: a probability on the ladder",
    "0.4": "given: the shy forecaster's probability",
    "0.98": "given: the sure forecaster's probability",
}
