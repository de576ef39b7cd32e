"""9a: the parameters at the start."""

import numpy as np

from grader.checks import Alternative, exercise, expect

from . import IDENTICAL, PARTS, SIZES, expect_shapes, units_are_identical

start = exercise(
    "init",
    hints=(
        "Why not zeros? What would tell two hidden units apart?",
        "rng = np.random.default_rng(seed), then rng.normal times sqrt(2 / fan_in).",
        "W1: rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in). Biases: np.zeros.",
    ),
    alternative=Alternative(
        code="""
            def init(sizes, seed):
                rng, params = np.random.default_rng(seed), {}
                pairs = zip(sizes[:-1], sizes[1:], strict=True)
                for i, (n_in, n_out) in enumerate(pairs, 1):
                    params[f"W{i}"] = rng.normal(0, np.sqrt(2 / n_in), (n_in, n_out))
                    params[f"b{i}"] = np.zeros(n_out)
                return params
        """,
        why=(
            "You write the rule of a layer once, and a network of any depth can start. "
            "The price: the code no longer shows which arrays there are."
        ),
    ),
)
# The symptoms below have their own sentences for these.
start.slips(
    without=("factor left out", "no square root", "whole division", "divided twice")
)


@start.check
def has_four_arrays(attempt):
    """It returns W1, b1, W2 and b2 with the right shapes, for two sets of sizes."""
    for sizes in (SIZES, (5, 4, 3)):
        expect_shapes(attempt.init(sizes, 0), sizes)


@start.check
def is_float64_with_zero_biases(attempt):
    """The arrays are float64, and the biases are 0."""
    answer = attempt.init(SIZES, 1)
    for name in PARTS:
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        part.has_dtype("float64")
        if name.startswith("b"):
            part.all_close_to(0)


@start.check
def has_the_right_spread(attempt, rng):
    """The weights have a mean near 0 and a standard deviation of sqrt(2 / fan_in)."""
    seed = int(rng.integers(1, 10_000))
    answer = attempt.init(SIZES, seed)
    # 50,176 draws: the standard deviation itself varies by 0.3 %; 640 draws: by 2.8 %.
    for name, fan_in, percent in (("W1", 784, 3), ("W2", 64, 20)):
        want = np.sqrt(2 / fan_in)
        part = expect(answer).its(name, lambda parts, name=name: parts[name])
        weights = part.array()
        part.holds(
            abs(weights.mean()) < want / 4,
            f"{name} should have a mean near 0; yours is {weights.mean():.4f}.",
        )
        part.holds(
            abs(weights.std() / want - 1) < percent / 100,
            f"{name} should have a standard deviation of sqrt(2/{fan_in}) = {want:.4f}; "
            f"yours is {weights.std():.4f}.",
        )


@start.check
def follows_the_seed(attempt, rng):
    """The same seed gives the same start, another seed another one."""
    seed = int(rng.integers(1, 10_000))
    sizes = (6, 5, 4)
    one, two, three = (attempt.init(sizes, s) for s in (seed, seed, seed + 1))
    for answer in (one, two, three):
        expect_shapes(answer, sizes)
    for other, same in ((two, True), (three, False)):
        agree = all(
            np.array_equal(one.value[name], other.value[name]) for name in ("W1", "W2")
        )
        sentence = (
            "The same seed gave two different starts."
            if same
            else "Two different seeds gave the same start."
        )
        expect(other).holds(agree == same, sentence, asked_same=same)


@start.check
def draws_other_numbers_for_each_layer(attempt, rng):
    """W1 and W2 don't begin with the same random numbers."""
    sizes = (6, 5, 4)
    answer = attempt.init(sizes, int(rng.integers(1, 10_000)))
    expect_shapes(answer, sizes)
    first, second = (np.ravel(answer.value[name]) for name in ("W1", "W2"))
    factor = np.sqrt(6 / 5)  # between their standard deviations
    is_same = np.allclose(first[: len(second)] * factor, second)
    expect(answer, is_same=is_same).holds(
        not is_same, "W2 has the random numbers of W1, times a factor."
    )


