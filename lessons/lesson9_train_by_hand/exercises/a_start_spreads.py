"""9a: other spreads that weights are given."""

import numpy as np

from .a_start import has_spread, start


@start.symptom(
    "The spread of W1 is sqrt(2) / fan_in. fan_in stands under the root as well.\n"
    "That is np.sqrt(2 / n_in).",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(2) / n_in"),
)
def fan_in_outside_the_root(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2) / n_in)


@start.symptom(
    "The spread of W1 is sqrt(2 / (784 + 64)), of inputs and outputs together. That is "
    "Glorot's; here fan_in alone counts.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "np.sqrt(2 / (n_in + n_hidden))"),
)
def inputs_and_outputs(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / (n_in + n_hidden)))


@start.symptom(
    "The spread of W1 is 0.01. Does a fixed number stand there? It depends on fan_in.",
    function="init",
    edit=("np.sqrt(2 / n_in)", "0.01"),
)
def spread_is_fixed(answer):
    return has_spread(answer, lambda n_in, n_hidden: 0.01)


@start.symptom(
    "The spread of W1 is sqrt(1/3) of what is asked for. Numbers drawn evenly from -1 to 1 "
    "have that spread. Are they? rng.normal is asked for.",
    function="init",
    edit=(
        "rng.normal(size=(n_in, n_hidden))",
        "rng.uniform(-1, 1, size=(n_in, n_hidden))",
    ),
)
def drawn_evenly(answer):
    return has_spread(answer, lambda n_in, n_hidden: np.sqrt(2 / n_in / 3))
