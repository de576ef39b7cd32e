"""5c: log-softmax."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import APART, HUGE, PAPER_P, PAPER_Z, SIZES, STEPS_P, random_batch

logs = exercise(
    "log_softmax",
    hints=(
        "Compute its answer for z = (ln 2, 0) by hand: the maximum is ln 2.",
        "The formula holds for z, and it holds for z - max. Does the function use one of "
        "the two throughout?",
        "The sum has the shifted logits. The first term needs them, too.",
    ),
    alternative=Alternative(
        code="""
            def log_softmax(z):
                return z - np.logaddexp.reduce(z, axis=-1, keepdims=True)
        """,
        why=(
            "logaddexp shifts for you, two numbers at a time. The price: an "
            "exponential and a logarithm for each entry. With the shift by the maximum, "
            "one logarithm per row is enough."
        ),
    ),
)
logs.slips(
    slip(
        "shift in front alone",
        "The first term is shifted, the sum is not.\n"
        "Use the shifted logits in both places.",
        "np.exp(shifted) -> np.exp(z)",
    ),
    slip(
        "log of the sum left out",
        "You returned only the shifted logits.\n"
        "Subtract the log of the sum of their exponentials.",
        "shifted - np.log(_) -> shifted",
    ),
    slip(
        "exponential in front",
        "You took exp of the shifted logits in the first term.\n"
        "Leave exp out there: ln(exp(z)) is z itself.",
        "shifted - np.log(_) -> np.exp(shifted) - np.log(_)",
    ),
    without=("max for sum",),
    sentences={
        "nothing taken away": "A subtraction is missing: of the row's maximum, or of the "
        "log of the sum.",
    },
)


@logs.check
def ordinary_scores_give_ln_p(attempt):
    """For ordinary logits it is the logarithm of the softmax."""
    expect(attempt.log_softmax(PAPER_Z[:3])).close_to(np.log(PAPER_P[:3]))
    expect(attempt.log_softmax(PAPER_Z)).close_to(np.log(PAPER_P))


@logs.check
def nothing_is_lost(attempt):
    """The logits (1000, 0, -1000) become (0, -1000, -2000); 100 times larger ones, too."""
    expect(attempt.log_softmax(HUGE)).close_to([0, -1000, -2000])
    expect(attempt.log_softmax(100 * HUGE)).close_to([0, -1e5, -2e5])


@logs.check
def any_logit_may_be_the_largest(attempt):
    """(600, 300, -300) becomes (0, -300, -900), and (-1000, 0, 1000) ends with 0."""
    # Shifted by their mean these don't overflow, and by their minimum they do.
    expect(attempt.log_softmax(np.array([600.0, 300, -300]))).close_to([0, -300, -900])
    expect(attempt.log_softmax(HUGE[::-1])).close_to([-2000, -1000, 0])


@logs.check
def rows_far_apart_are_right(attempt):
    """An image near 1000 and one near -1000 can be in the same batch."""
    expect(attempt.log_softmax(APART)).close_to(np.log([STEPS_P, STEPS_P]))


@logs.check
def agrees_on_random_scores(attempt, reference, rng):
    """It agrees with the reference on random batches, and exp of each row sums to 1."""
    for n, k in SIZES:
        z = random_batch(rng, n, k)[1]
        answer = attempt.log_softmax(z)
        expect(answer).close_to(reference.log_softmax(z))
        rows = expect(answer).its("row sums of exp", lambda a: np.exp(a).sum(axis=1))
        rows.all_close_to(1.0)


@logs.wrong_answer(said.LOG_OF_SOFTMAX)
def log_of_stable_softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - np.max(z, axis=-1, keepdims=True))
        return np.log(e / e.sum(axis=-1, keepdims=True))


@logs.wrong_answer(said.OVERFLOW)
def log_of_naive_softmax(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return np.log(e / e.sum(axis=-1, keepdims=True))


@logs.symptom(
    "-1000 and -2000 have both become {low}. Do you clip the probability, or add a small "
    "constant to it, before the log?\n"
    "Compute z - max - ln(sum(exp(z - max))) directly.",
    edit=(
        "shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))",
        "np.log(stable_softmax(z) + 1e-12)",
    ),
)
def log_of_raised_softmax(answer):
    low = np.asarray(answer.value)[1]
    is_floor = np.array_equal(answer.args[0], HUGE) and answer.value[2] == low
    return bool(is_floor and -700 < low < -1) and {"low": f"{low:.6f}"}


@logs.wrong_answer(
    "The exponentials inside the sum are not shifted: exp(1000) is inf, and so is "
    "the logarithm of the sum.\n"
    "Use the shifted logits in both places."
)
def sum_not_shifted(z):
    with np.errstate(all="ignore"):
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


@logs.wrong_answer(
    "For z = (ln 2, 0) you get a p of 4/3, with exp: more than 1. Is the sum shifted, "
    "and the term before it not?\n"
    "Use the shifted logits in both places.",
    in_company="Is the sum shifted, and the term before it not?\n"
    "Use the shifted logits in both places.",
)
def shifted_in_the_sum_only(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return z - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.wrong_answer(
    "You subtracted the sum itself.\nSubtract its logarithm: ln(a/b) = ln a - ln b."
)
def log_of_the_sum_missing(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.exp(shifted).sum(axis=-1, keepdims=True)


@logs.wrong_answer("These are the probabilities.\nReturn their logarithms.")
def softmax_without_log(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@logs.wrong_answer(
    "You subtracted the maximum of the whole batch. The sum of the row at -1000 "
    "underflowed to 0, and ln 0 is -inf.\n"
    "Use each row's own maximum."
)
def logs_with_the_maximum_of_the_batch(z):
    with np.errstate(all="ignore"):
        shifted = z - z.max()
        return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.wrong_answer(said.KEEPDIMS, raises=("ValueError",))
def logs_without_keepdims(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1))


@logs.wrong_answer(said.MAXIMUM_KEEPDIMS, raises=("ValueError",))
def logs_with_maxima_of_columns(z):
    shifted = z - z.max(axis=-1)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


@logs.wrong_answer(said.NOTHING_KEPT, raises=("AxisError", "ValueError"))
def logs_keep_no_axis(z):
    shifted = z - z.max(axis=1)
    return shifted - np.log(np.exp(shifted).sum(axis=1))


@logs.wrong_answer(said.WHOLE_SUM)
def logs_of_the_whole_sum(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum())


@logs.wrong_answer(
    "exp of each of your COLUMNS sums to 1, but each row is one image.\nUse axis=-1.",
    in_company="You went down the COLUMNS, but each row is one image.\nUse axis=-1.",
)
def logs_over_columns(z):
    shifted = z - np.max(z, axis=0, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=0, keepdims=True))


@logs.wrong_answer(
    "The sign is reversed: this is -ln p.\n"
    "Subtract the logarithm of the sum from the shifted logits."
)
def logs_turned_around(z):
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return np.log(np.exp(shifted).sum(axis=-1, keepdims=True)) - shifted


@logs.wrong_answer(said.ONE_ROW, raises=("AxisError",))
def logs_of_batches_only(z):
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


@logs.wrong_answer(
    "You subtracted the maximum once more, after the logarithm of the sum.\n"
    "Subtract it once: the shifted logits contain it, and the shift cancels."
)
def maximum_subtracted_again(z):
    m = np.max(z, axis=-1, keepdims=True)
    return z - m - np.log(np.exp(z - m).sum(axis=-1, keepdims=True)) - m


@logs.wrong_answer(
    "You added the maximum to the first term.\n"
    "Subtract it: the logits in that term are shifted, too."
)
def maximum_added(z):
    m = np.max(z, axis=-1, keepdims=True)
    return z + m - np.log(np.exp(z - m).sum(axis=-1, keepdims=True))
