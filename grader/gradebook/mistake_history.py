"""mistake_history: the mistakes that somebody was told of, for a second look."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from grader.report import Mistake, Report


class NamedMistake(msgspec.Struct, frozen=True):
    """A mistake that was named to somebody.

    Attributes:
        exercise: the tag of its exercise.
        sentence: what was told of it, the last time.
        versions: in how many versions of the file it was.
        is_right: whether the exercise was right when it was graded last.
    """

    exercise: str
    sentence: str
    versions: int
    is_right: bool


def find_named(reports: Iterable[Report]) -> tuple[NamedMistake, ...]:
    """Return the mistakes that were told in these reports, which come in their order.

    Where several mistakes gave the same answer, nobody knows which one was made: it is
    not listed.
    """
    told: dict[str, tuple[str, str]] = {}
    versions: dict[str, set[str]] = {}
    right: dict[str, bool] = {}
    for report in reports:
        right |= {one.tag: one.is_right for one in report.exercises}
        for tag, mistake in _told_in(report):
            told[mistake.tag] = tag, mistake.sentence
            versions.setdefault(mistake.tag, set()).add(report.attempt_sha256)
    return tuple(
        NamedMistake(tag, sentence, len(versions[name]), right[tag])
        for name, (tag, sentence) in sorted(told.items(), key=lambda item: item[1][0])
    )


def _told_in(report: Report) -> Iterable[tuple[str, Mistake]]:
    """Yield the mistake that the one message of a report names, with its exercise."""
    first = report.first_not_passed
    mistakes = first.finding.mistakes if first and first.finding else ()
    if first and not report.problem and len(mistakes) == 1:
        yield first.tag, mistakes[0]
