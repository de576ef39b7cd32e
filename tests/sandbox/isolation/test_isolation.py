"""Each sandbox layer works, and is named; without one the others still hold."""

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pytest
from msgspec.structs import astuple

from grader.common.errors import SandboxError
from grader.sandbox import (
    Ended,
    Limits,
    OutOfMemory,
    Raised,
    Returned,
    WorkerFactory,
    isolation,
)
from grader.sandbox.codec import messages
from grader.sandbox.isolation.policy import Isolation
from tests.support.project import ROOT
from tests.support.waiting import waited

pytestmark = pytest.mark.only_on("linux")
LIMITS = Limits(cpu_s=2, idle_s=2, file_mb=8, scratch_mb=16)
needs_filter = pytest.mark.skipif(
    not isolation.find_layers().has_filter, reason="no filter of system calls here"
)
needs_landlock = pytest.mark.skipif(
    not isolation.find_layers().landlock, reason="this kernel has no Landlock"
)


def has_bubblewrap():
    with WorkerFactory() as warm:
        return Isolation.BUBBLEWRAP in warm.isolation


needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="bubblewrap is not installed"
)


@pytest.fixture(
    scope="module", params=[True, False], ids=["with bubblewrap", "without bubblewrap"]
)
def warm(request):
    with WorkerFactory(uses_bubblewrap=request.param) as warm:
        if request.param and Isolation.BUBBLEWRAP not in warm.isolation:
            pytest.skip("bubblewrap does not work here")
        yield warm


def answer(warm, source, *args, limits=LIMITS):
    worker = warm.start(source.encode(), "attempt.py", limits)
    try:
        loaded = worker.load()
        return worker.call("f", args) if isinstance(loaded, Returned) else loaded
    finally:
        worker.kill()


def refusal(reply):
    """The name of the OSError that a worker met; the reply itself if it met none."""
    is_refused = isinstance(reply, Raised) and "OSError" in reply.bases
    return reply.type_name if is_refused else reply


READ = "def f(path):\n    with open(path, 'rb') as file: return file.read(20)"
UNREADABLE = [
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/maps",
    "/proc/1/cmdline",
    "/proc/cpuinfo",
    "/sys/kernel/version",
    str(ROOT / "pyproject.toml"),
    str(ROOT / "lessons" / "data" / "mnist.npz"),
    str(ROOT / "grader" / "common" / "errors.py"),
    str(ROOT / "solutions" / "lesson3_cross_entropy.py"),
    str(Path.home() / ".bashrc"),
]


@pytest.mark.promise("readable-files")
@needs_landlock
@pytest.mark.parametrize("path", [one for one in UNREADABLE if Path(one).exists()])
def test_nothing_but_the_libraries_can_be_read(warm, path):
    assert "PermissionError" == refusal(answer(warm, READ, path))


@pytest.mark.promise("readable-files")
@needs_landlock
def test_a_symbolic_link_leads_nowhere(warm):
    source = f"import os\nos.symlink({str(ROOT)!r}, 'project')\n" + READ
    reply = answer(warm, source, "project/pyproject.toml")
    assert "PermissionError" == refusal(reply)


@pytest.mark.promise("readable-files")
@needs_landlock
def test_folders_cannot_be_listed(warm):
    source = "import os\ndef f(path): return os.listdir(path)"
    for folder in (ROOT, ROOT / "lessons", tempfile.gettempdir(), "/", "/dev", "/proc"):
        assert "PermissionError" == refusal(answer(warm, source, str(folder))), folder


@needs_landlock
def test_the_project_cannot_be_imported(warm):
    for module in ("grader.checks", "solutions.lesson3_cross_entropy", "tasks"):
        source = f"def f():\n    import {module}"
        reply = answer(warm, source)
        assert isinstance(reply, Raised), module
        assert reply.type_name in ("ModuleNotFoundError", "PermissionError"), module


