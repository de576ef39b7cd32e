"""7b: what is no network, and what Keras or Python refuses."""

import re

from ..symptoms import seen_in_messages
from .b_build import HIDDEN, INPUT, LAST, build, without

ENTRIES = (
    f"\n            {INPUT},\n            {HIDDEN},\n            {LAST},\n        "
)
NETWORK = f"keras.Sequential(\n        [{ENTRIES}]\n    )"
FUNCTIONAL = f"inp = {INPUT}\n    out = {LAST}({HIDDEN}(inp))\n    return "


# What is no network at all.


@build.symptom(
    "build gave back None. Is a return missing?",
    edit=(f"return {NETWORK}", NETWORK),
)
def nothing_returned(answer):
    return answer.target == "build" and answer.raised is None and answer.value is None


KERAS_OWN = ("Sequential", "Functional", "Model")


@build.symptom(
    "{type} is a class of your own, and such a network makes its weights when it is "
    "called.\n"
    "Call it once before you return it: m(keras.Input((784,))).",
    example="""
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(512, activation="relu")
        self.last = layers.Dense(10, activation="softmax")

    def call(self, x):
        return self.last(self.hidden(x))


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
    "That is the output alone, and not a network. Tell Keras where it begins and "
    "where it ends.\n"
    "Return keras.Model(inp, out).",
    edit=(NETWORK, f"{LAST}({HIDDEN}({INPUT}))"),
)
def output_for_a_network(answer):
    return answer.target == "build" and answer.value.type_name == "KerasTensor"


@build.symptom(
    "That is a list of layers.\nkeras.Sequential([...]) makes a network of it.",
    edit=(NETWORK, f"[{ENTRIES}]"),
)
def layers_in_a_list(answer):
    items = answer.value if isinstance(answer.value, (list, tuple)) else ()
    return answer.target == "build" and any("Layer" in item.bases for item in items)


# What Keras or Python refuses.

HOMES = {
    "Sequential": "keras.Sequential",
    "Model": "keras.Model",
    "Input": "keras.Input",
    "models": "keras.models",
    **{
        name: f"layers.{name}"
        for name in ("Dense", "Softmax", "ReLU", "Activation", "Flatten", "Dropout")
    },
}


@build.symptom(
    "{name} alone is no name of this file. The page imports keras and layers at its "
    "top.\n"
    "Write {home}.",
    edit=("keras.Sequential(", "Sequential("),
)
def name_without_its_home(answer):
    found = re.match(r"name '(\w+)' is not defined", answer.raised.message)
    return {"name": found[1], "home": HOMES[found[1]]}


seen_in_messages(
    build,
    {
        "activation_without_quotes": (
            r"name '(?P<name>relu|softmax|sigmoid|tanh)' is not defined",
            ('"relu"', "relu"),
            "{name} without quotes is a name that Python does not know here. An "
            "activation is named by a text.\n"
            'Write activation="{name}".',
        ),
        "small_letter": (
            r"module '(?:\w+\.)*(?P<home>keras|layers)' has no attribute "
            r"'(?P<name>dense|input|sequential|model|softmax|flatten)'",
            ("layers.Dense(512", "layers.dense(512"),
            "{home} has no {name}: classes begin with a capital letter, as in "
            "layers.Dense and keras.Sequential.",
        ),
        "layer_of_pytorch": (
            r"'(?:\w+\.)*layers' has no attribute 'Linear'",
            ("layers.Dense(512", "layers.Linear(512"),
            "keras.layers has no Linear. PyTorch's Linear is called Dense here, and it is "
            "told its outputs alone.\n"
            'Write layers.Dense(512, activation="relu").',
        ),
        "two_sizes": (
            r"activation function identifier: \d"
            r"|Dense\.__init__\(\) got multiple values for argument 'activation'",
            (HIDDEN, "layers.Dense(784, 512)"),
            "The second positional argument of Dense is the activation. Pass only the "
            "number of units: Dense takes the number of inputs from the entry before "
            "it.\n"
            'Write layers.Dense(512, activation="relu").',
        ),
        "unknown_activation": (
            r"activation function identifier: (?P<name>[A-Za-z]\S*)",
            ('"relu"', '"Relu"'),
            "Keras knows no activation called {name}.\n"
            'The page takes two, in small letters: "relu" and "softmax".',
        ),
        "units_not_told": (
            "missing 1 required positional argument: 'units'",
            ("Dense(512", "Dense(output_dim=512"),
            "Dense was not told its number of units. Were they called output_dim, as "
            "in Keras 1? Today they come first, without a name.\n"
            'Write layers.Dense(512, activation="relu").',
        ),
        "word_of_another_keras": (
            r"arguments passed to Dense: \{'(?P<word>\w+)'",
            (HIDDEN, f"{HIDDEN[:-1]}, init='uniform')"),
            "Dense of Keras 3 knows no {word}. Is it of an older Keras, or of another "
            "library? The page's two layers need none beside the units and the "
            "activation.",
        ),
        "argument_of_add": (
            r"Sequential\.add\(\) got an unexpected keyword argument '(?P<word>\w+)'",
            (
                f"return {NETWORK}",
                f"m = keras.Sequential()\n    m.add({INPUT})\n"
                f'    m.add(layers.Dense(512), activation="relu")\n    m.add({LAST})\n'
                "    return m",
            ),
            "You passed {word} to add. It is an argument of the layer: write it inside "
            "the parentheses of the layer.\n"
            'Write m.add(layers.Dense(512, activation="relu")).',
        ),
        "comma_forgotten": (
            "Cannot convert '784' to a shape",
            ("(784,)", "(784)"),
            "(784) is the number 784. A shape with one axis has a comma.\n"
            "Write keras.Input((784,)).",
        ),
        "number_of_photos_in_the_shape": (
            r"shape \(None, (None|\d+), 784\)",
            ("(784,)", "(None, 784)"),
            "keras.Input takes the shape of ONE photo, (784,). "
            "The number of photos stays open, and Keras adds that axis itself.",
        ),
        "not_built": (
            "isn't built",
            without(INPUT),
            "Keras cannot count yet: the model has no input shape.\n"
            "Start with keras.Input((784,)).",
        ),
        "layer_not_called": (
            r"(?s)(Only input tensors may be|must be KerasTensors).*<Dense ",
            (f"return {NETWORK}", f"{FUNCTIONAL}keras.Model(inp, {LAST}({HIDDEN}))"),
            "You passed a layer instead of its output: the layer was created but not called.\n"
            "Write the layer before it in brackets behind: layers.Dense(512, "
            'activation="relu")(inp).',
        ),
        "ends_exchanged": (
            r"is not connected to `inputs`",
            (f"return {NETWORK}", f"{FUNCTIONAL}keras.Model(out, inp)"),
            "Keras finds no way from the first to the second. Are the two exchanged?\n"
            "It is the input first, and then the output: keras.Model(inp, out).",
        ),
        "layers_without_a_list": (
            r"(?s)(`name` must be a string|`trainable` to be a boolean).*<Dense "
            r"|Sequential\.__init__\(\) takes .*positional",
            (f"[{ENTRIES}]", ENTRIES),
            "keras.Sequential takes one list of layers.\nPut [ ] around all of them.",
        ),
    },
)
