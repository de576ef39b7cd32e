# %% [markdown]
# # Lesson 11  Better steps, and what you can do now
# 85 minutes. Needs: lesson 9. Everything you need from it is here.
# Three cells show Keras and need TensorFlow. What you write needs only NumPy.
#
# First you see that your network and Keras compute the same thing. Then you work on
# three of the steps that Keras offers, and on one trick of training.
# After that the course is over, and you look at what you can do.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. What does one step of gradient descent do to a weight?
# 2. Which images may decide which learning rate is best?
# 3. Which optimizer did lesson 7 pass to `compile`?

# %%
import numpy as np

# %% [markdown]
# ## From lesson 9, solved for you


# %%
def prepare(images):
    """Images as rows of numbers from 0 to 1.  (n, 28, 28) uint8 -> (n, 784) float32."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Labels as rows with a single 1.  (n,) -> (n, k)."""
    return np.eye(k)[labels]


def cross_entropy(y, p):
    """Mean cross-entropy, in nats.  y, p: (n, K)."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


def init(sizes, seed):
    """The parameters at the start."""
    rng = np.random.default_rng(seed)
    n_in, n_hidden, n_out = sizes
    return {
        "W1": rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in),
        "b1": np.zeros(n_hidden),
        "W2": rng.normal(size=(n_hidden, n_out)) * np.sqrt(2 / n_hidden),
        "b2": np.zeros(n_out),
    }


def forward(x, params):
    """Run a batch through the network; returns z1, a and p."""
    z1 = x @ params["W1"] + params["b1"]
    a = np.maximum(z1, 0)
    z2 = a @ params["W2"] + params["b2"]
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    return z1, a, e / e.sum(axis=1, keepdims=True)


def backward(x, y, params, z1, a, p):
    """The gradients of the mean loss of a batch, under the keys of params."""
    dz2 = (p - y) / len(x)
    dz1 = (dz2 @ params["W2"].T) * (z1 > 0)
    return {
        "W1": x.T @ dz1,
        "b1": dz1.sum(axis=0),
        "W2": a.T @ dz2,
        "b2": dz2.sum(axis=0),
    }


# %% [markdown]
# ## Your network and Keras compute the same thing
# See it for yourself. Take a Keras network, and put **its** weights into **your**
# functions. `get_weights` returns four arrays, in the order W1, b1, W2, b2.
#
# * your `forward` against its `predict`
# * your `backward` against `GradientTape`, which is how TensorFlow computes a gradient:
#   it records each operation on the way forward, and goes back through its record
#
# Keras computes in float32, which has 7 digits. So the two may differ by 1e-6 or so.

# %% [show]
import keras
import tensorflow as tf

from lessons.data import load_data

(images, labels), _ = load_data()
x, y = prepare(images[:128]), one_hot(labels[:128])
keras.utils.set_random_seed(10)
theirs = keras.Sequential(
    [
        keras.Input((784,)),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
params = dict(zip(("W1", "b1", "W2", "b2"), theirs.get_weights(), strict=True))
z1, a, p = forward(x, params)
print(f"p    differs by {np.abs(p - theirs.predict(x, verbose=0)).max():.0e} at most")

with tf.GradientTape() as tape:
    losses = keras.losses.categorical_crossentropy(y.astype("float32"), theirs(x))
    loss = tf.reduce_mean(losses)
grads = backward(x, y, params, z1, a, p)
taped = tape.gradient(loss, theirs.trainable_variables)
for (name, yours), its in zip(grads.items(), taped, strict=True):
    print(f"d{name}  differs by {np.abs(yours - its.numpy()).max():.0e} at most")

# %% [markdown]
# ## What is left to explain: the step
# So the gradients are the same. But `compile` got "rmsprop" instead of a plain step.
# A plain step has two weak points.
#
# * In a narrow valley the gradient points across it, and hardly along it. The steps
#   zigzag, and make slow progress.
# * One learning rate serves all weights. Some have large gradients, some have tiny ones.
#
# Momentum helps with the first, RMSprop with the second. Adam does both.

# %% [markdown]
# ## Momentum
# Let the weight roll like a ball. It has a velocity v, and keeps a fraction beta of it.
# The gradient then pushes it downhill:
#
#     $v = beta v - lr g$        beta is usually 0.9
#     $w = w + v$
#
# In v, a zigzag mostly cancels and steady motion adds up: with a gradient that stays
# the same, v goes to $-lr g / (1 - beta)$, which is 10 plain steps.

# %% [markdown]
# ## 11a  Momentum                             (15 points, about 9 minutes)
# Write one step for an array w of any shape, its gradient g and its velocity v.
# Return the new w **and** the new v: the next step needs it.
# From $w = 1$, $g = 2$, $v = 0$ with lr = 0.1: v = -0.2 and w = 0.8.
# With the same g once more: v = -0.38 and w = 0.42.


# %% id="11a"
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    """One step with momentum.  w, g, v: arrays of one shape.  Returns w, v."""
    # BEGIN SOLUTION
    v = beta * v - lr * g
    return w + v, v
    # END SOLUTION


# %% [show]
w, v = np.array([1.0]), np.array([0.0])
for _ in range(3):
    w, v = momentum_step(w, np.array([2.0]), v, lr=0.1)
    print("w", w, " v", v)

# %% [markdown]
# ## RMSprop
# Give each weight its own learning rate: lr, divided by the usual size of its
# gradient. That size is the root of a running mean of $g^2$. (RMS: root mean square.)
#
#     $s = rho s + (1 - rho) g^2$        rho is 0.9
#     $w = w - lr g / sqrt(s + eps)$     eps is 1e-7
#
# eps prevents a division by 0. A running mean forgets: after ten steps, the fraction
# $0.9^10 = 0.35$ of a gradient is left. If g stays the same, s becomes $g^2$, and each
# step has the length lr, whatever g is.

# %% [markdown]
# ## 11b  RMSprop: find the bug                (20 points, about 12 minutes)
# From $w = 1$, $g = 2$, $s = 0$ with lr = 0.1, one step should give
# s = 0.4 and w = 0.683772. The function below gives the right s, and w = -631.455532.
#
# A network that trains with it is ruined by its first step, and no error is raised.
# Find the bug and fix it. (Keras puts eps under the root here, and so do we. PyTorch
# adds it to the root, as `train` in lessons 10 and 12 does. The two differ only for
# gradients so small that eps matters.)


# %% id="11b"
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    """One step of RMSprop.  w, g, s: arrays of one shape.  Returns w, s."""
    # BEGIN SOLUTION
    s = rho * s + (1 - rho) * g**2
    return w - lr * g / np.sqrt(s + eps), s
    # GIVEN
    # step = lr * g / np.sqrt(s + eps)
    # s = rho * s + (1 - rho) * g**2
    # return w - step, s
    # END SOLUTION


# %% [show]
w, s = np.array([1.0]), np.array([0.0])
for _ in range(3):
    w, s = rmsprop_step(w, np.array([2.0]), s, lr=0.1)
    print("w", w, " s", s)

# %% [markdown]
# ## Adam
# Adam keeps two running means: m of the gradients, as momentum does, and v of their
# squares, as RMSprop does.
#
#     $m = beta1 m + (1 - beta1) g$        beta1 is 0.9
#     $v = beta2 v + (1 - beta2) g^2$      beta2 is 0.999
#
# Both start at 0, and so they are too small at first. After t steps the weights in such a
# mean add up to only $1 - beta^t$, so divide by that:
#
#     $m_hat = m / (1 - beta1^t)$
#     $v_hat = v / (1 - beta2^t)$
#     $w = w - lr m_hat / (sqrt(v_hat) + eps)$

# %% [markdown]
# ## Why the division matters
# Take the first step, $t = 1$, with $g = 2$. Then m = 0.2 and v = 0.004.
# Divided, they are 2 and 4, and the step is $lr * 2 / 2$, which is lr.
# Without the division it is $lr * 0.2 / 0.063246$, more than three times as long:
# v is the slow one, and needs about a thousand steps where m needs ten.

# %% [markdown]
# ## 11c  Adam: find the bug                   (20 points, about 13 minutes)
# With $g = 2$ in every step and lr = 0.1, each step should be 0.1 long: from w = 1 to
# 0.9, then to 0.8. The first step of the function below is right, so the bug is easily
# overlooked. The second one goes to 0.876468.
#
# t counts the steps from 1. Here eps is outside of the root. Find the bug and fix it.


# %% id="11c"
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    """Step number t of Adam, t = 1, 2, ...  Arrays of one shape.  Returns w, m, v."""
    # BEGIN SOLUTION
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return w - lr * m_hat / (np.sqrt(v_hat) + eps), m, v
    # GIVEN
    # m = beta1 * m + (1 - beta1) * g
    # v = beta2 * v + (1 - beta2) * g**2
    # m = m / (1 - beta1**t)
    # v = v / (1 - beta2**t)
    # return w - lr * m / (np.sqrt(v) + eps), m, v
    # END SOLUTION


# %% [show]
w, m, v = np.array([1.0]), np.array([0.0]), np.array([0.0])
for t in (1, 2, 3):
    w, m, v = adam_step(w, np.array([2.0]), m, v, t, lr=0.1)
    print("w", w)

# %% [markdown]
# ## The same steps as Keras
# The next cell gives your three steps and Keras's three optimizers the same gradients,
# five times. They differ by rounding in float32, about 1e-7.

# %% [show]
rng = np.random.default_rng(10)
gradients = rng.normal(size=(5, 4))
for name, step, its, count in (
    ("momentum", momentum_step, keras.optimizers.SGD(0.01, momentum=0.9), 1),
    ("RMSprop", rmsprop_step, keras.optimizers.RMSprop(0.001), 1),
    ("Adam", adam_step, keras.optimizers.Adam(0.001), 2),
):
    # Arrays of their own: a step may change m in place, and v is another one.
    w, state = np.ones(4), [np.zeros(4) for _ in range(count)]
    variable = keras.Variable(w)
    for t, g in enumerate(gradients, 1):
        w, *state = step(w, g, *state, *([t] if name == "Adam" else []))
        its.apply([keras.ops.convert_to_tensor(g, "float32")], [variable])
    apart = np.abs(w - variable.value.numpy()).max()
    print(f"{name:<9} differs by {apart:.0e} after five steps")

# %% [markdown]
# ## 11d  How long is a step?                  (15 points, about 9 minutes)
# Two weights have the gradients 2 and 0.02 in every step. Everything that is kept starts
# at 0, and lr is 0.1. Work out how far each step moves, to two decimals at least, before
# you run the cell below.
#
# * **RMSprop, g = 2** and **RMSprop, g = 0.02**: the first step
# * **Adam, g = 0.02**: the first step
# * **momentum, g = 2**: the step after very many steps

# %% id="11d"
PREDICT = {
    "RMSprop, g = 2": 0.316,  # SOLUTION
    "RMSprop, g = 0.02": 0.316,  # SOLUTION
    "Adam, g = 0.02": 0.1,  # SOLUTION
    "momentum, g = 2": 2.0,  # SOLUTION
}

# %% [show] reveals="11d"
g, zero = np.array([2.0, 0.02]), np.zeros(2)
print("plain   ", 0.1 * g)
print("RMSprop ", -rmsprop_step(zero, g, zero, lr=0.1)[0])
print("Adam    ", -adam_step(zero, g, zero, zero, 1, lr=0.1)[0])
v = zero
for _ in range(200):
    _, v = momentum_step(zero, g, v, lr=0.1)
print("momentum", -v, "after 200 steps")

# %% [markdown]
# ## Three paths down one valley
# The loss here is $(w1^2 + 200 w2^2) / 2$: steep across, flat along. Each path takes 80
# steps down from $(-4, 0.5)$, and the lowest point is $(0, 0)$. Which path do you expect
# to zigzag, and which one to end lowest?

# %% [figure]
import matplotlib.pyplot as plt

steepness, start = np.array([1.0, 200.0]), np.array([-4.0, 0.5])
paths = {
    "plain, lr 0.0095": [start],
    "momentum, lr 0.01": [start],
    "Adam, lr 0.3": [start],
}
plain, rolling, adam = paths.values()
v, m, squares = np.zeros(2), np.zeros(2), np.zeros(2)
for t in range(1, 81):
    plain.append(plain[-1] - 0.0095 * steepness * plain[-1])
    w, v = momentum_step(rolling[-1], steepness * rolling[-1], v, lr=0.01)
    rolling.append(w)
    g = steepness * adam[-1]
    w, m, squares = adam_step(adam[-1], g, m, squares, t, lr=0.3)
    adam.append(w)

fig, axes = plt.subplots(2, 2, figsize=(9, 6.4), layout="constrained")
*valleys, falling = axes.flat
w1, w2 = np.meshgrid(np.linspace(-4.5, 2.5, 100), np.linspace(-0.65, 0.65, 100))
levels = np.geomspace(0.1, 40, 10)
for number, (name, path) in enumerate(paths.items()):
    color, path = f"C{number}", np.array(path)
    ax, losses = valleys[number], path**2 @ steepness / 2
    ax.contour(w1, w2, (w1**2 + 200 * w2**2) / 2, levels, colors="lightgray")
    ax.plot(*path[:41].T, ".-", color=color, linewidth=1)
    ax.set_title(f"{name}: 40 steps", fontsize=10)
    ax.set_xlabel("weight w1")
    ax.set_ylabel("weight w2")
    falling.semilogy(losses, color=color, label=name)
    print(f"{name:18} loss after 20, 40 and 80 steps:", losses[[20, 40, 80]].round(3))
falling.set_title("The loss of each path", fontsize=10)
falling.set_xlabel("step")
falling.set_ylabel("loss")
falling.legend(fontsize=8)
fig.set_label(
    "Three paths in a narrow valley. The plain one zigzags across it and gets only a "
    "third of the way along it; momentum and Adam swing, and reach the lowest point. "
    "A fourth plot shows their losses over 80 steps: the plain one falls slowly, the "
    "other two end hundreds of times lower."
)
plt.show()

# %% [markdown]
# ## What the paths show
# Across the valley, each plain step multiplies w2 by $1 - 200 lr = -0.9$: a zigzag. With
# lr above 0.01 it would grow, so the rate has to be this small. Along the valley it is
# too small: each step takes less than one hundredth off w1.
#
#     loss after        20       40       80 steps
#     plain          5.830    3.733    1.737
#     momentum       0.547    0.848    0.003
#     Adam           1.401    0.225    0.001
#
# Momentum adds up the small steps along the valley, and is past its lowest point before
# step 40. It zigzags too, so its loss goes up and down.

# %% [markdown]
# ## Five kinds of steps on a network
# This is lesson 9's network again, with five kinds of steps. It learns 4,000 images for
# 5 epochs, with the validation loss after each. This takes some ten seconds.


# %%
def losses_by_epoch(step, x, y, x_val, y_val, epochs=5, seed=0):
    """The validation loss after each epoch, before the first one too.

    step(w, g, state, t) returns the new w and the new state, a tuple.
    """
    rng = np.random.default_rng(seed)
    params, states, t = init((784, 64, 10), seed), {}, 0
    losses = [cross_entropy(y_val, forward(x_val, params)[2])]
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            rows = order[first : first + 32]
            grads = backward(x[rows], y[rows], params, *forward(x[rows], params))
            t += 1
            for name, g in grads.items():
                state = states.get(name, (np.zeros_like(g), np.zeros_like(g)))
                params[name], states[name] = step(params[name], g, state, t)
        losses.append(cross_entropy(y_val, forward(x_val, params)[2]))
    return losses


def adam_with(w, g, state, t):
    """A step of Adam, with m and v in a tuple."""
    w, *state = adam_step(w, g, *state, t)
    return w, state


def rmsprop_with(w, g, state, t):
    """A step of RMSprop, with s in a tuple."""
    w, s = rmsprop_step(w, g, state[0])
    return w, (s,)


def momentum_with(w, g, state, t):
    """A step with momentum, with v in a tuple."""
    w, v = momentum_step(w, g, state[0])
    return w, (v,)


# %% [figure]
x, y = prepare(images[:4000]).astype(float), one_hot(labels[:4000])
x_val, y_val = prepare(images[4000:9000]).astype(float), one_hot(labels[4000:9000])
fig, ax = plt.subplots()
for name, step in {
    "plain, lr 0.01": lambda w, g, state, t: (w - 0.01 * g, state),
    "plain, lr 0.2": lambda w, g, state, t: (w - 0.2 * g, state),
    "momentum, lr 0.01": momentum_with,
    "RMSprop, lr 0.001": rmsprop_with,
    "Adam, lr 0.001": adam_with,
}.items():
    curve = losses_by_epoch(step, x, y, x_val, y_val)
    ax.semilogy(range(1, len(curve)), curve[1:], ".-", label=name)
    print(f"{name:18} {curve[-1]:.3f} after 5 epochs")
ax.set_xlabel("epoch")
ax.set_ylabel("validation loss (nats, logarithmic)")
ax.minorticks_off()
ax.set_xticks(range(1, 6))
ax.set_yticks(ticks := [0.3, 0.4, 0.5, 0.7, 1, 1.5], map(str, ticks))
ax.set_title("Five kinds of steps, one network")
ax.legend()
fig.set_label(
    "Five falling curves of the validation loss: the plain step with lr 0.01 falls "
    "slowest, the other four end close together."
)
plt.show()

# %% [markdown]
# ## What the optimizers gain
# This is the mean over 20 seeds: the accuracy after 5 epochs, on
# 10,000 validation images. Each lr is the Keras default, except for the last one:
#
#     step        plain   momentum   RMSprop    Adam     plain
#     lr           0.01     0.01      0.001    0.001      0.2
#     accuracy   0.8501   0.9022     0.9086   0.9088   0.9149
#
# The last column is lesson 9's step: with the right rate, a plain one does even better.
# But we had to search for that 0.2. RMSprop and Adam come close without a search.

# %% [markdown]
# ## Dropout
# Your network learned its 4,000 images by heart. One remedy is dropout: during training,
# switch off each hidden unit at random, with probability `rate`. Draw again for each
# image. Then no unit can rely on any single other unit: each has to be useful on its own.
#
# * The units that are kept are divided by 1 - rate, so each number stays the same on
#   average. With rate = 0.25, a 3 becomes 0 or 4.
# * At prediction, every unit is on, and nothing is scaled.
# * The same seed drops the same units; another seed drops others.
#
# This is called **inverted** dropout, and it is what Keras does.


# %%
def dropout(a, rate, training, seed):
    """Inverted dropout.  a: (n, n_hidden).  rate: the fraction dropped, below 1.

    training: whether the network is being trained.  Returns an array like a.
    """
    if not training:
        return a
    kept = np.random.default_rng(seed).random(a.shape) >= rate
    return a * kept / (1 - rate)


# %% [show]
print(dropout(np.full((3, 8), 3.0), rate=0.25, training=True, seed=1))

# %% [pytest]
import pytest


@pytest.fixture
def drop():
    """Return the function to test."""
    return dropout


# %% [markdown]
# ## 11e  Tests for something random           (20 points, about 20 minutes)
# How do you test a function that draws random numbers? Not by its exact answer: another
# right dropout may drop other units. Test what is true of every dropout.
#
# Write tests, as in 3f: functions `test_...` that take `drop`, which the cell above makes
# a fixture. They call `drop(a, rate, training, seed)`, and assert what the answer has to
# be if it comes from inverted dropout. `uv run invoke pytest 11e` runs them. Two right
# functions have to pass all tests, and at least seven of nine wrong ones have to fail
# one. With a large `a`, such as 200 images and 50 units of ones, a fraction hardly
# varies: for rate = 0.3 it is between 0.28 and 0.32.


# %% id="11e"
def test_at_prediction(drop):
    """At prediction, every unit is on, and nothing is scaled."""
    # BEGIN SOLUTION
    a = np.full((200, 50), 3.0)
    assert np.array_equal(drop(a, 0.3, False, 1), a)


def test_in_training(drop):
    """About the fraction rate is dropped, and the rest is divided by 1 - rate."""
    out = drop(np.full((200, 50), 3.0), 0.3, True, 1)
    dropped = out == 0
    assert abs(dropped.mean() - 0.3) < 0.02
    assert np.allclose(out[~dropped], 3 / 0.7)


def test_each_unit_by_itself(drop):
    """Neither all images nor all units are dropped together."""
    dropped = drop(np.ones((200, 50)), 0.3, True, 1) == 0
    assert (dropped != dropped[0]).any()
    assert (dropped != dropped[:, :1]).any()


def test_the_seed(drop):
    """The same seed drops the same units."""
    a = np.ones((200, 50))
    assert np.array_equal(drop(a, 0.3, True, 1), drop(a, 0.3, True, 1))
    # END SOLUTION


# More tests: what is true in training, of rows and columns, and of the seed?


# %% [markdown]
# ## What dropout gains
# We trained lesson 9's network with Adam, for 20 epochs and with 20 seeds, without
# dropout and with it. These are the means:
#
#     rate                       0      0.2
#     training loss           0.0178  0.0302
#     validation loss         0.2999  0.2636
#     validation accuracy     0.9234  0.9272
#
# It knows its training images less well and other images better. So it learned less by
# heart.

# %% [markdown]
# ## 11f  Choose, and find the flaw             (10 points, about 8 minutes)
# Answer each with one letter, and then write one sentence, which the grader can't judge.
#
# **first try**: a new network, an hour, no known learning rate. Which optimizer do you
# start with?
#
# * a) a plain one with lr = 0.2, which was best in the table
# * b) Adam or RMSprop with the default rate
# * c) a plain one with lr = 0.01, which cannot do any harm
#
# **to and fro**: the training loss jumps up and down from step to step. What do you try
# first?
#
# * a) a smaller learning rate
# * b) more hidden units
# * c) more epochs

# %% [markdown]
# **the flaw**: a friend explains the dropout of this lesson in four sentences. One of
# them is false. Which one?
#
# * a) In each step, hidden units are drawn anew for every image of the batch.
# * b) The units that are kept are divided by 1 - rate, so that each hidden number is the
#   same on average.
# * c) So the training loss is the same on average, too: dropout neither raises nor lowers
#   it.
# * d) During prediction nothing is random, so an image gets the same answer each time.
#
# **in one sentence**: a friend says that Adam is always better. What do you answer?

# %% id="11f"
CHOICE = {
    "first try": "b",  # SOLUTION
    "to and fro": "a",  # SOLUTION
    "the flaw": "c",  # SOLUTION
    "in one sentence": "Try a plain step with a good rate, and compare on validation images.",  # SOLUTION
}

# %% [markdown]
# ## Keep a network
# Keras saves a trained network in one `.keras` file. It is a zip file that contains the
# layers as text and all the weights. If the network is compiled, the file also contains
# the optimizer and its state, such as m and v. So training can go on where it stopped.
# Open only files from people you trust: a network may contain code.

# %% [show]
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "digits.keras"
    theirs.save(file)
    again = keras.saving.load_model(file)
    same = np.array_equal(
        theirs.predict(x[:9], verbose=0), again.predict(x[:9], verbose=0)
    )
    print(f"{file.name}: {file.stat().st_size:,} bytes, the same answers: {same}")

# %% [markdown]
# ## What you can do now
# * You work out a loss on paper, and say in nats what a prediction costs.
# * You derive its gradient, and have every line checked.
# * You make it survive logits of any size, and trust a gradient only after a check.
# * You build a network, count its parameters, and know its first loss in advance.
# * You train it, choose on validation images, and use the test images once.
# * You change the loss when the question changes, and know what you gain.
# * You can write all of it in NumPy: forward, backward, and the steps of this lesson.

# %% [markdown]
# ## Where this came from
# The course follows a short blog page about Keras, *Tensorflow and NN*. (We know
# neither who wrote it nor its address; its own sources are linked below.) It contains
# the lines of lesson 7, and says what Keras is for: you choose the layers, the loss and
# the step, and Keras does the computing. You know these computations now, so you know
# what you leave to it.
#
# A friend had shown the author the mathematics of the loss, and two pictures of it were
# on the page. They are lost. Lessons 3 and 4 are our way of drawing them again. When a
# friend asks you, take a sheet of paper, and begin with three numbers.

# %% [markdown]
# The page links to an article about satellite images. Suppose that you look for ships in
# such images. Ships are rare in so much water, as the eights were in lesson 10: a network
# that always answers "water" is nearly always right, and finds none. You know what to do
# about it.
#
# The page's last words are: to be continued. That was your part, and it still is.

# %% [markdown]
# ## Where to go next
# * **Convolutions.** Your network doesn't know which pixels are neighbours: shuffle the
#   784 columns, and it learns just as well. A `Conv2D` layer knows, and finds a stroke
#   wherever it is. Give it images of shape (28, 28, 1), put two such layers and a
#   `Flatten` before lesson 7's two layers, and train.
# * **Autodiff.** You wrote `backward` for two layers. Write it once for `+`, `*`, `exp`
#   and `log`, let each number remember how it was made, and every formula has a gradient.
#   A hundred lines are enough. GradientTape does that for arrays.
# * **Real pictures.** Photograph your own digits, and make them 28 x 28, white on
#   black. You will probably get more of them wrong. Finding out why is most of the work
#   of people who do this for a living.
# * **Calibration.** Can you believe a network that says 0.9? Lesson 12 is about that. It
#   is optional.

# %% [markdown]
# ## Say it in one sentence                     (no points)
# Somebody asks what a neural network does when it learns. What do you answer?
# Say it aloud before you read on.
#
# Ours: it asks for every weight how the loss would change, and takes a small step down.

# %% [markdown]
# ## Further reading
# * Adam, Kingma and Ba (2014): <https://arxiv.org/abs/1412.6980>
# * Dropout, Srivastava and others (2014):
#   <https://jmlr.org/papers/v15/srivastava14a.html>
# * Optimizers in *Dive into Deep Learning*: <https://d2l.ai/chapter_optimization/>
# * The optimizers of Keras: <https://keras.io/api/optimizers/>
#
# The sources of the blog page:
#
# * Keras: <https://keras.io>
# * *Deep Learning with Python* by Chollet (Manning), and its first notebook:
#   <https://github.com/fchollet/deep-learning-with-python-notebooks/blob/master/2.1-a-first-look-at-a-neural-network.ipynb>
# * the article about satellite images, linked at the end of lesson 10

# %% [markdown]
# ## Answers to the three questions
# 1. It subtracts the learning rate times the gradient: $w - lr g$.
# 2. Validation images: neither those you train on, nor those you keep for the test.
# 3. rmsprop. Now you know what it does.
#
# `uv run invoke grade lesson11` says how well it went. That was the last lesson of the
# course. Lessons 12 to 14 are there if you want more.
