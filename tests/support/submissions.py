"""Submissions to the toy lesson, in a folder of a class."""

from __future__ import annotations

from pathlib import Path

import pytest

RIGHT = "def double(x):\n    return x + x\n"
SQUARED = "def double(x):\n    return x * x\n"


@pytest.fixture
def project(toy) -> Path:
    """The commands in a project with the toy lesson; the class's folder."""
    folder = toy.root / "submissions"
    folder.mkdir()
    return folder
