"""formula_symbols: what a formula is made of, and what each of it looks like."""

from __future__ import annotations

import re

import msgspec

from grader.document.markup import Html, tag

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?)"
    r"|(?P<name>[^\W\d_][^\W_]*)|(?P<sign>\.\.\.|->|<-|<=|>=|!=|\*\*|\S)"
)
_GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "eps": "ε",
    "eta": "η",
    "theta": "θ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "omega": "ω",
    "Delta": "Δ",
    "Sigma": "Σ",
}
RELATIONS = {
    "=": "=",
    "<": "<",
    ">": ">",
    "<=": "≤",
    ">=": "≥",
    "!=": "≠",
    "~": "≈",
    "->": "→",
    "<-": "←",
    ":": ":",
    ",": ",",
    ";": ";",
}
SUMS = {"sum": "∑", "prod": "∏"}
PREFIXES = frozenset({"ln", "log", "log2", "exp", "max", "min", "argmax", "mean"})
_KNOWN = PREFIXES | _GREEK.keys() | {"inf", "sqrt", "sum", "prod"}
_DIFFERENTIAL = re.compile(r"d([A-Za-z])(\d*)")
_NUMBERED = re.compile(r"([A-Za-z])(\d+)")


class NotRead(Exception):
    """What is written is no formula of this notation."""


class Token(msgspec.Struct, frozen=True):
    """A number, a name or a sign."""

    kind: str
    text: str
    gap: int  # the spaces before it


def read_tokens(source: str) -> list[Token]:
    """Return what a formula is made of, one after the other."""
    found, gap = [], 0
    for match in _TOKEN.finditer(source):
        kind = match.lastgroup or ""
        if kind == "space":
            gap = len(match[0])
        elif kind:
            found.append(Token(kind, match[0], gap))
            gap = 0
    return found


def operator(sign: str, is_prefix: bool = False) -> Html:
    """Return a plus or minus, between two things or before one."""
    shown = "−" if sign == "-" else sign
    return tag("mo", shown, form="prefix" if is_prefix else None)


def symbol(token: Token, is_index: bool = False) -> Html:
    """Return a number, a name or a sign as it is set; as an index, words are upright.

    Raises:
        NotRead: it stands where it cannot stand.
    """
    word = token.text
    if token.kind == "number":
        return tag("mn", word)
    if token.kind == "sign":
        return _sign(word)
    if word == "inf":
        return tag("mi", "∞")
    if word in _GREEK:
        return tag("mi", _GREEK[word])
    # p_ij has two indices, where p_true has one that is a word.
    if is_index and re.fullmatch("[ijk]{2,3}", word):
        return tag("mrow", *(tag("mi", letter) for letter in word))
    if match := _DIFFERENTIAL.fullmatch(word):
        return tag("mrow", tag("mi", "d"), _numbered(match[1], match[2]))
    if match := _NUMBERED.fullmatch(word):
        return _numbered(match[1], match[2])
    return tag("mtext" if is_word(word) and not is_index else "mi", word)


def is_word(name: str) -> bool:
    """Return whether a name is a word of the language: it has spaces around it."""
    return name.isalpha() and len(name) > 2 and name not in _KNOWN


def _sign(word: str) -> Html:
    if word in ("_", "^", "**", "/", ")", "]", "}", "\\", "`"):
        raise NotRead
    return tag(
        "mo" if word in ("...", "∂") else "mtext", "…" if word == "..." else word
    )


def _numbered(letter: str, number: str) -> Html:
    name = tag("mi", letter)
    return tag("msub", name, tag("mn", number)) if number else name
