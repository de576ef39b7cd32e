"""pack: everything a workshop needs in one archive for a USB stick.

The archive contains the course's own files (including the data, but no learner's file
and no gradebook) and the wheels for the chosen laptops. Python runs it:
``python statistics.zip`` unpacks it and sets it up without a network.
"""

from __future__ import annotations

import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from grader import course
from grader.course import SETTINGS
from grader.course_folder import PARTS, is_course
from grader.document import catalog
from grader.errors import GraderError, Misuse
from grader.installation import (
    COMMAND_IN_TEXTS,
    NEED_TENSORFLOW,
    PROGRAM,
    format_command,
)
from grader.judge import requirements_of
from grader.packing import wheels
from grader.packing.wheels import PLATFORMS, PYTHONS, Platform, platform_named

_COMPRESSED = (".whl", ".npz", ".png", ".zip")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)

# A name in the archive, and the file or the text to store under it.
ZipMember = tuple[str, Path | str]
__all__ = ["PLATFORMS", "PYTHONS", "Packed", "fetch_wheels", "pack"]
_SET_UP = Path(__file__).with_name("set_up.py")
_READ_ME = """\
{title}, for a laptop without a network.

You need Python {pythons} on one of these: {platforms}.

  python {folder}.zip       unpacks into the folder you are in, and sets it up
  python set_up.py{gap}       does the same in a folder unpacked by hand

Then, in the folder {folder}:

  .venv/bin/{program}{pad}on Windows: .venv\\Scripts\\{program}

shows how far you are and which command comes next. Where the lessons say
`{in_texts}`, type that instead.
"""
Fetch = Callable[[Path, Platform, str, Path], str]


def name_of(root: Path) -> str:
    """Return the name of a course's folder in an archive, and of the archive."""
    settings = root / "pyproject.toml"
    if is_project(root):
        stated = tomllib.loads(settings.read_text("utf-8"))
        return str(stated["project"]["name"])
    return root.resolve().name


def is_project(root: Path) -> bool:
    """Return whether a course is a project that brings its own requirements."""
    return (root / "pyproject.toml").is_file()


def find_files(root: Path) -> tuple[Path, ...]:
    """Return the course's own files, relative to its root: those that git tracks.

    If git tracks nothing there, they are its settings, lessons, solutions and README.

    Raises:
        GraderError: if git can't list the files of a project.
    """
    if is_course(root) and not (is_project(root) or _is_tracked(root)):
        return tuple(sorted(_iterate_course(root)))
    return tuple(
        path for path in list_files(root, "--cached") if (root / path).is_file()
    )


def _is_tracked(root: Path) -> bool:
    with suppress(GraderError):
        return bool(list_files(root, "--cached"))
    return False


def _iterate_course(root: Path) -> Iterator[Path]:
    """Yield the files of a course that isn't under git."""
    beside = (root / name for name in (SETTINGS, "README.md", "LICENSE"))
    inside = (path for part in PARTS for path in (root / part).rglob("*"))
    for path in (*beside, *inside):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root)


def list_files(root: Path, which: str) -> tuple[Path, ...]:
    """Return what git lists: ``--cached`` or ``--others``."""
    command = ["git", "ls-files", "-z", "--exclude-standard", which]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise GraderError(
            f"git cannot list the project's files in {root}. A pack is made in a "
            f"clone of the project: git clone, then {format_command('class.pack')}"
        ) from error
    return tuple(Path(name) for name in done.stdout.decode().split("\0") if name)


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


class Packed(msgspec.Struct, frozen=True):
    """What was packed.

    Attributes:
        path: the archive.
        size: its size in bytes.
        files: how many of the project's files it contains.
        wheels: how many wheels.
        left_out: files in the project's folder that git doesn't track.
    """

    path: Path
    size: int
    files: int
    wheels: int
    left_out: tuple[str, ...]


