"""autograder: what Gradescope and Classroom 50 grade a lesson with.

Gradescope takes a zip file with ``setup.sh``, which it runs once, and
``run_autograder``, which it runs for each submission. The zip file also contains the
project. Classroom 50 takes an ``autograder.py`` of at most ten megabytes including the
files beside it. The images exceed that, so this one downloads the project.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from grader.document.catalog import Lesson
from grader.errors import Misuse
from grader.installation import PACKAGE, PROGRAM
from grader.packing import (
    ZipMember,
    find_files,
    is_project,
    name_of,
    needs_keras,
    write,
    written,
)
from grader.packing.wheels import write_grader

# Grading doesn't need these.
_LEFT_OUT = frozenset(("tests", "docs", "tools"))
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
# What is not right yet is no failure of the autograder. No result is one.
[ -s "$root/results/results.json" ]
"""
_CLASSROOM50 = '''\
"""Grades LESSON in Classroom 50.

Put this file into the configuration repository, as
CLASSROOM/autograders/ASSIGNMENT/autograder.py. The runner starts it in a learner's
checkout, and reads the score from the result.json that it leaves there.
"""

import os
import sys

# This is started in a learner's checkout: nothing of theirs may be imported here.
sys.path[:] = [x for x in sys.path if os.path.realpath(x) != os.path.realpath(".")]

import subprocess
import tempfile
from pathlib import Path

PROJECT = ORIGIN
COMMIT = "COMMIT"
HERE = Path(__file__).resolve().parent


def run(*command, cwd=None):
    subprocess.run([str(word) for word in command], cwd=cwd, check=True)


def main():
    checkout = Path.cwd()
    result = checkout / "result.json"
    result.unlink(missing_ok=True)  # only what is written now is a result
    scratch = tempfile.mkdtemp(dir=os.environ.get("RUNNER_TEMP"))
    home = Path(scratch) / "FOLDER"
    run("git", "clone", "--quiet", PROJECT, home, cwd=scratch)
    run("git", "checkout", "--quiet", COMMIT, cwd=home)
    # In our folder: Python would import a pip.py of the learner's before its own.
    run(sys.executable, "-m", "pip", "install", "--quiet", "uv", cwd=home)
    for words in INSTALL:
        run(sys.executable, "-m", "uv", *words, cwd=home)
    command = [home / ".venv" / "bin" / "python", "-m", "PROGRAM", "grade", "LESSON"]
    command += ["--attempt", checkout, "--to", "classroom50", "--out", checkout]
    subprocess.run([str(word) for word in command], cwd=home)
    # What is not right yet is no failure of the autograder. No result is one.
    return 0 if result.is_file() else 1


if __name__ == "__main__":
    raise SystemExit(main())
'''


def for_gradescope(
    root: Path, archive: Path, lesson: Lesson, say: Callable[[str], None]
) -> Path:
    """Write the zip file that Gradescope takes as the autograder of a lesson.

    Raises:
        Misuse: if it can't be written.
        GraderError: if this isn't a git checkout.
    """
    if archive.is_dir():
        archive /= f"autograder-{lesson.short_name}.zip"
    folder = name_of(root)
    names = {"FOLDER": folder, "LESSON": lesson.name, "PROGRAM": _program(root)}
    steps = [shlex.join(["uv", *words]) for words in _installation(root, "pack/wheels")]
    if is_project(root):
        steps = ["uv sync --compile-bytecode"]
    members: list[ZipMember] = [
        ("setup.sh", _with(_SET_UP, names | {"INSTALL": "\n".join(steps)})),
        ("run_autograder", _with(_RUN, names)),
    ]
    members += [
        (f"{folder}/{path.as_posix()}", root / path)
        for path in find_files(root)
        if path.parts[0] not in _LEFT_OUT and not path.parts[0].startswith(".")
    ]
    with written(archive) as unfinished, tempfile.TemporaryDirectory() as scratch:
        if not is_project(root):
            write_grader(Path(scratch))
        for wheel in Path(scratch).iterdir():
            members.append((f"{folder}/pack/wheels/{wheel.name}", wheel))
        say(f"Writing {archive}")
        with zipfile.ZipFile(unfinished, "w") as file:
            write(file, members)
    return archive


