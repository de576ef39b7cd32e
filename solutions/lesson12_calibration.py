# %% [markdown]
# # Lesson 12  Calibration and temperature
# 60 minutes. Needs: NumPy and lesson 10. The functions that you need from it are here.
# This lesson is optional. Nothing in the course builds on it.
#
# A network says 0.9, again and again. Is it right nine times out of ten? As long as you
# only want the most likely digit, you need not ask. But if somebody acts on the number,
# it had better be true. In this lesson you measure whether it is, and correct it.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. What makes a loss a proper score?
# 2. You choose a threshold on some images. Why do you score it on others?
# 3. What happens to softmax if you add the same number to all logits?

# %%
import numpy as np

# %% [markdown]
# ## From lesson 10, solved for you


# %%
def softmax(z):
    """Probabilities, row by row.  (n, K) -> (n, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(y, p):
    """Mean cross-entropy, in nats.  y, p: (n, K)."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


def smooth(y, eps):
    """Smoothed labels.  y: (n, K) one-hot.  Returns (n, K), rows sum to 1."""
    return y * (1 - eps) + eps / y.shape[1]


# %% [markdown]
# ## Can you believe a probability?
# The **confidence** of an answer is its largest probability. If a network is right in
# 90 % of the answers that have confidence 0.9, in 60 % of those with 0.6, and so on, it
# is **calibrated**. So sort its answers by confidence, and count:
#
#     10 answers with confidence 0.9, 7 of them right    gap 0.2
#      5 answers with confidence 0.6, 3 of them right    gap 0
#
# For one number, divide the range from 0 to 1 into equal bins. Compare the accuracy in
# each bin with the mean confidence in it, and weight that gap by the bin's fraction of
# all answers. This is the **expected calibration error**:
#
#     $ECE = sum_b (n_b / n) |accuracy_b - confidence_b|$        b: each bin in turn
#
# For the 15 answers above it is $10/15 * 0.2 + 5/15 * 0 = 0.1333$.

# %% [markdown]
# ## One number that changes all probabilities
# Divide all logits by one number T, the **temperature**, before softmax. (The word comes
# from physics: in a hot gas the improbable happens more often.)
#
#     $z = (ln 9, 0)$     T = 1/2: p = 0.988 and 0.012     T = 1: p = 0.9 and 0.1
#
# A small T makes the network bolder (more confident), a large T more modest.

# %% [markdown]
# ## 12a  Predict                               (15 points, about 7 minutes)
# Work these out before you run the cell below.
#
# * **ECE**: 20 answers with confidence 0.8, 12 of them right, and 5 answers with
#   confidence 1, all of them right. What is the ECE?
# * **T = 2**: $z = (ln 9, 0)$. What is the first probability with T = 2?
# * **too bold**: a network is too sure of itself (*overconfident*). Does it need a T
#   "above 1" or "below 1"?
# * **accuracy**: what happens to the accuracy when T goes from 1 to 2? One of "rises",
#   "falls" and "stays".

# %% id="12a"
PREDICT = {
    "ECE": 0.16,  # SOLUTION
    "T = 2": 0.75,  # SOLUTION
    "too bold": "above 1",  # SOLUTION
    "accuracy": "stays",  # SOLUTION
}

# %% [show] reveals="12a"
print(f"ECE {20 / 25 * abs(12 / 20 - 0.8) + 5 / 25 * abs(5 / 5 - 1):.4f}")
for T in (0.5, 1, 2, 4):
    print("T", T, softmax(np.array([[np.log(9), 0]]) / T).round(3))

# %% [markdown]
# ## 12b  The calibration error: find the bug   (25 points, about 10 minutes)
# The function below should return the ECE. A bin contains its upper end and not its
# lower one. An empty bin doesn't count.
#
# For the 15 answers of the text it returns 0.02 instead of 0.1333. It doesn't look wrong
# at first sight: it is 0 where it should be, and it grows with the gaps.
# Find the bug and fix it.


# %% id="12b"
def expected_calibration_error(p, labels, bins=10):
    """How far apart confidence and accuracy are, from 0 to 1.

    p: (n, K), rows sum to 1.  labels: (n,) class numbers.  Bins are (a, b].
    """
    # BEGIN SOLUTION
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    error = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            gap = abs(right[inside].mean() - confidence[inside].mean())
            error += inside.mean() * gap
    return float(error)
    # GIVEN
    # confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    # error = 0.0
    # for b in range(bins):
    #     inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
    #     if inside.any():
    #         gap = abs(right[inside].mean() - confidence[inside].mean())
    #         error += gap / bins
    # return float(error)
    # END SOLUTION