@needs_landlock
def test_libraries_can_be_imported_late(warm):
    source = "def f():\n    import sympy, sqlite3, ctypes, json\n    return str(sympy.Symbol('x') + 1)"
    limits = Limits(cpu_s=20)  # they may have to be compiled first
    assert "x + 1" == answer(warm, source, limits=limits).value


WRITES = [
    "open('/tmp/left', 'w')",
    "open('/dev/shm/left', 'w')",
    f"open({str(ROOT / 'left')!r}, 'w')",
    "open(os.path.dirname(os.__file__) + '/left', 'w')",
    "open(os.path.dirname(os.getcwd()) + '/left', 'w')",
    "os.mkdir('../left')",
    "os.truncate(os.__file__, 0)",
    "os.mkfifo('/tmp/left')",
    "os.rename(os.__file__, 'os.py')",
    "os.link(os.__file__, 'os.py')",
    "open('/dev/zero', 'r+b')",
    "open('/dev/zero', 'rb')",
]


@pytest.mark.promise("writable-files")
@needs_landlock
@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_outside_the_scratch_folder(warm, write):
    assert isinstance(refusal(answer(warm, f"import os\ndef f(): {write}")), str)
    assert not (ROOT / "left").exists()
    assert not Path("/tmp/left").exists()


CHANGES = [
    "os.chmod(path, 0o777)",
    "os.chmod(path, 0o777, follow_symlinks=False)",
    "os.utime(path, (0, 0))",
    "os.utime(path, (0, 0), follow_symlinks=False)",
    "os.utime(folder, (0, 0))",
    "os.chown(path, 1, 1)",
    "os.chown(path, os.getuid(), os.getgid())",
    "os.lchown(path, 1, 1)",
    "os.setxattr(path, 'user.left', b'x')",
    "os.removexattr(path, 'user.mark')",
    "os.truncate(path, 0)",
    "libc.syscall(is_intel and 90 or 53, *(is_intel and (path.encode(), 0) or (-100, path.encode(), 0)))",
    "libc.syscall(452, -100, path.encode(), 0, 0)",
    "libc.utimes(path.encode(), None)",
    "libc.lutimes(path.encode(), None)",
    "libc.utime(path.encode(), None)",
]


