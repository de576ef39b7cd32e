"""packing: a course's own files in a zip file, and the grader as a wheel."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from grader.common.errors import GraderError, Misuse
from grader.course import course_files
from grader.course.course_folder import is_copy, project_folder
from grader.course.document import catalog
from grader.course.installation import NEED_TENSORFLOW, PACKAGE, format_command
from grader.judge import requirements_of

_COMPRESSED = (".whl", ".npz", ".png", ".zip")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
# An installer writes these beside the files of a wheel.
_OF_AN_INSTALLATION = (
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_cache.json",
)

# A name in the archive, and the file or the text to store under it.
ZipMember = tuple[str, Path | str]


def find_files(root: Path) -> tuple[Path, ...]:
    """Return the course's own files, relative to its root.

    Raises:
        GraderError: if git can't list the files of a project.
    """
    files = course_files.find_files(root)
    if files is None:
        raise GraderError(
            f"git cannot list the project's files in {root}. An autograder is packed "
            f"in a clone of the project: git clone, then {format_command('class.pack')}"
        )
    return files


@contextmanager
def written(archive: Path) -> Iterator[BinaryIO]:
    """Provide the archive for writing; it gets its name only when it is complete.

    If writing fails, the unfinished file is deleted.
    """
    unfinished = archive.with_name(f"{archive.name}.part")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(archive)
    except OSError as error:
        raise Misuse(
            f"{error.filename or archive} cannot be written ({error.strerror}). "
            "Free some space, or name another place with --out."
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def write_grader(store: Path) -> None:
    """Write the grader's wheel into a folder: from its source, or what is installed.

    Raises:
        GraderError: if it can't be built.
    """
    if is_copy():
        _build_grader(store)
        return
    installed = importlib.metadata.distribution(PACKAGE)
    name = f"{PACKAGE.replace('-', '_')}-{installed.version}"
    prefixes = ("grader/", "lesson_grader.py", f"{name}.dist-info/")
    members = [
        path
        for path in installed.files or ()
        if str(path).startswith(prefixes)
        and path.suffix != ".pyc"
        and path.name not in _OF_AN_INSTALLATION
    ]
    with zipfile.ZipFile(store / f"{name}-py3-none-any.whl", "w") as wheel:
        for path in members:
            wheel.write(str(path.locate()), str(path))
        record = "".join(f"{path},,\n" for path in members)
        wheel.writestr(f"{name}.dist-info/RECORD", record)


def _build_grader(store: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        raise GraderError(
            "To build the grader, uv is needed. Install it: pip install uv"
        )
    command = [uv, "build", "--quiet", "--wheel", "--out-dir", str(store)]
    done = subprocess.run(
        [*command, str(project_folder() / "grader")],
        cwd=project_folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        message = done.stderr.strip()[-1500:]
        raise GraderError(f"uv could not build the grader. It says:\n{message}")


def write(file: zipfile.ZipFile, members: Iterable[ZipMember]) -> None:
    """Write members into a zip file; make texts that are scripts executable."""
    for name, source in members:
        info = zipfile.ZipInfo(name, _LONG_AGO)
        is_dense = name.endswith(_COMPRESSED)
        info.compress_type = zipfile.ZIP_STORED if is_dense else zipfile.ZIP_DEFLATED
        is_script = isinstance(source, str) and source.startswith("#!")
        info.external_attr = (0o100755 if is_script else 0o644) << 16
        # The size isn't known in advance, and without ZIP64 the limit is 2 GiB.
        with file.open(info, "w", force_zip64=True) as to:
            if isinstance(source, str):
                to.write(source.encode())
                continue
            with source.open("rb") as content:
                while block := content.read(1 << 20):
                    to.write(block)


def needs_keras(root: Path) -> bool:
    """Return whether a lesson of a course builds networks."""
    needed = (requirements_of(one).imports for one in catalog.lessons(root))
    return any(not NEED_TENSORFLOW.isdisjoint(imports) for imports in needed)
