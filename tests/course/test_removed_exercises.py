"""An exercise that was taken out of a lesson: files and gradings with it still count."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from grader.classroom.class_result import load_class
from grader.classroom.export import export
from grader.classroom.export.gradescope import results_json
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.course.document.notebook_writer import to_notebook
from grader.judge.page_completion import NOTE
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.notebook.feedback import show_report
from grader.report import Outcome, Report
from grader.report.view import NextCommands
from tests.support.commands import run_command
from tests.support.grading import grade_attempt
from tests.support.project import ROOT
from tests.support.served_course import serve
from tests.support.toy_lesson import Toy

pytestmark = pytest.mark.usefixtures("share_pool")

SENTENCE = (
    "This lesson has no exercise 1b; it may have been taken out. The code of its cell "
    "isn't graded."
)
BEGUN = """# %% [markdown]
# # Lesson 1  Toy
# ## 1a  Twice  (60 points)
# ## 1b  Again  (40 points)
# %% id="1a"
def double(x):
    return 2 * x
# %% id="1b"
def again(x):
    raise NotImplementedError("1b")
# %% [show]
print(again(2))
"""

# By lesson: the cell above which a learner of before has these, and their exercises.
REMOVED = {
    "lesson1": (
        '# %% id="1d"\n',
        "1c",
        """\
# %% [markdown]
# ## 1c  Join two sets                          (10 points, about 5 minutes)
# %% id="1c"
def join_sets(train, test):
    raise NotImplementedError("1c")
# %%
if __name__ == "__main__":
    print(join_sets(train_images, test_images).shape)
""",
    ),
    "lesson7": (
        '# %% id="7f"\n',
        "7e",
        '# %% id="7e"\ndef untrained_loss(m, x, y):\n    return m.evaluate(x, y)\n'
        '# %% [show] reveals="7c"\nprint(untrained_loss(network, x, y))\n',
    ),
    "lesson9": (
        '# %% id="9e"\n',
        "9d",
        """\
# %% id="9d"
def sgd_step(params, grads, lr):
    for name in params:
        params[name] -= lr * grads[name]
    return params
""",
    ),
    "lesson10": (
        '# %% id="10e"\n',
        "10d and 10h",
        """\
# %% id="10d"
def check_focal(fn):
    raise NotImplementedError("10d")
# %% id="10h"
GOAL = {"rare class": "b", "overlap": ..., "in one sentence": ...}
""",
    ),
}


def take_out(toy: Toy) -> None:
    """Take 1b out of the small course."""
    toy.change_page("# ## 1b  Again  (40 points)\n", "")
    toy.change_page('# %% id="1b"\ndouble: object\n', "")
    toy.change_page("(60 points)", "(100 points)")
    checks = toy.checks.read_text()
    toy.change_checks(checks[checks.index("same = exercise") :], "")


def file_of(name: str, left_out: str = "") -> str:
    """A lesson's solution with the cells that were taken out, as in a file of before."""
    above, _, cells = REMOVED[name]
    solution = catalog.find(name, ROOT).solution.read_text(encoding="utf-8")
    assert solution.count(above) == 1
    return solution.replace(above, cells + above).replace(left_out, "")


def graded(name: str, source: str | bytes, path: str = "mine.py", **kwargs) -> Report:
    content = source.encode() if isinstance(source, str) else source
    lesson = catalog.find(name, ROOT)
    return grade_attempt(lesson, Path(path), source=content, seed=3, **kwargs)


@pytest.mark.parametrize(
    "name",
    [
        "lesson1",
        pytest.param("lesson9", marks=pytest.mark.slow),
        "lesson10",
        pytest.param("lesson7", marks=(pytest.mark.slow, pytest.mark.tensorflow)),
    ],
)
def test_a_file_from_before_has_all_points_of_what_is_left(name: str) -> None:
    report = graded(name, file_of(name))
    assert (report.score, report.full_points, report.left_out) == (100, 100, ())
    (note,) = report.notes
    words = " exercises" if "and" in REMOVED[name][1] else " exercise"
    assert note.startswith(f"This lesson has no{words} {REMOVED[name][1]}; ")


def test_the_sentence_is_the_same_in_a_notebook() -> None:
    book = to_notebook(Document.from_python(file_of("lesson1")))
    report = graded("lesson1", book, "mine.ipynb")
    assert report.score == 100
    (note,) = report.notes
    shown = show_report(report, NextCommands("grade 1", "lesson1", is_notebook=True))
    assert note == SENTENCE.replace("1b", "1c")
    assert note in shown.plain


