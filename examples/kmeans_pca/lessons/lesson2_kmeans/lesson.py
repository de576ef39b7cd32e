# %% [markdown]
# # Lesson 2  The k-means loop
# 50 minutes. Needs: lesson 1 (its functions are given here again).
#
# In lesson 1 you gave every leaf to the nearest centre. But who chooses the centres?
# If you know the groups, you know their middles. If you know the middles, you know the
# groups. At first you know neither, so **k-means** guesses the middles and then takes
# the two steps in turns.
#
# Why does that work? Both steps make the same number smaller. First you prove it, then
# you write the loop.

# %% [markdown]
# ## Two questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. What is the shape of the table of distances for n points and k centres?
# 2. Why does k-means need no square root?

# %%
import numpy as np
import sympy as sp

from lessons.data import KINDS, load_leaves

leaves, kinds = load_leaves()


def squared_distances(x, centres):
    """Squared distances, as in lesson 1.  Returns (n, k)."""
    return ((x[:, None, :] - centres) ** 2).sum(axis=-1)


def assign(x, centres):
    """Position of the nearest centre, as in lesson 1.  Returns (n,), int."""
    return squared_distances(x, centres).argmin(axis=1)


# %% [markdown]
# ## Where is the middle of a group?
# Take two leaves and one measurement, say the lengths a and b. Which c is the best
# centre for both, if the price is the sum of the squared distances?
#
#     $L = (a - c)^2 + (b - c)^2$
#
# For a = 2 and b = 6, c = 2 costs 16, and c = 5 costs 9 + 1 = 10. At the best c the
# derivative of L is 0: moving c a little to either side gains nothing.
#
# Next you derive dL/dc. Write one line after the other with `yield`, each with your
# reason after a comma. `d(e, c)` is the derivative of e with respect to c that isn't
# worked out yet, so the first line is `d((a - c)**2 + (b - c)**2, c)`.


# %%
def d(e, v):
    return sp.Derivative(e, v)


# %% [markdown]
# ## 2a  The best centre of two leaves         (25 points, about 12 minutes)
# Derive dL/dc. Every line must equal the one before, and the last one contains no d.
# The rules that you need: the sum rule, the chain rule `d(u**2, c) = 2*u*d(u, c)`, and
# that d of a symbol with respect to itself is 1.
#
# SymPy multiplies a number into a bracket as soon as you write it: `-2*(a - c)`
# becomes `2*c - 2*a`. So your last two lines may become one.


# %% id="2a"
def derive_centre(a, b, c):
    """The lines from L to dL/dc.  a, b, c: symbols.  Yields lines with their reasons."""
    raise NotImplementedError("2a")


# %% [markdown]
# ## So the middle is the mean
# Set the derivative to 0: 4c = 2a + 2b, so c = (a + b)/2, the mean. For 2 and 6 that
# is 4, at a price of 8. With n leaves, the same steps give 2nc minus twice the sum of
# all, and again c is the mean. With several measurements, each adds its own sum of
# squares, so each gets its own mean.
#
# That is why the algorithm is called k-*means*. (With absolute differences instead of
# squares, the best c would be a median.)

# %% [markdown]
# ## 2b  Move the centres                      (25 points, about 10 minutes)
# Write `update`: the new centre of each group is the mean of its points. A label that
# no point has is an **empty cluster**. It has no mean (NumPy would say nan, and every
# later distance to it is nan). Here, such a centre stays where it was.
#
# Don't change the arrays that you get. Take the points (0, 0), (2, 2) and (9, 9) with
# labels 0, 0 and 2. The old centres are (1, 0), (5, 5) and (8, 8). The new ones are
# (1, 1), (5, 5) and (9, 9).


# %% id="2b"
def update(x, labels, centres):
    """New centres.  x: (n, d).  labels: (n,).  centres: (k, d), float.  Returns (k, d)."""
    # for each label:  1 its points   2 their mean, if there are any
    raise NotImplementedError("2b")


# %%
PAPER_X = np.array([[0.0, 0], [2, 2], [9, 9]])
PAPER_LABELS = np.array([0, 0, 2])
PAPER_CENTRES = np.array([[1.0, 0], [5, 5], [8, 8]])

# %% [show]
print(update(PAPER_X, PAPER_LABELS, PAPER_CENTRES))

# %% [markdown]
# ## The number that both steps make smaller
# The **inertia** is the sum of the squared distances from each point to the centre of
# its group. On paper, with the old centres: 1 + 5 + 2 = 8.
#
# `update` makes it smaller, as you have proved: no other centre of a group is cheaper
# than its mean. `assign` makes it smaller, too: each point moves to the nearest
# centre, and nothing is cheaper than that. So the inertia falls or stays the same, and
# since there are only so many ways to label n points, the loop must come to an end.

# %% [markdown]
# ## 2c  The inertia                           (15 points, about 6 minutes)
# Write it. `centres[labels]` is an array with the own centre of each point.


