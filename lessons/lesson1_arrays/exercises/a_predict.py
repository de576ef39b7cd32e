"""1a  Predict the shapes."""

from grader.checks import RemoteObject, exercise, expect

predict = exercise(
    "1a",
    "Predict the shapes",
    points=15,
    prediction=True,
    hints=("Which axes survive an integer index? And which survive a slice?",),
)


@predict.check
def one_photo(attempt):
    """The shape of a[1] is predicted right."""
    expect(attempt.entry("PREDICT", "a[1]")).equals((28, 28))


@predict.check
def a_set_of_one(attempt):
    """The shape of a[1:2] is predicted right."""
    expect(attempt.entry("PREDICT", "a[1:2]")).equals((1, 28, 28))


@predict.check
def a_quarter_of_each(attempt):
    """The shape of a[:, 14:, 14:] is predicted right."""
    expect(attempt.entry("PREDICT", "a[:, 14:, 14:]")).equals((6, 14, 14))


@predict.check
def two_sets_in_one(attempt):
    """The shape of np.concatenate((a, b), 0) is predicted right."""
    entry = attempt.entry("PREDICT", "np.concatenate((a, b), 0)")
    expect(entry).equals((10, 28, 28))


@predict.check
def kind_of_a_quotient(attempt):
    """The dtype of a / 255 is predicted right."""
    expect(attempt.entry("PREDICT", "dtype of a / 255")).equals("float64")


QUOTIENT = 'PREDICT["dtype of a / 255"]'


predict.wrong_choices(
    {
        'PREDICT["a[1]"]': {
            (1, 28, 28): "An integer index removes its axis: a[1] is one photo, not a "
            "set of one.",
            (6, 28): "a[1] indexes the first axis, the one that counts the photos. "
            "The shape (6, 28) would be that of a[:, 1].",
        },
        'PREDICT["a[1:2]"]': {
            (28, 28): "A slice keeps its axis, even when only one photo is left in it.",
            (2, 28, 28): "The end of a slice is not included: 1:2 holds index 1 and "
            "nothing else.",
        },
        'PREDICT["a[:, 14:, 14:]"]': {
            (14, 14): "The single colon keeps all 6 photos, so axis 0 is still there.",
            (6, 15, 15): "14: starts at index 14 and ends at index 27. Those are 28 - "
            "14 = 14 pixels.",
            (6, 13, 13): "14: starts at index 14 itself and ends at index 27. Count "
            "both ends.",
            (6, 28, 28): "14: leaves out the first 14 rows, and the first 14 pixels "
            "of each row.",
        },
        'PREDICT["np.concatenate((a, b), 0)"]': {
            (10, 56, 56): "Only the axis that you join along grows. The other two "
            "must agree, and stay.",
            (2, 10, 28, 28): "concatenate makes no new axis: it lengthens one that is "
            "there. A new axis would come from np.stack, and would ask for sets of "
            "equal size.",
        },
        QUOTIENT: {
            "uint8": "1/255 is no whole number, so uint8 cannot hold it. Division by "
            "/ always gives floats.",
            "float32": "numpy's usual float has 64 bits. You get float32 only where "
            "you ask for it.",
            "float": "That is Python's name. A dtype of numpy also says its bits, as "
            "uint8 does: how many has numpy's usual float?",
        },
    }
)


@predict.symptom(
    'Answer with the name of the dtype as text, such as "uint8" for np.uint8.',
    function=QUOTIENT,
    example='PREDICT["dtype of a / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")
