"""drawing: the command that classifies a drawn digit with the learner's own network."""

from __future__ import annotations

from pathlib import Path

from grader.cli.command import Program, command


@command(
    positional=("image",),
    help={"image": "a PNG file with one digit, about as large as the picture"},
)
def draw(app: Program, image: str) -> None:
    """Classify a digit that you drew with the network that you trained."""
    from grader.cli.render.drawing import draw_answer
    from grader.learner import drawn_digits
    from grader.learner.drawn_digits.image_file import read_drawing

    lesson = drawn_digits.find_lesson(app.root)
    png = read_drawing(Path(image))
    weights = app.open_own_session().weights(lesson)
    paper = app.screen
    with app.pool as pool:
        digit = drawn_digits.classify_drawing(png, lesson, weights, pool)
    draw_answer(digit, paper)
