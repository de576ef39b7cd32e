"""scan: find out whether a tool could have taken the derivatives of a derivation.

Only the text is read. There is a list of what is allowed, because a list of what is
forbidden would never be complete. A derivation is written with names, numbers,
+ - * / **, indices, and the few functions and symbols of the lesson, which must be
unchanged. `isolate` returns the statements that were read: only they run when the
derivation counts, so nothing else in the file can change it.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass, field
from typing import NamedTuple, TypeGuard

from grader.derivations.syntax import (
    Objection,
    bound_names,
    find_definition,
    find_executed,
    is_blank,
    is_stub,
    parse,
)

SYMPY_NAMES = frozenset({"sp", "sympy"})
SYMPY_FUNCTIONS = frozenset(
    {
        "log",
        "exp",
        "Sum",
        "Product",
        "KroneckerDelta",
        "Rational",
        "Integer",
        "Piecewise",
        "Eq",
        "Ne",
        "tanh",
    }
)
ON_PAPER = "Simplify on paper, and yield the simpler line."
INSTEAD = {
    "print": "Use yield for a line, not print.",
    **dict.fromkeys(
        ("simplify", "expand", "factor", "cancel", "together", "collect"), ON_PAPER
    ),
}
# Refused like everything that isn't on the list; a lesson says what to write instead.
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
STATEMENTS = (ast.Assign, ast.Expr, ast.Return, ast.Pass)
PARTS = (
    ast.BinOp,
    ast.UnaryOp,
    ast.operator,
    ast.unaryop,
    ast.Name,
    ast.expr_context,
    ast.Constant,
    ast.Subscript,
    ast.Tuple,
    ast.Yield,
)


@dataclass(frozen=True, slots=True)
class Given:
    """The functions and names that a lesson provides for its derivations.

    Attributes:
        functions: the helpers' names, each with its source in the lesson.
        symbols: other allowed names, each with its source.
        instead: what to write instead of a name that isn't on the list, by that name.
        no_loop: what to write instead of a loop.
        last: by a helper's name, a description of its last argument if that must be a
            symbol or an entry, not a formula.
    """

    functions: Mapping[str, str]
    symbols: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)
    no_loop: str = "A derivation needs no loop."
    last: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, source in self.symbols.items():
            if _defines_function(source):
                raise ValueError(
                    f"{name} is a function: declare it in functions, not in symbols: "
                    f"Given(functions={{{name!r}: {source!r}}})"
                )


def _defines_function(source: str) -> bool:
    """Return whether a line of a page defines a function, or renames one of SymPy's."""
    match ast.parse(source).body[0]:
        case ast.FunctionDef() | ast.Assign(value=ast.Lambda()):
            return True
        case ast.Assign(value=ast.Attribute(ast.Name(module), name)):
            return module in SYMPY_NAMES and name in SYMPY_FUNCTIONS
    return False


def scan(source: str, name: str, given: Given) -> Objection | None:
    """Return the first thing in the derivation `name` that isn't on the list.

    Args:
        source: the whole attempt.
        name: the function to look at.
        given: the functions and names that the lesson provides.
    """
    module = parse(source)
    if module is None:
        return Objection("Python can't read your file.")
    function = find_definition(module, name)
    if function is None:
        return Objection(f"Define {name} with def, at the left margin.")
    indices = _find_own_indices(module)
    return (
        # This comes first: the scanner relies on the lesson's names being unchanged.
        _find_changed_helper(module, given)
        or _Scanner(function, given, indices).objection()
    )


_LINE_END = re.compile(r"\r\n|\r|\n")


def isolate(source: str, name: str, given: Given) -> str:
    """Return a file with only the statements that the derivation `name` needs.

    These are its definition, the lesson's own lines, the indices that the file
    declares, and the import of SymPy. Every line keeps its number.

    Args:
        source: the whole attempt, to which `scan` has no objection.
        name: the function that contains the derivation.
        given: the functions and names that the lesson provides.
    """
    module = parse(source)
    assert module is not None
    function = find_definition(module, name)
    sources = {**given.functions, **given.symbols}
    lines = [line.encode() for line in _LINE_END.split(source)]
    rest = [b""] * len(lines)
    for node in find_executed(module):
        # The scan has made sure that these are the lesson's own lines.
        is_given = not bound_names(node).isdisjoint(sources)
        if not (is_given or _is_sympy(node) or find_declared(node) or node is function):
            continue
        first, last = node.lineno - 1, (node.end_lineno or 0) - 1
        for at in range(first, last + 1):
            begin = node.col_offset if at == first else 0
            end = node.end_col_offset if at == last else None
            # Other statements on the same line may be needed, too.
            rest[at] += b"; " * bool(rest[at]) + lines[at][begin:end]
    return b"\n".join(rest).decode()


