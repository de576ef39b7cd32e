"""What is asked of lesson 7, and which mistakes are known.

The network is trained once. It is judged by its answers to the 10,000 test photos, whose
labels it never sees. When it misses a target, the judge looks for clues: how it was
trained, what it is made of, and how `predict` answers a few photos in disguise.
"""

import functools
import json
import math
from contextlib import suppress
from pathlib import Path
from statistics import mean

import numpy as np

from grader.checks import RemoteObject, Stopped, exercise, expect, fixture, lesson
from grader.checks.nearly import as_choice

# A float64 copy of all photos is 376 MB, and careless code makes several.
LESSON = lesson(imports=("numpy", "keras"), cpu_s=20, memory_mb=4096, trains=True)

# Over 20 seeds of the page's recipe: accuracy 0.9791, sd 0.0014, worst 0.9760;
# cross-entropy 0.0675, sd 0.0045, worst 0.0771. Both gates are 6 sd away.
LEAST_ACCURACY = 0.97
MOST_CROSS_ENTROPY = 0.10

BUDGET_S = 180

# Numbers of the text


@functools.cache
def runs(recipe):
    """What measure.py wrote down about one recipe, seed by seed."""
    text = (Path(__file__).parent / "measured.json").read_text(encoding="utf-8")
    return [run for run in json.loads(text) if run["recipe"] == recipe]


def average(recipe, what, epoch, digits=4):
    return f"{mean(run['epochs'][epoch - 1][what] for run in runs(recipe)):.{digits}f}"


def log(recipe, what, epoch, digits=3):
    """A number of the first run of a recipe, as exercise 7f shows it."""
    return f"{runs(recipe)[0]['epochs'][epoch - 1][what]:.{digits}f}"


def final(recipe, choose):
    return f"{choose(run['epochs'][-1]['accuracy'] for run in runs(recipe)):.4f}"


LOGS = {
    "A": "unscaled, 0 to 255",
    "B": "test photos trained on as well",
    "C": "labels shuffled apart",
    "D": "// 255",
    "E": "no softmax, loss by name",
}


def log_line(letter):
    """One line of the table of exercise 7f."""
    recipe = LOGS[letter]
    return (
        f"{log(recipe, 'fit_loss', 1):>6}   {log(recipe, 'fit_accuracy', 1)}    "
        f"{log(recipe, 'fit_loss', 5):>6}   {log(recipe, 'fit_accuracy', 5)}    "
        f" {log(recipe, 'accuracy', 5, 4)}    {log(recipe, 'cross_entropy', 5)}"
    )


def mean_row(recipe, what, epochs):
    return "  ".join(average(recipe, what, epoch) for epoch in epochs)


FIVE = (1, 2, 3, 4, 5)
TWENTY = (5, 7, 10, 15, 20)
NUMBERS = {
    "60,000 / 128 gives 469 steps": lambda: (
        f"60,000 / 128 gives {math.ceil(60_000 / 128)} steps"
    ),
    "407,050": lambda: f"{784 * 512 + 512 + 512 * 10 + 10:,}",
    "2.302585": lambda: f"{math.log(10):.6f}",
    "0.9596  0.9722  0.9763  0.9782  0.9791": lambda: mean_row(
        "correct", "accuracy", FIVE
    ),
    "0.1345  0.0912  0.0766  0.0704  0.0675": lambda: mean_row(
        "correct", "cross_entropy", FIVE
    ),
    "0.9760": lambda: final("correct", min),
    "0.9809": lambda: final("correct", max),
    "0.9800": lambda: average("training set scaled, test set not", "accuracy", 5),
    "0.3160": lambda: average("training set scaled, test set not", "cross_entropy", 5),
    "0.9904": lambda: average("correct", "fit_accuracy", 5),
    "0.9802  0.9809  0.9812  0.9823  0.9827": lambda: mean_row(
        "correct, 20 epochs", "accuracy", TWENTY
    ),
    "0.0663  0.0639  0.0681  0.0718  0.0739": lambda: mean_row(
        "correct, 20 epochs", "cross_entropy", TWENTY
    ),
    **{
        line: functools.partial(log_line, letter)
        for letter, line in {
            "A": " 5.317   0.901     0.310   0.978     0.9646    0.397",
            "B": " 0.245   0.928     0.032   0.992     0.9951    0.019",
            "C": " 2.314   0.103     2.265   0.151     0.0955    2.338",
            "D": " 1.872   0.371     1.569   0.433     0.4190    1.621",
            "E": "10.563   0.201     9.448   0.294     0.2979    9.521",
        }.items()
    },
}
QUOTED = {
    "60,000": "the size of MNIST's training set",
    "10,000": "the size of its test set",
    "60000": "the same, as a shape",
    "4,000, 40,000 or 400,000": "choices of a question",
    "400,000": "407,050, rounded",
    "at least 0.97": "the target, LEAST_ACCURACY",
    "at most 0.10": "the target, MOST_CROSS_ENTROPY",
    "11.998": "model.evaluate on 255 times the prepared test photos; recipe of measure.py, "
    "seed 0, tensorflow 2.21.0, keras 3.15.1",
    "0.330": "report()'s cross_entropy, the same model and photos",
    "1.0000": "a perfect accuracy",
    "0.966": "an example, between the unscaled runs that were measured",
}

# What the judge counts


def softened(p):
    """Rows divided by their sums and clipped, as Keras does before its logarithm."""
    with np.errstate(all="ignore"):
        p = p.astype("float64")
        return np.clip(p / p.sum(axis=1, keepdims=True), 1e-7, 1 - 1e-7)


def loss_of(p, labels):
    """The mean cross-entropy of the rows of p, in nats."""
    return float(-np.log(softened(p)[np.arange(len(p)), labels]).mean())


def share_right(p, labels):
    return float((p.argmax(axis=1) == labels).mean())


def flat(images):
    return images.reshape(len(images), -1).astype("float32")


def counted(true, predicted, k=10):
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (true, predicted), 1)
    return counts


# Clues, looked for only when something is wrong


def quietly(ask):
    """What a question gives, or None when it cannot be answered."""
    try:
        return ask().value
    except Stopped:
        return None


# So many photos tell one preparation from another, also where a network is very sure.
SOME = 300


def clues(attempt, model, mnist):
    """How the network was trained, what it is made of, and how predict prepares.

    A network of a strange make gives fewer clues, or none.
    """
    found = {}
    for look in (
        lambda: of_the_training(model),
        lambda: of_the_network(model),
        lambda: of_the_preparation(attempt, model, mnist.x_test[:SOME]),
        lambda: of_raw_photos(model, mnist.x_test[:SOME], mnist.y_test[:SOME]),
    ):
        # What an attempt says of itself may be of any kind, and of any size.
        with suppress(
            AttributeError, LookupError, ArithmeticError, TypeError, ValueError
        ):
            found |= look()
    return found


