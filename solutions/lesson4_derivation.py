# %% [markdown]
# # Lesson 4  Derive it, and have every line checked
# 150 minutes. Needs: lesson 3, and the derivatives of a first calculus course (sum,
# product, quotient and chain rule). Everything else is explained where it is used. It
# takes two sittings: a break is marked after the first derivation.
#
# A network learns by walking downhill on its loss. To know which way is down, it needs
# the **derivative** of the loss: how fast the loss changes when one number changes.
# For cross-entropy, many tutorials say that it is $p - y$, and stop there.
# Here you see why it has to be that, and then you derive it, line by line.
#
# You write the lines with SymPy, and every one of them is checked twice. The grader
# computes both sides at random points, to 30 digits or more, and shows you the first
# line that is wrong. Then SymPy differentiates the loss itself and computes each line,
# for 3 and for 4 classes if it has any. A line is right or wrong only if the two agree.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. What are the three steps from a row of logits z to probabilities p?
# 2. What is the loss of an image whose true class got the probability $p_true$?
# 3. "Mean cross-entropy": is that a mean over classes, or over images?

# %%
import numpy as np
import sympy as sp

# %% [markdown]
# ## A neuron that is wrong, and slow
# Take one neuron and one question: is this image a 7? The neuron's logit z (its score)
# becomes a probability by the **sigmoid** function:
#
#     $s = sigma(z) = 1 / (1 + exp(-z))$        $ds/dz = s (1 - s)$
#
# (Check the second formula with the chain rule. It gives $exp(-z) / (1 + exp(-z))^2$,
# which is $s$ times $exp(-z) / (1 + exp(-z))$. And that fraction is $1 - s$.)
#
# The label y is 1 for yes and 0 for no. As a loss, take what comes to mind first: the
# squared error $Q = (s - y)^2$. By the chain rule its derivative is
#
#     $dQ/dz = (dQ/ds) (ds/dz) = 2 (s - y) s (1 - s)$
#
# Suppose that z itself is the only number the neuron can adjust. One step downhill
# subtracts the derivative from z.

# %% [markdown]
# ## 4a  Predict: where is learning slow?       (10 points, about 8 minutes)
# The label is 1. The neuron may start at $z = -8$, -3, 0 or 2. At -8 it is sure, and
# wrong: s is 0.000335. At 2 it is nearly right: s is 0.880797.
# Which start gives the largest first step, and which the smallest?
# From $z = -8$, about how many steps does it take until s is above 1/2?
# Answer the first two with a start, such as -8, and the last with 10, 100, 1000 or
# 10000. Commit yourself before you run the next cell.

# %% id="4a"
PREDICT = {
    "largest first step": 0,  # SOLUTION
    "smallest first step": -8,  # SOLUTION
    "steps from z = -8": 1000,  # SOLUTION
}

# %% [figure] reveals="4a"
import matplotlib.pyplot as plt


def dQ_dz(z):
    s = 1 / (1 + np.exp(-z))
    return 2 * (s - 1) * s * (1 - s)


for start in (-8, -3, 0, 2):
    print(f"z = {start:2}: the first step is {-dQ_dz(start):.6f}")
z, steps = -8, 0
while z <= 0:
    z, steps = z - dQ_dz(z), steps + 1
print("steps from z = -8 until s is above 1/2:", steps)

zs = np.linspace(-10, 4, 200)
fig, (upper, lower) = plt.subplots(2, 1, sharex=True)
upper.plot(zs, (1 / (1 + np.exp(-zs)) - 1) ** 2)
upper.set_title("Squared error of one neuron, label 1")
upper.set_ylabel("loss Q")
lower.plot(zs, [dQ_dz(z) for z in zs])
lower.plot([-8, -3, 0, 2], [dQ_dz(z) for z in (-8, -3, 0, 2)], "o", label="starts")
lower.set_ylabel("derivative dQ/dz")
lower.set_xlabel("logit z")
lower.legend()
fig.set_label(
    "Two curves over the logit z: the squared error is flat near 1 on the far left, "
    "and its derivative is almost 0 there, largest near z = -0.7."
)
plt.show()

