"""7d: fix the compilation."""

import functools

import numpy as np

from grader.checks import Alternative, exercise, expect, fixture

from ..networks import (
    FLOAT32,
    WEIGHTS,
    X,
    Y,
    arrays_of,
    forward,
    given_weights,
    gradients,
    loss_of,
    network_of,
    weights_after,
)
from ..symptoms import seen_in_facts, seen_in_messages

compiling = exercise(
    "compile_model",
    after="7b",
    hints=(
        "What does binary mean? How many classes does each image belong to?",
        "The network chooses one of ten classes. Which loss and which metric are made for "
        "that? The text above the exercise names them.",
        'Replace "binary_crossentropy" with "categorical_crossentropy", and '
        '"binary_accuracy" with "accuracy".',
    ),
    alternative=Alternative(
        code="""
            def compile_model(m):
                m.compile(
                    optimizer=keras.optimizers.RMSprop(learning_rate=0.001),
                    loss="categorical_crossentropy",
                    metrics=["accuracy"],
                )
                return m
        """,
        why=(
            "An object takes settings, such as the learning rate; a string leaves it at "
            "0.001. The price: a longer line, and an optimizer can be used for only "
            "one network."
        ),
    ),
)


@fixture
def compiled(attempt):
    """The learner's network, with known weights, compiled by the learner."""
    model = given_weights(network_of(attempt.build()))
    return network_of(attempt.compile_model(model))


# Two batches, one for each step that is watched.
BATCHES = (X, Y), (X[6:], Y[6:])


@fixture
def first_step(compiled):
    """The report of Keras for one batch, which changes the weights."""
    # Keras looks up the names of metrics only here. A whole fit takes five times as long,
    # most of it to prepare the data.
    compiled.call("__setattr__", "run_eagerly", True)
    return compiled.call("train_on_batch", *BATCHES[0], return_dict=True)


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
    """It returns the network that you get, compiled."""
    answer = compiled.call("get_weights")
    arrays = arrays_of(answer)
    same = sum(any(np.array_equal(a, w) for a in arrays) for w in WEIGHTS)
    expect(answer).holds(same == 4, "It is not the network m.")
    config = compiled.call("get_compile_config")
    is_compiled = isinstance(config.value, dict) and bool(config.value)
    expect(config, compiled=is_compiled).holds(
        is_compiled, "The network that you return isn't compiled."
    )


@compiling.check
def follows_rmsprop(compiled):
    """The optimizer is rmsprop."""
    answer = compiled.get("optimizer")
    name = expect(answer).handle().type_name
    expect(answer, optimizer=name).holds(
        name == "RMSprop", "The optimizer is {optimizer}, not the one that was given."
    )


@compiling.check
def lowers_cross_entropy(compiled):
    """The loss is categorical cross-entropy: on known answers it gives the right value."""
    config = compiled.call("get_compile_config")
    loss = expect(config).mapping(["loss"])["loss"]
    settings = loss.get("config") if isinstance(loss, dict) else {}
    weights = config.value.get("loss_weights")
    expect(config, third=weights).holds(
        weights is None, "You passed loss_weights, which this network doesn't need."
    )
    facts = {
        "loss": name_of(loss),
        "is_own": isinstance(loss, dict),
        "from_logits": isinstance(settings, dict)
        and settings.get("from_logits") is True,
    }
    expect(config, **facts).holds(
        facts["loss"] == "categorical_crossentropy",
        "The loss is {loss}, which isn't the one for one class out of ten.",
    )
    expect(config, **facts).holds(
        not facts["from_logits"],
        "The loss expects logits; your network gives probabilities.",
    )
    p = compiled.call("__call__", X)
    smoothing = settings.get("label_smoothing") if isinstance(settings, dict) else None
    reduction = settings.get("reduction") if isinstance(settings, dict) else None
    facts = {"smoothing": smoothing, "reduction": reduction}
    value = expect(compiled.call("compute_loss", X, Y, p), **facts)
    value.close_to(loss_of(Y, forward(X)), tolerance=FLOAT32)


@compiling.check
def shows_accuracy(compiled, remark):
    """It shows the fraction of correct answers, under the name accuracy."""
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
            "This works, but Keras then calls it 'acc'; the rest of this course reads "
            "'accuracy'."
        )


