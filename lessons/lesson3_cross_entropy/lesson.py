# To run this page, cell by cell:  uv run invoke run lesson3
# To have it graded:               uv run invoke grade lesson3
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson3")

# %% [markdown]
# # Lesson 3  Cross-entropy by hand
# 65 minutes. Needs: lessons 1 and 2 (or read on; everything you need is here).
#
# A network answers with probabilities. How good is such an answer?
# This course follows a short blog page, whose two pictures of this are lost. Here they
# come back as numbers. You begin on paper, and end with a loss of your own and tests
# that guard it.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. An array of photos has shape `(n, 28, 28)`. Which axis counts the photos?
# 2. There are ten classes. What does the one-hot row of the digit 4 look like?
# 3. Somebody always answers the commonest digit. How often are they right, about?

# %%
import math

import numpy as np

PREDICT = {}

# %% [markdown]
# ## Warm-up: four forecasters            (5 minutes, no points)
# It rained. Ada had said that rain was 90 % likely, Ben 50 %, Cleo 10 %, Dan 0 %.
# Who was worst, and by how much? Invent a penalty. It has to keep three rules:
#
# 1. Certain and right costs 0.
# 2. The closer to certain and wrong, the more it costs, without bound.
# 3. The penalties of two independent days add up.
#
# The first idea is often `1 - p`. Run it, and see which rules it breaks.


# %%
def my_penalty(p):
    """Yours to change.  p: the probability that was given to what then happened."""
    return 1 - p


if __name__ == "__main__":
    for p in (0.9, 0.5, 0.1, 0.001):
        print(f"{p:5}  costs {my_penalty(p):.3f}")
    print(f"two days at once {my_penalty(0.5 * 0.5):.3f}", end=", ")
    print(f"one after the other {my_penalty(0.5) + my_penalty(0.5):.3f}")

# %% [markdown]
# ## Only one penalty keeps all three rules
# `1 - p` keeps the first rule alone: it never exceeds 1, and it does not add up.
# Chances of independent days multiply: half times half is a quarter.
# Penalties have to add, so the penalty must turn products into sums, and among
# smooth functions only the logarithm does that.
# The penalty is $c * (-ln p)$, with any c above 0. With $c = 1$ it is called
# the **surprise**, and its unit is the *nat*.

# %% [markdown]
# ## The ladder of surprise
#
#     p       -ln p           p       -ln p
#     0.999   0.001001        0.25    1.386294
#     0.99    0.010050        0.1     2.302585
#     0.9     0.105361        1e-7   16.118096
#     0.5     0.693147
#
# Halve p, and the surprise grows by 0.693147, which is $ln 2$.
# Ten equal guesses give $p = 1/10$, and a surprise of 2.302585, which is $ln 10$.
# Dan said 0 %, so his surprise has no end. Remember him in exercise 3d.

# %% [markdown]
# ## From scores to probabilities
# For each photo a network gives every class one number, its **score** z.
# A score may be negative, and a probability may not. So take three steps:
#
#     z   ->   exp(z)   ->   divide by the sum of the row   ->   p
#
# In one line: $p_k = exp(z_k) / sum_j exp(z_j)$. This is the **softmax**.
# Exponentials are positive, and the division makes each row sum to 1.

# %% [markdown]
# ## Worked example A: one photo
# These scores are chosen so that their exponentials are whole numbers.
#
#     z        ln 7   ln 2    0
#     exp(z)    7      2      1      their sum is 10
#     p         0.7    0.2    0.1
#
# If class 0 is the truth, the photo costs $-ln 0.7 = 0.356675$.
# Class 1 would have cost 1.609438, and class 2 would have cost 2.302585.

# %% [markdown]
# ## The same with one-hot labels
# The label of a photo is a row y, with a 1 at the true class and 0 elsewhere.
# Write $p_true$ for the p of the true class. Then photo number i costs
#
#     $L_i = -sum_k y_k ln p_k = -ln p_true$
#
# The zeros in y remove every term but one: the surprise at the true class.
# A batch holds n photos. Its loss is the **mean** of their losses:
#
#     $L = (L_1 + ... + L_n) / n$