def of_the_training(model):
    history = quietly(lambda: model.get("history.history")) or {}
    fitted = quietly(lambda: model.get("history.params")) or {}
    steps = quietly(lambda: model.call("optimizer.iterations.numpy"))
    # The record is of the last fit; the optimizer counts the steps of all of them.
    per_epoch, epochs = fitted.get("steps") or math.nan, len(history.get("loss") or ())
    is_whole = steps is not None and int(steps) == per_epoch * epochs
    losses = (history.get("loss") if is_whole else None) or [math.nan]
    shown = [v for name, v in history.items() if "acc" in name and "val" not in name]
    config = quietly(lambda: model.call("get_compile_config")) or {}
    loss, optimizer = config.get("loss"), config.get("optimizer")
    return {
        "epochs": 0 if steps is None else int(steps) / per_epoch,
        "steps": steps,
        "per_epoch": per_epoch,
        "smoothing": setting(loss, "label_smoothing"),
        "from_logits": setting(loss, "from_logits") is True,
        "first_loss": float(losses[0]),
        "fit_accuracy": float(shown[0][-1]) if shown else math.nan,
        "loss_name": loss if isinstance(loss, str) else "",
        "optimizer": optimizer.get("class_name", "") if optimizer else "",
        "rate": setting(optimizer, "learning_rate"),
        "momentum": setting(optimizer, "momentum") or 0.0,
    }


def setting(part, name):
    """One setting of a loss or an optimizer, if it says what its settings are."""
    config = part.get("config") if isinstance(part, dict) else None
    return config.get(name) if isinstance(config, dict) else None


# Beside these a network of Dense layers is no other network.
NEUTRAL = {"InputLayer", "Flatten", "Reshape", "Rescaling", "Normalization", "Dropout"}


def of_the_network(model):
    config = quietly(lambda: model.call("get_config")) or {}
    found = config.get("layers") or ()
    dense = [one["config"] for one in found if one["class_name"] == "Dense"]
    kinds = {one["class_name"] for one in found}
    scalers = [
        one for one in found if one["class_name"] in ("Rescaling", "Normalization")
    ]
    return {
        "units": [one["units"] for one in dense],
        "activations": [one["activation"] for one in dense],
        "scales_itself": bool(scalers),
        # With another layer among them, they do not say what the network is.
        "is_plain": bool(dense) and kinds <= NEUTRAL | {"Dense"},
    }


def of_the_preparation(attempt, model, photos):
    """How predict answers photos in disguise tells what it does to them."""
    nearly_white = np.minimum(photos, 254)
    answers = quietly(lambda: attempt.predict(model, photos))
    alone = quietly(lambda: attempt.predict(model, photos[:1]))
    greys = quietly(lambda: attempt.predict(model, nearly_white))
    blacks = quietly(lambda: attempt.predict(model, np.zeros_like(photos)))
    raw = quietly(lambda: model.call("predict", flat(photos), verbose=0))
    small = quietly(lambda: model.call("predict", flat(photos) / 255**2, verbose=0))
    return {
        "not_scaled": agree(answers, raw),
        "scaled_twice": agree(answers, small),
        "only_white": agree(greys, blacks),
        "mixed": alone is not None and not agree(answers[:1], alone),
    }


def of_raw_photos(model, photos, labels):
    """Whether photos that are not scaled suit the network better.

    Both are read alike, since relu keeps the scale; the loss tells them apart. Trained
    on raw photos it was 0.6 to 1.0 and 1.5; trained on scaled ones 0.6 and 0.14.
    """
    raw = quietly(lambda: model.call("predict", flat(photos), verbose=0))
    scaled = quietly(lambda: model.call("predict", flat(photos) / 255, verbose=0))
    alike = share_right(raw, labels) >= share_right(scaled, labels) - 0.01
    return {"likes_raw": alike and loss_of(raw, labels) < loss_of(scaled, labels)}


def agree(one, other):
    if one is None or other is None or np.shape(one) != np.shape(other):
        return False
    return bool(np.allclose(one, other, rtol=1e-3, atol=1e-5))


# The one training, for all checks


@fixture
def trained(attempt, mnist):
    """The answer of train: the learner's network, trained on all photos."""
    return attempt.train(mnist.x_train, mnist.y_train, 7)


@fixture
def network(trained):
    """The network itself."""
    return network_of(trained)


def network_of(trained):
    """The network that train gave back, and nothing else."""
    value = trained.value
    is_model = isinstance(value, RemoteObject) and "Model" in value.bases
    expect(trained).holds(is_model, "Expected the trained Keras model; got {got}.")
    return expect(trained).handle()


def probabilities_of(answered, mnist):
    """Ten real numbers for each of the test photos."""
    p = expect(answered).array(shape=(len(mnist.x_test), 10))
    expect(answered).holds(
        p.dtype.kind in "iuf",
        "Probabilities are real numbers; the dtype of yours is {dtype}.",
        dtype=p.dtype.name,
    )
    return p


@fixture
def answered(attempt, network, mnist):
    """The learner's predictions for the test photos."""
    return attempt.predict(network, mnist.x_test)


# 7a

foresight = exercise(
    "7a",
    "Predict",
    points=10,
    name="PREDICT",
    prediction=True,
    hints=("469 steps are many. And what is left to learn when labels are shuffled?",),
)


@foresight.check
def foresees_a_good_network(attempt):
    """After one epoch it is good, and after five a little better."""
    # 20 seeds: 0.9532 to 0.9644 after one epoch, 0.9760 to 0.9809 after five.
    early = attempt.entry("PREDICT", "after 1 epoch")
    expect(early).is_between(0.93, 0.98)
    late = attempt.entry("PREDICT", "after 5 epochs")
    expect(late).is_between(0.965, 0.989)
    expect(late, early=expect(early).number()).holds(
        late.value > early.value, "More epochs should help; you predict {early} before."
    )


@foresight.check
def foresees_guesses(attempt):
    """With shuffled labels there is nothing to learn."""
    expect(attempt.entry("PREDICT", "labels shuffled")).is_between(0.05, 0.15)


@foresight.symptom(
    "You wrote {got}. A share lies between 0 and 1: 0.5, not 50.",
    example='PREDICT["after 1 epoch"] = 96',
)
def a_percentage(answer):
    return float(answer.value) > 1


@foresight.symptom(
    "One epoch is 469 steps downhill, and digits are not that hard: it gets further.",
    of='PREDICT["after 1 epoch"]',
    example='PREDICT["after 1 epoch"] = 0.5',
)
def too_modest(answer):
    return float(answer.value) < 0.93


