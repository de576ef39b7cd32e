"""formulas: the plain notation of the lessons' formulas as MathML.

    p_k = exp(z_k) / sum_j exp(z_j)     dL/dz_j = p_j - y_j     |a - b| / sqrt(2 n)

A space is a product. The numerator of ``a b / c`` is the whole product, but that of
``x a/c``, written without spaces, is only a. The denominator is one factor, or the
argument of a sum or a logarithm. A formula that can't be parsed is shown unchanged.
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from grader.course.document.markup import Html, join, tag

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


class FormulaError(Exception):
    """Raised for text that isn't a formula in this notation."""


class Token(msgspec.Struct, frozen=True):
    """A number, a name or a sign in a formula."""

    kind: str
    text: str
    gap: int  # the spaces before it


def read_tokens(source: str) -> list[Token]:
    """Return the tokens of a formula in order."""
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
    """Return a plus or minus, either between two terms or before one."""
    shown = "−" if sign == "-" else sign
    return tag("mo", shown, form="prefix" if is_prefix else None)


def symbol(token: Token, is_index: bool = False) -> Html:
    """Return a number, a name or a sign as MathML; in an index, words are upright.

    Raises:
        FormulaError: if it can't be in this place.
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
    # p_ij has two indices, but the index of p_true is one word.
    if is_index and re.fullmatch("[ijk]{2,3}", word):
        return tag("mrow", *(tag("mi", letter) for letter in word))
    if match := _DIFFERENTIAL.fullmatch(word):
        return tag("mrow", tag("mi", "d"), _letter_with_number(match[1], match[2]))
    if match := _NUMBERED.fullmatch(word):
        return _letter_with_number(match[1], match[2])
    return tag("mtext" if is_word(word) and not is_index else "mi", word)


def is_word(name: str) -> bool:
    """Return whether a name is an English word, which has spaces around it."""
    return name.isalpha() and len(name) > 2 and name not in _KNOWN


def _sign(word: str) -> Html:
    if word in ("_", "^", "**", "/", ")", "]", "}", "\\", "`"):
        raise FormulaError
    return tag(
        "mo" if word in ("...", "∂") else "mtext", "…" if word == "..." else word
    )


def _letter_with_number(letter: str, number: str) -> Html:
    name = tag("mi", letter)
    return tag("msub", name, tag("mn", number)) if number else name


LONGEST = 600
_CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}
_THIN, _SPACE, _WIDE = (tag("mspace", width=f"{em}em") for em in (0.17, 0.3, 2))


class _Piece(msgspec.Struct, frozen=True):
    """A part of a formula as MathML, and its content if it is in parentheses."""

    html: Html
    inner: Html | None = None
    is_word: bool = False


def formula(source: str, is_display: bool = False) -> Html:
    """Return a formula as MathML, or as code if it can't be parsed.

    Args:
        source: the formula in plain notation.
        is_display: whether it is on a separate line.
    """
    try:
        body = read(source)
    except (FormulaError, RecursionError):
        return tag("code", source)
    style = "true" if is_display else None
    return tag("math", body, alttext=source, displaystyle=style)


def is_readable(source: str) -> bool:
    """Return whether a text is a formula in this notation."""
    try:
        read(source)
    except (FormulaError, RecursionError):
        return False
    return True


def read(source: str) -> Html:
    """Return the MathML of a formula.

    Raises:
        FormulaError: if it isn't a formula in this notation.
    """
    if len(source) > LONGEST or not source.strip():
        raise FormulaError
    return _Parser(read_tokens(source)).whole()


class _Parser:
    """Go through the tokens once, with a method for each level of precedence."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._bars = 0

    def whole(self) -> Html:
        """Return the whole formula, split at relations and wide gaps."""
        parts = [self._relation()]
        while self._next is not None:
            parts += [_WIDE, self._relation()]
        return _row(parts)

    @property
    def _next(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _take(self) -> Token:
        if self._next is None:
            raise FormulaError
        self._place += 1
        return self._tokens[self._place - 1]

    def _is_at(self, *signs: str) -> bool:
        return self._next is not None and self._next.text in signs

    def _relation(self) -> Html:
        parts: list[Html] = []
        if not self._is_at(*RELATIONS):
            parts.append(self._sum())
        while self._is_at(*RELATIONS):
            parts.append(tag("mo", RELATIONS[self._take().text]))
            if not self._is_at_end():
                parts.append(self._sum())
        if not parts:
            raise FormulaError
        return _row(parts)

    def _is_at_end(self) -> bool:
        closed = self._is_at(")", "]", "}") or (self._bars > 0 and self._is_at("|"))
        return self._next is None or closed or self._is_at(*RELATIONS)

    def _sum(self) -> Html:
        parts = []
        while self._is_at("+", "-", "−"):
            parts.append(operator(self._take().text, is_prefix=True))
        parts.append(self._product())
        while self._is_at("+", "-", "−"):
            parts.append(operator(self._take().text))
            if self._is_at("-", "−"):
                parts.append(operator(self._take().text, is_prefix=True))
            parts.append(self._product())
        return _row(parts)

    def _product(self) -> Html:
        parts = [self._fraction()]
        while self._is_at("*", "×", "·"):
            sign = "×" if self._take().text == "×" else "·"
            parts += [tag("mo", sign), self._fraction()]
        return _row(parts)

    def _fraction(self) -> Html:
        above = self._parse_product()
        while self._is_at("/"):
            self._take()
            below = self._tight()
            above = [
                _Piece(tag("mfrac", _strip_brackets(above), _strip_brackets([below])))
            ]
            if not self._is_factor_next():
                continue
            above += self._parse_product()
        return _strip_brackets(above, keeps_brackets=True)

    def _parse_product(self) -> list[_Piece]:
        """Return factors side by side; a fraction without spaces is one factor."""
        pieces = [self._tight_fraction()]
        while self._is_factor_next():
            pieces.append(self._tight_fraction())
        return pieces

    def _is_factor_next(self) -> bool:
        token = self._next
        if token is None or self._is_at_end() or token.gap > 2:
            return False
        return token.text not in ("+", "-", "−", "*", "×", "·", "/", "^", "_", "**")

    def _tight_fraction(self) -> _Piece:
        above = self._tight()
        while self._is_tight_line():
            self._take()
            above = _Piece(
                tag("mfrac", _strip_brackets([above]), _strip_brackets([self._tight()]))
            )
        return above

    def _is_tight_line(self) -> bool:
        here = self._tokens[self._place : self._place + 2]
        return (
            len(here) == 2
            and here[0].text == "/"
            and not here[0].gap
            and not here[1].gap
        )

    def _tight(self) -> _Piece:
        """Return a factor with its index and its power, or a sum with its argument."""
        token = self._take()
        if token.text in SUMS:
            return self._big(tag("mo", SUMS[token.text]))
        if token.text in _CLOSING:
            return self._power(self._brackets(token.text))
        if token.text in ("-", "−", "+"):
            return _Piece(
                join((operator(token.text, is_prefix=True), self._tight().html))
            )
        return self._named(token)

    def _named(self, token: Token) -> _Piece:
        if token.text == "sqrt" and self._is_at("("):
            inside = self._brackets(self._take().text)
            return self._power(_Piece(tag("msqrt", inside.inner or inside.html)))
        is_spelled = token.kind == "name" and is_word(token.text)
        name = self._power(_Piece(symbol(token), is_word=is_spelled))
        follows = self._next
        if token.text == "d" and follows and follows.kind == "name":
            # A differential: d sigma/dz is a fraction with d sigma as its numerator.
            return _Piece(tag("mrow", name.html, _THIN, self._tight().html))
        if token.kind == "name" and follows is not None and not self._is_at_end():
            # f(x) is a call, but p (1 - p) is a product.
            is_called = follows.text in ("(", "[") and follows.gap == 0
            if is_called:
                applied = self._power(self._brackets(self._take().text))
                return _Piece(tag("mrow", name.html, applied.html))
            if token.text in PREFIXES and follows.text not in "+*/":
                return _Piece(tag("mrow", name.html, _THIN, self._tight().html))
        return name

    def _big(self, sign: Html) -> _Piece:
        """Return a sum or product sign, its bounds, and the product that it takes."""
        bounds = self._scripts()
        kind = {"_": "munder", "^": "mover", "_^": "munderover"}.get("".join(bounds))
        head = tag(kind, sign, *bounds.values()) if kind else sign
        if not self._is_factor_next():
            return _Piece(head)
        return _Piece(_strip_brackets([_Piece(head), *self._parse_product()]))

    def _power(self, piece: _Piece) -> _Piece:
        scripts = self._scripts()
        kind = {"_": "msub", "^": "msup", "_^": "msubsup"}.get("".join(scripts))
        if kind is None:
            return piece
        return _Piece(tag(kind, piece.html, *scripts.values()))

    def _scripts(self) -> dict[str, Html]:
        """Return an index and a power, in this order, if they are there."""
        found: dict[str, Html] = {}
        while self._is_at("_", "^", "**"):
            sign = "_" if self._take().text == "_" else "^"
            if sign in found:
                raise FormulaError
            found[sign] = self._script()
        return dict(sorted(found.items(), key=lambda item: "_^".index(item[0])))

    def _script(self) -> Html:
        if self._is_at("(", "{"):
            inside = self._brackets(self._take().text)
            return inside.inner or inside.html
        if self._is_at("-", "−"):
            return tag(
                "mrow", operator(self._take().text, is_prefix=True), self._script()
            )
        token = self._take()
        if token.kind not in ("name", "number"):
            raise FormulaError
        return symbol(token, is_index=True)

    def _brackets(self, opening: str) -> _Piece:
        closing = _CLOSING[opening]
        self._bars += opening == "|"
        # Inside other brackets a bar opens a new pair: |a (b |c|)|.
        outer, self._bars = self._bars, self._bars if opening == "|" else 0
        inside = Html("") if self._is_at(closing) else self._relation()
        if self._take().text != closing:
            raise FormulaError
        self._bars = outer - (opening == "|")
        shown = tag("mrow", tag("mo", opening), inside, tag("mo", closing))
        return _Piece(shown, None if opening == "|" else inside)


def _row(parts: list[Html]) -> Html:
    return parts[0] if len(parts) == 1 else tag("mrow", *parts)


def _strip_brackets(pieces: list[_Piece], keeps_brackets: bool = False) -> Html:
    """Return factors side by side, without parentheses if a fraction replaces them."""
    if len(pieces) == 1 and pieces[0].inner is not None and not keeps_brackets:
        return tag("mrow", pieces[0].inner)
    parts = [pieces[0].html]
    for before, piece in pairwise(pieces):
        has_word = before.is_word or piece.is_word
        parts += [_SPACE if has_word else _THIN, piece.html]
    return _row(parts)
