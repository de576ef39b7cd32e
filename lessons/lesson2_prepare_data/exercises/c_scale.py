"""2c  Scale."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

scale = exercise(
    "2c",
    "Scale",
    points=15,
    writes="scale",
    hints=(
        "What type must the division see, so that its result has the type you want?",
        'x.astype("float32") comes first.',
        'x.astype("float32") / 255',
    ),
    alternative=Alternative(
        code="""
            def scale(x):
                return np.true_divide(x, 255, dtype=np.float32)
        """,
        why=(
            "One step in place of two: the division itself works in float32, so "
            "no converted copy is made first. What it costs: a longer name for "
            "a division."
        ),
    ),
)
scale.slips(
    slip(
        "by the largest",
        "You divided by the largest pixel of the set. "
        "Use the constant 255, the same for train and test.",
        "_ / np.float32(255) -> _ / x.max()",
    ),
    slip(
        "stretched",
        "You stretched the set so that its smallest pixel is 0 and its largest 1. "
        "Use the constant 255, the same for train and test.",
        "_ / np.float32(255) -> (_ - _.min()) / (_.max() - _.min())",
    ),
    slip(
        "only what looks unscaled",
        "A set whose pixels go up to 1 you left as it was. It may be a dark photo: "
        "divide by 255, whatever is in the array.",
        "_ / np.float32(255) -> _ / 255 if x.max() > 1 else _",
    ),
    slip(
        "from -1",
        "That maps 0 to -1. Some networks like it; here pixels go from 0.0 to 1.0.",
        "_ / np.float32(255) -> _ / 127.5 - 1",
    ),
    slip(
        "standardised",
        "You centred the set on its own mean. Test photos would be moved by another "
        "mean: use the constant 255, and nothing of the set's own.",
        "_ / np.float32(255) -> (_ - _.mean()) / _.std()",
    ),
    slip(
        "black for white",
        "Black and white have changed places: 0 became 1.",
        "_ / np.float32(255) -> 1 - _ / np.float32(255)",
    ),
    slip(
        "cut off",
        "The pixels are cut off at 1, and not divided: all that is not background has "
        "become full ink.",
        "_ / np.float32(255) -> np.clip(_, 0, 1)",
    ),
    slip(
        "rounded",
        "Whole numbers are all that is left, such as 0 and 1: every grey between them is "
        "lost.",
        "_ / np.float32(255) -> np.round(_ / np.float32(255))",
    ),
    without=("whole division",),
    sentences={
        "256": "255 must map to exactly 1.0. "
        "Use the constant 255, the same for train and test.",
        "divided twice": "You divided by 255 twice. Once is enough.",
        "not divided": "The pixels are not divided: change the type, and then divide.",
    },
)

# float32 has 24 bits: its error here is at most 7e-8, however the division is written.
CLOSE = 1e-6


@scale.check
def maps_black_and_white(attempt):
    """0 becomes 0.0 and 255 becomes 1.0; 128 and 200 lie between."""
    x = np.array([[0, 128], [200, 255]], dtype=np.uint8)
    expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def divides_by_a_constant(attempt):
    """51 becomes 0.2, also in a set whose largest pixel is 102."""
    x = np.array([34, 51, 102, 17], dtype=np.uint8)
    expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def divides_dark_pixels(attempt):
    """1 becomes 1/255, also in a set whose largest pixel is 1."""
    for dtype in ("uint8", "float64"):
        x = np.array([[0, 1, 1], [1, 0, 1]], dtype=dtype)
        expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.check
def gives_float32(attempt):
    """The result is float32, whether uint8 or floats come in."""
    # float32 first: no copy is made of it on the way to the division.
    for dtype in ("float32", "uint8", "float64"):
        answer = expect(attempt.scale(np.array([3, 77, 200], dtype=dtype)))
        answer.has_dtype("float32")
        answer.close_to(np.array([3, 77, 200]) / 255, tolerance=CLOSE)


@scale.check
def scales_real_photos(attempt, mnist, rng):
    """It scales 40 flattened photos and 30 square ones, and keeps their shapes."""
    flat = mnist.x_train[rng.choice(len(mnist.x_train), 40)].reshape(40, -1)
    square = mnist.x_test[rng.choice(len(mnist.x_test), 30)]
    for x in (flat, square):
        expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.wrong_answer(
    "All your pixels became 0 or 1: whole numbers, by // or by a cast to int, keep only "
    "full white. Divide with /, and cast to nothing but float32. "
    "On this data that costs about 57 points of accuracy (0.94 -> 0.37)."
)
def whole_numbers(x):
    return (x // 255).astype(np.float32)


@scale.symptom(
    "Your dtype is float64: twice the memory for nothing "
    "(359 MiB instead of 179 MiB on full MNIST). Cast to float32 before dividing.\n"
    "x.astype(np.float32) leaves x as it is. Divide what it returns.",
    edit=("x.astype(np.float32) / np.float32(255)", "x / 255"),
    also=True,
)
def is_float64(answer):
    return answer.value.dtype == np.float64


@scale.symptom(
    "Your dtype is float16, which holds three digits of a number: 128/255 is 0.50196, "
    "and becomes 0.50195. Use float32.",
    edit=("x.astype(np.float32) / np.float32(255)", "(x / 255).astype(np.float16)"),
)
def is_float16(answer):
    return answer.value.dtype == np.float16


@scale.symptom(
    "Is there a /= ? It writes into the array of your caller, who still needs it. "
    "A quotient by / is a new one.",
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
    "The quotient was to be written into an array of bytes, as x /= 255 does, and "
    "bytes cannot hold it. Make floats first.\n"
    'Write x.astype("float32") / 255.',
    edit=("return x.astype(np.float32) / np.float32(255)", "x /= 255\n    return x"),
    twins="in place",
)
def divided_bytes_in_place(answer):
    message = answer.raised.message
    return "ufunc 'divide' output" in message and "to dtype('uint8')" in message
