"""latex: the formulas of a text in LaTeX, as a notebook shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.course.document.typeset.formulas import (
    GREEK,
    PREFIXES,
    SUMS,
    THIN,
    Element,
    read,
)

_OPERATORS = {name: rf"\operatorname{{{name}}}" for name in PREFIXES}
_OPERATORS |= {name: rf"\{name}" for name in ("exp", "ln", "log", "max", "min")}
_OPERATORS |= {sign: rf"\{name}" for name, sign in SUMS.items()}
_SYMBOLS = (
    {sign: rf"\{name}" for name, sign in GREEK.items()}
    | _OPERATORS
    | {"−": "-", "<": r"\lt", ">": r"\gt", "≤": r"\le", "≥": r"\ge", "≠": r"\ne"}
    | {"≈": r"\approx", "→": r"\to", "←": r"\gets", "·": r"\cdot", "×": r"\times"}
    | {"…": r"\ldots", "∂": r"\partial", "∞": r"\infty", "{": r"\{", "}": r"\}"}
)
_SPACES = {"0.17em": r"\,", "0.3em": r"\;", "2em": r"\qquad"}
_FORMS = {
    "mfrac": r"\frac{%s}{%s}",
    "msqrt": r"\sqrt{%s}",
    **dict.fromkeys(("msub", "munder"), "%s_{%s}"),
    **dict.fromkeys(("msup", "mover"), "%s^{%s}"),
    **dict.fromkeys(("msubsup", "munderover"), "%s_{%s}^{%s}"),
}
_TALL = re.compile(r"\\(?:frac|sum|prod)\b")
_SPECIAL = re.compile(r"[#$%&]")


def to_latex(source: str, is_display: bool = False) -> str:
    r"""Return a formula in LaTeX between dollar signs.

    One that can't be parsed is unchanged, because it may be LaTeX already.

    >>> print(to_latex("dL/dz = -sum_k y_k ln p_true"))
    $\frac{d L}{d z} = - \sum_{k} y_{k} \ln p_{\mathrm{true}}$

    Args:
        source: the formula in plain notation.
        is_display: whether it is on a separate line.
    """
    tree = read(source)
    style = r"\displaystyle " if is_display else ""
    return f"${style}{_write(tree)}$" if tree else f"${source}$"


def _write(element: Element) -> str:
    if element.name == "mrow":
        return _write_row(element.children)
    if element.name == "mspace":
        return _SPACES[element.attributes["width"]]
    if form := _FORMS.get(element.name):
        first, *others = map(_write, element.children)
        # An index or a power would belong to the last character only.
        is_group = (
            element.name not in ("mfrac", "msqrt") and not element.children[0].text
        )
        return form % (f"{{{first}}}" if is_group else first, *others)
    return _write_leaf(element)


def _write_leaf(element: Element) -> str:
    text = element.text
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    if element.name == "mtext" or (element.name == "mn" and "e" in text):
        escaped = _SPECIAL.sub(r"\\\g<0>", text)
        return rf"\text{{{escaped}}}"
    if element.name == "mi" and len(text) > 1:
        return rf"\mathrm{{{text}}}"
    return text.replace(",", "{,}") if element.name == "mn" else text


def _write_row(elements: Sequence[Element]) -> str:
    if elements[0].text and elements[0].text in "([{|" and elements[-1].text in ")]}|":
        opening, *inside, closing = map(_write, elements)
        if any(map(_TALL.search, inside)):
            opening, closing = rf"\left{opening}", rf"\right{closing}"
        return "".join((opening, *inside, closing))
    shown = []
    for place, element in enumerate(elements):
        # LaTeX itself sets a thin space between an operator and a name.
        if element != THIN or not _is_at_operator(
            elements[place - 1], elements[place + 1]
        ):
            shown.append(_write(element))
    return " ".join(shown)


def _is_at_operator(before: Element, after: Element) -> bool:
    is_after = before.name != "mrow" and _begins_with_operator(before)
    return is_after or _begins_with_operator(after)


def _begins_with_operator(element: Element) -> bool:
    while element.children and element.name not in ("mfrac", "msqrt"):
        element = element.children[0]
    return element.text in _OPERATORS
