"""Lessons are found by their folder, and a learner's file is never lost."""

import os
import shutil
from pathlib import Path

import pytest

from grader.common.errors import BrokenLesson, Misuse
from grader.course.document import catalog
from grader.course.document.notebook_writer import write_notebook

PAGE = "# %% [markdown]\n# # Lesson 3  Cross-entropy by hand\n# 45 minutes.\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (
        ("lesson10_more", "# %% [markdown]\n# # Lesson 10: More\n"),
        ("lesson3_cross_entropy", PAGE),
        ("lesson1_arrays", "x = 1\n"),
    ):
        folder = tmp_path / "lessons" / name
        folder.mkdir(parents=True)
        (folder / "lesson.py").write_text(text, encoding="utf-8")
    (tmp_path / "lessons" / "data").mkdir()
    (tmp_path / "lessons" / "lesson4_notes.txt").write_text("not a folder")
    return tmp_path


def test_lessons_are_folders_in_the_order_of_the_course(root: Path) -> None:
    assert [lesson.number for lesson in catalog.lessons(root)] == [1, 3, 10]


def test_a_short_name_finds_the_first_lesson_with_its_number(root: Path) -> None:
    copied = root / "lessons" / "lesson03_again"
    shutil.copytree(root / "lessons" / "lesson3_cross_entropy", copied)
    known = catalog.lessons(root)
    first = {one.short_name: one for one in reversed(known)}
    assert list(first) == ["lesson10", "lesson3", "lesson1"]
    for name, lesson in first.items():
        assert catalog.find_by_short_name(name, root) == lesson
    for name in (
        "lesson03",
        "lesson4",
        "lesson",
        "lessonNone",
        "",
        "../lessons/lesson3",
    ):
        assert catalog.find_by_short_name(name, root) is None


def test_what_python_left_of_a_lesson_is_none(root: Path) -> None:
    left = root / "lessons" / "lesson11_gone" / "exercises" / "__pycache__"
    left.mkdir(parents=True)
    (left / "a.cpython-311.pyc").write_bytes(b"")
    assert "lesson11_gone" not in [one.name for one in catalog.lessons(root)]


def test_a_title_is_the_first_heading_without_its_number(root: Path) -> None:
    titles = [lesson.title for lesson in catalog.lessons(root)]
    assert titles == ["Arrays", "Cross-entropy by hand", "More"]


@pytest.mark.parametrize(
    "name",
    [
        "3",
        "lesson3",
        "Lesson3",
        "lesson3_cross_entropy",
        "cross_entropy",
        "attempts/lesson3_cross_entropy.py",
        "lessons/lesson3_cross_entropy/",
        "lessons/lesson3_cross_entropy/lesson.py",
    ],
)
def test_all_names_of_a_lesson_find_it(root: Path, name: str) -> None:
    assert catalog.find(name, root).name == "lesson3_cross_entropy"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("lesson3_crossentropy", "Did you mean lesson3_cross_entropy?"),
        ("lesson4", "The lessons are lesson1, lesson3, lesson10."),
        (
            "3b",
            "3b is an exercise of lesson3.",
        ),
        ("4b", "The lessons are lesson1, lesson3, lesson10."),
        ("xyz", "The lessons are lesson1, lesson3, lesson10."),
    ],
)
def test_an_unknown_name_gets_a_suggestion(
    root: Path, name: str, sentence: str
) -> None:
    with pytest.raises(Misuse) as caught:
        catalog.find(name, root)
    assert str(caught.value) == f"There is no lesson {name!r}. {sentence}"


def test_a_number_that_two_lessons_share_asks_for_the_whole_name(root: Path) -> None:
    (root / "lessons" / "lesson3_again").mkdir()
    with pytest.raises(Misuse, match="Type the whole name"):
        catalog.find("3", root)


def test_no_lessons_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="There are no lessons"):
        catalog.find("3", tmp_path)


def test_a_working_copy_is_made_once_and_never_overwritten(root: Path) -> None:
    lesson = catalog.find("3", root)
    path, was_made = catalog.working_copy(lesson, root)
    assert (path, was_made) == (root / "attempts/lesson3_cross_entropy.py", True)
    assert path.read_text(encoding="utf-8") == PAGE
    path.write_text("mine")
    assert catalog.working_copy(lesson, root) == (path, False)
    assert path.read_text() == "mine"


def test_a_lesson_without_a_page_says_how_to_build_it(root: Path) -> None:
    lesson = catalog.find("3", root)
    lesson.page.unlink()
    with pytest.raises(BrokenLesson, match=r"dev\.build"):
        catalog.working_copy(lesson, root)


def test_a_fresh_copy_keeps_every_old_one(root: Path) -> None:
    lesson = catalog.find("3", root)
    path, kept = catalog.reset_working_copy(lesson, root, write_notebook)
    assert kept is None
    for number in (1, 2):
        path.write_text(f"work {number}")
        _, kept = catalog.reset_working_copy(lesson, root, write_notebook)
        assert kept == root / f"attempts/earlier/lesson3_cross_entropy-{number}.py"
        assert kept.read_text() == f"work {number}"
    assert path.read_text(encoding="utf-8") == PAGE


