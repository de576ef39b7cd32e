"""4d: the proof, on cards."""

import itertools

import numpy as np

from grader.checks import exercise, expect

PROOF = (2, 7, 10, 5, 1, 6, 9, 4)

order = exercise(
    "4d",
    "Put the proof in order",
    points=10,
    writes="ORDER",
    hints=(
        "Start from the definition of L. k is what the sums run over, i the score that moves.",
        "The chain rule sums over k; the two derivatives, cards 10 and 5, go into that sum.",
        "p_k cancels, then delta_ki picks the term k = i; sum(y) = 1 comes last.",
    ),
)


def cards(attempt):
    """The cards of the attempt, as whole numbers."""
    answer = attempt.value("ORDER")
    found = expect(answer).sequence()
    whole = all(isinstance(card, (int, np.integer)) for card in found)
    expect(answer).holds(whole, "Write the numbers of the cards, as in [2, 7, ...].")
    return answer, [int(card) for card in found]


@order.check
def has_eight_true_cards(attempt):
    """ORDER names eight different cards, and each of them is true."""
    answer, found = cards(attempt)
    untrue = {3, 8} & set(found)
    expect(answer).holds(
        len(set(found)) == len(found) and set(found) <= set(range(1, 11)),
        "Use each card once at most; the cards are numbered 1 to 10.",
    )
    expect(answer).holds(
        len(found) <= len(PROOF),
        f"Use eight cards; yours are {len(found)}. Leave out those that are not true.",
    )
    expect(answer).holds(
        not untrue,
        "Two of your cards are not true. Try them with numbers."
        if len(untrue) == 2
        else "One of your cards is not true. Try it with numbers.",
    )
    expect(answer).holds(
        len(found) == len(PROOF), f"Use eight cards; yours are {len(found)}."
    )


@order.check
def every_card_follows(attempt):
    """Every card follows from those before it, and the last one is p_i - y_i."""
    answer, found = cards(attempt)
    for before, after in (
        *((2, card) for card in PROOF[1:]),
        *((card, 1) for card in (7, 10, 5)),
        *itertools.pairwise(PROOF[4:]),
    ):
        fits = {before, after} <= set(found)
        expect(answer).holds(
            fits and found.index(before) < found.index(after),
            f"Card {after} needs card {before} before it.",
        )


def order_is(*numbers_of_cards):
    """An attempt with this order."""
    return f"ORDER = {list(numbers_of_cards)}"


@order.symptom(
    "You use all the cards. Two of them are not true: try both with numbers.",
    example=order_is(2, 3, 7, 10, 5, 1, 6, 8, 9, 4),
    function="ORDER",
)
def uses_every_card(answer):
    return set(answer.value) == set(range(1, 11))


@order.symptom(
    "One card goes from z_i to L by way of p_i alone. Which other p does z_i move?\n"
    "Card 3 forgets the sum over k: z_i moves every p_k, not only p_i.",
    example=order_is(2, 3, 10, 5, 1, 6, 9, 4),
    function="ORDER",
)
def forgets_the_sum(answer):
    return 3 in answer.value


@order.symptom(
    "One card claims for every class something that is true only for k = i.\n"
    "Card 8 drops delta_ki: 1 - p_i holds for k = i only.",
    example=order_is(2, 7, 10, 5, 1, 8, 9, 4),
    function="ORDER",
)
def drops_the_delta(answer):
    return 8 in answer.value


@order.symptom(
    "A proof starts from the definition of what is to be derived: L itself.",
    example=order_is(7, 2, 10, 5, 1, 6, 9, 4),
    function="ORDER",
)
def does_not_start_at_the_definition(answer):
    found = answer.value
    is_whole = len(found) == len(PROOF) and isinstance(found[0], int)
    return is_whole and found[0] != PROOF[0]


@order.symptom(
    "sum(y) = 1 is the last step: it turns card 9 into card 4.",
    example=order_is(2, 7, 10, 5, 1, 6, 4, 9),
    function="ORDER",
)
def ends_too_early(answer):
    found = list(answer.value)
    return {4, 9} <= set(found) and found.index(4) < found.index(9)


@order.symptom(
    "Card 1 puts three things together: the chain rule and both derivatives. "
    "They have to stand before it.",
    example=order_is(2, 7, 10, 1, 5, 6, 9, 4),
    function="ORDER",
)
def uses_what_is_not_there_yet(answer):
    found = list(answer.value)
    return set(found) == set(PROOF) and found.index(1) < max(
        found.index(card) for card in (7, 10, 5)
    )


@order.symptom(
    "p_k has to cancel before delta can pick one term: card 6 goes before card 9.",
    example=order_is(2, 7, 10, 5, 1, 9, 6, 4),
    function="ORDER",
)
def picks_before_it_cancels(answer):
    found = list(answer.value)
    return set(found) == set(PROOF) and found.index(9) < found.index(6)


@order.symptom(
    "You left out a card: each of the two derivatives needs a card of its own.",
    example=order_is(2, 7, 10, 1, 6, 9, 4),
    function="ORDER",
)
def leaves_one_out(answer):
    left_out = set(PROOF) - set(answer.value)
    return set(answer.value) < set(PROOF) and left_out in ({5}, {10})
