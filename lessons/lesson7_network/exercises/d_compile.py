"""7c: compile it."""

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
    loss_of,
    network_of,
    slopes,
    weights_after,
)
from ..symptoms import seen_in_facts, seen_in_messages

compiling = exercise(
    "7c",
    "Compile it",
    points=20,
    writes="compile_model",
    after="7b",
    hints=(
        "m.compile takes three arguments: optimizer, loss and metrics.",
        "Strings are fine: the names stand in the text above the exercise.",
        'm.compile(optimizer="rmsprop", loss=..., metrics=[...]), then return m.',
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
            "An object takes settings, such as the learning rate, which a string "
            "leaves at 0.001. What it costs: a longer line, and one optimizer serves "
            "one network only."
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
    """What a batch, as fit takes it, is reported by; it moves the weights."""
    # Metrics are looked up by their names as late as here. A whole fit takes five times
    # as long, and nearly all of it to hand over the data.
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
        weights is None, "You passed loss_weights. Leave them out."
    )
    facts = {
        "loss": name_of(loss),
        "is_own": isinstance(loss, dict),
        "from_logits": isinstance(settings, dict)
        and settings.get("from_logits") is True,
    }
    expect(config, **facts).holds(
        facts["loss"] == "categorical_crossentropy",
        "The loss is {loss}; use categorical_crossentropy.",
    )
    expect(config, **facts).holds(
        not facts["from_logits"],
        "The loss reads raw scores; your network gives probabilities.",
    )
    p = compiled.call("__call__", X)
    smoothing = settings.get("label_smoothing") if isinstance(settings, dict) else None
    reduction = settings.get("reduction") if isinstance(settings, dict) else None
    facts = {"smoothing": smoothing, "reduction": reduction}
    value = expect(compiled.call("compute_loss", X, Y, p), **facts)
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
def trains_on_a_batch(first_step):
    """It can be trained: one batch, as fit takes it, has a loss and an accuracy."""
    measured = expect(first_step).mapping(["loss"])
    expect(first_step).holds(
        len(measured) > 1, "A batch is reported by its loss alone."
    )


@compiling.check
def steps_as_rmsprop_does(compiled, first_step):
    """Two steps move the weights as rmsprop moves them, whatever its class is called."""
    answer = compiled.call("optimizer.get_config")
    settings = expect(answer).mapping()
    rate = settings.get("learning_rate")
    expect(answer, rate=rate).holds(rate != 0, "The learning rate is 0.")
    recipe = rate, settings.get("rho", 0.9), settings.get("epsilon", 1e-7)
    is_known = isinstance(rate, float) and all(type(n) in (int, float) for n in recipe)
    if any(settings.get(name) for name in MORE) or not is_known:
        return  # then it is another recipe, and where it leads is not worked out here
    answer, after = weights_after(compiled, BATCHES[1])
    pairs = zip(after, by_rmsprop(*recipe), strict=True)
    apart = np.concatenate([np.abs(one - other).ravel() for one, other in pairs])
    expect(answer, own_steps=True).holds(
        # Of all weights 99 % are at most 5e-5 rates apart (20 sets of weights, rates
        # from 1e-4 to 0.1); a relu may switch. With sgd, adam, adamax, nadam and
        # adagrad 0.1 % at most come as near as this.
        np.mean(apart < 0.01 * rate) > 0.99,
        "After two steps the weights are not where rmsprop leads.",
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
        for w, square, g in zip(weights, squares, slopes(x, y, weights), strict=True):
            square += (1 - rho) * (g**2 - square)
            w -= rate * g / np.sqrt(square + epsilon)
    return weights


# Parts of the solution's call, to be edited.
OPTIMIZER = 'optimizer="rmsprop"'
LOSS = 'loss="categorical_crossentropy"'
METRICS = 'metrics=["accuracy"]'
CALL = f"m.compile(\n        {OPTIMIZER}, {LOSS}, {METRICS}\n    )"


# What came back.


@compiling.symptom(
    "compile_model gave back None. m.compile(...) changes m and returns nothing.\n"
    "Return m on a line of its own.",
    edit=("    return m\n", ""),
)
def nothing_came_back(answer):
    asked = answer.target == "compile_model"
    return asked and answer.raised is None and answer.value is None


@compiling.symptom(
    "The network that came back has other weights than the one handed in. Is it a new "
    "one?\n"
    "Compile the one that is handed in, m.",
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
            "The network that came back is not compiled. Is m.compile(...) called on it?",
        ),
    },
)
seen_in_messages(
    compiling,
    {
        "loss_for_an_optimizer": (
            r"optimizer identifier: (?P<name>\w*(?:crossentropy|error))$",
            (CALL, 'm.compile("categorical_crossentropy", "rmsprop")'),
            "{name} came in the optimizer's place, and it is a loss.\n"
            "Say both by name: optimizer=..., loss=...",
        ),
        "unknown_optimizer": (
            r"optimizer identifier: (?P<name>\w+)$",
            ('"rmsprop"', '"rms_prop"'),
            "Keras knows no optimizer called {name}.\n"
            'The page\'s is written in one word: "rmsprop".',
        ),
        "unknown_argument": (
            r"compile\(\) got an unexpected keyword argument '(?P<name>\w+)'",
            ("metrics=", "metric="),
            "compile takes no argument called {name}. The three are optimizer, loss and "
            "metrics.",
        ),
        "loss_among_the_metrics": (
            r"(?m)metric identifier: loss$",  # Keras 3.14.0 adds a line
            ('["accuracy"]', '["loss", "accuracy"]'),
            "Keras knows no metric called loss, and says so as late as fit. The loss "
            "is shown in any case.\n"
            "metrics=['accuracy'] is enough.",
        ),
        "unknown_metric": (
            r"(?m)metric identifier: (?P<name>\S+)$",
            ('["accuracy"]', '["accuracy", "acuracy"]'),
            "Keras knows no metric called {name}, and says so as late as fit.\n"
            "The page's is metrics=['accuracy'].",
        ),
        "metrics_as_text": (
            r"`metrics` argument to be a list",
            ('["accuracy"]', '"accuracy"'),
            "metrics must be a list.\nWrite metrics=['accuracy'].",
        ),
        "class_for_a_loss": (
            r"get_config\(\) missing 1 required positional",
            (LOSS, "loss=keras.losses.CategoricalCrossentropy"),
            "You handed over a class. Put brackets behind its name to make an "
            "object.\n"
            "Write keras.losses.CategoricalCrossentropy().",
        ),
        "class_for_an_optimizer": (
            r"optimizer identifier: <class",
            (OPTIMIZER, "optimizer=keras.optimizers.RMSprop"),
            "The optimizer that you handed over is a class. Put brackets behind its "
            "name to make an object.\n"
            "Write keras.optimizers.RMSprop().",
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
            "sgd has one step size for all weights. The page takes rmsprop, which gives "
            "each weight a step of its own.",
        ),
    },
)


