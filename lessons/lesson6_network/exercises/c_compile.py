"""6c: compile it."""

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

compiling = exercise(
    "6c",
    "Compile it",
    points=20,
    writes="compile_model",
    after="6b",
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
