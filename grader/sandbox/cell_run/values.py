"""values: how the value of a cell's last line is shown on a page.

A DataFrame is sent as a table of texts. All other values are printed, as Python does.
"""

from __future__ import annotations

import builtins
import csv
import io
import sys
from collections.abc import Callable
from typing import Any

from grader.sandbox.cell_run.events import LONGEST_CELL, Tabled

# Of more rows or columns than this, the first and the last ones are shown.
MOST_SHOWN_ROWS = 20
MOST_SHOWN_COLUMNS = 12
_OMITTED = "..."


def show_value(value: object, tell: Callable[[Tabled], None]) -> None:
    """Show the value of a cell's last line.

    Args:
        value: the value.
        tell: receives it if it is a DataFrame; otherwise it is printed.
    """
    if _is_instance(value, "pandas", "DataFrame"):
        vars(builtins)["_"] = value  # as Python's own hook does
        tell(read_table(value))
    elif _is_instance(value, "keras.callbacks", "History"):
        vars(builtins)["_"] = value
        print(describe_history(value))
    else:
        sys.__displayhook__(value)


def read_table(frame: Any) -> Tabled:
    """Return the first and last rows and columns of a DataFrame as texts."""
    row_count, column_count = frame.shape
    rows = _choose(row_count, MOST_SHOWN_ROWS)
    columns = _choose(column_count, MOST_SHOWN_COLUMNS)
    part = frame.iloc[rows, columns]
    written = part.to_csv(
        header=False, na_rep="NaN", float_format=_format_float, lineterminator="\n"
    )
    body = list(csv.reader(io.StringIO(written, newline="")))
    index = ["" if name is None else name for name in frame.index.names]
    head = [*index, *map(_name_column, part.columns)]
    if len(columns) < column_count:
        middle = len(index) + len(columns) // 2
        for row in (head, *body):
            row.insert(middle, _OMITTED)
    if len(rows) < row_count:
        body.insert(len(rows) // 2, [_OMITTED] * len(head))
    return Tabled(
        _cut(head), tuple(map(_cut, body)), len(index), row_count, column_count
    )


def describe_history(history: Any) -> str:
    """Return a line about the record that Keras's `fit` returns."""
    epochs, metrics = len(history.epoch), ", ".join(history.history)
    count = f"{epochs} epoch" if epochs == 1 else f"{epochs} epochs"
    return f"History of {count}: {metrics}" if metrics else f"History of {count}"


def _is_instance(value: object, module: str, name: str) -> bool:
    """Return whether it is an instance of a library's class; import no library."""
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def _choose(count: int, most: int) -> list[int]:
    """Return the first and the last places of so many, or all if they are few."""
    if count <= most:
        return list(range(count))
    return [*range(most // 2), *range(count - most // 2, count)]


def _format_float(number: float) -> str:
    """Return six significant digits, with a point also if it is whole."""
    text = f"{number:.6g}"
    return f"{text}.0" if text.removeprefix("-").isdigit() else text


def _name_column(name: object) -> str:
    """Return the name of a column; one of several levels is a tuple."""
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _cut(row: list[Any]) -> tuple[str, ...]:
    texts = [str(one) for one in row]
    return tuple(
        text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 3] + _OMITTED
        for text in texts
    )
