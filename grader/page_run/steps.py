"""steps: the cells of a page that run, and whose output waits for a prediction."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec.structs import replace

from grader.document import build
from grader.document.build import Cell
from grader.document.source import parse_alone, split_bare_lines
from grader.sandbox.cell_run.interpreter import CodeCell

_PREDICT = "PREDICT"
_HEADING = re.compile(r"#+ +(.+?)(?: {2,}\(.*)?")


class PageStep(CodeCell, frozen=True):
    """A cell of code, and where in the lesson it stands.

    Attributes:
        tag: the exercise that it belongs to, or "".
        heading: what stands above it as the last heading.
        answers: the lines of the unwritten predictions that its output would answer.
    """

    tag: str
    heading: str
    answers: tuple[int, ...] = ()


def steps_of(text: str) -> tuple[PageStep, ...]:
    """Return the steps of a page; what stands before the first mark is one, too."""
    lines, cells = split_bare_lines(text), build.cells(text)
    first = cells[0].line - 1 if cells else len(lines)
    head = Cell("", False, "\n".join(lines[:first]), 0, last_line=first)
    heading, steps, own = "", list[PageStep](), list[Cell]()
    for cell in (head, *cells):
        if cell.is_text:
            heading = _find_heading(cell.source) or heading
        elif _is_code(cell.source):
            steps.append(_make_step(cell, heading, lines[cell.line : cell.last_line]))
            own.append(cell)
    return tuple(_attach_answers(steps, own))


def up_to(steps: tuple[PageStep, ...], tag: str) -> tuple[PageStep, ...]:
    """Return the steps up to an exercise, with the cells that try it out; () without
    it.
    """
    own = [i for i, step in enumerate(steps) if step.tag == tag]
    if not own:
        return ()
    last = own[-1]
    for i in range(last + 1, len(steps)):
        if steps[i].tag or steps[i].heading != steps[last].heading:
            break
        last = i
    return steps[: last + 1]


def unwritten_in(steps: tuple[PageStep, ...]) -> tuple[str, ...]:
    """Return the exercises in which a value is a blank, or a function is still its
    stub.
    """
    return tuple(dict.fromkeys(x.tag for x in steps if x.tag and _is_unwritten(x)))


def code_in_text(text: str) -> tuple[int, ...]:
    """Return the first line of code in each cell of text: Python runs it, and a run of
    cells does not.
    """
    lines, found = split_bare_lines(text), []
    for cell in build.cells(text):
        own = range(cell.line, cell.last_line if cell.is_text else cell.line)
        found += [at + 1 for at in own if _is_code(lines[at])][:1]
    return tuple(found)


def _is_unwritten(step: PageStep) -> bool:
    blanks = _find_unwritten(step, is_named=True)
    if blanks is not None:
        return blanks[0] > 0
    return any(map(_is_stub, parse_alone(step.source).body))


def _is_stub(node: ast.stmt) -> bool:
    """Return whether it is a function that raises as the page's, and does no more."""
    if not isinstance(node, ast.FunctionDef):
        return False
    *above, last = node.body
    words = ast.unparse(last)
    is_alone = all(isinstance(one, ast.Expr) for one in above)
    return is_alone and words.startswith("raise NotImplementedError(")


def _make_step(cell: Cell, heading: str, body: list[str]) -> PageStep:
    blank = next(i for i, line in enumerate(body) if line.strip())
    source = "\n" * cell.line + "\n".join(body)
    return PageStep(cell.line + blank + 1, source, cell.tag, heading)


def _find_heading(source: str) -> str:
    found = [match[1] for x in source.splitlines() if (match := _HEADING.fullmatch(x))]
    return found[-1] if found else ""


def _is_code(source: str) -> bool:
    lines = [line.strip() for line in source.splitlines()]
    return any(line and not line.startswith("#") for line in lines)


def _attach_answers(steps: list[PageStep], cells: list[Cell]) -> Iterator[PageStep]:
    """Yield the steps, each with the unwritten predictions that its output answers.

    A cell says so in its mark; a prediction that none names has its answer in the next
    cell that runs something.
    """
    named = {cell.reveals for cell in cells} - {""}
    answers: dict[int, list[int]] = {}
    for i, step in enumerate(steps):
        if (unwritten := _find_unwritten(step, step.tag in named)) is None:
            continue
        line, keys = unwritten
        marks = named & {step.tag, *keys}
        chosen = [j for j, cell in enumerate(cells) if cell.reveals in marks]
        for j in chosen or _find_next_shown(steps, i):
            answers.setdefault(j, []).append(line or step.line)
    for i, step in enumerate(steps):
        yield replace(step, answers=tuple(answers.get(i, ())))


def _find_next_shown(steps: list[PageStep], place: int) -> list[int]:
    # What a page shows stands behind `if __name__ == "__main__"`: a grading skips it.
    after = range(place + 1, len(steps))
    return [i for i in after if "__main__" in steps[i].source][:1]


def _find_unwritten(step: PageStep, is_named: bool) -> tuple[int, set[str]] | None:
    """Return the line and the names of a cell's predictions that are not written yet.

    Where a cell's mark names the exercise, all that is asked in it is one.
    """
    if not is_named and _PREDICT not in step.source:
        return None
    try:
        tree = parse_alone(step.source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0, set()  # nobody knows what is predicted in it
    blanks = [
        (value.lineno, key)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for key, value in _iterate_entries(node, is_named)
        if isinstance(value, ast.Constant) and value.value is Ellipsis
    ]
    return (blanks[0][0], {key for _, key in blanks}) if blanks else None


def _iterate_entries(
    node: ast.Assign, is_named: bool
) -> Iterator[tuple[str, ast.expr]]:
    """Yield what an assignment predicts: names and values."""
    for target in node.targets:
        name = target.value if isinstance(target, ast.Subscript) else target
        if not is_named and not (isinstance(name, ast.Name) and name.id == _PREDICT):
            continue
        if isinstance(target, ast.Subscript):
            yield _read_key(target.slice), node.value
        elif isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                yield _read_key(key), value
        else:
            yield "", node.value


def _read_key(node: ast.expr | None) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""
