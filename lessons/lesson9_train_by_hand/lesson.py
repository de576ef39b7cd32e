# %% [markdown]
# # Lesson 9  Train it with your own gradient
# 80 minutes. Needs: lesson 6 and the chain rule. The functions of lessons 2 to 5 are
# here.
#
# Keras trained your network in lesson 8. What exactly did it do?
# In lesson 6 you wrote the gradient of one layer, and trained with it. A second layer
# needs one new idea: how the gradient gets back through the first one's output.
# No Keras here. NumPy, one formula, and twenty epochs of 4,000 images.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. Softmax, then cross-entropy. What is the derivative of the loss with respect to
#    the logits z?
# 2. dz is the gradient with respect to the logits $x W + b$ of a batch. What are dW, db?
# 3. Lesson 7 put a relu between the two layers. What would the network be without it?

# %%
import numpy as np

# %% [markdown]
# ## From lessons 2, 3 and 5, solved for you


# %%
def prepare(images):
    """Return images as rows of numbers from 0 to 1.  (n, 28, 28) uint8 -> (n, 784) float32."""
    return images.reshape(len(images), -1).astype("float32") / 255


def one_hot(labels, k=10):
    """Return labels as rows with a single 1.  (n,) -> (n, k)."""
    return np.eye(k)[labels]


def stable_softmax(z):
    """Return probabilities, row by row.  (n, K) -> (n, K)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(y, p):
    """Return the mean cross-entropy, in nats.  y, p: (n, K)."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


# %% [markdown]
# ## The plan
# The network has two layers. Each is a product, a sum, and one more function:
#
#     $z1 = x W1 + b1$      $a = relu(z1)$         hidden layer, 64 numbers an image
#     $z2 = a W2 + b2$      $p = softmax(z2)$      output layer, 10 numbers an image
#
# The output layer is the model of lesson 6, with a instead of x. You write four
# functions: start, go forward, go backward, train.
# `relu(z)` is z where z is positive, and 0 elsewhere.

# %% [markdown]
# ## Why zero weights fail here
# In lesson 6 you could start with zeros. Here, a would then be 0, so dW2 is 0. W2 is 0
# too, so nothing gets back to W1. Both stay at 0 forever. Only b2 moves, and over 20
# seeds the accuracy stays at 0.1067, which is guessing.
#
# What if all weights start at the same number, say 0.01? Then every hidden unit computes
# the same, gets the same gradient and takes the same step. Sixty-four units do the work
# of one, and reach 0.3067. Random weights make the units different.

# %% [markdown]
# ## How large should the weights be?
# Each logit adds up `fan_in` products, one for each input.
# If the weights are too large, the logits explode; too small, and they fade away.
# For relu, a good compromise is a normal distribution with this standard deviation:
#
#     $sd(W) = sqrt(2 / fan_in)$
#
# For W1 that is $sqrt(2/784) = 0.0505$, for W2 $sqrt(2/64) = 0.1768$.

# %% [markdown]
# ## 9a  Start                                  (10 points, about 8 minutes)
# `sizes` is three numbers: inputs, hidden units, classes. Ours are 784, 64, 10.
# Draw the weights as above, and let the biases begin at zero.
# The same seed must always give the same start, and another seed a different one:
# `np.random.default_rng(seed)` makes a generator, and its `normal(size=shape)` draws
# numbers with a standard deviation of 1.


# %% id="9a"
def init(sizes, seed):
    """Return the parameters at the start, float64.

    sizes: (n_in, n_hidden, n_out).  Returns a dict with W1 (n_in, n_hidden),
    b1 (n_hidden,), W2 (n_hidden, n_out) and b2 (n_out,).
    """
    # 1 a generator from the seed   2 weights, sd sqrt(2 / fan_in)   3 zero biases
    raise NotImplementedError("9a")


# %% [show]
for name, value in init((784, 64, 10), seed=0).items():
    print(f"{name}  shape {value.shape}  sd {value.std():.4f}")

# %% [markdown]
# ## An image so small that you can do it by hand
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
# The true class is the second one, so $y = (0, 1)$.
# The loss is $-ln(1/4) = 1.386294$. Keep this image: you will go back through it.

# %% [markdown]
# ## 9b  Forward                                (15 points, about 8 minutes)
# Write the four steps of the plan for a whole batch, x of shape (n, n_in).
# Return z1, a **and** p: to go backward you will need all three.
# Use `stable_softmax` from above. Leave z1 as it is when you make a.


