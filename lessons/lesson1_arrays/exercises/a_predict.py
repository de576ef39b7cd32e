"""1a  Predict the shapes."""

from grader.checks import RemoteObject, entry, value

predict = value(
    "PREDICT",
    {
        "a[1]": entry(
            (28, 28),
            "You predicted the shape of a[1].",
            check="one_photo",
            wrong={
                (
                    1,
                    28,
                    28,
                ): "That is the shape of a set of one image. What does an integer "
                "index do to its axis?\n"
                "It removes the axis: a[1] is one image.",
                (6, 28): "The shape (6, 28) would be that of a[:, 1]. Which axis "
                "does a[1] index?\n"
                "It indexes the first one, which counts the images.",
            },
        ),
        "a[1:2]": entry(
            (1, 28, 28),
            "You predicted the shape of a[1:2].",
            check="a_set_of_one",
            wrong={
                (28, 28): "That is the shape of one image, without an axis for the "
                "set. Does a slice remove its axis?\n"
                "It keeps its axis, even if only one image is left.",
                (
                    2,
                    28,
                    28,
                ): "That would be a set of two images. Which indices does 1:2 "
                "select?\n"
                "The end of a slice isn't included: 1:2 selects only index 1.",
            },
        ),
        "a[:, 14:, 14:]": entry(
            (6, 14, 14),
            "You predicted the shape of a[:, 14:, 14:].",
            check="a_quarter_of_each",
            wrong={
                (
                    14,
                    14,
                ): "Your shape has no axis for the images. How many of them does "
                "the colon on its own keep?\n"
                "It keeps all 6, so axis 0 is still there.",
                (
                    6,
                    15,
                    15,
                ): "That is one pixel too many along each axis. At which index does "
                "14: end?\n"
                "It ends at index 27. That makes 28 - 14 = 14 pixels.",
                (
                    6,
                    13,
                    13,
                ): "That is one pixel too few along each axis. At which index does "
                "14: start?\n"
                "It starts at index 14 itself and ends at index 27. Count both "
                "ends.",
                (
                    6,
                    28,
                    28,
                ): "That is the shape of the whole set. Does 14: leave nothing out?\n"
                "It leaves out the first 14 rows, and the first 14 pixels of "
                "each row.",
            },
        ),
        "np.concatenate((a, b), 0)": entry(
            (10, 28, 28),
            "You predicted the shape of np.concatenate((a, b), 0).",
            check="two_sets_in_one",
            wrong={
                (10, 56, 56): "All three axes of your shape have grown. Along how "
                "many does concatenate join?\n"
                "Only the axis that you join along grows. The other "
                "two must be equal, and they stay the same.",
                (
                    2,
                    10,
                    28,
                    28,
                ): "Your shape has an axis more than a and b have. Does concatenate "
                "add one?\n"
                "It makes an existing one longer. np.stack adds an axis, and it "
                "needs sets of equal size.",
            },
        ),
        "dtype of a / 255": entry(
            "float64",
            "You predicted the dtype of a / 255.",
            check="kind_of_a_quotient",
            wrong={
                "uint8": "1/255 isn't a whole number, so uint8 can't store it.\n"
                "Division with / always gives floats.",
                "float32": "A float32 has 32 bits. How many does NumPy's default "
                "float have?\n"
                "It has 64. You get float32 only if you ask for it.",
                "float": "That is Python's name. The name of a NumPy dtype includes its "
                "bits, as in uint8: how many does NumPy's default float have?",
            },
        ),
    },
    prediction=True,
    hints=("Which axes remain after an integer index? And after a slice?",),
)


QUOTIENT = 'PREDICT["dtype of a / 255"]'


@predict.symptom(
    "Your answer isn't just the name of a dtype.\n"
    'Write the name of the dtype in quotes, such as "uint8" for np.uint8.',
    function=QUOTIENT,
    example='PREDICT["dtype of a / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")
