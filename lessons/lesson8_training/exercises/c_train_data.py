"""8c: wrong return values, and images, labels and answers that don't fit."""

import numpy as np

from . import LEAST_ACCURACY
from .c_train import training

SHUFFLED = "one_hot(np.random.default_rng(seed).permutation(labels))"


def train_is(*lines):
    """Return an example: a `train` of these lines, on 500 images."""
    return (
        "def train(images, labels, val_images, val_labels, seed):\n"
        "    x, y = prepare(images[:500]), one_hot(labels[:500])\n"
        + "".join(f"    {line}\n" for line in lines)
    )


def quick_train(
    network="network()",
    x="prepare(images)",
    y="one_hot(labels)",
    epochs=2,
    images=6_000,
    **functions,
):
    """Return an example: train on few images, in a second, with one thing wrong."""
    code = f"""
def network(hidden="relu", output="softmax", units=512, **compiled):
    sizes = [layers.Dense(units, activation=hidden)] if units else []
    m = keras.Sequential(
        [keras.Input((784,)), *sizes, layers.Dense(10, activation=output)]
    )
    recipe = dict(loss="categorical_crossentropy", optimizer="rmsprop")
    m.compile(**(recipe | compiled), metrics=["accuracy"])
    return m


def train(images, labels, val_images, val_labels, seed):
    keras.utils.set_random_seed(seed)
    images, labels = images[:{images}], labels[:{images}]
    validation = prepare(val_images), one_hot(val_labels)
    m = {network}
    m.fit({x}, {y}, epochs={epochs}, batch_size=128, validation_data=validation)
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
    "train returned None.\nReturn the network after fit.",
    example=train_is("build().fit(x, y)"),
)
def nothing_returned(answer):
    return answer.target == "train" and answer.raised is None and answer.value is None


@training.symptom(
    "You returned the record of the training, a History, which is what fit returns.\n"
    "Return the network. Call model.fit(...) on one line, and return model on the "
    "next.",
    example=train_is("return build().fit(x, y)"),
)
def the_history_returned(answer):
    return answer.target == "train" and "History" in answer.value.bases


@training.symptom(
    "train returned more than the network.\nReturn only the model.",
    example=train_is("model = build()", "return model, model.fit(x, y)"),
)
def more_than_the_network(answer):
    return answer.target == "train" and isinstance(answer.value, (tuple, list))


@training.symptom(
    "fit gets labels as plain numbers, for training or for validation, but the loss "
    "takes one-hot rows.\n"
    "one_hot(labels) makes them.",
    example=train_is("build().fit(x, labels[:500])"),
)
def numbers_for_labels(answer):
    raised = answer.raised
    return answer.target == "train" and "same rank" in raised.message


@training.symptom(
    "The network takes rows of 784 numbers, but gets images of 28 x 28.\n"
    "prepare(images) flattens them.",
    example=quick_train(predict="model.predict(images / 255, verbose=0)"),
)
def photos_not_flattened(answer):
    said = answer.raised.message
    return "28, 28" in said and "shape" in said


@training.symptom(
    "predict returns one number per image. Is it the predicted digit?\n"
    "Return all ten probabilities, without argmax.",
    example=quick_train(
        predict="model.predict(prepare(images), verbose=0).argmax(axis=1)"
    ),
)
def digits_for_probabilities(answer):
    return answer.target == "predict" and answer.value.ndim == 1


@training.symptom(
    "Your answers are nan, or all zeros. Does the last layer have relu? It can give "
    "ten zeros, and 0/0 makes the loss nan.\n"
    "It needs softmax.",
    example=quick_train("network(output='relu')"),
)
def relu_last(answer):
    p = np.asarray(answer.value)
    return answer.target == "predict" and bool(np.isnan(p).any() or (p == 0).all())


@training.symptom(
    "All your answers are exactly 0 or 1. Do you use argmax? Then nobody can tell how sure "
    "the network was.\n"
    "Return what model.predict gives.",
    example=quick_train(
        predict="one_hot(model.predict(prepare(images), verbose=0).argmax(axis=1))"
    ),
)
def one_hot_answers(answer):
    return answer.facts["certain"]


@training.symptom(
    "The optimizer of this network has taken no step. Do you train another network, or "
    "none?\n"
    "Build it once, call fit on it, and return it.",
    example=train_is("return build()"),
)
def never_trained(answer):
    return answer.facts["steps"] is not None and int(answer.facts["steps"]) == 0


@training.symptom(
    "The answer to an image changes with the images around it. Do its pixels get into the "
    "rows of other images? reshape(784, n).T does that.\n"
    "Use reshape(n, -1).",
    example=quick_train(
        prepare='images.reshape(784, len(images)).T.astype("float32") / 255'
    ),
)
def photos_mixed(answer):
    return answer.facts["mixed"]


@training.symptom(
    "The accuracy is {a}. An image whose white is 254 instead of 255 gets the same answer "
    "as a black one. Does integer division, // 255, turn all pixels below 255 into 0?",
    example=quick_train(
        prepare='(images // 255).reshape(len(images), -1).astype("float32")'
    ),
)
def integer_division(answer):
    return answer.facts["only_white"]


@training.symptom(
    "predict divides the pixels by 255 twice, so the brightest is 1/255.\n"
    "prepare() already divides.",
    example=quick_train(
        x="prepare(images) / 255",
        predict="model.predict(prepare(images) / 255, verbose=0)",
    ),
)
def scaled_twice(answer):
    return answer.facts["scaled_twice"]


@training.symptom(
    "fit gets validation images with pixels from 0 to 255, and the loss of its first "
    "epoch was {first} on 256 images; with pixels from 0 to 1 it is about 2. Are the "
    "training images unscaled as well?\n"
    "prepare(images) divides by 255. Call it for both, and in predict.",
    example=train_is(
        "keras.utils.set_random_seed(seed)",
        "x, x_val = (one.reshape(-1, 784) for one in (images[:500], val_images))",
        "m, validation = build(), (x_val, one_hot(val_labels))",
        "m.fit(x, y, epochs=3, batch_size=128, validation_data=validation)",
        "return m",
    ),
)
def unscaled_for_fit(answer):
    loss = answer.facts["raw_loss"]
    return loss is not None and {"first": f"{loss:.0f}"}


@training.symptom(
    "predict gives the network pixels from 0 to 255, and the loss of its first epoch was "
    "{first}. Are the images never scaled? With pixels from 0 to 1 the recipe reaches a "
    "cross-entropy of 0.07; yours is {v}, with an accuracy of {a}.",
    example=quick_train(
        "network(units=256)",
        prepare='images.reshape(len(images), -1).astype("float32")',
    ),
)
def never_scaled(answer):
    facts = answer.facts
    started_high = facts["first_loss"] >= 2  # scaled images start below ln 10
    return (
        is_unscaled(facts) and started_high and {"first": f"{facts['first_loss']:.2f}"}
    )


def is_unscaled(facts):
    return facts["not_scaled"] and not facts["scales_itself"]


@training.symptom(
    "predict gives the network pixels from 0 to 255. Does train prepare its images in "
    "a different way?\n"
    "Call prepare(images) in both.",
    example=quick_train(
        predict="model.predict(images.reshape(-1, 784).astype('float32'), verbose=0)"
    ),
)
def test_photos_not_scaled(answer):
    return is_unscaled(answer.facts)


@training.symptom(
    "Pixels from 0 to 255 suit your network better than those that predict gives it. Is "
    "it trained on such pixels? Prepare the images in the same way in both.\n"
    "prepare(images) does it.",
    example=quick_train(x="images.reshape(len(images), 784)", epochs=8),
)
def training_photos_not_scaled(answer):
    facts = answer.facts
    has_probabilities = facts["lowest"] >= 0
    return has_probabilities and facts["likes_raw"] and not facts["not_scaled"]


@training.symptom(
    "{fraction} % of your answers are exactly one digit too high. Are the labels "
    "shifted by one?\n"
    "Digit 0 belongs in column 0.",
    example=quick_train(y="one_hot((labels + 1) % 10)"),
)
def labels_shifted(answer):
    fraction = answer.facts["one_too_far"]
    return fraction > 0.7 and {"fraction": f"{100 * fraction:.1f}"}


@training.symptom(
    "Your answers have negative numbers, and the loss has from_logits=True: so they are "
    "logits.\n"
    "Then predict has to apply softmax itself.",
    example=quick_train(
        "network(output=None, loss=keras.losses.CategoricalCrossentropy(from_logits=True))"
    ),
)
def raw_scores(answer):
    return answer.facts["lowest"] < 0 and answer.facts["from_logits"]


@training.symptom(
    "Your answers have negative numbers, so they aren't probabilities. Is the softmax "
    "of the last layer missing? Keras doesn't complain, but the network can't learn.\n"
    'Write activation="softmax" in the last layer.',
    example=quick_train("network(output=None)"),
)
def no_softmax(answer):
    return answer.facts["lowest"] < 0


@training.symptom(
    "{passes}, but the rows of your predictions don't sum to 1. Are they ten independent "
    "yes/no answers from a sigmoid? Those are not a distribution.\n"
    "Use softmax.",
    example=quick_train("network(output='sigmoid')"),
)
def sigmoid_last(answer):
    passes = accuracy_in_words(answer.facts)
    return answer.facts["row_error"] > 1e-3 and {"passes": passes}


@training.symptom(
    "In the last epoch of fit, the accuracy on the training images was {seen}; on the "
    "unseen images it is {a}. Are labels and images out of step (shuffled separately, or a "
    "scrambled reshape)? Or does predict prepare images differently?",
    example=quick_train(y=SHUFFLED, images=500, epochs=20),
)
def memorised(answer):
    seen = answer.facts["fit_accuracy"]
    is_apart = answer.facts["accuracy"] < 0.2 and seen > 0.25
    return is_apart and {"seen": f"{seen:.4f}"}


@training.symptom(
    "Guessing gives 0.1, and {a} is hardly more. Has it learned nothing? Do the labels "
    "still belong to the images?",
    example=quick_train(y=SHUFFLED),
)
def nothing_learned(answer):
    return answer.facts["accuracy"] < 0.2
