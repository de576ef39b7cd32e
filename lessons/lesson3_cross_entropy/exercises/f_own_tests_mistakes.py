"""3f: what learners' own tests let pass, or refuse."""

import numpy as np

from .f_own_tests import WRONG_LOSSES, own_tests


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
    "You raise a {type}. Where a loss is wrong an AssertionError is asked for: "
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
