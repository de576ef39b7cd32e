"""Wrong attempts that are on no list of known mistakes (see README.md)."""

# exercise, what is wrong, the code of that exercise
ATTEMPTS = [
    ("1b", "shape is called like a function", """
def describe(images):
    n, height, width = images.shape()
    return {"n": n, "height": height, "width": width, "dtype": str(images.dtype),
            "low": int(images.min()), "high": int(images.max())}
"""),
    ("1b", "low and high have changed places", """
def describe(images):
    info = {}
    info["n"] = len(images)
    info["height"] = len(images[0])
    info["width"] = len(images[0][0])
    info["dtype"] = images.dtype.name
    ordered = sorted(images.ravel().tolist())
    info["low"] = ordered[-1]
    info["high"] = ordered[0]
    return info
"""),
    ("1b", "height and width are fixed numbers", """
def describe(images):
    facts = dict(n=len(images), height=28, width=28, dtype=str(images.dtype))
    facts["low"] = int(np.min(images))
    facts["high"] = int(np.max(images))
    return facts
"""),
    ("1b", "the smallest pixel is that of row 0 of each photo", """
def describe(images):
    n, h, w = images.shape
    low, high = 255, 0
    for image in images:
        for pixel in image[0]:
            low, high = min(low, int(pixel)), max(high, int(pixel))
    return {"n": n, "height": h, "width": w, "dtype": str(images.dtype),
            "low": low, "high": high}
"""),
    ("1d", "counts from the end", """
def nth_image(images, n):
    if n < 1 or n > len(images):
        raise ValueError("there is no such photo")
    return images[-n]
"""),
    ("1d", "the row n - 1 of each photo", """
def nth_image(images, n):
    if n <= 0 or n > images.shape[0]:
        raise ValueError(f"photo {n} does not exist")
    return images[:, n - 1]
"""),
    ("1d", "the error is returned and not raised", """
def nth_image(images, n):
    if n < 1 or n > len(images):
        return ValueError("no photo has this number")
    return images[n - 1]
"""),
    ("1e", "the counts are sorted", """
def class_counts(labels, k=10):
    counts = np.array([np.sum(labels == c) for c in range(k)])
    return np.sort(counts)[::-1]
"""),
    ("1e", "adds up the labels in place of counting them", """
def class_counts(labels, k=10):
    counts = np.zeros(k, dtype=int)
    for label in labels:
        counts[label] += label
    return counts
"""),
    ("1e", "running totals", """
def class_counts(labels, k=10):
    return np.array([np.count_nonzero(labels <= c) for c in range(k)])
"""),
    ("1e", "the last class is left out", """
def class_counts(labels, k=10):
    counts = np.zeros(k, dtype=int)
    for c in range(k - 1):
        counts[c] = np.sum(labels == c)
    return counts
"""),
    ("1f", "the rarest class is answered", """
def majority_baseline(train_y, test_y):
    classes, counts = np.unique(train_y, return_counts=True)
    guess = classes[counts.argmin()]
    return float((test_y == guess).mean())
"""),
    ("1f", "the share that is wrong", """
def majority_baseline(train_y, test_y):
    best = np.bincount(train_y).argmax()
    wrong = 0
    for y in test_y:
        if y != best:
            wrong += 1
    return wrong / len(test_y)
"""),
    ("1f", "hits on the test set, shared among the training labels", """
def majority_baseline(train_y, test_y):
    commonest = np.bincount(train_y).argmax()
    hits = sum(1 for y in test_y if y == commonest)
    return hits / len(train_y)
"""),
    ("1f", "the median label is answered", """
def majority_baseline(train_y, test_y):
    typical = int(np.median(train_y))
    return float(np.mean(test_y == typical))
"""),
    ("1g", "the title is called like a function", """
def plot_digit(images, n):
    if n < 1 or n > len(images):
        raise ValueError("no such photo")
    fig, ax = plt.subplots()
    ax.imshow(images[n - 1], cmap="gray")
    ax.title(n)
    return ax
"""),
    ("1g", "the photo is drawn on its side", """
def plot_digit(images, n):
    if n < 1 or n > len(images):
        raise ValueError("no such photo")
    fig, ax = plt.subplots()
    ax.imshow(images[n - 1].T, cmap="gray")
    ax.set_title(str(n))
    return ax
"""),
    ("2b", "the pixels of a photo stand in reverse", """
def flatten(images):
    return images.reshape(len(images), -1)[:, ::-1]
"""),
    ("2b", "every photo is the first one", """
def flatten(images):
    n, h, w = images.shape
    rows = np.empty((n, h * w), dtype=images.dtype)
    for i in range(n):
        rows[i] = images[0].ravel()
    return rows
"""),
    ("2b", "the size of the square is the height twice", """
def flatten(images):
    n, height, width = images.shape
    out = np.zeros((n, height * height), images.dtype)
    for i, image in enumerate(images):
        out[i] = image.reshape(height * height)
    return out
"""),
    ("2c", "multiplied by 255", """
def scale(x):
    return np.asarray(x, dtype="float32") * 255
"""),
    ("2c", "black and white are swapped", """
def scale(x):
    x = np.array(x, dtype=np.float32)
    return 1 - x / 255
"""),
    ("2c", "rounded to 0 and 1", """
def scale(x):
    return np.round(np.asarray(x) / 255).astype("float32")
"""),
    ("2d", "the truth value of an array is asked for", """
def one_hot(labels, k=10):
    if labels >= k:
        raise ValueError("a label without a column")
    return np.eye(k, dtype="float32")[labels]
"""),
    ("2d", "zeros gets two numbers and no tuple", """
def one_hot(labels, k=10):
    if len(labels) and max(labels) >= k:
        raise ValueError("no column for this label")
    out = np.zeros(len(labels), k)
    for i, c in enumerate(labels):
        out[i, c] = 1
    return out.astype("float32")
"""),
    ("2d", "0 and 1 are swapped", """
def one_hot(labels, k=10):
    labels = np.asarray(labels)
    if (labels >= k).any():
        raise ValueError("no column for this label")
    return (labels[:, None] != np.arange(k)).astype("float32")
"""),
    ("2d", "ones from the label on", """
def one_hot(labels, k=10):
    rows = np.zeros((len(labels), k), dtype="float32")
    for i in range(len(labels)):
        if labels[i] >= k:
            raise ValueError("label too large")
        rows[i, labels[i]:] = 1
    return rows
"""),
    ("2e", "where gives a tuple, and its [0] is missing", """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = np.where(labels == c)
        rng.shuffle(mine)
        test.extend(mine[:per_class])
        train.extend(mine[per_class:])
    rng.shuffle(train)
    rng.shuffle(test)
    return np.array(train), np.array(test)
"""),
    ("2e", "the classes are always 0 to 9", """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in range(10):
        idx = list(np.flatnonzero(labels == c))
        picked = list(rng.choice(idx, per_class, replace=False))
        test += picked
        train += [i for i in idx if i not in picked]
    rng.shuffle(train)
    rng.shuffle(test)
    return np.array(train), np.array(test)
"""),
    ("2f", "asks numpy whether the row is in the array", """
def count_leaks(train_x, test_x):
    count = 0
    for row in test_x:
        if row in train_x:
            count += 1
    return count
"""),
    ("2f", "only the first pixels of a row are compared", """
def count_leaks(train_x, test_x):
    seen = {tuple(row[:10]) for row in train_x}
    return sum(tuple(row[:10]) in seen for row in test_x)
"""),
    ("2f", "stops at the first leak", """
def count_leaks(train_x, test_x):
    known = set(row.tobytes() for row in train_x)
    leaks = 0
    for row in test_x:
        if row.tobytes() in known:
            leaks += 1
            break
    return leaks
"""),
    ("3b", "2 to the power in place of e", """
def softmax_row(z):
    es = [2 ** score for score in z]
    s = sum(es)
    return [e / s for e in es]
"""),
    ("3b", "the running sum is used before it is complete", """
def softmax_row(z):
    ps = []
    s = 0
    for score in z:
        e = math.exp(score)
        s += e
        ps.append(e / s)
    return ps
"""),
    ("3b", "the probabilities are sorted", """
def softmax_row(z):
    es = sorted((math.exp(score) for score in z), reverse=True)
    s = sum(es)
    return [e / s for e in es]
"""),
    ("3b", "only the largest probability is returned", """
def softmax_row(z):
    es = [math.exp(score) for score in z]
    s = sum(es)
    for e in es:
        if e == max(es):
            return e / s
"""),
    ("3c", "softmax is taken twice", """
def softmax(z):
    z = np.asarray(z, dtype=float)
    for step in range(2):
        e = np.exp(z)
        z = e / e.sum(axis=-1, keepdims=True)
    return z
"""),
    ("3c", "divided by the sum of the scores", """
def softmax(z):
    z = np.asarray(z, dtype=float)
    return np.exp(z) / z.sum(axis=-1, keepdims=True)
"""),
    ("3c", "divided by the mean of the row", """
def softmax(z):
    e = np.exp(np.asarray(z, dtype=float))
    return e / np.mean(e, axis=-1, keepdims=True)
"""),
    ("3c", "minus in the exponent", """
def softmax(z):
    z = np.asarray(z, dtype=float)
    e = 1 / np.exp(z)
    return e / np.expand_dims(e.sum(axis=-1), -1)
"""),
    ("3d", "the product of label and probability is clipped", """
def losses(y, p):
    return -np.log(np.clip(y * p, 1e-7, 1 - 1e-7)).sum(axis=1)
"""),
    ("3d", "a coarse clip", """
def losses(y, p):
    p = np.clip(p, 0.01, 0.99)
    return -(y * np.log(p)).sum(axis=1)
"""),
    ("3d", "the label of the photo above is used", """
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    out = []
    for i in range(len(p)):
        out.append(-np.sum(y[i - 1] * np.log(p[i])))
    return np.array(out)
"""),
    ("3d", "the probability of the truth and no logarithm", """
def losses(y, p):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return np.array([sum(t * q for t, q in zip(row, guess)) for row, guess in zip(y, p)])
"""),
    ("3e", "divided by n twice", """
def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or len(p) == 0:
        raise ValueError("y and p need the same shape, and at least one row")
    return float(losses(y, p).mean() / len(p))
"""),
    ("3e", "divided by n - 1", """
def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or len(p) == 0:
        raise ValueError("y and p need the same shape, and at least one row")
    each = losses(y, p)
    return float(each.sum() / max(len(each) - 1, 1))
"""),
    ("3e", "the median in place of the mean", """
def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or not len(p):
        raise ValueError("y and p need the same shape, and at least one row")
    return float(np.median(losses(y, p)))
"""),
    ("3e", "the loss of the last photo only", """
def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or not len(p):
        raise ValueError("y and p need the same shape, and at least one row")
    for truth, guess in zip(y, np.clip(p, 1e-7, 1 - 1e-7)):
        total = 0
        total += -(truth * np.log(guess)).sum()
    return float(total)
"""),
    ("3e", "half of it, as for a squared error", """
def cross_entropy(y, p):
    if np.shape(y) != np.shape(p) or not len(p):
        raise ValueError("y and p need the same shape, and at least one row")
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum() / (2 * len(p)))
"""),
    ("3e", "binary cross-entropy, and the minus is missing", """
def cross_entropy(y, p):
    y, p = np.asarray(y), np.asarray(p)
    if y.shape != p.shape or not len(p):
        raise ValueError("y and p need the same shape, and at least one row")
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float((y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(p))
"""),
    ("5b", "softmax of a softmax", """
def stable_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    p = e / e.sum(axis=-1, keepdims=True)
    return softmax(p)
"""),
    ("5b", "divided by the largest in place of shifted", """
def stable_softmax(z):
    e = np.exp(z / z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""),
    ("5c", "the exponentials are taken of the scores that were not shifted", """
def log_softmax(z):
    m = z.max(axis=-1, keepdims=True)
    return (z - m) - np.log(np.exp(z).sum(axis=-1, keepdims=True))
"""),
    ("5c", "the sum of the logarithms in place of the logarithm of the sum", """
def log_softmax(z):
    s = z - z.max(axis=-1, keepdims=True)
    return s - np.log(np.exp(s)).sum(axis=-1, keepdims=True)
"""),
    ("5e", "the label multiplies the whole bracket", """
def grad_logits(y, z):
    p = stable_softmax(z)
    return y * (p - 1) / len(z)
"""),
    ("5e", "always divided by 4", """
def grad_logits(y, z):
    return (stable_softmax(z) - y) / 4
"""),
    ("5e", "divided by n twice", """
def grad_logits(y, z):
    n = len(z)
    p, grad = stable_softmax(z), np.zeros(z.shape)
    for i in range(n):
        grad[i] = (p[i] - y[i]) / n
    return grad / n
"""),
    ("5f", "all entries are moved at once", """
def numeric_grad(f, z, h=1e-5):
    up, down = f(z + h), f(z - h)
    return np.ones(z.shape) * (up - down) / (2 * h)
"""),
    ("7a", "the weights are counted twice", """
def dense_params(n_in, n_out):
    return 2 * n_in * n_out + n_out

def total_params(sizes):
    return sum(dense_params(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1))
"""),
    ("7a", "the layers are multiplied with each other", """
def dense_params(n_in, n_out):
    return (n_in + 1) * n_out

def total_params(sizes):
    total = 1
    for a, b in zip(sizes, sizes[1:]):
        total *= dense_params(a, b)
    return total
"""),
    ("7a", "a bias for each input and for each output", """
def dense_params(n_in, n_out):
    weights = n_in * n_out
    biases = n_in + n_out
    return weights + biases

def total_params(sizes):
    return sum(dense_params(a, b) for a, b in zip(sizes[:-1], sizes[1:]))
"""),
    ("8d", "the share of wrong answers", """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    accuracy = np.mean(p.argmax(axis=1) != labels)
    return {"accuracy": float(accuracy),
            "cross_entropy": cross_entropy(one_hot(labels), p)}
"""),
    ("8d", "labels and probabilities have changed places in the loss", """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = 0
    for i in range(len(labels)):
        if np.argmax(p[i]) == labels[i]:
            right += 1
    return {"accuracy": right / len(labels),
            "cross_entropy": cross_entropy(p, one_hot(labels))}
"""),
    ("8d", "the mean of the largest probability for accuracy", """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    return {"accuracy": float(p.max(axis=1).mean()),
            "cross_entropy": cross_entropy(one_hot(labels), p)}
"""),
    ("8e", "zeros gets two numbers and no tuple", """
def confusion(true, pred, k=10):
    c = np.zeros(k, k)
    for t, p in zip(true, pred):
        c[t, p] += 1
    return c.astype(int)
"""),
    ("8e", "shares of the columns", """
def confusion(true, pred, k=10):
    c = np.zeros((k, k))
    for t, p in zip(true, pred):
        c[t, p] += 1
    return c / np.maximum(c.sum(axis=0), 1)
"""),
    ("8f", "the slice from the end stops one too early", """
def worst(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    order = wrong[np.argsort(p[wrong].max(axis=1))]
    return order[-1:-m:-1]
"""),
    ("8f", "the labels in place of the positions", """
def worst(p, labels, m):
    wrong = np.where(np.argmax(p, axis=1) != labels)[0]
    sure = p[wrong].max(axis=1)
    return labels[wrong[np.argsort(-sure)][:m]]
"""),
    ("8f", "the first m wrong ones, and then sorted", """
def worst(p, labels, m):
    found = []
    for i in range(len(labels)):
        if p[i].argmax() != labels[i]:
            found.append(i)
    found = found[:m]
    found.sort(key=lambda i: -p[i].max())
    return np.array(found, dtype=int)
"""),
    ("10b", "a coarse clip", """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-2, 1 - 1e-2)
    return float(-(y * np.asarray(w) * np.log(p)).sum(axis=1).mean())
"""),
    ("10b", "the weights are added", """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    w = np.asarray(w)
    return float(((y * w).sum(axis=1) - (y * np.log(p)).sum(axis=1)).mean())
"""),
    ("10b", "the weight of the next class", """
def weighted_cross_entropy(y, p, w):
    p = np.clip(p, 1e-7, 1 - 1e-7)
    total = 0.0
    for i in range(len(y)):
        c = int(np.argmax(y[i]))
        total += -w[(c + 1) % len(w)] * np.log(p[i, c])
    return float(total / len(y))
"""),
    ("10f", "the truth value of an array is asked for", """
def dice_loss(y, p):
    if y == 0 and p == 0:
        return 0.0
    return float(1 - 2 * (y * p).sum() / (y.sum() + p.sum()))
"""),
    ("10f", "means below and a sum above", """
def dice_loss(y, p):
    y, p = np.asarray(y, float), np.asarray(p, float)
    below = y.mean() + p.mean()
    if below == 0:
        return 0.0
    return float(1 - 2 * np.sum(y * p) / below)
"""),
    ("12b", "the confidence is not subtracted", """
def expected_calibration_error(p, labels, bins=10):
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    total = 0.0
    for b in range(bins):
        inside = (sure > b / bins) & (sure <= (b + 1) / bins)
        if inside.any():
            total += inside.mean() * right[inside].mean()
    return float(total)
"""),
    ("12b", "the upper end of the bin for its confidence", """
def expected_calibration_error(p, labels, bins=10):
    sure, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0
    for b in range(bins):
        low, high = b / bins, (b + 1) / bins
        members = np.where((sure > low) & (sure <= high))[0]
        if len(members) == 0:
            continue
        error += len(members) / len(p) * abs(right[members].mean() - high)
    return float(error)
"""),
    ("9a", "no biases in the dict", """
def init(sizes, seed):
    n_in, n_hidden, n_out = sizes
    rng = np.random.default_rng(seed)
    return {"W1": rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in),
            "W2": rng.normal(size=(n_hidden, n_out)) * np.sqrt(2 / n_hidden)}
"""),
    ("9a", "b1 is as long as b2", """
def init(sizes, seed):
    n_in, n_hidden, n_out = sizes
    rng = np.random.default_rng(seed)
    return {"W1": rng.normal(0, np.sqrt(2 / n_in), (n_in, n_hidden)),
            "b1": np.zeros(n_out),
            "W2": rng.normal(0, np.sqrt(2 / n_hidden), (n_hidden, n_out)),
            "b2": np.zeros(n_out)}
"""),
    ("9b", "both biases are left out", """
def forward(x, params):
    z1 = x @ params["W1"]
    a = np.where(z1 > 0, z1, 0)
    return z1, a, stable_softmax(a @ params["W2"])
"""),
    ("9b", "the absolute value in place of relu", """
def forward(x, params):
    z1 = x @ params["W1"] + params["b1"]
    a = np.abs(z1)
    p = stable_softmax(a @ params["W2"] + params["b2"])
    return z1, a, p
"""),
    ("9b", "the biases are subtracted", """
def forward(x, params):
    z1 = np.dot(x, params["W1"]) - params["b1"]
    a = np.maximum(z1, 0)
    z2 = np.dot(a, params["W2"]) - params["b2"]
    return z1, a, stable_softmax(z2)
"""),
    ("9b", "softmax is taken twice", """
def forward(x, params):
    hidden = x @ params["W1"] + params["b1"]
    active = hidden * (hidden > 0)
    scores = stable_softmax(active @ params["W2"] + params["b2"])
    return hidden, active, stable_softmax(scores)
"""),
    ("9c", "the label multiplies the bracket", """
def backward(x, y, params, z1, a, p):
    dz2 = y * (p - 1) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1, "b1": dz1.sum(axis=0),
            "W2": a.T @ dz2, "b2": dz2.sum(axis=0)}
