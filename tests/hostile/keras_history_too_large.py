"""A network whose training is said to have had a loss of 10 ** 400.

lesson: lesson8
score: 0
8c: wrong
"""

import keras
import numpy as np


class Told:
    history = {"loss": [10**400], "accuracy": [1]}


class Boasting(keras.Sequential):
    history = property(lambda self: Told(), lambda self, value: None)


def train(images, labels, held_images, held_labels, seed):
    return Boasting([keras.Input((784,)), keras.layers.Dense(10, "softmax")])


def predict(model, images):
    return np.full((len(images), 10), 0.1)
