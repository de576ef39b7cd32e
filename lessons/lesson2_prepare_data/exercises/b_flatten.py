"""2b  Flatten."""

import numpy as np

from grader.checks import exercise, expect

from . import NUMBERED, photos

flatten = exercise(
    "2b",
    "Flatten",
    points=15,
    name="flatten",
    hints=(
        "reshape fills its new shape row by row, in the order of the pixels.",
        "Keep axis 0, which counts the photos, and merge the other two.",
        "images.reshape(len(images), -1)",
    ),
)
flatten.slips()


def has_photos_as_rows(attempt, images):
    """Row k is photo k, pixel by pixel, for every k."""
    answer = expect(attempt.flatten(images))
    answer.has_shape((len(images), images[0].size))
    answer.equals(np.array([image.ravel() for image in images]))


@flatten.check
def keeps_photos_together(attempt):
    """Of two photos whose pixels are numbered, row 1 begins with 784, 785."""
    has_photos_as_rows(attempt, NUMBERED)


@flatten.check
def takes_other_heights_and_widths(attempt):
    """It flattens 4 photos of 5 rows and 7 columns."""
    has_photos_as_rows(attempt, photos(4, 5, 7, seed=1))


@flatten.check
def keeps_the_dtype(attempt):
    """The dtype stays what it was, uint8 or another one."""
    for dtype in ("uint8", "float32", "int16"):
        images = photos(3, 6, 4, seed=2).astype(dtype)
        expect(attempt.flatten(images)).has_dtype(dtype)


@flatten.check
def makes_a_set_of_one(attempt):
    """One photo becomes one row, not a bare list of pixels."""
    has_photos_as_rows(attempt, photos(1, seed=3))


@flatten.check
def takes_random_sets(attempt, rng):
    """It flattens random sets of other sizes."""
    for _ in range(3):
        n, height, width = (int(size) for size in rng.integers(2, 12, size=3))
        seed = int(rng.integers(1000))
        has_photos_as_rows(attempt, photos(n, height, width, seed))


@flatten.mistake(
    "The shape is right, and the pixels are shuffled between photos: your row 1 "
    "starts with pixels 1, {b}, {c} of the whole block. Use reshape(n, -1).",
    numbers=lambda images: {"b": 1 + len(images), "c": 1 + 2 * len(images)},
)
def scrambled(images):
    return images.reshape(-1, len(images)).T


@flatten.mistake(
    "Each row has the pixels of its photo, but column after column. Is there an "
    "order='F', or a transpose? numpy's usual order goes row after row."
)
def column_by_column(images):
    return images.reshape(len(images), -1, order="F")


@flatten.mistake(
    "Your photos stand in columns: the shape is ({size}, {n}). One ROW per photo: "
    "is there a .T too much?",
    numbers=lambda images: {"size": images[0].size, "n": len(images)},
)
def photos_in_columns(images):
    return images.reshape(len(images), -1).T


@flatten.mistake(
    "The number of photos, {n}, is the second number of your shape. In reshape it "
    "comes first: reshape(n, -1).",
    numbers=lambda images: {"n": len(images)},
)
def pixels_before_photos(images):
    return images.reshape(-1, len(images))


@flatten.mistake(
    "You put all the photos into one long row. Keep axis 0: one row per photo."
)
def one_long_row(images):
    return images.ravel()


@flatten.symptom(
    "784 is right for 28 x 28 only; these photos have {size} pixels each. "
    "Let numpy work it out: -1.",
    example="""
        def flatten(images):
            return images.reshape(-1, 784)
    """,
)
def always_784(answer):
    size = answer.args[0][0].size
    is_fixed = answer.raised.message.endswith(("(784)", ",784)"))
    return is_fixed and size != 784 and {"size": size}


@flatten.symptom(
    "60000 is right for the training set only; this set has {n} photos. "
    "Use len(images).",
    example="""
        def flatten(images):
            return images.reshape(60000, -1)
    """,
)
def always_60000(answer):
    is_fixed = "shape (60000" in answer.raised.message
    return is_fixed and {"n": len(answer.args[0])}


@flatten.symptom(
    "The pixels are right, and you changed their dtype to {dtype}. "
    "Flattening only moves them; scaling comes next.",
    example="""
        def flatten(images):
            return images.reshape(len(images), -1).astype("float32")
    """,
)
def changes_the_dtype(answer):
    (images,) = answer.args
    is_right = np.array_equal(answer.value, images.reshape(len(images), -1))
    return is_right and {"dtype": answer.value.dtype.name}
