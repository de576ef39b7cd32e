"""A room that is served by a process of its own, which can be killed and begun again."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.support import certificate
from tests.support.project import ROOT
from tests.support.room import Asker, stored_in

SERVE = """
import contextlib, sys
from pathlib import Path
from grader.classroom.workshop.room_server import Settings, serve_room
root, folder, port = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
pem = Path(sys.argv[4]) if sys.argv[4:] else None
settings = Settings(folder, port=port, certificate=pem, key=pem, is_local=True)
with contextlib.suppress(KeyboardInterrupt):
    serve_room(root, settings, lambda opened: print(opened.addresses[0], flush=True))
"""
_GRADER = "grader.learner.grading_service.grader_process"


class RoomProcess:
    """A room, and the process that serves it.

    Args:
        root: the course.
        folder: of the room.
        scheme: http or https.
    """

    def __init__(self, root: Path, folder: Path, scheme: str = "http") -> None:
        self.root, self.folder, self.scheme = root, folder, scheme
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[str] | None = None

    @property
    def code(self) -> str:
        """What learners type."""
        return str(stored_in(self.folder, "SELECT code FROM room")[0][0])

    def start(self) -> None:
        """Serve it, on the same port as before."""
        words = [str(self.root), str(self.folder), str(self.port)]
        words += [str(certificate.FILE)] if self.scheme == "https" else []
        command = [sys.executable, "-u", "-c", SERVE, *words]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith(f"{self.scheme}://")

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def go_on_to(self, lesson: str) -> None:
        """Set the class's lesson, as the instructor does."""
        ((key,),) = stored_in(self.folder, "SELECT instructor_key FROM room")
        instructor = Asker(self.port, self.scheme)
        instructor.ask("GET", f"/instructor?key={key}")
        instructor.post("/instructor/lesson", lesson=lesson)

    def interrupt(self) -> float:
        """Press Ctrl-C; how many seconds it takes until the server has ended."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return time.monotonic() - began

    def below(self) -> list[psutil.Process]:
        """All processes that the server has begun, and theirs."""
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def graders(self) -> list[psutil.Process]:
        """The processes that grade."""
        return [one for one in self.below() if _GRADER in " ".join(one.cmdline())]

    def kill(self) -> list[psutil.Process]:
        """Kill the server; what is left of its processes 5 s later."""
        assert self._process is not None
        below = self.below()
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return psutil.wait_procs(below, timeout=5)[1]
