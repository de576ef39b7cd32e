"""What is typed in a notebook's cell is answered there, from the cells' text alone."""

import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.checks import Alternative
from grader.course.document import catalog, page_builder
from grader.course.document.attempt_file import parse_attempt
from grader.course.document.cells import Cell
from grader.course.document.markup import Html
from grader.course.document.notebook_reader import read_cells, to_document
from grader.course.document.notebook_writer import update_notebook, write_notebook
from grader.learner.drawn_digits.weights import keep_network
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.learner.session import LearnerSession
from grader.notebook.executions import CellExecution, merge_executions
from grader.notebook.feedback import Shown, show_report
from grader.notebook.live_progress import LiveProgress
from grader.report import (
    CheckResult,
    ExerciseResult,
    Finding,
    Mistake,
    Outcome,
    Picture,
    Report,
)
from grader.report.view import NextCommands
from grader.sandbox.isolation.policy import Isolation
from tests.support.drawn_digits import SAYS_3, SOURCE, png, seven
from tests.support.notebooks import Kernel, plain
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

LESSON3 = catalog.find("3", ROOT)
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def kernel(toy: Toy) -> Kernel:
    page = toy.checks.parent / "lesson.py"
    page.write_text(page_builder.make_page_text(page.read_text()))
    return Kernel(toy.root)


PREDICTS = """
# %% [markdown]
# ## 1c  Predict                                (10 points)

# %%
PREDICT = {}
PREDICT["times"] = ...

# %%
if __name__ == "__main__":
    times = 6 * 7
    print("it is", times)
"""


def test_what_answers_a_prediction_waits_for_it(kernel: Kernel, toy: Toy) -> None:
    page = toy.checks.parent / "lesson.py"
    page.write_text(page.read_text() + PREDICTS)
    shows = 'if __name__ == "__main__":\n    times = 6 * 7\n    print("it is", times)'
    blank, written = (f'PREDICT = {{}}\nPREDICT["times"] = {x}' for x in ("...", "41"))
    _, held, _, still, used, _, told, changed = kernel.run(
        "%load_ext grader",
        shows,
        blank,
        shows,
        "times + 1",
        written,
        shows,
        shows.replace("it is", "mine:"),
    )
    for one in (held, still):
        assert "Write it under 1c  Predict" in plain(one)
        assert "it is 42" not in str(one)
    assert plain(used) == "43"
    assert told["text"] == "it is 42\n"
    assert changed["text"] == "mine: 42\n"


def test_what_is_raised_behind_the_curtain_is_shown(kernel: Kernel, toy: Toy) -> None:
    page = toy.checks.parent / "lesson.py"
    page.write_text(page.read_text() + PREDICTS.replace("6 * 7", "seven"))
    shows = 'if __name__ == "__main__":\n    times = seven\n    print("it is", times)'
    _, held = kernel.run("%load_ext grader", shows)
    assert held == {"text": "NameError"}


@pytest.mark.slow
def test_an_exercise_is_graded_in_a_cell(kernel: Kernel, toy: Toy) -> None:
    shown = kernel.run(
        "%load_ext grader",
        "%grade 1a",
        "def double(x):\n    return x * x",
        "%grade 1a",
        "def double(x):\n    return 2 * x",
        "%grade 1a",
        "%grade",
    )
    untouched, wrong, right, whole = (plain(shown[i]) for i in (1, 3, 5, 6))
    assert "○ not attempted: 1a Twice (0 of 60 points)" in untouched
    assert "double hasn't been written yet." in untouched
    assert "✗ wrong: 1a Twice (0 of 60 points)" in wrong
    assert "You squared it." in wrong
    assert "run its cell, and grade again.  %grade 1a" in wrong
    assert "Exercise 1a is right." in right
    checked, next_checked = map(
        shown[5]["text/html"].find, ("double(x) is twice x.", "double(0) is 0.")
    )
    assert 0 < checked < next_checked
    assert "What was checked, in this order" in shown[3]["text/html"]
    assert "100 of 100 points" in whole
    assert "You have done every lesson of the course." in whole
    assert "overview --page" in whole
    with Gradebook(gradebook_path(kernel.folder)) as book:
        entries = book.history("lesson1_toy")
    assert [entry.score for entry in entries][::-1] in (
        [0, 0, 60, 100],
        [100, 60, 0, 0],
    )