@start.symptom(
    "W2 has the same random numbers as W1, times a factor. Did you make a generator from "
    "the seed for each of them?\nMake one, and draw both from it.",
    function="init",
    example="""
def init(sizes, seed):
    params = {}
    for i in (1, 2):
        rng = np.random.default_rng(seed)
        n_in, n_out = sizes[i - 1], sizes[i]
        params[f"W{i}"] = rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
        params[f"b{i}"] = np.zeros(n_out)
    return params
""",
)
def same_numbers_twice(answer):
    return answer.facts.get("is_same") is True


# Said beside another mistake that the same arrays show.
OF_OUTPUTS = " Its standard deviation is sqrt(2/64), too: the number of INPUTS counts."
RANDOM_BIASES = " The biases should begin at 0, and they don't."


@start.symptom(
    "There are no biases, b1 and b2, in the dict. They begin as zeros.",
    function="init",
    edit=('"b1": np.zeros(n_hidden),', ""),
)
def biases_are_left_out(answer):
    return {"W1", "W2"} <= set(answer.value) and "b1" not in answer.value


@start.symptom(
    "b1 has {got} numbers, and its layer has {want} units: one number per unit.",
    function="init",
    edit=("np.zeros(n_hidden)", "np.zeros(n_out)"),
)
def biases_of_another_layer(answer):
    got, sizes = np.shape(answer.value["b1"]), answer.args[0]
    is_another = len(got) == 1 and got[0] in sizes and got[0] != sizes[1]
    return {"got": got[0], "want": sizes[1]} if is_another else None


@start.symptom(
    IDENTICAL,
    function="init",
    edit=("rng.normal(size=(n_in, n_hidden))", "0 * rng.normal(size=(n_in, n_hidden))"),
)
def starts_with_identical_units(answer):
    return units_are_identical(answer)


@start.symptom(
    "W1 has shape {s}, so x @ W1 doesn't work.{also}\n"
    "Rows are inputs and columns are hidden units: {want}.",
    function="init",
    edit=("rng.normal(size=(n_in, n_hidden))", "rng.normal(size=(n_hidden, n_in))"),
)
def weights_are_transposed(answer):
    want, got = tuple(answer.args[0][:2]), np.shape(answer.value["W1"])
    if got != want[::-1] or got == want:
        return None
    is_by_outputs = has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / n_hidden))
    return {"s": got, "want": want, "also": OF_OUTPUTS if is_by_outputs else ""}


@start.symptom(
    "W1 has shape {got}, and the sizes passed in are {sizes}. Did you type in others?\n"
    "Take them from sizes.",
    function="init",
    edit=("n_in, n_hidden, n_out = sizes", "n_in, n_hidden, n_out = 784, 64, 10"),
)
def sizes_typed_in(answer):
    got, sizes = np.shape(answer.value["W1"]), tuple(answer.args[0])
    is_typed = got == (784, 64) and sizes[:2] != got
    return is_typed and {"got": got, "sizes": sizes}


@start.symptom(
    "b1 has shape {s}. A bias is one number per unit, without a second axis.\n"
    "Its shape is {want}.",
    function="init",
    edit=("np.zeros(n_hidden)", "np.zeros((1, n_hidden))"),
)
def biases_have_two_axes(answer):
    got, want = np.shape(answer.value["b1"]), (answer.args[0][1],)
    return {"s": got, "want": want} if len(got) == 2 and max(got) == want[0] else None


@start.symptom(
    "The dtype of W1 is float32, in which even a right gradient looks wrong in a "
    "gradient check.\n"
    "Use float64.",
    function="init",
    example="""
_right_init = init

def init(sizes, seed):
    return {k: v.astype("float32") for k, v in _right_init(sizes, seed).items()}
""",
)
def starts_in_float32(answer):
    return np.asarray(answer.value["W1"]).dtype == np.float32


@start.symptom(
    "The standard deviation of W1 is 1, as it is without a factor. Each hidden logit then adds up "
    "784 large products, and softmax is certain before it has learned anything.{also}",
    function="init",
    edit=(" * np.sqrt(2 / n_in)", ""),
)
def weights_are_not_scaled(answer):
    if not has_spread(answer, lambda n_in, n_hidden: 1.0):
        return None
    return {"also": RANDOM_BIASES if np.any(answer.value["b1"]) else ""}


