"""class_view: draw a class while it is graded, and what its instructor should know."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from grader.classroom.class_grading import Graded, Tally
from grader.classroom.notes import group
from grader.classroom.summary import LEFT_OUT
from grader.cli.render.screen import Screen
from grader.cli.render.training import LiveLine
from grader.report import Outcome
from grader.report.sentences import count_of, isolation_line

_BAR_WIDTH = 24
_SHOWN = 8
_MOST_LOOKS = 20
_MOST_OF_A_KIND = 4
_TOO_FEW = 3  # gradings, until a rate means anything


class ClassBar:
    """A live line that shows how many are graded, how fast, and the time left.

    If the output isn't a terminal, every submission gets a line instead. Use it as a
    context manager.

    Attributes:
        done: how many are done.
    """

    def __init__(self, total: int, screen: Screen) -> None:
        self._total = total
        self._screen = screen
        self.done = 0
        self._graded = 0
        self._began = time.monotonic()
        self._line = LiveLine(screen)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.erase()

    def update(self, done: Graded) -> None:
        """Show one more submission."""
        self.done += 1
        self._graded += done.is_new
        if self._screen.is_live:
            self._draw(done)
        elif done.is_new:
            self._screen.print(self._screen.text(self._words(done)))

    def _draw(self, done: Graded) -> None:
        share = self.done / max(1, self._total)
        line = self._screen.line(
            (self._screen.bar(share, _BAR_WIDTH), "cyan"),
            f"  {self.done} of {self._total}{self._pace()}  ",
            (self._words(done), "dim"),
        )
        self._line.show(line)

    def _pace(self) -> str:
        if self._graded < _TOO_FEW:
            return ""
        each_s = (time.monotonic() - self._began) / self._graded
        left_s = each_s * (self._total - self.done)
        return f"  {60 / each_s:.0f} a minute, {_duration(left_s)} left"

    def _words(self, done: Graded) -> str:
        report = done.report
        score = report.score if report else "no report"
        if report and report.is_untouched:
            score = Outcome.NOT_ATTEMPTED.word
        name = done.submission.learner.display_name
        return f"{name}  {done.submission.lesson}  {score}"


def draw_notices(notices: Sequence[str], screen: Screen) -> None:
    """Print notices about unclear submissions; of many of one kind, the first ones."""
    for kind, some in group(notices):
        shown = some[:_MOST_OF_A_KIND] if kind else some
        if len(shown) < len(some):
            screen.print(screen.beside(("note  ", "yellow"), f"{kind} {len(some)}:"))
        for notice in shown:
            screen.print(screen.beside(("note  ", "yellow"), notice))
        if more := len(some) - len(shown):
            screen.print(screen.beside(("note  ", "yellow"), f"and {more} more."))
    if notices:
        screen.print("")


def draw_tally(tally: Tally, wall_s: float, screen: Screen) -> None:
    """Draw the state of the class, and what to explain next."""
    draw_notices(sorted(tally.exposed), screen)
    rate = f", {60 * tally.graded / wall_s:.0f} a minute" if tally.graded else ""
    screen.print(
        "",
        screen.line(
            (f"{tally.graded} graded", "bold"),
            f" in {_duration(wall_s)}{rate}; {tally.known} "
            f"{'was' if tally.known == 1 else 'were'} known already.",
        ),
    )
    if count := tally.untouched:
        pages = (
            "1 is an untouched page" if count == 1 else f"{count} are untouched pages"
        )
        screen.print(
            f"{pages}; {'it counts' if count == 1 else 'they count'} as not handed in."
        )
    for lesson, scores in sorted(tally.scores.items()):
        _draw_scores(lesson, scores, screen)
    if tally.outdated or tally.changes:
        screen.print("", screen.text("Changes since the last grading", "bold"))
        draw_changes(tally, screen)
    _draw_hardest(tally, screen)
    _draw_mistakes(tally, screen)
    _draw_unnamed(tally, screen)
    _draw_looks(tally, screen)
    if tally.isolation:
        screen.print("")
    for found in sorted(tally.isolation):
        screen.print(screen.text(isolation_line(found), "dim"))


def draw_next(place: str, notices: Sequence[str], screen: Screen) -> None:
    """Print what to do after a class is graded."""
    if notices:
        counts = [f"{kind or 'other'} {len(some)}" for kind, some in group(notices)]
        many = f"{len(notices)} notes on the submissions ({', '.join(counts)}) are"
        words = "One note on the submissions is" if len(notices) == 1 else many
        screen.print("", f"{words} above, and in the report.")
    screen.print("", "Next: a page about the progress of the class, and the scores.")
    screen.print(screen.command(f"class.report {place}"))
    screen.print(screen.command(f"class.export {place} --to csv"))


def _draw_scores(lesson: str, scores: Counter[int | float], screen: Screen) -> None:
    count, full = scores.total(), scores[100]
    have = "has" if full == 1 else "have"
    bands = Counter(min(score // 10, 10) for score in scores.elements())
    screen.print(
        "", screen.line((lesson, "bold"), f"  {count} graded, {full} {have} 100")
    )
    for band in sorted(bands, reverse=True):
        name = "100" if band == 10 else f"{10 * band}-{10 * band + 9}"
        bar = screen.bar(bands[band] / count, _BAR_WIDTH)
        screen.print(screen.line(f"{name:>7}  ", (bar, "cyan"), f"  {bands[band]}"))


def _draw_hardest(tally: Tally, screen: Screen) -> None:
    hard = [one for one in tally.sorted() if one.counts.share_passed < 1][:_SHOWN]
    if hard:
        screen.print("", screen.text("Hardest exercises, of those who tried", "bold"))
    for exercise in hard:
        counts = exercise.counts
        bar = screen.bar(counts.share_passed, _BAR_WIDTH)
        words = f"  {counts.passed} of {counts.counted} right  "
        lead = screen.line(f"  {exercise.tag}  ", (bar, "cyan"), words)
        screen.print(screen.beside(lead, exercise.title))
    if any(one.counts.elsewhere for one in hard):
        screen.print(screen.text(LEFT_OUT, "dim"))


def _draw_mistakes(tally: Tally, screen: Screen) -> None:
    common = tally.mistakes.sorted()[:_SHOWN]
    if common:
        screen.print("", screen.text("What to explain next", "bold"))
    for shared in common:
        words = f"{shared.people}: {shared.sentence} {shared.cure}".rstrip()
        screen.print(screen.beside("  ", words))


def _draw_unnamed(tally: Tally, screen: Screen) -> None:
    common = tally.unnamed.sorted()[:_SHOWN]
    if common:
        screen.print("", screen.text("Answers without a name", "bold"))
    for shared in common:
        call = shared.finding.call or shared.finding.look
        words = f"{shared.people}: {call or shared.finding.sentence}"
        screen.print(screen.beside("  ", words))


def _draw_looks(tally: Tally, screen: Screen) -> None:
    if tally.look:
        screen.print("", screen.text("Needs a look", "bold"))
    for learner, lesson, why in tally.look[:_MOST_LOOKS]:
        screen.print(screen.beside("  ", f"{learner}, {lesson}: {why}"))
    if len(tally.look) > _MOST_LOOKS:
        screen.print(f"  and {len(tally.look) - _MOST_LOOKS} more")


def draw_changes(tally: Tally, screen: Screen, again: str = "") -> None:
    """Draw whose score changes, with the old and the new one.

    Args:
        tally: the class.
        screen: where to draw.
        again: after a preview, the command that records the new gradings.
    """
    for change in tally.changes:
        scores = f"{change.before.score} -> {change.after.score}"
        style = "red" if change.after.score < change.before.score else "green"
        words = screen.line(
            (change.submission.learner.display_name, "bold"),
            f"  {change.submission.lesson}  {', '.join(change.exercises)}",
        )
        screen.print(screen.beside((f"{scores:>10}  ", style), words))
    for done in tally.lost:
        words = screen.text(f"{done.submission.place}: {done.error}")
        screen.print(screen.beside(("lost  ", "red"), words))
    changes, others = len(tally.changes), tally.unchanged
    same = sum(one.before.score == one.after.score for one in tally.changes)
    different = changes - same
    head = f"{count_of(different, 'score')} {'changes' if different == 1 else 'change'}"
    unchanged = f", {same} {'stays' if same == 1 else 'stay'} although exercises change"
    rest = f", {others} {'does' if others == 1 else 'do'} not change."
    screen.print(screen.line((head, "bold"), (unchanged if same else "") + rest))
    if tally.lost:
        screen.print(
            f"{len(tally.lost)} couldn't be graded again and keep their scores."
        )
    if count := tally.ungraded:
        was = "was" if count == 1 else "were"
        screen.print(f"{count} {was} never graded, or {was} replaced since.")
    if again:
        screen.print("Nothing is recorded yet. To grade the class, and keep this:")
        screen.print(screen.command(again))
    else:
        screen.print("The earlier gradings are kept in the gradebook.")


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"
