"""doctor: check, without changing anything, if a machine is ready for the lessons."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import msgspec

from grader import judge
from grader.cli.project_place import (
    allows_long_paths,
    count_excess,
    find_synchroniser,
)
from grader.common import control_group, files
from grader.common.errors import GraderError, Misuse
from grader.course import installation, settings
from grader.course.course_folder import is_copy, is_project
from grader.course.document import catalog
from grader.judge.provenance import LIBRARIES
from grader.learner.gradebook import Gradebook, gradebook_path
from grader.learner.gradebook.database import TOO_LONG, is_too_long
from grader.report.sentences import count_of, isolation_words
from grader.sandbox.isolation.policy import Isolation

OLDEST_PYTHON = (3, 11)
PACKAGES = ("numpy", "sympy", "keras", "rich", "invoke", "matplotlib")
FREE_GB = 1.0
MEMORY_GB = 3.0
_ATTEMPT = b"def double(x):\n    return 2 * x\n"


class Condition(msgspec.Struct, frozen=True):
    """One thing that a machine needs, and its state here.

    Attributes:
        name: its name, in a word or two.
        is_good: whether it is as it should be.
        words: its state in words.
        remedy: what to do if it isn't good, or "".
        is_fatal: whether nothing can be graded until it is good.
    """

    name: str
    is_good: bool
    words: str
    remedy: str = ""
    is_fatal: bool = False


def examine(root: Path) -> Iterator[Condition]:
    """Yield the conditions of this machine, checking one after another."""
    needs_keras = bool(_find_tensorflow_lessons(root)) or _becomes_a_copy(root)
    yield _check_python()
    # For a Python that has no TensorFlow, Keras isn't installed either.
    has_keras = needs_keras and (
        installation.has_tensorflow()
        or not installation.newest_python_with_tensorflow()
    )
    yield _check_packages(has_keras)
    yield from _check_required(root)
    if needs_keras:
        yield _check_tensorflow(root)
    yield _check_bytecode("keras" if has_keras else "numpy")
    yield _check_lessons(root)
    if _uses_data(root):
        yield _check_data(root)
    yield _check_gradebook(root)
    yield _check_disk(root)
    yield _check_memory(root)
    yield from _check_place(root, needs_keras and not allows_long_paths())
    yield from _check_worker(root)


def _becomes_a_copy(root: Path) -> bool:
    """Return whether there is no lesson yet, but a course that can be copied here."""
    return not catalog.lessons(root) and bool(settings.find_installed_courses())


def _check_python() -> Condition:
    is_good = sys.version_info[:2] >= OLDEST_PYTHON
    remedy = "" if is_good else "Python 3.11 or newer is needed."
    return Condition("Python", is_good, platform.python_version(), remedy)


def _check_packages(needs_keras: bool) -> Condition:
    needed = [name for name in PACKAGES if needs_keras or name != "keras"]
    if not is_copy():  # there, the package has its own program
        needed.remove("invoke")
    versions = {name: _version(name) for name in needed}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        remedy = (
            f"Run `{installation.install_command()}`, which installs what is missing."
        )
        return Condition("packages", False, f"missing: {', '.join(missing)}", remedy)
    words = ", ".join(
        f"{name} {versions[name]}" for name in LIBRARIES if name in versions
    )
    return Condition("packages", True, words)


def _check_required(root: Path) -> Iterator[Condition]:
    """Report the packages that the course names, and one that it should name."""
    from grader.authoring import required

    requires = settings.read_settings(root).requires
    if missing := required.missing_from_here(root):
        remedy = f"Run `{installation.install_packages(missing)}`."
        words = f"missing: {', '.join(missing)}"
        yield Condition("course needs", False, words, remedy)
    elif requires:
        yield Condition("course needs", True, ", ".join(requires))
    try:
        if not is_project(root):
            required.require_all(root, catalog.lessons(root))
    except Misuse as error:
        yield Condition("course needs", False, "more than it says", str(error))


def _check_tensorflow(root: Path) -> Condition:
    """Report on TensorFlow; where it has no build, the machine is still ready."""
    if installation.has_tensorflow():
        version = _version("tensorflow-cpu") or _version("tensorflow") or "found"
        return Condition("TensorFlow", True, version)
    closed = _join_numbers(_find_tensorflow_lessons(root))
    if installation.has_tensorflow_build():
        needs = f"Lessons {closed} need" if " " in closed else f"Lesson {closed} needs"
        needs = needs if closed else "The lessons that train a network need"
        remedy = f"{needs} it. Run `{installation.install_keras_command()}`."
        return Condition("TensorFlow", False, "not installed", remedy)
    are = f"lessons {closed} are" if " " in closed else f"lesson {closed} is"
    are = are if closed else "the lessons that need it are"
    remedy = "Every other lesson works. Do these on another machine."
    where = installation.describe_platform()
    if older := installation.newest_python_with_tensorflow():
        where = f"Python {platform.python_version()}"
        change = installation.change_python(older)
        remedy = f"Every other lesson works. These need Python {older}. {change}"
    words = f"no build for {where}: {are} closed here"
    return Condition("TensorFlow", True, words, remedy)


def _find_tensorflow_lessons(root: Path) -> list[int]:
    """Return the numbers of the lessons that declare that they import it."""
    return [
        lesson.number
        for lesson in catalog.lessons(root)
        if not installation.NEED_TENSORFLOW.isdisjoint(
            judge.requirements_of(lesson).imports
        )
    ]


def _join_numbers(numbers: list[int]) -> str:
    """Return numbers in words: 6, 7 and 9."""
    *others, last = [*map(str, numbers)] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _check_bytecode(library: str) -> Condition:
    """Report whether a library is compiled; otherwise workers start half as fast."""
    spec = importlib.util.find_spec(library)
    source = spec.origin if spec else None
    if source and Path(importlib.util.cache_from_source(source)).is_file():
        return Condition("bytecode", True, "compiled")
    remedy = (
        f"Run `{installation.compile_command()}`; every start is then twice as quick."
    )
    return Condition("bytecode", False, "not compiled", remedy)


def _check_lessons(root: Path) -> Condition:
    try:
        lessons = catalog.require_lessons(root)
    except Misuse as error:
        return Condition("lessons", False, "none found", str(error))
    if twins := [one for one in lessons if catalog.find_twins(one)]:
        numbers = _join_numbers(sorted({one.number for one in twins}))
        names = ", ".join(one.name for one in twins)
        remedy = f"Give one of these folders another number: {names}."
        return Condition("lessons", False, f"two have the number {numbers}", remedy)
    if lost := [lesson.name for lesson in lessons if not lesson.page.is_file()]:
        words = f"without a page: {', '.join(lost)}"
        return Condition(
            "lessons",
            False,
            words,
            f"Run `{installation.format_command('dev.build')}`.",
        )
    return Condition("lessons", True, count_of(len(lessons), "lesson"))


def _uses_data(root: Path) -> bool:
    """Return whether to check ``lessons/data``.

    That is so if a lesson reads it, if it exists, or if this becomes a copy.
    """
    if (root / "lessons" / "data" / "SHA256SUMS").is_file():
        return True
    pages = [one.page for one in catalog.lessons(root) if one.page.is_file()]
    if not pages:
        return _becomes_a_copy(root)
    return any(b"lessons.data" in page.read_bytes() for page in pages)


def _check_data(root: Path) -> Condition:
    """Report whether the lessons' data matches ``lessons/data/SHA256SUMS``."""
    folder = root / "lessons" / "data"
    try:
        sums = (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines()
        stated = [line.split(maxsplit=1) for line in sums if line]
        for sha256, name in stated:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != sha256:
                words = f"{name} is not what was shipped"
                return Condition(
                    "data", False, words, f"Get lessons/data/{name} again."
                )
    except (OSError, ValueError) as error:
        words = str(error)
        if isinstance(error, FileNotFoundError):
            words = f"{Path(error.filename).name} is missing"
        return Condition("data", False, words, "Get the folder lessons/data again.")
    names = ", ".join(name for _, name in stated)
    return Condition("data", True, f"{names}, complete")


def _check_gradebook(root: Path) -> Condition:
    path = gradebook_path(catalog.attempts_folder(root))
    if is_too_long(path):
        return Condition("gradebook", False, "cannot be used", f"{TOO_LONG}.")
    if not path.exists():
        return Condition("gradebook", True, "none yet")
    try:
        with Gradebook(path) as book:
            many = sum(standing.gradings for standing in book.standings().values())
    except GraderError as error:
        return Condition("gradebook", False, "cannot be used", str(error))
    return Condition("gradebook", True, f"{many} grading{'' if many == 1 else 's'}")


def _check_disk(root: Path) -> Condition:
    attempts = catalog.attempts_folder(root)
    folder = attempts if attempts.is_dir() else root
    if not os.access(folder, os.W_OK):
        words = f"nothing can be written in {folder}"
        remedy = "Give yourself the right to write there."
        if files.is_on_read_only_disk(folder):
            remedy = "Copy the project to a disk that you can write."
        return Condition("disk", False, words, remedy)
    free_gb = shutil.disk_usage(folder).free / 1e9
    is_good = free_gb >= FREE_GB
    remedy = "" if is_good else "Free a gigabyte before you train."
    return Condition("disk", is_good, f"{free_gb:.0f} GB free", remedy)


def _check_memory(root: Path) -> Condition:
    import psutil

    of_machine = float(psutil.virtual_memory().available)
    of_group = control_group.free_bytes()
    free_gb = min(of_machine, of_group) / 1e9
    is_good = free_gb >= MEMORY_GB
    large = _join_numbers(_find_tensorflow_lessons(root))
    before = f" before lesson{'s' if ' ' in large else ''} {large}" if large else ""
    remedy, where = f"Close a few programs{before}.", ""
    if of_group < of_machine:
        where = " in this container or job"
        remedy = f"Allow it {MEMORY_GB:g} GB{before}."
    remedy = "" if is_good else remedy
    words = f"{free_gb:.1f} GB free{where}, {os.cpu_count()} processors"
    return Condition("memory", is_good, words, remedy)


def _check_place(root: Path, is_limited: bool) -> Iterator[Condition]:
    """Report a folder that causes trouble.

    Args:
        root: the course.
        is_limited: whether long paths are needed here, and the system refuses them.
    """
    excess = count_excess(Path(sysconfig.get_path("purelib"))) if is_limited else 0
    if excess:
        words = f"{count_of(excess, 'character')} too long for TensorFlow's files"
        remedy = (
            r"Move the project to a short path, such as C:\learn, or turn on long "
            f"paths in Windows. Then run `{installation.install_command()}`."
        )
        yield Condition("path", False, words, remedy)
    if service := find_synchroniser(root.resolve()):
        remedy = (
            "It may upload every package, and hold a file that is being written. Move "
            "the project to a folder that isn't synchronised."
        )
        yield Condition("folder", False, f"synchronised by {service}", remedy)


def _check_worker(root: Path) -> Iterator[Condition]:
    """Start a worker and ask it a question; report the layers that confine it."""
    from grader.sandbox import Limits, Returned, WorkerFactory
    from grader.sandbox.prelaunch import WorkerNotStarted

    try:
        with WorkerFactory() as factory:
            worker = factory.start(_ATTEMPT, "attempt.py", Limits())
            reply = worker.load()
            if isinstance(reply, Returned):
                reply = worker.call("double", (21,))
            isolation = factory.isolation
    except GraderError as error:
        words = "a worker could not be started"
        why = error.why if isinstance(error, WorkerNotStarted) else str(error)
        yield Condition("worker", False, words, f"{why}\n{_no_worker()}", True)
        return
    if reply == Returned(42):
        yield Condition("worker", True, "started, and answered a question")
    else:
        why = getattr(reply, "why", "") or getattr(reply, "how", "its answer is wrong")
        words = f"started, but gave no answer: {why}"
        yield Condition("worker", False, words, _no_worker(), True)
    yield _check_isolation(root, isolation)


def _no_worker() -> str:
    return (
        "Nothing can be graded until this works. Does a virus scanner stop Python? If "
        f"not, install it again: `{installation.install_command()}`."
    )


def _check_isolation(root: Path, isolation: tuple[Isolation, ...]) -> Condition:
    """Return the sandbox layers; report a missing one without stopping a learner."""
    from grader.sandbox.exposed_files import find_exposed_file

    words = isolation_words(isolation)
    if exposed := find_exposed_file(root):
        return Condition("isolation", False, "; ".join(words), str(exposed))
    is_open = len(words) > len(isolation)
    remedy = "Grade nobody's code but your own on this machine." if is_open else ""
    return Condition("isolation", True, "; ".join(words), remedy)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