def pack(
    root: Path,
    archive: Path,
    platforms: Sequence[str],
    pythons: Sequence[str] = PYTHONS,
    fetch: Fetch | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Packed:
    """Make the archive.

    Args:
        root: the project.
        archive: the zip file to write, or a folder to write it to.
        platforms: names from `PLATFORMS`.
        pythons: versions of Python: ``3.12``.
        fetch: puts the wheels for one platform and Python into a folder, and returns
            the pinned packages; `fetch_wheels` if None.
        say: called with a line for each step.

    Raises:
        Misuse: if a platform or a Python isn't known, or the archive can't be written.
        GraderError: if this isn't a git checkout, or the wheels can't be downloaded.
    """
    targets = [platform_named(name) for name in platforms]
    if not targets:
        raise Misuse(
            f"Name at least one platform with --platform: {', '.join(PLATFORMS)}."
        )
    if unknown := [python for python in pythons if python not in PYTHONS]:
        known = ", ".join(PYTHONS)
        raise Misuse(f"The lessons run on Python {known}, not on {unknown[0]}.")
    laptops = [(one, py) for one in targets for py in pythons if py in one.pythons]
    if lacking := {one.name for one in targets} - {one.name for one, _ in laptops}:
        raise Misuse(
            f"Not every package has a wheel for {min(lacking)} on Python "
            f"{', '.join(pythons)}. Name another Python with --python."
        )
    fetch = fetch or fetch_wheels
    tracked = find_files(root)
    if archive.is_dir():
        archive /= f"{name_of(root)}.zip"
    with written(archive) as unfinished, tempfile.TemporaryDirectory() as scratch:
        store = Path(scratch) / "wheels"
        store.mkdir()
        lists: dict[str, str] = {}
        for target, python in laptops:
            say(f"Wheels for {target.name}, Python {python}")
            lists[f"{target.name}-py{python}"] = fetch(root, target, python, store)
        found = sorted(store.iterdir())
        say(f"Writing {archive}")
        members = list(_members(root, tracked, lists, found, platforms, pythons))
        with zipfile.ZipFile(unfinished, "w") as file:
            write(file, members)
    others = list_files(root, "--others") if is_project(root) else ()
    left_out = tuple(str(path) for path in others)
    size = archive.stat().st_size
    return Packed(archive, size, len(tracked), len(found), left_out)


def fetch_wheels(root: Path, target: Platform, python: str, store: Path) -> str:
    """Resolve and download the wheels of one platform; return the pinned packages."""
    if is_project(root):
        pinned = wheels.requirements(root, target, python)
    else:
        extra = "keras" if needs_keras(root) else ""
        pinned = wheels.requirements_of_grader(extra, target, python, store)
    path = store.parent / f"{target.name}-py{python}.txt"
    path.write_text(pinned, encoding="utf-8")
    wheels.download(path, target, python, store, root)
    return pinned if is_project(root) else f"{pinned}{wheels.pinned_grader()}\n"


def needs_keras(root: Path) -> bool:
    """Return whether a lesson of a course builds networks."""
    needed = (requirements_of(one).imports for one in catalog.lessons(root))
    return any(not NEED_TENSORFLOW.isdisjoint(imports) for imports in needed)


def _members(
    root: Path,
    tracked: Sequence[Path],
    lists: dict[str, str],
    found: Sequence[Path],
    platforms: Sequence[str],
    pythons: Sequence[str],
) -> Iterator[ZipMember]:
    folder = name_of(root)
    program = "invoke" if is_project(root) else PROGRAM
    yield "__main__.py", _SET_UP
    for path in tracked:
        yield f"{folder}/{path.as_posix()}", root / path
    yield f"{folder}/set_up.py", _SET_UP
    yield (
        f"{folder}/READ_ME_FIRST.txt",
        _READ_ME.format(
            title=course.read_title(root) or folder,
            pythons=" or ".join(pythons),
            platforms=", ".join(platforms),
            folder=folder,
            gap=" " * (len(folder) + len(".zip") - len("set_up.py")),
            program=program,
            pad=" " * (16 - len(program)),
            in_texts=COMMAND_IN_TEXTS,
        ),
    )
    for name, pinned in lists.items():
        yield f"{folder}/pack/requirements/{name}.txt", pinned
    for wheel in found:
        yield f"{folder}/pack/wheels/{wheel.name}", wheel
