"""1d  The photo with a number."""

import numpy as np

from grader.checks import Alternative, RemoteObject, exercise, expect, slip

from . import FIVE, place_of

nth_photo = exercise(
    "1d",
    "The photo with a number",
    points=15,
    writes="nth_photo",
    hints=(
        "People count from 1, numpy counts from 0.",
        "Check the bounds before you index: n = 0 would silently give the last photo.",
        "if n < 1 or n > len(images): raise ValueError(...), then images[n - 1]",
    ),
    alternative=Alternative(
        code="""
            def nth_photo(images, n):
                if n not in range(1, len(images) + 1):
                    raise ValueError(f"there is no photo {n}")
                return images[n - 1]
        """,
        why=(
            "range names the whole interval at once, and refuses 1.5 as well, "
            "which two comparisons let through. What it costs: for a number of "
            "numpy's own, `in` walks through the range."
        ),
    ),
)
nth_photo.slips(
    slip(
        "a slice",
        "You returned a set that holds one photo. A slice keeps the axis, and an "
        "integer removes it.",
        "images[n - 1] -> images[n - 1 : n]",
    ),
    slip(
        "from the end",
        "You count from the end: your photo number 1 is the last one.",
        "images[n - 1] -> images[-n]",
    ),
    slip(
        "a row of each",
        "That is one row of each photo. The photos stand along axis 0.",
        "images[n - 1] -> images[:, n - 1]",
    ),
    without=("one too many", "one too few", "nothing taken away"),
)


@nth_photo.check
def counts_from_one(attempt):
    """Photos 1, 2 and 5 of a set of five are those at index 0, 1 and 4."""
    # All are asked first: the last one may be refused, and the others wrong.
    answers = {n: attempt.nth_photo(FIVE, n) for n in (1, 2, 5)}
    for n, answer in answers.items():
        expect(answer).equals(FIVE[n - 1])


@nth_photo.check
def refuses_numbers_below_one(attempt):
    """There is no photo 0 and no photo -1: a ValueError."""
    for n in (0, -1):
        expect.raises("ValueError", attempt.nth_photo, FIVE, n)


@nth_photo.check
def refuses_numbers_beyond_the_end(attempt):
    """A set of five has no photo 6 and no photo 60: a ValueError."""
    for n in (6, 60):
        expect.raises("ValueError", attempt.nth_photo, FIVE, n)


@nth_photo.check
def finds_real_photos(attempt, mnist, rng):
    """It finds photos of real sets of other sizes, and the last one too."""
    for size in (3, 40):
        images = mnist.x_train[:size]
        for n in (int(rng.integers(1, size)), size):
            expect(attempt.nth_photo(images, n)).equals(images[n - 1])


@nth_photo.symptom(
    "nth_photo(images, {n}) gave a photo, counted from the end: {index} is a legal "
    "index in numpy.\n"
    "Refuse n < 1.",
    function="nth_photo",
    edit=("if n < 1 or n > len(images):", "if False:"),
)
def trusts_numpy(answer):
    images, n = answer.args
    is_from_the_end = n < 1 and np.array_equal(answer.value, images[n - 1])
    return is_from_the_end and {"n": n, "index": n - 1}


@nth_photo.symptom(
    "Beyond the end an IndexError came by itself, of indexing. You should refuse "
    "first, with a ValueError.\n"
    "Refuse n > len(images).",
    function="nth_photo",
    edit=("if n < 1 or n > len(images):", "if n < 1:"),
)
def leaves_the_end_to_numpy(answer):
    images, n = answer.args
    is_own = answer.raised.is_own
    return n > len(images) and answer.raised.type_name == "IndexError" and not is_own


@nth_photo.symptom(
    "There is no photo {n}, and you gave photo {given} in its place. "
    "The caller would not notice: raise a ValueError.",
    function="nth_photo",
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


@nth_photo.wrong_answer(
    ("n = {n} is the last of {n} photos, and you refused it.\nRefuse n > len(images)."),
    fill=lambda images, n: {"n": n},
)
def refuses_the_last(images, n):
    if n < 1 or n >= len(images):
        raise ValueError("there is no such photo")
    return images[n - 1]


@nth_photo.symptom(
    "You refused photo number 1, which is there. "
    "Refuse n < 1, with the n that the caller gave.",
    function="nth_photo",
    edit=("n < 1", "n <= 1"),
)
def refuses_the_first(answer):
    return answer.args[1] == 1 and answer.raised.is_own


@nth_photo.symptom(
    "For a number without a photo you returned None. "
    "The caller would not notice: raise a ValueError.",
    also=True,
    edit=("raise ValueError(", "return print("),
)
def returns_nothing(answer):
    images, n = answer.args
    is_missing = not 1 <= n <= len(images)
    return is_missing and answer.value is None and answer.raised is None


@nth_photo.symptom(
    ("That is photo number n+1: numpy counts from 0.\nThe second photo is images[1]."),
    function="nth_photo",
    edit=("images[n - 1]", "images[n % len(images)]"),
)
def one_too_far(answer):
    images, n = answer.args
    return 0 < n < len(images) and np.array_equal(answer.value, images[n])


@nth_photo.symptom(
    "The last photo was looked for beyond the end: numpy counts from 0.",
    function="nth_photo",
    edit=("images[n - 1]", "images[n]"),
)
def looks_beyond_the_end(answer):
    images, n = answer.args
    return n == len(images) and f"index {n} is out of bounds" in answer.raised.message


@nth_photo.symptom(
    "For photo {n} of {count} an exception came back as a value, and there is such a "
    "photo. Where there is none, the exception is raised: raise in place of return.",
    function="nth_photo",
    edit=(
        "if n < 1 or n > len(images):\n        raise",
        "if n < 1 or n >= len(images):\n        return",
    ),
)
def returns_an_exception(answer):
    (images, n), value = answer.args, answer.value
    is_returned = isinstance(value, RemoteObject) and "BaseException" in value.bases
    return is_returned and 1 <= n <= len(images) and {"n": n, "count": len(images)}


@nth_photo.symptom(
    "You returned a text. To refuse a number, raise an exception with it: "
    'raise ValueError("...").',
    function="nth_photo",
    edit=("raise ValueError(", "return str("),
)
def text_for_an_exception(answer):
    return isinstance(answer.value, str)
