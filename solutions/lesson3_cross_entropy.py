# %% [markdown]
# # Lesson 3  Cross-entropy by hand
# 125 minutes. Needs: lessons 1 and 2 (or read on; everything you need is here).
#
# A network answers with probabilities. How good is such an answer? In this lesson you
# invent a penalty for it, on paper and then in NumPy, and write tests that catch a wrong
# one. It is the loss that nearly every classifier learns from. A good place for a break
# is after 3d.

# %% [markdown]
# ## Three questions first
# Answer on paper, from memory. The answers are at the end of the lesson.
#
# 1. An array of images has shape `(n, 28, 28)`. Which axis counts the images?
# 2. There are ten classes. What is the one-hot row of the digit 4?
# 3. A classifier always answers the most common digit. About how often is it right?

# %%
import math

import numpy as np

# %% [markdown]
# ## Warm-up: four forecasters            (5 minutes, no points)
# It rained. Ada had said that rain was 90 % likely, Ben 50 %, Cleo 10 %, Dan 0 %.
# Who was worst, and by how much? Invent a penalty that follows three rules:
#
# 1. Certain and right costs 0.
# 2. The lower the probability you gave to what happened, the more it costs, without
#    bound.
# 3. The penalties of two independent days add up.
#
# The first idea is often `1 - p`. Run it, and see which rules it breaks.


# %%
def my_penalty(p):
    """Return your penalty.  p: the probability given to what then happened."""
    return 1 - p


# %% [show]
for p in (0.9, 0.5, 0.1, 0.001):
    print(f"{p:5}  costs {my_penalty(p):.3f}")
print(f"two days at once {my_penalty(0.5 * 0.5):.3f}", end=", ")
print(f"one after the other {my_penalty(0.5) + my_penalty(0.5):.3f}")

# %% [markdown]
# ## Only the logarithm follows all three rules
# `1 - p` follows only rule 1: it never exceeds 1, and over two days it doesn't add up.
# Probabilities of independent days multiply, but penalties should add. Among functions
# that follow rule 2, only the logarithm turns products into sums. So the penalty is
# $-ln p$, or a positive multiple of it. We take $-ln p$ and call it the **surprise**.
# Its unit is the *nat*. (In Python, ln is `math.log`, or `np.log` for arrays.)
#
#     p       -ln p           p       -ln p
#     0.999   0.001001        0.25    1.386294
#     0.99    0.010050        0.1     2.302585
#     0.9     0.105361        1e-7   16.118096
#     0.5     0.693147
#
# Dan said 0 %, so his surprise is infinite.

# %% [figure]
import matplotlib.pyplot as plt

chances = np.linspace(0.005, 1, 300)
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.plot(chances, -np.log(chances), label="surprise, -ln p")
ax.plot(chances, [my_penalty(p) for p in chances], "--", label="your penalty")
for name, p in (("Ada", 0.9), ("Ben", 0.5), ("Cleo", 0.1)):
    ax.plot(p, -np.log(p), "ko")
    ax.annotate(name, (p, -np.log(p)), (6, 6), textcoords="offset points")
ax.set_xlabel("p, the probability given to what happened")
ax.set_ylabel("penalty (nats)")
ax.set_title("What a forecast costs")
ax.legend()
fig.set_label("-ln p rises steeply as p falls towards 0; 1 - p never exceeds 1.")
plt.show()

# %% [markdown]
# ## From logits to probabilities
# For each image a network computes one number per class, the **logit** z (some books
# call it a score). It may be any number, but probabilities are never negative, and they
# sum to 1. So take three steps, together called **softmax**:
#
#     $z$   ->   $exp(z)$   ->   divide by the sum of the row   ->   $p$

