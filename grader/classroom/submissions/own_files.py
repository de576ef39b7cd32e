"""own_files: what the class's commands wrote among the submissions, and left out.

Beside what was handed in it would be read as one more learner, and a class's zip file
beside a learner's folder as that of one person.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from grader.classroom.records import EXPORT, FEEDBACK_MARK, REPORT
from grader.classroom.submissions.entries import Entry
from grader.classroom.submissions.levels import HANDED_IN


def leave_out(entries: Iterable[Entry]) -> list[Entry]:
    """Return what is left of a folder's entries without reports, exports and feedback.

    A learner's folder may be called as ours are: one that holds what may be an attempt
    stays.
    """
    rest = [entry for entry in entries if not _is_feedback(entry)]
    theirs = {entry.parts[0] for entry in rest if entry.suffix in HANDED_IN}
    own = {EXPORT, REPORT} - theirs
    return [
        entry for entry in rest if len(entry.parts) == 1 or entry.parts[0] not in own
    ]


def _is_feedback(entry: Entry) -> bool:
    """Return whether it is a zip file of feedback, as its last bytes say."""
    if entry.suffix != ".zip" or entry.size < len(FEEDBACK_MARK):
        return False
    try:
        with entry.open() as file:
            file.seek(-len(FEEDBACK_MARK), os.SEEK_END)
            return file.read() == FEEDBACK_MARK
    except OSError:  # said where its members are asked for
        return False