# %% [show]
p = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
labels = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)
print(expected_calibration_error(p, labels))

# %% [markdown]
# ## Which temperature?
# A proper score can decide: take the T with the least cross-entropy. And as with every
# choice, decide on validation images.
#
# Say the logits of ten images are all $(ln 9, 0)$, and 7 of these images are of class 0.
# Among the `TEMPERATURES` below, T = 2.59 costs least. The network then says 0.700.

# %% [markdown]
# ## 12c  The best temperature                  (15 points, about 8 minutes)
# Write the search.


# %% id="12c"
def temperature(z, y, candidates):
    """The T of the candidates for which softmax(z / T) has the least cross-entropy.

    z: (n, K) logits.  y: (n, K) one-hot.  candidates: an array.  Returns a float.
    """
    # 1 the cross-entropy with each T   2 the T of the least
    # BEGIN SOLUTION
    tried = [cross_entropy(y, softmax(z / T)) for T in candidates]
    return float(candidates[np.argmin(tried)])
    # END SOLUTION


# %%
TEMPERATURES = np.arange(30, 301) / 100  # 0.3, 0.31, ... 3

# %% [show]
z, y = np.tile([np.log(9), 0], (10, 1)), np.eye(2)[[0] * 7 + [1] * 3]
print(temperature(z, y, TEMPERATURES))

# %% [markdown]
# ## Drag the temperature
# These are the ten images again. Drag T: what does the network say about class 0, and
# where is your calibration error lowest? Is the cross-entropy lowest there too? (The
# slider comes when you run the cell in a browser.)

# %% [figure] reveals="12a"
from grader.pictures import slider

Ts = np.linspace(0.4, 5, 93)


def measure(T):
    p = softmax(z / T)
    return cross_entropy(y, p), expected_calibration_error(p, y.argmax(axis=1))


def draw_temperature(ax, T):
    for values, name in zip(
        np.transpose([measure(T) for T in Ts]), ("cross-entropy", "ECE"), strict=True
    ):
        ax.plot(Ts, values, label=name)
    ax.plot([T, T], measure(T), "ko")
    ax.set_title(f"p = {softmax(z / T)[0, 0]:.3f}, ECE {measure(T)[1]:.3f}")
    ax.set_xlabel("temperature T")
    ax.set_ylabel("nats; fraction")


slider(
    draw_temperature,
    "T",
    [0.4, 0.5, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4, 2.59, 2.8, 3, 3.5, 4, 5],
    title="Ten images, seven of class 0",
    alt="Cross-entropy and ECE fall to a minimum at the same T, 2.59, and rise again.",
)

# %% [markdown]
# ## 12d  Measure a network                     (30 points, about 15 minutes)
# Put both functions together. You get the logits and the labels of validation images and
# of test images, and you return three numbers:
#
# 1. the best of the `TEMPERATURES`
# 2. the ECE on the test images as they are, with ten bins
# 3. the ECE on the test images with that temperature
#
# On which images may you choose T, and on which may you score it? Labels are class
# numbers here; `np.eye(k)[labels]` makes one-hot rows of them.


# %% id="12d"
def calibrate(z_val, labels_val, z_test, labels_test):
    """The best T, and the ECE on the test images before and after.

    z_val: (n, K) logits.  labels_val: (n,).  z_test: (n_test, K).  labels_test: (n_test,).
    Returns three floats.
    """
    # BEGIN SOLUTION
    y_val = np.eye(z_val.shape[1])[labels_val]
    T = temperature(z_val, y_val, TEMPERATURES)
    before = expected_calibration_error(softmax(z_test), labels_test)
    after = expected_calibration_error(softmax(z_test / T), labels_test)
    return T, before, after
    # END SOLUTION


# %% [markdown]
# ## Three networks to measure
# `train` is from lesson 10, for any labels y: its loss is cross-entropy or focal loss.
# One network learns with plain labels, one with smoothed labels, and one with focal loss.
# Smoothed labels move a little probability from the true class to all classes. Focal loss
# multiplies $-ln p$ by $(1 - p)^2$, so an image with a p close to 1 hardly counts.
# Each learns all ten digits, from 4,000 images and for 40 epochs.
#
# Before you run: smoothing never asks for more than 0.91. What will that do to the
# confidence, and what to the ECE?


