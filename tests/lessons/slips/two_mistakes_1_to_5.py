"""Attempts with two mistakes at once, lessons 1, 2, 3 and 5 (see README.md)."""

# exercise, what is wrong, what else is wrong, the code of that exercise
ATTEMPTS = [
    ("1b", "height and width are swapped", "low and high are of the first photo", """
def describe(pics):
    count, w, h = pics.shape
    first = pics[0]
    return dict(n=count, height=h, width=w, dtype=str(pics.dtype),
                low=int(first.min()), high=int(first.max()))
"""),
    ("1b", "n is the number of axes", "the dtype is no text", """
def describe(images):
    result = {"n": images.ndim, "height": images.shape[1], "width": images.shape[2]}
    result["dtype"] = images.dtype
    result["low"], result["high"] = int(images.min()), int(images.max())
    return result
"""),
    ("1d", "counts from 0", "numbers without a photo are not refused", """
def nth_image(pictures, number):
    for position, picture in enumerate(pictures):
        if position == number:
            return picture
"""),
    ("1d", "the last photo is refused", "a slice keeps the axis", """
def nth_image(images, n):
    if 0 < n < len(images):
        return images[n - 1:n]
    raise ValueError(f"no photo {n}")
"""),
    ("1e", "starts at class 1", "the counts are floats", """
def class_counts(labels, k=10):
    slots = np.zeros(k)
    for c in range(1, k):
        slots[c - 1] = np.sum(labels == c)
    return slots
"""),
    ("1e", "always 10 slots", "returns shares", """
def class_counts(labels, k=10):
    total = len(labels)
    return np.array([np.count_nonzero(labels == d) / total for d in range(10)])
"""),
    ("1f", "chosen on the test labels", "returns a number and no share", """
def majority_baseline(train_y, test_y):
    values, often = np.unique(test_y, return_counts=True)
    return int(often.max())
"""),
    ("1f", "scored on the training labels", "a percentage", """
def majority_baseline(train_y, test_y):
    best = max(set(train_y.tolist()), key=train_y.tolist().count)
    return 100 * float(np.mean(train_y == best))
"""),
    ("1g", "shows the next photo", "the title says the index", """
def plot_digit(images, n):
    if n < 1 or n > len(images):
        raise ValueError(n)
    fig, ax = plt.subplots()
    ax.imshow(images[n % len(images)], cmap="Greys")
    ax.set_title("digit %d" % (n - 1))
    return ax
"""),
    ("2b", "column after column", "dtype becomes float32", """
def flatten(images):
    rows = []
    for image in images:
        rows.append([pixel for column in image.T for pixel in column])
    return np.array(rows, dtype="float32")
"""),
    ("2b", "photos stand in columns", "784 is fixed", """
def flatten(images):
    return np.transpose(images.reshape(-1, 784))
"""),
    ("2c", "divided by 256", "dtype is float64", """
def scale(x):
    return np.asarray(x, dtype=float) * 0.00390625
"""),
    ("2c", "divided by the largest", "changes the input in place", """
def scale(x):
    x = np.asarray(x, dtype=np.float32)
    x /= x.max()
    return x
"""),
    ("2d", "one column too far right", "dtype is int", """
def one_hot(labels, k=10):
    out = np.zeros((len(labels), k), dtype=int)
    for row, label in enumerate(labels):
        if label >= k:
            raise ValueError("no column")
        out[row, (int(label) + 1) % k] = 1
    return out
"""),
    ("2d", "always 10 columns", "no label is refused", """
def one_hot(labels, k=10):
    return np.array([[float(c == label) for c in range(10)] for label in labels],
                    dtype="float32").reshape(-1, 10)
"""),
    ("2e", "the arrays have changed places", "the classes stand in blocks", """
def stratified_split(labels, per_class, seed):
    generator = np.random.default_rng(seed)
    train, test = [], []
    for digit in sorted(set(labels.tolist())):
        places = np.where(labels == digit)[0]
        generator.shuffle(places)
        test.extend(places[:per_class])
        train.extend(places[per_class:])
    return np.array(test), np.array(train)
"""),
    ("2e", "the seed is not used", "one photo too many is held back", """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng()
    test = np.concatenate([rng.choice(np.flatnonzero(labels == c), per_class + 1,
                                      replace=False) for c in np.unique(labels)])
    train = np.setdiff1d(np.arange(len(labels)), test)
    return rng.permutation(train), rng.permutation(test)
"""),
    ("2f", "training rows are counted", "a share is returned", """
def count_leaks(train_x, test_x):
    known = set(map(bytes, test_x))
    return sum(bytes(row) in known for row in train_x) / len(train_x)
"""),
    ("2f", "rows are compared by their sums", "repetitions are forgotten", """
def count_leaks(train_x, test_x):
    return len(set(train_x.sum(axis=1).tolist()) & set(test_x.sum(axis=1).tolist()))
"""),
    ("3a", "bits in place of nats", "divided by the number of classes", """
PAPER["mean"] = 2.279
"""),
    ("3a", "row 1 is left out", "bits in place of nats", """
PAPER["mean"] = 2.107
"""),
    ("3b", "the sum is of the scores", "the scores are divided", """
def softmax_row(z):
    total = 0
    for score in z:
        total += score
    answer = []
    for score in z:
        answer.append(score / (total or 1))
    return answer
"""),
    ("3c", "columns are normalised", "the sign of the scores is turned", """
def softmax(z):
    e = np.exp(-np.asarray(z, float))
    return e / e.sum(0, keepdims=True)
"""),
    ("3c", "divided by the largest", "float32", """
def softmax(scores):
    powers = np.exp(np.asarray(scores, dtype="float32"))
    return powers / np.max(powers, axis=-1, keepdims=True)
"""),
    ("3d", "the minus is missing", "no clip", """
def losses(y, p):
    with np.errstate(all="ignore"):
        return np.einsum("ij,ij->i", y, np.log(p))
"""),
    ("3d", "bits in place of nats", "every class is added", """
def losses(y, p):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return np.array([sum(-np.log2(v) for v in row) for row in q])
"""),
    ("3d", "a mean over the classes", "log10", """
def losses(y, p):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log10(q), axis=1)
"""),
    ("3e", "the minus is missing", "a mean over the classes too", """
def cross_entropy(y, p):
    n, k = np.shape(p)
    if np.shape(y) != (n, k) or n == 0:
        raise ValueError("rows of y and of p, please")
    total = 0.0
    for truth, guess in zip(y, p):
        for t, g in zip(truth, guess):
            total += t * math.log(min(max(g, 1e-7), 1 - 1e-7))
    return total / (n * k)
"""),
    ("3e", "a sum and no mean", "bits in place of nats", """
def cross_entropy(y, p):
    if y.shape != p.shape or len(y) == 0:
        raise ValueError("y and p must have the same shape")
    q = np.clip(p, 1e-7, 1 - 1e-7)
    return float(np.sum(y * -np.log2(q)))
"""),
    ("3e", "the predicted class", "a mean over the classes too", """
def cross_entropy(y, p):
    if y.shape != p.shape or not len(p):
        raise ValueError("shapes")
    best = np.clip(p, 1e-7, 1 - 1e-7)[np.arange(len(p)), p.argmax(1)]
    return -np.log(best).sum() / p.size
"""),
    ("3e", "the perplexity", "a sum and no mean", """
def cross_entropy(y, p):
    if y.shape != p.shape or not len(p):
        raise ValueError("shapes")
    return float(np.exp(losses(y, p).sum()))
"""),
    ("3f", "one batch alone", "compares exactly", """
def check_loss(fn):
    y, p = np.array([[1.0, 0]]), np.array([[0.25, 0.75]])
    if fn(y, p) != 1.386294:
        raise AssertionError("a quarter")
"""),
    ("5b", "the largest of the whole batch is subtracted", "columns are normalised", """
def stable_softmax(z):
    moved = np.exp(z - z.max())
    return moved / moved.sum(axis=0)
"""),
    ("5b", "the largest is added", "no keepdims in the sum", """
def stable_softmax(z):
    e = np.exp(z + z.max(axis=-1, keepdims=True))
    return e / e.sum(-1)
"""),
    ("5c", "no shift", "log2 of the sum", """
def log_softmax(z):
    return z - np.log2(np.exp(z).sum(axis=-1, keepdims=True))
"""),
    ("5c", "the shift is not subtracted from the score", "a sum down the columns", """
def log_softmax(z):
    top = np.max(z, axis=-1, keepdims=True)
    return z - np.log(np.exp(z - top).sum(axis=0, keepdims=True))
"""),
    ("5e", "y - p", "not shared among the photos", """
def grad_logits(y, z):
    return np.array([t - stable_softmax(row) for t, row in zip(y, z)])
"""),
    ("5e", "divided by the number of classes", "1 is subtracted for every class", """
def grad_logits(y, z):
    return (stable_softmax(z) - 1.0) / z.shape[1]
"""),
    ("5f", "one-sided differences", "divided by 2 h", """
def numeric_grad(f, z, h=1e-5):
    slope, here = np.zeros(z.shape), f(z)
    for place in np.ndindex(*z.shape):
        kept = z[place]
        z[place] += h
        slope[place] = (f(z) - here) / (2 * h)
        z[place] = kept
    return slope
"""),
    ("5f", "h of 0.1", "all entries are moved together", """
def numeric_grad(f, z, h=1e-5):
    h = 0.1
    return np.full(z.shape, (f(z + h) - f(z - h)) / (2 * h))
"""),
]  # fmt: skip
