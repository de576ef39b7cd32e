"""Grade solutions in which one answer is odd: ``python -m tools.fuzz.gradings``.

    python -m tools.fuzz.gradings [COUNT] [FIRST] [LESSON ...]

Every case is made from its number alone, so ``1 4711`` repeats case 4711. Whatever an
answer is, a grading has no exception of its own and no *broken* check, ends in 30
seconds, and an exercise whose answers are not right is not passed.
"""

from __future__ import annotations

import collections
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader import judge
from grader.common.errors import GraderError
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.report import Outcome, Report
from grader.sandbox import WorkerPool
from tests.support.grading import grade_attempt
from tests.support.processor_time import processor_time_s

ROOT = Path(__file__).parents[2]
COUNT, LONGEST_S = 3_000, 30.0
LESSONS = tuple(f"lesson{number}" for number in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11))
# How often a lesson's turn comes; where a network is built, a case takes ten times.
OFTEN = {"lesson6": 2, "lesson7": 1, "lesson9": 2}

PRELUDE = """
import array, collections, datetime, decimal, fractions, itertools
import numpy as np

class OddArray(np.ndarray):
    pass

class OddFloat(float):
    def __eq__(self, other): return True
    __hash__ = float.__hash__

class OddText(str):
    def __repr__(self): raise ValueError("no")

class OddDict(dict):
    def __getitem__(self, key): return 1.0

class Odd:
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __eq__(self, other): return True
    def __repr__(self): return "\\x1b[2J" * 99

class Dear:
    def __array__(self, dtype=None, copy=None): return np.full((4, 3), 0.25)

def odd_nested(value, depth):
    for _ in range(depth): value = [value]
    return value

def odd_cycle():
    made = []
    made.append(made)
    return made

def odd_changed(value):
    if isinstance(value, (bool, np.bool_)): return not value
    if isinstance(value, (int, float, complex)): return value + 1
    if isinstance(value, str): return value + "x"
    if isinstance(value, dict): return {k: odd_changed(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)): return type(value)(map(odd_changed, value))
    if isinstance(value, np.ndarray):
        return ~value if value.dtype == bool else value + np.ones((), value.dtype)
    return "changed"

def odd_answers(function, odd, at):
    calls = itertools.count()
    def answers(*args, **kwargs):
        right = function(*args, **kwargs)
        return odd(right) if at is None or next(calls) == at else right
    return answers
"""
# What an answer may be, whatever was asked; none of these is right anywhere.
ODD = """
None | ... | True | np.True_ | -0.0 | 10**400 | -(2**63) | 10**1300 | np.nan | -np.inf
1e308 | 5e-324 | 1j | complex("nan") | np.float16(0.3) | np.longdouble("1e-4000")
np.longdouble(2) / 3 | np.complex64(1j) | np.clongdouble(1) | np.int8(-128)
np.uint64(2**64 - 1) | fractions.Fraction(1, 3) | decimal.Decimal("0.1") | OddFloat(9)
"" | "1.0" | "\\ud800" | "\\x1b[2J" | "a" * 100_000 | "\\n" * 999 | OddText("x") | b"\\xff"
bytearray(9) | memoryview(b"x") | np.str_("x") | np.bytes_(b"x") | np.void(b"x")
np.datetime64("2026-01-01") | np.datetime64("NaT") | np.timedelta64(3, "s")
datetime.date(2026, 1, 1) | range(3) | iter([]) | (i for i in range(3)) | lambda: 0 | int
np | NotImplemented | Exception("no") | object() | {1, 2} | frozenset() | Odd() | Dear()
[] | () | {} | [[]] | [[], []] | [None] * 1000 | [[1], [2, 3]] | [np.eye(2), 1] | (1, "x")
odd_nested(1, 30) | odd_nested(1, 63) | odd_nested(1, 5000) | odd_cycle()
[0] * 999_990 | [[0.5] * 999] * 999 | list(range(20_000)) | ["x" * 999] * 900
{None: 1} | {(1, 2): 3} | {np.nan: 1, 2: np.nan} | {"a" * 5000: 1} | {1: {2: {3: {}}}}
{i: i for i in range(9_999)} | {i: 0 for i in range(10_001)} | {"loss": object()}
collections.OrderedDict(a=1) | collections.Counter("abc") | OddDict(a=1)
array.array("d", [1, 2]) | np.array(7.0) | np.array([]) | np.zeros((0, 3)) | np.zeros((3, 0))
np.zeros((4, 3, 0)) | np.zeros((1,) * 9) | np.zeros((1,) * 40) | np.empty((10**6, 0))
np.broadcast_to(1.0, (10**5, 10**5)) | np.broadcast_to(1.0, (10, 0, 10**9))
np.full((4, 3), np.nan) | np.full((4, 3), np.inf) | np.full((4, 3), -1e308)
np.zeros((4, 3), "f2") | np.zeros((4, 3), ">f8") | np.zeros((4, 3), "g") + 9
np.zeros((4, 3), "G") | np.zeros((4, 3), bool) | np.zeros((4, 3), "u1") | np.ones(10, "i1")
np.zeros((4, 3), object) | np.array([None, "x"], object) | np.zeros(4, "M8[s]")
np.zeros(4, "m8[D]") | np.zeros(4, "S9") | np.zeros(4, "U99999") | np.array(["a", "b"])
np.zeros(3, [("a", "f8")]) | np.zeros(3, "V8") | np.rec.array([(1, 2.0)]) | np.matrix("1 2")
np.ma.array([1.0, 2], mask=[0, 1]) | np.ma.masked | np.random.default_rng(1)
np.lib.stride_tricks.as_strided(np.zeros(1), (999, 999), (0, 0)) | np.eye(400)
np.zeros(2_000_000) | np.zeros(9_000_000) | np.poly1d([1, 2]) | np.dtype("f8") | np.sin
"""
# The right answer as something else: whether that passes is the check's to say.
ALIKE = """
np.asarray(right, object) | np.asarray(right).astype("g") | np.asarray(right).astype("G")
np.asarray(right).astype(">f8") | np.asarray(right).astype("f2") | str(right) | repr(right)
np.asfortranarray(right) | np.asarray(right)[..., ::-1][..., ::-1] | np.ma.array(right)
np.asarray(right).view(OddArray) | np.asarray(right)[None] | np.asarray(right)[..., None]
np.asarray(right).ravel() | np.asarray(right).T | np.asarray(right).tolist() | [right]
(right,) | {"value": right} | {0: right} | iter([right]) | (r for r in right) | list(right)
tuple(right) | [right, right] | odd_nested(right, 20) | np.matrix(right) | lambda: right
np.repeat(right, 2, axis=0) | np.asarray(right)[:0] | np.asarray(right)[:1] | float(right)
complex(right) | int(right) | OddFloat(right) | bool(right) | np.round(right, 3) | -right
"""
SYMBOLIC = """
sp.nan | sp.oo | sp.zoo | sp.I | sp.Symbol("q") | sp.Function("f")(sp.Symbol("q"))
sp.Integer(10) ** sp.Integer(10) ** 3 | sp.Float("1e-5000") | sp.Matrix([[1, 2]]) | sp.pi
sp.Derivative(sp.Symbol("y")) | sp.true | sp.EmptySet | sp.Eq(sp.Symbol("q"), 1) | sp.exp
sp.Piecewise((1, sp.Symbol("q") > 0), (0, True)) | sp.Sum(1, (sp.Symbol("k"), 1, sp.oo))
[sp.Symbol("q")] * 300 | sum(sp.Symbol(f"q{i}") ** i for i in range(300)) | sp.Matrix([])
"""
# Wherever the right answer is a symbol, a network or nothing, there is something right.
RETURNS_NOTHING = {"3f", "5d", "6c", "7d", "11e", "1g"}


