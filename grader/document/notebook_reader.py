"""notebook_reader: read the cells of a notebook, and convert them to Python.

A notebook is a stranger's file, so limits apply. The outputs of its cells are ignored,
and nothing in it is run. ``%matplotlib inline``, ``!pip install x``, ``mean?`` and a
cell that begins with ``%%bash`` aren't Python. Such lines are left out if Python's own
parser stops at them. Inside parentheses or a string, a line that begins with a percent
sign is Python.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from grader.document.cells import (
    EXERCISE_TAG,
    Cell,
    Document,
    count_leading_blank_lines,
)
from grader.document.source import LONGEST_SOURCE, Unreadable, undisturbed_parser

MOST_CELLS = 2_000
_MARK = re.compile(r"\s*# %%")
_TAG = re.compile(EXERCISE_TAG)
_TAG_IN_MARK = re.compile(rf'\bid="({EXERCISE_TAG})"')
# The name goes into the mark of a cell, so it must not contain a quote or a line end.
_NAME = re.compile(r'[^"\\\n\r]{1,80}')


class _Metadata(msgspec.Struct):
    # Raw, so that a value of another type doesn't make the notebook unreadable.
    id: msgspec.Raw = msgspec.Raw(b'""')
    reveals: msgspec.Raw = msgspec.Raw(b'""')


class _RawCell(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    id: msgspec.Raw = msgspec.Raw(b'""')


class _Notebook(msgspec.Struct):
    # Outputs and everything else have no field here, so they are skipped and never
    # built.
    cells: list[_RawCell]


def read_cells(content: bytes) -> tuple[Cell, ...]:
    """Return the cells of a notebook.

    Raises:
        Unreadable: if it isn't a notebook, or contains more than a notebook needs.
    """
    found = _decode(content.removeprefix(codecs.BOM_UTF8)).cells
    if not found:
        raise Unreadable("This notebook has no cells: there is nothing to grade.")
    if len(found) > MOST_CELLS:
        raise Unreadable(
            f"This notebook has {len(found):,} cells, and {MOST_CELLS:,} are the most "
            "that a graded one may have. Delete those that you do not need."
        )
    return tuple(_make_cell(number, cell) for number, cell in enumerate(found, 1))


def _decode(content: bytes) -> _Notebook:
    try:
        return msgspec.json.decode(content, type=_Notebook)
    except RecursionError:
        why = "something in it is nested too deeply"
    except msgspec.ValidationError as error:
        why = f"{error}".replace("Object missing", "it is missing").replace("`", "'")
    except (msgspec.DecodeError, UnicodeDecodeError):
        why = "its content isn't valid JSON"
    raise Unreadable(
        f"This file cannot be read as a notebook: {why}. Open it in Jupyter, and save "
        "it again."
    )


def _make_cell(number: int, cell: _RawCell) -> Cell:
    source = cell.source if isinstance(cell.source, str) else "".join(cell.source)
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    own, named = _decode_text(cell.id), _decode_text(cell.metadata.reveals)
    return Cell(
        source,
        cell.cell_type != "code",
        _find_tag(cell, source, own),
        named if _NAME.fullmatch(named) else "",
        number,
        own,
    )


def _find_tag(cell: _RawCell, source: str, own: str) -> str:
    """Return the exercise of a cell, by its metadata, its first line or its name."""
    first = source.lstrip().partition("\n")[0]
    marked = _TAG_IN_MARK.search(first) if _MARK.match(first) else None
    words = (
        _decode_text(cell.metadata.id),
        marked[1] if marked else "",
        own.partition("-")[0],
    )
    return next((word for word in words if _TAG.fullmatch(word)), "")


def _decode_text(raw: msgspec.Raw) -> str:
    """Return a value that should be text, or "" if it is something else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


_MOST = 200  # lines in a cell; each needs another parse
_LINE = re.compile(
    r"\s*(?:[%!?]|[\w.]+\?{1,2}\s*$|[\w., ]+=\s*[%!]\s*\w)",
)
_CELL = re.compile(r"\s*%%(\w+)")
# After these, the rest of the cell is Python.
_OF_PYTHON = frozenset({"capture", "prun", "time", "timeit"})


def blank_magics(source: str) -> tuple[str, tuple[str, ...]]:
    """Return a cell's text with the same number of lines, and the lines left out."""
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
        _blank_line(lines, number)
    return "\n".join(lines), tuple(left_out[place] for place in sorted(left_out))


