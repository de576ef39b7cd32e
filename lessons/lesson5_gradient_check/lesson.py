# %% [markdown]
# # Lesson 5  Make it survive: stability and the gradient check
# 85 minutes. Needs: lesson 3, and the result of lesson 4 (given here again).
#
# Your cross-entropy is right, on paper and for small logits.
# Give it a logit of 1000, and it returns nan. Here you make it survive.
# Then you write its gradient, and a slow but simple function that checks it.
# Don't trust a gradient before that function has checked it.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. What is the loss of an image whose true class got $p = 1/10$?
# 2. One image has loss L, logits z and $p = softmax(z)$. What is $dL/dz$?
# 3. What do the entries of that gradient always sum to?

# %%
import numpy as np

PAPER_Z = np.log([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])  # (4, 3)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]  # (4, 3), one-hot


# %% [markdown]
# ## Softmax and cross-entropy from lesson 3
# Here are softmax and cross-entropy from lesson 3, solved for you.
# Both are right, and both are fragile.


# %%
def softmax(z):
    """Probabilities, row by row, as in lesson 3."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(y, p):
    """Mean cross-entropy in nats, as in lesson 3."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


# %% [markdown]
# ## 5a  Where does exp overflow?               (10 points, about 5 minutes)
# The largest float32 is about 3.4e38, the largest float64 about 1.8e308. A result above
# that **overflows**: NumPy returns inf. A result too close to 0 **underflows** to 0.
# Predict what NumPy returns before you run the next cell.
# Each answer is one of the words "finite", "inf", "zero" and "nan".
# A calculator may help: $ln 10$ is 2.302585.

# %% id="5a"
PREDICT = {
    "exp(88) in float32": ...,
    "exp(89) in float32": ...,
    "exp(700) in float64": ...,
    "exp(710) in float64": ...,
    "exp(-1000) in float64": ...,
    "inf / inf": ...,
}

# %% [show] reveals="5a"
with np.errstate(all="ignore"):  # no warnings: we look at the answers
    print("exp(88), exp(89), float32:", np.exp(np.float32([88, 89])))
    print("exp(700), exp(710), float64:", np.exp([700.0, 710.0]))
    print("exp(-1000), float64:", np.exp(-1000.0))
    print("inf / inf:", np.float64("inf") / np.inf)
    print("softmax of (1000, 0, -1000):", softmax(np.array([1000.0, 0, -1000])))
    print("of (-1000, -1001, -1002):", softmax(np.array([-1000.0, -1001, -1002])))

# %% [markdown]
# ## Logits of 1000 break softmax
# In float32, exp overflows between 88.72 and 88.73, in float64 between 709.78 and
# 709.79.
# Then softmax divides inf by inf, and that is nan, *not a number*.
# Very negative logits fail as well: there, softmax divides 0 by 0.
# A network can reach such logits while it learns. One nan in a loss turns every weight
# of the network into nan at the next step.

# %% [markdown]
# ## Softmax ignores a constant shift
# Add the same number c to all logits of one image. Each $exp(z_k)$ is multiplied by
# $exp(c)$. So is their sum, and the fraction stays the same:
#
#     $exp(z_k + c) / sum_j exp(z_j + c)  =  exp(z_k) / sum_j exp(z_j)$
#
# You may choose c, and there is a good choice: make the largest logit of the row 0. Then
# no exponential is above 1, the sum is at least 1, and nothing can overflow.

# %% [markdown]
# ## Worked example: two hopeless rows
#
#     z              1000     0  -1000        -1000  -1001  -1002
#     z - max           0 -1000  -2000            0     -1     -2
#     exp               1     0      0            1  0.367879  0.135335
#     p                 1     0      0     0.665241  0.244728  0.090031
#
# $exp(-2000)$ is too small for a float64 and becomes 0. That is harmless here.

# %% [markdown]
# ## 5b  Find the bug: a stable softmax         (15 points, about 9 minutes)
# The function below shifts, then does what lesson 3 did. For a single row it is right,
# whatever its logits. For a batch it isn't: find the bug, and fix it.
# It should work for a batch `(n, K)` and for a single row `(K,)`.
# A logit of -inf means that a class is ruled out: its probability is 0.
#
# Which batches show the bug? Would you have noticed it in the first steps of training?


