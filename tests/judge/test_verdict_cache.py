"""A verdict is kept while what it rests on is unchanged, and no longer."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.judge.verdict_cache import basis_of, code_hash, find_valid_verdicts
from grader.report import (
    Basis,
    ExerciseResult,
    LeftOutStatement,
    Outcome,
    Report,
    UnreadPart,
)
from grader.report.sentences import reused_lines
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")

LESSON = catalog.find("lesson8", ROOT)
# As a grading runs it: the cells that only show something are blank.
SOLUTION = Document.read(LESSON.solution).graded().text
TRAINED_BY = ("predict", "train")


def is_the_same(before: str, now: str, *names: str) -> bool:
    first, second = code_hash(before.encode(), names), code_hash(now.encode(), names)
    assert first, "it is known what these names use"
    return first == second


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("# %% [markdown]\n# ## 8e", "# mine\n# ## 8e"),
        ("    model = build()\n", "    # the page's\n    model = build()\n"),
        ("    counts = np.zeros((k, k), dtype=int)", "    counts = 0"),
        ('    "A": "unscaled",  # SOLUTION', '    "A": "leak",'),
        ("\nchosen = worst(p, val_labels, 6)", "\nchosen = [1]"),
        ('IN_MY_WORDS = ""', 'IN_MY_WORDS = "the loss"'),
    ],
    ids=["comment", "in train", "confusion", "8g", "script", "words"],
)
def test_what_a_training_does_not_use_leaves_its_basis_as_it_is(
    before: str, now: str
) -> None:
    text = LESSON.solution.read_text(encoding="utf-8")
    assert before in text
    changed = Document.from_python(text.replace(before, now)).graded()
    assert is_the_same(SOLUTION, changed.text, *TRAINED_BY)


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("epochs=20", "epochs=21"),
        ('.astype("float32") / 255', '.astype("float32") / 256'),
        ('optimizer="rmsprop"', 'optimizer="adam"'),
        ('np.eye(k, dtype="float32")', 'np.eye(k, dtype="float64")'),
        ("model.predict(prepare(images), verbose=0)", "model(prepare(images))"),
        ("PREDICT = {}", "PREDICT = {}\nkeras.utils.set_random_seed(1)"),
        ("PREDICT = {}", "PREDICT = {}\nlayers.Dense = None"),
        ("from keras import layers", "from tensorflow import layers"),
    ],
    ids=[
        "train",
        "prepare",
        "build",
        "one_hot",
        "predict",
        "a call",
        "a patch",
        "an import",
    ],
)
def test_what_a_training_uses_is_part_of_its_basis(before: str, now: str) -> None:
    assert before in SOLUTION
    assert not is_the_same(SOLUTION, SOLUTION.replace(before, now), *TRAINED_BY)


def test_a_function_that_is_defined_anew_below_is_part_of_the_basis() -> None:
    anew = "\n\ndef prepare(images):\n    return images * 1.0\n"
    assert not is_the_same(SOLUTION, SOLUTION + anew, *TRAINED_BY)


@pytest.mark.promise("kept-verdicts")
@pytest.mark.parametrize(
    "code",
    [
        "helper = globals()",
        "def other():\n    return eval('train')",
        "def other():\n    return getattr(np, 'x')",
        "def other():\n    return train.__code__",
        "import sys",
        "import random",
        "from os import path",
        "from numpy import *",
        "from grader import judge",
        "def other():\n    global PREDICT",
        "def other():\n    PREDICT['x'] = 1",
        "SEEN = []\ndef other(x):\n    SEEN.append(x)",
        "def other():\n    train.seen = 1",
        "def other(seen=[]):\n    return seen",
        "def other():\n    keras.seen = 1",
        "class Stop(keras.callbacks.Callback):\n    pass",
        "import functools\n@functools.cache\ndef other():\n    return 1",
        "if len('ab') > 1:\n    train = None",
        "def other():\n    return np.load('x.npy')",
        "def other():\n    return keras.models.load_model('x.keras')",
        "def other():\n    return open('x').read()",
        "def other():\n    np.sys.exit()",
        "RNG = np.random.default_rng(0)\ndef other():\n    return RNG.random()",
        "def broken(:",
    ],
)
def test_code_that_reaches_or_remembers_more_has_no_basis(code: str) -> None:
    assert code_hash(f"{SOLUTION}\n\n{code}\n".encode(), TRAINED_BY) == ""
    assert basis_of(f"{SOLUTION}\n\n{code}\n".encode(), TRAINED_BY, "") is None


@pytest.mark.parametrize(
    "code",
    [
        "X = undefined",
        "X = 1 / 0",
        "X = {[1]: 2}",
        "X = -'a'",
        "from numpy import nothing",
        "import numpy.nothing",
        "def other(x: Tensor):\n    return x",
        "def other(x) -> Tensor:\n    return x",
        "def other(x=1 / 0):\n    return x",
        "X = []\nX['a'] = 1",
        "PREDICT['a']['b'] = 1",
        "PREDICT[answer] = 1",
        "PREDICT['at the end'] = divergence",
    ],
)
def test_a_statement_that_may_fail_is_part_of_every_basis(code: str) -> None:
    # Else a verdict would be kept, and nothing run, of a file that does not load.
    assert not is_the_same(SOLUTION, f"{SOLUTION}\n\n{code}\n", *TRAINED_BY)


@pytest.mark.parametrize(
    "code",
    [
        "X = 1",
        "X = -0.5, [2, 'a']",
        "X = {'a': 1, 'b': [2]}",
        "def other(x, y=3):\n    return x",
        "import math",
        "PREDICT['at the end'] = 0.98",
        "'a text'",
    ],
)
def test_a_statement_that_cannot_fail_is_no_part_of_a_basis(code: str) -> None:
    assert is_the_same(SOLUTION, f"{SOLUTION}\n\n{code}\n", *TRAINED_BY)


def test_of_a_file_that_does_not_run_as_it_is_no_report_is_repeated_unseen() -> None:
    from grader.judge.verdict_cache import is_all_cached

    report = earlier()
    known = find_valid_verdicts(report, SOLUTION.encode(), VERSIONS)
    assert is_all_cached(report, known, "8c")
    for part in (
        {"left_out": (LeftOutStatement("", "x", 1),)},
        {"unread": (UnreadPart("", "x", 1),)},
    ):
        assert not is_all_cached(replace(report, **part), known, "8c")


def test_an_entry_of_another_name_for_a_dict_is_part_of_every_basis() -> None:
    alias = f"{SOLUTION}\nRECIPE = {{}}\nSAME = RECIPE\nSAME['epochs'] = 3\n"
    assert not is_the_same(alias, alias.replace("= 3", "= 4"), *TRAINED_BY)


VERSIONS = {"lesson": "1", "grader": "1", "numpy": "2", "keras": "3", "python": "3.11"}


def earlier(outcome: Outcome = Outcome.PASSED, **more: object) -> Report:
    basis = basis_of(SOLUTION.encode(), TRAINED_BY, "2026-11-26T08:10:00+00:00")
    result = ExerciseResult("8c", "Train it", 35, outcome, (), basis=basis)
    report = Report("lesson8", "Train", "a.py", "", 1, (result,), versions=VERSIONS)
    return replace(report, **more)  # type: ignore[arg-type]


def test_a_verdict_of_other_versions_or_one_that_did_not_pass_is_not_kept() -> None:
    source = SOLUTION.encode()
    assert list(find_valid_verdicts(earlier(), source, VERSIONS)) == ["8c"]
    assert not find_valid_verdicts(earlier(Outcome.WRONG), source, VERSIONS)
    for name in VERSIONS:
        assert not find_valid_verdicts(earlier(), source, VERSIONS | {name: "other"}), (
            name
        )


def grade(source: str, before: Report | None, tag: str | None) -> Report:
    return grade_attempt(
        LESSON,
        LESSON.solution,
        source=source.encode(),
        seed=None if before else 3,
        exercise=tag,
        earlier=before,
    )


@pytest.mark.tensorflow
def test_a_comment_keeps_a_verdict_at_once_and_another_table_is_counted_again() -> None:
    first = grade(SOLUTION, None, "8e")
    basis = first.exercises[0].basis
    assert basis is not None
    assert basis.asked == ("confusion",)
    second = grade(SOLUTION + "\n# a comment\n", first, "8e")
    assert second.exercises[0].is_kept
    assert second.exercises[0].checks == first.exercises[0].checks
    assert second.attempt_sha256 != first.attempt_sha256
    assert second.seed == first.seed
    other = SOLUTION.replace(
        "np.zeros((k, k), dtype=int)", "np.ones((k, k), dtype=int)"
    )
    third = grade(other, second, "8e")
    assert third.exercises[0].outcome is Outcome.WRONG
    assert not third.exercises[0].is_kept


@pytest.mark.tensorflow
def test_a_file_that_does_not_run_as_it_is_is_no_kept_one() -> None:
    first = grade(SOLUTION, None, "8e")
    for code in ("raise ValueError", "def broken(:"):
        report = grade(f"{code}\n{SOLUTION}", first, "8e")
        assert not report.is_whole
        assert not report.has_passed


@pytest.mark.tensorflow
def test_a_cell_that_cannot_be_read_is_said_beside_what_is_kept_until_it_is_mended():
    first = grade(SOLUTION, None, "8e")
    second = grade(f"{SOLUTION}\ndef broken(:\n", first, "8e")
    third = grade(SOLUTION, second, "8e")
    assert [len(report.unread) for report in (first, second, third)] == [0, 1, 0]
    assert [report.has_passed for report in (second, third)] == [False, True]
    assert second.exercises[0].is_kept
    assert third.exercises[0].is_kept


@pytest.mark.promise("kept-verdicts")
@pytest.mark.tensorflow
@pytest.mark.hostile
def test_code_that_is_reached_unseen_gains_nothing_by_an_earlier_verdict() -> None:
    attempt = ROOT / "tests" / "hostile" / "keeps_a_verdict_for_other_code.py"
    right = attempt.read_text(encoding="utf-8")
    first = grade(right, None, "8e")
    assert first.exercises[0].outcome is Outcome.PASSED
    assert first.exercises[0].basis is None
    # Somebody may claim the hash that they would like to have.
    claimed = Basis(("confusion",), "", "2026-11-26T08:10:00+00:00")
    forged = replace(first, exercises=(replace(first.exercises[0], basis=claimed),))
    wrong = right.replace("np.add.at", "np.subtract.at")
    for before in (first, forged):
        second = grade(wrong, before, "8e")
        assert second.exercises[0].outcome is Outcome.WRONG


def test_a_grading_of_one_exercise_stands_for_no_whole_one() -> None:
    from grader.judge.verdict_cache import is_all_cached

    report = replace(earlier(), partial="8c")
    known = find_valid_verdicts(report, SOLUTION.encode(), VERSIONS)
    assert is_all_cached(report, known, "8c")
    assert not is_all_cached(report, known, "")


def test_what_is_kept_is_said_with_the_time_and_the_day() -> None:
    kept = replace(
        earlier().exercises[0],
        basis=Basis(("train",), "x", "2026-01-02T08:10:00+00:00", is_kept=True),
    )
    report = replace(earlier(), exercises=(kept, replace(kept, tag="8d")))
    ((tags, words),) = reused_lines(report)
    assert tags == "8c, 8d"
    assert words.startswith("unchanged since 0")
    assert "January" in words
    assert words.endswith(": kept")
    assert reused_lines(earlier()) == ()
