# %% [markdown]
# # Lesson 7  Build and compile the network
# 40 minutes. Needs: lessons 1 to 3 (or read on; everything you need is here).
#
# This course follows a short blog page that builds its network in three lines of
# Keras. A fourth line compiles it, and then the page says: to be continued.
# It is easy to copy those four lines without knowing what they do. Today you count
# every number in them, and choose every word yourself.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. Four photos of 28 x 28 pixels are prepared for a network. What is their shape?
# 2. A batch went through softmax. What does each row sum to?
# 3. The true class of a photo got the probability 1. What does this photo cost?

# %%
import keras
import numpy as np
from keras import layers

PREDICT = {}

# %% [markdown]
# ## From earlier lessons, solved for you
# `prepare` and `one_hot` are lesson 2, and `cross_entropy` is yours from lesson 3.
# Read them once, for you will call all three.


# %%
def prepare(images):
    """Photos as a network eats them.  (n, 28, 28) uint8 -> (n, 784) float32, 0 to 1."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Row i has its 1 in column labels[i].  (n,) -> (n, k) float32."""
    return np.eye(k, dtype="float32")[labels]


def cross_entropy(y, p):
    """Mean cross-entropy in nats.  y: (n, k) labels.  p: (n, k), rows sum to 1."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


# %% [markdown]
# ## A layer is a filter
# The page calls a layer a filter for data: some numbers go in, fewer or other numbers
# come out, and what comes out should be more useful. Layers in a row *distil* the data,
# like a still: each one keeps a little more of what matters.
#
#     784 pixels  ->  512 patterns  ->  10 probabilities
#
# A pixel says little about the digit, a stroke says more, and ten probabilities say all.

# %% [markdown]
# ## What one Dense layer does
# Each output looks at **all** inputs: it weighs them, adds up, and adds its own bias.
#
#     $z = x W + b$        x: (n, n_in)    W: (n_in, n_out)    b: (n_out,)
#
# One column of W is one pattern, and where photo and pattern agree, z is large.
# With three inputs and two outputs, W has 6 numbers and b has 2: this layer has
# 8 parameters.

# %% [markdown]
# ## Why there is a relu between the two
# `relu(z) = max(z, 0)`: what is negative becomes 0. It looks like nothing, but without
# it two layers would be `(x W1) W2`, and that is `x (W1 W2)`: **one** layer with the
# matrix W1 W2, and no distilling at all. The bend at 0 is what makes two layers more
# than one.

# %% [markdown]
# ## 7a  Count the parameters                   (15 points, about 4 minutes)
# `dense_params` counts the numbers that one Dense layer learns: weights and biases.
# `total_params` takes the sizes of a whole network, from input to output: the sizes
# `[784, 512, 10]` make two layers, 784 to 512 and 512 to 10. A list may hold any number
# of sizes, from two up.


# %% id="7a"
def dense_params(n_in, n_out):
    """How many numbers a Dense layer learns, from n_in inputs to n_out outputs."""
    # BEGIN SOLUTION
    return n_in * n_out + n_out
    # END SOLUTION


def total_params(sizes):
    """How many numbers a chain of Dense layers learns.  sizes: [inputs, ..., outputs]."""
    # BEGIN SOLUTION
    return sum(map(dense_params, sizes[:-1], sizes[1:]))
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(f"hidden layer {dense_params(784, 512):,}")
    print(f"output layer {dense_params(512, 10):,}")
    print(f"together     {total_params([784, 512, 10]):,}")

# %% [markdown]
# ## The page's lines, and what Keras 3 makes of them
# The page was written for Keras 2. These are its lines:
#
#     network = models.Sequential()
#     network.add(layers.Dense(512, activation='relu', input_shape=(28 * 28,)))
#     network.add(layers.Dense(10, activation='softmax'))
#
# They still run, with a warning about `input_shape`.
# Keras 3 wants the input as an entry of its own, the first: `keras.Input((784,))`.

# %% [markdown]
# ## Why a network has to know its input
# W has one row per input, so as long as Keras does not know how many inputs come, it
# cannot make W. Such a network is called *not built*, and has no weights yet.
# The input is `(784,)`, the shape of **one** prepared photo. The number of photos stays
# open, and Keras writes it as None: the network maps (None, 784) to (None, 10).

# %% [markdown]
# ## 7b  Build it                               (25 points, about 7 minutes)
# Build the page's network: 784 inputs, 512 units with relu, 10 with softmax.
# Any way of building is fine; the shortest hands a list to `keras.Sequential`.
# Return the network. Each call has to build a new one, with weights of its own.


# %% id="7b"
def build():
    """The page's network, not yet compiled.  (None, 784) -> (None, 10)."""
    # BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    # END SOLUTION


# %%
if __name__ == "__main__":
    build().summary()

