# To run this page, cell by cell:  uv run invoke run lesson8
# To have it graded:               uv run invoke grade lesson8
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson8")

# %% [markdown]
# # Lesson 8  Playing with the loss
# 45 minutes. Needs: numpy alone. Lesson 3 helps; what you use of it is here, solved.
#
# This course follows a short blog page. Its last link leads to an article on
# satellite images.
# Its authors look for small things in large pictures, and they play with the loss.
# I liked that word. So let us play, with photos you know: we look for eights.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. The loss of a batch is a mean. Over classes, over photos, or over both?
# 2. The accuracy looks nearly right, and the loss is five times too large.
#    Nothing is wrong with the network. What was done to the photos, or not done?
# 3. Does a row of a confusion matrix belong to a true digit, or to a predicted one?

# %%
import numpy as np

# %% [markdown]
# ## From lesson 3, solved for you


# %%
def softmax(z):
    """Probabilities, row by row.  (n, k) -> (n, k)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(y, p):
    """Mean cross-entropy, in nats.  y, p: (n, k)."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


# The paper batch: its probabilities, and its labels as one-hot rows.
PAPER_P = np.array(
    [[0.7, 0.2, 0.1], [0.6, 0.2, 0.2], [0.125, 0.75, 0.125], [0.125, 0.375, 0.5]]
)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]

# %% [markdown]
# ## Eights are rare
# Take the first 4,000 training photos, and remove all eights but the first 20.
# 3,647 photos are left. The question is only: is this an eight, yes or no?
# We ask it of 1,000 new photos, 100 of each digit.
#
# Whoever always says no is right 900 times, so the accuracy is 0.9.
# Not one eight is found. Accuracy does not mind; you should.

# %% [markdown]
# ## Three numbers that do mind
# Say a network calls 30 photos eights, and 24 of them are. There are 100 eights.
#
#     recall    = 24 of the 100 eights found    = 0.24
#     precision = 24 of its 30 calls right      = 0.8
#     F1 = dice = 2 * 24 / (100 + 30)           = 0.369
#
# Dice is twice the overlap, divided by both totals. It is 1 only if both agree.

# %% [markdown]
# ## What plain cross-entropy does here
# Measured with 20 seeds, on the network below: accuracy 0.926, recall 0.264.
# An accuracy of 93 % hides that nearly three of four eights are missed.
# The reason is the mean: 20 photos among 3,647 hardly weigh anything in it.
# Four games with the loss follow. Which of them helps most? Place your bet now.

# %% [markdown]
# ## 8a  Weights                                (20 points, about 6 minutes)
# Give each class a weight w. A photo counts as much as its true class weighs:
#
#     L = (1/n) * sum over photos of w_true * (-ln p_true)
#
# Take the paper batch and w = (1, 1, 5). Rows 3 and 4 show class 2.
# Their losses, 2.079442 and 0.693147, count five times. The result is 3.957264.
# Divide by n, as Keras does, and not by the sum of the weights. Clip p as above.


# %% id="8a"
def weighted_cross_entropy(y, p, w):
    """Mean cross-entropy with one weight a class, in nats.

    y: (n, k) one-hot.  p: (n, k).  w: (k,).  Divides by n.  Returns a float.
    """
    # 1 clip   2 the loss of each photo   3 times the weight of its class   4 mean
    raise NotImplementedError("8a")


# %%
if __name__ == "__main__":
    print(weighted_cross_entropy(PAPER_Y, PAPER_P, [1, 1, 1]), "as without weights")
    print(weighted_cross_entropy(PAPER_Y, PAPER_P, [1, 1, 5]))

# %% [markdown]
# ## 8b  Focus on the hard photos               (20 points, about 6 minutes)
# Most photos are easy, and there are many of them. Focal loss turns them down:
#
#     L = (1/n) * sum over photos of (1 - p_true)^gamma * (-ln p_true)
#
# With gamma = 2, a photo at p_true = 0.9 counts one hundredth: 0.1 * 0.1 = 0.01.
# With gamma = 0 every factor is 1, and this is cross-entropy again.
# On the paper batch gamma = 2 gives 0.706875. Keras multiplies by an alpha; we do not.


# %% id="8b"
def focal(y, p, gamma):
    """Mean focal loss without alpha, in nats.

    y: (n, k) one-hot.  p: (n, k).  gamma: 0 or more.  Returns a float.
    """
    # 1 clip   2 the factor (1 - p)^gamma of each entry   3 keep the true class   4 mean
    raise NotImplementedError("8b")


