"""magic_lines: the lines of a cell that a notebook alone knows, left out.

``%matplotlib inline``, ``!pip install x``, ``mean?`` and a cell that begins with
``%%bash`` are no Python. Such a line is left out where Python's own parser stops at it:
inside brackets or a text, a line that begins with a percent sign is Python.
"""

from __future__ import annotations

import re

from grader.document.source import LONGEST_SOURCE, PARSING

_MOST = 200  # lines of one cell; each needs another parse
_LINE = re.compile(
    r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$|[\w., ]+=\s*[%!]\s*\w)",
)
_CELL = re.compile(r"\s*%%(\w+)")
# After these the rest of the cell is Python.
_OF_PYTHON = frozenset({"capture", "prun", "time", "timeit"})


def leave_out(source: str) -> tuple[str, tuple[str, ...]]:
    """Return a cell's text with as many lines, and the lines that were left out."""
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    left_out: dict[int, str] = {}
    if match := _CELL.match(lines[first]):
        left_out[first] = lines[first].strip()
        is_python = match[1] in _OF_PYTHON
        end = first + 1 if is_python else len(lines)
        lines[first:end] = [_comment(line) for line in lines[first:end]]
    for _ in range(_MOST):
        number = _find_stop("\n".join(lines))
        if number is None or not _LINE.match(lines[number]):
            break
        left_out[number] = lines[number].strip()
        _replace(lines, number)
    return "\n".join(lines), tuple(left_out[place] for place in sorted(left_out))


def _find_stop(source: str) -> int | None:
    """Return the index of the line at which Python's parser stops, or None."""
    if len(source) > LONGEST_SOURCE:
        return None
    try:
        with PARSING:
            # Without this module's own from __future__ lines.
            compile(source, "cell", "exec", _AST_ONLY, dont_inherit=True)
    except SyntaxError as error:
        number = (error.lineno or 0) - 1
        return number if 0 <= number < source.count("\n") + 1 else None
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


_AST_ONLY = 0x400  # ast.PyCF_ONLY_AST


def _replace(lines: list[str], number: int) -> None:
    """Put ``pass`` in a line's place, and a comment in those that it goes on in."""
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    goes_on = lines[number].endswith("\\")
    # A block may hold this line alone, and a comment is no statement.
    lines[number] = f"{indent}pass"
    while goes_on and (number := number + 1) < len(lines):
        goes_on = lines[number].endswith("\\")
        lines[number] = _comment(lines[number])


def _comment(line: str) -> str:
    # The stroke at its end would say that the line goes on.
    return f"# {line}".rstrip().rstrip("\\")
