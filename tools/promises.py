"""promises: write the page that says which tests check which promise.

``tests/promises.toml`` has the promises. A test names those that it checks with the
marker ``promise``, and a hostile attempt with a line of its docstring, such as
``promise: no-processes``.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.common.errors import Misuse

PAGE, SENTENCES = "promises.md", Path("tests", "promises.toml")
_HEAD = """\
# Promises and their tests

This page has the promises of [SECURITY](../SECURITY.md) in detail. Next to each are the
tests that check it, and the hostile attempts that try to break it. `dev.check --all`
fails if one of them doesn't run. `dev.build` writes this page from
`tests/promises.toml` and the markers of the tests.
"""
# Text of a section that comes before its promises.
_ABOUT = "about"
_MARKER = "pytest.mark.promise"
_IN_A_DOCSTRING = re.compile(r"^promise: (.+?)\r?$", re.MULTILINE)


def find_checks(root: Path) -> dict[str, list[str]]:
    """Return which tests and hostile attempts of a project check which promise.

    Returns:
        Names such as ``tests/test_x.py::test_y`` and ``tests/hostile/z.py``, by the
        name of the promise.
    """
    checks = defaultdict(list)
    for path in sorted((root / "tests").rglob("test_*.py")):
        for test, promises in _find_marked(path):
            for promise in promises:
                checks[promise].append(f"{path.relative_to(root).as_posix()}::{test}")
    for path in sorted((root / "tests" / "hostile").glob("*.py")):
        for promise in read_promises(path):
            checks[promise].append(f"tests/hostile/{path.name}")
    return dict(checks)


def read_promises(attempt: Path) -> list[str]:
    """Return the names of the promises that a hostile attempt tries to break."""
    head = attempt.read_bytes()[:1000].decode("latin-1")
    match = _IN_A_DOCSTRING.search(head)
    return match[1].split(", ") if match else []


def _find_marked(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the marked tests of a file, with the names of their promises."""
    text = path.read_text(encoding="utf-8")
    if _MARKER not in text:
        return
    body = ast.parse(text).body
    # A file's own marks are those of all its tests.
    of_file = [
        one
        for node in body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for one in _names_in(node.value)
    ]
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            promises = [name for one in node.decorator_list for name in _names_in(one)]
            if promises or of_file:
                yield node.name, [*of_file, *promises]


def _names_in(marks: ast.expr) -> Iterator[str]:
    """Yield the promises that one mark or a list of marks names."""
    for node in ast.walk(marks):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == _MARKER:
            yield from (str(ast.literal_eval(one)) for one in node.args)


def write_page(root: Path) -> str:
    """Return the page of a project's promises in Markdown.

    Raises:
        Misuse: if a promise has no test, or a test names a promise that doesn't exist.
    """
    sections = tomllib.loads((root / SENTENCES).read_text(encoding="utf-8"))
    checks = find_checks(root)
    names = {name for section in sections.values() for name in section} - {_ABOUT}
    if unchecked := names - checks.keys():
        raise Misuse(f"No test checks the promise {min(unchecked)!r} of {SENTENCES}.")
    if unknown := checks.keys() - names:
        name = min(unknown)
        raise Misuse(f"{checks[name][0]} checks {name!r}, which isn't in {SENTENCES}.")
    return "\n".join([_HEAD, *(_section(*one, checks) for one in sections.items())])


def _section(
    title: str, sentences: Mapping[str, str], checks: Mapping[str, list[str]]
) -> str:
    about = [sentences[_ABOUT].strip(), ""] if _ABOUT in sentences else []
    rows = (
        f"| {sentence} | {', '.join(f'`{one}`' for one in checks[name])} |"
        for name, sentence in sentences.items()
        if name != _ABOUT
    )
    table = ["| promise | checked by |", "|---|---|", *rows]
    return "\n".join([f"## {title}", "", *about, *table, ""])
