"""9e: recognise a `fit` that reaches the target but breaks the contract."""

from ..fits import fit_with
from .e_train import train


@train.symptom(
    "Two runs with the same seed differ.\n"
    "Take all random numbers from one generator: np.random.default_rng(seed).",
    function="fit",
    example=fit_with(order="np.random.permutation(len(x))"),
)
def order_ignores_the_seed(answer):
    return answer.facts.get("asked_same") is True


@train.symptom(
    "Two different seeds gave the same network.\n"
    "Pass the seed on to init and to the generator.",
    function="fit",
    example="""
_right_fit = fit

def fit(x, y, seed, on_epoch=None):
    return _right_fit(x, y, 0, on_epoch)
""",
)
def seed_does_nothing(answer):
    return answer.facts.get("asked_same") is False


@train.symptom(
    "Calls of on_epoch: {told}.\nCall it after every epoch, inside the outer loop.",
    function="fit",
    example=fit_with(tell="pass"),
)
def on_epoch_forgotten(answer):
    return answer.facts.get("told", 9) < 2


@train.symptom(
    "The last call of on_epoch got different parameters from those that fit "
    "returned. Is there a step after it?\n"
    "Call it at the end of each epoch, after its last batch.",
    function="fit",
    example="""
_right_fit = fit

def fit(x, y, seed, on_epoch=None):
    states = [init((x.shape[1], 64, y.shape[1]), seed)]
    params = _right_fit(x, y, seed, states.append)
    for state in states[:-1]:
        if on_epoch is not None:
            on_epoch(state)
    return params
""",
)
def on_epoch_too_early(answer):
    return answer.facts.get("last_differs") is True