# %% id="9b"
def forward(x, params):
    """Run a batch through the network.

    x: (n, n_in).  Returns z1 (n, n_hidden), a (n, n_hidden) and p (n, n_out).
    """
    # 1 hidden logits   2 relu   3 output logits   4 softmax
    raise NotImplementedError("9b")


# %%
TINY = {
    "W1": np.array([[1.0, 1.0], [0.0, -1.0]]),
    "b1": np.zeros(2),
    "W2": np.array([[np.log(3), 0.0], [2.0, 5.0]]),
    "b2": np.zeros(2),
}
TINY_X, TINY_Y = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])

# %% [show]
for name, value in zip(("z1", "a", "p"), forward(TINY_X, TINY), strict=True):
    print(name, value)

# %% [markdown]
# ## Back through the output layer
# `dW2` is short for $dL/dW2$, and has the shape of W2.
# In the dict of gradients it has the key of its parameter: `grads["W2"]`.
# You know the output layer from lesson 6. Its gradient begins as before:
#
#     $dz2 = (p - y) / n$
#
# For the tiny image n is 1, so $dz2 = (0.75, -0.75)$: lower the first logit, raise the
# second. Then dW2 and db2 follow as dW and db did, with a as the input.
#
# Tiny image: dW2 has the rows $(0.75, -0.75)$ and $(0, 0)$, and $db2 = (0.75, -0.75)$.
# The second row is 0: a unit that is off changes nothing downstream.

# %% [markdown]
# ## The new step: back through relu
# How does a hidden number, $a_ij$, change the loss? It is multiplied by row j of W2, and
# reaches all the logits of image i. Add up its effect through each of them:
#
#     $da_ij = sum_k dz2_ik W2_jk$
#
# Tiny image: $da = (0.823959, -2.25)$. The second unit would matter if it were on.
# But relu is flat where $z1 < 0$: change z1 a little there, and a stays 0. The derivative
# of relu is 0 there, and 1 where $z1 > 0$:
#
#     $dz1 = da * (z1 > 0)$      tiny image: $(0.823959, 0)$

# %% [markdown]
# ## From the hidden logits to W1 and b1
# $z1 = x W1 + b1$ has the same form again, so lesson 6's rule gives dW1 and db1.
#
# Tiny image: dW1 has the rows $(0.823959, 0)$ and $(1.647918, 0)$.
# The second pixel is twice as bright, so its weight gets twice the gradient.

# %% [figure]
import matplotlib.pyplot as plt

from lessons.diagrams import draw_backpropagation

draw_backpropagation(TINY_X[0], TINY_Y[0], TINY)
plt.show()

# %% [markdown]
# ## 9c  Backward                               (35 points, about 25 minutes)
# Write it for a batch of n images. Which matrix product is the sum for da?
# When you are unsure which factor to transpose, ask the shapes: dW2 must match W2.
# Then check it as in lesson 5: the next cell compares with centred differences.


# %% id="9c"
def backward(x, y, params, z1, a, p):
    """Return the gradients of the mean loss of a batch.

    x: (n, n_in).  y: (n, n_out), one-hot.  z1, a, p: what forward(x, params) gave.
    Returns a dict with the keys and the shapes of params.
    """
    # 1 dz2   2 dW2, db2   3 back through W2 and relu: dz1   4 dW1, db1
    raise NotImplementedError("9c")


# %%
def numeric_grads(x, y, params, h=1e-5):
    """Return the same gradients, by centred differences (lesson 5). Slow, and hard to get
    wrong.
    """
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


# %% [show]
print(backward(TINY_X, TINY_Y, TINY, *forward(TINY_X, TINY)))  # the tiny image
rng = np.random.default_rng(9)
net, x = init((5, 4, 3), seed=9), rng.normal(size=(6, 5))
y = np.eye(3)[rng.integers(3, size=6)]
yours, slow = backward(x, y, net, *forward(x, net)), numeric_grads(x, y, net)
for name in net:
    print(f"d{name}  largest difference {np.abs(yours[name] - slow[name]).max():.1e}")

# %% [markdown]
# ## Reading the gradient check
# What you wrote in 9c is **backpropagation**: the chain rule, from the loss backwards.
#
# A right gradient differs by about 1e-10, and a wrong one in the first digits.
# Hardly anything falls in between, and that makes this check so good.
# One exception: a z1 closer to 0 than h. There relu has a kink, and no derivative.

