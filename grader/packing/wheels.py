"""wheels: find and download the wheels that a laptop needs.

uv resolves for a platform other than this one; pip downloads exactly what was resolved.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import zipfile
from pathlib import Path

import msgspec

from grader.course_folder import PROJECT, is_copy
from grader.errors import GraderError, Misuse
from grader.installation import PACKAGE

# An installer writes these beside the files of a wheel.
_OF_AN_INSTALLATION = (
    "RECORD",
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_cache.json",
)
# An editable install of the project needs these when it can't download anything.
BUILD_TOOLS = ("hatchling", "editables")
PYTHONS = ("3.11", "3.12", "3.13")


class Platform(msgspec.Struct, frozen=True):
    """A kind of laptop.

    Attributes:
        name: the name that people type, and that the set-up script works out for a
            laptop.
        resolver: its name in uv.
        tags: the platform tags of the wheels that run there.
        pythons: the versions of Python that every package has wheels for there.
    """

    name: str
    resolver: str
    tags: tuple[str, ...]
    pythons: tuple[str, ...] = PYTHONS


def _linux(machine: str) -> tuple[str, ...]:
    # pip takes only the tags that are named, and wheels for older glibc versions have
    # others.
    versions = ("2014", *(f"_2_{minor}" for minor in range(17, 29)))
    return tuple(f"manylinux{version}_{machine}" for version in versions)


PLATFORMS = {
    platform.name: platform
    for platform in (
        Platform("linux-x86_64", "x86_64-manylinux_2_28", _linux("x86_64")),
        Platform("linux-arm64", "aarch64-manylinux_2_28", _linux("aarch64")),
        Platform("macos-arm64", "aarch64-apple-darwin", ("macosx_13_0_arm64",)),
        Platform("macos-x86_64", "x86_64-apple-darwin", ("macosx_13_0_x86_64",)),
        Platform("windows-x86_64", "x86_64-pc-windows-msvc", ("win_amd64",)),
        Platform(
            "windows-arm64",
            "aarch64-pc-windows-msvc",
            ("win_arm64",),
            ("3.12", "3.13"),
        ),
    )
}


def platform_named(name: str) -> Platform:
    """Return the platform with this name.

    Raises:
        Misuse: if there is none.
    """
    if name not in PLATFORMS:
        raise Misuse(
            f"There is no platform {name!r}. The platforms are {', '.join(PLATFORMS)}."
        )
    return PLATFORMS[name]


def requirements(root: Path, platform: Platform, python: str) -> str:
    """Return the packages that the project needs there, as lines of ``name==version``.

    Raises:
        GraderError: if they can't be resolved.
    """
    tools = "\n".join(BUILD_TOOLS)
    command = ["pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--only-binary", ":all:", "--python-platform", platform.resolver]
    command += ["--python-version", python, "pyproject.toml", "--group", "invoke", "-"]
    # The pack contains the grader itself, as source, like the course.
    command += ["--no-emit-package", PACKAGE]
    return _uv(command, root, f"resolve the packages for {platform.name}", tools)


def requirements_of_grader(
    extra: str, platform: Platform, python: str, store: Path
) -> str:
    """Return the packages that the grader needs, and put its own wheel into a folder.

    Raises:
        GraderError: if they can't be resolved.
    """
    write_grader(store)
    wanted = f"{PACKAGE}[{extra}]" if extra else PACKAGE
    command = ["pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--only-binary", ":all:", "--python-platform", platform.resolver]
    command += ["--python-version", python, "--find-links", str(store), "-"]
    command += ["--no-emit-package", PACKAGE, "--no-emit-find-links"]
    aim = f"resolve the packages for {platform.name}"
    return _uv(command, store, aim, f"{wanted}=={_version()}")


def write_grader(store: Path) -> None:
    """Write the grader's wheel into a folder: from its source, or what is installed.

    Raises:
        GraderError: if it can't be built.
    """
    if is_copy():
        command = ["build", "--quiet", "--wheel", "--out-dir", str(store)]
        _uv([*command, str(PROJECT / "grader")], PROJECT, "build the grader")
        return
    installed = importlib.metadata.distribution(PACKAGE)
    name = f"{PACKAGE.replace('-', '_')}-{_version()}"
    own = ("grader/", f"{name}.dist-info/")
    members = [
        path
        for path in installed.files or ()
        if str(path).startswith(own)
        and path.suffix != ".pyc"
        and path.name not in _OF_AN_INSTALLATION
    ]
    with zipfile.ZipFile(store / f"{name}-py3-none-any.whl", "w") as wheel:
        for path in members:
            wheel.write(str(path.locate()), str(path))
        record = "".join(f"{path},,\n" for path in members)
        wheel.writestr(f"{name}.dist-info/RECORD", record)


def pinned_grader() -> str:
    """Return the grader as a line of a list of packages."""
    return f"{PACKAGE}=={_version()}"


def _version() -> str:
    return importlib.metadata.version(PACKAGE)


def download(
    pinned: Path, platform: Platform, python: str, folder: Path, root: Path
) -> None:
    """Put the wheels of a list of pinned packages into a folder.

    Raises:
        GraderError: if one of them can't be downloaded.
    """
    command = ["tool", "run", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary=:all:"]
    command += ["--implementation=cp", f"--python-version={python}"]
    command += [f"--platform={tag}" for tag in platform.tags]
    command += ["--requirement", str(pinned), "--dest", str(folder)]
    _uv(command, root, f"download the wheels for {platform.name}")


def _uv(arguments: list[str], root: Path, aim: str, given: str = "") -> str:
    uv = shutil.which("uv")
    if uv is None:
        raise GraderError(f"To {aim}, uv is needed. Install it: pip install uv")
    done = subprocess.run(
        [uv, *arguments], cwd=root, input=given, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = done.stderr.strip()[-1500:]
        raise GraderError(f"uv could not {aim}. It says:\n{said}")
    return done.stdout