def test_an_attempt_is_a_file_or_a_folder_of_attempts(root: Path) -> None:
    lesson = catalog.find("3", root)
    path, _ = catalog.working_copy(lesson, root)
    assert catalog.resolve_attempt(lesson, path) == path
    assert catalog.resolve_attempt(lesson, path.parent) == path
    assert catalog.is_working_copy(path, lesson, root)


def test_an_attempt_that_is_not_there_is_misuse(root: Path) -> None:
    lesson = catalog.find("3", root)
    path, _ = catalog.working_copy(lesson, root)
    with pytest.raises(Misuse, match="Did you mean"):
        catalog.resolve_attempt(lesson, path.with_name("lesson3_cross_entropi.py"))
    with pytest.raises(Misuse, match=r"contains no lesson3_cross_entropy.py"):
        catalog.resolve_attempt(lesson, root / "lessons")
    pipe = root / "attempts/pipe"
    os.mkfifo(pipe)
    with pytest.raises(Misuse, match="pipe: a pipe; it isn't read"):
        catalog.resolve_attempt(lesson, pipe)


def test_the_next_lesson_is_known(root: Path) -> None:
    first, second, last = known = catalog.lessons(root)
    assert catalog.lesson_after(first, known) == second
    assert catalog.lesson_after(last, known) is None


def test_a_lesson_is_found_by_its_full_name_alone(root: Path) -> None:
    first, *_ = catalog.lessons(root)
    assert catalog.find_by_name(first.name, root) == first
    others = (first.short_name, str(first.number), f"../lessons/{first.name}")
    assert [catalog.find_by_name(one, root) for one in others] == [None] * 3


def test_a_notebook_in_the_place_of_an_attempt_is_the_attempt(root: Path) -> None:
    lesson = catalog.find("3", root)
    path, was_made = catalog.working_copy(lesson, root, write_notebook)
    assert (path.suffix, was_made) == (".ipynb", True)
    assert catalog.working_copy(lesson, root) == (path, False)
    assert catalog.resolve_attempt(lesson, path.parent) == path
    assert catalog.is_working_copy(path, lesson, root)
    fresh, kept = catalog.reset_working_copy(lesson, root, write_notebook)
    assert (fresh, kept.name) == (path, "lesson3_cross_entropy-1.ipynb")


def test_a_notebook_takes_over_a_page_in_an_encoding_that_is_graded(
    root: Path,
) -> None:
    own = root / "lesson3_cross_entropy.py"
    own.write_text('# %%\nword = "Käse"\n', encoding="cp1252")
    made = write_notebook(catalog.find("3", root), own)
    assert 'word = \\"Käse\\"'.encode() in made


def test_of_a_notebook_and_a_python_file_the_newer_one_counts(root: Path) -> None:
    lesson = catalog.find("3", root)
    script, _ = catalog.working_copy(lesson, root)
    notebook, _ = catalog.working_copy(lesson, root, write_notebook)
    for newer, older in ((script, notebook), (notebook, script)):
        os.utime(older, (1_000_000, 1_000_000))
        os.utime(newer, (2_000_000, 2_000_000))
        assert catalog.working_copy(lesson, root) == (newer, False)
        assert catalog.resolve_attempt(lesson, root / "attempts") == newer
        assert catalog.find_older_format(newer) == older
        assert catalog.find_older_format(older) is None


@pytest.mark.parametrize("suffix", [".py", ".ipynb"])
def test_a_file_with_an_earlier_number_is_found_by_its_words(
    root: Path, suffix: str
) -> None:
    lesson = catalog.find("3", root)
    old = root / "attempts" / f"lesson2_{lesson.name.partition('_')[2]}{suffix}"
    old.parent.mkdir(exist_ok=True)
    old.write_text("mine = 1")
    assert catalog.working_copy(lesson, root) == (old, False)
    assert catalog.resolve_attempt(lesson, root / "attempts") == old
    assert catalog.is_working_copy(old, lesson, root)
    new, kept = catalog.reset_working_copy(lesson, root, lambda _: b"{}")
    assert (new.name, old.exists()) == (f"{lesson.name}{suffix}", False)
    assert kept is not None
    assert kept.read_text() == "mine = 1"
    old.write_text("older")
    assert catalog.attempt_path(lesson, root) == new


def test_two_lessons_with_the_same_words_keep_their_own_files(root: Path) -> None:
    lesson = catalog.find("3", root)
    words = lesson.name.partition("_")[2]
    twin = root / "lessons" / f"lesson5_{words}"
    shutil.copytree(lesson.folder, twin)
    other = root / "attempts" / f"lesson5_{words}.py"
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine = 5")
    assert catalog.attempt_path(lesson, root).name == f"{lesson.name}.py"


def test_a_file_with_the_right_number_counts_before_a_newer_one(root: Path) -> None:
    lesson = catalog.find("3", root)
    folder = root / "handed-in"
    folder.mkdir()
    own = folder / f"{lesson.name}.py"
    old = folder / f"lesson2_{lesson.name.partition('_')[2]}.py"
    own.write_text("mine = 3")
    old.write_text("mine = 2")
    os.utime(own, (1_000_000, 1_000_000))
    assert catalog.resolve_attempt(lesson, folder) == own