# %% [markdown]
# ## The factor that makes it slow
# At $z = -8$ the neuron is most wrong, and yet its step is the smallest: 0.000670.
# It takes 1,507 steps to change its mind. (People often learn most from a bad mistake.)
# The culprit is the factor $s (1 - s)$: it is nearly 0 when s is near 0 or near 1.
#
# ## Which loss doesn't have it?
# We would like $dL/dz = s - y$: the error, and nothing else. Take $y = 1$.
#
#     $dL/dz = (dL/ds) s (1 - s)$  should be  $s - 1$,  so  $dL/ds = -1/s$
#
# The function with that derivative is $L = -ln s$. For $y = 0$ the same question
# gives $L = -ln(1 - s)$.

# %% [markdown]
# ## The answer is cross-entropy
# Both cases fit in one line, because y or $1 - y$ is always 0:
#
#     $L = -y ln s - (1 - y) ln(1 - s)$
#
# This is **binary cross-entropy**, the loss of lesson 3 for two classes. It wasn't
# guessed: it is the loss whose derivative is the error. Now show that this is so.
#
# ## The words of a derivation
# Four short names are enough for a start. `d(e, v)` is the derivative of e with respect
# to v, written down and not yet computed; SymPy calls that `sp.Derivative`. So the rule
# $d ln u = du / u$ says that `d(log(u), z)` equals `d(u, z) / u`. `log` and
# `exp` are SymPy's own, and `log` is ln. `sigma` is an `sp.Function`: a function of
# which SymPy knows only the name.

# %%
log = sp.log
exp = sp.exp
sigma = sp.Function("sigma")
delta = sp.KroneckerDelta  # from 4d on


def d(e, v):
    return sp.Derivative(e, v)


# %% [markdown]
# ## How to write a derivation
# A derivation is a function that gives one line after another. `return` would end it
# after the first. `yield` hands over a line, and the function then goes on to the
# next; Python calls such a function a **generator**.
#
# After each line, put your reason. Reasons are for people: only formulas are checked.
# The first line is what you want to derive: `d(..., z)` of the whole loss, not yet
# computed. Each later line must equal the one before. In between, write one rule per
# line. The last line is the result.
# Here is the squared error's derivative, worked out.


# %%
def derive_squared(y, z):
    """dQ/dz for Q = (s - y)^2 with s = sigma(z), line by line."""
    s = sigma(z)
    yield d((s - y) ** 2, z), "the derivative of the loss, not yet computed"
    yield 2 * (s - y) * d(s, z), "d u^2 = 2 u du; the label is a constant"
    yield 2 * (s - y) * s * (1 - s), "d sigma = s (1 - s) dz"


# %% [show]
for line, reason in derive_squared(*sp.symbols("y z", real=True)):
    print(f"{reason:44} {line}")

# %% [markdown]
# ## 4b  Binary cross-entropy, line by line     (20 points, about 36 minutes)
# Derive $dL/dz$ for $L = -y ln s - (1 - y) ln(1 - s)$. It has to end in `sigma(z) - y`.
# You need three rules, one per line: the derivative of a sum, $d ln u = du / u$, and
# $d sigma = s (1 - s) dz$. You differentiate, not SymPy: call only `d`, `log`, `exp`
# and `sigma`.
# One trap: u is $1 - s$ in the second logarithm. What is du?


# %% id="4b"
def derive_bce(y, z):
    """dL/dz for L = -y ln s - (1-y) ln(1-s) with s = sigma(z), line by line."""
    # BEGIN SOLUTION
    s = sigma(z)
    yield d(-y * log(s) - (1 - y) * log(1 - s), z), "what is to be derived"
    yield -y * d(log(s), z) - (1 - y) * d(log(1 - s), z), "derivative of a sum"
    yield -y / s * d(s, z) + (1 - y) / (1 - s) * d(s, z), "d ln u = du / u, twice"
    yield -y * (1 - s) + (1 - y) * s, "d sigma = s (1 - s) dz, and s, 1 - s cancel"
    yield s - y, "y s cancels"
    # END SOLUTION


# %% [markdown]
# ## Both losses side by side
# The next cell takes the last line of each derivation and puts numbers in.
# Where the neuron is sure and wrong, cross-entropy is steep and the squared error flat.

# %% [figure]


def last_line(derivation):
    """The result of a derivation for label 1, as a function of numbers."""
    y, z = sp.symbols("y z", real=True)
    *_, (line, _) = derivation(y, z)
    line = line.subs(y, 1).replace(sigma, lambda u: 1 / (1 + sp.exp(-u)))
    return sp.lambdify(z, line, "numpy")