@pytest.mark.promise("file-metadata")
@needs_filter
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_told_of_a_file_cannot_be_changed(warm, change, tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    marked = has_marks(path)
    before = last_changes(path, tmp_path)
    source = f"""
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
is_intel = platform.machine() == "x86_64"
def f(path, folder): {change}
"""
    reply = answer(warm, source, str(path), str(tmp_path))
    assert isinstance(reply, (Returned, Raised)), reply
    assert before == last_changes(path, tmp_path)
    assert "x" == path.read_text()
    assert (["user.mark"] if marked else []) == (os.listxattr(path) if marked else [])


def last_changes(*paths):
    """When something about a file was changed last, which nobody can set back."""
    return [path.stat().st_ctime_ns for path in paths]


def has_marks(path):
    try:
        os.setxattr(path, "user.mark", b"x")
    except OSError:
        return False
    return True


REFUSED = [
    "libc.inotify_init()",
    "libc.inotify_init1(0)",
    "libc.inotify_add_watch(0, b'/tmp', 4095)",
    "libc.syscall(445, -1, 1, 0, 0)",  # landlock_add_rule
    "os.setxattr('a', 'user.left', b'x')",
    "os.chown('a', os.getuid(), -1)",
    "fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)",
    "fcntl.fcntl(os.open('.', os.O_RDONLY), fcntl.F_NOTIFY, 31)",
    "fcntl.fcntl(os.pipe()[0], 1031, 1 << 20)",  # F_SETPIPE_SZ
    "libc.syscall(is_intel and 206 or 0, 60_000, bytes(8))",  # io_setup
    "fcntl.ioctl(file, 0x40086602, bytes(8))",
    "fcntl.ioctl(file, 0x401C5820, bytes(28))",
]


@pytest.mark.promise("file-locks")
@needs_filter
@pytest.mark.parametrize("call", REFUSED)
def test_nobody_is_watched_and_nothing_is_marked(warm, call):
    source = f"""
import ctypes, fcntl, os, platform
libc = ctypes.CDLL(None, use_errno=True)
file = open("a", "w")
is_intel = platform.machine() == "x86_64"
def f():
    try: return {call} == -1 and ctypes.get_errno()
    except OSError as error: return error.errno
"""
    assert 1 == answer(warm, source).value


@pytest.mark.promise("file-locks")
@needs_filter
def test_what_libraries_have_is_locked_by_nobody(warm):
    source = """
import fcntl, os
def f(path):
    file = open(path, "rb")
    fcntl.flock(file, fcntl.LOCK_EX), fcntl.lockf(file, fcntl.LOCK_SH)
    with open("own", "wb") as own:
        for at in range(20_000): fcntl.lockf(own, fcntl.LOCK_EX, 1, 2 * at)
    return "locked"
"""
    with Path(os.__file__).open("rb") as file:

        def is_free() -> bool:
            # Another run of the tests may have it locked for a moment.
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            return False

        worker = warm.start(source.encode(), "attempt.py", LIMITS)
        try:
            assert isinstance(worker.load(), Returned)
            assert "locked" == worker.call("f", (os.__file__,)).value
            assert waited(is_free)
            inode = f":{os.fstat(file.fileno()).st_ino} "
            locks = Path("/proc/locks").read_text().splitlines()
            assert len([lock for lock in locks if inode in lock]) == 1
        finally:
            worker.kill()


def test_a_database_is_kept_in_a_file(warm):
    source = """
import sqlite3
def f():
    with sqlite3.connect("a.db") as made: made.execute("create table t (x)"), made.execute("insert into t values (7)")
    made.close()
    with sqlite3.connect("a.db") as again: return again.execute("select x from t").fetchall()
"""
    assert [(7,)] == answer(warm, source).value


@pytest.mark.promise("file-metadata")
def test_files_are_copied_packed_and_unpacked_as_ever(warm):
    source = """
import os, pathlib, shutil, tarfile, tempfile, zipfile
import numpy as np
def f():
    pathlib.Path("a").write_text("x")
    shutil.copy("a", "b"), shutil.copy2("a", "c"), shutil.copymode("a", "c")
    pathlib.Path("a").chmod(0o600), pathlib.Path("a").touch()
    os.mkdir("d"), shutil.move("b", "d"), shutil.copytree("d", "e")
    with tarfile.open("t.tar", "w") as tar: tar.add("d")
    with tarfile.open("t.tar") as tar: tar.extractall("t")
    with zipfile.ZipFile("z.zip", "w") as pack: pack.write("c")
    with zipfile.ZipFile("z.zip") as pack: pack.extractall("z")
    np.save("n.npy", np.ones(3)), np.savez("n.npz", a=np.ones(3))
    np.load("n.npy", mmap_mode="r+")[0] = 2
    with tempfile.TemporaryDirectory() as made: shutil.copytree("d", made, dirs_exist_ok=True)
    shutil.make_archive("m", "gztar", "d"), shutil.rmtree("d")
    with open("c", "r+") as file: file.truncate(0)
    return sorted(map(str, pathlib.Path().rglob("*"))), os.path.getsize("c")
"""
    names = "a c e e/b m.tar.gz n.npy n.npz t t.tar t/d t/d/b z z.zip z/c"
    assert (names.split(), 0) == answer(warm, source).value


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.parametrize("uses_bubblewrap", [True, False])
def test_a_network_and_a_picture_are_saved_and_read_again(uses_bubblewrap):
    source = """
import keras, matplotlib.pyplot as plt, numpy as np
def f():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    x, y = np.ones((20, 4), "float32"), np.ones((20, 3), "float32")
    best = keras.callbacks.ModelCheckpoint("best.keras", monitor="loss")
    model.fit(x, y, epochs=2, callbacks=[best])
    model.save("m.keras"), model.save("m.h5"), model.save_weights("m.weights.h5")
    model.load_weights("m.weights.h5")
    same = [np.allclose(keras.models.load_model(n).predict(x), model.predict(x)) for n in ("m.keras", "best.keras", "m.h5")]
    plt.plot([1, 2]), plt.title("loss"), plt.savefig("p.png"), plt.savefig("p.pdf")
    return same
"""
    with WorkerFactory(
        ("keras", "matplotlib"), uses_bubblewrap=uses_bubblewrap
    ) as warm:
        limits = Limits(cpu_s=60, idle_s=30)
        assert [True] * 3 == answer(warm, source, limits=limits).value


@pytest.mark.promise("writable-files")
def test_the_scratch_folder_is_empty_its_own_and_home(warm):
    source = """
import os, pathlib, tempfile
def f():
    before = os.listdir()
    pathlib.Path("a").write_text("x")
    with tempfile.NamedTemporaryFile() as file: inside = os.path.dirname(file.name)
    return before, inside == os.getcwd(), pathlib.Path.home() == pathlib.Path.cwd(), os.listdir()
"""
    for _ in range(2):
        assert ([], True, True, ["a"]) == answer(warm, source).value


@pytest.mark.promise("file-sizes")
def test_a_file_has_a_largest_size(warm):
    source = "def f():\n    with open('a', 'wb') as file: file.write(bytes(9 << 20))"
    assert "OSError" == refusal(answer(warm, source))


@pytest.mark.promise("file-sizes")
def test_many_files_have_a_largest_size_too(warm):
    source = """
import time
def f():
    for i in range(300):
        with open(str(i), "wb") as file: file.write(bytes(7 << 20))
        time.sleep(0.1)
"""
    reply = answer(warm, source)
    is_full = refusal(reply) == "OSError"  # bubblewrap's own bound
    assert is_full or Ended("wrote more than 16 MB of files") == reply


PROCESSES = [
    "os.fork()",
    "os.forkpty()",
    "os.system('true') and 1 / 0",
    "os.execv('/bin/true', ['true'])",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "subprocess.run(['/bin/true'])",
    "multiprocessing.get_context('fork').Process(target=print).start()",
]


@pytest.mark.promise("no-processes")
@needs_filter
@pytest.mark.parametrize("start", PROCESSES)
def test_no_process_is_started(warm, start):
    source = f"import multiprocessing, os, subprocess\ndef f(): return {start}"
    reply = answer(warm, source)
    assert isinstance(reply, Raised), reply
    assert reply.type_name in ("PermissionError", "OSError", "ZeroDivisionError")


@pytest.mark.promise("no-sockets")
@needs_filter
@pytest.mark.parametrize(
    "family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"]
)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"])
def test_no_socket_is_opened(warm, family, kind):
    source = f"import socket\ndef f(): socket.socket(socket.{family}, socket.{kind})"
    assert "PermissionError" == refusal(answer(warm, source))


