"""2d  One-hot."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

one_hot = exercise(
    "one_hot",
    hints=(
        "Row 5 of the identity matrix is the one-hot row of 5.",
        "np.eye(k) is the identity matrix, and np.eye(k)[labels] picks a row per label.",
        'np.eye(k, dtype="float32")[labels]. Before it, check labels.max() if len(labels)',
    ),
    alternative=Alternative(
        code="""
            def one_hot(labels, k=10):
                if np.any(labels >= k):
                    raise ValueError(f"there are only {k} classes")
                return (labels[:, None] == np.arange(k)).astype(np.float32)
        """,
        why=(
            "It compares each label with each column, without a k * k matrix. "
            "The price: a label below 0 silently becomes a row of zeros."
        ),
    ),
)
one_hot.slips(
    slip(
        "all ones in every row",
        "EVERY row has all the ones. That is what y[:, labels] = 1 or [row] * n does.\n"
        "You need row i, column labels[i].",
        "_e[labels] -> np.tile(_e.sum(axis=0) * np.isin(range(k), labels), (len(labels), 1))",
    ),
    slip(
        "one column too far right",
        "Each 1 is one column too far right: digit 0 belongs in column 0.",
        "_e[labels] -> _e[(labels.astype(int) + 1) % k]",
    ),
    slip(
        "one column too far left",
        "Each 1 is one column too far left: digit 0 belongs in column 0.",
        "_e[labels] -> _e[labels.astype(int) - 1]",
    ),
    slip(
        "the label itself",
        "You put the label itself into its column. Does every row sum to 1?\n"
        "Put a 1 there.",
        "_e[labels] -> _e[labels] * labels[:, None]",
    ),
    slip(
        "always 10",
        "You always return 10 columns.\nReturn k.",
        "np.eye(k, dtype=np.float32) -> np.eye(10, dtype=np.float32)",
        "np.eye(k, dtype=np.float32)[labels] -> (labels[:, None] == np.arange(10)).astype(np.float32)",
    ),
    slip(
        "up to the largest",
        "Your columns end at the largest label that occurs.\n"
        "Return k columns, including those of digits that don't occur.",
        "np.eye(k, dtype=np.float32) -> np.eye(labels.max() + 1)",
    ),
    slip(
        "0 for 1",
        "0 and 1 are swapped: every row contains one 0.",
        "_e[labels] -> 1 - _e[labels]",
    ),
    slip(
        "ones from the label on",
        "There is a 1 in the column of the label and in all columns after it. "
        "A row has only one 1.",
        "_e[labels] -> np.cumsum(_e[labels], axis=1)",
    ),
    slip(
        "ones up to the label",
        "There is a 1 in the column of the label and in all columns before it. "
        "A row has only one 1.",
        "_e[labels] -> np.cumsum(_e[labels][:, ::-1], axis=1)[:, ::-1]",
    ),
    without=("one too many", "one too few"),
)


def rows_of(labels, k):
    """Return the right answer, made without the identity matrix."""
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
    """The dtype is float32, for uint8 labels and for int64 labels."""
    for dtype in ("uint8", "int64"):
        answer = attempt.one_hot(np.array([2, 7, 2, 1], dtype=dtype))
        expect(answer).has_dtype("float32")


@one_hot.check
def refuses_a_label_without_a_column(attempt):
    """It raises a ValueError for label 12 or 10 with k=10, and label 3 with k=3."""
    for labels, k in (([1, 12, 4], 10), ([1, 10, 4], 10), ([0, 3], 3)):
        expect.raises("ValueError", attempt.one_hot, np.array(labels), k)


@one_hot.check
def takes_no_labels_at_all(attempt):
    """For no labels, it returns shape (0, k)."""
    for k in (10, 3):
        answer = attempt.one_hot(np.array([], dtype=np.uint8), k)
        expect(answer).has_shape((0, k))


@one_hot.check
def encodes_real_and_random_labels(attempt, mnist, rng):
    """It is right for 500 MNIST labels and for random ones."""
    expect(attempt.one_hot(mnist.y_train[:500])).close_to(
        rows_of(mnist.y_train[:500], 10)
    )
    labels = rng.integers(6, size=17)
    expect(attempt.one_hot(labels, 6)).close_to(rows_of(labels, 6))


@one_hot.symptom(
    "The shape should be (n, k) = ({n}, {k}), and yours is {shape}.\n"
    "Return one ROW per image.",
    edit=(
        "return np.eye(k, dtype=np.float32)[labels]",
        "return np.eye(k, dtype=np.float32)[:, labels]",
    ),
)
def has_another_shape(answer):
    n, k = len(answer.args[0]), columns_asked(answer)
    shape = np.shape(answer.value)
    has_other_rows = answer.raised is None and shape != () and shape[0] != n
    return has_other_rows and {"n": n, "k": k, "shape": shape}


@one_hot.symptom(
    "NumPy raised an IndexError, not a ValueError that names the label.\n"
    "Check labels.max() first, and raise a ValueError.",
    edit=("if len(labels) and labels.max() >= k:", "if False:"),
)
def leaves_the_label_to_numpy(answer):
    labels, k = answer.args[0], columns_asked(answer)
    return is_numpys_index_error(answer) and np.max(labels) > k


def is_numpys_index_error(answer):
    """Return whether NumPy raised for an index, and no raise statement did."""
    raised = answer.raised
    is_own = raised is not None and raised.is_own
    return raised is not None and raised.type_name == "IndexError" and not is_own


@one_hot.symptom(
    "You refuse labels above {k}, but not {k} itself. The columns start at 0, so the "
    "last one is {last}.\n"
    "Refuse labels >= k.",
    edit=(">= k:", "> k:"),
)
def lets_the_label_k_through(answer):
    # The check before this one passed: a label above k was refused.
    labels, k = answer.args[0], columns_asked(answer)
    is_lost = is_numpys_index_error(answer) and k == 10
    return is_lost and np.max(labels) == k and {"k": k, "last": k - 1}


@one_hot.symptom(
    "You refused labels that all have a column: the largest label is {largest}, and the "
    "last of {k} columns is {last}.\n"
    "Refuse labels >= k.",
    edit=(">= k:", ">= k - 1:"),
)
def refuses_too_much(answer):
    largest, k = int(np.max(answer.args[0])), columns_asked(answer)
    is_own = answer.raised.is_own
    return is_own and largest < k and {"largest": largest, "k": k, "last": k - 1}


@one_hot.symptom(
    "Label {label} with {k} classes silently gave a row without a 1.\n"
    "Raise a ValueError.",
    example="""
        def one_hot(labels, k=10):
            return (labels[:, None] == np.arange(k)).astype(np.float32)
    """,
    also=True,
)
def gives_an_empty_row(answer):
    labels, k = answer.args[0], columns_asked(answer)
    label, row = int(labels.max()), answer.value[int(labels.argmax())]
    return label >= k and not np.any(row) and {"label": label, "k": k}


@one_hot.symptom(
    "An empty array has no largest label, so max raised an error.\n"
    "Call it only if there are labels.",
    edit=("if len(labels) and labels.max()", "if labels.max()"),
)
def asks_nobody_for_a_maximum(answer):
    message, is_empty = answer.raised.message, len(answer.args[0]) == 0
    return is_empty and bool(
        re.search(r"reduction operation m(ax|in)|max\(\)", message)
    )


@one_hot.symptom(
    "You refused an array without labels, which is allowed.\n"
    "Return no rows and k columns: the shape (0, {k}).",
    example="""
        def one_hot(labels, k=10):
            if len(labels) == 0 or labels.max() >= k:
                raise ValueError("a label has no column, or there is none")
            return np.eye(k, dtype=np.float32)[labels]
    """,
)
def refuses_no_labels(answer):
    is_own = answer.raised.is_own
    return is_own and len(answer.args[0]) == 0 and {"k": columns_asked(answer)}


@one_hot.symptom(
    "Row i has its 1 in column i, whatever its label is. Did you return "
    "np.eye(len(labels), k)?\n"
    "Pick a row of np.eye(k) for each label: np.eye(k)[labels].",
    edit=("np.eye(k, dtype=np.float32)[labels]", "np.eye(len(labels), k)"),
)
def one_in_column_i(answer):
    labels, value = np.asarray(answer.args[0]), np.asarray(answer.value)
    is_eye = value.ndim == 2 and np.array_equal(value, np.eye(*value.shape))
    return len(labels) > 1 and is_eye and not np.array_equal(labels, range(len(labels)))


@one_hot.symptom(
    "The dtype is {dtype}, unlike everything else that goes into the network.\n"
    "Use float32.",
    edit=("np.eye(k, dtype=np.float32)", "np.eye(k)"),
    also=True,
)
def has_another_dtype(answer):
    dtype = answer.value.dtype
    return dtype != np.float32 and {"dtype": dtype.name}


def columns_asked(answer):
    """Return the k of a call, given by position or by name."""
    return answer.kwargs.get("k", answer.args[1] if len(answer.args) > 1 else 10)


@one_hot.symptom(
    "Comparing an array gives True or False for each label, but `if` needs a single "
    "value. Do you mean any of them, or all?",
    edit=("if len(labels) and labels.max() >= k:", "if labels >= k:"),
)
def asks_an_array_for_its_truth(answer):
    return answer.raised.message.startswith("The truth value of an array")


@one_hot.symptom(
    "NumPy took {k}, the second argument, as a dtype. A shape is a single argument.\n"
    "Put its numbers into a tuple.",
    edit=("np.eye(k, dtype=np.float32)[labels]", "np.zeros(len(labels), k)"),
)
def gives_a_shape_in_two_parts(answer):
    found = re.match(r"Cannot interpret '(\d+)' as a data type", answer.raised.message)
    return found and {"k": found[1]}


@one_hot.symptom(
    "Your code uses the index 255, but no label is 255. Did you subtract 1 from the "
    "labels? For the byte 0 that gives 255.\n"
    "Labels start at 0, and so do columns.",
    edit=("[labels]", "[labels - 1]"),
)
def takes_one_from_a_byte(answer):
    labels, is_looked_for = answer.args[0], "index 255 is" in answer.raised.message
    is_byte = getattr(labels, "dtype", None) == np.uint8
    return is_looked_for and is_byte and 0 in labels and 255 not in labels


@one_hot.symptom(
    "An index is too large for an axis of length {n}, the number of labels. How many rows "
    "does the array have that you index? Or are row and column swapped?\n"
    "np.eye(k) has one row for each class.",
    edit=("np.eye(k, ", "np.eye(len(labels), "),
)
def has_a_class_for_each_label(answer):
    n, labels = len(answer.args[0]), answer.args[0]
    is_size = answer.raised.message.endswith(f"axis 0 with size {n}")
    is_eye = "[" in answer.raised.source_line and n <= np.max(labels)
    return is_numpys_index_error(answer) and is_size and is_eye and {"n": n}
