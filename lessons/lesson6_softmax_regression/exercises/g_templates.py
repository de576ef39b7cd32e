"""6g: read the templates."""

from grader.checks import entry, value

templates = value(
    "TEMPLATES",
    {
        "A": entry(
            3,
            "You recognise the three templates.",
            of=range(10),
            check="three_templates",
            wrong={
                8: "A is negative along its left side, above and below the middle. An 8 has "
                "ink at both places.",
                5: "A is negative on the left above the middle, and a 5 has ink there.",
                2: "A is negative at its lower left, where a 2 has ink.",
                9: "A is negative at the left of its upper half, where a 9 has its loop.",
                0: "A has positive weights in its centre. A 0 has no ink there.",
            },
        ),
        "B": entry(
            1,
            of=range(10),
            check="three_templates",
            wrong={
                7: "B has negative weights at its upper left, where a 7 has its bar.",
                2: "B is negative on both sides of its bar below the middle, and a 2 has ink "
                "there.",
                8: "B is negative on both sides of its bar below the middle, and an 8 has "
                "ink there.",
                4: "B is one bar. A 4 has ink on both sides of it, and there B is negative.",
                9: "B is one bar. A 9 has ink on the left of it, and there B is negative.",
            },
        ),
        "C": entry(
            0,
            of=range(10),
            check="three_templates",
            wrong={
                6: "C is positive at its upper right too, where a 6 has no ink.",
                8: "The centre of C is negative. An 8 crosses itself there.",
                9: "C is positive at its lower left too, where a 9 has no ink.",
                3: "The centre of C is strongly negative, and its left side is positive.",
            },
        ),
        "rim": entry(
            "b",
            "You know why the weights in the corners are 0.",
            of="abc",
            check="weights_at_the_rim",
            wrong={
                "a": "A small step would leave small weights. These are exactly 0.",
                "c": "Softmax has no weights; it sees ten logits. What multiplies a weight's "
                "gradient?",
            },
        ),
        "shift": entry(
            "c",
            "You know what happens to images that are moved.",
            of="abc",
            check="moved_images",
            wrong={
                "a": "The strokes are the same, but they meet other weights. Is there anything "
                "in x @ W that knows where a pixel's neighbours are?",
                "b": "A stroke is two to four pixels wide. After four pixels, does it still "
                "meet the weights that it was trained with?",
            },
        ),
        "limit": entry(
            "a",
            "You know why one layer has a limit.",
            of="abc",
            check="limit_of_one_layer",
            wrong={
                "b": "A small learning rate makes it slow, and 20 epochs are 10,000 steps. "
                "Another one ends in the same place.",
                "c": "The loss is convex: there is only one valley.",
            },
        ),
    },
    prediction=True,
    hints=(
        "Look for what is negative, in blue: a digit must have no ink there. And ask "
        "for each weight which pixel it belongs to, and which images have ink there.",
    ),
)
