# %% [markdown]
# # Lesson 3  The first principal component
# 50 minutes. Needs: some NumPy, and the leaves of lessons 1 and 2.
#
# Four measurements say a lot about a leaf. If you may keep only one number for each,
# which one? Not the length, and not the width: you may mix all four. The **first
# principal component** is the mixture that keeps the most, and you find it here, from
# the covariance to the drawing of all leaves on one line.

# %% [markdown]
# ## Two questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. Which point has the smallest sum of squared distances to a group of points?
# 2. Vectors of length 1: what does the product of one with itself, w @ w, give?

# %%
import numpy as np
import sympy as sp

from lessons.data import COLUMNS, KINDS, load_leaves

leaves, kinds = load_leaves()


# %% [markdown]
# ## Look from the middle
# How big leaves are in general doesn't help to tell them apart. So move the origin to
# the mean leaf: subtract the mean of each column. Then a value below 0 says "less
# than usual", one above 0 says "more than usual", and each column sums to 0. For the
# points (1, 2), (3, 8) and (5, 5) the mean is (3, 5), and they become (-2, -3), (0,
# 3) and (2, 0).

# %% [markdown]
# ## 3a  Centre the data                       (15 points, about 5 minutes)
# Subtract from each column its own mean. Don't change the array that you get.


# %% id="3a"
def centred(x):
    """The points, seen from their mean.  x: (n, d).  Returns (n, d)."""
    raise NotImplementedError("3a")


# %%
PAPER_X = np.array([[1.0, 2], [3, 8], [5, 5]])

# %% [show]
print(centred(PAPER_X))

# %% [markdown]
# ## How two measurements vary together
# The **variance** of a column is the mean of its squares, seen from the middle. The
# **covariance** of two columns is the mean of their products. It is positive if they
# tend to be large together, and negative if one tends to be large when the other is
# small. All of them fill a d by d table, the covariance matrix, with the variances on
# its diagonal.
#
# "Mean" here divides by n - 1, not n. Seen from their own mean, n points have only
# n - 1 free differences: the last one follows from the others. On paper, the variances
# are (4 + 0 + 4)/2 = 4 and (9 + 9 + 0)/2 = 9. The covariance is (6 + 0 + 0)/2 = 3.

# %% [markdown]
# ## 3b  The covariance matrix                 (25 points, about 9 minutes)
# Write it with one matrix product. Which shape must come out, and which of the two
# factors needs a transpose for that? `np.cov` isn't the point here, but it is a good
# way to check your result: it wants the columns as rows.


# %% id="3b"
def covariance(x):
    """Covariance matrix of the columns.  x: (n, d), n at least 2.  Returns (d, d)."""
    # 1 seen from the middle   2 all products, added up   3 divide by n - 1
    raise NotImplementedError("3b")


# %% [figure]
import matplotlib.pyplot as plt

print("on paper:\n", covariance(PAPER_X))
table = covariance(leaves)
print("leaves:\n", table.round(2))

fig, ax = plt.subplots()
image = ax.imshow(table, cmap="RdBu_r", vmin=-8, vmax=8)
ax.set_xticks(range(4), COLUMNS)
ax.set_yticks(range(4), COLUMNS)
for i, j in np.ndindex(4, 4):
    ax.text(j, i, f"{table[i, j]:.1f}", ha="center", va="center")
ax.set_title("Covariance of the four measurements")
ax.set_xlabel("measurement")
ax.set_ylabel("measurement")
fig.colorbar(image, label="covariance (square cm)")
fig.set_label(
    "A table of four by four colours: length and widest vary together, stalk varies "
    "against both, and width hardly varies with widest."
)
plt.show()

# %% [markdown]
# ## One number for a point
# Draw a line through the middle, in the direction (u, v). A point on it is (t u, t v),
# with one number t. If you keep only t of a point (x, y), you lose the distance
# between the two. Its square is the **reconstruction error**:
#
#     $E = (x - t u)^2 + (y - t v)^2$
#
# Which t loses least? As in lesson 2: where the derivative is 0.

# %% [markdown]
# ## 3c  Derive the best number for a point    (20 points, about 8 minutes)
# Return dE/dt. Use `+`, `-`, `*` and `**`, on paper first. Both squares contain t,
# and the chain rule gives each its own factor. Any correct form counts, as long
# as x and y occur only once each.


