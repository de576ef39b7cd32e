"""What is asked of lesson 6, and which mistakes are known.

A network is judged by what it computes: the judge gives it known weights, and compares
its answers with the same sums done here in numpy. So it does not matter how it was built.
"""

import itertools
import re

import numpy as np

from grader.checks import RemoteObject, exercise, expect, fixture, lesson
from grader.checks.nearly import as_choice

LESSON = lesson(imports=("numpy", "keras"), cpu_s=20)

NUMBERS = {
    "2.302585": lambda: f"{np.log(10):.6f}",
    "2,560": lambda: f"{20 * 128:,}",
}

# Known networks


def page_weights(seed):
    """Weights as Keras draws them, and biases that are not 0, from a seed."""
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
    "softmax": softmax,
    "linear": lambda z: z,
    "softmax twice": lambda z: softmax(softmax(z)),
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.2 * z),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "silu": lambda z: z * sigmoid(z),
}

WEIGHTS = page_weights(6)
X = np.random.default_rng(60).normal(size=(12, 784)).astype("float32")
Y = np.eye(10, dtype="float32")[[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]]

# Keras in float32 against numpy in float64, 20 sets of weights: probabilities differ
# by at most 3.3e-7, losses by 7.1e-7.
FLOAT32 = 1e-5


def forward(x, hidden="relu", output="softmax", weights=WEIGHTS):
    """What the page's network answers, computed in float64."""
    W1, b1, W2, b2 = (array.astype("float64") for array in weights)
    a = ACTIVATIONS[hidden](x.astype("float64") @ W1 + b1)
    return ACTIVATIONS[output](a @ W2 + b2)


def slopes(x, y, weights=WEIGHTS):
    """The gradient of the mean cross-entropy, array by array."""
    W1, b1, W2, b2 = weights
    z1 = x.astype("float64") @ W1 + b1
    a = np.maximum(z1, 0)
    dz2 = (softmax(a @ W2 + b2) - y) / len(x)
    dz1 = (dz2 @ W2.T) * (z1 > 0)
    return [x.T @ dz1, dz1.sum(axis=0), a.T @ dz2, dz2.sum(axis=0)]


def recognised(p):
    """The two activations that explain the answers p to X, or two question marks."""
    for hidden in ACTIVATIONS:
        for output in ACTIVATIONS:
            if np.shape(p) == (len(X), 10) and np.allclose(
                p, forward(X, hidden, output), rtol=1e-4, atol=1e-5
            ):
                return {"hidden": hidden, "output": output}
    return {"hidden": "?", "output": "?"}


