# To run this page, cell by cell:  uv run invoke run lesson4
# To have it graded:               uv run invoke grade lesson4
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson4")

# %% [markdown]
# # Lesson 4  Derive it, and have every line checked
# 60 minutes. Needs: lesson 3, partial derivatives and the chain rule. Generators
# (`yield`) are explained here.
#
# A network learns by walking downhill on its loss. For that it needs a slope.
# Many pages give the slope of cross-entropy as `p - y`, and leave it at that.
# Here you derive it, line by line.
# You write the lines with SymPy, and every one of them is checked twice. The grader
# works out both sides at random points, to 30 digits or more, and shows you the first
# line that does not hold. What it calls right goes to SymPy, which differentiates the
# loss itself and works out every line, for 3 and for 4 classes. If the two disagree,
# nothing is judged.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. What are the three steps from a row of scores z to probabilities p?
# 2. What does a photo cost whose true class got the probability $p_true$?
# 3. "Mean cross-entropy": is that a mean over classes, or over photos?

# %% [markdown]
# ## Symbols instead of numbers
# SymPy computes with formulas. A letter without a number is a **symbol**.
# A row of three classes is a tuple of three symbols, and $y_k$ is written `y[k]`.

# %%
import sympy as sp

log = sp.log
exp = sp.exp
delta = sp.KroneckerDelta

if __name__ == "__main__":
    y, p, z = (sp.symbols(f"{letter}0:3") for letter in "ypz")
    print(y, "and the first of them,", y[0])

# %% [markdown]
# ## The question
# One photo has scores z, probabilities $p = softmax(z)$ and a one-hot label y.
#
#     $L = -sum_k y_k ln p_k$
#     $p_k = exp(z_k) / S$,  where $S = sum_k exp(z_k)$
#
# How does L change when one score $z_i$ grows a little? That is $dL/dz_i$.
# $z_i$ moves every $p_k$, and L is made of the $p_k$. So we go in two steps.
# From here to the end, sums run over k, and i is the score that moves.

# %% [markdown]
# ## A trap, before you ask SymPy to do it all
# `sp.diff(L, z[0])` is the derivative of L by $z_0$.
# Predict first: what will SymPy say it is? Then run the cell.

# %%
if __name__ == "__main__":
    L = -sum(y[k] * log(p[k]) for k in range(3))
    print("L      =", L)
    print("by z_0 :", sp.diff(L, z[0]))

# %% [markdown]
# To SymPy, $p_0$ and $z_0$ are two symbols that know nothing of each other.
# Nobody told it that p depends on z.
#
# ## An example, worked out
# A tuple does not compute: `p - y` is an error. So write one entry, for every k.
# Take the squared error $Q = sum_k (p_k - y_k)^2$. One of its terms holds $p_k$,
# and so $dQ/dp_k = 2 (p_k - y_k)$. `sp.Matrix` makes a column of the entries.


# %%
def dQ_dp(y, p):
    return sp.Matrix([2 * (p[k] - y[k]) for k in range(len(p))])


if __name__ == "__main__":
    print(dQ_dp(y, p))

# %% [markdown]
# ## First step: from p to L
# In L, too, one term holds $p_k$: $-y_k ln p_k$. The others do not change with it.
#
#     $d ln u = du / u$
#
# An example with truth 0: $z = (ln 7, ln 2, 0)$, so $p = (0.7, 0.2, 0.1)$.
# Then $dL/dp = (-10/7, 0, 0)$. Raise $p_0$ by 0.07, and L falls by about 0.1.

# %% [markdown]
# ## 4a  The slope of the loss                  (10 points, about 4 minutes)
# Write $dL/dp$ as a column: entry k is $dL/dp_k$. There may be 2, 3 or 4 classes.
# On paper or with `sp.diff`: both are fine.


# %% id="4a"
def dL_dp(y, p):
    """dL/dp for L = -sum_k y_k ln p_k.  y, p: tuples of symbols.  Returns (K, 1)."""
    raise NotImplementedError("4a")


