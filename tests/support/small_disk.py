"""A small file system, which tests fill."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of 300 KB in a folder, gone afterwards."""
    folder.mkdir(exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if (
        shutil.which("mount") is None
        or subprocess.run(words, stderr=subprocess.DEVNULL).returncode
    ):
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, pages_left: int = 0) -> None:
    """Leave so many pages of 4 KB on the disk of a folder."""
    full = folder / "full"
    with (
        full.open("ab", buffering=0) as file,
        contextlib.suppress(OSError),
    ):
        while file.write(bytes(4096)):
            pass
    os.truncate(full, full.stat().st_size - 4096 * pages_left)
