"""A notebook is an attempt wherever a Python file is one."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader import judge
from grader.classroom import class_grading, submissions
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.attempt_file import parse_attempt
from grader.course.document.foreign_lines import LineFilter
from grader.course.document.notebook_writer import write_notebook
from grader.course.document.source import Unreadable
from grader.learner.gradebook import Gradebook
from grader.report import Outcome, Report
from grader.report.focus import find_focus
from grader.report.report_text import report_lines
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support.grading import grade_attempt
from tests.support.notebooks import as_notebook, notebook
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")

LESSONS = catalog.lessons(ROOT)
LESSON3 = catalog.find("3", ROOT)


def solved(lesson: catalog.Lesson) -> bytes:
    return as_notebook(lesson.solution.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(LESSON3))


def graded(content: bytes, warm: WorkerFactory, exercise: str | None = None) -> Report:
    path = Path("mine.ipynb")
    return grade_attempt(
        LESSON3, path, source=content, seed=5, exercise=exercise, warm=warm
    )


def verdicts(report: Report) -> list[tuple[str, str]]:
    return [(e.tag, e.outcome.value) for e in report.exercises]


@pytest.mark.slow
@pytest.mark.parametrize(
    "lesson",
    [
        pytest.param(
            one,
            id=one.short_name,
            marks=[pytest.mark.tensorflow] if one.number == 7 else [],
        )
        for one in LESSONS
        if one.number != 8  # test_magics trains it in a notebook
    ],
)
def test_a_solution_scores_the_same_as_a_notebook(
    lesson: catalog.Lesson, pool: WorkerPool, tmp_path: Path
) -> None:
    path = tmp_path / f"{lesson.name}.ipynb"
    path.write_bytes(solved(lesson))
    report = grade_attempt(lesson, path, seed=5, pool=pool)
    assert report.score == 100
    assert (report.notes, report.problem) == ((), None)


@pytest.mark.parametrize("lesson", LESSONS[:5], ids=lambda one: one.short_name)
def test_a_new_notebook_is_an_untouched_page(
    lesson: catalog.Lesson, pool: WorkerPool, tmp_path: Path
) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_bytes(write_notebook(lesson))
    import jupytext  # here: it takes long, and collecting would wait for it

    jupytext.read(path)  # it is a notebook to others
    report = grade_attempt(lesson, path, seed=5, pool=pool)
    page = grade_attempt(lesson, lesson.page, seed=5, pool=pool)
    assert report.is_untouched
    assert verdicts(report) == verdicts(page)
    assert report.notes == ()


def test_a_line_is_told_as_cell_and_line(warm: WorkerFactory) -> None:
    text = LESSON3.solution.read_text(encoding="utf-8")
    wrong = text.replace("losses(y, p).mean()", "losses(y, p).maen()")
    assert wrong != text
    content = as_notebook(wrong)
    cells = json.loads(content)["cells"]
    place = next(
        (i, line)
        for i, cell in enumerate(cells, 1)
        for line, words in enumerate("".join(cell["source"]).split("\n"), 1)
        if "maen" in words
    )
    finding = next(e for e in graded(content, warm).exercises if e.tag == "3e").finding
    assert (finding.cell, finding.line) == place
    assert f"  cell {place[0]}, line {place[1]}, in cross_entropy" in finding.trace
    said = "\n".join(report_lines(graded(content, warm, "3e")))
    assert f"Cell {place[0]}, line {place[1]}: " in said


def test_a_syntax_error_is_told_as_cell_and_line(warm: WorkerFactory) -> None:
    text = {"cell_type": "markdown", "metadata": {}, "source": "Two\nlines"}
    report = graded(notebook(text, ("", "x = 1"), ("3b", "\ndef f(:\n")), warm)
    (part,) = report.unread
    assert (part.exercise, part.cell, part.line) == ("3b", 3, 2)
    finding = next(x.finding for x in report.exercises if x.tag == "3b")
    assert (finding.cell, finding.line, finding.source) == (3, 2, "def f(:")


def test_sentences_that_name_a_line_name_the_cell() -> None:
    lesson = catalog.find("4", ROOT)
    lines = lesson.solution.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.endswith('"split the sum; '
        'delta keeps k = i"\n'))  # fmt: skip
    lines[place : place + 2] = ["    yield ...\n"]
    content = as_notebook("".join(lines))
    report = grade_attempt(lesson, Path("mine.ipynb"), source=content, seed=5)
    finding = find_focus(report.exercises).exercise.finding
    where = f"cell {finding.cell}, line {finding.line}"
    assert finding.cell is not None
    assert f"continue at {where}, at the three dots (...)." in finding.sentence
    assert f"cell {finding.cell}, line {finding.line - 1}  " in finding.trace


def test_magics_are_left_out_and_said(warm: WorkerFactory) -> None:
    text = LESSON3.solution.read_text(encoding="utf-8")
    content = json.loads(as_notebook(text))
    first = next(c for c in content["cells"] if c["cell_type"] == "code")
    first["source"] = [
        "%matplotlib inline\n", "!pip install 'numpy\n", "files = !ls\n", "math?\n",
        "%load_ext grader\n", "if True:\n", "    %timeit 1 + 1\n", *first["source"],
    ]  # fmt: skip
    content["cells"].append(
        {"cell_type": "code", "metadata": {}, "source": "%%bash\nrm -r /\nfi )("}
    )
    report = graded(json.dumps(content).encode(), warm)
    assert report.score == 100
    (note,) = report.notes
    assert "%matplotlib inline (cell 3), !pip install 'numpy (cell 3)" in note
    assert "and 3 more" in note
    assert "load_ext" not in note


def test_what_is_kept_of_an_earlier_grading_says_nothing_of_its_magics(
    warm: WorkerFactory,
) -> None:
    path, content = Path("mine.ipynb"), json.loads(solved(LESSON3))
    content["cells"].append({"cell_type": "code", "metadata": {}, "source": "%time 1"})
    earlier = graded(json.dumps(content).encode(), warm)
    assert len(earlier.notes) == 1
    again = grade_attempt(
        LESSON3, path, source=solved(LESSON3), warm=warm, earlier=earlier
    )
    assert (again.score, again.notes) == (100, ())


@pytest.mark.parametrize(
    "source",
    [
        'x = """\n%d items\n!ls\n"""',
        "x = (7\n     % 4\n%3)",
        "x = 1  # 100 %\ny = not(x)",
        "# a?\nx = 'why?'",
    ],
)
def test_what_is_python_is_never_left_out(source: str) -> None:
    assert LineFilter().blank(source) == (source, ())


def test_a_cell_magic_of_python_leaves_its_python() -> None:
    source, left_out = LineFilter().blank("\n%%time\nx = 1\n!ls \\\n  -l\ny = 2")
    assert source == "\n## %%time\nx = 1\n## !ls \n## -l\ny = 2"
    assert left_out == ((1, "%%time"), (3, "!ls \\"))


def test_a_function_written_in_two_cells_of_an_exercise_is_said(
    warm: WorkerFactory,
) -> None:
    text = LESSON3.solution.read_text(encoding="utf-8")
    content = json.loads(as_notebook(text))
    (place,) = [
        i
        for i, cell in enumerate(content["cells"])
        if cell["metadata"].get("id") == "3e"
    ]
    copy = dict(
        content["cells"][place], source="def cross_entropy(y, p):\n    return 1"
    )
    content["cells"].insert(place + 1, copy)
    report = graded(json.dumps(content).encode(), warm)
    assert dict(verdicts(report))["3e"] == "wrong"
    assert report.notes == (
        f"Cells {place + 1} and {place + 2} both write cross_entropy of 3e; the lower one counts.",
    )


@pytest.mark.parametrize(
    ("metadata", "first", "name"),
    [
        ({"id": "3e"}, "", "a1b2"),
        ({}, '# %% id="3e"\n', "a1b2"),
        ({"id": "kF3xQ"}, "", "3e-2"),
        ({"id": {"x": [1]}}, "", "3e"),
    ],
)
def test_a_cell_is_known_by_any_of_its_names(
    metadata: dict[str, Any], first: str, name: str
) -> None:
    cell = {
        "cell_type": "code",
        "metadata": metadata,
        "id": name,
        "source": f"{first}1",
    }
    assert b'# %% id="3e"' in parse_attempt(notebook(cell), "x.ipynb").content


def nested(depth: int) -> bytes:
    deep = "[" * depth + "]" * depth
    return b'{"cells": [{"cell_type": "code", "outputs": %s}]}' % deep.encode()


HOSTILE = {
    "empty": (b"", "isn't valid JSON"),
    "no json": (b"def f():\n    return 1\n", "isn't valid JSON"),
    "cut": (notebook(("", "x = 1"))[:-9], "isn't valid JSON"),
    "not utf-8": (
        b'{"cells": [{"cell_type": "\xff"}]}',
        "cannot be read as a notebook",
    ),
    "a list": (b"[1, 2]", "cannot be read as a notebook"),
    "no cells": (b'{"nbformat": 4}', "it is missing required field 'cells'"),
    "zero cells": (b'{"cells": []}', "has no cells"),
    "surrogate": (b'{"cells": [{"cell_type": "\\ud800"}]}', "isn't valid JSON"),
    "old": (
        b'{"worksheets": [{"cells": []}], "nbformat": 3}',
        "missing required field",
    ),
    "numbers": (b'{"cells": [1, 2]}', "cannot be read as a notebook"),
    "source": (
        b'{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
        "cannot be read",
    ),
    "nested": (nested(100_000), "nested too deeply"),
    "60,000 cells": (notebook(*[("", "x = 1")] * 60_000), "has 60,000 cells"),
    "much code": (notebook(("", "x = 1\n" * 400_000)), "What its cells hold is larger"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_notebook_gets_one_sentence(name: str, tmp_path: Path) -> None:
    content, said = HOSTILE[name]
    path = tmp_path / "mine.ipynb"
    path.write_bytes(content)
    with pytest.raises(Misuse) as caught:
        grade_attempt(LESSON3, path)
    assert caught.value.exit_code == 2
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.hostile
def test_a_huge_notebook_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.ipynb"
    with path.open("wb") as file:
        file.truncate(20_000_000 + 1)
    with pytest.raises(Misuse, match="larger than 20 MB"):
        grade_attempt(LESSON3, path)
    with pytest.raises(Unreadable, match="larger than 20 MB"):
        parse_attempt(b" " * 20_000_000 + b"{}", "x.ipynb")


@pytest.mark.hostile
def test_what_a_notebook_shows_is_never_read(warm: WorkerFactory) -> None:
    content = json.loads(solved(LESSON3))
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            script = {"text/html": "<script>alert(1)</script>" * 1000}
            cell["outputs"] = [{"output_type": "display_data", "data": script}]
    content["metadata"] = {"language_info": {"name": "<script>"}, "x": [[[[1]]]]}
    report = graded(json.dumps(content).encode(), warm)
    assert report.score == 100
    assert "script" not in "".join(report_lines(report))


@pytest.mark.hostile
@pytest.mark.parametrize(
    "source",
    [
        "%x\n" * 5_000,
        "(" * 5_000,
        "%" * 100_000,
        "x = 1 \\\n" * 5_000,
        "!ls \\",
        "\0",
        "\x0c%x\u2028y",
    ],
)
def test_odd_cells_keep_their_lines(source: str) -> None:
    text, _ = LineFilter().blank(source)
    assert text.count("\n") == source.count("\n")


@pytest.mark.hostile
def test_text_cells_are_no_code(warm: WorkerFactory) -> None:
    odd = "a\r\nb\rraise SystemExit\x0craise\u2028raise\0"
    text = {"cell_type": "markdown", "metadata": {}, "source": odd}
    coding = {"cell_type": "raw", "metadata": {}, "source": "-*- coding: latin-1 -*-"}
    report = graded(notebook(coding, text, ("", "x = 1")), warm)
    assert report.problem is None
    assert report.exercises[0].outcome is Outcome.NOT_ATTEMPTED


MOODLE = "Learner {n}_47{n}_assignsubmission_file_"
CANVAS = "learner{n}_8{n}_90{n}_lesson3_cross_entropy{end}"


def hand_in(folder: Path, form: str, number: int, end: str, content: bytes) -> None:
    """One learner's file as a platform would leave it."""
    if form == "moodle":
        place = folder / MOODLE.format(n=number) / f"{LESSON3.name}{end}"
    elif form == "canvas":
        place = folder / CANVAS.format(n=number, end=end)
    else:
        place = folder / f"learner{number}" / f"{LESSON3.name}{end}"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def zip_up(folder: Path) -> None:
    """The same in one zip file, as both platforms give it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    made = folder.parent / "whole.zip"
    with zipfile.ZipFile(made, "w") as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    shutil.rmtree(folder)
    folder.mkdir()
    made.rename(folder / "submissions.zip")


@pytest.mark.slow
@pytest.mark.parametrize("form", ["moodle", "canvas", "folder", "moodle.zip"])
def test_a_class_half_of_which_hands_in_notebooks(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "class"
    folder.mkdir()
    right = LESSON3.solution.read_text(encoding="utf-8")
    wrong = right.replace("losses(y, p).mean()", "losses(y, p).sum()")
    texts = (right, wrong, LESSON3.page.read_text(encoding="utf-8"))
    for number in range(30):
        text = texts[number // 2 % 3]
        ends = (".ipynb", as_notebook(text)) if number % 2 else (".py", text.encode())
        hand_in(folder, form.removesuffix(".zip"), number, *ends)
    if form.endswith(".zip"):
        zip_up(folder)
    found = submissions.find(folder, [LESSON3])
    assert len(found.submissions) == 30
    scores: dict[str, int] = {}
    with Gradebook(tmp_path / "gradebook.sqlite") as book:
        tally = class_grading.grade_class(
            found.submissions,
            book,
            jobs=0,
            seed=3,
            root=ROOT,
            on_graded=lambda done: scores.update(
                {done.submission.learner.id: done.report.score}
            ),
        )
    assert tally.failed == 0
    start = {"moodle": "47", "canvas": "8", "folder": "learner"}[form.split(".")[0]]
    assert scores == {
        f"{start}{number}": (100, 85, 0)[number // 2 % 3] for number in range(30)
    }


def test_a_broken_notebook_in_a_class_is_a_note(tmp_path: Path) -> None:
    hand_in(tmp_path, "folder", 1, ".ipynb", b"no json")
    hand_in(tmp_path, "folder", 2, ".ipynb", solved(LESSON3))
    found = submissions.find(tmp_path, [LESSON3])
    assert [one.learner.id for one in found.submissions] == ["learner2"]
    assert "cannot be read as a notebook" in found.notes["learner1"][0]


def test_a_notebook_says_its_lesson_itself(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "homework.ipynb").write_bytes(solved(LESSON3))
    found = submissions.find(tmp_path, LESSONS)
    assert [one.lesson for one in found.submissions] == [LESSON3.name]