def _expressions(text: str) -> list[str]:
    lines = text.strip().splitlines()
    return [one.strip() for line in lines for one in line.split(" | ")]


@dataclass(frozen=True)
class Case:
    """One odd answer: which exercise's, as what, and whether it may pass."""

    number: int
    lesson: str
    tag: str
    name: str
    odd: str
    may_pass: bool
    at: int | None

    @property
    def is_value(self) -> bool:
        """Whether it stands at the top level of the file, and is not called."""
        return self.name.split("[")[0].isupper()

    def source(self, solution: str) -> str:
        """Return the solution, with this answer in the place of its own."""
        odd = f"lambda right: {self.odd}"
        if self.is_value:
            changes = f"{self.name} = ({odd})({self.name})"
        else:
            changes = f"{self.name} = odd_answers({self.name}, {odd}, {self.at})"
        return f"{solution}\n{PRELUDE}\n{changes}\n"

    def __str__(self) -> str:
        at = "" if self.at is None else f" at call {self.at}"
        where = f"{self.lesson}, {self.tag}, {self.name}{at}"
        return f"case {self.number}: {where}: {self.odd}"


@dataclass
class FuzzTally:
    """What came of the cases."""

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""

    def add(self, case: Case, report: Report, seconds: float) -> None:
        """Count one grading, and say what must not be."""
        found = {exercise.tag: exercise.outcome for exercise in report.exercises}
        self.outcomes[str(found[case.tag])] += 1
        if Outcome.BROKEN in found.values():
            self.faults.append(f"broken, {case}")
        if found[case.tag] is Outcome.PASSED and not case.may_pass:
            self.faults.append(f"passed, {case}")
        if seconds > self.slowest_s:
            self.slowest_s, self.slowest = seconds, str(case)
        if seconds > LONGEST_S:
            self.faults.append(f"{seconds:.0f} s, {case}")


