"""source_observations: details of an attempt that may explain a wrong answer.

Each sentence only says what is on which line. It is shown with the findings of the
checks, whether or not it is the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from msgspec.structs import replace

from grader.checks import Exercise
from grader.checks.attempt import AttemptSession, Stopped
from grader.course.document.bindings import (
    bindings_of,
    describe_overwritten,
    global_names_of,
)
from grader.report import Finding

MAX_OBSERVATIONS = 2
_TEST = "test_"  # so pytest's tests begin
# The result of each of these can be read only once.
_ITERATORS = frozenset({"map", "zip", "filter", "enumerate", "reversed", "iter"})
_CHANGE = frozenset({"append", "extend", "insert", "add", "update", "setdefault"})
_NO_KEEPDIMS = "no keepdims"
# Methods that leave the array unchanged and return another one.
RETURN_A_COPY = frozenset(
    {
        *("clip", "astype", "reshape", "transpose", "copy", "round", "concatenate"),
        *("exp", "log", "sum", "mean", "maximum", "minimum", "where", "sqrt", "square"),
    }
)


# Methods of arrays that no other object has as data, and no module as a function.
METHODS = frozenset({"flatten", "tobytes", "tolist"})


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
        exercise: the exercise that failed.
        session: the session of the attempt.
        imports: the libraries of the lesson.
        right: returns the solution's function, for the names of its arguments; called
            only if they matter, because it loads the solution.
    """
    try:
        tree = session.tree
    except Stopped:  # the file can't be parsed
        return finding
    observations = [
        *_from_outside(exercise.writes, right, tree, session),
        *_overwritten(exercise.writes, tree, session),
        *_unkept(exercise, session),
        *_find_aliases(exercise, session),
        *_read_twice(exercise, session),
        *_find_remembered(exercise, session),
        *_find_uncalled(exercise, session),
        *(_find_print(exercise, session) if finding.got == "None" else ()),
    ]
    mistakes = finding.mistakes
    if seen := [one for one in mistakes if _NO_KEEPDIMS in one.slips]:
        if lost := list(_find_lost_axes(exercise, session)):
            # Several explanations give the same answers, but the source shows this one.
            mistakes = tuple(seen)
        observations += lost
    if "sympy" in imports:
        observations += _find_compared_symbols(exercise.writes, tree, session)
    new = [one for one in observations if one not in finding.sentence][
        :MAX_OBSERVATIONS
    ]
    sentence = finding.sentence
    if new and not sentence.endswith((".", "?", "!")):
        sentence += "."
    sentence = " ".join([sentence, *new])
    return replace(finding, sentence=sentence, mistakes=mistakes)


def _overwritten(name: str, tree: ast.Module, session: AttemptSession) -> Iterator[str]:
    for used in global_names_of(name, tree):
        if sentence := describe_overwritten(used, tree, session.document.place_of):
            yield sentence


def _from_outside(
    name: str, right: Callable[[], object], tree: ast.Module, session: AttemptSession
) -> Iterator[str]:
    """Yield the names that should be arguments but get their value outside."""
    definitions = _definitions(name, tree)
    if not definitions:  # a dict of answers; the solution may have to import Keras
        return
    used = global_names_of(name, ast.Module(definitions, []))
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
    for variable, found in values.items():
        if variable in parameters:
            where = session.document.place_of(found[-1].line)
            yield (
                f"{variable} is not an argument of {name} in your file: it gets its "
                f"value on {where} ({found[-1].text})."
            )


def _definitions(name: str, tree: ast.Module) -> list[ast.stmt]:
    """Return the definition of a function that counts: the last one."""
    functions = [
        n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name
    ]
    return list(functions[-1:])


def _nodes_of(exercise: Exercise, session: AttemptSession) -> Iterator[ast.AST]:
    """Yield the nodes of the exercise's own function, or of the tests it asks for."""
    is_of_tests = exercise.writes.startswith(_TEST)
    older = session.asked[exercise.tag] if is_of_tests else ()
    for function in session.tree.body:
        if isinstance(function, ast.FunctionDef) and (
            function.name in (exercise.writes, *older)
            or (is_of_tests and function.name.startswith(_TEST))
        ):
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


