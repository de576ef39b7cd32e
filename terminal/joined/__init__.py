"""joined: a room that the learner has joined, and what it is told of their gradings.

Without `join` there is no room, and nothing of this reads, writes or sends anything.
"""

from __future__ import annotations

from terminal.joined.membership import Membership, find, forget, is_unknown, keep
from terminal.joined.queue import count_untold, tell

__all__ = ["Membership", "count_untold", "find", "forget", "is_unknown", "keep", "tell"]
