"""The command that changes the grader to try its tests."""

import ast
from pathlib import Path

import pytest

from tests import mutate

ROOT = Path(__file__).parent.parent
SOURCE = b"""
LIMIT = 3

def near(a, b):
    "A docstring."
    if not a or b is None:
        raise ValueError(f"{a + 1}")
    return abs(a - b) < LIMIT
"""


def test_each_mutant_changes_one_place_and_is_python() -> None:
    mutants = list(mutate.find_mutants("near.py", SOURCE))
    texts = {mutant.apply(SOURCE) for mutant in mutants}
    assert len(texts) == len(mutants)
    assert SOURCE not in texts
    for text in texts:
        ast.parse(text)
    assert sorted(str(mutant) for mutant in mutants) == [
        "near.py (module): 3 -> 4",
        "near.py near: a - b -> (a + b)",
        "near.py near: abs(a - b) < LIMIT -> (abs(a - b) <= LIMIT)",
        "near.py near: b is None -> (b is not None)",
        "near.py near: not a -> (a)",
        "near.py near: not a or b is None -> (not (not a or b is None))",
        "near.py near: not a or b is None -> (not a and b is None)",
        'near.py near: raise ValueError(f"{a + 1}") -> pass',
        "near.py near: return abs(a - b) < LIMIT -> return None",
    ]


@pytest.mark.parametrize("room", mutate.ROOMS)
def test_a_room_is_where_it_is_said_to_be(room: str) -> None:
    sources, tests = mutate.ROOMS[room]
    assert all(any(ROOT.glob(pattern)) for pattern in sources.split())
    assert all((ROOT / f"tests/test_{name}.py").exists() for name in tests.split())


def test_a_seed_draws_the_same_mutants() -> None:
    drawn = mutate.draw(ROOT, "gradebook", 20, 1)
    assert drawn == mutate.draw(ROOT, "gradebook", 20, 1)
    assert drawn != mutate.draw(ROOT, "gradebook", 20, 2)
