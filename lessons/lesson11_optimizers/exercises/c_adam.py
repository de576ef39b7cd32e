"""11c: a step of Adam."""

import numpy as np

from grader.checks import Alternative, exercise, slip

from . import HOLDS_W, expect_parts, expect_steps, holds_w, reference, typed_in

adam = exercise(
    "adam_step",
    may_change=(0, 2, 3, "w", "m", "v"),
    hints=(
        "The first step is right. What does the second step get from the first one?",
        "Which m does the next step need, the one that is divided or the other?",
        "m_hat = m / (1 - beta1**t), v_hat in the same way: the step uses these two, and "
        "you return m and v.",
    ),
    alternative=Alternative(
        code="""
            def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
                m = beta1 * m + (1 - beta1) * g
                v = beta2 * v + (1 - beta2) * g**2
                root = np.sqrt(1 - beta2**t)
                rate = lr * root / (1 - beta1**t)
                return w - rate * m / (np.sqrt(v) + eps * root), m, v
        """,
        why=(
            "Both divisions go into one number, the rate, instead of two arrays. "
            "The price: eps has to be multiplied by the root as well."
        ),
    ),
)
adam.slips(
    slip(
        "bias correction left out",
        "A running mean goes into the step without its bias correction. It starts at 0, "
        "so it is too small in the first steps.\nDivide it by 1 - beta^t.",
        "m / (1 - beta1**t) -> m",
        "v / (1 - beta2**t) -> v",
    ),
    slip(
        "1 - beta without the power",
        "You divided by 1 - beta. That is right for the first step. And after t steps?\n"
        "Divide by 1 - beta**t.",
        "m / (1 - beta1**t) -> m / (1 - beta1)",
        "v / (1 - beta2**t) -> v / (1 - beta2)",
    ),
    slip(
        "1 - beta to the power",
        "You raised the whole divisor to the power t.\nRaise only beta to it.",
        "1 - beta1**t -> (1 - beta1) ** t",
        "1 - beta2**t -> (1 - beta2) ** t",
    ),
    slip(
        "beta^t without 1 -",
        "You divided by beta^t. That is the part still missing after t steps. Which "
        "part is already there?\n"
        "It is 1 - beta^t.",
        "1 - beta1**t -> beta1**t",
        "1 - beta2**t -> beta2**t",
    ),
    slip(
        "multiplied by 1 - beta^t",
        "You multiplied by 1 - beta^t, which makes a young mean even smaller.\n"
        "It is too small already: divide.",
        "m / (1 - beta1**t) -> m * (1 - beta1**t)",
        "v / (1 - beta2**t) -> v * (1 - beta2**t)",
    ),
    slip(
        "t plus 1",
        "You count one step too many. t counts from 1 already.",
        "beta1**t -> beta1 ** (t + 1)",
        "beta2**t -> beta2 ** (t + 1)",
    ),
    slip(
        "t minus 1",
        "You count one step too few. t counts from 1: the first step has t = 1.",
        "beta1**t -> beta1 ** (t - 1)",
        "beta2**t -> beta2 ** (t - 1)",
    ),
    slip(
        "beta times t",
        "You multiplied beta by t.\nIt is beta to the power t. Write beta1**t.",
        "beta1**t -> beta1 * t",
        "beta2**t -> beta2 * t",
    ),
    slip(
        "divided means returned",
        "You return a mean that is already divided. The next step would divide it again.\n"
        "Return the undivided one.",
        "_w, m, _v -> _w, m_hat, _v",
        "_w, _m, v -> _w, _m, v_hat",
        "_w, m, v -> _w, m_hat, v_hat",
    ),
    slip(
        "betas exchanged",
        "The betas are swapped.\nbeta1 belongs to m, and beta2 to v.",
        "beta1 * m + (1 - beta1) * g -> beta2 * m + (1 - beta2) * g",
        "beta2 * v + (1 - beta2) * g**2 -> beta1 * v + (1 - beta1) * g**2",
    ),
    slip(
        "shares exchanged",
        "beta and 1 - beta are swapped.\n"
        "Most of the old mean is kept: a fraction beta.",
        "beta1 * m + (1 - beta1) * g -> (1 - beta1) * m + beta1 * g",
        "beta2 * v + (1 - beta2) * g**2 -> (1 - beta2) * v + beta2 * g**2",
    ),
    slip(
        "1 - beta left out",
        "You add all of the new value.\n"
        "A running mean takes a fraction. Multiply it by 1 - beta.",
        "(1 - beta1) * g -> g",
        "(1 - beta2) * g**2 -> g**2",
    ),
    slip(
        "square left out",
        "v is a running mean of g.\n"
        "It should be a running mean of g^2: a size has no sign.",
        "(1 - beta2) * g**2 -> (1 - beta2) * g",
    ),
    slip(
        "square of m",
        "v is made of the square of m.\nIt is a running mean of g^2.",
        "(1 - beta2) * g**2 -> (1 - beta2) * m**2",
    ),
    slip(
        "nothing kept",
        "You throw the old mean away.\nMultiply it by beta.",
        "beta1 * m + _a -> _a",
        "beta2 * v + _a -> _a",
    ),
    slip(
        "shares of two betas",
        "One of your running means uses both betas.\nEach mean uses only its own.",
        "beta1 * m + (1 - beta1) * _a -> beta1 * m + (1 - beta2) * _a",
        "beta2 * v + (1 - beta2) * _a -> beta2 * v + (1 - beta1) * _a",
    ),
    slip(
        "share squared",
        "You square the factor of g^2, too.\nOnly g is squared.",
        "(1 - beta2) * g**2 -> ((1 - beta2) * g) ** 2",
    ),
    slip(
        "looks ahead",
        "The step looks one step ahead, as Nadam's does: it uses g in addition to "
        "m.\nAdam only uses the mean.",
        "lr * m_hat -> lr * (beta1 * m_hat + (1 - beta1) * g / (1 - beta1**t))",
        "lr * m_hat"
        " -> lr * (beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t))",
    ),
    slip(
        "never falls",
        "v never falls, as in AMSGrad: the larger of the old v and the new one is "
        "kept.\n"
        "Return the running mean itself, which falls again.",
        "v = _v -> v = np.maximum(v, _v)",
    ),
    typed_in(
        "eps",
        "np.sqrt(v_hat) + eps -> np.sqrt(v_hat) + 1e-7",
        "np.sqrt(v_hat) + eps -> np.sqrt(v_hat) + 1e-8",
    ),
    typed_in("lr", "lr * m_hat -> 0.001 * m_hat", "lr * m_hat -> 0.01 * m_hat", "lr * m_hat -> 0.1 * m_hat"),
    slip(
        "size for square",
        "v is a running mean of |g|.\nAdam takes the mean of the squares.",
        "g**2 -> np.abs(g)",
    ),
    slip(
        "no root",
        "You divide the step by v_hat itself.\nTake its root.",
        "np.sqrt(v_hat) -> v_hat",
    ),
    slip(
        "eps inside the root",
        "eps is under the root.\nIn Adam it is added to the root.",
        "np.sqrt(v_hat) + eps -> np.sqrt(v_hat + eps)",
    ),
    slip(
        "eps left out",
        "eps is missing. It keeps the divisor from vanishing where the gradients do.",
        "np.sqrt(v_hat) + eps -> np.sqrt(v_hat)",
    ),
    slip(
        "brackets forgotten",
        "In your answers eps is added to the step, not to the root.\nAre parentheses missing?",
        "w - lr * m_hat / (np.sqrt(v_hat) + eps) "
        "-> w - (lr * m_hat / np.sqrt(v_hat) + eps)",
        "w - lr * m_hat / (np.sqrt(v_hat) + eps) "
        "-> w - lr * m_hat / np.sqrt(v_hat) + eps",
    ),
    slip(
        "g for m",
        "Your step uses g.\nAdam steps by the running mean m_hat.",
        "lr * m_hat -> lr * g",
    ),
    slip(
        "uphill",
        "You step uphill.\nSubtract the step from w.",
        "w - _a -> w + _a",
    ),
    slip("lr left out", "lr is missing in the step.", "lr * m_hat -> m_hat"),
    slip(
        "w alone",
        "You returned only w.\nThe next step needs m and v as well.",
        "_w, m, v -> _w",
    ),
    slip(
        "order of the parts",
        "The parts are in the wrong order.\nReturn w, m, v.",
        "_w, m, v -> _w, v, m",
        "_w, m, v -> m, v, _w",
    ),
    without=(
        "factor left out", "addend left out", "plus for minus", "minus for plus",
        "turned round", "one too few", "one too many", "nothing taken away",
        "no power", "product for power", "not squared", "no square root", "divided twice", "not divided",
        "upside down",
    ),
)  # fmt: skip

