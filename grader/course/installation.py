"""installation: the commands that work on this machine, and what it lacks.

Every package may import it, so that every sentence can name a command.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from grader.common.errors import GraderError
from grader.course import settings
from grader.course.course_folder import PARTS, find_nearest, is_copy, project_folder

# The distribution that contains the grader, and its program.
PACKAGE = "lesson-grader"
PROGRAM = "grader"
NEED_TENSORFLOW = frozenset({"keras", "tensorflow"})
_NAMES = {
    ("darwin", "x86_64"): "Macs with an Intel processor",
    ("win32", "arm64"): "Windows on ARM",
}

_QUOTES = "'\""

# The start of a command in the texts of lessons, wherever they are read.
COMMAND_IN_TEXTS = "uv run invoke"


def format_command(words: str = "", program: str = "invoke") -> str:
    """Return a command as it can be typed here: ``uv run invoke grade lesson3``.

    Where the environment is active, it is ``invoke grade lesson3``, and where it was
    made without uv, ``.venv/bin/invoke grade lesson3``. If the package is installed, or
    the user has typed its program, it is ``grader grade lesson3``, or the same with the
    course's program.

    Args:
        words: the command's arguments, quoted if necessary.
        program: ``invoke``, or another program of the environment.
    """
    has_uv = is_copy() and uses_uv() and not _is_active(program)
    if program == "invoke" and (program := program_name()) != "invoke":
        # It can be typed where uv would find no project.
        here = Path.cwd()
        has_uv = has_uv and here.is_relative_to(project_folder())
    start = f"uv run {program}" if has_uv else _path_of_program(program)
    return f"{start} {words}".rstrip()


def program_name() -> str:
    """Return the name of the command that was run, or else the usual one here."""
    if is_program():
        return Path(sys.argv[0]).stem
    return "invoke" if is_copy() and _has_invoke() else own_program()


def _is_active(program: str) -> bool:
    """Return whether a program of this environment is found without ``uv run``."""
    path = shutil.which(program)
    is_here = path and Path(path).parent == Path(sys.executable).parent
    # `uv run` puts the environment on the path, for what it runs.
    return bool(is_here) and "UV_RUN_RECURSION_DEPTH" not in os.environ


def _course_here() -> Path:
    return find_nearest(Path.cwd())


def _has_invoke() -> bool:
    # uv installs it for a copy of the project; other ways to install the package don't.
    return importlib.util.find_spec("invoke") is not None


def own_program() -> str:
    """Return the program of the course that is installed here, or the grader's."""
    return next(filter(_is_installed, _declared_programs()), PROGRAM)


def learners_command(words: str) -> str:
    """Return a command as learners type it, wherever their course is set up.

    Unlike `format_command`, it names nothing of this machine.
    """
    if is_copy() and _course_here() == project_folder() and not is_program():
        return f"{COMMAND_IN_TEXTS} {words}"
    return f"{next(_declared_programs(), PROGRAM)} {words}"


def _declared_programs() -> Iterator[str]:
    """Yield the programs that learners type, as the settings of courses name them."""
    roots = [_course_here()]
    # A course from before there were settings, or a folder that becomes one.
    if not (roots[0] / settings.SETTINGS).is_file():
        roots += settings.find_installed_courses().values()
    yield from filter(None, (settings.read_settings(root).command for root in roots))


def is_program() -> bool:
    """Return whether this program was started by its own name, not by ``invoke``."""
    typed = Path(sys.argv[0]).stem
    return typed == PROGRAM or (typed != "invoke" and typed == own_program())


def _is_installed(program: str) -> bool:
    return shutil.which(program, path=str(Path(sys.executable).parent)) is not None


def install_command(extra: str = "") -> str:
    """Return the command that installs what is missing, or an extra of the package."""
    if not is_copy():
        package = f'"{PACKAGE}[{extra}]"' if extra else PACKAGE
        return f"{_python()} -m pip install {package}"
    if uses_uv():
        return f"uv sync --extra {extra}" if extra else "uv sync"
    # pip finds the grader of this copy only if it is named.
    here = _relative_to_here(project_folder())
    extras = ",".join(filter(None, ("keras", extra)))
    grader = f'"{here.strip(_QUOTES)}/grader[{extras}]"'
    return f"{_python()} -m pip install --editable {grader} --editable {here}"


def install_keras_command() -> str:
    """Return the command that installs Keras and TensorFlow."""
    return install_command("" if is_copy() else "keras")


def with_developer_tools(words: str) -> str:
    """Return a command together with the installation of the developers' tools."""
    if uses_uv():
        return f"uv run --group dev invoke {words}"
    # The pip of a new environment may be too old to know groups.
    pip = f"{_python()} -m pip install"
    return f"{pip} --upgrade pip, then {pip} --group dev, then {format_command(words)}"


def compile_command() -> str:
    """Return the command that compiles the installed packages."""
    if is_copy() and uses_uv():
        return "uv sync --compile-bytecode"
    return f"{_python()} -m compileall -q {_relative_to_here(Path(sys.prefix))}"