def loss_of(y, p):
    """The mean cross-entropy of the rows of p."""
    return float(-(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())


def network_of(answer):
    """The Keras model that an answer is."""
    value = answer.value
    is_model = isinstance(value, RemoteObject) and "Model" in value.bases
    expect(answer).holds(is_model, "Expected a Keras model; got {got}.")
    return expect(answer).handle()


def given_weights(model, weights=WEIGHTS):
    """Give a network known weights, in whatever order it keeps them."""
    by_shape = {array.shape: array for array in weights}
    own = arrays_of(model.call("get_weights"))
    model.call("set_weights", [by_shape.get(array.shape, array) for array in own])
    return model


def weights_after(model, *batches):
    """The four arrays of a known network, as ours are, after a step for each batch."""
    for x, y in batches:
        model.call("train_on_batch", x, y)
    answer = model.call("get_weights")
    by_shape = {array.shape: array for array in arrays_of(answer)}
    expect(answer).holds(
        all(array.shape in by_shape for array in WEIGHTS),
        "After a step it has other arrays than before.",
    )
    return answer, [by_shape[array.shape].astype("float64") for array in WEIGHTS]


def arrays_of(answer):
    """The arrays that a network's get_weights() gave."""
    arrays = expect(answer).sequence()
    expect(answer).holds(
        all(isinstance(array, np.ndarray) for array in arrays),
        "Expected a list of arrays; got {got}.",
    )
    return arrays


# 6a

count = exercise(
    "6a",
    "Count the parameters",
    points=15,
    name="total_params",
    hints=(
        "Each output has one weight per input.",
        "And one bias: every output has one of its own.",
        "One layer: n_in * n_out + n_out. A network: the sum over neighbours in sizes.",
    ),
)


@count.check
def counts_the_pages_layers(attempt):
    """The page's two layers have 401,920 and 5,130 parameters."""
    expect(attempt.dense_params(784, 512)).equals(401_920)
    expect(attempt.dense_params(512, 10)).equals(5_130)


@count.check
def counts_any_layer(attempt, rng):
    """It counts layers of other sizes as well."""
    for n_in, n_out in ((3, 2), rng.choice(np.arange(5, 900), 2, replace=False)):
        answer = attempt.dense_params(int(n_in), int(n_out))
        expect(answer).equals(int(n_in) * int(n_out) + int(n_out))


@count.check
def counts_the_pages_network(attempt):
    """The page's network has 407,050 parameters."""
    expect(attempt.total_params([784, 512, 10])).equals(407_050)


@count.check
def counts_any_network(attempt, rng):
    """It counts networks with fewer and with more layers."""
    deep = [int(size) for size in rng.choice(np.arange(2, 300), 5, replace=False)]
    for sizes in ([784, 10], [784, 128, 64, 10], deep):
        right = int(np.dot(sizes[:-1], sizes[1:])) + sum(sizes[1:])
        expect(attempt.total_params(sizes)).equals(right)


@count.mistake(
    "You forgot the biases: {biases} parameters missing.",
    of="dense_params",
    numbers=lambda n_in, n_out: {"biases": n_out},
)
def no_biases(n_in, n_out):
    return n_in * n_out


@count.mistake(
    "You gave each input a bias. It is each output that adds one: + {n_out}.",
    of="dense_params",
    numbers=lambda n_in, n_out: {"n_out": n_out},
)
def a_bias_per_input(n_in, n_out):
    return n_in * n_out + n_in


@count.mistake(
    "You gave the whole layer one bias. Each of its {n_out} outputs has its own.",
    of="dense_params",
    numbers=lambda n_in, n_out: {"n_out": n_out},
)
def one_bias(n_in, n_out):
    return n_in * n_out + 1


@count.mistake(
    "You added the two sizes. Every input is joined to every output: multiply them.",
    of="dense_params",
)
def sizes_added(n_in, n_out):
    return n_in + n_out


@count.mistake(
    "You forgot the biases: {biases} parameters missing.",
    numbers=lambda sizes: {
        "biases": " + ".join(map(str, sizes[1:])) + f" = {sum(sizes[1:])}"
    },
)
def no_biases_in_total(sizes):
    return int(np.dot(sizes[:-1], sizes[1:]))


@count.mistake(
    "You gave the {n_in} inputs biases too. The input is no layer: it learns nothing.",
    numbers=lambda sizes: {"n_in": sizes[0]},
)
def biases_for_the_input(sizes):
    return int(np.dot(sizes[:-1], sizes[1:])) + sum(sizes)


@count.mistake(
    "You joined the input straight to the output, past the layers in between.",
)
def first_and_last(sizes):
    return sizes[0] * sizes[-1] + sizes[-1]


@count.mistake(
    "You add up two layers, however many sizes there are. "
    "Go through all neighbours in the list: zip(sizes, sizes[1:])."
)
def two_layers_only(sizes):
    return (sizes[0] + 1) * sizes[1] + (sizes[1] + 1) * sizes[2]


@count.mistake(
    "That is the first layer alone: {first}. Add up the counts of all layers, and "
    "return after the loop.",
    numbers=lambda sizes: {"first": f"{sizes[0]} to {sizes[1]}"},
)
def first_layer_alone(sizes):
    return (sizes[0] + 1) * sizes[1]


@count.mistake("That is the last layer alone. Add up the counts of all layers.")
def last_layer_alone(sizes):
    return sizes[-2] * sizes[-1] + sizes[-1]


@count.mistake("You counted the units, which are outputs. Count what they learn.")
def units_counted(sizes):
    return sum(sizes[1:])


# 6b

build = exercise(
    "6b",
    "Build it",
    points=25,
    name="build",
    hints=(
        "Three entries: the input, the hidden layer, the output layer.",
        "keras.Sequential([...]) takes them as a list; the input is keras.Input((784,)).",
        'layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")',
    ),
)


@fixture
def built(attempt):
    """The learner's network as build() gave it; its weights stay as they are."""
    return network_of(attempt.build())


@fixture
def twins(attempt, built):
    """A second network, and the two answers to what weights they were born with."""
    second = network_of(attempt.build())
    return second, built.call("get_weights"), second.call("get_weights")


@fixture
def known(twins):
    """The second network, with known weights."""
    return given_weights(twins[0])


MOST_LAYERS = 50  # the page's network has two; a model that lies may have no end
PAGE_SHAPES = sorted([(784, 512), (512,), (512, 10), (10,)])


@build.check
def is_built(built):
    """It returns a Keras model that knows its input, so it has weights."""
    count = expect(built.call("count_params"), type=built.type_name)
    count.holds(count.integer() > 0, "It has no weights yet.")


@build.check
def has_the_pages_two_layers(built):
    """It has the weights of the page's two layers, 407,050 in all, and no others."""
    answer = built.call("get_weights")
    arrays = arrays_of(answer)
    shapes = [array.shape for array in arrays]
    expect(answer).holds(
        sorted(shapes) == PAGE_SHAPES,
        "Its arrays have the shapes {shapes}, {count} numbers in all; the page's "
        "network has (784, 512), (512,), (512, 10), (10,), 407050 in all.",
        shapes=", ".join(map(str, shapes)),
        count=str(sum(array.size for array in arrays)),
        seen=shapes,
    )


@build.check
def computes_what_the_page_computes(known):
    """It computes softmax(relu(x W1 + b1) W2 + b2), and its rows sum to 1."""
    answer = known.call("__call__", X)
    p = expect(answer).array(shape=(len(X), 10))
    facts = {**recognised(p), "sum": float(p[0].sum())}
    expect(answer, **facts).close_to(forward(X), tolerance=FLOAT32)
    expect(answer).its("row sums", lambda p: p.sum(axis=1)).all_close_to(1, 1e-5)


@build.check
def predicts_what_it_computes(known):
    """predict gives what the network computes, each time it is asked."""
    for rows in (X, X[:1]):
        answer = known.call("predict", rows, verbose=0)
        p = expect(answer).array(shape=(len(rows), 10))
        facts = {**recognised(p), "sum": float(p[0].sum())} if rows is X else {}
        expect(answer, **facts).close_to(forward(rows), tolerance=FLOAT32)


@build.check
def has_nothing_more(built):
    """There is nothing in it besides: no dropout, no noise."""
    for layer in itertools.islice(layers_of(built), MOST_LAYERS):
        is_more = any("Dropout" in base or "Noise" in base for base in layer.bases)
        answer = layer.get("name")
        expect(answer, layer=layer.type_name).holds(
            not is_more, "It has a {layer} too."
        )


@build.check
def is_the_same_in_training(attempt):
    """While it trains it computes the same, and one step moves all of its weights."""
    model = given_weights(network_of(attempt.build()))
    answer = model.call("__call__", X, training=True)
    p = expect(answer).array(shape=(len(X), 10))
    expect(answer, in_training=True).holds(
        np.allclose(p, forward(X), rtol=0, atol=FLOAT32),
        "In training it answers otherwise than when it predicts.",
    )
    model.call(
        "compile", loss="categorical_crossentropy", optimizer="sgd", run_eagerly=True
    )
    answer, after = weights_after(model, (X, Y))
    pairs = list(zip(after, WEIGHTS, slopes(X, Y), strict=True))
    still = sum(np.array_equal(new, old) for new, old, _ in pairs)
    expect(answer, still=still).holds(
        # A float32 weight of 0.1 is stored to 7e-9; the step is 0.01 times the slope.
        all(
            np.allclose(new, old - 0.01 * g, rtol=0, atol=1e-6) for new, old, g in pairs
        ),
        "One step with sgd does not lead where the gradient points; of its 4 arrays "
        "{still} did not move.",
    )


def layers_of(model, depth=5):
    """The layers of a model, those inside of its inner models too."""
    for layer in expect(model.get("layers")).sequence():
        if isinstance(layer, RemoteObject):
            yield layer
            if "Model" in layer.bases and depth:
                yield from layers_of(layer, depth - 1)


@build.check
def builds_a_new_one_each_time(twins):
    """Two calls give two networks, each with random weights of its own."""
    _, first, answer = twins
    pairs = zip(arrays_of(first), arrays_of(answer), strict=False)
    same = all(np.array_equal(a, b) for a, b in pairs)
    constant = all(np.ptp(a) == 0 for a in arrays_of(answer) if a.ndim == 2)
    expect(answer, same=same, constant=constant).holds(
        not same, "Both have exactly the same weights."
    )


@build.symptom(
    "build() gave back None: a return is missing.",
    example="""
def build():
    keras.Sequential([keras.Input((784,)), layers.Dense(10, activation="softmax")])
""",
)
def nothing_returned(answer):
    return answer.target == "build" and answer.raised is None and answer.value is None


KERAS_OWN = ("Sequential", "Functional", "Model")
CLASS = """
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(512, activation="relu")
        self.last = layers.Dense(10, activation="softmax")

    def call(self, x):
        return self.last(self.hidden(x))

"""


@build.symptom(
    "{type} is a class of your own, and such a network makes its weights when it is "
    "called. Call it once before you return it: m(keras.Input((784,))).",
    example=CLASS
    + """
def build():
    m = Network()
    m.build((None, 784))
    return m
""",
)
def class_not_called(answer):
    if answer.raised is None:
        return answer.facts["type"] not in KERAS_OWN and answer.facts
    name = re.search(
        r"on layer '(\w+)', but the layer isn't built", answer.raised.message
    )
    is_own = name is not None and not name[1].startswith("sequential")
    return is_own and {"type": name[1]}


@build.symptom(
    "That is the output alone, and not a network. Tell Keras where it begins and where "
    "it ends: return keras.Model(inp, out).",
    example="""
def build():
    inp = keras.Input((784,))
    hidden = layers.Dense(512, activation="relu")(inp)
    return layers.Dense(10, activation="softmax")(hidden)
""",
)
def output_for_a_network(answer):
    return answer.target == "build" and answer.value.type_name == "KerasTensor"


@build.symptom(
    "That is a list of layers. keras.Sequential([...]) makes a network of it.",
    example="""
def build():
    return [
        keras.Input((784,)),
        layers.Dense(512, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ]
""",
)
def layers_in_a_list(answer):
    items = answer.value if isinstance(answer.value, (list, tuple)) else ()
    return answer.target == "build" and any("Layer" in item.bases for item in items)


@build.symptom(
    "(784) is the number 784. A shape with one axis has a comma: keras.Input((784,)).",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def comma_forgotten(answer):
    return "Cannot convert '784' to a shape" in answer.raised.message


@build.symptom(
    "keras.Input takes the shape of ONE photo, (784,). "
    "The number of photos stays open, and Keras adds that axis itself.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((None, 784)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def number_of_photos_in_the_shape(answer):
    found = re.search(r"shape \(None, (None|\d+), 784\)", answer.raised.message)
    return found is not None


@build.symptom(
    "Keras cannot count yet: the model has no input shape. "
    "Start with keras.Input((784,)).",
    example="""
def build():
    return keras.Sequential(
        [layers.Dense(512, activation="relu"), layers.Dense(10, activation="softmax")]
    )
""",
)
def not_built(answer):
    return answer.raised is not None and "isn't built" in answer.raised.message


@build.symptom(
    "A layer came where an output is asked for: it was made, and not called. Write the "
    'layer before it in brackets behind: layers.Dense(512, activation="relu")(inp).',
    example="""
def build():
    inp = keras.Input((784,))
    hidden = layers.Dense(512, activation="relu")
    return keras.Model(inp, layers.Dense(10, activation="softmax")(hidden))
""",
)
def layer_not_called(answer):
    said = answer.raised.message if answer.raised is not None else ""
    is_asked = "Only input tensors may be" in said or "must be KerasTensors" in said
    return is_asked and "<Dense " in said


@build.symptom(
    "keras.Sequential takes one list of layers. Put [ ] around all of them.",
    example="""
def build():
    return keras.Sequential(
        keras.Input((784,)),
        layers.Dense(512, activation="relu"),
        layers.Dense(10, activation="softmax"),
    )
""",
)
def layers_without_a_list(answer):
    said = answer.raised.message if answer.raised is not None else ""
    is_name = "<Dense " in said and (
        "`name` must be a string" in said or "`trainable` to be a boolean" in said
    )
    return is_name or ("Sequential.__init__() takes" in said and "positional" in said)


@build.symptom(
    "Your hidden layer takes rows of 28 numbers. Are the photos (28, 28), and not made "
    "flat? The input is (784,).",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def rows_of_28(answer):
    return (28, 512) in answer.facts["seen"]


@build.symptom(
    "Your model takes whole (28, 28) photos. "
    "Here prepare() has made them flat already: the input is (784,).",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def flattens_itself(answer):
    said = answer.raised.message
    return answer.target != "build" and "28, 28" in said and "shape" in said


@build.symptom(
    "The biases are missing: 512 + 10 = 522 parameters.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu", use_bias=False),
            layers.Dense(10, activation="softmax", use_bias=False),
        ]
    )
""",
)
def built_without_biases(answer):
    return answer.facts["seen"] == [(784, 512), (512, 10)]


@build.symptom(
    "The two sizes are swapped: the hidden layer has 512 units, and the last layer has "
    "one for each of the 10 digits.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(10, activation="relu"),
            layers.Dense(512, activation="softmax"),
        ]
    )
""",
)
def sizes_swapped(answer):
    return (784, 10) in answer.facts["seen"] and (10, 512) in answer.facts["seen"]


@build.symptom(
    "No hidden layer is in use: 784 inputs go straight to 10 outputs. "
    "Put a Dense layer of 512 units between them, and hand its output to the last.",
    example="""
def build():
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(10, activation="softmax")]
    )
""",
)
def no_hidden_layer(answer):
    seen = answer.facts["seen"]
    return (784, 10) in seen and len(seen) <= 2


@build.symptom(
    "It has {n} arrays, and two Dense layers have four. Has a third layer slipped in? It "
    "may be a good network, but the page's has two Dense layers and nothing more.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def a_third_layer(answer):
    n = len(answer.facts["seen"])
    return n > 4 and {"n": str(n)}


@build.symptom(
    "The hidden layer has {units} units; the page's has 512.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def another_width(answer):
    seen = answer.facts["seen"]
    units = next(shape[1] for shape in seen if len(shape) == 2 and shape[0] == 784)
    return units != 512 and {"units": units}


@build.symptom(
    "Hidden activation is {hidden}; relu expected. "
    "Without it two Dense layers are one linear map.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def no_hidden_activation(answer):
    return answer.facts["hidden"] == "linear"


@build.symptom(
    "Hidden activation is softmax; relu expected. Softmax makes the 512 patterns share "
    "a sum of 1, so hardly anything of each is passed on.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="softmax"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def hidden_softmax(answer):
    return answer.facts["hidden"] == "softmax"


@build.symptom(
    "Hidden activation is {hidden}; relu expected, as on the page.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="sigmoid"),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def another_hidden_activation(answer):
    return answer.facts["hidden"] not in ("relu", "?")


@build.symptom(
    "The last layer has no softmax but the loss expects probabilities. Keras will not "
    "complain; it will just learn badly: in lesson 7 to an accuracy of 0.2 to 0.3.",
    example="""
def build():
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(512, activation="relu"), layers.Dense(10)]
    )
""",
)
def no_softmax(answer):
    return answer.facts["output"] == "linear"


@build.symptom(
    "Softmax is applied twice, which makes the ten probabilities nearly equal. "
    "Keep one of the two.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
            layers.Softmax(),
        ]
    )
""",
)
def softmax_twice(answer):
    return answer.facts["output"] == "softmax twice"


@build.symptom(
    "sigmoid gives ten independent yes/no answers; a row of yours sums to {sum}. "
    "Keras even hides it in training. Use softmax.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="sigmoid"),
        ]
    )
""",
)
def sigmoid_last(answer):
    return answer.facts["output"] == "sigmoid" and {"sum": f"{answer.facts['sum']:.2f}"}


@build.symptom(
    "relu can output all zeros; 0/0 makes the loss nan. The last layer needs softmax.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="relu"),
        ]
    )
""",
)
def relu_last(answer):
    return answer.facts["output"] == "relu"


@build.symptom(
    "There is a {layer} layer in your network. It is a good idea for another day; "
    "the page's network is two Dense layers and nothing more.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def dropout(answer):
    return "layer" in answer.facts


@build.symptom(
    "In training your network answers otherwise than when it predicts. Is there a layer "
    "of your own that drops or adds something? The page's network has none.",
    example="""
class Quiet(layers.Layer):
    def call(self, x, training=None):
        return keras.random.dropout(x, 0.2) if training else x


def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            Quiet(),
            layers.Dense(10, activation="softmax"),
        ]
    )
""",
)
def other_in_training(answer):
    return answer.facts["in_training"]


@build.symptom(
    "After a step with sgd {still} of the 4 arrays are what they were. Is trainable "
    "False somewhere? What cannot move cannot learn.",
    example="""
def build():
    m = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    m.trainable = False
    return m
""",
)
def cannot_learn(answer):
    still = answer.facts["still"]
    return still > 0 and {"still": str(still)}


@build.symptom(
    "All your weights begin with one value, so the 512 units start alike and learn "
    "alike. Leave kernel_initializer out: Keras then draws them at random.",
    example="""
def build():
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu", kernel_initializer="zeros"),
            layers.Dense(10, activation="softmax", kernel_initializer="zeros"),
        ]
    )