@start.symptom(
    "The standard deviation of W1 is 2 / fan_in. That is the variance.\n"
    "The standard deviation is its square root.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "2 / n_in"),
)
def root_is_missing(answer):
    return has_spread(answer, lambda n_in, n_hidden: 2 / n_in)


@start.symptom(
    "The standard deviation of W1 is sqrt(2/64), and 64 is its number of outputs.\n"
    "Each logit adds up fan_in products, so the number of INPUTS counts. That is "
    "sqrt(2/784).",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(2 / n_hidden)"),
)
def scaled_by_outputs(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / n_hidden))


@start.symptom(
    "That is sqrt(1 / fan_in), the standard deviation for tanh.\n"
    "relu switches half of the units off; the 2 makes up for it.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(1 / n_in)"),
)
def two_is_missing(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(1 / n_in))


def has_spread(answer, spread):
    """Whether W1 of the large network has about this standard deviation."""
    n_in, n_hidden, _ = answer.args[0]
    W1 = np.asarray(answer.value["W1"])
    return W1.size > 10_000 and abs(W1.std() / spread(n_in, n_hidden) - 1) < 0.02


@start.symptom(
    "No weight of W1 is below 0.\n"
    "Draw from a normal distribution around 0: rng.normal.",
    function="init",
    edit=("rng.normal(size=(n_in, n_hidden))", "rng.uniform(size=(n_in, n_hidden))"),
)
def weights_are_positive(answer):
    W1 = np.asarray(answer.value["W1"])
    return W1.ndim == 2 and W1.min() >= 0 and W1.max() > 0


@start.symptom(
    "W1 is a single number. Is it drawn by rng.normal(n_in, n_hidden)? That is one "
    "number around n_in.\n"
    "Pass the shape by name: rng.normal(size=(n_in, n_hidden)).",
    function="init",
    edit=("rng.normal(size=(n_in, n_hidden))", "rng.normal(n_in, n_hidden)"),
)
def weights_are_one_number(answer):
    return np.ndim(answer.value["W1"]) == 0


@start.symptom(
    "Random weights already tell the units apart.\n"
    "Let the biases begin at zero: np.zeros.",
    function="init",
    edit=("np.zeros(n_hidden)", "rng.normal(size=n_hidden)"),
)
def biases_are_random(answer):
    return bool(np.any(answer.value["b1"]))


@start.symptom(
    "Two calls with the same seed gave different weights.\n"
    "Pass the seed on: np.random.default_rng(seed).",
    function="init",
    edit=("default_rng(seed)", "default_rng()"),
)
def seed_is_not_used(answer):
    return answer.facts.get("asked_same") is True


@start.symptom(
    "Two different seeds gave the same start.\n"
    "Use the seed that was passed in, not a fixed one.",
    function="init",
    edit=("default_rng(seed)", "default_rng(0)"),
)
def seed_is_fixed(answer):
    return answer.facts.get("asked_same") is False


@start.symptom(
    "The standard deviation of W1 is sqrt(2) / fan_in.\n"
    "fan_in belongs under the root as well. That is np.sqrt(2 / n_in).",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(2) / n_in"),
)
def fan_in_outside_the_root(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2) / n_in)


@start.symptom(
    "The standard deviation of W1 is sqrt(2 / (784 + 64)), of inputs and outputs "
    "together. That is Glorot's rule.\n"
    "Here only fan_in counts.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(2 / (n_in + n_hidden))"),
)
def inputs_and_outputs(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / (n_in + n_hidden)))


@start.symptom(
    "The standard deviation of W1 is 0.01. Did you write a fixed number?\n"
    "It depends on fan_in.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "0.01"),
)
def spread_is_fixed(answer):
    return has_spread(answer, lambda n_in, n_hidden: 0.01)


@start.symptom(
    "The standard deviation of W1 is sqrt(1/3) of what it should be. Numbers drawn "
    "evenly from -1 to 1 have that standard deviation. Are yours?\n"
    "Use rng.normal.",
    function="init",
    edit=(
        "rng.normal(size=(n_in, n_hidden))",
        "rng.uniform(-1, 1, size=(n_in, n_hidden))",
    ),
)
def drawn_evenly(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / n_in / 3))
