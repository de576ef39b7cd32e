"""author: the commands for people who write lessons or work on the grader."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from grader.cli.command import (
    LESSON,
    MISUSE,
    NOT_YET,
    PASSED,
    Exit,
    Program,
    command,
    format_path,
    parse_number,
    require_developer_tools,
    require_tools,
)
from grader.common import files
from grader.common.errors import Misuse
from grader.course.course_folder import is_course, project_folder
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.settings import describe_two_titles

if TYPE_CHECKING:
    from grader.authoring.verify import Verification
    from grader.authoring.verify.proved import Due

# Every page that is made from the program has these words; an author's own doesn't.
_MADE = b"`dev.build` writes this page from"


@command(help={"check": "write nothing; exit code 1 if a page is out of date"})
def build(app: Program, check: bool = False) -> None:
    """Write the lessons' pages, from solutions/*.py, and update docs/words.md.

    docs/words.md, which new-course writes, is about all words that an exercise may use.
    In the grader's own project, docs/promises.md says which tests check which promise,
    and docs/csv.md and docs/json.md describe every column and field.
    """
    from grader.course.document import page_builder

    paper = app.screen
    for first_lesson in app.require_lessons()[:1]:
        catalog.require_solution(first_lesson)
    if check:
        late = page_builder.find_outdated(app.root)
        for name in late:
            paper.print(f"{name}: the page differs from its solution.")
        stale = _find_stale(app)
        for page in stale:
            paper.print(f"{format_path(page)} differs from what the program can do.")
        if late or stale:
            paper.print(paper.command("dev.build"))
        raise Exit(code=NOT_YET if late or stale else PASSED)
    changed = [*page_builder.write_pages(app.root)]
    for page, content in _find_stale(app).items():
        files.write(page, content)
        changed.append(page)
    for page in changed:
        paper.print(f"written  {format_path(page)}")
    paper.print(f"{len(changed)} page{'' if len(changed) == 1 else 's'} changed.")


def _find_stale(app: Program) -> dict[Path, bytes]:
    """Return the pages made from the program that differ from what it says now."""
    stale = {}
    for page, text in _references(app):
        old, new = page.read_bytes() if page.is_file() else b"", text.encode()
        if _MADE in old and old != new:
            stale[page] = new
    return stale


def _references(app: Program) -> Iterator[tuple[Path, str]]:
    """Yield the pages that are made from the program itself, and their texts."""
    from grader.authoring.reference import write_reference

    yield app.root / "docs" / "words.md", write_reference()
    # A copy of the project may have been handed out without its tests.
    if (
        app.root == project_folder()
        and (app.root / "tests" / "promises.toml").is_file()
    ):
        from tools import data_files, promises

        yield app.root / "docs" / promises.PAGE, promises.write_page(app.root)
        yield app.root / "docs" / data_files.CSV_PAGE, data_files.write_csv_page()
        yield app.root / "docs" / data_files.JSON_PAGE, data_files.write_json_page()


@command(help={"course": "the course's name, which becomes the name of its folder"})
def new_course(app: Program, course: str) -> None:
    """Begin a course of your own: a folder with one lesson that can be graded."""
    from grader.authoring import scaffold

    paper, folder = app.screen, Path(course)
    scaffold.create_course(folder)
    paper.print(f"The course is in {folder.resolve()}. It has one lesson:")
    (first,) = catalog.lessons(folder)
    words = f"grade {first.short_name} --attempt solutions"
    with chdir(folder):  # show a path as it is typed there
        paper.print(f"  cd {format_path(folder.resolve())}")
        paper.print(paper.command(words), paper.command("dev.verify"))
    paper.print("README.md says what is in the folder, and what to write next.")


@command(help={"name": "the full name of the new lesson: lesson11_convolutions"})
def new(app: Program, name: str) -> None:
    """Begin a lesson: a solution, its checks, and the page built from them."""
    from grader.authoring import scaffold

    paper = app.screen
    for path in scaffold.create_lesson(name, app.root):
        paper.print(f"written  {format_path(path)}")
    paper.print("Write in these. Then write the page, and see what is missing:")
    paper.print(paper.command("dev.build"))
    paper.print(paper.command(f"dev.verify --lesson {name}"))


@command(
    help={
        "folder": "a folder of attempts: Python files and notebooks, or parts of them",
        "lesson": f"the lesson, if the files don't show it: {LESSON}",
    },
)
def try_(app: Program, folder: str, lesson: str = "") -> None:
    """Grade a folder of attempts, and show what a learner would read for each.

    The exit code is 2 if a file can't be graded.
    """
    from grader.authoring.tryout import try_attempts
    from grader.cli.render import authoring

    paper, place = app.screen, Path(folder)
    if not place.exists():
        raise Misuse(f"There is no folder {folder!r}. Give a folder of attempts.")
    of = app.find(lesson) if lesson else None
    unread = 0
    for tried in try_attempts(place, app, of):
        authoring.draw_tried(tried, format_path(tried.path), paper)
        unread += bool(tried.problem)
    raise Exit(code=MISUSE if unread else PASSED)


@command(
    help={
        "lesson": f"only this lesson: {LESSON}",
        "exercise": "only the checks and mistakes of this exercise, as in 3e",
        "slow": "also grade the mistakes that take long",
        "changed": "only what has changed since it was last proved; if the grader has "
        "changed, the longest lesson and one mistake of every other exercise",
        "seeds": "grade the solution and every wrong function with this many seeds "
        "instead, as in 12, and report each verdict that changes (3 seeds where a "
        "network is trained)",
    },
)
def verify(
    app: Program,
    lesson: str = "",
    exercise: str = "",
    slow: bool = False,
    seeds: str = "",
    changed: bool = False,
) -> None:
    """Prove that the lessons keep their promises."""
    from grader.authoring import verify
    from grader.authoring.verify.proved import ProvedRecord, all_of
    from grader.cli.render import authoring

    # Wrong functions run in this process as well, where TensorFlow would write its log.
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}
    paper = app.screen
    chosen = [app.find(lesson)] if lesson else app.require_lessons()
    catalog.require_solution(chosen[0])
    if many := parse_number(seeds, "--seeds"):
        _verify_seeds(app, chosen, exercise, many)
    record = ProvedRecord(app.root)
    due = record.due(chosen) if changed else all_of(chosen)
    if not (due.whole or due.sampled):
        paper.print("Nothing has changed since it was proved.")
    proved = _verify_all(app, due, exercise, slow)
    if not exercise:
        record.keep(due, proved, app.lessons())
    total = verify.total(proved)
    if len(proved) > 1:
        authoring.draw_verification(total, paper)
    if two_titles := describe_two_titles(app.root):
        paper.print(paper.line(("wrong  ", "bold red"), two_titles))
    raise Exit(code=NOT_YET if total.problems or two_titles else PASSED)


def _verify_all(
    app: Program, due: Due, exercise: str, slow: bool
) -> list[Verification]:
    """Prove what is due, and draw the result for each lesson."""
    from grader.authoring import verify
    from grader.cli.render import authoring
    from grader.cli.render.training import TrainingBar

    lessons = sorted((*due.whole, *due.sampled), key=lambda lesson: lesson.number)
    paper = app.screen
    proved: list[Verification] = []
    results: Iterable[Verification]
    with TrainingBar(paper) as bar:
        if len(lessons) == 1:
            bar.say(f"Verifying {lessons[0].short_name} ...")
            prove = partial(verify.verify, exercise=exercise, on_step=bar.say)
            sample = bool(due.sampled)
            results = (prove(one, slow=slow, sample=sample) for one in lessons)
        else:
            bar.say(f"Verifying {len(lessons)} lessons ...")
            results = verify.verify_side_by_side(
                lessons, slow=slow, sampled=due.sampled
            )
        for verification in results:
            bar.clear()
            authoring.draw_verification(verification, paper)
            if exercise:
                authoring.draw_mistakes(verification.shown, paper)
            proved.append(verification)
            bar.say(f"Verifying {len(lessons) - len(proved)} more ...")
    return proved


def _verify_seeds(
    app: Program, lessons: Sequence[Lesson], exercise: str, seeds: int
) -> NoReturn:
    """Report every verdict that changes with the seed, exercise by exercise."""
    from grader.authoring.verify.seeds import SeedProof, prove_seeds
    from grader.cli.render import authoring
    from grader.cli.render.training import TrainingBar

    paper = app.screen
    sums = {one.name: SeedProof(one.name) for one in lessons}
    with TrainingBar(paper) as bar:
        bar.say(f"Grading with {seeds} seeds ...")
        for proof in prove_seeds(lessons, seeds, exercise=exercise):
            bar.clear()
            authoring.draw_seed_proof(proof, paper)
            sums[proof.lesson] += proof
            bar.say(f"Grading with {seeds} seeds ...")
    total = sum(sums.values(), SeedProof("all lessons"))
    for proof in (*sums.values(), total) if len(lessons) > 1 else sums.values():
        authoring.draw_seed_proof(proof, paper)
    raise Exit(code=NOT_YET if total.problems else PASSED)


@command(
    repeated=("only",),
    help={
        "quick": "fewer runs, a smaller class, a shorter training",
        "only": "measure one group: cold, unfinished, slips, watch, fit, class, "
        "memory or isolation; may be repeated",
        "json": "where the measurements are written",
    },
)
def bench(
    app: Program,
    quick: bool = False,
    only: list[str] | None = None,
    json: str = "bench.json",
) -> None:
    """Measure the grader on this machine, each measurement beside its floor.

    The exit code is 1 if a limit isn't met.
    """
    require_tools()
    from grader.cli.render.training import TrainingBar
    from tools.bench import run
    from tools.bench.measurements import QUICK, Plan, draw_measurements, to_json

    unknown = [name for name in only or () if name not in run.GROUPS]
    if unknown:
        raise Misuse(
            f"There is no group {unknown[0]!r}; there are {', '.join(run.GROUPS)}."
        )
    files.require_writable(Path(json))
    paper = app.screen
    with TrainingBar(paper, "Measuring ...") as bar:
        measurements = run.run(
            app.root,
            QUICK if quick else Plan(),
            tuple(only or ()),
            lambda words: bar.say(f"Measuring {words} ..."),
        )
    draw_measurements(measurements, paper)
    files.write(Path(json), to_json(measurements))
    paper.print("", f"Written to {json}.")
    raise Exit(code=PASSED if measurements.is_met else NOT_YET)


@command(
    help={
        "all": "all tests, including the slow ones, and everything that the lessons "
        "promise"
    },
)
def check(app: Program, all: bool = False) -> None:
    """Run the linter, type checker and quick tests, and verify changed lessons.

    With --all, it fails if a test that checks a promise doesn't run, or if the machine
    lacks what the tests need.
    A course of your own has its pages and its changed lessons checked.
    """
    if app.root != project_folder() and is_course(app.root):
        which = "all lessons" if all else "the lessons that have changed"
        app.screen.print(f"This checks the pages, then verifies {which}.")
        try:
            build(app, check=True)
        except Exit as end:
            if end.code:
                raise
        verify(app, changed=not all)
    require_tools()
    require_developer_tools("dev.check")
    if all:
        # It imports much, and a learner may have only the base.
        from tools.requirements import find_missing

        if missing := find_missing():
            raise Exit("\n".join(missing), code=NOT_YET)
    from tools import check as checking

    failure = checking.run(app.root, is_whole=all)
    raise Exit(failure, code=NOT_YET if failure else PASSED)


@command(
    help={
        "lesson": f"only this lesson: {LESSON}",
        "out": "the folder to write them to",
        "keep": "write them into the lessons' folders, where their pages show them "
        "before a run; only those of lessons that have changed",
    },
)
def figures(
    app: Program, lesson: str = "", out: str = "figures", keep: bool = False
) -> None:
    """Draw the figures of all solutions, and report what they lack.

    The exit code is 1 if a lesson has fewer than two figures, or if one has no title,
    alt text or labels.
    """
    from grader.authoring.figures import SHEET, keep_figures, write_figures
    from grader.cli.render.training import TrainingBar

    paper, folder = app.screen, Path(out)
    chosen = [app.find(lesson)] if lesson else app.lessons()
    for first_lesson in chosen[:1]:
        catalog.require_solution(first_lesson)
    with TrainingBar(paper, "Drawing ...") as bar:

        def say(name: str) -> None:
            bar.say(f"Drawing ... {name}")

        if keep:
            drawings = keep_figures(chosen, app.root, say)
        else:
            drawings = write_figures(chosen, app.root, folder, say)
    problems = [problem for one in drawings for problem in one.problems]
    paper.print(*problems)
    count = sum(len(one.figures) for one in drawings)
    if keep:
        names = ", ".join(one.lesson for one in drawings if one.figures)
        paper.print(f"kept  figures of {names}" if names else "Nothing has changed.")
    elif count:
        paper.print(f"written  {count} figures, and {format_path(folder / SHEET)}")
    raise Exit(code=NOT_YET if problems else PASSED)


@command(
    help={
        "out": "the folder to write them to",
        "gif": "write only README's animated GIF",
    },
)
def shots(app: Program, out: str = "shots", gif: bool = False) -> None:
    """Take screenshots of the pages in Chromium, in four widths, light and dark.

    Exit code 1: a page is wider than its window.
    """
    require_tools()
    from grader.cli.render.training import TrainingBar
    from tools import shots as camera

    paper, folder = app.screen, Path(out)
    problems: list[str] = []
    with TrainingBar(paper, "Opening the pages ...") as bar:

        def say(words: str) -> None:
            bar.say(f"Taking screenshots ... {words}")

        if gif:
            count = camera.animate(app.root, app.root / camera.GIF, say)
            done = f"{camera.GIF}, {count} frames"
        else:
            written, problems = camera.take(app.root, folder, say)
            done = f"{len(written)} screenshots, in {format_path(folder)}"
    paper.print(*problems)
    paper.print(f"written  {done}")
    raise Exit(code=NOT_YET if problems else PASSED)


@command(
    help={"out": "the folder to write; an earlier site in it is replaced"},
)
def site(app: Program, out: str = "site") -> None:
    """Write the lessons and the documentation as pages to read without a network."""
    from grader.authoring.course_site import write_site
    from grader.cli.render.training import TrainingBar

    paper, goal = app.screen, Path(out)
    with TrainingBar(paper, "Writing the site ...") as bar:
        pages = write_site(
            app.root, goal, lambda what: bar.say(f"Writing the site ... {what}")
        )
    place = format_path(goal)
    paper.print(f"written  {place}, {pages} pages. Open {place}/index.html")


@command(
    help={"oldest": "the oldest versions that the bounds allow, to test with them"},
)
def versions(app: Program, oldest: bool = False) -> None:
    """Record the newest versions of all packages in pyproject.toml.

    uv installs exactly these from then on. Run dev.check --all before you commit them.
    """
    require_tools()
    from tools.versions import record

    found = record(project_folder(), oldest)
    app.screen.print(f"written  {len(found)} versions, in pyproject.toml")
