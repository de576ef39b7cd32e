"""The process that a grading in a terminal leaves behind is never felt, but in time."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pexpect
import psutil
import pytest

from grader.cli import grading, unchanged, warm_grader, warm_host
from grader.document import catalog
from grader.grading_service import GradingRequest
from tests.conftest import Toy
from tests.packages import copy_packages
from tests.test_full_disk import small_disk
from tests.waiting import LONGEST_S, waited

pytestmark = pytest.mark.only_on("linux")

ROOT = Path(__file__).parent.parent
HOSTILE = ROOT / "tests" / "hostile"
PAGE = """# %% [markdown]
# # Lesson 1  Toy
# %% id="1a"
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
"""
CHECKS = """
from grader.checks import exercise, expect, lesson

LESSON = lesson()
double = exercise("1a", "Twice", points=100, writes="double", hints=("a", "b", "c"))

@double.check
def doubles(attempt):
    "double(4) is 8."
    expect(attempt.double(4)).equals(8)
"""
RIGHT = "def double(x):\n    return 2 * x\n"
WRONG = "def double(x):\n    return 3 * x\n"
SLOW = "import time\ntime.sleep(3)\n" + RIGHT
# Whoever lists files or signals processes would find the grader; and sockets.
NOSY = """
import os, socket
def double(x):
    found = []
    for path in ("{folder}", "/proc/{pid}/fd", "/proc/{pid}/environ"):
        try:
            found.append(os.listdir(path) if os.path.isdir(path) else open(path).read())
        except Exception:
            pass
    try:
        os.kill({pid}, 0)
        found.append("signal")
    except Exception:
        pass
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("{folder}/{socket}")
            found.append("socket")
    except Exception:
        pass
    return 8 if not found else str(found)
