# %% [markdown]
# # Lesson 5  Make it survive: stability and the gradient check
# 50 minutes. Needs: lessons 3 and 4 (or read on; everything you need is here).
#
# Your cross-entropy is right, on paper and on small scores.
# Give it a score of 1000, and it answers nan. Here you make it survive.
# Then you write its gradient, and a slow little machine that checks it.
# Don't trust a gradient before that machine has seen it.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. What does a photo cost when its true class got p = 1/10?
# 2. One photo, loss L, scores z, p = softmax(z). What is dL/dz?
# 3. What do the entries of that gradient always sum to?

# %%
import numpy as np

PAPER_Z = np.log([[7, 2, 1], [3, 1, 1], [1, 6, 1], [1, 3, 4]])  # (4, 3)
PAPER_Y = np.eye(3)[[0, 1, 2, 2]]  # (4, 3), one-hot


# %% [markdown]
# ## What lesson 3 ended with
# Here are softmax and cross-entropy from lesson 3, solved for you.
# They are right, and they are fragile.


# %%
def softmax(z):
    """Probabilities, row by row, as in lesson 3."""
    e = np.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


def cross_entropy(y, p):
    """Mean cross-entropy in nats, as in lesson 3."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


# %% [markdown]
# ## 5a  Where does exp end?                    (10 points, about 4 minutes)
# A float32 can hold numbers up to about 3.4e38. A float64 reaches about 1.8e308.
# Above that, numpy says inf. What is too close to 0 becomes 0.
# Predict what numpy answers, before you run the next cell.
# Each answer is one of the words "finite", "inf", "zero" and "nan".
# A calculator may help: ln 10 is 2.302585.

# %% id="5a"
PREDICT = {
    "exp(88) in float32": "finite",  # SOLUTION
    "exp(89) in float32": "inf",  # SOLUTION
    "exp(700) in float64": "finite",  # SOLUTION
    "exp(710) in float64": "inf",  # SOLUTION
    "exp(-1000) in float64": "zero",  # SOLUTION
    "inf / inf": "nan",  # SOLUTION
}

# %% reveals="5a"
if __name__ == "__main__":
    with np.errstate(all="ignore"):  # numpy would warn; here the answers are the point
        print("exp(88), exp(89), float32:", np.exp(np.float32([88, 89])))
        print("exp(700), exp(710), float64:", np.exp([700.0, 710.0]))
        print("exp(-1000), float64:", np.exp(-1000.0))
        print("inf / inf:", np.float64("inf") / np.inf)
        print("softmax of (1000, 0, -1000):", softmax(np.array([1000.0, 0, -1000])))
        print("of (-1000, -1001, -1002):", softmax(np.array([-1000.0, -1001, -1002])))

# %% [markdown]
# ## What you just saw
# In float32, exp ends between 88.72 and 88.73. In float64, between 709.78 and 709.79.
# Beyond it, softmax divides inf by inf, and that is nan.
# Very negative scores fail as well: there, softmax divides 0 by 0.
# Scores like these are no accident: a network can reach them while it learns.
# One nan in a loss spoils every weight of the network with the next step.

# %% [markdown]
# ## The shift that softmax does not notice
# Add the same number c to all scores of one photo. Each exp(z) is multiplied by exp(c).
# So is their sum, and the ratio stays:
#
#     $exp(z_k + c) / sum_j exp(z_j + c)  =  exp(z_k) / sum_j exp(z_j)$
#
# You may choose c, and there is a good choice: let the largest score of the row
# become 0. Then no exponential exceeds 1, the sum is at least 1, and nothing can
# overflow.

# %% [markdown]
# ## Worked example: two hopeless rows
#
#     z              1000     0  -1000        -1000  -1001  -1002
#     z - max           0 -1000  -2000            0     -1     -2
#     exp               1     0      0            1  0.367879  0.135335
#     p                 1     0      0     0.665241  0.244728  0.090031
#
# exp(-2000) is too small for a float64 and becomes 0. That is harmless here.

# %% [markdown]
# ## 5b  A softmax that survives                (15 points, about 6 minutes)
# Shift each row by its own maximum. Then go on as in lesson 3.
# It should work for a batch `(n, k)` and for a single row `(k,)`.
# A score of -inf is a class that is ruled out: its probability is 0.


# %% id="5b"
def stable_softmax(z):
    """Probabilities, row by row, for scores of any size.  z: (n, k) or (k,)."""
    # 1 shift   2 exponentiate   3 normalise
    # BEGIN SOLUTION
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(stable_softmax(np.array([[1000.0, 0, -1000], [-1000, -1001, -1002]])))

# %% [markdown]
# ## Why that is not enough
# p is 0 now for the scores (1000, 0, -1000) and class 1. But ln 0 is -inf.
# The clip of lesson 3 hides it: every hopeless answer costs 16.118096, no more.
# The scores know better. Write the logarithm of the softmax as a difference:
#
#     $ln p_k  =  ln exp(z_k) - ln sum_j exp(z_j)  =  z_k - ln sum_j exp(z_j)$
#
# Shift first. For these scores it gives (0, -1000, -2000): every digit is there.

# %% [markdown]
# ## 5c  Log-softmax                            (15 points, about 6 minutes)
# Write the logarithm of the softmax, for scores of any size.
# Do not take the logarithm of a softmax: what has become 0 cannot be brought back.
# The only logarithm you need is that of a sum, and the sum is at least 1.


# %% id="5c"
def log_softmax(z):
    """Logarithms of the probabilities, row by row.  z: (n, k) or (k,)."""
    # 1 shift   2 subtract the log of the sum of the exponentials
    # BEGIN SOLUTION
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(log_softmax(np.array([1000.0, 0, -1000])))

# %% [markdown]
# ## 5d  The loss, straight from the scores     (15 points, about 5 minutes)
# Scores that have not been through a softmax are called **logits**.
# The loss of a photo is `-ln p_true`, and you have `ln p` now.
# So neither a clip nor a softmax is needed on the way.
# The paper batch of lesson 3 has to come out as before: 1.184675.
# Scores (1000, -1000, 0) with truth 1 have to cost 2000.


# %% id="5d"
def loss_from_logits(y, z):
    """Mean cross-entropy in nats from scores.  y: (n, k) one-hot.  z: (n, k)."""
    # 1 log-softmax   2 keep the true class   3 average over photos
    # BEGIN SOLUTION
    return float(-(y * log_softmax(z)).sum(axis=1).mean())
    # END SOLUTION


# %%
if __name__ == "__main__":
    print("paper batch:", loss_from_logits(PAPER_Y, PAPER_Z))
    hopeless = np.array([[1000.0, -1000, 0]])
    print("from scores:", loss_from_logits(np.eye(3)[[1]], hopeless))
    print("through p:  ", cross_entropy(np.eye(3)[[1]], stable_softmax(hopeless)))

# %% [markdown]
# ## Why this matters in Keras
# Take the logits z = (0, 40, 0) with truth 0: very sure, and wrong.
# `tf.nn.softmax`, run by itself, and then Keras's loss: 16.118, and the gradient is
# (0, 0, 0). The clip made the loss flat, so the worst mistake cannot be unlearned.
# With `from_logits=True` the loss is 40 and the gradient is (-1, 1, 4e-18).
#
# Keras's own softmax gives the same 40 and the same gradient, and so does any softmax
# in `fit`: on TensorFlow, Keras remembers the scores, and takes the loss from those.
# The probabilities alone could not tell it, for what they have lost is lost. Lesson 7
# runs both softmaxes side by side.

# %% [markdown]
# ## 5e  The gradient                           (20 points, about 6 minutes)
# Lesson 4 found dL/dz = p - y for one photo. The loss of a batch is a **mean**.
# So each photo pulls with 1/n of its strength. Lesson 4 wrote a column;
# in a batch each photo has a row. The paper batch gives:
#
#     -0.075     0.05      0.025
#      0.15     -0.2       0.05
#      0.03125   0.1875   -0.21875
#      0.03125   0.09375  -0.125
#
# Below zero means: raise this score. Each row sums to 0. Why?
# Soft labels, such as (0.9, 0.1, 0), have to work as well.


# %% id="5e"
def grad_logits(y, z):
    """Gradient of the mean loss with respect to the scores.  y, z, result: (n, k)."""
    # 1 probabilities   2 minus the labels   3 share among the photos
    # BEGIN SOLUTION
    return (stable_softmax(z) - y) / len(z)
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(grad_logits(PAPER_Y, PAPER_Z))

# %% [markdown]
# ## How to know that a gradient is right
# A derivative says how fast f changes. So change one entry a little, and look.
#
#     $(f(z + h) - f(z - h)) / (2 h)$
#
# This is the **centred difference**. It needs no calculus, so it cannot share
# a mistake with your derivation. It is slow: two calls of f for every entry.
# So nobody trains with it, and gradients are checked with it.

# %% [markdown]
# ## How large should h be?
# The largest error in the gradient of 4 photos with 10 random scores each; of 20 such
# batches the median:
#
#     h       error            h       error
#     1e-1    4.0e-5           1e-5    2.5e-11
#     1e-2    4.0e-7           1e-6    2.6e-10
#     1e-3    4.0e-9           1e-8    2.4e-8
#     1e-4    4.1e-11          1e-12   2.3e-4

# %% [markdown]
# Stepping to both sides cancels the bend of the curve. What is left of the error
# falls with h squared. Below 1e-5 rounding wins: nearly equal numbers are subtracted.
# So take 1e-5. A one-sided difference keeps the bend: its error there is 3.0e-7.

# %% [markdown]
# ## 5f  The slow machine                       (15 points, about 8 minutes)
# Write `numeric_grad(f, z, h)`. f takes an array like z and returns one number.
# Move one entry up by h, ask f, move it down by h, ask f.
# z may have any number of dimensions; `np.ndindex(z.shape)` walks through all.
# Afterwards z must be exactly what it was. So keep the old entry, and put it back.


# %% id="5f"
def numeric_grad(f, z, h=1e-5):
    """Gradient of f at z by centred differences, shaped like z.  z is restored."""
    # for each entry:  1 up   2 down   3 restore   4 divide
    # BEGIN SOLUTION
    grad = np.zeros(z.shape)
    for i in np.ndindex(z.shape):
        old = z[i]
        z[i] = old + h
        above = f(z)
        z[i] = old - h
        below = f(z)
        z[i] = old
        grad[i] = (above - below) / (2 * h)
    return grad
    # END SOLUTION


# %% [markdown]
# ## 5g  How far apart is far?                  (10 points, about 4 minutes)
# A difference of 0.001 is little between 500 and 500.001.
# It is much between 0.001 and 0.002. So divide by the size of the two numbers:
#
#     $|a - b| / max(1e-8, |a| + |b|)$
#
# The 1e-8 guards against 0/0. Of an array, report the largest one.
# Below 1e-7 two gradients agree. Above 1e-2 one of them is probably wrong.


# %% id="5g"
def relative_error(a, b):
    """The largest relative difference between a and b: numbers, or arrays alike."""
    # 1 difference   2 size   3 largest ratio
    # BEGIN SOLUTION
    a, b = np.asarray(a), np.asarray(b)
    size = np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float((np.abs(a - b) / size).max())
    # END SOLUTION


# %% [markdown]
# ## The gradient check
# Now all parts meet: your loss, your gradient, and the machine that trusts neither.
# Then the same in float32. The gradient is as right as before, and looks wrong.
# So check in float64, and train in whatever you like.

# %%
if __name__ == "__main__":
    slow = numeric_grad(lambda z: loss_from_logits(PAPER_Y, z), PAPER_Z.copy())
    print("float64:", relative_error(grad_logits(PAPER_Y, PAPER_Z), slow))
    y, z = PAPER_Y.astype("float32"), PAPER_Z.astype("float32")
    slow = numeric_grad(lambda z: -(y * log_softmax(z)).sum(axis=1).mean(), z)
    print("float32:", relative_error(grad_logits(y, z), slow))

# %% [markdown]
# ## In your own words                          (no points)
# A friend asks: "You changed all the scores, and the softmax stayed. How so?"
# Write one sentence. Then compare it with the shift that softmax does not notice.

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Where to read on
# * Why floats aren't exact: <https://docs.python.org/3/tutorial/floatingpoint.html>
# * Gradient checks in the Stanford course:
#   <https://cs231n.github.io/neural-networks-3/#gradcheck>

# %% [markdown]
# ## Answers to the three questions
# 1. ln 10 = 2.302585 nats.
# 2. dL/dz = p - y, the prediction minus the truth.
# 3. They sum to 0, because p and y both sum to 1.
#
# Next: `uv run invoke grade lesson5`, and then lesson 7. It hands this work to Keras,
# and you will know what Keras does.