@foresight.symptom(
    "One epoch does not get that far. Compare with the bar when you train.",
    of='PREDICT["after 1 epoch"]',
    example='PREDICT["after 1 epoch"] = 0.99',
)
def too_hopeful(answer):
    return float(answer.value) > 0.98


@foresight.symptom(
    "No honest run of this recipe gets that far on photos it never saw.",
    of='PREDICT["after 5 epochs"]',
    example='PREDICT["after 5 epochs"] = 1.0',
)
def too_good_to_be_true(answer):
    return 1 >= float(answer.value) > 0.989


@foresight.symptom(
    "Five epochs get further than that: the bend of the curve comes early, "
    "and it goes on rising a little.",
    of='PREDICT["after 5 epochs"]',
    example='PREDICT["after 5 epochs"] = 0.9',
)
def no_progress(answer):
    return float(answer.value) < 0.98


@foresight.symptom(
    "Even a blind guess is right now and then. How often, among ten digits?",
    of='PREDICT["labels shuffled"]',
    example='PREDICT["labels shuffled"] = 0.0',
)
def never_right(answer):
    return float(answer.value) < 0.05


@foresight.symptom(
    "The labels are mixed at random, so a photo tells nothing about its label. "
    "How often is a reader right who has learned nothing?",
    of='PREDICT["labels shuffled"]',
    example='PREDICT["labels shuffled"] = 0.9',
)
def learns_anyway(answer):
    return 1 >= float(answer.value) > 0.15


# 7b

training = exercise(
    "7b",
    "Train it",
    points=35,
    name="train",
    cpu_s=BUDGET_S,
    hints=(
        "keras.utils.set_random_seed(seed) first. Then build() is compiled: now fit.",
        "fit takes prepared photos, one-hot labels, batch_size=128 and epochs=5.",
        "model.fit(prepare(images), one_hot(labels), epochs=5, batch_size=128), then "
        "return model; predict: model.predict(prepare(images), verbose=0)",
    ),
)


@training.check
def returns_a_network(trained):
    """train(images, labels, seed) returns the trained network."""
    network_of(trained)


@training.check
def answers_with_probabilities(answered, mnist, show):
    """predict gives ten finite numbers for each of the 10,000 test photos."""
    p = probabilities_of(answered, mnist)
    expect(answered).is_finite()
    show_what_came(p, mnist, show)


def show_what_came(p, mnist, show):
    """The confusion matrix and the most confident mistakes, in the report."""
    guess, sure = p.argmax(axis=1), p.max(axis=1)
    show.matrix(
        counted(mnist.y_test, guess),
        title="The 10,000 test photos: rows are the truth, columns the answers",
    )
    wrong = np.flatnonzero(guess != mnist.y_test)
    chosen = wrong[np.argsort(-sure[wrong], kind="stable")[:6]]
    if len(chosen):
        captions = [
            f"{mnist.y_test[i]} read as {guess[i]}, {sure[i]:.1%}" for i in chosen
        ]
        show.digits(mnist.x_test[chosen], captions, title="The most confident mistakes")


@fixture
def facts(attempt, network, answered, mnist):
    """What is counted in the predictions; and clues, when a target is missed."""
    p = probabilities_of(answered, mnist)
    found = {
        "accuracy": share_right(p, mnist.y_test),
        "cross_entropy": loss_of(p, mnist.y_test),
        "row_error": float(np.abs(p.sum(axis=1) - 1).max()),
        "lowest": float(p.min()),
        "certain": bool(np.isin(p, (0, 1)).all()),
        "one_too_far": share_right(p, (mnist.y_test + 1) % 10),
    }
    found |= {"a": f"{found['accuracy']:.4f}", "v": f"{found['cross_entropy']:.3f}"}
    is_right = (
        found["accuracy"] >= LEAST_ACCURACY
        and found["cross_entropy"] <= MOST_CROSS_ENTROPY
        and found["row_error"] < 1e-3
    )
    return found if is_right else found | clues(attempt, network, mnist)


@training.check
def reaches_the_accuracy(answered, facts):
    """At least 0.97 of the 10,000 test photos are read right."""
    expect(answered, **facts).holds(
        facts["accuracy"] >= LEAST_ACCURACY,
        "The accuracy on the test photos is {a}; at least 0.97 is asked for. "
        "Their cross-entropy is {v}.",
    )


@training.check
def gives_distributions(answered, facts):
    """The ten probabilities of each photo sum to 1."""
    expect(answered, **facts).holds(
        facts["row_error"] < 1e-3 and facts["lowest"] >= 0,
        "Rows of probabilities sum to 1 and hold nothing below 0; yours do not.",
    )


@training.check
def reaches_the_loss(answered, facts):
    """The mean cross-entropy of the 10,000 answers is at most 0.10."""
    expect(answered, **facts).holds(
        facts["cross_entropy"] <= MOST_CROSS_ENTROPY,
        "The cross-entropy on the test photos is {v}; at most 0.10 is asked for. "
        "Their accuracy is {a}.",
    )


@training.check
def answers_each_photo_alone(attempt, network, answered, mnist):
    """The answer to a photo does not depend on the photos beside it."""
    p = probabilities_of(answered, mnist)
    few = attempt.predict(network, mnist.x_test[40:47])
    # Batches of 7, 32 and 1000 gave the same bits here; other processors may differ.
    expect(few, mixed=True).close_to(p[40:47], tolerance=1e-4)


# So many photos moved by a pixel tell a network from a list of answers.
MOVED = 2_000
# Over 20 seeds of the page's recipe, moved to each side by a pixel: 0.947 to 0.967 of
# 10,000; adam, 20 epochs, two hidden layers: 0.950 to 0.970 (NOTES.md).
LEAST_MOVED = 0.90


@training.check
def reads_photos_that_are_moved(attempt, network, rng, mnist):
    """Photos moved by one pixel are read as well: a network reads, and looks up nothing."""
    chosen = rng.choice(len(mnist.x_test), MOVED, replace=False)
    step, axis = rng.choice((-1, 1)), int(rng.choice((1, 2)))
    photos = np.roll(mnist.x_test[chosen], step, axis)
    answer = attempt.predict(network, photos)
    p = expect(answer).array(shape=(MOVED, 10))
    right = share_right(p, mnist.y_test[chosen])
    expect(answer, moved=True).holds(
        right >= LEAST_MOVED,
        "Of 2,000 test photos moved by one pixel, {right} are read right. A network "
        "that reads 0.97 of them unmoved reads about 0.96.",
        right=f"{right:.4f}",
    )


