"""packing: a course's own files in a zip file, and the grader as a wheel."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from grader.common.errors import GraderError, Misuse
from grader.course.course_folder import PARTS, is_copy, is_project, project_folder
from grader.course.document import catalog
from grader.course.installation import NEED_TENSORFLOW, PACKAGE, format_command
from grader.course.settings import SETTINGS
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


def name_of(root: Path) -> str:
    """Return the name of a course's folder in an archive, and of the archive."""
    settings = root / "pyproject.toml"
    if is_project(root):
        stated = tomllib.loads(settings.read_text("utf-8"))
        return str(stated["project"]["name"])
    return root.resolve().name


def find_files(root: Path) -> tuple[Path, ...]:
    """Return the course's own files, relative to its root: those that git tracks.

    If git tracks nothing there, they are its settings, lessons, solutions and README.

    Raises:
        GraderError: if git can't list the files of a project.
    """
    tracked = _list_tracked(root)
    if tracked is None and is_project(root):
        raise GraderError(
            f"git cannot list the project's files in {root}. An autograder is packed "
            f"in a clone of the project: git clone, then {format_command('class.pack')}"
        )
    if not tracked and not is_project(root):
        return tuple(sorted(_iterate_course(root)))
    return tuple(path for path in tracked or () if (root / path).is_file())


def _list_tracked(root: Path) -> tuple[Path, ...] | None:
    """Return the files that git tracks, or None if it can't list them."""
    command = ["git", "ls-files", "-z", "--exclude-standard", "--cached"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(Path(name) for name in done.stdout.decode().split("\0") if name)


def _iterate_course(root: Path) -> Iterator[Path]:
    """Yield the files of a course that isn't under git."""
    beside = (root / name for name in (SETTINGS, "README.md", "LICENSE"))
    inside = (path for part in PARTS for path in (root / part).rglob("*"))
    for path in (*beside, *inside):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root)


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
