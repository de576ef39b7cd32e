"""false_warnings: ignore warnings about code that is right."""

from __future__ import annotations

import platform
import sys
import warnings


def ignore_false_warnings() -> None:
    """Ignore the warnings that matrix products give on Macs with Apple silicon.

    NumPy uses Apple's library there, which sets the processor's flags for errors that
    didn't happen. See https://github.com/numpy/numpy/issues/28687.
    """
    if sys.platform == "darwin" and platform.machine() == "arm64":
        message = r"(divide by zero|overflow|invalid value) encountered in matmul$"
        warnings.filterwarnings("ignore", message, RuntimeWarning)