@training.check
def has_taken_steps(network):
    """The network that train returns has been trained."""
    answer = network.call("get_weights")
    steps = quietly(lambda: network.call("optimizer.iterations.numpy"))
    # A loop of one's own may move the weights by another optimizer; not these zeros.
    biases = [a for a in expect(answer).sequence() if np.ndim(a) == 1]
    is_new = bool(biases) and not any(np.any(a) for a in biases)
    expect(answer, steps=steps).holds(
        not (is_new and (steps is None or int(steps) == 0)),
        "Its biases are all 0, as in a new network, and its optimizer took no step.",
    )


# Each example trains on few photos, so that showing the mistake takes a second.
FEW = """
def few(images, labels, n=6_000):
    return images[:n], labels[:n]


def network(hidden="relu", output="softmax", units=512, loss=None, optimizer="rmsprop"):
    sizes = [layers.Dense(units, activation=hidden)] if units else []
    m = keras.Sequential(
        [keras.Input((784,)), *sizes, layers.Dense(10, activation=output)]
    )
    loss = loss or "categorical_crossentropy"
    m.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
    return m


def quick(m, x, y, epochs=2):
    m.fit(x, y, epochs=epochs, batch_size=128)
    return m

"""


def quick_train(network="network()", x="prepare(images)", y="one_hot(labels)", more=""):
    """An example: train on few photos, with one thing wrong."""
    return f"""{FEW}
def train(images, labels, seed):
    keras.utils.set_random_seed(seed)
    images, labels = few(images, labels)
    return quick({network}, {x}, {y}{more})
"""


@training.symptom(
    "train gave back None: return the network after fit.",
    example="""
def train(images, labels, seed):
    build().fit(prepare(images[:500]), one_hot(labels[:500]))
""",
)
def nothing_returned(answer):
    return answer.target == "train" and answer.raised is None and answer.value is None


@training.symptom(
    "fit gives back a record of the training, its History, and not the network. "
    "Call model.fit(...) on one line, and return model on the next.",
    example="""
def train(images, labels, seed):
    return build().fit(prepare(images[:500]), one_hot(labels[:500]))
""",
)
def the_history_returned(answer):
    return answer.target == "train" and "History" in answer.value.bases


@training.symptom(
    "train gave back more than the network. Return model alone.",
    example="""
def train(images, labels, seed):
    model = build()
    history = model.fit(prepare(images[:500]), one_hot(labels[:500]))
    return model, history
""",
)
def more_than_the_network(answer):
    return answer.target == "train" and isinstance(answer.value, (tuple, list))


@training.symptom(
    "fit was given labels as plain numbers, and the loss wants one-hot rows: "
    "one_hot(labels).",
    example="""
def train(images, labels, seed):
    model = build()
    model.fit(prepare(images[:500]), labels[:500])
    return model
""",
)
def numbers_for_labels(answer):
    raised = answer.raised
    return answer.target == "train" and "same rank" in raised.message


@training.symptom(
    "The network eats rows of 784 numbers, and photos of 28 x 28 came. "
    "prepare(images) makes rows of them.",
    example="""
def predict(model, images):
    return model.predict(images / 255, verbose=0)
"""
    + quick_train(),
)
def photos_not_flattened(answer):
    said = answer.raised.message
    return "28, 28" in said and "shape" in said


@training.symptom(
    "predict gave one number a photo. Is it the digit it decided for? "
    "Give all ten probabilities: leave the argmax to the reader.",
    example=quick_train()
    + """

def predict(model, images):
    return model.predict(prepare(images), verbose=0).argmax(axis=1)
""",
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
    "All your answers are exactly 0 or 1. Are they made from an argmax? Then nobody can "
    "tell how sure the network was: return what model.predict gives.",
    example=quick_train()
    + """

def predict(model, images):
    return one_hot(model.predict(prepare(images), verbose=0).argmax(axis=1))
""",
)
def one_hot_answers(answer):
    return answer.facts["certain"]


@training.symptom(
    "The optimizer of this network has taken no step. Is another one trained, or none? "
    "Build it once, call fit on it, and return it.",
    example="""
def train(images, labels, seed):
    keras.utils.set_random_seed(seed)
    return build()
""",
)
def never_trained(answer):
    return answer.facts["steps"] is not None and int(answer.facts["steps"]) == 0


@training.symptom(
    "The answer to a photo changes with the photos beside it. Do pixels of one go into "
    "rows of others? reshape(784, n).T does that; use reshape(n, -1).",
    example=FEW
    + """
def prepare(images):
    return images.reshape(784, len(images)).T.astype("float32") / 255


def train(images, labels, seed):
    images, labels = few(images, labels)
    return quick(network(), prepare(images), one_hot(labels))
""",
)
def photos_mixed(answer):
    return answer.facts["mixed"]


@training.symptom(
    "{a}, and a photo whose white is 254 and not 255 is answered like a black one. Does "
    "integer division, // 255, make all pixels below 255 a 0?",
    example=quick_train()
    + """

def prepare(images):
    return (images // 255).reshape(len(images), -1).astype("float32")
""",
)
def integer_division(answer):
    return answer.facts["only_white"]


@training.symptom(
    "predict hands over pixels that were divided by 255 twice, so the brightest is "
    "1/255. prepare() divides already.",
    example=quick_train(x="prepare(images) / 255")
    + """

def predict(model, images):
    return model.predict(prepare(images) / 255, verbose=0)
""",
)
def scaled_twice(answer):
    return answer.facts["scaled_twice"]


@training.symptom(
    "predict hands the network pixels from 0 to 255, and the loss of its first epoch was "
    "{first}. Are the photos scaled nowhere? With pixels from 0 to 1 the recipe reaches "
    "a cross-entropy of 0.07; yours is {v}, with an accuracy of {a}.",
    example=quick_train()
    + """

def prepare(images):
    return images.reshape(len(images), -1).astype("float32")
""",
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
    "another way? Call prepare(images) in both.",
    example=quick_train()
    + """

def predict(model, images):
    return model.predict(images.reshape(len(images), -1).astype("float32"), verbose=0)
""",
)
def test_photos_not_scaled(answer):
    return is_unscaled(answer.facts)


@training.symptom(
    "Pixels from 0 to 255 suit your network better than those that predict hands it. Is "
    "it trained on such pixels? Prepare the photos in the same way in both: "
    "prepare(images).",
    example=quick_train(x="images.reshape(len(images), 784)", more=", epochs=8"),
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
    "from_logits=True: so they are raw scores. predict has to apply softmax itself.",
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
    "yes/no answers, from a sigmoid? They are not a distribution. Use softmax.",
    example=quick_train("network(output='sigmoid')"),
)
def sigmoid_last(answer):
    passes = accuracy_in_words(answer.facts)
    return answer.facts["row_error"] > 1e-3 and {"passes": passes}


