"""show: an expression as text, in the words of the lesson."""

from __future__ import annotations

from grader.derivations.table import Node, Table

LONGEST = 160
# A sum that ends there, from 0, is the lesson's `total`; any other is shown as it is.
LAST_CLASS = ("K - 1", "-1 + K")
SUM, PRODUCT, POWER, ATOM = range(4)


def show(table: Table) -> str:
    """Return the expression as a learner would type it, cut when it is long."""
    texts: list[tuple[str, int, int]] = []
    for node in table.nodes[: table.root + 1]:
        texts.append(_format(node, texts))
    text = texts[table.root][0]
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


_Texts = list[tuple[str, int, int]]


def _format(node: Node, texts: _Texts) -> tuple[str, int, int]:
    text, level = _write(node, texts)
    # A shared part is written out wherever it stands: a text may double at each level.
    return text[: 4 * LONGEST], level, 0


def _write(node: Node, texts: _Texts) -> tuple[str, int]:
    plain = [texts[child][0] for child in node.children]
    match node.op:
        case "Int" | "Rat" | "Float":
            return _number(node)
        case "Sym":
            return node.name, ATOM
        case "Idx":
            return f"{node.name}[{', '.join(plain)}]", ATOM
        case "Add":
            return _sum(plain), SUM
        case "Mul":
            return _product([_inside(texts, child, PRODUCT) for child in node.children])
        case "Pow":
            return _power(*(_inside(texts, child, ATOM) for child in node.children))
        case "Sum" if plain[1] == "0" and plain[2] in LAST_CLASS:
            return f"total({plain[0]}, {node.name})", ATOM
        case "Sum" | "Product":
            ends = f"({node.name}, {plain[1]}, {plain[2]})"
            return f"{node.op}({plain[0]}, {ends})", ATOM
        case "Delta":
            return f"delta({', '.join(plain)})", ATOM
        case "Derivative":
            return f"d({', '.join(plain)})", ATOM
        case "E" | "True" | "False":
            return node.op, ATOM
        case "Undefined":
            return "(no number)", ATOM
        case _:
            return f"{node.op}({', '.join(plain)})", ATOM


def _number(node: Node) -> tuple[str, int]:
    if isinstance(node.number, str):
        return node.number, ATOM if node.number[0] != "-" else SUM
    above, below = node.number
    text = str(above) if below == 1 else f"{above}/{below}"
    return text, ATOM if below == 1 and above >= 0 else SUM if above < 0 else PRODUCT


def _inside(texts: _Texts, child: int, level: int) -> str:
    text, own, _ = texts[child]
    # A bare -1 becomes the sign of its product.
    return text if own >= level or text == "-1" else f"({text})"


def _sum(parts: list[str]) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text


def _product(parts: list[str]) -> tuple[str, int]:
    sign = ""
    while "-1" in parts:
        parts.remove("-1")
        sign = "" if sign else "-"
    above = [part for part in parts if not part.startswith("1/")]
    below = [part[2:] for part in parts if part.startswith("1/")]
    text = sign + ("*".join(above) or "1") + "".join(f"/{part}" for part in below)
    return text, SUM if sign else PRODUCT


def _power(base: str, exponent: str) -> tuple[str, int]:
    # `_product` puts what begins so behind a stroke.
    if exponent in ("-1", "(-1)"):
        return f"1/{base}", PRODUCT
    return f"{base}**{exponent}", POWER