ours, squared = last_line(derive_bce), last_line(derive_squared)
z, steps = -8, 0
while z <= 0:
    z, steps = z - ours(z), steps + 1
print("steps from z = -8 until s is above 1/2, with cross-entropy:", steps)

zs = np.linspace(-8, 4, 200)
s = 1 / (1 + np.exp(-zs))
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(zs, -np.log(s), label="cross-entropy")
left.plot(zs, (s - 1) ** 2, "--", label="squared error")
left.set_title("The losses, label 1")
left.set_ylabel("loss (cross-entropy in nats)")
right.plot(zs, ours(zs), label="cross-entropy: your last line")
right.plot(zs, squared(zs), "--", label="squared error")
right.set_title("Their derivatives")
right.set_ylabel("derivative with respect to z")
for ax in (left, right):
    ax.set_xlabel("logit z")
    ax.legend()
fig.set_label(
    "Left, cross-entropy rises in a straight line to the left, and the squared error "
    "stays below 1. Right, the derivative of cross-entropy goes to -1 there, that of "
    "the squared error to 0."
)
plt.show()

# %% [markdown]
# With cross-entropy the neuron needs 9 steps instead of 1,507.
#
# ## Wouldn't longer steps help?
# You may object: give the squared error longer steps. True, with steps 10, 50 or 100
# times as long it needs 154, 33 or 18 of them. But no factor changes the shape of the
# curve: the step stays smallest where the error is largest. A factor that is right for a
# sure mistake is wrong for all others. Near z = -0.7, where the squared error is
# steepest, steps 100 times as long move z by 29.6. (Nielsen also answers this
# objection, in the chapter linked below.)
#
# **A good place for a break.** The second half takes about 95 minutes.

# %% [markdown]
# ## Which loss for which noise
# Lesson 3 had a reason for its loss: it is minus the log of a **likelihood**. The squared
# error is too, for another kind of label. If labels scatter around a prediction $mu$
# in a bell curve (a normal distribution with standard deviation 1), the likelihood of a
# label y is a constant times
#
#     $exp(-(y - mu)^2 / 2)$,  and minus its log is  $(y - mu)^2 / 2$  plus a constant
#
# So the squared error suits measurements, such as a temperature. A label that is yes or
# no doesn't scatter around s. It is yes with probability s, and no with $1 - s$: the
# likelihood of that leads to cross-entropy.

# %% [markdown]
# ## From two classes to K
# An image of a digit has ten classes. So there is a row of logits z, a row of
# probabilities $p = softmax(z)$, and a row of labels y:
#
#     $p_k = exp(z_k) / S$,  where $S = sum_k exp(z_k)$
#     $L = -sum_k y_k ln p_k$
#
# The neuron is the case of two classes with the logits $(z, 0)$. Divide by $exp(z)$:
#
#     $exp(z) / (exp(z) + exp(0)) = 1 / (1 + exp(-z)) = sigma(z)$
#
# From here to the end, sums run over k, and i is the index of the logit that changes.

# %% [markdown]
# ## Partial derivatives, and symbols in a row
# L depends on many numbers now. Change one of them and keep the others fixed: the
# derivative that you get is called a **partial derivative**. All of them together, in a
# row or a column, are the **gradient**.
#
# In SymPy, a name that has no value is a **symbol**. The labels of three classes are a
# tuple of three symbols, y0, y1 and y2, and $y_k$ is written `y[k]`. You can't subtract
# tuples, so write one entry for every k; `sp.Matrix` makes a column of them. Example: one
# term of $Q = sum_k (p_k - y_k)^2$ contains $p_k$, and so $dQ/dp_k = 2 (p_k - y_k)$.


# %%
def dQ_dp(y, p):
    return sp.Matrix([2 * (p[k] - y[k]) for k in range(len(p))])


# %% [show]
y, p, z = (sp.symbols(f"{letter}0:3") for letter in "ypz")
print(dQ_dp(y, p))

# %% [markdown]
# ## 4c  From p to the loss                     (10 points, about 9 minutes)
# Which terms of L contain $p_k$? Write $dL/dp$ as a column: entry k is $dL/dp_k$. There
# may be 2, 3 or 4 classes. Do it on paper, or with `sp.diff(e, v)`, which computes what
# `d(e, v)` only writes down: both are fine here.
#
# Test it: for $p = (0.7, 0.2, 0.1)$ and true class 0 you should get $(-10/7, 0, 0)$.
# Raise $p_0$ by 0.07, and L falls by about 0.1. Two entries are 0. But can $p_1$ and
# $p_2$ stay as they are when $p_0$ grows?


