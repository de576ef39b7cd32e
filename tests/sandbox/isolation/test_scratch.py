"""A scratch folder is measured and removed, whatever an attempt made of it."""

import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from grader.common.errors import SandboxError
from grader.sandbox import Ended, Limits, Returned, WorkerFactory
from grader.sandbox.isolation import scratch

pytestmark = pytest.mark.only_on("posix")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scratch"
    made.mkdir()
    yield made
    scratch.remove(made)


def filled(folder, code):
    """The folder after a process did this in it, without the powers of root."""
    drop = "import os\nif os.getuid() == 0: os.chown('.', 65534, 65534); os.setuid(65534)\n"
    subprocess.run([sys.executable, "-c", drop + code], cwd=folder, check=True)
    return folder


DEEP = """
for _ in range(3000):
    os.mkdir("d"); open("f", "w").write("x"); os.chdir("d")
"""
WIDE = """
for i in range(60):
    os.makedirs(f"{i}/same/same/{i}")
    open(f"{i}/same/same/file", "w").write("x" * 1000)
"""
HIDDEN = """
os.mkdir("a"); os.mkdir("a/b"); open("a/b/c", "w").write("x")
os.chmod("a/b", 0); os.chmod("a", 0o300); os.chmod(".", 0o500)
"""
ODD = r"""
os.symlink("/", "root"); os.symlink("nowhere", "lost"); os.mkdir("d"); os.symlink("..", "d/up")
os.mkfifo("pipe"); open(b"\xff\xfe", "w"); os.mkdir(b"\xff"); os.link("pipe", "second")
"""
MADE = {"deep": DEEP, "wide": WIDE, "hidden": HIDDEN, "odd": ODD}


@pytest.mark.promise("scratch-folder")
@pytest.mark.parametrize("code", MADE.values(), ids=MADE)
def test_everything_is_removed(folder, code):
    filled(folder, code)
    assert scratch.remove(folder)
    assert not folder.exists()


def test_what_a_link_points_to_stays(folder, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (folder / "link").symlink_to(kept)
    assert scratch.remove(folder)
    link = tmp_path / "link"
    link.symlink_to(kept)
    assert not scratch.remove(link)
    assert "x" == (kept / "file").read_text()


def test_what_is_not_there_is_gone(tmp_path):
    assert scratch.remove(tmp_path / "nothing")


def test_an_old_folder_is_removed_however_deep():
    old = Path(tempfile.mkdtemp(prefix="lesson-scratch-999999999-"))
    filled(old, DEEP)
    os.utime(old, (0, 0))
    scratch.remove(scratch.make_scratch())
    assert not old.exists()


def test_files_are_counted(folder):
    filled(folder, WIDE)
    assert 60_000 / 2**20 == pytest.approx(scratch.size_mb(folder))
    assert 0 == scratch.size_mb(folder / "nothing")


def test_what_cannot_be_counted_is_endless(folder):
    filled(folder, DEEP)
    began_s = time.process_time()
    assert math.isinf(scratch.size_mb(folder))
    assert time.process_time() - began_s < 0.5


def test_what_is_hidden_is_endless(folder, monkeypatch):
    def refuse(where):
        raise PermissionError

    monkeypatch.setattr(os, "scandir", refuse)
    assert math.isinf(scratch.size_mb(folder))


@pytest.fixture(
    scope="module", params=[True, False], ids=["with bubblewrap", "without bubblewrap"]
)
def warm(request):
    with WorkerFactory(uses_bubblewrap=request.param) as warm:
        yield warm


def loaded(warm, source):
    worker = warm.start(source.encode(), "attempt.py", Limits())
    return worker, worker.load()


@pytest.mark.promise("scratch-folder")
def test_folders_a_thousand_deep_harm_nobody_else(warm):
    other, reply = loaded(warm, "def f(): return 1")
    assert isinstance(reply, Returned)
    bad, reply = loaded(warm, "import os, time" + DEEP + "time.sleep(0.3)")
    assert (
        isinstance(reply, Returned) or Ended("wrote too many files or folders") == reply
    )
    bad.kill()
    assert 1 == other.call("f").value
    other.kill()
    after, _ = loaded(warm, "import os\ndef f(): return os.listdir('.')")
    assert [] == after.call("f").value
    after.kill()


FILL = """
import os
os.mkdir("d", 0o300)
try:
    for n in range(6):
        with open(f"d/{n}", "wb") as file:
            for _ in range(60): file.write(b"x" * (1 << 20))
except OSError: pass
os.mkdir("e", 0)
"""


@pytest.mark.promise("scratch-space")
def test_a_full_scratch_folder_is_empty_for_the_next(warm):
    bad, _ = loaded(warm, FILL)
    process = warm._starter._starter._launched.process
    bad.kill()
    source = (
        "def f():\n    with open('a', 'wb') as file: return file.write(bytes(60 << 20))"
    )
    after, _ = loaded(warm, source)
    assert 60 << 20 == after.call("f").value
    assert process is warm._starter._starter._launched.process  # it was not begun again
    after.kill()


@pytest.mark.promise("scratch-space")
@pytest.mark.only_on("linux")
def test_what_cannot_be_removed_is_left_behind_with_its_process(monkeypatch):
    with WorkerFactory() as warm:
        first, _ = loaded(warm, "def f(): return 1")
        starter = warm._starter._starter
        process = starter._launched.process
        starter._has_leftovers = True
        second, _ = loaded(warm, "def f(): return 2")
        assert process is starter._launched.process  # somebody still needs it
        first.kill()
        second.kill()
        third, _ = loaded(warm, "def f(): return 3")
        another = starter._launched.process
        assert process is not another
        assert 3 == third.call("f").value
        third.kill()
        fourth, _ = loaded(warm, "def f(): return 4")
        assert another is starter._launched.process  # nothing is left behind in it
        assert 4 == fourth.call("f").value


@pytest.mark.only_on("linux")
def test_a_worker_that_cannot_be_started_harms_nobody_else():
    with WorkerFactory(uses_bubblewrap=False) as warm:
        first, _ = loaded(warm, "def f(): return 1")
        folder = Path(warm._starter._starter._scratch)
        (folder / "worker-2").mkdir()
        with pytest.raises(SandboxError, match="could not be started"):
            loaded(warm, "def f(): return 2")
        assert 1 == first.call("f").value
        third, _ = loaded(warm, "def f(): return 3")
        assert 3 == third.call("f").value


@pytest.mark.only_on("linux")
def test_a_worker_of_an_ended_process_can_be_ended():
    with WorkerFactory() as warm:
        first, _ = loaded(warm, "def f(): return 1")
        warm._starter._starter._launched.process.kill()
        second, _ = loaded(warm, "def f(): return 2")
        first.kill()
        assert 2 == second.call("f").value
