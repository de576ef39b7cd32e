"""gone: what to do instead of commands, options and values that no longer exist."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from grader.common import extensions
from grader.common.errors import Misuse
from grader.course.installation import format_command

# For each, as it was typed: a sentence, and a command to type instead, if there is one.
GONE = {
    "dev.reference": (
        "new-course writes docs/words.md. To bring the page up to date:",
        "dev.build",
    ),
    "dev.try --seed": (
        "All attempts get the same questions. To find verdicts that depend on them:",
        "dev.verify --seeds 12",
    ),
    "run --window": (
        "Figures in full size are on the page in your browser:",
        "serve lesson3",
    ),
    "progress": (
        "Your gradings of a lesson, and the mistakes that were named, are here:",
        "overview lesson3",
    ),
    "grade --cold": (
        "Each grading is a process of its own now, so the option isn't needed.",
        "grade lesson3",
    ),
    "grade --verbose": (
        "A report says which layers of the sandbox are missing. To see all of them:",
        "doctor",
    ),
    "--print-completion-script": (
        "The shell asks the program itself now; docs/terminal.md of the course says "
        "how to set that up.",
        "",
    ),
}


def find_gone() -> Mapping[str, tuple[str, str]]:
    """Return the removed commands and options, with what to type instead."""
    gone: dict[str, tuple[str, str]] = {}
    for place in extensions.places_of(extensions.GONE).values():
        with contextlib.suppress(Misuse):  # a damaged table has no sentences
            gone |= extensions.load(place, dict)
    return gone | GONE


def describe_instead(words: str) -> str:
    """Return what to do instead of words that somebody typed, or "" if they exist."""
    sentence, command = find_gone().get(words, ("", ""))
    return f"{sentence}  {format_command(command)}" if command else sentence
