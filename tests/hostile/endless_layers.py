"""A network that says it consists of itself, twelve times over, at every depth.

lesson: lesson7
score: 0
7b: wrong, raised
"""

import keras
from keras import layers


class Endless(keras.Sequential):
    told = False

    @property
    def layers(self):
        return [self] * 12 if self.told else super().layers


def build():
    model = Endless([keras.Input((784,)), layers.Dense(512, "relu"), layers.Dense(10, "relu")])
    model.count_params()
    model.told = True
    return model
