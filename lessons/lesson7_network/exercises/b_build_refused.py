"""7b: answers that aren't networks, and what Keras or Python refuses."""

import re

from ..symptoms import seen_in_messages
from .b_build import HIDDEN, INPUT, LAST, build, without

ENTRIES = (
    f"\n            {INPUT},\n            {HIDDEN},\n            {LAST},\n        "
)
NETWORK = f"keras.Sequential(\n        [{ENTRIES}]\n    )"
FUNCTIONAL = f"inp = {INPUT}\n    out = {LAST}({HIDDEN}(inp))\n    return "


# Answers that aren't networks.


@build.symptom(
    "build returned None. Is a return missing?\nReturn the network.",
    edit=(f"return {NETWORK}", NETWORK),
)
def nothing_returned(answer):
    return answer.target == "build" and answer.raised is None and answer.value is None


KERAS_OWN = ("Sequential", "Functional", "Model")


@build.symptom(
    "{type} is your own class. Such a network makes its weights only when it is "
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
    "You return only the output, not a network. A network also needs to know its "
    "input.\n"
    "Return keras.Model(inp, out).",
    edit=(NETWORK, f"{LAST}({HIDDEN}({INPUT}))"),
)
def output_for_a_network(answer):
    return answer.target == "build" and answer.value.type_name == "KerasTensor"


@build.symptom(
    "You return a list of layers.\nkeras.Sequential([...]) makes a network of it.",
    edit=(NETWORK, f"[{ENTRIES}]"),
)
def layers_in_a_list(answer):
    items = answer.value if isinstance(answer.value, (list, tuple)) else ()
    return answer.target == "build" and any("Layer" in item.bases for item in items)


# Calls that Keras or Python refuses.

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
    "This file has no name {name}. It imports keras and layers at its top.\n"
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
            "Without quotes, {name} is a name that Python doesn't know here.\n"
            'Give the activation as text. Write activation="{name}".',
        ),
        "small_letter": (
            r"module '(?:\w+\.)*(?P<home>keras|layers)' has no attribute "
            r"'(?P<name>dense|input|sequential|model|softmax|flatten)'",
            ("layers.Dense(512", "layers.dense(512"),
            "{home} has no {name}. How does the name of a class begin?\n"
            "With a capital letter, as in layers.Dense and keras.Sequential.",
        ),
        "layer_of_pytorch": (
            r"'(?:\w+\.)*layers' has no attribute 'Linear'",
            ("layers.Dense(512", "layers.Linear(512"),
            "keras.layers has no Linear: that is PyTorch's name for this layer.\n"
            "It is called Dense in Keras, and you pass only the number of outputs. "
            'Write layers.Dense(512, activation="relu").',
        ),
        "two_sizes": (
            r"activation function identifier: \d"
            r"|Dense\.__init__\(\) got multiple values for argument 'activation'",
            (HIDDEN, "layers.Dense(784, 512)"),
            "The second positional argument of Dense is the activation.\n"
            "Pass only the number of units: Dense takes the number of inputs from "
            'the entry before it. Write layers.Dense(512, activation="relu").',
        ),
        "unknown_activation": (
            r"activation function identifier: (?P<name>[A-Za-z]\S*)",
            ('"relu"', '"Relu"'),
            "Keras has no activation called {name}.\n"
            'This network uses two, in lowercase: "relu" and "softmax".',
        ),
        "units_not_told": (
            "missing 1 required positional argument: 'units'",
            ("Dense(512", "Dense(output_dim=512"),
            (
                "Dense doesn't get its number of units. Did you call it output_dim, as in "
                "Keras 1?\n"
                "Today it comes first, without a name. Write layers.Dense(512, "
                'activation="relu").'
            ),
        ),
        "word_of_another_keras": (
            r"arguments passed to Dense: \{'(?P<word>\w+)'",
            (HIDDEN, f"{HIDDEN[:-1]}, init='uniform')"),
            (
                "Dense in Keras 3 has no argument {word}. Is it from an older Keras, or "
                "from another library?\n"
                "Leave it out: these two layers need only units and activation."
            ),
        ),
        "argument_of_add": (
            r"Sequential\.add\(\) got an unexpected keyword argument '(?P<word>\w+)'",
            (
                f"return {NETWORK}",
                f"m = keras.Sequential()\n    m.add({INPUT})\n"
                f'    m.add(layers.Dense(512), activation="relu")\n    m.add({LAST})\n'
                "    return m",
            ),
            "You passed {word} to add. It is an argument of the layer.\n"
            "Write it inside the parentheses of the layer: m.add(layers.Dense(512, "
            'activation="relu")).',
        ),
        "comma_forgotten": (
            "Cannot convert '784' to a shape",
            ("(784,)", "(784)"),
            "(784) is the number 784, not a shape.\n"
            "A shape with one axis needs a comma. Write keras.Input((784,)).",
        ),
        "number_of_photos_in_the_shape": (
            r"shape \(None, (None|\d+), 784\)",
            ("(784,)", "(None, 784)"),
            "keras.Input takes the shape of ONE image. The number of images stays "
            "open: Keras adds that axis itself.\n"
            "Write keras.Input((784,)).",
        ),
        "not_built": (
            "isn't built",
            without(INPUT),
            "The model has no input shape, so it has no weights yet.\n"
            "Start with keras.Input((784,)).",
        ),
        "layer_not_called": (
            r"(?s)(Only input tensors may be|must be KerasTensors).*<Dense ",
            (f"return {NETWORK}", f"{FUNCTIONAL}keras.Model(inp, {LAST}({HIDDEN}))"),
            "You passed a layer itself: you created it but didn't call it.\n"
            'Call it with its input: layers.Dense(512, activation="relu")(inp).',
        ),
        "ends_exchanged": (
            r"is not connected to `inputs`",
            (f"return {NETWORK}", f"{FUNCTIONAL}keras.Model(out, inp)"),
            "Keras finds no path from the first argument to the second. Are they swapped?\n"
            "Input first, then output: keras.Model(inp, out).",
        ),
        "layers_without_a_list": (
            r"(?s)(`name` must be a string|`trainable` to be a boolean).*<Dense "
            r"|Sequential\.__init__\(\) takes .*positional",
            (f"[{ENTRIES}]", ENTRIES),
            "keras.Sequential takes one list of layers.\nPut [ ] around all of them.",
        ),
    },
)
