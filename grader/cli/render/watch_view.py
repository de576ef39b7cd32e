"""watch_view: draw a session that grades on every save."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from grader.cli.render import grading
from grader.cli.render.grading import SolvedExercise
from grader.cli.render.screen import Screen
from grader.cli.render.training import TrainingBar
from grader.cli.watch import Key
from grader.report import Report
from grader.report.focus import Focus
from grader.report.sentences import last_state_line
from grader.report.view import NextCommands

_KEYS = {
    Key.HINT: "hint",
    Key.NEXT: "next lesson",
    Key.RUN: "run again",
    Key.QUIT: "quit",
}


class WatchBoard:
    """Draw a session.

    Args:
        screen: where to draw.
        path: the attempt, as one would type its path.
        commands: the commands that come next.
    """

    def __init__(
        self,
        screen: Screen,
        path: str,
        commands: NextCommands,
    ) -> None:
        self._screen = screen
        self._path = path
        self._commands = commands
        self._bar = TrainingBar(screen)

    def show_waiting(self, has_keys: bool) -> None:
        """Print what the session waits for, as the last line."""
        keys = "   ".join(f"{key} {words}" for key, words in _KEYS.items())
        words = keys if has_keys else f"Watching {self._path}. Ctrl-C ends."
        self._screen.print("", self._screen.text(words, "dim"))

    def show_grading(self, saved_at: datetime | None) -> None:
        """Acknowledge a save, or announce a grading."""
        self._bar = TrainingBar(self._screen)
        if saved_at is None:
            self._screen.print("", "Grading ...")
        else:
            self._screen.print("", f"Saved {saved_at:%H:%M:%S}, grading ...")

    def show_progress(self, numbers: dict[str, Any]) -> None:
        """Show how far a training run is."""
        self._bar.update(numbers)

    def show_unchanged(self, saved_at: datetime) -> None:
        """Print that a save has changed nothing."""
        self._screen.print(
            "", f"Saved {saved_at:%H:%M:%S}; nothing has changed since the last time."
        )

    def show_cancelled(self) -> None:
        """Print that a grading was cancelled."""
        self._bar.clear()
        self._screen.print(self._screen.text("Not finished.", "dim"))

    def show_verdict(self, report: Report, focus: Focus, last: str = "") -> None:
        """Draw a report, and what has changed since the one before."""
        self._bar.clear()
        right = [] if report.problem else focus.became_right
        successes = [SolvedExercise(x) for x in report.exercises if x.tag in right]
        grading.draw(report, self._screen, self._commands, successes, focus=focus)
        if last:
            words = last_state_line(report, last)
            self._screen.print("", self._screen.text(words, "yellow"))

    def show_problem(self, sentence: str) -> None:
        """Print something that the learner should know."""
        self._bar.clear()
        self._screen.print("", self._screen.text(sentence, "yellow"))