def accuracy_in_words(facts):
    if facts["accuracy"] >= LEAST_ACCURACY:
        return "Accuracy passes"
    almost = facts["accuracy"] >= LEAST_ACCURACY - 0.02
    return "Accuracy almost passes" if almost else f"Accuracy is {facts['a']}"


@training.symptom(
    "The last epoch of fit read {seen} of its photos right, and of the test photos it is "
    "{a}. Are labels and photos out of step (shuffled separately, or a scrambled "
    "reshape)? Or does predict prepare photos in another way?",
    example=FEW
    + """
def train(images, labels, seed):
    labels = np.random.default_rng(seed).permutation(labels)
    return quick(network(), prepare(images[:500]), one_hot(labels[:500]), epochs=60)
""",
)
def memorised(answer):
    seen = answer.facts["fit_accuracy"]
    is_apart = answer.facts["accuracy"] < 0.2 and seen > 0.25
    return is_apart and {"seen": f"{seen:.4f}"}


@training.symptom(
    "Guessing gives 0.1, and {a} is hardly more. Was nothing learned? "
    "Do the labels still belong to the photos?",
    example=FEW
    + """
def train(images, labels, seed):
    labels = np.random.default_rng(seed).permutation(labels)
    return quick(network(), prepare(images[:6000]), one_hot(labels[:6000]))
""",
)
def nothing_learned(answer):
    return answer.facts["accuracy"] < 0.2


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


SMALLER_ENGINE = (
    "The network has {what}, and reaches {a}. The page's has 512 relu units: a larger "
    "engine."
)


@training.symptom(
    SMALLER_ENGINE,
    example=quick_train("network(units=32)"),
)
def too_few_units(answer):
    units = answer.facts["is_plain"] and answer.facts["units"][0]
    return 0 < units < 512 and {"what": f"a hidden layer of {units} units"}


@training.symptom(
    SMALLER_ENGINE,
    example=quick_train("network(hidden='sigmoid')"),
)
def another_activation(answer):
    name = answer.facts["activations"][0]
    is_other = answer.facts["is_plain"] and name != "relu"
    return is_other and {"what": f"a hidden layer with {name}"}


@training.symptom(
    "{passes}, and the loss that was trained with is {loss_name}. What is measured here "
    "is cross-entropy: train with categorical_crossentropy.",
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
    "label_smoothing={s} asks for answers that are less sure, and the cross-entropy is "
    "{v}. Leave it out here; lesson 8 is about it.",
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
    example=quick_train(more=", epochs=1"),
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
    "Steps in your last epoch: {steps}. With all photos and batches of 128 there are "
    "469. Does fit get all photos, with batch_size=128?",
    example=quick_train(more=", epochs=3"),
)
def too_few_steps(answer):
    facts = answer.facts
    return facts["per_epoch"] < 230 and {"steps": str(int(facts["per_epoch"]))}


@training.symptom(
    "On the photos trained on, the accuracy was {seen}; on the test photos it is {a}. "
    "After so few epochs the two should be close. Does predict prepare photos exactly "
    "as train does?",
    example=FEW
    + """
def train(images, labels, seed):
    keras.utils.set_random_seed(seed)
    x = prepare(images)
    return quick(network(), (x - x.mean()) / x.std(), one_hot(labels))
""",
    slow=True,
)
def prepared_differently(answer):
    facts = answer.facts
    seen = {"seen": f"{facts['fit_accuracy']:.4f}"}
    return facts["epochs"] <= 5 and is_better_where_trained(facts) and seen


# 7c

reporting = exercise(
    "7c",
    "Your own report",
    points=15,
    name="report",
    after="7b",
    cpu_s=BUDGET_S,
    hints=(
        "p = model.predict(x, verbose=0); then argmax, compare, mean.",
        "The loss: cross_entropy(one_hot(labels), p).",
        'Return {"accuracy": float(...), "cross_entropy": ...}.',
    ),
)

ENTRIES = ("accuracy", "cross_entropy")
# The learner's sums in float32 against the judge's in float64, two trained networks
# and 10,000 photos, prepared and not: at most 6.3e-9.
REPORT_TOLERANCE = 1e-6


def reported(attempt, network, x, labels, **more):
    """Ask for a report, and compare it with the judge's own count."""
    p, twice = (
        expect(network.call("predict", photos, verbose=0)).array(shape=(len(x), 10))
        for photos in (x, x / 255)
    )
    guess = p.argmax(axis=1)
    facts = {
        "n": len(x),
        "right": loss_of(p, labels),
        "share": share_right(p, labels),
        "twice": loss_of(twice, labels),
        "confidence": loss_of(p, guess),
        **more,
    }
    answer = attempt.report(network, x, labels)
    expect(answer, **facts).mapping(ENTRIES)
    if more:  # only there Keras's own loss is another one
        facts["evaluated"] = evaluated(network, x, labels)
    for entry, right in zip(ENTRIES, (facts["share"], facts["right"]), strict=True):
        expect(answer, **facts, entry=entry).its(
            entry, lambda report, entry=entry: report[entry]
        ).close_to(right, tolerance=REPORT_TOLERANCE)


def evaluated(network, x, labels):
    """The loss that Keras itself gives; nan where it gives none."""
    y = np.eye(10, dtype="float32")[labels]
    found = quietly(lambda: network.call("evaluate", x, y, verbose=0))
    found = found[0] if isinstance(found, (list, tuple)) and found else found
    return float(found) if isinstance(found, (int, float)) else math.nan


@reporting.check
def counts_as_the_judge_does(attempt, network, mnist):
    """Both numbers are the judge's own, on 1,000 test photos."""
    reported(attempt, network, flat(mnist.x_test[:1000]) / 255, mnist.y_test[:1000])


@reporting.check
def counts_few_photos(attempt, network, rng, mnist):
    """Both numbers are right on a handful of other photos."""
    few = rng.choice(len(mnist.x_test), 37, replace=False)
    reported(attempt, network, flat(mnist.x_test[few]) / 255, mnist.y_test[few])


@reporting.check
def clips_as_in_lesson_3(attempt, network, mnist):
    """On photos that were not scaled it is still your own, clipped loss."""
    reported(
        attempt,
        network,
        flat(mnist.x_test[1000:3000]),
        mnist.y_test[1000:3000],
        unscaled=True,
    )


# The report is judged on whatever network there is, so a small training will do.
BRIEFLY = """
def train(images, labels, seed):
    model = build()
    model.fit(prepare(images[:3000]), one_hot(labels[:3000]), batch_size=128)
    return model

"""


