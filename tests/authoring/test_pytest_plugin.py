"""The checks of a lesson show in pytest and in an editor, each with what it found."""

import subprocess
import sys

import pytest

CONFTEST = "from grader.authoring.pytest_plugin import pytest_collect_file, pytest_pycollect_makemodule"


@pytest.fixture
def shown(toy):
    (toy.root / "lessons" / "conftest.py").write_text(CONFTEST)

    def run(attempt, *words):
        if attempt:
            folder = toy.root / "attempts"
            folder.mkdir(exist_ok=True)
            (folder / "lesson1_toy.py").write_text(attempt)
        command = [sys.executable, "-m", "pytest", "-rA", *(words or ["lessons"])]
        done = subprocess.run(command, cwd=toy.root, capture_output=True, text=True)
        return done.returncode, done.stdout

    return run


def test_every_check_is_an_item_where_it_stands(shown):
    code, text = shown("", "lessons", "--collect-only", "-q")
    assert code == 0
    assert text.splitlines()[:3] == [
        "lessons/lesson1_toy/checks.py::1a: doubles",
        "lessons/lesson1_toy/checks.py::1a: doubles_zero",
        "lessons/lesson1_toy/checks.py::1b: doubles_three",
    ]


def test_without_an_attempt_the_solution_is_graded(shown):
    code, text = shown("")
    assert (code, "4 passed" in text) == (0, True)


def test_a_wrong_attempt_fails_with_its_mistake(shown):
    code, text = shown("def double(x):\n    return x * x\n")
    assert (code, "2 failed, 2 passed" in text) == (1, True)
    assert "double(x) is twice x." in text
    assert "You squared it." in text
    assert "Expected: 6\n" in text
    assert "Got: 9\n" in text
    assert "Traceback" not in text


def test_what_is_not_attempted_is_skipped(shown):
    code, text = shown("def double(x):\n    raise NotImplementedError\n")
    assert (code, "1 passed, 3 skipped" in text) == (0, True)


@pytest.mark.parametrize("mark", ["", '# %% id="1a"\n'])
def test_a_file_that_does_not_load_fails_everywhere(shown, mark):
    code, text = shown(f"{mark}def double(x:\n")
    assert (code, "4 failed" in text) == (1, True)
    assert "SyntaxError" in text


def test_a_page_that_does_not_run_as_it_is_fails_beside_checks_that_pass(shown):
    code, text = shown("def double(x):\n    return x + x\n\n1 / 0\n")
    assert (code, "1 failed, 3 passed" in text) == (1, True)
    assert "FAILED lessons/lesson1_toy/checks.py::the page runs as it is" in text
    assert "Your file doesn't run as it is." in text
    assert "Line 4 fails: ZeroDivisionError: division by zero." in text


def test_one_check_can_be_run_alone(shown):
    code, text = shown(
        "def double(x):\n    return x * x\n", "lessons", "-k", "doubles_zero"
    )
    assert (code, "1 passed, 3 deselected" in text) == (0, True)


@pytest.mark.slow
def test_a_check_that_an_editor_names_is_run_and_nothing_else(shown, toy):
    toy.change_checks("def squared(x):", "def tests_squared(x):")
    file = "lessons/lesson1_toy/checks.py"
    code, text = shown("", file)
    assert (code, "4 passed" in text) == (0, True)
    code, text = shown(
        "def double(x):\n    return x * x\n", f"{file}::1a: doubles_zero"
    )
    assert (code, "1 passed" in text) == (0, True)


@pytest.mark.slow
def test_checks_stand_in_the_file_of_their_exercise(shown, toy):
    in_a_file_each(toy.root / "lessons" / "lesson1_toy")
    code, text = shown("", "lessons", "--collect-only", "-q")
    assert code == 0
    assert text.splitlines()[:4] == [
        "lessons/lesson1_toy/exercises/__init__.py::the page runs as it is",
        "lessons/lesson1_toy/exercises/a_double.py::1a: doubles",
        "lessons/lesson1_toy/exercises/a_double.py::1a: doubles_zero",
        "lessons/lesson1_toy/exercises/b_same.py::1b: doubles_three",
    ]
    code, text = shown("", "lessons/lesson1_toy/exercises/b_same.py")
    assert (code, "1 passed" in text) == (0, True)


def test_a_lesson_in_several_files_is_graded_once(shown, toy):
    lesson, graded = toy.root / "lessons" / "lesson1_toy", toy.root / "graded"
    in_a_file_each(lesson)
    checks = lesson / "exercises" / "a_double.py"
    noted = (
        f"    open({str(graded)!r}, 'a').write('once ')\n    expect(attempt.double(0))"
    )
    usual = checks.read_text()
    checks.write_text(usual.replace("    expect(attempt.double(0))", noted))
    code, text = shown("")
    assert (code, "4 passed" in text, graded.read_text()) == (0, True, "once ")


def in_a_file_each(folder):
    """Put the exercises of a toy lesson into files of their own."""
    text = (folder / "checks.py").read_text(encoding="utf-8")
    (folder / "checks.py").unlink()
    head, _, rest = text.partition("double = exercise(")
    first, _, second = rest.partition("same = exercise(")
    package = folder / "exercises"
    package.mkdir()
    (package / "__init__.py").write_text(head, encoding="utf-8")
    names = "from grader.checks import exercise, expect\n\n"
    for name, body in (("a_double", first), ("b_same", second)):
        start = f"{name[2:]} = exercise("
        (package / f"{name}.py").write_text(f"{names}{start}{body}", encoding="utf-8")
