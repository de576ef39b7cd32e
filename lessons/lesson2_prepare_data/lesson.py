# %% [markdown]
# # Lesson 2  Prepare the data
# 55 minutes. Needs: lesson 1 (or read on; everything you need is here).
#
# A network expects rows of small numbers, with the labels as rows too. Between the file
# and those rows, four lines of code can go wrong, and most of their bugs raise no error.
# In this lesson you write these lines, and you see what their bugs look like and cost.
# You end with clean data, a fair split, and a check that nothing leaks.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers are at the end of the lesson.
#
# 1. `images` has shape `(60000, 28, 28)`. What are the shapes of `images[1]` and
#    `images[1:2]`?
# 2. Which axis counts the images?
# 3. What is the accuracy of always answering 1, on the MNIST test set?

# %%
import numpy as np

from lessons.data import load_data

# %% [markdown]
# ## Bytes wrap around
# A pixel is a uint8: one byte, from 0 to 255. There is no 256.
# So a sum that is too large starts again at 0, like a clock after 12.
# NumPy also has two divisions: `/` gives floats, and `//` rounds down to whole numbers.

# %% [markdown]
# ## 2a  Predict four bytes                     (15 points, about 5 minutes)
# Below, `byte(200)` is an array that contains the uint8 number 200.
# What are the sum, the difference and the whole-number division?
# In the last line, answer with a dtype, such as `"uint8"`.
# Write down your answers before you run the next cell.


# %% id="2a"
def byte(*values):
    """Return an array of uint8."""
    return np.array(values, dtype=np.uint8)


PREDICT = {
    "byte(200) + byte(200)": ...,
    "byte(10) - byte(12)": ...,
    "byte(0, 128, 200, 255) // 255": ...,
    "dtype of byte(0, 128, 200, 255) / 255": ...,
}

