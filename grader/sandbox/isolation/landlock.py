"""landlock: the kernel's rules about files, which a process puts on itself for good.

Three system calls, without a library: ask for the version of the interface, make a set
of rules, and apply it. A right that a set handles is refused, except where a rule
allows it. Kernels know more rights with each version, and refuse a set that handles one
which they don't know.
"""

from __future__ import annotations

import ctypes
import enum
import errno
import os
import struct
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

# The numbers of these calls are the same on every processor.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
# Numbers from the kernel's landlock.h, as are those of the rights.
_ASK_VERSION, _RULE_PATH_BENEATH = 1, 1
# The kernel is too old, Landlock was turned off when it started, or a container's
# filter refuses the call.
_ABSENT = (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM)


class Access(enum.IntFlag):
    """What can be done with a file, or with the files in a folder."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15
    RESOLVE_UNIX = 1 << 16


class Rights(NamedTuple):
    """The rights that a set of rules handles.

    Attributes:
        files: what is refused of files, except where a rule allows it.
        network: what is refused of the network: bits of LANDLOCK_ACCESS_NET.
        scopes: what is refused to reach outside of the process: bits of LANDLOCK_SCOPE.
    """

    files: int
    network: int = 0
    scopes: int = 0


# The version that brought rights, and those rights.
_NEW = (
    (1, Rights(Access.MAKE_SYM * 2 - 1)),
    (2, Rights(Access.REFER)),
    (3, Rights(Access.TRUNCATE)),
    (4, Rights(0, 0b11)),  # bind and connect with TCP
    (5, Rights(Access.IOCTL_DEV)),
    (6, Rights(0, 0, 0b11)),  # abstract Unix sockets, and signals
    (9, Rights(Access.RESOLVE_UNIX)),
    (10, Rights(0, 0b1100)),  # bind, and connect or send, with UDP
)


def find_version() -> int:
    """Return the version of the kernel's interface; 0 if it can't be used here.

    Raises:
        OSError: the kernel refuses to say it, for an unknown reason.
    """
    if sys.platform != "linux":
        return 0
    try:
        return _call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError as error:
        if error.errno in _ABSENT:
            return 0
        raise


def known_rights(version: int) -> Rights:
    """Return all rights that an interface of this version handles, if known here."""
    known = [rights for since, rights in _NEW if since <= version]
    return Rights(*map(sum, zip(*known, strict=True)))


class Ruleset:
    """A set of rules: made, filled with `allow`, and applied with `restrict`.

    Args:
        rights: the rights that it handles; the kernel has to know all of them.

    Raises:
        OSError: the kernel refuses it.
    """

    def __init__(self, rights: Rights) -> None:
        self._files = rights.files
        # An older kernel takes the later fields if they are 0.
        handled = struct.pack("=QQQ", *rights)
        self._descriptor = _call(_CREATE_RULESET, handled, len(handled), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)

    def allow(self, path: str | Path, access: Access) -> None:
        """Allow this access to a file, or to everything in a folder.

        What the set doesn't handle is allowed anyway.

        Raises:
            OSError: there is no such file, or the kernel refuses the rule.
        """
        handled = access & self._files
        if not handled:
            return
        where = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", handled, where)
            _call(_ADD_RULE, self._descriptor, _RULE_PATH_BENEATH, rule, 0)
        finally:
            os.close(where)

    def restrict(self) -> None:
        """Apply the rules to this thread for good, and to all that it starts.

        It needs no privilege if `refuse_privileges` was called before.

        Raises:
            OSError: the kernel refuses it.
        """
        _call(_RESTRICT_SELF, self._descriptor, 0)


def _call(number: int, *values: int | bytes | None) -> int:
    """Return the result of a system call.

    Raises:
        OSError: it fails.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    # Without this, ctypes passes numbers as 32-bit ints.
    given = [ctypes.c_long(x) if isinstance(x, int) else x for x in (number, *values)]
    result = int(libc.syscall(*given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"landlock: {os.strerror(code)}")
    return result