def for_classroom50(
    root: Path, place: Path, lesson: Lesson, say: Callable[[str], None]
) -> Path:
    """Write the ``autograder.py`` that Classroom 50 takes for a lesson.

    Raises:
        Misuse: if no address of the project is known, or other machines can't download
            from it.
    """
    if place.is_dir():
        place /= "autograder.py"
    origin, commit = (
        _git(root, *words)
        for words in (("remote", "get-url", "origin"), ("rev-parse", "HEAD"))
    )
    if not origin or not commit:
        raise Misuse(
            "The autograder of Classroom 50 fetches the project, and this copy does "
            "not say from where: it has no git remote of the name origin. Put your "
            "copy where its runner can fetch it, clone that, and pack there."
        )
    address = _public(origin)
    if not _is_public(address):
        raise Misuse(
            "The autograder of Classroom 50 fetches the project from the remote "
            f"origin, and nobody else can reach {address}. Push the project to where "
            "the runner can fetch it, such as GitHub; then give its address:  "
            "git remote set-url origin https://..."
        )
    if not _git(root, "branch", "--remotes", "--contains", commit):
        raise Misuse(
            f"The commit {commit[:7]} is on no branch of {address}, as far as this "
            "copy knows, so the runner could not fetch it. Push it first:  git push"
        )
    if _git(root, "status", "--porcelain", "--untracked-files=no"):
        say(
            "Warning: this copy has changes that are not committed. The autograder "
            f"grades with the commit {commit[:7]}, without them."
        )
    names = {
        "FOLDER": name_of(root),
        "LESSON": lesson.name,
        "PROGRAM": _program(root),
        "in INSTALL": f"in {_listed(_installation(root, 'HERE'))}",
    }
    text = _with(_CLASSROOM50, names).replace("ORIGIN", repr(address))
    text = text.replace('COMMIT = "COMMIT"', f'COMMIT = "{commit}"')
    with written(place) as unfinished:
        unfinished.write(text.encode())
    if not is_project(root):
        write_grader(place.parent)
        say(f"Put the wheel of the grader beside it, from {place.parent}.")
    return place


def _program(root: Path) -> str:
    """Return the module that runs the commands of a course."""
    return "invoke" if is_project(root) else PROGRAM


def _installation(root: Path, wheels: str) -> list[list[str]]:
    """Return uv's arguments that install the grader for a course."""
    if is_project(root):
        return [["sync", "--quiet", "--no-dev"]]
    extra = "[keras]" if needs_keras(root) else ""
    install = ["pip", "install", "--quiet", "--find-links", wheels]
    return [["venv", "--quiet"], [*install, f"{PACKAGE}{extra}"]]


def _listed(steps: list[list[str]]) -> str:
    """Return steps as Python source, in which HERE is a variable."""
    return repr([tuple(words) for words in steps]).replace("'HERE'", "HERE")


def _public(origin: str) -> str:
    """Return the public form of an address, without the password: it gets published.

    >>> _public("git@example.org:me/lessons.git")
    'https://example.org/me/lessons.git'
    >>> _public("https://me:secret@example.org/lessons")
    'https://example.org/lessons'
    """
    if match := re.fullmatch(r"(?:ssh://)?[\w.-]+@([\w.-]+)[:/](.+)", origin):
        return f"https://{match[1]}/{match[2]}"
    return re.sub(r"(?<=://)[^/@]*@", "", origin)


def _is_public(address: str) -> bool:
    """Return whether another machine might reach an address.

    >>> [_is_public(x) for x in ("https://example.org/x", "file:///x", "/home/me/x")]
    [True, False, False]
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    is_here = host == "localhost" or host.startswith("127.") or host == "::1"
    return parts.scheme in ("https", "http", "git") and bool(host) and not is_here


def _with(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=root, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()
