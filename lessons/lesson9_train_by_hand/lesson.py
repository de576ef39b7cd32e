# To run this page, cell by cell:  uv run invoke run lesson9
# To have it graded:               uv run invoke grade lesson9
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson9")

# %% [markdown]
# # Lesson 9  Train it with your own gradient
# 50 minutes. Needs: numpy, the chain rule and the matrix product, `@`. What you use of
# lessons 3 to 5 is here.
#
# Keras trained your network in lesson 8. What exactly did it do?
# You are only sure once you have written it yourself, to the last line.
# No Keras. Numpy, one formula, and twenty trips through 4,000 photos.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. Softmax, then cross-entropy. What is the derivative of the loss by the scores z?
# 2. You step by h to both sides of a point. What do you divide the difference by?
# 3. A detector of eights always says no. Of 1,000 photos 100 are eights.
#    What are its accuracy and its recall?

# %%
import numpy as np

# %% [markdown]
# ## From lessons 2, 3 and 5, solved for you


# %%
def prepare(images):
    """Photos as rows of numbers from 0 to 1.  (n, 28, 28) uint8 -> (n, 784) float32."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Labels as rows with a single 1.  (n,) -> (n, k)."""
    return np.eye(k)[labels]


def stable_softmax(z):
    """Probabilities, row by row; the row maximum goes first.  (n, k) -> (n, k)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(y, p):
    """Mean cross-entropy, in nats.  y, p: (n, k)."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


# %% [markdown]
# ## The plan
# The network is two layers. Each is a product, a sum, and one function more:
#
#     $z1 = x W1 + b1$      $a = relu(z1)$         hidden layer, 64 numbers a photo
#     $z2 = a W2 + b2$      $p = softmax(z2)$      output layer, 10 numbers a photo
#
# You write five functions: start, go forward, go backward, take a step, repeat.
# `relu(z)` is z where z is positive, and 0 elsewhere.

# %% [markdown]
# ## How to start
# Why not start with zeros? Then a is 0, so dW2 is 0, and W2 is 0, so nothing flows back
# to W1. Both stay at 0 for ever: only b2 moves, and over 20 seeds the accuracy stays at
# 0.1067, which is guessing.
#
# What if all weights start at the same number, say 0.01? Every hidden unit then computes
# the same, gets the same gradient and takes the same step. Sixty-four units do the work
# of one, and reach 0.3067. Random weights make the units different.

# %% [markdown]
# ## How large?
# Each score adds up `fan_in` products, one for each input.
# With weights too large the scores explode; too small, and they fade away.
# For relu the middle is a normal distribution with this spread:
#
#     $sd(W) = sqrt(2 / fan_in)$
#
# For W1 that is sqrt(2/784) = 0.0505, for W2 sqrt(2/64) = 0.1768.

# %% [markdown]
# ## 9a  Start                                  (10 points, about 5 minutes)
# `sizes` are three numbers: inputs, hidden units, classes. Ours are 784, 64, 10.
# Draw the weights as above, and let the biases begin at zero.
# A seed must always give the same start, and another seed another start:
# `np.random.default_rng(seed)` makes a generator, and its `normal(size=shape)` draws
# numbers with a spread of 1.


# %% id="9a"
def init(sizes, seed):
    """The parameters at the start, float64.

    sizes: (n_in, n_hidden, n_out).  Returns a dict with W1 (n_in, n_hidden),
    b1 (n_hidden,), W2 (n_hidden, n_out) and b2 (n_out,).
    """
    # 1 a generator from the seed   2 weights, sd sqrt(2 / fan_in)   3 zero biases
    raise NotImplementedError("9a")


# %%
if __name__ == "__main__":
    for name, value in init((784, 64, 10), seed=0).items():
        print(f"{name}  shape {value.shape}  sd {value.std():.4f}")

# %% [markdown]
# ## A photo so small that you can do it by hand
# Two pixels, two hidden units, two classes. All biases are 0.
#
#     x = (1, 2)    W1 = 1  1      z1 = ( 1, -1)    a = (1, 0)
#                        0 -1
#
# The second unit is off: its z1 is negative, so relu answers 0.

# %% [markdown]
#     a = (1, 0)    W2 = ln 3  0     z2 = (ln 3, 0)    p = (3/4, 1/4)
#                        2     5
#
# The truth is the second class, so y = (0, 1).
# The loss is -ln(1/4) = 1.386294. Keep this photo. We shall go back through it.

