"""A page that runs cell by cell, as a learner types it, and the goal seen first."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from unittest import mock

import psutil
import pytest

from grader.common import control_group
from grader.course import installation
from grader.course.document import catalog
from grader.course.document.cells import Cell, Document
from grader.fit_progress import EVERY_S
from grader.learner.page_run import (
    CellBegan,
    HeldBack,
    Printed,
    Terminal,
    Trained,
    run,
)
from tests.support.commands import INTERRUPTED, run_command
from tests.support.project import ROOT, copy_packages
from tests.support.waiting import LONGEST_S

LESSONS = catalog.lessons(ROOT)


def code_cells(page: str) -> tuple[Cell, ...]:
    return Document.from_python(page).code_cells


LESSON1 = LESSONS[0]
PAGE = LESSON1.page.read_text(encoding="utf-8")
NO_TRACEBACK = "Traceback"
ITS_COURSE = ("lessons/demo.py", "solutions/lesson1_arrays.py")
needs_tensorflow = pytest.mark.skipif(
    not installation.has_tensorflow(), reason="TensorFlow is not installed"
)


def typed(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "invoke", *words],
        cwd=ROOT,
        env=os.environ
        | {"COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ran(page: Path, *words: str, **environment: str) -> tuple[int, str]:
    """Run a page of lesson 1; return the command's exit code and what it prints."""
    with mock.patch.dict(os.environ, {"NO_COLOR": "1"} | environment):
        return run_command(ROOT, "run", "lesson1", "--attempt", str(page), *words)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "lesson1_arrays.py"
    path.write_text(PAGE)
    return path


def changed(page: Path, *pairs: tuple[str, str]) -> None:
    text = page.read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    page.write_text(text)


@pytest.mark.slow
def test_an_untouched_page_runs_to_its_end_without_a_traceback(page: Path) -> None:
    code, text = ran(page)
    assert code == 0
    assert NO_TRACEBACK not in text
    assert "(60000, 28, 28) 3 uint8" in text
    assert "1b is not written yet" in text
    assert "Not written yet: 1a, 1b, 1e, 1f, 1g." in text


def test_what_the_run_does_not_come_to_is_unwritten_as_well(page: Path) -> None:
    page.write_text(
        '# %% id="1a"\nx = 1\n'
        '# %% id="1b"\ndef f():\n    """B."""\n    raise NotImplementedError("1b")\n'
        "# %%\nonly_here = f()\n"
        "# %%\nprint(only_here)\n"
        '# %% id="1c"\ndef g():\n    raise NotImplementedError("1c")\n'
        '# %% id="1d"\nSAID = {"why": ..., "what": "b"}\n'
        '# %% id="1e"\ndef h():\n    return [][..., 0]\n'
        '# %% id="1f"\ndef k():\n    return 1\n    raise NotImplementedError("1f")\n'
    )
    code, text = ran(page)
    assert code == 0
    assert "This cell needs only_here" in text
    assert "Not written yet: 1b, 1c, 1d." in text


def test_display_shows_a_value_in_the_terminal(page: Path) -> None:
    page.write_text("# %%\ndisplay('a', [2])\n")
    code, text = ran(page)
    assert code == 0
    assert "'a'" in text
    assert "[2]" in text


@pytest.mark.slow
def test_what_answers_a_prediction_waits_until_it_is_written(page: Path) -> None:
    _, text = ran(page)
    assert "Hidden until you have written your prediction in line" in text
    assert "(1, 28, 28)" not in text
    changed(page, ("...,\n    ", "0,\n    "), ("...,\n}", "0,\n}"))
    _, text = ran(page)
    assert "(28, 28) (1, 28, 28) (6, 14, 14)" in text
    assert "Hidden until" not in text


@pytest.mark.slow
def test_a_page_half_way_draws_the_digits(page: Path) -> None:
    changed(page, ("if n > len(images):", "if not 1 <= n <= len(images):"))
    code, text = ran(page, FORCE_COLOR="1")
    assert (code, "█" in text, "label: 0" in text) == (0, True, True)
    assert "1d is not written" not in text


@pytest.mark.slow
def test_figures_are_drawn_in_the_terminal() -> None:
    code, text = ran(LESSON1.solution, FORCE_COLOR="1")
    assert (code, NO_TRACEBACK in text) == (0, False)
    assert "image 2" in text.partition("1g  Plot a digit")[2]
    assert "Every cell ran to its end." in text


def test_a_figure_that_waits_for_an_exercise_is_not_shown_half_done(page: Path) -> None:
    page.write_text(
        '# %% id="1b"\ndef f():\n    raise NotImplementedError("1b")\n'
        "# %%\nimport matplotlib.pyplot as plt\nplt.subplots()\nf()\n"
        '# %%\nplt.subplots()[0].set_label("What there is to see.")\n'
    )
    code, text = ran(page)
    assert (code, text.count("A figure"), "1b is not written yet" in text) == (
        0,
        0,
        True,
    )
    assert "What there is to see." in text


