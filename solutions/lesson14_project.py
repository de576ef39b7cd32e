# %% [markdown]
# # Lesson 14  A project of your own
# 135 minutes. Needs: lessons 6 and 9; lesson 13 for two of the four briefs.
#
# In every lesson so far we chose the data, the model and the loss. Now it is your turn.
# The grader checks each step, then makes examples that nobody has seen, and counts.
#
# Take your time, and take a break after 14b. You may copy anything that you wrote in
# earlier lessons.

# %% [markdown]
# ## Four briefs
# Choose one. All four come as rows x of numbers and rows y of zeros and ones.
#
# * **"shifted"**: digits that were moved by up to 2 pixels and covered with noise. Say
#   which digit it is. *Target: right for 0.72 of new images.*
# * **"unsure"**: clean digits, but a wrong answer is expensive. So you may answer -1,
#   *I don't know*. *Target: answer at least 0.75 of new images, and be right in 0.97
#   of your answers.*
# * **"letters"**: the text of lesson 13. From two letters in a row, say how likely each
#   of the 27 letters comes next. *Target: at most 2.9 bits per letter.*
# * **"labels"**: four questions about a digit at once. Is it even? At least 5? Does it
#   have a loop (0, 6, 8, 9)? Is it prime? *Target: all four right for 0.86 of new
#   images.*

# %% [markdown]
# There are 4,000 training images and 2,000 validation images, or 20,000 and 5,000
# letters. The network of lesson 9, with 64 hidden units, reaches every target. It isn't
# the best that you can do: a shifted digit, for example, could be shifted back.
#
# The columns of y are in the order above. For "letters", a is class 0, z is 25, and the
# space is 26, and x has 27 columns for the first letter and 27 for the second.

# %%
import numpy as np

# %% [show]
from lessons.data.briefs import BRIEFS, load_brief

for brief in BRIEFS:
    (x, y), (x_val, y_val) = load_brief(brief)
    print(f"{brief:8} x {x.shape}  y {y.shape}  mean of y {y.mean(axis=0).round(3)}")

# %% [figure]
import matplotlib.pyplot as plt

