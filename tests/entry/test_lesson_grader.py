"""The module that starts the program, wherever an installer has put it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.project import ROOT


def test_a_grader_of_links_to_a_cache_is_no_stranger(tmp_path: Path) -> None:
    """An installer may link each file to its cache; the folders are its own."""
    cache, installed = tmp_path / "cache", tmp_path / "site-packages"
    (installed / "grader").mkdir(parents=True)
    cache.mkdir()
    starter = ROOT / "grader" / "entry" / "lesson_grader.py"
    (cache / starter.name).write_bytes(starter.read_bytes())
    (cache / "__init__.py").touch()
    (installed / starter.name).symlink_to(cache / starter.name)
    (installed / "grader" / "__init__.py").symlink_to(cache / "__init__.py")
    asked = "import lesson_grader; print(lesson_grader.find_stranger())"

    def ask(*more: Path) -> str:
        done = subprocess.run(
            (sys.executable, "-c", asked),
            env=os.environ
            | {"PYTHONPATH": os.pathsep.join(map(str, (*more, installed)))},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert ask() == ""
    other = tmp_path / "other" / "grader.py"
    other.parent.mkdir()
    other.touch()
    assert ask(other.parent) == str(other.resolve())


def test_a_package_that_was_overwritten_is_noticed(tmp_path: Path) -> None:
    """Another distribution, called grader, writes into the same folder."""
    package = tmp_path / "grader"
    package.mkdir()
    starter = ROOT / "grader" / "entry" / "lesson_grader.py"
    (tmp_path / starter.name).write_bytes(starter.read_bytes())
    init = package / "__init__.py"

    def start() -> tuple[int, str]:
        done = subprocess.run(
            (sys.executable, "-c", "import lesson_grader as x; exit(x.main())"),
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stderr

    init.write_text("from grader.grader import Grader\n")
    code, text = start()
    assert (code, text.startswith(f"{init} isn't this program's own file.")) == (
        2,
        True,
    )
    init.write_bytes((ROOT / "grader" / "__init__.py").read_bytes())
    (package / "cli.py").write_text("main = lambda: 0")
    assert start() == (0, "")