# What a pair of sockets could be made to do; `away` is a path where somebody listens.
WAYS_OUT = [
    "pair(socket.SOCK_DGRAM)[0].connect(away)",
    "pair(socket.SOCK_DGRAM)[0].sendto(b'x', away)",
    "pair(socket.SOCK_SEQPACKET)[0].connect(away)",
    "pair(socket.SOCK_STREAM)[0].connect(away)",
    "pair(socket.SOCK_STREAM)[0].bind('mine')",
    "pair(socket.SOCK_STREAM)[0].bind('')",
    "pair(socket.SOCK_STREAM)[0].listen()",
    "pair(socket.SOCK_STREAM)[0].sendto(b'x', away)",
    "pair(socket.SOCK_STREAM)[0].sendmsg([b'x'])",
    "socket.send_fds(pair(socket.SOCK_STREAM)[0], [b'x'], [0])",
    "socket.send_fds(socket.socket(fileno=os.dup(3)), [b'x'], [0])",
    "socket.recv_fds(pair(socket.SOCK_STREAM)[0], 1, 1)",
    "socket.socket(fileno=os.dup(3)).connect(away)",
    "socket.socket(fileno=os.dup(1)).connect(away)",
    "socket.socket(fileno=os.dup(3)).setsockopt(1, 7, 1 << 20)",
]