"""


class Terminal:
    """A course, and a terminal in its folder."""

    def __init__(self, root: Path, runtime: Path) -> None:
        self.root, self.runtime = root, runtime
        self.checks = root / "lessons" / "lesson1_toy" / "checks.py"
        self.attempt = root / "attempts" / "lesson1_toy.py"
        self.folder = runtime / "lesson-grader"
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("GRADER_COLD", "CI", "GRADER_DEBUG")
        } | {"XDG_RUNTIME_DIR": str(runtime), "COLUMNS": "80", "TERM": "dumb"}

    def start(self, *words: str, **environment: str) -> pexpect.spawn:
        command = ("-m", "invoke", *(words or ("grade", "lesson1")))
        return self.start_python(*command, **environment)

    def start_python(self, *command: str, **environment: str) -> pexpect.spawn:
        return pexpect.spawn(
            sys.executable,
            list(command),
            cwd=self.root,
            env=self.environment | environment,
            encoding="utf-8",
            timeout=60,
            dimensions=(50, 100),
        )

    def run(self, *words: str, **environment: str) -> tuple[int | None, str]:
        return finish(self.start(*words, **environment))

    def grade(self, source: str = RIGHT, **environment: str) -> tuple[int | None, str]:
        self.write(source)
        return self.run(**environment)

    def write(self, source: str) -> None:
        """Write the attempt as if nothing had been graded before."""
        shutil.rmtree(self.attempt.parent, ignore_errors=True)
        self.attempt.parent.mkdir()
        self.attempt.write_text(source)

    def waiting(self) -> list[psutil.Process]:
        """The processes that wait for the next grading in this course."""
        found = []
        for one in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                sockets = (line.laddr for line in one.net_connections("unix"))
                if any(str(at).endswith(".socket") for at in sockets) and (
                    one.environ().get("XDG_RUNTIME_DIR") == str(self.runtime)
                ):
                    found.append(one)
        return found

    def only(self) -> psutil.Process:
        (found,) = self.waiting()
        return found

    def end(self) -> None:
        for one in self.waiting():
            one.kill()


def finish(terminal: pexpect.spawn) -> tuple[int | None, str]:
    text = terminal.read()
    terminal.close()
    # Without colours and with one line for each that was drawn anew.
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    lines = [line.rstrip().rpartition("\r")[2] for line in text.split("\n")]
    drawn = [line for line in lines if line and not line.startswith("Grading lesson")]
    times = re.compile(r"[0-9.]+ s\. To repeat with the same inputs: --seed [0-9]+")
    return terminal.exitstatus, times.sub("SEED", "\n".join(drawn))


def wait_until_gone(process: psutil.Process, within_s: float = LONGEST_S) -> None:
    process.wait(within_s)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("warm")
    copy_packages(root)
    for name in ("tasks.py", "pyproject.toml"):
        shutil.copy(ROOT / name, root)
    (root / "lessons" / "lesson1_toy").mkdir(parents=True)
    (root / "lessons" / "lesson1_toy" / "lesson.py").write_text(PAGE)
    (root / "lessons" / "lesson1_toy" / "checks.py").write_text(CHECKS)
    (root / "solutions").mkdir()
    (root / "solutions" / "lesson1_toy.py").write_text(PAGE)
    # What has just changed lets no process stay.
    time.sleep(2.5)
    return root


@pytest.fixture
def terminal(program: Path, tmp_path: Path) -> Iterator[Terminal]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    made = Terminal(program, runtime)
    shutil.rmtree(program / "attempts", ignore_errors=True)
    yield made
    made.end()


@pytest.mark.slow
def test_the_second_grading_is_done_by_the_process_of_the_first(
    terminal: Terminal,
) -> None:
    cold = terminal.grade(WRONG)
    waits = terminal.only()
    began_s, starters = waits.create_time(), waits.children(recursive=True)
    assert starters
    assert terminal.grade(WRONG) == cold
    assert cold[0] == 1
    code, text = terminal.grade()
    assert (code, "100 of 100" in text) == (0, True)
    assert terminal.only() == waits
    assert (waits.create_time(), waits.children(recursive=True)) == (began_s, starters)
    code, text = terminal.run("doctor")
    assert f"process {waits.pid} has lesson1_toy ready" in " ".join(text.split())
    terminal.run("grade", "lesson1", "--cold")
    assert terminal.waiting() == []


@pytest.mark.slow
def test_it_has_said_which_lesson_it_has_when_the_command_ends(
    terminal: Terminal,
) -> None:
    terminal.grade()
    terminal.end()
    (said,) = (one for one in terminal.folder.iterdir() if not one.suffix)
    said.write_text("lesson9_of_an_earlier_one\n")
    ours, theirs = os.openpty()  # which holds all that the command writes
    subprocess.run(
        [sys.executable, "-m", "invoke", "grade", "lesson1"],
        cwd=terminal.root,
        env=terminal.environment,
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
    )
    assert said.read_text() == "lesson1_toy\n"
    os.close(ours)
    os.close(theirs)


def test_it_holds_nothing_of_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    words = f"exec 9>{lock}; exec {sys.executable} -m invoke grade lesson1"
    shell = pexpect.spawn(
        "/bin/sh", ["-c", words], cwd=terminal.root, env=terminal.environment
    )
    assert shell.read()
    shell.close()
    family = [terminal.only(), *terminal.only().children(recursive=True)]
    for one in family:
        with contextlib.suppress(psutil.Error):
            open_files = [
                path.readlink() for path in Path(f"/proc/{one.pid}/fd").iterdir()
            ]
            assert not [x for x in open_files if str(x).startswith("/dev/pt")]
            assert lock not in open_files
    assert terminal.only().cwd() == "/"
    assert os.getsid(terminal.only().pid) != os.getsid(0)
    assert terminal.only().terminal() is None


@pytest.mark.parametrize("variable", ["CI", "GRADER_COLD"])
def test_nothing_stays_where_it_is_off(terminal: Terminal, variable: str) -> None:
    assert terminal.grade(**{variable: "1"})[0] == 0
    assert terminal.waiting() == []


@pytest.mark.slow
def test_nothing_stays_without_a_terminal(terminal: Terminal) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "invoke", "grade", "lesson1"],
        cwd=terminal.root,
        env=terminal.environment,
        capture_output=True,
    )
    assert done.returncode == 0
    assert terminal.waiting() == []
    for words in (("--require-sandbox",), ("--seed", "3")):
        terminal.run("grade", "lesson1", *words)
        assert terminal.waiting() == []


@pytest.mark.promise("warm-environment")
@pytest.mark.slow
def test_it_ends_when_a_check_changes(terminal: Terminal) -> None:
    assert terminal.grade()[0] == 0
    before = terminal.only()
    try:
        changed = CHECKS.replace("equals(8)", "equals(12)")
        terminal.checks.write_text(changed)
        assert terminal.grade()[0] == 1
        wait_until_gone(before)
        # It has only just changed, so nothing stays.
        assert terminal.waiting() == []
    finally:
        terminal.checks.write_text(CHECKS)
        time.sleep(2.5)
    assert terminal.grade()[0] == 0


@pytest.mark.promise("warm-environment")
def test_it_ends_when_something_is_installed(
    terminal: Terminal, tmp_path: Path
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    time.sleep(2.5)
    terminal.environment["PYTHONPATH"] = str(packages)
    terminal.grade()
    waits = terminal.only()
    (packages / "numpy-9.dist-info").mkdir()
    wait_until_gone(waits)  # nobody asks it for anything


@pytest.mark.promise("warm-environment")
def test_another_environment_is_graded_without_it(terminal: Terminal) -> None:
    terminal.grade()
    before = terminal.only()
    assert terminal.grade(PYTHONHASHSEED="3")[0] == 0
    wait_until_gone(before)
    assert terminal.only() != before


def test_one_that_was_killed_is_not_missed(terminal: Terminal) -> None:
    first = terminal.grade()
    terminal.only().kill()
    assert terminal.grade() == first
    assert len(terminal.waiting()) == 1  # a socket that nobody listens at is replaced


@pytest.mark.slow
def test_one_that_is_killed_while_it_grades_is_not_missed(terminal: Terminal) -> None:
    cold = terminal.grade(SLOW)
    terminal.write(SLOW)
    command = terminal.start()
    time.sleep(1.5)
    terminal.only().kill()
    assert finish(command) == cold


def test_one_that_is_stopped_or_busy_is_not_waited_for(terminal: Terminal) -> None:
    cold = terminal.grade()
    terminal.only().send_signal(signal.SIGSTOP)
    began_s = time.monotonic()
    assert terminal.grade() == cold
    # If the stopped process held the terminal, reading from it would take a minute.
    assert time.monotonic() - began_s < LONGEST_S / 2


@pytest.mark.slow
def test_ctrl_c_ends_the_command_with_it_and_without(terminal: Terminal) -> None:
    for _ in range(2):
        terminal.write(SLOW)
        command = terminal.start()
        time.sleep(1.5)
        command.sendintr()
        code, text = finish(command)
        assert code == 130
        assert "Traceback" not in text
        assert terminal.grade()[0] == 0  # for the second time, one waits


@pytest.mark.slow
def test_a_command_that_is_ended_takes_its_child_along(terminal: Terminal) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        terminal.write(SLOW)
        command = terminal.start()
        time.sleep(1.5)
        assert waited(partial(psutil.Process(command.pid).children, recursive=True))
        family = psutil.Process(command.pid).children(recursive=True)
        command.kill(number)
        finish(command)
        assert command.signalstatus == number
        _, alive = psutil.wait_procs(family, timeout=LONGEST_S)
        assert alive == []


def start_with_it(terminal: Terminal) -> tuple[pexpect.spawn, psutil.Process]:
    """Start a slow grading that a warm grader does; return both."""
    terminal.grade()
    host = terminal.only()
    idle = len(host.children(recursive=True))
    terminal.write(SLOW)
    command = terminal.start()
    # It has a worker for the attempt, and the command has no process of its own.
    assert waited(lambda: len(host.children(recursive=True)) > idle)
    assert psutil.Process(command.pid).children() == []
    return command, host


@pytest.mark.promise("warm-ends")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_ends_when_the_command_that_it_runs_is_ended(
    terminal: Terminal, number: int
) -> None:
    command, host = start_with_it(terminal)
    family = [host, *host.children(recursive=True)]
    command.kill(number)
    finish(command)
    assert command.signalstatus == number
    _, alive = psutil.wait_procs(family, timeout=LONGEST_S)
    assert alive == []


@pytest.mark.promise("warm-ends")
def test_it_ends_after_ctrl_c_like_the_command(terminal: Terminal) -> None:
    command, host = start_with_it(terminal)
    command.sendintr()
    code, text = finish(command)
    assert (code, "Stopped. Nothing is still running" in text) == (130, True)
    wait_until_gone(host)


def test_after_ctrl_c_nothing_is_graded_again_if_it_has_died() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    one, other = socket.socketpair()
    with one, other:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        assert warm_grader._follow(one, gone.pid) == 130
        other.close()
        assert warm_grader._follow(one, gone.pid) is None


def test_it_pauses_with_the_command(terminal: Terminal) -> None:
    command, host = start_with_it(terminal)
    command.kill(signal.SIGTSTP)
    stopped = (psutil.STATUS_STOPPED, psutil.STATUS_STOPPED)
    typed = psutil.Process(command.pid)
    assert waited(lambda: (typed.status(), host.status()) == stopped)
    command.kill(signal.SIGCONT)
    code, text = finish(command)
    assert (code, "100 of 100" in text) == (0, True)
    assert terminal.only() == host


@pytest.mark.slow
def test_a_command_gets_its_own_folder_width_and_options(terminal: Terminal) -> None:
    terminal.grade()
    host = terminal.only()
    elsewhere = terminal.root / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    (elsewhere / "mine.py").write_text(WRONG)
    said = []
    for variables in ({}, {"GRADER_COLD": "1"}):
        command = pexpect.spawn(
            sys.executable,
            ["-m", "invoke", "grade", "1", "--attempt", "mine.py", "--json", "out"],
            cwd=elsewhere,
            env=terminal.environment | variables | {"COLUMNS": "60"},
            encoding="utf-8",
            timeout=60,
        )
        said.append(finish(command))
        assert (elsewhere / "out").is_file()
        (elsewhere / "out").unlink()
    assert said[0] == said[1]
    assert said[0][0] == 1
    assert max(map(len, said[0][1].split("\n"))) <= 60
    for words in (("lesson1", "--attempt", "nowhere.py"), ("lesson1", "--sed", "3")):
        warm = terminal.run("grade", *words)
        assert warm == terminal.run("grade", *words, GRADER_COLD="1")
        assert warm[0] == 2
    assert terminal.only() == host


@pytest.mark.promise("warm-same-user")
@pytest.mark.parametrize("spoil", ["link", "file", "open", "another's"])
def test_a_folder_that_others_may_have_made_is_not_used(
    terminal: Terminal, tmp_path: Path, spoil: str
) -> None:
    clean = terminal.grade(GRADER_COLD="1")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if spoil == "link":
        terminal.folder.symlink_to(elsewhere)
    elif spoil == "file":
        terminal.folder.write_text("")
    else:
        terminal.folder.mkdir(mode=0o700)
    if spoil == "open":
        terminal.folder.chmod(0o755)
    if spoil == "another's":
        if os.getuid() != 0:
            pytest.skip("only root can give a folder away")
        os.chown(terminal.folder, 65534, 65534)
    assert terminal.grade() == clean
    assert terminal.waiting() == []
    assert list(elsewhere.iterdir()) == []


@pytest.mark.promise("warm-same-user")
@pytest.mark.only_on("root")
def test_another_user_reaches_nothing(terminal: Terminal) -> None:
    terminal.grade()
    (path,) = terminal.folder.glob("*.socket")
    # They begin in that folder, so that none above it keeps them out.
    code = (
        f"import os, socket; os.chdir({str(terminal.folder)!r})\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"line = socket.socket(socket.AF_UNIX); line.connect({path.name!r})\n"
        "line.settimeout(5); print(line.recv(1))"
    )
    tried = [sys.executable, "-I", "-c", code]
    done = subprocess.run(tried, capture_output=True, text=True)
    assert "PermissionError" in done.stderr
    # Nor could they if it were open: the process asks the system who has connected.
    terminal.folder.chmod(0o711)
    path.chmod(0o777)
    done = subprocess.run(tried, capture_output=True, text=True)
    assert done.stdout == "b''\n" or "ConnectionReset" in done.stderr
    terminal.folder.chmod(0o700)
    assert terminal.grade()[0] == 0


@pytest.mark.promise("warm-same-user")
def test_only_an_own_process_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert warm_grader.find_own_peer(one) == os.getpid()
        monkeypatch.setattr(os, "getuid", lambda: 4321)
        with pytest.raises(PermissionError):
            warm_grader.find_own_peer(one)


def test_where_no_process_can_be_made_the_grading_is_cold(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> int:
        raise BlockingIOError

    lesson = catalog.find("lesson1", toy.root)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    monkeypatch.setattr(grading, "can_be_warm", lambda: True)
    monkeypatch.setattr(os, "fork", refuse)
    with grading.open_service(lesson, False, False) as (service, stay):
        request = GradingRequest.of(lesson, lesson.solution, RIGHT.encode())
        assert service.grade(request).has_passed
        stay(0)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


@pytest.mark.promise("warm-environment")
@pytest.mark.slow
def test_another_course_has_its_own(terminal: Terminal, tmp_path: Path) -> None:
    terminal.grade()
    other = tmp_path / "other"
    shutil.copytree(terminal.root, other, ignore=shutil.ignore_patterns("__pycache__"))
    time.sleep(2.5)
    second = Terminal(other, terminal.runtime)
    (other / "lessons/lesson1_toy/checks.py").write_text(
        CHECKS.replace("equals(8)", "equals(12)")
    )
    assert second.grade()[0] == 1
    assert terminal.grade()[0] == 0


@pytest.mark.slow
def test_a_full_disk_is_not_felt(terminal: Terminal, tmp_path: Path) -> None:
    clean = terminal.grade(GRADER_COLD="1")
    with small_disk(terminal.runtime):
        with (
            contextlib.suppress(OSError),
            (terminal.runtime / "full").open("wb") as full,
        ):
            while True:
                full.write(bytes(1 << 12))
        terminal.runtime.chmod(0o700)
        for _ in range(2):
            assert terminal.grade() == clean
        terminal.end()


@pytest.mark.promise("warm-attempts")
def test_an_attempt_does_not_reach_the_process_that_judges_it(
    terminal: Terminal,
) -> None:
    terminal.grade()
    (path,) = terminal.folder.glob("*.socket")
    nosy = NOSY.format(
        folder=terminal.folder, pid=terminal.only().pid, socket=path.name
    )
    before = terminal.only()
    assert terminal.grade(nosy)[0] == 0
    assert terminal.only() == before


@pytest.mark.promise("warm-attempts")
@pytest.mark.hostile
@pytest.mark.parametrize(
    "name", ["exit_os_at_import", "close_every_descriptor", "forge_reply", "fork_storm"]
)
def test_a_hostile_attempt_gets_what_it_gets_without_it(
    terminal: Terminal, name: str
) -> None:
    source = (HOSTILE / f"{name}.py").read_text()
    cold = terminal.grade(source, GRADER_COLD="1")
    terminal.grade()
    before = terminal.only()
    assert terminal.grade(source) == cold
    assert terminal.grade()[0] == 0
    assert terminal.only() == before


def test_it_ends_when_memory_gets_short_or_nobody_reaches_it(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = psutil.virtual_memory()._replace(available=900 << 20)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    assert warm_host._is_memory_short()
    monkeypatch.undo()
    terminal.grade()
    waits = terminal.only()
    shutil.rmtree(terminal.folder)
    wait_until_gone(waits)


# A command whose process waits for 4 seconds instead of ten minutes, and has little
# memory left once there is a file of this name.
SHORT = """
import sys
from pathlib import Path
import psutil
from grader.cli.program import main
from grader.cli import warm_host

