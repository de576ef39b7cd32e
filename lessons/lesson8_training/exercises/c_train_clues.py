"""8c: pictures of a trained network, and clues if something is wrong."""

import math
from contextlib import suppress

import numpy as np

from grader.checks import Stopped

from . import UNSEEN, counted, flat, fraction_right, loss_of, one_hot, quietly

# Enough images to tell one preparation from another, even if a network is very sure.
SOME = 300

# With these, a network of Dense layers computes the same kind of function.
NEUTRAL = {"InputLayer", "Flatten", "Reshape", "Rescaling", "Normalization", "Dropout"}


def clues(attempt, model, mnist):
    """Return how the network was trained, its layers, and how predict prepares images.

    An unusual network gives fewer clues, or none.
    """
    images, labels = mnist.x_train[UNSEEN][:SOME], mnist.y_train[UNSEEN][:SOME]
    found = {}
    for look in (
        lambda: of_the_training(model),
        lambda: of_the_network(model),
        lambda: of_the_preparation(attempt, model, images),
        lambda: of_raw_images(model, images, labels),
    ):
        # These values come from the attempt, so they may have any type and size.
        with suppress(
            AttributeError, LookupError, ArithmeticError, TypeError, ValueError
        ):
            found |= look()
    return found


def record_of(model):
    """Return Keras's record of the last fit, a list of numbers for each name, or {}."""
    found = quietly(lambda: model.get("history.history"))
    record = found if isinstance(found, dict) else {}
    return {
        name: [float(value) for value in values]
        for name, values in record.items()
        if isinstance(name, str) and is_row(values)
    }


def is_row(values):
    """Return whether these are plain numbers that fit into a float."""
    return isinstance(values, (list, tuple)) and all(
        isinstance(v, float) or (isinstance(v, int) and abs(v) < 1e9) for v in values
    )


def steps_of(model):
    """Return the optimizer's steps, and the steps of an epoch of the last fit."""
    steps = quietly(lambda: model.call("optimizer.iterations.numpy"))
    fitted = quietly(lambda: model.get("history.params"))
    per_epoch = fitted.get("steps") if isinstance(fitted, dict) else None
    is_count = isinstance(per_epoch, int) and 0 < per_epoch < 1e9
    return whole_number(steps), per_epoch if is_count else math.nan


def whole_number(value):
    """Return a count from the worker as an int, or None if it isn't one."""
    is_count = np.shape(value) == () and np.asarray(value).dtype.kind in "iu"
    return int(value) if is_count else None


def is_whole(model, record):
    """Return whether the record of the last fit is of the whole training."""
    steps, per_epoch = steps_of(model)
    epochs = len(record.get("loss", ()))
    return steps is not None and steps == per_epoch * epochs


def of_the_training(model):
    record = record_of(model)
    steps, per_epoch = steps_of(model)
    losses = record.get("loss") if is_whole(model, record) else None
    shown = [v for name, v in record.items() if "acc" in name and "val" not in name]
    config = quietly(lambda: model.call("get_compile_config")) or {}
    loss, optimizer = config.get("loss"), config.get("optimizer")
    return {
        "epochs": 0 if steps is None else steps / per_epoch,
        "steps": steps,
        "per_epoch": per_epoch,
        "smoothing": setting(loss, "label_smoothing"),
        "from_logits": setting(loss, "from_logits") is True,
        "first_loss": (losses or [math.nan])[0],
        "fit_accuracy": shown[0][-1] if shown else math.nan,
        "loss_name": loss_name(loss),
        "optimizer": optimizer.get("class_name", "") if optimizer else "",
        "rate": setting(optimizer, "learning_rate"),
        "momentum": setting(optimizer, "momentum") or 0.0,
    }


def loss_name(loss):
    """Return the name of a loss, given by name or as an object, or ""."""
    name = loss.get("class_name", "") if isinstance(loss, dict) else loss
    return name if isinstance(name, str) else ""


def setting(part, name):
    """Return one setting of a loss or an optimizer, or None."""
    config = part.get("config") if isinstance(part, dict) else None
    return config.get(name) if isinstance(config, dict) else None


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
        # With other layers, these don't describe the network.
        "is_plain": bool(dense) and kinds <= NEUTRAL | {"Dense"},
    }


def of_the_preparation(attempt, model, images):
    """Return what predict does to images, judged by changed images."""
    nearly_white = np.minimum(images, 254)
    answers = quietly(lambda: attempt.predict(model, images))
    alone = quietly(lambda: attempt.predict(model, images[:1]))
    greys = quietly(lambda: attempt.predict(model, nearly_white))
    blacks = quietly(lambda: attempt.predict(model, np.zeros_like(images)))
    raw = quietly(lambda: model.call("predict", flat(images), verbose=0))
    small = quietly(lambda: model.call("predict", flat(images) / 255**2, verbose=0))
    return {
        "not_scaled": agree(answers, raw),
        "scaled_twice": agree(answers, small),
        "only_white": agree(greys, blacks),
        "mixed": alone is not None and not agree(answers[:1], alone),
    }


