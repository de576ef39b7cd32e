"""2e  Find the bug: split class by class."""

import numpy as np

from grader.checks import Alternative, exercise, expect

# Sorted by label, with classes of different sizes: 316 images.
SORTED = np.repeat(np.arange(10), [30, 25, 40, 28, 33, 21, 36, 45, 27, 31])

stratified_split = exercise(
    "stratified_split",
    hints=(
        "Take a tiny example with ten labels, and print both arrays. Which index is in both?",
        "Each class is cut into two parts. Which part should go to train?",
        "The first per_class indices go to test, and only the rest to train: "
        "mine[per_class:]",
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
            "One shuffle mixes both parts, and a mask of True and False can't put an "
            "image in both. The price: an index inside an index is harder to read."
        ),
    ),
)
stratified_split.slips()


def split_in_two(attempt, labels, per_class, seed):
    """Return the split as an expectation and two arrays of valid indices."""
    told = expect(attempt.stratified_split(labels, per_class, seed))
    told.sequence(2)
    parts = [
        told.its(name, lambda both, i=i: both[i]).array()
        for i, name in enumerate(("first array", "second array"))
    ]
    for part in parts:
        told.holds(
            part.ndim == 1 and part.dtype.kind in "iu",
            "Return two one-dimensional arrays of whole numbers: the indices.",
        )
        told.holds(
            np.all((part >= 0) & (part < len(labels))),
            "An index is below 0 or beyond the last image.",
        )
    return told, *parts


def is_a_fair_split(attempt, labels, per_class, seed):
    """Expect every index once, and per_class images of each class in the test set."""
    told, train, test = split_in_two(attempt, labels, per_class, seed)
    both = np.sort(np.concatenate((train, test)))
    told.holds(
        np.array_equal(both, np.arange(len(labels))),
        "Every index has to occur once, in one of the two arrays.",
    )
    classes, counts = np.unique(labels[test], return_counts=True)
    told.holds(
        np.array_equal(classes, np.unique(labels)) and np.all(counts == per_class),
        "Each class needs {per_class} images in the test set.",
        per_class=per_class,
    )


@stratified_split.check
def takes_the_same_number_of_each_class(attempt):
    """With sorted labels, 5 of each class are for testing, the others for training."""
    is_a_fair_split(attempt, SORTED, 5, seed=1)


