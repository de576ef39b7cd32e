"""12d: one temperature, chosen on validation images, and what it changes."""

import re

import numpy as np

from grader.checks import Alternative, exercise, expect

from . import FIFTEEN, TEN_Y, TEN_Z, reference, scored

calibration = exercise(
    "calibrate",
    hints=(
        "Two steps that must not mix: choose T on the validation images, measure on the "
        "test images.",
        "T = temperature(z_val, np.eye(k)[labels_val], TEMPERATURES), where k is the "
        "number of columns of z_val.",
        "expected_calibration_error(softmax(z_test), labels_test), then the same with "
        "z_test / T.",
    ),
    alternative=Alternative(
        code="""
            def calibrate(z_val, labels_val, z_test, labels_test):
                def error(T):
                    p = softmax(z_test / T)
                    return expected_calibration_error(p, labels_test)

                y_val = np.eye(z_val.shape[1])[labels_val]
                T = temperature(z_val, y_val, TEMPERATURES)
                return T, error(1), error(T)
        """,
        why=(
            "The error before is the error after with T = 1. So one function does both, "
            "and they cannot differ in anything else. The price: you have to see that."
        ),
    ),
)


def expect_three(answer, want):
    """The three numbers, by their names."""
    expect(answer).sequence(3)
    for i, name in enumerate(("T", "ECE before", "ECE after")):
        part = expect(answer).its(name, lambda parts, i=i: parts[i])
        part.close_to(want[i], 1e-9)


def drawn(rng, n, k, heat):
    """Logits and class numbers of images, with a network that is wrong by `heat`."""
    z, y = scored(rng, n, k, heat)
    return z, y.argmax(axis=1)


def told_apart(rng, n, m, k, heat):
    """Validation and test images whose best temperatures are far apart."""
    while True:
        z_val, labels_val = drawn(rng, n, k, heat)
        z_test, labels_test = drawn(rng, m, k, heat * rng.choice([0.7, 1.4]))
        asked = z_val, labels_val, z_test, labels_test
        swapped = z_test, labels_test, z_val, labels_val
        T, before, after = reference.calibrate(*asked)
        other = reference.calibrate(*swapped)
        if min(abs(T - other[0]), abs(before - after), abs(T - 1)) > 0.03:
            return asked


@calibration.check
def measures_the_ten_images(attempt):
    """The ten images choose T = 2.59; fifteen others are measured before and after."""
    z_test = np.tile([np.log(9), 0.0], (15, 1))
    asked = TEN_Z, TEN_Y.argmax(axis=1), z_test, FIFTEEN
    # 10 of the 15 are right: |2/3 - 0.9|, and |2/3 - 0.700| with T.
    after = abs(2 / 3 - reference.softmax(z_test / 2.59)[0, 0])
    expect_three(attempt.calibrate(*asked), (2.59, 0.9 - 2 / 3, after))


@calibration.check
def agrees_on_random_images(attempt, reference, rng):
    """It agrees with the reference on networks that are too bold or too modest."""
    for n, m, k, heat in ((60, 90, 3, 1.7), (80, 50, 5, 0.6), (70, 120, 2, 1.2)):
        asked = told_apart(rng, n, m, k, heat)
        expect_three(attempt.calibrate(*asked), reference.calibrate(*asked))


@calibration.check
def the_test_images_choose_nothing(attempt, reference, rng):
    """T stays the same if the test images are different."""
    z_val, labels_val, z_test, labels_test = told_apart(rng, 60, 60, 4, 1.5)
    want = reference.temperature(z_val, np.eye(4)[labels_val], reference.TEMPERATURES)
    others = labels_test, (labels_test + 1) % 4, z_test.argmax(axis=1)
    for each in [attempt.calibrate(z_val, labels_val, z_test, one) for one in others]:
        expect(each).sequence(3)
        expect(each).its("T", lambda parts: parts[0]).close_to(want, 1e-9)


@calibration.wrong_answer(
    "Your T is the best one for the test images. They are there to be measured: if "
    "they also choose, the result is too good.\n"
    "Choose T on the validation images."
)
def chosen_on_the_test_images(z_val, labels_val, z_test, labels_test):
    return reference.calibrate(z_test, labels_test, z_test, labels_test)


@calibration.wrong_answer(
    "You measured both errors on the validation images, on which you chose T.\n"
    "Measure on the test images."
)
def measured_on_validation_images(z_val, labels_val, z_test, labels_test):
    return reference.calibrate(z_val, labels_val, z_val, labels_val)


@calibration.wrong_answer(
    "The two sets are swapped: you chose T on the test images and measured on the "
    "validation images.\n"
    "Choose on the validation images, and measure on the test images."
)
def sets_swapped(z_val, labels_val, z_test, labels_test):
    return reference.calibrate(z_test, labels_test, z_val, labels_val)


