"""A loss whose name has three million letters, and a metric whose name has as many.

lesson: lesson7
score: 0
7d: wrong
"""

import keras
from keras import layers


class Wordy(keras.Sequential):
    def get_compile_config(self):
        return {"loss": "A" * 3_000_000, "metrics": ["B" * 3_000_000]}


def build():
    return Wordy([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dense(10, "softmax")])


def compile_model(m):
    m.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return m
