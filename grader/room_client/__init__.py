"""room_client: the room that a learner has joined, and what is sent to it.

Without `join` there is no room, and nothing of this reads, writes or sends anything.
"""

from __future__ import annotations

from grader.room_client.joined_room import JoinedRoom, find, forget, is_unknown, keep
from grader.room_client.outbox import count_untold, tell

__all__ = ["JoinedRoom", "count_untold", "find", "forget", "is_unknown", "keep", "tell"]
