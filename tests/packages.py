"""The packages of the project, each of which imports only from those before it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = (
    "derivations",
    "slips",
    "grader",
    "verify",
    "classroom",
    "server",
    "terminal",
)


def copy_packages(goal: Path) -> None:
    """Copy what a project needs to grade, without its lessons."""
    left_out = shutil.ignore_patterns("__pycache__", "*.pyc")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, goal / package, ignore=left_out)


def iterate_modules(*packages: str) -> Iterator[Path]:
    for package in packages or PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