# %% [markdown]
# ## One step, as in lesson 6
# A step goes against the gradient and is lr times as long. Here four arrays take it,
# each with its own gradient: `grads` has the keys of `params`.


# %%
def sgd_step(params, grads, lr):
    """Return the parameters after one step of gradient descent, as a dict like params."""
    return {name: value - lr * grads[name] for name, value in params.items()}


# %% [show]
grads = backward(TINY_X, TINY_Y, TINY, *forward(TINY_X, TINY))
after = sgd_step(TINY, grads, lr=0.1)
print("before", cross_entropy(TINY_Y, forward(TINY_X, TINY)[2]))
print("after ", cross_entropy(TINY_Y, forward(TINY_X, after)[2]))

# %% [markdown]
# On the tiny image, one step with lr = 0.1 takes the loss from 1.386294 to 0.871490.
# The weights have moved, and the network answers better.

# %% [markdown]
# ## Choose the recipe
# Batches, epochs and shuffling are those of lesson 6, and so is the way to choose: on
# validation images. We trained 20 seeds each, and validated on 10,000 images:
#
#     batches of     32      32      32      32      32     128
#     lr           0.01    0.05     0.2     0.5     1.0     0.5
#     mean       0.8941  0.9138  0.9282  0.9340  0.8387  0.9239
#     worst      0.8911  0.9089  0.9248  0.9306  0.3247  0.9088
#
# lr = 0.5 is best here, and twice as far is too far: with lr = 1, the worst seed ends at
# 0.3247. So keep away from that edge, and take batches of 32 with lr = 0.2: 125 steps an
# epoch.

# %% [markdown]
# ## No longer a bowl
# Steps that are too long can ruin the convex model of lesson 6, too. Something else
# shows that this loss isn't convex. Put the hidden units of a trained network in
# another order, and it computes the same. Halfway between these two networks, the loss
# of a convex model would be no higher than at the ends. Here the training loss is
# below 0.013 at both ends and 0.633 halfway, on average over 20 seeds.

# %% [markdown]
# ## 9e  Train                                  (30 points, about 15 minutes)
# Put the four functions together: 64 hidden units, 20 epochs, a new order of the images
# in each. The grader passes 4,000 prepared images with one-hot labels to `fit`.
# It takes your parameters and validates them on 10,000 images that `fit` never gets.
# **The target is an accuracy of 0.91** there. Use the test images last, and only once.
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
# ## Before you run
# Which loss do you expect after the first epoch, and which after the last?
# Write two numbers down. Ten equal guesses would cost $ln 10$, which is 2.302585.
# Then run. It takes a second or two.

# %% [figure]
import rich

from grader.fit_progress import tell
from grader.pictures import digits
from lessons.data import load_data

(images, labels), (test_images, test_labels) = load_data()
x, y = prepare(images[:4000]), one_hot(labels[:4000])
val_images, val_labels = images[4000:14_000], labels[4000:14_000]
x_val, y_val = prepare(val_images), one_hot(val_labels)
training, validation = [], []


def write_down(params):
    """Note the loss on the training images and on the validation images."""
    training.append(cross_entropy(y, forward(x, params)[2]))
    validation.append(cross_entropy(y_val, forward(x_val, params)[2]))
    tell(len(training), epochs=20, loss=training[-1], validation=validation[-1])


params = fit(x, y, seed=0, on_epoch=write_down)
p = forward(x_val, params)[2]
is_right = p.argmax(axis=1) == val_labels
print(f"accuracy on 10,000 validation images: {is_right.mean():.4f}")
epochs = range(1, len(training) + 1)
fig, ax = plt.subplots()
ax.plot(epochs, training, marker=".", label="4,000 training images")
ax.plot(epochs, validation, marker=".", label="10,000 validation images")
ax.set_xlabel("epochs")
ax.set_ylabel("loss, in nats")
ax.set_title("your gradient trains a network")
ax.legend()
fig.set_label(
    "Loss after each epoch. On the training images it falls nearly to 0; on the "
    "validation images it soon stops falling."
)
plt.show()

# %% [markdown]
# ## Read the curve
# The loss on the training images falls nearly to 0: the network memorises them.
# The loss on the validation images soon stops falling. Would more epochs help? Over 20
# seeds, 40 instead of 20 raised the accuracy from 0.9282 to 0.9297. More images help
# more: 20 epochs on 8,000 images reached 0.9482.
#
# What does the hidden layer gain? Don't compare with the 0.920 of lesson 6: that model
# learned 50,000 images. With the 4,000 images of this lesson, softmax regression reaches
# 0.897, the best of six recipes with 20 seeds each. So the hidden layer takes it from
# 0.897 to 0.928: it is wrong for about 7 images in 100 instead of 10.
#
# Which wrong answers is your network most confident about? Use the validation images for
# this as well.

