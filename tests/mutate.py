"""Change the grader in one place at a time, and see whether a test notices.

``uv run python tests/mutate.py [ROOM ...] [--count 80] [--seed 0] [--again]`` takes a
sample of each room's mutants, the same for a seed, and prints how many its tests killed
and which live. It goes on where it stopped; ``--again`` tries those that live once more.

A mutant is tried in a process forked from this one, which has numpy and pytest in memory
and nothing of ours, and only by the tests that reach the function it changes, the
quickest first: a second for each, where a test run of its own would take ten.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import ctypes
import hashlib
import importlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
SURVIVORS = ROOT / "tests" / "survivors.toml"
WANTED = 0.85
# What each room's tests are; those of other rooms may kill more.
ROOMS = {
    "judge": (
        "grader/judge/__init__.py grader/judge/root_causes.py grader/judge/fixtures.py "
        "grader/judge/loading.py grader/judge/runner.py",
        "judge runner causes changed_inputs kept loading unnamed unread stray_statements",
    ),
    "session": (
        "grader/attempt/attempt_session.py grader/attempt/workers.py",
        "session runner judge causes",
    ),
    "sandbox": (
        "grader/sandbox/*.py grader/sandbox/prelaunch.py",
        "starter scratch standby sandbox",
    ),
    "diagnosis": (
        "grader/diagnosis/__init__.py grader/diagnosis/sentences.py grader/diagnosis/mutation_search.py",
        "diagnosis slips changed_inputs judge true_beside_answers true_of_both",
    ),
    "derivations": (
        "grader/derivations/*.py",
        "derivations derivation derivation_names derivation_text derivation_words slopes",
    ),
    "codec": ("grader/sandbox/codec/*.py", "codec channel"),
    "gradebook": ("grader/gradebook/*.py", "gradebook"),
    "export": (
        "grader/classroom/export/*.py grader/classroom/class_files.py grader/report/report_text.py grader/report/sentences.py grader/report/view.py "
        "grader/classroom/class_result.py grader/classroom/overrides.py "
        "grader/classroom/records.py grader/classroom/roster.py "
        "grader/classroom/summary.py grader/classroom/moodle_worksheet.py",
        "export feedback overrides unnamed",
    ),
}
MEMORY = 4 * 2**30
# What is kept after its first call is reached by one test, and matters to all; what runs
# at import, or in another process, is reached by none.
FEW = 4

Reached = dict[str, tuple[float, set[tuple[str, int]]]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one file.

    Attributes:
        function: the function it is made in and the function's first line; "" and 0
            where it is in none.
        span: the bytes that are replaced.
    """

    path: str
    line: int
    function: tuple[str, int]
    span: tuple[int, int]
    old: str
    new: str

    def __str__(self) -> str:
        name = self.function[0] or "(module)"
        return f"{self.path} {name}: {' '.join(self.old.split())} -> {self.new}"

    def apply(self, text: bytes) -> bytes:
        return text[: self.span[0]] + self.new.encode() + text[self.span[1] :]


OTHERS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}


def changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """What may stand in place of a node, or of a part of it."""
    match node:
        case ast.Compare(left, ops, comparators):
            for at, op in enumerate(ops):
                turned = [*ops[:at], OTHERS[type(op)](), *ops[at + 1 :]]
                yield node, f"({ast.unparse(ast.Compare(left, turned, comparators))})"
        case ast.BoolOp(op, values):
            yield node, f"({ast.unparse(ast.BoolOp(OTHERS[type(op)](), values))})"
        case ast.BinOp(left, op, right) if type(op) in OTHERS:
            yield node, f"({ast.unparse(ast.BinOp(left, OTHERS[type(op)](), right))})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.UnaryOp(ast.USub(), operand):
            yield node, f"({ast.unparse(operand)})"
        case ast.Constant(bool(value)):
            yield node, str(not value)
        case ast.Constant(int(value) | float(value)):
            yield node, str(value + 1)
        case ast.Return(ast.expr() as value) if ast.unparse(value) != "None":
            yield node, "return None"
        case (
            ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break()
        ):
            yield node, "pass"
        case ast.Expr(ast.Call() | ast.Await()):
            yield node, "pass"
    # A comparison is turned above: negated, it would be the same mutant.
    for test in (getattr(node, "test", None), *getattr(node, "ifs", ())):
        if test and not isinstance(test, ast.Compare | ast.UnaryOp | ast.Constant):
            yield test, f"(not ({ast.unparse(test)}))"


