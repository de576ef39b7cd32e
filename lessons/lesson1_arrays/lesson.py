# To run this page, cell by cell:  uv run invoke run lesson1
# To have it graded:               uv run invoke grade lesson1
import importlib.util

if importlib.util.find_spec("grader") is None:
    raise SystemExit("This page runs with:  uv run invoke run lesson1")

# %% [markdown]
# # Lesson 1  Meet the arrays
# 35 minutes. Needs: Python's lists and functions, and a first look at numpy.
# No TensorFlow yet.
#
# Seventy thousand handwritten digits stand in four arrays.
# You will measure the arrays, join them, count them, and find the pictures.
# On the way you meet a first score, which every network has to beat.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. What is `[10, 20, 30][1]`?
# 2. What is `[10, 20, 30][1:2]`?
# 3. A byte has eight bits. How many different values can it have?

# %%
import matplotlib.pyplot as plt
import numpy as np

from lessons.data import load_data

# %% [markdown]
# ## Four arrays
# The collection is called MNIST: photos of digits, and what each of them shows.
# It comes in two sets:
#
#     train_images, train_labels     to learn from
#     test_images,  test_labels      for the exam, afterwards
#
# Ask an array three things. `shape` says how many numbers there are along each axis.
# `ndim` says how many axes there are. `dtype` says what kind of number is stored.

# %%
if __name__ == "__main__":
    (train_images, train_labels), (test_images, test_labels) = load_data()
    print(train_images.shape, train_images.ndim, train_images.dtype)
    print(train_labels.shape, train_labels.ndim, train_labels.dtype)
    print(test_images.shape, test_labels.shape)
    print("the first five labels:", train_labels[:5])

# %% [markdown]
# ## Axis 0 counts the photos
# The training images have shape `(60000, 28, 28)`. Read it from the left.
# Axis 0 counts 60,000 photos, axis 1 their 28 rows, axis 2 the 28 pixels of a row.
# The labels have shape `(60000,)`. Label number i belongs to photo number i.
# The test set is built in the same way, with 10,000 photos.

# %% [markdown]
# ## 1a  Predict the shapes                     (15 points, about 4 minutes)
# Let `a` hold the first 6 training photos, and `b` the first 4 test photos.
# Their shapes are `(6, 28, 28)` and `(4, 28, 28)`, and their dtype is uint8.
# What shape has each expression below? And which dtype has `a / 255`?
# Write your answers down before you run the next cell.
# A prediction that fails teaches the most, and you may change it.

# %% id="1a"
# A shape is a tuple, such as (3, 28, 28). A dtype is a word, such as "uint8".
PREDICT = {
    "a[1]": ...,
    "a[1:2]": ...,
    "a[:, 14:, 14:]": ...,
    "np.concatenate((a, b), 0)": ...,
    "dtype of a / 255": ...,
}

# %% reveals="1a"
if __name__ == "__main__":
    a, b = train_images[:6], test_images[:4]
    print(a[1].shape, a[1:2].shape, a[:, 14:, 14:].shape)
    print(np.concatenate((a, b), 0).shape, (a / 255).dtype)

# %% [markdown]
# ## An integer removes an axis, a slice keeps it
# `a[1]` is one photo, and the axis that counted photos is gone.
# `a[1:2]` is a set that happens to hold one photo, and there the axis is kept.
# A network wants sets, even sets of one. You will meet this difference again.
# `a[:, 14:, 14:]` keeps all photos, and of each one the lower right quarter.

# %% [markdown]
# ## A pixel is one byte
# uint8 means *unsigned integer of 8 bits*: a whole number from 0 to 255.
# 0 is empty background, and 255 is full ink. One pixel takes one byte of memory.
#
#     60,000 * 28 * 28 = 47,040,000 bytes = 44.9 MiB   as uint8
#                                          179.4 MiB   as float32, 4 bytes each
#                                          358.9 MiB   as float64, 8 bytes each
#
# So it is worth knowing which dtype you have.

# %% [markdown]
# ## A digit is mostly background
# The mean of all training pixels is 33.3184, far from the middle of 0 to 255.
# The reason: 80.88 % of the pixels are exactly 0, and only 0.67 % are exactly 255.
# Such a short description of the data finds many mistakes before they cost an hour.
# Write it as a function.

# %% [markdown]
# ## 1b  Describe a set of photos               (15 points, about 4 minutes)
# Return a dict with six entries: `n`, `height`, `width`, `dtype`, `low`, `high`.
# `low` and `high` are the smallest and the largest pixel of the whole set.
# All numbers are plain `int`s of Python. `dtype` is text, such as `"uint8"`.
# The photos need not be square, and the set may hold just one.


# %% id="1b"
def describe(images):
    """Six facts about a set of photos.  images: (n, height, width).  Returns a dict."""
    # 1 unpack the shape   2 name the dtype   3 find the extremes
    raise NotImplementedError("1b")


# %%
if __name__ == "__main__":
    print(describe(train_images))
    print(describe(test_images))

# %% [markdown]
# ## 1c  Join two sets                          (20 points, about 4 minutes)
# Put the photos of `train` first, and those of `test` after them.
# The two sets may differ in size: 60,000 and 10,000 photos become 70,000.
# The dtype stays as it is, and the two inputs stay as they were.
# Which axis has to grow?


# %% id="1c"
def join_sets(train, test):
    """All photos in one set.  train: (n1, 28, 28).  test: (n2, 28, 28)."""
    raise NotImplementedError("1c")


# %%
if __name__ == "__main__":
    all_images = join_sets(train_images, test_images)
    print(all_images.shape, all_images.dtype)