# %%
def train(x, y, gamma=0, seed=0, epochs=40):
    """A network of 64 relu units and a softmax; gamma = 0 is plain cross-entropy."""
    rng = np.random.default_rng(seed)
    W1 = rng.normal(size=(x.shape[1], 64)) * np.sqrt(2 / x.shape[1])
    W2 = rng.normal(size=(64, y.shape[1])) * np.sqrt(2 / 64)
    params = [v.astype("float32") for v in (W1, np.zeros(64), W2, np.zeros(len(W2.T)))]
    W1, b1, W2, b2 = params
    squares = [np.zeros_like(value) for value in params]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 128):
            batch = order[start : start + 128]
            a = np.maximum(x[batch] @ W1 + b1, 0)
            p = softmax(a @ W2 + b2)
            g = dL_dp(y[batch], np.clip(p, 1e-7, 1 - 1e-7), gamma)
            dz2 = p * (g - (g * p).sum(axis=1, keepdims=True))
            dz1 = (dz2 @ W2.T) * (a > 0)
            grads = x[batch].T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)
            for value, grad, square in zip(params, grads, squares, strict=True):
                square += 0.1 * (grad**2 - square)
                value -= 0.001 * grad / (np.sqrt(square) + 1e-7)
    return params


def dL_dp(y, p, gamma):
    """The derivative of the focal loss of a batch with respect to p."""
    if gamma == 0:
        return -y / p / len(y)
    return (
        y * (gamma * (1 - p) ** (gamma - 1) * np.log(p) - (1 - p) ** gamma / p) / len(y)
    )


def logits(x, params):
    """The logits z, before the softmax.  x: (n, n_in) -> (n, K)."""
    W1, b1, W2, b2 = params
    return (np.maximum(x @ W1 + b1, 0) @ W2 + b2).astype(float)


def prepare(images):
    """Images as rows of numbers from 0 to 1."""
    return images.reshape(len(images), -1).astype("float32") / 255


# %% [show]
from lessons.data import load_data

(images, labels), (test_images, test_labels) = load_data()
x, y = prepare(images[:4000]), np.eye(10, dtype="float32")[labels[:4000]]
val = slice(50_000, 51_000)
x_val, x_test = prepare(images[val]), prepare(test_images)
nets = {
    "cross-entropy": train(x, y),
    "smoothing 0.1": train(x, smooth(y, 0.1).astype("float32")),
    "focal, gamma 2": train(x, y, gamma=2),
}
for name, net in nets.items():
    z = logits(x_test, net)
    accuracy = (z.argmax(axis=1) == test_labels).mean()
    T, before, after = calibrate(logits(x_val, net), labels[val], z, test_labels)
    print(f"{name:16} accuracy {accuracy:.4f}", end="  ")
    print(f"T {T:.2f}  ECE {before:.4f}, with T {after:.4f}")

# %% [markdown]
# ## See it: a reliability diagram
# One point for each bin: the mean confidence in it, and the accuracy in it. The points of
# a calibrated network are on the diagonal. Below it the network is too bold, above it too
# modest.

# %% [figure]
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1], color="gray", linestyle=":", label="calibrated")
colors = {name: f"C{number}" for number, name in enumerate(nets)}
for name in ("cross-entropy", "smoothing 0.1"):
    z_val, z = logits(x_val, nets[name]), logits(x_test, nets[name])
    T = temperature(z_val, np.eye(10)[labels[val]], TEMPERATURES)
    for t, style in ((1, "o-"), (T, "s--")):
        p = softmax(z / t)
        confidence, right = p.max(axis=1), p.argmax(axis=1) == test_labels
        bins = np.ceil(10 * confidence)
        inside = [bins == b for b in range(1, 11) if (bins == b).sum() > 20]
        ax.plot(
            [confidence[i].mean() for i in inside],
            [right[i].mean() for i in inside],
            style,
            color=colors[name],
            label=f"{name}, T = {t:.2f}",
        )