@pytest.mark.promise("no-sockets")
@needs_filter
@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_STREAM", "SOCK_SEQPACKET"])
@pytest.mark.parametrize("where", ["path", "abstract"])
def test_nobody_outside_is_reached(warm, kind, where, tmp_path):
    away = str(tmp_path / "s") if where == "path" else f"\0left-{os.getpid()}"
    source = """
import os, socket
def pair(kind): return socket.socketpair(socket.AF_UNIX, kind)
def f(away, how):
    try: eval(how, dict(globals(), away=away))
    except OSError as error: return error.errno
    return "done"
"""
    with socket.socket(socket.AF_UNIX, getattr(socket, kind)) as outside:
        outside.bind(away)
        outside.setblocking(False)
        if kind != "SOCK_DGRAM":
            outside.listen()
        for how in WAYS_OUT:
            assert 1 == answer(warm, source, away, how).value, how
        with pytest.raises(BlockingIOError):
            outside.recv(1) if kind == "SOCK_DGRAM" else outside.accept()


def test_two_ends_of_a_stream_are_had_as_ever(warm):
    source = """
import asyncio, socket
def f():
    one, other = socket.socketpair()
    one.sendall(b"x" * 70_000), one.close()
    async def later(): return await asyncio.sleep(0, "later")
    return len(b"".join(iter(lambda: other.recv(9999), b""))), asyncio.run(later())
"""
    assert (70_000, "later") == answer(warm, source).value


SIGNALS = [
    "os.kill(os.getppid(), 0)",
    "os.kill(1, 9)",
    "os.kill(-1, 9)",
    "os.kill(0, 9)",
    "os.killpg(os.getpgid(0), 9)",
    "os.pidfd_open(os.getppid())",
    "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
    "os.sched_setaffinity(os.getppid(), {0})",
    "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)",
    "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
    "fcntl.fcntl(0, fcntl.F_SETSIG, 9)",
    "resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))",
    "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))",
    "os.chroot('.')",
    "os.setuid(1)",
]


@pytest.mark.promise("other-processes")
@needs_filter
@pytest.mark.parametrize("attack", SIGNALS)
def test_other_processes_and_limits_are_out_of_reach(warm, attack):
    source = f"import fcntl, os, resource\ndef f(): {attack}"
    reply = answer(warm, source)
    assert isinstance(reply, Raised), reply
    assert reply.type_name in (
        "PermissionError",
        "ProcessLookupError",
        "OSError",
        "ValueError",
    )
    assert 1 == answer(warm, "def f(): return 1").value


@pytest.mark.promise("no-processes")
@needs_filter
def test_system_calls_are_refused_below_python_too(warm):
    source = """
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def f():
    is_intel = platform.machine() == "x86_64"
    ptrace, clone, prctl, memfd = (101, 56, 157, 319) if is_intel else (117, 220, 167, 279)
    calls = [(ptrace, 0, 0, 0, 0), (clone, 17, 0, 0, 0), (prctl, 1, 0, 0, 0), (memfd, b"x", 0)]
    calls += [(435, 0, 0), (425, 8, 0), (0x40000000 + 57,)]
    refused = []
    for call in calls:
        answered = libc.syscall(*call)
        if answered == 0 and call[0] in (clone, 0x40000000 + 57): os._exit(9)
        refused.append(answered == -1 and ctypes.get_errno() in (1, 38))
    return refused
"""
    assert [True] * 7 == answer(warm, source).value


UNSEEN = [
    "mmap.mmap(-1, 1 << 20)",
    "mmap.mmap(-1, 1 << 20, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)",
    "mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100)",
    "mmap.mmap(os.open('/dev/zero', os.O_RDWR), 1 << 20, mmap.MAP_SHARED)",
    "mmap.mmap(os.open('/dev/zero', os.O_RDONLY), 1 << 20, mmap.MAP_SHARED, mmap.PROT_READ)",
]