# %%
if __name__ == "__main__":
    print(dL_dp(y, p))

# %% [markdown]
# ## 4b  Softmax as a formula                   (10 points, about 4 minutes)
# The same softmax as in lesson 3, with symbols in place of numbers.
# All entries share the denominator S.


# %% id="4b"
def softmax_exprs(z):
    """The probabilities as formulas.  z: a tuple of symbols.  Returns (K, 1)."""
    # 1 exponentiate   2 add up   3 divide
    raise NotImplementedError("4b")


# %%
if __name__ == "__main__":
    print(softmax_exprs(z))

# %% [markdown]
# ## Second step: from z to p
# $p_k$ is a fraction, so the quotient rule applies. The derivative of S by $z_i$
# is $exp(z_i)$. First the case $k = i$, worked out:
#
#     $dp_i/dz_i = (exp(z_i) S - exp(z_i) exp(z_i)) / S^2$
#     $dp_i/dz_i = exp(z_i)/S - (exp(z_i)/S)^2$
#     $dp_i/dz_i = p_i - p_i^2 = p_i (1 - p_i)$

# %% [markdown]
# ## The other case is yours
# If k and i differ, the numerator $exp(z_k)$ does not depend on $z_i$.
# So its derivative is 0, and one term of the quotient rule remains:
#
#     $dp_k/dz_i = (? - exp(z_k) exp(z_i)) / S^2 = ?$
#
# Raise one score, and every other probability has to fall. Check your sign.

# %% [markdown]
# ## Both cases in one line
# Write $delta_ki$ for 1 if $k = i$, and for 0 if not; in code, `delta(k, i)`. Then
#
#     $dp_k/dz_i = p_k (delta_ki - p_i)$
#
# As a table, this is the **Jacobian** of softmax: row k, column i.
# At $p = (0.7, 0.2, 0.1)$ it is, times 100:
#
#      21  -14   -7
#     -14   16   -2
#      -7   -2    9

# %% [markdown]
# ## What the table tells
# Every row sums to 0. Why? Add the same number to all scores: softmax does not
# notice, so nothing may change.
# As a formula it is $diag(p) - p p^T$: $p p^T$ is the table of all products $p_k p_i$.

# %% [markdown]
# ## 4c  The Jacobian of softmax                (15 points, about 6 minutes)
# Return the K x K table in terms of p alone: no exp, no z. For three classes,
# `sp.Matrix([[...], [...], [...]])` is a table of three rows.


# %% id="4c"
def jacobian(p):
    """dp_k/dz_i in row k, column i.  p: a tuple of symbols.  Returns (K, K)."""
    # two cases: k = i and k != i
    raise NotImplementedError("4c")


# %%
if __name__ == "__main__":
    print(jacobian(p))

# %% [markdown]
# ## The proof, on cards
# Now both steps meet. $z_i$ moves all $p_k$, so the chain rule **adds** over k:
#
#     $dL/dz_i = sum_k (dL/dp_k) (dp_k/dz_i)$
#
# At $p = (0.7, 0.2, 0.1)$, raise $z_0$ by 0.01: p moves by about
# $(0.0021, -0.0014, -0.0007)$. With truth 1, L is $-ln p_1$, without any $p_0$, and
# $dL/dp$ is $(0, -5, 0)$.
# Add up: 0 + 0.007 + 0. L rises by 0.007, and $0.01 (p_0 - y_0)$ says the same.

# %% [markdown]
# ## 4d  Put the proof in order                 (10 points, about 6 minutes)
# Ten cards. Eight of them, in the right order, are the proof. Two are wrong.
#
#      1   $dL/dz_i = sum_k (-y_k/p_k) p_k (delta_ki - p_i)$
#      2   $L = -sum_k y_k ln p_k$
#      3   $dL/dz_i = (dL/dp_i) (dp_i/dz_i)$
#      4   $dL/dz_i = p_i - y_i$
#      5   $dp_k/dz_i = p_k (delta_ki - p_i)$