# %% [markdown]
# ## Join to look, never to train
# A joined set is handy when you want to look through all the photos.
# It is useless for an exam: the network would have seen the questions before.
# Then the score tells how well it remembers, and not how well it reads.
# So the two sets stay apart from here on.

# %% [markdown]
# ## 1d  The photo with a number               (15 points, about 4 minutes)
# People count from 1, and numpy counts from 0. The second photo is `images[1]`.
# Return photo number n, where n counts from **1**.
# If there is no such photo, raise a `ValueError`: n below 1, or n beyond the end.
# Think about n = 0 before you trust numpy to complain.


# %% id="1d"
def nth_photo(images, n):
    """Photo number n, counted from 1.  images: (count, 28, 28).  Returns (28, 28)."""
    # 1 refuse a number that has no photo   2 translate it into an index
    raise NotImplementedError("1d")


# %% [markdown]
# ## Here is the picture
# A photo is 28 rows of 28 numbers. Draw a bright spot for each large number, and you
# see it: the next cell draws the second training photo in your terminal.
# Its label is 0. Does the picture agree?

# %%
if __name__ == "__main__":
    import rich

    from grader.pictures import digit

    rich.print(digit(nth_photo(train_images, 2)))
    print("label:", train_labels[1])

# %% [markdown]
# ## Spot the slip
# Slips of this kind get printed, too. A well-known book on deep learning says
# "Let's display the fourth digit". The code below it then shows `train_images[4]`.
# What is wrong? Decide, then compare with the end of the lesson.

# %% [markdown]
# ## Two tools for counting
# `np.bincount([2, 0, 2])` gives `[1, 0, 2]`: one 0, no 1, and two 2s.
# Its slots end at the largest number that occurs. `help(np.bincount)` says how to
# ask for more of them.
# `argmax` says where the largest entry stands: `np.array([1, 0, 2]).argmax()` is 2.

# %% [markdown]
# ## 1e  Count the digits                       (15 points, about 4 minutes)
# How many photos are there of each digit? Count the labels.
# Slot c of the answer holds how often the label c occurs. There are k slots.
# A digit that never occurs still gets its slot, with a 0 in it.
# Counts are whole numbers.


# %% id="1e"
def class_counts(labels, k=10):
    """How often each class occurs.  labels: (n,) from 0 to k-1.  Returns (k,), int."""
    raise NotImplementedError("1e")


# %%
if __name__ == "__main__":
    print("train", class_counts(train_labels))
    print("test ", class_counts(test_labels))

# %% [markdown]
# ## A reader who does not look
# The digits are not equally common. In the training set 1 is the commonest:
# it occurs 6,742 times, on 11.24 % of the photos.
# So here is a reader of digits without eyes: it answers 1, whatever it is shown.
# How often is it right on the test set? Guess before you compute it.

# %% [markdown]
# ## 1f  The score to beat                      (10 points, about 3 minutes)
# Find the commonest class of the **training** labels. Answer it for every test photo.
# Return the share of test photos that this gets right, from 0 to 1.
# Choose on the training labels alone. Nobody is shown the answers before the exam.


# %% id="1f"
def majority_baseline(train_y, test_y):
    """Share of test labels equal to the commonest training label.  Returns a float."""
    # 1 count on train   2 take the commonest   3 score it on test
    raise NotImplementedError("1f")


# %%
if __name__ == "__main__":
    print(majority_baseline(train_labels, test_labels))

# %% [markdown]
# ## What the score is good for
# Always answering 1 is right on 1,135 of the 10,000 test photos: a score of 0.1135.
# That is the **baseline**. A network near it has learned nothing about pictures.
# Whenever you see 0.1135, or something like 0.10, look for a mistake first.

# %% [markdown]
# ## 1g  Plot a digit                           (10 points, about 4 minutes)
# This course follows a short blog page that builds a reader of digits in ten lines.
# The page draws its digits with matplotlib. Now you do, too.
# Show photo number n in grey. Count from 1, and refuse the same n as in 1d.
# Put the number n into the title, and return the matplotlib **Axes**.
# The Axes is the frame with the picture in it. `plt.subplots()` hands you a figure
# and one Axes, whose `imshow` draws an array.
# Plot the pixels as they are. Nobody marks the looks.


# %% id="1g"
def plot_digit(images, n):
    """Draw photo number n, counted from 1, titled with n.  Returns the Axes."""
    # 1 pick the photo   2 make the axes   3 show and title   4 return the axes
    raise NotImplementedError("1g")


# %%
if __name__ == "__main__":
    plot_digit(train_images, 2)
    plt.show()

# %% [markdown]
# ## In your own words                          (no points)
# Joining the two sets is fine for looking, and wrong for training. Why?
# Write one sentence, as if a friend had asked you.

# %%
IN_MY_WORDS = ...

# %% [markdown]
# ## Where to read on
# * *The MNIST data*, by LeCun, Cortes and Burges: how it was made is in the paper by
#   LeCun and others (1998): <https://doi.org/10.1109/5.726791>
# * *Deep Learning with Python*, chapter 2: <https://deeplearningwithpython.io>
# * Indexing in the NumPy guide: <https://numpy.org/doc/stable/user/basics.indexing.html>

# %% [markdown]
# ## Answers to the questions
# 1. `20`. Counting starts at 0.
# 2. `[20]`. A slice of a list is a list, even with one item in it.
# 3. 256 values, from 0 to 255.
#
# Spot the slip: `train_images[4]` is the **fifth** digit, because counting starts at 0.
# The fourth one is `train_images[3]`. The sentence stands in chapter 2 of
# *Deep Learning with Python*, third edition. It is a good book all the same.
#
# Next: `uv run invoke grade lesson1`, and then lesson 2, which prepares these arrays.
