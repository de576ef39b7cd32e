"""Each wall stands, and is named; without one the others still hold."""

import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from grader import walls
from grader.errors import SandboxError
from grader.sandbox import Ended, Limits, OutOfMemory, Raised, Returned, Warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Landlock")
ROOT = Path(__file__).parent.parent
LIMITS = Limits(cpu_s=2, idle_s=2, file_mb=8, scratch_mb=16)
needs_filter = pytest.mark.skipif(
    not walls.find_walls().has_filter, reason="no filter of system calls here"
)
needs_landlock = pytest.mark.skipif(
    not walls.find_walls().landlock, reason="this kernel has no Landlock"
)


def has_bubblewrap():
    with Warm() as warm:
        return any(name.startswith("bubblewrap") for name in warm.walls)


needs_bubblewrap = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="bubblewrap is not installed"
)


@pytest.fixture(scope="module", params=[True, False], ids=["both walls", "inner wall"])
def warm(request):
    with Warm(outer_wall=request.param) as warm:
        if request.param and not any(
            name.startswith("bubblewrap") for name in warm.walls
        ):
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
    str(ROOT / "grader" / "errors.py"),
    str(ROOT / "solutions" / "lesson3_cross_entropy.py"),
    str(Path.home() / ".bashrc"),
]


@needs_landlock
@pytest.mark.parametrize("path", UNREADABLE)
def test_nothing_but_the_libraries_can_be_read(warm, path):
    if not Path(path).exists():
        pytest.skip("not on this machine")
    assert "PermissionError" == refusal(answer(warm, READ, path))


@needs_landlock
def test_a_symbolic_link_leads_nowhere(warm):
    source = f"import os\nos.symlink({str(ROOT)!r}, 'project')\n" + READ
    reply = answer(warm, source, "project/pyproject.toml")
    assert "PermissionError" == refusal(reply)


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
    assert "x + 1" == answer(warm, source).value


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
]


@needs_landlock
@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_outside_the_scratch_folder(warm, write):
    assert isinstance(refusal(answer(warm, f"import os\ndef f(): {write}")), str)
    assert not (ROOT / "left").exists()
    assert not Path("/tmp/left").exists()


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


def test_a_file_has_a_largest_size(warm):
    source = "def f():\n    with open('a', 'wb') as file: file.write(bytes(9 << 20))"
    assert "OSError" == refusal(answer(warm, source))


def test_many_files_have_a_largest_size_too(warm):
    source = """
import time
def f():
    for i in range(300):
        with open(str(i), "wb") as file: file.write(bytes(7 << 20))
        time.sleep(0.01)
"""
    reply = answer(warm, source)
    is_full = refusal(reply) == "OSError"  # the outer wall's own bound
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


@needs_filter
@pytest.mark.parametrize("start", PROCESSES)
def test_no_process_is_started(warm, start):
    source = f"import multiprocessing, os, subprocess\ndef f(): return {start}"
    reply = answer(warm, source)
    assert isinstance(reply, Raised), reply
    assert reply.type_name in ("PermissionError", "OSError", "ZeroDivisionError")


@needs_filter
@pytest.mark.parametrize(
    "family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_VSOCK"]
)
@pytest.mark.parametrize("kind", ["SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW"])
def test_no_socket_is_opened(warm, family, kind):
    if not hasattr(socket, family):
        pytest.skip("not on this platform")
    source = f"import socket\ndef f(): socket.socket(socket.{family}, socket.{kind})"
    assert "PermissionError" == refusal(answer(warm, source))


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


@needs_filter
def test_memory_that_the_limit_does_not_see_cannot_be_had(warm):
    source = "import mmap\ndef f(): return mmap.mmap(-1, 1 << 30)"
    assert "OSError" == refusal(answer(warm, source))


def test_a_storm_of_threads_ends_by_itself(warm):
    source = """
import threading, time
def f():
    for _ in range(2000): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
"""
    limits = Limits(cpu_s=2, idle_s=2, memory_mb=256)
    reply = answer(warm, source, limits=limits)
    is_refused = isinstance(reply, Raised) and reply.type_name == "RuntimeError"
    assert is_refused or isinstance(reply, (OutOfMemory, Returned)), reply
    assert 1 == answer(warm, "def f(): return 1").value


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


def test_the_random_numbers_of_two_workers_differ(warm):
    source = "import random, numpy as np\ndef f(): return random.random(), np.random.random()"
    first, second = (answer(warm, source).value for _ in range(2))
    assert first[0] != second[0]
    assert first[1] != second[1]


def test_the_walls_are_named(warm):
    assert any(name.startswith("Landlock") for name in warm.walls)
    assert "resource limits" in warm.walls


@needs_bubblewrap
def test_the_outer_wall_hides_other_processes():
    source = "import os\ndef f(): return os.getpid(), os.getppid()"
    with Warm() as warm:
        if not any(name.startswith("bubblewrap") for name in warm.walls):
            pytest.skip("bubblewrap does not work here")
        pid, parent = answer(warm, source).value
    assert parent < pid < 50


def test_a_bubblewrap_that_does_not_work_is_done_without(tmp_path, monkeypatch):
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with Warm() as warm:
        assert not any(name.startswith("bubblewrap") for name in warm.walls)
        assert 1 == answer(warm, "def f(): return 1").value


def test_a_wall_that_is_required_and_missing_is_an_error(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with (
        Warm(require_sandbox=True) as warm,
        pytest.raises(SandboxError, match="bubblewrap"),
    ):
        warm.start(b"", "attempt.py", LIMITS)
    with pytest.raises(SandboxError, match="Both walls"):
        Warm(require_sandbox=True, fresh=True)


@needs_bubblewrap
def test_both_walls_satisfy_whoever_requires_them():
    if not has_bubblewrap():
        pytest.skip("bubblewrap does not work here")
    with Warm(require_sandbox=True) as warm:
        assert 1 == answer(warm, "def f(): return 1").value


def test_the_thread_that_starts_it_may_end():
    made = []
    thread = threading.Thread(target=lambda: made.append(Warm()))
    thread.start()
    thread.join()
    time.sleep(0.3)
    with made[0] as warm:
        assert 1 == answer(warm, "def f(): return 1").value
