"""2b  Flatten."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

from . import NUMBERED, noise_images

flatten = exercise(
    "flatten",
    hints=(
        "reshape fills the new shape row by row, in the order of the pixels.",
        "Keep axis 0, which counts the images, and merge the other two.",
        "images.reshape(len(images), -1)",
    ),
    alternative=Alternative(
        code="""
            def flatten(images):
                return images.reshape(len(images), -1)
        """,
        why=(
            "-1 lets NumPy compute the length of a row, for any number of axes. "
            "The price: if there are no images, NumPy can't know the length, and "
            "raises an error."
        ),
    ),
)
flatten.slips(
    slip(
        "column by column",
        "Each row contains the pixels of its image, but column after column.\n"
        "Is there an order='F', or a transpose? NumPy's default order is row after row.",
        "images.reshape(n, _s) -> images.transpose(0, 2, 1).reshape(n, _s)",
    ),
    slip(
        "photos in columns",
        "Your images are in columns. Is one .T too many?\nReturn one ROW per image.",
        "images.reshape(n, _s) -> images.reshape(n, _s).T",
    ),
    slip(
        "pixels before photos",
        "The number of images is the second number of your shape.\nPut it first.",
        "images.reshape(n, _s) -> images.reshape(_s, n)",
    ),
    slip(
        "one long row",
        "You put all the images into one long row.\nKeep axis 0: one row per image.",
        "images.reshape(n, _s) -> images.ravel()",
    ),
    slip(
        "side by side",
        "You joined the images side by side.\nEach image has to become one row.",
        "images.reshape(n, _s) -> np.hstack(images)",
    ),
    slip(
        "rows of photos",
        "Each of your rows is one row of an image.\n"
        "Put all the rows of an image into a single row.",
        "images.reshape(n, _s) -> images.reshape(-1, width)",
    ),
    slip(
        "reversed",
        "The pixels of each image are in reverse order: the last one comes first.",
        "images.reshape(n, _s) -> images.reshape(n, _s)[:, ::-1]",
    ),
    slip(
        "photos reversed",
        "The images are in reverse order: the last one comes first.",
        "images.reshape(n, _s) -> images.reshape(n, _s)[::-1]",
    ),
    slip(
        "first photo everywhere",
        "Every row contains the first image. Row i should contain image i.",
        "images.reshape(n, _s) -> np.repeat(images[:1], n, axis=0).reshape(n, _s)",
    ),
    slip(
        "always 784",
        "784 is the number of pixels in 28 x 28. Other images can have more or fewer.\n"
        "Let NumPy compute it with -1.",
        "height * width -> 784",
    ),
)


def has_photos_as_rows(attempt, images):
    """Expect image k in row k, pixel by pixel."""
    answer = expect(attempt.flatten(images))
    answer.has_shape((len(images), images[0].size))
    answer.equals(np.array([image.ravel() for image in images]))


@flatten.check
def keeps_photos_together(attempt):
    """For two images with numbered pixels, row 1 begins with 784, 785."""
    has_photos_as_rows(attempt, NUMBERED)


@flatten.check
def takes_other_heights_and_widths(attempt):
    """It flattens 4 images of 5 rows and 7 columns."""
    has_photos_as_rows(attempt, noise_images(4, 5, 7, seed=1))


@flatten.check
def keeps_the_dtype(attempt):
    """The dtype stays the same, whether it is uint8 or another one."""
    for dtype in ("uint8", "float32", "int16"):
        images = noise_images(3, 6, 4, seed=2).astype(dtype)
        expect(attempt.flatten(images)).has_dtype(dtype)


@flatten.check
def makes_a_set_of_one(attempt):
    """One image becomes an array with one row."""
    has_photos_as_rows(attempt, noise_images(1, seed=3))


@flatten.check
def takes_random_sets(attempt, rng):
    """It flattens random sets of other sizes."""
    for _ in range(3):
        n, height, width = (int(size) for size in rng.integers(2, 12, size=3))
        seed = int(rng.integers(1000))
        has_photos_as_rows(attempt, noise_images(n, height, width, seed))


@flatten.wrong_answer(
    "The shape is right, but the pixels are mixed between images: your row 1 "
    "starts with pixels 1, {b}, {c} of the whole array.\n"
    "Use reshape(n, -1).",
    fill=lambda images: {"b": 1 + len(images), "c": 1 + 2 * len(images)},
)
def scrambled(images):
    return images.reshape(-1, len(images)).T


@flatten.symptom(
    "The shape is right, but the pixels are mixed between images: {m} of the {size} "
    "in your first row come from another image. Is there a .T after the reshape?\n"
    "Images come first: reshape(n, -1).",
    edit=("images.reshape(n, height * width)", "images.reshape(784, -1).T"),
)
def mixes_the_photos(answer):
    (images,) = answer.args
    first, row = images[0].ravel(), np.asarray(answer.value[0])
    # Only if all pixels differ does a pixel identify its image.
    is_told = np.unique(images).size == images.size and row.shape == first.shape
    strange = np.setdiff1d(np.intersect1d(row, images), first).size if is_told else 0
    return strange > 0 and {"m": strange, "size": first.size}


@flatten.symptom(
    "784 is right only for 28 x 28. These images have {size} pixels each.\n"
    "Let NumPy compute it with -1.",
    edit=("images.reshape(n, height * width)", "images.reshape(-1, 784)"),
)
def always_784(answer):
    size = answer.args[0][0].size
    if answer.raised:
        is_fixed = answer.raised.message.endswith(("(784)", ",784)", "(784,)"))
    else:
        is_fixed = answer.value.shape[1:] == (784,)
    return is_fixed and size != 784 and {"size": size}


@flatten.symptom(
    "60000 is right only for the training set. This set has {n} images.\n"
    "Use len(images).",
    edit=("images.reshape(n, height * width)", "images.reshape(60000, -1)"),
)
def always_60000(answer):
    is_fixed = re.search(r"into shape \(.*\b60000\b", answer.raised.message)
    return is_fixed and {"n": len(answer.args[0])}


@flatten.symptom(
    "Your rows would have {size} numbers each. Is that images.size? It counts the "
    "pixels of all images, but a row has only those of one.\n"
    "Let NumPy compute the second number: reshape(n, -1).",
    edit=("images.reshape(n, height * width)", "images.reshape(n, images.size)"),
)
def a_row_for_all_pixels(answer):
    (images,) = answer.args
    is_all = f"into shape ({len(images)},{images.size})" in answer.raised.message
    return is_all and len(images) > 1 and {"size": images.size}


@flatten.symptom(
    "You changed the dtype to {dtype}. Flattening only moves pixels. Scaling comes "
    "next.\n"
    "Leave the dtype as it is.",
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
    "These images have {height} rows of {width} pixels each, but your shape has room "
    "for {height} times {height}. Did you write the height twice?\n"
    "A row has height times width numbers. NumPy computes it with -1.",
    edit=("images.reshape(n, height * width)", "images.reshape(n, height * height)"),
)
def squares_the_height(answer):
    n, height, width = answer.args[0].shape
    found = re.search(r"into shape \((\d+(?:,\d+)?),?\)", answer.raised.message)
    rooms = (f"{n},{height * height}", f"{height * height}")
    is_square = height != width and found[1] in rooms
    return is_square and {"height": height, "width": width}


@flatten.symptom(
    "You returned the images unchanged. reshape doesn't change an array: it returns a new "
    "one. Do you return that?",
    edit=(
        "return images.reshape(n, height * width)",
        "images.reshape(n, height * width)\n    return images",
    ),
)
def gives_the_photos_back(answer):
    return np.array_equal(answer.value, answer.args[0])
