# %% [markdown]
# # Lesson 8  Train, hit the target, read the mistakes
# 110 minutes. Needs: lessons 2, 3 and 7 (or read on; everything you need is here).
#
# The blog page that this course follows builds the network of lesson 7, compiles it, and
# ends with "to be continued". This lesson continues. It begins with one line, `fit`.
# Whatever you add to that line, you add because of something that you have seen.
# A good place for a break is after 8c.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. Does the network of lesson 7 have about 4,000, 40,000 or 400,000 parameters?
# 2. What is the loss of a network that knows nothing about ten classes?
# 3. Labels are one-hot rows, and the last layer has softmax. What is the loss called?

# %%
import keras
import numpy as np
from keras import layers

PREDICT = {}  # for your answers to 8a

# %% [markdown]
# ## From earlier lessons, solved for you
# The functions that prepare and split images and labels are from lesson 2, the loss is
# from lesson 3, and the network from lesson 7. You can replace them with your own.


# %%
def prepare(images):
    """Images as a network takes them.  (n, 28, 28) uint8 -> (n, 784) float32, 0 to 1."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Row i has its 1 in column labels[i].  (n,) -> (n, k) float32."""
    return np.eye(k, dtype="float32")[labels]


def stratified_split(labels, per_class, seed):
    """Indices of training images, and of per_class validation images of each digit."""
    rng = np.random.default_rng(seed)
    mixed = [rng.permutation(np.flatnonzero(labels == c)) for c in np.unique(labels)]
    training = np.concatenate([mine[per_class:] for mine in mixed])
    validation = np.concatenate([mine[:per_class] for mine in mixed])
    return rng.permutation(training), rng.permutation(validation)