def _find_stop(source: str) -> int | None:
    """Return the index of the line at which Python's parser stops, or None."""
    if len(source) > LONGEST_SOURCE:
        return None
    try:
        with undisturbed_parser():
            # Don't inherit this module's own from __future__ imports.
            compile(source, "cell", "exec", _AST_ONLY, dont_inherit=True)
    except SyntaxError as error:
        number = (error.lineno or 0) - 1
        return number if 0 <= number < source.count("\n") + 1 else None
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


_AST_ONLY = 0x400  # ast.PyCF_ONLY_AST


def _blank_line(lines: list[str], number: int) -> None:
    """Replace a line by ``pass``, and its continuation lines by comments."""
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    goes_on = lines[number].endswith("\\")
    # It may be the only line in a block, and a comment isn't a statement.
    lines[number] = f"{indent}pass"
    while goes_on and (number := number + 1) < len(lines):
        goes_on = lines[number].endswith("\\")
        lines[number] = _comment(lines[number])


def _comment(line: str) -> str:
    # A backslash at the end would continue the line.
    return f"# {line}".rstrip().rstrip("\\")


# Python looks for an encoding in the first two lines, and no cell may declare one.
_HEAD = ("#", "#")
_OWN = ("grade", "hint", "solution", "load_ext grader", "reload_ext grader")
_DEFINED = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
_MOST_SHOWN = 3
_LONGEST_SHOWN = 40


def to_document(cells: Iterable[Cell], are_counted: bool = True) -> Document:
    """Return the page that is in the cells of a notebook.

    Args:
        cells: the cells.
        are_counted: whether their numbers are those in the learner's file; otherwise
            lines are shown without their cell.
    """
    lines, placed = list(_HEAD), list[Cell]()
    left_out: list[tuple[str, int]] = []
    by_tag: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        line = len(lines) + 1
        if cell.is_text:
            body = [_as_comment(one) for one in cell.source.split("\n")]
        else:
            source, magics = blank_magics(cell.source)
            body = source.split("\n")
            left_out += [
                (magic, cell.number) for magic in magics if not _is_grader_magic(magic)
            ]
            if cell.tag:
                by_tag[cell.tag].append(cell)
        lines += [_mark(cell), *body]
        first = line + 1 + count_leading_blank_lines(body)
        placed.append(replace(cell, line=line, first_line=first, last_line=len(lines)))
    if not are_counted or any(not cell.number for cell in placed):
        placed = [replace(cell, number=0) for cell in placed]
    notes = (
        *_describe_left_out(left_out),
        *itertools.islice(_describe_duplicates(by_tag), _MOST_SHOWN),
    )
    # JSON may contain half of a surrogate pair, which UTF-8 can't represent.
    content = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    return Document(content, tuple(placed), notes)


def _mark(cell: Cell) -> str:
    if cell.is_text:
        return "# %% [markdown]"
    tag = f' id="{cell.tag}"' if cell.tag else ""
    return f"# %%{tag}" + (f' reveals="{cell.reveals}"' if cell.reveals else "")


def _as_comment(line: str) -> str:
    # Python doesn't accept NUL in a file, not even in a comment.
    return f"# {line}".rstrip().replace("\0", "")


def _is_grader_magic(magic: str) -> bool:
    """Return whether a magic is the grader's, which nobody expects to be graded."""
    return magic.lstrip("%").startswith(_OWN)


def _describe_left_out(left_out: list[tuple[str, int]]) -> Iterator[str]:
    if not left_out:
        return
    shown = [
        f"{magic[:_LONGEST_SHOWN]} (cell {number})"
        for magic, number in left_out[:_MOST_SHOWN]
    ]
    rest = len(left_out) - len(shown)
    more = f", and {rest} more" if rest else ""
    yield (
        "Left out of the grading, because only notebooks know such lines: "
        f"{', '.join(shown)}{more}."
    )


def _describe_duplicates(by_tag: Mapping[str, list[Cell]]) -> Iterator[str]:
    """Yield which cells of an exercise define one function; Python uses the last."""
    for tag, cells in by_tag.items():
        if found := _find_duplicate(cells):
            name, first, last = found
            yield (
                f"Cells {first} and {last} both write {name[:_LONGEST_SHOWN]} of "
                f"{tag}; the lower one counts."
            )


def _find_duplicate(cells: list[Cell]) -> tuple[str, int, int] | None:
    """Return a name that two cells define, and their numbers."""
    seen: dict[str, int] = {}
    for cell in cells:
        for name in _DEFINED.findall(cell.source):
            if seen.setdefault(name, cell.number) != cell.number:
                return name, seen[name], cell.number
    return None
