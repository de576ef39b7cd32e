"""11e: tests that catch a wrong dropout."""

import itertools

import numpy as np

from grader.checks import Alternative, own_tests


def by_binomial(a, rate, training, seed):
    """A right dropout, which draws in another way."""
    if not training:
        return np.asarray(a)
    rng = np.random.default_rng([seed, 7])
    return np.where(rng.binomial(1, 1 - rate, np.shape(a)), np.asarray(a), 0) / (
        1 - rate
    )


def wrong(kept, factor=lambda rate: 1 / (1 - rate), otherwise=lambda a, rate: a):
    """A dropout with another choice of what is kept, another factor or prediction."""

    def dropped(a, rate, training, seed):
        a = np.asarray(a)
        if not training:
            return otherwise(a, rate)
        rng = np.random.default_rng(seed)
        return np.where(kept(rng, a.shape, rate), a, 0) * factor(rate)

    return dropped


def each(rng, shape, rate):
    """Draw for each entry whether it is kept."""
    return rng.random(shape) >= rate


def drop_exactly(_):
    """Return a dropout that makes as many entries 0 as the rate says, at random places."""

    def kept(rng, shape, rate):
        count = np.prod(shape, dtype=int)
        return rng.permutation(count).reshape(shape) >= round(rate * count)

    return wrong(kept)


def without_its_seed():
    """A dropout that draws other numbers in each call, whatever the seed is."""
    calls = itertools.count()

    def dropped(a, rate, training, seed):
        return wrong(each)(a, rate, training, next(calls) % 2)

    return dropped


NOT_DIVIDED = "what is kept is not divided"
AT_PREDICTION = "drops at prediction too"
SCALED = "multiplies by 1 - rate at prediction"
SEED = "ignores the seed"
ROWS, COLUMNS = "drops whole images", "drops the same units for all images"
HALF, EXCHANGED = "always drops a half", "keeps a fraction rate"
BY_RATE = "divides by rate"
WRONG = {
    NOT_DIVIDED: wrong(each, lambda rate: 1),
    BY_RATE: wrong(each, lambda rate: 1 / rate if rate else 1),
    EXCHANGED: wrong(lambda rng, shape, rate: rng.random(shape) < rate),
    HALF: wrong(lambda rng, shape, rate: rng.random(shape) >= 0.5),
    AT_PREDICTION: wrong(each, otherwise=lambda a, rate: wrong(each)(a, rate, True, 1)),
    SCALED: wrong(each, otherwise=lambda a, rate: a * (1 - rate)),
    ROWS: wrong(
        lambda rng, shape, rate: each(rng, shape[:1] + (1,) * (len(shape) - 1), rate)
    ),
    COLUMNS: wrong(lambda rng, shape, rate: each(rng, shape[1:], rate)),
    SEED: without_its_seed(),
}

dropout_tests = own_tests(
    "test_at_prediction",
    fixture="drop",
    older="check_dropout",
    hints=(
        "What is true of every dropout at prediction? And of the entries that aren't 0 "
        "in training?",
        "Five facts: nothing happens at prediction; the fraction of zeros; what the others "
        "are; neither rows nor columns are all alike; the same seed, the same answer.",
        "out = drop(a, 0.3, True, 1); assert np.allclose(out[out != 0], 3 / 0.7), if all of "
        "a is 3",
    ),
    alternative=Alternative(
        code="""
            def test_whole_and_parts(drop):
                a = np.random.default_rng(0).uniform(1, 2, size=(300, 60))
                assert (drop(a, 0.4, False, 1) == a).all()
                out, again = drop(a, 0.4, True, 1), drop(a, 0.4, True, 1)
                kept = out != 0
                assert (out == again).all() and np.allclose(out, a * kept / 0.6)
                assert abs(kept.mean() - 0.6) < 0.02
                assert kept.mean(0).std() < 0.1 and kept.mean(1).std() < 0.2
        """,
        why=(
            "It compares how much rows and columns vary with what chance allows, and so "
            "it also catches a dropout that favours some units. The price: you have "
            "to know how much variation is normal."
        ),
    ),
    right={"the page's": "dropout", "one that draws in another way": by_binomial},
    wrong=WRONG,
    enough=7,
    noun=("dropout", "dropouts"),
    describe=lambda a, rate, training, seed: (
        f"a of shape {np.shape(a)}, rate = {rate} and training = {training}"
    ),
    also_right={"with_the_exact_fraction": drop_exactly},
    shape_only="""
def test_it(drop):
    assert drop(np.ones((20, 5)), 0.3, True, 1).shape == (20, 5)
""",
    swapped="""
def test_it(drop):
    a = np.ones((200, 50))
    assert abs((drop(a, True, 0.3, 1) == 0).mean() - 0.3) < 0.02
""",
    one_sided="""
def test_it(drop):
    a = np.ones((200, 50))
    out = drop(a, 0.3, True, 1)
    assert (out == 0).mean() - 0.3 < 0.02
    assert (out - 1 / 0.7 < 1e-6).all()
""",
)


