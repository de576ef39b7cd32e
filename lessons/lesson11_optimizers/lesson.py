# To run this page, cell by cell:  uv run invoke run lesson11
# To have it graded:               uv run invoke grade lesson11
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson11")

# %% [markdown]
# # Lesson 11  Better steps, and what you can do now
# 35 minutes. Needs: lesson 9. What you use of it is here.
# Three cells show Keras, and need TensorFlow. What you write is numpy alone.
#
# This is the last lesson. First you see that your network and Keras do the same sums.
# Then you write three of the steps that Keras offers, and one trick of training.
# After that the course is over, and you look at what you can do.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. What does one step of gradient descent do to a weight?
# 2. Of which photos may you ask which learning rate is best?
# 3. Which optimizer did lesson 7 hand to `compile`?

# %%
import numpy as np

# %% [markdown]
# ## From lesson 9, solved for you


# %%
def prepare(images):
    """Photos as rows of numbers from 0 to 1.  (n, 28, 28) uint8 -> (n, 784) float32."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Labels as rows with a single 1.  (n,) -> (n, k)."""
    return np.eye(k)[labels]


def cross_entropy(y, p):
    """Mean cross-entropy, in nats.  y, p: (n, k)."""
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
# ## Your network and Keras do the same sums
# You can see it. Take a network of Keras, and put **its** weights into **your**
# functions. `get_weights` hands over four arrays, in the order W1, b1, W2, b2.
#
# * your `forward` against its `predict`
# * your `backward` against `GradientTape`, which is how TensorFlow takes a gradient:
#   it writes down each sum on the way forward, and goes back through its notes
#
# Keras counts in float32, which keeps 7 digits. So the two may differ by 1e-6 or so.

# %%
if __name__ == "__main__":
    import keras
    import tensorflow as tf

    from lessons.data import load_data

    (photos, labels), _ = load_data()
    x, y = prepare(photos[:128]), one_hot(labels[:128])
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
    print(
        f"p    differs by {np.abs(p - theirs.predict(x, verbose=0)).max():.0e} at most"
    )

    with tf.GradientTape() as tape:
        losses = keras.losses.categorical_crossentropy(y.astype("float32"), theirs(x))
        loss = tf.reduce_mean(losses)
    grads = backward(x, y, params, z1, a, p)
    taped = tape.gradient(loss, theirs.trainable_variables)
    for (name, yours), its in zip(grads.items(), taped, strict=True):
        print(f"d{name}  differs by {np.abs(yours - its.numpy()).max():.0e} at most")

# %% [markdown]
# ## What is left to explain: the step
# So the sums are the same. But `compile` was given "rmsprop", and not a plain step.
# A plain step has two weak points.
#
# * In a narrow valley the gradient points across, and hardly along. The steps go to and
#   fro, and get on slowly.
# * One rate serves all weights. Some have large gradients, some have tiny ones.
#
# Momentum mends the first, RMSprop the second. Adam does both.

# %% [markdown]
# ## Momentum
# Let the weight roll like a ball. It has a velocity v, and keeps a share beta of it.
# The gradient then pushes it downhill:
#
#     $v = beta v - lr g$        beta is 0.9 as a rule
#     $w = w + v$
#
# What goes to and fro cancels out in v. What points the same way adds up: with a
# gradient that stays the same, v goes to -lr g / (1 - beta), which is 10 plain steps.

# %% [markdown]
# ## 11a  Momentum                             (20 points, about 5 minutes)
# Write one step for an array w of any shape, its gradient g, and its velocity v.
# Return the new w **and** the new v: the next step needs it.
# From w = 1, g = 2, v = 0 with lr = 0.1: v = -0.2 and w = 0.8.
# With the same g once more: v = -0.38 and w = 0.42.


# %% id="11a"
def momentum_step(w, g, v, lr=0.01, beta=0.9):
    """One step with momentum.  w, g, v: arrays of one shape.  Returns w, v."""
    raise NotImplementedError("11a")


# %%
if __name__ == "__main__":
    w, v = np.array([1.0]), np.array([0.0])
    for _ in range(3):
        w, v = momentum_step(w, np.array([2.0]), v, lr=0.1)
        print("w", w, " v", v)

# %% [markdown]
# ## RMSprop
# Give each weight a rate of its own: lr, divided by the usual size of its gradient.
# The usual size is the root of a running mean of g^2. (RMS: root mean square.)
#
#     $s = rho s + (1 - rho) g^2$        rho is 0.9
#     $w = w - lr g / sqrt(s + eps)$     eps is 1e-7
#
# eps is there so that nothing is divided by 0. A running mean forgets: of what came ten
# steps ago, 0.9^10 = 0.35 is left. When g stays the same, s becomes g^2, and each step
# is lr long, whatever g is.