# Adam(0.1, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
KERAS = np.array(
    [
        [0.9000013, -1.900001, 0.4000008, 3.0],
        [0.8067848, -1.905264, 0.4052639, 3.0],
        [0.8149824, -1.954551, 0.3981417, 3.0],
        [0.7771122, -1.980075, 0.3872847, 3.0],
        [0.7283236, -2.033209, 0.404357, 3.0],
    ]
)


@adam.check
def follows_keras_for_five_steps(attempt):
    """Five steps give the weights that Keras's Adam gives."""
    settings = {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7}
    expect_steps(attempt, "adam_step", 2, KERAS, **settings)


@adam.check
def agrees_on_other_arrays(attempt, reference, rng):
    """w, m and v agree with the reference for other settings, early and late."""
    for shape, t, lr, beta1, beta2 in (
        ((3, 2), 1, 0.05, 0.8, 0.99),
        ((4,), 7, 0.2, 0.95, 0.9),
        ((2, 2), 300, 0.1, 0.9, 0.995),
    ):
        w, g, m = rng.normal(size=(3, *shape))
        v = rng.uniform(0.5, 2, size=shape)
        given = (w, g, m, v, t, lr, beta1, beta2)
        want = reference.adam_step(*given)
        expect_parts(attempt.adam_step(*given), want, ("w", "m", "v"))


