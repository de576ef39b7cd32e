"""given: what checks get beside the attempt: the data, and a place for pictures."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from grader.report import Picture


@dataclass
class Show:
    """Pictures that a check adds to the report."""

    pictures: list[Picture] = field(default_factory=list)

    def digits(self, images: Any, captions: Any = (), title: str = "") -> None:
        """Images of shape (n, 28, 28) or (n, 784), bytes or 0 to 1."""
        flat = np.asarray(images, dtype=float).reshape(len(images), -1)
        rows = flat if flat.max(initial=0) > 1 else flat * 255
        self._add("digits", title, rows.round().astype(int), captions)

    def matrix(self, counts: Any, title: str = "") -> None:
        """A table of whole numbers, rows = truth."""
        self._add("matrix", title, np.asarray(counts), ())

    def curve(self, series: dict[str, Any], title: str = "") -> None:
        """One line per named series of numbers."""
        self._add("curve", title, list(series.values()), tuple(series))

    def _add(self, kind: str, title: str, rows: Any, captions: Any) -> None:
        data = tuple(tuple(float(value) for value in row) for row in rows)
        self.pictures.append(Picture(kind, title, data, tuple(map(str, captions))))


@dataclass(frozen=True, slots=True)
class Mnist:
    """The four arrays of the data that the project ships, to be read only.

    Each is read when it is first asked for, and kept for the gradings that follow.
    """

    path: Path

    @property
    def x_train(self) -> np.ndarray:
        return kept(self.path, "x_train")

    @property
    def y_train(self) -> np.ndarray:
        return kept(self.path, "y_train")

    @property
    def x_test(self) -> np.ndarray:
        return kept(self.path, "x_test")

    @property
    def y_test(self) -> np.ndarray:
        return kept(self.path, "y_test")


@functools.lru_cache(maxsize=4)
def kept(path: Path, name: str) -> np.ndarray:
    with np.load(path) as arrays:
        array: np.ndarray = arrays[name]
    array.flags.writeable = False
    return array