@compiling.symptom(
    "In lesson 8 you may take {optimizer}, and see how it does. "
    "Use the optimizer that this page chose: rmsprop.",
    edit=("rmsprop", "adam"),
)
def another_optimizer(answer):
    return answer.facts["optimizer"] not in ("RMSprop", "SGD")


@compiling.symptom(
    "A learning rate of {rate} moves nothing.\n"
    'The word alone takes 0.001: optimizer="rmsprop".',
    edit=(OPTIMIZER, "optimizer=keras.optimizers.RMSprop(0.0)"),
)
def rate_of_0(answer):
    return answer.facts["rate"] == 0 and {"rate": "0"}


@compiling.symptom(
    "The optimizer is called RMSprop, and it does not step as Keras's does. Is it a "
    "class of your own?\n"
    'The word will do: optimizer="rmsprop".',
    edit=(OPTIMIZER, 'optimizer=type("RMSprop", (keras.optimizers.SGD,), {})()'),
)
def another_class_of_that_name(answer):
    return answer.facts["own_steps"]


# The loss.


@compiling.symptom(
    "loss_weights was given {third}. Did your metrics go there? The third place of "
    "m.compile is that of loss_weights.\n"
    "Say it by name, metrics=['accuracy'].",
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
            "sparse_categorical_crossentropy wants labels like 7; here they are "
            "one-hot rows.\n"
            "Drop 'sparse_'.",
        ),
        "binary_loss": (
            ("binary_crossentropy",),
            ("categorical_", "binary_"),
            "That loss treats ten digits as ten yes/no questions.\n"
            "Use categorical_crossentropy.",
        ),
        "squared_error": (
            ("mse", "mean_squared_error"),
            (LOSS, "loss=keras.losses.MeanSquaredError()"),
            "Squared error is bounded: a confident mistake hardly costs more than a "
            "shy one.\n"
            "Use categorical_crossentropy.",
        ),
        "accuracy_for_a_loss": (
            ("accuracy", "acc", "categorical_accuracy"),
            (LOSS, 'loss="accuracy"'),
            "{loss} came in the place of the loss, and it is a metric: it jumps where "
            "an answer turns right, and is level in between, so no gradient leads "
            "there.\n"
            "The loss is categorical_crossentropy.",
        ),
        "optimizer_for_a_loss": (
            ("rmsprop", "sgd", "adam"),
            (CALL, 'm.compile(loss="rmsprop", metrics=["accuracy"])'),
            "{loss} came in the place of the loss, and it is an optimizer.\n"
            "Say both by name: optimizer=..., loss=...",
        ),
    },
)


