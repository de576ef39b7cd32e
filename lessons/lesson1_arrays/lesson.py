# %% [markdown]
# # Lesson 1  Meet the arrays
# 50 minutes. Needs: Python's lists and functions, and a first look at NumPy.
# No TensorFlow yet.
#
# MNIST is a collection of seventy thousand handwritten digits, in four arrays.
# In this lesson you look at them: you measure the arrays, count the digits and
# draw them. You also compute a first score, which every network has to beat.

# %% [markdown]
# ## Two lost pictures
# This course follows a short blog page, *Tensorflow and NN*, that builds a digit
# classifier in ten lines of Keras. One of these lines names what the network learns from:
# its loss, `categorical_crossentropy`. A friend had shown the author the mathematics
# behind that word, and two pictures of it were on the page. They are lost. (So are the
# author's name and the page's address: we know neither.)
#
# You will draw them again, with a pen in lesson 3 and line by line in lesson 4. Then
# you train with what you have drawn. The page's last words are: to be continued.

# %% [markdown]
# ## Watch one learn
# First see what this is about. The cell below makes a network of random numbers and
# shows it 32 digits at a time, drawn from a pile of 4,000. Now and then the network
# takes an exam: 10,000 digits that it never learns from. The right-hand column has its
# answers for the ten digits that are drawn at the end.
#
# Run it. It takes a few seconds. You don't have to understand a line of it yet: the four
# lines that learn are yours to write in lesson 9, and by then none of them will be new.
# The page's own network learns from all 60,000 digits in a minute or two, if you have
# Keras: `uv run invoke demo`.

# %% [figure]
import matplotlib.pyplot as plt
import numpy as np

from lessons.data import load_data

(images, labels), _ = load_data()
pixels = images.reshape(-1, 784) / np.float32(255)
x, y, exam = pixels[:4000], np.eye(10)[labels[:4000]], pixels[50_000:]
rng = np.random.default_rng(7)
W1, W2 = rng.normal(0, 0.05, (784, 64)), rng.normal(0, 0.18, (64, 10))


def think(x):
    """Return what the 64 hidden units say, and ten probabilities for each image."""
    hidden = np.maximum(x @ W1, 0)
    e = np.exp(hidden @ W2)
    return hidden, e / e.sum(axis=1, keepdims=True)


print("digits seen   right of 10,000   ten answers")
for step in range(2561):
    if step in (0, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560):
        answers = think(exam)[1].argmax(axis=1)
        right = (answers == labels[50_000:]).sum()
        print(f"{32 * step:11,} {right:17,}  ", *answers[:10], flush=True)
    rows = rng.integers(4000, size=32)
    hidden, p = think(x[rows])
    dz = (p - y[rows]) / 32
    W1 -= 0.2 * x[rows].T @ (dz @ W2.T * (hidden > 0))
    W2 -= 0.2 * hidden.T @ dz
fig, axes = plt.subplots(1, 10, figsize=(8, 1.3))
for image, answer, ax in zip(images[50_000:], answers, axes, strict=False):
    ax.imshow(image, cmap="gray")
    ax.set_title(answer)
    ax.axis("off")
fig.set_label("Ten handwritten digits, each below the network's answer.")
plt.show()

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
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
# MNIST contains images of digits, and for each image a **label**: the digit it shows.
# It comes in two sets:
#
#     train_images, train_labels     the training set: to learn from
#     test_images,  test_labels      the test set: for the exam, afterwards
#
# Three attributes describe an array. `shape` is its length along each axis, `ndim` is
# the number of axes, and `dtype` (data type) is the kind of number it stores.

# %% [show]
(train_images, train_labels), (test_images, test_labels) = load_data()
print(train_images.shape, train_images.ndim, train_images.dtype)
print(train_labels.shape, train_labels.ndim, train_labels.dtype)
print(test_images.shape, test_labels.shape)
print("the first five labels:", train_labels[:5])

# %% [markdown]
# ## Axis 0 counts the images
# The training images have shape `(60000, 28, 28)`. Read it from left to right:
# axis 0 counts 60,000 images, axis 1 the 28 rows of an image, axis 2 the 28 pixels of
# a row. The labels have shape `(60000,)`, and label number i belongs to image number i.
# The test set is built the same way, with 10,000 images.

# %% [markdown]
# ## 1a  Predict the shapes                     (20 points, about 5 minutes)
# Let `a` be the first 6 training images and `b` the first 4 test images.
# Their shapes are `(6, 28, 28)` and `(4, 28, 28)`, and their dtype is uint8.
# What is the shape of each expression below? And what is the dtype of `a / 255`?
# Write down your answers before you run the next cell.
# You learn the most from a prediction that turns out wrong, and you may correct it.

