"""drawn_digits: a digit that a learner draws, classified by their own network.

The picture is read within bounds and centred as the training images are. The network is
made by the learner's own `build`, and has the weights of their graded training. Nothing
here has a part in a verdict.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from grader.document import catalog
from grader.document.catalog import Lesson
from grader.drawn_digits.classifier import classify
from grader.drawn_digits.digit_format import centre_digit
from grader.drawn_digits.image_file import read_png
from grader.drawn_digits.weights import find_network
from grader.errors import Misuse
from grader.judge import classifies_drawings
from grader.sandbox import WorkerPool

__all__ = ["ClassifiedDigit", "classify_drawing", "find_lesson"]


class ClassifiedDigit(msgspec.Struct, frozen=True):
    """What a learner's network says of a drawing.

    Attributes:
        pixels: the 784 greys that it was shown, from 0 to 255.
        probabilities: of the digits 0 to 9.
        remarks: what was done to the drawing before, as sentences.
        trained_at: when the network was trained: UTC, ISO 8601.
    """

    pixels: tuple[int, ...]
    probabilities: tuple[float, ...]
    remarks: tuple[str, ...]
    trained_at: str

    @property
    def answer(self) -> int:
        """The digit with the highest probability."""
        return int(np.argmax(self.probabilities))

    @property
    def sentence(self) -> str:
        """What the network says, in words."""
        share = self.probabilities[self.answer]
        return f"Your network says {self.answer}, with a probability of {share:.2f}."


def find_lesson(root: Path) -> Lesson:
    """Return the lesson whose network classifies drawings.

    Raises:
        Misuse: the course has none.
    """
    for lesson in catalog.lessons(root):
        if classifies_drawings(lesson):
            return lesson
    raise Misuse("No lesson of this course trains a network that classifies drawings.")


def classify_drawing(
    png: bytes, lesson: Lesson, weights: Path, pool: WorkerPool | None = None
) -> ClassifiedDigit:
    """Return what a learner's own network says of a drawing.

    Args:
        png: the PNG file.
        lesson: the lesson in which the network was trained.
        weights: where its weights are kept.
        pool: where the worker comes from; one of its own when None.

    Raises:
        Misuse: the drawing can't be used, or there is no trained network.
        SandboxError: no worker can be had.
    """
    digit = centre_digit(read_png(png))
    network = find_network(weights, lesson)
    probabilities = classify(digit.image, network, lesson, pool)
    pixels = tuple(int(grey) for grey in digit.image.ravel())
    return ClassifiedDigit(pixels, probabilities, digit.remarks, network.trained_at)
