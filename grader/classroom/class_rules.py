"""class_rules: what a lecturer has switched on for a class, in its ``rules.json``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.classroom.class_files import read_json

FILE_NAME = "rules.json"


class ClassRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a class; all are off unless its file switches them on.

    Attributes:
        carried_errors: an exercise has its points if its report shows that it fails
            only because of another exercise.
    """

    carried_errors: bool = False


def load_rules(folder: Path) -> ClassRules:
    """Return the rules of the class in a folder.

    Raises:
        Misuse: if the file can't be read, or it names a rule that doesn't exist.
    """
    advice = 'It is a file such as {"carried_errors": true}.'
    return read_json(folder / FILE_NAME, ClassRules, advice)