# %% id="3c"
def error_slope(x, y, u, v, t):
    """dE/dt, the derivative of the error with respect to t.  Symbols; an expression."""
    raise NotImplementedError("3c")


# %% [show]
symbols = sp.symbols("x y u v t")
print("dE/dt =", error_slope(*symbols))

# %% [markdown]
# ## The best number is a product
# Set it to 0 and solve: t (u^2 + v^2) = u x + v y. If the direction has length 1,
# what is left is t = u x + v y, the product of the point and the direction: its
# **projection**.
#
# The square of the distance to the middle is then the square of t plus the error
# (Pythagoras again). That distance is the same for every direction. So the direction
# that loses least is the one whose t are largest, squared and added up: the direction
# of **most variance**. For a direction w and the covariance matrix C, that variance is
#
#     $w^T C w$

# %% [markdown]
# ## An eigenvector has the most variance
# One w of length 1 gives the most. There, C w points in the direction of w
# itself: otherwise turning w a little towards C w would give more. So C w = lambda w:
# w is an **eigenvector** of C, and its variance is the eigenvalue lambda. The one
# with the largest eigenvalue is the first principal component.
#
# `np.linalg.eigh(C)` returns the eigenvalues, from small to large, and a matrix whose
# COLUMNS are the eigenvectors. Each has length 1. If w is one, so is -w, and which of
# them comes out is chance. We choose the one whose largest entry, by size, is
# positive.

# %% [markdown]
# ## 3d  The first principal component         (25 points, about 8 minutes)
# Write it, for a covariance matrix. For ((3, 1), (1, 3)) it is (1, 1) divided by the
# root of 2: 0.707107 twice, with variance 4. Across it, in the direction (1, -1), the
# variance is 2.


# %% id="3d"
def first_component(c):
    """Direction of most variance.  c: (d, d), a covariance matrix.  Returns (d,)."""
    # 1 eigenvectors   2 the one with the largest eigenvalue   3 its sign
    raise NotImplementedError("3d")


# %% [show]
print(first_component(np.array([[3.0, 1], [1, 3]])))
w = first_component(covariance(leaves))
for name, weight in zip(COLUMNS, w, strict=True):
    print(f"{name:8} {weight:6.2f}")

# %% [markdown]
# ## 3e  Project                               (15 points, about 5 minutes)
# Return one number for each leaf: its projection on w, seen from the middle of all
# leaves.


# %% id="3e"
def project(x, w):
    """Projections on a direction.  x: (n, d).  w: (d,), of length 1.  Returns (n,)."""
    raise NotImplementedError("3e")


# %% [figure]
t = project(leaves, w)
values, vectors = np.linalg.eigh(covariance(leaves))
print("variance of t:  ", t.var(ddof=1).round(2))
print("kept, of all:   ", (values[-1] / values.sum()).round(3))

second = project(leaves, vectors[:, -2])
fig, ax = plt.subplots()
for kind, marker in enumerate("os^"):
    own = kinds == kind
    ax.scatter(t[own], second[own], marker=marker, label=KINDS[kind])
ax.set_title("Four measurements in two numbers")
ax.set_xlabel("first component (cm)")
ax.set_ylabel("second component (cm)")
ax.legend()
fig.set_label(
    "The leaves in the plane of two components, a marker for each tree: lindens on "
    "the left, willows and oaks on the right, one above the other."
)
plt.show()

# %% [markdown]
# ## What the component says
# Its weights are 0.76 for length, -0.28 for width, -0.33 for stalk and 0.48 for
# widest. So a leaf gets a large number if it is long, narrow, short-stalked and widest
# far from the stalk: the direction from the lindens to the other two. The variance
# along it is 7.33, of 10.86 in all, so one number keeps 67.5 % of the variance of
# four.
#
# The second component keeps 24.9 % more. Together they draw four measurements in a
# plane with 92.4 % of the variance, and the three trees are apart. No step used the
# kinds: components look only for variance. Here the kinds differ in the directions of
# most variance. In other data, the difference that you want may be in a small one.

# %% [markdown]
# ## In your own words                         (no points)
# A friend measures the length in mm instead of cm. Why is the first component now
# almost only the length? Write one sentence.

# %%
IN_MY_WORDS = ""

# %% [markdown]
# ## Answers to the questions
# 1. Their mean: that is what lesson 2 derived.
# 2. The square of its length: 1.
#
# You have now found groups and directions, without a label and without a library for
# it.