# %%
if __name__ == "__main__":
    for gamma in (0, 1, 2):
        print("gamma", gamma, focal(PAPER_Y, PAPER_P, gamma))

# %% [markdown]
# ## 8c  Do not ask for certainty              (15 points, about 4 minutes)
# A one-hot row asks for p = 1. No finite score ever gets there.
# Label smoothing takes eps away from the truth and shares it among **all** k classes:
#
#     y_smooth = y * (1 - eps) + eps / k
#
# With k = 10 and eps = 0.1 the truth becomes 0.91, and each other class 0.01.
# The true class gets its share too. So each row still sums to 1.


# %% id="8c"
def smooth(y, eps):
    """Smoothed labels.  y: (n, k) one-hot, any dtype.  Returns (n, k), rows sum to 1."""
    raise NotImplementedError("8c")


# %%
if __name__ == "__main__":
    print(smooth(np.eye(10)[[8]], 0.1))
    print(cross_entropy(smooth(PAPER_Y, 0.1), PAPER_P))

# %% [markdown]
# ## The floor is not 0
# Use the smoothed labels in cross-entropy. The paper batch then costs 1.201194.
# Even the best answer, p = y_smooth itself, does not cost 0.
# For k = 10 and eps = 0.1 it costs 0.500288. So compare such losses with that floor.

# %% [markdown]
# ## 8d  Train on the overlap                   (15 points, about 6 minutes)
# The article wants a loss that is close to the score. Here the score is dice:
#
#     dice loss = 1 - 2 * sum(y * p) / (sum(y) + sum(p))
#
#     y    0   0   0   1   1   0   0   0   0   0
#     p   .1  .2  .1  .8  .6  .3   0   0  .1   0
#
# They overlap by 0.8 + 0.6 = 1.4. Their totals are 2 and 2.2.
# So the loss is 1 - 2 * 1.4 / (2 + 2.2) = 1/3.
# If y and p are both all 0, they agree. Then the loss is 0, by decision.


# %% id="8d"
def dice_loss(y, p):
    """1 - dice, from 0 (all overlap) to 1 (none).

    y, p: arrays of one shape, any shape; all cells count together.  Both all 0: 0.
    """
    # 1 overlap   2 both totals   3 nothing at all: 0   4 the fraction
    raise NotImplementedError("8d")


# %%
if __name__ == "__main__":
    outline = np.array([0, 0, 0, 1, 1, 0, 0, 0, 0, 0])
    guess = np.array([0.1, 0.2, 0.1, 0.8, 0.6, 0.3, 0, 0, 0.1, 0])
    print(dice_loss(outline, guess), dice_loss(0 * outline, 0 * guess))

# %% [markdown]
# ## A network to play with
# The next cell trains one, in numpy, and it is solved for you.
# In lesson 9 you will write your own. Here only one line matters: the one with `slope`.
# A slope is dL/dp. Change the loss, and nothing else in the network changes.
# From there to the scores the way is always the same: the softmax Jacobian of lesson 4.
# With g for dL/dp it gives
#
#     dL/dz_j = sum_i g_i p_i (delta_ij - p_j) = p_j (g_j - sum_i g_i p_i)


# %%
def train(x, y, slope, seed=0, epochs=15):
    """A network of 64 relu units and a softmax, trained with rmsprop.

    x: (n, n_in) float32.  y: (n, k).  slope(y, p): dL/dp of a batch.
    """
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
            g = slope(y[batch], np.clip(p, 1e-7, 1 - 1e-7))
            dz2 = p * (g - (g * p).sum(axis=1, keepdims=True))  # lesson 4
            dz1 = (dz2 @ W2.T) * (a > 0)
            grads = x[batch].T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)
            for value, grad, square in zip(params, grads, squares, strict=True):
                square += 0.1 * (grad**2 - square)
                value -= 0.001 * grad / (np.sqrt(square) + 1e-7)
    return params


def predict(x, params):
    """Probabilities.  x: (n, n_in) -> (n, k)."""
    W1, b1, W2, b2 = params
    return softmax(np.maximum(x @ W1 + b1, 0) @ W2 + b2)


# %% [markdown]
# ## The slopes
# Each is the derivative of one of your losses by p. The first is -y/p of lesson 4,
# times the weight. All but that of dice are divided by n, because the loss is a mean.
# For focal loss the product rule gives two terms. For dice, with overlap I and total T:
#
#     d/dp of  -2 I / T   =   -2 (y T - I) / T^2