@compiling.symptom(
    'from_logits=True says "raw scores", but you end in softmax.\n'
    "Keep exactly one of the two: here softmax stays, so leave from_logits out.",
    edit=(LOSS, "loss=keras.losses.CategoricalCrossentropy(from_logits=True)"),
)
def softmax_and_from_logits(answer):
    return answer.facts["from_logits"]


@compiling.symptom(
    "The loss is a function called cross_entropy. Is it your own? That computes in "
    "numpy, and Keras cannot follow it back to the weights.\n"
    'Name the loss of Keras: loss="categorical_crossentropy".',
    edit=(LOSS, "loss=cross_entropy"),
)
def own_loss(answer):
    return answer.facts["is_own"] and answer.facts["loss"] == "cross_entropy"


@compiling.symptom(
    "Keras knows no loss called {loss}.\n"
    'Its name has one underscore: "categorical_crossentropy".',
    edit=("crossentropy", "cross_entropy"),
)
def loss_misspelled(answer):
    return not answer.facts["is_own"] and "cross_entropy" in answer.facts["loss"]


@compiling.symptom(
    "label_smoothing={s} makes the labels softer, and so the loss is another one.\n"
    "Leave it out here; lesson 10 is about it.",
    edit=(LOSS, "loss=keras.losses.CategoricalCrossentropy(label_smoothing=0.1)"),
)
def smoothed_labels(answer):
    smoothing = answer.facts["smoothing"]
    return bool(smoothing) and {"s": f"{smoothing:g}"}


@compiling.symptom(
    'Your loss has reduction="sum": it adds up the photos of a batch. The page\'s is '
    "their mean, and the word alone takes that.",
    edit=(LOSS, 'loss=keras.losses.CategoricalCrossentropy(reduction="sum")'),
)
def summed_over_photos(answer):
    return answer.facts["reduction"] == "sum"


# The metrics.


@compiling.symptom(
    "binary_accuracy counts the nine easy zeros per photo: "
    "ten equal guesses already score 0.90.",
    edit=('["accuracy"]', '["binary_accuracy"]'),
)
def binary_accuracy(answer):
    return "binary_accuracy" in answer.facts["metrics"]


@compiling.symptom(
    "keras.metrics.Accuracy() counts where label and probability are the same number, "
    "and they hardly ever are.\n"
    "Write the word: metrics=['accuracy'].",
    edit=('["accuracy"]', "[keras.metrics.Accuracy()]"),
)
def exact_accuracy(answer):
    return answer.facts["exact"]


@compiling.symptom(
    "There are no metrics: you would see the loss alone.\nAdd metrics=['accuracy'].",
    edit=(f", {METRICS}", ""),
)
def no_metrics(answer):
    return answer.facts["metrics"] == []
