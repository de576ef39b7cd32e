"""lesson_grader: start the program, unless Python finds another `grader` first.

It is outside of the package `grader`, of which Python would import the other one's.
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
    if foreign := find_foreign_init():
        print(
            f"{foreign} isn't this program's own file. Has another distribution "
            "called grader overwritten it? Uninstall both, then install lesson-grader "
            "again.",
            file=sys.stderr,
        )
        return 2
    from grader.cli import main

    return main()


def find_foreign_init() -> str:
    """Return the path of the package's `__init__` if it isn't our own; "" if it is."""
    spec = importlib.util.find_spec("grader")
    path = Path(spec.origin or "") if spec else Path()
    # Every version of ours can be loaded into a notebook.
    is_ours = not path.is_file() or b"def load_ipython_extension(" in path.read_bytes()
    return "" if is_ours else str(path)


def find_stranger() -> str:
    """Return the module that hides the grader; "" if none does."""
    spec = importlib.util.find_spec("grader")
    places = [*(spec.submodule_search_locations or (spec.origin,))] if spec else []
    first = Path(places[0] or "").resolve() if places else None
    # This file may be a link to an installer's cache, where its folder has no links.
    beside = Path(__file__).parent.resolve(), Path(__file__).resolve().parent
    # In a copy of the project, this file is inside of the grader's folder, and where it
    # is installed, beside it.
    expected = [place for here in beside for place in (here.parent, here / "grader")]
    return "" if first is None or first in expected else str(first)
