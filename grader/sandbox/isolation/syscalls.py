"""syscalls: a filter that the kernel applies to every system call of a worker.

This layer binds even root. It forbids new processes and other programs, sockets that
lead anywhere, memory that the memory limit can't see, and inspecting or signalling
other processes. It also forbids operations on files that Landlock doesn't control:
their modes, owners, times, attributes and locks. Threads and everything else that
NumPy, SymPy and TensorFlow do still work.

The filter is classic BPF: a list of instructions that look at the number of the call
and at its arguments.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4

# The number of each call on x86-64 and on aarch64; -1 if it doesn't exist there.
DENIED = {
    "fork": (57, -1),
    "vfork": (58, -1),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    # A pair of sockets is allowed; it mustn't be connected to anything else.
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "setsockopt": (54, 208),
    # These can pass descriptors. Python's own send and recv are sendto and recvfrom.
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "recvmsg": (47, 212),
    "recvmmsg": (299, 243),
    # The whole system shares one bound on these contexts.
    "io_setup": (206, 0),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "kcmp": (312, 272),
    # Memory that the limit on data doesn't count, and objects that outlive the process.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # Requests through its ring bypass the filter.
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "fsopen": (430, 430),
    "open_tree": (428, 428),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "fanotify_init": (300, 262),
    # These can name any process of the account, even the one that starts workers.
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    # Landlock doesn't control owners, attributes and notifications of files.
    "chown": (92, -1),
    "fchown": (93, 55),
    "lchown": (94, -1),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_init": (253, -1),
    "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27),
    # Rules take kernel memory, and their number is unlimited.
    "landlock_add_rule": (445, 445),
    # Early versions of Landlock don't control it. Open files can still be truncated.
    "truncate": (76, 45),
}
# Calls that do nothing and report success: libraries use them when they copy files, and
# give up if they fail.
IGNORED = {
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    # HDF5 locks its files. Only this worker has them, and libraries mustn't be locked.
    "flock": (73, 32),
}
# Libraries have a fallback: glibc writes zeros, which takes time and is measured.
UNSUPPORTED = {
    "fallocate": (285, 47),
}
# Calls whose first argument is a process, which may only be the worker itself; and
# whether 0 also means the worker. For kill, 0 means the whole group.
ON_A_PROCESS = {
    "kill": ((62, 129), False),
    "tgkill": ((234, 131), False),
    "prlimit64": ((302, 261), True),
    "sched_setaffinity": ((203, 122), True),
}
# Calls that return at once for some values of one argument: the index of the argument,
# and the error number for each value, 0 for success.
ANSWERED_FOR: dict[str, tuple[tuple[int, int], int, dict[int, int]]] = {
    # It mustn't outlive its starter, nor hide from it which files it has open.
    "prctl": (
        (157, 167),
        0,
        dict.fromkeys((_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE), errno.EPERM),
    ),
    "fcntl": (
        (72, 25),
        1,
        # F_SETOWN, F_SETSIG and F_SETOWN_EX can have a file signal any process.
        # F_SETLEASE keeps others from a file, F_NOTIFY watches a folder, and
        # F_SETPIPE_SZ enlarges a pipe.
        dict.fromkeys((8, 10, 15, 1024, 1026, 1031), errno.EPERM)
        # Locks on parts of files, which SQLite takes: F_SETLK, F_SETLKW, F_OFD_SETLK,
        # F_OFD_SETLKW. They take kernel memory, and nobody else uses these files.
        | dict.fromkeys((6, 7, 37, 38), 0),
    ),
    # The same for sockets, and typing into a terminal: FIOSETOWN, SIOCSPGRP, TIOCSTI;
    # attributes of files: FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR.
    "ioctl": (
        (16, 29),
        1,
        dict.fromkeys(
            (0x8901, 0x8902, 0x5412, 0x40086602, 0x40046602, 0x401C5820), errno.EPERM
        ),
    ),
}
SOCKETPAIR = (53, 199)
SENDTO = (44, 206)
CLONE = (56, 220)
CLONE3 = (435, 435)
MMAP = (9, 222)


# Numbers from the kernel's prctl.h, seccomp.h, filter.h, sched.h, mman.h and audit.h.
_PR_GET_SECCOMP, _PR_SET_SECCOMP = 21, 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERROR = 0x00050000

# Offsets into struct seccomp_data. Arguments are 64 bits; their low half comes first.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT = 0x15, 0x35, 0x45

_CLONE_THREAD = 0x00010000
_SHARED_AND_ANONYMOUS = 0x01 | 0x20
_GROWS_DOWN = 0x0100
# A mask for the kind of socket, without SOCK_NONBLOCK and SOCK_CLOEXEC.
_AF_UNIX, _SOCK_STREAM, _KIND = 1, 1, 0xF
# On x86-64, numbers from here on are aliases of the same calls.
_X32 = 0x40000000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def is_possible() -> bool:
    """Return whether the platform has such a filter, and its call numbers are known."""
    if sys.platform != "linux" or os.uname().machine not in _ARCHITECTURES:
        return False
    return int(ctypes.CDLL(None).prctl(_PR_GET_SECCOMP, 0, 0, 0, 0)) >= 0


def restrict() -> None:
    """Apply the filter to this process for good.

    Raises:
        OSError: the kernel refuses it.
    """
    program = b"".join(_program(os.uname().machine, os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, padding, and their address.
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    # Without this, ctypes passes the address as a 32-bit int.
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    holder = ctypes.create_string_buffer(header, len(header))
    where = ctypes.addressof(holder)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, where, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(machine: str, pid: int) -> list[bytes]:
    column = list(_ARCHITECTURES).index(machine)
    denied = _return(_ERROR | errno.EPERM)
    allowed = _return(_ALLOW)
    program = [
        # A 64-bit program can make 32-bit calls, whose numbers mean other things.
        _step(_LOAD, _ARCHITECTURE),
        _step(_JUMP_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _return(_KILL),
        _step(_LOAD, _NUMBER),
        *_when_at_least(_X32, _return(_ERROR | errno.ENOSYS)),
    ]
    for numbers in DENIED.values():
        if numbers[column] >= 0:
            program += _when(numbers[column], denied)
    # The error 0 makes the kernel report success.
    for numbers in IGNORED.values():
        if numbers[column] >= 0:
            program += _when(numbers[column], _return(_ERROR))
    for numbers in UNSUPPORTED.values():
        program += _when(numbers[column], _return(_ERROR | errno.EOPNOTSUPP))
    program += _when(SOCKETPAIR[column], *_allow_stream_pairs(allowed, denied))
    program += _when(SENDTO[column], *_without_address(allowed, denied))
    # glibc falls back to clone, whose flags the filter can read.
    program += _when(CLONE3[column], _return(_ERROR | errno.ENOSYS))
    a_thread = [_argument(0), _step(_JUMP_ANY_BIT, _CLONE_THREAD, 1, 0)]
    program += _when(CLONE[column], *a_thread, denied, allowed)
    # The memory limit ignores anonymous shared memory and MAP_GROWSDOWN stacks.
    bits, no_memory = _SHARED_AND_ANONYMOUS, _return(_ERROR | errno.ENOMEM)
    stack = [_argument(3), _step(_JUMP_ANY_BIT, _GROWS_DOWN, 2, 0)]
    shared = [_step(_AND, bits), _step(_JUMP_EQUAL, bits, 0, 1)]
    program += _when(MMAP[column], *stack, *shared, no_memory, allowed)
    for numbers, itself in ON_A_PROCESS.values():
        own_ids = (0, pid) if itself else (pid,)
        steps = _choose(0, own_ids, allowed, denied)
        program += _when(numbers[column], *steps)
    for numbers, argument, answers in ANSWERED_FOR.values():
        program += _when(numbers[column], *_by_value(argument, answers), allowed)
    return [*program, allowed]


def _allow_stream_pairs(allowed: bytes, denied: bytes) -> list[bytes]:
    """Allow only pairs of stream sockets: the ends of others can be reconnected."""
    return [
        *(_argument(0), _step(_JUMP_EQUAL, _AF_UNIX, 0, 4)),
        *(_argument(1), _step(_AND, _KIND), _step(_JUMP_EQUAL, _SOCK_STREAM, 0, 1)),
        *(allowed, denied),
    ]


def _without_address(allowed: bytes, denied: bytes) -> list[bytes]:
    """Allow only calls without an address: both halves of argument 5 are 0."""
    return [
        *(_argument(4), _step(_JUMP_EQUAL, 0, 0, 3)),
        *(_step(_LOAD, _ARGUMENTS + 8 * 4 + 4), _step(_JUMP_EQUAL, 0, 0, 1)),
        *(allowed, denied),
    ]


def _when(number: int, *steps: bytes) -> list[bytes]:
    """Do `steps` if the call has this number, else skip them."""
    return [_step(_JUMP_EQUAL, number, 0, len(steps)), *steps]


def _when_at_least(number: int, *steps: bytes) -> list[bytes]:
    return [_step(_JUMP_AT_LEAST, number, 0, len(steps)), *steps]


def _choose(
    argument: int, values: tuple[int, ...], if_one: bytes, if_none: bytes
) -> list[bytes]:
    """Return steps: `if_one` if the argument is one of the values, else `if_none`."""
    last = len(values) - 1
    # A jump counts the steps that it skips: the remaining tests, and one more.
    tests = [
        _step(_JUMP_EQUAL, value, last - at + 1, 0) for at, value in enumerate(values)
    ]
    return [_argument(argument), *tests, if_none, if_one]


def _by_value(argument: int, answers: dict[int, int]) -> list[bytes]:
    """Return steps that return the error for the argument's value, if there is one."""
    steps = [_argument(argument)]
    for value, error in answers.items():
        steps += _when(value, _return(_ERROR | error))
    return steps


def _argument(index: int) -> bytes:
    # Load its low half, which contains everything that this filter tests.
    return _step(_LOAD, _ARGUMENTS + 8 * index)


def _return(action: int) -> bytes:
    return _step(_RETURN, action)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """Return one instruction, a struct sock_filter."""
    return struct.pack("@HBBI", code, if_true, if_false, value)
