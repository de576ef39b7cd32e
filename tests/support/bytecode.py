"""Share what is compiled in this environment with one that a test has just made.

Workers may write no bytecode. They would compile each library again, and TensorFlow
takes half a minute. Python ignores what was compiled from another version of a file.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path


def share_bytecode(environment: Path) -> None:
    """Link the bytecode of all packages that both environments have."""
    ours = Path(sysconfig.get_path("purelib"))
    (theirs,) = environment.glob("lib/python3*/site-packages")
    for folder in ours.rglob("__pycache__"):
        goal = theirs / folder.relative_to(ours)
        if goal.parent.is_dir():
            shutil.copytree(folder, goal, copy_function=_link, dirs_exist_ok=True)


def _link(source: str, goal: str) -> None:
    try:
        os.link(source, goal)
    except FileExistsError:  # Python has compiled it there meanwhile
        pass
    except OSError:  # on another disk
        shutil.copy2(source, goal)


if __name__ == "__main__":
    share_bytecode(Path(sys.argv[1]))
