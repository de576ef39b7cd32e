"""found_tests: find the tests that a learner has written for pytest.

They are the functions `test_...` of the exercise's cell, and each takes the fixture of
the lesson's page: the function to test. The grader calls them itself, one after
another, so an attempt needs no pytest. What pytest does besides is no part of this: a
test that takes anything else is refused with a sentence.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from grader.checks.attempt import Attempt, Stopped
from grader.course.document.bindings import bound_names
from grader.report import Finding, Outcome

# pytest collects the functions whose names begin so.
PREFIX = "test_"


def find_tests(
    attempt: Attempt, fixture: str, noun: str, older: str = ""
) -> tuple[str, ...]:
    """Return the names of the learner's tests, in the order of the file.

    If the exercise's cell has none, they are a function that did the same before there
    were tests; or else those of other cells.

    Args:
        attempt: the learner's file.
        fixture: the argument of each test.
        noun: what the tests judge, such as "loss".
        older: the name of that function, or "".

    Raises:
        Stopped: there is no such test, or one takes something else.
    """
    session = attempt._session
    # A later test changes the verdict, and so does one that goes.
    session.asked[session.tag].update(filter(None, (PREFIX, older)))
    body = session.tree.body
    cells = [cell for cell in session.document.parts if cell.tag == session.tag]
    tests = find_named(body)
    # A file without cells is completed with the page's, whose test isn't written.
    stub = "raise NotImplementedError("
    written = [x for x in tests if not ast.unparse(x.body[-1]).startswith(stub)]
    inside = [one for one in written if any(x.has_line(one.lineno) for x in cells)]
    if not inside and older and any(older in bound_names(one) for one in body):
        return (older,)
    chosen = {one.name: one for one in inside or written or tests}.values()
    using = [one for one in chosen if _takes(one)]
    if not using:
        raise _stopped_without(chosen, fixture, noun, session.tag)
    for one in using:
        _require_fixture(one, fixture, noun)
    return tuple(one.name for one in using)


def find_named(body: Iterable[ast.stmt]) -> list[ast.FunctionDef]:
    """Return the tests among the statements of a file."""
    functions = (one for one in body if isinstance(one, ast.FunctionDef))
    return [one for one in functions if one.name.startswith(PREFIX)]


def _takes(test: ast.FunctionDef) -> list[str]:
    """Return what pytest has to give to a test: its arguments without a default."""
    plain = [*test.args.posonlyargs, *test.args.args]
    needed = plain[: len(plain) - len(test.args.defaults)]
    pairs = zip(test.args.kwonlyargs, test.args.kw_defaults, strict=True)
    return [one.arg for one in (*needed, *(x for x, value in pairs if value is None))]


def _stopped_without(
    tests: Collection[ast.FunctionDef], fixture: str, noun: str, tag: str
) -> Stopped:
    if tests:
        sentence = (
            f"None of your tests takes {fixture}, so they can't be given a wrong "
            f"{noun}. A test is a function such as def {PREFIX}something({fixture}):"
        )
        return Stopped(Outcome.WRONG, Finding(sentence, line=next(iter(tests)).lineno))
    sentence = (
        f"Your file has no test in {tag}. A test is a function whose name begins with "
        f"{PREFIX}, at the left margin, such as def {PREFIX}something({fixture}):"
    )
    return Stopped(Outcome.NOT_ATTEMPTED, Finding(sentence))


def _require_fixture(test: ast.FunctionDef, fixture: str, noun: str) -> None:
    """Stop the check if a test takes anything but the fixture."""
    takes = _takes(test)
    if takes == [fixture]:
        return
    others = [one for one in takes if one != fixture]
    decorators = " ".join(map(ast.unparse, test.decorator_list))
    if fixture in takes:
        sentence = (
            f"{test.name} also takes {others[0]}. pytest may know what that is, but "
            f"the grader gives a test only its {fixture}."
        )
        if "parametrize" in decorators:
            sentence += " Write the values of parametrize as a loop in the test."
    else:
        sentence = (
            f"{test.name} takes {others[0]}. pytest gives a test the fixture that its "
            f"argument is named after, and the page's fixture is {fixture}."
        )
    raise Stopped(Outcome.WRONG, Finding(sentence, line=test.lineno))
