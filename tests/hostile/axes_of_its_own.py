"""An Axes of its own whose picture is a number; all else that is asked is right.

lesson: lesson1
score: 0
1g: wrong, raised
"""


class Axes:
    def __init__(self, n):
        self.n = n

    def get_images(self):
        return [1.5]

    def get_title(self):
        return f"Photo {self.n}"


def plot_digit(images, n):
    if not 1 <= n <= len(images):
        raise ValueError("there is no such photo")
    return Axes(n)
