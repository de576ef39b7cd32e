"""A room imports only from rooms above it, and the laws of the house hold."""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from grader.versions import NOT_JUDGING
from tests.packages import PACKAGES, iterate_modules

ROOT = Path(__file__).parent.parent
ROOMS = (
    ("errors",),
    ("machine", "clean", "library_messages", "python_lines", "exercise_tag"),
    ("files", "no_links", "source", "markup", "cell_map", "bytecode", "debugging"),
    ("typeset",),
    ("course", "page_header", "stubs", "own_lessons"),
    ("codec",),
    ("isolation",),
    ("notebook",),
    ("attempt_file",),
    ("sympy_serialization", "fit_progress"),
    ("cell_run",),
    ("worker",),
    ("launching",),
    ("sandbox",),
    ("basis", "override", "unread", "wording"),
    ("report",),
    ("report_json", "report_lines", "cures"),
    ("report_html", "report_pictures"),
    ("attempt", "catalog"),
    ("build", "versions"),
    ("new_notebook",),
    ("derivations", "slips"),
    ("kept",),
    ("checks",),
    ("derivation_checks",),
    ("judge",),
    ("panel", "watch"),
    ("verify",),
    ("gradebook",),
    ("session",),
    ("course_page",),
    ("doctor", "scaffold"),
    ("csv_tables",),
    ("classroom",),
    ("export",),
    ("page",),
    ("page_run",),
    ("server",),
    ("pictures",),
    ("render",),
    ("joined",),
    ("commands",),
    ("cell",),
)


# These could be published by themselves.
ALONE = ("derivations", "slips")


def modules() -> list[Path]:
    return list(iterate_modules(*(p for p in PACKAGES if p not in ALONE)))


def room_of(path: Path) -> str:
    return room_named(".".join(path.relative_to(ROOT).with_suffix("").parts))


def room_named(module: str) -> str:
    """The room of a module: of `classroom.export.moodle` it is `export`."""
    package, *inside = module.split(".")
    room = inside[0] if inside else "__init__"
    if package == "classroom":
        return room if (room,) in ROOMS else "classroom"
    return package if package in (*ALONE, "verify", "server") else room


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (module := node.module or ""):
            names = [module] if "." in module else []
            # `from grader import judge` and `from classroom.export import moodle`
            names = names or [f"{module}.{alias.name}" for alias in node.names]
            rooms |= {room_named(name) for name in names if is_ours(name)}
        elif isinstance(node, ast.Import):
            rooms |= {room_named(a.name) for a in node.names if is_ours(a.name)}
    return rooms


def is_ours(module: str) -> bool:
    return module.split(".")[0] in PACKAGES


def test_imports_point_upwards() -> None:
    level = {room: i for i, names in enumerate(ROOMS) for room in names}
    rooms = {path: room_of(path) for path in modules()}
    placed = {p: room for p, room in rooms.items() if room != "__init__"}
    assert set(placed.values()) - set(level) == set()
    offenders = {
        str(path.relative_to(ROOT)): below
        for path, room in placed.items()
        if (
            below := {r for r in imported_rooms(path) if level.get(r, 99) > level[room]}
        )
    }
    assert offenders == {}


@pytest.mark.parametrize("package", ALONE)
def test_what_could_be_published_stands_alone(package: str) -> None:
    files = sorted((ROOT / package).glob("*.py"))
    modules = set().union(*(imported_modules(path) for path in files))
    own = {m for m in modules if m.split(".")[0] == package}
    assert len(own) > 4
    other = {m.split(".")[0] for m in modules - own}
    allowed = {"numpy"} if package == "slips" else set()
    assert other <= sys.stdlib_module_names | allowed


def test_packages_import_only_from_those_before_them() -> None:
    offenders = {}
    for path in modules():
        at = PACKAGES.index(path.relative_to(ROOT).parts[0])
        imported = {m.split(".")[0] for m in imported_modules(path)}
        if later := imported & set(PACKAGES[at + 1 :]):
            offenders[str(path.relative_to(ROOT))] = later
    assert offenders == {}


def test_whatever_can_change_a_verdict_counts_in_the_graders_version() -> None:
    imports: dict[str, set[str]] = {}
    for path in modules():
        imports.setdefault(room_of(path), set()).update(imported_rooms(path))
    # Lessons import what their checks are written with; the worker is started.
    judging, new = set(), {"judge", "worker", "checks", "derivation_checks"}
    while new:
        judging |= new
        new = {r for room in new for r in imports.get(room, ())} - judging
    assert judging & NOT_JUDGING == set()


def test_tools_are_beside_the_grader_and_no_part_of_it() -> None:
    importers = {
        room_of(path)
        for path in modules()
        if any(m.split(".")[0] == "tools" for m in imported_modules(path))
    }
    assert importers == {"commands"}


def test_nobody_imports_the_worker() -> None:
    importers = [
        p.name
        for p in modules()
        if "worker" in imported_rooms(p) and room_of(p) != "worker"
    ]
    assert importers == []


def test_base_exceptions_are_caught_in_the_worker_alone() -> None:
    catchers = {
        room_of(p) for p in modules() if "except BaseException" in p.read_text()
    }
    assert catchers <= {"worker"}


def test_nothing_is_pickled_or_evaluated() -> None:
    for path in modules():
        names = {
            n.id
            for n in ast.walk(ast.parse(path.read_text()))
            if isinstance(n, ast.Name)
        }
        forbidden = (
            {"eval", "sympify", "pickle", "exec"}
            if room_of(path) != "worker"
            else {"pickle", "sympify"}
        )
        assert names & forbidden == set(), path.name
        assert "pickle" not in imported_modules(path), path.name


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_only_the_drawing_rooms_know_rich() -> None:
    knowing = {
        room_of(p)
        for p in modules()
        if any(m.split(".")[0] == "rich" for m in imported_modules(p))
    }
    assert knowing <= {"render", "pictures"}


def test_only_tasks_end_the_program() -> None:
    enders = [
        p.name
        for p in modules()
        if "sys.exit(" in p.read_text() and room_of(p) != "worker"
    ]
    assert enders == []


def test_the_grader_knows_no_lesson() -> None:
    """What a course is about stands in its lessons; the package has a name."""
    words = re.compile(r"softmax|sigmoid|mnist|entropy", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in modules()
        for line in path.read_text(encoding="utf-8").splitlines()
        if words.search(line.replace("cross-entropy-lessons", ""))
    ]
    assert found == []


def test_a_name_stands_for_one_class() -> None:
    """One word for one thing; what a type is called is such a name too."""
    places: dict[str, dict[str, str]] = defaultdict(dict)
    for path in iterate_modules(*PACKAGES, "tools"):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
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


def test_modules_and_functions_are_short() -> None:
    """At most 600 lines in a module; 60 in a function, its docstring not counted."""
    paths = list(iterate_modules(*PACKAGES, "tools"))
    texts = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths
    }
    functions = {
        f"{path}:{node.lineno}": lines_of(node)
        for path, text in texts.items()
        for node in ast.walk(ast.parse(text))
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
