"""10c: the mistakes that are known of a step of Adam."""

import numpy as np

from . import HOLDS_W, holds_w, reference
from .c_adam import adam


@adam.wrong_answer(
    "beta1 and beta2 have changed places throughout: beta1 belongs to m, and beta2 to v."
)
def betas_exchanged_throughout(
    w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7
):
    return reference.adam_step(w, g, m, v, t, lr, beta2, beta1, eps)


@adam.wrong_answer(
    "The betas are 0.9 and 0.999 whatever is handed in. Use the arguments beta1 and "
    "beta2."
)
def betas_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, 0.9, 0.999, eps)


@adam.wrong_answer(
    "The step was made with the m and v of before. Update them first: the new ones "
    "count."
)
def moved_by_the_old_means(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    root = np.sqrt(v / (1 - beta2**t)) + eps
    _, *new = reference.adam_step(w, g, m, v, t, lr, beta1, beta2, eps)
    return w - lr * m / (1 - beta1**t) / root, *new


@adam.wrong_answer(
    "One beta does for both means: v runs with beta1 throughout. beta2 belongs to v."
)
def one_beta_for_both(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, beta1, beta1, eps)


@adam.wrong_answer(
    "w is right, and m and v came back as they were. Return the new ones, or no mean "
    "ever runs."
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
    "That is Adamax: in it v is the largest size of a gradient, and fades, and the step "
    "is divided by it as it is. Adam's v is a running mean of squares."
)
def adamax(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    m = beta1 * m + (1 - beta1) * g
    v = np.maximum(beta2 * v, np.abs(g))
    return w - lr * m / (1 - beta1**t) / (v + eps), m, v


@adam.wrong_answer("beta1 is 0.9 whatever is handed in. Use the argument.")
def beta1_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, 0.9, beta2, eps)


@adam.wrong_answer("beta2 is 0.999 whatever is handed in. Use the argument.")
def beta2_typed_in(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    return reference.adam_step(w, g, m, v, t, lr, beta1, 0.999, eps)
