"""2e  Split class by class."""

import numpy as np

from grader.checks import Alternative, exercise, expect

# Sorted by label, and with classes of different sizes: 316 photos.
SORTED = np.repeat(np.arange(10), [30, 25, 40, 28, 33, 21, 36, 45, 27, 31])

stratified_split = exercise(
    "2e",
    "Split class by class",
    points=20,
    writes="stratified_split",
    hints=(
        "One class at a time: where are its labels?",
        "rng.permutation(np.flatnonzero(labels == c)) shuffles the indices of class c.",
        "The first per_class of them go to test, the rest to train; then shuffle both.",
    ),
    alternative=Alternative(
        code="""
            def stratified_split(labels, per_class, seed):
                order = np.random.default_rng(seed).permutation(len(labels))
                is_test = np.zeros(len(labels), dtype=bool)
                for c in np.unique(labels):
                    is_test[order[labels[order] == c][:per_class]] = True
                return order[~is_test[order]], order[is_test[order]]
        """,
        why=(
            "One shuffle mixes both parts, and a mask of True and False cannot put a "
            "photo in both. What it costs: an index inside an index is harder to "
            "read."
        ),
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
    """It splits labels of any few classes, such as 3, 7 and 12, in any order."""
    for classes, per_class in (((3, 7, 12), 2), ((1, 26), 7)):
        labels = rng.permutation(np.repeat(classes, rng.integers(15, 30, len(classes))))
        is_a_fair_split(attempt, labels, per_class, seed=int(rng.integers(1000)))


@stratified_split.check
def splits_mnist(attempt, mnist):
    """Of 5,000 labels of MNIST, 1,000 are for testing, 100 of each digit."""
    is_a_fair_split(attempt, mnist.y_train[:5000], 100, seed=0)
