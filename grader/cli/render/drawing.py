"""drawing: draw a digit, and how the learner's network classifies it."""

from __future__ import annotations

import numpy as np

from grader.cli.render.screen import Screen
from grader.learner.drawn_digits import ClassifiedDigit
from grader.pictures import digit
from grader.pictures.charts import BarChart, ChartSeries


def draw_answer(found: ClassifiedDigit, screen: Screen) -> None:
    """Draw the image that the network got, and its probabilities as bars."""
    screen.print("", screen.text("What the network saw:", "dim"))
    screen.print(digit(np.array(found.pixels, dtype=np.uint8)), "")
    classes = tuple(map(float, range(len(found.probabilities))))
    bars = ChartSeries("", classes, tuple(round(p, 3) for p in found.probabilities))
    screen.print(BarChart((bars,), x_label="digit", y_label="probability"))
    screen.print("", screen.text(found.sentence, "bold"), *found.remarks)
