"""Functions that record how a learner's numeric_grad calls them."""

import numpy as np

MOST_NOTED = 1000  # numbers per call; the checks use a dozen
ROUNDING = 1e-14  # a step that was undone leaves less than this
ALIKE = 1.2  # a step of 1e-13 from 4.0 is stored 7 % off; other steps are twice as long


class Probe:
    """A function that records the arrays it is called with."""

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
        """Return what the calls show: the steps, the dtype, the number of calls."""
        fits = [z for z in self.asked if z.shape == self.start.shape]
        moves = np.array([z - self.start for z in fits] or [0 * self.start])
        moved = np.abs(moves) > ROUNDING
        counts = moved.reshape(len(moves), -1).sum(axis=1)
        steps = np.abs(moves)[moved]
        least, most = (steps.min(), steps.max()) if steps.size else (0.0, 0.0)
        return {
            "least": float(least),
            "most": float(most),
            # There is one step only if all are alike.
            "step": float(np.median(steps)) if 0 < most <= ALIKE * least else None,
            "unmoved": bool(fits) and not moved.any(),
            "is_float32": any(z.dtype == np.float32 for z in self.asked),
            "calls": len(self.asked),
            "strange": [
                str(z.shape) for z in self.asked if z.shape != self.start.shape
            ],
            "is_row": bool(is_a_row(moved[0])),
            "together": int(counts[0]),
            "most_together": int(counts.max()),
            # Entries that aren't restored accumulate; z - h changes all at once.
            "stays_moved": bool(
                counts[0] == 1 and counts[-1] > 1 and max(counts[:2]) < max(counts[-2:])
            ),
        }


def is_a_row(moved):
    """Return whether exactly the entries of one row are moved, of several rows."""
    if moved.ndim < 2 or moved[0].size < 2:
        return False
    rows = moved.reshape(len(moved), -1)
    return len(rows) > 1 and rows.any(axis=1).sum() == 1 and rows.all(axis=1).any()


def cubes(z):
    """Return the sum of cubes, whose gradient is 3 z squared."""
    return np.sum(z**3)