@stratified_split.check
def shuffles_both_arrays(attempt):
    """Both arrays are shuffled, so that no class forms a block."""
    told, *parts = split_in_two(attempt, SORTED, 6, seed=2)
    for part, name in zip(parts, ("first", "second"), strict=True):
        # If shuffled, nine neighbors in ten differ; in blocks there are nine changes.
        changes = np.count_nonzero(np.diff(SORTED[part]))
        told.holds(
            changes > len(part) / 2,
            "The classes form blocks in your {which} array. Shuffle it at the end.",
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
    """A different seed chooses different images."""
    _, _, test = split_in_two(attempt, SORTED, 4, seed=4)
    told, _, other = split_in_two(attempt, SORTED, 4, seed=5)
    is_same = set(test.tolist()) == set(other.tolist())
    told.holds(
        not is_same,
        "Seeds 4 and 5 chose the same images.",
        chosen_again=bool(is_same),
        in_order=np.array_equal(test, other),
    )


@stratified_split.check
def takes_the_classes_that_occur(attempt, rng):
    """It splits labels of other classes, such as 3, 7 and 12, in any order."""
    for classes, per_class in (((3, 7, 12), 2), ((1, 26), 7)):
        labels = rng.permutation(np.repeat(classes, rng.integers(15, 30, len(classes))))
        is_a_fair_split(attempt, labels, per_class, seed=int(rng.integers(1000)))


@stratified_split.check
def splits_mnist(attempt, mnist):
    """It chooses 1,000 of 5,000 MNIST labels for testing, 100 of each digit."""
    is_a_fair_split(attempt, mnist.y_train[:5000], 100, seed=0)


def parts_of(answer):
    """Return the labels and the two arrays of an answer."""
    labels, (train, test) = answer.args[0], answer.value
    return labels, np.asarray(train), np.asarray(test)


@stratified_split.symptom(
    "These are True and False, one for each image.\n"
    "Return indices: np.flatnonzero(mask) finds them.",
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
    "These are labels, the digits themselves.\n"
    "Return their indices in the array, from 0 to {last}.",
    edit=(
        "rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))",
        "labels[rng.permutation(np.concatenate(train))], labels[rng.permutation(np.concatenate(test))]",
    ),
)
def returns_labels(answer):
    labels, train, test = parts_of(answer)
    both = np.sort(np.concatenate((train, test)))
    return np.array_equal(both, np.sort(labels)) and {"last": len(labels) - 1}


@stratified_split.symptom(
    "{m} indices are in both arrays. So the test only measures memory: "
    "leaking the test set gives 0.99 instead of 0.94.",
    edit=("mine[per_class:]", "mine"),
)
def overlaps(answer):
    _, train, test = parts_of(answer)
    common = len(np.intersect1d(train, test))
    return common > 0 and {"m": common}


@stratified_split.symptom(
    "One of your arrays is None. Did rng.shuffle return it? That shuffles in place "
    "and returns None.\n"
    "rng.permutation returns a shuffled copy.",
    edit=(
        "rng.permutation(np.concatenate(train))",
        "rng.shuffle(np.concatenate(train))",
    ),
)
def uses_what_shuffle_returns(answer):
    return any(part is None for part in answer.value)


@stratified_split.symptom(
    "You return lists of arrays.\n"
    "Join each list into one array: write np.concatenate(train).",
    edit=(
        "rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))",
        "train, test",
    ),
)
def leaves_lists_of_arrays(answer):
    train, _ = answer.value
    return isinstance(train, list) and isinstance(train[0], np.ndarray)


@stratified_split.symptom(
    "An image is in the test set twice. Did you use rng.choice? By default it may draw "
    "the same item again.\n"
    "Pass replace=False.",
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
    "The images of class {c} are in neither set. Does your loop reach every class that "
    "occurs? Do you create the lists before the loop, and return after it?\n"
    "np.unique(labels) returns the classes that occur.",
    edit=("in np.unique(labels):", "in range(1, 10):"),
)
def leaves_out_a_class(answer):
    labels, train, test = parts_of(answer)
    there = labels[np.concatenate((train, test)).astype(int)]
    left_out = np.setdiff1d(labels, there)
    is_whole = train.dtype.kind in "iu" and len(left_out)
    return bool(is_whole) and {"c": int(left_out[0])}


@stratified_split.symptom(
    "{m} images are in neither set.\nTrain with every image that you don't test with.",
    edit=("mine[per_class:]", "mine[per_class : 4 * per_class]"),
)
def loses_photos(answer):
    labels, train, test = parts_of(answer)
    lost = len(labels) - len(np.union1d(train, test))
    return train.dtype.kind in "iu" and lost > 0 and {"m": lost}


@stratified_split.symptom(
    "Your test set is the end of the file, which is sorted by digit: it contains "
    "only {d}.\n"
    "Split class by class.",
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
    "The two arrays are swapped.\nReturn the training indices first.",
    edit=(
        "rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))",
        "rng.permutation(np.concatenate(test)), rng.permutation(np.concatenate(train))",
    ),
)
def test_comes_first(answer):
    labels, train, test = parts_of(answer)
    is_whole = np.array_equal(np.union1d(train, test), np.arange(len(labels)))
    return is_whole and np.all(counts_in(labels, train) == answer.args[1])


def counts_in(labels, part):
    """Return how many images of each class are in one of the two arrays."""
    return np.array([np.count_nonzero(labels[part] == c) for c in np.unique(labels)])


@stratified_split.symptom(
    "You test with {low} images of one class and {high} of another. Did you shuffle "
    "all classes together?\n"
    "Go class by class, and take {asked} of each.",
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
    "You test with {n} images of each class, and per_class is {asked} here.\n"
    "Test with per_class.",
    edit=(
        "for c in np.unique(labels):",
        "per_class += 1\n    for c in np.unique(labels):",
    ),
)
def holds_back_another_number(answer):
    labels, _, test = parts_of(answer)
    counts = counts_in(labels, test)
    is_even = test.dtype.kind in "iu" and counts.min() == counts.max()
    is_other = is_even and counts[0] != answer.args[1]
    return is_other and {"n": int(counts[0]), "asked": answer.args[1]}


@stratified_split.symptom(
    "The same seed gave a different split.\n"
    "Draw everything from one generator that starts from the seed: write rng = "
    "np.random.default_rng(seed).",
    edit=("default_rng(seed)", "default_rng()"),
)
def forgets_the_seed(answer):
    return answer.facts.get("repeats") is False


@stratified_split.symptom(
    "Seeds 4 and 5 gave the same test set, in the same order. Do you use the seed?\n"
    "Make your generator from it: write np.random.default_rng(seed).",
    edit=("default_rng(seed)", "default_rng(0)"),
)
def has_a_seed_of_its_own(answer):
    return answer.facts.get("chosen_again", False) and answer.facts["in_order"]


@stratified_split.symptom(
    "Seeds 4 and 5 chose the same images, in a different order: the {which} ones of "
    "each class.\n"
    "Shuffle each class before you cut it.",
    edit=(
        "rng.permutation(np.flatnonzero(labels == c))",
        "np.flatnonzero(labels == c)",
    ),
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
    "The classes form blocks, one after the other. A network that trains in this "
    "order sees one class at a time.\n"
    "Shuffle both arrays at the end.",
    edit=(
        "rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))",
        "np.concatenate(train), np.concatenate(test)",
    ),
    also=True,
)
def leaves_classes_in_blocks(answer):
    labels, train, test = parts_of(answer)
    is_split = np.array_equal(np.union1d(train, test), np.arange(len(labels)))
    # If shuffled, neighbors differ nine times in ten.
    return (
        is_split
        and train.dtype.kind in "iu"
        and np.all(np.bincount(labels, minlength=10))
        and any(
            np.count_nonzero(np.diff(labels[part])) < len(part) / 4
            for part in (train, test)
        )
    )


@stratified_split.symptom(
    "You drew from an empty class: a digit that doesn't occur in these labels.\n"
    "Loop over the classes that occur.",
    edit=(
        "for c in np.unique(labels):",
        "for c in range(10):\n        rng.choice(np.flatnonzero(labels == c))",
    ),
)
def draws_from_a_class_that_is_not_there(answer):
    is_there = len(np.unique(answer.args[0])) == 10
    return not is_there and answer.raised.message.startswith("a cannot be empty")


@stratified_split.symptom(
    "np.array can't make a table from arrays of different lengths. Did you use "
    "np.where? It returns a tuple that contains an array. Or do you want one long "
    "row?\n"
    "Take the array out of the tuple before you cut it. np.concatenate joins arrays "
    "to one long row.",
    example="""
        def stratified_split(labels, per_class, seed):
            rng = np.random.default_rng(seed)
            train, test = [], []
            for c in np.unique(labels):
                mine = np.where(labels == c)
                test.extend(mine[:per_class])
                train.extend(mine[per_class:])
            return np.array(train), np.array(test)
    """,
)
def cuts_what_where_gives(answer):
    return "inhomogeneous shape" in answer.raised.message


@stratified_split.symptom(
    "The arrays that you join have two axes, and rows of different lengths. Did you use "
    "np.where? It returns a tuple that contains an array, and rng.permutation makes a "
    "table with one row from it.\n"
    "Take the array out: np.where(labels == c)[0].",
    edit=(
        "rng.permutation(np.flatnonzero(labels == c))",
        "rng.permutation(np.where(labels == c))",
    ),
)
def shuffles_what_where_gives(answer):
    message = answer.raised.message
    is_joined = message.startswith("all the input array dimensions except")
    return is_joined and "along dimension 1" in message
