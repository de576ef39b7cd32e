"""Find what an attempt imports: a backward written by hand needs no library."""

import ast

LIBRARIES = {"autograd", "jax", "keras", "tensorflow", "torch"}
# The modules that the files of this lesson import, or are likely to.
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
    """Yield the names in a file that could load a library without naming it."""
    yield from set(imported(tree)) - COMMON
    for node in ast.walk(tree):
        name = getattr(node, "id", None) or getattr(node, "attr", "")
        if name in WAYS or (name.startswith("__") and name != "__name__"):
            yield name
