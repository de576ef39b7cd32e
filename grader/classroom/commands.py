"""commands: the commands for instructors who grade and export a whole class."""

from __future__ import annotations

import functools
import inspect
import os
import shlex
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.cli.command import (
    BROKEN,
    DUE,
    LESSON,
    PASSED,
    STOPPED,
    Command,
    Exit,
    Program,
    command,
    format_path,
    parse_number,
    parse_seed,
)
from grader.common import extensions
from grader.common.errors import Misuse
from grader.course.document import no_links
from grader.course.installation import format_command
from grader.course.settings import read_title

if TYPE_CHECKING:
    from grader.classroom.export.common import ExportFile, Filled
    from grader.classroom.hand_rows import HandRow
    from grader.classroom.overrides import Overrides
    from grader.classroom.records import ClassResult, Learner
    from grader.classroom.submissions import FolderContents, LateRule
    from grader.cli.render.screen import Screen
    from grader.course.document.catalog import Lesson
    from grader.learner.gradebook import Gradebook

MOST_NAMED = 3
# The options of every command about a class.
_HELP = {
    "submissions": "the folder with the submissions",
    "lesson": f"only this lesson (may be repeated): {LESSON}",
    "roster": "a CSV file of the class (default: roster.csv in the folder)",
    "due": DUE,
    "gradebook": "the gradebook (default: gradebook.sqlite in the folder)",
}


@dataclass(frozen=True)
class ClassFolder:
    """The class that a command is about, as its options name it.

    Attributes:
        app: the program.
        folder: the folder with the submissions.
        named: the lessons as they were typed; all of them if empty.
        roster: the roster; "" for the one in the folder.
        due: the due date to set now; "" to keep the one set before.
        gradebook: the gradebook; "" for the one in the folder.
    """

    app: Program
    folder: Path
    named: tuple[str, ...] = ()
    roster: str = ""
    due: str = ""
    gradebook: str = ""

    @functools.cached_property
    def lessons(self) -> tuple[Lesson, ...]:
        """The lessons that were named, or all of them if none was."""
        chosen = tuple(map(self.app.find, self.named))
        return chosen or self.app.lessons()

    @functools.cached_property
    def due_dates(self) -> Mapping[str, datetime]:
        """The deadline of each lesson; a date given with --due is kept."""
        from grader.classroom import submissions

        names = [lesson.name for lesson in self.lessons]
        named = names if self.named else ()
        return submissions.load_due_dates(self.folder, names, named, self.due)

    def overrides(self, people: Iterable[Learner]) -> Overrides:
        """Return the points that a person gives."""
        from grader.classroom.overrides import match_overrides, read_overrides

        return match_overrides(read_overrides(self.folder), people)

    def includes(self, row: HandRow) -> bool:
        """Return whether a row is about one of the lessons."""
        return not self.named or row.lesson in {one.number for one in self.lessons}

    @functools.cached_property
    def late_rule(self) -> LateRule | None:
        """The penalty for being late, if the class has a rule."""
        from grader.classroom.submissions import load_late_rule

        return load_late_rule(self.folder)

    def words(self, *, with_lessons: bool = False) -> str:
        """Return how to type another command about the same class."""
        options = [("--lesson", name) for name in self.named if with_lessons]
        options += [("--roster", self.roster), ("--gradebook", self.gradebook)]
        given = (word for option in options if option[1] for word in option)
        return shlex.join([format_path(self.folder), *given])

    def find(self) -> FolderContents:
        """Return the submissions in the folder."""
        from grader.classroom import submissions
        from grader.classroom.class_result import note_former_rules

        roster = Path(self.roster) if self.roster else None
        due = self.due_dates
        found = submissions.find(self.folder, self.lessons, roster=roster, due=due)
        return note_former_rules(found, self.folder)

    def gradebook_path(self) -> Path:
        """Return the path of the class's gradebook, which needn't exist yet."""
        from grader.learner.gradebook import gradebook_path

        name = gradebook_path(self.folder).name
        return self.place(self.gradebook, name, "--gradebook")

    def require_gradebook(self) -> None:
        """Check that the class has a gradebook.

        Raises:
            Misuse: if it has none, so that nobody has been graded yet.
        """
        path = self.gradebook_path()
        if not path.is_file():
            raise Misuse(
                f"Nobody has been graded yet: there is no gradebook "
                f"{format_path(path)}. {self.describe_first()}"
            )

    def describe_first(self) -> str:
        """Return what to do first if there is no result yet."""
        first = format_command(f"class.grade {self.words()}")
        return f"Grade the class first:  {first}"

    def open_gradebook(self) -> Gradebook:
        """Return the class's gradebook: the named one, or the one in the folder."""
        from grader.learner.gradebook import Gradebook

        or_else = ", or name another file with --gradebook"
        return Gradebook(self.gradebook_path(), or_else)

    def place(self, path: str, name: str, option: str) -> Path:
        """Return the path that an option gives, or else a name in the folder.

        Raises:
            Misuse: if the path is a link. Anybody may have made it, and it could
                point elsewhere.
        """
        if path:
            return Path(path)
        target = self.folder / name
        try:
            no_links.look(self.folder, target)
        except OSError as error:
            why = no_links.describe_unread(target, error)
            raise Misuse(f"{why} Or name another with {option}.") from error
        return target


