"""11d: dropout."""

import numpy as np

from grader.checks import Alternative, exercise, expect

dropout = exercise(
    "11d",
    "Dropout",
    points=25,
    writes="dropout",
    hints=(
        "One random number for each entry decides: dropped or kept?",
        "kept = rng.random(a.shape) >= rate. What is kept is divided by 1 - rate.",
        "if not training: return a. Else: return a * kept / (1 - rate)",
    ),
    alternative=Alternative(
        code="""
            def dropout(a, rate, training, seed):
                if not training:
                    return a
                kept = np.random.default_rng(seed).random(a.shape) >= rate
                return np.where(kept, a / (1 - rate), 0)
        """,
        why=(
            "np.where writes a clean 0 even where a is inf; inf * 0 would be nan. "
            "What it costs: what is dropped is divided, too."
        ),
    ),
)

SHAPE = (100, 80)


def numbers(rng):
    """Hidden numbers without a 0 among them, so that a 0 is one that was dropped."""
    return rng.uniform(0.5, 2, size=SHAPE)


@dropout.check
def is_off_at_prediction(attempt, rng):
    """When nothing is trained, a comes back as it is."""
    a = numbers(rng)
    expect(attempt.dropout(a, 0.4, False, 1)).close_to(a)


@dropout.check
def drops_and_divides(attempt, rng):
    """While training, each entry becomes 0 or a / (1 - rate)."""
    for rate in (0.25, 0.6):
        a = numbers(rng)
        answer = attempt.dropout(a, rate, True, int(rng.integers(1, 10_000)))
        value = expect(answer).array(shape=SHAPE)
        kept = value != 0
        expect(answer).holds(
            np.allclose(value[kept], a[kept] / (1 - rate), rtol=1e-6),
            f"With rate = {rate} each entry should become 0 or a / {1 - rate:g}.",
        )
        if who := same_for(kept):
            expect(answer, same_for=who).holds(
                False, f"For all {who} the same was dropped."
            )
        # 8,000 entries: the share varies by 0.006.
        expect(answer).holds(
            abs((~kept).mean() - rate) < 0.04,
            f"With rate = {rate}, the fraction of entries that became 0 is "
            f"{(~kept).mean():.3f}.",
        )


def same_for(kept):
    """For whom alike some entries were kept and some dropped: photos, units or none."""
    for axis, who in ((0, "photos"), (1, "units")):
        is_one = bool((kept == kept.take([0], axis=axis)).all())
        if is_one and kept.any() and not kept.all():
            return who
    return ""


@dropout.check
def is_drawn_for_each_entry(attempt, rng):
    """Each photo and each unit is drawn for itself."""
    answer = attempt.dropout(numbers(rng), 0.5, True, 3)
    kept = expect(answer).array(shape=SHAPE) != 0
    who = same_for(kept)
    sentence = f"For all {who} the same was dropped."
    expect(answer).holds(not who, sentence, same_for=who)


@dropout.check
def follows_the_seed(attempt, rng):
    """The same seed drops the same entries, another seed others."""
    a, seed = numbers(rng), int(rng.integers(1, 10_000))
    one, two, three = (attempt.dropout(a, 0.5, True, s) for s in (seed, seed, seed + 1))
    first = expect(one).array(shape=SHAPE)
    for other, same in ((two, True), (three, False)):
        agree = np.array_equal(first, expect(other).array(shape=SHAPE))
        sentence = (
            "The same seed dropped other entries."
            if same
            else "Two different seeds dropped the same entries."
        )
        expect(other).holds(agree == same, sentence, asked_same=same)


@dropout.check
def a_rate_of_0_drops_nothing(attempt, rng):
    """With rate = 0 everything is kept as it is."""
    a = numbers(rng)
    expect(attempt.dropout(a, 0.0, True, 2)).close_to(a)


def asked(answer):
    """a, the rate and whether it is trained, as they were asked."""
    a, rate, training = answer.args[:3]
    return np.asarray(a), rate, training


def factor(answer):
    """What every entry that is left was multiplied by; None if not by one number."""
    a, value = asked(answer)[0], np.asarray(answer.value)
    left = value != 0
    factors = value[left] / a[left]
    is_one = factors.size > 0 and np.ptp(factors) < 1e-6
    return float(factors.mean()) if is_one else None


def share_dropped(answer):
    return float((np.asarray(answer.value) == 0).mean())


@dropout.symptom(
    "Entries are 0 although nothing is trained. At prediction every unit is on.",
    function="dropout",
    edit=("if not training:", "if False:"),
)
def on_at_prediction(answer):
    return not asked(answer)[2] and share_dropped(answer) > 0


@dropout.symptom(
    "At prediction the numbers were multiplied by 1 - rate. The first dropout did so; "
    "inverted dropout divides while it trains, and leaves a alone at prediction.",
    function="dropout",
    edit=("return a\n", "return a * (1 - rate)\n"),
)
def scaled_at_prediction(answer):
    _, rate, training = asked(answer)
    return not training and np.isclose(factor(answer), 1 - rate)


@dropout.symptom(
    "At prediction the numbers were divided by 1 - rate. Nothing was dropped then, so "
    "there is nothing to make up for.",
    function="dropout",
    edit=("return a\n", "return a / (1 - rate)\n"),
)
def divided_at_prediction(answer):
    _, rate, training = asked(answer)
    return not training and np.isclose(factor(answer), 1 / (1 - rate))


@dropout.symptom(
    "Nothing came back at prediction. Return a then, too.",
    function="dropout",
    edit=("return a\n", "return None\n"),
)
def nothing_at_prediction(answer):
    return not asked(answer)[2] and answer.raised is None and answer.value is None


