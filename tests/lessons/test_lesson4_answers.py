"""Answers to lesson 4 as learners write them, graded from end to end."""

from __future__ import annotations

import pytest

from grader import judge
from grader.course.document import catalog
from grader.report import ExerciseResult, Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from tests.support.grading import grade_attempt
from tests.support.old_pages import old_header
from tests.support.project import ROOT

LESSON = catalog.find("lesson4", ROOT)
SOLUTION = LESSON.solution.read_text(encoding="utf-8")

HEADS = {
    "4c": "def dL_dp(y, p):\n    n = range(len(p))\n    return ",
    "4d": "def jacobian(p):\n    n = range(len(p))\n    return ",
}

RIGHT = [
    ("4c", "-np.array(y) / np.array(p)"),
    ("4c", "sp.Tuple(*[-a / b for a, b in zip(y, p)])"),
    ("4c", "sp.Array([-a / b for a, b in zip(y, p)])"),
    ("4c", "[sp.UnevaluatedExpr(-a / b) for a, b in zip(y, p)]"),
    ("4c", "[-a / b * sp.sech(a) * sp.cosh(a) for a, b in zip(y, p)]"),
    ("4d", "np.diag(p) - np.outer(p, p)"),
    ("4d", "sp.MatAdd(sp.diag(*p), -sp.Matrix(p) * sp.Matrix(p).T)"),
    (
        "4d",
        "sp.MatMul(sp.diag(*p), sp.eye(len(p)) - sp.ones(len(p), 1) * sp.Matrix(p).T)",
    ),
    ("4d", "sp.Array([[p[i] * (delta(i, j) - p[j]) for j in n] for i in n])"),
]


# Near misses: right at ordinary points, or right only where sums are 1.
WRONG = [
    ("4c", "[-a / b * sum(p) for a, b in zip(y, p)]"),
    ("4c", "[-a / b * sum(y) for a, b in zip(y, p)]"),
    ("4c", "[-a / (1 - sum(p) + b) for a, b in zip(y, p)]"),
    ("4c", "[-a / b + p[0] * (1 - sum(p)) for a, b in zip(y, p)]"),
    ("4c", "[-a / sp.Max(b, sp.Rational(1, 1000)) for a, b in zip(y, p)]"),
    ("4c", "[-a / b + sp.Rational(1, 10**26) for a, b in zip(y, p)]"),
    ("4c", "[-a / b + 1e-13 for a, b in zip(y, p)]"),
    ("4c", "[-a / (b + sp.Float('1e-13')) for a, b in zip(y, p)]"),
]

SUM = "-total(y[k]*d(log(p[k]), z[i]), k)"
LOG = "-total(y[k]/p[k]*d(p[k], z[i]), k)"
SOFTMAX = "-total(y[k]/p[k]*p[k]*(delta(k, i) - p[i]), k)"
SPLIT = "-y[i] + p[i]*total(y[k], k)"
END = "p[i] - y[i]"
LSE = "log(total(exp(z[k]), k))"
FRACTION = "exp(z[k])/total(exp(z[k]), k)"
OWN_SPLIT = "-y[i]*(1 - p[i]) + p[i]*(total(y[k], k) - y[i])"

B_SUM = "-y*d(log(sigma(z)), z) - (1 - y)*d(log(1 - sigma(z)), z)"
B_LOG = "-y/sigma(z)*d(sigma(z), z) + (1 - y)/(1 - sigma(z))*d(sigma(z), z)"
B_START = "d(-y*log(sigma(z)) - (1 - y)*log(1 - sigma(z)), z)"
B_GOAL = "d(log(1 + exp(-z)), z) + 1 - y"
B_OUT = "-y*(1 - sigma(z)) + (1 - y)*sigma(z)"
B_ONE = "(sigma(z) - y)/(sigma(z)*(1 - sigma(z)))*d(sigma(z), z)"
B_END = "sigma(z) - y"

