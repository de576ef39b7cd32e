"""export_file: what is handed over, before it is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file to be written: its path below the chosen folder, and its bytes."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Filled:
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
