"""alternative: another way to write an exercise, for who has it right."""

from __future__ import annotations

import textwrap

import msgspec
from msgspec.structs import force_setattr


class Alternative(msgspec.Struct, frozen=True):
    """Another right answer to an exercise, and why one would write it.

    Attributes:
        code: the whole function, which passes the exercise's checks; it may be indented
            as its declaration is.
        why: what is gained with it, and what it costs.
    """

    code: str
    why: str

    def __post_init__(self) -> None:
        """Take the declaration's indentation off the code."""
        force_setattr(self, "code", textwrap.dedent(self.code).strip())
