"""2b  Flatten."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import NUMBERED, photos

flatten = exercise(
    "2b",
    "Flatten",
    points=15,
    writes="flatten",
    hints=(
        "reshape fills its new shape row by row, in the order of the pixels.",
        "Keep axis 0, which counts the photos, and merge the other two.",
        "images.reshape(len(images), -1)",
    ),
    alternative=Alternative(
        code="""
            def flatten(images):
                return images.reshape(len(images), -1)
        """,
        why=(
            "-1 lets numpy work out the length of a row, for any number of "
            "axes. What it costs: with no photos at all, numpy cannot know the "
            "length and raises an error."
        ),
    ),
)
flatten.slips(
    slip(
        "column by column",
        "Each row has the pixels of its photo, but column after column. Is there an "
        "order='F', or a transpose? numpy's usual order goes row after row.",
        "images.reshape(n, _s) -> images.transpose(0, 2, 1).reshape(n, _s)",
    ),
    slip(
        "photos in columns",
        "Your photos stand in columns. One ROW per photo: is there a .T too much?",
        "images.reshape(n, _s) -> images.reshape(n, _s).T",
    ),
    slip(
        "pixels before photos",
        "The number of photos is the second number of your shape. It comes first.",
        "images.reshape(n, _s) -> images.reshape(_s, n)",
    ),
    slip(
        "one long row",
        "You put all the photos into one long row. Keep axis 0: one row per photo.",
        "images.reshape(n, _s) -> images.ravel()",
    ),
    slip(
        "rows of photos",
        "Each row of yours is one row of a photo. All the rows of a photo belong into "
        "one, one behind the other.",
        "images.reshape(n, _s) -> images.reshape(-1, width)",
    ),
    slip(
        "reversed",
        "The pixels of each photo stand in reverse order: the last one comes first.",
        "images.reshape(n, _s) -> images.reshape(n, _s)[:, ::-1]",
    ),
    slip(
        "photos reversed",
        "The photos stand in reverse order: the last one comes first.",
        "images.reshape(n, _s) -> images.reshape(n, _s)[::-1]",
    ),
    slip(
        "first photo everywhere",
        "Every row holds the first photo. Each row has a photo of its own.",
        "images.reshape(n, _s) -> np.repeat(images[:1], n, axis=0).reshape(n, _s)",
    ),
    slip(
        "always 784",
        "784 is the number of pixels in 28 x 28. Photos of another size have another.",
        "height * width -> 784",
    ),
)


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


@flatten.wrong_answer(
    "The shape is right, and the pixels are shuffled between photos: your row 1 "
    "starts with pixels 1, {b}, {c} of the whole block.\n"
    "Use reshape(n, -1).",
    fill=lambda images: {"b": 1 + len(images), "c": 1 + 2 * len(images)},
)
def scrambled(images):
    return images.reshape(-1, len(images)).T


@flatten.symptom(
    "The shape is right, and the pixels are shuffled between photos: {m} of the {size} "
    "in your first row are of another photo. Is there a .T behind the reshape?\n"
    "Photos come first: reshape(n, -1).",
    edit=("images.reshape(n, height * width)", "images.reshape(784, -1).T"),
)
def mixes_the_photos(answer):
    (images,) = answer.args
    first, row = images[0].ravel(), np.asarray(answer.value[0])
    # Only where all pixels differ does a pixel tell its photo.
    is_told = np.unique(images).size == images.size and row.shape == first.shape
    strange = np.setdiff1d(np.intersect1d(row, images), first).size if is_told else 0
    return strange > 0 and {"m": strange, "size": first.size}


@flatten.symptom(
    "784 is right for 28 x 28 only; these photos have {size} pixels each. "
    "Let numpy work it out: -1.",
    edit=("images.reshape(n, height * width)", "images.reshape(-1, 784)"),
)
def always_784(answer):
    size = answer.args[0][0].size
    is_fixed = answer.raised.message.endswith(("(784)", ",784)"))
    return is_fixed and size != 784 and {"size": size}


@flatten.symptom(
    "60000 is right for the training set only; this set has {n} photos.\n"
    "Use len(images).",
    edit=("images.reshape(n, height * width)", "images.reshape(60000, -1)"),
)
def always_60000(answer):
    is_fixed = "shape (60000" in answer.raised.message
    return is_fixed and {"n": len(answer.args[0])}


@flatten.symptom(
    "You changed the dtype to {dtype}. Flattening only moves the pixels; scaling comes next.",
    edit=(
        "images.reshape(n, height * width)",
        'images.reshape(n, height * width).astype("float32")',
    ),
    also=True,
)
def changes_the_dtype(answer):
    (images,) = answer.args
    changed = answer.value.dtype
    return changed != images.dtype and {"dtype": changed.name}


@flatten.symptom(
    "These photos have {height} rows of {width} pixels each, and room was made for "
    "{height} times {height}. Is the height there twice?",
    edit=("images.reshape(n, height * width)", "images.reshape(n, height * height)"),
)
def squares_the_height(answer):
    n, height, width = answer.args[0].shape
    found = re.search(r"into shape \((\d+(?:,\d+)?),?\)", answer.raised.message)
    rooms = (f"{n},{height * height}", f"{height * height}")
    is_square = height != width and found[1] in rooms
    return is_square and {"height": height, "width": width}


@flatten.symptom(
    "The photos come back as they came. reshape leaves an array as it is, and returns "
    "another one. Is that returned?",
    edit=(
        "return images.reshape(n, height * width)",
        "images.reshape(n, height * width)\n    return images",
    ),
)
def gives_the_photos_back(answer):
    return np.array_equal(answer.value, answer.args[0])
