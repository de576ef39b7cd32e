"""13b: the table of pairs."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import has_nan, random_text

pairs = exercise(
    "pair_table",
    hints=(
        "Do the small text of the page on paper first: which pairs, and how many in each "
        "row?",
        "Begin with counts = np.zeros((K, K)), and add 1 to counts[before, after] for "
        "each pair. zip(codes[:-1], codes[1:]) gives the pairs.",
        "Then counts = counts + alpha, and each row is divided by its own sum: "
        "counts.sum(axis=1, keepdims=True).",
    ),
    alternative=Alternative(
        code="""
            def pair_table(codes, K, alpha):
                pairs = K * codes[:-1] + codes[1:]
                counts = np.bincount(pairs, minlength=K * K).reshape(K, K) + alpha
                return counts / counts.sum(axis=1, keepdims=True)
        """,
        why=(
            "Each pair gets its own number, so np.bincount counts all of them without "
            "a loop in Python: for a long text that is much faster. The price: you "
            "have to see that K * i + j says both."
        ),
    ),
)
pairs.slips(
    slip(
        "alpha once",
        "In the denominator you add alpha once. Do your rows sum to 1?\n"
        "Each of the K letters of a row gets its alpha, so add K * alpha.",
        "_c / _c.sum(axis=1, keepdims=True) "
        "-> _c / (_c.sum(axis=1, keepdims=True) - (K - 1) * alpha)",
    ),
    slip(
        "alpha above only",
        "You add alpha to the counts but not to the sums by which you divide. So the "
        "rows sum to more than 1.\n"
        "Divide by the sums of the counts with alpha.",
        "_c / _c.sum(axis=1, keepdims=True) "
        "-> _c / (_c.sum(axis=1, keepdims=True) - K * alpha)",
    ),
    slip(
        "alpha is 1",
        "You add 1 to each count.\nAdd alpha.",
        "counts + alpha -> counts + 1",
    ),
    slip(
        "what came before",
        "Your rows are about the letter after: row i says what comes before letter i.\n"
        "It should say what follows it.",
        "counts[before, after] += 1 -> counts[after, before] += 1",
    ),
    slip(
        "last pair missing",
        "The last pair of the text is not counted.\n"
        "zip(codes[:-1], codes[1:]) gives all pairs.",
        "zip(codes[:-1], codes[1:], strict=True) "
        "-> zip(codes[:-2], codes[1:-1], strict=True)",
    ),
    slip(
        "first pair missing",
        "The first pair of the text is not counted.\n"
        "zip(codes[:-1], codes[1:]) gives all pairs.",
        "zip(codes[:-1], codes[1:], strict=True) "
        "-> zip(codes[1:-1], codes[2:], strict=True)",
    ),
    slip(
        "every other pair",
        "You count only every other pair: first and second letter, third and fourth. "
        "The second and the third are neighbours, too.\n"
        "zip(codes[:-1], codes[1:]) gives all pairs.",
        "zip(codes[:-1], codes[1:], strict=True) -> zip(codes[:-1:2], codes[1::2])",
    ),
    slip(
        "each pair once",
        "A pair that comes several times counts only once. Did you write "
        "counts[codes[:-1], codes[1:]] += 1, or = for +=?\n"
        "Add 1 for each pair in a loop, or use np.add.at.",
        "counts[before, after] += 1 -> counts[before, after] = 1",
    ),
    slip(
        "round the end",
        "You also count the last letter followed by the first. Does your loop begin "
        "at index 0, so that codes[i - 1] is the last letter?\n"
        "Begin at index 1: nothing precedes the first letter.",
        "zip(codes[:-1], codes[1:], strict=True) -> zip(np.roll(codes, 1), codes)",
    ),
    without=("one too few", "one too many", "addend left out"),
)


@pairs.check
def small_text_of_the_page(attempt):
    """For abab ac and alpha = 0.5 it gives the right table."""
    answer = attempt.pair_table(np.array([0, 1, 0, 1, 2, 0, 3]), 4, 0.5)
    counts = np.array([[0, 2, 0, 1], [1, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]) + 0.5
    expect(answer).close_to(counts / [[5], [4], [3], [2]])


pairs.same_as_solution(
    "It agrees with the reference on random texts, for several K and alpha.",
    lambda rng: [
        (random_text(rng, n, k), k, alpha)
        for n, k, alpha in ((60, 5, 0.3), (200, 8, 2.0), (25, 3, 0.05), (90, 27, 1))
    ],
    check="agrees_on_random_texts",
)


@pairs.check
def two_letters(attempt):
    """A text of two letters has one pair; all other rows are guesses of equal p."""
    answer = attempt.pair_table(np.array([2, 1]), 3, 1.5)
    want = np.array([[1 / 3] * 3, [1 / 3] * 3, [1.5 / 5.5, 2.5 / 5.5, 1.5 / 5.5]])
    expect(answer).close_to(want)


def counted(codes, K):
    """Return how often i is followed by j."""
    counts = np.zeros((K, K))
    np.add.at(counts, (codes[:-1], codes[1:]), 1)
    return counts


@pairs.wrong_answer(
    "Each row is divided by how often its letter comes. But nothing follows the last "
    "letter of the text, so for that letter this is 1 too many.\n"
    "Divide by the sum of the row."
)
def divided_by_letters(codes, K, alpha):
    comes = np.bincount(codes, minlength=K)[:, None]
    return (counted(codes, K) + alpha) / (comes + K * alpha)


@pairs.wrong_answer(
    "These are the counts, with alpha. A row of probabilities sums to 1.\n"
    "Divide each row by its sum."
)
def not_divided_at_all(codes, K, alpha):
    return counted(codes, K) + alpha


@pairs.wrong_answer(
    "alpha changes nothing in your rows, except where a row would be empty.\n"
    "Add alpha to every count before you divide."
)
def alpha_for_empty_rows(codes, K, alpha):
    counts = counted(codes, K)
    counts[counts.sum(axis=1) == 0] = alpha
    return counts / counts.sum(axis=1, keepdims=True)


@pairs.wrong_answer(
    "alpha is added only where the count is 0. Pairs that came got none.\n"
    "Add alpha to every count."
)
def alpha_for_zeros(codes, K, alpha):
    counts = counted(codes, K)
    counts[counts == 0] = alpha
    return counts / counts.sum(axis=1, keepdims=True)


@pairs.wrong_answer(
    "You divided by the number of all pairs, plus K alpha. Each row is a separate "
    "distribution.\n"
    "Divide each row by its own sum."
)
def divided_by_all_pairs(codes, K, alpha):
    return (counted(codes, K) + alpha) / (len(codes) - 1 + K * alpha)


@pairs.wrong_answer(
    "These are the plain counts: neither alpha nor a division changed them. Do you assign "
    "the result to a name, such as row in a loop, that isn't an entry of the table?\n"
    "counts = counts + alpha makes a new table; table[i] = ... changes a row."
)
def plain_counts(codes, K, alpha):
    return counted(codes, K)


@pairs.wrong_answer(
    "Besides alpha, each of your counts is too large by 1. Does your table begin with "
    "ones?\n"
    "Begin with np.zeros((K, K))."
)
def began_with_ones(codes, K, alpha):
    counts = counted(codes, K) + 1 + alpha
    return counts / counts.sum(axis=1, keepdims=True)


@pairs.wrong_answer(
    "K alpha is added to the fraction, after the division.\n"
    "Put parentheses around the denominator: divide by (counts.sum(axis=1, "
    "keepdims=True) + K * alpha)."
)
def no_parentheses_below(codes, K, alpha):
    counts = counted(codes, K)
    return (counts + alpha) / counts.sum(axis=1, keepdims=True) + K * alpha


@pairs.wrong_answer(
    "You added alpha to the probabilities, after dividing.\nAdd it to the counts."
)
def alpha_after_dividing(codes, K, alpha):
    counts = counted(codes, K)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + alpha


@pairs.symptom(
    "Your table has shape {got}, and there are K = {k} classes here. Did you count "
    "the classes that come, or type a number?\n"
    "Begin with np.zeros((K, K)).",
    function="pair_table",
    edit=("np.zeros((K, K))", "np.zeros((27, 27))"),
)
def table_of_another_size(answer):
    got, k = np.shape(answer.value), answer.args[1]
    return len(got) == 2 and got != (k, k) and {"got": got, "k": k}


@pairs.symptom(
    "Some entries are nan. A letter that never comes has a row of zeros, and 0/0 is "
    "nan: where does alpha come in?\n"
    "Add alpha to every count before you divide.",
    function="pair_table",
    edit=("    counts = counts + alpha\n", ""),
)
def empty_rows_are_nan(answer):
    return has_nan(answer)


@pairs.symptom(
    "Your code asks for codes[{index}], and this text ends one place before. Which letter "
    "comes after the last one?\n"
    "A text of n letters has n - 1 pairs: range(len(codes) - 1).",
    function="pair_table",
    edit=(
        "    for before, after in zip(codes[:-1], codes[1:], strict=True):\n",
        "    for i in range(len(codes)):\n"
        "        before, after = codes[i], codes[i + 1]\n",
    ),
)
def beyond_the_last_letter(answer):
    raised, n = answer.raised, len(answer.args[0])
    if raised is None or f"index {n} is out of bounds" not in raised.message:
        return None
    return f"with size {n}" in raised.message and {"index": n}


@pairs.symptom(
    "Your counts are an array of whole numbers, and alpha is a fraction, so NumPy refuses "
    "to add it in place.\n"
    "Leave out dtype=int: np.zeros((K, K)) has floats.",
    function="pair_table",
    edit=(
        "np.zeros((K, K))\n",
        "np.zeros((K, K), dtype=int)\n    counts += alpha\n",
    ),
)
def alpha_into_whole_numbers(answer):
    raised = answer.raised
    return raised is not None and bool(
        re.search(
            r"'add' output from dtype\('float64'\) to dtype\('u?int", raised.message
        )
    )