# %% [markdown]
# ## 11b  RMSprop                              (20 points, about 5 minutes)
# Write one step, and return the new w and the new s.
# Use the new s for the step. Keras puts eps under the root here; do so as well.
# From w = 1, g = 2, s = 0 with lr = 0.1: s = 0.4 and w = 0.683772.


# %% id="11b"
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    """One step of RMSprop.  w, g, s: arrays of one shape.  Returns w, s."""
    raise NotImplementedError("11b")


# %%
if __name__ == "__main__":
    w, s = np.array([1.0, 1.0]), np.zeros(2)
    for _ in range(3):
        w, s = rmsprop_step(w, np.array([2.0, 0.002]), s, lr=0.1)
        print("w", w)  # a gradient a thousand times smaller, and hardly shorter steps

# %% [markdown]
# ## Adam
# Adam keeps two running means: m of the gradients, as momentum does, and v of their
# squares, as RMSprop does.
#
#     $m = beta1 m + (1 - beta1) g$        beta1 is 0.9
#     $v = beta2 v + (1 - beta2) g^2$      beta2 is 0.999
#
# Both begin at 0, and a mean that begins at 0 is too small at first. After t steps it
# holds only 1 - beta^t of what it should, so divide by that:
#
#     $m_hat = m / (1 - beta1^t)$
#     $v_hat = v / (1 - beta2^t)$
#     $w = w - lr m_hat / (sqrt(v_hat) + eps)$

# %% [markdown]
# ## Why the division matters
# Take the first step, t = 1, with g = 2. Then m = 0.2 and v = 0.004.
# Divided, they are 2 and 4: the step is lr 2 / 2, which is lr.
# Undivided it is lr 0.2 / 0.063246, more than three times as long.
# v is the slow one: it has to wait for a thousand steps, and m for ten.

# %% [markdown]
# ## 11c  Adam                                 (35 points, about 8 minutes)
# Write one step. t counts the steps from 1. Return w, m and v, with m and v
# **undivided**, as the next step takes them. Here eps stands outside the root.


# %% id="11c"
def adam_step(w, g, m, v, t, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-7):
    """Step number t of Adam, t = 1, 2, ...  Arrays of one shape.  Returns w, m, v."""
    # 1 the two running means   2 divide for the young   3 step
    raise NotImplementedError("11c")


# %% [markdown]
# ## The same steps as Keras
# The next cell gives your three steps and Keras's three optimizers the same gradients,
# five times. They differ by what float32 rounds off, about 1e-7.

# %%
if __name__ == "__main__":
    rng = np.random.default_rng(10)
    slopes = rng.normal(size=(5, 4))
    for name, step, its, count in (
        ("momentum", momentum_step, keras.optimizers.SGD(0.01, momentum=0.9), 1),
        ("RMSprop", rmsprop_step, keras.optimizers.RMSprop(0.001), 1),
        ("Adam", adam_step, keras.optimizers.Adam(0.001), 2),
    ):
        # Arrays of their own: a step may change m in place, and v is another one.
        w, state = np.ones(4), [np.zeros(4) for _ in range(count)]
        variable = keras.Variable(w)
        for t, g in enumerate(slopes, 1):
            w, *state = step(w, g, *state, *([t] if name == "Adam" else []))
            its.apply([keras.ops.convert_to_tensor(g, "float32")], [variable])
        apart = np.abs(w - variable.value.numpy()).max()
        print(f"{name:<9} differs by {apart:.0e} after five steps")

# %% [markdown]
# ## What they buy
# I trained lesson 9's network with each, for 5 epochs, with 20 seeds, and counted on
# photos held back. lr is what Keras takes when you say nothing:
#
#     step        plain   momentum   RMSprop    Adam     plain
#     lr           0.01     0.01      0.001    0.001      0.2
#     accuracy   0.8501   0.9022     0.9086   0.9088   0.9149
#
# The last column is lesson 9's step: with the right rate a plain one is even better.
# But somebody had to look for that 0.2, and RMSprop and Adam come near it without.

# %% [markdown]
# ## Dropout
# Your network learned its 4,000 photos by heart. One remedy: while it trains, switch off
# each hidden unit by chance, with probability `rate`, anew for each photo.
# Then no unit can rely on one other unit, and each has to be of use by itself.
#
# What is kept is divided by 1 - rate. So each number is on average what it was,
# and at prediction there is nothing to make up for: every unit is on, and that is all.
# This way round it is called **inverted** dropout. Keras does it so.

# %% [markdown]
# ## 11d  Dropout                              (25 points, about 6 minutes)
# Drop entries of a while training, and return a as it is otherwise.
# Draw from the seed: `np.random.default_rng(seed)` has `.random(shape)`, from 0 to 1.
# With rate = 0.25, a 3 becomes 0 or 4.


