"""unchanged: what must not change if a process is to grade again.

A process that stays has read the grader, the lessons and the libraries some time ago,
and runs with the rights of the command that started it.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.course import SETTINGS
from grader.course_folder import PARTS, PROJECT

# The variables that programs and libraries read, and the lines of /proc/self/status
# that describe a process's rights.
_VARIABLES = (
    *("PATH", "HOME", "TMP", "TEMP", "LANG", "LC_", "PYTHON", "VIRTUAL_ENV", "UV_"),
    *("XDG_", "GRADER_", "KERAS", "TF_", "OMP_", "OPENBLAS_", "MKL_", "CUDA_", "LD_"),
)
_RIGHTS = (
    *("Umask", "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd"),
    *("CapAmb", "NoNewPrivs", "Seccomp", "Cpus_allowed_list"),
)
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
Stamp = tuple[str, int, int, int, int]


def describe_process(pid: int) -> str:
    """Return, on Linux, everything a process inherited that could change a grading.

    Raises:
        OSError: if it has ended, or has more rights than this one.
    """
    at = Path(f"/proc/{pid}")
    status = (at / "status").read_text("utf-8", "replace").splitlines()
    variables = read_variables(pid).items()
    lines = [str((at / "exe").readlink()), (at / "limits").read_text()]
    lines += [f"{n}={v}" for n, v in variables if n.startswith(_VARIABLES)]
    lines += [line for line in status if line.partition(":")[0] in _RIGHTS]
    lines += [str((at / "ns" / name).readlink()) for name in _NAMESPACES]
    lines.append(str(os.getpriority(os.PRIO_PROCESS, pid)))
    return "\n".join(sorted(lines))


def read_variables(pid: int) -> dict[str, str]:
    """Return the environment variables that a process was started with.

    Raises:
        OSError: if it has ended, or has more rights than this one.
    """
    content = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes())
    pairs = (one.partition("=") for one in content.split("\0") if "=" in one)
    return {name: value for name, _, value in pairs}


def list_installed() -> tuple[Stamp, ...]:
    """Return stamps of the environment, which change with its packages."""
    # Each version has a folder there, so an installation changes the parent folder.
    packages = [path for path in sys.path if path.endswith("-packages")]
    own = [sys.executable, os.path.realpath(sys.executable), PROJECT / "uv.lock"]
    own.append(Path(sys.prefix) / "pyvenv.cfg")
    return tuple(_stamps(map(str, (*packages, *own))))


def list_files(root: Path) -> tuple[Stamp, ...]:
    """Return a stamp of each file of the grader and of a course's lessons."""
    folders = {Path(__file__).parents[1], *(root / part for part in PARTS)}
    own = str(root / SETTINGS)
    return tuple(_stamps(itertools.chain([own], _files(sorted(folders)))))


def _files(folders: list[Path]) -> Iterator[str]:
    for top in folders:
        for folder, inside, names in os.walk(top):
            # Python writes there whenever it imports something.
            inside[:] = [name for name in inside if name != "__pycache__"]
            yield from (f"{folder}/{name}" for name in names)


def _stamps(paths: Iterator[str]) -> Iterator[Stamp]:
    for path in paths:
        try:
            at = Path(path).stat()
        except OSError:
            yield path, 0, 0, 0, 0
        else:
            yield path, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns
