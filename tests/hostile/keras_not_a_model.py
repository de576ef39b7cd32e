"""Something that looks like a model and is none.

lesson: lesson7
score: 0
7b: wrong, raised
"""

class Layer:
    units = 512


class Model:
    input_shape = (None, 784)
    output_shape = (None, 10)
    layers = [Layer(), Layer()]

    def count_params(self):
        return 407_050

    def predict(self, x, **kwargs):
        return [[0.1] * 10] * len(x)


def build():
    return Model()
