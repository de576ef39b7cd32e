"""Attempts with two mistakes at once, lessons 7 (7a), 8, 9 and 10 (see README.md)."""

# exercise, what is wrong, what else is wrong, the code of that exercise
ATTEMPTS = [
    ("7a", "no biases", "one layer too many", """
def dense_params(n_in, n_out):
    return n_in * n_out

def total_params(sizes):
    return sum(dense_params(a, b) for a, b in zip(sizes, [*sizes[1:], sizes[-1]]))
"""),
    ("7a", "a bias for each input", "the last layer is left out", """
def dense_params(n_in, n_out):
    return n_in * (n_out + 1)

def total_params(sizes):
    total = 0
    for i in range(len(sizes) - 2):
        total += dense_params(sizes[i], sizes[i + 1])
    return total
"""),
    ("8d", "argmax over the wrong axis", "cross-entropy is a sum", """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    hits = [a == b for a, b in zip(p.argmax(axis=0), labels)]
    return {"accuracy": float(np.mean(hits)),
            "cross_entropy": cross_entropy(one_hot(labels), p) * len(p)}
"""),
    ("8e", "truth and answer are swapped", "repetitions count once", """
def confusion(true, pred, k=10):
    table = np.zeros((k, k), int)
    table[pred, true] += 1
    return table
"""),
    ("8f", "the least sure first", "right answers are among them", """
def worst(p, labels, m):
    sure = [row.max() for row in p]
    return np.argsort(sure)[:m]
"""),
    ("8f", "counts among the wrong ones only", "one too few", """
def worst(p, labels, m):
    wrong = p[p.argmax(1) != labels]
    return np.argsort(wrong.max(1))[::-1][:m - 1]
"""),
    ("10b", "divided by the sum of the weights", "the minus is missing", """
def weighted_cross_entropy(y, p, w):
    q = np.clip(p, 1e-7, 1 - 1e-7)
    share = (y * np.asarray(w)).sum(1)
    return float((share * (y * np.log(q)).sum(1)).sum() / share.sum())
"""),
    ("10b", "the weights are squared", "a sum and no mean", """
def weighted_cross_entropy(y, p, w):
    total = 0.0
    for truth, guess in zip(y, np.clip(p, 1e-7, 1 - 1e-7)):
        for t, g, weight in zip(truth, guess, w):
            total -= t * weight**2 * np.log(g)
    return total
"""),
    ("10f", "the factor 2 is missing", "1 - is missing", """
def dice_loss(y, p):
    y, p = np.ravel(y), np.ravel(p)
    both = y.sum() + p.sum()
    return float((y * p).sum() / both) if both else 0.0
"""),
    ("10f", "squares below", "nothing at all costs 1", """
def dice_loss(y, p):
    y, p = np.asarray(y, float), np.asarray(p, float)
    below = (y**2).sum() + (p**2).sum()
    return 1.0 if below == 0 else float(1 - 2 * (y * p).sum() / below)
"""),
    ("12b", "bins are not weighed", "the gap has a sign", """
def expected_calibration_error(p, labels, bins=10):
    sure, good = p.max(1), p.argmax(1) == labels
    edges = np.linspace(0, 1, bins + 1)
    gaps = [good[m].mean() - sure[m].mean()
            for lo, hi in zip(edges, edges[1:])
            if (m := (sure > lo) & (sure <= hi)).any()]
    return float(sum(gaps) / len(gaps))
"""),
    ("9a", "sd of 1", "biases are random", """
def init(sizes, seed):
    rng = np.random.default_rng(seed)
    a, b, c = sizes
    return dict(W1=rng.normal(size=(a, b)), b1=rng.normal(size=b),
                W2=rng.normal(size=(b, c)), b2=rng.normal(size=c))
"""),
    ("9a", "the weights stand on their side", "fan_out in place of fan_in", """
def init(sizes, seed):
    n, h, k = sizes
    r = np.random.default_rng(seed)
    return {"W1": r.normal(0, (2 / h) ** 0.5, (h, n)), "b1": np.zeros(h),
            "W2": r.normal(0, (2 / k) ** 0.5, (k, h)), "b2": np.zeros(k)}
"""),
    ("9b", "no relu", "b2 is missing", """
def forward(x, params):
    hidden = np.dot(x, params["W1"]) + params["b1"]
    return hidden, hidden, stable_softmax(np.dot(hidden, params["W2"]))
"""),
    ("9b", "relu on the output scores", "b1 is missing", """
def forward(x, params):
    z1 = x @ params["W1"]
    a = z1 * (z1 > 0)
    return z1, a, stable_softmax(np.maximum(0, a @ params["W2"] + params["b2"]))
"""),
    ("9c", "the slope of relu is left out", "not shared among the photos", """
def backward(x, y, params, z1, a, p):
    out = p - y
    hid = out @ params["W2"].T
    return {"W1": x.T @ hid, "b1": hid.sum(0), "W2": a.T @ out, "b2": out.sum(0)}
"""),
    ("9c", "the sign is turned", "biases take the mean", """
def backward(x, y, params, z1, a, p):
    d2 = (y - p) / len(x)
    d1 = (d2 @ params["W2"].T) * (z1 > 0)
    return dict(W1=x.T @ d1, b1=d1.mean(0), W2=a.T @ d2, b2=d2.mean(0))
"""),
    ("9e", "no shuffle", "on_epoch after each batch", """
def fit(x, y, seed, on_epoch=None):
    params = init((x.shape[1], 64, y.shape[1]), seed)
    for epoch in range(20):
        for s in range(0, len(x), 32):
            bx, by = x[s:s + 32], y[s:s + 32]
            params = sgd_step(params, backward(bx, by, params, *forward(bx, params)), 0.2)
            if on_epoch:
                on_epoch(params)
    return params
"""),
    ("9e", "one epoch", "labels are not shuffled with their photos", """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = init((x.shape[1], 64, y.shape[1]), seed)
    mixed = rng.permutation(x)
    for s in range(0, len(x), 32):
        bx, by = mixed[s:s + 32], y[s:s + 32]
        params = sgd_step(params, backward(bx, by, params, *forward(bx, params)), 0.2)
    if on_epoch is not None:
        on_epoch(params)
    return params
"""),
]  # fmt: skip
