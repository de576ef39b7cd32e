"""deadlines: when something was handed in, as far as anything tells, and if it is late.

Zip files and clones have the time of their download, which tells nothing. Canvas writes
LATE into a name, Moodle's worksheet says when, and git keeps when it was committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from grader.classroom.file_names import on_platform
from grader.classroom.moodle_worksheet import Participant
from grader.classroom.roster import ClassList
from grader.classroom.submissions.clones import content_of, history
from grader.classroom.submissions.place import File


class When(msgspec.Struct, frozen=True):
    """When something was handed in.

    Attributes:
        at: the moment; None if nothing tells it.
        is_told: whether anything says if it is late, or nobody asked.
        is_late: whether it is.
        remark: what to say of it, after the name of its place.
        sha256: of the earlier version that is graded; "" for the file itself.
        blob: that version's name in the clone.
    """

    at: datetime | None = None
    is_told: bool = True
    is_late: bool = False
    remark: str = ""
    sha256: str = ""
    blob: str = ""


class Deadlines:
    """Until when each may hand in, and what tells when they did.

    Args:
        dues: until when each lesson may be handed in, by its name.
        class_list: the roster, with the learners that have longer.
        sheets: Moodle's participants, by number.
    """

    def __init__(
        self,
        dues: Mapping[str, datetime],
        class_list: ClassList,
        sheets: Mapping[str, Participant],
    ) -> None:
        self._dues = dues
        self._extended = class_list.due
        self._sheets = sheets

    def when(self, file: File, lesson: str, learner: str) -> When:
        """Return when a file was handed in by somebody, and whether that is late."""
        due = self._due(lesson, learner)
        named = on_platform(file.owner.name) if file.owner else None
        # Canvas says late by its own deadline, and of the time nothing.
        if named and named.platform == "Canvas":
            remark = "handed in late, by its name." if named.is_late else ""
            return When(is_late=named.is_late, remark=remark)
        if named:
            row = self._sheets.get(named.number)
            return _compare(row.at if row else None, due, "by the worksheet")
        if file.clone and due:
            return _read_commit(file, due)
        return _compare(file.at, due, "by the file's own time")

    def _due(self, lesson: str, learner: str) -> datetime | None:
        """Return the later one of what holds for all and what holds for one learner."""
        moments = (self._dues.get(lesson), self._extended.get(learner))
        return max((one for one in moments if one), default=None)


def shown(moment: datetime) -> str:
    """Return a moment as it is on the clock of this machine."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _compare(at: datetime | None, due: datetime | None, told_by: str) -> When:
    if at is None:
        return When(is_told=due is None)
    if due is None or at <= due:
        return When(at)
    return When(at, is_late=True, remark=f"handed in late: {shown(at)}, {told_by}.")


def _read_commit(file: File, due: datetime) -> When:
    """Return what git says of a file, and the version that it had before the
    deadline.
    """
    told = history(file.clone, file.path, due) if file.clone else None
    if told is None or file.clone is None:
        return When(is_told=False)
    if told.at <= due:
        return When(told.at)
    if not told.blob or told.before is None:
        return _compare(told.at, due, "by its last commit")
    try:
        source = content_of(file.clone, told.blob)
    except OSError:
        return When(is_told=False)
    return When(
        told.before,
        remark=f"graded as it was committed on {shown(told.before)}, in time; it was "
        f"changed after the deadline, on {shown(told.at)}.",
        sha256=hashlib.sha256(source).hexdigest(),
        blob=told.blob,
    )
