"""A model whose predict is nan.

lesson: lesson7
score: 0
7b: wrong
"""

import keras
import numpy as np


class Empty(keras.Sequential):
    def predict(self, x, *args, **kwargs):
        return np.full((len(x), 10), np.nan)


def build():
    return Empty([keras.Input((784,)), keras.layers.Dense(512, "relu"), keras.layers.Dense(10, "softmax")])
