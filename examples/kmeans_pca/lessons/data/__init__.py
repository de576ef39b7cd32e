"""data: the leaves, read from the file beside this one.

The file is read when this module is imported, so that attempts, which may open no file,
can use the leaves, too.
"""

from pathlib import Path

import numpy as np

COLUMNS = ("length", "width", "stalk", "widest")
KINDS = ("willow", "oak", "linden")

_PATH = Path(__file__).resolve().parent / "leaves.csv"
_ROWS = np.loadtxt(_PATH, delimiter=",", skiprows=1)


def load_leaves():
    """Load the leaves.

    Returns:
        Tuple of two NumPy arrays: the measurements in cm, of shape (120, 4), and the
        kinds, of shape (120,), as positions in KINDS.

    Example:
        >>> leaves, kinds = load_leaves()
        >>> leaves.shape, kinds[:3]
        ((120, 4), array([1, 0, 2]))
    """
    return _ROWS[:, :4].copy(), _ROWS[:, 4].astype(int)
