"""room_client: the room that a learner has joined, and the messages to it.

Without `join` there is no room, and nothing in this package reads, writes or sends
anything.
"""

from __future__ import annotations

from grader.room_client.client import (
    JoinedRoom,
    count_unsent,
    find_joined_room,
    forget_joined_room,
    is_rejected,
    save_joined_room,
    send_outcomes,
)

__all__ = [
    "JoinedRoom",
    "count_unsent",
    "find_joined_room",
    "forget_joined_room",
    "is_rejected",
    "save_joined_room",
    "send_outcomes",
]
