"""5g: the step of a gradient check."""

import numpy as np

from grader.checks import exercise, expect

from . import PAPER_Y, PAPER_Z

step = exercise(
    "CHOICE",
    hints=(
        "Where is each of your two curves lowest?",
        "Take an h of 1e-5 and go to 1e-4: the error grows, by which factor? Then go to "
        "1e-6: does the error still fall?",
        "Divide h by 10. If the error becomes 100 times smaller, it comes from the bend. If it "
        "grows, it comes from rounding, because you divide by a smaller 2 h.",
    ),
)

# The paper batch, centred differences: 1e-4, 1e-5 and 1e-6 are below 2e-9 in float64,
# and 1e-3 and 1e-7 are at 2e-8 or more. In float32, 1e-1 to 1e-3 are below 7e-4, and
# 1e-4 is at 5e-3. These numbers don't depend on a seed.
ENOUGH = {"float64": 1e-8, "float32": 1e-3}


def entry(key):
    """The name of one entry."""
    return f'CHOICE["{key}"]'


def error_of(h, dtype):
    """Return the relative error of a gradient check of the paper batch with this step."""
    y, z = PAPER_Y.astype(dtype), PAPER_Z.astype(dtype)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = loss(y, z)
        z[i] = old - h
        below = loss(y, z)
        z[i] = old
        grad[i] = (above - below) / (2 * h)
    e = np.exp(PAPER_Z)
    right = (e / e.sum(axis=1, keepdims=True) - PAPER_Y) / len(PAPER_Z)
    size = np.maximum(1e-8, np.abs(grad) + np.abs(right))
    return float((np.abs(grad - right) / size).max())


def loss(y, z):
    """Return the mean loss, in the type of the logits."""
    shifted = z - z.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -(y * logs).sum(axis=1).mean()


def chosen(attempt, dtype):
    """The answer with a step, which has to be one that a gradient check can use."""
    answer = attempt.entry("CHOICE", f"h in {dtype}")
    h = expect(answer).number()
    expect(answer).holds(
        1e-15 <= h <= 1, "h is a step, such as 1e-3: a number between 1e-15 and 1."
    )
    error = error_of(h, dtype)
    expect(answer, error=error).holds(
        error <= ENOUGH[dtype],
        f"In {dtype} the relative error with this h is {{error}}; another h gives "
        f"less than {ENOUGH[dtype]:.0e}.",
        error=f"{error:.1e}",
    )
    return error


@step.check
def h_is_good_in_float64(attempt, measured):
    """In float64, your h gives a relative error below 1e-8 on the paper batch."""
    measured(f"Its error is {chosen(attempt, 'float64'):.1e}.")


@step.check
def h_is_good_in_float32(attempt, measured):
    """In float32, your h gives a relative error below 1e-3 on the paper batch."""
    measured(f"Its error is {chosen(attempt, 'float32'):.1e}.")


@step.check
def knows_why_large_steps_fail(attempt):
    """You know where the error comes from if h is too large."""
    expect(attempt.entry("CHOICE", "h is too large")).is_choice("b", of="abc")


@step.check
def knows_why_small_steps_fail(attempt):
    """You know where the error comes from if h is too small."""
    expect(attempt.entry("CHOICE", "h is too small")).is_choice("a", of="abc")


step.wrong_choices(
    {
        entry("h is too large"): {
            "a": "Rounding matters when f(z + h) and f(z - h) are nearly equal. Are they, if "
            "h is 0.1?",
            "c": "A wrong gradient would be as wrong at h = 1e-5. What does your curve say "
            "there?",
        },
        entry("h is too small"): {
            "b": "Over a shorter step the curve bends less, so that error falls. Does "
            "yours?",
            "c": "A wrong gradient would be as wrong at h = 1e-5. What does your curve say "
            "there?",
        },
    }
)


def step_of(answer):
    """The step that was answered, or nan."""
    value = answer.value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else float("nan")


def is_wrong_step(answer):
    """Whether the answer is a step in the allowed range that isn't good enough."""
    return "error" in answer.facts


@step.symptom(
    "Smaller isn't more exact here. At your h, f(z + h) and f(z - h) agree in most of their "
    "digits. How much of their difference is rounding?",
    example='CHOICE["h in float64"] = 1e-12',
    function=entry("h in float64"),
)
def smallest_in_float64(answer):
    return is_wrong_step(answer) and step_of(answer) < 1e-6


@step.symptom(
    "Your h is to the right of the lowest point of the float64 curve.\n"
    "Dividing it by 10 makes the error about 100 times smaller.",
    example='CHOICE["h in float64"] = 1e-2',
    function=entry("h in float64"),
)
def too_large_in_float64(answer):
    return is_wrong_step(answer) and step_of(answer) > 1e-4


@step.symptom(
    "A float32 has about seven digits, a float64 about sixteen. Your h drowns in the rounding "
    "of float32: look at its own curve.\n"
    "If both of your curves are alike, does numeric_grad change z to float64?",
    example='CHOICE["h in float32"] = 1e-5',
    function=entry("h in float32"),
)
def too_small_in_float32(answer):
    return is_wrong_step(answer) and step_of(answer) < 1e-2


@step.symptom(
    "Your h is to the right of the lowest point of the float32 curve: over such a step the "
    "loss bends too much.",
    example='CHOICE["h in float32"] = 0.5',
    function=entry("h in float32"),
)
def too_large_in_float32(answer):
    return is_wrong_step(answer) and step_of(answer) > 0.1
