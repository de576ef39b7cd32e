"""sandbox_advice: say what a program can't do where it is graded or run."""

from __future__ import annotations

import re

from grader.checks.attempt.failure import Failure

# A base class of the exception, a pattern for its message, one for the line, and the
# advice, in which {0} is the first group of the line. The first row that fits is used.
_ROWS = (
    (
        "EOFError",
        r"",
        r"\binput\s*\(",
        "Nobody can type while your program runs here: leave out input().",
    ),
    (
        "ModuleNotFoundError",
        r"^No module named '(?:lessons|grader)\b",
        r"\b(?:import|from)\s+([\w.]+)",
        "While it is graded, your file may not import {0}.",
    ),
    (
        "ModuleNotFoundError",
        r"^No module named '(?:torch\w*|pandas|scipy|sklearn|seaborn|tqdm|jax|cv2|PIL|"
        r"plotly|numba|cupy|statsmodels|xgboost|joblib|skimage|transformers)\b",
        r"\b(?:import|from)\s+(\w+)",
        "{0} isn't installed here, and this course doesn't use it. Each lesson imports "
        "what it needs at the top.",
    ),
    (
        "ModuleNotFoundError",
        # Not the course's own libraries; without one, its lessons are unavailable.
        r"^No module named '(?!numpy|sympy|keras|tensorflow|matplotlib)",
        r"\b(?:import|from)\s+(\w+)",
        "{0} isn't installed here. Is it a file of your own? The grader doesn't see "
        "your other files: copy what you need into this one.",
    ),
    (
        "ImportError",
        r"relative import",
        r"",
        "The grader doesn't see your other files: copy what you need into this one.",
    ),
    (
        "OSError",
        r"not permitted|denied|Read-only",
        r"\b(subprocess\.\w+|Popen|os\.(?:system|popen|fork|exec\w+|spawn\w+))",
        "Your program can't start other programs here: leave out {0}.",
    ),
    (
        "OSError",
        r"not permitted|denied|Read-only",
        r"\b((?:Thread)?Pool|ProcessPoolExecutor|Process|multiprocessing\.\w+)\(",
        "multiprocessing, and so {0}, doesn't work here. Use a plain loop.",
    ),
    (
        "OSError",
        r"name resolution|[Nn]etwork is unreachable|getaddrinfo",
        r"",
        "Your program has no network here. The lesson has all the data that it needs.",
    ),
    (
        "OSError",
        r"not permitted|unreachable|refused",
        r"\b(?:socket|urllib|requests|http)\b|urlopen|urlretrieve|get_file",
        "Your program has no network here. The lesson has all the data that it needs.",
    ),
    (
        "PermissionError",
        r"Permission denied",
        r"",
        "Your program may not use that file here.",
    ),
    (
        "FileNotFoundError",
        r"",
        r"",
        "While it is graded, your program sees none of your other files.",
    ),
)
_BREAKPOINT = re.compile(r"^[^#]*?\b(breakpoint\(|(?:\w+\.)?set_trace\()")


def advise_on_the_sandbox(failure: Failure) -> str:
    """Return what isn't possible where the program runs, or ""."""
    raised = failure.raised
    if raised.type_name == "BdbQuit":
        return _advise_on_a_breakpoint(failure)
    for base, message, line, sentence in _ROWS:
        if base not in raised.bases or not re.search(message, raised.message):
            continue
        if match := re.search(line, raised.source_line):
            return sentence.format(*match.groups())
    return ""


def _advise_on_a_breakpoint(failure: Failure) -> str:
    """Return which line waits for a debugger; the exception comes after it."""
    lines = failure.document.lines[: failure.raised.line or 0]
    for number in range(len(lines), 0, -1):
        if found := _BREAKPOINT.match(lines[number - 1]):
            place = failure.document.place_of(number)
            return (
                f"{found[1]}) in {place} waits for a debugger, and nobody can type "
                "while your program runs here: delete it."
            )
    return "A debugger can't be used here, because nobody can type."
