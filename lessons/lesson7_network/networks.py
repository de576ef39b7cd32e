"""Networks with known weights, and their answers, computed in numpy.

The grader gives a network known weights and compares its answers with these, so it
does not matter how the network was built.
"""

import math

import numpy as np

from grader.checks import RemoteObject, expect


def random_weights(seed):
    """Return weights as Keras draws them, and biases that are not 0."""
    rng = np.random.default_rng(seed)
    return [
        array.astype("float32")
        for n_in, n_out in ((784, 512), (512, 10))
        for array in (
            rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / (n_in + n_out)),
            rng.normal(0, 0.1, n_out),
        )
    ]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


ACTIVATIONS = {
    "relu": lambda z: np.maximum(z, 0),
    "relu6": lambda z: np.clip(z, 0, 6),
    "softmax": softmax,
    "linear": lambda z: z,
    "softmax twice": lambda z: softmax(softmax(z)),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "silu": lambda z: z * sigmoid(z),
    "gelu": lambda z: z * (1 + np.vectorize(math.erf)(z / np.sqrt(2))) / 2,
    "log_softmax": lambda z: np.log(softmax(z)),
}

WEIGHTS = random_weights(6)
X = np.random.default_rng(60).normal(size=(12, 784)).astype("float32")
# With these hidden units go beyond 6 and 10, where some activations stop.
LARGE = 4 * X
Y = np.eye(10, dtype="float32")[[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]]

# Keras in float32 against numpy in float64, 20 sets of weights: probabilities differ
# by at most 3.3e-7, losses by 7.1e-7.
FLOAT32 = 1e-5


def forward(x, hidden="relu", output="softmax", weights=WEIGHTS):
    """Return what the network answers, computed in float64."""
    W1, b1, W2, b2 = (array.astype("float64") for array in weights)
    a = ACTIVATIONS[hidden](x.astype("float64") @ W1 + b1)
    return ACTIVATIONS[output](a @ W2 + b2)


def gradients(x, y, weights=WEIGHTS):
    """Return the gradient of the mean cross-entropy, array by array."""
    W1, b1, W2, b2 = weights
    z1 = x.astype("float64") @ W1 + b1
    a = np.maximum(z1, 0)
    dz2 = (softmax(a @ W2 + b2) - y) / len(x)
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    return [x.T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)]


def recognised(x, p):
    """Return the two activations that explain the answers p to x, or question marks."""
    for hidden in ACTIVATIONS:
        for output in ACTIVATIONS:
            if np.shape(p) == (len(x), 10) and np.allclose(
                p, forward(x, hidden, output), rtol=1e-4, atol=1e-5
            ):
                return {"hidden": hidden, "output": output}
    return {"hidden": "?", "output": "?"}


def loss_of(y, p):
    """Return the mean cross-entropy of the rows of p."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


def network_of(answer):
    """Return the Keras model that an answer is."""
    value = answer.value
    is_model = isinstance(value, RemoteObject) and "Model" in value.bases
    expect(answer).holds(is_model, "Expected a Keras model; got {got}.")
    return expect(answer).handle()


def given_weights(model, weights=WEIGHTS):
    """Set known weights in a network, in the order in which it keeps them."""
    by_shape = {array.shape: array for array in weights}
    own = arrays_of(model.call("get_weights"))
    model.call("set_weights", [by_shape.get(array.shape, array) for array in own])
    return model


def weights_after(model, *batches):
    """Return the four arrays of a known network, in our order, after a step per batch."""
    for x, y in batches:
        model.call("train_on_batch", x, y)
    answer = model.call("get_weights")
    by_shape = {array.shape: array for array in arrays_of(answer)}
    expect(answer).holds(
        all(array.shape in by_shape for array in WEIGHTS),
        "After a step it has a different set of arrays.",
    )
    return answer, [by_shape[array.shape].astype("float64") for array in WEIGHTS]


def arrays_of(answer):
    """Return the arrays that a network's get_weights() gave."""
    arrays = expect(answer).sequence()
    expect(answer).holds(
        all(isinstance(array, np.ndarray) for array in arrays),
        "Expected a list of arrays; got {got}.",
    )
    return arrays
