"""8c: recipes that differ from the lesson's, and how they are recognised."""

import re

from .c_train import is_same_accuracy, training
from .c_train_data import accuracy_in_words, quick_train, train_is


@training.symptom(
    "fit doesn't get the validation images.\n"
    "Pass them, prepared: validation_data=(prepare(val_images), one_hot(val_labels)).",
    example=train_is(
        "keras.utils.set_random_seed(seed)", "m = build()", "m.fit(x, y)", "return m"
    ),
)
def nothing_held_back(answer):
    return answer.facts["watched"] is False


@training.symptom(
    "Trained twice with the same seed, your networks differ: their answers to one image "
    "are {far} apart. Keras draws the first weights and the order of the images at "
    "random.\n"
    "keras.utils.set_random_seed(seed), before build(), makes it repeatable.",
    example=train_is(
        "m = build()",
        "m.fit(x, y, validation_data=(prepare(val_images), one_hot(val_labels)))",
        "return m",
    ),
)
def no_seed(answer):
    apart = answer.facts["apart"]
    return apart > 0 and {"far": f"{apart:.2f}"}


@training.symptom(
    "You return the network of the last epoch. EarlyStopping stops the training, but by "
    "itself it doesn't restore the best epoch's weights.\n"
    "restore_best_weights=True does.",
    edit=("patience=2, restore_best_weights=True", "patience=2"),
    slow=True,
)
def last_epoch_kept(answer):
    facts = answer.facts
    now, accuracies = facts["accuracy"], facts["accuracies"]
    is_highest = is_same_accuracy(now, max(accuracies))
    return is_same_accuracy(now, accuracies[-1]) and not is_highest


@training.symptom(
    "You return the network of the epoch with the highest validation accuracy.\n"
    "Let the validation loss choose: EarlyStopping monitors val_loss by default.",
    edit=("patience=2, restore", "monitor='val_accuracy', patience=4, restore"),
    slow=True,
)
def chosen_by_accuracy(answer):
    facts = answer.facts
    return is_same_accuracy(facts["accuracy"], max(facts["accuracies"]))


@training.symptom(
    "The second positional argument of Dense is the activation, and {second} isn't "
    "one.\n"
    "Pass only the number of units: keras.Input gives the number of inputs.",
    edit=('layers.Dense(512, activation="relu")', "layers.Dense(784, 512)"),
)
def two_sizes_for_dense(answer):
    message = answer.raised.message
    found = re.search(r"activation function identifier: (\d+)", message)
    return found is not None and {"second": found[1]}


@training.symptom(
    "Keras has no activation {name!r}.\n"
    'Write it in lowercase, as in activation="relu".',
    edit=(
        'layers.Dense(512, activation="relu")',
        'layers.Dense(512, activation="Relu")',
    ),
)
def activation_in_capitals(answer):
    message = answer.raised.message
    found = re.search(r"activation function identifier: ([A-Za-z_]\w*)", message)
    has_capitals = found is not None and found[1] != found[1].lower()
    return has_capitals and {"name": found[1]}


@training.symptom(
    "The network has one Dense layer: that is softmax regression, which reaches 0.92. "
    "Is the hidden layer missing?",
    example=quick_train("network(units=0)"),
)
def no_hidden_layer(answer):
    return answer.facts["is_plain"] and len(answer.facts["units"]) == 1


@training.symptom(
    "The first Dense layer has no activation, and none follows: two such layers are "
    "one linear map, which reaches 0.915.\n"
    "Use relu.",
    example=quick_train("network(hidden=None)"),
)
def no_relu(answer):
    return answer.facts["is_plain"] and answer.facts["activations"][0] == "linear"


@training.symptom(
    "The optimizer is SGD, with a rate of {rate} and a momentum of {momentum}. In "
    "five epochs plain sgd stays below 0.92.\n"
    "The recipe uses rmsprop.",
    example=quick_train("network(optimizer='sgd')"),
)
def plain_sgd(answer):
    facts = answer.facts
    rate = facts["rate"]
    return facts["optimizer"] == "SGD" and {
        "rate": f"{rate:g}" if isinstance(rate, float) else "its own",
        "momentum": f"{facts['momentum']:g}",
    }


