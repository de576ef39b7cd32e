"""other_ways: another way to write an exercise, for who has it right."""

from __future__ import annotations

import textwrap

import msgspec
from msgspec.structs import force_setattr


class OtherWay(msgspec.Struct, frozen=True):
    """Another right answer to an exercise, and what it buys.

    Attributes:
        code: the whole function, which passes the exercise's checks; it may be indented
            as its declaration is.
        buys: what is gained with it, and what it costs.
    """

    code: str
    buys: str

    def __post_init__(self) -> None:
        """Take the declaration's indentation off the code."""
        force_setattr(self, "code", textwrap.dedent(self.code).strip())