@pytest.mark.slow
def test_exercises_are_graded_together_and_an_unchanged_text_is_said(
    kernel: Kernel, toy: Toy
) -> None:
    shown = kernel.run_in_full(
        "%load_ext grader",
        "def double(x):\n    return x * x",
        "%grade 1a 1b",
        "%grade 1a",
        "def double(x):\n    return 2 * x",
        "%grade 1a",
        "%grade 1a 7z",
    )
    first, second, third, refused = (
        [plain(one) for one in shown[i]] for i in (2, 3, 5, 6)
    )
    assert ["1a Twice" in one for one in first] == [True, False]
    assert ["1b" in one for one in first] == [False, True]
    assert "You squared it." in second[0]
    assert "the same as when 1a was graded last" in second[1]
    assert len(third) == 1  # the text is new
    assert len(refused) == 1  # nothing is graded where one of them isn't there
    assert "Exercise 1a is right" not in refused[0]


@pytest.mark.slow
def test_what_a_cell_has_changed_in_the_kernel_reaches_no_judge(
    kernel: Kernel, toy: Toy
) -> None:
    shown = kernel.run(
        "%load_ext grader",
        "import numpy\n"
        "numpy.testing = numpy.random = numpy.isclose = None\n"
        "numpy.array_equal = numpy.allclose = lambda *_, **__: True\n"
        "double = lambda x: 2 * x",
        "double = lambda x: 7\n%grade 1a",
    )
    assert "✗ wrong: 1a" in plain(shown[2])
    shown = kernel.run(
        "from grader import check", "double = lambda x: 2 * x", "check('1a')"
    )
    assert "Exercise 1a is right." in plain(shown[2])


@pytest.mark.slow
def test_hints_and_solutions_open_as_in_the_terminal(kernel: Kernel, toy: Toy) -> None:
    wrong = "def double(x):\n    return x + {}"
    shown = kernel.run(
        "%load_ext grader",
        "%hint 1a",
        "%solution 1a",
        *(cell for n in range(3) for cell in (wrong.format(n), "%grade 1a")),
        "%hint 1a",
        "from grader import solution\nsolution('1a')",
        "%hint",
        "%grade 9z",
        "%grade nothing",
    )
    assert "1a, hint 1 of 3: a" in plain(shown[1])
    assert "is the same attempt.  %grade 1a" in plain(shown[1])
    assert "after 3 more graded attempts" in plain(shown[2])
    assert "1a, hint 2 of 3: b" in plain(shown[-5])
    assert "return 2 * x" in plain(shown[-4])
    assert "SOLUTION" not in plain(shown[-4])
    assert "1a, hint 3 of 3: c" in plain(shown[-3])
    assert "There is no lesson '9'" in plain(shown[-2])
    assert "There is no lesson 'nothing'" in plain(shown[-1])


