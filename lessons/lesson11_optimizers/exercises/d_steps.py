"""11d: how long a step is, before running anything."""

from grader.checks import exercise, expect

predict = exercise(
    "PREDICT",
    prediction=True,
    hints=(
        "After one step, s is (1 - rho) g^2, and m_hat is g. After many steps with one "
        "gradient, v no longer changes.",
    ),
)


def expect_length(attempt, key, want):
    """A length to two decimals."""
    expect(attempt.entry("PREDICT", key)).close_to(want, 0.005)


@predict.check
def knows_rmsprop_with_2(attempt):
    """The first step of RMSprop with g = 2 is right."""
    expect_length(attempt, "RMSprop, g = 2", 0.1 / 0.1**0.5)


@predict.check
def knows_rmsprop_with_a_hundredth(attempt):
    """The first step of RMSprop with g = 0.02 is right."""
    expect_length(attempt, "RMSprop, g = 0.02", 0.1 / 0.1**0.5)


@predict.check
def knows_adam(attempt):
    """The first step of Adam is right."""
    expect_length(attempt, "Adam, g = 0.02", 0.1)


@predict.check
def knows_momentum(attempt):
    """The step of momentum after many steps is right."""
    expect_length(attempt, "momentum, g = 2", 2)


predict.wrong_choices(
    {
        'PREDICT["RMSprop, g = 2"]': {
            0.1: "That is its length once s has become g^2. In the first step s is only "
            "a tenth of that.",
            0.2: "That is a plain step. RMSprop divides by the root of s.",
            0.5: "You divided by s, which is 0.4. RMSprop divides by its root.",
            0.632: "You took g = 2 over the root of 10. lr is 0.1: what is s, and what "
            "is its root?",
        },
        'PREDICT["RMSprop, g = 0.02"]': {
            0.1: "That is its length once s has become g^2. In the first step s is only "
            "a tenth of that.",
            0.002: "That is a plain step. RMSprop divides by the root of s, which is "
            "small here, too.",
        },
        'PREDICT["Adam, g = 0.02"]': {
            0.316: "Without its two divisions it would be that, or so. What are m_hat "
            "and v_hat after one step?",
            0.002: "That is a plain step. Adam divides by the root of v_hat.",
            0.01: "You divided only v by 1 - beta^t, not m.",
        },
        'PREDICT["momentum, g = 2"]': {
            0.2: "That is a plain step, and momentum's first one. What does v go to?",
            0.18: "You multiplied by beta. Each step keeps 0.9 of the velocity and adds "
            "0.2. When does that no longer change it?",
            20: "You left lr out.",
        },
    }
)
