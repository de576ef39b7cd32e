"""numbers: every number in the text is computed again, or quoted with its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType

from grader.document import build
from grader.document.catalog import Lesson
from grader.judge.loading import describe_error, shown

# Decimals, and whole numbers from 1,000 on; with or without a comma for thousands.
NUMBER = re.compile(
    r"(?<![\w.])\d[\d,]*\.\d+(?:e-?\d+)?|(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.,])\d{4,}(?![\w.])"
)


def number_problems(lesson: Lesson, module: ModuleType) -> Iterator[str]:
    """Yield what the text, NUMBERS and QUOTED say that does not fit together."""
    text = build.prose(lesson.solution)
    tables = {name: getattr(module, name, {}) for name in ("NUMBERS", "QUOTED")}
    for name, table in tables.items():
        if not isinstance(table, dict) or not all(
            isinstance(key, str) for key in table
        ):
            yield (
                f"{name} is a dict whose keys are numbers of the text, in quotes; "
                "yours is not"
            )
            return
    numbers, quoted = tables.values()
    for number, compute in numbers.items():
        yield from _wrong(number, compute, lesson)
    for number in (*numbers, *quoted):
        if number not in text:
            yield f"{number} is in NUMBERS or QUOTED and not in the text; take it out"
    accounted = " ".join((*numbers, *quoted))
    for number in sorted(set(NUMBER.findall(text))):
        if number not in numbers and not _is_part(number, accounted):
            yield (
                f"the number {number} in the text is computed nowhere; add it to "
                "NUMBERS, which computes it, or to QUOTED with its source"
            )


def _wrong(number: str, compute: object, lesson: Lesson) -> Iterator[str]:
    if not callable(compute):
        yield (
            f"{_place(number, lesson)}: nothing computes {number} in NUMBERS; "
            f'write "{number}": lambda: and then what it comes from'
        )
        return
    try:
        computed = str(compute())
    except Exception as error:  # whatever its author wrote may fail in any way
        said = describe_error(error, lesson.checks).rstrip(".")
        yield f"the number {number} of NUMBERS cannot be computed: {said}"
        return
    if computed != number:
        yield f"the text says {number}; NUMBERS computes {computed}"


def _place(number: str, lesson: Lesson) -> str:
    """Return the checks and the line in which a number stands as a key."""
    lines = lesson.checks.read_text(encoding="utf-8").splitlines()
    found = [i for i, line in enumerate(lines, 1) if f'"{number}":' in line]
    return shown(lesson.checks) + (f", line {found[-1]}" if found else "")


def _is_part(number: str, accounted: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", accounted))
