"""5b: softmax."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from .. import said
from . import APART, HUGE, LOW, PAPER_P, PAPER_Z, SIZES, STEPS_P, random_batch

stable = exercise(
    "stable_softmax",
    hints=(
        "Which number does the function subtract from the second row of a batch?",
        "Each row needs its own maximum: then its largest exponential is exp(0) = 1.",
        "Subtract np.max(z, axis=-1, keepdims=True).",
    ),
    alternative=Alternative(
        code="""
            def stable_softmax(z):
                return np.exp(log_softmax(z))
        """,
        why=(
            "Only log_softmax has to be stable then. The price: a logarithm and a "
            "second exponential that the direct way doesn't need."
        ),
    ),
)
stable.slips(
    slip(
        "shift above alone",
        "You subtracted the maximum in the numerator, but not in the denominator. "
        "Then a row does not sum to 1.\n"
        "Use the shifted logits in both places.",
        "e / e.sum(axis=-1, keepdims=True)"
        " -> e / np.exp(z).sum(axis=-1, keepdims=True)",
    ),
    slip(
        "shift below alone",
        "You subtracted the maximum in the denominator, but not in the numerator. "
        "Then a row does not sum to 1.\n"
        "Use the shifted logits in both places.",
        "e / e.sum(axis=-1, keepdims=True)"
        " -> np.exp(z) / e.sum(axis=-1, keepdims=True)",
    ),
    slip(
        "softmax twice",
        "Softmax is applied twice: the second one treats probabilities as logits.",
        "e / e.sum(axis=-1, keepdims=True) -> np.exp(e / e.sum(axis=-1, keepdims=True))"
        " / np.exp(e / e.sum(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)",
    ),
)


@stable.check
def ordinary_scores_are_as_before(attempt):
    """Ordinary logits give what they gave in lesson 3, whether n equals k or not."""
    expect(attempt.stable_softmax(PAPER_Z[:3])).close_to(PAPER_P[:3])
    expect(attempt.stable_softmax(PAPER_Z)).close_to(PAPER_P)


@stable.check
def survives_a_thousand(attempt):
    """The logits (1000, 0, -1000) become (1, 0, 0), even when they are 100 times larger."""
    expect(attempt.stable_softmax(HUGE)).close_to([1, 0, 0])
    expect(attempt.stable_softmax(100 * HUGE)).close_to([1, 0, 0])


@stable.check
def survives_low_scores(attempt):
    """The logits (-1000, -1001, -1002) become (0.665241, 0.244728, 0.090031)."""
    expect(attempt.stable_softmax(LOW)).close_to(STEPS_P)


@stable.check
def each_row_has_its_own_shift(attempt):
    """An image near 1000 and one near -1000 can be in the same batch."""
    expect(attempt.stable_softmax(APART)).close_to(np.stack([STEPS_P, STEPS_P]))


@stable.check
def agrees_and_does_not_notice_shifts(attempt, reference, rng):
    """It agrees with the reference on random batches, and adding 1000 changes nothing."""
    for n, k in SIZES:
        z = random_batch(rng, n, k)[1]
        want = reference.stable_softmax(z)
        expect(attempt.stable_softmax(z)).close_to(want)
        for shift in (1e3, -1e3):
            # A logit near 1000 is stored to 1.1e-13, so p is right to 1e-12 or so.
            expect(attempt.stable_softmax(z + shift)).close_to(want, tolerance=1e-12)


@stable.check
def a_class_can_be_ruled_out(attempt):
    """A logit of -inf gets the probability 0; the other classes share the rest."""
    z = np.array([[0.0, -np.inf, 0.0], [-np.inf, 3.0, -np.inf]])
    expect(attempt.stable_softmax(z)).close_to([[0.5, 0, 0.5], [0, 1, 0]])


@stable.wrong_answer(said.OVERFLOW)
def no_shift(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)


# On some machines np.longdouble is float64.
if np.finfo(np.longdouble).max > np.finfo(np.float64).max:

    @stable.wrong_answer(
        "A wider dtype only moves the limit: with np.longdouble, exp overflows above "
        "11,356.\n"
        "Subtract the maximum of each row, and logits of any size are safe."
    )
    def in_longdouble(z):
        with np.errstate(all="ignore"):
            e = np.exp(np.asarray(z, dtype=np.longdouble))
            return (e / e.sum(axis=-1, keepdims=True)).astype(np.float64)


@stable.wrong_answer(
    "You subtracted the maximum from the exponentials. exp(1000) is inf by then.\n"
    "Subtract it from the logits, before np.exp."
)
def maximum_after_exp(z):
    with np.errstate(all="ignore"):
        e = np.exp(z) - np.max(z, axis=-1, keepdims=True)
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(said.WHOLE_MAXIMUM)
def maximum_of_the_batch(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(said.SIZE_MAXIMUM, in_company=said.SIZE_MAXIMUM_TOO)
def maximum_of_the_sizes(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - np.abs(z).max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(
    "You subtracted each column's maximum. Within a row, that is a different number for "
    "every class, and it changes p.\n"
    "Take the maximum along the row, axis=-1."
)
def maximum_of_the_columns(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(axis=0))
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(
    "You subtracted the minimum of the row, so the largest logit only grew.\n"
    "Subtract the maximum: then no exponential is above 1."
)
def minimum_of_the_row(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.min(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(
    "You added the maximum of the row, so the largest logit only grew.\n"
    "Subtract it: then no exponential is above 1."
)
def maximum_added(z):
    with np.errstate(all="ignore"):
        e = np.exp(z + z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(
    "You subtracted the mean of the row: (1000, 0, -1000) stays as it is.\n"
    "Subtract the maximum: then no exponential is above 1.",
    in_company="You used the mean of the row.\nUse its maximum.",
)
def mean_of_the_row(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.mean(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(
    "You clipped the logits, which makes different ones equal: -1000, -1001 and "
    "-1002 get the same p.\n"
    "Shift them instead."
)
def scores_cut_off(z):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(said.COLUMNS, in_company=said.COLUMNS_TOO)
def softmax_over_columns(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)


@stable.wrong_answer(
    "Each of your COLUMNS sums to 1, but each row is one image.\n"
    "Take the maximum and the sum along the row: axis=-1, keepdims=True.",
    in_company="You went down the COLUMNS, but each row is one image.\n"
    "Take the maximum and the sum along the row: axis=-1, keepdims=True.",
)
def all_over_columns(z):
    e = np.exp(z - np.max(z, axis=0))
    return e / e.sum(axis=0)


@stable.wrong_answer(said.KEEPDIMS, raises=("ValueError",))
def keepdims_forgotten(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1)


@stable.wrong_answer(said.MAXIMUM_KEEPDIMS, raises=("ValueError",))
def maximum_without_keepdims(z):
    e = np.exp(z - z.max(axis=-1))
    return e / e.sum(axis=-1, keepdims=True)


@stable.wrong_answer(said.NOTHING_KEPT, raises=("AxisError", "ValueError"))
def nothing_keeps_its_axis(z):
    e = np.exp(z - z.max(axis=1))
    return e / e.sum(axis=1)


@stable.wrong_answer(said.WHOLE_SUM)
def sum_of_the_batch(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum()


@stable.wrong_answer(said.ONE_ROW, raises=("AxisError",))
def only_batches(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@stable.wrong_answer(
    "The row with 1000 is all zeros. Did you replace nan with 0? That only hides "
    "it.\n"
    "Shift the logits, and there is no nan.",
    in_company="Did you replace nan with 0? That only hides it.\n"
    "Shift the logits, and there is no nan.",
)
def nan_hidden(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return np.nan_to_num(e / e.sum(axis=-1, keepdims=True))


@stable.symptom(
    "You changed the caller's array: z -= ..., z[...] = ... and out=z work in place.\n"
    "z = z - ... makes a new one.",
    edit=(
        "z - np.max(z, axis=-1, keepdims=True)",
        "np.subtract(z, np.max(z, axis=-1, keepdims=True), out=z)",
    ),
)
def changed_in_place(answer):
    return bool(answer.modified)


@stable.wrong_answer(
    "In each row the largest logit gets a 1, and the others get 0. That is what softmax "
    "does only for logits that are far apart."
)
def choices(z):
    return 1.0 * (z == np.max(z, axis=-1, keepdims=True))
