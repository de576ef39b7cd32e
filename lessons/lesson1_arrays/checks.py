"""What is asked of lesson 1, and which mistakes are known."""

import contextlib
import functools
import re
from dataclasses import replace

import numpy as np

from grader.checks import RemoteObject, Stopped, Wrong, exercise, expect, lesson
from lessons.data import load_data

LESSON = lesson(imports=("numpy", "matplotlib"))


def photos(n, height=28, width=28, seed=0, low=0, high=255):
    """A set of n photos of noise; both extremes occur, each in one place."""
    rng = np.random.default_rng(seed)
    images = rng.integers(low + 1, high, size=(n, height, width), dtype=np.uint8)
    images[-1, 0, 0], images[-1, -1, -1] = low, high
    return images


FIVE = photos(5, seed=1)
OBLONG = photos(4, height=5, width=7, seed=2, low=3, high=201)


# 1a  predictions

predict = exercise(
    "1a",
    "Predict the shapes",
    points=15,
    prediction=True,
    hints=("Which axes survive an integer index? And which survive a slice?",),
)


@predict.check
def one_photo(attempt):
    """The shape of a[1] is predicted right."""
    expect(attempt.entry("PREDICT", "a[1]")).equals((28, 28))


@predict.check
def a_set_of_one(attempt):
    """The shape of a[1:2] is predicted right."""
    expect(attempt.entry("PREDICT", "a[1:2]")).equals((1, 28, 28))


@predict.check
def a_quarter_of_each(attempt):
    """The shape of a[:, 14:, 14:] is predicted right."""
    expect(attempt.entry("PREDICT", "a[:, 14:, 14:]")).equals((6, 14, 14))


@predict.check
def two_sets_in_one(attempt):
    """The shape of np.concatenate((a, b), 0) is predicted right."""
    entry = attempt.entry("PREDICT", "np.concatenate((a, b), 0)")
    expect(entry).equals((10, 28, 28))


@predict.check
def kind_of_a_quotient(attempt):
    """The dtype of a / 255 is predicted right."""
    expect(attempt.entry("PREDICT", "dtype of a / 255")).equals("float64")


A1 = 'PREDICT["a[1]"]'
A12 = 'PREDICT["a[1:2]"]'
QUARTER = 'PREDICT["a[:, 14:, 14:]"]'
JOINED = 'PREDICT["np.concatenate((a, b), 0)"]'
QUOTIENT = 'PREDICT["dtype of a / 255"]'


@predict.mistake(
    "An integer index removes its axis: a[1] is one photo, not a set of one.", of=A1
)
def integer_keeps_the_axis():
    return (1, 28, 28)


@predict.mistake(
    "a[1] indexes the first axis, the one that counts the photos. "
    "The shape (6, 28) would be that of a[:, 1].",
    of=A1,
)
def integer_removes_axis_one():
    return (6, 28)


@predict.mistake(
    "A slice keeps its axis, even when only one photo is left in it.", of=A12
)
def slice_removes_the_axis():
    return (28, 28)


@predict.mistake(
    "The end of a slice is not included: 1:2 holds index 1 and nothing else.", of=A12
)
def slice_includes_its_end():
    return (2, 28, 28)


@predict.mistake(
    "The single colon keeps all 6 photos, so axis 0 is still there.", of=QUARTER
)
def colon_removes_the_axis():
    return (14, 14)


@predict.mistake(
    "14: starts at index 14 and ends at index 27. Those are 28 - 14 = 14 pixels.",
    of=QUARTER,
)
def one_pixel_too_many():
    return (6, 15, 15)


@predict.mistake(
    "14: starts at index 14 itself and ends at index 27. Count both ends.",
    of=QUARTER,
)
def one_pixel_too_few():
    return (6, 13, 13)


@predict.mistake(
    "14: leaves out the first 14 rows, and the first 14 pixels of each row.",
    of=QUARTER,
)
def nothing_is_cut():
    return (6, 28, 28)


@predict.mistake(
    "Only the axis that you join along grows. The other two must agree, and stay.",
    of=JOINED,
)
def every_axis_grows():
    return (10, 56, 56)


@predict.mistake(
    "concatenate makes no new axis: it lengthens one that is there. "
    "A new axis would come from np.stack, and would ask for sets of equal size.",
    of=JOINED,
)
def a_new_axis():
    return (2, 10, 28, 28)


@predict.mistake(
    "1/255 is no whole number, so uint8 cannot hold it. "
    "Division by / always gives floats.",
    of=QUOTIENT,
)
def stays_uint8():
    return "uint8"


@predict.mistake(
    "numpy's usual float has 64 bits. You get float32 only where you ask for it.",
    of=QUOTIENT,
)
def becomes_float32():
    return "float32"


@predict.mistake(
    "That is Python's name. A dtype of numpy also says its bits, as uint8 does: "
    "how many has numpy's usual float?",
    of=QUOTIENT,
)
def has_no_bits():
    return "float"


