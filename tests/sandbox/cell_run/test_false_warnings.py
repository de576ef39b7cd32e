"""Warnings about right code on Apple silicon are ignored there, and no others."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from grader.sandbox.cell_run import false_warnings
from grader.sandbox.cell_run.events import Printed, from_line
from tests.support.notebooks import run_cells
from tests.support.project import ROOT

FALSE = [f"{x} encountered in matmul" for x in ("divide by zero", "overflow", "invalid value")]  # fmt: skip
TRUE = [
    "overflow encountered in exp",
    "divide by zero encountered in log",
    "a matrix: overflow encountered in matmul",
    "underflow encountered in matmul",
]
# Such a Mac, as far as this module can tell.
A_MAC = (
    "from types import SimpleNamespace\n"
    "from grader.sandbox.cell_run import false_warnings\n"
    "false_warnings.sys = SimpleNamespace(platform='darwin')\n"
    "false_warnings.platform = SimpleNamespace(machine=lambda: 'arm64')\n"
)
WARNS = f"import warnings\nfor one in {FALSE + TRUE}:\n    warnings.warn(one, RuntimeWarning)\n"


def seen(category: type[Warning] = RuntimeWarning) -> list[str]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        false_warnings.ignore_false_warnings()
        for message in FALSE + TRUE:
            warnings.warn(message, category, stacklevel=1)
    return [str(one.message) for one in found]


@pytest.mark.parametrize(
    ("system", "machine", "is_there"),
    [
        ("darwin", "arm64", True),
        ("darwin", "x86_64", False),
        ("linux", "aarch64", False),
        ("linux", "arm64", False),
        ("win32", "ARM64", False),
    ],
)
def test_only_three_warnings_are_ignored_and_only_there(
    system: str, machine: str, is_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert seen() == (TRUE if is_there else FALSE + TRUE)
    assert seen(UserWarning) == FALSE + TRUE


def test_a_page_shows_the_others(tmp_path: Path) -> None:
    page = tmp_path / "page.py"
    page.write_text(f"# %%\n{WARNS}")
    code = f"{A_MAC}from grader.learner.page_run.page_process import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, str(page), "1", "utf-8", str(tmp_path)],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    events = map(from_line, done.stdout.splitlines())
    text = "".join(x.text for x in events if isinstance(x, Printed))
    assert [x for x in FALSE + TRUE if f"RuntimeWarning: {x}\n" in text] == TRUE


@pytest.mark.slow
def test_a_notebook_shows_the_others(tmp_path: Path) -> None:
    *_, cell = run_cells((A_MAC, "%load_ext grader", WARNS), tmp_path)
    text = "".join(one["text"] for one in cell.outputs)
    assert [x for x in FALSE + TRUE if f"RuntimeWarning: {x}\n" in text] == TRUE
