"""1d  Find the bug: image number n."""

import numpy as np

from grader.checks import Alternative, RemoteObject, exercise, expect, slip

from . import FIVE, place_of

nth_image = exercise(
    "nth_image",
    hints=(
        "The end is guarded. What happens at the other end?",
        "NumPy counts from the end when an index is negative: for n = 0 the index is -1.",
        "Refuse both sides: if n < 1 or n > len(images): raise ValueError(...)",
    ),
    alternative=Alternative(
        code="""
            def nth_image(images, n):
                if n not in range(1, len(images) + 1):
                    raise ValueError(f"there is no image {n}")
                return images[n - 1]
        """,
        why=(
            "range covers the whole interval at once, and also refuses 1.5, which "
            "two comparisons let through. The price: with a NumPy integer, "
            "`n in range(...)` is slow."
        ),
    ),
)
nth_image.slips(
    slip(
        "a slice",
        "You returned a set of one image. Is your index a slice?\n"
        "A slice keeps the axis, and an integer removes it.",
        "images[n - 1] -> images[n - 1 : n]",
    ),
    slip(
        "from the end",
        "You count from the end: your image number 1 is the last one.\n"
        "Image number 1 is images[0].",
        "images[n - 1] -> images[-n]",
    ),
    slip(
        "a row of each",
        "That is one row of each image.\nIndex axis 0, which counts the images.",
        "images[n - 1] -> images[:, n - 1]",
    ),
    without=("one too many", "one too few", "nothing taken away"),
)


@nth_image.check
def counts_from_one(attempt):
    """Images 1, 2 and 5 of a set of five have the indices 0, 1 and 4."""
    # Call all of them first: the last may be refused while the others are wrong.
    answers = {n: attempt.nth_image(FIVE, n) for n in (1, 2, 5)}
    for n, answer in answers.items():
        expect(answer).equals(FIVE[n - 1])


@nth_image.check
def refuses_numbers_below_one(attempt):
    """For the numbers 0 and -1 it raises a ValueError."""
    for n in (0, -1):
        expect.raises("ValueError", attempt.nth_image, FIVE, n)


@nth_image.check
def refuses_numbers_beyond_the_end(attempt):
    """For the numbers 6 and 60 in a set of five it raises a ValueError."""
    for n in (6, 60):
        expect.raises("ValueError", attempt.nth_image, FIVE, n)


@nth_image.check
def finds_real_photos(attempt, mnist, rng):
    """It finds images in real sets of other sizes, including the last image."""
    for size in (3, 40):
        images = mnist.x_train[:size]
        for n in (int(rng.integers(1, size)), size):
            expect(attempt.nth_image(images, n)).equals(images[n - 1])


@nth_image.symptom(
    "nth_image(images, {n}) returned an image counted from the end: {index} is a valid "
    "index in NumPy.\n"
    "Refuse n < 1.",
    function="nth_image",
    edit=("if n < 1 or n > len(images):", "if False:"),
)
def trusts_numpy(answer):
    images, n = answer.args
    is_from_the_end = n < 1 and np.array_equal(answer.value, images[n - 1])
    return is_from_the_end and {"n": n, "index": n - 1}


@nth_image.symptom(
    "Beyond the end, the indexing itself raised an IndexError, not a ValueError.\n"
    "Refuse n > len(images) first, with a ValueError.",
    function="nth_image",
    edit=("if n < 1 or n > len(images):", "if n < 1:"),
)
def leaves_the_end_to_numpy(answer):
    images, n = answer.args
    is_own = answer.raised.is_own
    return n > len(images) and answer.raised.type_name == "IndexError" and not is_own


@nth_image.symptom(
    "There is no image {n}, and you returned image {given} instead. The caller "
    "would not notice.\n"
    "Raise a ValueError.",
    function="nth_image",
    edit=(
        "if n < 1 or n > len(images):",
        "n = min(max(n, 1), len(images))\n    if n < 1:",
    ),
)
def gives_another_photo(answer):
    images, n = answer.args
    given = place_of(answer.value, images)
    is_missing = not 1 <= n <= len(images)
    return is_missing and given is not None and {"n": n, "given": given + 1}


@nth_image.wrong_answer(
    ("n = {n} is the last of {n} images, and you refused it.\nRefuse n > len(images)."),
    fill=lambda images, n: {"n": n},
    raises=("ValueError",),
)
def refuses_the_last(images, n):
    if n < 1 or n >= len(images):
        raise ValueError("there is no such image")
    return images[n - 1]


@nth_image.wrong_answer(
    "You count from 0: for n = 1 you return the second image, and you refuse n = {n}, the "
    "last of {n}.\nImage number 1 is images[0].",
    fill=lambda images, n: {"n": n},
    raises=("ValueError",),
)
def counts_from_zero(images, n):
    if n not in range(len(images)):
        raise ValueError("there is no such image")
    return images[n]


@nth_image.symptom(
    "You refused image number 1, which exists.\n"
    "Compare the n that the caller passed, before you subtract 1.",
    function="nth_image",
    edit=("n < 1", "n <= 1"),
)
def refuses_the_first(answer):
    return answer.args[1] == 1 and answer.raised.is_own


@nth_image.symptom(
    "For a number that has no image you returned None. The caller would not notice.\n"
    "Raise a ValueError.",
    also=True,
    edit=("raise ValueError(", "return print("),
)
def returns_nothing(answer):
    images, n = answer.args
    is_missing = not 1 <= n <= len(images)
    return is_missing and answer.value is None and answer.raised is None


@nth_image.symptom(
    ("That is image number n+1: NumPy counts from 0.\nThe second image is images[1]."),
    function="nth_image",
    edit=("images[n - 1]", "images[n % len(images)]"),
)
def one_too_far(answer):
    images, n = answer.args
    return 0 < n < len(images) and np.array_equal(answer.value, images[n])


@nth_image.symptom(
    "You looked for the last image beyond the end: NumPy counts from 0.\n"
    "The last of n images is images[n - 1].",
    function="nth_image",
    edit=("images[n - 1]", "images[n]"),
)
def looks_beyond_the_end(answer):
    images, n = answer.args
    return n == len(images) and f"index {n} is out of bounds" in answer.raised.message


@nth_image.symptom(
    "For image {n} of {count} you returned an exception as a value, although that "
    "image exists.\n"
    "If there is none, raise the exception: use raise instead of return.",
    function="nth_image",
    edit=(
        "if n < 1 or n > len(images):\n        raise",
        "if n < 1 or n >= len(images):\n        return",
    ),
)
def returns_an_exception(answer):
    (images, n), value = answer.args, answer.value
    is_returned = isinstance(value, RemoteObject) and "BaseException" in value.bases
    return is_returned and 1 <= n <= len(images) and {"n": n, "count": len(images)}


@nth_image.symptom(
    "You returned text, which the caller would take for an image.\n"
    'To refuse a number, raise an exception with that text: raise ValueError("...").',
    function="nth_image",
    edit=("raise ValueError(", "return str("),
)
def text_for_an_exception(answer):
    return isinstance(answer.value, str)