@predict.symptom(
    'Answer with the name of the dtype as text, such as "uint8" for np.uint8.',
    of=QUOTIENT,
    example='PREDICT["dtype of a / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")


# 1b  describe

KEYS = ("n", "height", "width", "dtype", "low", "high")

describe = exercise(
    "1b",
    "Describe a set of photos",
    points=15,
    name="describe",
    hints=(
        "Ask the array for its attributes. No loops are needed.",
        ".shape unpacks into three: n, height, width = images.shape",
        "int(images.min()) is the smallest pixel, without int it is a numpy number. "
        "And str(images.dtype) is the text.",
    ),
)
describe.slips()


def says(answer, *facts):
    """The six entries have these values."""
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
            "This is a number of numpy's, {kind}; a plain int is asked for.",
            kind=type(entry.value).__name__,
        )


@describe.check
def of_oblong_photos(attempt):
    """It describes 4 photos of 5 rows and 7 columns, with pixels from 3 to 201."""
    says(attempt.describe(OBLONG), 4, 5, 7, "uint8", 3, 201)


@describe.check
def of_one_photo_of_another_kind(attempt):
    """It describes a set of one photo, of dtype int16, with a negative pixel."""
    image = np.array([[[7, -5, 0], [12, 900, 3]]], dtype=np.int16)
    says(attempt.describe(image), 1, 2, 3, "int16", -5, 900)


@describe.check
def of_real_photos(attempt, mnist):
    """It describes the first 200 photos of the MNIST test set."""
    says(attempt.describe(mnist.x_test[:200]), 200, 28, 28, "uint8", 0, 255)


@describe.check
def of_sets_of_any_size(attempt, rng):
    """It describes random sets of other sizes."""
    for _ in range(3):
        n, height, width = (int(size) for size in rng.integers(2, 9, size=3))
        low, high = int(rng.integers(0, 90)), int(rng.integers(120, 255))
        images = photos(n, height, width, int(rng.integers(1000)), low, high)
        says(attempt.describe(images), n, height, width, "uint8", low, high)


@describe.mistake(
    "Height and width have changed places: the shape is (n, height, width)."
)
def width_before_height(images):
    n, width, height = images.shape
    return {
        "n": n,
        "height": height,
        "width": width,
        "dtype": str(images.dtype),
        "low": int(images.min()),
        "high": int(images.max()),
    }


@describe.mistake(
    "low and high are those of the first photo. Ask the whole set: images.min()."
)
def extremes_of_the_first_photo(images):
    n, height, width = images.shape
    return {
        "n": n,
        "height": height,
        "width": width,
        "dtype": str(images.dtype),
        "low": int(images[0].min()),
        "high": int(images[0].max()),
    }


@describe.mistake(
    "0 and 255 are what uint8 can hold, not what these photos hold. "
    "Look at the pixels: images.min() and images.max()."
)
def extremes_of_the_dtype(images):
    n, height, width = images.shape
    return {
        "n": n,
        "height": height,
        "width": width,
        "dtype": str(images.dtype),
        "low": 0,
        "high": 255,
    }


@describe.mistake(
    "Your n is the number of axes (ndim). n is the number of photos, len(images)."
)
def axes_for_photos(images):
    _, height, width = images.shape
    return {
        "n": images.ndim,
        "height": height,
        "width": width,
        "dtype": str(images.dtype),
        "low": int(images.min()),
        "high": int(images.max()),
    }


@describe.mistake(
    "Your n counts all the numbers in the array (size). "
    "n is the number of photos, len(images)."
)
def numbers_for_photos(images):
    _, height, width = images.shape
    return {
        "n": images.size,
        "height": height,
        "width": width,
        "dtype": str(images.dtype),
        "low": int(images.min()),
        "high": int(images.max()),
    }


@describe.symptom(
    "The numbers are right, and some are floats. Pixels and photos are whole: use int.",
    example="""
        def describe(images):
            n, height, width = images.shape
            return {
                "n": n,
                "height": height,
                "width": width,
                "dtype": str(images.dtype),
                "low": float(images.min()),
                "high": float(images.max()),
            }
    """,
)
def numbers_are_floats(answer):
    is_float = any(isinstance(answer.value[key], float) for key in KEYS)
    return is_float and has_all_facts(answer)


@describe.symptom(
    "The numbers are right, and some are numpy's own, such as {kind}. "
    "They print in another way, and a pixel of uint8 still wraps around at 256: "
    "make plain ones with int(...).",
    example="""
        def describe(images):
            n, height, width = images.shape
            return {
                "n": n,
                "height": height,
                "width": width,
                "dtype": str(images.dtype),
                "low": images.min(),
                "high": images.max(),
            }
    """,
)
def numbers_are_numpys(answer):
    kinds = [answer.value[key] for key in KEYS if key != "dtype"]
    kinds = [f"np.{type(it).__name__}" for it in kinds if isinstance(it, np.integer)]
    return bool(kinds) and has_all_facts(answer) and {"kind": kinds[0]}


def has_all_facts(answer):
    """Whether all six entries are right, whatever type they have."""
    (images,) = answer.args
    facts = (*images.shape, str(images.dtype), images.min(), images.max())
    return tuple(answer.value[key] for key in KEYS) == facts


@describe.symptom(
    "Your dtype is an object, not text. Text is asked for: str(images.dtype).",
    example="""
        def describe(images):
            n, height, width = images.shape
            return {
                "n": n,
                "height": height,
                "width": width,
                "dtype": images.dtype,
                "low": int(images.min()),
                "high": int(images.max()),
            }
    """,
)
def dtype_is_an_object(answer):
    return isinstance(answer.value["dtype"], RemoteObject)


