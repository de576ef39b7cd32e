"""1a: which centre is nearest."""

from grader.checks import exercise, expect

paper = exercise(
    "PREDICT",
    prediction=True,
    hints=(
        "Write the three squared distances down: two squares each, and a sum. In "
        "millimetres, only the first difference becomes ten times as large.",
    ),
)

CENTRES = ("a", "b", "c")


@paper.check
def knows_a_distance(attempt):
    """You know how far it is from (1, 2) to (4, 6)."""
    expect(attempt.entry("PREDICT", "distance to A")).close_to(5)


@paper.check
def knows_the_nearest(attempt):
    """You know which centre is nearest."""
    expect(attempt.entry("PREDICT", "nearest")).is_choice("a", of=CENTRES)


@paper.check
def knows_what_squares_change(attempt):
    """You know which centre is nearest by squared distances."""
    expect(attempt.entry("PREDICT", "nearest by squares")).is_choice("a", of=CENTRES)


@paper.check
def knows_what_a_unit_changes(attempt):
    """You know which centre is nearest when one measurement is in millimetres."""
    answer = attempt.entry("PREDICT", "nearest in millimetres")
    expect(answer).is_choice("b", of=CENTRES)


paper.wrong_choices(
    {
        'PREDICT["distance to A"]': {
            7: "That is 3 + 4, the way along two streets. Pythagoras adds squares, and "
            "takes the root.",
            25: "That is the squared distance. The distance is its root.",
        },
        'PREDICT["nearest"]': {
            "b": "B is straight above the leaf, 6 away. Compare that with A and C.",
            "c": "C is 5 to the right and 2 up. Is the root of 25 + 4 less than the "
            "distance to A?",
        },
        'PREDICT["nearest by squares"]': {
            "b": "The squares are 25, 36 and 29. Which one is smallest?",
            "c": "The squares are 25, 36 and 29, in the order A, B, C.",
        },
        'PREDICT["nearest in millimetres"]': {
            "a": "To A, the first difference is 30 now, and to B it is still 0.",
            "c": "To C, the first difference is 50 now. Which centre has the smallest "
            "first difference?",
        },
    }
)
