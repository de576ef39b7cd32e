"""8g: bins that hold something else."""

import numpy as np

from .g_calibration import calibration


@calibration.wrong_answer(
    "Your bins hold equally many photos. Here they are equally wide: equal steps from 0 "
    "to 1, however many photos lie in each."
)
def equally_many(p, labels, bins=10):
    c, right = p.max(axis=1), p.argmax(axis=1) == labels
    parts = np.array_split(np.argsort(c), bins)
    gaps = [
        abs((right[part] - c[part]).mean()) * len(part) for part in parts if len(part)
    ]
    return float(sum(gaps) / len(c))


@calibration.wrong_answer(
    "All the numbers of p went into bins, each with whether its class is the true one. "
    "Here a photo has one confidence: its largest p."
)
def every_class_in_bins(p, labels, bins=10):
    c, right = p.ravel(), np.eye(p.shape[1])[labels].ravel()
    error = 0.0
    for b in range(bins):
        inside = (c > b / bins) & (c <= (b + 1) / bins)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - c[inside].mean())
    return float(error)