# %% [show]
wrong = np.flatnonzero(~is_right)
surest = wrong[np.argsort(-p[wrong].max(axis=1))[:4]]
said = [f"{val_labels[i]}, taken for {p[i].argmax()}" for i in surest]
rich.print(digits(val_images[surest], said))

# %% [markdown]
# ## All models on the same images
# These models learned the same 4,000 images, each for 20 epochs, and were scored on the
# same 10,000 validation images. Means over 20 seeds; in Keras, over 3:
#
#     model                                     parameters   accuracy
#     softmax regression of lesson 6                 7,850      0.897
#     your network, 784-64-10                       50,890      0.928
#     the network of lesson 7, 784-512-10          407,050      0.935
#     a convolution, then 512-10                 2,774,858      0.953
#
# The **convolution** is a layer of Keras, `Conv2D(32, 3)`. It moves 32 patterns of 3 by 3
# weights across the image, and says for each place how well they fit. The layer after
# it, `MaxPooling2D`, keeps the largest of each 2 by 2 answers. So the same few weights
# look for a stroke everywhere. A dense layer has separate weights for each place.

# %% [markdown]
# ## Weight decay, one more line
# The training loss is almost 0, and the validation loss isn't. **Weight decay** pulls all
# weights a little towards 0. In the training loop that is one line, before each step, for
# W1 and for W2:
#
#     grads["W1"] = grads["W1"] + 0.001 * params["W1"]
#
# This is the gradient of a loss with a second term: 0.0005 times the sum of all squared
# weights. The biases stay out of it. The next cell trains your network for 40 epochs,
# without this line and with it, which takes some ten seconds.


# %% [figure]
def validation_losses(decay):
    """Return the validation loss after each of 40 epochs with this weight decay."""
    rng, params, losses = np.random.default_rng(0), init((784, 64, 10), 0), []
    for epoch in range(40):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            rows = order[start : start + 32]
            grads = backward(x[rows], y[rows], params, *forward(x[rows], params))
            for name in ("W1", "W2"):
                grads[name] = grads[name] + decay * params[name]
            params = sgd_step(params, grads, 0.2)
        losses.append(cross_entropy(y_val, forward(x_val, params)[2]))
        tell(epoch + 1, epochs=40, validation=losses[-1])
    return losses


fig, ax = plt.subplots()
for decay in (0, 0.001):
    losses = validation_losses(decay)
    print(f"decay {decay}: validation loss {losses[-1]:.3f} at the end")
    ax.plot(range(1, 41), losses, ".-", label=f"decay {decay}")
ax.set_xlabel("epochs")
ax.set_ylabel("validation loss, in nats")
ax.set_title("One more line in the training loop")
ax.legend()
fig.set_label(
    "Validation loss over 40 epochs. Without decay it falls and then rises slowly; with "
    "a decay of 0.001 it falls, and stays lower."
)
plt.show()

# %% [markdown]
# Over 20 seeds, the decay lowered the validation loss at the end of 40 epochs from 0.324
# to 0.248, on average. It was lower with every seed.

# %% [markdown]
# ## What a unit looks for
# A column of W1 has one weight for each pixel, as a template of lesson 6 had. But here
# it isn't a template of a digit: its row of W2 says for which digit the unit then votes,
# and against which. Compare the eight units below, those with the largest weights in W2,
# with your ten templates.
#
# At the edges you see noise. Those pixels are black in every image: their x is 0, so
# their row of dW1 is 0, and their weights keep the values from `init`. In lesson 6 those
# weights stayed 0.

# %% [figure]
strongest = np.argsort(-np.abs(params["W2"]).max(axis=1))[:8]
fig, axes = plt.subplots(2, 4, figsize=(10, 5.6))
for unit, ax in zip(strongest, axes.flat, strict=True):
    votes = params["W2"][unit]
    weights = params["W1"][:, unit].reshape(28, 28)
    shown = ax.imshow(weights, cmap="RdBu_r", vmin=-0.5, vmax=0.5)
    ax.set_title(f"for {votes.argmax()}, against {votes.argmin()}")
    ax.set_xticks([])
    ax.set_yticks([])