# %% id="4c"
def dL_dp(y, p):
    """dL/dp for L = -sum_k y_k ln p_k.  y, p: tuples of symbols.  Returns (K, 1)."""
    # BEGIN SOLUTION
    return sp.Matrix([-y[k] / p[k] for k in range(len(p))])
    # END SOLUTION


# %% [show]
print(dL_dp(y, p))

# %% [markdown]
# They can't if all three sum to 1. But a partial derivative moves $p_0$ only, and then
# the sum is no longer 1. So these entries don't say yet how L changes when the network
# changes: a network moves z, and softmax moves all three.
#
# And entry 0 has no limit: if class 0 is the true one and $p_0 = 0.001$, it is -1,000.
# The derivative with respect to $z_0$ comes next. Can it be as large?

# %% [markdown]
# ## From z to the loss: the short way
# You want $dL/dz_i$. Softmax has $ln p_k = z_k - ln S$, because ln turns a fraction into
# a difference and undoes exp. Put that into L, and use that the labels of an image sum
# to 1:
#
#     $L = ln S - sum_k y_k z_k$
#     $dL/dz_i = exp(z_i)/S - y_i$
#     $dL/dz_i = p_i - y_i$
#
# Three lines, and every entry is from -1 to 1. $ln S$ is called **log-sum-exp**, after
# what it does. The second line uses $d ln u = du / u$ once more: the derivative of S
# with respect to $z_i$ is $exp(z_i)$. In the sum, only the term $y_i z_i$ contains
# $z_i$.

# %% [markdown]
# ## What the signs say
# Take $p = (0.7, 0.2, 0.1)$, and let class 1 be the true one. Then $p - y$ is
#
#     $(0.7, -0.8, 0.1)$
#
# * An entry above 0 says: raise this logit, and the loss rises. So lower it.
# * The entry below 0 is the true class: raise this logit, and the loss falls.
# * The size says how much it matters. Class 0 is wrong and has most of the probability,
#   so it is pushed down hard. Class 2 is wrong too, but it has little probability.
# * The entries sum to 0: what the wrong classes lose, the true class gains.
#
# When p equals y, nothing is left to learn, and all entries are 0.

# %% [markdown]
# ## The long way: softmax first
# The short way works for one loss. The long way works for every loss: differentiate
# softmax itself, then use the chain rule. First $k = i$, with the quotient rule:
#
#     $dp_i/dz_i = (exp(z_i) S - exp(z_i) exp(z_i)) / S^2$
#     $dp_i/dz_i = exp(z_i)/S - (exp(z_i)/S)^2$
#     $dp_i/dz_i = p_i - p_i^2 = p_i (1 - p_i)$
#
# There is the slow factor again. If k and i differ, the numerator $exp(z_k)$ does not
# depend on $z_i$, and only one term of the quotient rule remains:
#
#     $dp_k/dz_i = (? - exp(z_k) exp(z_i)) / S^2 = ?$

# %% [markdown]
# ## Both cases in one table
# Raise one logit, and every other probability has to fall. Check your sign.
# All these derivatives in a table, $p_k$ in row k and $z_i$ in column i, are called the
# **Jacobian** of softmax. At $p = (0.7, 0.2, 0.1)$, multiplied by 100, it is
#
#      21  -14   -7
#     -14   16   -2
#      -7   -2    9

# %% [markdown]
# ## 4d  The Jacobian of softmax                (15 points, about 16 minutes)
# Return the K x K table, again for 2, 3 or 4 classes, in terms of p only: no exp, no z.
# `sp.Matrix([[...], [...]])` is a table of two rows. `delta(k, i)`, the **Kronecker
# delta**, is 1 if k and i are the same and 0 if not. And `sp.diag(a, b)` has a and b on
# the diagonal, 0 elsewhere.


# %% id="4d"
def jacobian(p):
    """dp_k/dz_i in row k, column i.  p: a tuple of symbols.  Returns (K, K)."""
    # two cases: k = i and k != i
    # BEGIN SOLUTION
    column = sp.Matrix(p)
    return sp.diag(*p) - column * column.T
    # END SOLUTION


# %% [show]
print(jacobian(p))