@adam.check
def adds_eps_to_the_root(attempt, reference, rng):
    """With small gradients, late in training, eps is added to the root."""
    w, g, m = rng.normal(size=(3, 4)) * [[1], [0.01], [0.01]]
    v = rng.uniform(0.5, 2, size=4) * 1e-4
    given = (w, g, m, v, 3000, 0.1)
    want = reference.adam_step(*given)
    expect_parts(attempt.adam_step(*given), want, ("w", "m", "v"))


@adam.check
def takes_any_eps(attempt, reference, rng):
    """With a different eps, the step also equals that of the reference."""
    w, g, m = rng.normal(size=(3, 4)) * [[1], [0.01], [1]]
    v = rng.uniform(0.5, 2, size=4) * 1e-4
    # So late that v_hat is v: eps added to the root of v, as in Keras, is right as well.
    given = (w, g, m, v, 100_000, 0.1)
    want = reference.adam_step(*given, eps=1e-3)
    expect_parts(attempt.adam_step(*given, eps=1e-3), want, ("w", "m", "v"))


@adam.wrong_answer(
    "beta1 and beta2 are swapped throughout.\nbeta1 belongs to m, and beta2 to v."
)
def betas_exchanged_throughout(
    w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7
):
    return reference.adam_step(w, g, m, v, t, lr, beta2, beta1, eps)


@adam.wrong_answer(
    "Your betas are always 0.9 and 0.999.\nUse the arguments beta1 and beta2."
)
def betas_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, 0.9, 0.999, eps)


@adam.wrong_answer(
    "Your step uses the old m and v.\nUpdate them first, and use the new ones."
)
def moved_by_the_old_means(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    root = np.sqrt(v / (1 - beta2**t)) + eps
    _, *new = reference.adam_step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w - lr * m / (1 - beta1**t) / root, *new


@adam.wrong_answer("You use beta1 for both means.\nbeta2 belongs to v.")
def one_beta_for_both(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, beta1, beta1, eps)


@adam.wrong_answer(
    "w is right, but you return the old m and v.\n"
    "Return the new ones: the next step needs them."
)
def old_means_returned(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, beta1, beta2, eps)[0], m, v


@adam.symptom(
    HOLDS_W,
    function="adam_step",
    edit=("return w - lr", "return w - lr * 0.004 * w - lr"),
)
def weight_decay(answer):
    return holds_w(answer, reference.adam_step, ("w", "m", "v"))


@adam.wrong_answer(
    "That is Adamax: there v is the largest |g|, which fades, and the step is "
    "divided by v itself.\nAdam's v is a running mean of squares."
)
def adamax(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m = beta1 * m + (1 - beta1) * g
    v = np.maximum(beta2 * v, np.abs(g))
    return w - lr * m / (1 - beta1**t) / (v + eps), m, v


@adam.wrong_answer("Your beta1 is always 0.9.\nUse the argument.")
def beta1_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, 0.9, beta2, eps)


@adam.wrong_answer("Your beta2 is always 0.999.\nUse the argument.")
def beta2_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, beta1, 0.999, eps)


@adam.wrong_answer(
    "The betas are swapped in the bias correction.\nm belongs to beta1, and v to beta2."
)
def betas_exchanged_in_the_correction(
    w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7
):
    _, m, v = reference.adam_step(w, g, m, v, t, lr, beta1, beta2, eps)
    root = np.sqrt(v / (1 - beta1**t)) + eps
    return w - lr * m / (1 - beta2**t) / root, m, v


@adam.wrong_answer(
    "You multiplied both betas by t, and took the size of what became negative.\n"
    "It is beta to the power t. Write beta1**t and beta2**t."
)
def betas_times_t_without_sign(
    w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7
):
    _, m, v = reference.adam_step(w, g, m, v, t, lr, beta1, beta2, eps)
    root = np.sqrt(abs(v / (1 - beta2 * t))) + eps
    return w - lr * m / (1 - beta1 * t) / root, m, v