# %% id="1a"
# A shape is a tuple, such as (3, 28, 28). A dtype is a word, such as "uint8".
PREDICT = {
    "a[1]": ...,
    "a[1:2]": ...,
    "a[:, 14:, 14:]": ...,
    "np.concatenate((a, b), 0)": ...,
    "dtype of a / 255": ...,
}

# %% [show] reveals="1a"
a, b = train_images[:6], test_images[:4]
print(a[1].shape, a[1:2].shape, a[:, 14:, 14:].shape)
print(np.concatenate((a, b), 0).shape, (a / 255).dtype)

# %% [markdown]
# ## An integer removes an axis, a slice keeps it
# `a[1]` is a single image: the axis that counted the images is gone.
# `a[1:2]` is a set that happens to contain one image, so the axis is still there.
# A network expects sets, even sets of one. You will meet this difference again.
# `a[:, 14:, 14:]` keeps all the images, and the lower right quarter of each.

# %% [markdown]
# ## A pixel is one byte
# uint8 means *unsigned integer with 8 bits*: a whole number from 0 to 255.
# 0 is empty background and 255 is full ink. Each pixel takes one byte of memory.
#
#     60,000 * 28 * 28 = 47,040,000 bytes = 44.9 MiB   as uint8
#                                          179.4 MiB   as float32, 4 bytes each
#                                          358.9 MiB   as float64, 8 bytes each
#
# So it matters which dtype you have.

# %% [markdown]
# ## Most pixels are background
# The mean of all training pixels is 33.3184, far below the middle of the range.
# That's because 80.88 % of the pixels are exactly 0, and only 0.67 % are exactly 255.
# A short description like this reveals many mistakes before they cost you an hour.
# Write one as a function.

# %% [markdown]
# ## 1b  Describe a set of images               (15 points, about 6 minutes)
# Return a dict with six entries: `n`, `height`, `width`, `dtype`, `low`, `high`.
# `low` and `high` are the smallest and the largest pixel of the whole set.
# All numbers are plain Python ints. `dtype` is text, such as `"uint8"`.
# The images may have any height and width, and the set may contain only one.
#
# Then use it. Somebody prepared the third set below for training, nothing raised an
# error, and most of it is lost. Which of the six facts gives it away?


# %% id="1b"
def describe(images):
    """Return six facts about a set of images.  images: (n, height, width)."""
    # 1 unpack the shape   2 name the dtype   3 find the extremes
    raise NotImplementedError("1b")


# %% [show]
print(describe(train_images))
print(describe(test_images))
print(describe((train_images / 255).astype("uint8")))

# %% [markdown]
# The shape and the dtype are as before. But `high` is 1, and a uint8 has nothing between
# 0 and 1: every fraction became 0. Only the 0.67 % of pixels that were 255 are left.

# %% [markdown]
# ## Join the sets to look, never to train
# `np.concatenate((train_images, test_images))` puts the two sets into one, 70,000 images
# along axis 0. That is handy for browsing. For an exam it's useless: the network would
# have seen the questions before. Its score would then show how well it remembers these
# images, not how well it classifies new ones. So keep the two sets apart.

# %% [markdown]
# ## 1d  Find the bug: image number n           (20 points, about 9 minutes)
# People count from 1, and NumPy counts from 0: image number 2 is `images[1]`.
# The function below translates between the two. A number that has no image should
# raise a `ValueError`, because the caller would not notice a wrong image.
#
# Try it with a few numbers, ordinary and odd ones, and look at what comes back.
# For which numbers does it quietly return an image that nobody asked for?
# Fix the function.


# %% id="1d"
def nth_image(images, n):
    """Return image number n, counted from 1.  images: (count, 28, 28)."""
    if n > len(images):
        raise ValueError(f"there is no image {n}: the last one is {len(images)}")
    return images[n - 1]


# %% [markdown]
# ## What the digits look like
# An image is 28 rows of 28 numbers. Draw a bright spot for each large number, and you
# see a digit. The next cell draws the first ten training images, each with its label.
# Do the labels agree with what you see?

# %% [figure]
fig, axes = plt.subplots(2, 5, figsize=(7, 3.4))
for number, ax in enumerate(axes.flat, start=1):
    ax.imshow(nth_image(train_images, number), cmap="gray")
    ax.set_title(f"label: {train_labels[number - 1]}", fontsize=9)
    ax.axis("off")
fig.suptitle("Training images 1 to 10")
fig.set_label("The first ten training images in two rows, each below its label.")
plt.show()

# %% [markdown]
# ## Off by one, in print
# Mistakes like this one get printed, too. A well-known book on deep learning says
# "Let's display the fourth digit". The code below that sentence shows
# `train_images[4]`. What is wrong? Decide, then compare with the end of the lesson.

