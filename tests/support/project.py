"""The program's own modules, and what a copy of the project needs of them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_packages(goal: Path) -> None:
    """Copy what a project needs to grade, without its lessons."""
    # With what is compiled: otherwise the first command compiles all that it imports.
    shutil.copytree(ROOT / "grader", goal / "grader")


def iterate_modules(*folders: str) -> Iterator[Path]:
    for folder in folders or ("grader",):
        yield from sorted((ROOT / folder).rglob("*.py"))
