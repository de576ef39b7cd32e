"""1e  Count the digits."""

import numpy as np

from grader.checks import Alternative, exercise, expect, slip

# Without a 3 and a 9: an entry in the middle and the last one have to be there anyway.
GAPS = np.array([5, 0, 4, 1, 2, 1, 8, 1, 6, 7, 0, 2], dtype=np.uint8)
GAPS_COUNTED = np.array([2, 3, 2, 0, 1, 1, 1, 1, 1, 0])

class_counts = exercise(
    "class_counts",
    hints=(
        "np.bincount counts small whole numbers for you.",
        "How long is your answer if the digit 9 never occurs?",
        "np.bincount(labels, minlength=k)",
    ),
    alternative=Alternative(
        code="""
            def class_counts(labels, k=10):
                return (labels[:, None] == np.arange(k)).sum(axis=0)
        """,
        why=(
            "It compares each label with each class. With another list instead of "
            "np.arange(k), the classes may be negative, or text. The price: "
            "n * k booleans in memory."
        ),
    ),
)


def count_classes(labels, k=10):
    """Count the classes in steps that may be wrong."""
    slots = k
    counts = np.bincount(labels, minlength=slots)
    return counts


class_counts.slips(
    slip(
        "no minlength",
        "Your answer ends at the largest label that occurs. Every class needs an "
        "entry, including those above it.\n"
        "Look up minlength.",
        "np.bincount(labels, minlength=slots) -> np.bincount(labels)",
    ),
    slip(
        "what occurs",
        "You leave out the classes that don't occur, as np.unique does, so the "
        "counts after a gap are shifted.\n"
        "Look up np.bincount.",
        "np.bincount(labels, minlength=slots) -> np.unique(labels, return_counts=True)[1]",
    ),
    slip(
        "both of unique",
        "np.unique returns two arrays: the classes that occur, and their counts. It "
        "leaves out the other classes.\n"
        "Look up np.bincount.",
        "np.bincount(labels, minlength=slots) -> np.unique(labels, return_counts=True)",
    ),
    slip(
        "always 10",
        "You always return 10 entries.\nReturn k.",
        "slots = k -> slots = 10",
        "counts = _ -> counts = np.bincount(labels, minlength=10)[:10]",
    ),
    slip(
        "stretched bins",
        "These are counts in k bins from the smallest label to the largest, as "
        "np.histogram makes them. The bins don't match the digits.\n"
        "Look up np.bincount.",
        "np.bincount(labels, minlength=slots) -> np.histogram(labels, bins=slots)[0]",
    ),
    slip(
        "shares",
        "You divide by the number of labels, which gives fractions.\n"
        "Return the counts.",
        "return counts -> return counts / len(labels)",
    ),
    slip(
        "each counted once",
        "Each digit in the labels gets a count of 1, however often it occurs. That is "
        "what counts[labels] += 1 does in NumPy.\n"
        "Look up np.bincount, or np.add.at.",
        "np.bincount(labels, minlength=slots)"
        " -> np.bincount(np.unique(labels), minlength=slots)",
    ),
    slip(
        "starts at class 1",
        "Your first entry is the count of label 1. The classes start at 0.",
        "counts = _ -> counts = np.append(_[1:], 0)",
        "counts = _ -> counts = _[1:]",
    ),
    slip(
        "sorted",
        "The counts are sorted, so they no longer match their classes.",
        "return counts -> return np.sort(counts)[::-1]",
        "return counts -> return np.sort(counts)",
    ),
    slip(
        "running totals",
        "Those are running totals: each entry includes the counts of the classes "
        "before it.",
        "return counts -> return np.cumsum(counts)",
    ),
    slip(
        "labels added up",
        "You add up the labels themselves.\nEach of them counts as one.",
        "np.bincount(labels, minlength=slots)"
        " -> np.bincount(labels, labels, minlength=slots)",
    ),
    right=count_classes,
)


@class_counts.check
def gives_every_class_a_slot(attempt):
    """For twelve labels without a 3 and a 9 it returns ten counts, two of them 0."""
    expect(attempt.class_counts(GAPS)).equals(GAPS_COUNTED)


@class_counts.check
def has_as_many_slots_as_asked(attempt):
    """It returns 12 counts for k=12, and 3 for k=3."""
    twelve = np.array([11, 0, 7, 7, 2], dtype=np.uint8)
    expect(attempt.class_counts(twelve, k=12)).equals(np.bincount(twelve, minlength=12))
    three = np.array([1, 1, 0, 1], dtype=np.uint8)
    expect(attempt.class_counts(three, k=3)).equals(np.array([1, 3, 0]))