# %% [markdown]
# ## Worked example A: one image
# These logits are chosen so that their exponentials are whole numbers.
#
#     z        ln 7   ln 2    0
#     exp(z)    7      2      1      their sum is 10
#     p         0.7    0.2    0.1
#
# The loss of an image is the surprise at its true class, $-ln p_true$. If class 0 is the
# true class, that is $-ln 0.7 = 0.356675$. For class 1 it is 1.609438, and for class 2
# it is 2.302585. The loss of a batch is the **mean** over its images.

# %% [markdown]
# ## 3a  The paper batch                        (15 points, about 12 minutes)
# Four images, three classes. Take a pen and a calculator, and fill in the table.
#
#     row   exp(z)    sum   p               true class   loss
#      1    7  2  1   10    0.7  0.2  0.1       0        0.357
#      2    3  1  1    5    0.6   ?    ?        1          ?
#      3    1  6  1    ?     ?    ?    ?        2          ?
#      4    1  3  4    ?     ?    ?    ?        2          ?
#
# Then take the mean of the four losses. Three decimals are enough.

# %% id="3a"
PAPER = {
    "p row 1": [0.7, 0.2, 0.1],
    "p row 2": [0.6, 0.2, 0.2],  # SOLUTION
    "p row 3": [0.125, 0.75, 0.125],  # SOLUTION
    "p row 4": [0.125, 0.375, 0.5],  # SOLUTION
    "loss row 1": 0.357,
    "loss row 2": 1.609,  # SOLUTION
    "loss row 3": 2.079,  # SOLUTION
    "loss row 4": 0.693,  # SOLUTION
    "mean": 1.185,  # SOLUTION
}

# %% [markdown]
# ## Drag p towards 0
# Run the next cell, and drag p. Each step halves it, and adds 0.693147, which is $ln 2$,
# to the surprise. How much does it add to your penalty from the warm-up? (No slider?
# Compare the four figures.)

# %% [figure]
from grader.pictures import slider

halved = 0.5 ** np.linspace(0, 10, 81)


def draw_penalty(ax, p):
    surprise, yours = 0 - math.log(p), my_penalty(p)
    ax.plot(halved, -np.log(halved), label="surprise, -ln p")
    ax.plot(halved, [my_penalty(p) for p in halved], "--", label="your penalty")
    ax.plot([p, p], [surprise, yours], "ko")
    ax.set_title(f"surprise {surprise:.3f}, yours {yours:.3f}")
    ax.set_xlabel("p")
    ax.set_ylabel("penalty (nats)")


slider(
    draw_penalty,
    "p",
    0.5 ** np.arange(11),
    title="While p is halved",
    alt="Two points on the curves of -ln p and of your penalty move towards p = 0.",
)

# %% [markdown]
# ## Softmax in one line
# On paper you computed $p_k = exp(z_k) / sum_j exp(z_j)$, where j goes through all
# classes. (In Python, exp is `math.exp`, or `np.exp` for arrays.)

# %% [markdown]
# ## 3b  Find the bug: softmax of one row       (10 points, about 7 minutes)
# The function below should do what you did on paper. The numbers that it returns are
# never negative, and they sum to 1. So it looks right, but it isn't softmax.
#
# The cell below it tries two rows: example A, and the logits -2, 0 and 1. Which class
# should get the largest probability in the second row? Which one gets it?
# Find the bug and fix it. What would a network with this bug do to a class whose logit
# is far below zero?


# %% id="3b"
def softmax_row(z):
    """Return the probabilities of one image.  z: a list of logits.  Returns a list."""
    # BEGIN SOLUTION
    # 1 exponentiate
    es = [math.exp(logit) for logit in z]
    # 2 add up
    s = sum(es)
    # 3 divide
    ps = [e / s for e in es]
    return ps
    # GIVEN
    # # 1 make every number positive
    # sizes = [logit**2 for logit in z]
    # # 2 add up
    # total = sum(sizes)
    # # 3 divide
    # return [size / total for size in sizes]
    # END SOLUTION


# %% [show]
print(softmax_row([math.log(7), math.log(2), 0]))
print(softmax_row([-2.0, 0.0, 1.0]))

