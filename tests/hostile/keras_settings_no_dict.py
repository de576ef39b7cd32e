"""A network that answers with an array when it is asked how it was compiled.

lesson: lesson7
score: 0
7d: wrong
"""

import keras
import numpy as np
from keras import layers


class Arrays(keras.Sequential):
    def get_compile_config(self):
        return np.zeros((3, 3))


def build():
    return Arrays([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dense(10, "softmax")])


def compile_model(m):
    m.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return m