# %% [markdown]
# ## 9b  Forward                                (15 points, about 5 minutes)
# Write the four steps of the plan for a whole batch, x of shape (n, n_in).
# Return z1, a **and** p: going backward you will need all three.
# Use `stable_softmax`, which stands above. Leave z1 as it is when you make a.


# %% id="9b"
def forward(x, params):
    """Run a batch through the network.

    x: (n, n_in).  Returns z1 (n, n_hidden), a (n, n_hidden) and p (n, n_out).
    """
    # 1 hidden scores   2 relu   3 output scores   4 softmax
    raise NotImplementedError("9b")


# %%
TINY = {
    "W1": np.array([[1.0, 1.0], [0.0, -1.0]]),
    "b1": np.zeros(2),
    "W2": np.array([[np.log(3), 0.0], [2.0, 5.0]]),
    "b2": np.zeros(2),
}
TINY_X, TINY_Y = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])

if __name__ == "__main__":
    for name, value in zip(("z1", "a", "p"), forward(TINY_X, TINY), strict=True):
        print(name, value)

# %% [markdown]
# ## Back through the output layer
# Name a gradient after what it belongs to: `dW2` is dL/dW2, and it has W2's shape.
# In the dict of gradients it stands under the key of its parameter: `grads["W2"]`.
# Lesson 4 found where to begin. The mean over n photos brings the 1/n:
#
#     $dz2 = (p - y) / n$
#
# For the tiny photo n is 1, so dz2 = (0.75, -0.75).
# Read it: lower the first score, raise the second. That is what the truth wants.

# %% [markdown]
# ## From the scores to W2 and b2
# z2 = a W2 + b2. A weight is felt through the input that it multiplies:
#
#     $dW2 = a^T dz2$            a^T is `a.T`: (n_hidden, n) times (n, n_out)
#     db2 = sum over photos of dz2
#
# Tiny photo: dW2 has the rows (0.75, -0.75) and (0, 0), and db2 = (0.75, -0.75).
# The second row is 0: a unit that is off changes nothing downstream.

# %% [markdown]
# ## Back through relu
# The same scores feel the hidden numbers through W2:
#
#     $da = dz2 W2^T$
#
# Tiny photo: da = (0.823959, -2.25). The second unit would matter, were it on.
# But relu is flat where z1 < 0: wiggle z1 there, and a stays 0. Its slope is 0.
#
#     $dz1 = da * (z1 > 0)$      tiny photo: (0.823959, 0)

# %% [markdown]
# ## From the hidden scores to W1 and b1
# z1 = x W1 + b1 has the same form as z2 = a W2 + b2. So the rule repeats:
#
#     $dW1 = x^T dz1$
#     db1 = sum over photos of dz1
#
# Tiny photo: dW1 has the rows (0.823959, 0) and (1.647918, 0).
# The second pixel is twice as bright, so its weight gets twice the gradient.

# %% [markdown]
# ## 9c  Backward                               (35 points, about 15 minutes)
# Write it for a batch of n photos. All of its formulas stand above.
# When you are unsure which side transposes, ask the shapes: dW2 must match W2.
# Then check it as in lesson 5: the next cell compares with centred differences.


# %% id="9c"
def backward(x, y, params, z1, a, p):
    """The gradients of the mean loss of a batch.

    x: (n, n_in).  y: (n, n_out), one-hot.  z1, a, p: what forward(x, params) gave.
    Returns a dict with the keys and the shapes of params.
    """
    # 1 dz2   2 dW2, db2   3 back through W2 and relu: dz1   4 dW1, db1
    raise NotImplementedError("9c")


# %%
def numeric_grads(x, y, params, h=1e-5):
    """The same gradients, one wiggle at a time (lesson 5). Slow, and hard to get wrong."""
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for name, value in params.items():
        for i in np.ndindex(value.shape):
            kept = value[i]
            value[i] = kept + h
            above = cross_entropy(y, forward(x, params)[2])
            value[i] = kept - h
            below = cross_entropy(y, forward(x, params)[2])
            value[i] = kept
            grads[name][i] = (above - below) / (2 * h)
    return grads


