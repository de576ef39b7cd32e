"""forgetting: the command that erases one learner from a class."""

from __future__ import annotations

from pathlib import Path

from grader.cli.classes import ClassFolder
from grader.cli.command import Program, command, format_path
from grader.installation import format_command


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
        forgetting.closed_room(folder),
        about.open_gradebook() as book,
        book.claim(),
    ):
        found = forgetting.find_belongings(folder, contents, book, learner)
        if erase:
            forgetting.erase(folder, found, book)
    paper.print(f"{found.learner.display_name} ({found.learner.id})")
    verb = "erased" if erase else "would erase"
    paper.print(f"{verb}  {count_of(found.gradings, 'grading')} in the gradebook")
    for path in found.files:
        paper.print(f"{verb}  {format_path(path)}")
    for path, lines in found.rows:
        rows = count_of(len(lines), "row")
        paper.print(f"{verb}  {rows} of {format_path(path)}")
    if found.left:
        paper.print("These files name them, too, and stay as they are:")
        paper.print(*(f"  {format_path(path)}" for path in found.left))
    if not erase:
        again = format_command(f"class.forget {about.words()} {found.learner.id}")
        paper.print(f"Nothing is erased yet. To erase it:  {again} --erase")
    else:
        report = format_command(f"class.report {about.words()}")
        paper.print(f"To write the report without them:  {report}")
        paper.print("Files that you copied elsewhere are not found here.")
