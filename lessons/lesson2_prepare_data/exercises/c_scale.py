"""2c  Scale."""

import numpy as np

from grader.checks import exercise, expect

scale = exercise(
    "2c",
    "Scale",
    points=15,
    name="scale",
    hints=(
        "What type must the division see, so that its result has the type you want?",
        'x.astype("float32") comes first.',
        'x.astype("float32") / 255',
    ),
)
scale.slips()

# float32 has 24 bits: its error here is at most 6e-8, however the division is written.
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
    for dtype in ("uint8", "float32", "float64"):
        answer = expect(attempt.scale(np.array([3, 77, 200], dtype=dtype)))
        answer.has_dtype("float32")
        answer.close_to(np.array([3, 77, 200]) / 255, tolerance=CLOSE)


@scale.check
def scales_real_photos(attempt, mnist):
    """It scales 40 flattened photos and 30 square ones, and keeps their shapes."""
    for x in (mnist.x_train[:40].reshape(40, -1), mnist.x_test[:30]):
        expect(attempt.scale(x)).close_to(x / 255, tolerance=CLOSE)


@scale.mistake(
    "All your pixels became 0 or 1: whole numbers, by // or by a cast to int, keep only "
    "full white. Divide with /, and cast to nothing but float32. "
    "On this data that costs about 57 points of accuracy (0.94 -> 0.37)."
)
def whole_numbers(x):
    return x // 255


@scale.mistake(
    "255 must map to exactly 1.0; you got {v}. "
    "Use the constant 255, the same for train and test.",
    numbers=lambda x: {"v": 255 / 256},
)
def divided_by_256(x):
    return x / 256


@scale.mistake(
    "You divided by the largest pixel of this set, {m}. "
    "Use the constant 255, the same for train and test.",
    numbers=lambda x: {"m": int(x.max())},
)
def divided_by_the_largest(x):
    return x / x.max()


@scale.mistake(
    "You stretched this set so that its smallest pixel is 0 and its largest 1. "
    "Use the constant 255, the same for train and test."
)
def stretched(x):
    x = np.asarray(x, dtype=float)
    return (x - x.min()) / (x.max() - x.min())


@scale.mistake(
    "You divided by 255 twice, so white became {v} instead of 1.0. Once is enough.",
    numbers=lambda x: {"v": 1 / 255},
)
def twice(x):
    return x / 255 / 255


@scale.mistake(
    "The largest pixel of this set is {m}, and you left the set as it was. It may be a "
    "dark photo: divide by 255, whatever is in the array.",
    numbers=lambda x: {"m": int(x.max())},
)
def only_what_looks_unscaled(x):
    return x / 255 if x.max() > 1 else x


@scale.mistake("The pixels still go from 0 to 255: change the type, and then divide.")
def only_the_type(x):
    return x.astype("float32")


@scale.mistake(
    "That maps 0 to -1. Some networks like it; here pixels go from 0.0 to 1.0."
)
def from_minus_one(x):
    return x / 127.5 - 1


@scale.mistake(
    "You centred this set on its own mean. Test photos would be moved by another "
    "mean: use the constant 255, and nothing of the set's own."
)
def standardised(x):
    return (x - x.mean()) / x.std()


@scale.symptom(
    "Values are right, dtype is float64: twice the memory for nothing "
    "(359 MiB instead of 179 MiB on full MNIST). Cast to float32 before dividing.",
    example="""
        def scale(x):
            return x / 255
    """,
)
def is_float64(answer):
    is_right = np.allclose(answer.value, answer.args[0] / 255, atol=CLOSE)
    return is_right and answer.value.dtype == np.float64


@scale.symptom(
    "Is there an x /= 255? It writes into the array of your caller, who still needs it. "
    "x / 255 makes a new one.",
    example="""
        def scale(x):
            x = np.asarray(x, dtype=np.float32)
            x /= 255
            return x
    """,
)
def divided_in_place(answer):
    return bool(answer.modified)


@scale.symptom(
    "The quotient was to be written into an array of bytes, as x /= 255 does, and bytes "
    'cannot hold it. Make floats first: x.astype("float32") / 255.',
    example="""
        def scale(x):
            x /= 255
            return x
    """,
)
def divided_bytes_in_place(answer):
    message = answer.raised.message
    return "ufunc 'divide' output" in message and "to dtype('uint8')" in message
