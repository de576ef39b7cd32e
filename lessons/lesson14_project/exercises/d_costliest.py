"""14d: the examples with the highest loss."""

import numpy as np

from grader.checks import Alternative, exercise, expect

from . import chosen_brief, data_of

costly = exercise(
    "costliest",
    after="14b",
    hints=(
        "You need the loss of each single example.",
        "x[i : i + 1] is a batch with one row: loss_and_gradients answers with its loss.",
        "np.argsort sorts from low to high; [::-1] turns that round.",
    ),
    alternative=Alternative(
        code="""
            def costliest(x, y, params, count):
                def loss_of(i):
                    return loss_and_gradients(x[i : i + 1], y[i : i + 1], params)[0]

                return sorted(range(len(x)), key=loss_of, reverse=True)[:count]
        """,
        why=(
            "sorted with a key says in words what is done. The price: for many rows "
            "NumPy is faster, and faster still is a loss that returns one number for "
            "each row."
        ),
    ),
)


def asked(attempt, rng, n=30):
    """Return a batch, parameters and the learner's own loss of each row."""
    (x, y), _ = data_of(chosen_brief(attempt))
    rows = rng.permutation(len(x))[:n]
    x, y = x[rows], y[rows]
    begun = expect(attempt.start(x.shape[1], y.shape[1], 5)).mapping()
    params = {
        name: value + 0.1 * rng.normal(size=np.shape(value))
        for name, value in begun.items()
    }
    answers = [
        attempt.loss_and_gradients(x[i : i + 1], y[i : i + 1], params) for i in range(n)
    ]
    losses = [expect(one).its("loss", lambda pair: pair[0]).number() for one in answers]
    return x, y, params, np.array(losses)


@costly.check
def finds_the_costliest(attempt, rng):
    """It returns the rows with your highest losses, the highest first."""
    x, y, params, losses = asked(attempt, rng)
    count = 5
    answer = attempt.costliest(x, y, params, count)
    rows = expect(answer).array(shape=(count,))
    is_row = np.isin(rows, np.arange(len(x)))
    ranks = np.argsort(-losses, kind="stable")[:count]
    found = losses[rows.astype(int)] if is_row.all() else np.zeros(count)
    expect(answer).holds(
        bool(is_row.all()) and np.allclose(found, losses[ranks], rtol=1e-6),
        f"The rows with the highest losses are {ranks.tolist()}, highest first.",
        are_cheapest=bool(is_row.all())
        and np.allclose(np.sort(found), np.sort(losses)[:count]),
        is_turned=bool(is_row.all()) and np.allclose(found[::-1], losses[ranks]),
        are_losses=np.allclose(rows, losses[ranks]),
    )


@costly.check
def returns_as_many_as_asked(attempt, rng):
    """It returns the number of rows that count asks for."""
    x, y, params, _ = asked(attempt, rng, 12)
    for count in (1, 7):
        expect(attempt.costliest(x, y, params, count)).array(shape=(count,))


@costly.symptom(
    "Those are the rows with the lowest losses.",
    function="costliest",
    edit=("np.argsort(losses)[::-1][:count]", "np.argsort(losses)[:count]"),
)
def rows_are_the_cheapest(answer):
    return answer.facts.get("are_cheapest") is True


@costly.symptom(
    "Those are the right rows, but the most expensive one comes last.",
    function="costliest",
    edit=("np.argsort(losses)[::-1][:count]", "np.argsort(losses)[-count:]"),
)
def rows_are_in_rising_order(answer):
    return answer.facts.get("is_turned") is True


@costly.symptom(
    "Those are the losses themselves.\nReturn the numbers of their rows.",
    function="costliest",
    edit=("np.argsort(losses)[::-1][:count]", "np.sort(losses)[::-1][:count]"),
)
def losses_instead_of_rows(answer):
    return answer.facts.get("are_losses") is True


@costly.symptom(
    "You return five rows, but count is {count}.",
    function="costliest",
    edit=("np.argsort(losses)[::-1][:count]", "np.argsort(losses)[::-1][:5]"),
)
def always_five(answer):
    count = answer.args[3]
    return np.shape(answer.value) == (5,) and count != 5 and {"count": count}
