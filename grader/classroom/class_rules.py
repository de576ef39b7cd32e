"""class_rules: what a lecturer has switched on for a class, in its ``rules.json``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.classroom.class_files import read_class_file
from grader.errors import Misuse

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
        Misuse: the file cannot be read, or it names a rule that there isn't.
    """
    path = folder / FILE_NAME
    content = read_class_file(path)
    if content is None:
        return ClassRules()
    try:
        return msgspec.json.decode(content, type=ClassRules)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Misuse(
            f"{path} can't be read: {error}. It is a file such as "
            '{"carried_errors": true}.'
        ) from error
