"""5f: a gradient by brute force."""

import numpy as np

from grader.checks import Alternative, callback, exercise, expect, slip

from ..probe import ALIKE, ROUNDING, Probe, cubes
from . import PAPER_P, PAPER_Y, PAPER_Z

MOST_EXTRA = 300  # calls on top of two per entry, before the function is stopped

machine = exercise(
    "numeric_grad",
    hints=(
        "Change one entry a little, and see how f changes.",
        "Call f with the entry + h and with the entry - h. Divide the difference by 2 * h.",
        "for i in np.ndindex(z.shape): keep old = z[i], call f twice, then z[i] = old",
    ),
    alternative=Alternative(
        code="""
            def numeric_grad(f, z, h=1e-5):
                grad = np.empty(z.shape)
                for i in np.ndindex(z.shape):
                    step = np.zeros(z.shape)
                    step[i] = h
                    grad[i] = (f(z + step) - f(z - step)) / (2 * h)
                return grad
        """,
        why=(
            "z is never changed, so nothing has to be restored, even if f raises an "
            "error. The price: three new arrays for each entry."
        ),
    ),
)

CUBE_Z = np.array(
    [[2.0, -1.5, 3.0, 0.5], [1.0, 2.5, -2.0, 4.0], [-3.0, 0.25, 1.5, -0.75]]
)


def asked(attempt, function, z, **more):
    """Return the learner's gradient, and facts about how it called `function`."""
    probe = Probe(function, z)
    f = callback(probe, name="f", most=2 * z.size + MOST_EXTRA)
    answer = attempt.numeric_grad(f, z.copy(), **more)
    return expect(answer, **probe.facts())


@machine.check
def finds_the_gradient_of_cubes(attempt):
    """For f = the sum of z cubed it finds 3 z squared, with its default h."""
    # The bend of a cube adds h * h = 1e-10, and rounding at most 3e-9.
    asked(attempt, cubes, CUBE_Z).close_to(3 * CUBE_Z**2, tolerance=1e-7)


@machine.check
def works_in_any_number_of_dimensions(attempt, rng):
    """It works on a row and on a block of three dimensions."""
    for shape in ((5,), (2, 3, 2)):
        z = rng.normal(size=shape)
        weights = rng.normal(size=shape)
        found = asked(attempt, lambda x, w=weights: np.sum(w * np.sin(x)), z)
        found.close_to(weights * np.cos(z), tolerance=1e-8)


@machine.check
def checks_the_loss_itself(attempt, reference, measured):
    """It finds the gradient of the paper batch's loss."""
    found = asked(attempt, lambda z: reference.loss_from_logits(PAPER_Y, z), PAPER_Z)
    gradient = (PAPER_P - PAPER_Y) / 4
    # Centred differences at 1e-5 are 3e-11 off here, one-sided ones 2.7e-7.
    found.close_to(gradient, tolerance=1e-8)
    apart = np.abs(np.asarray(found.answer.value) - gradient).max()
    measured(f"Your result and (p - y) / 4 are at most {apart:.0e} apart.")


@machine.check
def takes_the_step_it_is_given(attempt):
    """With h = 0.1 it steps by 0.1: for cubes, the answer is then 0.01 too large."""
    found = asked(attempt, cubes, CUBE_Z, h=0.1)
    found.close_to(3 * CUBE_Z**2 + 0.01, tolerance=1e-9)


@machine.check
def asks_twice_for_each_entry(attempt):
    """It calls f exactly twice for every entry of z."""
    z = CUBE_Z[:, :3]
    found = asked(attempt, cubes, z)
    calls = found.answer.facts["calls"]
    found.holds(
        calls == 2 * z.size,
        "For {entries} entries f was called {calls} times; twice each would be {twice}.",
        entries=str(z.size),
        calls=str(calls),
        twice=str(2 * z.size),
    )


@machine.check
def restores_every_entry(attempt):
    """Afterwards z is exactly what it was, to the last bit."""
    z = np.array([0.1, 0.7, 1 / 3, 1e3])
    f = callback(cubes, name="f", most=2 * z.size + MOST_EXTRA)
    attempt.numeric_grad(f, z)


# The right function again, for slips to edit. It works on a copy, because z may be
# read-only, and calls the function behind the callback, which counts its calls.


