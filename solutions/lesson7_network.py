# %% [markdown]
# # Lesson 7  Build and compile the network
# 55 minutes. Needs: lessons 1 to 3 and 6 (or read on; everything you need is here).
#
# Lesson 6 trained a network with one layer. Here it gets a hidden layer, and Keras
# does the work: you describe the network, and Keras makes the weights and computes the
# gradients. The network is the one from the blog page that this course follows,
# *Tensorflow and NN*. (We know neither its author nor its address. Everything that you
# need from it is here.) There, three lines build the network and a fourth compiles it.
# Then the page says: to be continued.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. Four images of 28 x 28 pixels are prepared for a network. What is their shape?
# 2. A batch went through softmax. What does each row sum to?
# 3. The true class of an image got the probability 1. What is its cross-entropy?

# %%
import keras
import numpy as np
from keras import layers

PREDICT = {}  # for your answers to 7c

# %% [markdown]
# ## Run this first
# This is the network of lesson 6, softmax regression, written in Keras. Run the cell and
# look at the table that it prints. The explanation comes afterwards.


# %%
def softmax_regression():
    """The network of lesson 6, compiled.  (None, 784) -> (None, 10)."""
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% [show]
softmax_regression().summary()

# %% [markdown]
# ## What you just ran
# * `keras.Sequential` takes a list. The data go through its entries in this order.
# * `keras.Input((784,))` is the shape of **one** prepared image. Keras needs it to make
#   the weights, which have one row per input.
# * `layers.Dense(10, activation="softmax")` is a layer with ten outputs: it computes
#   $x W + b$, and then softmax.
# * `compile` says what the training should do. You will come back to it in 7d.
# * `summary` prints a table. The output shape is (None, 10): None means any number
#   of images. This layer has 7,850 parameters.

# %% [markdown]
# ## What one Dense layer computes
# Each output looks at **all** inputs: it multiplies each by a weight, adds them up, and
# adds its bias.
#
#     $z = x W + b$        x: (n, n_in)    W: (n_in, n_out)    b: (n_out,)
#
# One column of W is one pattern. Where the image and the pattern agree, z is large.
# The weights and biases are the **parameters** of the layer: the numbers that training
# changes. With three inputs and two outputs, W has 6 numbers and b has 2.

# %% [markdown]
# ## Now with a hidden layer
# The blog page calls a layer a filter for data: some numbers go in, fewer or
# different numbers come out, and they should be more useful. Layers in a row *distil*
# the data, and each layer keeps a little more of what matters.
#
#     784 pixels  ->  512 patterns  ->  10 probabilities
#
# A single pixel says little about the digit; a stroke says more. The layer in the middle
# is called **hidden**, because its outputs are neither the data nor the answer.

# %% [figure]
import matplotlib.pyplot as plt

from lessons.diagrams import draw_layers

draw_layers(
    (784, 512, 10),
    ("pixels", "hidden units\n(relu)", "probabilities\n(softmax)"),
    title="Each line is a weight: most are left out",
)
plt.show()

# %% [markdown]
# ## Why there is a relu between the two layers
# $relu(z) = max(z, 0)$: negative numbers become 0. Without it, two layers would compute
# $(x W1) W2$, and that is $x (W1 W2)$: **one** layer with the matrix $W1 W2$. A hidden
# layer would add nothing. The bend at 0 is what makes two layers more than one.

# %% [markdown]
# ## From earlier lessons, solved for you
# `prepare` and `one_hot` are from lesson 2, and `cross_entropy` is from lesson 3.
# The cells below call all three.


# %%
def prepare(images):
    """Images as a network takes them.  (n, 28, 28) uint8 -> (n, 784) float32, 0 to 1."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Row i has its 1 in column labels[i].  (n,) -> (n, k) float32."""
    return np.eye(k, dtype="float32")[labels]


