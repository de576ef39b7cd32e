"""3f: tests that catch a wrong loss."""

import ast
import contextlib
import math

import numpy as np

from grader.attempt import place_of
from grader.checks import Alternative, Stopped, callback, exercise, expect
from grader.report import Outcome


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
# why. So they are asked again in a new worker, where nothing is remembered: wrong ones
# that were caught, then at some place a right one. To guess that place, of seven at
# least, in each of two workers is luck, once in 49 gradings.

own_tests = exercise(
    "3f",
    "Tests that catch a wrong loss",
    points=20,
    writes="check_loss",
    hints=(
        "What is true of every right loss? There are five facts above.",
        "Try equal guesses, a certain answer, the same batch twice, shuffled classes, "
        "and the sign.",
        "Use a batch with n != k and k above 3. For k equal guesses: "
        "assert abs(fn(y, p) - math.log(k)) < 1e-6",
    ),
    alternative=Alternative(
        code="""
            def check_loss(fn):
                rng = np.random.default_rng(0)
                for n, k in ((2, 5), (3, 10)):
                    y, p = rng.dirichlet(np.ones(k), n), rng.dirichlet(np.ones(k), n)
                    pairs = zip(y.flat, p.flat, strict=True)
                    slow = -sum(label * math.log(chance) for label, chance in pairs) / n
                    assert abs(fn(y, p) - slow) < 1e-9, (n, k)
        """,
        why=(
            "A slow loss in plain Python judges the quick one on random rows, so "
            "you need not foresee each mistake. What it costs: what you "
            "misunderstand stands in both."
        ),
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
    """Where a tuple is asserted first, as in assert (x > 0, "text"), or None."""
    with contextlib.suppress(Stopped):  # the file cannot be looked into
        for node in ast.walk(attempt.tree):
            if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple):
                return place_of(attempt, node.lineno)
    return None


def refused_again(attempt, losses):
    """Stop the check when one of these losses, which were caught before, gets by."""
    for name, loss in losses.items():
        answer, refused = verdict(attempt, remembered(loss, []), "loss")
        expect(answer).holds(
            refused,
            "Your tests caught this wrong loss, and let it pass when they met it in "
            "another order: {which}. Do they remember earlier answers, or draw random "
            "numbers? Every call of check_loss has to judge by itself.",
            which=name,
        )


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
def wrong_losses_are_caught(attempt, reference, rng, remark):
    """At least seven of nine wrong losses are caught by your tests."""
    right = {"in numpy": reference.cross_entropy, "in loops": one_by_one}
    attempt.load_ahead(len(right))
    losses = {name: refusing(loss) for name, loss in WRONG_LOSSES.items()}
    alive, escaped = [], None
    for name in rng.permutation(list(losses)).tolist():
        answer, refused = verdict(attempt, remembered(losses[name], []), "loss")
        if not refused:
            alive.append(name)
            escaped = answer
    caught = [name for name in losses if name not in alive]
    for name in rng.permutation(list(right)).tolist() if caught else ():
        attempt.restart()
        most = min(len(caught), ENOUGH)
        before = rng.permutation(caught)[: rng.integers(1, most + 1)].tolist()
        refused_again(attempt, {wrong: losses[wrong] for wrong in before})
        answer, refused = verdict(attempt, remembered(right[name], []), "loss")
        expect(answer).holds(not refused, REFUSES_RIGHT)
    if escaped is None:
        return
    left = "; ".join(name for name in WRONG_LOSSES if name in alive)
    remark(f"Your tests catch {len(caught)} of 9. Can you find these, too? {left}.")
    line = asserted_tuple(attempt)
    expect(escaped, caught_names=caught, tuple_line=line).holds(
        len(caught) >= ENOUGH,
        "Your tests catch {caught} of 9 wrong losses. These still pass: {alive}.",
        caught=str(len(caught)),
        alive=left,
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
    "Allow a little.\n"
    "Write abs(value - 1.184675) < 1e-6.",
    example="""
def check_loss(fn):
    p = np.array([[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [1/8, 6/8, 1/8], [1/8, 3/8, 1/2]])
    assert fn(PAPER_Y, p) == 1.184675
""",
)
def compares_exactly(answer):
    return answer.facts.get("is_exact", False)


@own_tests.symptom(
    "You raise a {type}. For a wrong loss, raise an AssertionError: "
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
    is_own = is_other and raised.is_own
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
    "{place} asserts a tuple: with brackets around the condition and the text "
    'it is always true. Write assert condition, "text".',
    example="""
def check_loss(fn):
    assert (abs(fn(np.eye(2), np.full((2, 2), 0.5)) - math.log(2)) < 1e-6, "ln 2")
""",
)
def asserts_a_tuple(answer):
    place = answer.facts["tuple_line"]
    return place is not None and {"place": place[:1].upper() + place[1:]}


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