class GradingFuzz:
    """The lessons, their exercises, and warm processes for as long as it lasts."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lessons = {name: catalog.find(name, ROOT) for name in names}
        self._turns = [n for n in self._lessons for _ in range(OFTEN.get(n, 5))]
        self._pool = WorkerPool()
        self._targets = {
            n: list(_targets(lesson)) for n, lesson in self._lessons.items()
        }

    def case(self, number: int) -> Case:
        """Return the case of this number."""
        rng = random.Random(number)
        lesson = rng.choice(self._turns)
        tag, name = rng.choice(self._targets[lesson])
        kinds = ["odd"] * 5 + ["alike"] * 4 + ["changed"] + ["symbolic"] * 3
        kind = rng.choice(kinds[: 13 if lesson == "lesson4" else 10])
        if kind == "changed":
            odd = "odd_changed(right)"
        else:
            odd = rng.choice(
                {"odd": ODDS, "alike": ALIKES, "symbolic": SYMBOLICS}[kind]
            )
        at = rng.choice((None, None, None, 0, 1, 5))
        may_pass = kind == "alike" or at is not None or tag in RETURNS_NOTHING
        case = Case(number, lesson, tag, name, odd, may_pass, at)
        return (
            replace(case, at=None, may_pass=kind == "alike") if case.is_value else case
        )

    def grade(self, case: Case, whole: bool) -> Report:
        """Return the report on a case, on its exercise alone unless `whole`."""
        lesson = self._lessons[case.lesson]
        source = case.source(lesson.solution.read_text(encoding="utf-8"))
        return grade_attempt(
            lesson,
            lesson.solution,
            source=source.encode(),
            seed=case.number,
            exercise=None if whole else case.tag,
            pool=self._pool,
        )

    def close(self) -> None:
        """End the warm processes."""
        self._pool.close()


def _targets(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Each exercise, and the name in the file that answers it."""
    solution = lesson.solution.read_text(encoding="utf-8")
    for exercise in judge.load_exercises(lesson):
        name = exercise.writes or "PREDICT"
        if f"\n{name.split('[')[0]} = " in solution or f"def {name}(" in solution:
            yield exercise.tag, name


ODDS, ALIKES, SYMBOLICS = map(_expressions, (ODD, ALIKE, SYMBOLIC))


def tried(count: int, first: int = 0, names: Iterable[str] = LESSONS) -> FuzzTally:
    """Grade `count` cases, and every tenth with the whole of its lesson."""
    fuzz, tally = GradingFuzz(names), FuzzTally()
    try:
        for number in range(first, first + count):
            case, began_s = fuzz.case(number), processor_time_s()
            try:
                report = fuzz.grade(case, whole=number % 10 == 9)
            except Exception as error:
                kind = "an error" if isinstance(error, GraderError) else "uncaught"
                tally.faults.append(f"{kind}, {type(error).__name__}: {error}, {case}")
                continue
            tally.add(case, report, processor_time_s() - began_s)
    finally:
        fuzz.close()
    return tally


def main(count: str = f"{COUNT}", first: str = "0", *names: str) -> int:
    """Print what came of so many cases; whether something must not be."""
    tally = tried(int(count), int(first), names or LESSONS)
    print(f"{int(count):,} gradings, slowest {tally.slowest_s:.1f} s ({tally.slowest})")
    for outcome, number in tally.outcomes.most_common():
        print(f"{number:9,}  {outcome}")
    for fault in tally.faults:
        print(fault)
    return len(tally.faults) > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