def cross_entropy(y, p):
    """Mean cross-entropy in nats.  y: (n, K) labels.  p: (n, K), rows sum to 1."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


# %% [markdown]
# ## 7a  Count the parameters                   (20 points, about 9 minutes)
# Before you build the network, count its parameters by hand.
# `dense_params` counts the numbers that one Dense layer learns.
# `total_params` takes the sizes of a whole network, from input to output. For example,
# `[784, 512, 10]` means two layers, 784 to 512 and 512 to 10. There are two sizes or
# more.


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


# %% [show]
print(f"hidden layer {dense_params(784, 512):,}")
print(f"output layer {dense_params(512, 10):,}")
print(f"together     {total_params([784, 512, 10]):,}")

# %% [markdown]
# ## 7b  Build it                               (20 points, about 8 minutes)
# Build the network with the hidden layer: 784 inputs, 512 units with relu, 10 units with
# softmax. `softmax_regression` above shows how; don't compile it yet.
# Return the network. Each call has to build a new one, with new weights.


# %% id="7b"
def build():
    """784 inputs, 512 units, 10 probabilities; not compiled.  (None, 784) -> (None, 10)."""
    # BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    # END SOLUTION


# %% [markdown]
# ## Does Keras count what you counted?
# The table of `summary` has your numbers from 7a in its last column. Compare them with
# the 7,850 of the single layer of lesson 6: nearly all parameters are in the hidden
# layer.

# %% [show]
build().summary()

# %% [markdown]
# ## 7c  What does an untrained network answer? (15 points, about 6 minutes)
# Your new network has random weights: it has seen no image and knows nothing.
# Predict three numbers before you run anything.
#
# * `"untrained_loss"`: its mean cross-entropy, in nats. Think of the ten probabilities
#   that it gives, and of the surprise at one of them. One decimal is enough.
# * `"untrained_accuracy"`: the fraction of the images that it classifies correctly
# * `"loss_of_100"`: the mean cross-entropy of an untrained network with 100 classes

# %% id="7c"
PREDICT["untrained_loss"] = 2.3  # SOLUTION
PREDICT["untrained_accuracy"] = 0.1  # SOLUTION
PREDICT["loss_of_100"] = 4.6  # SOLUTION

# %% [markdown]
# ## Compiling answers three questions
# * **loss**: which number should become small? Yours from lesson 3. In Keras it is
#   called `categorical_crossentropy`.
# * **optimizer**: how do the weights follow its gradient? The blog page takes `rmsprop`.
#   For each weight it keeps an average size of past gradients and divides each step
#   by it; lesson 11 takes it apart. (`sgd`, in the first cell, takes the plain steps of
#   lesson 6.)
# * **metrics**: what do *you* want to see meanwhile? The fraction of correct answers,
#   `accuracy`. Metrics are only shown: no gradient comes from them.

# %% [markdown]
# ## 7d  Fix the compilation                    (20 points, about 9 minutes)
# A friend has compiled the network differently, and says: "It has an accuracy of 0.90,
# and I have not even trained it!" Run the cell below this exercise and see for
# yourself.
#
# You know what an untrained network can do. Two of the friend's three choices don't
# fit a network that chooses one of ten digits. Fix them; the optimizer is right.


# %% id="7d"
def compile_model(m):
    """Compile the network m for ten digits, and return it."""
    # BEGIN SOLUTION
    m.compile(
        optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return m
    # GIVEN
    # m.compile(
    #     optimizer="rmsprop",
    #     loss="binary_crossentropy",
    #     metrics=["binary_accuracy"],
    # )
    # return m
    # END SOLUTION


# %% [show] reveals="7c"
from lessons.data import load_data

(images, labels), _ = load_data()
x, y = prepare(images[:1000]), one_hot(labels[:1000])
network = compile_model(build())
loss, accuracy = network.evaluate(x, y, verbose=0)
print(f"before training: loss {loss:.3f}, accuracy {accuracy:.3f}")

# %% [markdown]
# ## Ten yes/no questions
# The friend's loss and metric treat the ten outputs as ten questions: is it a 0, yes or
# no? Is it a 1? And so on. An untrained network gives each digit about 0.1, so it says
# *no* ten times, and nine of the ten answers are right. That is 0.90, without having
# learned anything. Such a metric hides what you want to know.

# %% [markdown]
# ## Measure it
# Now the loss is measured with **your own** function, `cross_entropy`: `predict` gives
# the probabilities of all images as one array. Keras measures it, too. Look at your
# prediction again before you run the cell.

# %% [show] reveals="7c"
network = compile_model(build())
p = network.predict(x, verbose=0)
print(f"yours   {cross_entropy(y, p):.6f}")
print(f"Keras's {network.evaluate(x, y, verbose=0)[0]:.6f}")
print(f"you predicted {PREDICT['untrained_loss']}")

# %% [markdown]
# ## What it answers for three images
# Both numbers are losses of the same network, and they agree to about six digits: a
# float32 has hardly more. Usually both are a little above $ln 10$, which is 2.302585.
# The figure shows why: random weights don't guess quite evenly, and an uneven guess
# costs more on average.

# %% [figure] reveals="7c"
p = network.predict(x[:3], verbose=0)
fig, axes = plt.subplots(1, 3, figsize=(9, 2.8), sharey=True)
for ax, row, label in zip(axes, p, labels[:3], strict=True):
    colors = ["tab:orange" if k == label else "tab:blue" for k in range(10)]
    ax.bar(range(10), row, color=colors)
    ax.axhline(0.1, color="black", linestyle="--", label="an even guess, 0.1")
    ax.set_xticks(range(10))
    ax.set_xlabel("class")
    ax.set_title(f"true class {label} (orange)")
axes[0].set_ylabel("probability")
axes[0].legend(loc="upper right", fontsize="small")
fig.set_label(
    "Bars: for three images, the ten probabilities of the untrained network are "
    "uneven, and scattered around 0.1. The true class is not preferred."
)
fig.tight_layout()
plt.show()

# %% [markdown]
# ## A check that costs nothing
# With ten classes and nothing learned, the loss is about $ln 10$. With K classes it is
# about $ln K$. Measure this before you train. If you get a different number, look for the
# reason: is it the network, the loss, the labels, or the images?
#
# The size of the error doesn't show how much harm is done. If the images aren't divided
# by 255, the first loss of 20 networks is between 99 and 177. After one epoch (once
# through all images) they classify 0.91 to 0.95 of the test images correctly. Other
# networks begin with a lower loss and hardly learn, as you will see.

# %% [markdown]
# ## Three choices that have to fit
# The last layer, the loss and the labels belong together. Two rules decide:
#
# 1. **One softmax in total.** Either the last layer applies it, or the loss does.
#    The loss applies it if you pass `from_logits=True`: "I give you logits".
# 2. **The name of the loss matches the labels.** `categorical_crossentropy` takes
#    one-hot rows. `sparse_categorical_crossentropy` takes class numbers, such as 7.
#
# The network that you compiled follows both. Keras checks only one of the two rules.

# %% [markdown]
# ## 7f  Which trio works?                      (25 points, about 10 minutes)
# Each key names the last layer's activation, the loss, and the form of the labels.
# Answer with one of these three strings, before you run the cell below:
#
# * `"ok"`: `fit` lowers the cross-entropy of $softmax(z)$, where z is the last layer's
#   $x W + b$. Either the layer or the loss applies this softmax.
# * `"error"`: `fit` stops with an exception.
# * `"silently wrong"`: `fit` runs without an exception, but it lowers a different
#   number.

# %% id="7f"
PAIRING = {
    "softmax + sparse_categorical_crossentropy + numbers": "ok",  # SOLUTION
    "softmax + categorical_crossentropy + numbers": "error",  # SOLUTION
    "softmax + sparse_categorical_crossentropy + one-hot": "error",  # SOLUTION
    "none + CategoricalCrossentropy(from_logits=True) + one-hot": "ok",  # SOLUTION
    "none + categorical_crossentropy + one-hot": "silently wrong",  # SOLUTION
    "none + sparse_categorical_crossentropy + numbers": "silently wrong",  # SOLUTION
}

# %% [markdown]
# ## Train all six pairings
# The cell trains all six on 2,560 images, for 20 steps. Every network starts with the
# same random weights, so the rows can be compared. Two of them have the same losses:
# they are the same training in two forms. Compare each first loss with $ln 10$.


# %%
def try_pairing(key, x, labels):
    """Train one of the six for 20 steps; return in one line what happened."""
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
        first, _ = m.evaluate(x, y, verbose=0)
        m.fit(x, y, batch_size=128, verbose=0)
    except ValueError as error:
        return f"ValueError: {str(error)[:60]}"
    last, accuracy = m.evaluate(x, y, verbose=0)
    return f"loss {first:.3f}, then {last:.3f}; accuracy {accuracy:.3f}"


# %% [show] reveals="7f"
x, numbers = prepare(images[:2560]), labels[:2560]
for key, answer in PAIRING.items():
    print(f"{key}\n    you: {answer}\n    {try_pairing(key, x, numbers)}")

# %% [markdown]
# ## After you have run it: what Keras can't see
# Keras can see the shape of the labels, so it stops if the loss needs another one. It
# can't see whether ten numbers are logits or probabilities. If it mistakes logits for
# probabilities, it clips all that aren't between 0 and 1, and a clipped number has no
# gradient: the network doesn't learn from it.
#
# In the fifth row it is worse. This loss first divides each row by its sum, as lesson 3
# said, and if the sum is negative, every sign is reversed. For $z = (-3, 1, 0.5)$ the
# class with the **lowest** logit costs 1.2e-7, and the others cost 16.118. In the median
# of 20 untrained networks, the sum is negative for 46 % of the images. All of them began
# with a loss between 5 and 10. After one epoch on 60,000 images they classify only 0.10
# to 0.43 of the test images correctly.
#
# The network with `from_logits=True` is trained correctly, but `predict` gives logits:
# apply softmax to them before you read them as probabilities.

# %% [markdown]
# ## In your own words                          (no points)
# Somebody says: "My loss falls and there was no error, so my network is right."
#
# Write one sentence for them. Give an example from this lesson. Then compare it with
# "After you have run it: what Keras can't see".

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Further reading
# * `Sequential`: <https://keras.io/guides/sequential_model/>
# * `Dense`: <https://keras.io/api/layers/core_layers/dense/>
# * Losses for probabilities: <https://keras.io/api/losses/probabilistic_losses/>
# * *Deep Learning with Python* by Chollet (Manning), chapter 2:
#   <https://deeplearningwithpython.io>. The blog page builds on it, and on its notebook
#   <https://github.com/fchollet/deep-learning-with-python-notebooks/blob/master/2.1-a-first-look-at-a-neural-network.ipynb>
# * Checks before training, such as the first loss:
#   <https://cs231n.github.io/neural-networks-3/#sanitycheck>

# %% [markdown]
# ## Answers to the three questions
# 1. `(4, 784)`: one row per image, and 28 x 28 = 784 pixels in it.
# 2. To 1. Softmax divides each row by its own sum.
# 3. 0, because $-ln 1 = 0$. With the clip of lesson 3 it is 1e-7 nats.
#
# Next: `uv run invoke grade lesson7`. In lesson 8 this network learns.
