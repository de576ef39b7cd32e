"""4f: true, or a counterexample."""

import numpy as np

from grader.checks import exercise, expect
from grader.derivation_checks import as_float

counterexample = exercise(
    "CLAIMS",
    hints=(
        "Test each claim on paper with z = (0, 0), then with z = (ln 2, 0).",
        "Adding 1 to all logits multiplies every exp by the same number. What does that do "
        "to a fraction, and what to a sum? Doubling the logits squares every exp.",
        "p (1 - p) is largest at p = 1/2. And dp_k/dz_0 is -p_k p_0: for which k is it "
        "larger?",
    ),
)

SHIFTED = "softmax(z + 1) = softmax(z)"
LSE_SHIFTED = "lse(z + 1) = lse(z)"
DOUBLED = "softmax(2 z) = softmax(z)"
QUARTER = "no entry of the Jacobian is above 1/4"
EQUALLY = "raise z_0, and all other p_k fall by the same amount"
FORMER = {EQUALLY: "raise z_0 a little, and all other p_k fall equally"}

MOST_CLASSES = 10
LARGEST = 100.0  # of a logit: exp of it, and of its double, is a float


def entry(key):
    """The name of one entry."""
    return f'CLAIMS["{key}"]'


def softmax(z):
    """Softmax of one row, in floats."""
    powers = np.exp(z - np.max(z))
    return powers / powers.sum()


def lse(z):
    """The log of the sum of the exponentials."""
    return float(np.log(np.exp(z).sum()))


def row_of(value):
    """The row of logits that a value is, or None."""
    try:
        row = np.array([as_float(number) for number in value])
    except (TypeError, ValueError, OverflowError):
        return None
    is_fine = 1 <= len(row) <= MOST_CLASSES and bool(np.all(np.abs(row) <= LARGEST))
    return row if is_fine else None


def is_true(value):
    """Whether somebody answered that the claim holds."""
    return isinstance(value, (bool, np.bool_)) and bool(value)


def answered(attempt, key):
    """What is answered to a claim: the answer, and its row of logits if there is one."""
    answer = attempt.entry("CLAIMS", key, FORMER.get(key, ""))
    if isinstance(answer.value, str):
        expect(answer).equals(True)
    row = None if is_true(answer.value) else row_of(answer.value)
    expect(answer).holds(
        is_true(answer.value) or row is not None,
        "Answer with True, or with a list of 1 to 10 logits between -100 and 100, such as "
        "[2, 0].",
    )
    return answer, row


def holds_for_every_row(attempt, key):
    """The answer to a claim that is true."""
    answer, _ = answered(attempt, key)
    expect(answer).holds(
        is_true(answer.value),
        "At your z the claim holds, so this is not a counterexample.",
    )


def is_refuted(attempt, key, differs):
    """The answer to a claim that is false: a row at which it fails."""
    answer, row = answered(attempt, key)
    expect(answer).holds(
        row is not None, "You answer that this holds for every z. Try a few rows."
    )
    expect(answer).holds(
        differs(row), "At your z the claim holds, so this is not a counterexample."
    )


def lse_moves(row):
    """Whether lse changes when 1 is added to every logit: it does, at every row."""
    return abs(lse(row + 1) - lse(row)) > 1e-6


def sharpens(row):
    """Whether doubling these logits changes their softmax."""
    return bool(np.ptp(row) > 1e-6)


def falls_unequally(row):
    """Whether the other probabilities fall by different amounts, which needs two."""
    return len(row) > 2 and bool(np.ptp(row[1:]) > 1e-6)


@counterexample.check
def knows_softmax_of_shifted_logits(attempt):
    """softmax(z + 1) = softmax(z): you know whether it holds."""
    holds_for_every_row(attempt, SHIFTED)


@counterexample.check
def knows_lse_of_shifted_logits(attempt):
    """lse(z + 1) = lse(z): you know whether it holds, or have a counterexample."""
    is_refuted(attempt, LSE_SHIFTED, lse_moves)


@counterexample.check
def knows_softmax_of_doubled_logits(attempt):
    """softmax(2 z) = softmax(z): you know whether it holds, or have a counterexample."""
    is_refuted(attempt, DOUBLED, sharpens)


