"""drawn_digits: a digit that a learner draws, classified by their own network.

The image is read within limits and centred like the training images. The learner's own
`build` makes the network, which has the weights of their graded training. Nothing here
affects a verdict.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.judge import classifies_drawings
from grader.learner.drawn_digits.classifier import classify
from grader.learner.drawn_digits.digit_format import centre_digit
from grader.learner.drawn_digits.image_file import read_png
from grader.learner.drawn_digits.weights import find_network
from grader.sandbox import WorkerPool

__all__ = ["ClassifiedDigit", "classify_drawing", "find_lesson"]


class ClassifiedDigit(msgspec.Struct, frozen=True):
    """A network's classification of a drawing.

    Attributes:
        pixels: the 784 grey values that it got, from 0 to 255.
        probabilities: the probabilities of the digits 0 to 9.
        remarks: sentences about how the drawing was prepared.
        trained_at: when the network was trained, in UTC, as ISO 8601.
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
        """The classification in words."""
        share = self.probabilities[self.answer]
        return f"Your network says {self.answer}, with a probability of {share:.2f}."


def find_lesson(root: Path) -> Lesson:
    """Return the lesson whose network classifies drawings.

    Raises:
        Misuse: if the course has none.
    """
    for lesson in catalog.lessons(root):
        if classifies_drawings(lesson):
            return lesson
    raise Misuse("No lesson of this course trains a network that classifies drawings.")


def classify_drawing(
    png: bytes, lesson: Lesson, weights: Path, pool: WorkerPool
) -> ClassifiedDigit:
    """Classify a drawing with a learner's own network.

    Args:
        png: the PNG file.
        lesson: the lesson in which the network was trained.
        weights: the file with its weights.
        pool: provides the worker.

    Raises:
        Misuse: if the drawing can't be used, or there is no trained network.
        SandboxError: if no worker is available.
    """
    digit = centre_digit(read_png(png))
    network = find_network(weights, lesson)
    probabilities = classify(digit.image, network, lesson, pool)
    pixels = tuple(int(grey) for grey in digit.image.ravel())
    return ClassifiedDigit(pixels, probabilities, digit.remarks, network.trained_at)
