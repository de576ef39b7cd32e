"""A model whose predict has the wrong shape.

lesson: lesson7
score: 0
7b: wrong, raised
"""

import keras
import numpy as np


class Liar(keras.Sequential):
    def predict(self, *args, **kwargs):
        return np.full((10, 4), 0.1)


def build():
    return Liar([keras.Input((784,)), keras.layers.Dense(512, "relu"), keras.layers.Dense(10, "softmax")])