@calibration.wrong_answer(
    "Your calibration error with T is the one with 1/T. Did you multiply the logits "
    "by T?\n"
    "Divide them."
)
def multiplied_by_T(z_val, labels_val, z_test, labels_test):
    T, _, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    return T, *(
        reference.expected_calibration_error(reference.softmax(z_test * t), labels_test)
        for t in (1, T)
    )


@calibration.wrong_answer(
    "The two errors are swapped.\n"
    "Return the error without T first, then the error with T."
)
def errors_swapped(z_val, labels_val, z_test, labels_test):
    T, before, after = reference.calibrate(z_val, labels_val, z_test, labels_test)
    return T, after, before


@calibration.wrong_answer(
    "Both errors are the same: the error of the network as it is.\n"
    "Divide the logits by T for the second one."
)
def T_is_not_used(z_val, labels_val, z_test, labels_test):
    T, before, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    return T, before, before


@calibration.wrong_answer(
    "Both errors are the error with T.\n"
    "The first should be the error of the network as it is, without a temperature."
)
def T_is_used_twice(z_val, labels_val, z_test, labels_test):
    T, _, after = reference.calibrate(z_val, labels_val, z_test, labels_test)
    return T, after, after


@calibration.wrong_answer(
    "For the calibration error with T, you divided the probabilities by T.\n"
    "Divide the logits by T, before softmax."
)
def probabilities_divided(z_val, labels_val, z_test, labels_test):
    T, before, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    p = reference.softmax(z_test) / T
    return T, before, reference.expected_calibration_error(p, labels_test)


@calibration.wrong_answer(
    "You returned cross-entropies.\n"
    "Return calibration errors: call expected_calibration_error with the "
    "probabilities and the labels."
)
def costs_for_errors(z_val, labels_val, z_test, labels_test):
    T, _, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    y = np.eye(z_test.shape[1])[labels_test]
    costs = [reference.cross_entropy(y, reference.softmax(z_test / t)) for t in (1, T)]
    return T, *costs


@calibration.wrong_answer(
    "Your T is the candidate with the least calibration error on the validation "
    "images.\n"
    "Use temperature, which takes the least cross-entropy."
)
def chosen_by_the_error(z_val, labels_val, z_test, labels_test):
    error, softmax = reference.expected_calibration_error, reference.softmax
    tried = [error(softmax(z_val / T), labels_val) for T in reference.TEMPERATURES]
    T = float(reference.TEMPERATURES[np.argmin(tried)])
    return T, *(error(softmax(z_test / t), labels_test) for t in (1, T))


@calibration.symptom(
    "temperature wants one-hot rows, and labels_val are class numbers.\n"
    "np.eye(z_val.shape[1])[labels_val] makes rows of them.",
    function="calibrate",
    edit=(
        "temperature(z_val, y_val, TEMPERATURES)",
        "temperature(z_val, labels_val, TEMPERATURES)",
    ),
)
def class_numbers_for_rows(answer):
    return shapes_in_temperature(answer, r"\(\d+,\) \(\d+,(?P<k>\d+)\)") is not None


@calibration.symptom(
    "You pass temperature labels with {columns} columns, and logits with {k}. The "
    "labels need a column for each class of z_val.\n"
    "np.eye(z_val.shape[1])[labels_val] has one.",
    function="calibrate",
    edit=("np.eye(z_val.shape[1])", "np.eye(10)"),
)
def rows_of_another_width(answer):
    found = shapes_in_temperature(
        answer, r"\((\d+),(?P<columns>\d+)\) \(\1,(?P<k>\d+)\)"
    )
    return found and found.groupdict()


def shapes_in_temperature(answer, shapes):
    """Match the shapes of labels and logits that don't fit in temperature, or None."""
    raised = answer.raised
    if raised is None or "temperature(" not in raised.trace:
        return None
    return re.search(rf"broadcast together with shapes {shapes}", raised.message)


@calibration.symptom(
    "You returned {count} numbers.\n"
    "Return three: T, the error before, and the error with T.",
    function="calibrate",
    edit=("return T, before, after", "return before, after"),
)
def not_three_numbers(answer):
    value = answer.value
    is_other = isinstance(value, (tuple, list)) and len(value) != 3
    return is_other and {"count": len(value)}


@calibration.wrong_answer(
    "You passed logits to expected_calibration_error.\n"
    "It takes probabilities: apply softmax first."
)
def logits_for_probabilities(z_val, labels_val, z_test, labels_test):
    T, _, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    error = reference.expected_calibration_error
    return T, error(z_test, labels_test), error(z_test / T, labels_test)


@calibration.wrong_answer(
    "You divided the probabilities by T, and applied softmax to them once more.\n"
    "Divide the logits: softmax(z_test / T)."
)
def softmax_of_probabilities(z_val, labels_val, z_test, labels_test):
    T, before, _ = reference.calibrate(z_val, labels_val, z_test, labels_test)
    p = reference.softmax(reference.softmax(z_test) / T)
    return T, before, reference.expected_calibration_error(p, labels_test)
