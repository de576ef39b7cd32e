"""The network of lesson 8 in numpy, so that `dev.verify` can prove slips without Keras."""

import numpy as np


class Model:
    """A network with those methods of a Keras model that a report uses."""

    def get_weights(self):
        return [np.zeros(shape) for shape in ((784, 32), (32,), (32, 10), (10,))]

    def set_weights(self, weights):
        self.weights = weights

    def log_p(self, x):
        w1, b1, w2, b2 = self.weights
        z = np.maximum(x @ w1 + b1, 0) @ w2 + b2
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=1, keepdims=True))

    def predict(self, x, verbose):
        return np.exp(self.log_p(x)).astype("float32")

    def evaluate(self, x, y, verbose):
        return [float(-(y * self.log_p(x)).sum(axis=1).mean()), 0.0]
