"""success: draw what is told of exercises that are right, in short or in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from grader.cli.render.screen import Screen
from grader.report import ExerciseResult, Outcome
from grader.report.report_lines import count_of

if TYPE_CHECKING:
    from grader.checks import Alternative

_FEW = 3


class Success(msgspec.Struct, frozen=True):
    """An exercise that is right, and another way to write it, where there is one."""

    exercise: ExerciseResult
    alternative: Alternative | None = None


def draw_in_full(successes: Sequence[Success], screen: Screen) -> None:
    """Draw every claim that was checked, and the other way to write each exercise."""
    for success in successes:
        claims = _claims(success)
        screen.print("", _heading(success, screen), *_list(claims, screen))
        if success.alternative:
            screen.print(*_draw_alternative(success.alternative, screen))


def draw_in_short(successes: Sequence[Success], screen: Screen, again: str) -> None:
    """Draw a few claims of the last exercise that has become right, and the way on.

    Args:
        successes: the exercises that are right now and were not before.
        screen: where to draw.
        again: the command that grades the attempt again; "" for no way on.
    """
    *others, last = successes
    if others:
        tags = ", ".join(success.exercise.tag for success in others)
        screen.print("", f"Also right now: {tags}.")
    claims = _claims(last)
    few = _choose_few(last)
    screen.print("", _heading(last, screen), *_list(few, screen))
    more = len(claims) - _FEW
    if again and (last.alternative or more > 0):
        and_more = count_of(more, "more claim") if more > 0 else ""
        way = "another way to write it" if last.alternative else ""
        words = " and ".join(filter(None, (and_more, way)))
        screen.print(f"{words[0].upper()}{words[1:]}:")
        screen.print(screen.command(f"{again} --exercise {last.exercise.tag} --more"))


def draw_way_to_more(successes: Sequence[Success], screen: Screen, again: str) -> None:
    """Say how all is told, where a whole lesson has become right."""
    if again:
        has_ways = any(success.alternative for success in successes)
        words = ", and other ways to write it" if has_ways else ""
        screen.print("", f"What was checked{words}:", screen.command(f"{again} --more"))


def draw_page_made(path: str, screen: Screen) -> None:
    """Say where the page to keep is."""
    screen.print("Your page is made. Open it in a browser, print it, keep it:")
    screen.print(screen.line("  ", (path, "bold")))


def _heading(success: Success, screen: Screen) -> Text:
    exercise = success.exercise
    return screen.line(
        (f"{exercise.tag} is right. ", "bold green"), "This was checked:"
    )


def _claims(success: Success) -> list[str]:
    return [check.full_sentence for check in success.exercise.checks if check.sentence]


def _choose_few(success: Success) -> list[str]:
    """Return the claims that are told in short: first those with a number of the
    learner's.
    """
    checks = [check for check in success.exercise.checks if check.sentence]
    chosen = sorted(checks, key=lambda check: not check.measured)
    return [check.full_sentence for check in chosen[:_FEW]]


def _list(claims: Sequence[str], screen: Screen) -> Iterator[RenderableType]:
    mark = (f"  {screen.glyph(Outcome.PASSED)} ", "green")
    return (screen.beside(mark, claim) for claim in claims)


def _draw_alternative(way: Alternative, screen: Screen) -> Iterator[RenderableType]:
    yield Text()
    yield screen.text("Another way to write it:")
    yield Padding(screen.text(way.code.strip("\n")), (0, 0, 0, 4))
    yield screen.beside("  ", way.why)
