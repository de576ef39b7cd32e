"""set_up: make a laptop ready for the lessons without a network.

Run it with the Python of that laptop, either as the archive itself,
``python statistics.zip``, or in the unpacked folder, ``python set_up.py``.
It runs before anything is installed, so it imports only the standard library.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

_SYSTEMS = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}
_MACHINES = {
    "amd64": "x86_64",
    "x86_64": "x86_64",
    "aarch64": "arm64",
    "arm64": "arm64",
}


def say(text: str) -> None:
    """Print a text for the person at the keyboard."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def this_laptop() -> str:
    """Return the pack's name for this machine, such as ``linux-x86_64-py3.12``."""
    system = _SYSTEMS.get(platform.system(), platform.system().lower())
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    # 32-bit builds of Python also run on these machines, but need other wheels.
    if sys.maxsize < 2**32:
        machine = "32bit"
    # A free-threaded build needs its own wheels.
    build = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{system}-{machine}-py{sys.version_info[0]}.{sys.version_info[1]}{build}"


def unpack(archive: Path, into: Path) -> Path:
    """Unpack the archive and return the project's folder; keep existing files."""
    with zipfile.ZipFile(archive) as pack:
        refuse_unknown(this_laptop(), pack.namelist())
        names = [name for name in pack.namelist() if name != "__main__.py"]
        folder = into / names[0].partition("/")[0]
        if folder.exists():
            raise SystemExit(
                f"The folder {folder} is there already, and nothing was changed.\n"
                f"To set it up again: python {folder / 'set_up.py'}"
            )
        say(f"Unpacking {len(names)} files to {folder}")
        pack.extractall(into, members=names)
    return folder


def refuse_unknown(laptop: str, names: Iterable[str]) -> None:
    """Exit if none of these lists of packages, by file name, is for this laptop."""
    lists = [Path(name) for name in names if "/pack/requirements/" in f"/{name}"]
    held = sorted(path.stem for path in lists if path.suffix == ".txt")
    if laptop in held:
        return
    version = laptop.rpartition("-py")[2]
    raise SystemExit(
        f"This pack has no packages for {laptop}. It has them for: {', '.join(held)}.\n"
        f"This is Python {version}, {sys.executable}. Run it with another Python, "
        "or ask for a pack for this laptop. Nothing was unpacked or installed."
    )


def requirements_for(folder: Path, laptop: str) -> Path:
    """Return the list of packages for this laptop."""
    lists = folder / "pack" / "requirements"
    refuse_unknown(laptop, (p.relative_to(folder).as_posix() for p in lists.glob("*")))
    return lists / f"{laptop}.txt"


def install(folder: Path, requirements: Path) -> Path:
    """Make the environment, install into it, and return its programs' folder."""
    say("Making an environment (a few seconds)")
    home = folder / ".venv"
    try:
        venv.create(home, with_pip=True, clear=True)
    except (ImportError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            f"This Python cannot make an environment ({error}).\n"
            "On Debian and Ubuntu install python3-venv, then run this again."
        ) from error
    programs = home / ("Scripts" if os.name == "nt" else "bin")
    python = programs / ("python.exe" if os.name == "nt" else "python")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-index"]
    pip.append("--disable-pip-version-check")
    wheels = ["--find-links", str(folder / "pack" / "wheels")]
    say("Installing the packages (a few minutes, no network)")
    run([*pip, *wheels, "--requirement", str(requirements)])
    # A project is installed as it is; a course needs only what was just installed.
    for project in (folder / "grader", folder):
        if (project / "pyproject.toml").is_file():
            editable = ["--no-deps", "--no-build-isolation", "--editable"]
            run([*pip, *editable, str(project)])
    return programs


def run(command: list[str]) -> None:
    """Run a command; exit if it fails."""
    if subprocess.run(command).returncode != 0:
        raise SystemExit("The installation stopped; the reason is above.")


def main() -> None:
    """Set up the folder of this script, or the archive that it is run from."""
    here = Path(sys.argv[0]).resolve()
    laptop = this_laptop()
    is_archive = here.is_file() and zipfile.is_zipfile(here)
    folder = unpack(here, Path.cwd()) if is_archive else here.parent
    programs = install(folder, requirements_for(folder, laptop))
    program = "invoke" if (folder / "pyproject.toml").is_file() else "grader"
    say(f"Ready. Now type:\n  cd {folder}\n  {programs / program}")


if __name__ == "__main__":
    main()
