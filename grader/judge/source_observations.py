"""source_observations: details of an attempt that may explain a wrong answer.

Each sentence only says what is on which line. It is shown with the findings of the
checks, whether or not it is the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from msgspec.structs import replace

from grader.attempt import AttemptSession, Stopped
from grader.attempt.bindings import bindings_of, describe_overwritten, global_names_of
from grader.checks import Exercise
from grader.report import Finding

MAX_OBSERVATIONS = 2
_NO_KEEPDIMS = "no keepdims"
# Methods that leave the array unchanged and return another one.
RETURN_A_COPY = frozenset(
    {
        *("clip", "astype", "reshape", "transpose", "copy", "round", "concatenate"),
        *("exp", "log", "sum", "mean", "maximum", "minimum", "where", "sqrt", "square"),
    }
)


def add_observations(
    finding: Finding,
    exercise: Exercise,
    session: AttemptSession,
    imports: Collection[str],
    right: Callable[[], object],
) -> Finding:
    """Return the finding of a failed exercise, with observations about its source.

    Args:
        finding: what the checks found.
        exercise: the exercise.
        session: the session of the attempt.
        imports: the libraries of the lesson.
        right: returns the solution's function, for the names of its arguments; called
            only if they matter, because it loads the solution.
    """
    try:
        tree = session.tree
    except Stopped:  # the file can't be parsed
        return finding
    said = [
        *_from_outside(exercise.writes, right, tree, session),
        *_overwritten(exercise.writes, tree, session),
        *_unkept(exercise, session),
        *_aliased(exercise, session),
        *(_printed(exercise, session) if finding.got == "None" else ()),
    ]
    mistakes = finding.mistakes
    if seen := [one for one in mistakes if _NO_KEEPDIMS in one.slips]:
        if lost := list(_lost_axes(exercise, session)):
            # Several explanations give the same answers, but the source shows this one.
            mistakes = tuple(seen)
        said += lost
    if "sympy" in imports:
        said += _compared_symbols(exercise.writes, tree, session)
    new = [one for one in said if one not in finding.sentence][:MAX_OBSERVATIONS]
    sentence = finding.sentence
    if new and not sentence.endswith((".", "?", "!")):
        sentence += "."
    sentence = " ".join([sentence, *new])
    return replace(finding, sentence=sentence, mistakes=mistakes)


def _overwritten(name: str, tree: ast.Module, session: AttemptSession) -> Iterator[str]:
    for used in global_names_of(name, tree):
        if said := describe_overwritten(used, tree, session.document.place_of):
            yield said


def _from_outside(
    name: str, right: Callable[[], object], tree: ast.Module, session: AttemptSession
) -> Iterator[str]:
    """Yield the names that should be arguments but get their value outside."""
    own = _definitions(name, tree)
    if not own:  # a dict of answers; the solution may have to import Keras
        return
    used = global_names_of(name, ast.Module(own, []))
    every = {one: bindings_of(one, tree.body) for one in used}
    # A function or an import that is overwritten is another mistake.
    values = {
        one: found
        for one, found in every.items()
        if found and all(b.kind == "value" for b in found)
    }
    if not values:
        return
    code = getattr(right(), "__code__", None)
    parameters = code.co_varnames[: code.co_argcount] if code else ()
    for one, found in values.items():
        if one in parameters:
            where = session.document.place_of(found[-1].line)
            yield (
                f"{one} is not an argument of {name} in your file: it gets its value "
                f"on {where} ({found[-1].text})."
            )


def _definitions(name: str, tree: ast.Module) -> list[ast.stmt]:
    """Return the definition of a function that counts: the last one."""
    found = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    return list(found[-1:])


def _nodes_of(exercise: Exercise, session: AttemptSession) -> Iterator[ast.AST]:
    """Yield the nodes of the exercise's own function."""
    for function in session.tree.body:
        if isinstance(function, ast.FunctionDef) and function.name == exercise.writes:
            yield from ast.walk(function)


def _unkept(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield NumPy results that are computed but not kept."""
    for node in _nodes_of(exercise, session):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute() as made) as call):
                names = {word.arg for word in call.keywords}
                if made.attr in RETURN_A_COPY and "out" not in names:
                    text = ast.unparse(made)
                    yield (
                        f"{_line(node, session)} computes {text}(...), and doesn't use "
                        f"what it returns."
                    )


def _aliased(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield second names of a value that is changed in place under that name."""
    nodes = list(_nodes_of(exercise, session))
    named: dict[str, ast.Assign] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name()):
                named[name] = node
    stored = [n.id for n in nodes if isinstance(n, ast.Name) and _is_stored(n)]
    for node in nodes:
        match node:
            case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name))) if (
                name in named and stored.count(name) == 1
            ):
                made = named.pop(name)
                of = ast.unparse(made.value)
                yield (
                    f"{_line(made, session)}, {ast.unparse(made)}, gives {of} a second "
                    f"name, so {session.document.place_of(node.lineno)} changes {of} "
                    f"as well: {of}.copy() makes a copy."
                )


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _printed(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield where a function without a return prints something."""
    nodes = list(_nodes_of(exercise, session))
    if any(isinstance(node, ast.Return) and node.value for node in nodes):
        return
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
                yield (
                    f"{_line(node, session)} prints: print only shows a value, and "
                    "return gives it back."
                )
                return


def _lost_axes(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield sums and maxima over an axis that lack keepdims."""
    for node in _nodes_of(exercise, session):
        match node:
            case ast.Call(func=ast.Attribute(attr="sum" | "max" | "mean" | "amax")):
                names = {word.arg for word in node.keywords}
                if "axis" in names and not names & {"keepdims", None}:
                    where = _line(node, session)
                    yield f"{where} has no keepdims: {ast.unparse(node)}."


def _line(node: ast.AST, session: AttemptSession) -> str:
    place = session.document.place_of(getattr(node, "lineno", 0))
    return place[:1].upper() + place[1:]


def _compared_symbols(
    name: str, tree: ast.Module, session: AttemptSession
) -> Iterator[str]:
    """Yield comparisons of a symbol with a number that are always False."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef) or function.name != name:
            continue
        given = {one.arg for one in function.args.args}
        for node in ast.walk(function):
            match node:
                case ast.Compare(
                    left=ast.Subscript(value=ast.Name(id=of)),
                    ops=[ast.Eq()],
                    comparators=[ast.Constant(value=int())],
                ) if of in given:
                    where = session.document.place_of(node.lineno)
                    yield (
                        f"On {where}, {ast.unparse(node)} is False for a symbol, "
                        "whichever number it will stand for."
                    )
