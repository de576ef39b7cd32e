"""The number in a title has more digits than Python reads.

lesson: lesson1
score: 0
1g: wrong
"""

import matplotlib.pyplot as plt


def plot_digit(images, n):
    if not 1 <= n <= len(images):
        raise ValueError("there is no such photo")
    axes = plt.figure().gca()
    axes.imshow(images[n - 1])
    axes.set_title("9" * 6_000)
    return axes