def _find_own_indices(module: ast.Module) -> set[str]:
    """Return the names in a file that are bound once, and to an index."""
    once, again = set[str](), set[str]()
    for node in find_executed(module):
        names = {node.name} if isinstance(node, ast.FunctionDef) else bound_names(node)
        again |= names & once
        once |= names
    declared = (find_declared(node) for node in module.body)
    return set().union(*declared) - again


def find_declared(node: ast.stmt) -> set[str]:
    """Return the indices that a statement assigns to variables of the same names.

    >>> statement = ast.parse('j, m = sp.symbols("j m", integer=True)').body[0]
    >>> sorted(find_declared(statement))
    ['j', 'm']
    """
    match node:
        case ast.Assign(
            [ast.Name() | ast.Tuple() as target],
            ast.Call(
                ast.Attribute(ast.Name(module), "Symbol" | "symbols"),
                [ast.Constant(str(text))],
                [] | [ast.keyword("integer", ast.Constant(True))],
            ),
        ) if module in SYMPY_NAMES:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            names_written = [each.id for each in names if isinstance(each, ast.Name)]
            # Under another name it could pass for an argument, or for a lesson's name.
            if names_written == text.replace(",", " ").split() and len(
                names_written
            ) == len(names):
                return set(names_written)
    return set()


def _find_changed_helper(module: ast.Module, given: Given) -> Objection | None:
    sources = {**given.functions, **given.symbols}
    expected = {name: _dump(text) for name, text in sources.items()}
    for node in find_executed(module):
        names = {node.name} if isinstance(node, ast.FunctionDef) else bound_names(node)
        for name in sorted(names & expected.keys()):
            # Compare trees, because comments and layout may be the learner's.
            if ast.dump(node) != expected[name]:
                text = f"The lesson defines {name}; leave it as it is."
                return Objection(text, node.lineno, differentiates(node))
        for name in names & SYMPY_NAMES:
            if not _is_sympy(node):
                return Objection(f"{name} should be SymPy itself.", node.lineno)
    return None


def _is_sympy(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import) and all(a.name == "sympy" for a in node.names)


