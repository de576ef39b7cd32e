"""scratch: the one folder that a worker may write."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

_SCRATCH_PREFIX = "lesson-scratch-"
# A process of another container is not seen here; its folder is young.
_OLD_S = 3600


def make_scratch() -> Path:
    """A new scratch folder; old ones whose makers were killed are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            is_old = time.time() - old.stat().st_mtime > _OLD_S
            if is_old and not _exists(int(old.name.split("-")[2])):
                shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{_SCRATCH_PREFIX}{os.getpid()}-"))


def _exists(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))
