"""4g: true or false."""

from grader.checks import exercise, expect

true_or_false = exercise(
    "4g",
    "True or false?",
    points=10,
    writes="TRUE_OR_FALSE",
    hints=(
        "Try z = (0, 0) and c = 1.",
        "lse(0, 0) = ln 2, and lse(1, 1) = 1 + ln 2.",
        "A shift cancels only in a ratio. And what does J times (1, ..., 1) give?",
    ),
)

SHIFTED = "softmax(z + c) = softmax(z)"
LSE_SHIFTED = "lse(z + c) = lse(z)"
DOUBLED = "softmax(2 z) = softmax(z)"
LSE_SLOPE = "d lse(z) / d z_i = p_i"
ROW_SUMS = "every row of the Jacobian sums to 0"
INVERSE = "the Jacobian has an inverse"


def entry(key):
    """The name of one entry."""
    return f'TRUE_OR_FALSE["{key}"]'


def is_answered(attempt, key, truth):
    """An entry is right; the words True and False are truth values, too."""
    answer = attempt.entry("TRUE_OR_FALSE", key)
    expect(answer).one_of([True, False])
    expect(answer).equals(truth)


@true_or_false.check
def knows_softmax_of_shifted_scores(attempt):
    """You know whether softmax(z + c) is softmax(z)."""
    is_answered(attempt, SHIFTED, True)


@true_or_false.check
def knows_lse_of_shifted_scores(attempt):
    """You know whether lse(z + c) is lse(z)."""
    is_answered(attempt, LSE_SHIFTED, False)


@true_or_false.check
def knows_softmax_of_doubled_scores(attempt):
    """You know whether softmax(2 z) is softmax(z)."""
    is_answered(attempt, DOUBLED, False)


@true_or_false.check
def knows_the_slope_of_lse(attempt):
    """You know whether the derivative of lse is p."""
    is_answered(attempt, LSE_SLOPE, True)


@true_or_false.check
def knows_the_row_sums(attempt):
    """You know what the rows of the Jacobian sum to."""
    is_answered(attempt, ROW_SUMS, True)


@true_or_false.check
def knows_whether_it_can_be_inverted(attempt):
    """You know whether the Jacobian has an inverse."""
    is_answered(attempt, INVERSE, False)


true_or_false.wrong_choices(
    {
        entry(SHIFTED): {
            False: "It is true: exp(z + c) = exp(c) exp(z), and exp(c) cancels in the "
            "ratio.",
        },
        entry(LSE_SHIFTED): {
            True: "It is false. Try z = (0, 0) and c = 1: ln 2 becomes 1 + ln 2.\n"
            "lse(z + c) = lse(z) + c, whatever z is.",
        },
        entry(DOUBLED): {
            True: "It is false: doubling squares every ratio. For (ln 2, 0) the first "
            "p is 2/3, and for (2 ln 2, 0) it is 4/5.",
        },
        entry(LSE_SLOPE): {
            False: "It is true: d ln S = dS/S, and dS/dz_i = exp(z_i). That fraction "
            "is p_i.",
        },
        entry(ROW_SUMS): {
            False: "It is true: p_k (1 - sum_i p_i) = 0. Shifting all scores changes "
            "nothing.",
        },
        entry(INVERSE): {
            True: "It is false: its rows sum to 0, so J times (1, ..., 1) is 0.",
        },
    }
)
