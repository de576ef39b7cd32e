"""digit_html: the classification of a drawing as HTML, for a page and a notebook."""

from __future__ import annotations

import base64

from grader.course.document.markup import Html
from grader.course.document.templates import render
from grader.learner.drawn_digits import ClassifiedDigit
from grader.report.report_html import encode_png


def draw_answer(digit: ClassifiedDigit) -> Html:
    """Return the answer, the classified image, and the probabilities as bars."""
    image = base64.b64encode(encode_png(digit.pixels)).decode()
    return render("drawn_digits/answer.html", digit=digit, image=image)
