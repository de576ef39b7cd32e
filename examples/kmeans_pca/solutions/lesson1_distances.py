# %% [markdown]
# # Lesson 1  Distances and the nearest centre
# 50 minutes. Needs: some NumPy.
#
# Here is a box of 120 leaves, and nobody says which tree each of them comes from.
# Can a program sort them? It needs two things: a number that says how different two
# leaves are, and a typical leaf for each group, its **centre**. Then every leaf goes
# to the nearest centre. You write that here. Lesson 2 finds the centres.
#
# The leaves are invented, so that you can check what you find;
# `lessons/data/README.md` says how.

# %%
import numpy as np

from lessons.data import COLUMNS, KINDS, load_leaves

leaves, kinds = load_leaves()

# %% [figure]
import matplotlib.pyplot as plt

print("shape:", leaves.shape, " columns:", COLUMNS)
print("the first leaf:", leaves[0])

fig, ax = plt.subplots()
ax.scatter(leaves[:, 0], leaves[:, 1])
ax.set_title("120 leaves: how many groups do you see?")
ax.set_xlabel("length (cm)")
ax.set_ylabel("width (cm)")
fig.set_label(
    "A scatter plot of width over length: a flat cloud near width 2, one near "
    "length 9 and width 5, and one near length 6 and width 5."
)
plt.show()

# %% [markdown]
# ## A leaf is a point
# Two measurements make a leaf a point in the plane; four make it a point in a space
# that nobody can draw. The distance works the same way in both. For the points
# (1, 2) and (4, 6), the differences are 3 and 4, and Pythagoras gives the rest:
#
#     $d^2 = (4 - 1)^2 + (6 - 2)^2 = 9 + 16 = 25$
#
# With more measurements, there are more squares to add up. This is the **Euclidean
# distance**. Without the root, it is the **squared distance**.

# %% [markdown]
# ## 1a  Predict: which centre is nearest?      (15 points, about 6 minutes)
# A leaf is at (1, 2). The centres are A = (4, 6), B = (1, 8) and C = (6, 4). Answer on
# paper, before you run anything.
#
# How far is it to A? Which centre is nearest, "a", "b" or "c"? Which one is nearest if
# you compare squared distances? And which one if the first measurement is in
# millimetres: leaf (10, 2), A = (40, 6), B = (10, 8), C = (60, 4)?

# %% id="1a"
PREDICT = {
    "distance to A": 5,  # SOLUTION
    "nearest": "a",  # SOLUTION
    "nearest by squares": "a",  # SOLUTION
    "nearest in millimetres": "b",  # SOLUTION
}

# %% [show] reveals="1a"
leaf = np.array([1.0, 2.0])
for unit, factor in (("cm", 1), ("mm", 10)):
    for name, centre in (("A", (4, 6)), ("B", (1, 8)), ("C", (6, 4))):
        squared = (((leaf - centre) * (factor, 1)) ** 2).sum()
        print(f"{unit}  {name}: squared {squared:.0f}, distance {squared**0.5:.2f}")

# %% [markdown]
# ## Two things to remember
# **The root changes no order.** If one distance is shorter than another, so is its
# square. To find the nearest centre, you can save the root, and k-means does.
#
# **The unit does.** In millimetres, the first measurement counts ten times as much, its
# square a hundred times, and hardly anything else is left to decide. Nothing about the
# leaf has changed. So measure everything in the same unit, or bring each column to the
# same standard deviation, before you compare distances. Our leaves are all in cm.

# %% [markdown]
# ## All distances at once
# With n points and k centres, there are n times k distances: a table with a row for
# each point and a column for each centre. Two loops would fill it, and NumPy needs
# none. `x[:, None, :]` has the shape (n, 1, d). Subtract the centres, of shape (k, d),
# and you have every difference of every pair, in the shape (n, k, d). Square it, and
# add up along the last axis, over the measurements. For the leaves (1, 2) and (5, 5)
# the table is
#
#                A     B     C
#     (1, 2)    25    36    29
#     (5, 5)     2    25     2

# %% [markdown]
# ## 1b  Squared distances                     (35 points, about 10 minutes)
# Write the table of all squared distances. It should work for any number of
# measurements.


