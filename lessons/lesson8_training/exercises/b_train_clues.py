"""8b: what is seen of a trained network: pictures, and clues when something is wrong."""

import math
from contextlib import suppress

import numpy as np

from . import counted, flat, loss_of, quietly, share_right

# So many photos tell one preparation from another, also where a network is very sure.
SOME = 300

# Beside these a network of Dense layers is no other network.
NEUTRAL = {"InputLayer", "Flatten", "Reshape", "Rescaling", "Normalization", "Dropout"}


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


def record_of(model):
    """What Keras wrote down about the last fit: a list of numbers a name; {} of none."""
    found = quietly(lambda: model.get("history.history"))
    record = found if isinstance(found, dict) else {}
    return {
        name: [float(value) for value in values]
        for name, values in record.items()
        if isinstance(name, str) and is_row(values)
    }


def is_row(values):
    """Whether these are plain numbers that a float can hold."""
    return isinstance(values, (list, tuple)) and all(
        isinstance(v, float) or (isinstance(v, int) and abs(v) < 1e9) for v in values
    )


def steps_of(model):
    """The steps that the optimizer has taken, and those of an epoch of the last fit."""
    steps = quietly(lambda: model.call("optimizer.iterations.numpy"))
    fitted = quietly(lambda: model.get("history.params"))
    per_epoch = fitted.get("steps") if isinstance(fitted, dict) else None
    is_count = isinstance(per_epoch, int) and 0 < per_epoch < 1e9
    return whole_number(steps), per_epoch if is_count else math.nan


def whole_number(value):
    """A count that came from the worker as an int; None where it is none."""
    is_count = np.shape(value) == () and np.asarray(value).dtype.kind in "iu"
    return int(value) if is_count else None


def is_whole(model, record):
    """Whether the record of the last fit is that of the whole training."""
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
    """What a loss is called, by name or as an object; "" where it does not say."""
    name = loss.get("class_name", "") if isinstance(loss, dict) else loss
    return name if isinstance(name, str) else ""


def setting(part, name):
    """One setting of a loss or an optimizer, if it says what its settings are."""
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


def show_what_came(p, mnist, show):
    """The confusion matrix and the most confident mistakes, in the report."""
    guess, sure = p.argmax(axis=1), p.max(axis=1)
    right = int((guess == mnist.y_test).sum())
    show.matrix(
        counted(mnist.y_test, guess),
        title=f"{right:,} of the 10,000 test photos are read right: rows are the truth, "
        "columns the answers",
    )
    wrong = np.flatnonzero(guess != mnist.y_test)
    chosen = wrong[np.argsort(-sure[wrong], kind="stable")[:6]]
    if len(chosen):
        captions = [
            f"{mnist.y_test[i]} read as {guess[i]}, {sure[i]:.1%}" for i in chosen
        ]
        show.digits(mnist.x_test[chosen], captions, title="The most confident mistakes")