# %% [markdown]
# ## Why every row of the Jacobian sums to 0
# The sum of row k says how fast $p_k$ changes when all the logits rise together. But if
# you add the same number to all logits, no $p_k$ changes. So the sum is 0.
#
# ## The chain rule adds over all classes
# Raise $z_i$ by a tiny h. Every $p_k$ changes by about $(dp_k/dz_i) h$, and each of
# these changes moves L by $dL/dp_k$ times as much. The chain rule adds them all, and
# divides by h:
#
#     $dL/dz_i = sum_k (dL/dp_k) (dp_k/dz_i)$
#     $dL/dz_i = sum_k (-y_k/p_k) p_k (delta_ki - p_i)$
#
# The second line puts both derivatives in. See what cancels, what delta keeps, and
# what the labels sum to.

# %% [markdown]
# ## How to write it for any number of classes
# Now k and i are symbols, too, so no loop can count to K, the number of classes.
# `total(e, k)` is the sum of e over all classes k, written down and not computed: an
# `sp.Sum`. And a row of unknown length, in which `y[k]` can be written for a symbol k,
# is an `sp.IndexedBase`. Leave the names as they are.

# %%
k, K = sp.symbols("k K", integer=True)
i = sp.Symbol("i", integer=True)


def total(e, k):
    return sp.Sum(e, (k, 0, K - 1))


# %% [markdown]
# ## 4e  Cross-entropy with softmax, line by line  (30 points, about 38 minutes)
# Derive $dL/dz_i$, the long or the short way. The last line is `p[i] - y[i]`: no sum.
#
# The long way: the first line below is written for you, and the second has a hole. Go on
# from there: softmax's derivative, split the sum, and what the $y_k$ sum to.
# The short way: delete both lines, and begin with `d(...)` of the new L. Show the
# fraction $exp(z_i)/S$ on its own line.
#
# You may call `d`, `total`, `delta`, `log`, `exp` and `sigma`, and nothing else.


# %% id="4e"
def derive_dL_dz(y, p, z, i):
    """dL/dz_i for L = -sum_k y_k ln p_k with p = softmax(z), line by line."""
    # FADED
    # 1 worked: only the logarithm depends on z
    yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
    # 2 one hole: what comes before du in d ln u?
    before_du = 1 / p[k]  # SOLUTION
    yield -total(y[k] * before_du * d(p[k], z[i]), k), "d ln u = du / u"
    # 3 the softmax derivative   4 split the sum   5 what do the y_k sum to?
    # BEGIN SOLUTION
    yield -total(y[k] / p[k] * p[k] * (delta(k, i) - p[i]), k), "softmax derivative"
    yield -y[i] + p[i] * total(y[k], k), "split the sum; delta keeps k = i"
    yield p[i] - y[i], "the y_k sum to 1"
    # END SOLUTION


# %% [show]
y, p, z = (sp.IndexedBase(letter, real=True) for letter in "ypz")
for line, reason in derive_dL_dz(y, p, z, i):
    print(f"{reason:34} {line}")

# %% [markdown]
# ## Check it yourself, in one line
# You need no grader for this. To SymPy, $p_0$ and $z_0$ are unrelated symbols, until you
# write p in terms of z. Then differentiate, and subtract your answer: 0 should be left.
# The labels are symbols here, and SymPy doesn't know that they sum to 1. That is why the
# cell subtracts $p_0 sum_k y_k - y_0$ and not $p_0 - y_0$.

# %% [show]
y, p, z = (sp.symbols(f"{letter}0:3") for letter in "ypz")
L = -sum(y[k] * log(p[k]) for k in range(3))
print("p unrelated to z: ", sp.diff(L, z[0]))
p = [exp(one) / sum(exp(other) for other in z) for one in z]
L = -sum(y[k] * log(p[k]) for k in range(3))
print("p = softmax(z):   ", sp.simplify(sp.diff(L, z[0]) - (p[0] * sum(y) - y[0])))

# %% [markdown]
# ## One step downhill
# Take $z = (ln 7, ln 2, 0)$ and true class 0. The gradient is $(-0.3, 0.2, 0.1)$.
# One step against it leads to the logits $(2.245910, 0.493147, -0.1)$, and the loss falls
# from 0.356675 to 0.238272. The next cell takes your last line and draws that.
# The dashed line is what the gradient promises. The curve follows it only at first: the
# loss falls as fast as promised only while the step is small.