# %% [markdown]
# ## Compiling answers three questions
# * **loss**: which number shall become small? Yours from lesson 3. In Keras it is
#   called `categorical_crossentropy`.
# * **optimizer**: how do the weights follow its gradient? The page takes `rmsprop`.
#   For each weight it keeps an average size of past gradients, and divides each step
#   by it.
# * **metrics**: what do *you* want to read meanwhile? The share of right answers,
#   `accuracy`. Metrics are only shown: no gradient comes from them.

# %% [markdown]
# ## 7c  Compile it                             (20 points, about 4 minutes)
# Compile the network that is handed to you, with the page's three answers.
# Return the same network. Strings are enough; metrics come as a list.


# %% id="7c"
def compile_model(m):
    """Compile the network m as the page does, and return it."""
    # BEGIN SOLUTION
    m.compile(
        optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return m
    # END SOLUTION


# %% [markdown]
# ## 7d  What does an untrained network cost?   (15 points, about 5 minutes)
# Your new network has random weights: it has seen no photo, and knows nothing.
# What will its mean cross-entropy be, in nats? Predict it before you run anything.
# Think of the ten probabilities it will give, and of the surprise of one of them;
# one decimal is enough.

# %%
PREDICT["untrained_loss"] = 2.3  # SOLUTION


# %% [markdown]
# ## 7d, second part: now measure it
# Let the network m answer, and let **your** cross-entropy judge the answers.
# `m.predict(x, verbose=0)` gives the probabilities of all photos as one array.
# x is prepared, (n, 784), and y holds one-hot rows, (n, 10).


# %% id="7d"
def untrained_loss(m, x, y):
    """The mean cross-entropy of what the network m answers to x.  Returns a float."""
    # BEGIN SOLUTION
    return cross_entropy(y, m.predict(x, verbose=0))
    # END SOLUTION


# %% [markdown]
# ## Run it, and compare with Keras
# Both numbers below are losses of the same network: yours, and Keras's own.
# They agree to about six digits, and a float32 has hardly more. Most often both lie a
# little above ln 10, which is 2.302585: random weights do not guess quite evenly, and
# an uneven guess costs more on average.

# %% reveals="untrained_loss"
if __name__ == "__main__":
    from lessons.data import load_data

    (_, _), (images, labels) = load_data()
    x, y = prepare(images[:1000]), one_hot(labels[:1000])
    network = compile_model(build())
    print(f"yours   {untrained_loss(network, x, y):.6f}")
    print(f"Keras's {network.evaluate(x, y, verbose=0)[0]:.6f}")

# %% [markdown]
# ## A check that costs nothing
# Ten classes, nothing learned: the loss is about ln 10. With k classes, about ln k.
# Measure this before you train, and when it is something else, ask why: is it the
# network, the loss, the labels, or the photos?
#
# How far it is off does not say how much harm is done. When nobody divides the photos by
# 255, the first loss of 20 networks is between 99 and 177, and after one epoch, which is
# once through all photos, they read 0.91 to 0.95 of the test photos. Others begin lower
# and hardly learn, as you will see.

# %% [markdown]
# ## Three choices that have to fit
# The last layer, the loss and the labels belong together. Two rules decide:
#
# 1. **One softmax in total.** Either the last layer has it, or the loss applies it.
#    The loss does so when you say `from_logits=True`: "I hand you raw scores".
# 2. **The name of the loss matches the labels.** `categorical_crossentropy` wants
#    one-hot rows. `sparse_categorical_crossentropy` wants class numbers, like 7.
#
# Keras refuses some wrong trios. Others it accepts, and those are the bad ones.

# %% [markdown]
# ## 7e  Which trio works?                      (25 points, about 8 minutes)
# Each key names the last layer's activation, the loss, and the form of the labels.
# Think first, and answer with one of three texts.
#
# * `"ok"`: it trains, on the loss that you meant
# * `"error"`: Keras stops with an exception
# * `"silently wrong"`: no exception, but it learns badly, or its answers are not
#   what you think they are

# %% id="7e"
PAIRING = {
    "softmax + categorical_crossentropy + one-hot": "ok",  # SOLUTION
    "softmax + sparse_categorical_crossentropy + numbers": "ok",  # SOLUTION
    "softmax + categorical_crossentropy + numbers": "error",  # SOLUTION
    "softmax + sparse_categorical_crossentropy + one-hot": "error",  # SOLUTION
    "none + CategoricalCrossentropy(from_logits=True) + one-hot": "ok",  # SOLUTION
    "none + categorical_crossentropy + one-hot": "silently wrong",  # SOLUTION
    "sigmoid + categorical_crossentropy + one-hot": "silently wrong",  # SOLUTION
    "relu + categorical_crossentropy + one-hot": "silently wrong",  # SOLUTION
}

# %% [markdown]
# ## Then let them run
# The cell below builds all eight, trains each on 2,560 photos, and looks. Every network
# starts with the same random weights, so rows can be compared.
# Look for four rows with the same loss and accuracy, which are one training in four
# forms, and then at their row sums. Which of the four answer with probabilities?


# %% reveals="7e"
def try_pairing(key, x, labels):
    """Train one of the eight for 20 steps; say in one line what came of it."""
    activation, loss, form = key.split(" + ")
    if "from_logits" in loss:
        loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    keras.utils.set_random_seed(6)
    m = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation=None if activation == "none" else activation),
        ]
    )
    m.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    y = one_hot(labels) if form == "one-hot" else labels
    try:
        seen = m.fit(x, y, batch_size=128, verbose=0).history
    except ValueError as error:
        return f"ValueError: {str(error)[:60]}"
    row = np.asarray(m(x[:1]))[0]
    loss, accuracy = seen["loss"][0], seen["accuracy"][0]
    return f"loss {loss:6.3f}   accuracy {accuracy:.3f}   first row sums to {row.sum():.3f}"