ax.set_xlabel("mean confidence of a bin")
ax.set_ylabel("accuracy of a bin")
ax.set_title("Reliability on 10,000 test images")
ax.legend()
fig.set_label(
    "Without a temperature, cross-entropy is below the diagonal and smoothing above "
    "it; with its temperature each is close to the diagonal."
)
plt.show()

fig, ax = plt.subplots()
y_val = np.eye(10)[labels[val]]
for name, net in nets.items():
    z_val = logits(x_val, net)
    costs = [cross_entropy(y_val, softmax(z_val / T)) for T in TEMPERATURES]
    ax.plot(TEMPERATURES, costs, color=colors[name], label=name)
ax.axvline(1, color="gray", linestyle=":")
ax.set_ylim(0.2, 0.6)
ax.set_xlabel("temperature T")
ax.set_ylabel("cross-entropy (nats)")
ax.set_title("What each T costs on 1,000 validation images")
ax.legend()
fig.set_label(
    "Three curves with one minimum each: smoothing has its minimum below T = 1, the "
    "other two above it."
)
plt.show()

# %% [markdown]
# ## Results over 20 seeds
# The means on 10,000 test images, after 40 epochs; each T was fitted on 1,000 validation
# images.
#
#     loss             accuracy     T   ECE before, with T   cross-entropy, with T
#     cross-entropy      0.9233  1.69      0.0349   0.0098         0.3108   0.2601
#     focal, gamma 2     0.9213  1.16      0.0092   0.0105         0.2723   0.2676
#     smoothing 0.1      0.9321  0.58      0.1300   0.0078         0.3366   0.2304
#
# Label smoothing gives the worst probabilities as they are, and the best ones with its T.
# That network knew a lot and was too modest, as it had been taught. On the
# validation images, too, it costs least with its T, so we may choose it.

# %% [markdown]
# ## Why are networks too bold?
# Cross-entropy is a proper score, so honesty pays. But it pays on the training images,
# where every label is certain: with enough epochs, the network says 1 there. On new
# images that is too bold. After 20 epochs its ECE is 0.0110, after 40 it is 0.0349.
#
# Focal loss isn't a proper score. For two classes and gamma = 2, where the true
# probability is 0.9, the answer with the lowest loss is 0.69. So it makes a network
# modest, while long training makes it bold. After 20 epochs it needs
# T = 0.81, after 40 epochs 1.16. In between it looks calibrated, because two errors
# cancel.
#
# Training decides how a network ranks the classes of an image, and how far apart it puts
# their probabilities. A temperature corrects the distances afterwards, never the ranking.

# %% [markdown]
# ## 12e  Choose and defend                     (15 points, about 6 minutes)
# Answer each with one letter, and then write one sentence, which the grader can't judge.
#
# **act on it**: somebody will act on the number 0.9. Which network do you hand over?
#
# * a) the one with cross-entropy: it is a proper score
# * b) the one with the least cross-entropy on validation images, each with its own T
# * c) the one with the best accuracy
#
# **always a tenth**: for every image a network says 0.1 for each of ten digits. Each
# digit is a tenth of the images. What do you say?
#
# * a) its ECE is large, since it knows nothing
# * b) its ECE is near 0, and yet it is useless

# %% [markdown]
# **which images**: on which images do you fit T?
#
# * a) on the training images, since there are most of them
# * b) on validation images
# * c) on the test images, since T has to be right there
#
# **in one sentence**: a friend's network says 0.99 for every image, and is right for 95
# of 100. What do you tell your friend?

# %% id="12e"
CHOICE = {
    "act on it": "b",  # SOLUTION
    "always a tenth": "b",  # SOLUTION
    "which images": "b",  # SOLUTION
    "in one sentence": "It is too bold: fit a temperature above 1 on validation images.",  # SOLUTION
}

# %% [markdown]
# ## Further reading
# * Calibration and temperature, Guo and others (2017):
#   <https://arxiv.org/abs/1706.04599>
# * When does label smoothing help? Müller and others (2019):
#   <https://arxiv.org/abs/1906.02629>

# %% [markdown]
# ## Answers to the three questions
# 1. You pay least, on average, if you say what you believe: the minimum is at p = y.
# 2. The images that choose it also flatter it: part of the score is luck.
# 3. Nothing. Only differences of logits count. Dividing them changes the differences.
#
# `uv run invoke grade lesson12` says how well it went. In lesson 13, your loss leaves
# MNIST.