@pytest.mark.slow
def test_the_notebooks_file_counts_where_it_is_newer(
    kernel: Kernel, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = catalog.find("1", toy.root)
    path = kernel.folder / "lesson1_toy.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    book = json.loads(write_notebook(lesson))
    del book["cells"][-1]  # 1b, which has the same name
    book["cells"][-1]["source"] = "def double(x):\n    return 2 * x"
    saved = json.dumps(book)
    path.write_text(saved)
    assert "Exercise 1a is right." in plain(
        kernel.run("%load_ext grader", "%grade 1a")[1]
    )
    shown = kernel.run(
        "%load_ext grader",
        "def double(x):\n    return x * x",
        "%grade 1a",
        # A file's time ticks more coarsely than that of a cell.
        "import pathlib, time\ntime.sleep(0.05)\n"
        f"none = pathlib.Path({str(path)!r}).write_text({saved!r})",
        "%grade 1a",
    )
    assert "You squared it." in plain(shown[2])
    assert f"cell {len(book['cells'])}, line 2" in plain(
        kernel.run("%load_ext grader", "def double(x):\n    return 1 / 0", "%grade 1a")[
            2
        ]
    )
    assert "Exercise 1a is right." in plain(shown[4])


@pytest.mark.slow
def test_the_notebook_of_another_lesson_is_not_taken_for_it(
    kernel: Kernel, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kernel.folder / "lesson1_toy.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    book = json.loads(write_notebook(catalog.find("1", toy.root)))
    del book["cells"][-1]  # 1b, which has the same name
    book["cells"][-1]["metadata"]["id"] = "11a"
    book["cells"][-1] |= {"id": "11a", "source": "def double(x):\n    return 2 * x"}
    path.write_text(json.dumps(book))
    shown = kernel.run("%load_ext grader", "%grade 1a")
    assert "double hasn't been written yet." in plain(shown[1])


def test_a_broken_notebook_file_is_a_sentence(
    kernel: Kernel, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kernel.folder / "lesson1_toy.ipynb"
    path.write_text('{"cells": 7}')
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    shown = kernel.run("%load_ext grader", "%grade 1a")
    assert "cannot be read as a notebook" in plain(shown[1])


def test_the_graded_file_is_named(
    kernel: Kernel, toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = json.loads(write_notebook(catalog.find("1", toy.root)))
    book["cells"][-1]["source"] = "def double(x):\n    return 2 * x"
    path = kernel.folder / "lesson1_toy.ipynb"
    path.write_text(json.dumps(book))
    unknown = (
        "This kernel doesn't know the notebook's file: only cells that you have run"
    )
    # A file with the lesson's own name may belong to another notebook.
    _, empty, _, ran = kernel.run(
        "%load_ext grader", "%grade 1a", "def double(x):\n    return x * x", "%grade 1a"
    )
    assert "not attempted" in plain(empty)
    assert "You squared it." in plain(ran)
    assert unknown in plain(empty)
    assert unknown in plain(ran)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    _, known = kernel.run("%load_ext grader", "%grade 1a")
    assert "Exercise 1a is right." in plain(known)
    assert "attempts/lesson1_toy.ipynb was graded" in plain(known)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path.with_stem("renamed")))
    _, renamed = kernel.run("%load_ext grader", "%grade 1a")
    assert unknown in plain(renamed)


def test_check_does_nothing_where_a_page_is_no_notebook(toy: Toy) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, grader; print(grader.check('1a'));"
         "print(sorted(m for m in sys.modules if m.split('.')[0] in"
         "('terminal', 'numpy', 'msgspec', 'rich')))"],
        cwd=toy.root, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split("\n")[:2] == ["None", "[]"]


# What stands in the cells now


def cells(*sources: str) -> tuple[Cell, ...]:
    return tuple(
        Cell(source, number=i, id=f"id{i}") for i, source in enumerate(sources, 1)
    )


def sources(combined: tuple[Cell, ...]) -> list[str]:
    return [cell.source for cell in combined]


SAVED = cells("P = {}", "def f():\n    pass", 'P["a"] = ...', "def g():\n    pass")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([CellExecution("def f(): 1", "id2", 2.0)], {1: "def f(): 1"}),
        ([CellExecution("def f(): 1", "", 2.0)], {1: "def f(): 1"}),
        ([CellExecution("def f(): 1", "vscode#W3", 2.0)], {1: "def f(): 1"}),
        ([CellExecution("def f(): 1", "id2", 0.5)], {}),
        ([CellExecution("x = 3", "id2", 2.0), CellExecution("def g(): 1", "", 2.0)],
         {1: "x = 3", 3: "def g(): 1"}),
        ([CellExecution('P["a"] = 7', "", 2.0)], {2: 'P["a"] = 7'}),
        ([CellExecution("def f(): 1", "id2", 2.0), CellExecution("def f(): 2", "id2", 3.0)],
         {1: "def f(): 2"}),
        ([CellExecution("def f():\r\n    1", "id2", 2.0)], {1: "def f():\n    1"}),
    ],
)  # fmt: skip
def test_of_each_cell_the_newer_text_counts(
    given: list[CellExecution], expected: dict[int, str]
) -> None:
    combined = sources(merge_executions(SAVED, 1.0, given))
    assert combined == [expected.get(i, cell.source) for i, cell in enumerate(SAVED)]


def test_a_cell_that_is_not_saved_yet_comes_after_the_one_run_before_it() -> None:
    given = [
        CellExecution("P = {}", "id1", 2.0),
        CellExecution("def helper(): 1", "new1", 2.0),
        CellExecution("%grade 3e", "new2", 2.0),
        CellExecution("1 / 0", "new3", 2.0, succeeded=False),
        CellExecution("old()", "gone", 0.5),
    ]
    combined = merge_executions(SAVED, 1.0, given)
    assert sources(combined) == [
        "P = {}", "def helper(): 1", *(cell.source for cell in SAVED[1:])
    ]  # fmt: skip
    assert to_document(combined, are_counted=True).place_of(4) == "line 1"
    assert to_document(SAVED, are_counted=True).place_of(4) == "cell 1, line 1"
    assert to_document(SAVED, are_counted=False).place_of(4) == "line 1"