def _find_aliases(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield second names of a value that is changed in place under that name."""
    nodes = list(_nodes_of(exercise, session))
    aliases: dict[str, tuple[ast.Assign, str]] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=of)):
                aliases[name] = node, of
            case ast.Assign(
                targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)
            ) if len(names) == len(values):
                changed = {one.id for one in names if isinstance(one, ast.Name)}
                for target, value in zip(names, values, strict=True):
                    match target, value:
                        case ast.Name(id=name), ast.Name(id=of) if of not in changed:
                            aliases[name] = node, of
    stored = [n.id for n in nodes if isinstance(n, ast.Name) and _is_stored(n)]
    for node in nodes:
        match node:
            case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name))) if (
                name in aliases and stored.count(name) == 1
            ):
                made, of = aliases.pop(name)
                yield (
                    f"{_line(made, session)}, {ast.unparse(made)}, gives {of} a second "
                    f"name, so {session.document.place_of(node.lineno)} changes {of} "
                    f"as well: {of}.copy() makes a copy."
                )


def _read_twice(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield iterators, such as that of map, whose name is used more than once."""
    nodes = list(_nodes_of(exercise, session))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    if any(name.id == "next" for name in names):
        return
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_iterator(
                value, session.tree
            ):
                stored = [_is_stored(one) for one in names if one.id == name]
                uses = stored.count(False)
                if stored.count(True) == 1 and uses > 1:
                    count = "twice" if uses == 2 else f"{uses} times"
                    yield (
                        f"{_line(node, session)} makes {name} with "
                        f"{_kind_of_iterator(value)}. That can be read only once, and "
                        f"{name} is used {count}; a list can be read again."
                    )


def _is_iterator(value: ast.expr, tree: ast.Module) -> bool:
    match value:
        case ast.GeneratorExp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _ITERATORS and not bindings_of(name, tree.body)
    return False


def _kind_of_iterator(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        return f"{ast.unparse(value.func)}(...)"
    return "a generator, (... for ...)"


def _find_remembered(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield values that a function changes, and that outlast its calls."""
    for function in _definitions(exercise.writes, session.tree):
        assert isinstance(function, ast.FunctionDef)
        inside = [node for one in function.body for node in ast.walk(one)]
        local_names = {
            n.id for n in inside if isinstance(n, ast.Name) and _is_stored(n)
        }
        local_names |= {
            ast.unparse(value) for node in inside if (value := _value_emptied_by(node))
        }
        changed = {_name_changed_by(node) for node in inside} - local_names
        arguments = [*function.args.posonlyargs, *function.args.args]
        defaults = zip(arguments[::-1], function.args.defaults[::-1], strict=False)
        for name, value in ((one.arg, value) for one, value in defaults):
            if name in changed and not isinstance(value, ast.Constant):
                where = session.document.place_of(value.lineno)
                yield (
                    f"{name}={ast.unparse(value)[:40]} in {where} is made only once, "
                    f"so {name} keeps what earlier calls put into it."
                )
        for name in sorted(changed - {one.arg for one in arguments}):
            bindings = bindings_of(name, session.tree.body)
            if bindings and bindings[-1].kind == "value":
                where = session.document.place_of(bindings[-1].line)
                yield (
                    f"{exercise.writes} changes {name}, which gets its value outside "
                    f"of it, on {where}: {name} keeps what earlier calls put into it."
                )


def _name_changed_by(node: ast.AST) -> str:
    """Return the name whose value a node changes in place, or ""."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store()):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return name if method in _CHANGE else ""
    return ""


def _value_emptied_by(node: ast.AST) -> ast.expr | None:
    """Return the expression whose value a node empties or replaces, or None."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="clear" | "fill")):
            return value
        case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=None)) if (
            not isinstance(node.ctx, ast.Load)
        ):
            return value
    return None


def _find_uncalled(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
    """Yield methods that are used without being called."""
    nodes = list(_nodes_of(exercise, session))
    # A method may be passed to a function, or get another name, and be called then.
    used = [n for n in nodes if isinstance(n, ast.Call | ast.keyword | ast.Assign)]
    used_ids = {id(child) for node in used for child in ast.iter_child_nodes(node)}
    reported = set[str]()
    for node in nodes:
        if (
            isinstance(node, ast.Attribute)
            and node.attr in METHODS
            and id(node) not in used_ids
            and (text := ast.unparse(node)) not in reported
        ):
            reported.add(text)
            yield (
                f"{_line(node, session)} has {text} without parentheses, which is the "
                f"method itself. {text}() is its result."
            )


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _find_print(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
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


def _find_lost_axes(exercise: Exercise, session: AttemptSession) -> Iterator[str]:
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


def _find_compared_symbols(
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
