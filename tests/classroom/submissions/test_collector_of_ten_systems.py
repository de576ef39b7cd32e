"""Sixty people who hand in in ten ways: whose it is, the score, and who is late."""

from __future__ import annotations

import csv
import functools
import io
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.classroom import commands as classes
from grader.cli.command import Exit, Program
from grader.course.course_folder import find_nearest
from tests.support.submissions import RIGHT, SQUARED
from tests.support.submissions import project as project

pytestmark = pytest.mark.usefixtures("share_pool")

DUE = datetime(2026, 11, 25, 23, 0, tzinfo=UTC)
FILE = "lesson1_toy.py"
NAMES = ("Ada Łoś", "Ben O'Hara", "李明", "Zoë Müller", "Omar Sy", "Anna Schmidt")


@dataclass(frozen=True)
class Person:
    """Somebody who hands in, wrong every third time and late every second."""

    number: int

    @property
    def name(self) -> str:
        return NAMES[self.number]

    @property
    def source(self) -> str:
        return f"{self.wrong_or_right}# {self.number}\n"

    @property
    def wrong_or_right(self) -> str:
        return RIGHT if self.number % 3 else SQUARED

    @property
    def at(self) -> datetime:
        hours = 5 if self.number % 2 else -5
        return DUE + timedelta(hours=hours, minutes=7 * self.number)

    @property
    def expected(self) -> tuple[str, str]:
        return "100" if self.number % 3 else "0", "yes" if self.number % 2 else "no"


PEOPLE = [Person(n) for n in range(6)]
Ids = dict[int, str]