# 1c  join

join_sets = exercise(
    "1c",
    "Join two sets",
    points=20,
    name="join_sets",
    hints=(
        "Which axis counts the photos? That one has to grow.",
        "np.concatenate takes a tuple of arrays, and the axis to join along.",
        "np.concatenate((train, test), axis=0)",
    ),
)
join_sets.slips()


@join_sets.check
def of_equal_size(attempt):
    """Three photos and three photos make six, the training photos first."""
    train, test = photos(3, seed=3), photos(3, seed=4)
    joined = np.concatenate((train, test))
    expect(attempt.join_sets(train, test)).equals(joined)


@join_sets.check
def of_unequal_size(attempt):
    """Five photos and two make seven; number six is the first of the test set."""
    train, test = FIVE, photos(2, seed=5)
    answer = expect(attempt.join_sets(train, test))
    answer.has_shape((7, 28, 28))
    answer.its("sixth photo", lambda images: images[5]).equals(test[0])
    answer.equals(np.concatenate((train, test)))


@join_sets.check
def of_the_same_dtype(attempt):
    """The dtype stays what it was, uint8 or another one."""
    for dtype in ("uint8", "float32"):
        train, test = FIVE.astype(dtype), photos(3, seed=6).astype(dtype)
        expect(attempt.join_sets(train, test)).has_dtype(dtype)


@join_sets.check
def of_random_sets(attempt, rng):
    """It joins random sets of other sizes, a set of one among them."""
    for n1, n2 in ((1, int(rng.integers(2, 9))), (int(rng.integers(2, 9)), 1)):
        train = photos(n1, seed=int(rng.integers(1000)))
        test = photos(n2, seed=int(rng.integers(1000, 2000)))
        expect(attempt.join_sets(train, test)).equals(np.concatenate((train, test)))


@join_sets.mistake(
    "You joined along axis 1, so photos were glued top to bottom (28+28=56 rows). "
    "Samples live on axis 0."
)
def along_axis_one(train, test):
    return np.concatenate((train, test), axis=1)


@join_sets.mistake(
    "You joined along axis 2, so photos were glued side by side (28+28=56 columns). "
    "Samples live on axis 0."
)
def along_axis_two(train, test):
    return np.concatenate((train, test), axis=2)


@join_sets.mistake(
    "Right shape, wrong order: your first photo is test[0]. Put the training set first."
)
def test_first(train, test):
    return np.concatenate((test, train))


@join_sets.mistake(
    "You put the two sets side by side on a new axis, so axis 0 now counts sets. "
    "np.concatenate lengthens the axis that counts photos."
)
def stacked(train, test):
    return np.stack((train, test))


@join_sets.mistake(
    "+ adds two arrays pixel by pixel, and does not join them as it joins lists. "
    "Use np.concatenate."
)
def added(train, test):
    return train + test


@join_sets.mistake(
    "Both sets became one long row of pixels. Did you call np.append without an axis? "
    "Give it axis=0, or use np.concatenate."
)
def flattened(train, test):
    return np.append(train, test)


@join_sets.symptom(
    "The photos are right, and their dtype became float64, where {dtype} came in. "
    "Did np.zeros make the array? It makes float64 unless you tell it dtype=train.dtype.",
    example="""
        def join_sets(train, test):
            joined = np.zeros((len(train) + len(test), 28, 28))
            joined[: len(train)] = train
            joined[len(train) :] = test
            return joined
    """,
)
def became_float64(answer):
    right = np.concatenate(answer.args)
    is_float64 = answer.value.dtype == np.float64 and right.dtype != np.float64
    is_right = is_float64 and np.array_equal(answer.value, right)
    return is_right and {"dtype": right.dtype.name}


# 1d  nth photo

nth_photo = exercise(
    "1d",
    "The photo with a number",
    points=15,
    name="nth_photo",
    hints=(
        "People count from 1, numpy counts from 0.",
        "Check the bounds before you index: n = 0 would silently give the last photo.",
        "if n < 1 or n > len(images): raise ValueError(...), then images[n - 1]",
    ),
)
nth_photo.slips(without=("one too many", "one too few", "nothing taken away"))


@nth_photo.check
def counts_from_one(attempt):
    """Photos 1, 2 and 5 of a set of five are those at index 0, 1 and 4."""
    for n in (1, 2, 5):
        expect(attempt.nth_photo(FIVE, n)).equals(FIVE[n - 1])


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


@nth_photo.mistake(
    "You returned photo number n+1. Counting from 1, the second photo is images[1]."
)
def one_too_far(images, n):
    return images[n]


@nth_photo.symptom(
    "That is photo number n+1: numpy counts from 0. The second photo is images[1].",
    of="nth_photo",
    example="""
        def nth_photo(images, n):
            if n < 1 or n > len(images):
                raise ValueError("there is no such photo")
            return images[n]
    """,
)
def one_too_far_in_bounds(answer):
    images, n = answer.args
    return 0 < n < len(images) and np.array_equal(answer.value, images[n])


