"""dates: read the dates that people type or write into lists."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time

from grader.common.errors import Misuse


def parse_due_date(words: str, where: str = "--due") -> datetime:
    """Return the last moment that isn't late; for just a date, the end of that day.

    Args:
        words: a date, or a date and a time.
        where: where these words are from, for error messages.

    Raises:
        Misuse: if the words aren't a date.
    """
    try:
        moment = datetime.fromisoformat(words)
        with contextlib.suppress(ValueError):
            moment = datetime.combine(date.fromisoformat(words), time.max)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Misuse(
            f"{where} {words!r} isn't a date; write 2026-11-25 or 2026-11-25T18:00."
        ) from error
