"""What is asked of lesson 2, and which mistakes are known."""

import functools
import re

import numpy as np

from grader.checks import RemoteObject, exercise, expect, lesson
from lessons.data import load_data

LESSON = lesson(imports=("numpy",))


def photos(n, height=28, width=28, seed=0):
    """A set of n photos of noise."""
    shape = (n, height, width)
    return np.random.default_rng(seed).integers(0, 256, size=shape, dtype=np.uint8)


# 2a  predictions

predict = exercise(
    "2a",
    "Predict four bytes",
    points=10,
    prediction=True,
    hints=("A byte starts again at 0 after 255. And // rounds down, always.",),
)

SUM = 'PREDICT["byte(200) + byte(200)"]'
DIFFERENCE = 'PREDICT["byte(10) - byte(12)"]'
WHOLE = 'PREDICT["byte(0, 128, 200, 255) // 255"]'
QUOTIENT = 'PREDICT["dtype of byte(0, 128, 200, 255) / 255"]'


def is_predicted(attempt, key, number):
    """The entry is this number; it may be written as numpy prints it: [144]."""
    entry = expect(attempt.entry("PREDICT", key))
    value = entry.value
    is_list = isinstance(value, (list, tuple)) and len(value) == 1
    if is_list or getattr(value, "shape", None) == (1,):
        entry = entry.its("number", lambda value: value[0])
    entry.equals(number)


@predict.check
def a_sum_of_bytes(attempt):
    """The sum of two bytes is predicted right."""
    is_predicted(attempt, "byte(200) + byte(200)", 144)


@predict.check
def a_difference_of_bytes(attempt):
    """The difference of two bytes is predicted right."""
    is_predicted(attempt, "byte(10) - byte(12)", 254)


@predict.check
def a_whole_division(attempt):
    """The whole division of four bytes is predicted right."""
    entry = attempt.entry("PREDICT", "byte(0, 128, 200, 255) // 255")
    expect(entry).equals([0, 0, 0, 1])


@predict.check
def kind_of_a_quotient(attempt):
    """The dtype of the quotient is predicted right."""
    entry = attempt.entry("PREDICT", "dtype of byte(0, 128, 200, 255) / 255")
    expect(entry).equals("float64")


@predict.mistake(
    "400 would need nine bits, and a byte has eight. "
    "It starts again at 0 after 255: subtract 256.",
    of=SUM,
)
def has_room_for_four_hundred():
    return 400


@predict.mistake(
    "numpy does not stop at 255. After 255 a byte starts again at 0.", of=SUM
)
def stops_at_the_top():
    return 255


@predict.mistake(
    "A byte has 256 values, because 0 is one of them: subtract 256, not 255.", of=SUM
)
def wraps_after_254():
    return 145


@predict.mistake(
    "uint8 has no minus sign. Below 0 a byte goes on at 255, 254: add 256.",
    of=DIFFERENCE,
)
def has_a_minus_sign():
    return -2


@predict.mistake(
    "numpy does not stop at 0. Below 0 a byte goes on at 255.", of=DIFFERENCE
)
def stops_at_the_bottom():
    return 0


@predict.mistake(
    "A byte has 256 values, because 0 is one of them: add 256, not 255.",
    of=DIFFERENCE,
)
def wraps_before_255():
    return 253


@predict.mistake(
    "// rounds down, always: 128 / 255 is more than a half, and still becomes 0.",
    of=WHOLE,
)
def rounds_to_the_nearest():
    return [0, 1, 1, 1]


@predict.symptom(
    "Those are the results of /. The double stroke // gives whole numbers.",
    of=WHOLE,
    example='PREDICT["byte(0, 128, 200, 255) // 255"] = [0, 0.5, 0.78, 1]',
)
def divides_exactly(answer):
    exactly = np.array([0, 128, 200, 255]) / 255
    return np.allclose(answer.value, exactly, rtol=0, atol=0.01)


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
    example='PREDICT["dtype of byte(0, 128, 200, 255) / 255"] = np.float64',
)
def is_not_text(answer):
    return isinstance(answer.value, RemoteObject) or answer.value.startswith("np.")


# 2b  flatten

NUMBERED = np.arange(2 * 28 * 28).reshape(2, 28, 28)

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