""",
)
def weights_all_alike(answer):
    return answer.facts["constant"]


@build.symptom(
    "Two calls of build() gave the same weights. Is the network made outside of the "
    "function, or a seed set in it? Make it inside, and set no seed there.",
    example="""
NETWORK = build()


def build():
    return NETWORK
""",
)
def the_same_network_again(answer):
    return answer.facts["same"]


# 6c

compiling = exercise(
    "6c",
    "Compile it",
    points=20,
    name="compile_model",
    after="6b",
    hints=(
        "m.compile takes three arguments: optimizer, loss and metrics.",
        "Strings are fine: the names stand in the text above the exercise.",
        'm.compile(optimizer="rmsprop", loss=..., metrics=[...]), then return m.',
    ),
)


@fixture
def compiled(attempt):
    """The learner's network, with known weights, compiled by the learner."""
    model = given_weights(network_of(attempt.build()))
    return network_of(attempt.compile_model(model))


def name_of(entry):
    """``categorical_crossentropy`` for every way to name it in compile()."""
    while isinstance(entry, (list, tuple)) and len(entry) == 1:
        entry = entry[0]
    if isinstance(entry, dict):
        inner = entry.get("config")
        entry = inner if isinstance(inner, str) else entry.get("class_name")
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in str(entry))
    return words.strip("_")