@dropout.symptom(
    "Nothing was dropped while training. Is training asked the other way round?",
    function="dropout",
    edit=("if not training:", "if training or not training:"),
)
def off_while_training(answer):
    a, rate, training = asked(answer)
    return training and rate > 0 and np.array_equal(answer.value, a)


@dropout.symptom(
    "What is kept came back as it was. Then the sum of a layer is smaller while "
    "training than at prediction.\n"
    "Divide what is kept by 1 - rate.",
    function="dropout",
    edit=("a * kept / (1 - rate)", "a * kept"),
)
def not_divided(answer):
    _, rate, training = asked(answer)
    return training and 0 < rate and np.isclose(factor(answer), 1)


@dropout.symptom(
    "What is kept was multiplied by 1 - rate, and so became smaller still. Divide.",
    function="dropout",
    edit=("a * kept / (1 - rate)", "a * kept * (1 - rate)"),
)
def multiplied_by_the_rest(answer):
    _, rate, training = asked(answer)
    return training and np.isclose(factor(answer), 1 - rate)


@dropout.symptom(
    "You took rate for the fraction that is kept: {share} of the entries became 0, and the "
    "others were divided by {rate}. rate is the fraction that is dropped.\n"
    "1 - rate is kept: it decides which entries stay, and what they are divided by.",
    function="dropout",
    edit=("a * kept / (1 - rate)", "a * ~kept / rate"),
)
def rate_is_kept(answer):
    _, rate, training = asked(answer)
    share = share_dropped(answer)
    is_rest = abs(share - (1 - rate)) < 0.04 < abs(share - rate)
    is_shown = training and is_rest and np.isclose(factor(answer), 1 / rate)
    return is_shown and {"rate": f"{rate:g}", "share": f"{share:.2f}"}


@dropout.symptom(
    "What is kept was divided by rate. But what share is kept?\n"
    "It is 1 - rate: divide by that.",
    function="dropout",
    edit=("a * kept / (1 - rate)", "a * kept / rate"),
)
def divided_by_the_rate(answer):
    _, rate, training = asked(answer)
    is_apart = 0 < rate and not np.isclose(rate, 1 - rate)
    return training and is_apart and np.isclose(factor(answer), 1 / rate)


@dropout.symptom(
    "With rate = {rate} a share of {share} became 0. Are dropped and kept exchanged? rate "
    "is the share that is dropped.",
    function="dropout",
    edit=(">= rate", "< rate"),
)
def kept_for_dropped(answer):
    _, rate, training = asked(answer)
    share = share_dropped(answer)
    is_rest = training and abs(share - (1 - rate)) < 0.04 < abs(share - rate)
    return is_rest and {"rate": f"{rate:g}", "share": f"{share:.2f}"}


@dropout.symptom(
    "All {many} entries were {what} together. Is one random number drawn for all of them?\n"
    "Draw for each entry: rng.random(a.shape).",
    function="dropout",
    edit=(".random(a.shape)", ".random()"),
)
def all_or_nothing(answer):
    a, rate, training = asked(answer)
    share = share_dropped(answer)
    if not training or not 0 < rate < 1 or share not in (0.0, 1.0):
        return None
    is_scaled = share == 1.0 or np.isclose(factor(answer), 1 / (1 - rate))
    return is_scaled and {"many": a.size, "what": "dropped" if share else "kept"}


@dropout.symptom(
    "Half of the entries became 0, whatever the rate is: here it is {rate}.",
    function="dropout",
    edit=(".random(a.shape) >= rate", ".choice([0, 1], size=a.shape)"),
)
def always_half(answer):
    _, rate, training = asked(answer)
    is_half = training and abs(share_dropped(answer) - 0.5) < 0.02 < abs(rate - 0.5)
    return is_half and {"rate": f"{rate:g}"}


@dropout.symptom(
    "The entries of a are gone: 0, or one and the same number. Multiply a by what was "
    "drawn.",
    function="dropout",
    edit=("a * kept / (1 - rate)", "kept / (1 - rate)"),
)
def mask_alone(answer):
    return asked(answer)[2] and len(np.unique(np.asarray(answer.value))) == 2


@dropout.symptom(
    "Hardly anything is 0, and each entry has a factor of its own. A random number "
    "decides: at least rate, or below? It is no factor itself.",
    function="dropout",
    edit=(" >= rate", ""),
)
def random_factors(answer):
    a, rate, training = asked(answer)
    factors = np.asarray(answer.value) / a
    return training and rate > 0 and len(np.unique(factors.round(9))) > a.size // 2


@dropout.symptom(
    "Only one row was drawn, and every photo lost the same units.\n"
    "Draw for each entry: a.shape.",
    function="dropout",
    edit=(".random(a.shape)", ".random(a.shape[1])"),
)
def same_for_all_photos(answer):
    return answer.facts.get("same_for") == "photos"


@dropout.symptom(
    "One number was drawn for each photo, so a photo lost all of its units or none.\n"
    "Draw for each entry: a.shape.",
    function="dropout",
    edit=(".random(a.shape)", ".random((len(a), 1))"),
)
def same_for_all_units(answer):
    return answer.facts.get("same_for") == "units"


@dropout.symptom(
    "Two calls with the same seed dropped other entries.\n"
    "Hand the seed on: np.random.default_rng(seed).",
    function="dropout",
    edit=("default_rng(seed)", "default_rng()"),
)
def seed_is_not_used(answer):
    return answer.facts.get("asked_same") is True


@dropout.symptom(
    "Two different seeds dropped the same entries.\n"
    "Use the seed that was handed in, not a fixed one.",
    function="dropout",
    edit=("default_rng(seed)", "default_rng(0)"),
)
def seed_is_fixed(answer):
    return answer.facts.get("asked_same") is False
