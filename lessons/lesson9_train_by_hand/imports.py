"""What an attempt imports: a backward of one's own needs no library for it."""

import ast

LIBRARIES = {"autograd", "jax", "keras", "tensorflow", "torch"}
# What this lesson's files import, or may well.
COMMON = {
    "__future__", "collections", "functools", "grader", "itertools", "lessons", "math",
    "matplotlib", "numpy", "random", "rich", "time", "typing",
}  # fmt: skip
# Names that lead to a library without an import line.
WAYS = {"compile", "eval", "exec", "getattr", "globals", "locals", "vars"}


def imported(tree):
    """The libraries that a file imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]


def ways_round(tree):
    """What in a file could load a library whose name stands nowhere."""
    yield from set(imported(tree)) - COMMON
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", "")
        if name in WAYS or (name.startswith("__") and name != "__name__"):
            yield name
