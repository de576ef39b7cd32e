"""isolation: what a worker may not do, made certain before it reads the attempt.

The worker confines itself while it still runs the grader's own code: resource limits,
no privileges, Landlock, and a system call filter. Outside it, bubblewrap confines the
process that starts workers. Each layer is used where the platform has it.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
import site
import sys
from pathlib import Path

import msgspec

from grader.errors import SandboxError
from grader.sandbox.isolation import syscalls
from grader.sandbox.isolation.policy import Limits

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# A folder that exists in every bubblewrap: /dev is its own there.
OUTER_SCRATCH = "/dev/scratch"

# As the kernel's prctl.h and capability.h number them.
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
# Windows imports this module too, and its `signal` has no such name.
_SIGKILL = 9

# What an interpreter needs to go on importing: not home, not the project, not /proc.
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
# TensorFlow reads it when it builds its first model, and aborts when it cannot.
_OWN_COMMAND_LINE = "/proc/self/cmdline"


class SandboxLayers(msgspec.Struct, frozen=True):
    """The sandbox layers that a worker can put around itself.

    Attributes:
        landlock: the version of Landlock's interface, 0 when there is none.
        has_filter: whether system calls can be filtered.
        has_limits: whether the platform limits resources.
    """

    landlock: int
    has_filter: bool
    has_limits: bool

    def apply(self, scratch: Path, limits: Limits) -> None:
        """Confine this process, for good. It may read libraries and write `scratch`.

        Raises:
            SandboxError: a layer that the platform has can't be applied.
        """
        # In this order: Landlock forbids to read what the limits are set by, the kernel
        # takes a filter from a user only after privileges are refused, and the filter
        # forbids the calls that the others are made with.
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
    """Ask the platform which layers it has; nothing is confined yet."""
    readable_paths()  # once for all workers that are forked from this process
    return SandboxLayers(
        landlock_version(), syscalls.is_possible(), resource is not None
    )


def landlock_version() -> int:
    """Return the version of Landlock's interface on this machine; 0 when there is
    none.
    """
    if sys.platform != "linux":
        return 0
    try:
        import landlockpy
    except ImportError:
        return 0
    version: int = landlockpy.abi_version()
    return version


def restrict_files(scratch: Path) -> None:
    """Have Landlock refuse files but libraries and `scratch`, TCP, and signals out."""
    from landlockpy import AccessFS, Ruleset, Scope

    read = AccessFS.READ_FILE
    visit = read | AccessFS.READ_DIR | AccessFS.EXECUTE
    # Sockets and devices are nobody's business in a scratch folder.
    write = visit | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.REFER
    write |= AccessFS.MAKE_REG | AccessFS.MAKE_DIR | AccessFS.MAKE_SYM
    write |= AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as ruleset:
        for path in readable_paths():
            ruleset.allow_path(path, visit if path.is_dir() else read)
        # Never /dev/zero: as a shared mapping it is memory that no limit counts.
        ruleset.allow_path("/dev/null", read | AccessFS.WRITE_FILE)
        if Path(_OWN_COMMAND_LINE).exists():
            ruleset.allow_path(_OWN_COMMAND_LINE, read)
            # Kept open: the kernel may else forget this entry, and the rule with it.
            os.open(_OWN_COMMAND_LINE, os.O_PATH)
        ruleset.allow_path(scratch, write)
        ruleset.restrict()


@functools.cache
def readable_paths() -> tuple[Path, ...]:
    """Return the files and folders that a confined worker may read."""
    # `sysconfig` would tell the same, and takes as long as to confine two workers.
    libraries = {str(Path(os.__file__).parent), *site.getsitepackages()}
    libraries.add(str(Path(sys.base_prefix) / "lib"))
    paths = map(Path, sorted(libraries | set(_READABLE_SYSTEM)))
    return tuple(path for path in paths if path.exists())


def limit_resources(limits: Limits) -> None:
    """Bound CPU time, memory as data, the size of files and their number; no core file.

    Memory is counted above what the process has already. Never RLIMIT_AS: TensorFlow
    reserves large ranges of addresses that it does not use.
    """
    data_bytes = _data_bytes() + (limits.memory_mb << 20)
    cpu_s = int(limits.total_cpu_s)
    _limit(resource.RLIMIT_DATA, data_bytes, data_bytes)
    # The first ends with a signal that says why; the second ends whoever ignores it.
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 5)
    _limit(resource.RLIMIT_FSIZE, limits.file_mb << 20, limits.file_mb << 20)
    _limit(resource.RLIMIT_NOFILE, limits.open_files, limits.open_files)
    _limit(resource.RLIMIT_CORE, 0, 0)


def _limit(kind: int, soft: int, hard: int) -> None:
    # Where the account has less, more would be refused, and nothing be limited.
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    # macOS refuses some of these; the others still hold.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (soft, hard))


def _data_bytes() -> int:
    """Return what RLIMIT_DATA counts of this process now."""
    with contextlib.suppress(OSError), Path("/proc/self/status").open() as status:
        for line in status:
            if line.startswith("VmData:"):
                return int(line.split()[1]) << 10
    return 0


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def drop_capabilities() -> None:
    """Give up the powers of root, should this be root; it stays the owner of files.

    Raises:
        OSError: the system refuses it.
    """
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted and inheritable, each in two words of 32: all empty.
    nothing = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), ctypes.byref(nothing)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def refuse_privileges() -> None:
    """Let no program that this process starts have more than it has; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def outlive_parent() -> None:
    """Go on when the process that forked this one ends, after `die_with_parent`."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, 0)


def adopt_orphans() -> None:
    """Become the parent of whatever a worker leaves behind; on Linux."""
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")


def bubblewrap(scratch_mb: int) -> list[str]:
    """Return the command line that runs a command in bubblewrap; empty where there is
    none.
    """
    program = shutil.which("bwrap") if sys.platform == "linux" else None
    if program is None:
        return []
    return [
        program,
        *("--unshare-all", "--cap-drop", "ALL", "--ro-bind", "/", "/"),
        *("--proc", "/proc", "--dev", "/dev"),
        # The size is that of the next tmpfs. /dev itself is one without a bound, so it
        # is read-only after that; what is mounted inside of it is not.
        *("--size", str(scratch_mb << 20), "--tmpfs", OUTER_SCRATCH),
        *("--remount-ro", "/dev", "--chdir", OUTER_SCRATCH, "--"),
    ]


def scratch_environment(scratch: Path) -> dict[str, str]:
    """Return the variables that send every library's files into the scratch folder."""
    names = ("HOME", "TMPDIR", "TEMP", "TMP", "MPLCONFIGDIR", "KERAS_HOME")
    return dict.fromkeys((*names, "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(scratch))


def clean_environment(trains: bool = False) -> dict[str, str]:
    """Return the environment of whatever starts workers: threads bounded, no secrets.

    Args:
        trains: whether attempts train with TensorFlow.
    """
    kept = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    # One thread each: what has threads when it is imported cannot be forked safely.
    return environment | {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "TF_NUM_INTRAOP_THREADS": "1",
        "TF_NUM_INTEROP_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # With oneDNN, TensorFlow searches all its kernels at every first use of one: a
        # worker of lesson 7 takes 0.19 s instead of 0.12 s. Training, it is faster on
        # some processors: lesson 8's fit takes 5.5 s instead of 8.9 s.
        "TF_ENABLE_ONEDNN_OPTS": "1" if trains else "0",
        "CUDA_VISIBLE_DEVICES": "-1",
        "KERAS_BACKEND": "tensorflow",
        "MPLBACKEND": "agg",
    }
