"""The record of proved lessons: `dev.verify --changed` proves what it doesn't have."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.authoring.verify import Verification, proved
from grader.authoring.verify.proved import ProvedRecord, all_of, judge_hash, lesson_hash
from grader.cli import author
from grader.cli.command import Exit, Program
from grader.course.document import catalog
from tests.support.toy_lesson import Toy


@pytest.fixture
def course(toy: Toy) -> Toy:
    """A course with lessons 1, 3 and 5, of which 3 has the most exercises."""
    for name in ("lesson3_other", "lesson5_last"):
        shutil.copytree(toy.checks.parent, toy.root / "lessons" / name)
        shutil.copy(
            toy.root / "solutions/lesson1_toy.py", toy.root / f"solutions/{name}.py"
        )
    add_exercise(toy, "lesson3_other", "3c")
    (toy.root / "lessons" / "data").mkdir()
    return toy


def add_exercise(toy: Toy, lesson: str, tag: str) -> None:
    page = toy.root / "lessons" / lesson / "lesson.py"
    end = "\n# ## 1b  Again"
    heading = f"\n# ## {tag}  More  (1 points)"
    page.write_text(page.read_text().replace(end, heading + end))


def names_of(lessons: object) -> list[str]:
    return [lesson.short_name for lesson in lessons]  # type: ignore[attr-defined]


def due(toy: Toy) -> tuple[list[str], list[str]]:
    found = ProvedRecord(toy.root).due(catalog.lessons(toy.root))
    return names_of(found.whole), names_of(found.sampled)


def prove(toy: Toy, *problems: str) -> None:
    """Record a proof of all lessons, with problems in the lessons named."""
    lessons = catalog.lessons(toy.root)
    found = [
        Verification(one.name, problems=["wrong"] * (one.short_name in problems))
        for one in lessons
    ]
    ProvedRecord(toy.root).keep(all_of(lessons), found, lessons)


def test_what_is_proved_is_due_once_its_files_change(course: Toy) -> None:
    assert due(course) == (["lesson1", "lesson3", "lesson5"], [])
    prove(course)
    assert due(course) == ([], [])
    course.change_checks("is twice x", "is two times x")
    assert due(course) == (["lesson1"], [])


def test_a_lesson_with_a_problem_stays_due_and_so_does_the_judge(course: Toy) -> None:
    prove(course, "lesson5")
    assert due(course) == (["lesson5", "lesson3"], ["lesson1"])


@pytest.mark.parametrize(
    ("left", "whole", "sampled"),
    [
        (1, ["lesson3"], ["lesson1", "lesson5"]),
        (5, ["lesson5"], ["lesson1", "lesson3"]),
    ],
)
def test_a_changed_judge_is_tried_with_one_lesson_and_a_sample(
    course: Toy, monkeypatch: pytest.MonkeyPatch, left: int, whole: list, sampled: list
) -> None:
    if left == 5:
        add_exercise(course, "lesson5_last", "5c")
        add_exercise(course, "lesson5_last", "5d")
    prove(course)
    monkeypatch.setattr(proved, "judge_hash", lambda: "0123")
    assert due(course) == (whole, sampled)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "solutions/lesson1_toy.py").write_text("x = 1"),
        lambda root: (root / "lessons/lesson1_toy/said.py").write_text("x = 1"),
        lambda root: (root / "lessons/lesson1_toy/lesson.py").write_text("x = 1"),
        lambda root: (root / "lessons/data/digits.npz").write_bytes(b"1"),
        lambda root: (root / "lessons/fixtures.py").write_text("x = 1"),
        lambda root: (root / "lessons/fixtures.py").rename(root / "lessons/data/a.py"),
    ],
    ids=["solution", "own file", "page", "data", "fixtures", "name"],
)
def test_the_hash_of_a_lesson_changes_with(
    course: Toy, change: Callable[[Path], object]
) -> None:
    (course.root / "lessons/fixtures.py").write_text("")
    before = lesson_hash(catalog.find("1", course.root))
    change(course.root)
    lesson = catalog.find("1", course.root)
    assert lesson_hash(lesson) != before


def test_the_hash_of_a_lesson_is_the_same_on_every_machine(
    course: Toy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lesson = catalog.find("1", course.root)
    before = lesson_hash(lesson)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "course"
    shutil.copytree(course.root, elsewhere)
    for path in elsewhere.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    own = elsewhere / "lessons" / "lesson1_toy"
    for name in ("NOTES.md", "lesson.py~", ".checks.py.swp", "__pycache__/a.pyc"):
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_text("left")
    assert lesson_hash(catalog.find("1", elsewhere)) == before


def test_the_libraries_that_a_lesson_imports_are_part_of_its_hash(
    course: Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = catalog.find("1", course.root)
    hashes = []
    for numpy, keras in (("2.1", "3.14"), ("2.1", "3.15"), ("2.2", "3.15")):
        (tmp_path / "pyproject.toml").write_text(
            "[tool.uv]\nconstraint-dependencies = "
            f"['keras=={keras} ; python_full_version < \"3.14\"', 'numpy=={numpy}']\n"
        )
        monkeypatch.setattr(proved, "project_folder", lambda: tmp_path)
        hashes.append(lesson_hash(lesson))
    assert hashes[0] == hashes[1] != hashes[2]  # it imports NumPy and no Keras


def test_the_judge_is_what_decides_a_verdict_or_proves_a_lesson(tmp_path: Path) -> None:
    package = tmp_path / "grader"
    for name in (
        "judge/grading.py",
        "authoring/verify.py",
        "web/app.py",
        "common/errors.py",
    ):
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text("x = 1")
    changed = []
    for path in sorted(package.rglob("*.py")):
        before = judge_hash(package)
        path.write_text("x = 2")
        changed.append((path.name, judge_hash(package) != before))
    assert changed == [
        *(("verify.py", True), ("errors.py", True)),
        *(("grading.py", True), ("app.py", False)),
    ]


def test_the_lines_of_two_merged_records_both_count(course: Toy) -> None:
    record = course.root / "lessons" / "proved.txt"
    prove(course)
    ours = record.read_text()
    course.change_checks("is twice x", "is two times x")
    prove(course)
    theirs = record.read_text()
    record.write_text(ours + theirs)
    assert due(course) == ([], [])
    course.change_checks("is two times x", "is twice x")
    assert due(course) == ([], [])
    course.change_checks("is twice x", "is x and x")
    assert due(course) == (["lesson1"], [])
    prove(course)
    assert sorted(set(record.read_text().splitlines())) == sorted(
        record.read_text().splitlines()
    )


def test_the_command_writes_the_record_and_reads_it_only_when_asked(
    toy: Toy, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.change_checks("double.wrong_answer", "double.wrong_answer")
    record = toy.root / "lessons" / "proved.txt"
    lesson = catalog.find("1", toy.root)

    def run(**options: bool) -> str:
        with pytest.raises(Exit) as ended:
            author.verify(Program(toy.root), **options)
        return f"{ended.value.code} {capsys.readouterr().out}"

    proof = Verification("lesson1_toy", mistakes_named=1)
    monkeypatch.setattr("grader.authoring.verify.verify", lambda *_, **__: proof)
    assert "good   lesson1_toy" in run()
    assert f"lesson1_toy  {lesson_hash(lesson)}" in record.read_text().splitlines()
    assert run(changed=True) == "0 Nothing has changed since it was proved.\n"
    assert "good   lesson1_toy" in run()
    toy.change_checks("is twice x", "is two times x")
    proof.problems.append("a slip")
    before = record.read_text()
    assert run(changed=True).startswith("1 wrong  lesson1_toy")
    assert record.read_text() == before