def test_what_needs_an_unwritten_function_of_before_says_which() -> None:
    source = file_of("lesson9")
    start = source.index('# %% id="9d"')
    end = source.index('# %% id="9e"')
    stub = 'def sgd_step(params, grads, lr):\n    raise NotImplementedError("9d")\n'
    source = f'{source[:start]}# %% id="9d"\n{stub}{source[end:]}'
    report = graded("lesson9", source, exercise="9e")
    (result,) = report.exercises
    assert result.outcome is Outcome.NOT_ATTEMPTED
    assert result.finding is not None
    assert result.finding.sentence == (
        "fit needs the function in the cell of 9d, which hasn't been written yet."
    )
    assert result.finding.line == 1 + source[: source.index(stub)].count("\n") + 1


def test_only_functions_and_other_cells_of_a_learner_s_own_are_told_nothing() -> None:
    lesson = catalog.find("lesson1", ROOT)
    solution = lesson.solution.read_text(encoding="utf-8")
    own = '# %% id="notes"\nx = 1\n# %%\ny = 1\n'
    assert graded("lesson1", solution + own, exercise="1b").notes == ()
    only = "def describe(images):\n    return {}\n"
    assert graded("lesson1", only, exercise="1b").notes == (NOTE,)


def test_of_many_the_first_are_told() -> None:
    lesson = catalog.find("lesson1", ROOT)
    many = "".join(f'# %% id="{n}z"\nx = 1\n' for n in (*range(10, 17), "9" * 6000))
    source = lesson.solution.read_text(encoding="utf-8") + many
    (note,) = graded("lesson1", source, exercise="1b").notes
    assert note.startswith(
        "This lesson has no exercises 10z, 11z, 12z, 13z, 14z and 2 more; they "
    )


def test_a_learner_reads_it_in_the_terminal_and_in_the_browser(toy: Toy) -> None:
    take_out(toy)
    path = toy.root / "attempts" / "lesson1_toy.py"
    path.parent.mkdir()
    path.write_text(BEGUN)
    code, text = run_command(toy.root, "grade", "lesson1")
    assert (code, "100 of 100" in text) == (0, True)
    assert SENTENCE in " ".join(text.split())
    with serve(toy.root) as client:
        page = client.get("/lesson1")
        assert "again(x)" in page
        drawn = json.dumps(client.post("lesson1/grade"))
        assert "This lesson has no exercise 1b; it may have been taken out." in drawn
    code, text = run_command(toy.root, "grade", "1b")
    assert (code, "has no exercise '1b'; it has 1a" in text) == (2, True)


def test_a_class_keeps_its_old_gradings_until_it_is_graded_again(toy: Toy) -> None:
    toy.hand_in("ada", BEGUN.replace('raise NotImplementedError("1b")', "return x"))
    toy.hand_in("ben", BEGUN)
    folder = toy.root / "submissions"
    (folder / "overrides.csv").write_text(
        "learner,exercise,points,why\nben,1b,25,asked in class\n"
    )
    code, text = run_command(toy.root, "class.grade", str(folder), "--jobs", "0")
    assert code == 0, text
    book = gradebook_path(folder)

    def exported() -> str:
        with Gradebook(book) as opened:
            files = export(load_class(opened, ["lesson1_toy"]), "csv")
        return "".join(one.content.decode() for one in files)

    before = exported()
    assert "1b" in before
    take_out(toy)
    with Gradebook(book) as opened:
        result = load_class(opened, ["lesson1_toy"])
    assert [
        [(e.tag, e.points) for e in one.reports[0].exercises] for one in result.learners
    ] == [[("1a", 60), ("1b", 40)]] * 2
    assert exported() == before

    code, text = run_command(toy.root, "class.grade", str(folder), "--jobs", "0")
    assert code == 0, text
    with Gradebook(book) as opened:
        scores = {x.learner: x.score for x in opened.latest_of_all("lesson1_toy")}
        assert [x.score for x in opened.history("lesson1_toy", "ada")] == [100, 100]
        report = opened.latest("lesson1_toy", "ada")
    assert scores == {"ada": 100, "ben": 100}
    assert SENTENCE in json.loads(results_json(report))["output"]
    assert "1b" not in exported()
    code, text = run_command(toy.root, "class.report", str(folder))
    assert code == 0, text
    unused = "no grading of ben has an exercise 1b; its 25 points count nowhere"
    assert unused in " ".join(text.split())
    pages = "".join(x.read_text() for x in toy.root.rglob("*.html"))
    assert SENTENCE in html.unescape(pages)
