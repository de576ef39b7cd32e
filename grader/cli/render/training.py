"""training: a live line for a training run, and one permanent line for each epoch.

rich's own `Live` hides the cursor until it is stopped. If the process is killed in
between, the terminal has no cursor any more. A single line doesn't need that.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from grader.cli.render.screen import Screen

_ERASE = Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2))


class LiveLine:
    """A line that replaces the one before; it is drawn only on a terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_shown = False

    def show(self, text: Text) -> None:
        """Draw a text instead of the last one; an empty text changes nothing."""
        if not self._screen.is_live or not text.plain.strip():
            return
        # Some terminals go to the next row as soon as the last column is filled.
        text.truncate(self._screen.width - 1)
        self.erase()
        self._screen.console.print(text, end="", soft_wrap=True)
        self._is_shown = True

    def erase(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._screen.console.control(_ERASE)
            self._is_shown = False


_BAR_WIDTH = 20
# A worker may report epochs without end.
_MOST_LINES = 200


class TrainingBar:
    """Show how far a grading is; a context manager.

    On a terminal there is one live line at the bottom: first `waiting`, then the
    batches of the current epoch. Otherwise only the lines of finished epochs are
    written. If no batches are reported, epochs are quick and many, so the bar counts
    them and no lines stay.

    Args:
        screen: where to draw.
        waiting: the text until something can be measured.
    """

    def __init__(self, screen: Screen, waiting: str = "") -> None:
        self._screen = screen
        self._waiting = waiting
        self._line = LiveLine(screen)
        self._lines = 0

    def __enter__(self) -> Self:
        self._line.show(self._screen.text(self._waiting, "dim"))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def clear(self) -> None:
        """Remove the live line."""
        self._line.erase()

    def say(self, words: str) -> None:
        """Show words on the live line."""
        self._line.show(self._screen.text(words, "dim"))

    def update(self, progress: Mapping[str, Any]) -> None:
        """Show the numbers of a training run.

        Args:
            progress: epoch, epochs, step, steps and the measures, such as loss and
                accuracy. Missing entries and those that aren't numbers are left out.
        """
        epoch, epochs = _count(progress, "epoch"), _count(progress, "epochs")
        step, steps = _count(progress, "step"), _count(progress, "steps")
        numbers = _numbers(progress)
        measures = "  ".join(f"{name} {value}" for name, value in numbers.items())
        if not steps and not step and epochs:
            self._show(f"epoch {epoch} of {epochs}  ", epoch / epochs, f"  {measures}")
            return
        head = f"epoch {epoch} of {epochs}" if epochs else f"epoch {epoch}"
        if steps and step >= steps:
            short = f"{epoch}/{epochs}  " if epochs else f"{head}  "
            pairs = _pairs(numbers)
            forms = (f"{head}  {measures}", short + measures, short + "  ".join(pairs))
            lines = short + f"\n{' ' * len(short)}".join(pairs)
            width = self._screen.width
            self._finish(next((one for one in forms if len(one) <= width), lines))
            return
        batches = f"{step} of {steps}" if steps else str(step)
        share = step / steps if steps else 0.0
        self._show(f"{head}  ", share, f"  {batches}  {measures}")

    def _show(self, head: str, share: float, rest: str) -> None:
        """Put a bar between words on the live line."""
        bar = self._screen.bar(share, _BAR_WIDTH)
        self._line.show(self._screen.line(head, (bar, "cyan"), rest))

    def _finish(self, words: str) -> None:
        """Write a permanent line for an epoch that is over."""
        self._line.erase()
        self._lines += 1
        if self._lines <= _MOST_LINES:
            self._screen.print(words)
        self._line.show(self._screen.text(self._waiting, "dim"))


def _count(progress: Mapping[str, Any], name: str) -> int:
    # It comes from a worker, which may send anything: nan, a text, 10**400.
    try:
        return min(max(0, int(progress.get(name, 0))), 10**9)
    except (TypeError, ValueError, OverflowError):
        return 0


def _numbers(progress: Mapping[str, Any]) -> dict[str, str]:
    """Return the measures as they are shown, with the loss first."""
    others = [n for n in progress if n not in ("epoch", "epochs", "step", "steps")]
    names = sorted(others, key=lambda name: (name != "loss", name))
    numbers = {name: progress[name] for name in names[:6]}
    return {
        name[:20]: f"{value:.4f}"
        for name, value in numbers.items()
        if isinstance(value, float)
    }


def _pairs(numbers: Mapping[str, str]) -> list[str]:
    """Return each measure with its value on the validation images (val in Keras).

    >>> _pairs({"loss": "0.2500", "accuracy": "0.9000", "val_loss": "0.3000"})
    ['loss 0.2500, val 0.3000', 'accuracy 0.9000']
    """
    validation_names = {f"val_{name}": name for name in numbers}
    beside = {
        validation_names[n]: f", val {value}"
        for n, value in numbers.items()
        if n in validation_names
    }
    return [
        f"{name} {value}{beside.get(name, '')}"
        for name, value in numbers.items()
        if name not in validation_names
    ]