# %% id="11d"
def dropout(a, rate, training, seed):
    """Inverted dropout.  a: (n, n_hidden).  rate: the share dropped, below 1.

    training: whether the network is being trained.  Returns an array like a.
    """
    raise NotImplementedError("11d")


# %%
if __name__ == "__main__":
    print(dropout(np.full((3, 8), 3.0), rate=0.25, training=True, seed=1))
    many = dropout(np.full((1000, 64), 3.0), rate=0.25, training=True, seed=1)
    print(f"the mean of many: {many.mean():.3f}")

# %% [markdown]
# ## What dropout buys
# I trained lesson 9's network with Adam, 20 epochs and 20 seeds, without dropout and with
# it. These are the means:
#
#     rate                     0      0.2
#     loss, trained with    0.0178  0.0302
#     loss, held back       0.2999  0.2636
#     accuracy, held back   0.9234  0.9272
#
# It knows its own photos less well, and others better. So it learned less by heart.

# %% [markdown]
# ## Keep a network
# A trained network is worth keeping. Keras writes it into one file, `.keras`: a zip that
# holds the layers as text and all weights, and of a network that is compiled the
# optimizer as well, with what it keeps from step to step, such as m and v. So it can
# go on training where it stopped.
# Only open files of people you trust: a network may bring code along.

# %%
if __name__ == "__main__":
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digits.keras"
        theirs.save(file)
        again = keras.saving.load_model(file)
        same = np.array_equal(theirs.predict(x, verbose=0), again.predict(x, verbose=0))
        print(f"{file.name}: {file.stat().st_size:,} bytes, the same answers: {same}")

# %% [markdown]
# ## What you can do now
# * You work out a loss on paper, and say in nats what a forecast costs.
# * You derive its gradient, and have every line checked.
# * You make it survive scores of any size, and trust a gradient only after a check.
# * You build a network, count its parameters, and know its first loss beforehand.
# * You train it, choose by photos held back, and ask the test photos once.
# * You change the loss when the question changes, and know what that buys.
# * You write all of it in numpy: forward, backward, and the steps of this lesson.

# %% [markdown]
# ## Where this came from
# The course follows a short page about Keras. On it stand the lines of lesson 7,
# and what Keras is for: you say which layers, which loss, which step, and it does the
# sums. You know these sums now, so you know what you leave to it.
#
# A friend had shown the author the mathematics of the loss, and two pictures of it stood
# there. They are lost. Lessons 3 and 4 are my way to draw them again. When a friend asks
# you, take paper, and begin with three numbers.

# %% [markdown]
# The page names satellite images, too, in which somebody looks for ships. Ships are rare
# in so much water, as the eights were in lesson 10: a network that always answers "water"
# is nearly always right, and finds none. What to do about it, you know.
#
# Its last words are: to be continued. That was your part, and it still is.

# %% [markdown]
# ## Doors that stand open
# * **Convolutions.** Your network does not know which pixels are neighbours: shuffle the
#   784 columns, and it learns as well. A `Conv2D` layer knows, and finds a stroke
#   wherever it is. Give it photos of shape (28, 28, 1), put two such layers and a
#   `Flatten` in front of lesson 7's two layers, and train.
# * **Autodiff.** You wrote `backward` for two layers. Write it once for `+`, `*`, `exp`
#   and `log`, let each number remember what made it, and any formula has a gradient.
#   A hundred lines are enough. GradientTape is that, for arrays.
# * **Real pictures.** Photograph digits of your own, make them 28 x 28, white on black.
#   You will probably read fewer of them right. Finding out why is most of the work of
#   people who do this for a living.

# %% [markdown]
# ## Say it in one sentence                     (no points)
# Somebody asks what a neural network does when it learns. What do you answer?
# Say it aloud, before you read on.
#
# Mine: it asks of every weight how the loss would change, and takes a small step down.

# %% [markdown]
# ## Where to read on
# * Adam, Kingma and Ba (2014): <https://arxiv.org/abs/1412.6980>
# * Dropout, Srivastava and others (2014):
#   <https://jmlr.org/papers/v15/srivastava14a.html>
# * Optimizers in *Dive into Deep Learning*: <https://d2l.ai/chapter_optimization/>
# * The optimizers of Keras: <https://keras.io/api/optimizers/>

# %% [markdown]
# ## Answers to the three questions
# 1. It subtracts the learning rate times the gradient: w - lr g.
# 2. Of photos held back: neither trained with, nor kept for the test.
# 3. rmsprop. Now you have written it.
#
# `uv run invoke grade lesson11` says how well it went. That was the last lesson.