def names_of(entries):
    """The names of all metrics, however they were given."""
    if isinstance(entries, dict):
        entries = list(entries.values())
    if not isinstance(entries, (list, tuple)):
        entries = [] if entries is None else [entries]
    flat = [
        e for entry in entries for e in (entry if isinstance(entry, list) else [entry])
    ]
    return [name_of(entry) for entry in flat]


@compiling.check
def returns_the_compiled_network(compiled):
    """It returns the network that it was given, compiled."""
    answer = compiled.call("get_weights")
    arrays = arrays_of(answer)
    same = sum(any(np.array_equal(a, w) for a in arrays) for w in WEIGHTS)
    expect(answer).holds(same == 4, "It is not the network that was handed in.")
    config = compiled.call("get_compile_config")
    is_compiled = isinstance(config.value, dict) and bool(config.value)
    expect(config, compiled=is_compiled).holds(
        is_compiled, "The network that came back is not compiled."
    )


@compiling.check
def follows_rmsprop(compiled):
    """The optimizer is rmsprop."""
    answer = compiled.get("optimizer")
    name = expect(answer).handle().type_name
    expect(answer, optimizer=name).holds(
        name == "RMSprop", "The optimizer is {optimizer}; the page takes rmsprop."
    )


@compiling.check
def lowers_cross_entropy(compiled):
    """The loss is categorical cross-entropy: on known answers it gives the right value."""
    config = compiled.call("get_compile_config")
    loss = expect(config).mapping(["loss"])["loss"]
    settings = loss.get("config") if isinstance(loss, dict) else {}
    weights = config.value.get("loss_weights")
    expect(config, third=weights).holds(
        weights is None, "The loss has been given loss_weights; none are asked for."
    )
    facts = {
        "loss": name_of(loss),
        "is_own": isinstance(loss, dict),
        "from_logits": isinstance(settings, dict)
        and settings.get("from_logits") is True,
    }
    expect(config, **facts).holds(
        facts["loss"] == "categorical_crossentropy",
        "The loss is {loss}; categorical_crossentropy is asked for.",
    )
    expect(config, **facts).holds(
        not facts["from_logits"],
        "The loss reads raw scores; your network gives probabilities.",
    )
    p = compiled.call("__call__", X)
    smoothing = settings.get("label_smoothing") if isinstance(settings, dict) else None
    value = expect(compiled.call("compute_loss", X, Y, p), smoothing=smoothing)
    value.close_to(loss_of(Y, forward(X)), tolerance=FLOAT32)