fig.colorbar(shown, ax=axes, label="weight")
fig.set_label(
    "The weights of eight hidden units as images, red for positive and blue for "
    "negative: strokes and arcs in the middle, noise at the edges."
)
plt.show()

# %% [markdown]
# ## The test images, once
# Everything is chosen. Now look at the test images, once.
# Over 20 seeds with lr = 0.2, test accuracy averaged 0.9304; the worst was 0.9253.

# %% [show]
answers = forward(prepare(test_images), params)[2].argmax(axis=1)
print(f"accuracy on 10,000 test images: {(answers == test_labels).mean():.4f}")

# %% [markdown]
# ## A wrong gradient that trains
# Leave out the factor $(z1 > 0)$, and train as before, with 20 seeds. The validation
# accuracy is 0.8846 on average, and with the right gradient it is 0.9282.
# That is lower, and yet it looks like learning. You might blame the learning rate, the
# batches or the seed, and no accuracy would tell you why. The gradient check tells you
# at once. Check gradients first, train afterwards.

# %% [markdown]
# ## 9f  One bug in a whole script               (10 points, about 10 minutes)
# A friend wrote the whole training as one function. It raises nothing, and its loss
# falls. With lr = 0.05, the validation accuracy over 20 seeds is 0.912 on average;
# correct steps with that rate reach 0.914. But with lr = 0.1 all 20 networks end no
# better than guessing. "That rate is too large for this network," says the friend.
#
# Is it? Yours learns well with 0.2. The script has one bug, and this time no wrong number
# tells you where. Which functions of this lesson do you trust, and where would they be
# after one step? Find the bug, fix it, and change nothing else.


# %% id="9f"
def friends_fit(x, y, params, seed, lr=0.05, epochs=20):
    """Train from params.  Returns the new parameters, a dict, and each epoch's mean loss.

    x: (n, n_in), from 0 to 1.  y: (n, n_out), one-hot.  params stays as it is.
    """
    rng = np.random.default_rng(seed)
    W1, b1, W2, b2 = (params[name].copy() for name in ("W1", "b1", "W2", "b2"))
    losses = []
    for _ in range(epochs):
        total, order = 0, rng.permutation(len(x))
        for start in range(0, len(x), 32):
            batch = order[start : start + 32]
            # Forward.
            z1 = x[batch] @ W1 + b1
            a = np.maximum(z1, 0)
            p = stable_softmax(a @ W2 + b2)
            total += len(batch) * cross_entropy(y[batch], p)
            # Backward, and a step.
            dz2 = (p - y[batch]) / len(batch)
            W2 -= lr * (a.T @ dz2)
            b2 -= lr * dz2.sum(axis=0)
            dz1 = (dz2 @ W2.T) * (z1 > 0)
            W1 -= lr * (x[batch].T @ dz1)
            b1 -= lr * dz1.sum(axis=0)
        losses.append(total / len(x))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}, losses


# %% [show]
for lr in (0.05, 0.1):
    trained, losses = friends_fit(x, y, init((784, 64, 10), 0), seed=0, lr=lr)
    is_right = forward(x_val, trained)[2].argmax(axis=1) == val_labels
    told = f"loss {losses[0]:.3f} to {losses[-1]:.3f}, accuracy {is_right.mean():.4f}"
    print(f"lr = {lr}: {told}")

# %% [markdown]
# ## Say it in one sentence                     (no points)
# A friend trained without $(z1 > 0)$ and says: "It learns, so the gradient is right."
# What do you answer? Say it aloud, in one sentence, before you read on.
#
# Ours: a wrong direction can lead downhill too, so a falling loss does not show that the
# gradient is right.

# %% [markdown]
# ## Further reading
# * Backpropagation, step by step: <https://cs231n.github.io/optimization-2/>
# * Chapter 2 of Nielsen's book: <http://neuralnetworksanddeeplearning.com/chap2.html>
# * Why $sqrt(2 / fan_in)$, He and others (2015): <https://arxiv.org/abs/1502.01852>

# %% [markdown]
# ## Answers to the three questions
# 1. $p - y$. Divide by n when the loss is a mean over n images.
# 2. dW is `x.T @ dz`, and db is the sum of dz over the images.
# 3. A single layer: `(x W1) W2` is `x (W1 W2)`.
#
# You have written a network, its gradient and its training, and you can check each.
# Keras does the same calculations, for more layers than you would like to write by hand.
# Lesson 11 puts its weights into your network, and you will see that it does.
#
# `uv run invoke grade lesson9` says how well it went.