def uses_uv() -> bool:
    """Return whether uv made the running environment, and is still installed."""
    # `uv run` sets this variable for the programs it runs.
    if "UV_RUN_RECURSION_DEPTH" in os.environ:
        return True
    try:
        made_by = (Path(sys.prefix) / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return False
    is_its_own = any(line.startswith("uv =") for line in made_by.splitlines())
    return is_its_own and shutil.which("uv") is not None


def install_packages(requirements: Iterable[str]) -> str:
    """Return the command that installs a course's own packages."""
    program = "uv pip" if uses_uv() else f"{_python()} -m pip"
    return f"{program} install {shlex.join(requirements)}"


def _is_found(module: str) -> bool:
    """Return whether a library is installed.

    It is True for the course's own modules, and for what needs TensorFlow: whether
    TensorFlow can be used is decided elsewhere.
    """
    name = module.partition(".")[0]
    if name in NEED_TENSORFLOW or name in PARTS:
        return True
    return importlib.util.find_spec(name) is not None


def explain_unavailable(imports: Iterable[str], what: str = "This lesson") -> str:
    """Return why code with these imports can't run here; "" if it can."""
    if lacking := [one for one in imports if not _is_found(one)]:
        are, them = ("is", "it") if len(lacking) == 1 else ("are", "them")
        reason = f"{what} imports {', '.join(lacking)}, which {are} not installed."
        requires = settings.read_settings(_course_here()).requires
        how = install_packages(requires or lacking)
        return f"{reason} Install {them}:  {how}"
    if NEED_TENSORFLOW.isdisjoint(imports) or has_tensorflow():
        return ""
    needs = f"{what} builds its network with Keras, and Keras with TensorFlow"
    if has_tensorflow_build():
        how = install_keras_command()
        return f"{needs}, which is not installed. Install it:  {how}"
    if older := newest_python_with_tensorflow():
        here = f"Python {sys.version_info.major}.{sys.version_info.minor}"
        lacks = f"{needs}; and TensorFlow has no build for {here} yet"
        return f"{lacks}. {what} needs Python {older}. {change_python(older)}"
    return (
        f"{needs}; and TensorFlow has no build for {describe_platform()}. {what} needs "
        "another machine. To see which lessons work on this one:  "
        + format_command("doctor")
    )


def explain_missing_docstrings() -> str:
    """Return why nothing can be graded in a Python without docstrings; "" if it can."""
    if sys.flags.optimize < 2:
        return ""
    return (
        "The grader needs docstrings, which contain the sentences of its checks, and "
        "with -OO Python leaves them out. Unset PYTHONOPTIMIZE, or leave out -OO."
    )


def has_tensorflow() -> bool:
    """Return whether TensorFlow is installed."""
    return importlib.util.find_spec("tensorflow") is not None


def newest_python_with_tensorflow() -> str:
    """Return the newest Python for which TensorFlow has a build here, as in ``3.13``.

    Returns:
        "" if this Python has one, or if no Python has one on this kind of machine.
    """
    if _has_build({}):
        return ""
    older = (f"3.{minor}" for minor in range(sys.version_info.minor - 1, 10, -1))
    return next((one for one in older if _has_build({"python_version": one})), "")


def change_python(version: str) -> str:
    """Return a sentence that says how to work with this version of Python."""
    if is_copy() and uses_uv():
        return f"Install it:  uv sync --python {version}"
    return "Make a new environment with it, and install the course there."


def has_tensorflow_build(environment: Mapping[str, str] | None = None) -> bool:
    """Return whether TensorFlow has a build for this machine.

    The extra ``keras`` of the package requires it where one exists.

    Args:
        environment: values of environment markers instead of this machine's.

    Raises:
        GraderError: the package's metadata has no requirements.
    """
    return _has_build(environment or {})


def _has_build(environment: Mapping[str, str]) -> bool:
    # Imported here: few commands need it, and the others start faster without it.
    import importlib.metadata

    from packaging.requirements import Requirement

    needed = importlib.metadata.requires(PACKAGE)
    if not needed:
        raise GraderError(
            f"{PACKAGE} is not installed whole. Run:  {install_command()}"
        )
    stated = map(Requirement, needed)
    around = {**environment, "extra": "keras"}
    return any(
        one.marker is None or one.marker.evaluate(around)
        for one in stated
        if one.name.startswith("tensorflow")
    )


def describe_platform() -> str:
    """Return the kind of machine this is, in words."""
    # Imported here: few commands need it, and the others start faster without it.
    import platform

    kind = sys.platform, platform.machine().lower()
    return _NAMES.get(kind, f"{platform.system()} on {platform.machine()}")


def _path_of_program(program: str) -> str:
    """Return how to call a program of this environment: by its name or its path."""
    folder = Path(sys.executable).parent
    found = shutil.which(program)
    if found and Path(found).parent == folder:
        return program
    if _is_installed(program):
        return _relative_to_here(folder / program)
    return f"{_python()} -m {program}"


def _python() -> str:
    """Return how to call this environment's Python, whatever is on the path."""
    return _relative_to_here(Path(sys.executable))


def _relative_to_here(path: Path) -> str:
    """Return a path as a user would type it in the current folder."""
    here = Path.cwd()
    shown = str(path.relative_to(here) if path.is_relative_to(here) else path)
    if os.name == "nt":
        return f'"{shown}"' if " " in shown else shown
    return shlex.quote(shown)