def find_mutants(path: str, text: bytes) -> Iterator[Mutant]:
    """Every mutant of a file."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def visit(
        node: ast.AST, function: tuple[str, int], prefix: str
    ) -> Iterator[Mutant]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            prefix = f"{prefix}.{node.name}".lstrip(".")
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            function = prefix, first
        for part, new in changes(node):
            begin = starts[part.lineno - 1] + part.col_offset
            end = starts[part.end_lineno - 1] + part.end_col_offset
            old = text[begin:end].decode()
            yield Mutant(path, part.lineno, function, (begin, end), old, new)
        for child in children(node):
            yield from visit(child, function, prefix)

    yield from visit(ast.parse(text), ("", 0), "")


def children(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that are run, and whose places are known."""
    skipped = {"annotation", "returns", "decorator_list", "type_params", "pattern"}
    for field, value in ast.iter_fields(node):
        if field in skipped:
            continue
        for child in value if isinstance(value, list) else [value]:
            is_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(
                child.test
            )
            # Within an f-string, Python 3.11 states other places than those in the file.
            if isinstance(child, ast.AST) and not (
                is_for_types or isinstance(child, ast.JoinedStr | ast.Assert)
            ):
                yield child


def draw(folder: Path, room: str, count: int, seed: int) -> list[Mutant]:
    """A sample of a room's mutants that changes elsewhere in a file leave as it is."""
    twins: Counter[str] = Counter()
    keyed = []
    for pattern in ROOMS[room][0].split():
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            for mutant in find_mutants(name, path.read_bytes()):
                twins[str(mutant)] += 1
                word = f"{seed} {mutant} {twins[str(mutant)]}"
                keyed.append((hashlib.sha256(word.encode()).digest(), mutant))
    return [mutant for _, mutant in sorted(keyed, key=lambda pair: pair[0])[:count]]


class Recorder:
    """Notes which functions each test reaches, and how long it takes."""

    def __init__(self) -> None:
        self.reached: Reached = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        seen: set[tuple[str, int]] = set()

        def note(frame: Any, event: str, arg: Any) -> None:
            if event == "call":
                seen.add((frame.f_code.co_filename, frame.f_code.co_firstlineno))

        began_s = time.perf_counter()
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
            here = {
                (Path(f).relative_to(Path.cwd()).as_posix(), line)
                for f, line in tuple(seen)  # threads may go on
                if f.startswith(f"{Path.cwd()}/")
            }
            self.reached[item.nodeid] = (time.perf_counter() - began_s, here)


