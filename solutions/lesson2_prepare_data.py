# %% [markdown]
# # Lesson 2  Prepare the data
# 40 minutes. Needs: lesson 1 (or read on; everything you need is here).
#
# A network wants rows of small numbers, and answers written as rows.
# A reshape can have the right shape and the wrong pixels, so look at one of its rows.
# So here every step is small, and every step is checked.
# You end with clean data, a fair split, and proof that nothing leaks.

# %% [markdown]
# ## Three questions first
# Answer from memory. The answers stand at the end of the lesson.
#
# 1. `images` has shape `(60000, 28, 28)`. What are the shapes of `images[1]` and
#    `images[1:2]`?
# 2. Which axis counts the photos?
# 3. How good is a reader that always answers 1, on the MNIST test set?

# %%
import numpy as np

from lessons.data import load_data

# %% [markdown]
# ## Bytes wrap around
# A pixel is a uint8: one byte, from 0 to 255. It has no room for 256.
# So a sum that is too large starts again at 0, as a clock does after 12.
# And numpy has two divisions: `/` gives floats, `//` gives whole numbers, rounded down.

# %% [markdown]
# ## 2a  Predict four bytes                     (10 points, about 4 minutes)
# Below, `byte(200)` is an array that holds the uint8 number 200.
# What comes out of the sum, of the difference, and of the division?
# In the last line, answer with a dtype, such as `"uint8"`.
# Write your answers down before you run the next cell.


# %% id="2a"
def byte(*values):
    """An array of uint8."""
    return np.array(values, dtype=np.uint8)


PREDICT = {
    "byte(200) + byte(200)": 144,  # SOLUTION
    "byte(10) - byte(12)": 254,  # SOLUTION
    "byte(0, 128, 200, 255) // 255": [0, 0, 0, 1],  # SOLUTION
    "dtype of byte(0, 128, 200, 255) / 255": "float64",  # SOLUTION
}

# %% reveals="2a"
if __name__ == "__main__":
    print(byte(200) + byte(200), byte(10) - byte(12))
    print(byte(0, 128, 200, 255) // 255, (byte(0, 128, 200, 255) / 255).dtype)

# %% [markdown]
# ## Wrapped, without a word
# 200 + 200 = 400, and 400 - 256 = 144. Then 10 - 12 = -2, and 256 - 2 = 254.
# Neither brings a warning. So turn bytes into floats before you calculate.

# %% [markdown]
# ## From squares to rows
# The network's first layer has one input for each pixel, all in one row.
# So each photo of 28 x 28 pixels becomes a row of 784. Then one row is one photo.
# Number all pixels of two photos, and look where they go:
#
#     i = np.arange(2 * 28 * 28).reshape(2, 28, 28)
#
# Pixels 0 to 783 belong to the first photo. Row 1 must begin with 784, 785.

# %% [markdown]
# ## A right shape with wrong pixels
# `i.reshape(784, 2).T` also has shape `(2, 784)`. But its row 1 begins with 1, 3, 5.
# Every second pixel of both photos, in one row: no digit is left.
# The mistake is easy to miss, because the shape looks right.
# A network trained on such rows scores 0.11, and on right rows 0.94.
# So never trust a shape alone: look at the content of a row.

# %% [markdown]
# ## 2b  Flatten                                (15 points, about 4 minutes)
# Turn n photos into n rows. Row i holds the pixels of photo i, row after row.
# The dtype stays as it is. The photos may have any height and width.
# Let numpy work out the length of a row.


# %% id="2b"
def flatten(images):
    """One row a photo.  images: (n, height, width).  Returns (n, height * width)."""
    # BEGIN SOLUTION
    n, height, width = images.shape
    return images.reshape(n, height * width)
    # END SOLUTION


# %%
if __name__ == "__main__":
    i = np.arange(2 * 28 * 28).reshape(2, 28, 28)
    print(flatten(i))

# %% [markdown]
# ## Small numbers
# Networks learn best from small numbers. Divide by 255, and full ink becomes 1.0.
# Use the same 255 for the training set and the test set. It is a constant of the
# format, and not a fact about your photos.
# The type matters as well. `x / 255` makes float64, twice the memory of float32.
# And `x // 255` makes nearly everything 0.

# %% [markdown]
# ## 2c  Scale                                  (15 points, about 4 minutes)
# Map pixels from 0 to 255 onto numbers from 0.0 to 1.0, in float32.
# 0 becomes 0.0, and 255 becomes exactly 1.0, whatever else is in the array.
# The input may be uint8 or float. It is not changed.


# %% id="2c"
def scale(x):
    """Pixels from 0 to 1.  x: any shape, 0 to 255.  Returns float32, shaped like x."""
    # 1 choose the type   2 divide
    # BEGIN SOLUTION
    return x.astype(np.float32) / np.float32(255)
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(scale(byte(0, 128, 200, 255)))

# %% [markdown]
# ## Answers as rows
# The network gives ten numbers for a photo, one for each digit.
# To compare, write the label as ten numbers too: a 1 in its column, and 0 elsewhere.
# Such a row is called **one-hot**. The labels 5, 0, 4 become:
#
#     5     0 0 0 0 0 1 0 0 0 0
#     0     1 0 0 0 0 0 0 0 0 0
#     4     0 0 0 0 1 0 0 0 0 0

# %% [markdown]
# ## 2d  One-hot                                (20 points, about 6 minutes)
# One row for each label, one column for each of k classes, in float32.
# Labels come as uint8 or int64. No labels at all give the shape `(0, k)`.
# A label of k or more has no column: raise a `ValueError`.
# Do you know a square array whose row 5 is the one-hot row of 5?


# %% id="2d"
def one_hot(labels, k=10):
    """Labels as rows.  labels: (n,) from 0 to k-1.  Returns (n, k), float32."""
    # 1 refuse a label without a column   2 pick the rows
    # BEGIN SOLUTION
    if len(labels) and labels.max() >= k:
        raise ValueError(f"label {labels.max()} has no column: there are {k} classes")
    return np.eye(k, dtype=np.float32)[labels]
    # END SOLUTION


# %%
if __name__ == "__main__":
    print(one_hot(byte(5, 0, 4)))

# %% [markdown]
# ## What a slip costs
# The same small network, the same photos. Only the preparation differs:
#
#     prepared as it should be                  0.94
#     scrambled reshape                         0.11
#     // 255 instead of / 255                   0.37
#     divided by 255 twice                      0.38
#     each 1 one column too far right           0.00
#
# No line of code raises an error. The score is the first to complain.

# %% [markdown]
# ## How these were measured
# Training: 4,000 photos. Testing: 1,000 others, 100 of each digit.
# Each line is the mean of 20 runs of the network that lesson 7 builds.
# A run goes through its photos ten times. Later you will call that ten *epochs*.
# In the line of `divided by 255 twice` the runs differ most, from 0.31 to 0.50.

# %% [markdown]
# ## A fair split
# Often you hold back some photos yourself, to test with. Which ones?
# The last ones? MNIST is shuffled, but many files are sorted by label.
# Sort the 5,000 photos by label and hold back the last 1,000.
# Those are 30 sevens, and all the eights and nines.
# The network has never seen an eight or a nine, and gets all 970 of them wrong.
# So take the same number of photos of **each** class: a *stratified* split.

# %% [markdown]
# ## 2e  Split class by class                   (20 points, about 8 minutes)
# Return two arrays of indices, for training and for testing, in this order.
# `per_class` photos of each class go into the test set. All others are for training.
# Choose at random, and shuffle both arrays, so that no class stands in one block.
# `np.random.default_rng(seed)` makes a generator, whose `permutation` shuffles an array:
# the same seed gives the same split, and another seed gives another one.
# Every index occurs once. The classes are those that occur in `labels`.


# %% id="2e"
def stratified_split(labels, per_class, seed):
    """Indices to train and test with.  labels: (n,).  Returns (train_idx, test_idx)."""
    # 1 go class by class   2 shuffle its indices and cut   3 shuffle what was collected
    # BEGIN SOLUTION
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = rng.permutation(np.flatnonzero(labels == c))
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    return rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))
    # END SOLUTION


