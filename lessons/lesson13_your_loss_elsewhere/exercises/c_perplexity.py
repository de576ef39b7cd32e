"""13c: the perplexity of a table on a text."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import has_nan, random_text

measure = exercise(
    "perplexity",
    hints=(
        "First the probability that the table gave to each letter that came; then the "
        "mean of minus their logarithms; then exp.",
        "table[codes[:-1], codes[1:]] is an array of these probabilities, one for each "
        "letter but the first.",
        "np.exp(-np.log(table[codes[:-1], codes[1:]]).mean()), as a float.",
    ),
    alternative=Alternative(
        code="""
            def perplexity(codes, table):
                counts = np.zeros_like(table)
                np.add.at(counts, (codes[:-1], codes[1:]), 1)
                came = counts > 0
                costs = -counts[came] * np.log(table[came])
                return float(np.exp(costs.sum() / counts.sum()))
        """,
        why=(
            "Equal pairs cost the same, so it takes one logarithm for each kind of pair. "
            "The price: you have to leave out the pairs that never came, whose p may be 0."
        ),
    ),
)
measure.slips(
    slip(
        "mean outside the logarithm",
        "You took the mean of the probabilities first, and its logarithm afterwards.\n"
        "Each letter has its own surprise: logarithm first, then the mean.",
        "-np.log(_a).mean() -> -np.log((_a).mean())",
    ),
    slip(
        "mean of the inverses",
        "You took the mean of 1/p.\nA perplexity is exp of the mean surprise.",
        "np.exp(-np.log(_a).mean()) -> (1 / (_a)).mean()",
    ),
    slip(
        "what came before",
        "You read the table the wrong way: you take the row of the letter after.\n"
        "The letter before chooses the row, and the letter after the column: "
        "table[codes[:-1], codes[1:]].",
        "table[codes[:-1], codes[1:]] -> table[codes[1:], codes[:-1]]",
    ),
    slip(
        "first letter counted",
        "You divided by the number of letters.\nThe first has none before it, so there is "
        "one surprise less.",
        "-np.log(_a).mean() -> -np.log(_a).sum() / len(codes)",
    ),
    slip(
        "round the end",
        "You also asked what the first letter costs after the last one. They aren't "
        "neighbours.\n"
        "A text of n letters has n - 1 pairs: table[codes[:-1], codes[1:]].",
        "table[codes[:-1], codes[1:]] -> table[np.roll(codes, 1), codes]",
    ),
    slip(
        "every other letter",
        "You asked about every other letter only.\n"
        "table[codes[:-1], codes[1:]] has the probabilities of all.",
        "table[codes[:-1], codes[1:]] -> table[codes[:-1:2], codes[1::2]]",
    ),
    slip(
        "power of two",
        "You took 2 to the power of a loss in nats.\nWith the natural logarithm, the "
        "inverse is exp.",
        "np.exp(_) -> 2.0 ** (_)",
    ),
    slip(
        "bits in exp",
        "You took exp of a loss in bits.\nexp belongs to the natural logarithm, and a "
        "power of 2 to the one with base 2.",
        "np.log(_) -> np.log2(_)",
    ),
    slip(
        "weighted by the table",
        "You multiplied each logarithm by p. How often a pair comes is decided by the "
        "text: each letter that came counts once.\n"
        "Take the plain mean of the logarithms.",
        "np.log(table[codes[:-1], codes[1:]]) "
        "-> (table[codes[:-1], codes[1:]] * np.log(table[codes[:-1], codes[1:]]))",
    ),
    slip(
        "rows of rows",
        "Your answer is what table[codes[:-1]][codes[1:]] gives: it takes rows, and "
        "then rows of those.\n"
        "For one entry per pair, put both indices between the same brackets.",
        "table[codes[:-1], codes[1:]] -> table[codes[:-1]][codes[1:]]",
    ),
    without=("one too few", "one too many", "bits", "power of 2"),
    sentences={
        "no exp": "That is the mean loss.\nThe perplexity is exp of it.",
        "missing minus": (
            "Your perplexity is below 1.\n"
            "The loss is the mean of -ln p, with its minus."
        ),
    },
)


@measure.check
def alternating_halves(attempt):
    """A model that gives 1/2 and 1/8 in turn has perplexity 4."""
    table = np.array([[0.125, 0.5, 0.375], [0.125, 0.25, 0.625], [0.2, 0.3, 0.5]])
    answer = attempt.perplexity(np.array([0, 1, 0, 1, 0]), table)
    expect(answer).close_to(4)


measure.same_as_solution(
    "It agrees with the reference on random texts and tables.",
    lambda rng: [
        (random_text(rng, n, k), rng.dirichlet(np.ones(k), size=k))
        for n, k in ((40, 4), (151, 7), (12, 3), (90, 27))
    ],
    check="agrees_on_random_texts",
)


@measure.check
def equal_guesses(attempt):
    """Equal guesses among K letters have perplexity K."""
    for k in (2, 5):
        answer = attempt.perplexity(np.arange(10) % k, np.full((k, k), 1 / k))
        expect(answer).close_to(k)


@measure.check
def never_seen(attempt):
    """A pair with probability 0 does no harm if it never comes."""
    table = np.array([[0.0, 1.0], [0.5, 0.5]])
    once = attempt.perplexity(np.array([0, 1, 1, 0]), table)
    expect(once).close_to(4 ** (1 / 3))


@measure.check
def long_text(attempt, reference, rng):
    """A text of 2,000 letters, whose likelihood is too small for a float, works as well."""
    codes, table = random_text(rng, 2000, 27), rng.dirichlet(np.full(27, 5), size=27)
    answer = attempt.perplexity(codes, table)
    expect(answer).close_to(reference.perplexity(codes, table))


@measure.wrong_answer(
    "Your answer is exp of the sum of p times -ln p. What decides how often a pair "
    "counts: the table, or the text?\n"
    "Take the mean of -ln p over the letters that came."
)
def sum_weighted_by_the_table(codes, table):
    p = table[codes[:-1], codes[1:]]
    return float(np.exp(-(p * np.log(p)).sum()))


@measure.wrong_answer(
    "This comes from the table only: it is exp of the mean entropy of its rows. Which "
    "letters came in the text?\n"
    "Look up the probability of each letter that came: table[codes[:-1], codes[1:]]."
)
def entropy_of_the_table(codes, table):
    return float(np.exp(-(table * np.log(table)).sum(axis=1).mean()))


@measure.wrong_answer(
    "You multiply the probabilities and take a root: with the number of letters, although "
    "the first one has none before it. And for a long text the product becomes 0.\n"
    "Add logarithms, and divide by len(codes) - 1."
)
def root_of_all_letters(codes, table):
    return np.prod(table[codes[:-1], codes[1:]]) ** (-1 / len(codes))


@measure.wrong_answer(
    "Your mean loss is K times too small. Is it a mean over all K entries of one-hot rows, "
    "too? Each letter that came is one surprise.\n"
    "Sum over the classes, and take the mean over the letters."
)
def mean_over_classes_too(codes, table):
    logs = np.log(table[codes[:-1], codes[1:]])
    return float(np.exp(-logs.sum() / (len(logs) * len(table))))


@measure.wrong_answer(
    "In your answer only the first pair of the text counts, divided by the number of "
    "all. Is your return inside the loop?\n"
    "Return after the loop."
)
def first_pair_only(codes, table):
    return float(np.exp(-np.log(table[codes[0], codes[1]]) / (len(codes) - 1)))


@measure.symptom(
    "It is right for short texts, and for 2,000 letters it isn't finite. Do you multiply "
    "the probabilities? As a float, such a product becomes 0.\n"
    "Add logarithms instead, as lesson 3 did with the likelihood.",
    function="perplexity",
    example="""