@training.symptom(
    "The hidden layer has {units} units, and the network reaches {a}.\n"
    "In the lesson it has 512.",
    example=quick_train("network(units=32)"),
)
def too_few_units(answer):
    units = answer.facts["is_plain"] and answer.facts["units"][0]
    return 0 < units < 512 and {"units": units}


@training.symptom(
    "The hidden layer has {name}, and the network reaches {a}.\n"
    "In the lesson it has relu.",
    example=quick_train("network(hidden='sigmoid')"),
)
def another_activation(answer):
    name = answer.facts["activations"][0]
    is_other = answer.facts["is_plain"] and name != "relu"
    return is_other and {"name": name}


@training.symptom(
    "{passes}, but the training lowers {loss_name}. Here the cross-entropy is measured.\n"
    "Train with categorical_crossentropy.",
    example=quick_train("network(loss='mean_squared_error')"),
)
def another_loss(answer):
    name = answer.facts["loss_name"].lower().replace("_", "")
    # The Kullback-Leibler divergence of one-hot labels is their cross-entropy.
    is_same = name.endswith("crossentropy") or name.startswith(("kl", "kullback"))
    is_another = bool(name) and not is_same
    return is_another and {"passes": accuracy_in_words(answer.facts)}


@training.symptom(
    "Your learning rate is {rate}.\n"
    "With 0.001, the default of rmsprop and adam, the recipe reaches 0.98.",
    example=quick_train("network(optimizer=keras.optimizers.RMSprop(1e-5))"),
)
def another_rate(answer):
    rate = answer.facts["rate"]
    is_usual = not isinstance(rate, float) or 3e-4 < rate < 4e-3
    adapts = answer.facts["optimizer"] in ("RMSprop", "Adam", "AdamW", "Nadam")
    return adapts and not is_usual and {"rate": f"{rate:g}"}


@training.symptom(
    "label_smoothing={s} makes the network less sure, and the cross-entropy is {v}.\n"
    "Leave it out here; lesson 10 is about it.",
    example=quick_train(
        "network(loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.2))"
    ),
)
def smoothed_labels(answer):
    smoothing = answer.facts["smoothing"]
    return bool(smoothing) and {"s": f"{smoothing:g}"}


@training.symptom(
    "The optimizer has taken {steps} steps, and an epoch of fit has {per_epoch}. One "
    "epoch gives about 0.96.\n"
    "Train longer.",
    example=quick_train(epochs=1),
)
def too_few_epochs(answer):
    facts = answer.facts
    is_short = 0 < facts["epochs"] <= 2 and not is_better_where_trained(facts)
    return is_short and {
        "steps": str(int(facts["steps"])),
        "per_epoch": str(int(facts["per_epoch"])),
    }


def is_better_where_trained(facts):
    """Return whether the training accuracy is clearly better, as after few epochs it isn't."""
    return facts["fit_accuracy"] > facts["accuracy"] + 0.015


@training.symptom(
    "Steps in your last epoch: {steps}. With 50,000 images and batches of 128 there are "
    "391. Does fit get all images, and does it take 128 at a time?",
    example=quick_train(epochs=3),
)
def too_few_steps(answer):
    facts = answer.facts
    return facts["per_epoch"] < 210 and {"steps": str(int(facts["per_epoch"]))}


@training.symptom(
    "On the training images the accuracy was {seen}; on the unseen images it is {a}. "
    "After so few epochs the two should be close. Does predict prepare images exactly as "
    "train does?",
    example=quick_train(
        x="(prepare(images) - prepare(images).mean()) / prepare(images).std()",
        images=50_000,
    ),
    slow=True,
)
def prepared_differently(answer):
    facts = answer.facts
    seen = {"seen": f"{facts['fit_accuracy']:.4f}"}
    return facts["epochs"] <= 5 and is_better_where_trained(facts) and seen
