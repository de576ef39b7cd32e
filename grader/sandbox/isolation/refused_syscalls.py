"""refused_syscalls: the system calls that a worker is refused, with their numbers.

Each was found by trying what an attempt could do with it. `syscalls` makes the filter.
"""

import errno

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4

# The number of each call on x86-64 and on aarch64; -1 where it does not exist.
DENIED = {
    "fork": (57, -1),
    "vfork": (58, -1),
    "execve": (59, 221),
    "execveat": (322, 281),
    "socket": (41, 198),
    # A pair of sockets is allowed; it must not be led anywhere else.
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "setsockopt": (54, 208),
    # Descriptors travel with these. Python's own send and recv are sendto and recvfrom.
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "recvmsg": (47, 212),
    "recvmmsg": (299, 243),
    # There is a bound on all of them in the whole system.
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
    # Memory that the limit on data does not count, and what outlives the process.
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # What is asked for through its ring never comes by the filter.
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
    # These can name any process of the account, the one that starts workers too.
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setattr": (314, 274),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    # Landlock does not ask about owners, attributes and notices of files.
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
    # Rules take the kernel's memory, and there is no bound on how many.
    "landlock_add_rule": (445, 445),
    # The first Landlocks do not ask about it. A file that is open can be made shorter.
    "truncate": (76, 45),
}
# Calls that do nothing and say that they did: libraries copy files with them, and give
# up when they cannot.
IGNORED = {
    "chmod": (90, -1),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "utime": (132, -1),
    "utimes": (235, -1),
    "futimesat": (261, -1),
    "utimensat": (280, 88),
    # HDF5 locks its files. Nobody else has these, and libraries' may not be locked.
    "flock": (73, 32),
}
# A library then does without: glibc writes instead, which takes time and is measured.
UNSUPPORTED = {
    "fallocate": (285, 47),
}
# Calls that name a process first, which may only be the worker itself; and whether
# they mean it by 0 too. For kill, 0 means the whole group.
ON_A_PROCESS = {
    "kill": ((62, 129), False),
    "tgkill": ((234, 131), False),
    "prlimit64": ((302, 261), True),
    "sched_setaffinity": ((203, 122), True),
}
# Calls that are answered for some values of one argument: which argument, and the
# values with the number of the error, 0 for none.
ANSWERED_FOR: dict[str, tuple[tuple[int, int], int, dict[int, int]]] = {
    # Not to outlive the process that started it, nor to hide from it what it has open.
    "prctl": (
        (157, 167),
        0,
        dict.fromkeys((_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE), errno.EPERM),
    ),
    "fcntl": (
        (72, 25),
        1,
        # A file can be made to signal any process: F_SETOWN, F_SETSIG, F_SETOWN_EX;
        # others kept from it, a folder watched, a pipe enlarged: F_SETLEASE, F_NOTIFY,
        # F_SETPIPE_SZ.
        dict.fromkeys((8, 10, 15, 1024, 1026, 1031), errno.EPERM)
        # Locks on parts of files, which sqlite takes: each takes kernel memory, and
        # nobody else has these files. F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW.
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
