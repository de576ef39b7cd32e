"""basis: what a verdict rests on, as a report has it."""

from __future__ import annotations

import msgspec

# Stands for the file itself among the names that checks have asked for.
WHOLE = "*"


class Basis(msgspec.Struct, frozen=True):
    """What a verdict rests on: while it is unchanged, the verdict may be kept.

    Attributes:
        asked: the names of the attempt's file that the checks have asked for.
        code: a hash of what these names are, and of all that they use.
        judged_at: when the checks were run: UTC, ISO 8601.
        is_kept: whether they were not run for this report, but for an earlier one.
    """

    asked: tuple[str, ...]
    code: str
    judged_at: str
    is_kept: bool = False
