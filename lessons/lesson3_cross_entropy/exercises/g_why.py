"""3g: say why."""

from grader.checks import exercise, expect

why = exercise(
    "3g",
    "Say why",
    points=10,
    prediction=True,
    hints=(
        "Try each answer on the paper batch: is it true there? "
        "The sentence may use -ln p, or the chance that belongs to it.",
    ),
)


@why.check
def predicted_the_doubled_batch(attempt):
    """You predicted what a doubled batch does to the loss."""
    answer = attempt.entry("PREDICT", "loss of a doubled batch")
    expect(answer).one_of(["same", "double", "half"])
    expect(answer).equals("same")


@why.check
def knows_why_ln(attempt):
    """You know why the penalty is a logarithm."""
    answer = attempt.entry("EXPLAIN", "why ln")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("b")


@why.check
def knows_why_the_mean(attempt):
    """You know why the batch takes the mean."""
    answer = attempt.entry("EXPLAIN", "why the mean")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("a")


@why.check
def knows_why_not_accuracy(attempt):
    """You know why a network is not trained on accuracy."""
    answer = attempt.entry("EXPLAIN", "why not accuracy")
    expect(answer).one_of(["a", "b", "c"])
    expect(answer).equals("c")


LONGEST_SHOWN = 300
MODEL = (
    "On average the truth surprises this network as much as something that it gives "
    "a chance of 31 %."
)


@why.check
def wrote_a_sentence(attempt, remark):
    """You wrote a sentence about 1.184675. Nobody judges it; compare it with ours."""
    answer = attempt.entry("EXPLAIN", "in one sentence")
    text = " ".join(expect(answer).text().split())
    expect(answer).holds(
        len(text.split()) >= 5,
        "Write a whole sentence: what does 1.184675 say to a friend?",
    )
    remark(
        "A sentence cannot be judged here; having written it counts. "
        f'Yours: "{text[:LONGEST_SHOWN]}" Ours: "{MODEL}" Do both say the same?'
    )


why.wrong_choices(
    {
        'PREDICT["loss of a doubled batch"]': {
            "double": "A sum would double. The loss is a mean: twice the total over "
            "twice the photos.",
            "half": "The number of photos doubles, and so does the total. Their ratio "
            "stays.",
        },
        'EXPLAIN["why ln"]': {
            "a": "A square root makes numbers smaller too. Ask which function turns "
            "the chance of two days, a product, into a sum of two penalties.",
            "c": "-ln p has no upper bound: the ladder goes up to 16 and on. Ask what "
            "becomes of a product.",
        },
        'EXPLAIN["why the mean"]': {
            "b": "A sum has a derivative as well: it is n times the mean's.",
            "c": "The paper batch has a mean of 1.184675, which is above 1.",
        },
        'EXPLAIN["why not accuracy"]': {
            "a": "Both need labels: the loss looks up p_true, and for that it needs "
            "the truth.",
            "b": "That could be mended with a minus sign, and minus accuracy still "
            "could not be trained on. Ask what a tiny change of a score does to it.",
        },
    }
)