def _class_command(
    options: Mapping[str, str],
) -> Callable[[Callable[..., None]], Command]:
    """Make a command about one class; declare the options that all of these share.

    Args:
        options: help for the command's own options.
    """

    def register(function: Callable[..., None]) -> Command:
        @functools.wraps(function)
        def run(
            app: Program,
            submissions: str,
            lesson: list[str] | None = None,
            roster: str = "",
            due: str = "",
            gradebook: str = "",
            **parameters: Any,
        ) -> None:
            names = tuple(lesson or ())
            about = ClassFolder(app, Path(submissions), names, roster, due, gradebook)
            function(about, **parameters)

        *shared, _own = inspect.signature(run, follow_wrapped=False).parameters.values()
        parameters = list(inspect.signature(function).parameters.values())[1:]
        signature = inspect.Signature([*shared, *parameters])
        run.__signature__ = signature  # type: ignore[attr-defined]
        return command(help={**_HELP, **options}, repeated=("lesson",))(run)

    return register


@_class_command(
    {
        "jobs": "gradings at a time (default: one per processor); 0 for one after "
        "another",
        "cluster": "grade on the workers of this dask scheduler: tcp://host:8786",
        "seed": "seed of the random inputs, for gradings that aren't known yet",
        "require-sandbox": "refuse to grade unless every layer of the sandbox works",
        "preview": "only show whose score changes if a lesson, the grader or a library "
        "has changed, and record nothing",
    },
)
def grade(
    about: ClassFolder,
    jobs: str = "",
    cluster: str = "",
    seed: str = "",
    require_sandbox: bool = False,
    preview: bool = False,
) -> None:
    """Grade everybody, and resume an earlier run that was interrupted.

    It shows whose score changes because a lesson, the grader or a library has changed.
    Exit code 0: everybody is graded. 2: misuse. 3: somebody couldn't be graded.
    """
    from grader.classroom import class_view
    from grader.classroom.class_grading import grade_class

    if preview and about.due:
        raise Misuse("--preview records nothing. Leave --due out.")
    paper = about.app.screen
    jobs_asked, seed_asked = parse_number(jobs, "--jobs"), parse_seed(seed)
    contents = about.find()
    given = about.overrides(contents.learners)
    if not preview:
        _print_due_dates(about, contents, paper)
        class_view.draw_notices(contents.notices, paper)
    _require_submissions(contents, about.folder)
    if preview:
        about.require_gradebook()
    began = time.monotonic()
    with (
        about.open_gradebook() as book,
        book.claim(),
        class_view.ClassBar(len(contents.submissions), paper) as bar,
    ):
        try:
            tally = grade_class(
                contents.submissions,
                book,
                jobs=jobs_asked,
                cluster=cluster,
                seed=seed_asked,
                require_sandbox=require_sandbox,
                is_preview=preview,
                overrides=given,
                on_graded=bar.update,
                root=about.app.root,
            )
        except KeyboardInterrupt:
            message = _describe_stop(bar.done, contents, preview)
            raise Exit(f"\n{message}", code=STOPPED) from None
    place = about.words(with_lessons=True)
    if preview:
        class_view.draw_changes(tally, paper, f"class.grade {place}")
    else:
        class_view.draw_tally(tally, time.monotonic() - began, paper)
        class_view.draw_next(place, contents.notices, paper)
    raise Exit(code=BROKEN if tally.failed else PASSED)


def _describe_formats() -> str:
    """Return the formats as words: ``canvas, csv or json``."""
    *others, last = extensions.places_of(extensions.EXPORTS) or ("none is installed",)
    return f"{', '.join(others)} or {last}" if others else last