# %% [markdown]
# ## Why exponentials and not squares
# Squares aren't negative either. But $(-2)^2$ is larger than $1^2$, so the class with
# the lowest logit can win. Exponentials are *monotonic*: a larger logit always gets a
# larger probability, so the class with the largest logit is always the most likely one.
# They have a second advantage. Divide two probabilities of a row, and the sum cancels:
#
#     $p_i / p_j = exp(z_i) / exp(z_j) = exp(z_i - z_j)$
#
# So $ln(p_i / p_j) = z_i - z_j$. This is what logits mean: the **difference** of two
# logits is the ln of a ratio. If $z_i$ is $ln 7$ above $z_j$, class i is 7 times as
# likely. And if you add the same number to all the logits of a row, no probability
# changes.

# %% [markdown]
# ## 3c  Softmax of a whole batch               (15 points, about 9 minutes)
# The logits of a batch are an array z of shape `(n, K)`: n images, K classes.
# (A capital K is their number, and a small k each of them in turn, as in $p_k$.)
# Each **row** is one image, so each row has to sum to 1.
# A single image of shape `(K,)` should work as well. (Axis -1 is the last axis of an
# array, as index -1 is the last entry of a list.)
# One trap: a sum over an axis removes that axis, unless you pass `keepdims=True`.


# %% id="3c"
def softmax(z):
    """Return probabilities, row by row.  z: (n, K) or (K,).  float64, same shape."""
    # 1 exponentiate   2 add up each row   3 divide
    # BEGIN SOLUTION
    e = np.exp(np.asarray(z, dtype=np.float64))
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


# %%
PAPER_Z = np.log([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])  # (4, 3)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]  # (4, 3), one-hot

# %% [show]
print(softmax(PAPER_Z))  # the table of 3a

# %% [markdown]
# ## While one logit moves
# The next cell keeps the logits of classes 1 and 2 at 1 and 0. Drag z_0, the logit of
# class 0, and watch the bars of class 1 and class 2: they shrink, but their ratio stays
# the same, because their difference $z_1 - z_2$ does.


# %% [figure]
def draw_probabilities(ax, z_0):
    p = softmax(np.array([z_0, 1.0, 0.0]))
    ax.bar(["0", "1", "2"], p)
    ax.set_ylim(0, 1)
    ax.set_title(f"p = {p[0]:.3f}, {p[1]:.3f}, {p[2]:.3f}")
    ax.set_xlabel("class")
    ax.set_ylabel("probability p")


slider(
    draw_probabilities,
    "z_0",
    np.linspace(-2, 4, 25),
    title="Softmax of (z_0, 1, 0)",
    alt="The bar of class 0 grows from almost 0 to almost 1 as its logit rises.",
)

# %% [markdown]
# ## Three probabilities are one point
# Three numbers that are never negative and sum to 1 are a point of a triangle. In each
# corner one class is certain, and in the middle all three are equally likely.
# As z_0 grows, your softmax moves towards the corner of class 0. It moves on a straight
# line, because classes 1 and 2 always share the rest in the same ratio.

# %% [figure]
from lessons.diagrams import draw_triangle

moving = np.array([[z_0, 1.0, 0.0] for z_0 in np.linspace(-2, 4, 25)])
draw_triangle(
    {f"$z_0$ = {z[0]:g}": softmax(z) for z in moving[::4]},
    path=softmax(moving),
    title="Softmax of ($z_0$, 1, 0)",
)
plt.show()

# %% [markdown]
# ## The loss with one-hot labels
# The label of an image is a row y, with a 1 at the true class and 0 elsewhere. With
# it, the loss of image number i can be written as a sum over the classes:
#
#     $L_i = -sum_k y_k ln p_k = -ln p_true$
#
# The zeros in y remove every term but one: the surprise at the true class.

