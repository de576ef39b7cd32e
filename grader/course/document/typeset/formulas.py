"""formulas: the plain notation of the lessons' formulas, read as a tree of MathML.

    p_k = exp(z_k) / sum_j exp(z_j)     dL/dz_j = p_j - y_j     |a - b| / sqrt(2 n)

A space is a product. The numerator of ``a b / c`` is the whole product, but that of
``x a/c``, written without spaces, is only a. The denominator is one factor, or the
argument of a sum or a logarithm. A formula that can't be parsed is shown unchanged.
"""

from __future__ import annotations

import re
from itertools import pairwise

import msgspec

from grader.course.document.markup import Html, tag

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?)"
    r"|(?P<name>[^\W\d_][^\W_]*)|(?P<sign>\.\.\.|->|<-|<=|>=|!=|\*\*|\S)"
)
GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eps": "ε",
    "epsilon": "ε",
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
_KNOWN = PREFIXES | GREEK.keys() | {"inf", "sqrt", "sum", "prod"}
_DIFFERENTIAL = re.compile(r"d([A-Za-z])(\d*)")
_NUMBERED = re.compile(r"([A-Za-z])(\d+)")


class FormulaError(Exception):
    """Raised for text that isn't a formula in this notation."""


class Element(msgspec.Struct, frozen=True):
    """An element of MathML, with text or with other elements in it."""

    name: str
    text: str = ""
    children: tuple[Element, ...] = ()
    attributes: dict[str, str] = {}


def _tag(name: str, *children: Element) -> Element:
    return Element(name, children=children)


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


def operator(sign: str, is_prefix: bool = False) -> Element:
    """Return a plus or minus, either between two terms or before one."""
    shown = "−" if sign == "-" else sign
    return Element("mo", shown, attributes={"form": "prefix"} if is_prefix else {})


def symbol(token: Token, is_index: bool = False) -> Element:
    """Return a number, a name or a sign as an element; in an index, words are upright.

    Raises:
        FormulaError: if it can't be in this place.
    """
    word = token.text
    if token.kind == "number":
        return Element("mn", word)
    if token.kind == "sign":
        return _sign(word)
    if word == "inf":
        return Element("mi", "∞")
    if word in GREEK:
        return Element("mi", GREEK[word])
    # p_ij has two indices, but the index of p_true is one word.
    if is_index and re.fullmatch("[ijk]{2,3}", word):
        return _tag("mrow", *(Element("mi", letter) for letter in word))
    if match := _DIFFERENTIAL.fullmatch(word):
        return _tag("mrow", Element("mi", "d"), _letter_with_number(match[1], match[2]))
    if match := _NUMBERED.fullmatch(word):
        return _letter_with_number(match[1], match[2])
    return Element("mtext" if is_word(word) and not is_index else "mi", word)


def is_word(name: str) -> bool:
    """Return whether a name is an English word, which has spaces around it."""
    return name.isalpha() and len(name) > 2 and name not in _KNOWN


def _sign(word: str) -> Element:
    if word in ("_", "^", "**", "/", ")", "]", "}", "\\", "`"):
        raise FormulaError
    shown = "…" if word == "..." else word
    return Element("mo" if shown in ("…", "∂") else "mtext", shown)


def _letter_with_number(letter: str, number: str) -> Element:
    name = Element("mi", letter)
    return _tag("msub", name, Element("mn", number)) if number else name


LONGEST = 600
_CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}
THIN, SPACE, WIDE = (
    Element("mspace", attributes={"width": f"{em}em"}) for em in (0.17, 0.3, 2)
)


class _Piece(msgspec.Struct, frozen=True):
    """A part of a formula, and its content if it is in parentheses."""

    tree: Element
    inner: Element | None = None
    is_word: bool = False


def formula(source: str, is_display: bool = False) -> Html:
    """Return a formula as MathML, or as code if it can't be parsed.

    Args:
        source: the formula in plain notation.
        is_display: whether it is on a separate line.
    """
    tree = read(source)
    if tree is None:
        return tag("code", source)
    style = "true" if is_display else None
    return tag("math", _write(tree), alttext=source, displaystyle=style)


def _write(element: Element) -> Html:
    inside = (element.text, *map(_write, element.children))
    return tag(element.name, *inside, **element.attributes)


def read(source: str) -> Element | None:
    """Return a formula as a tree; None if it isn't a formula in this notation."""
    if len(source) > LONGEST:
        return None
    try:
        return _Parser(read_tokens(source)).whole()
    except (FormulaError, RecursionError):
        return None