# %% id="5b"
def stable_softmax(z):
    """Probabilities, row by row, for logits of any size.  z: (n, K) or (K,)."""
    # 1 shift   2 exponentiate   3 normalise
    e = np.exp(z - np.max(z))
    return e / e.sum(axis=-1, keepdims=True)


# %% [show]
print(stable_softmax(np.array([[1000.0, 0, -1000], [-1000, -1001, -1002]])))

# %% [markdown]
# A bug like this hides. As long as all logits of a batch are less than about 700 apart,
# the answers are right. Then one row underflows to 0/0, and the mean loss is nan.
#
# ## A stable softmax is not enough
# For the logits $(1000, 0, -1000)$, p is now 0 for class 1. But $ln 0$ is -inf.
# The clip of lesson 3 hides it: every hopeless answer costs 16.118096, no more.
# The logits still have the information. The logarithm of a fraction is a difference:
#
#     $ln p_k  =  ln exp(z_k) - ln sum_j exp(z_j)  =  z_k - ln sum_j exp(z_j)$
#
# The only logarithm left is that of a sum, and after the shift that sum is at least 1.
# For these logits the result is $(0, -1000, -2000)$: no digit is lost.

# %% [markdown]
# ## 5c  Find the bug: log-softmax              (15 points, about 9 minutes)
# The function below follows that formula and shifts, so that nothing overflows.
# Still, exp of a row of its answers doesn't sum to 1. Find the bug, and fix it.
# Try it on paper with $z = (ln 2, 0)$: what should come out, and what does?


# %% id="5c"
def log_softmax(z):
    """Logarithms of the probabilities, row by row.  z: (n, K) or (K,)."""
    # 1 shift   2 subtract the log of the sum of the exponentials
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return z - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


# %% [figure]
import matplotlib.pyplot as plt

print(log_softmax(np.array([1000.0, 0, -1000])))

logits = np.linspace(-1200, 1200, 241)
rows = np.stack([logits, np.zeros(241)], axis=1)  # two classes: (z, 0)
with np.errstate(all="ignore"):
    ways = {
        "ln of softmax": np.log(softmax(rows)),
        "ln of your stable_softmax": np.log(stable_softmax(rows)),
        "your log_softmax": log_softmax(rows),
    }
fig, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharex=True, sharey=True)
for ax, (name, logs) in zip(axes, ways.items(), strict=True):
    ax.plot(logits, logs[:, 0])
    ax.set_title(name)
    ax.set_xlabel("logit z")
axes[0].set_ylabel("ln p (nats)")
fig.suptitle("ln p of the first class, for the logits (z, 0)")
fig.tight_layout()
fig.set_label(
    "Three plots of curves that agree where they exist: ln of softmax ends near z = 709 and "
    "z = -745, ln of the stable softmax near -745, log_softmax nowhere."
)
plt.show()

# %% [markdown]
# ## The loss, straight from the logits
# The loss of an image is $-ln p_true$, and you have $ln p$ now, so no clip is needed.
# Here it is. The paper batch of lesson 3 costs 1.184675 as before.


# %%
def loss_from_logits(y, z):
    """Mean cross-entropy in nats from logits.  y: (n, K) one-hot.  z: (n, K)."""
    return float(-(y * log_softmax(z)).sum(axis=1).mean())


# %% [show]
print("paper batch:", loss_from_logits(PAPER_Y, PAPER_Z))
hopeless = np.array([[1000.0, -1000, 0]])
print("from logits:", loss_from_logits(np.eye(3)[[1]], hopeless))
print("through p:  ", cross_entropy(np.eye(3)[[1]], stable_softmax(hopeless)))

# %% [pytest]
import pytest


@pytest.fixture
def logits_loss():
    """Return the function to test."""
    return loss_from_logits