def near(value, want):
    return abs(float(value) - want) < 1e-5 * max(1, abs(want))


@reporting.symptom(
    "The dict needs two entries, named accuracy and cross_entropy.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    return {"acc": right, "loss": cross_entropy(one_hot(labels), p)}
""",
)
def other_names(answer):
    return isinstance(answer.value, dict) and not set(ENTRIES) <= set(answer.value)


@reporting.symptom(
    "cross_entropy wants one-hot rows, and labels are numbers here: one_hot(labels).",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    return {"accuracy": right, "cross_entropy": cross_entropy(labels, p)}
""",
)
def labels_not_one_hot(answer):
    n = len(answer.args[1])
    return f"({n},) ({n},10)" in answer.raised.message


@reporting.symptom(
    "Ten answers met {n} labels. Did argmax go down the photos? The ten classes of a "
    "photo stand along axis 1.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=0) == labels).mean())
    return {"accuracy": right, "cross_entropy": cross_entropy(one_hot(labels), p)}
""",
)
def argmax_of_photos(answer):
    n, said = len(answer.args[1]), answer.raised.message
    is_met = "(10,)" in said and f"({n},)" in said
    return is_met and "broadcast" in said and {"n": n}


@reporting.symptom(
    "x is prepared already, and you divided it by 255 once more.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x / 255, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    return {"accuracy": right, "cross_entropy": cross_entropy(one_hot(labels), p)}
""",
)
def prepared_again(answer):
    return near(answer.value["cross_entropy"], answer.facts["twice"])


@reporting.symptom(
    "The accuracy is a share from 0 to 1; you gave percent.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = 100 * float((p.argmax(axis=1) == labels).mean())
    return {"accuracy": right, "cross_entropy": cross_entropy(one_hot(labels), p)}
""",
)
def percent(answer):
    return near(answer.value["accuracy"], 100 * answer.facts["share"])


@reporting.symptom(
    "You counted the right answers. Their share is asked for: divide by the number "
    "of photos, {n}.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = int((p.argmax(axis=1) == labels).sum())
    return {"accuracy": right, "cross_entropy": cross_entropy(one_hot(labels), p)}
""",
)
def right_answers_counted(answer):
    facts = answer.facts
    return near(answer.value["accuracy"], facts["n"] * facts["share"])


@reporting.symptom(
    "You compared the answers with themselves: both sides are the predicted class. "
    "The loss looks up the true class, so it needs the labels.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    return {
        "accuracy": right,
        "cross_entropy": cross_entropy(one_hot(p.argmax(axis=1)), p),
    }
""",
)
def predicted_class(answer):
    return near(answer.value["cross_entropy"], answer.facts["confidence"])


@reporting.symptom(
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "10 times too small. Your cross_entropy does it right: call it.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    y = one_hot(labels)
    return {"accuracy": right, "cross_entropy": float(-(y * np.log(p)).mean())}
""",
)
def mean_over_classes(answer):
    return near(10 * answer.value["cross_entropy"], answer.facts["right"])


@reporting.symptom(
    "You summed over the photos: exactly {n} times too big. Take the mean.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    y = one_hot(labels)
    return {"accuracy": right, "cross_entropy": float(-(y * np.log(p)).sum())}
""",
)
def summed_over_photos(answer):
    facts = answer.facts
    return near(answer.value["cross_entropy"] / facts["n"], facts["right"])


@reporting.symptom(
    "Your loss is no finite number. 0 * log 0 is nan in numpy; your cross_entropy clips "
    "p first: call it.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = np.where(model.predict(x, verbose=0) < 1e-7, 0, model.predict(x, verbose=0))
    right = float((p.argmax(axis=1) == labels).mean())
    y = one_hot(labels)
    loss = float(-(y * np.log(p)).sum(axis=1).mean())
    return {"accuracy": right, "cross_entropy": loss}
""",
)
def not_clipped(answer):
    return not math.isfinite(answer.value["cross_entropy"])


