"""authoring: draw what was proved of a lesson."""

from __future__ import annotations

from grader.verify import Verification
from terminal.render.screen import Screen


def draw_verification(proved: Verification, screen: Screen) -> None:
    """One line of counts, and every problem below it."""
    word, style = ("wrong", "red") if proved.problems else ("good ", "green")
    skipped = f" ({proved.mistakes_skipped} slow)" if proved.mistakes_skipped else ""
    counts = (
        f"{proved.exercises} exercises, {proved.checks} checks, "
        f"{proved.mistakes_named} of {proved.mistakes} mistakes named{skipped}, "
        f"{proved.numbers} numbers recomputed, {proved.quoted} quoted"
    )
    screen.print(
        screen.line(
            (f"{word}  ", f"bold {style}"), (proved.lesson, "bold"), f"  {counts}"
        )
    )
    for problem in proved.problems:
        screen.print(screen.beside("    ", problem))
