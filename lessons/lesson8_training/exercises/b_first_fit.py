"""8b: your first fit."""

import numpy as np

from grader.checks import RemoteObject, exercise, expect, fixture

from . import EPOCHS_OF_FIRST, flat, one_hot, quietly
from .c_train_clues import record_of

fitting = exercise(
    "first_fit",
    hints=(
        "fit is a method of the model. It takes the images first, then their labels.",
        "The two settings go into the same call, by name: epochs and batch_size.",
        "return model.fit(x, y, epochs=3, batch_size=128)",
    ),
)

# Five batches of 128 images, the last one shorter.
IMAGES, BATCH = 600, 128


@fixture
def fitted(attempt, mnist):
    """The learner's network, what first_fit returned for it, and its first weights."""
    model = expect(attempt.build()).handle()
    before = expect(model.call("get_weights")).sequence()
    x, y = flat(mnist.x_train[:IMAGES]) / 255, one_hot(mnist.y_train[:IMAGES])
    return model, before, attempt.first_fit.unfollowed(model, x, y)


@fitting.check
def returns_the_record(fitted):
    """It returns what fit returns, the record of the training."""
    answer = fitted[2]
    value = answer.value
    is_record = isinstance(value, RemoteObject) and "History" in value.bases
    expect(answer).holds(is_record, "Expected the History that fit returns; got {got}.")


@fitting.check
def trains_the_model(fitted):
    """It trains the model that it gets."""
    model, before, answer = fitted
    now = expect(model.call("get_weights")).sequence()
    same = all(np.array_equal(a, b) for a, b in zip(before, now, strict=False))
    expect(answer, untouched=same).holds(
        not same, "Its weights are the same as before the call."
    )


@fitting.check
def trains_for_three_epochs(fitted):
    """It trains for 3 epochs."""
    model, _, answer = fitted
    epochs = len(record_of(model).get("loss", ()))
    expect(answer, epochs=epochs).holds(
        epochs == EPOCHS_OF_FIRST,
        "Epochs in the record of the training: {epochs}; there should be 3.",
    )


@fitting.check
def takes_batches_of_128(fitted):
    """It takes 128 images in each step."""
    model, _, answer = fitted
    params = quietly(lambda: model.get("history.params"))
    steps = params.get("steps") if isinstance(params, dict) else None
    wanted = -(-IMAGES // BATCH)
    steps = steps if isinstance(steps, int) else 0
    expect(answer, steps=steps, wanted=wanted).holds(
        steps == wanted,
        "With 600 images, an epoch has {steps} steps; with batches of 128 it has "
        "{wanted}.",
    )


CALL = "model.fit(x, y, epochs=3, batch_size=128)"


@fitting.symptom(
    "first_fit returned None. Is the return missing?\nWrite return before model.fit(...).",
    edit=(f"return {CALL}", CALL),
)
def nothing_returned(answer):
    return answer.raised is None and answer.value is None


@fitting.symptom(
    "You returned the model.\n"
    "Return the record of the training, which is what fit returns.",
    edit=(f"return {CALL}", f"{CALL}\n    return model"),
)
def the_model_returned(answer):
    return "Model" in answer.value.bases


@fitting.symptom(
    "You returned only the numbers of the record, its history.\n"
    "Return the record itself.",
    edit=(f"return {CALL}", f"return {CALL}.history"),
)
def the_numbers_returned(answer):
    return isinstance(answer.value, dict) and "loss" in answer.value


@fitting.symptom(
    "The model's weights are unchanged. Do you train another network, one that you "
    "build inside?\nCall fit of the model that you get.",
    edit=(CALL, CALL.replace("model.", "build().")),
)
def another_model_trained(answer):
    return answer.facts["untouched"]


@fitting.symptom(
    "The record has one epoch, which is fit's default.\nPass epochs=3.",
    edit=(", epochs=3", ""),
)
def one_epoch(answer):
    return answer.facts["epochs"] == 1


@fitting.symptom(
    "The record has {epochs} epochs, but the exercise gives a different number.\n"
    "Pass epochs=3.",
    edit=("epochs=3", "epochs=5"),
)
def other_epochs(answer):
    epochs = answer.facts["epochs"]
    return epochs > 1 and {"epochs": str(epochs)}


@fitting.symptom(
    "Your batches have 32 images, which is fit's default.\nPass batch_size=128.",
    edit=(", batch_size=128)", ")"),
)
def batches_of_32(answer):
    return answer.facts["steps"] == -(-IMAGES // 32)


@fitting.symptom(
    "With 600 images, your epoch has {steps} steps, so your batches don't have 128 images. "
    "Do they have a different size, or do you pass only some of the images?\n"
    "Use batch_size=128.",
    edit=("batch_size=128)", "batch_size=256)"),
)
def other_batches(answer):
    steps = answer.facts["steps"]
    return steps != -(-IMAGES // 32) and {"steps": str(steps)}


@fitting.symptom(
    "The images and the labels are swapped.\nfit takes the images first.",
    edit=("fit(x, y", "fit(y, x"),
)
def swapped(answer):
    message = answer.raised.message
    return "incompatible" in message and "784" in message and "10)" in message


@fitting.symptom(
    "y contains one-hot rows already, and you call one_hot again.\nPass y itself.",
    edit=("fit(x, y", "fit(x, one_hot(y)"),
)
def one_hot_again(answer):
    raised = answer.raised
    is_index = "arrays used as indices must be of integer" in raised.message
    return is_index and "one_hot(y)" in raised.trace


@fitting.symptom(
    "fit has no argument {word}.\nThe two are epochs and batch_size.",
    edit=("epochs=3", "epoch=3"),
)
def unknown_argument(answer):
    message = answer.raised.message
    before, found, word = message.partition("unexpected keyword argument '")
    return found and ".fit()" in before and {"word": word.split("'")[0]}
