"""room_client: the room that a learner has joined, and what is sent to it.

Without `join` there is no room, and nothing of this reads, writes or sends anything.
"""

from __future__ import annotations

from grader.room_client.client import (
    JoinedRoom,
    count_untold,
    find,
    forget,
    is_unknown,
    keep,
    tell,
)

__all__ = ["JoinedRoom", "count_untold", "find", "forget", "is_unknown", "keep", "tell"]
