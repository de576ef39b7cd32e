"""3g: say why."""

from grader.checks import entry, expect, value

why = value(
    "EXPLAIN",
    {
        "why ln": entry(
            "b",
            "You know why the penalty is a logarithm.",
            of="abc",
            check="knows_why_ln",
            wrong={
                "a": "A square root makes large numbers smaller too. Which function turns a "
                "product of two probabilities into a sum of two penalties?",
                "c": "-ln p has no upper bound: the table goes up to 16 and beyond. What "
                "does ln do to a product?",
            },
        ),
        "why the mean": entry(
            "a",
            "You know why the batch takes the mean.",
            of="abc",
            check="knows_why_the_mean",
            wrong={
                "b": "A sum has a derivative as well: n times that of the mean.",
                "c": "The paper batch has a mean of 1.184675, which is above 1.",
            },
        ),
        "why not accuracy": entry(
            "c",
            "You know why a network is not trained on accuracy.",
            of="abc",
            check="knows_why_not_accuracy",
            wrong={
                "a": "Both need labels: without the true class there is no p_true.",
                "b": "A minus sign would fix that, and you still couldn't train on minus "
                "accuracy. What does a tiny change of a logit do to it?",
            },
        ),
    },
    prediction=True,
    hints=(
        "Try each answer on the paper batch: is it true there? "
        "Your sentence may use -ln p, or the probability that belongs to it.",
    ),
)


LONGEST_SHOWN = 300
MODEL = (
    "On average, the true class surprises this network as much as an event that it "
    "considers 31 % likely."
)


@why.check
def wrote_a_sentence(attempt, remark):
    """You wrote a sentence about 1.184675. It isn't graded; compare it with ours."""
    answer = attempt.entry("EXPLAIN", "in one sentence")
    text = expect(answer).sentence("what does a loss of 1.184675 mean?")
    remark(
        "The grader can't judge a sentence, so any sentence counts. "
        f'Yours: "{text[:LONGEST_SHOWN]}" Ours: "{MODEL}" Do they agree?'
    )