# %% [markdown]
# ## Two tools for counting
# `np.bincount([2, 0, 2])` gives `[1, 0, 2]`: one 0, no 1, and two 2s.
# The answer ends at the largest number that occurs. With `minlength=5` it would have
# five entries, the last two of them 0.
# `argmax` gives the index of the largest entry: `np.array([1, 0, 2]).argmax()` is 2.

# %% [markdown]
# ## 1e  Count the digits                       (15 points, about 7 minutes)
# How many images are there of each digit? Count the labels.
# Entry c of the answer is the number of times the label c occurs.
# There are k entries. A digit that never occurs still has its entry, a 0.
# Counts are whole numbers.


# %% id="1e"
def class_counts(labels, k=10):
    """Count each class.  labels: (n,) from 0 to k-1.  Returns (k,), int."""
    raise NotImplementedError("1e")


# %% [figure]
counts, test_counts = class_counts(train_labels), class_counts(test_labels)
print("train", counts)
print("test ", test_counts)
fig, ax = plt.subplots(figsize=(6, 3))
digits = np.arange(10)
ax.bar(digits - 0.2, counts, width=0.4, label="training set")
ax.bar(digits + 0.2, test_counts, width=0.4, label="test set")
ax.set_xticks(digits)
ax.set_xlabel("digit")
ax.set_ylabel("number of images")
ax.set_title("How often each digit occurs")
ax.set_ylim(0, 9000)
ax.legend()
fig.set_label("Bars of nearly equal height for the ten digits; 1 is the tallest.")
plt.show()

# %% [markdown]
# ## The majority-class baseline
# The digits are not equally common. The most common one in the training set is 1:
# it occurs 6,742 times, on 11.24 % of the images.
# So imagine a classifier that never looks at the image and always answers 1.
# How often is it right on the test set? Guess before you compute it.

# %% [markdown]
# ## 1f  The score to beat                      (20 points, about 7 minutes)
# Find the most common class among the **training** labels, and answer it for every
# test image. Return the fraction of test images that this gets right, from 0 to 1.
# This fraction is called the **accuracy**.
# Choose the class from the training labels only: in an exam you don't know the answers.


# %% id="1f"
def majority_baseline(train_y, test_y):
    """Return the accuracy on test_y of always answering train_y's most common label."""
    # 1 count the training labels   2 take the most common   3 compare with test_y
    raise NotImplementedError("1f")


# %% [show]
print(majority_baseline(train_labels, test_labels))

# %% [markdown]
# ## What a baseline is for
# Always answering 1 is right for 1,135 of the 10,000 test images: an accuracy of
# 0.1135. That is the **baseline**. A network with about that accuracy has
# learned nothing about images. Whenever you see 0.1135, or about 0.10, look for a
# mistake first.

# %% [markdown]
# ## 1g  Plot a digit                           (10 points, about 5 minutes)
# The blog page from the beginning draws its digits with matplotlib, and now you do the
# same. (Lesson 11 lists the page's sources.)
# Show image number n in gray, with the number n in the title, and return the
# matplotlib **Axes**. `nth_image` finds the image.
# The Axes is the frame that contains the picture. `plt.subplots()` returns a figure
# and one Axes, and the `imshow` method of the Axes draws an array.
# Plot the pixels as they are. Styling isn't graded.


# %% id="1g"
def plot_digit(images, n):
    """Draw image number n, counted from 1, with n in the title.  Returns the Axes."""
    # 1 pick the image   2 make the axes   3 show and title   4 return the axes
    raise NotImplementedError("1g")


# %% [figure]
plot_digit(train_images, 2)
plt.gcf().set_label("Image 2 of the training set, as your plot_digit draws it.")
plt.show()

# %% [markdown]
# ## Would you see a dark image?
# Divide all pixels by 10, and draw image 2 again: does it look darker? Decide before you
# run the next cell. `get_clim` says which pixel is drawn black, and which one white.

# %% [show]
for images in (train_images, train_images // 10):
    axes = plot_digit(images, 2)
    print((axes.images or axes.collections)[0].get_clim())
    plt.close()

# %% [markdown]
# It looks the same. By default, `imshow` stretches each image's own range of pixels
# over all its colors, here from black to white. To compare images, pass
# `vmin=0, vmax=255`.

# %% [markdown]
# ## In your own words                          (no points)
# You may join the two sets to look at them, but not to train. Why?
# Write one sentence, as if a friend had asked you.

# %%
IN_MY_WORDS = ...

# %% [markdown]
# ## Further reading
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
# Off by one: `train_images[4]` is the **fifth** digit, because counting starts at 0.
# The fourth is `train_images[3]`. The sentence is in chapter 2 of
# *Deep Learning with Python*, third edition. It's a good book all the same.
#
# Next: `uv run invoke grade lesson1`, and then lesson 2, which prepares these arrays.
