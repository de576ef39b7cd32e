"""seen_in_source: what the text of an attempt shows that may explain a wrong answer.

Each sentence says what stands on which line, and no more: it is told beside what the
checks found, whether or not it is the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from msgspec.structs import replace

from grader.attempt import Session, Stopped
from grader.attempt.bindings import describe_overwritten, global_names_of
from grader.checks import Exercise
from grader.report import Finding

MOST_SAID = 2


def add_what_is_seen(
    finding: Finding, exercise: Exercise, session: Session, imports: Collection[str]
) -> Finding:
    """Return the finding of an exercise that failed, with what its source shows.

    Args:
        finding: what the checks found.
        exercise: the exercise.
        session: of the attempt.
        imports: the libraries of the lesson.
    """
    try:
        tree = session.tree
    except Stopped:  # the file cannot be looked into
        return finding
    said = list(_overwritten(exercise.name, tree, session))
    if "sympy" in imports:
        said += _compared_symbols(exercise.name, tree, session)
    new = [one for one in said if one not in finding.sentence][:MOST_SAID]
    sentence = finding.sentence
    if new and not sentence.endswith((".", "?", "!")):
        sentence += "."
    return replace(finding, sentence=" ".join([sentence, *new]))


def _overwritten(name: str, tree: ast.Module, session: Session) -> Iterator[str]:
    for used in global_names_of(name, tree):
        if said := describe_overwritten(used, tree, session.text.place_of):
            yield said


def _compared_symbols(name: str, tree: ast.Module, session: Session) -> Iterator[str]:
    """Yield which comparisons of a symbol with a number are False in any case."""
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
                    where = session.text.place_of(node.lineno)
                    yield (
                        f"On {where}, {ast.unparse(node)} is False for a symbol, "
                        "whichever number it will stand for."
                    )