free = psutil.virtual_memory()

def virtual_memory():
    is_short = Path({flag!r}).exists()
    return free._replace(available=(900 if is_short else 4_000) << 20)

warm_host._IDLE_S = {idle_s}
psutil.virtual_memory = virtual_memory
sys.argv = ["xent", "grade", "lesson1"]
main()
"""


@pytest.mark.parametrize("is_short", [False, True])
def test_it_ends_when_it_is_idle_or_memory_gets_short_while_it_waits(
    terminal: Terminal, tmp_path: Path, is_short: bool
) -> None:
    flag = tmp_path / "short"
    code = SHORT.format(flag=str(flag), idle_s=600.0 if is_short else 4.0)
    terminal.write(RIGHT)
    assert finish(terminal.start_python("-c", code))[0] == 0
    waits = terminal.only()
    starters = waits.children(recursive=True)
    assert starters
    if is_short:
        with pytest.raises(psutil.TimeoutExpired):
            waits.wait(3)
        flag.touch()
    for one in (waits, *starters):
        wait_until_gone(one)


def test_what_may_not_change_is_seen(tmp_path: Path) -> None:
    (tmp_path / "lessons" / "data").mkdir(parents=True)
    data = tmp_path / "lessons" / "data" / "points.csv"
    data.write_text("1,2")
    before = unchanged.list_files(tmp_path)
    assert unchanged.list_files(tmp_path) == before
    at = data.stat()
    data.write_text("1,3")  # of the same size, and with the old time
    os.utime(data, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert unchanged.list_files(tmp_path) != before
    as_it_was = unchanged.describe_process(os.getpid())
    assert unchanged.describe_process(os.getpid()) == as_it_was
    umask = os.umask(0o077)
    try:
        assert unchanged.describe_process(os.getpid()) != as_it_was
    finally:
        os.umask(umask)
