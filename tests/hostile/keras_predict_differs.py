"""A model whose predict differs from call to call.

lesson: lesson7
score: 0
7b: wrong
"""

import keras
import numpy as np


class Dice(keras.Sequential):
    def predict(self, x, *args, **kwargs):
        p = np.random.default_rng().random((len(x), 10))
        return p / p.sum(1, keepdims=True)


def build():
    return Dice([keras.Input((784,)), keras.layers.Dense(512, "relu"), keras.layers.Dense(10, "softmax")])