# %% [markdown]
# ## 3d  Find the bug: the loss of each image   (10 points, about 7 minutes)
# `y * np.log(p)` is 0 everywhere except at the true class. Add up each row.
# Then remember Dan. `np.log(0)` is -inf, and `0 * -inf` is nan, not a number. One nan
# makes the mean of the whole batch nan, and training can then make every weight nan. So
# Keras first clips p to the range from 1e-7 to 1 - 1e-7. (The lower bound prevents the
# nan. The upper one helps if a loss contains $ln(1 - p)$, as in lesson 4; we use both,
# so that your loss agrees with Keras.)
#
# The function below was meant to do the same. Run the cell after it: the paper batch is
# right, and the second line isn't. Find the bug and fix it.
# Then a certain mistake costs 16.118096, and a certain success costs 1e-7.


# %% id="3d"
def losses(y, p):
    """Return each image's loss in nats.  y: (n, K) one-hot.  p: (n, K).  Returns (n,)."""
    # 1 clip   2 log   3 keep the true class
    # BEGIN SOLUTION
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -(y * np.log(p)).sum(axis=1)
    # GIVEN
    # np.clip(p, 1e-7, 1 - 1e-7)
    # return -(y * np.log(p)).sum(axis=1)
    # END SOLUTION


# %% [show]
print(losses(PAPER_Y, softmax(PAPER_Z)))
print(losses(np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]])))  # Dan, and a success

# %% [markdown]
# ## Drag p into the clip
# The next cell asks your `losses` what an image costs if its true class got a p of
# $10^(-k)$. Drag k to the right, and look for the place where your loss leaves the dashed
# line. If it never does, it isn't clipped yet.


# %% [figure]
def draw_clip(ax, k):
    ks = np.arange(13)
    p = 0.1**ks
    yours = losses(np.eye(2)[[0] * 13], np.stack([p, 1 - p], axis=1))
    ax.plot(ks, -np.log(p), "k--", label="-ln p")
    ax.plot(ks, yours, label="your losses")
    ax.plot(k, yours[int(k)], "o", color="C0")
    ax.set_title(f"it costs {yours[int(k)]:.3f}")
    ax.set_xlabel("k, with p = 1e-k")
    ax.set_ylabel("loss (nats)")


slider(
    draw_clip,
    "k",
    range(13),
    title="A smaller and smaller p",
    alt="Clipped losses follow -ln p up to k = 7 and then stay the same.",
)

# %% [markdown]
# ## 3e  The loss of a whole batch              (15 points, about 15 minutes)
# Each image has one loss. The loss of a batch of n images is their mean **over the
# images**: $L = (L_1 + ... + L_n) / n$.
# Rows 1 and 2 of the paper batch cost 0.357 and 1.609, with a mean of 0.983.
#
# Labels may be **soft**: if most people take an image for a 0 and a few for a 1, its
# label can be (0.9, 0.1, 0). The sum then has several terms. Does your `losses` add
# them all?
# Two inputs have no answer: class numbers such as `[0, 1, 2, 2]` instead of rows, and a
# batch without images. You can tell both from the shapes. For these, raise a
# `ValueError` with a helpful message.


# %% id="3e"
def cross_entropy(y, p):
    """Return the mean cross-entropy, in nats, as a float.

    y: (n, K) one-hot or soft labels.  p: (n, K), rows sum to 1.
    """
    # 1 refuse what has no answer   2 the loss of each image   3 average over images
    # BEGIN SOLUTION
    y, p = np.asarray(y), np.asarray(p)
    if y.shape != p.shape:
        raise ValueError(f"y {y.shape} must be one-hot rows, shaped like p {p.shape}")
    if len(p) == 0:
        raise ValueError("a batch without images has no mean loss")
    return float(losses(y, p).mean())
    # END SOLUTION


# %% [show]
paper_p = softmax(PAPER_Z)
print("paper batch", cross_entropy(PAPER_Y, paper_p))