# 2c  scale

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


# 2d  one-hot

one_hot = exercise(
    "2d",
    "One-hot",
    points=20,
    name="one_hot",
    hints=(
        "Row 5 of the identity matrix is the one-hot row of 5.",
        "np.eye(k)[labels] picks one row of the identity for each label.",
        'np.eye(k, dtype="float32")[labels], after a look at labels.max() and at n = 0',
    ),
)
one_hot.slips()


def rows_of(labels, k):
    """The right answer, made without the identity matrix."""
    return (np.asarray(labels)[:, None] == np.arange(k)).astype(np.float32)


@one_hot.check
def puts_each_one_in_its_column(attempt):
    """The labels 5, 0, 4 have their 1 in columns 5, 0 and 4."""
    labels = np.array([5, 0, 4], dtype=np.uint8)
    expect(attempt.one_hot(labels)).close_to(rows_of(labels, 10))


@one_hot.check
def has_as_many_columns_as_asked(attempt):
    """It makes 4 columns for k=4 and 13 for k=13; every row sums to 1."""
    for k, labels in ((4, [3, 0, 1, 1, 2]), (13, [12, 0, 5])):
        answer = expect(attempt.one_hot(np.array(labels), k=k))
        answer.has_shape((len(labels), k))
        answer.its("row sums", lambda y: np.sum(y, axis=1)).all_close_to(1)
        answer.its("argmax", lambda y: np.argmax(y, axis=1)).equals(labels)


@one_hot.check
def makes_rows_of_float32(attempt):
    """The dtype is float32, for labels of uint8 and of int64."""
    for dtype in ("uint8", "int64"):
        answer = attempt.one_hot(np.array([2, 7, 2, 1], dtype=dtype))
        expect(answer).has_dtype("float32")


@one_hot.check
def refuses_a_label_without_a_column(attempt):
    """Label 12 or 10 of 10 classes, and label 3 of 3 classes: a ValueError."""
    for labels, k in (([1, 12, 4], 10), ([1, 10, 4], 10), ([0, 3], 3)):
        expect.raises("ValueError", attempt.one_hot, np.array(labels), k)


@one_hot.check
def takes_no_labels_at_all(attempt):
    """No labels give an array of shape (0, k)."""
    for k in (10, 3):
        answer = attempt.one_hot(np.array([], dtype=np.uint8), k)
        expect(answer).has_shape((0, k))


@one_hot.check
def encodes_real_and_random_labels(attempt, mnist, rng):
    """It agrees on 500 labels of MNIST and on random ones."""
    expect(attempt.one_hot(mnist.y_train[:500])).close_to(
        rows_of(mnist.y_train[:500], 10)
    )
    labels = rng.integers(6, size=17)
    expect(attempt.one_hot(labels, 6)).close_to(rows_of(labels, 6))


@one_hot.mistake(
    "Row sums are {s}, not 1: EVERY row has all the ones, as y[:, labels] = 1 or "
    "[row] * n make it. You need row i, column labels[i].",
    numbers=lambda labels, k=10: {"s": len(np.unique(labels))},
)
def columns_in_every_row(labels, k=10):
    y = np.zeros((len(labels), k))
    y[:, labels] = 1
    return y


@one_hot.mistake("Each 1 sits one column too far right: digit 0 belongs in column 0.")
def one_column_too_far(labels, k=10):
    return np.eye(k)[(labels.astype(int) + 1) % k]


@one_hot.mistake("Each 1 sits one column too far left: digit 0 belongs in column 0.")
def one_column_short(labels, k=10):
    return np.eye(k)[labels.astype(int) - 1]


@one_hot.mistake(
    "You put the label itself into its column. One-hot has a 1 there, "
    "so that every row sums to 1."
)
def the_label_itself(labels, k=10):
    return np.eye(k)[labels] * labels[:, None]


@one_hot.mistake(
    "You make 10 columns here, and k is {k}. Use the k that the caller gives.",
    numbers=lambda labels, k=10: {"k": k},
)
def always_ten(labels, k=10):
    return np.eye(10)[labels]