"""),
    ("9c", "the hidden bias gets the gradient before relu", """
def backward(x, y, params, z1, a, p):
    n = len(x)
    dz2 = (p - y) / n
    da = dz2 @ params["W2"].T
    grads = {"W2": a.T @ dz2, "b2": dz2.sum(axis=0), "b1": da.sum(axis=0)}
    da[z1 <= 0] = 0
    grads["W1"] = x.T @ da
    return grads
"""),
    ("9c", "the hidden gradient is divided by n once more", """
def backward(x, y, params, z1, a, p):
    n = x.shape[0]
    dz2 = (p - y) / n
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {"W1": x.T @ dz1 / n, "b1": dz1.sum(axis=0) / n,
            "W2": a.T @ dz2, "b2": dz2.sum(axis=0)}
"""),
    ("9e", "the same batch again and again", """
def fit(x, y, seed, on_epoch=None):
    params = init((x.shape[1], 64, y.shape[1]), seed)
    rng = np.random.default_rng(seed)
    for epoch in range(20):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            batch = order[:32]
            z1, a, p = forward(x[batch], params)
            grads = backward(x[batch], y[batch], params, z1, a, p)
            params = sgd_step(params, grads, 0.2)
        if on_epoch is not None:
            on_epoch(params)
    return params
"""),
    ("9e", "one random batch an epoch", """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = init((x.shape[1], 64, y.shape[1]), seed)
    for epoch in range(20):
        batch = rng.choice(len(x), 32, replace=False)
        grads = backward(x[batch], y[batch], params, *forward(x[batch], params))
        params = sgd_step(params, grads, 0.2)
        if on_epoch:
            on_epoch(params)
    return params
"""),
]  # fmt: skip