@pytest.mark.slow
def test_a_figure_in_a_pipe_is_its_alt_text(page: Path) -> None:
    page.write_text(
        "# %%\nimport matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\n"
        'axes.plot([1, 3, 2])\naxes.set_title("my curve")\nplt.show()\n'
        '# %%\nplt.subplots()[0].set_label("What there is to see.")\n'
    )
    code, text = ran(page)
    assert (code, "█" in text, "▀" in text) == (0, False, False)
    assert "A figure: my curve (a line from 1 to 2)\n" in text
    assert "What there is to see.\n" in text


def test_an_error_is_shown_with_the_calls_that_led_to_it(page: Path) -> None:
    half = "def half(z):\n    return z / 2\ndef quarter(z):\n    return half(half(z))\n"
    page.write_text(f"# %%\n{half}quarter('z')\n")
    _, text = ran(page)
    assert (
        "Line 3, in half: TypeError: unsupported operand type(s) for /: 'str' and 'int'\n"
        "    return z / 2\n"
        "called from line 5, in quarter: return half(half(z))\n"
        "called from line 6: quarter('z')\n"
    ) in text
    page.write_text("# %%\ndef f(n):\n    return f(n - 1) if n else 1 / n\nf(40)\n")
    _, text = ran(page)
    again = "called from line 3, in f: return f(n - 1) if n else 1 / n\n"
    assert f"{again * 9}... more calls ...\ncalled from line 4: f(40)\n" in text


@pytest.mark.slow
def test_an_exception_is_told_by_its_line_and_the_page_goes_on(page: Path) -> None:
    changed(
        page,
        ('raise NotImplementedError("1b")', 'raise ValueError("x" * 5000)'),
        ('raise NotImplementedError("1e")', "return np.bincount(labels, minlength=k)"),
    )
    code, text = ran(page)
    line = 1 + PAGE[: PAGE.index('raise NotImplementedError("1b")')].count("\n")
    assert code == 1
    assert f"Line {line}, in describe: ValueError" in text
    assert "Continuing with the next cell." in text
    assert "train [5923 6742" in text
    assert text.count("x") < 1000
    assert NO_TRACEBACK not in text


@pytest.mark.slow
def test_a_slip_of_syntax_stops_its_own_cell_alone(page: Path) -> None:
    changed(page, ('raise NotImplementedError("1b")', "return {,}"))
    code, text = ran(page)
    assert (code, "SyntaxError" in text) == (1, True)
    # First what to do, then what Python says.
    assert (
        "Is a bracket, a quote, a comma or an operator" in text.partition("Syntax")[0]
    )
    assert "This cell needs describe" in text
    assert "the first five labels" in text
    assert "1e is not written yet" in text


@pytest.mark.slow
def test_a_prediction_that_is_no_python_is_not_written(page: Path) -> None:
    changed(page, ("...,\n    ", "0,\n    "), ("...,\n}", "(0,\n}"))
    _, text = ran(page)
    assert "(1, 28, 28)" not in text
    assert "Hidden until you have written your prediction in line" in text


@pytest.mark.slow
def test_code_in_a_cell_of_text_is_told_and_not_run(page: Path) -> None:
    page.write_text(PAGE + "\nprint('at the', 'end')\n", encoding="utf-8")
    code, text = ran(page)
    line = len(PAGE.splitlines()) + 2
    assert f"Line {line} is in a text cell and wasn't run." in text
    assert "at the end" not in text
    assert code == 0


def test_a_blank_is_called_a_blank(page: Path) -> None:
    page.write_text('# %% id="1a"\nx = ...\n# %%\nprint(x + 1)\n# %%\nprint("on")\n')
    code, text = ran(page)
    assert (code, "Line 4 met a blank" in text, "on\n" in text) == (0, True, True)


def test_a_run_goes_up_to_an_exercise(page: Path) -> None:
    code, text = ran(page, "--exercise", "1B")
    assert (code, "1b is not written yet" in text) == (0, True)
    assert "1d" not in text
    code, text = ran(page, "--exercise", "1z")
    assert (code, "has no exercise '1z'" in text) == (2, True)


def test_an_end_before_the_end_is_told(page: Path) -> None:
    page.write_text('# %%\nprint("a", end="")\n# %%\nexit()\n# %%\nprint("b")\n')
    code, text = ran(page)
    assert (code, "Your code asked Python to end." in text) == (1, True)
    page.write_text("# %%\nimport os\nos._exit(7)\n")
    code, text = ran(page)
    assert (code, "Python ended (exit code 7)." in text) == (1, True)


