"""A course is a folder: its course.toml says what is its own, and every key has a default."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from grader.course.document import catalog
from grader.course.settings import read_settings
from grader.judge import provenance
from grader.learner.page_run.sandboxed_runner import SandboxedRunner
from grader.sandbox import Limits, WorkerPool
from tests.support.commands import run_command
from tests.support.grading import grade_attempt
from tests.support.toy_lesson import PAGE, Toy

pytestmark = pytest.mark.usefixtures("share_pool")

WRONG = {
    "titel = 'T'": "line 1: there is no setting 'titel'. Did you mean title?",
    "\ntitle = 3": 'line 2: title takes text in quotes, as in title = "Statistics".',
    "importable = 'lessons.data'": "line 1: importable takes a list of modules in lessons/",
    "importable = ['numpy']": "line 1: importable names modules in lessons/, such as lessons.data",
    "importable = [\n'lessons.points']": "line 1: importable has lessons.points, and there is no "
    "lessons/points.py or lessons/points/.",
    "language = 'English'": "line 1: language takes the short name of a language",
    "demo = 'demo.py'": "line 1: demo is 'demo.py', and there is no such file.",
    "cover = 'cover.png'": "line 1: cover is 'cover.png', and there is no such file.",
    "[parts]\nData = 'x'": "line 1: parts takes the first lesson of each part",
    "[weights]\nlesson2 = 2": "line 2: weights has 'lesson2'; the lessons are lesson1.",
    "[weights]\nlesson1 = -1": "line 2: the weight of lesson1 is -1.0; it can't be",
    "[weights]\nlesson1 = 'x'": "line 1: weights takes a number for each lesson",
    "[house_rules]\nhint = 3": "line 2: there is no setting 'house_rules.hint'. Did you "
    "mean hints? The settings in [house_rules]: hints, points",
    "[house_rules]\nhints = true": "line 2: house_rules.hints takes a whole number",
    "house_rules = 1": "line 1: house_rules takes a table [house_rules]",
    "title = ": "isn't valid TOML: Invalid value (at",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_setting_is_reported_with_its_line(toy: Toy, text: str) -> None:
    (toy.root / "course.toml").write_text(text)
    for words in (("grade", "1", "--attempt", "solutions"), ("doctor",), ("no.such",)):
        code, said = run_command(toy.root, *words)
        assert code == 2, said
        assert "100 of 100" not in said
        if words == ("no.such",):
            assert "There is no command" in said or "course.toml" in said
            continue
        assert "course.toml" in said
        assert " ".join(WRONG[text].split()) in " ".join(said.split())


def test_a_file_that_is_not_utf8_is_reported(toy: Toy) -> None:
    (toy.root / "course.toml").write_bytes(b"title = '\xff'")
    code, said = run_command(toy.root, "overview")
    assert (code, "isn't UTF-8" in said) == (2, True), said


def test_the_title_is_shown_and_no_demo_that_is_not_there(toy: Toy) -> None:
    (toy.root / "lessons" / "README.md").write_text("# From README\n")
    assert "From README" in run_command(toy.root, "overview")[1]
    (toy.root / "course.toml").write_text('title = "Settings"\n')
    code, said = run_command(toy.root, "overview")
    assert (code, "Settings" in said, "From README" in said) == (0, True, False)
    assert "demo" not in said
    code, said = run_command(toy.root, "demo")
    assert (code, "This course has no demo" in said) == (2, True), said


@pytest.mark.slow
def test_two_titles_are_reported(tmp_path: Path) -> None:
    run_command(tmp_path, "new-course", "stats")
    root = tmp_path / "stats"
    (root / "lessons" / "README.md").write_text("# Statistics\n")
    code, said = run_command(root, "dev.verify")
    assert code == 1, said
    assert (
        "wrong the course has two titles: 'Stats' in course.toml, which is shown, and "
        "'Statistics' in lessons/README.md. Write the same title into both, or leave "
        "it out of course.toml."
    ) in " ".join(said.split())
    for settings in ('title = "Statistics"\n', ""):
        (root / "course.toml").write_text(settings)
        code, said = run_command(root, "dev.verify")
        assert (code, "titles" in said) == (0, False), said


def test_a_demo_shows_its_own_texts(toy: Toy) -> None:
    (toy.root / "course.toml").write_text('demo = "lessons/first.py"\n')
    (toy.root / "lessons" / "first.py").write_text(
        '# %% [markdown]\n# Two numbers are added.\n# %% id="sum"\nx = 1 + 2\n'
        "# %%\nprint('The sum is', x)\n# %% [markdown]\n# You'll add three.\n"
    )
    assert "demo" in run_command(toy.root, "overview")[1]
    code, said = run_command(toy.root, "demo")
    assert code == 0, said
    places = [
        said.index(words)
        for words in (
            "Two numbers are added.",
            "x = 1 + 2",
            "The sum is 3",
            "You'll add three.",
            "start lesson1",
        )
    ]
    assert places == sorted(places)


LENDING = PAGE.replace(
    "def double", "from lessons.points import COUNT, load\n\ndef double"
).replace("2 * x", "COUNT * x")


@pytest.fixture
def with_points(toy: Toy) -> Toy:
    """A course whose attempts import a module that is not its data."""
    points = toy.root / "lessons" / "points.py"
    points.write_text("COUNT = 2\ndef load():\n    return [COUNT]\n")
    (toy.root / "solutions" / "lesson1_toy.py").write_text(LENDING)
    (toy.checks.parent / "lesson.py").write_text(LENDING)
    return toy


def test_an_attempt_imports_a_module_that_the_course_lends(
    with_points: Toy, pool: WorkerPool
) -> None:
    lesson = catalog.find("lesson1", with_points.root)
    assert grade_attempt(lesson, lesson.solution, seed=1).score == 0
    (with_points.root / "course.toml").write_text('importable = ["lessons.points"]\n')
    before = provenance.versions(lesson)["grader"]
    assert grade_attempt(lesson, lesson.solution, seed=1).score == 100
    page = LENDING + "# %%\nprint(load())\n"
    cells = SandboxedRunner(lesson, Limits(), pool)
    try:
        assert cells.run(page.encode(), page.splitlines().index("print(load())") + 1)
    finally:
        cells.forget()
    # What an attempt imports can change its verdict.
    with (with_points.root / "lessons" / "points.py").open("a") as file:
        file.write("# changed\n")
    provenance.grader_version.cache_clear()
    assert provenance.versions(lesson)["grader"] != before


def test_a_module_that_is_not_importable_is_reported(with_points: Toy) -> None:
    for words in (("grade", "1", "--attempt", "solutions"), ("dev.verify",)):
        _, said = run_command(with_points.root, *words)
        said = " ".join(said.split())
        assert "your file may not import lessons.points." in said
        assert "isn't installed" not in said
    assert (
        "solutions/lesson1_toy.py, line 6: attempts may not import lessons.points; "
        'write importable = ["lessons.data", "lessons.points"] into course.toml'
    ) in said


MISSING = "from pathlib import Path\nPath(__file__).with_name('a.csv').read_text()\n"


def test_missing_data_is_reported(with_points: Toy) -> None:
    (with_points.root / "course.toml").write_text('importable = ["lessons.points"]\n')
    (with_points.root / "lessons" / "points.py").write_text(MISSING)
    code, said = run_command(with_points.root, "grade", "1", "--attempt", "solutions")
    assert code == 3, said
    assert "lessons.points cannot be imported: FileNotFoundError" in said
    assert "a.csv" in said


def test_missing_data_of_a_fixture_is_reported_with_its_line(toy: Toy) -> None:
    (toy.root / "lessons" / "fixtures.py").write_text(
        "from grader.checks import fixture\n@fixture\ndef points():\n"
        "    from pathlib import Path\n    return Path('no', 'a.csv').read_text()\n"
    )
    toy.change_checks("doubles_three(attempt)", "doubles_three(attempt, points)")
    _, said = run_command(toy.root, "dev.verify")
    assert "lessons/fixtures.py, line 5: FileNotFoundError" in " ".join(said.split())


@pytest.mark.parametrize(
    ("settings", "file", "typed"),
    [
        ("", "README.md", "grader"),
        ('command = "stats"\n', "README.md", "stats"),
        # In a copy of the project.
        ('command = "stats"\n', "pyproject.toml", "uv run invoke"),
    ],
)
def test_a_learners_page_repeats_a_grading_with_the_learners_command(
    toy: Toy, settings: str, file: str, typed: str
) -> None:
    (toy.root / "course.toml").write_text(settings)
    (toy.root / file).write_text("")
    toy.hand_in("ada", PAGE.replace("2 * x", "3 * x"))
    for words in (("class.grade", "--jobs", "0"), ("class.report",)):
        code, said = run_command(toy.root, *words, "submissions")
        assert code == 0, said
    page = (toy.root / "submissions/report/learners/ada.html").read_text()
    again = f"<code>{typed} grade lesson1 --seed "
    assert f"To repeat this grading with the same file: {again}" in page
    assert str(Path(sys.executable).parent) not in page
    assert str(toy.root) not in page


def test_a_class_report_has_the_title_of_the_course_or_of_the_class(toy: Toy) -> None:
    (toy.root / "lessons" / "README.md").write_text("# From README\n")
    (toy.root / "course.toml").write_text('title = "Settings"\n')
    toy.hand_in("ada", PAGE)
    folder = toy.root / "submissions"
    assert run_command(toy.root, "class.grade", "submissions", "--jobs", "0")[0] == 0
    for words, title in (((), "Settings"), (("--title", "Spring"), "Spring")):
        code, said = run_command(toy.root, "class.report", "submissions", *words)
        assert code == 0, said
        for page in ("class.html", "learners/ada.html"):
            assert title in (folder / "report" / page).read_text()
        assert f"<h1>{title}</h1>" in (folder / "report/class.html").read_text()
    folder.rename(toy.root / "autumn")
    assert run_command(toy.root, "class.report", "autumn")[0] == 0
    page = (toy.root / "autumn/report/class.html").read_text()
    assert "<h1>autumn</h1>" in page


def test_a_weight_counts_in_the_total(toy: Toy) -> None:
    toy.hand_in("ada", PAGE)
    (toy.root / "course.toml").write_text("[weights]\nlesson1 = 0.5\n")
    folder = toy.root / "submissions"
    code, said = run_command(toy.root, "class.grade", str(folder), "--jobs", "0")
    assert code == 0, said
    code, said = run_command(toy.root, "class.export", str(folder), "--to", "csv")
    assert code == 0, said
    (table,) = folder.rglob("scores.csv")
    head, ada, possible = (row.split(",") for row in table.read_text().splitlines())
    where = {name: i for i, name in enumerate(head)}
    for row in (ada, possible):
        assert (row[where["lesson1"]], row[where["total"]]) == ("100", "50"), row


def test_house_rules_are_switched_off(toy: Toy) -> None:
    toy.change_checks('hints=("a", "b", "c")', 'hints=("a",)')
    toy.change_page("(40 points", "(10 points")
    wanted = ("its hints are 1 in number", "add up to 70, not 100", "nothing says how")
    _, said = run_command(toy.root, "dev.verify", "--lesson", "1")
    found = [words for words in (*wanted, "can_do=") if words in " ".join(said.split())]
    assert found == [*wanted, "can_do="]
    (toy.root / "course.toml").write_text(
        "[house_rules]\nhints = 1\npoints = 0\nminutes = false\ncan_do = 0\n"
    )
    _, said = run_command(toy.root, "dev.verify", "--lesson", "1")
    assert [words for words in (*wanted, "can_do=") if words in said] == []
    assert "no known mistake" in said  # which is the same in every course


def test_two_lessons_of_one_number_are_reported(toy: Toy) -> None:
    other = toy.root / "lessons" / "lesson01_again"
    other.mkdir()
    for name in ("checks.py", "lesson.py"):
        (other / name).write_text((toy.checks.parent / name).read_text())
    (toy.root / "solutions" / "lesson01_again.py").write_text(PAGE)
    _, said = run_command(toy.root, "dev.verify", "--lesson", "lesson1_toy")
    assert "lesson1_toy and lessons/lesson01_again have the same number" in said
    _, said = run_command(toy.root, "doctor")
    assert "two have the number 1" in said


def test_a_folder_without_settings_has_the_defaults(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert (settings.importable, settings.weights) == (("lessons.data",), {})
    assert settings.house_rules.hints == 3


def test_a_course_without_lessons_is_not_verified(tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text('title = "Nothing yet"\n')
    for words in (("dev.verify",), ("dev.verify", "--changed")):
        code, said = run_command(tmp_path, *words)
        assert (code, "There are no lessons in" in said) == (2, True), said


def test_a_new_course_is_verified_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "my_statistics"
    code, said = run_command(tmp_path, "new-course", "my_statistics")
    assert (code, "It has one lesson" in " ".join(said.split())) == (0, True), said
    code, said = run_command(place, "dev.verify")
    assert (code, "2 exercises" in said, "2 of 2 mistakes" in said) == (0, True, True)
    assert "My statistics" in run_command(place, "overview")[1]
    written = (path for end in ("py", "md", "toml") for path in place.rglob(f"*.{end}"))
    texts = [path.read_text() for path in written]
    assert run_command(place, "dev.build", "--check") == (0, "")
    pages = {page for text in texts for page in re.findall(r"docs/\w+[.]md", text)}
    assert pages == {"docs/words.md"}
    assert (place / "docs" / "words.md").is_file()
    code, said = run_command(place, "grade", "1", "--attempt", "solutions")
    assert (code, "100 of 100" in said) == (0, True), said
    code, said = run_command(tmp_path, "new-course", "my_statistics")
    assert (code, "exists already" in said) == (2, True), said