# Ways of 4e that lead there.
SOFTMAX_WAYS = {
    "softmax": [SUM, LOG, SOFTMAX, SPLIT, END],
    "without the first line": [LOG, SOFTMAX, SPLIT, END],
    "the own class apart": [SUM, LOG, OWN_SPLIT, END],
    "the own class apart, and the sum used": [
        SUM,
        LOG,
        "-y[i]*(1 - p[i]) + p[i]*(1 - y[i])",
        END,
    ],
    "the own class first": [
        SUM,
        LOG,
        "-y[i]*(1 - p[i]) - total((1 - delta(k, i))*y[k]/p[k]*d(p[k], z[i]), k)",
        "-y[i]*(1 - p[i]) + total((1 - delta(k, i))*y[k]*p[i], k)",
        END,
    ],
    "two cases": [
        SUM,
        LOG,
        "-total(y[k]/p[k]*sp.Piecewise((p[k]*(1 - p[k]), sp.Eq(k, i)), "
        "(-p[k]*p[i], True)), k)",
        END,
    ],
    "chain rule": [
        "total(d(-total(y[k]*log(p[k]), k), p[k])*d(p[k], z[i]), k)",
        "total(-y[k]/p[k]*d(p[k], z[i]), k)",
        "total(-y[k]/p[k]*p[i]*(delta(k, i) - p[k]), k)",
        END,
    ],
    "softmax written out": [
        f"-total(y[k]*d(log({FRACTION}), z[i]), k)",
        f"-total(y[k]/p[k]*d({FRACTION}, z[i]), k)",
        "-total(y[k]/p[k]*(d(exp(z[k]), z[i])/total(exp(z[k]), k) "
        "- exp(z[k])*d(total(exp(z[k]), k), z[i])/total(exp(z[k]), k)**2), k)",
        "-total(y[k]*(delta(k, i) - p[i]), k)",
        END,
    ],
    "log-sum-exp": [
        f"d({LSE} - total(y[k]*z[k], k), z[i])",
        f"d({LSE}, z[i]) - y[i]",
        "exp(z[i])/total(exp(z[k]), k) - y[i]",
        END,
    ],
    "log-sum-exp in the sum": [
        f"-total(y[k]*d(z[k] - {LSE}, z[i]), k)",
        "-total(y[k]*(delta(k, i) - exp(z[i])/total(exp(z[k]), k)), k)",
        SPLIT,
        END,
    ],
}

# Ways of 4b.
SIGMOID_WAYS = {
    "two terms": [B_SUM, B_LOG, B_OUT, B_END],
    "one factor, which SymPy cancels": [
        B_SUM,
        B_LOG,
        B_ONE,
        "(sigma(z) - y)/(sigma(z)*(1 - sigma(z)))*sigma(z)*(1 - sigma(z))",
        B_END,
    ],
    "one term after the other": [
        B_SUM,
        "-y/sigma(z)*d(sigma(z), z) - (1 - y)*d(log(1 - sigma(z)), z)",
        "-y*(1 - sigma(z)) - (1 - y)*d(log(1 - sigma(z)), z)",
        "-y*(1 - sigma(z)) + (1 - y)/(1 - sigma(z))*d(sigma(z), z)",
        B_OUT,
        B_END,
    ],
    "the inner derivative by itself": [
        B_SUM,
        "-y/sigma(z)*d(sigma(z), z) - (1 - y)/(1 - sigma(z))*d(1 - sigma(z), z)",
        B_OUT,
        B_END,
    ],
    "softplus": ["d(log(1 + exp(z)) - y*z, z)", "exp(z)/(1 + exp(z)) - y", B_END],
    "softplus twice": [
        "d(y*log(1 + exp(-z)) + (1 - y)*(z + log(1 + exp(-z))), z)",
        "d(log(1 + exp(-z)) + (1 - y)*z, z)",
        "-exp(-z)/(1 + exp(-z)) + 1 - y",
        "1/(1 + exp(-z)) - y",
    ],
    "two kinds of softplus": [
        "y*d(log(1 + exp(-z)), z) + (1 - y)*d(log(1 + exp(z)), z)",
        "-y*exp(-z)/(1 + exp(-z)) + (1 - y)*exp(z)/(1 + exp(z))",
        B_END,
    ],
    "tanh": [B_SUM, B_LOG, B_OUT, "(1 + sp.tanh(z/2))/2 - y"],
    "the other sigma": [B_SUM, B_LOG, B_OUT, "1 - sigma(-z) - y"],
}