def perplexity(codes, table):
    p = table[codes[:-1], codes[1:]]
    return float(np.prod(p) ** (-1 / len(p)))
""",
)
def product_becomes_0(answer):
    if len(answer.args[0]) < 1000:
        return False
    if answer.raised is not None:
        return answer.raised.type_name == "ZeroDivisionError"
    return bool(np.isinf(answer.value))


@measure.symptom(
    "You returned {count} numbers.\nReturn one, for the whole text.",
    function="perplexity",
    edit=(
        "float(np.exp(-np.log(table[codes[:-1], codes[1:]]).mean()))",
        "np.exp(-np.log(table[codes[:-1], codes[1:]]))",
    ),
)
def one_for_each_letter(answer):
    count = np.size(answer.value)
    return count > 1 and {"count": count}


@measure.symptom(
    "It is nan, which is what 0 times the logarithm of 0 gives. The pair with "
    "probability 0 never comes in this text.\n"
    "Take the logarithm only of the probabilities of pairs that came.",
    function="perplexity",
    example="""
def perplexity(codes, table):
    counts = np.zeros_like(table)
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return float(np.exp(-(counts * np.log(table)).sum() / (len(codes) - 1)))
""",
)
def zero_times_infinity(answer):
    return has_nan(answer) and bool(np.any(answer.args[1] == 0))


@measure.wrong_answer(
    "Your mean is over whole rows of the table: over all letters that could come next, not "
    "only the one that came.\n"
    "table[i, j] is one probability. Take that of each pair."
)
def mean_over_whole_rows(codes, table):
    return float(np.exp(-np.log(table[codes[:-1]]).mean()))