# %% [markdown]
# ## 5d  Tests that catch an unstable loss      (15 points, about 18 minutes)
# Write tests, as in 3f: functions `test_...` that take `logits_loss`, which the cell
# above makes a fixture. They call `logits_loss(y, z)` on batches of your choice, and
# assert what the answer has to be. `uv run invoke pytest 5d` runs them.
# The grader gives them two right losses and seven wrong ones. Both right ones must pass
# all tests, and at least six wrong ones must fail one. Most of them are right on the
# paper batch.
#
# You know many losses by heart now. For K equal logits it is $ln K$, however large they
# are. If one logit leads by far, and the true class is 2000 below it, the image costs
# 2000. An image with logits near 1000 and one with logits near -1000 may share a batch.


# %% id="5d"
def test_the_paper_batch(logits_loss):
    """The paper batch costs 1.184675."""
    raise NotImplementedError("5d")


# More tests: large logits, a hopeless image, rows far apart.


# %% [show]
for name, test in list(globals().items()):
    if name.startswith("test_"):
        test(loss_from_logits)
        print(name, "passes")

# %% [markdown]
# ## Why this matters in Keras
# Take the logits $z = (0, 40, 0)$ with true class 0: very sure, and wrong.
# With `tf.nn.softmax` first, and then Keras's loss, the loss is 16.118 and the gradient
# is $(0, 0, 0)$. The clip made the loss flat, so the worst mistake can't be unlearned.
# With `from_logits=True` the loss is 40 and the gradient is $(-1, 1, 4e-18)$.
# The next figure draws both losses and both slopes for the logits $(0, z, 0)$.
#
# Keras's own softmax gives the same 40 and the same gradient, and so does any softmax
# in `fit`: on TensorFlow, Keras remembers the logits, and computes the loss from them.
# From the probabilities it couldn't: that information is gone. Lesson 7 trains one
# network with a softmax layer and one with `from_logits=True`, side by side.

# %% [figure]
from lessons.diagrams import draw_clip

draw_clip(floor=1e-7, gap=40)  # the logits (0, z, 0), for z from 0 to 40
plt.show()

# %% [markdown]
# ## 5e  The gradient                           (20 points, about 10 minutes)
# Lesson 4 found $dL/dz = p - y$ for one image. The loss of a batch is a **mean** over n
# images, so each image contributes $1/n$ of its gradient. Lesson 4 wrote a column; in a
# batch each image has a row. The paper batch gives:
#
#     -0.075     0.05      0.025
#      0.15     -0.2       0.05
#      0.03125   0.1875   -0.21875
#      0.03125   0.09375  -0.125
#
# An entry below 0 says: raise this logit, and the loss falls. Each row sums to 0. Why?
# Soft labels, such as (0.9, 0.1, 0), should work as well.


# %% id="5e"
def grad_logits(y, z):
    """Gradient of the mean loss with respect to the logits.  y, z, result: (n, K)."""
    # 1 probabilities   2 subtract the labels   3 divide by the number of images
    raise NotImplementedError("5e")


# %% [show]
print(grad_logits(PAPER_Y, PAPER_Z))

# %% [markdown]
# ## How to check a gradient
# A derivative says how fast f changes. So change one entry a little, and see.
#
#     $(f(z + h) - f(z - h)) / (2 h)$
#
# This is the **centred difference**. It needs no calculus, so it can't share a mistake
# with your derivation. It is slow, with two calls of f for every entry, so nobody
# trains with it. You check a gradient with it once, and then train with the fast
# formula.

# %% [markdown]
# ## 5f  A gradient by brute force              (15 points, about 15 minutes)
# Write `numeric_grad(f, z, h)`. f takes an array like z and returns one number.
# Move one entry up by h and call f, move it down by h and call f.
# z may have any number of dimensions; `np.ndindex(z.shape)` gives all indices in turn.
# Afterwards z must be exactly what it was. So keep the old entry, and put it back.


# %% id="5f"
def numeric_grad(f, z, h=1e-5):
    """Gradient of f at z by centred differences, shaped like z.  z is restored."""
    # for each entry:  1 up   2 down   3 restore   4 divide
    raise NotImplementedError("5f")