# %% [markdown]
# The other five cards:
#
#      6   $dL/dz_i = -sum_k y_k (delta_ki - p_i)$
#      7   $dL/dz_i = sum_k (dL/dp_k) (dp_k/dz_i)$
#      8   $dL/dz_i = -sum_k y_k (1 - p_i)$
#      9   $dL/dz_i = p_i sum_k y_k - y_i$
#     10   $dL/dp_k = -y_k/p_k$

# %% id="4d"
# The numbers of eight cards, from the first line of the proof to the last.
ORDER = ...

# %% [markdown]
# ## 4e  The slope for every score              (10 points, about 3 minutes)
# Write $dL/dz$ as a column, in y and p alone: entry i is $dL/dz_i$.
# Then one question: which fact does the very last line of the proof use?
# Answer `USED` with `"sum(p)=1"`, `"sum(y)=1"`, `"y is one-hot"` or `"p > 0"`.


# %% id="4e"
def dL_dz(y, p):
    """dL/dz for p = softmax(z).  y, p: tuples of symbols.  Returns (K, 1)."""
    raise NotImplementedError("4e")


USED = ...

# %% [markdown]
# ## Check it yourself, in one line
# You need no grader for this. Write p in z, so that SymPy knows how they hang together,
# differentiate, and subtract your answer. What is left should simplify to 0.
# The labels are symbols here, and their sum need not be 1: that is why it stays.

# %%
if __name__ == "__main__":
    y, z = (sp.symbols(f"{letter}0:3") for letter in "yz")
    p = softmax_exprs(z)
    L = -sum(y[k] * log(p[k]) for k in range(3))
    print("what is left:", sp.simplify(sp.diff(L, z[0]) - (p[0] * sum(y) - y[0])))

# %% [markdown]
# ## The words of a derivation
# Now the way there, for any number of classes, K. So k and i are symbols, too,
# and no loop can count to K. Six short names will do. Leave them as they are.
#
#     d(e, v)       the derivative of e by v, written down and not carried out
#     total(e, k)   the sum of e over all classes k
#     delta(k, i)   1 if k and i are the same class, else 0
#
# The other three are `log`, `exp` and `sigma`.

# %%
k, K = sp.symbols("k K", integer=True)
i = sp.Symbol("i", integer=True)
sigma = sp.Function("sigma")


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


# %% [markdown]
# ## How to write a derivation
# A derivation is a function that yields its lines, one after the other.
# `yield` hands one line out, and goes on. Beside each line stands your reason, for
# whoever reads it: the lines are checked, and the words are not.
#
#     yield p[i] - y[i], "the y_k sum to 1"
#
# The first line must equal $dL/dz_i$, and every other one the line before.
# The last line is simplified: no sum is left in it, and no bracket.

# %% [markdown]
# ## 4f  The way, line by line                  (15 points, about 8 minutes)
# Here nobody differentiates but you: only the six names may be called.
# The first line below is worked out. The second one has a hole.
# The other lines are yours: go on as on the cards, or by $ln p_k = z_k - ln S$.


# %% id="4f"
def derive_dL_dz(y, p, z, i):
    """dL/dz_i for L = -sum_k y_k ln p_k with p = softmax(z), line by line."""
    raise NotImplementedError("4f")  # delete this line when the blanks are filled
    # 1 worked: only the logarithm holds z
    yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
    # 2 one hole: what stands before du in d ln u?
    before_du = ...
    yield -total(y[k] * before_du * d(p[k], z[i]), k), "d ln u = du / u"
    # 3 the softmax derivative   4 split the sum   5 what do the y_k sum to?
    raise NotImplementedError("4f")


# %%
if __name__ == "__main__":
    y, p, z = (sp.IndexedBase(letter, real=True) for letter in "ypz")
    for line, reason in derive_dL_dz(y, p, z, i):
        print(f"{reason:34} {line}")