def put(path: Path, one: Person, at: datetime | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(one.source)
    when = (at or one.at).timestamp()
    os.utime(path, (when, when))
    return path


def zipped(path: Path, members: dict[str, str], at: datetime = DUE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    os.utime(path, (at.timestamp(), at.timestamp()))


def in_folders(folder: Path) -> Ids:
    return {x.number: put(folder / x.name / FILE, x).parent.name for x in PEOPLE}


def as_single_files(folder: Path) -> Ids:
    for one in PEOPLE:
        put(folder / f"lesson1_{one.name}.py", one)
    return {one.number: one.name for one in PEOPLE}


def in_copies_of_attempts(folder: Path) -> Ids:
    for one in PEOPLE:
        put(folder / one.name / "attempts" / FILE, one)
    return {one.number: one.name for one in PEOPLE}


def in_own_zip_files(folder: Path) -> Ids:
    for one in PEOPLE:
        zipped(folder / f"{one.name}.zip", {FILE: one.source}, one.at)
    return {one.number: one.name for one in PEOPLE}


def in_a_folder_for_the_week(folder: Path) -> Ids:
    rows = [f"s{one.number},{one.name}" for one in PEOPLE]
    (folder / "roster.csv").write_text("\n".join(["learner,name", *rows]))
    for one in PEOPLE:
        put(folder / "week 1" / f"s{one.number}" / FILE, one)
    return {one.number: f"s{one.number}" for one in PEOPLE}


def worksheet(folder: Path) -> None:
    rows = [
        f'Participant {500 + x.number},{x.name},Submitted,,100,Yes,"'
        f'{x.at.astimezone():%A, %d %B %Y, %H:%M}",-,'
        for x in PEOPLE
    ]
    head = (
        "Identifier,Full name,Status,Grade,Maximum grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade),Feedback comments"
    )
    (folder / "grades.csv").write_text("\n".join([head, *rows]))


def from_moodle(folder: Path) -> Ids:
    worksheet(folder)
    members = {
        f"{x.name}_{500 + x.number}_assignsubmission_file/{FILE}": x.source
        for x in PEOPLE
    }
    zipped(folder / "course-lesson 1-77.zip", members)
    return {one.number: str(500 + one.number) for one in PEOPLE}


def from_canvas(folder: Path) -> Ids:
    members = {
        f"{'abcdef'[x.number]}x_{'LATE_' if x.number % 2 else ''}{40 + x.number}_9_{FILE}": x.source
        for x in PEOPLE
    }
    zipped(folder / "submissions.zip", members)
    return {one.number: str(40 + one.number) for one in PEOPLE}


def gradescope_list(folders: dict[str, list[Person]]) -> str:
    """The list as Ruby writes it, with an autograder's results between."""
    lines = ["---"]
    for folder, people in folders.items():
        lines += [f"{folder}:", "  :submitters:"]
        for one in people:
            name = one.name.replace("'", "''")
            lines += [f"  - :name: '{name}'", f"    :sid: '90{one.number}'"]
            lines += [f"    :email: {one.number}@example.org"]
        lines += [f"  :created_at: {people[0].at:%Y-%m-%d %H:%M:%S}.123456000 Z"]
        lines += ["  :score: 0.0", "  :results:", "    output: |"]
        lines += ["      submission_1:", "        :submitters:", "        - :name: Eve"]
        lines += ["  :history:", "  - :created_at: 2020-01-01 00:00:00.000000000 Z"]
    return "\n".join(lines) + "\n"


def in_gradescopes_folder(folder: Path) -> Ids:
    export = folder / "assignment_9_export"
    entries = {f"submission_{7000 + one.number}": [one] for one in PEOPLE}
    for name, (one,) in entries.items():
        put(export / name / FILE, one, DUE)
    (export / "submission_metadata.yml").write_text(gradescope_list(entries))
    return {one.number: f"90{one.number}" for one in PEOPLE}


def in_gradescopes_zip_with_groups(folder: Path) -> Ids:
    # The second of each pair has the file, the score and the time of the first.
    pairs = {f"submission_{7000 + n}": [PEOPLE[n], PEOPLE[n + 1]] for n in (0, 2, 4)}
    members = {f"export/{x}/{FILE}": pair[0].source for x, pair in pairs.items()}
    members["export/submission_metadata.yml"] = gradescope_list(pairs)
    zipped(folder / "assignment_9_export.zip", members)
    return {one.number: f"90{one.number}" for one in PEOPLE}


def in_clones(folder: Path) -> Ids:
    for one in PEOPLE:
        place = folder / f"lesson1-s{one.number}"
        put(place / FILE, one)
        at = f"{one.at:%Y-%m-%dT%H:%M:%S}+0000"
        who = {"NAME": "x", "EMAIL": "x@example.org", "DATE": at}
        roles = ("AUTHOR", "COMMITTER")
        dated = {f"GIT_{role}_{k}": v for role in roles for k, v in who.items()}
        for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
            subprocess.run(
                ["git", *words], cwd=place, check=True, env=os.environ | dated
            )
    return {one.number: f"s{one.number}" for one in PEOPLE}


LAYOUTS: list[Callable[[Path], Ids]] = [
    in_folders,
    as_single_files,
    in_copies_of_attempts,
    in_own_zip_files,
    in_a_folder_for_the_week,
    from_moodle,
    from_canvas,
    in_gradescopes_folder,
    in_gradescopes_zip_with_groups,
    in_clones,
]


def grade(folder: Path) -> None:
    with pytest.raises(Exit) as ended:
        classes.grade(
            Program(find_nearest(folder)),
            str(folder),
            jobs="0",
            due=f"{DUE:%Y-%m-%dT%H:%M:%SZ}",
        )
    assert ended.value.code == 0


def rows_of(folder: Path) -> Iterator[dict[str, str]]:
    classes.export(Program(find_nearest(folder)), str(folder), to="csv")
    text = (folder / "export" / "scores.csv").read_text(encoding="utf-8-sig")
    yield from (row for row in csv.DictReader(io.StringIO(text)) if row["total"])


@pytest.mark.parametrize("lay_out", LAYOUTS)
def test_everybody_has_their_score_and_only_the_late_are_late(
    project: Path,
    lay_out: Callable[[Path], Ids],
) -> None:
    ids = lay_out(project)
    wanted = {who: PEOPLE[number].expected for number, who in ids.items()}
    if lay_out is in_gradescopes_zip_with_groups:
        wanted = {
            who: PEOPLE[number - number % 2].expected for number, who in ids.items()
        }
    if lay_out is from_canvas:  # the names say only who is late
        wanted = {
            who: (score, late if late == "yes" else "")
            for who, (score, late) in wanted.items()
        }
    for _ in range(2):
        grade(project)
        rows = [x for x in rows_of(project) if x["learner"] != "points possible"]
        found = {x["learner"]: (x["lesson1"], x["lesson1 late"]) for x in rows}
        assert found == wanted
    if lay_out is in_gradescopes_folder:
        assert {x["name"] for x in rows} == set(NAMES)
        assert rows[0]["email"].endswith("@example.org")


def test_a_class_inside_another_folder_is_asked_about(project: Path) -> None:
    for one in PEOPLE[:3]:
        put(project / "week 3" / f"s{one.number}" / FILE, one)
    asked = (
        "week 3: its folders s0, s1, s2 each have lesson1_toy, and all of them would "
        "be one learner's, week 3. Are they several learners?"
    )
    preview = functools.partial(classes.grade, preview=True)
    for call in (classes.grade, preview, classes.report):
        with pytest.raises(Exit, match=re.escape(asked)) as ended:
            call(Program(find_nearest(project)), str(project))
        assert ended.value.code == 2
    grade(project / "week 3")
    assert len(list(rows_of(project / "week 3"))) == 4
    (project / "roster.csv").write_text("learner\nweek 3\n")
    grade(project)
    assert [x["learner"] for x in rows_of(project)][:-1] == ["week 3"]


def test_beside_others_somebody_with_several_folders_stops_nobody(
    project: Path,
) -> None:
    for name in ("ada/first", "ada/second", "ben"):
        put(project / name / FILE, PEOPLE[1])
    grade(project)
    notes = {row["learner"]: row["notes"] for row in rows_of(project)}
    assert "ada: its folders first, second each have lesson1_toy" in notes["ada"]
    assert "its folders" not in notes["ben"]


def test_copied_files_are_not_late(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copied = DUE + timedelta(days=3)
    for one in PEOPLE:
        # Copying takes a moment.
        put(project / one.name / FILE, one, copied + timedelta(seconds=one.number))
    (project / "due.json").write_text('{"rule": {"points_off_per_day": 10}}')
    grade(project)
    said = (
        "The files of all 6 learners have the same time, 2026-11-28 23:00 UTC. Were "
        "they copied then? Nobody is marked late because of it."
    )
    assert said in " ".join(capsys.readouterr().out.replace("note", "").split())
    rows = list(rows_of(project))
    assert {row["lesson1 late"] for row in rows[:-1]} == {""}
    assert {row["lesson1"] for row in rows[:-1]} == {"0", "100"}
    assert said in " ".join(capsys.readouterr().out.split())
    put(project / "Zoë Müller" / FILE, PEOPLE[3])  # now the times differ
    assert {row["lesson1 late"] for row in rows_of(project)} == {"yes", ""}


def test_notes_of_a_kind_are_together(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(19):
        one = Person(1)
        at = DUE + timedelta(hours=number + 1)
        path = put(project / f"late{number:02}" / FILE, one)
        path.write_text(f"{one.source}x = {number // 2 if number < 2 else number}\n")
        os.utime(path, (at.timestamp(), at.timestamp()))
    for number in range(4):
        (project / f"broken{number}.zip").write_bytes(b"PK")
    grade(project)
    out = " ".join(capsys.readouterr().out.split())
    assert "note late 19: " in out
    assert "note and 15 more." in out
    counts = re.search(r"(\d+) notes on the submissions \(([^)]*)\)", out)
    assert counts is not None
    assert "unreadable 4" in counts[2]
    assert "late 19" in counts[2]
    classes.report(Program(find_nearest(project)), str(project))
    page = (project / "report" / "class.html").read_text()
    assert "<summary>Late: 19</summary>" in page
    assert "<summary>Unreadable: 4</summary>" in page
    assert (
        page.index("Unreadable: 4")
        < page.index("byte for byte")
        < page.index("Late: 19")
    )
