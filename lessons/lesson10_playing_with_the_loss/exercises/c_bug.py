"""10c: what a weight inside the logarithm does to training."""

from grader.checks import entry, value

bug = value(
    "BUG",
    {
        "dL/dp at 0.5": entry(
            -2,
            "You know dL/dp of the wrong loss at p = 0.5.",
            within=0.005,
            check="knows_the_derivative",
            wrong={
                -10: "That is the derivative of -5 ln p, the right weighted loss. In the "
                "wrong one, 5 is inside the logarithm.",
                -0.4: "The inner derivative of 5 p is missing: the chain rule brings a "
                "factor of 5.",
                2: "The sign is wrong: a larger p of the true class costs less.",
            },
        ),
        "in training": entry(
            "a",
            "You know what a network learns with the weight inside the logarithm.",
            of="abc",
            check="knows_what_is_learned",
            wrong={
                "b": "The printed number differs, that is true. But training uses the "
                "derivative. What is the derivative of -ln(w p) with respect to p?",
                "c": "Its loss is lower, and by the same amount for every p. What does "
                "training use: the loss, or its derivative?",
            },
        ),
    },
    prediction=True,
    hints=("Which rule of the logarithm takes w p apart?",),
)