@nth_photo.mistake(
    "nth_photo(images, {n}) gave a photo, counted from the end: {index} is a legal index "
    "in numpy. Refuse n < 1.",
    numbers=lambda images, n: {"n": n, "index": n - 1},
)
def trusts_numpy(images, n):
    return images[n - 1]


@nth_photo.symptom(
    "Beyond the end an IndexError came by itself, of indexing. "
    "Refuse n > len(images) first, with a ValueError.",
    of="nth_photo",
    example="""
        def nth_photo(images, n):
            if n < 1:
                raise ValueError("n counts from 1")
            return images[n - 1]
    """,
)
def leaves_the_end_to_numpy(answer):
    images, n = answer.args
    is_own = "raise " in answer.raised.source_line
    return n > len(images) and answer.raised.type_name == "IndexError" and not is_own


@nth_photo.symptom(
    "There is no photo {n}, and you gave photo {given} in its place. "
    "The caller would not notice: raise a ValueError.",
    of="nth_photo",
    example="""
        def nth_photo(images, n):
            n = min(max(n, 1), len(images))
            return images[n - 1]
    """,
)
def gives_another_photo(answer):
    images, n = answer.args
    given = place_of(answer.value, images)
    is_missing = not 1 <= n <= len(images)
    return is_missing and given is not None and {"n": n, "given": given + 1}


def place_of(photo, images):
    """The index of a photo in a set, or None when it is not in it."""
    same = (at for at, image in enumerate(images) if np.array_equal(photo, image))
    return next(same, None)


@nth_photo.mistake(
    "n = {n} is the last of {n} photos, and you refused it. Refuse n > len(images).",
    numbers=lambda images, n: {"n": n},
)
def refuses_the_last(images, n):
    if n < 1 or n >= len(images):
        raise ValueError("there is no such photo")
    return images[n - 1]


@nth_photo.symptom(
    "You refused photo number 1, which is there. "
    "Refuse n < 1, with the n that the caller gave.",
    of="nth_photo",
    example="""
        def nth_photo(images, n):
            if n <= 1 or n > len(images):
                raise ValueError("there is no such photo")
            return images[n - 1]
    """,
)
def refuses_the_first(answer):
    return answer.args[1] == 1 and "raise " in answer.raised.source_line


@nth_photo.mistake(
    "You returned a set that holds one photo. A slice keeps the axis, and an integer "
    "removes it: index with an integer."
)
def a_slice(images, n):
    if n < 1 or n > len(images):
        raise ValueError("there is no such photo")
    return images[n - 1 : n]


@nth_photo.mistake(
    "For a number without a photo you returned None. "
    "The caller would not notice: raise a ValueError."
)
def returns_nothing(images, n):
    if n < 1 or n > len(images):
        return None
    return images[n - 1]


# 1e  class counts

# No 3 and no 9 in it: a middle slot and the last one have to be there all the same.
GAPS = np.array([5, 0, 4, 1, 2, 1, 8, 1, 6, 7, 0, 2], dtype=np.uint8)
GAPS_COUNTED = np.array([2, 3, 2, 0, 1, 1, 1, 1, 1, 0])

class_counts = exercise(
    "1e",
    "Count the digits",
    points=15,
    name="class_counts",
    hints=(
        "numpy counts small whole numbers for you: np.bincount.",
        "What does your answer look like if the digit 9 never occurs?",
        "np.bincount(labels, minlength=k)",
    ),
)
class_counts.slips()


@class_counts.check
def gives_every_class_a_slot(attempt):
    """Of twelve labels without a 3 and a 9, it fills ten slots, two of them with 0."""
    expect(attempt.class_counts(GAPS)).equals(GAPS_COUNTED)


@class_counts.check
def has_as_many_slots_as_asked(attempt):
    """It gives 12 slots for k=12, and 3 slots for k=3."""
    twelve = np.array([11, 0, 7, 7, 2], dtype=np.uint8)
    expect(attempt.class_counts(twelve, k=12)).equals(np.bincount(twelve, minlength=12))
    three = np.array([1, 1, 0, 1], dtype=np.uint8)
    expect(attempt.class_counts(three, k=3)).equals(np.array([1, 3, 0]))


@class_counts.check
def counts_the_training_labels(attempt, mnist):
    """The counts of the 60,000 training labels are right, and sum to 60,000."""
    answer = expect(attempt.class_counts(mnist.y_train))
    answer.has_shape((10,))
    answer.its("sum", np.sum).close_to(60_000, tolerance=0)
    answer.equals(np.bincount(mnist.y_train))


@class_counts.check
def counts_are_whole_numbers(attempt):
    """The counts are ints, not floats."""
    answer = expect(attempt.class_counts(np.array([0, 2, 2], dtype=np.uint8)))
    kind = answer.array(shape=(10,)).dtype
    answer.holds(
        kind.kind in "iu", "Counts are ints; yours are {kind}.", kind=kind.name
    )


@class_counts.check
def counts_random_labels(attempt, rng):
    """It agrees on random labels, also of dtype int64."""
    for n, k in ((30, 10), (7, 5)):
        labels = rng.integers(k, size=n)
        answer = expect(attempt.class_counts(labels, k))
        answer.equals(np.bincount(labels, minlength=k))


