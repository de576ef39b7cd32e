"""declarations: check what a lesson declares, before anything is graded."""

from __future__ import annotations

import ast
import builtins
import difflib
import functools
import inspect
import itertools
import re
import sys
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from types import ModuleType

from grader.authoring.verify.function_source import names_used_by
from grader.authoring.verify.mutants import make_mutant
from grader.checks import Exercise
from grader.checks.attempt import OWN_NAMES
from grader.checks.exercises import KnownMistake, WrongAnswer
from grader.common.errors import BrokenLesson
from grader.course.document import page_builder
from grader.course.document.bindings import assigned_entries
from grader.course.document.catalog import Lesson, find_twins
from grader.course.document.cells import Document
from grader.course.document.kept_figures import FOLDER
from grader.course.document.source import parse_python
from grader.course.installation import format_command
from grader.course.settings import read_settings
from grader.judge.loading import describe_error, display_path, facts_of

# Each ability ("You can now ...") and each alternative has to fit in a terminal.
SHORTEST, WIDEST = 21, 76
MOST_LINES, LONGEST = 10, 200
# Packages of the course itself, which is there before any library.
COURSE_PACKAGES = frozenset({"lessons", "solutions", "grader"})
EXPECTED_FILES = frozenset({"NOTES.md", "measured.json", "natural_attempts.toml"})


def declaration_problems(
    lesson: Lesson,
    module: ModuleType,
    exercises: Sequence[Exercise],
    chosen: Sequence[Exercise],
) -> Iterator[str]:
    """Yield the problems in a lesson's folder, its exercises and its cells.

    Args:
        lesson: the lesson whose folder and cells are checked.
        module: its checks.
        exercises: all of its exercises.
        chosen: the exercises whose own declarations are checked.
    """
    for twin in find_twins(lesson):
        yield (
            f"{display_path(lesson.folder)} and lessons/{twin} have the same number; "
            "give one of the folders another, and its solution, too"
        )
    settings = read_settings(lesson.folder.parents[1])
    yield from _forbidden_import_problems(lesson, settings.importable)
    yield from _unused_file_problems(lesson, module)
    rules = settings.house_rules
    facts = facts_of(module)
    yield from _ability_problems(facts.can_do, rules.can_do)
    yield from _import_problems(lesson, facts.imports)
    points = sum(exercise.points for exercise in exercises)
    if rules.points not in (0, points):
        yield f"the points of the exercises add up to {points}, not {rules.points}"
    for exercise in chosen:
        yield from _exercise_problems(exercise, rules.hints)
        yield from _may_change_problems(exercise, lesson)
        yield from _slip_problems(exercise)
        yield from _alternative_problems(exercise)
        yield from _same_sentence_problems(exercise)
        if problem := order_problem(exercise, exercises):
            yield problem
    yield from _cell_problems(lesson, exercises)
    files = (p for p in lesson.folder.rglob("*") if p.is_file() and p.suffix != ".py")
    names = {p.name for p in files if p.parent.name not in ("__pycache__", FOLDER)}
    for name in sorted(names - EXPECTED_FILES):
        yield f"a stray file in the lesson's folder: {name}"
    if not page_builder.is_up_to_date(lesson):
        yield f"lesson.py differs from the solution; run {format_command('dev.build')}"


def _unused_file_problems(lesson: Lesson, module: ModuleType) -> Iterator[str]:
    """Yield a problem for each file that declares no exercise and isn't imported."""
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in sorted(lesson.checks.parent.glob("[!.]*.py"))
    }
    for path in texts if lesson.checks.name == "__init__.py" else ():
        part = sys.modules.get(f"{module.__name__}.{path.stem}")
        has_one = part and any(isinstance(x, Exercise) for x in vars(part).values())
        others = (text for other, text in texts.items() if other != path)
        if path == lesson.checks or has_one:
            continue
        if not any(re.search(rf"\b{path.stem}\b", text) for text in others):
            yield (
                f"{display_path(path)} declares no exercise, and no other file uses "
                "it; declare one with exercise(...), or delete the file"
            )


