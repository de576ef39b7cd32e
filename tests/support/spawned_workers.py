"""Workers that are started, as on macOS and Windows, instead of forked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# Imported by every Python that a test starts; workers, which get -I, don't see it.
SPAWNING = """
import sys
from grader.sandbox import prelaunch

prelaunch.can_fork = lambda: False

def note(event, words):
    if event == "subprocess.Popen" and "-I" in words[1]:
        with open({log!r}, "a") as log:
            module = words[1][words[1].index("-m") + 1]
            print(module.rpartition(".")[2], file=log)

sys.addaudithook(note)
"""


@dataclass(frozen=True)
class Spawning:
    """What processes do whose workers are started, not forked."""

    folder: Path

    def use_python(self, script: str) -> None:
        """Let them start workers with a shell script instead of with Python."""
        path = self.folder / "python"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        with (self.folder / "sitecustomize.py").open("a") as file:
            file.write(f"sys.executable = {str(path)!r}\n")

    def kinds(self) -> set[str]:
        """The modules of the grader that they have started, which are workers."""
        return set((self.folder / "log").read_text().split())