# %% id="1b"
def squared_distances(x, centres):
    """Squared distances.  x: (n, d).  centres: (k, d).  Returns (n, k)."""
    # 1 all differences   2 square   3 add up over the measurements
    # BEGIN SOLUTION
    differences = x[:, None, :] - centres
    return (differences**2).sum(axis=-1)
    # END SOLUTION


# %%
PAPER_X = np.array([[1.0, 2], [5, 5]])
PAPER_CENTRES = np.array([[4.0, 6], [1, 8], [6, 4]])

# %% [show]
print(squared_distances(PAPER_X, PAPER_CENTRES))

# %% [markdown]
# ## From a table to labels
# Each row of the table belongs to one leaf, and the position of its smallest entry is
# the leaf's **label**: the number of its nearest centre, counted from 0. `min` returns
# the smallest entry; `argmin` returns its position.
#
# The leaf (5, 5) is equally far from A and from C. Some rule has to decide, always the
# same way, or the labels change for no reason. The rule here: the first one wins.

# %% [markdown]
# ## 1c  The nearest centre                    (30 points, about 7 minutes)
# Write the label of each leaf. You have the distances already.


# %% id="1c"
def assign(x, centres):
    """Position of the nearest centre.  x: (n, d).  centres: (k, d).  Returns (n,), int."""
    # BEGIN SOLUTION
    return squared_distances(x, centres).argmin(axis=1)
    # END SOLUTION


# %% [figure]
print("labels on paper:", assign(PAPER_X, PAPER_CENTRES))
# Three leaves as centres, chosen by eye: one of each cloud.
by_eye = leaves[[1, 0, 3]]
labels = assign(leaves, by_eye)
print("leaves of each centre:", np.bincount(labels))

fig, ax = plt.subplots()
for label, marker in enumerate("os^"):
    own = leaves[labels == label]
    ax.scatter(own[:, 0], own[:, 1], marker=marker, label=f"label {label}")
ax.scatter(by_eye[:, 0], by_eye[:, 1], marker="x", c="black", s=90, label="centre")
ax.set_title("Each leaf has the label of its nearest centre")
ax.set_xlabel("length (cm)")
ax.set_ylabel("width (cm)")
ax.legend()
fig.set_label(
    "The same scatter plot with three markers, one for each label, and three "
    "crosses: one leaf of each cloud, taken as its centre."
)
plt.show()

# %% [markdown]
# ## Look at what the labels found
# How do these labels compare with the trees that the leaves came from? All three
# centres were guesses, one leaf each, and still all 120 leaves agree. Real data is
# rarely this kind. And a label is only a number: you know that label 0 means oak
# because you looked at the kinds, which no function of this lesson ever sees.

# %% [show]
for kind, name in enumerate(KINDS):
    print(f"{name:7}", np.bincount(labels[kinds == kind], minlength=3))

# %% [markdown]
# ## 1d  Tests that catch a wrong assignment    (20 points, about 14 minutes)
# Write `check_assign(fn)`. It calls `fn(x, centres)` on points of your choice, raises
# an `AssertionError` if an answer is wrong, and otherwise does nothing. The grader
# gives it two right functions and six wrong ones. Both right ones must pass, and all
# six wrong ones must be caught.
#
# What can go wrong? Look at your paper example, at points that are equally far from
# two centres, and at points with more than one measurement. For which points do the
# sum of the differences and the sum of their squares disagree?


# %% id="1d"
def check_assign(fn):
    """Raise an AssertionError if fn(x, centres) isn't the position of the nearest centre."""
    # 1 the paper example   2 a tie   3 another distance
    # BEGIN SOLUTION
    assert list(fn(PAPER_X, PAPER_CENTRES)) == [0, 0], "on paper"
    line = np.array([[0.0, 0], [0, 9], [0, 4]])
    assert list(fn(line, np.array([[0.0, 8], [0, 0]]))) == [1, 0, 0], "on a line"
    # (3, 3) is nearer by squares, (0, 5) by the sum of the differences.
    assert list(fn(np.zeros((1, 2)), np.array([[0.0, 5], [3, 3]]))) == [1], "squares"
    # END SOLUTION


# %% [show]
check_assign(assign)  # no output: your tests accept it

# %% [markdown]
# ## What comes next
# Somebody chose the centres here, by eye, in a plane. With four measurements nobody
# can. In lesson 2, the leaves choose the centres, and the centres choose the leaves,
# in turns, until nothing changes any more.
