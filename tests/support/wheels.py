"""The wheels of both distributions, built from their sdists."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.project import ROOT


def build_wheels(folder: Path) -> list[Path]:
    """The wheels of the grader and of this course, each built from its sdist."""
    build = ("uv", "build", "--quiet", "--all-packages")
    subprocess.run(
        (*build, "--out-dir", str(folder), str(ROOT)), check=True, timeout=300
    )
    wheels = sorted(folder.glob("*.whl"))
    assert len(wheels) == 2
    return wheels
