"""Gradescope's autograder, unpacked and run as Gradescope runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.classroom.packing import autograder
from grader.course.document import catalog
from tests.support.exported import read_class
from tests.support.project import ROOT

GOLDEN = ROOT / "tests" / "golden"
LESSON = catalog.find("lesson3", ROOT)
FOLDER = "cross-entropy-lessons"
REPORT = read_class((GOLDEN / "class.json").read_bytes()).learners[1].reports[0]
ON_LINUX = pytest.mark.only_on("linux")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Gradescope unpacks below /autograder, its environment made ready."""
    home = tmp_path_factory.mktemp("gradescope")
    archive = autograder.pack_for_gradescope(ROOT, home, LESSON, lambda _: None)
    assert archive == home / "autograder-lesson3.zip"
    for folder in ("source", "submission", "results"):
        (home / folder).mkdir()
    with zipfile.ZipFile(archive) as file:
        file.extractall(home / "source")
        for info in file.infolist():
            (home / "source" / info.filename).chmod(info.external_attr >> 16)
    (home / "source" / FOLDER / ".venv").symlink_to(sys.prefix)
    shutil.copy(home / "source" / "run_autograder", home)
    return home


def run_autograder(home: Path, cwd: Path | None = None) -> tuple[int, dict]:
    done = subprocess.run(
        [home / "run_autograder"], cwd=cwd or home, capture_output=True, text=True,
        env=os.environ | {"AUTOGRADER_ROOT": str(home)},
    )  # fmt: skip
    results = home / "results" / "results.json"
    if not results.is_file():
        return done.returncode, {}
    found = json.loads(results.read_text(encoding="utf-8"))
    import jsonschema  # here: it takes long, and collecting would wait for it

    jsonschema.validate(
        found, json.loads((GOLDEN / "gradescope.schema.json").read_text())
    )
    return done.returncode, found