@compiling.check
def trains_on_a_batch(first_step):
    """It can be trained: for one batch, Keras reports a loss and an accuracy."""
    measured = expect(first_step).mapping(["loss"])
    expect(first_step).holds(
        len(measured) > 1, "For a batch, Keras reports only the loss."
    )


@compiling.check
def steps_as_rmsprop_does(compiled, first_step):
    """Two steps change the weights as rmsprop does."""
    answer = compiled.call("optimizer.get_config")
    settings = expect(answer).mapping()
    rate = settings.get("learning_rate")
    expect(answer, rate=rate).holds(rate != 0, "The learning rate is 0.")
    recipe = rate, settings.get("rho", 0.9), settings.get("epsilon", 1e-7)
    is_known = isinstance(rate, float) and all(type(n) in (int, float) for n in recipe)
    if any(settings.get(name) for name in MORE) or not is_known:
        return  # another recipe, whose steps are not computed here
    answer, after = weights_after(compiled, BATCHES[1])
    pairs = zip(after, by_rmsprop(*recipe), strict=True)
    apart = np.concatenate([np.abs(one - other).ravel() for one, other in pairs])
    expect(answer, own_steps=True).holds(
        # 99 % of all weights are at most 5e-5 rates apart (20 sets of weights, rates
        # from 1e-4 to 0.1); a relu may switch. With sgd, adam, adamax, nadam and
        # adagrad 0.1 % at most come as near as this.
        np.mean(apart < 0.01 * rate) > 0.99,
        "After two steps the weights are not those of rmsprop.",
    )


MORE = (
    "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema",
    "gradient_accumulation_steps", "momentum", "centered",
)  # fmt: skip


@functools.lru_cache(maxsize=2)
def by_rmsprop(rate, rho, epsilon):
    """The known weights after a step of rmsprop for each batch."""
    weights = [array.astype("float64") for array in WEIGHTS]
    squares = [np.zeros(array.shape) for array in weights]
    for x, y in BATCHES:
        for w, square, g in zip(
            weights, squares, gradients(x, y, weights), strict=True
        ):
            square += (1 - rho) * (g**2 - square)
            w -= rate * g / np.sqrt(square + epsilon)
    return weights


# Parts of the solution's call, to be edited.
OPTIMIZER = 'optimizer="rmsprop"'
LOSS = 'loss="categorical_crossentropy"'
METRICS = 'metrics=["accuracy"]'
CALL = f"m.compile(\n        {OPTIMIZER}, {LOSS}, {METRICS}\n    )"


# Wrong return values.


@compiling.symptom(
    "compile_model returned None: m.compile(...) changes m and returns nothing.\n"
    "Write return m on the next line.",
    edit=("    return m\n", ""),
)
def nothing_came_back(answer):
    asked = answer.target == "compile_model"
    return asked and answer.raised is None and answer.value is None


@compiling.symptom(
    "The network that you return has different weights from m. Is it a new one?\n"
    "Compile m, and return it.",
    edit=("    m.compile", "    m = build()\n    m.compile"),
)
def another_network(answer):
    return answer.target.endswith("get_weights") and not answer.facts


