"""Mutate the tables of expressions, and see that nothing unforeseen is raised.

    python -m tools.fuzz.tables [COUNT]

Not part of every run of the tests. Says how many tables were read, and the worst time.
"""

from __future__ import annotations

import collections
import json
import random
import sys
import time
from typing import Any

from grader.derivations import Domain, Form, InvalidTable, Written, read
from grader.derivations.equality import judge
from grader.derivations.line_changes import find_change, suggest_repair
from grader.derivations.notation import Row, table
from grader.derivations.table import format_expression
from grader.sandbox.sympy_serialization import to_table
from lessons.lesson4_derivation.routes import SIGMOID_ROUTES, SOFTMAX_ROUTES
from lessons.lesson4_derivation.softmax import softmax_of

COUNT = 300_000
GIVEN = {
    "z": "scores",
    "p": softmax_of("z"),  # type: ignore[no-untyped-call]
    "y": "distribution",
    "u": "number",
    "t": "unit",
    "x": "unit",
    "i": "index",
    "j": "index",
}
DOMAIN = Domain(GIVEN, classes=3, more=0)
WORDS = (
    *("Add", "Mul", "Pow", "exp", "log", "sigma", "tanh", "Max", "Min", "Abs", "Delta"),
    "sech",
    *("Derivative", "Sum", "Product", "Piecewise", "Eq", "Ne", "True", "False", "E"),
    *("Int", "Rat", "Float", "Sym", "Idx", "Undefined", "zoo", "", "p", "z", "k", "K"),
)
NUMBERS = (0, 1, -1, 2, 3, 7, 64, 65, 4_097, 10**9, 10**79, 10**80, 1.5, None, True)


def seeds() -> list[str]:
    """Return the texts of all tables of the pairs."""
    from tests.support.expression_pairs import PAIRS, Symbols

    symbols = Symbols(3)
    texts = [to_table(side) for make, _ in PAIRS.values() for side in make(symbols)]
    return [text for text in texts if "refused" not in text and len(text) < 4_000]


def mutated(rng: random.Random, text: str) -> str:
    """One or two changes to a table's data; now and then to its characters."""
    if rng.random() < 0.05:
        at = rng.randrange(len(text))
        return text[:at] + rng.choice('[]{},:"0-9eE.\\x') + text[at + 1 :]
    data = json.loads(text)
    for _ in range(rng.randint(1, 2)):
        _change(rng, data)
    return json.dumps(data)


def _change(rng: random.Random, data: dict[str, Any]) -> None:
    nodes = data["nodes"]
    row = rng.choice(nodes) if nodes else []
    match rng.randrange(8):
        case 0 if row:
            row[rng.randrange(len(row))] = rng.choice(WORDS)
        case 1 if row:
            row[rng.randrange(len(row))] = rng.choice(NUMBERS)
        case 2 if len(row) > 1:
            row[rng.randrange(1, len(row))] = rng.randrange(max(nodes.index(row), 1))
        case 3 if row:
            row.append(rng.randrange(len(nodes) + 1))
        case 4 if row:
            row.pop(rng.randrange(len(row)))
        case 5:
            nodes.append([rng.choice(WORDS), *_some(rng, len(nodes))])
            data["root"] = len(nodes) - 1
        case 6:
            data["root"] = rng.randrange(len(nodes) + 1)
        case _ if row:
            row[0] = rng.choice(WORDS)


def _some(rng: random.Random, below: int) -> list[int]:
    return [rng.randrange(below) for _ in range(rng.randint(1, 3)) if below]


RIGHT = table(Row("p")[0])
FORM = Form(frozenset("py"), frozenset({"Sum"}), frozenset("py"))
MARKS = [mark for route in (*SOFTMAX_ROUTES, *SIGMOID_ROUTES) for mark in route]


def tried(text: str) -> str:
    """Return what becomes of a text: "refused", or the verdict on it."""
    try:
        mine = read(text)
    except InvalidTable:
        return "refused"
    format_expression(mine)
    FORM.objection(mine)
    written = Written({(): mine})
    ruling = judge(written, lambda point: point.rows["p"][0,], DOMAIN, 1)
    if ruling.verdict == "not equal":
        points = DOMAIN.nice_points()[:2]
        find_change(RIGHT, mine, points)
        suggest_repair(mine, lambda point: point.rows["p"][0,], points)
        for mark in MARKS:
            mark.is_passed_by(mine, points)
    return str(ruling.verdict)


def main(count: int) -> None:
    """Try so many tables."""
    rng, found = random.Random(20_261_125), seeds()
    counts: collections.Counter[str] = collections.Counter()
    worst, start = 0.0, time.process_time()
    for _ in range(count):
        text = mutated(rng, rng.choice(found))
        before = time.process_time()
        counts[tried(text)] += 1
        worst = max(worst, time.process_time() - before)
    print(
        f"{count:,} tables in {time.process_time() - start:.1f} s, worst {worst:.3f} s"
    )
    for word, number in counts.most_common():
        print(f"{number:9,}  {word}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
