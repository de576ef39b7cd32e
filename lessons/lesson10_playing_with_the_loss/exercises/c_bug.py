"""10c: what a weight inside the logarithm does to training."""

from grader.checks import exercise, expect

bug = exercise(
    "BUG",
    prediction=True,
    hints=("Which rule of the logarithm takes w p apart?",),
)


@bug.check
def knows_the_derivative(attempt):
    """You know dL/dp of the wrong loss at p = 0.5."""
    expect(attempt.entry("BUG", "dL/dp at 0.5")).close_to(-2, 0.005)


@bug.check
def knows_what_is_learned(attempt):
    """You know what a network learns with the weight inside the logarithm."""
    expect(attempt.entry("BUG", "in training")).is_choice("a", of="abc")


bug.wrong_choices(
    {
        'BUG["in training"]': {
            "b": "The printed number differs, that is true. But training uses the "
            "derivative. What is the derivative of -ln(w p) with respect to p?",
            "c": "Its loss is lower, and by the same amount for every p. What does "
            "training use: the loss, or its derivative?",
        },
        'BUG["dL/dp at 0.5"]': {
            -10: "That is the derivative of -5 ln p, the right weighted loss. In the "
            "wrong one, 5 is inside the logarithm.",
            -0.4: "The inner derivative of 5 p is missing: the chain rule brings a "
            "factor of 5.",
            2: "The sign is wrong: a larger p of the true class costs less.",
        },
    }
)