@compiling.check
def shows_accuracy(compiled, remark):
    """It shows the share of right answers, under the name accuracy."""
    config = compiled.call("get_compile_config")
    given = expect(config).mapping(["metrics"])["metrics"]
    metrics = names_of(given)
    # The class counts where two numbers are equal; the word lets Keras choose.
    exact = isinstance(given, list) and any(
        isinstance(one, dict) and one.get("class_name") == "Accuracy" for one in given
    )
    if exact:
        metrics = [name for name in metrics if name != "accuracy"]
    expect(config, metrics=metrics, exact=exact).holds(
        bool({"accuracy", "acc", "categorical_accuracy"} & set(metrics)),
        "accuracy is not among the metrics.",
    )
    if "acc" in metrics:
        remark(
            "Works, but the history key is then 'acc'; "
            "the rest of this course reads 'accuracy'."
        )


@compiling.check
def steps_as_rmsprop_does(compiled):
    """Two steps move the weights as rmsprop moves them, whatever its class is called."""
    answer = compiled.call("optimizer.get_config")
    settings = expect(answer).mapping()
    rate = settings.get("learning_rate")
    expect(answer, rate=rate).holds(rate != 0, "The learning rate is 0.")
    if any(settings.get(name) for name in MORE) or not isinstance(rate, float):
        return  # then it is another recipe, and where it leads is not worked out here
    batches = (X[:6], Y[:6]), (X[6:], Y[6:])
    compiled.call("__setattr__", "run_eagerly", True)
    answer, after = weights_after(given_weights(compiled), *batches)
    pairs = zip(after, by_rmsprop(batches, settings), strict=True)
    apart = np.concatenate([np.abs(one - other).ravel() for one, other in pairs])
    expect(answer, own_steps=True).holds(
        # Of all weights 99 % are at most 1.5e-4 rates apart (20 sets of weights, rates
        # from 1e-4 to 0.1); a relu may switch. Sgd, adam, adagrad: 4 rates and more.
        np.quantile(apart, 0.99) < 0.01 * rate,
        "After two steps the weights are not where rmsprop leads.",
    )


MORE = (
    "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema",
    "gradient_accumulation_steps", "momentum", "centered",
)  # fmt: skip


def by_rmsprop(batches, settings):
    """The known weights after a step of rmsprop for each batch."""
    weights = [array.astype("float64") for array in WEIGHTS]
    squares = [np.zeros(array.shape) for array in weights]
    rho = settings.get("rho", 0.9)
    for x, y in batches:
        for w, square, g in zip(weights, squares, slopes(x, y, weights), strict=True):
            square += (1 - rho) * (g**2 - square)
            root = np.sqrt(square + settings.get("epsilon", 1e-7))
            w -= settings["learning_rate"] * g / root
    return weights