# %% [markdown]
# ## Worked example B: ten classes
# The logits are $z = (1, 0, 0, 0, 0, 0, 0, 3, 0, 0)$, and the true class is 7.
# The exponentials sum to 30.803819, so the true class gets p = 0.652047.
# The loss is 0.427639. Ten equal guesses give $p = 1/10$ and cost 2.302585, or $ln 10$.
# You will meet that number again: it is the loss of a network that knows nothing.

# %% [show]
ten = np.array([[1.0, 0, 0, 0, 0, 0, 0, 3, 0, 0]])
print(cross_entropy(np.eye(10)[[7]], softmax(ten)))

# %% [markdown]
# ## The loss sees more than accuracy does
# Two classifiers look at the same two images, and both are right both times.
# One gives the true class 0.4 each time, slightly more than any other class gets.
# The other gives it 0.98. Both have an accuracy of 100 %.
# Their losses are 0.916291 and 0.020203: the loss shows which of them is sure.

# %% [markdown]
# ## Why it is called a likelihood
# Multiply what the true classes of the paper batch got:
#
#     $0.7 * 0.2 * 0.125 * 0.5 = 0.00875$
#
# If the images are independent, this is the probability that your p gives to all four
# labels at once: their **likelihood**. With more images it soon becomes too small to
# print. Its logarithm doesn't: products become sums, so minus that logarithm is the sum
# of the four surprises, 4.738702. Divide by n = 4, and there is your loss, 1.184675.
# So the smallest loss and the largest likelihood are the same thing, and training with
# cross-entropy is **maximum likelihood**.

# %% [markdown]
# ## The loss to beat
# A classifier that never looks can still say how common each class is. On the training
# labels of MNIST that costs 2.301159, hardly less than the 2.302585 of ten equal guesses,
# because the digits are nearly equally common. This number is the **entropy** of the
# labels, the baseline of every loss as 0.1135 is the baseline of every accuracy.
#
# In the paper batch, class 2 is true twice. The constant answer $(1/4, 1/4, 1/2)$ costs
# 1.039721 there, and the four rows of 3a cost 1.184675: whatever gave those rows would
# have done better not to look.

# %% [markdown]
# ## Bits and perplexity
# With the logarithm to base 2 the unit is the *bit*: 1.184675 nats are 1.709125 bits.
# And $exp(loss)$ is the **perplexity**, the number of equal guesses that would cost as
# much. Here it is 3.269625, more than the three classes that there are. Language models
# report it. Suppose that such a model has to guess the next word, one of 50,000. What is
# its loss before it has learned anything? Estimate it without a calculator: $ln 10$ is
# 2.3, and $ln 5$ is 1.6. (The answer is at the end.)

# %% [markdown]
# ## What else Keras does
# `categorical_crossentropy` in Keras first divides each row of p by its sum.
# Then it clips. So for $p = (2, 1, 1)$ and true class 0 it uses 2/4, and the loss is
# 0.693147. In float64 your function and Keras agree to at least nine decimals. In
# float32 they differ by about a millionth, so compare in float64.

# %% [markdown]
# ## Five facts about this loss
# 1. It is never negative.
# 2. Certain and right costs almost 0, certain and wrong costs 16.118096.
# 3. K equal guesses cost $ln K$.
# 4. It is a mean over images, whatever the size of the batch.
# 5. If you shuffle the classes in y and p in the same way, the loss stays the same.
#
# Each of them is a test. A wrong loss usually fails at least one.

# %% [markdown]
# ## Tests, and how to run them
# A test calls a function and asserts what has to be true of the answer: `assert` does
# nothing if the condition after it is true, and raises an error if not. Most projects
# in Python run their tests with a program called **pytest**. It finds the functions
# whose names begin with `test_`, calls each of them, and if an `assert` fails, it shows
# the values in it.
#
# A test takes what it needs as an argument. The next cell defines a **fixture** named
# `loss`; the line that begins with `@` marks it as one. If a test takes an argument
# `loss`, pytest calls the fixture and passes what it returns: your `cross_entropy`. So
# the same tests can check another loss, for instance a wrong one.

