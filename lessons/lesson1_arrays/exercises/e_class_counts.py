"""1e  Count the digits."""

import numpy as np

from grader.checks import exercise, expect

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
