"""lesson_text: check a lesson's text: its numbers, its minutes, its length."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from math import ceil
from types import ModuleType

from grader.checks import Exercise
from grader.course.document.catalog import Lesson
from grader.course.document.cells import EXERCISE_TAG, MINUTES, Cell, Document
from grader.course.document.typeset import marked_formulas, plain
from grader.course.document.typeset.formulas import read
from grader.course.settings import read_settings
from grader.judge.loading import describe_error, display_path

# Indented lines aren't rewrapped, so a terminal of 80 columns would fold them.
WIDEST_INDENTED = 80
_ONLY_ADDRESS = re.compile(r"\s*<https?://\S+>")  # it can't be broken
# If a script takes longer, learners won't wait for it.
PATIENCE_S = 300


def text_problems(lesson: Lesson, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield the problems with headings, stated minutes, and texts that are too long."""
    text = Document.read(lesson.solution).prose
    rules = read_settings(lesson.folder.parents[1]).house_rules
    if rules.minutes:
        yield from minute_problems(text)
    yield from _listing_problems(lesson, minutes_stated(text))
    yield from _title_problems(lesson, text)
    cells = Document.read(lesson.solution).cells
    for exercise in exercises:
        yield from _heading_problems(exercise, cells)
    yield from _reveals_problems(lesson, cells)
    for cell in cells:
        if not cell.is_text:
            continue
        lines = [line for line in cell.source.splitlines() if line.strip()]
        where = f"{display_path(lesson.solution)}, line {cell.line}"
        for formula in marked_formulas(cell.source):
            if read(formula) is None:
                yield (
                    f"{where}: ${formula}$ cannot be set as a formula; write it "
                    "without $"
                )
        if len(lines) > rules.text_lines > 0:
            yield (
                f"{where}: this text has {len(lines)} lines; write "
                f"{rules.text_lines} at most, and code between two texts"
            )
        foldable = [line for line in lines if not _ONLY_ADDRESS.fullmatch(line)]
        if (widest := max(map(len, foldable), default=0)) > rules.text_width > 0:
            yield (
                f"{where}: a line of this text has {widest} characters; "
                f"{rules.text_width} fit into an editor"
            )
        indented = [
            line for line in plain(cell.source).splitlines() if line[:4] == "    "
        ]
        if (widest := max(map(len, indented), default=0)) > WIDEST_INDENTED:
            yield (
                f"{where}: an indented line of this text has {widest} characters; "
                f"{WIDEST_INDENTED} fit into a terminal"
            )


