# To run this page, cell by cell:  uv run invoke run lesson4
# To have it graded:               uv run invoke grade lesson4
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson4")

# %% [markdown]
# # Lesson 4  Derive it, and let SymPy check every line
# 55 minutes. Needs: lesson 3 (or read on; everything you need is here).
#
# A network learns by walking downhill on its loss. For that it needs a slope.
# Many pages give the slope of cross-entropy as `p - y`, and leave it at that.
# I never believed it until I had derived it line by line. You do that here.
# The grader reads every line, and shows you the first one that does not hold.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. What are the three steps from a row of scores z to probabilities p?
# 2. What does a photo cost whose true class got the probability p_true?
# 3. "Mean cross-entropy": is that a mean over classes, or over photos?

# %% [markdown]
# ## The words of this lesson
# SymPy computes with formulas instead of numbers. Six short names will do.
# Leave them as they are: the grader knows them.
#
#     d(e, v)       the derivative of e by v, written down and not carried out
#     total(e, k)   the sum of e over all classes k
#     delta(i, j)   1 if i and j are the same class, else 0
#
# The other three are log, exp and sigma. K is the number of classes, k one of them.

# %%
import sympy as sp

k, K = sp.symbols("k K", integer=True)
log = sp.log
exp = sp.exp
delta = sp.KroneckerDelta
sigma = sp.Function("sigma")


def d(e, v):
    return sp.Derivative(e, v)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


# %% [markdown]
# ## The question
# One photo has scores z, probabilities p = softmax(z) and a one-hot label y.
#
#     L = -sum_k y_k ln p_k        p_k = exp(z_k) / sum_j exp(z_j)
#
# How does L change when one score z_i grows a little? That is dL/dz_i.
# z_i moves every p_k, and L is made of the p_k. So we go in two steps.

# %%
Y, P, Z = (sp.IndexedBase(name, real=True) for name in "ypz")
i = sp.Symbol("i", integer=True)

if __name__ == "__main__":
    loss = -total(Y[k] * log(P[k]), k)
    print("L       =", loss)
    print("dL/dz_i =", d(loss, Z[i]))

# %% [markdown]
# ## A trap, before you ask SymPy to do it all
# To SymPy, `p[k]` and `z[i]` are two symbols that know nothing of each other.
# Ask it for the derivative of L by `z[i]`, and it answers 0.
# The tool is not wrong. It was never told that p depends on z.
# Predict first: what will it say about L and `p[i]`? Then run the cell.

# %%
if __name__ == "__main__":
    print("by z[i]:", sp.diff(-total(Y[k] * log(P[k]), k), Z[i]))
    print("by p[i]:", sp.diff(-total(Y[k] * log(P[k]), k), P[i]))

# %% [markdown]
# ## First step: from p to L
# In L every class has one term of its own: `-y_i ln p_i`.
# The others do not hold p_i, so they do not change when p_i does.
# SymPy's delta says the same: of the sum it keeps the term with k = i.
#
#     d ln u = du / u
#
# An example with truth 0: z = (ln 7, ln 2, 0), so p = (0.7, 0.2, 0.1).
# Then dL/dp = (-10/7, 0, 0). Raise p_0 by 0.07, and L falls by about 0.1.

# %% [markdown]
# ## 4a  The slope of the loss                  (10 points, about 4 minutes)
# Write dL/dp as a column: one entry for each class.
# y and p are tuples of symbols. There may be 2, 3 or 4 classes.
# `sp.Matrix([...])` of a list of expressions is a column. A list is fine, too.
# It does not matter here how you find it: on paper, or with `sp.diff`.


# %% id="4a"
def dL_dp(y, p):
    """dL/dp for L = -sum_k y_k ln p_k.  y, p: K symbols each.  Returns (K, 1)."""
    raise NotImplementedError("4a")


# %%
if __name__ == "__main__":
    print(dL_dp(sp.symbols("y0:3"), sp.symbols("p0:3")))

# %% [markdown]
# ## 4b  Softmax as a formula                   (10 points, about 4 minutes)
# The same softmax as in lesson 3, with symbols in place of numbers.
# Every entry is a fraction. The fractions share one denominator.
#
#     p_i = exp(z_i) / (exp(z_0) + exp(z_1) + ...)


# %% id="4b"
def softmax_exprs(z):
    """The probabilities as formulas.  z: K symbols.  Returns (K, 1)."""
    # 1 exponentiate   2 add up   3 divide
    raise NotImplementedError("4b")


