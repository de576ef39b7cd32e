"""14c: train on the brief's data, and answer for examples that nobody has seen."""

import numpy as np

from grader.checks import exercise, expect

from . import (
    ANSWERED,
    BITS,
    RIGHT_LABELS,
    RIGHT_SHIFTED,
    RIGHT_UNSURE,
    chosen_brief,
    data_of,
    new_examples,
)

training = exercise(
    "train",
    after="14b",
    cpu_s=120,
    hints=(
        "Epochs, batches in a new order, a step after each: the loop of lesson 9.",
        "After each epoch note both losses, and keep the parameters if the validation "
        "loss is the lowest so far.",
        "64 hidden units, batches of 32, lr = 0.2 and 20 epochs reach the target of each "
        "brief; for the letters, lr = 0.5 and 10 epochs.",
    ),
)

FEW = 320


def expect_training(answer):
    """Return the parameters and the curve that `train` returned."""
    expect(answer).sequence(2)
    params = expect(answer).its("parameters", lambda pair: pair[0]).mapping()
    curve = expect(answer).its("curve", lambda pair: pair[1]).array()
    is_curve = curve.ndim == 2 and curve.shape[1] == 2 and len(curve) > 0
    expect(answer).holds(
        is_curve,
        f"The curve has shape {curve.shape}; it should have a pair of losses for each "
        "epoch: (epochs, 2).",
        shows_value=False,
        flat=curve.ndim == 1,
    )
    return params, curve


@training.check
def the_curve_has_the_loss_of_what_is_returned(attempt):
    """Trained on a few examples, the parameters have a validation loss of the curve."""
    (x, y), (x_val, y_val) = data_of(chosen_brief(attempt))
    answer = attempt.train(x[:FEW], y[:FEW], x_val[:FEW], y_val[:FEW], 1)
    params, curve = expect_training(answer)
    losses = []
    for part in ((x_val[:FEW], y_val[:FEW]), (x[:FEW], y[:FEW])):
        pair = attempt.loss_and_gradients(*part, params)
        losses.append(expect(pair).its("loss", lambda pair: pair[0]).number())
    loss, other = losses
    distance = np.abs(curve[:, 1] - loss).min()
    expect(answer).holds(
        distance <= 1e-6 * max(1, abs(loss)),
        f"The parameters that you return have the validation loss {loss:.6f}, and no "
        "epoch of your curve has it.",
        shows_value=False,
        is_swapped=bool(np.abs(curve[:, 0] - loss).min() <= 1e-6),
        is_training=bool(np.abs(curve[:, 1] - other).min() <= 1e-6),
    )
    expect(answer).holds(
        len(curve) > 1, "Your curve has only one epoch.", shows_value=False
    )


@training.check
def the_seed_decides(attempt):
    """The same seed gives the same parameters, and the data stay as they were."""
    (x, y), (x_val, y_val) = data_of(chosen_brief(attempt))
    parts = x[:64], y[:64], x_val[:64], y_val[:64]
    first, again = (attempt.train(*parts, 2) for _ in range(2))
    one, other = expect_training(first)[0], expect_training(again)[0]
    same = one.keys() == other.keys() and all(
        np.array_equal(one[name], other[name]) for name in one
    )
    expect(again).holds(
        same,
        "Two trainings with the same seed gave different parameters.",
        shows_value=False,
        asked_same=True,
    )


@training.check
def reaches_the_target(attempt, mnist, trained, remark):
    """Your answers to new examples reach the target of your brief."""
    brief, answer = trained
    params, curve = expect_training(answer)
    x, y = new_examples(brief, mnist, attempt)
    told = attempt.predict(x, params)
    sentence, reached, facts = JUDGES[brief](told, y)
    sentence += describe_missed_epoch(attempt, brief, params, curve)
    expect(told).holds(
        reached,
        sentence,
        shows_value=False,
        first=float(curve[0, 1]),
        best=float(curve[:, 1].min()),
        **facts,
    )
    remark(sentence)


def describe_missed_epoch(attempt, brief, params, curve):
    """Return a sentence about an epoch that was better than the last.

    Returns "" if the parameters aren't those of the last epoch, or if its validation loss
    is at most 1 % above the lowest.
    """
    _, (x_val, y_val) = data_of(brief)
    answer = attempt.loss_and_gradients(x_val, y_val, params)
    loss = expect(answer).its("loss", lambda pair: pair[0]).number()
    losses, best = curve[:, 1], int(curve[:, 1].argmin())
    is_last = abs(losses[-1] - loss) <= 1e-6 * max(1, abs(loss))
    if not is_last or loss <= 1.01 * losses[best]:
        return ""
    return (
        f" You return the parameters of the last epoch, with a validation loss of "
        f"{loss:.3f}; epoch {best + 1} of {len(curve)} had {losses[best]:.3f}. If you kept "
        "that one, did a later step change its arrays in place?"
    )


def class_numbers(told, y, lowest=0):
    """Return the answers of `predict`, once they are a class number for each row."""
    numbers = expect(told).array()
    expect(told).holds(
        numbers.shape == (len(y),),
        f"predict returned the shape {numbers.shape}; one answer for each row has the "
        f"shape ({len(y)},).",
        shows_value=False,
        are_probabilities=numbers.shape == y.shape,
    )
    is_allowed = np.isin(numbers, np.arange(lowest, 10))
    expect(told).holds(
        bool(is_allowed.all()),
        f"predict returned {numbers[~is_allowed][:1]}, and that isn't an answer to "
        "this brief.",
        shows_value=False,
    )
    return numbers


