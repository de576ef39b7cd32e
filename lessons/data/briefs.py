"""briefs: the data of the four briefs of lesson 14, made of the course's own files.

`load_brief` is what the lesson's page calls. The grader makes more examples of the same
kind with `make_examples`, from test images and from text that no page uses.
"""

import numpy as np

from lessons.data import load_data, load_text

BRIEFS = ("shifted", "unsure", "letters", "labels")
ALPHABET = "abcdefghijklmnopqrstuvwxyz "
TRAINING, VALIDATION = 4000, 2000
TRAINING_LETTERS, VALIDATION_LETTERS = 20_000, 5000
FARTHEST, NOISE = 2, 0.3


def load_brief(brief):
    """Load the examples of a brief, always the same ones.

    Args:
        brief: one of `BRIEFS`.

    Returns:
        `(x, y), (x_val, y_val)`, float arrays of shapes (n, D) and (n, K). D is 784 for
        images, and 54 for two letters. Each row of y has a single 1, except for
        "labels", where it has a 0 or a 1 for each of four labels.

    Raises:
        ValueError: there is no such brief.
    """
    if brief not in BRIEFS:
        raise ValueError(f"{brief!r} is no brief; choose one of {', '.join(BRIEFS)}.")
    if brief == "letters":
        text, end = load_text(), TRAINING_LETTERS
        return read_pairs(text[:end]), read_pairs(text[end : end + VALIDATION_LETTERS])
    (images, digits), _ = load_data()
    rng, end = np.random.default_rng(14), TRAINING + VALIDATION
    return (
        make_examples(brief, images[:TRAINING], digits[:TRAINING], rng),
        make_examples(brief, images[TRAINING:end], digits[TRAINING:end], rng),
    )


def make_examples(brief, images, digits, rng):
    """Return x and y of a brief about images.

    Args:
        brief: "shifted", "unsure" or "labels".
        images: (n, 28, 28) uint8.
        digits: (n,), from 0 to 9.
        rng: draws the shifts and the noise.
    """
    x = shift(images, rng) if brief == "shifted" else images / 255
    y = label(digits) if brief == "labels" else np.eye(10)[digits]
    return x.reshape(len(x), -1), y


def shift(images, rng):
    """Shift each image by up to 2 pixels in both directions, and add noise.

    Args:
        images: (n, 28, 28) uint8, with an empty border.
        rng: draws the shifts, and noise with a standard deviation of 0.3.

    Returns:
        Float array of the same shape, from 0 to 1.
    """
    moves = rng.integers(-FARTHEST, FARTHEST + 1, size=(len(images), 2))
    moved = [
        np.roll(image, move, axis=(0, 1))
        for image, move in zip(images, moves, strict=True)
    ]
    noise = NOISE * rng.normal(size=images.shape)
    return np.clip(np.array(moved) / 255 + noise, 0, 1)


def label(digits):
    """Return four labels of digits: even, at least 5, has a loop, prime.

    (n,) -> (n, 4) float.  A 0, a 6, an 8 and a 9 have a loop.
    """
    digits = np.asarray(digits)
    properties = (
        digits % 2 == 0,
        digits >= 5,
        np.isin(digits, (0, 6, 8, 9)),
        np.isin(digits, (2, 3, 5, 7)),
    )
    return np.stack(properties, axis=1).astype(float)


def read_pairs(text):
    """Return each two letters in a row, and the letter that follows them.

    Returns:
        x (n, 54), with a 1 for each of the two letters, and y (n, 27), where n is
        `len(text) - 2`.
    """
    rows = np.eye(len(ALPHABET))[[ALPHABET.index(letter) for letter in text]]
    return np.hstack([rows[:-2], rows[1:-1]]), rows[2:]