MADE_UP = "total((p[k] - y[k])*delta(k, i), k)"
# Every line is right, and it is no derivation, or its end is missing.
NO_WAYS = {
    "4e": {
        "still a sum with delta": (
            [SUM, LOG, SOFTMAX, "-total(y[k]*delta(k, i), k) + total(y[k]*p[i], k)"],
            "simplified",
        ),
        "still a product in the sum": (
            [SUM, LOG, f"{SOFTMAX} + p[i]*total(y[k], k) - p[i]", SOFTMAX],
            "simplified",
        ),
        "the sum left in": ([SUM, LOG, SOFTMAX, SPLIT], "simplified"),
        "stopped after softmax": ([SUM, LOG, SOFTMAX], "you aren't finished"),
        "the fraction left out": (
            [
                f"-total(y[k]*d(z[k] - {LSE}, z[i]), k)",
                f"-total(y[k]*(delta(k, i) - d({LSE}, z[i])), k)",
                "-total(y[k]*(delta(k, i) - p[i]), k)",
                SPLIT,
                END,
            ],
            "as a fraction of exponentials",
        ),
        "not collected": (
            [SUM, LOG, SOFTMAX, "-y[i]*(1 - p[i]) + p[i]*(1 - y[i])"],
            "simplified",
        ),
        "a derivative minus itself": (
            [f"{MADE_UP} + d(p[i], z[i]) - p[i]*(1 - p[i])", MADE_UP, END],
            "step is missing",
        ),
        "a derivative that is 1": (
            ["(p[i] - y[i])*d(z[i], z[i])", MADE_UP, END],
            "step is missing",
        ),
        "a derivative divided by itself": (
            ["(p[i] - y[i])/(p[i]*(1 - p[i]))*d(p[i], z[i])", MADE_UP, END],
            "step is missing",
        ),
        "a sum over derivatives that are delta": (
            ["total((p[k] - y[k])*d(z[k], z[i]), k)", MADE_UP, END],
            "step is missing",
        ),
        "five times log-sum-exp, and away with it": (
            [
                f"{END} + 5*(d({LSE}, z[i]) - p[i])",
                f"{END} + 5*(exp(z[i])/total(exp(z[k]), k) - p[i])",
                END,
            ],
            "step is missing",
        ),
        "straight to the result": ([SUM, LOG, SPLIT, END], "step is missing"),
    },
    "4b": {
        "not multiplied out": ([B_SUM, B_LOG, B_ONE, B_OUT], "simplified"),
        "stopped after sigma": ([B_SUM, B_LOG, B_OUT], "you aren't finished"),
        "the fraction left out": (
            ["d(log(1 + exp(-z)) + (1 - y)*z, z)", B_GOAL, B_END],
            "as a fraction of exponentials",
        ),
        "only begun": ([B_START], "where to begin"),
        "a derivative minus itself": (
            [f"{B_OUT} + d(sigma(z), z) - sigma(z)*(1 - sigma(z))", B_OUT, B_END],
            "step is missing",
        ),
        "a derivative that is 1": (
            ["(sigma(z) - y)*d(z, z)", B_OUT, B_END],
            "step is missing",
        ),
        "straight to the result": ([B_SUM, B_LOG, B_END], "step is missing"),
    },
}
LINES = {"4e": "def derive_dL_dz(y, p, z, i):\n", "4b": "def derive_bce(y, z):\n"}


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(judge.requirements_of(LESSON))


def graded(warm: WorkerFactory, tag: str, code: str) -> ExerciseResult:
    """What becomes of one exercise when some code follows the solution."""
    source = f"{SOLUTION}\nimport numpy as np\n{code}\n".encode()
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = grade_attempt(LESSON, path, source=source, seed=3, exercise=tag, warm=warm)
    return report.exercises[0]


def derivation(tag: str, lines: list[str]) -> str:
    """A derivation with these lines."""
    return LINES[tag] + "".join(f"    yield {line}, 'why'\n" for line in lines)


def said_of(result: ExerciseResult) -> str:
    """What the learner reads."""
    if result.finding is None:
        return ""
    known = [mistake.sentence for mistake in result.finding.mistakes]
    return " ".join([result.finding.sentence, *known])


@pytest.mark.parametrize(("tag", "answer"), RIGHT)
def test_a_right_answer_earns_its_points(
    warm: WorkerFactory, tag: str, answer: str
) -> None:
    result = graded(warm, tag, HEADS[tag] + answer)
    assert (result.earned, said_of(result)) == (result.points, "")


@pytest.mark.parametrize(("tag", "answer"), WRONG)
def test_a_near_miss_earns_nothing(warm: WorkerFactory, tag: str, answer: str) -> None:
    result = graded(warm, tag, HEADS[tag] + answer)
    assert (result.earned, result.outcome) == (0, Outcome.WRONG)


def test_decimals_are_remarked_on_where_there_are_some(warm: WorkerFactory) -> None:
    rounded = "[-a / (b * 0.6931471805599453) * log(2) for a, b in zip(y, p)]"
    result = graded(warm, "4c", HEADS["4c"] + rounded)
    assert result.earned == result.points
    assert "rounded decimals" in result.remarks[0]