@counterexample.check
def knows_the_largest_entry(attempt):
    """No entry of the Jacobian is above 1/4: you know whether it holds."""
    holds_for_every_row(attempt, QUARTER)


@counterexample.check
def knows_how_the_others_fall(attempt):
    """All other p_k fall by the same amount: you know, or have a counterexample."""
    is_refuted(attempt, EQUALLY, falls_unequally)


def claims_are(**changed):
    """Source in which some of the answers are others."""
    keys = {"shifted": SHIFTED, "lse": LSE_SHIFTED, "doubled": DOUBLED}
    keys |= {"quarter": QUARTER, "equally": EQUALLY}
    return "\n".join(
        f"CLAIMS[{keys[name]!r}] = {value}" for name, value in changed.items()
    )


counterexample.wrong_choices(
    {
        entry(LSE_SHIFTED): {
            True: "You answer that lse doesn't notice the 1. Compute both sides for "
            "z = (0, 0): what is ln(1 + 1), and what is ln(e + e)?",
        },
        entry(DOUBLED): {
            True: "You answer that doubling changes nothing. For z = (ln 2, 0) the "
            "exponentials are 2 and 1. What are they for 2 z?",
        },
        entry(EQUALLY): {
            True: "You answer that all others fall by the same amount. dp_k/dz_0 is "
            "-p_k p_0. Does k occur in it?",
        },
    }
)


def shown(row):
    """A row of numbers as a sentence shows it."""
    return "(" + ", ".join(f"{number:.6g}" for number in row) + ")"


@counterexample.symptom(
    "At your z softmax(z + 1) and softmax(z) are both {p}. Every exp(z_k) is multiplied "
    "by the same number, and so is S.",
    example=claims_are(shifted=[0, 1]),
    function=entry(SHIFTED),
)
def softmax_is_the_same_there(answer):
    row = row_of(answer.value)
    return row is not None and {"p": shown(softmax(row))}


@counterexample.symptom(
    "At your z the largest entry of the Jacobian is {m}, which isn't above 1/4. Where is "
    "p (1 - p) largest?",
    example=claims_are(quarter=[0, 0]),
    function=entry(QUARTER),
)
def no_entry_is_above_a_quarter(answer):
    row = row_of(answer.value)
    if row is None:
        return False
    p = softmax(row)
    return {"m": f"{max(p * (1 - p)):.6g}"}


@counterexample.symptom(
    "At your z both sides are {p}. All your logits are equal, and they still are when "
    "doubled.\n"
    "Take logits that differ.",
    example=claims_are(doubled=[0, 0]),
    function=entry(DOUBLED),
)
def equal_logits_stay_equal(answer):
    row = row_of(answer.value)
    return row is not None and not sharpens(row) and {"p": shown(softmax(row))}


@counterexample.symptom(
    "With fewer than three classes there are no two other probabilities that could "
    "differ.\n"
    "Take three classes or more.",
    example=claims_are(equally=[1, 0]),
    function=entry(EQUALLY),
)
def only_one_other(answer):
    row = row_of(answer.value)
    return row is not None and len(row) <= 2


@counterexample.symptom(
    "At your z the other probabilities are all {p}, so they fall by the same "
    "amount.\n"
    "Let the logits after the first one differ.",
    example=claims_are(equally=[1, 0, 0]),
    function=entry(EQUALLY),
)
def the_others_are_equal(answer):
    row = row_of(answer.value)
    is_equal = row is not None and len(row) > 2 and not falls_unequally(row)
    return is_equal and {"p": f"{softmax(row)[1]:.6g}"}


def is_false(answer):
    """Whether somebody answered False."""
    return isinstance(answer.value, (bool, np.bool_)) and not answer.value


@counterexample.symptom(
    "You answer False, without a counterexample.\n"
    "Give a row of logits at which the two sides differ, such as [2, 0].",
    example=claims_are(lse=False),
    function=entry(LSE_SHIFTED),
)
def false_without_numbers_for_lse(answer):
    return is_false(answer)


@counterexample.symptom(
    "False needs a proof: one row of logits at which the two sides differ.",
    example=claims_are(shifted=False),
    function=entry(SHIFTED),
)
def false_without_numbers(answer):
    return is_false(answer)