# %%
if __name__ == "__main__":
    print(softmax_exprs(sp.symbols("z0:3")))

# %% [markdown]
# ## Second step: from z to p
# p_i is a fraction, so the quotient rule applies. Write S for the denominator.
# The derivative of S by z_j is exp(z_j). First the case i = j, worked out:
#
#     dp_i/dz_i = (exp(z_i) S - exp(z_i) exp(z_i)) / S^2
#               = exp(z_i)/S - (exp(z_i)/S)^2
#               = p_i - p_i^2 = p_i (1 - p_i)

# %% [markdown]
# ## The other case is yours
# If i and j differ, the numerator exp(z_i) does not depend on z_j.
# So its derivative is 0, and one term of the quotient rule remains:
#
#     dp_i/dz_j = (  ?  - exp(z_i) exp(z_j)) / S^2  =  ?
#
# Raise one score, and every other probability has to fall. Check your sign.

# %% [markdown]
# ## Both cases in one line
#
#     dp_i/dz_j = p_i (delta_ij - p_j)
#
# Written as a table, this is the **Jacobian** of softmax: row i, column j.
# At p = (0.7, 0.2, 0.1) it is, times 100:
#
#      21  -14   -7
#     -14   16   -2
#      -7   -2    9

# %% [markdown]
# ## What the table tells
# Every row sums to 0. Why? Add the same number to all scores.
# Softmax does not notice, so nothing may change.
# Another use: it is also the second derivative of L by the scores.
# As a formula it is diag(p) - p p^T.

# %% [markdown]
# ## 4c  The Jacobian of softmax                (15 points, about 6 minutes)
# Return the K x K table in terms of p alone: no exp, no z.
# The entry in row i and column j is dp_i/dz_j.
# It should work for 2, 3 and 4 classes.


# %% id="4c"
def jacobian(p):
    """dp_i/dz_j in row i, column j.  p: K symbols.  Returns (K, K)."""
    # two cases: i = j and i != j
    raise NotImplementedError("4c")


# %%
if __name__ == "__main__":
    print(jacobian(sp.symbols("p0:3")))

# %% [markdown]
# ## The proof, on cards
# Now both steps meet. z_j moves all p_i, so the chain rule **adds** over i:
#
#     dL/dz_j = sum_i (dL/dp_i) (dp_i/dz_j)
#
# With the Jacobian J from before: J^T times (-10/7, 0, 0) is (-3/10, 1/5, 1/10).
# (J^T turns rows into columns. Here J^T = J, because p_i p_j = p_j p_i.)
# And p - y is (0.7 - 1, 0.2, 0.1). The same.

# %% [markdown]
# ## 4d  Put the proof in order                 (15 points, about 6 minutes)
# Ten cards. Eight of them, in the right order, are the proof. Two are wrong.
#
#      1   dL/dz_j = sum_i (-y_i/p_i) p_i (delta_ij - p_j)
#      2   L = -sum_i y_i ln p_i
#      3   dL/dz_j = (dL/dp_j) (dp_j/dz_j)
#      4   dL/dz_j = p_j - y_j
#      5   dp_i/dz_j = p_i (delta_ij - p_j)

# %% [markdown]
# The other five cards:
#
#      6   dL/dz_j = -sum_i y_i (delta_ij - p_j)
#      7   dL/dz_j = sum_i (dL/dp_i) (dp_i/dz_j)
#      8   dL/dz_j = -sum_i y_i (1 - p_j)
#      9   dL/dz_j = p_j sum_i y_i - y_j
#     10   dL/dp_i = -y_i/p_i

# %% id="4d"
# The numbers of eight cards, from the first line of the proof to the last.
ORDER = ...

# %% [markdown]
# ## 4e  The slope for every score              (20 points, about 10 minutes)
# Three parts. First the result: dL/dz as a column, in y and p alone.
# Then one question: which fact does the very last line of the proof use?
# Answer `USED` with "sum(p)=1", "sum(y)=1", "y is one-hot" or "p > 0".
# The third part is the way to the result. It follows below, line by line.


# %% id="4e"
def dL_dz(y, p):
    """dL/dz for p = softmax(z).  y, p: K symbols each.  Returns (K, 1)."""
    raise NotImplementedError("4e")


USED = ...