# %% [figure]
y, p, z = (sp.IndexedBase(letter, real=True) for letter in "ypz")
*_, (line, _) = derive_dL_dz(y, p, z, i)
start, label = np.log([7, 2, 1]), [1, 0, 0]
chances = [0.7, 0.2, 0.1]  # softmax(start)
values = [{p[i]: chances[k], y[i]: label[k]} for k in range(3)]
gradient = np.array([float(line.subs(value)) for value in values])


def loss(z):
    return np.log(np.exp(z).sum()) - z[0]


sizes = np.linspace(0, 5, 60)
fig, ax = plt.subplots()
ax.plot(sizes, [loss(start - size * gradient) for size in sizes], label="the loss")
promised = loss(start) - sizes * (gradient @ gradient)
ax.plot(sizes[:26], promised[:26], "--", label="what the gradient promises")
ax.plot([0, 1], [loss(start), loss(start - gradient)], "o", label="a step of 1")
ax.set_title("Loss along the direction against your gradient")
ax.set_xlabel("size of the step")
ax.set_ylabel("loss (nats)")
ax.legend()
fig.set_label(
    "The loss falls from 0.36 along the step and flattens; the dashed straight line "
    "touches it at step 0 and falls faster."
)
plt.show()

# %% [markdown]
# A network never takes this step itself, because it can't set its logits. It can set its
# **weights**, the numbers from which it computes the logits, and the chain rule carries
# $p - y$ back to them. That is how a network learns. Lesson 6 does it with this gradient.
#
# ## The squared error with softmax
# Take $z = (0, 10, 0)$ and true class 0: sure, and wrong. Cross-entropy's gradient is
# $(-0.999955, 0.999909, 0.000045)$. The mean squared error of p has -6.1e-5, 9.1e-5 and
# -3.0e-5: for the true class that is over 16,000 times smaller. The long way shows
# why: the $p_k$ of the Jacobian cancels the $1/p_k$ of the log, and the
# squared error has no $1/p_k$.

# %% [markdown]
# ## 4f  True, or a counterexample              (15 points, about 18 minutes)
# Write $lse(z)$ for $ln sum_k exp(z_k)$. Some of these five claims hold for every row
# z, and some don't. Where one holds, answer `True`. Where it doesn't, `False` isn't
# enough: give a row of logits that shows it, such as `[2, 0]`; you choose how many
# classes.
#
# One of them is an exercise in *Dive into Deep Learning* (section 4.1, exercise 6.2,
# linked below), which asks you to prove it. Try numbers before you believe it.

# %% id="4f"
CLAIMS = {
    "softmax(z + 1) = softmax(z)": True,  # SOLUTION
    "lse(z + 1) = lse(z)": [0, 0],  # SOLUTION
    "softmax(2 z) = softmax(z)": [1, 0],  # SOLUTION
    "no entry of the Jacobian is above 1/4": True,  # SOLUTION
    "raise z_0, and all other p_k fall by the same amount": [0, 0, 1],  # SOLUTION
}

# %% [markdown]
# ## In your own words                          (no points)
# Worth a minute. Finish the sentence: the derivative of cross-entropy is $p - y$ and
# nothing more, because ...
# Hint: one factor comes from the log, and one from softmax. Which fact about the
# labels did your last line use? Would it still be true of soft labels?

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Further reading
# * The slow neuron and cross-entropy: chapter 3 of Nielsen's book,
#   <http://neuralnetworksanddeeplearning.com/chap3.html>
# * The short way, and exercise 6.2, in *Dive into Deep Learning*:
#   <https://d2l.ai/chapter_linear-classification/softmax-regression.html>
# * To refresh the chain rule and partial derivatives:
#   <https://d2l.ai/chapter_preliminaries/calculus.html>
# * Generators in Python's tutorial:
#   <https://docs.python.org/3/tutorial/classes.html#generators>
# * SymPy's own introduction: <https://docs.sympy.org/latest/tutorials/intro-tutorial/>

# %% [markdown]
# ## Answers to the three questions
# 1. Exponentiate, add up, divide.
# 2. $-ln p_true$, its surprise in nats.
# 3. Over the images of the batch, not over the classes.
#
# And in your own words: the $1/p_k$ of the log cancels against the $p_k$ of softmax, so
# only $p - y$ is left. That needs labels that sum to 1, and soft labels do.
#
# Next: `uv run invoke grade lesson4`, and then lesson 5. It makes loss and gradient
# survive logits of 1000, and checks your gradient by brute force. In lesson 6 you
# train.
