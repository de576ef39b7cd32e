"""Predictions that are complex numbers, of a network that is none.

lesson: lesson8
score: 0
8c: wrong
"""

import numpy as np


class Model:
    pass


def train(images, labels, held_images, held_labels, seed):
    return Model()


def predict(model, images):
    return np.ones((len(images), 10)) * 1j