@pytest.mark.only_on("posix")
def test_what_was_killed_may_have_lacked_memory(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.write_text("# %%\nimport os\nos.kill(os.getpid(), 9)\n")
    monkeypatch.setattr(control_group, "has_killed", lambda: False)
    code, text = ran(page)
    assert code == 1
    assert "Python ended (signal 9). Did this machine run out of memory?" in text
    page.write_text("# %%\nimport os\nos.kill(os.getpid(), 15)\n")
    assert "memory" not in ran(page)[1]


def test_endless_printing_is_cut(page: Path) -> None:
    page.write_text(
        '# %%\nfor i in range(40_000):\n    print("many")\n# %%\nprint(7)\n'
    )
    code, text = ran(page)
    assert (code, len(text) < 200_000, "is not shown" in text) == (0, True, True)
    assert "\n7\n" in text


@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1252", "Windows-1252"), ("utf-16", "UTF-16")]
)
def test_a_page_in_an_encoding_that_is_graded_runs_too(
    page: Path, encoding: str, name: str
) -> None:
    page.write_text('# %%\nprint("Käse")\n', encoding=encoding)
    code, text = ran(page)
    assert (code, "Käse" in text) == (0, True)
    assert f"not saved as UTF-8, and was read as {name}." in " ".join(text.split())


def busy(page: Path) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """A command that runs an endless page, and what it has started for that."""
    page.write_text('# %%\nprint("now")\nwhile True:\n    pass\n')
    process = typed("run", "lesson1", "--attempt", str(page))
    assert process.stdout is not None
    while "now" not in process.stdout.readline():
        pass
    return process, psutil.Process(process.pid).children(recursive=True)


def ended(process: subprocess.Popen[str], within_s: float) -> str:
    """What a command has still printed when it has ended; it ends in any case."""
    try:
        return process.communicate(timeout=within_s)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def test_ctrl_c_ends_the_page_and_all_that_it_started(page: Path) -> None:
    process, children = busy(page)
    process.send_signal(signal.SIGINT)
    text = ended(process, within_s=LONGEST_S)
    assert process.returncode in INTERRUPTED
    assert "Stopped." in text
    assert NO_TRACEBACK not in text
    assert children
    assert psutil.wait_procs(children, timeout=LONGEST_S)[1] == []


@pytest.mark.slow
def test_nothing_runs_on_when_the_terminal_is_gone(page: Path) -> None:
    process, children = busy(page)
    process.kill()
    assert psutil.wait_procs(children, timeout=LONGEST_S)[1] == []
    process.communicate()


