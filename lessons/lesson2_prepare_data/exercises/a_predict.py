"""2a  Predict four bytes."""

import numpy as np

from grader.checks import RemoteObject, entry, value

WHOLE = 'PREDICT["byte(0, 128, 200, 255) // 255"]'
QUOTIENT = 'PREDICT["dtype of byte(0, 128, 200, 255) / 255"]'


def one_number(number):
    """Return what expects this number, which may be written as NumPy prints it: [144]."""

    def expects(entry):
        value = entry.value
        is_list = isinstance(value, (list, tuple)) and len(value) == 1
        if is_list or getattr(value, "shape", None) == (1,):
            entry = entry.its("number", lambda value: value[0])
        entry.equals(number)

    return expects


predict = value(
    "PREDICT",
    {
        "byte(200) + byte(200)": entry(
            one_number(144),
            "You predicted the sum of two bytes.",
            check="a_sum_of_bytes",
            wrong={
                400: "400 needs nine bits, and a byte has eight.\n"
                "After 255 it starts again at 0: subtract 256.",
                255: "NumPy doesn't stop at 255.\nAfter 255 a byte starts again at 0.",
                145: "A byte has 256 values, because 0 is one of them.\n"
                "Subtract 256, not 255.",
            },
        ),
        "byte(10) - byte(12)": entry(
            one_number(254),
            "You predicted the difference of two bytes.",
            check="a_difference_of_bytes",
            wrong={
                -2: "uint8 has no minus sign. What comes below 0?\n"
                "A byte wraps around to 255, so add 256.",
                0: "NumPy doesn't stop at 0.\nBelow 0 a byte wraps around to 255.",
                253: "A byte has 256 values, because 0 is one of them.\n"
                "Add 256, not 255.",
            },
        ),
        "byte(0, 128, 200, 255) // 255": entry(
            [0, 0, 0, 1],
            "You predicted the whole-number division of four bytes.",
            check="a_whole_division",
            wrong={
                (
                    0,
                    1,
                    1,
                    1,
                ): "These are rounded to the nearest whole number. Is that what // "
                "does?\n"
                "// always rounds down: 128 / 255 is more than a half, and still "
                "becomes 0.",
            },
        ),
        "dtype of byte(0, 128, 200, 255) / 255": entry(
            "float64",
            "You predicted the dtype of the quotient.",
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
    hints=("After 255 a byte starts again at 0. And // always rounds down.",),
)


@predict.symptom(
    "These are the results of /.\nThe double slash // gives whole numbers.",
    function=WHOLE,
    example='PREDICT["byte(0, 128, 200, 255) // 255"] = [0, 0.5, 0.78, 1]',
)
def divides_exactly(answer):
    exactly = np.array([0, 128, 200, 255]) / 255
    return np.allclose(answer.value, exactly, rtol=0, atol=0.01)


@predict.symptom(
    "Your answer isn't just the name of a dtype.\n"
    'Write the name of the dtype in quotes, such as "uint8" for np.uint8.',
    function=QUOTIENT,
    example='PREDICT["dtype of byte(0, 128, 200, 255) / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")