def is_text(node: ast.AST) -> bool:
    """Return whether a node is a text as it is written, such as a reason."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_of_sympy(node: ast.AST) -> TypeGuard[ast.Attribute]:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in SYMPY_NAMES
    )


@functools.lru_cache(maxsize=100)
def _dump(text: str) -> str:
    return ast.dump(ast.parse(text).body[0])


class _Scanner:
    """Compares one function with the list of what is allowed."""

    def __init__(
        self, function: ast.FunctionDef, given: Given, indices: Set[str] = frozenset()
    ) -> None:
        self.function = function
        self.given = given
        self.functions = frozenset(given.functions)
        self.arguments = {a.arg for a in function.args.args}
        bound = set(self.arguments)
        # Any name that the derivation binds is allowed: its value uses only the list.
        bound |= set().union(*(bound_names(statement) for statement in function.body))
        self.rebound = bound & (self.functions | SYMPY_NAMES)
        self.names = bound | given.symbols.keys() | indices
        self.signatures = find_signatures(given.functions)

    def objection(self) -> Objection | None:
        function = self.function
        arguments = function.args
        plain = not (arguments.defaults or arguments.vararg or arguments.kwarg)
        # Python computes annotations, too.
        annotations = [function.returns, *(a.annotation for a in arguments.args)]
        plain = plain and all(map(self.is_harmless, filter(None, annotations)))
        if function.decorator_list or not plain or arguments.kwonlyargs:
            return Objection(
                "Leave the first line of the function as it is.", function.lineno
            )
        if self.rebound:
            name = min(self.rebound)
            return Objection(
                f"The lesson defines {name}; use another name.", function.lineno
            )
        if returned := self.find_returned():
            text = (
                "return ends a derivation without giving a line. Write yield instead."
            )
            return Objection(text, returned.lineno)
        for statement in function.body:
            reason = self.strange(statement)
            if reason is not None:
                line = getattr(reason, "lineno", None)
                return Objection(self.words(reason), line, differentiates(reason))
        return None

    def strange(self, node: ast.AST) -> ast.AST | None:
        """Return the first part that isn't on the list."""
        if isinstance(node, ast.Call):
            is_listed = self.may_be_called(node.func) and not node.keywords
            if not is_listed or self.misuse(node):
                return node
            return self.first(node.args)
        if isinstance(node, ast.Assign) and self.declares_indices(node):
            return None
        if isinstance(node, (ast.Expr, ast.Yield)):
            line = node.value
            parts = line.elts if isinstance(line, ast.Tuple) else [line or ast.Pass()]
            return self.first(part for part in parts if not is_text(part))
        if isinstance(node, ast.Attribute):
            # No methods of values: every SymPy object has a diff method.
            return None if self.is_sympy_function(node) else node
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            return None if node.id in self.names else node
        if is_blank(node) or is_stub(node):
            return None
        if isinstance(node, ast.Constant):
            # No text in a formula: SymPy runs it as code.
            return None if isinstance(node.value, (int, float)) else node
        if not isinstance(node, (*STATEMENTS, *PARTS)):
            return node
        return self.first(ast.iter_child_nodes(node))

    def declares_indices(self, node: ast.Assign) -> bool:
        """Return whether a statement declares indices whose names are still free."""
        declared = find_declared(node)
        return bool(declared) and not declared & {*self.arguments, *self.given.symbols}

    def first(self, nodes: object) -> ast.AST | None:
        reasons = (self.strange(node) for node in nodes)  # type: ignore[attr-defined]
        return next((node for node in reasons if node is not None), None)

    def may_be_called(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.functions
        return self.is_sympy_function(node)

    def is_harmless(self, annotation: ast.expr) -> bool:
        return isinstance(annotation, ast.Constant) or _is_of_sympy(annotation)

    def is_sympy_function(self, node: ast.AST) -> bool:
        return (
            _is_of_sympy(node)
            and isinstance(node.ctx, ast.Load)
            and node.attr in SYMPY_FUNCTIONS
        )

    def words(self, node: ast.AST) -> str:
        text = ast.unparse(node)
        shown = text.splitlines()[0][:56]
        shown += " ..." if shown != text else ""
        if is_text(node):
            return f"A text can only be the reason after a line. You wrote: {shown}"
        if suggestion := self.suggestion_for(node):
            return f"{suggestion} You wrote: {shown}"
        if misuse := self.misuse(node):
            return misuse
        if isinstance(node, ast.Name) and node.id in self.functions:
            return f"{shown} is a function: give it an argument, as in {shown}(...)."
        if isinstance(node, ast.Name):
            return self.describe_unknown_name(shown)
        if isinstance(node, ast.Call) and self.is_no_function(node.func):
            called = ast.unparse(node.func)
            return f"{called} isn't a function. {ask_about(node)} You wrote: {shown}"
        allowed = ", ".join(sorted(self.functions))
        return (
            "Write a derivation with names, numbers, + - * / ** and indices. You may "
            f"call only these functions: {allowed}. This is something else: {shown}"
        )

    def describe_unknown_name(self, name: str) -> str:
        """Return the sentence about a name that has no value here."""
        start = f"{name} has no meaning in this derivation."
        if meant := suggest_spelling(name, self.functions, self.names):
            return f"{start} Do you mean {meant}?"
        usable = join_names(["its arguments", *self.given.symbols])
        return f"{start} Use {usable}, or give {name} a value inside the derivation."

    def is_no_function(self, node: ast.expr) -> bool:
        """Return whether the derivation calls a value as if it were a function."""
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Call):
            return self.may_be_called(node.func)
        return isinstance(node, (ast.Subscript, ast.BinOp, ast.Constant))

    def misuse(self, node: ast.AST) -> str:
        """Return what is wrong with the arguments of a helper's call, or ""."""
        return find_misuse(node, self.signatures, self.given)

    def find_returned(self) -> ast.Return | None:
        """Return a return with a value, in a function that also yields."""
        inside = [n for part in self.function.body for n in ast.walk(part)]
        if not any(isinstance(node, ast.Yield) for node in inside):
            return None
        returns = (n for n in inside if isinstance(n, ast.Return) and n.value)
        return next(returns, None)

    def suggestion_for(self, node: ast.AST) -> str:
        """Return what to write instead of a node, if the lesson suggests anything."""
        if isinstance(node, LOOPS):
            return self.given.no_loop
        called = node.func if isinstance(node, ast.Call) else node
        if differentiates(node):
            return ""
        if isinstance(node, ast.List):
            return "Give each line with yield; you don't need a list."
        name = getattr(called, "attr", "") or getattr(called, "id", "")
        return {**INSTEAD, **self.given.instead}.get(name, "")