def of_raw_images(model, images, labels):
    """Return whether unscaled images suit the network better.

    The accuracy is the same for both, since relu keeps the scale; the loss differs. For
    networks trained on raw images it was 0.6 to 1.0 on raw and 1.5 on scaled images;
    for those trained on scaled images 0.6 and 0.14.
    """
    raw = quietly(lambda: model.call("predict", flat(images), verbose=0))
    scaled = quietly(lambda: model.call("predict", flat(images) / 255, verbose=0))
    alike = fraction_right(raw, labels) >= fraction_right(scaled, labels) - 0.01
    return {"likes_raw": alike and loss_of(raw, labels) < loss_of(scaled, labels)}


# Of 30 seeds, the loss of the first brief epoch: 2.0 to 2.2 with scaled images, 130 to
# 197 with unscaled ones.
RAW_LOSS = 20
BRIEF_STEPS, MOST_EPOCHS = 2, 20


def trained_on_raw(model, images, labels):
    """Return the first loss of a brief training on unscaled images, or None.

    Fit's own record shows the pixels: it has the loss of these validation images,
    unscaled. The network must be the lesson's, which misses the target with such pixels
    (NOTES.md); another one may learn from them.
    """
    record, (_, per_epoch) = record_of(model), steps_of(model)
    losses, first = record.get("val_loss", ()), record.get("loss", ())[:1]
    is_brief = per_epoch == BRIEF_STEPS and len(losses) <= MOST_EPOCHS
    if not (first and first[0] > RAW_LOSS and is_brief and is_the_lessons(model)):
        return None
    now = evaluated(model, flat(images), one_hot(labels))
    is_raw = any(math.isclose(now, loss, rel_tol=1e-3) for loss in losses)
    return first[0] if is_raw else None


def is_the_lessons(model):
    """Return whether the network has the layers, loss and optimizer of the page."""
    try:
        found = model.call("get_config").value["layers"]
        compiled = model.call("get_compile_config").value
        dense = [one["config"] for one in found if one["class_name"] == "Dense"]
        optimizer = compiled["optimizer"]["config"]
        rate = optimizer.pop("learning_rate")
        return (
            {one["class_name"] for one in found} <= {"InputLayer", "Flatten", "Dense"}
            and [(one["units"], one["activation"]) for one in dense]
            == [(512, "relu"), (10, "softmax")]
            and all(is_usual(one) for one in dense)
            and compiled["loss"] == "categorical_crossentropy"
            and compiled["optimizer"]["class_name"] == "RMSprop"
            and math.isclose(rate, 0.001, rel_tol=1e-3)
            and optimizer["momentum"] == 0
            and optimizer["rho"] == 0.9
            and not any(optimizer[name] for name in OFF)
        )
    except (Stopped, AttributeError, LookupError, TypeError, ValueError):
        return False  # an unusual network


# Settings of an optimizer that are off unless somebody sets them.
OFF = ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema")


def is_usual(layer):
    """Return whether a Dense layer starts and is limited as Keras does it by default."""
    started = layer["kernel_initializer"]["class_name"]
    limits = [value for name, value in layer.items() if name.endswith(LIMITS)]
    return started == "GlorotUniform" and not any(limits)


LIMITS = ("_regularizer", "_constraint")


def evaluated(model, x, y):
    """Return the loss that Keras computes, as for the record of fit, or nan."""
    found = quietly(lambda: model.call("evaluate", x, y, verbose=0))
    loss = found[0] if isinstance(found, (list, tuple)) and found else found
    return float(loss) if np.shape(loss) == () and loss is not None else math.nan


def agree(one, other):
    if one is None or other is None or np.shape(one) != np.shape(other):
        return False
    return bool(np.allclose(one, other, rtol=1e-3, atol=1e-5))


def show_what_came(p, mnist, show):
    """Show the confusion matrix and the most confident mistakes in the report."""
    images, labels = mnist.x_train[UNSEEN], mnist.y_train[UNSEEN]
    guess, sure = p.argmax(axis=1), p.max(axis=1)
    right = int((guess == labels).sum())
    show.matrix(
        counted(labels, guess),
        title=f"{right:,} of the 5,000 unseen images are classified correctly. Rows are "
        "the true digits, columns the predictions",
    )
    wrong = np.flatnonzero(guess != labels)
    chosen = wrong[np.argsort(-sure[wrong], kind="stable")[:6]]
    if len(chosen):
        # A terminal has 24 columns for each.
        captions = [
            f"{labels[i]} classified as {guess[i]}, {sure[i]:.3f}" for i in chosen
        ]
        show.digits(images[chosen], captions, title="The most confident mistakes")
