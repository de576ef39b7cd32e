"""8b: what comes back wrong, and photos, labels and answers that do not fit."""

import numpy as np

from . import LEAST_ACCURACY
from .b_train import training

SHUFFLED = "one_hot(np.random.default_rng(seed).permutation(labels))"


def train_is(*lines):
    """An example: a `train` of these lines, on 500 photos."""
    return (
        "def train(images, labels, held_images, held_labels, seed):\n"
        "    x, y = prepare(images[:500]), one_hot(labels[:500])\n"
        + "".join(f"    {line}\n" for line in lines)
    )


def quick_train(
    network="network()",
    x="prepare(images)",
    y="one_hot(labels)",
    epochs=2,
    photos=6_000,
    **functions,
):
    """An example: train on few photos, in a second, with one thing wrong."""
    code = f"""
def network(hidden="relu", output="softmax", units=512, **compiled):
    sizes = [layers.Dense(units, activation=hidden)] if units else []
    m = keras.Sequential(
        [keras.Input((784,)), *sizes, layers.Dense(10, activation=output)]
    )
    recipe = dict(loss="categorical_crossentropy", optimizer="rmsprop")
    m.compile(**(recipe | compiled), metrics=["accuracy"])
    return m


def train(images, labels, held_images, held_labels, seed):
    keras.utils.set_random_seed(seed)
    images, labels = images[:{photos}], labels[:{photos}]
    held = prepare(held_images), one_hot(held_labels)
    m = {network}
    m.fit({x}, {y}, epochs={epochs}, batch_size=128, validation_data=held)
    return m
"""
    arguments = {"prepare": "images", "predict": "model, images"}
    for name, body in functions.items():
        code += f"\n\ndef {name}({arguments[name]}):\n    return {body}\n"
    return code


def accuracy_in_words(facts):
    if facts["accuracy"] >= LEAST_ACCURACY:
        return "Accuracy passes"
    almost = facts["accuracy"] >= LEAST_ACCURACY - 0.02
    return "Accuracy almost passes" if almost else f"Accuracy is {facts['a']}"


@training.symptom(
    "train gave back None.\nReturn the network after fit.",
    example=train_is("build().fit(x, y)"),
)
def nothing_returned(answer):
    return answer.target == "train" and answer.raised is None and answer.value is None


@training.symptom(
    "fit gives back a record of the training, its History, and not the network.\n"
    "Call model.fit(...) on one line, and return model on the next.",
    example=train_is("return build().fit(x, y)"),
)
def the_history_returned(answer):
    return answer.target == "train" and "History" in answer.value.bases


@training.symptom(
    "train gave back more than the network.\nReturn model alone.",
    example=train_is("model = build()", "return model, model.fit(x, y)"),
)
def more_than_the_network(answer):
    return answer.target == "train" and isinstance(answer.value, (tuple, list))


@training.symptom(
    "fit was given labels as plain numbers, of the photos trained on or of those held "
    "back, and the loss wants one-hot rows.\n"
    "one_hot(labels) makes them.",
    example=train_is("build().fit(x, labels[:500])"),
)
def numbers_for_labels(answer):
    raised = answer.raised
    return answer.target == "train" and "same rank" in raised.message


@training.symptom(
    "The network eats rows of 784 numbers, and photos of 28 x 28 came.\n"
    "prepare(images) makes rows of them.",
    example=quick_train(predict="model.predict(images / 255, verbose=0)"),
)
def photos_not_flattened(answer):
    said = answer.raised.message
    return "28, 28" in said and "shape" in said


@training.symptom(
    "predict gave one number a photo. Is it the digit it decided for? Give all ten "
    "probabilities, and leave the argmax to the reader.",
    example=quick_train(
        predict="model.predict(prepare(images), verbose=0).argmax(axis=1)"
    ),
)
def digits_for_probabilities(answer):
    return answer.target == "predict" and answer.value.ndim == 1


@training.symptom(
    "Your answers hold nan, or zeros alone. Does the last layer end in relu? It can "
    "output all zeros, and 0/0 makes the loss nan: it needs softmax.",
    example=quick_train("network(output='relu')"),
)
def relu_last(answer):
    p = np.asarray(answer.value)
    return answer.target == "predict" and bool(np.isnan(p).any() or (p == 0).all())


@training.symptom(
    "All your answers are exactly 0 or 1. Are they made from an argmax? Then nobody "
    "can tell how sure the network was.\n"
    "Return what model.predict gives.",
    example=quick_train(
        predict="one_hot(model.predict(prepare(images), verbose=0).argmax(axis=1))"
    ),
)
def one_hot_answers(answer):
    return answer.facts["certain"]


@training.symptom(
    "The optimizer of this network has taken no step. Is another one trained, or "
    "none?\n"
    "Build it once, call fit on it, and return it.",
    example=train_is("return build()"),
)
def never_trained(answer):
    return answer.facts["steps"] is not None and int(answer.facts["steps"]) == 0