# %% [pytest]
import pytest


@pytest.fixture
def loss():
    """Return the function to test."""
    return cross_entropy


# %% [markdown]
# For example, this is a test of the first fact:
#
#     def test_it_is_never_negative(loss):
#         cost = loss(PAPER_Y, softmax(PAPER_Z))
#         assert cost >= 0
#
# Now suppose that the minus sign in `losses` is missing, and run pytest in a terminal:
# `uv run invoke pytest 3f`. For this test it shows
#
#         def test_it_is_never_negative(loss):
#             cost = loss(PAPER_Y, softmax(PAPER_Z))
#     >       assert cost >= 0
#     E       assert -1.1846753946531534 >= 0
#
# The line that begins with `>` is the assert that failed. In the line with `E` below it,
# the names are replaced by their values: the cost was negative. A test that passes is
# only listed, with the word PASSED.

# %% [markdown]
# ## 3f  Tests that catch a wrong loss          (15 points, about 22 minutes)
# Write tests for pytest, as many as you like: functions in the next cell whose names
# begin with `test_`, and whose only argument is `loss`. Each calls `loss(y, p)` on
# batches of your choice, and asserts what the answer has to be, as in
# `assert abs(loss(y, p) - expected) < 1e-6`. (Numbers in the text are rounded, so don't
# compare with `==`.)
# The grader gives your tests two right losses and nine wrong ones.
# Both right ones must pass all tests, and at least seven wrong ones must fail one.
# Some wrong ones get the paper batch exactly right, so one batch is not enough.


# %% id="3f"
def test_the_paper_batch(loss):
    """The paper batch costs 1.184675."""
    # BEGIN SOLUTION
    exps = np.array([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])
    p = exps / exps.sum(axis=1, keepdims=True)
    assert abs(loss(PAPER_Y, p) - 1.184675) < 1e-6
    twice = loss(np.concatenate([PAPER_Y, PAPER_Y]), np.concatenate([p, p]))
    assert abs(twice - 1.184675) < 1e-6


def test_equal_guesses(loss):
    """K equal guesses cost ln K."""
    for count in (2, 5, 10):
        y, p = np.eye(count)[[0, count - 1, 1]], np.full((3, count), 1 / count)
        assert abs(loss(y, p) - math.log(count)) < 1e-6


def test_certain_answers(loss):
    """Certain and right costs almost nothing, certain and wrong 16.118096."""
    right, wrong = np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]])
    assert 0 <= loss(right, right) < 1e-6
    assert abs(loss(right, wrong) - 16.118096) < 1e-3


def test_soft_labels(loss):
    """A soft label has several terms: 0.9 * 0.356675 + 0.1 * 1.609438."""
    y, p = np.array([[0.9, 0.1, 0]]), np.array([[0.7, 0.2, 0.1]])
    assert abs(loss(y, p) - 0.481951) < 1e-6
    # END SOLUTION


# Write more tests here: def test_another(loss), and so on.


# %% [show]
for name, test in list(globals().items()):
    if name.startswith("test_"):
        test(cross_entropy)  # as pytest does
        print(name, "passes")

# %% [markdown]
# ## 3g  Say why                                (5 points, about 7 minutes)
# Answer each question with one letter, and then write one sentence. The grader can't
# judge a sentence: writing one is enough, and you will see another one to compare.
#
# **why ln**:
#
# * a) It makes numbers smaller, which is easier to read.
# * b) It turns products of probabilities into sums.
# * c) It keeps the loss between 0 and 1.