seen_in_facts(
    compiling,
    "compiled",
    {
        "not_compiled": (
            (False,),
            (CALL, "pass"),
            (
                "The network that you return isn't compiled. Do you call m.compile(...)?\n"
                "Call m.compile(...) before you return m."
            ),
        ),
    },
)
seen_in_messages(
    compiling,
    {
        "loss_for_an_optimizer": (
            r"optimizer identifier: (?P<name>\w*(?:crossentropy|error))$",
            (CALL, 'm.compile("categorical_crossentropy", "rmsprop")'),
            "You passed {name} as the optimizer, but it is a loss.\n"
            "Pass both by name: optimizer=..., loss=...",
        ),
        "unknown_optimizer": (
            r"optimizer identifier: (?P<name>\w+)$",
            ('"rmsprop"', '"rms_prop"'),
            'Keras has no optimizer called {name}.\nWrite it as one word: "rmsprop".',
        ),
        "unknown_argument": (
            r"compile\(\) got an unexpected keyword argument '(?P<name>\w+)'",
            ("metrics=", "metric="),
            "compile has no argument called {name}.\nUse optimizer, loss and metrics.",
        ),
        "loss_among_the_metrics": (
            r"(?m)metric identifier: loss$",  # Keras 3.14.0 adds a line
            ('["accuracy"]', '["loss", "accuracy"]'),
            "Keras has no metric called loss, and says so only during fit. It shows the "
            "loss in any case.\n"
            "metrics=['accuracy'] is enough.",
        ),
        "unknown_metric": (
            r"(?m)metric identifier: (?P<name>\S+)$",
            ('["accuracy"]', '["accuracy", "acuracy"]'),
            "Keras has no metric called {name}, and says so only during fit.\n"
            "Write metrics=['accuracy'].",
        ),
        "metrics_as_text": (
            r"`metrics` argument to be a list",
            ('["accuracy"]', '"accuracy"'),
            "metrics must be a list.\nWrite metrics=['accuracy'].",
        ),
        "class_for_a_loss": (
            r"get_config\(\) missing 1 required positional",
            (LOSS, "loss=keras.losses.CategoricalCrossentropy"),
            "You passed a class as the loss, not an object.\n"
            "Add parentheses to create one. Write "
            "keras.losses.CategoricalCrossentropy().",
        ),
        "class_for_an_optimizer": (
            r"optimizer identifier: <class",
            (OPTIMIZER, "optimizer=keras.optimizers.RMSprop"),
            "You passed a class as the optimizer, not an object.\n"
            "Add parentheses to create one. Write keras.optimizers.RMSprop().",
        ),
    },
)


# The optimizer.

seen_in_facts(
    compiling,
    "optimizer",
    {
        "plain_sgd": (
            ("SGD",),
            ("rmsprop", "sgd"),
            "sgd has one step size for all weights.\n"
            "Use rmsprop, which gives each weight its own step size.",
        ),
    },
)


@compiling.symptom(
    "The optimizer is {optimizer}. The one that was given was right; in lesson 8 you may "
    "try others.\n"
    "Keep rmsprop here.",
    edit=("rmsprop", "adam"),
)
def another_optimizer(answer):
    return answer.facts["optimizer"] not in ("RMSprop", "SGD")


@compiling.symptom(
    "With a learning rate of {rate}, no weight changes.\n"
    'optimizer="rmsprop" uses 0.001.',
    edit=(OPTIMIZER, "optimizer=keras.optimizers.RMSprop(0.0)"),
)
def rate_of_0(answer):
    return answer.facts["rate"] == 0 and {"rate": "0"}


@compiling.symptom(
    "The optimizer is called RMSprop, but its steps are not those of Keras's RMSprop. Is "
    "it your own class?\n"
    'Write optimizer="rmsprop".',
    edit=(OPTIMIZER, 'optimizer=type("RMSprop", (keras.optimizers.SGD,), {})()'),
)
def another_class_of_that_name(answer):
    return answer.facts["own_steps"]


# The loss.


@compiling.symptom(
    "loss_weights is {third}. Are these your metrics? The third argument of m.compile is "
    "loss_weights.\n"
    "Pass them by name: metrics=['accuracy'].",
    edit=(CALL, 'm.compile("rmsprop", "categorical_crossentropy", ["accuracy"])'),
)
def metrics_in_third_place(answer):
    third = answer.facts["third"]
    # Keras writes an object down as a dict of its settings.
    if isinstance(third, list):
        third = [it["class_name"] if isinstance(it, dict) else it for it in third]
    return third is not None and {"third": str(third)[:60]}