def test_a_generator_is_no_column_and_shows_nothing_of_the_grader(
    warm: WorkerFactory,
) -> None:
    result = graded(warm, "4c", HEADS["4c"] + "(-a / b for a, b in zip(y, p))")
    assert result.earned == 0
    assert "this is a generator" in said_of(result)
    assert "ExpressionText" not in said_of(result)


@pytest.mark.parametrize(
    ("tag", "lines"),
    [
        pytest.param(tag, lines, id=f"{tag} {name}")
        for tag, ways in (("4e", SOFTMAX_WAYS), ("4b", SIGMOID_WAYS))
        for name, lines in ways.items()
    ],
)
def test_every_right_way_earns_its_points(
    warm: WorkerFactory, tag: str, lines: list[str]
) -> None:
    result = graded(warm, tag, derivation(tag, lines))
    assert (result.earned, said_of(result)) == (result.points, "")


@pytest.mark.parametrize(
    ("tag", "lines", "said"),
    [
        pytest.param(tag, lines, said, id=f"{tag} {name}")
        for tag, ways in NO_WAYS.items()
        for name, (lines, said) in ways.items()
    ],
)
def test_right_lines_alone_are_no_derivation(
    warm: WorkerFactory, tag: str, lines: list[str], said: str
) -> None:
    result = graded(warm, tag, derivation(tag, lines))
    assert result.earned == 0
    assert said in said_of(result)


RAISE = "    raise NotImplementedError('4e')\n"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            [SUM, LOG, SOFTMAX, SPLIT, END, RAISE],
            "Every line is right, and the last one is the result. Delete the raise line",
        ),
        ([SUM, LOG, RAISE], "Lines 1 to 2 are right so far. Write the rest"),
        ([SUM, RAISE], "and delete the raise line when you are done"),
        (
            [SUM, LOG, RAISE, SOFTMAX, SPLIT, END],
            "nothing below it. Delete that raise line",
        ),
        (
            [SUM, "    hole = ...\n", "-total(y[k]*hole*d(p[k], z[i]), k)", RAISE],
            "Line 1 is right so far. Write the rest: continue",
        ),
        ([SUM, LOG, "...", SPLIT], "Lines 1 to 2 are right so far. Write the rest"),
    ],
)
def test_what_is_still_to_be_written_is_no_mistake(
    warm: WorkerFactory, lines: list[str], said: str
) -> None:
    code = "".join(
        line if line.startswith(" ") else f"    yield {line}, 'why'\n" for line in lines
    )
    result = graded(warm, "4e", LINES["4e"] + code)
    assert (result.earned, result.outcome) == (0, Outcome.NOT_ATTEMPTED)
    assert said in said_of(result)
    assert result.finding is not None
    where = next(at for at, line in enumerate(lines) if line[0] in " .")
    whole = f"{SOLUTION}\nimport numpy as np\n{LINES['4e']}{code}"
    left = len(whole.splitlines()) - len(lines) + where + 1
    assert result.finding.line == left


def test_a_wrong_line_is_shown_also_where_the_rest_is_missing(
    warm: WorkerFactory,
) -> None:
    code = derivation("4e", [SUM, LOG, "y[i] - p[i]"]) + RAISE
    result = graded(warm, "4e", code)
    assert result.outcome is Outcome.WRONG
    assert "line 3 is not equal to the line before" in said_of(result)


def test_a_value_that_is_left_out_and_not_needed_does_no_harm(
    warm: WorkerFactory,
) -> None:
    code = derivation("4e", SOFTMAX_WAYS["softmax"]).replace(
        "\n", "\n    hole = ...\n", 1
    )
    assert graded(warm, "4e", code).outcome is Outcome.PASSED


def test_the_result_of_a_prediction_is_not_given_away(warm: WorkerFactory) -> None:
    result = graded(warm, "4a", 'PREDICT["smallest first step"] = 2')
    assert result.finding is not None
    assert result.finding.expected == ""
    assert "-8" not in said_of(result)


def test_a_page_with_the_header_of_all_pages_is_graded_alike(
    warm: WorkerFactory,
) -> None:
    source = f"{old_header('lesson4')}{SOLUTION}".encode()
    path = ROOT / "attempts" / "lesson4_derivation.py"
    report = grade_attempt(LESSON, path, source=source, seed=3, warm=warm)
    assert {e.tag: e.outcome for e in report.exercises if e.earned < e.points} == {}


def test_the_index_of_a_column_stands_in_its_entry_alone(warm: WorkerFactory) -> None:
    said = said_of(graded(warm, "4c", f"{HEADS['4c']}[3 * a for a, b in zip(y, p)]"))
    assert "Entry [0], counted from 0, is not equal" in said
    assert "i = " not in said