# %% [markdown]
# **why the mean**:
#
# * a) Batches of different sizes can then be compared.
# * b) A sum has no derivative.
# * c) The mean keeps the loss below 1.
#
# **why not accuracy**:
#
# * a) Accuracy needs labels, and a loss does not.
# * b) Accuracy grows when things get better, and a loss has to fall.
# * c) Change a logit a little, and accuracy stays the same: it shows no direction.
#
# **in one sentence**: a friend asks what a loss of 1.184675 means. Explain it.

# %% id="3g"
EXPLAIN = {
    "why ln": "b",  # SOLUTION
    "why the mean": "a",  # SOLUTION
    "why not accuracy": "c",  # SOLUTION
    "in one sentence": "It gives the true class about a 31 % chance.",  # SOLUTION
}

# %% [markdown]
# ## 3h  Predict four changes                   (5 points, about 6 minutes)
# What happens to the loss in each case? Commit yourself before you run the next cell. At
# its end you can drag the factor, and see which class gets nearly everything.
#
# 1. The same four images are in the batch a second time, so that n is 8. Answer with
#    one of the words "same", "double" and "half".
#
# For the others, answer with one of the words "same", "smaller" and "larger".
#
# 2. You add 5 to every logit of every image.
# 3. You double all the logits of an image with $z = (3, 0, 0)$ and true class 0.
# 4. You double all the logits of an image with $z = (3, 0, 0)$ and true class 1.

# %% id="3h"
PREDICT = {
    "loss of a doubled batch": "same",  # SOLUTION
    "loss with 5 added to every logit": "same",  # SOLUTION
    "loss of a right answer, logits doubled": "smaller",  # SOLUTION
    "loss of a wrong answer, logits doubled": "larger",  # SOLUTION
}

# %% [figure] reveals="3h"
print("paper batch   ", cross_entropy(PAPER_Y, softmax(PAPER_Z)))
twice = np.concatenate([PAPER_Y, PAPER_Y]), np.concatenate([PAPER_Z, PAPER_Z])
print("the same twice", cross_entropy(twice[0], softmax(twice[1])))
print("5 added       ", cross_entropy(PAPER_Y, softmax(PAPER_Z + 5)))
z = np.array([[3.0, 0.0, 0.0]])
for true_class in (0, 1):
    y = np.eye(3)[[true_class]]
    once, doubled = cross_entropy(y, softmax(z)), cross_entropy(y, softmax(2 * z))
    print(f"true class {true_class}: {once:.6f}, logits doubled: {doubled:.6f}")


def draw_scaled(ax, factor):
    p = softmax(factor * np.array([2.0, 1.0, 0.0]))
    ax.bar(["0", "1", "2"], p)
    ax.set_ylim(0, 1)
    ax.set_title(f"p = {p[0]:.3f}, {p[1]:.3f}, {p[2]:.3f}")
    ax.set_xlabel("class")
    ax.set_ylabel("probability p")


slider(
    draw_scaled,
    "factor",
    [0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10],
    title="Scaling the logits z = (2, 1, 0)",
    alt="From three equal bars to a single bar of height 1, as the factor grows.",
)

# %% [markdown]
# ## What scaling the logits does
# Multiply all logits by a factor above 1, and the network becomes more confident: the
# differences $z_i - z_j$ grow, and with them the largest probability (unless all the
# logits are equal). If the answer is right, the loss falls. If another class is far
# ahead of the true one, the loss rises.
# A large factor leaves nearly everything to the class with the **max**imal logit.
# Softmax is the **soft** version of that choice: hence its name.
# The most likely class is the same for every factor above 0. So accuracy can't see the
# difference, and the loss can.

# %% [markdown]
# ## Your loss at work
# So far the logits were given. Suppose that each of them is a knob that you may turn.
# Which way? Ask your own loss: raise one logit by a tiny h, leave the others, and look.
#
# For the first logit of the paper batch and h = 0.0001, the loss falls from 1.1846754 to
# 1.1846679. Divide the change by h: that is -0.075, the **slope** of the loss at this
# logit. Where the slope is negative, raising the logit makes the loss smaller. Where it
# is positive, lowering it does. You need no calculus for that.

