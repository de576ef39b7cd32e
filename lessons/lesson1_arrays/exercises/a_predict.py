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
                ): "An integer index removes its axis: a[1] is one image, not a "
                "set of one.",
                (6, 28): "a[1] indexes the first axis, which counts the images. "
                "The shape (6, 28) would be that of a[:, 1].",
            },
        ),
        "a[1:2]": entry(
            (1, 28, 28),
            "You predicted the shape of a[1:2].",
            check="a_set_of_one",
            wrong={
                (28, 28): "A slice keeps its axis, even if only one image is left.",
                (
                    2,
                    28,
                    28,
                ): "The end of a slice isn't included: 1:2 selects only index 1.",
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
                ): "The colon on its own keeps all 6 images, so axis 0 is still there.",
                (
                    6,
                    15,
                    15,
                ): "14: starts at index 14 and ends at index 27. That makes 28 - "
                "14 = 14 pixels.",
                (
                    6,
                    13,
                    13,
                ): "14: starts at index 14 itself and ends at index 27. Count "
                "both ends.",
                (
                    6,
                    28,
                    28,
                ): "14: leaves out the first 14 rows, and the first 14 pixels "
                "of each row.",
            },
        ),
        "np.concatenate((a, b), 0)": entry(
            (10, 28, 28),
            "You predicted the shape of np.concatenate((a, b), 0).",
            check="two_sets_in_one",
            wrong={
                (10, 56, 56): "Only the axis that you join along grows. The other two "
                "must be equal, and they stay the same.",
                (
                    2,
                    10,
                    28,
                    28,
                ): "concatenate doesn't add an axis: it makes an existing one "
                "longer. np.stack adds an axis, and it needs sets of equal size.",
            },
        ),
        "dtype of a / 255": entry(
            "float64",
            "You predicted the dtype of a / 255.",
            check="kind_of_a_quotient",
            wrong={
                "uint8": "1/255 isn't a whole number, so uint8 can't store it. Division "
                "with / always gives floats.",
                "float32": "NumPy's default float has 64 bits. You get float32 only if "
                "you ask for it.",
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
    'Write the name of the dtype as text, such as "uint8" for np.uint8.',
    function=QUOTIENT,
    example='PREDICT["dtype of a / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")
