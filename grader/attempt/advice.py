"""advice: one next step for exceptions that many learners meet, in any lesson.

Python's own words come first. What is added is true of the line that raised, whatever
the exercise; so each entry looks at the exception, and most also at that line.
"""

from __future__ import annotations

import ast
import re

from grader.sandbox import Raised

# type of the exception; what its message has; what the line has; what is said of it
KNOWN = (
    (
        "EOFError",
        r"",
        r"\binput\s*\(",
        "A graded program has nobody to ask: leave input() out.",
    ),
    (
        "SyntaxError",
        r"",
        r"^\s*[%!]{1,2}\w",
        "Lines that begin with % or ! are for notebooks. Delete this one.",
    ),
    (
        "TypeError",
        r"'bitwise_xor'|for \^:",
        r"\^",
        "Python's power is **; ^ is something else.",
    ),
    (
        "TypeError",
        r"arrays can be converted to Python scalars",
        r"\bmath\.(exp|log|log2|log10|sqrt|tanh|sin|cos)\b",
        "math.{0} takes one number. For an array write np.{0}.",
    ),
    (
        "TypeError",
        r"only integer scalar arrays can be converted to a scalar index"
        r"|takes 1 positional argument but",
        r"\bnp\.(concatenate|stack|vstack|hstack|column_stack)\((?!\s*[\[(])",
        "Give np.{0} its arrays as one list: np.{0}([a, b]).",
    ),
)


def advised(raised: Raised) -> str:
    """What to do about an exception, or "" when it is not one of these."""
    for type_name, message, line, sentence in KNOWN:
        if raised.type_name != type_name or not re.search(message, raised.message):
            continue
        found = re.search(line, raised.source_line)
        if found:
            return sentence.format(*found.groups())
    return ""


def is_followed(raised: Raised, source: bytes) -> bool:
    """Whether code without blanks stands below the line that raised."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        lines = [statement.lineno for statement in node.body]
        if raised.line not in lines:
            continue
        below = node.body[lines.index(raised.line) + 1 :]
        blanks = (
            isinstance(part, ast.Constant) and part.value is ...
            for statement in below
            for part in ast.walk(statement)
        )
        return bool(below) and not any(blanks)
    return False
