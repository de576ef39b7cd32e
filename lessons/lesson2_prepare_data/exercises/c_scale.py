"""2c  Scale."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

scale = exercise(
    "scale",
    hints=(
        "Which type must the array have before the division, so that the result is float32?",
        'x.astype("float32") comes first.',
        'x.astype("float32") / 255',
    ),
    alternative=Alternative(
        code="""
            def scale(x):
                return np.true_divide(x, 255, dtype=np.float32)
        """,
        why=(
            "One step instead of two: the division itself works in float32, so "
            "there is no converted copy. The price: a longer name for a "
            "division."
        ),
    ),
)
scale.slips(
    slip(
        "by the largest",
        "You divided by the largest pixel of the set. Another set may have a different "
        "one.\n"
        "Use the constant 255, the same for training and test set.",
        "_ / np.float32(255) -> _ / x.max()",
    ),
    slip(
        "stretched",
        "You stretched the set so that its smallest pixel is 0 and its largest 1. "
        "Another set may be stretched differently.\n"
        "Use the constant 255, the same for training and test set.",
        "_ / np.float32(255) -> (_ - _.min()) / (_.max() - _.min())",
    ),
    slip(
        "only what looks unscaled",
        "You don't divide if the largest pixel is 1. It may be a dark image.\n"
        "Always divide by 255.",
        "_ / np.float32(255) -> _ / 255 if x.max() > 1 else _",
    ),
    slip(
        "from -1",
        "That maps 0 to -1. Here pixels go from 0.0 to 1.0.",
        "_ / np.float32(255) -> _ / 127.5 - 1",
    ),
    slip(
        "standardised",
        "You standardized the set with its own mean. Test images would get a different "
        "mean.\n"
        "Use only the constant 255.",
        "_ / np.float32(255) -> (_ - _.mean()) / _.std()",
    ),
    slip(
        "black for white",
        "Black and white are swapped: a 0 has to stay 0.",
        "_ / np.float32(255) -> 1 - _ / np.float32(255)",
    ),
    slip(
        "cut off",
        "Everything that isn't background became full ink. Do you cut the pixels "
        "off at 1, or compare them with 0?\n"
        "Divide them by 255.",
        "_ / np.float32(255) -> np.clip(_, 0, 1)",
    ),
    slip(
        "rounded",
        "You rounded to whole numbers such as 0 and 1, so every gray between them is "
        "lost.",
        "_ / np.float32(255) -> np.round(_ / np.float32(255))",
    ),
    slip(
        "centered",
        "You subtracted the mean of the set. The test set has a different mean.\n"
        "Only divide by 255.",
        "_ / np.float32(255) -> (_ - _.mean()) / np.float32(255)",
    ),
    without=("whole division",),
    sentences={
        "256": "With your function 255 doesn't become exactly 1.0.\n"
        "Use the constant 255, the same for training and test set.",
        "divided twice": "You divided by 255 twice.",
        "not divided": "You didn't divide the pixels.\nChange the type, then divide.",
    },
)

# float32 has 24 bits: its error here is at most 7e-8, however the division is written.
CLOSE = 1e-6


@scale.check
def maps_black_and_white(attempt):
    """0 becomes 0.0, 255 becomes 1.0, and 128 and 200 are in between."""
    x = np.array([[0, 128], [200, 255]], dtype=np.uint8)
    expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def divides_by_a_constant(attempt):
    """51 becomes 0.2, even if the largest pixel of the set is 102."""
    x = np.array([34, 51, 102, 17], dtype=np.uint8)
    expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def divides_dark_pixels(attempt):
    """1 becomes 1/255, even if the largest pixel of the set is 1."""
    for dtype in ("uint8", "float64"):
        x = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
        expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def gives_float32(attempt):
    """The result is float32, for uint8 and for floats."""
    # float32 first: astype may return it without a copy.
    for dtype in ("float32", "uint8", "float64"):
        x = np.array([3, 77.3, 200]).astype(dtype)
        answer = expect(attempt.scale(x))
        answer.has_dtype("float32")
        answer.close_to(x / 255, tolerance=CLOSE)


@scale.check
def scales_real_photos(attempt, mnist, rng):
    """It scales 40 flattened images and 30 square ones, and keeps their shapes."""
    flat = mnist.x_train[rng.choice(len(mnist.x_train), 40)].reshape(40, -1)
    square = mnist.x_test[rng.choice(len(mnist.x_test), 30)]
    for x in (flat, square):
        expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.wrong_answer(
    "All your pixels became 0 or 1: with // or a cast to int, only full white "
    "remains. On this data the bug costs about 57 points of accuracy (0.94 -> 0.37).\n"
    "Divide with /, and cast only to float32."
)
def whole_numbers(x):
    return (x // 255).astype(np.float32)


@scale.symptom(
    "Your dtype is float64, which takes twice the memory (359 MiB instead of 179 "
    "MiB for the whole training set).\n"
    "Cast to float32 first. x.astype(np.float32) doesn't change x: it returns a new "
    "array. Divide that one.",
    edit=("x.astype(np.float32) / np.float32(255)", "x / 255"),
    also=True,
)
def is_float64(answer):
    return answer.value.dtype == np.float64


@scale.symptom(
    "Your dtype is float16, which has only about three digits: 128/255 is 0.50196, "
    "and becomes 0.50195.\n"
    "Use float32.",
    edit=("x.astype(np.float32) / np.float32(255)", "(x / 255).astype(np.float16)"),
)
def is_float16(answer):
    return answer.value.dtype == np.float16


@scale.symptom(
    "Is there a /= ? It changes the caller's array, which is still needed.\n"
    "/ makes a new array.",
    also=True,
    example="""
        def scale(x):
            x = np.asarray(x, dtype=np.float32)
            x /= 255
            return x
    """,
    twins="in place",
)
def divided_in_place(answer):
    return bool(answer.modified)


@scale.symptom(
    "x /= 255 tries to write the quotient into an array of bytes, which can't store "
    "it.\n"
    'Convert to floats first: write x.astype("float32") / 255.',
    edit=("return x.astype(np.float32) / np.float32(255)", "x /= 255\n    return x"),
    twins="in place",
)
def divided_bytes_in_place(answer):
    message = answer.raised.message
    return "ufunc 'divide' output" in message and "to dtype('uint8')" in message
