"""verdict_cache: find the verdicts of an earlier grading that are still valid.

A verdict depends on the names that an exercise's checks have requested, on everything
these use, and on the versions. If all that is unchanged, asking again shows nothing
new, and no network has to be trained twice. Only the judge records these dependencies;
it stores nothing from a worker. If code may reach other code unseen, or keeps state
between two calls, no verdict is kept. See docs/decisions/011.
"""

from __future__ import annotations

import ast
import hashlib
import re
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from grader.course.document.bindings import reach
from grader.course.document.source import Unreadable, decode_source, parse_file
from grader.judge.provenance import are_same
from grader.report import WHOLE_FILE, Basis, ExerciseResult, Picture, Report

if TYPE_CHECKING:
    from grader.checks.attempt import AttemptSession

# The modules that code may import: they lead to no other code of the file.
MODULES = frozenset(("__future__", "keras", "math", "numpy", "tensorflow", "typing"))
FROM_MODULES = frozenset(("grader.pictures",))
# With these, code reaches things that it doesn't name, or that are outside the file.
BUILTINS = frozenset(
    (
        *("globals", "locals", "vars", "eval", "exec", "compile", "open", "breakpoint"),
        *("getattr", "setattr", "delattr"),
    )
)
REACHING = frozenset(
    (
        *("sys", "os", "builtins", "modules", "gc", "inspect", "importlib"),
        *("linecache",),
        *("ctypes", "ctypeslib", "f2py", "pdb", "fromfile", "memmap", "genfromtxt"),
    )
)
# This name stands for all functions that pytest takes for tests.
TESTS = "test_"
_BRANCHES = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.TryStar, ast.Match)
_DOES_SOMETHING = (
    *(ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_valid_verdicts(
    earlier: Report, source: bytes, versions: Mapping[str, str]
) -> dict[str, ExerciseResult]:
    """Return the exercises that passed earlier, and whose verdicts are still valid.

    Args:
        earlier: a grading of an earlier state of the same file.
        source: the file as it is now.
        versions: what a grading depends on now.
    """
    before = earlier.versions
    # Compare Python too: its versions dump the same tree differently.
    if not are_same(before, versions) or before.get("python") != versions.get("python"):
        return {}
    return {
        result.tag: replace(result, basis=replace(result.basis, is_kept=True))
        for result in earlier.exercises
        if result.outcome.is_right
        and result.basis is not None
        and result.basis.code
        and result.basis.code == code_hash(source, result.basis.asked)
    }


def basis_of(source: bytes, targets: Iterable[str], judged_at: str) -> Basis | None:
    """Return the basis of a verdict on these targets; None if it is unknown.

    Args:
        source: the attempt.
        targets: what checks requested, such as ``train`` or ``PREDICT["loss"]``.
        judged_at: UTC, ISO 8601.
    """
    matches = (re.match(r"\w+", target) for target in targets)
    names = tuple(sorted({name[0] for name in matches if name}))
    code = code_hash(source, names) if names else ""
    return Basis(names, code, judged_at) if code else None


def code_hash(source: bytes, names: Iterable[str]) -> str:
    """Return a hash of the names' definitions and all that they use; "" if unknown.

    It ignores comments, layout, and code that runs only as a script.
    """
    try:
        tree = parse_file(decode_source(source))
    except Unreadable:
        return ""
    parts = [Part(node) for node in tree.body if not is_for_scripts(node)]
    if any(_is_unclear(part.node, parts) for part in parts):
        return ""
    used = _find_used(parts, _with_tests(parts, set(names)))
    text = "\n".join(ast.dump(part.node) for part in used)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with_tests(parts: Iterable[Part], names: set[str]) -> set[str]:
    """Return names; those of all tests instead of what their names begin with."""
    if TESTS not in names:
        return names
    bound = names.union(*(part.binds or () for part in parts))
    return {x for x in bound if x in names or x.startswith(TESTS)}


class Part:
    """A top-level statement of a file.

    Attributes:
        node: the statement.
        binds: the names that it binds; None if it may also do something else.
        mentions: every name in it, even in strings.
        may_fail: whether executing it may raise an exception.
    """

    def __init__(self, node: ast.stmt) -> None:
        self.node = node
        self.binds: Set[str] | None = _bound(node)
        self.may_fail = _may_fail(node)
        self.mentions = {word for below in ast.walk(node) for word in _words(below)}


def is_for_scripts(node: ast.stmt) -> bool:
    """Return whether a node is ``if __name__ == "__main__":``; no grading runs it."""
    return (
        isinstance(node, ast.If)
        and not node.orelse
        and ast.unparse(node.test) == "__name__ == '__main__'"
    )


def _find_used(parts: list[Part], names: set[str]) -> list[Part]:
    """Return the parts that these names use, and those that always count."""
    containers = _containers(parts)
    always = {part for part in parts if _always_counts(part, containers)}
    mentions = defaultdict[str, set[str]](set)
    for part in parts:
        for name in part.binds or ():
            mentions[name] |= part.mentions
    first = names.union(*(part.mentions for part in always))
    used = set(reach(first, lambda name: mentions.get(name, ())))
    return [part for part in parts if part in always or used & (part.binds or set())]


def _always_counts(part: Part, containers: Set[str]) -> bool:
    # A part that may fail always counts, because then the whole file fails.
    if part.binds is None or part.may_fail:
        return True
    # So does setting an entry, if the list or dict may have another name.
    is_entry = isinstance(part.node, ast.Assign) and any(
        isinstance(target, ast.Subscript) for target in part.node.targets
    )
    return is_entry and not part.binds <= containers


def _bound(node: ast.stmt) -> Set[str] | None:
    """Return the names that a statement binds; None if it may do something else."""
    match node:
        case ast.FunctionDef(name=name):
            return {name}
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(one.asname or one.name).partition(".")[0] for one in names}
        case ast.Expr(value=ast.Constant()) | ast.Pass():
            return set()
        case ast.Assign(targets=targets) if not _does_something(node):
            roots = [_root(target) for target in targets]
            return None if None in roots else {root for root in roots if root}
    return None


def _may_fail(node: ast.stmt) -> bool:
    match node:
        case ast.FunctionDef(args=arguments, returns=returns):
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            every += filter(None, (arguments.vararg, arguments.kwarg))
            given = [*arguments.defaults, *filter(None, arguments.kw_defaults)]
            hints = [returns, *(argument.annotation for argument in every)]
            return not all(map(_is_plain, [*given, *filter(None, hints)]))
        case ast.Import(names=names):
            return any("." in one.name for one in names)
        case ast.Assign(targets=targets, value=value):
            entries = [one for one in targets if isinstance(one, ast.Subscript)]
            is_deep = any(not isinstance(one.value, ast.Name) for one in entries)
            keys = [one.slice for one in entries]
            return is_deep or not all(map(_is_plain, [value, *keys]))
    return isinstance(node, ast.ImportFrom)


def _is_plain(node: ast.expr) -> bool:
    """Return whether a node is a literal: numbers, texts, lists and dicts of them."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return True
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return all(map(_is_plain, items))
        case ast.Dict(keys=keys, values=values):
            are_plain = all(isinstance(key, ast.Constant) for key in keys)
            return are_plain and all(map(_is_plain, values))
    return False


def _does_something(node: ast.AST) -> bool:
    return any(isinstance(below, _DOES_SOMETHING) for below in ast.walk(node))


def _root(target: ast.expr) -> str | None:
    """Return the name whose value, or entry, is assigned; None for other targets."""
    while isinstance(target, ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _containers(parts: list[Part]) -> Set[str]:
    """Return the names that are only ever bound to a new dict, and so share none."""
    fresh: set[str] = set()
    other: set[str] = set()
    for part in parts:
        node = part.node
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            continue
        is_own = isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        (fresh if is_own else other).update(part.binds or ())
    return fresh - other


def _words(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            yield name
        case ast.Constant(value=str(text)):
            yield text


def _is_unclear(node: ast.stmt, parts: list[Part]) -> bool:
    """Return whether code may reach other code, or keep something between calls."""
    # The names that a branch binds depend on more than its text.
    if isinstance(node, _BRANCHES):
        return True
    if any(_is_reaching(below) for below in ast.walk(node)):
        return True
    bound = {name for part in parts for name in part.binds or ()}
    keeps = _changeable(parts)
    bodies = [below for below in ast.walk(node) if isinstance(below, _FUNCTIONS)]
    return any(_shares(body, bound, keeps) for body in bodies)


def _is_reaching(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=names):
            return any(one.name.partition(".")[0] not in MODULES for one in names)
        case ast.ImportFrom(module=module, level=level):
            # A relative import is a file next to the page, which may contain anything.
            is_known = (module or "").partition(".")[0] in MODULES
            return bool(level) or not (is_known or module in FROM_MODULES)
        case ast.alias(name=name):
            return name == "*" or bool(REACHING & set(name.split(".")))
        case ast.Global() | ast.ClassDef() | ast.AsyncFunctionDef():
            return True
        case ast.FunctionDef(decorator_list=decorators, args=arguments):
            given = [*arguments.defaults, *arguments.kw_defaults]
            return bool(decorators) or not all(map(_is_constant, given))
        case ast.Name(id=name):
            return name in BUILTINS or name in REACHING or name.startswith("__")
        case ast.Attribute(attr=name):
            # np.load, load_model and the like read a file.
            return name in REACHING or name.startswith(("__", "load"))
        case ast.Constant(value=str(text)):
            return text.startswith("__")
    return False


def _is_constant(node: ast.expr | None) -> bool:
    """Return whether a node is an immutable literal, such as a number or a text."""
    match node:
        case None | ast.Constant():
            return True
        case ast.UnaryOp(operand=inner):
            return _is_constant(inner)
        case ast.Tuple(elts=items):
            return all(map(_is_constant, items))
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
    return False


def _changeable(parts: list[Part]) -> Set[str]:
    """Return the top-level names whose values a function could change."""
    names: set[str] = set()
    for part in parts:
        node = part.node
        if isinstance(node, (ast.FunctionDef, ast.Import, ast.ImportFrom)):
            continue
        if not (isinstance(node, ast.Assign) and _is_constant(node.value)):
            stored = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            names |= {n.id for n in stored if isinstance(n.ctx, ast.Store)}
            names |= part.binds or set()
    return names


def _shares(body: ast.AST, bound: Set[str], changeable: Set[str]) -> bool:
    """Return whether a function may change a top-level value."""
    for node in ast.walk(body):
        match node:
            case ast.Name(id=name) if name in changeable:
                return True
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                if (inside := _innermost(node)) is None or inside in bound:
                    return True
    return False


def _innermost(node: ast.expr) -> str | None:
    """Return the name in ``name.part[0].part``; None if there is none."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def add_basis(result: ExerciseResult, session: AttemptSession) -> ExerciseResult:
    """Return a new verdict with what it depends on.

    If a check has read the file itself, the verdict depends on all of it, so it isn't
    kept. A verdict with the lesson's own functions depends on those of the file, too.
    """
    targets = session.asked[result.tag]
    is_new = result.outcome.is_right and not result.is_kept
    if not is_new or result.judged_with or WHOLE_FILE in targets:
        return result
    return replace(result, basis=basis_of(session.content, targets, _now()))


def is_all_cached(
    earlier: Report, kept_results: Mapping[str, ExerciseResult], only: str
) -> bool:
    """Return whether an earlier grading has every requested verdict."""
    if not earlier.is_whole:  # parts that failed to load have to be run again
        return False
    if only:
        return only in kept_results
    # A report on single exercises doesn't say which others the lesson has.
    return not earlier.partial and kept_results.keys() >= {
        e.tag for e in earlier.exercises
    }


def reused_report(
    earlier: Report,
    kept_results: Mapping[str, ExerciseResult],
    source: bytes,
    only: str,
    began: float,
) -> Report:
    """Return an earlier report for the current file, without running anything.

    Args:
        earlier: the report.
        kept_results: its verdicts that are still valid, by exercise.
        source: the attempt's bytes.
        only: the tag of the only exercise that is requested, or "".
        began: when the grading began, in seconds of `time.perf_counter`.
    """
    tags = [e.tag for e in earlier.exercises if only in ("", e.tag)]
    return replace(
        earlier,
        attempt_sha256=hashlib.sha256(source).hexdigest(),
        exercises=tuple(kept_results[tag] for tag in tags),
        pictures=pictures_of(earlier, tags),
        output="",
        output_was_cut=False,
        isolation=None,
        is_of_class=False,
        partial=only,
        started_at=_now(),
        wall_s=round(time.perf_counter() - began, 3),
    )


def pictures_of(report: Report, tags: Collection[str]) -> tuple[Picture, ...]:
    """Return the pictures of some exercises."""
    return tuple(one for one in report.pictures if tags and one.exercise in ("", *tags))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