class Chooser:
    """Runs the tests that reach a function, the quickest first, each for a while."""

    def __init__(self, chosen: dict[str, float]) -> None:
        self.chosen = chosen

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [item for item in items if item.nodeid in self.chosen]
        whole_s: Counter[str] = Counter()
        for item in chosen:
            whole_s[str(item.path)] += self.chosen[item.nodeid]  # type: ignore[assignment]
        # File by file: what a file's tests share is made once.
        items[:] = sorted(
            chosen,
            key=lambda i: (whole_s[str(i.path)], str(i.path), self.chosen[i.nodeid]),
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        # Its default action ends the process, even one that loops in C.
        signal.setitimer(signal.ITIMER_REAL, 20 + 10 * self.chosen[nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            Path("killer").write_text(report.nodeid)


class Laboratory:
    """A copy of the project in which mutants are made and tried."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tracked = subprocess.check_output(
            ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True
        )
        for name in filter(None, tracked.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        self._later_s = time.time()

    def write(self, path: str, text: bytes) -> None:
        """Write a file with a time of its own: bytecode is kept by the second."""
        (self.folder / path).write_bytes(text)
        self._later_s += 2
        os.utime(self.folder / path, (self._later_s, self._later_s))

    def key_of(self, mutant: Mutant) -> str:
        text = mutant.apply((self.folder / mutant.path).read_bytes())
        return hashlib.sha256(mutant.path.encode() + text).hexdigest()[:16]

    def record(self, tests: list[str]) -> Reached:
        """Run the tests as they are.

        Raises:
            SystemExit: one of them fails.
        """
        recorder, kept = Recorder(), self.folder / "reached.json"

        def keep() -> None:
            kept.write_text(json.dumps(recorder.reached, default=sorted))

        if self._fork(tests, recorder, 1800, keep) != 0:
            said = (self.folder / "said").read_text(errors="replace")[-2000:]
            raise SystemExit(f"{said}\nThe tests fail without a mutant.")
        return {
            name: (took_s, {(path, line) for path, line in functions})
            for name, (took_s, functions) in json.loads(kept.read_text()).items()
        }

    def kills(self, mutant: Mutant, reached: Reached) -> str | None:
        """The test that kills a mutant; None when it lives."""
        function = mutant.path, mutant.function[1]
        chosen = {n: s for n, (s, seen) in reached.items() if function in seen}
        if len(chosen) < FEW:
            chosen = {name: took_s for name, (took_s, _) in reached.items()}
        files = sorted({name.partition("::")[0] for name in chosen})
        text = (self.folder / mutant.path).read_bytes()
        killer = self.folder / "killer"
        killer.unlink(missing_ok=True)
        self.write(mutant.path, mutant.apply(text))
        try:
            code = self._fork(files, Chooser(chosen), 120 + 5 * sum(chosen.values()))
        finally:
            self.write(mutant.path, text)
        if code == 0:
            return None
        return killer.read_text() if killer.exists() else "(import, or time)"

    def _fork(
        self, files: list[str], plugin: object, limit_s: float, after: Any = None
    ) -> int:
        if (child := os.fork()) == 0:
            code = 1
            try:
                code = self._run(files, plugin, after)
            finally:  # whatever a mutant raises: the folder is the parent's to remove
                os._exit(code)
        ends_s = time.monotonic() + limit_s
        # Orphans that end are reaped as well: tests look whether they are gone.
        while (ended := os.waitpid(-1, os.WNOHANG))[0] != child:
            if time.monotonic() > ends_s:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.02)
        end_descendants()
        return os.waitstatus_to_exitcode(ended[1])

    def _run(self, files: list[str], plugin: object, after: Any) -> int:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, resource.RLIM_INFINITY))
        os.chdir(self.folder)
        os.environ["PYTHONPATH"] = str(self.folder)
        sys.path.insert(0, str(self.folder))
        quiet = os.open(self.folder / "said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        words = [
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            f"--basetemp={self.folder.parent}/tmp",
        ]
        code = int(pytest.main([*words, *files], plugins=[plugin]))
        if after:
            after()
        return code


def end_descendants() -> None:
    """End what a mutant has left running; all of it comes to this process."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def try_room(
    laboratory: Laboratory, room: str, mutants: list[Mutant], log: Path, again: bool
) -> dict[Mutant, str | None]:
    """Try a room's mutants that have not been tried yet; what killed each."""
    lines = log.read_text().splitlines() if log.exists() else []
    known = {row["key"]: row["killer"] for row in map(json.loads, lines)}
    keys = {mutant: laboratory.key_of(mutant) for mutant in mutants}
    waiting = [m for m, k in keys.items() if k not in known or (again and not known[k])]
    if waiting:
        tests = [f"tests/test_{name}.py" for name in ROOMS[room][1].split()]
        reached = laboratory.record(tests)
    for mutant in waiting:
        began_s = time.perf_counter()
        killer = laboratory.kills(mutant, reached)
        known[keys[mutant]] = killer
        took_s = time.perf_counter() - began_s
        print(f"{took_s:5.1f} s  {killer or 'LIVES'}  {mutant}", flush=True)
        row = {"key": keys[mutant], "mutant": str(mutant), "killer": killer}
        with log.open("a") as file:
            file.write(json.dumps(row) + "\n")
    return {mutant: known[key] for mutant, key in keys.items()}


def tell(room: str, killers: dict[Mutant, str | None]) -> bool:
    """Print what became of a room's mutants; whether enough of them were killed."""
    text = SURVIVORS.read_text() if SURVIVORS.exists() else ""
    reasons = {
        mutant: entry["reason"]
        for entry in tomllib.loads(text).get("survivor", ())
        for mutant in entry["mutants"]
    }
    living = [mutant for mutant, killer in killers.items() if not killer]
    count, killed = len(killers), len(killers) - len(living)
    print(f"\n{room}: {killed} of {count} killed, {killed / count:.0%}")
    for mutant in living:
        print(f"  line {mutant.line}: {mutant}")
        print(f"    {reasons.get(str(mutant), 'nobody has looked at this one yet')}")
    return killed >= WANTED * count


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=", ".join(ROOMS))
    parser.add_argument("--count", type=int, default=80, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, default=ROOT / "mutants.jsonl")
    parser.add_argument(
        "--again", action="store_true", help="try those that live again"
    )
    asked = parser.parse_args()
    if unknown := set(asked.rooms) - set(ROOMS):
        parser.error(f"no room {', '.join(unknown)}; there are {', '.join(ROOMS)}")
    for name in ("numpy", "msgspec", "jsonschema", "rich.console", "pandas"):
        importlib.import_module(name)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(
            36, 1, 0, 0, 0
        )  # orphans come here: SET_CHILD_SUBREAPER
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        laboratory = Laboratory(Path(folder) / "project")
        results = {}
        for room in asked.rooms or ROOMS:
            mutants = draw(laboratory.folder, room, asked.count, asked.seed)
            results[room] = try_room(laboratory, room, mutants, asked.log, asked.again)
    enough = [tell(room, killers) for room, killers in results.items()]
    return 0 if all(enough) else 1


if __name__ == "__main__":
    sys.exit(main())