@_class_command(
    {
        "to": _describe_formats(),
        "worksheet": "the file that Canvas or Moodle exported, to be filled in",
        "column": "the assignment in Canvas that a lesson's scores go to: "
        '"Lesson 3 (9911)"',
        "existing": "keep or replace other grades that the worksheet has",
        "out": "the folder to write to (default: export, in the folder of submissions)",
    },
)
def export(
    about: ClassFolder,
    to: str = "",
    worksheet: str = "",
    column: str = "",
    existing: str = "",
    out: str = "",
) -> None:
    """Write the scores in the format of another system."""
    from grader.classroom import export
    from grader.classroom.export import feedback_zips
    from grader.classroom.records import EXPORT

    paper = about.app.screen
    if column and to != "canvas":
        raise Misuse(f"--column goes with --to canvas, not with {to or 'no format'}.")
    if existing and not worksheet:
        raise Misuse("--existing goes with --worksheet.")
    result, found = _result_of(about)
    if worksheet:
        files, remarks = _fill(result, to, Path(worksheet), column, existing)
    else:
        files = (
            export.canvas.files(result, column) if column else export.export(result, to)
        )
        remarks = export.remarks(result, to)
    path_parts = {(x.learner.id, x.lesson): x.names for x in found.submissions}
    more, notes = feedback_zips.zips(result, to, path_parts)
    written = export.write((*files, *more), about.place(out, EXPORT, "--out"))
    if len(written) > MOST_NAMED:
        common = Path(os.path.commonpath([path.parent for path in written]))
        paper.print(f"written  {len(written)} files in {format_path(common)}")
    else:
        for path in written:
            paper.print(f"written  {format_path(path)}")
    paper.print(*remarks, *notes, *result.notices)


@_class_command(
    {
        "title": "the name of the class (default: its folder's name, or the course's "
        "title if that is submissions)",
        "out": "the folder to write to (default: report, in the folder of submissions)",
        "projector": "one page that everybody may see instead, with counts and no "
        "names",
    },
)
def report(
    about: ClassFolder,
    title: str = "",
    projector: bool = False,
    out: str = "",
) -> None:
    """Write the class report: web pages that need no network."""
    from grader.classroom import export, report_pages
    from grader.classroom.records import REPORT
    from grader.report.sentences import count_of

    result, _found = _result_of(about, title)
    draw = report_pages.projector_report if projector else report_pages.class_report
    written = export.write(draw(result), about.place(out, REPORT, "--out"))
    paper = about.app.screen
    paper.print(f"written  {format_path(written[0])}")
    if others := len(written) - 1:
        paper.print(f"and {count_of(others, 'page')} of learners beside it.")
    paper.print(*result.notices)


@command(
    help={
        "lesson": LESSON,
        "out": "the archive to write, or a folder for it (default: dist in the course)",
    },
)
def pack(app: Program, lesson: str, out: str = "") -> None:
    """Make the autograder of a lesson for Gradescope."""
    from grader.classroom.packing import autograder

    paper = app.screen
    found_lesson = app.find(lesson)
    place = Path(out) if out else app.root / "dist"
    if not place.suffix:
        place.mkdir(parents=True, exist_ok=True)
    archive = autograder.pack_for_gradescope(app.root, place, found_lesson, paper.print)
    paper.print(f"written  {format_path(archive)}")


@command(
    help={
        "submissions": "the folder with the submissions",
        "learner": "who: an id, a name, a login or an address",
        "roster": "a CSV file of the class (default: roster.csv in the folder)",
        "gradebook": "the gradebook (default: gradebook.sqlite in the folder)",
        "erase": "erase it; without this, it is only listed",
    },
)
def forget(
    app: Program,
    submissions: str,
    learner: str,
    roster: str = "",
    gradebook: str = "",
    erase: bool = False,
) -> None:
    """Erase one learner: files, gradings, report pages, and their rows in lists."""
    from grader.classroom import forgetting
    from grader.report.sentences import count_of

    about = ClassFolder(app, Path(submissions), roster=roster, gradebook=gradebook)
    paper, folder = app.screen, about.folder
    contents = about.find()
    with (
        forgetting.keep_room_closed(folder),
        about.open_gradebook() as book,
        book.claim(),
    ):
        belongings = forgetting.find_belongings(folder, contents, book, learner)
        if erase:
            forgetting.erase(folder, belongings, book)
    paper.print(f"{belongings.learner.display_name} ({belongings.learner.id})")
    verb = "erased" if erase else "would erase"
    paper.print(f"{verb}  {count_of(belongings.gradings, 'grading')} in the gradebook")
    for path in belongings.files:
        paper.print(f"{verb}  {format_path(path)}")
    for path, lines in belongings.rows:
        rows = count_of(len(lines), "row")
        paper.print(f"{verb}  {rows} of {format_path(path)}")
    if belongings.left:
        paper.print("These files name them, too, and stay as they are:")
        paper.print(*(f"  {format_path(path)}" for path in belongings.left))
    if not erase:
        again = format_command(f"class.forget {about.words()} {belongings.learner.id}")
        paper.print(f"Nothing is erased yet. To erase it:  {again} --erase")
    else:
        report = format_command(f"class.report {about.words()}")
        paper.print(f"To write the report without them:  {report}")
        paper.print("Files that you copied elsewhere are not found here.")


