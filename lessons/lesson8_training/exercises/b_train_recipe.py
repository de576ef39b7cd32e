"""8b: another recipe than the page's, and what its network shows."""

import re

from .b_train import is_share, training
from .b_train_data import accuracy_in_words, quick_train, train_is


@training.symptom(
    "fit was given no photos to look at beside those it trains on.\n"
    "Hand it those held back, prepared: validation_data=(prepare(held_images), "
    "one_hot(held_labels)).",
    example=train_is(
        "keras.utils.set_random_seed(seed)", "m = build()", "m.fit(x, y)", "return m"
    ),
)
def nothing_held_back(answer):
    return answer.facts["watched"] is False


@training.symptom(
    "Trained twice with one seed, these are two networks: their answers to one photo "
    "are {far} apart. Keras draws the first weights and the order of the photos at "
    "random.\n"
    "keras.utils.set_random_seed(seed), before build(), makes it repeatable.",
    example=train_is(
        "m = build()",
        "m.fit(x, y, validation_data=(prepare(held_images), one_hot(held_labels)))",
        "return m",
    ),
)
def no_seed(answer):
    apart = answer.facts["apart"]
    return apart > 0 and {"far": f"{apart:.2f}"}


@training.symptom(
    "You return the network of the last epoch. EarlyStopping stops, and by itself it "
    "does not bring the best epoch's network back.\n"
    "restore_best_weights=True does.",
    edit=("patience=2, restore_best_weights=True", "patience=2"),
    slow=True,
)
def last_epoch_kept(answer):
    facts = answer.facts
    is_highest = is_share(facts["share"], max(facts["shares"]))
    return is_share(facts["share"], facts["shares"][-1]) and not is_highest


@training.symptom(
    "You return the network of the epoch with the highest held-back accuracy. The "
    "held-back loss is to choose: EarlyStopping watches val_loss by itself.",
    edit=("patience=2, restore", "monitor='val_accuracy', patience=4, restore"),
    slow=True,
)
def chosen_by_accuracy(answer):
    facts = answer.facts
    return is_share(facts["share"], max(facts["shares"]))


@training.symptom(
    "The second argument of Dense is its activation, and {second} is none. Dense wants "
    "its own number of units alone: keras.Input says how many numbers come in.",
    edit=('layers.Dense(512, activation="relu")', "layers.Dense(784, 512)"),
)
def two_sizes_for_dense(answer):
    message = answer.raised.message
    found = re.search(r"activation function identifier: (\d+)", message)
    return found is not None and {"second": found[1]}


@training.symptom(
    "Keras knows no activation {name!r}. Their names are in small letters.",
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
    "The network has one Dense layer: that is softmax regression, which ends near 0.92. "
    "Is the hidden layer missing?",
    example=quick_train("network(units=0)"),
)
def no_hidden_layer(answer):
    return answer.facts["is_plain"] and len(answer.facts["units"]) == 1


@training.symptom(
    "The first Dense layer has no activation, and none follows: two such layers are one "
    "linear map, which ends near 0.915. The page's has relu.",
    example=quick_train("network(hidden=None)"),
)
def no_relu(answer):
    return answer.facts["is_plain"] and answer.facts["activations"][0] == "linear"


@training.symptom(
    "The optimizer is SGD, with a rate of {rate} and a momentum of {momentum}. In five "
    "epochs plain sgd stays below 0.92; the recipe uses rmsprop.",
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
    "The hidden layer has {units} units, and the network reaches {a}. The page's has "
    "512: a larger engine.",
    example=quick_train("network(units=32)"),
)
def too_few_units(answer):
    units = answer.facts["is_plain"] and answer.facts["units"][0]
    return 0 < units < 512 and {"units": units}


@training.symptom(
    "The hidden layer has {name}, and the network reaches {a}. The page's has relu.",
    example=quick_train("network(hidden='sigmoid')"),
)
def another_activation(answer):
    name = answer.facts["activations"][0]
    is_other = answer.facts["is_plain"] and name != "relu"
    return is_other and {"name": name}


@training.symptom(
    "{passes}, and the loss that was trained with is {loss_name}. What is measured "
    "here is cross-entropy.\n"
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
    "Your learning rate is {rate}. With 0.001, which rmsprop and adam take by "
    "themselves, the recipe reaches 0.979.",
    example=quick_train("network(optimizer=keras.optimizers.RMSprop(1e-5))"),
)
def another_rate(answer):
    rate = answer.facts["rate"]
    is_usual = not isinstance(rate, float) or 3e-4 < rate < 4e-3
    adapts = answer.facts["optimizer"] in ("RMSprop", "Adam", "AdamW", "Nadam")
    return adapts and not is_usual and {"rate": f"{rate:g}"}


@training.symptom(
    "label_smoothing={s} asks for answers that are less sure, and the cross-entropy "
    "is {v}.\n"
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
    "epoch gives about 0.960. Train longer.",
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
    """After few epochs of many photos the two accuracies are within 0.005."""
    return facts["fit_accuracy"] > facts["accuracy"] + 0.015


@training.symptom(
    "Steps in your last epoch: {steps}. With 55,000 photos and batches of 128 there "
    "are 430. Does fit get all of them, and does it take 128 at a time?",
    example=quick_train(epochs=3),
)
def too_few_steps(answer):
    facts = answer.facts
    return facts["per_epoch"] < 230 and {"steps": str(int(facts["per_epoch"]))}


@training.symptom(
    "On the photos trained on, the accuracy was {seen}; on the test photos it is {a}. "
    "After so few epochs the two should be close. Does predict prepare photos exactly "
    "as train does?",
    example=quick_train(
        x="(prepare(images) - prepare(images).mean()) / prepare(images).std()",
        photos=55_000,
    ),
    slow=True,
)
def prepared_differently(answer):
    facts = answer.facts
    seen = {"seen": f"{facts['fit_accuracy']:.4f}"}
    return facts["epochs"] <= 5 and is_better_where_trained(facts) and seen