@one_hot.mistake(
    "You made columns up to the largest label that occurs. There are k = {k} columns, "
    "also for digits that do not occur.",
    numbers=lambda labels, k=10: {"k": k},
)
def up_to_the_largest(labels, k=10):
    return np.eye(labels.max() + 1)[labels]


@one_hot.symptom(
    "Expected shape (n, k) = ({n}, {k}), got {shape}: one ROW per photo.",
    example="""
        def one_hot(labels, k=10):
            return np.eye(k, dtype=np.float32)[:, labels]
    """,
)
def has_another_shape(answer):
    n, k = len(answer.args[0]), columns_asked(answer)
    shape = np.shape(answer.value)
    has_other_rows = answer.raised is None and shape != () and shape[0] != n
    return has_other_rows and {"n": n, "k": k, "shape": shape}


@one_hot.symptom(
    "numpy raised its own IndexError. Look at labels.max() first, "
    "and raise a ValueError that names the label.",
    example="""
        def one_hot(labels, k=10):
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def leaves_the_label_to_numpy(answer):
    labels, k = answer.args[0], columns_asked(answer)
    return is_numpys_index_error(answer) and np.max(labels) > k


def is_numpys_index_error(answer):
    """Whether an index beyond the columns raised, and no line that says raise."""
    raised = answer.raised
    is_own = raised is not None and "raise " in raised.source_line
    return raised is not None and raised.type_name == "IndexError" and not is_own


@one_hot.symptom(
    "You refuse labels above {k}, and {k} itself goes through. The columns count from "
    "0, so the last one is {last}: ask for labels >= k.",
    example="""
        def one_hot(labels, k=10):
            if np.any(labels > k):
                raise ValueError("a label has no column")
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def lets_the_label_k_through(answer):
    # A label above k was asked about before this one, and refused.
    labels, k = answer.args[0], columns_asked(answer)
    is_lost = is_numpys_index_error(answer) and k == 10
    return is_lost and np.max(labels) == k and {"k": k, "last": k - 1}


@one_hot.symptom(
    "You refused labels that all have a column: the largest is {largest}, and the last "
    "of {k} columns is {last}. Refuse labels >= k.",
    example="""
        def one_hot(labels, k=10):
            if len(labels) and labels.max() >= k - 1:
                raise ValueError("a label has no column")
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def refuses_too_much(answer):
    largest, k = int(np.max(answer.args[0])), columns_asked(answer)
    is_own = "raise " in answer.raised.source_line
    return is_own and largest < k and {"largest": largest, "k": k, "last": k - 1}


@one_hot.symptom(
    "Label {label} of {k} classes gave a row without a 1, and no complaint. "
    "Raise a ValueError.",
    example="""
        def one_hot(labels, k=10):
            return (labels[:, None] == np.arange(k)).astype(np.float32)
    """,
)
def gives_an_empty_row(answer):
    labels, k = answer.args[0], columns_asked(answer)
    label, row = int(labels.max()), answer.value[int(labels.argmax())]
    return label >= k and not np.any(row) and {"label": label, "k": k}


@one_hot.symptom(
    "An empty array has no largest label, so asking for one raised. "
    "Ask only when there are labels.",
    example="""
        def one_hot(labels, k=10):
            if labels.max() >= k:
                raise ValueError("a label has no column")
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def asks_nobody_for_a_maximum(answer):
    message, is_empty = answer.raised.message, len(answer.args[0]) == 0
    return is_empty and bool(
        re.search(r"reduction operation m(ax|in)|max\(\)", message)
    )


@one_hot.symptom(
    "You refused an array without labels. It is welcome: it gives no rows, and k "
    "columns, the shape (0, {k}).",
    example="""
        def one_hot(labels, k=10):
            if len(labels) == 0 or labels.max() >= k:
                raise ValueError("a label has no column, or there is none")
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def refuses_no_labels(answer):
    is_own = "raise " in answer.raised.source_line
    return is_own and len(answer.args[0]) == 0 and {"k": columns_asked(answer)}


@one_hot.symptom(
    "The rows are right, their dtype is {dtype}. Ask for float32, "
    "the type of everything else that goes into the network.",
    example="""
        def one_hot(labels, k=10):
            if len(labels) and labels.max() >= k:
                raise ValueError("a label has no column")
            return np.eye(k)[labels]
    """,
)
def has_another_dtype(answer):
    y = answer.value
    is_right = np.array_equal(y, rows_of(answer.args[0], columns_asked(answer)))
    return is_right and {"dtype": y.dtype.name}


def columns_asked(answer):
    """The k of a call, wherever it stands."""
    return answer.kwargs.get("k", answer.args[1] if len(answer.args) > 1 else 10)


# 2e  a stratified split

# Sorted by label, and with classes of different sizes: 316 photos.
SORTED = np.repeat(np.arange(10), [30, 25, 40, 28, 33, 21, 36, 45, 27, 31])

stratified_split = exercise(
    "2e",
    "Split class by class",
    points=20,
    name="stratified_split",
    hints=(
        "One class at a time: where are its labels?",
        "rng.permutation(np.flatnonzero(labels == c)) shuffles the indices of class c.",
        "The first per_class of them go to test, the rest to train; then shuffle both.",
    ),
)
stratified_split.slips()


def split_in_two(attempt, labels, per_class, seed):
    """The split as an expectation and two arrays of indices that can be used."""
    told = expect(attempt.stratified_split(labels, per_class, seed))
    told.sequence(2)
    parts = [
        told.its(name, lambda both, i=i: both[i]).array()
        for i, name in enumerate(("first array", "second array"))
    ]
    for part in parts:
        told.holds(
            part.ndim == 1 and part.dtype.kind in "iu",
            "Return two arrays of indices: whole numbers, in one row.",
        )
        told.holds(
            np.all((part >= 0) & (part < len(labels))),
            "An index is below 0, or beyond the last photo.",
        )
    return told, *parts


def is_a_fair_split(attempt, labels, per_class, seed):
    """Every index occurs once, and each class has its share in the test set."""
    told, train, test = split_in_two(attempt, labels, per_class, seed)
    both = np.sort(np.concatenate((train, test)))
    told.holds(
        np.array_equal(both, np.arange(len(labels))),
        "Every index has to occur once, in one of the two arrays.",
    )
    classes, counts = np.unique(labels[test], return_counts=True)
    told.holds(
        np.array_equal(classes, np.unique(labels)) and np.all(counts == per_class),
        "Each class needs {per_class} photos in the test set.",
        per_class=per_class,
    )


@stratified_split.check
def takes_the_same_number_of_each_class(attempt):
    """From a file sorted by label, 5 of each class are for testing, all others for
    training."""
    is_a_fair_split(attempt, SORTED, 5, seed=1)


@stratified_split.check
def shuffles_both_arrays(attempt):
    """In neither array do the classes stand in blocks."""
    told, *parts = split_in_two(attempt, SORTED, 6, seed=2)
    for part, name in zip(parts, ("first", "second"), strict=True):
        # Shuffled, nine neighbours of ten differ; in blocks there are nine changes.
        changes = np.count_nonzero(np.diff(SORTED[part]))
        told.holds(
            changes > len(part) / 2,
            "The classes stand in blocks in your {which} array. Shuffle it at the end.",
            which=name,
        )


@stratified_split.check
def repeats_itself_for_a_seed(attempt):
    """The same seed gives the same split, in the same order."""
    _, train, test = split_in_two(attempt, SORTED, 4, seed=3)
    told, *again = split_in_two(attempt, SORTED, 4, seed=3)
    is_same = np.array_equal(train, again[0]) and np.array_equal(test, again[1])
    told.holds(is_same, "The same seed gave another split.", repeats=bool(is_same))


@stratified_split.check
def changes_with_the_seed(attempt):
    """Another seed chooses other photos."""
    _, _, test = split_in_two(attempt, SORTED, 4, seed=4)
    told, _, other = split_in_two(attempt, SORTED, 4, seed=5)
    is_same = set(test.tolist()) == set(other.tolist())
    told.holds(
        not is_same,
        "Seeds 4 and 5 chose the same photos.",
        chosen_again=bool(is_same),
        in_order=np.array_equal(test, other),
    )


@stratified_split.check
def takes_the_classes_that_occur(attempt, rng):
    """It splits labels of any few classes, such as 3, 7 and 8, in any order."""
    for classes, per_class in (((3, 7, 8), 2), ((1, 6), 7)):
        labels = rng.permutation(np.repeat(classes, rng.integers(15, 30, len(classes))))
        is_a_fair_split(attempt, labels, per_class, seed=int(rng.integers(1000)))


@stratified_split.check
def splits_mnist(attempt, mnist):
    """Of 5,000 labels of MNIST, 1,000 are for testing, 100 of each digit."""
    is_a_fair_split(attempt, mnist.y_train[:5000], 100, seed=0)


def parts_of(answer):
    """The labels, and the two arrays that came back."""
    labels, (train, test) = answer.args[0], answer.value
    return labels, np.asarray(train), np.asarray(test)


@stratified_split.symptom(
    "Those are truth values, one for each photo. Indices are asked for: "
    "np.flatnonzero(mask).",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            mask = np.zeros(len(labels), dtype=bool)
            for c in np.unique(labels):
                mask[rng.permutation(np.flatnonzero(labels == c))[:per_class]] = True
            return ~mask, mask
    """,
)
def returns_masks(answer):
    return parts_of(answer)[1].dtype == bool


@stratified_split.symptom(
    "Those are labels, the digits themselves. Return their places in the array, "
    "from 0 to {last}.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return labels[rng.permutation(train)], labels[rng.permutation(test)]
    """,
)
def returns_labels(answer):
    labels, train, test = parts_of(answer)
    both = np.sort(np.concatenate((train, test)))
    return np.array_equal(both, np.sort(labels)) and {"last": len(labels) - 1}


@stratified_split.symptom(
    "{m} indices stand in both arrays. The test score would be a memory test: "
    "leaking the test set gives 0.99 instead of 0.94.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            test = [
                rng.permutation(np.flatnonzero(labels == c))[:per_class]
                for c in np.unique(labels)
            ]
            test = rng.permutation(np.concatenate(test))
            return rng.permutation(len(labels)), test
    """,
)
def overlaps(answer):
    _, train, test = parts_of(answer)
    common = len(np.intersect1d(train, test))
    return common > 0 and {"m": common}


@stratified_split.symptom(
    "An array of yours is None. Is it what rng.shuffle gives back? That shuffles in "
    "place, and gives nothing. rng.permutation gives back a shuffled copy.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            return rng.shuffle(np.concatenate(train)), rng.shuffle(np.concatenate(test))
    """,
)
def uses_what_shuffle_returns(answer):
    return any(part is None for part in answer.value)


@stratified_split.symptom(
    "You return lists that hold arrays. Join each list into one array: "
    "np.concatenate(train).",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            return train, test
    """,
)
def leaves_lists_of_arrays(answer):
    train, _ = answer.value
    return isinstance(train, list) and isinstance(train[0], np.ndarray)


@stratified_split.symptom(
    "A photo stands in the test set twice. Did rng.choice draw it? That puts back what "
    "it drew, unless you say replace=False.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            test = [
                rng.choice(np.flatnonzero(labels == c), per_class)
                for c in np.unique(labels)
            ]
            test = np.concatenate(test)
            train = np.setdiff1d(np.arange(len(labels)), test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def puts_back_what_it_drew(answer):
    labels, train, test = parts_of(answer)
    is_whole = len(np.union1d(train, test)) == len(labels)
    return is_whole and len(np.unique(test)) < len(test)


@stratified_split.symptom(
    "All photos of class {c} are in neither set. "
    "Go through every class that occurs: np.unique(labels).",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in range(1, 10):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def leaves_out_a_class(answer):
    labels, train, test = parts_of(answer)
    there = labels[np.concatenate((train, test)).astype(int)]
    left_out = np.setdiff1d(labels, there)
    is_whole = train.dtype.kind in "iu" and len(left_out)
    return bool(is_whole) and {"c": int(left_out[0])}


@stratified_split.symptom(
    "{m} photos are in neither set. All that is not held back is for training.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class : 4 * per_class])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def loses_photos(answer):
    labels, train, test = parts_of(answer)
    lost = len(labels) - len(np.union1d(train, test))
    return train.dtype.kind in "iu" and lost > 0 and {"m": lost}


@stratified_split.symptom(
    "Your test set is the end of the file, which is sorted by digit: it holds only "
    "{d}. Split class by class.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            held_back = per_class * len(np.unique(labels))
            indices = np.arange(len(labels))
            train, test = indices[:-held_back], indices[-held_back:]
            return rng.permutation(train), rng.permutation(test)
    """,
)
def holds_back_the_tail(answer):
    labels, _, test = parts_of(answer)
    there = np.unique(labels[test])
    tail = np.arange(len(labels))[-len(test) :]
    is_tail = np.array_equal(np.sort(test), tail) and np.all(np.diff(labels) >= 0)
    is_short = len(there) < len(np.unique(labels))
    return is_tail and is_short and {"d": " and ".join(map(str, there))}


@stratified_split.symptom(
    "The two arrays have changed places. Return the training indices first.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(test), rng.permutation(train)
    """,
)
def test_comes_first(answer):
    labels, train, test = parts_of(answer)
    is_whole = np.array_equal(np.union1d(train, test), np.arange(len(labels)))
    return is_whole and np.all(counts_in(labels, train) == answer.args[1])


def counts_in(labels, part):
    """How many photos of each class that occurs are in one of the two arrays."""
    return np.array([np.count_nonzero(labels[part] == c) for c in np.unique(labels)])


@stratified_split.symptom(
    "Of one class you hold back {low} photos, of another {high}; {asked} of each are "
    "asked for. Did you shuffle all classes together? Go class by class.",
    example="""
        def stratified_split(labels, per_class, seed):
            order = np.random.default_rng(seed).permutation(len(labels))
            held_back = per_class * len(np.unique(labels))
            return order[held_back:], order[:held_back]
    """,
)
def shuffles_all_classes_together(answer):
    labels, _, test = parts_of(answer)
    counts = counts_in(labels, test)
    low, high = int(counts.min()), int(counts.max())
    is_uneven = test.dtype.kind in "iu" and low < high
    return is_uneven and {"low": low, "high": high, "asked": answer.args[1]}


@stratified_split.symptom(
    "You held back {n} photos of each class; per_class, {asked} here, goes to testing.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[: per_class + 1])
                train.append(mine[per_class + 1 :])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def holds_back_another_number(answer):
    labels, _, test = parts_of(answer)
    counts = counts_in(labels, test)
    is_even = test.dtype.kind in "iu" and counts.min() == counts.max()
    is_other = is_even and counts[0] != answer.args[1]
    return is_other and {"n": int(counts[0]), "asked": answer.args[1]}


@stratified_split.symptom(
    "Your split does not depend on the seed alone: the same seed gave another split. "
    "Draw everything from rng = np.random.default_rng(seed).",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng()
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def forgets_the_seed(answer):
    return answer.facts.get("repeats") is False


@stratified_split.symptom(
    "Seeds 4 and 5 gave the same test set, in the same order. Is the seed used? "
    "Make your generator from it: np.random.default_rng(seed).",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(0)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def has_a_seed_of_its_own(answer):
    return answer.facts.get("chosen_again", False) and answer.facts["in_order"]


@stratified_split.symptom(
    "Seeds 4 and 5 chose the same photos, in another order: of each class the {which} "
    "ones. Shuffle within the class before you cut.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = np.flatnonzero(labels == c)
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            train, test = np.concatenate(train), np.concatenate(test)
            return rng.permutation(train), rng.permutation(test)
    """,
)
def always_takes_the_first(answer):
    labels, _, test = parts_of(answer)
    places = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    n, chosen = answer.args[1], np.sort(test)
    for which, cut in (("first", slice(n)), ("last", slice(-n, None))):
        is_so = np.array_equal(chosen, np.concatenate([mine[cut] for mine in places]))
        if answer.facts["chosen_again"] and is_so:
            return {"which": which}
    return False


@stratified_split.symptom(
    "The classes stand in blocks, one after the other. A network that reads them in "
    "this order sees one class at a time: shuffle both arrays at the end.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = rng.permutation(np.flatnonzero(labels == c))
                test.append(mine[:per_class])
                train.append(mine[per_class:])
            return np.concatenate(train), np.concatenate(test)
    """,
)
def leaves_classes_in_blocks(answer):
    labels, train, test = parts_of(answer)
    changes = [np.count_nonzero(np.diff(labels[part])) for part in (train, test)]
    return "which" in answer.facts and min(changes) < len(test) / 2


# 2f  leaks

# A training row that stands there three times, a leaked row that stands in the test set
# twice, leaks at their own places, and three test rows with the pixels of a training
# row in another order: so every way of counting has a number of its own.
LEAKY_TRAIN = np.random.default_rng(7).integers(0, 16, size=(40, 64), dtype=np.uint8)
LEAKY_TRAIN[[10, 30]] = LEAKY_TRAIN[5]
LEAKY_TEST = np.random.default_rng(8).integers(0, 16, size=(16, 64), dtype=np.uint8)
LEAKY_TEST[[2, 10, 9, 14]] = LEAKY_TRAIN[[5, 5, 9, 20]]
LEAKY_TEST[[4, 6, 12]] = LEAKY_TRAIN[[12, 13, 22], ::-1]

count_leaks = exercise(
    "2f",
    "Count the leaks",
    points=20,
    name="count_leaks",
    cpu_s=2,
    hints=(
        "Make each row something that can be hashed. Then a set can look it up.",
        "row.tobytes() is the row as bytes, which a set can hold.",
        "seen = {row.tobytes() for row in train_x}, "
        "then sum(row.tobytes() in seen for row in test_x)",
    ),
)
count_leaks.slips()


@count_leaks.check
def counts_test_rows(attempt):
    """Of 16 test rows 4 are leaked, with rows that occur more than once on both
    sides."""
    expect(attempt.count_leaks(LEAKY_TRAIN, LEAKY_TEST)).equals(4)


@count_leaks.check
def finds_what_was_planted(attempt, rng):
    """It finds 0, 1 and 37 planted rows among 80."""
    train = rng.integers(0, 256, size=(150, 30), dtype=np.uint8)
    for planted in (0, 1, 37):
        test = rng.integers(0, 256, size=(80, 30), dtype=np.uint8)
        test[:planted] = train[rng.integers(150, size=planted)]
        answer = attempt.count_leaks(train, rng.permutation(test))
        expect(answer).equals(planted)


@count_leaks.check
def counts_rows_of_floats(attempt, rng):
    """It counts prepared rows too, float32 from 0 to 1, and a near miss is no leak."""
    train = rng.random((30, 20)).astype(np.float32)
    test = rng.random((12, 20)).astype(np.float32)
    test[[3, 8]] = train[[4, 29]]
    test[5] = train[7]
    test[5, 11] = np.nextafter(test[5, 11], np.float32(2))
    expect(attempt.count_leaks(train, test)).equals(2)


@count_leaks.check
def is_quick_on_real_photos(attempt, mnist):
    """4,000 photos against 1,000, 37 of them leaked, take less than two seconds."""
    train = mnist.x_train[:4000].reshape(4000, -1)
    test = mnist.x_test[:1000].reshape(1000, -1).copy()
    test[::28] = train[1000:1036]
    test[999] = train[0]
    expect(attempt.count_leaks(train, test)).equals(37)


@count_leaks.mistake(
    "You counted training rows that occur in the test set. Count test rows: the score "
    "is made of them."
)
def leaked_training_rows(train_x, test_x):
    seen = {row.tobytes() for row in test_x}
    return sum(row.tobytes() in seen for row in train_x)


@count_leaks.mistake(
    "The intersection of two sets forgets repetitions. A leaked row that stands in the "
    "test set twice spoils the score twice."
)
def different_rows(train_x, test_x):
    train = {row.tobytes() for row in train_x}
    return len(train & {row.tobytes() for row in test_x})


@count_leaks.mistake(
    "You counted pairs. A test row counts once, however often it occurs in training."
)
def pairs(train_x, test_x):
    train = [row.tobytes() for row in train_x]
    return sum(train.count(row.tobytes()) for row in test_x)


@count_leaks.mistake(
    "You compared row i with row i only. A leaked row may stand anywhere in training."
)
def same_places(train_x, test_x):
    n = min(len(train_x), len(test_x))
    return int((train_x[:n] == test_x[:n]).all(axis=1).sum())


@count_leaks.mistake(
    "Rows with the same sum need not be the same row. Compare all of a row's bytes."
)
def same_sums(train_x, test_x):
    return int(np.isin(test_x.sum(axis=1), train_x.sum(axis=1)).sum())


@count_leaks.mistake(
    "Sorted pixels forget where they stood: two photos may share them all. "
    "Compare the rows as they are."
)
def same_pixels_sorted(train_x, test_x):
    seen = {np.sort(row).tobytes() for row in train_x}
    return sum(np.sort(row).tobytes() in seen for row in test_x)


@count_leaks.mistake(
    "np.isin looks at single pixels, and so does `in` with an array: nearly every pixel "
    "value occurs somewhere in training. Whole rows have to be compared."
)
def pixels_somewhere(train_x, test_x):
    return int(np.isin(test_x, train_x).all(axis=1).sum())


@count_leaks.mistake(
    "Those are single pixel values that occur in both arrays. "
    "Whole rows have to be compared."
)
def pixel_values_in_common(train_x, test_x):
    return len(np.intersect1d(train_x, test_x))


@count_leaks.symptom(
    "A set holds only what can be hashed, and a list or an array cannot. "
    "row.tobytes() can.",
    example="""
        def count_leaks(train_x, test_x):
            seen = set(train_x.tolist())
            return sum(row in seen for row in test_x.tolist())
    """,
)
def rows_that_cannot_be_hashed(answer):
    message = answer.raised.message
    return bool(re.match(r"unhashable type: '(list|numpy\.ndarray)'", message))


@count_leaks.mistake(
    "You counted all repetitions, those within one set too. "
    "Only test rows that occur in training are leaks."
)
def repetitions_altogether(train_x, test_x):
    both = np.concatenate((train_x, test_x))
    return len(both) - len(np.unique(both, axis=0))


@count_leaks.mistake("Those are the rows that did not leak. Count the others.")
def clean_rows(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return sum(row.tobytes() not in seen for row in test_x)


@count_leaks.mistake("That is the share of leaked rows. Return how many there are.")
def share(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return sum(row.tobytes() in seen for row in test_x) / len(test_x)


@count_leaks.mistake("That says whether there is a leak. Return how many there are.")
def whether(train_x, test_x):
    seen = {row.tobytes() for row in train_x}
    return any(row.tobytes() in seen for row in test_x)


# Numbers in the text


@functools.cache
def ones_in_the_test_set():
    (_, _), (_, y_test) = load_data()
    return int((y_test == 1).sum())


MEASURED = "mean of 5 seeds on the small set: measure.py, and the table in NOTES.md"


def byte(*values):
    return np.array(values, dtype=np.uint8)


NUMBERS = {
    "60000": lambda: f"{len(load_data()[0][0])}",
    "144": lambda: f"{(byte(200) + byte(200))[0]}",
    "254": lambda: f"{(byte(10) - byte(12))[0]}",
    "784, 785": lambda: ", ".join(map(str, NUMBERED.reshape(2, -1)[1, :2])),
    "1, 3, 5": lambda: ", ".join(map(str, NUMBERED.reshape(784, 2).T[1, :3])),
    "0.0": lambda: f"{(byte(0) / 255)[0]}",
    "1.0": lambda: f"{(byte(255) / 255)[0]}",
    "3.1": lambda: f"{1000 * 4000 * 784 / 1e9:.1f}",
    "0.1135": lambda: f"{ones_in_the_test_set() / 10000:.4f}",
    "1,135": lambda: f"{ones_in_the_test_set():,}",
    "10,000": lambda: f"{len(load_data()[1][1]):,}",
}

QUOTED = {
    "0.94": f"prepared as it should be, {MEASURED}",
    "0.11": f"scrambled reshape, {MEASURED}",
    "0.37": f"// 255, {MEASURED}",
    "0.38": f"divided by 255 twice, {MEASURED}",
    "0.31 to 0.50": "divided by 255 twice, lowest and highest of the same 5 seeds",
    "0.00": f"one-hot one column too far right, 0.0044, {MEASURED}",
    "0.99": f"test photos in training, {MEASURED}",
    "30 sevens": "the sorted tail of the small set, counted by measure.py",
    "all 970 of them wrong": "in each of 5 seeds, counted by measure.py",
    "4,000": "the size of the small training set",
    "5,000": "both of them together",
    "1,000": "the size of the small test set",
}