# %% [show] reveals="2a"
print(byte(200) + byte(200), byte(10) - byte(12))
print(byte(0, 128, 200, 255) // 255, (byte(0, 128, 200, 255) / 255).dtype)

# %% [markdown]
# ## uint8 arithmetic overflows silently
# 200 + 200 = 400, and 400 - 256 = 144. Likewise 10 - 12 = -2, and -2 + 256 = 254.
# NumPy doesn't warn you. So convert bytes to floats before you calculate with them.

# %% [markdown]
# ## From squares to rows
# The first layer of the network has one input per pixel, all in one row.
# So each image of 28 x 28 pixels becomes a row of 784 numbers, and one row is one image.
# To see where the pixels go, number all the pixels of two images:
#
#     i = np.arange(2 * 28 * 28).reshape(2, 28, 28)
#
# Pixels 0 to 783 belong to the first image. So row 1 must begin with 784, 785.

# %% [markdown]
# ## The right shape with the wrong pixels
# `i.reshape(784, 2).T` also has shape `(2, 784)`. But its row 1 begins with 1, 3, 5:
# it contains every second pixel of both images, and no digit is left.
# This bug is easy to miss, because the shape is right. A network trained on such rows
# has an accuracy of 0.11, compared with 0.94 for the right rows.
# So never trust a reshape before you have looked at one of its rows.

# %% [markdown]
# ## 2b  Flatten                                (15 points, about 6 minutes)
# Turn n images into n rows. Row i contains the pixels of image i, row after row.
# The dtype stays the same. The images may have any height and width.
# `reshape` with -1 as one of the lengths lets NumPy compute that length.


# %% id="2b"
def flatten(images):
    """Return one row per image.  images: (n, h, w).  Returns (n, h * w)."""
    raise NotImplementedError("2b")


# %% [figure]
import matplotlib.pyplot as plt

i = np.arange(2 * 28 * 28).reshape(2, 28, 28)
print(flatten(i))
(train_images, train_labels), (test_images, test_labels) = load_data()
few = train_images[:100]
rows = {
    "the image": few[0],
    "row 0 of your flatten": flatten(few)[0],
    "row 0 of reshape(784, 100).T": few.reshape(784, 100).T[0],
}
fig, axes = plt.subplots(1, 3, figsize=(8, 3))
for (title, row), ax in zip(rows.items(), axes, strict=True):
    ax.imshow(row.reshape(28, 28), cmap="gray")
    ax.set_title(title, fontsize=9)
    ax.axis("off")
fig.suptitle("Three arrays of 784 pixels, drawn as 28 x 28")
fig.set_label("The image, the same image from a flattened row, and scattered pixels.")
plt.show()

# %% [markdown]
# ## Scale the pixels to small numbers
# Networks learn best from small numbers. Divide by 255, and full ink becomes 1.0.
# Use the same 255 for the training set and the test set: it comes from the data type,
# not from your images.
# The dtype matters as well. `x / 255` gives float64, which takes twice the memory of
# float32. And `x // 255` makes nearly everything 0.

# %% [markdown]
# ## 2c  Scale                                  (15 points, about 6 minutes)
# Map pixels from 0 to 255 to numbers from 0.0 to 1.0, in float32.
# 0 becomes 0.0, and 255 becomes exactly 1.0, whatever else is in the array.
# The input may be uint8 or float. Don't change it.


# %% id="2c"
def scale(x):
    """Return pixels from 0 to 1, in float32.  x: any shape, from 0 to 255."""
    # 1 choose the type   2 divide
    raise NotImplementedError("2c")


# %% [show]
print(scale(byte(0, 128, 200, 255)))

# %% [markdown]
# ## Labels as rows
# For each image, the network computes ten numbers, one per digit.
# To compare them with the label, write the label as ten numbers too: 1 in the column of
# the digit, and 0 elsewhere. Such a row is called **one-hot**. The labels 5, 0, 4 become:
#
#     5     0 0 0 0 0 1 0 0 0 0
#     0     1 0 0 0 0 0 0 0 0 0
#     4     0 0 0 0 1 0 0 0 0 0

# %% [markdown]
# ## 2d  One-hot                                (20 points, about 10 minutes)
# Return one row per label and one column for each of k classes, in float32.
# Labels are uint8 or int64. If there are no labels, the shape is `(0, k)`.
# A label of k or more has no column: raise a `ValueError`.
# Do you know a square array whose row 5 is the one-hot row of 5? An array of labels can
# be an index: `a[labels]` takes row `labels[0]`, then row `labels[1]`, and so on.


# %% id="2d"
def one_hot(labels, k=10):
    """Return labels as rows.  labels: (n,) from 0 to k-1.  Returns (n, k), float32."""
    # 1 refuse a label without a column   2 pick the rows
    raise NotImplementedError("2d")


# %% [show]
print(one_hot(byte(5, 0, 4)))

# %% [markdown]
# ## What preprocessing bugs cost
# The same small network and the same images. Only the preparation differs, and with it
# the accuracy:
#
#     prepared correctly                        0.94
#     scrambled reshape                         0.11
#     // 255 instead of / 255                   0.37
#     divided by 255 twice                      0.38
#     one-hot rows shifted right by a column    0.00
#
# None of these bugs raises an error. The accuracy is the first thing to show them.

# %% [markdown]
# ## How these were measured
# Training: 4,000 images. Testing: 1,000 others, 100 of each digit.
# Each line is the mean of 20 runs of the network that lesson 7 builds.
# Each run goes through its images ten times: ten *epochs*.
# The runs for `divided by 255 twice` differ most, from 0.31 to 0.50.

# %% [markdown]
# ## A fair split
# You often need to set aside some images to test with. Which ones? The last ones?
# MNIST is shuffled, but many files are sorted by label.
# Suppose you sort 5,000 images by label and test on the last 1,000.
# Those are 30 sevens, and all the eights and nines.
# The network has never seen an eight or a nine, and gets all 970 of them wrong.
# So take the same number of images from **each** class: a *stratified* split.

# %% [markdown]
# ## Three tools for a split
# `np.unique(labels)` returns the classes that occur, each once.
# `np.flatnonzero(labels == c)` returns the indices at which a condition is true: here,
# of the images of class c.
# `rng = np.random.default_rng(seed)` makes a random generator, and `rng.permutation(a)`
# returns a shuffled copy of an array. The same seed gives the same order every time.

# %% [markdown]
# ## 2e  Find the bug: split class by class     (15 points, about 9 minutes)
# `stratified_split` should return two arrays of indices, for training and for testing.
# `per_class` images of each class are for testing, all others for training, chosen at
# random and shuffled. Each index should occur once.
#
# The version below has a bug. A network trained with it would look better than it is.
# Run the next cell and compare the numbers with the 60,000 images available.
# Which images are where they shouldn't be? Find the bug and fix it.


# %% id="2e"
def stratified_split(labels, per_class, seed):
    """Return indices to train and to test with.  labels: (n,)."""
    # 1 go class by class   2 shuffle its indices and cut   3 shuffle what was collected
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == c))
        test.append(mine[:per_class])
        train.append(mine)
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))