def test_what_a_kernel_holds_is_graded_as_the_file_would_be() -> None:
    book = write_notebook(LESSON3)
    saved = read_cells(book)
    same = to_document(merge_executions(saved, 0.0, []), are_counted=True)
    assert same == parse_attempt(book, "x.ipynb")


# What is shown


def test_a_notebook_is_kept_as_it_is_graded_saved_or_not() -> None:
    shows = {"outputs": [{"output_type": "stream", "name": "stdout", "text": ["4"]}]}
    one, two = (
        {"cell_type": "code", "id": f"c{n}", "source": [f"x = {n}"]} | shows
        for n in (1, 2)
    )
    text = {"cell_type": "markdown", "id": "t", "source": "# Text"}
    book = {"cells": [one, text, two], "metadata": {"own": 1}, "nbformat": 4}
    content = json.dumps(book).encode()
    saved = read_cells(content)
    assert update_notebook(content, saved) is content
    given = [
        CellExecution("x = 5", "c1", at=9.0),
        CellExecution("y = 6", "new", at=9.0),
    ]
    made = json.loads(update_notebook(content, merge_executions(saved, 1.0, given)))
    changed, new, *others = made["cells"]
    assert (changed["source"], changed["outputs"]) == ("x = 5", [])
    assert (new["id"], new["source"], new["outputs"]) == ("new", "y = 6", [])
    assert others == [text, two]
    assert made | {"cells": []} == book | {"cells": []}


