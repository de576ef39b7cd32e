"""The grader, and the commands for a notebook: ``%load_ext grader``, ``check("3e")``.

The modules behind these commands are imported when one of them is used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def load_ipython_extension(ipython: object) -> None:
    """Add %grade, %hint and %solution to a notebook: ``%load_ext grader``."""
    _words().load(ipython)


def check(exercise: str = "") -> None:
    """Grade an exercise, ``check("3e")``, or the whole lesson in this notebook."""
    if _is_in_notebook():
        _words().grade(exercise)


def hint(exercise: str) -> None:
    """Show the next hint of an exercise."""
    if _is_in_notebook():
        _words().hint(exercise)


def solution(exercise: str) -> None:
    """Show the solution of an exercise that is right or had three graded attempts."""
    if _is_in_notebook():
        _words().solution(exercise)


def _is_in_notebook() -> bool:
    """Return whether IPython is running; it isn't where a page is graded or run."""
    shell = sys.modules.get("IPython")
    return shell is not None and shell.get_ipython() is not None


def _words() -> ModuleType:
    # `grader.notebook` uses the terminal, which imports this package.
    return importlib.import_module("grader.notebook")