@compiling.symptom(
    "A learning rate of {rate} moves nothing. The word alone takes 0.001: "
    'optimizer="rmsprop".',
    example="""
def compile_model(m):
    optimizer = keras.optimizers.RMSprop(0.0)
    m.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def rate_of_0(answer):
    return answer.facts["rate"] == 0 and {"rate": "0"}


@compiling.symptom(
    "The optimizer is called RMSprop, and it does not step as Keras's does. Is it a class "
    'of your own? The word will do: optimizer="rmsprop".',
    example="""
class RMSprop(keras.optimizers.SGD):
    pass


def compile_model(m):
    m.compile(RMSprop(), "categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def another_class_of_that_name(answer):
    return answer.facts["own_steps"]


@compiling.symptom(
    "metrics must be a list: ['accuracy'].",
    example="""
def compile_model(m):
    m.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics="accuracy")
    return m
""",
)
def metrics_as_text(answer):
    raised = answer.raised
    return (
        raised is not None and "metrics" in raised.message and "list" in raised.message
    )


@compiling.symptom(
    "loss_weights was given {third}. Did your metrics go there? The third place of "
    "m.compile is that of loss_weights: say it by name, metrics=['accuracy'].",
    example="""
def compile_model(m):
    m.compile("rmsprop", "categorical_crossentropy", ["accuracy"])
    return m
""",
)
def metrics_in_third_place(answer):
    third = answer.facts["third"]
    return third is not None and {"third": str(third)[:60]}


@compiling.symptom(
    "compile_model gave back None. m.compile(...) changes m and returns nothing: "
    "return m on a line of its own.",
    example="""
def compile_model(m):
    return m.compile(
        optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"]
    )
""",
)
def nothing_came_back(answer):
    return (
        answer.target == "compile_model"
        and answer.raised is None
        and answer.value is None
    )


@compiling.symptom(
    "The network that came back is not compiled. Is m.compile(...) called on it?",
    example="""
def compile_model(m):
    return m
""",
)
def not_compiled(answer):
    return answer.facts["compiled"] is False


@compiling.symptom(
    "The network that came back has other weights than the one handed in. Is it a new "
    "one? Compile the one that is handed in, m.",
    example="""
def compile_model(m):
    m = build()
    m.compile(optimizer="rmsprop", loss="categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def another_network(answer):
    return answer.target.endswith("get_weights") and not answer.facts


@compiling.symptom(
    "sgd has one step size for all weights. The page takes rmsprop, which gives each "
    "weight a step of its own.",
    example="""
def compile_model(m):
    m.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def plain_sgd(answer):
    return answer.facts["optimizer"] == "SGD"


@compiling.symptom(
    "In lesson 7 you may take {optimizer}, and see how it does. "
    "Here the page's own choice is asked for: rmsprop.",
    example="""
def compile_model(m):
    m.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def another_optimizer(answer):
    return answer.facts["optimizer"] not in ("RMSprop", "SGD")


@compiling.symptom(
    "sparse_categorical_crossentropy wants labels like 7; here they are one-hot rows. "
    "Drop 'sparse_'.",
    example="""
def compile_model(m):
    m.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def sparse_loss(answer):
    return answer.facts["loss"] == "sparse_categorical_crossentropy"


@compiling.symptom(
    "That loss treats ten digits as ten yes/no questions. Use categorical_crossentropy.",
    example="""
def compile_model(m):
    m.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    return m
""",
)
def binary_loss(answer):
    return answer.facts["loss"] == "binary_crossentropy"


@compiling.symptom(
    'from_logits=True says "raw scores", but you end in softmax. '
    "Keep exactly one of the two: here softmax stays, so leave from_logits out.",
    example="""
def compile_model(m):
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    m.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    return m
""",
)
def softmax_and_from_logits(answer):
    return answer.facts["from_logits"]


@compiling.symptom(
    "The loss is a function called cross_entropy. Is it your own? That computes in "
    "numpy, and Keras cannot follow it back to the weights. Name the loss of Keras: "
    'loss="categorical_crossentropy".',
    example="""
def compile_model(m):
    m.compile(optimizer="rmsprop", loss=cross_entropy, metrics=["accuracy"])
    return m
""",
)
def own_loss(answer):
    return answer.facts["is_own"] and answer.facts["loss"] == "cross_entropy"


@compiling.symptom(
    "Keras knows no loss called {loss}. Its name has one underscore: "
    '"categorical_crossentropy".',
    example="""
def compile_model(m):
    m.compile("rmsprop", "categorical_cross_entropy", metrics=["accuracy"])
    return m
""",
)
def loss_misspelled(answer):
    return not answer.facts["is_own"] and "cross_entropy" in answer.facts["loss"]


@compiling.symptom(
    "You handed over a class. Put brackets behind its name to make an object: "
    "keras.losses.CategoricalCrossentropy().",
    example="""
def compile_model(m):
    loss = keras.losses.CategoricalCrossentropy
    m.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    return m
""",
)
def class_for_a_loss(answer):
    return "get_config() missing 1 required positional" in answer.raised.message


@compiling.symptom(
    "You handed over a class. Put brackets behind its name to make an object: "
    "keras.optimizers.RMSprop().",
    example="""
def compile_model(m):
    optimizer = keras.optimizers.RMSprop
    m.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])
    return m
""",
)
def class_for_an_optimizer(answer):
    return "optimizer identifier: <class" in answer.raised.message


@compiling.symptom(
    "label_smoothing={s} makes the labels softer, and so the loss is another one. "
    "Leave it out here; lesson 8 is about it.",
    example="""
def compile_model(m):
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    m.compile(optimizer="rmsprop", loss=loss, metrics=["accuracy"])
    return m
""",
)
def smoothed_labels(answer):
    smoothing = answer.facts["smoothing"]
    return bool(smoothing) and {"s": f"{smoothing:g}"}


@compiling.symptom(
    "Squared error is bounded: a confident mistake hardly costs more than a shy one. "
    "Use categorical_crossentropy.",
    example="""
def compile_model(m):
    m.compile(optimizer="rmsprop", loss="mse", metrics=["accuracy"])
    return m
""",
)
def squared_error(answer):
    return answer.facts["loss"] in ("mse", "mean_squared_error")


@compiling.symptom(
    "binary_accuracy counts the nine easy zeros per photo: "
    "ten equal guesses already score 0.90.",
    example="""
def compile_model(m):
    m.compile("rmsprop", "categorical_crossentropy", metrics=["binary_accuracy"])
    return m
""",
)
def binary_accuracy(answer):
    return "binary_accuracy" in answer.facts["metrics"]


@compiling.symptom(
    "keras.metrics.Accuracy() counts where label and probability are the same number, "
    "and they hardly ever are. Write the word: metrics=['accuracy'].",
    example="""
def compile_model(m):
    metrics = [keras.metrics.Accuracy()]
    m.compile("rmsprop", "categorical_crossentropy", metrics=metrics)
    return m
""",
)
def exact_accuracy(answer):
    return answer.facts["exact"]


@compiling.symptom(
    "There are no metrics: you would see the loss alone. Add metrics=['accuracy'].",
    example="""
def compile_model(m):
    m.compile(optimizer="rmsprop", loss="categorical_crossentropy")
    return m
""",
)
def no_metrics(answer):
    return answer.facts["metrics"] == []


# 6d

untrained = exercise(
    "6d",
    "What does an untrained network cost?",
    points=15,
    name="untrained_loss",
    after="6b",
    hints=(
        "It knows nothing, so its ten guesses are about equal.",
        "The surprise of a guess of 1/10 is ln 10.",
        "cross_entropy(y, m.predict(x, verbose=0))",
    ),
)


def photos(mnist, start, n):
    """n photos of the test set from `start`, prepared, and their one-hot labels."""
    x = mnist.x_test[start : start + n].reshape(n, -1).astype("float32") / 255
    return x, np.eye(10, dtype="float32")[mnist.y_test[start : start + n]]


@fixture
def untrained_network(attempt, built):
    """The learner's network with the weights it was born with."""
    return built if built.is_reachable() else network_of(attempt.build())


@fixture
def known_network(attempt, known):
    """A network of the learner's with known weights."""
    if known.is_reachable():
        return known
    return given_weights(network_of(attempt.build()))


@untrained.check
def predicts_the_first_loss(attempt):
    """The prediction is about the loss of ten equal guesses, in nats."""
    # 20 untrained networks on the test set: 2.30 to 2.45, on 500 photos 2.28 to 2.45.
    expect(attempt.entry("PREDICT", "untrained_loss")).is_between(2.2, 2.6)


@untrained.check
def is_the_loss_of_the_answers(attempt, known_network, mnist):
    """It is the mean cross-entropy of what the network answers."""
    for start, n in ((0, 300), (500, 7)):
        x, y = photos(mnist, start, n)
        p = forward(x)
        answer = attempt.untrained_loss(known_network, x, y)
        facts = {
            "right": loss_of(y, p),
            "n": n,
            "k": 10,
            "accuracy": float((p.argmax(1) == y.argmax(1)).mean()),
            "swapped": float(-(p * np.log(np.clip(y, 1e-7, 1 - 1e-7))).sum(1).mean()),
            "confidence": loss_of(np.eye(10)[p.argmax(1)], p),
            "again": loss_of(y, forward(x / 255)),
        }
        expect(answer, **facts).close_to(facts["right"], tolerance=FLOAT32)


@untrained.check
def agrees_with_keras(attempt, untrained_network, mnist):
    """It agrees with the loss that Keras itself computes, to five digits."""
    x, y = photos(mnist, 1000, 200)
    loss = attempt.untrained_loss(untrained_network, x, y)
    untrained_network.call("compile", loss="categorical_crossentropy")
    p = untrained_network.call("__call__", x)
    theirs = expect(untrained_network.call("compute_loss", x, y, p)).number()
    # Keras sums in float32: over 20 sets of weights they differ by at most 2.4e-7.
    expect(loss).close_to(theirs, tolerance=FLOAT32)


@untrained.check
def a_new_network_knows_nothing(attempt, untrained_network, mnist):
    """A new network costs between 2.2 and 2.6 nats on 500 photos."""
    loss = attempt.untrained_loss(untrained_network, *photos(mnist, 2000, 500))
    expect(loss).is_between(2.2, 2.6)


def is_near(value, want):
    return np.shape(value) == () and abs(float(value) - want) < 2e-5 * max(1, abs(want))


FIRST_LOSS = 'PREDICT["untrained_loss"]'


@untrained.symptom(
    "0.1 is the probability of each guess. The loss is its surprise: -ln of it.",
    of=FIRST_LOSS,
    example='PREDICT["untrained_loss"] = 0.1',
)
def a_probability(answer):
    return is_near(answer.value, 0.1)


@untrained.symptom(
    "Nothing costs 0 but a certain and right answer. "
    "An untrained network is never certain.",
    of=FIRST_LOSS,
    example='PREDICT["untrained_loss"] = 0',
)
def no_cost_at_all(answer):
    return is_near(answer.value, 0)


@untrained.symptom(
    "log2 of 10 is 3.32, the surprise in bits. In nats it is ln 10.",
    of=FIRST_LOSS,
    example='PREDICT["untrained_loss"] = 3.3',
)
def predicted_in_bits(answer):
    return abs(float(answer.value) - np.log2(10)) < 0.05


@untrained.symptom(
    "1 is log10 of 10. The natural logarithm is asked for: ln 10.",
    of=FIRST_LOSS,
    example='PREDICT["untrained_loss"] = 1.0',
)
def predicted_with_log10(answer):
    return is_near(answer.value, 1)


@untrained.symptom(
    "The loss is a mean over photos, and each photo costs -ln p_true. "
    "What is p_true when ten guesses are about equal?",
    of=FIRST_LOSS,
    example='PREDICT["untrained_loss"] = 10',
)
def predicted_something_else(answer):
    return not 2.2 <= float(answer.value) <= 2.6


@untrained.symptom(
    "m.evaluate needs a compiled network, and it would be Keras's loss. "
    "Here yours counts: cross_entropy, of what m.predict(x, verbose=0) gives.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return m.evaluate(x, y, verbose=0)[0]
""",
)
def evaluate_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".evaluate(" in raised.source_line


@untrained.symptom(
    "m.fit trains a network, and needs a compiled one. Here it is only asked for its "
    "answers: m.predict(x, verbose=0).",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return m.fit(x, y, verbose=0).history["loss"][0]
""",
)
def trained_instead(answer):
    raised = answer.raised
    return "compile" in raised.message and ".fit(" in raised.source_line


@untrained.symptom(
    "The arguments are swapped: cross_entropy takes the labels first, "
    "then the probabilities.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return cross_entropy(m.predict(x, verbose=0), y)
""",
)
def swapped_arguments(answer):
    return is_near(answer.value, answer.facts["swapped"])


@untrained.symptom(
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Your cross_entropy does it right: call it.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return float(-(y * np.log(m.predict(x, verbose=0))).mean())
""",
)
def mean_over_classes(answer):
    return is_near(answer.value * answer.facts["k"], answer.facts["right"])


@untrained.symptom(
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return float(-(y * np.log(m.predict(x, verbose=0))).sum())
""",
)
def summed_over_the_batch(answer):
    return is_near(answer.value / answer.facts["n"], answer.facts["right"])


@untrained.symptom(
    "That is the accuracy, the share of right answers. Asked for is the loss.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return float((m.predict(x, verbose=0).argmax(1) == y.argmax(1)).mean())
""",
)
def accuracy_instead(answer):
    return is_near(answer.value, answer.facts["accuracy"])


@untrained.symptom(
    "You used the predicted class, not the true one: "
    "this loss cannot tell right from wrong.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    p = m.predict(x, verbose=0)
    return cross_entropy(one_hot(p.argmax(axis=1)), p)
""",
)
def predicted_class(answer):
    return is_near(answer.value, answer.facts["confidence"])


@untrained.symptom(
    "x is prepared already, and you divided it by 255 once more.",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return cross_entropy(y, m.predict(prepare(x), verbose=0))
""",
)
def prepared_again(answer):
    return is_near(answer.value, answer.facts["again"])


@untrained.symptom(
    "ln 10 is what ten exactly equal guesses cost. Ask this network what it guesses: "
    "m.predict(x, verbose=0).",
    of="untrained_loss",
    example="""
def untrained_loss(m, x, y):
    return float(np.log(10))
""",
)
def always_ln_10(answer):
    return is_near(answer.value, np.log(10))


# 6e

pairing = exercise(
    "6e",
    "Which trio works?",
    points=25,
    name="PAIRING",
    hints=(
        "Who applies softmax, and how often? What do the labels look like?",
        "A wrong number of dimensions can be seen by Keras. A wrong meaning cannot.",
        "One softmax in total, and label form matches loss name; "
        "which of the two rules does Keras check for you?",
    ),
)

VERDICTS = ("ok", "error", "silently wrong")
RIGHT = {
    "softmax + categorical_crossentropy + one-hot": "ok",
    "softmax + sparse_categorical_crossentropy + numbers": "ok",
    "softmax + categorical_crossentropy + numbers": "error",
    "softmax + sparse_categorical_crossentropy + one-hot": "error",
    "none + CategoricalCrossentropy(from_logits=True) + one-hot": "ok",
    "none + categorical_crossentropy + one-hot": "silently wrong",
    "sigmoid + categorical_crossentropy + one-hot": "silently wrong",
    "relu + categorical_crossentropy + one-hot": "silently wrong",
}
KEYS = tuple(RIGHT)


def judged(attempt, keys):
    """Each of these trios got the verdict that a run of it gives."""
    for key in keys:
        answer = attempt.entry("PAIRING", key)
        expect(answer).holds(
            as_choice(expect(answer).text()) == RIGHT[key],
            "That is not what happens. Run the cell below the exercise, and look.",
        )


@pairing.check
def are_verdicts(attempt):
    """Each of the eight trios has one of the three verdicts."""
    for key in KEYS:
        expect(attempt.entry("PAIRING", key)).one_of(VERDICTS)


@pairing.check
def knows_the_forms_of_labels(attempt):
    """The four softmax rows: which labels go with which loss."""
    judged(attempt, KEYS[:4])


@pairing.check
def knows_who_applies_softmax(attempt):
    """The two rows without an activation: who applies softmax there?"""
    judged(attempt, KEYS[4:6])


@pairing.check
def knows_the_other_activations(attempt):
    """The sigmoid and the relu row."""
    judged(attempt, KEYS[6:])


@pairing.symptom(
    "Answer with one of the three texts: 'ok', 'error' or 'silently wrong'.",
    example='PAIRING["softmax + categorical_crossentropy + one-hot"] = "yes"',
)
def not_a_verdict(answer):
    return as_choice(answer.value) not in VERDICTS


@pairing.mistake(
    "This is the page's own trio: softmax once, and rows for labels. It works.",
    of='PAIRING["softmax + categorical_crossentropy + one-hot"]',
)
def the_page_is_wrong():
    return "silently wrong"


@pairing.mistake(
    "This is the page's own trio, and it fits. Keras takes it without a word.",
    of='PAIRING["softmax + categorical_crossentropy + one-hot"]',
)
def the_page_is_refused():
    return "error"


@pairing.mistake(
    "The sparse loss is made for class numbers: it looks up column 7 for the label 7. "
    "Nothing is refused here.",
    of='PAIRING["softmax + sparse_categorical_crossentropy + numbers"]',
)
def sparse_is_refused():
    return "error"


@pairing.mistake(
    "The sparse loss is the same number, taken from labels like 7 instead of rows. "
    "The training is the same, step by step.",
    of='PAIRING["softmax + sparse_categorical_crossentropy + numbers"]',
)
def sparse_is_wrong():
    return "silently wrong"


@pairing.mistake(
    "Labels of shape (128,) meet probabilities of shape (128, 10). "
    "One number cannot be compared with a row of ten.",
    of='PAIRING["softmax + categorical_crossentropy + numbers"]',
)
def numbers_are_ok():
    return "ok"


@pairing.mistake(
    "Shapes are what Keras can see: (128,) is not (128, 10), so it stops and says so.",
    of='PAIRING["softmax + categorical_crossentropy + numbers"]',
)
def numbers_go_unseen():
    return "silently wrong"


@pairing.mistake(
    "sparse_categorical_crossentropy wants labels like 7; yours are one-hot rows. "
    "Drop 'sparse_' (or drop the one-hot).",
    of='PAIRING["softmax + sparse_categorical_crossentropy + one-hot"]',
)
def rows_are_ok():
    return "ok"


@pairing.mistake(
    "The sparse loss wants one dimension less than the answers have. "
    "Rows have as many, and Keras sees that.",
    of='PAIRING["softmax + sparse_categorical_crossentropy + one-hot"]',
)
def rows_go_unseen():
    return "silently wrong"


@pairing.mistake(
    "from_logits=True says that raw scores come, and raw scores do come. "
    "The loss applies the one softmax.",
    of='PAIRING["none + CategoricalCrossentropy(from_logits=True) + one-hot"]',
)
def scores_are_wrong():
    return "silently wrong"


@pairing.mistake(
    "A layer without activation gives raw scores, and from_logits=True is made for "
    "them. Keras takes both.",
    of='PAIRING["none + CategoricalCrossentropy(from_logits=True) + one-hot"]',
)
def scores_are_refused():
    return "error"


@pairing.mistake(
    "Nobody applies softmax here: the layer does not, and the loss expects "
    "probabilities. Keras will not complain; it will just learn badly.",
    of='PAIRING["none + categorical_crossentropy + one-hot"]',
)
def no_softmax_is_ok():
    return "ok"


@pairing.mistake(
    "To Keras ten scores look like ten probabilities: ten numbers in a row. "
    "It cannot know, and so it does not stop.",
    of='PAIRING["none + categorical_crossentropy + one-hot"]',
)
def no_softmax_is_refused():
    return "error"


@pairing.mistake(
    "Its accuracy is fine, and yet: sigmoid gives ten independent yes/no answers. "
    "What do the rows sum to?",
    of='PAIRING["sigmoid + categorical_crossentropy + one-hot"]',
)
def sigmoid_is_ok():
    return "ok"


@pairing.mistake(
    "Ten numbers between 0 and 1 come out of sigmoid. Keras sees nothing to refuse.",
    of='PAIRING["sigmoid + categorical_crossentropy + one-hot"]',
)
def sigmoid_is_refused():
    return "error"


@pairing.mistake(
    "relu can output all zeros; 0/0 makes the loss nan.",
    of='PAIRING["relu + categorical_crossentropy + one-hot"]',
)
def relu_is_ok():
    return "ok"


@pairing.mistake(
    "A loss of nan is no exception. Keras prints it, and goes on to the last step.",
    of='PAIRING["relu + categorical_crossentropy + one-hot"]',
)
def relu_is_refused():
    return "error"