@class_counts.check
def counts_the_training_labels(attempt, mnist):
    """The counts of the training labels are right, and add up to 60,000."""
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
    """It counts random int64 labels correctly."""
    for n, k in ((30, 10), (7, 5)):
        labels = rng.integers(k, size=n)
        answer = expect(attempt.class_counts(labels, k))
        answer.equals(np.bincount(labels, minlength=k))


@class_counts.symptom(
    (
        "Your counts are uint8, and a byte ends at 255. Counts need more room.\n"
        "Use dtype=int."
    ),
    edit=("minlength=k)", "minlength=k).astype(np.uint8)"),
)
def counted_in_bytes(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))
    return answer.value.dtype == np.uint8 and np.array_equal(
        answer.value, right.astype(np.uint8)
    )


@class_counts.symptom(
    "Your dict has {entries} entries, but there are {k} classes.\n"
    "Return an array with k entries, including the digits that never occur.",
    edit=(
        "np.bincount(labels, minlength=k)",
        "{int(c): int((labels == c).sum()) for c in labels}",
    ),
)
def counted_in_a_dict(answer):
    k = k_of(answer)
    is_short = isinstance(answer.value, dict) and len(answer.value) < k
    return is_short and {"entries": len(answer.value), "k": k}


@class_counts.symptom(
    "You return a dict, not an array.\n"
    "Return an array with k entries: entry c is the count of label c.",
    edit=(
        "np.bincount(labels, minlength=k)",
        "{c: int((labels == c).sum()) for c in range(k)}",
    ),
)
def counted_in_a_full_dict(answer):
    return isinstance(answer.value, dict) and len(answer.value) == k_of(answer)


def k_of(answer):
    """Return the number of classes of the call."""
    return [*answer.args, answer.kwargs.get("k", 10)][1]


@class_counts.symptom(
    "Your counts are floats. Did you create the array with np.zeros? It makes floats "
    "by default.\n"
    "Pass it dtype=int.",
    edit=("minlength=k)", "minlength=k).astype(float)"),
    also=True,
)
def counted_in_floats(answer):
    counts = np.asarray(answer.value)
    is_whole = np.array_equal(counts, np.round(counts)) and counts.sum() > 1
    return counts.dtype.kind == "f" and is_whole


@class_counts.symptom(
    "The last class, k - 1, occurs but has the count 0. The other counts are right.",
    edit=("minlength=k)", "minlength=k) * (np.arange(k) < k - 1)"),
)
def leaves_out_the_last(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))
    counts = np.asarray(answer.value)
    return np.array_equal(counts[:-1], right[:-1]) and counts[-1] == 0 < right[-1]


@class_counts.symptom(
    "The first class, 0, occurs but has the count 0. The other counts are right. "
    "Does a loop begin at 1?",
    edit=("minlength=k)", "minlength=k) * (np.arange(k) > 0)"),
)
def leaves_out_the_first(answer):
    right = np.bincount(answer.args[0], minlength=k_of(answer))
    counts = np.asarray(answer.value)
    return np.array_equal(counts[1:], right[1:]) and counts[0] == 0 < right[0]


@class_counts.symptom(
    "That is only the count of class 0. Is return inside a loop? Then the function "
    "stops after the first class.\n"
    "Collect the counts, and return them after the loop.",
    edit=("np.bincount(labels, minlength=k)", "(labels == 0).sum()"),
)
def returns_the_first_count(answer):
    # 0 and 1 are left out: unfinished code returns them.
    first = np.count_nonzero(np.asarray(answer.args[0]) == 0)
    return np.ndim(answer.value) == 0 and answer.value == first > 1


@class_counts.symptom(
    "You return True or False for each label.\nReturn a count for each class.",
    example="def class_counts(labels, k=10): return labels == k",
)
def compares_each_label(answer):
    value = answer.value
    return value.dtype == bool and value.shape == np.shape(answer.args[0])


@class_counts.symptom(
    "You return a 1 for each label. Did you sum over the classes?\n"
    "Sum over the labels.",
    example="""
        def class_counts(labels, k=10):
            return np.eye(k, dtype=int)[labels].sum(axis=1)
    """,
)
def adds_up_each_label(answer):
    value, labels = answer.value, answer.args[0]
    return value.shape == np.shape(labels) and np.all(value == 1)