(x, y), _ = load_brief("shifted")
fig, axes = plt.subplots(2, 5, figsize=(9, 4.2))
for image, row, ax in zip(x, y, axes.flat, strict=False):
    ax.imshow(image.reshape(28, 28), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(row.argmax())
    ax.axis("off")
fig.suptitle("Ten shifted digits")
fig.set_label(
    "Ten handwritten digits, moved away from the middle and covered with grey noise; "
    "most can still be read."
)
plt.show()

# %% [markdown]
# ## 14a  Before you begin                     (15 points, about 15 minutes)
# A result means little with nothing to compare it to. So write down three things first:
#
# * **brief**: your choice
# * **baseline**: the loss of the best *constant* answer, in nats, to four decimals. It
#   gives every example the same probabilities: the fractions in the training part.
#   Measure its loss there, too.
# * **first loss**: the loss when all logits are 0, to four decimals.
#
# With one-hot rows, the loss is cross-entropy, as in lesson 3. For "labels" it is the
# *sum* of four binary cross-entropies, one for each label. Both are means over examples.

# %% id="14a"
PLAN = {
    "brief": "shifted",  # SOLUTION
    "baseline": 2.3002,  # SOLUTION
    "first loss": 2.3026,  # SOLUTION
}

# %% [markdown]
# ## 14b  A model, and a gradient that you trust   (25 points, about 40 minutes)
# Write two functions. The parameters are a dict of float64 arrays. Its names and shapes
# are up to you, as long as all logits are 0 when all parameters are 0.
#
# `start` returns the parameters before training. `loss_and_gradients` returns the mean
# loss of a batch and a dict with its gradients, with the same names and shapes.
# The grader compares them with centred differences, as you did in lessons 5 and 9.
# Do it yourself first: write the check in a cell of your own.


# %% id="14b"
def start(n_in, n_out, seed):
    """Return the parameters before training: a dict of float64 arrays.

    The same seed gives the same parameters.
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    return {
        "W1": rng.normal(size=(n_in, 64)) * np.sqrt(2 / n_in),
        "b1": np.zeros(64),
        "W2": rng.normal(size=(64, n_out)) * np.sqrt(2 / 64),
        "b2": np.zeros(n_out),
    }
    # END SOLUTION


def loss_and_gradients(x, y, params):
    """Return the mean loss of a batch, a float, and a dict of its gradients.

    x: (n, D).  y: (n, K).  The gradients have the names and the shapes of params.
    """
    # BEGIN SOLUTION
    z1, a, p = forward(x, params)
    losses = -(y * np.log(np.clip(p, 1e-12, 1))).sum(axis=1)
    dz2 = (p - y) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    gradients = {
        "W1": x.T @ dz1,
        "b1": dz1.sum(axis=0),
        "W2": a.T @ dz2,
        "b2": dz2.sum(axis=0),
    }
    return float(losses.mean()), gradients


def forward(x, params):
    """Return the hidden logits, the hidden units and the probabilities."""
    z1 = x @ params["W1"] + params["b1"]
    a = np.maximum(z1, 0)
    z2 = a @ params["W2"] + params["b2"]
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    return z1, a, e / e.sum(axis=1, keepdims=True)
    # END SOLUTION


# %% [show]
(x, y), _ = load_brief(PLAN["brief"])
loss, gradients = loss_and_gradients(
    x[:100], y[:100], start(*x.shape[1:], *y.shape[1:], 0)
)
print(f"loss {loss:.4f}", {name: value.shape for name, value in gradients.items()})

# %% [markdown]
# ## 14c  Train, and answer                    (35 points, about 40 minutes)
# `train` gets both parts of the data. It returns the parameters, and the **curve**: for
# each epoch the loss on the training part and on the validation part. Stop or choose by
# the validation loss, as in lesson 8, and return the parameters of that epoch.
#
# `params[name] -= step` changes the array itself, and with it what `best = params` or
# `best = params.copy()` has kept. `params[name] = params[name] - step` makes a new one.
#
# `predict` returns what your brief asks for:
#
# * "shifted": the digit of each row
# * "unsure": the digit of each row, or -1 if the highest probability is below a limit
#   that you chose on the validation part
# * "letters": 27 probabilities for each row
# * "labels": four zeros and ones for each row
#
# Look at new examples last. The grader draws its own, and you don't know which.


# %% id="14c"
def train(x, y, x_val, y_val, seed):
    """Train, and return the parameters and the curve.

    The curve is a list with a pair for each epoch: (training loss, validation loss).
    """
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    params = start(x.shape[1], y.shape[1], seed)
    curve, best = [], None
    for _ in range(20):
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            rows = order[first : first + 32]
            _, gradients = loss_and_gradients(x[rows], y[rows], params)
            params = {name: params[name] - 0.2 * gradients[name] for name in params}
        losses = [
            loss_and_gradients(x, y, params)[0],
            loss_and_gradients(x_val, y_val, params)[0],
        ]
        curve.append(tuple(losses))
        if best is None or losses[1] < best[0]:
            best = losses[1], params
    return best[1], curve
    # END SOLUTION


def predict(x, params):
    """Return the answers to new examples, in the form that the brief asks for."""
    # BEGIN SOLUTION
    return forward(x, params)[2].argmax(axis=1)
    # END SOLUTION


# %% [figure]
(x, y), (x_val, y_val) = load_brief(PLAN["brief"])
params, curve = train(x, y, x_val, y_val, seed=0)
answers = predict(x_val, params)
fig, ax = plt.subplots()
epochs = range(1, len(curve) + 1)
for losses, part in zip(np.transpose(curve), ("training", "validation"), strict=True):
    ax.plot(epochs, losses, marker=".", label=part)
ax.axhline(PLAN["baseline"], color="gray", linestyle=":", label="baseline")
ax.set_xlabel("epochs")
ax.set_ylabel("loss, in nats")
ax.set_title(f"Your brief: {PLAN['brief']}")
ax.legend()
fig.set_label(
    "Training and validation loss after each epoch, below the baseline of the best "
    "constant answer."
)
plt.show()

# %% [markdown]
# ## 14d  Which examples cost most?            (10 points, about 10 minutes)
# Behind a mean loss there are a few examples that cost a lot. They show what your model
# hasn't understood, or which labels are wrong.
# `costliest` returns the rows of the `count` examples with the highest loss, the most
# expensive one first. `np.argsort(a)` returns the row numbers of a, from its lowest
# value to its highest.


# %% id="14d"
def costliest(x, y, params, count):
    """Return the row numbers of the examples with the highest losses, highest first.

    x: (n, D).  y: (n, K).  Returns count whole numbers.
    """
    # BEGIN SOLUTION
    losses = [
        loss_and_gradients(x[i : i + 1], y[i : i + 1], params)[0] for i in range(len(x))
    ]
    return np.argsort(losses)[::-1][:count]
    # END SOLUTION


# %% [show]
import rich

from grader.pictures import digits

rows = costliest(x_val, y_val, params, 6)
print("row      ", rows)
print("answer   ", [np.round(answers[i], 2).tolist() for i in rows])
print("should be", [np.flatnonzero(y_val[i]).tolist() for i in rows])
if x_val.shape[1] == 784:
    rich.print(digits((255 * x_val[rows]).astype("uint8").reshape(-1, 28, 28)))

# %% [markdown]
# ## 14e  A claim, and where it fails          (15 points, about 20 minutes)
# Say something about your model that is nearly always true, for example "a 1 is always
# recognised" or "a q gets a u". Then look for the example that proves you wrong: a claim
# that was never attacked isn't worth much.
#
# `claim` returns True for each example for which your claim holds. It has to hold for at
# least 0.9 of new examples, but not for all. If it is only about the ones, say, return
# True for all other digits: `~is_one | is_right`. (For arrays of bools, `~` is *not* and
# `|` is *or*.) `counterexample` returns a row for which it doesn't hold. y has the
# correct rows, and answers is what `predict` returned.


# %% id="14e"
def claim(x, y, answers):
    """Return for each example whether the claim holds.  Returns (n,) bools."""
    # BEGIN SOLUTION
    is_one = y[:, 1] == 1
    return ~is_one | (answers == 1)  # a 1 is always recognised
    # END SOLUTION


def counterexample(x, y, answers):
    """Return the row of an example for which the claim doesn't hold, an int."""
    # BEGIN SOLUTION
    return int(np.flatnonzero(~claim(x, y, answers))[0])
    # END SOLUTION


# %% [show]
holds = claim(x_val, y_val, answers)
row = counterexample(x_val, y_val, answers)
print(f"holds for {holds.mean():.4f} of {len(holds)} examples, but not for row {row}")

# %% [markdown]
# ## Write it up                               (no points)
# Half a page is enough: what you chose, the baseline and your result side by side, the
# curve, what the costliest examples have in common, the claim and its counterexample.
# Show it to somebody, who reads it with these questions (docs/project.md has them as a
# rubric):
#
# 1. Could I repeat it? Are data, model, rate and epochs stated?
# 2. Is there a number to compare with, and was it written down first?
# 3. Was anything chosen on examples that were counted afterwards?
# 4. What doesn't the model do, and does the text say so?

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## The end
# You have chosen a question, a loss and a baseline, checked a gradient, trained, and
# looked for what is wrong with your own result. The steps are the same with a thousand
# parameters and with a trillion. Only the computers are larger.
#
# `uv run invoke grade lesson14` says how well it went.