seen_in_facts(
    compiling,
    "loss",
    {
        "sparse_loss": (
            ("sparse_categorical_crossentropy",),
            ("categorical_", "sparse_categorical_"),
            "sparse_categorical_crossentropy takes labels such as 7; here they are "
            "one-hot rows.\n"
            "Remove 'sparse_'.",
        ),
        "binary_loss": (
            ("binary_crossentropy",),
            ("categorical_", "binary_"),
            "That loss treats the ten digits as ten yes/no questions. Each image has "
            "exactly one digit.\n"
            "Use categorical_crossentropy.",
        ),
        "squared_error": (
            ("mse", "mean_squared_error"),
            (LOSS, "loss=keras.losses.MeanSquaredError()"),
            "The squared error is bounded: a confident mistake costs hardly more than a "
            "hesitant one.\n"
            "Use categorical_crossentropy.",
        ),
        "accuracy_for_a_loss": (
            ("accuracy", "acc", "categorical_accuracy"),
            (LOSS, 'loss="accuracy"'),
            "You passed {loss} as the loss, but it is a metric. It jumps where an answer "
            "becomes right and is flat in between, so it has no useful gradient.\n"
            "The loss is categorical_crossentropy.",
        ),
        "optimizer_for_a_loss": (
            ("rmsprop", "sgd", "adam"),
            (CALL, 'm.compile(loss="rmsprop", metrics=["accuracy"])'),
            "You passed {loss} as the loss, but it is an optimizer.\n"
            "Pass both by name: optimizer=..., loss=...",
        ),
    },
)


@compiling.symptom(
    "from_logits=True announces logits, but your network ends with softmax.\n"
    "Keep only one of the two: here softmax stays, so leave from_logits out.",
    edit=(LOSS, "loss=keras.losses.CategoricalCrossentropy(from_logits=True)"),
)
def softmax_and_from_logits(answer):
    return answer.facts["from_logits"]


@compiling.symptom(
    "The loss is a function called cross_entropy. Is it your own? It computes in NumPy, "
    "so Keras can't compute its gradients.\n"
    'Use Keras\'s loss: loss="categorical_crossentropy".',
    edit=(LOSS, "loss=cross_entropy"),
)
def own_loss(answer):
    return answer.facts["is_own"] and answer.facts["loss"] == "cross_entropy"


@compiling.symptom(
    "Keras has no loss called {loss}.\n"
    'Its name has one underscore: "categorical_crossentropy".',
    edit=("crossentropy", "cross_entropy"),
)
def loss_misspelled(answer):
    return not answer.facts["is_own"] and "cross_entropy" in answer.facts["loss"]


@compiling.symptom(
    "label_smoothing={s} changes the labels, and so the loss.\n"
    "Leave it out here; lesson 10 is about it.",
    edit=(LOSS, "loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)"),
)
def smoothed_labels(answer):
    smoothing = answer.facts["smoothing"]
    return bool(smoothing) and {"s": f"{smoothing:g}"}


@compiling.symptom(
    'Your loss has reduction="sum", so it is the sum over the images of a batch.\n'
    "Use their mean, which is the default.",
    edit=(LOSS, 'loss=keras.losses.CategoricalCrossentropy(reduction="sum")'),
)
def summed_over_photos(answer):
    return answer.facts["reduction"] == "sum"


@compiling.symptom(
    "The loss is {loss}. Is it made for images that belong to one of ten classes each?\n"
    "Use categorical_crossentropy.",
    edit=("categorical_crossentropy", "poisson"),
)
def another_loss(answer):
    return answer.facts["loss"] not in ("categorical_crossentropy", "none")


# The metrics.


@compiling.symptom(
    "binary_accuracy asks ten yes/no questions for each image, and nine of the answers "
    "are no: ten equal guesses get 0.90.\n"
    "Use accuracy.",
    edit=('["accuracy"]', '["binary_accuracy"]'),
)
def binary_accuracy(answer):
    return "binary_accuracy" in answer.facts["metrics"]


@compiling.symptom(
    "keras.metrics.Accuracy() counts where label and probability are the same number, "
    "which is rare.\n"
    "Write metrics=['accuracy'].",
    edit=('["accuracy"]', "[keras.metrics.Accuracy()]"),
)
def exact_accuracy(answer):
    return answer.facts["exact"]


@compiling.symptom(
    "There are no metrics, so you would see only the loss.\nAdd metrics=['accuracy'].",
    edit=(f", {METRICS}", ""),
)
def no_metrics(answer):
    return answer.facts["metrics"] == []


LOSSES = {
    "mse", "mean_squared_error", "mae", "mean_absolute_error",
    "categorical_crossentropy", "binary_crossentropy",
}  # fmt: skip


@compiling.symptom(
    "Your metrics don't show how many of the answers are right.\nAdd 'accuracy' to them.",
    edit=('["accuracy"]', '["mse"]'),
)
def other_metrics(answer):
    metrics = answer.facts["metrics"]
    return bool(metrics) and LOSSES >= {*metrics}