# %% [markdown]
# ## 3a  The paper batch                        (15 points, about 10 minutes)
# Four photos, three classes. Take a pen and a calculator, and fill in the table.
#
#     row   exp(z)    sum   p               truth   loss
#      1    7  2  1   10    0.7  0.2  0.1     0     0.357
#      2    3  1  1    5    0.6   ?    ?      1       ?
#      3    1  6  1    ?     ?    ?    ?      2       ?
#      4    1  3  4    ?     ?    ?    ?      2       ?
#
# Then take the mean of the four losses. Three decimals are plenty.

# %% id="3a"
PAPER = {
    "p row 1": [0.7, 0.2, 0.1],
    "p row 2": ...,
    "p row 3": ...,
    "p row 4": ...,
    "loss row 1": 0.357,
    "loss row 2": ...,
    "loss row 3": ...,
    "loss row 4": ...,
    "mean": ...,
}

# %% [markdown]
# ## 3b  Softmax of one row                     (10 points, about 4 minutes)
# Now the computer does what you did on paper: exponentials, sum, division.
# One step is written for you. Fill in the other two.
# Example A must come back as 0.7, 0.2 and 0.1.


# %% id="3b"
def softmax_row(z):
    """The probabilities of one photo.  z: a list of scores.  Returns a list."""
    raise NotImplementedError("3b")  # delete this line when the blanks are filled
    # 1 exponentiate
    es = [math.exp(score) for score in z]
    # 2 add up
    s = ...
    # 3 normalise
    ps = ...
    return ps


# %%
if __name__ == "__main__":
    print(softmax_row([math.log(7), math.log(2), 0]))

# %% [markdown]
# ## 3c  Softmax of a whole batch               (15 points, about 6 minutes)
# A batch of scores is an array z of shape `(n, k)`: n photos, k classes.
# (Only in a sum such as $sum_k$ is k one of the classes, each in turn.)
# Each **row** is one photo, so each row has to sum to 1.
# A single photo of shape `(k,)` should work as well.
# One trap: a sum over an axis loses that axis. Look up `keepdims`.


# %% id="3c"
def softmax(z):
    """Probabilities, row by row.  z: (n, k) or (k,).  Returns float64, same shape."""
    # 1 exponentiate   2 add up each row   3 normalise
    raise NotImplementedError("3c")


# %%
PAPER_Z = np.log([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])  # (4, 3)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]  # (4, 3), one-hot

if __name__ == "__main__":
    print(softmax(PAPER_Z))  # the table of 3a

# %% [markdown]
# ## 3d  The loss of each photo                 (10 points, about 5 minutes)
# `y * np.log(p)` is 0 everywhere except at the true class. Add up each row.
# Then remember Dan. `np.log(0)` is -inf, `0 * -inf` is nan, and one nan spoils the
# mean of a whole batch. So Keras first clips p to the range from 1e-7 to 1 - 1e-7.
# Do the same: `np.clip` does it.
# A certain mistake then costs 16.118096, and a certain success costs 1e-7.


# %% id="3d"
def losses(y, p):
    """The loss of each photo in nats.  y: (n, k) one-hot.  p: (n, k).  Returns (n,)."""
    # 1 clip   2 log   3 keep the true class
    raise NotImplementedError("3d")


# %%
if __name__ == "__main__":
    print(losses(PAPER_Y, softmax(PAPER_Z)))
    print(losses(np.eye(2), np.array([[0.0, 1.0], [0.0, 1.0]])))  # Dan, and a success

# %% [markdown]
# ## Predict before you run
# The loss of a batch is the mean over its photos.
# Put the same four photos into the batch a second time, so that n is 8.
# What happens to the loss? Commit yourself before you go on.

# %%
# One of the words "same", "double" and "half".
PREDICT["loss of a doubled batch"] = ...

# %% [markdown]
# ## 3e  The loss of a whole batch              (20 points, about 8 minutes)
# Each photo has one loss. The loss of the batch is their mean **over photos**.
# Rows 1 and 2 of the paper batch cost 0.357 and 1.609, with a mean of 0.983.
#
# Labels may be soft, such as (0.9, 0.1, 0): the sum then has several terms.
# Does your `losses` add them all?
# Two inputs have no answer: class numbers such as `[0, 1, 2, 2]` instead of rows,
# and a batch without photos. For these raise a `ValueError` with a helpful text.


# %% id="3e"
def cross_entropy(y, p):
    """Mean cross-entropy, in nats.

    y: (n, k) one-hot or soft labels.  p: (n, k), rows sum to 1.  Returns a float.
    """
    # 1 refuse what has no answer   2 the loss of each photo   3 average over photos
    raise NotImplementedError("3e")


