"""cli: the program that people type: parse the words, make one call, draw the result.

The functions that judge, draw or count a class are imported inside the functions that
use them, so that no command waits for the imports of another.
"""

import os
import sys

# An environment variable that turns the warm grader off, for tests and wherever several
# processes would compete. Where there is a debug log, it contains the whole grading.
COLD = "GRADER_COLD"
_TURN_OFF = (COLD, "CI", "GRADER_DEBUG")


def main() -> int:
    """Run the words that were typed after the program's name; return the exit code."""
    # A warm grader has everything ready, so nothing else is imported before it is
    # asked.
    if sys.argv[1:2] == ["grade"] and can_be_warm():
        from grader.cli import warm_grader

        code = warm_grader.run(sys.argv)
        if code is not None:
            return code
    from grader.cli import program

    return program.main()


def can_be_warm() -> bool:
    """Return whether a process may stay: in a terminal, on Linux, unless turned off."""
    is_off = any(name in os.environ for name in _TURN_OFF)
    # A stream that was closed earlier is None.
    is_terminal = all(one and one.isatty() for one in (sys.stdin, sys.stdout))
    return sys.platform == "linux" and is_terminal and not is_off