if __name__ == "__main__":
    print(backward(TINY_X, TINY_Y, TINY, *forward(TINY_X, TINY)))  # the tiny photo
    rng = np.random.default_rng(9)
    net, x = init((5, 4, 3), seed=9), rng.normal(size=(6, 5))
    y = np.eye(3)[rng.integers(3, size=6)]
    yours, slow = backward(x, y, net, *forward(x, net)), numeric_grads(x, y, net)
    for name in net:
        print(
            f"d{name}  largest difference {np.abs(yours[name] - slow[name]).max():.1e}"
        )

# %% [markdown]
# ## How close is close?
# What you wrote in 9c is **backpropagation**: the chain rule, from the loss backwards.
#
# A right gradient differs by about 1e-10. A wrong one differs in the first digits.
# There is hardly anything in between, and that makes this check so good.
# One exception: a z1 closer to 0 than h. There relu has a kink, and no slope.

# %% [markdown]
# ## 9d  One step                               (10 points, about 3 minutes)
# The gradient points uphill. We want to go down, by a small step:
#
#     $W = W - lr * dW$          lr is the learning rate
#
# Do it for all four arrays, and return them in a dict.
# You may make new arrays, or change the old ones in place and return those.


# %% id="9d"
def sgd_step(params, grads, lr):
    """The parameters after one step of gradient descent, as a dict like params."""
    raise NotImplementedError("9d")


# %%
if __name__ == "__main__":
    grads = backward(TINY_X, TINY_Y, TINY, *forward(TINY_X, TINY))
    after = sgd_step({k: v.copy() for k, v in TINY.items()}, grads, lr=0.1)
    print("before", cross_entropy(TINY_Y, forward(TINY_X, TINY)[2]))
    print("after ", cross_entropy(TINY_Y, forward(TINY_X, after)[2]))

# %% [markdown]
# On the tiny photo, one step with lr = 0.1 takes the loss from 1.386294 to 0.871490.
# That is learning: the weights have moved, and the network answers better for it.
# The rest is repetition.

# %% [markdown]
# ## Repeat
# One **epoch** shows every photo once, in batches. Each batch gives one step.
# Shuffle before **each** epoch, or every epoch has the same batches, and the network
# drifts towards what it saw last. In sorted photos that is a long row of nines.
# (A generator's `permutation(n)` is a new order of the numbers from 0 to n - 1.)
# The last batch may be short. It counts as well, divided by its own n.

# %% [markdown]
# ## How large a step, how many photos?
# Who chooses? Not the photos trained with: they are known by heart in the end. And not
# the test photos: what is chosen by them suits them, and then they test nothing.
# So **hold photos back**. I trained 20 seeds each, and counted on 10,000 held back:
#
#     batches of     32      32      32      32      32     128
#     lr           0.01    0.05     0.2     0.5     1.0     0.5
#     mean       0.8941  0.9138  0.9282  0.9340  0.8387  0.9239
#     worst      0.8911  0.9089  0.9248  0.9306  0.3247  0.9088
#
# Short steps are safe but slow. lr = 0.5 is best here, and twice as far is too far.
# I keep away from that edge, and take batches of 32 with lr = 0.2: 125 steps an epoch.

# %% [markdown]
# ## 9e  Train                                  (30 points, about 7 minutes)
# Put your four functions together: 64 hidden units, 20 epochs.
# The grader hands `fit` 4,000 prepared photos with one-hot labels.
# It takes your parameters and counts on 10,000 photos held back, which `fit` never gets.
# **The target is an accuracy of 0.91** there. The test photos come last, and once.
#
# After each epoch call `on_epoch(params)`, if there is one. Your curve comes from it.


# %% id="9e"
def fit(x, y, seed, on_epoch=None):
    """Train a network with 64 hidden units, and return its parameters.

    x: (n, n_in), from 0 to 1.  y: (n, n_out), one-hot.  The same seed gives the same
    parameters.  on_epoch: if it is not None, call on_epoch(params) after each epoch.
    """
    # 1 start   2 shuffle   3 each batch: forward, backward, step   4 on_epoch
    raise NotImplementedError("9e")


# %% [markdown]
# ## The moment
# Which loss do you expect after the first epoch, and which after the last?
# Write two numbers down. Ten equal guesses would cost ln 10, which is 2.302585.
# Then run. It takes a second or two.