# %% reveals="loss of a doubled batch"
if __name__ == "__main__":
    paper_p = softmax(PAPER_Z)
    print("paper batch ", cross_entropy(PAPER_Y, paper_p))
    twice = np.concatenate([PAPER_Y, PAPER_Y]), np.concatenate([paper_p, paper_p])
    print("the same twice", cross_entropy(*twice))  # what did you predict?

# %% [markdown]
# ## Worked example B: ten classes
# Scores z = (1, 0, 0, 0, 0, 0, 0, 3, 0, 0), and the truth is class 7.
# The exponentials sum to 30.803819. So the true class gets p = 0.652047.
# The loss is 0.427639. Ten equal guesses would cost 2.302585.
# You will meet that number again: it is the loss of a network that knows nothing.

# %%
if __name__ == "__main__":
    ten = np.array([[1.0, 0, 0, 0, 0, 0, 0, 3, 0, 0]])
    print(cross_entropy(np.eye(10)[[7]], softmax(ten)))

# %% [markdown]
# ## The loss sees more than accuracy does
# Two forecasters look at the same two photos, and both are right both times.
# One gives the true class 0.4 each time, just more than any other class gets.
# The other gives it 0.98. Accuracy is 100 % for both.
# Their losses are 0.916291 and 0.020203. The loss knows who is sure of the truth.

# %% [markdown]
# ## What Keras does besides
# `categorical_crossentropy` in Keras first divides each row of p by its sum.
# Then it clips. So p = (2, 1, 1) with truth 0 is read as 2 of 4, and costs 0.693147.
# In float64 your function and Keras agree to a billionth, at least. In float32
# they are about a millionth apart, so compare in float64.

# %% [markdown]
# ## Five things that are true of this loss
# 1. It is never negative.
# 2. Certain and right costs almost 0, certain and wrong costs 16.118096.
# 3. k equal guesses cost ln k.
# 4. The same batch twice has the same loss.
# 5. Shuffle the classes in y and p alike: the loss stays.
#
# Each of them is a test. A wrong loss usually breaks at least one.

# %% [markdown]
# ## 3f  Tests that catch a wrong loss          (20 points, about 10 minutes)
# Write `check_loss(fn)`. It calls `fn(y, p)` on batches of your choice, raises an
# `AssertionError` if an answer is wrong, and otherwise does nothing.
# The grader hands it two right losses and nine wrong ones.
# Both right ones must pass, and at least seven wrong ones must be caught.
# Some wrong ones get the paper batch exactly right, so one batch is not enough.


# %% id="3f"
def check_loss(fn):
    """Raise an AssertionError if fn(y, p) is not the mean cross-entropy in nats."""
    # 1 a known value   2 uniform   3 duplicated   4 certain   5 soft
    raise NotImplementedError("3f")


# %%
if __name__ == "__main__":
    check_loss(cross_entropy)  # silence is praise

# %% [markdown]
# ## 3g  Say why                                (10 points, about 4 minutes)
# One letter for each question, and then one sentence of your own. A sentence cannot
# be judged: having written it counts, and you are shown another, to compare.
#
# **why ln**:
#
# * a) It makes numbers smaller, which is easier to read.
# * b) It turns products of chances into sums.
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
# * c) Change a score a little, and accuracy stays: it shows no direction.
#
# **in one sentence**: a friend asks what a loss of 1.184675 says. Explain it.

# %% id="3g"
EXPLAIN = {
    "why ln": ...,
    "why the mean": ...,
    "why not accuracy": ...,
    "in one sentence": ...,
}

# %% [markdown]
# ## Where to read on
# * Softmax and cross-entropy in *Dive into Deep Learning*:
#   <https://d2l.ai/chapter_linear-classification/softmax-regression.html>
# * Surprise, entropy and bits, with pictures:
#   <https://colah.github.io/posts/2015-09-Visual-Information/>

# %% [markdown]
# ## Answers to the three questions
# 1. Axis 0 counts the photos.
# 2. `[0, 0, 0, 0, 1, 0, 0, 0, 0, 0]`: digit 0 owns the first column.
# 3. A bit more than one time in nine: 11 of 100 photos show a 1.
#
# And 1.184675? $exp(-1.184675) = 0.305845$, the geometric mean of the four $p_true$:
# the fourth root of their product.
#
# Next: `uv run invoke grade lesson3`, and then lesson 4, which derives this loss.
