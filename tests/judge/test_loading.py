"""A lesson's exercises in files of their own are one lesson."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest

from grader import judge
from grader.course.document import catalog
from grader.judge.loading import exercises_of, load_module, shared_fixtures
from grader.judge.provenance import versions
from tests.support.project import ROOT

TWO = """\
# %% [markdown]
# # Lesson 1  Toy
# ## 1a  One  (50 points)
# ## 1b  Two  (50 points)

# %% id="1a"
f = 1

# %% id="1b"
f = 2
"""
FIXTURES = """
from grader.checks import fixture

@fixture
def photos():
    return [1, 2]
"""


def test_files_beside_each_other_share_arrays_and_the_course_fixtures(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "lessons" / "lesson1_toy" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "lessons" / "fixtures.py").write_text(FIXTURES)
    package = folder / "__init__.py"
    package.write_text("import numpy as np\n\nSHARED = np.arange(3)\n")
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(TWO)
    for name in ("a_one", "b_two"):
        (folder / f"{name}.py").write_text(
            "from grader.checks import exercise\n"
            "from . import SHARED\n"
            "one = exercise('f')\n"
        )
    module = load_module(package, "toy")
    assert [exercise.tag for exercise in exercises_of(module)] == ["1a", "1b"]
    assert list(shared_fixtures(package)) == ["photos"]
    assert list(shared_fixtures(package.parent.parent / "checks.py")) == ["photos"]


def test_an_example_uses_the_solution_which_is_executed_when_it_first_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tabnanny", raising=False)
    folder = tmp_path / "lessons" / "lesson1_toy" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    solution = tmp_path / "solutions" / "lesson1_toy.py"
    solution.write_text(f"import tabnanny\n\ndef halve(x):\n    return x / 2\n\n{TWO}")
    (folder / "__init__.py").write_text("from .. import reference\n")
    (folder / "a_one.py").write_text(
        "from grader.checks import exercise\n"
        "from . import reference\n"
        "one = exercise('f')\n"
        "one.wrong_functions({'half': (lambda x: reference.halve(x), 'Half.')})\n"
    )
    (one,) = exercises_of(load_module(folder / "__init__.py", "toy"))
    assert "tabnanny" not in sys.modules
    assert one.wrong_answers[0].function(5.0) == 2.5
    assert "tabnanny" in sys.modules


def test_threads_that_load_a_lesson_at_once_do_not_disturb_each_other() -> None:
    from concurrent.futures import ThreadPoolExecutor

    lesson = catalog.find("lesson3", ROOT)
    with ThreadPoolExecutor(8) as pool:
        loaded = list(pool.map(lambda _: judge.exercises(lesson), range(16)))
    tags = [[info.tag for info in infos] for infos in loaded]
    assert tags == [["3a", "3b", "3c", "3d", "3e", "3f", "3g", "3h", "3i"]] * 16


def test_what_an_editor_lays_beside_a_lesson_is_none_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "lesson1_toy" / "exercises"
    folder.mkdir(parents=True)
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / "lesson1_toy.py").write_text(TWO)
    (folder / "__init__.py").write_text(
        "from grader.checks import lesson\nLESSON = lesson()\n"
    )
    (folder / "a_one.py").write_text(
        "from grader.checks import exercise\none = exercise('f')\n"
    )
    # As Emacs marks a file that is being changed.
    (folder / ".#a_one.py").symlink_to("nobody@nowhere.1")
    lesson = catalog.find("lesson1", tmp_path)
    assert [info.tag for info in judge.exercises(lesson)] == ["1a"]
    assert versions(lesson)["lesson"]


def test_threads_read_what_a_lesson_states_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    lesson = catalog.find("lesson3", ROOT)

    def let_others_go(*_: object) -> None:
        time.sleep(0.0001)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_go)
    gc.set_threshold(50)
    try:
        with ThreadPoolExecutor(6) as pool:
            read = list(pool.map(lambda _: judge.requirements_of(lesson), range(60)))
    finally:
        gc.callbacks.remove(let_others_go)
        gc.set_threshold(*before)
    assert set(read) == {judge.requirements_of(lesson)}
