"""2a  Predict four bytes."""

import numpy as np

from grader.checks import RemoteObject, exercise, expect

predict = exercise(
    "2a",
    "Predict four bytes",
    points=10,
    prediction=True,
    hints=("A byte starts again at 0 after 255. And // rounds down, always.",),
)

WHOLE = 'PREDICT["byte(0, 128, 200, 255) // 255"]'
QUOTIENT = 'PREDICT["dtype of byte(0, 128, 200, 255) / 255"]'


def is_predicted(attempt, key, number):
    """The entry is this number; it may be written as numpy prints it: [144]."""
    entry = expect(attempt.entry("PREDICT", key))
    value = entry.value
    is_list = isinstance(value, (list, tuple)) and len(value) == 1
    if is_list or getattr(value, "shape", None) == (1,):
        entry = entry.its("number", lambda value: value[0])
    entry.equals(number)


@predict.check
def a_sum_of_bytes(attempt):
    """The sum of two bytes is predicted right."""
    is_predicted(attempt, "byte(200) + byte(200)", 144)


@predict.check
def a_difference_of_bytes(attempt):
    """The difference of two bytes is predicted right."""
    is_predicted(attempt, "byte(10) - byte(12)", 254)


@predict.check
def a_whole_division(attempt):
    """The whole division of four bytes is predicted right."""
    entry = attempt.entry("PREDICT", "byte(0, 128, 200, 255) // 255")
    expect(entry).equals([0, 0, 0, 1])


@predict.check
def kind_of_a_quotient(attempt):
    """The dtype of the quotient is predicted right."""
    entry = attempt.entry("PREDICT", "dtype of byte(0, 128, 200, 255) / 255")
    expect(entry).equals("float64")


predict.wrong_choices(
    {
        'PREDICT["byte(200) + byte(200)"]': {
            400: "400 would need nine bits, and a byte has eight. It starts again at "
            "0 after 255: subtract 256.",
            255: "numpy does not stop at 255. After 255 a byte starts again at 0.",
            145: "A byte has 256 values, because 0 is one of them: subtract 256, not "
            "255.",
        },
        'PREDICT["byte(10) - byte(12)"]': {
            -2: "uint8 has no minus sign. Below 0 a byte goes on at 255, 254: add 256.",
            0: "numpy does not stop at 0. Below 0 a byte goes on at 255.",
            253: "A byte has 256 values, because 0 is one of them: add 256, not 255.",
        },
        WHOLE: {
            (0, 1, 1, 1): "// rounds down, always: 128 / 255 is more than a half, and "
            "still becomes 0.",
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
    "Those are the results of /. The double stroke // gives whole numbers.",
    function=WHOLE,
    example='PREDICT["byte(0, 128, 200, 255) // 255"] = [0, 0.5, 0.78, 1]',
)
def divides_exactly(answer):
    exactly = np.array([0, 128, 200, 255]) / 255
    return np.allclose(answer.value, exactly, rtol=0, atol=0.01)


@predict.symptom(
    'Answer with the name of the dtype as text, such as "uint8" for np.uint8.',
    function=QUOTIENT,
    example='PREDICT["dtype of byte(0, 128, 200, 255) / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")