def script_problems(lesson: Lesson) -> Iterator[str]:
    """Yield a problem if the solution fails or prints nothing as a script."""
    root = lesson.solution.parents[1]
    # With another backend, plt.show would open a window and wait for it.
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "MPLBACKEND": "Agg"}
    above = [str(root), os.environ.get("PYTHONPATH", "")]
    quiet["PYTHONPATH"] = os.pathsep.join(filter(None, above))
    # When Keras saves a network, it uses something that NumPy deprecates; that isn't
    # the page's fault.
    ignored = "ignore::DeprecationWarning:keras.src.backend.tensorflow.core"
    strict = ["-W", "error::DeprecationWarning", "-W", ignored]
    command = [sys.executable, *strict, str(lesson.solution)]
    try:
        run = subprocess.run(
            command,
            cwd=root,
            env=os.environ | quiet,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        yield f"{display_path(lesson.solution)} runs for more than {PATIENCE_S} seconds"
        return
    if run.returncode:
        last = run.stderr.rstrip().rpartition("\n")[2]
        where = display_path(lesson.solution)
        yield f"{where} fails when it is run as a script: {last}"
    elif not run.stdout.strip() and read_settings(root).house_rules.output:
        yield (
            f"{display_path(lesson.solution)} prints nothing when it is run; show what "
            "came of each exercise, in a cell that begins with # %% [show]"
        )


def _title_problems(lesson: Lesson, text: str) -> Iterator[str]:
    """Yield a problem if the title and the folder have different numbers."""
    match = re.search(r"^# Lesson (\d+)\b", text, re.MULTILINE)
    if match and int(match[1]) != lesson.number:
        yield (
            f"{display_path(lesson.solution)}: its title says lesson {match[1]}, and "
            f"its name {lesson.number}; let both say the same"
        )


def _listing_problems(lesson: Lesson, minutes: int | None) -> Iterator[str]:
    """Yield a problem if README has a table without a row for this lesson."""
    readme = lesson.solution.parents[1] / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    row = f"| {lesson.number} | {lesson.title} |" + f" {minutes} |" * bool(minutes)
    if "| lesson | minutes |" in text and row not in text:
        yield f"README.md's table has no such row; add {row} ... to it"


def _reveals_problems(lesson: Lesson, cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a problem for each cell whose output waits for an unknown exercise."""
    tags = {"", *(cell.tag for cell in cells)}
    code = "".join(cell.source for cell in cells if not cell.is_text)
    for cell in cells:
        mark = cell.reveals
        if mark in tags or f'"{mark}"' in code:
            continue
        yield (
            f'{display_path(lesson.solution)}, line {cell.line}: reveals="{mark}" is '
            "neither an exercise nor a prediction of this lesson; write the tag of "
            "one, or its key in PREDICT"
        )


def _heading_problems(exercise: Exercise, cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a problem unless an exercise's text begins with its heading."""
    start = rf"#+ {re.escape(exercise.tag)}\b"
    if not any(cell.is_text and re.match(start, cell.source) for cell in cells):
        yield (
            f"{exercise.tag}: its heading is inside a text; write # %% [markdown] "
            "above the heading, so that links lead to it"
        )


# Decimals, and whole numbers of at least 1,000, with or without a thousands separator.
NUMBER = re.compile(
    r"(?<![\w.])\d[\d,]*\.\d+(?:e-?\d+)?|(?<![\w.])\d{1,3}(?:,\d{3})+|(?<![\w.,])\d{4,}(?![\w.])"
)

ADDRESS = re.compile(r"(?:\(\d{4}\):\s*)?<https?://[^>\s]+>")


def number_problems(lesson: Lesson, module: ModuleType) -> Iterator[str]:
    """Yield the problems with numbers: where the text, NUMBERS and QUOTED disagree."""
    # The digits in a URL aren't a claim, and neither is the year before it.
    text = ADDRESS.sub("", Document.read(lesson.solution).prose)
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
        yield from _value_problems(number, compute, lesson)
    for number in (*numbers, *quoted):
        if number not in text:
            yield f"{number} is in NUMBERS or QUOTED and not in the text; take it out"
    accounted = " ".join((*numbers, *quoted))
    if not read_settings(lesson.folder.parents[1]).house_rules.numbers:
        return
    for number in sorted(set(NUMBER.findall(text))):
        if number not in numbers and not _is_part(number, accounted):
            yield (
                f"the number {number} in the text is computed nowhere; add it to "
                "NUMBERS, which computes it, or to QUOTED with its source"
            )


def _value_problems(number: str, compute: object, lesson: Lesson) -> Iterator[str]:
    if not callable(compute):
        yield (
            f"{_place(number, lesson)}: nothing computes {number} in NUMBERS; "
            f'write "{number}": lambda: and then what it comes from'
        )
        return
    try:
        computed = str(compute())
    except Exception as error:  # the author's code may fail in any way
        message = describe_error(error, lesson.checks).rstrip(".")
        yield f"the number {number} of NUMBERS cannot be computed: {message}"
        return
    if computed != number:
        yield f"the text says {number}; NUMBERS computes {computed}"


def _place(number: str, lesson: Lesson) -> str:
    """Return the file and the line in which the checks have a number as a key."""
    lines = lesson.checks.read_text(encoding="utf-8").splitlines()
    numbers = [i for i, line in enumerate(lines, 1) if f'"{number}":' in line]
    return display_path(lesson.checks) + (f", line {numbers[-1]}" if numbers else "")


def _is_part(number: str, accounted: str) -> bool:
    return bool(re.search(rf"(?<![\d.]){re.escape(number)}(?![\d])", accounted))


WORDS_A_MINUTE = 180
MOST_TO_SPARE = 10
EXERCISE = re.compile(rf"(?m)^#+ (?:({EXERCISE_TAG})\b)?.*?(\d+) minutes")
_MARKS = re.compile(r"(?m)^ *(?:#+|\*) ")  # of a heading or a list item


def minutes_needed(text: str) -> float:
    """Return the minutes for a text: those of its exercises, and the reading time."""
    exercises = sum(int(minutes) for _, minutes in EXERCISE.findall(text))
    return exercises + len(_MARKS.sub("", text).split()) / WORDS_A_MINUTE


def minutes_stated(text: str) -> int | None:
    """Return the minutes that a lesson's text states at its top, or None."""
    match = MINUTES.search(text)
    return int(match[1]) if match else None


def minute_problems(text: str) -> Iterator[str]:
    """Yield problems with the minutes that a lesson's text states."""
    stated, need = minutes_stated(text), minutes_needed(text)
    right = 5 * ceil(need / 5)
    if stated is None:
        yield f"nothing says how long it takes; write below its title: {right} minutes."
    elif not need <= stated <= need + MOST_TO_SPARE:
        yield (
            f"it takes {need:.1f} minutes, by its exercises and {WORDS_A_MINUTE} words "
            f"a minute; its top says {stated}. Write {right} minutes there"
        )
