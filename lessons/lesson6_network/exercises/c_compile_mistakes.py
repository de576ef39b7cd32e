"""6c: the mistakes that are known of compiling."""

from ..symptoms import seen_in_facts, seen_in_messages
from .c_compile import compiling

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
    "In lesson 7 you may take {optimizer}, and see how it does. "
    "Here the page's own choice is asked for: rmsprop.",
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
    "Leave it out here; lesson 8 is about it.",
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
