"""isolation: what a worker may not do, enforced before it reads the attempt.

The worker confines itself while it still runs the grader's own code: resource limits,
no privileges, Landlock, and a system call filter. Around it, bubblewrap confines the
process that starts workers. Each layer is used if the platform has it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
import site
import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import msgspec

from grader.common.errors import SandboxError
from grader.course.course_folder import PARTS
from grader.course.settings import find_declared_courses
from grader.sandbox.isolation import syscalls
from grader.sandbox.isolation.policy import Limits

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# This folder exists in every bubblewrap sandbox, which has its own /dev.
OUTER_SCRATCH = "/dev/scratch"

# Numbers from the kernel's prctl.h and capability.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
# Windows imports this module too, and its `signal` has no SIGKILL.
_SIGKILL = 9

# What an interpreter needs to keep importing: not home, not the project, not /proc.
_READABLE_SYSTEM = (
    "/usr/lib",
    "/usr/lib64",
    "/lib",
    "/lib64",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
)
# TensorFlow reads it when it builds its first model, and aborts if it can't.
_OWN_COMMAND_LINE = "/proc/self/cmdline"


class SandboxLayers(msgspec.Struct, frozen=True):
    """The sandbox layers that a worker can put around itself.

    Attributes:
        landlock: the version of Landlock's interface, 0 if there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: int
    has_filter: bool
    has_limits: bool

    def apply(self, scratch: Path, limits: Limits) -> None:
        """Confine this process for good. It may read libraries and write `scratch`.

        Raises:
            SandboxError: a layer that the platform has can't be applied.
        """
        # The order matters. Landlock forbids reading what the limits are computed from.
        # The kernel takes a filter from an unprivileged process only after
        # no_new_privs. And the filter forbids the calls that the others need.
        if self.has_limits:
            limit_resources(limits)
        if sys.platform != "linux":
            return
        try:
            refuse_privileges()
            drop_capabilities()
            if self.landlock:
                restrict_files(scratch)
            if self.has_filter:
                syscalls.restrict()
        except OSError as error:
            raise SandboxError(f"A worker could not be confined: {error}.") from error


def find_layers() -> SandboxLayers:
    """Return which layers the platform has; this confines nothing yet."""
    # Imported where a process confines itself; the judge doesn't.
    from grader.sandbox.isolation import landlock

    readable_paths()  # once for all workers that are forked from this process
    return SandboxLayers(
        landlock.find_version(), syscalls.is_possible(), resource is not None
    )


def restrict_files(scratch: Path) -> None:
    """Use Landlock: allow libraries and `scratch`; forbid TCP and signals to others."""
    from grader.sandbox.isolation import landlock
    from grader.sandbox.isolation.landlock import Access

    read = Access.READ_FILE
    visit = read | Access.READ_DIR | Access.EXECUTE
    # A scratch folder needs no sockets or devices.
    write = visit | Access.WRITE_FILE | Access.TRUNCATE | Access.REFER
    write |= Access.MAKE_REG | Access.MAKE_DIR | Access.MAKE_SYM
    write |= Access.REMOVE_FILE | Access.REMOVE_DIR
    handled = landlock.known_rights(landlock.find_version())
    with landlock.Ruleset(handled) as ruleset:
        readable = readable_paths()
        for path in readable.whole:
            ruleset.allow(path, visit if path.is_dir() else read)
        for path in readable.listed:
            ruleset.allow(path, Access.READ_DIR)
        # Never /dev/zero: as a shared mapping it is memory that no limit counts.
        ruleset.allow("/dev/null", read | Access.WRITE_FILE)
        if Path(_OWN_COMMAND_LINE).exists():
            ruleset.allow(_OWN_COMMAND_LINE, read)
            # Keep it open: the kernel may drop this entry, and the rule with it.
            os.open(_OWN_COMMAND_LINE, os.O_PATH)
        ruleset.allow(scratch, write)
        ruleset.restrict()


class ReadablePaths(msgspec.Struct, frozen=True):
    """The paths that a confined worker may read, without links in them.

    Attributes:
        whole: files, and folders that it may read with everything in them.
        listed: folders in and below which it may only list names.
    """

    whole: frozenset[Path]
    listed: frozenset[Path]


@functools.cache
def readable_paths() -> ReadablePaths:
    """Return what a confined worker may read: libraries, but no course among them."""
    # `sysconfig` has the same paths, but takes as long as confining two workers.
    libraries = {str(Path(os.__file__).parent), *site.getsitepackages()}
    libraries.add(str(Path(sys.base_prefix) / "lib"))
    names = sorted(libraries | set(_READABLE_SYSTEM))
    return _leave_out(find_packaged_courses(), map(Path, names))


def _leave_out(folders: Collection[Path], paths: Iterable[Path]) -> ReadablePaths:
    """Return paths with their links resolved, without these folders.

    Landlock can only allow, so what contains such a folder is allowed entry by entry.
    """
    whole: set[Path] = set()
    listed: set[Path] = set()
    left = [path.resolve() for path in paths]
    while left:
        path = left.pop()
        if any(path.is_relative_to(folder) for folder in folders):
            continue
        if not any(folder.is_relative_to(path) for folder in folders):
            whole.add(path)
        elif path not in listed:
            listed.add(path)
            left += (entry.resolve() for entry in path.iterdir())
    exist = frozenset(path for path in whole if path.exists())
    return ReadablePaths(exist, frozenset(listed))


