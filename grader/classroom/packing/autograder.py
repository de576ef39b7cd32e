"""autograder: what Gradescope grades a lesson with.

It takes a zip file with ``setup.sh``, which it runs once, and
``run_autograder``, which it runs for each submission. The zip file also contains the
project.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from grader.authoring.required import find_versions, require_all
from grader.classroom.packing import (
    ZipMember,
    find_files,
    needs_keras,
    write,
    write_grader,
    written,
)
from grader.course.course_files import name_of
from grader.course.course_folder import is_project
from grader.course.document.catalog import Lesson
from grader.course.installation import NEED_TENSORFLOW, PACKAGE, PROGRAM
from grader.course.settings import read_settings

# Grading doesn't need these.
_LEFT_OUT = frozenset(("tests", "docs", "tools"))
# The page that pyproject.toml names, without which nothing is installed.
_README = Path("docs/installed.md")
# In the archive: the grader, and the versions with which the course was packed.
_WHEELS, _VERSIONS = "pack/wheels", "pack/versions.txt"
_SET_UP = """\
#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: makes ready what grades.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get install --yes --no-install-recommends bubblewrap python3-pip || true
fi
command -v uv > /dev/null || PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install uv
cd "$root/source/FOLDER"
INSTALL
.venv/bin/python -m PROGRAM doctor || true
"""
_RUN = """\
#!/usr/bin/env bash
# Runs for each submission: grades it, and leaves results/results.json.
root="${AUTOGRADER_ROOT:-/autograder}"
cd "$root/source/FOLDER" || exit 1
rm -f "$root/results/results.json"
.venv/bin/python -m PROGRAM grade LESSON \\
    --attempt "$root/submission" --to gradescope --out "$root/results"
# A wrong answer is not a failure of the autograder. A missing result is one.
[ -s "$root/results/results.json" ]
"""


def pack_for_gradescope(
    root: Path, archive: Path, lesson: Lesson, say: Callable[[str], None]
) -> Path:
    """Write the zip file that Gradescope takes as the autograder of a lesson.

    Raises:
        Misuse: if it can't be written, or the lesson imports a package that the
            course doesn't require.
        GraderError: if this isn't a git checkout.
    """
    if not is_project(root):
        require_all(root, [lesson])
    if archive.is_dir():
        archive /= f"autograder-{lesson.short_name}.zip"
    folder = name_of(root)
    names = {"FOLDER": folder, "LESSON": lesson.name, "PROGRAM": _program(root)}
    steps = [shlex.join(["uv", *words]) for words in _installation(root)]
    members: list[ZipMember] = [
        ("setup.sh", _with(_SET_UP, names | {"INSTALL": "\n".join(steps)})),
        ("run_autograder", _with(_RUN, names)),
    ]
    members += [
        (f"{folder}/{path.as_posix()}", root / path)
        for path in find_files(root)
        if path == _README
        or not (path.parts[0] in _LEFT_OUT or path.parts[0].startswith("."))
    ]
    with written(archive) as unfinished, tempfile.TemporaryDirectory() as scratch:
        if not is_project(root):
            write_grader(Path(scratch))
            members.append((f"{folder}/{_VERSIONS}", _versions(root)))
        for wheel in Path(scratch).iterdir():
            members.append((f"{folder}/{_WHEELS}/{wheel.name}", wheel))
        say(f"Writing {archive}")
        with zipfile.ZipFile(unfinished, "w") as file:
            write(file, members)
    return archive


def _program(root: Path) -> str:
    """Return the module that runs the commands of a course."""
    return "invoke" if is_project(root) else PROGRAM


def _installation(root: Path) -> list[list[str]]:
    """Return uv's arguments that install the grader for a course."""
    # The Python for which these versions exist. Another one may be too old.
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if is_project(root):
        return [["sync", "--compile-bytecode", "--python", python]]
    extra = "[keras]" if needs_keras(root) else ""
    install = ["pip", "install", "--quiet", "--find-links", _WHEELS]
    install += ["--constraints", _VERSIONS]
    packages = [f"{PACKAGE}{extra}", *read_settings(root).requires]
    return [["venv", "--quiet", "--python", python], [*install, *packages]]


def _versions(root: Path) -> str:
    """Return what the course and the grader need, in the versions of this machine."""
    networks = (*NEED_TENSORFLOW, "tensorflow-cpu") if needs_keras(root) else ()
    needed = find_versions([PACKAGE, *networks, *read_settings(root).requires])
    return "".join(f"{one}\n" for one in needed if not one.startswith(f"{PACKAGE}=="))


def _with(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text