class Balance(HTMLParser):
    """Reads HTML strictly: every element is closed where it was opened."""

    void = frozenset({"img", "br", "hr", "meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)


def read_html(html: str) -> Balance:
    reader = Balance()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


REPORT = Report(
    lesson="lesson1_toy",
    title=EVIL,
    attempt=EVIL,
    attempt_sha256="0" * 64,
    seed=7,
    exercises=(
        ExerciseResult("1a", f"Twice {EVIL}", 60, Outcome.PASSED, (), remarks=(EVIL,)),
        ExerciseResult(
            "1b",
            "Again",
            40,
            Outcome.WRONG,
            (CheckResult("one", f"double is twice {EVIL}", Outcome.WRONG),),
            Finding(
                f"A sentence {EVIL}",
                call=f"double({EVIL})",
                expected="6",
                got=EVIL,
                line=3,
                cell=5,
                source=f"    return {EVIL}",
                mistakes=(Mistake("1b.x", f"You squared {EVIL}"),),
                trace="  cell 5, line 3, in double\n    x\n  cell 5, line 9, in f\n    y",
            ),
        ),
    ),
    output=f"printed {EVIL}",
    pictures=(Picture("curve", EVIL, ((1.0, 0.5), (0.2, 0.9)), ("loss", EVIL)),),
    notes=(f"Left out {EVIL}",),
)


COMMANDS = NextCommands("grade lesson1", "lesson1", is_notebook=True)


def test_of_an_exercise_that_is_right_another_way_is_told() -> None:
    way = Alternative("def double(x):\n    return x + x", "A sum. <b>")
    passed = ExerciseResult("1a", "Twice", 10, Outcome.PASSED, checks=())
    right = replace(REPORT, exercises=(passed,), partial="1a", problem=None)
    shown = show_report(right, COMMANDS, alternative=way)
    assert "Another way to write it:\ndef double(x):\n    return x + x" in shown.plain
    assert "<summary>Another way to write it</summary>" in shown.html
    assert "A sum. &lt;b&gt;" in shown.html
    wrong = replace(right, exercises=(replace(passed, outcome=Outcome.WRONG),))
    for other in (wrong, replace(right, partial="")):
        assert "Another way" not in show_report(other, COMMANDS, alternative=way).plain


def test_html_and_plain_text_say_the_same() -> None:
    shown = show_report(REPORT, COMMANDS)
    text = " ".join(" ".join(read_html(shown.html).text).split())
    said = [
        "60 of 100 points", "1b Again: wrong", "What was checked: double is twice",
        "A sentence", "double(", "Expected", "cell 5, line 3", "return", "You squared",
        "in double", "printed", "Left out", "Next: change 1b (cell 5, line 3), run its cell,",
        "%grade 1b", "%hint 1b", "seed 7",
    ]  # fmt: skip
    plain_text = " ".join(shown.plain.split())
    assert [words for words in said if words not in text] == []
    # Plain text names a fact at the beginning of its line.
    said[said.index("Expected")] = "Expected: 6"
    assert [words for words in said if words not in plain_text] == []


def test_what_was_not_confined_is_named_as_in_a_terminal() -> None:
    open_files = replace(REPORT, isolation=(Isolation.RLIMITS,))
    shown = show_report(open_files, COMMANDS)
    words = "Isolation: resource limits, not confined: files and network."
    assert words in shown.plain
    assert words in shown.html


def test_nothing_in_a_report_becomes_markup() -> None:
    shown = show_report(REPORT, COMMANDS)
    assert "script" not in read_html(shown.html).seen
    assert EVIL not in shown.html
    assert shown.html.count("<details>") == 3


def test_a_training_draws_its_bar_and_its_curve() -> None:
    drawn: list[Shown] = []
    live = LiveProgress(drawn.append)
    assert live.curve == Html("")
    for epoch in (1, 2, 3):
        for step in (1, 50, 100):
            numbers = {"epoch": epoch, "epochs": 3, "step": step, "steps": 100}
            live.update(
                {**numbers, "loss": 1 / epoch, "accuracy": 0.3 * epoch, "x": EVIL}
            )
    assert "<polyline" in live.curve
    assert "epoch 3 of 3  loss 0.3333  accuracy 0.9000" in drawn[-1].plain
    assert "<progress" in drawn[-1].html
    assert "script" not in drawn[-1].html
    assert len(drawn) < 9  # not each batch: a cell is drawn a few times a second


@pytest.mark.slow
def test_figures_and_pictures_are_images_with_alt_text(kernel: Kernel) -> None:
    plot = (
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        "axes.plot([1, 3])\nfigure.set_label('A line <b>')\nplt.show()"
    )
    picture = (
        "import numpy as np, rich\nfrom grader.pictures import digits\n"
        "rich.print(digits(np.eye(28)[None], ['a 7']))"
    )
    _, shown, digit = kernel.run_in_full("%load_ext grader", plot, picture)
    (figure,) = shown
    assert (plain(figure), "image/png" in figure) == ("A line <b>", False)
    page = figure["text/html"]
    assert page.count('alt="A line &lt;b&gt;"') == page.count("data:image/png") == 2
    assert 'class="figure dark" hidden' in page
    assert any('alt="A digit. a 7"' in one["text/html"] for one in digit)
    assert not any("█" in one.get("text/plain", "") for one in digit)


@pytest.mark.slow
def test_a_drawn_digit_is_shown_to_the_kept_network(kernel: Kernel, toy: Toy) -> None:
    toy.change_checks("lesson()", "lesson(classifies_drawings=True)")
    (kernel.folder / "seven.png").write_bytes(png(seven()))
    words = "%load_ext grader", "%draw seven.png", "%draw eight.png", "%draw"
    _, untrained, missing, unnamed = kernel.run(*words)
    assert "don't have a trained network yet" in plain(untrained)
    assert "There is no file 'eight.png'" in plain(missing)
    assert "%draw digit.png" in plain(unnamed)
    lesson = catalog.find("lesson1", toy.root)
    path = LearnerSession.at(kernel.folder).weights(lesson)
    keep_network(path, SOURCE, [SAYS_3])
    _, shown, *_ = kernel.run(*words)
    assert plain(shown) == "Your network says 3, with a probability of 0.91."
    assert shown["text/html"].count("<meter") == 10


@pytest.mark.tensorflow
@pytest.mark.slow
def test_a_solution_trains_in_a_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("lessons", "solutions"):
        (tmp_path / part).symlink_to(ROOT / part)
    kernel = Kernel(tmp_path)
    lesson = catalog.find("8", ROOT)
    path = kernel.folder / f"{lesson.name}.ipynb"
    book = write_notebook(lesson, lesson.solution)
    long, short = b"epochs=20, batch_size=128", b"epochs=5, batch_size=128"
    assert book.count(long) == 1
    path.write_bytes(book.replace(long, short))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    (_, shown) = kernel.run("%load_ext grader", "%grade 8c")
    assert "Exercise 8c is right." in plain(shown)
    assert "Your training, epoch by epoch" in shown["text/html"]
