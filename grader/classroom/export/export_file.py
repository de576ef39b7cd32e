"""export_file: what is handed over, before it is written."""

from __future__ import annotations

import msgspec


class ExportFile(msgspec.Struct, frozen=True):
    """A file to be written: its path below the chosen folder, and its bytes."""

    path: str
    content: bytes


class Filled(msgspec.Struct, frozen=True):
    """A filled worksheet, and who could not be brought together.

    Attributes:
        file: the worksheet.
        not_in_class: participants of the worksheet without a grading.
        not_in_worksheet: graded learners whom the worksheet does not list.
        unequal: lessons that are worth something else in the other system.
        unlisted: lessons for which the other system lists no assignment.
    """

    file: ExportFile
    not_in_class: tuple[str, ...]
    not_in_worksheet: tuple[str, ...]
    unequal: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
