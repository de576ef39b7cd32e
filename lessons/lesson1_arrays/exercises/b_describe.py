"""1b  Describe a set of images."""

import re

import numpy as np
from msgspec.structs import replace

from grader.checks import Alternative, RemoteObject, exercise, expect, slip

from . import OBLONG, noise_images

KEYS = ("n", "height", "width", "dtype", "low", "high")

ALWAYS_UINT8 = (
    "You always return MNIST's dtype. Other images may have a different one.\n"
    "Use the dtype of the array."
)

describe = exercise(
    "describe",
    hints=(
        "The array has attributes that tell you most of this. You don't need a loop.",
        "The shape has three entries, which you can unpack: "
        "n, height, width = images.shape",
        "int(images.min()) is the smallest pixel as a plain int. "
        "str(images.dtype) is the dtype as text.",
    ),
    alternative=Alternative(
        code="""
            def describe(images):
                names = ("n", "height", "width")
                facts = dict(zip(names, images.shape, strict=True))
                low, high = int(images.min()), int(images.max())
                return facts | {"dtype": str(images.dtype), "low": low, "high": high}
        """,
        why=(
            "zip pairs each name with its axis, and strict=True raises an error if "
            "the number of axes differs. The price: the reader has to know zip "
            "and |."
        ),
    ),
)
describe.slips(
    slip(
        "width before height",
        "Height and width are swapped.\nThe shape is (n, height, width).",
        "n, height, width = images.shape -> n, width, height = images.shape",
    ),
    slip(
        "always 28",
        "You always return MNIST's height and width. These images have a different "
        "size.\n"
        "Use the shape of the array.",
        "n, height, width = images.shape -> n, height, width = len(images), 28, 28",
    ),
    slip(
        "extremes of the first photo",
        "low and high come from the first image only.\nUse the whole set.",
        "low, high = _.min(), _.max() -> low, high = _[0].min(), _[0].max()",
    ),
    slip(
        "extremes of the first rows",
        "low and high come from the first row of each image.\nUse the whole set.",
        "low, high = _.min(), _.max() -> low, high = _[:, 0].min(), _[:, 0].max()",
    ),
    slip(
        "extremes of the dtype",
        "0 and 255 are the limits of uint8, not the extremes of these images.\n"
        "Look at the pixels.",
        "low, high = _a, _b -> low, high = 0, 255",
    ),
    slip(
        "high before low",
        "low and high are swapped.",
        "low, high = _a, _b -> low, high = _b, _a",
    ),
    slip(
        "axes for photos",
        "Your n is the number of axes (ndim).\nReturn the number of images.",
        "n -> images.ndim",
    ),
    slip(
        "numbers for photos",
        "Your n counts all the numbers in the array (size).\nCount the images.",
        "n -> images.size",
    ),
    slip(
        "always as many",
        "Your n is the size of MNIST. Other sets have other sizes.\n"
        "Use the shape of the array.",
        "n -> 60000",
        "n -> 10000",
    ),
    slip(
        "always uint8",
        ALWAYS_UINT8,
        'str(images.dtype) -> "uint8"',
    ),
)


def says(answer, *facts):
    """Expect these values in the six entries."""
    told = expect(answer)
    told.mapping(KEYS)
    for key, fact in zip(KEYS, facts, strict=True):
        entry = told.its(f'entry "{key}"', lambda entries, key=key: entries[key])
        if key != "dtype":
            entry.integer()
        entry.equals(fact)
    for key in KEYS:
        entry = told.its(f'entry "{key}"', lambda entries, key=key: entries[key])
        entry.holds(
            not isinstance(entry.value, np.generic),
            "This is a NumPy {kind}; return a plain int.",
            kind=type(entry.value).__name__,
        )


@describe.check
def of_oblong_photos(attempt):
    """It describes 4 images of 5 rows and 7 columns, with pixels from 3 to 201."""
    says(attempt.describe(OBLONG), 4, 5, 7, "uint8", 3, 201)


@describe.check
def of_one_photo_of_another_kind(attempt):
    """It describes a single int16 image that has a negative pixel."""
    image = np.array([[[7, -5, 0], [12, 900, 3]]], dtype=np.int16)
    says(attempt.describe(image), 1, 2, 3, "int16", -5, 900)