# %% [markdown]
# ## How to write a derivation
# A derivation is a function that yields its lines, one after the other.
# `yield` hands one line out, and goes on. Beside each line stands your reason.
#
#     yield p[i] - y[i], "the y_k sum to 1"
#
# Every line must equal the one before. The goal is the derivative of L by z[i].
# The last line is simplified: no sum is left in it, and no bracket.
# On the cards the sum ran over i. Here it runs over k, and i is the score's own class.

# %% [markdown]
# ## Here nobody differentiates but you
# In a derivation only d, total, delta, log, exp and sigma may be called.
# The first line below is worked out. The second one has a hole.
# The other lines are yours. Go through 4c, or find a way of your own.
# One more way is known: ln p_k = z_k - ln sum_j exp(z_j).
# That way, the derivative of the ln becomes a fraction first, and then p_i.
# Two lines begin with `raise`: they say that you are not done. Delete both in the end.


# %% id="4e"
def derive_dL_dz(y, p, z, i):
    """dL/dz_i for L = -sum_k y_k ln p_k with p = softmax(z), line by line."""
    raise NotImplementedError("4e")  # delete this line when the blanks are filled
    # 1 worked: only the logarithm holds z
    yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
    # 2 one hole: what stands before du in d ln u?
    before_du = ...
    yield -total(y[k] * before_du * d(p[k], z[i]), k), "d ln u = du / u"
    # 3 the softmax derivative   4 split the sum   5 what do the y_k sum to?
    raise NotImplementedError("4e")


# %%
if __name__ == "__main__":
    for line, reason in derive_dL_dz(Y, P, Z, i):
        print(f"{reason:34} {line}")

# %% [markdown]
# ## One step downhill
# Take z = (ln 7, ln 2, 0) and truth 0. Then p - y = (-3/10, 1/5, 1/10).
# These slopes together, one for each score, are called the **gradient**.
# One step against it, z - 1 * (p - y), is (2.245910, 0.493147, -0.1).
# Its probabilities are 0.787988, 0.136554 and 0.075458.
# The loss has fallen from 0.356675 to 0.238272.
# That is learning. The rest of the course only repeats this step.

# %% [markdown]
# ## Why not the squared error?
# Take z = (0, 10, 0) and truth 0: the network is sure, and wrong.
# Cross-entropy has the slopes -0.999955, 0.999909 and 0.000045. It pulls hard.
# The mean squared error of p has -6.1e-5, 9.1e-5 and -3.0e-5.
# For the true class that slope is more than 16,000 times smaller.
# The log cancels the p in the Jacobian. That is why the two belong together.

# %% [markdown]
# ## 4f  True or false?                         (10 points, about 5 minutes)
# Write lse(z) for ln sum_k exp(z_k), and c for any number.
# Answer True or False. One of these stands as an exercise in a known book,
# with the task to show that it is true. It is false.
# If in doubt, try z = (0, 0) and c = 1.

# %% id="4f"
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
#     s = sigma(z) = 1 / (1 + exp(-z))        d sigma/dz = s (1 - s)
#     L = -y ln s - (1 - y) ln(1 - s)
#
# This is binary cross-entropy. At z = ln 2, s is 2/3; with y = 1, L is ln(3/2).

# %% [markdown]
# ## 4g  A derivation of your own               (20 points, about 10 minutes)
# Derive dL/dz for binary cross-entropy. It has to end in `sigma(z) - y`.
# Begin with the derivative of L, and write one rule a line.
# The rules are the ones from before: sum, d ln u, inner derivative.
# `sigma(z)` is a name that the grader knows; no need to write the fraction.
# Mind the sign of the inner derivative in ln(1 - s).


# %% id="4g"
def derive_bce(y, z):
    """dL/dz for L = -y ln s - (1-y) ln(1-s) with s = sigma(z), line by line."""
    raise NotImplementedError("4g")


# %%
if __name__ == "__main__":
    for line, reason in derive_bce(*sp.symbols("y z", real=True)):
        print(f"{reason:44} {line}")

# %% [markdown]
# ## Say why
# No points, and worth a minute. Finish the sentence in your own words:
# the slope of cross-entropy is p - y and nothing more, because ...
# Hint: one p comes from the log, and one from the Jacobian.

# %%
EXPLAIN = ...

# %% [markdown]
# ## Answers to the three questions
# 1. Exponentiate, add up, divide.
# 2. -ln p_true, its surprise in nats.
# 3. Over the photos of the batch, not over the classes.
#
# And 0? You can now say why SymPy gave it, and what it had not been told.
#
# Next: `uv run invoke grade lesson4`, and then lesson 5. There the loss survives
# scores of 1000, and a slow machine checks your slope.