class _Parser:
    """Go through the tokens once, with a method for each level of precedence."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._bars = 0

    def whole(self) -> Element:
        """Return the whole formula, split at relations and wide gaps."""
        parts = [self._parse_relation()]
        while self._next is not None:
            parts += [WIDE, self._parse_relation()]
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

    def _parse_relation(self) -> Element:
        parts: list[Element] = []
        if not self._is_at(*RELATIONS):
            parts.append(self._sum())
        while self._is_at(*RELATIONS):
            parts.append(Element("mo", RELATIONS[self._take().text]))
            if not self._is_at_end():
                parts.append(self._sum())
        if not parts:
            raise FormulaError
        return _row(parts)

    def _is_at_end(self) -> bool:
        closed = self._is_at(")", "]", "}") or (self._bars > 0 and self._is_at("|"))
        return self._next is None or closed or self._is_at(*RELATIONS)

    def _sum(self) -> Element:
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

    def _product(self) -> Element:
        parts = [self._fraction()]
        while self._is_at("*", "×", "·"):
            sign = "×" if self._take().text == "×" else "·"
            parts += [Element("mo", sign), self._fraction()]
        return _row(parts)

    def _fraction(self) -> Element:
        above = self._parse_product()
        while self._is_at("/"):
            self._take()
            above = [_divide(above, self._tight())]
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
            above = _divide([above], self._tight())
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
            return self._big(Element("mo", SUMS[token.text]))
        if token.text in _CLOSING:
            return self._power(self._brackets(token.text))
        if token.text in ("-", "−", "+"):
            sign = operator(token.text, is_prefix=True)
            return _Piece(_tag("mrow", sign, self._tight().tree))
        return self._named(token)

    def _named(self, token: Token) -> _Piece:
        if token.text == "sqrt" and self._is_at("("):
            inside = self._brackets(self._take().text)
            return self._power(_Piece(_tag("msqrt", inside.inner or inside.tree)))
        is_spelled = token.kind == "name" and is_word(token.text)
        name = self._power(_Piece(symbol(token), is_word=is_spelled))
        follows = self._next
        if token.text == "d" and follows and follows.kind == "name":
            # A differential: d sigma/dz is a fraction with d sigma as its numerator.
            return _Piece(_tag("mrow", name.tree, THIN, self._tight().tree))
        if token.kind == "name" and follows is not None and not self._is_at_end():
            # f(x) is a call, but p (1 - p) is a product.
            is_called = follows.text in ("(", "[") and follows.gap == 0
            if is_called:
                applied = self._power(self._brackets(self._take().text))
                return _Piece(_tag("mrow", name.tree, applied.tree))
            if token.text in PREFIXES and follows.text not in "+*/":
                return _Piece(_tag("mrow", name.tree, THIN, self._tight().tree))
        return name

    def _big(self, sign: Element) -> _Piece:
        """Return a sum or product sign, its bounds, and the product that it takes."""
        bounds = self._scripts()
        kind = {"_": "munder", "^": "mover", "_^": "munderover"}.get("".join(bounds))
        head = _tag(kind, sign, *bounds.values()) if kind else sign
        if not self._is_factor_next():
            return _Piece(head)
        return _Piece(_strip_brackets([_Piece(head), *self._parse_product()]))

    def _power(self, piece: _Piece) -> _Piece:
        scripts = self._scripts()
        kind = {"_": "msub", "^": "msup", "_^": "msubsup"}.get("".join(scripts))
        if kind is None:
            return piece
        return _Piece(_tag(kind, piece.tree, *scripts.values()))

    def _scripts(self) -> dict[str, Element]:
        """Return an index and a power, in this order, if they are there."""
        scripts: dict[str, Element] = {}
        while self._is_at("_", "^", "**"):
            sign = "_" if self._take().text == "_" else "^"
            if sign in scripts:
                raise FormulaError
            scripts[sign] = self._script()
            if sign == "_" and self._is_more_of_an_index():
                # W_2k has two indices, but x^2k is a square times k.
                second = symbol(self._take(), is_index=True)
                scripts[sign] = _tag("mrow", scripts[sign], second)
        return dict(sorted(scripts.items(), key=lambda item: "_^".index(item[0])))

    def _is_more_of_an_index(self) -> bool:
        before, token = self._tokens[self._place - 1], self._next
        is_name = token is not None and token.kind == "name" and not token.gap
        return before.kind == "number" and is_name

    def _script(self) -> Element:
        if self._is_at("(", "{"):
            inside = self._brackets(self._take().text)
            return inside.inner or inside.tree
        if self._is_at("-", "−"):
            return _tag(
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
        inside = () if self._is_at(closing) else (self._parse_relation(),)
        if self._take().text != closing:
            raise FormulaError
        self._bars = outer - (opening == "|")
        shown = _tag("mrow", Element("mo", opening), *inside, Element("mo", closing))
        # Bars stay, even if a fraction or a root replaces parentheses.
        return _Piece(shown, inside[0] if inside and opening != "|" else None)


def _divide(above: list[_Piece], below: _Piece) -> _Piece:
    return _Piece(_tag("mfrac", _strip_brackets(above), _strip_brackets([below])))


def _row(parts: list[Element]) -> Element:
    return parts[0] if len(parts) == 1 else _tag("mrow", *parts)


def _strip_brackets(pieces: list[_Piece], keeps_brackets: bool = False) -> Element:
    """Return factors side by side, without parentheses if a fraction replaces them."""
    if len(pieces) == 1 and pieces[0].inner is not None and not keeps_brackets:
        return _tag("mrow", pieces[0].inner)
    parts = [pieces[0].tree]
    for before, piece in pairwise(pieces):
        has_word = before.is_word or piece.is_word
        parts += [SPACE if has_word else THIN, piece.tree]
    return _row(parts)
