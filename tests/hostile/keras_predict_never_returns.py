"""A model whose predict never returns.

lesson: lesson7
score: 0
CPU seconds of a call: 5
7b: timed out
"""

import keras


class Slow(keras.Sequential):
    def predict(self, *args, **kwargs):
        while True:
            pass


def build():
    return Slow([keras.Input((784,)), keras.layers.Dense(512, "relu"), keras.layers.Dense(10, "softmax")])
