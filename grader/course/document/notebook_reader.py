"""notebook_reader: read the cells of a notebook, and convert them to Python.

A notebook is a stranger's file, so limits apply. The outputs of its cells are ignored,
and nothing in it is run. Lines that aren't Python, such as magics, are left out.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from grader.course.document.cells import (
    EXERCISE_TAG,
    ROLES,
    Cell,
    Document,
    count_leading_blank_lines,
    role_of,
)
from grader.course.document.foreign_lines import LineFilter, describe_left_out
from grader.course.document.source import Unreadable

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
    role: msgspec.Raw = msgspec.Raw(b'""')


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
    cells = _decode(content.removeprefix(codecs.BOM_UTF8)).cells
    if not cells:
        raise Unreadable("This notebook has no cells: there is nothing to grade.")
    if len(cells) > MOST_CELLS:
        raise Unreadable(
            f"This notebook has {len(cells):,} cells, and {MOST_CELLS:,} are the most "
            "that a graded one may have. Delete those that you do not need."
        )
    return tuple(_make_cell(number, cell) for number, cell in enumerate(cells, 1))


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
    cell_id, named = _decode_text(cell.id), _decode_text(cell.metadata.reveals)
    tag = _find_tag(cell, source, cell_id)
    return Cell(
        source,
        cell.cell_type != "code",
        tag,
        named if _NAME.fullmatch(named) else "",
        "" if tag else _find_role(cell, source, cell_id),
        number,
        cell_id,
    )


def _find_role(cell: _RawCell, source: str, cell_id: str) -> str:
    """Return the role of a cell, by its metadata, its first line or its name."""
    first = source.lstrip().partition("\n")[0]
    words = (
        _decode_text(cell.metadata.role),
        role_of(first) if _MARK.match(first) else "",
        cell_id.partition("-")[0],
    )
    return next((word for word in words if word in ROLES), "")


def _find_tag(cell: _RawCell, source: str, cell_id: str) -> str:
    """Return the exercise of a cell, by its metadata, its first line or its name."""
    first = source.lstrip().partition("\n")[0]
    marked = _TAG_IN_MARK.search(first) if _MARK.match(first) else None
    name = cell_id.partition("-")[0]
    words = (
        _decode_text(cell.metadata.id),
        marked[1] if marked else "",
        # Jupyter's own names begin with eight digits in base 16, such as 1234567a.
        name if len(name) < 8 else "",
    )
    return next((word for word in words if _TAG.fullmatch(word)), "")


def _decode_text(raw: msgspec.Raw) -> str:
    """Return a value that should be text, or "" if it is something else."""
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""


# Python looks for an encoding in the first two lines, and no cell may declare one.
_HEAD = ("#", "#")
_OWN = ("grade", "hint", "solution", "load_ext grader", "reload_ext grader")
_DEFINED = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
_MOST_SHOWN = 3
_LONGEST_SHOWN = 40


def read_notebook(content: bytes) -> Document:
    """Return the page in a notebook's file.

    Raises:
        Unreadable: if it isn't a notebook, or contains more than a notebook needs.
    """
    return to_document(read_cells(content))


def to_document(cells: Iterable[Cell], are_counted: bool = True) -> Document:
    """Return the page that is in the cells of a notebook.

    Args:
        cells: the cells in the order of the notebook.
        are_counted: whether their numbers are those in the learner's file; otherwise
            lines are shown without their cell.
    """
    lines, placed = list(_HEAD), list[Cell]()
    left_out: list[tuple[str, str]] = []
    by_tag: dict[str, list[Cell]] = defaultdict(list)
    lines_of = LineFilter()
    for cell in cells:
        line = len(lines) + 1
        if cell.is_text:
            body = [_as_comment(one) for one in cell.source.split("\n")]
        else:
            source, foreign = lines_of.blank(cell.source)
            body = source.split("\n")
            left_out += [
                (one.text, f"cell {cell.number}")
                for one in foreign
                if not _is_grader_magic(one.text)
            ]
            if cell.tag:
                by_tag[cell.tag].append(cell)
        lines += [_mark(cell), *body]
        first = line + 1 + count_leading_blank_lines(body)
        placed.append(replace(cell, line=line, first_line=first, last_line=len(lines)))
    if not are_counted or any(not cell.number for cell in placed):
        placed = [replace(cell, number=0) for cell in placed]
    notes = (
        *describe_left_out(left_out),
        *itertools.islice(_describe_duplicates(by_tag), _MOST_SHOWN),
    )
    # JSON may contain half of a surrogate pair, which UTF-8 can't represent.
    content = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    return Document(content, tuple(placed), notes)


def _mark(cell: Cell) -> str:
    if cell.is_text:
        return "# %% [markdown]"
    tag = f' id="{cell.tag}"' if cell.tag else ""
    tag += f" [{cell.role}]" if cell.role else ""
    return f"# %%{tag}" + (f' reveals="{cell.reveals}"' if cell.reveals else "")


def _as_comment(line: str) -> str:
    # Python doesn't accept NUL in a file, not even in a comment.
    return f"# {line}".rstrip().replace("\0", "")


def _is_grader_magic(magic: str) -> bool:
    """Return whether a magic is the grader's, which nobody expects to be graded."""
    return magic.lstrip("%").startswith(_OWN)


def _describe_duplicates(by_tag: Mapping[str, list[Cell]]) -> Iterator[str]:
    """Yield a sentence for each function that several cells of an exercise define."""
    for tag, cells in by_tag.items():
        if duplicate := _find_duplicate(cells):
            name, first, last = duplicate
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
