"""What a program can't do where it is graded or run is said in one sentence."""

from __future__ import annotations

import textwrap

import pytest

from grader.common import control_group
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.learner.page_run.sandboxed_runner import SandboxedRunner
from grader.sandbox import Limits, WorkerFactory, WorkerPool
from grader.web.drawing import draw_run
from tests.support.commands import run_command
from tests.support.grading import graded, said
from tests.support.project import ROOT

OWN_FILES = "The grader doesn't see your other files: copy what you need into this one."
NO_NETWORK = "Your program has no network here."
# The code, and what a learner reads about it in a grading.
IN_A_GRADING = {
    "from helpers import double": f"Is it a file of your own? {OWN_FILES}",
    "from .helpers import double": OWN_FILES,
    "import torch": "torch isn't installed here, and this course doesn't use it.",
    "open('numbers.csv')": "your program sees none of your other files.",
    "import urllib.request; urllib.request.urlopen('http://a.invalid')": NO_NETWORK,
    "import socket; socket.create_connection(('127.0.0.1', 9))": NO_NETWORK,
    "import subprocess; subprocess.run(['ls'])": (
        "Your program can't start other programs here: leave out subprocess.run."
    ),
    "import os; os.popen('ls')": "leave out os.popen.",
    "from multiprocessing.pool import ThreadPool; ThreadPool(2)": (
        "multiprocessing, and so ThreadPool, doesn't work here. Use a plain loop."
    ),
    "breakpoint()": "breakpoint() in line {} waits for a debugger, and nobody can type",
    "import pdb; pdb.set_trace()": "pdb.set_trace() in line {} waits for a debugger",
    "n = input()": "Nobody can type while your program runs here: leave out input().",
}
# The code of a cell, and what a learner reads about it when it runs.
IN_A_RUN = {
    "import torch": "torch isn&#x27;t installed here",
    "import helpers": "Is it a file of your own?",
    "input()": "Nobody can type while your program runs here",
    "breakpoint()\nx = 1": "breakpoint() in line 2 waits for a debugger",
    "print(lenght)": "Nothing in your file gives lenght a value.",
    "Return 3": "Python&#x27;s keywords are in lower case.",
}


@pytest.mark.parametrize("code", IN_A_GRADING)
def test_a_grading_says_what_is_not_possible(warm: WorkerFactory, code: str) -> None:
    source = f"""
        def grad_logits(y, z):
            {code}
            return (stable_softmax(z) - y) / len(z)
    """
    result = graded(warm, "5e", textwrap.dedent(source))
    line = result.finding.line - ("()" in code and "Bdb" in result.finding.error)
    assert result.outcome == "raised"
    assert IN_A_GRADING[code].format(line) in said(result)


@pytest.mark.parametrize("code", IN_A_RUN)
def test_a_run_in_the_browser_says_the_same(pool: WorkerPool, code: str) -> None:
    page = f"# %%\n{code}\n".encode()
    runner = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(), pool)
    shown = draw_run(runner.run(page, 2), Document(page))
    runner.forget()
    assert IN_A_RUN[code] in str(shown)


def test_a_run_in_the_terminal_says_the_same(tmp_path) -> None:
    page = tmp_path / "lesson1_arrays.py"
    page.write_text("# %%\nimport torch\n")
    _, shown = run_command(ROOT, "run", "lesson1", "--attempt", str(page))
    assert "torch isn't installed here" in " ".join(shown.split())


KILLS = "import os; os.kill(os.getpid(), 9)"
LACKED = {
    False: "Did this machine run out of memory?",
    True: "the system has ended a program because memory ran out. This was probably",
}


@pytest.mark.parametrize("has_killed", LACKED)
def test_what_the_system_killed_may_have_lacked_memory(
    warm: WorkerFactory,
    pool: WorkerPool,
    has_killed: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(control_group, "has_killed", lambda: has_killed)
    finding = graded(warm, "5e", f"def grad_logits(y, z):\n    {KILLS}\n").finding
    assert "Your program was ended by SIGKILL before grad_logits" in finding.sentence
    assert LACKED[has_killed] in finding.sentence
    runner = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(), pool)
    (event,) = runner.run(f"# %%\n{KILLS}\n".encode(), 2).events
    runner.forget()
    assert event.words.startswith("It was ended by SIGKILL. ")
    assert LACKED[has_killed] in event.words


def test_what_ended_in_another_way_did_not(warm: WorkerFactory) -> None:
    code = f"def grad_logits(y, z):\n    {KILLS.replace('9', '15')}\n"
    assert "memory" not in said(graded(warm, "5e", code))