# %%
def weighted_slope(w):
    """dL/dp of weighted cross-entropy; with w = 1 of plain cross-entropy."""
    return lambda y, p: -(y * np.asarray(w, "float32")) / p / len(y)


def focal_slope(gamma):
    """dL/dp of focal loss."""
    return lambda y, p: (
        y * (gamma * (1 - p) ** (gamma - 1) * np.log(p) - (1 - p) ** gamma / p) / len(y)
    )


def dice_slope(y, p):
    """dL/dp of dice loss on the column of the eights."""
    g = np.zeros_like(p)
    overlap, total = (y[:, 1] * p[:, 1]).sum(), y[:, 1].sum() + p[:, 1].sum()
    g[:, 1] = -2 * (y[:, 1] * total - overlap) / total**2
    return g


# %% [markdown]
# ## Find the eights
# Five networks, about two seconds together. Look at your bet once more, then run.


# %%
def prepare(images):
    """(n, 28, 28) uint8 -> (n, 784) float32 from 0 to 1."""
    return images.reshape(len(images), -1).astype("float32") / 255


def find_eights_data(photos, labels):
    """The first 4,000 photos with only 20 eights.  x, and y with columns no, eight."""
    photos, labels = photos[:4000], labels[:4000]
    keep = (labels != 8) | (np.cumsum(labels == 8) <= 20)
    return prepare(photos[keep]), np.eye(2, dtype="float32")[(labels[keep] == 8) * 1]


def a_hundred_each(labels):
    """Where 100 photos of each digit stand, spread over the whole set."""
    return np.concatenate([np.flatnonzero(labels == d)[:800:8] for d in range(10)])


def scores(is_eight, calls):
    """Accuracy, recall, precision and dice of yes-or-no calls."""
    hits = (is_eight & calls).sum()
    return (
        (is_eight == calls).mean(),
        hits / is_eight.sum(),
        hits / max(1, calls.sum()),
        1 - dice_loss(is_eight * 1.0, calls * 1.0),
    )


LOSSES = {
    "cross-entropy": weighted_slope((1, 1)),
    "focal, gamma 2": focal_slope(2),
    "dice": dice_slope,
    "weight 20": weighted_slope((1, 20)),
    "weight 181": weighted_slope((1, 181)),
}

if __name__ == "__main__":
    from lessons.data import load_data

    (photos, labels), (new_photos, new_labels) = load_data()
    x, y = find_eights_data(photos, labels)
    new = a_hundred_each(new_labels)
    print(f"{'loss':16}{'accuracy':>10}{'recall':>10}{'precision':>10}{'dice':>10}")
    for name, slope in LOSSES.items():
        p = predict(prepare(new_photos[new]), train(x, y, slope))
        row = scores(new_labels[new] == 8, p[:, 1] > 0.5)
        print(f"{name:16}" + "".join(f"{number:10.3f}" for number in row))

# %% [markdown]
# ## The same with 20 seeds
# Means, and the smallest and largest recall. Your run is one seed of these.
#
#     loss             accuracy   recall               precision    dice
#     always no          0.900    0                        -       0
#     dice               0.915    0.167 [0.13, 0.19]     0.900     0.281
#     cross-entropy      0.926    0.264 [0.21, 0.33]     0.992     0.415
#     focal, gamma 2     0.929    0.288 [0.22, 0.37]     1.000     0.447
#     weight 20          0.932    0.336 [0.30, 0.38]     0.949     0.495
#     weight 181         0.931    0.374 [0.32, 0.44]     0.852     0.518

# %% [markdown]
# ## Read it
# The weight 181 is 3,627 / 20, rounded: both sides then weigh alike in the mean.
# The plainest game, a weight, found the most eights. It pays with precision.
# Dice loss was the worst here. It is close to the score, yes.
# But a batch of 128 often holds no eight at all, and then its slope is 0 everywhere.
# A fancier loss is not a better loss. Measure it on your own question.

# %% [markdown]
# ## Can you believe a probability?
# A network says 0.9, again and again. Is it then right nine times of ten?
# If so, it is **calibrated**. To see it, sort the answers by their confidence.
# The confidence of an answer is its largest probability.
#
#     10 answers with confidence 0.9, 7 of them right    gap 0.2
#      5 answers with confidence 0.6, 3 of them right    gap 0

# %% [markdown]
# ## 8e  Expected calibration error             (15 points, about 8 minutes)
# Cut the range from 0 to 1 into equal bins. In each bin compare the share of right
# answers with the mean confidence. Weigh each gap with the bin's share of photos:
#
#     ECE = sum over bins of (n_bin / n) * |accuracy_bin - confidence_bin|
#
# For the 15 answers above it is 10/15 * 0.2 + 5/15 * 0 = 0.1333.
# A bin holds its upper end, and not its lower one. Empty bins count nothing.


