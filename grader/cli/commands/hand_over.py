"""hand_over: the commands that give a graded class to others."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from invoke.context import Context
from invoke.tasks import task

from grader.cli.commands.classes import (
    due_of_class,
    find_gradebook,
    lessons_named,
    own_place,
)
from grader.cli.commands.shared import DUE, ROOT, command, require_tools, screen, shown
from grader.errors import Misuse
from grader.machine import typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grader.classroom.export.export_file import ExportFile
    from grader.classroom.export.feedback_zips import HandedIn
    from grader.classroom.records import ClassResult
    from grader.classroom.submissions import FolderContents
    from grader.cli.render.screen import Screen

SUBMISSIONS = "the folder that class.grade graded"
LESSONS = "a lesson to take; may be given again; every lesson when left out"
ROSTER = "a CSV file of who is in the class; roster.csv in the folder when left out"
MOST_NAMED = 3
GRADEBOOK = "the class's gradebook; the one in the folder when left out"


@task(
    name="export",
    positional=["submissions"],
    iterable=["lesson"],
    help={
        "submissions": SUBMISSIONS,
        "to": "canvas, moodle, gradescope, github, junit, csv or json",
        "lesson": LESSONS,
        "worksheet": "the file that Canvas or Moodle exported, to be filled in",
        "out": "the folder to write to; export in the submissions when left out",
        "roster": ROSTER,
        "due": DUE,
        "gradebook": GRADEBOOK,
    },
)
@command
def export(
    _: Context,
    submissions: str,
    to: str = "",
    lesson: list[str] | None = None,
    worksheet: str = "",
    out: str = "",
    roster: str = "",
    due: str = "",
    gradebook: str = "",
) -> None:
    """Write the scores as another system takes them."""
    from grader.classroom import export
    from grader.classroom.export import feedback_zips
    from grader.classroom.records import EXPORT

    folder, paper = Path(submissions), screen()
    result, found = _class_of(folder, lesson, roster, due, gradebook)
    if worksheet:
        files, remarks = _fill(result, to, Path(worksheet))
    else:
        files, remarks = export.export(result, to), export.remarks(result, to)
    more, said = feedback_zips.zips(result, to, _find_names(found, folder))
    files, remarks = (*files, *more), (*remarks, *said)
    goal = Path(out) if out else own_place(folder, EXPORT, "--out")
    written = export.write(files, goal)
    if len(written) > MOST_NAMED:
        paper.print(f"written  {len(written)} files in {shown(_common(written))}")
    else:
        for path in written:
            paper.print(f"written  {shown(path)}")
    paper.print(*remarks, *result.notices)


@task(
    name="report",
    positional=["submissions"],
    iterable=["lesson"],
    help={
        "submissions": SUBMISSIONS,
        "lesson": LESSONS,
        "title": "what the class is called",
        "out": "the folder to write to; report in the submissions when left out",
        "projector": "one page for everybody's eyes instead: counts, and no name",
        "roster": ROSTER,
        "due": DUE,
        "gradebook": GRADEBOOK,
    },
)
@command
def report(
    _: Context,
    submissions: str,
    lesson: list[str] | None = None,
    title: str = "",
    projector: bool = False,
    out: str = "",
    roster: str = "",
    due: str = "",
    gradebook: str = "",
) -> None:
    """Write the class report: web pages that need no network."""
    from grader.classroom import export, page
    from grader.classroom.records import REPORT
    from grader.report.report_lines import count_of

    folder = Path(submissions)
    result, _found = _class_of(folder, lesson, roster, due, gradebook, title)
    draw = page.projector_report if projector else page.class_report
    written = export.write(
        draw(result), Path(out) if out else own_place(folder, REPORT, "--out")
    )
    paper = screen()
    paper.print(f"written  {shown(written[0])}")
    if others := len(written) - 1:
        paper.print(f"and {count_of(others, 'page')} of learners beside it.")
    paper.print(*result.notices)


@task(
    name="pack",
    iterable=["platform", "python"],
    help={
        "for": "gradescope or classroom50, which then grade a lesson themselves; "
        "laptops without a network when left out",
        "lesson": "the lesson that they grade",
        "platform": "linux-x86_64, linux-arm64, macos-arm64, macos-x86_64, "
        "windows-x86_64 or windows-arm64; may be given again",
        "python": "3.11, 3.12 or 3.13; may be given again; all when left out",
        "out": "the archive to write, or a folder for it; "
        "dist/cross-entropy-lessons.zip when left out",
    },
)
@command
def pack(
    _: Context,
    for_: str = "",
    lesson: str = "",
    platform: list[str] | None = None,
    python: list[str] | None = None,
    out: str = "",
) -> None:
    """Make one archive that sets up a laptop without a network, or an autograder."""
    require_tools()
    from grader.report.report_lines import count_of
    from tools import pack

    paper = screen()
    if for_:
        place = _pack_for(for_, lesson, Path(out) if out else ROOT / "dist", paper)
        paper.print(f"written  {shown(place)}")
        return
    archive = Path(out) if out else ROOT / "dist" / f"{pack.FOLDER}.zip"
    pythons = tuple(python or pack.PYTHONS)
    done = pack.pack(ROOT, archive, tuple(platform or ()), pythons, say=paper.print)
    size = f"{done.size / 1e6:.0f} MB"
    paper.print(f"{done.files} files, {done.wheels} wheels, {size}.")
    if done.left_out:
        left_out = count_of(len(done.left_out), "file")
        verb = "is" if len(done.left_out) == 1 else "are"
        paper.print(f"{left_out} that git does not track {verb} left out.")
    paper.print(f"On a laptop:  python {done.path.name}")


def _pack_for(system: str, lesson: str, place: Path, paper: Screen) -> Path:
    """Return what a system grades a lesson with."""
    from tools.pack import autograder

    if system not in ("gradescope", "classroom50"):
        raise Misuse(f"--for takes gradescope or classroom50, not {system!r}.")
    if not lesson:
        raise Misuse("Name the lesson that is graded there, with --lesson lesson3.")
    (found,) = lessons_named([lesson])
    if not place.suffix:
        place.mkdir(parents=True, exist_ok=True)
    if system == "gradescope":
        return autograder.for_gradescope(ROOT, place, found, paper.print)
    return autograder.for_classroom50(ROOT, place, found)


def _class_of(
    folder: Path,
    lesson: list[str] | None,
    roster: str,
    due: str,
    gradebook: str,
    title: str = "",
) -> tuple[ClassResult, FolderContents]:
    """Return the class in a folder, as its gradebook and its roster know it; and its
    files.
    """
    from grader.classroom import submissions
    from grader.classroom.class_result import class_of, find_unsettled
    from grader.classroom.overrides import read_overrides
    from grader.gradebook import Gradebook

    lessons = lessons_named(lesson or ())
    numbers = {one.number for one in lessons} if lesson else None
    rows = [x for x in read_overrides(folder) if not numbers or x.lesson in numbers]
    dues = due_of_class(folder, lesson or (), due)
    listed = Path(roster) if roster else None
    found = submissions.find(folder, lessons, roster=listed, due=dues)
    path = find_gradebook(folder, gradebook)
    options = [("--roster", roster), ("--gradebook", gradebook)]
    words = [shown(folder), *(x for pair in options if pair[1] for x in pair)]
    place = shlex.join(words)
    first = typed(f"class.grade {place}")
    if not path.is_file():
        raise Misuse(
            f"There is no gradebook {shown(path)}. Grade the class first:  {first}"
        )
    with Gradebook(path) as book:
        regrade = typed(f"class.regrade {place}")
        found = find_unsettled(found, book, lessons, regrade)
        result = class_of(
            book,
            [one.name for one in lessons],
            title=title or folder.resolve().name,
            learners=found.learners,
            notes=found.notes,
            notices=found.general,
            overrides=rows,
            names=found.names,
        )
    if not result.lessons:
        of = f" in {' or '.join(one.short_name for one in lessons)}" if lesson else ""
        raise Misuse(
            f"Nobody in {shown(folder)} has a score{of} yet: nothing that was "
            f"attempted there has been graded. Grade the class first:  {first}"
        )
    return result, found


def _common(paths: Sequence[Path]) -> Path:
    return Path(os.path.commonpath([path.parent for path in paths]))


def _find_names(found: FolderContents, folder: Path) -> Iterator[HandedIn]:
    """Yield by which names each attempt was found."""
    from grader.classroom.export.feedback_zips import HandedIn

    for one in found.submissions:
        is_below = one.path.is_relative_to(folder)
        outside = (one.path.relative_to(folder) if is_below else one.path).parts
        inside = (part for name in one.members for part in name.split("/"))
        yield HandedIn(one.learner.id, one.lesson, (*outside, *inside))


def _fill(
    result: ClassResult, to: str, worksheet: Path
) -> tuple[tuple[ExportFile, ...], tuple[str, ...]]:
    """Return the file that a system exported, filled in, and who could not be
    matched.
    """
    from grader.classroom.export import canvas, moodle

    fillers = {"canvas": canvas.complete, "moodle": moodle.fill}
    if to not in fillers:
        whose = "--to canvas or --to moodle"
        raise Misuse(f"--worksheet goes with {whose}, not with {to or 'neither'}.")
    try:
        content = worksheet.read_bytes()
    except OSError as error:
        raise Misuse(f"{worksheet} cannot be read ({error.strerror}).") from error
    done = fillers[to](result, content)
    remarks = [f"not graded, left open: {name}" for name in done.not_in_class]
    remarks += [f"graded, but not on it: {name}" for name in done.not_in_worksheet]
    return (done.file,), (*done.unlisted, *done.unequal, *remarks)
