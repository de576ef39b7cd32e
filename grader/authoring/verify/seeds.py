"""seeds: find the verdicts that depend on the seed.

The inputs of a check are drawn again for each grading. If a wrong function passes with
some inputs, or the solution fails with some, that is chance, and the same file gets
another grade the next time.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import io
import itertools
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from grader import judge
from grader.authoring.verify.declarations import names_in_solution
from grader.authoring.verify.in_process import InProcessGrader
from grader.authoring.verify.mutants import (
    make_mutant,
    near_misses,
    unrelated_functions,
)
from grader.authoring.verify.processes import process_pool
from grader.authoring.verify.trials import Trials
from grader.checks import Exercise
from grader.checks.exercises import KnownMistake, WrongAnswer
from grader.checks.mutations import CATALOGUE
from grader.checks.mutations.schemata import make_schema
from grader.common.errors import BrokenLesson, Misuse
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.judge.loading import exercises_of, facts_of, load_module
from grader.judge.root_causes import can_cross_processes
from grader.learner.application import Application
from grader.report import Outcome

OTHERS = 30
# A grading that trains a network takes long.
SEEDS_OF_TRAINING = 3
_DRAWN = 20_261_128


@dataclass
class SeedProof:
    """The verdicts on the solution and on wrong functions with several seeds.

    Attributes:
        lesson: the lesson's full name.
        exercise: the tag of the exercise, or "" for a whole lesson or several.
        functions: how many wrong functions were graded.
        gradings: the total number of gradings.
        problems: the verdicts that changed, and a solution that failed.
        without_seed: the exercises that don't use the seed. Each of their wrong
            functions is graded once.
    """

    lesson: str
    exercise: str = ""
    functions: int = 0
    gradings: int = 0
    problems: list[str] = field(default_factory=list)
    without_seed: list[str] = field(default_factory=list)

    def __add__(self, other: SeedProof) -> SeedProof:
        return SeedProof(
            self.lesson,
            self.exercise,
            self.functions + other.functions,
            self.gradings + other.gradings,
            self.problems + other.problems,
            self.without_seed + other.without_seed,
        )


class _Function(NamedTuple):
    """A function: its description, and the outcome of the exercise by seed."""

    what: str
    end_with: Callable[[int], Outcome]
    is_right: bool = False


class _GradedFunction(NamedTuple):
    """A function that was graded.

    Attributes:
        number: its index among the functions of the exercise.
        gradings: how often it was graded.
        problem: what is wrong with its verdicts, or "".
        draws: whether the exercise uses the seed.
        is_right: whether it is the solution's.
    """

    number: int
    gradings: int
    problem: str
    draws: bool
    is_right: bool


class _Share(NamedTuple):
    """Some of the functions of an exercise: every `of`-th from `first` on."""

    lesson: Lesson
    tag: str
    first: int = 0
    of: int = 1


def prove_seeds(
    lessons: Sequence[Lesson], seeds: int, *, exercise: str = ""
) -> Iterator[SeedProof]:
    """Grade solutions and wrong functions with several seeds, on all processors.

    Args:
        lessons: the lessons whose functions are graded.
        seeds: how many seeds each is graded with: 1, 2 and so on.
        exercise: if set, only the functions of this exercise are graded.

    Yields:
        The result for each exercise, as soon as it is known.

    Raises:
        Misuse: if there is only one seed, or no such exercise.
        BrokenLesson: if the checks or the solution of a lesson can't be read.
    """
    if seeds < 2:
        raise Misuse(f"--seeds {seeds} compares nothing; write 2 or more, such as 12.")
    shares = _split_work(lessons, exercise)
    left = Counter((one.lesson, one.tag) for one in shares)
    functions: dict[tuple[Lesson, str], list[_GradedFunction]] = defaultdict(list)
    with process_pool(len(shares)) as pool:
        graded = {pool.submit(_grade_share, one, seeds): one for one in shares}
        for future in as_completed(graded):
            lesson, tag, *_ = graded[future]
            functions[lesson, tag] += future.result()
            left[lesson, tag] -= 1
            if not left[lesson, tag]:
                yield _sum_up(lesson, tag, functions.pop((lesson, tag)))


def prove_exercise(lesson: Lesson, tag: str, seeds: int) -> SeedProof:
    """Grade the functions of one exercise with several seeds."""
    return _sum_up(lesson, tag, _grade_share(_Share(lesson, tag), seeds))


def _split_work(lessons: Sequence[Lesson], exercise: str) -> list[_Share]:
    """Return the tasks for the processes, longest first.

    Exercises that train are split. The others are split only if there are more
    processors than exercises, because each task executes the solution again.
    """
    chosen = [
        (lesson, one, facts_of(module).cpu_s)
        for lesson in lessons
        for module in [load_module(lesson.checks, f"seeded_{lesson.name}")]
        for one in _choose(lesson, module, exercise)
    ]
    processors = os.cpu_count() or 1
    shares = []
    for lesson, target, usual_s in chosen:
        is_long = _trains(lesson, target)
        many = processors if is_long or len(chosen) < processors else 1
        order = -(target.cpu_s or usual_s) if is_long else 0.0
        shares += [(order, _Share(lesson, target.tag, at, many)) for at in range(many)]
    return [share for _, share in sorted(shares, key=lambda item: item[0])]


def _choose(lesson: Lesson, module: ModuleType, tag: str) -> list[Exercise]:
    every = [one for one in exercises_of(module) if one.checks]
    tags = [one.tag for one in every]
    if tag and tag not in tags:
        raise Misuse(
            f"{lesson.name} has no exercise {tag!r}; it has {', '.join(tags)}."
        )
    return [one for one in every if tag in ("", one.tag)]


def _trains(lesson: Lesson, exercise: Exercise) -> bool:
    """Return whether an exercise trains: then it declares more time than others."""
    return judge.requirements_of(lesson).trains or exercise.cpu_s is not None


def _grade_share(share: _Share, seeds: int) -> list[_GradedFunction]:
    """Grade some of the functions of an exercise with several seeds."""
    graded_functions = []
    with ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        trial = _SeededExercise(share.lesson, share.tag, seeds, stack)
        every = enumerate(trial.functions())
        for number, function in itertools.islice(every, share.first, None, share.of):
            ends = {seed: function.end_with(seed) for seed in trial.seeds}
            description = _describe(ends, function.is_right)
            problem = (
                f"{share.tag}: {function.what}: {description}" if description else ""
            )
            graded = _GradedFunction(
                number, len(ends), problem, trial.draws, function.is_right
            )
            graded_functions.append(graded)
    return graded_functions


def _sum_up(lesson: Lesson, tag: str, graded: Sequence[_GradedFunction]) -> SeedProof:
    problems = [one.problem for one in sorted(graded) if one.problem]
    wrong = [one for one in graded if not one.is_right]
    gradings = sum(one.gradings for one in wrong)
    is_without = any(not one.draws for one in graded)
    without_seed = [tag] if is_without else []
    return SeedProof(lesson.name, tag, len(wrong), gradings, problems, without_seed)


def _describe(ends: dict[int, Outcome], is_right: bool) -> str:
    """Return a sentence about verdicts that change or are wrong, or ""."""
    passed = [seed for seed, end in ends.items() if end.is_right]
    broken = [seed for seed, end in ends.items() if end.is_broken]
    if 0 < len(broken) < len(ends):
        return (
            f"a check itself fails with {_seeds(broken, ends)}. Draw inputs for which "
            "it can be computed"
        )
    if is_right and len(passed) < len(ends):
        failed = [seed for seed in ends if seed not in passed]
        return (
            f"it fails with {_seeds(failed, ends)}. Draw inputs for which it passes "
            "with every seed, or write inputs that do"
        )
    if 0 < len(passed) < len(ends):
        return (
            f"it passes with {_seeds(passed, ends)}. Draw inputs for which it gives "
            "another answer with every seed, or write inputs that do"
        )
    return ""


def _seeds(seeds: Sequence[int], ends: Collection[int]) -> str:
    return f"{len(seeds)} of {len(ends)} seeds ({', '.join(map(str, seeds))})"


class _SeededExercise:
    """One exercise: where its checks run, and the functions it is tried with.

    The checks run in this process if the right answer passes there. Workers grade the
    other exercises, such as those that need a Keras object or a SymPy formula.
    """

    def __init__(self, lesson: Lesson, tag: str, seeds: int, stack: ExitStack) -> None:
        self._lesson, self._stack = lesson, stack
        needs = judge.requirements_of(lesson)
        self._imports = needs.imports
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._numbers = itertools.count(1)
        self._trials: Trials | None = None
        self._module = load_module(lesson.checks, f"seeded_{lesson.name}")
        exercises = exercises_of(self._module)
        (self._exercise,) = (one for one in exercises if one.tag == tag)
        grader = InProcessGrader(tag, lesson, 1)
        self.draws = grader.draws
        trains = _trains(lesson, self._exercise)
        many = min(seeds, SEEDS_OF_TRAINING) if trains else seeds
        # If no check uses the seed, the verdict can't depend on it.
        self.seeds = range(1, (many if self.draws else 1) + 1)
        others = self.seeds[1:]
        self._graders = {
            1: grader,
            **{seed: InProcessGrader(tag, lesson, seed) for seed in others},
        }
        self._source = lesson.solution.read_text(encoding="utf-8")
        self._is_here = can_cross_processes(needs.imports) and self._passes_here()

    def functions(self) -> Iterator[_Function]:
        """Yield the solution, and then the wrong functions."""
        yield self._file("the solution", self._source)._replace(is_right=True)
        for known in self._exercise.mistakes:
            if not known.is_slow:
                yield self._mistake(known)
        right = self._right()
        if right is not None:
            yield from self._slip_functions(right)
            rng = self._draws()
            for what, function in unrelated_functions(right, rng, OTHERS):
                yield self._function(what, function)
            return
        rng, solution = self._draws(), self._lesson.solution
        for what, source in near_misses(solution, self._exercise.tag, rng, OTHERS):
            yield self._file(what, source)

    def _draws(self) -> np.random.Generator:
        # Seed by the function and not by the tag, so that renumbering changes nothing.
        return np.random.default_rng([_DRAWN, *self._exercise.writes.encode()])

    def _right(self) -> FunctionType | None:
        """Return the function that can be replaced in this process, or None."""
        slip_set = self._exercise.slip_set
        # Don't look it up in other cases, because that would import Keras here.
        if not self._is_here and not (slip_set and slip_set.right):
            return None
        right = self._graders[1].right
        if not isinstance(right, FunctionType):
            return None
        passes = self._graders[1].end_of(right).is_right
        return right if passes else None

    def _slip_functions(self, right: FunctionType) -> Iterator[_Function]:
        slip_set = self._exercise.slip_set
        declared = slip_set.slips if slip_set else ()
        # Include the slips that the exercise excludes, because they also make the
        # function wrong.
        names = {one.name for one in declared}
        every = [*declared, *(one for one in CATALOGUE if one.name not in names)]
        edits = [(at, edit) for at, one in enumerate(every) for edit in one.patterns]
        schema = make_schema(right, edits)
        for form in schema.forms if schema else ():

            def edited(*args: Any, form: Any = form, **kwargs: Any) -> Any:
                assert schema is not None
                return schema.run([form], args, kwargs)

            yield self._function(f"the slip {every[form.slip].name!r}", edited)

    def _mistake(self, mistake: KnownMistake) -> _Function:
        description = mistake.tag.partition(".")[2]
        if (
            self._is_here
            and isinstance(mistake, WrongAnswer)
            and mistake.target == self._exercise.writes
        ):
            return self._function(description, mistake.function)
        return self._file(
            description, make_mutant(self._lesson.solution, mistake, self._imports)
        )

    def _function(self, description: str, function: Callable[..., Any]) -> _Function:
        return _Function(description, lambda seed: self._graders[seed].end_of(function))

    def _file(self, description: str, source: str) -> _Function:
        if not self._is_here:
            return _Function(description, lambda seed: self._grade(source, seed))

        @functools.cache
        def executed() -> ModuleType | None:
            try:
                return self._execute(source)
            except Exception:  # a wrong file may fail in any way, with every seed alike
                return None

        def end_with(seed: int) -> Outcome:
            module = executed()  # executed here, since another process may grade it
            if module is None:
                return Outcome.RAISED
            return self._graders[seed].end_in(module, source)

        return _Function(description, end_with)

    def _passes_here(self) -> bool:
        try:
            module = self._execute(self._source)
        except Exception as error:
            raise BrokenLesson(f"{self._lesson.solution}: {error}") from error
        end = self._graders[1].end_in(module, self._source)
        return end.is_right

    def _execute(self, source: str) -> ModuleType:
        """Return a file by the lesson's author as a module."""
        # Use a new name each time: Python reuses bytecode for the same second and file
        # size.
        path = self._folder / f"tried{next(self._numbers)}.py"
        path.write_bytes(Document.from_python(source).graded().content)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def _grade(self, source: str, seed: int) -> Outcome:
        if self._trials is None:
            app = Application(self._lesson.folder.parents[1])
            pool = self._stack.enter_context(app.pool)
            names = names_in_solution(self._lesson)
            fields = self._lesson, self._module, names, pool, self._folder
            self._trials = Trials(*fields)
        return self._trials.end_of(source, self._exercise.tag, seed)
