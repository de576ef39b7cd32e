"""5f: what the questions to f show of mistakes."""

import numpy as np

from ..probe import ALIKE, ROUNDING
from .f_machine import machine


@machine.symptom(
    "You asked f in float32. Do gradient checks in float64: in float32 even a right "
    "gradient looks wrong.",
    edit=(
        "    grad = np.zeros(z.shape)",
        "    z = z.astype(np.float32)\n    grad = np.zeros(z.shape)",
    ),
)
def in_float32(answer):
    return bool(answer.facts.get("is_float32"))


@machine.symptom(
    "Your steps are {h} long: below 1e-7 rounding noise wins. Use about 1e-5.",
    edit=("h=1e-5", "h=1e-12"),
)
def step_too_small(answer):
    step = answer.facts["step"]
    return step < 1e-7 and {"h": f"{step:.0e}".replace("e-0", "e-")}


@machine.symptom(
    "f takes an array like z, and you handed it one of shape {s}.\n"
    "Move the entry inside z, z[i] = old + h, and ask f(z).",
    edit=("above = f(z)", "above = f(z[i])"),
)
def asked_about_a_part(answer):
    strange = answer.facts.get("strange")
    return bool(strange) and {"s": strange[0]}


@machine.symptom(
    "You moved {m} entries at once, a whole row. Move one entry at a time.\n"
    "np.ndindex(z.shape) walks through all of them.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in range(len(z)):
        up, down = z.copy(), z.copy()
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad
""",
)
def a_row_at_once(answer):
    return answer.facts["is_row"] and {"m": str(answer.facts["together"])}


@machine.symptom(
    "f was called twice in all, and z has {n} entries. Does return stand in the loop? "
    "Put it behind the loop.",
    edit=("    return grad", "        return grad"),
)
def returned_inside_the_loop(answer):
    facts, n = answer.facts, np.size(answer.args[1])
    return facts["calls"] == 2 and facts["together"] == 1 < n and {"n": str(n)}


@machine.symptom(
    "f saw z unmoved each time. Is the entry moved in the array that f gets, and not in "
    "a copy of it? Or is up = z without .copy()? Both names are then one array, and the "
    "two steps cancel.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        up, down = z, z
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad
""",
)
def steps_cancel(answer):
    return answer.facts["unmoved"]


@machine.symptom(
    "f was asked about moved entries, and every entry of your answer is 0. Is what "
    "you compute stored?\n"
    "It belongs in grad[i].",
    edit=("grad[i] =", "slope ="),
)
def never_stored(answer):
    found, z = np.asarray(answer.value), answer.args[1]
    is_whole = found.dtype.kind in "iuf" and found.size == np.size(z) > 0
    return answer.facts["most"] > ROUNDING and is_whole and not np.any(found)


@machine.symptom(
    "The entries before stay moved while the next one is tried. Is the old entry put "
    "back? Or does each entry begin with a copy of its own?\n"
    "Either z[i] = old, or z.copy() for each entry.",
    edit=("        z[i] = old\n", ""),
)
def stays_moved(answer):
    return bool(answer.facts.get("stays_moved"))


@machine.symptom(
    "In one question f saw one entry moved, in another {m} at once. Does z + h or z - h "
    "stand somewhere? That moves every entry.\n"
    "Move one entry alone: z[i] = old - h.",
    edit=("below = f(z)", "z[i], below = old, f(z - h)"),
)
def now_one_now_many(answer):
    facts = answer.facts
    is_both = facts["together"] == 1 < facts["most_together"]
    return is_both and not facts["stays_moved"] and {"m": str(facts["most_together"])}


@machine.symptom(
    "Your steps are {h} long: over such a step a curve bends. Use about 1e-5.",
    edit=("h=1e-5", "h=1e-2"),
)
def step_too_large(answer):
    step = answer.facts["step"]
    return "h" not in answer.kwargs and step > 1e-4 and {"h": f"{step:.0e}"}


@machine.symptom(
    "Your steps are of several lengths, from {least} to {most}, and h = {given} was "
    "handed in. A centred difference takes two steps for an entry, h up and h down.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        def moved(step):
            other = z.copy()
            other[i] += step
            return f(other)
        near, far = moved(h) - moved(-h), moved(2 * h) - moved(-2 * h)
        grad[i] = (8 * near - far) / (12 * h)
    return grad
""",
)
def several_steps(answer):
    facts, given = answer.facts, answer.kwargs.get("h", 1e-5)
    return facts["most"] > ALIKE * facts["least"] > 0 and {
        "least": f"{facts['least']:.0e}".replace("e-0", "e-"),
        "most": f"{facts['most']:.0e}".replace("e-0", "e-"),
        "given": f"{given:g}",
    }


@machine.symptom(
    "You move an entry by {h}, and h = {given} was handed in. "
    "Move it by h itself, up and down, and divide by 2 * h.",
    edit=("grad = np.zeros(z.shape)", "grad, h = np.zeros(z.shape), h / 2"),
)
def another_step_than_given(answer):
    given, step = answer.kwargs.get("h"), answer.facts["step"]
    is_other = given is not None and abs(step / given - 1) > 1e-3
    return is_other and {"h": f"{step:g}", "given": f"{given:g}"}


@machine.symptom(
    "z is not what it was, down to the last bit. Do you add h, subtract 2h and add h "
    "again? That rounds: keep the old entry, and put it back.",
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        z[i] += h
        above = f(z)
        z[i] -= 2 * h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] += h
    return grad
""",
)
def not_restored(answer):
    return bool(answer.modified)