@pytest.mark.promise("memory-counts")
@needs_filter
@needs_landlock
@pytest.mark.parametrize("how", UNSEEN)
def test_memory_that_the_limit_does_not_see_cannot_be_had(warm, how):
    source = f"import mmap, os\ndef f(): {how}"
    assert refusal(answer(warm, source)) in ("OSError", "PermissionError")
    source = "import mmap\ndef f(): return mmap.mmap(-1, 9, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)[0]"
    assert 0 == answer(warm, source).value


def test_a_storm_of_threads_ends_by_itself(warm):
    source = """
import threading, time
def f():
    for _ in range(2000): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
"""
    limits = Limits(cpu_s=2, idle_s=2, memory_mb=256)
    reply = answer(warm, source, limits=limits)
    is_refused = isinstance(reply, Raised) and reply.type_name == "RuntimeError"
    is_ended = isinstance(reply, Ended) and "threads" in reply.how
    assert is_refused or is_ended or isinstance(reply, (OutOfMemory, Returned)), reply
    assert 1 == answer(warm, "def f(): return 1").value


@pytest.mark.promise("threads")
def test_threads_are_counted_from_outside(warm):
    source = """
import threading, time
threading.stack_size(1 << 16)
def f(count):
    ends = threading.Event()
    for _ in range(count): threading.Thread(target=ends.wait, daemon=True).start()
    time.sleep(0.5)
    ends.set()
    return "done"
"""
    limits = Limits(cpu_s=2, idle_s=5, threads=60)
    for count, expected in ((50, "done"), (70, "started more than 60 threads")):
        reply = answer(warm, source, count, limits=limits)
        assert expected == (getattr(reply, "value", None) or reply.how)


SPACE = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
def f(mb, count, keep, step_s):
    kept = []
    for i in range(count):
        file = open(f"file-{i}", "w+b")
        os.posix_fallocate(file.fileno(), 0, mb << 20)
        if keep == "map": libc.mmap(None, 4096, 1, 1, file.fileno(), 0)
        os.unlink(file.name)
        if keep == "open": kept.append(file)
        else: file.close()
        time.sleep(step_s)
    return "done"
"""
# What is kept of deleted files, and how many of 4 MB: what comes of it.
KEPT = {
    "nothing": ("", 40, {"done"}),
    "a few open": ("open", 3, {"done"}),
    "many open": ("open", 40, {"wrote more than 16 MB of files", "OSError"}),
    "a few mapped": ("map", 3, {"done"}),
    "many mapped": ("map", 40, {"kept more than 8 deleted files mapped", "OSError"}),
}


@pytest.mark.promise("file-sizes")
@needs_filter
@pytest.mark.parametrize("kept", KEPT)
def test_what_is_deleted_and_kept_counts(kept):
    keep, count, expected = KEPT[kept]
    with WorkerFactory(uses_bubblewrap=False) as warm:
        reply = answer(warm, SPACE, 4, count, keep, 0.03)
    assert (getattr(reply, "value", None) or reply.how) in expected


@pytest.mark.promise("file-sizes")
@needs_filter
def test_space_is_taken_by_writing_alone(warm):
    source = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def f():
    file = open("a", "wb")
    refused = libc.fallocate(file.fileno(), 0, ctypes.c_long(0), ctypes.c_long(1 << 20)) == -1 and ctypes.get_errno()
    os.posix_fallocate(file.fileno(), 0, 1 << 20)
    return refused, os.path.getsize("a"), libc.prctl(4, 0, 0, 0, 0)
"""
    assert (errno.EOPNOTSUPP, 1 << 20, -1) == answer(warm, source).value


