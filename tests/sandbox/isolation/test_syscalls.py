"""The filter of system calls, run step by step as the kernel does, for both processors."""

import ctypes
import errno
import struct

import pytest

from grader.sandbox.isolation import syscalls
from tools.requirements import load_libseccomp

ALLOWED, KILLED, PID = 0x7FFF0000, 0x80000000, 4711
MACHINES = {"x86_64": 0, "aarch64": 1}


def answered(machine, number, *args, architecture=None):
    """What the filter makes of a call: ALLOWED, KILLED, or the number of an error."""
    codes = syscalls._ARCHITECTURES
    data = struct.pack("<IIQ", number, architecture or codes[machine], 0)
    data += struct.pack("<6Q", *args, *[0] * (6 - len(args)))
    program = [struct.unpack("@HBBI", s) for s in syscalls._program(machine, PID)]
    at = held = 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        match code:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, value)
            case 0x54:
                held &= value
            case 0x06:
                return value - 0x50000 if value >> 16 == 5 else value
            case 0x15 | 0x35 | 0x45:
                holds = {0x15: held == value, 0x35: held >= value, 0x45: held & value}
                at += if_true if holds[code] else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_lists_is_answered_as_they_say(machine):
    for numbers in syscalls.DENIED.values():
        if (number := numbers[MACHINES[machine]]) >= 0:
            assert answered(machine, number) == errno.EPERM
    for numbers in syscalls.IGNORED.values():
        if (number := numbers[MACHINES[machine]]) >= 0:
            assert answered(machine, number) == 0
    for numbers in syscalls.UNSUPPORTED.values():
        assert answered(machine, numbers[MACHINES[machine]]) == errno.EOPNOTSUPP


@pytest.mark.parametrize("machine", MACHINES)
def test_no_number_is_listed_twice(machine):
    lists = (
        syscalls.DENIED,
        syscalls.IGNORED,
        syscalls.UNSUPPORTED,
    )
    found = [numbers[MACHINES[machine]] for each in lists for numbers in each.values()]
    found = [number for number in found if number >= 0]
    assert len(found) == len(set(found))


def libseccomp():
    try:
        return load_libseccomp()
    except OSError:
        pytest.skip("libseccomp is not on this machine")


def named_numbers():
    """Every number of a call that the filter has, by name: on x86-64, on ARM64."""
    lists = (
        syscalls.DENIED,
        syscalls.IGNORED,
        syscalls.UNSUPPORTED,
    )
    names = {name: numbers for each in lists for name, numbers in each.items()}
    for each in (syscalls.ON_A_PROCESS, syscalls.ANSWERED_FOR):
        names |= {name: numbers for name, (numbers, *_) in each.items()}
    for name in ("clone", "clone3", "mmap", "socketpair", "sendto"):
        names[name] = getattr(syscalls, name.upper())
    return names


# All that was found to do harm: what is taken out of the filter is taken out here, too.
HARM = """
    fork vfork execve execveat socket connect bind listen accept accept4 setsockopt
    sendmsg sendmmsg recvmsg recvmmsg io_setup ptrace process_vm_readv process_vm_writev
    pidfd_open pidfd_getfd pidfd_send_signal tkill rt_sigqueueinfo rt_tgsigqueueinfo kcmp
    memfd_create memfd_secret shmget msgget semget mq_open io_uring_setup bpf
    perf_event_open userfaultfd unshare setns mount umount2 fsopen open_tree pivot_root
    chroot add_key request_key keyctl fanotify_init setpriority ioprio_set sched_setparam
    sched_setscheduler sched_setattr migrate_pages move_pages process_madvise
    process_mrelease chown fchown lchown fchownat setxattr lsetxattr fsetxattr setxattrat
    removexattr lremovexattr fremovexattr removexattrat file_setattr inotify_init
    inotify_init1 inotify_add_watch landlock_add_rule truncate
"""


@pytest.mark.parametrize("machine", MACHINES)
def test_what_was_found_to_do_harm_is_refused(machine):
    for name in HARM.split():
        number = named_numbers()[name][MACHINES[machine]]
        assert number < 0 or answered(machine, number) == errno.EPERM, name


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "may_be_0"),
    [
        ("kill", False),
        ("tgkill", False),
        ("prlimit64", True),
        ("sched_setaffinity", True),
    ],
)
def test_no_process_is_named_but_itself(machine, name, may_be_0):
    number = named_numbers()[name][MACHINES[machine]]
    assert answered(machine, number, PID) == ALLOWED
    assert answered(machine, number, 0) == (ALLOWED if may_be_0 else errno.EPERM)
    for other in (1, PID - 1, PID + 1, 2**32 - 1, 2**32 - PID):
        assert answered(machine, number, other) == errno.EPERM


