"""What a grading shows for natural mistakes, beyond what their lessons list.

A lesson's `natural_attempts.toml` has the mistakes and their names; `dev.verify` grades
them. Here is what a row can't say: which line, claim, remark or cure goes with an answer,
and what two gradings have in common.
"""

from __future__ import annotations

import textwrap

import pytest

from grader.checks.attempt import Answer
from grader.checks.attempt.failure_messages import explain_failure
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.report.sentences import claim_line
from grader.sandbox import TimedOut, WorkerFactory
from tests.support.grading import cpu_limit, grade_attempt, graded, report_of, said
from tests.support.project import ROOT


def with_seed_5(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    lesson = catalog.find(tag[:-1], ROOT)
    return report_of(lesson, tag, code, seed=5, warm=warm).exercises[0]


def tags_of(result: ExerciseResult) -> list[str]:
    return [one.tag for one in result.finding.mistakes] if result.finding else []


@pytest.mark.parametrize(
    ("line", "question"),
    [
        (
            "from tensorflow.keras.utils import to_categorical",
            "The line imports Keras. Does this lesson need it?",
        ),
        ("    import torch", "The line is an import. Does it load a large library?"),
    ],
)
def test_a_slow_import_is_no_endless_loop(line: str, question: str) -> None:
    stopped = TimedOut(5.0, "cpu", line=3, source_line=line)
    outcome, finding = explain_failure(stopped, Answer("one_hot"))
    assert outcome is Outcome.TIMED_OUT
    assert "loop" not in finding.sentence
    assert question in finding.sentence


def test_a_loop_is_still_asked_for() -> None:
    stopped = TimedOut(5.0, "cpu", line=3, source_line="while imported:")
    _, finding = explain_failure(stopped, Answer("one_hot"))
    assert "Is there a loop that never ends" in finding.sentence


def test_that_astype_leaves_x_is_part_of_the_cure(warm: WorkerFactory) -> None:
    code = "\ndef scale(x):\n    x.astype(np.float32)\n    return x / 255\n"
    (mistake,) = graded(warm, "2c", code).finding.mistakes
    assert "doesn't change x" in mistake.cure


def test_what_is_seen_in_the_shown_answer_is_told_first(warm: WorkerFactory) -> None:
    code = "\ndef softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis=1)\n"
    (mistake,) = graded(warm, "3c", code).finding.mistakes
    first, second = mistake.sentences
    assert first.startswith("A sum or a maximum over an axis drops that axis")
    assert second.startswith("A single row of shape (K,) has no axis 1.")


def test_of_two_explanations_the_one_that_the_source_shows_is_given(
    warm: WorkerFactory,
) -> None:
    code = (
        "\ndef stable_softmax(z):\n    e = np.exp(z - z.max(axis=1))\n"
        "    return e / e.sum(axis=1, keepdims=True)\n"
    )
    finding = graded(warm, "5b", code).finding
    assert "has no keepdims: z.max(axis=1)." in finding.sentence
    assert [one.slips for one in finding.mistakes] == [("no keepdims", "only_batches")]


@pytest.mark.parametrize("shape", ["y.shape", "np.shape(y)"])
def test_a_whole_shape_below_a_fraction_is_not_to_be_made_an_array(
    warm: WorkerFactory, shape: str
) -> None:
    code = f"def cross_entropy(y, p): return 1 / {shape} * losses(y, p).sum()"
    result = with_seed_5(warm, "3e", code)
    finding = result.finding
    assert finding is not None
    assert f"{shape} is a tuple: the lengths" in finding.sentence
    assert "array" not in finding.sentence


def test_the_page_hands_over_weights_that_an_array_of_places_can_choose_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = catalog.find("10", ROOT).solution.read_text(encoding="utf-8")
    until_10c = page.partition("# ## 10c")[0]
    right = "(y * np.asarray(w) * np.log(p)).sum(axis=1)"
    lookup = "(np.log((y * p).sum(axis=1)) * w[y.argmax(axis=1)])"
    assert right in until_10c
    exec(until_10c.replace(right, lookup), {"__name__": "__main__"})
    assert "3.957264" in capsys.readouterr().out


FIT = """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = init((x.shape[1], 64, y.shape[1]), seed)
    {before}
    for epoch in range(20):
        {order}
        for start in range(0, len(x), 32):
            rows = order[start : start + 32]
            z1, a, p = forward(x[rows], params)
            grads = backward(x[rows], y[rows], params, z1, a, p)
            {step}
        if on_epoch is not None:
            on_epoch(params)
    return params
"""


def fit(**edit: str) -> str:
    right = {
        "before": "pass",
        "order": "order = rng.permutation(len(x))",
        "step": "params = sgd_step(params, grads, lr=0.2)",
    }
    return FIT.format(**{**right, **edit})


DRAWN = "order = rng.permutation(len(x))"


@pytest.mark.slow
def test_a_batch_of_another_size_is_not_called_shuffled_once(
    warm: WorkerFactory,
) -> None:
    code = fit(before=DRAWN, order="pass").replace("32", "50")
    assert "9e.shuffled_once" not in tags_of(with_seed_5(warm, "9e", code))


@pytest.mark.slow
def test_what_is_trained_by_hand_is_followed_and_drawn(warm: WorkerFactory) -> None:
    lesson, told = catalog.find("9", ROOT), list[dict[str, float]]()
    report = grade_attempt(
        lesson, lesson.solution, exercise="9e", warm=warm, on_progress=told.append
    )
    assert [(one["epoch"], one["epochs"]) for one in told] == [
        (epoch, 20) for epoch in range(1, 21)
    ]
    curves = dict(
        zip(report.pictures[0].captions, report.pictures[0].rows, strict=True)
    )
    assert [one["loss"] for one in told] == list(curves["loss on training images"])
    assert told[-1]["val_loss"] == curves["on validation images"][-1]
    assert told[-1]["loss"] < 0.05 < told[-1]["val_loss"]


@pytest.mark.slow
def test_the_test_photos_are_asked_when_the_target_is_reached(
    warm: WorkerFactory,
) -> None:
    remarks = with_seed_5(warm, "9e", "").remarks
    assert len(remarks) == 1
    assert "used for no choice" in remarks[0]
    missed = with_seed_5(
        warm, "9e", fit(step="params = sgd_step(params, grads, lr=0.01)")
    )
    assert missed.remarks == ()
    assert missed.finding is not None
    assert missed.finding.sentence.startswith("On 10,000 validation images")


def test_a_word_that_numpy_does_not_know_is_told_as_it_is(warm: WorkerFactory) -> None:
    code = """
def rmsprop_step(w, g, s, lr=0.001, rho=0.9, eps=1e-7):
    s = np.add(rho * s, (1 - rho) * g**2, dim=0)
    return w - lr * g / np.sqrt(s + eps), s
"""
    finding = with_seed_5(warm, "11b", code).finding
    assert finding is not None
    assert "Keep those" not in finding.sentence


def test_a_sentence_is_not_called_right_and_has_another_one_beside_it(
    warm: WorkerFactory,
) -> None:
    wrong = "It means that the network is always right."
    result = graded(warm, "3g", f'EXPLAIN["in one sentence"] = "{wrong}"')
    assert result.outcome is Outcome.PASSED
    (remark,) = result.remarks
    assert wrong in remark
    assert "can't judge" in remark
    assert "31 %" in remark
    (check,) = (c for c in result.checks if c.remark)
    assert "It isn't graded" in check.sentence


def test_the_claim_is_that_of_the_answer_that_is_shown(warm: WorkerFactory) -> None:
    code = """
        def numeric_grad(f, z, h=1e-5):
            grad = np.zeros(z.shape)
            for i in np.ndindex(z.shape):
                z[i] += h
                above = f(z)
                z[i] -= 2 * h
                grad[i] = (above - f(z)) / (2 * h)
            return grad
    """
    result = graded(warm, "5f", code)
    assert claim_line(result).endswith("the gradient of the paper batch's loss.")


def test_of_a_right_answer_that_spoilt_its_question_only_that_is_claimed(
    warm: WorkerFactory,
) -> None:
    code = """
        def losses(y, p):
            np.clip(p, 1e-7, 1 - 1e-7, out=p)
            return -(y * np.log(p)).sum(axis=1)
    """
    told = claim_line(graded(warm, "3d", code))
    assert told.endswith("Your function does not modify its arguments.")


def test_an_exception_without_text_is_shown_as_one(warm: WorkerFactory) -> None:
    code = """
        def cross_entropy(y, p):
            if y.shape != p.shape or len(p) == 0:
                raise ValueError
            return float(losses(y, p).mean())
    """
    result = graded(warm, "3e", code)
    assert result.finding is not None
    assert result.finding.got == "ValueError"


@pytest.mark.slow
def test_a_loop_without_end_is_not_looked_for_in_another_exercise(
    warm: WorkerFactory,
) -> None:
    # On one line, wherever the clock strikes.
    code = """
        def cross_entropy(y, p):
            while losses(y, p)[0] >= 0: pass
    """
    with cpu_limit(1):
        result = graded(warm, "3e", code)
    assert result.finding is not None
    assert result.outcome is Outcome.TIMED_OUT
    # Most of the time goes by in losses, which is right.
    assert result.finding.source in ("", "while losses(y, p)[0] >= 0: pass")


def test_the_line_to_change_is_the_one_that_calls_the_other(
    warm: WorkerFactory,
) -> None:
    code = "def softmax(z):\n    return np.array([softmax_row(row) for row in z])"
    result = graded(warm, "3c", code)
    assert result.finding is not None
    assert "That came up in softmax_row, exercise 3b." in result.finding.sentence
    assert result.finding.source == "return np.array([softmax_row(row) for row in z])"


@pytest.mark.slow
@pytest.mark.parametrize(
    "around", ["{0}", "try:\n    {0}\nexcept Exception:\n    pass"], ids=["", "caught"]
)
def test_a_numerical_gradient_that_never_ends_is_timed_out_with_the_reason(
    warm: WorkerFactory, around: str
) -> None:
    loop = textwrap.indent(around.format("f(z)"), "        ")
    code = f"def numeric_grad(f, z, h=1e-5):\n    while True:\n{loop}"
    with cpu_limit(1):
        result = graded(warm, "5f", code)
    assert result.outcome is Outcome.TIMED_OUT
    assert "called f more than 324 times" in said(result)


def test_an_exercise_that_calls_a_later_one_is_told_the_true_reason(
    warm: WorkerFactory,
) -> None:
    code = """
def numeric_grad(f, z, h=1e-5):
    raise NotImplementedError("5f")

def grad_logits(y, z):
    return numeric_grad(lambda z: loss_from_logits(y, z), z)
"""
    result = graded(warm, "5e", code)
    assert (
        said(result) == "grad_logits needs exercise 5f, which hasn't been written yet."
    )


@pytest.mark.tensorflow
@pytest.mark.slow
@pytest.mark.parametrize("line", ["import torch", "from torch import nn"])
def test_a_library_of_another_course_is_told(line: str) -> None:
    lesson = catalog.find("lesson7", ROOT)
    report = report_of(lesson, "7b", "", seed=7, top=f"{line}\n")
    (part,) = report.left_out
    assert part.line == 1
    assert "torch isn't installed here, and this course doesn't use it" in part.error
    assert report.exercises[0].outcome is Outcome.PASSED