def close_folders(folders: Iterable[Path]) -> None:
    """Use Landlock so that this process can't open any file in these folders.

    It can still do everything else, except read a file that is created later directly
    in a folder that contains one of them. Without Landlock, nothing is closed.

    Raises:
        OSError: the system refuses it.
    """
    from grader.sandbox.isolation import landlock

    closed = {folder.resolve() for folder in folders if folder.is_dir()}
    if not closed or not landlock.find_version():
        return
    refuse_privileges()
    only = landlock.Access.READ_FILE
    with landlock.Ruleset(landlock.Rights(only)) as ruleset:
        for path in _leave_out(closed, (Path("/"),)).whole:
            # Others may remove files at the same time.
            with contextlib.suppress(FileNotFoundError):
                ruleset.allow(path, only)
        ruleset.restrict()


def package_folders() -> tuple[Path, ...]:
    """Return the readable folders into which packages are installed.

    They are those of this environment, of the interpreter that it was made from, and of
    the system.
    """
    folders = {Path(name) for name in site.getsitepackages()}
    for library in (Path(sys.base_prefix) / "lib", *map(Path, _READABLE_SYSTEM)):
        folders.update(library.glob("python*/*-packages"))
    return tuple(sorted({path.resolve() for path in folders if path.is_dir()}))


@functools.cache
def find_packaged_courses() -> frozenset[Path]:
    """Return the courses, and parts of courses, that came with installed packages."""
    folders = package_folders()
    declared = (course for _, course in find_declared_courses(map(str, folders)))
    return frozenset((*declared, *_find_courses_in(folders)))


def _find_courses_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        with os.scandir(folder) as entries:
            packages = [Path(entry) for entry in entries if entry.is_dir()]
        for package in packages:
            if package.suffix == ".dist-info":
                continue  # half of them are
            has_parts = any((package / part).is_dir() for part in PARTS)
            if has_parts or package.name in PARTS:
                yield package.resolve()


def limit_resources(limits: Limits) -> None:
    """Limit CPU time, memory as data, file sizes and open files; allow no core dumps.

    The memory limit is added to what the process already has. RLIMIT_AS can't be used,
    because TensorFlow reserves large address ranges that it never uses.
    """
    data_bytes = _data_bytes() + (limits.memory_mb << 20)
    cpu_s = int(limits.total_cpu_s)
    _limit(resource.RLIMIT_DATA, data_bytes, data_bytes)
    # The soft limit sends a signal that says why; the hard limit always kills.
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 5)
    _limit(resource.RLIMIT_FSIZE, limits.file_mb << 20, limits.file_mb << 20)
    _limit(resource.RLIMIT_NOFILE, limits.open_files, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0, 0)


def _limit(kind: int, soft: int, hard: int) -> None:
    # A request above the account's own limit would be refused, and nothing limited.
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    # macOS refuses some of these limits; the others still apply.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, hard))


def _data_bytes() -> int:
    """Return the bytes that RLIMIT_DATA counts for this process now."""
    with contextlib.suppress(OSError), Path("/proc/self/status").open() as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return 0


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up root's capabilities if this process has them; it still owns its files.

    Raises:
        OSError: the system refuses it.
    """
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable, each in two 32-bit words: all empty.
    nothing = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), ctypes.byref(nothing)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def refuse_privileges() -> None:
    """Prevent this process's programs from gaining privileges; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Have this process killed when the one that forked it ends; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of the processes that a worker leaves behind; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def bubblewrap(scratch_mb: int) -> list[str]:
    """Return the prefix that runs a command in bubblewrap; [] if there is none."""
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        return []
    return [
        program,
        *("--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/"),
        *("--proc", "/proc", "--dev", "/dev"),
        # The size applies to the next tmpfs. /dev itself is a tmpfs without a bound, so
        # it becomes read-only afterwards; the mount inside it stays writable.
        *("--size", str(scratch_mb << 20), "--tmpfs", OUTER_SCRATCH),
        *("--remount-ro", "/dev", "--chdir", OUTER_SCRATCH, "--"),
    ]


def scratch_environment(scratch: Path) -> dict[str, str]:
    """Return the variables that send every library's files into the scratch folder."""
    names = ("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR", "KERAS_HOME")
    return dict.fromkeys((*names, "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(scratch))


def clean_environment(trains: bool = False) -> dict[str, str]:
    """Return the environment of processes that start workers: few threads, no secrets.

    Args:
        trains: whether attempts train with TensorFlow.
    """
    # With the last one, people avoid a fault of OpenBLAS on their processor.
    passed_on = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "OPENBLAS_CORETYPE")
    environment = {name: os.environ[name] for name in passed_on if name in os.environ}
    # One thread each: a process that has threads after its imports can't fork safely.
    return environment | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # With oneDNN, TensorFlow searches all its kernels at the first use of each: a
        # worker that builds a network takes 0.19 s instead of 0.12 s. In training,
        # oneDNN is faster on some processors: a fit takes 5.5 s instead of 8.9 s.
        "TF_ENABLE_ONEDNN_OPTS": "1" if trains else "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "agg",
    }
