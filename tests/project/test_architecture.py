"""A part imports only from parts above it, and the laws of the house hold."""

import ast
import functools
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.course.settings import read_settings
from grader.judge.provenance import NOT_JUDGING
from tests.support.packages import INSIDE, ROOMS
from tests.support.project import ROOT, iterate_modules

# The program finds it by its entry points alone, as those of other distributions.
EXTENSION = "classroom"
# What the pages consist of.
STATIC = [
    path
    for end in ("html", "css", "js")
    for path in (ROOT / "grader").rglob(f"*.{end}")
]
# These could be published by themselves.
ALONE = ("derivations", "checks/mutations")


def modules() -> list[Path]:
    return [path for path in iterate_modules() if part_of(path) not in ALONE]


def part_of(path: Path) -> str:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return part_named(module.removesuffix(".__init__"))


def room_of(part: str) -> str:
    return part.split("/")[0]


def part_named(module: str) -> str:
    """The part that a module is in.

    That is the room, `web` of `grader.web.middleware`, or a part that `INSIDE` names,
    `course/document` of `grader.course.document.cells`.
    """
    package, *inside = module.split(".")
    if package != "grader" or not inside:
        return package
    parts = {part for floor in INSIDE.get(inside[0], ()) for part in floor}
    return "/".join(inside[:2] if parts & {*inside[1:2]} else inside[:1])


def layer_of(path: Path) -> str:
    """The part, and of the sandbox and the terminal what is in it."""
    parts = path.relative_to(ROOT / "grader").with_suffix("").parts
    return "/".join(parts[:2]) if parts[0] in ("sandbox", "cli") else part_of(path)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def imported_modules(path: Path) -> set[str]:
    """The modules that a file imports, `grader.judge` for `from grader import judge`."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            package = module.removeprefix("grader.")
            found |= (
                {f"{module}.{alias.name}" for alias in node.names}
                if package in ("grader", "sandbox", "cli", *INSIDE)
                else {module}
            )
    return found


def imported_parts(path: Path) -> set[str]:
    ours = {m for m in imported_modules(path) if m.split(".")[0] in ("grader", "tools")}
    return {part_named(module) for module in ours}


def test_imports_point_upwards() -> None:
    level = {room: i for i, floor in enumerate(ROOMS) for room in floor}
    level["tools"] = len(ROOMS) - 1  # commands measure and pack with them
    offenders = {}
    for path in iterate_modules():
        room = room_of(part_of(path))
        if room == "grader":
            continue
        assert room in level, f"{room} has no place in the list of rooms"
        others = {room_of(part) for part in imported_parts(path)} - {room, "grader"}
        if below := {o for o in others if level.get(o, 99) >= level[room]}:
            offenders[path.relative_to(ROOT).as_posix()] = below
    offenders = {at: below for at, below in offenders.items() if below != {"tools"}}
    assert offenders == {}


@pytest.mark.parametrize("room", INSIDE)
def test_imports_in_a_room_point_upwards(room: str) -> None:
    level = {
        f"{room}/{part}".rstrip("/"): i
        for i, floor in enumerate(INSIDE[room])
        for part in floor
    }
    offenders = {}
    for path in iterate_modules(f"grader/{room}"):
        part = part_of(path)
        if part not in level and path.parent.name == room and path.name[:2] == "__":
            continue  # the room's own sentence
        assert part in level, f"{part} has no place in its room"
        others = {o for o in imported_parts(path) if room_of(o) == room} - {part}
        if below := {o for o in others if level.get(o, 99) >= level[part]}:
            offenders[path.relative_to(ROOT).as_posix()] = below
    assert offenders == {}


def test_the_product_of_a_learner_stands_alone() -> None:
    """Nothing imports classes and rooms, or names one of their modules in a text."""
    named = re.compile(rf"grader[./]{EXTENSION}\b")
    offenders = {
        path.relative_to(ROOT).as_posix()
        for path in iterate_modules()
        if room_of(part_of(path)) != EXTENSION
        if EXTENSION in {room_of(part) for part in imported_parts(path)}
        or named.search(path.read_text("utf-8"))
    }
    # Its docstring gives an example of a place.
    assert offenders == {"grader/common/extensions.py"}


def test_no_files_import_each_other_in_a_circle() -> None:
    """Imports in functions count; those for annotations alone don't."""
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in iterate_modules("grader", "tools")
    }
    left = {
        name: {
            module
            for one in names_at_run_time(path)
            if (module := one if one in paths else one.rpartition(".")[0]) in paths
        }
        - {name}
        for name, path in paths.items()
    }
    assert sum(map(len, left.values())) > 1000
    while free := {name for name, imported in left.items() if not imported}:
        left = {name: left[name] - free for name in left.keys() - free}
    # What is left is in a circle or imports one.
    while unused := left.keys() - set().union(*left.values()):
        left = {name: left[name] for name in left.keys() - unused}
    assert left == {}


