"""5f: the slow machine."""

import numpy as np

from grader.checks import callback, exercise, expect

from . import PAPER_P, PAPER_Y, PAPER_Z

MOST_NOTED = 1000  # numbers a question; a dozen are asked for
MOST_EXTRA = 300  # questions beside the two an entry, before the machine is stopped
ROUNDING = 1e-14  # what is left of a step that was taken and taken back is smaller
ALIKE = 1.2  # a step of 1e-13 from 4.0 is stored 7 % off; other steps are twice as long


class Probe:
    """A function for the learner's machine, which notes where it is asked."""

    def __init__(self, function, z):
        self.function = function
        self.start = np.array(z)
        self.asked = []

    def __call__(self, z):
        z = np.asarray(z)
        if z.size > MOST_NOTED or z.dtype.kind not in "biuf":
            raise ValueError("f takes an array of numbers, of the shape of z")
        self.asked.append(np.array(z))
        return float(self.function(np.asarray(z, dtype=np.float64)))

    def facts(self):
        """What the questions tell: the steps and their sides, the dtype, how many."""
        fits = [z for z in self.asked if z.shape == self.start.shape]
        moves = np.array([z - self.start for z in fits] or [0 * self.start])
        moved = np.abs(moves) > ROUNDING
        counts = moved.reshape(len(moves), -1).sum(axis=1)
        steps = np.abs(moves)[moved]
        least, most = (steps.min(), steps.max()) if steps.size else (0.0, 0.0)
        return {
            "least": float(least),
            "most": float(most),
            # Only where all are alike is there one step to speak of.
            "step": float(np.median(steps)) if 0 < most <= ALIKE * least else None,
            "unmoved": bool(fits) and not moved.any(),
            "is_float32": any(z.dtype == np.float32 for z in self.asked),
            "calls": len(self.asked),
            "strange": [
                str(z.shape) for z in self.asked if z.shape != self.start.shape
            ],
            "is_row": bool(is_a_row(moved[0])),
            "together": int(counts[0]),
            "stays_moved": bool(counts[0] == 1 and counts[-1] > 1),
        }


def is_a_row(moved):
    """Whether just the entries of one row are moved, of more than one."""
    if moved.ndim < 2 or moved[0].size < 2:
        return False
    rows = moved.reshape(len(moved), -1)
    return len(rows) > 1 and rows.any(axis=1).sum() == 1 and rows.all(axis=1).any()


def cubes(z):
    """A function whose gradient is 3 z squared."""
    return np.sum(z**3)


machine = exercise(
    "5f",
    "The slow machine",
    points=15,
    name="numeric_grad",
    hints=(
        "Wiggle one entry, and watch what f does.",
        "(f with the entry + h, minus f with the entry - h) / (2 * h)",
        "for i in np.ndindex(z.shape): old = z[i], ask f twice, then z[i] = old",
    ),
)

CUBE_Z = np.array(
    [[2.0, -1.5, 3.0, 0.5], [1.0, 2.5, -2.0, 4.0], [-3.0, 0.25, 1.5, -0.75]]
)


def asked(attempt, function, z, **more):
    """The learner's gradient, and what the questions to `function` told."""
    probe = Probe(function, z)
    f = callback(probe, name="f", most=2 * z.size + MOST_EXTRA)
    answer = attempt.numeric_grad(f, z.copy(), **more)
    return expect(answer, **probe.facts())


@machine.check
def finds_the_gradient_of_cubes(attempt):
    """For f = sum of z cubed it finds 3 z squared, with the h that it comes with."""
    # The bend of a cube adds h * h = 1e-10, rounding at most 3e-9.
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
def checks_the_loss_itself(attempt, reference):
    """It finds the gradient of the paper batch's loss."""
    found = asked(attempt, lambda z: reference.loss_from_logits(PAPER_Y, z), PAPER_Z)
    # Centred differences at 1e-5 are 3e-11 off here, one-sided ones 2.7e-7.
    found.close_to((PAPER_P - PAPER_Y) / 4, tolerance=1e-8)