REFUSED_BY_COMMAND = {
    # PR_SET_PDEATHSIG, PR_SET_DUMPABLE
    "prctl": (0, (1, 4)),
    # F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ
    "fcntl": (1, (8, 10, 15, 1024, 1026, 1031)),
    # FIOSETOWN, SIOCSPGRP, TIOCSTI, FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS, FS_IOC_FSSETXATTR
    "ioctl": (1, (0x8901, 0x8902, 0x5412, 0x40086602, 0x40046602, 0x401C5820)),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", REFUSED_BY_COMMAND)
def test_some_commands_of_a_call_are_refused(machine, name):
    number = named_numbers()[name][MACHINES[machine]]
    place, commands = REFUSED_BY_COMMAND[name]
    before = [3] * place
    for command in commands:
        assert answered(machine, number, *before, command) == errno.EPERM
    # PR_GET_DUMPABLE, F_GETFL and none of the third.
    assert answered(machine, number, *before, 3) == ALLOWED


# Newer than some libseccomps, which then know no number at all.
NEWEST = {"setxattrat", "removexattrat", "file_setattr"}


@pytest.mark.promise("call-numbers")
@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_those_of_libseccomp(machine):
    resolve = libseccomp().seccomp_syscall_resolve_name_arch
    resolve.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    resolve.restype = ctypes.c_int
    codes = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
    for name, numbers in named_numbers().items():
        known = resolve(codes[machine], name.encode())
        if known == -1 and name in NEWEST:
            continue
        # Below zero: it knows the name, and this processor has no such call.
        assert max(known, -1) == numbers[MACHINES[machine]], name


# read, write, close, exit_group, futex; and what may be done with memory.
USUAL = {
    "x86_64": (0, 1, 3, 231, 202, 9, 11),
    "aarch64": (63, 64, 57, 94, 98, 222, 215),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_usual_calls_are_allowed(machine):
    for number in USUAL[machine]:
        assert answered(machine, number) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_call_is_asked_for_counts(machine):
    at = MACHINES[machine]
    mmap, clone = syscalls.MMAP[at], syscalls.CLONE[at]
    flags = {0x22: ALLOWED, 0x02: ALLOWED, 0x01: ALLOWED, 0x20022: ALLOWED}
    flags |= {0x21: errno.ENOMEM, 0x23: errno.ENOMEM, 0x122: errno.ENOMEM}
    for kind, answer in flags.items():
        assert answered(machine, mmap, 0, 4096, 3, kind) == answer, hex(kind)
    assert answered(machine, clone, 17) == errno.EPERM
    assert answered(machine, clone, 0x10F00) == ALLOWED
    assert answered(machine, syscalls.CLONE3[at]) == errno.ENOSYS


@pytest.mark.promise("no-sockets")
@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_lead_nowhere(machine):
    at = MACHINES[machine]
    pair, sendto = syscalls.SOCKETPAIR[at], syscalls.SENDTO[at]
    cloexec, nonblock, unix, inet = 0x80000, 0x800, 1, 2
    for kind in (1, 1 | cloexec, 1 | cloexec | nonblock):
        assert answered(machine, pair, unix, kind) == ALLOWED
        assert answered(machine, pair, inet, kind) == errno.EPERM
    for kind in (2, 3, 5, 2 | cloexec, 5 | nonblock):
        assert answered(machine, pair, unix, kind) == errno.EPERM
    assert answered(machine, sendto, 3, 1, 1, 0, 0, 0) == ALLOWED
    for address in (1, 1 << 32, 0x7FFE_0000_0000):
        assert answered(machine, sendto, 3, 1, 1, 0, address, 16) == errno.EPERM


@pytest.mark.promise("file-locks")
@pytest.mark.parametrize("machine", MACHINES)
def test_locks_are_taken_in_words_alone(machine):
    fcntl = (72, 25)[MACHINES[machine]]
    assert [answered(machine, fcntl, 3, lock) for lock in (6, 7, 37, 38)] == [0] * 4


@pytest.mark.promise("call-numbers")
def test_another_guise_of_the_calls_is_refused():
    assert answered("x86_64", 0x40000000 + 57) == errno.ENOSYS
    assert answered("x86_64", 1, architecture=0x40000003) == KILLED
