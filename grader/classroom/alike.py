"""alike: find files that are identical except for comments, formatting and names.

The code of learners is read and never run. Two files are alike if their exercises
have the same syntax tree once docstrings are left out and own names are numbered. What
the page gives is left out: it is the same for all. So is code outside of exercises.
"""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from grader.classroom.notes import Note, NoteKind
from grader.classroom.submissions import FolderContents, Submission
from grader.classroom.submissions.file_tree import UNREADABLE
from grader.classroom.submissions.notices import list_some
from grader.course.document.attempt_file import parse_attempt
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.source import Unreadable, parse_python
from grader.report.sentences import count_of

# Everybody who is right writes the same in a short exercise.
FEWEST_STATEMENTS = 12
_MOST_NAMES = 20
_ADVICE = (
    "Short right answers are often alike, and people who talked may write the same. "
    "That's a reason to ask, not proof."
)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SCOPES = (
    *_NAMED,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


class OwnCode(msgspec.Struct, frozen=True):
    """The code that one learner wrote in a lesson, compared regardless of names.

    Attributes:
        digest: a hash that is the same for learners with the same code.
        exercises: how many exercises the learner changed.
        statements: how many statements the learner wrote there.
    """

    digest: str
    exercises: int
    statements: int


def note_alike(contents: FolderContents, lessons: Iterable[Lesson]) -> FolderContents:
    """Return the folder's contents, with notes about files that are alike."""
    sentences = [
        x for one in lessons for x in _describe_alike(contents.submissions, one)
    ]
    advice = [Note(_ADVICE, NoteKind.IDENTICAL)] if sentences else []
    return replace(contents, general=(*contents.general, *sentences, *advice))


def _describe_alike(submissions: Iterable[Submission], lesson: Lesson) -> Iterator[str]:
    """Yield a sentence for each group of similar submissions, longest code first."""
    given = _Page(Document.read(lesson.page))
    has_solution = lesson.solution.is_file()
    solution = given.own_code(Document.read(lesson.solution)) if has_solution else None
    groups: dict[OwnCode, list[Submission]] = defaultdict(list)
    for submission in submissions:
        if submission.lesson != lesson.name:
            continue
        try:
            document = parse_attempt(submission.read(), submission.names[-1])
        except (*UNREADABLE, Unreadable):
            continue
        code = given.own_code(document)
        if code.statements >= FEWEST_STATEMENTS:
            groups[code].append(submission)
    for code, alike in sorted(groups.items(), key=lambda x: -x[0].statements):
        # Another note lists the files that are the same byte for byte.
        if len({one.sha256 for one in alike}) < 2:
            continue
        is_solution = code == solution
        names = sorted(one.learner.display_name for one in alike)
        size = (
            f"{count_of(code.statements, 'statement')} in "
            f"{count_of(code.exercises, 'exercise')}"
        )
        theirs = " So is the solution of the lesson." if is_solution else ""
        yield Note(
            f"{lesson.short_name}: the exercises, {size}, are identical except for "
            f"comments, formatting and names: {list_some(names, _MOST_NAMES)}.{theirs}",
            NoteKind.IDENTICAL,
        )


class _Page:
    """A lesson's page: what it gives to everybody.

    Args:
        page: the page before anybody has worked on it.
    """

    def __init__(self, page: Document) -> None:
        self._names: set[str] = set()
        self._stubs: dict[str, str] = {}
        for cell in page.code_cells:
            for statement in _parse(cell.source):
                self._names |= _bound_outside(statement)
        for tag, source in page.code_by_exercise().items():
            self._stubs[tag] = _canonical(source, self._names)[0]

    def own_code(self, document: Document) -> OwnCode:
        """Return the code of a file that isn't on the page."""
        digest, exercises, statements = hashlib.sha256(), 0, 0
        for tag, source in sorted(document.code_by_exercise().items()):
            written, count = _canonical(source, self._names)
            if tag not in self._stubs or written == self._stubs[tag]:
                continue
            digest.update(f"{tag}\n{written}\n".encode("utf-8", "replace"))
            exercises, statements = exercises + 1, statements + count
        return OwnCode(digest.hexdigest(), exercises, statements)


def _parse(source: str) -> list[ast.stmt]:
    try:
        return parse_python(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _canonical(source: str, given_names: set[str]) -> tuple[str, int]:
    """Return code with its own names replaced by numbers, and its statement count.

    >>> one, _ = _canonical("def f(x):\\n    '''Doc.'''\\n    return x + 1", {"f"})
    >>> other, _ = _canonical("def f(data): return (data + 1)  # mine", {"f"})
    >>> one == other
    True
    """
    body = _parse(source)
    own_globals = set().union(*map(_bound_outside, body)) - given_names
    numbers: dict[str, str] = {}
    dumps, count = [], 0
    try:
        for statement in body:
            own_names = own_globals | _bound_inside(statement)
            local = dict(numbers)
            for node in ast.walk(statement):
                _leave_out_docstring(node)
            for node in ast.walk(statement):
                count += isinstance(node, ast.stmt)
                _rename(node, own_names, local)
            numbers |= {name: local[name] for name in own_globals & local.keys()}
            dumps.append(ast.dump(statement))
    except RecursionError:
        return source, 0
    return "\n".join(dumps) or "".join(source.split()), count


def _rename(node: ast.AST, own_names: set[str], numbers: dict[str, str]) -> None:
    """Replace one of the code's own names in a node by its number."""
    field = _field_of_name(node)
    if isinstance(node, ast.keyword) and node.arg:
        node.arg = "_"  # a parameter of the code's function, or of a library's
    elif field and (name := getattr(node, field)) in own_names:
        setattr(node, field, numbers.setdefault(name, f"_{len(numbers)}"))


def _field_of_name(node: ast.AST) -> str:
    match node:
        case ast.Name():
            return "id"
        case ast.arg():
            return "arg"
        case ast.alias():
            return "asname"
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return "name"
        case ast.ExceptHandler():
            return "name"
    return ""


def _leave_out_docstring(node: ast.AST) -> None:
    match node:
        case (
            ast.FunctionDef(body=[ast.Expr(ast.Constant(str())), *rest])
            | ast.ClassDef(body=[ast.Expr(ast.Constant(str())), *rest])
        ):
            node.body = rest or [ast.Pass()]


def _bound_outside(statement: ast.stmt) -> set[str]:
    """Return the names that a statement binds at the top of a file."""
    if isinstance(statement, _NAMED):
        return {statement.name}
    return _bound_in(_walk_outside(statement))


def _bound_inside(statement: ast.stmt) -> set[str]:
    """Return the names that functions and comprehensions in a statement bind."""
    outside = {id(node) for node in _walk_outside(statement)}
    return _bound_in(x for x in ast.walk(statement) if id(x) not in outside)


def _walk_outside(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement that are in no scope of their own."""
    level: list[ast.AST] = [statement]
    while level:
        node = level.pop()
        yield node
        if not isinstance(node, _SCOPES):
            level += ast.iter_child_nodes(node)


def _bound_in(nodes: Iterable[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        if not is_read and (field := _field_of_name(node)):
            names.add(getattr(node, field))
    return names - {None}