def numeric_grad(f, z, h=1e-5):
    f, z = f.function, np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        below = f(z)
        z[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad


machine.slips(
    slip(
        "one step to the right",
        "That is a one-sided difference, which is less exact.\n"
        "Step both ways and divide by 2 * h.",
        "(above - below) / (2 * h) -> (above - f(z)) / h",
    ),
    slip(
        "one step to the left",
        "That is a one-sided difference to the left, which is less exact.\n"
        "Step both ways and divide by 2 * h.",
        "(above - below) / (2 * h) -> (f(z) - below) / h",
    ),
    slip(
        "only back to the middle",
        "That is f(z + h) - f(z), one step, divided by the length of two, 2 * h. After "
        "+ h, a step of - h only leads back to z.\n"
        "Step down from the old entry: z[i] = old - h.",
        "(above - below) / (2 * h) -> (above - f(z)) / (2 * h)",
    ),
    slip(
        "divided by one step",
        "You divided by h. Is that the distance from z - h to z + h?\n"
        "The distance is 2 h. Divide by 2 * h.",
        "_ / (2 * h) -> _ / h",
    ),
    slip(
        "brackets forgotten",
        "/ 2 * h divides by 2 and then multiplies by h.\nWrite / (2 * h).",
        "_ / (2 * h) -> _ / 2 * h",
    ),
    slip(
        "h is missing",
        "You divided by 2, and h isn't in the divisor.\n"
        "The distance from z - h to z + h is 2 * h: divide by that.",
        "_ / (2 * h) -> _ / 2",
    ),
    slip(
        "own step",
        "Your step is always the same, whatever h is.\nUse the argument h.",
        "grad = np.zeros(z.shape) -> grad, h = np.zeros(z.shape), 1e-5",
    ),
    slip(
        "all entries at once",
        "You moved all entries of z at once, so each got the sum of all "
        "derivatives.\n"
        "Move one entry, and leave the others as they are.",
        "above - below -> f(z + h) - f(z - h)",
    ),
    without=(
        "factor left out",
        "addend left out",
        "nothing taken away",
        "not divided",
        "plus for minus",  # f is then asked in one place twice: a symptom below
        "minus for plus",
    ),
    sentences={
        "turned round": "The sign is reversed.\n"
        "It is f(z + h) minus f(z - h), in this order.",
    },
    right=numeric_grad,
)


@machine.wrong_answer(
    "You moved all entries at once, so you got one derivative for all of them.\n"
    "Move one entry, and leave the others as they are."
)
def all_entries_at_once(f, z, h=1e-5):
    return (f(z + h) - f(z - h)) / (2 * h)


@machine.wrong_answer(
    "Your loop assumes two axes, and z may have more.\n"
    "np.ndindex(z.shape) gives all indices, whatever the number of axes.",
    raises=("ValueError",),
)
def two_dimensions_only(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    n, k = z.shape
    for i in np.ndindex(n, k):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] = old
    return grad


@machine.symptom(
    "You call f in float32, where even a right gradient looks wrong.\n"
    "Do gradient checks in float64.",
    edit=(
        "    grad = np.zeros(z.shape)",
        "    z = z.astype(np.float32)\n    grad = np.zeros(z.shape)",
    ),
)
def in_float32(answer):
    return bool(answer.facts.get("is_float32"))


@machine.symptom(
    "Your steps are {h} long: below 1e-7, rounding dominates.\nUse about 1e-5.",
    edit=("h=1e-5", "h=1e-12"),
)
def step_too_small(answer):
    step = answer.facts["step"]
    return step < 1e-7 and {"h": f"{step:.0e}".replace("e-0", "e-")}


@machine.symptom(
    "f takes an array like z, and you passed one of shape {s}.\n"
    "Change the entry inside z, z[i] = old + h, and call f(z).",
    edit=("above = f(z)", "above = f(z[i])"),
)
def asked_about_a_part(answer):
    strange = answer.facts.get("strange")
    return bool(strange) and {"s": strange[0]}


@machine.symptom(
    "You moved {m} entries at once, a whole row.\n"
    "Move one entry at a time. np.ndindex(z.shape) gives the index of each.",
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
    "f was called only twice, and z has {n} entries. Is return inside the loop?\n"
    "Put it after the loop.",
    edit=("    return grad", "        return grad"),
)
def returned_inside_the_loop(answer):
    facts, n = answer.facts, np.size(answer.args[1])
    return facts["calls"] == 2 and facts["together"] == 1 < n and {"n": str(n)}


@machine.symptom(
    "f got an unchanged z each time. Do you change the array that you pass to f, or only "
    "a copy of it? Or do you write up = z without .copy()? Then both names are the same "
    "array, and the two steps cancel.",
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
    "You call f with changed entries, but every entry of your answer is 0. Do you store "
    "the result?\n"
    "It belongs in grad[i].",
    edit=("grad[i] =", "change ="),
)
def never_stored(answer):
    found, z = np.asarray(answer.value), answer.args[1]
    is_whole = found.dtype.kind in "iuf" and found.size == np.size(z) > 0
    return answer.facts["most"] > ROUNDING and is_whole and not np.any(found)


@machine.symptom(
    "Earlier entries are still changed while you try the next one. Do you restore the old "
    "entry, or start each entry with a new copy?\n"
    "Use either z[i] = old, or z.copy() for each entry.",
    edit=("        z[i] = old\n", ""),
)
def stays_moved(answer):
    return bool(answer.facts.get("stays_moved"))


@machine.symptom(
    "In one call of f, one entry was changed; in another, {m} at once. Do you use z + h or "
    "z - h somewhere? That changes every entry.\n"
    "Change only one: z[i] = old - h.",
    edit=("below = f(z)", "z[i], below = old, f(z - h)"),
)
def now_one_now_many(answer):
    facts = answer.facts
    is_both = facts["together"] == 1 < facts["most_together"]
    return is_both and not facts["stays_moved"] and {"m": str(facts["most_together"])}


@machine.symptom(
    "Your steps are {h} long: over such a step the curve bends.\nUse about 1e-5.",
    edit=("h=1e-5", "h=1e-2"),
)
def step_too_large(answer):
    step = answer.facts["step"]
    return "h" not in answer.kwargs and step > 1e-4 and {"h": f"{step:.0e}"}


@machine.symptom(
    "Your steps have several lengths, from {least} to {most}, and h is {given}.\n"
    "A centred difference takes two steps per entry: h up and h down.",
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
    "You move an entry by {h}, and h is {given}.\n"
    "Move it by h itself, up and down, and divide by 2 * h.",
    edit=("grad = np.zeros(z.shape)", "grad, h = np.zeros(z.shape), h / 2"),
)
def another_step_than_given(answer):
    given, step = answer.kwargs.get("h"), answer.facts["step"]
    is_other = given is not None and abs(step / given - 1) > 1e-3
    return is_other and {"h": f"{step:g}", "given": f"{given:g}"}


@machine.symptom(
    "Afterwards, z isn't exactly what it was. Do you add h, subtract 2 h and add h "
    "again? That rounds.\n"
    "Keep the old entry, and put it back.",
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