@class_counts.mistake(
    "The largest label in this set is {largest}, so your answer has {slots} slots "
    "instead of {k}. See minlength.",
    numbers=lambda labels, k=10: {
        "largest": int(labels.max()),
        "slots": int(labels.max()) + 1,
        "k": k,
    },
)
def without_minlength(labels, k=10):
    return np.bincount(labels)


@class_counts.mistake(
    "The classes that do not occur are left out, as np.unique does it: you have "
    "{slots} slots instead of {k}, and those after a gap are shifted. See np.bincount.",
    numbers=lambda labels, k=10: {"slots": len(np.unique(labels)), "k": k},
)
def only_what_occurs(labels, k=10):
    return np.unique(labels, return_counts=True)[1]


@class_counts.mistake(
    "You give 10 slots here, and k is {k}. Use the k that the caller gives.",
    numbers=lambda labels, k=10: {"k": k},
)
def always_ten(labels, k=10):
    return np.bincount(labels, minlength=10)


@class_counts.mistake(
    "These are the counts of {k} bins from the smallest label to the largest, as "
    "np.histogram makes them. They do not match the digits. Use np.bincount.",
    numbers=lambda labels, k=10: {"k": k},
)
def stretched_bins(labels, k=10):
    return np.histogram(labels, bins=k)[0]


@class_counts.mistake(
    "Those are shares of the whole: they sum to 1. Return the counts, undivided."
)
def shares(labels, k=10):
    return np.bincount(labels, minlength=k) / len(labels)


@class_counts.mistake(
    "Each digit that occurs is counted once, however often it comes. numpy does so in "
    "counts[labels] += 1. Use np.bincount, or np.add.at."
)
def repeats_dropped(labels, k=10):
    counts = np.zeros(k, dtype=int)
    counts[labels] += 1
    return counts


@class_counts.mistake(
    "np.unique gives two arrays: the classes that occur, and their counts. "
    "It leaves out the others. See np.bincount."
)
def both_of_unique(labels, k=10):
    return np.unique(labels, return_counts=True)


@class_counts.symptom(
    "Your first slot holds the count of label 1. The classes count from 0, up to k - 1.",
    example="""
        def class_counts(labels, k=10):
            return np.array([(labels == c).sum() for c in range(1, k + 1)])
    """,
)
def starts_at_class_one(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))[1:]
    is_short = len(answer.value) in (len(right), len(right) + 1)
    return is_short and np.array_equal(answer.value[: len(right)], right)


@class_counts.symptom(
    "The counts are uint8, and a byte ends at 255. Counts need more room: dtype=int.",
    example="""
        def class_counts(labels, k=10):
            counts = np.zeros(k, dtype=labels.dtype)
            for label in labels:
                counts[label] += 1
            return counts
    """,
)
def counted_in_bytes(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))
    return answer.value.dtype == np.uint8 and np.array_equal(
        answer.value, right.astype(np.uint8)
    )


@class_counts.symptom(
    "Your dict has {entries} entries, and there are {k} classes. "
    "Return an array with k slots, also for the digits that do not occur.",
    example="""
        def class_counts(labels, k=10):
            counts = {}
            for label in labels:
                counts[int(label)] = counts.get(int(label), 0) + 1
            return counts
    """,
)
def counted_in_a_dict(answer):
    k = k_of(answer)
    is_short = isinstance(answer.value, dict) and len(answer.value) < k
    return is_short and {"entries": len(answer.value), "k": k}


@class_counts.symptom(
    "You return a dict. Return an array with k slots: slot c holds the count of label c.",
    example="""
        def class_counts(labels, k=10):
            return {c: int((labels == c).sum()) for c in range(k)}
    """,
)
def counted_in_a_full_dict(answer):
    return isinstance(answer.value, dict) and len(answer.value) == k_of(answer)


def k_of(answer):
    """The number of slots that the call asks for."""
    return [*answer.args, answer.kwargs.get("k", 10)][1]


@class_counts.symptom(
    "The counts are right, and are floats. Did np.zeros make the slots? "
    "It makes floats unless you tell it dtype=int.",
    example="""
        def class_counts(labels, k=10):
            counts = np.zeros(k)
            for label in labels:
                counts[label] += 1
            return counts
    """,
)
def counted_in_floats(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))
    counts = np.asarray(answer.value)
    return counts.dtype.kind == "f" and np.array_equal(counts, right)


# 1f  the baseline

# The commonest is 1 in train, and 7 in test and in both together. The largest label, its
# place, the place and the size of the largest count, a guess of one in ten and the score
# on train each have a share of their own.
TRAP_TRAIN = np.array([7, 1, 1, 9, 1, 1, 7, 1, 7], dtype=np.uint8)
TRAP_TEST = np.repeat([7, 1, 9, 0, 3, 5], [9, 6, 4, 3, 2, 1]).astype(np.uint8)

majority_baseline = exercise(
    "1f",
    "The score to beat",
    points=10,
    name="majority_baseline",
    hints=(
        "Count on the training labels; the test labels only mark the answers.",
        "The commonest digit is the argmax of the counts.",
        "With m for the commonest digit of train_y: (test_y == m).mean()",
    ),
)
majority_baseline.slips()