@reporting.symptom(
    "On these photos the loss is not the one of the answers: model.evaluate takes it "
    "from the scores that Keras remembers, without the clip. Call your cross_entropy.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    loss, right = model.evaluate(x, one_hot(labels), verbose=0)
    return {"accuracy": right, "cross_entropy": loss}
""",
)
def evaluated_by_keras(answer):
    facts = answer.facts
    is_asked = facts["unscaled"] and facts["entry"] == "cross_entropy"
    return is_asked and near(answer.value["cross_entropy"], facts["evaluated"])


@reporting.symptom(
    "On these photos many true classes get nearly 0, and your loss is {v}. Clipped at "
    "1e-7, as in lesson 3, it is {right}. Is p clipped elsewhere, or not at all? Call "
    "your cross_entropy.",
    example=BRIEFLY
    + """
def report(model, x, labels):
    p = model.predict(x, verbose=0)
    right = float((p.argmax(axis=1) == labels).mean())
    p = np.clip(p, 1e-15, 1)
    loss = float(-np.log(p[np.arange(len(p)), labels]).mean())
    return {"accuracy": right, "cross_entropy": loss}
""",
)
def clipped_elsewhere(answer):
    facts, value = answer.facts, float(answer.value["cross_entropy"])
    is_asked = facts["unscaled"] and facts["entry"] == "cross_entropy"
    larger = is_asked and value > facts["right"] + 1e-4
    return larger and {"v": f"{value:.4f}", "right": f"{facts['right']:.4f}"}


# 7d

confusing = exercise(
    "7d",
    "Which digit is taken for which?",
    points=15,
    name="confusion",
    hints=(
        "One cell per (true, predicted) pair: add 1 there for every photo.",
        "np.add.at(c, (true, pred), 1), or a plain loop over zip(true, pred).",
        "c[true, pred] += 1 drops repeats: numpy adds 1 once per cell, not per photo.",
    ),
)

TRUE, PREDICTED = [0, 1, 1, 2, 2, 2, 2], [0, 1, 2, 2, 2, 0, 2]


@confusing.check
def counts_seven_photos(attempt):
    """Seven photos of three classes are counted right, with the truth in rows."""
    right = np.array([[1, 0, 0], [0, 1, 1], [1, 0, 3]])
    answer = attempt.confusion(np.array(TRUE), np.array(PREDICTED), 3)
    expect(answer).equals(right)
    expect(answer).holds(
        np.asarray(answer.value).dtype.kind in "iu",
        "Counts are whole numbers (ints); the dtype of yours is {dtype}.",
        dtype=np.asarray(answer.value).dtype.name,
    )


@confusing.check
def takes_lists(attempt):
    """Lists of labels are counted like arrays."""
    right = counted(TRUE[::-1], PREDICTED[::-1], 4)
    expect(attempt.confusion(TRUE[::-1], PREDICTED[::-1], 4)).equals(right)


@confusing.check
def counts_many_photos(attempt, rng):
    """Hundreds of photos: all are counted, the diagonal holds the right answers."""
    for n, k in ((500, 10), (300, 6)):
        true, predicted = rng.integers(k, size=n), rng.integers(k, size=n)
        answer = attempt.confusion(true, predicted, k)
        expect(answer).its("sum", lambda c: int(np.sum(c))).equals(n)
        expect(answer).equals(counted(true, predicted, k))


@confusing.check
def keeps_empty_classes(attempt):
    """A class that never occurs keeps its row and its column; k is 10 if not given."""
    true, predicted = np.array([3, 3, 5]), np.array([3, 5, 5])
    expect(attempt.confusion(true, predicted)).equals(counted(true, predicted, 10))
    expect(attempt.confusion(true, predicted, 12)).equals(counted(true, predicted, 12))


@confusing.mistake("Rows should be the true digit; yours are the predictions.")
def transposed(true, pred, k=10):
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (pred, true), 1)
    return counts


@confusing.mistake(
    "Cells count only 0 or 1: repeated index pairs collapse. Use np.add.at."
)
def repeats_dropped(true, pred, k=10):
    counts = np.zeros((k, k), dtype=int)
    counts[np.asarray(true), np.asarray(pred)] += 1
    return counts


@confusing.mistake(
    "Your table is as large as the largest class that occurs. "
    "It has to be (k, k), with zeros for classes that never occur."
)
def sized_by_the_data(true, pred, k=10):
    size = int(max(np.max(true), np.max(pred))) + 1
    counts = np.zeros((size, size), dtype=int)
    np.add.at(counts, (np.asarray(true), np.asarray(pred)), 1)
    return counts


@confusing.mistake(
    "Only the right answers are counted. The cells beside the diagonal matter most."
)
def only_right_answers(true, pred, k=10):
    counts = np.zeros((k, k), dtype=int)
    for t, p in zip(true, pred, strict=True):
        counts[t, p] += int(t == p)
    return counts


@confusing.mistake(
    "Only the wrong answers are counted. The right ones belong on the diagonal."
)
def only_wrong_answers(true, pred, k=10):
    counts = np.zeros((k, k), dtype=int)
    for t, p in zip(true, pred, strict=True):
        counts[t, p] += int(t != p)
    return counts


@confusing.mistake("You divided each row by its sum. Numbers of photos are asked for.")
def shares_of_rows(true, pred, k=10):
    counts = np.zeros((k, k))
    np.add.at(counts, (np.asarray(true), np.asarray(pred)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


@confusing.mistake(
    "You divided each row by its sum, and an empty row gives nan. Numbers of photos are "
    "asked for: leave them undivided."
)
def shares_of_rows_with_nan(true, pred, k=10):
    counts = np.zeros((k, k))
    np.add.at(counts, (np.asarray(true), np.asarray(pred)), 1)
    return counts / counts.sum(axis=1, keepdims=True)


@confusing.mistake(
    "You divided by the number of photos: your cells sum to 1. Numbers of photos are "
    "asked for."
)
def shares_of_all(true, pred, k=10):
    counts = np.zeros((k, k))
    np.add.at(counts, (np.asarray(true), np.asarray(pred)), 1)
    return counts / len(true)


@confusing.symptom(
    "The counts are right, but they are floats. Photos come in whole numbers: "
    "np.zeros((k, k), dtype=int).",
    example="""
def confusion(true, pred, k=10):
    counts = np.zeros((k, k))
    np.add.at(counts, (true, pred), 1)
    return counts
""",
)
def counted_in_floats(answer):
    counts = np.asarray(answer.value)
    right = counted(*answer.args[:2], len(counts))
    return counts.dtype.kind == "f" and np.array_equal(counts, right)


# 7e

worst_ones = exercise(
    "7e",
    "The worst mistakes",
    points=10,
    name="worst",
    hints=(
        "First the positions of the wrong answers: np.flatnonzero(...).",
        "Confidence is the largest probability of the row: p[wrong].max(axis=1).",
        "wrong[np.argsort(-confidence)[:m]]",
    ),
)


def random_answers(rng, n, k):
    """Probabilities of n photos and k classes, and labels; about half are wrong."""
    e = np.exp(1.5 * rng.normal(size=(n, k)))
    p = e / e.sum(axis=1, keepdims=True)
    labels = np.where(rng.random(n) < 0.5, p.argmax(axis=1), rng.integers(k, size=n))
    return p, labels


def worst_of(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return wrong[np.argsort(-p[wrong].max(axis=1))[:m]]


SIX_P = np.array(
    [
        [0.9, 0.06, 0.04],  # right, and surest of all
        [0.2, 0.1, 0.7],  # wrong, 0.7
        [0.1, 0.8, 0.1],  # right
        [0.55, 0.05, 0.4],  # wrong, 0.55, and p_true is 0.05
        [0.05, 0.85, 0.1],  # wrong, 0.85
        [0.4, 0.35, 0.25],  # wrong, 0.4
    ]
)
SIX_LABELS = np.array([0, 0, 1, 1, 2, 1])


@worst_ones.check
def finds_two_of_six(attempt):
    """Of six photos, four are wrong; the two most confident are found, in order."""
    answer = attempt.worst(SIX_P, SIX_LABELS, 2)
    expect(answer).equals(np.array([4, 1]))
    expect(answer).holds(
        np.asarray(answer.value).dtype.kind in "iu",
        "Positions are whole numbers (ints); the dtype of yours is {dtype}.",
        dtype=np.asarray(answer.value).dtype.name,
    )


@worst_ones.check
def finds_them_among_many(attempt, rng):
    """Among many photos it finds the most confident wrong answers, in order."""
    for n, k, m in ((60, 7, 5), (200, 10, 9)):
        p, labels = random_answers(rng, n, k)
        expect(attempt.worst(p, labels, m)).equals(worst_of(p, labels, m))


@worst_ones.check
def takes_only_wrong_ones(attempt):
    """If fewer than m answers are wrong, it returns just those; perhaps none."""
    expect(attempt.worst(SIX_P, SIX_LABELS, 10)).equals(np.array([4, 1, 3, 5]))
    right = SIX_P.argmax(axis=1)
    none = expect(attempt.worst(SIX_P, right, 3))
    none.holds(len(none.sequence()) == 0, "Nothing is wrong here; you return {got}.")


@worst_ones.mistake(
    "These are the most confident answers of all, right ones too. Keep the wrong ones."
)
def right_ones_too(p, labels, m):
    return np.argsort(-p.max(axis=1))[:m]


@worst_ones.mistake(
    "These answers are right. Where the argmax differs from the label, it is wrong."
)
def the_right_ones(p, labels, m):
    right = np.flatnonzero(p.argmax(axis=1) == labels)
    return right[np.argsort(-p[right].max(axis=1))[:m]]


@worst_ones.mistake(
    "You start with the least confident. argsort goes upwards: sort minus confidence."
)
def least_confident_first(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return wrong[np.argsort(p[wrong].max(axis=1))[:m]]


@worst_ones.mistake(
    "The right photos, in the wrong order: the most confident comes first."
)
def most_confident_last(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return wrong[np.argsort(-p[wrong].max(axis=1))[:m]][::-1]


@worst_ones.mistake(
    "These are positions among the wrong answers, not in p. "
    "Go back through the list of wrong ones: wrong[...]."
)
def positions_among_the_wrong(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return np.argsort(-p[wrong].max(axis=1))[:m]


@worst_ones.mistake(
    "You sorted by how little the true class got. "
    "Confidence is how much the chosen class got."
)
def least_for_the_truth(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return wrong[np.argsort(p[wrong, labels[wrong]])[:m]]


@worst_ones.symptom(
    "The positions are right, but they are floats, and p[4.0] is refused. Keep them "
    "whole numbers.",
    example="""
def worst(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    table = np.column_stack([p[wrong].max(axis=1), wrong])
    return table[np.argsort(-table[:, 0])][:m, 1]
""",
)
def positions_as_floats(answer):
    positions = np.asarray(answer.value)
    right = worst_of(*answer.args)
    return positions.dtype.kind == "f" and np.array_equal(positions, right)


@worst_ones.mistake("These are the confidences. Their positions are asked for.")
def confidences(p, labels, m):
    wrong = np.flatnonzero(p.argmax(axis=1) != labels)
    return np.sort(p[wrong].max(axis=1))[::-1][:m]


# 7f

diagnosing = exercise(
    "7f",
    "Five broken runs",
    points=15,
    name="DIAGNOSE",
    hints=(
        "An epoch-1 loss far above 2.3? A score above any honest run?",
        "Nothing learned is about 0.10. What leaves 4 photos in 10?",
        "Two have a loss above 5: one of them learns all the same. "
        "Two learn hardly anything: one of these starts near ln 10.",
    ),
)

CAUSES = (
    "unscaled",
    "integer division",
    "no softmax",
    "leak",
    "shuffled labels",
    "one epoch",
    "no relu",
)
RIGHT = {
    "A": "unscaled",
    "B": "leak",
    "C": "shuffled labels",
    "D": "integer division",
    "E": "no softmax",
}


def diagnosed(attempt, letters):
    for letter in letters:
        answer = attempt.entry("DIAGNOSE", letter)
        expect(answer).holds(
            as_choice(expect(answer).text()) == RIGHT[letter],
            "That cause leaves another trace.",
        )


@diagnosing.check
def names_causes(attempt):
    """Each of the five logs has one of the seven causes."""
    for letter in RIGHT:
        expect(attempt.entry("DIAGNOSE", letter)).one_of(CAUSES)


@diagnosing.check
def sees_through_good_scores(attempt):
    """The two logs with a good accuracy: A and B."""
    diagnosed(attempt, "AB")


@diagnosing.check
def sees_why_nothing_is_learned(attempt):
    """The three logs with a bad accuracy: C, D and E."""
    diagnosed(attempt, "CDE")


@diagnosing.symptom(
    "Answer with one of the seven causes, in quotes and spelled as in the list.",
    example='DIAGNOSE["A"] = "too large"',
)
def no_cause(answer):
    return as_choice(answer.value) not in CAUSES


@diagnosing.mistake(
    "One epoch gives about 0.960, but its first loss is about 0.26. Here it is 5.317: "
    "what makes scores that large?",
    of='DIAGNOSE["A"]',
)
def a_is_not_one_epoch():
    return "one epoch"


@diagnosing.mistake(
    "Without relu the accuracy stays near 0.915. This run reads more photos right, "
    "and its loss is large all the same.",
    of='DIAGNOSE["A"]',
)
def a_is_not_no_relu():
    return "no relu"


@diagnosing.mistake(
    "A leak makes the test look better than it is. Here the test loss is far too high.",
    of='DIAGNOSE["A"]',
)
def a_is_not_a_leak():
    return "leak"


@diagnosing.mistake(
    "After one epoch the test accuracy is about 0.960. "
    "This one is above the best of 20 honest runs, 0.9809.",
    of='DIAGNOSE["B"]',
)
def b_is_not_one_epoch():
    return "one epoch"


@diagnosing.mistake(
    "Unscaled pixels cost accuracy and multiply the loss. Here both are too good.",
    of='DIAGNOSE["B"]',
)
def b_is_not_unscaled():
    return "unscaled"


@diagnosing.mistake(
    "Without softmax the first loss is far above ln 10. Here it starts at ln 10 and "
    "stays: the scores are fine, and there is nothing to learn.",
    of='DIAGNOSE["C"]',
)
def c_is_not_no_softmax():
    return "no softmax"


@diagnosing.mistake(
    "Integer division keeps the white pixels, and they are enough for 4 photos in 10. "
    "Here it is 1 in 10.",
    of='DIAGNOSE["C"]',
)
def c_is_not_integer_division():
    return "integer division"


@diagnosing.mistake(
    "Without relu the network is linear, and still gets 0.915. "
    "Here more than half is lost, already on the photos trained on.",
    of='DIAGNOSE["D"]',
)
def d_is_not_no_relu():
    return "no relu"


@diagnosing.mistake(
    "Shuffled labels leave 1 in 10. This network reads 4 in 10: it learned from what "
    "was left of the photos.",
    of='DIAGNOSE["D"]',
)
def d_is_not_shuffled():
    return "shuffled labels"


@diagnosing.mistake(
    "Without softmax the loss is near 10. Here it is below ln 10 and falls slowly: "
    "the network learns, from poor photos.",
    of='DIAGNOSE["D"]',
)
def d_is_not_no_softmax():
    return "no softmax"


@diagnosing.mistake(
    "Unscaled photos start with a large loss too, but it falls: 5.317, then 0.310. "
    "Here it stays near 10.",
    of='DIAGNOSE["E"]',
)
def e_is_not_unscaled():
    return "unscaled"


@diagnosing.mistake(
    "With shuffled labels the loss stays at about ln 10. Near 10 means that many true "
    "classes got less than nothing, and were clipped.",
    of='DIAGNOSE["E"]',
)
def e_is_not_shuffled():
    return "shuffled labels"