# %%
if __name__ == "__main__":
    import rich

    from grader.fit_progress import tell
    from grader.pictures import curve, digits
    from lessons.data import load_data

    (photos, labels), (test_photos, test_labels) = load_data()
    x, y = prepare(photos[:4000]), one_hot(labels[:4000])
    held, their_labels = photos[4000:14_000], labels[4000:14_000]
    x_held, y_held = prepare(held), one_hot(their_labels)
    seen, held_back = [], []

    def write_down(params):
        """The loss on the photos trained with, and on those held back."""
        seen.append(cross_entropy(y, forward(x, params)[2]))
        held_back.append(cross_entropy(y_held, forward(x_held, params)[2]))
        tell(len(seen), epochs=20, loss=seen[-1], held_back=held_back[-1])

    params = fit(x, y, seed=0, on_epoch=write_down)
    p = forward(x_held, params)[2]
    is_right = p.argmax(axis=1) == their_labels
    rich.print(curve({"seen": seen, "held back": held_back}, title="loss per epoch"))
    print(f"accuracy on 10,000 photos held back: {is_right.mean():.4f}")

# %% [markdown]
# ## Read the curve
# The loss on seen photos falls nearly to 0: the network learns them by heart.
# The loss on photos held back soon stops falling. Would more epochs help? Over 20 seeds,
# 40 in place of 20 raised the accuracy from 0.9282 to 0.9297. More photos help more: as
# many steps on 8,000 of them came to 0.9482.
#
# Which mistakes is your network surest of? Look at photos held back for that, too.

# %%
if __name__ == "__main__":
    wrong = np.flatnonzero(~is_right)
    surest = wrong[np.argsort(-p[wrong].max(axis=1))[:4]]
    said = [f"{their_labels[i]}, taken for {p[i].argmax()}" for i in surest]
    rich.print(digits(held[surest], said))

# %% [markdown]
# ## What a unit looks for
# A column of W1 has one weight for each pixel, so it can be drawn like a photo.
# A bright pixel raises the unit's score, a dark one lowers it, a grey one is nothing to
# it. Its row of W2 says which digit the unit then speaks for, and against which.
#
# At the rim you see noise. Those pixels are black in every photo: their x is 0, so
# their row of dW1 is 0, and they keep what `init` gave them.

# %%
if __name__ == "__main__":
    loudest = np.argsort(-np.abs(params["W2"]).max(axis=1))[:4]
    columns = params["W1"][:, loudest].T
    patterns = 0.5 + 0.5 * columns / np.abs(columns).max(axis=1, keepdims=True)
    voices = params["W2"][loudest]
    said = [f"for {row.argmax()}, against {row.argmin()}" for row in voices]
    rich.print(digits(patterns, said))

# %% [markdown]
# ## The test photos, once
# Everything is chosen. Now the test photos may answer, and whatever they say stands.
# Of my 20 seeds with lr = 0.2 the mean was 0.9304 there, and the worst 0.9253.

# %%
if __name__ == "__main__":
    answers = forward(prepare(test_photos), params)[2].argmax(axis=1)
    print(f"accuracy on 10,000 test photos: {(answers == test_labels).mean():.4f}")

# %% [markdown]
# ## A warning, measured
# Forget the factor (z1 > 0), and train as before, with 20 seeds. On the photos held
# back the accuracy is 0.8846 on average, and with the right gradient it is 0.9282.
# That is lower, and yet it looks like learning. One might blame the step, the batches,
# the seed, and no score would tell you why. The gradient check tells you at once.
# Check gradients first, train afterwards.

# %% [markdown]
# ## Say it in one sentence                     (no points)
# A friend trained without (z1 > 0) and says: "It learns, so the gradient is right."
# What do you answer? Say it aloud, in one sentence, before you read on.
#
# Mine: a wrong direction can lead downhill too, so a falling loss proves nothing.

# %% [markdown]
# ## Where to read on
# * Backpropagation, step by step: <https://cs231n.github.io/optimization-2/>
# * Chapter 2 of Nielsen's book: <http://neuralnetworksanddeeplearning.com/chap2.html>
# * Why sqrt(2 / fan_in), He and others (2015): <https://arxiv.org/abs/1502.01852>

# %% [markdown]
# ## Answers to the three questions
# 1. p - y. Divide by n when the loss is a mean over n photos.
# 2. By 2h, the whole distance. At h = 1e-5 the error is then about 3e-11.
# 3. Its accuracy 0.9 sounds fine. Its recall is 0: it misses every eight.
#
# You have written a network, its gradient and its training, and you can check each.
# Keras does the same sums, for more layers than one would like to write by hand.
# Lesson 11 puts its weights into your network, and you will see that it does.
#
# `uv run invoke grade lesson9` says how well it went.
