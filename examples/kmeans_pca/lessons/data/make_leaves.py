"""make_leaves: draw the invented leaves, and write leaves.csv.

Run it from this folder:  python make_leaves.py
"""

from pathlib import Path

import numpy as np

# A typical leaf of each kind: length, width, stalk, and widest (how far above the stalk
# it is widest), in cm.
TYPICAL = np.array([[9.2, 1.9, 0.9, 4.1], [9.0, 5.1, 0.8, 5.4], [5.6, 5.3, 3.0, 2.0]])
EACH = 40


def make_leaves(seed=4):
    """Return the measurements and the kinds of the leaves, in a random order."""
    rng = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(TYPICAL)), EACH)
    # A big leaf is big in everything, and each measurement varies by itself, too.
    size = np.exp(0.13 * rng.normal(size=(len(kinds), 1)))
    own = np.exp(0.09 * rng.normal(size=(len(kinds), TYPICAL.shape[1])))
    leaves = np.round(TYPICAL[kinds] * size * own, 1)
    order = rng.permutation(len(kinds))
    return leaves[order], kinds[order]


def write_leaves(path):
    """Write the leaves as a table: four measurements, then the kind."""
    lines = ["length,width,stalk,widest,kind"]
    for leaf, kind in zip(*make_leaves(), strict=True):
        lines.append(",".join([*(f"{x:.1f}" for x in leaf), str(kind)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_leaves(Path(__file__).with_name("leaves.csv"))
