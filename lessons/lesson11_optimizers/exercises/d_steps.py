"""11d: how long a step is, before running anything."""

from grader.checks import entry, value

predict = value(
    "PREDICT",
    {
        "RMSprop, g = 2": entry(
            0.1 / 0.1**0.5,
            "The first step of RMSprop with g = 2 is right.",
            within=0.005,
            check="knows_rmsprop_with_2",
            wrong={
                0.1: "That is its length once s has become g^2. In the first step s is only "
                "a tenth of that.",
                0.2: "That is a plain step. RMSprop divides by the root of s.",
                0.5: "You divided by s, which is 0.4. RMSprop divides by its root.",
                0.632: "You took g = 2 over the root of 10. lr is 0.1: what is s, and what "
                "is its root?",
            },
        ),
        "RMSprop, g = 0.02": entry(
            0.1 / 0.1**0.5,
            "The first step of RMSprop with g = 0.02 is right.",
            within=0.005,
            check="knows_rmsprop_with_a_hundredth",
            wrong={
                0.1: "That is its length once s has become g^2. In the first step s is only "
                "a tenth of that.",
                0.002: "That is a plain step. RMSprop divides by the root of s, which is "
                "small here, too.",
            },
        ),
        "Adam, g = 0.02": entry(
            0.1,
            "The first step of Adam is right.",
            within=0.005,
            check="knows_adam",
            wrong={
                0.316: "Without its two divisions it would be that, or so. What are m_hat "
                "and v_hat after one step?",
                0.002: "That is a plain step. Adam divides by the root of v_hat.",
                0.01: "You divided only v by 1 - beta^t, not m.",
            },
        ),
        "momentum, g = 2": entry(
            2,
            "The step of momentum after many steps is right.",
            within=0.005,
            check="knows_momentum",
            wrong={
                0.2: "That is a plain step, and momentum's first one. What does v go to?",
                0.18: "You multiplied by beta. Each step keeps 0.9 of the velocity and adds "
                "0.2. When does that no longer change it?",
                20: "You left lr out.",
            },
        ),
    },
    prediction=True,
    hints=(
        "After one step, s is (1 - rho) g^2, and m_hat is g. After many steps with one "
        "gradient, v no longer changes.",
    ),
)