def names_at_run_time(path: Path) -> set[str]:
    """Everything that a file imports while it runs, modules and what is in them."""
    found, todo = set(), [tree_of(path)]
    while todo:
        match todo.pop():
            case ast.If(ast.Name("TYPE_CHECKING"), _, otherwise):
                todo += otherwise
            case ast.Import(names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(str(module), names):
                found |= {f"{module}.{alias.name}" for alias in names}
            case node:
                todo += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("part", ALONE)
def test_what_could_be_published_stands_alone(part: str) -> None:
    files = sorted((ROOT / "grader" / part).glob("*.py"))
    imported = set().union(*(imported_modules(path) for path in files))
    own = {m for m in imported if m.startswith(f"grader.{part.replace('/', '.')}")}
    assert len(own) > 3
    other = {m.split(".")[0] for m in imported - own}
    allowed = {"numpy"} if part == "checks/mutations" else set()
    assert other <= sys.stdlib_module_names | allowed


def test_whatever_can_change_a_verdict_counts_in_the_graders_version() -> None:
    imports: dict[str, set[str]] = {}
    for path in iterate_modules():
        imports.setdefault(part_of(path), set()).update(imported_parts(path))
    # Lessons import what their checks are written with; the worker is started.
    judging, new = set(), {"judge", "sandbox", "checks", "derivation_checks"}
    while new:
        judging |= new
        new = {part for one in new for part in imports.get(one, ())} - judging
    assert judging & NOT_JUDGING == set()


def test_tools_are_beside_the_grader_and_no_part_of_it() -> None:
    importers = {
        layer_of(path)
        for path in iterate_modules()
        if any(m.split(".")[0] == "tools" for m in imported_modules(path))
    }
    assert importers == {"cli/author"}


def test_what_tests_share_is_in_their_support() -> None:
    """No test module imports another one, or a conftest."""
    importers: dict[str, set[str]] = {}
    attempts = ROOT / "tests" / "hostile"
    paths = [p for p in iterate_modules("tests", "tools") if attempts not in p.parents]
    for path in paths:
        found = {
            f"{node.module}.{alias.name}"
            if isinstance(node, ast.ImportFrom)
            else alias.name
            for node in ast.walk(tree_of(path))
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        if found := {
            name for name in found if re.match(r"tests\.(.*\.)?(test_|conftest)", name)
        }:
            importers[path.relative_to(ROOT).as_posix()] = found
    assert len(paths) > 250
    assert importers == {}


@pytest.mark.promise("nothing-executed")
def test_nobody_imports_the_worker() -> None:
    importers = [
        p.name
        for p in modules()
        if any(m.startswith("grader.sandbox.worker.") for m in imported_modules(p))
        and layer_of(p) != "sandbox/worker"
    ]
    assert importers == []


def test_base_exceptions_are_caught_in_the_worker_alone() -> None:
    catchers = {
        layer_of(p) for p in modules() if "except BaseException" in p.read_text()
    }
    assert catchers <= {"sandbox/worker"}


@pytest.mark.promise("nothing-executed")
def test_nothing_is_pickled_or_evaluated() -> None:
    offenders = {}
    for path in modules():
        names = {n.id for n in ast.walk(tree_of(path)) if isinstance(n, ast.Name)}
        forbidden = (
            {"eval", "sympify", "pickle", "exec"}
            if layer_of(path) != "sandbox/worker"
            else {"pickle", "sympify"}
        )
        if found := (names & forbidden) | (imported_modules(path) & {"pickle"}):
            offenders[str(path.relative_to(ROOT))] = found
    assert offenders == {}


def test_the_course_is_handed_to_whatever_needs_it() -> None:
    """Only two parts look around: what makes an application, and how to type here."""
    looking = {layer_of(p) for p in modules() if "find_nearest(" in p.read_text()}
    places = {"learner/application", "course/course_folder", "course/installation"}
    assert looking == places
    constants = {
        f"{layer_of(p)}: {node.id}"
        for p in modules()
        for node in ast.walk(tree_of(p))
        if isinstance(node, ast.Name) and node.id in ("ROOT", "PROJECT")
    }
    assert constants == set()


def test_the_pool_of_workers_is_made_in_one_place() -> None:
    makers = [
        layer_of(p) for p in modules() if re.search(r"\bWorkerPool\(.", p.read_text())
    ]
    assert makers == ["learner/application"]


def test_only_what_draws_knows_rich() -> None:
    knowing = {
        layer_of(p)
        for p in modules()
        if any(m.split(".")[0] == "rich" for m in imported_modules(p))
    }
    assert knowing <= {"cli/render", "pictures"}


def test_only_tasks_end_the_program() -> None:
    enders = [
        p.name
        for p in modules()
        if "sys.exit(" in p.read_text() and layer_of(p) != "sandbox/worker"
    ]
    assert enders == []


def test_the_grader_knows_no_lesson() -> None:
    """What a course is about stands in its lessons, and what it needs in its settings."""
    lessons = catalog.lessons(ROOT)
    assert len(lessons) == 14
    names = [*(one.name for one in lessons), *(one.title for one in lessons)]
    settings = read_settings(ROOT)
    words = "|".join(map(re.escape, [*names, settings.command]))
    pattern = rf"softmax|sigmoid|mnist|entropy|\b({words})\b|\bof lesson [0-9]"
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [*modules(), *STATIC]
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line, re.IGNORECASE)
    ]
    assert found == []