def cross_entropy(y, p):
    """Mean cross-entropy in nats.  y: (n, K) labels.  p: (n, K), rows sum to 1."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-(y * np.log(p)).sum(axis=1).mean())


def build():
    """The network of lesson 7, compiled."""
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% [markdown]
# ## Four sets, four jobs
# * 50,000 **training** images change the weights.
# * 5,000 **validation** images help you to choose, such as the number of epochs. Each
#   choice fits them a little better, so their numbers become a little too good.
# * 5,000 **unseen** images stay with the grader: your file never gets them,
#   neither for training nor for choosing. You pass 8c if your network does well on them.
# * 10,000 **test** images decide nothing, not even whether you pass. The grader looks at
#   them, and shows you the result when the whole lesson is right. If you
#   changed your network until that number was good, it would no longer be a test.

# %% [show]
from lessons.data import load_data

(images, labels), _ = load_data()
images, labels = images[:55_000], labels[:55_000]  # the last 5,000 are unseen
training, validation = stratified_split(labels, 500, seed=7)
val_images, val_labels = images[validation], labels[validation]
images, labels = images[training], labels[training]
x, y = prepare(images), one_hot(labels)
x_val, y_val = prepare(val_images), one_hot(val_labels)
print(f"{len(x):,} to train on, {len(x_val):,} to choose on")

# %% [markdown]
# ## What happens in an epoch
# The network takes 128 images, a *batch*. Keras computes the mean loss of the batch and
# its gradient for each of the weights. Then rmsprop changes each weight by a small step,
# so that the loss falls.
#
# One **epoch** is one pass through all training images: 50,000 / 128 gives 391 steps, the
# last with only 80 images.
#
# The **loss** is what the training lowers; it sees every small change of a probability.
# The **accuracy** is what people ask for; it sees only which class has the largest
# probability. Usually they improve together, but not always. You will see both.

# %% [markdown]
# ## 8a  Predict                                (10 points, about 4 minutes)
# Write fractions between 0 and 1. Nobody can derive the first two: write down a guess,
# and the grader shows it beside the result. The third can be derived.
#
# * after **one** epoch: the accuracy on the validation images
# * at the **end**: the accuracy on the test images
# * with **shuffled labels**: the accuracy on the test images, if somebody assigned the
#   labels of the training images at random

# %% id="8a"
PREDICT["after 1 epoch"] = 0.96  # SOLUTION
PREDICT["at the end"] = 0.98  # SOLUTION
PREDICT["labels shuffled"] = 0.1  # SOLUTION

# %% [markdown]
# ## 8b  Your first fit                         (10 points, about 5 minutes)
# Training a network takes one line. Call `fit` of the model with the images x and the
# one-hot labels y, for 3 epochs and in batches of 128: `epochs=3, batch_size=128`.
# Return what `fit` returns, its record of the training.


# %% id="8b"
def first_fit(model, x, y):
    """Train a compiled model on x and y: 3 epochs, batches of 128.  Returns a History."""
    # BEGIN SOLUTION
    return model.fit(x, y, epochs=3, batch_size=128)
    # END SOLUTION


# %% [markdown]
# ## Run it
# This is your first training of a network with 407,050 parameters. An epoch takes about
# three seconds. The bar shows the mean loss and the accuracy of the epoch so far.
# Lesson 7 told you where the loss has to start: near $ln 10$, which is 2.302585.

# %% [show]
record = first_fit(build(), x, y).history
for epoch in range(3):
    loss, accuracy = record["loss"][epoch], record["accuracy"][epoch]
    print(f"epoch {epoch + 1}: loss {loss:.4f}, accuracy {accuracy:.4f}")

# %% [markdown]
# ## Call fit twice
# Now call `first_fit` twice with one network, on 5,000 images. Does the second call show
# about the same three losses as the first? Decide before you run the cell.

# %% [show]
network = build()
for call in (1, 2):
    losses = first_fit(network, x[:5000], y[:5000]).history["loss"]
    print(f"call {call}:", ", ".join(f"{loss:.3f}" for loss in losses))

# %% [markdown]
# No: it goes on where the first call stopped. `fit` never resets the weights. If you run
# a cell with only a `fit` twice in a notebook, you have trained for twice as many epochs.
# For a fresh start, build a new network.

# %% [markdown]
# ## Run it again: different numbers
# Run the cell below, and compare its first two lines: the same code, the same images,
# different results. Keras draws the first weights and, in each epoch, the order of the
# images at random. To repeat a training, set the seed before you build the network:
# `keras.utils.set_random_seed(seed)`. The last two lines do that.

# %% [show]
for seed in (None, None, 7, 7):
    if seed is not None:
        keras.utils.set_random_seed(seed)
    record = build().fit(x[:5000], y[:5000], batch_size=128, verbose=0).history
    print(f"seed {seed}: loss {record['loss'][0]:.6f} after one epoch")

# %% [markdown]
# ## Does it learn, or memorise?
# Train on only 20 images, for 60 epochs. A network with 400,000 parameters must get all
# of them right. If it doesn't, something is broken: this is a useful test before a long
# training. But look at the second line: what does the network know about other images?

# %% [show]
keras.utils.set_random_seed(7)
small = build()
small.fit(x[:20], y[:20], epochs=60, verbose=0)
for name, data in (("the 20 images", (x[:20], y[:20])), ("others", (x_val, y_val))):
    loss, accuracy = small.evaluate(*data, verbose=0)
    print(f"{name:15}loss {loss:.4f}, accuracy {accuracy:.3f}")

# %% [markdown]
# ## Watch other images while it trains
# The loss on the training images can't tell learning from memorising. So `fit` can look
# at other images after each epoch: `validation_data=(x_val, y_val)`. It records their
# loss as `val_loss` and their accuracy as `val_accuracy`, and it never learns from them.
# Here are both curves, for a training with 5,000 images and 20 epochs.
# The plot in the middle shows the validation loss alone, because its later changes are
# small compared with the first epochs.


# %% [figure]
import matplotlib.pyplot as plt


def draw_curves(record, title):
    """Draw loss and accuracy, epoch by epoch, on training and validation images.

    The validation loss is drawn once more by itself, where one sees it rise.
    """
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.2))
    units = {"loss": "loss (nats)", "accuracy": "accuracy (fraction)"}
    epochs = range(1, len(record["loss"]) + 1)
    axes[1].plot(epochs, record["val_loss"], "s--", color="C1")
    axes[1].set_xlabel("epoch")
    axes[1].set_ylabel("loss (nats)")
    axes[1].set_title("validation loss, its own axis")
    for ax, (name, unit) in zip(axes[::2], units.items(), strict=True):
        ax.plot(epochs, record[name], "o-", label="training images")
        ax.plot(epochs, record[f"val_{name}"], "s--", label="validation images")
        ax.set_xlabel("epoch")
        ax.set_ylabel(unit)
        ax.set_title(name)
    lowest = int(np.argmin(record["val_loss"]))
    top = sorted(record["val_loss"])[int(0.8 * len(epochs))]
    axes[1].set_ylim(0.97 * record["val_loss"][lowest], 1.05 * top)
    for ax in axes[:2]:
        ax.axvline(lowest + 1, color="gray", linestyle=":", label="lowest")
    for ax in axes:
        ax.legend()
    fig.suptitle(title)
    fig.set_label(
        f"Three plots over {len(record['loss'])} epochs. Training loss: from "
        f"{record['loss'][0]:.3f} to {record['loss'][-1]:.3f}. Validation loss: lowest, "
        f"{record['val_loss'][lowest]:.3f}, after epoch {lowest + 1}, and "
        f"{record['val_loss'][-1]:.3f} at the end. Validation "
        f"accuracy: {record['val_accuracy'][-1]:.3f} at the end."
    )
    fig.tight_layout()
    plt.show()


keras.utils.set_random_seed(7)
record = build().fit(
    x[:5000],
    y[:5000],
    epochs=20,
    batch_size=128,
    validation_data=(x_val, y_val),
    verbose=0,
)
draw_curves(record.history, "5,000 training images")

# %% [markdown]
# ## When should the training stop?
# The loss on the training images keeps falling. The validation loss falls at first;
# then it stops falling, and later it rises. From there on, the network learns what is
# true only of its training images. That is **overfitting**. The best network is the one
# from the epoch with the lowest validation loss, and you know that epoch only afterwards.
#
# `keras.callbacks.EarlyStopping` looks for it. It goes into a list: `callbacks=[stop]`.
# It ends the training when `patience` epochs in a row bring no new low of `val_loss`.
# With `restore_best_weights=True` it gives back the weights of the best epoch so far.
# That is the first low that lasts. A later one, in epochs that are never trained, might
# have been lower.

# %% [markdown]
# ## 8c  Train it                               (25 points, about 25 minutes)
# Put the pieces together. `train` gets images as they are, uint8 from 0 to 255, of
# shape (n, 28, 28), with their labels as numbers, and validation images with theirs.
# Prepare both, and build the network. Then fit it in batches of 128, for at most 20
# epochs. Use everything that you have just seen: the seed, the validation data, and
# early stopping with a patience of 2. Return the network of the epoch with the lowest
# validation loss, among those that were trained.
#
# `predict` also gets unprepared images, and prepares them **in the same way**.
#
# The targets, on the 5,000 unseen images: an accuracy of at least 0.97, and a
# cross-entropy of at most 0.10. You have 180 seconds of computing time.


# %% id="8c"
def train(images, labels, val_images, val_labels, seed):
    """Train the network of lesson 7; the validation images choose the epoch.

    images, val_images: (n, 28, 28) uint8.  labels, val_labels: (n,).
    """
    # 1 set the seed   2 prepare images and labels   3 build   4 fit, and stop early
    # BEGIN SOLUTION
    keras.utils.set_random_seed(seed)
    x, y = prepare(images), one_hot(labels)
    validation = prepare(val_images), one_hot(val_labels)
    model = build()
    stop = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    model.fit(
        x, y, epochs=20, batch_size=128, validation_data=validation, callbacks=[stop]
    )
    return model
    # END SOLUTION


def predict(model, images):
    """Probabilities of the ten digits.  images: (n, 28, 28) uint8 -> (n, 10)."""
    # BEGIN SOLUTION
    return model.predict(prepare(images), verbose=0)
    # END SOLUTION


# %% [markdown]
# ## Train it for real
# Compare the curves with those of 5,000 images: with ten times as many training images,
# how low does the validation loss get, and how far apart are the two curves?

# %% [figure] reveals="8a"
network = train(images, labels, val_images, val_labels, seed=7)
record = network.history.history
after_one = record["val_accuracy"][0]
print(f"you predicted {PREDICT['after 1 epoch']} after 1 epoch; it is {after_one:.4f}")
draw_curves(record, "50,000 training images")

# %% [markdown]
# ## What is normal?
# This recipe was trained 20 times, with seeds 0 to 19, and each run went on to 12 epochs.
# These are the means on the validation images:
#
#     epoch           1       2       3       4       5
#     accuracy      0.9501  0.9648  0.9706  0.9737  0.9755
#     cross-entropy 0.1650  0.1158  0.0968  0.0866  0.0816
#
#     epoch           6       7       8      10      12
#     accuracy      0.9764  0.9769  0.9777  0.9791  0.9801
#     cross-entropy 0.0799  0.0798  0.0804  0.0805  0.0813
#
# The loss on the training images keeps falling, to 0.0034 in epoch 12. The
# validation loss stays at about 0.08 from epoch 6 on, while the accuracy still creeps
# up: the network makes fewer mistakes, but is surer of them. A patience of 2 chooses the
# first low that lasts for two more epochs: here epoch 5 to 10, the last one possible in
# 12. In 4 of the 20 runs a later epoch was lower still, but patience had run out.

# %% [markdown]
# ## What the targets require
# Over the 20 seeds, the accuracy on the unseen images is 0.9809 on average, and 0.9784
# in the worst run. The cross-entropy is 0.0730 on average, and 0.0800 at most. So the
# targets, 0.97 and 0.10, require a correct recipe, not luck. A verdict never depends on
# the grader's random numbers: the seed that it passes to `train` is always the same.
#
# Why two targets? There are wrong recipes that accuracy can't see. One of them forgets to
# divide the pixels by 255 in `predict`. Trained 20 times for five epochs on all 60,000
# images, it has an accuracy of 0.9788 on the test images, like the correct recipe, but a
# cross-entropy of 0.3375. The network is right about *which* digit it is, and far too
# sure when it is wrong.

# %% [markdown]
# ## 8d  Fix the report                         (15 points, about 15 minutes)
# A friend wrote `report`, which takes prepared images and the labels as numbers. It
# should return `"accuracy"`, the fraction of correct answers, and `"cross_entropy"`,
# the mean loss by **your** function from lesson 3. Run the cell below the exercise, and
# compare with the `val_accuracy` that Keras printed for the same validation images: the
# report is too good to be true. **Both** of its numbers measure something else. Find
# out what, and fix them.


# %% id="8d"
def report(model, x, labels):
    """Accuracy and cross-entropy of a model.  x: (n, 784), prepared.  labels: (n,)."""
    # BEGIN SOLUTION
    p = model.predict(x, verbose=0)
    return {
        "accuracy": float((p.argmax(axis=1) == labels).mean()),
        "cross_entropy": cross_entropy(one_hot(labels), p),
    }
    # GIVEN
    # p = model.predict(x, verbose=0)
    # guess = p.argmax(axis=1)
    # return {
    #     "accuracy": float((p.max(axis=1) > 0.5).mean()),
    #     "cross_entropy": cross_entropy(one_hot(guess), p),
    # }
    # END SOLUTION


# %% [show]
print("training  ", report(network, x, labels))
print("validation", report(network, x_val, val_labels))

# %% [markdown]
# ## The generalisation gap
# A correct report is better for the training images than for the validation images: the
# network has seen the training images several times, and has memorised some of them. The
# difference is the **generalisation gap**. A gap isn't a bug, and it isn't overfitting
# yet: it is there while the validation loss still falls.
#
# Over 20 seeds, at the chosen epoch, the cross-entropy is 0.0201 on the training images
# and 0.0783 on the validation images.

# %% [markdown]
# ## 8e  Which digit is taken for which?        (15 points, about 14 minutes)
# Count in an array c of shape `(k, k)`: `c[t, p]` is the number of images of digit t that
# were classified as p. **Rows are the true classes**, columns are the predictions.
# Counts are whole numbers, so the dtype of c is int.
# Correct answers are on the diagonal. A class that doesn't occur has a row of zeros.
# `true` and `pred` are arrays or lists of class numbers.


# %% id="8e"
def confusion(true, pred, k=10):
    """Count true and predicted classes: row = true class, column = predicted class.

    true, pred: (n,) from 0 to k-1.  Returns (k, k), int.
    """
    # BEGIN SOLUTION
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (true, pred), 1)
    return counts
    # END SOLUTION


# %% [markdown]
# ## The confusion matrix of your network
# These are validation images, because what you see here may change what you do next.
# The figure shows only the mistakes; the diagonal is left blank. Look for the largest
# numbers. Would you confuse these digits yourself, such as 4 and 9, or 7 and 2?
# Compare c[4, 9] with c[9, 4].

# %% [figure]
p = predict(network, val_images)
counts = confusion(val_labels, p.argmax(axis=1))
mistakes = counts * (1 - np.eye(10, dtype=int))
fig, ax = plt.subplots(figsize=(6, 5))
image = ax.imshow(mistakes, cmap="Blues")
for t, q in np.argwhere(mistakes):
    is_dark = mistakes[t, q] > mistakes.max() / 2
    color = "white" if is_dark else "black"
    ax.text(q, t, mistakes[t, q], ha="center", va="center", color=color)
ax.set_xticks(range(10))
ax.set_yticks(range(10))
ax.set_xlabel("predicted digit")
ax.set_ylabel("true digit")
ax.set_title(f"{mistakes.sum()} mistakes on {counts.sum():,} validation images")
fig.colorbar(image, label="number of images")
most = np.unravel_index(mistakes.argmax(), mistakes.shape)
fig.set_label(
    f"Confusion matrix without its diagonal. The largest number is {mistakes.max()}: "
    f"images of a {most[0]} that were classified as {most[1]}."
)
fig.tight_layout()
plt.show()

# %% [markdown]
# ## 8f  The worst mistakes                     (10 points, about 10 minutes)
# A mistake is most harmful if the network was sure. Its confidence is the largest
# probability of the row. Among the **wrong** answers, find the m most confident ones.
# Return their indices in p, the most confident first.
# If fewer than m answers are wrong, return all of those.


# %% id="8f"
def worst(p, labels, m):
    """Indices of the m most confident wrong answers, most confident first."""
    # 1 where is it wrong?   2 how sure was it there?   3 the surest first
    # BEGIN SOLUTION
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    confidence = p[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)[:m]]
    # END SOLUTION


# %% [markdown]
# ## Look at the worst mistakes
# Would you classify them correctly? Some are badly written, and a few have labels that
# one may doubt. Others are clear, and you wonder what the network saw.
# So an accuracy of 1.0000 on these images would be suspicious. Keep that in mind for 8g.

# %% [figure]
chosen = worst(p, val_labels, 6)
fig, axes = plt.subplots(1, 6, figsize=(10, 2.4))
for ax, i in zip(axes, chosen, strict=False):
    ax.imshow(val_images[i], cmap="gray_r")
    right = val_labels[i]
    ax.set_title(f"{right}, not {p[i].argmax()}\np of the {right}: {p[i, right]:.0e}")
    ax.axis("off")
said = [f"a {val_labels[i]} classified as {p[i].argmax()}" for i in chosen]
fig.set_label(f"The most confident mistakes: {', '.join(said)}.")
fig.tight_layout()
plt.show()

# %% [markdown]
# ## What the hidden layer has learned
# Lesson 7 called the 512 columns of the first weights *patterns*. At first they were
# noise. Here are the 16 that matter most to the output, as images. A bright pixel
# increases the output of a unit where the weight is positive (red). It decreases the
# output where the weight is negative (blue). Most patterns don't look like digits, but
# like parts of strokes. The pixels at the edge are 0 in nearly all images, so they have
# hardly any gradient: their weights are still the noise that Keras drew at the start.

# %% [figure]
W1, _, W2, _ = network.get_weights()
strongest = np.argsort(-np.abs(W2).sum(axis=1))[:16]
largest = np.quantile(np.abs(W1[:, strongest]), 0.995)
fig, axes = plt.subplots(2, 8, figsize=(11, 3.2))
for ax, unit in zip(axes.flat, strongest, strict=True):
    picture = ax.imshow(
        W1[:, unit].reshape(28, 28), cmap="RdBu_r", vmin=-largest, vmax=largest
    )
    ax.set_title(f"unit {unit}", fontsize=8)
    ax.axis("off")
fig.colorbar(picture, ax=axes, label="weight of the pixel")
fig.suptitle("Weights of 16 hidden units, one for each pixel")
fig.set_label(
    "Sixteen images of weights, red where positive and blue where negative: parts "
    "of strokes in the middle, and pale noise at the edges."
)
plt.show()

# %% [markdown]
# ## 8g  Five broken runs                       (15 points, about 20 minutes)
# Five people trained the network for five epochs, on all 60,000 images. One thing went
# wrong in each run. `loss` and `acc` are from Keras's bar, after epoch 1 and after
# epoch 5. `test` is the accuracy and the cross-entropy on the test set.
#
#     log   loss 1   acc 1    loss 5   acc 5    test acc  test ce
#      A     5.317   0.901     0.310   0.978     0.9646    0.397
#      B     0.245   0.928     0.032   0.992     0.9951    0.019
#      C     2.314   0.103     2.265   0.151     0.0955    2.338
#      D     1.872   0.371     1.569   0.433     0.4190    1.621
#      E    10.563   0.201     9.448   0.294     0.2979    9.521

# %% [markdown]
# Give each log one of these causes. Two of them fit no log.
#
# * `"unscaled"`: the pixels were still 0 to 255, in training and in the test
# * `"integer division"`: the pixels were divided with `// 255`
# * `"no softmax"`: the last layer has no activation, and the loss is given by name
# * `"leak"`: the test images were among the training images
# * `"shuffled labels"`: the labels of the training images were assigned at random
# * `"one epoch"`: the training stopped after one epoch
# * `"no relu"`: the hidden layer has no activation

# %% id="8g"
DIAGNOSE = {
    "A": "unscaled",  # SOLUTION
    "B": "leak",  # SOLUTION
    "C": "shuffled labels",  # SOLUTION
    "D": "integer division",  # SOLUTION
    "E": "no softmax",  # SOLUTION
}

# %% [markdown]
# ## The test images, once
# You have chosen everything: the recipe, the seed, and the epoch. Grade the whole
# lesson. When all of it is right, the report shows the accuracy of your network on the
# 10,000 test images, beside your prediction from 8a. There are no points for it.

# %% [markdown]
# ## Draw a digit
# When 8c is right, your network can classify a digit that you draw: below this page in
# the browser, with `%draw digit.png` in a notebook, or with
# `uv run invoke draw digit.png` in a terminal. Draw it large, and try to fool it.

# %% [markdown]
# ## In your own words                          (no points)
# A colleague shows you a test accuracy of 0.966, the best of ten epochs.
# Write one sentence: which number do you ask for next, and why? Then compare it with
# "Four sets, four jobs".

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Further reading
# * `fit`, `evaluate` and `predict`: <https://keras.io/api/models/model_training_apis/>
#   (<https://keras.io> is a source of the blog page)
# * `EarlyStopping`: <https://keras.io/api/callbacks/early_stopping/>
# * Overfitting in *Dive into Deep Learning*:
#   <https://d2l.ai/chapter_linear-regression/generalization.html>
# * Michael Nielsen on overfitting and validation data:
#   <http://neuralnetworksanddeeplearning.com/chap3.html>

# %% [markdown]
# ## Answers to the three questions
# 1. About 400,000. Exactly 407,050, as you counted in lesson 7.
# 2. About $ln 10$, which is 2.302585: ten equal guesses.
# 3. `categorical_crossentropy`.
#
# Next: `uv run invoke grade lesson8`. It trains once, and draws your network's mistakes.
# In lesson 9 you train a network like this with your own gradient, without Keras.