@machine.check
def takes_the_step_it_is_given(attempt):
    """With h = 0.1 it steps by 0.1: for cubes the answer is then 0.01 too large."""
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
        "For {entries} entries f was called {calls} times; twice each makes {twice}.",
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


@machine.mistake(
    "That is a one-sided difference: on the paper batch its error is 2.7e-7 instead of "
    "3e-11. Step both ways and divide by 2h."
)
def forward_difference(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        grad[i] = (f(z) - here) / h
        z[i] = old
    return grad


@machine.mistake(
    "One-sided difference, to the left: as rough as one to the right. "
    "Step both ways and divide by 2h."
)
def backward_difference(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old - h
        grad[i] = (here - f(z)) / h
        z[i] = old
    return grad


@machine.mistake(
    "Exactly twice too big: from z - h to z + h the way is 2h long. Divide by 2 * h."
)
def divided_by_one_step(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / h
        z[i] = old
    return grad


@machine.mistake(
    "The sign is turned around: it is f(z + h) minus f(z - h), in this order."
)
def turned_around(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (f(z) - above) / (2 * h)
        z[i] = old
    return grad


@machine.mistake("/ 2 * h divides by 2 and then multiplies by h. Write / (2 * h).")
def brackets_forgotten(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / 2 * h
        z[i] = old
    return grad


@machine.mistake(
    "Exactly half: after + h, a step of - h only leads back to z. "
    "Step down from the old entry: z[i] = old - h."
)
def only_back_to_the_middle(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad, here = np.zeros(z.shape), f(z)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        grad[i] = (f(z) - here) / (2 * h)
        z[i] = old
    return grad


@machine.mistake(
    "You divided by 2, and h is missing: from z - h to z + h the way is 2 * h long."
)
def h_is_missing(f, z, h=1e-5):
    z = np.array(z, dtype=np.float64)
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / 2
        z[i] = old
    return grad


@machine.mistake(
    "You moved all entries at once, so you got one slope for all of them. "
    "Move one entry, and leave the others where they are."
)
def all_entries_at_once(f, z, h=1e-5):
    return (f(z + h) - f(z - h)) / (2 * h)


@machine.mistake(
    "You took a step of your own, whatever h says. Use the h that is given."
)
def own_step(f, z, h=1e-5):
    z, h = np.array(z, dtype=np.float64), 1e-5
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        grad[i] = (above - f(z)) / (2 * h)
        z[i] = old
    return grad


@machine.mistake(
    "Your loop walks along two axes. np.ndindex(z.shape) walks along all there are."
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
    "f takes an array like z, and you handed it one of shape {s}. "
    "Move the entry inside z, z[i] = old + h, and ask f(z).",
    edit=("above = f(z)", "above = f(z[i])"),
)
def asked_about_a_part(answer):
    strange = answer.facts.get("strange")
    return bool(strange) and {"s": strange[0]}


@machine.symptom(
    "You moved {m} entries at once, a whole row. Move one entry at a time: "
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
    "f was asked about moved entries, and every entry of your answer is 0. Is what you "
    "compute stored, in grad[i]?",
    edit=("grad[i] =", "slope ="),
)
def never_stored(answer):
    return answer.facts["most"] > ROUNDING and not np.any(answer.value)


@machine.symptom(
    "The entries before stay moved while the next one is tried. Is the old entry put "
    "back, z[i] = old? Or does each entry begin with a copy of its own, z.copy()?",
    edit=("        z[i] = old\n", ""),
)
def stays_moved(answer):
    return bool(answer.facts.get("stays_moved"))


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
    example="""
def numeric_grad(f, z, h=1e-5):
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i] += h / 2
        down[i] -= h / 2
        grad[i] = (f(up) - f(down)) / h
    return grad
""",
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