# %% [markdown]
# ## One step downhill
# Take $z = (ln 7, ln 2, 0)$ and truth 0. Then $p - y = (-3/10, 1/5, 1/10)$.
# These slopes together, one for each score, are called the **gradient**.
# One step against it, $z - 1 * (p - y)$, is $(2.245910, 0.493147, -0.1)$.
# Its probabilities are 0.787988, 0.136554 and 0.075458, and the loss has fallen
# from 0.356675 to 0.238272.
#
# No network takes this step itself: its scores are answers, and not weights. But the
# scores depend on the weights, and the chain rule carries $p - y$ back to them. That is
# how a network learns, and lesson 9 does it by hand.

# %% [markdown]
# ## Why not the squared error?
# Take $z = (0, 10, 0)$ and truth 0: the network is sure, and wrong.
# Cross-entropy has the slopes -0.999955, 0.999909 and 0.000045: it pulls hard.
# The mean squared error of p has -6.1e-5, 9.1e-5 and -3.0e-5, and for the true
# class that is more than 16,000 times less.
# The log cancels the p in the Jacobian. That is why the two belong together.

# %% [markdown]
# ## 4g  True or false?                         (10 points, about 5 minutes)
# Write $lse(z)$ for $ln sum_k exp(z_k)$, and c for any number.
# Answer `True` or `False`. One of these is an exercise in *Dive into Deep Learning*
# (https://d2l.ai, section 4.1, exercise 6.2), which asks you to show that it is true.
# It is false.
# If in doubt, try $z = (0, 0)$ and $c = 1$.

# %% id="4g"
TRUE_OR_FALSE = {
    "softmax(z + c) = softmax(z)": ...,
    "lse(z + c) = lse(z)": ...,
    "softmax(2 z) = softmax(z)": ...,
    "d lse(z) / d z_i = p_i": ...,
    "every row of the Jacobian sums to 0": ...,
    "the Jacobian has an inverse": ...,
}

# %% [markdown]
# ## Two classes, one score
# Is it a 7, yes or no? Then one score z is enough, and one probability.
#
#     $s = sigma(z) = 1 / (1 + exp(-z))$        $d sigma/dz = s (1 - s)$
#     $L = -y ln s - (1 - y) ln(1 - s)$
#
# This is binary cross-entropy. At $z = ln 2$, s is 2/3; with $y = 1$, L is $ln(3/2)$.

# %% [markdown]
# ## 4h  A derivation of your own               (20 points, about 10 minutes)
# Derive $dL/dz$ for binary cross-entropy. It has to end in `sigma(z) - y`.
# Begin with the derivative of L. Write one rule a line: sum, $d ln u$, inner derivative.
# Mind the sign of the inner derivative in $ln(1 - s)$.


# %% id="4h"
def derive_bce(y, z):
    """dL/dz for L = -y ln s - (1-y) ln(1-s) with s = sigma(z), line by line."""
    raise NotImplementedError("4h")


# %%
if __name__ == "__main__":
    for line, reason in derive_bce(*sp.symbols("y z", real=True)):
        print(f"{reason:44} {line}")

# %% [markdown]
# ## In your own words                          (no points)
# Worth a minute. Finish the sentence:
# the slope of cross-entropy is $p - y$ and nothing more, because ...
# Hint: one p comes from the log, and one from the Jacobian.

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Where to read on
# * Why cross-entropy, and not the squared error: chapter 3 of Nielsen's book,
#   <http://neuralnetworksanddeeplearning.com/chap3.html>
# * To refresh the chain rule and partial derivatives:
#   <https://d2l.ai/chapter_preliminaries/calculus.html>
# * SymPy's own introduction: <https://docs.sympy.org/latest/tutorials/intro-tutorial/>

# %% [markdown]
# ## Answers to the three questions
# 1. Exponentiate, add up, divide.
# 2. $-ln p_true$, its surprise in nats.
# 3. Over the photos of the batch, not over the classes.
#
# Next: `uv run invoke grade lesson4`, and then lesson 5. There the loss survives
# scores of 1000, and a slow machine checks your slope.
