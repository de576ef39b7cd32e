"""lesson_grader: start the program, unless Python finds another `grader` first.

This module has another name, because that other one would be asked for `grader.cli`.
"""

import importlib.util
import sys
from pathlib import Path


def main() -> int:
    """Run the words that were typed after the program's name; return the exit code."""
    if stranger := find_stranger():
        print(
            f"Python finds another grader before this program's: {stranger}. Rename "
            "it, or take its folder off Python's path (PYTHONPATH).",
            file=sys.stderr,
        )
        return 2
    from grader.cli import main

    return main()


def find_stranger() -> str:
    """Return the module that hides the grader; "" if none does."""
    spec = importlib.util.find_spec("grader")
    places = [*(spec.submodule_search_locations or (spec.origin,))] if spec else []
    first = places[0] if places else None
    return first if first and not Path(first, "cli", "program.py").is_file() else ""