@training.symptom(
    "The answer to a photo changes with the photos beside it. Do pixels of one go "
    "into rows of others? reshape(784, n).T does that.\n"
    "Use reshape(n, -1).",
    example=quick_train(
        prepare='images.reshape(784, len(images)).T.astype("float32") / 255'
    ),
)
def photos_mixed(answer):
    return answer.facts["mixed"]


@training.symptom(
    "{a}, and a photo whose white is 254 and not 255 is answered like a black one. Does "
    "integer division, // 255, make all pixels below 255 a 0?",
    example=quick_train(
        prepare='(images // 255).reshape(len(images), -1).astype("float32")'
    ),
)
def integer_division(answer):
    return answer.facts["only_white"]


@training.symptom(
    "predict hands over pixels that were divided by 255 twice, so the brightest is "
    "1/255. prepare() divides already.",
    example=quick_train(
        x="prepare(images) / 255",
        predict="model.predict(prepare(images) / 255, verbose=0)",
    ),
)
def scaled_twice(answer):
    return answer.facts["scaled_twice"]


@training.symptom(
    "predict hands the network pixels from 0 to 255, and the loss of its first epoch was "
    "{first}. Are the photos scaled nowhere? With pixels from 0 to 1 the recipe reaches "
    "a cross-entropy of 0.07; yours is {v}, with an accuracy of {a}.",
    example=quick_train(prepare='images.reshape(len(images), -1).astype("float32")'),
)
def never_scaled(answer):
    facts = answer.facts
    started_high = facts["first_loss"] >= 2  # scaled photos start below ln 10
    return (
        is_unscaled(facts) and started_high and {"first": f"{facts['first_loss']:.2f}"}
    )


def is_unscaled(facts):
    return facts["not_scaled"] and not facts["scales_itself"]


@training.symptom(
    "predict hands the network pixels from 0 to 255. Does train prepare its photos in "
    "another way?\n"
    "Call prepare(images) in both.",
    example=quick_train(
        predict="model.predict(images.reshape(-1, 784).astype('float32'), verbose=0)"
    ),
)
def test_photos_not_scaled(answer):
    return is_unscaled(answer.facts)


@training.symptom(
    "Pixels from 0 to 255 suit your network better than those that predict hands it. "
    "Is it trained on such pixels? Prepare the photos in the same way in both.\n"
    "prepare(images) does it.",
    example=quick_train(x="images.reshape(len(images), 784)", epochs=8),
)
def training_photos_not_scaled(answer):
    facts = answer.facts
    has_probabilities = facts["lowest"] >= 0
    return has_probabilities and facts["likes_raw"] and not facts["not_scaled"]


@training.symptom(
    "Of all answers {share} are exactly one digit too high. Were the labels shifted by "
    "one? Digit 0 belongs in column 0.",
    example=quick_train(y="one_hot((labels + 1) % 10)"),
)
def labels_shifted(answer):
    share = answer.facts["one_too_far"]
    return share > 0.7 and {"share": f"{share:.2f}"}


@training.symptom(
    "Your answers have numbers below 0, and the loss of the training has "
    "from_logits=True: so they are raw scores.\n"
    "predict has to apply softmax itself.",
    example=quick_train(
        "network(output=None, loss=keras.losses.CategoricalCrossentropy(from_logits=True))"
    ),
)
def raw_scores(answer):
    return answer.facts["lowest"] < 0 and answer.facts["from_logits"]


@training.symptom(
    "Your answers have numbers below 0, and probabilities have none. Does the last layer "
    "lack its softmax? Keras does not complain; it just cannot learn.",
    example=quick_train("network(output=None)"),
)
def no_softmax(answer):
    return answer.facts["lowest"] < 0


@training.symptom(
    "{passes}, the rows of your predictions do not sum to 1. Are they ten independent "
    "yes/no answers, from a sigmoid? They are not a distribution.\n"
    "Use softmax.",
    example=quick_train("network(output='sigmoid')"),
)
def sigmoid_last(answer):
    passes = accuracy_in_words(answer.facts)
    return answer.facts["row_error"] > 1e-3 and {"passes": passes}


@training.symptom(
    "The last epoch of fit read {seen} of its photos right, and of the test photos it is "
    "{a}. Are labels and photos out of step (shuffled separately, or a scrambled "
    "reshape)? Or does predict prepare photos in another way?",
    example=quick_train(y=SHUFFLED, photos=500, epochs=60),
)
def memorised(answer):
    seen = answer.facts["fit_accuracy"]
    is_apart = answer.facts["accuracy"] < 0.2 and seen > 0.25
    return is_apart and {"seen": f"{seen:.4f}"}


@training.symptom(
    "Guessing gives 0.1, and {a} is hardly more. Was nothing learned? "
    "Do the labels still belong to the photos?",
    example=quick_train(y=SHUFFLED),
)
def nothing_learned(answer):
    return answer.facts["accuracy"] < 0.2