# %% id="2c"
def inertia(x, labels, centres):
    """Sum of squared distances to the own centres.  Returns a float."""
    raise NotImplementedError("2c")


# %% [show]
print("on paper:", inertia(PAPER_X, PAPER_LABELS, PAPER_CENTRES))

# %% [markdown]
# ## 2d  Predict: what can happen?             (10 points, about 4 minutes)
# Before you run the loop: can the inertia rise from one round to the next, "yes" or
# "no"? Can two different starts end in different centres, "yes" or "no"? And what is
# the smallest possible inertia if every leaf may have its own centre?

# %% id="2d"
PREDICT = {
    "the inertia can rise": ...,
    "two starts can end differently": ...,
    "inertia with 120 centres": ...,
}

# %% [markdown]
# ## 2e  The loop                              (25 points, about 12 minutes)
# Write `kmeans`. In each round: labels from the centres, then new centres from the
# labels. Stop when the centres no longer change, or after `most` rounds. Return the
# centres, and the labels that belong to exactly these centres.


# %% id="2e"
def kmeans(x, centres, most=100):
    """k-means from given centres.  Returns centres (k, d) and labels (n,)."""
    # in each round:  1 assign   2 update   3 stop if nothing has moved
    raise NotImplementedError("2e")


# %% [figure] reveals="2d"
import matplotlib.pyplot as plt

rounds = []
for most in range(6):
    found, labels = kmeans(leaves, leaves[:3], most)
    rounds.append(inertia(leaves, labels, found))
    print(f"after {most} rounds: inertia {rounds[-1]:.2f}")

found, labels = kmeans(leaves, leaves[:3])
print("centres:\n", found.round(2))
for kind, name in enumerate(KINDS):
    print(f"{name:7}", np.bincount(labels[kinds == kind], minlength=3))

fig, ax = plt.subplots()
for label, marker in enumerate("os^"):
    own = leaves[labels == label]
    ax.scatter(own[:, 0], own[:, 1], marker=marker, label=f"label {label}")
for label in range(3):
    path = np.array([kmeans(leaves, leaves[:3], most)[0][label] for most in range(6)])
    ax.plot(path[:, 0], path[:, 1], "k.-", lw=2)
    ax.plot(*path[-1, :2], "kx", ms=10, mew=2)
ax.set_title("Three leaves become three centres")
ax.set_xlabel("length (cm)")
ax.set_ylabel("width (cm)")
ax.legend()
fig.set_label(
    "Leaves with three markers, by label, and three black paths: each begins at a "
    "leaf and ends at a cross in the middle of its group."
)
plt.show()

# %% [markdown]
# ## What you have found
# From the first three leaves of the box, the inertia is 1068.25 with the leaves as
# centres, then 504.23 and 306.41, and it ends at 305.82. The labels match the trees
# for all 120 leaves, and nobody told k-means that there are trees. It needed all four
# measurements: with length and width only, two leaves end in a wrong group.
#
# ## How many groups are there?
# k-means takes any k. More centres always cost less, so the smallest inertia says
# nothing. But look where it stops falling fast:
#
#     k           1         2         3         4         5
#     inertia     1291.85    546.89    305.82    230.26    165.86
#
# Up to 3, each centre saves a lot. After that, each saves little. That is the
# **elbow**.

# %% [figure]
counts, best = range(1, 6), []
for k in counts:
    ends = [kmeans(leaves, leaves[i : i + k]) for i in range(0, 115, 5)]
    best.append(min(inertia(leaves, labels, centres) for centres, labels in ends))
    worst = max(inertia(leaves, labels, centres) for centres, labels in ends)
    print(f"k = {k}: best {best[-1]:.2f}, worst {worst:.2f}")

fig, ax = plt.subplots()
ax.plot(counts, best, "o-")
ax.set_title("The elbow is at three")
ax.set_xlabel("number of centres k")
ax.set_ylabel("inertia (best of 23 starts)")
ax.set_xticks(counts)
fig.set_label(
    "A falling curve of the inertia over k: steep from 1 to 3, then nearly flat."
)
plt.show()

# %% [markdown]
# ## Start more than once
# With k = 3, the best of these 23 starts ends at 305.82, and the worst at 512.75.
# There, two centres share the lindens, and the third has both the willows and the
# oaks. No single leaf is nearer to another centre, so the loop stops, in a **local
# minimum**. Nothing in the loop can tell. So start several times, and keep the
# smallest inertia.
#
# k-means has other limits. It looks for round groups of about the same size. It gives
# every point a group, even one that belongs nowhere. And the unit of each measurement
# counts, as in lesson 1.

# %% [markdown]
# ## Answers to the questions
# 1. (n, k): a row for each point, a column for each centre.
# 2. The root changes no order, so the nearest centre is the same without it.
#
# Next comes lesson 3: four measurements, and the one direction that says most.