# %% [markdown]
# ## 3i  Go where the loss falls                (10 points, about 12 minutes)
# `one_step(y, z)` returns the logits after one step. First find the slope at each logit:
# raise only this logit by h = 0.0001, in a copy of z, and divide the change of the loss
# by h. Then move all logits at once, each by 2 times its slope, so that the loss falls.
#
# `for at in np.ndindex(z.shape)` goes through all positions, from `(0, 0)` to the last
# one, and `z[at]` is the logit there. `z.copy()` is a copy that you may change.
# `np.zeros_like(z)` is an array of zeros in the shape of z, with room for the slopes.


# %% id="3i"
def one_step(y, z):
    """Return the logits after one step of length 2 downhill.  y, z: (n, K)."""
    # 1 the loss now   2 nudge each logit by itself   3 slopes   4 move them all
    # BEGIN SOLUTION
    h = 0.0001
    before = cross_entropy(y, softmax(z))
    slopes = np.zeros(z.shape)
    for at in np.ndindex(z.shape):
        nudged = z.copy()
        nudged[at] += h
        slopes[at] = (cross_entropy(y, softmax(nudged)) - before) / h
    return z - 2 * slopes
    # END SOLUTION


# %% [figure]
z, curve = PAPER_Z, [cross_entropy(PAPER_Y, softmax(PAPER_Z))]
for _ in range(50):
    z = one_step(PAPER_Y, z)
    curve.append(cross_entropy(PAPER_Y, softmax(z)))
for steps in (0, 1, 10, 50):
    print(f"after {steps:2} steps: {curve[steps]:.3f}")
print(softmax(z).round(3))  # the table of 3a, 50 steps later
fig, ax = plt.subplots(figsize=(6, 3.6))
ax.plot(curve, label="your loss")
ax.axhline(math.log(3), color="grey", linestyle="--", label="ln 3, equal guesses")
ax.set_xlabel("steps")
ax.set_ylabel("loss of the paper batch (nats)")
ax.set_title("It learns")
ax.set_ylim(0, 1.3)
ax.legend()
fig.set_label(
    "The loss of the paper batch over 50 steps. It falls steeply from 1.185, crosses "
    "the line of equal guesses in the first step, and ends near 0."
)
plt.show()

# %% [markdown]
# ## It learns
# Ten steps take the loss from 1.185 to 0.142, and fifty to 0.027. In every row the true
# class now has at least 97 % of the probability. Nobody told the logits where to go: they
# followed your loss. All training works like this: find out which way the loss falls, and
# take a step that way.
#
# Two things are still missing. Here each image has logits of its own, so what they learn
# helps no other image. From lesson 6 on, the same weights compute the logits of all
# images. And nudging is slow: one step here takes 13 losses. The network of lesson 7 has
# 407,050 parameters, and would need about as many losses for one step. In lesson 4 you
# find a formula that gives all the slopes at once.

# %% [markdown]
# ## Further reading
# * Softmax and cross-entropy in *Dive into Deep Learning*:
#   <https://d2l.ai/chapter_linear-classification/softmax-regression.html>
# * Surprise, entropy and bits, with pictures:
#   <https://colah.github.io/posts/2015-09-Visual-Information/>

# %% [markdown]
# ## Answers to the three questions
# 1. Axis 0 counts the images.
# 2. `[0, 0, 0, 0, 1, 0, 0, 0, 0, 0]`: digit 0 has the first column.
# 3. About one time in nine: 11 of 100 images show a 1.
#
# And what does 1.184675 mean? $exp(-1.184675) = 0.3058$ is the geometric mean of the
# four $p_true$: the fourth root of their product.
#
# The first loss of the language model is $ln 50,000 = ln 5 + 4 ln 10$, about 10.8 nats.
#
# Next: `uv run invoke grade lesson3`, and then lesson 4, which derives this loss.
