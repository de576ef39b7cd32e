"""Files that are identical except for comments, formatting and names are listed together."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from pathlib import Path

import pytest

from grader.classroom import submissions
from grader.classroom.alike import note_alike
from grader.course.document import catalog
from tests.support.project import ROOT

LESSON3 = catalog.find("lesson3", ROOT)
SOLUTION = LESSON3.solution.read_text(encoding="utf-8")
# Each may be written in two ways, and either is right.
WAYS = (
    ("    s = sum(es)\n", "    s = 0\n    for e in es:\n        s += e\n"),
    (
        "    ps = [e / s for e in es]\n    return ps\n",
        "    return [e / s for e in es]\n",
    ),
    ("np.exp(np.asarray(z, dtype=np.float64))", "np.exp(np.array(z, dtype=float))"),
    ("e.sum(axis=-1, keepdims=True)", "np.sum(e, axis=-1, keepdims=True)"),
    ("-(y * np.log(p)).sum(axis=1)", "np.sum(-y * np.log(p), axis=1)"),
    ("if len(p) == 0:", "if p.size == 0:"),
    ("float(losses(y, p).mean())", "float(np.mean(losses(y, p)))"),
    ("exps / exps.sum(axis=1, keepdims=True)", "softmax(np.log(exps))"),
)
RENAMED = {
    "es": "powers", "logit": "score", "s": "norm", "e": "part", "z": "values",
    "exps": "table", "uniform": "flat", "guess": "estimate",
}  # fmt: skip
SENTENCE = "lesson3: the exercises, "


def written(choices: int) -> str:
    """A right file; each bit of the number chooses between two ways."""
    text = SOLUTION
    for bit, (one, other) in enumerate(WAYS):
        assert one in text, one
        if choices >> bit & 1:
            text = text.replace(one, other)
    return text


def copied(number: int) -> str:
    """A copy of one file with other names, comments, docstrings and line breaks."""
    text = written(0b10110101)
    start, end = text.index("def softmax_row"), text.index('# %% id="3g"')
    own = text[start:end]
    for old, new in RENAMED.items():
        own = re.sub(rf"\b{old}\b(?![.:]\))", f"{new}{number}", own)
    own = re.sub(r'"""Return', f'"""Mine, {number}: return', own)
    own = re.sub(r"(?m)^(    return .*)$", rf"\n    # step {number}\n\1  # done", own)
    return text[:start] + own.replace("(axis=1,", "(\n        axis=1,") + text[end:]


def hand_in(folder: Path, name: str, text: str) -> None:
    path = folder / name / f"{LESSON3.name}.py"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def listed(folder: Path) -> tuple[list[set[str]], tuple[str, ...]]:
    """Who is listed together, and everything that is said."""
    general = note_alike(submissions.find(folder, [LESSON3]), [LESSON3]).general
    lines = [line for line in general if line.startswith(SENTENCE)]
    ends = [line.rpartition(": ")[2].partition(".")[0] for line in lines]
    names = [end.split(", ") for end in ends]
    return [set(some) for some in names], general


def test_ten_copies_among_sixty_are_found_and_honest_pairs_are_listed(
    tmp_path: Path,
) -> None:
    draw, honest = random.Random(4), defaultdict[int, set[str]](set)
    for number in range(50):
        choices = draw.choice([x for x in range(256) if x != 0b10110101])
        honest[choices].add(f"honest{number}")
        hand_in(tmp_path, f"honest{number}", f"# {number}\n{written(choices)}")
    copies = {f"copy{number}" for number in range(10)}
    for number in range(10):
        hand_in(tmp_path, f"copy{number}", copied(number))
    groups, general = listed(tmp_path)
    pairs = [some for some in honest.values() if len(some) > 1]
    assert pairs  # people who are right may write the same
    assert sorted(groups, key=sorted) == sorted([copies, *pairs], key=sorted)
    assert any(
        "statements in 9 exercises, are identical except for" in line
        for line in general
    )
    assert general[-1].startswith("Short right answers are often alike")
    assert general[-1].endswith("a reason to ask, not proof.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SOLUTION, SOLUTION.replace("1e-7, 1 - 1e-7", "1e-9, 1 - 1e-9")),
        (SOLUTION, SOLUTION.replace("es = [math.exp(", "es = [math.exp2(")),
        (SOLUTION, SOLUTION.replace("e / s for e in es", "s / e for e in es")),
        (LESSON3.page.read_text(), LESSON3.page.read_text() + "\n# mine\n"),
        (SOLUTION, SOLUTION),  # that is said already, byte for byte
    ],
)
def test_what_differs_or_is_the_page_is_not_listed(
    tmp_path: Path, one: str, other: str
) -> None:
    hand_in(tmp_path, "ada", one)
    hand_in(tmp_path, "ben", other)
    groups, general = listed(tmp_path)
    assert groups == []
    assert not any("Short right answers" in line for line in general)


def test_a_file_that_cannot_be_parsed_stops_nothing(tmp_path: Path) -> None:
    deep = f'# %% id="3b"\nx = {"(" * 5000}1{")" * 5000}\n'
    tall = f'# %% id="3b"\nx = {"+".join("1" * 20_000)}\n'
    for number, text in enumerate((deep, tall, "\0", '# %% id="3b"\ndef (\n')):
        hand_in(tmp_path, f"odd{number}", text)
    hand_in(tmp_path, "ada", f"# 1\n{SOLUTION}")
    hand_in(tmp_path, "ben", f"# 2\n{SOLUTION}")
    groups, general = listed(tmp_path)
    assert groups == [{"ada", "ben"}]
    assert any(
        "ada, ben. So is the solution of the lesson." in line for line in general
    )