def caught(answer):
    """The names of the wrong dropouts that were caught."""
    return set(answer.facts["caught_names"])


@dropout_tests.symptom(
    "Your tests accept the page's dropout, and reject another correct one, which "
    "draws its random numbers differently. A correct dropout may drop different "
    "entries.\n"
    "Test what is true of every dropout: the fraction that is dropped, and the values "
    "that are kept.",
    example="""
def test_it(drop):
    a = np.ones((20, 5))
    assert np.array_equal(drop(a, 0.3, True, 1), dropout(a, 0.3, True, 1))
""",
)
def asks_for_the_same_entries(answer):
    return str(answer.args[0]) == "other_dropout" and "last" in answer.facts


@dropout_tests.symptom(
    "Your tests reject a correct dropout, and accept one that drops exactly the "
    "fraction rate. Each entry is dropped by chance, so the fraction varies.\n"
    "Allow a small difference.",
    example="""
def test_it(drop):
    a = np.ones((200, 50))
    assert (drop(a, 0.3, True, 1) == 0).mean() == 0.3
""",
)
def asks_for_the_exact_fraction(answer):
    return answer.facts.get("with_the_exact_fraction") == "accepted"


@dropout_tests.symptom(
    "You test only the prediction. What is true of the entries in training?",
    example="""
def test_it(drop):
    assert np.array_equal(drop(np.ones((20, 5)), 0.3, False, 1), np.ones((20, 5)))
""",
)
def tests_the_prediction_only(answer):
    return caught(answer) == {AT_PREDICTION, SCALED}


@dropout_tests.symptom(
    "You test training, and no wrong prediction is caught.\n"
    "Try training = False, too: what should come back?",
    example="""
def test_it(drop):
    a = np.ones((200, 50))
    out = drop(a, 0.3, True, 1)
    assert abs((out == 0).mean() - 0.3) < 0.02
    assert np.allclose(out[out != 0], 1 / 0.7)
""",
)
def tests_training_only(answer):
    return not caught(answer) & {AT_PREDICTION, SCALED} and {HALF, NOT_DIVIDED} <= (
        caught(answer)
    )


@dropout_tests.symptom(
    "You look at the fraction that is dropped, not at the entries that are kept. What "
    "do they have to be?\n"
    "Compare them with a / (1 - rate).",
    example="""
def test_it(drop):
    a = np.ones((200, 50))
    assert abs((drop(a, 0.3, True, 1) == 0).mean() - 0.3) < 0.02
    assert (drop(a, 0.3, False, 1) == a).all()
""",
)
def tests_the_fraction_only(answer):
    return not caught(answer) & {NOT_DIVIDED, BY_RATE} and {HALF, SCALED} <= (
        caught(answer)
    )


@dropout_tests.symptom(
    "Only {few} of your entries became 0 or stayed by chance: a is so small that the "
    "fraction varies much.\n"
    "Use a larger a, such as 200 images and 50 units.",
    example="""
def test_it(drop):
    a = np.ones((2, 4))
    assert abs((drop(a, 0.3, True, 1) == 0).mean() - 0.3) < 0.02
""",
)
def a_is_too_small(answer):
    last = np.asarray(answer.facts["last"])
    return 0 < last.size <= 400 and {"few": last.size}
