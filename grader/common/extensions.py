"""extensions: what installed distributions add to the grader, by their entry points.

Each entry point has a name and a place, such as ``grader.classroom.commands:report``.
A distribution lists them in its ``pyproject.toml``; ``lesson-grader`` itself adds
classes and rooms in this way. The groups are these:

* ``grader.commands``: a command, by the name that is typed
* ``grader.options``: more options of a command, as a second one that runs if one of
  them is given; its name begins with the command's, as in ``serve.room``
* ``grader.exports``: a format of `class.export --to`, as a function of the class
* ``grader.autograders``: a system of `grade --to`, see `grader.cli.grading.Autograder`
* ``grader.gone``: what to do instead of words that can't be typed any more, as in
  `grader.cli.gone`
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any

from grader.common.errors import Misuse

COMMANDS, OPTIONS, EXPORTS = "grader.commands", "grader.options", "grader.exports"
AUTOGRADERS, GONE = "grader.autograders", "grader.gone"


@functools.cache
def places_of(group: str) -> Mapping[str, str]:
    """Return the places of everything that is in a group, by name."""
    # Most commands need no extension, and don't wait for this import.
    from importlib.metadata import entry_points

    places: dict[str, str] = {}
    for entry_point in entry_points(group=group):
        places.setdefault(entry_point.name, entry_point.value)
    return dict(sorted(places.items()))


def load(place: str, kind: type = object) -> Any:
    """Import and return the object at a place.

    Raises:
        Misuse: if it isn't there, or isn't of this kind.
    """
    module, _, name = place.partition(":")
    try:
        part = getattr(importlib.import_module(module), name)
        if not isinstance(part, kind):
            raise TypeError(f"it is no {kind.__name__}")
    except Exception as error:  # whatever a module of somebody else's raises
        why = " ".join(str(error).split()) or type(error).__name__
        raise Misuse(
            f"{place} cannot be loaded ({why}). Install the package that brings it "
            "again, or remove it."
        ) from error
    return part