def _forbidden_import_problems(
    lesson: Lesson, importable: Sequence[str]
) -> Iterator[str]:
    """Yield a problem for each import of the solution that attempts aren't allowed."""
    for node in parse_solution(lesson).body:
        names = list[str]()
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "lessons":
                names = [f"lessons.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("lessons.") and name not in importable:
                shown = ", ".join(f'"{one}"' for one in (*importable, name))
                yield (
                    f"{display_path(lesson.solution)}, line {node.lineno}: attempts "
                    f"may not import {name}; write importable = [{shown}] into "
                    "course.toml"
                )


def _ability_problems(lines: Sequence[str], ability_count: int) -> Iterator[str]:
    """Yield a problem if a lesson doesn't say what learners can do afterwards."""
    if not ability_count:
        return
    fit = [one for one in lines if one[:1].islower() and SHORTEST <= len(one) <= WIDEST]
    if len(lines) != ability_count or len(fit) != ability_count:
        yield (
            f"LESSON has {len(fit)} lines of can_do= that fit; write {ability_count}, "
            f'each of {SHORTEST} to {WIDEST} characters, to follow "You can now"'
        )


def _import_problems(lesson: Lesson, declared: Sequence[str]) -> Iterator[str]:
    """Yield a problem for each library that a solution imports and LESSON lacks."""
    have = {name.partition(".")[0] for name in declared} | sys.stdlib_module_names
    for node in parse_solution(lesson).body:
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            library = name.partition(".")[0]
            if library in have or library in COURSE_PACKAGES:
                continue
            libraries = ", ".join(f'"{one}"' for one in (*declared, library))
            yield (
                f"{display_path(lesson.solution)}, line {node.lineno}: it imports "
                f"{library}, which LESSON lacks, so every worker imports it again; "
                f"write imports=({libraries})"
            )


def _alternative_problems(exercise: Exercise) -> Iterator[str]:
    """Yield the problems of an alternative: it should be easy to read at a glance."""
    tag, other = exercise.tag, exercise.alternative
    if other is None:
        return
    lines = other.code.splitlines()
    widest = max(map(len, lines), default=0)
    begins = "test_" if exercise.writes.startswith("test_") else f"{exercise.writes}("
    if not other.code.startswith(f"def {begins}"):
        yield f"{tag}: its alternative does not begin with def {begins}"
    if len(lines) > MOST_LINES or widest > WIDEST:
        yield (
            f"{tag}: its alternative has {len(lines)} lines of at most {widest} "
            f"characters; write no more than {MOST_LINES} of {WIDEST}"
        )
    if len(other.why) > LONGEST:
        yield (
            f"{tag}: the why of its alternative has {len(other.why)} characters; write "
            f"{LONGEST} at most"
        )


def _slip_problems(exercise: Exercise) -> Iterator[str]:
    """Yield a problem for each slip whose sentence has a factor that its edit lacks."""
    for slip in exercise.slip_set.slips if exercise.slip_set else ():
        edited = set(re.findall(r"\d+", " ".join(slip.edits)))
        for factor, number in re.findall(r"((\d+) times|factor of \d+)", slip.sentence):
            number = number or factor.split()[-1]
            if number not in edited:
                yield (
                    f"{exercise.tag}: the slip {slip.name!r} says {factor}, "
                    "which isn't in its edit; next to another slip it may be untrue"
                )


def place_of_slip(exercise: Exercise, name: str) -> str:
    """Return the file and the line where an exercise declares its own slip."""
    path = Path(exercise.checks[0].file)
    lines = [
        node.lineno
        for node in ast.walk(parse_python(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value == name
    ]
    return display_path(path) + (f", line {lines[0]}" if lines else "")


def _same_sentence_problems(exercise: Exercise) -> Iterator[str]:
    """Yield a problem for two mistakes whose sentences a learner can't tell apart.

    A slip and a mistake with the same name are one mistake, so they may share a
    sentence.
    """
    slips = exercise.slip_set.slips if exercise.slip_set else ()
    declared = [
        *((k.tag.partition(".")[2], k.target, k.sentence) for k in exercise.mistakes),
        *((one.name, exercise.writes, one.sentence) for one in slips),
    ]
    for (name, of, one), (other, of_other, another) in itertools.combinations(
        declared, 2
    ):
        is_one = name.replace("_", " ") == other.replace("_", " ")
        is_of_one = of == of_other or not of or not of_other
        if is_of_one and not is_one and _first_line(one) == _first_line(another):
            yield (
                f"{exercise.tag}: {name} and {other} begin with the same words, so "
                "nobody knows which it was; write a sentence for each, or make one "
                "mistake of them"
            )


def _first_line(sentence: str) -> str:
    """Return the part of a sentence that is shown at once; the fix is shown later."""
    return " ".join(sentence.partition("\n")[0].split())


def order_problem(exercise: Exercise, exercises: Sequence[Exercise]) -> str:
    """Return a problem with the exercise that this one comes `after`, or ""."""
    tags = [other.tag for other in exercises]
    earlier = tags[: tags.index(exercise.tag)]
    if not exercise.after or exercise.after in earlier:
        return ""
    before = f"before it come {', '.join(earlier)}" if earlier else "it is the first"
    after = f'after="{exercise.after}"'
    return f"{exercise.tag}: {after} is not an exercise before it; {before}"


def target_problem(target: str, tag: str, names: Set[str]) -> str:
    """Return a problem with a `name` or `of` that the solution lacks, or ""."""
    word = re.match(r"\w*", target)  # of PREDICT["loss"], PREDICT
    if target in OWN_NAMES:
        return (
            f"{tag}: attempt.{target} is the handle's own, so nobody can ask for the "
            f"learner's {target}; give that another name"
        )
    name = word[0] if word else ""
    entries = [one for one in names if one.startswith(f"{name}[")]
    if name in names and target != name and entries:
        name, names = target, set(entries)
    if not name or name in names:
        return ""
    near = difflib.get_close_matches(name, names, n=1)
    nearest = f"; the nearest name is {near[0]}" if near else ""
    return f"{tag}: the solution has no {name}{nearest}. Correct function="


def mistake_problem(
    mistake: KnownMistake, lesson: Lesson, imports: tuple[str, ...]
) -> str:
    """Return what a mistake lacks (its sentence, or a name that it uses), or ""."""
    if not mistake.sentence.strip():
        return f"{mistake.tag}: its sentence is empty; write what the learner reads"
    if not all(line.strip() for line in mistake.sentence.split("\n", 1)):
        return (
            f"{mistake.tag}: one of its two lines is empty; write sentence, then cure"
        )
    names = names_used_by(mistake.function)
    file = display_path(Path(mistake.function.__code__.co_filename))
    has = mistake.function.__globals__
    for name in sorted(names):
        if isinstance(has.get(name), Exercise):
            return (
                f"{mistake.tag}: it uses {name}, which is an exercise in {file} and no "
                "function; call the exercise something else there"
            )
    if missing := sorted(names - set(has) - set(vars(builtins))):
        return f"{mistake.tag}: it uses {missing[0]}, which is not in {file}"
    try:  # an edit has to match exactly one place
        make_mutant(lesson.solution, mistake, imports)
    except BrokenLesson as error:
        message = str(error)
        return (
            message if message.startswith(mistake.tag) else f"{mistake.tag}: {message}"
        )
    return (
        _argument_problem(mistake, lesson) if isinstance(mistake, WrongAnswer) else ""
    )


def _argument_problem(mistake: WrongAnswer, lesson: Lesson) -> str:
    """Return a problem if a mistake has other parameters than the solution, or ""."""
    parameters = _arguments_of(mistake.target, lesson)
    if parameters is None:
        return ""
    needed = [*parameters.posonlyargs, *parameters.args]
    signature = inspect.signature(mistake.function)
    try:
        signature.bind(*needed[: len(needed) - len(parameters.defaults)])
    except TypeError:
        return (
            f"{mistake.tag}: it takes {signature}, and {mistake.target} takes "
            f"({ast.unparse(parameters)}), so no check can call it; give it the "
            "same ones"
        )
    return ""


def _arguments_of(name: str, lesson: Lesson) -> ast.arguments | None:
    """Return the parameters of a function of the solution, or None if it has none."""
    body = parse_solution(lesson).body
    same = [n for n in body if isinstance(n, ast.FunctionDef) and n.name == name]
    return same[-1].args if same else None


def _may_change_problems(exercise: Exercise, lesson: Lesson) -> Iterator[str]:
    """Yield a problem for each argument in `may_change` that the function lacks."""
    parameters = _arguments_of(exercise.writes, lesson)
    if parameters is None:
        return
    names = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    by_name = [*names, *(a.arg for a in parameters.kwonlyargs)]
    for place in exercise.may_change:
        if place not in by_name and place not in range(len(names)):
            yield (
                f"{exercise.tag}: may_change has {place!r}, and {exercise.writes} "
                f"takes ({ast.unparse(parameters)}); write the places, from 0, and the "
                "names"
            )


def _exercise_problems(exercise: Exercise, hint_count: int) -> Iterator[str]:
    """Yield a problem for each thing that an exercise lacks, such as a check.

    Args:
        exercise: the exercise as its author declared it.
        hint_count: how many hints it should have; 0 for any number.
    """
    tag, hints = (
        exercise.tag,
        min(hint_count, 1) if exercise.is_prediction else hint_count,
    )
    if exercise.points < 1:
        yield f"{tag}: it is worth {exercise.points} points; give it 1 or more"
    if (hints and len(exercise.hints) != hints) or not all(exercise.hints):
        written = sum(map(bool, exercise.hints))
        belong = "one belongs" if hints == 1 else f"{hints} belong"
        yield f"{tag}: its hints are {written} in number, and {belong} there"
    if not exercise.checks:
        yield f"{tag}: no check; add one that a mistake fails"
    if not exercise.mistakes and exercise.slip_set is None:
        yield f"{tag}: no known mistake; add one with .wrong_answer(...)"


def _cell_problems(lesson: Lesson, exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield a problem for each unknown exercise in a cell or a heading."""
    tags, document = [one.tag for one in exercises], Document.read(lesson.solution)
    for cell in document.cells:
        if cell.tag not in ("", *tags) and not cell.is_text:
            yield (
                f"{display_path(lesson.solution)}, line {cell.line}: "
                f'id="{cell.tag}" is not an exercise; '
                f"{display_path(lesson.checks)} has {', '.join(tags)}"
            )
    for tag in document.points:
        if tag not in tags:
            line = document.section(tag)[0].line
            yield (
                f"{display_path(lesson.solution)}, line {line}: a heading gives {tag} "
                f"points, but it isn't an exercise; {display_path(lesson.checks)} has "
                f"{', '.join(tags)}"
            )


def parse_solution(lesson: Lesson) -> ast.Module:
    """Return the syntax tree of the solution.

    Raises:
        BrokenLesson: if it isn't valid Python.
    """
    return _parse(lesson.solution, Document.read(lesson.solution).graded().text)


# Every mistake is compared with the same text.
@functools.lru_cache(maxsize=1)
def _parse(path: Path, source: str) -> ast.Module:
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        raise BrokenLesson(describe_error(error, path)) from None


def names_in_solution(lesson: Lesson) -> set[str]:
    """Return the names that the solution defines at any depth, and its dict entries.

    An entry is written as in the source: `PREDICT["loss"]`.
    """
    tree = parse_solution(lesson)
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(a.asname or a.name).split(".")[0] for a in node.names}
        elif isinstance(node, ast.Assign):
            names |= {target for target, _ in assigned_entries(node)}
    return names
