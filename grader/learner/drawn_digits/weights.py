"""weights: the network of a graded training, stored as plain arrays, only for drawings.

It is stored with the code that trained it, which can build the network again. So later
changes by the learner can't make the weights incompatible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader.common import files
from grader.common.errors import Misuse
from grader.course.document.catalog import Lesson
from grader.course.document.source import LARGEST_ATTEMPT
from grader.course.installation import format_command
from grader.sandbox import codec

LARGEST_WEIGHTS = 32_000_000  # bytes
_LARGEST_FILE = LARGEST_WEIGHTS + LARGEST_ATTEMPT + 100_000
_MOST_ARRAYS = 200
_KIND = "the network of a graded training, 1"


class KeptNetwork(msgspec.Struct, frozen=True):
    """A network that was trained in a grading.

    Attributes:
        source: the code that trained it.
        weights: its arrays, in Keras's order.
        trained_at: the time of the training, in UTC, as ISO 8601.
    """

    source: bytes
    weights: tuple[np.ndarray[Any, np.dtype[np.float32]], ...]
    trained_at: str


def weights_path(gradebook: Path, lesson: str, learner: str) -> Path:
    """Return the path of a learner's network, beside the gradebook."""
    name = hashlib.sha256(learner.encode()).hexdigest()[:12]
    return gradebook.parent / "networks" / f"{lesson}-{name}.weights"


def keep_network(path: Path, source: bytes, weights: Sequence[Any]) -> None:
    """Store a network, replacing an earlier one.

    Weights aren't stored if they aren't a sequence of arrays, or are much too large for
    such a network.

    Raises:
        OSError: if it can't be written.
    """
    arrays = [np.asarray(one) for one in weights[: _MOST_ARRAYS + 1]]
    is_plain = all(one.dtype.kind == "f" for one in arrays)
    size = sum(one.size * 4 for one in arrays)
    if not arrays or not is_plain or len(arrays) > _MOST_ARRAYS:
        return
    if size > LARGEST_WEIGHTS:
        return
    plain = [np.ascontiguousarray(one, dtype=np.float32) for one in arrays]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    digest = hashlib.sha256(source).hexdigest()
    content = codec.encode((_KIND, at, digest, source, plain))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, content)


def find_network(path: Path, lesson: Lesson) -> KeptNetwork:
    """Return the stored network.

    Raises:
        Misuse: if there is none, or it can't be read.
    """
    where = f"lesson {lesson.number}"
    again = f"Have it trained:  {format_command(f'grade {lesson.short_name}')}"
    if not path.is_file():
        why = "You don't have a trained network yet."
        raise Misuse(
            f"{why} It is kept when the training of {where} is graded. {again}",
            f"{why} Have the training of {where} graded first.",
        )
    try:
        kind, at, digest, source, weights = codec.decode(
            files.read(path, _LARGEST_FILE)
        )
        is_whole = kind == _KIND and hashlib.sha256(source).hexdigest() == digest
        arrays = tuple(np.asarray(one, dtype=np.float32) for one in weights)
    except (OSError, ValueError, TypeError, codec.CodecError):
        is_whole = False
    if not is_whole:
        why = "The network that was kept cannot be read."
        raise Misuse(
            f"{why} {again}", f"{why} Have the training of {where} graded again."
        )
    return KeptNetwork(source, arrays, str(at))