# %% [markdown]
# ## How far apart are two gradients?
# A difference of 0.001 is small between 500 and 500.001, and large between 0.001 and
# 0.002. So divide by the size of the two numbers; this is the **relative error**:
#
#     $|a - b| / max(1e-8, |a| + |b|)$
#
# The 1e-8 guards against 0/0. For arrays, take the largest relative error.
# Below 1e-7 two gradients agree. Above 1e-2, one of them is probably wrong.


# %%
def relative_error(a, b):
    """The largest relative difference between a and b: numbers, or arrays alike."""
    a, b = np.asarray(a), np.asarray(b)
    size = np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float((np.abs(a - b) / size).max())


# %% [markdown]
# ## The gradient check, for many h
# Now use everything together: your loss, your gradient, and the function that trusts
# neither. How large should h be? The next cell tries many, in float64 and in float32, and
# draws the relative error. Both axes are logarithmic: a step along one is a factor of 10.

# %% [figure]
steps = 10.0 ** -np.arange(1, 13)
fig, ax = plt.subplots()
for dtype, style in (("float64", "o-"), ("float32", "s--")):
    y, z = PAPER_Y.astype(dtype), PAPER_Z.astype(dtype)
    errors = []

    def loss(z, y=y):
        return -(y * log_softmax(z)).sum(axis=1).mean()

    for h in steps:
        slow = numeric_grad(loss, z, h)
        errors.append(relative_error(slow, grad_logits(PAPER_Y, PAPER_Z)))
        print(f"{dtype}  h = {h:.0e}  relative error {errors[-1]:.1e}")
    ax.loglog(steps, errors, style, label=dtype)
ax.set_title("Gradient check of the paper batch")
ax.set_xlabel("step h")
ax.set_ylabel("relative error")
ax.legend()
fig.set_label(
    "Two V-shaped curves of the error over h: float64 is lowest near h = 1e-5, with "
    "an error of about 1e-10, float32 near 1e-2 with about 1e-4."
)
plt.show()

# %% [markdown]
# ## 5g  Choose h, and say why                  (10 points, about 9 minutes)
# Read your own curves. Choose an h for each of the two types, such as 1e-3. Then say
# where the error comes from on both sides of the lowest point. One letter each:
#
# **h is too large**, and **h is too small**:
#
# * a) $f(z + h)$ and $f(z - h)$ are nearly equal, so their difference is mostly rounding.
# * b) Between $z - h$ and $z + h$ the curve bends, and a straight line misses that.
# * c) The gradient is wrong.
#
# To tell a from b: how does the error change when h is divided by 10?

# %% id="5g"
CHOICE = {
    "h in float64": ...,
    "h in float32": ...,
    "h is too large": ...,
    "h is too small": ...,
}

# %% [markdown]
# ## The gradient check for random images
# Largest gradient error for a batch of 4 images with 10 random logits each, in float64
# (median of 20 batches):
#
#     h       error            h       error
#     1e-1    4.0e-5           1e-5    2.5e-11
#     1e-2    4.0e-7           1e-6    2.6e-10
#     1e-3    4.0e-9           1e-8    2.4e-8
#     1e-4    4.1e-11          1e-12   2.3e-4
#
# Stepping both ways cancels the curvature, so the error that remains shrinks like $h^2$.
# A one-sided difference keeps the curvature: its error at 1e-5 is 3.0e-7, which is why
# nobody uses it here. So check in float64 with h = 1e-5, and train in whatever you like.

# %% [markdown]
# ## In your own words                          (no points)
# A friend asks: "You changed all the logits, and the softmax stayed the same. Why?"
# Write one sentence. Then compare it with "Softmax ignores a constant shift".

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Further reading
# * Why floats aren't exact: <https://docs.python.org/3/tutorial/floatingpoint.html>
# * Gradient checks in the Stanford course:
#   <https://cs231n.github.io/neural-networks-3/#gradcheck>

# %% [markdown]
# ## Answers to the three questions
# 1. $ln 10 = 2.302585$ nats.
# 2. $dL/dz = p - y$, the probabilities minus the labels.
# 3. They sum to 0, because p and y both sum to 1.
#
# Next: `uv run invoke grade lesson5`, and then lesson 6. There your loss and gradient
# train a first classifier, in six lines of NumPy.