def _result_of(
    about: ClassFolder, title: str = ""
) -> tuple[ClassResult, FolderContents]:
    """Return the class, from its gradebook and its roster, and its files."""
    from grader.classroom.alike import note_alike
    from grader.classroom.class_result import load_class, note_disagreements
    from grader.classroom.comments import read_comments
    from grader.classroom.overrides import read_overrides

    lessons, folder = about.lessons, about.folder
    rows = filter(about.includes, read_overrides(folder))
    comments = filter(about.includes, read_comments(folder))
    contents = note_alike(about.find(), lessons)
    about.require_gradebook()
    with about.open_gradebook() as book:
        preview = format_command(f"class.grade {about.words()} --preview")
        contents = note_disagreements(contents, book, lessons, preview)
        names = [one.name for one in lessons]
        title = title or _name_class(about.app, folder.resolve().name)
        result = load_class(
            book,
            names,
            contents,
            title=title,
            overrides=rows,
            comments=comments,
            rule=about.late_rule,
            weights=about.app.settings.weights,
        )
    if not result.lessons:
        names = [one.short_name for one in lessons]
        of = f" in {' or '.join(names)}" if about.named else ""
        raise Misuse(
            f"Nobody in {format_path(folder)} has a score{of} yet: nothing that was "
            f"attempted there has been graded. {about.describe_first()}"
        )
    return result, contents


def _name_class(app: Program, folder: str) -> str:
    """Return the name of a class: its folder's, unless that only says submissions."""
    return (read_title(app.root) if folder == "submissions" else "") or folder


def _fill(
    result: ClassResult, to: str, worksheet: Path, column: str, existing: str
) -> tuple[tuple[ExportFile, ...], tuple[str, ...]]:
    """Return a system's export filled in, and who couldn't be matched."""
    from grader.classroom.export import canvas, moodle

    fillers: dict[str, Callable[[ClassResult, bytes], Filled]] = {
        "canvas": functools.partial(canvas.complete, column=column, existing=existing),
        "moodle": functools.partial(moodle.fill, existing=existing),
    }
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
    remarks += [f"kept as it is: {words}" for words in done.kept]
    return (done.file,), (*done.unlisted, *done.unequal, *remarks)


def _print_due_dates(
    about: ClassFolder, contents: FolderContents, paper: Screen
) -> None:
    """Print the deadlines, since they may have been set long ago."""
    from grader.classroom.submissions.notices import MOST_NAMES, list_some

    dues = about.due_dates
    handed_in = {one.lesson for one in contents.submissions}
    lessons = [one for one in about.lessons if one.name in handed_in]
    for due in sorted({dues[one.name] for one in lessons if one.name in dues}):
        of = [one.short_name for one in lessons if dues.get(one.name) == due]
        lead = "Late" if len(of) == len(lessons) else f"Of {_join_names(of)}, late"
        moment = f"{due.astimezone():%Y-%m-%d %H:%M}"
        paper.print(f"{lead} is what was handed in after {moment}.")
    longer = [x.display_name for x in contents.learners if x.id in contents.extended]
    if longer:
        who = list_some(longer, MOST_NAMES)
        paper.print(f"Where it is later, the roster's own date counts for {who}.")
    if about.late_rule:
        paper.print(_describe_rule(about.late_rule))
    if dues and any(one.is_of_canvas for one in contents.submissions):
        paper.print("In files from Canvas, those with LATE in their name are late.")


def _describe_rule(rule: LateRule) -> str:
    """Return the penalty for being late as a sentence."""
    from grader.report.sentences import count_of

    words = f"Each begun day costs {count_of(rule.points_off_per_day, 'point')}"
    if rule.grace_minutes:
        words += f", the first {count_of(rule.grace_minutes, 'minute')} nothing"
    if rule.latest_days is not None:
        words += f"; after {count_of(rule.latest_days, 'day')} no points are left"
    return f"{words} (the rule in due.json)."


def _join_names(names: list[str]) -> str:
    """Return names as words: ``lesson1, lesson2 and lesson3``."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _require_submissions(contents: FolderContents, folder: Path) -> None:
    if not contents.submissions:
        raise Misuse(
            f"There is nothing in {str(folder)!r} that can be graded. "
            f"docs/submissions.md says how the files have to be named."
        )


def _describe_stop(done: int, contents: FolderContents, is_preview: bool) -> str:
    if is_preview:
        return "Stopped. Nothing is recorded."
    return (
        f"Stopped. {done} of {len(contents.submissions)} "
        f"{'is' if done == 1 else 'are'} graded and kept; the same command continues "
        "with the others, and shows changed scores only for them."
    )