def test_outcomes_are_grouped_in_their_own_module_alone() -> None:
    """Elsewhere a property is asked, or every member is matched.

    So mypy names each place where a new outcome needs a decision.
    """
    own = ROOT / "grader" / "report" / "outcome.py"
    grouped, open_ended, matches = [], [], 0
    for path in iterate_modules("grader", "tools"):
        for node in ast.walk(tree_of(path)):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            match node:
                case ast.Tuple(elts) | ast.List(elts) | ast.Set(elts):
                    grouped += [place] if sum(map(is_outcome, elts)) > 1 else []
                case ast.Dict(keys) if path != own:
                    grouped += [place] if any(map(is_outcome, keys)) else []
                case ast.Match(_, [*_, last] as cases) if has_outcomes(cases):
                    matches += 1
                    is_whole = "assert_never(" in ast.unparse(last)
                    open_ended += [] if is_whole else [place]
    assert matches > 6
    assert (grouped, open_ended) == ([], [])


def has_outcomes(cases: Sequence[ast.match_case]) -> bool:
    return any(is_outcome(node) for one in cases for node in ast.walk(one.pattern))


def is_outcome(node: ast.AST | None) -> bool:
    match node:
        case ast.Attribute(ast.Name("Outcome" | "OutcomeTone")):
            return True
    return False


def test_a_name_stands_for_one_class() -> None:
    """One word for one thing; what a type is called is such a name too."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for path in iterate_modules("grader", "tools"):
        place = path.relative_to(ROOT).as_posix()
        for node in tree_of(path).body:
            match node:
                case ast.ClassDef(name):
                    places[name][f"{place}:{node.lineno}"] = place
                # The same type may be called the same in two modules.
                case ast.Assign([ast.Name(name)], value) if is_type_name(name, value):
                    places[name].setdefault(ast.dump(value), place)
    assert len(places) > 380
    several = {name: [*found.values()] for name, found in places.items()}
    assert {name: found for name, found in several.items() if len(found) > 1} == {}


def is_type_name(name: str, value: ast.expr) -> bool:
    # A call makes a TypeVar, which stands for no type.
    is_called = isinstance(value, ast.Call)
    return not is_called and re.match("_?[A-Z]+[a-z]", name) is not None


def test_what_is_called_describe_returns_text() -> None:
    """It returns one text, maybe None, or several."""
    functions = {
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno} {node.name}": node
        for path in iterate_modules("grader", "tools")
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and re.match("_?describe(_|$)", node.name)
    }
    assert len(functions) > 60
    of = r"(Iterable|Iterator|Sequence|list|set)\[str\]|tuple\[str, \.\.\.\]"
    text = re.compile(rf"str|str \| None|{of}")
    returned = {
        place: ast.unparse(node.returns) if node.returns else "nothing"
        for place, node in functions.items()
    }
    assert {at: x for at, x in returned.items() if not text.fullmatch(x)} == {}


def test_modules_and_functions_are_short() -> None:
    """At most 600 lines in a module; 60 in a function, its docstring not counted."""
    paths = list(iterate_modules("grader", "tools"))
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths
    }
    functions = {
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno}": lines_of(node)
        for path in paths
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef)
    }
    assert len(functions) > 2000
    assert {at: n for at, n in functions.items() if n > 60} == {}
    assert {at: n for at, s in texts.items() if (n := len(s.splitlines())) > 600} == {}


def lines_of(function: ast.FunctionDef) -> int:
    """Count the lines of a function without its docstring."""
    first = function.body[0] if ast.get_docstring(function) else None
    said = (first.end_lineno or 0) - first.lineno + 1 if first else 0
    return (function.end_lineno or 0) - function.lineno + 1 - said


def test_what_authors_write_stands_in_files_that_one_reads_at_once() -> None:
    written = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / "lessons").rglob("*.py")
        if path.name != "lesson.py"  # the page, which dev.build writes
    }
    assert len(written) > 90
    assert {path: lines for path, lines in written.items() if lines > 600} == {}


def test_both_evaluations_of_a_derivation_are_behind_one_door() -> None:
    asking = {"confirm", "diagnose", "evaluate", "is_first_entry", "judge_lines"}
    door = ROOT / "grader" / "derivation_checks" / "verdicts.py"
    own = ROOT / "grader" / "derivations"
    files = [p for p in iterate_modules() if p != door and own not in p.parents]
    for path in [*files, *ROOT.glob("lessons/*/**/*.py")]:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and "derivation" in (node.module or ""):
                assert not asking & {alias.name for alias in node.names}, path
