"""Writes the golden files and the README's picture; read the difference before you commit.

Run it as ``python -m tests.golden.write``.
"""

from pathlib import Path

from msgspec.structs import replace

from grader.classroom.export import export, formats
from grader.classroom.export.gradescope import results_json
from grader.classroom.records import ClassResult
from grader.common.errors import Misuse
from tests.support.exported import read_class
from tests.support.readme_picture import PICTURE, picture_of_a_wrong_attempt

HERE = Path(__file__).parent
LESSON = "lesson3_cross_entropy"


def of_lesson(result: ClassResult, lesson: str) -> ClassResult:
    """The same class with the reports of one lesson alone."""
    learners = tuple(
        replace(one, reports=tuple(r for r in one.reports if r.lesson == lesson))
        for one in result.learners
    )
    return replace(result, learners=learners)


def numbered_on(result: ClassResult, lms: str) -> ClassResult:
    """The same class with its numbers from another platform."""
    learners = tuple(
        replace(one, learner=replace(one.learner, lms=lms)) for one in result.learners
    )
    return replace(result, learners=learners)


def golden() -> dict[str, bytes]:
    """Every golden file's name and what it should hold."""
    result = read_class((HERE / "class.json").read_bytes())
    noether = result.learners[1].reports[0]
    found = {"gradescope-noether.json": results_json(noether)}
    for to in formats():
        try:
            files = export(result, to)
        except Misuse:
            files = export(of_lesson(numbered_on(result, "Moodle"), LESSON), to)
        for file in files:
            if "/" not in file.path:
                found[file.path] = file.content
    return found


if __name__ == "__main__":
    for name, content in golden().items():
        (HERE / name).write_bytes(content)
    PICTURE.write_text(picture_of_a_wrong_attempt(), encoding="utf-8")