# %% [figure]
train_idx, test_idx = stratified_split(train_labels, per_class=100, seed=0)
print("to train:", len(train_idx), " to test:", len(test_idx))
# The 5,000 labels that were measured: the first 4,000, and 100 others of each digit.
_, others = stratified_split(train_labels[4000:], per_class=100, seed=0)
measured = np.concatenate((train_labels[:4000], train_labels[4000:][others]))
last = np.sort(measured)[-1000:]
fig, ax = plt.subplots(figsize=(6, 3))
digits = np.arange(10)
counts = np.bincount(last, minlength=10)
ax.bar(digits - 0.2, counts, width=0.4, label="last 1,000 of 5,000 sorted images")
counts = np.bincount(train_labels[test_idx], minlength=10)
ax.bar(digits + 0.2, counts, width=0.4, label="your stratified split")
ax.set_xticks(digits)
ax.set_xlabel("digit")
ax.set_ylabel("images to test with")
ax.set_title("What two kinds of split test")
ax.legend()
fig.set_label("Sorted: only 7, 8 and 9. Stratified: 100 images of each digit.")
plt.show()

# %% [markdown]
# ## Nothing may leak
# A test image that is also in the training set is a **leak**: the network may simply
# remember it. If all test images leak, the same network reaches 0.99 instead of 0.94.
# No error warns you. So count the leaks before you believe an accuracy.
#
# Comparing 1,000 rows with 4,000 others, pixel by pixel, takes 3.1 billion comparisons.
# A Python set is much faster: it finds an item at once, if the item can be hashed.
# An array can't be hashed, but its bytes can: `row.tobytes()` returns them.

# %% [markdown]
# ## 2f  Count the leaks                        (20 points, about 10 minutes)
# How many rows of `test_x` also occur in `train_x`, byte for byte?
# Count test rows. A test row counts once, however often it occurs in training.
# A leaked row that occurs twice in the test set counts twice.
# 4,000 rows against 1,000 must take less than two seconds.


# %% id="2f"
def count_leaks(train_x, test_x):
    """Count the test rows that occur in train.  train_x: (n1, d).  test_x: (n2, d)."""
    # 1 make each row something that can be hashed   2 look each test row up
    raise NotImplementedError("2f")


# %% [show]
x_train, x_test = flatten(train_images), flatten(test_images)
print("leaks in MNIST:", count_leaks(x_train, x_test))
print("leaks after planting 37:", count_leaks(x_train, x_train[:37]))
print("leaks in your split:", count_leaks(x_train[train_idx], x_train[test_idx]))

# %% [markdown]
# ## All of it together
# Two lines now turn MNIST into what a network needs. Read each shape and dtype.

# %% [show]
x_train, x_test = scale(flatten(train_images)), scale(flatten(test_images))
y_train, y_test = one_hot(train_labels), one_hot(test_labels)
for array in (x_train, y_train, x_test, y_test):
    print(array.shape, array.dtype, array.min(), array.max())

# %% [markdown]
# ## In your own words                          (no points)
# Shape and dtype were right, and still the network learned nothing. How is that possible?
# Write one sentence, as if a friend had asked you.

# %%
IN_MY_WORDS = ...
# %% [markdown]
# ## Further reading
# * Broadcasting in the NumPy guide:
#   <https://numpy.org/doc/stable/user/basics.broadcasting.html>
# * How to keep training, validation and test apart:
#   <https://cs231n.github.io/classification/>

# %% [markdown]
# ## Answers to the questions
# 1. `(28, 28)` and `(1, 28, 28)`. An integer removes the axis, a slice keeps it.
# 2. Axis 0.
# 3. It is 0.1135, because 1,135 of the 10,000 test images show a 1.
#
# Next: `uv run invoke grade lesson2`, and then lesson 3, where you invent a loss.
