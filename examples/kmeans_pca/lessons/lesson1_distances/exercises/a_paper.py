"""1a: which centre is nearest."""

from grader.checks import entry, value

CENTRES = ("a", "b", "c")

paper = value(
    "PREDICT",
    {
        "distance to A": entry(
            5,
            "You know how far it is from (1, 2) to (4, 6).",
            within=1e-9,
            check="knows_a_distance",
            wrong={
                7: "That is 3 + 4, the way along two streets. Pythagoras adds squares, and "
                "takes the root.",
                25: "That is the squared distance. The distance is its root.",
            },
        ),
        "nearest": entry(
            "a",
            "You know which centre is nearest.",
            of=CENTRES,
            check="knows_the_nearest",
            wrong={
                "b": "B is straight above the leaf, 6 away. Compare that with A and C.",
                "c": "C is 5 to the right and 2 up. Is the root of 25 + 4 less than the "
                "distance to A?",
            },
        ),
        "nearest by squares": entry(
            "a",
            "You know which centre is nearest by squared distances.",
            of=CENTRES,
            check="knows_what_squares_change",
            wrong={
                "b": "The squares are 25, 36 and 29. Which one is smallest?",
                "c": "The squares are 25, 36 and 29, in the order A, B, C.",
            },
        ),
        "nearest in millimetres": entry(
            "b",
            "You know which centre is nearest when one measurement is in millimetres.",
            of=CENTRES,
            check="knows_what_a_unit_changes",
            wrong={
                "a": "To A, the first difference is 30 now, and to B it is still 0.",
                "c": "To C, the first difference is 50 now. Which centre has the smallest "
                "first difference?",
            },
        ),
    },
    prediction=True,
    hints=(
        "Write the three squared distances down: two squares each, and a sum. In "
        "millimetres, only the first difference becomes ten times as large.",
    ),
)