@pytest.mark.promise("separate-process")
def test_no_descriptor_but_its_own_is_open(warm):
    source = """
import os
def f():
    found = []
    for number in range(200):
        try: found.append(os.fstat(number) and number)
        except OSError: pass
    return found
"""
    # 3 is the line to the judge; one more keeps the rule for /proc/self/cmdline alive.
    found = answer(warm, source).value
    assert found[:4] == [0, 1, 2, 3]
    assert len(found) <= 5


DRAWS = (
    "import random, numpy as np\ndef f(): return random.random(), np.random.random()"
)


def test_the_random_numbers_of_two_workers_differ(warm):
    first, second = (answer(warm, DRAWS).value for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_they_differ_where_the_generator_was_made_before_the_fork():
    with WorkerFactory(("numpy", "numpy.random")) as made:
        first, second = (answer(made, DRAWS).value for _ in range(2))
    assert first[1] != second[1]


@pytest.mark.promise("layers-listed")
def test_the_layers_are_named(warm):
    assert {Isolation.LANDLOCK, Isolation.RLIMITS} <= set(warm.isolation)


@pytest.mark.promise("bubblewrap")
@needs_bubblewrap
def test_bubblewrap_hides_other_processes():
    source = "import os\ndef f(): return os.getpid(), os.getppid()"
    with WorkerFactory() as warm:
        if Isolation.BUBBLEWRAP not in warm.isolation:
            pytest.skip("bubblewrap does not work here")
        pid, parent = answer(warm, source).value
    assert parent < pid < 50


@pytest.mark.promise("bubblewrap")
@needs_bubblewrap
def test_the_network_is_empty_behind_bubblewrap():
    with WorkerFactory() as warm:
        if Isolation.BUBBLEWRAP not in warm.isolation:
            pytest.skip("bubblewrap does not work here")
        pid = (
            psutil.Process(warm._starter._starter._launched.process.pid)
            .children(True)[-1]
            .pid
        )
        lines = Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
        read_only = Path(f"/proc/{pid}/mountinfo").read_text()
    assert ["lo"] == [line.split(":")[0].strip() for line in lines]
    root = next(line for line in read_only.splitlines() if line.split()[4] == "/")
    assert root.split()[5].startswith("ro")


def test_a_bubblewrap_that_does_not_work_is_done_without(tmp_path, monkeypatch):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with WorkerFactory() as warm:
        assert Isolation.BUBBLEWRAP not in warm.isolation
        assert 1 == answer(warm, "def f(): return 1").value


@pytest.mark.promise("layers-listed")
def test_a_layer_that_is_required_and_missing_is_an_error(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with (
        WorkerFactory(require_sandbox=True) as warm,
        pytest.raises(SandboxError, match="bubblewrap"),
    ):
        warm.start(b"", "attempt.py", LIMITS)
    with pytest.raises(SandboxError, match="this platform has only resource limits"):
        WorkerFactory(require_sandbox=True, fresh=True)


@pytest.mark.promise("layers-listed")
@needs_bubblewrap
@pytest.mark.parametrize(
    ("standing", "lacking"),
    [
        (isolation.SandboxLayers(0, True, True), "Landlock"),
        (isolation.SandboxLayers(7, False, True), "seccomp"),
        (isolation.SandboxLayers(7, True, False), "resource limits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_layer_of_a_worker_is_required(standing, lacking):
    told = messages.Imported(*astuple(standing))
    with (
        WorkerFactory(require_sandbox=True) as warm,
        pytest.raises(SandboxError, match=lacking),
    ):
        warm._starter._starter._check(told)


@needs_bubblewrap
def test_all_layers_satisfy_who_requires_them():
    if not has_bubblewrap():
        pytest.skip("bubblewrap does not work here")
    with WorkerFactory(require_sandbox=True) as warm:
        assert 1 == answer(warm, "def f(): return 1").value


def test_the_thread_that_starts_it_may_end():
    made = []
    thread = threading.Thread(target=lambda: made.append(WorkerFactory()))
    thread.start()
    thread.join()
    time.sleep(0.3)
    with made[0] as warm:
        assert 1 == answer(warm, "def f(): return 1").value