def judge_shifted(told, y):
    """Judge the digits of shifted images."""
    said, digits = class_numbers(told, y), y.argmax(axis=1)
    right = float((said == digits).mean())
    sentence = f"Right for {right:.3f} of {len(y):,} new images; the target is {RIGHT_SHIFTED}."
    return sentence, right >= RIGHT_SHIFTED, {"is_guessing": right < 0.2}


def judge_unsure(told, y):
    """Judge the digits of clean images, of which some may stay without an answer."""
    said, digits = class_numbers(told, y, lowest=-1), y.argmax(axis=1)
    answered = said >= 0
    share = float(answered.mean())
    right = float((said == digits)[answered].mean()) if share else 0.0
    sentence = (
        f"Answers for {share:.3f} of {len(y):,} new images, and {right:.4f} of them "
        f"right; the targets are {ANSWERED} and {RIGHT_UNSURE}."
    )
    is_reached = share >= ANSWERED and right >= RIGHT_UNSURE
    return sentence, is_reached, {"is_guessing": right < 0.2}


def judge_letters(told, y):
    """Judge the probabilities of letters."""
    p = expect(told).array(shape=y.shape)
    sums = expect(told).its("row sums", lambda rows: np.asarray(rows).sum(axis=1))
    sums.all_close_to(1.0, 1e-6)
    least = expect(told).its("least probability", lambda rows: np.asarray(rows).min())
    least.is_between(0.0, 1.0)
    bits = float(-(y * np.log2(np.clip(p, 1e-12, 1))).sum(axis=1).mean())
    sentence = (
        f"{bits:.3f} bits per letter for {len(y):,} new letters; the target is {BITS}."
    )
    return sentence, bits <= BITS, {"is_guessing": bits > 4.0}


def judge_labels(told, y):
    """Judge four labels at once."""
    said = expect(told).array(shape=y.shape)
    expect(told).holds(
        bool(np.isin(said, (0, 1)).all()),
        "predict should return zeros and ones; other numbers are among them.",
        shows_value=False,
        are_probabilities=True,
    )
    right = float((said == y).all(axis=1).mean())
    each = ", ".join(f"{share:.3f}" for share in (said == y).mean(axis=0))
    sentence = (
        f"All four right for {right:.3f} of {len(y):,} new images; the target is "
        f"{RIGHT_LABELS}. Each label on its own: {each}."
    )
    return sentence, right >= RIGHT_LABELS, {}


JUDGES = {
    "shifted": judge_shifted,
    "unsure": judge_unsure,
    "letters": judge_letters,
    "labels": judge_labels,
}


@training.symptom(
    "Your curve is a row of single numbers.\n"
    "Append a pair for each epoch: (training loss, validation loss).",
    function="train",
    edit=("curve.append(tuple(losses))", "curve.append(losses[1])"),
)
def curve_has_one_loss(answer):
    return answer.facts.get("flat") is True


@training.symptom(
    "The validation loss of your parameters is in the first column of your curve. Are "
    "the two losses of a pair the wrong way round?",
    function="train",
    edit=("curve.append(tuple(losses))", "curve.append(tuple(losses[::-1]))"),
)
def curve_is_the_wrong_way_round(answer):
    return answer.facts.get("is_swapped") is True


@training.symptom(
    "The second column of your curve has the training loss of your parameters.\n"
    "Compute it with x_val and y_val.",
    function="train",
    edit=(
        "loss_and_gradients(x_val, y_val, params)",
        "loss_and_gradients(x, y, params)",
    ),
)
def curve_never_saw_the_validation_part(answer):
    facts = answer.facts
    return facts.get("is_training") is True and not facts.get("is_swapped")


@training.symptom(
    "Two trainings with the same seed differ.\n"
    "Take all random numbers from np.random.default_rng(seed).",
    function="train",
    edit=(
        "rng = np.random.default_rng(seed)\n    params",
        "rng = np.random.default_rng()\n    params",
    ),
)
def order_ignores_the_seed(answer):
    return answer.facts.get("asked_same") is True


@training.symptom(
    "predict returns the probabilities of all classes.\n"
    "For this brief, return one answer for each row: the most likely class.",
    function="predict",
    edit=(
        "return forward(x, params)[2].argmax(axis=1)",
        "return forward(x, params)[2]",
    ),
)
def answers_are_probabilities(answer):
    return answer.facts.get("are_probabilities") is True


@training.symptom(
    "The validation loss hardly fell: it began at {first} and got no lower than {best}. "
    "Is there a step after each batch, is it kept, and is it long enough?",
    function="predict",
    edit=(
        "params[name] - 0.2 * gradients[name]",
        "params[name] - 0.0001 * gradients[name]",
    ),
)
def hardly_learned(answer):
    first, best = answer.facts.get("first"), answer.facts.get("best")
    is_flat = first is not None and best > 0.9 * first and best > 0.9
    return is_flat and {"first": f"{first:.3f}", "best": f"{best:.3f}"}


@training.symptom(
    "Your model learned, and yet its answers are right about as often as guesses. Does "
    "predict use params?",
    function="predict",
    edit=(
        "return forward(x, params)[2].argmax(axis=1)",
        "return forward(x, start(x.shape[1], 10, 0))[2].argmax(axis=1)",
    ),
)
def answers_are_guesses(answer):
    facts = answer.facts
    is_learned = facts.get("first") is not None and facts["best"] < 1.5
    return is_learned and facts.get("is_guessing") is True