# %% id="8e"
def expected_calibration_error(p, labels, bins=10):
    """How far confidence and accuracy lie apart, from 0 to 1.

    p: (n, k), rows sum to 1.  labels: (n,) class numbers.  Bins are (a, b].
    """
    # 1 confidence, and right or not   2 in each bin: the gap   3 weigh and add
    raise NotImplementedError("8e")


# %%
if __name__ == "__main__":
    p = np.array([[0.9, 0.1]] * 10 + [[0.6, 0.4]] * 5)
    truth = np.array([0] * 7 + [1] * 3 + [0] * 3 + [1] * 2)
    print(expected_calibration_error(p, truth))

# %% [markdown]
# ## Ten digits, three losses
# Now all ten digits, and all eights are back. Three networks learn from 4,000 photos.
# Before you run: smoothing never asks for more than 0.91.
# What will that do to the mean confidence, and what to the ECE?

# %%
if __name__ == "__main__":
    x, y = prepare(photos[:4000]), np.eye(10, dtype="float32")[labels[:4000]]
    y_smooth = smooth(y, 0.1).astype("float32")
    runs = {
        "cross-entropy": (y, weighted_slope(np.ones(10))),
        "smoothing 0.1": (y_smooth, weighted_slope(np.ones(10))),
        "focal, gamma 2": (y, focal_slope(2)),
    }
    for name, (target, slope) in runs.items():
        p = predict(prepare(new_photos), train(x, target, slope, epochs=20))
        accuracy = (p.argmax(axis=1) == new_labels).mean()
        error = expected_calibration_error(p, new_labels)
        print(f"{name:16} accuracy {accuracy:.4f}", end="  ")
        print(f"confidence {p.max(axis=1).mean():.4f}  ECE {error:.4f}")

# %% [markdown]
# ## The same with 20 seeds, on 10,000 new photos
#
#     loss             accuracy   confidence      ECE    cross-entropy
#     cross-entropy      0.9184       0.9288   0.0109           0.2799
#     smoothing 0.1      0.9283       0.7972   0.1312           0.3438
#     focal, gamma 2     0.9146       0.8697   0.0451           0.2993
#
# Smoothing gives the best accuracy, and the worst probabilities: far too modest.
# Plain cross-entropy, trained for this long, says about what it knows.

# %% [markdown]
# ## Twice as long
# After 40 epochs instead of 20, first and second have changed places. The ECE:
#
#     cross-entropy 0.0349     smoothing 0.1 0.1301     focal, gamma 2 0.0090
#
# Cross-entropy goes on asking for certainty, and gets bolder than it is right.
# Focal loss stops asking earlier, and that now suits it.
# So calibration is not a property of the loss alone. Measure it each time.

# %% [markdown]
# ## 8f  Which loss for which goal?             (15 points, about 5 minutes)
# One letter for each goal, and then one sentence of your own.
# Use what was measured, and for the last two goals the formulas.
#
# **rare class**: 20 eights among 3,647 photos, and a missed eight is expensive.
# a) plain cross-entropy, judged by accuracy   b) a weight on the eights
# c) smoothed labels
#
# **probabilities**: somebody will act on the number 0.9. Which loss do you take?
# a) cross-entropy, always   b) the one with the smallest ECE on new photos
# c) the one with the best accuracy

# %% [markdown]
# **overlap**: a loss that is 1 minus the score, where the score is dice.
# a) cross-entropy of all pixels   b) 1 - IoU   c) dice loss
#
# **wrong labels**: some labels are wrong. Which loss would chase those hardest?
# a) focal loss: a wrong label looks like a hard photo   b) smoothing: it asks for 0.91
# c) cross-entropy: it counts every photo alike
#
# **in one sentence**: a friend is proud of 93 % at finding eights. What do you ask?

# %% id="8f"
GOAL = {
    "rare class": ...,
    "probabilities": ...,
    "overlap": ...,
    "wrong labels": ...,
    "in one sentence": ...,
}

# %% [markdown]
# ## Answers to the three questions
# 1. Over photos. Within a photo the classes are added up.
# 2. They were not divided by 255. Which score is largest hardly changes; the loss does.
# 3. To a true digit. The columns are the predictions.
#
# Next: `uv run invoke grade lesson8`, and then lesson 9, where you write `train`.
