"""conversion: cells as a percent file, and the way back from its lines to the cells."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from grader.document.cell_map import CellMap
from grader.document.notebook.magic_lines import leave_out
from grader.document.notebook.reading import NotebookCell

# Python reads a file's coding from its first two lines, and no cell is to say it.
_HEAD = ("#", "#")
_OWN = ("grade", "hint", "solution", "load_ext grader", "reload_ext grader")
_DEFINED = re.compile(r"^(?:def|class) +(\w+)", re.MULTILINE)
_MOST_SHOWN = 3
_LONGEST_SHOWN = 40


class Converted(msgspec.Struct, frozen=True):
    """A notebook as Python.

    Attributes:
        text: a percent file.
        cells: the way back from its lines.
        notes: what somebody should know of it, as sentences.
    """

    text: str
    cells: CellMap
    notes: tuple[str, ...] = ()


def convert(cells: Iterable[NotebookCell]) -> Converted:
    """Return the percent file of a notebook's cells."""
    lines, starts, numbers = list(_HEAD), list[int](), list[int]()
    left_out: list[tuple[str, int]] = []
    by_tag: dict[str, list[NotebookCell]] = defaultdict(list)
    for cell in cells:
        starts.append(len(lines) + 1)
        numbers.append(cell.number)
        lines.append(_mark(cell))
        if not cell.is_code:
            lines += [_as_comment(line) for line in cell.source.split("\n")]
            continue
        source, magics = leave_out(cell.source)
        lines += source.split("\n")
        left_out += [(magic, cell.number) for magic in magics if not _is_own(magic)]
        if cell.tag:
            by_tag[cell.tag].append(cell)
    notes = (
        *_describe_left_out(left_out),
        *itertools.islice(_describe_twice(by_tag), _MOST_SHOWN),
    )
    places = CellMap(tuple(starts), tuple(numbers))
    return Converted("\n".join(lines) + "\n", places, notes)


def _mark(cell: NotebookCell) -> str:
    if not cell.is_code:
        return "# %% [markdown]"
    tag = f' id="{cell.tag}"' if cell.tag else ""
    return f"# %%{tag}" + (f' reveals="{cell.reveals}"' if cell.reveals else "")


def _as_comment(line: str) -> str:
    # Python reads no file with a NUL in it, not even in a comment.
    return f"# {line}".rstrip().replace("\0", "")


def _is_own(magic: str) -> bool:
    """Return whether it is the grader's own, which nobody expects to be graded."""
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
        "Left out of the grading, because a notebook alone knows such lines: "
        f"{', '.join(shown)}{more}."
    )


def _describe_twice(by_tag: Mapping[str, list[NotebookCell]]) -> Iterator[str]:
    """Yield which cells of an exercise write one function; Python takes the last."""
    for tag, cells in by_tag.items():
        if found := _find_twice(cells):
            name, first, last = found
            yield (
                f"Cells {first} and {last} both write {name[:_LONGEST_SHOWN]} of "
                f"{tag}; the lower one counts."
            )


def _find_twice(cells: list[NotebookCell]) -> tuple[str, int, int] | None:
    """Return a name that two cells write, and their numbers."""
    seen: dict[str, int] = {}
    for cell in cells:
        for name in _DEFINED.findall(cell.source):
            if seen.setdefault(name, cell.number) != cell.number:
                return name, seen[name], cell.number
    return None