class Signature(NamedTuple):
    """The signature of a helper, ``total(e, k)``, and its number of arguments."""

    text: str
    arguments: int


def find_signatures(functions: Mapping[str, str]) -> dict[str, Signature]:
    """Return the signatures of the helpers that are defined with def, by name.

    Args:
        functions: the source of each helper, by its name.
    """
    parsed = (ast.parse(source).body[0] for source in functions.values())
    return {
        node.name: Signature(
            f"{node.name}({ast.unparse(node.args)})", len(node.args.args)
        )
        for node in parsed
        if isinstance(node, ast.FunctionDef)
    }


def find_misuse(
    node: ast.AST, signatures: Mapping[str, Signature], given: Given
) -> str:
    """Return what is wrong with the arguments of a helper's call, or "".

    Args:
        node: any part of a derivation.
        signatures: the signatures of the helpers.
        given: the functions and names that the lesson provides.
    """
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return ""
    name = node.func.id
    if name not in signatures:
        return ""
    signature = signatures[name]
    if len(node.args) != signature.arguments:
        return f"It is written {signature.text}. You wrote: {ast.unparse(node)}"
    last = node.args[-1]
    is_symbol = isinstance(last, (ast.Name, ast.Subscript))
    if name not in given.last or is_symbol or _is_undefined_function(last, given):
        return ""
    text = f"The last argument of {signature.text} is {given.last[name]}."
    return f"{text} Yours is {ast.unparse(last)}"


def _is_undefined_function(node: ast.expr, given: Given) -> bool:
    """Return whether a node is sigma(z): SymPy differentiates by it as by a symbol."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return ".Function(" in given.functions.get(node.func.id, "")


def ask_about(call: ast.Call) -> str:
    """Ask what parentheses after a value may mean: an entry, or a product."""
    are_names = all(isinstance(one, ast.Name) for one in call.args)
    if isinstance(call.func, ast.Name) and call.args and are_names:
        entry = f"{call.func.id}[{', '.join(ast.unparse(one) for one in call.args)}]"
        return f"Do you mean {entry}?"
    return "Is a * missing before the parenthesis?"


def suggest_spelling(
    name: str, functions: Collection[str], names: Collection[str]
) -> str:
    """Return what a name with characters for indices may mean, or "".

    >>> suggest_spelling("y_k", ["delta"], ["y", "k", "i"])
    'y[k]'
    >>> suggest_spelling("delta_ki", ["delta"], ["y", "k", "i"])
    'delta(k, i)'
    >>> suggest_spelling("before_du", ["delta"], ["y", "k", "i"])
    ''
    """
    base, _, letters = name.partition("_")
    if not letters or not set(letters) <= set(names):
        return ""
    if base in functions:
        return f"{base}({', '.join(letters)})"
    return f"{base}[{letters}]" if base in names and len(letters) == 1 else ""


def join_names(names: list[str]) -> str:
    """Return names as a list in a sentence.

    >>> join_names(["its arguments", "k", "K"])
    'its arguments, k and K'
    """
    return " and ".join([", ".join(names[:-1])] * bool(names[:-1]) + names[-1:])


# Names of tools that differentiate; `doit` does so on an unevaluated derivative.
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
    """Return whether a node contains a tool that differentiates, by name or as text."""
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