@pytest.mark.slow
def test_the_working_copy_is_made_where_there_is_none(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns("__pycache__")
    copy_packages(tmp_path)
    for name in ("lessons/lesson1_arrays", "lessons/data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    (tmp_path / "solutions").mkdir()
    for name in ("tasks.py", "pyproject.toml", *ITS_COURSE):
        shutil.copy(ROOT / name, tmp_path / name)
    words = [sys.executable, "-m", "invoke"]
    done = subprocess.run(
        [*words, "run", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, "attempts/lesson1_arrays.py" in done.stdout) == (0, True)
    assert (tmp_path / "attempts/lesson1_arrays.py").read_text() == PAGE
    done = subprocess.run(
        [*words, "start", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert "invoke run lesson1" in done.stdout
    (tmp_path / "attempts/lesson1_arrays.py").unlink()
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert "invoke demo" in done.stdout
    (tmp_path / "attempts/lesson1_arrays.py").mkdir()
    done = subprocess.run(
        [*words, "run", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "lesson1_arrays.py cannot be read: Is a directory." in done.stderr


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda x: x.short_name)
def test_no_untouched_page_answers_a_prediction(lesson: catalog.Lesson) -> None:
    """Each unwritten prediction has a cell that waits for it."""
    text = lesson.page.read_text(encoding="utf-8")
    marks = {c.reveals for c in Document.from_python(text).cells} - {""}
    predictions = [
        c
        for c in Document.from_python(text).cells
        if "PREDICT" in c.source or c.tag in marks
    ]
    asked = [c for c in predictions if not c.is_text and "..." in c.source]
    waiting = {line for step in code_cells(text) for line in step.answers}
    assert len(waiting) == len(asked)
    keys = {c.tag for c in asked} | {
        mark for mark in marks if any(f'["{mark}"]' in c.source for c in asked)
    }
    assert marks <= keys


def test_a_prediction_that_no_cell_names_is_answered_by_the_next() -> None:
    page = (
        '# %%\nPREDICT = {}\nPREDICT["x"] = ...\n\n# %%\ndef f():\n    return 1\n'
        '\n# %%\nif __name__ == "__main__":\n    print(f())\n\n# %%\nprint(2)\n'
    )
    assert [step.answers for step in code_cells(page)] == [(), (), (3,), ()]


def test_a_table_of_guesses_is_a_prediction_where_a_cell_answers_it() -> None:
    page = (
        '# %% id="7e"\nPAIRS = {"a": "ok", "b": ...}\n# %% id="6f"\nEXPLAIN = ...\n'
        '# %% reveals="7e"\nprint("ok")\n'
    )
    assert [step.answers for step in code_cells(page)] == [(), (), (2,)]
    assert code_cells(page.replace('"b": ...', '"b": "error"'))[2].answers == ()
    (lesson7,) = (x for x in LESSONS if x.number == 7)
    text = lesson7.page.read_text(encoding="utf-8")
    assert any("try_pairing" in s.source and s.answers for s in code_cells(text))


def test_what_is_held_back_never_leaves_the_run(tmp_path: Path) -> None:
    path = tmp_path / "page.py"
    path.write_text(
        '# %% id="1a"\nPREDICT = {"a": ...}\n'
        '# %%\nif __name__ == "__main__":\n    print("secret")\n    print("more")\n'
        '# %%\nprint("open")\n'
    )
    steps = code_cells(path.read_text())
    events = list(run(path, steps, ROOT, Terminal()))
    assert [e for e in events if isinstance(e, HeldBack)] == [HeldBack((2,))]
    told = "".join(e.text for e in events if isinstance(e, Printed))
    assert told == "open\n"
    assert sum(isinstance(e, CellBegan) for e in events) == 3


def test_a_training_without_keras_is_followed_where_the_page_tells_of_it(
    tmp_path: Path,
) -> None:
    page = tmp_path / "page.py"
    page.write_text(
        "from grader.fit_progress import tell\n"
        "for epoch in (1, 2):\n"
        "    tell(epoch, epochs=2, loss=1 / epoch)\n"
    )
    steps = code_cells(page.read_text())
    events = run(page, steps, ROOT, Terminal())
    told = [event for event in events if isinstance(event, Trained)]
    assert [dict(event.progress) for event in told] == [
        {"epoch": 1, "epochs": 2, "loss": 1.0},
        {"epoch": 2, "epochs": 2, "loss": 0.5},
    ]


def test_code_before_the_first_mark_and_files_without_marks_run() -> None:
    assert [s.first_line for s in code_cells("import os\n# %%\n\nprint(1)\n")] == [1, 4]
    assert [s.first_line for s in code_cells("\nx = 1\nprint(x)\n")] == [2]
    assert code_cells("# nothing\n") == ()
    assert Document.from_python(PAGE).code_up_to("9z") == ()


@pytest.mark.tensorflow
@needs_tensorflow
def test_an_epoch_is_told_once_however_slow_its_batches_are(page: Path) -> None:
    page.write_text(f"""# %%
import time
import keras
import numpy as np

# %%
class Slow(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep({EVERY_S * 1.5})

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile(loss="mse")
x, y = np.zeros((4, 2)), np.zeros((4, 1))
model.fit(x, y, batch_size=2, epochs=2, callbacks=[Slow()], validation_data=(x, y))
""")
    code, text = ran(page)
    told = [line for line in text.splitlines() if line.startswith("epoch ")]
    assert (code, len(told)) == (0, 2), text
    assert all("val_loss" in line for line in told)


@pytest.mark.tensorflow
@needs_tensorflow
def test_the_goal_is_seen_first() -> None:
    process = typed("demo")
    text, _ = process.communicate(timeout=240)
    assert process.returncode == 0, text
    for words in ("Dense(512", 'optimizer="rmsprop"', "epoch 3 of 3", "In lesson 8"):
        assert words in text
    assert "a 7, classified as 7" in text
    assert text.count("█") > 50


def test_without_tensorflow_the_demo_says_why() -> None:
    hidden = (
        "import importlib.util, sys; find = importlib.util.find_spec; "
        "importlib.util.find_spec = lambda n, p=None: "
        "None if n == 'tensorflow' else find(n, p); "
        "sys.argv = ['invoke', 'demo']; from grader.cli.program import main; raise SystemExit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "The demo builds its network with Keras" in done.stderr


def test_of_a_long_error_of_keras_the_line_that_says_what_is_wrong_is_drawn(
    page: Path,
) -> None:
    long = "Exception encountered when calling Sequential.call().\n\nSizes differ.\n\n"
    long += "Arguments received by Sequential.call():\n  • training=None"
    page.write_text(f"# %%\nsaid = {long!r}\nraise ValueError(said)\n")
    _, text = ran(page)
    assert "Line 3: ValueError: Sizes differ.\n" in text
    assert "Arguments received" not in text
