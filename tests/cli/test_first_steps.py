"""What CI tries first on every system works here."""

import subprocess
import sys

import pytest

from tests.support.project import ROOT


@pytest.mark.slow
def test_the_first_steps_of_a_learner_work() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.smoke"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tried = ["grade", "run", "watch", "serve", "work in a notebook"]
    assert done.stdout.splitlines() == tried