@describe.check
def of_real_photos(attempt, mnist):
    """It describes the first 200 images of the MNIST test set."""
    says(attempt.describe(mnist.x_test[:200]), 200, 28, 28, "uint8", 0, 255)


@describe.check
def of_sets_of_any_size(attempt, rng):
    """It describes random sets of other sizes."""
    for _ in range(3):
        n, height, width = (int(size) for size in rng.integers(2, 9, size=3))
        low, high = int(rng.integers(0, 90)), int(rng.integers(120, 255))
        images = noise_images(n, height, width, int(rng.integers(1000)), low, high)
        says(attempt.describe(images), n, height, width, "uint8", low, high)


@describe.symptom(
    "The numbers are right, but some are floats. Pixel values and counts are whole "
    "numbers.\n"
    "Convert them with int(...).",
    edit=("int(low)", "float(low)"),
)
def numbers_are_floats(answer):
    is_float = any(isinstance(answer.value[key], float) for key in KEYS)
    return is_float and has_all_facts(answer)


@describe.symptom(
    "The numbers are right, but some are NumPy numbers, such as {kind}. These print "
    "differently, and a uint8 still wraps around at 256.\n"
    "Convert them with int(...).",
    edit=("int(low)", "low"),
)
def numbers_are_numpys(answer):
    kinds = [answer.value[key] for key in KEYS if key != "dtype"]
    kinds = [f"np.{type(it).__name__}" for it in kinds if isinstance(it, np.integer)]
    return bool(kinds) and has_all_facts(answer) and {"kind": kinds[0]}


def has_all_facts(answer):
    """Return whether all six entries are right, whatever type they have."""
    (images,) = answer.args
    facts = (*images.shape, str(images.dtype), images.min(), images.max())
    return tuple(answer.value[key] for key in KEYS) == facts


# Six facts that a learner may have seen, and typed in.
SEEN = {
    "the MNIST training images": (60000, 28, 28, "uint8", 0, 255),
    "the MNIST test images": (10000, 28, 28, "uint8", 0, 255),
    "4 images of 5 rows and 7 columns": (4, 5, 7, "uint8", 3, 201),
}


@describe.symptom(
    "These are the facts about {whose}, but the function was called with other "
    "images. Did you type them in?\n"
    "Compute them from the argument: its shape, dtype and pixels.",
    function="describe",
    example="""
def describe(images):
    facts = {"n": 60000, "height": 28, "width": 28, "dtype": "uint8"}
    return facts | {"low": 0, "high": 255}
""",
)
def typed_in(answer):
    yours = tuple(answer.value[key] for key in KEYS)
    whose = (name for name, facts in SEEN.items() if facts == yours)
    return not has_all_facts(answer) and {"whose": next(whose)}


@describe.symptom(
    ALWAYS_UINT8, function="describe", edit=("str(images.dtype)", '"uint8"')
)
def always_uint8(answer):
    facts = {**answer.value, "dtype": str(answer.args[0].dtype)}
    is_else_right = has_all_facts(replace(answer, value=facts))
    return is_else_right and answer.value["dtype"] == "uint8"


@describe.symptom(
    ("Your dtype is an object, not text.\nWrite str(images.dtype)."),
    edit=("str(images.dtype)", "images.dtype"),
)
def dtype_is_an_object(answer):
    return isinstance(answer.value["dtype"], RemoteObject)


@describe.symptom(
    "{name} isn't a function. It is an attribute of the array.\n"
    "Write it without parentheses.",
    edit=("images.shape", "images.shape()"),
)
def calls_an_attribute(answer):
    is_called = answer.raised.message.endswith("object is not callable")
    found = re.search(r"\.(shape|dtype|ndim|size)\(", answer.raised.source_line)
    return is_called and found and {"name": found[1]}


@describe.symptom(
    "Your dtype is {got}, which comes from type(...). Which attribute of the array "
    "has a shorter text?\n"
    "Use its dtype attribute.",
    edit=("str(images.dtype)", "str(type(images[0, 0, 0]))"),
)
def dtype_is_a_class(answer):
    got = answer.value["dtype"]
    return got.startswith("<class ") and {"got": got}