# %%
if __name__ == "__main__":
    (train_images, train_labels), (test_images, test_labels) = load_data()
    train_idx, test_idx = stratified_split(train_labels, per_class=100, seed=0)
    print(len(train_idx), len(test_idx), np.bincount(train_labels[test_idx]))

# %% [markdown]
# ## Nothing may leak
# A test photo that was also trained on is a **leak**. Then the score flatters.
# With all test photos leaked, the same network scores 0.99 instead of 0.94.
# No error tells you. So count the leaks before you believe a score.
# Comparing 1,000 rows with 4,000 others, pixel by pixel, makes 3.1 billion comparisons.
# Python can look a row up in a set at once, if the row can be hashed.

# %% [markdown]
# ## 2f  Count the leaks                        (20 points, about 6 minutes)
# How many rows of `test_x` also occur in `train_x`, byte for byte?
# Count test rows. A test row counts once, however often it occurs in training.
# A leaked row that stands in the test set twice counts twice.
# 4,000 rows against 1,000 must take less than two seconds.


# %% id="2f"
def count_leaks(train_x, test_x):
    """How many test rows occur in train.  train_x: (n1, d).  test_x: (n2, d)."""
    # 1 make each row something that can be hashed   2 look each test row up
    # BEGIN SOLUTION
    seen = {row.tobytes() for row in train_x}
    return sum(row.tobytes() in seen for row in test_x)
    # END SOLUTION


# %%
if __name__ == "__main__":
    x_train, x_test = flatten(train_images), flatten(test_images)
    print("leaks in MNIST:", count_leaks(x_train, x_test))
    print("leaks when they are planted:", count_leaks(x_train, x_train[:37]))

# %% [markdown]
# ## All of it together
# Two lines now turn MNIST into what a network wants. Read each shape and dtype.

# %%
if __name__ == "__main__":
    x_train, x_test = scale(flatten(train_images)), scale(flatten(test_images))
    y_train, y_test = one_hot(train_labels), one_hot(test_labels)
    for array in (x_train, y_train, x_test, y_test):
        print(array.shape, array.dtype, array.min(), array.max())

# %% [markdown]
# ## In your own words                          (no points)
# Shape and dtype were right, and still the network learned nothing. How can that be?
# Write one sentence, as if a friend had asked you.

# %%
IN_MY_WORDS = "The pixels changed photos, and a shape cannot show that."  # SOLUTION

# %% [markdown]
# ## Where to read on
# * Broadcasting in the NumPy guide:
#   <https://numpy.org/doc/stable/user/basics.broadcasting.html>
# * How to keep training, validation and test apart:
#   <https://cs231n.github.io/classification/>

# %% [markdown]
# ## Answers to the questions
# 1. `(28, 28)` and `(1, 28, 28)`. An integer removes the axis, a slice keeps it.
# 2. Axis 0.
# 3. It scores 0.1135, because 1,135 of the 10,000 test photos show a 1.
#
# Next: `uv run invoke grade lesson2`, and then lesson 3, where you invent a loss.
