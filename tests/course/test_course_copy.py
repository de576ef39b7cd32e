"""A course is made in a folder, and nothing of somebody else's is overwritten."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.cli import doctor
from grader.common.errors import Misuse
from grader.course import course_copy
from grader.course.document import catalog
from grader.judge import provenance
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import Toy

PAGE = "lessons/lesson1_toy/lesson.py"
README = "lessons/README.md"


@pytest.fixture
def source(toy: Toy) -> Path:
    """What a package brings along."""
    (toy.root / README).write_text("# Toys\n")
    return toy.root


@pytest.fixture
def folder(source: Path) -> Path:
    """A course that was made from it."""
    made = source / "course"
    assert README in course_copy.create(made, source).written
    return made


def test_what_was_not_changed_is_brought_up_to_date(source: Path, folder: Path) -> None:
    (source / README).write_text("# New toys\n")
    assert course_copy.create(folder, source) == course_copy.MadeCourse((README,))
    assert (folder / README).read_text() == "# New toys\n"
    assert course_copy.create(folder, source) == course_copy.MadeCourse(())


def test_what_somebody_changed_stays_and_is_said(source: Path, folder: Path) -> None:
    (folder / README).write_text("# Mine\n")
    for text in ("# Toys\n", "# New toys\n"):
        (source / README).write_text(text)
        assert course_copy.create(folder, source) == course_copy.MadeCourse(
            (), (README,)
        )
    assert (folder / README).read_text() == "# Mine\n"
    (folder / README).unlink()
    assert course_copy.create(folder, source) == course_copy.MadeCourse((README,))
    # Since then it is ours again, and follows.
    (source / README).write_text("# Newest toys\n")
    assert course_copy.create(folder, source) == course_copy.MadeCourse((README,))


def test_what_was_there_before_stays(source: Path) -> None:
    folder = source / "mine"
    (folder / "lessons").mkdir(parents=True)
    (folder / README).write_text("# Mine\n")
    made = course_copy.create(folder, source)
    assert made.kept == (README,)
    assert PAGE in made.written
    assert (folder / README).read_text() == "# Mine\n"


def test_no_lesson_is_added_to_another_course(source: Path) -> None:
    folder = source / "mine"
    own = folder / "lessons" / "lesson1_kmeans" / "lesson.py"
    own.parent.mkdir(parents=True)
    own.write_text("# mine\n")
    (folder / "solutions").mkdir()
    with pytest.raises(Misuse, match=r"already contains a course \(lesson1_kmeans\)"):
        course_copy.create(folder, source)
    assert [path for path in folder.rglob("*") if path.is_file()] == [own]


def test_a_list_that_cannot_be_read_makes_nothing_ours(
    source: Path, folder: Path
) -> None:
    (folder / course_copy.WRITTEN).write_bytes(b"\xff\xfe\n")
    (source / README).write_text("# New toys\n")
    assert course_copy.create(folder, source).kept == (README,)


@pytest.fixture
def without_keras(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which neither Keras nor TensorFlow is installed."""
    found, spec = importlib.metadata.version, importlib.util.find_spec

    def version(name: str) -> str:
        if name.startswith(("keras", "tensorflow")):
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: (
            None if name in ("keras", "tensorflow") else spec(name, *more)
        ),
    )
    provenance._version.cache_clear()
    yield
    provenance._version.cache_clear()


@pytest.mark.usefixtures("without_keras")
def test_a_course_that_needs_no_keras_is_graded_without_it(toy: Toy) -> None:
    lesson = catalog.find("lesson1", toy.root)
    report = grade_attempt(lesson, lesson.solution, seed=1)
    assert report.score == 100
    assert "keras" not in report.versions
    found = {one.name: one for one in doctor.examine(toy.root)}
    assert found["packages"].is_good
    assert "keras" not in found["packages"].words
    assert "TensorFlow" not in found
    assert "data" not in found
    assert "lesson" not in found["memory"].remedy


@pytest.mark.usefixtures("without_keras")
def test_a_course_that_needs_keras_says_that_it_is_missing(toy: Toy) -> None:
    toy.change_checks("lesson()", "lesson(imports=('numpy', 'keras'))")
    found = {one.name: one for one in doctor.examine(toy.root)}
    assert found["packages"].words == "missing: keras"
    assert "Lesson 1 needs it." in found["TensorFlow"].remedy
