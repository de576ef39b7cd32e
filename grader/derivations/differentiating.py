"""differentiating: whether code hands the differentiating to a tool."""

from __future__ import annotations

import ast

# What differentiates, by its name. `doit` does so where a derivative stands before it.
TOOLS = frozenset(
    {
        "diff",
        "fdiff",
        "_eval_derivative",
        "idiff",
        "derive_by_array",
        "differentiate_finite",
        "gradient",
        "GradientTape",
    }
)


def differentiates(node: ast.AST) -> bool:
    """Return whether a tool that differentiates stands in it, by name or as text."""
    parts = list(ast.walk(node))
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    names |= {part.attr for part in parts if isinstance(part, ast.Attribute)}
    names |= {
        part.value
        for part in parts
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    has_derivative = bool(names & {"d", "Derivative"})
    is_carried_out = "doit" in names or any(
        isinstance(part, ast.keyword) and part.arg == "evaluate" for part in parts
    )
    return bool(names & TOOLS) or (has_derivative and is_carried_out)