if __name__ == "__main__":
    (images, labels), (_, _) = load_data()
    x, labels = prepare(images[:2560]), labels[:2560]
    for key, answer in PAIRING.items():
        print(f"{key}\n    you: {answer}\n    {try_pairing(key, x, labels)}")

# %% [markdown]
# ## Why the sigmoid row trains as well as softmax
# Its loss and its accuracy equal the first row's, to the last digit. How?
# On TensorFlow, Keras remembers the scores that went into a softmax or a sigmoid. The
# loss takes those scores and applies a softmax of its own, so the **training** is right.
# The **answers** are not: a sigmoid row is ten independent numbers, and its sum is
# anything. Whoever reads them as probabilities reads nonsense.
# The row with from_logits gives raw scores, and says so; a softmax makes them answers.

# %% [markdown]
# ## Which softmax has a dead gradient?
# Lesson 5 had the scores (0, 40, 0) with truth 0: very sure, and wrong.
# Below, the same loss reads two softmaxes of them. `tf.nn.softmax`, run by itself, hands
# over probabilities and nothing else: the clip stops the loss at 16.118, where it is
# flat, and the gradient is 0. Keras's softmax hands the scores over as well: the loss is
# 40, and the gradient says what to do. So the worst mistake can be unlearned.
# (A GradientTape writes down what is computed, and goes back over it.)

# %%
if __name__ == "__main__":
    import tensorflow as tf

    for name, softmax in (("TF", tf.nn.softmax), ("Keras", keras.activations.softmax)):
        z = tf.Variable([[0.0, 40.0, 0.0]])
        with tf.GradientTape() as tape:
            loss = keras.losses.categorical_crossentropy([[1.0, 0.0, 0.0]], softmax(z))
        slope = tape.gradient(loss, z).numpy()[0]
        print(f"{name}'s softmax: loss {loss.numpy()[0]:.3f}, gradient {slope}")

# %% [markdown]
# ## Why the row without an activation learns so little
# Its loss takes raw scores for probabilities: it divides each row by its sum, and moves
# what is then below 0 or above 1 back to the nearer end. A number that was moved has no
# gradient, so the network is not told how to mend it.
# A first loss above ln 10 gives it away: 20 such networks began between 5 and 10, and one
# epoch later they read 0.10 to 0.43 of the test photos. With photos that nobody divided
# the first loss was far larger, and those networks learn.

# %% [markdown]
# ## Why the relu row says nan
# relu makes 0 of every score below 0, and some photos get ten zeros. Their rows are
# divided by their sums, and 0/0 is nan. One such photo in a batch is enough: the mean is
# nan, so is every slope, and after the step so is every weight. Of 20 networks 18 ended
# like this within 20 steps. Keras goes on without a word, and its accuracy becomes that
# of always answering 0, for of ten nan the first counts as the largest.

# %% [markdown]
# ## In your own words                          (no points)
# Somebody says: "My loss falls and there was no error, so my network is right."
#
# Write one sentence for them. Give an example from this lesson.

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Where to read on
# * `Dense`: <https://keras.io/api/layers/core_layers/dense/>
# * Losses for probabilities: <https://keras.io/api/losses/probabilistic_losses/>
# * *Deep Learning with Python*, chapter 2: <https://deeplearningwithpython.io>

# %% [markdown]
# ## Answers to the three questions
# 1. `(4, 784)`: one row per photo, and 28 x 28 = 784 pixels in it.
# 2. To 1. Softmax divides each row by its own sum.
# 3. Nothing: -ln 1 = 0. With the clip of lesson 3 it costs 1e-7 of a nat.
#
# Next: `uv run invoke grade lesson7`. Then comes lesson 8, where the network learns.