@majority_baseline.check
def chooses_on_the_training_labels(attempt):
    """When train has mostly 1 and test mostly 7, it answers 1: 6 of 25 are right."""
    answer = attempt.majority_baseline(TRAP_TRAIN, TRAP_TEST)
    expect(answer).close_to(0.24, tolerance=1e-12)


@majority_baseline.check
def scores_mnist(attempt, mnist):
    """On MNIST the score to beat is 0.1135."""
    answer = attempt.majority_baseline(mnist.y_train, mnist.y_test)
    expect(answer).close_to(0.1135, tolerance=1e-12)


@majority_baseline.check
def may_be_right_never_or_always(attempt):
    """The share is 0 when the digit is not in the test set, 1 when no other is."""
    fours = np.full(9, 4, dtype=np.uint8)
    answer = attempt.majority_baseline(fours, np.array([5, 6], dtype=np.uint8))
    expect(answer).close_to(0.0)
    expect(attempt.majority_baseline(fours, fours[:3])).close_to(1.0)


@majority_baseline.check
def scores_random_sets(attempt, rng):
    """It agrees on random sets of other sizes."""
    for n1, n2 in ((21, 9), (8, 30)):
        train, test = rng.integers(10, size=n1), rng.integers(10, size=n2)
        most = int(rng.integers(10))
        train[: n1 // 2 + 1] = most  # no two digits are commonest
        answer = attempt.majority_baseline(rng.permutation(train), test)
        expect(answer).close_to(np.mean(test == most), tolerance=1e-12)


@majority_baseline.mistake(
    "You picked the commonest digit of the TEST set. "
    "That is peeking: choose it on the training labels."
)
def commonest_of_test(train_y, test_y):
    return float((test_y == np.bincount(test_y).argmax()).mean())


@majority_baseline.mistake(
    "That is the share on the training labels. "
    "Choose the digit on train, and score it on test."
)
def scored_on_train(train_y, test_y):
    return float((train_y == np.bincount(train_y).argmax()).mean())


@majority_baseline.mistake(
    "That is how many are right. Return the share: divide by the number of test labels."
)
def number_right(train_y, test_y):
    return int((test_y == np.bincount(train_y).argmax()).sum())


@majority_baseline.mistake(
    "That is the commonest digit itself. Return the share of test labels equal to it."
)
def the_digit(train_y, test_y):
    return int(np.bincount(train_y).argmax())


@majority_baseline.mistake(
    "max finds the largest label, not the commonest. "
    "Count first; then take the argmax of the counts."
)
def largest_label(train_y, test_y):
    return float((test_y == train_y.max()).mean())


@majority_baseline.mistake(
    "argmax of the labels finds where the largest label stands. "
    "Take the argmax of the counts."
)
def place_of_the_largest(train_y, test_y):
    return float((test_y == train_y.argmax()).mean())


@majority_baseline.mistake(
    "The argmax of np.unique's counts is a place among the classes that occur, and not "
    "the class itself: look the class up there, or use np.bincount."
)
def place_among_the_classes(train_y, test_y):
    counts = np.unique(train_y, return_counts=True)[1]
    return float((test_y == counts.argmax()).mean())


@majority_baseline.mistake(
    "max of the counts says how often the commonest digit occurs. "
    "Which digit it is, argmax says."
)
def how_often(train_y, test_y):
    return float((test_y == np.bincount(train_y).max()).mean())


@majority_baseline.mistake(
    "You counted the test labels too. Choose the digit on the training labels alone."
)
def commonest_of_both(train_y, test_y):
    both = np.concatenate((train_y, test_y))
    return float((test_y == np.bincount(both).argmax()).mean())


@majority_baseline.mistake(
    "That is the share of 1 in the test set. 1 is the commonest digit of MNIST; "
    "another training set has another one: count."
)
def always_one(train_y, test_y):
    return float((test_y == 1).mean())


@majority_baseline.mistake("That is a percentage. Return the share, from 0 to 1.")
def percent(train_y, test_y):
    return float(100 * (test_y == np.bincount(train_y).argmax()).mean())


# 1g  a plot; the Axes stays where it was made, and is asked what it shows

plot_digit = exercise(
    "1g",
    "Plot a digit",
    points=10,
    name="plot_digit",
    hints=(
        "Pick the photo with what you wrote in 1d; it also refuses the wrong numbers.",
        "figure, axes = plt.subplots() gives you the Axes to draw on.",
        'axes.imshow(photo, cmap="gray"), axes.set_title(f"photo {n}"), return axes',
    ),
)


def axes_of(answer):
    """The Axes in the worker, or the sentence that says what came instead."""
    told = expect(answer)
    remote = told.handle()
    told.holds(
        "Axes" in remote.bases,
        "Return the Axes; this is an object of type {type}.",
        type=remote.type_name,
    )
    return remote


def shows(attempt, images, n):
    """The picture on the Axes is photo number n."""
    pictures = expect(axes_of(attempt.plot_digit(images, n)).call("get_images"))
    there = pictures.sequence()
    pictures.holds(
        bool(there) and isinstance(there[-1], RemoteObject),
        "There is no picture on the Axes. Call axes.imshow(photo).",
    )
    following = images[n] if n < len(images) else None
    array = there[-1].call("get_array")
    shown = expect(array, right=images[n - 1], following=following)
    shown.equals(images[n - 1])
    return there[-1]


@plot_digit.check
def shows_the_photo(attempt):
    """The picture shows photos 1 and 3 of a set of five, pixel by pixel."""
    for n in (1, 3):
        shows(attempt, FIVE, n)


@plot_digit.check
def shows_it_in_grey(attempt):
    """The picture is grey: its colour map has no colours."""
    colours = shows(attempt, FIVE, 2).call("get_cmap")
    name = expect(colours).handle().get("name").value
    painted = colours.value.call("__call__", np.linspace(0, 1, 9))
    rgba = expect(painted).array(shape=(9, 4))
    is_grey = np.all(np.ptp(rgba[:, :3], axis=1) < 0.02)
    expect(colours, cmap=name).holds(
        is_grey,
        "The picture is in colours: its colour map is {cmap}. A grey one is asked for.",
    )


@plot_digit.check
def says_its_number(attempt):
    """The title contains the number of the photo, counted from 1."""
    for n in (4, 2):
        told = expect(title_of(axes_of(attempt.plot_digit(FIVE, n))), n=n)
        told.holds(
            n in numbers_in(told.text()), "The title is {got}; {n} is not in it."
        )


@plot_digit.check
def refuses_what_is_not_there(attempt):
    """There is no photo 0 and no photo 6 in a set of five: a ValueError."""
    for n in (0, 6):
        try:
            expect.raises("ValueError", attempt.plot_digit, FIVE, n)
        except Wrong as wrong:
            wrong.answer = with_what_is_drawn(wrong.answer)
            raise


def title_of(axes):
    """The title in the middle, or where that is empty the one on the left or right."""
    middle = axes.call("get_title")
    sides = (axes.call("get_title", side) for side in ("left", "right"))
    return middle if middle.value else next((s for s in sides if s.value), middle)


def with_what_is_drawn(answer):
    """The answer, and which of the photos stands on the Axes that it is."""
    drawn = None
    with contextlib.suppress(Stopped, AttributeError, IndexError):
        picture = answer.value.call("get_images").value[-1]
        drawn = place_of(picture.call("get_array").value, answer.args[0])
    return replace(answer, facts={**answer.facts, "drawn": drawn})


@plot_digit.check
def shows_real_photos(attempt, mnist, rng):
    """It plots real digits of a larger set, the last one too."""
    images = mnist.x_test[:30]
    for n in (int(rng.integers(10, 30)), 30):
        shows(attempt, images, n)


def numbers_in(text):
    return [int(digits) for digits in re.findall(r"\d+", text[:1000])]


@plot_digit.symptom(
    "You showed photo number n+1. Counting from 1, the second photo is images[1].",
    example="""
        def plot_digit(images, n):
            if n < 1 or n > len(images):
                raise ValueError("there is no such photo")
            _, axes = plt.subplots()
            axes.imshow(images[n], cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def shows_the_next(answer):
    return answer.target.endswith("get_array") and np.array_equal(
        answer.value, answer.facts["following"]
    )


@plot_digit.symptom(
    "You plotted 255 - photo. Plot the pixels as they are; "
    'if you want dark ink, ask for it with cmap="gray_r".',
    example="""
        def plot_digit(images, n):
            photo = nth_photo(images, n)
            _, axes = plt.subplots()
            axes.imshow(255 - photo, cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def shows_the_negative(answer):
    return np.array_equal(answer.value, 255 - answer.facts["right"])


@plot_digit.symptom(
    "You divided the pixels by 255. Plot them as they are, from 0 to 255.",
    example="""
        def plot_digit(images, n):
            photo = nth_photo(images, n)
            _, axes = plt.subplots()
            axes.imshow(photo / 255, cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def shows_shares(answer):
    return np.allclose(answer.value, answer.facts["right"] / 255)


@plot_digit.symptom(
    "The picture has the colours of {cmap}, which matplotlib takes when it is told "
    'nothing. Ask for grey: cmap="gray".',
    example="""
        def plot_digit(images, n):
            _, axes = plt.subplots()
            axes.imshow(nth_photo(images, n))
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def shows_it_in_colours(answer):
    return answer.facts.get("cmap") == "viridis"


@plot_digit.symptom(
    "plot_digit returned None. Return the Axes that you drew on: return axes.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            plt.imshow(nth_photo(images, n), cmap="gray")
            plt.title(f"photo {n}")
    """,
)
def returns_none(answer):
    images, n = answer.args
    is_there = 1 <= n <= len(images)
    return is_there and answer.value is None and answer.raised is None


@plot_digit.symptom(
    "For a number without a photo plot_digit returned None. "
    "The caller would not notice: raise a ValueError.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            if n < 1 or n > len(images):
                return None
            _, axes = plt.subplots()
            axes.imshow(images[n - 1], cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def returns_none_for_no_photo(answer):
    images, n = answer.args
    is_there = 1 <= n <= len(images)
    return not is_there and answer.value is None and answer.raised is None


@plot_digit.symptom(
    "You returned what imshow gives back, the picture alone. "
    "The Axes is the frame around it: return axes.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            plt.figure()
            picture = plt.imshow(nth_photo(images, n), cmap="gray")
            plt.title(f"photo {n}")
            return picture
    """,
)
def returns_the_picture(answer):
    return answer.value.type_name == "AxesImage"


@plot_digit.symptom(
    "You returned the Figure, the whole page. "
    "The Axes is the frame on it: return axes.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            figure, axes = plt.subplots()
            axes.imshow(nth_photo(images, n), cmap="gray")
            axes.set_title(f"photo {n}")
            return figure
    """,
)
def returns_the_figure(answer):
    return answer.value.type_name == "Figure"


@plot_digit.symptom(
    "You returned two things, a Figure and an Axes. Return only the Axes.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            both = plt.subplots()
            both[1].imshow(nth_photo(images, n), cmap="gray")
            both[1].set_title(f"photo {n}")
            return both
    """,
)
def returns_both(answer):
    bases = [base for part in answer.value for base in part.bases]
    return len(answer.value) == 2 and {"Figure", "Axes"} <= set(bases)


@plot_digit.symptom(
    "A tuple has no {name}. Does it come from plt.subplots()? That gives two things, a "
    "Figure and its Axes. Take them apart: figure, axes = plt.subplots().",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            axes = plt.subplots()
            axes.imshow(nth_photo(images, n), cmap="gray")
            return axes
    """,
)
def takes_both_for_the_axes(answer):
    message = answer.raised.message
    found = re.match(r"'tuple' object .* '(imshow|matshow|set_\w+)'", message)
    return found and {"name": found[1]}


@plot_digit.symptom(
    "The title of the Axes is empty. Say with axes.set_title(...) which photo it is.",
    example="""
        def plot_digit(images, n):
            _, axes = plt.subplots()
            axes.imshow(nth_photo(images, n), cmap="gray")
            return axes
    """,
)
def has_no_title(answer):
    return answer.target.endswith("get_title") and answer.value == ""


@plot_digit.symptom(
    "The title says {index}, the index of the photo. People count from 1: say {n}.",
    example="""
        def plot_digit(images, n):
            photo = nth_photo(images, n)
            _, axes = plt.subplots()
            axes.imshow(photo, cmap="gray")
            axes.set_title(f"photo {n - 1}")
            return axes
    """,
)
def says_the_index(answer):
    index = answer.facts["n"] - 1
    return index in numbers_in(answer.value) and {"index": index}


@plot_digit.symptom(
    "There is no photo {n}, and plot_digit drew photo {drawn} in its place. "
    "The caller would not notice: raise a ValueError.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            n = min(max(n, 1), len(images))
            _, axes = plt.subplots()
            axes.imshow(images[n - 1], cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def draws_another_photo(answer):
    images, n = answer.args
    drawn = answer.facts["drawn"]
    is_last = n == 0 and drawn == len(images) - 1
    return drawn is not None and not is_last and {"n": n, "drawn": drawn + 1}


@plot_digit.symptom(
    "plot_digit(images, 0) drew the LAST photo: -1 is a legal index in numpy. "
    "Refuse n < 1.",
    of="plot_digit",
    example="""
        def plot_digit(images, n):
            _, axes = plt.subplots()
            axes.imshow(images[n - 1], cmap="gray")
            axes.set_title(f"photo {n}")
            return axes
    """,
)
def draws_photo_nought(answer):
    images, n = answer.args
    return n == 0 and answer.facts["drawn"] == len(images) - 1


# Numbers in the text


@functools.cache
def mnist_arrays():
    """The four arrays, read once."""
    (x_train, y_train), (x_test, y_test) = load_data()
    return x_train, y_train, x_test, y_test


def train_pixels():
    return mnist_arrays()[0]


def share_of(pixel):
    """The share of training pixels with this value, in percent."""
    return f"{100 * (train_pixels() == pixel).mean():.2f}"


def mebibytes(dtype):
    return f"{train_pixels().size * np.dtype(dtype).itemsize / 2**20:.1f}"


def ones_in(labels):
    return int((labels == 1).sum())


NUMBERS = {
    "60000": lambda: f"{len(train_pixels())}",
    "60,000": lambda: f"{len(train_pixels()):,}",
    "10,000": lambda: f"{len(mnist_arrays()[2]):,}",
    "70,000": lambda: f"{len(train_pixels()) + len(mnist_arrays()[2]):,}",
    "47,040,000": lambda: f"{train_pixels().nbytes:,}",
    "44.9": lambda: mebibytes("uint8"),
    "179.4": lambda: mebibytes("float32"),
    "358.9": lambda: mebibytes("float64"),
    "33.3184": lambda: f"{train_pixels().mean():.4f}",
    "80.88": lambda: share_of(0),
    "0.67": lambda: share_of(255),
    "6,742": lambda: f"{ones_in(mnist_arrays()[1]):,}",
    "11.24": lambda: f"{100 * ones_in(mnist_arrays()[1]) / 60000:.2f}",
    "1,135": lambda: f"{ones_in(mnist_arrays()[3]):,}",
    "0.1135": lambda: f"{ones_in(mnist_arrays()[3]) / 10000:.4f}",
    "0.10": lambda: f"{1 / 10:.2f}",
}
