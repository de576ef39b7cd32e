"""14e: a claim about the model, and an example for which it fails."""

import numpy as np

from grader.checks import exercise, expect

from . import chosen_brief, new_examples

claiming = exercise(
    "claim",
    after="14c",
    cpu_s=120,
    hints=(
        "Which class is recognised best? Which letter follows nearly always?",
        "A claim about some examples holds for all the others, too: ~is_one | is_right.",
        "np.flatnonzero(~holds) has the rows for which a claim fails.",
    ),
)

MOSTLY = 0.9


def answered(attempt, mnist, trained):
    """Return new examples and the learner's answers to them."""
    brief, answer = trained
    x, y = new_examples(brief, mnist, attempt)
    x, y = x[:3000], y[:3000]
    told = attempt.predict(x, answer.value[0])
    expect(told).holds(told.raised is None, "predict raised an exception.")
    return x, y, told.value


@claiming.check
def a_claim_is_a_yes_or_no_for_each_example(attempt):
    """claim returns True or False for each example."""
    brief = chosen_brief(attempt)
    y, told = np.eye(10)[[1, 7, 3]], np.array([1, 7, 5])
    if brief == "labels":
        y = told = np.eye(4)[[0, 1, 2]]
    elif brief == "letters":
        y, told = np.eye(27)[[1, 7, 3]], np.full((3, 27), 1 / 27)
    x = np.zeros((3, 54 if brief == "letters" else 784))
    answer = attempt.claim(x, y, told)
    expect(answer).array(shape=(3,), dtype="bool")


@claiming.check
def the_claim_holds_nearly_always(attempt, mnist, trained):
    """The claim holds for at least 0.9 of new examples, and not for all."""
    x, y, told = answered(attempt, mnist, trained)
    answer = attempt.claim(x, y, told)
    holds = expect(answer).array(shape=(len(x),), dtype="bool")
    share = float(holds.mean())
    expect(answer).holds(
        share >= MOSTLY,
        f"The claim holds for {share:.3f} of {len(x):,} new examples; it should for 0.9.",
        shows_value=False,
        is_turned=1 - share >= MOSTLY,
    )
    expect(answer).holds(
        share < 1,
        f"The claim holds for all of {len(x):,} new examples. A claim that can't fail "
        "says nothing; make a bolder one.",
        shows_value=False,
    )


@claiming.check
def the_counterexample_is_one(attempt, mnist, trained):
    """counterexample returns a row for which the claim doesn't hold."""
    x, y, told = answered(attempt, mnist, trained)
    claimed = attempt.claim(x, y, told)
    holds = expect(claimed).array(shape=(len(x),), dtype="bool")
    answer = attempt.counterexample(x, y, told)
    row = expect(answer).integer()
    expect(answer).holds(
        0 <= row < len(x), f"There is no row {row} in {len(x):,} examples."
    )
    expect(answer).holds(
        not holds[row],
        f"For row {row} your claim holds.",
        holds=True,
    )


@claiming.symptom(
    "Your claim fails nearly always. Is a ~ missing, or one too many?",
    function="claim",
    edit=("return ~is_one | (answers == 1)", "return is_one & (answers != 1)"),
)
def claim_is_turned_round(answer):
    return answer.facts.get("is_turned") is True


@claiming.symptom(
    "Your claim is a single True or False.\n"
    "Return one for each example; leave out .all() or .mean().",
    function="claim",
    edit=(
        "return ~is_one | (answers == 1)",
        "return bool((~is_one | (answers == 1)).all())",
    ),
)
def claim_is_one_answer(answer):
    return isinstance(answer.value, bool | np.bool_)


@claiming.symptom(
    "Your counterexample is an example for which the claim holds. Do you look for the "
    "rows where it is True?",
    function="counterexample",
    edit=(
        "np.flatnonzero(~claim(x, y, answers))",
        "np.flatnonzero(claim(x, y, answers))",
    ),
)
def counterexample_agrees(answer):
    return answer.facts.get("holds") is True
