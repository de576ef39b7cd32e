"""drawing: the command that classifies a drawn digit with the learner's own network."""

from __future__ import annotations

from pathlib import Path

from grader.cli.command import command, make_screen, open_own_session
from grader.course_folder import ROOT


@command(
    positional=("image",),
    help={"image": "a PNG file with one digit, about as large as the picture"},
)
def draw(image: str) -> None:
    """Classify a digit that you drew with the network that you trained."""
    from grader import drawn_digits
    from grader.cli.render.drawing import draw_answer
    from grader.drawn_digits.image_file import read_drawing

    lesson = drawn_digits.find_lesson(ROOT)
    png = read_drawing(Path(image))
    weights = open_own_session().weights(lesson)
    paper = make_screen()
    draw_answer(drawn_digits.classify_drawing(png, lesson, weights), paper)
